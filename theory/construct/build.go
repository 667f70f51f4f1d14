package construct

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tc0/theory/ssm"
)

// Arch names an architecture that Build has weights for.
type Arch string

const (
	RNN    Arch = "rnn"     // ReLU
	RNNSSM Arch = "rnn-ssm" // T5.1
	IDS4   Arch = "ids4"    // T5.2
	PDSSM  Arch = "pd-ssm"
)

// Archs lists them.
var Archs = []Arch{RNN, RNNSSM, IDS4, PDSSM}

// maxWeights limits the largest tensor of a model: 2^26 numbers take 256 MB as F32.
const maxWeights = 1 << 26

// Build returns a model with one layer whose largest logit at every position is that
// of the machine's state after the letters so far, by a margin of at least 1. Tokens
// are letters, classes are states; Vocab is the larger of the two numbers, and no other
// class ever wins. It reports an error for an unknown architecture and for a model whose
// largest tensor would have more than 2^26 entries.
func Build(arch Arch, m *Machine) (*ssm.Model, error) {
	switch arch {
	case RNN, RNNSSM:
		u := m.units()
		hidden := len(u.list) + 1
		if err := cmp.Or(limit(hidden, hidden), limit(m.classes(), max(hidden, m.letters))); err != nil {
			return nil, err
		}
		if arch == RNN {
			return m.rnn(u), nil
		}
		return m.rnnSSM(u), nil
	case IDS4, PDSSM:
		v := m.vectors()
		if err := cmp.Or(limit(v.width, v.size, v.size), limit(max(m.classes(), v.width), v.width)); err != nil {
			return nil, err
		}
		if arch == IDS4 {
			return m.ids4(v), nil
		}
		return m.pdSSM(v), nil
	}
	return nil, fmt.Errorf("unknown architecture %q, expected one of %s", arch, strings.Trim(fmt.Sprint(Archs), "[]"))
}

// limit multiplies sizes.
func limit(sizes ...int) error {
	total := 1
	for _, s := range sizes {
		if total *= s; total > maxWeights {
			return fmt.Errorf("a tensor of shape %v has more than %d entries: use fewer letters or an automaton with fewer states", sizes, maxWeights)
		}
	}
	return nil
}

// matrix is a dense matrix of zeros.
func matrix(out, in int) ssm.Linear {
	return ssm.Linear{Out: out, In: in, Weight: make([]float64, out*in)}
}

// oneHot is the embedding of the letters as unit vectors.
func (m *Machine) oneHot(width int) []float64 {
	e := make([]float64, m.classes()*width)
	for letter := range m.letters {
		e[letter*width+letter] = 1
	}
	return e
}

// unit says that the last letter moved a factor from one block to another.
type unit struct{ factor, from, to int }

// units are those moves that a letter makes, and for each block the units that end in
// it.
type units struct {
	list  []unit
	ended map[[2]int][]int // factor and block
}

func (m *Machine) units() units {
	u := units{ended: map[[2]int][]int{}}
	for i, f := range m.factors {
		for from, row := range f.next {
			targets := slices.Compact(slices.Sorted(slices.Values(row)))
			for _, to := range targets {
				u.ended[[2]int{i, to}] = append(u.ended[[2]int{i, to}], len(u.list))
				u.list = append(u.list, unit{i, from, to})
			}
		}
	}
	return u
}

// starts is 1 if the unit leaves the start block, else 0.
func (m *Machine) starts(u unit) float64 {
	if m.factors[u.factor].start == u.from {
		return 1
	}
	return 0
}

// moves says whether the letter makes the move.
func (m *Machine) moves(u unit, letter int) float64 {
	if m.factors[u.factor].next[u.from][letter] == u.to {
		return 1
	}
	return 0
}

// head adds for every state the readings of its blocks: scale times the units that end
// in the block, plus shift for each.
func (m *Machine) head(u units, scale, shift float64) ssm.Linear {
	head := matrix(m.classes(), len(u.list)+1)
	head.Bias = make([]float64, head.Out)
	for state := range m.trans {
		for i, f := range m.factors {
			if f.block[state] < 0 {
				continue // unreachable: the logit stays 0, below that of any state reached
			}
			for _, e := range u.ended[[2]int{i, f.block[state]}] {
				head.Weight[state*head.In+e] = scale
				head.Bias[state] += shift
			}
		}
	}
	return head
}

// recurrentModel puts a layer between letters and states.
func (m *Machine) recurrentModel(l *ssm.RNN, head ssm.Linear) *ssm.Model {
	return &ssm.Model{
		Family: ssm.FamilyRNN, Vocab: m.classes(), DModel: m.letters,
		Embedding: m.oneHot(m.letters), Blocks: []ssm.Block{l}, Head: head,
	}
}

// rnn: with c = 1 for the start block, else 0, and "on" the last unit, 0 before the
// first letter and 1 after it, the unit e from p to q is
//
//	ReLU(sum of the units that end in p - c on + c - 1 + [the letter moves p to q])
//
// which is 1 if the factor was in p and moves to q, else 0.
func (m *Machine) rnn(u units) *ssm.Model {
	h, on := len(u.list)+1, len(u.list)
	l := &ssm.RNN{DIn: m.letters, DHidden: h, Activation: ssm.ReLU, Input: matrix(h, m.letters), Recurrent: matrix(h, h)}
	l.Input.Bias, l.Recurrent.Bias = make([]float64, h), make([]float64, h)
	for e, unit := range u.list {
		c := m.starts(unit)
		for letter := range m.letters {
			l.Input.Weight[e*m.letters+letter] = m.moves(unit, letter)
		}
		for _, before := range u.ended[[2]int{unit.factor, unit.from}] {
			l.Recurrent.Weight[e*h+before] = 1
		}
		l.Recurrent.Weight[e*h+on] = -c
		l.Input.Bias[e] = c - 1
	}
	l.Input.Bias[on] = 1
	return m.recurrentModel(l, m.head(u, 1, 0))
}

// rnnSSM: units are +1 and -1, and 0 before the first letter. With c and "on" as in
// rnn and k the number of units that end in p, the unit from p to q is
//
//	sgn(half the sum of the units that end in p + (k/2 - c) on + c - 3/2 + [the letter moves p to q])
//
// whose argument is 1/2 if the factor was in p and moves to q, else -1/2 or -3/2, and
// never 0. There are no biases: every letter is a unit vector, so a constant is a number
// added to each entry of a row of the input matrix.
func (m *Machine) rnnSSM(u units) *ssm.Model {
	h, on := len(u.list)+1, len(u.list)
	l := &ssm.RNN{DIn: m.letters, DHidden: h, Activation: ssm.Sign, Input: matrix(h, m.letters), Recurrent: matrix(h, h)}
	for e, unit := range u.list {
		c := m.starts(unit)
		ended := u.ended[[2]int{unit.factor, unit.from}]
		for letter := range m.letters {
			l.Input.Weight[e*m.letters+letter] = c - 1.5 + m.moves(unit, letter)
		}
		for _, before := range ended {
			l.Recurrent.Weight[e*h+before] = 0.5
		}
		l.Recurrent.Weight[e*h+on] = float64(len(ended))/2 - c
	}
	for letter := range m.letters {
		l.Input.Weight[on*m.letters+letter] = 1
	}
	return m.recurrentModel(l, m.head(u, 0.5, 0.5))
}

// vectors is the layout of the linear models: the unit vectors of all factors side by
// side, in a stream that is wide enough for letters and state.
type vectors struct {
	size, width int
	offset      []int // of each factor
}

func (m *Machine) vectors() vectors {
	v := vectors{}
	for _, f := range m.factors {
		v.offset = append(v.offset, v.size)
		v.size += f.blocks
	}
	v.width = max(m.letters, v.size)
	return v
}

// transition is the Boolean matrix of a letter, row-major.
func (m *Machine) transition(v vectors, letter int) []float64 {
	a := make([]float64, v.size*v.size)
	for i, f := range m.factors {
		for from, row := range f.next {
			a[(v.offset[i]+row[letter])*v.size+v.offset[i]+from] = 1
		}
	}
	return a
}

// drive is the matrix with the column A c - c for each letter.
func (m *Machine) drive(v vectors) ssm.Linear {
	b := matrix(v.size, v.width)
	for i, f := range m.factors {
		for letter, to := range f.next[f.start] {
			b.Weight[(v.offset[i]+to)*v.width+letter]++
			b.Weight[(v.offset[i]+f.start)*v.width+letter]--
		}
	}
	return b
}

// linearModel puts a block, which replaces the stream by the state h = g - c, between
// letters and states. The head adds c again.
func (m *Machine) linearModel(family string, v vectors, block ssm.Block) *ssm.Model {
	head := matrix(m.classes(), v.width)
	head.Bias = make([]float64, head.Out)
	for state := range m.trans {
		for i, f := range m.factors {
			if f.block[state] < 0 {
				continue // unreachable, as in head
			}
			head.Weight[state*v.width+v.offset[i]+f.block[state]] = 1
			if f.block[state] == f.start {
				head.Bias[state]++
			}
		}
	}
	return &ssm.Model{
		Family: family, Vocab: m.classes(), DModel: v.width,
		Embedding: m.oneHot(v.width), Blocks: []ssm.Block{block}, Head: head,
	}
}

// ids4: A(u) is the matrix of the letter, C copies the state to the stream, and D takes
// the letter out of it.
func (m *Machine) ids4(v vectors) *ssm.Model {
	l := &ssm.IDS4{
		DModel: v.width, DState: v.size,
		A0: make([]float64, v.size*v.size), A: make([]float64, v.width*v.size*v.size),
		B: m.drive(v), C: matrix(v.width, v.size), D: matrix(v.width, v.width),
	}
	for letter := range m.letters {
		copy(l.A[letter*v.size*v.size:], m.transition(v, letter))
	}
	for i := range v.size {
		l.C.Weight[i*v.size+i] = 1
	}
	for i := range v.width {
		l.D.Weight[i*v.width+i] = -1
	}
	return m.linearModel(ssm.FamilyIDS4, v, l)
}

const (
	// sharp makes the softmax over the dictionary choose: the letter's matrix gets more
	// than half of the weight if there are fewer than e^sharp letters, and then the
	// largest entry of every column is the letter's.
	sharp = 40
	// sigmoid(open) is 1 and sigmoid(-shut) is 0 in float32 and float64.
	open, shut = 100, 1000
)

// pdSSM: the dictionary holds the letters' matrices, whose columns have a single 1; the
// diagonal is 1; the rest is as in ids4.
func (m *Machine) pdSSM(v vectors) *ssm.Model {
	b := m.drive(v)
	l := &ssm.PDSSM{
		DModel: v.width, DState: v.size, Dictionary: m.letters, DGate: 1,
		Select: matrix(m.letters, v.width), Magnitude: constant(v, open), Phase: constant(v, -shut),
		BRe: b.Weight, BIm: make([]float64, len(b.Weight)),
		Readout: matrix(v.width, 2*v.size), Skip: make([]float64, v.width),
	}
	l.Readout.Bias = make([]float64, v.width)
	for letter := range m.letters {
		l.Select.Weight[letter*v.width+letter] = sharp
		l.Matrices = append(l.Matrices, m.transition(v, letter)...)
	}
	for i := range v.size {
		l.Readout.Weight[i*2*v.size+i] = 1
	}
	for i := range l.Skip {
		l.Skip[i] = -1
	}
	return m.linearModel(ssm.FamilyPDSSM, v, l)
}

// constant is a gate that does not look at its input.
func constant(v vectors, value float64) ssm.Gate {
	g := ssm.Gate{First: matrix(1, v.width), Second: matrix(v.size, 1)}
	g.First.Bias, g.Second.Bias = make([]float64, 1), slices.Repeat([]float64{value}, v.size)
	return g
}
