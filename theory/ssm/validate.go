package ssm

import (
	"fmt"
	"math"
)

// Validate reports the first slice whose length does not fit the model's sizes,
// and parameters whose exponential leaves the range of float64. Models from Load
// pass it; it is there for models built by hand.
func (m *Model) Validate() error {
	if m.Vocab <= 0 || m.DModel <= 0 {
		return fmt.Errorf("model: Vocab is %d and DModel is %d, expected both positive", m.Vocab, m.DModel)
	}
	if err := checkLength("Embedding", m.Embedding, m.Vocab, m.DModel); err != nil {
		return err
	}
	if m.Positions != nil && (len(m.Positions) == 0 || len(m.Positions)%m.DModel != 0) {
		return fmt.Errorf("model: Positions has %d values, expected rows of %d", len(m.Positions), m.DModel)
	}
	width := m.DModel
	for i, block := range m.Blocks {
		if block == nil {
			return fmt.Errorf("model: Blocks[%d] is nil", i)
		}
		if err := block.validate(fmt.Sprintf("Blocks[%d]", i), width); err != nil {
			return err
		}
		width = block.width()
	}
	if m.FinalNorm != nil {
		if err := m.FinalNorm.validate("FinalNorm", width); err != nil {
			return err
		}
	}
	return m.Head.validate("Head", m.Vocab, width)
}

func (l *Linear) validate(name string, out, in int) error {
	if l.Out != out || l.In != in {
		return fmt.Errorf("%s is %d x %d, expected %d x %d", name, l.Out, l.In, out, in)
	}
	if err := checkLength(name+".Weight", l.Weight, out, in); err != nil || l.Bias == nil {
		return err
	}
	return checkLength(name+".Bias", l.Bias, out, 1)
}

// validateBiased is validate for a map that must have a bias.
func (l *Linear) validateBiased(name string, out, in int) error {
	if err := l.validate(name, out, in); err != nil {
		return err
	}
	return checkLength(name+".Bias", l.Bias, out, 1)
}

func (n *Norm) validate(name string, size int) error {
	if n.Kind != RMSNorm && n.Kind != LayerNorm {
		return fmt.Errorf("%s.Kind is %v, expected RMSNorm or LayerNorm", name, n.Kind)
	}
	if !(n.Eps > 0) || math.IsInf(n.Eps, 0) {
		return fmt.Errorf("%s.Eps is %v, expected a positive number", name, n.Eps)
	}
	if err := checkLength(name+".Weight", n.Weight, size, 1); err != nil || n.Bias == nil {
		return err
	}
	return checkLength(name+".Bias", n.Bias, size, 1)
}

func (m *Mamba) validate(name string, dModel int) error {
	if m.DModel != dModel {
		return fmt.Errorf("%s.DModel is %d, expected %d", name, m.DModel, dModel)
	}
	if min(m.DInner, m.DState, m.DConv, m.DtRank) <= 0 {
		return fmt.Errorf("%s has sizes DInner %d, DState %d, DConv %d, DtRank %d, expected all positive",
			name, m.DInner, m.DState, m.DConv, m.DtRank)
	}
	d, e, n, r := m.DModel, m.DInner, m.DState, m.DtRank
	return firstError(
		m.Norm.validate(name+".Norm", d),
		m.InProj.validate(name+".InProj", 2*e, d),
		checkLength(name+".ConvWeight", m.ConvWeight, e, m.DConv),
		checkOptional(name+".ConvBias", m.ConvBias, e),
		m.XProj.validate(name+".XProj", r+2*n, e),
		m.DtProj.validate(name+".DtProj", e, r),
		checkLength(name+".ALog", m.ALog, e, n),
		checkExp(name+".ALog", m.ALog),
		checkLength(name+".D", m.D, e, 1),
		m.OutProj.validate(name+".OutProj", d, e))
}

func (s *S4D) validate(name string, dModel int) error {
	if s.DModel != dModel {
		return fmt.Errorf("%s.DModel is %d, expected %d", name, s.DModel, dModel)
	}
	if s.Modes <= 0 || s.DState != 2*s.Modes {
		return fmt.Errorf("%s.Modes is %d and DState is %d, expected a positive number and its double",
			name, s.Modes, s.DState)
	}
	err := firstError(
		s.Norm.validate(name+".Norm", dModel),
		checkLength(name+".LogDt", s.LogDt, dModel, 1),
		checkLength(name+".LogAReal", s.LogAReal, dModel, s.Modes),
		checkLength(name+".AImag", s.AImag, dModel, s.Modes),
		checkLength(name+".CRe", s.CRe, dModel, s.Modes),
		checkLength(name+".CIm", s.CIm, dModel, s.Modes),
		checkLength(name+".D", s.D, dModel, 1),
		checkExp(name+".LogDt", s.LogDt),
		checkExp(name+".LogAReal", s.LogAReal),
		s.Output.validate(name+".Output", 2*dModel, dModel))
	if err != nil {
		return err
	}
	return s.checkPoles(name)
}

// checkPoles makes sure the division by a in the zero-order hold is defined.
func (s *S4D) checkPoles(name string) error {
	for i, imag := range s.AImag {
		// The square is what the division uses, so it must not vanish or overflow.
		re := math.Exp(s.LogAReal[i])
		if square := float64(re*re) + float64(imag*imag); square == 0 || math.IsInf(square, 0) {
			return fmt.Errorf("%s: the pole -exp(LogAReal) + i AImag at index %d is %v%+vi, expected a size whose square is a positive float64",
				name, i, -re, imag)
		}
	}
	return nil
}

// checkLength avoids rows*cols, which could overflow for sizes set by hand.
func checkLength(name string, v []float64, rows, cols int) error {
	if rows <= 0 || cols <= 0 || len(v)%cols != 0 || len(v)/cols != rows {
		return fmt.Errorf("%s has %d values, expected %d x %d", name, len(v), rows, cols)
	}
	return nil
}

// checkCube is checkLength with a third dimension.
func checkCube(name string, v []float64, slabs, rows, cols int) error {
	if slabs <= 0 || len(v)%slabs != 0 || checkLength(name, v[:len(v)/slabs], rows, cols) != nil {
		return fmt.Errorf("%s has %d values, expected %d x %d x %d", name, len(v), slabs, rows, cols)
	}
	return nil
}

// checkModelSizes checks the width of a layer that keeps the width of the stream, and
// its own size.
func checkModelSizes(name string, width, dModel, size int) error {
	if dModel != width || size <= 0 {
		return fmt.Errorf("%s has sizes %d and %d, expected %d and a positive number", name, dModel, size, width)
	}
	return nil
}

func checkOptional(name string, v []float64, size int) error {
	if v == nil {
		return nil
	}
	return checkLength(name, v, size, 1)
}

// checkExp refuses logarithms whose exponential is not a finite float64.
func checkExp(name string, logs []float64) error {
	for i, v := range logs {
		if e := math.Exp(v); math.IsInf(e, 0) || math.IsNaN(e) {
			return fmt.Errorf("%s has the value %v at index %d, expected one whose exponential is finite", name, v, i)
		}
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
