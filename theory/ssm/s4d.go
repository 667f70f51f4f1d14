package ssm

import "math"

// S4D is one residual block with a diagonal, time-invariant state-space layer:
// Gu, Gupta, Goel, Re 2022, "On the Parameterization and Initialization of Diagonal
// State Space Models", arXiv 2206.11893, section 3 (the complex
// variant with real output, zero-order hold, B fixed to 1). Per channel, with
// N = Modes complex modes, each standing for a conjugate pair (hence the factor 2):
//
//	dt    = exp(LogDt);  a_m = -exp(LogAReal_m) + i AImag_m;  c_m = CRe_m + i CIm_m
//	h_m,t = exp(a_m dt) h_m,t-1 + (exp(a_m dt) - 1)/a_m * u_t,  h_m,-1 = 0      (Recurrent)
//	y_t   = 2 Re(sum_m c_m h_m,t) + D u_t
//	K_l   = 2 Re(sum_m c_m (exp(a_m dt) - 1)/a_m exp(a_m dt l))
//	y_t   = sum_{l<=t} K_l u_{t-l} + D u_t                                      (Convolution)
//
// and across channels, with d = DModel and GELU in its exact form:
//
//	g = GELU(y);  (p, q) = Output g;  out = p * sigmoid(q)
//	PreNorm: x <- x + out(Norm(x));  otherwise x <- Norm(x + out(x))
//
// Probe names and lengths: block_in[d]; scan[d] (y); gelu[d] (g); glu_value[d] (p);
// glu_gate[d] (sigmoid(q)); mixer_out[d] (out); residual[d] (x + out before the
// norm; only without PreNorm, where it differs from block_out); norm_centred[d],
// norm_scale[1], norm_out[d]; block_out[d].
type S4D struct {
	Norm    Norm
	PreNorm bool

	DModel int
	DState int // size of the real state of a channel, 2*Modes
	Modes  int

	LogDt           []float64 // DModel
	LogAReal, AImag []float64 // DModel x Modes
	CRe, CIm        []float64 // DModel x Modes
	D               []float64 // DModel
	Output          Linear    // 2*DModel x DModel, the value half first
}

// discretise returns a*dt, the pole exp(a*dt) and the input gain (pole-1)/a of
// one mode of a channel.
func (s *S4D) discretise(channel, mode int) (exponent, pole, gain complex128) {
	at := channel*s.Modes + mode
	dt := math.Exp(s.LogDt[channel])
	a := complex(-math.Exp(s.LogAReal[at]), s.AImag[at])
	exponent = complex(float64(real(a)*dt), float64(imag(a)*dt))
	pole = cexp(exponent)
	return exponent, pole, cdiv(complex(real(pole)-1, imag(pole)), a)
}

// Kernel returns the convolution kernel K, row-major DModel x length, without the
// skip term D. It returns nil when length is not positive.
func (s *S4D) Kernel(length int) []float64 {
	if length <= 0 {
		return nil
	}
	kernel := make([]float64, s.DModel*length)
	for i := range s.DModel {
		row := kernel[i*length : (i+1)*length]
		for m := range s.Modes {
			exponent, _, gain := s.discretise(i, m)
			weight := cmul(s.c(i, m), gain)
			for l := range row {
				power := cexp(complex(float64(real(exponent)*float64(l)), float64(imag(exponent)*float64(l))))
				row[l] += 2 * real(cmul(weight, power))
			}
		}
	}
	return kernel
}

// c is the output coefficient of one mode.
func (s *S4D) c(channel, mode int) complex128 {
	at := channel*s.Modes + mode
	return complex(s.CRe[at], s.CIm[at])
}

func (s *S4D) run(xs [][]float64, form Form, emit emitFunc) [][]float64 {
	us := xs
	for t, x := range xs {
		emit("block_in", t, x)
	}
	if s.PreNorm {
		us = s.Norm.run(xs, emit)
	}
	scan := s.recur
	if form == Convolution {
		scan = s.convolve
	}
	out := make([][]float64, len(xs))
	for t, y := range scan(us) {
		out[t] = s.finish(xs[t], y, t, emit)
	}
	return out
}

// finish mixes the channels and adds the residual.
func (s *S4D) finish(x, y []float64, t int, emit emitFunc) []float64 {
	emit("scan", t, y)
	out := add(x, s.mix(y, t, emit))
	if !s.PreNorm {
		emit("residual", t, out)
		out = s.Norm.apply(out, t, emit)
	}
	emit("block_out", t, out)
	return out
}

// mix applies GELU and the gated linear unit to one position.
func (s *S4D) mix(y []float64, t int, emit emitFunc) []float64 {
	g := apply(gelu, y)
	pq := s.Output.apply(g)
	value, gate := pq[:s.DModel], apply(sigmoid, pq[s.DModel:])
	out := multiply(value, gate)
	emit("gelu", t, g)
	emit("glu_value", t, value)
	emit("glu_gate", t, gate)
	emit("mixer_out", t, out)
	return out
}

// convolve computes y for every position with the kernel, l = 0 first.
func (s *S4D) convolve(us [][]float64) [][]float64 {
	kernel := s.Kernel(len(us))
	ys := make([][]float64, len(us))
	for t, u := range us {
		ys[t] = make([]float64, s.DModel)
		for i := range s.DModel {
			row, sum := kernel[i*len(us):], 0.0
			for l := range t + 1 {
				sum += float64(row[l] * us[t-l][i])
			}
			ys[t][i] = sum + float64(s.D[i]*u[i])
		}
	}
	return ys
}

// recur computes y for every position from the state of the one before.
func (s *S4D) recur(us [][]float64) [][]float64 {
	c := s.cell()
	ys := make([][]float64, len(us))
	for t, u := range us {
		ys[t] = c.scan(u)
	}
	return ys
}

func (s *S4D) width() int { return s.DModel }

func (s *S4D) start() cell { return s.cell() }

// s4dCell holds the poles, the gains and the state, all DModel x Modes.
type s4dCell struct {
	*S4D
	pole, gain, h []complex128
}

func (s *S4D) cell() *s4dCell {
	c := &s4dCell{S4D: s, h: make([]complex128, s.DModel*s.Modes)}
	for i := range s.DModel {
		for m := range s.Modes {
			_, pole, gain := s.discretise(i, m)
			c.pole, c.gain = append(c.pole, pole), append(c.gain, gain)
		}
	}
	return c
}

// scan reads the input of one position and returns y.
func (c *s4dCell) scan(u []float64) []float64 {
	y := make([]float64, c.DModel)
	for i := range c.DModel {
		for m := range c.Modes {
			at := i*c.Modes + m
			input := complex(float64(real(c.gain[at])*u[i]), float64(imag(c.gain[at])*u[i]))
			c.h[at] = cmul(c.pole[at], c.h[at]) + input
			y[i] += 2 * real(cmul(c.c(i, m), c.h[at]))
		}
		y[i] += float64(c.D[i] * u[i])
	}
	return y
}

func (c *s4dCell) step(x []float64, t int, emit emitFunc) []float64 {
	emit("block_in", t, x)
	u := x
	if c.PreNorm {
		u = c.Norm.apply(x, t, emit)
	}
	return c.finish(x, c.scan(u), t, emit)
}
