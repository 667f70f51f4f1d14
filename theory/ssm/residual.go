package ssm

import "fmt"

// Residual is what stands around a mixer that keeps the width d of the stream:
//
//	PreNorm: x <- x + out(Norm(x));  otherwise x <- Norm(x + out(x));  Norm nil: x <- x + out(x)
//
// Probe names and lengths: block_in[d]; mixer_out[d] (out); residual[d] (x + out, only
// with a norm that comes last); norm_centred[d], norm_scale[1], norm_out[d] (only with
// a norm); block_out[d].
type Residual struct {
	Norm    *Norm // or nil
	PreNorm bool  // false without a norm
}

// enter returns what the mixer reads at position t.
func (r *Residual) enter(x []float64, t int, emit emitFunc) []float64 {
	emit("block_in", t, x)
	if r.PreNorm {
		return r.Norm.apply(x, t, emit)
	}
	return x
}

// leave adds what the mixer gave.
func (r *Residual) leave(x, out []float64, t int, emit emitFunc) []float64 {
	emit("mixer_out", t, out)
	y := add(x, out)
	if r.Norm != nil && !r.PreNorm {
		emit("residual", t, y)
		y = r.Norm.apply(y, t, emit)
	}
	emit("block_out", t, y)
	return y
}

func (r *Residual) validate(name string, size int) error {
	if r.Norm != nil {
		return r.Norm.validate(name+".Norm", size)
	}
	if r.PreNorm {
		return fmt.Errorf("%s.PreNorm is true without a Norm, expected false", name)
	}
	return nil
}
