package class

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"tc0/theory/algebra"
)

// certificateFormat names the format and its version.
const certificateFormat = "tc0 class certificate 1"

// A Certificate is a claim about a subject with the evidence for it. [Check] says what it
// takes from the evidence. Words are lists of letter numbers, points and states count from
// 0, and maps are lists of images.
type Certificate struct {
	Format        string       `json:"format"`
	Subject       Presentation `json:"subject"`
	Class         Class        `json:"class"`
	DerivedLength int          `json:"derived_length,omitempty"` // of a solvable group that is not trivial

	Aperiodic *AperiodicEvidence `json:"aperiodic,omitempty"` // AC0
	Solvable  *SolvableEvidence  `json:"solvable,omitempty"`  // ACC0: an upper bound
	Period    *PeriodEvidence    `json:"period,omitempty"`    // ACC0: not in AC0
	Perfect   *PerfectEvidence   `json:"perfect,omitempty"`   // NC1-complete
}

// A Presentation is the subject of a certificate: the map of each letter and, for a
// language, the rest of an automaton. Without letters it is the word problem of the monoid
// that the maps generate.
type Presentation struct {
	Maps    []algebra.Map `json:"maps,omitempty"`
	Letters []string      `json:"letters,omitempty"`
	Start   int           `json:"start,omitempty"`
	Outputs []int         `json:"outputs,omitempty"`
}

func (p *Presentation) language() bool { return len(p.Letters) > 0 }

// A Word is a list of letters.
type Word []int

// MarshalJSON writes the empty word as [], whether or not it is nil.
func (w Word) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, a := range w {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(a), 10)
	}
	return append(b, ']'), nil
}

// AperiodicEvidence shows that long enough powers of words of length divisible by
// Modulus do not cycle. Layers[i] holds the maps of all words, other than the empty one,
// whose length is i modulo Modulus; x^Exponent = x^(Exponent+1) for each x of Layers[0].
type AperiodicEvidence struct {
	Modulus  int             `json:"modulus"`
	Exponent uint64          `json:"exponent"`
	Layers   [][]algebra.Map `json:"layers"`
}

// PeriodEvidence is a nontrivial cyclic group: the map x of Word and the idempotent e of
// Idempotent, with ex = xe = x ≠ e and x^Order = e. For a language the words have one
// length, and Left·Word·Right and Left·Idempotent·Right have different outputs.
type PeriodEvidence struct {
	Word       Word   `json:"word"`
	Idempotent Word   `json:"idempotent"`
	Order      uint64 `json:"order"`
	Left       Word   `json:"left"`
	Right      Word   `json:"right"`
}

// SolvableEvidence shows that all subgroups of the monoid are solvable. If the letters are
// permutations, Series is about the group that they generate. Otherwise Elements lists the
// maps of all words but the empty one, x^Omega is idempotent for each, and Idempotents
// leads each nontrivial subgroup into one of Classes.
type SolvableEvidence struct {
	Series *Series `json:"series,omitempty"`

	Elements    []algebra.Map  `json:"elements,omitempty"`
	Omega       uint64         `json:"omega,omitempty"`
	Idempotents []Conjugacy    `json:"idempotents,omitempty"`
	Classes     []GroupElement `json:"classes,omitempty"`
}

// A Conjugacy takes the group of an idempotent f = ab injectively to that of e = ba, the
// idempotent of a class, by x → bxa. F, A and B are numbers of elements.
type Conjugacy struct {
	F     int `json:"f"`
	A     int `json:"a"`
	B     int `json:"b"`
	Class int `json:"class"`
}

// A GroupElement is a solvable group inside a monoid: the idempotent E, and elements that
// generate the group, as numbers of elements. They permute the points of the image of E.
type GroupElement struct {
	E          int    `json:"e"`
	Generators []int  `json:"generators"`
	Series     Series `json:"series"`
}

// A Series shows that a permutation group, given by generators, is solvable, and its
// derived length d. Term 0 is the list of generators of the group. Terms[i] lists
// generators of term i+1 by step numbers of Program; the last term has none and is not
// listed. Closures[i] shows that term i+1 holds all commutators of term i.
type Series struct {
	Program  []Step    `json:"program,omitempty"`
	Terms    [][]int   `json:"terms,omitempty"`
	Closures []Closure `json:"closures"`
}

// A Closure writes commutators as products. Program is over the generators of a term T of
// a series; Values holds step numbers of it, -1 for the identity: first for [x,y] with x, y
// generators of the term before T, x before y in the list, in lexicographic order; then
// for [y,x], y a generator of T and x one of the term before.
type Closure struct {
	Program []Step `json:"program,omitempty"`
	Values  []int  `json:"values,omitempty"`
}

// PerfectEvidence is a perfect group P ≠ 1 inside the monoid. Generators are words whose
// maps x satisfy ex = xe = x for the idempotent e of the word Idempotent and permute its
// image; steps Perfect of Program, over these, generate P; and step Values[i] of Closure,
// over the generators of P, is generator i again and is made of commutators. For a
// language, the context Left, Right tells the first generator of P other than 1 from e.
type PerfectEvidence struct {
	Idempotent Word   `json:"idempotent"`
	Generators []Word `json:"generators"`
	Program    []Step `json:"program,omitempty"`
	Perfect    []int  `json:"perfect"`
	Closure    []Step `json:"closure"`
	Values     []int  `json:"values"`
	Left       Word   `json:"left"`
	Right      Word   `json:"right"`
}

// A Step of a straight-line program makes a permutation out of generators and earlier
// steps, which are numbered from 0. Its text is x3 for generator 3, 5*7 for the product of
// steps 5 and 7, first 5, 5^-1 for an inverse, and [5,7] for 5*7*5^-1*7^-1.
type Step struct {
	Op   Op
	A, B int
}

// An Op is the kind of a [Step].
type Op byte

// The kinds of steps.
const (
	Generator Op = iota
	Product
	Inverse
	Commutator
)

// MarshalText writes the step.
func (s Step) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String returns the text of the step.
func (s Step) String() string {
	switch s.Op {
	case Generator:
		return fmt.Sprintf("x%d", s.A)
	case Product:
		return fmt.Sprintf("%d*%d", s.A, s.B)
	case Inverse:
		return fmt.Sprintf("%d^-1", s.A)
	}
	return fmt.Sprintf("[%d,%d]", s.A, s.B)
}

// UnmarshalText reads the text of a step.
func (s *Step) UnmarshalText(text []byte) error {
	t := string(text)
	first, second := t, ""
	switch {
	case strings.HasPrefix(t, "x"):
		*s, first = Step{Op: Generator}, t[1:]
	case strings.HasSuffix(t, "^-1"):
		*s, first = Step{Op: Inverse}, strings.TrimSuffix(t, "^-1")
	case strings.HasPrefix(t, "[") && strings.HasSuffix(t, "]"):
		*s = Step{Op: Commutator}
		first, second, _ = strings.Cut(t[1:len(t)-1], ",")
	default:
		*s = Step{Op: Product}
		first, second, _ = strings.Cut(t, "*")
	}
	var err error
	if s.A, err = strconv.Atoi(first); err == nil && (s.Op == Product || s.Op == Commutator) {
		s.B, err = strconv.Atoi(second)
	}
	if err != nil || s.String() != t {
		return fmt.Errorf("step %q: want x3, 5*7, 5^-1 or [5,7]", t)
	}
	return nil
}

// Encode returns the one text of the certificate: a line of JSON.
func (c *Certificate) Encode() ([]byte, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return append(b, '\n'), nil
}

// Decode reads a certificate. It accepts exactly the bytes that [Certificate.Encode]
// writes: other spacing, order, or spelling of the same values is an error.
func Decode(text []byte) (*Certificate, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	c := new(Certificate)
	if err := d.Decode(c); err != nil {
		return nil, fmt.Errorf("certificate: %s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	if c.Format != certificateFormat {
		return nil, fmt.Errorf("certificate: format %q, want %q", c.Format, certificateFormat)
	}
	again, err := c.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again, text) {
		at := 0
		for at < min(len(text), len(again)) && text[at] == again[at] {
			at++
		}
		return nil, fmt.Errorf("certificate: not in canonical form from byte %d on: write it with the encoder", at+1)
	}
	return c, nil
}
