package equiv

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// MaxExhaustive is the largest number of words that are all compared.
const MaxExhaustive = 1 << 24

// Words are the words of a comparison, in a fixed order.
type Words struct {
	alphabet []int
	length   int
	count    uint64
	method   string
	random   bool
	seed     uint64
}

// Exhaustive are all words of a length over an alphabet. More than
// [MaxExhaustive] of them are an error.
func Exhaustive(alphabet []int, length int) (Words, error) {
	w, err := newWords(alphabet, length)
	if err != nil {
		return w, err
	}
	w.count = 1
	for range length {
		if w.count *= uint64(len(w.alphabet)); w.count > MaxExhaustive {
			return Words{}, fmt.Errorf("%d^%d words of length %d are too many for an exhaustive comparison (at most %d): compare a sample instead",
				len(w.alphabet), length, length, MaxExhaustive)
		}
	}
	w.method = fmt.Sprintf("exhaustive over %d words of length %d", w.count, length)
	return w, nil
}

// Sampled are count random words over an alphabet, letters drawn uniformly. The
// same seed gives the same words.
func Sampled(alphabet []int, length, count int, seed uint64) (Words, error) {
	w, err := newWords(alphabet, length)
	if err != nil {
		return w, err
	}
	if count < 1 {
		return Words{}, fmt.Errorf("%d words to compare, expected at least 1", count)
	}
	w.count, w.random, w.seed = uint64(count), true, seed
	w.method = fmt.Sprintf("sampled %d words of length %d, seed %d", count, length, seed)
	return w, nil
}

func newWords(alphabet []int, length int) (Words, error) {
	letters := slices.Clone(alphabet)
	slices.Sort(letters)
	letters = slices.Compact(letters)
	if len(letters) == 0 {
		return Words{}, fmt.Errorf("the alphabet is empty: nothing to compare")
	}
	if length < 1 {
		return Words{}, fmt.Errorf("words of length %d, expected at least 1", length)
	}
	return Words{alphabet: letters, length: length}, nil
}

// Count is the number of words.
func (w Words) Count() uint64 { return w.count }

// Method says in words how the words were chosen.
func (w Words) Method() string { return w.method }

// sampleStream keeps these words apart from those that calibration draws from
// the same seed.
const sampleStream = 0x6571756976616c73

// chunks yields the words in order, at most size at a time; the slices are used
// again for the next chunk.
func (w Words) chunks(size int) func(yield func(first uint64, words [][]int) bool) {
	return func(yield func(uint64, [][]int) bool) {
		draw := w.counting()
		if w.random {
			draw = w.drawing()
		}
		size = int(min(uint64(size), w.count))
		letters := make([]int, size*w.length)
		words := make([][]int, size)
		for i := range words {
			words[i] = letters[i*w.length : (i+1)*w.length]
		}
		for first := uint64(0); first < w.count; first += uint64(size) {
			n := int(min(uint64(size), w.count-first))
			for _, word := range words[:n] {
				draw(word)
			}
			if !yield(first, words[:n]) {
				return
			}
		}
	}
}

// drawing fills words with random letters.
func (w Words) drawing() func(word []int) {
	r := rand.New(rand.NewPCG(w.seed, sampleStream))
	return func(word []int) {
		for t := range word {
			word[t] = w.alphabet[r.IntN(len(w.alphabet))]
		}
	}
}

// counting fills words in lexicographic order, like an odometer.
func (w Words) counting() func(word []int) {
	digits := make([]int, w.length)
	return func(word []int) {
		for t, d := range digits {
			word[t] = w.alphabet[d]
		}
		for t := w.length - 1; t >= 0; t-- {
			if digits[t]++; digits[t] < len(w.alphabet) {
				return
			}
			digits[t] = 0
		}
	}
}
