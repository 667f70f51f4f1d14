// Package threshold is the threshold-circuit intermediate representation: gates
// [Σ wᵢxᵢ ≥ t] with integer weights and unbounded fan-in, counted one by one and
// stored in banks.
//
// A bank is a family of gates that share what they read. Four kinds exist:
//
//	input  the one-hot bits of a token
//	level  gates [F ≥ τ_k] for one form F and ascending thresholds τ
//	digit  gates k of a low digit: [F - Σ_h (c_{h,k}-c_{h-1,k})·u_h ≥ c_{0,k}]
//	       where u_h are the gates of the bank of the higher digit
//	and    gates [bᵢ + b'ⱼ (+ …) ≥ m], one for each choice of one bit form of
//	       each of m lists; or for each pair i < j of one list
//
// A form is an exact affine combination of gates; forms are shared by name and
// cost no gate: every gate's weights are its forms written out over gates, which
// [Circuit.Gate] does for one gate and [Circuit.Stats] counts for all. Depth,
// gates, wires and weights are those of the circuit with every gate alone.
//
// [Builder] makes a circuit in topological order; a [Circuit] is immutable.
// [Simulator] evaluates it gate by gate on 64 words at a time. [Circuit.WriteText]
// and [Circuit.WriteBinary] have exact readers, which accept what the writers
// write and nothing else: equal circuits are equal files. Forms and weights that
// do not fit in 62 bits are refused when a circuit is built or read.
//
// The package knows nothing about models or about the arithmetic circuit that a
// threshold circuit implements; that relation is checked by package check.
package threshold
