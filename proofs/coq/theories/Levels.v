(** The level calculus: an IR whose variables are levels (small naturals in thermometer code)
    and whose only operation is a step of a form (a constant plus one table per variable), and
    its lowering to the threshold circuits of Circuit.v by telescoping.  States: the lowering
    keeps values ([lower_correct]), has one gate a threshold ([lower_size]) and one level a
    step ([lower_depth], [rank_depth]); products by bits and digits are steps ([mul_correct], [mul_depth],
    [split_correct], [split_depth]).  Axiom-free. *)
Require Import ZArith List Bool Lia Arith Sorted.
From TC0 Require Import Circuit.
Import ListNotations.
Open Scope Z_scope.

(** ** The IR.  Variables 0..p-1 are inputs; node k of the list is variable p+k. *)
Definition term := (nat * list Z)%type.          (* variable, table indexed by its level *)
Record form := Form { fconst : Z; fterms : list term }.
Record step := Step { sform : form; sthrs : list Z }.
Definition ir := list step.

Definition tab (g : list Z) (l : nat) : Z := nth l g 0.
Definition lev (A : list nat) (v : nat) : nat := nth v A 0%nat.

Fixpoint tsum (A : list nat) (ts : list term) : Z :=
  match ts with
  | [] => 0
  | t :: r => tab (snd t) (lev A (fst t)) + tsum A r
  end.
Definition fval (A : list nat) (f : form) : Z := fconst f + tsum A (fterms f).

(** number of thresholds reached *)
Definition count (ts : list Z) (x : Z) : nat := length (filter (fun t => t <=? x) ts).
Definition slevel (A : list nat) (s : step) : nat := count (sthrs s) (fval A (sform s)).

Fixpoint aeval (p : ir) (A : list nat) : list nat :=
  match p with
  | [] => A
  | s :: p' => aeval p' (A ++ [slevel A s])
  end.

Definition form_wf (n : nat) (f : form) : Prop := Forall (fun t => (fst t < n)%nat) (fterms f).
Fixpoint wf_ir (n : nat) (p : ir) : Prop :=
  match p with
  | [] => True
  | s :: p' => form_wf n (sform s) /\ Sorted Z.le (sthrs s) /\ wf_ir (S n) p'
  end.

(** ** Lowering.  A layout gives each variable the index of its first bit and its bit count. *)
Definition layout := list (nat * nat).

(** telescoped table: weight g(k+1)-g(k) on the bit [level >= k+1] *)
Definition vwires (b m : nat) (g : list Z) : list wire :=
  map (fun k => (tab g (S k) - tab g k, (b + k)%nat)) (seq 0 m).
Definition twires (lay : layout) (t : term) : list wire :=
  let e := nth (fst t) lay (0, 0)%nat in vwires (fst e) (snd e) (snd t).
Definition fwires (lay : layout) (f : form) : list wire := flat_map (twires lay) (fterms f).
Definition tbase (ts : list term) : Z := fold_right (fun t s => tab (snd t) 0 + s) 0 ts.
Definition fbase (f : form) : Z := fconst f + tbase (fterms f).
Definition lgate (lay : layout) (f : form) (t : Z) : gate := Gate (t - fbase f) (fwires lay f).

Fixpoint lower (lay : layout) (n : nat) (p : ir) : circuit :=
  match p with
  | [] => []
  | s :: p' => map (lgate lay (sform s)) (sthrs s)
               ++ lower (lay ++ [(n, length (sthrs s))]) (n + length (sthrs s)) p'
  end.
Fixpoint layout_of (lay : layout) (n : nat) (p : ir) : layout :=
  match p with
  | [] => lay
  | s :: p' => layout_of (lay ++ [(n, length (sthrs s))]) (n + length (sthrs s)) p'
  end.

(** inputs: variable i has [nth i Ls] bits, in order *)
Fixpoint inlayout (n : nat) (Ls : list nat) : layout :=
  match Ls with
  | [] => []
  | m :: r => (n, m) :: inlayout (n + m) r
  end.
Definition nbits (Ls : list nat) : nat := list_sum Ls.
Definition lower_ir (Ls : list nat) (p : ir) : circuit := lower (inlayout 0 Ls) (nbits Ls) p.
Definition layout_ir (Ls : list nat) (p : ir) : layout := layout_of (inlayout 0 Ls) (nbits Ls) p.

Definition thermo (m l : nat) : list bool := map (fun k => Nat.ltb k l) (seq 0 m).
Fixpoint encode (Ls A : list nat) : list bool :=
  match Ls, A with
  | m :: Ls', l :: A' => thermo m l ++ encode Ls' A'
  | _, _ => []
  end.

(** ** Correctness *)
Lemma wsum_app v a b : wsum v (a ++ b) = wsum v a + wsum v b.
Proof. induction a as [|[w i] a IH]; simpl; [auto|]. rewrite IH; lia. Qed.

Lemma nth_map_lt {X Y} (f : X -> Y) l k d e :
  (k < length l)%nat -> nth k (map f l) d = f (nth k l e).
Proof. revert k; induction l; intros [|k] H; simpl in *; try lia; auto. apply IHl; lia. Qed.

Lemma telescope v b m g l :
  (forall k, (k < m)%nat -> val v (b + k) = Nat.ltb k l) -> (l <= m)%nat ->
  tab g 0 + wsum v (vwires b m g) = tab g l.
Proof.
  intros H Hl.
  assert (G : forall m', (m' <= m)%nat ->
            wsum v (vwires b m' g) = tab g (Nat.min l m') - tab g 0).
  { induction m' as [|m' IH]; intros Hm.
    - rewrite Nat.min_0_r; simpl; lia.
    - unfold vwires in *. rewrite seq_S, map_app, wsum_app, IH by lia. simpl.
      rewrite H by lia. destruct (Nat.ltb_spec m' l) as [q|q]; unfold b2z.
      + rewrite (Nat.min_r l m'), (Nat.min_r l (S m')) by lia. lia.
      + rewrite (Nat.min_l l m'), (Nat.min_l l (S m')) by lia. lia. }
  rewrite (G m) by lia. rewrite Nat.min_l by lia. lia.
Qed.

(** the bits in [v], laid out by [lay], represent the levels [A] *)
Definition rep (lay : layout) (A : list nat) (v : list bool) : Prop :=
  length lay = length A /\
  forall i b m, nth_error lay i = Some (b, m) ->
    (lev A i <= m)%nat /\ (b + m <= length v)%nat /\
    forall k, (k < m)%nat -> val v (b + k) = Nat.ltb k (lev A i).

(** value of a lowered form on circuit values *)
Definition lval (lay : layout) (v : list bool) (f : form) : Z := fbase f + wsum v (fwires lay f).

Lemma lval_fval lay A v f : rep lay A v -> form_wf (length A) f -> lval lay v f = fval A f.
Proof.
  intros [HL HR] W. unfold lval, fbase, fval, fwires. rewrite <- Z.add_assoc; f_equal.
  unfold form_wf in W. induction W as [|[x g] r Hx _ IH]; simpl in *; [auto|].
  rewrite wsum_app. rewrite <- IH.
  enough (tab g 0 + wsum v (twires lay (x, g)) = tab g (lev A x)) by lia.
  unfold twires; simpl.
  assert (E : nth_error lay x = Some (nth x lay (0, 0)%nat)) by (apply nth_error_nth'; lia).
  destruct (nth x lay (0, 0)%nat) as [b m]; simpl.
  destruct (HR _ _ _ E) as (H1 & _ & H2). apply telescope; auto.
Qed.

Lemma count_le ts x : (count ts x <= length ts)%nat.
Proof. unfold count. induction ts as [|t r IH]; simpl; [lia|]. destruct (t <=? x); simpl; lia. Qed.

Lemma count_nth ts x k :
  Sorted Z.le ts -> (k < length ts)%nat -> (nth k ts 0 <=? x) = Nat.ltb k (count ts x).
Proof.
  intros S. apply Sorted_StronglySorted in S; [|intros ? ? ?; lia]. revert k.
  induction S as [|a r S IH F]; simpl; intros k Hk; [lia|].
  unfold count in *; simpl. rewrite Forall_forall in F. destruct (Z.leb_spec a x) as [q|q].
  - destruct k as [|k]; simpl; [apply Z.leb_le; auto|]. apply (IH k); lia.
  - assert (Z0 : filter (fun t => t <=? x) r = []).
    { destruct (filter (fun t => t <=? x) r) as [|t r'] eqn:E; auto. exfalso.
      assert (I : In t (filter (fun t => t <=? x) r)) by (rewrite E; left; auto).
      apply filter_In in I as [I J]. apply F in I. lia. }
    rewrite Z0; simpl. destruct k as [|k]; apply Z.leb_gt; auto.
    specialize (F (nth k r 0)). enough (a <= nth k r 0) by lia. apply F, nth_In; lia.
Qed.

Definition lay_ok (lay : layout) (n : nat) : Prop :=
  Forall (fun e => (fst e + snd e <= n)%nat) lay.

Lemma lgate_reads lay n f t : lay_ok lay n -> reads_below n (lgate lay f t).
Proof.
  intros H. unfold reads_below, lgate, fwires; simpl. apply Forall_forall. intros w Hw.
  apply in_flat_map in Hw as [[x g] [_ Hw]]. unfold twires in Hw; simpl in Hw.
  unfold vwires in Hw. apply in_map_iff in Hw as [k [<- Hk]]. apply in_seq in Hk. simpl.
  destruct (nth_in_or_default x lay (0, 0)%nat) as [I|E].
  - unfold lay_ok in H; rewrite Forall_forall in H. specialize (H _ I). lia.
  - rewrite E in Hk; simpl in Hk; lia.
Qed.

Lemma layer_reads lay n f ts : lay_ok lay n -> Forall (reads_below n) (map (lgate lay f) ts).
Proof. intros H; apply Forall_forall; intros g Hg. apply in_map_iff in Hg as [t [<- _]].
  apply lgate_reads; auto. Qed.

Lemma lay_ok_snoc lay n m : lay_ok lay n -> lay_ok (lay ++ [(n, m)]) (n + m).
Proof.
  intros H. apply Forall_app; split; [|constructor; simpl; auto].
  eapply Forall_impl; [|exact H]; simpl; lia.
Qed.

Lemma rep_lay_ok lay A v : rep lay A v -> lay_ok lay (length v).
Proof.
  intros [_ H]. apply Forall_forall. intros [b m] I. apply In_nth_error in I as [i I].
  destruct (H _ _ _ I) as (_ & ? & _); auto.
Qed.

Lemma rep_step lay A v s :
  rep lay A v -> form_wf (length A) (sform s) -> Sorted Z.le (sthrs s) ->
  rep (lay ++ [(length v, length (sthrs s))]) (A ++ [slevel A s])
      (eval (map (lgate lay (sform s)) (sthrs s)) v).
Proof.
  intros R W So. rewrite eval_layer by (apply layer_reads; eapply rep_lay_ok; eauto).
  rewrite map_map.
  assert (GV : forall t, gate_val v (lgate lay (sform s) t) = (t <=? fval A (sform s))).
  { intros t. rewrite <- (lval_fval lay A v) by auto. unfold gate_val, lgate, lval; simpl.
    apply eq_true_iff_eq. rewrite !Z.leb_le. lia. }
  rewrite (map_ext _ _ GV).
  destruct R as [HL HR]. split; [rewrite !app_length; simpl; lia|].
  intros i b m Hi. destruct (lt_dec i (length lay)) as [l|l].
  - rewrite nth_error_app1 in Hi by auto. destruct (HR _ _ _ Hi) as (H1 & H2 & H3).
    unfold lev in *. rewrite app_nth1 by lia. split; [auto|]. rewrite app_length. split; [lia|].
    intros k Hk. rewrite val_app_l by lia. auto.
  - rewrite nth_error_app2 in Hi by lia.
    destruct (i - length lay)%nat as [|q] eqn:E; simpl in Hi;
      [|destruct q; discriminate].
    injection Hi as <- <-. unfold lev. rewrite app_nth2 by lia.
    replace (i - length A)%nat with 0%nat by lia. simpl.
    split; [apply count_le|]. split; [rewrite app_length, map_length; lia|].
    intros k Hk. rewrite val_app_r. unfold val.
    unfold slevel. rewrite <- count_nth by auto.
    apply (nth_map_lt (fun t => t <=? fval A (sform s))); auto.
Qed.

Lemma lower_rep p : forall lay A v,
  rep lay A v -> wf_ir (length A) p ->
  rep (layout_of lay (length v) p) (aeval p A) (eval (lower lay (length v) p) v).
Proof.
  induction p as [|s p IH]; simpl; intros lay A v R W; [auto|].
  destruct W as (W1 & W2 & W3). rewrite eval_app.
  pose proof (rep_step _ _ _ _ R W1 W2) as R'.
  apply IH in R'; [|rewrite app_length; simpl; replace (length A + 1)%nat with (S (length A)) by lia; auto].
  rewrite eval_length, map_length in R'. auto.
Qed.

Lemma thermo_length m l : length (thermo m l) = m.
Proof. unfold thermo; rewrite map_length, seq_length; auto. Qed.

Lemma thermo_val m l k : (k < m)%nat -> val (thermo m l) k = Nat.ltb k l.
Proof.
  intros H. unfold val, thermo.
  rewrite (nth_map_lt (fun k => Nat.ltb k l)) with (e := 0%nat) by (rewrite seq_length; auto).
  rewrite seq_nth by auto. auto.
Qed.

Lemma encode_length Ls A : Forall2 le A Ls -> length (encode Ls A) = nbits Ls.
Proof.
  unfold nbits. induction 1; simpl; [auto|]. rewrite app_length, thermo_length, IHForall2. auto.
Qed.

Lemma inlayout_length n Ls : length (inlayout n Ls) = length Ls.
Proof. revert n; induction Ls; simpl; intros; auto. Qed.

Lemma Forall2_len {X Y} (R : X -> Y -> Prop) a b : Forall2 R a b -> length a = length b.
Proof. induction 1; simpl; congruence. Qed.

Lemma encode_rep Ls A : Forall2 le A Ls -> rep (inlayout 0 Ls) A (encode Ls A).
Proof.
  intros F. split; [rewrite inlayout_length; symmetry; eapply Forall2_len; eauto|].
  assert (G : forall pre i b m, nth_error (inlayout (length pre) Ls) i = Some (b, m) ->
    (lev A i <= m)%nat /\ (b + m <= length (pre ++ encode Ls A))%nat /\
    forall k, (k < m)%nat -> val (pre ++ encode Ls A) (b + k) = Nat.ltb k (lev A i)).
  { induction F as [|l m0 A Ls Hl F IH]; intros pre i b m Hi; simpl in Hi;
      [destruct i; discriminate|].
    destruct i as [|i]; simpl in Hi.
    - injection Hi as <- <-. simpl. split; [auto|]. rewrite !app_length, thermo_length.
      split; [lia|]. intros k Hk. rewrite val_app_r. rewrite val_app_l by (rewrite thermo_length; auto).
      apply thermo_val; auto.
    - simpl. specialize (IH (pre ++ thermo m0 l) i b m).
      rewrite app_length, thermo_length in IH. specialize (IH Hi).
      rewrite <- app_assoc in IH. auto. }
  intros i b m Hi. exact (G [] i b m Hi).
Qed.

(** every thermometer-coded input is [encode] of its levels *)
Lemma thermo_complete m bs :
  length bs = m ->
  (forall j k, (j < k < m)%nat -> val bs k = true -> val bs j = true) ->
  exists l, (l <= m)%nat /\ bs = thermo m l.
Proof.
  revert bs; induction m as [|m IH]; intros bs HL H.
  - exists 0%nat; split; auto. destruct bs; [auto|discriminate].
  - destruct bs as [|b bs] using rev_ind; [discriminate|]. clear IHbs.
    rewrite app_length in HL; simpl in HL.
    assert (LB : length bs = m) by lia.
    destruct (IH bs) as [l [Hl E]]; [auto| |].
    + intros j k Hjk Hk. specialize (H j k). rewrite !val_app_l in H by lia. apply H; auto; lia.
    + assert (TS : forall l', thermo (S m) l' = thermo m l' ++ [Nat.ltb m l'])
        by (intros; unfold thermo; rewrite seq_S, map_app; auto).
      destruct b.
      * exists (S m); split; [auto|]. rewrite TS.
        replace (Nat.ltb m (S m)) with true by (symmetry; apply Nat.ltb_lt; lia). f_equal.
        apply nth_ext with false false; [rewrite thermo_length; auto|].
        intros k Hk. change (val bs k = val (thermo m (S m)) k).
        rewrite thermo_val by lia. replace (Nat.ltb k (S m)) with true by (symmetry; apply Nat.ltb_lt; lia).
        specialize (H k m). rewrite (val_app_l bs [true] k) in H by lia. apply H; [lia|].
        pose proof (val_app_r bs [true] 0) as V. rewrite Nat.add_0_r, LB in V. auto.
      * exists l; split; [lia|]. rewrite TS, <- E.
        replace (Nat.ltb m l) with false by (symmetry; apply Nat.ltb_ge; lia). auto.
Qed.

Lemma wf_app n L c : Forall (reads_below n) L -> wf (n + length L) c -> wf n (L ++ c).
Proof.
  intros H W k g Hk. destruct (lt_dec k (length L)) as [l|l].
  - rewrite nth_error_app1 in Hk by auto. apply nth_error_In in Hk. rewrite Forall_forall in H.
    eapply Forall_impl; [|exact (H _ Hk)]; simpl; lia.
  - rewrite nth_error_app2 in Hk by lia. eapply Forall_impl; [|exact (W _ _ Hk)]; simpl; lia.
Qed.

Lemma lower_wf p : forall lay n, lay_ok lay n -> wf n (lower lay n p).
Proof.
  induction p as [|s p IH]; simpl; intros lay n H.
  - intros [|k] g Hk; discriminate.
  - apply wf_app; [apply layer_reads; auto|]. rewrite map_length. apply IH, lay_ok_snoc; auto.
Qed.

Lemma inlayout_ok Ls : lay_ok (inlayout 0 Ls) (nbits Ls).
Proof.
  assert (G : forall n, lay_ok (inlayout n Ls) (n + nbits Ls)).
  { unfold nbits. induction Ls as [|m r IH]; simpl; intros n; [constructor|].
    constructor; simpl; [lia|]. replace (n + (m + list_sum r))%nat with (n + m + list_sum r)%nat by lia.
    apply IH. }
  exact (G 0%nat).
Qed.

Theorem lower_ir_wf Ls p : wf (nbits Ls) (lower_ir Ls p).
Proof. apply lower_wf, inlayout_ok. Qed.

Lemma layout_of_length p : forall lay n, length (layout_of lay n p) = (length lay + length p)%nat.
Proof. induction p; simpl; intros; [lia|]. rewrite IHp, app_length; simpl; lia. Qed.

Lemma aeval_length p : forall A, length (aeval p A) = (length A + length p)%nat.
Proof. induction p; simpl; intros; [lia|]. rewrite IHp, app_length; simpl; lia. Qed.

(** Gate k of variable i (0-based: bit k is [level >= k+1]) and every form *)
Theorem lower_correct Ls p A :
  wf_ir (length Ls) p -> Forall2 le A Ls ->
  let x := encode Ls A in
  let v := eval (lower_ir Ls p) x in
  let lay := layout_ir Ls p in
  (length x = nbits Ls /\ wf (length x) (lower_ir Ls p)) /\
  (forall i, (i < length Ls + length p)%nat -> exists b m,
     nth_error lay i = Some (b, m) /\ (lev (aeval p A) i <= m)%nat /\
     (b + m <= length v)%nat /\
     forall k, (k < m)%nat -> val v (b + k) = true <-> (lev (aeval p A) i >= k + 1)%nat) /\
  (forall f, form_wf (length Ls + length p) f -> lval lay v f = fval (aeval p A) f).
Proof.
  intros W F x v lay. pose proof (Forall2_len _ _ _ F) as HL.
  assert (R : rep lay (aeval p A) v).
  { unfold lay, v, layout_ir, lower_ir. unfold x at 1. rewrite <- (encode_length Ls A F).
    apply lower_rep; [apply encode_rep; auto|]. rewrite HL; auto. }
  assert (LA : length (aeval p A) = (length Ls + length p)%nat) by (rewrite aeval_length; lia).
  split; [|split].
  - unfold x; rewrite encode_length by auto. split; [auto|]. apply lower_ir_wf.
  - intros i Hi. destruct (nth_error lay i) as [[b m]|] eqn:E.
    + exists b, m. destruct R as [_ R]. destruct (R _ _ _ E) as (H1 & H2 & H3).
      split; [auto|]. split; [auto|]. split; [auto|]. intros k Hk. rewrite H3 by auto.
      rewrite Nat.ltb_lt. lia.
    + apply nth_error_None in E. destruct R as [R _]. lia.
  - intros f Hf. apply lval_fval; auto. rewrite LA; auto.
Qed.

(** ** Size *)
Definition nthrs (p : ir) : nat := list_sum (map (fun s => length (sthrs s)) p).

Theorem lower_size Ls p : size (lower_ir Ls p) = nthrs p.
Proof.
  unfold lower_ir, size, nthrs. generalize (inlayout 0 Ls) (nbits Ls).
  induction p as [|s p IH]; simpl; intros lay n; [auto|].
  rewrite app_length, map_length, IH. auto.
Qed.

(** ** Depth *)
Definition sdepth (D : list nat) (s : step) : nat :=
  S (maxl (map (fun t => nth (fst t) D 0%nat) (fterms (sform s)))).
Fixpoint adepths (p : ir) (D : list nat) : list nat :=
  match p with
  | [] => D
  | s :: p' => adepths p' (D ++ [sdepth D s])
  end.
Definition ir_depths (Ls : list nat) (p : ir) : list nat := adepths p (repeat 0%nat (length Ls)).
Definition ir_depth (Ls : list nat) (p : ir) : nat := maxl (ir_depths Ls p).

Lemma gate_depth_app d t g : reads_below (length d) g -> gate_depth (d ++ t) g = gate_depth d g.
Proof.
  unfold gate_depth; intros H; f_equal. unfold reads_below in H.
  induction H as [|w r Hw _ IH]; simpl; [auto|]. rewrite app_nth1, IH by auto. auto.
Qed.

Lemma depths_layer_eq L d :
  Forall (reads_below (length d)) L -> depths L d = d ++ map (gate_depth d) L.
Proof.
  intros H.
  assert (G : forall L t, Forall (reads_below (length d)) L ->
     depths L (d ++ t) = d ++ t ++ map (gate_depth d) L).
  { clear. induction L as [|g L IH]; intros t H; simpl; [rewrite app_nil_r; auto|].
    inversion H; subst. rewrite gate_depth_app by auto. rewrite <- app_assoc, IH by auto.
    rewrite <- app_assoc; auto. }
  specialize (G L [] H). rewrite app_nil_r in G. auto.
Qed.

(** depths of bits are bounded by the depth of their variable, and every bit has a variable *)
Definition drep (lay : layout) (D d : list nat) : Prop :=
  length lay = length D /\ lay_ok lay (length d) /\
  (forall i b m k, nth_error lay i = Some (b, m) -> (k < m)%nat ->
     (nth (b + k) d 0 <= nth i D 0)%nat) /\
  (forall j, (j < length d)%nat -> exists i b m, nth_error lay i = Some (b, m) /\ (b <= j < b + m)%nat).

Lemma lgate_depth lay D d s t :
  drep lay D d -> (gate_depth d (lgate lay (sform s) t) <= sdepth D s)%nat.
Proof.
  intros (HL & _ & H & _). unfold gate_depth, sdepth, lgate, fwires; simpl. apply le_n_S.
  set (M := maxl _).
  assert (B : Forall (fun w : wire => (nth (snd w) d 0 <= M)%nat)
                     (flat_map (twires lay) (fterms (sform s)))).
  { apply Forall_forall. intros w Hw. apply in_flat_map in Hw as [tm [It Hw]].
    unfold twires, vwires in Hw. apply in_map_iff in Hw as [k [<- Hk]]. apply in_seq in Hk.
    destruct (nth_in_or_default (fst tm) lay (0, 0)%nat) as [I|E];
      [|rewrite E in Hk; simpl in Hk; lia].
    destruct (lt_dec (fst tm) (length lay)) as [l|l];
      [|rewrite nth_overflow in Hk by lia; simpl in Hk; lia].
    pose proof (nth_error_nth' lay (0, 0)%nat l) as E.
    destruct (nth (fst tm) lay (0, 0)%nat) as [b m]; simpl in *.
    etransitivity; [apply (H _ _ _ k E); lia|].
    destruct (In_nth_error _ _ It) as [q Hq].
    assert (EQ : nth q (map (fun t => nth (fst t) D 0%nat) (fterms (sform s))) 0%nat = nth (fst tm) D 0%nat).
    { apply nth_error_nth. apply (map_nth_error (fun t => nth (fst t) D 0%nat)) in Hq. auto. }
    rewrite <- EQ. apply maxl_ge. }
  induction B; simpl; [lia|]. apply Nat.max_lub; auto.
Qed.

Lemma drep_step lay D d s :
  drep lay D d ->
  drep (lay ++ [(length d, length (sthrs s))]) (D ++ [sdepth D s])
       (depths (map (lgate lay (sform s)) (sthrs s)) d).
Proof.
  intros R. pose proof R as (HL & Hok & H & C).
  rewrite depths_layer_eq by (apply layer_reads; auto). rewrite map_map.
  split; [rewrite !app_length; simpl; lia|].
  split; [rewrite app_length, map_length; apply lay_ok_snoc; auto|].
  split.
  - intros i b m k Hi Hk. destruct (lt_dec i (length lay)) as [l|l].
    + rewrite nth_error_app1 in Hi by auto.
      assert (b + m <= length d)%nat.
      { unfold lay_ok in Hok; rewrite Forall_forall in Hok. apply (Hok (b, m)).
        eapply nth_error_In; eauto. }
      rewrite !app_nth1 by lia. eauto.
    + rewrite nth_error_app2 in Hi by lia.
      destruct (i - length lay)%nat as [|q] eqn:E; simpl in Hi; [|destruct q; discriminate].
      injection Hi as <- <-. rewrite (app_nth2 d) by lia. rewrite (app_nth2 D) by lia.
      replace (i - length D)%nat with 0%nat by lia.
      replace (length d + k - length d)%nat with k by lia. simpl.
      set (L := map _ (sthrs s)).
      assert (B : Forall (fun q => (q <= sdepth D s)%nat) L).
      { apply Forall_forall. intros q Hq. apply in_map_iff in Hq as [t [<- _]].
        apply lgate_depth; auto. }
      rewrite Forall_forall in B. apply B, nth_In. unfold L; rewrite map_length; auto.
  - intros j Hj. rewrite app_length, map_length in Hj. destruct (lt_dec j (length d)) as [l|l].
    + destruct (C j l) as (i & b & m & Hi & Hb). exists i, b, m. split; [|auto].
      rewrite nth_error_app1; [auto|]. apply nth_error_Some; congruence.
    + exists (length lay), (length d), (length (sthrs s)). split; [|lia].
      rewrite nth_error_app2 by lia. rewrite Nat.sub_diag. auto.
Qed.

Lemma lower_drep p : forall lay D d, drep lay D d ->
  drep (layout_of lay (length d) p) (adepths p D) (depths (lower lay (length d) p) d).
Proof.
  induction p as [|s p IH]; simpl; intros lay D d R; [auto|].
  rewrite depths_app. pose proof (IH _ _ _ (drep_step _ _ _ s R)) as R'.
  rewrite depths_length, map_length in R'. auto.
Qed.

Lemma nth_repeat0 n i : nth i (repeat 0%nat n) 0%nat = 0%nat.
Proof. revert i; induction n; destruct i; simpl; auto. Qed.

Lemma in_drep Ls : drep (inlayout 0 Ls) (repeat 0%nat (length Ls)) (repeat 0%nat (nbits Ls)).
Proof.
  split; [rewrite inlayout_length, repeat_length; auto|].
  split; [rewrite repeat_length; apply inlayout_ok|].
  split; [intros; rewrite nth_repeat0; lia|].
  rewrite repeat_length. unfold nbits.
  assert (G : forall n j, (n <= j < n + list_sum Ls)%nat ->
    exists i b m, nth_error (inlayout n Ls) i = Some (b, m) /\ (b <= j < b + m)%nat).
  { induction Ls as [|m r IH]; simpl; intros n j Hj; [lia|].
    destruct (lt_dec j (n + m)) as [l|l].
    - exists 0%nat, n, m; split; [auto|lia].
    - destruct (IH (n + m)%nat j) as (i & b & m' & Hi & Hb); [lia|].
      exists (S i), b, m'; auto. }
  intros j Hj. apply (G 0%nat). lia.
Qed.

Lemma path_depths n c j l : wf n c -> path n c j l -> (l <= nth j (depths c (repeat 0%nat n)) 0)%nat.
Proof.
  intros W P. induction P as [|i k g w l P IH Hk Hin]; [lia|].
  assert (W' : wf (length (repeat 0%nat n)) c) by (rewrite repeat_length; auto).
  destruct (depths_nth c k g _ Hk W') as [d' [E F]]. rewrite repeat_length in *.
  rewrite E. pose proof (gate_depth_ge d' g w i Hin) as G.
  assert (Hi : (i < n + k)%nat).
  { specialize (W k g Hk). rewrite Forall_forall in W. apply (W (w,i) Hin). }
  rewrite (F i Hi) in G. lia.
Qed.

Theorem lower_depth Ls p :
  (forall i b m k l, nth_error (layout_ir Ls p) i = Some (b, m) -> (k < m)%nat ->
     path (nbits Ls) (lower_ir Ls p) (b + k) l -> (l <= nth i (ir_depths Ls p) 0)%nat) /\
  (depth (nbits Ls) (lower_ir Ls p) <= ir_depth Ls p)%nat /\
  depth_le (nbits Ls) (lower_ir Ls p) (ir_depth Ls p).
Proof.
  pose proof (lower_drep p _ _ _ (in_drep Ls)) as R. rewrite repeat_length in R.
  fold (lower_ir Ls p) (layout_ir Ls p) (ir_depths Ls p) in R.
  destruct R as (HL & Hok & H & C).
  assert (DD : (depth (nbits Ls) (lower_ir Ls p) <= ir_depth Ls p)%nat).
  { apply maxl_le. apply Forall_forall. intros q Hq. apply (In_nth _ _ 0%nat) in Hq as [j [Hj <-]].
    destruct (C j Hj) as (i & b & m & Hi & Hb).
    specialize (H i b m (j - b)%nat Hi). replace (b + (j - b))%nat with j in H by lia.
    etransitivity; [apply H; lia|]. apply maxl_ge. }
  split; [|split; auto].
  - intros i b m k l Hi Hk P. etransitivity; [apply path_depths; [apply lower_ir_wf|exact P]|].
    eapply H; eauto.
  - intros j l P. etransitivity; [eapply depth_sound; [apply lower_ir_wf|exact P]|auto].
Qed.

(** [ir_depths] is the longest path, counted in Steps, ending at a variable *)
Inductive apath (n : nat) (p : ir) : nat -> nat -> Prop :=
| ap_in : forall i, (i < n)%nat -> apath n p i 0
| ap_node : forall k s, nth_error p k = Some s -> apath n p (n + k) 1
| ap_step : forall i k s g l, apath n p i l -> nth_error p k = Some s ->
    In (i, g) (fterms (sform s)) -> apath n p (n + k) (S l).

Lemma adepths_old p : forall D i, (i < length D)%nat -> nth i (adepths p D) 0%nat = nth i D 0%nat.
Proof.
  induction p as [|s p IH]; simpl; intros D i Hi; [auto|].
  rewrite IH by (rewrite app_length; simpl; lia). apply app_nth1; auto.
Qed.

Lemma adepths_nth p : forall D k s, nth_error p k = Some s -> wf_ir (length D) p ->
  form_wf (length D + k) (sform s) /\
  nth (length D + k) (adepths p D) 0%nat = sdepth (adepths p D) s.
Proof.
  induction p as [|s0 p IH]; intros D k s Hk W; [destruct k; discriminate|].
  destruct W as (W1 & _ & W3). destruct k as [|k]; simpl in *.
  - injection Hk as <-. rewrite Nat.add_0_r. split; [auto|].
    rewrite adepths_old by (rewrite app_length; simpl; lia).
    rewrite nth_middle. unfold sdepth at 1 2. do 2 f_equal. apply map_ext_in. intros t Ht.
    unfold form_wf in W1; rewrite Forall_forall in W1. specialize (W1 t Ht).
    rewrite adepths_old by (rewrite app_length; simpl; lia). symmetry; apply app_nth1; auto.
  - assert (L : length (D ++ [sdepth D s0]) = S (length D)) by (rewrite app_length; simpl; lia).
    specialize (IH (D ++ [sdepth D s0]) k s Hk). rewrite L in IH.
    replace (length D + S k)%nat with (S (length D) + k)%nat by lia. auto.
Qed.

Lemma maxl_in l : l <> [] -> In (maxl l) l.
Proof.
  induction l as [|a l IH]; intros H; [congruence|]. destruct l as [|b l]; [left; simpl; lia|].
  specialize (IH ltac:(discriminate)). change (maxl (a :: b :: l)) with (Nat.max a (maxl (b :: l))).
  destruct (Nat.max_spec a (maxl (b :: l))) as [[_ ->]|[_ ->]]; [right; auto|left; auto].
Qed.

Theorem ir_depths_longest Ls p : wf_ir (length Ls) p ->
  (forall i l, apath (length Ls) p i l -> (l <= nth i (ir_depths Ls p) 0)%nat) /\
  (forall i, (i < length Ls + length p)%nat -> apath (length Ls) p i (nth i (ir_depths Ls p) 0%nat)).
Proof.
  intros W. unfold ir_depths. set (D := repeat 0%nat (length Ls)).
  assert (LD : length D = length Ls) by apply repeat_length.
  rewrite <- LD in *.
  assert (E := adepths_nth p D). split.
  - induction 1 as [i Hi|k s Hk|i k s g l P IH Hk Hin]; [lia| |].
    + destruct (E k s Hk W) as [_ ->]. unfold sdepth; lia.
    + destruct (E k s Hk W) as [_ ->]. unfold sdepth. apply le_n_S. etransitivity; [exact IH|].
      destruct (In_nth_error _ _ Hin) as [q Hq].
      apply (map_nth_error (fun t => nth (fst t) (adepths p D) 0%nat)) in Hq.
      apply nth_error_nth with (d := 0%nat) in Hq. simpl in Hq. rewrite <- Hq. apply maxl_ge.
  - intros i. induction i as [i IH] using lt_wf_ind. intros Hi.
    destruct (lt_dec i (length D)) as [l|l].
    + rewrite adepths_old by auto.
      assert (Z0 : nth i D 0%nat = 0%nat) by apply nth_repeat0. rewrite Z0. constructor; auto.
    + destruct (nth_error p (i - length D)) as [s|] eqn:Hk;
        [|apply nth_error_None in Hk; lia].
      destruct (E _ s Hk W) as [F N].
      replace i with (length D + (i - length D))%nat by lia. rewrite N. unfold sdepth.
      destruct (fterms (sform s)) as [|t r] eqn:Ft; [apply (ap_node _ _ _ s); auto|].
      rewrite <- Ft.
      assert (I := maxl_in (map (fun t => nth (fst t) (adepths p D) 0%nat) (fterms (sform s)))
                     ltac:(rewrite Ft; discriminate)).
      apply in_map_iff in I as [[x g] [I1 I2]]. rewrite <- I1. simpl.
      unfold form_wf in F; rewrite Forall_forall in F. specialize (F _ I2); simpl in F.
      apply (ap_step _ _ x _ s g); auto. apply IH; lia.
Qed.

(** A rank that grows from what a step reads to the step bounds the depth: stages of a layer are
    such ranks, in whatever order the steps are written and however many positions there are. *)
Theorem rank_depth Ls p (rank : nat -> nat) K : wf_ir (length Ls) p ->
  (forall k s, nth_error p k = Some s -> (1 <= rank (length Ls + k) <= K)%nat /\
     forall t, In t (fterms (sform s)) -> (rank (fst t) < rank (length Ls + k))%nat) ->
  (ir_depth Ls p <= K)%nat.
Proof.
  intros W H. destruct (ir_depths_longest Ls p W) as [_ G].
  assert (P : forall i l, apath (length Ls) p i l -> (l <= rank i)%nat /\ (l <= K)%nat).
  { intros i l Q. induction Q as [i Hi|k s Hk|i k s g l Q IH Hk Hin].
    - lia.
    - destruct (H k s Hk) as [? _]. lia.
    - destruct (H k s Hk) as [R1 R2]. specialize (R2 _ Hin). simpl in R2. lia. }
  apply maxl_le, Forall_forall. intros d Hd. apply (In_nth _ _ 0%nat) in Hd as (i & Hi & <-).
  apply (P i), G. unfold ir_depths in Hi.
  assert (L : forall q D, length (adepths q D) = (length D + length q)%nat)
    by (induction q as [|s q IH]; intros D; simpl; [lia|rewrite IH, app_length; simpl; lia]).
  rewrite L, repeat_length in Hi. exact Hi.
Qed.

(** ** Products need no new operation *)
Definition zbit (i : nat) (x : Z) : Z := b2z (Z.testbit x (Z.of_nat i)).
Fixpoint zsum {X} (f : X -> Z) (l : list X) : Z :=
  match l with
  | [] => 0
  | a :: r => f a + zsum f r
  end.

Lemma zsum_app {X} (f : X -> Z) a b : zsum f (a ++ b) = zsum f a + zsum f b.
Proof. induction a; simpl; lia. Qed.
Lemma zsum_map {X Y} (f : Y -> Z) (h : X -> Y) l : zsum f (map h l) = zsum (fun x => f (h x)) l.
Proof. induction l; simpl; lia. Qed.
Lemma zsum_ext {X} (f g : X -> Z) l : (forall x, f x = g x) -> zsum f l = zsum g l.
Proof. intros H; induction l; simpl; rewrite ?H; lia. Qed.
Lemma zsum_scale {X} (f : X -> Z) c l : zsum (fun x => c * f x) l = c * zsum f l.
Proof. induction l; simpl; lia. Qed.

Lemma bits_sum a x : 0 <= x < 2 ^ Z.of_nat a ->
  x = zsum (fun i => 2 ^ Z.of_nat i * zbit i x) (seq 0 a).
Proof.
  intros H.
  assert (G : forall n, zsum (fun i => 2 ^ Z.of_nat i * zbit i x) (seq 0 n) = x mod 2 ^ Z.of_nat n).
  { induction n as [|n IH]; [simpl; symmetry; apply Z.mod_1_r|].
    rewrite seq_S, zsum_app, IH. simpl zsum.
    replace (Z.of_nat (S n)) with (Z.of_nat n + 1) by lia.
    rewrite Z.pow_add_r, Z.pow_1_r by lia.
    rewrite Z.rem_mul_r by (try apply Z.pow_nonzero; lia).
    unfold zbit. change b2z with Z.b2z. rewrite Z.testbit_spec' by lia. lia. }
  rewrite G. symmetry; apply Z.mod_small; auto.
Qed.

Theorem product_bits a b x y :
  0 <= x < 2 ^ Z.of_nat a -> 0 <= y < 2 ^ Z.of_nat b ->
  x * y = zsum (fun ij => 2 ^ Z.of_nat (fst ij + snd ij)
                          * b2z (2 <=? zbit (fst ij) x + zbit (snd ij) y))
               (list_prod (seq 0 a) (seq 0 b)).
Proof.
  intros Hx Hy. rewrite (bits_sum a x Hx) at 1. generalize (seq 0 a) as la.
  induction la as [|i la IH]; [reflexivity|]. simpl. rewrite zsum_app, <- IH, zsum_map. simpl.
  rewrite Z.mul_add_distr_r. f_equal. rewrite (bits_sum b y Hy) at 1.
  rewrite <- zsum_scale. apply zsum_ext. intros j.
  rewrite Nat2Z.inj_add, Z.pow_add_r by lia. unfold zbit.
  destruct (Z.testbit x (Z.of_nat i)), (Z.testbit y (Z.of_nat j)); simpl; lia.
Qed.

(** x * y as one layer of one-threshold steps over 0/1 tables, read by a form *)
Definition mul_step (u : nat) (fu : list Z) (v : nat) (fv : list Z) (ij : nat * nat) : step :=
  Step (Form 0 [(u, map (zbit (fst ij)) fu); (v, map (zbit (snd ij)) fv)]) [2].
Definition mul_steps u fu v fv (a b : nat) : ir :=
  map (mul_step u fu v fv) (list_prod (seq 0 a) (seq 0 b)).
Fixpoint mul_terms (n : nat) (l : list (nat * nat)) : list term :=
  match l with
  | [] => []
  | ij :: r => (n, [0; 2 ^ Z.of_nat (fst ij + snd ij)]) :: mul_terms (S n) r
  end.
Definition mul_form (n a b : nat) : form := Form 0 (mul_terms n (list_prod (seq 0 a) (seq 0 b))).

Lemma tab_zbit i g l : tab (map (zbit i) g) l = zbit i (tab g l).
Proof.
  unfold tab. assert (E : zbit i 0 = 0) by (unfold zbit; rewrite Z.bits_0; auto).
  rewrite <- E at 1. apply map_nth.
Qed.

Lemma lev_app A t v : (v < length A)%nat -> lev (A ++ t) v = lev A v.
Proof. intros; unfold lev; apply app_nth1; auto. Qed.

Lemma mul_aeval A u fu v fv l : (u < length A)%nat -> (v < length A)%nat ->
  aeval (map (mul_step u fu v fv) l) A =
  A ++ map (fun ij => Nat.b2n (2 <=? zbit (fst ij) (tab fu (lev A u))
                                    + zbit (snd ij) (tab fv (lev A v)))) l.
Proof.
  intros Hu Hv.
  assert (G : forall t, aeval (map (mul_step u fu v fv) l) (A ++ t) = A ++ t ++
    map (fun ij => Nat.b2n (2 <=? zbit (fst ij) (tab fu (lev A u))
                                    + zbit (snd ij) (tab fv (lev A v)))) l).
  { induction l as [|ij l IH]; intros t; simpl; [rewrite app_nil_r; auto|].
    rewrite <- app_assoc, IH, <- app_assoc. simpl. do 3 f_equal.
    unfold slevel, count, fval; simpl. rewrite !lev_app, !tab_zbit by auto.
    rewrite Z.add_0_r. destruct (2 <=? _); auto. }
  specialize (G []). rewrite app_nil_r in G. auto.
Qed.

Theorem mul_correct A u fu v fv a b :
  (u < length A)%nat -> (v < length A)%nat ->
  0 <= tab fu (lev A u) < 2 ^ Z.of_nat a -> 0 <= tab fv (lev A v) < 2 ^ Z.of_nat b ->
  fval (aeval (mul_steps u fu v fv a b) A) (mul_form (length A) a b)
  = tab fu (lev A u) * tab fv (lev A v).
Proof.
  intros Hu Hv Hx Hy. rewrite (product_bits a b _ _ Hx Hy). unfold mul_steps.
  rewrite mul_aeval by auto. unfold fval, mul_form; simpl fconst; simpl fterms.
  rewrite Z.add_0_l. generalize (list_prod (seq 0 a) (seq 0 b)) as l.
  set (x := tab fu (lev A u)). set (y := tab fv (lev A v)). clearbody x y. clear.
  intros l. revert A; induction l as [|ij l IH]; intros A; [reflexivity|].
  simpl. f_equal.
  - unfold lev. rewrite nth_middle. destruct (2 <=? _); simpl; unfold tab; simpl; lia.
  - specialize (IH (A ++ [Nat.b2n (2 <=? zbit (fst ij) x + zbit (snd ij) y)])).
    rewrite app_length, <- app_assoc in IH. simpl in IH.
    replace (length A + 1)%nat with (S (length A)) in IH by lia. auto.
Qed.

Lemma mul_size u fu v fv a b : nthrs (mul_steps u fu v fv a b) = (a * b)%nat.
Proof.
  unfold nthrs, mul_steps. rewrite map_map.
  transitivity (length (list_prod (seq 0 a) (seq 0 b)));
    [|rewrite prod_length, !seq_length; auto].
  induction (list_prod _ _); simpl; auto.
Qed.

Lemma wf_ir_app n p q : wf_ir n p -> wf_ir (n + length p) q -> wf_ir n (p ++ q).
Proof.
  revert n; induction p as [|s p IH]; simpl; intros n Hp Hq; [rewrite Nat.add_0_r in Hq; auto|].
  destruct Hp as (? & ? & ?); repeat split; auto. apply IH; auto.
  replace (S n + length p)%nat with (n + S (length p))%nat by lia. auto.
Qed.

Lemma mul_wf n u fu v fv a b : (u < n)%nat -> (v < n)%nat -> wf_ir n (mul_steps u fu v fv a b).
Proof.
  unfold mul_steps. generalize (list_prod (seq 0 a) (seq 0 b)) as l. intros l; revert n.
  induction l as [|ij l IH]; simpl; intros n Hu Hv; [auto|]. repeat split.
  - repeat constructor; auto.
  - repeat constructor.
  - apply IH; lia.
Qed.

(** ** Digit splitting: a monotone step with B(K+1)-1 thresholds as a high digit (one step,
    K thresholds) and B-1 one-threshold steps for the low digit, in two layers *)
Definition every (ts : list Z) (B K : nat) : list Z :=
  map (fun k => nth (B * k + (B - 1)) ts 0) (seq 0 K).
Definition lo_step (n : nat) (F : form) (ts : list Z) (B K r : nat) : step :=
  Step (Form (fconst F) (fterms F ++ [(n, map (fun q => - nth (B * q + r) ts 0) (seq 0 (S K)))])) [0].
Definition split_steps (n : nat) (F : form) (ts : list Z) (B K : nat) : ir :=
  Step F (every ts B K) :: map (lo_step n F ts B K) (seq 0 (B - 1)).

Lemma count_app a b x : count (a ++ b) x = (count a x + count b x)%nat.
Proof. unfold count. rewrite filter_app, app_length. auto. Qed.

Lemma count_seq (f : nat -> Z) x c K :
  (forall k, (k < K)%nat -> (f k <=? x) = Nat.ltb k c) ->
  count (map f (seq 0 K)) x = Nat.min c K.
Proof.
  induction K as [|K IH]; intros H; [rewrite Nat.min_0_r; reflexivity|].
  rewrite seq_S, map_app, count_app, IH by (intros; apply H; lia).
  unfold count; simpl. rewrite (H K) by lia. destruct (Nat.ltb_spec K c); simpl; lia.
Qed.

Lemma tsum_app A a b : tsum A (a ++ b) = tsum A a + tsum A b.
Proof. induction a; simpl; lia. Qed.

Lemma fval_app A t f : form_wf (length A) f -> fval (A ++ t) f = fval A f.
Proof.
  intros W; unfold fval; f_equal. unfold form_wf in W.
  induction W as [|q r Hq _ IH]; simpl; [auto|]. rewrite lev_app, IH by auto. auto.
Qed.

Theorem split_correct A F ts B K :
  form_wf (length A) F -> Sorted Z.le ts -> (0 < B)%nat -> length ts = (B * K + (B - 1))%nat ->
  let l := count ts (fval A F) in
  aeval (split_steps (length A) F ts B K) A =
  A ++ (l / B)%nat :: map (fun r => Nat.b2n (Nat.ltb r (l mod B))) (seq 0 (B - 1)).
Proof.
  intros W So HB HL l.
  assert (Hl : (l <= B * K + (B - 1))%nat) by (rewrite <- HL; apply count_le).
  assert (DM : l = (B * (l / B) + l mod B)%nat) by (apply Nat.div_mod; lia).
  assert (MU : (l mod B < B)%nat) by (apply Nat.mod_upper_bound; lia).
  assert (HK : (l / B <= K)%nat) by (apply Nat.lt_succ_r, Nat.div_lt_upper_bound; [lia|]; rewrite Nat.mul_succ_r; lia).
  unfold split_steps; simpl aeval.
  assert (Hh : slevel A (Step F (every ts B K)) = (l / B)%nat).
  { unfold slevel, every; simpl sthrs; simpl sform.
    rewrite (count_seq _ _ (l / B)); [apply Nat.min_l; auto|].
    intros k Hk. rewrite count_nth by (auto; nia). fold l.
    apply eq_true_iff_eq. rewrite !Nat.ltb_lt. nia. }
  rewrite Hh.
  assert (G : forall rs t, (forall r, In r rs -> (r < B - 1)%nat) ->
    aeval (map (lo_step (length A) F ts B K) rs) (A ++ (l / B)%nat :: t) =
    A ++ (l / B)%nat :: t ++ map (fun r => Nat.b2n (Nat.ltb r (l mod B))) rs).
  { induction rs as [|r rs IH]; intros t Hr; simpl; [rewrite app_nil_r; auto|].
    rewrite <- app_assoc. simpl. rewrite IH by (intros; apply Hr; right; auto).
    rewrite <- app_assoc. simpl. do 4 f_equal.
    specialize (Hr r (or_introl eq_refl)).
    unfold slevel, lo_step, fval; cbn [sthrs sform fconst fterms].
    rewrite tsum_app. rewrite Z.add_assoc.
    change (fconst F + tsum (A ++ (l / B)%nat :: t) (fterms F))
      with (fval (A ++ (l / B)%nat :: t) F).
    rewrite fval_app by auto. cbn [tsum fst snd]. unfold lev. rewrite nth_middle. unfold tab.
    rewrite (nth_map_lt (fun q => - nth (B * q + r) ts 0)) with (e := 0%nat)
      by (rewrite seq_length; lia).
    rewrite seq_nth by lia. rewrite Nat.add_0_l.
    assert (C : (nth (B * (l / B) + r) ts 0 <=? fval A F) = Nat.ltb r (l mod B)).
    { rewrite count_nth by (auto; nia). fold l. apply eq_true_iff_eq. rewrite !Nat.ltb_lt. lia. }
    unfold count. cbn [filter].
    match goal with |- context [if ?b then _ else _] => replace b with (Nat.ltb r (l mod B)) end.
    - destruct (Nat.ltb r (l mod B)); auto.
    - rewrite <- C. apply eq_true_iff_eq. rewrite !Z.leb_le. lia. }
  exact (G (seq 0 (B - 1)) [] ltac:(intros r Hr; apply in_seq in Hr; lia)).
Qed.

Lemma split_size n F ts B K : nthrs (split_steps n F ts B K) = (K + (B - 1))%nat.
Proof.
  unfold nthrs, split_steps; simpl. unfold every; rewrite map_length, seq_length, map_map. f_equal.
  rewrite <- (seq_length (B - 1) 0) at 2. induction (seq 0 (B - 1)); simpl; auto.
Qed.

(** ** Depth of products and of digits *)
Definition reads_at (D : list nat) (m : nat) (f : form) : Prop :=
  Forall (fun t => (fst t < length D)%nat /\ (nth (fst t) D 0 <= m)%nat) (fterms f).

Lemma sdepth_le D m s : reads_at D m (sform s) -> (sdepth D s <= S m)%nat.
Proof.
  intros H. unfold sdepth. apply le_n_S, maxl_le. rewrite Forall_map.
  eapply Forall_impl; [|exact H]. simpl; tauto.
Qed.
Lemma reads_at_app D t m f : reads_at D m f -> reads_at (D ++ t) m f.
Proof.
  intros H. eapply Forall_impl; [|exact H]. simpl. intros q [A B]. rewrite app_length, app_nth1 by auto. lia.
Qed.
(** steps that read variables of depth at most m only have depth at most m+1 *)
Lemma adepths_layer p D m : Forall (fun s => reads_at D m (sform s)) p ->
  exists t, adepths p D = D ++ t /\ length t = length p /\ Forall (fun x => (x <= S m)%nat) t.
Proof.
  intros H. assert (G : forall q, exists t, adepths p (D ++ q) = D ++ q ++ t /\ length t = length p /\
                                  Forall (fun x => (x <= S m)%nat) t).
  { induction H as [|s p Hs _ IH]; intros q.
    - exists []. simpl. rewrite app_nil_r. auto.
    - simpl. rewrite <- app_assoc. destruct (IH (q ++ [sdepth (D ++ q) s])) as (t & E & L & F).
      exists (sdepth (D ++ q) s :: t). rewrite E, <- app_assoc. simpl. repeat split; auto.
      constructor; [|auto]. apply sdepth_le, reads_at_app, Hs. }
  destruct (G []) as (t & E & L & F). rewrite app_nil_r in E. exists t. auto.
Qed.

(** a product is one level above its factors *)
Theorem mul_depth D m u fu v fv a b :
  (u < length D)%nat -> (v < length D)%nat -> (nth u D 0 <= m)%nat -> (nth v D 0 <= m)%nat ->
  exists t, adepths (mul_steps u fu v fv a b) D = D ++ t /\ length t = (a * b)%nat /\
            Forall (fun x => (x <= S m)%nat) t.
Proof.
  intros Hu Hv Du Dv. destruct (adepths_layer (mul_steps u fu v fv a b) D m) as (t & E & L & F).
  - unfold mul_steps. rewrite Forall_map. apply Forall_forall. intros ij _. repeat constructor; auto.
  - exists t. split; [auto|]. split; [|auto]. rewrite L. unfold mul_steps.
    rewrite map_length, prod_length, !seq_length. auto.
Qed.

(** the high digit is one level above what the step reads, the low digit two *)
Theorem split_depth D m F ts B K : reads_at D m F ->
  exists h t, adepths (split_steps (length D) F ts B K) D = D ++ h :: t /\ length t = (B - 1)%nat /\
              (h <= S m)%nat /\ Forall (fun x => (x <= S (S m))%nat) t.
Proof.
  intros H. unfold split_steps. simpl. set (h := sdepth D (Step F (every ts B K))).
  assert (Hh : (h <= S m)%nat) by (apply sdepth_le; exact H).
  destruct (adepths_layer (map (lo_step (length D) F ts B K) (seq 0 (B - 1))) (D ++ [h]) (S m)) as (t & E & L & G).
  - rewrite Forall_map. apply Forall_forall. intros r _. unfold reads_at, lo_step. cbn [sform fterms].
    apply Forall_app. split.
    + eapply Forall_impl; [|apply (reads_at_app D [h] m F H)]. intros q [P Q]. split; [exact P|].
      apply Nat.le_trans with m; [exact Q|auto].
    + constructor; [|constructor]. cbn [fst]. split; [rewrite app_length; cbn [length]; lia|rewrite nth_middle; auto].
  - exists h, t. rewrite E, <- app_assoc. split; [auto|]. split; [|auto].
    rewrite L, map_length, seq_length. auto.
Qed.

(** A worked instance: two inputs of 3 bits, x*y as 4 one-threshold steps, then the high digit
    (base 4) of the product, and the low digit from it; checked exhaustively. *)
Definition id4 : list Z := [0; 1; 2; 3].
Definition ex_Ls : list nat := [3; 3]%nat.
Definition ex_ir : ir :=
  mul_steps 0 id4 1 id4 2 2 ++ split_steps 6 (mul_form 2 2 2) (map Z.of_nat (seq 1 11)) 4 2.
Example ex_ok :
  size (lower_ir ex_Ls ex_ir) = 9%nat /\ ir_depth ex_Ls ex_ir = 3%nat /\
  forallb (fun x => forallb (fun y =>
    let A := aeval ex_ir [x; y] in
    Nat.eqb (lev A 6 * 4 + lev A 7 + lev A 8 + lev A 9) (x * y)) (seq 0 4)) (seq 0 4) = true.
Proof. vm_compute. auto. Qed.

Print Assumptions lower_correct.
Print Assumptions lower_size.
Print Assumptions lower_depth.
Print Assumptions mul_correct.
Print Assumptions split_correct.
Print Assumptions mul_depth.
Print Assumptions split_depth.
Print Assumptions ir_depths_longest.
Print Assumptions rank_depth.
