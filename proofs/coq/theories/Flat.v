(** Banks are threshold gates.  [flatten] writes every gate of a file out over input bits and
    earlier gates, as docs/formats/threshold.md says; [flatten_correct]: the circuit of
    Circuit.v that comes out is acyclic, has [tc_gates] gates, no path longer than
    [tc_depth], and its gates have the values of the banks.  [tc_gates] and [tc_depth] are
    computed from the file without writing anything out. *)
Require Import ZArith NArith List Bool Lia Arith.
From TC0 Require Import Circuit Arith Banks.
From TC0 Require Levels.
Import ListNotations.
Open Scope Z_scope.

(** ** Counts and depth from the file *)
Definition gate_count n (k : bank) : N := if is_binput k then 0%N else bank_gates n k.
Definition item_gates n (i : item) : N := match i with IBank _ k => gate_count n k | _ => 0%N end.
Fixpoint gates_from n (is : list item) : N :=
  match is with [] => 0%N | i :: r => (item_gates n i + gates_from (item_next n i) r)%N end.
Definition tc_gates (c : tcircuit) : N := gates_from cstart (titems c).

Record depths_ := Depths { dform : nmap N; dlist : nmap N; dbank : nmap N; dmax : N }.
Definition dget (m : nmap N) (k : N) : N := nget 0%N m k.
Definition maxN (l : list N) : N := fold_right N.max 0%N l.
Definition term_depth d (t : term) : N :=
  match t with TForm _ f => dget (dform d) f | TOnes _ b => dget (dbank d) b | TTable _ b _ _ => dget (dbank d) b end.
Definition bank_depth d (k : bank) : N :=
  match k with
  | BInput _ _ => 0%N
  | BLevel f _ _ _ _ => N.succ (dget (dform d) f)
  | BDigit f h _ _ _ _ _ => N.succ (N.max (dget (dform d) f) (dget (dbank d) h))
  | BAnd ls => N.succ (maxN (map (dget (dlist d)) ls))
  | BPairs l => N.succ (dget (dlist d) l)
  end.
Definition depth_next n d (i : item) : depths_ :=
  match i with
  | IForm f r => Depths (nset (dform d) f (maxN (map (term_depth d) (fterms r)))) (dlist d) (dbank d) (dmax d)
  | IList l fs => Depths (dform d) (nset (dlist d) l (maxN (map (dget (dform d)) fs))) (dbank d) (dmax d)
  | IBank b k =>
      let x := if (bank_gates n k =? 0)%N then 0%N else bank_depth d k in
      Depths (dform d) (dlist d) (nset (dbank d) b x) (N.max x (dmax d))
  end.
Fixpoint depth_from n d (is : list item) : depths_ :=
  match is with [] => d | i :: r => depth_from (item_next n i) (depth_next n d i) r end.
Definition dstart : depths_ := Depths nempty nempty nempty 0.
Definition tc_depth (c : tcircuit) : N := dmax (depth_from cstart dstart (titems c)).

(** ** Writing gates out *)
Definition affine := (Z * list wire)%type.               (* constant and wires *)
Definition ascale (c : Z) (a : affine) : affine := (c * fst a, map (fun w => (c * fst w, snd w)) (snd a)).
Definition aadd (a b : affine) : affine := (fst a + fst b, snd a ++ snd b).
Definition asum (l : list affine) : affine := fold_right aadd (0, []) l.
Definition agate (t : Z) (a : affine) : gate := Gate (t - fst a) (snd a).
(** weights on consecutive bits *)
Fixpoint twires (ws : list Z) (first n : nat) : list wire :=
  match ws, n with
  | w :: r, S n' => (w, first) :: twires r (S first) n'
  | _, _ => []
  end.
Fixpoint dwires (c : nat -> Z) (i first n : nat) : list wire :=
  match n with
  | O => []
  | S n' => (c i - c (S i), first) :: dwires c (S i) (S first) n'
  end.
Fixpoint achoices (ls : list (list affine)) : list affine :=
  match ls with
  | [] => [(0, [])]
  | l :: r => flat_map (fun e => map (aadd e) (achoices r)) l
  end.
Fixpoint apairs (l : list affine) : list affine :=
  match l with
  | [] => []
  | e :: r => map (aadd e) r ++ apairs r
  end.

Record flat := Flat {
  aform : nmap affine; alist : nmap (list N);
  abank : nmap (nat * nat);                               (* first bit, number of bits *)
  ainput : nat;                                           (* input bits so far *)
  agates : circuit }.
Definition form_at (x : flat) (f : N) : affine := nget (0, []) (aform x) f.
Definition bank_at (x : flat) (b : N) : nat * nat := nget (0, 0)%nat (abank x) b.
Definition list_at (x : flat) (l : N) : list N := nget [] (alist x) l.

Definition flat_term ts x (t : term) : affine :=
  match t with
  | TForm c f => ascale c (form_at x f)
  | TOnes c b => ascale c (0, twires (repeat 1 (snd (bank_at x b))) (fst (bank_at x b)) (snd (bank_at x b)))
  | TTable c b t off =>
      ascale c (0, twires (skipN off (tableof ts t)) (fst (bank_at x b)) (snd (bank_at x b)))
  end.
Definition flat_form ts x (r : formrec) : affine := aadd (fconst r, []) (asum (map (flat_term ts x) (fterms r))).
Definition flat_bank ts x (k : bank) : list gate :=
  match k with
  | BInput _ _ => []
  | BLevel f t off stride n => map (fun th => agate th (form_at x f)) (level_thresholds ts t off stride n)
  | BDigit f h t off n w past =>
      let codes := slice (tableof ts t) off n in
      map (fun k => let c := border codes past (N.to_nat w) k in
                    agate (c 0%nat) (aadd (form_at x f) (0, dwires c 0 (fst (bank_at x h)) (snd (bank_at x h)))))
          (seq 0 (2 ^ N.to_nat w - 1))
  | BAnd ls => map (agate (Z.of_nat (length ls))) (achoices (map (fun l => map (form_at x) (list_at x l)) ls))
  | BPairs l => map (agate 2) (apairs (map (form_at x) (list_at x l)))
  end.
(** [n] is the number of input bits of the whole circuit *)
Definition flat_next ts (n : nat) (x : flat) (i : item) : flat :=
  match i with
  | IForm f r => Flat (nset (aform x) f (flat_form ts x r)) (alist x) (abank x) (ainput x) (agates x)
  | IList l fs => Flat (aform x) (nset (alist x) l fs) (abank x) (ainput x) (agates x)
  | IBank b (BInput _ bits) =>
      Flat (aform x) (alist x) (nset (abank x) b (ainput x, N.to_nat bits)) (ainput x + N.to_nat bits)%nat (agates x)
  | IBank b k =>
      let g := flat_bank ts x k in
      Flat (aform x) (alist x) (nset (abank x) b ((n + length (agates x))%nat, length g)) (ainput x) (agates x ++ g)
  end.
Definition input_bits (c : tcircuit) : nat := list_sum (map N.to_nat (widths (titems c))).
Definition flat_start : flat := Flat nempty nempty nempty 0 [].
Definition flattened (c : tcircuit) : flat :=
  fold_left (flat_next (ttables c) (input_bits c)) (titems c) flat_start.
Definition flatten (c : tcircuit) : circuit := agates (flattened c).

(** ** Proof *)
Definition aval (v : list bool) (a : affine) : Z := fst a + wsum v (snd a).
Fixpoint seg (v : list bool) (first n : nat) : list bool :=
  match n with O => [] | S n' => val v first :: seg v (S first) n' end.
Lemma wsum_app v a b : wsum v (a ++ b) = wsum v a + wsum v b.
Proof. apply Levels.wsum_app. Qed.
Lemma aval_scale v c a : aval v (ascale c a) = c * aval v a.
Proof.
  unfold aval, ascale; simpl. rewrite Z.mul_add_distr_l. f_equal.
  induction (snd a) as [|[w i] r IH]; simpl; [lia|]. rewrite IH. lia.
Qed.
Lemma aval_add v a b : aval v (aadd a b) = aval v a + aval v b.
Proof. unfold aval, aadd; simpl. rewrite wsum_app. lia. Qed.
Lemma aval_sum v l : aval v (asum l) = fold_right (fun a z => aval v a + z) 0 l.
Proof. induction l; simpl; [auto|]. rewrite aval_add, IHl. auto. Qed.
Lemma agate_val v t a : gate_val v (agate t a) = (t <=? aval v a).
Proof. unfold gate_val, agate, aval; simpl. apply eq_true_iff_eq. rewrite !Z.leb_le. lia. Qed.
Lemma seg_length v n : forall f, length (seg v f n) = n.
Proof. induction n; intros; simpl; auto. Qed.
Lemma seg_nth v n : forall f k, (k < n)%nat -> nth k (seg v f n) false = val v (f + k).
Proof.
  induction n as [|n IH]; intros f [|k] H; simpl; try lia; [f_equal; lia|].
  rewrite IH by lia. f_equal. lia.
Qed.
Lemma seg_app v t n : forall f, (f + n <= length v)%nat -> seg (v ++ t) f n = seg v f n.
Proof. induction n as [|n IH]; intros f H; simpl; [auto|]. rewrite IH, val_app_l by lia. auto. Qed.
Lemma seg_all v t : seg (v ++ t) (length v) (length t) = t.
Proof.
  apply nth_ext with false false; [apply seg_length|]. intros k Hk. rewrite seg_length in Hk.
  rewrite seg_nth by auto. apply val_app_r.
Qed.
Lemma wsum_twires v ws : forall f n, wsum v (twires ws f n) = dot ws (seg v f n).
Proof. induction ws as [|w r IH]; intros f [|n]; simpl; auto. rewrite IH. auto. Qed.
Lemma wsum_dwires v c n : forall i f, wsum v (dwires c i f n) = dsum c i (seg v f n).
Proof. induction n as [|n IH]; intros i f; simpl; auto. rewrite IH. auto. Qed.
Lemma achoices_val v ls : map (aval v) (achoices ls) = choices (map (map (aval v)) ls).
Proof.
  induction ls as [|l r IH]; simpl; [auto|].
  induction l as [|e l IHl]; simpl; [auto|]. rewrite map_app, IHl. f_equal.
  rewrite <- IH, !map_map. apply map_ext. intros a. apply aval_add.
Qed.
Lemma apairs_val v l : map (aval v) (apairs l) = pairsums (map (aval v) l).
Proof.
  induction l as [|e r IH]; simpl; [auto|]. rewrite map_app, IH. f_equal.
  rewrite !map_map. apply map_ext. intros a. apply aval_add.
Qed.
Lemma ones_repeat bs : ones bs = dot (repeat 1 (length bs)) bs.
Proof. induction bs; simpl; [auto|]. rewrite IHbs. destruct a; simpl; lia. Qed.

(** wires read bits below m whose depth in [ds] is at most D *)
Definition reads (ds : list nat) (D : nat) (ws : list wire) : Prop :=
  Forall (fun w => (snd w < length ds)%nat /\ (nth (snd w) ds 0 <= D)%nat) ws.
Lemma reads_app ds D a b : reads ds D (a ++ b) <-> reads ds D a /\ reads ds D b.
Proof. apply Forall_app. Qed.
Lemma reads_scale ds D c a : reads ds D (snd a) -> reads ds D (snd (ascale c a)).
Proof. unfold reads, ascale; simpl. intros H. rewrite Forall_map. exact H. Qed.
Lemma reads_le ds D D' ws : (D <= D')%nat -> reads ds D ws -> reads ds D' ws.
Proof. intros L H. eapply Forall_impl; [|exact H]. simpl. intros; lia. Qed.
Lemma reads_more ds t D ws : reads ds D ws -> reads (ds ++ t) D ws.
Proof.
  intros H. eapply Forall_impl; [|exact H]. simpl. intros w [A B]. rewrite app_length, app_nth1 by auto. lia.
Qed.
Lemma twires_reads ds D ws : forall f n, (f + n <= length ds)%nat ->
  (forall k, (k < n)%nat -> (nth (f + k) ds 0 <= D)%nat) -> reads ds D (twires ws f n).
Proof.
  induction ws as [|w r IH]; intros f [|n] L H; simpl; try constructor; simpl.
  - specialize (H 0%nat ltac:(lia)). rewrite Nat.add_0_r in H. lia.
  - apply IH; [lia|]. intros k Hk. specialize (H (S k) ltac:(lia)).
    replace (S f + k)%nat with (f + S k)%nat by lia. auto.
Qed.
Lemma dwires_reads ds D c n : forall i f, (f + n <= length ds)%nat ->
  (forall k, (k < n)%nat -> (nth (f + k) ds 0 <= D)%nat) -> reads ds D (dwires c i f n).
Proof.
  induction n as [|n IH]; intros i f L H; simpl; constructor; simpl.
  - specialize (H 0%nat ltac:(lia)). rewrite Nat.add_0_r in H. lia.
  - apply IH; [lia|]. intros k Hk. specialize (H (S k) ltac:(lia)).
    replace (S f + k)%nat with (f + S k)%nat by lia. auto.
Qed.
Lemma gate_depth_reads ds D g : reads ds D (ins g) -> (gate_depth ds g <= S D)%nat.
Proof.
  unfold gate_depth. intros H. apply le_n_S. induction H as [|w r [_ H] _ IH]; simpl; lia.
Qed.
Lemma depths_gates L : forall d, Forall (reads_below (length d)) L -> depths L d = d ++ map (gate_depth d) L.
Proof.
  assert (G : forall L d t, Forall (reads_below (length d)) L -> depths L (d ++ t) = d ++ t ++ map (gate_depth d) L).
  { clear. induction L as [|g L IH]; intros d t H; simpl; [rewrite app_nil_r; auto|].
    inversion H as [|? ? Hg HL]; subst. rewrite <- app_assoc, IH by auto. rewrite <- app_assoc. simpl.
    do 3 f_equal. unfold gate_depth. f_equal. clear - Hg. unfold reads_below in Hg.
    induction Hg as [|w r Hw _ IHr]; simpl; [auto|]. rewrite app_nth1 by auto. rewrite IHr. auto. }
  intros d H. specialize (G L d [] H). rewrite app_nil_r in G. exact G.
Qed.
Lemma wf_snoc n c L : wf n c -> Forall (reads_below (n + length c)) L -> wf n (c ++ L).
Proof.
  intros W H k g Hk. destruct (lt_dec k (length c)) as [l|l].
  - rewrite nth_error_app1 in Hk by auto. apply (W k g Hk).
  - rewrite nth_error_app2 in Hk by lia. apply nth_error_In in Hk. rewrite Forall_forall in H.
    eapply Forall_impl; [|exact (H _ Hk)]. simpl. lia.
Qed.

Lemma maxN_ge (l : list N) x : In x l -> (x <= maxN l)%N.
Proof. induction l as [|y r IH]; simpl; intros []; [subst; lia|]. specialize (IH H). lia. Qed.

Section Flatten.
Variables (ts : nmap (list Z)) (input : list (list bool)) (x0 : list bool).
Notation nin := (length x0).

Record rel (n : counters) (s : values) (d : depths_) (x : flat) : Prop := Rel {
  r_wf : wf nin (agates x);
  r_form : forall f, aval (eval (agates x) x0) (form_at x f) = form_of s f;
  r_reads : forall f, reads (depths (agates x) (repeat 0%nat nin)) (N.to_nat (dget (dform d) f)) (snd (form_at x f));
  r_list : forall l, list_at x l = list_of s l;
  r_dlist : forall l f, In f (list_at x l) -> reads (depths (agates x) (repeat 0%nat nin)) (N.to_nat (dget (dlist d) l)) (snd (form_at x f));
  r_old : forall l f, In f (list_of s l) -> (f < nform n)%N;
  r_len : forall l, (l < nlist n)%N -> N.to_nat (nget 0%N (lens n) l) = length (list_of s l);
  r_bank : forall b, bits_of s b = seg (eval (agates x) x0) (fst (bank_at x b)) (snd (bank_at x b));
  r_below : forall b, (fst (bank_at x b) + snd (bank_at x b) <= nin + length (agates x))%nat;
  r_depth : forall b k, (k < snd (bank_at x b))%nat ->
    (nth (fst (bank_at x b) + k) (depths (agates x) (repeat 0%nat nin)) 0 <= N.to_nat (dget (dbank d) b))%nat;
  r_gates : forall b, snd (bank_at x b) = N.to_nat (gates_of n b);
  r_max : (maxl (depths (agates x) (repeat 0%nat nin)) <= N.to_nat (dmax d))%nat }.

Section OneItem.
Variables (n : counters) (s : values) (d : depths_) (x : flat).
Hypothesis R : rel n s d x.
Notation v := (eval (agates x) x0).
Notation ds := (depths (agates x) (repeat 0%nat nin)).
Lemma v_length : length v = (nin + length (agates x))%nat.
Proof. apply eval_length. Qed.
Lemma ds_length : length ds = (nin + length (agates x))%nat.
Proof. rewrite depths_length, repeat_length. auto. Qed.

Lemma flat_term_ok t : aval v (flat_term ts x t) = term_val ts s t /\
  reads ds (N.to_nat (term_depth d t)) (snd (flat_term ts x t)).
Proof.
  assert (B : forall b ws, reads ds (N.to_nat (dget (dbank d) b)) (twires ws (fst (bank_at x b)) (snd (bank_at x b)))).
  { intros b ws. apply twires_reads; [rewrite ds_length; apply (r_below _ _ _ _ R)|].
    intros k Hk. apply (r_depth _ _ _ _ R). auto. }
  destruct t as [c f|c b|c b t off]; cbn [flat_term term_val term_depth]; rewrite aval_scale.
  - rewrite (r_form _ _ _ _ R). split; [auto|]. apply reads_scale, (r_reads _ _ _ _ R).
  - split; [|apply reads_scale, B]. unfold aval; simpl. rewrite wsum_twires, <- (r_bank _ _ _ _ R).
    rewrite (r_bank _ _ _ _ R b) at 2. rewrite ones_repeat. rewrite (r_bank _ _ _ _ R b), seg_length. auto.
  - split; [|apply reads_scale, B]. unfold aval; simpl. rewrite wsum_twires, <- (r_bank _ _ _ _ R). auto.
Qed.

Lemma flat_form_ok r : aval v (flat_form ts x r) = form_val ts s r /\
  reads ds (N.to_nat (maxN (map (term_depth d) (fterms r)))) (snd (flat_form ts x r)).
Proof.
  unfold flat_form, form_val. rewrite aval_add. split.
  - f_equal; [unfold aval; simpl; lia|]. rewrite aval_sum.
    induction (fterms r) as [|t q IH]; simpl; [auto|]. rewrite IH, (proj1 (flat_term_ok t)). auto.
  - simpl. assert (G : forall q, (forall t, In t q -> In t (fterms r)) ->
      reads ds (N.to_nat (maxN (map (term_depth d) (fterms r)))) (snd (asum (map (flat_term ts x) q)))).
    { induction q as [|t q IH]; intros H; simpl; [constructor|]. apply reads_app. split.
      - eapply reads_le; [|apply flat_term_ok].
        assert (term_depth d t <= maxN (map (term_depth d) (fterms r)))%N; [|lia].
        apply maxN_ge, in_map, H. left; auto.
      - apply IH. intros; apply H; right; auto. }
    apply G. auto.
Qed.

(** the depth of what a bank reads *)
Definition bank_reads (k : bank) : nat := pred (N.to_nat (bank_depth d k)).

Lemma achoices_reads D lls : Forall (Forall (fun a => reads ds D (snd a))) lls ->
  Forall (fun a => reads ds D (snd a)) (achoices lls).
Proof.
  induction 1 as [|l r H _ IH]; simpl; [repeat constructor|].
  apply Forall_forall. intros a Ha. apply in_flat_map in Ha as (e & He & Ha). apply in_map_iff in Ha as (q & <- & Hq).
  rewrite Forall_forall in H, IH. simpl. apply reads_app. auto.
Qed.
Lemma apairs_reads D l : Forall (fun a => reads ds D (snd a)) l -> Forall (fun a => reads ds D (snd a)) (apairs l).
Proof.
  induction 1 as [|e r H F IH]; simpl; [constructor|]. apply Forall_app. split; [|auto].
  rewrite Forall_map. eapply Forall_impl; [|exact F]. simpl. intros a Ha. apply reads_app. auto.
Qed.
Lemma list_reads l : Forall (fun a => reads ds (N.to_nat (dget (dlist d) l)) (snd a)) (map (form_at x) (list_at x l)).
Proof. rewrite Forall_map. apply Forall_forall. intros f Hf. apply (r_dlist _ _ _ _ R); auto. Qed.
Lemma list_vals l : map (aval v) (map (form_at x) (list_at x l)) = map (form_of s) (list_of s l).
Proof. rewrite map_map, (r_list _ _ _ _ R). apply map_ext. intros f. apply (r_form _ _ _ _ R). Qed.

Lemma flat_bank_ok k : is_binput k = false ->
  map (gate_val v) (flat_bank ts x k) = bank_val ts input s k /\
  Forall (fun g => reads ds (bank_reads k) (ins g)) (flat_bank ts x k).
Proof.
  intros K. destruct k as [|f t off stride g|f h t off c w past|ls|l]; try discriminate; cbn [flat_bank bank_val];
    unfold bank_reads; cbn [bank_depth]; rewrite N2Nat.inj_succ, Nat.pred_succ.
  - rewrite map_map. split.
    + apply map_ext. intros th. rewrite agate_val, (r_form _ _ _ _ R). auto.
    + rewrite Forall_map. apply Forall_forall. intros th _. apply (r_reads _ _ _ _ R).
  - rewrite map_map. split.
    + apply map_ext. intros k. rewrite agate_val, aval_add, (r_form _ _ _ _ R). unfold digit_gate. f_equal. f_equal.
      unfold aval; simpl. rewrite wsum_dwires, <- (r_bank _ _ _ _ R). auto.
    + rewrite Forall_map. apply Forall_forall. intros k _. simpl. apply reads_app. split.
      * eapply reads_le; [|apply (r_reads _ _ _ _ R)]. lia.
      * eapply reads_le; [|apply dwires_reads with (D := N.to_nat (dget (dbank d) h))]; [lia| |].
        -- rewrite ds_length. apply (r_below _ _ _ _ R).
        -- intros j Hj. apply (r_depth _ _ _ _ R). auto.
  - rewrite map_map. split.
    + erewrite map_ext; [|intros a; apply agate_val].
      rewrite <- (map_map (aval v) (fun q => Z.of_nat (length ls) <=? q)). f_equal.
      rewrite achoices_val, map_map. f_equal. apply map_ext. intros l. apply list_vals.
    + rewrite Forall_map. apply achoices_reads. rewrite Forall_map. apply Forall_forall. intros l Hl.
      eapply Forall_impl; [|apply list_reads]. intros a Ha. eapply reads_le; [|exact Ha].
      assert (dget (dlist d) l <= maxN (map (dget (dlist d)) ls))%N; [|lia]. apply maxN_ge, in_map. auto.
  - rewrite map_map. split.
    + erewrite map_ext; [|intros a; apply agate_val]. rewrite <- (map_map (aval v) (fun q => 2 <=? q)). f_equal.
      rewrite apairs_val, list_vals. auto.
    + rewrite Forall_map. apply apairs_reads, list_reads.
Qed.

Lemma achoices_length (lls : list (list affine)) :
  length (achoices lls) = fold_right (fun l p => (length l * p)%nat) 1%nat lls.
Proof.
  induction lls as [|l r IH]; simpl; [auto|]. induction l as [|e l IHl]; simpl; [auto|].
  rewrite app_length, map_length, IHl, IH. auto.
Qed.
Lemma apairs_length (l : list affine) : (2 * length (apairs l) = length l * pred (length l))%nat.
Proof.
  induction l as [|e r IH]; simpl; [auto|]. rewrite app_length, map_length.
  destruct (length r); simpl in *; lia.
Qed.
Lemma flat_bank_length k : bank_wf ts n k = true -> is_binput k = false ->
  length (flat_bank ts x k) = N.to_nat (bank_gates n k).
Proof.
  intros W K. destruct k as [|f t off stride g|f h t off c w past|ls|l]; try discriminate;
    cbn [flat_bank bank_gates]; rewrite ?map_length; cbn [bank_wf] in W; rewrite ?andb_true_iff in W.
  - destruct W as [_ W]. apply N.eqb_eq in W. rewrite lenN_spec in W. lia.
  - rewrite seq_length, N2Nat.inj_sub, N.shiftl_1_l, N2Nat.inj_pow. auto.
  - destruct W as [_ W]. rewrite achoices_length. rewrite forallb_forall in W. clear K.
    induction ls as [|l r IH]; [auto|]. cbn [map fold_right]. rewrite N2Nat.inj_mul, IH by (intros; apply W; right; auto).
    f_equal. rewrite map_length, (r_list _ _ _ _ R). symmetry. apply (r_len _ _ _ _ R), N.ltb_lt, W. left; auto.
  - pose proof (apairs_length (map (form_at x) (list_at x l))) as P.
    rewrite map_length, (r_list _ _ _ _ R), <- (r_len _ _ _ _ R) in P by (apply N.ltb_lt; auto).
    rewrite N2Nat.inj_div, N2Nat.inj_mul, N2Nat.inj_pred. change (N.to_nat 2) with 2%nat. rewrite (r_list _ _ _ _ R).
    rewrite <- P. rewrite Nat.mul_comm, Nat.div_mul by lia. auto.
Qed.
End OneItem.

Lemma aval_more (ds : list nat) D v t a : length ds = length v -> reads ds D (snd a) -> aval (v ++ t) a = aval v a.
Proof.
  intros L H. unfold aval. f_equal. apply wsum_ext. eapply Forall_impl; [|exact H].
  simpl. intros w [A _]. apply val_app_l. lia.
Qed.
Lemma maxl_app a b : maxl (a ++ b) = Nat.max (maxl a) (maxl b).
Proof. unfold maxl. induction a as [|x a IH]; simpl; [auto|]. rewrite IH. lia. Qed.
Lemma bank_depth_pos d k : is_binput k = false -> N.to_nat (bank_depth d k) = S (bank_reads d k).
Proof. unfold bank_reads. destruct k; simpl; try discriminate; intros _; lia. Qed.
Lemma nget_set {A} (z : A) m k j y : nget z (nset m k y) j = if N.eq_dec j k then y else nget z m j.
Proof. destruct (N.eq_dec j k) as [->|D]; [apply nget_eq|apply nget_neq; auto]. Qed.

Lemma rel_form n s d x f r : rel n s d x -> item_wf ts n (IForm f r) = true ->
  rel (item_next n (IForm f r)) (tstep ts input s (IForm f r)) (depth_next n d (IForm f r))
      (flat_next ts nin x (IForm f r)).
Proof.
  intros R W. destruct (flat_form_ok n s d x R r) as [V D].
  cbn [item_wf] in W. apply andb_true_iff in W as [W _]. apply N.eqb_eq in W.
  constructor; simpl; try apply R.
  - intros g. unfold form_at, form_of; simpl. rewrite !nget_set.
    destruct (N.eq_dec g f); [exact V|apply (r_form _ _ _ _ R)].
  - intros g. unfold form_at, dget; simpl. rewrite !nget_set.
    destruct (N.eq_dec g f); [exact D|apply (r_reads _ _ _ _ R)].
  - intros l g Hg. change (list_at _ l) with (list_at x l) in Hg.
    unfold form_at; simpl. rewrite nget_set. destruct (N.eq_dec g f) as [->|E]; [|apply (r_dlist _ _ _ _ R); auto].
    exfalso. rewrite (r_list _ _ _ _ R) in Hg. apply (r_old _ _ _ _ R) in Hg. lia.
  - intros l g Hg. apply (r_old _ _ _ _ R) in Hg. lia.
Qed.
Lemma rel_list n s d x l fs : rel n s d x -> item_wf ts n (IList l fs) = true ->
  rel (item_next n (IList l fs)) (tstep ts input s (IList l fs)) (depth_next n d (IList l fs))
      (flat_next ts nin x (IList l fs)).
Proof.
  intros R W. cbn [item_wf] in W. rewrite !andb_true_iff, N.eqb_eq, forallb_forall in W. destruct W as [[Wl _] W].
  constructor; simpl; try apply R.
  - intros j. unfold list_at, list_of; simpl. rewrite !nget_set.
    destruct (N.eq_dec j l); [auto|apply (r_list _ _ _ _ R)].
  - intros j f. unfold list_at, dget; simpl. rewrite !nget_set. change (form_at _ f) with (form_at x f).
    destruct (N.eq_dec j l); [|apply (r_dlist _ _ _ _ R)]. intros Hf.
    eapply reads_le; [|apply (r_reads _ _ _ _ R)].
    assert (dget (dform d) f <= maxN (map (dget (dform d)) fs))%N; [|unfold dget in *; lia]. apply maxN_ge, in_map. auto.
  - intros j f. unfold list_of; simpl. rewrite nget_set. destruct (N.eq_dec j l); [|apply (r_old _ _ _ _ R)].
    intros Hf. apply N.ltb_lt. auto.
  - intros j Hj. unfold list_of; simpl. rewrite !nget_set. destruct (N.eq_dec j l); [rewrite lenN_spec; lia|].
    apply (r_len _ _ _ _ R). lia.
Qed.

Lemma rel_gates n s d x b k : rel n s d x -> bank_wf ts n k = true -> is_binput k = false ->
  rel (item_next n (IBank b k)) (tstep ts input s (IBank b k)) (depth_next n d (IBank b k))
      (flat_next ts nin x (IBank b k)).
Proof.
  intros R W K. set (g := flat_bank ts x k).
  destruct (flat_bank_ok n s d x R k K) as [V D]. pose proof (flat_bank_length n s d x R k W K) as L. fold g in V, D, L.
  assert (E : flat_next ts nin x (IBank b k) =
    Flat (aform x) (alist x) (nset (abank x) b ((nin + length (agates x))%nat, length g)) (ainput x) (agates x ++ g))
    by (destruct k; try discriminate; auto).
  rewrite E. clear E.
  set (v := eval (agates x) x0) in *. set (ds := depths (agates x) (repeat 0%nat nin)) in *.
  pose proof (v_length x) as Lv. fold v in Lv. pose proof (ds_length x) as Ld. fold ds in Ld.
  assert (RB : Forall (reads_below (nin + length (agates x))) g).
  { eapply Forall_impl; [|exact D]. intros q Hq. unfold reads_below. eapply Forall_impl; [|exact Hq]. simpl; lia. }
  assert (EV : eval (agates x ++ g) x0 = v ++ bank_val ts input s k).
  { rewrite eval_app. fold v. rewrite eval_layer by (rewrite Lv; auto). rewrite V. auto. }
  assert (ED : depths (agates x ++ g) (repeat 0%nat nin) = ds ++ map (gate_depth ds) g).
  { rewrite depths_app. fold ds. apply depths_gates. rewrite Ld. auto. }
  assert (LB : length (bank_val ts input s k) = length g) by (rewrite <- V, map_length; auto).
  set (X := if (bank_gates n k =? 0)%N then 0%N else bank_depth d k).
  assert (DX : Forall (fun y => (y <= N.to_nat X)%nat) (map (gate_depth ds) g)).
  { unfold X. destruct (N.eqb_spec (bank_gates n k) 0) as [Z0|_].
    - rewrite Z0 in L. destruct g; [constructor|discriminate].
    - rewrite (bank_depth_pos d k K). rewrite Forall_map. eapply Forall_impl; [|exact D].
      intros q Hq. apply gate_depth_reads. exact Hq. }
  destruct R as [A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12]. fold v ds in A2, A3, A5, A8, A10, A12.
  constructor; cbn [agates tstep depth_next item_next]; rewrite ?EV, ?ED.
  - apply wf_snoc; auto.
  - intros f. change (form_at _ f) with (form_at x f). rewrite (aval_more ds _ v _ _ ltac:(lia) (A3 f)). apply A2.
  - intros f. apply reads_more, A3.
  - apply A4.
  - intros l f Hf. apply reads_more, (A5 l f Hf).
  - apply A6.
  - apply A7.
  - intros j. unfold bank_at, bits_of; cbn [abank vbank]. rewrite !nget_set. destruct (N.eq_dec j b) as [->|N0].
    + simpl. rewrite <- Lv, <- LB, seg_all. auto.
    + rewrite seg_app by (rewrite Lv; apply A9). apply A8.
  - intros j. unfold bank_at; cbn [abank]. rewrite nget_set. rewrite app_length.
    destruct (N.eq_dec j b); simpl; [lia|]. specialize (A9 j). unfold bank_at in A9. lia.
  - intros j i. unfold bank_at, dget; cbn [abank dbank]. rewrite !nget_set.
    destruct (N.eq_dec j b); simpl; intros Hi.
    + rewrite app_nth2 by lia. rewrite <- Ld. replace (length ds + i - length ds)%nat with i by lia.
      rewrite Forall_forall in DX. apply DX. apply nth_In. rewrite map_length. auto.
    + rewrite app_nth1; [apply A10; auto|]. specialize (A9 j). unfold bank_at in A9. lia.
  - intros j. unfold bank_at, gates_of; cbn [abank gates]. rewrite !nget_set.
    destruct (N.eq_dec j b); simpl; [auto|apply A11].
  - rewrite maxl_app. cbn [dmax]. pose proof (maxl_le _ _ DX). unfold X in *. lia.
Qed.

Lemma val_input c i : (i < nin)%nat -> val (eval c x0) i = val x0 i.
Proof. apply val_eval_old. Qed.
Lemma seg_input c f k : (f + k <= nin)%nat -> seg (eval c x0) f k = seg x0 f k.
Proof.
  revert f; induction k as [|k IH]; intros f H; simpl; [auto|]. rewrite val_input, IH by lia. auto.
Qed.
Lemma rel_input n s d x b p bits : rel n s d x -> (ainput x + N.to_nat bits <= nin)%nat ->
  seg x0 (ainput x) (N.to_nat bits) = takeN bits (nth (N.to_nat p) input []) ->
  rel (item_next n (IBank b (BInput p bits))) (tstep ts input s (IBank b (BInput p bits)))
      (depth_next n d (IBank b (BInput p bits))) (flat_next ts nin x (IBank b (BInput p bits))).
Proof.
  intros R L H. constructor; simpl; try apply R.
  - intros j. unfold bank_at, bits_of; simpl. rewrite !nget_set. destruct (N.eq_dec j b).
    + simpl. rewrite seg_input by lia. auto.
    + apply (r_bank _ _ _ _ R).
  - intros j. unfold bank_at; simpl. rewrite nget_set. destruct (N.eq_dec j b); simpl; [lia|apply (r_below _ _ _ _ R)].
  - intros j i. unfold bank_at, dget; simpl. rewrite !nget_set. destruct (N.eq_dec j b); simpl; intros Hi.
    + rewrite depths_old by (rewrite repeat_length; lia). rewrite nth_repeat. lia.
    + apply (r_depth _ _ _ _ R). auto.
  - intros j. unfold bank_at, gates_of; simpl. rewrite !nget_set. destruct (N.eq_dec j b); simpl; [auto|].
    apply (r_gates _ _ _ _ R).
  - pose proof (r_max _ _ _ _ R). destruct (bits =? 0)%N; lia.
Qed.

Lemma seg_mid a bs c : seg (a ++ bs ++ c) (length a) (length bs) = bs.
Proof. rewrite app_assoc, seg_app by (rewrite app_length; lia). apply seg_all. Qed.

Lemma rel_items is : forall n s d x before rest, rel n s d x -> items_wf ts n is = true ->
  x0 = concat (before ++ rest) -> input = before ++ rest ->
  N.to_nat (ninput n) = length before -> ainput x = length (concat before) ->
  Forall2 (fun bs w => length bs = N.to_nat w) rest (widths is) ->
  let x' := fold_left (flat_next ts nin) is x in
  rel (fold_left item_next is n) (trun ts input is s) (depth_from n d is) x' /\
  length (agates x') = (length (agates x) + N.to_nat (gates_from n is))%nat.
Proof.
  induction is as [|i is IH]; intros n s d x before rest R W Hx Hi Hn Ha F; simpl in *; [split; [auto|lia]|].
  apply andb_true_iff in W as [W1 W2].
  destruct i as [f r|l fs|b k].
  - destruct (IH _ _ _ _ before rest (rel_form _ _ _ _ _ _ R W1) W2 Hx Hi Hn Ha F) as [P Q]. split; [exact P|].
    rewrite Q. simpl. lia.
  - destruct (IH _ _ _ _ before rest (rel_list _ _ _ _ _ _ R W1) W2 Hx Hi Hn Ha F) as [P Q]. split; [exact P|].
    rewrite Q. simpl. lia.
  - cbn [item_wf] in W1. apply andb_true_iff in W1 as [_ W1]. destruct (is_binput k) eqn:K.
    + destruct k as [p bits| | | |]; try discriminate. inversion F as [|bs w rest' ws Hb F']; subst rest. subst w.
      cbn [bank_wf] in W1. apply andb_true_iff in W1 as [W1 _]. apply N.eqb_eq in W1. subst p.
      assert (Lc : x0 = concat before ++ bs ++ concat rest') by (rewrite Hx, concat_app; auto).
      assert (R' := rel_input n s d x b (ninput n) bits R).
      destruct (IH _ _ _ _ (before ++ [bs]) rest' (R' ltac:(rewrite Ha, Lc, !app_length; lia)
          ltac:(rewrite Ha, Lc, <- Hb, seg_mid, takeN_spec, Hn, Hi, app_nth2, Nat.sub_diag by lia; simpl;
                symmetry; apply firstn_all2; lia)) W2) as [P Q].
      * rewrite Hx, <- app_assoc. auto.
      * rewrite Hi, <- app_assoc. auto.
      * simpl. rewrite app_length. simpl. lia.
      * simpl. rewrite Ha, concat_app, app_length. simpl. rewrite app_nil_r. lia.
      * auto.
      * split; [exact P|]. rewrite Q. simpl. unfold gate_count. simpl. lia.
    + assert (Ew : widths (IBank b k :: is) = widths is) by (destruct k; try discriminate; auto).
      simpl in Ew. rewrite Ew in F.
      pose proof (flat_bank_length n s d x R k W1 K) as L.
      assert (Ex : agates (flat_next ts nin x (IBank b k)) = agates x ++ flat_bank ts x k /\
                   ainput (flat_next ts nin x (IBank b k)) = ainput x)
        by (destruct k; try discriminate; auto).
      destruct Ex as [Ex Ey].
      destruct (IH _ _ _ _ before rest (rel_gates n s d x b k R W1 K) W2 Hx Hi) as [P Q].
      * simpl. rewrite ?K. auto.
      * congruence.
      * auto.
      * split; [exact P|]. rewrite Q, Ex, app_length, L. cbn [item_gates]. unfold gate_count. rewrite K. lia.
Qed.
End Flatten.

(** the bit of a bank's gate *)
Definition gate_bit (c : tcircuit) (o : N * N) : nat := (fst (bank_at (flattened c) (fst o)) + N.to_nat (snd o))%nat.

Theorem flatten_correct t input : tc_wf t = true ->
  Forall2 (fun bs w => length bs = N.to_nat w) input (widths (titems t)) ->
  let x := concat input in
  let c := flatten t in
  length x = input_bits t /\ wf (length x) c /\
  size c = N.to_nat (tc_gates t) /\ depth_le (length x) c (N.to_nat (tc_depth t)) /\
  (forall b k, (k < gates_of (counts (titems t)) b)%N ->
     val (eval c x) (gate_bit t (b, k)) = nth (N.to_nat k) (bits_of (teval t input) b) false).
Proof.
  intros W F x c. unfold tc_wf in W. apply andb_true_iff in W as [W _].
  assert (Lx : length x = input_bits t).
  { unfold x, input_bits. induction F as [|bs w r ws H _ IH]; simpl; [auto|]. rewrite app_length, H, IH. auto. }
  assert (R0 : rel x cstart tstart dstart flat_start).
  { constructor; simpl.
    - intros [|k] g H; discriminate.
    - intros f. unfold form_at, form_of, nget; simpl. rewrite !nfind_empty. auto.
    - intros f. unfold form_at, nget; simpl. rewrite nfind_empty. constructor.
    - intros l. unfold list_at, list_of, nget; simpl. rewrite !nfind_empty. auto.
    - intros l f. unfold list_at, nget; simpl. rewrite nfind_empty. intros [].
    - intros l f. unfold list_of, nget; simpl. rewrite nfind_empty. intros [].
    - intros l Hl. lia.
    - intros b. unfold bank_at, bits_of, nget; simpl. rewrite !nfind_empty. auto.
    - intros b. unfold bank_at, nget; simpl. rewrite nfind_empty. simpl. lia.
    - intros b k. unfold bank_at, nget; simpl. rewrite nfind_empty. simpl. lia.
    - intros b. unfold bank_at, gates_of, nget; simpl. rewrite !nfind_empty. auto.
    - apply maxl_le. apply Forall_forall. intros y Hy. apply repeat_spec in Hy. lia. }
  destruct (rel_items (ttables t) input x (titems t) cstart tstart dstart flat_start [] input R0 W eq_refl eq_refl
              eq_refl eq_refl F) as [R G].
  assert (E : fold_left (flat_next (ttables t) (length x)) (titems t) flat_start = flattened t)
    by (unfold flattened; rewrite <- Lx; auto).
  cbv zeta in R, G. rewrite E in R, G.
  split; [auto|]. split; [apply (r_wf _ _ _ _ _ R)|]. split; [exact G|]. split.
  - intros j l P. etransitivity; [eapply depth_sound; [apply (r_wf _ _ _ _ _ R)|exact P]|]. apply (r_max _ _ _ _ _ R).
  - intros b k Hk. unfold gate_bit; simpl. change (trun (ttables t) input (titems t) tstart) with (teval t input) in R.
    rewrite (r_bank _ _ _ _ _ R b). rewrite seg_nth; [auto|]. rewrite (r_gates _ _ _ _ _ R b).
    fold (counts (titems t)). lia.
Qed.
Print Assumptions flatten_correct.
