package cert

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
)

// TestSwappedCheckpoint puts other networks in the place of the one that was compiled.
func TestSwappedCheckpoint(t *testing.T) {
	b := compiled(t, "mamba-flipflop4", shape{2, 6, 2, compile.Convolution, compile.Gates, 4})
	dir := t.TempDir()
	for _, other := range []string{"mamba-flipflop4-bf16", "mamba-parity", "s4d-z5"} {
		forged := b.clone()
		for name := range forged.checkpoint {
			data, err := os.ReadFile(filepath.Join(models, other, name))
			if err != nil {
				t.Fatal(err)
			}
			forged.checkpoint[name] = data
		}
		forged.sign()
		if v := forged.verify(t, dir); v.Holds {
			t.Errorf("accepted with the checkpoint of %s", other)
		}
	}
}

// TestDigests leaves the digests as they are.
func TestDigests(t *testing.T) {
	b := compiled(t, "mamba-flipflop4", shape{1, 4, 2, compile.Convolution, compile.Gates, 1})
	dir := t.TempDir()
	for _, name := range []string{quantFile, arithFile, circuitFile} {
		forged := b.clone()
		forged.files[name] = append(slices.Clone(b.files[name]), '\n')
		if v := forged.verify(t, dir); v.Holds {
			t.Errorf("accepted with a longer %s", name)
		}
	}
	forged := b.clone()
	forged.checkpoint["config.json"] = append(slices.Clone(b.checkpoint["config.json"]), '\n')
	if v := forged.verify(t, dir); v.Holds {
		t.Error("accepted with a longer config.json")
	}
}

// TestSwappedBits lets gates that stand for a bit read the next bit, which random changes
// rarely hit.
func TestSwappedBits(t *testing.T) {
	b := compiled(t, "mamba-flipflop4", shape{1, 4, 1, compile.Recurrent, compile.Wires, 1})
	c, err := threshold.ReadBinary(bytes.NewReader(b.files[circuitFile]))
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(t, c)
	dir := t.TempDir()
	bits := regexp.MustCompile(`(?m)^level b\d+ f(\d+) t\d+ off=0 stride=1 gates=1 @ \d+ 8 \d+$`).FindAllStringSubmatchIndex(text, 20)
	if len(bits) < 10 {
		t.Fatalf("%d first bits, expected more", len(bits))
	}
	for _, at := range bits {
		form, err := strconv.Atoi(text[at[2]:at[3]])
		if err != nil {
			t.Fatal(err)
		}
		changed := text[:at[2]] + strconv.Itoa(form+1) + text[at[3]:]
		swapped, err := threshold.ReadText(strings.NewReader(changed))
		if err != nil {
			t.Fatal(err)
		}
		if v := b.withCircuit(t, swapped).verify(t, dir); v.Holds {
			t.Errorf("accepted: the gate of form %d reads form %d", form, form+1)
		}
	}
}

// TestSharedSquares gives one step a change point more, at which nothing changes, so that it is
// still the function; but all steps of its stage share the table of their squares, which fits
// its levels and not theirs.
func TestSharedSquares(t *testing.T) {
	b := compiled(t, "s4d-z5", shape{1, 4, 1, compile.Convolution, compile.Gates, 1})
	c, err := arith.ReadBinary(bytes.NewReader(b.files[arithFile]))
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(t, c)
	read := regexp.MustCompile(`1\*n(\d+)\[t(\d+)\] \+ 1\*n\d+\[t\d+\]`).FindStringSubmatch(text) // of Σ x²
	step := regexp.MustCompile(`(?m)^(step n` + read[1] + ` = n\d+) th=t(\d+) val=t(\d+) off=0 count=(\d+) `).FindStringSubmatch(text)
	tables := len(regexp.MustCompile(`(?m)^table `).FindAllString(text, -1))
	longer := ""
	for i, name := range []string{step[2], step[3], read[2]} {
		line := regexp.MustCompile(`(?m)^table t` + name + ` (.*)$`).FindStringSubmatch(text)[1]
		entries := strings.Fields(line)
		more := entries[1] // levels 1 and 2 are one level
		if i == 0 {
			first, err := strconv.Atoi(entries[0])
			if err != nil {
				t.Fatal(err)
			}
			more = strconv.Itoa(first + 1)
		}
		longer += fmt.Sprintf("table t%d %s\n", tables+i, strings.Join(slices.Insert(entries, 1, more), " "))
	}
	count, err := strconv.Atoi(step[4])
	if err != nil {
		t.Fatal(err)
	}
	last := fmt.Sprintf("table t%d ", tables-1)
	end := strings.Index(text, last) + strings.IndexByte(text[strings.Index(text, last):], '\n') + 1
	text = text[:end] + longer + text[end:]
	text = strings.Replace(text, step[0], fmt.Sprintf("%s th=t%d val=t%d off=0 count=%d ", step[1], tables, tables+1, count+1), 1)
	text = strings.Replace(text, fmt.Sprintf(" tables=%d ", tables), fmt.Sprintf(" tables=%d ", tables+3), 1)
	text = strings.ReplaceAll(text, "[t"+read[2]+"]", fmt.Sprintf("[t%d]", tables+2))
	forgery, err := arith.ReadText(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	forged := b.withModel(t, forgery)
	dir := t.TempDir()
	if v := forged.verify(t, dir); v.Holds || !strings.Contains(v.Reason, "term") {
		t.Errorf("holds %v %q, although %s", v.Holds, v.Reason, forged.untrue(t, dir))
	}
}

// TestOtherToken lets a form of the second position read the first token.
func TestOtherToken(t *testing.T) {
	b := compiled(t, "mamba-flipflop4", shape{2, 4, 2, compile.Convolution, compile.Gates, 1})
	c, err := arith.ReadBinary(bytes.NewReader(b.files[arithFile]))
	if err != nil {
		t.Fatal(err)
	}
	text := textOf(t, c)
	read := regexp.MustCompile(fmt.Sprintf(`\*n%d\[`, c.Inputs()[1])).FindStringIndex(text)
	changed := text[:read[0]] + "*n0[" + text[read[1]:]
	forgery, err := arith.ReadText(strings.NewReader(changed))
	if err != nil {
		t.Fatal(err)
	}
	forged := b.withModel(t, forgery)
	if v := forged.verify(t, t.TempDir()); v.Holds || !strings.Contains(v.Reason, "term") {
		t.Errorf("holds %v, %s", v.Holds, v.Reason)
	}
}

// TestEveryField adds one to every kind of number in a few lines of each kind, of circuit.tc and of
// model.ac, takes tables away and exchanges coefficients: random changes hit some of them rarely
// or never.
func TestEveryField(t *testing.T) {
	for _, c := range []struct {
		name string
		shape
	}{
		{"odd/hf-bias", shape{2, 3, 2, compile.Convolution, compile.Gates, 1}},
		{"odd/hf-bias", shape{2, 3, 1, compile.Convolution, compile.Depth, 1}},
		{"odd/hf-bias", shape{2, 3, 1, compile.Recurrent, compile.Wires, 1}},
		{"odd/tagger-s4d-odd", shape{1, 3, 1, compile.Convolution, compile.Gates, 1}},
	} {
		t.Run(fmt.Sprintf("%s/%s/%s", c.name, c.form, c.goal), func(t *testing.T) {
			t.Parallel()
			b := compiled(t, c.name, c.shape)
			b.cert.Claims = b.cert.Claims[:3] // size, lowering, binding
			ac, err := arith.ReadBinary(bytes.NewReader(b.files[arithFile]))
			if err != nil {
				t.Fatal(err)
			}
			tc, err := threshold.ReadBinary(bytes.NewReader(b.files[circuitFile]))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			refused := 0
			for _, changed := range everyField(t, tc) {
				forgery, err := threshold.ReadText(strings.NewReader(changed.text))
				if err != nil {
					continue
				}
				if v := b.withCircuit(t, forgery).verify(t, dir); !v.Holds {
					refused++
				} else if r := check.Lowering(t.Context(), ac, forgery, check.Options{}); r.Verdict != check.Holds {
					t.Errorf("accepted, circuit.tc: %s", changed.what)
				}
			}
			for _, changed := range everyField(t, ac) {
				forgery, err := arith.ReadText(strings.NewReader(changed.text))
				if err != nil {
					continue
				}
				forged := b.clone()
				forged.files[arithFile] = binaryOf(t, forgery)
				if !forged.lower(forgery) {
					continue
				}
				forged.sign()
				if v := forged.verify(t, dir); !v.Holds {
					refused++
				} else if why := forged.untrue(t, dir); why != "" && !(strings.HasPrefix(changed.what, "step") && sameSteps(ac, forgery)) {
					t.Errorf("accepted, model.ac: %s: %s", changed.what, why)
				}
			}
			if refused < 100 {
				t.Errorf("only %d forgeries", refused)
			}
		})
	}
}

// sameSteps tells whether steps have the same change points and values, be it in other tables.
func sameSteps(a, b *arith.Circuit) bool {
	for n := range arith.Node(a.Len()) {
		if a.Kind(n) != arith.Step {
			continue
		}
		formA, thA, valA := a.Step(n)
		formB, thB, valB := b.Step(n)
		if formA != formB || !slices.Equal(thA, thB) || !slices.Equal(valA, valB) {
			return false
		}
	}
	return true
}

type change struct{ text, what string }

var (
	tableRead   = regexp.MustCompile(`\[t[^]]*\]`)
	coefficient = regexp.MustCompile(`(-?\d+)\*`)
)

// everyField changes, one at a time, the numbers and tables of the first, a middle and the last line of each
// kind, but for long lines' later numbers.
func everyField(t *testing.T, c interface{ WriteText(io.Writer) error }) (changes []change) {
	lines := strings.SplitAfter(textOf(t, c), "\n")
	kinds := map[string][]int{}
	for i, line := range lines {
		if i >= 2 && !strings.HasPrefix(line, "stage") {
			kind := fmt.Sprint(firstWord.FindString(line), min(4, strings.Count(line, "+"))) // forms by their length
			kinds[kind] = append(kinds[kind], i)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		of := kinds[kind]
		for _, i := range slices.Compact([]int{of[0], of[len(of)/3], of[len(of)/2], of[len(of)-1]}) {
			with := func(line, what string) {
				text := strings.Join(lines[:i], "") + line + strings.Join(lines[i+1:], "")
				changes = append(changes, change{text, fmt.Sprintf("%s for %s", strings.TrimSpace(line[:min(90, len(line))]), what)})
			}
			for _, at := range tableRead.FindAllStringIndex(lines[i], 4) {
				with(lines[i][:at[0]]+lines[i][at[1]:], lines[i][at[0]:at[1]])
			}
			if c := coefficient.FindAllStringSubmatchIndex(lines[i], 2); len(c) == 2 {
				x, y := c[0], c[1]
				with(lines[i][:x[2]]+lines[i][y[2]:y[3]]+lines[i][x[3]:y[2]]+lines[i][x[2]:x[3]]+lines[i][y[3]:], "the two exchanged")
			}
			places := number.FindAllStringIndex(lines[i], 14)
			for _, at := range places[min(1, len(places)):] { // the first is the line's own number
				old, err := strconv.ParseInt(lines[i][at[0]:at[1]], 10, 64)
				if err != nil {
					t.Fatal(err)
				}
				with(lines[i][:at[0]]+strconv.FormatInt(old+1, 10)+lines[i][at[1]:], lines[i][at[0]:at[1]])
			}
		}
	}
	return changes
}

func textOf(t *testing.T, c interface{ WriteText(io.Writer) error }) string {
	t.Helper()
	var text strings.Builder
	if err := c.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// withCircuit is a bundle with another circuit.tc, counted and signed.
func (b *bundle) withCircuit(t *testing.T, c *threshold.Circuit) *bundle {
	t.Helper()
	forged := b.clone()
	forged.files[circuitFile] = binaryOf(t, c)
	forged.recount(c)
	forged.sign()
	return forged
}

// withModel is a bundle with another model.ac, lowered and signed, with the claims from size to bound.
func (b *bundle) withModel(t *testing.T, c *arith.Circuit) *bundle {
	t.Helper()
	forged := b.clone()
	forged.files[arithFile] = binaryOf(t, c)
	if !forged.lower(c) {
		t.Fatal("cannot be lowered")
	}
	forged.cert.Claims = forged.cert.Claims[:4]
	forged.sign()
	return forged
}
