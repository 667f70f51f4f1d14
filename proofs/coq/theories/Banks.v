(** The threshold circuit of package circuits/threshold, as docs/formats/threshold.md
    states it: forms, lists and banks of gates; its value on input bits; its
    well-formedness; and [teval_form], [teval_bank]: in a well-formed circuit every form
    and bank has the value that its record says, whatever the order of evaluation. *)
Require Import ZArith NArith List Bool Lia Arith.
From TC0 Require Import Circuit Arith.
Import ListNotations.
Open Scope Z_scope.

(** ** Records *)
Inductive term :=
| TForm (c : Z) (form : N)                      (* c · form *)
| TOnes (c : Z) (bank : N)                      (* c · number of ones *)
| TTable (c : Z) (bank : N) (table off : N).    (* c · Σ_k T[off+k] · gate k *)
Record formrec := FormRec { fconst : Z; fterms : list term }.

Inductive bank :=
| BInput (position bits : N)
| BLevel (form table off stride gates : N)
| BDigit (form high table off count width : N) (past : Z)
| BAnd (lists : list N)
| BPairs (list : N).

(** items carry their numbers, as in the text form *)
Inductive item :=
| IForm (f : N) (r : formrec)
| IList (l : N) (forms : list N)
| IBank (b : N) (k : bank).

Record tcircuit := TC {
  ttables : nmap (list Z);
  titems : list item;
  toutputs : list (list (N * N)) }.             (* by position and class: bank, gate *)

(** ** Value on input bits *)
Record values := Values { vform : nmap Z; vlist : nmap (list N); vbank : nmap (list bool) }.
Definition form_of (s : values) (f : N) : Z := nget 0 (vform s) f.
Definition list_of (s : values) (l : N) : list N := nget [] (vlist s) l.
Definition bits_of (s : values) (b : N) : list bool := nget [] (vbank s) b.

Fixpoint ones (bs : list bool) : Z := match bs with [] => 0 | b :: r => b2z b + ones r end.
Fixpoint dot (ws : list Z) (bs : list bool) : Z :=
  match ws, bs with
  | w :: ws', b :: bs' => w * b2z b + dot ws' bs'
  | _, _ => 0
  end.
Definition term_val (ts : nmap (list Z)) (s : values) (t : term) : Z :=
  match t with
  | TForm c f => c * form_of s f
  | TOnes c b => c * ones (bits_of s b)
  | TTable c b t off => c * dot (skipN off (tableof ts t)) (bits_of s b)
  end.
Definition form_val ts s (r : formrec) : Z :=
  fconst r + fold_right (fun t z => term_val ts s t + z) 0 (fterms r).

(** every [stride]-th entry, from the k-th on *)
Fixpoint everyN (k stride : N) (l : list Z) : list Z :=
  match l with
  | [] => []
  | x :: r => if (k =? 0)%N then x :: everyN (N.pred stride) stride r else everyN (N.pred k) stride r
  end.
Definition level_thresholds ts (t off stride n : N) : list Z :=
  takeN n (everyN 0 stride (skipN off (tableof ts t))).

(** c(i) of gate k (from 0): the threshold of code i·2^width + k + 1, or [past] *)
Definition border (codes : list Z) (past : Z) (w k i : nat) : Z := nth (i * 2 ^ w + k) codes past.
Fixpoint dsum (c : nat -> Z) (i : nat) (us : list bool) : Z :=
  match us with
  | [] => 0
  | u :: r => (c i - c (S i)) * b2z u + dsum c (S i) r
  end.
Definition digit_gate (F : Z) (us : list bool) (codes : list Z) (past : Z) (w k : nat) : bool :=
  let c := border codes past w k in c 0%nat <=? F + dsum c 0 us.

(** sums over one element of each list, the last list's changing fastest *)
Fixpoint choices (ls : list (list Z)) : list Z :=
  match ls with
  | [] => [0]
  | l :: r => flat_map (fun e => map (Z.add e) (choices r)) l
  end.
Fixpoint pairsums (l : list Z) : list Z :=
  match l with
  | [] => []
  | e :: r => map (Z.add e) r ++ pairsums r
  end.

Definition bank_val ts (input : list (list bool)) (s : values) (k : bank) : list bool :=
  match k with
  | BInput p n => takeN n (nth (N.to_nat p) input [])
  | BLevel f t off stride n => map (fun x => x <=? form_of s f) (level_thresholds ts t off stride n)
  | BDigit f h t off n w past =>
      let codes := slice (tableof ts t) off n in
      map (digit_gate (form_of s f) (bits_of s h) codes past (N.to_nat w)) (seq 0 (2 ^ N.to_nat w - 1))
  | BAnd ls =>
      map (fun x => Z.of_nat (length ls) <=? x) (choices (map (fun l => map (form_of s) (list_of s l)) ls))
  | BPairs l => map (fun x => 2 <=? x) (pairsums (map (form_of s) (list_of s l)))
  end.

Definition tstep ts input (s : values) (i : item) : values :=
  match i with
  | IForm f r => Values (nset (vform s) f (form_val ts s r)) (vlist s) (vbank s)
  | IList l fs => Values (vform s) (nset (vlist s) l fs) (vbank s)
  | IBank b k => Values (vform s) (vlist s) (nset (vbank s) b (bank_val ts input s k))
  end.
Definition trun ts input (is : list item) (s : values) : values := fold_left (tstep ts input) is s.
Definition tstart : values := Values nempty nempty nempty.
Definition teval (c : tcircuit) (input : list (list bool)) : values :=
  trun (ttables c) input (titems c) tstart.
Definition output_bits (c : tcircuit) (input : list (list bool)) : list (list bool) :=
  map (map (fun o => nth (N.to_nat (snd o)) (bits_of (teval c input) (fst o)) false)) (toutputs c).

(** one-hot code of a token *)
Definition onehot (n t : nat) : list bool := map (Nat.eqb t) (seq 0 n).

(** the widths of the input banks, in order *)
Fixpoint widths (is : list item) : list N :=
  match is with
  | [] => []
  | IBank _ (BInput _ bits) :: r => bits :: widths r
  | _ :: r => widths r
  end.

(** ** Well-formedness.  Numbers follow the order of the items; references go back; parts
    of tables exist.  [gates] holds the number of gates (or input bits) of the banks so far. *)
Record counters := Counters { nform : N; nlist : N; nbank : N; ninput : N; gates : nmap N;
                              lens : nmap N }.
Definition gates_of (n : counters) (b : N) : N := nget 0%N (gates n) b.
Definition part_ok ts (t off n : N) : bool := (lenN (slice (tableof ts t) off n) =? n)%N.
Definition term_wf ts n (t : term) : bool :=
  match t with
  | TForm _ f => (f <? nform n)%N
  | TOnes _ b => (b <? nbank n)%N
  | TTable _ b t off => (b <? nbank n)%N && part_ok ts t off (gates_of n b)
  end.
(** width at most 30 and 2^width <= 2·(count+1), before any power is computed *)
Definition width_ok (w count : N) : bool :=
  (w <=? 30)%N && (N.shiftl 1 w <=? 2 * (count + 1))%N.
Definition bank_wf ts n (k : bank) : bool :=
  match k with
  | BInput p bits => (p =? ninput n)%N && (0 <? bits)%N
  | BLevel f t off stride g =>
      (f <? nform n)%N && (0 <? stride)%N && (lenN (level_thresholds ts t off stride g) =? g)%N
  | BDigit f h t off count w past =>
      (f <? nform n)%N && (h <? nbank n)%N && part_ok ts t off count && (0 <? w)%N && width_ok w count
  | BAnd ls => (2 <=? lenN ls)%N && (lenN ls <=? 4)%N && forallb (fun l => (l <? nlist n)%N) ls
  | BPairs l => (l <? nlist n)%N
  end.
Definition bank_gates n (k : bank) : N :=
  match k with
  | BInput _ bits => bits
  | BLevel _ _ _ _ g => g
  | BDigit _ _ _ _ _ w _ => (N.shiftl 1 w - 1)%N
  | BAnd ls => fold_right (fun l p => (nget 0 (lens n) l * p)%N) 1%N ls
  | BPairs l => let k := nget 0%N (lens n) l in (k * N.pred k / 2)%N
  end.
Definition is_binput (k : bank) : bool := match k with BInput _ _ => true | _ => false end.
Definition item_wf ts n (i : item) : bool :=
  match i with
  | IForm f r => (f =? nform n)%N && forallb (term_wf ts n) (fterms r)
  | IList l fs => (l =? nlist n)%N && (lenN fs <=? 62)%N && forallb (fun f => (f <? nform n)%N) fs
  | IBank b k => (b =? nbank n)%N && bank_wf ts n k
  end.
Definition item_next n (i : item) : counters :=
  match i with
  | IForm _ _ => Counters (N.succ (nform n)) (nlist n) (nbank n) (ninput n) (gates n) (lens n)
  | IList l fs => Counters (nform n) (N.succ (nlist n)) (nbank n) (ninput n) (gates n) (nset (lens n) l (lenN fs))
  | IBank b k => Counters (nform n) (nlist n) (N.succ (nbank n))
                   (if is_binput k then N.succ (ninput n) else ninput n)
                   (nset (gates n) b (bank_gates n k)) (lens n)
  end.
Fixpoint items_wf ts n (is : list item) : bool :=
  match is with
  | [] => true
  | i :: r => item_wf ts n i && items_wf ts (item_next n i) r
  end.
Definition cstart : counters := Counters 0 0 0 0 nempty nempty.
Definition counts (is : list item) : counters := fold_left item_next is cstart.
Definition tc_wf (c : tcircuit) : bool :=
  items_wf (ttables c) cstart (titems c)
  && forallb (forallb (fun o => (fst o <? nbank (counts (titems c)))%N
                             && (snd o <? gates_of (counts (titems c)) (fst o))%N)) (toutputs c).

(** ** Values do not change once they are set *)
Definition agree (n : counters) (s s' : values) : Prop :=
  (forall f, (f < nform n)%N -> form_of s f = form_of s' f) /\
  (forall l, (l < nlist n)%N -> list_of s l = list_of s' l) /\
  (forall b, (b < nbank n)%N -> bits_of s b = bits_of s' b).

Lemma agree_refl n s : agree n s s.
Proof. repeat split; auto. Qed.
Lemma agree_trans n s1 s2 s3 : agree n s1 s2 -> agree n s2 s3 -> agree n s1 s3.
Proof.
  intros (A & B & C) (A' & B' & C'). repeat split; intros.
  - rewrite A; auto. - rewrite B; auto. - rewrite C; auto.
Qed.
Lemma agree_next n i s s' : agree (item_next n i) s s' -> agree n s s'.
Proof.
  intros (A & B & C). destruct i; simpl in *; repeat split; intros;
    first [apply A | apply B | apply C]; lia.
Qed.

Lemma agree_tstep ts input n i s : item_wf ts n i = true -> agree n s (tstep ts input s i).
Proof.
  unfold item_wf. destruct i as [f r|l fs|b k]; rewrite ?andb_true_iff, ?N.eqb_eq; intros W;
    repeat split; intros j Hj; simpl; auto; unfold form_of, list_of, bits_of; simpl;
    symmetry; apply nget_neq; intuition (subst; lia).
Qed.

Lemma agree_trun ts input is : forall n s, items_wf ts n is = true -> agree n s (trun ts input is s).
Proof.
  induction is as [|i r IH]; intros n s W; simpl in *; [apply agree_refl|].
  apply andb_true_iff in W as [W1 W2].
  eapply agree_trans; [apply (agree_tstep ts input n i s W1)|].
  apply (agree_next n i), IH; auto.
Qed.

Lemma term_val_agree ts n s s' t : agree n s s' -> term_wf ts n t = true -> term_val ts s t = term_val ts s' t.
Proof.
  intros (A & B & C) W. destruct t; simpl in *; rewrite ?andb_true_iff, ?N.ltb_lt in W.
  - rewrite A; auto. - rewrite C; auto. - rewrite C by tauto; auto.
Qed.
Lemma form_val_agree ts n s s' r : agree n s s' -> forallb (term_wf ts n) (fterms r) = true ->
  form_val ts s r = form_val ts s' r.
Proof.
  intros A W. unfold form_val. f_equal. induction (fterms r) as [|t q IH]; simpl in *; [auto|].
  apply andb_true_iff in W as [W1 W2]. rewrite (term_val_agree ts n s s' t A W1), IH by auto. auto.
Qed.

(** the forms of lists exist from the list's item on *)
Definition lists_ok (n : counters) (s : values) : Prop :=
  forall l, (l < nlist n)%N -> Forall (fun f => (f < nform n)%N) (list_of s l).
Lemma lists_ok_step ts input n i s : item_wf ts n i = true -> lists_ok n s ->
  lists_ok (item_next n i) (tstep ts input s i).
Proof.
  intros W H l Hl. destruct i as [f r|k fs|b k]; simpl in *.
  - eapply Forall_impl; [|apply (H l Hl)]. simpl; lia.
  - rewrite !andb_true_iff, N.eqb_eq, forallb_forall in W. destruct W as [[-> _] W].
    unfold list_of; simpl. destruct (N.eq_dec l (nlist n)) as [->|D].
    + rewrite nget_eq. apply Forall_forall. intros f Hf. apply N.ltb_lt. auto.
    + rewrite nget_neq by auto. apply H. lia.
  - apply (H l Hl).
Qed.

Lemma bank_val_agree ts input n s s' k : agree n s s' -> lists_ok n s -> bank_wf ts n k = true ->
  bank_val ts input s k = bank_val ts input s' k.
Proof.
  intros (A & B & C) L W.
  assert (LL : forall l, (l < nlist n)%N -> map (form_of s) (list_of s l) = map (form_of s') (list_of s' l)).
  { intros l Hl. rewrite <- B by auto. apply map_ext_in. intros f Hf. apply A.
    specialize (L l Hl). rewrite Forall_forall in L. auto. }
  destruct k; simpl in *; rewrite ?andb_true_iff, ?N.ltb_lt in W.
  - auto.
  - rewrite A by tauto. auto.
  - rewrite A, C by tauto. auto.
  - destruct W as [_ W]. rewrite forallb_forall in W. do 2 f_equal.
    apply map_ext_in. intros l Hl. apply LL, N.ltb_lt. auto.
  - rewrite LL by tauto. auto.
Qed.

(** ** Every record holds of the final values *)
Definition item_holds ts input (s : values) (i : item) : Prop :=
  match i with
  | IForm f r => form_of s f = form_val ts s r
  | IList l fs => list_of s l = fs
  | IBank b k => bits_of s b = bank_val ts input s k
  end.

Lemma trun_holds ts input is : forall n s,
  items_wf ts n is = true -> lists_ok n s ->
  Forall (item_holds ts input (trun ts input is s)) is.
Proof.
  induction is as [|i r IH]; intros n s W L; simpl in *; [constructor|].
  apply andb_true_iff in W as [W1 W2].
  constructor; [|apply IH with (n := item_next n i); auto; apply lists_ok_step; auto].
  pose proof (agree_trun ts input r _ (tstep ts input s i) W2) as A.
  pose proof (agree_trans _ _ _ _ (agree_tstep ts input n i s W1) (agree_next _ _ _ _ A)) as A0.
  destruct i as [f q|l fs|b k]; simpl in *; destruct A as (A1 & A2 & A3); simpl in *.
  - rewrite andb_true_iff, N.eqb_eq in W1. destruct W1 as [-> W1].
    rewrite <- A1 by lia. rewrite <- (form_val_agree ts n s _ q A0 W1). unfold form_of; simpl. apply nget_eq.
  - rewrite !andb_true_iff, N.eqb_eq in W1. destruct W1 as [[-> _] _].
    rewrite <- A2 by lia. unfold list_of; simpl. apply nget_eq.
  - rewrite andb_true_iff, N.eqb_eq in W1. destruct W1 as [-> W1].
    rewrite <- A3 by lia. rewrite <- (bank_val_agree ts input n s _ k A0 L W1). unfold bits_of; simpl. apply nget_eq.
Qed.

Theorem teval_holds c input i : tc_wf c = true -> In i (titems c) ->
  item_holds (ttables c) input (teval c input) i.
Proof.
  unfold tc_wf, teval. rewrite andb_true_iff. intros [W _] H.
  pose proof (trun_holds (ttables c) input (titems c) cstart tstart W) as G.
  rewrite Forall_forall in G. apply G; auto. intros l Hl; simpl in Hl; lia.
Qed.

(** ** Records by number *)
Record index := Index { iform : nmap formrec; ilist : nmap (list N); ibank : nmap bank }.
Definition index_step (x : index) (i : item) : index :=
  match i with
  | IForm f r => Index (nset (iform x) f r) (ilist x) (ibank x)
  | IList l fs => Index (iform x) (nset (ilist x) l fs) (ibank x)
  | IBank b k => Index (iform x) (ilist x) (nset (ibank x) b k)
  end.
Definition index_of (is : list item) : index := fold_left index_step is (Index nempty nempty nempty).

Lemma index_in is : forall x,
  (forall f r, nfind (iform (fold_left index_step is x)) f = Some r -> nfind (iform x) f = Some r \/ In (IForm f r) is) /\
  (forall l r, nfind (ilist (fold_left index_step is x)) l = Some r -> nfind (ilist x) l = Some r \/ In (IList l r) is) /\
  (forall b r, nfind (ibank (fold_left index_step is x)) b = Some r -> nfind (ibank x) b = Some r \/ In (IBank b r) is).
Proof.
  induction is as [|i q IH]; intros x; simpl; [auto|].
  destruct (IH (index_step x i)) as (A & B & C).
  repeat split; intros k r H; [apply A in H|apply B in H|apply C in H]; destruct H as [H|H]; auto;
    destruct i as [f' r'|l' r'|b' r']; simpl in H; auto;
    match type of H with nfind (nset _ ?j _) _ = _ => destruct (N.eq_dec k j) as [->|D] end;
    try (rewrite nfind_eq in H; injection H as ->; auto); rewrite nfind_neq in H; auto.
Qed.

Theorem teval_form c input f r : tc_wf c = true -> nfind (iform (index_of (titems c))) f = Some r ->
  form_of (teval c input) f = form_val (ttables c) (teval c input) r.
Proof.
  intros W H. destruct (proj1 (index_in (titems c) (Index nempty nempty nempty)) f r H) as [E|E].
  - simpl in E. rewrite nfind_empty in E. discriminate.
  - exact (teval_holds c input _ W E).
Qed.
Theorem teval_list c input l r : tc_wf c = true -> nfind (ilist (index_of (titems c))) l = Some r ->
  list_of (teval c input) l = r.
Proof.
  intros W H. destruct (proj1 (proj2 (index_in (titems c) (Index nempty nempty nempty))) l r H) as [E|E].
  - simpl in E. rewrite nfind_empty in E. discriminate.
  - exact (teval_holds c input _ W E).
Qed.
Theorem teval_bank c input b k : tc_wf c = true -> nfind (ibank (index_of (titems c))) b = Some k ->
  bits_of (teval c input) b = bank_val (ttables c) input (teval c input) k.
Proof.
  intros W H. destruct (proj2 (proj2 (index_in (titems c) (Index nempty nempty nempty))) b k H) as [E|E].
  - simpl in E. rewrite nfind_empty in E. discriminate.
  - exact (teval_holds c input _ W E).
Qed.
