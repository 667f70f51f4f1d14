package task

import (
	"fmt"
	"math"
	"slices"
)

// A Part of the words.
type Part int

const (
	Train Part = iota
	Valid
	Test
)

func (p Part) String() string { return [...]string{"train", "validation", "test"}[p] }

// A Split says how the words of one length are divided.
type Split struct {
	Length int `json:"length"`
	// Words is the number of words and Kept that of each of validation and test. Both are
	// 0 if there are more than 65536 words, of which validation and test are a tenth each.
	Words uint64 `json:"words,omitempty"`
	Kept  uint64 `json:"kept,omitempty"`
	// Shared says why validation and test words are also training words; empty if none are.
	Shared string `json:"shared,omitempty"`
}

func (s Split) String() string {
	if s.Words == 0 && s.Shared != "" {
		return fmt.Sprintf("length %d: not kept out of training by the task: %s", s.Length, s.Shared)
	}
	count := fmt.Sprintf("more than %d words", counted)
	if s.Words > 0 {
		count = fmt.Sprintf("%d words, %d each for validation and test", s.Words, s.Kept)
	}
	if s.Shared != "" {
		return fmt.Sprintf("length %d: %s; not kept out of training: %s", s.Length, count, s.Shared)
	}
	return fmt.Sprintf("length %d: %s; train, validation and test share none", s.Length, count)
}

const (
	counted = 1 << 16 // words of a length, at most, that are counted
	fewest  = 10      // words of a length that can be divided, unless DivideFrom says more
	tenth   = math.MaxUint64/10 + 1
)

// Split says how the words of a length are divided.
func (d *Data) Split(length int) Split {
	if d.spec.Files != nil {
		return Split{Length: length, Shared: "the words are those of files, which are not compared"}
	}
	s := Split{Length: length, Words: d.count(length)}
	switch {
	case s.Words > 0 && s.Words < d.divideFrom():
		s.Kept = s.Words
		s.Shared = fmt.Sprintf("there are fewer than %d", d.divideFrom())
	case s.Words > 0:
		s.Kept = s.Words / 10
	}
	if s.Shared == "" && d.spec.Pairs && length == 2 {
		s.Shared = "all words of length 2 are in training"
	}
	return s
}

// count is the number of words of a length, or 0 if there are more than counted. It
// does not fall with the length, since every word can be continued.
func (d *Data) count(length int) uint64 {
	m := d.machine
	at := map[int32]uint64{int32(m.start): 1}
	total := uint64(1)
	for range length {
		next := map[int32]uint64{}
		total = 0
		for q, n := range at {
			for _, a := range m.mayFollow(int(q)) {
				next[m.next[q][a]] += n
				if total += n; total > counted {
					return 0
				}
			}
		}
		at = next
	}
	return total
}

// cuts divide the hashes of words: test words are below the first, validation words below
// the second. Without parts the cuts are 0.
type cuts struct {
	test, valid uint64
	shared      bool
}

func (d *Data) cuts(length int) cuts {
	switch s := d.Split(length); {
	case s.Words == 0:
		return cuts{tenth, 2 * tenth, false}
	case s.Words < d.divideFrom():
		return cuts{shared: true}
	default:
		all := d.hashes(nil, d.machine.start, length, d.firstHash())
		slices.Sort(all)
		return cuts{all[s.Kept], all[2*s.Kept], false}
	}
}

// part is the one that a word with the hash is in.
func (c cuts) part(hash uint64) Part {
	switch {
	case hash < c.test:
		return Test
	case hash < c.valid:
		return Valid
	}
	return Train
}

// hashes appends the hashes of all continuations of a word by so many letters.
func (d *Data) hashes(all []uint64, state, letters int, hash uint64) []uint64 {
	if letters == 0 {
		return append(all, hash)
	}
	for _, a := range d.machine.mayFollow(state) {
		all = d.hashes(all, int(d.machine.next[state][a]), letters-1, nextHash(hash, a))
	}
	return all
}

func (d *Data) firstHash() uint64 { return mix(d.spec.Seed + golden) }

// nextHash is the hash of a word with one more letter. For a given letter it is a bijection.
func nextHash(hash uint64, letter int) uint64 { return mix((hash ^ uint64(letter)) + golden) }

const golden = 0x9e3779b97f4a7c15

// mix is the output function of SplitMix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
