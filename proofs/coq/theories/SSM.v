(** One LTI SSM layer with integer (fixed-point) matrices, any sequence length T,
    computed by a depth-2 threshold circuit, specified by the RECURRENCE. Axiom-free. *)
Require Import ZArith List Bool Lia Arith.
Require Import TC0.Circuit TC0.IterAdd.
Import ListNotations.
Open Scope Z_scope.

(** ** The recurrence, generic in the value domain *)
Section Run.
Variables (V : Type) (v0 : V) (vadd : V -> V -> V) (smul : Z -> V -> V).
Fixpoint dot (row : list Z) (h : list V) : V :=
  match row, h with
  | a :: row', x :: h' => vadd (smul a x) (dot row' h')
  | _, _ => v0
  end.
Definition matvec (M : list (list Z)) (h : list V) : list V := map (fun row => dot row h) M.
Fixpoint vadds (a b : list V) : list V :=
  match a, b with
  | x :: a', y :: b' => vadd x y :: vadds a' b'
  | _, _ => []
  end.
(** parameters *)
Record ssm := SSM { mA : list (list Z); mB : list (list Z); mC : list (list Z); mD : list (list Z) }.
(** h_t = A h_(t-1) + B u_t ;  y_t = C h_t + D u_t *)
Fixpoint ssm_run (P : ssm) (h : list V) (us : list (list V)) : list (list V) :=
  match us with
  | [] => []
  | u :: us' =>
      let h' := vadds (matvec (mA P) h) (matvec (mB P) u) in
      vadds (matvec (mC P) h') (matvec (mD P) u) :: ssm_run P h' us'
  end.
End Run.

(** ** Two instances: integers, and linear forms in the input bits *)
Definition zrun := ssm_run Z 0 Z.add Z.mul.

Definition form := list Z.                   (* implicit trailing zeros *)
Fixpoint fadd (a b : form) : form :=
  match a, b with
  | [], _ => b
  | _, [] => a
  | x :: a', y :: b' => (x + y) :: fadd a' b'
  end.
Definition fsmul (k : Z) (a : form) : form := map (Z.mul k) a.
Definition frun := ssm_run form [] fadd fsmul.

Lemma lin_nil x : lin [] x = 0. Proof. destruct x; auto. Qed.
Lemma lin_fadd a : forall b x, lin (fadd a b) x = lin a x + lin b x.
Proof.
  induction a as [|p a IH]; intros b x; simpl fadd; [rewrite lin_nil; auto|].
  destruct b as [|q b]; [rewrite lin_nil; lia|]. destruct x as [|c x]; simpl; [auto|]. rewrite IH; ring.
Qed.
Lemma lin_fsmul k a : forall x, lin (fsmul k a) x = k * lin a x.
Proof. induction a as [|p a IH]; intros [|c x]; simpl; try lia. rewrite IH; ring. Qed.

Section Hom.
Variable x : list bool.
Notation ev := (fun f : form => lin f x).
Lemma dot_hom row h : ev (dot form [] fadd fsmul row h) = dot Z 0 Z.add Z.mul row (map ev h).
Proof.
  revert h; induction row as [|a row IH]; intros [|f h]; simpl; auto using lin_nil.
  rewrite lin_fadd, lin_fsmul, IH; auto.
Qed.
Lemma matvec_hom M h :
  map ev (matvec form [] fadd fsmul M h) = matvec Z 0 Z.add Z.mul M (map ev h).
Proof. unfold matvec; rewrite map_map. apply map_ext; intros; apply dot_hom. Qed.
Lemma vadds_hom a : forall b, map ev (vadds form fadd a b) = vadds Z Z.add (map ev a) (map ev b).
Proof. induction a; intros [|q b]; simpl; auto. rewrite lin_fadd, IHa; auto. Qed.
Lemma run_hom P us : forall h,
  map (map ev) (frun P h us) = zrun P (map ev h) (map (map ev) us).
Proof.
  induction us as [|u us IH]; intros h; auto.
  unfold frun, zrun in *. simpl. rewrite IH.
  rewrite !vadds_hom, !matvec_hom, vadds_hom, !matvec_hom. auto.
Qed.
End Hom.

(** ** Encoding: bits of the T*p input numbers, m bits each, two's complement, LSB first *)
Definition tcw (m : nat) : list Z :=           (* weights of an m-bit two's complement number *)
  match m with
  | O => []
  | S k => map (fun b => 2 ^ Z.of_nat b) (seq 0 k) ++ [- 2 ^ Z.of_nat k]
  end.
Definition decode (bs : list bool) : Z := lin (tcw (length bs)) bs.
Fixpoint chunk {A} (T m : nat) (x : list A) : list (list A) :=
  match T with O => [] | S T' => firstn m x :: chunk T' m (skipn m x) end.
Definition decode_seq (T p m : nat) (x : list bool) : list (list Z) :=
  map (fun u => map decode (chunk p m u)) (chunk T (p * m) x).

(** the input numbers as linear forms *)
Definition num_form (off m : nat) : form := repeat 0 off ++ tcw m.
Definition input_forms (T p m : nat) : list (list form) :=
  map (fun t => map (fun i => num_form (t * (p * m) + i * m) m) (seq 0 p)) (seq 0 T).

Lemma tcw_length m : length (tcw m) = m.
Proof. destruct m; simpl; auto. rewrite app_length, map_length, seq_length; simpl; lia. Qed.

Lemma lin_app_zero off ws : forall x, lin (repeat 0 off ++ ws) x = lin ws (skipn off x).
Proof.
  induction off as [|o IH]; intros x; simpl; auto.
  destruct x as [|b x]; simpl; [destruct ws; auto|]. rewrite IH. destruct b; auto.
Qed.
Lemma lin_firstn ws : forall x n, (length ws <= n)%nat -> lin ws (firstn n x) = lin ws x.
Proof.
  induction ws as [|w ws IH]; intros x n H; [rewrite !lin_nil; auto|].
  destruct n; simpl in H; [lia|]. destruct x; simpl; auto. rewrite IH by lia; auto.
Qed.

Lemma skipn_skipn {A} a b (x : list A) : skipn a (skipn b x) = skipn (b + a) x.
Proof. revert x; induction b; intros x; simpl; auto. destruct x; [rewrite !skipn_nil; auto|apply IHb]. Qed.

Lemma chunk_spec {A} T : forall m (x : list A),
  chunk T m x = map (fun t => firstn m (skipn (t * m) x)) (seq 0 T).
Proof.
  induction T as [|T IH]; intros m x; simpl; auto. f_equal.
  rewrite IH, <- seq_shift, map_map. apply map_ext; intros t.
  rewrite skipn_skipn. f_equal.
Qed.

Lemma map_ext_seq {B} (f g : nat -> B) n :
  (forall i, (i < n)%nat -> f i = g i) -> map f (seq 0 n) = map g (seq 0 n).
Proof. intros H; apply map_ext_in; intros a Ha; apply in_seq in Ha; apply H; lia. Qed.

Lemma input_forms_decode T p m x : length x = (T * (p * m))%nat ->
  map (map (fun f => lin f x)) (input_forms T p m) = decode_seq T p m x.
Proof.
  intros L. unfold input_forms, decode_seq. rewrite chunk_spec, !map_map.
  apply map_ext_seq; intros t Ht. rewrite chunk_spec, !map_map.
  apply map_ext_seq; intros i Hi. unfold num_form, decode. rewrite lin_app_zero.
  assert (B1 : ((t + 1) * (p * m) <= T * (p * m))%nat) by (apply Nat.mul_le_mono_r; lia).
  assert (B2 : ((i + 1) * m <= p * m)%nat) by (apply Nat.mul_le_mono_r; lia).
  assert (B : (t * (p * m) + (i * m + m) <= length x)%nat) by lia.
  assert (Lc : length (firstn m (skipn (i * m) (firstn (p * m) (skipn (t * (p * m)) x)))) = m).
  { rewrite firstn_length, skipn_length, firstn_length, skipn_length. lia. }
  rewrite Lc. rewrite lin_firstn by (rewrite tcw_length; lia).
  rewrite skipn_firstn_comm, lin_firstn by (rewrite tcw_length; lia).
  rewrite skipn_skipn; auto.
Qed.

(** ** The circuit *)
Definition bits_of (L : nat) (z : Z) : list bool := map (fun j => Z.testbit z (Z.of_nat j)) (seq 0 L).
Definition targets (L : nat) (ys : list (list form)) : list target :=
  flat_map (fun f => map (fun j => (f, j)) (seq 0 L)) (concat ys).

Section Layer.
Variables (P : ssm) (p m L : nat).
(** zero initial state of the dimension of A *)
Definition h_init : list Z := map (fun _ => 0) (mA P).
Definition out_targets (T : nat) : list target :=
  targets L (frun P (map (fun _ => []) (mA P)) (input_forms T p m)).
Definition ssm_circuit (T : nat) : circuit :=
  itadd (T * (p * m)) (seq 0 (T * (p * m))) (out_targets T).
Definition ssm_outs (T : nat) : list nat :=
  itadd_out (T * (p * m)) (seq 0 (T * (p * m))) (out_targets T).

Lemma map_val_seq x n : length x = n -> map (val x) (seq 0 n) = x.
Proof.
  intros <-. apply nth_ext with false false; rewrite map_length, seq_length; auto.
  intros i Hi. rewrite (nth_indep _ false (val x 0)) by (rewrite map_length, seq_length; auto).
  rewrite map_nth, seq_nth by auto. auto.
Qed.

Theorem ssm_layer_correct T x : length x = (T * (p * m))%nat ->
  outputs (ssm_outs T) (eval (ssm_circuit T) x) =
  flat_map (bits_of L) (concat (zrun P h_init (decode_seq T p m x))).
Proof.
  intros Hx. unfold ssm_outs, ssm_circuit. rewrite itadd_correct; auto.
  2:{ apply Forall_forall; intros i Hi; apply in_seq in Hi; lia. }
  rewrite (map_val_seq x) by auto.
  rewrite <- input_forms_decode by auto.
  replace h_init with (map (fun f => lin f x) (map (fun _ => [] : form) (mA P))).
  2:{ unfold h_init. rewrite map_map. apply map_ext; intros; apply lin_nil. }
  rewrite <- run_hom. unfold out_targets, targets.
  rewrite <- concat_map. 
  set (tg := fun f : form => map (fun j => (f, j)) (seq 0 L)).
  assert (G : forall l : list form,
    map (fun t : target => Z.testbit (lin (fst t) x) (Z.of_nat (snd t))) (flat_map tg l)
    = flat_map (bits_of L) (map (fun f => lin f x) l)).
  { induction l as [|f l IH]; auto. cbn [flat_map map]. etransitivity; [apply map_app|].
    apply f_equal2; [|exact IH]. unfold tg, bits_of. etransitivity; [apply map_map|]. apply map_ext; auto. }
  exact (G _).
Qed.

Theorem ssm_layer_depth T : (depth (T * (p * m)) (ssm_circuit T) <= 2)%nat.
Proof.
  unfold depth. apply maxl_le. apply (itadd_depths _ _ _ _ 0).
  - apply repeat_length.
  - apply Forall_forall; intros i Hi; apply in_seq in Hi; lia.
  - apply Forall_forall; intros i Hi; apply repeat_spec in Hi; lia.
Qed.

Lemma run_count {V} v0 va sm (us : list (list V)) : length (mC P) = length (mD P) -> forall h,
  length (concat (ssm_run V v0 va sm P h us)) = (length us * length (mC P))%nat.
Proof.
  intros E. assert (VL : forall a b : list V, length (vadds V va a b) = Nat.min (length a) (length b)).
  { induction a; intros [|]; simpl; auto. }
  induction us as [|u us IH]; intros h; simpl; auto.
  rewrite app_length, IH, VL. unfold matvec. rewrite !map_length. lia.
Qed.

Theorem ssm_layer_size T : length (mC P) = length (mD P) ->
  size (ssm_circuit T) = (T * length (mC P) * L * (2 * (T * (p * m)) + 1))%nat.
Proof.
  intros E. unfold ssm_circuit. rewrite itadd_size, seq_length. f_equal.
  unfold out_targets, targets.
  assert (FL : forall l : list form, length (flat_map (fun f => map (fun j => (f, j)) (seq 0 L)) l) = (length l * L)%nat).
  { induction l; simpl; auto. rewrite app_length, map_length, seq_length; lia. }
  rewrite FL. unfold frun. rewrite run_count by auto.
  unfold input_forms. rewrite map_length, seq_length. auto.
Qed.

Theorem ssm_layer_wf T : wf (T * (p * m)) (ssm_circuit T).
Proof. apply itadd_is_wf, Forall_forall; intros i Hi; apply in_seq in Hi; lia. Qed.
End Layer.

(** headline: constant depth, polynomial size, recurrence semantics, all T at once *)
Theorem s4_in_depth2 (P : ssm) (p m L : nat) :
  length (mC P) = length (mD P) ->
  exists (c : nat -> circuit) (o : nat -> list nat), forall T,
    let N := (T * (p * m))%nat in
    wf N (c T) /\
    depth_le N (c T) 2 /\
    size (c T) = (T * length (mC P) * L * (2 * N + 1))%nat /\
    forall x, length x = N ->
      outputs (o T) (eval (c T) x) =
      flat_map (bits_of L) (concat (zrun P (h_init P) (decode_seq T p m x))).
Proof.
  intros E. exists (ssm_circuit P p m L), (ssm_outs P p m L). intros T N.
  split; [apply ssm_layer_wf|]. split.
  { intros j l Hp. etransitivity; [eapply depth_sound; eauto; apply ssm_layer_wf|apply ssm_layer_depth]. }
  split; [apply ssm_layer_size; auto|]. intros; apply ssm_layer_correct; auto.
Qed.
Print Assumptions s4_in_depth2.
