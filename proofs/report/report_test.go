package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/tensor"
	"tc0/empirical/train"
	"tc0/proofs/cert"
	"tc0/theory/algebra"
	"tc0/theory/class"
	"tc0/theory/language"
	"tc0/theory/ssm"
)

var (
	update  = flag.Bool("update", false, "write golden files anew")
	retrain = flag.Bool("retrain", false, "train the run of testdata anew, whose record has the time it took")
)

// trainedFiles are the files of testdata/run.
var trainedFiles = []string{"config.json", "model.safetensors", cert.RecordFile}

// trainAnew makes testdata/run.
func trainAnew(t *testing.T) {
	s := run.NewSpec(task.Spec{Name: "Z2", Length: 4, Seed: 1}, model.Config{Arch: "mamba", Layers: 1, Width: 4, State: 2}, 1)
	s.Train.Steps, s.Train.Until, s.Train.Rate, s.Train.EvalEvery = 240, train.Until{Token: 0.99}, 0.02, 20
	s.Lengths, s.Words = []int{4, 8, 16}, 128
	_, err := run.Local{Code: "testdata", Keep: func(r run.Record, files map[string][]byte) error {
		text, err := json.MarshalIndent(r, "", "  ")
		files[cert.RecordFile] = append(text, '\n')
		for _, name := range trainedFiles {
			if err == nil {
				err = os.WriteFile(filepath.Join("testdata", "run", name), files[name], 0o644)
			}
		}
		return err
	}}.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
}

// fixture compiles and certifies testdata/run in a folder of its own, which becomes the working
// directory: run is the checkpoint and out the OUT_DIR.
func fixture(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "run"), os.DirFS("testdata/run")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	ck, err := ssm.Load("run")
	if err != nil {
		t.Fatal(err)
	}
	c, err := compile.Compile(t.Context(), ck, compile.Request{
		Length: 4, Precision: &compile.Precision{Base: 5}, Digits: 2, Minimize: compile.Gates, Form: compile.Convolution, Seed: 1, EvalWords: 32,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("out", 0o755); err != nil {
		t.Fatal(err)
	}
	var ac, tc bytes.Buffer
	quant, err := c.Quant.MarshalIndent()
	report, err2 := json.Marshal(struct {
		Source map[string]string `json:"source"`
		*compile.Report
	}{map[string]string{"name": "run"}, c.Report})
	if err := errors.Join(err, err2, c.Arith.WriteBinary(&ac), c.Threshold.WriteBinary(&tc)); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"quant.json": quant, "model.ac": ac.Bytes(), "circuit.tc": tc.Bytes(), "report.json": report} {
		put(t, name, data)
	}
	certify(t, ck, c.Quant)
}

func put(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join("out", name), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// certify issues the three certificates.
func certify(t *testing.T, ck *ssm.Checkpoint, q *compile.Quant) {
	t.Helper()
	issued, err := cert.Issue("out", ck)
	if err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile("run/record.json")
	if err != nil {
		t.Fatal(err)
	}
	e, witness, err := cert.IssueExperiment(record, issued.Encode())
	if err != nil {
		t.Fatal(err)
	}
	f, err := cert.IssueFamily(t.Context(), ck, q, []int{3, 4}, cert.Spots{Gates: 16, Seed: 1}, func(string, int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		cert.FileName: issued.Encode(), cert.RecordFile: record, cert.ClassFile: witness, cert.ExperimentFile: e.Encode(), FamilyFile: f.Encode(),
	} {
		put(t, name, data)
	}
}

func predictions(task, architecture string, layers int) ([]Prediction, error) {
	return []Prediction{{Prediction: "expressible at no depth", Arithmetic: "P-fin", Theorems: []string{"T-nonneg"}, Assumptions: []string{}, Why: "the problem is not aperiodic"}}, nil
}

func gather(t *testing.T) *Report {
	t.Helper()
	r, err := Gather(t.Context(), Request{Dir: "out", Checkpoint: "run", Workers: 1, Theory: predictions})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func html(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden compares the JSON of a report with the golden file, up to the loops of the machine.
func TestGolden(t *testing.T) {
	if *retrain {
		trainAnew(t)
	}
	golden, err := filepath.Abs("testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	fixture(t)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(gather(t)); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(b.String(), "loops "+tensor.Kernel()+":", "loops here:")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("the report differs; run with -update if it should (-want +got):\n%s", d)
	}
}

// TestPage: the page stands alone, is well formed and the same each time, and shows every
// claim.
func TestPage(t *testing.T) {
	fixture(t)
	r := gather(t)
	text := html(t, r)
	if text != html(t, gather(t)) {
		t.Error("the same files give another page")
	}
	for _, c := range r.Certificates {
		if c.Verdict != check.Holds {
			t.Errorf("%s: %v: %s", c.File, c.Verdict, c.Reason)
		}
		for _, claim := range c.Claims {
			if claim.Outcome == Unjudged || claim.Outcome == Fails || !strings.Contains(text, claim.ID) {
				t.Errorf("%s: claim %s was not judged, or is not shown", c.File, claim.ID)
			}
		}
	}
	if loads := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|@import|url\(|(src|href)="[^#"][^"]*"`).FindAllString(text, -1); len(loads) > 0 {
		t.Errorf("the page loads %q", loads)
	}
	if n := strings.Count(text, "<svg"); n != 5 {
		t.Errorf("%d drawings, expected 5", n)
	}
	wellFormed(t, text)
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well formed at byte %d: %v", d.InputOffset(), err)
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	if depth != 0 {
		t.Errorf("%d elements are not closed", depth)
	}
}

// TestFails: a false claim is shown as what it is.
func TestFails(t *testing.T) {
	fixture(t)
	path := filepath.Join("out", cert.FileName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, cert.FileName, regexp.MustCompile(`"depth": \d+`).ReplaceAll(text, []byte(`"depth": 3`)))
	r := gather(t)
	if r.overall().Verdict != check.Fails || r.Certificates[0].Verdict != check.Fails || r.Certificates[1].Verdict != check.Fails {
		t.Errorf("%v: %+v", r.overall(), r.Certificates)
	}
	if claim := r.Certificates[0].Claims[0]; claim.Outcome != Fails || r.Certificates[0].Claims[1].Outcome != Unjudged {
		t.Errorf("%+v", r.Certificates[0].Claims)
	}
	page := html(t, r)
	for _, want := range []string{`class="verdict fails"`, "size: claims", "not judged", "certificate.json: is not the file that the certificate is about"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestAlone: a circuit without run and certificates.
func TestAlone(t *testing.T) {
	fixture(t)
	for _, name := range []string{cert.FileName, cert.RecordFile, cert.ExperimentFile, FamilyFile} {
		if err := os.Remove(filepath.Join("out", name)); err != nil {
			t.Fatal(err)
		}
	}
	r := gather(t)
	page := html(t, r)
	if r.Run != nil || r.Task != nil || r.overall().Verdict != check.Undecided || !strings.Contains(page, "nothing on this page was verified") {
		t.Errorf("%+v", r)
	}
	wellFormed(t, page)
	with, err := Gather(t.Context(), Request{Dir: "out", Checkpoint: "run", Run: "run"})
	if err != nil || with.Run == nil || len(with.Theory) > 0 {
		t.Errorf("with a run: %v, %+v", err, with)
	}
}

// TestEscaped: names come from files and are text.
func TestEscaped(t *testing.T) {
	fixture(t)
	path := filepath.Join("out", "report.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, "report.json", bytes.Replace(text, []byte(`"name":"run"`), []byte(`"name":"<script>alert(1)</script>"`), 1))
	if page := html(t, gather(t)); strings.Contains(page, "<script") || !strings.Contains(page, "&lt;script&gt;alert(1)") {
		t.Error("the name of the checkpoint is not escaped")
	}
}

func TestRefused(t *testing.T) {
	fixture(t)
	for _, c := range []struct {
		name, want string
		spoil      func() error
		request    Request
	}{
		{"no run", "no such file", nil, Request{Dir: "out", Checkpoint: "run", Run: "nowhere"}},
		{"no checkpoint", "checkpoint nowhere", nil, Request{Dir: "out", Checkpoint: "nowhere"}},
		{"another record", "is another record than", func() error {
			return os.WriteFile("run/record.json", []byte("{}"), 0o644)
		}, Request{Dir: "out", Checkpoint: "run", Run: "run"}},
		{"an agreement of its own", "what certificate.json does not", func() error {
			text, err := os.ReadFile("out/report.json")
			if err != nil {
				return err
			}
			return os.WriteFile("out/report.json", regexp.MustCompile(`"agreement":[^,]*,`).ReplaceAll(text, []byte(`"agreement":0.125,`)), 0o644)
		}, Request{Dir: "out", Checkpoint: "run"}},
		{"another length", "of another compilation than certificate.json", func() error {
			text, err := os.ReadFile("out/report.json")
			if err != nil {
				return err
			}
			return os.WriteFile("out/report.json", bytes.Replace(text, []byte(`"length":4`), []byte(`"length":5`), 1), 0o644)
		}, Request{Dir: "out", Checkpoint: "run"}},
		{"the record of another checkpoint", "is of a run that left checkpoint", func() error {
			text, err := os.ReadFile("out/record.json")
			if err != nil {
				return err
			}
			return os.WriteFile("out/record.json", regexp.MustCompile(`"checkpoint": "[0-9a-f]{8}`).ReplaceAll(text, []byte(`"checkpoint": "01234567`)), 0o644)
		}, Request{Dir: "out", Checkpoint: "run"}},
		{"a spoilt record", "not the record of a run", func() error {
			return os.WriteFile("out/record.json", []byte("{}"), 0o644)
		}, Request{Dir: "out", Checkpoint: "run"}},
		{"a spoilt report", "is not a report of tc0 compile", func() error {
			return os.WriteFile("out/report.json", []byte("{}"), 0o644)
		}, Request{Dir: "out", Checkpoint: "run"}},
	} {
		if c.spoil != nil {
			if err := c.spoil(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Gather(t.Context(), c.request); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.name, err, c.want)
		}
	}
}

// TestWitness has every kind of evidence in words.
func TestWitness(t *testing.T) {
	golden := filepath.Join("testdata", "witness.txt")
	var b strings.Builder
	for _, name := range []string{"Z2", "S3", "A5:g2", "flip_flop", "even_pairs", "parity_check", "cycle_navigation", "flip_flop+undo2", "a(a|b)*|(aa)*"} {
		v, err := class.Classify(class.Language(name, automaton(t, name)), class.DefaultBudget())
		if err != nil {
			t.Fatal(err)
		}
		if v.Certificate == nil {
			t.Errorf("%s: %s", name, v.NoCertificate)
			continue
		}
		b.WriteString(name + ": " + string(v.Class) + "\n")
		for _, f := range witness(v.Certificate) {
			b.WriteString("  " + f.Name + ": " + f.Text + "\n")
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func automaton(t *testing.T, name string) *language.DFA {
	t.Helper()
	if strings.Contains(name, "*") {
		d, err := language.Regex(name, nil, 100)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	data, err := task.New(task.Spec{Name: name, Length: 1})
	if err != nil {
		t.Fatal(err)
	}
	d, err := data.Automaton()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestValuesOf(t *testing.T) {
	x, y := algebra.Map{1, 0, 2}, algebra.Map{0, 2, 1}
	steps := []class.Step{{Op: class.Generator, A: 1}, {Op: class.Generator}, {Op: class.Product, A: 1, B: 0}, {Op: class.Inverse, A: 2}, {Op: class.Commutator, A: 1, B: 0}}
	xy := algebra.Map{2, 0, 1} // x first
	yx := algebra.Map{1, 2, 0}
	if d := cmp.Diff([]algebra.Map{y, x, xy, yx, yx}, valuesOf(steps, []algebra.Map{x, y})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestOverall(t *testing.T) {
	for _, c := range []struct {
		all  []check.Verdict
		want check.Verdict
	}{
		{nil, check.Undecided},
		{[]check.Verdict{check.Holds, check.Holds}, check.Holds},
		{[]check.Verdict{check.Undecided, check.Holds}, check.Undecided},
		{[]check.Verdict{check.Holds, check.Undecided}, check.Undecided},
		{[]check.Verdict{check.Undecided, check.Fails}, check.Fails},
		{[]check.Verdict{check.Fails, check.Undecided, check.Holds}, check.Fails},
	} {
		var r Report
		for _, v := range c.all {
			r.Certificates = append(r.Certificates, Certificate{Verdict: v})
		}
		if got := r.overall().Verdict; got != c.want {
			t.Errorf("%v: %v, expected %v", c.all, got, c.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for text, want := range map[string]string{
		"2237208 gates <= 2458208":      "2\u202f237\u202f208 gates ≤ 2\u202f458\u202f208",
		"4,086 of 4,096, n = 4, 8, 16":  "4\u202f086 of 4\u202f096, n = 4, 8, 16",
		"seed 11400714819323198486":     "seed 11400714819323198486",
		"digest 4766557fdaa4…, 999, 12": "digest 4766557fdaa4…, 999, 12",
	} {
		if got := grouped(text); got != want {
			t.Errorf("%q: %q, expected %q", text, got, want)
		}
	}
}
