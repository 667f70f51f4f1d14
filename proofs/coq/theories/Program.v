(** A program of stages: the data from which circuits/compile builds the circuit for any
    length.  A stage is a grid of elements, one at every position or at every pair of
    positions j < t; an element is a table of the token, a form, a step of a form or a product,
    and reads elements of its own or earlier positions.  [circuit_of p n] writes the circuit
    for length n in the format of Arith.v.  States, for every program and every n: the
    circuit is well-formed and its nodes have the values of the program's equations
    ([program_values]).  Family.v shows that they have one solution.  Axiom-free. *)
Require Import ZArith NArith List Bool Lia.
From TC0 Require Import Circuit Arith.
From TC0 Require Sound Levels Conj Selective.
Import ListNotations.
Open Scope Z_scope.

(** ** Programs *)
(** element (a, b) of stage es at position t; at an earlier position j for pair stages, else j = 0 *)
Record elem := Elem { es : nat; et : nat; ea : nat; eb : nat; ej : nat }.
(** an element as an operand, possibly squared *)
Record operand := Op { oe : elem; osq : bool }.

Inductive body :=
| Token (table : nat -> list Z)                                     (* by row: value of each token *)
| Form (constant : elem -> Z) (terms : elem -> list (Z * operand))
| Step (constant : elem -> Z) (terms : elem -> list (Z * operand)) (thresholds values : list Z)
| Product (factors : list (nat * (elem -> elem))).                  (* the factor's stage; its place *)

(** bounds: b = p + extra bits, codes·2^p/unit + spare thresholds, and the least value is 0
    unless there is an offset *)
Record law := Law { codes : Z; spare : Z; extra : Z; offset : bool }.
(** rank: how many levels of gates there are up to the stage *)
Record stage := Stage { rows : nat; cols : nat; pair : bool; rank : nat; slaw : law; sbody : body }.
Record program := Program { vocab : nat; stages : list stage; labels : nat; classes : nat }.

Definition on (s : nat) (e : elem) : elem := Elem s (et e) (ea e) (eb e) (ej e).
Definition factors_at (fs : list (nat * (elem -> elem))) (e : elem) : list elem :=
  map (fun f => on (fst f) (snd f e)) fs.

Definition is_token (st : stage) : bool := match sbody st with Token _ => true | _ => false end.
Definition is_step (st : stage) : bool := match sbody st with Step _ _ _ _ => true | _ => false end.

(** an element that exists *)
Definition present (p : program) (e : elem) : Prop :=
  match nth_error (stages p) (es e) with
  | None => False
  | Some st => (ea e < rows st)%nat /\ (eb e < cols st)%nat /\ if pair st then (ej e < et e)%nat else ej e = 0%nat
  end.
Definition earlier (o e : elem) : Prop := (et o < et e)%nat \/ et o = et e /\ (es o < es e)%nat.

(** ** Equations: [solves] says that v is the program's values on a word *)
Definition operand_val (v : elem -> Z) (o : operand) : Z := let x := v (oe o) in if osq o then x * x else x.
Definition form_val (v : elem -> Z) (c : Z) (terms : list (Z * operand)) : Z :=
  c + Levels.zsum (fun t => fst t * operand_val v (snd t)) terms.
Definition step_val (th vals : list Z) (x : Z) : Z := nth (reached th x) vals 0.
Definition body_val (word : list nat) (v : elem -> Z) (b : body) (e : elem) : Z :=
  match b with
  | Token table => nth (nth (et e) word 0%nat) (table (ea e)) 0
  | Form c terms => form_val v (c e) (terms e)
  | Step c terms th vals => step_val th vals (form_val v (c e) (terms e))
  | Product fs => Conj.zprod (map v (factors_at fs e))
  end.
Definition solves (p : program) (n : nat) (word : list nat) (v : elem -> Z) : Prop :=
  forall e st, present p e -> (et e < n)%nat -> nth_error (stages p) (es e) = Some st ->
  v e = body_val word v (sbody st) e.

(** ** Well-formedness *)
Definition operand_ok (p : program) (e : elem) (o : operand) : Prop :=
  present p (oe o) /\ earlier (oe o) e /\
  exists st, nth_error (stages p) (es (oe o)) = Some st /\ (osq o = true -> is_token st || is_step st = true).
Definition rank_of (p : program) (s : nat) : nat :=
  match nth_error (stages p) s with Some st => rank st | None => 0%nat end.
Definition element_ok (p : program) (st : stage) (e : elem) : Prop :=
  match sbody st with
  | Token table => length (table (ea e)) = vocab p
  | Form _ terms => Forall (fun t => operand_ok p e (snd t) /\ (rank_of p (es (oe (snd t))) <= rank st)%nat) (terms e)
  | Step _ terms th vals =>
      Forall (fun t => operand_ok p e (snd t) /\ (rank_of p (es (oe (snd t))) < rank st)%nat) (terms e)
  | Product fs =>
      Forall (fun o => operand_ok p e (Op o true) /\ (rank_of p (es o) < rank st)%nat) (factors_at fs e)
  end.
Definition stage_ok (p : program) (st : stage) : Prop :=
  match sbody st with
  | Step _ _ th vals => ascendb th = true /\ length vals = S (length th) /\ (0 < rank st)%nat
  | Product fs => (2 <= length fs <= 4)%nat
  | _ => True
  end.
Definition program_ok (p : program) : Prop :=
  (0 < vocab p)%nat /\
  (exists st, nth_error (stages p) (labels p) = Some st /\ is_step st = true /\
     (classes p <= rows st)%nat /\ (0 < cols st)%nat /\ pair st = false) /\
  forall s st, nth_error (stages p) s = Some st -> stage_ok p st /\ forall e,
    es e = s -> present p e -> element_ok p st e.

(** ** The circuit for length n *)
(** nodes: a position's token; a step's form; a form, step or product *)
Inductive key := KToken (t : nat) | KSum (e : elem) | KElem (e : elem).
Inductive table := TToken (s a : nat) (square : bool) | TThresholds (s : nat) | TValues (s : nat)
  | TSquares (s : nat).
Lemma elem_dec : forall a b : elem, {a = b} + {a <> b}.
Proof. decide equality; apply Nat.eq_dec. Defined.
Lemma key_dec : forall a b : key, {a = b} + {a <> b}.
Proof. decide equality; (apply Nat.eq_dec || apply elem_dec). Defined.
Lemma table_dec : forall a b : table, {a = b} + {a <> b}.
Proof. decide equality; (apply Nat.eq_dec || apply Bool.bool_dec). Defined.
Notation kpos := (Selective.pos key key_dec).
Notation tpos := (Selective.pos table table_dec).

Definition cells (s t : nat) (st : stage) : list elem :=
  flat_map (fun a => flat_map (fun b => map (fun j => Elem s t a b j) (if pair st then seq 0 t else [0%nat]))
    (seq 0 (cols st))) (seq 0 (rows st)).

Section Unroll.
Variable p : program.

Definition stage_at (s : nat) : stage := nth s (stages p) (Stage 0 0 false 0 (Law 0 0 0 false) (Token (fun _ => []))).
Definition sum_keys (s t : nat) : list key := if is_step (stage_at s) then map KSum (cells s t (stage_at s)) else [].
Definition elem_keys (s t : nat) : list key := if is_token (stage_at s)
  then [] else map KElem (cells s t (stage_at s)).
Definition stage_keys (t s : nat) : list key := sum_keys s t ++ elem_keys s t.
Definition position_keys (t : nat) : list key := KToken t :: flat_map (stage_keys t) (seq 0 (length (stages p))).
Definition keys (n : nat) : list key := flat_map position_keys (seq 0 n).

Definition squares (l : list Z) : list Z := map (fun x => x * x) l.
Definition stage_tables (s : nat) : list table :=
  match sbody (stage_at s) with
  | Token _ => flat_map (fun a => [TToken s a false; TToken s a true]) (seq 0 (rows (stage_at s)))
  | Step _ _ _ _ => [TThresholds s; TValues s; TSquares s]
  | _ => []
  end.
Definition tables : list table := flat_map stage_tables (seq 0 (length (stages p))).
Definition content (k : table) : list Z :=
  match k with
  | TToken s a sq => match sbody (stage_at s) with
                     | Token tab => if sq then squares (tab a) else tab a | _ => [] end
  | TThresholds s => match sbody (stage_at s) with Step _ _ th _ => th | _ => [] end
  | TValues s => match sbody (stage_at s) with Step _ _ _ vals => vals | _ => [] end
  | TSquares s => match sbody (stage_at s) with Step _ _ _ vals => squares vals | _ => [] end
  end.
Definition table_number (k : table) : N := N.of_nat (tpos k tables).
Fixpoint numbered (i : N) (l : list (list Z)) (m : nmap (list Z)) : nmap (list Z) :=
  match l with [] => m | x :: r => numbered (N.succ i) r (nset m i x) end.

Variable ks : list key.                  (* of the nodes, in order *)
Definition number (k : key) : N := N.of_nat (kpos k ks).
Definition operand_view (o : operand) : view :=
  let e := oe o in
  if is_token (stage_at (es e)) then View (number (KToken (et e))) (Some (table_number (TToken (es e) (ea e)
    (osq o))))
  else View (number (KElem e)) (if osq o then Some (table_number (TSquares (es e))) else None).
Definition views (terms : list (Z * operand)) : list (Z * view) := map (fun t => (fst t, operand_view (snd t))) terms.
Definition node_of (k : key) : node :=
  match k with
  | KToken _ => AInput (N.of_nat (vocab p))
  | KSum e => match sbody (stage_at (es e)) with
              | Step c terms _ _ => AForm (c e) (views (terms e)) | _ => AForm 0 [] end
  | KElem e => match sbody (stage_at (es e)) with
               | Form c terms => AForm (c e) (views (terms e))
               | Step _ _ th _ => AStep (number (KSum e)) (table_number (TThresholds (es e)))
                                        (table_number (TValues (es e))) 0 (N.of_nat (length th))
               | Product fs => AProduct (map (fun o => operand_view (Op o false)) (factors_at fs e))
               | Token _ => AForm 0 [] end
  end.
Definition unrolled (n : nat) : acircuit :=
  AC (numbered 0 (map content tables) nempty) (map node_of ks)
     (map (fun t => map (fun a => number (KElem (Elem (labels p) t a 0 0))) (seq 0 (classes p))) (seq 0 n)).
End Unroll.
Definition circuit_of (p : program) (n : nat) : acircuit := let ks := keys p n in unrolled p ks n.

(** ** Places in lists *)
Section Pos.
Context {X : Type} (dec : forall a b : X, {a = b} + {a <> b}).
Notation pos := (Selective.pos X dec).
Lemma pos_nth k l : In k l -> nth_error l (pos k l) = Some k.
Proof.
  induction l as [|x r IH]; simpl; [tauto|]. intros H. destruct (dec k x) as [->|D]; [reflexivity|].
  simpl. apply IH. destruct H as [->|H]; [congruence|auto].
Qed.
Lemma pos_app k l m : In k l -> pos k (l ++ m) = pos k l.
Proof.
  induction l as [|x r IH]; simpl; [tauto|]. intros H. destruct (dec k x) as [->|D]; [reflexivity|].
  f_equal. apply IH. destruct H as [->|H]; [congruence|auto].
Qed.
Lemma pos_fresh k l m : ~ In k l -> pos k (l ++ k :: m) = length l.
Proof.
  induction l as [|x r IH]; simpl; intros H.
  - destruct (dec k k); [auto|congruence].
  - destruct (dec k x) as [->|D]; [tauto|]. f_equal. apply IH. tauto.
Qed.
End Pos.

Lemma nget_numbered l : forall i m k, nget [] (numbered i l m) k =
  if (i <=? k)%N && (k <? i + N.of_nat (length l))%N then nth (N.to_nat (k - i)) l [] else nget [] m k.
Proof.
  induction l as [|x r IH]; intros i m k; cbn [numbered length nth].
  - destruct (N.leb_spec i k), (N.ltb_spec k (i + N.of_nat 0)); try lia; auto.
  - rewrite IH. destruct (N.eq_dec k i) as [->|D].
    + rewrite nget_eq, N.sub_diag. destruct (N.leb_spec (N.succ i) i); [lia|]. cbn [andb].
      destruct (N.leb_spec i i); [|lia]. destruct (N.ltb_spec i (i + N.of_nat (S (length r)))); [|lia]. reflexivity.
    + rewrite nget_neq by auto. destruct (N.leb_spec (N.succ i) k), (N.leb_spec i k); try lia; cbn [andb].
      * replace (k <? N.succ i + N.of_nat (length r))%N with (k <? i + N.of_nat (S (length r)))%N
          by (apply eq_true_iff_eq; rewrite !N.ltb_lt; lia).
        destruct (_ <? _)%N; [|auto]. replace (N.to_nat (k - i)) with (S (N.to_nat (k - N.succ i))) by lia.
          reflexivity.
      * auto.
Qed.

(** ** Arithmetic circuits node by node *)
Lemma nodes_wf_intro ts ds : forall ready ks,
  (forall i d, nth_error ready i = Some d -> nfind ks (N.of_nat i) = Some (kind_of d)) ->
  (forall i d ks', nth_error ds i = Some d ->
     (forall m d', (m < length ready + i)%nat -> nth_error (ready ++ ds) m = Some d' -> nfind ks' (N.of_nat m)
       = Some (kind_of d')) ->
     node_wf ts ks' d = true) ->
  nodes_wf ts ks (N.of_nat (length ready)) ds = true.
Proof.
  induction ds as [|d ds IH]; intros ready ks K H; [auto|]. cbn [nodes_wf]. apply andb_true_iff. split.
  - apply (H 0%nat d); [auto|]. intros m d' Hm Hd. rewrite Nat.add_0_r in Hm. rewrite nth_error_app1 in Hd by auto.
    auto.
  - specialize (IH (ready ++ [d]) (nset ks (N.of_nat (length ready)) (kind_of d))).
    rewrite app_length in IH. cbn [length] in IH. rewrite Nat.add_1_r, Nat2N.inj_succ in IH. apply IH.
    + intros i d' Hi. destruct (Nat.lt_ge_cases i (length ready)) as [l|l].
      * rewrite nth_error_app1 in Hi by auto. rewrite nfind_neq by lia. auto.
      * rewrite nth_error_app2 in Hi by auto. destruct (i - length ready)%nat as [|q] eqn:E; [|destruct q;
        discriminate].
        injection Hi as <-. replace i with (length ready) by lia. apply nfind_eq.
    + intros i d' ks' Hi Hk. apply (H (S i) d' ks' Hi). intros m d2 Hm Hd. apply Hk; [lia|]. rewrite <- app_assoc.
      exact Hd.
Qed.

Lemma view_val_ext ts ks e e' v : (forall m, nfind ks m <> None -> at_ e m = at_ e' m) -> view_wf ts ks v = true ->
  view_val ts e v = view_val ts e' v.
Proof.
  intros H W. unfold view_wf in W. unfold view_val. rewrite (H (vnode v)); [auto|].
  destruct (nfind ks (vnode v)); [discriminate|discriminate W].
Qed.
Lemma node_cell_ext ts ks e e' a a' k word d : (forall m, nfind ks m <> None -> at_ e m = at_ e' m)
  -> node_wf ts ks d = true ->
  node_cell ts (AState a k e) word d = node_cell ts (AState a' k e') word d.
Proof.
  intros H W. destruct d as [m|c terms|f th vals off m|vs]; cbn [node_cell aenv atoken node_wf] in *.
  - auto.
  - f_equal. f_equal. unfold form_sum. induction terms as [|t r IH]; [auto|]. cbn [forallb] in W.
    apply andb_true_iff in W as [W1 W2]. cbn [fold_right]. rewrite (IH W2), (view_val_ext ts ks e e') by auto. auto.
  - rewrite (H f); [auto|]. destruct (nfind ks f); [discriminate|discriminate W].
  - f_equal. rewrite !andb_true_iff in W. destruct W as [_ W]. unfold product. induction vs as [|v r IH]; [auto|].
    cbn [forallb] in W. rewrite !andb_true_iff in W. destruct W as [[_ W1] W2].
    cbn [fold_right]. rewrite (IH W2), (view_val_ext ts ks e e') by auto. auto.
Qed.
Definition inputs_in (ds : list node) : nat := length (filter is_input ds).
Lemma arun_old ts word ds : forall s m, (m < anext s)%N -> at_ (aenv (arun ts word ds s)) m = at_ (aenv s) m.
Proof.
  induction ds as [|d ds IH]; intros s m H; [auto|]. cbn [arun fold_left]. unfold arun in IH.
  rewrite IH by (cbn [astep anext]; lia). cbn [astep aenv]. unfold at_. apply nget_neq. lia.
Qed.
Lemma run_cells ts word ds : forall s ks, nodes_wf ts ks (anext s) ds = true ->
  (forall m, nfind ks m <> None -> (m < anext s)%N) -> forall i d, nth_error ds i = Some d ->
  at_ (aenv (arun ts word ds s)) (anext s + N.of_nat i) =
  node_cell ts (AState 0 (atoken s + inputs_in (firstn i ds)) (aenv (arun ts word ds s))) word d.
Proof.
  induction ds as [|d0 ds IH]; intros s ks W K i d Hi; [destruct i; discriminate|].
  cbn [nodes_wf] in W. apply andb_true_iff in W as [W1 W2].
  change (arun ts word (d0 :: ds) s) with (arun ts word ds (astep ts word s d0)). destruct i as [|i].
  - injection Hi as <-. rewrite N.add_0_r, arun_old by (cbn [astep anext]; lia).
    cbn [firstn inputs_in filter length]. rewrite Nat.add_0_r. cbn [astep aenv]. unfold at_ at 1. rewrite nget_eq.
    destruct s as [nx tok env]. cbn [anext atoken aenv] in *. apply (node_cell_ext ts ks); [|auto].
    intros m Hm. apply K in Hm. rewrite arun_old by (simpl; lia). cbn [astep aenv anext].
    unfold at_. rewrite nget_neq; [auto|]. lia.
  - specialize (IH (astep ts word s d0) _ W2). cbn [astep anext atoken] in IH.
    replace (anext s + N.of_nat (S i))%N with (N.succ (anext s) + N.of_nat i)%N by lia. rewrite (IH) with (d := d).
    + do 2 f_equal. unfold inputs_in. cbn [firstn filter]. destruct (is_input d0); cbn [length]; lia.
    + intros m Hm. destruct (N.eq_dec m (anext s)) as [->|D]; [lia|]. rewrite nfind_neq in Hm by auto.
      specialize (K m Hm). lia.
    + exact Hi.
Qed.

Section Values.
Variable p : program.
Hypothesis OK : program_ok p.
Variable n : nat.
Notation sat := (stage_at p).
Notation num := (number (keys p n)).
Notation C := (circuit_of p n).
Notation ts := (atables C).

Lemma sat_eq s st : nth_error (stages p) s = Some st -> sat s = st.
Proof. intros H. apply nth_error_nth. auto. Qed.
Lemma table_content k : In k (tables p) -> tableof ts (table_number p k) = content p k.
Proof.
  intros H. unfold tableof, circuit_of, unrolled. cbn [atables]. rewrite nget_numbered. unfold table_number.
  pose proof (pos_nth table_dec k _ H) as P. set (i := tpos k (tables p)) in *.
  assert (L : (i < length (tables p))%nat) by (apply nth_error_Some; congruence).
  destruct (N.leb_spec 0 (N.of_nat i)); [|lia]. rewrite map_length.
  destruct (N.ltb_spec (N.of_nat i) (0 + N.of_nat (length (tables p)))); [|lia]. cbn [andb].
  replace (N.to_nat (N.of_nat i - 0)) with i by lia.
  apply nth_error_nth. apply (map_nth_error (content p)) in P. auto.
Qed.
Lemma in_tables s k : (s < length (stages p))%nat -> In k (stage_tables p s) -> In k (tables p).
Proof. intros H I. apply in_flat_map. exists s. split; [apply in_seq; lia|auto]. Qed.

(** *** Membership *)
Lemma in_cells e s t st : In e (cells s t st) <->
  es e = s /\ et e = t /\ (ea e < rows st)%nat /\ (eb e < cols st)%nat /\ if pair st then (ej e < t)%nat else ej e =
    0%nat.
Proof.
  unfold cells. rewrite in_flat_map. split.
  - intros (a & Ha & H). apply in_flat_map in H as (b & Hb & H). apply in_map_iff in H as (j & <- & Hj).
    apply in_seq in Ha, Hb. cbn [es et ea eb ej]. repeat split; try lia.
    destruct (pair st); [apply in_seq in Hj; lia|]. destruct Hj as [<-|[]]; auto.
  - intros (H1 & H2 & H3 & H4 & H5). exists (ea e). split; [apply in_seq; lia|]. apply in_flat_map.
    exists (eb e). split; [apply in_seq; lia|]. apply in_map_iff. exists (ej e). split.
    + destruct e; simpl in *; congruence.
    + destruct (pair st); [apply in_seq; lia|left; auto].
Qed.
Lemma present_cells e : present p e <-> (es e < length (stages p))%nat /\ In e (cells (es e) (et e) (sat (es e))).
Proof.
  unfold present. split.
  - destruct (nth_error (stages p) (es e)) as [st|] eqn:E; [|tauto]. intros H. rewrite (sat_eq _ _ E). split.
    + apply nth_error_Some. congruence.
    + apply in_cells. tauto.
  - intros [L H]. destruct (nth_error (stages p) (es e)) as [st|] eqn:E; [|apply nth_error_None in E; lia].
    rewrite (sat_eq _ _ E) in H. apply in_cells in H. tauto.
Qed.

(** the keys before those of stage s at position t *)
Definition before (t s : nat) : list key := keys p t ++ KToken t :: flat_map (stage_keys p t) (seq 0 s).
Definition front (k : key) : list key :=
  match k with
  | KToken t => keys p t
  | KSum e => before (et e) (es e)
  | KElem e => before (et e) (es e) ++ sum_keys p (es e) (et e)
  end.

Lemma in_stage_keys t s k : In k (stage_keys p t s) <->
  match k with
  | KToken _ => False
  | KSum e => es e = s /\ et e = t /\ is_step (sat s) = true /\ In e (cells s t (sat s))
  | KElem e => es e = s /\ et e = t /\ is_token (sat s) = false /\ In e (cells s t (sat s))
  end.
Proof.
  unfold stage_keys, sum_keys, elem_keys. rewrite in_app_iff. split.
  - intros [H|H].
    + destruct (is_step (sat s)) eqn:E; [|destruct H]. apply in_map_iff in H as (e & <- & H).
      pose proof (proj1 (in_cells _ _ _ _) H). tauto.
    + destruct (is_token (sat s)) eqn:E; [destruct H|]. apply in_map_iff in H as (e & <- & H).
      pose proof (proj1 (in_cells _ _ _ _) H). tauto.
  - destruct k as [t'|e|e]; [tauto| |]; intros (_ & _ & E & H); rewrite E; [left|right]; apply in_map; auto.
Qed.
Definition key_at (k : key) : nat * nat := match k with KToken t => (t, 0%nat) | KSum e | KElem e => (et e, es e) end.
Definition exists_key (k : key) : Prop :=
  match k with
  | KToken _ => True
  | KSum e => present p e /\ is_step (sat (es e)) = true
  | KElem e => present p e /\ is_token (sat (es e)) = false
  end.
Lemma in_stages t s k : (s <= length (stages p))%nat -> In k (flat_map (stage_keys p t) (seq 0 s)) <->
  match k with KToken _ => False | KSum e | KElem e => et e = t /\ (es e < s)%nat /\ exists_key k end.
Proof.
  intros L. rewrite in_flat_map. split.
  - intros (s' & Hs & H). apply in_seq in Hs. apply in_stage_keys in H. destruct k as [t'|e|e]; [auto| |];
      destruct H as (<- & <- & E & H); (split; [auto|]; split; [lia|]; split; [|auto]); apply present_cells; (split;
        [lia|auto]).
  - destruct k as [t'|e|e]; [tauto| |]; intros (<- & Hs & P & E); exists (es e); (split; [apply in_seq; lia|]);
      apply in_stage_keys; apply present_cells in P; tauto.
Qed.
Lemma in_keys m k : In k (keys p m) <-> (fst (key_at k) < m)%nat /\ exists_key k.
Proof.
  unfold keys, position_keys. rewrite in_flat_map. split.
  - intros (t & Ht & H). apply in_seq in Ht. destruct H as [<-|H]; [simpl; split; [lia|auto]|].
    apply in_stages in H; [|auto]. destruct k as [t'|e|e]; [tauto| |]; destruct H as (<- & _ & H); (split; [simpl;
      lia|exact H]).
  - intros [Hm E]. exists (fst (key_at k)). split; [apply in_seq; lia|].
    destruct k as [t|e|e]; [left; auto| |]; right;
      apply in_stages; auto; (split; [auto|]; split; [|exact E]); apply present_cells; apply E.
Qed.
Lemma in_before t s k : (s <= length (stages p))%nat -> In k (before t s) <->
  exists_key k /\ match k with
                  | KToken t' => (t' <= t)%nat
                  | KSum e | KElem e => (et e < t)%nat \/ et e = t /\ (es e < s)%nat
                  end.
Proof.
  intros L. unfold before. rewrite in_app_iff, in_keys. cbn [In]. rewrite in_stages by auto.
  destruct k as [t'|e|e]; cbn [key_at fst exists_key].
  - split.
    + intros [[H _]|[H|[]]]; [lia|]. injection H as ->. auto.
    + intros [_ H]. destruct (Nat.eq_dec t' t) as [->|D]; [auto|]. left; split; [lia|auto].
  - split.
    + intros [[H E]|[H|(H1 & H2 & H3)]]; [tauto|discriminate|tauto].
    + intros [E [H|[H1 H2]]]; tauto.
  - split.
    + intros [[H E]|[H|(H1 & H2 & H3)]]; [tauto|discriminate|tauto].
    + intros [E [H|[H1 H2]]]; tauto.
Qed.

Lemma keys_split t : (t < n)%nat -> exists r, keys p n = keys p t ++ position_keys p t ++ r.
Proof.
  intros H. unfold keys. replace n with (t + S (n - t - 1))%nat by lia. rewrite seq_app, flat_map_app.
  cbn [seq flat_map]. eauto.
Qed.
Lemma front_prefix k : In k (keys p n) -> exists r, keys p n = front k ++ r.
Proof.
  intros H. apply in_keys in H as [Hn E]. destruct (keys_split _ Hn) as [r ->].
  destruct k as [t|e|e]; cbn [front key_at fst] in *.
  - eauto.
  - unfold before, position_keys. destruct E as [P _]. apply present_cells in P as [P _].
    replace (length (stages p)) with (es e + (length (stages p) - es e))%nat by lia. rewrite seq_app, flat_map_app.
    eexists. cbn [app]. repeat (rewrite <- app_assoc; cbn [app]). reflexivity.
  - unfold before, position_keys. destruct E as [P _]. apply present_cells in P as [P _].
    replace (length (stages p)) with (es e + S (length (stages p) - es e - 1))%nat by lia.
      rewrite seq_app, flat_map_app.
    cbn [seq flat_map Nat.add]. unfold stage_keys at 2. eexists. cbn [app].
      repeat (rewrite <- app_assoc; cbn [app]). reflexivity.
Qed.
Lemma front_fresh k : In k (keys p n) -> ~ In k (front k).
Proof.
  intros H. apply in_keys in H as [Hn E]. destruct k as [t|e|e]; cbn [front].
  - rewrite in_keys. simpl. lia.
  - destruct E as [P _]. apply present_cells in P as [P _]. rewrite in_before by lia. lia.
  - destruct E as [P _]. apply present_cells in P as [P _]. rewrite in_app_iff, in_before by lia.
    unfold sum_keys. intros [H|H]; [lia|]. destruct (is_step _); [|destruct H].
      apply in_map_iff in H as (q & H & _). discriminate.
Qed.

(** what a key reads comes before any occurrence of it *)
Lemma number_before i k r : nth_error (keys p n) i = Some k -> In r (front k) ->
  (N.to_nat (num r) < i)%nat /\ nth_error (anodes C) (N.to_nat (num r)) = Some (node_of p (keys p n) r).
Proof.
  intros Hi Hr. assert (Hk : In k (keys p n)) by (eapply nth_error_In; eauto).
  destruct (front_prefix k Hk) as [q Eq]. unfold number. rewrite Nat2N.id. split.
  - rewrite Eq, pos_app by auto. apply Nat.lt_le_trans with (length (front k)).
    + apply Selective.pos_lt. auto.
    + destruct (Nat.le_gt_cases (length (front k)) i) as [l|l]; [auto|]. exfalso.
      rewrite Eq, nth_error_app1 in Hi by auto. apply (front_fresh k Hk). eapply nth_error_In; eauto.
  - unfold circuit_of, unrolled. cbn [anodes]. apply map_nth_error, pos_nth. rewrite Eq. apply in_app_iff. auto.
Qed.
Lemma number_node k : In k (keys p n) -> nth_error (anodes C) (N.to_nat (num k)) = Some (node_of p (keys p n) k).
Proof. intros H. unfold number. rewrite Nat2N.id. apply map_nth_error, pos_nth. auto. Qed.

(** *** The circuit is well-formed *)
Definition operand_key (o : elem) : key := if is_token (sat (es o)) then KToken (et o) else KElem o.
Lemma operand_front e o : present p e -> operand_ok p e o -> In (operand_key (oe o)) (before (et e) (es e)).
Proof.
  intros P (Q & E & _). apply present_cells in P as [P _]. apply in_before; [lia|]. unfold operand_key.
  destruct (is_token (sat (es (oe o)))) eqn:T; cbn [exists_key].
  - split; [auto|]. destruct E as [E|[E _]]; lia.
  - split; [auto|]. destruct E as [E|[E F]]; [left; auto|right; split; auto].
Qed.
Lemma element_of e st : nth_error (stages p) (es e) = Some st -> present p e -> stage_ok p st /\ element_ok p st e.
Proof. intros E P. destruct OK as (_ & _ & H). destruct (H _ _ E) as [S G]. split; [auto|]. apply G; auto. Qed.
Lemma present_stage e : present p e -> exists st, nth_error (stages p) (es e) = Some st /\ sat (es e) = st.
Proof.
  intros P. unfold present in P. destruct (nth_error (stages p) (es e)) as [st|] eqn:E; [|destruct P].
  exists st. split; [auto|]. apply sat_eq. auto.
Qed.
Lemma token_table e sq : present p e -> is_token (sat (es e)) = true -> In (TToken (es e) (ea e) sq) (tables p).
Proof.
  intros P T. pose proof (present_stage e P) as (st & E & S). apply (in_tables (es e)).
  - apply nth_error_Some. congruence.
  - unfold stage_tables. unfold is_token in T. destruct (sbody (sat (es e))) as [tab| | |]; try discriminate.
    apply in_flat_map. exists (ea e). split.
    + apply in_seq. unfold present in P. rewrite E, <- S in P. lia.
    + destruct sq; simpl; auto.
Qed.
Lemma step_tables s c terms th vals k : (s < length (stages p))%nat -> sbody (sat s) = Step c terms th vals ->
  In k [TThresholds s; TValues s; TSquares s] -> In k (tables p).
Proof. intros L E H. apply (in_tables s); [auto|]. unfold stage_tables. rewrite E. auto. Qed.

(** kinds of the nodes before one *)
Definition knows (ks : nmap kind) (k : key) : Prop :=
  forall r, In r (front k) -> nfind ks (num r) = Some (kind_of (node_of p (keys p n) r)).
Lemma operand_view_wf ks k e o : present p e -> operand_ok p e o -> knows ks k ->
  incl (before (et e) (es e)) (front k) -> view_wf ts ks (operand_view p (keys p n) o) = true.
Proof.
  intros P O K I. pose proof (K _ (I _ (operand_front e o P O))) as H. destruct O as (Q & _ & st & E & S).
  pose proof (sat_eq _ _ E) as Es. destruct (element_of (oe o) st E Q) as [G1 G2].
  assert (Ls : (es (oe o) < length (stages p))%nat) by (apply nth_error_Some; congruence).
  unfold operand_view. unfold operand_key in H. destruct (is_token (sat (es (oe o)))) eqn:T; unfold view_wf;
    cbn [vnode vtable].
  - rewrite H. cbn [node_of kind_of]. rewrite table_content by (apply token_table; auto).
    unfold content. unfold is_token in T. unfold element_ok in G2. rewrite Es in *.
      destruct (sbody st) as [tab| | |]; try discriminate.
    apply N.leb_le. destruct (osq o); unfold squares; rewrite lenN_spec, ?map_length; lia.
  - rewrite H. unfold node_of. rewrite Es in *. unfold stage_ok in G1.
    destruct (sbody st) as [tab|c terms|c terms th vals|fs] eqn:B; cbn [kind_of].
    + unfold is_token in T. rewrite B in T. discriminate.
    + destruct (osq o); [|auto]. specialize (S eq_refl). unfold is_token, is_step in S. rewrite B in S. discriminate.
    + destruct (osq o); [|auto]. rewrite table_content by (eapply step_tables; eauto; [rewrite Es; eauto|simpl;
      auto]).
      unfold content. rewrite Es, B. unfold squares. rewrite lenN_spec, map_length. apply N.leb_le. lia.
    + destruct (osq o); [|auto]. specialize (S eq_refl). unfold is_token, is_step in S. rewrite B in S. discriminate.
Qed.
Lemma views_wf ks k e terms : present p e -> knows ks k -> incl (before (et e) (es e)) (front k) ->
  Forall (fun t => operand_ok p e (snd t)) terms ->
  forallb (fun t => view_wf ts ks (snd t)) (views p (keys p n) terms) = true.
Proof.
  intros P K I F. unfold views. induction F as [|t r Ht _ IH]; [auto|]. cbn [map forallb snd].
  rewrite IH, andb_true_r. eapply operand_view_wf; eauto.
Qed.
Lemma weaken {X} (P Q : X -> Prop) l : Forall (fun x => P x /\ Q x) l -> Forall P l.
Proof. intros F. eapply Forall_impl; [|exact F]. simpl. tauto. Qed.

Lemma key_wf ks k : In k (keys p n) -> knows ks k -> node_wf ts ks (node_of p (keys p n) k) = true.
Proof.
  intros H K. apply in_keys in H as [_ H]. destruct k as [t|e|e]; cbn [exists_key] in H.
  - cbn [node_of node_wf]. destruct OK as [V _]. apply N.ltb_lt. lia.
  - destruct H as [P S]. destruct (present_stage e P) as (st & E & Es). destruct (element_of e st E P) as [_ G].
    cbn [node_of]. rewrite Es in *. unfold is_step in S. unfold element_ok in G.
      destruct (sbody st) as [|c terms|c terms th vals|]; try discriminate.
    cbn [node_wf]. eapply views_wf; [exact P|exact K|apply incl_refl|]. exact (weaken _ _ _ G).
  - destruct H as [P T]. destruct (present_stage e P) as (st & E & Es). destruct (element_of e st E P) as [S G].
    assert (Ls : (es e < length (stages p))%nat) by (apply nth_error_Some; congruence).
    assert (I : incl (before (et e) (es e)) (front (KElem e))) by (cbn [front]; intros x Hx; apply in_app_iff; auto).
    cbn [node_of]. rewrite Es in *. unfold is_token in T. unfold element_ok in G. unfold stage_ok in S.
    destruct (sbody st) as [tab|c terms|c terms th vals|fs] eqn:B; [discriminate| | |].
    + cbn [node_wf]. eapply views_wf; [exact P|exact K|exact I|]. exact (weaken _ _ _ G).
    + destruct S as (S1 & S2 & _). cbn [node_wf].
      assert (Hs : In (KSum e) (front (KElem e))).
      { cbn [front]. apply in_app_iff. right. unfold sum_keys. unfold is_step. rewrite Es, B.
        apply in_map. apply present_cells in P. rewrite Es in P. apply P. }
      rewrite (K _ Hs). cbn [node_of]. rewrite Es, B. cbn [kind_of].
      rewrite !table_content by (eapply step_tables; [exact Ls|rewrite Es; exact B|simpl; auto]).
      cbn [content]. rewrite !Es, !B. rewrite !Sound.slice0, Nat2N.id, firstn_all, N2Nat.inj_succ, Nat2N.id.
      rewrite <- S2, firstn_all. rewrite !lenN_spec, S1, S2. rewrite Nat2N.inj_succ, !N.eqb_refl. auto.
    + cbn [node_wf].
      assert (L : length (map (fun o => operand_view p (keys p n) (Op o false)) (factors_at fs e)) = length fs)
        by (unfold factors_at; rewrite !map_length; auto).
      rewrite lenN_spec, L. destruct (N.leb_spec 2 (N.of_nat (length fs))); [|lia].
      destruct (N.leb_spec (N.of_nat (length fs)) 4); [|lia]. cbn [andb]. clear L S.
      apply forallb_forall. intros v Hv. apply in_map_iff in Hv as (o & <- & Ho). rewrite Forall_forall in G.
      destruct (G o Ho) as [(Q & R & st' & E' & S') _]. specialize (S' eq_refl).
      assert (O : operand_ok p e (Op o false)) by (split; [auto|split; [auto|exists st'; split;
        [auto|discriminate]]]).
      apply andb_true_iff. split; [|exact (operand_view_wf ks (KElem e) e _ P O K I)].
      pose proof (K _ (I _ (operand_front e (Op o false) P O))) as Hk. unfold operand_view. cbn [oe] in *.
        unfold operand_key in Hk.
      rewrite (sat_eq _ _ E') in *. destruct (is_token st') eqn:T'; cbn [vnode]; rewrite Hk; cbn [node_of kind_of];
        [auto|].
      rewrite (sat_eq _ _ E'). cbn [orb] in S'. unfold is_step in S'. destruct (sbody st'); try discriminate. auto.
Qed.

Theorem circuit_wf : ac_wf C = true.
Proof.
  unfold ac_wf. apply andb_true_iff. split.
  - apply (nodes_wf_intro ts (anodes C) [] nempty); [intros [|i] d Hd; discriminate|].
    intros i d ks Hi Hk. unfold circuit_of, unrolled in Hi. cbn [anodes] in Hi.
    rewrite nth_error_map in Hi. destruct (nth_error (keys p n) i) as [k|] eqn:E; [|discriminate]. injection Hi as <-.
    apply key_wf; [eapply nth_error_In; eauto|]. intros r Hr.
    destruct (number_before i k r E Hr) as [L M]. rewrite <- (N2Nat.id (num r)). apply Hk; [simpl; lia|]. exact M.
  - unfold circuit_of at 1, unrolled at 1. cbn [alabels]. apply forallb_forall. intros l Hl.
    apply in_map_iff in Hl as (t & <- & Ht).
    apply forallb_forall. intros m Hm. apply in_map_iff in Hm as (a & <- & Ha). apply in_seq in Ht, Ha.
    apply N.ltb_lt. rewrite lenN_spec. unfold circuit_of, unrolled. cbn [anodes]. rewrite map_length. unfold number.
    enough (kpos (KElem (Elem (labels p) t a 0 0)) (keys p n) < length (keys p n))%nat by lia.
    apply Selective.pos_lt, in_keys. destruct OK as (_ & (st & E & S & R & Co & Pr) & _).
      cbn [key_at fst exists_key et es].
    split; [lia|]. split.
    + unfold present. cbn [es ea eb ej]. rewrite E, Pr. lia.
    + rewrite (sat_eq _ _ E). unfold is_token, is_step in *. destruct (sbody st); try discriminate. auto.
Qed.

Lemma levels_of_keys m : input_levels (map (node_of p (keys p n)) (keys p m)) = repeat (N.of_nat (vocab p)) m.
Proof.
  unfold keys.
  assert (A : forall a b, input_levels (a ++ b) = input_levels a ++ input_levels b).
  { induction a as [|d a IH]; intros b; [auto|]. destruct d; simpl; rewrite ?IH; auto. }
  assert (Z : forall l, (forall k, In k l -> match k with KToken _ => False | _ => True end)
    -> input_levels (map (node_of p (keys p n)) l) = []).
  { induction l as [|k l IH]; intros H; [auto|]. cbn [map]. specialize (IH (fun k Hk => H k (or_intror Hk))).
    specialize (H k (or_introl eq_refl)). destruct k as [t'|e|e]; [destruct H| |]; cbn [node_of];
      destruct (sbody (sat (es e))); simpl; auto. }
  induction m as [|m IH]; [auto|]. rewrite seq_S, flat_map_app, map_app, A, IH. cbn [flat_map plus].
    rewrite app_nil_r.
  unfold position_keys. cbn [map node_of input_levels]. rewrite Z.
  - replace (S m) with (m + 1)%nat by lia. rewrite repeat_app. auto.
  - intros k Hk. apply in_stages in Hk; [|auto]. destruct k; auto.
Qed.

(** *** Values *)
Variable word : list nat.
Notation env := (aeval C word).

Lemma inputs_in_levels ds : inputs_in ds = length (input_levels ds).
Proof. unfold inputs_in. induction ds as [|d ds IH]; [auto|]. destruct d; simpl; rewrite ?IH; auto. Qed.
Theorem word_valid : length word = n -> Forall (fun t => (t < vocab p)%nat) word -> valid_word C word.
Proof.
  intros Lword Vword. unfold valid_word, circuit_of, unrolled. cbn [anodes]. rewrite levels_of_keys, <- Lword.
  assert (G : forall w, Forall (fun t => (t < vocab p)%nat) w ->
    Forall2 (fun t m => (t < N.to_nat m)%nat) w (repeat (N.of_nat (vocab p)) (length w))).
  { induction 1 as [|t w Ht _ IH]; simpl; constructor; auto. rewrite Nat2N.id. auto. }
  apply G. exact Vword.
Qed.

(** the program's values, read off the circuit *)
Definition env_val (e : elem) : Z :=
  match sbody (sat (es e)) with
  | Token tab => nth (nth (et e) word 0%nat) (tab (ea e)) 0
  | _ => value (at_ env (num (KElem e)))
  end.

Lemma key_cell k : In k (keys p n) -> exists tok, at_ env (num k) = node_cell ts (AState 0 tok env)
  word (node_of p (keys p n) k) /\
  forall t, k = KToken t -> tok = t.
Proof.
  intros H. pose proof circuit_wf as W. unfold ac_wf in W. apply andb_true_iff in W as [W _].
  pose proof (run_cells ts word (anodes C) astart nempty W) as R.
  specialize (R ltac:(intros m Hm; rewrite nfind_empty in Hm; congruence) _ _ (number_node k H)).
  cbn [astart anext atoken] in R. rewrite N.add_0_l, N2Nat.id in R. eexists. split; [exact R|].
  intros t ->. rewrite inputs_in_levels. pose proof (front_prefix _ H) as [r Er]. cbn [front] in Er.
  assert (Q : firstn (N.to_nat (num (KToken t))) (anodes C) = map (node_of p (keys p n)) (keys p t)).
  { unfold number. rewrite Nat2N.id. unfold circuit_of, unrolled. cbn [anodes]. rewrite firstn_map. f_equal.
    apply in_keys in H as [Hn _]. destruct (keys_split t Hn) as [q Eq]. rewrite Eq. unfold position_keys. cbn [app].
    rewrite pos_fresh by (apply (front_fresh (KToken t)), in_keys; split; [exact Hn|exact I]).
    rewrite firstn_app, firstn_all, Nat.sub_diag. cbn [firstn]. apply app_nil_r. }
  rewrite Q, levels_of_keys, repeat_length. auto.
Qed.

Lemma square_nth l k : nth k (squares l) 0 = nth k l 0 * nth k l 0.
Proof. unfold squares. change 0 with (0 * 0) at 1. apply (map_nth (fun x => x * x)). Qed.
Lemma operand_value e o : present p e -> (et e < n)%nat -> operand_ok p e o ->
  view_val ts env (operand_view p (keys p n) o) = operand_val env_val o.
Proof.
  intros P Hn (Q & R & st & E & S). unfold operand_view, operand_val, env_val.
  assert (Ht : (et (oe o) < n)%nat) by (destruct R as [R|[R _]]; lia).
  assert (Ls : (es (oe o) < length (stages p))%nat) by (apply nth_error_Some; congruence).
  pose proof (sat_eq _ _ E) as Es.
  destruct (is_token (sat (es (oe o)))) eqn:T; unfold view_val; cbn [vnode vtable].
  - rewrite table_content by (apply token_table; auto). unfold content. pose proof T as T'. unfold is_token in T'.
    destruct (sbody (sat (es (oe o)))) as [tab| | |] eqn:B; try discriminate.
    destruct (key_cell (KToken (et (oe o)))) as (tok & -> & Et); [apply in_keys; simpl; auto|].
      rewrite (Et _ eq_refl).
    cbn [node_of node_cell level atoken]. destruct (osq o); [apply square_nth|auto].
  - pose proof T as T'. unfold is_token in T'.
    destruct (sbody (sat (es (oe o)))) as [tab|c terms|c terms th vals|fs] eqn:B; try discriminate;
      (destruct (osq o) eqn:Eq; [|reflexivity]); specialize (S eq_refl); rewrite Es in B, T; rewrite T in S;
        cbn [orb] in S;
      unfold is_step in S; rewrite B in S; try discriminate.
    rewrite table_content by (eapply step_tables; [exact Ls|rewrite Es; exact B|simpl; auto]). cbn [content].
    rewrite Es, B. destruct (key_cell (KElem (oe o))) as (tok & -> & _).
    { apply in_keys. cbn [key_at fst exists_key]. rewrite Es. auto. }
    cbn [node_of]. rewrite Es, B. cbn [node_cell level value].
    rewrite !table_content by (eapply step_tables; [exact Ls|rewrite Es; exact B|simpl; auto]). cbn [content].
      rewrite Es, B.
    rewrite skipN_spec. cbn [skipn N.to_nat]. apply square_nth.
Qed.
Lemma form_value e c terms : present p e -> (et e < n)%nat -> Forall (fun t => operand_ok p e (snd t)) terms ->
  c + form_sum ts env (views p (keys p n) terms) = form_val env_val c terms.
Proof.
  intros P Hn F. unfold form_val, form_sum, views. f_equal. induction F as [|t r Ht _ IH]; [auto|].
  cbn [map fold_right fst snd Levels.zsum]. rewrite IH, (operand_value e) by auto. auto.
Qed.

(** *** The circuit computes the program *)
Theorem program_values : solves p n word env_val.
Proof.
  intros e st P Hn E. destruct (element_of e st E P) as [S G]. pose proof (sat_eq _ _ E) as Es.
  assert (Ls : (es e < length (stages p))%nat) by (apply nth_error_Some; congruence).
  unfold env_val at 1. rewrite Es. unfold element_ok in G. unfold stage_ok in S.
  destruct (sbody st) as [tab|c terms|c terms th vals|fs] eqn:B; cbn [body_val]; [auto| | |];
    (destruct (key_cell (KElem e)) as (tok & -> & _);
      [apply in_keys; cbn [key_at fst exists_key]; unfold is_token; rewrite Es, B; auto|]);
    cbn [node_of]; rewrite Es, B; cbn [node_cell value aenv].
  - apply (form_value e); auto. exact (weaken _ _ _ G).
  - destruct (key_cell (KSum e)) as (tok2 & -> & _).
    { apply in_keys. cbn [key_at fst exists_key]. unfold is_step. rewrite Es, B. auto. }
    cbn [node_of]. rewrite Es, B. cbn [node_cell value].
    rewrite !table_content by (eapply step_tables; [exact Ls|rewrite Es; exact B|simpl; auto]). cbn [content].
      rewrite Es, B.
    rewrite Sound.slice0, Nat2N.id, firstn_all, skipN_spec. cbn [skipn N.to_nat].
    rewrite (form_value e) by (auto; exact (weaken _ _ _ G)). reflexivity.
  - rewrite Forall_forall in G. unfold product, Conj.zprod.
    induction (factors_at fs e) as [|o r IH]; [reflexivity|]. cbn [map fold_right].
    rewrite IH by (intros x Hx; apply G; right; auto). f_equal.
    destruct (G o (or_introl eq_refl)) as [(Q & R & st' & E' & _) _].
    rewrite (operand_value e (Op o false)); [reflexivity|auto|auto|]. split; [auto|]. split; [auto|]. exists st'.
      split; [auto|discriminate].
Qed.
End Values.

Print Assumptions circuit_wf.
Print Assumptions program_values.
