(** Extraction of whole models' programs to OCaml, for the test that compares them with what
    circuits/compile builds.  Coq's own numbers.  States nothing. *)
Require Import TC0.Program TC0.Family TC0.Blocks TC0.Checks.
Require Import ExtrOcamlBasic.
Require Extraction.
Extraction "program.ml" s4d_model s4d_pre_model mamba_model mamba_normed keys factors_at stage_at bound fitsb s4d_okb mamba_okb norm_okb
  circuit_gates circuit_depth.
