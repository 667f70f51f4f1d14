package snark

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tc0/circuits/arith"
)

// inChunks are the options of proofs of scores.
func inChunks(words int) Options { return Options{Backend: Groth16, Words: Hashed, Chunk: words} }

// sums is a circuit of two tokens with two labels: is the first, is the sum at least 2?
func sums(tb testing.TB) *arith.Circuit {
	tb.Helper()
	b := arith.NewBuilder()
	b.At(arith.Origin{Stage: b.Stage("sum"), A: -1, B: -1, J: -1})
	number, at := b.Table([]int64{0, 1, 2}), b.Table([]int64{2})
	var terms []arith.Term
	for range 2 {
		terms = append(terms, arith.Term{Coef: 1, View: arith.View{Node: b.Input(3), Table: number}})
		sum := b.Form(0, terms)
		less, more := b.Step(sum, at, b.Table([]int64{1, 0}), 0, 1), b.Step(sum, at, b.Table([]int64{0, 1}), 0, 1)
		b.Output([]arith.Node{sum, sum}, []arith.Node{less, more})
	}
	c, err := b.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// questions draws a test set for a circuit. Half of the targets are the circuit's own labels.
func questions(t *testing.T, c *arith.Circuit, s Shape, words, chunk int, seed uint64) *TestSet {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 0))
	var all, targets [][]int
	for range words {
		var word, target []int
		for range s.Length {
			word = append(word, random.IntN(s.Vocabulary))
		}
		tr, err := evaluate(c, word)
		if err != nil {
			t.Fatal(err)
		}
		own, err := labelsOf(c, tr)
		if err != nil {
			t.Fatal(err)
		}
		for pos := range s.Positions {
			if target = append(target, own[pos]); random.IntN(2) == 0 {
				target[pos] = random.IntN(s.Classes+1) - 1
			}
		}
		all, targets = append(all, word), append(targets, target)
	}
	set, err := NewTestSet(s, chunk, all, targets)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestScore compares scores with labels counted one by one, and sees every other score, and
// targets that only pack like the right ones, refused.
func TestScore(t *testing.T) {
	c := sums(t)
	s, err := Lower(c, inChunks(3))
	if err != nil {
		t.Fatal(err)
	}
	shape := s.plan().shape()
	chunk := questions(t, c, shape, 3, 3, 5).At(0)
	chunk.Targets[1] = []int{Unscored, Unscored}
	chunk.Words[2], chunk.Targets[2] = []int{1, 1}, []int{1, 0} // labels 0 and 1
	a, err := s.AssignChunk(chunk)
	if err != nil {
		t.Fatal(err)
	}
	var want Score
	for i, w := range chunk.Words {
		results, err := arith.NewEvaluator(c).Eval(context.Background(), [][]int{w})
		if err != nil {
			t.Fatal(err)
		}
		counted, right := 0, 0
		for pos, target := range chunk.Targets[i] {
			if target != Unscored {
				counted++
				if results[0].Labels[pos] == target {
					right++
				}
			}
		}
		want.Positions, want.RightPositions = want.Positions+counted, want.RightPositions+right
		if counted > 0 {
			want.Words++
			if right == counted {
				want.RightWords++
			}
		}
	}
	if d := cmp.Diff(want, *a.Statement.Score); d != "" {
		t.Fatalf("score (-want +got):\n%s", d)
	}
	if err := s.Solve(context.Background(), a); err != nil {
		t.Fatal(err)
	}
	var traces []trace
	for _, w := range chunk.Words {
		tr, err := evaluate(c, w)
		if err != nil {
			t.Fatal(err)
		}
		traces = append(traces, tr)
	}
	public, err := a.Statement.inputs(s.Options, shape)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(name string, public []*big.Int, targets []int) {
		t.Helper()
		w, err := fill(public, s.secret(chunk.Salt, targets, s.plan().assign(traces...).advice))
		if err != nil {
			t.Fatal(err)
		}
		if err := solve(s.ccs, w); !errors.Is(err, ErrUnsatisfied) {
			t.Errorf("%s: %v, expected %v", name, err, ErrUnsatisfied)
		}
	}
	for i := range public {
		for _, d := range []int64{-1, 1} {
			wrong := append([]*big.Int{}, public...)
			wrong[i] = new(big.Int).Add(public[i], big.NewInt(d))
			refused("a public input changed", wrong, chunk.coded(shape))
		}
	}
	other := chunk.coded(shape)
	other[4] ^= 1
	refused("another target", public, other)

	alias, p := chunk.coded(shape), shape.targets(s.Options)
	alias[4], alias[5] = alias[4]-(1<<p.bits), alias[5]+1 // the label
	if packedSum(p, alias).Cmp(packedSum(p, chunk.coded(shape))) != 0 {
		t.Fatal("the alias does not pack like the targets: it tests nothing")
	}
	public[4].Add(public[4], big.NewInt(1))
	refused("targets out of range with the same packing", public, alias)
}

// packedSum packs symbols of one field element whether they are in range or not.
func packedSum(p packed, symbols []int) *big.Int {
	total := new(big.Int)
	for i, s := range symbols {
		v := big.NewInt(int64(s))
		total.Add(total, v.Lsh(v, uint(i)*p.bits))
	}
	return total
}

// TestScores samples chunks: every one has a solution, with the score that counting gives.
func TestScores(t *testing.T) {
	c := sums(t)
	s, err := Lower(c, inChunks(2))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		chunk := questions(t, c, s.plan().shape(), 2, 2, rapid.Uint64().Draw(r, "seed")).At(0)
		a, err := s.AssignChunk(chunk)
		if err != nil {
			r.Fatal(err)
		}
		if err := s.Solve(context.Background(), a); err != nil {
			r.Fatalf("%v: %v", chunk, err)
		}
	})
}

// TestSum proves the score of a test set whose last chunk is short, and sees proofs that are about
// other chunks, or counted twice, refused.
func TestSum(t *testing.T) {
	c := sums(t)
	s, err := Lower(c, inChunks(2))
	if err != nil {
		t.Fatal(err)
	}
	pk, vk, err := s.Setup(origin)
	if err != nil {
		t.Fatal(err)
	}
	set := questions(t, c, s.plan().shape(), 3, 2, 7)
	text, err := set.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if set, err = ReadTestSet(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	commitment, err := set.Commit()
	if err != nil {
		t.Fatal(err)
	}
	if text, err = commitment.Encode(); err != nil {
		t.Fatal(err)
	}
	if !IsCommitment(text) {
		t.Fatal("a commitment's first bytes are not told")
	}
	if commitment, err = ReadCommitment(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	var proofs []*Proof
	var want Score
	for i := range set.Chunks() {
		a, err := s.AssignChunk(set.At(i))
		if err != nil {
			t.Fatal(err)
		}
		p, err := s.Prove(context.Background(), pk, a)
		if err != nil {
			t.Fatal(err)
		}
		p, vk = again(t, p, vk)
		proofs, want = append(proofs, p), want.Add(*a.Statement.Score)
	}
	got, err := commitment.Sum(proofs, vk)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" || got.Words == 0 || got.RightPositions == 0 || got.RightPositions == got.Positions {
		t.Fatalf("score %+v (-want +got):\n%s", got, d)
	}
	if part, err := commitment.Sum([]*Proof{nil, proofs[1]}, vk); err != nil || part != *proofs[1].Statement.Score {
		t.Errorf("one chunk of two: %+v, %v", part, err)
	}
	better := *proofs[0]
	better.Statement.Score = &Score{2, 2, 4, 4}
	more := *commitment
	more.Words++
	for name, refused := range map[string]func() (Score, error){
		"proofs exchanged":  func() (Score, error) { return commitment.Sum([]*Proof{proofs[1], proofs[0]}, vk) },
		"a proof twice":     func() (Score, error) { return commitment.Sum([]*Proof{proofs[0], proofs[0]}, vk) },
		"a better score":    func() (Score, error) { return commitment.Sum([]*Proof{&better, proofs[1]}, vk) },
		"more words stated": func() (Score, error) { return more.Sum(proofs, vk) },
		"labels for scores": func() (Score, error) {
			return commitment.Sum([]*Proof{prove(t, Options{Backend: Groth16, Words: Hashed}).proof}, vk)
		},
		"another key": func() (Score, error) {
			return commitment.Sum(proofs, prove(t, Options{Backend: Groth16, Words: Hashed}).verifying)
		},
	} {
		var refusal *Refusal
		if _, err := refused(); !errors.As(err, &refusal) {
			t.Errorf("%s: %v, expected a refusal", name, err)
		}
	}
}

// TestTestSets refuses test sets that cannot be scored.
func TestTestSets(t *testing.T) {
	shape := Shape{Length: 2, Vocabulary: 3, Positions: 2, Classes: 2}
	for name, c := range map[string]struct {
		chunk          int
		words, targets [][]int
	}{
		"no words":         {2, nil, nil},
		"no chunk":         {0, [][]int{{0, 1}}, [][]int{{0, 1}}},
		"a large chunk":    {maxChunk + 1, [][]int{{0, 1}}, [][]int{{0, 1}}},
		"a short word":     {2, [][]int{{0}}, [][]int{{0, 1}}},
		"a target more":    {2, [][]int{{0, 1}}, [][]int{{0, 1, 1}}},
		"an unknown token": {2, [][]int{{0, 3}}, [][]int{{0, 1}}},
		"an unknown class": {2, [][]int{{0, 1}}, [][]int{{0, 2}}},
	} {
		if _, err := NewTestSet(shape, c.chunk, c.words, c.targets); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := NewTestSet(shape, 2, [][]int{{0, 2}}, [][]int{{Unscored, 1}}); err != nil {
		t.Error(err)
	}
}

// FuzzReadTestSet reads arbitrary bytes as test sets and commitments; what is read is written as
// it was.
func FuzzReadTestSet(f *testing.F) {
	set, err := NewTestSet(Shape{Length: 1, Vocabulary: 2, Positions: 1, Classes: 2}, 1, [][]int{{1}}, [][]int{{0}})
	if err != nil {
		f.Fatal(err)
	}
	commitment, err := set.Commit()
	if err != nil {
		f.Fatal(err)
	}
	for _, encode := range []func() ([]byte, error){set.Encode, commitment.Encode} {
		text, err := encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := ReadTestSet(bytes.NewReader(data)); err == nil {
			if same, err := s.Encode(); err != nil || !bytes.Equal(same, data) {
				t.Error("a test set is not written as it was read")
			}
			if _, err := s.Commit(); err != nil {
				t.Error(err)
			}
		}
		if c, err := ReadCommitment(bytes.NewReader(data)); err == nil {
			if same, err := c.Encode(); err != nil || !bytes.Equal(same, data) {
				t.Error("a commitment is not written as it was read")
			}
		}
	})
}
