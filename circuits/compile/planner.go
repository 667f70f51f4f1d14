package compile

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tc0/circuits/gadget"
)

// planner makes the integers of a model from its quantisation.
type planner struct {
	q       *Quant
	bits    int
	length  int
	err     error
	report  []Finding
	weights law // of the largest weight of every gate planned
}

// Finding is something about the quantisation that a user should know.
type Finding struct {
	Stage string `json:"stage"`
	Text  string `json:"text"`
}

func (p *planner) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// signed, unsigned and unit are the scale of a calibrated tensor.
func (p *planner) signed(name string) scale   { return p.scale(name, 0, signedScale) }
func (p *planner) unsigned(name string) scale { return p.scale(name, 0, unsignedScale) }
func (p *planner) unit(name string) scale     { return p.scale(name, 0, unitScale) }

// mostBits bounds the bits of tensors whose products are summed with real
// coefficients: value·norm, centre·norm and y·gate. A form has [formBits], of which
// some eight go to the sum: the more bits the product takes, the fewer are left
// for the coefficients, so there are precisions beyond which more bits lose accuracy.
var mostBits = map[string]int{"value": 18, "y": 20, "norm": 18, "gate": 18, "centre": 18}

// leastBits is the fewest bits of a tensor.
const leastBits = 2

func (p *planner) scale(name string, more int, of func(float64, int) scale) scale {
	t, err := p.q.tensor(name)
	if err != nil {
		p.fail(err)
		return scale{hi: 1}
	}
	bits := max(leastBits, min(MaxBits, p.bits+t.Extra+more))
	if most, ok := mostBits[name[strings.LastIndexByte(name, '.')+1:]]; ok {
		bits = min(bits, most)
	}
	s := of(t.Max, bits)
	s.extra = t.Extra + more
	s.fine.offset += float64(s.extra)
	return s
}

// shifts are the exponents of a tensor's n elements.
func (p *planner) shifts(name string, n int) []int {
	t, err := p.q.tensor(name)
	if err == nil && len(t.Shifts) != n {
		err = fmt.Errorf("tensor %q of the quantisation has %d shifts, expected %d", name, len(t.Shifts), n)
	}
	if err != nil {
		p.fail(err)
		return make([]int, n)
	}
	return t.Shifts
}

// rescaled is a source times 2^k_i for the elements i of a tensor: a source of finer
// scale and integer coefficients.
func rescaled(in source, k []int) (source, []int64) {
	least, most := slices.Min(k), slices.Max(k)
	coef := make([]int64, len(k))
	for i, x := range k {
		coef[i] = 1 << (x - least)
	}
	in.exp += least
	in.fine.offset -= float64(least)
	in.size = in.size.scaled(math.Ldexp(1, most-least))
	return in, coef
}

// quantity plans the tensor of scale s that kind rounds into from forms with source
// in, divided by den.
func (p *planner) quantity(name string, kind gadget.Kind, in source, den int64, s scale, eps float64) *quantity {
	p.weigh(in.size.or(in.fine.scaled(float64(den) * (2*s.largest + tail))))
	nothing := &quantity{scale: s, steps: gadget.Steps{Values: []int64{0}}}
	if p.err != nil {
		return nothing
	}
	q, err := newQuantity(kind, in.exp, den, s, eps)
	if err != nil {
		p.fail(fmt.Errorf("%s: %w", name, err))
		return nothing
	}
	return q
}

// tail bounds the arguments at which the functions that approach a limit pass
// their last border: exp(-tail) is far below half a step of 24 bits.
const tail = 64

// weigh notes a bound of what gates of a step read: the range of its form and its
// change points. A gate's weight on another is at most twice the form's range, and
// on a higher digit the difference of two change points.
func (p *planner) weigh(reach law) { p.weights = p.weights.or(reach.scaled(2)) }

// linear rounds a matrix for an output of scale out, and reports what the rounding
// lost.
func (p *planner) linear(name string, weights, bias []float64, sources []source, out scale) *linear {
	l := roundLinear(weights, bias, sources, out.exp, out.fine)
	p.weigh(l.size)
	p.vanished(name, l.vanished, len(weights))
	if l.coarse {
		p.coarse(name, l.exp)
	}
	return l
}

// vanished reports how many coefficients other than 0 are rounded to 0.
func (p *planner) vanished(name string, count, all int) {
	if count > 0 {
		p.report = append(p.report, Finding{name, fmt.Sprintf("%d of %d non-zero coefficients vanish at this precision", count, all)})
	}
}

// coarse reports that coefficients are rounded more than the output's scale asks for.
func (p *planner) coarse(name string, exp int) {
	p.report = append(p.report, Finding{name, fmt.Sprintf("coefficients rounded to 2^%d only, to keep the form within %d bits", exp, formBits)})
}

// errTooWide says that a form does not fit; fewer bits help.
func errTooWide(name string) error {
	return fmt.Errorf("%s: forms would exceed %d bits; use fewer bits", name, formBits)
}
