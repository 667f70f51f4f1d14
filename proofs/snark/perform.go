package snark

import "slices"

// performance computes the advice that a weaver takes.
type performance struct {
	tape
	program *program
	weights []performedWeights // by stage
	values  [][][]int64        // of the word at hand: by stage, position and index
	labels  [][]int            // by word
	err     error              // of the first position without exactly one label
}

// performedWeights are the numbers of a stage.
type performedWeights struct {
	coefficients, constants []int64
	thresholds              []int64 // of a step, between its levels
	ends, values            []int64 // of the levels
}

// perform evaluates the program with some parameters on words and makes the advice.
func (p *program) perform(parameters Parameters, words ...[]int) *performance {
	x := p.begin(parameters)
	for _, w := range words {
		x.word(w)
	}
	x.end()
	return x
}

// begin adds the parameters.
func (p *program) begin(parameters Parameters) *performance {
	x := &performance{tape: newTape(&p.rangeTables, p.all()), program: p, weights: make([]performedWeights, len(p.Stages))}
	for i := range p.Stages {
		parameters = x.parameters(i, parameters)
	}
	return x
}

// end adds how often each row has been looked up.
func (x *performance) end() {
	for _, c := range x.counts {
		x.take(c...)
	}
}

// parameters adds the parameters of a stage and returns those of the next ones.
func (x *performance) parameters(i int, parameters Parameters) Parameters {
	s, w := &x.program.Stages[i], &x.weights[i]
	w.coefficients, w.constants = s.Coefficients.Known, s.Constants.Known
	var numbers [][]int64
	for _, r := range x.program.runs(i) {
		v := parameters[:r.count]
		parameters = parameters[r.count:]
		for _, v := range v {
			x.take(v + x.program.shift(r))
		}
		for _, v := range v {
			x.checkLoose(v+x.program.shift(r), x.program.span(r))
		}
		numbers = append(numbers, v)
	}
	if s.Coefficients.Limbs > 0 {
		w.coefficients, numbers = numbers[0], numbers[1:]
	}
	if s.Constants.Limbs > 0 {
		w.constants, numbers = numbers[0], numbers[1:]
	}
	if x.program.claims[i] {
		cells := s.Rows * s.Columns
		x.tally.Weights += (cells - 1) * x.program.shared(s)
	}
	if s.Kind == StepStage {
		w.ends, w.values = slices.Clone(numbers[0]), numbers[3]
		for _, gap := range widths(numbers[1], numbers[2]) {
			w.ends = append(w.ends, w.ends[len(w.ends)-1]+gap)
		}
		w.thresholds = w.ends[1:s.Levels]
		x.tally.Columns += s.Levels
	}
	return parameters
}

// word adds the advice of one word.
func (x *performance) word(word []int) {
	p := x.program
	x.values = make([][][]int64, len(p.Stages))
	for i := range x.values {
		x.values[i] = make([][]int64, p.Length)
	}
	var labels []int
	for t := range p.Length {
		for i := range p.Stages {
			x.values[i][t] = x.stage(i, t, word[t])
		}
		label, err := labelOf(t, x.values[len(p.Stages)-1][t])
		if x.err == nil {
			x.err = err
		}
		labels = append(labels, label)
	}
	x.labels = append(x.labels, labels)
}

func (x *performance) stage(i, t, token int) []int64 {
	s := &x.program.Stages[i]
	var out []int64
	switch s.Kind {
	case TokenStage:
		x.oneHot(s.Rows, token)
		out = make([]int64, s.Rows)
		out[token] = 1
		return out
	case ProductStage:
		for _, p := range s.elements(t) {
			v := int64(1)
			for _, r := range s.Reads {
				v *= x.sum(x.program.refs(s, r, p, 0))
			}
			x.tally.Products += len(s.Reads) - 1
			out = append(out, v)
		}
		return out
	}
	out = x.forms(i, t)
	for k, f := range out {
		switch s.Kind {
		case StepStage:
			out[k] = x.step(i, f)
		case BitStage:
			out[k] = b2i(f >= s.Threshold)
			x.bit(f-s.Threshold, 1<<(s.Gaps*x.program.Width), f >= s.Threshold)
		}
	}
	return out
}

func (x *performance) sum(refs []ref) int64 {
	var v int64
	for _, y := range refs {
		v += x.values[y.stage][y.t][y.index]
	}
	return v
}

func (x *performance) forms(i, t int) []int64 {
	s, w := &x.program.Stages[i], &x.weights[i]
	elements := s.elements(t)
	cells, k := s.Rows*s.Columns, x.program.fanIn(s)
	out, claimed := make([]int64, len(elements)), make([]int64, len(elements))
	for e, p := range elements {
		cell := e % cells
		if len(w.constants) > 0 {
			out[e] = w.constants[s.phase(t)*cells+cell]
		}
		at := cell * k
		for _, r := range s.Reads {
			n := x.program.operands(r)
			for o := 0; o < n && len(w.coefficients) > 0; o++ {
				refs := x.program.refs(s, r, p, o)
				v := w.coefficients[at+o] * x.sum(refs)
				out[e] += v
				switch {
				case len(refs) == 0:
				case x.program.claims[i] && r.whole():
					claimed[e] += v
					x.tally.Weights += int(b2i(cell == 0)) // the vector times the weighed matrix
				case s.Coefficients.Limbs > 0:
					x.tally.Weights++
				}
			}
			at += n
		}
	}
	if x.program.claims[i] {
		x.take(claimed...)
		x.tally.Weights += len(elements) - len(elements)/cells // the products, weighed
	}
	return out
}

// step adds the distances of a form from the ends of its level, and the level's value.
func (x *performance) step(i int, f int64) int64 {
	s, w := &x.program.Stages[i], &x.weights[i]
	k := level(w.thresholds, f)
	below, above := f-w.ends[k], w.ends[k+1]-1-f
	x.take(below, above)
	for _, d := range []int64{below, above} {
		x.checkLoose(d, 1<<(s.Gaps*x.program.Width))
	}
	x.take(w.values[k])
	x.tally.Columns++
	x.look(x.program.tables[i], k)
	return w.values[k]
}
