(* family elements|counts FACTS

   Writes what the Coq development says of a model whose numbers stand in a file, for one
   length: whether the hypotheses of its family theorem hold, the bound, and every element of the
   program with what it reads, or the gates and the depth of its circuit (this takes time
   quadratic in the nodes).  family_test.go compares it with package compile.

   A fact is a line of integers after a letter, stages by their numbers:
     d MAMBA VARIANT NORMED d e n k classes blocks length precision unit
                                   the first three 0 or 1: Mamba or S4D; LayerNorm in Mamba, pre-norm
                                   in S4D; a norm before the head
     w s a b s' a' b' lag value    coefficient of an element on another, lag positions before
     c s a b t value               constant of an element at position t
     h s values                    thresholds of a step;  v: its values
     l s codes spare extra offset  its law
     k s a values                  a row of a token stage *)
open Program

let rec nat n = if n = 0 then O else S (nat (n - 1))
let rec int = function O -> 0 | S n -> 1 + int n
let rec pos n = if n = 1 then XH else if n land 1 = 0 then XO (pos (n / 2)) else XI (pos (n / 2))
let z n = if n = 0 then Z0 else if n > 0 then Zpos (pos n) else Zneg (pos (- n))
let rec of_pos = function XH -> 1 | XO p -> 2 * of_pos p | XI p -> 2 * of_pos p + 1
let of_z = function Z0 -> 0 | Zpos p -> of_pos p | Zneg p -> - (of_pos p)

let facts : (char * int list, int list) Hashtbl.t = Hashtbl.create 4096
let rec split n l = if n = 0 then [], l else match l with
  | x :: r -> let a, b = split (n - 1) r in x :: a, b
  | [] -> failwith "a short line"
let keys_of = function 'd' -> 0 | 'w' -> 7 | 'c' -> 4 | 'k' -> 2 | _ -> 1
let read name =
  let ic = open_in name in
  (try while true do
    let line = input_line ic in
    let numbers = List.filter_map int_of_string_opt (List.tl (String.split_on_char ' ' line)) in
    let key, values = split (keys_of line.[0]) numbers in
    Hashtbl.replace facts (line.[0], key) values
  done with End_of_file -> ());
  close_in ic
let list c key = Option.value ~default:[] (Hashtbl.find_opt facts (c, key))
let number c key = match list c key with v :: _ -> v | [] -> 0

let coef s a b s' a' b' lag = number 'w' [s; a; b; s'; a'; b'; lag]
let constant s a t = number 'c' [s; a; 0; t]
(* what a constant gains at position t *)
let gain s a t = if t = 0 then constant s a 0 else constant s a t - constant s a (t - 1)
let weights s s' = fun a i -> z (coef s (int a) 0 s' (int i) 0 0)
let bias s = fun a -> z (constant s (int a) 0)
let own s s' = fun a -> z (coef s (int a) 0 s' (int a) 0 0)
let tensor s =
  let law = match list 'l' [s] with
    | [codes; spare; extra; offset] -> { codes = z codes; spare = z spare; extra = z extra; offset = offset = 1 }
    | _ -> no_law in
  let values = match list 'v' [s] with [] -> [0] | l -> l in     (* a stage that is not there *)
  { tlaw = law; tthresholds = List.map z (list 'h' [s]); tvalues = List.map z values }
let table classes s = fun a -> match list 'k' [s; int a] with
  | [] -> List.init classes (fun _ -> Z0)
  | l -> List.map z l

let norm b = { n_bias = bias b; n_centre = tensor (b + 2); n_norm = tensor (b + 3) }
(* the first stages of the mixing and of the norm; y is what the convolution reads, parts the stages of the
   stream that the norm reads *)
let s4d length mix norm_at y parts = {
  s_kernel = (fun lag a -> z (coef mix (int a) 0 y (int a) 0 (int lag)));
  s_shift = (fun lag a -> z (if int lag < length then gain mix (int a) (int lag) else 0));
  s_value = weights (mix + 1) mix; s_value_bias = bias (mix + 1);
  s_gate = weights (mix + 2) mix; s_gate_bias = bias (mix + 2);
  s_weight = (fun j a -> z (coef norm_at (int a) 0 (parts (int j)) (int a) 0 0));
  s_qgelu = tensor mix; s_qvalue = tensor (mix + 1); s_qgate = tensor (mix + 2); s_norm = norm norm_at }

(* x is the block's input, y what its norm multiplies *)
let mamba length k b x y = {
  m_value = weights (b + 1) y; m_value_bias = bias (b + 1);
  m_gate_pre = weights (b + 3) y; m_gate_pre_bias = bias (b + 3);
  m_tap = (fun a i -> z (coef (b + 5) (int a) 0 (b + 2) (int a) 0 (k - 1 - int i)));
  m_tap_bias = (fun a i -> let t = k - 1 - int i in z (if 0 < t && t < length then gain (b + 5) (int a) t else 0));
  m_conv_bias = bias (b + 5); m_gate_bias = bias (b + 6);
  m_B = weights (b + 7) (b + 5); m_B_bias = bias (b + 7); m_C = weights (b + 8) (b + 5); m_C_bias = bias (b + 8);
  m_delta = weights (b + 9) (b + 5); m_delta_bias = bias (b + 9); m_inject = own (b + 11) (b + 10);
  m_drive = (fun a s -> z (coef (b + 13) (int a) (int s) (b + 12) (int a) (int s) 0));
  m_rate = (fun a s -> z (coef (b + 15) (int a) (int s) (b + 14) (int a) 0 0));
  m_input = z (coef (b + 17) 0 0 (b + 13) 0 0 0); m_faded = z (coef (b + 17) 0 0 (b + 16) 0 0 0);
  m_read = (fun a s -> z (coef (b + 19) (int a) 0 (b + 18) (int a) (int s) 0));
  m_skip = own (b + 19) (b + 5); m_y_bias = bias (b + 19);
  m_keep = weights (b + 21) x; m_mix = weights (b + 21) (b + 20); m_out_bias = bias (b + 21);
  q_centre = tensor y; q_norm = tensor b; q_value = tensor (b + 1); q_gate_pre = tensor (b + 3);
  q_u = tensor (b + 5); q_gate = tensor (b + 6);
  q_B = tensor (b + 7); q_C = tensor (b + 8); q_delta = tensor (b + 9); q_inject = tensor (b + 11);
  q_input = tensor (b + 13);
  q_decay = tensor (b + 15); q_state = tensor (b + 17); q_y = tensor (b + 19); q_out = tensor (b + 21) }

(* the program, and whether its tensors are well-formed *)
let model is_mamba variant normed d e n k classes blocks length =
  let embed = table classes 0 in
  if not is_mamba && variant then
    let part j = if j = 0 then 0 else 9 * j - 4 and h = 9 * blocks - 3 in
    let block i = if i = 0 then s4d length 2 (-9) 1 part else let b = 9 * i - 3 in s4d length (b + 5) b (b + 4) part in
    let first = block 0 and later = List.init (blocks - 1) (fun i -> block (i + 1)) in
    s4d_pre_model (nat d) (nat classes) embed (table classes 1) first later (bias h)
      (fun j -> weights h (part (int j))),
    List.for_all s4d_okb (first :: later)
  else if not is_mamba then
    let block i = let b = 1 + 9 * i in s4d length b (b + 4) (b - 1) (fun j -> if j = 0 then b - 1 else b + 3) in
    let ls = List.init blocks block and h = 1 + 9 * blocks in
    s4d_model (nat d) (nat classes) embed ls (bias h) (weights h (h - 1)), List.for_all s4d_okb ls
  else
    let ln = variant in
    let more = if ln then 2 else 0 in                  (* stages of a LayerNorm *)
    let block i =
      if i = 0 then mamba length k 1 0 0 else
      let b = 23 + (22 + more) * (i - 1) in
      mamba length k (b + more) (b - 1) (if ln then b + 1 else b - 1) in
    let ls = List.init blocks block and h = 22 + (22 + more) * (blocks - 1) in
    let f s = table classes s in
    let first =
      { f_norm = f 1; f_value = f 2; f_value_norm = f 3; f_gate_pre = f 4; f_gate_pre_norm = f 5; f_gate = f 7 } in
    let last, before = match List.rev ls with l :: r -> l, List.rev r | [] -> failwith "no block" in
    let x = if blocks = 1 then 0 else h - 22 - more in
    if normed then
      let q = norm (h + 1) in
      mamba_normed ln (nat d) (nat e) (nat n) (nat k) (nat classes) embed first before last (own (h + 1) h) q
        (bias (h + 6)) (weights (h + 6) (h + 5)), List.for_all mamba_okb ls && norm_okb q
    else
      mamba_model ln (nat d) (nat e) (nat n) (nat k) (nat classes) embed first before last (bias h)
        (weights h x) (weights h (h - 1)), List.for_all mamba_okb ls

let numbers l = String.concat " " (List.map (fun v -> string_of_int (of_z v)) l)
let place e = Printf.sprintf "%d,%d,%d,%d,%d" (int e.es) (int e.et) (int e.ea) (int e.eb) (int e.ej)
let operand p o = match (stage_at p o.oe.es).sbody with
  | Token rows -> Printf.sprintf "token %d [%s]%s" (int o.oe.et) (numbers (rows o.oe.ea)) (if o.osq then "^2" else "")
  | _ -> place o.oe ^ (if o.osq then "^2" else "")
let form p c terms =
  let terms = List.filter (fun (w, _) -> w <> Z0) terms in
  let text = List.map (fun (w, o) -> Printf.sprintf "%d*%s" (of_z w) (operand p o)) terms in
  String.concat " + " (string_of_int (of_z c) :: List.sort compare text)
let element p e = match (stage_at p e.es).sbody with
  | Token _ -> ()
  | Form (c, terms) -> Printf.printf "%s = form %s\n" (place e) (form p (c e) (terms e))
  | Step (c, terms, th, values) ->
    if e.et = O || (e.et = S O && (stage_at p e.es).pair) then
      Printf.printf "%s steps %s: %s\n" (place e) (numbers th) (numbers values);
    Printf.printf "%s = step %s\n" (place e) (form p (c e) (terms e))
  | Product fs ->
    let text = List.map (fun o -> operand p { oe = o; osq = false }) (factors_at fs e) in
    Printf.printf "%s = %s\n" (place e) (String.concat " * " text)

let () =
  read Sys.argv.(2);
  match list 'd' [] with
  | [is_mamba; variant; normed; d; e; n; k; classes; blocks; length; precision; unit] ->
    let p, ok = model (is_mamba = 1) (variant = 1) (normed = 1) d e n k classes blocks length in
    Printf.printf "tensors %b fits %b\n" ok (fitsb (z unit) (nat precision) p);
    List.iter (fun pairs ->
      let b = bound p pairs in
      Printf.printf "bound %d %s\n" ((of_z b.pexp + unit - 1) / unit) (numbers b.powers)) [false; true];
    if Sys.argv.(1) = "counts" then
      Printf.printf "gates %d depth %d\n" (int (circuit_gates p (nat length))) (int (circuit_depth p (nat length)))
    else
      List.iter (function KElem e -> element p e | KToken _ | KSum _ -> ()) (keys p (nat length))
  | _ -> failwith "no dimensions"
