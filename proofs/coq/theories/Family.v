(** Families of circuits, one for every length, from a program of stages: [family] (the gates
    are the program's values on every word, and the depth is at most the greatest rank of a
    stage, whatever the length), [family_size] (at most n·P + n(n-1)/2·Q gates, P and Q
    polynomials in 2^p and p that [bound] computes from the stages as compile.Bound does), and
    [family_poly] (p = k·log2 n: a polynomial in n); [circuit_prefix] (the circuit for m is the
    beginning of the circuit for n).  Axiom-free. *)
Require Import ZArith NArith List Bool Lia Wf_nat.
From TC0 Require Import Circuit Arith Program.
From TC0 Require Banks Validate Levels Conj Lowering Scan.
Import ListNotations.
Open Scope Z_scope.

Notation gates p n := (Lowering.gates_of (circuit_of p n)).
(** the wire of the first gate of a step *)
Definition gate_of (p : program) (n : nat) (e : elem) : nat :=
  Lowering.first_gate (circuit_of p n) (N.to_nat (number (keys p n) (KElem e))).
(** an element's value as a form over gates *)
Definition form_over_gates (p : program) (n : nat) (e : elem) (v : list bool) : Z :=
  let c := circuit_of p n in
  Levels.lval (Lowering.bits_layout c) v (Lowering.value_form c (N.to_nat (number (keys p n) (KElem e)))).
Definition onehots (p : program) (word : list nat) : list bool := concat (map (Banks.onehot (vocab p)) word).

Section Family.
Variable p : program.
Hypothesis OK : program_ok p.
Notation sat := (stage_at p).

(** ** One solution *)
Lemma operand_ext n word v v' e o : solves p n word v -> solves p n word v' -> (et e < n)%nat ->
  (forall o, present p o -> (et o < n)%nat -> earlier o e -> v o = v' o) ->
  operand_ok p e o -> operand_val v o = operand_val v' o.
Proof.
  intros S S' Hn H (P & E & _). unfold operand_val. rewrite (H (oe o)); auto. destruct E as [E|[E _]]; lia.
Qed.
Theorem solution_unique n word v v' : solves p n word v -> solves p n word v' ->
  forall e, present p e -> (et e < n)%nat -> v e = v' e.
Proof.
  intros V V'. set (K := S (length (stages p))).
  assert (G : forall m e, (et e * K + es e < m)%nat -> present p e -> (et e < n)%nat -> v e = v' e);
    [|intros e; apply (G (S (et e * K + es e))); lia].
  induction m as [|m IH]; intros e Hm P Hn; [lia|].
  assert (R : forall o, present p o -> (et o < n)%nat -> earlier o e -> v o = v' o).
  { intros o Po Ho E. apply IH; auto. pose proof (proj1 (proj1 (present_cells p o) Po)) as L.
    destruct E as [E|[-> E]]; [|lia]. assert (et o * K + K <= et e * K)%nat by nia. unfold K in *. lia. }
  destruct (present_stage p e P) as (st & E & Es). rewrite (V e st P Hn E), (V' e st P Hn E).
  destruct (element_of p OK e st E P) as [_ G]. unfold element_ok in G.
  assert (F : forall terms, Forall (fun t : Z * operand => operand_ok p e (snd t)) terms ->
    forall c, form_val v c terms = form_val v' c terms).
  { intros terms F c. unfold form_val. f_equal. induction F as [|t r Ht _ IHr]; [auto|]. cbn [Levels.zsum].
    rewrite IHr, (operand_ext n word v v' e); auto. }
  destruct (sbody st) as [tab|c terms|c terms th vals|fs]; cbn [body_val]; [auto| | |].
  - apply F. exact (weaken _ _ _ G).
  - f_equal. apply F. exact (weaken _ _ _ G).
  - f_equal. apply map_ext_in. intros o Ho. rewrite Forall_forall in G. destruct (G o Ho) as [(Q & E' & _) _].
    apply R; auto. destruct E' as [E'|[E' _]]; cbn [oe] in E'; lia.
Qed.

(** ** Depth *)
Definition key_rank (k : key) : nat :=
  match k with KToken _ => 0%nat | KSum e => pred (rank (sat (es e))) | KElem e => rank (sat (es e)) end.
Definition node_rank (n i : nat) : nat :=
  match nth_error (keys p n) i with Some k => key_rank k | None => 0%nat end.
Lemma node_rank_of n k : In k (keys p n) -> node_rank n (N.to_nat (number (keys p n) k)) = key_rank k.
Proof. intros H. unfold node_rank, number. rewrite Nat2N.id, (pos_nth key_dec k _ H). auto. Qed.
Lemma rank_of_stage s : rank_of p s = match nth_error (stages p) s with Some _ => rank (sat s) | None => 0%nat end.
Proof. unfold rank_of. destruct (nth_error (stages p) s) as [st|] eqn:E; [|auto]. rewrite (sat_eq p s st E). auto.
  Qed.
Lemma operand_rank n k e o : In k (keys p n) -> present p e -> operand_ok p e o -> incl (before p (et e) (es e))
  (front p k) ->
  (node_rank n (N.to_nat (vnode (operand_view p (keys p n) o))) <= rank_of p (es (oe o)))%nat.
Proof.
  intros Hk P O I. pose proof (operand_front p e o P O) as F. destruct (front_prefix p n k Hk) as [r Er].
  assert (Q : In (operand_key p (oe o)) (keys p n)) by (rewrite Er; apply in_app_iff; left; apply I; exact F).
  unfold operand_key in Q. destruct O as (_ & _ & st & E & _). rewrite rank_of_stage, E.
  unfold operand_view. destruct (is_token (sat (es (oe o)))); cbn [vnode]; rewrite node_rank_of by auto;
    cbn [key_rank]; lia.
Qed.
Lemma family_ranked n : Lowering.ranked (circuit_of p n) (node_rank n).
Proof.
  intros i d Hi. unfold circuit_of, unrolled in Hi. cbn [anodes] in Hi. rewrite nth_error_map in Hi.
  destruct (nth_error (keys p n) i) as [k|] eqn:Ei; [|discriminate]. injection Hi as <-.
  assert (Hk : In k (keys p n)) by (eapply nth_error_In; eauto).
  assert (Ri : node_rank n i = key_rank k) by (unfold node_rank; rewrite Ei; auto).
  pose proof Hk as Ek. apply in_keys in Ek as [Hn Ek].
  assert (F : forall e terms B, present p e -> incl (before p (et e) (es e)) (front p k) ->
    Forall (fun t => operand_ok p e (snd t) /\ (rank_of p (es (oe (snd t))) <= B)%nat) terms ->
    Forall (fun t => (node_rank n (N.to_nat (vnode (snd t))) <= B)%nat) (views p (keys p n) terms)).
  { intros e terms B P I F. unfold views. rewrite Forall_map. eapply Forall_impl; [|exact F]. cbn [snd].
    intros t [O L]. etransitivity; [apply (operand_rank n k e); auto|auto]. }
  destruct k as [t|e|e]; cbn [node_of exists_key key_rank] in *; [auto| |].
  - destruct Ek as [P S]. destruct (present_stage p e P) as (st & E & Es).
    destruct (element_of p OK e st E P) as [_ G].
    rewrite Es in *. unfold element_ok in G. destruct (sbody st) as [|c terms|c terms th vals|]; try (constructor;
      fail).
    rewrite Ri. eapply F; [exact P|apply incl_refl|]. eapply Forall_impl; [|exact G]. cbn beta. intros t [O L].
      split; [auto|lia].
  - destruct Ek as [P T]. destruct (present_stage p e P) as (st & E & Es).
    destruct (element_of p OK e st E P) as [_ G].
    assert (I : incl (before p (et e) (es e)) (front p (KElem e))) by (cbn [front]; intros x Hx; apply in_app_iff;
      auto).
    rewrite Es in *. unfold element_ok in G. destruct (sbody st) as [tab|c terms|c terms th vals|fs] eqn:B;
      [constructor| | |].
    + rewrite Ri. eapply F; eauto.
    + rewrite Ri. assert (Hs : In (KSum e) (keys p n)).
      { apply in_keys. cbn [key_at fst exists_key]. unfold is_step. rewrite Es, B. auto. }
      rewrite (node_rank_of n _ Hs). cbn [key_rank]. rewrite Es.
      destruct (element_of p OK e st E P) as [G' _]. unfold stage_ok in G'. rewrite B in G'. lia.
    + rewrite Ri. rewrite Forall_map. eapply Forall_impl; [|exact G]. cbn beta. intros o [(Q & R & st' & E' & _) L].
      eapply Nat.le_lt_trans; [|exact L]. apply (operand_rank n (KElem e) e (Op o false)); auto.
      split; [auto|]. split; [auto|]. exists st'. split; [auto|discriminate].
Qed.

(** ** The family *)
Definition values_ok (n : nat) (v : elem -> Z) (bits : list bool) : Prop :=
  (forall e, present p e -> (et e < n)%nat -> is_token (sat (es e)) = false -> form_over_gates p n e bits = v e) /\
  (forall e c terms th vals, present p e -> (et e < n)%nat -> sbody (sat (es e)) = Step c terms th vals ->
     forall k, (k < length th)%nat ->
     Circuit.val bits (gate_of p n e + k) = (nth k th 0 <=? form_val v (c e) (terms e))).

Theorem family K : (forall st, In st (stages p) -> (rank st <= K)%nat) ->
  forall n word, length word = n -> Forall (fun t => (t < vocab p)%nat) word ->
  let x := onehots p word in
  wf (length x) (gates p n) /\ depth_le (length x) (gates p n) K /\
  consistent (gates p n) x (eval (gates p n) x) /\
  (exists v, solves p n word v) /\
  forall v, solves p n word v -> values_ok n v (eval (gates p n) x).
Proof.
  intros HK n word L V x. pose proof (circuit_wf p OK n) as W. pose proof (word_valid p n word L V) as Vw.
  assert (Ex : x = concat (Validate.encode (circuit_of p n) word)).
  { unfold x, onehots, Validate.encode. f_equal. unfold circuit_of, unrolled. cbn [anodes].
    rewrite levels_of_keys, <- L. clear.
    induction word as [|t w IH]; [auto|]. cbn [length repeat combine map fst snd]. rewrite Nat2N.id, IH. auto. }
  destruct (Lowering.lowering_correct (circuit_of p n) word (node_rank n) K W Vw (family_ranked n))
    as (C1 & C2 & C3 & C4 & C5 & C6).
  { intros i Hi. unfold node_rank. destruct (nth_error (keys p n) i) as [k|] eqn:E; [|lia].
    apply nth_error_In, in_keys in E as [_ E]. destruct k as [t|e|e]; cbn [key_rank exists_key] in *; [lia| |];
      destruct E as [P _]; destruct (present_stage p e P) as (st & E & Es); rewrite Es;
      pose proof (HK st (nth_error_In _ _ E)); lia. }
  rewrite <- Ex in *. split; [exact C2|]. split; [exact C4|]. split; [apply eval_consistent; exact C2|].
  pose proof (program_values p OK n word) as PV. split; [eauto|]. intros v Hv.
  assert (EV : forall e, present p e -> (et e < n)%nat -> env_val p n word e = v e) by (intros;
    apply (solution_unique n word); auto).
  split.
  - intros e P Hn T. rewrite <- EV by auto. unfold form_over_gates, env_val.
    assert (Hk : In (KElem e) (keys p n)) by (apply in_keys; cbn [key_at fst exists_key]; auto).
    rewrite (C6 _ _ (number_node p n _ Hk)).
    + rewrite N2Nat.id. unfold is_token in T. destruct (sbody (sat (es e))); try discriminate; auto.
    + cbn [node_of]. unfold is_token in T. destruct (sbody (sat (es e))); try discriminate; auto.
  - intros e c terms th vals P Hn B k Hk0.
    assert (Hk : In (KElem e) (keys p n)).
    { apply in_keys; cbn [key_at fst exists_key]. unfold is_token. rewrite B. auto. }
    pose proof (number_node p n _ Hk) as Nn. cbn [node_of] in Nn. rewrite B in Nn. unfold gate_of.
    rewrite (C5 _ _ _ _ _ _ Nn) by lia. rewrite N2Nat.id.
    destruct (present_stage p e P) as (st & E & Es). destruct (element_of p OK e st E P) as [G1 G2].
    rewrite Es in B. unfold stage_ok in G1. unfold element_ok in G2. rewrite B in G1, G2.
      destruct G1 as (G1 & G3 & _).
    assert (Ls : (es e < length (stages p))%nat) by (apply nth_error_Some; congruence).
    destruct (key_cell p OK n word (KElem e) Hk) as (tok & -> & _). cbn [node_of]. rewrite Es, B.
      cbn [node_cell level aenv].
    assert (Hs : In (KSum e) (keys p n)).
    { apply in_keys; cbn [key_at fst exists_key]. unfold is_step. rewrite Es, B. auto. }
    destruct (key_cell p OK n word (KSum e) Hs) as (tok2 & -> & _). cbn [node_of]. rewrite Es, B.
      cbn [node_cell value aenv].
    rewrite !table_content by (eapply step_tables; [exact Ls|rewrite Es; exact B|simpl; auto]). cbn [content].
      rewrite Es, B.
    rewrite Sound.slice0, Nat2N.id, firstn_all. rewrite (form_value p OK n word e) by (auto; exact (weaken _ _ _ G2)).
    replace (form_val (env_val p n word) (c e) (terms e)) with (form_val v (c e) (terms e)).
    + symmetry. rewrite Sound.reached_count. apply Levels.count_nth; [apply Sound.ascend_sorted; auto|auto].
    + unfold form_val. f_equal. clear -G2 EV Hn. induction G2 as [|t r [Ht _] _ IH]; [auto|]. cbn [Levels.zsum].
      rewrite IH. f_equal.
      unfold operand_val. destruct Ht as (Q & R & _). rewrite EV; auto. destruct R as [R|[R _]]; lia.
Qed.
End Family.

(** ** Prefixes: the circuit for length m is the beginning of the circuit for length n *)
Theorem circuit_prefix p m n : program_ok p -> (m <= n)%nat ->
  exists r, anodes (circuit_of p n) = anodes (circuit_of p m) ++ r.
Proof.
  intros OK L. assert (E : exists q, keys p n = keys p m ++ q).
  { unfold keys. replace n with (m + (n - m))%nat by lia. rewrite seq_app, flat_map_app. eauto. }
  destruct E as [q E]. exists (map (node_of p (keys p n)) q). unfold circuit_of, unrolled. cbn [anodes].
  rewrite E at 2. rewrite map_app. f_equal. apply map_ext_in. intros k Hk.
  assert (Num : forall r, In r (front p k) -> number (keys p n) r = number (keys p m) r).
  { intros r Hr. unfold number. rewrite E, pos_app; [auto|]. destruct (front_prefix p m k Hk) as [r' ->].
    apply in_app_iff. auto. }
  pose proof Hk as Ek. apply in_keys in Ek as [_ Ek].
  assert (O : forall e o, present p e -> operand_ok p e o -> incl (before p (et e) (es e)) (front p k) ->
    operand_view p (keys p n) o = operand_view p (keys p m) o).
  { intros e o P Ho I. pose proof (I _ (operand_front p e o P Ho)) as F. unfold operand_key in F. unfold operand_view.
    destruct (is_token (stage_at p (es (oe o)))); rewrite (Num _ F); auto. }
  assert (V : forall e terms, present p e -> incl (before p (et e) (es e)) (front p k) ->
    Forall (fun t : Z * operand => operand_ok p e (snd t)) terms -> views p (keys p n) terms = views p (keys p m)
      terms).
  { intros e terms P I F. unfold views. apply map_ext_in. intros t Ht. rewrite Forall_forall in F.
    rewrite (O e) by auto. auto. }
  destruct k as [t|e|e]; cbn [exists_key] in Ek; [auto| |]; destruct Ek as [P T];
    destruct (present_stage p e P) as (st & Es & Ss); destruct (element_of p OK e st Es P) as [_ G];
    unfold element_ok in G; cbn [node_of]; rewrite Ss in *.
  - destruct (sbody st) as [tab|c terms|c terms th vals|fs]; auto.
    rewrite (V e) by (auto using incl_refl; exact (weaken _ _ _ G)). auto.
  - assert (I : incl (before p (et e) (es e)) (front p (KElem e))) by (intros x Hx; apply in_app_iff; auto).
    destruct (sbody st) as [tab|c terms|c terms th vals|fs] eqn:B; auto.
    + rewrite (V e) by (auto; exact (weaken _ _ _ G)). auto.
    + rewrite (Num (KSum e)); [auto|]. cbn [front]. apply in_app_iff. right. unfold sum_keys, is_step. rewrite Ss, B.
      apply in_map. apply present_cells in P. rewrite Ss in P. apply P.
    + f_equal. apply map_ext_in. intros o Ho. rewrite Forall_forall in G.
      destruct (G o Ho) as [(Q & R & st' & E' & _) _].
      apply (O e); auto. split; [auto|]. split; [auto|]. exists st'. split; [auto|discriminate].
Qed.

(** ** Size *)
(** A poly is a·2^p/unit + Σ powers_i·p^i, in the form of compile.Polynomial. *)
Record poly := Poly { pexp : Z; powers : list Z }.
Definition peval (l : list Z) (x : Z) : Z := fold_right (fun c r => c + x * r) 0 l.
Fixpoint padd (a b : list Z) : list Z :=
  match a, b with [], _ => b | _, [] => a | x :: a', y :: b' => (x + y) :: padd a' b' end.
(** the product with p + extra *)
Definition over (e : Z) (l : list Z) : list Z := padd (map (Z.mul e) l) (0 :: l).
Definition plus (a b : poly) : poly := Poly (pexp a + pexp b) (padd (powers a) (powers b)).
Definition times (k : Z) (a : poly) : poly := Poly (k * pexp a) (map (Z.mul k) (powers a)).

(** unit times a poly's value, E for 2^p and X for p *)
Definition value (unit E X : Z) (a : poly) : Z := pexp a * E + unit * peval (powers a) X.

(** bits multiplied over every set of at least two factors whose other factors all have an offset *)
Definition product_poly (fs : list law) : list Z :=
  fold_right padd [] (map (fun q => if (fst q =? 0) || Nat.ltb (length (snd q)) 2 then []
    else fold_right (fun f l => over (extra f) l) [1] (snd q))
    (Lowering.sets (fun f => if offset f then 1 else 0) fs)).

Section Bound.
Variable p : program.
Notation sat := (stage_at p).
Definition stage_poly (st : stage) : poly :=
  match sbody st with
  | Step _ _ _ _ => Poly (codes (slaw st)) [spare (slaw st)]
  | Product fs => Poly 0 (product_poly (map (fun f => slaw (sat (fst f))) fs))
  | _ => Poly 0 []
  end.
(** gates of the elements at a position, or at a pair of positions *)
Definition bound (of_pairs : bool) : poly :=
  fold_right plus (Poly 0 []) (map (fun st => times (Z.of_nat (rows st * cols st)) (stage_poly st))
    (filter (fun st => Bool.eqb (pair st) of_pairs) (stages p))).
End Bound.

(** The laws hold for the tables of a program: [codes] and [spare] bound every step's thresholds,
    [extra] and [offset] the bits and the least value of every factor of a product. *)
Definition fits_values (P : Z) (l : law) (vals : list Z) : Prop :=
  Z.of_nat (Lowering.width vals) <= P + extra l /\ (offset l = false -> Validate.minZ vals = 0).
Definition fits (unit : Z) (prec : nat) (p : program) : Prop :=
  forall st, In st (stages p) ->
  match sbody st with
  | Step _ _ th _ => unit * Z.of_nat (length th) <= codes (slaw st) * 2 ^ Z.of_nat prec + unit * spare (slaw st)
  | Product fs => Forall (fun f => let g := stage_at p (fst f) in
      match sbody g with
      | Step _ _ _ vals => fits_values (Z.of_nat prec) (slaw g) vals
      | Token table => forall a, (a < rows g)%nat -> fits_values (Z.of_nat prec) (slaw g) (table a)
      | _ => True
      end) fs
  | _ => True
  end.

Lemma peval_add a x : forall b, peval (padd a b) x = peval a x + peval b x.
Proof. unfold peval. induction a as [|c a IH]; intros [|d b]; cbn [padd fold_right]; try lia. rewrite IH. ring. Qed.
Lemma peval_times k l x : peval (map (Z.mul k) l) x = k * peval l x.
Proof. unfold peval. induction l as [|c l IH]; cbn [map fold_right]; [lia|]. rewrite IH. ring. Qed.
Lemma peval_over e l x : peval (over e l) x = (x + e) * peval l x.
Proof. unfold over. rewrite peval_add, peval_times. unfold peval. cbn [fold_right]. ring. Qed.

Lemma Forall2_map {X Y X' Y'} (R : X' -> Y' -> Prop) (f : X -> X') (g : Y -> Y') a b :
  Forall2 (fun x y => R (f x) (g y)) a b -> Forall2 R (map f a) (map g b).
Proof. induction 1; simpl; constructor; auto. Qed.
Lemma Forall2_impl {X Y} (R Q : X -> Y -> Prop) a b : (forall x y, R x y -> Q x y) -> Forall2 R a b -> Forall2 Q a b.
Proof. induction 2; constructor; auto. Qed.

Lemma value_plus u e x a b : value u e x (plus a b) = value u e x a + value u e x b.
Proof. unfold value, plus. cbn [pexp powers]. rewrite peval_add. ring. Qed.
Lemma value_times u e x k a : value u e x (times k a) = k * value u e x a.
Proof. unfold value, times. cbn [pexp powers]. rewrite peval_times. ring. Qed.

(** a product's gates are at most what its factors' bits and offsets say *)
Definition within (x : Z) (f : Z * nat) (l : law) : Prop := Z.of_nat (snd f)
  <= x + extra l /\ (offset l = false -> fst f = 0).
Lemma product_gates_le x fs ls : Forall2 (within x) fs ls -> Z.of_nat (Lowering.product_gates fs)
  <= peval (product_poly ls) x.
Proof.
  intros F. unfold Lowering.product_gates, product_poly.
  set (lo := fun f : law => if offset f then 1 else 0).
  assert (G : Forall2 (fun a b => Forall2 (within x) (snd a) (snd b) /\ (fst b = 0 -> fst a = 0) /\ 0 <= fst b)
    (Lowering.sets fst fs) (Lowering.sets lo ls)).
  { induction F as [|f l fs ls [Hw Ho] _ IH]; cbn [Lowering.sets].
    - constructor; [|constructor]. cbn [fst snd]. split; [constructor|]. split; [auto|lia].
    - apply Forall2_app; apply Forall2_map; (eapply Forall2_impl; [|exact IH]); intros a b (H1 & H2 & H3);
      cbn [fst snd].
      + split; [constructor; [split; auto|auto]|]. auto.
      + split; [auto|]. unfold lo. destruct (offset l); [lia|]. rewrite (Ho eq_refl). lia. }
  clear F. induction G as [|a b A B (H1 & H2 & H3) _ IH]; [simpl; lia|].
  cbn [map list_sum fold_right]. rewrite peval_add. change (fold_right Nat.add 0%nat) with list_sum.
  rewrite Nat2Z.inj_add. apply Z.add_le_mono; [|exact IH]. clear IH.
  pose proof (Levels.Forall2_len _ _ _ H1) as L. rewrite L.
  assert (Q : 0 <= Z.of_nat (fold_right (fun f p => (snd f * p)%nat) 1%nat (snd a)) <=
              peval (fold_right (fun f l => over (extra f) l) [1] (snd b)) x).
  { clear L H2 H3. induction H1 as [|f l fs' ls' [Hw _] _ IH]; [unfold peval; cbn [fold_right]; lia|].
    cbn [fold_right]. rewrite peval_over, Nat2Z.inj_mul.
    destruct IH. split; [apply Z.mul_nonneg_nonneg; lia|apply Z.mul_le_mono_nonneg; lia]. }
  destruct (Z.eqb_spec (fst b) 0) as [Eb|Eb]; cbn [orb].
  - rewrite (H2 Eb). simpl. lia.
  - destruct (Nat.ltb (length (snd b)) 2); [rewrite orb_true_r; simpl; lia|]. rewrite orb_false_r.
    destruct (fst a =? 0); [|lia]. simpl. lia.
Qed.

Lemma nth_seq (l : list Z) : map (fun k => nth k l 0) (seq 0 (length l)) = l.
Proof.
  assert (G : forall l pre, map (fun k => nth k (pre ++ l) 0) (seq (length pre) (length l)) = l).
  { clear. induction l as [|x l IH]; intros pre; [auto|]. cbn [length seq map]. f_equal.
    - rewrite nth_middle. auto.
    - specialize (IH (pre ++ [x])). rewrite app_length, <- app_assoc in IH. cbn [length app] in IH.
      rewrite Nat.add_1_r in IH. exact IH. }
  exact (G l []).
Qed.
(** sums over keys *)
Notation zsum := Levels.zsum.
Lemma zsum_flat {X Y} (f : Y -> Z) (g : X -> list Y) l : zsum f (flat_map g l) = zsum (fun x => zsum f (g x)) l.
Proof. induction l as [|x l IH]; simpl; [auto|]. rewrite Levels.zsum_app, IH. auto. Qed.
Lemma zsum_le {X} (f g : X -> Z) l : (forall x, In x l -> f x <= g x) -> zsum f l <= zsum g l.
Proof.
  induction l as [|x l IH]; simpl; intros H; [lia|]. pose proof (H x (or_introl eq_refl)).
  pose proof (IH (fun y Hy => H y (or_intror Hy))). lia.
Qed.
Lemma zsum_const {X} (c : Z) (l : list X) : zsum (fun _ => c) l = Z.of_nat (length l) * c.
Proof. induction l as [|x l IH]; cbn [zsum length]; [lia|]. rewrite IH. lia. Qed.
Lemma list_sum_zsum {X} (f : X -> nat) l : Z.of_nat (list_sum (map f l)) = zsum (fun x => Z.of_nat (f x)) l.
Proof. induction l as [|x l IH]; [auto|]. cbn [map list_sum fold_right zsum]. rewrite Nat2Z.inj_add.
  unfold list_sum in IH. rewrite IH. auto. Qed.
Lemma flat_const {X Y} (g : X -> list Y) k l : (forall x, length (g x) = k) -> length (flat_map g l)
  = (length l * k)%nat.
Proof. intros H. induction l as [|x l IH]; simpl; [auto|]. rewrite app_length, H, IH. auto. Qed.
Lemma cells_length s t st : length (cells s t st) = (rows st * (cols st * if pair st then t else 1))%nat.
Proof.
  unfold cells. rewrite (flat_const _ (cols st * if pair st then t else 1)%nat), seq_length; [auto|]. intros a.
  rewrite (flat_const _ (if pair st then t else 1)%nat), seq_length; [auto|]. intros b. rewrite map_length.
  destruct (pair st); [apply seq_length|auto].
Qed.
Lemma triangle n : 2 * zsum (fun t => Z.of_nat t) (seq 0 n) = Z.of_nat n * (Z.of_nat n - 1).
Proof. induction n as [|n IH]; [auto|]. rewrite seq_S, Levels.zsum_app. cbn [zsum plus]. lia. Qed.

Section Size.
Variable p : program.
Hypothesis OK : program_ok p.
Variables (unit : Z) (prec : nat).
Hypothesis Upos : 0 < unit.
Hypothesis FITS : fits unit prec p.
Notation sat := (stage_at p).
Notation X := (Z.of_nat prec).
Notation scaled := (value unit (2 ^ X) X).

Section Length.
Variable n : nat.
Notation C := (circuit_of p n).
Notation gates_at k := (Lowering.node_gates (atables C) (anodes C) (node_of p (keys p n) k)).

Lemma product_factor e fs f : present p e -> (et e < n)%nat -> sbody (sat (es e)) = Product fs -> In f fs ->
  within X (let l := Lowering.view_values (atables C) (anodes C) (operand_view p (keys p n) (Op (on (fst f) (snd f e))
    false)) in
            (Validate.minZ l, Lowering.width l)) (slaw (sat (fst f))).
Proof.
  intros P Hn B Hf. destruct (present_stage p e P) as (st & E & Es). destruct (element_of p OK e st E P) as [_ G].
  unfold element_ok in G. rewrite Es in B. rewrite B in G. rewrite Forall_forall in G.
  set (o := on (fst f) (snd f e)) in *.
  assert (Io : In o (factors_at fs e)) by (unfold factors_at; apply in_map_iff; exists f; auto).
  destruct (G o Io) as [(Q & R & st' & E' & K) _]. cbn [oe osq] in *.
  assert (Ht : (et o < n)%nat) by (destruct R as [R|[R _]]; lia).
  assert (Eo : es o = fst f) by reflexivity. rewrite Eo in E'. specialize (K eq_refl).
  pose proof (sat_eq p _ _ E') as Es'. pose proof (FITS st (nth_error_In _ _ E)) as F. rewrite B in F.
  rewrite Forall_forall in F. specialize (F f Hf). cbv zeta in F. rewrite Es' in F.
  destruct (element_of p OK o st' ltac:(rewrite Eo; exact E') Q) as [S' G'].
  assert (Ls : (fst f < length (stages p))%nat) by (apply nth_error_Some; congruence).
  unfold operand_view. cbn [oe osq]. rewrite Eo, Es'. unfold Lowering.view_values.
  unfold stage_ok in S'. unfold element_ok in G'. unfold present in Q. rewrite Eo, E' in Q.
  destruct (sbody st') as [tab|c terms|c terms th vals|fs'] eqn:B'; unfold is_token, is_step in *; rewrite B' in *;
    try discriminate.
  - pose proof (number_node p n (KToken (et o)) ltac:(apply in_keys; simpl; auto)) as Nn. cbn [vnode vtable].
    rewrite (nth_error_nth _ _ _ Nn). cbn [node_of Lowering.node_values].
    rewrite table_content by (apply (in_tables p (fst f)); [auto|]; unfold stage_tables; rewrite Es', B';
      apply in_flat_map; exists (ea o); split; [apply in_seq; lia|simpl; auto]).
    cbn [content]. rewrite Es', B'. rewrite Nat2N.id, <- G', nth_seq. apply F. lia.
  - pose proof (number_node p n (KElem o)) as Nn. cbn [vnode vtable]. rewrite (nth_error_nth _ _ _ (Nn ltac:(apply
    in_keys; cbn [key_at fst exists_key]; unfold is_token; rewrite Eo, Es', B'; unfold present; rewrite Eo, E';
      auto))).
    cbn [node_of]. rewrite Eo, Es', B'. cbn [Lowering.node_values].
    rewrite !table_content by (eapply step_tables; [exact Ls|rewrite Es'; exact B'|simpl; auto]). cbn [content].
      rewrite Es', B'.
    rewrite skipN_spec. cbn [skipn N.to_nat]. rewrite Nat2N.id. destruct S' as (_ & <- & _). rewrite nth_seq. exact F.
Qed.

Lemma elem_gates e : present p e -> (et e < n)%nat ->
  unit * Z.of_nat (gates_at (KElem e)) <= scaled (stage_poly p (sat (es e))).
Proof.
  intros P Hn. destruct (present_stage p e P) as (st & E & Es). pose proof (FITS st (nth_error_In _ _ E)) as F.
  cbn [node_of]. unfold stage_poly, value. rewrite Es. destruct (sbody st) as [tab|c terms|c terms th vals|fs] eqn:B;
    cbn [Lowering.node_gates pexp powers peval fold_right]; try lia.
  pose proof (product_gates_le X (map (fun o => let l := Lowering.view_values (atables C) (anodes C)
    (operand_view p (keys p n) (Op o false)) in
    (Validate.minZ l, Lowering.width l)) (factors_at fs e)) (map (fun f => slaw (sat (fst f))) fs)) as G.
  rewrite map_map, Z.mul_0_l, Z.add_0_l. apply Z.mul_le_mono_nonneg_l; [lia|].
  apply G. unfold factors_at. rewrite map_map. apply Forall2_map.
  assert (I : forall f, In f fs -> In f fs) by auto. revert I. generalize fs at 1 3 4. intros l I.
  induction l as [|f l IH]; constructor; [|apply IH; intros; apply I; right; auto].
  apply (product_factor e fs); auto; [rewrite Es; auto|apply I; left; auto].
Qed.
Definition cells_of (t : nat) (st : stage) : Z := Z.of_nat (rows st * (cols st * if pair st then t else 1)).
Lemma stage_gates t s : (s < length (stages p))%nat -> (t < n)%nat ->
  unit * zsum (fun k => Z.of_nat (gates_at k)) (stage_keys p t s) <= cells_of t (sat s)
    * scaled (stage_poly p (sat s)).
Proof.
  intros Hs Ht. unfold stage_keys. rewrite Levels.zsum_app.
  assert (S : zsum (fun k => Z.of_nat (gates_at k)) (sum_keys p s t) = 0).
  { unfold sum_keys. destruct (is_step (sat s)); [|auto]. rewrite Levels.zsum_map.
    rewrite <- (Z.mul_0_r (Z.of_nat (length (cells s t (sat s))))), <- zsum_const.
    apply Levels.zsum_ext. intros e. cbn [node_of]. destruct (sbody (sat (es e))); auto. }
  rewrite S, Z.add_0_l. unfold elem_keys. destruct (is_token (sat s)) eqn:T.
  - unfold is_token in T. unfold stage_poly. destruct (sbody (sat s)); try discriminate. unfold value.
    cbn [pexp powers peval fold_right]. simpl zsum. lia.
  - rewrite Levels.zsum_map, <- Levels.zsum_scale. unfold cells_of. rewrite <- (cells_length s t), <- zsum_const.
    apply zsum_le. intros e He. pose proof (proj1 (in_cells e s t (sat s)) He) as (<- & <- & _).
    apply elem_gates; [apply present_cells; auto|auto].
Qed.
Lemma position_gates t : (t < n)%nat ->
  unit * zsum (fun k => Z.of_nat (gates_at k)) (position_keys p t) <=
  scaled (bound p false) + Z.of_nat t * scaled (bound p true).
Proof.
  intros Ht. unfold position_keys. cbn [zsum node_of Lowering.node_gates].
    rewrite Z.add_0_l, zsum_flat, <- Levels.zsum_scale.
  etransitivity; [apply (zsum_le _ (fun s => cells_of t (sat s) * scaled (stage_poly p (sat s))));
    intros s Hs; apply in_seq in Hs; apply stage_gates; lia|].
  assert (E : map sat (seq 0 (length (stages p))) = stages p).
  { unfold stage_at. generalize (Stage 0 0 false 0 (Law 0 0 0 false) (Token (fun _ => []))) as d. intros d.
    assert (G : forall l pre, map (fun s => nth s (pre ++ l) d) (seq (length pre) (length l)) = l).
    { clear. induction l as [|x l IH]; intros pre; [auto|]. cbn [length seq map].
      f_equal; [rewrite nth_middle; auto|].
      specialize (IH (pre ++ [x])). rewrite app_length, <- app_assoc in IH. cbn [length app] in IH.
        rewrite Nat.add_1_r in IH. exact IH. }
    exact (G (stages p) []). }
  rewrite <- (Levels.zsum_map (fun st => cells_of t st * scaled (stage_poly p st)) sat), E.
  unfold bound. apply Z.eq_le_incl. clear E. induction (stages p) as [|st l IH]; [unfold value; simpl; ring|].
  cbn [zsum filter]. rewrite IH. unfold cells_of. destruct (pair st); cbn [Bool.eqb map fold_right];
    rewrite value_plus, value_times; [rewrite !Nat2Z.inj_mul|rewrite Nat.mul_1_r]; ring.
Qed.
End Length.

Lemma nodes_map {Y} (f : node -> Y) n :
  map f (anodes (circuit_of p n)) = map (fun k => f (node_of p (keys p n) k)) (keys p n).
Proof. apply (map_map (node_of p (keys p n)) f). Qed.
(** at most n·P + n(n-1)/2·Q gates: P and Q over [unit] *)
Theorem family_size n : let N := Z.of_nat n in
  unit * (2 * Z.of_nat (size (gates p n))) <= 2 * N * scaled (bound p false) + N * (N - 1) * scaled (bound p true).
Proof.
  intros N. unfold N. clear N.
  assert (Sz : size (gates p n) = Lowering.ac_gates (circuit_of p n)) by apply Levels.lower_size.
  rewrite Sz, (Lowering.ac_gates_sum _ (circuit_wf p OK n)), nodes_map, list_sum_zsum.
  change (keys p n) with (flat_map (position_keys p) (seq 0 n)) at 2. rewrite zsum_flat.
  assert (G : unit * zsum (fun t => zsum (fun k => Z.of_nat (Lowering.node_gates (atables (circuit_of p n))
    (anodes (circuit_of p n)) (node_of p (keys p n) k)))
    (position_keys p t)) (seq 0 n) <= zsum (fun t => scaled (bound p false) + Z.of_nat t * scaled (bound p true))
      (seq 0 n)).
  { rewrite <- Levels.zsum_scale. apply zsum_le. intros t Ht. apply in_seq in Ht. apply position_gates. lia. }
  assert (T : zsum (fun t => scaled (bound p false) + Z.of_nat t * scaled (bound p true)) (seq 0 n) =
    Z.of_nat n * scaled (bound p false) + zsum (fun t => Z.of_nat t) (seq 0 n) * scaled (bound p true)).
  { rewrite <- (seq_length n 0) at 2. generalize (seq 0 n) as l. induction l as [|t l IH]; cbn [zsum length];
    [lia|]. rewrite IH. lia. }
  rewrite T in G. pose proof (triangle n) as Tr. nia.
Qed.
End Size.

(** ** Logarithmic precision *)
Definition nonneg (st : stage) : Prop := 0 <= codes (slaw st) /\ 0 <= spare (slaw st) /\ 0 <= extra (slaw st).
Definition poly_nonneg (a : poly) : Prop := 0 <= pexp a /\ Forall (fun c => 0 <= c) (powers a).
Lemma padd_nonneg a : forall b, Forall (fun c => 0 <= c) a -> Forall (fun c => 0 <= c) b -> Forall (fun c => 0 <= c)
  (padd a b).
Proof.
  induction a as [|x a IH]; intros [|y b] A B; cbn [padd]; auto. inversion A; inversion B; subst.
    constructor; [lia|auto].
Qed.
Lemma mul_nonneg k l : 0 <= k -> Forall (fun c => 0 <= c) l -> Forall (fun c => 0 <= c) (map (Z.mul k) l).
Proof. intros K F. rewrite Forall_map. eapply Forall_impl; [|exact F]. cbn beta. intros; lia. Qed.
Lemma product_nonneg fs : Forall (fun f => 0 <= extra f) fs -> Forall (fun c => 0 <= c) (product_poly fs).
Proof.
  intros F. unfold product_poly.
  assert (G : forall q, In q (Lowering.sets (fun f => if offset f then 1 else 0) fs) ->
    Forall (fun c => 0 <= c) (fold_right (fun f l => over (extra f) l) [1] (snd q))).
  { intros q Hq. assert (I : forall f, In f (snd q) -> 0 <= extra f).
    { intros f Hf. rewrite Forall_forall in F. apply F. eapply Lowering.sets_in; eauto. }
    clear Hq. induction (snd q) as [|f l IH]; cbn [fold_right]; [repeat constructor; lia|].
    unfold over. apply padd_nonneg; [apply mul_nonneg|constructor; [lia|]]; auto using in_eq, in_cons. }
  induction (Lowering.sets _ fs) as [|q l IH]; cbn [map fold_right]; [constructor|].
  apply padd_nonneg; [|apply IH; intros; apply G; right; auto]. destruct (_ || _); [constructor|]. apply G. left.
    auto.
Qed.
Lemma bound_nonneg p of_pairs : Forall nonneg (stages p) -> poly_nonneg (bound p of_pairs).
Proof.
  intros F. unfold bound. assert (L : forall s, nonneg (stage_at p s)).
  { intros s. unfold stage_at. destruct (nth_in_or_default s (stages p) (Stage 0 0 false 0 (Law 0 0 0 false)
    (Token (fun _ => [])))) as [I|E].
    - rewrite Forall_forall in F. auto.
    - rewrite E. unfold nonneg. simpl. lia. }
  assert (S : forall st, nonneg st -> poly_nonneg (stage_poly p st)).
  { intros st (A & B & C). unfold stage_poly. destruct (sbody st); split; cbn [pexp powers]; try lia;
    try constructor; auto.
    apply product_nonneg. rewrite Forall_map. apply Forall_forall. intros f _. apply L. }
  induction F as [|st l Hst _ IH]; cbn [filter]; [split; [simpl; lia|constructor]|].
  destruct (Bool.eqb (pair st) of_pairs); [|exact IH]. cbn [map fold_right]. destruct IH as [A B].
    destruct (S st Hst) as [C D].
  split; cbn [plus times pexp powers]; [apply Z.add_nonneg_nonneg; [apply Z.mul_nonneg_nonneg; lia|auto]|].
  apply padd_nonneg; [apply mul_nonneg; [lia|auto]|auto].
Qed.
Lemma value_log U k a n : (0 < n)%nat -> 0 < U -> poly_nonneg a ->
  let P := Z.of_nat (k * Nat.log2 n) in
  value U (2 ^ P) P a <= value U (Z.of_nat n ^ Z.of_nat k) (Z.of_nat k * Z.of_nat n) a.
Proof.
  intros Hn HU [He Hp] P. unfold value. apply Z.add_le_mono.
  - apply Z.mul_le_mono_nonneg_l; [auto|]. pose proof (Scan.log_precision n k Hn) as L.
    apply inj_le in L. rewrite !Nat2Z.inj_pow in L. exact L.
  - apply Z.mul_le_mono_nonneg_l; [lia|].
    assert (G : (Nat.log2 n <= n)%nat) by (apply Nat.lt_le_incl, Nat.log2_lt_lin; auto).
    assert (B : 0 <= P <= Z.of_nat k * Z.of_nat n).
    { unfold P. rewrite Nat2Z.inj_mul. split; [lia|]. apply Z.mul_le_mono_nonneg_l; lia. }
    revert B. generalize P (Z.of_nat k * Z.of_nat n). intros x y B. unfold peval.
    enough (0 <= fold_right (fun c r => c + x * r) 0 (powers a) <= fold_right (fun c r => c + y * r) 0 (powers a))
      by tauto.
    induction Hp as [|c l Hc _ IH]; cbn [fold_right]; [lia|]. destruct IH.
    split; [apply Z.add_nonneg_nonneg; [auto|apply Z.mul_nonneg_nonneg;
      lia]|apply Z.add_le_mono_l, Z.mul_le_mono_nonneg; lia].
Qed.
(** at p = k·log2 n bits, n^k bounds 2^p and k·n bounds p: a polynomial in n *)
Theorem family_poly p U k n : program_ok p -> Forall nonneg (stages p)
  -> (0 < n)%nat -> 0 < U -> fits U (k * Nat.log2 n) p ->
  let N := Z.of_nat n in
  let most := value U (N ^ Z.of_nat k) (Z.of_nat k * N) in
  U * (2 * Z.of_nat (size (gates p n))) <= 2 * N * most (bound p false) + N * (N - 1) * most (bound p true).
Proof.
  intros O F Hn HU Hf N most. pose proof (family_size p O U _ HU Hf n) as S. cbv zeta in S.
  pose proof (value_log U k (bound p false) n Hn HU (bound_nonneg p false F)).
  pose proof (value_log U k (bound p true) n Hn HU (bound_nonneg p true F)). unfold most, N.
  etransitivity; [exact S|]. apply Z.add_le_mono; (apply Z.mul_le_mono_nonneg_l; [|assumption]); [lia|].
  apply Z.mul_nonneg_nonneg; lia.
Qed.

Print Assumptions family_poly.
Print Assumptions solution_unique.
Print Assumptions family.
Print Assumptions circuit_prefix.
Print Assumptions family_size.
