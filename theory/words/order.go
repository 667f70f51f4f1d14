package words

import (
	"math/big"
	"math/bits"
	"math/rand/v2"
)

// An order is a bijection from the numbers of words of a length to the words. A word
// is its letter numbers, 0 to radix−1.
type order interface {
	word(number uint64, at []int)
}

// Up to shuffleLimit words the order is a table.
const shuffleLimit = 1 << 20

func newOrder(radix uint64, length int, space *big.Int, seed uint64) order {
	rng := rand.NewPCG(seed, 0x776f726473) // the second half of the state says "words"
	if length > 1 && space.Cmp(big.NewInt(shuffleLimit)) > 0 {
		return newFeistel(radix, rng)
	}
	return newShuffle(radix, space.Uint64(), rng)
}

// A shuffle lists the words' numbers in product order.
type shuffle struct {
	radix uint64
	words []uint32
}

// newShuffle is the shuffle of Fisher and Yates.
func newShuffle(radix, space uint64, rng *rand.PCG) shuffle {
	words := make([]uint32, space)
	for i := range words {
		j := below(rng, uint64(i)+1)
		words[i] = words[j]
		words[j] = uint32(i)
	}
	return shuffle{radix, words}
}

func (s shuffle) word(number uint64, at []int) {
	spell(uint64(s.words[number]), s.radix, at)
}

// spell writes a number with the digits of a radix, the first the most significant.
func spell(number, radix uint64, at []int) {
	for t := len(at) - 1; t >= 0; t-- {
		at[t] = int(number % radix)
		number /= radix
	}
}

// below draws a number from 0 to n−1, each as likely, by the method of Lemire 2019.
func below(rng *rand.PCG, n uint64) uint64 {
	for {
		hi, lo := bits.Mul64(rng.Uint64(), n)
		if lo >= -n%n {
			return hi
		}
	}
}

const rounds = 10

// A feistel is a Feistel network on the letters of a word. Round r adds to one half
// of the word, letter by letter modulo the radix, a function of the other half and a
// key. The half that the function reads is unchanged, so subtracting undoes the round:
// the network is a bijection on the words for every radix, length ≥ 2 and function.
type feistel struct {
	radix uint64
	keys  [rounds]uint64
}

func newFeistel(radix uint64, rng *rand.PCG) *feistel {
	f := &feistel{radix: radix}
	for r := range f.keys {
		f.keys[r] = rng.Uint64()
	}
	return f
}

func (f *feistel) word(number uint64, at []int) {
	spell(number, f.radix, at)
	left, right := at[:len(at)/2], at[len(at)/2:]
	for r := range rounds {
		f.round(r, right, left)
		left, right = right, left
	}
}

// round adds a function of from and the round's key to to.
func (f *feistel) round(r int, from, to []int) {
	h := f.keys[r]
	for _, letter := range from {
		h = mix(h ^ uint64(letter))
	}
	for i, letter := range to {
		h += 0x9e3779b97f4a7c15
		add, _ := bits.Mul64(mix(h), f.radix)
		sum := uint64(letter) + add
		if sum >= f.radix {
			sum -= f.radix
		}
		to[i] = int(sum)
	}
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
