(** Total weight per gate of the weighted-sum component: at most 4*N*2^j + 1, so unit-weight
    (majority) simulation by wire duplication is polynomial when L = O(log T). Axiom-free. *)
Require Import ZArith List Bool Lia Arith.
Require Import TC0.Circuit TC0.IterAdd.
Import ListNotations.
Open Scope Z_scope.

Lemma fold_abs_app z l : fold_right (fun (w : wire) s => Z.abs (fst w) + s) z l =
  z + fold_right (fun (w : wire) s => Z.abs (fst w) + s) 0 l.
Proof. induction l; cbn [fold_right]; lia. Qed.

Lemma altw_weight n : forall base sgn, Z.abs sgn = 1 ->
  fold_right (fun (w : wire) s => Z.abs (fst w) + s) 0 (altw n base sgn) = Z.of_nat n.
Proof.
  induction n; intros base sgn H; cbn [altw fold_right fst]; [lia|]. rewrite IHn by lia. lia.
Qed.

Lemma combine_weight j ws : forall srcs,
  fold_right (fun (w : wire) s => Z.abs (fst w) + s) 0 (combine (map (red j) ws) srcs)
  <= Z.of_nat (length srcs) * 2 ^ (Z.of_nat j + 1).
Proof.
  assert (P : 0 < 2 ^ (Z.of_nat j + 1)) by (apply Z.pow_pos_nonneg; lia).
  induction ws as [|w ws IH]; intros srcs; [cbn [map combine fold_right]; apply Z.mul_nonneg_nonneg; lia|].
  destruct srcs as [|s srcs]; cbn [map combine fold_right fst]; [apply Z.mul_nonneg_nonneg; lia|].
  specialize (IH srcs). unfold red at 1. pose proof (Z.mod_pos_bound w _ P).
  cbn [length]. rewrite Nat2Z.inj_succ, Z.mul_succ_l. lia.
Qed.

Theorem itadd_weight m srcs ts J : Forall (fun t => (snd t <= J)%nat) ts ->
  Forall (fun g => gweight g <= 4 * Z.of_nat (length srcs) * 2 ^ Z.of_nat J + 1) (itadd m srcs ts).
Proof.
  intros HJ. unfold itadd. apply Forall_app; split.
  - apply Forall_concat, Forall_map. eapply Forall_impl; [|exact HJ]. intros [ws j] Hj; cbn [snd] in Hj.
    unfold block. apply Forall_map, Forall_forall. intros k Hk. apply in_seq in Hk. cbn [fst snd].
    unfold gweight, bit_gate; cbn [thr ins]. rewrite fold_abs_app.
    pose proof (combine_weight j ws srcs) as C. rewrite Z.pow_add_r in C by lia. change (2 ^ 1) with 2 in C.
    assert (P : 0 < 2 ^ Z.of_nat j) by (apply Z.pow_pos_nonneg; lia).
    assert (M : 2 ^ Z.of_nat j <= 2 ^ Z.of_nat J) by (apply Z.pow_le_mono_r; lia).
    rewrite Z.abs_eq by nia.
    assert (K : Z.of_nat k + 1 <= 2 * Z.of_nat (length srcs)) by lia. nia.
  - apply Forall_map, Forall_forall. intros r _. unfold gweight; cbn [thr ins].
    rewrite fold_abs_app, altw_weight by reflexivity.
    assert (P : 0 < 2 ^ Z.of_nat J) by (apply Z.pow_pos_nonneg; lia).
    rewrite Nat2Z.inj_mul. simpl Z.abs. nia.
Qed.
Print Assumptions itadd_weight.
