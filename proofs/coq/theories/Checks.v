(** What a test computes with the families: [s4d_checks] and [mamba_checks] decide the
    hypotheses of s4d_family and mamba_family for given coefficients, tables and laws
    ([s4d_okb_ok], [mamba_okb_ok], [norm_okb_ok],
    [fitsb_ok]); and a circuit's gates and depth by counting
    ([circuit_counts]).  Axiom-free. *)
Require Import ZArith List Bool Lia.
From TC0 Require Import Circuit Arith Program Family Blocks Models.
From TC0 Require Lowering Levels Validate.
Import ListNotations.
Open Scope Z_scope.

Definition tensor_okb (q : tensor) : bool :=
  ascendb (tthresholds q) && Nat.eqb (length (tvalues q)) (S (length (tthresholds q))).
Definition norm_okb (q : norm) : bool := tensor_okb (n_centre q) && tensor_okb (n_norm q).
Definition s4d_okb (l : s4d) : bool := forallb tensor_okb [s_qgelu l; s_qvalue l; s_qgate l] && norm_okb (s_norm l).
Definition mamba_okb (l : mamba) : bool := forallb tensor_okb
  [q_centre l; q_norm l; q_value l; q_gate_pre l; q_u l; q_gate l; q_B l; q_C l; q_delta l; q_inject l; q_input l;
    q_decay l;
    q_state l; q_y l; q_out l].
Definition fits_valuesb (P : Z) (l : law) (vals : list Z) : bool :=
  (Z.of_nat (Lowering.width vals) <=? P + extra l) && (offset l || (Validate.minZ vals =? 0)).
Definition fitsb (unit : Z) (prec : nat) (p : program) : bool :=
  forallb (fun st => match sbody st with
    | Step _ _ th _ => unit * Z.of_nat (length th) <=? codes (slaw st) * 2 ^ Z.of_nat prec + unit * spare (slaw st)
    | Product fs => forallb (fun f => let g := stage_at p (fst f) in
        match sbody g with
        | Step _ _ _ vals => fits_valuesb (Z.of_nat prec) (slaw g) vals
        | Token table => forallb (fun a => fits_valuesb (Z.of_nat prec) (slaw g) (table a)) (seq 0 (rows g))
        | _ => true
        end) fs
    | _ => true
    end) (stages p).

Lemma tensor_okb_ok q : tensor_okb q = true -> tensor_ok q.
Proof. unfold tensor_okb. rewrite andb_true_iff, Nat.eqb_eq. auto. Qed.
Lemma norm_okb_ok q : norm_okb q = true -> norm_ok q.
Proof. unfold norm_okb, norm_ok. rewrite andb_true_iff. intros [A B]. split; apply tensor_okb_ok; auto. Qed.
Lemma s4d_okb_ok l : s4d_okb l = true -> s4d_ok l.
Proof.
  unfold s4d_okb, s4d_ok. cbn [forallb]. rewrite !andb_true_iff. intros H.
  repeat split; try (apply tensor_okb_ok; tauto); apply norm_okb_ok; tauto.
Qed.
Lemma mamba_okb_ok l : mamba_okb l = true -> mamba_ok l.
Proof.
  unfold mamba_okb, mamba_ok. cbn [forallb]. rewrite !andb_true_iff. intros H.
    repeat split; apply tensor_okb_ok; tauto.
Qed.
Lemma fits_valuesb_ok P l vals : fits_valuesb P l vals = true -> fits_values P l vals.
Proof.
  unfold fits_valuesb, fits_values. rewrite andb_true_iff, Z.leb_le, orb_true_iff, Z.eqb_eq. intros [A B].
    split; [auto|].
  intros O. destruct B as [B|B]; [congruence|auto].
Qed.
Theorem fitsb_ok unit prec p : fitsb unit prec p = true -> fits unit prec p.
Proof.
  unfold fitsb, fits. rewrite forallb_forall. intros H st Hs. specialize (H st Hs).
  destruct (sbody st) as [tab|c terms|c terms th vals|fs]; auto; [apply Z.leb_le; auto|].
  rewrite forallb_forall in H. apply Forall_forall. intros f Hf. specialize (H f Hf). cbv zeta in *.
  destruct (sbody (stage_at p (fst f))) as [tab|c terms|c terms th vals|fs']; auto; [|apply fits_valuesb_ok; auto].
  intros a Ha. rewrite forallb_forall in H. apply fits_valuesb_ok, H, in_seq. lia.
Qed.

Definition circuit_gates (p : program) (n : nat) : nat := Lowering.ac_gates (circuit_of p n).
Definition circuit_depth (p : program) (n : nat) : nat :=
  let c := circuit_of p n in Levels.ir_depth (Lowering.inputs_of c) (Lowering.steps (Lowering.lowered c)).
Theorem circuit_counts p n : size (gates p n) = circuit_gates p n /\
  depth_le (Levels.nbits (Lowering.inputs_of (circuit_of p n))) (gates p n) (circuit_depth p n).
Proof. split; [apply Levels.lower_size|apply Levels.lower_depth]. Qed.

Print Assumptions s4d_okb_ok.
Print Assumptions mamba_okb_ok.
Print Assumptions norm_okb_ok.
Print Assumptions fitsb_ok.
Print Assumptions circuit_counts.
