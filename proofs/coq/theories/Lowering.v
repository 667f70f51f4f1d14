(** A lowering of the arithmetic circuits of Arith.v (the format model.ac) to threshold gates,
    one digit a step: a token is one variable a level, a step is a variable of Levels.v, a
    product is one gate for each choice of one bit of each factor above its least value, for
    every set of at least two factors whose other factors' least values are not 0.
    States, for every well-formed circuit and every word: the gates of a step are the
    thermometer of its level, every other value is a form over gates, the number of gates is
    [ac_gates], and a rank of the nodes bounds the depth ([lowering_correct]).  Axiom-free. *)
Require Import ZArith NArith List Bool Lia Sorted.
From TC0 Require Import Circuit Arith.
From TC0 Require Validate Sound Flat.
From TC0 Require Import Levels Conj Scan.
Import ListNotations.
Open Scope Z_scope.

(** ** What a node is in terms of variables *)
Inductive repr :=
| RToken (first width : nat)             (* an input: a variable of one bit for each token *)
| RForm (f : form)
| RStep (v levels : nat) (vals : list Z).

(** a table of a node's level, as terms *)
Definition read (r : repr) (g : list Z) : list term :=
  match r with
  | RToken b w => map (fun k => ((b + k)%nat, [0; nth k g 0])) (seq 0 w)
  | RForm _ => []
  | RStep v _ _ => [(v, g)]
  end.
Definition levels (r : repr) : nat :=
  match r with RToken _ w => w | RForm _ => 0%nat | RStep _ n _ => n end.
Definition repr_at (rs : list repr) (n : N) : repr := nth (N.to_nat n) rs (RForm (Form 0 [])).

Section Tables.
Variable ts : nmap (list Z).

Definition table_of (r : repr) (t : option N) : list Z :=
  match t with
  | Some t => tableof ts t
  | None => match r with RStep _ _ vals => vals | _ => [] end
  end.
Definition view_form (rs : list repr) (v : view) : form :=
  match repr_at rs (vnode v) with
  | RForm f => f
  | r => Form 0 (read r (table_of r (vtable v)))
  end.

Definition scale (c : Z) (f : form) : form :=
  Form (c * fconst f) (map (fun t => (fst t, map (Z.mul c) (snd t))) (fterms f)).
Definition fplus (f g : form) : form := Form (fconst f + fconst g) (fterms f ++ fterms g).
Definition linear (rs : list repr) (c : Z) (terms : list (Z * view)) : form :=
  fold_right (fun t f => fplus (scale (fst t) (view_form rs (snd t))) f) (Form c []) terms.

(** ** Products *)
(** a factor: its least value, its bits above it, its values above the least by level *)
Record factor := Factor { least : Z; wide : nat; above : list Z; var : repr }.
Definition values_of (r : repr) (t : option N) : list Z :=
  map (fun l => nth l (table_of r t) 0) (seq 0 (levels r)).
Definition width (vals : list Z) : nat := Z.to_nat (Z.log2_up (Validate.maxZ vals - Validate.minZ vals + 1)).
Definition factor_of (rs : list repr) (v : view) : factor :=
  let r := repr_at rs (vnode v) in
  let vals := values_of r (vtable v) in
  Factor (Validate.minZ vals) (width vals) (map (fun x => x - Validate.minZ vals) vals) r.

(** sets of factors, with the product of the least values of the factors outside *)
Fixpoint sets {X} (lo : X -> Z) (fs : list X) : list (Z * list X) :=
  match fs with
  | [] => [(1, [])]
  | f :: r => map (fun q => (fst q, f :: snd q)) (sets lo r) ++ map (fun q => (lo f * fst q, snd q)) (sets lo r)
  end.
Definition unit_bits (w : nat) : Conj.factor := Conj.Factor 0 [] w.
Definition picks (ws : list nat) : list (list nat) := choices (map unit_bits ws).
Fixpoint bits_of (fs : list factor) (ix : list nat) : list term :=
  match fs, ix with
  | f :: r, i :: q => read (var f) (map (zbit i) (above f)) ++ bits_of r q
  | _, _ => []
  end.
Definition and_step (fs : list factor) (ix : list nat) : step :=
  Step (Form 0 (bits_of fs ix)) [Z.of_nat (length fs)].

(** the gates of one set, from variable n on, and its share of the product *)
Definition part (n : nat) (q : Z * list factor) : ir * form :=
  if fst q =? 0 then ([], Form 0 []) else
  match snd q with
  | [] => ([], Form (fst q) [])
  | [f] => ([], scale (fst q) (Form 0 (read (var f) (above f))))
  | fs => (map (and_step fs) (picks (map wide fs)),
           scale (fst q) (Form 0 (conj_terms n (picks (map wide fs)))))
  end.
Fixpoint parts (n : nat) (qs : list (Z * list factor)) : ir * form :=
  match qs with
  | [] => ([], Form 0 [])
  | q :: r => let (p, f) := part n q in
              let (p', g) := parts (n + length p) r in (p ++ p', fplus f g)
  end.

(** ** Circuits *)
Record lstate := LState { next_input : nat; variables : nat; reprs : list repr; steps : ir }.
Definition lower_node (s : lstate) (d : node) : lstate :=
  let add inputs p r := LState (next_input s + inputs) (variables s + length p) (reprs s ++ [r]) (steps s ++ p) in
  match d with
  | AInput n => add (N.to_nat n) [] (RToken (next_input s) (N.to_nat n))
  | AForm c terms => add 0%nat [] (RForm (linear (reprs s) c terms))
  | AStep f th val off n =>
      let th := slice (tableof ts th) off n in
      add 0%nat [Step (view_form (reprs s) (View f None)) th]
          (RStep (variables s) (S (length th)) (skipN off (tableof ts val)))
  | AProduct vs =>
      let (p, f) := parts (variables s) (sets least (map (factor_of (reprs s)) vs)) in
      add 0%nat p (RForm f)
  end.
End Tables.

Definition input_bits (c : acircuit) : nat := list_sum (map N.to_nat (input_levels (anodes c))).
Definition lowered (c : acircuit) : lstate :=
  fold_left (lower_node (atables c)) (anodes c) (LState 0 (input_bits c) [] []).
Definition inputs_of (c : acircuit) : list nat := repeat 1%nat (input_bits c).
Definition gates_of (c : acircuit) : circuit := lower_ir (inputs_of c) (steps (lowered c)).
Definition ac_gates (c : acircuit) : nat := nthrs (steps (lowered c)).

(** the wire of the first gate of step i *)
Definition first_gate (c : acircuit) (i : nat) : nat :=
  match nth i (reprs (lowered c)) (RForm (Form 0 [])) with
  | RStep v _ _ => fst (nth v (layout_ir (inputs_of c) (steps (lowered c))) (0, 0)%nat)
  | _ => 0%nat
  end.

(** a rank that does not shrink from what a node reads to the node, and grows where the node
    has gates *)
Definition ranked (c : acircuit) (rank : nat -> nat) : Prop :=
  forall i d, nth_error (anodes c) i = Some d ->
  match d with
  | AInput _ => True
  | AForm _ terms => Forall (fun t => (rank (N.to_nat (vnode (snd t))) <= rank i)%nat) terms
  | AStep f _ _ _ _ => (rank (N.to_nat f) < rank i)%nat
  | AProduct vs => Forall (fun v => (rank (N.to_nat (vnode v)) < rank i)%nat) vs
  end.

(** ** Values over variables: levels A at depths D *)
Definition reads (A D : list nat) (m : nat) (f : form) (x : Z) : Prop :=
  reads_at D m f /\ fval A f = x.
Definition stands (A D : list nat) (m : nat) (r : repr) (c : cell) : Prop :=
  match r with
  | RToken b w => (level c < w)%nat /\ forall k, (k < w)%nat ->
      (b + k < length D)%nat /\ lev A (b + k) = Nat.b2n (Nat.eqb (level c) k) /\ (nth (b + k) D 0 <= m)%nat
  | RForm f => reads A D m f (value c)
  | RStep v n vals => (v < length D)%nat /\ lev A v = level c /\ (level c < n)%nat /\
      (nth v D 0 <= m)%nat /\ value c = nth (level c) vals 0
  end.

Lemma reads_wf A D m f x : length D = length A -> reads A D m f x -> form_wf (length A) f.
Proof. intros H [R _]. unfold form_wf. rewrite <- H. eapply Forall_impl; [|exact R]. simpl; tauto. Qed.
Lemma reads_more A D m f x t u : length D = length A -> reads A D m f x -> reads (A ++ t) (D ++ u) m f x.
Proof.
  intros H R. pose proof (reads_wf _ _ _ _ _ H R) as W. destruct R as [R E]. split; [apply reads_at_app; auto|].
  rewrite fval_app by auto. auto.
Qed.
Lemma reads_le A D m m' f x : (m <= m')%nat -> reads A D m f x -> reads A D m' f x.
Proof. intros H [R E]. split; [|auto]. eapply Forall_impl; [|exact R]. simpl. intros t [? ?]; split; [auto|lia]. Qed.
Lemma stands_more A D m r c t u : length D = length A -> stands A D m r c -> stands (A ++ t) (D ++ u) m r c.
Proof.
  intros H. destruct r as [b w|f|v n vals]; simpl.
  - intros [L K]. split; [auto|]. intros k Hk. destruct (K k Hk) as (P & Q & R).
    rewrite app_length, lev_app, app_nth1 by lia. repeat split; auto; lia.
  - apply reads_more; auto.
  - intros (P & Q & R & S & T). rewrite app_length, lev_app, app_nth1 by lia. repeat split; auto; lia.
Qed.

Lemma reads_plus A D m f g x y : reads A D m f x -> reads A D m g y -> reads A D m (fplus f g) (x + y).
Proof.
  intros [P <-] [Q <-]. split; [apply Forall_app; auto|]. unfold fval, fplus. cbn [fconst fterms].
  rewrite tsum_app. lia.
Qed.
Lemma reads_scale A D m f x c : reads A D m f x -> reads A D m (scale c f) (c * x).
Proof.
  intros [P <-]. split.
  - unfold reads_at, scale. cbn [fterms]. rewrite Forall_map. exact P.
  - unfold fval, scale. cbn [fconst fterms]. rewrite Z.mul_add_distr_l. f_equal. clear.
    induction (fterms f) as [|t r IH]; cbn [map tsum fst snd]; [lia|]. rewrite IH, tab_times. lia.
Qed.
Lemma reads_const A D m c : reads A D m (Form c []) c.
Proof. split; [constructor|]. unfold fval; simpl; lia. Qed.

Lemma token_sum A b g l : forall w k0, (forall k, (k < w)%nat -> lev A (b + (k0 + k))
  = Nat.b2n (Nat.eqb l (k0 + k))) ->
  tsum A (map (fun k => ((b + k)%nat, [0; nth k g 0])) (seq k0 w)) =
  if Nat.leb k0 l && Nat.ltb l (k0 + w) then nth l g 0 else 0.
Proof.
  induction w as [|w IH]; intros k0 H.
  - simpl. destruct (Nat.leb_spec k0 l); simpl; [|auto]. destruct (Nat.ltb_spec l (k0 + 0)); [lia|auto].
  - cbn [seq map tsum fst snd]. rewrite IH.
    2:{ intros k Hk. specialize (H (S k) ltac:(lia)). replace (S k0 + k)%nat with (k0 + S k)%nat by lia. exact H. }
    specialize (H 0%nat ltac:(lia)). rewrite Nat.add_0_r in H. rewrite H. unfold tab.
    destruct (Nat.eqb_spec l k0) as [->|N]; cbn [Nat.b2n nth].
    + destruct (Nat.leb_spec (S k0) k0); [lia|]. cbn [andb].
      destruct (Nat.leb_spec k0 k0); [|lia]. destruct (Nat.ltb_spec k0 (k0 + S w)); [|lia]. simpl; lia.
    + destruct (Nat.leb_spec (S k0) l), (Nat.leb_spec k0 l); try lia; simpl; auto.
      replace (k0 + S w)%nat with (S (k0 + w))%nat by lia. auto.
Qed.

(** a table of a node's level *)
Lemma read_ok A D m r c g : stands A D m r c -> (forall f, r <> RForm f) ->
  reads A D m (Form 0 (read r g)) (nth (level c) g 0).
Proof.
  intros H N. destruct r as [b w|f|v n vals]; [|destruct (N f); auto|].
  - destruct H as [L K]. split.
    + unfold reads_at. cbn [fterms read]. rewrite Forall_map. apply Forall_forall. intros k Hk.
      apply in_seq in Hk. cbn [fst]. destruct (K k) as (P & _ & R); [lia|]. auto.
    + unfold fval. cbn [fconst fterms read].
      rewrite (token_sum A b g (level c) w 0) by (intros k Hk; apply K; lia).
      simpl. replace (Nat.ltb (level c) w) with true; [lia|]. symmetry. apply Nat.ltb_lt. auto.
  - destruct H as (P & Q & R & S & T). split.
    + repeat constructor; auto.
    + unfold fval, tab. cbn [fconst fterms tsum read fst snd]. unfold tab. rewrite Q. lia.
Qed.

(** *** Products *)
Definition factor_ok (A D : list nat) (m : nat) (f : factor) (c : cell) : Prop :=
  stands A D m (var f) c /\ (forall g, var f <> RForm g) /\ 0 <= nth (level c) (above f) 0 < 2 ^ Z.of_nat (wide f).
Definition over (f : factor) (c : cell) : Z := nth (level c) (above f) 0.

Lemma factor_more A D m f c t u : length D = length A -> factor_ok A D m f c -> factor_ok (A ++ t) (D ++ u) m f c.
Proof. intros H (P & Q & R). split; [apply stands_more; auto|auto]. Qed.

Fixpoint bit_total (fs : list factor) (cs : list cell) (ix : list nat) : Z :=
  match fs, cs, ix with
  | f :: r, c :: cr, i :: q => zbit i (over f c) + bit_total r cr q
  | _, _, _ => 0
  end.
Lemma bits_reads A D m fs cs : Forall2 (factor_ok A D m) fs cs -> forall ix,
  reads A D m (Form 0 (bits_of fs ix)) (bit_total fs cs ix).
Proof.
  induction 1 as [|f c fs cs (P & Q & _) _ IH]; intros [|i ix]; try apply reads_const.
  cbn [bits_of bit_total]. specialize (IH ix).
  pose proof (read_ok A D m (var f) c (map (zbit i) (above f)) P Q) as R.
  pose proof (reads_plus _ _ _ _ _ _ _ R IH) as S. unfold fplus in S. cbn [fconst fterms] in S.
    rewrite Z.add_0_l in S.
  replace (zbit i (over f c)) with (nth (level c) (map (zbit i) (above f)) 0); [exact S|].
  change (tab (map (zbit i) (above f)) (level c) = zbit i (over f c)). rewrite tab_zbit. auto.
Qed.

(** the conjunctions of Conj.v over given values *)
Definition known (f : factor) (c : cell) : Conj.factor := Conj.Factor 0 [over f c] (wide f).
Lemma picks_known fs cs : length fs = length cs ->
  picks (map wide fs) = choices (map (fun q => known (fst q) (snd q)) (combine fs cs)).
Proof.
  unfold picks. revert cs. induction fs as [|f fs IH]; intros [|c cs] H; simpl in *; try discriminate; auto.
  rewrite IH with (cs := cs) by lia. auto.
Qed.
Lemma total_known fs : forall cs ix, length fs = length cs ->
  bit_total fs cs ix = bit_sum [0%nat] (map (fun q => known (fst q) (snd q)) (combine fs cs)) ix.
Proof.
  induction fs as [|f fs IH]; intros [|c cs] [|i ix] H; simpl in *; try discriminate; auto.
  rewrite IH by lia. auto.
Qed.
Definition product_over (fs : list factor) (cs : list cell) : Z := zprod (map (fun q => over (fst q) (snd q))
  (combine fs cs)).
Lemma picks_sum A D m fs cs : Forall2 (factor_ok A D m) fs cs ->
  zsum (fun ix => 2 ^ Z.of_nat (list_sum ix) * b2z (Z.of_nat (length fs) <=? bit_total fs cs ix))
    (picks (map wide fs))
  = product_over fs cs.
Proof.
  intros H. pose proof (Forall2_len _ _ _ H) as L. rewrite (picks_known fs cs L).
  set (ks := map (fun q => known (fst q) (snd q)) (combine fs cs)).
  assert (K : Forall (Conj.fok [0%nat]) ks).
  { unfold ks. clear L. induction H as [|f c fs cs (_ & _ & R) _ IH]; simpl; constructor; auto.
    split; simpl; [lia|exact R]. }
  assert (E : length ks = length fs) by (unfold ks; rewrite map_length, combine_length; lia).
  rewrite <- E. erewrite zsum_ext; [rewrite (conj_sum [0%nat] ks K)|].
  - unfold product_over, ks. rewrite map_map. auto.
  - intros ix. cbv beta. unfold ks. rewrite total_known by auto. auto.
Qed.

(** levels and depths after more steps *)
Definition ran (A D : list nat) (p : ir) (A' D' : list nat) : Prop :=
  aeval p A = A' /\ adepths p D = D' /\ exists t u, A' = A ++ t /\ D' = D ++ u /\ length t = length p /\ length u =
    length p.
Lemma ran_length A D p A' D' : length D = length A -> ran A D p A' D' -> length D' = length A' /\ length A' =
  (length A + length p)%nat.
Proof. intros H (_ & _ & t & u & -> & -> & P & Q). rewrite !app_length. lia. Qed.
Lemma ran_app A D p A' D' q A'' D'' : ran A D p A' D' -> ran A' D' q A'' D'' -> ran A D (p ++ q) A'' D''.
Proof.
  intros (E & F & t & u & -> & -> & P & Q) (E' & F' & t' & u' & -> & -> & P' & Q'). split; [|split].
  - rewrite aeval_app, E. auto.
  - rewrite adepths_app, F. auto.
  - exists (t ++ t'), (u ++ u'). rewrite !app_length, !app_assoc. auto.
Qed.
Lemma ran_nil A D : ran A D [] A D.
Proof. split; [auto|split; [auto|]]. exists [], []. rewrite !app_nil_r. auto. Qed.

(** steps that read values of depth at most m only *)
Lemma ran_layer A D m p : length D = length A -> Forall (fun s => reads_at D m (sform s)) p ->
  Forall (fun s => Sorted Z.le (sthrs s)) p ->
  exists A' D', ran A D p A' D' /\ wf_ir (length A) p /\ A' = A ++ map (slevel A) p /\
    forall k, (length A <= k < length A')%nat -> (nth k D' 0 <= S m)%nat.
Proof.
  intros H R S. assert (W : Forall (fun s => form_wf (length A) (sform s)) p).
  { eapply Forall_impl; [|exact R]. intros s Hs. unfold form_wf. rewrite <- H. eapply Forall_impl; [|exact Hs].
    simpl; tauto. }
  destruct (adepths_layer p D m R) as (u & E & L & F).
  exists (A ++ map (slevel A) p), (D ++ u). split; [|split; [|split; [auto|]]].
  - split; [apply aeval_layer; auto|]. split; [auto|]. exists (map (slevel A) p), u. rewrite map_length. auto.
  - apply wf_layer. rewrite Forall_forall in *. intros s Hs. auto.
  - rewrite app_length, map_length. intros k Hk. rewrite app_nth2 by lia. rewrite Forall_forall in F.
    apply F, nth_In. lia.
Qed.

Lemma and_level A D m fs cs ix : length D = length A -> Forall2 (factor_ok A D m) fs cs ->
  slevel A (and_step fs ix) = Nat.b2n (Z.of_nat (length fs) <=? bit_total fs cs ix).
Proof.
  intros H F. unfold slevel, and_step, count. cbn [sform sthrs filter].
  destruct (bits_reads A D m fs cs F ix) as [_ ->]. destruct (_ <=? _); auto.
Qed.

Lemma bank_ok A D m fs cs c : length D = length A -> Forall2 (factor_ok A D m) fs cs ->
  let p := map (and_step fs) (picks (map wide fs)) in
  exists A' D', ran A D p A' D' /\ wf_ir (length A) p /\
    (forall k, (length A <= k < length A')%nat -> (nth k D' 0 <= S m)%nat) /\
    reads A' D' (S m) (scale c (Form 0 (conj_terms (length A) (picks (map wide fs))))) (c * product_over fs cs).
Proof.
  intros H F p. destruct (ran_layer A D m p H) as (A' & D' & R & W & E & L).
  - unfold p. rewrite Forall_map. apply Forall_forall. intros ix _. apply (bits_reads A D m fs cs F ix).
  - unfold p. rewrite Forall_map. apply Forall_forall. intros ix _. repeat constructor.
  - exists A', D'. split; [auto|]. split; [auto|]. split; [auto|]. apply reads_scale.
    destruct (ran_length _ _ _ _ _ H R) as [LD LA]. split.
    + unfold reads_at. cbn [fterms]. rewrite LD.
      assert (G : forall l n, Forall (fun t => (n <= fst t < n + length l)%nat) (conj_terms n l)).
      { clear. induction l as [|ix l IH]; intros n; simpl; constructor; simpl; [lia|].
        eapply Forall_impl; [|apply (IH (S n))]. simpl; lia. }
      eapply Forall_impl; [|apply G]. cbn beta. intros t Ht. unfold p in LA. rewrite map_length in LA.
      split; [lia|]. apply L. lia.
    + unfold fval. cbn [fconst fterms]. rewrite Z.add_0_l. rewrite E. unfold p. rewrite map_map.
      erewrite map_ext; [|intros ix; apply (and_level A D m fs cs ix H F)].
      pose proof (conj_terms_sum A (fun ix => Z.of_nat (length fs) <=? bit_total fs cs ix) (picks (map wide fs))
        A [] eq_refl) as T.
      rewrite app_nil_r in T. rewrite T. apply (picks_sum A D m). auto.
Qed.

Definition set_value (q : Z * list (factor * cell)) : Z := fst q * product_over (map fst (snd q)) (map snd (snd q)).
Definition forget (q : Z * list (factor * cell)) : Z * list factor := (fst q, map fst (snd q)).
Lemma part_ok A D m q : length D = length A -> Forall (fun x => factor_ok A D m (fst x) (snd x)) (snd q) ->
  let (p, f) := part (length A) (forget q) in
  exists A' D', ran A D p A' D' /\ wf_ir (length A) p /\
    (forall k, (length A <= k < length A')%nat -> (nth k D' 0 <= S m)%nat) /\ reads A' D' (S m) f (set_value q).
Proof.
  intros H F. unfold part, forget, set_value. cbn [fst snd]. destruct q as [c fcs]. cbn [fst snd] in *.
  assert (T : forall f, reads A D (S m) f (c * product_over (map fst fcs) (map snd fcs)) ->
    exists A' D', ran A D [] A' D' /\ wf_ir (length A) [] /\
    (forall k, (length A <= k < length A')%nat -> (nth k D' 0 <= S m)%nat) /\
    reads A' D' (S m) f (c * product_over (map fst fcs) (map snd fcs))).
  { intros f R. exists A, D. split; [apply ran_nil|]. split; [simpl; auto|]. split; [intros; lia|auto]. }
  destruct (Z.eqb_spec c 0) as [->|Hc].
  - apply T. rewrite Z.mul_0_l. apply reads_const.
  - destruct fcs as [|x [|y r]]; cbn [map] in *.
    + apply T. unfold product_over; simpl. rewrite Z.mul_1_r. apply reads_const.
    + apply T. inversion F as [|? ? (P & Q & _) _]; subst. apply reads_le with m; [lia|]. apply reads_scale.
      unfold product_over; simpl. rewrite Z.mul_1_r. apply read_ok; auto.
    + change (fst x :: fst y :: map fst r) with (map fst (x :: y :: r)) in *.
      change (snd x :: snd y :: map snd r) with (map snd (x :: y :: r)) in *.
      assert (F2 : Forall2 (factor_ok A D m) (map fst (x :: y :: r)) (map snd (x :: y :: r))).
      { clear -F. induction F; simpl; constructor; auto. }
      exact (bank_ok A D m _ _ c H F2).
Qed.
Lemma parts_ok m : forall qs A D, length D = length A ->
  Forall (fun q => Forall (fun x => factor_ok A D m (fst x) (snd x)) (snd q)) qs ->
  let (p, f) := parts (length A) (map forget qs) in
  exists A' D', ran A D p A' D' /\ wf_ir (length A) p /\
    (forall k, (length A <= k < length A')%nat -> (nth k D' 0 <= S m)%nat) /\
    reads A' D' (S m) f (zsum set_value qs).
Proof.
  induction qs as [|q qs IH]; intros A D H F.
  - simpl. exists A, D. split; [apply ran_nil|]. split; [simpl; auto|]. split; [intros; lia|apply reads_const].
  - inversion F as [|? ? F1 F2]; subst. pose proof (part_ok A D m q H F1) as P.
    cbn [map parts]. destruct (part (length A) (forget q)) as [p f].
    destruct P as (A1 & D1 & R1 & W1 & L1 & V1). destruct (ran_length _ _ _ _ _ H R1) as [H1 LA1].
    assert (X1 := R1). destruct X1 as (_ & _ & t & u & Et & Eu & _ & _).
    specialize (IH A1 D1 H1). rewrite LA1 in IH.
    destruct (parts (length A + length p) (map forget qs)) as [p' g].
    destruct IH as (A2 & D2 & R2 & W2 & L2 & V2).
    { eapply Forall_impl; [|exact F2]. intros q' Fq. eapply Forall_impl; [|exact Fq]. intros x Fx.
      rewrite Et, Eu. apply factor_more; auto. }
    destruct (ran_length _ _ _ _ _ H1 R2) as [H2 LA2].
    destruct R2 as (Ea & Ed & t2 & u2 & Et2 & Eu2 & Lt2 & Lu2).
    exists A2, D2. split; [eapply ran_app; [exact R1|]|].
    { split; [auto|]. split; [auto|]. exists t2, u2. auto. }
    split; [apply wf_ir_app; auto|]. split.
    + intros k Hk. destruct (Nat.lt_ge_cases k (length A1)) as [l|l].
      * rewrite Eu2, app_nth1 by lia. apply L1. lia.
      * apply L2. lia.
    + cbn [zsum]. apply reads_plus; [|auto]. rewrite Et2, Eu2. apply reads_more; auto.
Qed.

Lemma sets_expand {X} (lo up : X -> Z) fs :
  zprod (map (fun f => lo f + up f) fs) = zsum (fun q => fst q * zprod (map up (snd q))) (sets lo fs).
Proof.
  induction fs as [|f r IH]; [reflexivity|]. cbn [map zprod fold_right sets].
  fold (zprod (map (fun f => lo f + up f) r)). rewrite IH, zsum_app, !zsum_map.
  set (Q := zsum _ (sets lo r)). transitivity (up f * Q + lo f * Q); [lia|]. unfold Q.
  f_equal; rewrite <- zsum_scale; apply zsum_ext; intros q; cbn [fst snd map zprod fold_right];
    fold (zprod (map up (snd q))); lia.
Qed.
Lemma sets_map {X Y} (h : X -> Y) (lo : Y -> Z) fs :
  sets lo (map h fs) = map (fun q => (fst q, map h (snd q))) (sets (fun x => lo (h x)) fs).
Proof.
  induction fs as [|f r IH]; [reflexivity|]. cbn [map sets]. rewrite IH, map_app, !map_map. auto.
Qed.
Lemma sets_in {X} (lo : X -> Z) fs q : In q (sets lo fs) -> forall x, In x (snd q) -> In x fs.
Proof.
  revert q. induction fs as [|f r IH]; simpl; intros q H x Hx.
  - destruct H as [<-|[]]. auto.
  - apply in_app_iff in H as [H|H]; apply in_map_iff in H as (q' & <- & H); cbn [snd] in Hx.
    + destruct Hx as [->|Hx]; [auto|]. right. eapply IH; eauto.
    + right. eapply IH; eauto.
Qed.

Lemma product_ok m fs cs A D : length D = length A -> Forall2 (factor_ok A D m) fs cs ->
  let (p, f) := parts (length A) (sets least fs) in
  exists A' D', ran A D p A' D' /\ wf_ir (length A) p /\
    (forall k, (length A <= k < length A')%nat -> (nth k D' 0 <= S m)%nat) /\
    reads A' D' (S m) f (zprod (map (fun q => least (fst q) + over (fst q) (snd q)) (combine fs cs))).
Proof.
  intros H F. set (fcs := combine fs cs).
  assert (E : fs = map fst fcs).
  { unfold fcs. clear -F. induction F; simpl; congruence. }
  assert (G : Forall (fun x => factor_ok A D m (fst x) (snd x)) fcs).
  { unfold fcs. clear -F. induction F; simpl; constructor; auto. }
  pose proof (parts_ok m (sets (fun x => least (fst x)) fcs) A D H) as P.
  rewrite E, sets_map. change (fun q : Z * list (factor * cell) => (fst q, map fst (snd q))) with forget.
  destruct (parts (length A) _) as [p f]. rewrite (sets_expand (fun x => least (fst x)) (fun x => over (fst x)
    (snd x))).
  destruct P as (A' & D' & R & W & L & V).
  - apply Forall_forall. intros q Hq. apply Forall_forall. intros x Hx. rewrite Forall_forall in G. apply G.
    eapply sets_in; eauto.
  - exists A', D'. split; [auto|]. split; [auto|]. split; [auto|].
    replace (zsum _ _) with (zsum set_value (sets (fun x => least (fst x)) fcs)); [exact V|].
    apply zsum_ext. intros q. unfold set_value, product_over. do 2 f_equal. clear.
    induction (snd q) as [|[f c] r IH]; simpl; f_equal; auto.
Qed.

(** ** Nodes *)
Definition kind_is (k : kind) (r : repr) : Prop :=
  match k, r with
  | KdInput n, RToken _ w => w = N.to_nat n
  | KdForm, RForm _ | KdProduct, RForm _ => True
  | KdStep n, RStep _ l _ => l = N.to_nat n
  | _, _ => False
  end.

Section Nodes.
Variables (ts : nmap (list Z)) (rank : nat -> nat) (K : nat).
Notation r0 := (RForm (Form 0 [])).
Notation rk n := (rank (N.to_nat n)).

Definition known_at (A D : list nat) (rs : list repr) (e : env) (ks : nmap kind) : Prop :=
  forall n k, nfind ks n = Some k ->
    (N.to_nat n < length rs)%nat /\ kind_is k (repr_at rs n) /\ stands A D (rk n) (repr_at rs n) (at_ e n).

Lemma stands_le A D m m' r c : (m <= m')%nat -> stands A D m r c -> stands A D m' r c.
Proof.
  intros H. destruct r as [b w|f|v n vals]; simpl.
  - intros [L G]. split; [auto|]. intros k Hk. destruct (G k Hk) as (P & Q & R). repeat split; auto; lia.
  - apply reads_le. auto.
  - intros (P & Q & R & S & T). repeat split; auto; lia.
Qed.

Lemma view_ok A D rs e ks v m : known_at A D rs e ks -> view_wf ts ks v = true -> (rk (vnode v) <= m)%nat ->
  reads A D m (view_form ts rs v) (view_val ts e v).
Proof.
  intros H W R. unfold view_wf in W. destruct (nfind ks (vnode v)) as [k|] eqn:E; [|discriminate].
  destruct (H _ _ E) as (_ & I & S). unfold view_form, view_val. destruct (repr_at rs (vnode v)) as [b w|f|x n vals].
  - apply reads_le with (rk (vnode v)); [auto|].
    destruct k as [n| |n|]; try destruct I. destruct (vtable v); [|discriminate]. cbn [table_of].
    apply read_ok; [exact S|discriminate].
  - apply reads_le with (rk (vnode v)); [auto|]. destruct k; try destruct I; destruct (vtable v); try discriminate;
    exact S.
  - apply reads_le with (rk (vnode v)); [auto|]. destruct k as [n'| |n'|]; try destruct I.
    destruct (vtable v); cbn [table_of].
    + apply read_ok; [exact S|discriminate].
    + pose proof S as (_ & _ & _ & _ & ->). apply (read_ok A D _ (RStep x _ vals)); [exact S|discriminate].
Qed.
Lemma linear_ok A D rs e ks m c terms : known_at A D rs e ks ->
  forallb (fun t => view_wf ts ks (snd t)) terms = true ->
  Forall (fun t => (rk (vnode (snd t)) <= m)%nat) terms ->
  reads A D m (linear ts rs c terms) (c + form_sum ts e terms).
Proof.
  intros H W R. induction R as [|t r Ht _ IH]; cbn [linear fold_right form_sum].
  - rewrite Z.add_0_r. apply reads_const.
  - cbn [forallb] in W. apply andb_true_iff in W as [W1 W2]. specialize (IH W2).
    replace (c + (fst t * view_val ts e (snd t) + fold_right (fun t s => fst t * view_val ts e (snd t) + s) 0 r))
      with (fst t * view_val ts e (snd t) + (c + form_sum ts e r)) by (unfold form_sum; lia).
    apply reads_plus; [|exact IH]. apply reads_scale. eapply view_ok; eauto.
Qed.

Lemma width_ok vals k : (k < length vals)%nat ->
  0 <= nth k vals 0 - Validate.minZ vals < 2 ^ Z.of_nat (width vals).
Proof.
  intros H. pose proof (Sound.minZ_le vals k H) as P. pose proof (Sound.maxZ_ge vals k H) as Q.
  split; [lia|]. unfold width. set (d := Validate.maxZ vals - Validate.minZ vals) in *.
  rewrite Z2Nat.id by apply Z.log2_up_nonneg. pose proof (Z.log2_log2_up_spec (d + 1) ltac:(lia)). lia.
Qed.
Definition is_factor (ks : nmap kind) (v : view) : bool :=
  match nfind ks (vnode v) with Some (KdInput _) | Some (KdStep _) => true | _ => false end && view_wf ts ks v.
Lemma factor_view_ok A D rs e ks v m : known_at A D rs e ks -> is_factor ks v = true -> (rk (vnode v) <= m)%nat ->
  factor_ok A D m (factor_of ts rs v) (at_ e (vnode v)) /\
  least (factor_of ts rs v) + over (factor_of ts rs v) (at_ e (vnode v)) = view_val ts e v.
Proof.
  intros H W R. unfold is_factor in W. apply andb_true_iff in W as [W1 W2].
  destruct (nfind ks (vnode v)) as [k|] eqn:E; [|discriminate]. destruct (H _ _ E) as (_ & I & S).
  unfold view_wf in W2. rewrite E in W2.
  set (r := repr_at rs (vnode v)) in *. set (c := at_ e (vnode v)) in *.
  assert (N : forall f, r <> RForm f) by (intros f Hf; rewrite Hf in I; destruct k; try destruct I; discriminate).
  assert (L : (level c < levels r)%nat).
  { destruct r as [b w|f|x n vals]; [apply S|destruct (N f); auto|apply S]. }
  assert (V : nth (level c) (table_of ts r (vtable v)) 0 = view_val ts e v).
  { unfold view_val. fold c. destruct (vtable v) as [t|]; [auto|].
    destruct r as [b w|f|x n vals]; [|destruct (N f); auto|].
    - destruct k; try destruct I. discriminate.
    - simpl. symmetry. apply S. }
  set (vals := values_of ts r (vtable v)).
  assert (LV : length vals = levels r) by (unfold vals, values_of; rewrite map_length, seq_length; auto).
  assert (X : nth (level c) vals 0 = view_val ts e v).
  { unfold vals, values_of. rewrite (nth_map_lt (fun l => nth l (table_of ts r (vtable v)) 0)) with (e := 0%nat)
      by (rewrite seq_length; auto). rewrite seq_nth by auto. auto. }
  assert (U : over (factor_of ts rs v) c = view_val ts e v - Validate.minZ vals).
  { unfold over, factor_of. cbn [above]. fold r. fold vals.
    rewrite (nth_map_lt (fun x => x - Validate.minZ vals)) with (e := 0) by lia. rewrite X. auto. }
  split.
  - split; [|split].
    + unfold factor_of. cbn [var]. fold r. eapply stands_le; [exact R|exact S].
    + exact N.
    + fold c. change (nth (level c) (above (factor_of ts rs v)) 0) with (over (factor_of ts rs v) c).
      rewrite U, <- X. unfold factor_of. cbn [wide]. fold r. fold vals. apply width_ok. lia.
  - rewrite U. unfold factor_of. cbn [least]. fold r. fold vals. lia.
Qed.

(** *** Inputs *)
Fixpoint hots (word : list nat) (ns : list N) : list nat :=
  match word, ns with
  | t :: w, n :: r => map (fun k => Nat.b2n (Nat.eqb t k)) (seq 0 (N.to_nat n)) ++ hots w r
  | _, _ => []
  end.
Definition token_below (t : nat) (n : N) : Prop := (t < N.to_nat n)%nat.

(** *** The invariant *)
Variables (A0 D0 : list nat) (word : list nat).
Hypothesis LD0 : length D0 = length A0.
Hypothesis D0_zero : forall k, nth k D0 0%nat = 0%nat.

Record inv (s : lstate) (st : astate) (ks : nmap kind) (ds : list node) (A D : list nat) : Prop := Inv {
  i_ran : ran A0 D0 (steps s) A D;
  i_wf : wf_ir (length A0) (steps s);
  i_vars : variables s = length A;
  i_next : N.to_nat (anext st) = length (reprs s);
  i_known : known_at A D (reprs s) (aenv st) ks;
  i_all : forall n, (N.to_nat n < length (reprs s))%nat -> exists k, nfind ks n = Some k;
  i_thr : forall i v l vals, nth_error (reprs s) i = Some (RStep v l vals) -> (length A0 <= v)%nat /\
    exists s', nth_error (steps s) (v - length A0) = Some s' /\ S (length (sthrs s')) = l;
  i_depth : forall k, (length A0 <= k < length A)%nat -> (nth k D 0 <= K)%nat;
  i_input : exists pre, A0 = pre ++ hots (skipn (atoken st) word) (input_levels ds) /\ length pre = next_input s;
  i_word : Forall2 token_below (skipn (atoken st) word) (input_levels ds) }.

Lemma at_set e n c m : at_ (nset e n c) m = if N.eq_dec m n then c else at_ e m.
Proof. unfold at_. destruct (N.eq_dec m n) as [->|H]; [apply nget_eq|apply nget_neq; auto]. Qed.

(** a node of a new variable's or form's meaning *)
Lemma known_add A D rs e ks n k r c p A' D' : length D = length A -> ran A D p A' D' ->
  known_at A D rs e ks -> N.to_nat n = length rs -> kind_is k r -> stands A' D' (rk n) r c ->
  known_at A' D' (rs ++ [r]) (nset e n c) (nset ks n k).
Proof.
  intros H (_ & _ & t & u & -> & -> & _) G En I S m k' Hm. rewrite app_length. cbn [length].
  rewrite at_set. unfold repr_at. destruct (N.eq_dec m n) as [->|N0].
  - rewrite nfind_eq in Hm. injection Hm as <-. rewrite En, nth_middle. split; [lia|]. split; [auto|].
    rewrite <- En. auto.
  - rewrite nfind_neq in Hm by auto. destruct (G m k' Hm) as (P & Q & R). rewrite app_nth1 by auto. split; [lia|].
    split; [auto|]. apply stands_more; auto.
Qed.

Lemma all_add rs ks (n : N) (k : kind) (r : repr) : N.to_nat n = length rs ->
  (forall m, (N.to_nat m < length rs)%nat -> exists k, nfind ks m = Some k) ->
  forall m, (N.to_nat m < length (rs ++ [r]))%nat -> exists k', nfind (nset ks n k) m = Some k'.
Proof.
  intros E H m Hm. rewrite app_length in Hm. cbn [length] in Hm. destruct (N.eq_dec m n) as [->|D].
  - rewrite nfind_eq. eauto.
  - rewrite nfind_neq by auto. apply H. enough (N.to_nat m <> N.to_nat n) by lia. intros X. apply D, N2Nat.inj. auto.
Qed.

(** what a node adds *)
Lemma inv_add s st ks d ds A D p r A' D' c :
  inv s st ks (d :: ds) A D -> is_input d = false ->
  ran A D p A' D' -> wf_ir (length A) p -> (forall k, (length A <= k < length A')%nat -> (nth k D' 0 <= K)%nat) ->
  kind_is (kind_of d) r -> stands A' D' (rank (length (reprs s))) r c -> node_cell ts st word d = c ->
  (forall v l vals, r = RStep v l vals -> (length A <= v)%nat /\
     exists s', nth_error p (v - length A) = Some s' /\ S (length (sthrs s')) = l) ->
  inv (LState (next_input s + 0) (variables s + length p) (reprs s ++ [r]) (steps s ++ p))
      (astep ts word st d) (nset ks (anext st) (kind_of d)) ds A' D'.
Proof.
  intros [I1 I2 I3 I4 I5 I6 IT I7 I8 I9] ND R W L Kd S E T.
  destruct (ran_length _ _ _ _ _ LD0 I1) as [LD LA]. destruct (ran_length _ _ _ _ _ LD R) as [LD' LA'].
  assert (IL : input_levels (d :: ds) = input_levels ds) by (destruct d; simpl in *; try discriminate; auto).
  constructor; cbn [steps reprs variables next_input anext aenv atoken astep].
  - eapply ran_app; eauto.
  - apply wf_ir_app; [auto|]. rewrite <- LA. auto.
  - lia.
  - rewrite N2Nat.inj_succ, app_length. simpl. lia.
  - rewrite E. rewrite <- I4 in S. apply (known_add A D) with p; auto.
  - apply all_add; auto.
  - intros i v l vals Hi. destruct (Nat.lt_ge_cases i (length (reprs s))) as [q|q].
    + rewrite nth_error_app1 in Hi by auto. destruct (IT _ _ _ _ Hi) as (P & s' & Q & Q'). split; [auto|].
      exists s'. split; [|auto]. rewrite nth_error_app1; [auto|]. apply nth_error_Some. congruence.
    + rewrite nth_error_app2 in Hi by auto. destruct (i - length (reprs s))%nat as [|j]; [|destruct j; discriminate].
      injection Hi as Hi. destruct (T v l vals Hi) as (P & s' & Q & Q'). split; [lia|]. exists s'. split; [|auto].
      rewrite nth_error_app2 by lia. rewrite <- Q. f_equal. lia.
  - intros k Hk. destruct (Nat.lt_ge_cases k (length A)) as [l|l].
    + destruct R as (_ & _ & t & u & _ & -> & _). rewrite app_nth1 by lia. apply I7. lia.
    + apply L. lia.
  - rewrite ND. destruct I8 as (pre & P & Q). exists pre. rewrite <- IL. split; [auto|lia].
  - rewrite ND, <- IL. auto.
Qed.

Definition rank_ok (i : nat) (d : node) : Prop :=
  match d with
  | AInput _ => True
  | AForm _ terms => Forall (fun t => (rk (vnode (snd t)) <= rank i)%nat) terms
  | AStep f _ _ _ _ => (rk f < rank i)%nat
  | AProduct vs => Forall (fun v => (rk (vnode v) < rank i)%nat) vs
  end.

Lemma skipn_cons {X} (l : list X) n x r : skipn n l = x :: r -> skipn (S n) l = r.
Proof. revert n. induction l as [|y l IH]; intros [|n] H; simpl in *; try discriminate; [congruence|auto]. Qed.

Lemma skipn_head {X} (l : list X) n x r d : skipn n l = x :: r -> nth n l d = x.
Proof. revert n. induction l as [|y l IH]; intros [|n] H; simpl in *; try discriminate; [congruence|auto]. Qed.

Lemma node_ok s st ks d ds A D : inv s st ks (d :: ds) A D -> node_wf ts ks d = true ->
  rank_ok (length (reprs s)) d -> (rank (length (reprs s)) <= K)%nat ->
  exists A' D', inv (lower_node ts s d) (astep ts word st d) (nset ks (anext st) (kind_of d)) ds A' D'.
Proof.
  intros I W R B. destruct d as [n|c terms|f th val off n|vs].
  - (* input *)
    destruct I as [I1 I2 I3 I4 I5 I6 IT I7 I8 I9]. destruct (ran_length _ _ _ _ _ LD0 I1) as [LD LA].
    cbn [input_levels] in *. exists A, D.
    destruct (skipn (atoken st) word) as [|t w] eqn:Es; [inversion I9|].
    inversion I9 as [|? ? ? ? Ht Hw]; subst. destruct I8 as (pre & P & Q). cbn [hots] in P.
    assert (T : nth (atoken st) word 0%nat = t).
    { apply (skipn_head _ _ _ w). auto. }
    constructor; cbn [lower_node steps reprs variables next_input anext aenv atoken astep is_input kind_of node_cell].
    + rewrite app_nil_r. auto.
    + rewrite app_nil_r. auto.
    + simpl. lia.
    + rewrite N2Nat.inj_succ, app_length. simpl. lia.
    + eapply known_add; [exact LD|apply ran_nil|exact I5|exact I4|reflexivity|].
      cbn [stands level]. rewrite T. split; [exact Ht|]. intros k Hk.
      destruct I1 as (_ & _ & tt & uu & -> & -> & _).
      assert (LP : (next_input s + k < length A0)%nat).
      { rewrite P, app_length, app_length, map_length, seq_length. lia. }
      rewrite app_length, lev_app, app_nth1 by lia. rewrite D0_zero. split; [lia|]. split; [|lia].
      unfold lev. rewrite P, app_nth2 by lia. rewrite app_nth1 by (rewrite map_length, seq_length; lia).
      replace (next_input s + k - length pre)%nat with k by lia.
      rewrite (nth_map_lt (fun k => Nat.b2n (Nat.eqb t k))) with (e := 0%nat) by (rewrite seq_length; auto).
      rewrite seq_nth by auto. auto.
    + apply all_add; auto.
    + intros i v l vals Hi. rewrite app_nil_r. apply (IT i v l vals). destruct (Nat.lt_ge_cases i (length (reprs
      s))) as [q|q].
      * rewrite nth_error_app1 in Hi; auto.
      * rewrite nth_error_app2 in Hi by auto. destruct (i - length (reprs s))%nat as [|[|j]]; discriminate.
    + auto.
    + exists (pre ++ map (fun k => Nat.b2n (Nat.eqb t k)) (seq 0 (N.to_nat n))).
      rewrite (skipn_cons word (atoken st) t w Es), <- app_assoc. split; [exact P|].
      rewrite app_length, map_length, seq_length. lia.
    + rewrite (skipn_cons word (atoken st) t w Es). auto.
  - (* form *)
    exists A, D. cbn [lower_node]. pose proof I as [I1 _ _ _ I5 _ _ _ _ _].
      destruct (ran_length _ _ _ _ _ LD0 I1) as [LD LA].
    eapply inv_add; [exact I|reflexivity|apply ran_nil|simpl; auto|intros;
      lia|exact Logic.I| |reflexivity|discriminate].
    cbn [stands node_cell value]. eapply linear_ok; [exact I5|exact W|exact R].
  - (* step *)
    pose proof I as [I1 _ I3 _ I5 _ _ _ _ _]. destruct (ran_length _ _ _ _ _ LD0 I1) as [LD LA].
    cbn [node_wf] in W. rewrite !andb_true_iff in W. destruct W as (((W1 & W2) & W3) & _).
    destruct (nfind ks f) as [k|] eqn:E; [|discriminate]. destruct k; try discriminate.
    assert (V : reads A D (rk f) (view_form ts (reprs s) (View f None)) (value (at_ (aenv st) f))).
    { change (value (at_ (aenv st) f)) with (view_val ts (aenv st) (View f None)).
      eapply view_ok; [exact I5| |simpl; auto]. unfold view_wf. cbn [vnode vtable]. rewrite E. auto. }
    set (thr := slice (tableof ts th) off n) in *.
    destruct (ran_layer A D (rk f) [Step (view_form ts (reprs s) (View f None)) thr] LD)
      as (A' & D' & Rn & Wf & Ea & L).
    { constructor; [|constructor]. apply V. }
    { constructor; [|constructor]. cbn [sthrs]. apply Sound.ascend_sorted. auto. }
    destruct (ran_length _ _ _ _ _ LD Rn) as [LD' LA']. cbn [length] in LA'.
    exists A', D'. cbn [lower_node]. fold thr.
    eapply inv_add; [exact I|reflexivity|exact Rn|exact Wf| | | | |].
    + intros k Hk. etransitivity; [apply L; auto|]. simpl in R. lia.
    + cbn [kind_is kind_of]. apply N.eqb_eq in W2. rewrite lenN_spec in W2. lia.
    + cbn [stands level value]. rewrite I3, LD', LA'. instantiate (1 := Cell _ _). cbn [level value].
      split; [lia|]. split; [|split; [|split; [|reflexivity]]].
      * rewrite Ea. unfold lev. cbn [map]. rewrite nth_middle. reflexivity.
      * apply Nat.lt_succ_r, count_le.
      * etransitivity; [apply L; lia|]. simpl in R. lia.
    + cbn [node_cell]. fold thr. unfold slevel. cbn [sform sthrs]. destruct V as [_ ->]. reflexivity.
    + intros v l vals Hv. injection Hv as <- <- _. split; [lia|]. rewrite I3, Nat.sub_diag. eexists.
      split; reflexivity.
  - (* product *)
    pose proof I as [I1 _ I3 _ I5 _ _ _ _ _]. destruct (ran_length _ _ _ _ _ LD0 I1) as [LD LA].
    cbn [node_wf] in W. rewrite !andb_true_iff in W. destruct W as ((W1 & W2) & W3).
    change (forallb (is_factor ks) vs = true) in W3.
    set (m := Nat.pred (rank (length (reprs s)))).
    assert (F : Forall2 (factor_ok A D m) (map (factor_of ts (reprs s)) vs) (map (fun v => at_ (aenv st) (vnode v))
      vs) /\
      zprod (map (fun q => least (fst q) + over (fst q) (snd q))
         (combine (map (factor_of ts (reprs s)) vs) (map (fun v => at_ (aenv st) (vnode v)) vs)))
           = product ts (aenv st) vs).
    { clear W1 W2 I. cbn [rank_ok] in R. induction R as [|v vs Hv _ IH]; [split; [constructor|reflexivity]|].
      cbn [forallb] in W3. apply andb_true_iff in W3 as [W4 W5]. destruct (IH W5) as [IH1 IH2].
      destruct (factor_view_ok A D _ _ ks v m I5 W4 ltac:(unfold m; lia)) as [P Q]. split; [constructor; auto|].
      cbn [map combine fst snd zprod fold_right product]. rewrite Q. f_equal. exact IH2. }
    destruct F as [F1 F2]. pose proof (product_ok m _ _ A D LD F1) as P. cbn [lower_node]. rewrite I3.
    destruct (parts (length A) (sets least (map (factor_of ts (reprs s)) vs))) as [p f].
    destruct P as (A' & D' & Rn & Wf & L & V).
    assert (Rp : (0 < rank (length (reprs s)))%nat).
    { destruct vs as [|v vs]; [discriminate|]. cbn [rank_ok] in R. inversion R. lia. }
    exists A', D'. rewrite <- I3. eapply inv_add; [exact I|reflexivity|exact Rn|exact Wf| |exact Logic.I|
      |reflexivity|discriminate].
    + intros k Hk. etransitivity; [apply L; auto|]. unfold m. lia.
    + cbn [stands node_cell value]. rewrite <- F2. eapply reads_le; [|exact V]. unfold m. lia.
Qed.
End Nodes.

(** ** All nodes *)
Lemma nodes_ok ts rank K A0 D0 word : length D0 = length A0 -> (forall k, nth k D0 0%nat = 0%nat) ->
  forall ds s st ks A D, inv rank K A0 D0 word s st ks ds A D -> nodes_wf ts ks (anext st) ds = true ->
  (forall i d, nth_error ds i = Some d -> rank_ok rank (length (reprs s) + i) d /\ (rank (length (reprs s) + i)
    <= K)%nat) ->
  exists ks' A' D', inv rank K A0 D0 word (fold_left (lower_node ts) ds s) (arun ts word ds st) ks' [] A' D' /\
    (forall n, (n < anext st)%N -> nfind ks' n = nfind ks n) /\
    forall i d, nth_error ds i = Some d -> nfind ks' (anext st + N.of_nat i)%N = Some (kind_of d).
Proof.
  intros H1 H2. induction ds as [|d ds IH]; intros s st ks A D I W R.
  { exists ks, A, D. split; [auto|]. split; [auto|]. intros [|i] d Hd; discriminate. }
  cbn [nodes_wf] in W. apply andb_true_iff in W as [W1 W2].
  destruct (R 0%nat d eq_refl) as [R1 R2]. rewrite Nat.add_0_r in R1, R2.
  destruct (node_ok ts rank K A0 D0 word H1 H2 s st ks d ds A D I W1 R1 R2) as (A' & D' & I').
  cbn [fold_left]. change (arun ts word (d :: ds) st) with (arun ts word ds (astep ts word st d)).
  destruct (IH (lower_node ts s d) (astep ts word st d) (nset ks (anext st) (kind_of d)) A' D' I' W2)
    as (ks' & A2 & D2 & P & Q & S).
  2:{ exists ks', A2, D2. split; [exact P|]. cbn [astep anext] in Q, S. split.
    - intros n Hn. rewrite Q by lia. apply nfind_neq. lia.
    - intros [|i] d' Hi; [injection Hi as <-|].
      + rewrite N.add_0_r, Q by lia. apply nfind_eq.
      + rewrite <- (S i d' Hi). f_equal. lia. }
  intros i d' Hi. replace (length (reprs (lower_node ts s d)) + i)%nat with (length (reprs s) + S i)%nat; [apply R;
    auto|].
  destruct d; cbn [lower_node reprs]; try (rewrite app_length; simpl; lia).
  destruct (parts _ _). cbn [reprs]. rewrite app_length. simpl. lia.
Qed.

(** one-hot bits are the levels of the inputs' variables *)
Lemma encode_bits bs : Levels.encode (repeat 1%nat (length bs)) (map Nat.b2n bs) = bs.
Proof. induction bs as [|b bs IH]; [auto|]. simpl. rewrite IH. destruct b; auto. Qed.
Lemma hots_onehot word ns : Forall2 token_below word ns ->
  hots word ns = map Nat.b2n (concat (map (fun p => Banks.onehot (N.to_nat (fst p)) (snd p)) (combine ns word))).
Proof.
  induction 1 as [|t n w r _ _ IH]; [auto|]. cbn [hots combine map concat fst snd]. rewrite map_app, IH. f_equal.
  unfold Banks.onehot. rewrite map_map. auto.
Qed.
Lemma hots_length word ns : Forall2 token_below word ns -> length (hots word ns) = list_sum (map N.to_nat ns).
Proof.
  induction 1 as [|t n w r _ _ IH]; [auto|]. cbn [hots map list_sum fold_right].
    rewrite app_length, IH, map_length, seq_length. auto.
Qed.

Lemma layout_of_old p : forall lay n i, (i < length lay)%nat -> nth_error (Levels.layout_of lay n p)
  i = nth_error lay i.
Proof.
  induction p as [|s p IH]; intros lay n i H; [auto|]. cbn [Levels.layout_of].
  rewrite IH by (rewrite app_length; lia). apply nth_error_app1. auto.
Qed.
(** the layout has a bit for each threshold *)
Lemma layout_bits Ls p k s : nth_error p k = Some s ->
  option_map snd (nth_error (layout_ir Ls p) (length Ls + k)) = Some (length (sthrs s)).
Proof.
  unfold layout_ir. intros H. rewrite <- (inlayout_length 0 Ls). generalize (inlayout 0 Ls) as lay.
    generalize (nbits Ls) as n.
  revert k H. induction p as [|s0 p IH]; intros [|k] H n lay; try discriminate; cbn [Levels.layout_of].
  - injection H as ->. rewrite Nat.add_0_r, layout_of_old by (rewrite app_length; simpl; lia).
    rewrite nth_error_app2, Nat.sub_diag by auto. auto.
  - specialize (IH k H (n + length (sthrs s0))%nat (lay ++ [(n, length (sthrs s0))])).
    rewrite app_length in IH. cbn [length] in IH. rewrite <- IH. do 2 f_equal. lia.
Qed.

Section Circuit.
Variables (c : acircuit) (word : list nat) (rank : nat -> nat) (K : nat).
Hypothesis WF : ac_wf c = true.
Hypothesis V : valid_word c word.
Hypothesis R : ranked c rank.
Hypothesis B : forall i, (i < length (anodes c))%nat -> (rank i <= K)%nat.
Notation x := (concat (Validate.encode c word)).
Notation A0 := (hots word (input_levels (anodes c))).

Lemma lowered_inv : exists ks A D,
  inv rank K A0 (repeat 0%nat (input_bits c)) word (lowered c)
      (arun (atables c) word (anodes c) astart) ks [] A D /\
  forall i d, nth_error (anodes c) i = Some d -> nfind ks (N.of_nat i) = Some (kind_of d).
Proof.
  unfold lowered, ac_wf in *. apply andb_true_iff in WF as [W _].
  assert (L : length (repeat 0%nat (input_bits c)) = length A0).
  { rewrite repeat_length. symmetry. apply hots_length. exact V. }
  destruct (nodes_ok (atables c) rank K A0 (repeat 0%nat (input_bits c)) word L (fun k => nth_repeat0 _ k) (anodes c)
    (LState 0 (input_bits c) [] []) astart nempty A0 (repeat 0%nat (input_bits c))) as (ks & A & D & P & _ & Q);
      [|exact W| |].
  3:{ exists ks, A, D. split; [exact P|]. intros i d Hi. apply (Q i d Hi). }
  - constructor; cbn [steps reprs variables next_input astart anext aenv atoken skipn].
    + apply ran_nil.
    + simpl. auto.
    + rewrite <- L, repeat_length. auto.
    + reflexivity.
    + intros n k Hn. rewrite nfind_empty in Hn. discriminate.
    + simpl. intros; lia.
    + intros [|i] v l vals Hi; discriminate.
    + rewrite <- L. intros; lia.
    + exists []. auto.
    + exact V.
  - intros i d Hi. cbn [reprs length]. split.
    + apply (R i d Hi).
    + apply (B i). apply nth_error_Some. rewrite Hi. discriminate.
Qed.

(** The gates of a well-formed circuit.  [first_gate c i + k], for a step i, is the wire of the
    gate that says whether its level is above k; [value_form c i] is a form over the gates. *)
Definition bits_layout (c : acircuit) : layout := layout_ir (inputs_of c) (steps (lowered c)).
Definition value_form (c : acircuit) (i : nat) : form :=
  view_form (atables c) (reprs (lowered c)) (View (N.of_nat i) None).

Theorem lowering_correct :
  length x = input_bits c /\ wf (length x) (gates_of c) /\
  size (gates_of c) = ac_gates c /\ depth_le (length x) (gates_of c) K /\
  (forall i f th val off n, nth_error (anodes c) i = Some (AStep f th val off n) -> forall k, (k < N.to_nat n)%nat ->
     Circuit.val (eval (gates_of c) x) (first_gate c i + k) = Nat.ltb k (level (at_ (Arith.aeval c word)
       (N.of_nat i)))) /\
  (forall i d, nth_error (anodes c) i = Some d -> is_input d = false ->
     lval (bits_layout c) (eval (gates_of c) x) (value_form c i) = value (at_ (Arith.aeval c word) (N.of_nat i))).
Proof.
  assert (H0 : A0 = map Nat.b2n x) by (apply hots_onehot; exact V).
  assert (LX : length x = input_bits c).
  { rewrite <- (map_length Nat.b2n), <- H0. apply hots_length. exact V. }
  destruct lowered_inv as (ks & A & D & [I1 I2 I3 I4 I5 I6 IT I7 _ _] & KS).
  assert (LA0 : length A0 = input_bits c) by (apply hots_length; exact V).
  assert (LI : length (inputs_of c) = input_bits c) by apply repeat_length.
  assert (EX : Levels.encode (inputs_of c) A0 = x).
  { unfold inputs_of. rewrite <- LX, H0. apply encode_bits. }
  assert (NB : nbits (inputs_of c) = input_bits c).
  { rewrite <- LX. unfold inputs_of, nbits. rewrite <- LX. clear. generalize x as l. induction l; simpl; auto. }
  assert (F : Forall2 le A0 (inputs_of c)).
  { unfold inputs_of. rewrite H0, <- LX. clear. generalize x as l. induction l as [|b l IH]; simpl; constructor;
    auto. destruct b; simpl; lia. }
  destruct (ran_length _ _ _ _ _ (eq_trans (repeat_length _ _) (eq_sym LA0)) I1) as [LD LA].
  destruct I1 as (E1 & E2 & _).
  assert (W : wf_ir (length (inputs_of c)) (steps (lowered c))) by (rewrite LI, <- LA0; auto).
  destruct (lower_correct (inputs_of c) (steps (lowered c)) A0 W F) as (_ & C1 & C2).
  fold (gates_of c) in C1, C2. rewrite EX, E1 in C1, C2.
  rewrite LX. split; [auto|]. split; [rewrite <- NB; apply lower_ir_wf|]. split; [apply lower_size|].
  split; [|split].
  - rewrite <- NB. intros j l P. etransitivity; [exact (proj2 (proj2 (lower_depth _ _)) j l P)|].
    unfold ir_depth, ir_depths. rewrite LI, E2. apply maxl_le. apply Forall_forall. intros d Hd.
    apply (In_nth _ _ 0%nat) in Hd as (k & Hk & <-). destruct (Nat.lt_ge_cases k (length A0)) as [Q|Q].
    + rewrite <- E2, adepths_old by (rewrite repeat_length, <- LA0; auto). rewrite nth_repeat0. lia.
    + apply I7. lia.
  - intros i f th val off n Hn k Hk. destruct (I5 _ _ (KS _ _ Hn)) as (P & Q & R').
    unfold first_gate. unfold repr_at in Q, R'. rewrite Nat2N.id in P, Q, R'.
    destruct (nth i (reprs (lowered c)) (RForm (Form 0 []))) as [b w|g|v l vals] eqn:E; [destruct Q|destruct Q|].
    cbn [kind_of kind_is] in Q.
    destruct (IT i v l vals) as (Lv & s' & Es & El); [rewrite <- E; apply nth_error_nth'; auto|].
    destruct R' as (R1 & R2 & R3 & _). fold (Arith.aeval c word) in R2, R3.
    destruct (C1 v) as (b & m & L1 & L2 & _ & L3); [rewrite LI, <- LA0, <- LA, <- LD; auto|].
    assert (Em : m = N.to_nat n).
    { pose proof (layout_bits (inputs_of c) (steps (lowered c)) (v - length A0) s' Es) as X. rewrite LI, <- LA0 in X.
      replace (length A0 + (v - length A0))%nat with v in X by lia. rewrite L1 in X. injection X as X. lia. }
    rewrite (nth_error_nth _ _ _ L1). cbn [fst]. fold (Arith.aeval c word). unfold lev in *. rewrite R2 in L3.
    apply eq_true_iff_eq. rewrite L3 by lia. rewrite Nat.ltb_lt. lia.
  - intros i d Hn Hd. pose proof (KS _ _ Hn) as Hk. destruct (I5 _ _ Hk) as (P & Q & R').
    fold (Arith.aeval c word) in R'.
    assert (RD : reads A D (rank i) (value_form c i) (value (at_ (Arith.aeval c word) (N.of_nat i)))).
    { rewrite Nat2N.id in R'. unfold value_form, view_form. cbn [vnode vtable].
      destruct (repr_at (reprs (lowered c)) (N.of_nat i)) as [b w|g|v l vals] eqn:E; [destruct d; try destruct Q;
        discriminate|exact R'|].
      pose proof R' as (_ & _ & _ & _ & ->). apply (read_ok A D _ (RStep v l vals)); [exact R'|discriminate]. }
    pose proof (reads_wf _ _ _ _ _ LD RD) as X. destruct RD as [_ <-]. apply C2. rewrite LI, <- LA0, <- LA. exact X.
Qed.
End Circuit.

(** ** Size *)
(** gates of a product of factors of given least values and bits *)
Definition product_gates (fs : list (Z * nat)) : nat :=
  list_sum (map (fun q => if (fst q =? 0) || Nat.ltb (length (snd q)) 2 then 0%nat
                          else fold_right (fun f p => (snd f * p)%nat) 1%nat (snd q)) (sets fst fs)).
(** a node's values by level, read through a table or as they are *)
Definition node_values (ts : nmap (list Z)) (d : node) (t : option N) : list Z :=
  let read own n := map (fun l => nth l (match t with Some t => tableof ts t | None => own end) 0) (seq 0 n) in
  match d with
  | AInput n => read [] (N.to_nat n)
  | AStep _ _ val off n => read (skipN off (tableof ts val)) (S (N.to_nat n))
  | _ => []
  end.
Definition view_values (ts : nmap (list Z)) (ds : list node) (v : view) : list Z :=
  node_values ts (nth (N.to_nat (vnode v)) ds (AForm 0 [])) (vtable v).
Definition node_gates (ts : nmap (list Z)) (ds : list node) (d : node) : nat :=
  match d with
  | AStep _ _ _ _ n => N.to_nat n
  | AProduct vs => product_gates (map (fun v => let l := view_values ts ds v in (Validate.minZ l, width l)) vs)
  | _ => 0%nat
  end.

Lemma nthrs_app p q : nthrs (p ++ q) = (nthrs p + nthrs q)%nat.
Proof. unfold nthrs. rewrite map_app, list_sum_app. auto. Qed.
Lemma picks_length ws : length (picks ws) = fold_right Nat.mul 1%nat ws.
Proof.
  unfold picks. rewrite choices_length. induction ws as [|w ws IH]; [auto|]. cbn [map fold_right unit_bits fbits].
    rewrite IH. auto.
Qed.
Lemma part_gates n c fs : nthrs (fst (part n (c, fs))) =
  if (c =? 0) || Nat.ltb (length fs) 2 then 0%nat else fold_right Nat.mul 1%nat (map wide fs).
Proof.
  unfold part. cbn [fst snd]. destruct (c =? 0); [auto|]. destruct fs as [|f [|g r]]; [auto|auto|].
  cbn [fst orb]. replace (Nat.ltb (length (f :: g :: r)) 2) with false by (symmetry; apply Nat.ltb_ge; simpl; lia).
  rewrite <- picks_length. generalize (picks (map wide (f :: g :: r))) as l. intros l.
  unfold nthrs. rewrite map_map. induction l as [|ix l IH]; [auto|]. simpl in *. f_equal. exact IH.
Qed.
Lemma parts_gates qs : forall n, nthrs (fst (parts n qs)) = list_sum (map (fun q =>
  if (fst q =? 0) || Nat.ltb (length (snd q)) 2 then 0%nat else fold_right Nat.mul 1%nat (map wide (snd q))) qs).
Proof.
  induction qs as [|[c fs] qs IH]; intros n; [auto|]. cbn [parts map list_sum fold_right fst snd].
  pose proof (part_gates n c fs) as P. destruct (part n (c, fs)) as [p f]. specialize (IH (n + length p)%nat).
  destruct (parts (n + length p) qs) as [p' g]. cbn [fst] in *. rewrite nthrs_app, P, IH. auto.
Qed.
Lemma product_size fs n : nthrs (fst (parts n (sets least fs))) = product_gates (map (fun f => (least f, wide f)) fs).
Proof.
  rewrite parts_gates. unfold product_gates. rewrite (sets_map (fun f => (least f, wide f)) fst), map_map.
  f_equal. apply map_ext. intros q. cbn [fst snd]. rewrite map_length.
  destruct (_ || _); [auto|]. induction (snd q) as [|f r IH]; [auto|]. cbn [map fold_right snd]. rewrite <- IH. auto.
Qed.

Definition made (ts : nmap (list Z)) (d : node) (r : repr) : Prop := forall t, values_of ts r t = node_values ts d t.
Lemma lower_made ts s ks d : node_wf ts ks d = true ->
  exists r, reprs (lower_node ts s d) = reprs s ++ [r] /\ made ts d r.
Proof.
  intros W. destruct d as [n|c terms|f th val off n|vs]; cbn [lower_node reprs].
  - eexists. split; [reflexivity|]. intros [t|]; reflexivity.
  - eexists. split; [reflexivity|]. intros t. reflexivity.
  - eexists. split; [reflexivity|]. cbn [node_wf] in W. rewrite !andb_true_iff in W.
    destruct W as (((_ & W) & _) & _).
    apply N.eqb_eq in W. rewrite lenN_spec in W.
    intros [t|]; unfold values_of, node_values; cbn [levels table_of];
      replace (N.to_nat n) with (length (slice (tableof ts th) off n)) by lia; reflexivity.
  - destruct (parts _ _). eexists. split; [reflexivity|]. intros t. reflexivity.
Qed.
Lemma Forall2_app_last {X Y} (R : X -> Y -> Prop) a b x y : Forall2 R a b -> R x y -> Forall2 R (a ++ [x]) (b ++ [y]).
Proof. induction 1; simpl; intros; constructor; auto. Qed.
Lemma Forall2_nth_d {X Y} (R : X -> Y -> Prop) a b dx dy : Forall2 R a b -> R dx dy -> forall i, R (nth i a dx)
  (nth i b dy).
Proof. induction 1; intros Hd [|i]; simpl; auto. Qed.

Theorem ac_gates_sum c : ac_wf c = true -> ac_gates c = list_sum (map (node_gates (atables c) (anodes c)) (anodes c)).
Proof.
  intros W. unfold ac_wf in W. apply andb_true_iff in W as [W _]. unfold ac_gates, lowered.
  set (ts := atables c) in *.
  assert (G : forall ds ready s ks, anodes c = ready ++ ds -> Forall2 (made ts) ready (reprs s) ->
    (forall n k, nfind ks n = Some k -> (N.to_nat n < length ready)%nat) ->
    nodes_wf ts ks (N.of_nat (length ready)) ds = true ->
    nthrs (steps (fold_left (lower_node ts) ds s)) = (nthrs (steps s) + list_sum (map (node_gates ts (anodes c))
      ds))%nat).
  { induction ds as [|d ds IH]; intros ready s ks E F Kn Wf; [simpl; lia|].
    cbn [nodes_wf] in Wf. apply andb_true_iff in Wf as [W1 W2]. destruct (lower_made ts s ks d W1) as (r & Er & Mr).
    cbn [fold_left map list_sum fold_right]. rewrite (IH (ready ++ [d]) _ (nset ks (N.of_nat (length ready))
      (kind_of d))).
    - enough (nthrs (steps (lower_node ts s d)) = (nthrs (steps s) + node_gates ts (anodes c) d)%nat)
      by (unfold list_sum in *; lia).
      destruct d as [n|c' terms|f th val off n|vs]; cbn [lower_node steps node_gates].
      + rewrite nthrs_app. auto.
      + rewrite nthrs_app. auto.
      + rewrite nthrs_app. f_equal. cbn [node_wf] in W1. rewrite !andb_true_iff in W1.
        destruct W1 as (((_ & W1) & _) & _).
        apply N.eqb_eq in W1. rewrite lenN_spec in W1. unfold nthrs. cbn [map sthrs list_sum fold_right]. lia.
      + pose proof (product_size (map (factor_of ts (reprs s)) vs) (variables s)) as P.
        destruct (parts _ _) as [p f]. cbn [fst steps] in *. rewrite nthrs_app. f_equal. rewrite P. f_equal.
        rewrite map_map. apply map_ext_in. intros v Hv. unfold factor_of. cbn [least wide].
        enough (X : values_of ts (repr_at (reprs s) (vnode v)) (vtable v) = view_values ts (anodes c) v)
          by (rewrite X; auto).
        unfold view_values, repr_at. cbn [node_wf] in W1. apply andb_true_iff in W1 as [_ W1].
        rewrite forallb_forall in W1. specialize (W1 v Hv). apply andb_true_iff in W1 as [W1 _].
        destruct (nfind ks (vnode v)) as [k|] eqn:Ek; [|discriminate]. apply Kn in Ek.
        rewrite E, app_nth1 by auto. apply (Forall2_nth_d (made ts)); [auto|]. intros t. reflexivity.
    - rewrite <- app_assoc. auto.
    - rewrite Er. apply Forall2_app_last; auto.
    - intros n k Hn. rewrite app_length. cbn [length]. destruct (N.eq_dec n (N.of_nat (length ready))) as [->|D];
      [rewrite Nat2N.id; lia|].
      rewrite nfind_neq in Hn by auto. specialize (Kn n k Hn). lia.
    - rewrite app_length. cbn [length]. replace (N.of_nat (length ready + 1))
      with (N.succ (N.of_nat (length ready))) by lia. auto. }
  apply (G (anodes c) [] (LState 0 (input_bits c) [] []) nempty); [reflexivity|constructor| |exact W].
  intros n k H. rewrite nfind_empty in H. discriminate.
Qed.

Print Assumptions lowering_correct.
Print Assumptions ac_gates_sum.
