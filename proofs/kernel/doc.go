// Package kernel checks certificates of compiled models and believes nobody: it imports
// the standard library alone, reads every file with readers of its own, and accepts
// one spelling of each.
//
//	verdict, err := kernel.Verify("out/certificate.json", "theory/ssm/testdata/mamba-flipflop4")
//	if err != nil {
//		return err // there was nothing to judge
//	}
//	verdict.Print(os.Stdout)
//
// It is written to be read, in this order, in two sittings of some 2,000 lines each. The
// first is about the circuit:
//
//	refuse.go       how a check fails, and arithmetic that does not wrap
//	bytes.go        varints, tables
//	arith.go        model.ac: reading, ranges, evaluation on a word
//	circuit.go      circuit.tc, record by record
//	count.go        depth, gates, wires, weights, added up while records arrive
//	levels.go       functions of a level, and sums of them
//	lowering.go     every form and bank of circuit.tc is a function of a node of model.ac
//	certificate.go, verify.go    the certificate and its claims
//
// The second is about the network that model.ac claims to be:
//
//	checkpoint.go   config.json and weights
//	forward.go      the float64 model, for sampled claims
//	plan.go         scales and rounded coefficients from weights and quant.json
//	curve.go        change points of step functions, decided between bounds
//	binding.go      node by node: is model.ac what the checkpoint gives?
//	layers.go       the stage equations of Mamba and S4D
//
// What is checked of each claim:
//
//	size        every count, from circuit.tc alone
//	lowering    each form and bank is a function of one node's level, or a form or product of
//	            model.ac, in one pass over circuit.tc
//	binding     every coefficient, table of tokens, step table (f at τ-1 and τ, and at both
//	            ends) and operand, recomputed from checkpoint and quant.json
//	bound       the stated formulas at this length, against the counts
//	agreement   the words drawn again from their seed; labels of model.ac against an own
//	            float64 forward. Logits that differ by 1e-9 of the largest count either way
//	class       nothing: the theorems are cited
//
// Banks and forms may be others than the compiler's if each is a function of one level, or a form
// or product of model.ac in their order, and every node has a form that is its value; other
// circuits with the same function are refused.
// Memory: model.ac, and of circuit.tc the tables, forms, lists and banks, but nothing for a gate
// or a wire. One pass cannot know which variables will be read again, so none is forgotten.
//
// Not checked: how the ranges of quant.json were calibrated (any ranges define a quantised
// function); other lengths; that float64 is what a deployment computes. S4D's
// kernel and poles are computed with the platform's exp, sin and cos and then rounded, as the
// compiler does: on a machine where these differ in the last bit a true certificate may
// be refused, and no false one is accepted for it.
package kernel
