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
// Or the weights are secret, and the statement has a salted commitment to them. The constraint
// system is then that of an [Architecture], whose models share their keys:
//
//	arch, err := snark.ArchitectureOf(circuit, snark.DefaultRoom)
//	system, err := snark.LowerArchitecture(arch, snark.Options{Backend: snark.Groth16, Words: snark.Private, Committed: true})
//	proving, verifying, err := system.Setup(snark.Origin{})
//	bound, err := system.Bind(circuit, salt)
//	assignment, err := bound.Assign([]int{2, 0, 4})
//
// Whoever is shown circuit and salt can see that a proof is about them ([Proof.Open]).
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
// # Committed weights
//
// An architecture is the program of a circuit without its numbers: stages of elements by position,
// row and column, what each reads, and in how many limbs of the range table its numbers fit. The
// numbers are [Parameters], advice of the prover. A dense row has a coefficient for every operand, so
// that a weight of 0 leaves no trace; a table has a power of two of levels, of which those that the
// model does not have hold no form.
//
// Why a solution is the evaluation of one circuit, the one that the commitment is to:
//
//   - Parameters. Each is stored as a number that is not negative and looked up limb by limb, so it is
//     in the range that its limbs give it. They are packed in just these widths: other parameters
//     have another packing. The commitment is a sponge over the architecture's digest, the salt
//     and the packing, so that another opening of it is a collision of Poseidon2.
//   - Forms. The widths bound every value by induction over the program, below 2^96
//     ([ReadArchitecture] refuses others), so that sums and products in the field are those of
//     integers. A product of a matrix and a vector is advice, checked as Freivalds does: both
//     sides times (1, z, z², …) are equal. A wrong one passes for at most as many z as the
//     matrix has rows, of some 2^254.
//   - Steps. A row of a table has the two ends of a level, and its value. Ends are the start plus the
//     widths of the levels before, which are in range and so not negative: no form is in two
//     levels. A step shows a row whose ends lie within checked distances of the form, as an
//     interval above.
//   - Challenges. z, and the y that tells columns of rows apart, are hashes of the challenge x. The
//     prover commits to parameters, products, queries and counts before x is known.
//
// What the public learns of a model is its architecture, with the widths of its numbers, and
// whether two proofs have the same commitment.
//
// # What it does not do
//
// Constants are not hidden from whoever holds the constraint system. Circuits of one digit, and others whose
// steps are read through more than one table, have no architecture. The set-up is by a single
// party, who could forge. That labels are those of the checkpoint's float model is not proved
// here but by the certificate of the same model.ac. The order of advice is an
// implementation detail: proofs and keys of another version are refused by their digests.
package snark
