(** A validator for pairs (arithmetic circuit, threshold circuit): [validate] walks the
    nodes in order and compares each with the forms and banks that a hint names for it.
    [validate_sound]: if it answers true, both circuits are well formed and on every valid
    word the threshold circuit's outputs are the arithmetic circuit's labels.
    [validate_values]: every form, step and product has its value as a form over gates.
    The hints are not trusted: wrong ones can only make it answer false. *)
Require Import ZArith NArith List Bool Lia Arith.
From TC0 Require Import Circuit Arith Banks.
From TC0 Require Levels.
Import ListNotations.
Open Scope Z_scope.

Notation "'do' x <- a ; b" := (match a with Some x => b | None => None end)
  (at level 200, x pattern, a at level 100, b at level 200).
Notation "'guard' c ; b" := (if c then b else None) (at level 200, c at level 100, b at level 200).

(** * The validator *)

(** what is known of a node: an input's levels; a step's values by level, the form that is its
    value, and its range; the same of a form or product *)
Inductive info :=
| IInput (levels : N)
| IStep (vals : list Z) (f : N) (lo hi : Z)
| IVal (f : N) (lo hi : Z).

(** what is known of a bank: the one-hot code of input m; or a thermometer of g gates whose
    height is a function of m's level, by default the level itself *)
Inductive mean :=
| MHot (m n : N)
| MTherm (m g : N) (hs : option (list N)).
Definition mean_node (x : mean) : N := match x with MHot m _ => m | MTherm m _ _ => m end.

(** a hint names the form that holds a node's value, its banks, and lists with their node *)
Record hint := Hint { h_form : N; h_banks : list N; h_lists : list (N * N) }.

Record vstate := VState {
  v_next : N; v_token : N;
  v_info : nmap info; v_mean : nmap mean;
  v_list : nmap (N * list Z) }.        (* list ↦ node and Σ 2^i·bit_i by its level *)

Fixpoint eqbZ (a b : list Z) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => (x =? y) && eqbZ a' b'
  | _, _ => false
  end.
Fixpoint eqbN (a b : list N) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => (x =? y)%N && eqbN a' b'
  | _, _ => false
  end.
Definition copies (n : N) (c : Z) : list Z := N.iter n (cons c) [].
Fixpoint prefixes (acc : Z) (ws : list Z) : list Z :=
  acc :: match ws with [] => [] | w :: r => prefixes (acc + w) r end.
Fixpoint nthN {A} (n : N) (l : list A) (d : A) : A :=
  match l with
  | [] => d
  | x :: r => if (n =? 0)%N then x else nthN (N.pred n) r d
  end.
Fixpoint addmul (c : Z) (u acc : list Z) : option (list Z) :=
  match u, acc with
  | [], [] => Some []
  | x :: u', a :: acc' => do r <- addmul c u' acc'; Some (a + c * x :: r)
  | _, _ => None
  end.
Definition minZ (l : list Z) : Z := match l with [] => 0 | x :: r => fold_right Z.min x r end.
Definition maxZ (l : list Z) : Z := match l with [] => 0 | x :: r => fold_right Z.max x r end.

(** ** Forms that are functions of one node's level *)
Definition weights ts (w : option (N * N)) (n : N) : option (list Z) :=
  match w with
  | None => Some (copies n 1)
  | Some (t, off) => let l := slice (tableof ts t) off n in guard (lenN l =? n)%N; Some l
  end.
(** Σ_k w_k·gate_k by level *)
Definition bank_table ts (x : mean) (w : option (N * N)) : option (list Z) :=
  match x with
  | MHot _ n => weights ts w n
  | MTherm _ g hs =>
      do l <- weights ts w g;
      let p := prefixes 0 l in
      match hs with
      | None => Some p
      | Some hs => Some (map (fun h => nthN h p 0) hs)
      end
  end.
Definition term_bank (t : term) : option (Z * N * option (N * N)) :=
  match t with
  | TForm _ _ => None
  | TOnes c b => Some (c, b, None)
  | TTable c b t off => Some (c, b, Some (t, off))
  end.
Fixpoint uterms ts (ms : nmap mean) (m : N) (acc : list Z) (terms : list term) : option (list Z) :=
  match terms with
  | [] => Some acc
  | t :: r =>
      do (c, b, w) <- term_bank t;
      do x <- nfind ms b;
      guard (mean_node x =? m)%N;
      do u <- bank_table ts x w;
      do acc' <- addmul c u acc;
      uterms ts ms m acc' r
  end.
Definition constants (i : info) (c : Z) : option (list Z) :=
  match i with
  | IInput n => Some (copies n c)
  | IStep vals _ _ _ => Some (map (fun _ => c) vals)
  | IVal _ _ _ => None
  end.
Definition utable ts ix ms (m : N) (i : info) (f : N) : option (list Z) :=
  do r <- nfind (iform ix) f;
  do k <- constants i (fconst r);
  uterms ts ms m k (fterms r).

(** ** Inputs *)
Definition max_levels : N := 1048576.
Definition check_input ix (s : vstate) (n : N) (h : hint) : option vstate :=
  match h_banks h with
  | [b] =>
      match nfind (ibank ix) b with
      | Some (BInput p bits) =>
          guard (p =? v_token s)%N; guard (bits =? n)%N; guard (n <=? max_levels)%N;
          Some (VState (N.succ (v_next s)) (N.succ (v_token s)) (nset (v_info s) (v_next s) (IInput n))
                       (nset (v_mean s) b (MHot (v_next s) n)) (v_list s))
      | _ => None
      end
  | _ => None
  end.

(** ** Forms: term by term; a table view may differ from the bank's sum by a constant *)
Definition view_table ts (i : info) (t : option N) : option (list Z) :=
  match i, t with
  | IInput n, Some t => let l := slice (tableof ts t) 0 n in guard (lenN l =? n)%N; Some l
  | IStep vals _ _ _, Some t => let l := slice (tableof ts t) 0 (lenN vals) in
                                guard (lenN l =? lenN vals)%N; Some l
  | IStep vals _ _ _, None => Some vals
  | _, _ => None
  end.
Definition value_form (i : info) : option N :=
  match i with IInput _ => None | IStep _ f _ _ => Some f | IVal f _ _ => Some f end.
Definition same_term ats tts (s : vstate) (c : Z) (v : view) (t : term) : option Z :=
  do i <- nfind (v_info s) (vnode v);
  match vtable v with
  | None =>
      do f <- value_form i;
      match t with
      | TForm c' g => guard (c' =? c); guard (g =? f)%N; Some 0
      | _ => None
      end
  | Some _ =>
      do l <- view_table ats i (vtable v);
      do (c', b, w) <- term_bank t;
      guard (c' =? c);
      do x <- nfind (v_mean s) b;
      guard (mean_node x =? vnode v)%N;
      do u <- bank_table tts x w;
      let d := nth 0 l 0 - nth 0 u 0 in
      guard (eqbZ l (map (Z.add d) u)); Some (c * d)
  end.
Fixpoint same_terms ats tts s (a : list (Z * view)) (t : list term) : option Z :=
  match a, t with
  | [], [] => Some 0
  | (c, v) :: a', x :: t' =>
      do d <- same_term ats tts s c v x;
      do e <- same_terms ats tts s a' t';
      Some (d + e)
  | _, _ => None
  end.
Definition view_range ats (s : vstate) (v : view) : option (Z * Z) :=
  do i <- nfind (v_info s) (vnode v);
  match vtable v with
  | None => match i with IInput _ => None | IStep _ _ lo hi => Some (lo, hi) | IVal _ lo hi => Some (lo, hi) end
  | Some _ => do l <- view_table ats i (vtable v); Some (minZ l, maxZ l)
  end.
Definition scale_range (c lo hi : Z) : Z * Z := if c <? 0 then (c * hi, c * lo) else (c * lo, c * hi).
Fixpoint form_range ats s (c : Z) (a : list (Z * view)) : option (Z * Z) :=
  match a with
  | [] => Some (c, c)
  | (k, v) :: r =>
      do (lo, hi) <- view_range ats s v;
      do (lo', hi') <- form_range ats s c r;
      let (x, y) := scale_range k lo hi in Some (x + lo', y + hi')
  end.
Definition add_info (s : vstate) (i : info) : vstate :=
  VState (N.succ (v_next s)) (v_token s) (nset (v_info s) (v_next s) i) (v_mean s) (v_list s).
Definition check_form ats tts ix (s : vstate) (c : Z) (a : list (Z * view)) (h : hint) : option vstate :=
  do r <- nfind (iform ix) (h_form h);
  do d <- same_terms ats tts s a (fterms r);
  guard (fconst r =? c + d);
  do (lo, hi) <- form_range ats s c a;
  Some (add_info s (IVal (h_form h) lo hi)).

(** ** Steps *)
(** by level of a step with thresholds th: how many of [bs] are reached; each must be among th *)
Fixpoint strip (t : Z) (bs : list Z) (k : N) : N * list Z :=
  match bs with
  | b :: r => if b =? t then strip t r (N.succ k) else (k, bs)
  | [] => (k, [])
  end.
Fixpoint codes (th bs : list Z) (acc : N) : option (list N) :=
  match th with
  | [] => match bs with [] => Some [acc] | _ => None end
  | t :: th' => let (k, bs') := strip t bs acc in do r <- codes th' bs' k; Some (acc :: r)
  end.
(** the same for a form with its sign changed: -F ≥ b unless F ≥ 1-b *)
Definition code_table (th : list Z) (neg : bool) (bs : list Z) : option (list N) :=
  if neg then
    do r <- codes th (rev (map (fun b => 1 - b) bs)) 0;
    let n := lenN bs in Some (map (fun x => (n - x)%N) r)
  else codes th bs 0.
(** is form f the form ff, or its negation? *)
Definition sign_of ix (ff f : N) : option bool :=
  if (f =? ff)%N then Some false
  else match nfind (iform ix) f with
       | Some (FormRec c [TForm k g]) => if (c =? 0) && (k =? -1) && (g =? ff)%N then Some true else None
       | _ => None
       end.
Definition reachedN (th : list Z) (x : Z) : N := fold_left (fun n t => if t <=? x then N.succ n else n) th 0%N.
Fixpoint iotaN (k : N) (l : list Z) : list N :=
  k :: match l with [] => [] | _ :: r => iotaN (N.succ k) r end.
Definition heights (th : list Z) (hs : option (list N)) : list N :=
  match hs with Some l => l | None => iotaN 0 th end.

Section Step.
Variables (ats tts : nmap (list Z)) (ix : index) (n ff : N) (th : list Z) (self : info) (lo hi : Z).
Definition level_mean (ms : nmap mean) (f t off stride g : N) : option mean :=
  let bs := level_thresholds tts t off stride g in
  guard (ascendb bs);
  match sign_of ix ff f with
  | Some neg =>
      if negb neg && eqbZ bs th then Some (MTherm n (lenN bs) None)
      else do r <- code_table th neg bs; Some (MTherm n (lenN bs) (Some r))
  | None => do u <- utable tts ix ms n self f; Some (MTherm n (lenN bs) (Some (map (reachedN bs) u)))
  end.
Definition digit_mean (ms : nmap mean) (f h t off count w : N) (past : Z) : option mean :=
  guard (width_ok w count);
  let bs := slice (tableof tts t) off count in
  guard (ascendb bs);
  do neg <- sign_of ix ff f;
  guard (if (neg : bool) then - lo <? past else hi <? past);
  do r <- code_table th neg bs;
  match nfind ms h with
  | Some (MTherm m g hs) =>
      guard (m =? n)%N;
      guard (eqbN (map (fun c => N.shiftr c w) r) (heights th hs));
      Some (MTherm n (N.ones w) (Some (map (fun c => N.land c (N.ones w)) r)))
  | _ => None
  end.
Fixpoint bank_means (ms : nmap mean) (bs : list N) : option (nmap mean) :=
  match bs with
  | [] => Some ms
  | b :: r =>
      do x <- match nfind (ibank ix) b with
              | Some (BLevel f t off stride g) => level_mean ms f t off stride g
              | Some (BDigit f h t off count w past) => digit_mean ms f h t off count w past
              | _ => None
              end;
      bank_means (nset ms b x) r
  end.
End Step.

Definition check_step ats tts ix (s : vstate) (f th val off count : N) (h : hint) : option vstate :=
  match nfind (v_info s) f with
  | Some (IVal ff lo hi) =>
      let taus := slice (tableof ats th) off count in
      let vals := slice (tableof ats val) off (N.succ count) in
      guard (ascendb taus); guard (lenN vals =? N.succ (lenN taus))%N;
      let self := IStep vals (h_form h) (minZ vals) (maxZ vals) in
      do ms <- bank_means tts ix (v_next s) ff taus self lo hi (v_mean s) (h_banks h);
      do u <- utable tts ix ms (v_next s) self (h_form h);
      guard (eqbZ u vals);
      Some (VState (N.succ (v_next s)) (v_token s) (nset (v_info s) (v_next s) self) ms (v_list s))
  | _ => None
  end.

(** ** Products *)
Fixpoint pow2s {A} (p : Z) (l : list A) : list Z :=
  match l with [] => [] | _ :: r => p :: pow2s (2 * p) r end.
Definition bitsb (l : list Z) : bool := forallb (fun x => (x =? 0) || (x =? 1)) l.
Fixpoint list_table tts ix ms m i (p : Z) (fs : list N) (acc : list Z) : option (list Z) :=
  match fs with
  | [] => Some acc
  | f :: r =>
      do u <- utable tts ix ms m i f;
      guard (bitsb u);
      do acc' <- addmul p u acc;
      list_table tts ix ms m i (2 * p) r acc'
  end.
Fixpoint check_lists tts ix (s : vstate) (ls : list (N * N)) : option vstate :=
  match ls with
  | [] => Some s
  | (l, m) :: r =>
      do fs <- nfind (ilist ix) l;
      do i <- nfind (v_info s) m;
      do k <- constants i 0;
      do x <- list_table tts ix (v_mean s) m i 1 fs k;
      check_lists tts ix (VState (v_next s) (v_token s) (v_info s) (v_mean s) (nset (v_list s) l (m, x))) r
  end.

(** multilinear polynomials in the factors above their least values *)
Inductive poly := PC (c : Z) | PX (p q : poly).      (* p + x·q *)
Fixpoint pconst (n : nat) (c : Z) : poly :=
  match n with O => PC c | S n' => PX (pconst n' c) (pconst n' 0) end.
Fixpoint pscale (c : Z) (p : poly) : poly :=
  match p with PC a => PC (c * a) | PX p q => PX (pscale c p) (pscale c q) end.
Fixpoint padd (a b : poly) : option poly :=
  match a, b with
  | PC x, PC y => Some (PC (x + y))
  | PX p q, PX p' q' => do r <- padd p p'; do t <- padd q q'; Some (PX r t)
  | _, _ => None
  end.
Fixpoint peqb (a b : poly) : bool :=
  match a, b with
  | PC x, PC y => x =? y
  | PX p q, PX p' q' => peqb p p' && peqb q q'
  | _, _ => false
  end.

(** in a square the two variables are one *)
Definition peq_square (a b : poly) : bool :=
  match a, b with
  | PX (PX (PC x) (PC y)) (PX (PC z) (PC t)), PX (PX (PC x') (PC y')) (PX (PC z') (PC t')) =>
      (x =? x') && (y + z =? y' + z') && (t =? t')
  | _, _ => false
  end.
Definition view_eqb (v w : view) : bool :=
  (vnode v =? vnode w)%N &&
  match vtable v, vtable w with
  | None, None => true
  | Some t, Some u => (t =? u)%N
  | _, _ => false
  end.
Definition is_square (vs : list view) : bool :=
  match vs with [v; w] => view_eqb v w | _ => false end.

Record factor := Factor { o_node : N; o_info : info; o_form : option N; o_lo : Z; o_all : list Z; o_above : list Z }.
Definition factor_of ats (s : vstate) (v : view) : option factor :=
  do i <- nfind (v_info s) (vnode v);
  do l <- view_table ats i (vtable v);
  let lo := minZ l in
  let f := match vtable v, i with None, IStep _ f _ _ => Some f | _, _ => None end in
  Some (Factor (vnode v) i f lo l (map (fun x => x - lo) l)).
Fixpoint factors_of ats s (vs : list view) : option (list factor) :=
  match vs with
  | [] => Some []
  | v :: r => do o <- factor_of ats s v; do os <- factors_of ats s r; Some (o :: os)
  end.
Fixpoint pexpand (os : list factor) : poly :=
  match os with
  | [] => PC 1
  | o :: r => let p := pexpand r in PX (pscale (o_lo o) p) p
  end.
Definition is_factor tts ix ms (o : factor) (g : N) : bool :=
  match o_form o with
  | Some f => (f =? g)%N
  | None => match utable tts ix ms (o_node o) (o_info o) g with
            | Some u => eqbZ u (o_all o)
            | None => false
            end
  end.
(** the value of one factor *)
Fixpoint pfactor tts ix ms (os : list factor) (g : N) : option poly :=
  match os with
  | [] => None
  | o :: r =>
      let n := length r in
      if is_factor tts ix ms o g then Some (PX (pconst n (o_lo o)) (pconst n 1))
      else do p <- pfactor tts ix ms r g; Some (PX p (pconst n 0))
  end.
Definition is_list (s : vstate) (o : factor) (l : N) : bool :=
  match nfind (v_list s) l with
  | Some (m, x) => (m =? o_node o)%N && eqbZ x (o_above o)
  | None => false
  end.
(** the product of a part of the factors, by their lists *)
Fixpoint pmono (s : vstate) (os : list factor) (ls : list N) : option poly :=
  match os with
  | [] => match ls with [] => Some (PC 1) | _ => None end
  | o :: r =>
      let n := length r in
      let skip := do p <- pmono s r ls; Some (PX p (pconst n 0)) in
      match ls with
      | l :: ls' => if is_list s o l then do p <- pmono s r ls'; Some (PX (pconst n 0) p) else skip
      | [] => skip
      end
  end.
Fixpoint wprod (ps : list (list Z)) : list Z :=
  match ps with
  | [] => [1]
  | l :: r => flat_map (fun p => map (Z.mul p) (wprod r)) l
  end.
Fixpoint wpairs (ps : list Z) : list Z :=
  match ps with
  | [] => []
  | p :: r => map (fun q => 2 * p * q) r ++ wpairs r
  end.
Fixpoint forms_of_lists ix (ls : list N) : option (list (list N)) :=
  match ls with
  | [] => Some []
  | l :: r => do fs <- nfind (ilist ix) l; do q <- forms_of_lists ix r; Some (fs :: q)
  end.
Definition diagonal (c : Z) (fs : list N) : list (Z * N) :=
  combine (map (fun p => c * (p * p)) (pow2s 1 fs)) fs.

(** a product's terms: values of factors, conjunctions, and squares, whose diagonal follows *)
Fixpoint pterms tts ix (s : vstate) (os : list factor) (pend : list (Z * N)) (terms : list term)
  (acc : poly) : option poly :=
  match terms with
  | [] => match pend with [] => Some acc | _ => None end
  | t :: r =>
      match pend, t with
      | (c, f) :: q, TForm c' f' => guard (c =? c'); guard (f =? f')%N; pterms tts ix s os q r acc
      | [], TForm c g =>
          do p <- pfactor tts ix (v_mean s) os g;
          do a <- padd acc (pscale c p);
          pterms tts ix s os [] r a
      | [], TTable c b t off =>
          match nfind (ibank ix) b with
          | Some (BAnd ls) =>
              do fss <- forms_of_lists ix ls;
              let w := wprod (map (pow2s 1) fss) in
              guard (eqbZ (slice (tableof tts t) off (lenN w)) w);
              do p <- pmono s os ls;
              do a <- padd acc (pscale c p);
              pterms tts ix s os [] r a
          | Some (BPairs l) =>
              do fs <- nfind (ilist ix) l;
              let w := wpairs (pow2s 1 fs) in
              guard (eqbZ (slice (tableof tts t) off (lenN w)) w);
              do p <- pmono s os [l; l];
              do a <- padd acc (pscale c p);
              pterms tts ix s os (diagonal c fs) r a
          | _ => None
          end
      | _, _ => None
      end
  end.
Definition mul_range (a b : Z * Z) : Z * Z :=
  let (x, y) := a in let (u, v) := b in
  (Z.min (Z.min (x * u) (x * v)) (Z.min (y * u) (y * v)),
   Z.max (Z.max (x * u) (x * v)) (Z.max (y * u) (y * v))).
Definition product_range (os : list factor) : Z * Z :=
  fold_right (fun o r => mul_range (minZ (o_all o), maxZ (o_all o)) r) (1, 1) os.
Definition check_product ats tts ix (s0 : vstate) (vs : list view) (h : hint) : option vstate :=
  do s <- check_lists tts ix s0 (h_lists h);
  do r <- nfind (iform ix) (h_form h);
  do os <- factors_of ats s vs;
  do p <- pterms tts ix s os [] (fterms r) (pconst (length os) (fconst r));
  guard (peqb p (pexpand os) || is_square vs && peq_square p (pexpand os));
  let (lo, hi) := product_range os in
  Some (add_info s (IVal (h_form h) lo hi)).

(** ** All nodes *)
Definition check_node ats tts ix (s : vstate) (d : node) (h : hint) : option vstate :=
  match d with
  | AInput n => check_input ix s n h
  | AForm c terms => check_form ats tts ix s c terms h
  | AStep f th val off count => check_step ats tts ix s f th val off count h
  | AProduct vs => check_product ats tts ix s vs h
  end.
Fixpoint check_nodes ats tts ix (s : vstate) (ds : list node) (hs : list hint) : option vstate :=
  match ds, hs with
  | [], [] => Some s
  | d :: ds', h :: hs' => do s' <- check_node ats tts ix s d h; check_nodes ats tts ix s' ds' hs'
  | _, _ => None
  end.
Definition vstart : vstate := VState 0 0 nempty nempty nempty.

(** ** Outputs: gate k of a thermometer of the label's level *)
Fixpoint bits_match (k : N) (hs : list N) (vals : list Z) : bool :=
  match hs, vals with
  | [], [] => true
  | h :: hs', v :: vals' => (b2z (k <? h)%N =? v) && bits_match k hs' vals'
  | _, _ => false
  end.
Definition check_output (s : vstate) (n : N) (o : N * N) : bool :=
  match nfind (v_info s) n, nfind (v_mean s) (fst o) with
  | Some (IStep vals _ _ _), Some (MTherm m g hs) =>
      (m =? n)%N && bits_match (snd o) (heights (tl vals) hs) vals
  | _, _ => false
  end.
Fixpoint all2 {A B} (p : A -> B -> bool) (a : list A) (b : list B) : bool :=
  match a, b with
  | [], [] => true
  | x :: a', y :: b' => p x y && all2 p a' b'
  | _, _ => false
  end.

Definition validate (a : acircuit) (t : tcircuit) (hs : list hint) : bool :=
  ac_wf a && tc_wf t &&
  match check_nodes (atables a) (ttables t) (index_of (titems t)) vstart (anodes a) hs with
  | Some s => eqbN (widths (titems t)) (input_levels (anodes a)) && all2 (all2 (check_output s)) (alabels a) (toutputs t)
  | None => false
  end.

(** input bits of a word *)
Definition encode (c : acircuit) (word : list nat) : list (list bool) :=
  map (fun p => onehot (N.to_nat (fst p)) (snd p)) (combine (input_levels (anodes c)) word).
