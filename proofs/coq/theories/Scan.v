(** The selective scan in fixed point, for every length n: decays are steps on prefix sums of Δ,
    each is multiplied by its input, and the state is a step on the sum,
      state_t = step_σ( c·x_t + Σ_{j<t} decay(Σ_{j<k≤t} Δ_k)·x_j ),   x_j = lo + u_j.
    This is one channel and state of the scan that circuits/compile writes (Δ and u are
    quantised before).  States: [scan_correct] (values), [scan_size] and [scan_depth]: gates
    n(n-1)/2·(L + a·b) + n·K, depth 3, for every n and all tables.  Axiom-free. *)
Require Import ZArith List Bool Lia Arith Sorted.
From TC0 Require Import Circuit Levels.
Import ListNotations.
Open Scope Z_scope.

(** ** Layers *)
Lemma aeval_app p q A : aeval (p ++ q) A = aeval q (aeval p A).
Proof. revert A; induction p; simpl; intros; auto. Qed.
Lemma adepths_app p q D : adepths (p ++ q) D = adepths q (adepths p D).
Proof. revert D; induction p; simpl; intros; auto. Qed.
Lemma aeval_layer p A : Forall (fun s => form_wf (length A) (sform s)) p ->
  aeval p A = A ++ map (slevel A) p.
Proof.
  intros H. assert (G : forall t, aeval p (A ++ t) = A ++ t ++ map (slevel A) p).
  { induction H as [|s p Hs _ IH]; intros t; simpl; [rewrite app_nil_r; auto|].
    rewrite <- app_assoc, IH, <- app_assoc. simpl. do 3 f_equal.
    unfold slevel. rewrite fval_app by auto. auto. }
  specialize (G []). rewrite app_nil_r in G. exact G.
Qed.
Lemma wf_layer p n : Forall (fun s => form_wf n (sform s) /\ Sorted Z.le (sthrs s)) p -> wf_ir n p.
Proof.
  intros H. assert (G : forall m, (n <= m)%nat -> wf_ir m p).
  { induction H as [|s p [Hf Hs] _ IH]; simpl; intros m Hm; [auto|]. repeat split; auto.
    eapply Forall_impl; [|exact Hf]. simpl; lia. }
  auto.
Qed.
Lemma reads_all D m F : Forall (fun x => (x <= m)%nat) D -> form_wf (length D) F -> reads_at D m F.
Proof.
  intros H W. unfold reads_at, form_wf in *. eapply Forall_impl; [|exact W]. simpl. intros t Ht.
  split; [auto|]. rewrite Forall_forall in H. apply H, nth_In. auto.
Qed.
Lemma depth_layer p D m : Forall (fun x => (x <= m)%nat) D -> Forall (fun s => form_wf (length D) (sform s)) p ->
  Forall (fun x => (x <= S m)%nat) (adepths p D) /\ length (adepths p D) = (length D + length p)%nat.
Proof.
  intros H W. destruct (adepths_layer p D m) as (t & E & L & F).
  - eapply Forall_impl; [|exact W]. intros s Hs. apply reads_all; auto.
  - rewrite E, app_length. split; [|lia]. apply Forall_app. split; [|exact F].
    eapply Forall_impl; [|exact H]. simpl; lia.
Qed.

(** ** Pairs j < t *)
Fixpoint pairs (n : nat) : list (nat * nat) :=
  match n with O => [] | S t => pairs t ++ map (fun j => (t, j)) (seq 0 t) end.
Lemma pairs_in n t j : In (t, j) (pairs n) -> (j < t < n)%nat.
Proof.
  induction n as [|n IH]; simpl; [tauto|]. rewrite in_app_iff, in_map_iff. intros [H|(k & E & H)].
  - specialize (IH H). lia.
  - injection E as <- <-. apply in_seq in H. lia.
Qed.
Lemma pairs_length n : (2 * length (pairs n) = n * (n - 1))%nat.
Proof.
  induction n as [|n IH]; simpl; [auto|]. rewrite app_length, map_length, seq_length.
  destruct n; simpl in *; nia.
Qed.
(** pairs with their numbers, and those of position t *)
Definition numbered (n : nat) : list (nat * (nat * nat)) := combine (seq 0 (length (pairs n))) (pairs n).
Definition before (n t : nat) : list (nat * (nat * nat)) := filter (fun q => Nat.eqb (fst (snd q)) t) (numbered n).
Lemma numbered_in n i t j : In (i, (t, j)) (numbered n) -> nth_error (pairs n) i = Some (t, j).
Proof.
  unfold numbered. assert (G : forall l k, In (i, (t, j)) (combine (seq k (length l)) l) ->
    (k <= i)%nat /\ nth_error l (i - k) = Some (t, j)).
  { induction l as [|q l IH]; simpl; intros k [].
    - injection H as -> ->. rewrite Nat.sub_diag. auto.
    - destruct (IH _ H) as [A B]. split; [lia|]. replace (i - k)%nat with (S (i - S k)) by lia. exact B. }
  intros H. apply G in H as [_ H]. rewrite Nat.sub_0_r in H. exact H.
Qed.
Lemma before_map n t : (t < n)%nat -> map (fun q => snd (snd q)) (before n t) = seq 0 t.
Proof.
  intros Ht. unfold before, numbered.
  assert (F : forall (l : list (nat * nat)) k,
    map snd (filter (fun q => Nat.eqb (fst (snd q)) t) (combine (seq k (length l)) l)) =
    filter (fun q => Nat.eqb (fst q) t) l).
  { induction l as [|q l IH]; intros k; simpl; [auto|]. destruct (Nat.eqb (fst q) t); simpl; rewrite IH; auto. }
  rewrite <- (map_map snd snd), F. clear F.
  induction n as [|n IH]; [lia|]. simpl. rewrite filter_app, map_app.
  assert (E : forall l : list nat, filter (fun q : nat * nat => Nat.eqb (fst q) t) (map (fun j => (n, j)) l) =
    if Nat.eqb n t then map (fun j => (n, j)) l else []).
  { induction l as [|a l IHl]; simpl; [destruct (Nat.eqb n t); auto|]. rewrite IHl. destruct (Nat.eqb n t); auto. }
  rewrite E. destruct (Nat.eqb_spec n t) as [->|D].
  - rewrite map_map, map_id.
    replace (filter (fun q => Nat.eqb (fst q) t) (pairs t)) with (@nil (nat * nat)); [auto|].
    symmetry. destruct (filter _ (pairs t)) as [|[x y] r] eqn:Ef; [auto|]. exfalso.
    assert (I : In (x, y) (filter (fun q => Nat.eqb (fst q) t) (pairs t))) by (rewrite Ef; left; auto).
    apply filter_In in I as [I J]. apply pairs_in in I. apply Nat.eqb_eq in J. simpl in J. lia.
  - simpl. rewrite app_nil_r. apply IH. lia.
Qed.

Section Scan.
Variables (n a b : nat).
Variables (gD : list Z)                     (* Δ by its level *)
          (theta gE : list Z)               (* decay: change points, values by level, 0 ≤ gE < 2^a *)
          (gU : list Z) (lo : Z)            (* x = lo + gU, 0 ≤ gU < 2^b *)
          (c : Z) (sigma : list Z).         (* factor of x_t; change points of the state *)

(** variables: Δ_0 … Δ_{n-1}, u_0 … u_{n-1}, decays, bits of products, states *)
Notation np := (length (pairs n)).
Notation vE i := (2 * n + i)%nat.
Notation vP i := (2 * n + np + i * (a * b))%nat.
Definition decay_step (tj : nat * nat) : step :=
  Step (Form 0 (map (fun k => (k, gD)) (seq (S (snd tj)) (fst tj - snd tj)))) theta.
Definition product_steps (q : nat * (nat * nat)) : list step :=
  mul_steps (vE (fst q)) gE (n + snd (snd q)) gU a b.
Definition product_terms (q : nat * (nat * nat)) : list term :=
  (vE (fst q), map (Z.mul lo) gE) :: mul_terms (vP (fst q)) (list_prod (seq 0 a) (seq 0 b)).
Definition state_form (t : nat) : form :=
  Form (c * lo) ((n + t, map (Z.mul c) gU)%nat :: flat_map product_terms (before n t)).
Definition scan : ir :=
  map decay_step (pairs n) ++ flat_map product_steps (numbered n) ++
  map (fun t => Step (state_form t) sigma) (seq 0 n).

Lemma numbered_ok q : In q (numbered n) -> (fst q < np)%nat /\ (snd (snd q) < n)%nat.
Proof.
  destruct q as [i [t j]]. intros H. apply numbered_in in H. simpl. split.
  - apply nth_error_Some. congruence.
  - apply nth_error_In, pairs_in in H. lia.
Qed.
Lemma numbered_length : length (numbered n) = np.
Proof. unfold numbered. rewrite combine_length, seq_length. lia. Qed.
Lemma mul_steps_length u fu v fv : length (mul_steps u fu v fv a b) = (a * b)%nat.
Proof. unfold mul_steps. rewrite map_length, prod_length, !seq_length. auto. Qed.
Lemma blocks_length l : length (flat_map product_steps l) = (length l * (a * b))%nat.
Proof. induction l as [|q l IH]; simpl; [auto|]. rewrite app_length, IH. unfold product_steps.
  rewrite mul_steps_length. auto. Qed.

Definition wf_all (m : nat) (p : list step) : Prop := Forall (fun s => form_wf m (sform s)) p.
Lemma decays_wf : wf_all (2 * n) (map decay_step (pairs n)).
Proof.
  unfold wf_all. rewrite Forall_map. apply Forall_forall. intros [t j] H. apply pairs_in in H.
  unfold form_wf; simpl. rewrite Forall_map. apply Forall_forall. intros k Hk. apply in_seq in Hk. simpl. lia.
Qed.
Lemma products_wf : wf_all (2 * n + np) (flat_map product_steps (numbered n)).
Proof.
  apply Forall_forall. intros s Hs. apply in_flat_map in Hs as (q & Hq & Hs).
  apply numbered_ok in Hq as [H1 H2]. unfold product_steps, mul_steps in Hs. apply in_map_iff in Hs as (ij & <- & _).
  repeat constructor; simpl; lia.
Qed.
Lemma mul_terms_below l : forall m k, (m + length l <= k)%nat -> Forall (fun t => (fst t < k)%nat) (mul_terms m l).
Proof. induction l as [|ij l IH]; intros m k H; simpl in *; constructor; simpl; [lia|]. apply IH. lia. Qed.
Lemma states_wf : wf_all (2 * n + np + np * (a * b)) (map (fun t => Step (state_form t) sigma) (seq 0 n)).
Proof.
  unfold wf_all. rewrite Forall_map. apply Forall_forall. intros t Ht. apply in_seq in Ht.
  unfold form_wf, state_form; cbn [sform fterms]. constructor; [simpl; lia|].
  apply Forall_flat_map, Forall_forall. intros q Hq. apply filter_In in Hq as [Hq _].
  apply numbered_ok in Hq as [H1 H2]. constructor; [simpl; lia|].
  apply mul_terms_below. rewrite prod_length, !seq_length. nia.
Qed.

(** *** Size, depth *)
Theorem scan_size : nthrs scan = (np * (length theta + a * b) + n * length sigma)%nat.
Proof.
  unfold nthrs, scan. rewrite !map_app, !list_sum_app, !map_map.
  assert (C : forall {X} (l : list X) k, list_sum (map (fun _ => k) l) = (length l * k)%nat)
    by (intros X l k; induction l; simpl; auto).
  simpl sthrs. rewrite !C, seq_length.
  assert (P : list_sum (map (fun s => length (sthrs s)) (flat_map product_steps (numbered n))) = (np * (a * b))%nat).
  { rewrite <- numbered_length. induction (numbered n) as [|q l IH]; simpl; [auto|].
    rewrite map_app, list_sum_app, IH. f_equal. apply mul_size. }
  rewrite P. lia.
Qed.

Theorem scan_depth Ls : length Ls = (2 * n)%nat -> (ir_depth Ls scan <= 3)%nat.
Proof.
  intros HL. unfold ir_depth, ir_depths, scan. rewrite HL, !adepths_app.
  assert (D0 : Forall (fun x => (x <= 0)%nat) (repeat 0%nat (2 * n))).
  { apply Forall_forall. intros x Hx. apply repeat_spec in Hx. lia. }
  destruct (depth_layer (map decay_step (pairs n)) _ 0 D0) as [D1 L1].
  { rewrite repeat_length. apply decays_wf. }
  rewrite repeat_length, map_length in L1.
  destruct (depth_layer (flat_map product_steps (numbered n)) _ 1 D1) as [D2 L2].
  { rewrite L1. apply products_wf. }
  rewrite L1, blocks_length, numbered_length in L2.
  destruct (depth_layer (map (fun t => Step (state_form t) sigma) (seq 0 n)) _ 2 D2) as [D3 _].
  { rewrite L2. apply states_wf. }
  apply maxl_le. exact D3.
Qed.

Lemma scan_wf : Sorted Z.le theta -> Sorted Z.le sigma -> wf_ir (2 * n) scan.
Proof.
  intros St Ss. unfold scan.
  apply wf_ir_app; [|apply wf_ir_app]; rewrite ?map_length, ?blocks_length, ?numbered_length; apply wf_layer.
  - pose proof decays_wf as W. unfold wf_all in W. rewrite Forall_map in *. eapply Forall_impl; [|exact W]. auto.
  - pose proof products_wf as W. unfold wf_all in W. rewrite Forall_forall in *. intros s Hs. split; [auto|].
    apply in_flat_map in Hs as (q & _ & Hs). apply in_map_iff in Hs as (ij & <- & _). repeat constructor.
  - pose proof states_wf as W. unfold wf_all in W. rewrite Forall_map in *. eapply Forall_impl; [|exact W]. auto.
Qed.

(** *** Values *)
Definition delta (A : list nat) (k : nat) : Z := tab gD (lev A k).
Definition input (A : list nat) (j : nat) : Z := lo + tab gU (lev A (n + j)%nat).
Definition decay (A : list nat) (t j : nat) : Z :=
  tab gE (count theta (zsum (delta A) (seq (S j) (t - j)))).
Definition state (A : list nat) (t : nat) : nat :=
  count sigma (c * input A t + zsum (fun j => decay A t j * input A j) (seq 0 t)).

Lemma nth_blocks {X Y} (f : X -> list Y) w d d' l : forall i r,
  (forall x, length (f x) = w) -> (r < w)%nat -> (i < length l)%nat ->
  nth (i * w + r) (flat_map f l) d = nth r (f (nth i l d')) d.
Proof.
  induction l as [|x l IH]; intros i r Hw Hr Hi; simpl in *; [lia|].
  destruct i as [|i]; simpl.
  - rewrite app_nth1 by (rewrite Hw; auto). auto.
  - rewrite app_nth2 by (rewrite Hw; lia). rewrite Hw. replace (w + i * w + r - w)%nat with (i * w + r)%nat by lia.
    apply IH; auto. lia.
Qed.
Lemma mul_terms_sum A x y l : forall m,
  (forall r, (r < length l)%nat -> lev A (m + r) =
     Nat.b2n (2 <=? zbit (fst (nth r l (0, 0)%nat)) x + zbit (snd (nth r l (0, 0)%nat)) y)) ->
  tsum A (mul_terms m l) =
  zsum (fun ij => 2 ^ Z.of_nat (fst ij + snd ij) * b2z (2 <=? zbit (fst ij) x + zbit (snd ij) y)) l.
Proof.
  induction l as [|ij l IH]; intros m H; [reflexivity|]. cbn [mul_terms tsum zsum fst snd]. f_equal.
  - specialize (H 0%nat ltac:(simpl; lia)). rewrite Nat.add_0_r in H. rewrite H. cbn [nth].
    destruct (2 <=? zbit (fst ij) x + zbit (snd ij) y); unfold tab; cbn [Nat.b2n nth b2z]; lia.
  - apply IH. intros r Hr. specialize (H (S r) ltac:(simpl; lia)).
    replace (m + S r)%nat with (S m + r)%nat in H by lia. exact H.
Qed.
Lemma tab_scale k g l : tab (map (Z.mul k) g) l = k * tab g l.
Proof.
  unfold tab. assert (E : k * 0 = 0) by lia. rewrite <- E at 1. apply (map_nth (Z.mul k)).
Qed.
Lemma tsum_flat {X} A (f : X -> list term) l : tsum A (flat_map f l) = zsum (fun x => tsum A (f x)) l.
Proof. induction l as [|x l IH]; simpl; [auto|]. rewrite tsum_app, IH. auto. Qed.
Lemma tsum_map A g l : tsum A (map (fun k => (k, g)) l) = zsum (fun k => tab g (lev A k)) l.
Proof. induction l as [|k l IH]; simpl; [auto|]. rewrite IH. auto. Qed.
Lemma lev_new A t i : lev (A ++ t) (length A + i) = nth i t 0%nat.
Proof. unfold lev. rewrite app_nth2 by lia. f_equal. lia. Qed.
Lemma zsum_ext_in {X} (f g : X -> Z) l : (forall x, In x l -> f x = g x) -> zsum f l = zsum g l.
Proof.
  intros H. induction l as [|x l IH]; simpl; [auto|]. rewrite H by (left; auto).
  rewrite IH by (intros; apply H; right; auto). auto.
Qed.

Hypothesis HE : forall l, 0 <= tab gE l < 2 ^ Z.of_nat a.
Hypothesis HU : forall l, 0 <= tab gU l < 2 ^ Z.of_nat b.

Section Word.
Variable A : list nat.
Hypothesis LA : length A = (2 * n)%nat.
Definition A1 : list nat := A ++ map (slevel A) (map decay_step (pairs n)).
Definition A2 : list nat := A1 ++ map (slevel A1) (flat_map product_steps (numbered n)).
Lemma A1_length : length A1 = (2 * n + np)%nat.
Proof. unfold A1. rewrite app_length, !map_length, LA. auto. Qed.
Lemma A2_length : length A2 = (2 * n + np + np * (a * b))%nat.
Proof. unfold A2. rewrite app_length, map_length, blocks_length, numbered_length, A1_length. auto. Qed.
Lemma A1_old v : (v < 2 * n)%nat -> lev A1 v = lev A v.
Proof. intros H. apply lev_app. lia. Qed.
Lemma A2_old v : (v < 2 * n + np)%nat -> lev A2 v = lev A1 v.
Proof. intros H. apply lev_app. rewrite A1_length. lia. Qed.

Lemma decay_level i t j : In (i, (t, j)) (numbered n) -> tab gE (lev A1 (vE i)) = decay A t j.
Proof.
  intros H. pose proof (numbered_ok _ H) as [Hi _]. apply numbered_in in H. simpl in Hi.
  unfold A1. rewrite <- LA, lev_new, map_map.
  rewrite (nth_map_lt (fun x => slevel A (decay_step x))) with (e := (0, 0)%nat) by auto.
  rewrite (nth_error_nth _ _ _ H). unfold decay, slevel, decay_step, fval. cbn [sthrs sform fconst fterms fst snd].
  rewrite tsum_map, Z.add_0_l. auto.
Qed.

Lemma product_level i t j r : In (i, (t, j)) (numbered n) -> (r < a * b)%nat ->
  lev A2 (vP i + r) =
  Nat.b2n (2 <=? zbit (fst (nth r (list_prod (seq 0 a) (seq 0 b)) (0, 0)%nat)) (decay A t j)
               + zbit (snd (nth r (list_prod (seq 0 a) (seq 0 b)) (0, 0)%nat)) (tab gU (lev A (n + j)%nat))).
Proof.
  intros H Hr. pose proof (numbered_ok _ H) as [Hi Hj]. cbn [fst snd] in Hi, Hj.
  pose proof (decay_level _ _ _ H) as DE. pose proof (numbered_in _ _ _ _ H) as Hn.
  unfold A2. replace (vP i + r)%nat with (length A1 + (i * (a * b) + r))%nat by (rewrite A1_length; lia).
  rewrite lev_new.
  rewrite (nth_map_lt (slevel A1)) with (e := Step (Form 0 []) [])
    by (rewrite blocks_length, numbered_length; nia).
  rewrite (nth_blocks product_steps (a * b) _ (0, (0, 0))%nat (numbered n) i r);
    [|intros; apply mul_steps_length|auto|rewrite numbered_length; auto].
  assert (E : nth i (numbered n) (0, (0, 0))%nat = (i, (t, j))).
  { unfold numbered. rewrite combine_nth by (rewrite seq_length; auto).
    rewrite seq_nth by auto. rewrite (nth_error_nth _ _ _ Hn). auto. }
  rewrite E. unfold product_steps, mul_steps. cbn [fst snd].
  rewrite (nth_map_lt (mul_step (vE i) gE (n + j) gU)) with (e := (0, 0)%nat)
    by (rewrite prod_length, !seq_length; auto).
  set (ij := nth r (list_prod (seq 0 a) (seq 0 b)) (0, 0)%nat).
  unfold slevel, mul_step, fval, count. cbn [sthrs sform fconst fterms tsum fst snd filter].
  rewrite !tab_zbit, DE, A1_old by lia. rewrite Z.add_0_l, Z.add_0_r. destruct (2 <=? _); auto.
Qed.

Lemma state_value t : (t < n)%nat ->
  fval A2 (state_form t) = c * input A t + zsum (fun j => decay A t j * input A j) (seq 0 t).
Proof.
  intros Ht. unfold fval, state_form. cbn [fconst fterms tsum fst snd].
  rewrite tab_scale, A2_old, A1_old by lia. rewrite tsum_flat.
  rewrite <- (before_map n t Ht), zsum_map. unfold input at 1.
  enough (E : zsum (fun q => tsum A2 (product_terms q)) (before n t) =
              zsum (fun q => decay A t (snd (snd q)) * input A (snd (snd q))) (before n t)) by (rewrite E; lia).
  apply zsum_ext_in. intros [i [t' j]] Hq. apply filter_In in Hq as [Hq Et]. apply Nat.eqb_eq in Et. cbn [fst snd] in *.
  subst t'. pose proof (numbered_ok _ Hq) as [Hi Hj]. cbn [fst snd] in *.
  unfold product_terms. cbn [tsum fst snd]. rewrite tab_scale, A2_old by lia. rewrite (decay_level _ _ _ Hq).
  rewrite (mul_terms_sum A2 (decay A t j) (tab gU (lev A (n + j)%nat))).
  - rewrite <- (product_bits a b) by (unfold decay; auto). unfold input. lia.
  - intros r Hr. apply product_level; auto. rewrite prod_length, !seq_length in Hr. auto.
Qed.
End Word.

(** the state at position t, for every word *)
Theorem scan_correct A t : length A = (2 * n)%nat -> (t < n)%nat ->
  lev (aeval scan A) (2 * n + np + np * (a * b) + t) = state A t.
Proof.
  intros LA Ht. unfold scan. rewrite !aeval_app.
  rewrite (aeval_layer _ A) by (rewrite LA; apply decays_wf). fold (A1 A).
  rewrite (aeval_layer _ (A1 A)) by (rewrite A1_length by auto; apply products_wf). fold (A2 A).
  rewrite (aeval_layer _ (A2 A)) by (rewrite A2_length by auto; apply states_wf).
  rewrite <- (A2_length A LA), lev_new, map_map.
  rewrite (nth_map_lt (fun x => slevel (A2 A) (Step (state_form x) sigma))) with (e := 0%nat)
    by (rewrite seq_length; auto).
  rewrite seq_nth by auto. unfold slevel. cbn [sthrs sform]. rewrite state_value by auto. auto.
Qed.
End Scan.

(** ** The family: gates of Circuit.v *)
(** precision p: at most 2^p change points of decays and states, p bits of the factors *)
Theorem scan_family n p gD theta gE gU lo c sigma Ls :
  Sorted Z.le theta -> Sorted Z.le sigma -> (length theta <= 2 ^ p)%nat -> (length sigma <= 2 ^ p)%nat ->
  (forall l, 0 <= tab gE l < 2 ^ Z.of_nat p) -> (forall l, 0 <= tab gU l < 2 ^ Z.of_nat p) ->
  length Ls = (2 * n)%nat ->
  let ir := scan n p p gD theta gE gU lo c sigma in
  let circ := lower_ir Ls ir in
  wf (nbits Ls) circ /\ depth_le (nbits Ls) circ 3 /\
  (2 * size circ <= n * (n - 1) * (2 ^ p + p * p) + 2 * n * 2 ^ p)%nat /\
  forall A t, Forall2 le A Ls -> (t < n)%nat ->
    exists first m, (state n gD theta gE gU lo c sigma A t <= m)%nat /\
      forall k, (k < m)%nat -> val (eval circ (encode Ls A)) (first + k) = true <->
                               (state n gD theta gE gU lo c sigma A t >= k + 1)%nat.
Proof.
  intros St Ss Lt Lsg HE HU HL ir circ. split; [apply lower_ir_wf|]. split; [|split].
  - intros j l P. etransitivity; [exact (proj2 (proj2 (lower_depth Ls ir)) j l P)|]. apply scan_depth. auto.
  - unfold circ. rewrite lower_size. unfold ir. rewrite scan_size. pose proof (pairs_length n). nia.
  - intros A t F Ht. assert (LA : length A = (2 * n)%nat) by (rewrite (Forall2_len _ _ _ F); auto).
    assert (W : wf_ir (length Ls) ir) by (rewrite HL; apply scan_wf; auto).
    destruct (lower_correct Ls ir A W F) as (_ & H & _).
    set (i := (2 * n + length (pairs n) + length (pairs n) * (p * p) + t)%nat).
    destruct (H i) as (first & m & _ & H1 & _ & H2).
    + unfold i, ir, scan. rewrite HL, !app_length, !map_length, seq_length, blocks_length, numbered_length. lia.
    + unfold i, ir in H1, H2. rewrite scan_correct in H1, H2 by auto. exists first, m. split; [exact H1|].
      exact H2.
Qed.

(** at p = k·log2 n bits, 2^p is at most n^k *)
Lemma log_precision n k : (0 < n)%nat -> (2 ^ (k * Nat.log2 n) <= n ^ k)%nat.
Proof.
  intros H. rewrite Nat.mul_comm, Nat.pow_mul_r. apply Nat.pow_le_mono_l. apply Nat.log2_spec. auto.
Qed.
Corollary scan_poly n k p : (0 < n)%nat -> p = (k * Nat.log2 n)%nat ->
  (n * (n - 1) * (2 ^ p + p * p) + 2 * n * 2 ^ p <= n * n * (n ^ k + (k * n) * (k * n)) + 2 * n * n ^ k)%nat.
Proof.
  intros H ->. pose proof (log_precision n k H) as L.
  assert (G : (Nat.log2 n <= n)%nat) by (apply Nat.lt_le_incl, Nat.log2_lt_lin; auto).
  assert (Q : (k * Nat.log2 n <= k * n)%nat) by (apply Nat.mul_le_mono_l; auto).
  apply Nat.add_le_mono; [|apply Nat.mul_le_mono_l; auto].
  apply Nat.mul_le_mono; [apply Nat.mul_le_mono; lia|].
  apply Nat.add_le_mono; [auto|apply Nat.mul_le_mono; auto].
Qed.

Print Assumptions scan_correct.
Print Assumptions scan_size.
Print Assumptions scan_depth.
Print Assumptions scan_family.
Print Assumptions scan_poly.
