package ssm

// cell is a block that reads the residual stream one position at a time. It holds
// the state after the positions read so far.
type cell interface {
	// step returns the stream after the layer at position t, the next one.
	step(x []float64, t int, emit emitFunc) []float64
}

// recur runs a block by its cell.
func recur(b Block, xs [][]float64, emit emitFunc) [][]float64 {
	c := b.start()
	out := make([][]float64, len(xs))
	for t, x := range xs {
		out[t] = c.step(x, t, emit)
	}
	return out
}

// Stepper reads a sequence token by token, in the Recurrent form: its logits are
// those of Forward to the last bit. The state of an attention layer grows with the
// positions read; that of all others does not.
type Stepper struct {
	model *Model
	cells []cell
	read  int
}

// Start returns a Stepper before the first token. It reports an error for a model
// that Validate refuses. The model must not change while the Stepper is in use.
func (m *Model) Start() (*Stepper, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	s := &Stepper{model: m}
	for _, block := range m.Blocks {
		s.cells = append(s.cells, block.start())
	}
	return s, nil
}

// Step reads one token and returns the Vocab logits at its position. On an error
// (a token outside 0..Vocab-1, or more tokens than Positions has rows) nothing is
// read.
func (s *Stepper) Step(token int) ([]float64, error) {
	x, err := s.model.embed(token, s.read)
	if err != nil {
		return nil, err
	}
	emit := Probe(nil).at(0)
	for _, c := range s.cells {
		x = c.step(x, s.read, emit)
	}
	if s.model.FinalNorm != nil {
		x = s.model.FinalNorm.apply(x, s.read, emit)
	}
	s.read++
	return s.model.Head.apply(x), nil
}
