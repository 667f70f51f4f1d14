package snark

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tc0/circuits/arith"
)

var origin = Origin{Model: strings.Repeat("ab", 32), Checkpoint: strings.Repeat("cd", 32)}

// proved is a small circuit with keys and one proof.
type proved struct {
	system    *System
	proving   *ProvingKey
	verifying *VerifyingKey
	word      []int
	proof     *Proof
}

var provedOnce sync.Map // Options → func() (*proved, error)

// prove makes keys and a proof for the small layer, once for all tests.
func prove(t *testing.T, o Options) *proved {
	t.Helper()
	c := tiny(t)
	once, _ := provedOnce.LoadOrStore(o, sync.OnceValues(func() (*proved, error) {
		s, err := Lower(c, o)
		if err != nil {
			return nil, err
		}
		p := &proved{system: s, word: []int{2, 1}}
		if p.proving, p.verifying, err = s.Setup(origin); err != nil {
			return nil, err
		}
		a, err := s.Assign(p.word)
		if err != nil {
			return nil, err
		}
		p.proof, err = s.Prove(context.Background(), p.proving, a)
		return p, err
	}))
	p, err := once.(func() (*proved, error))()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// again is a proof or key after a trip through its text.
func again(t *testing.T, p *Proof, k *VerifyingKey) (*Proof, *VerifyingKey) {
	t.Helper()
	pt, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	kt, err := k.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !IsProof(pt) || IsProof(kt) {
		t.Fatal("a proof's first bytes are not told from a key's")
	}
	proof, err := ReadProof(bytes.NewReader(pt))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ReadVerifyingKey(bytes.NewReader(kt))
	if err != nil {
		t.Fatal(err)
	}
	return proof, key
}

// TestProofs proves and verifies with both systems and all kinds of words, and sees wrong
// statements refused.
func TestProofs(t *testing.T) {
	for _, o := range []Options{
		{Backend: Groth16, Words: Public}, {Backend: Groth16, Words: Hashed}, {Backend: Groth16, Words: Private}, {Backend: PLONK, Words: Private},
	} {
		p := prove(t, o)
		proof, key := again(t, p.proof, p.verifying)
		if err := Verify(proof, key); err != nil {
			t.Fatalf("%v: %v", o, err)
		}
		if err := proof.Derive(p.system.plan().circuit, origin); err != nil {
			t.Errorf("%v: %v", o, err)
		}
		for name, change := range map[string]func(p *Proof){
			"label":           func(p *Proof) { p.Statement.Labels[0] ^= 1 },
			"labels missing":  func(p *Proof) { p.Statement.Labels = nil },
			"label too large": func(p *Proof) { p.Statement.Labels[0] = 7 },
			"word":            func(p *Proof) { p.Statement.Word = []int{1, 1} },
			"hash":            func(p *Proof) { p.Statement.Hash = "123" },
			"proof":           func(p *Proof) { p.Proof[40] ^= 1 },
			"proof cut":       func(p *Proof) { p.Proof = p.Proof[:100] },
			"key":             func(p *Proof) { p.KeyDigest = origin.Model },
			"model":           func(p *Proof) { p.Model = origin.Checkpoint },
			"system":          func(p *Proof) { p.System = origin.Checkpoint },
			"shape":           func(p *Proof) { p.Shape.Classes++ },
			"words":           func(p *Proof) { p.Words = map[Words]Words{Public: Private, Hashed: Public, Private: Hashed}[p.Words] },
		} {
			bad, _ := again(t, p.proof, p.verifying)
			change(bad)
			var refusal *Refusal
			if err := Verify(bad, key); !errors.As(err, &refusal) {
				t.Errorf("%v: %s changed: %v, expected a refusal", o, name, err)
			}
		}
	}
}

// TestWrongWitness sees that no proof comes out of a wrong word or label.
func TestWrongWitness(t *testing.T) {
	p := prove(t, Options{Backend: Groth16, Words: Public})
	for name, change := range map[string]func(st *Statement){
		"label": func(st *Statement) { st.Labels[0] ^= 1 },
		"word":  func(st *Statement) { st.Word[0] = 0 },
	} {
		a, err := p.system.Assign(p.word)
		if err != nil {
			t.Fatal(err)
		}
		change(&a.Statement)
		public, err := a.Statement.inputs(p.system.Options, p.system.plan().shape())
		if err != nil {
			t.Fatal(err)
		}
		tr, err := evaluate(p.system.plan().circuit, p.word)
		if err != nil {
			t.Fatal(err)
		}
		if a.witness, err = fill(public, p.system.secret(nil, nil, p.system.plan().assign(tr).advice)); err != nil {
			t.Fatal(err)
		}
		if _, err := p.system.Prove(context.Background(), p.proving, a); !errors.Is(err, ErrUnsatisfied) {
			t.Errorf("%s: %v, expected %v", name, err, ErrUnsatisfied)
		}
		if err := p.system.Solve(context.Background(), a); !errors.Is(err, ErrUnsatisfied) {
			t.Errorf("%s, without keys: %v, expected %v", name, err, ErrUnsatisfied)
		}
	}
}

// TestWrongWeight sees that a circuit with one other number has another constraint system, for
// which keys and proofs are refused.
func TestWrongWeight(t *testing.T) {
	p := prove(t, Options{Backend: Groth16, Words: Public})
	var text bytes.Buffer
	if err := p.system.plan().circuit.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	other := changed(t, text.String())
	s, err := Lower(other, p.system.Options)
	if err != nil {
		t.Fatal(err)
	}
	if s.Digest == p.system.Digest {
		t.Fatal("a changed weight leaves the digest of the constraint system as it is")
	}
	if err := s.Accepts(p.verifying, origin); err == nil {
		t.Error("keys of another model are accepted")
	}
	a, err := s.Assign(p.word)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prove(context.Background(), p.proving, a); err == nil {
		t.Error("a proof is made with the keys of another model")
	}
	var refusal *Refusal
	if err := p.proof.Derive(other, origin); !errors.As(err, &refusal) {
		t.Errorf("the proof is derived from another model: %v", err)
	}
}

// changed is a circuit with the last coefficient of its text one more.
func changed(t *testing.T, text string) *arith.Circuit {
	t.Helper()
	at := strings.LastIndex(text, "*")
	from := at
	for from > 0 && strings.ContainsRune("0123456789", rune(text[from-1])) {
		from--
	}
	if at < 0 || from == at {
		t.Fatalf("no coefficient in the text")
	}
	c, err := arith.ReadText(strings.NewReader(text[:from] + "1" + text[from:]))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestProvingKeyFile reads a proving key back, and refuses damage and other systems.
func TestProvingKeyFile(t *testing.T) {
	for _, o := range []Options{{Backend: Groth16, Words: Public}, {Backend: PLONK, Words: Private}} {
		p := prove(t, o)
		var b bytes.Buffer
		if err := p.proving.Write(&b); err != nil {
			t.Fatal(err)
		}
		k, err := ReadProvingKey(bytes.NewReader(b.Bytes()), p.verifying)
		if err != nil {
			t.Fatal(err)
		}
		a, err := p.system.Assign(p.word)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := p.system.Prove(context.Background(), k, a)
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(proof, p.verifying); err != nil {
			t.Fatal(err)
		}
		damaged := bytes.Clone(b.Bytes())
		damaged[len(damaged)-7] ^= 1
		if _, err := ReadProvingKey(bytes.NewReader(damaged), p.verifying); err == nil {
			t.Error("a damaged key is accepted")
		}
		if _, err := ReadProvingKey(bytes.NewReader(b.Bytes()), prove(t, Options{Backend: Groth16, Words: Hashed}).verifying); err == nil {
			t.Error("a key of another system is accepted")
		}
	}
}

// TestAgreement compares labels and satisfiability with the evaluator of package arith on
// sampled words of trained models.
func TestAgreement(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for _, m := range []trained{flipflop, recurrent, s4d, s4dSteps} {
		s := m.lower(t, Options{Backend: Groth16, Words: Private})
		words := make([][]int, 8)
		for i := range words {
			for range m.length {
				words[i] = append(words[i], random.IntN(s.plan().shape().Vocabulary))
			}
		}
		results, err := arith.NewEvaluator(m.circuit(t)).Eval(context.Background(), words)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range words {
			a, err := s.Assign(w)
			if err != nil {
				t.Fatal(err)
			}
			for pos, label := range results[i].Labels {
				if a.Statement.Labels[pos] != label {
					t.Fatalf("%v, word %v: labels %v, expected %v", m, w, a.Statement.Labels, results[i].Labels)
				}
			}
			if err := s.Solve(context.Background(), a); err != nil {
				t.Fatalf("%v, word %v: %v", m, w, err)
			}
		}
	}
}

// TestDeterminism lowers twice to the same digest.
func TestDeterminism(t *testing.T) {
	for _, b := range []Backend{Groth16, PLONK} {
		o := Options{Backend: b, Words: Hashed}
		first, err := Lower(tiny(t), o)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Lower(tiny(t), o)
		if err != nil {
			t.Fatal(err)
		}
		if first.Digest != second.Digest {
			t.Errorf("%s: digests %s and %s", b, first.Digest, second.Digest)
		}
	}
}

// evmDir is where the packages of evm/package.json are installed, out of the sources.
const evmDir = "../../build/evm"

// TestSolidity runs the exported contracts in an EVM.
func TestSolidity(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("needs node: not installed")
	}
	script := filepath.Join(evmDir, "verify.mjs")
	if _, err := os.Stat(filepath.Join(evmDir, "node_modules", "solc")); err != nil {
		t.Skip("needs npm packages: cp -r proofs/snark/evm build && npm install --prefix build/evm")
	}
	text, err := os.ReadFile("evm/verify.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{Backend: Groth16, Words: Public}, {Backend: PLONK, Words: Private}} {
		p := prove(t, o)
		dir := t.TempDir()
		contract, calls := filepath.Join(dir, "v.sol"), filepath.Join(dir, "calls.json")
		var b bytes.Buffer
		if err := p.verifying.ExportSolidity(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(contract, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(calls, evmCalls(t, p.proof), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("node", script, contract, calls).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		t.Logf("%v:\n%s", o, out)
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		for i, line := range lines {
			if want := i == 0; strings.Contains(line, `"accepted":true`) != want {
				t.Errorf("%v: call %d: %s", o, i, line)
			}
		}
		if len(lines) != 3 {
			t.Errorf("%v: %d answers, expected 3", o, len(lines))
		}
	}
}

// evmCalls are the proof as it is, with another input, and with another byte.
func evmCalls(t *testing.T, p *Proof) []byte {
	t.Helper()
	inputs, err := p.Inputs()
	if err != nil {
		t.Fatal(err)
	}
	proof, err := p.Calldata()
	if err != nil {
		t.Fatal(err)
	}
	type call struct {
		Proof  string   `json:"proof"`
		Inputs []string `json:"inputs"`
	}
	good := call{Proof: hex.EncodeToString(proof)}
	for _, v := range inputs {
		good.Inputs = append(good.Inputs, v.String())
	}
	input, bytes := good, good
	input.Inputs = append([]string{}, good.Inputs...)
	input.Inputs[len(input.Inputs)-1] += "1"
	proof[70] ^= 1
	bytes.Proof = hex.EncodeToString(proof)
	data, err := json.Marshal([]call{good, input, bytes})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// FuzzRead reads arbitrary bytes as artefacts; what is read is written as it was.
func FuzzRead(f *testing.F) {
	for _, b := range []Backend{Groth16, PLONK} {
		for _, v := range []any{
			&Proof{Header: Header{Format: proofFormat, Backend: b, Words: Private, Shape: Shape{1, 2, 1, 2}}, Proof: make([]byte, 196)},
			&VerifyingKey{Header{Format: verifyingFormat, Backend: b, Words: Private, Shape: Shape{1, 2, 1, 2}}, make([]byte, 300)},
		} {
			data, err := encode(v)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := ReadProof(bytes.NewReader(data)); err == nil {
			if same, err := p.Encode(); err != nil || !bytes.Equal(same, data) {
				t.Error("a proof is not written as it was read")
			}
			if _, err := p.Calldata(); err != nil {
				t.Log(err)
			}
		}
		if k, err := ReadVerifyingKey(bytes.NewReader(data)); err == nil {
			if same, err := k.Encode(); err != nil || !bytes.Equal(same, data) {
				t.Error("a key is not written as it was read")
			}
		}
	})
}
