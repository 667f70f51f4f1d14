(** Soundness of the validator of Validate.v.  Headlines: [validate_sound], [validate_values]. *)
Require Import ZArith NArith List Bool Lia Arith Sorted.
From TC0 Require Import Circuit Arith Banks Validate.
From TC0 Require Levels.
Import ListNotations.
Open Scope Z_scope.

(** cases of an option or a guard that must succeed *)
Ltac step_in H :=
  match type of H with
  | (match ?x with _ => _ end) = Some _ =>
      let E := fresh "E" in destruct x eqn:E; try discriminate H
  end.

Ltac step_as H y :=
  match type of H with
  | (match ?x with _ => _ end) = Some _ =>
      let E := fresh "E" in destruct x as [y|] eqn:E; [|discriminate H]
  end.

(** ** Lists *)
Lemma nth_map_in {X Y} (f : X -> Y) d (y : Y) l k : (k < length l)%nat -> nth k (map f l) y = f (nth k l d).
Proof. apply Levels.nth_map_lt. Qed.
Lemma eqbZ_eq a : forall b, eqbZ a b = true -> a = b.
Proof.
  induction a as [|x a IH]; intros [|y b]; simpl; try discriminate; auto.
  rewrite andb_true_iff, Z.eqb_eq. intros [-> H]. f_equal; auto.
Qed.
Lemma eqbN_eq a : forall b, eqbN a b = true -> a = b.
Proof.
  induction a as [|x a IH]; intros [|y b]; simpl; try discriminate; auto.
  rewrite andb_true_iff, N.eqb_eq. intros [-> H]. f_equal; auto.
Qed.
Lemma copies_spec n c : copies n c = repeat c (N.to_nat n).
Proof.
  unfold copies. induction n as [|n IH] using N.peano_ind; [auto|].
  rewrite N.iter_succ, IH, N2Nat.inj_succ. auto.
Qed.
Lemma nthN_spec {A} (l : list A) d : forall n, nthN n l d = nth (N.to_nat n) l d.
Proof.
  induction l as [|x r IH]; intros n; simpl; [destruct (N.to_nat n); auto|].
  destruct (N.eqb_spec n 0) as [->|H]; [auto|].
  rewrite IH, N2Nat.inj_pred. destruct (N.to_nat n) eqn:E; [lia|]. auto.
Qed.
Lemma addmul_spec c u : forall acc r, addmul c u acc = Some r ->
  length u = length acc /\ length r = length acc /\
  forall k, (k < length acc)%nat -> nth k r 0 = nth k acc 0 + c * nth k u 0.
Proof.
  induction u as [|x u IH]; intros [|a acc] r H; simpl in H; try discriminate.
  - injection H as <-. repeat split; auto. simpl; lia.
  - step_in H. injection H as <-. destruct (IH _ _ E) as (A & B & C). simpl.
    repeat split; auto. intros [|k] Hk; [auto|]. apply C. lia.
Qed.

Notation therm := Levels.thermo.
Notation ascending l := (Sorted Z.le l).
Lemma ascend_sorted l : ascendb l = true -> ascending l.
Proof.
  induction l as [|a r IH]; simpl; [constructor|]. rewrite andb_true_iff. intros [H1 H2].
  constructor; auto. destruct r; constructor. apply Z.leb_le; auto.
Qed.
Lemma reached_count l x : reached l x = Levels.count l x.
Proof. auto. Qed.
Lemma therm_S g h : therm (S g) h = Nat.ltb 0 h :: therm g (pred h).
Proof.
  unfold Levels.thermo. simpl. f_equal. rewrite <- seq_shift, map_map. apply map_ext.
  intros k. apply eq_true_iff_eq. rewrite !Nat.ltb_lt. lia.
Qed.
Lemma dot_therm ws : forall h acc, (h <= length ws)%nat ->
  acc + dot ws (therm (length ws) h) = nth h (prefixes acc ws) 0.
Proof.
  induction ws as [|w r IH]; intros h acc H; simpl length in *.
  - simpl. destruct h; simpl; lia.
  - rewrite therm_S. cbn [dot prefixes]. destruct h as [|h]; simpl pred.
    + simpl. specialize (IH 0%nat 0 ltac:(lia)).
      assert (P : forall q, nth 0 (prefixes 0 q) 0 = 0) by (intros []; auto). rewrite P in IH. lia.
    + cbn [nth]. rewrite <- IH by lia. simpl. lia.
Qed.
Lemma prefixes_length ws : forall acc, length (prefixes acc ws) = S (length ws).
Proof. induction ws; intros; simpl; auto. Qed.
Lemma dot_zero ws : forall n, dot ws (repeat false n) = 0.
Proof. induction ws as [|w r IH]; intros [|n]; simpl; auto. rewrite IH. lia. Qed.
Lemma dot_onehot ws : forall t, (t < length ws)%nat -> dot ws (onehot (length ws) t) = nth t ws 0.
Proof.
  induction ws as [|w r IH]; intros t H; simpl in H; [lia|].
  unfold onehot in *. simpl length. simpl seq. rewrite <- seq_shift. cbn [map dot]. rewrite map_map.
  destruct t as [|t]; simpl.
  - assert (Z0 : forall n k, map (fun _ : nat => false) (seq k n) = repeat false n)
      by (induction n; intros; simpl; congruence).
    rewrite Z0, dot_zero. lia.
  - rewrite IH by lia. lia.
Qed.
Lemma ones_dot bs : ones bs = dot (repeat 1 (length bs)) bs.
Proof. induction bs; simpl; [auto|]. rewrite IHbs. destruct a; simpl; lia. Qed.
Lemma dot_firstn bs : forall ws, dot ws bs = dot (firstn (length bs) ws) bs.
Proof. induction bs as [|b r IH]; intros [|w ws]; simpl; auto. rewrite IH. auto. Qed.
Lemma onehot_length n t : length (onehot n t) = n.
Proof. unfold onehot. rewrite map_length, seq_length. auto. Qed.
Lemma nth_therm g h k : (h <= g)%nat -> nth k (therm g h) false = Nat.ltb k h.
Proof.
  intros H. destruct (lt_dec k g) as [l|l].
  - exact (Levels.thermo_val g h k l).
  - rewrite nth_overflow by (rewrite Levels.thermo_length; lia).
    symmetry. apply Nat.ltb_ge. lia.
Qed.
Lemma map_therm l x : ascending l -> map (fun t => t <=? x) l = therm (length l) (reached l x).
Proof.
  intros So. apply nth_ext with false false; [rewrite map_length, Levels.thermo_length; auto|].
  intros k Hk. rewrite map_length in Hk. rewrite nth_therm by apply Levels.count_le.
  rewrite (nth_map_in (fun t => t <=? x) 0) by auto.
  apply Levels.count_nth; auto.
Qed.

Lemma minZ_le l k : (k < length l)%nat -> minZ l <= nth k l 0.
Proof.
  destruct l as [|x r]; simpl; [lia|]. intros H.
  assert (G : fold_right Z.min x r <= x /\ forall j, (j < length r)%nat -> fold_right Z.min x r <= nth j r 0).
  { clear. induction r as [|y r [A B]]; simpl; [split; [lia|intros; lia]|]. split; [lia|].
    intros [|j] Hj; [lia|]. specialize (B j ltac:(lia)). lia. }
  destruct k; [tauto|]. apply G. lia.
Qed.
Lemma maxZ_ge l k : (k < length l)%nat -> nth k l 0 <= maxZ l.
Proof.
  destruct l as [|x r]; simpl; [lia|]. intros H.
  assert (G : x <= fold_right Z.max x r /\ forall j, (j < length r)%nat -> nth j r 0 <= fold_right Z.max x r).
  { clear. induction r as [|y r [A B]]; simpl; [split; [lia|intros; lia]|]. split; [lia|].
    intros [|j] Hj; [lia|]. specialize (B j ltac:(lia)). lia. }
  destruct k; [tauto|]. apply G. lia.
Qed.

(** ** Codes *)
Lemma strip_spec t bs : forall k k' bs', strip t bs k = (k', bs') ->
  exists j, bs = repeat t j ++ bs' /\ k' = (k + N.of_nat j)%N.
Proof.
  induction bs as [|b r IH]; intros k k' bs' H; simpl in H.
  - injection H as <- <-. exists 0%nat. split; [auto|lia].
  - destruct (Z.eqb_spec b t) as [->|D].
    + destruct (IH _ _ _ H) as (j & -> & ->). exists (S j). split; [auto|lia].
    + injection H as <- <-. exists 0%nat. split; [auto|lia].
Qed.
Lemma codes_in th : forall bs acc r, codes th bs acc = Some r -> Forall (fun b => In b th) bs.
Proof.
  induction th as [|t th IH]; intros bs acc r H; simpl in H.
  - destruct bs; [constructor|discriminate].
  - destruct (strip t bs acc) as [k bs'] eqn:Es. step_in H.
    destruct (strip_spec _ _ _ _ _ Es) as (j & -> & _). apply Forall_app. split.
    + apply Forall_forall. intros x Hx. apply repeat_spec in Hx. left; auto.
    + eapply Forall_impl; [|apply (IH _ _ _ E)]. simpl; auto.
Qed.
Lemma reached_app a b x : reached (a ++ b) x = (reached a x + reached b x)%nat.
Proof. apply Levels.count_app. Qed.
Lemma reached_none l x : Forall (fun t => x < t) l -> reached l x = 0%nat.
Proof.
  unfold reached. induction 1 as [|t r H _ IH]; simpl; [auto|].
  destruct (Z.leb_spec t x); [lia|auto].
Qed.
Lemma reached_repeat t j x : reached (repeat t j) x = if t <=? x then j else 0%nat.
Proof.
  unfold reached. induction j as [|j IH]; simpl; [destruct (t <=? x); auto|].
  destruct (t <=? x); simpl; auto.
Qed.
Lemma codes_ok th : forall bs acc r x, ascending th -> codes th bs acc = Some r ->
  length r = S (length th) /\
  N.to_nat (nth (reached th x) r 0%N) = (N.to_nat acc + reached bs x)%nat.
Proof.
  induction th as [|t th IH]; intros bs acc r x So H.
  - simpl in H. destruct bs; [|discriminate]. injection H as <-. simpl. split; auto.
  - pose proof (codes_in _ _ _ _ H) as Hin. simpl in H.
    destruct (strip t bs acc) as [k bs'] eqn:Es. step_in H. injection H as <-.
    destruct (strip_spec _ _ _ _ _ Es) as (j & -> & ->).
    inversion So as [|? ? So' _]; subst. destruct (IH _ _ _ x So' E) as [A B].
    split; [simpl; auto|].
    apply Sorted_StronglySorted in So; [|intros ? ? ?; lia]. inversion So as [|? ? _ F]; subst.
    rewrite Forall_forall in F.
    rewrite reached_app, reached_repeat. unfold reached at 1; simpl.
    destruct (Z.leb_spec t x) as [Hx|Hx]; simpl.
    + change (length (filter (fun t => t <=? x) th)) with (reached th x). rewrite B. lia.
    + assert (R : reached th x = 0%nat).
      { apply reached_none, Forall_forall. intros y Hy. specialize (F y Hy). lia. }
      unfold reached in R. rewrite R. simpl. rewrite reached_none; [rewrite Nat.add_0_r; auto|].
      apply Forall_app in Hin as [_ Hin]. eapply Forall_impl; [|exact Hin]. simpl.
      intros y [->|Hy]; [auto|]. specialize (F y Hy). lia.
Qed.
Lemma reached_rev l x : reached (rev l) x = reached l x.
Proof. induction l as [|a l IH]; simpl; [auto|]. rewrite reached_app, IH. unfold reached. simpl.
  destruct (a <=? x); simpl; lia. Qed.
Lemma reached_neg bs x : (reached (map (fun b => 1 - b)%Z bs) x + reached bs (- x) = length bs)%nat.
Proof.
  unfold reached in *. induction bs as [|b r IH]; [auto|]. cbn [map filter].
  destruct (Z.leb_spec (1 - b) x), (Z.leb_spec b (- x)); cbn [length]; lia.
Qed.
Definition signed (neg : bool) (x : Z) : Z := if neg then - x else x.
Lemma code_table_ok th neg bs r x : ascending th -> code_table th neg bs = Some r ->
  length r = S (length th) /\ N.to_nat (nth (reached th x) r 0%N) = reached bs (signed neg x).
Proof.
  intros So H. unfold code_table in H. destruct neg; simpl.
  - step_in H. injection H as <-. destruct (codes_ok _ _ _ _ x So E) as [A B]. rewrite map_length.
    split; [auto|].
    assert (Hl : (reached th x < length l)%nat) by (rewrite A; apply Nat.lt_succ_r, Levels.count_le).
    rewrite (nth_map_in (fun y => (lenN bs - y)%N) 0%N) by auto.
    rewrite N2Nat.inj_sub, B, lenN_spec, reached_rev, Nat2N.id. 
    pose proof (reached_neg bs x) as Q. change (N.to_nat 0) with 0%nat. unfold signed. rewrite <- Q. lia.
  - destruct (codes_ok _ _ _ _ x So H) as [A B]. rewrite B. auto.
Qed.
Lemma reachedN_spec th x : N.to_nat (reachedN th x) = reached th x.
Proof.
  unfold reachedN. assert (G : forall n, N.to_nat (fold_left (fun n t => if t <=? x then N.succ n else n) th n)
    = (N.to_nat n + reached th x)%nat).
  { unfold reached. induction th as [|t r IH]; intros n; simpl; [lia|]. rewrite IH.
    destruct (t <=? x); simpl; lia. }
  rewrite G. auto.
Qed.
Lemma iotaN_spec l : forall k, iotaN k l = map N.of_nat (seq (N.to_nat k) (S (length l))).
Proof.
  induction l as [|x r IH]; intros k; simpl.
  - rewrite N2Nat.id. auto.
  - rewrite IH, N2Nat.inj_succ. simpl. rewrite N2Nat.id. auto.
Qed.

(** ** The digit gate *)
Lemma dsum_therm c g : forall h i, (h <= g)%nat -> dsum c i (therm g h) = c i - c (i + h)%nat.
Proof.
  induction g as [|g IH]; intros h i H.
  - simpl. replace (i + h)%nat with i by lia. lia.
  - rewrite therm_S. cbn [dsum]. destruct h as [|h]; simpl pred.
    + rewrite IH by lia. simpl. replace (S i + 0)%nat with (S i) by lia. replace (i + 0)%nat with i by lia. lia.
    + rewrite IH by lia. replace (S i + h)%nat with (i + S h)%nat by lia. simpl. lia.
Qed.
Lemma digit_ok F us bs past w g : ascending bs -> F < past ->
  us = therm g (reached bs F / 2 ^ w) -> (reached bs F / 2 ^ w <= g)%nat ->
  map (digit_gate F us bs past w) (seq 0 (2 ^ w - 1)) = therm (2 ^ w - 1) (reached bs F mod 2 ^ w).
Proof.
  intros So Hp -> Hg. unfold Levels.thermo at 2. apply map_ext_in. intros k Hk. apply in_seq in Hk.
  set (C := reached bs F) in *. assert (P : (2 ^ w <> 0)%nat) by (apply Nat.pow_nonzero; lia).
  pose proof (Nat.div_mod C (2 ^ w) P) as DM. pose proof (Nat.mod_upper_bound C (2 ^ w) P) as MU.
  assert (CL : (C <= length bs)%nat) by apply Levels.count_le.
  unfold digit_gate. rewrite dsum_therm by auto. rewrite Nat.add_0_l.
  set (c := border bs past w k). transitivity (c (C / 2 ^ w)%nat <=? F).
  { apply eq_true_iff_eq. rewrite !Z.leb_le. lia. }
  unfold c, border.
  assert (Q : (C / 2 ^ w * 2 ^ w + k < C)%nat <-> (k < C mod 2 ^ w)%nat).
  { revert DM. generalize (C / 2 ^ w)%nat (C mod 2 ^ w)%nat (2 ^ w)%nat. intros; nia. }
  set (q := (C / 2 ^ w * 2 ^ w + k)%nat) in *.
  destruct (lt_dec q (length bs)) as [l|l].
  - rewrite (nth_indep bs past 0) by auto. rewrite (Levels.count_nth bs F q So l).
    change (Levels.count bs F) with C. apply eq_true_iff_eq. rewrite !Nat.ltb_lt. exact Q.
  - rewrite nth_overflow by lia. apply eq_true_iff_eq. rewrite Z.leb_le, Nat.ltb_lt. rewrite <- Q.
    clear Q. lia.
Qed.

(** ** What the validator's state says of the two circuits' values *)
Section Values.
Variables (ats tts : nmap (list Z)) (ix : index) (input : list (list bool)) (S : values).
Hypothesis Hform : forall f r, nfind (iform ix) f = Some r -> form_of S f = form_val tts S r.
Hypothesis Hlist : forall l r, nfind (ilist ix) l = Some r -> list_of S l = r.
Hypothesis Hbank : forall b k, nfind (ibank ix) b = Some k -> bits_of S b = bank_val tts input S k.

Definition level_ok (c : cell) (i : info) : Prop :=
  match i with
  | IInput n => (level c < N.to_nat n)%nat
  | IStep vals _ _ _ => (level c < length vals)%nat
  | IVal _ _ _ => True
  end.
Definition info_ok (c : cell) (i : info) : Prop :=
  level_ok c i /\
  match i with
  | IInput _ => True
  | IStep vals f lo hi => value c = nth (level c) vals 0 /\ form_of S f = value c /\ lo <= value c <= hi
  | IVal f lo hi => form_of S f = value c /\ lo <= value c <= hi
  end.
Definition mean_ok (e : env) (b : N) (x : mean) : Prop :=
  match x with
  | MHot m n => let l := level (at_ e m) in bits_of S b = onehot (N.to_nat n) l /\ (l < N.to_nat n)%nat
  | MTherm m g hs =>
      let l := level (at_ e m) in
      exists h, bits_of S b = therm (N.to_nat g) h /\ (h <= N.to_nat g)%nat /\
        match hs with
        | None => h = l
        | Some hs => (l < length hs)%nat /\ h = N.to_nat (nth l hs 0%N)
        end
  end.
Definition zeroone (x : Z) : Prop := x = 0 \/ x = 1.
Fixpoint zdot (ps es : list Z) : Z :=
  match ps, es with p :: ps', e :: es' => p * e + zdot ps' es' | _, _ => 0 end.
Definition list_ok (e : env) (l : N) (mx : N * list Z) : Prop :=
  let (m, x) := mx in
  let es := map (form_of S) (list_of S l) in
  (level (at_ e m) < length x)%nat /\ Forall zeroone es /\
  zdot (pow2s 1 (list_of S l)) es = nth (level (at_ e m)) x 0.

(** *** Forms of one node's level *)
Lemma weights_spec w n l : weights tts w n = Some l -> length l = N.to_nat n /\
  forall b c t bs, bits_of S b = bs -> length bs = N.to_nat n -> term_bank t = Some (c, b, w) ->
    term_val tts S t = c * dot l bs.
Proof.
  unfold weights. destruct w as [[t off]|]; intros H.
  - set (q := slice (tableof tts t) off n) in *. step_in H. injection H as <-.
    apply N.eqb_eq in E. rewrite lenN_spec in E. split; [lia|].
    intros b c t' bs Hb Hl Ht. destruct t'; simpl in Ht; try discriminate. injection Ht as -> -> -> ->. simpl.
    rewrite Hb, dot_firstn, Hl. unfold q, slice. rewrite takeN_spec. auto.
  - injection H as <-. rewrite copies_spec, repeat_length. split; [auto|].
    intros b c t' bs Hb Hl Ht. destruct t'; simpl in Ht; try discriminate. injection Ht as -> ->. simpl.
    rewrite Hb, ones_dot, Hl. auto.
Qed.

Lemma bank_table_ok e b x w u : mean_ok e b x -> bank_table tts x w = Some u ->
  (level (at_ e (mean_node x)) < length u)%nat /\
  forall t c, term_bank t = Some (c, b, w) -> term_val tts S t = c * nth (level (at_ e (mean_node x))) u 0.
Proof.
  intros M H. destruct x as [m n|m g hs]; simpl in *.
  - destruct M as [M1 M2]. destruct (weights_spec _ _ _ H) as [L T]. rewrite L. split; [auto|].
    intros t c Ht. rewrite (T b c t _ M1 (onehot_length _ _) Ht), <- L. rewrite dot_onehot by lia. auto.
  - destruct M as (h & M1 & M2 & M3). step_in H. destruct (weights_spec _ _ _ E) as [L T].
    assert (V : forall t c, term_bank t = Some (c, b, w) -> term_val tts S t = c * nth h (prefixes 0 l) 0).
    { intros t c Ht. rewrite (T b c t _ M1 (Levels.thermo_length _ _) Ht), <- L.
      rewrite <- dot_therm by lia. rewrite Z.add_0_l. auto. }
    destruct hs as [hs|]; injection H as <-.
    + destruct M3 as [M3 ->]. rewrite map_length. split; [auto|]. intros t c Ht. rewrite (V t c Ht). f_equal.
      rewrite (nth_map_in (fun h => nthN h (prefixes 0 l) 0) 0%N) by auto.
      rewrite nthN_spec. auto.
    + subst h. rewrite prefixes_length. split; [lia|auto].
Qed.

Lemma uterms_ok e ms m terms : (forall b x, nfind ms b = Some x -> mean_ok e b x) -> forall acc u,
  uterms tts ms m acc terms = Some u -> (level (at_ e m) < length acc)%nat ->
  length u = length acc /\
  nth (level (at_ e m)) u 0 = nth (level (at_ e m)) acc 0 + fold_right (fun t z => term_val tts S t + z) 0 terms.
Proof.
  intros HM. induction terms as [|t r IH]; intros acc u H L; simpl in H.
  - injection H as <-. simpl. split; [auto|lia].
  - step_in H. destruct p as [[c b] w]. step_in H. step_in H. step_in H. step_in H.
    apply N.eqb_eq in E1. pose proof (HM _ _ E0) as M.
    destruct (bank_table_ok _ _ _ _ _ M E2) as [B1 B2]. rewrite E1 in *.
    destruct (addmul_spec _ _ _ _ E3) as (A1 & A2 & A3).
    destruct (IH _ _ H) as [C1 C2]; [lia|]. split; [lia|]. simpl.
    rewrite C2, A3 by auto. rewrite (B2 _ _ E). lia.
Qed.

Lemma constants_ok c i k l : constants i k = Some l -> level_ok c i ->
  (level c < length l)%nat /\ nth (level c) l 0 = k.
Proof.
  intros H L. destruct i; simpl in *; try discriminate; injection H as <-.
  - rewrite copies_spec, repeat_length. split; [auto|]. apply nth_repeat_lt || idtac.
    assert (G : forall n j, (j < n)%nat -> nth j (repeat k n) 0 = k)
      by (induction n; intros [|j] ?; simpl; try lia; apply IHn; lia).
    apply G; auto.
  - rewrite map_length. split; [auto|].
    rewrite (nth_map_in (fun _ => k) 0) by auto. auto.
Qed.

Lemma utable_ok e ms m i f u : (forall b x, nfind ms b = Some x -> mean_ok e b x) ->
  level_ok (at_ e m) i -> utable tts ix ms m i f = Some u ->
  (level (at_ e m) < length u)%nat /\ form_of S f = nth (level (at_ e m)) u 0.
Proof.
  intros HM L H. unfold utable in H. step_in H. step_in H.
  destruct (constants_ok _ _ _ _ E0 L) as [C1 C2].
  destruct (uterms_ok e ms m _ HM _ _ H C1) as [U1 U2]. split; [lia|].
  rewrite U2, C2, (Hform _ _ E). auto.
Qed.

(** *** Banks of a step *)
Lemma sign_of_ok ff f neg x : sign_of ix ff f = Some neg -> form_of S ff = x -> form_of S f = signed neg x.
Proof.
  unfold sign_of. intros H Hx. destruct (N.eqb_spec f ff) as [->|D].
  - injection H as <-. auto.
  - step_in H. destruct f0 as [c [|[k g| |] [|]]]; try discriminate H. step_in H. injection H as <-.
    rewrite !andb_true_iff, !Z.eqb_eq, N.eqb_eq in E0. destruct E0 as [[-> ->] ->].
    rewrite (Hform _ _ E). unfold form_val, signed. cbn [fconst fterms fold_right term_val]. rewrite Hx. lia.
Qed.

Lemma width_pow w : N.to_nat (N.ones w) = (2 ^ N.to_nat w - 1)%nat.
Proof. rewrite N.ones_equiv, N2Nat.inj_pred, N2Nat.inj_pow, Nat.sub_1_r. auto. Qed.

Section OneStep.
Variables (n ff : N) (th : list Z) (self : info) (lo hi F : Z) (e : env).
Hypothesis So : ascending th.
Hypothesis HF : form_of S ff = F.
Hypothesis Hr : lo <= F <= hi.
Hypothesis Hlev : level (at_ e n) = reached th F.
Hypothesis Hself : level_ok (at_ e n) self.

Lemma level_mean_ok ms b f t off stride g x :
  (forall b x, nfind ms b = Some x -> mean_ok e b x) ->
  nfind (ibank ix) b = Some (BLevel f t off stride g) ->
  level_mean tts ix n ff th self ms f t off stride g = Some x -> mean_node x = n /\ mean_ok e b x.
Proof.
  intros HM Hb H. apply Hbank in Hb. simpl in Hb. unfold level_mean in H.
  set (bs := level_thresholds tts t off stride g) in *. step_in H. apply ascend_sorted in E.
  rewrite map_therm in Hb by auto.
  assert (LB : N.to_nat (lenN bs) = length bs) by (rewrite lenN_spec, Nat2N.id; auto).
  destruct (sign_of ix ff f) as [neg|] eqn:Es.
  - rewrite (sign_of_ok _ _ _ _ Es HF) in Hb.
    destruct (negb neg && eqbZ bs th) eqn:Eq.
    + injection H as <-. apply andb_true_iff in Eq as [En Eq]. apply eqbZ_eq in Eq.
      destruct neg; [discriminate|]. split; [auto|]. simpl. rewrite LB. exists (reached bs F).
      split; [auto|]. split; [apply Levels.count_le|]. rewrite Hlev, Eq. auto.
    + step_in H. injection H as <-. split; [auto|]. simpl. rewrite LB.
      exists (reached bs (signed neg F)). split; [auto|]. split; [apply Levels.count_le|].
      destruct (code_table_ok _ _ _ _ F So E0) as [A B]. rewrite Hlev, A, B.
      split; [apply Nat.lt_succ_r, Levels.count_le|auto].
  - step_in H. injection H as <-. split; [auto|]. simpl. rewrite LB.
    destruct (utable_ok e ms n self f l HM Hself E0) as [U1 U2].
    exists (reached bs (form_of S f)). split; [auto|]. split; [apply Levels.count_le|].
    rewrite map_length. split; [auto|].
    rewrite (nth_map_in (reachedN bs) 0) by auto. rewrite reachedN_spec, U2. auto.
Qed.

Lemma heights_ok hs h :
  match hs with None => h = level (at_ e n)
  | Some hs => (level (at_ e n) < length hs)%nat /\ h = N.to_nat (nth (level (at_ e n)) hs 0%N) end ->
  h = N.to_nat (nth (level (at_ e n)) (heights th hs) 0%N).
Proof.
  destruct hs as [hs|]; simpl; [tauto|]. intros ->.
  rewrite iotaN_spec. change (N.to_nat 0) with 0%nat.
  rewrite (nth_map_in N.of_nat 0%nat).
  - rewrite seq_nth, Nat2N.id; [auto|]. rewrite Hlev. apply Nat.lt_succ_r, Levels.count_le.
  - rewrite seq_length, Hlev. apply Nat.lt_succ_r, Levels.count_le.
Qed.

Lemma digit_mean_ok ms b f h t off count w past x :
  (forall b x, nfind ms b = Some x -> mean_ok e b x) ->
  nfind (ibank ix) b = Some (BDigit f h t off count w past) ->
  digit_mean tts ix n ff th lo hi ms f h t off count w past = Some x -> mean_node x = n /\ mean_ok e b x.
Proof.
  intros HM Hb H. apply Hbank in Hb. simpl in Hb. unfold digit_mean in H.
  set (bs := slice (tableof tts t) off count) in *.
  step_in H. step_in H. apply ascend_sorted in E0. step_in H. rename b0 into neg. step_in H. step_in H.
  step_in H. destruct m as [|m g hs]; try discriminate H. step_in H. step_in H. injection H as <-.
  apply N.eqb_eq in E5. subst m. apply eqbN_eq in E6.
  destruct (code_table_ok _ _ _ _ F So E3) as [A B].
  assert (Ll : (level (at_ e n) < length l)%nat)
    by (rewrite A, Hlev; apply Nat.lt_succ_r, Levels.count_le).
  rewrite <- Hlev in B. rewrite (sign_of_ok _ _ _ _ E1 HF) in Hb.
  set (F' := signed neg F) in *.
  destruct (HM _ _ E4) as (hh & M1 & M2 & M3). apply heights_ok in M3. rewrite <- E6 in M3.
  rewrite (nth_map_in (fun c => N.shiftr c w) 0%N) in M3 by auto.
  rewrite N.shiftr_div_pow2, N2Nat.inj_div, N2Nat.inj_pow, B in M3. change (N.to_nat 2) with 2%nat in M3.
  split; [auto|]. simpl. rewrite width_pow.
  exists (reached bs F' mod 2 ^ N.to_nat w)%nat. repeat split.
  - rewrite Hb. apply (digit_ok F' _ bs past (N.to_nat w) (N.to_nat g)).
    + auto.
    + unfold F', signed. destruct neg; apply Z.ltb_lt in E2; lia.
    + rewrite M1, M3. auto.
    + rewrite <- M3. auto.
  - pose proof (Nat.mod_upper_bound (reached bs F') (2 ^ N.to_nat w) ltac:(apply Nat.pow_nonzero; lia)). lia.
  - rewrite map_length. auto.
  - rewrite (nth_map_in (fun c => N.land c (N.ones w)) 0%N) by auto.
    rewrite N.land_ones, N2Nat.inj_mod, N2Nat.inj_pow, B. auto.
Qed.

Lemma bank_means_ok bs : forall ms ms',
  (forall b x, nfind ms b = Some x -> mean_ok e b x) ->
  bank_means tts ix n ff th self lo hi ms bs = Some ms' ->
  (forall b x, nfind ms' b = Some x -> mean_ok e b x) /\
  (forall b x, nfind ms' b = Some x -> nfind ms b = Some x \/ mean_node x = n).
Proof.
  induction bs as [|b r IH]; intros ms ms' HM H; simpl in H.
  - injection H as <-. split; auto.
  - step_in H. rename m into x.
    assert (G : mean_node x = n /\ mean_ok e b x).
    { destruct (nfind (ibank ix) b) as [[ | f t off stride g | f h t off count w past | | ]|] eqn:Eb; try discriminate E.
      - eapply level_mean_ok; eauto. - eapply digit_mean_ok; eauto. }
    destruct G as [G1 G2]. edestruct (IH (nset ms b x)) as [I1 I2]; [|eauto|].
    + intros b' x' Hx. destruct (N.eq_dec b' b) as [->|D].
      * rewrite nfind_eq in Hx. injection Hx as <-. auto.
      * rewrite nfind_neq in Hx by auto. auto.
    + split; [auto|]. intros b' x' Hx. destruct (I2 _ _ Hx) as [Hy|Hy]; [|auto].
      destruct (N.eq_dec b' b) as [->|D].
      * rewrite nfind_eq in Hy. injection Hy as <-. auto.
      * rewrite nfind_neq in Hy by auto. auto.
Qed.
End OneStep.

(** *** Forms *)
Record inv (e : env) (s : vstate) : Prop := Inv {
  inv_info : forall m i, nfind (v_info s) m = Some i -> (m < v_next s)%N /\ info_ok (at_ e m) i;
  inv_mean : forall b x, nfind (v_mean s) b = Some x -> (mean_node x < v_next s)%N /\ mean_ok e b x;
  inv_list : forall l mx, nfind (v_list s) l = Some mx -> (fst mx < v_next s)%N /\ list_ok e l mx }.

Lemma mean_ok_env e e' b x : at_ e' (mean_node x) = at_ e (mean_node x) -> mean_ok e b x -> mean_ok e' b x.
Proof. intros H. destruct x; simpl in *; rewrite H; auto. Qed.
Lemma inv_env e e' s : (forall m, (m < v_next s)%N -> at_ e' m = at_ e m) -> inv e s -> inv e' s.
Proof.
  intros H [A B C]. constructor.
  - intros m i Hm. destruct (A m i Hm). rewrite H by auto. auto.
  - intros b x Hb. destruct (B b x Hb). split; [auto|]. eapply mean_ok_env; [apply H|]; eauto.
    - intros l [m x] Hl. destruct (C l _ Hl) as [L M]. split; [auto|]. simpl in *. rewrite H by auto. auto.
Qed.

Lemma slice0 {A} (l : list A) n : slice l 0 n = firstn (N.to_nat n) l.
Proof. unfold slice. rewrite takeN_spec, skipN_spec. auto. Qed.

Lemma view_table_ok e v i l : info_ok (at_ e (vnode v)) i -> view_table ats i (vtable v) = Some l ->
  (level (at_ e (vnode v)) < length l)%nat /\ view_val ats e v = nth (level (at_ e (vnode v))) l 0.
Proof.
  intros [L I] H. unfold view_val.
  destruct i as [n|vals f lo hi|]; destruct (vtable v) as [t|]; simpl in H; try discriminate.
  - step_in H. injection H as <-.
    rewrite slice0 in *. apply N.eqb_eq in E. rewrite lenN_spec in E. simpl in L.
    split; [lia|]. symmetry. apply nth_firstn_lt. auto.
  - step_in H. injection H as <-. rewrite slice0 in *. apply N.eqb_eq in E. rewrite !lenN_spec in *.
    simpl in L. split; [lia|]. symmetry. apply nth_firstn_lt. lia.
  - injection H as <-. simpl in *. tauto.
Qed.

Lemma nth_shift d u k : (k < length u)%nat -> nth k (map (Z.add d) u) 0 = d + nth k u 0.
Proof. intros H. apply nth_map_in; auto. Qed.

Lemma same_term_ok e s c v t d : inv e s -> same_term ats tts s c v t = Some d ->
  c * view_val ats e v = term_val tts S t + d.
Proof.
  intros I H. unfold same_term in H. step_in H. apply (inv_info e s I) in E as [_ IO].
  destruct (vtable v) as [tb|] eqn:Ev.
  - step_in H. rewrite <- Ev in E. destruct (view_table_ok _ _ _ _ IO E) as [V1 V2].
    step_in H. destruct p as [[c' b] w]. step_in H. step_in H. step_in H. step_in H. step_in H.
    injection H as <-. apply Z.eqb_eq in E1. subst c'. apply N.eqb_eq in E3. apply eqbZ_eq in E5.
    apply (inv_mean e s I) in E2 as [_ MO].
    destruct (bank_table_ok _ _ _ _ _ MO E4) as [B1 B2]. rewrite E3 in *.
    rewrite (B2 _ _ E0), V2. rewrite E5 at 1. rewrite nth_shift by auto. lia.
  - step_in H. destruct t as [c' g| |]; try discriminate H. step_in H. step_in H. injection H as <-.
    apply Z.eqb_eq in E0. apply N.eqb_eq in E1. subst c' g. simpl. unfold view_val. rewrite Ev.
    destruct IO as [_ IO]. destruct i; simpl in E; try discriminate; injection E as ->.
    + destruct IO as (_ & -> & _). lia.
    + destruct IO as [-> _]. lia.
Qed.

Lemma same_terms_ok e s : inv e s -> forall a t d, same_terms ats tts s a t = Some d ->
  form_sum ats e a = fold_right (fun t z => term_val tts S t + z) 0 t + d.
Proof.
  intros I. induction a as [|[c v] a IH]; intros [|t r] d H; simpl in H; try discriminate.
  - injection H as <-. auto.
  - step_in H. step_in H. injection H as <-. simpl.
    rewrite (same_term_ok _ _ _ _ _ _ I E), (IH _ _ E0). lia.
Qed.

Lemma view_range_ok e s v lo hi : inv e s -> view_range ats s v = Some (lo, hi) ->
  lo <= view_val ats e v <= hi.
Proof.
  intros I H. unfold view_range in H. step_in H. apply (inv_info e s I) in E as [_ IO].
  destruct (vtable v) as [tb|] eqn:Ev.
  - step_in H. rewrite <- Ev in E. destruct (view_table_ok _ _ _ _ IO E) as [V1 ->].
    injection H as <- <-. split; [apply minZ_le|apply maxZ_ge]; auto.
  - unfold view_val. rewrite Ev. destruct IO as [_ IO]. destruct i; try discriminate; injection H as -> ->; tauto.
Qed.
Lemma form_range_ok e s c : inv e s -> forall a lo hi, form_range ats s c a = Some (lo, hi) ->
  lo <= c + form_sum ats e a <= hi.
Proof.
  intros I. induction a as [|[k v] a IH]; intros lo hi H; simpl in H.
  - injection H as <- <-. simpl. lia.
  - step_in H. destruct p as [l h]. step_in H. destruct p as [l' h'].
    pose proof (view_range_ok _ _ _ _ _ I E) as V. specialize (IH _ _ eq_refl). simpl.
    unfold scale_range in H. destruct (Z.ltb_spec k 0); injection H as <- <-; nia.
Qed.

Lemma at_set e n c m : at_ (nset e n c) m = if N.eq_dec m n then c else at_ e m.
Proof.
  unfold at_. destruct (N.eq_dec m n) as [->|D]; [apply nget_eq|apply nget_neq; auto].
Qed.
Lemma at_new e n c : at_ (nset e n c) n = c.
Proof. rewrite at_set. destruct (N.eq_dec n n); tauto. Qed.
Lemma at_old e n c m : (m < n)%N -> at_ (nset e n c) m = at_ e m.
Proof. intros H. rewrite at_set. destruct (N.eq_dec m n); [lia|auto]. Qed.

Lemma inv_add_info e s i c : inv e s -> info_ok c i -> inv (nset e (v_next s) c) (add_info s i).
Proof.
  intros I H. apply (inv_env e (nset e (v_next s) c)) in I; [|intros; apply at_old; auto].
  destruct I as [A B C]. constructor; simpl.
  - intros m j Hm. destruct (N.eq_dec m (v_next s)) as [->|D].
    + rewrite nfind_eq in Hm. injection Hm as <-. rewrite at_new. split; [lia|auto].
    + rewrite nfind_neq in Hm by auto. destruct (A m j Hm). split; [lia|auto].
  - intros b x Hb. destruct (B b x Hb). split; [lia|auto].
  - intros l mx Hl. destruct (C l mx Hl). split; [lia|auto].
Qed.

Lemma check_form_ok e s c a h s' : inv e s -> check_form ats tts ix s c a h = Some s' ->
  inv (nset e (v_next s) (Cell 0 (c + form_sum ats e a))) s' /\ v_next s' = N.succ (v_next s) /\ v_token s' = v_token s.
Proof.
  intros I H. unfold check_form in H. step_in H. step_in H. step_in H. step_in H. destruct p as [lo hi].
  injection H as <-. split; [|auto]. apply inv_add_info; [auto|]. split; [exact Logic.I|]. cbn [value].
  split; [|apply (form_range_ok _ _ _ I _ _ _ E2)].
  apply Z.eqb_eq in E1. rewrite (Hform _ _ E). unfold form_val. rewrite E1, (same_terms_ok _ _ I _ _ _ E0). lia.
Qed.

(** *** Steps and inputs *)
Lemma check_step_ok e s f th val off count h s' : inv e s ->
  check_step ats tts ix s f th val off count h = Some s' ->
  let l := reached (slice (tableof ats th) off count) (value (at_ e f)) in
  inv (nset e (v_next s) (Cell l (nth l (skipN off (tableof ats val)) 0))) s' /\
  v_next s' = N.succ (v_next s) /\ v_token s' = v_token s.
Proof.
  intros I H l. unfold check_step in H. step_in H. destruct i as [| |ff lo hi]; try discriminate H.
  apply (inv_info e s I) in E as [_ [_ [Hf Hr]]].
  set (taus := slice (tableof ats th) off count) in *.
  set (vals := slice (tableof ats val) off (N.succ count)) in *.
  step_in H. step_in H. set (self := IStep vals (h_form h) (minZ vals) (maxZ vals)) in *.
  step_as H ms. step_as H u. step_in H. injection H as <-.
  apply ascend_sorted in E. apply N.eqb_eq in E0. rewrite !lenN_spec in E0. apply eqbZ_eq in E3. subst u.
  set (c := Cell l (nth l (skipN off (tableof ats val)) 0)). set (e' := nset e (v_next s) c).
  assert (Ll : (l < length vals)%nat).
  { assert (l <= length taus)%nat by apply Levels.count_le. lia. }
  assert (I' : inv e' s) by (eapply inv_env; [|exact I]; intros; apply at_old; auto).
  assert (Lself : level_ok (at_ e' (v_next s)) self) by (unfold e'; rewrite at_new; exact Ll).
  assert (Hlev : level (at_ e' (v_next s)) = reached taus (value (at_ e f)))
    by (unfold e'; rewrite at_new; auto).
  destruct (bank_means_ok (v_next s) ff taus self lo hi (value (at_ e f)) e' E Hf Hr Hlev Lself
              (h_banks h) (v_mean s) ms) as [B1 B2]; [intros b x Hb; apply (inv_mean _ _ I'); auto|auto|].
  destruct (utable_ok e' ms (v_next s) self (h_form h) vals B1 Lself E2) as [U1 U2].
  assert (V : nth l (skipN off (tableof ats val)) 0 = nth l vals 0).
  { unfold vals, slice. rewrite takeN_spec. symmetry. apply nth_firstn_lt.
    unfold vals, slice in Ll. rewrite takeN_spec in Ll. rewrite firstn_length in Ll. lia. }
  split; [|auto]. constructor; simpl.
  - intros m j Hm. destruct (N.eq_dec m (v_next s)) as [->|D].
    + rewrite nfind_eq in Hm. injection Hm as <-. split; [lia|]. split; [auto|].
      unfold e' in *. rewrite at_new in *. simpl in *. rewrite U2, V. repeat split; auto.
      * apply minZ_le; auto.
      * apply maxZ_ge; auto.
    + rewrite nfind_neq in Hm by auto. destruct (inv_info _ _ I' m j Hm). split; [lia|auto].
  - intros b x Hb. split; [|apply B1; auto]. destruct (B2 b x Hb) as [Hy|Hy]; [|lia].
    apply (inv_mean _ _ I') in Hy. lia.
  - intros k mx Hk. destruct (inv_list _ _ I' k mx Hk). split; [lia|auto].
Qed.

Lemma check_input_ok e s n h s' tok : inv e s -> check_input ix s n h = Some s' ->
  nth (N.to_nat (v_token s)) input [] = onehot (N.to_nat n) tok -> (tok < N.to_nat n)%nat ->
  inv (nset e (v_next s) (Cell tok 0)) s' /\ v_next s' = N.succ (v_next s) /\ v_token s' = N.succ (v_token s).
Proof.
  intros I H Hin Htok. unfold check_input in H. step_in H. destruct l; try discriminate H. step_in H.
  destruct b as [p bits| | | |]; try discriminate H. step_in H. step_in H. step_in H. injection H as <-.
  apply N.eqb_eq in E1, E2. subst p bits.
  pose proof (Hbank _ _ E0) as B. simpl in B. rewrite Hin, takeN_spec, firstn_all2 in B by (rewrite onehot_length; auto).
  split; [|auto]. set (e' := nset e (v_next s) (Cell tok 0)).
  assert (I' : inv e' s) by (eapply inv_env; [|exact I]; intros; apply at_old; auto).
  constructor; simpl.
  - intros m j Hm. destruct (N.eq_dec m (v_next s)) as [->|D].
    + rewrite nfind_eq in Hm. injection Hm as <-. unfold e'. rewrite at_new. split; [lia|]. split; simpl; auto.
    + rewrite nfind_neq in Hm by auto. destruct (inv_info _ _ I' m j Hm). split; [lia|auto].
  - intros b x Hb. destruct (N.eq_dec b n0) as [->|D].
    + rewrite nfind_eq in Hb. injection Hb as <-. simpl. unfold e'. rewrite at_new. simpl. split; [lia|auto].
    + rewrite nfind_neq in Hb by auto. destruct (inv_mean _ _ I' b x Hb). split; [lia|auto].
  - intros k mx Hk. destruct (inv_list _ _ I' k mx Hk). split; [lia|auto].
Qed.

(** *** Products: conjunctions of bits *)
Lemma dot_app a b c d : length a = length c -> dot (a ++ b) (c ++ d) = dot a c + dot b d.
Proof.
  revert c; induction a as [|x a IH]; intros [|y c] H; simpl in *; try lia.
  rewrite IH by lia. lia.
Qed.
Lemma dot_scale p w bs : dot (map (Z.mul p) w) bs = p * dot w bs.
Proof. revert bs; induction w as [|x w IH]; intros [|b bs]; simpl; try lia. rewrite IH. lia. Qed.
Lemma pow2s_length {A} (l : list A) : forall p, length (pow2s p l) = length l.
Proof. induction l; intros; simpl; auto. Qed.

Definition same_len (ps es : list Z) : Prop := length ps = length es /\ Forall zeroone es.
Lemma wprod_length pss ess : Forall2 same_len pss ess -> length (wprod pss) = length (choices ess).
Proof.
  induction 1 as [|ps es pss ess [L _] _ IH]; simpl; [auto|].
  revert es L. induction ps as [|p ps IHp]; intros [|x es] L; simpl in *; try lia.
  rewrite !app_length, !map_length, IH, (IHp es) by lia. auto.
Qed.
Definition zprod (l : list Z) : Z := fold_right Z.mul 1 l.
Fixpoint zdots (pss ess : list (list Z)) : Z :=
  match pss, ess with ps :: a, es :: b => zdot ps es * zdots a b | _, _ => 1 end.

Lemma conj_dot pss ess : Forall2 same_len pss ess -> forall d, d <= 0 ->
  dot (wprod pss) (map (fun s => Z.of_nat (length ess) <=? s + d) (choices ess)) =
  if d =? 0 then zdots pss ess else 0.
Proof.
  induction 1 as [|ps es pss ess [L B] F IH]; intros d Hd.
  - simpl. destruct (Z.eqb_spec d 0) as [->|D]; [auto|]. destruct (Z.leb_spec 0 d); [lia|auto].
  - cbn [wprod choices zdots length]. pose proof (wprod_length _ _ F) as WL.
    revert es L B. induction ps as [|p ps IHp]; intros [|x es] L B; simpl in L; try lia.
    + simpl. destruct (d =? 0); auto.
    + inversion B as [|? ? Bx B']; subst. cbn [flat_map zdot]. rewrite map_app.
      rewrite dot_app by (rewrite !map_length; auto). rewrite (IHp es) by (auto; lia).
      rewrite dot_scale, map_map.
      rewrite (map_ext _ (fun s => Z.of_nat (length ess) <=? s + (d + x - 1))).
      2:{ intros s. apply eq_true_iff_eq. rewrite !Z.leb_le. lia. }
      rewrite IH by (destruct Bx; lia).
      destruct Bx as [->| ->], (Z.eqb_spec d 0) as [->|D]; simpl; try lia;
        destruct (Z.eqb_spec (d + 0 - 1) 0), (Z.eqb_spec (d + 1 - 1) 0); lia.
Qed.

Lemma wpairs_length ps : forall es, length ps = length es -> length (wpairs ps) = length (pairsums es).
Proof.
  induction ps as [|p ps IH]; intros [|x es] L; simpl in *; try lia.
  rewrite !app_length, !map_length, (IH es) by lia. lia.
Qed.
Lemma pairs_dot ps : forall es, length ps = length es -> Forall zeroone es ->
  dot (wpairs ps) (map (fun x => 2 <=? x) (pairsums es)) + zdot (map (fun p => p * p) ps) es
  = zdot ps es * zdot ps es.
Proof.
  induction ps as [|p ps IH]; intros [|x es] L B; simpl in L; try lia; [reflexivity|].
  inversion B as [|? ? Bx B']; subst. cbn [wpairs pairsums zdot map]. rewrite map_app.
  rewrite dot_app by (rewrite !map_length; lia). specialize (IH es ltac:(lia) B').
  assert (G : dot (map (fun q => 2 * p * q) ps) (map (fun y => 2 <=? y) (map (Z.add x) es)) = 2 * p * x * zdot ps es).
  { assert (L' : length ps = length es) by lia. clear - L' B' Bx. revert es L' B'.
    induction ps as [|q ps IHq]; intros [|y es] L B; simpl in L; try lia; [simpl; lia|].
    inversion B as [|? ? By B']; subst. cbn [map dot zdot]. rewrite IHq by (auto; lia).
    destruct Bx as [->| ->], By as [->| ->]; simpl; lia. }
  rewrite G. destruct Bx as [->| ->]; nia.
Qed.

Lemma list_table_ok e ms m i : (forall b x, nfind ms b = Some x -> mean_ok e b x) -> level_ok (at_ e m) i ->
  forall fs p acc x, list_table tts ix ms m i p fs acc = Some x -> (level (at_ e m) < length acc)%nat ->
  (level (at_ e m) < length x)%nat /\ Forall zeroone (map (form_of S) fs) /\
  nth (level (at_ e m)) x 0 = nth (level (at_ e m)) acc 0 + zdot (pow2s p fs) (map (form_of S) fs).
Proof.
  intros HM HL. induction fs as [|f fs IH]; intros p acc x H L; simpl in H.
  - injection H as <-. simpl. split; [auto|]. split; [constructor|lia].
  - step_as H u. step_in H. step_as H acc'. destruct (utable_ok _ _ _ _ _ _ HM HL E) as [U1 U2].
    destruct (addmul_spec _ _ _ _ E1) as (A1 & A2 & A3).
    destruct (IH _ _ _ H) as (I1 & I2 & I3); [lia|]. split; [auto|]. cbn [map pow2s zdot]. split.
    + constructor; [|auto]. rewrite U2. unfold bitsb in E0. rewrite forallb_forall in E0.
      specialize (E0 _ (nth_In u 0 U1)). rewrite orb_true_iff, !Z.eqb_eq in E0. exact E0.
    + change (zdot (pow2s (2 * p) fs)) with (zdot (pow2s (match p with 0 => 0 | Z.pos y => Z.pos y~0 | Z.neg y => Z.neg y~0 end) fs)).
      rewrite I3, A3, U2 by auto. lia.
Qed.

Lemma check_lists_ok e ls : forall s s', inv e s -> check_lists tts ix s ls = Some s' ->
  inv e s' /\ v_next s' = v_next s /\ v_token s' = v_token s.
Proof.
  induction ls as [|[l m] r IH]; intros s s' I H; simpl in H.
  - injection H as <-. auto.
  - step_as H fs. step_as H i. step_as H k. step_as H x.
    destruct (inv_info _ _ I _ _ E0) as [Hm [Lv _]].
    destruct (constants_ok _ _ _ _ E1 Lv) as [C1 C2].
    destruct (list_table_ok e (v_mean s) m i (fun b y Hb => proj2 (inv_mean _ _ I b y Hb)) Lv _ _ _ _ E2 C1)
      as (T1 & T2 & T3).
    destruct (IH _ _ (Inv e (VState (v_next s) (v_token s) (v_info s) (v_mean s) (nset (v_list s) l (m, x)))
                        (inv_info _ _ I) (inv_mean _ _ I)
       ltac:(intros j mx Hj; simpl in Hj; destruct (N.eq_dec j l) as [->|D];
             [rewrite nfind_eq in Hj; injection Hj as <-; split; [exact Hm|];
              unfold list_ok; rewrite (Hlist _ _ E); rewrite C2 in T3; auto
             |rewrite nfind_neq in Hj by auto; apply (inv_list _ _ I); auto])) H) as (A & B & C).
    auto.
Qed.

(** *** Polynomials *)
Fixpoint peval (p : poly) (xs : list Z) : Z :=
  match p, xs with
  | PC c, _ => c
  | PX a b, x :: r => peval a r + x * peval b r
  | PX _ _, [] => 0
  end.
Lemma pconst_eval c xs : peval (pconst (length xs) c) xs = c.
Proof. revert c; induction xs as [|x r IH]; intros c; simpl; [auto|]. rewrite !IH. lia. Qed.
Lemma pscale_eval c p : forall xs, peval (pscale c p) xs = c * peval p xs.
Proof. induction p as [a|a IHa b IHb]; intros [|x r]; simpl; try lia. rewrite IHa, IHb. lia. Qed.
Lemma padd_eval a : forall b p xs, padd a b = Some p -> peval p xs = peval a xs + peval b xs.
Proof.
  induction a as [x|a IHa a' IHb]; intros [y|b b'] p xs H; simpl in H; try discriminate.
  - injection H as <-. auto.
  - step_as H q. step_as H q'. injection H as <-. destruct xs as [|z r]; simpl; [auto|].
    rewrite (IHa _ _ r E), (IHb _ _ r E0). lia.
Qed.
Lemma peqb_eq a : forall b, peqb a b = true -> a = b.
Proof.
  induction a as [x|a IHa a' IHb]; intros [y|b b']; simpl; try discriminate.
  - rewrite Z.eqb_eq. congruence.
  - rewrite andb_true_iff. intros [H1 H2]. f_equal; auto.
Qed.

(** *** Factors *)
Section Product.
Variables (e : env) (s : vstate).
Hypothesis I : inv e s.
Definition above (o : factor) : Z := nth (level (at_ e (o_node o))) (o_above o) 0.
Record factor_ok (v : view) (o : factor) : Prop := FactorOk {
  fo_node : vnode v = o_node o;
  fo_info : info_ok (at_ e (o_node o)) (o_info o);
  fo_len : (level (at_ e (o_node o)) < length (o_all o))%nat;
  fo_all : view_val ats e v = nth (level (at_ e (o_node o))) (o_all o) 0;
  fo_val : view_val ats e v = o_lo o + above o;
  fo_form : forall f, o_form o = Some f -> form_of S f = o_lo o + above o;
  fo_view : o_above o = map (fun x => x - o_lo o) (o_all o) }.

Lemma factor_of_ok v o : factor_of ats s v = Some o -> factor_ok v o.
Proof.
  unfold factor_of. intros H. step_as H i. step_as H l. injection H as <-.
  destruct (inv_info _ _ I _ _ E) as [_ IO]. destruct (view_table_ok _ _ _ _ IO E0) as [V1 V2].
  assert (A : nth (level (at_ e (vnode v))) l 0 = minZ l +
              nth (level (at_ e (vnode v))) (map (fun x => x - minZ l) l) 0)
    by (rewrite (nth_map_in _ 0) by auto; lia).
  constructor; simpl; auto.
  - rewrite V2. exact A.
  - unfold above. simpl. intros f Hf. rewrite <- A. destruct (vtable v); [discriminate|].
    destruct i as [n|vals g lo hi|]; try discriminate. injection Hf as ->.
    simpl in E0. injection E0 as <-. destruct IO as (_ & IV & IF & _). congruence.
Qed.
Lemma factors_of_ok vs : forall os, factors_of ats s vs = Some os -> Forall2 factor_ok vs os.
Proof.
  induction vs as [|v r IH]; intros os H; simpl in H.
  - injection H as <-. constructor.
  - step_as H o. step_as H q. injection H as <-. constructor; [apply factor_of_ok; auto|auto].
Qed.

Definition xs_of (os : list factor) : list Z := map above os.
Lemma pexpand_eval vs os : Forall2 factor_ok vs os -> peval (pexpand os) (xs_of os) = product ats e vs.
Proof.
  unfold product. induction 1 as [|v o vs os H F IH]; simpl; [auto|].
  rewrite pscale_eval, <- IH, (fo_val _ _ H). unfold xs_of. lia.
Qed.
Lemma const_eval os c : peval (pconst (length os) c) (xs_of os) = c.
Proof. unfold xs_of. rewrite <- (map_length above os). apply pconst_eval. Qed.

Lemma is_factor_ok v o g : factor_ok v o -> is_factor tts ix (v_mean s) o g = true ->
  form_of S g = o_lo o + above o.
Proof.
  intros F H. unfold is_factor in H. destruct (o_form o) as [f|] eqn:Ef.
  - apply N.eqb_eq in H. subst f. apply (fo_form _ _ F). auto.
  - destruct (utable tts ix (v_mean s) (o_node o) (o_info o) g) as [u|] eqn:Eu; [|discriminate].
    apply eqbZ_eq in H. subst u.
    destruct (utable_ok e _ _ _ _ _ (fun b y Hb => proj2 (inv_mean _ _ I b y Hb)) (proj1 (fo_info _ _ F)) Eu) as [_ U].
    rewrite U, <- (fo_all _ _ F). apply (fo_val _ _ F).
Qed.
Lemma pfactor_ok vs os g : Forall2 factor_ok vs os -> forall p,
  pfactor tts ix (v_mean s) os g = Some p -> peval p (xs_of os) = form_of S g.
Proof.
  induction 1 as [|v o vs os H F IH]; intros p Hp; simpl in Hp; [discriminate|].
  destruct (is_factor tts ix (v_mean s) o g) eqn:Ei.
  - injection Hp as <-. simpl. rewrite !const_eval. rewrite (is_factor_ok _ _ _ H Ei). lia.
  - step_as Hp q. injection Hp as <-. simpl. fold (xs_of os). rewrite (IH _ eq_refl), const_eval. lia.
Qed.

(** the number that a list of bits stands for *)
Definition list_num (l : N) : Z := zdot (pow2s 1 (list_of S l)) (map (form_of S) (list_of S l)).
Definition list_bits (l : N) : Prop := Forall zeroone (map (form_of S) (list_of S l)).
Lemma is_list_ok o l : is_list s o l = true -> list_num l = above o /\ list_bits l.
Proof.
  unfold is_list. intros H. destruct (nfind (v_list s) l) as [[m x]|] eqn:El; [|discriminate].
  apply andb_true_iff in H as [Hm Hx]. apply N.eqb_eq in Hm. apply eqbZ_eq in Hx. subst.
  destruct (inv_list _ _ I _ _ El) as [_ (_ & B & V)]. split; [exact V|exact B].
Qed.
Lemma pmono_ok vs os : Forall2 factor_ok vs os -> forall ls p, pmono s os ls = Some p ->
  peval p (xs_of os) = zprod (map list_num ls) /\ Forall list_bits ls.
Proof.
  induction 1 as [|v o vs os H F IH]; intros ls p Hp; simpl in Hp.
  - destruct ls; [|discriminate]. injection Hp as <-. simpl. auto.
  - assert (SK : forall q, pmono s os ls = Some q -> Some (PX q (pconst (length os) 0)) = Some p ->
        peval p (xs_of (o :: os)) = zprod (map list_num ls) /\ Forall list_bits ls).
    { intros q Hq Ep. injection Ep as <-. destruct (IH _ _ Hq) as [A B]. split; [|auto]. simpl.
      fold (xs_of os). rewrite A, const_eval. lia. }
    destruct ls as [|l ls].
    + step_as Hp q. apply (SK q); auto.
    + destruct (is_list s o l) eqn:El.
      * step_as Hp q. injection Hp as <-. destruct (IH _ _ E) as [A B]. destruct (is_list_ok _ _ El) as [C D].
        simpl. fold (xs_of os). rewrite const_eval, A, C. split; [lia|auto].
      * step_as Hp q. apply (SK q); auto.
Qed.

Lemma forms_of_lists_ok ls : forall fss, forms_of_lists ix ls = Some fss -> fss = map (list_of S) ls.
Proof.
  induction ls as [|l r IH]; intros fss H; simpl in H; [injection H as <-; auto|].
  step_as H fs. step_as H q. injection H as <-. simpl. rewrite (Hlist _ _ E), (IH _ eq_refl). auto.
Qed.
Lemma dot_slice t off w bs : slice (tableof tts t) off (N.of_nat (length bs)) = w ->
  dot (skipN off (tableof tts t)) bs = dot w bs.
Proof. intros <-. rewrite dot_firstn. unfold slice. rewrite takeN_spec, Nat2N.id. auto. Qed.

Lemma and_term_ok c b t off ls : nfind (ibank ix) b = Some (BAnd ls) -> Forall list_bits ls ->
  (let w := wprod (map (pow2s 1) (map (list_of S) ls)) in slice (tableof tts t) off (lenN w) = w) ->
  term_val tts S (TTable c b t off) = c * zprod (map list_num ls).
Proof.
  intros Hb B W. simpl in W. cbn [term_val]. f_equal.
  set (pss := map (pow2s 1) (map (list_of S) ls)) in *.
  set (ess := map (fun l => map (form_of S) (list_of S l)) ls).
  assert (F : Forall2 same_len pss ess).
  { unfold pss, ess. clear W Hb. induction B as [|l r Hl _ IH]; simpl; constructor; auto.
    split; [rewrite pow2s_length, map_length; auto|exact Hl]. }
  rewrite (Hbank _ _ Hb). cbn [bank_val]. fold ess.
  rewrite (dot_slice t off (wprod pss)).
  2:{ rewrite map_length, <- (wprod_length _ _ F), <- lenN_spec. exact W. }
  replace (length ls) with (length ess) by (unfold ess; apply map_length).
  rewrite (map_ext _ (fun x => Z.of_nat (length ess) <=? x + 0)) by (intros; f_equal; lia).
  rewrite (conj_dot _ _ F) by lia. simpl. unfold pss, ess. clear. induction ls as [|l r IH]; simpl; auto.
  rewrite IH. auto.
Qed.

Definition pend_val (q : list (Z * N)) : Z := fold_right (fun cf z => fst cf * form_of S (snd cf) + z) 0 q.
Lemma diagonal_val c fs : forall p, pend_val (combine (map (fun p => c * (p * p)) (pow2s p fs)) fs) =
  c * zdot (map (fun p => p * p) (pow2s p fs)) (map (form_of S) fs).
Proof. induction fs as [|f r IH]; intros p; simpl; [lia|]. rewrite IH. lia. Qed.
Lemma pairs_term_ok c b t off l : nfind (ibank ix) b = Some (BPairs l) -> list_bits l ->
  (let w := wpairs (pow2s 1 (list_of S l)) in slice (tableof tts t) off (lenN w) = w) ->
  term_val tts S (TTable c b t off) + pend_val (diagonal c (list_of S l)) = c * (list_num l * list_num l).
Proof.
  intros Hb B W. simpl in W. cbn [term_val]. unfold diagonal. rewrite diagonal_val.
  set (ps := pow2s 1 (list_of S l)) in *. set (es := map (form_of S) (list_of S l)).
  assert (L : length ps = length es) by (unfold ps, es; rewrite pow2s_length, map_length; auto).
  pose proof (wpairs_length ps es L) as WL.
  rewrite (Hbank _ _ Hb). cbn [bank_val]. fold es.
  rewrite (dot_slice t off (wpairs ps)) by (rewrite map_length, <- WL, <- lenN_spec; exact W).
  unfold list_num. fold ps es. rewrite <- (pairs_dot ps es L B). lia.
Qed.

Lemma pterms_ok vs os : Forall2 factor_ok vs os -> forall terms pend acc p,
  pterms tts ix s os pend terms acc = Some p ->
  peval p (xs_of os) + pend_val pend =
  peval acc (xs_of os) + fold_right (fun t z => term_val tts S t + z) 0 terms.
Proof.
  intros F. induction terms as [|t r IH]; intros pend acc p H; simpl in H.
  - destruct pend; [|discriminate]. injection H as <-. simpl. lia.
  - destruct pend as [|[c f] q].
    + destruct t as [c g|c b|c b t off]; try discriminate H.
      * step_as H q. step_as H a. apply IH in H. rewrite (padd_eval _ _ _ _ E0), pscale_eval in H.
        rewrite (pfactor_ok _ _ _ F _ E) in H. cbn [fold_right term_val]. simpl in H. simpl. lia.
      * step_in H. destruct b0 as [| | |ls|l]; try discriminate H.
        -- step_as H fss. apply forms_of_lists_ok in E0. subst fss. step_in H. step_as H q. step_as H a.
           apply eqbZ_eq in E0. destruct (pmono_ok _ _ F _ _ E1) as [M1 M2].
           apply IH in H. rewrite (padd_eval _ _ _ _ E2), pscale_eval, M1 in H.
           cbn [fold_right]. rewrite (and_term_ok c b t off ls E M2 E0). simpl in H. simpl. lia.
        -- step_as H fs. rewrite <- (Hlist _ _ E0) in H. step_in H. step_as H q. step_as H a.
           apply eqbZ_eq in E1. destruct (pmono_ok _ _ F _ _ E2) as [M1 M2].
           apply IH in H. rewrite (padd_eval _ _ _ _ E3), pscale_eval, M1 in H.
           inversion M2 as [|? ? M3 _]; subst. cbn [fold_right].
           pose proof (pairs_term_ok c b t off l E M3 E1) as P. simpl map in H. cbn [zprod fold_right] in H.
           simpl pend_val at 1. lia.
    + destruct t as [c' f'| |]; try discriminate H. step_in H. step_in H. apply Z.eqb_eq in E. apply N.eqb_eq in E0.
      subst c' f'. apply IH in H. cbn [fold_right term_val pend_val fst snd] in *. unfold pend_val in *. simpl. lia.
Qed.

Lemma mul_range_ok a b x y : fst a <= x <= snd a -> fst b <= y <= snd b ->
  fst (mul_range a b) <= x * y <= snd (mul_range a b).
Proof.
  destruct a as [p q], b as [u v]; simpl. intros Hx Hy.
  assert (L : Z.min (p * y) (q * y) <= x * y <= Z.max (p * y) (q * y)) by (destruct (Z.le_gt_cases 0 y); nia).
  assert (P : Z.min (p * u) (p * v) <= p * y <= Z.max (p * u) (p * v)) by (destruct (Z.le_gt_cases 0 p); nia).
  assert (Q : Z.min (q * u) (q * v) <= q * y <= Z.max (q * u) (q * v)) by (destruct (Z.le_gt_cases 0 q); nia).
  lia.
Qed.
Lemma product_range_ok vs os : Forall2 factor_ok vs os ->
  fst (product_range os) <= product ats e vs <= snd (product_range os).
Proof.
  unfold product, product_range. induction 1 as [|v o vs os H F IH]; cbn [fold_right]; [simpl; lia|].
  apply mul_range_ok; [|auto]. rewrite (fo_all _ _ H). simpl.
  split; [apply minZ_le|apply maxZ_ge]; apply (fo_len _ _ H).
Qed.

Lemma square_eval vs os a b : Forall2 factor_ok vs os -> is_square vs = true -> factors_of ats s vs = Some os ->
  peq_square a b = true -> peval a (xs_of os) = peval b (xs_of os).
Proof.
  intros F Hs Ho Hp. destruct vs as [|v [|w [|]]]; try discriminate Hs. simpl in Hs.
  unfold view_eqb in Hs. apply andb_true_iff in Hs as [Hn Ht]. apply N.eqb_eq in Hn.
  assert (Ev : v = w).
  { destruct v as [n t], w as [n' t']; simpl in *. subst n'. f_equal. destruct t, t'; try discriminate; auto.
    apply N.eqb_eq in Ht. congruence. }
  subst w. simpl in Ho. destruct (factor_of ats s v) as [o|]; [|discriminate]. injection Ho as <-.
  destruct a as [|[|[x|] [y|]] [|[z|] [t|]]]; try discriminate Hp.
  destruct b as [|[|[x'|] [y'|]] [|[z'|] [t'|]]]; try discriminate Hp.
  simpl in Hp. rewrite !andb_true_iff, !Z.eqb_eq in Hp. destruct Hp as [[-> Hyz] ->]. simpl.
  generalize (above o). intros X. nia.
Qed.
End Product.

Lemma check_product_ok e s0 vs h s' : inv e s0 -> check_product ats tts ix s0 vs h = Some s' ->
  inv (nset e (v_next s0) (Cell 0 (product ats e vs))) s' /\ v_next s' = N.succ (v_next s0) /\ v_token s' = v_token s0.
Proof.
  intros I0 H. unfold check_product in H. step_as H s. step_as H r. step_as H os. step_as H p. step_in H.
  destruct (product_range os) as [lo hi] eqn:Er. injection H as <-.
  destruct (check_lists_ok e _ _ _ I0 E) as (I & Hn & Ht).
  pose proof (factors_of_ok e s I _ _ E1) as F.
  rewrite <- Hn. split; [|simpl; rewrite Ht; auto]. apply inv_add_info; [auto|]. split; [exact Logic.I|]. cbn [value].
  pose proof (product_range_ok e _ _ F) as R. rewrite Er in R. split; [|exact R].
  assert (P : peval p (xs_of e os) = peval (pexpand os) (xs_of e os)).
  { apply orb_true_iff in E3 as [Q|Q]; [apply peqb_eq in Q; congruence|].
    apply andb_true_iff in Q as [Q1 Q2]. eapply square_eval; eauto. }
  rewrite (pexpand_eval e _ _ F) in P. rewrite <- P, (Hform _ _ E0).
  pose proof (pterms_ok e s I _ _ F _ _ _ _ E2) as T. simpl pend_val in T. rewrite const_eval in T.
  unfold form_val. lia.
Qed.

(** *** All nodes *)
Section Nodes.
Variable word : list nat.
Lemma check_node_ok s d h v v' : inv (aenv s) v -> anext s = v_next v -> atoken s = N.to_nat (v_token v) ->
  check_node ats tts ix v d h = Some v' ->
  (forall n, d = AInput n ->
     nth (atoken s) input [] = onehot (N.to_nat n) (nth (atoken s) word 0%nat) /\
     (nth (atoken s) word 0%nat < N.to_nat n)%nat) ->
  let s' := astep ats word s d in
  inv (aenv s') v' /\ anext s' = v_next v' /\ atoken s' = N.to_nat (v_token v').
Proof.
  intros I Hn Ht H Hi. unfold astep. simpl. rewrite Hn. destruct d as [n|c terms|f th vl off count|vs]; simpl in H.
  - destruct (Hi n eq_refl) as [H1 H2]. rewrite Ht in *.
    destruct (check_input_ok _ _ _ _ _ _ I H H1 H2) as (A & -> & ->).
    simpl. rewrite Ht. split; [exact A|]. split; [auto|lia].
  - destruct (check_form_ok _ _ _ _ _ _ I H) as (A & -> & ->). simpl. auto.
  - destruct (check_step_ok _ _ _ _ _ _ _ _ _ I H) as (A & -> & ->). simpl. auto.
  - destruct (check_product_ok _ _ _ _ _ I H) as (A & -> & ->). simpl. auto.
Qed.

(** the inputs among [ds] read the words' tokens from [atoken s] on *)
Definition inputs_ok (k : nat) (ds : list node) : Prop :=
  forall j n, nth_error (input_levels ds) j = Some n ->
    nth (k + j) input [] = onehot (N.to_nat n) (nth (k + j) word 0%nat) /\
    (nth (k + j) word 0%nat < N.to_nat n)%nat.

Lemma inputs_ok_cons k d ds : inputs_ok k (d :: ds) -> inputs_ok (if is_input d then Datatypes.S k else k) ds.
Proof.
  intros H j n Hj. destruct d; simpl in *; try (apply (H j n Hj)).
  specialize (H (Datatypes.S j) n Hj). replace (k + Datatypes.S j)%nat with (Datatypes.S k + j)%nat in H by lia. auto.
Qed.

Lemma check_nodes_ok ds : forall s hs v v', inv (aenv s) v -> anext s = v_next v -> atoken s = N.to_nat (v_token v) ->
  inputs_ok (atoken s) ds -> check_nodes ats tts ix v ds hs = Some v' ->
  inv (aenv (arun ats word ds s)) v'.
Proof.
  induction ds as [|d ds IH]; intros s hs v v' I Hn Ht Hi H; simpl in H; destruct hs as [|h hs]; try discriminate.
  - injection H as <-. exact I.
  - step_as H v1. destruct (check_node_ok s d h v v1 I Hn Ht E) as (I1 & N1 & T1).
    + intros n ->. destruct (Hi 0%nat n eq_refl). rewrite Nat.add_0_r in *. auto.
    + simpl. eapply IH; eauto. simpl. apply inputs_ok_cons. auto.
Qed.
End Nodes.

(** *** Outputs *)
Lemma bits_match_ok k hs : forall vals l, bits_match k hs vals = true -> (l < length vals)%nat ->
  b2z (Nat.ltb (N.to_nat k) (N.to_nat (nth l hs 0%N))) = nth l vals 0.
Proof.
  induction hs as [|h hs IH]; intros [|x vals] l H L; simpl in *; try discriminate; [lia|].
  apply andb_true_iff in H as [H1 H2]. apply Z.eqb_eq in H1. destruct l as [|l].
  - rewrite <- H1. f_equal. apply eq_true_iff_eq. rewrite Nat.ltb_lt, N.ltb_lt. lia.
  - apply IH; auto. lia.
Qed.
Lemma check_output_ok e s n o : inv e s -> check_output s n o = true ->
  b2z (nth (N.to_nat (snd o)) (bits_of S (fst o)) false) = value (at_ e n).
Proof.
  intros I H. unfold check_output in H. destruct (nfind (v_info s) n) as [[|vals f lo hi|]|] eqn:Ei; try discriminate.
  destruct (nfind (v_mean s) (fst o)) as [[|m g hs]|] eqn:Em; try discriminate.
  apply andb_true_iff in H as [Hm H]. apply N.eqb_eq in Hm. subst m.
  destruct (inv_info _ _ I _ _ Ei) as [_ (L & V & _)]. simpl in L.
  destruct (inv_mean _ _ I _ _ Em) as [_ (h & M1 & M2 & M3)].
  rewrite M1, nth_therm by auto. rewrite V, <- (bits_match_ok _ _ _ _ H L). do 2 f_equal.
  destruct hs as [hs|]; simpl.
  - tauto.
  - rewrite M3, iotaN_spec. change (N.to_nat 0) with 0%nat.
    destruct vals as [|x vals]; simpl in L; [lia|]. simpl tl.
    rewrite (nth_map_in N.of_nat 0%nat) by (rewrite seq_length; lia). rewrite seq_nth by lia. rewrite Nat2N.id. auto.
Qed.
Lemma all2_map {A B C} (p : A -> B -> bool) (f : A -> C) (g : B -> C) a : forall b,
  (forall x y, p x y = true -> f x = g y) -> all2 p a b = true -> map f a = map g b.
Proof.
  induction a as [|x a IH]; intros [|y b] H E; simpl in *; try discriminate; auto.
  apply andb_true_iff in E as [E1 E2]. f_equal; auto.
Qed.
End Values.

(** ** Headlines *)
Lemma nth_encode c word j n : valid_word c word -> nth_error (input_levels (anodes c)) j = Some n ->
  nth j (encode c word) [] = onehot (N.to_nat n) (nth j word 0%nat) /\ (nth j word 0%nat < N.to_nat n)%nat.
Proof.
  unfold valid_word, encode. generalize (input_levels (anodes c)). intros ls F. revert j.
  induction F as [|t m w ls H F IH]; intros j Hj; [destruct j; discriminate|].
  destruct j as [|j]; simpl in *; [injection Hj as ->; auto|]. apply IH; auto.
Qed.

Lemma validate_inv a t hs word : validate a t hs = true -> valid_word a word ->
  exists s, check_nodes (atables a) (ttables t) (index_of (titems t)) vstart (anodes a) hs = Some s /\
    all2 (all2 (check_output s)) (alabels a) (toutputs t) = true /\
    inv (teval t (encode a word)) (aeval a word) s.
Proof.
  unfold validate. rewrite !andb_true_iff. intros [[_ W] H] V.
  destruct (check_nodes _ _ _ vstart (anodes a) hs) as [s|] eqn:E; [|discriminate].
  apply andb_true_iff in H as [_ H]. exists s. split; [auto|]. split; [auto|].
  unfold aeval. eapply check_nodes_ok with (input := encode a word) (s := astart); [..|exact E].
  - intros f r Hf. apply teval_form; auto.
  - intros l r Hl. apply teval_list; auto.
  - intros b k Hb. apply teval_bank; auto.
  - constructor; simpl; intros; rewrite nfind_empty in *; discriminate.
  - auto.
  - auto.
  - intros j n Hj. simpl. apply nth_encode; auto.
Qed.

(** If the validator says yes, both circuits are well formed and the gates compute the labels. *)
Theorem validate_sound a t hs : validate a t hs = true ->
  ac_wf a = true /\ tc_wf t = true /\
  forall word, valid_word a word -> map (map b2z) (output_bits t (encode a word)) = label_values a word.
Proof.
  intros H. assert (W : ac_wf a = true /\ tc_wf t = true) by (unfold validate in H; rewrite !andb_true_iff in H; tauto).
  split; [tauto|]. split; [tauto|]. intros word V. destruct (validate_inv _ _ _ _ H V) as (s & _ & O & I).
  unfold output_bits, label_values. rewrite map_map. symmetry.
  apply (all2_map (all2 (check_output s))); [|exact O]. intros ns os E. rewrite map_map.
  apply (all2_map (check_output s)); [|exact E]. intros n o Eo. symmetry.
  apply (check_output_ok _ _ _ _ _ I Eo).
Qed.

(** Forms, steps and products have their values as the forms that the hints name, so logits too. *)
Theorem validate_values a t hs word n f : validate a t hs = true -> valid_word a word ->
  (exists s i, check_nodes (atables a) (ttables t) (index_of (titems t)) vstart (anodes a) hs = Some s /\
     nfind (v_info s) n = Some i /\ value_form i = Some f) ->
  form_of (teval t (encode a word)) f = value (at_ (aeval a word) n).
Proof.
  intros H V (s & i & E & Hi & Hf). destruct (validate_inv _ _ _ _ H V) as (s' & E' & _ & I).
  assert (s' = s) by congruence. subst s'. destruct (inv_info _ _ _ I _ _ Hi) as [_ [_ J]].
  destruct i; simpl in *; try discriminate; injection Hf as ->; tauto.
Qed.

Print Assumptions validate_sound.
Print Assumptions validate_values.
