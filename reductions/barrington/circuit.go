package barrington

import (
	"math/big"

	"tc0/circuits/threshold"
)

// Circuit is the reduction as a threshold circuit: it reads the variables, as tokens 0
// and 1, and its outputs at each position are the word's letter, one-hot. Every output
// bit is a gate of its own kind: a copy of an input bit, its negation (the other bit of
// a token) or a constant, which is a gate without inputs. The depth is 1, each gate reads
// one bit at most, and there are at most two gates a variable and two more. Words of more
// than limit letters are a [LengthError].
func (in *Instance) Circuit(limit int) (*threshold.Circuit, error) {
	if err := in.Within(big.NewInt(int64(limit))); err != nil {
		return nil, err
	}
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: b.Stage("letters")}
	one, bits := b.Table([]int64{1}), [2]threshold.Table{b.Table([]int64{1, 0}), b.Table([]int64{0, 1})}
	copies := make([][2]threshold.Output, in.names)
	for v := range copies {
		input := threshold.BankRef(b.Input(2, tag))
		for value, bit := range bits {
			form := b.Form(0, []threshold.Term{{Coef: 1, Ref: input, Table: bit}})
			copies[v][value] = threshold.Output{Bank: int32(b.Level(form, one, 0, 1, 1, tag))}
		}
	}
	constants := int32(b.Level(b.Form(0, nil), b.Table([]int64{0, 1}), 0, 1, 2, tag)) // 1 and 0
	always, never := threshold.Output{Bank: constants, Gate: 0}, threshold.Output{Bank: constants, Gate: 1}
	labels := make([]threshold.Output, len(in.language.letters))
	for c := range in.All() {
		for i := range labels {
			labels[i] = never
		}
		if c.Zero == c.One {
			labels[c.One] = always
		} else {
			labels[c.Zero], labels[c.One] = copies[c.Variable][0], copies[c.Variable][1]
		}
		b.Output(labels)
	}
	return b.Finish()
}
