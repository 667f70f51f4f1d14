(** The arithmetic circuit of package circuits/arith, as docs/formats/arith.md states it:
    inputs, forms, steps, products, read through views; its value on a word in exact
    integer arithmetic; its well-formedness.  States no theorem about circuits: this file
    is definitions that a reader compares with the format. *)
Require Import ZArith NArith List Bool Lia Arith.
Import ListNotations.
Open Scope Z_scope.

(** ** Finite maps from numbers: binary tries *)
Inductive trie (A : Type) := Tip | Fork (l : trie A) (o : option A) (r : trie A).
Arguments Tip {A}. Arguments Fork {A}.
Fixpoint tfind {A} (p : positive) (t : trie A) : option A :=
  match t, p with
  | Tip, _ => None
  | Fork _ o _, xH => o
  | Fork l _ _, xO q => tfind q l
  | Fork _ _ r, xI q => tfind q r
  end.
Fixpoint tset {A} (p : positive) (x : A) (t : trie A) : trie A :=
  let '(l, o, r) := match t with Tip => (Tip, None, Tip) | Fork l o r => (l, o, r) end in
  match p with
  | xH => Fork l (Some x) r
  | xO q => Fork (tset q x l) o r
  | xI q => Fork l o (tset q x r)
  end.
Lemma tfind_tip {A} p : tfind p (@Tip A) = None.
Proof. destruct p; auto. Qed.
Lemma tfind_eq {A} (x : A) p : forall t, tfind p (tset p x t) = Some x.
Proof. induction p; intros [|l o r]; simpl; auto. Qed.
Lemma tfind_neq {A} (x : A) p : forall q t, q <> p -> tfind q (tset p x t) = tfind q t.
Proof.
  induction p; intros [q|q|] [|l o r] H; simpl; auto; try congruence;
    try (rewrite IHp by congruence; auto; apply tfind_tip); rewrite tfind_tip; auto.
Qed.

Notation nmap := trie.
Definition nempty {A} : nmap A := Tip.
Definition nfind {A} (m : nmap A) (k : N) : option A := tfind (N.succ_pos k) m.
Definition nset {A} (m : nmap A) (k : N) (x : A) : nmap A := tset (N.succ_pos k) x m.
Definition nget {A} (d : A) (m : nmap A) (k : N) : A :=
  match nfind m k with Some x => x | None => d end.

Lemma succ_pos_inj a b : N.succ_pos a = N.succ_pos b -> a = b.
Proof. intros H. apply N.succ_inj. rewrite <- !N.succ_pos_spec. congruence. Qed.
Lemma nfind_eq {A} (m : nmap A) k x : nfind (nset m k x) k = Some x.
Proof. apply tfind_eq. Qed.
Lemma nfind_neq {A} (m : nmap A) k j x : j <> k -> nfind (nset m k x) j = nfind m j.
Proof. intros H. apply tfind_neq. intros E. apply H, succ_pos_inj. auto. Qed.
Lemma nfind_empty {A} k : nfind (@nempty A) k = None.
Proof. apply tfind_tip. Qed.
Lemma nget_eq {A} (d : A) m k x : nget d (nset m k x) k = x.
Proof. unfold nget. rewrite nfind_eq. auto. Qed.
Lemma nget_neq {A} (d : A) m k j x : j <> k -> nget d (nset m k x) j = nget d m j.
Proof. intros H. unfold nget. rewrite nfind_neq; auto. Qed.

(** ** Parts of tables.  Numbers in files are binary; recursion is on the table. *)
Fixpoint skipN {A} (n : N) (l : list A) : list A :=
  match l with
  | [] => []
  | _ :: r => if (n =? 0)%N then l else skipN (N.pred n) r
  end.
Fixpoint takeN {A} (n : N) (l : list A) : list A :=
  match l with
  | [] => []
  | x :: r => if (n =? 0)%N then [] else x :: takeN (N.pred n) r
  end.
Definition slice {A} (l : list A) (off n : N) : list A := takeN n (skipN off l).
Definition lenN {A} (l : list A) : N := fold_left (fun n _ => N.succ n) l 0%N.

Lemma skipN_spec {A} (l : list A) : forall n, skipN n l = skipn (N.to_nat n) l.
Proof.
  induction l as [|x r IH]; intros n; simpl; [rewrite skipn_nil; auto|].
  destruct (N.eqb_spec n 0) as [->|H]; [auto|].
  rewrite IH, N2Nat.inj_pred. destruct (N.to_nat n) eqn:E; [lia|]. auto.
Qed.
Lemma takeN_spec {A} (l : list A) : forall n, takeN n l = firstn (N.to_nat n) l.
Proof.
  induction l as [|x r IH]; intros n; simpl; [rewrite firstn_nil; auto|].
  destruct (N.eqb_spec n 0) as [->|H]; [auto|].
  rewrite IH, N2Nat.inj_pred. destruct (N.to_nat n) eqn:E; [lia|]. auto.
Qed.
Lemma lenN_spec {A} (l : list A) : lenN l = N.of_nat (length l).
Proof.
  unfold lenN. assert (G : forall n, fold_left (fun n (_ : A) => N.succ n) l n = (n + N.of_nat (length l))%N).
  { induction l as [|x r IH]; intros n; simpl; [lia|]. rewrite IH. lia. }
  rewrite G. lia.
Qed.
Lemma nth_firstn_lt {A} (l : list A) d : forall k n, (k < n)%nat -> nth k (firstn n l) d = nth k l d.
Proof.
  induction l as [|x r IH]; intros k n H; [rewrite firstn_nil; auto|].
  destruct n as [|n]; [lia|]. destruct k as [|k]; simpl; [auto|]. apply IH; lia.
Qed.

(** ** Nodes *)
Record view := View { vnode : N; vtable : option N }.   (* None: the node's own value *)

Inductive node :=
| AInput (levels : N)
| AForm (constant : Z) (terms : list (Z * view))
| AStep (form : N) (th val : N) (off count : N)
| AProduct (factors : list view).

(** node i of the list is number i; [labels] by position and class *)
Record acircuit := AC {
  atables : nmap (list Z);
  anodes : list node;
  alabels : list (list N) }.

(** ** Value on a word *)
Record cell := Cell { level : nat; value : Z }.
Definition env := nmap cell.
Definition at_ (e : env) (n : N) : cell := nget (Cell 0 0) e n.
Definition tableof (ts : nmap (list Z)) (t : N) : list Z := nget [] ts t.

Definition view_val (ts : nmap (list Z)) (e : env) (v : view) : Z :=
  match vtable v with
  | None => value (at_ e (vnode v))
  | Some t => nth (level (at_ e (vnode v))) (tableof ts t) 0
  end.

(** number of thresholds that x reaches *)
Definition reached (th : list Z) (x : Z) : nat := length (filter (fun t => t <=? x) th).

Definition form_sum ts e (terms : list (Z * view)) : Z :=
  fold_right (fun t s => fst t * view_val ts e (snd t) + s) 0 terms.
Definition product ts e (vs : list view) : Z := fold_right (fun v p => view_val ts e v * p) 1 vs.

Record astate := AState { anext : N; atoken : nat; aenv : env }.

Definition node_cell ts (s : astate) (word : list nat) (d : node) : cell :=
  let e := aenv s in
  match d with
  | AInput _ => Cell (nth (atoken s) word 0%nat) 0
  | AForm c terms => Cell 0 (c + form_sum ts e terms)
  | AStep f th val off n =>
      let l := reached (slice (tableof ts th) off n) (value (at_ e f)) in
      Cell l (nth l (skipN off (tableof ts val)) 0)
  | AProduct vs => Cell 0 (product ts e vs)
  end.
Definition is_input (d : node) : bool := match d with AInput _ => true | _ => false end.
Definition astep ts word (s : astate) (d : node) : astate :=
  AState (N.succ (anext s)) (if is_input d then S (atoken s) else atoken s)
         (nset (aenv s) (anext s) (node_cell ts s word d)).
Definition arun ts word (ds : list node) (s : astate) : astate := fold_left (astep ts word) ds s.
Definition astart : astate := AState 0 0 nempty.
Definition aeval (c : acircuit) (word : list nat) : env := aenv (arun (atables c) word (anodes c) astart).

(** a label is 1 or it is 0 *)
Definition label_values (c : acircuit) (word : list nat) : list (list Z) :=
  map (map (fun n => value (at_ (aeval c word) n))) (alabels c).

(** ** Words: one token a position, below its number of levels *)
Fixpoint input_levels (ds : list node) : list N :=
  match ds with
  | [] => []
  | AInput n :: r => n :: input_levels r
  | _ :: r => input_levels r
  end.
Definition valid_word (c : acircuit) (word : list nat) : Prop :=
  Forall2 (fun tok n => (tok < N.to_nat n)%nat) word (input_levels (anodes c)).

(** ** Well-formedness: references go back, tables are long enough, thresholds ascend *)
Fixpoint ascendb (l : list Z) : bool :=
  match l with
  | a :: r => match r with [] => true | b :: _ => a <=? b end && ascendb r
  | [] => true
  end.
Inductive kind := KdInput (levels : N) | KdForm | KdStep (levels : N) | KdProduct.
Definition kind_of (d : node) : kind :=
  match d with
  | AInput n => KdInput n
  | AForm _ _ => KdForm
  | AStep _ _ _ _ n => KdStep (N.succ n)
  | AProduct _ => KdProduct
  end.
Definition view_wf ts (ks : nmap kind) (v : view) : bool :=
  match nfind ks (vnode v), vtable v with
  | None, _ => false
  | Some (KdInput n), Some t => (n <=? lenN (tableof ts t))%N
  | Some (KdStep n), Some t => (n <=? lenN (tableof ts t))%N
  | Some (KdInput _), None => false
  | Some _, None => true
  | Some _, Some _ => false
  end.
Definition node_wf ts (ks : nmap kind) (d : node) : bool :=
  match d with
  | AInput n => (0 <? n)%N
  | AForm _ terms => forallb (fun t => view_wf ts ks (snd t)) terms
  | AStep f th val off n =>
      match nfind ks f with Some KdForm => true | _ => false end
      && (lenN (slice (tableof ts th) off n) =? n)%N && ascendb (slice (tableof ts th) off n)
      && (lenN (slice (tableof ts val) off (N.succ n)) =? N.succ n)%N
  | AProduct vs =>
      (2 <=? lenN vs)%N && (lenN vs <=? 4)%N
      && forallb (fun v => match nfind ks (vnode v) with
                           | Some (KdInput _) | Some (KdStep _) => true | _ => false end
                           && view_wf ts ks v) vs
  end.
Fixpoint nodes_wf ts (ks : nmap kind) (n : N) (ds : list node) : bool :=
  match ds with
  | [] => true
  | d :: r => node_wf ts ks d && nodes_wf ts (nset ks n (kind_of d)) (N.succ n) r
  end.
Definition ac_wf (c : acircuit) : bool :=
  nodes_wf (atables c) nempty 0 (anodes c)
  && forallb (fun ns => forallb (fun n => (n <? lenN (anodes c))%N) ns) (alabels c).
