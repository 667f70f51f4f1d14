package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"tc0/theory/ssm"
)

// Config is the shape of a model that does not exist yet. A size that an architecture
// does not have must be 0; one that it has may be 0 for the value in brackets.
type Config struct {
	Arch   string `json:"arch"`   // one of Architectures
	Vocab  int    `json:"vocab"`  // tokens, which are also the labels
	Width  int    `json:"width"`  // of the residual stream, or of an RNN's or LSTM's embedding [64]
	Layers int    `json:"layers"` // [1]

	State     int  `json:"state,omitempty"`      // mamba, s4d [16]: of a channel; ids4, ids4-product [32]
	Hidden    int  `json:"hidden,omitempty"`     // rnn, rnn-relu, lstm [128]
	Heads     int  `json:"heads,omitempty"`      // transformer [4]
	FF        int  `json:"ff,omitempty"`         // transformer [4·Width]: of the feed-forward networks
	MaxLength int  `json:"max_length,omitempty"` // transformer [512]: of the table of positions
	Tied      bool `json:"tied,omitempty"`       // mamba: the head is the embedding
}

// Architectures are the values of Config.Arch: the families of [ssm] that can be
// trained, and rnn-relu, which is the family rnn with ReLU instead of tanh.
var Architectures = []string{
	ssm.FamilyMamba, ssm.FamilyS4D, ssm.FamilyTransformer, ssm.FamilyRNN, "rnn-relu", ssm.FamilyLSTM,
	ssm.FamilyIDS4, ssm.FamilyIDS4Product,
}

const usualWidth = 64

// maxSize bounds every size, so that products of them do not overflow.
const maxSize = 1 << 20

// maxParameters is 1 GiB of numbers, and training keeps four times as many.
const maxParameters = 1 << 28

// mostParameters is a bound on the number of parameters, at most sixteen times as large for usual shapes.
func (c Config) mostParameters() float64 {
	widest := float64(max(c.Width, c.Hidden, c.FF))
	state := 8 * float64(c.State)
	if c.Arch == ssm.FamilyIDS4 || c.Arch == ssm.FamilyIDS4Product {
		state = float64(c.State+4) * float64(c.State+4)
	}
	layer := widest*(8*widest+16) + float64(c.Width)*state
	return float64(c.Layers)*layer + 2*widest*float64(c.Vocab) + float64(c.MaxLength)*float64(c.Width)
}

// Complete fills in the values in brackets and says what does not fit.
func (c Config) Complete() (Config, error) {
	if !slices.Contains(Architectures, c.Arch) {
		return c, fmt.Errorf("architecture %q is not known: use one of %s", c.Arch, strings.Join(Architectures, ", "))
	}
	sizes := c.sizes()
	for _, s := range sizes {
		switch {
		case !s.used && *s.value != 0:
			return c, fmt.Errorf("%s %d: %s has no such size: leave it out", s.name, *s.value, c.Arch)
		case s.used && *s.value == 0:
			*s.value = s.usual
		}
		if s.used && (*s.value < 1 || *s.value > maxSize) {
			return c, fmt.Errorf("%s %d: expected 1 to %d", s.name, *s.value, maxSize)
		}
	}
	switch {
	case c.Arch == ssm.FamilyTransformer && c.Width%c.Heads != 0:
		return c, fmt.Errorf("width %d is not a multiple of %d heads", c.Width, c.Heads)
	case c.Arch == ssm.FamilyTransformer && c.Width%2 != 0:
		return c, fmt.Errorf("width %d is odd: positions need pairs of a sine and a cosine", c.Width)
	case c.Arch == ssm.FamilyS4D && c.State%2 != 0:
		return c, fmt.Errorf("state %d is odd: S4D has pairs of conjugate modes", c.State)
	case c.mostParameters() > maxParameters:
		return c, fmt.Errorf("a model of these sizes may have %.3g parameters: expected at most %.3g: use smaller sizes", c.mostParameters(), float64(maxParameters))
	case c.Tied && c.Arch != ssm.FamilyMamba:
		return c, fmt.Errorf("tied: %s has a head of its own: leave it out", c.Arch)
	}
	return c, nil
}

// A size is an entry of a Config.
type size struct {
	name  string
	value *int
	used  bool
	usual int
}

func (c *Config) sizes() []size {
	is := func(names ...string) bool { return slices.Contains(names, c.Arch) }
	recurrent, transformer := is(ssm.FamilyRNN, "rnn-relu", ssm.FamilyLSTM), is(ssm.FamilyTransformer)
	state, matrix := is(ssm.FamilyMamba, ssm.FamilyS4D), is(ssm.FamilyIDS4, ssm.FamilyIDS4Product)
	usualState := 16
	if matrix {
		usualState = 32
	}
	width := c.Width
	if width == 0 {
		width = usualWidth
	}
	return []size{
		{"vocab", &c.Vocab, true, 0},
		{"width", &c.Width, true, usualWidth},
		{"layers", &c.Layers, true, 1},
		{"state", &c.State, state || matrix, usualState},
		{"hidden", &c.Hidden, recurrent, 128},
		{"heads", &c.Heads, transformer, 4},
		{"ff", &c.FF, transformer, 4 * width},
		{"max_length", &c.MaxLength, transformer, 512},
	}
}

// Fresh is a model of the given shape with random weights, all of them float32 numbers.
// The same shape and seed give the same weights.
//
// Linear maps and recurrent networks start as torch's do, Mamba and S4D as their
// authors' code does (arXiv 2312.00752, 2206.11893), embeddings from N(0, 1). IDS4 starts
// as the paper says, with A0 the identity and A near 0, so that the transition is I plus
// noise; its deviation, which the paper does not give, is 1/(2√n) per entry for an input
// of unit variance.
func Fresh(c Config, seed uint64) (*ssm.Model, error) {
	c, err := c.Complete()
	if err != nil {
		return nil, err
	}
	f := &fresh{c, rand.New(rand.NewPCG(seed, 0x746330))}
	m := &ssm.Model{
		Family: strings.TrimSuffix(c.Arch, "-relu"), Vocab: c.Vocab, DModel: c.Width,
		Embedding: f.normal(1, c.Vocab*c.Width), Tied: c.Tied,
	}
	width := c.Width
	for i := range c.Layers {
		var block ssm.Block
		block, width = f.block(i, width)
		m.Blocks = append(m.Blocks, block)
	}
	switch c.Arch {
	case ssm.FamilyMamba:
		m.FinalNorm = &ssm.Norm{Kind: ssm.RMSNorm, Weight: f.constant(1, width), Eps: 1e-5}
	case ssm.FamilyTransformer:
		norm := f.layerNorm(width)
		m.FinalNorm, m.Positions = &norm, sinusoids(c.MaxLength, c.Width)
	}
	m.Head = f.linear(c.Vocab, width, c.Arch != ssm.FamilyMamba)
	if c.Tied {
		m.Head.Weight = m.Embedding
	}
	return m, m.Validate()
}

// fresh draws the weights of a model.
type fresh struct {
	Config
	r *rand.Rand
}

func (f *fresh) block(i, in int) (block ssm.Block, width int) {
	d := f.Width
	switch f.Arch {
	case ssm.FamilyMamba:
		return f.mamba(), d
	case ssm.FamilyS4D:
		return f.s4d(), d
	case ssm.FamilyTransformer:
		return f.transformer(), d
	case ssm.FamilyLSTM:
		input, recurrent := f.gates(4, in)
		return &ssm.LSTM{DIn: in, DHidden: f.Hidden, Input: input, Recurrent: recurrent}, f.Hidden
	case ssm.FamilyIDS4:
		return f.ids4(), d
	case ssm.FamilyIDS4Product:
		return f.ids4Product(), d
	}
	activation := ssm.Tanh
	if f.Arch == "rnn-relu" {
		activation = ssm.ReLU
	}
	input, recurrent := f.gates(1, in)
	return &ssm.RNN{DIn: in, DHidden: f.Hidden, Activation: activation, Input: input, Recurrent: recurrent}, f.Hidden
}

func (f *fresh) mamba() *ssm.Mamba {
	d, n, e, k := f.Width, f.State, 2*f.Width, 4
	r := (d + 15) / 16
	m := &ssm.Mamba{
		Norm:   ssm.Norm{Kind: ssm.RMSNorm, Weight: f.constant(1, d), Eps: 1e-5},
		DModel: d, DInner: e, DState: n, DConv: k, DtRank: r,
		InProj:     f.linear(2*e, d, false),
		ConvWeight: f.uniform(1/math.Sqrt(float64(k)), e*k),
		ConvBias:   f.uniform(1/math.Sqrt(float64(k)), e),
		XProj:      f.linear(r+2*n, e, false),
		DtProj:     ssm.Linear{Out: e, In: r, Weight: f.uniform(1/math.Sqrt(float64(r)), e*r)},
		D:          f.constant(1, e),
		OutProj:    f.linear(d, e, false),
	}
	m.DtProj.Bias = f.fill(e, func(int) float64 { // softplus of it is log-uniform
		dt := math.Exp(f.between(math.Log(1e-3), math.Log(1e-1)))
		return dt + math.Log(-math.Expm1(-dt))
	})
	m.ALog = f.fill(e*n, func(i int) float64 { return math.Log(float64(i%n + 1)) })
	depth := math.Sqrt(float64(f.Layers))
	for i, v := range m.OutProj.Weight {
		m.OutProj.Weight[i] = round(v / depth)
	}
	return m
}

func (f *fresh) s4d() *ssm.S4D {
	d, modes := f.Width, f.State/2
	half := math.Sqrt(0.5)
	return &ssm.S4D{
		Norm: f.layerNorm(d), DModel: d, DState: f.State, Modes: modes,
		LogDt:    f.fill(d, func(int) float64 { return f.between(math.Log(1e-3), math.Log(1e-1)) }),
		LogAReal: f.constant(math.Log(0.5), d*modes),
		AImag:    f.fill(d*modes, func(i int) float64 { return math.Pi * float64(i%modes) }),
		CRe:      f.normal(half, d*modes),
		CIm:      f.normal(half, d*modes),
		D:        f.normal(1, d),
		Output:   f.linear(2*d, d, true),
	}
}

func (f *fresh) transformer() *ssm.Transformer {
	d := f.Width
	return &ssm.Transformer{
		DModel: d, Heads: f.Heads, DFF: f.FF, Activation: ssm.GELU, NormFirst: true,
		InProj:  ssm.Linear{Out: 3 * d, In: d, Weight: f.uniform(math.Sqrt(6/float64(4*d)), 3*d*d), Bias: f.constant(0, 3*d)},
		OutProj: ssm.Linear{Out: d, In: d, Weight: f.linear(d, d, false).Weight, Bias: f.constant(0, d)},
		Norm1:   f.layerNorm(d), Norm2: f.layerNorm(d),
		First: f.linear(f.FF, d, true), Second: f.linear(d, f.FF, true),
	}
}

// gates are the maps of a recurrent layer, all weights and biases within 1/√hidden.
func (f *fresh) gates(gates, in int) (input, recurrent ssm.Linear) {
	h := f.Hidden
	bound, out := 1/math.Sqrt(float64(h)), gates*h
	draw := func(in int) ssm.Linear {
		return ssm.Linear{Out: out, In: in, Weight: f.uniform(bound, out*in), Bias: f.uniform(bound, out)}
	}
	return draw(in), draw(h)
}

func (f *fresh) ids4() *ssm.IDS4 {
	d, n := f.Width, f.State
	norm := f.layerNorm(d)
	return &ssm.IDS4{
		Residual: ssm.Residual{Norm: &norm, PreNorm: true}, DModel: d, DState: n,
		A0: f.fill(n*n, func(i int) float64 {
			if i%(n+1) == 0 {
				return 1
			}
			return 0
		}),
		A: f.normal(0.5/math.Sqrt(float64(d*n)), d*n*n),
		B: f.linear(n, d, false),
		C: f.linear(d, n, true),
		D: f.linear(d, d, true),
	}
}

func (f *fresh) ids4Product() *ssm.IDS4Product {
	d, n := f.Width, f.State
	norm := f.layerNorm(d)
	deviation := 1 / math.Sqrt(float64(n))
	return &ssm.IDS4Product{
		Residual: ssm.Residual{Norm: &norm}, DModel: d, DState: n,
		A: f.fill(d*n*n, func(i int) float64 {
			v := deviation * f.r.NormFloat64()
			if i%(n*n)%(n+1) == 0 {
				v++
			}
			return v
		}),
		Proj: f.linear(1, n, true),
		C:    f.linear(d, n, true),
		D:    f.linear(d, d, true),
	}
}

func (f *fresh) linear(out, in int, bias bool) ssm.Linear {
	bound := 1 / math.Sqrt(float64(in))
	l := ssm.Linear{Out: out, In: in, Weight: f.uniform(bound, out*in)}
	if bias {
		l.Bias = f.uniform(bound, out)
	}
	return l
}

func (f *fresh) layerNorm(d int) ssm.Norm {
	return ssm.Norm{Kind: ssm.LayerNorm, Weight: f.constant(1, d), Bias: f.constant(0, d), Eps: 1e-5}
}

// fill makes n numbers, rounded to float32.
func (f *fresh) fill(n int, at func(i int) float64) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = round(at(i))
	}
	return values
}

func round(v float64) float64 { return float64(float32(v)) }

func (f *fresh) between(lo, hi float64) float64 { return lo + (hi-lo)*f.r.Float64() }

func (f *fresh) uniform(bound float64, n int) []float64 {
	return f.fill(n, func(int) float64 { return f.between(-bound, bound) })
}

func (f *fresh) normal(deviation float64, n int) []float64 {
	return f.fill(n, func(int) float64 { return deviation * f.r.NormFloat64() })
}

func (f *fresh) constant(v float64, n int) []float64 {
	return f.fill(n, func(int) float64 { return v })
}

// sinusoids is the table of positions of arXiv 1706.03762, section 3.5.
func sinusoids(length, d int) []float64 {
	table := make([]float64, length*d)
	for i := range table {
		t, j := i/d, i%d
		angle := float64(t) * math.Exp(-float64(j&^1)*math.Log(10000)/float64(d))
		if j%2 == 0 {
			table[i] = round(math.Sin(angle))
		} else {
			table[i] = round(math.Cos(angle))
		}
	}
	return table
}
