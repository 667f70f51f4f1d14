package snark

import (
	"context"
	"errors"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/theory/ssm"
)

var lowered sync.Map // by trained

// committed lowers the architecture of a trained model for private words and Groth16, and binds it to the
// model's weights.
func (m trained) committed(tb testing.TB) *System {
	tb.Helper()
	if s, ok := lowered.Load(m); ok {
		return s.(*System)
	}
	o := Options{Backend: Groth16, Words: Private, Committed: true}
	c := m.circuit(tb)
	a, err := ArchitectureOf(c, DefaultRoom)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := LowerArchitecture(a, o)
	if err != nil {
		tb.Fatal(err)
	}
	if s, err = s.Bind(c, big.NewInt(12345)); err != nil {
		tb.Fatal(err)
	}
	lowered.Store(m, s)
	return s
}

// TestCommittedAgreement compares labels and satisfiability with the evaluator of package arith
// on sampled words of trained models.
func TestCommittedAgreement(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	for _, m := range []trained{flipflop, recurrentShort, s4dShort} {
		s := m.committed(t)
		tally := s.Tally()
		t.Logf("%v: %d constraints, %d accounted for", m, s.Constraints(), tally.Constraints())
		for range 4 {
			word := make([]int, m.length)
			for i := range word {
				word[i] = random.IntN(s.lowering.shape().Vocabulary)
			}
			results, err := arith.NewEvaluator(m.circuit(t)).Eval(context.Background(), [][]int{word})
			if err != nil {
				t.Fatal(err)
			}
			a, err := s.Assign(word)
			if err != nil {
				t.Fatal(err)
			}
			for pos, label := range results[0].Labels {
				if a.Statement.Labels[pos] != label {
					t.Fatalf("%v, word %v: labels %v, expected %v", m, word, a.Statement.Labels, results[0].Labels)
				}
			}
			if err := s.Solve(context.Background(), a); err != nil {
				t.Fatalf("%v, word %v: %v", m, word, err)
			}
		}
	}
}

// TestSisters proves with weights that another model, whose architecture it is, has not: all a
// little off, as after more training.
func TestSisters(t *testing.T) {
	for _, m := range []trained{flipflop, s4dShort} {
		s := m.committed(t)
		sister := m.sister(t, 0.05, 6)
		other, err := s.Bind(sister, s.model.salt)
		if err != nil {
			t.Fatalf("%v: %v", m, err)
		}
		if other.model.commitment == s.model.commitment {
			t.Fatalf("%v: two models have one commitment", m)
		}
		a, err := other.Assign(make([]int, m.length))
		if err != nil {
			t.Fatal(err)
		}
		if err := other.Solve(context.Background(), a); err != nil {
			t.Fatalf("%v: %v", m, err)
		}
	}
}

// sister is the model with all weights off by random shares of themselves.
func (m trained) sister(t *testing.T, share float64, seed uint64) *arith.Circuit {
	t.Helper()
	return m.compile(t, func(model *ssm.Model, _ *compile.Request) {
		random := rand.New(rand.NewPCG(seed, 6))
		tensors, err := model.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range tensors {
			for i := range x.Values {
				x.Values[i] *= 1 + share*random.NormFloat64()
			}
		}
	})
}

// TestRoom counts how many models fit in an architecture, for docs/snark.md.
func TestRoom(t *testing.T) {
	long(t, "compiles 90 models")
	const seeds = 10
	for _, m := range []trained{flipflop, recurrent, s4d} {
		a, err := ArchitectureOf(m.circuit(t), DefaultRoom)
		if err != nil {
			t.Fatal(err)
		}
		for _, share := range []float64{0.05, 0.2, 0.5} {
			fitting := 0
			for seed := range uint64(seeds) {
				if _, err := a.Parameters(m.sister(t, share, seed)); err == nil {
					fitting++
				}
			}
			t.Logf("%v: weights off by %v: %d of %d fit", m, share, fitting, seeds)
			if share <= 0.2 && fitting < seeds {
				t.Errorf("%v: of models with weights off by %v only %d of %d fit", m, share, fitting, seeds)
			}
		}
	}
}

// family are toys of one shape and architecture.
func family(t *testing.T, x toy, n int) (*Architecture, []*arith.Circuit) {
	t.Helper()
	var of *Architecture
	var out []*arith.Circuit
	for seed := uint64(0); len(out) < n; seed++ {
		c := x.model(t, seed)
		if of == nil {
			a, err := ArchitectureOf(c, DefaultRoom)
			if err != nil {
				t.Fatal(err)
			}
			of = a
		}
		if _, err := of.Parameters(c); err == nil {
			out = append(out, c)
		}
	}
	return of, out
}

// TestCommittedProofs makes keys for an architecture, and with them proofs for two models of it;
// then sees wrong statements, models and salts refused.
func TestCommittedProofs(t *testing.T) {
	for b, x := range map[Backend]toy{Groth16: smallToy, PLONK: tinyToy} {
		a, models := family(t, x, 2)
		word := []int{0, 1, 1}[:x.length]
		system, err := LowerArchitecture(a, Options{Backend: b, Words: Public, Committed: true})
		if err != nil {
			t.Fatal(err)
		}
		pk, vk, err := system.Setup(origin)
		if err != nil {
			t.Fatal(err)
		}
		if vk.Model != "" || vk.Checkpoint != "" {
			t.Error("the keys of an architecture name a model")
		}
		if _, err := system.Assign(word); err == nil {
			t.Error("a word is assigned without weights")
		}
		var proofs []*Proof
		for i, c := range models {
			bound, err := system.Bind(c, big.NewInt(int64(1000+i)))
			if err != nil {
				t.Fatal(err)
			}
			as, err := bound.Assign(word)
			if err != nil {
				t.Fatal(err)
			}
			p, err := bound.Prove(context.Background(), pk, as)
			if err != nil {
				t.Fatal(err)
			}
			proofs = append(proofs, p)
		}
		salt := big.NewInt(1000)
		p, k := again(t, proofs[0], vk)
		for _, err := range []error{Verify(p, k), Verify(proofs[1], vk), p.DeriveArchitecture(a), p.Open(a, models[0], salt)} {
			if err != nil {
				t.Fatalf("%s: %v", b, err)
			}
		}
		other := *a
		other.Stages = append([]Stage{}, a.Stages...)
		other.Stages[1].Name += "'"
		for name, err := range map[string]error{
			"another model":                      p.Open(a, models[1], salt),
			"another salt":                       p.Open(a, models[0], big.NewInt(1001)),
			"another architecture":               p.Open(&other, models[0], salt),
			"the system of another architecture": p.DeriveArchitecture(&other),
			"a circuit's system":                 p.Derive(models[0], origin),
		} {
			var refusal *Refusal
			if !errors.As(err, &refusal) {
				t.Errorf("%s: %s: %v, expected a refusal", b, name, err)
			}
		}
		for name, change := range map[string]func(p *Proof){
			"label":             func(p *Proof) { p.Statement.Labels[0] ^= 1 },
			"word":              func(p *Proof) { p.Statement.Word[0]++ },
			"commitment":        func(p *Proof) { p.Statement.Model = proofs[1].Statement.Model },
			"no commitment":     func(p *Proof) { p.Statement.Model = "" },
			"bad commitment":    func(p *Proof) { p.Statement.Model = "-1" },
			"architecture":      func(p *Proof) { p.Architecture = origin.Model },
			"no architecture":   func(p *Proof) { p.Architecture = "" },
			"proof of a sister": func(p *Proof) { p.Proof = proofs[1].Proof },
		} {
			bad, _ := again(t, proofs[0], vk)
			change(bad)
			var refusal *Refusal
			if err := Verify(bad, vk); !errors.As(err, &refusal) {
				t.Errorf("%s: %s changed: %v, expected a refusal", b, name, err)
			}
		}
	}
}

// TestCommittedWitness sees that no proof comes out of a wrong label, commitment, salt or weight.
func TestCommittedWitness(t *testing.T) {
	a, models := family(t, smallToy, 2)
	system, err := LowerArchitecture(a, Options{Backend: Groth16, Words: Public, Committed: true})
	if err != nil {
		t.Fatal(err)
	}
	bound, err := system.Bind(models[0], big.NewInt(7))
	if err != nil {
		t.Fatal(err)
	}
	sister, err := system.Bind(models[1], big.NewInt(7))
	if err != nil {
		t.Fatal(err)
	}
	word := []int{2, 0, 1}
	for name, change := range map[string]func(s *System, st *Statement){
		"nothing":    func(*System, *Statement) {},
		"label":      func(_ *System, st *Statement) { st.Labels[1] ^= 1 },
		"commitment": func(_ *System, st *Statement) { st.Model = sister.model.commitment },
		"salt":       func(s *System, _ *Statement) { s.model.salt = big.NewInt(8) },
		"weights":    func(s *System, _ *Statement) { s.model.parameters = sister.model.parameters },
	} {
		s, m := *bound, *bound.model
		s.model = &m
		as, err := s.Assign(word)
		if err != nil {
			t.Fatal(err)
		}
		change(&s, &as.Statement)
		public, err := as.Statement.inputs(s.Options, a.shape())
		if err != nil {
			t.Fatal(err)
		}
		advice := s.lowering.(*program).perform(s.model.parameters, word).advice
		if as.witness, err = fill(public, s.secret(nil, nil, advice)); err != nil {
			t.Fatal(err)
		}
		err = s.Solve(context.Background(), as)
		if name == "nothing" && err != nil || name != "nothing" && !errors.Is(err, ErrUnsatisfied) {
			t.Errorf("%s changed: %v", name, err)
		}
	}
}

// TestCommittedScores proves the chunks of a test set with committed weights, and sees a sum of scores
// of different models refused: a prover could take for each chunk the model that is best on it.
func TestCommittedScores(t *testing.T) {
	a, models := family(t, tinyToy, 2)
	system, err := LowerArchitecture(a, Options{Backend: Groth16, Words: Hashed, Chunk: 2, Committed: true})
	if err != nil {
		t.Fatal(err)
	}
	pk, vk, err := system.Setup(origin)
	if err != nil {
		t.Fatal(err)
	}
	set := questions(t, models[0], a.shape(), 4, 2, 7)
	commitment, err := set.Commit()
	if err != nil {
		t.Fatal(err)
	}
	proofs := make([][]*Proof, len(models))
	for i, c := range models {
		bound, err := system.Bind(c, big.NewInt(3))
		if err != nil {
			t.Fatal(err)
		}
		for k := range set.Chunks() {
			as, err := bound.AssignChunk(set.At(k))
			if err != nil {
				t.Fatal(err)
			}
			p, err := bound.Prove(context.Background(), pk, as)
			if err != nil {
				t.Fatal(err)
			}
			proofs[i] = append(proofs[i], p)
		}
		if _, err := commitment.Sum(proofs[i], vk); err != nil {
			t.Error(err)
		}
	}
	var refusal *Refusal
	if _, err := commitment.Sum([]*Proof{proofs[0][0], proofs[1][1]}, vk); !errors.As(err, &refusal) {
		t.Errorf("chunks of two models: %v, expected a refusal", err)
	}
}
