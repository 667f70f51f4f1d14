package kernel

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// The integers of the quantised model, worked out from the weights and quant.json as
// docs/design/quantisation.md has it. Sums of floats run in the order written there: a
// coefficient that is rounded from another sum in its last bit would be another.

// source is an operand of a form: integers code·2^exp, |code| <= max, and |code| <= wide
// if every gate behind it is taken as free.
type source struct {
	exp  int
	max  int64
	wide float64
}

// scale is the number format of a tensor.
type scale struct {
	exp    int
	lo, hi int64
}

// source is that of the codes.
func (s scale) source() source {
	least, span := s.factor()
	return source{s.exp, max(s.hi, -s.lo), least + span}
}

// factor is |lo| and the largest number of bits.Len(hi-lo) bits.
func (s scale) factor() (least, span float64) {
	return math.Abs(float64(s.lo)), float64(int64(1)<<bits.Len64(uint64(s.hi-s.lo)) - 1)
}

// productOf is the source of products of codes.
func productOf(ss ...scale) source {
	p, rest := source{max: 1, wide: 1}, 2*float64(len(ss))
	for _, s := range ss {
		o := s.source()
		least, _ := s.factor()
		p.exp, p.max, p.wide, rest = p.exp+o.exp, times(p.max, o.max), p.wide*o.wide, rest*least
	}
	p.wide += rest
	return p
}

var one = source{max: 1, wide: 1}

func repeat(s source, n int) (out []source) {
	for range n {
		out = append(out, s)
	}
	return out
}

// mostBits are the most bits of tensors whose products are summed with real weights.
var mostBits = map[string]int{"value": 18, "y": 20, "norm": 18, "gate": 18, "centre": 18}

// tensor is a tensor of quant.json.
func (q *quantisation) tensor(name string) *tensor {
	i := slices.IndexFunc(q.Tensors, func(t tensor) bool { return t.Name == name })
	require(i >= 0, "quant.json: has no tensor %s", name)
	return &q.Tensors[i]
}

// largest is the calibrated range of a tensor, and its bits.
func (b *binder) largest(name string, more int) (largest float64, width int) {
	t := b.q.tensor(name)
	width = max(2, min(24, b.bits+t.Extra+more))
	if most, ok := mostBits[name[strings.LastIndexByte(name, '.')+1:]]; ok {
		width = min(width, most)
	}
	return t.Max, width
}

func (b *binder) shifts(name string, n int) []int {
	t := b.q.tensor(name)
	require(len(t.Shifts) == n, "quant.json: tensor %s has %d shifts, not %d", name, len(t.Shifts), n)
	return t.Shifts
}

// fitted is the finest scale at which the range, widened by a quarter, has a code of at
// most 2^width - 1, and that code.
func fitted(largest float64, width int) (exp int, code int64) {
	wide := largest * 1.25
	if !(wide > 0) {
		return -width, 1
	}
	_, e := math.Frexp(wide)
	exp = e - width
	if math.Ceil(math.Ldexp(wide, -exp)) > float64(int64(1)<<width-1) {
		exp++
	}
	return exp, max(1, int64(math.Ceil(math.Ldexp(wide, -exp))))
}

func (b *binder) signed(name string) scale { return b.signedBy(name, 0) }

func (b *binder) signedBy(name string, more int) scale {
	largest, width := b.largest(name, more)
	exp, m := fitted(largest, width-1)
	return scale{exp, -m, m}
}

func (b *binder) unsigned(name string) scale {
	largest, width := b.largest(name, 0)
	exp, m := fitted(largest, width)
	return scale{exp, 0, m}
}

func (b *binder) unit(name string) scale {
	_, width := b.largest(name, 0)
	return scale{-width, 0, int64(1)<<width - 1}
}

// linear is a real map rounded to integers of one scale.
type linear struct {
	rows, cols     int
	coef, constant []int64
	source
}

func (l *linear) row(r int) []int64 { return l.coef[r*l.cols : (r+1)*l.cols] }

// guard is how many bits below half an output step the coefficients' errors of a row, each
// times its largest operand, stay together.
const guard = 2

// formBits bounds forms over free gates.
const formBits = 61

// roundLinear rounds weights, operand i from sources[i], at the coarsest scale that the
// guard allows; out is the output's exponent.
func roundLinear(weights, bias []float64, sources []source, out int) *linear {
	l := &linear{rows: len(weights) / len(sources), cols: len(sources)}
	reach := 1.0
	for _, s := range sources {
		reach += float64(s.max)
	}
	_, log := math.Frexp(reach)
	l.exp = out - guard - log
	for l.exp < out && l.errorAt(weights, bias, sources, l.exp+1) <= math.Ldexp(1, out-1-guard) {
		l.exp++
	}
	for first := l.exp; !l.round(weights, bias, sources); l.exp++ {
		require(l.exp < first+1024, "weights do not fit at any scale")
	}
	return l
}

func (l *linear) errorAt(weights, bias []float64, sources []source, exp int) (worst float64) {
	lost := func(w float64, exp int) float64 {
		x := math.Ldexp(w, -exp)
		return math.Ldexp(math.Abs(x-math.RoundToEven(x)), exp)
	}
	for r := range l.rows {
		sum := 0.0
		if bias != nil {
			sum = lost(bias[r], exp)
		}
		for i, s := range sources {
			sum += float64(lost(weights[r*l.cols+i], exp-s.exp) * math.Ldexp(float64(s.max), s.exp))
		}
		worst = max(worst, sum)
	}
	return worst
}

// round rounds at the scale l.exp, half to even; false if a form could be too wide.
func (l *linear) round(weights, bias []float64, sources []source) bool {
	l.coef, l.constant, l.max, l.wide = make([]int64, len(weights)), make([]int64, l.rows), 0, 0
	for r := range l.rows {
		reach, wide := 0.0, 0.0
		if bias != nil {
			c := math.RoundToEven(math.Ldexp(bias[r], -l.exp))
			if reach, wide = math.Abs(c), math.Abs(c); !(wide < 1<<formBits) {
				return false
			}
			l.constant[r] = int64(c)
		}
		for i, s := range sources {
			k := math.RoundToEven(math.Ldexp(weights[r*l.cols+i], s.exp-l.exp))
			reach += float64(math.Abs(k) * float64(s.max))
			if wide += float64(math.Abs(k) * s.wide); !(wide < 1<<formBits) {
				return false
			}
			l.coef[r*l.cols+i] = int64(k)
		}
		l.max, l.wide = max(l.max, int64(reach)+1), max(l.wide, wide)
	}
	return true
}

// rescaled is a source whose element i is multiplied by 2^k_i: of a finer scale, with
// integer coefficients.
func rescaled(in source, k []int) (source, []int64) {
	least := 0
	for i, x := range k {
		if i == 0 || x < least {
			least = x
		}
	}
	coef := make([]int64, len(k))
	for i, x := range k {
		coef[i] = 1 << (x - least)
	}
	in.exp += least
	return in, coef
}

// summand is part of the residual stream: weight_i times element i of a stage or, with
// a matrix of d rows, Σ_c matrix_ic times element c.
type summand struct {
	source
	*stage
	weight, matrix []float64
	cols           int
}

// stream is the residual stream, not rounded: Σ parts + bias.
type stream struct {
	parts []summand
	bias  []float64
}

func streamOf(s *stage, src source, d int) *stream {
	w := make([]float64, d)
	for i := range w {
		w[i] = 1
	}
	return &stream{[]summand{{source: src, stage: s, weight: w, cols: d}}, make([]float64, d)}
}

// read composes a linear map with the stream.
func (s *stream) read(m *matrix) (weights, bias []float64, sources []source) {
	bias = make([]float64, m.rows)
	for o := range m.rows {
		row := m.w[o*m.cols : (o+1)*m.cols]
		for _, p := range s.parts {
			out := make([]float64, p.cols)
			for i, w := range row {
				if p.matrix == nil {
					out[i] = w * p.weight[i]
					continue
				}
				for c := range out {
					out[c] += float64(w * p.matrix[i*p.cols+c])
				}
			}
			weights = append(weights, out...)
		}
		for i, w := range row {
			bias[o] += float64(w * s.bias[i])
		}
		if m.bias != nil {
			bias[o] += m.bias[o]
		}
	}
	for _, p := range s.parts {
		sources = append(sources, repeat(p.source, p.cols)...)
	}
	return weights, bias, sources
}

// own are weights of channel i's own elements alone.
func (s *stream) own(scale func(i int) float64) (weights, bias []float64, sources []source) {
	for i := range s.bias {
		for _, p := range s.parts {
			weights = append(weights, float64(scale(i)*p.weight[i]))
		}
		bias = append(bias, float64(scale(i)*s.bias[i]))
	}
	for _, p := range s.parts {
		sources = append(sources, p.source)
	}
	return weights, bias, sources
}
