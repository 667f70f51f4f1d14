
(** val negb : bool -> bool **)

let negb = function
| true -> false
| false -> true

type nat =
| O
| S of nat

(** val fst : ('a1 * 'a2) -> 'a1 **)

let fst = function
| (x, _) -> x

(** val snd : ('a1 * 'a2) -> 'a2 **)

let snd = function
| (_, y) -> y

(** val length : 'a1 list -> nat **)

let rec length = function
| [] -> O
| _ :: l' -> S (length l')

(** val app : 'a1 list -> 'a1 list -> 'a1 list **)

let rec app l m =
  match l with
  | [] -> m
  | a :: l1 -> a :: (app l1 m)

type comparison =
| Eq
| Lt
| Gt

(** val compOpp : comparison -> comparison **)

let compOpp = function
| Eq -> Eq
| Lt -> Gt
| Gt -> Lt

type positive =
| XI of positive
| XO of positive
| XH

type n =
| N0
| Npos of positive

type z =
| Z0
| Zpos of positive
| Zneg of positive

module Pos =
 struct
  type mask =
  | IsNul
  | IsPos of positive
  | IsNeg
 end

module Coq_Pos =
 struct
  (** val succ : positive -> positive **)

  let rec succ = function
  | XI p -> XO (succ p)
  | XO p -> XI p
  | XH -> XO XH

  (** val add : positive -> positive -> positive **)

  let rec add x y =
    match x with
    | XI p ->
      (match y with
       | XI q -> XO (add_carry p q)
       | XO q -> XI (add p q)
       | XH -> XO (succ p))
    | XO p ->
      (match y with
       | XI q -> XI (add p q)
       | XO q -> XO (add p q)
       | XH -> XI p)
    | XH -> (match y with
             | XI q -> XO (succ q)
             | XO q -> XI q
             | XH -> XO XH)

  (** val add_carry : positive -> positive -> positive **)

  and add_carry x y =
    match x with
    | XI p ->
      (match y with
       | XI q -> XI (add_carry p q)
       | XO q -> XO (add_carry p q)
       | XH -> XI (succ p))
    | XO p ->
      (match y with
       | XI q -> XO (add_carry p q)
       | XO q -> XI (add p q)
       | XH -> XO (succ p))
    | XH ->
      (match y with
       | XI q -> XI (succ q)
       | XO q -> XO (succ q)
       | XH -> XI XH)

  (** val pred_double : positive -> positive **)

  let rec pred_double = function
  | XI p -> XI (XO p)
  | XO p -> XI (pred_double p)
  | XH -> XH

  (** val pred_N : positive -> n **)

  let pred_N = function
  | XI p -> Npos (XO p)
  | XO p -> Npos (pred_double p)
  | XH -> N0

  type mask = Pos.mask =
  | IsNul
  | IsPos of positive
  | IsNeg

  (** val succ_double_mask : mask -> mask **)

  let succ_double_mask = function
  | IsNul -> IsPos XH
  | IsPos p -> IsPos (XI p)
  | IsNeg -> IsNeg

  (** val double_mask : mask -> mask **)

  let double_mask = function
  | IsPos p -> IsPos (XO p)
  | x0 -> x0

  (** val double_pred_mask : positive -> mask **)

  let double_pred_mask = function
  | XI p -> IsPos (XO (XO p))
  | XO p -> IsPos (XO (pred_double p))
  | XH -> IsNul

  (** val sub_mask : positive -> positive -> mask **)

  let rec sub_mask x y =
    match x with
    | XI p ->
      (match y with
       | XI q -> double_mask (sub_mask p q)
       | XO q -> succ_double_mask (sub_mask p q)
       | XH -> IsPos (XO p))
    | XO p ->
      (match y with
       | XI q -> succ_double_mask (sub_mask_carry p q)
       | XO q -> double_mask (sub_mask p q)
       | XH -> IsPos (pred_double p))
    | XH -> (match y with
             | XH -> IsNul
             | _ -> IsNeg)

  (** val sub_mask_carry : positive -> positive -> mask **)

  and sub_mask_carry x y =
    match x with
    | XI p ->
      (match y with
       | XI q -> succ_double_mask (sub_mask_carry p q)
       | XO q -> double_mask (sub_mask p q)
       | XH -> IsPos (pred_double p))
    | XO p ->
      (match y with
       | XI q -> double_mask (sub_mask_carry p q)
       | XO q -> succ_double_mask (sub_mask_carry p q)
       | XH -> double_pred_mask p)
    | XH -> IsNeg

  (** val mul : positive -> positive -> positive **)

  let rec mul x y =
    match x with
    | XI p -> add y (XO (mul p y))
    | XO p -> XO (mul p y)
    | XH -> y

  (** val iter : ('a1 -> 'a1) -> 'a1 -> positive -> 'a1 **)

  let rec iter f x = function
  | XI n' -> f (iter f (iter f x n') n')
  | XO n' -> iter f (iter f x n') n'
  | XH -> f x

  (** val compare_cont : comparison -> positive -> positive -> comparison **)

  let rec compare_cont r x y =
    match x with
    | XI p ->
      (match y with
       | XI q -> compare_cont r p q
       | XO q -> compare_cont Gt p q
       | XH -> Gt)
    | XO p ->
      (match y with
       | XI q -> compare_cont Lt p q
       | XO q -> compare_cont r p q
       | XH -> Gt)
    | XH -> (match y with
             | XH -> r
             | _ -> Lt)

  (** val compare : positive -> positive -> comparison **)

  let compare =
    compare_cont Eq

  (** val eqb : positive -> positive -> bool **)

  let rec eqb p q =
    match p with
    | XI p0 -> (match q with
                | XI q0 -> eqb p0 q0
                | _ -> false)
    | XO p0 -> (match q with
                | XO q0 -> eqb p0 q0
                | _ -> false)
    | XH -> (match q with
             | XH -> true
             | _ -> false)

  (** val coq_Nsucc_double : n -> n **)

  let coq_Nsucc_double = function
  | N0 -> Npos XH
  | Npos p -> Npos (XI p)

  (** val coq_Ndouble : n -> n **)

  let coq_Ndouble = function
  | N0 -> N0
  | Npos p -> Npos (XO p)

  (** val coq_land : positive -> positive -> n **)

  let rec coq_land p q =
    match p with
    | XI p0 ->
      (match q with
       | XI q0 -> coq_Nsucc_double (coq_land p0 q0)
       | XO q0 -> coq_Ndouble (coq_land p0 q0)
       | XH -> Npos XH)
    | XO p0 ->
      (match q with
       | XI q0 -> coq_Ndouble (coq_land p0 q0)
       | XO q0 -> coq_Ndouble (coq_land p0 q0)
       | XH -> N0)
    | XH -> (match q with
             | XO _ -> N0
             | _ -> Npos XH)

  (** val shiftl : positive -> n -> positive **)

  let shiftl p = function
  | N0 -> p
  | Npos n1 -> iter (fun x -> XO x) p n1
 end

module N =
 struct
  (** val succ_double : n -> n **)

  let succ_double = function
  | N0 -> Npos XH
  | Npos p -> Npos (XI p)

  (** val double : n -> n **)

  let double = function
  | N0 -> N0
  | Npos p -> Npos (XO p)

  (** val succ : n -> n **)

  let succ = function
  | N0 -> Npos XH
  | Npos p -> Npos (Coq_Pos.succ p)

  (** val pred : n -> n **)

  let pred = function
  | N0 -> N0
  | Npos p -> Coq_Pos.pred_N p

  (** val succ_pos : n -> positive **)

  let succ_pos = function
  | N0 -> XH
  | Npos p -> Coq_Pos.succ p

  (** val add : n -> n -> n **)

  let add n0 m =
    match n0 with
    | N0 -> m
    | Npos p -> (match m with
                 | N0 -> n0
                 | Npos q -> Npos (Coq_Pos.add p q))

  (** val sub : n -> n -> n **)

  let sub n0 m =
    match n0 with
    | N0 -> N0
    | Npos n' ->
      (match m with
       | N0 -> n0
       | Npos m' ->
         (match Coq_Pos.sub_mask n' m' with
          | Coq_Pos.IsPos p -> Npos p
          | _ -> N0))

  (** val mul : n -> n -> n **)

  let mul n0 m =
    match n0 with
    | N0 -> N0
    | Npos p -> (match m with
                 | N0 -> N0
                 | Npos q -> Npos (Coq_Pos.mul p q))

  (** val compare : n -> n -> comparison **)

  let compare n0 m =
    match n0 with
    | N0 -> (match m with
             | N0 -> Eq
             | Npos _ -> Lt)
    | Npos n' -> (match m with
                  | N0 -> Gt
                  | Npos m' -> Coq_Pos.compare n' m')

  (** val eqb : n -> n -> bool **)

  let eqb n0 m =
    match n0 with
    | N0 -> (match m with
             | N0 -> true
             | Npos _ -> false)
    | Npos p -> (match m with
                 | N0 -> false
                 | Npos q -> Coq_Pos.eqb p q)

  (** val leb : n -> n -> bool **)

  let leb x y =
    match compare x y with
    | Gt -> false
    | _ -> true

  (** val ltb : n -> n -> bool **)

  let ltb x y =
    match compare x y with
    | Lt -> true
    | _ -> false

  (** val max : n -> n -> n **)

  let max n0 n' =
    match compare n0 n' with
    | Gt -> n0
    | _ -> n'

  (** val div2 : n -> n **)

  let div2 = function
  | N0 -> N0
  | Npos p0 -> (match p0 with
                | XI p -> Npos p
                | XO p -> Npos p
                | XH -> N0)

  (** val pos_div_eucl : positive -> n -> n * n **)

  let rec pos_div_eucl a b =
    match a with
    | XI a' ->
      let (q, r) = pos_div_eucl a' b in
      let r' = succ_double r in
      if leb b r' then ((succ_double q), (sub r' b)) else ((double q), r')
    | XO a' ->
      let (q, r) = pos_div_eucl a' b in
      let r' = double r in
      if leb b r' then ((succ_double q), (sub r' b)) else ((double q), r')
    | XH ->
      (match b with
       | N0 -> (N0, (Npos XH))
       | Npos p -> (match p with
                    | XH -> ((Npos XH), N0)
                    | _ -> (N0, (Npos XH))))

  (** val div_eucl : n -> n -> n * n **)

  let div_eucl a b =
    match a with
    | N0 -> (N0, N0)
    | Npos na -> (match b with
                  | N0 -> (N0, a)
                  | Npos _ -> pos_div_eucl na b)

  (** val div : n -> n -> n **)

  let div a b =
    fst (div_eucl a b)

  (** val coq_land : n -> n -> n **)

  let coq_land n0 m =
    match n0 with
    | N0 -> N0
    | Npos p -> (match m with
                 | N0 -> N0
                 | Npos q -> Coq_Pos.coq_land p q)

  (** val shiftl : n -> n -> n **)

  let shiftl a n0 =
    match a with
    | N0 -> N0
    | Npos a0 -> Npos (Coq_Pos.shiftl a0 n0)

  (** val shiftr : n -> n -> n **)

  let shiftr a = function
  | N0 -> a
  | Npos p -> Coq_Pos.iter div2 a p

  (** val iter : n -> ('a1 -> 'a1) -> 'a1 -> 'a1 **)

  let iter n0 f x =
    match n0 with
    | N0 -> x
    | Npos p -> Coq_Pos.iter f x p

  (** val ones : n -> n **)

  let ones n0 =
    pred (shiftl (Npos XH) n0)
 end

module Z =
 struct
  (** val double : z -> z **)

  let double = function
  | Z0 -> Z0
  | Zpos p -> Zpos (XO p)
  | Zneg p -> Zneg (XO p)

  (** val succ_double : z -> z **)

  let succ_double = function
  | Z0 -> Zpos XH
  | Zpos p -> Zpos (XI p)
  | Zneg p -> Zneg (Coq_Pos.pred_double p)

  (** val pred_double : z -> z **)

  let pred_double = function
  | Z0 -> Zneg XH
  | Zpos p -> Zpos (Coq_Pos.pred_double p)
  | Zneg p -> Zneg (XI p)

  (** val pos_sub : positive -> positive -> z **)

  let rec pos_sub x y =
    match x with
    | XI p ->
      (match y with
       | XI q -> double (pos_sub p q)
       | XO q -> succ_double (pos_sub p q)
       | XH -> Zpos (XO p))
    | XO p ->
      (match y with
       | XI q -> pred_double (pos_sub p q)
       | XO q -> double (pos_sub p q)
       | XH -> Zpos (Coq_Pos.pred_double p))
    | XH ->
      (match y with
       | XI q -> Zneg (XO q)
       | XO q -> Zneg (Coq_Pos.pred_double q)
       | XH -> Z0)

  (** val add : z -> z -> z **)

  let add x y =
    match x with
    | Z0 -> y
    | Zpos x' ->
      (match y with
       | Z0 -> x
       | Zpos y' -> Zpos (Coq_Pos.add x' y')
       | Zneg y' -> pos_sub x' y')
    | Zneg x' ->
      (match y with
       | Z0 -> x
       | Zpos y' -> pos_sub y' x'
       | Zneg y' -> Zneg (Coq_Pos.add x' y'))

  (** val opp : z -> z **)

  let opp = function
  | Z0 -> Z0
  | Zpos x0 -> Zneg x0
  | Zneg x0 -> Zpos x0

  (** val sub : z -> z -> z **)

  let sub m n0 =
    add m (opp n0)

  (** val mul : z -> z -> z **)

  let mul x y =
    match x with
    | Z0 -> Z0
    | Zpos x' ->
      (match y with
       | Z0 -> Z0
       | Zpos y' -> Zpos (Coq_Pos.mul x' y')
       | Zneg y' -> Zneg (Coq_Pos.mul x' y'))
    | Zneg x' ->
      (match y with
       | Z0 -> Z0
       | Zpos y' -> Zneg (Coq_Pos.mul x' y')
       | Zneg y' -> Zpos (Coq_Pos.mul x' y'))

  (** val compare : z -> z -> comparison **)

  let compare x y =
    match x with
    | Z0 -> (match y with
             | Z0 -> Eq
             | Zpos _ -> Lt
             | Zneg _ -> Gt)
    | Zpos x' -> (match y with
                  | Zpos y' -> Coq_Pos.compare x' y'
                  | _ -> Gt)
    | Zneg x' ->
      (match y with
       | Zneg y' -> compOpp (Coq_Pos.compare x' y')
       | _ -> Lt)

  (** val leb : z -> z -> bool **)

  let leb x y =
    match compare x y with
    | Gt -> false
    | _ -> true

  (** val ltb : z -> z -> bool **)

  let ltb x y =
    match compare x y with
    | Lt -> true
    | _ -> false

  (** val eqb : z -> z -> bool **)

  let eqb x y =
    match x with
    | Z0 -> (match y with
             | Z0 -> true
             | _ -> false)
    | Zpos p -> (match y with
                 | Zpos q -> Coq_Pos.eqb p q
                 | _ -> false)
    | Zneg p -> (match y with
                 | Zneg q -> Coq_Pos.eqb p q
                 | _ -> false)

  (** val max : z -> z -> z **)

  let max n0 m =
    match compare n0 m with
    | Lt -> m
    | _ -> n0

  (** val min : z -> z -> z **)

  let min n0 m =
    match compare n0 m with
    | Gt -> m
    | _ -> n0
 end

(** val tl : 'a1 list -> 'a1 list **)

let tl = function
| [] -> []
| _ :: m -> m

(** val nth : nat -> 'a1 list -> 'a1 -> 'a1 **)

let rec nth n0 l default =
  match n0 with
  | O -> (match l with
          | [] -> default
          | x :: _ -> x)
  | S m -> (match l with
            | [] -> default
            | _ :: t -> nth m t default)

(** val rev : 'a1 list -> 'a1 list **)

let rec rev = function
| [] -> []
| x :: l' -> app (rev l') (x :: [])

(** val map : ('a1 -> 'a2) -> 'a1 list -> 'a2 list **)

let rec map f = function
| [] -> []
| a :: t -> (f a) :: (map f t)

(** val flat_map : ('a1 -> 'a2 list) -> 'a1 list -> 'a2 list **)

let rec flat_map f = function
| [] -> []
| x :: t -> app (f x) (flat_map f t)

(** val fold_left : ('a1 -> 'a2 -> 'a1) -> 'a2 list -> 'a1 -> 'a1 **)

let rec fold_left f l a0 =
  match l with
  | [] -> a0
  | b :: t -> fold_left f t (f a0 b)

(** val fold_right : ('a2 -> 'a1 -> 'a1) -> 'a1 -> 'a2 list -> 'a1 **)

let rec fold_right f a0 = function
| [] -> a0
| b :: t -> f b (fold_right f a0 t)

(** val forallb : ('a1 -> bool) -> 'a1 list -> bool **)

let rec forallb f = function
| [] -> true
| a :: l0 -> (&&) (f a) (forallb f l0)

(** val combine : 'a1 list -> 'a2 list -> ('a1 * 'a2) list **)

let rec combine l l' =
  match l with
  | [] -> []
  | x :: tl0 ->
    (match l' with
     | [] -> []
     | y :: tl' -> (x, y) :: (combine tl0 tl'))

type 'a trie =
| Tip
| Fork of 'a trie * 'a option * 'a trie

(** val tfind : positive -> 'a1 trie -> 'a1 option **)

let rec tfind p = function
| Tip -> None
| Fork (l, o, r) ->
  (match p with
   | XI q -> tfind q r
   | XO q -> tfind q l
   | XH -> o)

(** val tset : positive -> 'a1 -> 'a1 trie -> 'a1 trie **)

let rec tset p x = function
| Tip ->
  let p0 = (Tip, None) in
  let r = Tip in
  let (l, o) = p0 in
  (match p with
   | XI q -> Fork (l, o, (tset q x r))
   | XO q -> Fork ((tset q x l), o, r)
   | XH -> Fork (l, (Some x), r))
| Fork (l, o, r) ->
  let p0 = (l, o) in
  let (l0, o0) = p0 in
  (match p with
   | XI q -> Fork (l0, o0, (tset q x r))
   | XO q -> Fork ((tset q x l0), o0, r)
   | XH -> Fork (l0, (Some x), r))

(** val nempty : 'a1 trie **)

let nempty =
  Tip

(** val nfind : 'a1 trie -> n -> 'a1 option **)

let nfind m k =
  tfind (N.succ_pos k) m

(** val nset : 'a1 trie -> n -> 'a1 -> 'a1 trie **)

let nset m k x =
  tset (N.succ_pos k) x m

(** val nget : 'a1 -> 'a1 trie -> n -> 'a1 **)

let nget d m k =
  match nfind m k with
  | Some x -> x
  | None -> d

(** val skipN : n -> 'a1 list -> 'a1 list **)

let rec skipN n0 l = match l with
| [] -> []
| _ :: r -> if N.eqb n0 N0 then l else skipN (N.pred n0) r

(** val takeN : n -> 'a1 list -> 'a1 list **)

let rec takeN n0 = function
| [] -> []
| x :: r -> if N.eqb n0 N0 then [] else x :: (takeN (N.pred n0) r)

(** val slice : 'a1 list -> n -> n -> 'a1 list **)

let slice l off n0 =
  takeN n0 (skipN off l)

(** val lenN : 'a1 list -> n **)

let lenN l =
  fold_left (fun n0 _ -> N.succ n0) l N0

type view = { vnode : n; vtable : n option }

type node =
| AInput of n
| AForm of z * (z * view) list
| AStep of n * n * n * n * n
| AProduct of view list

type acircuit = { atables : z list trie; anodes : node list;
                  alabels : n list list }

(** val tableof : z list trie -> n -> z list **)

let tableof ts t =
  nget [] ts t

(** val input_levels : node list -> n list **)

let rec input_levels = function
| [] -> []
| n0 :: r ->
  (match n0 with
   | AInput n1 -> n1 :: (input_levels r)
   | _ -> input_levels r)

(** val ascendb : z list -> bool **)

let rec ascendb = function
| [] -> true
| a :: r -> (&&) (match r with
                  | [] -> true
                  | b :: _ -> Z.leb a b) (ascendb r)

type kind =
| KdInput of n
| KdForm
| KdStep of n
| KdProduct

(** val kind_of : node -> kind **)

let kind_of = function
| AInput n0 -> KdInput n0
| AForm (_, _) -> KdForm
| AStep (_, _, _, _, n0) -> KdStep (N.succ n0)
| AProduct _ -> KdProduct

(** val view_wf : z list trie -> kind trie -> view -> bool **)

let view_wf ts ks v =
  match nfind ks v.vnode with
  | Some k ->
    (match k with
     | KdInput n0 ->
       (match v.vtable with
        | Some t -> N.leb n0 (lenN (tableof ts t))
        | None -> false)
     | KdStep n0 ->
       (match v.vtable with
        | Some t -> N.leb n0 (lenN (tableof ts t))
        | None -> true)
     | _ -> (match v.vtable with
             | Some _ -> false
             | None -> true))
  | None -> false

(** val node_wf : z list trie -> kind trie -> node -> bool **)

let node_wf ts ks = function
| AInput n0 -> N.ltb N0 n0
| AForm (_, terms) -> forallb (fun t -> view_wf ts ks (snd t)) terms
| AStep (f, th, val0, off, n0) ->
  (&&)
    ((&&)
      ((&&)
        (match nfind ks f with
         | Some k -> (match k with
                      | KdForm -> true
                      | _ -> false)
         | None -> false) (N.eqb (lenN (slice (tableof ts th) off n0)) n0))
      (ascendb (slice (tableof ts th) off n0)))
    (N.eqb (lenN (slice (tableof ts val0) off (N.succ n0))) (N.succ n0))
| AProduct vs ->
  (&&)
    ((&&) (N.leb (Npos (XO XH)) (lenN vs))
      (N.leb (lenN vs) (Npos (XO (XO XH)))))
    (forallb (fun v ->
      (&&)
        (match nfind ks v.vnode with
         | Some k ->
           (match k with
            | KdInput _ -> true
            | KdStep _ -> true
            | _ -> false)
         | None -> false) (view_wf ts ks v)) vs)

(** val nodes_wf : z list trie -> kind trie -> n -> node list -> bool **)

let rec nodes_wf ts ks n0 = function
| [] -> true
| d :: r ->
  (&&) (node_wf ts ks d) (nodes_wf ts (nset ks n0 (kind_of d)) (N.succ n0) r)

(** val ac_wf : acircuit -> bool **)

let ac_wf c =
  (&&) (nodes_wf c.atables nempty N0 c.anodes)
    (forallb (fun ns -> forallb (fun n0 -> N.ltb n0 (lenN c.anodes)) ns)
      c.alabels)

(** val b2z : bool -> z **)

let b2z = function
| true -> Zpos XH
| false -> Z0

type term =
| TForm of z * n
| TOnes of z * n
| TTable of z * n * n * n

type formrec = { fconst : z; fterms : term list }

type bank =
| BInput of n * n
| BLevel of n * n * n * n * n
| BDigit of n * n * n * n * n * n * z
| BAnd of n list
| BPairs of n

type item =
| IForm of n * formrec
| IList of n * n list
| IBank of n * bank

type tcircuit = { ttables : z list trie; titems : item list;
                  toutputs : (n * n) list list }

(** val everyN : n -> n -> z list -> z list **)

let rec everyN k stride = function
| [] -> []
| x :: r ->
  if N.eqb k N0
  then x :: (everyN (N.pred stride) stride r)
  else everyN (N.pred k) stride r

(** val level_thresholds : z list trie -> n -> n -> n -> n -> z list **)

let level_thresholds ts t off stride n0 =
  takeN n0 (everyN N0 stride (skipN off (tableof ts t)))

(** val widths : item list -> n list **)

let rec widths = function
| [] -> []
| i :: r ->
  (match i with
   | IBank (_, k) ->
     (match k with
      | BInput (_, bits) -> bits :: (widths r)
      | _ -> widths r)
   | _ -> widths r)

type counters = { nform : n; nlist : n; nbank : n; ninput : n;
                  gates : n trie; lens : n trie }

(** val gates_of : counters -> n -> n **)

let gates_of n0 b =
  nget N0 n0.gates b

(** val part_ok : z list trie -> n -> n -> n -> bool **)

let part_ok ts t off n0 =
  N.eqb (lenN (slice (tableof ts t) off n0)) n0

(** val term_wf : z list trie -> counters -> term -> bool **)

let term_wf ts n0 = function
| TForm (_, f) -> N.ltb f n0.nform
| TOnes (_, b) -> N.ltb b n0.nbank
| TTable (_, b, t0, off) ->
  (&&) (N.ltb b n0.nbank) (part_ok ts t0 off (gates_of n0 b))

(** val width_ok : n -> n -> bool **)

let width_ok w count =
  (&&) (N.leb w (Npos (XO (XI (XI (XI XH))))))
    (N.leb (N.shiftl (Npos XH) w)
      (N.mul (Npos (XO XH)) (N.add count (Npos XH))))

(** val bank_wf : z list trie -> counters -> bank -> bool **)

let bank_wf ts n0 = function
| BInput (p, bits) -> (&&) (N.eqb p n0.ninput) (N.ltb N0 bits)
| BLevel (f, t, off, stride, g) ->
  (&&) ((&&) (N.ltb f n0.nform) (N.ltb N0 stride))
    (N.eqb (lenN (level_thresholds ts t off stride g)) g)
| BDigit (f, h, t, off, count, w, _) ->
  (&&)
    ((&&)
      ((&&) ((&&) (N.ltb f n0.nform) (N.ltb h n0.nbank))
        (part_ok ts t off count)) (N.ltb N0 w)) (width_ok w count)
| BAnd ls ->
  (&&)
    ((&&) (N.leb (Npos (XO XH)) (lenN ls))
      (N.leb (lenN ls) (Npos (XO (XO XH)))))
    (forallb (fun l -> N.ltb l n0.nlist) ls)
| BPairs l -> N.ltb l n0.nlist

(** val bank_gates : counters -> bank -> n **)

let bank_gates n0 = function
| BInput (_, bits) -> bits
| BLevel (_, _, _, _, g) -> g
| BDigit (_, _, _, _, _, w, _) -> N.sub (N.shiftl (Npos XH) w) (Npos XH)
| BAnd ls -> fold_right (fun l p -> N.mul (nget N0 n0.lens l) p) (Npos XH) ls
| BPairs l ->
  let k0 = nget N0 n0.lens l in N.div (N.mul k0 (N.pred k0)) (Npos (XO XH))

(** val is_binput : bank -> bool **)

let is_binput = function
| BInput (_, _) -> true
| _ -> false

(** val item_wf : z list trie -> counters -> item -> bool **)

let item_wf ts n0 = function
| IForm (f, r) -> (&&) (N.eqb f n0.nform) (forallb (term_wf ts n0) r.fterms)
| IList (l, fs) ->
  (&&)
    ((&&) (N.eqb l n0.nlist)
      (N.leb (lenN fs) (Npos (XO (XI (XI (XI (XI XH))))))))
    (forallb (fun f -> N.ltb f n0.nform) fs)
| IBank (b, k) -> (&&) (N.eqb b n0.nbank) (bank_wf ts n0 k)

(** val item_next : counters -> item -> counters **)

let item_next n0 = function
| IForm (_, _) ->
  { nform = (N.succ n0.nform); nlist = n0.nlist; nbank = n0.nbank; ninput =
    n0.ninput; gates = n0.gates; lens = n0.lens }
| IList (l, fs) ->
  { nform = n0.nform; nlist = (N.succ n0.nlist); nbank = n0.nbank; ninput =
    n0.ninput; gates = n0.gates; lens = (nset n0.lens l (lenN fs)) }
| IBank (b, k) ->
  { nform = n0.nform; nlist = n0.nlist; nbank = (N.succ n0.nbank); ninput =
    (if is_binput k then N.succ n0.ninput else n0.ninput); gates =
    (nset n0.gates b (bank_gates n0 k)); lens = n0.lens }

(** val items_wf : z list trie -> counters -> item list -> bool **)

let rec items_wf ts n0 = function
| [] -> true
| i :: r -> (&&) (item_wf ts n0 i) (items_wf ts (item_next n0 i) r)

(** val cstart : counters **)

let cstart =
  { nform = N0; nlist = N0; nbank = N0; ninput = N0; gates = nempty; lens =
    nempty }

(** val counts : item list -> counters **)

let counts is =
  fold_left item_next is cstart

(** val tc_wf : tcircuit -> bool **)

let tc_wf c =
  (&&) (items_wf c.ttables cstart c.titems)
    (forallb
      (forallb (fun o ->
        (&&) (N.ltb (fst o) (counts c.titems).nbank)
          (N.ltb (snd o) (gates_of (counts c.titems) (fst o))))) c.toutputs)

type index = { iform : formrec trie; ilist : n list trie; ibank : bank trie }

(** val index_step : index -> item -> index **)

let index_step x = function
| IForm (f, r) ->
  { iform = (nset x.iform f r); ilist = x.ilist; ibank = x.ibank }
| IList (l, fs) ->
  { iform = x.iform; ilist = (nset x.ilist l fs); ibank = x.ibank }
| IBank (b, k) ->
  { iform = x.iform; ilist = x.ilist; ibank = (nset x.ibank b k) }

(** val index_of : item list -> index **)

let index_of is =
  fold_left index_step is { iform = nempty; ilist = nempty; ibank = nempty }

type info =
| IInput of n
| IStep of z list * n * z * z
| IVal of n * z * z

type mean =
| MHot of n * n
| MTherm of n * n * n list option

(** val mean_node : mean -> n **)

let mean_node = function
| MHot (m, _) -> m
| MTherm (m, _, _) -> m

type hint = { h_form : n; h_banks : n list; h_lists : (n * n) list }

type vstate = { v_next : n; v_token : n; v_info : info trie;
                v_mean : mean trie; v_list : (n * z list) trie }

(** val eqbZ : z list -> z list -> bool **)

let rec eqbZ a b =
  match a with
  | [] -> (match b with
           | [] -> true
           | _ :: _ -> false)
  | x :: a' ->
    (match b with
     | [] -> false
     | y :: b' -> (&&) (Z.eqb x y) (eqbZ a' b'))

(** val eqbN : n list -> n list -> bool **)

let rec eqbN a b =
  match a with
  | [] -> (match b with
           | [] -> true
           | _ :: _ -> false)
  | x :: a' ->
    (match b with
     | [] -> false
     | y :: b' -> (&&) (N.eqb x y) (eqbN a' b'))

(** val copies : n -> z -> z list **)

let copies n0 c =
  N.iter n0 (fun x -> c :: x) []

(** val prefixes : z -> z list -> z list **)

let rec prefixes acc ws =
  acc :: (match ws with
          | [] -> []
          | w :: r -> prefixes (Z.add acc w) r)

(** val nthN : n -> 'a1 list -> 'a1 -> 'a1 **)

let rec nthN n0 l d =
  match l with
  | [] -> d
  | x :: r -> if N.eqb n0 N0 then x else nthN (N.pred n0) r d

(** val addmul : z -> z list -> z list -> z list option **)

let rec addmul c u acc =
  match u with
  | [] -> (match acc with
           | [] -> Some []
           | _ :: _ -> None)
  | x :: u' ->
    (match acc with
     | [] -> None
     | a :: acc' ->
       (match addmul c u' acc' with
        | Some r -> Some ((Z.add a (Z.mul c x)) :: r)
        | None -> None))

(** val minZ : z list -> z **)

let minZ = function
| [] -> Z0
| x :: r -> fold_right Z.min x r

(** val maxZ : z list -> z **)

let maxZ = function
| [] -> Z0
| x :: r -> fold_right Z.max x r

(** val weights : z list trie -> (n * n) option -> n -> z list option **)

let weights ts w n0 =
  match w with
  | Some p ->
    let (t, off) = p in
    let l = slice (tableof ts t) off n0 in
    if N.eqb (lenN l) n0 then Some l else None
  | None -> Some (copies n0 (Zpos XH))

(** val bank_table :
    z list trie -> mean -> (n * n) option -> z list option **)

let bank_table ts x w =
  match x with
  | MHot (_, n0) -> weights ts w n0
  | MTherm (_, g, hs) ->
    (match weights ts w g with
     | Some l ->
       let p = prefixes Z0 l in
       (match hs with
        | Some hs0 -> Some (map (fun h -> nthN h p Z0) hs0)
        | None -> Some p)
     | None -> None)

(** val term_bank : term -> ((z * n) * (n * n) option) option **)

let term_bank = function
| TForm (_, _) -> None
| TOnes (c, b) -> Some ((c, b), None)
| TTable (c, b, t0, off) -> Some ((c, b), (Some (t0, off)))

(** val uterms :
    z list trie -> mean trie -> n -> z list -> term list -> z list option **)

let rec uterms ts ms m acc = function
| [] -> Some acc
| t :: r ->
  (match term_bank t with
   | Some p ->
     let (p0, w) = p in
     let (c, b) = p0 in
     (match nfind ms b with
      | Some x ->
        if N.eqb (mean_node x) m
        then (match bank_table ts x w with
              | Some u ->
                (match addmul c u acc with
                 | Some acc' -> uterms ts ms m acc' r
                 | None -> None)
              | None -> None)
        else None
      | None -> None)
   | None -> None)

(** val constants : info -> z -> z list option **)

let constants i c =
  match i with
  | IInput n0 -> Some (copies n0 c)
  | IStep (vals, _, _, _) -> Some (map (fun _ -> c) vals)
  | IVal (_, _, _) -> None

(** val utable :
    z list trie -> index -> mean trie -> n -> info -> n -> z list option **)

let utable ts ix ms m i f =
  match nfind ix.iform f with
  | Some r ->
    (match constants i r.fconst with
     | Some k -> uterms ts ms m k r.fterms
     | None -> None)
  | None -> None

(** val max_levels : n **)

let max_levels =
  Npos (XO (XO (XO (XO (XO (XO (XO (XO (XO (XO (XO (XO (XO (XO (XO (XO (XO
    (XO (XO (XO XH))))))))))))))))))))

(** val check_input : index -> vstate -> n -> hint -> vstate option **)

let check_input ix s n0 h =
  match h.h_banks with
  | [] -> None
  | b :: l ->
    (match l with
     | [] ->
       (match nfind ix.ibank b with
        | Some b0 ->
          (match b0 with
           | BInput (p, bits) ->
             if N.eqb p s.v_token
             then if N.eqb bits n0
                  then if N.leb n0 max_levels
                       then Some { v_next = (N.succ s.v_next); v_token =
                              (N.succ s.v_token); v_info =
                              (nset s.v_info s.v_next (IInput n0)); v_mean =
                              (nset s.v_mean b (MHot (s.v_next, n0)));
                              v_list = s.v_list }
                       else None
                  else None
             else None
           | _ -> None)
        | None -> None)
     | _ :: _ -> None)

(** val view_table : z list trie -> info -> n option -> z list option **)

let view_table ts i t =
  match i with
  | IInput n0 ->
    (match t with
     | Some t0 ->
       let l = slice (tableof ts t0) N0 n0 in
       if N.eqb (lenN l) n0 then Some l else None
     | None -> None)
  | IStep (vals, _, _, _) ->
    (match t with
     | Some t0 ->
       let l = slice (tableof ts t0) N0 (lenN vals) in
       if N.eqb (lenN l) (lenN vals) then Some l else None
     | None -> Some vals)
  | IVal (_, _, _) -> None

(** val value_form : info -> n option **)

let value_form = function
| IInput _ -> None
| IStep (_, f, _, _) -> Some f
| IVal (f, _, _) -> Some f

(** val same_term :
    z list trie -> z list trie -> vstate -> z -> view -> term -> z option **)

let same_term ats tts s c v t =
  match nfind s.v_info v.vnode with
  | Some i ->
    (match v.vtable with
     | Some _ ->
       (match view_table ats i v.vtable with
        | Some l ->
          (match term_bank t with
           | Some p ->
             let (p0, w) = p in
             let (c', b) = p0 in
             if Z.eqb c' c
             then (match nfind s.v_mean b with
                   | Some x ->
                     if N.eqb (mean_node x) v.vnode
                     then (match bank_table tts x w with
                           | Some u ->
                             let d = Z.sub (nth O l Z0) (nth O u Z0) in
                             if eqbZ l (map (Z.add d) u)
                             then Some (Z.mul c d)
                             else None
                           | None -> None)
                     else None
                   | None -> None)
             else None
           | None -> None)
        | None -> None)
     | None ->
       (match value_form i with
        | Some f ->
          (match t with
           | TForm (c', g) ->
             if Z.eqb c' c then if N.eqb g f then Some Z0 else None else None
           | _ -> None)
        | None -> None))
  | None -> None

(** val same_terms :
    z list trie -> z list trie -> vstate -> (z * view) list -> term list -> z
    option **)

let rec same_terms ats tts s a t =
  match a with
  | [] -> (match t with
           | [] -> Some Z0
           | _ :: _ -> None)
  | p :: a' ->
    let (c, v) = p in
    (match t with
     | [] -> None
     | x :: t' ->
       (match same_term ats tts s c v x with
        | Some d ->
          (match same_terms ats tts s a' t' with
           | Some e -> Some (Z.add d e)
           | None -> None)
        | None -> None))

(** val view_range : z list trie -> vstate -> view -> (z * z) option **)

let view_range ats s v =
  match nfind s.v_info v.vnode with
  | Some i ->
    (match v.vtable with
     | Some _ ->
       (match view_table ats i v.vtable with
        | Some l -> Some ((minZ l), (maxZ l))
        | None -> None)
     | None ->
       (match i with
        | IInput _ -> None
        | IStep (_, _, lo, hi) -> Some (lo, hi)
        | IVal (_, lo, hi) -> Some (lo, hi)))
  | None -> None

(** val scale_range : z -> z -> z -> z * z **)

let scale_range c lo hi =
  if Z.ltb c Z0
  then ((Z.mul c hi), (Z.mul c lo))
  else ((Z.mul c lo), (Z.mul c hi))

(** val form_range :
    z list trie -> vstate -> z -> (z * view) list -> (z * z) option **)

let rec form_range ats s c = function
| [] -> Some (c, c)
| p :: r ->
  let (k, v) = p in
  (match view_range ats s v with
   | Some p0 ->
     let (lo, hi) = p0 in
     (match form_range ats s c r with
      | Some p1 ->
        let (lo', hi') = p1 in
        let (x, y) = scale_range k lo hi in
        Some ((Z.add x lo'), (Z.add y hi'))
      | None -> None)
   | None -> None)

(** val add_info : vstate -> info -> vstate **)

let add_info s i =
  { v_next = (N.succ s.v_next); v_token = s.v_token; v_info =
    (nset s.v_info s.v_next i); v_mean = s.v_mean; v_list = s.v_list }

(** val check_form :
    z list trie -> z list trie -> index -> vstate -> z -> (z * view) list ->
    hint -> vstate option **)

let check_form ats tts ix s c a h =
  match nfind ix.iform h.h_form with
  | Some r ->
    (match same_terms ats tts s a r.fterms with
     | Some d ->
       if Z.eqb r.fconst (Z.add c d)
       then (match form_range ats s c a with
             | Some p ->
               let (lo, hi) = p in Some (add_info s (IVal (h.h_form, lo, hi)))
             | None -> None)
       else None
     | None -> None)
  | None -> None

(** val strip : z -> z list -> n -> n * z list **)

let rec strip t bs k =
  match bs with
  | [] -> (k, [])
  | b :: r -> if Z.eqb b t then strip t r (N.succ k) else (k, bs)

(** val codes : z list -> z list -> n -> n list option **)

let rec codes th bs acc =
  match th with
  | [] -> (match bs with
           | [] -> Some (acc :: [])
           | _ :: _ -> None)
  | t :: th' ->
    let (k, bs') = strip t bs acc in
    (match codes th' bs' k with
     | Some r -> Some (acc :: r)
     | None -> None)

(** val code_table : z list -> bool -> z list -> n list option **)

let code_table th neg bs =
  if neg
  then (match codes th (rev (map (fun b -> Z.sub (Zpos XH) b) bs)) N0 with
        | Some r -> let n0 = lenN bs in Some (map (fun x -> N.sub n0 x) r)
        | None -> None)
  else codes th bs N0

(** val sign_of : index -> n -> n -> bool option **)

let sign_of ix ff f =
  if N.eqb f ff
  then Some false
  else (match nfind ix.iform f with
        | Some f0 ->
          let { fconst = c; fterms = fterms0 } = f0 in
          (match fterms0 with
           | [] -> None
           | t :: l ->
             (match t with
              | TForm (k, g) ->
                (match l with
                 | [] ->
                   if (&&) ((&&) (Z.eqb c Z0) (Z.eqb k (Zneg XH)))
                        (N.eqb g ff)
                   then Some true
                   else None
                 | _ :: _ -> None)
              | _ -> None))
        | None -> None)

(** val reachedN : z list -> z -> n **)

let reachedN th x =
  fold_left (fun n0 t -> if Z.leb t x then N.succ n0 else n0) th N0

(** val iotaN : n -> z list -> n list **)

let rec iotaN k l =
  k :: (match l with
        | [] -> []
        | _ :: r -> iotaN (N.succ k) r)

(** val heights : z list -> n list option -> n list **)

let heights th = function
| Some l -> l
| None -> iotaN N0 th

(** val level_mean :
    z list trie -> index -> n -> n -> z list -> info -> mean trie -> n -> n
    -> n -> n -> n -> mean option **)

let level_mean tts ix n0 ff th self ms f t off stride g =
  let bs = level_thresholds tts t off stride g in
  if ascendb bs
  then (match sign_of ix ff f with
        | Some neg ->
          if (&&) (negb neg) (eqbZ bs th)
          then Some (MTherm (n0, (lenN bs), None))
          else (match code_table th neg bs with
                | Some r -> Some (MTherm (n0, (lenN bs), (Some r)))
                | None -> None)
        | None ->
          (match utable tts ix ms n0 self f with
           | Some u ->
             Some (MTherm (n0, (lenN bs), (Some (map (reachedN bs) u))))
           | None -> None))
  else None

(** val digit_mean :
    z list trie -> index -> n -> n -> z list -> z -> z -> mean trie -> n -> n
    -> n -> n -> n -> n -> z -> mean option **)

let digit_mean tts ix n0 ff th lo hi ms f h t off count w past =
  if width_ok w count
  then let bs = slice (tableof tts t) off count in
       if ascendb bs
       then (match sign_of ix ff f with
             | Some neg ->
               if if neg then Z.ltb (Z.opp lo) past else Z.ltb hi past
               then (match code_table th neg bs with
                     | Some r ->
                       (match nfind ms h with
                        | Some m0 ->
                          (match m0 with
                           | MHot (_, _) -> None
                           | MTherm (m, _, hs) ->
                             if N.eqb m n0
                             then if eqbN (map (fun c -> N.shiftr c w) r)
                                       (heights th hs)
                                  then Some (MTherm (n0, (N.ones w), (Some
                                         (map (fun c ->
                                           N.coq_land c (N.ones w)) r))))
                                  else None
                             else None)
                        | None -> None)
                     | None -> None)
               else None
             | None -> None)
       else None
  else None

(** val bank_means :
    z list trie -> index -> n -> n -> z list -> info -> z -> z -> mean trie
    -> n list -> mean trie option **)

let rec bank_means tts ix n0 ff th self lo hi ms = function
| [] -> Some ms
| b :: r ->
  (match match nfind ix.ibank b with
         | Some b0 ->
           (match b0 with
            | BInput (_, _) -> None
            | BLevel (f, t, off, stride, g) ->
              level_mean tts ix n0 ff th self ms f t off stride g
            | BDigit (f, h, t, off, count, w, past) ->
              digit_mean tts ix n0 ff th lo hi ms f h t off count w past
            | _ -> None)
         | None -> None with
   | Some x -> bank_means tts ix n0 ff th self lo hi (nset ms b x) r
   | None -> None)

(** val check_step :
    z list trie -> z list trie -> index -> vstate -> n -> n -> n -> n -> n ->
    hint -> vstate option **)

let check_step ats tts ix s f th val0 off count h =
  match nfind s.v_info f with
  | Some i ->
    (match i with
     | IVal (ff, lo, hi) ->
       let taus = slice (tableof ats th) off count in
       let vals = slice (tableof ats val0) off (N.succ count) in
       if ascendb taus
       then if N.eqb (lenN vals) (N.succ (lenN taus))
            then let self = IStep (vals, h.h_form, (minZ vals), (maxZ vals))
                 in
                 (match bank_means tts ix s.v_next ff taus self lo hi
                          s.v_mean h.h_banks with
                  | Some ms ->
                    (match utable tts ix ms s.v_next self h.h_form with
                     | Some u ->
                       if eqbZ u vals
                       then Some { v_next = (N.succ s.v_next); v_token =
                              s.v_token; v_info =
                              (nset s.v_info s.v_next self); v_mean = ms;
                              v_list = s.v_list }
                       else None
                     | None -> None)
                  | None -> None)
            else None
       else None
     | _ -> None)
  | None -> None

(** val pow2s : z -> 'a1 list -> z list **)

let rec pow2s p = function
| [] -> []
| _ :: r -> p :: (pow2s (Z.mul (Zpos (XO XH)) p) r)

(** val bitsb : z list -> bool **)

let bitsb l =
  forallb (fun x -> (||) (Z.eqb x Z0) (Z.eqb x (Zpos XH))) l

(** val list_table :
    z list trie -> index -> mean trie -> n -> info -> z -> n list -> z list
    -> z list option **)

let rec list_table tts ix ms m i p fs acc =
  match fs with
  | [] -> Some acc
  | f :: r ->
    (match utable tts ix ms m i f with
     | Some u ->
       if bitsb u
       then (match addmul p u acc with
             | Some acc' ->
               list_table tts ix ms m i (Z.mul (Zpos (XO XH)) p) r acc'
             | None -> None)
       else None
     | None -> None)

(** val check_lists :
    z list trie -> index -> vstate -> (n * n) list -> vstate option **)

let rec check_lists tts ix s = function
| [] -> Some s
| p :: r ->
  let (l, m) = p in
  (match nfind ix.ilist l with
   | Some fs ->
     (match nfind s.v_info m with
      | Some i ->
        (match constants i Z0 with
         | Some k ->
           (match list_table tts ix s.v_mean m i (Zpos XH) fs k with
            | Some x ->
              check_lists tts ix { v_next = s.v_next; v_token = s.v_token;
                v_info = s.v_info; v_mean = s.v_mean; v_list =
                (nset s.v_list l (m, x)) } r
            | None -> None)
         | None -> None)
      | None -> None)
   | None -> None)

type poly =
| PC of z
| PX of poly * poly

(** val pconst : nat -> z -> poly **)

let rec pconst n0 c =
  match n0 with
  | O -> PC c
  | S n' -> PX ((pconst n' c), (pconst n' Z0))

(** val pscale : z -> poly -> poly **)

let rec pscale c = function
| PC a -> PC (Z.mul c a)
| PX (p0, q) -> PX ((pscale c p0), (pscale c q))

(** val padd : poly -> poly -> poly option **)

let rec padd a b =
  match a with
  | PC x -> (match b with
             | PC y -> Some (PC (Z.add x y))
             | PX (_, _) -> None)
  | PX (p, q) ->
    (match b with
     | PC _ -> None
     | PX (p', q') ->
       (match padd p p' with
        | Some r ->
          (match padd q q' with
           | Some t -> Some (PX (r, t))
           | None -> None)
        | None -> None))

(** val peqb : poly -> poly -> bool **)

let rec peqb a b =
  match a with
  | PC x -> (match b with
             | PC y -> Z.eqb x y
             | PX (_, _) -> false)
  | PX (p, q) ->
    (match b with
     | PC _ -> false
     | PX (p', q') -> (&&) (peqb p p') (peqb q q'))

(** val peq_square : poly -> poly -> bool **)

let peq_square a b =
  match a with
  | PC _ -> false
  | PX (p, q) ->
    (match p with
     | PC _ -> false
     | PX (p0, q0) ->
       (match p0 with
        | PC x ->
          (match q0 with
           | PC y ->
             (match q with
              | PC _ -> false
              | PX (p1, q1) ->
                (match p1 with
                 | PC z0 ->
                   (match q1 with
                    | PC t ->
                      (match b with
                       | PC _ -> false
                       | PX (p2, q2) ->
                         (match p2 with
                          | PC _ -> false
                          | PX (p3, q3) ->
                            (match p3 with
                             | PC x' ->
                               (match q3 with
                                | PC y' ->
                                  (match q2 with
                                   | PC _ -> false
                                   | PX (p4, q4) ->
                                     (match p4 with
                                      | PC z' ->
                                        (match q4 with
                                         | PC t' ->
                                           (&&)
                                             ((&&) (Z.eqb x x')
                                               (Z.eqb (Z.add y z0)
                                                 (Z.add y' z'))) (Z.eqb t t')
                                         | PX (_, _) -> false)
                                      | PX (_, _) -> false))
                                | PX (_, _) -> false)
                             | PX (_, _) -> false)))
                    | PX (_, _) -> false)
                 | PX (_, _) -> false))
           | PX (_, _) -> false)
        | PX (_, _) -> false))

(** val view_eqb : view -> view -> bool **)

let view_eqb v w =
  (&&) (N.eqb v.vnode w.vnode)
    (match v.vtable with
     | Some t -> (match w.vtable with
                  | Some u -> N.eqb t u
                  | None -> false)
     | None -> (match w.vtable with
                | Some _ -> false
                | None -> true))

(** val is_square : view list -> bool **)

let is_square = function
| [] -> false
| v :: l ->
  (match l with
   | [] -> false
   | w :: l0 -> (match l0 with
                 | [] -> view_eqb v w
                 | _ :: _ -> false))

type factor = { o_node : n; o_info : info; o_form : n option; o_lo : 
                z; o_all : z list; o_above : z list }

(** val factor_of : z list trie -> vstate -> view -> factor option **)

let factor_of ats s v =
  match nfind s.v_info v.vnode with
  | Some i ->
    (match view_table ats i v.vtable with
     | Some l ->
       let lo = minZ l in
       let f =
         match v.vtable with
         | Some _ -> None
         | None ->
           (match i with
            | IInput _ -> None
            | IStep (_, f, _, _) -> Some f
            | IVal (_, _, _) -> None)
       in
       Some { o_node = v.vnode; o_info = i; o_form = f; o_lo = lo; o_all = l;
       o_above = (map (fun x -> Z.sub x lo) l) }
     | None -> None)
  | None -> None

(** val factors_of :
    z list trie -> vstate -> view list -> factor list option **)

let rec factors_of ats s = function
| [] -> Some []
| v :: r ->
  (match factor_of ats s v with
   | Some o ->
     (match factors_of ats s r with
      | Some os -> Some (o :: os)
      | None -> None)
   | None -> None)

(** val pexpand : factor list -> poly **)

let rec pexpand = function
| [] -> PC (Zpos XH)
| o :: r -> let p = pexpand r in PX ((pscale o.o_lo p), p)

(** val is_factor :
    z list trie -> index -> mean trie -> factor -> n -> bool **)

let is_factor tts ix ms o g =
  match o.o_form with
  | Some f -> N.eqb f g
  | None ->
    (match utable tts ix ms o.o_node o.o_info g with
     | Some u -> eqbZ u o.o_all
     | None -> false)

(** val pfactor :
    z list trie -> index -> mean trie -> factor list -> n -> poly option **)

let rec pfactor tts ix ms os g =
  match os with
  | [] -> None
  | o :: r ->
    let n0 = length r in
    if is_factor tts ix ms o g
    then Some (PX ((pconst n0 o.o_lo), (pconst n0 (Zpos XH))))
    else (match pfactor tts ix ms r g with
          | Some p -> Some (PX (p, (pconst n0 Z0)))
          | None -> None)

(** val is_list : vstate -> factor -> n -> bool **)

let is_list s o l =
  match nfind s.v_list l with
  | Some p -> let (m, x) = p in (&&) (N.eqb m o.o_node) (eqbZ x o.o_above)
  | None -> false

(** val pmono : vstate -> factor list -> n list -> poly option **)

let rec pmono s os ls =
  match os with
  | [] -> (match ls with
           | [] -> Some (PC (Zpos XH))
           | _ :: _ -> None)
  | o :: r ->
    let n0 = length r in
    let skip =
      match pmono s r ls with
      | Some p -> Some (PX (p, (pconst n0 Z0)))
      | None -> None
    in
    (match ls with
     | [] -> skip
     | l :: ls' ->
       if is_list s o l
       then (match pmono s r ls' with
             | Some p -> Some (PX ((pconst n0 Z0), p))
             | None -> None)
       else skip)

(** val wprod : z list list -> z list **)

let rec wprod = function
| [] -> (Zpos XH) :: []
| l :: r -> flat_map (fun p -> map (Z.mul p) (wprod r)) l

(** val wpairs : z list -> z list **)

let rec wpairs = function
| [] -> []
| p :: r -> app (map (fun q -> Z.mul (Z.mul (Zpos (XO XH)) p) q) r) (wpairs r)

(** val forms_of_lists : index -> n list -> n list list option **)

let rec forms_of_lists ix = function
| [] -> Some []
| l :: r ->
  (match nfind ix.ilist l with
   | Some fs ->
     (match forms_of_lists ix r with
      | Some q -> Some (fs :: q)
      | None -> None)
   | None -> None)

(** val diagonal : z -> n list -> (z * n) list **)

let diagonal c fs =
  combine (map (fun p -> Z.mul c (Z.mul p p)) (pow2s (Zpos XH) fs)) fs

(** val pterms :
    z list trie -> index -> vstate -> factor list -> (z * n) list -> term
    list -> poly -> poly option **)

let rec pterms tts ix s os pend terms acc =
  match terms with
  | [] -> (match pend with
           | [] -> Some acc
           | _ :: _ -> None)
  | t :: r ->
    (match pend with
     | [] ->
       (match t with
        | TForm (c, g) ->
          (match pfactor tts ix s.v_mean os g with
           | Some p ->
             (match padd acc (pscale c p) with
              | Some a -> pterms tts ix s os [] r a
              | None -> None)
           | None -> None)
        | TOnes (_, _) -> None
        | TTable (c, b, t0, off) ->
          (match nfind ix.ibank b with
           | Some b0 ->
             (match b0 with
              | BAnd ls ->
                (match forms_of_lists ix ls with
                 | Some fss ->
                   let w = wprod (map (pow2s (Zpos XH)) fss) in
                   if eqbZ (slice (tableof tts t0) off (lenN w)) w
                   then (match pmono s os ls with
                         | Some p ->
                           (match padd acc (pscale c p) with
                            | Some a -> pterms tts ix s os [] r a
                            | None -> None)
                         | None -> None)
                   else None
                 | None -> None)
              | BPairs l ->
                (match nfind ix.ilist l with
                 | Some fs ->
                   let w = wpairs (pow2s (Zpos XH) fs) in
                   if eqbZ (slice (tableof tts t0) off (lenN w)) w
                   then (match pmono s os (l :: (l :: [])) with
                         | Some p ->
                           (match padd acc (pscale c p) with
                            | Some a -> pterms tts ix s os (diagonal c fs) r a
                            | None -> None)
                         | None -> None)
                   else None
                 | None -> None)
              | _ -> None)
           | None -> None))
     | p :: q ->
       let (c, f) = p in
       (match t with
        | TForm (c', f') ->
          if Z.eqb c c'
          then if N.eqb f f' then pterms tts ix s os q r acc else None
          else None
        | _ -> None))

(** val mul_range : (z * z) -> (z * z) -> z * z **)

let mul_range a b =
  let (x, y) = a in
  let (u, v) = b in
  ((Z.min (Z.min (Z.mul x u) (Z.mul x v)) (Z.min (Z.mul y u) (Z.mul y v))),
  (Z.max (Z.max (Z.mul x u) (Z.mul x v)) (Z.max (Z.mul y u) (Z.mul y v))))

(** val product_range : factor list -> z * z **)

let product_range os =
  fold_right (fun o r -> mul_range ((minZ o.o_all), (maxZ o.o_all)) r) ((Zpos
    XH), (Zpos XH)) os

(** val check_product :
    z list trie -> z list trie -> index -> vstate -> view list -> hint ->
    vstate option **)

let check_product ats tts ix s0 vs h =
  match check_lists tts ix s0 h.h_lists with
  | Some s ->
    (match nfind ix.iform h.h_form with
     | Some r ->
       (match factors_of ats s vs with
        | Some os ->
          (match pterms tts ix s os [] r.fterms (pconst (length os) r.fconst) with
           | Some p ->
             if (||) (peqb p (pexpand os))
                  ((&&) (is_square vs) (peq_square p (pexpand os)))
             then let (lo, hi) = product_range os in
                  Some (add_info s (IVal (h.h_form, lo, hi)))
             else None
           | None -> None)
        | None -> None)
     | None -> None)
  | None -> None

(** val check_node :
    z list trie -> z list trie -> index -> vstate -> node -> hint -> vstate
    option **)

let check_node ats tts ix s d h =
  match d with
  | AInput n0 -> check_input ix s n0 h
  | AForm (c, terms) -> check_form ats tts ix s c terms h
  | AStep (f, th, val0, off, count) ->
    check_step ats tts ix s f th val0 off count h
  | AProduct vs -> check_product ats tts ix s vs h

(** val check_nodes :
    z list trie -> z list trie -> index -> vstate -> node list -> hint list
    -> vstate option **)

let rec check_nodes ats tts ix s ds hs =
  match ds with
  | [] -> (match hs with
           | [] -> Some s
           | _ :: _ -> None)
  | d :: ds' ->
    (match hs with
     | [] -> None
     | h :: hs' ->
       (match check_node ats tts ix s d h with
        | Some s' -> check_nodes ats tts ix s' ds' hs'
        | None -> None))

(** val vstart : vstate **)

let vstart =
  { v_next = N0; v_token = N0; v_info = nempty; v_mean = nempty; v_list =
    nempty }

(** val bits_match : n -> n list -> z list -> bool **)

let rec bits_match k hs vals =
  match hs with
  | [] -> (match vals with
           | [] -> true
           | _ :: _ -> false)
  | h :: hs' ->
    (match vals with
     | [] -> false
     | v :: vals' -> (&&) (Z.eqb (b2z (N.ltb k h)) v) (bits_match k hs' vals'))

(** val check_output : vstate -> n -> (n * n) -> bool **)

let check_output s n0 o =
  match nfind s.v_info n0 with
  | Some i ->
    (match i with
     | IStep (vals, _, _, _) ->
       (match nfind s.v_mean (fst o) with
        | Some m0 ->
          (match m0 with
           | MHot (_, _) -> false
           | MTherm (m, _, hs) ->
             (&&) (N.eqb m n0)
               (bits_match (snd o) (heights (tl vals) hs) vals))
        | None -> false)
     | _ -> false)
  | None -> false

(** val all2 : ('a1 -> 'a2 -> bool) -> 'a1 list -> 'a2 list -> bool **)

let rec all2 p a b =
  match a with
  | [] -> (match b with
           | [] -> true
           | _ :: _ -> false)
  | x :: a' ->
    (match b with
     | [] -> false
     | y :: b' -> (&&) (p x y) (all2 p a' b'))

(** val validate : acircuit -> tcircuit -> hint list -> bool **)

let validate a t hs =
  (&&) ((&&) (ac_wf a) (tc_wf t))
    (match check_nodes a.atables t.ttables (index_of t.titems) vstart
             a.anodes hs with
     | Some s ->
       (&&) (eqbN (widths t.titems) (input_levels a.anodes))
         (all2 (all2 (check_output s)) a.alabels t.toutputs)
     | None -> false)

(** val gate_count : counters -> bank -> n **)

let gate_count n0 k =
  if is_binput k then N0 else bank_gates n0 k

(** val item_gates : counters -> item -> n **)

let item_gates n0 = function
| IBank (_, k) -> gate_count n0 k
| _ -> N0

(** val gates_from : counters -> item list -> n **)

let rec gates_from n0 = function
| [] -> N0
| i :: r -> N.add (item_gates n0 i) (gates_from (item_next n0 i) r)

(** val tc_gates : tcircuit -> n **)

let tc_gates c =
  gates_from cstart c.titems

type depths_ = { dform : n trie; dlist : n trie; dbank : n trie; dmax : n }

(** val dget : n trie -> n -> n **)

let dget m k =
  nget N0 m k

(** val maxN : n list -> n **)

let maxN l =
  fold_right N.max N0 l

(** val term_depth : depths_ -> term -> n **)

let term_depth d = function
| TForm (_, f) -> dget d.dform f
| TOnes (_, b) -> dget d.dbank b
| TTable (_, b, _, _) -> dget d.dbank b

(** val bank_depth : depths_ -> bank -> n **)

let bank_depth d = function
| BInput (_, _) -> N0
| BLevel (f, _, _, _, _) -> N.succ (dget d.dform f)
| BDigit (f, h, _, _, _, _, _) ->
  N.succ (N.max (dget d.dform f) (dget d.dbank h))
| BAnd ls -> N.succ (maxN (map (dget d.dlist) ls))
| BPairs l -> N.succ (dget d.dlist l)

(** val depth_next : counters -> depths_ -> item -> depths_ **)

let depth_next n0 d = function
| IForm (f, r) ->
  { dform = (nset d.dform f (maxN (map (term_depth d) r.fterms))); dlist =
    d.dlist; dbank = d.dbank; dmax = d.dmax }
| IList (l, fs) ->
  { dform = d.dform; dlist = (nset d.dlist l (maxN (map (dget d.dform) fs)));
    dbank = d.dbank; dmax = d.dmax }
| IBank (b, k) ->
  let x = if N.eqb (bank_gates n0 k) N0 then N0 else bank_depth d k in
  { dform = d.dform; dlist = d.dlist; dbank = (nset d.dbank b x); dmax =
  (N.max x d.dmax) }

(** val depth_from : counters -> depths_ -> item list -> depths_ **)

let rec depth_from n0 d = function
| [] -> d
| i :: r -> depth_from (item_next n0 i) (depth_next n0 d i) r

(** val dstart : depths_ **)

let dstart =
  { dform = nempty; dlist = nempty; dbank = nempty; dmax = N0 }

(** val tc_depth : tcircuit -> n **)

let tc_depth c =
  (depth_from cstart dstart c.titems).dmax
