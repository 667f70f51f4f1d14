(** Iterated addition / weighted sums in depth 2, for every number of summands.
    Each output bit j of  sum_i w_i x_i  (any integers w_i, two's complement)
    is computed by 2N weighted thresholds and one alternating-sum gate. Axiom-free. *)
Require Import ZArith List Bool Lia Arith.
Require Import TC0.Circuit.
Import ListNotations.
Open Scope Z_scope.

Fixpoint lin (ws : list Z) (x : list bool) : Z :=
  match ws, x with
  | w :: ws', b :: x' => w * b2z b + lin ws' x'
  | _, _ => 0
  end.

(** ** The alternating sum *)
Fixpoint altw (n base : nat) (sgn : Z) : list wire :=
  match n with O => [] | S n' => (sgn, base) :: altw n' (S base) (- sgn) end.

Lemma altw_wsum v n : forall base sgn q,
  (forall k, (k < n)%nat -> val v (base + k) = (Z.of_nat k + 1 <=? q)) ->
  q <= Z.of_nat n -> wsum v (altw n base sgn) = sgn * ((Z.max q 0) mod 2).
Proof.
  induction n as [|n IH]; intros base sgn q H Hq; simpl wsum.
  - replace (Z.max q 0) with 0 by lia. rewrite Z.mod_0_l by lia; lia.
  - pose proof (H 0%nat ltac:(lia)) as H0. rewrite Nat.add_0_r in H0. rewrite H0.
    rewrite (IH (S base) (- sgn) (q - 1)).
    + destruct (Z.leb_spec (Z.of_nat 0 + 1) q) as [l|l]; simpl b2z.
      * replace (Z.max q 0) with ((q - 1) + 1) by lia.
        replace (Z.max (q - 1) 0) with (q - 1) by lia.
        pose proof (Z.mod_pos_bound (q-1) 2). pose proof (Z.mod_pos_bound (q-1+1) 2).
        pose proof (Z.div_mod (q-1) 2). pose proof (Z.div_mod (q-1+1) 2).
        assert ((q - 1 + 1) mod 2 = 1 - (q - 1) mod 2) by lia. rewrite H5. ring.
      * replace (Z.max q 0) with 0 by lia. replace (Z.max (q - 1) 0) with 0 by lia.
        rewrite Z.mod_0_l by lia. lia.
    + intros k Hk. specialize (H (S k) ltac:(lia)).
      replace (S base + k)%nat with (base + S k)%nat by lia. rewrite H.
      destruct (Z.leb_spec (Z.of_nat (S k) + 1) q), (Z.leb_spec (Z.of_nat k + 1) (q - 1)); lia.
    + lia.
Qed.

Lemma altw_below n base sgn : Forall (fun w : wire => (snd w < base + n)%nat) (altw n base sgn).
Proof.
  revert base sgn; induction n; simpl; intros; constructor; simpl; [lia|].
  specialize (IHn (S base) (- sgn)). eapply Forall_impl; [|exact IHn]; simpl; intros; lia.
Qed.
Lemma altw_length n base sgn : length (altw n base sgn) = n.
Proof. revert base sgn; induction n; simpl; intros; auto. Qed.

(** ** One output bit *)
Definition red (j : nat) (w : Z) : Z := w mod 2 ^ (Z.of_nat j + 1).
Definition bit_gate (j : nat) (ws : list Z) (srcs : list nat) (k : nat) : gate :=
  Gate ((Z.of_nat k + 1) * 2 ^ Z.of_nat j) (combine (map (red j) ws) srcs).
Definition target := (list Z * nat)%type.       (* weights, bit position *)
Definition block (srcs : list nat) (t : target) : circuit :=
  map (bit_gate (snd t) (fst t) srcs) (seq 0 (2 * length srcs)).

Lemma wsum_combine v ws srcs :
  wsum v (combine ws srcs) = lin ws (map (val v) srcs).
Proof. revert srcs; induction ws; destruct srcs; simpl; auto. rewrite IHws; auto. Qed.

Lemma lin_red_mod j ws x :
  (lin (map (red j) ws) x) mod 2 ^ (Z.of_nat j + 1) = (lin ws x) mod 2 ^ (Z.of_nat j + 1).
Proof.
  assert (P : 0 < 2 ^ (Z.of_nat j + 1)) by (apply Z.pow_pos_nonneg; lia).
  revert x; induction ws as [|w ws IH]; intros [|b x]; simpl; auto.
  rewrite Z.add_mod, IH, <- Z.add_mod by lia.
  unfold red at 1. destruct b; simpl; rewrite ?Z.mul_1_r, ?Z.mul_0_r; [|auto].
  rewrite Zplus_mod_idemp_l; auto.
Qed.

Lemma lin_red_bound j ws x : 
  0 <= lin (map (red j) ws) x <= Z.of_nat (length x) * 2 ^ (Z.of_nat j + 1).
Proof.
  assert (P : 0 < 2 ^ (Z.of_nat j + 1)) by (apply Z.pow_pos_nonneg; lia).
  revert x; induction ws as [|w ws IH]; intros [|b x]; simpl lin; simpl length; try lia.
  specialize (IH x). unfold red at 1 3.
  pose proof (Z.mod_pos_bound w _ P). rewrite Nat2Z.inj_succ. destruct b; simpl b2z; nia.
Qed.

Lemma testbit_red j ws x :
  Z.testbit (lin ws x) (Z.of_nat j) = Z.odd (lin (map (red j) ws) x / 2 ^ Z.of_nat j).
Proof.
  rewrite <- (Z.mod_pow2_bits_low (lin ws x) (Z.of_nat j + 1)) by lia.
  rewrite <- lin_red_mod. rewrite Z.mod_pow2_bits_low by lia.
  rewrite Z.testbit_odd, Z.shiftr_div_pow2 by lia. auto.
Qed.

(** ** The whole family *)
Definition itadd (m : nat) (srcs : list nat) (ts : list target) : circuit :=
  concat (map (block srcs) ts) ++
  map (fun r => Gate 1 (altw (2 * length srcs) (m + r * (2 * length srcs)) 1)) (seq 0 (length ts)).

Definition itadd_out (m : nat) (srcs : list nat) (ts : list target) : list nat :=
  map (fun r => (m + length ts * (2 * length srcs) + r)%nat) (seq 0 (length ts)).

Lemma block_length srcs t : length (block srcs t) = (2 * length srcs)%nat.
Proof. unfold block; rewrite map_length, seq_length; auto. Qed.
Lemma concat_length_unif {A} (ls : list (list A)) B :
  Forall (fun l => length l = B) ls -> length (concat ls) = (length ls * B)%nat.
Proof. induction 1; simpl; auto. rewrite app_length; lia. Qed.
Lemma blocks_unif srcs ts :
  Forall (fun l : circuit => length l = (2 * length srcs)%nat) (map (block srcs) ts).
Proof. apply Forall_map, Forall_forall; intros; apply block_length. Qed.
Lemma layer1_length srcs ts :
  length (concat (map (block srcs) ts)) = (length ts * (2 * length srcs))%nat.
Proof. rewrite (concat_length_unif _ (2 * length srcs)), map_length; auto using blocks_unif. Qed.

Theorem itadd_size m srcs ts :
  size (itadd m srcs ts) = (length ts * (2 * length srcs + 1))%nat.
Proof.
  unfold size, itadd; rewrite app_length, layer1_length, map_length, seq_length; lia.
Qed.

Lemma nth_concat_unif {A} (ls : list (list A)) B r k d :
  Forall (fun l => length l = B) ls -> (r < length ls)%nat -> (k < B)%nat ->
  nth (r * B + k) (concat ls) d = nth k (nth r ls []) d.
Proof.
  intros H; revert r; induction H as [|l ls Hl _ IH]; intros r Hr Hk; simpl in *; [lia|].
  destruct r as [|r]; simpl.
  - apply app_nth1; lia.
  - rewrite app_nth2 by lia. rewrite <- IH by lia. f_equal; lia.
Qed.

Lemma in_combine_below m (ws : list Z) srcs :
  Forall (fun s => (s < m)%nat) srcs ->
  Forall (fun w : wire => (snd w < m)%nat) (combine ws srcs).
Proof.
  intros H; revert ws; induction H; destruct ws; simpl; constructor; simpl; auto.
Qed.

Lemma layer1_reads m srcs ts :
  Forall (fun s => (s < m)%nat) srcs ->
  Forall (reads_below m) (concat (map (block srcs) ts)).
Proof.
  intros H. apply Forall_concat, Forall_map, Forall_forall. intros t _.
  unfold block. apply Forall_map, Forall_forall. intros k _.
  unfold reads_below, bit_gate; simpl. apply in_combine_below; auto.
Qed.

Lemma layer2_reads m (srcs : list nat) (ts : list target) :
  Forall (reads_below (m + length ts * (2 * length srcs)))
   (map (fun r => Gate 1 (altw (2 * length srcs) (m + r * (2 * length srcs)) 1))
        (seq 0 (length ts))).
Proof.
  apply Forall_map, Forall_forall. intros r Hr. apply in_seq in Hr.
  unfold reads_below; simpl. eapply Forall_impl; [|apply altw_below]. simpl; intros; nia.
Qed.

Lemma itadd_wf m srcs ts v : length v = m ->
  Forall (fun s => (s < m)%nat) srcs ->
  eval (itadd m srcs ts) v =
    let v1 := v ++ map (gate_val v) (concat (map (block srcs) ts)) in
    v1 ++ map (fun r => gate_val v1 (Gate 1 (altw (2 * length srcs) (m + r * (2 * length srcs)) 1)))
              (seq 0 (length ts)).
Proof.
  intros L H. unfold itadd. rewrite eval_app.
  rewrite (eval_layer (concat _)) by (rewrite L; apply layer1_reads; auto).
  rewrite eval_layer.
  - rewrite map_map; auto.
  - rewrite app_length, map_length, layer1_length, L. apply layer2_reads.
Qed.

Theorem itadd_correct m srcs ts v :
  length v = m -> Forall (fun s => (s < m)%nat) srcs ->
  outputs (itadd_out m srcs ts) (eval (itadd m srcs ts) v) =
  map (fun t => Z.testbit (lin (fst t) (map (val v) srcs)) (Z.of_nat (snd t))) ts.
Proof.
  intros L H. rewrite itadd_wf by auto. cbv zeta.
  set (l1 := concat (map (block srcs) ts)). set (v1 := v ++ map (gate_val v) l1).
  set (n := (2 * length srcs)%nat).
  assert (L1 : length v1 = (m + length ts * n)%nat).
  { unfold v1, l1, n; rewrite app_length, map_length, layer1_length; lia. }
  unfold outputs, itadd_out. rewrite map_map. fold n.
  apply nth_ext with false false; [rewrite !map_length, seq_length; auto|].
  rewrite map_length, seq_length. intros r Hr.
  destruct (nth_error ts r) as [[ws j]|] eqn:E; [|apply nth_error_None in E; lia].
  rewrite (nth_indep _ false (val (v1 ++ map (fun r0 => gate_val v1 (Gate 1 (altw n (m + r0 * n) 1)))
              (seq 0 (length ts))) (m + length ts * n + 0)))
    by (rewrite map_length, seq_length; auto).
  rewrite (map_nth (fun r => val _ (m + length ts * n + r))).
  rewrite seq_nth by auto. rewrite Nat.add_0_l.
  rewrite <- L1, val_app_r. unfold val at 1.
  set (F := fun r0 => gate_val v1 (Gate 1 (altw n (m + r0 * n) 1))).
  rewrite (nth_indep _ false (F 0%nat)) by (rewrite map_length, seq_length; auto).
  rewrite map_nth, seq_nth by auto. rewrite Nat.add_0_l. unfold F; clear F.
  assert (Et : nth r (map (fun t => Z.testbit (lin (fst t) (map (val v) srcs)) (Z.of_nat (snd t))) ts) false
               = Z.testbit (lin ws (map (val v) srcs)) (Z.of_nat j)).
  { apply nth_error_nth. exact (map_nth_error (fun t : target => Z.testbit (lin (fst t) (map (val v) srcs)) (Z.of_nat (snd t))) r ts E). }
  rewrite Et. rewrite testbit_red. set (s := lin (map (red j) ws) (map (val v) srcs)).
  unfold gate_val; simpl thr; simpl ins.
  pose proof (lin_red_bound j ws (map (val v) srcs)) as B. fold s in B.
  rewrite map_length in B. rewrite Z.pow_add_r in B by lia.
  assert (P : 0 < 2 ^ Z.of_nat j) by (apply Z.pow_pos_nonneg; lia).
  rewrite (altw_wsum v1 n (m + r * n) 1 (s / 2 ^ Z.of_nat j)).
  - rewrite Z.max_l by (apply Z.div_pos; lia).
    rewrite Zmod_odd. destruct (Z.odd _); reflexivity.
  - intros k Hk.
    assert (Hv : val v1 (m + r * n + k) = gate_val v (bit_gate j ws srcs k)).
    { unfold v1. rewrite <- L. replace (length v + r * n + k)%nat with (length v + (r * n + k))%nat by lia.
      rewrite val_app_r. unfold val, l1.
      set (g0 := bit_gate j ws srcs k).
      rewrite (nth_indep _ false (gate_val v g0)).
      2:{ rewrite map_length, layer1_length. fold n. nia. }
      rewrite map_nth. f_equal.
      rewrite (nth_concat_unif _ n); [|apply blocks_unif|rewrite map_length; auto|auto].
      assert (En : nth r (map (block srcs) ts) [] = block srcs (ws, j)).
      { apply nth_error_nth. exact (map_nth_error (block srcs) r ts E). }
      transitivity (nth k (block srcs (ws, j)) g0); [f_equal; exact En|].
      unfold block; simpl fst; simpl snd. fold n.
      unfold g0. rewrite (nth_indep _ _ (bit_gate j ws srcs 0)) by (rewrite map_length, seq_length; auto).
      rewrite map_nth, seq_nth by auto. auto. }
    rewrite Hv. unfold gate_val, bit_gate; simpl thr; simpl ins. rewrite wsum_combine. fold s.
    destruct (Z.leb_spec ((Z.of_nat k + 1) * 2 ^ Z.of_nat j) s) as [l|l];
    destruct (Z.leb_spec (Z.of_nat k + 1) (s / 2 ^ Z.of_nat j)) as [l'|l']; auto; exfalso.
    + assert (Z.of_nat k + 1 <= s / 2 ^ Z.of_nat j) by (apply Z.div_le_lower_bound; lia). lia.
    + pose proof (Z.mul_div_le s (2 ^ Z.of_nat j) P). nia.
  - apply Z.div_le_upper_bound; [lia|]. unfold n. lia.
Qed.

(** Depth: +2, whatever the number of summands, the weights, the number of outputs *)
Theorem itadd_depths m srcs ts d D :
  length d = m -> Forall (fun s => (s < m)%nat) srcs ->
  Forall (fun x => (x <= D)%nat) d ->
  Forall (fun x => (x <= D + 2)%nat) (depths (itadd m srcs ts) d).
Proof.
  intros L H F. unfold itadd. rewrite depths_app.
  destruct (depths_layer (concat (map (block srcs) ts)) d D) as (t1 & E1 & L1 & F1); auto.
  { rewrite L; apply layer1_reads; auto. }
  rewrite E1.
  destruct (depths_layer (map (fun r => Gate 1 (altw (2 * length srcs) (m + r * (2 * length srcs)) 1))
        (seq 0 (length ts))) (d ++ t1) (S D)) as (t2 & E2 & L2 & F2).
  { rewrite app_length, L1, layer1_length, L. apply layer2_reads. }
  { apply Forall_app; split; auto. eapply Forall_impl; [|exact F]; simpl; intros; lia. }
  rewrite E2. rewrite !Forall_app; repeat split.
  - eapply Forall_impl; [|exact F]; simpl; intros; lia.
  - eapply Forall_impl; [|exact F1]; simpl; intros; lia.
  - eapply Forall_impl; [|exact F2]; simpl; intros; lia.
Qed.

(** Well-formedness *)
Lemma layer_wf m L : Forall (reads_below m) L -> wf m L.
Proof.
  intros H k g Hk. apply nth_error_In in Hk. rewrite Forall_forall in H.
  eapply Forall_impl; [|apply (H g Hk)]. simpl; intros; lia.
Qed.
Lemma wf_app m c1 c2 : wf m c1 -> wf (m + length c1) c2 -> wf m (c1 ++ c2).
Proof.
  intros W1 W2 k g Hk. destruct (lt_dec k (length c1)) as [l|l].
  - rewrite nth_error_app1 in Hk by auto. apply W1; auto.
  - rewrite nth_error_app2 in Hk by lia. specialize (W2 _ _ Hk).
    eapply Forall_impl; [|exact W2]; simpl; intros; lia.
Qed.
Theorem itadd_is_wf m srcs ts : Forall (fun s => (s < m)%nat) srcs -> wf m (itadd m srcs ts).
Proof.
  intros H. apply wf_app.
  - apply layer_wf, layer1_reads; auto.
  - apply layer_wf. rewrite layer1_length. apply layer2_reads.
Qed.
Print Assumptions itadd_correct.
