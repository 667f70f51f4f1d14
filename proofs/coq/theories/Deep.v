(** Composition: table look-ups (any pointwise quantised nonlinearity, depth 2) and
    stacks of [LTI SSM ; nonlinearity] layers: depth 4 per layer, for every T. Axiom-free. *)
Require Import ZArith List Bool Lia Arith.
Require Import TC0.Circuit TC0.IterAdd TC0.SSM.
Import ListNotations.
Open Scope nat_scope.

(** ** Components *)
Definition comp := nat -> list nat -> circuit * list nat.
Definition below (m : nat) (s : list nat) := Forall (fun i => i < m) s.
Record ok (n : nat) (f : list bool -> list bool) (k sz : nat) (c : comp) : Prop := Ok {
  ok_wf : forall m s, length s = n -> below m s -> wf m (fst (c m s));
  ok_out : forall m s, length s = n -> below m s -> below (m + length (fst (c m s))) (snd (c m s));
  ok_size : forall m s, length s = n -> below m s -> size (fst (c m s)) = sz;
  ok_eval : forall m s v, length s = n -> below m s -> length v = m ->
     outputs (snd (c m s)) (eval (fst (c m s)) v) = f (outputs s v);
  ok_depth : forall m s d D, length s = n -> below m s -> length d = m ->
     Forall (fun x => x <= D) d -> Forall (fun x => x <= D + k) (depths (fst (c m s)) d) }.

Definition cseq (c1 c2 : comp) : comp := fun m s =>
  let (a, o1) := c1 m s in let (b, o2) := c2 (m + length a) o1 in (a ++ b, o2).

Lemma outputs_length o v : length (outputs o v) = length o.
Proof. apply map_length. Qed.

Theorem cseq_ok n1 f1 k1 s1 c1 n2 f2 k2 s2 c2 :
  ok n1 f1 k1 s1 c1 -> ok n2 f2 k2 s2 c2 ->
  (forall x, length x = n1 -> length (f1 x) = n2) ->
  ok n1 (fun x => f2 (f1 x)) (k1 + k2) (s1 + s2) (cseq c1 c2).
Proof.
  intros H1 H2 Hn.
  assert (LO' : forall m s, length s = n1 -> below m s -> length (snd (c1 m s)) = n2).
  { intros m s Ls Fs. rewrite <- (outputs_length _ (eval (fst (c1 m s)) (repeat false m))).
    rewrite (ok_eval _ _ _ _ _ H1) by (auto using repeat_length).
    apply Hn. rewrite outputs_length; auto. }
  split; intros m s;
    [intros Ls Fs|intros Ls Fs|intros Ls Fs|intros v Ls Fs Lv|intros d D Ls Fs Ld Fd];
    pose proof (LO' m s Ls Fs) as LO; unfold cseq;
    pose proof (ok_wf _ _ _ _ _ H1 m s Ls Fs) as W1;
    pose proof (ok_out _ _ _ _ _ H1 m s Ls Fs) as O1;
    pose proof (ok_size _ _ _ _ _ H1 m s Ls Fs) as S1;
    pose proof (ok_eval _ _ _ _ _ H1 m s) as E1;
    pose proof (ok_depth _ _ _ _ _ H1 m s) as D1;
    destruct (c1 m s) as [a o1]; simpl in *;
    pose proof (ok_wf _ _ _ _ _ H2 (m + length a) o1 LO O1) as W2;
    pose proof (ok_out _ _ _ _ _ H2 (m + length a) o1 LO O1) as O2;
    pose proof (ok_size _ _ _ _ _ H2 (m + length a) o1 LO O1) as S2;
    pose proof (ok_eval _ _ _ _ _ H2 (m + length a) o1) as E2;
    pose proof (ok_depth _ _ _ _ _ H2 (m + length a) o1) as D2;
    destruct (c2 _ o1) as [b o2]; simpl in *.
  - apply wf_app; auto.
  - unfold below in *. rewrite app_length. eapply Forall_impl; [|exact O2]; simpl; intros; lia.
  - unfold size in *. rewrite app_length; lia.
  - rewrite eval_app, E2, E1; auto. rewrite eval_length; lia.
  - rewrite depths_app, Nat.add_assoc. apply D2; auto. rewrite depths_length; lia.
Qed.

(** ** Weighted-sum component *)
Definition c_itadd (ts : list target) : comp := fun m s => (itadd m s ts, itadd_out m s ts).
Theorem c_itadd_ok n ts :
  ok n (fun x => map (fun t => Z.testbit (lin (fst t) x) (Z.of_nat (snd t))) ts) 2
     (length ts * (2 * n + 1)) (c_itadd ts).
Proof.
  split; intros m s; simpl.
  - intros; apply itadd_is_wf; auto.
  - intros Ls Fs. unfold below, itadd_out. apply Forall_map, Forall_forall. intros r Hr. apply in_seq in Hr.
    pose proof (itadd_size m s ts) as S. unfold size in S. rewrite S. lia.
  - intros <- _. apply itadd_size.
  - intros. apply itadd_correct; auto.
  - intros; eapply itadd_depths; eauto.
Qed.

(** ** Table look-up component *)
Section Table.
Variables (L Lo : nat) (F : list bool -> list bool).
Hypothesis F_len : forall a, length (F a) = Lo.

Fixpoint allbits (L : nat) : list (list bool) :=
  match L with
  | O => [[]]
  | S k => map (cons false) (allbits k) ++ map (cons true) (allbits k)
  end.
Lemma allbits_length k : length (allbits k) = 2 ^ k.
Proof. induction k; simpl; auto. rewrite app_length, !map_length; lia. Qed.
Lemma allbits_in k : forall a, length a = k -> In a (allbits k).
Proof.
  induction k; intros [|b a] H; simpl in *; try lia; auto.
  apply in_or_app. destruct b; [right|left]; apply in_map; auto.
Qed.
Lemma allbits_len k a : In a (allbits k) -> length a = k.
Proof.
  revert a; induction k; simpl; intros a H.
  - destruct H as [<-|[]]; auto.
  - apply in_app_or in H as [H|H]; apply in_map_iff in H as (a' & <- & H); simpl; auto.
Qed.
Lemma allbits_nodup k : NoDup (allbits k).
Proof.
  assert (INJ : forall (b : bool) l, NoDup l -> NoDup (map (cons b) l)).
  { intros b l H; induction H; simpl; constructor; auto. intros Hi.
    apply in_map_iff in Hi as (y & E & Hy). injection E as ->. auto. }
  assert (APP : forall (l1 l2 : list (list bool)), NoDup l1 -> NoDup l2 ->
      (forall x, In x l1 -> ~ In x l2) -> NoDup (l1 ++ l2)).
  { intros l1 l2 H1 H2; induction H1; simpl; intros Hd; auto. constructor.
    - rewrite in_app_iff. intros [H0|H0]; auto. apply (Hd x); auto.
    - apply IHNoDup. intros; apply Hd; auto. }
  induction k; simpl; [repeat constructor; auto|].
  apply APP; auto. intros x H1 H2. apply in_map_iff in H1 as (y & <- & _).
  apply in_map_iff in H2 as (z & E & _). discriminate.
Qed.

Fixpoint beq (a b : list bool) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => Bool.eqb x y && beq a' b'
  | _, _ => false
  end.
Lemma beq_eq a : forall b, beq a b = true <-> a = b.
Proof.
  induction a; intros [|y b]; simpl; try (split; congruence).
  rewrite andb_true_iff, eqb_true_iff, IHa. split; [intros []|intros E; injection E]; intros; subst; auto.
Qed.

Definition sg (b : bool) : Z := if b then 1%Z else (-1)%Z.
Fixpoint cnt (a : list bool) : Z := match a with [] => 0%Z | b :: r => (b2z b + cnt r)%Z end.
Definition mint (word : list nat) (a : list bool) : gate := Gate (cnt a) (combine (map sg a) word).

Lemma mint_val v word a : length a = length word ->
  gate_val v (mint word a) = beq a (outputs word v).
Proof.
  intros H. unfold gate_val, mint; simpl. rewrite wsum_combine. unfold outputs.
  set (x := map (val v) word). assert (Hx : length a = length x) by (unfold x; rewrite map_length; auto).
  clearbody x; clear H.
  assert (G : (lin (map sg a) x <= cnt a)%Z /\ ((lin (map sg a) x = cnt a)%Z <-> a = x)).
  { revert x Hx; induction a as [|b a IH]; intros [|y x] H; simpl in *; try lia.
    - split; [lia|split; auto].
    - destruct (IH x ltac:(lia)) as [Le Eq]. set (q := lin (map sg a) x) in *. clearbody q. split; [destruct b, y; unfold sg, b2z; cbv beta iota; lia|].
      split.
      + intros E. assert (b = y) by (destruct b, y; auto; unfold sg, b2z in E; cbv beta iota in E; lia). subst y. f_equal.
        apply Eq. destruct b; unfold sg, b2z in E; cbv beta iota in E; lia.
      + intros E; injection E as <- E. apply Eq in E. destruct b; unfold sg, b2z; cbv beta iota; lia. }
  destruct G as [Le Eq]. destruct (beq a x) eqn:E.
  - apply beq_eq in E. apply Eq in E. apply Z.leb_le; lia.
  - apply Z.leb_gt. assert (lin (map sg a) x <> cnt a); [|lia].
    intros E'. apply Eq in E'. apply beq_eq in E'. congruence.
Qed.

Fixpoint orw (pats : list (list bool)) (base j : nat) : list wire :=
  match pats with
  | [] => []
  | a :: r => (b2z (nth j (F a) false), base) :: orw r (S base) j
  end.
Lemma orw_below pats base j : Forall (fun w : wire => snd w < base + length pats) (orw pats base j).
Proof.
  revert base; induction pats; simpl; intros; constructor; simpl; [lia|].
  eapply Forall_impl; [|apply IHpats]; simpl; intros; lia.
Qed.

Lemma orw_sum v w pats : forall base j,
  NoDup pats ->
  (forall k, k < length pats -> val v (base + k) = beq (nth k pats []) w) ->
  wsum v (orw pats base j) =
    if existsb (fun a => beq a w) pats then b2z (nth j (F w) false) else 0%Z.
Proof.
  induction pats as [|a r IH]; intros base j ND H; simpl; auto.
  inversion ND as [|? ? Na ND']; subst.
  pose proof (H 0 ltac:(simpl; lia)) as H0. rewrite Nat.add_0_r in H0; simpl in H0. rewrite H0.
  rewrite (IH (S base) j ND').
  2:{ intros k Hk. specialize (H (S k) ltac:(simpl; lia)). simpl in H.
      replace (S base + k) with (base + S k) by lia. rewrite H; auto. }
  destruct (beq a w) eqn:E; simpl.
  - apply beq_eq in E; subst a.
    destruct (existsb (fun a => beq a w) r) eqn:X; [|lia].
    apply existsb_exists in X as (y & Hy & E). apply beq_eq in E; subst; contradiction.
  - lia.
Qed.

(** R words of L bits in, R words of Lo bits out *)
Definition tab1 (words : list (list nat)) : circuit := flat_map (fun w => map (mint w) (allbits L)) words.
Fixpoint tab2 (words : list (list nat)) (base : nat) : circuit :=
  match words with
  | [] => []
  | _ :: r => map (fun j => Gate 1 (orw (allbits L) base j)) (seq 0 Lo) ++ tab2 r (base + 2 ^ L)
  end.
Definition c_table (R : nat) : comp := fun m s =>
  let words := chunk R L s in
  (tab1 words ++ tab2 words m, seq (m + R * 2 ^ L) (R * Lo)).

Lemma chunk_length {A} R k (x : list A) : length (chunk R k x) = R.
Proof. revert x; induction R; simpl; auto. Qed.
Lemma chunk_map {A B} (g : A -> B) R k x : map (map g) (chunk R k x) = chunk R k (map g x).
Proof. revert x; induction R; simpl; intros; auto. rewrite IHR, firstn_map, skipn_map; auto. Qed.
Lemma chunk_words {A} R k : forall (x : list A), length x = R * k -> Forall (fun w => length w = k) (chunk R k x).
Proof.
  induction R; simpl; intros x H; constructor.
  - rewrite firstn_length; lia.
  - apply IHR. rewrite skipn_length; lia.
Qed.
Lemma chunk_below m R k : forall s, below m s -> Forall (below m) (chunk R k s).
Proof.
  induction R; simpl; intros s H; constructor.
  - unfold below in *. rewrite <- (firstn_skipn k s) in H. apply Forall_app in H; tauto.
  - apply IHR. unfold below in *. rewrite <- (firstn_skipn k s) in H. apply Forall_app in H; tauto.
Qed.

Lemma tab1_length words : length (tab1 words) = length words * 2 ^ L.
Proof.
  induction words; simpl; auto. rewrite app_length, map_length, allbits_length; simpl; lia.
Qed.
Lemma tab2_length words : forall base, length (tab2 words base) = length words * Lo.
Proof. induction words; simpl; intros; auto. rewrite app_length, map_length, seq_length, IHwords; lia. Qed.
Lemma tab1_reads m words : Forall (below m) words -> Forall (reads_below m) (tab1 words).
Proof.
  unfold tab1. intros H; apply Forall_flat_map. eapply Forall_impl; [|exact H].
  intros w Hw. apply Forall_map, Forall_forall. intros a _. unfold reads_below, mint; simpl.
  apply in_combine_below; auto.
Qed.
Lemma tab2_reads words : forall base, Forall (reads_below (base + length words * 2 ^ L)) (tab2 words base).
Proof.
  induction words as [|w r IH]; intros base; simpl; [constructor|]. apply Forall_app; split.
  - apply Forall_map, Forall_forall. intros j _. unfold reads_below; simpl.
    eapply Forall_impl; [|apply orw_below]. rewrite allbits_length. simpl; intros; lia.
  - rewrite Nat.add_assoc. apply IH.
Qed.

Lemma seq_outputs v t : outputs (seq (length v) (length t)) (v ++ t) = t.
Proof.
  apply nth_ext with false false; unfold outputs; rewrite map_length, seq_length; auto.
  intros i Hi. rewrite (nth_indep _ false (val (v ++ t) 0)) by (rewrite map_length, seq_length; auto).
  rewrite map_nth, seq_nth by auto. rewrite val_app_r; auto.
Qed.

Lemma tab2_vals v1 words : forall base xs,
  length xs = length words -> Forall (fun x => length x = L) xs ->
  (forall r k, r < length words -> k < 2 ^ L ->
     val v1 (base + r * 2 ^ L + k) = beq (nth k (allbits L) []) (nth r xs [])) ->
  map (gate_val v1) (tab2 words base) = flat_map F xs.
Proof.
  induction words as [|w r IH]; intros base xs Hl Hx H; destruct xs as [|x xs]; simpl in *; try lia; auto.
  apply Forall_cons_iff in Hx as [Lx Hx'].
  rewrite map_app. f_equal.
  - apply nth_ext with false false; rewrite !map_length, seq_length; [rewrite F_len; auto|].
    intros j Hj. rewrite map_map.
    set (G := fun j => gate_val v1 (Gate 1 (orw (allbits L) base j))).
    rewrite (nth_indep _ false (G 0)) by (rewrite map_length, seq_length; auto).
    change (nth j (map G (seq 0 Lo)) (G 0) = nth j (F x) false).
    rewrite map_nth, seq_nth by auto. unfold G, gate_val; simpl.
    rewrite (orw_sum v1 x).
    + replace (existsb _ _) with true.
      2:{ symmetry. apply existsb_exists. exists x; split; [apply allbits_in; auto|apply beq_eq; auto]. }
      destruct (nth j (F x) false); auto.
    + apply allbits_nodup.
    + rewrite allbits_length. intros k Hk. specialize (H 0 k ltac:(lia) Hk). simpl in H.
      rewrite Nat.add_0_r in H; auto.
  - apply IH; auto. intros r' k Hr Hk. specialize (H (S r') k ltac:(lia) Hk). simpl in H.
    rewrite <- H. f_equal; lia.
Qed.

Lemma tab1_vals v words : Forall (fun w => length w = L) words -> forall r k,
  r < length words -> k < 2 ^ L ->
  nth (r * 2 ^ L + k) (map (gate_val v) (tab1 words)) false
  = beq (nth k (allbits L) []) (nth r (map (fun w => outputs w v) words) []).
Proof.
  induction 1 as [|w ws Lw _ IH]; intros r k Hr Hk; simpl in *; [lia|].
  rewrite map_app. destruct r as [|r].
  - rewrite app_nth1 by (rewrite !map_length, allbits_length; auto). simpl.
    rewrite map_map. set (G := fun a => gate_val v (mint w a)).
    rewrite (nth_indep _ false (G [])) by (rewrite map_length, allbits_length; auto).
    rewrite map_nth. unfold G. apply mint_val. rewrite Lw. apply allbits_len.
    apply nth_In. rewrite allbits_length; auto.
  - rewrite app_nth2 by (rewrite !map_length, allbits_length; simpl; lia).
    rewrite !map_length, allbits_length. rewrite <- IH by lia. f_equal. simpl; lia.
Qed.

Theorem c_table_ok R :
  ok (R * L) (fun x => flat_map F (chunk R L x)) 2 (R * (2 ^ L + Lo)) (c_table R).
Proof.
  assert (LEN : forall s : list nat, length (chunk R L s) = R) by (intros; apply chunk_length).
  split; intros m s; simpl.
  - intros Ls Fs. apply wf_app.
    + apply layer_wf, tab1_reads, chunk_below; auto.
    + apply layer_wf. rewrite tab1_length. apply tab2_reads.
  - intros Ls Fs. unfold below. apply Forall_forall. intros i Hi. apply in_seq in Hi.
    rewrite app_length, tab1_length, tab2_length, LEN. lia.
  - intros Ls Fs. unfold size. rewrite app_length, tab1_length, tab2_length, LEN. lia.
  - intros v Ls Fs Lv. set (words := chunk R L s).
    rewrite eval_app. rewrite (eval_layer (tab1 words)) by (rewrite Lv; apply tab1_reads, chunk_below; auto).
    set (v1 := v ++ map (gate_val v) (tab1 words)).
    assert (L1 : length v1 = m + R * 2 ^ L).
    { unfold v1. rewrite app_length, map_length, tab1_length. unfold words; rewrite LEN; lia. }
    rewrite eval_layer.
    2:{ rewrite L1. pose proof (tab2_reads words m) as T. unfold words in T at 1; rewrite LEN in T; auto. }
    rewrite <- L1.
    assert (E : map (gate_val v1) (tab2 words m) = flat_map F (chunk R L (outputs s v))).
    { replace (chunk R L (outputs s v)) with (map (fun w => outputs w v) words)
        by (unfold words, outputs; rewrite <- chunk_map; auto).
      apply tab2_vals.
      - apply map_length.
      - apply Forall_map. eapply Forall_impl; [|apply (chunk_words R L s Ls)].
        intros w Hw. rewrite outputs_length; auto.
      - intros r k Hr Hk. rewrite <- Lv. unfold v1. rewrite <- Nat.add_assoc, val_app_r.
        unfold val. apply tab1_vals; auto. apply chunk_words; auto. }
    rewrite E.
    replace (R * Lo) with (length (flat_map F (chunk R L (outputs s v)))).
    + apply seq_outputs.
    + rewrite <- E, map_length, tab2_length. unfold words; rewrite LEN; auto.
  - intros d D Ls Fs Ld Fd. set (words := chunk R L s). rewrite depths_app.
    destruct (depths_layer (tab1 words) d D) as (t1 & E1 & L1 & F1); auto.
    { rewrite Ld; apply tab1_reads, chunk_below; auto. }
    rewrite E1.
    destruct (depths_layer (tab2 words m) (d ++ t1) (S D)) as (t2 & E2 & L2 & F2).
    { rewrite app_length, L1, tab1_length, Ld. apply tab2_reads. }
    { apply Forall_app; split; auto. eapply Forall_impl; [|exact Fd]; simpl; intros; lia. }
    rewrite E2, !Forall_app; repeat split.
    + eapply Forall_impl; [|exact Fd]; simpl; intros; lia.
    + eapply Forall_impl; [|exact F1]; simpl; intros; lia.
    + eapply Forall_impl; [|exact F2]; simpl; intros; lia.
Qed.
End Table.

(** ** Deep quantised S4: layer = LTI SSM (exact, L-bit two's complement output)
       followed by any word-wise table F : L bits -> m' bits *)
Record layer := Layer { lP : ssm; lin_dim : nat; lin_bits : nat; lL : nat;
                        lF : list bool -> list bool; lout_bits : nat }.
Definition q_of (l : layer) := length (mC (lP l)).
Definition layer_ok (l : layer) :=
  length (mC (lP l)) = length (mD (lP l)) /\ forall a, length (lF l a) = lout_bits l.

(** specification: the recurrence, then the table *)
Definition layer_spec (T : nat) (l : layer) (x : list bool) : list bool :=
  flat_map (lF l) (chunk (T * q_of l) (lL l)
    (flat_map (bits_of (lL l)) (concat (zrun (lP l) (h_init (lP l)) (decode_seq T (lin_dim l) (lin_bits l) x))))).
Definition layer_comp (T : nat) (l : layer) : comp :=
  cseq (c_itadd (out_targets (lP l) (lin_dim l) (lin_bits l) (lL l) T))
       (c_table (lL l) (lout_bits l) (lF l) (T * q_of l)).
Definition layer_in (T : nat) (l : layer) := T * (lin_dim l * lin_bits l).
Definition layer_size (T : nat) (l : layer) :=
  T * q_of l * lL l * (2 * layer_in T l + 1) + T * q_of l * (2 ^ lL l + lout_bits l).

Lemma targets_length L (ys : list (list form)) : length (targets L ys) = length (concat ys) * L.
Proof.
  assert (FL : forall l : list form, length (flat_map (fun f => map (fun j => (f, j)) (seq 0 L)) l) = length l * L).
  { induction l; simpl; auto. rewrite app_length, map_length, seq_length; lia. }
  exact (FL _).
Qed.
Lemma out_targets_length P p m L T : length (mC P) = length (mD P) ->
  length (out_targets P p m L T) = T * length (mC P) * L.
Proof.
  intros E. unfold out_targets. rewrite targets_length. f_equal. unfold frun.
  rewrite run_count by auto. unfold input_forms. rewrite map_length, seq_length; auto.
Qed.

Lemma itadd_fun_spec P p m L T x : length x = T * (p * m) ->
  map (fun t => Z.testbit (lin (fst t) x) (Z.of_nat (snd t))) (out_targets P p m L T) =
  flat_map (bits_of L) (concat (zrun P (h_init P) (decode_seq T p m x))).
Proof.
  intros Hx. rewrite <- (ssm_layer_correct P p m L T x Hx).
  unfold ssm_outs, ssm_circuit. rewrite itadd_correct; auto.
  - rewrite map_val_seq; auto.
  - apply Forall_forall; intros i Hi; apply in_seq in Hi; lia.
Qed.

Lemma ok_ext n f g k sz c : (forall x, length x = n -> f x = g x) -> ok n f k sz c -> ok n g k sz c.
Proof.
  intros E [a b s e d]; split; auto. intros. rewrite <- E; [auto|]. rewrite outputs_length; auto.
Qed.

Theorem layer_comp_ok T l : layer_ok l ->
  ok (layer_in T l) (layer_spec T l) 4 (layer_size T l) (layer_comp T l).
Proof.
  intros [E HF].
  pose proof (c_itadd_ok (layer_in T l) (out_targets (lP l) (lin_dim l) (lin_bits l) (lL l) T)) as H1.
  pose proof (c_table_ok (lL l) (lout_bits l) (lF l) HF (T * q_of l)) as H2.
  assert (HL := out_targets_length (lP l) (lin_dim l) (lin_bits l) (lL l) T E).
  pose proof (cseq_ok _ _ _ _ _ _ _ _ _ _ H1 H2) as H.
  assert (HN : forall x, length x = layer_in T l ->
     length (map (fun t : target => Z.testbit (lin (fst t) x) (Z.of_nat (snd t)))
       (out_targets (lP l) (lin_dim l) (lin_bits l) (lL l) T)) = T * q_of l * lL l).
  { intros; rewrite map_length, HL; auto. }
  specialize (H HN). eapply ok_ext with (f := fun x => flat_map (lF l) (chunk (T * q_of l) (lL l)
    (map (fun t : target => Z.testbit (lin (fst t) x) (Z.of_nat (snd t)))
       (out_targets (lP l) (lin_dim l) (lin_bits l) (lL l) T)))).
  - intros x Hx. unfold layer_spec. f_equal. f_equal. apply itadd_fun_spec; auto.
  - destruct H as [W O S Ev Dp]. split; auto. intros m s Ls Fs. etransitivity; [exact (S m s Ls Fs)|].
    unfold layer_size. f_equal. f_equal. exact HL.
Qed.

Lemma layer_spec_length T l x : layer_ok l -> length (layer_spec T l x) = T * q_of l * lout_bits l.
Proof.
  intros [_ HF]. unfold layer_spec.
  rewrite <- (chunk_length (T * q_of l) (lL l) (flat_map (bits_of (lL l))
    (concat (zrun (lP l) (h_init (lP l)) (decode_seq T (lin_dim l) (lin_bits l) x))))) at 2.
  generalize (chunk (T * q_of l) (lL l) (flat_map (bits_of (lL l))
    (concat (zrun (lP l) (h_init (lP l)) (decode_seq T (lin_dim l) (lin_bits l) x))))).
  induction l0; simpl; auto. rewrite app_length, HF, IHl0; lia.
Qed.

(** stacks *)
Fixpoint stack_spec (T : nat) (ls : list layer) (x : list bool) : list bool :=
  match ls with [] => x | l :: r => stack_spec T r (layer_spec T l x) end.
Fixpoint stack_comp (T : nat) (ls : list layer) : comp :=
  match ls with [] => fun _ s => ([], s) | l :: r => cseq (layer_comp T l) (stack_comp T r) end.
Fixpoint stack_size (T : nat) (ls : list layer) : nat :=
  match ls with [] => 0 | l :: r => layer_size T l + stack_size T r end.
Fixpoint stack_ok (d b : nat) (ls : list layer) : Prop :=      (* d numbers of b bits flow in *)
  match ls with
  | [] => True
  | l :: r => layer_ok l /\ lin_dim l = d /\ lin_bits l = b /\ stack_ok (q_of l) (lout_bits l) r
  end.

Theorem stack_comp_ok T ls : forall d b, stack_ok d b ls ->
  ok (T * (d * b)) (stack_spec T ls) (4 * length ls) (stack_size T ls) (stack_comp T ls).
Proof.
  induction ls as [|l r IH]; intros d b H.
  - simpl. split; simpl; intros; auto.
    + intros k g Hk; destruct k; discriminate.
    + rewrite Nat.add_0_r; auto.
    + rewrite Nat.add_0_r; auto.
  - destruct H as (Hl & <- & <- & Hr). simpl stack_spec. simpl stack_comp. simpl stack_size.
    replace (4 * length (l :: r)) with (4 + 4 * length r) by (simpl length; lia).
    apply (cseq_ok (layer_in T l) (layer_spec T l) _ _ _ (T * (q_of l * lout_bits l))).
    + apply layer_comp_ok; auto.
    + apply IH; auto.
    + intros x _. rewrite layer_spec_length by auto. lia.
Qed.

Lemma layer_size_poly l : exists A, forall T, layer_size T l <= A * T * T + A * T.
Proof.
  exists (q_of l * lL l * (2 * (lin_dim l * lin_bits l)) + q_of l * lL l + q_of l * (2 ^ lL l + lout_bits l)).
  intros T. unfold layer_size, layer_in. generalize (2 ^ lL l). intros E. nia.
Qed.
Lemma stack_size_poly ls : exists A, forall T, stack_size T ls <= A * T * T + A * T.
Proof.
  induction ls as [|l r [B IH]]; [exists 0; simpl; lia|].
  destruct (layer_size_poly l) as [A HA]. exists (A + B). intros T. simpl. specialize (HA T). specialize (IH T). nia.
Qed.

(** ** Headline *)
Theorem deep_s4_constant_depth (d b : nat) (ls : list layer) : stack_ok d b ls ->
  exists (c : nat -> circuit) (o : nat -> list nat), forall T,
    let N := T * (d * b) in
    wf N (c T) /\ depth_le N (c T) (4 * length ls) /\ size (c T) = stack_size T ls /\
    forall x, length x = N -> outputs (o T) (eval (c T) x) = stack_spec T ls x.
(* size: [stack_size_poly] gives stack_size T ls <= A*T^2 + A*T with A independent of T *)
Proof.
  intros H.
  exists (fun T => fst (stack_comp T ls (T * (d * b)) (seq 0 (T * (d * b))))),
         (fun T => snd (stack_comp T ls (T * (d * b)) (seq 0 (T * (d * b))))).
  intros T N. destruct (stack_comp_ok T ls d b H) as [W O S E D].
  assert (Ls : length (seq 0 N) = N) by apply seq_length.
  assert (Fs : below N (seq 0 N)).
  { apply Forall_forall; intros i Hi; apply in_seq in Hi; lia. }
  split; [apply W; auto|]. split; [|split; [apply S; auto|]].
  - intros j l P. etransitivity; [eapply depth_sound; eauto|].
    unfold depth. apply maxl_le. apply (D N (seq 0 N) (repeat 0 N) 0); auto using repeat_length.
    apply Forall_forall; intros y Hy; apply repeat_spec in Hy; lia.
  - intros x Hx. rewrite E; auto. f_equal. unfold outputs. apply map_val_seq; auto.
Qed.
Print Assumptions deep_s4_constant_depth.
