package snark

import (
	"context"
	"sync"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/theory/ssm"
)

// trained is a trained checkpoint compiled to words of a length.
type trained struct {
	model  string
	length int
	bits   int
	form   compile.Form
}

var (
	flipflop       = trained{"mamba-flipflop4", 8, 7, compile.Convolution}
	recurrent      = trained{"mamba-flipflop4", 8, 7, compile.Recurrent}
	s4d            = trained{"s4d-z5", 16, 8, compile.Convolution}
	recurrentShort = trained{"mamba-flipflop4", 3, 7, compile.Recurrent}
	s4dShort       = trained{"s4d-z5", 4, 8, compile.Convolution}
	s4dSteps       = trained{"s4d-z5", 16, 8, compile.Recurrent}
)

var compiled sync.Map // by trained

func (m trained) circuit(tb testing.TB) *arith.Circuit {
	tb.Helper()
	if c, ok := compiled.Load(m); ok {
		return c.(*arith.Circuit)
	}
	c := m.compile(tb, func(*ssm.Model, *compile.Request) {})
	compiled.Store(m, c)
	return c
}

// compile compiles the checkpoint with changes.
func (m trained) compile(tb testing.TB, change func(*ssm.Model, *compile.Request)) *arith.Circuit {
	tb.Helper()
	ck, err := ssm.Load("../../theory/ssm/testdata/" + m.model)
	if err != nil {
		tb.Fatal(err)
	}
	r := compile.Request{
		Length: m.length, Precision: &compile.Precision{Base: m.bits}, Digits: 2, Minimize: compile.Gates,
		Form: m.form, Seed: 1, EvalWords: 1,
	}
	change(ck.Model, &r)
	q, err := compile.Quantise(context.Background(), ck, r)
	if err != nil {
		tb.Fatal(err)
	}
	model, err := compile.New(ck, q, m.length)
	if err != nil {
		tb.Fatal(err)
	}
	c, err := model.Arith(m.length)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func (m trained) lower(tb testing.TB, o Options) *System {
	tb.Helper()
	s, err := Lower(m.circuit(tb), o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}
