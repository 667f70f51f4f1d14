(** Constant-memory checker for circuits shipped as layers: every wire of a layer
    points strictly below the layer, so depth <= number of layers. Axiom-free. *)
Require Import ZArith NArith List Bool Lia Arith.
Require Import TC0.Circuit TC0.IterAdd TC0.Fast.
Import ListNotations.

Record lst := LSt { l_lo : positive;      (* first id of the current layer *)
                    l_nx : positive;      (* next id *)
                    l_d : N; l_cnt : N; l_wires : N; l_tot : Z }.

Fixpoint lscan (lo : positive) (ws : list (Z * positive)) (e : N) (s : Z) : option (N * Z) :=
  match ws with
  | [] => Some (e, s)
  | (w, p) :: r => if Pos.ltb p lo then lscan lo r (N.succ e) (Z.abs w + s)%Z else None
  end.
Definition linit (n : N) : lst := LSt (N.succ_pos n) (N.succ_pos n) 0 0 0 0%Z.
Definition lopen (s : lst) : lst := LSt (l_nx s) (l_nx s) (N.succ (l_d s)) (l_cnt s) (l_wires s) (l_tot s).
Definition lgate (s : lst) (g : fgate) : option lst :=
  match lscan (l_lo s) (fins g) (l_wires s) (Z.abs (fthr g)) with
  | None => None
  | Some (e, w) => Some (LSt (l_lo s) (Pos.succ (l_nx s)) (l_d s) (N.succ (l_cnt s)) e (Z.max (l_tot s) w))
  end.
Fixpoint lgates (s : lst) (L : list fgate) : option lst :=
  match L with [] => Some s | g :: r => match lgate s g with None => None | Some s' => lgates s' r end end.
Fixpoint llayers (s : lst) (Ls : list (list fgate)) : option lst :=
  match Ls with
  | [] => Some s
  | L :: r => match lgates (lopen s) L with None => None | Some s' => llayers s' r end
  end.

Open Scope nat_scope.
Lemma lscan_spec lo ws : forall e s r, lscan lo ws e s = Some r ->
  Forall (fun w => Pos.lt (snd w) lo) ws /\ N.to_nat (fst r) = length ws + N.to_nat e /\
  (snd r = fold_right (fun w k => Z.abs (fst w) + k) s (map to_wire ws))%Z.
Proof.
  induction ws as [|[w p] ws IH]; intros e s r E; simpl in E.
  - injection E as <-; simpl; auto.
  - destruct (Pos.ltb_spec p lo) as [l|l]; [|discriminate].
    destruct (IH _ _ _ E) as (F & L & S). repeat split.
    + constructor; auto.
    + rewrite L; simpl; lia.
    + rewrite S; simpl. clear. induction ws as [|[a b] ws IH]; simpl; [lia|]. rewrite IH; lia.
Qed.

Definition linv (n : nat) (pre : circuit) (s : lst) : Prop :=
  Pos.to_nat (l_nx s) = S (n + length pre) /\ N.to_nat (l_cnt s) = size pre /\
  N.to_nat (l_wires s) = edges pre /\ l_tot s = max_weight pre.

Lemma lgate_inv n pre s g s' : linv n pre s -> lgate s g = Some s' ->
  linv n (pre ++ [to_gate g]) s' /\ l_lo s' = l_lo s /\ l_d s' = l_d s /\
  reads_below (pred (Pos.to_nat (l_lo s))) (to_gate g).
Proof.
  intros (N1 & C & E & T) H. unfold lgate in H.
  destruct (lscan _ _ _ _) as [[e w]|] eqn:Sc; [|discriminate]. injection H as <-.
  destruct (lscan_spec _ _ _ _ _ Sc) as (F & L & Sm). simpl in L, Sm.
  repeat split; cbn [l_nx l_cnt l_wires l_tot].
  - rewrite Pos2Nat.inj_succ, N1, app_length; simpl; lia.
  - rewrite size_snoc; lia.
  - rewrite edges_snoc; simpl ins; rewrite map_length; lia.
  - rewrite max_weight_snoc, T. f_equal. rewrite Sm; auto.
  - unfold reads_below; simpl. apply Forall_map. eapply Forall_impl; [|exact F].
    intros [a p] Hp; simpl in *. unfold idx. apply Pos2Nat.inj_lt in Hp.
    pose proof (Pos2Nat.is_pos p). lia.
Qed.

Lemma lgates_inv n L : forall pre s s', linv n pre s -> lgates s L = Some s' ->
  linv n (pre ++ map to_gate L) s' /\ l_d s' = l_d s /\
  Forall (reads_below (pred (Pos.to_nat (l_lo s)))) (map to_gate L).
Proof.
  induction L as [|g L IH]; intros pre s s' I H; simpl in H.
  - injection H as <-. simpl. rewrite app_nil_r; auto.
  - destruct (lgate s g) as [s1|] eqn:E; [|discriminate].
    destruct (lgate_inv _ _ _ _ _ I E) as (I1 & Lo & D1 & R).
    destruct (IH _ _ _ I1 H) as (I2 & D2 & F). rewrite <- app_assoc in I2.
    split; [exact I2|]. split; [congruence|]. simpl. constructor; auto. rewrite <- Lo; auto.
Qed.

Lemma llayers_inv n Ls : forall pre s s',
  linv n pre s -> wf n pre -> depth n pre <= N.to_nat (l_d s) -> llayers s Ls = Some s' ->
  let c := pre ++ map to_gate (concat Ls) in
  linv n c s' /\ wf n c /\ depth n c <= N.to_nat (l_d s').
Proof.
  induction Ls as [|L Ls IH]; intros pre s s' I W D H; simpl in H.
  - injection H as <-. simpl. rewrite app_nil_r; auto.
  - destruct (lgates (lopen s) L) as [s1|] eqn:E; [|discriminate].
    assert (I0 : linv n pre (lopen s)) by exact I.
    destruct (lgates_inv _ _ _ _ _ I0 E) as (I1 & D1 & F). simpl in F.
    assert (Lo : pred (Pos.to_nat (l_nx s)) = n + length pre) by (destruct I as [-> _]; auto).
    rewrite Lo in F.
    assert (W1 : wf n (pre ++ map to_gate L)) by (apply wf_app; auto; apply layer_wf; auto).
    assert (Dp : depth n (pre ++ map to_gate L) <= N.to_nat (l_d s1)).
    { rewrite D1. unfold depth in *. rewrite depths_app.
      assert (Ld : length (depths pre (repeat 0 n)) = n + length pre) by (rewrite depths_length, repeat_length; auto).
      destruct (depths_layer (map to_gate L) (depths pre (repeat 0 n)) (N.to_nat (l_d s))) as (t & Et & _ & Ft).
      - rewrite Ld; auto.
      - apply Forall_forall; intros x Hx. destruct (In_nth _ _ 0 Hx) as (i & _ & <-).
        etransitivity; [apply maxl_ge|auto].
      - rewrite Et. apply maxl_le. apply Forall_app; split.
        + apply Forall_forall; intros x Hx. destruct (In_nth _ _ 0 Hx) as (i & _ & <-).
          etransitivity; [apply maxl_ge|]. simpl. lia.
        + eapply Forall_impl; [|exact Ft]. simpl; intros; lia. }
    specialize (IH _ _ _ I1 W1 Dp H). cbv zeta in IH |- *. simpl concat. rewrite map_app, app_assoc. exact IH.
Qed.

Definition laccept (s : lst) (D S E : N) (W : Z) : bool :=
  N.leb (l_d s) D && N.leb (l_cnt s) S && N.leb (l_wires s) E && Z.leb (l_tot s) W.

Theorem layered_sound (n D S E : N) (W : Z) (Ls : list (list fgate)) s :
  llayers (linit n) Ls = Some s -> laccept s D S E W = true ->
  let C := map to_gate (concat Ls) in
  wf (N.to_nat n) C /\ depth_le (N.to_nat n) C (N.to_nat D) /\
  size C <= N.to_nat S /\ edges C <= N.to_nat E /\ (max_weight C <= W)%Z.
Proof.
  intros R A C.
  assert (I0 : linv (N.to_nat n) [] (linit n)).
  { repeat split; simpl. destruct n; simpl; lia. }
  destruct (llayers_inv (N.to_nat n) Ls [] (linit n) s I0) as ((_ & Ct & Ed & T) & Wf & Dp); auto.
  - intros [|k] g H; discriminate.
  - unfold depth; simpl. clear. induction (N.to_nat n); simpl; auto.
  - simpl in *. unfold laccept in A. rewrite !andb_true_iff, !N.leb_le, Z.leb_le in A.
    destruct A as [[[HD HS] HE] HW]. fold C in Wf, Dp, Ct, Ed, T. repeat split; auto; try lia.
    intros j l P. apply depth_sound in P; auto. lia.
Qed.
Print Assumptions layered_sound.
