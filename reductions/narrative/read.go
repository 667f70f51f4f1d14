package narrative

import (
	"fmt"
	"strings"
)

// An Answer says where an item is when the story asks for it.
type Answer struct {
	Item  string // "coin 3", "the apple"
	Place string // "Alice", "Box 2"
}

// Read carries out a story, sentence by sentence, and answers its questions in
// order. A sentence ends in a full stop or a question mark; these are understood, a
// _ standing for one word:
//
//	_ holds coin _.                        introduces a person and a coin
//	Box _ contains the _.                  introduces a box and a thing
//	Box _ is empty.                        introduces a box
//	_ and _ trade coins.
//	Nobody trades any coins now.
//	Move the contents of Box _ to Box _.   adds to what the other box contains
//	Who holds coin _?
//	Which box contains the _?
//
// A place or an item that is named before it is introduced, or introduced twice, is
// an error. Errors name the sentence, counted from 1.
func Read(story string) ([]Answer, error) {
	w := world{places: map[string]*place{}, items: map[string]*bag{}}
	rest := strings.TrimSpace(story)
	for n := 1; rest != ""; n++ {
		end := strings.IndexAny(rest, ".?")
		if end < 0 {
			return nil, fmt.Errorf("sentence %d, %.60q: expected a full stop or a question mark at its end", n, rest)
		}
		if err := w.hear(strings.Fields(rest[:end]), rest[end]); err != nil {
			return nil, fmt.Errorf("sentence %d, %.60q: %w", n, rest[:end+1], err)
		}
		rest = strings.TrimSpace(rest[end+1:])
	}
	return w.answers, nil
}

// A world is what a story has told so far.
type world struct {
	places  map[string]*place
	items   map[string]*bag // each item's first bag
	answers []Answer
}

// A place is a person or a box.
type place struct {
	name string
	bag  *bag
}

// A bag is all that is at one place, and stays together for ever: it changes
// places, or it is put into another bag, but no sentence takes anything out of it.
type bag struct {
	at   *place
	into *bag // nil for a bag that is in no other
}

// outermost is the bag that b has come to be in, b itself if it is in none.
func (b *bag) outermost() *bag {
	for b.into != nil {
		if b.into.into != nil {
			b.into = b.into.into // a shorter way for the next time
		}
		b = b.into
	}
	return b
}

// A rule is a kind of sentence: words, with _ for any word, and what it does with
// those.
type rule struct {
	words []string
	end   byte
	do    func(w *world, blanks []string) error
}

// rules are the grammar. The first rule that fits a sentence is carried out, so
// that nobody is called Who.
var rules = []rule{
	{strings.Fields("Who holds coin _"), '?', func(w *world, b []string) error { return w.answer("coin " + b[0]) }},
	{strings.Fields("Which box contains the _"), '?', func(w *world, b []string) error { return w.answer("the " + b[0]) }},
	{strings.Fields("Nobody trades any coins now"), '.', func(*world, []string) error { return nil }},
	{strings.Fields("_ and _ trade coins"), '.', func(w *world, b []string) error { return w.trade(b[0], b[1]) }},
	{strings.Fields("Move the contents of Box _ to Box _"), '.', func(w *world, b []string) error {
		return w.move("Box "+b[0], "Box "+b[1])
	}},
	{strings.Fields("_ holds coin _"), '.', func(w *world, b []string) error { return w.introduce(b[0], "coin "+b[1]) }},
	{strings.Fields("Box _ contains the _"), '.', func(w *world, b []string) error {
		return w.introduce("Box "+b[0], "the "+b[1])
	}},
	{strings.Fields("Box _ is empty"), '.', func(w *world, b []string) error { return w.introduce("Box " + b[0]) }},
}

// hear carries out a sentence.
func (w *world) hear(words []string, end byte) error {
	for _, r := range rules {
		blanks, ok := r.match(words)
		if ok && r.end != end {
			return fmt.Errorf("expected %c at its end", r.end)
		}
		if ok {
			return r.do(w, blanks)
		}
	}
	return fmt.Errorf("not understood, expected a sentence such as: %s", examples())
}

// match returns the words in the blanks if the sentence is of this kind.
func (r *rule) match(words []string) (blanks []string, ok bool) {
	if len(words) != len(r.words) {
		return nil, false
	}
	for i, word := range r.words {
		if word == "_" {
			blanks = append(blanks, words[i])
		} else if word != words[i] {
			return nil, false
		}
	}
	return blanks, true
}

// examples are all kinds of sentences.
func examples() string {
	kinds := make([]string, len(rules))
	for i, r := range rules {
		kinds[i] = strings.Join(r.words, " ") + string(r.end)
	}
	return strings.Join(kinds, " ")
}

// introduce adds a place with the items that are there.
func (w *world) introduce(name string, items ...string) error {
	if _, ok := w.places[name]; ok {
		return fmt.Errorf("%.40q is there already", name)
	}
	p := &place{name, &bag{}}
	p.bag.at = p
	w.places[name] = p
	for _, item := range items {
		if known, ok := w.items[item]; ok {
			return fmt.Errorf("%.40q is at %.40q already", item, known.outermost().at.name)
		}
		w.items[item] = p.bag
	}
	return nil
}

// pair are two places that must be known and different.
func (w *world) pair(a, b string) (p, q *place, err error) {
	for _, name := range []string{a, b} {
		if _, ok := w.places[name]; !ok {
			return nil, nil, fmt.Errorf("%.40q has not been introduced", name)
		}
	}
	if a == b {
		return nil, nil, fmt.Errorf("%.40q is named twice, expected two different ones", a)
	}
	return w.places[a], w.places[b], nil
}

func (w *world) trade(a, b string) error {
	p, q, err := w.pair(a, b)
	if err != nil {
		return err
	}
	p.bag, q.bag = q.bag, p.bag
	p.bag.at, q.bag.at = p, q
	return nil
}

func (w *world) move(from, to string) error {
	p, q, err := w.pair(from, to)
	if err != nil {
		return err
	}
	p.bag.into = q.bag
	p.bag = &bag{at: p}
	return nil
}

func (w *world) answer(item string) error {
	b, ok := w.items[item]
	if !ok {
		return fmt.Errorf("%.40q has not been introduced", item)
	}
	w.answers = append(w.answers, Answer{item, b.outermost().at.name})
	return nil
}
