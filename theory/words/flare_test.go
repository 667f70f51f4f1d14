package words

import (
	"bytes"
	"io"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// buffers is a split in memory.
type buffers struct{ tokens, labels, next, edits bytes.Buffer }

func (b *buffers) writers() Split[io.Writer] {
	return Split[io.Writer]{&b.tokens, &b.labels, &b.next, &b.edits}
}

func (b *buffers) readers() Split[io.Reader] {
	return Split[io.Reader]{&b.tokens, &b.labels, &b.next, &b.edits}
}

var splitNames = Split[string]{TokensFile, LabelsFile, NextSymbolsFile, NumEditsFile}

func language(t testing.TB, p *Problem, accept ...int) *Language {
	t.Helper()
	l, err := p.Language(accept...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Words over {1, 2} that add up to exactly 2: from 3 on nothing can follow.
func TestFLaReOfALanguageThatDies(t *testing.T) {
	p, err := New("counter", counter(4), 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	var b buffers
	for length := range 3 {
		seq, err := p.All(length, 0)
		if err := language(t, p, 2).WriteFLaRe(b.writers(), rows(t, seq, err)); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		file *bytes.Buffer
		want string
	}{
		{&b.tokens, "\n1\n2\n1 1\n1 2\n2 1\n2 2\n"},
		{&b.labels, "0\n0\n1\n1\n0\n0\n0\n"},
		{&b.next, `[{"s":"1 2","e":false},{"s":"","e":true}]
[{"s":"1 2","e":false},{"s":"1","e":false},{"s":"","e":true}]
`},
		{&b.edits, "\n\n\n\n\n"},
	} {
		if diff := cmp.Diff(c.want, c.file.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

// The benchmark lists symbols in byte order, as Python sorts texts.
func TestNextSymbolsInByteOrder(t *testing.T) {
	p, err := New("Z12", zn(12), 1, 2, 10, 11)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(language(t, p).appendSymbols(nil, 0)); got != "1 10 11 2" {
		t.Error(got)
	}
}

// A letter may follow exactly if a word in the language goes on so: decided by search
// through all words shorter than the number of elements.
func TestNextSymbolsAreThoseThatCanFollow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		n := p.monoid.Order()
		accept := rapid.SliceOfN(rapid.IntRange(0, n-1), 1, 3).Draw(t, "accept")
		l, err := p.Language(accept...)
		if err != nil {
			t.Fatal(err)
		}
		s := rapid.IntRange(0, n-1).Draw(t, "from")
		var want []string
		for _, letter := range l.symbols {
			if reaches(p, p.monoid.Product(s, letter.element), accept) {
				want = append(want, letter.text)
			}
		}
		if got := string(l.appendSymbols(nil, s)); got != strings.Join(want, " ") {
			t.Fatalf("after %d: %q, want %q", s, got, want)
		}
	})
}

// reaches searches forwards, element by element.
func reaches(p *Problem, s int, accept []int) bool {
	seen, todo := map[int]bool{s: true}, []int{s}
	for len(todo) > 0 {
		x := todo[0]
		todo = todo[1:]
		if slices.Contains(accept, x) {
			return true
		}
		for _, g := range p.letters {
			if y := p.monoid.Product(x, g); !seen[y] {
				seen[y] = true
				todo = append(todo, y)
			}
		}
	}
	return false
}

func TestFLaReRoundTrip(t *testing.T) {
	for _, name := range []string{"A5", "A5:g2", "Z2"} {
		l := language(t, named(t, name))
		seq, err := l.Balanced(Balance{MaxLength: 40, Count: 500, Seed: 1})
		want := collect(rows(t, seq, err))
		var b buffers
		if err := l.WriteFLaRe(b.writers(), seq); err != nil {
			t.Fatal(err)
		}
		got, err := collectRead(l.ReadFLaRe(b.readers(), splitNames))
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			want[i].Seed = 0
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: rows (-written +read):\n%s", name, diff)
		}
	}
}

func TestReadFLaReErrors(t *testing.T) {
	l := language(t, named(t, "Z2"), 1)
	const next = `[{"s":"0 1","e":false},{"s":"0 1","e":true}]` + "\n"
	for _, c := range []struct{ tokens, labels, next, edits, want string }{
		{"1\n0\n0\n", "1\n0\n0\n", next, "\n13\n", ""},
		{"2\n", "", "", "", "main.tok:1: letter 2 at position 1 is not an element of Z2: they are 0 to 1"},
		{"1 x\n", "", "", "", `main.tok:1: letter 2 is "x": expected a number, one space between two`},
		{"1\n", "", next, "", "labels.txt:1: the file ends: expected a line for main.tok:1"},
		{"1\n", "0\n", next, "", `labels.txt:1: label "0": expected 1, the product is 1`},
		{"1\n", "1\n", "", "", "next-symbols.jsonl:1: the file ends: expected a line for main.tok:1"},
		{"1\n", "1\n", "[]\n", "", "next-symbols.jsonl:1: 0 sets of next symbols: expected 2, one for each prefix of main.tok:1"},
		{"1\n", "1\n", "{}\n", "", "next-symbols.jsonl:1: not a list of objects with the keys s and e: "},
		{"1\n", "1\n", `[{"s":"0 1","e":false},{"s":"0 1"}]`, "", "next-symbols.jsonl:1: set 2 lacks the key s or e"},
		{"1\n", "1\n", `[{"s":"0","e":false},{"s":"0 1","e":true}]`, "", `next-symbols.jsonl:1: set 1 holds "0": expected "0 1"`},
		{"1\n", "1\n", `[{"s":"0 1","e":false},{"s":"0 1","e":false}]`, "", `next-symbols.jsonl:1: set 2 has "e":false: expected true, the product is 1`},
		{"0\n", "0\n", "", "x\n", `num-edits.txt:1: number of edits "x": expected a number from 1 on, or nothing`},
		{"0\n", "0\n", "", "0\n", `num-edits.txt:1: number of edits "0": expected a number from 1 on, or nothing`},
		{"0\n", "0\n", "", "", "num-edits.txt:1: the file ends: expected a line for main.tok:1"},
		{"0\n", "0\n1\n", "", "\n", "labels.txt:2: a line without a word: expected the end of the file, as in main.tok"},
		{"0\n", "0\n", next, "\n", "next-symbols.jsonl:1: a line without a word: expected the end of the file, as in main.tok"},
	} {
		split := Split[io.Reader]{strings.NewReader(c.tokens), strings.NewReader(c.labels),
			strings.NewReader(c.next), strings.NewReader(c.edits)}
		_, err := collectRead(l.ReadFLaRe(split, splitNames))
		if err == nil && c.want == "" {
			continue
		}
		if err == nil || c.want == "" || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// Every word of a length and label is drawn about as often as every other: sampled,
// 32,000 draws of seed 1, chi-squared within 5 standard deviations.
func TestBalancedIsUniform(t *testing.T) {
	p, err := New("counter", counter(4), 0, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	l := language(t, p, 2)
	seq, err := l.Balanced(Balance{MinLength: 3, MaxLength: 3, Count: 32_000, Seed: 1})
	times := map[bool]map[string]int{true: {}, false: {}}
	total := map[bool]int{}
	for row := range rows(t, seq, err) {
		if err := p.Check(row); err != nil {
			t.Fatal(err)
		}
		label := l.Accepts(row.Target)
		times[label][string(appendNumbers(nil, row.Input))]++
		total[label]++
	}
	all, err := p.All(3, 0)
	kinds := map[bool]int{}
	for row := range rows(t, all, err) {
		kinds[l.Accepts(row.Target)]++
	}
	for label, n := range kinds {
		if share := float64(total[label]) / 32_000; share < 0.485 || share > 0.515 {
			t.Errorf("label %t: share %.3f of the words", label, share)
		}
		expected, chi2 := float64(total[label])/float64(n), 0.0
		for _, k := range times[label] {
			d := float64(k) - expected
			chi2 += d * d / expected
		}
		if len(times[label]) != n || chi2 > float64(n-1)+5*math.Sqrt(2*float64(n-1)) {
			t.Errorf("label %t: %d of %d words, chi-squared %.0f", label, len(times[label]), n, chi2)
		}
	}
}

func TestBalancedErrors(t *testing.T) {
	few, err := New("Z4", zn(4), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		l    *Language
		b    Balance
		want string
	}{
		{language(t, few), Balance{MinLength: 1, MaxLength: 3}, "no word of Z4 of length 1 to 3 is inside the language"},
		{language(t, few), Balance{MinLength: 4, MaxLength: 4}, "no word of Z4 of length 4 to 4 is outside the language"},
		{language(t, few), Balance{MinLength: 2, MaxLength: 1}, "lengths 2 to 1: expected"},
		{language(t, named(t, "A5")), Balance{MaxLength: 1 << 20}, "counting the words of A5 up to length 1048576 takes"},
	} {
		if _, err := c.l.Balanced(c.b); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.b, err, c.want)
		}
	}
	if _, err := few.Language(4); err == nil || err.Error() != "accepted element 4 is not an element of Z4: they are 0 to 3" {
		t.Error(err)
	}
}

// Counts agree with the words themselves.
func TestCountsAreExact(t *testing.T) {
	p := named(t, "S3:g2")
	l := language(t, p, 1, 2)
	c, err := l.count(6)
	if err != nil {
		t.Fatal(err)
	}
	for length := range 7 {
		inside := int64(0)
		seq, err := p.All(length, 0)
		for row := range rows(t, seq, err) {
			if l.Accepts(row.Target) {
				inside++
			}
		}
		if c.words(1, length, 0).Cmp(big.NewInt(inside)) != 0 {
			t.Errorf("length %d: %v words inside, counted %d", length, c.words(1, length, 0), inside)
		}
	}
}
