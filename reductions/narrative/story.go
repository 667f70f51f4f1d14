package narrative

import (
	"fmt"
	"strconv"
	"strings"

	"tc0/reductions/embed"
	"tc0/reductions/morphism"
	"tc0/theory/algebra"
)

// A Reduction sends words over the elements of a monoid to stories. It is
// immutable.
type Reduction struct {
	action      *embed.Action
	blocks      *morphism.Uniform
	first, last string // sentences before and after the blocks
	item, place func(p int) string
}

// Coins returns the reduction to people who trade coins, for a group of
// permutations: Degree()-1 sentences for each element.
func Coins(a *embed.Action) (*Reduction, error) {
	trade := func(p, q int) []string {
		return strings.Fields(Person(p) + " and " + Person(q) + " trade coins.")
	}
	blocks, err := a.SwapBlocks(max(a.Degree()-1, 1), trade, strings.Fields("Nobody trades any coins now."))
	if err != nil {
		return nil, err
	}
	r := &Reduction{action: a, blocks: blocks, place: Person, item: func(p int) string {
		return "coin " + strconv.Itoa(p+1)
	}}
	r.first = sentences(a.Degree(), func(p int) string { return Person(p) + " holds " + r.item(p) + "." })
	r.last = sentences(a.Degree(), func(p int) string { return "Who holds " + r.item(p) + "?" })
	return r, nil
}

// Boxes returns the reduction to boxes whose contents are moved: 2·Degree()
// sentences for each element. Boxes beyond Degree() are empty between elements.
func Boxes(a *embed.Action) (*Reduction, error) {
	n := a.Degree()
	elements := make([][]string, a.Order())
	for i := range elements {
		for p := range n {
			elements[i] = append(elements[i], move(p, n+p)...)
		}
		for p, q := range a.Map(i) {
			elements[i] = append(elements[i], move(n+p, int(q))...)
		}
	}
	blocks, err := morphism.New(elements)
	if err != nil {
		return nil, err
	}
	r := &Reduction{action: a, blocks: blocks, place: box, item: func(p int) string { return "the " + Thing(p) }}
	r.first = sentences(2*n, func(p int) string {
		if p >= n {
			return box(p) + " is empty."
		}
		return box(p) + " contains " + r.item(p) + "."
	})
	r.last = sentences(n, func(p int) string { return "Which box contains " + r.item(p) + "?" })
	return r, nil
}

// box is the name of box p, numbered from 1.
func box(p int) string { return "Box " + strconv.Itoa(p+1) }

// move is the sentence that empties one box into another, word by word.
func move(from, to int) []string {
	return strings.Fields("Move the contents of " + box(from) + " to " + box(to) + ".")
}

// sentences are n sentences in one line.
func sentences(n int, sentence func(p int) string) string {
	all := make([]string, n)
	for p := range all {
		all[p] = sentence(p)
	}
	return strings.Join(all, " ") + "\n"
}

// Blocks is the map of elements to blocks of words. The story has one line before
// the blocks, one line for each of them, and one line of questions after them.
func (r *Reduction) Blocks() *morphism.Uniform { return r.blocks }

// Forward is the word's story.
func (r *Reduction) Forward(word []int) (string, error) {
	words, err := r.blocks.Apply(word)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(r.first)
	for line := 0; line < len(words); line += r.blocks.Size() {
		b.WriteString(strings.Join(words[line:line+r.blocks.Size()], " "))
		b.WriteByte('\n')
	}
	b.WriteString(r.last)
	return b.String(), nil
}

// Answer reads a story and returns the element that its answers tell. The story
// must ask once for each item, in their order, and nothing else.
func (r *Reduction) Answer(story string) (element int, err error) {
	answers, err := Read(story)
	if err != nil {
		return 0, err
	}
	n := r.action.Degree()
	if len(answers) != n {
		return 0, fmt.Errorf("the story asks %d questions, expected %d, one for each item", len(answers), n)
	}
	points := make(map[string]int, n)
	for p := range n {
		points[r.place(p)] = p
	}
	x := make(algebra.Map, n)
	for p, answer := range answers {
		if answer.Item != r.item(p) {
			return 0, fmt.Errorf("question %d is about %.40q, expected %s", p+1, answer.Item, r.item(p))
		}
		q, ok := points[answer.Place]
		if !ok {
			return 0, fmt.Errorf("the story ends with %s at %.40q, expected %s to %s",
				r.item(p), answer.Place, r.place(0), r.place(n-1))
		}
		x[p] = uint16(q)
	}
	return r.action.Element(x)
}
