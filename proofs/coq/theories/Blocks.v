(** Whole models as programs of stages, for the stages of circuits/compile: S4D blocks
    (convolution form, post-norm), Mamba blocks (unrolled scan, RMSNorm), embedding and head.
    All coefficients, tables and dimensions are parameters.  States: the programs are
    well-formed ([s4d_model_ok], [mamba_model_ok]).  Axiom-free. *)
Require Import ZArith List Bool Lia.
From TC0 Require Import Circuit Arith Program.
From TC0 Require Levels.
Import ListNotations.
Open Scope nat_scope.

(** ** Stages *)
(** a tensor: the step that rounds into it, and its law *)
Record tensor := Tensor { tlaw : law; tthresholds : list Z; tvalues : list Z }.
Definition tensor_ok (q : tensor) : Prop :=
  ascendb (tthresholds q) = true /\ length (tvalues q) = S (length (tthresholds q)).
Definition no_law : law := Law 0 0 0 false.
Definition one_gate : law := Law 0 1 1 false.

Definition step_stage (rows cols : nat) (pair : bool) (rank : nat) (q : tensor) c terms : stage :=
  Stage rows cols pair rank (tlaw q) (Step c terms (tthresholds q) (tvalues q)).
Definition product_stage (rows cols : nat) (pair : bool) (rank : nat) fs : stage :=
  Stage rows cols pair rank no_law (Product fs).
Definition form_stage (rows cols : nat) (pair : bool) (rank : nat) c terms : stage :=
  Stage rows cols pair rank no_law (Form c terms).
Definition token_stage (rows : nat) (l : law) (table : nat -> list Z) : stage := Stage rows 1 false 0 l (Token table).

(** element a of stage s at position t; a row of a linear map over the m elements of a stage *)
Definition cell (s t a : nat) : operand := Op (Elem s t a 0 0) false.
Definition row (s m : nat) (w : nat -> Z) (t : nat) : list (Z * operand) :=
  map (fun i => (w i, cell s t i)) (seq 0 m).
Definition zero (_ : elem) : Z := 0.
(** places of factors: the element's own cell, channel, column or position *)
Definition own (e : elem) : elem := Elem 0 (et e) (ea e) (eb e) (ej e).
Definition channel (e : elem) : elem := Elem 0 (et e) (ea e) 0 0.
Definition column (e : elem) : elem := Elem 0 (et e) (eb e) 0 0.
Definition position (e : elem) : elem := Elem 0 (et e) 0 0 0.
Definition source (e : elem) : elem := Elem 0 (ej e) (ea e) (eb e) 0.

(** ** S4D: s4dStages, convolution *)
Record norm := Norm { n_bias : nat -> Z; n_centre : tensor; n_norm : tensor }.
Record s4d := S4D {
  s_kernel : nat -> nat -> Z;         (* lag, channel *)
  s_shift : nat -> nat -> Z;          (* lag, channel: what a bias of the input adds *)
  s_value : nat -> nat -> Z; s_value_bias : nat -> Z;
  s_gate : nat -> nat -> Z; s_gate_bias : nat -> Z;
  s_weight : nat -> nat -> Z;         (* part of the stream that its norm reads, channel *)
  s_qgelu : tensor; s_qvalue : tensor; s_qgate : tensor; s_norm : norm }.

(** b+0 gelu of the convolution of y, +1 value, +2 gate, +3 value·gate *)
Definition mix_stages (d b y r : nat) (l : s4d) : list stage := [
  step_stage d 1 false (r + 1) (s_qgelu l)
    (fun e => Levels.zsum (fun j => s_shift l (et e - j) (ea e)) (seq 0 (S (et e))))
    (fun e => map (fun j => (s_kernel l (et e - j) (ea e), cell y j (ea e))) (seq 0 (S (et e))));
  step_stage d 1 false (r + 2) (s_qvalue l) (fun e => s_value_bias l (ea e))
    (fun e => row (b + 0) d (s_value l (ea e)) (et e));
  step_stage d 1 false (r + 2) (s_qgate l) (fun e => s_gate_bias l (ea e))
    (fun e => row (b + 0) d (s_gate l (ea e)) (et e));
  product_stage d 1 false (r + 3) [(b + 1, channel); (b + 2, channel)] ].
(** the norm of a stream: the sum of the stages xs, each with a weight by part and channel;
    b+0 whole, +1 sum, +2 centre, +3 norm, +4 centre·norm (streamNormStages, LayerNorm) *)
Definition stream_norm (d b r : nat) (xs : list nat) (w : nat -> nat -> Z) (q : norm) : list stage := [
  form_stage d 1 false r (fun o => n_bias q (ea o))
    (fun o => map (fun x => (w (fst x) (ea o), cell (snd x) (et o) (ea o))) (combine (seq 0 (length xs)) xs));
  form_stage 1 1 false r zero (fun o => row (b + 0) d (fun _ => 1%Z) (et o));
  step_stage d 1 false (r + 1) (n_centre q) zero
    (fun o => [(Z.of_nat d, cell (b + 0) (et o) (ea o)); ((-1)%Z, cell (b + 1) (et o) 0)]);
  step_stage 1 1 false (r + 2) (n_norm q) zero
    (fun o => map (fun i => (1%Z, Op (Elem (b + 2) (et o) i 0 0) true)) (seq 0 d));
  product_stage d 1 false (r + 3) [(b + 2, channel); (b + 3, position)] ].
(** post-norm: the convolution reads the stream x, the norm x and value·gate *)
Definition s4d_block (d b x r : nat) (l : s4d) : list stage :=
  mix_stages d b x r l ++ stream_norm d (b + 4) (r + 3) [x; b + 3] (s_weight l) (s_norm l).

(** ** Mamba: mambaStages, RMSNorm, unrolled *)
Record mamba := Mamba {
  m_value : nat -> nat -> Z; m_value_bias : nat -> Z;
  m_gate_pre : nat -> nat -> Z; m_gate_pre_bias : nat -> Z;
  m_tap : nat -> nat -> Z; m_tap_bias : nat -> nat -> Z; m_conv_bias : nat -> Z;
  m_gate_bias : nat -> Z;
  m_B : nat -> nat -> Z; m_B_bias : nat -> Z; m_C : nat -> nat -> Z; m_C_bias : nat -> Z;
  m_delta : nat -> nat -> Z; m_delta_bias : nat -> Z;
  m_inject : nat -> Z; m_drive : nat -> nat -> Z; m_rate : nat -> nat -> Z;
  m_input : Z; m_faded : Z;
  m_read : nat -> nat -> Z; m_skip : nat -> Z; m_y_bias : nat -> Z;
  m_keep : nat -> nat -> Z; m_mix : nat -> nat -> Z; m_out_bias : nat -> Z;
  q_centre : tensor; q_norm : tensor; q_value : tensor; q_gate_pre : tensor; q_u : tensor; q_gate : tensor;
    q_B : tensor; q_C : tensor;
  q_delta : tensor; q_inject : tensor; q_input : tensor; q_decay : tensor; q_state : tensor; q_y : tensor;
  q_out : tensor }.
(** what depends on the token alone is a table in a first block *)
Record tables := Tables {
  f_norm : nat -> list Z; f_value : nat -> list Z; f_value_norm : nat -> list Z;
  f_gate_pre : nat -> list Z; f_gate_pre_norm : nat -> list Z; f_gate : nat -> list Z }.

(** of a vocabulary of so many tokens *)
Definition tables_ok (c : nat) (f : tables) : Prop := forall a,
  length (f_norm f a) = c /\ length (f_value f a) = c /\ length (f_value_norm f a) = c /\
  length (f_gate_pre f a) = c /\ length (f_gate_pre_norm f a) = c /\ length (f_gate f a) = c.

Section Mamba.
Variables (d e n k : nat).              (* d_model, d_inner, d_state, d_conv *)
Variables (b x r : nat) (l : mamba).    (* first stage; the input's stage; the rank before u *)

(** LayerNorm, b+0 sum and b+1 centre: the block then reads the centred input *)
Definition centre_stages : list stage := [
  form_stage 1 1 false r zero (fun o => row x d (fun _ => 1%Z) (et o));
  step_stage d 1 false (r + 1) (q_centre l) zero
    (fun o => [(Z.of_nat d, cell x (et o) (ea o)); ((-1)%Z, cell (b + 0) (et o) 0)]) ].

(** b+0 … b+4 and b+6 *)
Definition norm_stage : stage := step_stage 1 1 false (r - 1) (q_norm l) zero
  (fun o => map (fun i => (1%Z, Op (Elem x (et o) i 0 0) true)) (seq 0 d)).
Definition value_stage : stage :=
  step_stage e 1 false (r - 1) (q_value l) (fun o => m_value_bias l (ea o))
    (fun o => row x d (m_value l (ea o)) (et o)).
Definition value_norm_stage : stage := product_stage e 1 false r [(b + 1, channel); (b + 0, position)].
Definition gate_pre_stage : stage :=
  step_stage e 1 false (r - 1) (q_gate_pre l) (fun o => m_gate_pre_bias l (ea o))
    (fun o => row x d (m_gate_pre l (ea o)) (et o)).
Definition gate_pre_norm_stage : stage := product_stage e 1 false r [(b + 3, channel); (b + 0, position)].
Definition gate_stage : stage :=
  step_stage e 1 false (r + 1) (q_gate l) (fun o => m_gate_bias l (ea o))
    (fun o => [(1%Z, cell (b + 4) (et o) (ea o))]).

(** taps reach k - 1 positions back *)
Definition taps (t : nat) : list nat := filter (fun i => Nat.leb (k - 1) (t + i)) (seq 0 k).
Definition u_stage : stage :=
  step_stage e 1 false (r + 1) (q_u l)
    (fun o => (m_conv_bias l (ea o) + Levels.zsum (fun i => m_tap_bias l (ea o) i) (taps (et o)))%Z)
    (fun o => map (fun i => (m_tap l (ea o) i, cell (b + 2) (et o + i - (k - 1)) (ea o))) (taps (et o))).

Definition scan_stages : list stage := [
  (* b+7 B *)
  step_stage n 1 false (r + 2) (q_B l) (fun o => m_B_bias l (ea o)) (fun o => row (b + 5) e (m_B l (ea o)) (et o));
  (* b+8 C *)
  step_stage n 1 false (r + 2) (q_C l) (fun o => m_C_bias l (ea o)) (fun o => row (b + 5) e (m_C l (ea o)) (et o));
  (* b+9 delta *)
  step_stage e 1 false (r + 2) (q_delta l) (fun o => m_delta_bias l (ea o))
    (fun o => row (b + 5) e (m_delta l (ea o)) (et o));
  (* b+10 delta·u *)
  product_stage e 1 false (r + 3) [(b + 9, channel); (b + 5, channel)];
  (* b+11 inject *)
  step_stage e 1 false (r + 4) (q_inject l) zero (fun o => [(m_inject l (ea o), cell (b + 10) (et o) (ea o))]);
  (* b+12 delta·u·B *)
  product_stage e n false (r + 5) [(b + 11, channel); (b + 7, column)];
  (* b+13 input *)
  step_stage e n false (r + 6) (q_input l) zero
    (fun o => [(m_drive l (ea o) (eb o), Op (Elem (b + 12) (et o) (ea o) (eb o) 0) false)]);
  (* b+14 ΣΔ *)
  form_stage e 1 true (r + 2) zero
    (fun o => (if Nat.ltb (S (ej o)) (et o) then [(1%Z, Op (Elem (b + 14) (et o - 1) (ea o) 0 (ej o)) false)] else [])
              ++ [(1%Z, cell (b + 9) (et o) (ea o))]);
  (* b+15 decay *)
  step_stage e n true (r + 3) (q_decay l) zero
    (fun o => [(m_rate l (ea o) (eb o), Op (Elem (b + 14) (et o) (ea o) 0 (ej o)) false)]);
  (* b+16 decay·input *)
  product_stage e n true (r + 7) [(b + 15, own); (b + 13, source)];
  (* b+17 state *)
  step_stage e n false (r + 8) (q_state l) zero
    (fun o => (m_input l, Op (Elem (b + 13) (et o) (ea o) (eb o) 0) false)
              :: map (fun j => (m_faded l, Op (Elem (b + 16) (et o) (ea o) (eb o) j) false)) (seq 0 (et o)));
  (* b+18 state·C *)
  product_stage e n false (r + 9) [(b + 17, own); (b + 8, column)];
  (* b+19 y *)
  step_stage e 1 false (r + 10) (q_y l) (fun o => m_y_bias l (ea o))
    (fun o => map (fun s => (m_read l (ea o) s, Op (Elem (b + 18) (et o) (ea o) s 0) false)) (seq 0 n)
              ++ [(m_skip l (ea o), cell (b + 5) (et o) (ea o))]);
  (* b+20 y·gate *)
  product_stage e 1 false (r + 11) [(b + 19, channel); (b + 6, channel)] ].
(** b+21, not in an open block *)
Definition out_stage : stage :=
  step_stage d 1 false (r + 12) (q_out l) (fun o => m_out_bias l (ea o))
    (fun o => row x d (m_keep l (ea o)) (et o) ++ row (b + 20) e (m_mix l (ea o)) (et o)).

Definition open_block : list stage :=
  [norm_stage; value_stage; value_norm_stage; gate_pre_stage; gate_pre_norm_stage; u_stage; gate_stage]
  ++ scan_stages.
Definition first_open_block (f : tables) : list stage :=
  [token_stage 1 (tlaw (q_norm l)) (f_norm f); token_stage e (tlaw (q_value l)) (f_value f);
   token_stage e no_law (f_value_norm f); token_stage e (tlaw (q_gate_pre l)) (f_gate_pre f);
   token_stage e no_law (f_gate_pre_norm f); u_stage; token_stage e (tlaw (q_gate l)) (f_gate f)] ++ scan_stages.
End Mamba.

(** ** Head: logits over parts of the stream, comparisons, labels (headStages, argmax) *)
Record part := Part { p_stage : nat; p_rows : nat; p_weight : nat -> nat -> Z }.
Definition class_pairs (c : nat) : list (nat * nat) :=
  flat_map (fun i => map (fun j => (i, j)) (seq (S i) (c - S i))) (seq 0 c).
Lemma class_pair_dec : forall a b : nat * nat, {a = b} + {a <> b}.
Proof. decide equality; apply Nat.eq_dec. Defined.
Definition pair_index (c i j : nat) : nat := Selective.pos (nat * nat) class_pair_dec (i, j) (class_pairs c).
Section Head.
Variables (c h r : nat) (bias : nat -> Z) (parts : list part).
Definition head : list stage := [
  (* h+0 logits *)
  form_stage c 1 false r (fun o => bias (ea o))
    (fun o => flat_map (fun q => row (p_stage q) (p_rows q) (p_weight q (ea o)) (et o)) parts);
  (* h+1 argmax.compare: [logit_i >= logit_j] for i < j *)
  Stage (length (class_pairs c)) 1 false (r + 1) one_gate
    (Step zero (fun o => let ij := nth (ea o) (class_pairs c) (0, 0) in
       [(1%Z, cell h (et o) (fst ij)); ((-1)%Z, cell h (et o) (snd ij))]) [0%Z] [0%Z; 1%Z]);
  (* h+2 argmax.label: all comparisons won, ties to the lowest class *)
  Stage c 1 false (r + 2) one_gate
    (Step (fun o => Z.of_nat (ea o))
       (fun o => map (fun i => ((-1)%Z, cell (h + 1) (et o) (pair_index c i (ea o)))) (seq 0 (ea o))
              ++ map (fun j => (1%Z, cell (h + 1) (et o) (pair_index c (ea o) j))) (seq (S (ea o)) (c - S (ea o))))
       [Z.of_nat (c - 1)] [0%Z; 1%Z]) ].
End Head.

(** ** Models *)
(** stage 0 is the embedding; every block's input is the stage before it *)
Fixpoint s4d_blocks (d b r : nat) (ls : list s4d) : list stage :=
  match ls with [] => [] | l :: ls' => s4d_block d b (b - 1) r l ++ s4d_blocks d (b + 9) (r + 6) ls' end.
Definition s4d_model (d c : nat) (embed : nat -> list Z) (ls : list s4d) (bias : nat -> Z) (w : nat -> nat -> Z)
  : program :=
  let b := 1 + 9 * length ls in
  Program c (token_stage d no_law embed :: s4d_blocks d 1 0 ls ++ head c b (6 * length ls) bias [Part (b - 1) d w])
          (b + 2) c.

(** pre-norm: blocks after the first; the stream grows by each block's product *)
Fixpoint pre_blocks (d b r : nat) (xs : list nat) (ls : list s4d) : list stage :=
  match ls with
  | [] => []
  | l :: ls' => stream_norm d b r xs (s_weight l) (s_norm l) ++ mix_stages d (b + 5) (b + 4) (r + 3) l
                     ++ pre_blocks d (b + 9) (r + 6) (xs ++ [b + 8]) ls'
  end.
(** the stream's parts: the embedding and the blocks' products *)
Definition stream_parts (blocks : nat) : list nat := 0 :: map (fun i => 5 + 9 * i) (seq 0 blocks).
(** stage 1 is the normed embedding, a table of the token *)
Definition s4d_pre_model (d c : nat) (embed normed : nat -> list Z) (l : s4d) (ls : list s4d)
    (bias : nat -> Z) (w : nat -> nat -> nat -> Z) : program :=
  let h := 6 + 9 * length ls in
  Program c (token_stage d no_law embed :: token_stage d no_law normed :: mix_stages d 2 1 0 l ++
             pre_blocks d 6 3 (stream_parts 1) ls ++
             head c h (3 + 6 * length ls) bias
               (map (fun q => Part (snd q) d (w (fst q))) (combine (seq 0 (2 + length ls))
                 (stream_parts (S (length ls))))))
          (h + 2) c.

(** With LayerNorm two stages more come before every block but the first, whose tables hold them.
    The last block is open: the head reads its input and its y·gate. *)
Definition extra_stages (ln : bool) : nat := if ln then 2 else 0.
Definition levels_of (ln : bool) : nat := if ln then 15 else 14.
Definition centred (ln : bool) (d b r : nat) (l : mamba) : list stage :=
  if ln then centre_stages d b (b - 1) r l else [].
Definition inner_block (ln : bool) (d e n k b r : nat) (l : mamba) : list stage :=
  open_block d e n k (b + extra_stages ln) (if ln then b + 1 else b - 1) (r + levels_of ln - 12) l.
Fixpoint mamba_blocks (ln : bool) (d e n k b r : nat) (ls : list mamba) (last : mamba) : list stage :=
  match ls with
  | [] => centred ln d b r last ++ inner_block ln d e n k b r last
  | l :: ls' => centred ln d b r l ++ inner_block ln d e n k b r l
                ++ [out_stage d e (b + extra_stages ln) (b - 1) (r + levels_of ln - 12) l]
                ++ mamba_blocks ln d e n k (b + extra_stages ln + 22) (r + levels_of ln) ls' last
  end.
(** all blocks, the last without its output *)
Definition mamba_stem (ln : bool) (d e n k : nat) (f : tables) (ls : list mamba) (last : mamba) : list stage :=
  match ls with
  | [] => first_open_block e n k 1 0 last f
  | l :: ls' => first_open_block e n k 1 0 l f ++ [out_stage d e 1 0 0 l] ++ mamba_blocks ln d e n k 23 12 ls' last
  end.
(** the stage after the stem, and the last block's input *)
Definition after (ln : bool) (ls : list mamba) : nat := 22 + (22 + extra_stages ln) * length ls.
Definition last_input (ln : bool) (ls : list mamba) : nat := (22 + extra_stages ln) * length ls - extra_stages ln.
Definition stem_rank (ln : bool) (ls : list mamba) : nat := levels_of ln * length ls.

Definition mamba_model (ln : bool) (d e n k c : nat) (embed : nat -> list Z) (f : tables) (ls : list mamba)
    (last : mamba) (bias : nat -> Z) (keep mix : nat -> nat -> Z) : program :=
  let h := after ln ls in
  Program c (token_stage d no_law embed :: mamba_stem ln d e n k f ls last ++
             head c h (11 + stem_rank ln ls) bias [Part (last_input ln ls) d keep; Part (h - 1) e mix]) (h + 2) c.
(** the last block with its output, a computed norm, the head *)
Definition mamba_normed (ln : bool) (d e n k c : nat) (embed : nat -> list Z) (f : tables) (ls : list mamba)
    (last : mamba) (scale : nat -> Z) (q : norm) (bias : nat -> Z) (w : nat -> nat -> Z) : program :=
  let h := after ln ls in
  Program c (token_stage d no_law embed :: mamba_stem ln d e n k f ls last ++
             [out_stage d e (h - 21) (last_input ln ls) (stem_rank ln ls) last] ++
             stream_norm d (h + 1) (12 + stem_rank ln ls) [h] (fun _ => scale) q ++
             head c (h + 6) (15 + stem_rank ln ls) bias [Part (h + 5) d w]) (h + 8) c.

(** ** Well-formedness *)
Section OK.
Variable p : program.
Definition has (s : nat) (st : stage) : Prop := nth_error (stages p) s = Some st.
Definition holds (b : nat) (l : list stage) : Prop := forall i st, nth_error l i = Some st -> has (b + i) st.
Definition ok_from (b k : nat) : Prop := forall i st, i < k -> has (b + i) st ->
  stage_ok p st /\ forall e, es e = b + i -> present p e -> element_ok p st e.

Lemma ok_join b k m : ok_from b k -> ok_from (b + k) m -> ok_from b (k + m).
Proof.
  intros H G i st Hi Hs. destruct (Nat.lt_ge_cases i k) as [L|L]; [apply H; auto|].
  replace (b + i) with (b + k + (i - k)) in * by lia. apply G; auto. lia.
Qed.

(** a read of an element that exists and is earlier *)
Lemma read_earlier e o st : has (es (oe o)) st -> ea (oe o) < rows st -> eb (oe o) < cols st ->
  (if pair st then ej (oe o) < et (oe o) else ej (oe o) = 0) -> earlier (oe o) e ->
  (osq o = true -> is_token st || is_step st = true) ->
  operand_ok p e o /\ rank_of p (es (oe o)) = rank st.
Proof.
  intros H A B J E Q. split.
  - split; [unfold present; rewrite H; auto|]. split; [auto|]. exists st. auto.
  - unfold rank_of. rewrite H. auto.
Qed.
Lemma read_lt m e o st : has (es (oe o)) st -> ea (oe o) < rows st -> eb (oe o) < cols st ->
  (if pair st then ej (oe o) < et (oe o) else ej (oe o) = 0) -> earlier (oe o) e ->
  (osq o = true -> is_token st || is_step st = true) -> rank st < m ->
  operand_ok p e o /\ rank_of p (es (oe o)) < m.
Proof. intros A B C D E F G. destruct (read_earlier e o st A B C D E F) as [X ->]. auto. Qed.
Lemma read_le m e o st : has (es (oe o)) st -> ea (oe o) < rows st -> eb (oe o) < cols st ->
  (if pair st then ej (oe o) < et (oe o) else ej (oe o) = 0) -> earlier (oe o) e ->
  (osq o = true -> is_token st || is_step st = true) -> rank st <= m ->
  operand_ok p e o /\ rank_of p (es (oe o)) <= m.
Proof. intros A B C D E F G. destruct (read_earlier e o st A B C D E F) as [X ->]. auto. Qed.
End OK.

Ltac place := unfold earlier; cbn [oe osq es et ea eb ej on own channel column position source fst snd cell]; lia.
Ltac read := (eapply read_lt || eapply read_le);
  cbn [oe osq es et ea eb ej on own channel column position source fst snd cell row];
  [eassumption|cbn; try lia|cbn; try lia|cbn; try match goal with E : pair ?s = false |- context [pair ?s] =>
    rewrite E end; try lia
  |place|cbn; try discriminate; try reflexivity; auto|cbn; try lia].
Ltac reads := repeat match goal with
  | |- Forall _ (_ ++ _) => apply Forall_app; split
  | |- Forall _ (_ :: _) => constructor
  | |- Forall _ [] => constructor
  | |- Forall _ (row _ _ _ _) => unfold row
  | |- Forall _ (factors_at _ _) => unfold factors_at; cbn [map]
  | |- Forall _ (map _ _) => rewrite Forall_map; apply Forall_forall; let i := fresh "i" in let Hi := fresh "Hi" in
      intros i Hi; try (apply in_seq in Hi)
  | |- Forall _ (if ?b then _ else _) => let E := fresh "E" in destruct b eqn:E; [apply Nat.ltb_lt in E|]
  end.

Lemma step_stage_ok p a c pr r q k ts : tensor_ok q -> 0 < r -> stage_ok p (step_stage a c pr r q k ts).
Proof. intros [A B] R. unfold stage_ok. cbn. auto. Qed.

(** one stage: it is the one that is known at its place *)
Ltac one_stage :=
  match goal with A : has ?q ?s ?v, B : has ?q ?s ?t |- _ => is_var v; unfold has in A, B; rewrite B in A;
    injection A as <-; fold (has q s t) in B;
    split; [first [apply step_stage_ok; [assumption|lia] | exact I | unfold stage_ok; cbn; lia]
           |let e := fresh "e" in let E := fresh "Es" in let P := fresh "P" in
            intros e E P; unfold present in P; rewrite E in P; unfold has in B; rewrite B in P; fold (has q s t) in B;
            cbn in P; unfold element_ok; cbn [sbody step_stage product_stage form_stage token_stage rank norm_stage
              value_stage value_norm_stage
              gate_pre_stage gate_pre_norm_stage gate_stage u_stage out_stage]; reads] end.

Definition norm_ok (q : norm) : Prop := tensor_ok (n_centre q) /\ tensor_ok (n_norm q).
Definition s4d_ok (l : s4d) : Prop :=
  tensor_ok (s_qgelu l) /\ tensor_ok (s_qvalue l) /\ tensor_ok (s_qgate l) /\ norm_ok (s_norm l).
(** a stage that a later layer reads: a column of so many rows *)
Definition column_of (p : program) (s m r : nat) : Prop :=
  exists st, has p s st /\ rows st = m /\ cols st = 1 /\ pair st = false /\ rank st <= r.
Lemma holds_app p b l m : holds p b (l ++ m) -> holds p b l /\ holds p (b + length l) m.
Proof.
  intros H. split; intros i st Hi.
  - apply H. rewrite nth_error_app1; [auto|]. apply nth_error_Some. congruence.
  - rewrite <- Nat.add_assoc. apply H. rewrite nth_error_app2 by lia. replace (length l + i - length l)
    with i by lia. auto.
Qed.

Lemma mix_stages_ok p d b y r l : column_of p y d r -> y < b -> s4d_ok l -> holds p b (mix_stages d b y r l)
  -> ok_from p b 4.
Proof.
  intros (sy & Hy & R & C & P & K) Hlt (Q1 & Q2 & Q3 & _) H.
  pose proof (H 0 _ eq_refl) as H0. pose proof (H 1 _ eq_refl) as H1. pose proof (H 2 _ eq_refl) as H2.
  pose proof (H 3 _ eq_refl) as H3. clear H.
  intros i st Hi Hs. destruct i as [|[|[|[|i]]]]; [..|lia]; one_stage; read.
Qed.
Lemma stream_norm_ok p d b r xs w q : Forall (fun x => column_of p x d r /\ x < b) xs -> norm_ok q ->
  holds p b (stream_norm d b r xs w q) -> ok_from p b 5.
Proof.
  intros F (Q4 & Q5) H.
  pose proof (H 0 _ eq_refl) as H0. pose proof (H 1 _ eq_refl) as H1. pose proof (H 2 _ eq_refl) as H2.
  pose proof (H 3 _ eq_refl) as H3. pose proof (H 4 _ eq_refl) as H4. clear H.
  intros i st Hi Hs. destruct i as [|[|[|[|[|i]]]]]; [..|lia]; one_stage; try read.
  destruct i as [j x]. apply in_combine_r in Hi0. rewrite Forall_forall in F.
  destruct (F x Hi0) as [(sx & Hx & R & C & P' & K) Hlt]. cbn [snd]. read.
Qed.
Lemma s4d_block_ok p d b x r l : column_of p x d r -> x < b -> s4d_ok l -> holds p b (s4d_block d b x r l) ->
  ok_from p b 9 /\ column_of p (b + 8) d (r + 6).
Proof.
  intros Hx Hlt Q H. apply holds_app in H as [H1 H2]. cbn [length mix_stages] in H2. split.
  - apply (ok_join p b 4 5); [apply (mix_stages_ok p d b x r l); auto|].
    eapply (stream_norm_ok p d (b + 4) (r + 3)); [|apply Q|exact H2].
    constructor; [|constructor; [|constructor]]; (split; [|lia]).
    + destruct Hx as (sx & A & B & C & D & E). exists sx. repeat split; auto. lia.
    + eexists. split; [apply (H1 3); reflexivity|]. cbn. repeat split; lia.
  - eexists. split; [replace (b + 8) with (b + 4 + 4) by lia; apply (H2 4); reflexivity|]. cbn. repeat split; lia.
Qed.

Section MambaOk.
Variables (p : program) (d e n k b x r : nat) (l : mamba) (sx : stage).
Definition mamba_ok : Prop := tensor_ok (q_centre l) /\ tensor_ok (q_norm l) /\ tensor_ok (q_value l)
  /\ tensor_ok (q_gate_pre l)
  /\ tensor_ok (q_u l) /\
  tensor_ok (q_gate l) /\ tensor_ok (q_B l) /\ tensor_ok (q_C l) /\ tensor_ok (q_delta l) /\ tensor_ok (q_inject l) /\
  tensor_ok (q_input l) /\ tensor_ok (q_decay l) /\ tensor_ok (q_state l) /\ tensor_ok (q_y l) /\ tensor_ok (q_out l).
Hypothesis Q : mamba_ok.

Lemma scan_ok s4 s5 : has p (b + 5) s5 -> has p (b + 6) s4 ->
  rows s5 = e -> cols s5 = 1 -> pair s5 = false -> rank s5 = r + 1 -> is_step s5 = true ->
  rows s4 = e -> cols s4 = 1 -> pair s4 = false -> rank s4 <= r + 1 -> is_token s4 || is_step s4 = true ->
  holds p (b + 7) (scan_stages e n b r l) -> ok_from p (b + 7) 14.
Proof.
  intros H5 H6 R5 C5 P5 K5 T5 R6 C6 P6 K6 T6 H.
  assert (T5' : is_token s5 || is_step s5 = true) by (rewrite T5; apply orb_true_r).
  destruct Q as (_ & _ & _ & _ & _ & _ & QB & QC & QD & QI & QX & QE & QS & QY & _).
  assert (Hk : forall i st, nth_error (scan_stages e n b r l) i = Some st -> has p (b + (7 + i)) st).
  { intros i st Hi. replace (b + (7 + i)) with (b + 7 + i) by lia. apply H. auto. }
  pose proof (Hk 0 _ eq_refl) as H7. pose proof (Hk 1 _ eq_refl) as H8. pose proof (Hk 2 _ eq_refl) as H9.
  pose proof (Hk 3 _ eq_refl) as H10. pose proof (Hk 4 _ eq_refl) as H11. pose proof (Hk 5 _ eq_refl) as H12.
  pose proof (Hk 6 _ eq_refl) as H13. pose proof (Hk 7 _ eq_refl) as H14. pose proof (Hk 8 _ eq_refl) as H15.
  pose proof (Hk 9 _ eq_refl) as H16. pose proof (Hk 10 _ eq_refl) as H17. pose proof (Hk 11 _ eq_refl) as H18.
  pose proof (Hk 12 _ eq_refl) as H19. pose proof (Hk 13 _ eq_refl) as H20. clear H Hk.
  cbn [Nat.add] in *.
  intros i st Hi Hs. replace (b + 7 + i) with (b + (7 + i)) in * by lia.
  destruct i as [|[|[|[|[|[|[|[|[|[|[|[|[|[|i]]]]]]]]]]]]]]; [..|lia]; cbn [Nat.add] in *.
  all: one_stage.
  all: read.
Qed.

Lemma u_stage_ok f : has p (b + 2) f -> rows f = e -> cols f = 1 -> pair f = false -> rank f <= r ->
  has p (b + 5) (u_stage e k b r l) -> ok_from p (b + 5) 1.
Proof.
  intros H2 R2 C2 P2 K2 H5. destruct Q as (_ & _ & _ & _ & QU & _).
  intros i st Hi Hs. destruct i as [|i]; [|lia]. replace (b + 5 + 0) with (b + 5) in * by lia.
  one_stage. apply filter_In in Hi0 as [Hi0 Hk]. apply in_seq in Hi0. apply Nat.leb_le in Hk. read.
Qed.

Lemma centre_stages_ok : has p x sx -> x < b -> rows sx = d -> cols sx = 1 -> pair sx = false -> rank sx <= r ->
  holds p b (centre_stages d b x r l) -> ok_from p b 2.
Proof.
  intros Hx Hlt Rx Cx Px Kx H. destruct Q as (QC & _).
  pose proof (H 0 _ eq_refl) as H0. pose proof (H 1 _ eq_refl) as H1. clear H.
  intros i st Hi Hs. destruct i as [|[|i]]; [..|lia]; one_stage; read.
Qed.

(** the stages before the scan, computed *)
Section Computed.
Hypothesis Hx : has p x sx.
Hypothesis Hlt : x < b.
Hypothesis Rx : rows sx = d.
Hypothesis Cx : cols sx = 1.
Hypothesis Px : pair sx = false.
Hypothesis Kx : rank sx + 2 <= r.
Hypothesis Tx : is_token sx || is_step sx = true.

Lemma open_block_ok : holds p b (open_block d e n k b x r l) -> ok_from p b 21.
Proof.
  intros H. pose proof Q as (_ & QN & QV & QP & QU & QG & _).
  pose proof (H 0 _ eq_refl) as H0. pose proof (H 1 _ eq_refl) as H1. pose proof (H 2 _ eq_refl) as H2.
  pose proof (H 3 _ eq_refl) as H3. pose proof (H 4 _ eq_refl) as H4. pose proof (H 5 _ eq_refl) as H5.
  pose proof (H 6 _ eq_refl) as H6.
  assert (S : holds p (b + 7) (scan_stages e n b r l)).
  { intros i st Hi. replace (b + 7 + i) with (b + (7 + i)) by lia. apply H. exact Hi. }
  change 21 with (5 + (1 + (1 + 14))). apply ok_join; [|apply ok_join; [|replace (b + 5 + 1) with (b + 6) by lia;
    apply ok_join]].
  - clear H S H5 H6. intros i st Hi Hs. destruct i as [|[|[|[|[|i]]]]]; [..|lia]; one_stage.
    all: read.
  - apply (u_stage_ok (value_norm_stage e b r)); auto.
  - clear H S H5. intros i st Hi Hs. destruct i as [|i]; [|lia]. replace (b + 6 + 0) with (b + 6) in * by lia.
    one_stage. read.
  - replace (b + 6 + 1) with (b + 7) by lia. eapply scan_ok; eauto.
Qed.
End Computed.
Lemma out_stage_ok y : has p x sx -> x < b -> rows sx = d -> cols sx = 1 -> pair sx = false -> rank sx < r + 12 ->
  has p (b + 20) y -> rows y = e -> cols y = 1 -> pair y = false -> rank y < r + 12 ->
  has p (b + 21) (out_stage d e b x r l) -> ok_from p (b + 21) 1.
Proof.
  intros Hx Hlt Rx Cx Px Kx H20 Ry Cy Py Ky H21.
  destruct Q as (_ & _ & _ & _ & _ & _ & _ & _ & _ & _ & _ & _ & _ & _ & QO).
  intros i st Hi Hs. destruct i as [|i]; [|lia]. replace (b + 21 + 0) with (b + 21) in * by lia. one_stage; read.
Qed.

(** a first block *)
Lemma first_open_block_ok f : tables_ok (vocab p) f -> holds p b (first_open_block e n k b r l f) -> ok_from p b 21.
Proof.
  intros T H. pose proof (H 0 _ eq_refl) as H0. pose proof (H 1 _ eq_refl) as H1. pose proof (H 2 _ eq_refl) as H2.
  pose proof (H 3 _ eq_refl) as H3. pose proof (H 4 _ eq_refl) as H4. pose proof (H 5 _ eq_refl) as H5.
  pose proof (H 6 _ eq_refl) as H6.
  assert (S : holds p (b + 7) (scan_stages e n b r l)).
  { intros i st Hi. replace (b + 7 + i) with (b + (7 + i)) by lia. apply H. exact Hi. }
  change 21 with (5 + (1 + (1 + 14))). apply ok_join; [|apply ok_join; [|replace (b + 5 + 1) with (b + 6) by lia;
    apply ok_join]].
  - clear H S H5 H6. intros i st Hi Hs. destruct i as [|[|[|[|[|i]]]]]; [..|lia]; one_stage; apply T.
  - apply (u_stage_ok (token_stage e no_law (f_value_norm f))); auto. simpl. lia.
  - clear H S H5. intros i st Hi Hs. destruct i as [|i]; [|lia]. replace (b + 6 + 0) with (b + 6) in * by lia.
    one_stage. apply T.
  - replace (b + 6 + 1) with (b + 7) by lia. eapply scan_ok; eauto. simpl. lia.
Qed.
End MambaOk.

Lemma in_class_pairs c i j : In (i, j) (class_pairs c) <-> i < j < c.
Proof.
  unfold class_pairs. rewrite in_flat_map. split.
  - intros (i' & Hi & H). apply in_map_iff in H as (j' & E & Hj). injection E as -> ->. apply in_seq in Hi, Hj. lia.
  - intros H. exists i. split; [apply in_seq; lia|]. apply in_map_iff. exists j. split; [auto|apply in_seq; lia].
Qed.
Lemma compared c a : a < length (class_pairs c) ->
  fst (nth a (class_pairs c) (0, 0)) < snd (nth a (class_pairs c) (0, 0)) < c.
Proof. intros H. apply in_class_pairs. rewrite <- surjective_pairing. apply nth_In. auto. Qed.
Lemma pair_index_lt c i j : i < j < c -> pair_index c i j < length (class_pairs c).
Proof. intros H. apply Selective.pos_lt, in_class_pairs. auto. Qed.
Lemma pair_index_nth c i j : i < j < c -> nth (pair_index c i j) (class_pairs c) (0, 0) = (i, j).
Proof. intros H. apply nth_error_nth, (pos_nth class_pair_dec), in_class_pairs. auto. Qed.

Lemma head_ok p c h r bias parts : 0 < h -> holds p h (head c h r bias parts) ->
  Forall (fun q => column_of p (p_stage q) (p_rows q) r /\ p_stage q < h) parts -> ok_from p h 3.
Proof.
  intros Hh H F. pose proof (H 0 _ eq_refl) as H0. pose proof (H 1 _ eq_refl) as H1.
    pose proof (H 2 _ eq_refl) as H2. clear H.
  rewrite Nat.add_0_r in H0.
  intros i st Hi Hs. destruct i as [|[|[|i]]]; [..|lia]; rewrite ?Nat.add_0_r in *; one_stage.
  - apply Forall_flat_map. eapply Forall_impl; [|exact F]. cbn beta. intros q [(st & Hq & R & C & Px & K) L]. reads.
    read.
  - pose proof (compared c (ea e) ltac:(lia)). read.
  - pose proof (compared c (ea e) ltac:(lia)). read.
  - pose proof (pair_index_lt c i (ea e)). read.
  - pose proof (pair_index_lt c (ea e) i). read.
Qed.

Lemma holds_cons p b st l : holds p b (st :: l) -> has p b st /\ holds p (b + 1) l.
Proof.
  intros H. split.
  - rewrite <- (Nat.add_0_r b). apply (H 0). reflexivity.
  - intros i s Hi. rewrite <- Nat.add_assoc. apply (H (1 + i)). exact Hi.
Qed.

Lemma s4d_blocks_ok p d ls : Forall s4d_ok ls -> forall b r, 0 < b -> column_of p (b - 1) d r ->
  holds p b (s4d_blocks d b r ls) ->
  ok_from p b (9 * length ls) /\ column_of p (b + 9 * length ls - 1) d (r + 6 * length ls).
Proof.
  induction 1 as [|l ls Hl _ IH]; intros b r Hb Hx H; cbn [s4d_blocks length] in *.
  - rewrite !Nat.mul_0_r, !Nat.add_0_r. split; [intros i st Hi; lia|]. exact Hx.
  - apply holds_app in H as [H1 H2]. replace (length (s4d_block d b (b - 1) r l)) with 9 in H2 by reflexivity.
    destruct (s4d_block_ok p d b (b - 1) r l Hx ltac:(lia) Hl H1) as [A B].
      replace (b + 8) with (b + 9 - 1) in B by lia.
    destruct (IH (b + 9) (r + 6) ltac:(lia) B H2) as [I1 I2]. split.
    + replace (9 * S (length ls)) with (9 + 9 * length ls) by lia. apply ok_join; auto.
    + replace (b + 9 * S (length ls) - 1) with (b + 9 + 9 * length ls - 1) by lia.
      replace (r + 6 * S (length ls)) with (r + 6 + 6 * length ls) by lia. exact I2.
Qed.

Lemma holds_all p : holds p 0 (stages p).
Proof. intros i st Hi. exact Hi. Qed.
Lemma token_ok p s d l t : has p s (token_stage d l t) -> (forall a, length (t a) = vocab p) -> ok_from p s 1.
Proof.
  intros Hs L i st Hi H. destruct i as [|i]; [|lia]. rewrite Nat.add_0_r in *.
  unfold has in *. rewrite Hs in H. injection H as <-. split; [exact I|]. intros o _ _. apply L.
Qed.
Lemma ok_program p k : 0 < vocab p -> length (stages p) = k -> ok_from p 0 k ->
  (exists st, has p (labels p) st /\ is_step st = true /\ classes p <= rows st /\ 0 < cols st /\ pair st = false) ->
  program_ok p.
Proof.
  intros V L O D. split; [auto|]. split; [exact D|]. intros s st Hs.
  assert (s < k) by (rewrite <- L; apply nth_error_Some; congruence). apply (O s st); auto.
Qed.

Theorem s4d_model_ok d c embed ls bias w : 0 < c -> (forall a, length (embed a) = c) -> Forall s4d_ok ls ->
  program_ok (s4d_model d c embed ls bias w).
Proof.
  intros Hc He Hl. set (p := s4d_model d c embed ls bias w). pose proof (holds_all p) as H.
  unfold p at 2, s4d_model in H. cbn [stages] in H.
  apply holds_cons in H as [H0 H]. cbn [Nat.add] in H. apply holds_app in H as [H1 H2].
  assert (L : forall b r, length (s4d_blocks d b r ls) = 9 * length ls).
  { clear. induction ls as [|l ls IH]; intros b r; [auto|]. cbn [s4d_blocks length]. rewrite app_length, IH.
    cbn [length s4d_block mix_stages stream_norm app]. lia. }
  rewrite L in H2. set (h := 1 + 9 * length ls) in *.
  destruct (s4d_blocks_ok p d ls Hl 1 0) as [O1 O2]; [lia| |exact H1|].
  { exists (token_stage d no_law embed). cbn. auto. }
  apply (ok_program p (1 + (9 * length ls + 3))); [exact Hc| | |].
  - unfold p, s4d_model. cbn [stages length]. rewrite app_length, L. cbn [length head]. lia.
  - apply ok_join; [apply (token_ok p 0 _ _ _ H0); exact He|]. apply ok_join; [exact O1|].
    apply (head_ok p c h (6 * length ls) bias [Part (h - 1) d w]); [unfold h; lia|exact H2|].
    constructor; [|constructor]. cbn [p_stage p_rows]. split; [exact O2|unfold h; lia].
  - eexists. split; [apply (H2 2); reflexivity|]. cbn. auto.
Qed.

Lemma mamba_blocks_length ln d e n k ls last : forall b r,
  length (mamba_blocks ln d e n k b r ls last) = (22 + extra_stages ln) * length ls + 21 + extra_stages ln.
Proof.
  induction ls as [|l ls IH]; intros b r; cbn [mamba_blocks]; rewrite !app_length, ?IH;
    destruct ln; cbn [length centred inner_block open_block centre_stages scan_stages app extra_stages]; lia.
Qed.
(** the product that an open block ends with *)
Lemma open_gated p e n k b x r l d : holds p b (open_block d e n k b x r l) ->
  has p (b + 20) (product_stage e 1 false (r + 11) [(b + 19, channel); (b + 6, channel)]).
Proof. intros H. apply (H 20). reflexivity. Qed.
(** a block that is not the first, without its output *)
Lemma inner_ok p ln d e n k b r l sx : mamba_ok l -> 0 < b -> has p (b - 1) sx -> rows sx = d -> cols sx = 1 ->
  pair sx = false -> rank sx <= r -> is_token sx || is_step sx = true ->
  holds p b (centred ln d b r l) -> holds p (b + extra_stages ln) (inner_block ln d e n k b r l) ->
  ok_from p b (extra_stages ln + 21).
Proof.
  intros Ql Hb Hx R C P K T H1 H2. unfold inner_block in H2. destruct ln; cbn [extra_stages levels_of centred] in *.
  - apply ok_join; [eapply (centre_stages_ok p d b (b - 1) r l sx); eauto; lia|].
    pose proof (H1 1 _ eq_refl) as Hc.
    eapply (open_block_ok p d e n k (b + 2) (b + 1) (r + 15 - 12)); eauto; try reflexivity; cbn; lia.
  - rewrite Nat.add_0_r in *. eapply (open_block_ok p d e n k b (b - 1) (r + 14 - 12)); eauto; lia.
Qed.
Lemma mamba_blocks_ok p ln d e n k last : mamba_ok last -> forall ls, Forall mamba_ok ls -> forall b r sx, 0 < b ->
  has p (b - 1) sx -> rows sx = d -> cols sx = 1 -> pair sx = false -> rank sx <= r -> is_token sx || is_step sx =
    true ->
  holds p b (mamba_blocks ln d e n k b r ls last) ->
  let w := 22 + extra_stages ln in
  ok_from p b (w * length ls + 21 + extra_stages ln) /\
  column_of p (b + w * length ls - 1) d (r + levels_of ln * length ls) /\
  column_of p (b + w * length ls + extra_stages ln + 20) e (r + levels_of ln * length ls + levels_of ln - 1).
Proof.
  intros Ql ls F. induction F as [|l ls Hl _ IH]; intros b r sx Hb Hx R C P K T H; cbn [mamba_blocks length] in H.
  - apply holds_app in H as [H1 H2]. replace (length (centred ln d b r last)) with (extra_stages ln)
    in H2 by (destruct ln; reflexivity).
    cbn [length]. rewrite !Nat.mul_0_r, !Nat.add_0_r. cbv zeta. split; [|split].
    + replace (0 + 21 + extra_stages ln) with (extra_stages ln + 21) by lia. eapply inner_ok; eauto.
    + exists sx. auto.
    + eexists. split; [eapply open_gated; exact H2|]. destruct ln; cbn; repeat split; lia.
  - apply holds_app in H as [H1 H2]. replace (length (centred ln d b r l)) with (extra_stages ln)
    in H2 by (destruct ln; reflexivity).
    apply holds_app in H2 as [H2 H3]. replace (length (inner_block ln d e n k b r l)) with 21 in H3 by reflexivity.
    apply holds_cons in H3 as [H4 H5]. replace (b + extra_stages ln + 21 + 1) with (b + extra_stages ln + 22)
      in H5 by lia.
    set (o := out_stage d e (b + extra_stages ln) (b - 1) (r + levels_of ln - 12) l) in *.
    destruct (IH (b + extra_stages ln + 22) (r + levels_of ln) o) as (I1 & I2 & I3); try reflexivity; try exact H5;
      try lia.
    { replace (b + extra_stages ln + 22 - 1) with (b + extra_stages ln + 21) by lia. exact H4. }
    { unfold o. destruct ln; cbn; lia. }
    cbv zeta in *. cbn [length]. split; [|split].
    + replace ((22 + extra_stages ln) * S (length ls) + 21 + extra_stages ln)
        with (extra_stages ln + 21 + (1 + ((22 + extra_stages ln) * length ls + 21 + extra_stages ln))) by lia.
      apply ok_join; [eapply inner_ok; eauto|]. rewrite Nat.add_assoc.
      apply ok_join; [|replace (b + extra_stages ln + 21 + 1) with (b + extra_stages ln + 22) by lia; exact I1].
      pose proof (open_gated _ _ _ _ _ _ _ _ _ H2) as G.
      eapply out_stage_ok with (sx := sx) (r := r + levels_of ln - 12);
        [exact Hl|exact Hx|lia|exact R|exact C|exact P| |exact G|
        reflexivity|reflexivity|reflexivity| |exact H4]; destruct ln; cbn; lia.
    + replace (b + (22 + extra_stages ln) * S (length ls) - 1)
        with (b + extra_stages ln + 22 + (22 + extra_stages ln) * length ls - 1) by lia.
      replace (r + levels_of ln * S (length ls)) with (r + levels_of ln + levels_of ln * length ls) by lia. exact I2.
    + replace (b + (22 + extra_stages ln) * S (length ls) + extra_stages ln + 20)
        with (b + extra_stages ln + 22 + (22 + extra_stages ln) * length ls + extra_stages ln + 20) by lia.
      replace (r + levels_of ln * S (length ls)) with (r + levels_of ln + levels_of ln * length ls) by lia. exact I3.
Qed.

Lemma stem_length ln d e n k f ls last : 1 + length (mamba_stem ln d e n k f ls last) = after ln ls.
Proof.
  unfold mamba_stem, after. destruct ls as [|l ls']; [cbn [length]; rewrite Nat.mul_0_r; reflexivity|].
  cbn [app length first_open_block scan_stages]. rewrite mamba_blocks_length. lia.
Qed.
Lemma stem_ok p ln d e n k embed f ls last : has p 0 (token_stage d no_law embed) -> tables_ok (vocab p) f ->
  Forall mamba_ok ls -> mamba_ok last -> holds p 1 (mamba_stem ln d e n k f ls last) ->
  ok_from p 1 (length (mamba_stem ln d e n k f ls last)) /\
  column_of p (last_input ln ls) d (11 + stem_rank ln ls) /\ column_of p (after ln ls - 1) e (11 + stem_rank ln ls).
Proof.
  intros H0 Hf Hl Hlast H1. pose proof (stem_length ln d e n k f ls last) as L.
  replace (length (mamba_stem ln d e n k f ls last)) with (after ln ls - 1) by lia. clear L.
  unfold last_input, after, stem_rank, mamba_stem in *. set (w := 22 + extra_stages ln) in *. destruct ls as [|l ls'].
  - cbn [length] in *. rewrite !Nat.mul_0_r. split; [|split].
    + apply (first_open_block_ok p e n k 1 0 last Hlast f); auto.
    + eexists. split; [exact H0|]. cbn. repeat split; lia.
    + eexists. split; [apply (H1 20); reflexivity|]. cbn. repeat split; lia.
  - apply holds_app in H1 as [H1 H3]. cbn [length first_open_block scan_stages app] in H3.
    apply holds_cons in H3 as [H3 H4].
    cbn [Nat.add] in H3, H4. inversion Hl as [|? ? Hl1 Hl2]; subst.
    destruct (mamba_blocks_ok p ln d e n k last Hlast ls' Hl2 23 12 (out_stage d e 1 0 0 l)) as (I1 & I2 & I3);
      try reflexivity; auto; [lia|]. cbv zeta in *. fold w in I1, I2, I3.
    cbn [length]. split; [|split].
    + replace (22 + w * S (length ls') - 1) with (21 + (1 + (w * length ls' + 21 + extra_stages ln))) by (unfold w;
      lia).
      apply ok_join; [apply (first_open_block_ok p e n k 1 0 l Hl1 f); auto|].
      apply ok_join; [|exact I1].
      eapply out_stage_ok with (sx := token_stage d no_law embed) (y := product_stage e 1 false 11 [(20, channel);
        (7, channel)]);
        eauto; try reflexivity; cbn; lia.
    + replace (w * S (length ls') - extra_stages ln) with (23 + w * length ls' - 1) by (unfold w; lia).
      destruct I2 as (st & A & B & C & D & E). exists st. repeat split; auto. destruct ln; cbn [levels_of] in *; lia.
    + replace (22 + w * S (length ls') - 1) with (23 + w * length ls' + extra_stages ln + 20) by (unfold w; lia).
      destruct I3 as (st & A & B & C & D & E). exists st. repeat split; auto. destruct ln; cbn [levels_of] in *; lia.
Qed.
Lemma after_pos ln ls : 22 <= after ln ls /\ last_input ln ls <= after ln ls - 22.
Proof. unfold after, last_input. lia. Qed.

Theorem mamba_model_ok ln d e n k c embed f ls last bias keep mix :
  0 < c -> (forall a, length (embed a) = c) -> tables_ok c f -> Forall mamba_ok ls -> mamba_ok last ->
  program_ok (mamba_model ln d e n k c embed f ls last bias keep mix).
Proof.
  intros Hc He Hf Hl Hlast. set (p := mamba_model ln d e n k c embed f ls last bias keep mix).
  pose proof (after_pos ln ls) as Hp. pose proof (stem_length ln d e n k f ls last) as L.
    pose proof (holds_all p) as H.
  unfold p at 2, mamba_model in H. cbn [stages] in H. apply holds_cons in H as [H0 H]. change (0 + 1) with 1 in H.
  apply holds_app in H as [H1 H2]. rewrite L in H2.
  destruct (stem_ok p ln d e n k embed f ls last H0 Hf Hl Hlast H1) as (O1 & O2 & O3).
  apply (ok_program p (1 + (length (mamba_stem ln d e n k f ls last) + 3))); [exact Hc| | |].
  - unfold p, mamba_model. cbn [stages length]. rewrite app_length. reflexivity.
  - apply ok_join; [apply (token_ok p 0 _ _ _ H0); exact He|]. apply ok_join; [exact O1|].
    change (0 + 1 + length (mamba_stem ln d e n k f ls last)) with (1 + length (mamba_stem ln d e n k f ls last)).
      rewrite L.
    apply (head_ok p c (after ln ls) (11 + stem_rank ln ls) bias [Part (last_input ln ls) d keep;
      Part (after ln ls - 1) e mix]);
      [lia|exact H2|].
    constructor; [|constructor; [|constructor]]; cbn [p_stage p_rows]; (split; [assumption|lia]).
  - eexists. split; [apply (H2 2); reflexivity|]. cbn. auto.
Qed.

Theorem mamba_normed_ok ln d e n k c embed f ls last scale q bias w :
  0 < c -> (forall a, length (embed a) = c) -> tables_ok c f -> Forall mamba_ok ls -> mamba_ok last -> norm_ok q ->
  program_ok (mamba_normed ln d e n k c embed f ls last scale q bias w).
Proof.
  intros Hc He Hf Hl Hlast Hq. set (p := mamba_normed ln d e n k c embed f ls last scale q bias w).
  pose proof (after_pos ln ls) as Hp. pose proof (stem_length ln d e n k f ls last) as L.
    pose proof (holds_all p) as H.
  unfold p at 2, mamba_normed in H. cbn [stages] in H. apply holds_cons in H as [H0 H]. change (0 + 1) with 1 in H.
  apply holds_app in H as [H1 H2]. rewrite L in H2. set (h := after ln ls) in *.
  destruct (stem_ok p ln d e n k embed f ls last H0 Hf Hl Hlast H1) as (O1 & O2 & O3). fold h in O3.
  apply holds_cons in H2 as [H2 H3]. apply holds_app in H3 as [H3 H4]. cbn [length stream_norm] in H4.
  replace (h + 1 + 5) with (h + 6) in H4 by lia.
  assert (F : column_of p h d (12 + stem_rank ln ls)) by (eexists; split; [exact H2|]; cbn; repeat split; lia).
  apply (ok_program p (1 + (length (mamba_stem ln d e n k f ls last) + (1 + (5 + 3))))); [exact Hc| | |].
  - unfold p, mamba_normed. cbn [stages length]. rewrite app_length. reflexivity.
  - apply ok_join; [apply (token_ok p 0 _ _ _ H0); exact He|]. apply ok_join; [exact O1|].
    change (0 + 1 + length (mamba_stem ln d e n k f ls last)) with (1 + length (mamba_stem ln d e n k f ls last)).
      rewrite L. fold h.
    apply ok_join; [|apply ok_join].
    + destruct O2 as (sx & Hx & R & C & P & K), O3 as (sy & Hy & Ry & Cy & Py & Ky).
      replace h with (h - 21 + 21) at 1 by lia. replace (h - 1) with (h - 21 + 20) in Hy by lia.
      replace h with (h - 21 + 21) in H2 at 1 by lia.
      eapply (out_stage_ok p d e (h - 21) (last_input ln ls) (stem_rank ln ls) last sx Hlast sy); eauto; lia.
    + apply (stream_norm_ok p d (h + 1) (12 + stem_rank ln ls) [h] (fun _ => scale) q); auto.
      constructor; [|constructor]. split; [exact F|lia].
    + replace (h + 1 + 5) with (h + 6) by lia.
      apply (head_ok p c (h + 6) (15 + stem_rank ln ls) bias [Part (h + 5) d w]); [lia|exact H4|].
      constructor; [|constructor]. cbn [p_stage p_rows]. split; [|lia].
      eexists. split; [replace (h + 5) with (h + 1 + 4) by lia; apply (H3 4); reflexivity|]. cbn. repeat split; lia.
  - eexists. split; [cbn [labels p mamba_normed]; replace (after ln ls + 8) with (h + 6 + 2) by (unfold h; lia);
    apply (H4 2); reflexivity|]. cbn. auto.
Qed.

Lemma pre_blocks_length d ls : forall b r xs, length (pre_blocks d b r xs ls) = 9 * length ls.
Proof.
  induction ls as [|l ls IH]; intros b r xs; [auto|]. cbn [pre_blocks length]. rewrite !app_length, IH.
  cbn [length stream_norm mix_stages]. lia.
Qed.
Lemma pre_blocks_ok p d ls : Forall s4d_ok ls -> forall b r xs,
  Forall (fun x => column_of p x d r /\ x < b) xs -> holds p b (pre_blocks d b r xs ls) ->
  ok_from p b (9 * length ls) /\
  Forall (fun x => column_of p x d (r + 6 * length ls) /\ x < b + 9 * length ls)
    (xs ++ map (fun i => b + 8 + 9 * i) (seq 0 (length ls))).
Proof.
  induction 1 as [|l ls Hl _ IH]; intros b r xs F H; cbn [pre_blocks length] in *.
  - rewrite !Nat.mul_0_r, !Nat.add_0_r. split; [intros i st Hi; lia|]. cbn [seq map]. rewrite app_nil_r. exact F.
  - apply holds_app in H as [H1 H2]. cbn [length stream_norm] in H2. apply holds_app in H2 as [H2 H3].
    cbn [length mix_stages] in H3.
    replace (b + 5 + 4) with (b + 9) in H3 by lia.
    assert (G : Forall (fun x => column_of p x d (r + 6) /\ x < b + 9) (xs ++ [b + 8])).
    { apply Forall_app. split.
      - eapply Forall_impl; [|exact F]. intros x [(st & A & B & C & D & E) L]. split; [|lia]. exists st.
        repeat split; auto. lia.
      - constructor; [|constructor]. split; [|lia]. eexists. split; [replace (b + 8) with (b + 5 + 3) by lia;
        apply (H2 3); reflexivity|].
        cbn. repeat split; lia. }
    destruct (IH (b + 9) (r + 6) (xs ++ [b + 8]) G H3) as [I1 I2]. split.
    + replace (9 * S (length ls)) with (5 + (4 + 9 * length ls)) by lia.
      apply ok_join; [apply (stream_norm_ok p d b r xs (s_weight l) (s_norm l)); auto; apply Hl|].
      apply ok_join; [|replace (b + 5 + 4) with (b + 9) by lia; exact I1].
      apply (mix_stages_ok p d (b + 5) (b + 4) (r + 3) l); auto; [|lia].
      eexists. split; [apply (H1 4); reflexivity|]. cbn. repeat split; lia.
    + replace (r + 6 * S (length ls)) with (r + 6 + 6 * length ls) by lia.
      replace (b + 9 * S (length ls)) with (b + 9 + 9 * length ls) by lia.
      cbn [seq map]. rewrite <- seq_shift, map_map. rewrite <- app_assoc in I2. cbn [app] in I2.
      replace (b + 8 + 9 * 0) with (b + 8) by lia.
      erewrite map_ext; [exact I2|]. intros i. cbv beta. lia.
Qed.
Theorem s4d_pre_ok d c embed normed l ls bias w : 0 < c -> (forall a, length (embed a) = c)
  -> (forall a, length (normed a) = c) ->
  s4d_ok l -> Forall s4d_ok ls -> program_ok (s4d_pre_model d c embed normed l ls bias w).
Proof.
  intros Hc He Hn Hl Hls. set (p := s4d_pre_model d c embed normed l ls bias w). pose proof (holds_all p) as H.
  unfold p at 2, s4d_pre_model in H. cbn [stages] in H. apply holds_cons in H as [H0 H].
    apply holds_cons in H as [H1 H].
  change (0 + 1) with 1 in *. change (1 + 1) with 2 in H. apply holds_app in H as [H2 H].
    cbn [length mix_stages] in H. change (2 + 4) with 6 in H.
  apply holds_app in H as [H3 H4]. rewrite pre_blocks_length in H4. set (h := 6 + 9 * length ls) in *.
  destruct (pre_blocks_ok p d ls Hls 6 3 (stream_parts 1)) as [O1 O2]; [|exact H3|].
  { constructor; [|constructor; [|constructor]]; (split; [|cbn; lia]).
    - eexists. split; [exact H0|]. cbn. repeat split; lia.
    - eexists. split; [apply (H2 3); reflexivity|]. cbn. repeat split; lia. }
  assert (E : stream_parts 1 ++ map (fun i => 6 + 8 + 9 * i) (seq 0 (length ls)) = stream_parts (S (length ls))).
  { unfold stream_parts. cbn [seq map app]. do 2 f_equal. rewrite <- seq_shift, map_map. apply map_ext. intros i.
    lia. }
  rewrite E in O2.
  apply (ok_program p (1 + (1 + (4 + (9 * length ls + 3))))); [exact Hc| | |].
  - unfold p, s4d_pre_model. cbn [stages length]. rewrite !app_length, pre_blocks_length.
    cbn [length head mix_stages]. lia.
  - apply ok_join; [apply (token_ok p 0 _ _ _ H0); exact He|]. apply ok_join; [apply (token_ok p 1 _ _ _ H1);
    exact Hn|].
    apply ok_join; [|apply ok_join; [exact O1|]].
    + apply (mix_stages_ok p d 2 1 0 l); auto. eexists. split; [exact H1|]. cbn. repeat split; lia.
    + apply (head_ok p c h (3 + 6 * length ls) bias (map (fun q => Part (snd q) d (w (fst q)))
        (combine (seq 0 (2 + length ls)) (stream_parts (S (length ls)))))); [unfold h; lia|exact H4|].
      rewrite Forall_map. apply Forall_forall. intros [j x] Hx. cbn [p_stage p_rows fst snd].
        apply in_combine_r in Hx.
      rewrite Forall_forall in O2. exact (O2 x Hx).
  - eexists. split; [apply (H4 2); reflexivity|]. cbn. auto.
Qed.

Print Assumptions s4d_model_ok.
Print Assumptions s4d_pre_ok.
Print Assumptions mamba_model_ok.
Print Assumptions mamba_normed_ok.
