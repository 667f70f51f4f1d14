package snark

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tc0/circuits/arith"
)

// twist builds a circuit again with one node changed at random: a coefficient, constant or threshold, a
// term dropped, read twice or of another node, another table, another place, or labels exchanged. It is nil
// if there is no such circuit.
func twist(c *arith.Circuit, random *rand.Rand) *arith.Circuit {
	b := arith.NewBuilder()
	tables := make([]arith.Table, c.Tables())
	for i := range tables {
		tables[i] = b.Table(slices.Clone(c.Table(arith.Table(i))))
	}
	view := func(v arith.View) arith.View {
		if v.Table != arith.Natural {
			v.Table = tables[v.Table]
		}
		return v
	}
	at, kind := arith.Node(random.IntN(c.Len())), random.IntN(8)
	same := map[arith.Stage][]arith.Node{} // nodes of a stage so far
	other := func(n arith.Node) arith.Node {
		of := same[c.Origin(n).Stage]
		return of[random.IntN(len(of))]
	}
	for i := range c.Len() {
		n := arith.Node(i)
		o := c.Origin(n)
		same[o.Stage] = append(same[o.Stage], n)
		o.Stage = b.Stage(c.StageName(o.Stage))
		if n == at && kind == 0 {
			*[]*int32{&o.T, &o.A, &o.B, &o.J}[random.IntN(4)] += int32(random.IntN(3)) - 1
		}
		b.At(o)
		switch c.Kind(n) {
		case arith.Input:
			b.Input(c.Levels(n))
		case arith.Form:
			constant, terms := c.Form(n)
			terms = slices.Clone(terms)
			for k := range terms {
				terms[k].View = view(terms[k].View)
			}
			if n == at {
				constant, terms = twistForm(constant, terms, kind, other, tables, random)
			}
			b.Form(constant, terms)
		case arith.Product:
			var views []arith.View
			for _, f := range c.Factors(n) {
				views = append(views, view(f.View))
			}
			if n == at {
				k := random.IntN(len(views))
				if views[k].Node = other(views[k].Node); random.IntN(2) == 0 {
					views[k].Table = tables[random.IntN(len(tables))]
				}
			}
			b.Product(views...)
		case arith.Step:
			form, _, _ := c.Step(n)
			th, val, off, count := c.StepTables(n)
			if n == at {
				form += arith.Node(random.IntN(3) - 1)
				count -= random.IntN(2)
				val = arith.Table(random.IntN(len(tables)))
			}
			b.Step(form, tables[th], tables[val], off, count)
		}
		if b.Err() != nil {
			return nil
		}
	}
	for t, o := range c.Outputs() {
		labels := slices.Clone(o.Labels)
		if kind == 7 && t == 1 {
			slices.Reverse(labels)
		}
		b.Output(o.Logits, labels)
	}
	out, err := b.Finish()
	if err != nil {
		return nil
	}
	return out
}

func twistForm(constant int64, terms []arith.Term, kind int, other func(arith.Node) arith.Node, tables []arith.Table, random *rand.Rand) (int64, []arith.Term) {
	if len(terms) == 0 || kind == 1 {
		return constant + 1, terms
	}
	k := random.IntN(len(terms))
	switch kind {
	case 2:
		terms[k].Coef += random.Int64N(5) - 2
	case 3:
		terms = slices.Delete(terms, k, k+1)
	case 4:
		if terms = append(terms, terms[k]); terms[k].Table != arith.Natural && random.IntN(2) == 0 {
			terms[k].Table = tables[random.IntN(len(tables))]
		}
	case 5:
		terms[k].Node = other(terms[k].Node)
	case 7:
	default:
		terms[k].Table = tables[random.IntN(len(tables))]
	}
	return constant, terms
}

// TestTwisted changes a circuit somewhere. If it still has an architecture, or still is of its
// old one, the program with its parameters gives the values of all its nodes on every word.
func TestTwisted(t *testing.T) {
	const tries = 1_000
	random := rand.New(rand.NewPCG(8, 8))
	var fitting int
	for tried := range tries {
		of := smallToy
		if tried%2 == 0 {
			of = convolvedToy
		}
		model := of.model(t, 0)
		c := twist(model, random)
		for c == nil {
			c = twist(model, random)
		}
		a, err := ArchitectureOf(model, DefaultRoom)
		if err != nil {
			t.Fatal(err)
		}
		parameters, err := a.Parameters(c)
		if err != nil {
			if a, err = ArchitectureOf(c, DefaultRoom); err != nil {
				continue
			}
			if parameters, err = a.Parameters(c); err != nil {
				t.Fatalf("a circuit is not of its own architecture: %v", err)
			}
		}
		fitting++
		p, err := newProgram(a, 1)
		if err != nil {
			t.Fatal(err)
		}
		for w := range 27 {
			if err := p.equals(c, parameters, []int{w % 3, w / 3 % 3, w / 9}); err != nil {
				t.Fatalf("try %d: %v", tried, err)
			}
		}
	}
	if fitting < tries/10 || fitting > tries*9/10 {
		t.Errorf("of %d circuits %d have an architecture: they test less than they should", tries, fitting)
	}
	t.Logf("%d circuits, %d with an architecture", tries, fitting)
}

// equals compares the program with some parameters with a circuit on a word, node by node.
func (p *program) equals(c *arith.Circuit, parameters Parameters, word []int) error {
	want, _, err := arith.NewTracer(c).Trace(word)
	if err != nil {
		return err
	}
	index := map[string]int{}
	for i, s := range p.Stages {
		index[s.Name] = i
	}
	x := p.perform(parameters, word)
	forms := map[[2]int][]int64{} // of steps, by stage and position
	for i, v := range want {
		n := arith.Node(i)
		if c.Kind(n) == arith.Input {
			continue
		}
		k, at := index[c.StageName(c.Origin(n).Stage)], placeOf(c, n)
		got := x.values[k][at.t]
		if c.Kind(n) == arith.Form && p.Stages[k].Kind != FormStage {
			key := [2]int{k, at.t}
			if forms[key] == nil {
				forms[key] = x.forms(k, at.t)
			}
			got = forms[key]
		}
		if y := got[p.Stages[k].index(at.j, at.row, at.column)]; y != v {
			return fmt.Errorf("word %v: %s is %d, expected %d", word, c.Name(n), y, v)
		}
	}
	for t, o := range c.Outputs() {
		for class, n := range o.Labels {
			if y := x.values[len(p.Stages)-1][t][class]; y != want[n] {
				return fmt.Errorf("word %v: label bit %d of position %d is %d, expected %d", word, class, t, y, want[n])
			}
		}
	}
	return nil
}
