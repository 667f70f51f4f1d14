package compile

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"tc0/circuits/threshold"
	"tc0/theory/ssm"
)

// TensorError compares one tensor with its float64 counterpart on the evaluation
// words: measured, not bounded.
type TensorError struct {
	Name      string  `json:"name"`
	Bits      int     `json:"bits"`
	ScaleExp  int     `json:"scale_exp"`
	Max       float64 `json:"max_error"`
	Mean      float64 `json:"mean_error"`
	Saturated int     `json:"saturated"` // values at the end of the code range
	Values    int     `json:"values"`
}

// Gap is the difference between two functions on the evaluation words.
type Gap struct {
	Between   string  `json:"between"`
	MaxLogit  float64 `json:"max_relative_logit_error"` // relative to the float model's largest logit of the position
	Agreement float64 `json:"argmax_agreement"`
}

// Report is the fidelity report of a compilation.
type Report struct {
	Length     int             `json:"length"`
	Bits       int             `json:"bits"`
	Digits     int             `json:"digits"`
	Minimize   Goal            `json:"minimize"`
	Form       Form            `json:"form"`
	Kind       string          `json:"kind"` // what kind of claim the agreement is
	EvalWords  int             `json:"eval_words"`
	EvalSeed   uint64          `json:"eval_seed"`
	Positions  int             `json:"positions"`
	Agreement  float64         `json:"agreement"`
	Disagrees  []int           `json:"first_disagreeing_word,omitempty"`
	Tensors    []TensorError   `json:"tensors"`
	Gaps       []Gap           `json:"gaps"`
	Findings   []Finding       `json:"findings"`
	Statistics threshold.Stats `json:"statistics"`
}

// report measures fidelity on the held-out words.
func (m *Model) report(ctx context.Context, ck *ssm.Checkpoint, r Request, tc *threshold.Circuit) (*Report, error) {
	rep := &Report{
		Length: r.Length, Bits: m.bits, Digits: m.quant.Digits, Minimize: m.quant.Minimize, Form: m.quant.Form,
		Kind: "sampled", EvalWords: r.EvalWords, EvalSeed: evalSeed(r.Seed), Findings: m.Findings, Statistics: tc.Stats(),
	}
	words := Words(m.quant.Alphabet, r.EvalWords, r.Length, rep.EvalSeed)
	if rep.Findings == nil {
		rep.Findings = []Finding{}
	}
	other, err := m.otherForm(ctx, ck, r)
	if err != nil {
		return nil, err
	}
	c := newComparison(m, ck.Model)
	for i, w := range words {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := c.word(w, other); err != nil {
			return nil, fmt.Errorf("evaluation word %d: %w", i, err)
		}
	}
	rep.Positions = c.positions
	rep.Agreement = c.quantised.agreement()
	rep.Disagrees = c.disagrees
	rep.Tensors = c.tensorErrors()
	rep.Gaps = []Gap{
		c.forms.gap("float recurrent and float convolutional"),
		c.quantised.gap("float and quantised " + string(m.quant.Form)),
		c.cross.gap("quantised convolutional and quantised recurrent"),
	}
	return rep, nil
}

// otherForm is the same checkpoint quantised in the other form at the same bits.
func (m *Model) otherForm(ctx context.Context, ck *ssm.Checkpoint, r Request) (*Model, error) {
	q := *m.quant
	q.Form = Recurrent
	if m.quant.Form == Recurrent {
		q.Form = Convolution
	}
	words := r.Words
	if words == nil {
		words = calibrationWords(q.Alphabet, q.Calibration)
	}
	tensors, err := Calibrate(ctx, ck, q.Form, words)
	if err != nil {
		return nil, err
	}
	for i := range tensors {
		if t, err := m.quant.tensor(tensors[i].Name); err == nil {
			tensors[i].Extra = t.Extra
		}
	}
	q.Tensors = tensors
	return newModel(ck, &q, m.bits, m.length)
}

// pairing accumulates the difference between two functions.
type pairing struct {
	worst        float64
	agree, total int
}

func (p *pairing) agreement() float64 {
	if p.total == 0 {
		return 1
	}
	return float64(p.agree) / float64(p.total)
}

func (p *pairing) gap(between string) Gap { return Gap{between, measured(p.worst), p.agreement()} }

// measured is an error as a report states it: with as many digits as mean
// something on every machine. The float64 model's own rounding, which differs
// between machines, is far below 1e-12 and counts as none.
func measured(x float64) float64 {
	if x < 1e-12 {
		return 0
	}
	x, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 6, 64), 64)
	if err != nil {
		panic(err)
	}
	return x
}

// row compares one position's logits, errors relative to top.
func (p *pairing) row(a, b []float64, top float64) (same bool) {
	for i := range a {
		p.worst = max(p.worst, math.Abs(a[i]-b[i])/top)
	}
	same = ssm.Argmax(a) == ssm.Argmax(b)
	p.total++
	if same {
		p.agree++
	}
	return same
}

// largest is the largest absolute value, or 1 when all are 0.
func largest(v []float64) float64 {
	top := 0.0
	for _, x := range v {
		top = max(top, math.Abs(x))
	}
	if top == 0 {
		return 1
	}
	return top
}

// comparison runs float and quantised models side by side.
type comparison struct {
	m         *Model
	float     *ssm.Model
	positions int
	disagrees []int
	tensors   map[string]*TensorError
	quantised pairing
	forms     pairing
	cross     pairing
}

func newComparison(m *Model, float *ssm.Model) *comparison {
	return &comparison{m: m, float: float, tensors: map[string]*TensorError{}}
}

func (c *comparison) word(w []int, other *Model) error {
	seen := newProbes(len(w))
	exact, err := c.float.Forward(w, floatForm(c.m.quant.Form), seen.record)
	if err != nil {
		return err
	}
	alternative, err := c.float.Forward(w, floatForm(other.quant.Form), nil)
	if err != nil {
		return err
	}
	got, err := c.m.eval(w, func(name string, t int, codes []int64, s scale) { c.tensor(seen, name, t, codes, s) })
	if err != nil {
		return err
	}
	cross, err := other.eval(w, nil)
	if err != nil {
		return err
	}
	same := true
	for t := range w {
		row := func(v []float64) []float64 { return v[t*c.m.vocab : (t+1)*c.m.vocab] }
		factor := c.m.head.factor(seen, len(c.float.Blocks), t)
		a, b := c.m.head.values(got, t, factor), other.head.values(cross, t, factor)
		top := largest(row(exact))
		same = c.quantised.row(row(exact), a, top) && same
		c.forms.row(row(exact), row(alternative), top)
		c.cross.row(a, b, top)
		c.positions++
	}
	if !same && c.disagrees == nil {
		c.disagrees = slices.Clone(w)
	}
	return nil
}

// factor is the norm's factor that the head leaves out at a position, or 1.
func (h *headLayer) factor(seen *probes, layer, t int) float64 {
	if h.normed {
		return 1
	}
	if r := seen.at(layer, "norm_scale", t); r != nil {
		return r[0]
	}
	return 1
}

// values are a position's logits in real units.
func (h *headLayer) values(r Result, t int, factor float64) []float64 {
	out := make([]float64, h.classes)
	for c := range out {
		out[c] = math.Ldexp(float64(r.Logits[t*h.classes+c]), h.logits.exp) * factor
	}
	return out
}

// tensor compares one tensor at one position with the specification's value,
// where the specification exposes it.
func (c *comparison) tensor(seen *probes, name string, t int, codes []int64, s scale) {
	want := seen.tensor(c.float, name, t)
	if want == nil || len(want) != len(codes) {
		return
	}
	e, ok := c.tensors[name]
	if !ok {
		e = &TensorError{Name: name, ScaleExp: s.exp, Bits: bitsOf(s)}
		c.tensors[name] = e
	}
	var shifts []int
	if t, err := c.m.quant.tensor(name); err == nil {
		shifts = t.Shifts
	}
	for i, code := range codes {
		exp := s.exp
		if shifts != nil {
			exp += shifts[i]
		}
		d := math.Abs(math.Ldexp(float64(code), exp) - want[i])
		e.Max = max(e.Max, d)
		e.Mean += d
		e.Values++
		if (code == s.lo && s.lo != 0 || code == s.hi) && d > math.Ldexp(1, exp) {
			e.Saturated++
		}
	}
}

func bitsOf(s scale) int {
	bits := 0
	for int64(1)<<bits <= s.hi-s.lo {
		bits++
	}
	return bits
}

// probeNames maps a tensor to the specification's name for it.
var probeNames = map[string]string{
	"norm": "norm_scale", "centre": "norm_centred", "u": "conv_silu", "gate": "gate", "B": "B", "C": "C",
	"delta": "delta", "state": "state", "y": "scan", "out": "block_out", "gelu": "gelu", "value": "glu_value",
}

// tensor is the specification's value of a quantised tensor, nil where it has
// none.
func (p *probes) tensor(m *ssm.Model, name string, t int) []float64 {
	prefix, tensor, ok := strings.Cut(name, ".")
	if !ok || prefix == "final" {
		return nil
	}
	layer := 0
	if _, err := fmt.Sscanf(prefix, "L%d", &layer); err != nil || layer >= len(m.Blocks) {
		return nil
	}
	probe, ok := probeNames[tensor]
	if _, s4d := m.Blocks[layer].(*ssm.S4D); s4d {
		if tensor == "gate" {
			probe = "glu_gate"
		}
	} else if tensor == "value" {
		return nil // the norm's factor is still missing there
	}
	if !ok {
		return nil
	}
	return p.at(layer, probe, t)
}

// tensorErrors are the errors in order of name, with means.
func (c *comparison) tensorErrors() []TensorError {
	out := make([]TensorError, 0, len(c.tensors))
	for _, e := range c.tensors {
		v := *e
		v.Max, v.Mean = measured(v.Max), measured(v.Mean/float64(max(1, v.Values)))
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b TensorError) int { return strings.Compare(a.Name, b.Name) })
	return out
}
