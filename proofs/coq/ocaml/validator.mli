
val negb : bool -> bool

type nat =
| O
| S of nat

val fst : ('a1 * 'a2) -> 'a1

val snd : ('a1 * 'a2) -> 'a2

val length : 'a1 list -> nat

val app : 'a1 list -> 'a1 list -> 'a1 list

type comparison =
| Eq
| Lt
| Gt

val compOpp : comparison -> comparison

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

module Pos :
 sig
  type mask =
  | IsNul
  | IsPos of positive
  | IsNeg
 end

module Coq_Pos :
 sig
  val succ : positive -> positive

  val add : positive -> positive -> positive

  val add_carry : positive -> positive -> positive

  val pred_double : positive -> positive

  val pred_N : positive -> n

  type mask = Pos.mask =
  | IsNul
  | IsPos of positive
  | IsNeg

  val succ_double_mask : mask -> mask

  val double_mask : mask -> mask

  val double_pred_mask : positive -> mask

  val sub_mask : positive -> positive -> mask

  val sub_mask_carry : positive -> positive -> mask

  val mul : positive -> positive -> positive

  val iter : ('a1 -> 'a1) -> 'a1 -> positive -> 'a1

  val compare_cont : comparison -> positive -> positive -> comparison

  val compare : positive -> positive -> comparison

  val eqb : positive -> positive -> bool

  val coq_Nsucc_double : n -> n

  val coq_Ndouble : n -> n

  val coq_land : positive -> positive -> n

  val shiftl : positive -> n -> positive
 end

module N :
 sig
  val succ_double : n -> n

  val double : n -> n

  val succ : n -> n

  val pred : n -> n

  val succ_pos : n -> positive

  val add : n -> n -> n

  val sub : n -> n -> n

  val mul : n -> n -> n

  val compare : n -> n -> comparison

  val eqb : n -> n -> bool

  val leb : n -> n -> bool

  val ltb : n -> n -> bool

  val max : n -> n -> n

  val div2 : n -> n

  val pos_div_eucl : positive -> n -> n * n

  val div_eucl : n -> n -> n * n

  val div : n -> n -> n

  val coq_land : n -> n -> n

  val shiftl : n -> n -> n

  val shiftr : n -> n -> n

  val iter : n -> ('a1 -> 'a1) -> 'a1 -> 'a1

  val ones : n -> n
 end

module Z :
 sig
  val double : z -> z

  val succ_double : z -> z

  val pred_double : z -> z

  val pos_sub : positive -> positive -> z

  val add : z -> z -> z

  val opp : z -> z

  val sub : z -> z -> z

  val mul : z -> z -> z

  val compare : z -> z -> comparison

  val leb : z -> z -> bool

  val ltb : z -> z -> bool

  val eqb : z -> z -> bool

  val max : z -> z -> z

  val min : z -> z -> z
 end

val tl : 'a1 list -> 'a1 list

val nth : nat -> 'a1 list -> 'a1 -> 'a1

val rev : 'a1 list -> 'a1 list

val map : ('a1 -> 'a2) -> 'a1 list -> 'a2 list

val flat_map : ('a1 -> 'a2 list) -> 'a1 list -> 'a2 list

val fold_left : ('a1 -> 'a2 -> 'a1) -> 'a2 list -> 'a1 -> 'a1

val fold_right : ('a2 -> 'a1 -> 'a1) -> 'a1 -> 'a2 list -> 'a1

val forallb : ('a1 -> bool) -> 'a1 list -> bool

val combine : 'a1 list -> 'a2 list -> ('a1 * 'a2) list

type 'a trie =
| Tip
| Fork of 'a trie * 'a option * 'a trie

val tfind : positive -> 'a1 trie -> 'a1 option

val tset : positive -> 'a1 -> 'a1 trie -> 'a1 trie

val nempty : 'a1 trie

val nfind : 'a1 trie -> n -> 'a1 option

val nset : 'a1 trie -> n -> 'a1 -> 'a1 trie

val nget : 'a1 -> 'a1 trie -> n -> 'a1

val skipN : n -> 'a1 list -> 'a1 list

val takeN : n -> 'a1 list -> 'a1 list

val slice : 'a1 list -> n -> n -> 'a1 list

val lenN : 'a1 list -> n

type view = { vnode : n; vtable : n option }

type node =
| AInput of n
| AForm of z * (z * view) list
| AStep of n * n * n * n * n
| AProduct of view list

type acircuit = { atables : z list trie; anodes : node list;
                  alabels : n list list }

val tableof : z list trie -> n -> z list

val input_levels : node list -> n list

val ascendb : z list -> bool

type kind =
| KdInput of n
| KdForm
| KdStep of n
| KdProduct

val kind_of : node -> kind

val view_wf : z list trie -> kind trie -> view -> bool

val node_wf : z list trie -> kind trie -> node -> bool

val nodes_wf : z list trie -> kind trie -> n -> node list -> bool

val ac_wf : acircuit -> bool

val b2z : bool -> z

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

val everyN : n -> n -> z list -> z list

val level_thresholds : z list trie -> n -> n -> n -> n -> z list

val widths : item list -> n list

type counters = { nform : n; nlist : n; nbank : n; ninput : n;
                  gates : n trie; lens : n trie }

val gates_of : counters -> n -> n

val part_ok : z list trie -> n -> n -> n -> bool

val term_wf : z list trie -> counters -> term -> bool

val width_ok : n -> n -> bool

val bank_wf : z list trie -> counters -> bank -> bool

val bank_gates : counters -> bank -> n

val is_binput : bank -> bool

val item_wf : z list trie -> counters -> item -> bool

val item_next : counters -> item -> counters

val items_wf : z list trie -> counters -> item list -> bool

val cstart : counters

val counts : item list -> counters

val tc_wf : tcircuit -> bool

type index = { iform : formrec trie; ilist : n list trie; ibank : bank trie }

val index_step : index -> item -> index

val index_of : item list -> index

type info =
| IInput of n
| IStep of z list * n * z * z
| IVal of n * z * z

type mean =
| MHot of n * n
| MTherm of n * n * n list option

val mean_node : mean -> n

type hint = { h_form : n; h_banks : n list; h_lists : (n * n) list }

type vstate = { v_next : n; v_token : n; v_info : info trie;
                v_mean : mean trie; v_list : (n * z list) trie }

val eqbZ : z list -> z list -> bool

val eqbN : n list -> n list -> bool

val copies : n -> z -> z list

val prefixes : z -> z list -> z list

val nthN : n -> 'a1 list -> 'a1 -> 'a1

val addmul : z -> z list -> z list -> z list option

val minZ : z list -> z

val maxZ : z list -> z

val weights : z list trie -> (n * n) option -> n -> z list option

val bank_table : z list trie -> mean -> (n * n) option -> z list option

val term_bank : term -> ((z * n) * (n * n) option) option

val uterms :
  z list trie -> mean trie -> n -> z list -> term list -> z list option

val constants : info -> z -> z list option

val utable :
  z list trie -> index -> mean trie -> n -> info -> n -> z list option

val max_levels : n

val check_input : index -> vstate -> n -> hint -> vstate option

val view_table : z list trie -> info -> n option -> z list option

val value_form : info -> n option

val same_term :
  z list trie -> z list trie -> vstate -> z -> view -> term -> z option

val same_terms :
  z list trie -> z list trie -> vstate -> (z * view) list -> term list -> z
  option

val view_range : z list trie -> vstate -> view -> (z * z) option

val scale_range : z -> z -> z -> z * z

val form_range :
  z list trie -> vstate -> z -> (z * view) list -> (z * z) option

val add_info : vstate -> info -> vstate

val check_form :
  z list trie -> z list trie -> index -> vstate -> z -> (z * view) list ->
  hint -> vstate option

val strip : z -> z list -> n -> n * z list

val codes : z list -> z list -> n -> n list option

val code_table : z list -> bool -> z list -> n list option

val sign_of : index -> n -> n -> bool option

val reachedN : z list -> z -> n

val iotaN : n -> z list -> n list

val heights : z list -> n list option -> n list

val level_mean :
  z list trie -> index -> n -> n -> z list -> info -> mean trie -> n -> n ->
  n -> n -> n -> mean option

val digit_mean :
  z list trie -> index -> n -> n -> z list -> z -> z -> mean trie -> n -> n
  -> n -> n -> n -> n -> z -> mean option

val bank_means :
  z list trie -> index -> n -> n -> z list -> info -> z -> z -> mean trie ->
  n list -> mean trie option

val check_step :
  z list trie -> z list trie -> index -> vstate -> n -> n -> n -> n -> n ->
  hint -> vstate option

val pow2s : z -> 'a1 list -> z list

val bitsb : z list -> bool

val list_table :
  z list trie -> index -> mean trie -> n -> info -> z -> n list -> z list ->
  z list option

val check_lists :
  z list trie -> index -> vstate -> (n * n) list -> vstate option

type poly =
| PC of z
| PX of poly * poly

val pconst : nat -> z -> poly

val pscale : z -> poly -> poly

val padd : poly -> poly -> poly option

val peqb : poly -> poly -> bool

val peq_square : poly -> poly -> bool

val view_eqb : view -> view -> bool

val is_square : view list -> bool

type factor = { o_node : n; o_info : info; o_form : n option; o_lo : 
                z; o_all : z list; o_above : z list }

val factor_of : z list trie -> vstate -> view -> factor option

val factors_of : z list trie -> vstate -> view list -> factor list option

val pexpand : factor list -> poly

val is_factor : z list trie -> index -> mean trie -> factor -> n -> bool

val pfactor :
  z list trie -> index -> mean trie -> factor list -> n -> poly option

val is_list : vstate -> factor -> n -> bool

val pmono : vstate -> factor list -> n list -> poly option

val wprod : z list list -> z list

val wpairs : z list -> z list

val forms_of_lists : index -> n list -> n list list option

val diagonal : z -> n list -> (z * n) list

val pterms :
  z list trie -> index -> vstate -> factor list -> (z * n) list -> term list
  -> poly -> poly option

val mul_range : (z * z) -> (z * z) -> z * z

val product_range : factor list -> z * z

val check_product :
  z list trie -> z list trie -> index -> vstate -> view list -> hint ->
  vstate option

val check_node :
  z list trie -> z list trie -> index -> vstate -> node -> hint -> vstate
  option

val check_nodes :
  z list trie -> z list trie -> index -> vstate -> node list -> hint list ->
  vstate option

val vstart : vstate

val bits_match : n -> n list -> z list -> bool

val check_output : vstate -> n -> (n * n) -> bool

val all2 : ('a1 -> 'a2 -> bool) -> 'a1 list -> 'a2 list -> bool

val validate : acircuit -> tcircuit -> hint list -> bool

val gate_count : counters -> bank -> n

val item_gates : counters -> item -> n

val gates_from : counters -> item list -> n

val tc_gates : tcircuit -> n

type depths_ = { dform : n trie; dlist : n trie; dbank : n trie; dmax : n }

val dget : n trie -> n -> n

val maxN : n list -> n

val term_depth : depths_ -> term -> n

val bank_depth : depths_ -> bank -> n

val depth_next : counters -> depths_ -> item -> depths_

val depth_from : counters -> depths_ -> item list -> depths_

val dstart : depths_

val tc_depth : tcircuit -> n
