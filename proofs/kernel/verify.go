package kernel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// Verdict is what the kernel found.
type Verdict struct {
	Holds   bool
	Reason  string   // why not
	Results []Result // of the claims that hold, in the order of the certificate
	Open    []Result // the other claims
}

// Result is the verdict on one claim.
type Result struct {
	ID      string
	Kind    string // proved, sampled K, or cited for what is assumed
	Text    string // what is claimed
	Checked string // what was done
}

// notChecked is what no verdict says.
const notChecked = "not checked: the calibration of quant.json's ranges, other lengths, theorems cited"

// Print writes two lines for each claim, and the verdict.
func (v *Verdict) Print(w io.Writer) error {
	for _, r := range slices.Concat(v.Results, v.Open) {
		fmt.Fprintf(w, "%-10s %-12s %s\n%24s%s\n", r.ID, r.Kind, r.Text, "", r.Checked)
	}
	end, verdict := v.Reason, "fails"
	if v.Holds {
		end, verdict = notChecked, "holds"
	}
	_, err := fmt.Fprintf(w, "%s\nverdict: %s\n", end, verdict)
	return err
}

// missing is an error that leaves nothing to judge: a file that cannot be read.
type missing struct{ error }

// quantisation is quant.json.
type quantisation struct {
	Version     int       `json:"version"`
	Checkpoint  string    `json:"checkpoint_digest"`
	Family      string    `json:"family"`
	Form        string    `json:"form"`
	Precision   Precision `json:"precision"`
	Digits      int       `json:"digits"`
	Minimize    string    `json:"minimize"`
	Alphabet    []int     `json:"alphabet"`
	Calibration struct {
		Source string `json:"source"`
		Words  int    `json:"words"`
		Length int    `json:"length"`
		Seed   uint64 `json:"seed"`
	} `json:"calibration"`
	Tensors []tensor `json:"tensors"`
}

type tensor struct {
	Name   string  `json:"name"`
	Max    float64 `json:"max"`
	Extra  int     `json:"extra_bits"`
	Shifts []int   `json:"shifts,omitempty"`
}

// readQuantisation refuses fields out of range. How a range was calibrated is not checked: any is
// as good a definition of the quantised function.
func readQuantisation(r io.Reader) (q quantisation) {
	data, err := io.ReadAll(r)
	require(err == nil, "quant.json: cannot be read to its end")
	canonical(data, &q, "quant.json")
	require(q.Version == 1 && q.Digits >= 1 && q.Digits <= 2, "quant.json: version %d, %d digits", q.Version, q.Digits)
	require(slices.Contains([]string{"convolution", "recurrent"}, q.Form), "quant.json: form %q", q.Form)
	require(slices.Contains([]string{"gates", "depth", "wires"}, q.Minimize), "quant.json: goal %q", q.Minimize)
	p := q.Precision
	require(p.Base >= 0 && p.Base <= 24 && p.PerLog >= 0 && p.PerLog <= 8, "quant.json: precision %v", p)
	for i, t := range q.Tensors {
		require(i == 0 || q.Tensors[i-1].Name < t.Name, "quant.json: tensor %q is out of order", t.Name)
		require(t.Max >= 0 && t.Max-t.Max == 0 && t.Extra >= -24 && t.Extra <= 24,
			"quant.json: tensor %q is out of range", t.Name)
		for _, k := range t.Shifts {
			require(k >= -10 && k <= 0, "quant.json: tensor %q has the shift %d", t.Name, k)
		}
	}
	return q
}

// Verify judges a certificate. Its companions quant.json, model.ac and circuit.tc lie
// beside it, the checkpoint's files in a directory of their own. An error says that
// there was nothing to judge, because a file is missing or is no certificate.
func Verify(certificate, checkpoint string) (v Verdict, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case refusal:
			v.Reason = string(r)
		case missing:
			err = r.error
		default:
			panic(r)
		}
	}()
	text := readFile(certificate)
	if !bytes.HasPrefix(text, []byte("{\n  \"format\": \"tc0 certificate ")) {
		return v, fmt.Errorf("%s: does not begin as a certificate does", certificate)
	}
	v.check(decode(text), filepath.Dir(certificate), checkpoint)
	v.Holds = true
	return v, nil
}

// open opens a file, but nothing that would block or never end.
func open(path string) *os.File {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", path)
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		panic(missing{err})
	}
	return f
}

// readFile is a file's content.
func readFile(path string) []byte {
	f := open(path)
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		panic(missing{err})
	}
	return data
}

// evidence is what claims are judged by.
type evidence struct {
	semantics *Semantics
	quant     quantisation
	model     *arithmetic
	network   *network
	size      *Size
}

// check goes through the claims; what every claim rests on is checked first.
func (v *Verdict) check(c *Certificate, dir, checkpoint string) {
	for _, claim := range c.Claims {
		v.Open = append(v.Open, Result{claim.ID, claim.Kind, textOf(claim.ID), "not judged"})
	}
	e := evidence{semantics: &c.Semantics}
	readers := []func(r io.Reader){
		func(r io.Reader) { e.quant = readQuantisation(r) },
		func(r io.Reader) { e.model = readArithmetic(r) },
		func(r io.Reader) { e.size = checkLowering(e.model, r) },
	}
	require(len(c.Files) == len(readers), "the certificate: names %d files", len(c.Files))
	for i, name := range []string{"quant.json", "model.ac", "circuit.tc"} {
		require(c.Files[i].Name == name, "the certificate: file %d is %q, expected %q", i, c.Files[i].Name, name)
		f, sum := open(filepath.Join(dir, name)), sha256.New()
		readers[i](io.TeeReader(f, sum)) // each reader goes to the end
		f.Close()
		require(c.Files[i].SHA256 == hex.EncodeToString(sum.Sum(nil)),
			"%s: is not the file that the certificate is about", name)
	}
	e.network = openCheckpoint(checkpoint)
	require(slices.Equal(e.network.files, c.Checkpoint.Files) && e.network.digest == c.Checkpoint.Digest,
		"the checkpoint is not the one that the certificate is about")
	require(e.network.digest == e.quant.Checkpoint, "quant.json: was made for another checkpoint")
	e.checkSemantics()
	for _, claim := range c.Claims {
		r := &v.Open[0]
		r.Checked = "does not hold"
		r.Kind, r.Checked = e.judge(&claim)
		v.Results, v.Open = append(v.Results, *r), v.Open[1:]
	}
}

// judge refuses a claim that does not hold; it says of which kind it is and what was done.
func (e *evidence) judge(claim *Claim) (kind, checked string) {
	s, size := e.semantics, e.size
	switch kind = claim.Kind; claim.ID {
	case ClaimSize:
		wrong := differences(claim.Size, size)
		require(wrong == "", "size: claims %s", wrong)
		checked = fmt.Sprintf("depth %d, %d gates, %d wires, weights of %d bits",
			size.Depth, size.Gates, size.Wires, size.MaxWeightBits)
	case ClaimLowering:
		checked = fmt.Sprintf("%d nodes, gate by gate", len(e.model.nodes))
	case ClaimBinding:
		checked = checkBinding(e)
	case ClaimBound:
		gates, weight := claim.Bound.gates(s.Length, s.Bits), claim.Bound.weightBits(s.Length, s.Bits)
		require(new(big.Int).SetUint64(size.Gates).Cmp(gates) <= 0,
			"bound: %d gates, the formula gives %v", size.Gates, gates)
		require(size.MaxWeightBits <= weight, "bound: weights of %d bits, the formula gives %d", size.MaxWeightBits, weight)
		checked = fmt.Sprintf("%d gates <= %v, %d bits <= %d; for this length alone",
			size.Gates, gates, size.MaxWeightBits, weight)
	case ClaimAgreement:
		a := claim.Agreement
		r := rand.New(rand.NewPCG(a.Seed, 0x7463302d776f7264)) // "tc0-word"
		e.agreement(claim.ID, a.Words, a.Positions, a.Agreeing, func(word, t int) int { return r.IntN(len(s.Alphabet)) })
		kind = fmt.Sprintf("sampled %d", a.Words)
		checked = fmt.Sprintf("%d of %d positions, seed %d", a.Agreeing, a.Positions, a.Seed)
	case ClaimAllWords:
		a, words := claim.AllWords, 1
		for range s.Length {
			words *= len(s.Alphabet)
			require(words <= mostTokens, "all-words: there are too many to compare")
		}
		require(a.Words == words, "all-words: there are %d words, not %d", words, a.Words)
		e.agreement(claim.ID, a.Words, a.Positions, a.Agreeing, func(word, t int) int {
			for range t {
				word /= len(s.Alphabet)
			}
			return word % len(s.Alphabet)
		})
		checked = fmt.Sprintf("%d of %d positions, %d words", a.Agreeing, a.Positions, a.Words)
	case ClaimClass:
		kind, checked = "cited", fmt.Sprintf("%v: not checked here", claim.Theorems)
	}
	return kind, checked
}

// checkSemantics compares the semantics with the files.
func (e *evidence) checkSemantics() {
	s, q, m, n := e.semantics, &e.quant, e.model, e.network
	bits := q.Precision.Base + int(math.Ceil(q.Precision.PerLog*math.Log2(float64(len(m.inputs)))))
	require(bits >= 3 && bits <= 24, "quant.json: a precision of %d bits", bits)
	wrong := differences(s, &Semantics{
		Family: n.family, Form: q.Form, Discretisation: Discretisation(n.family), Numbers: Numbers, Rounding: Rounding,
		Precision: q.Precision, Bits: bits, Digits: q.Digits, Minimize: q.Minimize,
		Length: len(m.inputs), Vocabulary: n.vocab, Alphabet: q.Alphabet,
	})
	require(wrong == "", "the certificate: its semantics are not those of the files: %s", wrong)
	require(q.Family == n.family && len(q.Alphabet) > 0, "quant.json: family %q, alphabet %v", q.Family, q.Alphabet)
	for i, token := range q.Alphabet {
		require(token >= 0 && token < n.vocab && (i == 0 || q.Alphabet[i-1] < token),
			"quant.json: token %d of the alphabet", token)
	}
	for t, in := range m.inputs {
		require(int(m.nodes[in].levels) == n.vocab && len(m.labels[t]) == n.vocab && len(m.logits[t]) == n.vocab,
			"model.ac: position %d has not %d letters and classes", t, n.vocab)
	}
}

// mostTokens bounds the tokens of a sample, or of all words.
const mostTokens = 1 << 24

// near is how near, relative to the largest, two logits count as equal: summing in
// another order may exchange them, so a claim may count such a position either way.
const near = 1e-9

// agreement counts positions at which a word's label is the float64 model's argmax, of words
// with these letters.
func (e *evidence) agreement(id string, words, positions, agreeing int, letter func(word, t int) int) {
	length := e.semantics.Length
	require(words > 0 && words <= mostTokens/length && positions == words*length,
		"%s: %d positions of %d words", id, positions, words)
	least, most := 0, 0
	word := make([]int, length)
	for i := range words {
		for t := range word {
			word[t] = e.semantics.Alphabet[letter(i, t)]
		}
		labels := e.model.labelOf(word)
		for t, logits := range e.network.forward(word) {
			scale := max(slices.Max(logits), -slices.Min(logits))
			border, ties := slices.Max(logits)-near*scale, 0
			for _, x := range logits {
				if x >= border {
					ties++ // it could be the largest
				}
			}
			if labels[t] >= 0 && logits[labels[t]] >= border {
				most++
				if ties == 1 {
					least++
				}
			}
		}
	}
	require(agreeing >= least && agreeing <= most,
		"%s: claims %d of %d positions, counted %d to %d", id, agreeing, positions, least, most)
}
