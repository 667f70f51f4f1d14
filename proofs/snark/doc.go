// Package snark proves that a compiled model gives certain labels, in zero knowledge: it
// turns the arithmetic circuit of package arith, the very one that the threshold circuit
// implements, into a constraint system of gnark over BN254.
//
//	system, err := snark.Lower(circuit, snark.Options{Backend: snark.Groth16, Words: snark.Private})
//	proving, verifying, err := system.Setup(snark.Origin{Model: digest})
//	assignment, err := system.Assign([]int{2, 0, 4})
//	proof, err := system.Prove(ctx, proving, assignment)
//	err = snark.Verify(proof, verifying)
//
// The weights are constants of the constraint system, so its digest is the commitment to the
// model, and whoever has the circuit can make it again and compare ([Proof.Derive]). Words
// are private, public, or known by a salted hash. A proof about a chunk of a test set says how
// many labels are right ([System.AssignChunk]), and [Commitment.Sum] adds them up.
//
// # Lowering
//
// Forms are linear and cost nothing; a product of levels is one constraint for each factor
// past the first. A step's level is advice of the prover, checked by one of the ways
// that [Tally] counts; the planner takes for every threshold table the one with
// which a Groth16 prover needs least time:
//
//	bit        two levels: a bit b and b·(2s+1) - s - 1 >= 0 for s = F - T
//	quotient   thresholds g apart: F = T + g·(k-1) + r, 0 <= r < g
//	clamped    the same with overshoots that are 0 unless the level is the last
//	divided    a quotient that is looked up in a table of values
//	saturated  the level is looked up; its row says whether it may overshoot, and which way
//	direct     F itself is looked up
//	interval   a row with two neighbouring thresholds, one at most F, the other above
//
// Lookups and ranges are one LogUp argument (Haböck, ePrint 2022/1530) for the circuit,
// over the prover's commitment.
//
// # Why a solution is the circuit's evaluation
//
// By induction over the nodes. Every form lies in the range that package arith has proved, at
// most 62 bits, since what it reads does; sums in the field are then sums of
// integers. A quotient q is bounded by its check, by its row, or by the row of the
// only step that reads it, and g·q + r by far below the field, so q and r are unique.
// An interval's ends lie within checked distances of F, so the one
// integer that holds both determines them. Each row belongs to one level. Every label bit
// is a step of the circuit, ties included, and exactly one of a position is 1.
//
// # What it does not do
//
// It does not hide weights from whoever holds the constraint system, and does not commit to
// them apart from it. The set-up is by a single
// party, who could forge. That labels are those of the checkpoint's float model is not proved
// here but by the certificate of the same model.ac. The order of advice is an
// implementation detail: proofs and keys of another version are refused by their digests.
package snark
