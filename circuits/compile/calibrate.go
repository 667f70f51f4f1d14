package compile

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"tc0/theory/ssm"
)

// Words draws words uniformly over an alphabet from a seed.
func Words(alphabet []int, count, length int, seed uint64) [][]int {
	r := rand.New(rand.NewPCG(seed, 0x7463302d776f7264)) // "tc0-word"
	words := make([][]int, count)
	for i := range words {
		words[i] = make([]int, length)
		for t := range words[i] {
			words[i][t] = alphabet[r.IntN(len(alphabet))]
		}
	}
	return words
}

// calibrationWords are random words and, since layers reach their extremes on them,
// the words that repeat one letter.
func calibrationWords(alphabet []int, s Sample) [][]int {
	words := Words(alphabet, s.Words, s.Length, s.Seed)
	for _, letter := range alphabet[:min(len(alphabet), s.Words)] {
		words = append(words, slices.Repeat([]int{letter}, s.Length))
	}
	return words
}

// Alphabet is the checkpoint's input tokens: those of its task, or the whole
// vocabulary.
func Alphabet(ck *ssm.Checkpoint) []int {
	if ck.Task != nil && len(ck.Task.InputTokens) > 0 {
		a := slices.Clone(ck.Task.InputTokens)
		slices.Sort(a)
		return slices.Compact(a)
	}
	a := make([]int, ck.Model.Vocab)
	for i := range a {
		a[i] = i
	}
	return a
}

// calibration collects the largest absolute value of every element of every
// tensor.
type calibration map[string][]float64

func (c calibration) see(name string, values ...float64) {
	m := c[name]
	if len(m) < len(values) {
		m = append(m, make([]float64, len(values)-len(m))...)
		c[name] = m
	}
	for i, v := range values {
		m[i] = max(m[i], math.Abs(v))
	}
}

// Calibrate runs the float model on words and returns the range of every tensor
// that the form rounds, in a fixed order.
func Calibrate(ctx context.Context, ck *ssm.Checkpoint, form Form, words [][]int) ([]Tensor, error) {
	parts := make([]calibration, runtime.GOMAXPROCS(0))
	errs := make([]error, len(parts))
	var wg sync.WaitGroup
	for k := range parts {
		wg.Go(func() {
			c := calibration{}
			for i := k; i < len(words) && ctx.Err() == nil; i += len(parts) {
				if err := c.word(ck.Model, form, words[i]); err != nil {
					errs[k] = fmt.Errorf("calibration word %d: %w", i, err)
					return
				}
			}
			parts[k] = c
		})
	}
	wg.Wait()
	all := calibration{}
	for k, c := range parts {
		if errs[k] != nil {
			return nil, errs[k]
		}
		for name, v := range c {
			all.see(name, v...)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all.see("embed", ck.Model.Embedding...)
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	out := make([]Tensor, len(names))
	for i, name := range names {
		out[i] = Tensor{Name: name, Max: roundUp(slices.Max(all[name]))}
	}
	return all.shift(ck.Model, out), nil
}

// mostShift bounds the shifts of elements.
const mostShift = 10

// shift gives the elements of the tensors that linear maps write and read, and
// nothing else, ranges of their own: powers of two that move into the maps. The
// states of a Mamba block and their inputs share theirs.
func (c calibration) shift(m *ssm.Model, tensors []Tensor) []Tensor {
	find := func(name string) *Tensor {
		return &tensors[slices.IndexFunc(tensors, func(t Tensor) bool { return t.Name == name })]
	}
	for layer, block := range m.Blocks {
		if _, ok := block.(*ssm.Mamba); !ok {
			continue
		}
		name := mambaPrefix(layer)
		for _, tensor := range []string{"inject", "state", "y"} {
			t := find(name + tensor)
			t.Shifts = shifts(c[t.Name], t.Max)
		}
		input := find(name + "input")
		input.Shifts = find(name + "state").Shifts
		most := 0.0
		for i, v := range c[input.Name] {
			most = max(most, math.Ldexp(v, -input.Shifts[i]))
		}
		input.Max = roundUp(most)
	}
	return tensors
}

// shifts are the exponents k_i <= 0, not below -mostShift, with which every
// range_i·2^-k_i is as large as largest allows.
func shifts(ranges []float64, largest float64) []int {
	f, exp := math.Frexp(largest)
	out := make([]int, len(ranges))
	for i, r := range ranges {
		g, e := math.Frexp(roundUp(r))
		if out[i] = e - exp; g > f {
			out[i]++
		}
		if r == 0 || out[i] < -mostShift {
			out[i] = -mostShift
		}
	}
	return out
}

// maxBits is how many significant bits a calibrated range keeps.
const maxBits = 12

// roundUp keeps the first bits of a range. Elementary functions of different
// processors disagree in the last bits, which must not reach the quantisation.
func roundUp(x float64) float64 {
	f, exp := math.Frexp(x)
	return math.Ldexp(math.Ceil(math.Ldexp(f, maxBits)), exp-maxBits)
}

// word adds one word.
func (c calibration) word(m *ssm.Model, form Form, word []int) error {
	seen := newProbes(len(word))
	logits, err := m.Forward(word, floatForm(form), seen.record)
	if err != nil {
		return err
	}
	for i, v := range logits {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("logit %d at position %d is %v", i%m.Vocab, i/m.Vocab, v)
		}
	}
	c.see("logits", logits...)
	for layer, block := range m.Blocks {
		name := mambaPrefix(layer)
		for t := range word {
			at := func(tensor string) []float64 { return seen.at(layer, tensor, t) }
			switch b := block.(type) {
			case *ssm.Mamba:
				c.mamba(name, b, at)
			case *ssm.S4D:
				for tensor, probe := range map[string]string{
					"gelu": "gelu", "value": "glu_value", "centre": "norm_centred", "norm": "norm_scale",
				} {
					c.see(name+tensor, at(probe)...)
				}
				c.see(name+"gate", 1)
			}
		}
		if b, ok := block.(*ssm.S4D); ok && form == Recurrent {
			c.s4dStates(name, b, seen, layer, len(word))
		}
	}
	if m.FinalNorm != nil {
		for t := range word {
			c.see("final.centre", seen.at(len(m.Blocks), "norm_centred", t)...)
			c.see("final.norm", seen.at(len(m.Blocks), "norm_scale", t)...)
		}
	}
	return nil
}

// mamba adds one position of a Mamba block.
func (c calibration) mamba(name string, b *ssm.Mamba, at func(string) []float64) {
	for tensor, probe := range map[string]string{
		"centre": "norm_centred", "norm": "norm_scale", "u": "conv_silu", "gate": "gate", "B": "B", "C": "C",
		"delta": "delta", "state": "state", "y": "scan", "out": "block_out",
	} {
		c.see(name+tensor, at(probe)...)
	}
	c.see(name+"decay", 1)
	u, dt, bs := at("conv_silu"), at("delta"), at("B")
	var inject, input []float64
	for i := range u {
		inject = append(inject, dt[i]*u[i])
		for _, v := range bs {
			input = append(input, inject[i]*v)
		}
	}
	c.see(name+"inject", inject...)
	c.see(name+"input", input...)
	factor := at("norm_scale")[0]
	for tensor, half := range map[string]int{"value": 0, "gate_pre": 1} {
		_, bias := normalisedWeights(&b.InProj, &b.Norm, half*b.DInner, (half+1)*b.DInner)
		for i, v := range at([]string{"in_proj_x", "in_proj_z"}[half]) {
			if bias != nil {
				v -= bias[i]
			}
			c.see(name+tensor, v/factor)
		}
	}
}

// s4dStates adds the modes' states, which the specification does not expose.
func (c calibration) s4dStates(name string, b *ssm.S4D, seen *probes, layer, n int) {
	tensor := "block_in"
	if b.PreNorm {
		tensor = "norm_out"
	}
	for i := range b.DModel {
		dt := math.Exp(b.LogDt[i])
		for m := range b.Modes {
			size := math.Exp(-math.Exp(b.LogAReal[i*b.Modes+m]) * dt)
			turn := b.AImag[i*b.Modes+m] * dt
			sin, cos := math.Sincos(turn)
			re, im := 0.0, 0.0
			for t := range n {
				a, b := float64(cos*re)-float64(sin*im), float64(sin*re)+float64(cos*im)
				re, im = float64(size*a)+seen.at(layer, tensor, t)[i], size*b
				c.see(name+"state", re, im)
			}
		}
	}
}

// floatForm is the specification's name of a form.
func floatForm(f Form) ssm.Form {
	if f == Recurrent {
		return ssm.Recurrent
	}
	return ssm.Convolution
}

// probes keeps the inner values of one forward pass.
type probes struct {
	n      int
	values map[probeKey][]float64
}

type probeKey struct {
	layer int
	name  string
	t     int
}

func newProbes(n int) *probes { return &probes{n: n, values: map[probeKey][]float64{}} }

func (p *probes) record(layer int, name string, t int, value []float64) {
	p.values[probeKey{layer, name, t}] = slices.Clone(value)
}

func (p *probes) at(layer int, name string, t int) []float64 {
	return p.values[probeKey{layer, name, t}]
}

// lettersOf are the tokens that occur in words, ascending.
func lettersOf(words [][]int) []int {
	var letters []int
	for _, w := range words {
		letters = append(letters, w...)
	}
	slices.Sort(letters)
	return slices.Compact(letters)
}
