package snark

import (
	"math/rand/v2"
	"slices"
	"testing"

	"tc0/circuits/arith"
)

// twist builds a circuit again with one node changed at random: a coefficient, constant or threshold, a
// term dropped, read twice or of another node, another table, or another place. It is nil if there is
// no such circuit.
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
	at, kind := arith.Node(random.IntN(c.Len())), random.IntN(7)
	for i := range c.Len() {
		n := arith.Node(i)
		o := c.Origin(n)
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
				constant, terms = twistForm(constant, terms, kind, tables, random)
			}
			b.Form(constant, terms)
		case arith.Product:
			var views []arith.View
			for _, f := range c.Factors(n) {
				views = append(views, view(f.View))
			}
			if n == at {
				k := random.IntN(len(views))
				if views[k].Node += arith.Node(random.IntN(5) - 2); random.IntN(2) == 0 {
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
	for _, o := range c.Outputs() {
		b.Output(o.Logits, o.Labels)
	}
	out, err := b.Finish()
	if err != nil {
		return nil
	}
	return out
}

func twistForm(constant int64, terms []arith.Term, kind int, tables []arith.Table, random *rand.Rand) (int64, []arith.Term) {
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
		terms = append(terms, terms[k])
	case 5:
		terms[k].Node += arith.Node(random.IntN(7) - 3)
	default:
		terms[k].Table = tables[random.IntN(len(tables))]
	}
	return constant, terms
}

// TestTwisted changes a circuit somewhere. If it still has an architecture, or still is of its
// old one, the program with its parameters gives its labels and logits on every word.
func TestTwisted(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	old, models := family(t, 1)
	var tried, fitting int
	for tried < 4_000 {
		c := twist(models[0], random)
		if c == nil {
			continue
		}
		tried++
		a := old
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
			word := []int{w % 3, w / 3 % 3, w / 9}
			want, _, err := arith.NewTracer(c).Trace(word)
			if err != nil {
				t.Fatal(err)
			}
			got := p.perform(parameters, word).values
			logits := slices.IndexFunc(a.Stages, func(s Stage) bool { return s.Name == "logits" })
			for pos, o := range c.Outputs() {
				for class := range o.Labels {
					if v := got[len(a.Stages)-1][pos][class]; v != want[o.Labels[class]] {
						t.Fatalf("word %v: label bit %d of position %d is %d, expected %d", word, class, pos, v, want[o.Labels[class]])
					}
					if v := got[logits][pos][class]; v != want[o.Logits[class]] {
						t.Fatalf("word %v: logit %d of position %d is %d, expected %d", word, class, pos, v, want[o.Logits[class]])
					}
				}
			}
		}
	}
	if fitting < tried/10 || fitting > tried*9/10 {
		t.Errorf("of %d circuits %d have an architecture: they test less than they should", tried, fitting)
	}
	t.Logf("%d circuits, %d with an architecture", tried, fitting)
}
