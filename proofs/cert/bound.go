package cert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"tc0/proofs/kernel"
)

// boundPattern takes the text of compile.Bound apart, which is where its numbers are public.
var boundPattern = regexp.MustCompile(`^gates ≤ n·\(([^)]*)\)(?: \+ n\(n-1\)/2·\(([^)]*)\))?(?: \+ \(n-1\)·\(([^)]*)\))?` +
	`; weight bits ≤ min\(62, (\d+)·p \+ ⌈log2 n⌉ \+ (-?\d+)\); p = .*, counted as (-?\d+) where it is less$`)

// halfPower stands for 2^(p/2) in a text under way.
const halfPower = "2^p/2"

// parseBound reads the formulas of a bound as numbers.
func parseBound(text string) (*kernel.Bound, error) {
	m := boundPattern.FindStringSubmatch(strings.ReplaceAll(text, "2^(p/2)", halfPower)) // no parentheses within parentheses
	if m == nil {
		return nil, fmt.Errorf("the bound %q is not in the form that certificates hold", text)
	}
	var b kernel.Bound
	for i, p := range []*kernel.Polynomial{&b.Position, &b.Pair, &b.Later} {
		if err := parsePolynomial(m[1+i], p); err != nil {
			return nil, err
		}
	}
	for i, n := range []*int{&b.Slope, &b.Offset, &b.Least} {
		var err error
		if *n, err = strconv.Atoi(m[4+i]); err != nil {
			return nil, fmt.Errorf("the bound's number %q: %w", m[4+i], err)
		}
	}
	return &b, nil
}

// parsePolynomial reads a sum such as "340·2^(p/2) + 160·p² - 3".
func parsePolynomial(text string, out *kernel.Polynomial) error {
	if text == "" || text == "0" {
		return nil
	}
	for _, term := range strings.Split(strings.ReplaceAll(text, " - ", " + -"), " + ") {
		number, of, _ := strings.Cut(term, "·")
		c, err := strconv.ParseInt(number, 10, 64)
		into := map[string]*int64{
			"2^p": &out.Exp, halfPower: &out.Root, "p³": &out.Powers[3], "p²": &out.Powers[2], "p": &out.Powers[1], "": &out.Powers[0],
		}[of]
		if err != nil || into == nil {
			return fmt.Errorf("the bound's term %q is not one that certificates hold", term)
		}
		*into = c
	}
	return nil
}
