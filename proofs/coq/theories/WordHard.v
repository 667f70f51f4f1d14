(** NC1-hardness as a theorem about threshold circuits: a depth-D circuit family for the
    S5 word problem yields depth-(D+1) circuits for every formula (length <= 4^depth).
    Also: relocation, i.e. every well-formed circuit is a composable component. Axiom-free. *)
Require Import ZArith List Bool Lia Arith.
Require Import TC0.Circuit TC0.IterAdd TC0.SSM TC0.Deep TC0.Selective TC0.Barrington.
Import ListNotations.
Open Scope nat_scope.

(** ** Relocation *)
Definition rw (n m : nat) (s : list nat) (i : nat) : nat := if Nat.ltb i n then nth i s 0 else m + (i - n).
Definition rg n m s (g : gate) : gate := Gate (thr g) (map (fun w => (fst w, rw n m s (snd w))) (ins g)).
Definition c_circ (n : nat) (c : circuit) (outs : list nat) : comp :=
  fun m s => (map (rg n m s) c, map (rw n m s) outs).

Section Reloc.
Variables (n m : nat) (s : list nat).
Hypotheses (Ls : length s = n) (Fs : below m s).

Lemma rw_lt i k : i < n + k -> rw n m s i < m + k.
Proof.
  unfold rw. destruct (Nat.ltb_spec i n); intros; [|lia].
  unfold below in Fs; rewrite Forall_forall in Fs.
  assert (nth i s 0 < m) by (apply Fs, nth_In; lia). lia.
Qed.
Lemma rw_val v t i : length v = m -> i < n + length t ->
  val (v ++ t) (rw n m s i) = val (outputs s v ++ t) i.
Proof.
  intros Lv Hi. unfold rw. destruct (Nat.ltb_spec i n).
  - rewrite val_app_l, val_app_l.
    + unfold outputs, val at 2. rewrite (nth_indep _ false (val v 0)) by (rewrite map_length; lia).
      rewrite map_nth; auto.
    + rewrite outputs_length; lia.
    + unfold below in Fs; rewrite Forall_forall in Fs. rewrite Lv. apply Fs, nth_In; lia.
  - rewrite <- Lv, val_app_r. replace i with (length (outputs s v) + (i - n)) at 2 by (rewrite outputs_length; lia).
    rewrite val_app_r; auto.
Qed.
Lemma rg_val v t g : length v = m -> reads_below (n + length t) g ->
  gate_val (v ++ t) (rg n m s g) = gate_val (outputs s v ++ t) g.
Proof.
  intros Lv H. unfold gate_val, rg; cbn [thr ins]. f_equal. unfold reads_below in H.
  induction H as [|[a i] r Hi _ IH]; simpl in *; auto. rewrite IH, rw_val; auto.
Qed.
Lemma reloc_eval v : length v = m -> forall c t, wf (n + length t) c ->
  exists u, length u = length c /\ eval (map (rg n m s) c) (v ++ t) = v ++ t ++ u /\
            eval c (outputs s v ++ t) = outputs s v ++ t ++ u.
Proof.
  intros Lv. induction c as [|g c IH]; intros t W; simpl.
  - exists []; rewrite !app_nil_r; auto.
  - apply wf_cons in W as [Hg W]. rewrite rg_val by auto.
    set (b := gate_val (outputs s v ++ t) g). rewrite <- !app_assoc.
    destruct (IH (t ++ [b])) as (u & Lu & E1 & E2).
    { rewrite app_length; simpl. replace (n + (length t + 1)) with (S (n + length t)) by lia; auto. }
    exists (b :: u). rewrite <- !app_assoc in E1, E2. simpl in *. auto.
Qed.
Lemma reloc_depth d D : length d = m -> Forall (fun x => x <= D) d -> forall c t t',
  wf (n + length t) c -> length t' = length t -> (forall i, i < length t -> nth i t' 0 <= D + nth i t 0) ->
  exists u u', length u = length c /\ length u' = length c /\
    depths c (repeat 0 n ++ t) = repeat 0 n ++ t ++ u /\
    depths (map (rg n m s) c) (d ++ t') = d ++ t' ++ u' /\
    (forall i, i < length c -> nth i u' 0 <= D + nth i u 0).
Proof.
  intros Ld Fd. induction c as [|g c IH]; intros t t' W Lt Ht; simpl.
  - exists [], []; rewrite !app_nil_r; simpl; repeat split; auto; lia.
  - apply wf_cons in W as [Hg W].
    set (e := gate_depth (repeat 0 n ++ t) g). set (e' := gate_depth (d ++ t') (rg n m s g)).
    assert (He : e' <= D + e).
    { unfold e, e', gate_depth, rg; cbn [ins]. unfold reads_below in Hg.
      rewrite Nat.add_succ_r. apply le_n_S.
      induction Hg as [|[a i] r Hi _ IHr]; cbn [map fold_right fst snd] in *; [lia|].
      assert (nth (rw n m s i) (d ++ t') 0 <= D + nth i (repeat 0 n ++ t) 0); [|lia].
      unfold rw. destruct (Nat.ltb_spec i n).
      - unfold below in Fs; rewrite Forall_forall in Fs.
        assert (nth i s 0 < m) by (apply Fs, nth_In; lia).
        rewrite app_nth1 by lia. rewrite Forall_forall in Fd.
        etransitivity; [apply Fd, nth_In; lia|lia].
      - rewrite !app_nth2 by (rewrite ?repeat_length; lia). rewrite repeat_length, Ld.
        replace (m + (i - n) - m) with (i - n) by lia. apply Ht. simpl in Hi; lia. }
    rewrite <- !app_assoc.
    destruct (IH (t ++ [e]) (t' ++ [e'])) as (u & u' & Lu & Lu' & E1 & E2 & Hu).
    { rewrite app_length; simpl. replace (n + (length t + 1)) with (S (n + length t)) by lia; auto. }
    { rewrite !app_length; simpl; lia. }
    { intros i Hi. rewrite app_length in Hi; simpl in Hi. destruct (Nat.eq_dec i (length t)) as [->|N].
      - rewrite app_nth2, app_nth2 by lia. rewrite Lt, Nat.sub_diag; simpl; auto.
      - rewrite !app_nth1 by lia. apply Ht; lia. }
    exists (e :: u), (e' :: u'). rewrite <- !app_assoc in E1, E2. simpl in *. repeat split; auto.
    intros [|i] Hi; simpl; auto. apply Hu; lia.
Qed.
End Reloc.

Theorem c_circ_ok n c outs : wf n c -> below (n + length c) outs ->
  ok n (fun x => outputs outs (eval c x)) (depth n c) (length c) (c_circ n c outs).
Proof.
  intros W O.
  assert (W0 : wf (n + length (@nil nat)) c) by (simpl; rewrite Nat.add_0_r; auto).
  assert (W0' : wf (n + length (@nil bool)) c) by (simpl; rewrite Nat.add_0_r; auto).
  split; intros m s; simpl.
  - intros Ls Fs k g Hk. rewrite nth_error_map in Hk. destruct (nth_error c k) as [g0|] eqn:E; [|discriminate].
    injection Hk as <-. simpl. apply Forall_map. eapply Forall_impl; [|apply (W k g0 E)].
    intros [a i] Hi; simpl in *. apply rw_lt; auto.
  - intros Ls Fs. unfold below in *. rewrite map_length. apply Forall_map. eapply Forall_impl; [|exact O].
    intros i Hi; simpl in *. apply rw_lt; auto.
  - intros; unfold size; apply map_length.
  - intros v Ls Fs Lv. destruct (reloc_eval n m s Ls Fs v Lv c [] W0') as (u & Lu & E1 & E2).
    rewrite app_nil_r in *. rewrite E1, E2. cbn [app]. unfold outputs at 1 2. rewrite map_map.
    apply map_ext_in. intros i Hi. apply rw_val; auto. unfold below in O. rewrite Forall_forall in O.
    rewrite Lu. auto.
  - intros d D Ls Fs Ld Fd.
    destruct (reloc_depth n m s Ls Fs d D Ld Fd c [] [] W0 eq_refl) as (u & u' & Lu & Lu' & E1 & E2 & Hu).
    { simpl; intros; lia. }
    rewrite !app_nil_r in *. cbn [app] in *. rewrite E2. unfold depth. rewrite E1. apply Forall_app; split.
    + eapply Forall_impl; [|exact Fd]; simpl; intros; lia.
    + apply Forall_forall. intros y Hy. destruct (In_nth _ _ 0 Hy) as (i & Hi & <-).
      rewrite Lu' in Hi. etransitivity; [apply Hu; auto|]. apply Nat.add_le_mono_l.
      replace (nth i u 0) with (nth (n + i) (repeat 0 n ++ u) 0); [apply maxl_ge|].
      rewrite app_nth2 by (rewrite repeat_length; lia). rewrite repeat_length. f_equal; lia.
Qed.

(** ** The S5 word problem *)
Definition enc1 (g : s5) : list bool := flat_map (fun i => map (fun j => pt_eqb (app5 (fwd g) i) j) pts) pts.
Definition enc (w : list s5) : list bool := flat_map enc1 w.       (* 25 bits per letter *)

(** a circuit solves the word problem at length k: output 1 iff the word is the cycle [cyc]
    among the words whose product is [cyc] or the identity (a promise weaker than the problem) *)
Definition solves (k : nat) (c : circuit) (o : nat) : Prop :=
  wf (25 * k) c /\ o < 25 * k + length c /\
  forall w, length w = k -> (gprod S5 w = cyc \/ gprod S5 w = one5) ->
    (val (eval c (enc w)) o = true <-> gprod S5 w = cyc).

(** one projection gate per bit of the word *)
Definition proj_gate (i : nat) (b0 b1 : bool) : gate :=
  match b0, b1 with
  | false, false => Gate 1 []
  | true, true => Gate 0 []
  | false, true => Gate 1 [(1%Z, i)]
  | true, false => Gate 0 [((-1)%Z, i)]
  end.
Lemma proj_val x i b0 b1 : gate_val x (proj_gate i b0 b1) = if val x i then b1 else b0.
Proof. unfold gate_val, proj_gate. destruct b0, b1; simpl; destruct (val x i); auto. Qed.
Definition word_gates (p : prog S5) : list gate :=
  flat_map (fun t => map (fun bb => proj_gate (ivar S5 t) (fst bb) (snd bb)) (combine (enc1 (on0 S5 t)) (enc1 (on1 S5 t)))) p.

Lemma enc1_length g : length (enc1 g) = 25. Proof. reflexivity. Qed.
Lemma word_gates_val x p :
  map (gate_val x) (word_gates p) = enc (word S5 (val x) p).
Proof.
  unfold word_gates, enc, word. induction p as [|t p IH]; auto. cbn [flat_map map]. rewrite map_app, IH. f_equal.
  rewrite map_map. unfold emit.
  assert (H : forall l0 l1 : list bool, length l0 = length l1 ->
     map (fun bb => gate_val x (proj_gate (ivar S5 t) (fst bb) (snd bb))) (combine l0 l1) = if val x (ivar S5 t) then l1 else l0).
  { induction l0; intros [|b l1] L; simpl in *; try lia; [destruct (val x _); auto|].
    rewrite IHl0 by lia. rewrite proj_val. destruct (val x (ivar S5 t)); auto. }
  rewrite H by reflexivity. destruct (val x (ivar S5 t)); auto.
Qed.
Lemma word_gates_length p : length (word_gates p) = 25 * length p.
Proof. unfold word_gates. induction p; auto. cbn [flat_map]. rewrite app_length, IHp, map_length. simpl length. lia. Qed.

(** variables *)
Fixpoint fvars (n : nat) (f : form) : Prop :=
  match f with
  | Var i => i < n | Cst _ => 0 < n
  | Not f => fvars n f | And f g | Or f g => fvars n f /\ fvars n g
  end.
Definition pvars (n : nat) (p : prog S5) : Prop := Forall (fun t => ivar S5 t < n) p.
Lemma pvars_conj n a p : pvars n p -> pvars n (conj S5 a p).
Proof. unfold pvars, conj. intros H. apply Forall_map. exact H. Qed.
Lemma pvars_inv n p : pvars n p -> pvars n (pinv S5 p).
Proof. unfold pvars, pinv. intros H. apply Forall_rev, Forall_map. exact H. Qed.
Lemma pvars_not n c p : pvars n p -> pvars n (pnot S5 c p).
Proof.
  intros H. apply pvars_inv in H. unfold pnot. destruct (pinv S5 p); auto.
  inversion H; subst. constructor; auto.
Qed.
Lemma pvars_and n a b p q : pvars n p -> pvars n q -> pvars n (pand S5 a b p q).
Proof.
  intros Hp Hq. unfold pand, pvars. rewrite !Forall_app. repeat split.
  - apply pvars_conj; auto.
  - apply pvars_conj; auto.
  - apply pvars_inv, pvars_conj; auto.
  - apply pvars_inv, pvars_conj; auto.
Qed.
Lemma compile_pvars n f : fvars n f -> pvars n (compile5 f).
Proof.
  unfold compile5. induction f; simpl; intros H.
  - repeat constructor; auto.
  - repeat constructor; auto.
  - apply pvars_not; auto.
  - apply pvars_and; tauto.
  - apply pvars_not, pvars_and; apply pvars_not; tauto.
Qed.

Lemma cyc_ne_one : cyc <> one5.
Proof. intros E. assert (app5 (fwd cyc) P0 = app5 (fwd one5) P0) by (rewrite E; auto). discriminate. Qed.

(** ** Headline *)
Theorem s5_word_problem_hard (D : nat) (S : nat -> nat) (wp : nat -> circuit) (o : nat -> nat) :
  (forall k, solves k (wp k) (o k) /\ depth (25 * k) (wp k) <= D /\ size (wp k) <= S k) ->
  forall n f, fvars n f ->
  exists k c out, k <= 4 ^ fdepth f /\ wf n c /\ depth_le n c (1 + D) /\ size c <= 25 * k + S k /\
    forall x, length x = n -> val (eval c x) out = feval (val x) f.
Proof.
  intros H n f Hf. set (p := compile5 f). set (k := length p). 
  destruct (H k) as ((W & Ho & Sol) & Dp & Sz).
  assert (RB : Forall (reads_below n) (word_gates p)).
  { unfold word_gates. apply Forall_flat_map. eapply Forall_impl; [|exact (compile_pvars n f Hf)].
    intros t Ht. apply Forall_map, Forall_forall. intros [b0 b1] _. unfold reads_below, proj_gate; simpl.
    destruct b0, b1; repeat constructor; auto. }
  pose proof (c_layer_ok n (word_gates p) RB) as O1.
  pose proof (c_circ_ok (25 * k) (wp k) [o k] W) as O2.
  specialize (O2 ltac:(constructor; [exact Ho|constructor])).
  pose proof (cseq_ok _ _ _ _ _ _ _ _ _ _ O1 O2) as O.
  assert (HN : forall x : list bool, length x = n -> length (map (gate_val x) (word_gates p)) = 25 * k).
  { intros. rewrite map_length, word_gates_length; auto. }
  specialize (O HN). clear HN.
  set (cc := cseq (c_layer (word_gates p)) (c_circ (25 * k) (wp k) [o k])) in *.
  assert (Ln : length (seq 0 n) = n) by apply seq_length.
  assert (Fn : below n (seq 0 n)) by (apply Forall_forall; intros i Hi; apply in_seq in Hi; lia).
  destruct O as [OW OO OS OE OD].
  exists k, (fst (cc n (seq 0 n))), (hd 0 (snd (cc n (seq 0 n)))).
  split; [apply compile_length|]. split; [apply OW; auto|]. split; [|split].
  - intros j l P. etransitivity; [exact (depth_sound n _ (OW n (seq 0 n) Ln Fn) j l P)|].
    assert (depth n (fst (cc n (seq 0 n))) <= 0 + (1 + depth (25 * k) (wp k))); [|lia].
    unfold depth at 1. apply maxl_le. apply (OD n (seq 0 n) (repeat 0 n) 0); auto using repeat_length.
    apply Forall_forall; intros y Hy; apply repeat_spec in Hy; lia.
  - rewrite OS by auto. rewrite word_gates_length. unfold size in Sz. fold k. lia.
  - intros x Hx. specialize (OE n (seq 0 n) x Ln Fn Hx).
    unfold outputs at 2 3 in OE. rewrite map_val_seq in OE by auto. rewrite word_gates_val in OE.
    destruct (snd (cc n (seq 0 n))) as [|h tl]; [discriminate|]. cbn [hd]. unfold outputs in OE. cbn [map] in OE.
    apply (f_equal (hd false)) in OE. cbn [hd] in OE. rewrite OE.
    pose proof (s5_word_reduction f (val x)) as R. fold p in R.
    assert (Lw : length (word S5 (val x) p) = k) by (unfold word; apply map_length).
    assert (PR : gprod S5 (word S5 (val x) p) = cyc \/ gprod S5 (word S5 (val x) p) = one5)
      by (rewrite R; destruct (feval (val x) f); auto).
    specialize (Sol _ Lw PR). destruct (feval (val x) f) eqn:E.
    + apply Sol; auto.
    + destruct (val (eval (wp k) (enc (word S5 (val x) p))) (o k)); auto.
      assert (gprod S5 (word S5 (val x) p) = cyc) by (apply Sol; auto).
      exfalso. apply cyc_ne_one. congruence.
Qed.
Print Assumptions s5_word_problem_hard.
