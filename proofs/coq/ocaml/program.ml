
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

module Coq__1 = struct
 (** val add : nat -> nat -> nat **)
 let rec add n0 m =
   match n0 with
   | O -> m
   | S p -> S (add p m)
end
include Coq__1

(** val mul : nat -> nat -> nat **)

let rec mul n0 m =
  match n0 with
  | O -> O
  | S p -> add m (mul p m)

(** val sub : nat -> nat -> nat **)

let rec sub n0 m =
  match n0 with
  | O -> n0
  | S k -> (match m with
            | O -> n0
            | S l -> sub k l)

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

(** val bool_dec : bool -> bool -> bool **)

let bool_dec b1 b2 =
  if b1 then if b2 then true else false else if b2 then false else true

(** val eqb : bool -> bool -> bool **)

let eqb b1 b2 =
  if b1 then b2 else if b2 then false else true

module Nat =
 struct
  (** val eqb : nat -> nat -> bool **)

  let rec eqb n0 m =
    match n0 with
    | O -> (match m with
            | O -> true
            | S _ -> false)
    | S n' -> (match m with
               | O -> false
               | S m' -> eqb n' m')

  (** val leb : nat -> nat -> bool **)

  let rec leb n0 m =
    match n0 with
    | O -> true
    | S n' -> (match m with
               | O -> false
               | S m' -> leb n' m')

  (** val ltb : nat -> nat -> bool **)

  let ltb n0 m =
    leb (S n0) m

  (** val max : nat -> nat -> nat **)

  let rec max n0 m =
    match n0 with
    | O -> m
    | S n' -> (match m with
               | O -> n0
               | S m' -> S (max n' m'))

  (** val eq_dec : nat -> nat -> bool **)

  let rec eq_dec n0 m =
    match n0 with
    | O -> (match m with
            | O -> true
            | S _ -> false)
    | S n1 -> (match m with
               | O -> false
               | S n2 -> eq_dec n1 n2)
 end

module Pos =
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

  (** val size : positive -> positive **)

  let rec size = function
  | XI p0 -> succ (size p0)
  | XO p0 -> succ (size p0)
  | XH -> XH

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

  (** val testbit : positive -> n -> bool **)

  let rec testbit p n0 =
    match p with
    | XI p0 -> (match n0 with
                | N0 -> true
                | Npos n1 -> testbit p0 (pred_N n1))
    | XO p0 -> (match n0 with
                | N0 -> false
                | Npos n1 -> testbit p0 (pred_N n1))
    | XH -> (match n0 with
             | N0 -> true
             | Npos _ -> false)

  (** val iter_op : ('a1 -> 'a1 -> 'a1) -> positive -> 'a1 -> 'a1 **)

  let rec iter_op op p a =
    match p with
    | XI p0 -> op a (iter_op op p0 (op a a))
    | XO p0 -> iter_op op p0 (op a a)
    | XH -> a

  (** val to_nat : positive -> nat **)

  let to_nat x =
    iter_op Coq__1.add x (S O)

  (** val of_succ_nat : nat -> positive **)

  let rec of_succ_nat = function
  | O -> XH
  | S x -> succ (of_succ_nat x)
 end

module N =
 struct
  (** val succ : n -> n **)

  let succ = function
  | N0 -> Npos XH
  | Npos p -> Npos (Pos.succ p)

  (** val pred : n -> n **)

  let pred = function
  | N0 -> N0
  | Npos p -> Pos.pred_N p

  (** val succ_pos : n -> positive **)

  let succ_pos = function
  | N0 -> XH
  | Npos p -> Pos.succ p

  (** val eqb : n -> n -> bool **)

  let eqb n0 m =
    match n0 with
    | N0 -> (match m with
             | N0 -> true
             | Npos _ -> false)
    | Npos p -> (match m with
                 | N0 -> false
                 | Npos q -> Pos.eqb p q)

  (** val testbit : n -> n -> bool **)

  let testbit a n0 =
    match a with
    | N0 -> false
    | Npos p -> Pos.testbit p n0

  (** val to_nat : n -> nat **)

  let to_nat = function
  | N0 -> O
  | Npos p -> Pos.to_nat p

  (** val of_nat : nat -> n **)

  let of_nat = function
  | O -> N0
  | S n' -> Npos (Pos.of_succ_nat n')
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
  | Zneg p -> Zneg (Pos.pred_double p)

  (** val pred_double : z -> z **)

  let pred_double = function
  | Z0 -> Zneg XH
  | Zpos p -> Zpos (Pos.pred_double p)
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
       | XH -> Zpos (Pos.pred_double p))
    | XH ->
      (match y with
       | XI q -> Zneg (XO q)
       | XO q -> Zneg (Pos.pred_double q)
       | XH -> Z0)

  (** val add : z -> z -> z **)

  let add x y =
    match x with
    | Z0 -> y
    | Zpos x' ->
      (match y with
       | Z0 -> x
       | Zpos y' -> Zpos (Pos.add x' y')
       | Zneg y' -> pos_sub x' y')
    | Zneg x' ->
      (match y with
       | Z0 -> x
       | Zpos y' -> pos_sub y' x'
       | Zneg y' -> Zneg (Pos.add x' y'))

  (** val opp : z -> z **)

  let opp = function
  | Z0 -> Z0
  | Zpos x0 -> Zneg x0
  | Zneg x0 -> Zpos x0

  (** val succ : z -> z **)

  let succ x =
    add x (Zpos XH)

  (** val pred : z -> z **)

  let pred x =
    add x (Zneg XH)

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
       | Zpos y' -> Zpos (Pos.mul x' y')
       | Zneg y' -> Zneg (Pos.mul x' y'))
    | Zneg x' ->
      (match y with
       | Z0 -> Z0
       | Zpos y' -> Zneg (Pos.mul x' y')
       | Zneg y' -> Zpos (Pos.mul x' y'))

  (** val pow_pos : z -> positive -> z **)

  let pow_pos z0 =
    Pos.iter (mul z0) (Zpos XH)

  (** val pow : z -> z -> z **)

  let pow x = function
  | Z0 -> Zpos XH
  | Zpos p -> pow_pos x p
  | Zneg _ -> Z0

  (** val compare : z -> z -> comparison **)

  let compare x y =
    match x with
    | Z0 -> (match y with
             | Z0 -> Eq
             | Zpos _ -> Lt
             | Zneg _ -> Gt)
    | Zpos x' -> (match y with
                  | Zpos y' -> Pos.compare x' y'
                  | _ -> Gt)
    | Zneg x' ->
      (match y with
       | Zneg y' -> compOpp (Pos.compare x' y')
       | _ -> Lt)

  (** val leb : z -> z -> bool **)

  let leb x y =
    match compare x y with
    | Gt -> false
    | _ -> true

  (** val eqb : z -> z -> bool **)

  let eqb x y =
    match x with
    | Z0 -> (match y with
             | Z0 -> true
             | _ -> false)
    | Zpos p -> (match y with
                 | Zpos q -> Pos.eqb p q
                 | _ -> false)
    | Zneg p -> (match y with
                 | Zneg q -> Pos.eqb p q
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

  (** val to_nat : z -> nat **)

  let to_nat = function
  | Zpos p -> Pos.to_nat p
  | _ -> O

  (** val of_nat : nat -> z **)

  let of_nat = function
  | O -> Z0
  | S n1 -> Zpos (Pos.of_succ_nat n1)

  (** val odd : z -> bool **)

  let odd = function
  | Z0 -> false
  | Zpos p -> (match p with
               | XO _ -> false
               | _ -> true)
  | Zneg p -> (match p with
               | XO _ -> false
               | _ -> true)

  (** val log2 : z -> z **)

  let log2 = function
  | Zpos p0 ->
    (match p0 with
     | XI p -> Zpos (Pos.size p)
     | XO p -> Zpos (Pos.size p)
     | XH -> Z0)
  | _ -> Z0

  (** val testbit : z -> z -> bool **)

  let testbit a = function
  | Z0 -> odd a
  | Zpos p ->
    (match a with
     | Z0 -> false
     | Zpos a0 -> Pos.testbit a0 (Npos p)
     | Zneg a0 -> negb (N.testbit (Pos.pred_N a0) (Npos p)))
  | Zneg _ -> false

  (** val log2_up : z -> z **)

  let log2_up a =
    match compare (Zpos XH) a with
    | Lt -> succ (log2 (pred a))
    | _ -> Z0
 end

(** val nth : nat -> 'a1 list -> 'a1 -> 'a1 **)

let rec nth n0 l default =
  match n0 with
  | O -> (match l with
          | [] -> default
          | x :: _ -> x)
  | S m -> (match l with
            | [] -> default
            | _ :: t -> nth m t default)

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

(** val filter : ('a1 -> bool) -> 'a1 list -> 'a1 list **)

let rec filter f = function
| [] -> []
| x :: l0 -> if f x then x :: (filter f l0) else filter f l0

(** val combine : 'a1 list -> 'a2 list -> ('a1 * 'a2) list **)

let rec combine l l' =
  match l with
  | [] -> []
  | x :: tl ->
    (match l' with
     | [] -> []
     | y :: tl' -> (x, y) :: (combine tl tl'))

(** val seq : nat -> nat -> nat list **)

let rec seq start = function
| O -> []
| S len0 -> start :: (seq (S start) len0)

(** val repeat : 'a1 -> nat -> 'a1 list **)

let rec repeat x = function
| O -> []
| S k -> x :: (repeat x k)

(** val list_sum : nat list -> nat **)

let list_sum l =
  fold_right add O l

(** val b2z : bool -> z **)

let b2z = function
| true -> Zpos XH
| false -> Z0

(** val maxl : nat list -> nat **)

let maxl l =
  fold_right Nat.max O l

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

type term = nat * z list

type form = { fconst : z; fterms : term list }

type step = { sform : form; sthrs : z list }

type ir = step list

(** val nthrs : ir -> nat **)

let nthrs p =
  list_sum (map (fun s -> length s.sthrs) p)

(** val sdepth : nat list -> step -> nat **)

let sdepth d s =
  S (maxl (map (fun t -> nth (fst t) d O) s.sform.fterms))

(** val adepths : ir -> nat list -> nat list **)

let rec adepths p d =
  match p with
  | [] -> d
  | s :: p' -> adepths p' (app d ((sdepth d s) :: []))

(** val ir_depths : nat list -> ir -> nat list **)

let ir_depths ls p =
  adepths p (repeat O (length ls))

(** val ir_depth : nat list -> ir -> nat **)

let ir_depth ls p =
  maxl (ir_depths ls p)

(** val zbit : nat -> z -> z **)

let zbit i x =
  b2z (Z.testbit x (Z.of_nat i))

(** val zsum : ('a1 -> z) -> 'a1 list -> z **)

let rec zsum f = function
| [] -> Z0
| a :: r -> Z.add (f a) (zsum f r)

(** val minZ : z list -> z **)

let minZ = function
| [] -> Z0
| x :: r -> fold_right Z.min x r

(** val maxZ : z list -> z **)

let maxZ = function
| [] -> Z0
| x :: r -> fold_right Z.max x r

type factor = { fvar : nat; ftab : z list; fbits : nat }

(** val choices : factor list -> nat list list **)

let rec choices = function
| [] -> [] :: []
| f :: r ->
  flat_map (fun i -> map (fun x -> i :: x) (choices r)) (seq O f.fbits)

(** val conj_terms : nat -> nat list list -> term list **)

let rec conj_terms m = function
| [] -> []
| ix :: r ->
  (m,
    (Z0 :: ((Z.pow (Zpos (XO XH)) (Z.of_nat (list_sum ix))) :: []))) :: 
    (conj_terms (S m) r)

(** val pos : ('a1 -> 'a1 -> bool) -> 'a1 -> 'a1 list -> nat **)

let rec pos k_dec k = function
| [] -> O
| a :: r -> if k_dec k a then O else S (pos k_dec k r)

type elem = { es : nat; et : nat; ea : nat; eb : nat; ej : nat }

type operand = { oe : elem; osq : bool }

type body =
| Token of (nat -> z list)
| Form of (elem -> z) * (elem -> (z * operand) list)
| Step of (elem -> z) * (elem -> (z * operand) list) * z list * z list
| Product of (nat * (elem -> elem)) list

type law = { codes : z; spare : z; extra : z; offset : bool }

type stage = { rows : nat; cols : nat; pair : bool; rank : nat; slaw : 
               law; sbody : body }

type program = { vocab : nat; stages : stage list; labels : nat; classes : nat }

(** val on : nat -> elem -> elem **)

let on s e =
  { es = s; et = e.et; ea = e.ea; eb = e.eb; ej = e.ej }

(** val factors_at : (nat * (elem -> elem)) list -> elem -> elem list **)

let factors_at fs e =
  map (fun f -> on (fst f) (snd f e)) fs

(** val is_token : stage -> bool **)

let is_token st =
  match st.sbody with
  | Token _ -> true
  | _ -> false

(** val is_step : stage -> bool **)

let is_step st =
  match st.sbody with
  | Step (_, _, _, _) -> true
  | _ -> false

type key =
| KToken of nat
| KSum of elem
| KElem of elem

type table =
| TToken of nat * nat * bool
| TThresholds of nat
| TValues of nat
| TSquares of nat

(** val elem_dec : elem -> elem -> bool **)

let elem_dec a b =
  let { es = es0; et = et0; ea = ea0; eb = eb0; ej = ej0 } = a in
  let { es = es1; et = et1; ea = ea1; eb = eb1; ej = ej1 } = b in
  if Nat.eq_dec es0 es1
  then if Nat.eq_dec et0 et1
       then if Nat.eq_dec ea0 ea1
            then if Nat.eq_dec eb0 eb1 then Nat.eq_dec ej0 ej1 else false
            else false
       else false
  else false

(** val key_dec : key -> key -> bool **)

let key_dec a b =
  match a with
  | KToken t -> (match b with
                 | KToken t0 -> Nat.eq_dec t t0
                 | _ -> false)
  | KSum e -> (match b with
               | KSum e0 -> elem_dec e e0
               | _ -> false)
  | KElem e -> (match b with
                | KElem e0 -> elem_dec e e0
                | _ -> false)

(** val table_dec : table -> table -> bool **)

let table_dec a b =
  match a with
  | TToken (s, a0, square) ->
    (match b with
     | TToken (s0, a1, square0) ->
       if Nat.eq_dec s s0
       then if Nat.eq_dec a0 a1 then bool_dec square square0 else false
       else false
     | _ -> false)
  | TThresholds s ->
    (match b with
     | TThresholds s0 -> Nat.eq_dec s s0
     | _ -> false)
  | TValues s -> (match b with
                  | TValues s0 -> Nat.eq_dec s s0
                  | _ -> false)
  | TSquares s -> (match b with
                   | TSquares s0 -> Nat.eq_dec s s0
                   | _ -> false)

(** val cells : nat -> nat -> stage -> elem list **)

let cells s t st =
  flat_map (fun a ->
    flat_map (fun b ->
      map (fun j -> { es = s; et = t; ea = a; eb = b; ej = j })
        (if st.pair then seq O t else O :: [])) (seq O st.cols))
    (seq O st.rows)

(** val stage_at : program -> nat -> stage **)

let stage_at p s =
  nth s p.stages { rows = O; cols = O; pair = false; rank = O; slaw =
    { codes = Z0; spare = Z0; extra = Z0; offset = false }; sbody = (Token
    (fun _ -> [])) }

(** val sum_keys : program -> nat -> nat -> key list **)

let sum_keys p s t =
  if is_step (stage_at p s)
  then map (fun x -> KSum x) (cells s t (stage_at p s))
  else []

(** val elem_keys : program -> nat -> nat -> key list **)

let elem_keys p s t =
  if is_token (stage_at p s)
  then []
  else map (fun x -> KElem x) (cells s t (stage_at p s))

(** val stage_keys : program -> nat -> nat -> key list **)

let stage_keys p t s =
  app (sum_keys p s t) (elem_keys p s t)

(** val position_keys : program -> nat -> key list **)

let position_keys p t =
  (KToken t) :: (flat_map (stage_keys p t) (seq O (length p.stages)))

(** val keys : program -> nat -> key list **)

let keys p n0 =
  flat_map (position_keys p) (seq O n0)

(** val squares : z list -> z list **)

let squares l =
  map (fun x -> Z.mul x x) l

(** val stage_tables : program -> nat -> table list **)

let stage_tables p s =
  match (stage_at p s).sbody with
  | Token _ ->
    flat_map (fun a -> (TToken (s, a, false)) :: ((TToken (s, a,
      true)) :: [])) (seq O (stage_at p s).rows)
  | Step (_, _, _, _) ->
    (TThresholds s) :: ((TValues s) :: ((TSquares s) :: []))
  | _ -> []

(** val tables : program -> table list **)

let tables p =
  flat_map (stage_tables p) (seq O (length p.stages))

(** val content : program -> table -> z list **)

let content p = function
| TToken (s, a, sq) ->
  (match (stage_at p s).sbody with
   | Token tab -> if sq then squares (tab a) else tab a
   | _ -> [])
| TThresholds s ->
  (match (stage_at p s).sbody with
   | Step (_, _, th, _) -> th
   | _ -> [])
| TValues s ->
  (match (stage_at p s).sbody with
   | Step (_, _, _, vals) -> vals
   | _ -> [])
| TSquares s ->
  (match (stage_at p s).sbody with
   | Step (_, _, _, vals) -> squares vals
   | _ -> [])

(** val table_number : program -> table -> n **)

let table_number p k =
  N.of_nat (pos table_dec k (tables p))

(** val numbered : n -> z list list -> z list trie -> z list trie **)

let rec numbered i l m =
  match l with
  | [] -> m
  | x :: r -> numbered (N.succ i) r (nset m i x)

(** val number : key list -> key -> n **)

let number ks k =
  N.of_nat (pos key_dec k ks)

(** val operand_view : program -> key list -> operand -> view **)

let operand_view p ks o =
  let e = o.oe in
  if is_token (stage_at p e.es)
  then { vnode = (number ks (KToken e.et)); vtable = (Some
         (table_number p (TToken (e.es, e.ea, o.osq)))) }
  else { vnode = (number ks (KElem e)); vtable =
         (if o.osq then Some (table_number p (TSquares e.es)) else None) }

(** val views :
    program -> key list -> (z * operand) list -> (z * view) list **)

let views p ks terms =
  map (fun t -> ((fst t), (operand_view p ks (snd t)))) terms

(** val node_of : program -> key list -> key -> node **)

let node_of p ks = function
| KToken _ -> AInput (N.of_nat p.vocab)
| KSum e ->
  (match (stage_at p e.es).sbody with
   | Step (c, terms, _, _) -> AForm ((c e), (views p ks (terms e)))
   | _ -> AForm (Z0, []))
| KElem e ->
  (match (stage_at p e.es).sbody with
   | Token _ -> AForm (Z0, [])
   | Form (c, terms) -> AForm ((c e), (views p ks (terms e)))
   | Step (_, _, th, _) ->
     AStep ((number ks (KSum e)), (table_number p (TThresholds e.es)),
       (table_number p (TValues e.es)), N0, (N.of_nat (length th)))
   | Product fs ->
     AProduct
       (map (fun o -> operand_view p ks { oe = o; osq = false })
         (factors_at fs e)))

(** val unrolled : program -> key list -> nat -> acircuit **)

let unrolled p ks n0 =
  { atables = (numbered N0 (map (content p) (tables p)) nempty); anodes =
    (map (node_of p ks) ks); alabels =
    (map (fun t ->
      map (fun a ->
        number ks (KElem { es = p.labels; et = t; ea = a; eb = O; ej = O }))
        (seq O p.classes)) (seq O n0)) }

(** val circuit_of : program -> nat -> acircuit **)

let circuit_of p n0 =
  let ks = keys p n0 in unrolled p ks n0

type repr =
| RToken of nat * nat
| RForm of form
| RStep of nat * nat * z list

(** val read : repr -> z list -> term list **)

let read r g =
  match r with
  | RToken (b, w) ->
    map (fun k -> ((add b k), (Z0 :: ((nth k g Z0) :: [])))) (seq O w)
  | RForm _ -> []
  | RStep (v, _, _) -> (v, g) :: []

(** val levels : repr -> nat **)

let levels = function
| RToken (_, w) -> w
| RForm _ -> O
| RStep (_, n0, _) -> n0

(** val repr_at : repr list -> n -> repr **)

let repr_at rs n0 =
  nth (N.to_nat n0) rs (RForm { fconst = Z0; fterms = [] })

(** val table_of : z list trie -> repr -> n option -> z list **)

let table_of ts r = function
| Some t0 -> tableof ts t0
| None -> (match r with
           | RStep (_, _, vals) -> vals
           | _ -> [])

(** val view_form : z list trie -> repr list -> view -> form **)

let view_form ts rs v =
  match repr_at rs v.vnode with
  | RForm f -> f
  | x -> { fconst = Z0; fterms = (read x (table_of ts x v.vtable)) }

(** val scale : z -> form -> form **)

let scale c f =
  { fconst = (Z.mul c f.fconst); fterms =
    (map (fun t -> ((fst t), (map (Z.mul c) (snd t)))) f.fterms) }

(** val fplus : form -> form -> form **)

let fplus f g =
  { fconst = (Z.add f.fconst g.fconst); fterms = (app f.fterms g.fterms) }

(** val linear : z list trie -> repr list -> z -> (z * view) list -> form **)

let linear ts rs c terms =
  fold_right (fun t f -> fplus (scale (fst t) (view_form ts rs (snd t))) f)
    { fconst = c; fterms = [] } terms

type factor0 = { least : z; wide : nat; above : z list; var : repr }

(** val values_of : z list trie -> repr -> n option -> z list **)

let values_of ts r t =
  map (fun l -> nth l (table_of ts r t) Z0) (seq O (levels r))

(** val width : z list -> nat **)

let width vals =
  Z.to_nat (Z.log2_up (Z.add (Z.sub (maxZ vals) (minZ vals)) (Zpos XH)))

(** val factor_of : z list trie -> repr list -> view -> factor0 **)

let factor_of ts rs v =
  let r = repr_at rs v.vnode in
  let vals = values_of ts r v.vtable in
  { least = (minZ vals); wide = (width vals); above =
  (map (fun x -> Z.sub x (minZ vals)) vals); var = r }

(** val sets : ('a1 -> z) -> 'a1 list -> (z * 'a1 list) list **)

let rec sets lo = function
| [] -> ((Zpos XH), []) :: []
| f :: r ->
  app (map (fun q -> ((fst q), (f :: (snd q)))) (sets lo r))
    (map (fun q -> ((Z.mul (lo f) (fst q)), (snd q))) (sets lo r))

(** val unit_bits : nat -> factor **)

let unit_bits w =
  { fvar = O; ftab = []; fbits = w }

(** val picks : nat list -> nat list list **)

let picks ws =
  choices (map unit_bits ws)

(** val bits_of : factor0 list -> nat list -> term list **)

let rec bits_of fs ix =
  match fs with
  | [] -> []
  | f :: r ->
    (match ix with
     | [] -> []
     | i :: q -> app (read f.var (map (zbit i) f.above)) (bits_of r q))

(** val and_step : factor0 list -> nat list -> step **)

let and_step fs ix =
  { sform = { fconst = Z0; fterms = (bits_of fs ix) }; sthrs =
    ((Z.of_nat (length fs)) :: []) }

(** val part : nat -> (z * factor0 list) -> ir * form **)

let part n0 q =
  if Z.eqb (fst q) Z0
  then ([], { fconst = Z0; fterms = [] })
  else (match snd q with
        | [] -> ([], { fconst = (fst q); fterms = [] })
        | f :: l ->
          (match l with
           | [] ->
             ([],
               (scale (fst q) { fconst = Z0; fterms = (read f.var f.above) }))
           | f0 :: l0 ->
             let fs = f :: (f0 :: l0) in
             ((map (and_step fs) (picks (map (fun f1 -> f1.wide) fs))),
             (scale (fst q) { fconst = Z0; fterms =
               (conj_terms n0 (picks (map (fun f1 -> f1.wide) fs))) }))))

(** val parts : nat -> (z * factor0 list) list -> ir * form **)

let rec parts n0 = function
| [] -> ([], { fconst = Z0; fterms = [] })
| q :: r ->
  let (p, f) = part n0 q in
  let (p', g) = parts (add n0 (length p)) r in ((app p p'), (fplus f g))

type lstate = { next_input : nat; variables : nat; reprs : repr list;
                steps : ir }

(** val lower_node : z list trie -> lstate -> node -> lstate **)

let lower_node ts s d =
  let add0 = fun inputs p r -> { next_input = (add s.next_input inputs);
    variables = (add s.variables (length p)); reprs =
    (app s.reprs (r :: [])); steps = (app s.steps p) }
  in
  (match d with
   | AInput n0 -> add0 (N.to_nat n0) [] (RToken (s.next_input, (N.to_nat n0)))
   | AForm (c, terms) -> add0 O [] (RForm (linear ts s.reprs c terms))
   | AStep (f, th, val0, off, n0) ->
     let th0 = slice (tableof ts th) off n0 in
     add0 O ({ sform = (view_form ts s.reprs { vnode = f; vtable = None });
       sthrs = th0 } :: []) (RStep (s.variables, (S (length th0)),
       (skipN off (tableof ts val0))))
   | AProduct vs ->
     let (p, f) =
       parts s.variables
         (sets (fun f -> f.least) (map (factor_of ts s.reprs) vs))
     in
     add0 O p (RForm f))

(** val input_bits : acircuit -> nat **)

let input_bits c =
  list_sum (map N.to_nat (input_levels c.anodes))

(** val lowered : acircuit -> lstate **)

let lowered c =
  fold_left (lower_node c.atables) c.anodes { next_input = O; variables =
    (input_bits c); reprs = []; steps = [] }

(** val inputs_of : acircuit -> nat list **)

let inputs_of c =
  repeat (S O) (input_bits c)

(** val ac_gates : acircuit -> nat **)

let ac_gates c =
  nthrs (lowered c).steps

type poly = { pexp : z; powers : z list }

(** val padd : z list -> z list -> z list **)

let rec padd a b =
  match a with
  | [] -> b
  | x :: a' -> (match b with
                | [] -> a
                | y :: b' -> (Z.add x y) :: (padd a' b'))

(** val over : z -> z list -> z list **)

let over e l =
  padd (map (Z.mul e) l) (Z0 :: l)

(** val plus : poly -> poly -> poly **)

let plus a b =
  { pexp = (Z.add a.pexp b.pexp); powers = (padd a.powers b.powers) }

(** val times : z -> poly -> poly **)

let times k a =
  { pexp = (Z.mul k a.pexp); powers = (map (Z.mul k) a.powers) }

(** val product_poly : law list -> z list **)

let product_poly fs =
  fold_right padd []
    (map (fun q ->
      if (||) (Z.eqb (fst q) Z0) (Nat.ltb (length (snd q)) (S (S O)))
      then []
      else fold_right (fun f l -> over f.extra l) ((Zpos XH) :: []) (snd q))
      (sets (fun f -> if f.offset then Zpos XH else Z0) fs))

(** val stage_poly : program -> stage -> poly **)

let stage_poly p st =
  match st.sbody with
  | Step (_, _, _, _) ->
    { pexp = st.slaw.codes; powers = (st.slaw.spare :: []) }
  | Product fs ->
    { pexp = Z0; powers =
      (product_poly (map (fun f -> (stage_at p (fst f)).slaw) fs)) }
  | _ -> { pexp = Z0; powers = [] }

(** val bound : program -> bool -> poly **)

let bound p of_pairs =
  fold_right plus { pexp = Z0; powers = [] }
    (map (fun st -> times (Z.of_nat (mul st.rows st.cols)) (stage_poly p st))
      (filter (fun st -> eqb st.pair of_pairs) p.stages))

type tensor = { tlaw : law; tthresholds : z list; tvalues : z list }

(** val no_law : law **)

let no_law =
  { codes = Z0; spare = Z0; extra = Z0; offset = false }

(** val one_gate : law **)

let one_gate =
  { codes = Z0; spare = (Zpos XH); extra = (Zpos XH); offset = false }

(** val step_stage :
    nat -> nat -> bool -> nat -> tensor -> (elem -> z) -> (elem ->
    (z * operand) list) -> stage **)

let step_stage rows0 cols0 pair0 rank0 q c terms =
  { rows = rows0; cols = cols0; pair = pair0; rank = rank0; slaw = q.tlaw;
    sbody = (Step (c, terms, q.tthresholds, q.tvalues)) }

(** val product_stage :
    nat -> nat -> bool -> nat -> (nat * (elem -> elem)) list -> stage **)

let product_stage rows0 cols0 pair0 rank0 fs =
  { rows = rows0; cols = cols0; pair = pair0; rank = rank0; slaw = no_law;
    sbody = (Product fs) }

(** val form_stage :
    nat -> nat -> bool -> nat -> (elem -> z) -> (elem -> (z * operand) list)
    -> stage **)

let form_stage rows0 cols0 pair0 rank0 c terms =
  { rows = rows0; cols = cols0; pair = pair0; rank = rank0; slaw = no_law;
    sbody = (Form (c, terms)) }

(** val token_stage : nat -> law -> (nat -> z list) -> stage **)

let token_stage rows0 l table0 =
  { rows = rows0; cols = (S O); pair = false; rank = O; slaw = l; sbody =
    (Token table0) }

(** val cell : nat -> nat -> nat -> operand **)

let cell s t a =
  { oe = { es = s; et = t; ea = a; eb = O; ej = O }; osq = false }

(** val row : nat -> nat -> (nat -> z) -> nat -> (z * operand) list **)

let row s m w t =
  map (fun i -> ((w i), (cell s t i))) (seq O m)

(** val zero : elem -> z **)

let zero _ =
  Z0

(** val own : elem -> elem **)

let own e =
  { es = O; et = e.et; ea = e.ea; eb = e.eb; ej = e.ej }

(** val channel : elem -> elem **)

let channel e =
  { es = O; et = e.et; ea = e.ea; eb = O; ej = O }

(** val column : elem -> elem **)

let column e =
  { es = O; et = e.et; ea = e.eb; eb = O; ej = O }

(** val position : elem -> elem **)

let position e =
  { es = O; et = e.et; ea = O; eb = O; ej = O }

(** val source : elem -> elem **)

let source e =
  { es = O; et = e.ej; ea = e.ea; eb = e.eb; ej = O }

type norm = { n_bias : (nat -> z); n_centre : tensor; n_norm : tensor }

type s4d = { s_kernel : (nat -> nat -> z); s_shift : (nat -> nat -> z);
             s_value : (nat -> nat -> z); s_value_bias : (nat -> z);
             s_gate : (nat -> nat -> z); s_gate_bias : (nat -> z);
             s_weight : (nat -> nat -> z); s_qgelu : tensor;
             s_qvalue : tensor; s_qgate : tensor; s_norm : norm }

(** val mix_stages : nat -> nat -> nat -> nat -> s4d -> stage list **)

let mix_stages d b y r l =
  (step_stage d (S O) false (add r (S O)) l.s_qgelu (fun e ->
    zsum (fun j -> l.s_shift (sub e.et j) e.ea) (seq O (S e.et))) (fun e ->
    map (fun j -> ((l.s_kernel (sub e.et j) e.ea), (cell y j e.ea)))
      (seq O (S e.et)))) :: ((step_stage d (S O) false (add r (S (S O)))
                               l.s_qvalue (fun e -> l.s_value_bias e.ea)
                               (fun e ->
                               row (add b O) d (l.s_value e.ea) e.et)) :: (
    (step_stage d (S O) false (add r (S (S O))) l.s_qgate (fun e ->
      l.s_gate_bias e.ea) (fun e -> row (add b O) d (l.s_gate e.ea) e.et)) :: (
    (product_stage d (S O) false (add r (S (S (S O)))) (((add b (S O)),
      channel) :: (((add b (S (S O))), channel) :: []))) :: [])))

(** val stream_norm :
    nat -> nat -> nat -> nat list -> (nat -> nat -> z) -> norm -> stage list **)

let stream_norm d b r xs w q =
  (form_stage d (S O) false r (fun o -> q.n_bias o.ea) (fun o ->
    map (fun x -> ((w (fst x) o.ea), (cell (snd x) o.et o.ea)))
      (combine (seq O (length xs)) xs))) :: ((form_stage (S O) (S O) false r
                                               zero (fun o ->
                                               row (add b O) d (fun _ -> Zpos
                                                 XH) o.et)) :: ((step_stage d
                                                                  (S O) false
                                                                  (add r (S
                                                                    O))
                                                                  q.n_centre
                                                                  zero
                                                                  (fun o ->
                                                                  ((Z.of_nat
                                                                    d),
                                                                  (cell
                                                                    (add b O)
                                                                    o.et o.ea)) :: (((Zneg
                                                                  XH),
                                                                  (cell
                                                                    (add b (S
                                                                    O)) o.et
                                                                    O)) :: []))) :: (
    (step_stage (S O) (S O) false (add r (S (S O))) q.n_norm zero (fun o ->
      map (fun i -> ((Zpos XH), { oe = { es = (add b (S (S O))); et = o.et;
        ea = i; eb = O; ej = O }; osq = true })) (seq O d))) :: ((product_stage
                                                                   d (S O)
                                                                   false
                                                                   (add r (S
                                                                    (S (S
                                                                    O))))
                                                                   ((
                                                                   (add b (S
                                                                    (S O))),
                                                                   channel) :: ((
                                                                   (add b (S
                                                                    (S (S
                                                                    O)))),
                                                                   position) :: []))) :: []))))

(** val s4d_block : nat -> nat -> nat -> nat -> s4d -> stage list **)

let s4d_block d b x r l =
  app (mix_stages d b x r l)
    (stream_norm d (add b (S (S (S (S O))))) (add r (S (S (S O))))
      (x :: ((add b (S (S (S O)))) :: [])) l.s_weight l.s_norm)

type mamba = { m_value : (nat -> nat -> z); m_value_bias : (nat -> z);
               m_gate_pre : (nat -> nat -> z); m_gate_pre_bias : (nat -> z);
               m_tap : (nat -> nat -> z); m_tap_bias : (nat -> nat -> z);
               m_conv_bias : (nat -> z); m_gate_bias : (nat -> z);
               m_B : (nat -> nat -> z); m_B_bias : (nat -> z);
               m_C : (nat -> nat -> z); m_C_bias : (nat -> z);
               m_delta : (nat -> nat -> z); m_delta_bias : (nat -> z);
               m_inject : (nat -> z); m_drive : (nat -> nat -> z);
               m_rate : (nat -> nat -> z); m_input : z; m_faded : z;
               m_read : (nat -> nat -> z); m_skip : (nat -> z);
               m_y_bias : (nat -> z); m_keep : (nat -> nat -> z);
               m_mix : (nat -> nat -> z); m_out_bias : (nat -> z);
               q_centre : tensor; q_norm : tensor; q_value : tensor;
               q_gate_pre : tensor; q_u : tensor; q_gate : tensor;
               q_B : tensor; q_C : tensor; q_delta : tensor;
               q_inject : tensor; q_input : tensor; q_decay : tensor;
               q_state : tensor; q_y : tensor; q_out : tensor }

type tables0 = { f_norm : (nat -> z list); f_value : (nat -> z list);
                 f_value_norm : (nat -> z list);
                 f_gate_pre : (nat -> z list);
                 f_gate_pre_norm : (nat -> z list); f_gate : (nat -> z list) }

(** val centre_stages : nat -> nat -> nat -> nat -> mamba -> stage list **)

let centre_stages d b x r l =
  (form_stage (S O) (S O) false r zero (fun o ->
    row x d (fun _ -> Zpos XH) o.et)) :: ((step_stage d (S O) false
                                            (add r (S O)) l.q_centre zero
                                            (fun o -> ((Z.of_nat d),
                                            (cell x o.et o.ea)) :: (((Zneg
                                            XH),
                                            (cell (add b O) o.et O)) :: []))) :: [])

(** val norm_stage : nat -> nat -> nat -> mamba -> stage **)

let norm_stage d x r l =
  step_stage (S O) (S O) false (sub r (S O)) l.q_norm zero (fun o ->
    map (fun i -> ((Zpos XH), { oe = { es = x; et = o.et; ea = i; eb = O;
      ej = O }; osq = true })) (seq O d))

(** val value_stage : nat -> nat -> nat -> nat -> mamba -> stage **)

let value_stage d e x r l =
  step_stage e (S O) false (sub r (S O)) l.q_value (fun o ->
    l.m_value_bias o.ea) (fun o -> row x d (l.m_value o.ea) o.et)

(** val value_norm_stage : nat -> nat -> nat -> stage **)

let value_norm_stage e b r =
  product_stage e (S O) false r (((add b (S O)), channel) :: (((add b O),
    position) :: []))

(** val gate_pre_stage : nat -> nat -> nat -> nat -> mamba -> stage **)

let gate_pre_stage d e x r l =
  step_stage e (S O) false (sub r (S O)) l.q_gate_pre (fun o ->
    l.m_gate_pre_bias o.ea) (fun o -> row x d (l.m_gate_pre o.ea) o.et)

(** val gate_pre_norm_stage : nat -> nat -> nat -> stage **)

let gate_pre_norm_stage e b r =
  product_stage e (S O) false r (((add b (S (S (S O)))),
    channel) :: (((add b O), position) :: []))

(** val gate_stage : nat -> nat -> nat -> mamba -> stage **)

let gate_stage e b r l =
  step_stage e (S O) false (add r (S O)) l.q_gate (fun o ->
    l.m_gate_bias o.ea) (fun o -> ((Zpos XH),
    (cell (add b (S (S (S (S O))))) o.et o.ea)) :: [])

(** val taps : nat -> nat -> nat list **)

let taps k t =
  filter (fun i -> Nat.leb (sub k (S O)) (add t i)) (seq O k)

(** val u_stage : nat -> nat -> nat -> nat -> mamba -> stage **)

let u_stage e k b r l =
  step_stage e (S O) false (add r (S O)) l.q_u (fun o ->
    Z.add (l.m_conv_bias o.ea)
      (zsum (fun i -> l.m_tap_bias o.ea i) (taps k o.et))) (fun o ->
    map (fun i -> ((l.m_tap o.ea i),
      (cell (add b (S (S O))) (sub (add o.et i) (sub k (S O))) o.ea)))
      (taps k o.et))

(** val scan_stages : nat -> nat -> nat -> nat -> mamba -> stage list **)

let scan_stages e n0 b r l =
  (step_stage n0 (S O) false (add r (S (S O))) l.q_B (fun o ->
    l.m_B_bias o.ea) (fun o ->
    row (add b (S (S (S (S (S O)))))) e (l.m_B o.ea) o.et)) :: ((step_stage
                                                                  n0 (S O)
                                                                  false
                                                                  (add r (S
                                                                    (S O)))
                                                                  l.q_C
                                                                  (fun o ->
                                                                  l.m_C_bias
                                                                    o.ea)
                                                                  (fun o ->
                                                                  row
                                                                    (add b (S
                                                                    (S (S (S
                                                                    (S O))))))
                                                                    e
                                                                    (l.m_C
                                                                    o.ea) o.et)) :: (
    (step_stage e (S O) false (add r (S (S O))) l.q_delta (fun o ->
      l.m_delta_bias o.ea) (fun o ->
      row (add b (S (S (S (S (S O)))))) e (l.m_delta o.ea) o.et)) :: (
    (product_stage e (S O) false (add r (S (S (S O))))
      (((add b (S (S (S (S (S (S (S (S (S O)))))))))),
      channel) :: (((add b (S (S (S (S (S O)))))), channel) :: []))) :: (
    (step_stage e (S O) false (add r (S (S (S (S O))))) l.q_inject zero
      (fun o -> ((l.m_inject o.ea),
      (cell (add b (S (S (S (S (S (S (S (S (S (S O))))))))))) o.et o.ea)) :: [])) :: (
    (product_stage e n0 false (add r (S (S (S (S (S O))))))
      (((add b (S (S (S (S (S (S (S (S (S (S (S O)))))))))))),
      channel) :: (((add b (S (S (S (S (S (S (S O)))))))), column) :: []))) :: (
    (step_stage e n0 false (add r (S (S (S (S (S (S O))))))) l.q_input zero
      (fun o -> ((l.m_drive o.ea o.eb), { oe = { es =
      (add b (S (S (S (S (S (S (S (S (S (S (S (S O))))))))))))); et = o.et;
      ea = o.ea; eb = o.eb; ej = O }; osq = false }) :: [])) :: ((form_stage
                                                                   e (S O)
                                                                   true
                                                                   (add r (S
                                                                    (S O)))
                                                                   zero
                                                                   (fun o ->
                                                                   app
                                                                    (if 
                                                                    Nat.ltb
                                                                    (S o.ej)
                                                                    o.et
                                                                    then 
                                                                    ((Zpos
                                                                    XH),
                                                                    { oe =
                                                                    { es =
                                                                    (add b (S
                                                                    (S (S (S
                                                                    (S (S (S
                                                                    (S (S (S
                                                                    (S (S (S
                                                                    (S
                                                                    O)))))))))))))));
                                                                    et =
                                                                    (sub o.et
                                                                    (S O));
                                                                    ea =
                                                                    o.ea;
                                                                    eb = O;
                                                                    ej =
                                                                    o.ej };
                                                                    osq =
                                                                    false }) :: []
                                                                    else [])
                                                                    (((Zpos
                                                                    XH),
                                                                    (cell
                                                                    (add b (S
                                                                    (S (S (S
                                                                    (S (S (S
                                                                    (S (S
                                                                    O))))))))))
                                                                    o.et o.ea)) :: []))) :: (
    (step_stage e n0 true (add r (S (S (S O)))) l.q_decay zero (fun o ->
      ((l.m_rate o.ea o.eb), { oe = { es =
      (add b (S (S (S (S (S (S (S (S (S (S (S (S (S (S O))))))))))))))); et =
      o.et; ea = o.ea; eb = O; ej = o.ej }; osq = false }) :: [])) :: (
    (product_stage e n0 true (add r (S (S (S (S (S (S (S O))))))))
      (((add b (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S O)))))))))))))))),
      own) :: (((add b (S (S (S (S (S (S (S (S (S (S (S (S (S O)))))))))))))),
      source) :: []))) :: ((step_stage e n0 false
                             (add r (S (S (S (S (S (S (S (S O)))))))))
                             l.q_state zero (fun o -> (l.m_input, { oe =
                             { es =
                             (add b (S (S (S (S (S (S (S (S (S (S (S (S (S
                               O)))))))))))))); et = o.et; ea = o.ea; eb =
                             o.eb; ej = O }; osq =
                             false }) :: (map (fun j -> (l.m_faded, { oe =
                                           { es =
                                           (add b (S (S (S (S (S (S (S (S (S
                                             (S (S (S (S (S (S (S
                                             O))))))))))))))))); et = o.et;
                                           ea = o.ea; eb = o.eb; ej = j };
                                           osq = false })) (seq O o.et)))) :: (
    (product_stage e n0 false (add r (S (S (S (S (S (S (S (S (S O))))))))))
      (((add b (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S
          O)))))))))))))))))),
      own) :: (((add b (S (S (S (S (S (S (S (S O))))))))), column) :: []))) :: (
    (step_stage e (S O) false
      (add r (S (S (S (S (S (S (S (S (S (S O))))))))))) l.q_y (fun o ->
      l.m_y_bias o.ea) (fun o ->
      app
        (map (fun s -> ((l.m_read o.ea s), { oe = { es =
          (add b (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S
            O))))))))))))))))))); et = o.et; ea = o.ea; eb = s; ej = O };
          osq = false })) (seq O n0)) (((l.m_skip o.ea),
        (cell (add b (S (S (S (S (S O)))))) o.et o.ea)) :: []))) :: (
    (product_stage e (S O) false
      (add r (S (S (S (S (S (S (S (S (S (S (S O))))))))))))
      (((add b (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S
          O)))))))))))))))))))),
      channel) :: (((add b (S (S (S (S (S (S O))))))), channel) :: []))) :: [])))))))))))))

(** val out_stage : nat -> nat -> nat -> nat -> nat -> mamba -> stage **)

let out_stage d e b x r l =
  step_stage d (S O) false
    (add r (S (S (S (S (S (S (S (S (S (S (S (S O))))))))))))) l.q_out
    (fun o -> l.m_out_bias o.ea) (fun o ->
    app (row x d (l.m_keep o.ea) o.et)
      (row
        (add b (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S
          O))))))))))))))))))))) e (l.m_mix o.ea) o.et))

(** val open_block :
    nat -> nat -> nat -> nat -> nat -> nat -> nat -> mamba -> stage list **)

let open_block d e n0 k b x r l =
  app
    ((norm_stage d x r l) :: ((value_stage d e x r l) :: ((value_norm_stage e
                                                            b r) :: (
    (gate_pre_stage d e x r l) :: ((gate_pre_norm_stage e b r) :: ((u_stage e
                                                                    k b r l) :: (
    (gate_stage e b r l) :: []))))))) (scan_stages e n0 b r l)

(** val first_open_block :
    nat -> nat -> nat -> nat -> nat -> mamba -> tables0 -> stage list **)

let first_open_block e n0 k b r l f =
  app
    ((token_stage (S O) l.q_norm.tlaw f.f_norm) :: ((token_stage e
                                                      l.q_value.tlaw
                                                      f.f_value) :: (
    (token_stage e no_law f.f_value_norm) :: ((token_stage e
                                                l.q_gate_pre.tlaw
                                                f.f_gate_pre) :: ((token_stage
                                                                    e no_law
                                                                    f.f_gate_pre_norm) :: (
    (u_stage e k b r l) :: ((token_stage e l.q_gate.tlaw f.f_gate) :: [])))))))
    (scan_stages e n0 b r l)

type part0 = { p_stage : nat; p_rows : nat; p_weight : (nat -> nat -> z) }

(** val class_pairs : nat -> (nat * nat) list **)

let class_pairs c =
  flat_map (fun i -> map (fun j -> (i, j)) (seq (S i) (sub c (S i))))
    (seq O c)

(** val class_pair_dec : (nat * nat) -> (nat * nat) -> bool **)

let class_pair_dec a b =
  let (a0, b0) = a in
  let (a1, b1) = b in if Nat.eq_dec a0 a1 then Nat.eq_dec b0 b1 else false

(** val pair_index : nat -> nat -> nat -> nat **)

let pair_index c i j =
  pos class_pair_dec (i, j) (class_pairs c)

(** val head : nat -> nat -> nat -> (nat -> z) -> part0 list -> stage list **)

let head c h r bias parts0 =
  (form_stage c (S O) false r (fun o -> bias o.ea) (fun o ->
    flat_map (fun q -> row q.p_stage q.p_rows (q.p_weight o.ea) o.et) parts0)) :: ({ rows =
    (length (class_pairs c)); cols = (S O); pair = false; rank =
    (add r (S O)); slaw = one_gate; sbody = (Step (zero, (fun o ->
    let ij = nth o.ea (class_pairs c) (O, O) in
    ((Zpos XH), (cell h o.et (fst ij))) :: (((Zneg XH),
    (cell h o.et (snd ij))) :: [])), (Z0 :: []), (Z0 :: ((Zpos
    XH) :: [])))) } :: ({ rows = c; cols = (S O); pair = false; rank =
    (add r (S (S O))); slaw = one_gate; sbody = (Step ((fun o ->
    Z.of_nat o.ea), (fun o ->
    app
      (map (fun i -> ((Zneg XH),
        (cell (add h (S O)) o.et (pair_index c i o.ea)))) (seq O o.ea))
      (map (fun j -> ((Zpos XH),
        (cell (add h (S O)) o.et (pair_index c o.ea j))))
        (seq (S o.ea) (sub c (S o.ea))))), ((Z.of_nat (sub c (S O))) :: []),
    (Z0 :: ((Zpos XH) :: [])))) } :: []))

(** val s4d_blocks : nat -> nat -> nat -> s4d list -> stage list **)

let rec s4d_blocks d b r = function
| [] -> []
| l :: ls' ->
  app (s4d_block d b (sub b (S O)) r l)
    (s4d_blocks d (add b (S (S (S (S (S (S (S (S (S O))))))))))
      (add r (S (S (S (S (S (S O))))))) ls')

(** val s4d_model :
    nat -> nat -> (nat -> z list) -> s4d list -> (nat -> z) -> (nat -> nat ->
    z) -> program **)

let s4d_model d c embed ls bias w =
  let b = add (S O) (mul (S (S (S (S (S (S (S (S (S O))))))))) (length ls)) in
  { vocab = c; stages =
  ((token_stage d no_law embed) :: (app (s4d_blocks d (S O) O ls)
                                     (head c b
                                       (mul (S (S (S (S (S (S O))))))
                                         (length ls)) bias ({ p_stage =
                                       (sub b (S O)); p_rows = d; p_weight =
                                       w } :: [])))); labels =
  (add b (S (S O))); classes = c }

(** val pre_blocks :
    nat -> nat -> nat -> nat list -> s4d list -> stage list **)

let rec pre_blocks d b r xs = function
| [] -> []
| l :: ls' ->
  app (stream_norm d b r xs l.s_weight l.s_norm)
    (app
      (mix_stages d (add b (S (S (S (S (S O)))))) (add b (S (S (S (S O)))))
        (add r (S (S (S O)))) l)
      (pre_blocks d (add b (S (S (S (S (S (S (S (S (S O))))))))))
        (add r (S (S (S (S (S (S O)))))))
        (app xs ((add b (S (S (S (S (S (S (S (S O))))))))) :: [])) ls'))

(** val stream_parts : nat -> nat list **)

let stream_parts blocks =
  O :: (map (fun i ->
         add (S (S (S (S (S O)))))
           (mul (S (S (S (S (S (S (S (S (S O))))))))) i)) (seq O blocks))

(** val s4d_pre_model :
    nat -> nat -> (nat -> z list) -> (nat -> z list) -> s4d -> s4d list ->
    (nat -> z) -> (nat -> nat -> nat -> z) -> program **)

let s4d_pre_model d c embed normed l ls bias w =
  let h =
    add (S (S (S (S (S (S O))))))
      (mul (S (S (S (S (S (S (S (S (S O))))))))) (length ls))
  in
  { vocab = c; stages =
  ((token_stage d no_law embed) :: ((token_stage d no_law normed) :: 
  (app (mix_stages d (S (S O)) (S O) O l)
    (app
      (pre_blocks d (S (S (S (S (S (S O)))))) (S (S (S O)))
        (stream_parts (S O)) ls)
      (head c h
        (add (S (S (S O))) (mul (S (S (S (S (S (S O)))))) (length ls))) bias
        (map (fun q -> { p_stage = (snd q); p_rows = d; p_weight =
          (w (fst q)) })
          (combine (seq O (add (S (S O)) (length ls)))
            (stream_parts (S (length ls)))))))))); labels =
  (add h (S (S O))); classes = c }

(** val extra_stages : bool -> nat **)

let extra_stages = function
| true -> S (S O)
| false -> O

(** val levels_of : bool -> nat **)

let levels_of = function
| true -> S (S (S (S (S (S (S (S (S (S (S (S (S (S (S O))))))))))))))
| false -> S (S (S (S (S (S (S (S (S (S (S (S (S (S O)))))))))))))

(** val centred : bool -> nat -> nat -> nat -> mamba -> stage list **)

let centred ln d b r l =
  if ln then centre_stages d b (sub b (S O)) r l else []

(** val inner_block :
    bool -> nat -> nat -> nat -> nat -> nat -> nat -> mamba -> stage list **)

let inner_block ln d e n0 k b r l =
  open_block d e n0 k (add b (extra_stages ln))
    (if ln then add b (S O) else sub b (S O))
    (sub (add r (levels_of ln)) (S (S (S (S (S (S (S (S (S (S (S (S
      O))))))))))))) l

(** val mamba_blocks :
    bool -> nat -> nat -> nat -> nat -> nat -> nat -> mamba list -> mamba ->
    stage list **)

let rec mamba_blocks ln d e n0 k b r ls last =
  match ls with
  | [] -> app (centred ln d b r last) (inner_block ln d e n0 k b r last)
  | l :: ls' ->
    app (centred ln d b r l)
      (app (inner_block ln d e n0 k b r l)
        (app
          ((out_stage d e (add b (extra_stages ln)) (sub b (S O))
             (sub (add r (levels_of ln)) (S (S (S (S (S (S (S (S (S (S (S (S
               O))))))))))))) l) :: [])
          (mamba_blocks ln d e n0 k
            (add (add b (extra_stages ln)) (S (S (S (S (S (S (S (S (S (S (S
              (S (S (S (S (S (S (S (S (S (S (S O)))))))))))))))))))))))
            (add r (levels_of ln)) ls' last)))

(** val mamba_stem :
    bool -> nat -> nat -> nat -> nat -> tables0 -> mamba list -> mamba ->
    stage list **)

let mamba_stem ln d e n0 k f ls last =
  match ls with
  | [] -> first_open_block e n0 k (S O) O last f
  | l :: ls' ->
    app (first_open_block e n0 k (S O) O l f)
      (app ((out_stage d e (S O) O O l) :: [])
        (mamba_blocks ln d e n0 k (S (S (S (S (S (S (S (S (S (S (S (S (S (S
          (S (S (S (S (S (S (S (S (S O))))))))))))))))))))))) (S (S (S (S (S
          (S (S (S (S (S (S (S O)))))))))))) ls' last))

(** val after : bool -> mamba list -> nat **)

let after ln ls =
  add (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S
    O))))))))))))))))))))))
    (mul
      (add (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S
        O)))))))))))))))))))))) (extra_stages ln)) (length ls))

(** val last_input : bool -> mamba list -> nat **)

let last_input ln ls =
  sub
    (mul
      (add (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S (S
        O)))))))))))))))))))))) (extra_stages ln)) (length ls))
    (extra_stages ln)

(** val stem_rank : bool -> mamba list -> nat **)

let stem_rank ln ls =
  mul (levels_of ln) (length ls)

(** val mamba_model :
    bool -> nat -> nat -> nat -> nat -> nat -> (nat -> z list) -> tables0 ->
    mamba list -> mamba -> (nat -> z) -> (nat -> nat -> z) -> (nat -> nat ->
    z) -> program **)

let mamba_model ln d e n0 k c embed f ls last bias keep mix =
  let h = after ln ls in
  { vocab = c; stages =
  ((token_stage d no_law embed) :: (app (mamba_stem ln d e n0 k f ls last)
                                     (head c h
                                       (add (S (S (S (S (S (S (S (S (S (S (S
                                         O))))))))))) (stem_rank ln ls)) bias
                                       ({ p_stage = (last_input ln ls);
                                       p_rows = d; p_weight =
                                       keep } :: ({ p_stage = (sub h (S O));
                                       p_rows = e; p_weight = mix } :: [])))));
  labels = (add h (S (S O))); classes = c }

(** val mamba_normed :
    bool -> nat -> nat -> nat -> nat -> nat -> (nat -> z list) -> tables0 ->
    mamba list -> mamba -> (nat -> z) -> norm -> (nat -> z) -> (nat -> nat ->
    z) -> program **)

let mamba_normed ln d e n0 k c embed f ls last scale0 q bias w =
  let h = after ln ls in
  { vocab = c; stages =
  ((token_stage d no_law embed) :: (app (mamba_stem ln d e n0 k f ls last)
                                     (app
                                       ((out_stage d e
                                          (sub h (S (S (S (S (S (S (S (S (S
                                            (S (S (S (S (S (S (S (S (S (S (S
                                            (S O))))))))))))))))))))))
                                          (last_input ln ls)
                                          (stem_rank ln ls) last) :: [])
                                       (app
                                         (stream_norm d (add h (S O))
                                           (add (S (S (S (S (S (S (S (S (S (S
                                             (S (S O))))))))))))
                                             (stem_rank ln ls)) (h :: [])
                                           (fun _ -> scale0) q)
                                         (head c
                                           (add h (S (S (S (S (S (S O)))))))
                                           (add (S (S (S (S (S (S (S (S (S (S
                                             (S (S (S (S (S O)))))))))))))))
                                             (stem_rank ln ls)) bias
                                           ({ p_stage =
                                           (add h (S (S (S (S (S O))))));
                                           p_rows = d; p_weight = w } :: []))))));
  labels = (add h (S (S (S (S (S (S (S (S O))))))))); classes = c }

(** val tensor_okb : tensor -> bool **)

let tensor_okb q =
  (&&) (ascendb q.tthresholds)
    (Nat.eqb (length q.tvalues) (S (length q.tthresholds)))

(** val norm_okb : norm -> bool **)

let norm_okb q =
  (&&) (tensor_okb q.n_centre) (tensor_okb q.n_norm)

(** val s4d_okb : s4d -> bool **)

let s4d_okb l =
  (&&) (forallb tensor_okb (l.s_qgelu :: (l.s_qvalue :: (l.s_qgate :: []))))
    (norm_okb l.s_norm)

(** val mamba_okb : mamba -> bool **)

let mamba_okb l =
  forallb tensor_okb
    (l.q_centre :: (l.q_norm :: (l.q_value :: (l.q_gate_pre :: (l.q_u :: (l.q_gate :: (l.q_B :: (l.q_C :: (l.q_delta :: (l.q_inject :: (l.q_input :: (l.q_decay :: (l.q_state :: (l.q_y :: (l.q_out :: [])))))))))))))))

(** val fits_valuesb : z -> law -> z list -> bool **)

let fits_valuesb p l vals =
  (&&) (Z.leb (Z.of_nat (width vals)) (Z.add p l.extra))
    ((||) l.offset (Z.eqb (minZ vals) Z0))

(** val fitsb : z -> nat -> program -> bool **)

let fitsb unit0 prec p =
  forallb (fun st ->
    match st.sbody with
    | Step (_, _, th, _) ->
      Z.leb (Z.mul unit0 (Z.of_nat (length th)))
        (Z.add (Z.mul st.slaw.codes (Z.pow (Zpos (XO XH)) (Z.of_nat prec)))
          (Z.mul unit0 st.slaw.spare))
    | Product fs ->
      forallb (fun f ->
        let g = stage_at p (fst f) in
        (match g.sbody with
         | Token table0 ->
           forallb (fun a -> fits_valuesb (Z.of_nat prec) g.slaw (table0 a))
             (seq O g.rows)
         | Step (_, _, _, vals) -> fits_valuesb (Z.of_nat prec) g.slaw vals
         | _ -> true)) fs
    | _ -> true) p.stages

(** val circuit_gates : program -> nat -> nat **)

let circuit_gates p n0 =
  ac_gates (circuit_of p n0)

(** val circuit_depth : program -> nat -> nat **)

let circuit_depth p n0 =
  let c = circuit_of p n0 in ir_depth (inputs_of c) (lowered c).steps
