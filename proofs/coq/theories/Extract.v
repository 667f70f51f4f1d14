(** Extraction of the validator to OCaml, with Coq's own numbers: no Extract Constant, no
    machine integers.  States nothing. *)
Require Import TC0.Arith TC0.Banks TC0.Validate TC0.Flat.
Require Import ExtrOcamlBasic.
Require Extraction.
Extraction "validator.ml" validate check_node vstart index_of ac_wf tc_wf nset nempty tc_gates tc_depth widths.
