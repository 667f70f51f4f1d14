package barrington

import (
	"math/big"

	"tc0/circuits/threshold"
)

// Circuit is the reduction as a threshold circuit: it reads the variables, as tokens 0
// and 1, and its outputs at each position are the word's letter, one-hot. Every output
// bit is an input bit, its negation (the other bit of a token) or a constant, which is a
// gate without inputs; so the depth is 1 when there is a constant and 0 otherwise, and
// there are at most two gates. Words of more than limit letters are a [LengthError].
func (in *Instance) Circuit(limit int) (*threshold.Circuit, error) {
	if err := in.Within(big.NewInt(int64(limit))); err != nil {
		return nil, err
	}
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: b.Stage("letters")}
	inputs := make([]int32, in.names)
	for v := range inputs {
		inputs[v] = int32(b.Input(2, tag))
	}
	constants := int32(b.Level(b.Form(0, nil), b.Table([]int64{0, 1}), 0, 1, 2, tag)) // 1 and 0
	one, zero := threshold.Output{Bank: constants, Gate: 0}, threshold.Output{Bank: constants, Gate: 1}
	labels := make([]threshold.Output, len(in.language.letters))
	for c := range in.All() {
		for i := range labels {
			labels[i] = zero
		}
		if c.Zero == c.One {
			labels[c.One] = one
		} else {
			labels[c.Zero] = threshold.Output{Bank: inputs[c.Variable], Gate: 0}
			labels[c.One] = threshold.Output{Bank: inputs[c.Variable], Gate: 1}
		}
		b.Output(labels)
	}
	return b.Finish()
}
