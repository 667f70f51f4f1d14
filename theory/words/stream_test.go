package words

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAllInProductOrder(t *testing.T) {
	p, err := New("Z3", zn(3), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	seq, err := p.All(2, 9)
	want := []Row{
		{9, []int{1, 1}, []int{1, 2}},
		{9, []int{1, 2}, []int{1, 0}},
		{9, []int{2, 1}, []int{2, 0}},
		{9, []int{2, 2}, []int{2, 1}},
	}
	if diff := cmp.Diff(want, collect(rows(t, seq, err))); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	seq, err = p.All(0, 9)
	if got := collect(rows(t, seq, err)); len(got) != 1 || len(got[0].Input) != 0 {
		t.Errorf("words of length 0: %v, want the empty word", got)
	}
}

// zn is the cyclic group, without its name.
type zn int

func (n zn) Order() int           { return int(n) }
func (n zn) Product(i, j int) int { return (i + j) % int(n) }

// Every row of every stream is a row of its problem, and All gives |letters|^k of them.
func TestStreamsKeepRunningProducts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		length := rapid.IntRange(0, 4).Draw(t, "length")
		all, err := p.All(length, 5)
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for row := range all {
			n++
			if err := p.Check(row); err != nil {
				t.Fatal(err)
			}
		}
		if p.Count(length).Cmp(big.NewInt(n)) != 0 {
			t.Fatalf("%d words, Count says %v", n, p.Count(length))
		}
		random, err := p.Random(Sample{Length: length, Count: uint64(n), Seed: 3})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for row := range random {
			if err := p.Check(row); err != nil {
				t.Fatal(err)
			}
			seen[fmt.Sprint(row.Input)] = true
		}
		if int64(len(seen)) != n {
			t.Fatalf("%d distinct words of %d", len(seen), n)
		}
	})
}

// drawProblem is a group or a counter, over all elements or some.
func drawProblem(t *rapid.T) *Problem {
	name := rapid.SampledFrom([]string{"Z2", "Z5", "S3", "A4", "Q8", "A4:g3", "S3:g2", "counter"}).Draw(t, "problem")
	if name == "counter" {
		p, err := New(name, counter(4), 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, err := Named(name, 100)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The Feistel network is a bijection: on small spaces, which never use it, every word
// is met once.
func TestFeistelIsABijection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		radix := rapid.Uint64Range(1, 7).Draw(t, "radix")
		length := rapid.IntRange(2, 5).Draw(t, "length")
		f := &feistel{radix: radix}
		for r := range f.keys {
			f.keys[r] = rapid.Uint64().Draw(t, "key")
		}
		space := uint64(1)
		for range length {
			space *= radix
		}
		seen := map[string]bool{}
		at := make([]int, length)
		for i := range space {
			f.word(i, at)
			for _, digit := range at {
				if digit < 0 || uint64(digit) >= radix {
					t.Fatalf("word %d is %v in radix %d", i, at, radix)
				}
			}
			seen[fmt.Sprint(at)] = true
		}
		if uint64(len(seen)) != space {
			t.Fatalf("%d of %d words", len(seen), space)
		}
	})
}

// Sampled, seed 1: 60,000 words of each length, 20 and 4 from the Feistel network, 3 from
// the shuffle. The letters at each place, the products, and the differences of the first
// letters of consecutive words are as evenly spread as 60 equally likely values are: the
// statistic is within 5 standard deviations of its mean.
func TestRandomWordsAreSpread(t *testing.T) {
	p := named(t, "A5")
	for _, c := range []struct {
		length int
		count  uint64
	}{{20, 60_000}, {4, 60_000}, {3, 60_000}} {
		seq, err := p.Random(Sample{Length: c.length, Count: c.count, Seed: 1})
		places := make([][]int, c.length+2)
		for i := range places {
			places[i] = make([]int, 60)
		}
		before := 0
		for row := range rows(t, seq, err) {
			for i, g := range row.Input {
				places[i][g]++
			}
			places[c.length][row.Target[c.length-1]]++
			places[c.length+1][(row.Input[0]+60-before)%60]++
			before = row.Input[0]
		}
		for i, counts := range places {
			expected := float64(c.count) / 60
			chi2 := 0.0
			for _, n := range counts {
				d := float64(n) - expected
				chi2 += d * d / expected
			}
			if chi2 > 59+5*11 { // mean 59, standard deviation √118
				t.Errorf("length %d, count %d of letters: chi-squared %.0f over 59 degrees of freedom", c.length, i, chi2)
			}
		}
	}
}

// The first words of two seeds are part of the contract: same request, same bytes.
func TestRandomIsPinned(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Sample
		want string
	}{
		{"A5", Sample{Length: 20, Count: 2, Seed: 1}, pinnedFeistel},
		{"A5:g2", Sample{Length: 6, First: 62, Count: 2, Seed: 2}, pinnedShuffle},
	} {
		seq, err := named(t, c.name).Random(c.s)
		if got := csvOf(t, rows(t, seq, err)); got != c.want {
			t.Errorf("%s %+v:\n%s\nwant\n%s", c.name, c.s, got, c.want)
		}
	}
}

// Two ranges of one order are the two parts of the whole range.
func TestRangesContinue(t *testing.T) {
	p := named(t, "A5")
	for _, length := range []int{2, 20} {
		part := func(first, count uint64) string {
			seq, err := p.Random(Sample{Length: length, First: first, Count: count, Seed: 7})
			return strings.TrimPrefix(csvOf(t, rows(t, seq, err)), csvHeader+"\n")
		}
		if part(0, 30) != part(0, 10)+part(10, 20) {
			t.Errorf("length %d: rows 0–9 and 10–29 are not rows 0–29", length)
		}
	}
}

// 60^20 words do not fit in 64 bits; the last numbered ones are still words.
func TestRandomFarOut(t *testing.T) {
	p := named(t, "A5")
	seq, err := p.Random(Sample{Length: 20, First: 1<<64 - 3, Count: 2, Seed: 1})
	for row := range rows(t, seq, err) {
		if err := p.Check(row); err != nil {
			t.Error(err)
		}
	}
}

func TestStreamErrors(t *testing.T) {
	p := named(t, "A5")
	random := func(s Sample) error { _, err := p.Random(s); return err }
	all := func(k int) error { _, err := p.All(k, 1); return err }
	for _, c := range []struct {
		err  error
		want string
	}{
		{all(-1), "length -1: the length of a word is from 0 to 1048576"},
		{all(1 << 30), "length 1073741824: the length of a word is from 0 to 1048576"},
		{random(Sample{Length: 2, Count: 3601}), "words 0 to 3601 of A5: there are 3600 of length 2"},
		{random(Sample{Length: 2, First: 3599, Count: 2}), "words 3599 to 3601 of A5: there are 3600 of length 2"},
		{random(Sample{Length: 20, First: 1<<64 - 1, Count: 2}),
			"words 18446744073709551615 to 18446744073709551617 of A5: there are 60^20, numbered up to 2^64−1, of length 20"},
		{random(Sample{Length: 1 << 21}), "length 2097152: the length of a word is from 0 to 1048576"},
	} {
		if c.err == nil || c.err.Error() != c.want {
			t.Errorf("got %v, want %s", c.err, c.want)
		}
	}
}

const (
	pinnedFeistel = `seed,input,target
1,14 33 17 29 52 13 5 16 5 29 26 12 44 20 17 23 39 25 48 28,14 55 27 1 28 15 14 11 6 20 51 21 25 9 52 18 58 21 41 51
1,22 19 33 15 7 18 27 5 5 33 47 26 37 59 14 15 59 34 21 8,22 59 26 10 0 18 6 2 11 39 33 3 48 43 32 47 12 30 47 36
`
	pinnedShuffle = `seed,input,target
2,15 15 15 16 16 15,15 24 0 16 32 47
2,16 15 16 15 16 15,16 31 41 23 57 38
`
)
