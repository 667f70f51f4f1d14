package kernel

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	Reason  string // why not
	Results []Result
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

// Print writes a line for each claim that was judged, and the verdict.
func (v *Verdict) Print(w io.Writer) error {
	for _, r := range v.Results {
		fmt.Fprintf(w, "%-10s %-12s %s\n%24s%s\n", r.ID, r.Kind, r.Text, "", r.Checked)
	}
	if v.Holds {
		_, err := fmt.Fprintf(w, "%s\nverdict: holds\n", notChecked)
		return err
	}
	_, err := fmt.Fprintf(w, "%s\nverdict: fails\n", v.Reason)
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

// check refuses fields out of range. How a range was calibrated is not checked: any is as
// good a definition of the quantised function.
func (q *quantisation) check() {
	require(q.Version == 1 && q.Digits >= 1 && q.Digits <= 2, "quant.json: version %d, %d digits", q.Version, q.Digits)
	require(slices.Contains([]string{"convolution", "recurrent"}, q.Form), "quant.json: form %q", q.Form)
	require(slices.Contains([]string{"gates", "depth", "wires"}, q.Minimize), "quant.json: goal %q", q.Minimize)
	p := q.Precision
	require(p.Base >= 0 && p.Base <= 24 && p.PerLog >= 0 && p.PerLog <= 8, "quant.json: precision %v", p)
	for i, t := range q.Tensors {
		require(i == 0 || q.Tensors[i-1].Name < t.Name, "quant.json: tensor %q is out of order", t.Name)
		require(t.Max >= 0 && t.Max-t.Max == 0 && t.Extra >= -24 && t.Extra <= 24, "quant.json: tensor %q is out of range", t.Name)
		for _, k := range t.Shifts {
			require(k >= -10 && k <= 0, "quant.json: tensor %q has the shift %d", t.Name, k)
		}
	}
}

// Verify judges a certificate. Its companions quant.json, model.ac and circuit.tc lie
// beside it, the checkpoint's files in a directory of their own. An error says that
// there was nothing to judge, because a file is missing or is no certificate.
func Verify(certificate, checkpoint string) (v Verdict, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case refusal:
			v.Holds, v.Reason = false, string(r)
		case missing:
			err = r.error
		default:
			panic(r)
		}
	}()
	data := open(certificate)
	text, err := io.ReadAll(data)
	if data.Close(); err != nil {
		return v, err
	}
	if !bytes.HasPrefix(text, []byte("{\n  \"format\": \"tc0 certificate ")) {
		return v, fmt.Errorf("%s: does not begin as a certificate does", certificate)
	}
	c := decode(text)
	v.check(c, filepath.Dir(certificate), checkpoint)
	v.Holds = true
	return v, nil
}

func open(path string) *os.File {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		panic(missing{fmt.Errorf("%s: %w", path, cause(err))})
	}
	return f
}

// cause is an error of the file system without the path.
func cause(err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// check goes through the claims; what every claim rests on is checked first.
func (v *Verdict) check(c *Certificate, dir, checkpoint string) {
	require(len(c.Files) == 3, "the certificate: names %d files", len(c.Files))
	var q quantisation
	var m *arithmetic
	var size *Size
	for i, read := range []struct {
		name string
		use  func(r io.Reader)
	}{
		{"quant.json", func(r io.Reader) {
			data, _ := io.ReadAll(r)
			canonical(data, &q, "quant.json")
			q.check()
		}},
		{"model.ac", func(r io.Reader) { m = readArithmetic(r) }},
		{"circuit.tc", func(r io.Reader) { size = checkLowering(m, r) }},
	} {
		require(c.Files[i].Name == read.name, "the certificate: file %d is %q, expected %q", i, c.Files[i].Name, read.name)
		f := open(filepath.Join(dir, read.name))
		sum := sha256.New()
		read.use(io.TeeReader(f, sum)) // each reader goes to the end
		f.Close()
		require(c.Files[i].SHA256 == hex.EncodeToString(sum.Sum(nil)),
			"%s: is not the file that the certificate is about", read.name)
	}
	n := openCheckpoint(checkpoint)
	require(slices.Equal(n.files, c.Checkpoint.Files) && n.digest == c.Checkpoint.Digest,
		"the checkpoint is not the one that the certificate is about")
	require(n.digest == q.Checkpoint, "quant.json: was made for another checkpoint")
	checkSemantics(&c.Semantics, &q, m, n)
	for _, claim := range c.Claims {
		v.claim(&claim, &c.Semantics, &q, m, n, size)
	}
}

// claim judges one claim.
func (v *Verdict) claim(claim *Claim, s *Semantics, q *quantisation, m *arithmetic, n *network, size *Size) {
	r := Result{ID: claim.ID, Kind: claim.Kind}
	for _, known := range statements {
		if known.id == claim.ID {
			r.Text = known.text
		}
	}
	switch claim.ID {
	case ClaimSize:
		require(bytes.Equal(encode(claim.Size), encode(size)), "size: claims %+v, counted %+v", *claim.Size, *size)
		r.Checked = fmt.Sprintf("depth %d, %d gates, %d wires, weights of %d bits",
			size.Depth, size.Gates, size.Wires, size.MaxWeightBits)
	case ClaimLowering:
		r.Checked = fmt.Sprintf("%d nodes, gate by gate", len(m.nodes))
	case ClaimBinding:
		r.Checked = checkBinding(m, q, n, s)
	case ClaimBound:
		gates, weight := claim.Bound.gates(s.Length, s.Bits), claim.Bound.weightBits(s.Length, s.Bits)
		require(new(big.Int).SetUint64(size.Gates).Cmp(gates) <= 0, "bound: %d gates, the formula gives %v", size.Gates, gates)
		require(size.MaxWeightBits <= weight, "bound: weights of %d bits, the formula gives %d", size.MaxWeightBits, weight)
		r.Checked = fmt.Sprintf("%d gates <= %v, %d bits <= %d; for this length alone",
			size.Gates, gates, size.MaxWeightBits, weight)
	case ClaimAgreement:
		a := claim.Agreement
		checkAgreement(a, s, m, n)
		r.Kind = fmt.Sprintf("sampled %d", a.Words)
		r.Checked = fmt.Sprintf("%d of %d positions, seed %d", a.Agreeing, a.Positions, a.Seed)
	case ClaimAllWords:
		a := claim.AllWords
		checkAllWords(a, s, m, n)
		r.Checked = fmt.Sprintf("%d of %d positions, %d words", a.Agreeing, a.Positions, a.Words)
	case ClaimClass:
		r.Kind, r.Checked = "cited", fmt.Sprintf("%v: not checked here", claim.Theorems)
	}
	v.Results = append(v.Results, r)
}

// checkSemantics compares the semantics with the files.
func checkSemantics(s *Semantics, q *quantisation, m *arithmetic, n *network) {
	bits := q.Precision.Base + int(math.Ceil(q.Precision.PerLog*math.Log2(float64(len(m.inputs)))))
	require(bits >= 3 && bits <= 24, "quant.json: a precision of %d bits", bits)
	want := Semantics{
		Family: n.family, Form: q.Form, Discretisation: Discretisation(n.family), Numbers: Numbers, Rounding: Rounding,
		Precision: q.Precision, Bits: bits, Digits: q.Digits, Minimize: q.Minimize, Length: len(m.inputs), Vocabulary: n.vocab, Alphabet: q.Alphabet,
	}
	require(bytes.Equal(encode(s), encode(want)), "the certificate: its semantics are not those of the files, %+v", want)
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

// agreement counts positions at which a word's label is the float64 model's argmax.
type agreement struct{ least, most int }

func (a *agreement) word(word []int, m *arithmetic, n *network) {
	labels := m.labelOf(word)
	for t, logits := range n.forward(word) {
		best, scale := slices.Max(logits), 0.0
		for _, x := range logits {
			scale = max(scale, math.Abs(x))
		}
		ties := 0 // logits that could be the largest
		for _, x := range logits {
			if x >= best-near*scale {
				ties++
			}
		}
		if labels[t] >= 0 && logits[labels[t]] >= best-near*scale {
			a.most++
			if ties == 1 {
				a.least++
			}
		}
	}
}

func (a *agreement) check(agreeing, positions int) {
	require(agreeing >= a.least && agreeing <= a.most, "agreement: claims %d of %d positions, counted %d to %d",
		agreeing, positions, a.least, a.most)
}

// checkAgreement draws the words again and counts.
func checkAgreement(c *Agreement, s *Semantics, m *arithmetic, n *network) {
	require(c.Words > 0 && c.Words <= mostTokens/s.Length && c.Positions == c.Words*s.Length,
		"agreement: %d positions of %d words", c.Positions, c.Words)
	r := rand.New(rand.NewPCG(c.Seed, 0x7463302d776f7264)) // "tc0-word"
	var a agreement
	word := make([]int, s.Length)
	for range c.Words {
		for t := range word {
			word[t] = s.Alphabet[r.IntN(len(s.Alphabet))]
		}
		a.word(word, m, n)
	}
	a.check(c.Agreeing, c.Positions)
}

// checkAllWords counts over all words, in the order of their letters.
func checkAllWords(c *AllWords, s *Semantics, m *arithmetic, n *network) {
	words := 1
	for range s.Length {
		words *= len(s.Alphabet)
		require(words <= mostTokens/s.Length, "all-words: there are too many to compare")
	}
	require(c.Words == words && c.Positions == words*s.Length,
		"all-words: %d positions of %d words, there are %d words", c.Positions, c.Words, words)
	var a agreement
	word := make([]int, s.Length)
	for i := range words {
		for t := range word {
			word[t] = s.Alphabet[i%len(s.Alphabet)]
			i /= len(s.Alphabet)
		}
		a.word(word, m, n)
	}
	a.check(c.Agreeing, c.Positions)
}
