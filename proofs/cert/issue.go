package cert

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"tc0/circuits/compile"
	"tc0/circuits/threshold"
	"tc0/proofs/kernel"
	"tc0/theory/bound"
	"tc0/theory/ssm"
)

// The files of an OUT_DIR that a certificate is about, in its order, and the
// compiler's report.
const (
	quantFile   = "quant.json"
	arithFile   = "model.ac"
	circuitFile = "circuit.tc"
	reportFile  = "report.json"
)

// FileName is the certificate's name in an OUT_DIR.
const FileName = "certificate.json"

// Issue states what is claimed of the OUT_DIR of a compilation of the checkpoint.
func Issue(dir string, ck *ssm.Checkpoint) (*kernel.Certificate, error) {
	q, err := compile.LoadQuant(filepath.Join(dir, quantFile), ck)
	if err != nil {
		return nil, err
	}
	report, err := loadReport(dir)
	if err != nil {
		return nil, err
	}
	model, err := compile.New(ck, q, report.Length)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	c := &kernel.Certificate{Format: kernel.Format, Semantics: semantics(q, model.Bits(), report.Length, ck)}
	if c.Files, err = digests(dir, quantFile, arithFile, circuitFile); err != nil {
		return nil, err
	}
	if c.Checkpoint, err = source(ck); err != nil {
		return nil, err
	}
	size, err := count(filepath.Join(dir, circuitFile))
	if err != nil {
		return nil, err
	}
	limits := boundOf(model.Bound().Formula())
	c.Claims = []kernel.Claim{
		{ID: kernel.ClaimSize, Kind: "proved", Size: size},
		{ID: kernel.ClaimLowering, Kind: "proved"},
		{ID: kernel.ClaimBinding, Kind: "proved"},
		{ID: kernel.ClaimBound, Kind: "proved", Bound: limits},
		{ID: kernel.ClaimAgreement, Kind: "sampled", Agreement: agreement(report)},
	}
	if all, err := allWords(ck, model, q, report.Length); err != nil {
		return nil, err
	} else if all != nil {
		c.Claims = append(c.Claims, kernel.Claim{ID: kernel.ClaimAllWords, Kind: "exhaustive", AllWords: all})
	}
	if q.Form == compile.Convolution {
		theorems, err := classTheorems(ck.Model.Family)
		if err != nil {
			return nil, err
		}
		c.Claims = append(c.Claims, kernel.Claim{ID: kernel.ClaimClass, Kind: "assumed", Theorems: theorems})
	}
	return c, nil
}

func semantics(q *compile.Quant, bits, length int, ck *ssm.Checkpoint) kernel.Semantics {
	return kernel.Semantics{
		Family: ck.Model.Family, Form: string(q.Form), Discretisation: kernel.Discretisation(ck.Model.Family),
		Numbers: kernel.Numbers, Rounding: kernel.Rounding,
		Precision: kernel.Precision{Base: q.Precision.Base, PerLog: q.Precision.PerLog}, Bits: bits,
		Digits: q.Digits, Minimize: string(q.Minimize), Length: length, Vocabulary: ck.Model.Vocab, Alphabet: q.Alphabet,
	}
}

// classTheorems are the IDs of the theorems that place the family's convolutional form.
func classTheorems(family string) ([]string, error) {
	ids := map[string][]string{"mamba": {"T4.4", "C4.5"}, "s4d": {"T4.2"}}[family]
	for _, id := range ids {
		if _, known := bound.TheoremByID(id); !known {
			return nil, fmt.Errorf("the registry has no theorem %s", id)
		}
	}
	if ids == nil {
		return nil, fmt.Errorf("no theorem places the family %q", family)
	}
	return ids, nil
}

func loadReport(dir string) (*compile.Report, error) {
	path := filepath.Join(dir, reportFile)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: compile again", path, cause(err))
	}
	var r compile.Report
	if err := json.Unmarshal(text, &r); err != nil || r.Length < 1 || r.EvalWords < 1 {
		return nil, fmt.Errorf("%s: is not a report of tc0 compile: compile again", path)
	}
	return &r, nil
}

// agreement is the report's sampled claim in whole positions.
func agreement(r *compile.Report) *kernel.Agreement {
	return &kernel.Agreement{
		Words: r.EvalWords, Seed: r.EvalSeed, Positions: r.Positions, Agreeing: int(math.Round(r.Agreement * float64(r.Positions))),
	}
}

// mostWords is how many words there may be for all of them to be compared.
const mostWords = 1 << 10

// allWords compares the quantised model with the float model on all words; nil if they
// are too many.
func allWords(ck *ssm.Checkpoint, m *compile.Model, q *compile.Quant, length int) (*kernel.AllWords, error) {
	count := 1
	for range length {
		if count *= len(q.Alphabet); count > mostWords {
			return nil, nil
		}
	}
	all := &kernel.AllWords{Words: count, Positions: count * length}
	word := make([]int, length)
	for i := range count {
		for t := range word {
			word[t] = q.Alphabet[i%len(q.Alphabet)]
			i /= len(q.Alphabet)
		}
		agreeing, err := agreeing(ck, m, q, word)
		if err != nil {
			return nil, err
		}
		all.Agreeing += agreeing
	}
	return all, nil
}

// agreeing is at how many positions of a word the quantised label is the float model's argmax.
func agreeing(ck *ssm.Checkpoint, m *compile.Model, q *compile.Quant, word []int) (count int, err error) {
	form := ssm.Convolution
	if q.Form == compile.Recurrent {
		form = ssm.Recurrent
	}
	logits, err := ck.Model.Forward(word, form, nil)
	if err != nil {
		return 0, err
	}
	result, err := m.Eval(word)
	if err != nil {
		return 0, err
	}
	for t, label := range result.Labels {
		if ssm.Argmax(logits[t*ck.Model.Vocab:(t+1)*ck.Model.Vocab]) == label {
			count++
		}
	}
	return count, nil
}

// source names the files of a checkpoint that its digest is about.
func source(ck *ssm.Checkpoint) (kernel.Source, error) {
	var names []string
	for _, name := range ck.Files {
		if name != "task.json" {
			names = append(names, name)
		}
	}
	files, err := digests(ck.Dir, names...)
	return kernel.Source{Digest: ck.Digest, Files: files}, err
}

func digests(dir string, names ...string) ([]kernel.File, error) {
	var files []kernel.File
	for _, name := range names {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, name), cause(err))
		}
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		if f.Close(); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, name), cause(err))
		}
		files = append(files, kernel.File{Name: name, SHA256: hex.EncodeToString(sum.Sum(nil))})
	}
	return files, nil
}

func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// count reads a circuit and counts it by the project's own statistics.
func count(path string) (*kernel.Size, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	defer f.Close()
	c, err := threshold.ReadBinary(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return sizeOf(c), nil
}

func sizeOf(c *threshold.Circuit) *kernel.Size {
	s := c.Stats()
	return &kernel.Size{
		Depth: s.Depth, Gates: s.Gates, Wires: s.Wires, Inputs: s.Inputs, Outputs: s.Outputs,
		MaxFanIn: s.MaxFanIn, MaxWeightBits: s.MaxWeightBits, TotalWeight: s.TotalWeight,
	}
}

// boundOf is a bound's formula as a certificate holds it.
func boundOf(f compile.Formula) *kernel.Bound {
	return &kernel.Bound{
		Position: kernel.Polynomial(f.Position), Pair: kernel.Polynomial(f.Pair), Later: kernel.Polynomial(f.Later),
		Slope: f.Slope, Offset: f.Offset, Least: f.Least,
	}
}
