(** What the validator's yes means, in terms of Circuit.v alone.  [validated_circuit]: the
    gates of the file, written out, are an acyclic weighted-threshold circuit with [tc_gates]
    gates and no path longer than [tc_depth], whose output gates give the labels of the
    arithmetic circuit on every word, read as one-hot bits. *)
Require Import ZArith NArith List Bool Lia Arith.
From TC0 Require Import Circuit Arith Banks Validate Sound Flat.
Import ListNotations.
Open Scope Z_scope.

Theorem validated_circuit a t hs : validate a t hs = true ->
  forall word, valid_word a word ->
  let x := concat (encode a word) in
  let c := flatten t in
  wf (length x) c /\ size c = N.to_nat (tc_gates t) /\ depth_le (length x) c (N.to_nat (tc_depth t)) /\
  consistent c x (eval c x) /\
  map (map (fun o => b2z (val (eval c x) (gate_bit t o)))) (toutputs t) = label_values a word.
Proof.
  intros H word V x c. destruct (validate_sound _ _ _ H) as (_ & W & S). specialize (S word V).
  assert (F : Forall2 (fun bs w => length bs = N.to_nat w) (encode a word) (widths (titems t))).
  { unfold validate in H. rewrite !andb_true_iff in H. destruct H as [_ H].
    destruct (check_nodes _ _ _ _ _ _); [|discriminate]. apply andb_true_iff in H as [H _].
    rewrite (eqbN_eq _ _ H). unfold encode, valid_word in *. clear H S.
    induction V as [|k w ks ws _ _ IH]; simpl; constructor; auto. apply onehot_length. }
  destruct (flatten_correct t (encode a word) W F) as (_ & C1 & C2 & C3 & C4).
  split; [exact C1|]. split; [exact C2|]. split; [exact C3|]. split; [apply eval_consistent; exact C1|].
  rewrite <- S. unfold output_bits. rewrite map_map. apply map_ext_in. intros os Ho.
  rewrite map_map. apply map_ext_in. intros [b k] Hk. f_equal. cbn [fst snd]. apply C4.
  unfold tc_wf in W. apply andb_true_iff in W as [_ W]. rewrite forallb_forall in W. specialize (W _ Ho).
  rewrite forallb_forall in W. specialize (W _ Hk). apply andb_true_iff in W as [_ W]. apply N.ltb_lt. exact W.
Qed.
Print Assumptions validated_circuit.
