// Package coq holds a Coq development and the validator extracted from it, and builds the
// validator from OCaml.
//
//	proofs/coq/check.sh                            # every theory, no axioms, same extraction
//	make -C proofs/coq validate
//	proofs/coq/out/validate OUT_DIR/model.ac OUT_DIR/circuit.tc
//
// The tests run the validator on circuits that package compile made and on damaged ones,
// and compare it with package check; those of package cert run it on forgeries. They compare
// the programs of whole models, extracted as well, with the circuits, bounds, gates and depths of
// package compile. They do not compile the theories: check.sh does. proofs/README.md says
// what is proved and what is trusted.
package coq
