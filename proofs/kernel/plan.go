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

// source is that of the codes: |lo| and the largest number of bits.Len(hi-lo) bits.
func (s scale) source() source {
	span := float64(int64(1)<<bits.Len64(uint64(s.hi-s.lo)) - 1)
	return source{s.exp, max(s.hi, -s.lo), math.Abs(float64(s.lo)) + span}
}

// productOf is the source of products of codes.
func productOf(xs ...*stage) source {
	p, rest := source{max: 1, wide: 1}, 2*float64(len(xs))
	for _, x := range xs {
		s := x.scale()
		o := s.source()
		p.exp, p.max, p.wide, rest = p.exp+o.exp, times(p.max, o.max), p.wide*o.wide, rest*math.Abs(float64(s.lo))
	}
	p.wide += rest
	return p
}

// sourcesOf are those of all elements of some stages.
func sourcesOf(xs ...*stage) (all []source) {
	for _, x := range xs {
		all = append(all, repeat(x.source, x.rows)...)
	}
	return all
}

func repeat(s source, n int) []source { return slices.Repeat([]source{s}, n) }

// mostBits are the most bits of tensors whose products are summed with real weights.
var mostBits = map[string]int{"value": 18, "y": 20, "norm": 18, "gate": 18, "centre": 18}

// tensor is a tensor of quant.json, and how many bits its codes have.
func (b *binder) tensor(name string, more int) (t *tensor, width int) {
	i := slices.IndexFunc(b.quant.Tensors, func(t tensor) bool { return t.Name == name })
	require(i >= 0, "quant.json: has no tensor %s", name)
	t = &b.quant.Tensors[i]
	width = max(2, min(24, b.semantics.Bits+t.Extra+more))
	if most, ok := mostBits[name[strings.LastIndexByte(name, '.')+1:]]; ok {
		width = min(width, most)
	}
	return t, width
}

func (b *binder) shifts(name string, n int) []int {
	t, _ := b.tensor(name, 0)
	require(len(t.Shifts) == n, "quant.json: tensor %s has %d shifts, not %d", name, len(t.Shifts), n)
	return t.Shifts
}

// fitted is the finest scale at which the range of a tensor, widened by a quarter, has a code of
// at most 2^w - 1, and that code; w is its width without a sign.
func (b *binder) fitted(name string, more, sign int) (exp int, code int64) {
	t, width := b.tensor(name, more)
	width -= sign
	wide := t.Max * 1.25
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

func (b *binder) signed(name string) scale {
	exp, code := b.fitted(name, 0, 1)
	return scale{exp, -code, code}
}

func (b *binder) unsigned(name string) scale {
	exp, code := b.fitted(name, 0, 0)
	return scale{exp, 0, code}
}

// unit is the scale of values below 1.
func (b *binder) unit(name string) scale {
	_, width := b.tensor(name, 0)
	return scale{-width, 0, int64(1)<<width - 1}
}

// linear is a real map rounded to integers of one scale.
type linear struct {
	rows, cols     int
	coef, constant []int64
	source
	lost float64 // the most that the coefficients' errors of a row, each times its largest operand, add up to
	fits bool    // no form is too wide
}

func (l *linear) row(r int) []int64 { return l.coef[r*l.cols : (r+1)*l.cols] }

// guard is how many bits below half an output step the errors stay together.
const guard = 2

// formBits bounds forms over free gates.
const formBits = 61

// roundLinear rounds weights, operand i from sources[i], at the coarsest scale that the
// guard allows; out is the output's exponent.
func roundLinear(weights, bias []float64, sources []source, out int) *linear {
	reach := 1.0
	for _, s := range sources {
		reach += float64(s.max)
	}
	_, log := math.Frexp(reach)
	l := round(weights, bias, sources, out-guard-log)
	for l.exp < out {
		coarser := round(weights, bias, sources, l.exp+1)
		if !(coarser.lost <= math.Ldexp(1, out-1-guard)) {
			break
		}
		l = coarser
	}
	for most := l.exp + 1024; !l.fits; l = round(weights, bias, sources, l.exp+1) {
		require(l.exp < most, "weights do not fit at any scale")
	}
	return l
}

// round rounds at a scale, half to even.
func round(weights, bias []float64, sources []source, exp int) *linear {
	rows, cols := len(weights)/len(sources), len(sources)
	l := &linear{rows: rows, cols: cols, source: source{exp: exp}, fits: true}
	l.coef, l.constant = make([]int64, rows*cols), make([]int64, rows)
	for r := range rows {
		lost, reach, wide := 0.0, 0.0, 0.0
		add := func(w float64, s source, to *int64) {
			x := math.Ldexp(w, s.exp-exp)
			k := math.RoundToEven(x)
			lost += float64(math.Ldexp(math.Abs(x-k), exp-s.exp) * math.Ldexp(float64(s.max), s.exp))
			reach += float64(math.Abs(k) * float64(s.max))
			if wide += float64(math.Abs(k) * s.wide); wide < 1<<formBits {
				*to = int64(k)
			} else {
				l.fits = false
			}
		}
		if bias != nil {
			add(bias[r], source{max: 1, wide: 1}, &l.constant[r])
		}
		for i, s := range sources {
			add(weights[r*cols+i], s, &l.coef[r*cols+i])
		}
		l.lost, l.wide = max(l.lost, lost), max(l.wide, wide)
		if l.fits {
			l.max = max(l.max, int64(reach)+1)
		}
	}
	return l
}

// rescaled is a scale fine enough for elements of this one times 2^k_i, and their coefficients.
func rescaled(exp int, k []int) (int, []int64) {
	least := slices.Min(k)
	coef := make([]int64, len(k))
	for i, x := range k {
		coef[i] = 1 << (x - least)
	}
	return exp + least, coef
}

// summand is part of the residual stream: Σ_c matrix_ic times element c of a stage.
type summand struct {
	*stage
	matrix []float64
}

// stream is the residual stream of d elements, not rounded: Σ parts + bias.
type stream struct {
	parts []summand
	bias  []float64
}

// streamOf has one part, element i times weights[i] or, without weights, as it is.
func streamOf(x *stage, weights, bias []float64) *stream {
	if bias == nil {
		bias = make([]float64, x.rows)
	}
	return &stream{[]summand{{x, diagonal(x.rows, weights)}}, bias}
}

// diagonal is a matrix with these weights, or ones.
func diagonal(rows int, weights []float64) []float64 {
	matrix := make([]float64, rows*rows)
	for i := range rows {
		matrix[i*rows+i] = 1
		if weights != nil {
			matrix[i*rows+i] = weights[i]
		}
	}
	return matrix
}

// stages are those that the stream reads.
func (s *stream) stages() (xs []*stage) {
	for _, p := range s.parts {
		xs = append(xs, p.stage)
	}
	return xs
}

// read composes a linear map with the stream.
func (s *stream) read(m *matrix) (weights, bias []float64) {
	bias = make([]float64, m.rows)
	for o := range m.rows {
		row := m.w[o*m.cols : (o+1)*m.cols]
		for _, p := range s.parts {
			out := make([]float64, p.rows)
			for i, w := range row {
				for c := range out {
					out[c] += float64(w * p.matrix[i*p.rows+c])
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
	return weights, bias
}

// own are weights of channel i's own elements alone, one of each part.
func (s *stream) own(scale func(i int) float64) (weights, bias []float64, sources []source) {
	for i := range s.bias {
		for _, p := range s.parts {
			weights = append(weights, float64(scale(i)*p.matrix[i*p.rows+i]))
		}
		bias = append(bias, float64(scale(i)*s.bias[i]))
	}
	for _, p := range s.parts {
		sources = append(sources, p.source)
	}
	return weights, bias, sources
}
