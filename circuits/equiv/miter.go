package equiv

import (
	"fmt"
	"slices"

	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// Miter is a threshold circuit that reads the same tokens as c and whose one output
// is 1 just when all tokens are letters of the alphabet and, at a position from first
// on, the label gates of c do not show exactly the task's true state: that of its
// automaton (for a group, the product of the letters so far).
//
// It is c, unchanged, with these gates behind it, where s_t,q are the true states:
//
//	p_t,q,a = [s_{t-1,q} + x_t,a ≥ 2]           the automaton's transitions
//	s_t,q   = [Σ p_t,q',a over q'·a = q ≥ 1]
//	m_t,k   = [y_t,k - s_t,k ≥ 1], [s_t,k - y_t,k ≥ 1]
//	wrong   = [Σ m - (1 + number of m)·Σ x_t,b ≥ 1]   over letters b outside the alphabet
func Miter(c *threshold.Circuit, task *ssm.Task, alphabet []int, first int) (*threshold.Circuit, error) {
	letters, err := CheckTask(task, alphabet)
	if err != nil {
		return nil, err
	}
	if n := len(c.Outputs()); first < 0 || first >= n {
		return nil, fmt.Errorf("labels from position %d on, the circuit has %d", first, n)
	}
	m := &miter{copier: newCopier(c), task: task, letters: letters}
	m.copy()
	if in, out := len(m.inputs), len(c.Outputs()); in != out {
		return nil, fmt.Errorf("the circuit reads %d tokens and labels %d positions, expected as many of both", in, out)
	}
	for t, bank := range m.inputs {
		if n, last := m.b.BankGates(bank), letters[len(letters)-1]; int64(last) >= n {
			return nil, fmt.Errorf("position %d reads tokens below %d, the alphabet has %d", t, n, last)
		}
	}
	m.automaton()
	m.compare(first)
	return m.b.Finish()
}

// CheckTask checks that a task tells the true state of every word over an alphabet, and
// returns its letters, ascending and each once.
func CheckTask(task *ssm.Task, alphabet []int) ([]int, error) {
	if task == nil {
		return nil, fmt.Errorf("no task: the true labels are unknown")
	}
	letters := slices.Clone(alphabet)
	slices.Sort(letters)
	letters = slices.Compact(letters)
	if len(letters) == 0 {
		return nil, fmt.Errorf("the alphabet is empty")
	}
	if task.Start < 0 || task.Start >= len(task.Trans) {
		return nil, fmt.Errorf("task %s starts in state %d, it has %d", task.Name, task.Start, len(task.Trans))
	}
	for state, row := range task.Trans {
		for _, a := range letters {
			if a < 0 || a >= len(row) || row[a] < 0 || row[a] >= len(task.Trans) {
				return nil, fmt.Errorf("task %s does not say what letter %d does in state %d", task.Name, a, state)
			}
		}
	}
	return letters, nil
}

// bit is one gate of a bank.
type bit struct {
	bank int
	gate int
}

// miter adds the automaton and the comparison to a copy of the circuit.
type miter struct {
	*copier
	task    *ssm.Task
	letters []int
	tag     threshold.Tag
	states  [][]bit // by position and state
	wrong   []bit
}

// form is constant + Σ coef·bit for the coefficients that follow each other.
func (m *miter) form(bits []bit, coef func(i int) int64) int {
	terms := make([]threshold.Term, len(bits))
	for i, x := range bits {
		one := make([]int64, m.b.BankGates(x.bank))
		one[x.gate] = 1
		terms[i] = threshold.Term{Coef: coef(i), Ref: threshold.BankRef(x.bank), Table: m.b.Table(one)}
	}
	return m.b.Form(0, terms)
}

// gate is [Σ coef·bit ≥ need].
func (m *miter) gate(need int64, bits []bit, coef func(i int) int64) bit {
	return bit{m.b.Level(m.form(bits, coef), m.b.Table([]int64{need}), 0, 1, 1, m.tag), 0}
}

func plain(int) int64 { return 1 }

// automaton adds the true state of every position.
func (m *miter) automaton() {
	m.tag = threshold.Tag{Node: -1, Stage: m.b.Stage("truth")}
	for t, input := range m.inputs {
		into := make([][]bit, len(m.task.Trans))
		for q, row := range m.task.Trans {
			for _, a := range m.letters {
				letter := bit{input, a}
				if t == 0 {
					if q == m.task.Start {
						into[row[a]] = append(into[row[a]], letter)
					}
					continue
				}
				into[row[a]] = append(into[row[a]], m.gate(2, []bit{m.states[t-1][q], letter}, plain))
			}
		}
		states := make([]bit, len(into))
		for q, bits := range into {
			states[q] = m.gate(1, bits, plain)
		}
		m.states = append(m.states, states)
	}
}

// compare adds the output.
func (m *miter) compare(first int) {
	m.tag = threshold.Tag{Node: -1, Stage: m.b.Stage("compare")}
	differ := func(x []bit) {
		m.wrong = append(m.wrong, m.gate(1, x, func(i int) int64 { return 1 - 2*int64(i) }))
	}
	for t, labels := range m.c.Outputs() {
		if t < first {
			continue
		}
		for k := range max(len(labels), len(m.states[t])) {
			var shown, truth []bit
			if k < len(labels) {
				shown = []bit{{m.banks[labels[k].Bank], int(labels[k].Gate)}}
			}
			if k < len(m.states[t]) {
				truth = []bit{m.states[t][k]}
			}
			switch {
			case len(shown) == 0 || len(truth) == 0:
				m.wrong = append(m.wrong, append(shown, truth...)...)
			default:
				differ([]bit{shown[0], truth[0]})
				differ([]bit{truth[0], shown[0]})
			}
		}
	}
	bits := m.wrong
	for t, input := range m.inputs {
		bits = append(bits, m.foreign(t, input)...)
	}
	veto := int64(len(m.wrong)) + 1
	out := m.gate(1, bits, func(i int) int64 {
		if i < len(m.wrong) {
			return 1
		}
		return -veto
	})
	m.b.Output([]threshold.Output{{Bank: int32(out.bank)}})
}

// foreign are the bits of a position's tokens outside the alphabet.
func (m *miter) foreign(t, input int) []bit {
	letter := make([]bool, m.b.BankGates(input))
	for _, a := range m.letters {
		letter[a] = true
	}
	var bits []bit
	for v, in := range letter {
		if !in {
			bits = append(bits, bit{input, v})
		}
	}
	return bits
}
