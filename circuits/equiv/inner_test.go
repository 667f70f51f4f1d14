package equiv

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
)

// TestInnerTensors: the tensors that a quantised model shows have a step for each
// element, whose value is the code, but for those in stepless.
func TestInnerTensors(t *testing.T) {
	// The first Mamba block's head is one table of the token, and the state of a
	// recurrent S4D mode is two stages of other names.
	stepless := map[string]bool{
		"mamba L0.norm": true, "mamba L0.value": true, "mamba L0.gate_pre": true, "mamba L0.gate": true,
		"s4d L0.state": true, "s4d L1.state": true,
	}
	for _, c := range []config{
		{"mamba-s3-g2", compile.Convolution, compile.Gates, 3, 6, 2},
		{"mamba-flipflop4", compile.Recurrent, compile.Depth, 3, 5, 1},
		{"s4d-z5", compile.Convolution, compile.Gates, 3, 5, 2},
		{"s4d-z5", compile.Recurrent, compile.Gates, 3, 5, 2},
	} {
		m, alphabet := load(t, c)
		ac, err := m.Arith(c.n)
		if err != nil {
			t.Fatal(err)
		}
		word := []int{alphabet[0], alphabet[1], alphabet[len(alphabet)-1]}
		values, _, err := arith.NewTracer(ac).Trace(word)
		if err != nil {
			t.Fatal(err)
		}
		steps, tensors := stepsByPlace(ac), 0
		_, err = m.Trace(word, func(tensor string, at int, codes []int64) {
			tensors++
			var got []int64
			for _, n := range steps[place{tensor, int32(at)}] {
				got = append(got, values[n])
			}
			family, _, _ := strings.Cut(c.model, "-")
			if got == nil && stepless[family+" "+tensor] {
				return
			}
			if !slices.Equal(got, codes) {
				t.Errorf("%v: %s at %d: steps %v, codes %v", c, tensor, at, got, codes)
			}
		})
		if err != nil || tensors < 3*4 {
			t.Errorf("%v: %d tensors, %v", c, tensors, err)
		}
	}
}

// TestModelNamesTheInnerNode: a circuit with one form changed inside differs from its
// model first at the step that reads it, and that step is named.
func TestModelNamesTheInnerNode(t *testing.T) {
	c := config{"mamba-parity", compile.Convolution, compile.Gates, 3, 6, 2}
	m, alphabet := load(t, c)
	ac, err := m.Arith(c.n)
	if err != nil {
		t.Fatal(err)
	}
	damaged := withConstant(t, ac, "L0.state", -1<<40)
	r, err := Model(t.Context(), m, damaged, exhaustive(t, alphabet, c.n), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != Fails || r.First.FirstNode == nil || !strings.HasPrefix(r.First.FirstNode.Name, "L0.state[") {
		t.Errorf("%s: %+v", r.Verdict, r.First)
	}
}

// withConstant moves the constant of the last form of a stage.
func withConstant(t *testing.T, c *arith.Circuit, stage string, to int64) *arith.Circuit {
	t.Helper()
	text, number, form := arithLines(t, c), "", -1
	for i, line := range text {
		var n, q string
		if _, err := fmt.Sscanf(line, "stage %s %q", &n, &q); err == nil && q == stage {
			number = " @ " + n + " "
		}
		if strings.HasPrefix(line, "form ") && number != "" && strings.Contains(line, number) {
			form = i
		}
	}
	if form < 0 {
		t.Fatalf("no form of stage %s", stage)
	}
	text[form] = regexp.MustCompile(`= -?[0-9]+`).ReplaceAllString(text[form], fmt.Sprintf("= %d", to))
	damaged, err := arith.ReadText(strings.NewReader(strings.Join(text, "")))
	if err != nil {
		t.Fatal(err)
	}
	return damaged
}
