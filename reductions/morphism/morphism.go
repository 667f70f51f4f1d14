package morphism

import (
	"errors"
	"fmt"
	"slices"

	"tc0/circuits/threshold"
)

// A Uniform writes letters 0 … Letters()-1 as blocks of Size() symbols. It is
// immutable.
type Uniform struct {
	size    int
	symbols []string  // distinct, ascending
	blocks  [][]int32 // of each letter, by symbol number
}

// New returns the morphism that writes letter i as blocks[i]. There must be a
// letter, and all blocks must have the same number of symbols, at least one.
func New(blocks [][]string) (*Uniform, error) {
	if len(blocks) == 0 {
		return nil, errors.New("no letters, expected a block for each")
	}
	u := &Uniform{size: len(blocks[0])}
	for a, block := range blocks {
		if len(block) == 0 || len(block) != u.size {
			return nil, fmt.Errorf("letter %d: a block of %d symbols, expected one length, at least 1: letter 0 has %d",
				a, len(block), u.size)
		}
		u.symbols = append(u.symbols, block...)
		slices.Sort(u.symbols)
		u.symbols = slices.Compact(u.symbols)
	}
	for _, block := range blocks {
		numbers := make([]int32, u.size)
		for i, symbol := range block {
			s, _ := slices.BinarySearch(u.symbols, symbol)
			numbers[i] = int32(s)
		}
		u.blocks = append(u.blocks, numbers)
	}
	return u, nil
}

// Letters is the size of the input alphabet.
func (u *Uniform) Letters() int { return len(u.blocks) }

// Size is the number of symbols of every block.
func (u *Uniform) Size() int { return u.size }

// Symbols is the output alphabet, in ascending order. The caller must not modify
// it.
func (u *Uniform) Symbols() []string { return u.symbols }

// Source is the position of the one input letter that output symbol i depends on.
func (u *Uniform) Source(i int) int { return i / u.size }

// Apply writes a word letter by letter.
func (u *Uniform) Apply(word []int) ([]string, error) {
	var out []string
	for t, a := range word {
		if a < 0 || a >= len(u.blocks) {
			return nil, fmt.Errorf("letter %d of the word: element %d, expected 0 to %d", t+1, a, len(u.blocks)-1)
		}
		for _, s := range u.blocks[a] {
			out = append(out, u.symbols[s])
		}
	}
	return out, nil
}

// Circuit is the morphism as a threshold circuit for words of n letters. Input t is
// the one-hot letter t. Output position i has one label gate for each of
// Symbols(), and the gate of symbol s is the disjunction of the letters whose block
// has s at place i mod Size(): depth 1, fan-in at most Letters(), wires from input
// Source(i) alone. Equal gates of one input are one gate.
func (u *Uniform) Circuit(n int) (*threshold.Circuit, error) {
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: b.Stage("block")}
	one := b.Table([]int64{1})
	letters := u.letterSets(b)
	for range n {
		input := b.Input(len(u.blocks), tag)
		gates := map[threshold.Table]int{}
		for _, sets := range letters {
			labels := make([]threshold.Output, len(sets))
			for s, set := range sets {
				gate, ok := gates[set]
				if !ok {
					union := b.Form(0, []threshold.Term{{Coef: 1, Ref: threshold.BankRef(input), Table: set}})
					gate = b.Level(union, one, 0, 1, 1, tag)
					gates[set] = gate
				}
				labels[s] = threshold.Output{Bank: int32(gate)}
			}
			b.Output(labels)
		}
	}
	return b.Finish()
}

// letterSets are, for each place of a block and each symbol, the letters whose
// block has the symbol there, as a table of zeros and ones over letters.
func (u *Uniform) letterSets(b *threshold.Builder) [][]threshold.Table {
	places := make([][]threshold.Table, u.size)
	for i := range places {
		sets := make([][]int64, len(u.symbols))
		for s := range sets {
			sets[s] = make([]int64, len(u.blocks))
		}
		for a, block := range u.blocks {
			sets[block[i]][a] = 1
		}
		for _, set := range sets {
			places[i] = append(places[i], b.Table(set))
		}
	}
	return places
}
