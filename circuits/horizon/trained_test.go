package horizon

import (
	"fmt"
	"os"
	"testing"
	"time"

	"tc0/circuits/compile"
	"tc0/theory/ssm"
)

func TestScratch(t *testing.T) {
	name, form := os.Getenv("M"), compile.Form(os.Getenv("F"))
	var bits, length int
	fmt.Sscan(os.Getenv("B"), &bits)
	fmt.Sscan(os.Getenv("N"), &length)
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
	m, err := compile.New(ck, q, length)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	machine, err := Cut(m.Arith, length)
	if err != nil {
		t.Fatal(err)
	}
	from, ok := machine.Repeats()
	t.Log("cut", time.Since(start), from, ok, len(machine.maps), machine.State(0), machine.State(3), machine.at(3).size)
	start = time.Now()
	r, err := Search(t.Context(), machine, m, ck.Task, q.Alphabet, Limits{Length: length, Progress: func(l int, s uint64) {
		if s%(1<<20) < 4096 {
			fmt.Println(l, s, time.Since(start))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(start), r.Verdict, r.Horizon, r.AllWords, r.First, r.Steps, r.Method)
	for _, l := range r.Levels {
		a, err := Sample(t.Context(), m, ck.Task, q.Alphabet, l.Length, 1000, 1)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(l, a)
	}
	if r.First != nil {
		a, _ := Sample(t.Context(), m, ck.Task, q.Alphabet, r.Horizon+1, 1000, 1)
		t.Log(a)
	}
}
