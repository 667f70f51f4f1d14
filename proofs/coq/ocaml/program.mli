
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

val add : nat -> nat -> nat

val mul : nat -> nat -> nat

val sub : nat -> nat -> nat

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

val bool_dec : bool -> bool -> bool

val eqb : bool -> bool -> bool

module Nat :
 sig
  val eqb : nat -> nat -> bool

  val leb : nat -> nat -> bool

  val ltb : nat -> nat -> bool

  val max : nat -> nat -> nat

  val eq_dec : nat -> nat -> bool
 end

module Pos :
 sig
  val succ : positive -> positive

  val add : positive -> positive -> positive

  val add_carry : positive -> positive -> positive

  val pred_double : positive -> positive

  val pred_N : positive -> n

  val mul : positive -> positive -> positive

  val iter : ('a1 -> 'a1) -> 'a1 -> positive -> 'a1

  val size : positive -> positive

  val compare_cont : comparison -> positive -> positive -> comparison

  val compare : positive -> positive -> comparison

  val eqb : positive -> positive -> bool

  val testbit : positive -> n -> bool

  val iter_op : ('a1 -> 'a1 -> 'a1) -> positive -> 'a1 -> 'a1

  val to_nat : positive -> nat

  val of_succ_nat : nat -> positive
 end

module N :
 sig
  val succ : n -> n

  val pred : n -> n

  val succ_pos : n -> positive

  val eqb : n -> n -> bool

  val testbit : n -> n -> bool

  val to_nat : n -> nat

  val of_nat : nat -> n
 end

module Z :
 sig
  val double : z -> z

  val succ_double : z -> z

  val pred_double : z -> z

  val pos_sub : positive -> positive -> z

  val add : z -> z -> z

  val opp : z -> z

  val succ : z -> z

  val pred : z -> z

  val sub : z -> z -> z

  val mul : z -> z -> z

  val pow_pos : z -> positive -> z

  val pow : z -> z -> z

  val compare : z -> z -> comparison

  val leb : z -> z -> bool

  val eqb : z -> z -> bool

  val max : z -> z -> z

  val min : z -> z -> z

  val to_nat : z -> nat

  val of_nat : nat -> z

  val odd : z -> bool

  val log2 : z -> z

  val testbit : z -> z -> bool

  val log2_up : z -> z
 end

val nth : nat -> 'a1 list -> 'a1 -> 'a1

val map : ('a1 -> 'a2) -> 'a1 list -> 'a2 list

val flat_map : ('a1 -> 'a2 list) -> 'a1 list -> 'a2 list

val fold_left : ('a1 -> 'a2 -> 'a1) -> 'a2 list -> 'a1 -> 'a1

val fold_right : ('a2 -> 'a1 -> 'a1) -> 'a1 -> 'a2 list -> 'a1

val forallb : ('a1 -> bool) -> 'a1 list -> bool

val filter : ('a1 -> bool) -> 'a1 list -> 'a1 list

val combine : 'a1 list -> 'a2 list -> ('a1 * 'a2) list

val seq : nat -> nat -> nat list

val repeat : 'a1 -> nat -> 'a1 list

val list_sum : nat list -> nat

val b2z : bool -> z

val maxl : nat list -> nat

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

type term = nat * z list

type form = { fconst : z; fterms : term list }

type step = { sform : form; sthrs : z list }

type ir = step list

val nthrs : ir -> nat

val sdepth : nat list -> step -> nat

val adepths : ir -> nat list -> nat list

val ir_depths : nat list -> ir -> nat list

val ir_depth : nat list -> ir -> nat

val zbit : nat -> z -> z

val zsum : ('a1 -> z) -> 'a1 list -> z

val minZ : z list -> z

val maxZ : z list -> z

type factor = { fvar : nat; ftab : z list; fbits : nat }

val choices : factor list -> nat list list

val conj_terms : nat -> nat list list -> term list

val pos : ('a1 -> 'a1 -> bool) -> 'a1 -> 'a1 list -> nat

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

val on : nat -> elem -> elem

val factors_at : (nat * (elem -> elem)) list -> elem -> elem list

val is_token : stage -> bool

val is_step : stage -> bool

type key =
| KToken of nat
| KSum of elem
| KElem of elem

type table =
| TToken of nat * nat * bool
| TThresholds of nat
| TValues of nat
| TSquares of nat

val elem_dec : elem -> elem -> bool

val key_dec : key -> key -> bool

val table_dec : table -> table -> bool

val cells : nat -> nat -> stage -> elem list

val stage_at : program -> nat -> stage

val sum_keys : program -> nat -> nat -> key list

val elem_keys : program -> nat -> nat -> key list

val stage_keys : program -> nat -> nat -> key list

val position_keys : program -> nat -> key list

val keys : program -> nat -> key list

val squares : z list -> z list

val stage_tables : program -> nat -> table list

val tables : program -> table list

val content : program -> table -> z list

val table_number : program -> table -> n

val numbered : n -> z list list -> z list trie -> z list trie

val number : key list -> key -> n

val operand_view : program -> key list -> operand -> view

val views : program -> key list -> (z * operand) list -> (z * view) list

val node_of : program -> key list -> key -> node

val unrolled : program -> key list -> nat -> acircuit

val circuit_of : program -> nat -> acircuit

type repr =
| RToken of nat * nat
| RForm of form
| RStep of nat * nat * z list

val read : repr -> z list -> term list

val levels : repr -> nat

val repr_at : repr list -> n -> repr

val table_of : z list trie -> repr -> n option -> z list

val view_form : z list trie -> repr list -> view -> form

val scale : z -> form -> form

val fplus : form -> form -> form

val linear : z list trie -> repr list -> z -> (z * view) list -> form

type factor0 = { least : z; wide : nat; above : z list; var : repr }

val values_of : z list trie -> repr -> n option -> z list

val width : z list -> nat

val factor_of : z list trie -> repr list -> view -> factor0

val sets : ('a1 -> z) -> 'a1 list -> (z * 'a1 list) list

val unit_bits : nat -> factor

val picks : nat list -> nat list list

val bits_of : factor0 list -> nat list -> term list

val and_step : factor0 list -> nat list -> step

val part : nat -> (z * factor0 list) -> ir * form

val parts : nat -> (z * factor0 list) list -> ir * form

type lstate = { next_input : nat; variables : nat; reprs : repr list;
                steps : ir }

val lower_node : z list trie -> lstate -> node -> lstate

val input_bits : acircuit -> nat

val lowered : acircuit -> lstate

val inputs_of : acircuit -> nat list

val ac_gates : acircuit -> nat

type poly = { pexp : z; powers : z list }

val padd : z list -> z list -> z list

val over : z -> z list -> z list

val plus : poly -> poly -> poly

val times : z -> poly -> poly

val product_poly : law list -> z list

val stage_poly : program -> stage -> poly

val bound : program -> bool -> poly

type tensor = { tlaw : law; tthresholds : z list; tvalues : z list }

val no_law : law

val one_gate : law

val step_stage :
  nat -> nat -> bool -> nat -> tensor -> (elem -> z) -> (elem ->
  (z * operand) list) -> stage

val product_stage :
  nat -> nat -> bool -> nat -> (nat * (elem -> elem)) list -> stage

val form_stage :
  nat -> nat -> bool -> nat -> (elem -> z) -> (elem -> (z * operand) list) ->
  stage

val token_stage : nat -> law -> (nat -> z list) -> stage

val cell : nat -> nat -> nat -> operand

val row : nat -> nat -> (nat -> z) -> nat -> (z * operand) list

val zero : elem -> z

val own : elem -> elem

val channel : elem -> elem

val column : elem -> elem

val position : elem -> elem

val source : elem -> elem

type norm = { n_bias : (nat -> z); n_centre : tensor; n_norm : tensor }

type s4d = { s_kernel : (nat -> nat -> z); s_shift : (nat -> nat -> z);
             s_value : (nat -> nat -> z); s_value_bias : (nat -> z);
             s_gate : (nat -> nat -> z); s_gate_bias : (nat -> z);
             s_weight : (nat -> nat -> z); s_qgelu : tensor;
             s_qvalue : tensor; s_qgate : tensor; s_norm : norm }

val mix_stages : nat -> nat -> nat -> nat -> s4d -> stage list

val stream_norm :
  nat -> nat -> nat -> nat list -> (nat -> nat -> z) -> norm -> stage list

val s4d_block : nat -> nat -> nat -> nat -> s4d -> stage list

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

val centre_stages : nat -> nat -> nat -> nat -> mamba -> stage list

val norm_stage : nat -> nat -> nat -> mamba -> stage

val value_stage : nat -> nat -> nat -> nat -> mamba -> stage

val value_norm_stage : nat -> nat -> nat -> stage

val gate_pre_stage : nat -> nat -> nat -> nat -> mamba -> stage

val gate_pre_norm_stage : nat -> nat -> nat -> stage

val gate_stage : nat -> nat -> nat -> mamba -> stage

val taps : nat -> nat -> nat list

val u_stage : nat -> nat -> nat -> nat -> mamba -> stage

val scan_stages : nat -> nat -> nat -> nat -> mamba -> stage list

val out_stage : nat -> nat -> nat -> nat -> nat -> mamba -> stage

val open_block :
  nat -> nat -> nat -> nat -> nat -> nat -> nat -> mamba -> stage list

val first_open_block :
  nat -> nat -> nat -> nat -> nat -> mamba -> tables0 -> stage list

type part0 = { p_stage : nat; p_rows : nat; p_weight : (nat -> nat -> z) }

val class_pairs : nat -> (nat * nat) list

val class_pair_dec : (nat * nat) -> (nat * nat) -> bool

val pair_index : nat -> nat -> nat -> nat

val head : nat -> nat -> nat -> (nat -> z) -> part0 list -> stage list

val s4d_blocks : nat -> nat -> nat -> s4d list -> stage list

val s4d_model :
  nat -> nat -> (nat -> z list) -> s4d list -> (nat -> z) -> (nat -> nat ->
  z) -> program

val pre_blocks : nat -> nat -> nat -> nat list -> s4d list -> stage list

val stream_parts : nat -> nat list

val s4d_pre_model :
  nat -> nat -> (nat -> z list) -> (nat -> z list) -> s4d -> s4d list -> (nat
  -> z) -> (nat -> nat -> nat -> z) -> program

val extra_stages : bool -> nat

val levels_of : bool -> nat

val centred : bool -> nat -> nat -> nat -> mamba -> stage list

val inner_block :
  bool -> nat -> nat -> nat -> nat -> nat -> nat -> mamba -> stage list

val mamba_blocks :
  bool -> nat -> nat -> nat -> nat -> nat -> nat -> mamba list -> mamba ->
  stage list

val mamba_stem :
  bool -> nat -> nat -> nat -> nat -> tables0 -> mamba list -> mamba -> stage
  list

val after : bool -> mamba list -> nat

val last_input : bool -> mamba list -> nat

val stem_rank : bool -> mamba list -> nat

val mamba_model :
  bool -> nat -> nat -> nat -> nat -> nat -> (nat -> z list) -> tables0 ->
  mamba list -> mamba -> (nat -> z) -> (nat -> nat -> z) -> (nat -> nat -> z)
  -> program

val mamba_normed :
  bool -> nat -> nat -> nat -> nat -> nat -> (nat -> z list) -> tables0 ->
  mamba list -> mamba -> (nat -> z) -> norm -> (nat -> z) -> (nat -> nat ->
  z) -> program

val tensor_okb : tensor -> bool

val norm_okb : norm -> bool

val s4d_okb : s4d -> bool

val mamba_okb : mamba -> bool

val fits_valuesb : z -> law -> z list -> bool

val fitsb : z -> nat -> program -> bool

val circuit_gates : program -> nat -> nat

val circuit_depth : program -> nat -> nat
