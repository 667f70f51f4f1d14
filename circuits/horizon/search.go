package horizon

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"tc0/circuits/equiv"
	"tc0/theory/ssm"
)

// Limits bound a search. When the context ends, the verdict is undecided, and the report
// says how far the search came.
type Limits struct {
	Length   int                           // of the longest words asked for
	Memory   int                           // bytes of states kept for merging; 0 means DefaultMemory
	Progress func(length, done, total int) // of the nodes from which words of the length are gone through

	words int // evaluated together; 0 means stepWords
}

// DefaultMemory is how many bytes of states a search keeps.
const DefaultMemory = 1 << 29

// Failure is a word whose last label is wrong while all labels before are right.
type Failure struct {
	Word     []int `json:"word"`
	Expected int   `json:"expected"`
	Got      int   `json:"got"` // -1 when the circuit does not show exactly one label
}

// Level is what was explored of the words of one length.
type Level struct {
	Length int      `json:"length"`
	Words  *big.Int `json:"words"` // all of that length; their labels are right
	Nodes  int      `json:"nodes"` // not met at shorter lengths; -1 where they were not kept
}

// Report is the outcome of a search.
type Report struct {
	Verdict  equiv.Verdict `json:"verdict"`   // holds: right up to the length asked for
	Horizon  int           `json:"horizon"`   // right on all words up to this length
	AllWords bool          `json:"all_words"` // right on the words of every length
	Asked    int           `json:"asked"`
	Method   string        `json:"method"`
	First    *Failure      `json:"first_failing_word"` // the least of the shortest
	Levels   []Level       `json:"levels"`
	Steps    uint64        `json:"steps"`            // evaluations of a node on a letter
	Reason   string        `json:"reason,omitempty"` // why undecided

	Answers []*equiv.Answer `json:"answers,omitempty"` // of a solver, by length
}

// Search explores all words over an alphabet, by their prefixes and shortest first,
// until a label is wrong, the length asked for is reached, or no state is new.
//
// Prefixes u and v that lead to the same complete state of the model, before the
// same map, and to the same true state are one node. This is sound: for every
// continuation w the labels on uw and vw after the prefix are the same, because by
// induction on w the maps see the same states and letters; and so are the true
// states, because the automaton is in the same state. So uw fails within w just when vw does,
// and it is enough to go on from the first of them. The prefixes are taken in
// lexicographic order, so that the word that stands for a node is the least of the
// shortest ones, and the failing word that is found is so too. Where the maps
// repeat, nodes of different lengths may be the same: if every node was met before,
// no word of any length fails.
//
// States are kept until they take more than the memory allowed; from there on the
// words below every node of the last level are gone through without keeping them,
// again one length after the other.
//
// The failing word is run again through the reference, the direct evaluation of the
// quantised model; a disagreement is an error.
func Search(ctx context.Context, m *Machine, model equiv.Reference, task *ssm.Task, alphabet []int, lim Limits) (*Report, error) {
	s, err := newSearch(m, task, alphabet, lim)
	if err != nil {
		return nil, err
	}
	if err := s.run(ctx); err != nil && !s.stopped(err) {
		return nil, err
	}
	if s.report.First != nil {
		if err := replay(ctx, model, task, s.report.First); err != nil {
			return nil, err
		}
	}
	return &s.report, nil
}

// stopped notes that the context has ended, if that is what an error says.
func (s *search) stopped(err error) bool {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		s.report.Reason = "the time ran out"
	case errors.Is(err, context.Canceled):
		s.report.Reason = "interrupted"
	default:
		return false
	}
	s.report.Verdict = equiv.Undecided
	s.report.Reason += fmt.Sprintf(" among the words of length %d", s.report.Horizon+1)
	return true
}

// replay runs a failing word through the direct evaluation.
func replay(ctx context.Context, model equiv.Reference, task *ssm.Task, f *Failure) error {
	results, err := model.EvalAll(context.WithoutCancel(ctx), [][]int{f.Word})
	if err != nil {
		return fmt.Errorf("word %s on the quantised model: %w", equiv.Letters(f.Word), err)
	}
	state, last := task.Start, len(f.Word)-1
	for t, letter := range f.Word {
		state = task.Trans[state][letter]
		want := state
		if t == last {
			want = f.Got
		}
		if got := results[0].Labels[t]; got != want {
			return fmt.Errorf("word %s, position %d: the quantised model says %d, its circuit %d: tc0 equiv shows where they part",
				equiv.Letters(f.Word), t, got, want)
		}
	}
	return nil
}

// node is a state of the model and of the task, with the word that led to it first.
type node struct {
	parent int32
	letter int32
	truth  int32
}

// nodeBytes is what a kept node takes beside its state, roughly.
const nodeBytes = 100

type search struct {
	m        *Machine
	task     *ssm.Task
	alphabet []int
	lim      Limits
	report   Report
	stepper
	nodes  []node
	level  []int32             // nodes first met at the length reached
	states []string            // their states
	met    map[string]struct{} // states and true states that are the same node when equal
	bytes  int                 // of what was met
}

func newSearch(m *Machine, task *ssm.Task, alphabet []int, lim Limits) (*search, error) {
	if lim.Length < 1 {
		return nil, fmt.Errorf("length %d, expected at least 1", lim.Length)
	}
	if n := m.Length(); n > 0 && n < lim.Length {
		return nil, fmt.Errorf("length %d, the machine was cut for words up to %d", lim.Length, n)
	}
	if lim.Memory == 0 {
		lim.Memory = DefaultMemory
	}
	if lim.words == 0 {
		lim.words = stepWords
	}
	letters, err := equiv.CheckTask(task, alphabet)
	if err != nil {
		return nil, err
	}
	s := &search{m: m, task: task, alphabet: letters, lim: lim, met: map[string]struct{}{}}
	s.report = Report{
		Verdict: equiv.Holds, Asked: lim.Length,
		Method: "exhaustive over prefixes, equal states merged", Levels: []Level{},
	}
	s.nodes = []node{{parent: -1, truth: int32(task.Start)}}
	s.level, s.states = []int32{0}, []string{""}
	return s, nil
}

// run goes through the lengths.
func (s *search) run(ctx context.Context) error {
	for t := 0; t < s.lim.Length; t++ {
		kept, err := s.grow(ctx, t)
		if err != nil || s.report.First != nil {
			return err
		}
		if !kept {
			return s.deepen(ctx, t)
		}
		if t+1 == s.m.Length() { // nothing reads a state behind the last position
			s.done(t+1, -1)
			return nil
		}
		s.done(t+1, len(s.level))
		if len(s.level) == 0 {
			s.report.AllWords, s.report.Horizon = true, s.lim.Length
			s.report.Method += ", until none was new"
			return nil
		}
	}
	return nil
}

// done notes that all words of a length are right.
func (s *search) done(length, nodes int) {
	words := new(big.Int).Exp(big.NewInt(int64(len(s.alphabet))), big.NewInt(int64(length)), nil)
	s.report.Horizon = length
	s.report.Levels = append(s.report.Levels, Level{length, words, nodes})
}

// fail notes a failing word.
func (s *search) fail(word []int, last child) {
	s.report.Verdict = equiv.Fails
	s.report.First = &Failure{Word: word, Expected: last.truth, Got: last.label}
}

// word is the word that led to a node first.
func (s *search) word(n int32) []int {
	var word []int
	for ; s.nodes[n].parent >= 0; n = s.nodes[n].parent {
		word = append(word, int(s.nodes[n].letter))
	}
	slices.Reverse(word)
	return word
}

// grow makes the level of length t+1 from that of length t. When the states would
// take too much memory, it is not kept, and the level of length t stays.
func (s *search) grow(ctx context.Context, t int) (kept bool, err error) {
	if s.m.repeat < 0 || t < s.m.repeat { // a state before another map is another node
		clear(s.met)
		s.bytes = 0
	}
	old, size := len(s.nodes), s.m.at(t).size+nodeBytes
	var level []int32
	var states []string
	for first := 0; first < len(s.level); first += s.batch() {
		parents := s.level[first:min(first+s.batch(), len(s.level))]
		s.progress(t+1, first)
		children, err := s.step(ctx, t, s.group(parents, s.states[first:]), true)
		if err != nil {
			return false, err
		}
		for i, c := range children {
			parent, letter := parents[i/len(s.alphabet)], s.alphabet[i%len(s.alphabet)]
			if c.label != c.truth {
				s.fail(append(s.word(parent), letter), c)
				return true, nil
			}
			key := c.key()
			if _, met := s.met[key]; met {
				continue
			}
			if s.bytes += size; s.bytes > s.lim.Memory && t > 0 {
				s.nodes, s.met = s.nodes[:old], nil
				return false, nil
			}
			s.met[key] = struct{}{}
			level, states = append(level, int32(len(s.nodes))), append(states, key[:len(c.state)])
			s.nodes = append(s.nodes, node{parent, int32(letter), int32(c.truth)})
		}
	}
	s.level, s.states = level, states
	return true, nil
}

// progress tells from how many nodes of the level a length has been gone through.
func (s *search) progress(length, done int) {
	if s.lim.Progress != nil {
		s.lim.Progress(length, done, len(s.level))
	}
}

// group are nodes with their states, ready for a step.
func (s *search) group(nodes []int32, states []string) []place {
	places := make([]place, len(nodes))
	for i, n := range nodes {
		places[i] = place{states[i], int(s.nodes[n].truth)}
	}
	return places
}

// deepen goes through the words below the level of length t, one length after the
// other, without keeping them.
func (s *search) deepen(ctx context.Context, t int) error {
	s.report.Method += fmt.Sprintf(" up to length %d and in groups of %d beyond", t, s.batch())
	for length := t + 1; length <= s.lim.Length; length++ {
		for first := 0; first < len(s.level); first += s.batch() {
			parents := s.level[first:min(first+s.batch(), len(s.level))]
			s.progress(length, first)
			found, err := s.descend(ctx, t, length, s.group(parents, s.states[first:]))
			if err != nil {
				return err
			}
			if found != nil {
				s.fail(append(s.word(parents[found.from]), found.letters...), found.child)
				return nil
			}
		}
		s.done(length, -1)
	}
	return nil
}

// found is a wrong label below one of the places that were descended from.
type found struct {
	child
	from    int
	letters []int
}

// descend looks for the first wrong label at a length below places that t letters
// lead to, in order.
func (s *search) descend(ctx context.Context, t, length int, places []place) (*found, error) {
	children, err := s.step(ctx, t, places, t+1 < length)
	if err != nil {
		return nil, err
	}
	var below []place
	var from []int // children
	met := map[string]struct{}{}
	for i, c := range children {
		if c.label != c.truth {
			return &found{c, i / len(s.alphabet), []int{s.alphabet[i%len(s.alphabet)]}}, nil
		}
		if t+1 == length {
			continue
		}
		key := c.key()
		if _, ok := met[key]; !ok {
			met[key] = struct{}{}
			below, from = append(below, place{key[:len(c.state)], c.truth}), append(from, i)
		}
	}
	for first := 0; first < len(below); first += s.batch() {
		f, err := s.descend(ctx, t+1, length, below[first:min(first+s.batch(), len(below))])
		if err != nil {
			return nil, err
		}
		if f != nil {
			i := from[first+f.from]
			return &found{f.child, i / len(s.alphabet), append([]int{s.alphabet[i%len(s.alphabet)]}, f.letters...)}, nil
		}
	}
	return nil, nil
}
