package ssm

import (
	"fmt"
	"math"
	"strings"
)

// Transformer is one layer of a causal transformer encoder: Vaswani et al. 2017,
// "Attention Is All You Need", arXiv 1706.03762, as in torch.nn.TransformerEncoderLayer
// with a causal mask. With d = DModel, m = Heads, w = d/m, f = DFF, position t of the
// stream x:
//
//	(q, k, v)_t = InProj u_t                                     lengths d, d, d, cut into m heads of w
//	a_tj        = softmax over j <= t of q_t . k_j / sqrt(w)     for each head
//	att(u)_t    = OutProj (sum_{j<=t} a_tj v_j)                  heads side by side
//	ff(u)       = Second Activation(First u)
//	NormFirst:  x <- x + att(Norm1(x));  x <- x + ff(Norm2(x))
//	otherwise:  x <- Norm1(x + att(x));  x <- Norm2(x + ff(x))
//
// Attention reads all positions before, so it is one function in both forms.
//
// Probe names and lengths: block_in[d]; query[d], key[d], value[d]; weights[m*(t+1)]
// (a_tj, one row for each head); attention[d] (after OutProj); ff_hidden[f] (after the
// activation), ff_out[d]; norm1_centred[d], norm1_scale[1], norm1_out[d] and the same
// with norm2; block_out[d].
type Transformer struct {
	DModel, Heads, DFF int
	Activation         Activation // GELU or ReLU
	NormFirst          bool

	InProj        Linear // 3d x d, rows in the order q, k, v, with bias
	OutProj       Linear // d x d, with bias
	Norm1, Norm2  Norm
	First, Second Linear // f x d and d x f, with bias
}

func (l *Transformer) run(xs [][]float64, _ Form, emit emitFunc) [][]float64 {
	return recur(l, xs, emit)
}

func (l *Transformer) start() cell { return &transformerCell{Transformer: l} }

// transformerCell keeps the keys and values of all positions read.
type transformerCell struct {
	*Transformer
	keys, values [][]float64
}

func (c *transformerCell) step(x []float64, t int, emit emitFunc) []float64 {
	emit("block_in", t, x)
	x = c.around(&c.Norm1, x, t, renamed(emit, "norm1_"), func(u []float64) []float64 { return c.attend(u, t, emit) })
	x = c.around(&c.Norm2, x, t, renamed(emit, "norm2_"), func(u []float64) []float64 { return c.feed(u, t, emit) })
	emit("block_out", t, x)
	return x
}

// around is the residual sum with the norm before or after.
func (l *Transformer) around(norm *Norm, x []float64, t int, emit emitFunc, mix func([]float64) []float64) []float64 {
	if l.NormFirst {
		return add(x, mix(norm.apply(x, t, emit)))
	}
	return norm.apply(add(x, mix(x)), t, emit)
}

// renamed gives the values of one of two norms names of their own.
func renamed(emit emitFunc, prefix string) emitFunc {
	return func(name string, t int, value []float64) { emit(prefix+strings.TrimPrefix(name, "norm_"), t, value) }
}

// attend is the causal self-attention of one position.
func (c *transformerCell) attend(u []float64, t int, emit emitFunc) []float64 {
	d, w := c.DModel, c.DModel/c.Heads
	qkv := c.InProj.apply(u)
	query := qkv[:d]
	c.keys, c.values = append(c.keys, qkv[d:2*d]), append(c.values, qkv[2*d:])
	mixed, all := make([]float64, d), make([]float64, 0, c.Heads*len(c.keys))
	for at := 0; at < d; at += w {
		scores := make([]float64, len(c.keys))
		for j, key := range c.keys {
			scores[j] = dot(query[at:at+w], key[at:at+w]) / math.Sqrt(float64(w))
		}
		weights := softmax(scores)
		for j, value := range c.values {
			for i := at; i < at+w; i++ {
				mixed[i] += float64(weights[j] * value[i])
			}
		}
		all = append(all, weights...)
	}
	out := c.OutProj.apply(mixed)
	emit("query", t, query)
	emit("key", t, c.keys[len(c.keys)-1])
	emit("value", t, c.values[len(c.values)-1])
	emit("weights", t, all)
	emit("attention", t, out)
	return out
}

// feed is the feed-forward network of one position.
func (l *Transformer) feed(u []float64, t int, emit emitFunc) []float64 {
	hidden := apply(l.Activation.of, l.First.apply(u))
	out := l.Second.apply(hidden)
	emit("ff_hidden", t, hidden)
	emit("ff_out", t, out)
	return out
}

func (l *Transformer) width() int { return l.DModel }

func (l *Transformer) validate(name string, width int) error {
	if err := checkModelSizes(name, width, l.DModel, l.DFF); err != nil {
		return err
	}
	if l.Heads <= 0 || l.DModel%l.Heads != 0 {
		return fmt.Errorf("%s.Heads is %d, expected a divisor of DModel %d", name, l.Heads, l.DModel)
	}
	if l.Activation != GELU && l.Activation != ReLU {
		return fmt.Errorf("%s.Activation is %q, expected %q or %q", name, l.Activation, GELU, ReLU)
	}
	d, f := l.DModel, l.DFF
	return firstError(
		l.InProj.validateBiased(name+".InProj", 3*d, d),
		l.OutProj.validateBiased(name+".OutProj", d, d),
		l.Norm1.validate(name+".Norm1", d),
		l.Norm2.validate(name+".Norm2", d),
		l.First.validateBiased(name+".First", f, d),
		l.Second.validateBiased(name+".Second", d, f))
}
