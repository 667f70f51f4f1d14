(* validate MODEL.ac CIRCUIT.tc [MODEL.ac CIRCUIT.tc ...]

   Reads pairs of files in binary form and asks the extracted validator whether the second
   is a threshold circuit of the first.  Trusted: reading the files, below.  Not trusted: the
   hints, which can only make the validator say no.  One line a pair; exit status 0 when
   all are accepted, 1 when one is rejected, 2 when one cannot be read. *)
open Validator

exception Bad of string
let bad fmt = Printf.ksprintf (fun s -> raise (Bad s)) fmt

(* Numbers of Coq. *)
let rec pos_of n = if n = 1L then XH
  else let h = pos_of (Int64.shift_right_logical n 1) in if Int64.logand n 1L = 0L then XO h else XI h
let n_of_int64 n = if n = 0L then N0 else Npos (pos_of n)
let z_of n = if n = 0L then Z0 else if n > 0L then Zpos (pos_of n) else Zneg (pos_of (Int64.neg n))
let n_of n = n_of_int64 (Int64.of_int n)
let rec int_of_pos = function XH -> 1 | XO p -> 2 * int_of_pos p | XI p -> 2 * int_of_pos p + 1
let int_of = function N0 -> 0 | Npos p -> int_of_pos p
let map f l = List.rev (List.rev_map f l)                (* of long lists *)

(* ---- Files ---- *)
type file = { name : string; data : string; mutable at : int }

let load name =
  let ic = open_in_bin name in
  let data = really_input_string ic (in_channel_length ic) in
  close_in ic; { name; data; at = 0 }

let byte f =
  if f.at >= String.length f.data then bad "%s: the file ends early" f.name;
  let c = Char.code f.data.[f.at] in f.at <- f.at + 1; c

(* u: base 128, least significant first, shortest form only *)
let u64 f =
  let rec go shift acc =
    let c = byte f in
    if shift = 63 && c > 1 then bad "%s: byte %d: a number beyond 64 bits" f.name (f.at - 1);
    if c = 0 && shift > 0 then bad "%s: byte %d: a number not in its shortest form" f.name (f.at - 1);
    let acc = Int64.logor acc (Int64.shift_left (Int64.of_int (c land 127)) shift) in
    if c < 128 then acc else go (shift + 7) acc in
  go 0 0L
let s64 f = let v = u64 f in Int64.logxor (Int64.shift_right_logical v 1) (Int64.neg (Int64.logand v 1L))
let u f =
  let v = u64 f in
  if v < 0L || v > 0x7fffffffL then bad "%s: byte %d: number %Lu, expected one of 31 bits" f.name f.at v;
  Int64.to_int v
let back f now d = if d < 1 || d > now then bad "%s: byte %d: a reference %d back from %d" f.name f.at d now; now - d

(* n items, each at least a byte long *)
let times f n read =
  if n > String.length f.data - f.at then bad "%s: byte %d: %d items in the %d bytes left" f.name f.at n (String.length f.data - f.at);
  let rec go n acc = if n = 0 then List.rev acc else let x = read () in go (n - 1) (x :: acc) in
  go n []
let magic f m =
  String.iter (fun c -> if byte f <> Char.code c then bad "%s: does not begin with %S" f.name m) m;
  if u f <> 1 then bad "%s: not of version 1" f.name
let skip_stages f n = ignore (times f n (fun () -> ignore (times f (u f) (fun () -> byte f))))
let read_table f =
  let last = ref 0L in
  times f (u f) (fun () -> last := Int64.add !last (s64 f); z_of !last)
let read_tables f n =
  let id = ref (-1) in
  List.fold_left (fun m t -> incr id; nset m (n_of !id) t) nempty (times f n (fun () -> read_table f))
let ended f = if f.at <> String.length f.data then bad "%s: bytes after the end" f.name

(* ---- Arithmetic circuit ---- *)
type view = int * int                                  (* node, table or -1 *)
type anode = Input | Form | Step | Product of view list

let read_arith name =
  let f = load name in
  magic f "tc0arith";
  let nodes = u f in let terms = u f in let tables = u f in let stages = u f in let positions = u f in
  skip_stages f stages;
  let tables = read_tables f tables in
  let now = ref 0 and read = ref 0 in
  let view () =
    incr read;
    let n = back f !now (u f) in let t = u f in (n, t - 1) in
  let coq_view (n, t) = { vnode = n_of n; vtable = if t < 0 then None else Some (n_of t) } in
  let node () =
    let shape, coq = match byte f with
      | 0 -> Input, AInput (n_of (u f))
      | 1 -> let c = s64 f in
        Form, AForm (z_of c, times f (u f) (fun () -> let k = s64 f in (z_of k, coq_view (view ()))))
      | 2 -> incr read;
        let g = back f !now (u f) in
        let th = u f in let v = u f in let off = u f in let count = u f in
        Step, AStep (n_of g, n_of th, n_of v, n_of off, n_of count)
      | 3 -> let vs = times f (u f) view in Product vs, AProduct (List.map coq_view vs)
      | k -> bad "%s: byte %d: a node of kind %d" f.name (f.at - 1) k in
    for _ = 1 to 5 do ignore (s64 f) done;
    incr now; (shape, coq) in
  let nodes = times f nodes node in
  let list () = times f (u f) (fun () -> n_of (u f)) in
  let labels = times f positions (fun () -> ignore (list ()); list ()) in
  ended f;
  if !read <> terms then bad "%s: %d terms, but it says %d" f.name !read terms;
  map fst nodes, { atables = tables; anodes = map snd nodes; alabels = labels }

(* ---- Threshold circuit ---- *)
type shape = {
  own : (int, (int * int * int) list) Hashtbl.t;   (* node: its banks, their parts and forms, last first *)
  lengths : int array }                            (* of the lists *)

let read_threshold name =
  let f = load name in
  magic f "tc0thres";
  let counts = Array.init 9 (fun _ -> u64 f) in
  let count i = if counts.(i) < 0L || counts.(i) > 0x7fffffffL then bad "%s: a count beyond 31 bits" f.name else Int64.to_int counts.(i) in
  skip_stages f (count 7);
  let tables = read_tables f (count 6) in
  let forms = ref 0 and lists = ref 0 and banks = ref 0 and terms = ref 0 and tagged = ref 0 in
  let form () = back f !forms (u f) in
  let term () =
    incr terms;
    let c = s64 f in let r = u f in
    if r land 1 = 1 then TForm (z_of c, n_of (back f !forms ((r - 1) / 2)))
    else
      let b = back f !banks (r / 2) in
      match u f with
      | 0 -> TOnes (z_of c, n_of b)
      | t -> let off = u f in TTable (z_of c, n_of b, n_of (t - 1), n_of off) in
  let own = Hashtbl.create 1000 and lengths = ref [] in
  let bank reads k =
    tagged := !tagged + Int64.to_int (s64 f);
    let part = Int64.to_int (s64 f) in ignore (s64 f);
    let b = !banks in incr banks;
    Hashtbl.replace own !tagged ((b, part, reads) :: Option.value ~default:[] (Hashtbl.find_opt own !tagged));
    IBank (n_of b, k) in
  let inputs = ref 0 in
  let rec items acc =
    let add i = items (i :: acc) in
    match byte f with
    | 0x00 -> let n = u f in let p = !inputs in incr inputs; add (bank (-1) (BInput (n_of p, n_of n)))
    | 0x01 -> let g = form () in let t = u f in let off = u f in let stride = u f in let n = u f in
      add (bank g (BLevel (n_of g, n_of t, n_of off, n_of stride, n_of n)))
    | 0x02 -> let g = form () in let h = back f !banks (u f) in
      let t = u f in let off = u f in let count = u f in let w = u f in let past = s64 f in
      add (bank g (BDigit (n_of g, n_of h, n_of t, n_of off, n_of count, n_of w, z_of past)))
    | 0x03 -> add (bank (-1) (BAnd (times f (u f) (fun () -> n_of (back f !lists (u f))))))
    | 0x04 -> if u f <> 1 then bad "%s: byte %d: a pairs bank of several lists" f.name f.at;
      add (bank (-1) (BPairs (n_of (back f !lists (u f)))))
    | 0x10 -> let c = s64 f in let ts = times f (u f) term in
      let g = !forms in incr forms; add (IForm (n_of g, { fconst = z_of c; fterms = ts }))
    | 0x11 -> let fs = times f (u f) form in
      let l = !lists in incr lists;
      lengths := List.length fs :: !lengths;
      add (IList (n_of l, List.map n_of fs))
    | 0x12 -> List.rev acc
    | k -> bad "%s: byte %d: a record of kind %d" f.name (f.at - 1) k in
  let items = items [] in
  let outputs = times f (count 8) (fun () -> times f (u f) (fun () -> let b = u f in (n_of b, n_of (u f)))) in
  ended f;
  if (!banks, !forms, !terms, !lists) <> (count 2, count 3, count 4, count 5) then bad "%s: other counts than it says" f.name;
  let c = { ttables = tables; titems = items; toutputs = outputs } in
  let bits = List.fold_left (fun n w -> n + int_of w) 0 (widths items) in
  if counts.(0) <> Int64.of_int (int_of (tc_gates c)) || counts.(1) <> Int64.of_int bits then
    bad "%s: other numbers of gates or input bits than it says" f.name;
  { own; lengths = Array.of_list (List.rev !lengths) }, c

(* ---- Hints: which form, banks and lists belong to a node, by the order in which package
   lower writes them.  Banks have tags; forms and lists are counted. ---- *)
let hints nodes shape =
  let forms = ref 0 and lists = ref 0 in
  let known = Hashtbl.create 1000 and used = Hashtbl.create 1000 in
  let form () = incr forms; !forms - 1 in
  let list v =
    if !lists >= Array.length shape.lengths then bad "circuit.tc: no list for a factor of a product";
    Hashtbl.replace known v !lists; incr lists in
  let step n banks =
    List.iter (fun (_, part, reads) -> if part < 4 && reads = !forms then incr forms) banks;  (* minus its form *)
    let value = form () in
    match List.length (List.filter (fun (_, part, _) -> part >= 8) banks) with
    | 0 -> value
    | k -> forms := !forms + 2 * k; list (n, -1); form () in
  let operand (m, t) =                             (* the bits; a table's value form is made there too *)
    list (m, t);
    forms := !forms + shape.lengths.(!lists - 1) + (if t >= 0 then 1 else 0) in
  let product vs =
    let made = ref [] in
    List.iter (fun v ->
      if not (Hashtbl.mem known v) then operand v;
      let l = Hashtbl.find known v in
      if not (Hashtbl.mem used l) then (Hashtbl.replace used l (); made := (n_of l, n_of (fst v)) :: !made)) vs;
    List.rev !made in
  let hint n d =
    let banks = List.rev (Option.value ~default:[] (Hashtbl.find_opt shape.own n)) in
    let made = match d with Product vs -> product vs | _ -> [] in
    let value = match d with Input -> 0 | Step -> step n banks | Form | Product _ -> form () in
    { h_form = n_of value; h_banks = List.map (fun (b, _, _) -> n_of b) banks; h_lists = made } in
  let n = ref (-1) in
  map (fun d -> incr n; hint !n d) nodes

(* The first check that fails; for people, after the validator has said no. *)
let why a t hs =
  if not (ac_wf a) then "model.ac is not well formed"
  else if not (tc_wf t) then "circuit.tc is not well formed"
  else
    let ix = index_of t.titems in
    let rec go n s ds hs = match ds, hs with
      | d :: ds, h :: hs ->
        (match check_node a.atables t.ttables ix s d h with
         | Some s -> go (n + 1) s ds hs
         | None -> Printf.sprintf "node %d of model.ac is not what its gates compute" n)
      | _ -> "a label is not what its gate computes" in
    go 0 vstart a.anodes hs

let verdict model circuit =
  match
    let nodes, a = read_arith model in
    let shape, t = read_threshold circuit in
    let hs = hints nodes shape in
    if validate a t hs then
      Ok (Printf.sprintf "gates %d, depth at most %d" (int_of (tc_gates t)) (int_of (tc_depth t)))
    else Error (why a t hs)
  with
  | Ok m -> Printf.printf "accepted: %s is a circuit of %s for all words; %s\n" circuit model m; 0
  | Error m -> Printf.printf "rejected: %s: %s\n" circuit m; 1
  | exception Bad m -> Printf.printf "unreadable: %s\n" m; 2
  | exception Sys_error m -> Printf.printf "unreadable: %s\n" m; 2
  | exception Stack_overflow ->
    Printf.printf "undecided: %s: too large for the stack, which ulimit -s sets\n" circuit; 3

let () =
  let rec pairs worst = function
    | [] -> worst
    | a :: t :: rest -> pairs (max worst (verdict a t)) rest
    | [_] -> prerr_endline "validate: an odd number of files"; 2 in
  match List.tl (Array.to_list Sys.argv) with
  | [] -> prerr_endline "usage: validate MODEL.ac CIRCUIT.tc [MODEL.ac CIRCUIT.tc ...]"; exit 2
  | files -> exit (pairs 0 files)
