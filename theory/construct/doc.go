// Package construct writes down, without training, weights that track the state of a
// finite automaton at every length: the positive half of Merrill, Petty, Sabharwal
// 2024, "The Illusion of State in State-Space Models", arXiv 2404.08819 (T5.1 for
// RNN-SSM, T5.2 for IDS4), the classical construction for a ReLU network, and that of
// Terzić et al. 2025, arXiv 2509.22284, for PD-SSM. One layer is enough:
//
//	m, err := construct.New([][]int{{0, 1}, {1, 0}}, 0) // parity: states x letters
//	if err != nil {
//		return err
//	}
//	model, err := construct.Build(construct.IDS4, m)
//	if err != nil {
//		return err
//	}
//	logits, err := model.Forward([]int{1, 0, 1, 1}, ssm.Recurrent, nil)
//
// The largest logit at position t is that of the state after the letters 0..t. The
// model is a value of theory/ssm like any other: it can be exported as a checkpoint
// and run in PyTorch. A group's word problem is the automaton whose states are the
// elements and whose letters multiply them.
//
// # Exactness
//
// All weights are small multiples of 1/2, and so are all states, on every input of any
// length: float32 and float64 compute without rounding. There is one exception. The
// diagonal of a PD-SSM is a sigmoid, below 1 over the real numbers; its weights
// are such that it is 1 in float32 and float64.
//
// # How the state is held
//
// Let the letter σ act on vectors by the Boolean matrix A_σ with a 1 in row δ(q, σ) of
// column q, let c be the unit vector of the start state and g_t = A_σ_t ... A_σ_0 c.
// All four models compute g_t from a state that is zero before the first letter, so
// none needs a symbol for the beginning of the word, and the theorems hold for L as
// well as for $L. The linear layers keep h_t = g_t − c:
//
//	h_t = A_σ h_{t-1} + (A_σ c − c)
//
// The nonlinear layers keep one unit for each pair (p, q) such that a letter moves p to
// q, which says that the last letter did so, and one unit that is on after the first
// letter and supplies c before it.
//
// An automaton whose states are told apart by smaller quotients of it is replaced
// by those quotients side by side (Hartmanis and Stearns 1966, "Algebraic Structure
// Theory of Sequential Machines"): Z60 has 60 states, but 3+4+5 coordinates are enough.
//
// # What it does not do
//
// No minimisation: two states that behave alike stay two. No smallest models: the
// quotients are chosen greedily. No second layer, and no architectures in TC0, for
// which no such weights exist for a non-solvable group unless TC0 = NC1.
package construct
