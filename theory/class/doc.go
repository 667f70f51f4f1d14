// Package class decides the circuit complexity of regular languages, finite-state tasks
// and word problems, and gives evidence that a separate function re-checks.
//
//	d, err := language.Regex("(aa)*", nil, 1000)
//	if err != nil {
//		return err
//	}
//	v, err := class.Classify(class.Language("(aa)*", d), class.DefaultBudget())
//	if err != nil {
//		return err
//	}
//	fmt.Println(v.Class, v.StabilityIndex) // AC0 2
//	return class.Check(v.Certificate)
//
// There are three classes. A language is in AC0 exactly if its syntactic morphism is
// quasi-aperiodic (Barrington, Compton, Straubing, Thérien 1992); if not, and all
// subgroups of the syntactic monoid are solvable, it is in ACC0 (Barrington, Thérien 1988),
// and so in TC0; if some subgroup is not solvable it is NC1-complete (Barrington 1989), and
// so outside TC0 if TC0 ≠ NC1. That AC0 and the rest differ is a theorem, since the parity
// of bits is not in AC0; it is what the other half of an ACC0 certificate rests on. The
// instances of a word problem are words over all elements, the identity among them, so that
// there "aperiodic" takes the place of "quasi-aperiodic".
//
// # Certificates
//
// A [Certificate] holds the subject and the evidence. [Certificate.Encode] writes it as one
// line of JSON, [Decode] accepts exactly those bytes, and [Check] verifies it. Check shares
// with [Classify] the form of certificates and the product of two maps, nothing else; the
// tests hold a third opinion in Python. For the architectures that can express the
// problem, give [Verdict.Facts] to theory/bound.
//
// # What it does not do
//
// No verdict about a trained model or an architecture; that needs the arithmetic the model
// computes in. A certificate shows the class and, for a solvable group, the derived length;
// it does not show that an automaton is minimal, nor the order, nor the stability index. Membership
// of a language in AC0 is PSPACE-hard to decide in the number of states: large monoids may
// be undecided, or decided without a certificate, and the verdict says which.
package class
