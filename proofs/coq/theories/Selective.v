(** A diagonal SELECTIVE (input-dependent, Mamba/S6-style) SSM layer over a finite token
    alphabet of size V with fixed-point gates a(x_t) = alpha(x_t)/2^fb, b(x_t), c(x_t):
    exact recurrence numerators, computed in depth 4 for every T.  The product of the
    gates over a window depends only on the V token counts of the window. Axiom-free. *)
Require Import ZArith List Bool Lia Arith.
Require Import TC0.Circuit TC0.IterAdd TC0.SSM TC0.Deep.
Import ListNotations.
Open Scope nat_scope.

(** ** One layer of arbitrary threshold gates over the sources *)
Definition reloc (s : list nat) (g : gate) : gate :=
  Gate (thr g) (map (fun w => (fst w, nth (snd w) s 0)) (ins g)).
Definition c_layer (gs : list gate) : comp := fun m s => (map (reloc s) gs, seq m (length gs)).

Lemma wsum_reloc s v ws : Forall (fun w : wire => snd w < length s) ws ->
  wsum v (map (fun w => (fst w, nth (snd w) s 0)) ws) = wsum (outputs s v) ws.
Proof.
  induction 1 as [|[a i] r Hi _ IH]; simpl in *; auto. rewrite IH. f_equal. f_equal.
  unfold outputs, val at 2. rewrite (nth_indep _ false (val v 0)) by (rewrite map_length; auto).
  rewrite map_nth; auto.
Qed.

Theorem c_layer_ok n gs : Forall (reads_below n) gs ->
  ok n (fun x => map (gate_val x) gs) 1 (length gs) (c_layer gs).
Proof.
  intros HR.
  assert (RB : forall m s, length s = n -> below m s -> Forall (reads_below m) (map (reloc s) gs)).
  { intros m s Ls Fs. apply Forall_map. eapply Forall_impl; [|exact HR]. intros g Hg.
    unfold reads_below, reloc; simpl. apply Forall_map. eapply Forall_impl; [|exact Hg].
    intros [a i] Hi; simpl in *. unfold below in Fs; rewrite Forall_forall in Fs. apply Fs, nth_In. lia. }
  split; intros m s; simpl.
  - intros; apply layer_wf; auto.
  - intros _ _. unfold below. apply Forall_forall; intros i Hi; apply in_seq in Hi. rewrite map_length; lia.
  - intros; unfold size; apply map_length.
  - intros v Ls Fs Lv. rewrite eval_layer by (rewrite Lv; auto). rewrite <- Lv.
    rewrite <- (map_length (reloc s) gs) at 1. rewrite <- (map_length (gate_val v) (map (reloc s) gs)) at 1.
    rewrite seq_outputs, map_map. apply map_ext_in. intros g Hg. unfold gate_val, reloc; simpl. f_equal.
    apply wsum_reloc. rewrite Forall_forall in HR. specialize (HR g Hg).
    eapply Forall_impl; [|exact HR]; simpl; intros; lia.
  - intros d D Ls Fs Ld Fd. destruct (depths_layer (map (reloc s) gs) d D) as (t & E & _ & Ft); auto.
    { rewrite Ld; auto. }
    rewrite E, Forall_app; split.
    + eapply Forall_impl; [|exact Fd]; simpl; intros; lia.
    + eapply Forall_impl; [|exact Ft]; simpl; intros; lia.
Qed.

(** ** Keyed layers: gate per key, wires by key *)
Section Pos.
Variable K : Type.
Variable K_dec : forall a b : K, {a = b} + {a <> b}.
Fixpoint pos (k : K) (l : list K) : nat :=
  match l with [] => 0 | a :: r => if K_dec k a then 0 else S (pos k r) end.
Lemma pos_lt k l : In k l -> pos k l < length l.
Proof.
  induction l as [|a r IH]; simpl; [tauto|]. intros H. destruct (K_dec k a); [lia|].
  destruct H as [->|H]; [congruence|]. specialize (IH H); lia.
Qed.
Lemma pos_val (f : K -> bool) k l : In k l -> val (map f l) (pos k l) = f k.
Proof.
  unfold val. induction l as [|a r IH]; simpl; [tauto|]. intros H.
  destruct (K_dec k a) as [->|N]; auto. destruct H as [->|H]; [congruence|]. auto.
Qed.
End Pos.

Section Sel.
Variables (T V : nat).

(** tokens: tok r < V; encoding: one-hot, bit r*V+v *)
Variable tok : nat -> nat.
Definition onehot_bits : list bool :=
  flat_map (fun r => map (fun v => Nat.eqb (tok r) v) (seq 0 V)) (seq 0 T).

Definition window (s t : nat) : list nat := map tok (seq (S s) (t - s)).
Definition count (v : nat) (l : list nat) : nat := length (filter (Nat.eqb v) l).
Definition sig (s t : nat) : list nat :=
  map (fun v => count v (window s t)) (seq 0 V) ++ [tok s; tok t].
End Sel.

(** keys of the first layer *)
Inductive key1 := Pass (r v : nat) | Cnt (s t v c : nat).
Definition key1_dec : forall a b : key1, {a = b} + {a <> b}.
Proof. decide equality; apply Nat.eq_dec. Defined.
Definition key2 := (nat * nat * list nat)%type.       (* s, t, counts ++ [u; w] *)

Section Circ.
Variables (T V : nat).
Definition n_in := T * V.
Definition ones (l : list nat) : list wire := map (fun i => (1%Z, i)) l.
Definition gate1 (k : key1) : gate :=
  match k with
  | Pass r v => Gate 1 (ones [r * V + v])
  | Cnt s t v c => Gate (Z.of_nat c) (ones (map (fun r => r * V + v) (seq (S s) (t - s))))
  end.
Definition pairs : list (nat * nat) :=
  flat_map (fun t => map (fun s => (s, t)) (seq 0 (S t))) (seq 0 T).
Definition K1 : list key1 :=
  flat_map (fun r => map (Pass r) (seq 0 V)) (seq 0 T) ++
  flat_map (fun p => flat_map (fun v => map (Cnt (fst p) (snd p) v) (seq 0 (T + 2))) (seq 0 V)) pairs.

Fixpoint tuples (n b : nat) : list (list nat) :=
  match n with
  | O => [[]]
  | S n' => flat_map (fun a => map (cons a) (tuples n' b)) (seq 0 b)
  end.
(** all signatures: V counts <= T, then u, w < V *)
Definition sigs : list (list nat) :=
  flat_map (fun kap => flat_map (fun u => map (fun w => kap ++ [u; w]) (seq 0 V)) (seq 0 V)) (tuples V (T + 1)).
Definition K2 : list key2 := flat_map (fun p => map (fun q => (fst p, snd p, q)) sigs) pairs.

Definition p1 (k : key1) : nat := pos key1 key1_dec k K1.
Fixpoint cnt_wires (s t v : nat) (kap : list nat) : list wire :=
  match kap with
  | [] => []
  | c :: r => (1%Z, p1 (Cnt s t v c)) :: ((-1)%Z, p1 (Cnt s t v (S c))) :: cnt_wires s t (S v) r
  end.
Definition gate2 (k : key2) : gate :=
  let '(s, t, q) := k in
  let kap := firstn V q in
  let u := nth V q 0 in let w := nth (S V) q 0 in
  Gate (Z.of_nat V + 2)
    ((1%Z, p1 (Pass s u)) :: (1%Z, p1 (Pass t w)) :: cnt_wires s t 0 kap).
End Circ.

(** ** Semantics of the keys on a one-hot encoded token sequence *)
Section Sem.
Variables (T V : nat) (tok : nat -> nat).
Hypothesis Htok : forall r, r < T -> tok r < V.
Let x := onehot_bits T V tok.

Lemma onehot_length : length x = n_in T V.
Proof.
  unfold x, onehot_bits, n_in.
  assert (G : forall n z, length (flat_map (fun r => map (fun v => Nat.eqb (tok r) v) (seq 0 V)) (seq z n)) = n * V).
  { induction n as [|n IH]; intros z; simpl; auto. rewrite app_length, map_length, seq_length, IH; auto. }
  apply G.
Qed.

Lemma onehot_val_aux : forall n z r v, r < n -> v < V ->
  val (flat_map (fun r => map (fun v => Nat.eqb (tok r) v) (seq 0 V)) (seq z n)) (r * V + v) = Nat.eqb (tok (z + r)) v.
Proof.
  unfold val. induction n as [|n IH]; intros z r v Hr Hv; [lia|]. simpl.
  destruct r as [|r].
  - rewrite app_nth1 by (rewrite map_length, seq_length; auto). simpl.
    set (G := fun v0 => Nat.eqb (tok z) v0).
    rewrite (nth_indep _ false (G 0)) by (rewrite map_length, seq_length; auto).
    rewrite map_nth, seq_nth by auto. unfold G. rewrite Nat.add_0_r; auto.
  - rewrite app_nth2 by (rewrite map_length, seq_length; simpl; lia).
    rewrite map_length, seq_length.
    replace (S r * V + v - V) with (r * V + v) by (simpl; lia).
    rewrite IH by lia. f_equal; f_equal; lia.
Qed.
Lemma onehot_val r v : r < T -> v < V -> val x (r * V + v) = Nat.eqb (tok r) v.
Proof. intros; unfold x, onehot_bits. rewrite onehot_val_aux; auto. Qed.

Definition f1 (k : key1) : bool :=
  match k with
  | Pass r v => Nat.eqb (tok r) v
  | Cnt s t v c => Nat.leb c (count v (window tok s t))
  end.
Definition in1 (k : key1) : Prop :=
  match k with Pass r v => r < T /\ v < V | Cnt s t v c => s <= t /\ t < T /\ v < V /\ c < T + 2 end.

Lemma in_pairs s t : In (s, t) (pairs T) <-> s <= t /\ t < T.
Proof.
  unfold pairs. rewrite in_flat_map. split.
  - intros (t' & Ht & H). apply in_map_iff in H as (s' & E & Hs). injection E as -> ->.
    apply in_seq in Ht, Hs. lia.
  - intros [H1 H2]. exists t; split; [apply in_seq; lia|]. apply in_map_iff. exists s; split; auto. apply in_seq; lia.
Qed.
Lemma in_K1 k : In k (K1 T V) <-> in1 k.
Proof.
  unfold K1. rewrite in_app_iff, !in_flat_map. split.
  - intros [(r & Hr & H)|((s, t) & Hp & H)].
    + apply in_map_iff in H as (v & <- & Hv). apply in_seq in Hr, Hv. simpl; lia.
    + apply in_flat_map in H as (v & Hv & H). apply in_map_iff in H as (c & <- & Hc).
      apply in_pairs in Hp. apply in_seq in Hv, Hc. simpl in *; lia.
  - destruct k as [r v|s t v c]; simpl; intros H; [left|right].
    + exists r; split; [apply in_seq; lia|]. apply in_map_iff; exists v; split; auto; apply in_seq; lia.
    + exists (s, t); split; [apply in_pairs; lia|]. apply in_flat_map. exists v; split; [apply in_seq; lia|].
      apply in_map_iff; exists c; split; auto; apply in_seq; lia.
Qed.

Lemma wsum_ones l : wsum x (ones l) = Z.of_nat (length (filter (val x) l)).
Proof.
  unfold ones. induction l as [|a r IH]; [auto|]. cbn [map wsum filter]. rewrite IH.
  destruct (val x a); cbn [length]; unfold b2z; lia.
Qed.

Lemma gate1_val k : in1 k -> gate_val x (gate1 V k) = f1 k.
Proof.
  destruct k as [r v|s t v c]; intros H; simpl in H; unfold gate_val; cbn [gate1 thr ins f1].
  - rewrite wsum_ones. cbn [filter]. rewrite onehot_val by lia. destruct (Nat.eqb (tok r) v); auto.
  - rewrite wsum_ones.
    assert (E : length (filter (val x) (map (fun r => r * V + v) (seq (S s) (t - s)))) = count v (window tok s t)).
    { unfold count, window.
      assert (forall l, Forall (fun r => r < T) l ->
        length (filter (val x) (map (fun r => r * V + v) l)) = length (filter (Nat.eqb v) (map tok l))) as G.
      { induction 1 as [|r l Hr _ IH]; simpl; auto. rewrite onehot_val by lia. rewrite (Nat.eqb_sym v).
        destruct (Nat.eqb (tok r) v); simpl; auto. }
      apply G. apply Forall_forall; intros r Hr; apply in_seq in Hr; lia. }
    rewrite E. destruct (Z.leb_spec (Z.of_nat c) (Z.of_nat (count v (window tok s t)))),
      (Nat.leb_spec c (count v (window tok s t))); auto; lia.
Qed.
Lemma gate1_reads k : in1 k -> reads_below (n_in T V) (gate1 V k).
Proof.
  unfold reads_below, n_in. destruct k as [r v|s t v c]; simpl; intros H.
  - constructor; [simpl; nia|constructor].
  - unfold ones. rewrite map_map. apply Forall_map, Forall_forall. intros r Hr. apply in_seq in Hr. simpl. nia.
Qed.

Let y := map f1 (K1 T V).
Lemma layer1_val : map (gate_val x) (map (gate1 V) (K1 T V)) = y.
Proof. unfold y; rewrite map_map. apply map_ext_in. intros k Hk. apply gate1_val, in_K1; auto. Qed.
Lemma p1_val k : in1 k -> val y (p1 T V k) = f1 k.
Proof. intros; apply pos_val, in_K1; auto. Qed.
Lemma p1_lt k : in1 k -> p1 T V k < length (K1 T V).
Proof. intros; apply pos_lt, in_K1; auto. Qed.

Lemma count_le s t v : count v (window tok s t) <= t - s.
Proof.
  unfold count, window. 
  assert (forall l : list nat, length (filter (Nat.eqb v) l) <= length l) as G.
  { induction l; simpl; auto. destruct (Nat.eqb v a); simpl; lia. }
  etransitivity; [apply G|]. rewrite map_length, seq_length; auto.
Qed.

(** the signature gate fires iff the key carries the true signature *)
Definition leq := list_eq_dec Nat.eq_dec.
Definition f2 (k : key2) : bool := let '(s, t, q) := k in if leq q (sig V tok s t) then true else false.

Lemma cnt_wires_sum s t kap : forall v, s <= t -> t < T -> Forall (fun c => c < T + 1) kap -> v + length kap <= V ->
  let S := wsum y (cnt_wires T V s t v kap) in
  (S <= Z.of_nat (length kap))%Z /\
  (S = Z.of_nat (length kap) <-> kap = map (fun v => count v (window tok s t)) (seq v (length kap)))%Z.
Proof.
  induction kap as [|c r IH]; intros v Hs Ht HF Hl; simpl in *; [split; [lia|split; auto]|].
  inversion HF as [|? ? Hc HF']; subst.
  destruct (IH (S v) Hs Ht HF' ltac:(lia)) as [Le Eq].
  rewrite !p1_val by (simpl; lia). simpl f1.
  set (n := count v (window tok s t)). set (W := wsum y (cnt_wires T V s t (S v) r)) in *. clearbody W.
  change (match n with O => false | S m' => Nat.leb c m' end) with (Nat.leb (S c) n).
  destruct (Nat.leb_spec c n), (Nat.leb_spec (S c) n); unfold b2z; split; try lia; split; intros E.
  - lia.
  - injection E as E1 E2. lia.
  - f_equal; [lia|]. apply Eq. lia.
  - injection E as E1 E2. apply Eq in E2. lia.
  - lia.
  - injection E as E1 E2. lia.
Qed.

Definition in2 (k : key2) : Prop :=
  let '(s, t, q) := k in s <= t /\ t < T /\
   exists kap u w, q = kap ++ [u; w] /\ length kap = V /\ Forall (fun c => c < T + 1) kap /\ u < V /\ w < V.

Lemma sig_len s t : length (map (fun v => count v (window tok s t)) (seq 0 V)) = V.
Proof. rewrite map_length, seq_length; auto. Qed.

Lemma gate2_val k : in2 k -> gate_val y (gate2 T V k) = f2 k.
Proof.
  destruct k as [[s t] q]. intros (Hs & Ht & kap & u & w & -> & Lk & Fk & Hu & Hw).
  unfold gate_val, gate2, f2. simpl thr.
  rewrite firstn_app, Lk, Nat.sub_diag, firstn_O, app_nil_r, firstn_all2 by lia.
  rewrite app_nth2 by lia. rewrite Lk, Nat.sub_diag.
  rewrite app_nth2 by lia. rewrite Lk. replace (S V - V) with 1 by lia.
  cbn [nth ins wsum]. rewrite !p1_val by (simpl; lia). cbn [f1].
  destruct (cnt_wires_sum s t kap 0 Hs Ht Fk ltac:(lia)) as [Le Eq]. rewrite Lk in *.
  set (W := wsum y (cnt_wires T V s t 0 kap)) in *. clearbody W.
  unfold sig. destruct (leq _ _) as [E|N].
  - apply app_inj_tail_iff in E || idtac.
    assert (kap = map (fun v => count v (window tok s t)) (seq 0 V) /\ [u; w] = [tok s; tok t]) as [E1 E2].
    { apply app_inv_head_iff || idtac.
      assert (L : length kap = length (map (fun v => count v (window tok s t)) (seq 0 V))) by (rewrite sig_len; auto).
      clear -E L. revert E L. generalize (map (fun v => count v (window tok s t)) (seq 0 V)). 
      induction kap as [|a r IH]; intros [|b l] E L; simpl in *; try lia; auto.
      injection E as -> E. destruct (IH l E ltac:(lia)) as [-> ?]; auto. }
    injection E2 as -> ->. rewrite !Nat.eqb_refl. apply Z.leb_le. apply Eq in E1. unfold b2z; lia.
  - apply Z.leb_gt. destruct (Nat.eqb_spec (tok s) u), (Nat.eqb_spec (tok t) w); unfold b2z; try lia.
    assert (W <> Z.of_nat V); [|lia]. intros E. apply Eq in E. apply N. rewrite <- E. subst; auto.
Qed.

Lemma gate2_reads k : in2 k -> reads_below (length (K1 T V)) (gate2 T V k).
Proof.
  destruct k as [[s t] q]. intros (Hs & Ht & kap & u & w & -> & Lk & Fk & Hu & Hw).
  unfold reads_below, gate2. cbn [ins].
  rewrite firstn_app, Lk, Nat.sub_diag, firstn_O, app_nil_r, firstn_all2 by lia.
  rewrite app_nth2 by lia. rewrite Lk, Nat.sub_diag.
  rewrite app_nth2 by lia. rewrite Lk. replace (S V - V) with 1 by lia. cbn [nth].
  constructor; [apply p1_lt; simpl; lia|]. constructor; [apply p1_lt; simpl; lia|].
  assert (G : forall kap v, Forall (fun c => c < T + 1) kap -> v + length kap <= V ->
     Forall (fun w0 : wire => snd w0 < length (K1 T V)) (cnt_wires T V s t v kap)).
  { clear Lk Fk kap. induction kap as [|c r IH]; intros v F L; simpl in *; [constructor|].
    inversion F; subst. constructor; [apply p1_lt; simpl; lia|].
    constructor; [apply p1_lt; simpl; lia|]. apply IH; auto; lia. }
  apply G; auto. lia.
Qed.

Lemma in_tuples b : forall n l, In l (tuples n b) <-> length l = n /\ Forall (fun c => c < b) l.
Proof.
  induction n as [|n IH]; intros l; simpl.
  - split; [intros [<-|[]]; auto|]. intros [H _]; destruct l; auto; discriminate.
  - rewrite in_flat_map. split.
    + intros (a & Ha & H). apply in_map_iff in H as (l' & <- & H). apply IH in H as [L F].
      apply in_seq in Ha. split; [simpl; lia|constructor; auto; lia].
    + intros [L F]. destruct l as [|a l]; [discriminate|]. inversion F; subst. exists a.
      split; [apply in_seq; lia|]. apply in_map. apply IH; split; auto.
Qed.
Lemma in_sigs q : In q (sigs T V) <->
  exists kap u w, q = kap ++ [u; w] /\ length kap = V /\ Forall (fun c => c < T + 1) kap /\ u < V /\ w < V.
Proof.
  unfold sigs. rewrite in_flat_map. split.
  - intros (kap & Hk & H). apply in_flat_map in H as (u & Hu & H). apply in_map_iff in H as (w & <- & Hw).
    apply in_tuples in Hk as [L F]. apply in_seq in Hu, Hw. exists kap, u, w. repeat split; auto; lia.
  - intros (kap & u & w & -> & L & F & Hu & Hw). exists kap; split; [apply in_tuples; auto|].
    apply in_flat_map. exists u; split; [apply in_seq; lia|]. apply in_map_iff. exists w; split; auto. apply in_seq; lia.
Qed.
Lemma in_K2 k : In k (K2 T V) <-> in2 k.
Proof.
  unfold K2. rewrite in_flat_map. destruct k as [[s t] q]. unfold in2. split.
  - intros ((s', t') & Hp & H). apply in_map_iff in H as (q' & E & Hq). injection E as -> -> ->.
    apply in_pairs in Hp. apply in_sigs in Hq. tauto.
  - intros (Hs & Ht & Hq). exists (s, t). split; [apply in_pairs; auto|].
    apply in_map_iff. exists q; split; auto. apply in_sigs; auto.
Qed.

Let z := map f2 (K2 T V).
Lemma layer2_val : map (gate_val y) (map (gate2 T V) (K2 T V)) = z.
Proof. unfold z; rewrite map_map. apply map_ext_in. intros k Hk. apply gate2_val, in_K2; auto. Qed.

(** ** Summation: any weights on (s, signature) *)
Lemma lin_map_app {A} (W : A -> Z) (f : A -> bool) l1 l2 :
  lin (map W (l1 ++ l2)) (map f (l1 ++ l2)) = (lin (map W l1) (map f l1) + lin (map W l2) (map f l2))%Z.
Proof. induction l1; simpl; [auto|]. rewrite IHl1; lia. Qed.

Lemma nodup_flat {A B} (f : A -> list B) l :
  NoDup l -> (forall a, In a l -> NoDup (f a)) ->
  (forall a b y, In a l -> In b l -> In y (f a) -> In y (f b) -> a = b) -> NoDup (flat_map f l).
Proof.
  induction 1 as [|a l Ha ND IH]; intros H1 H2; simpl; [constructor|].
  assert (G : forall l1 l2 : list B, NoDup l1 -> NoDup l2 -> (forall y, In y l1 -> ~ In y l2) -> NoDup (l1 ++ l2)).
  { induction 1; simpl; intros N2 D; auto. constructor.
    - rewrite in_app_iff. intros [?|Hi]; [auto|exact (D _ (or_introl eq_refl) Hi)].
    - apply IHNoDup; [exact N2|]. intros y0 Hy0. apply D; simpl; auto. }
  apply G.
  - apply H1; simpl; auto.
  - apply IH; [intros b Hb; apply H1; simpl; auto|intros b b' y0 Hb Hb'; apply H2; simpl; auto].
  - intros w Hw H. apply in_flat_map in H as (b & Hb & H).
    apply Ha. replace a with b; auto. symmetry; eapply H2; simpl; eauto.
Qed.
Lemma nodup_map_inj {A B} (f : A -> B) l : (forall a b, f a = f b -> a = b) -> NoDup l -> NoDup (map f l).
Proof.
  intros I; induction 1; simpl; constructor; auto. intros H'. apply in_map_iff in H' as (y' & E & Hy).
  apply I in E; subst; auto.
Qed.
Lemma nodup_tuples b n : NoDup (tuples n b).
Proof.
  induction n; simpl; [repeat constructor; simpl; tauto|]. apply nodup_flat.
  - apply seq_NoDup.
  - intros; apply nodup_map_inj; auto. intros ? ? E; injection E; auto.
  - intros a a' l _ _ H1 H2. apply in_map_iff in H1 as (? & <- & _). apply in_map_iff in H2 as (? & E & _).
    injection E; auto.
Qed.
Lemma nodup_sigs : NoDup (sigs T V).
Proof.
  unfold sigs. apply nodup_flat; [apply nodup_tuples| |].
  - intros kap Hk. apply nodup_flat; [apply seq_NoDup| |].
    + intros; apply nodup_map_inj; [|apply seq_NoDup]. intros w w' E. apply app_inv_head in E. injection E; auto.
    + intros u u' l _ _ H1 H2. apply in_map_iff in H1 as (? & <- & _). apply in_map_iff in H2 as (? & E & _).
      apply app_inv_head in E. injection E; auto.
  - intros k k' l Hk Hk' H1 H2. apply in_flat_map in H1 as (u & _ & H1). apply in_flat_map in H2 as (u' & _ & H2).
    apply in_map_iff in H1 as (w & <- & _). apply in_map_iff in H2 as (w' & E & _).
    apply in_tuples in Hk as [Lk _]. apply in_tuples in Hk' as [Lk' _].
    assert (G : forall a b : list nat, length a = length b -> a ++ [u'; w'] = b ++ [u; w] -> b = a).
    { clear. induction a; intros [|b0 b] L E; simpl in *; try lia; auto. injection E as <- E. f_equal. apply IHa; auto. }
    apply G; auto. congruence.
Qed.

Lemma sig_in s t : s <= t -> t < T -> In (sig V tok s t) (sigs T V).
Proof.
  intros Hs Ht. apply in_sigs. exists (map (fun v => count v (window tok s t)) (seq 0 V)), (tok s), (tok t).
  split; [reflexivity|]. split; [apply sig_len|]. split.
  - apply Forall_map, Forall_forall. intros v _. pose proof (count_le s t v). lia.
  - split; apply Htok; lia.
Qed.

Lemma pick (W : list nat -> Z) s t l : NoDup l ->
  lin (map W l) (map (fun q => f2 (s, t, q)) l) = if in_dec leq (sig V tok s t) l then W (sig V tok s t) else 0%Z.
Proof.
  induction 1 as [|q l Hq ND IH]; [simpl; auto|]. cbn [map lin]. rewrite IH. unfold f2.
  destruct (leq q (sig V tok s t)) as [->|N].
  - destruct (in_dec leq (sig V tok s t) l); [contradiction|].
    destruct (in_dec leq (sig V tok s t) (sig V tok s t :: l)) as [|n0]; [unfold b2z; lia|]. exfalso; apply n0; simpl; auto.
  - destruct (in_dec leq (sig V tok s t) l) as [i|i], (in_dec leq (sig V tok s t) (q :: l)) as [j|j]; unfold b2z; try lia.
    + exfalso; apply j; simpl; auto.
    + destruct j; [contradiction|contradiction].
Qed.

Fixpoint zsum (f : nat -> Z) (n : nat) : Z := match n with O => 0%Z | S k => (zsum f k + f k)%Z end.
Lemma zsum_ext f g n : (forall i, i < n -> f i = g i) -> zsum f n = zsum g n.
Proof. induction n; simpl; intros; auto. rewrite IHn, H by auto; auto. Qed.

(** G s t q : contribution of source position s, seen from t, under signature q *)
Variable G : nat -> nat -> list nat -> Z.
Definition W2 (t : nat) (k : key2) : Z := let '(s, t', q) := k in if Nat.eqb t' t then G s t q else 0%Z.

Theorem window_sum t : t < T ->
  lin (map (W2 t) (K2 T V)) z = zsum (fun s => G s t (sig V tok s t)) (S t).
Proof.
  intros Ht. unfold z, K2.
  assert (A : forall ps, (forall p, In p ps -> fst p <= snd p /\ snd p < T) ->
     let l := flat_map (fun p => map (fun q => (fst p, snd p, q)) (sigs T V)) ps in
     lin (map (W2 t) l) (map f2 l) =
     fold_right (fun p a => ((if Nat.eqb (snd p) t then G (fst p) t (sig V tok (fst p) t) else 0) + a)%Z) 0%Z ps).
  { induction ps as [|[s t'] ps IH]; intros Hp; simpl; auto. cbv zeta in IH.
    rewrite lin_map_app, IH by (intros; apply Hp; simpl; auto). f_equal.
    destruct (Hp (s, t') (or_introl eq_refl)) as [H1 H2]; simpl in H1, H2.
    rewrite !map_map. simpl. destruct (Nat.eqb_spec t' t) as [->|N].
    - rewrite (pick (fun q => G s t q) s t) by apply nodup_sigs.
      destruct (in_dec leq _ _) as [|n0]; auto. exfalso; apply n0, sig_in; auto.
    - clear. induction (sigs T V); simpl; auto. }
  cbv zeta in A. rewrite A.
  2:{ intros [s t'] H. apply in_pairs in H; auto. }
  unfold pairs. clear A.
  assert (B : forall m z0, fold_right (fun p a => ((if Nat.eqb (snd p) t then G (fst p) t (sig V tok (fst p) t) else 0) + a)%Z) 0%Z
     (flat_map (fun t' => map (fun s => (s, t')) (seq 0 (S t'))) (seq z0 m)) =
     if andb (Nat.leb z0 t) (Nat.ltb t (z0 + m)) then zsum (fun s => G s t (sig V tok s t)) (S t) else 0%Z).
  { assert (FA : forall (g : nat * nat -> Z) l1 l2, fold_right (fun p a => (g p + a)%Z) 0%Z (l1 ++ l2) =
       (fold_right (fun p a => (g p + a)%Z) 0%Z l1 + fold_right (fun p a => (g p + a)%Z) 0%Z l2)%Z).
    { intros g l1 l2. induction l1; simpl; [auto|]. rewrite IHl1; lia. }
    set (g := fun p : nat * nat => if Nat.eqb (snd p) t then G (fst p) t (sig V tok (fst p) t) else 0%Z).
    assert (ROW : forall t' n, fold_right (fun p a => (g p + a)%Z) 0%Z (map (fun s => (s, t')) (seq 0 n)) =
       if Nat.eqb t' t then zsum (fun s => G s t (sig V tok s t)) n else 0%Z).
    { intros t' n. induction n as [|n IH]; [simpl; destruct (Nat.eqb t' t); auto|].
      rewrite seq_S, map_app, FA, IH. unfold g; simpl. destruct (Nat.eqb t' t); lia. }
    change (forall m z0, fold_right (fun p a => (g p + a)%Z) 0%Z
      (flat_map (fun t' => map (fun s => (s, t')) (seq 0 (S t'))) (seq z0 m)) =
      if andb (Nat.leb z0 t) (Nat.ltb t (z0 + m)) then zsum (fun s => G s t (sig V tok s t)) (S t) else 0%Z).
    induction m as [|m IH]; intros z0.
    - cbn [seq flat_map fold_right]. destruct (Nat.leb_spec z0 t), (Nat.ltb_spec t (z0 + 0)); cbn [andb]; auto; lia.
    - change (seq z0 (S m)) with (z0 :: seq (S z0) m). cbn [flat_map]. rewrite (FA g), ROW, (IH (S z0)).
      destruct (Nat.eqb_spec z0 t) as [e|e]; [subst z0|];
        [destruct (Nat.leb_spec (S t) t), (Nat.ltb_spec t (S t + m)), (Nat.leb_spec t t), (Nat.ltb_spec t (t + S m))
        |destruct (Nat.leb_spec (S z0) t), (Nat.ltb_spec t (S z0 + m)), (Nat.leb_spec z0 t), (Nat.ltb_spec t (z0 + S m))];
        cbn [andb]; lia. }
  rewrite (B T 0). simpl. destruct (Nat.ltb_spec t T); [auto|lia].
Qed.
End Sem.

(** ** The component, depth 4 *)
Section Comp.
Variables (T V L : nat) (G : nat -> nat -> list nat -> Z).
Definition sel_targets : list target :=
  flat_map (fun t => map (fun j => (map (W2 G t) (K2 T V), j)) (seq 0 L)) (seq 0 T).
Definition c_sel : comp :=
  cseq (cseq (c_layer (map (gate1 V) (K1 T V))) (c_layer (map (gate2 T V) (K2 T V)))) (c_itadd sel_targets).
Definition sel_fun (x : list bool) : list bool :=
  let z := map (gate_val (map (gate_val x) (map (gate1 V) (K1 T V)))) (map (gate2 T V) (K2 T V)) in
  map (fun t => Z.testbit (lin (fst t) z) (Z.of_nat (snd t))) sel_targets.
Definition sel_size : nat :=
  length (K1 T V) + length (K2 T V) + length sel_targets * (2 * length (K2 T V) + 1).

Theorem c_sel_ok : ok (n_in T V) sel_fun 4 sel_size c_sel.
Proof.
  unfold c_sel, sel_size. change 4 with ((1 + 1) + 2).
  apply (cseq_ok _ (fun x => map (gate_val (map (gate_val x) (map (gate1 V) (K1 T V)))) (map (gate2 T V) (K2 T V)))
           _ _ _ (length (K2 T V))
           (fun z => map (fun t : target => Z.testbit (lin (fst t) z) (Z.of_nat (snd t))) sel_targets)).
  - rewrite <- (map_length (gate1 V) (K1 T V)) at 1. rewrite <- (map_length (gate2 T V) (K2 T V)) at 1.
    apply (cseq_ok _ (fun x => map (gate_val x) (map (gate1 V) (K1 T V))) _ _ _ (length (K1 T V))
             (fun y => map (gate_val y) (map (gate2 T V) (K2 T V)))).
    + apply c_layer_ok. apply Forall_map, Forall_forall. intros k Hk. apply gate1_reads. apply in_K1; auto.
    + apply c_layer_ok. apply Forall_map, Forall_forall. intros k Hk. apply gate2_reads. apply in_K2; auto.
    + intros; rewrite !map_length; auto.
  - apply c_itadd_ok.
  - intros; rewrite !map_length; auto.
Qed.

Theorem sel_fun_correct tok : (forall r, r < T -> tok r < V) ->
  sel_fun (onehot_bits T V tok) =
  flat_map (fun t => bits_of L (zsum (fun s => G s t (sig V tok s t)) (S t))) (seq 0 T).
Proof.
  intros H. unfold sel_fun. cbv zeta.
  rewrite (layer1_val T V tok), (layer2_val T V tok H).
  unfold sel_targets.
  assert (A : forall ts, (forall t, In t ts -> t < T) ->
    map (fun t : target => Z.testbit (lin (fst t) (map (f2 V tok) (K2 T V))) (Z.of_nat (snd t)))
      (flat_map (fun t => map (fun j => (map (W2 G t) (K2 T V), j)) (seq 0 L)) ts) =
    flat_map (fun t => bits_of L (zsum (fun s => G s t (sig V tok s t)) (S t))) ts).
  { induction ts as [|t ts IH]; intros Ht; auto. cbn [flat_map]. etransitivity; [apply map_app|].
    apply f_equal2; [|apply IH; intros; apply Ht; simpl; auto].
    etransitivity; [apply map_map|]. unfold bits_of. apply map_ext. intros j. cbn [fst snd].
    rewrite (window_sum T V tok H); auto. apply Ht; simpl; auto. }
  apply A. intros t Ht; apply in_seq in Ht; lia.
Qed.
End Comp.

(** ** Instance: the selective diagonal recurrence *)
Record chan := Chan { ca : nat -> Z; cb : nat -> Z; cc : nat -> Z }.  (* alpha, b, c as functions of the token *)
(** numerators: h_t = (alpha(x_t)/2^fb) h_(t-1) + b(x_t) and hnum t = 2^(fb*t) h_t *)
Fixpoint hnum (fb : nat) (tok : nat -> nat) (c : chan) (t : nat) : Z :=
  match t with
  | O => cb c (tok 0)
  | S t' => (ca c (tok t) * hnum fb tok c t' + 2 ^ Z.of_nat (fb * t) * cb c (tok t))%Z
  end.
Definition ynum fb tok (cs : list chan) (t : nat) : Z :=
  fold_right (fun c a => (cc c (tok t) * hnum fb tok c t + a)%Z) 0%Z cs.

Definition zprod (l : list Z) : Z := fold_right Z.mul 1%Z l.
Definition gprod_counts (a : nat -> Z) (kap : list nat) : Z :=
  zprod (map (fun p => (a (fst p) ^ Z.of_nat (snd p))%Z) (combine (seq 0 (length kap)) kap)).
Definition selG (V fb : nat) (cs : list chan) (s t : nat) (q : list nat) : Z :=
  let kap := firstn V q in let u := nth V q 0 in let w := nth (S V) q 0 in
  fold_right (fun c acc => (cc c w * (2 ^ Z.of_nat (fb * s) * cb c u * gprod_counts (ca c) kap) + acc)%Z) 0%Z cs.

Lemma zprod_app l1 l2 : zprod (l1 ++ l2) = (zprod l1 * zprod l2)%Z.
Proof. unfold zprod. induction l1; cbn [app fold_right]; [lia|]. rewrite IHl1; ring. Qed.

Lemma prod_by_counts a V l : Forall (fun v => v < V) l ->
  zprod (map (fun v => (a v ^ Z.of_nat (count v l))%Z) (seq 0 V)) = zprod (map a l).
Proof.
  induction 1 as [|v l Hv _ IH].
  - generalize (seq 0 V). intros ws. unfold zprod. cbn [map]. induction ws as [|w ws IH]; cbn [map fold_right] in *; auto.
    rewrite IH. unfold count; cbn [filter length]. change (Z.of_nat 0) with 0%Z. rewrite Z.pow_0_r. auto.
  - cbn [map]. change (zprod (a v :: map a l)) with (a v * zprod (map a l))%Z. rewrite <- IH. clear IH.
    assert (G : forall ws, NoDup ws ->
      zprod (map (fun v0 => (a v0 ^ Z.of_nat (count v0 (v :: l)))%Z) ws) =
      ((if in_dec Nat.eq_dec v ws then a v else 1) * zprod (map (fun v0 => (a v0 ^ Z.of_nat (count v0 l))%Z) ws))%Z).
    { induction 1 as [|w ws Hw ND IH]; [simpl; auto|]. cbn [map].
      change (zprod (?x :: ?r)) with (x * zprod r)%Z. 
      unfold zprod in *. cbn [fold_right]. rewrite IH. unfold count at 1. cbn [filter].
      destruct (Nat.eqb_spec w v) as [->|N].
      - destruct (in_dec Nat.eq_dec v ws); [contradiction|].
        destruct (in_dec Nat.eq_dec v (v :: ws)) as [|n1]; [|exfalso; apply n1; simpl; auto].
        cbn [length]. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia. unfold count. ring.
      - fold (count w l). destruct (in_dec Nat.eq_dec v ws) as [i|i], (in_dec Nat.eq_dec v (w :: ws)) as [j|j]; try ring.
        + exfalso; apply j; simpl; auto.
        + destruct j; [congruence|contradiction]. }
    rewrite G by apply seq_NoDup. destruct (in_dec Nat.eq_dec v (seq 0 V)) as [|n]; auto.
    exfalso; apply n, in_seq; lia.
Qed.

Lemma closed_form fb tok c t :
  hnum fb tok c t = zsum (fun s => (2 ^ Z.of_nat (fb * s) * cb c (tok s) * zprod (map (ca c) (window tok s t)))%Z) (S t).
Proof.
  induction t as [|t IH].
  - cbn [hnum zsum]. unfold window. rewrite Nat.mul_0_r. change (0 - 0) with 0. cbn [seq map].
    unfold zprod; cbn [fold_right]. change (2 ^ Z.of_nat 0)%Z with 1%Z. ring.
  - cbn [hnum]. rewrite IH.
    change (zsum ?f (S (S t))) with (zsum f (S t) + f (S t))%Z. cbv beta.
    assert (E : forall n, n <= S t ->
      (ca c (tok (S t)) * zsum (fun s => 2 ^ Z.of_nat (fb * s) * cb c (tok s) * zprod (map (ca c) (window tok s t))) n)%Z =
      zsum (fun s => (2 ^ Z.of_nat (fb * s) * cb c (tok s) * zprod (map (ca c) (window tok s (S t))))%Z) n).
    { induction n as [|n IHn]; intros Hn; [simpl; lia|]. cbn [zsum]. rewrite Z.mul_add_distr_l, IHn by lia. f_equal.
      unfold window. replace (S t - n) with (S (t - n)) by lia. rewrite seq_S, !map_app, zprod_app.
      replace (S n + (t - n)) with (S t) by lia. simpl map. unfold zprod at 3; cbn [fold_right]. ring. }
    rewrite E by lia. f_equal. unfold window. rewrite Nat.sub_diag. cbn [seq map]. unfold zprod; cbn [fold_right]. ring.
Qed.

Lemma selG_spec V fb cs tok T t : (forall r, r < T -> tok r < V) -> t < T ->
  zsum (fun s => selG V fb cs s t (sig V tok s t)) (S t) = ynum fb tok cs t.
Proof.
  intros H Ht.
  assert (S1 : forall s, s < S t -> selG V fb cs s t (sig V tok s t) =
     fold_right (fun c acc => (cc c (tok t) * (2 ^ Z.of_nat (fb * s) * cb c (tok s) * zprod (map (ca c) (window tok s t))) + acc)%Z) 0%Z cs).
  { intros s Hs. unfold selG, sig. cbv zeta.
    rewrite firstn_app, sig_len, Nat.sub_diag, firstn_O, app_nil_r, firstn_all2 by (rewrite sig_len; lia).
    rewrite !app_nth2 by (rewrite sig_len; lia). rewrite !sig_len, Nat.sub_diag.
    replace (S V - V) with 1 by lia. cbn [nth].
    assert (P : forall a, gprod_counts a (map (fun v => count v (window tok s t)) (seq 0 V)) = zprod (map a (window tok s t))).
    { intros a. rewrite <- (prod_by_counts a V).
      - unfold gprod_counts. rewrite sig_len. f_equal.
        assert (C : forall z n, map (fun p => (a (fst p) ^ Z.of_nat (snd p))%Z)
           (combine (seq z n) (map (fun v => count v (window tok s t)) (seq z n))) =
           map (fun v => (a v ^ Z.of_nat (count v (window tok s t)))%Z) (seq z n)).
        { intros z n; revert z; induction n; intros z; cbn [seq map combine]; auto. rewrite IHn; auto. }
        apply C.
      - unfold window. apply Forall_map, Forall_forall. intros r Hr. apply in_seq in Hr. apply H; lia. }
    induction cs as [|c r IHc]; cbn [fold_right]; auto. rewrite IHc, P; auto. }
  rewrite (zsum_ext _ _ _ S1). unfold ynum. clear S1.
  induction cs as [|c r IHc]; cbn [fold_right].
  - generalize (S t). induction n; simpl; auto. rewrite IHn; auto.
  - rewrite <- IHc, closed_form.
    generalize (S t). intros n. clear.
    assert (D : forall f g k m, zsum (fun s => (k * f s + g s)%Z) m = (k * zsum f m + zsum g m)%Z).
    { intros f g k m; induction m; cbn [zsum]; [lia|]. rewrite IHm; ring. }
    apply D.
Qed.

(** ** Headline *)
Theorem selective_depth4 (V L fb : nat) (cs : list chan) :
  exists (c : nat -> circuit) (o : nat -> list nat), forall T,
    wf (T * V) (c T) /\ depth_le (T * V) (c T) 4 /\
    size (c T) = sel_size T V L (selG V fb cs) /\
    forall tok, (forall r, r < T -> tok r < V) ->
      outputs (o T) (eval (c T) (onehot_bits T V tok)) =
      flat_map (fun t => bits_of L (ynum fb tok cs t)) (seq 0 T).
Proof.
  exists (fun T => fst (c_sel T V L (selG V fb cs) (T * V) (seq 0 (T * V)))),
         (fun T => snd (c_sel T V L (selG V fb cs) (T * V) (seq 0 (T * V)))).
  intros T. destruct (c_sel_ok T V L (selG V fb cs)) as [W O S E D]. unfold n_in in *.
  assert (Ls : length (seq 0 (T * V)) = T * V) by apply seq_length.
  assert (Fs : below (T * V) (seq 0 (T * V))).
  { apply Forall_forall; intros i Hi; apply in_seq in Hi; lia. }
  split; [apply W; auto|]. split; [|split; [apply S; auto|]].
  - intros j l P. etransitivity; [eapply depth_sound; eauto|].
    unfold depth. apply maxl_le. apply (D (T * V) (seq 0 (T * V)) (repeat 0 (T * V)) 0); auto using repeat_length.
    apply Forall_forall; intros y Hy; apply repeat_spec in Hy; lia.
  - intros tok H. pose proof (onehot_length T V tok) as Lx. unfold n_in in Lx.
    rewrite E by auto. unfold outputs. rewrite map_val_seq by auto.
    rewrite sel_fun_correct by auto.
    assert (A : forall ts, (forall t, In t ts -> t < T) ->
      flat_map (fun t => bits_of L (zsum (fun s => selG V fb cs s t (sig V tok s t)) (Datatypes.S t))) ts =
      flat_map (fun t => bits_of L (ynum fb tok cs t)) ts).
    { induction ts as [|t ts IH]; intros Ht; auto. cbn [flat_map].
      rewrite (selG_spec V fb cs tok T) by (auto; apply Ht; simpl; auto). f_equal. apply IH; intros; apply Ht; simpl; auto. }
    apply A. intros t Ht; apply in_seq in Ht; lia.
Qed.
Print Assumptions selective_depth4.

(** Polynomial size in T for a fixed alphabet *)
Lemma flat_len {A B} (f : A -> list B) k l : (forall a, length (f a) = k) -> length (flat_map f l) = length l * k.
Proof. intros H; induction l; simpl; auto. rewrite app_length, H, IHl; lia. Qed.
Lemma tuples_length n b : length (tuples n b) = b ^ n.
Proof.
  induction n; simpl; auto. rewrite (flat_len _ (b ^ n)); [rewrite seq_length; lia|].
  intros; rewrite map_length; auto.
Qed.
Lemma K2_length T V : length (K2 T V) = length (pairs T) * ((T + 1) ^ V * (V * V)).
Proof.
  unfold K2. apply flat_len. intros; rewrite map_length. unfold sigs.
  rewrite (flat_len _ (V * V)); [rewrite tuples_length; auto|].
  intros. rewrite (flat_len _ V); [rewrite seq_length; auto|]. intros; rewrite map_length, seq_length; auto.
Qed.
Lemma pairs_length T : 2 * length (pairs T) = T * (T + 1).
Proof.
  unfold pairs. assert (G : forall n, 2 * length (flat_map (fun t => map (fun s => (s, t)) (seq 0 (S t))) (seq 0 n)) = n * (n + 1)).
  { induction n; auto. rewrite seq_S, flat_map_app, app_length, Nat.mul_add_distr_l, IHn.
    cbn [flat_map]. rewrite app_nil_r, map_length, seq_length. lia. }
  apply G.
Qed.
