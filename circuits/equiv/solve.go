package equiv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"os/exec"
	"strings"

	"tc0/circuits/export"
	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// Solver names a solver and, with it, the form in which it is asked.
type Solver string

// The solvers: gophersat is part of this program, the others are programs that have
// to be installed. Gophersat is not asked pseudo-Boolean questions: version 1.4.0
// answers some with values that violate constraints.
const (
	Gophersat Solver = "gophersat" // CNF; writes a proof
	Cadical   Solver = "cadical"   // CNF; writes a proof
	Clasp     Solver = "clasp"     // pseudo-Boolean (OPB), integers of up to 31 bits; no proof
)

// solving is how a solver is asked. It returns the values of the first variables, nil
// when there is no solution, and the proof of that.
type solving struct {
	encoding string
	bits     int // of the integers that it takes, for OPB
	program  string
	solve    func(ctx context.Context, question []byte, inputs int) (*solution, error)
}

var solvers = []struct {
	Solver
	solving
}{
	{Gophersat, solving{encoding: "CNF", solve: gophersat}},
	{Cadical, solving{encoding: "CNF", program: "cadical", solve: cadical}},
	{Clasp, solving{encoding: "OPB", bits: 31, program: "clasp", solve: clasp}},
}

// ParseSolver is the solver of that name; the error lists the names.
func ParseSolver(name string) (Solver, error) {
	var names []string
	for _, s := range solvers {
		if string(s.Solver) == name {
			return s.Solver, nil
		}
		names = append(names, string(s.Solver))
	}
	return "", fmt.Errorf("unknown solver %q, expected one of %s", name, strings.Join(names, ", "))
}

// Installed says what is missing to ask the solver.
func (s Solver) Installed() error {
	w, err := s.solving()
	if err != nil || w.program == "" {
		return err
	}
	if _, err := exec.LookPath(w.program); err != nil {
		return fmt.Errorf("solver %s: the program is not installed (Debian package %s)", s, w.program)
	}
	return nil
}

func (s Solver) solving() (solving, error) {
	for _, w := range solvers {
		if w.Solver == s {
			return w.solving, nil
		}
	}
	_, err := ParseSolver(string(s))
	return solving{}, err
}

// solution is what a solver found.
type solution struct {
	sat    bool
	values []bool // of the input bits, when sat
	proof  []byte // DRAT in text, when not sat and the solver writes proofs
}

// Answer is a solver's answer to the question whether some label is wrong on some
// word of one length.
type Answer struct {
	Verdict  Verdict     `json:"verdict"`  // holds: on no word; fails: on First.Word
	Kind     string      `json:"kind"`     // what the verdict rests on
	Solver   Solver      `json:"solver"`   //
	Encoding string      `json:"encoding"` // CNF or OPB
	Bytes    int         `json:"bytes"`    // of the question
	Gates    uint64      `json:"gates"`    // of the circuit asked about
	Proof    *Proof      `json:"proof,omitempty"`
	First    *Difference `json:"first_difference"`
	Reason   string      `json:"reason,omitempty"` // why undecided
}

// maxQuestion bounds the bytes of a question: beyond it solvers have no chance.
const maxQuestion = 1 << 28

// Ask asks a solver whether there is a word over the alphabet on which the labels of c
// at a position from first on are not exactly the task's true states; see [Miter].
//
// A word that the solver finds is simulated gate by gate, and is the witness; one that
// turns out to be right is an error. Where the solver writes a proof that there is no
// such word, the proof is checked by [CheckProof], and the verdict holds only if it is
// accepted. When the context's time runs out, or the question is too large, the answer is
// undecided.
func Ask(ctx context.Context, c *threshold.Circuit, task *ssm.Task, alphabet []int, first int, s Solver) (*Answer, error) {
	way, err := s.solving()
	if err != nil {
		return nil, err
	}
	if err := s.Installed(); err != nil {
		return nil, err
	}
	miter, err := Miter(c, task, alphabet, first)
	if err != nil {
		return nil, err
	}
	a := &Answer{Verdict: Undecided, Kind: "undecided", Solver: s, Encoding: way.encoding, Gates: c.Gates()}
	if n := sumBits(miter); way.bits > 0 && n > way.bits {
		a.Reason = fmt.Sprintf("sums of up to %d bits, %s takes %d", n, s, way.bits)
		return a, nil
	}
	question := &limited{limit: maxQuestion, ctx: ctx}
	if err := writeQuestion(question, miter, way.encoding); err != nil {
		return a.undecided(err)
	}
	a.Bytes = question.Len()
	found, err := way.solve(ctx, question.Bytes(), int(miter.Inputs()))
	switch {
	case err != nil:
		return a.undecided(err)
	case found.sat:
		a.Verdict, a.Kind = Fails, "witness, simulated gate by gate"
		a.First, err = witness(ctx, c, miter, task, first, found.values)
		return a, err
	case found.proof == nil:
		a.Verdict, a.Kind = Holds, fmt.Sprintf("decided by %s, without a proof", s)
		return a, nil
	}
	if a.Proof, err = CheckProof(ctx, question.Bytes(), found.proof); err != nil {
		return a.undecided(fmt.Errorf("solver %s: %w", s, err))
	}
	a.Verdict, a.Kind = Holds, "proved: DRAT proof of "+string(s)+", checked"
	return a, nil
}

// undecided turns what keeps a question from being decided into a reason.
func (a *Answer) undecided(err error) (*Answer, error) {
	var limit *limitError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		a.Reason = "the time ran out"
	case errors.As(err, &limit):
		a.Reason = limit.Error()
	default:
		return nil, err
	}
	return a, nil
}

// limitError says that something is larger than what is tried.
type limitError struct{ text string }

func (e *limitError) Error() string { return e.text }

// limited holds a question up to a size.
type limited struct {
	bytes.Buffer
	limit int
	ctx   context.Context
}

func (l *limited) Write(p []byte) (int, error) {
	if err := l.ctx.Err(); err != nil {
		return 0, err
	}
	if l.Len()+len(p) > l.limit {
		return 0, &limitError{fmt.Sprintf("the question takes more than %d MB", l.limit>>20)}
	}
	return l.Buffer.Write(p)
}

func writeQuestion(w *limited, miter *threshold.Circuit, encoding string) error {
	wrong := export.Query{Value: true}
	if encoding == "OPB" {
		return export.WriteQuery(w, miter, wrong)
	}
	return export.WriteQueryCNF(w, miter, wrong)
}

// sumBits is at least the bits of the sums of a gate's weights and threshold.
func sumBits(c *threshold.Circuit) int {
	s := c.Stats()
	return s.MaxWeightBits + bits.Len64(s.MaxFanIn) + 2
}

// witness simulates the word of a solution.
func witness(ctx context.Context, c, miter *threshold.Circuit, task *ssm.Task, first int, values []bool) (*Difference, error) {
	word, err := wordOf(miter, values)
	if err != nil {
		return nil, err
	}
	shown, _, err := threshold.NewSimulator(c).Run(ctx, [][]int{word})
	if err != nil {
		return nil, err
	}
	state := task.Start
	for t, letter := range word {
		state = task.Trans[state][letter]
		if got := shown[0][t]; t >= first && (len(got) != 1 || got[0] != state) {
			return &Difference{
				Output: "label", Word: word, Position: t, Expected: fmt.Sprint(state), Got: labels(got),
			}, nil
		}
	}
	return nil, fmt.Errorf("the solver's word %s shows the true labels: solver or question is wrong", Letters(word))
}

// wordOf is the word that the values of the input bits say.
func wordOf(c *threshold.Circuit, values []bool) ([]int, error) {
	if uint64(len(values)) != c.Inputs() {
		return nil, fmt.Errorf("the solver gives %d values of %d input bits", len(values), c.Inputs())
	}
	var word []int
	for b := range c.Banks() {
		d := c.Bank(b)
		if d.Kind != threshold.Input {
			continue
		}
		token := -1
		for v, is := range values[d.First : d.First+uint64(d.Gates)] {
			switch {
			case is && token >= 0:
				return nil, fmt.Errorf("the solver gives two tokens at position %d", len(word))
			case is:
				token = v
			}
		}
		if token < 0 {
			return nil, fmt.Errorf("the solver gives no token at position %d", len(word))
		}
		word = append(word, token)
	}
	return word, nil
}
