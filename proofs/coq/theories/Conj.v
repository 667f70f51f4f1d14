(** Products of any number of factors with offsets, as steps: one gate for each choice of one
    bit of each factor, one level.  States: [conj_correct] Π u_f as a form over those gates,
    [conj_size] their number Π bits, [conj_depth]; [offset_correct] (l_1 + u_1)(l_2 + u_2) as
    such a form, two unary terms and a constant; [offsets_expand] the sum over sets of factors
    that more factors need.  Axiom-free. *)
Require Import ZArith List Bool Lia Arith.
From TC0 Require Import Circuit Levels.
Import ListNotations.
Open Scope Z_scope.

(** a variable read through a table of non-negative values below 2^bits *)
Record factor := Factor { fvar : nat; ftab : list Z; fbits : nat }.
Definition fvalue (A : list nat) (f : factor) : Z := tab (ftab f) (lev A (fvar f)).
Definition fok (A : list nat) (f : factor) : Prop :=
  (fvar f < length A)%nat /\ 0 <= fvalue A f < 2 ^ Z.of_nat (fbits f).

(** choices of one bit of each factor, the last changing fastest *)
Fixpoint choices (fs : list factor) : list (list nat) :=
  match fs with
  | [] => [[]]
  | f :: r => flat_map (fun i => map (cons i) (choices r)) (seq 0 (fbits f))
  end.
Fixpoint bit_terms (fs : list factor) (ix : list nat) : list term :=
  match fs, ix with
  | f :: r, i :: q => (fvar f, map (zbit i) (ftab f)) :: bit_terms r q
  | _, _ => []
  end.
Definition conj_step (fs : list factor) (ix : list nat) : step :=
  Step (Form 0 (bit_terms fs ix)) [Z.of_nat (length fs)].
Definition conj_steps (fs : list factor) : ir := map (conj_step fs) (choices fs).
Fixpoint conj_terms (m : nat) (l : list (list nat)) : list term :=
  match l with
  | [] => []
  | ix :: r => (m, [0; 2 ^ Z.of_nat (list_sum ix)]) :: conj_terms (S m) r
  end.

Definition zprod (l : list Z) : Z := fold_right Z.mul 1 l.
Fixpoint bit_sum A (fs : list factor) (ix : list nat) : Z :=
  match fs, ix with f :: r, i :: q => zbit i (fvalue A f) + bit_sum A r q | _, _ => 0 end.
Lemma bit_terms_sum A fs : forall ix, tsum A (bit_terms fs ix) = bit_sum A fs ix.
Proof. induction fs as [|f r IH]; intros [|i q]; simpl; auto. rewrite tab_zbit, IH. auto. Qed.
Lemma bit_sum_le A fs : forall ix, bit_sum A fs ix <= Z.of_nat (length fs).
Proof.
  induction fs as [|f r IH]; intros [|i q]; cbn [bit_sum length]; try lia.
  specialize (IH q). unfold zbit. destruct (Z.testbit _ _); unfold b2z; lia.
Qed.

(** [all bits are 1], weighted, summed over all choices, is the product *)
Lemma conj_sum A fs : Forall (fok A) fs ->
  zsum (fun ix => 2 ^ Z.of_nat (list_sum ix) * b2z (Z.of_nat (length fs) <=? bit_sum A fs ix)) (choices fs)
  = zprod (map (fvalue A) fs).
Proof.
  induction 1 as [|f fs [_ Hf] _ IH]; [reflexivity|]. cbn [choices map zprod fold_right].
  fold (zprod (map (fvalue A) fs)). rewrite <- IH. rewrite (bits_sum (fbits f) (fvalue A f) Hf) at 1. clear IH Hf.
  generalize (seq 0 (fbits f)) as l. induction l as [|i l IHl]; [reflexivity|].
  cbn [flat_map zsum]. rewrite zsum_app, IHl, Z.mul_add_distr_r. f_equal. clear IHl.
  rewrite zsum_map, <- zsum_scale. apply zsum_ext. intros ix. cbn [bit_sum length list_sum fold_right].
  change (fold_right Nat.add 0%nat ix) with (list_sum ix).
  rewrite Nat2Z.inj_add, Z.pow_add_r by lia. pose proof (bit_sum_le A fs ix) as L.
  replace (Z.of_nat (S (length fs)) <=? zbit i (fvalue A f) + bit_sum A fs ix)
    with (Z.testbit (fvalue A f) (Z.of_nat i) && (Z.of_nat (length fs) <=? bit_sum A fs ix)).
  - unfold zbit. destruct (Z.testbit _ _), (Z.of_nat (length fs) <=? bit_sum A fs ix); unfold b2z; simpl; lia.
  - unfold zbit. destruct (Z.testbit _ _); apply eq_true_iff_eq; unfold b2z; cbn [andb];
      rewrite ?Z.leb_le; [lia|]. split; [discriminate|lia].
Qed.

Lemma bit_terms_wf n fs : forall ix, Forall (fun f => (fvar f < n)%nat) fs -> Forall (fun t => (fst t < n)%nat) (bit_terms fs ix).
Proof.
  induction fs as [|f r IH]; intros [|i q] H; simpl; try constructor; inversion H; subst; auto.
Qed.
Lemma conj_aeval A fs l : Forall (fok A) fs ->
  aeval (map (conj_step fs) l) A =
  A ++ map (fun ix => Nat.b2n (Z.of_nat (length fs) <=? bit_sum A fs ix)) l.
Proof.
  intros H. assert (W : Forall (fun f => (fvar f < length A)%nat) fs)
    by (eapply Forall_impl; [|exact H]; intros f [? _]; auto).
  assert (G : forall t, aeval (map (conj_step fs) l) (A ++ t) =
    A ++ t ++ map (fun ix => Nat.b2n (Z.of_nat (length fs) <=? bit_sum A fs ix)) l).
  { induction l as [|ix l IH]; intros t; simpl; [rewrite app_nil_r; auto|].
    rewrite <- app_assoc, IH, <- app_assoc. simpl. do 3 f_equal.
    unfold slevel, conj_step. cbn [sform sthrs].
    rewrite fval_app by (apply bit_terms_wf; auto). unfold fval; cbn [fconst fterms].
    rewrite bit_terms_sum, Z.add_0_l. unfold count. cbn [filter]. destruct (_ <=? _); auto. }
  specialize (G []). rewrite app_nil_r in G. exact G.
Qed.
Lemma conj_terms_sum (A : list nat) (g : list nat -> bool) l : forall pre post,
  length pre = length A ->
  tsum (pre ++ map (fun ix => Nat.b2n (g ix)) l ++ post) (conj_terms (length A) l) =
  zsum (fun ix => 2 ^ Z.of_nat (list_sum ix) * b2z (g ix)) l.
Proof.
  revert A; induction l as [|ix l IH]; intros A pre post HL; [reflexivity|].
  cbn [conj_terms tsum zsum map fst snd app]. f_equal.
  - unfold lev. rewrite <- HL, nth_middle. destruct (g ix); unfold tab; cbn [Nat.b2n nth b2z]; lia.
  - specialize (IH (A ++ [0%nat]) (pre ++ [Nat.b2n (g ix)]) post).
    rewrite !app_length, <- app_assoc in IH. cbn [length app] in IH. rewrite !Nat.add_1_r in IH. apply IH. congruence.
Qed.

Theorem conj_correct A fs : Forall (fok A) fs ->
  fval (aeval (conj_steps fs) A) (Form 0 (conj_terms (length A) (choices fs))) = zprod (map (fvalue A) fs).
Proof.
  intros H. unfold conj_steps. rewrite conj_aeval by auto. unfold fval; cbn [fconst fterms]. rewrite Z.add_0_l.
  pose proof (conj_terms_sum A (fun ix => Z.of_nat (length fs) <=? bit_sum A fs ix) (choices fs) A [] eq_refl) as T.
  rewrite app_nil_r in T. rewrite T. apply conj_sum. auto.
Qed.

Lemma choices_length fs : length (choices fs) = fold_right (fun f p => (fbits f * p)%nat) 1%nat fs.
Proof.
  induction fs as [|f r IH]; [auto|]. cbn [choices fold_right]. rewrite <- IH.
  rewrite <- (seq_length (fbits f) 0) at 2. induction (seq 0 (fbits f)) as [|i l IHl]; simpl; [auto|].
  rewrite app_length, map_length, IHl. auto.
Qed.
Theorem conj_size fs : nthrs (conj_steps fs) = fold_right (fun f p => (fbits f * p)%nat) 1%nat fs.
Proof.
  rewrite <- choices_length. unfold nthrs, conj_steps. rewrite map_map.
  induction (choices fs) as [|ix l IH]; simpl; [auto|]. f_equal. exact IH.
Qed.
Theorem conj_depth D m fs : Forall (fun f => (fvar f < length D)%nat /\ (nth (fvar f) D 0 <= m)%nat) fs ->
  exists t, adepths (conj_steps fs) D = D ++ t /\ length t = length (choices fs) /\ Forall (fun x => (x <= S m)%nat) t.
Proof.
  intros H. destruct (adepths_layer (conj_steps fs) D m) as (t & E & L & F).
  - unfold conj_steps. rewrite Forall_map. apply Forall_forall. intros ix _. unfold reads_at, conj_step; cbn [sform fterms].
    revert ix. induction H as [|f r Hf _ IH]; intros [|i q]; simpl; constructor; auto.
  - exists t. unfold conj_steps in L. rewrite map_length in L. auto.
Qed.

(** ** Offsets: factors l + u with any integer l *)
(** every set of factors, with the product of the offsets outside it *)
Fixpoint subsets (lfs : list (Z * factor)) : list (Z * list factor) :=
  match lfs with
  | [] => [(1, [])]
  | (l, f) :: r => map (fun q => (fst q, f :: snd q)) (subsets r) ++ map (fun q => (l * fst q, snd q)) (subsets r)
  end.
Theorem offsets_expand A lfs :
  zprod (map (fun q => fst q + fvalue A (snd q)) lfs) =
  zsum (fun q => fst q * zprod (map (fvalue A) (snd q))) (subsets lfs).
Proof.
  induction lfs as [|[l f] r IH]; [reflexivity|]. cbn [map zprod fold_right subsets fst snd].
  fold (zprod (map (fun q => fst q + fvalue A (snd q)) r)). rewrite IH, zsum_app, !zsum_map.
  set (Q := zsum _ (subsets r)). transitivity (fvalue A f * Q + l * Q); [lia|]. unfold Q.
  f_equal; rewrite <- zsum_scale; apply zsum_ext; intros q; cbn [fst snd map zprod fold_right];
    fold (zprod (map (fvalue A) (snd q))); lia.
Qed.

(** two factors: one bank of conjunctions, two unary terms and a constant *)
Definition offset_form (n : nat) (l1 l2 : Z) (f g : factor) : form :=
  Form (l1 * l2) ((fvar f, map (Z.mul l2) (ftab f)) :: (fvar g, map (Z.mul l1) (ftab g))
                  :: conj_terms n (choices [f; g])).
Lemma tab_times k g l : tab (map (Z.mul k) g) l = k * tab g l.
Proof. unfold tab. assert (E : k * 0 = 0) by lia. rewrite <- E at 1. apply (map_nth (Z.mul k)). Qed.
Theorem offset_correct A l1 l2 f g : fok A f -> fok A g ->
  fval (aeval (conj_steps [f; g]) A) (offset_form (length A) l1 l2 f g)
  = (l1 + fvalue A f) * (l2 + fvalue A g).
Proof.
  intros Hf Hg. assert (H : Forall (fok A) [f; g]) by auto.
  pose proof (conj_correct A [f; g] H) as C. unfold fval in C at 1. cbn [fconst fterms] in C. rewrite Z.add_0_l in C.
  unfold fval, offset_form. cbn [fconst fterms tsum fst snd]. rewrite C. rewrite !tab_times.
  unfold conj_steps. rewrite conj_aeval by auto. destruct Hf as [Vf _], Hg as [Vg _].
  rewrite !lev_app by auto. cbn [map zprod fold_right]. unfold fvalue. lia.
Qed.

Print Assumptions conj_correct.
Print Assumptions conj_size.
Print Assumptions conj_depth.
Print Assumptions offsets_expand.
Print Assumptions offset_correct.
