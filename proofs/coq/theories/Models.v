(** The families of whole models.  [s4d_family], [mamba_family]: for every length, number of
    blocks, size of layers, coefficients and tables, the program's circuit is right on every
    word, has depth 6K + 2 (S4D) or 6K - 1 (with pre-norm, [s4d_pre_family]), 14K - 1 (Mamba, an open last
    block) or 15K + 2 (with LayerNorm and a computed norm before the head, [normed_family])
      for K blocks, and at most n·P + n(n-1)/2·Q
    gates with P and Q as compile.Bound has them; [s4d_poly], [mamba_poly]: a polynomial in n
    when p = k·log2 n.  [label_argmax]: labels are the argmax.  [mamba_state], [mamba_scan]: the
    state is the scan's closed form, the specification of Scan.v.  Axiom-free. *)
Require Import ZArith NArith List Bool Lia.
From TC0 Require Import Circuit Arith Program Family Blocks.
From TC0 Require Levels Conj Lowering Scan.
Import ListNotations.
Open Scope nat_scope.

(** ** Depth *)
Ltac in_list := repeat match goal with H : In _ (_ :: _) |- _ => destruct H as [<-|H] | H : In _ [] |- _ => destruct
  H end.
Lemma head_rank c h r bias parts st : In st (head c h r bias parts) -> rank st <= r + 2.
Proof. unfold head. intros H. in_list; cbn; lia. Qed.
Lemma s4d_rank d ls : forall b r st, In st (s4d_blocks d b r ls) -> rank st <= r + 6 * length ls.
Proof.
  induction ls as [|l ls IH]; intros b r st H; cbn [s4d_blocks length] in *; [destruct H|].
  apply in_app_iff in H as [H|H].
  - unfold s4d_block, mix_stages, stream_norm in H. cbn [app] in H. in_list; cbn; lia.
  - apply IH in H. lia.
Qed.
Lemma mamba_rank ln d e n k ls last : forall b r st, In st (mamba_blocks ln d e n k b r ls last) ->
  rank st <= r + levels_of ln * length ls + levels_of ln - 1.
Proof.
  induction ls as [|l ls IH]; intros b r st H; cbn [mamba_blocks length] in *.
  - unfold inner_block, open_block, scan_stages, centred, centre_stages in H. destruct ln; cbn [app levels_of] in *;
      in_list; cbn; lia.
  - rewrite !in_app_iff in H. destruct H as [H|[H|[H|H]]].
    + unfold centred, centre_stages in H. destruct ln; in_list; cbn; lia.
    + unfold inner_block, open_block, scan_stages in H. destruct ln; cbn [app levels_of] in *; in_list; cbn; lia.
    + in_list. destruct ln; cbn; lia.
    + apply IH in H. destruct ln; cbn [levels_of] in *; lia.
Qed.
Lemma s4d_depth d c embed ls bias w st : In st (stages (s4d_model d c embed ls bias w))
  -> rank st <= 6 * length ls + 2.
Proof.
  unfold s4d_model. cbn [stages]. intros [<-|H]; [cbn; lia|]. apply in_app_iff in H as [H|H].
  - apply s4d_rank in H. lia.
  - apply head_rank in H. lia.
Qed.
Lemma stem_depth ln d e n k f ls last st : In st (mamba_stem ln d e n k f ls last) -> rank st <= 11 + stem_rank ln ls.
Proof.
  unfold mamba_stem, stem_rank. intros H. destruct ls as [|l ls].
  - unfold first_open_block, scan_stages in H. cbn [app] in H. in_list; cbn; lia.
  - rewrite !in_app_iff in H. destruct H as [H|[H|H]].
    + unfold first_open_block, scan_stages in H. cbn [app] in H. cbn [length].
      destruct ln; cbn [levels_of]; in_list; cbn; lia.
    + in_list. destruct ln; cbn; lia.
    + apply mamba_rank in H. cbn [length]. destruct ln; cbn [levels_of] in *; lia.
Qed.
Lemma mamba_depth ln d e n k c embed f ls last bias keep mix st :
  In st (stages (mamba_model ln d e n k c embed f ls last bias keep mix)) -> rank st <= 13 + stem_rank ln ls.
Proof.
  unfold mamba_model. cbn [stages]. intros [<-|H]; [cbn; lia|]. apply in_app_iff in H as [H|H].
  - apply stem_depth in H. lia.
  - apply head_rank in H. lia.
Qed.
Lemma normed_depth ln d e n k c embed f ls last scale q bias w st :
  In st (stages (mamba_normed ln d e n k c embed f ls last scale q bias w)) -> rank st <= 17 + stem_rank ln ls.
Proof.
  unfold mamba_normed. cbn [stages]. intros [<-|H]; [cbn; lia|]. rewrite !in_app_iff in H.
    destruct H as [H|[H|[H|H]]].
  - apply stem_depth in H. lia.
  - in_list. cbn. lia.
  - unfold stream_norm in H. in_list; cbn; lia.
  - apply head_rank in H. lia.
Qed.

Lemma pre_blocks_rank d ls : forall b r xs st, In st (pre_blocks d b r xs ls) -> rank st <= r + 6 * length ls.
Proof.
  induction ls as [|l ls IH]; intros b r xs st H; cbn [pre_blocks length] in *; [destruct H|].
  rewrite !in_app_iff in H. destruct H as [H|[H|H]].
  - unfold stream_norm in H. in_list; cbn; lia.
  - unfold mix_stages in H. in_list; cbn; lia.
  - apply IH in H. lia.
Qed.
Lemma s4d_pre_depth d c embed normed l ls bias w st :
  In st (stages (s4d_pre_model d c embed normed l ls bias w)) -> rank st <= 6 * length ls + 5.
Proof.
  unfold s4d_pre_model. cbn [stages]. intros [<-|[<-|H]]; [cbn; lia|cbn; lia|].
  rewrite !in_app_iff in H. destruct H as [H|[H|H]].
  - unfold mix_stages in H. in_list; cbn; lia.
  - apply pre_blocks_rank in H. lia.
  - apply head_rank in H. lia.
Qed.

(** ** Size *)
Open Scope Z_scope.
Section Costs.
Variables (U E X : Z).                  (* the unit of the laws; 2^p and p *)
(** U times the gates of a step and of a product of two *)
Definition step_cost (q : tensor) : Z := codes (tlaw q) * E + U * spare (tlaw q).
Definition pair_cost (f g : tensor) : Z := U * ((X + extra (tlaw f)) * (X + extra (tlaw g))).

Definition mix_cost (d : nat) (l : s4d) : Z :=
  Z.of_nat d * (step_cost (s_qgelu l) + step_cost (s_qvalue l) + step_cost (s_qgate l)
                + pair_cost (s_qvalue l) (s_qgate l)).
Definition norm_cost (d : nat) (q : norm) : Z :=
  Z.of_nat d * (step_cost (n_centre q) + pair_cost (n_centre q) (n_norm q)) + step_cost (n_norm q).
Definition s4d_cost (d : nat) (l : s4d) : Z := mix_cost d l + norm_cost d (s_norm l).
(** before u, and the gate; where it is not a table of the token *)
Definition front_cost (e : nat) (l : mamba) : Z :=
  step_cost (q_norm l) + Z.of_nat e * (step_cost (q_value l) + pair_cost (q_value l) (q_norm l)
    + step_cost (q_gate_pre l) + pair_cost (q_gate_pre l) (q_norm l) + step_cost (q_gate l)).
Definition scan_cost (e n : nat) (l : mamba) : Z :=
  Z.of_nat e * (step_cost (q_u l) + step_cost (q_delta l) + pair_cost (q_delta l) (q_u l) + step_cost (q_inject l)
                + step_cost (q_y l) + pair_cost (q_y l) (q_gate l))
  + Z.of_nat n * (step_cost (q_B l) + step_cost (q_C l))
  + Z.of_nat (e * n) * (pair_cost (q_inject l) (q_B l) + step_cost (q_input l) + step_cost (q_state l)
    + pair_cost (q_state l) (q_C l)).
Definition centre_cost (ln : bool) (d : nat) (l : mamba) : Z := if ln then Z.of_nat d * step_cost (q_centre l) else 0.
Definition out_cost (d : nat) (l : mamba) : Z := Z.of_nat d * step_cost (q_out l).
(** at a pair of positions *)
Definition decay_cost (e n : nat) (l : mamba) : Z := Z.of_nat (e * n) * (step_cost (q_decay l)
  + pair_cost (q_decay l) (q_input l)).
Definition head_cost (c : nat) : Z := U * Z.of_nat (length (class_pairs c) + c).

Definition cost (p : program) (st : stage) : Z := Z.of_nat (rows st * cols st) * value U E X (stage_poly p st).
Definition cost_of (p : program) (of_pairs : bool) (l : list stage) : Z :=
  zsum (fun st => if Bool.eqb (pair st) of_pairs then cost p st else 0) l.

Lemma bound_cost p b : value U E X (bound p b) = cost_of p b (stages p).
Proof.
  unfold bound, cost_of. induction (stages p) as [|st l IH]; [unfold value; simpl; ring|].
  cbn [filter zsum]. destruct (Bool.eqb (pair st) b); cbn [map fold_right]; rewrite ?value_plus, ?value_times, IH;
    [reflexivity|ring].
Qed.
Lemma cost_app p b l m : cost_of p b (l ++ m) = cost_of p b l + cost_of p b m.
Proof. apply Levels.zsum_app. Qed.
Lemma cost_nil p b : cost_of p b [] = 0.
Proof. reflexivity. Qed.
Lemma cost_cons p b st l : cost_of p b (st :: l) = (if Bool.eqb (pair st) b then cost p st else 0) + cost_of p b l.
Proof. reflexivity. Qed.

Lemma step_stage_cost p a c pr r q k ts : cost p (step_stage a c pr r q k ts) = Z.of_nat (a * c) * step_cost q.
Proof. unfold cost, value, stage_poly, step_cost. cbn [rows cols step_stage sbody slaw pexp powers]. unfold peval.
  cbn [fold_right]. ring. Qed.
Lemma form_stage_cost p a c pr r k ts : cost p (form_stage a c pr r k ts) = 0.
Proof. unfold cost, value, stage_poly. cbn [sbody form_stage pexp powers]. unfold peval. cbn [fold_right]. ring. Qed.
Lemma token_stage_cost p a l t : cost p (token_stage a l t) = 0.
Proof. unfold cost, value, stage_poly. cbn [sbody token_stage pexp powers]. unfold peval. cbn [fold_right]. ring.
  Qed.
Lemma padd_nil l : padd l [] = l.
Proof. destruct l; auto. Qed.
Lemma peval_two f g x : peval (product_poly [f; g]) x = (x + extra f) * (x + extra g).
Proof.
  transitivity (peval (over (extra f) (over (extra g) [1])) x); [|rewrite !peval_over; unfold peval;
    cbn [fold_right]; ring].
  unfold product_poly. destruct f as [c1 p1 e1 o1], g as [c2 p2 e2 o2]. destruct o1, o2;
    lazy [Lowering.sets map app fst snd length Nat.ltb Nat.leb offset Z.mul Pos.mul Z.eqb orb fold_right extra];
    rewrite ?padd_nil; reflexivity.
Qed.
Lemma product_stage_cost p a c pr r s1 f1 s2 f2 st1 st2 q1 q2 : has p s1 st1 -> has p s2 st2 -> slaw st1 = tlaw q1
  -> slaw st2 = tlaw q2 ->
  cost p (product_stage a c pr r [(s1, f1); (s2, f2)]) = Z.of_nat (a * c) * pair_cost q1 q2.
Proof.
  intros H1 H2 E1 E2. unfold cost, value, stage_poly. cbn [rows cols product_stage sbody pexp powers map fst].
  rewrite (sat_eq p _ _ H1), (sat_eq p _ _ H2), E1, E2, peval_two. unfold pair_cost. ring.
Qed.

Ltac costs := rewrite ?cost_cons; cbn [pair step_stage product_stage form_stage token_stage Bool.eqb];
  repeat (rewrite step_stage_cost || rewrite form_stage_cost || rewrite token_stage_cost ||
    (erewrite product_stage_cost; [|eassumption|eassumption|reflexivity || eassumption|reflexivity || eassumption]));
  unfold cost_of at 1; cbn [Levels.zsum]; rewrite ?Nat.mul_1_r.
Lemma mix_stages_cost p d b y r l : holds p b (mix_stages d b y r l) ->
  cost_of p false (mix_stages d b y r l) = mix_cost d l /\ cost_of p true (mix_stages d b y r l) = 0.
Proof.
  intros H. pose proof (H 1%nat _ eq_refl) as H1. pose proof (H 2%nat _ eq_refl) as H2. clear H.
  unfold mix_stages. split; [|reflexivity]. costs. unfold mix_cost. ring.
Qed.
Lemma stream_norm_cost p d b r xs w q : holds p b (stream_norm d b r xs w q) ->
  cost_of p false (stream_norm d b r xs w q) = norm_cost d q /\ cost_of p true (stream_norm d b r xs w q) = 0.
Proof.
  intros H. pose proof (H 2%nat _ eq_refl) as H2. pose proof (H 3%nat _ eq_refl) as H3. clear H.
  unfold stream_norm. split; [|reflexivity]. costs. unfold norm_cost. ring.
Qed.
Lemma s4d_block_cost p d b x r l : holds p b (s4d_block d b x r l) ->
  cost_of p false (s4d_block d b x r l) = s4d_cost d l /\ cost_of p true (s4d_block d b x r l) = 0.
Proof.
  intros H. apply holds_app in H as [H1 H2]. cbn [length mix_stages] in H2.
  destruct (mix_stages_cost p d b x r l H1) as [A B]. destruct (stream_norm_cost p d _ _ _ _ _ H2) as [C D].
  unfold s4d_block, s4d_cost. rewrite !cost_app, A, B, C, D. split; ring.
Qed.
Lemma scan_stages_cost p e n b r l s5 s6 : has p (b + 5)%nat s5 -> slaw s5 = tlaw (q_u l)
  -> has p (b + 6)%nat s6 -> slaw s6 = tlaw (q_gate l) ->
  holds p (b + 7)%nat (scan_stages e n b r l) ->
  cost_of p false (scan_stages e n b r l) = scan_cost e n l - Z.of_nat e * step_cost (q_u l) /\
  cost_of p true (scan_stages e n b r l) = decay_cost e n l.
Proof.
  intros H5 E5 H6 E6 H.
  assert (Hk : forall i st, nth_error (scan_stages e n b r l) i = Some st -> has p (b + (7 + i))%nat st).
  { intros i st Hi. replace (b + (7 + i))%nat with (b + 7 + i)%nat by lia. apply H. auto. }
  pose proof (Hk 0%nat _ eq_refl) as H7. pose proof (Hk 1%nat _ eq_refl) as H8. pose proof (Hk 2%nat _ eq_refl) as H9.
  pose proof (Hk 4%nat _ eq_refl) as H11. pose proof (Hk 6%nat _ eq_refl) as H13.
    pose proof (Hk 8%nat _ eq_refl) as H15.
  pose proof (Hk 10%nat _ eq_refl) as H17. pose proof (Hk 12%nat _ eq_refl) as H19. clear H Hk. cbn [Nat.add] in *.
  unfold scan_stages. split.
  - costs. unfold scan_cost. rewrite ?Nat.mul_1_r, ?Nat2Z.inj_mul. ring.
  - costs. unfold decay_cost. ring.
Qed.
Lemma open_block_cost p d e n k b x r l : holds p b (open_block d e n k b x r l) ->
  cost_of p false (open_block d e n k b x r l) = front_cost e l + scan_cost e n l /\
  cost_of p true (open_block d e n k b x r l) = decay_cost e n l.
Proof.
  intros H. pose proof (H 0%nat _ eq_refl) as H0. pose proof (H 1%nat _ eq_refl) as H1.
    pose proof (H 3%nat _ eq_refl) as H3.
  pose proof (H 5%nat _ eq_refl) as H5. pose proof (H 6%nat _ eq_refl) as H6.
  assert (G : holds p (b + 7)%nat (scan_stages e n b r l)).
  { intros i st Hi. replace (b + 7 + i)%nat with (b + (7 + i))%nat by lia. apply H. exact Hi. }
  destruct (scan_stages_cost p e n b r l _ _ H5 eq_refl H6 eq_refl G) as [A B].
  unfold open_block. rewrite !cost_app, A, B. clear A B G H.
  unfold norm_stage, value_stage, value_norm_stage, gate_pre_stage, gate_pre_norm_stage, u_stage, gate_stage in *.
    split.
  - costs. unfold front_cost. ring.
  - costs. ring.
Qed.
Lemma first_open_block_cost p e n k b r l f : holds p b (first_open_block e n k b r l f) ->
  cost_of p false (first_open_block e n k b r l f) = scan_cost e n l /\
  cost_of p true (first_open_block e n k b r l f) = decay_cost e n l.
Proof.
  intros H. pose proof (H 5%nat _ eq_refl) as H5. pose proof (H 6%nat _ eq_refl) as H6.
  assert (G : holds p (b + 7)%nat (scan_stages e n b r l)).
  { intros i st Hi. replace (b + 7 + i)%nat with (b + (7 + i))%nat by lia. apply H. exact Hi. }
  destruct (scan_stages_cost p e n b r l _ _ H5 eq_refl H6 eq_refl G) as [A B].
  unfold first_open_block. rewrite !cost_app, A, B. clear A B G H. unfold u_stage in *. split.
  - costs. ring.
  - costs. ring.
Qed.
Lemma head_stages_cost p c h r bias parts :
  cost_of p false (head c h r bias parts) = head_cost c /\ cost_of p true (head c h r bias parts) = 0.
Proof.
  unfold head. split; [|reflexivity]. costs. cbn [pair Bool.eqb]. unfold cost, value, stage_poly, head_cost.
  cbn [rows cols sbody slaw one_gate codes spare pexp powers]. unfold peval. cbn [fold_right].
    rewrite ?Nat.mul_1_r, Nat2Z.inj_add. ring.
Qed.

(** *** Models *)
Definition s4d_position (d c : nat) (ls : list s4d) : Z := zsum (s4d_cost d) ls + head_cost c.
Lemma s4d_blocks_cost p d ls : forall b r, holds p b (s4d_blocks d b r ls) ->
  cost_of p false (s4d_blocks d b r ls) = zsum (s4d_cost d) ls /\ cost_of p true (s4d_blocks d b r ls) = 0.
Proof.
  induction ls as [|l ls IH]; intros b r H; [split; reflexivity|]. cbn [s4d_blocks] in *.
    apply holds_app in H as [H1 H2].
  cbn [length s4d_block mix_stages stream_norm app] in H2. destruct (s4d_block_cost p d b (b - 1) r l H1) as [A B].
    destruct (IH _ _ H2) as [C D]. rewrite !cost_app, A, B, C, D. auto.
Qed.
Theorem s4d_bound d c embed ls bias w : let p := s4d_model d c embed ls bias w in
  value U E X (bound p false) = s4d_position d c ls /\ value U E X (bound p true) = 0.
Proof.
  intros p. rewrite !bound_cost. pose proof (holds_all p) as H. unfold p at 2, s4d_model in H. cbn [stages] in H.
  apply holds_cons in H as [_ H]. apply holds_app in H as [H _]. cbn [Nat.add] in H.
    destruct (s4d_blocks_cost p d ls 1 0 H) as [A B].
  unfold p at 2 4, s4d_model. cbn [stages]. rewrite !cost_cons, !cost_app, A, B. cbn [pair token_stage Bool.eqb].
    rewrite token_stage_cost.
  destruct (head_stages_cost p c (1 + 9 * length ls) (6 * length ls) bias [Part (1 + 9 * length ls - 1) d w])
    as [-> ->].
  unfold s4d_position. split; ring.
Qed.

Definition s4d_pre_position (d c : nat) (l : s4d) (ls : list s4d) : Z :=
  mix_cost d l + zsum (s4d_cost d) ls + head_cost c.
Lemma pre_blocks_cost p d ls : forall b r xs, holds p b (pre_blocks d b r xs ls) ->
  cost_of p false (pre_blocks d b r xs ls) = zsum (s4d_cost d) ls /\ cost_of p true (pre_blocks d b r xs ls) = 0.
Proof.
  induction ls as [|l ls IH]; intros b r xs H; [split; reflexivity|]. cbn [pre_blocks] in *.
  apply holds_app in H as [H1 H2]. cbn [length stream_norm] in H2. apply holds_app in H2 as [H2 H3].
    cbn [length mix_stages] in H3.
  replace (b + 5 + 4)%nat with (b + 9)%nat in H3 by lia.
  destruct (stream_norm_cost p d _ _ _ _ _ H1) as [A B]. destruct (mix_stages_cost p d _ _ _ _ H2) as [C D].
  destruct (IH _ _ _ H3) as [F G]. rewrite !cost_app, A, B, C, D, F, G. cbn [Levels.zsum]. unfold s4d_cost.
    split; ring.
Qed.
Theorem s4d_pre_bound d c embed normed l ls bias w : let p := s4d_pre_model d c embed normed l ls bias w in
  value U E X (bound p false) = s4d_pre_position d c l ls /\ value U E X (bound p true) = 0.
Proof.
  intros p. rewrite !bound_cost. pose proof (holds_all p) as H. unfold p at 2, s4d_pre_model in H. cbn [stages] in H.
  apply holds_cons in H as [_ H]. apply holds_cons in H as [_ H]. change (0 + 1 + 1)%nat with 2%nat in H.
  apply holds_app in H as [H2 H]. cbn [length mix_stages] in H. change (2 + 4)%nat with 6%nat in H.
    apply holds_app in H as [H3 _].
  destruct (mix_stages_cost p d _ _ _ _ H2) as [A B]. destruct (pre_blocks_cost p d ls _ _ _ H3) as [C D].
  unfold p at 2 4, s4d_pre_model. cbn [stages]. rewrite !cost_cons, !cost_app, A, B, C, D.
    cbn [pair token_stage Bool.eqb].
  rewrite !token_stage_cost. set (hd := head _ _ _ _ _).
  assert (T : cost_of p false hd = head_cost c /\ cost_of p true hd = 0) by apply head_stages_cost.
    destruct T as [-> ->].
  unfold s4d_pre_position. split; ring.
Qed.

(** blocks ls, all but the last of K; the first has its front in tables *)
Definition stem_cost (ln : bool) (d e n : nat) (ls : list mamba) (last : mamba) : Z :=
  zsum (fun l => scan_cost e n l + out_cost d l) ls + scan_cost e n last
  + zsum (fun l => centre_cost ln d l + front_cost e l) (tl (ls ++ [last])).
Definition mamba_position (ln : bool) (d e n c : nat) (ls : list mamba) (last : mamba) : Z :=
  stem_cost ln d e n ls last + head_cost c.
Definition normed_position (ln : bool) (d e n c : nat) (ls : list mamba) (last : mamba) (q : norm) : Z :=
  stem_cost ln d e n ls last + out_cost d last + norm_cost d q + head_cost c.
Definition mamba_pairs (e n : nat) (ls : list mamba) (last : mamba) : Z := zsum (decay_cost e n)
  ls + decay_cost e n last.
Lemma inner_block_cost p ln d e n k b r l : holds p b (centred ln d b r l ++ inner_block ln d e n k b r l) ->
  cost_of p false (centred ln d b r l ++ inner_block ln d e n k b r l)
    = centre_cost ln d l + front_cost e l + scan_cost e n l /\
  cost_of p true (centred ln d b r l ++ inner_block ln d e n k b r l) = decay_cost e n l.
Proof.
  intros H. apply holds_app in H as [_ H]. replace (length (centred ln d b r l)) with (extra_stages ln)
    in H by (destruct ln; reflexivity).
  destruct (open_block_cost p d e n k _ _ _ l H) as [A B]. rewrite !cost_app. unfold inner_block. rewrite A, B.
  unfold centred, centre_stages, centre_cost. destruct ln; [|split; unfold cost_of; cbn [Levels.zsum]; ring].
  split; costs; ring.
Qed.
Lemma mamba_blocks_cost p ln d e n k last ls : forall b r, holds p b (mamba_blocks ln d e n k b r ls last) ->
  cost_of p false (mamba_blocks ln d e n k b r ls last) =
    zsum (fun l => scan_cost e n l + out_cost d l) ls + scan_cost e n last
    + zsum (fun l => centre_cost ln d l + front_cost e l) (ls ++ [last]) /\
  cost_of p true (mamba_blocks ln d e n k b r ls last) = mamba_pairs e n ls last.
Proof.
  unfold mamba_pairs. induction ls as [|l ls IH]; intros b r H; cbn [mamba_blocks] in *.
  - destruct (inner_block_cost p ln d e n k b r last H) as [-> ->]. cbn [app Levels.zsum]. split; ring.
  - rewrite app_assoc in *. apply holds_app in H as [H1 H2]. cbn [app] in H2. apply holds_cons in H2 as [_ H2].
    replace (b + length (centred ln d b r l ++ inner_block ln d e n k b r l)
      + 1)%nat with (b + extra_stages ln + 22)%nat in H2
      by (destruct ln; cbn [length centred inner_block open_block centre_stages scan_stages app extra_stages]; lia).
    destruct (inner_block_cost p ln d e n k b r l H1) as [A B]. destruct (IH _ _ H2) as [C D].
    rewrite !(cost_app _ _ (centred _ _ _ _ _ ++ _)), A, B. cbn [app]. rewrite !cost_cons, C, D. unfold out_stage.
    cbn [pair step_stage Bool.eqb]. rewrite step_stage_cost, Nat.mul_1_r. cbn [app Levels.zsum]. unfold out_cost.
      split; ring.
Qed.
Lemma stem_stages_cost p ln d e n k f ls last : holds p 1 (mamba_stem ln d e n k f ls last) ->
  cost_of p false (mamba_stem ln d e n k f ls last) = stem_cost ln d e n ls last /\
  cost_of p true (mamba_stem ln d e n k f ls last) = mamba_pairs e n ls last.
Proof.
  intros H. unfold stem_cost, mamba_pairs, mamba_stem in *. destruct ls as [|l ls].
  - destruct (first_open_block_cost p e n k 1 0 last f H) as [-> ->]. cbn [app tl Levels.zsum]. split; ring.
  - apply holds_app in H as [H1 H2]. cbn [app] in H2. apply holds_cons in H2 as [_ H2].
    destruct (first_open_block_cost p e n k 1 0 l f H1) as [A B].
    destruct (mamba_blocks_cost p ln d e n k last ls 23 12 H2) as [C D]. cbn [app].
      rewrite !cost_app, !cost_cons, A, B, C, D.
    unfold out_stage. cbn [pair step_stage Bool.eqb]. rewrite step_stage_cost, Nat.mul_1_r. cbn [tl Levels.zsum].
    unfold out_cost, mamba_pairs. split; ring.
Qed.
Theorem mamba_bound ln d e n k c embed f ls last bias keep mix :
  let p := mamba_model ln d e n k c embed f ls last bias keep mix in
  value U E X (bound p false) = mamba_position ln d e n c ls last /\ value U E X (bound p true)
    = mamba_pairs e n ls last.
Proof.
  intros p. rewrite !bound_cost. pose proof (holds_all p) as H. unfold p at 2, mamba_model in H. cbn [stages] in H.
  apply holds_cons in H as [_ H]. apply holds_app in H as [H _]. change (0 + 1)%nat with 1%nat in H.
  destruct (stem_stages_cost p ln d e n k f ls last H) as [A B].
  unfold p at 2 4, mamba_model. cbn [stages]. rewrite !cost_cons, !cost_app, A, B. cbn [pair token_stage Bool.eqb].
  rewrite token_stage_cost. set (hd := head _ _ _ _ _).
  assert (G : cost_of p false hd = head_cost c /\ cost_of p true hd = 0) by apply head_stages_cost.
    destruct G as [-> ->].
  unfold mamba_position. split; ring.
Qed.
Theorem normed_bound ln d e n k c embed f ls last scale q bias w :
  let p := mamba_normed ln d e n k c embed f ls last scale q bias w in
  value U E X (bound p false) = normed_position ln d e n c ls last q /\ value U E X (bound p true)
    = mamba_pairs e n ls last.
Proof.
  intros p. rewrite !bound_cost. pose proof (holds_all p) as H. unfold p at 2, mamba_normed in H. cbn [stages] in H.
  apply holds_cons in H as [_ H]. apply holds_app in H as [H G]. change (0 + 1)%nat with 1%nat in H, G.
  rewrite stem_length in G. apply holds_cons in G as [_ G]. apply holds_app in G as [G _].
  destruct (stem_stages_cost p ln d e n k f ls last H) as [A B]. destruct (stream_norm_cost p d _ _ _ _ q G)
    as [A' B'].
  unfold p at 2 4, mamba_normed. cbn [stages]. rewrite !cost_cons, !cost_app, A, B, A', B', !cost_cons, !cost_nil.
  unfold out_stage. cbn [pair token_stage step_stage Bool.eqb]. rewrite token_stage_cost, step_stage_cost,
    Nat.mul_1_r. set (hd := head _ _ _ _ _).
  assert (T : cost_of p false hd = head_cost c /\ cost_of p true hd = 0) by apply head_stages_cost.
    destruct T as [-> ->].
  unfold normed_position, out_cost. split; ring.
Qed.
End Costs.

(** ** Labels *)
Lemma ones_of (f : nat -> Z) l : (forall i, In i l -> f i = 0 \/ f i = 1) ->
  zsum f l <= Z.of_nat (length l) /\ (Z.of_nat (length l) <= zsum f l <-> forall i, In i l -> f i = 1).
Proof.
  induction l as [|i l IH]; intros H; cbn [Levels.zsum length]; [split; [lia|split; [intros _ ? []|lia]]|].
  destruct (IH (fun j Hj => H j (or_intror Hj))) as [A B]. destruct (H i (or_introl eq_refl)) as [E|E]; rewrite E.
  - split; [lia|]. split; [lia|]. intros G. specialize (G i (or_introl eq_refl)). lia.
  - split; [lia|]. split.
    + intros L j [<-|Hj]; [auto|]. apply B; [lia|auto].
    + intros G. enough (Z.of_nat (length l) <= zsum f l) by lia. apply B. intros j Hj. apply G. right. auto.
Qed.
(** class a is the first with the greatest logit *)
Definition argmax (c : nat) (logit : nat -> Z) (a : nat) : Prop :=
  (forall i, (i < a)%nat -> logit i < logit a) /\ (forall j, (a < j < c)%nat -> logit j <= logit a).
Lemma bit_step th x : step_val [th] [0; 1] x = b2z (th <=? x).
Proof. unfold step_val, reached. cbn [filter]. destruct (th <=? x); reflexivity. Qed.
Lemma here p s st t a : has p s st -> (a < rows st)%nat -> (0 < cols st)%nat -> pair st = false -> present p (Elem s
  t a 0 0).
Proof. intros H A C P. unfold present. cbn [es ea eb ej]. unfold has in H. rewrite H, P. auto. Qed.

Section Labels.
Variables (p : program) (c h r : nat) (bias : nat -> Z) (parts : list part) (N : nat) (word : list nat)
  (v : elem -> Z).
Hypothesis H : holds p h (head c h r bias parts).
Hypothesis V : solves p N word v.
Notation logit t i := (v (Elem h t i 0 0)).
Notation wins t i j := (b2z (0 <=? logit t i - logit t j)).

Lemma compare_val t i j : (t < N)%nat -> (i < j < c)%nat -> v (Elem (h + 1) t (pair_index c i j) 0 0) = wins t i j.
Proof.
  intros Ht Hij. pose proof (H 1%nat _ eq_refl) as H1.
  rewrite (V _ _ (here p _ _ t _ H1 (pair_index_lt c i j Hij) Nat.lt_0_1 eq_refl) Ht H1). cbn [sbody body_val ea et].
  rewrite bit_step, pair_index_nth by auto. unfold form_val, operand_val, zero.
    cbn [Levels.zsum fst snd oe osq cell]. do 2 f_equal. lia.
Qed.
Lemma label_val t a : (t < N)%nat -> (a < c)%nat -> v (Elem (h + 2) t a 0 0) =
  b2z (Z.of_nat (c - 1) <=? zsum (fun i => 1 - wins t i a) (seq 0 a) + zsum (fun j => wins t a j) (seq (S a)
    (c - S a))).
Proof.
  intros Ht Ha. pose proof (H 2%nat _ eq_refl) as H2.
  rewrite (V _ _ (here p _ _ t a H2 Ha Nat.lt_0_1 eq_refl) Ht H2). cbn [sbody body_val ea et].
  rewrite bit_step. do 2 f_equal. unfold form_val. rewrite Levels.zsum_app, !Levels.zsum_map, Z.add_assoc. f_equal.
  - assert (G : forall l, (forall i, In i l -> (i < a)%nat) ->
      Z.of_nat (length l) + zsum (fun x => fst ((-1)%Z, cell (h + 1) t (pair_index c x a)) *
        operand_val v (snd ((-1)%Z, cell (h + 1) t (pair_index c x a)))) l = zsum (fun i => 1 - wins t i a) l).
    { induction l as [|i l IH]; intros B; [reflexivity|]. cbn [length Levels.zsum].
      rewrite <- IH by (intros; apply B; right; auto).
      unfold operand_val at 1. cbn [fst snd oe osq cell]. rewrite compare_val by (assumption || (split; [apply B;
        left; reflexivity|assumption])). lia. }
    rewrite <- G by (intros i Hi; apply in_seq in Hi; lia). rewrite seq_length. reflexivity.
  - assert (G : forall l, (forall j, In j l -> (a < j < c)%nat) ->
      zsum (fun x => fst (1%Z, cell (h + 1) t (pair_index c a x)) * operand_val v (snd (1%Z, cell (h + 1)
        t (pair_index c a x)))) l
      = zsum (fun j => wins t a j) l).
    { induction l as [|j l IH]; intros B; [reflexivity|]. cbn [Levels.zsum].
      rewrite IH by (intros; apply B; right; auto).
      unfold operand_val at 1. cbn [fst snd oe osq cell]. rewrite compare_val by (assumption || (apply B; left;
        reflexivity)). lia. }
    apply G. intros j Hj. apply in_seq in Hj. lia.
Qed.
Theorem label_argmax t a : (t < N)%nat -> (a < c)%nat ->
  (v (Elem (h + 2) t a 0 0) = 1 <-> argmax c (fun i => logit t i) a).
Proof.
  intros Ht Ha. rewrite label_val by auto. unfold argmax.
  destruct (ones_of (fun i => 1 - wins t i a) (seq 0 a)) as [A1 A2].
  { intros i _. destruct (0 <=? _); simpl; auto. }
  destruct (ones_of (fun j => wins t a j) (seq (S a) (c - S a))) as [B1 B2].
  { intros j _. destruct (0 <=? _); simpl; auto. }
  rewrite seq_length in *.
  assert (E : forall b, b2z b = 1 <-> b = true) by (intros []; simpl; split; congruence).
  rewrite E, Z.leb_le. split.
  - intros L. split.
    + intros i Hi. assert (G : 1 - wins t i a = 1) by (apply A2; [lia|apply in_seq; lia]).
      destruct (Z.leb_spec 0 (logit t i - logit t a)); simpl in G; lia.
    + intros j Hj. assert (G : wins t a j = 1) by (apply B2; [lia|apply in_seq; lia]).
      destruct (Z.leb_spec 0 (logit t a - logit t j)); simpl in G; lia.
  - intros [G1 G2].
    assert (Q1 : Z.of_nat a <= zsum (fun i => 1 - wins t i a) (seq 0 a)).
    { apply A2. intros i Hi. apply in_seq in Hi. specialize (G1 i ltac:(lia)).
      destruct (Z.leb_spec 0 (logit t i - logit t a)); simpl; lia. }
    assert (Q2 : Z.of_nat (c - S a) <= zsum (fun j => wins t a j) (seq (S a) (c - S a))).
    { apply B2. intros j Hj. apply in_seq in Hj. specialize (G2 j ltac:(lia)).
      destruct (Z.leb_spec 0 (logit t a - logit t j)); simpl; lia. }
    lia.
Qed.
End Labels.

(** ** The families *)
(** what is said of a program's gates: they are those of a word's values, and its labels the argmax *)
Definition right (p : program) (logits : nat) (n : nat) (word : list nat) : Prop :=
  let x := onehots p word in
  let bits := eval (gates p n) x in
  (exists v, solves p n word v) /\
  forall v, solves p n word v -> values_ok p n v bits /\
  forall t a, (t < n)%nat -> (a < classes p)%nat ->
    (Circuit.val bits (gate_of p n (Elem (labels p) t a 0 0)) = true <->
     argmax (classes p) (fun i => v (Elem logits t i 0 0)) a).

Lemma label_gate p h c r bias parts n word v bits t a : holds p h (head c h r bias parts) -> values_ok p n v bits ->
  solves p n word v -> (t < n)%nat -> (a < c)%nat ->
  (Circuit.val bits (gate_of p n (Elem (h + 2) t a 0 0)) = true <-> v (Elem (h + 2) t a 0 0) = 1).
Proof.
  intros H [_ G] V Ht Ha. pose proof (H 2%nat _ eq_refl) as H2. pose proof (sat_eq p _ _ H2) as S.
  pose proof (here p _ _ t a H2 Ha Nat.lt_0_1 eq_refl) as P. rewrite (V _ _ P Ht H2).
  specialize (G (Elem (h + 2) t a 0 0) _ _ _ _ P Ht (f_equal sbody S) 0%nat Nat.lt_0_1). rewrite Nat.add_0_r in G.
  rewrite G. cbn [sbody body_val nth]. rewrite bit_step. destruct (_ <=? _); simpl; split; congruence.
Qed.
Lemma model_right p h c r bias parts n word : program_ok p -> labels p = (h + 2)%nat -> classes p = c ->
  holds p h (head c h r bias parts) -> length word = n -> Forall (fun t => (t < vocab p)%nat) word ->
  right p h n word.
Proof.
  intros O El Ec H L V. destruct (family p O (fold_right Nat.max 0%nat (map rank (stages p)))) with (n := n)
    (word := word)
    as (_ & _ & _ & X & G); auto.
  { intros st Hs. induction (stages p) as [|s l IH]; [destruct Hs|]. cbn [map fold_right].
    destruct Hs as [->|Hs]; [lia|].
    specialize (IH Hs). lia. }
  split; [exact X|]. intros v Hv. specialize (G v Hv). split; [exact G|]. intros t a Ht Ha. rewrite Ec in *.
    rewrite El.
  rewrite <- (label_argmax p c h r bias parts n word v H Hv t a Ht Ha).
  apply (label_gate p h c r bias parts n word); auto.
Qed.

Theorem s4d_family d c embed ls bias w : (0 < c)%nat -> (forall a, length (embed a) = c) -> Forall s4d_ok ls ->
  let p := s4d_model d c embed ls bias w in
  forall n word, length word = n -> Forall (fun t => (t < c)%nat) word ->
  wf (length (onehots p word)) (gates p n) /\
  depth_le (length (onehots p word)) (gates p n) (6 * length ls + 2) /\
  (forall U prec, 0 < U -> fits U prec p ->
     U * Z.of_nat (size (gates p n)) <= Z.of_nat n * s4d_position U (2 ^ Z.of_nat prec) (Z.of_nat prec) d c ls) /\
  right p (1 + 9 * length ls) n word.
Proof.
  intros Hc He Hl p n word L V. assert (O : program_ok p) by (apply s4d_model_ok; auto).
  destruct (family p O (6 * length ls + 2) (s4d_depth d c embed ls bias w) n word L V) as (F1 & F2 & _).
  split; [exact F1|]. split; [exact F2|]. split.
  - intros U prec HU HF. pose proof (family_size p O U prec HU HF n) as S. cbv zeta in S.
    destruct (s4d_bound U (2 ^ Z.of_nat prec) (Z.of_nat prec) d c embed ls bias w) as [B1 B2]. fold p in B1, B2.
    rewrite B1, B2 in S. lia.
  - pose proof (holds_all p) as H. unfold p at 2, s4d_model in H. cbn [stages] in H.
    apply holds_cons in H as [_ H]. apply holds_app in H as [_ H].
    assert (E : forall b r, length (s4d_blocks d b r ls) = (9 * length ls)%nat).
    { clear. induction ls as [|l ls IH]; intros b r; [auto|]. cbn [s4d_blocks length]. rewrite app_length, IH.
      cbn [length s4d_block mix_stages stream_norm app]. lia. }
    rewrite E in H. eapply (model_right p); [exact O|reflexivity|reflexivity|exact H|exact L|exact V].
Qed.

(** pre-norm: one block and those of ls *)
Theorem s4d_pre_family d c embed normed l ls bias w : (0 < c)%nat -> (forall a, length (embed a) = c) ->
  (forall a, length (normed a) = c) -> s4d_ok l -> Forall s4d_ok ls ->
  let p := s4d_pre_model d c embed normed l ls bias w in
  forall n word, length word = n -> Forall (fun t => (t < c)%nat) word ->
  wf (length (onehots p word)) (gates p n) /\
  depth_le (length (onehots p word)) (gates p n) (6 * length ls + 5) /\
  (forall U prec, 0 < U -> fits U prec p ->
     U * Z.of_nat (size (gates p n)) <= Z.of_nat n * s4d_pre_position U (2 ^ Z.of_nat prec) (Z.of_nat prec)
       d c l ls) /\
  right p (6 + 9 * length ls) n word.
Proof.
  intros Hc He Hn Hl Hls p n word L V. assert (O : program_ok p) by (apply s4d_pre_ok; auto).
  destruct (family p O _ (s4d_pre_depth d c embed normed l ls bias w) n word L V) as (F1 & F2 & _).
  split; [exact F1|]. split; [exact F2|]. split.
  - intros U prec HU HF. pose proof (family_size p O U prec HU HF n) as S. cbv zeta in S.
    destruct (s4d_pre_bound U (2 ^ Z.of_nat prec) (Z.of_nat prec) d c embed normed l ls bias w) as [B1 B2].
      fold p in B1, B2.
    rewrite B1, B2 in S. lia.
  - pose proof (holds_all p) as H. unfold p at 2, s4d_pre_model in H. cbn [stages] in H.
    apply holds_cons in H as [_ H]. apply holds_cons in H as [_ H]. apply holds_app in H as [_ H].
      apply holds_app in H as [_ H].
    cbn [length mix_stages] in H. rewrite pre_blocks_length in H. change (0 + 1 + 1 + 4 + 9 * length ls)%nat with (6 +
      9 * length ls)%nat in H.
    eapply (model_right p); [exact O|reflexivity|reflexivity|exact H|exact L|exact V].
Qed.

Theorem mamba_family ln d e n k c embed f ls last bias keep mix : (0 < c)%nat -> (forall a, length (embed a) = c) ->
  tables_ok c f -> Forall mamba_ok ls -> mamba_ok last ->
  let p := mamba_model ln d e n k c embed f ls last bias keep mix in
  forall N word, length word = N -> Forall (fun t => (t < c)%nat) word ->
  wf (length (onehots p word)) (gates p N) /\
  depth_le (length (onehots p word)) (gates p N) (13 + levels_of ln * length ls) /\
  (forall U prec, 0 < U -> fits U prec p ->
     let position := mamba_position U (2 ^ Z.of_nat prec) (Z.of_nat prec) ln d e n c ls last in
     let pairs := mamba_pairs U (2 ^ Z.of_nat prec) (Z.of_nat prec) e n ls last in
     U * (2 * Z.of_nat (size (gates p N))) <= 2 * Z.of_nat N * position + Z.of_nat N * (Z.of_nat N - 1) * pairs) /\
  right p (after ln ls) N word.
Proof.
  intros Hc He Hf Hl Hlast p N word L V. assert (O : program_ok p) by (apply mamba_model_ok; auto).
  destruct (family p O _ (mamba_depth ln d e n k c embed f ls last bias keep mix) N word L V) as (F1 & F2 & _).
  split; [exact F1|]. split; [exact F2|]. split.
  - intros U prec HU HF. pose proof (family_size p O U prec HU HF N) as S. cbv zeta in S.
    destruct (mamba_bound U (2 ^ Z.of_nat prec) (Z.of_nat prec) ln d e n k c embed f ls last bias keep mix)
      as [B1 B2].
    fold p in B1, B2. rewrite B1, B2 in S. exact S.
  - pose proof (holds_all p) as H. unfold p at 2, mamba_model in H. cbn [stages] in H.
    apply holds_cons in H as [_ H]. apply holds_app in H as [_ H]. change (0 + 1)%nat with 1%nat in H.
      rewrite stem_length in H.
    eapply (model_right p); [exact O|reflexivity|reflexivity|exact H|exact L|exact V].
Qed.
(** with a computed norm before the head *)
Theorem normed_family ln d e n k c embed f ls last scale q bias w : (0 < c)%nat -> (forall a, length (embed a) = c) ->
  tables_ok c f -> Forall mamba_ok ls -> mamba_ok last -> norm_ok q ->
  let p := mamba_normed ln d e n k c embed f ls last scale q bias w in
  forall N word, length word = N -> Forall (fun t => (t < c)%nat) word ->
  wf (length (onehots p word)) (gates p N) /\
  depth_le (length (onehots p word)) (gates p N) (17 + levels_of ln * length ls) /\
  (forall U prec, 0 < U -> fits U prec p ->
     let position := normed_position U (2 ^ Z.of_nat prec) (Z.of_nat prec) ln d e n c ls last q in
     let pairs := mamba_pairs U (2 ^ Z.of_nat prec) (Z.of_nat prec) e n ls last in
     U * (2 * Z.of_nat (size (gates p N))) <= 2 * Z.of_nat N * position + Z.of_nat N * (Z.of_nat N - 1) * pairs) /\
  right p (after ln ls + 6) N word.
Proof.
  intros Hc He Hf Hl Hlast Hq p N word L V. assert (O : program_ok p) by (apply mamba_normed_ok; auto).
  destruct (family p O _ (normed_depth ln d e n k c embed f ls last scale q bias w) N word L V) as (F1 & F2 & _).
  split; [exact F1|]. split; [exact F2|]. split.
  - intros U prec HU HF. pose proof (family_size p O U prec HU HF N) as S. cbv zeta in S.
    destruct (normed_bound U (2 ^ Z.of_nat prec) (Z.of_nat prec) ln d e n k c embed f ls last scale q bias w)
      as [B1 B2].
    fold p in B1, B2. rewrite B1, B2 in S. exact S.
  - pose proof (holds_all p) as H. unfold p at 2, mamba_normed in H. cbn [stages] in H.
    apply holds_cons in H as [_ H]. apply holds_app in H as [_ H]. change (0 + 1)%nat with 1%nat in H.
      rewrite stem_length in H.
    apply holds_cons in H as [_ H]. apply holds_app in H as [_ H]. cbn [length stream_norm] in H.
    replace (after ln ls + 1 + 5)%nat with (after ln ls + 6)%nat in H by lia.
    eapply (model_right p); [exact O| |reflexivity|exact H|exact L|exact V].
    cbn [labels p mamba_normed]. lia.
Qed.

(** ** Logarithmic precision: at p = k·log2 n bits, polynomials in n *)
Theorem s4d_poly d c embed ls bias w U k n : (0 < c)%nat -> (forall a, length (embed a) = c) -> Forall s4d_ok ls ->
  let p := s4d_model d c embed ls bias w in
  Forall nonneg (stages p) -> (0 < n)%nat -> 0 < U -> fits U (k * Nat.log2 n) p ->
  let N := Z.of_nat n in
  U * Z.of_nat (size (gates p n)) <= N * s4d_position U (N ^ Z.of_nat k) (Z.of_nat k * N) d c ls.
Proof.
  intros Hc He Hl p F Hn HU Hf N. assert (O : program_ok p) by (apply s4d_model_ok; auto).
  pose proof (family_poly p U k n O F Hn HU Hf) as S. cbv zeta in S.
  destruct (s4d_bound U (N ^ Z.of_nat k) (Z.of_nat k * N) d c embed ls bias w) as [B1 B2]. fold p in B1, B2.
  fold N in S. rewrite B1, B2 in S. lia.
Qed.
Theorem s4d_pre_poly d c embed normed l ls bias w U k n : (0 < c)%nat -> (forall a, length (embed a) = c) ->
  (forall a, length (normed a) = c) -> s4d_ok l -> Forall s4d_ok ls ->
  let p := s4d_pre_model d c embed normed l ls bias w in
  Forall nonneg (stages p) -> (0 < n)%nat -> 0 < U -> fits U (k * Nat.log2 n) p ->
  let N := Z.of_nat n in
  U * Z.of_nat (size (gates p n)) <= N * s4d_pre_position U (N ^ Z.of_nat k) (Z.of_nat k * N) d c l ls.
Proof.
  intros Hc He Hn Hl Hls p F Hpos HU Hf N. assert (O : program_ok p) by (apply s4d_pre_ok; auto).
  pose proof (family_poly p U k n O F Hpos HU Hf) as S. cbv zeta in S.
  destruct (s4d_pre_bound U (N ^ Z.of_nat k) (Z.of_nat k * N) d c embed normed l ls bias w) as [B1 B2].
    fold p in B1, B2.
  fold N in S. rewrite B1, B2 in S. lia.
Qed.
Theorem mamba_poly ln d e m taps c embed f ls last bias keep mix U k n : (0 < c)%nat -> (forall a, length (embed a)
  = c) ->
  tables_ok c f ->
  Forall mamba_ok ls -> mamba_ok last ->
  let p := mamba_model ln d e m taps c embed f ls last bias keep mix in
  Forall nonneg (stages p) -> (0 < n)%nat -> 0 < U -> fits U (k * Nat.log2 n) p ->
  let N := Z.of_nat n in
  U * (2 * Z.of_nat (size (gates p n))) <=
  2 * N * mamba_position U (N ^ Z.of_nat k) (Z.of_nat k * N) ln d e m c ls last
  + N * (N - 1) * mamba_pairs U (N ^ Z.of_nat k) (Z.of_nat k * N) e m ls last.
Proof.
  intros Hc He Hf Hl Hlast p F Hn HU Hfit N. assert (O : program_ok p) by (apply mamba_model_ok; auto).
  pose proof (family_poly p U k n O F Hn HU Hfit) as S. cbv zeta in S.
  destruct (mamba_bound U (N ^ Z.of_nat k) (Z.of_nat k * N) ln d e m taps c embed f ls last bias keep mix) as [B1 B2].
  fold p in B1, B2. fold N in S. rewrite B1, B2 in S. exact S.
Qed.

Theorem normed_poly ln d e m taps c embed f ls last scale q bias w U k n : (0 < c)%nat -> (forall a,
  length (embed a) = c)
  ->
  tables_ok c f -> Forall mamba_ok ls -> mamba_ok last -> norm_ok q ->
  let p := mamba_normed ln d e m taps c embed f ls last scale q bias w in
  Forall nonneg (stages p) -> (0 < n)%nat -> 0 < U -> fits U (k * Nat.log2 n) p ->
  let N := Z.of_nat n in
  U * (2 * Z.of_nat (size (gates p n))) <=
  2 * N * normed_position U (N ^ Z.of_nat k) (Z.of_nat k * N) ln d e m c ls last q
  + N * (N - 1) * mamba_pairs U (N ^ Z.of_nat k) (Z.of_nat k * N) e m ls last.
Proof.
  intros Hc He Hf Hl Hlast Hq p F Hn HU Hfit N. assert (O : program_ok p) by (apply mamba_normed_ok; auto).
  pose proof (family_poly p U k n O F Hn HU Hfit) as S. cbv zeta in S.
  destruct (normed_bound U (N ^ Z.of_nat k) (Z.of_nat k * N) ln d e m taps c embed f ls last scale q bias w)
    as [B1 B2].
  fold p in B1, B2. fold N in S. rewrite B1, B2 in S. exact S.
Qed.

(** ** The state of a Mamba block is the scan's closed form *)
Section State.
Variables (p : program) (e m b r : nat) (l : mamba) (N : nat) (word : list nat) (v : elem -> Z).
Hypothesis H : holds p (b + 7) (scan_stages e m b r l).
Hypothesis V : solves p N word v.
Definition step_of (q : tensor) (x : Z) : Z := step_val (tthresholds q) (tvalues q) x.
Notation delta t a := (v (Elem (b + 9) t a 0 0)).
Notation input t a s := (v (Elem (b + 13) t a s 0)).
Definition decay (t j a s : nat) : Z :=
  step_of (q_decay l) (m_rate l a s * zsum (fun i => delta i a) (seq (S j) (t - j))).

Lemma scan_has i st : nth_error (scan_stages e m b r l) i = Some st -> has p (b + (7 + i))%nat st.
Proof. intros Hi. replace (b + (7 + i))%nat with (b + 7 + i)%nat by lia. apply H. auto. Qed.
Lemma sum_val a : (a < e)%nat -> forall t j, (j < t < N)%nat -> v (Elem (b + 14) t a 0 j)
  = zsum (fun i => delta i a) (seq (S j) (t - j)).
Proof.
  intros Ha. pose proof (scan_has 7 _ eq_refl) as H14. cbn [Nat.add] in H14.
  induction t as [|t IH]; intros j Hj; [lia|].
  assert (P : present p (Elem (b + 14) (S t) a 0 j)).
  { unfold present. cbn [es et ea eb ej]. unfold has in H14. rewrite H14. cbn. lia. }
  rewrite (V _ _ P ltac:(simpl; lia) H14). cbn [sbody form_stage body_val et ea eb ej]. unfold form_val, zero.
  replace (S t - j)%nat with (S (t - j)) by lia. rewrite seq_S, !Levels.zsum_app.
    replace (S j + (t - j))%nat with (S t) by lia.
  destruct (Nat.ltb_spec (S j) (S t)) as [L|L].
  - unfold operand_val. cbn [Levels.zsum fst snd oe osq cell]. replace (S t - 1)%nat with t by lia.
    rewrite IH by lia. lia.
  - replace (t - j)%nat with 0%nat by lia. unfold operand_val. cbn [Levels.zsum fst snd oe osq cell seq]. lia.
Qed.
Theorem mamba_state t a s : (t < N)%nat -> (a < e)%nat -> (s < m)%nat ->
  v (Elem (b + 17) t a s 0) = step_of (q_state l) (m_input l * input t a s + m_faded l * zsum (fun j => decay t j a
    s * input j a s) (seq 0 t)).
Proof.
  intros Ht Ha Hs. pose proof (scan_has 8 _ eq_refl) as H15. pose proof (scan_has 9 _ eq_refl) as H16.
  pose proof (scan_has 10 _ eq_refl) as H17. cbn [Nat.add] in H15, H16, H17.
  assert (P : present p (Elem (b + 17) t a s 0)).
  { unfold present. cbn [es et ea eb ej]. unfold has in H17. rewrite H17. cbn. lia. }
  rewrite (V _ _ P Ht H17). cbn [sbody step_stage body_val et ea eb ej]. unfold step_of. f_equal.
    unfold form_val, zero.
  cbn [Levels.zsum fst snd]. unfold operand_val at 1. cbn [oe osq]. rewrite Z.add_0_l. f_equal.
  rewrite Levels.zsum_map, <- Levels.zsum_scale. apply Scan.zsum_ext_in. intros j Hj. apply in_seq in Hj.
  unfold operand_val. cbn [fst snd oe osq]. f_equal.
  assert (P16 : present p (Elem (b + 16) t a s j)).
  { unfold present. cbn [es et ea eb ej]. unfold has in H16. rewrite H16. cbn. lia. }
  assert (P15 : present p (Elem (b + 15) t a s j)).
  { unfold present. cbn [es et ea eb ej]. unfold has in H15. rewrite H15. cbn. lia. }
  rewrite (V _ _ P16 Ht H16). cbn [sbody product_stage body_val factors_at map fst snd].
  unfold on, own, source, Conj.zprod. cbn [es et ea eb ej fold_right]. rewrite Z.mul_1_r. f_equal.
  rewrite (V _ _ P15 Ht H15). cbn [sbody step_stage body_val et ea eb ej]. unfold decay, step_of. f_equal.
  unfold form_val, zero, operand_val. cbn [Levels.zsum fst snd oe osq]. rewrite (sum_val a Ha t j) by lia. lia.
Qed.

(** as Scan.v has it: the level of the state, from levels of Δ and of the input *)
Definition scan_level (A : list nat) (a s t : nat) : nat :=
  Scan.state N (map (Z.mul (m_rate l a s)) (tvalues (q_delta l))) (tthresholds (q_decay l))
    (map (Z.mul (m_faded l)) (tvalues (q_decay l))) (tvalues (q_input l)) 0 (m_input l) (tthresholds (q_state l)) A t.
Lemma step_level q x : step_of q x = nth (reached (tthresholds q) x) (tvalues q) 0.
Proof. reflexivity. Qed.
Theorem mamba_scan a s : (a < e)%nat -> (s < m)%nat -> exists A,
  length A = (2 * N)%nat /\
  (forall t, (t < N)%nat -> delta t a = nth (nth t A 0%nat) (tvalues (q_delta l)) 0 /\
                            input t a s = nth (nth (N + t) A 0%nat) (tvalues (q_input l)) 0) /\
  forall t, (t < N)%nat -> v (Elem (b + 17) t a s 0) = nth (scan_level A a s t) (tvalues (q_state l)) 0.
Proof.
  intros Ha Hs.
  assert (L : exists ld li, forall t, (t < N)%nat -> delta t a = nth (ld t) (tvalues (q_delta l))
    0 /\ input t a s = nth (li t) (tvalues (q_input l)) 0).
  { pose proof (scan_has 2 _ eq_refl) as H9. pose proof (scan_has 6 _ eq_refl) as H13. cbn [Nat.add] in H9, H13.
    eexists (fun t => reached _ _), (fun t => reached _ _). intros t Ht. split.
    - rewrite (V _ _ (here p _ _ t a H9 Ha Nat.lt_0_1 eq_refl) Ht H9). cbn [sbody step_stage body_val et ea].
      unfold step_val. reflexivity.
    - assert (P : present p (Elem (b + 13) t a s 0)) by (unfold present; cbn [es et ea eb ej]; unfold has in H13;
      rewrite H13; cbn; lia).
      rewrite (V _ _ P Ht H13). cbn [sbody step_stage body_val et ea]. unfold step_val. reflexivity. }
  destruct L as (ld & li & L). exists (map ld (seq 0 N) ++ map li (seq 0 N)).
  assert (Nd : forall t, (t < N)%nat -> nth t (map ld (seq 0 N) ++ map li (seq 0 N)) 0%nat = ld t).
  { intros t Ht. rewrite app_nth1 by (rewrite map_length, seq_length; auto).
    rewrite (Levels.nth_map_lt ld) with (e := 0%nat) by (rewrite seq_length; auto). rewrite seq_nth; auto. }
  assert (Ni : forall t, (t < N)%nat -> nth (N + t) (map ld (seq 0 N) ++ map li (seq 0 N)) 0%nat = li t).
  { intros t Ht. rewrite app_nth2 by (rewrite map_length, seq_length; lia). rewrite map_length, seq_length.
    replace (N + t - N)%nat with t by lia.
    rewrite (Levels.nth_map_lt li) with (e := 0%nat) by (rewrite seq_length; auto). rewrite seq_nth; auto. }
  set (A := map ld (seq 0 N) ++ map li (seq 0 N)) in *.
  split; [unfold A; rewrite app_length, !map_length, seq_length; lia|].
    split; [intros t Ht; rewrite Nd, Ni by auto; apply L; auto|].
  intros t Ht. rewrite (mamba_state t a s Ht Ha Hs), step_level. f_equal.
    unfold scan_level, Scan.state, Scan.input, Levels.lev, Levels.tab.
  rewrite Sound.reached_count. f_equal. rewrite Ni, Z.add_0_l by auto. destruct (L t Ht) as [_ <-]. f_equal.
  rewrite <- Levels.zsum_scale. apply Scan.zsum_ext_in. intros j Hj. apply in_seq in Hj.
  rewrite Ni, Z.add_0_l by lia. destruct (L j ltac:(lia)) as [_ <-]. rewrite Z.mul_assoc. f_equal.
  unfold Scan.decay. rewrite Conj.tab_times. f_equal. unfold decay. rewrite step_level, Sound.reached_count.
    unfold Levels.tab. do 2 f_equal.
  rewrite <- Levels.zsum_scale. apply Scan.zsum_ext_in. intros i Hi. apply in_seq in Hi.
    unfold Scan.delta, Levels.lev.
  rewrite Conj.tab_times, Nd by lia. f_equal. apply L. lia.
Qed.
End State.

Print Assumptions s4d_family.
Print Assumptions s4d_pre_family.
Print Assumptions mamba_family.
Print Assumptions s4d_poly.
Print Assumptions s4d_pre_poly.
Print Assumptions normed_family.
Print Assumptions mamba_poly.
Print Assumptions normed_poly.
Print Assumptions label_argmax.
Print Assumptions mamba_state.
Print Assumptions mamba_scan.
