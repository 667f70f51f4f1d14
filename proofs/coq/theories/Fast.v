(** Streaming checker (binary indices, trie of depths), refined to the declarative
    specification of Circuit.v, and its extraction. Axiom-free. *)
Require Import ZArith NArith List Bool Lia Arith FMapPositive.
Require Import TC0.Circuit.
Import ListNotations.
Module PM := PositiveMap.

(** node i (from 0) is the positive i+1 *)
Record fgate := FGate { fthr : Z; fins : list (Z * positive) }.
Definition idx (p : positive) : nat := pred (Pos.to_nat p).
Definition to_wire (w : Z * positive) : wire := (fst w, idx (snd w)).
Definition to_gate (g : fgate) : gate := Gate (fthr g) (map to_wire (fins g)).

Record st := St { nxt : positive;              (* id of the next gate *)
                  dm : PM.t N;                 (* depth of the gates so far *)
                  mx : N; cnt : N; wires : N;  (* depth, size, edges so far *)
                  tot : Z }.                   (* max sum of |weights| + |thr| *)

Definition dlook (m : PM.t N) (p : positive) : N := match PM.find p m with Some d => d | None => 0%N end.

Fixpoint scan (nx : positive) (m : PM.t N) (ws : list (Z * positive)) (d : N) (e : N) (s : Z)
  : option (N * N * Z) :=
  match ws with
  | [] => Some (d, e, s)
  | (w, p) :: r =>
      if Pos.ltb p nx then scan nx m r (N.max (dlook m p) d) (N.succ e) (Z.abs w + s)%Z else None
  end.

Definition init (n : N) : st := St (N.succ_pos n) (PM.empty N) 0 0 0 0%Z.
Definition step (s : st) (g : fgate) : option st :=
  match scan (nxt s) (dm s) (fins g) 0 0 (Z.abs (fthr g)) with
  | None => None
  | Some (d, e, w) =>
      let d' := N.succ d in
      Some (St (Pos.succ (nxt s)) (PM.add (nxt s) d' (dm s)) (N.max (mx s) d')
               (N.succ (cnt s)) (e + wires s) (Z.max (tot s) w))
  end.

Fixpoint run (s : st) (c : list fgate) : option st :=
  match c with
  | [] => Some s
  | g :: c' => match step s g with None => None | Some s' => run s' c' end
  end.

(** ** Invariant: the state describes the prefix [pre] over n inputs *)
Open Scope nat_scope.
Definition inv (n : nat) (pre : circuit) (s : st) : Prop :=
  wf n pre /\
  Pos.to_nat (nxt s) = S (n + length pre) /\
  (forall p, Pos.lt p (nxt s) ->
     N.to_nat (dlook (dm s) p) = nth (idx p) (depths pre (repeat 0 n)) 0) /\
  N.to_nat (mx s) = depth n pre /\ N.to_nat (cnt s) = size pre /\
  N.to_nat (wires s) = edges pre /\ tot s = max_weight pre.

Lemma inv_init n : inv (N.to_nat n) [] (init n).
Proof.
  repeat split; simpl.
  - intros [|k] g H; discriminate.
  - rewrite N.succ_pos_spec || idtac. destruct n; simpl; lia.
  - intros p _. unfold dlook; rewrite PM.gempty. simpl.
    rewrite nth_repeat. auto.
  - unfold depth; simpl. clear. induction (N.to_nat n); simpl; auto.
Qed.

Lemma depth_snoc n pre g :
  depths (pre ++ [g]) (repeat 0 n) = depths pre (repeat 0 n) ++ [gate_depth (depths pre (repeat 0 n)) g].
Proof. rewrite depths_app; auto. Qed.

Lemma maxl_snoc l x : maxl (l ++ [x]) = Nat.max (maxl l) x.
Proof. unfold maxl. induction l; simpl in *; [lia|]. rewrite IHl; lia. Qed.

Lemma scan_spec nx m ds ws : forall d e s r,
  (forall p, Pos.lt p nx -> N.to_nat (dlook m p) = nth (idx p) ds 0) ->
  scan nx m ws d e s = Some r ->
  Forall (fun w => Pos.lt (snd w) nx) ws /\
  N.to_nat (fst (fst r)) =
    Nat.max (fold_right (fun w k => Nat.max (nth (snd w) ds 0) k) 0 (map to_wire ws)) (N.to_nat d) /\
  N.to_nat (snd (fst r)) = length ws + N.to_nat e /\
  (snd r = fold_right (fun w k => Z.abs (fst w) + k) s (map to_wire ws))%Z.
Proof.
  induction ws as [|[w p] ws IH]; intros d e s r H E; simpl in E.
  - injection E as <-; simpl. repeat split; auto.
  - destruct (Pos.ltb_spec p nx) as [l|l]; [|discriminate].
    destruct (IH _ _ _ _ H E) as (F & D & L & Sm). clear IH E. repeat split.
    + constructor; auto.
    + rewrite D. simpl. rewrite N2Nat.inj_max, H by auto. lia.
    + rewrite L. simpl; lia.
    + rewrite Sm. simpl. clear. induction ws as [|[a b] ws IH]; simpl; [lia|]. rewrite IH. lia.
Qed.

Lemma size_snoc pre g : size (pre ++ [g]) = S (size pre).
Proof. unfold size; rewrite app_length; simpl; lia. Qed.
Lemma edges_snoc pre g : edges (pre ++ [g]) = length (ins g) + edges pre.
Proof. unfold edges. induction pre; simpl in *; [lia|]. rewrite IHpre; lia. Qed.
Lemma max_weight_snoc pre g : (max_weight (pre ++ [g]) = Z.max (max_weight pre) (gweight g))%Z.
Proof.
  assert (P : (0 <= gweight g)%Z).
  { unfold gweight. generalize (ins g); intros l. induction l; simpl; lia. }
  unfold max_weight in *. induction pre; simpl in *; [lia|]. rewrite IHpre. lia.
Qed.

Lemma step_inv n pre s g s' :
  inv n pre s -> step s g = Some s' -> inv n (pre ++ [to_gate g]) s'.
Proof.
  intros (W & N1 & DM & M & C & E & T) St. unfold step in St.
  destruct (scan _ _ _ _ _ _) as [[[d e] w]|] eqn:Sc; [|discriminate].
  injection St as <-.
  destruct (scan_spec _ _ _ _ _ _ _ _ DM Sc) as (F & D & L & Sm). simpl in D, L, Sm.
  rewrite Nat.max_0_r in D. rewrite Nat.add_0_r in L.
  assert (GD : gate_depth (depths pre (repeat 0 n)) (to_gate g) = S (N.to_nat d)).
  { unfold gate_depth. simpl ins. rewrite <- D; auto. }
  repeat split; cbn [nxt dm mx cnt wires tot].
  - intros k h Hk. destruct (lt_dec k (length pre)) as [l|l].
    + rewrite nth_error_app1 in Hk by auto. apply W; auto.
    + rewrite nth_error_app2 in Hk by lia. destruct (k - length pre) as [|k'] eqn:Ek;
        [|destruct k'; discriminate]. injection Hk as <-. simpl.
      apply Forall_map. eapply Forall_impl; [|exact F]. intros [a p] Hp; simpl in *.
      unfold idx. apply Pos2Nat.inj_lt in Hp. lia.
  - rewrite Pos2Nat.inj_succ, N1, app_length; simpl; lia.
  - intros p Hp. unfold dlook. rewrite depth_snoc.
    assert (Ld : length (depths pre (repeat 0 n)) = n + length pre)
      by (rewrite depths_length, repeat_length; auto).
    destruct (Pos.eq_dec p (nxt s)) as [->|Ne].
    + rewrite PM.gss. unfold idx. rewrite N1. simpl pred. rewrite <- Ld.
      rewrite app_nth2 by lia. rewrite Nat.sub_diag. simpl nth. rewrite GD. lia.
    + rewrite PM.gso by auto. fold (dlook (dm s) p).
      assert (Hlt : Pos.lt p (nxt s)) by lia. rewrite (DM p Hlt).
      rewrite app_nth1; auto. rewrite Ld. unfold idx. apply Pos2Nat.inj_lt in Hlt. lia.
  - unfold depth. rewrite depth_snoc, maxl_snoc, GD. fold (depth n pre). lia.
  - rewrite size_snoc; lia.
  - rewrite edges_snoc. simpl ins. rewrite map_length. lia.
  - rewrite max_weight_snoc. rewrite T. f_equal. rewrite Sm. reflexivity.
Qed.

Theorem run_inv n c : forall pre s s',
  inv n pre s -> run s c = Some s' -> inv n (pre ++ map to_gate c) s'.
Proof.
  induction c as [|g c IH]; intros pre s s' I R; simpl in *.
  - injection R as <-. rewrite app_nil_r; auto.
  - destruct (step s g) as [s1|] eqn:E; [|discriminate].
    replace (pre ++ to_gate g :: map to_gate c) with ((pre ++ [to_gate g]) ++ map to_gate c)
      by (rewrite <- app_assoc; auto).
    eapply IH; eauto. eapply step_inv; eauto.
Qed.

(** claimed bounds against the final state *)
Definition accept (s : st) (D S E : N) (W : Z) : bool :=
  N.leb (mx s) D && N.leb (cnt s) S && N.leb (wires s) E && Z.leb (tot s) W.

Theorem checker_sound (n D S E : N) (W : Z) (c : list fgate) s :
  run (init n) c = Some s -> accept s D S E W = true ->
  let C := map to_gate c in
  wf (N.to_nat n) C /\
  depth_le (N.to_nat n) C (N.to_nat D) /\
  size C <= N.to_nat S /\ edges C <= N.to_nat E /\ (max_weight C <= W)%Z.
Proof.
  intros R A C. destruct (run_inv _ _ _ _ _ (inv_init n) R) as (Wf & _ & _ & M & Ct & Ed & T).
  simpl in *. unfold accept in A. rewrite !andb_true_iff, !N.leb_le, Z.leb_le in A.
  destruct A as [[[HD HS] HE] HW]. repeat split; auto.
  - intros j l P. apply depth_sound in P; auto. unfold C in *. lia.
  - unfold C; lia.
  - unfold C; lia.
  - unfold C; lia.
Qed.

(** ** Streaming evaluator *)
Definition vlook (m : PM.t bool) (p : positive) : bool := match PM.find p m with Some b => b | None => false end.
Fixpoint fsum (m : PM.t bool) (ws : list (Z * positive)) (s : Z) : Z :=
  match ws with
  | [] => s
  | (w, p) :: r => fsum m r (if vlook m p then (w + s)%Z else s)
  end.
Definition estep (st : positive * PM.t bool) (g : fgate) : positive * PM.t bool :=
  let '(nx, m) := st in (Pos.succ nx, PM.add nx (Z.leb (fthr g) (fsum m (fins g) 0%Z)) m).
Fixpoint einit (x : list bool) (st : positive * PM.t bool) : positive * PM.t bool :=
  match x with [] => st | b :: r => let '(nx, m) := st in einit r (Pos.succ nx, PM.add nx b m) end.
Definition feval (x : list bool) (c : list fgate) : positive * PM.t bool :=
  fold_left estep c (einit x (1%positive, PM.empty bool)).

Definition erel (v : list bool) (st : positive * PM.t bool) : Prop :=
  Pos.to_nat (fst st) = S (length v) /\ forall p, vlook (snd st) p = val v (idx p).

Lemma erel_add v st b : erel v st -> erel (v ++ [b]) (Pos.succ (fst st), PM.add (fst st) b (snd st)).
Proof.
  intros [L H]; split; cbn [fst snd].
  - rewrite Pos2Nat.inj_succ, L, app_length; simpl; lia.
  - intros p. unfold vlook. destruct (Pos.eq_dec p (fst st)) as [->|Ne].
    + rewrite PM.gss. unfold idx, val. rewrite L; simpl pred.
      rewrite app_nth2 by lia. rewrite Nat.sub_diag; auto.
    + rewrite PM.gso by auto. fold (vlook (snd st) p). rewrite H. unfold val.
      destruct (lt_dec (idx p) (length v)) as [l|l]; [rewrite app_nth1; auto|].
      rewrite !nth_overflow; auto; try lia. rewrite app_length; simpl.
      assert (idx p <> length v); [|lia]. intros E. apply Ne. apply Pos2Nat.inj.
      unfold idx in E. pose proof (Pos2Nat.is_pos p). lia.
Qed.

Lemma fsum_spec v m ws : forall s,
  (forall p, vlook m p = val v (idx p)) -> fsum m ws s = (wsum v (map to_wire ws) + s)%Z.
Proof.
  induction ws as [|[w p] r IH]; intros s H; simpl; auto. rewrite IH by auto. rewrite H.
  destruct (val v (idx p)); simpl; lia.
Qed.

Theorem feval_correct x c p :
  vlook (snd (feval x c)) p = val (eval (map to_gate c) x) (idx p).
Proof.
  assert (I : forall y v st, erel v st -> erel (v ++ y) (einit y st)).
  { induction y as [|b y IH]; intros v [nx m] R; simpl; [rewrite app_nil_r; auto|].
    replace (v ++ b :: y) with ((v ++ [b]) ++ y) by (rewrite <- app_assoc; auto).
    apply IH. apply (erel_add v (nx, m) b R). }
  assert (G : forall c v st, erel v st -> erel (eval (map to_gate c) v) (fold_left estep c st)).
  { clear c. induction c as [|g c IH]; intros v st R; simpl; auto.
    apply IH. destruct st as [nx m]; simpl.
    replace (gate_val v (to_gate g)) with (Z.leb (fthr g) (fsum m (fins g) 0%Z)).
    - apply (erel_add v (nx, m)); auto.
    - unfold gate_val; simpl. destruct R as [_ R]; simpl in R.
      rewrite (fsum_spec v) by auto. rewrite Z.add_0_r; auto. }
  unfold feval. apply G. apply (I x []).
  split; simpl; auto. intros q. unfold vlook; rewrite PM.gempty. unfold val. destruct (idx q); auto.
Qed.
Print Assumptions checker_sound.
Print Assumptions feval_correct.
