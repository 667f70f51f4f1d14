package equiv

import "tc0/circuits/threshold"

// copier copies a circuit into a builder, so that more can be added behind it.
type copier struct {
	c      *threshold.Circuit
	b      *threshold.Builder
	banks  []int // by bank of c
	forms  []int // by form of c; -1 while not copied
	tables map[threshold.Table]threshold.Table
	inputs []int // banks by position
}

func newCopier(c *threshold.Circuit) *copier {
	k := &copier{c: c, b: threshold.NewBuilder(), tables: map[threshold.Table]threshold.Table{}}
	k.forms = make([]int, c.Forms())
	for f := range k.forms {
		k.forms[f] = -1
	}
	return k
}

// copy copies all banks in order, and forms as they are read.
func (k *copier) copy() {
	for i := range k.c.Banks() {
		d := k.c.Bank(i)
		tag := threshold.Tag{Node: d.Tag.Node, Part: d.Tag.Part, Stage: -1}
		if d.Tag.Stage >= 0 {
			tag.Stage = k.b.Stage(k.c.Stages()[d.Tag.Stage])
		}
		bank := 0
		switch d.Kind {
		case threshold.Input:
			bank = k.b.Input(int(d.Gates), tag)
			k.inputs = append(k.inputs, bank)
		case threshold.Level:
			bank = k.b.Level(k.form(d.Form), k.table(d.Table), d.Off, d.Stride, d.Gates, tag)
		case threshold.Digit:
			bank = k.b.Digit(k.form(d.Form), k.banks[d.High], k.table(d.Table), d.Off, d.Count, d.Width, d.Past, tag)
		case threshold.And:
			bank = k.b.And(tag, k.lists(d.Lists)...)
		case threshold.Pairs:
			bank = k.b.Pairs(tag, k.lists(d.Lists)[0])
		}
		k.banks = append(k.banks, bank)
	}
}

func (k *copier) table(t threshold.Table) threshold.Table {
	if t < 0 {
		return t
	}
	copied, ok := k.tables[t]
	if !ok {
		copied = k.b.Table(k.c.Table(t))
		k.tables[t] = copied
	}
	return copied
}

func (k *copier) form(f int) int {
	if k.forms[f] >= 0 {
		return k.forms[f]
	}
	constant, terms := k.c.FormParts(f)
	copied := make([]threshold.Term, len(terms))
	for i, t := range terms {
		copied[i] = t
		copied[i].Table = k.table(t.Table)
		if inner, ok := t.Ref.Form(); ok {
			copied[i].Ref = threshold.FormRef(k.form(inner))
		} else {
			copied[i].Ref = threshold.BankRef(k.banks[t.Ref])
		}
	}
	k.forms[f] = k.b.Form(constant, copied)
	return k.forms[f]
}

func (k *copier) lists(lists [][]int32) []int {
	numbers := make([]int, len(lists))
	for i, list := range lists {
		forms := make([]int32, len(list))
		for j, f := range list {
			forms[j] = int32(k.form(int(f)))
		}
		numbers[i] = k.b.List(forms)
	}
	return numbers
}
