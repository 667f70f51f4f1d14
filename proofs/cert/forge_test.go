package cert

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tc0/circuits/arith"
	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/circuits/equiv"
	"tc0/circuits/lower"
	"tc0/circuits/threshold"
	"tc0/proofs/coq"
	"tc0/proofs/kernel"
	"tc0/theory/ssm"
)

// A forgery changes one thing and renews all digests, and the counts where the circuit
// changes, so that nothing but the check of what is claimed can refuse it. The kernel must
// refuse it, or the certificate must be true, which the project's own compiler,
// validator and models decide: they share no code with the kernel.

// forger changes one thing of a bundle, without renewing digests; what it changed, and
// false if it found nothing to change.
type forger struct {
	name  string
	share int // of all forgeries, in relation to the others
	forge func(b *bundle, r *rand.Rand) (string, bool)
}

var forgers = []forger{
	{"circuit", 4, forgeCircuit},
	{"model", 4, forgeModel},
	{"bytes", 2, forgeBytes},
	{"quant", 2, forgeQuant},
	{"weight", 2, forgeWeight},
	{"certificate", 2, forgeCertificate},
}

var (
	forgeryCount  = flag.Int("forgeries", 0, "how many forgeries of each model; 0: 40 of flip-flop and Z5, 2,000 with TC0_LONG")
	forgeryLength = flag.Int("forgery-length", 2, "length of the words of the circuits that are forged")
)

func TestForgeries(t *testing.T) {
	gates := shape{*forgeryLength, 4, 2, compile.Convolution, compile.Gates, 4}
	for i, name := range trained {
		count := 20
		switch {
		case (name == "mamba-flipflop4" || name == "s4d-z5") && long:
			count = 2000
		case name == "mamba-flipflop4" || name == "s4d-z5":
			count = 40
		case !long:
			continue // the others take long to compile; the full count has them
		}
		t.Run(name, func(t *testing.T) { forgeries(t, compiled(t, name, gates), count, uint64(1+i)) })
	}
	t.Run("one-digit", func(t *testing.T) {
		forgeries(t, compiled(t, "mamba-flipflop4", shape{2, 3, 1, compile.Convolution, compile.Gates, 4}), 20, 100)
	})
	t.Run("bits-as-gates", func(t *testing.T) {
		forgeries(t, compiled(t, "mamba-flipflop4", shape{2, 4, 1, compile.Recurrent, compile.Wires, 4}), 20, 101)
	})
}

func forgeries(t *testing.T, b *bundle, count int, seed uint64) {
	if *forgeryCount > 0 {
		count = *forgeryCount
	}
	t.Parallel()
	dir := t.TempDir()
	accept(t, b.verify(t, dir), len(b.cert.Claims))
	r := rand.New(rand.NewPCG(seed, 1))
	var choose []*forger
	for i := range forgers {
		for range forgers[i].share {
			choose = append(choose, &forgers[i])
		}
	}
	third := validator(t)
	refused, honest, proved, lax := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	open := 0 // too large for the validator
	for n := 0; n < count; {
		f := choose[r.IntN(len(choose))]
		forged := b.clone()
		what, ok := f.forge(forged, r)
		if !ok {
			continue
		}
		n++
		forged.sign()
		v := forged.verify(t, dir)
		if third != "" && forged.otherCircuit(b) {
			switch answer := ask(t, third, dir); {
			case answer == accepted:
				word, readable := forged.miscomputed(t)
				if word != "" {
					t.Errorf("the validator accepts %s, %s: on %s circuit.tc does not compute model.ac", f.name, what, word)
				}
				if readable {
					proved[f.name]++
				} else {
					lax[f.name]++
				}
			case answer == undecided:
				open++
			case v.Holds:
				t.Errorf("the kernel accepts and the validator does not: %s, %s", f.name, what)
			}
		}
		if !v.Holds {
			refused[f.name]++
			continue
		}
		honest[f.name]++
		if why := forged.untrue(t, dir); why != "" {
			t.Errorf("accepted: %s, %s: %s", f.name, what, why)
		}
	}
	t.Logf("%d forgeries, seed %d: refused %v, accepted as true %v", count, seed, refused, honest)
	if third != "" {
		t.Logf("of those with another circuit or model, the validator extracted from Coq accepts %v, and %v whose notes only other readers look at; %d are too large for its stack", proved, lax, open)
	} else {
		t.Log("not compared with the validator extracted from Coq: needs ocamlopt (it comes with Debian's coq): not installed")
	}
	for _, f := range forgers {
		if count >= 100 && refused[f.name] == 0 {
			t.Errorf("no forgery of %s was refused", f.name)
		}
	}
}

// validator is the program extracted from Coq, "" if it cannot be built here.
func validator(t *testing.T) string {
	if _, err := exec.LookPath("ocamlopt"); err != nil {
		return ""
	}
	bin, err := coq.BuildValidator(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// Exit statuses of the validator; 1 and 2 are refusals.
const accepted, undecided = 0, 3

// ask asks the validator about the circuits in a folder.
func ask(t *testing.T, bin, dir string) (status int) {
	err := exec.CommandContext(t.Context(), bin, filepath.Join(dir, arithFile), filepath.Join(dir, circuitFile)).Run()
	exit := (*exec.ExitError)(nil)
	switch {
	case err == nil:
		return accepted
	case !errors.As(err, &exit) || exit.ExitCode() < 1 || exit.ExitCode() > undecided:
		t.Fatal(err)
	}
	return exit.ExitCode()
}

// otherCircuit reports whether a circuit differs from the one of another bundle.
func (b *bundle) otherCircuit(than *bundle) bool {
	return !bytes.Equal(b.files[arithFile], than.files[arithFile]) || !bytes.Equal(b.files[circuitFile], than.files[circuitFile])
}

// miscomputed names a word on which circuit.tc gives other labels than model.ac, "" if there
// is none: of all words up to 1,000, else of 200 words from a seed. A gate that only names
// another node than its own is no fault here; it is one to the kernel. If the project's own
// readers refuse a file, which say more of names and notes than the validator reads, readable
// is false.
func (b *bundle) miscomputed(t *testing.T) (word string, readable bool) {
	ac, err := arith.ReadBinary(bytes.NewReader(b.files[arithFile]))
	if err != nil {
		return "", false
	}
	tc, err := threshold.ReadBinary(bytes.NewReader(b.files[circuitFile]))
	if err != nil {
		return "", false
	}
	least := ac.Levels(ac.Inputs()[0])
	for _, n := range ac.Inputs() {
		least = min(least, ac.Levels(n))
	}
	var letters []int
	for token := range least {
		letters = append(letters, token)
	}
	words, err := equiv.Exhaustive(letters, len(ac.Inputs()))
	if err != nil || words.Count() > 1000 {
		words, err = equiv.Sampled(letters, len(ac.Inputs()), 200, 1)
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := equiv.Circuits(t.Context(), ac, tc, words, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != equiv.Holds {
		return fmt.Sprint(r.First), true
	}
	return "", true
}

// untrue says why an accepted certificate is not true, judged by the project's own means.
func (b *bundle) untrue(t *testing.T, dir string) string {
	ck, err := ssm.Load(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return err.Error()
	}
	q, err := compile.LoadQuant(filepath.Join(dir, quantFile), ck)
	if err != nil {
		return err.Error()
	}
	ac, err := arith.ReadBinary(bytes.NewReader(b.files[arithFile]))
	if err != nil {
		return err.Error()
	}
	tc, err := threshold.ReadBinary(bytes.NewReader(b.files[circuitFile]))
	if err != nil {
		return err.Error()
	}
	length := b.cert.Semantics.Length
	m, err := compile.New(ck, q, length)
	if err != nil {
		return err.Error()
	}
	again, err := m.Arith(length)
	if err != nil {
		return err.Error()
	}
	if !bytes.Equal(binaryOf(t, again), b.files[arithFile]) {
		return "model.ac is not what compiling gives"
	}
	if r := check.Lowering(t.Context(), ac, tc, check.Options{}); r.Verdict != check.Holds {
		return "circuit.tc does not implement model.ac"
	}
	for _, claim := range b.cert.Claims {
		switch claim.ID {
		case kernel.ClaimSize:
			if size, err := count(filepath.Join(dir, circuitFile)); err != nil || !bytes.Equal(jsonOf(t, size), jsonOf(t, claim.Size)) {
				return "other counts"
			}
		case kernel.ClaimAgreement:
			got := 0
			for _, word := range compile.Words(q.Alphabet, claim.Agreement.Words, length, claim.Agreement.Seed) {
				n, err := agreeing(ck, m, q, word)
				if err != nil {
					return err.Error()
				}
				got += n
			}
			if got != claim.Agreement.Agreeing {
				return fmt.Sprintf("agreement at %d positions", got)
			}
		case kernel.ClaimAllWords:
			if all, err := allWords(ck, m, q, length); err != nil || !bytes.Equal(jsonOf(t, all), jsonOf(t, claim.AllWords)) {
				return "other agreement on all words"
			}
		}
	}
	return ""
}

func jsonOf(t *testing.T, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func binaryOf(t *testing.T, c interface{ WriteBinary(io.Writer) error }) []byte {
	var out bytes.Buffer
	if err := c.WriteBinary(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var (
	number    = regexp.MustCompile(`-?\d+`)
	firstWord = regexp.MustCompile(`[a-z_]+`)
)

// changeNumber changes one number of a text somewhat: by little, in sign, or to another one. All
// kinds of lines, by their first word, are as likely.
func changeNumber(text string, r *rand.Rand) (string, string) {
	lines := strings.SplitAfter(text, "\n")
	kinds := map[string][]int{}
	for i, line := range lines {
		if i >= 2 && number.MatchString(line) { // the first two are the format and counts
			kind := firstWord.FindString(line)
			kinds[kind] = append(kinds[kind], i)
		}
	}
	names := slices.Sorted(maps.Keys(kinds))
	for {
		kind := kinds[names[r.IntN(len(names))]]
		i := kind[r.IntN(len(kind))]
		places := number.FindAllStringIndex(lines[i], -1)
		at := places[r.IntN(len(places))]
		old, err := strconv.ParseInt(lines[i][at[0]:at[1]], 10, 64)
		if err != nil {
			continue
		}
		changed := []int64{old + 1, old - 1, -old, 2 * old, old + r.Int64N(1<<20), 0}[r.IntN(6)]
		if changed == old {
			continue
		}
		line := lines[i]
		lines[i] = line[:at[0]] + strconv.FormatInt(changed, 10) + line[at[1]:]
		what := fmt.Sprintf("%d for %d in %q", changed, old, line[:min(len(line), 80)])
		return strings.Join(lines, ""), what
	}
}

// tries bounds how often a forger looks for a change that its reader takes.
const tries = 200

// forgeCircuit changes one number of circuit.tc: of a gate, a form, a table, an output. The
// result is a circuit, and the certificate has its counts.
func forgeCircuit(b *bundle, r *rand.Rand) (string, bool) {
	c, err := threshold.ReadBinary(bytes.NewReader(b.files[circuitFile]))
	if err != nil {
		return "", false
	}
	var text strings.Builder
	if c.WriteText(&text) != nil {
		return "", false
	}
	for range tries {
		changed, what := changeNumber(text.String(), r)
		forged, err := threshold.ReadText(strings.NewReader(changed))
		if err != nil {
			continue
		}
		var out bytes.Buffer
		if forged.WriteBinary(&out) != nil {
			return "", false
		}
		b.files[circuitFile] = out.Bytes()
		b.recount(forged)
		return what, true
	}
	return "", false
}

// forgeModel changes one number of model.ac: of a form, a step table, a view, an origin. Half
// of the time the circuit is lowered from the forged model, so that only the binding is wrong.
func forgeModel(b *bundle, r *rand.Rand) (string, bool) {
	c, err := arith.ReadBinary(bytes.NewReader(b.files[arithFile]))
	if err != nil {
		return "", false
	}
	var text strings.Builder
	if c.WriteText(&text) != nil {
		return "", false
	}
	for range tries {
		changed, what := changeNumber(text.String(), r)
		forged, err := arith.ReadText(strings.NewReader(changed))
		if err != nil {
			continue
		}
		var out bytes.Buffer
		if forged.WriteBinary(&out) != nil {
			return "", false
		}
		b.files[arithFile] = out.Bytes()
		if r.IntN(2) == 0 {
			return what, true
		}
		return what + ", lowered anew", b.lower(forged)
	}
	return "", false
}

// forgeBytes changes one byte of a file.
func forgeBytes(b *bundle, r *rand.Rand) (string, bool) {
	name := []string{quantFile, arithFile, circuitFile}[r.IntN(3)]
	data := bytes.Clone(b.files[name])
	at := r.IntN(len(data))
	data[at] ^= 1 << r.IntN(8)
	b.files[name] = data
	return fmt.Sprintf("byte %d of %s", at, name), true
}

// forgeQuant changes one number of quant.json.
func forgeQuant(b *bundle, r *rand.Rand) (string, bool) {
	text, what := changeNumber(string(b.files[quantFile]), r)
	var q compile.Quant
	if json.Unmarshal([]byte(text), &q) != nil {
		return "", false
	}
	canonical, err := q.MarshalIndent()
	if err != nil || bytes.Equal(canonical, b.files[quantFile]) {
		return "", false
	}
	b.files[quantFile] = canonical
	b.cert.Semantics.Alphabet, b.cert.Semantics.Digits = q.Alphabet, q.Digits
	b.cert.Semantics.Precision = kernel.Precision{Base: q.Precision.Base, PerLog: q.Precision.PerLog}
	b.cert.Semantics.Bits = q.Precision.At(b.cert.Semantics.Length)
	return what, true
}

// forgeWeight changes one weight of the checkpoint: by a unit in the last place, by some
// percent, or in sign.
func forgeWeight(b *bundle, r *rand.Rand) (string, bool) {
	const name = "model.safetensors"
	data := bytes.Clone(b.checkpoint[name])
	body := data[8+binary.LittleEndian.Uint64(data):]
	at := r.IntN(len(body)/4) * 4
	old := binary.LittleEndian.Uint32(body[at:])
	w := math.Float32frombits(old)
	changed := []uint32{old ^ 1, math.Float32bits(w * 1.03), old ^ 1<<31, old ^ 1<<16}[r.IntN(4)]
	if changed == old {
		return "", false
	}
	binary.LittleEndian.PutUint32(body[at:], changed)
	b.checkpoint[name] = data
	return fmt.Sprintf("weight at %d, %v", at, w), true
}

// forgeCertificate changes one number of what is claimed or of the semantics.
func forgeCertificate(b *bundle, r *rand.Rand) (string, bool) {
	text := string(b.cert.Encode())
	from := strings.Index(text, `"semantics"`)
	changed, what := changeNumber(text[from:], r)
	var c kernel.Certificate
	if json.Unmarshal([]byte(text[:from]+changed), &c) != nil {
		return "", false
	}
	b.cert = c
	return what, true
}

// lower makes circuit.tc from a forged model.ac in the way the compiler would.
func (b *bundle) lower(ac *arith.Circuit) bool {
	o := lower.Options{Digits: b.cert.Semantics.Digits, Materialise: map[string]bool{}}
	for _, stage := range ac.Stages() {
		o.Materialise[stage] = b.cert.Semantics.Minimize == "wires"
	}
	tc, err := lower.Circuit(ac, o)
	if err != nil {
		return false
	}
	var out bytes.Buffer
	if tc.WriteBinary(&out) != nil {
		return false
	}
	b.files[circuitFile] = out.Bytes()
	b.recount(tc)
	return true
}

// recount claims the counts that a forged circuit has.
func (b *bundle) recount(c *threshold.Circuit) { b.cert.Claims[0].Size = sizeOf(c) }
