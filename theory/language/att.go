package language

import (
	"slices"
	"strconv"
	"strings"
)

var attEpsilon = []string{"<eps>", "<epsilon>", "<EPS>", "@0@", "@_EPSILON_SYMBOL_@"}

// readATT reads the text of an acceptor as finite-state toolkits of the AT&T tradition
// write it (OpenFst's fstprint, foma, hfst, the Language Toolkit).
func readATT(content []byte) (*NFA, error) {
	b, l := newBuilder(), newLines(content, false)
	for l.next() {
		f := strings.Fields(l.text)
		for _, q := range []int{0, 1} {
			if arc := len(f) > 2; (q == 0 || arc) && !isNumber(f[q]) {
				return nil, l.fail("state %s is not a number", abridge(f[q]))
			}
		}
		if len(b.n.Start) == 0 {
			b.start(f[0])
		}
		if err := attLine(b, l, f); err != nil {
			return nil, err
		}
	}
	return b.finish()
}

func attLine(b *builder, l *lines, f []string) error {
	if len(f) > 5 {
		return l.fail("%d words: an arc has at most 5 and a final state at most 2", len(f))
	}
	if len(f) <= 2 {
		absent, err := attAbsent(l, f[1:])
		if err == nil && !absent {
			b.accepting(f[0])
		}
		return err
	}
	label, weight := f[2], f[3:]
	if len(weight) == 1 && weight[0] != label && isNumber(label) && isNumber(weight[0]) {
		return l.fail("%s may be a second label or a weight: drop it, or write the weight with a decimal point", weight[0])
	}
	if len(weight) > 0 && (len(weight) == 2 || weight[0] == label || !isWeight(weight[0])) {
		if weight[0] != label {
			return l.fail("the labels %s and %s differ: a transducer, where an acceptor is wanted", abridge(label), abridge(weight[0]))
		}
		weight = weight[1:]
	}
	absent, err := attAbsent(l, weight)
	if err != nil {
		return err
	}
	if label == "0" {
		return l.fail("label 0 is ε without a symbol table and a letter with one: write <eps>, or rename the letter")
	}
	if absent {
		b.state(f[0])
		b.state(f[1])
		return nil
	}
	if err := b.edge(f[0], label, slices.Contains(attEpsilon, label), f[1]); err != nil {
		return l.fail("%v", err)
	}
	return nil
}

// attAbsent reports whether the weight, if there is one, is that of no arc at all.
func attAbsent(l *lines, weight []string) (bool, error) {
	if len(weight) == 0 {
		return false, nil
	}
	if !isWeight(weight[0]) {
		return false, l.fail("weight %s is not a number", abridge(weight[0]))
	}
	return strings.EqualFold(weight[0], "Infinity"), nil
}

func isWeight(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}
