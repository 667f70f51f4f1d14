package equiv

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"tc0/circuits/compile"
	"tc0/circuits/export"
	"tc0/theory/ssm"
)

func TestScratch(t *testing.T) {
	name, form := os.Getenv("M"), compile.Form(os.Getenv("F"))
	var bits, n int
	fmt.Sscan(os.Getenv("B"), &bits)
	fmt.Sscan(os.Getenv("N"), &n)
	ck, err := ssm.Load("../../theory/ssm/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	q, err := compile.Quantise(t.Context(), ck, compile.Request{
		Length: 12, Precision: &compile.Precision{Base: bits}, Digits: 2, Minimize: compile.Gates, Form: form, Seed: 1, EvalWords: 64,
		Progress: func(string, int, int) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := compile.New(ck, q, n)
	if err != nil {
		t.Fatal(err)
	}
	_, tc, err := m.Threshold(n)
	if err != nil {
		t.Fatal(err)
	}
	st := tc.Stats()
	t.Log(st.Gates, st.Wires, st.MaxWeightBits)
	mi, err := Miter(tc, ck.Task, q.Alphabet, n-1)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := export.WriteQueryCNF(&b, mi, export.Query{Value: true}); err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(b.Bytes(), []byte("p cnf"))
	t.Logf("%.40s %d", b.Bytes()[i:], b.Len())
	for _, s := range []Solver{Cadical, Gophersat, GophersatPB, Clasp} {
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		start := time.Now()
		a, err := Ask(ctx, tc, ck.Task, q.Alphabet, n-1, s)
		cancel()
		t.Logf("%s %v %+v %v", s, time.Since(start), a, err)
		if a != nil && a.Proof != nil {
			t.Logf("%+v", a.Proof)
		}
	}
}
