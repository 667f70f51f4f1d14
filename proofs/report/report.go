package report

import (
	"strings"

	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/empirical/run"
	"tc0/empirical/train"
	"tc0/proofs/kernel"
	"tc0/theory/class"
)

// Report is everything that is on the page.
type Report struct {
	Title        string        `json:"title"`
	Checkpoint   Checkpoint    `json:"checkpoint"`
	Task         *Task         `json:"task"`       // null without a run
	Theory       []Prediction  `json:"theory"`     // of the run's architecture on its task
	Arithmetic   []Fact        `json:"arithmetic"` // the models of Theory
	Circuit      Circuit       `json:"circuit"`
	Fidelity     Fidelity      `json:"fidelity"`
	Run          *Run          `json:"run"` // null without a run
	Certificates []Certificate `json:"certificates"`
	References   []Reference   `json:"references"` // every theorem that is named
	Commands     []Command     `json:"commands"`   // how to check it oneself

	figures []figure
}

// Checkpoint is the trained model.
type Checkpoint struct {
	Name       string `json:"name"`
	Digest     string `json:"digest"`
	Family     string `json:"family"`
	Layers     int    `json:"layers"`
	Width      int    `json:"width"`
	Vocabulary int    `json:"vocabulary"`
}

// Task is what the model was trained on, and how hard it is.
type Task struct {
	Name          string      `json:"name"`
	About         string      `json:"about"`
	Letters       []string    `json:"letters"`
	Labels        int         `json:"labels"`
	Class         class.Class `json:"class"`
	Theorem       string      `json:"theorem"`
	Assumptions   []string    `json:"assumptions"` // for what the class is taken to mean
	Monoid        string      `json:"monoid"`
	Reason        string      `json:"reason"`
	Witness       []Fact      `json:"witness"` // from the certificate of the class
	NoCertificate string      `json:"no_certificate,omitempty"`
}

// Fact is a named text.
type Fact struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Prediction is what is known of the run's architecture at its depth on the task, in one
// arithmetic model. tc0 predict prints the same.
type Prediction struct {
	Prediction  string   `json:"prediction"`
	Depth       string   `json:"depth"`
	Arithmetic  string   `json:"arithmetic"`
	Theorems    []string `json:"theorems"`
	Assumptions []string `json:"assumptions"`
	Why         string   `json:"why"`
}

// Circuit is the compiled circuit and its family.
type Circuit struct {
	Length      int      `json:"length"`
	Bits        int      `json:"bits"`
	Digits      int      `json:"digits"`
	Minimize    string   `json:"minimize"`
	Form        string   `json:"form"`
	Depth       int      `json:"depth"`
	Gates       uint64   `json:"gates"`
	Wires       uint64   `json:"wires"`
	WeightBits  int      `json:"weight_bits"`
	FanIn       uint64   `json:"max_fan_in"`
	TotalWeight string   `json:"total_weight"`
	GatesBound  uint64   `json:"gates_bound"`
	BitsBound   int      `json:"weight_bits_bound"`
	Bound       string   `json:"bound"`
	Stages      []Stage  `json:"stages"`
	Family      []Member `json:"family"`
}

// Stage is a stage of the circuit. Depth is that of its deepest gate.
type Stage struct {
	Name  string `json:"name"`
	Depth int    `json:"depth"`
	Gates uint64 `json:"gates"`
	Wires uint64 `json:"wires"`
	FanIn uint64 `json:"max_fan_in"`
}

// Member is the circuit of a length. Built ones were counted; of the others the number of gates
// follows from the layout, and the depth is not stated.
type Member struct {
	Length     int    `json:"length"`
	Bits       int    `json:"bits"`
	Built      bool   `json:"built"`
	Depth      int    `json:"depth,omitempty"`
	Gates      uint64 `json:"gates"`
	GatesBound uint64 `json:"gates_bound"`
	Wires      uint64 `json:"wires,omitempty"`
	WeightBits int    `json:"weight_bits,omitempty"`
	BitsBound  int    `json:"weight_bits_bound"`
}

// Fidelity is how the quantised model and the float64 model compare.
type Fidelity struct {
	Words     int                   `json:"words"`
	Seed      uint64                `json:"seed"`
	Positions int                   `json:"positions"`
	Agreement float64               `json:"agreement"`
	Disagrees []int                 `json:"first_disagreeing_word"`
	Gaps      []compile.Gap         `json:"gaps"`
	Tensors   []compile.TensorError `json:"tensors"`
	Findings  []compile.Finding     `json:"findings"`
}

// Run is the training run.
type Run struct {
	Digest       string        `json:"digest"`
	Architecture string        `json:"architecture"`
	Layers       int           `json:"layers"`
	Width        int           `json:"width"`
	State        int           `json:"state,omitempty"`
	Length       int           `json:"length"`
	Seed         uint64        `json:"seed"`
	Goal         string        `json:"goal"`
	Ended        string        `json:"ended"`
	Reached      bool          `json:"reached"`
	Steps        int           `json:"steps"`
	Seconds      float64       `json:"cpu_seconds"`
	Code         string        `json:"code"`
	Machine      run.Machine   `json:"machine"`
	Curve        []train.Point `json:"curve"`
	Accuracy     []Accuracy    `json:"accuracy"`
}

// Accuracy is what the model got right on test words of one length, with Wilson's intervals at
// 95 % over words; a word counts as one trial for its tokens too.
type Accuracy struct {
	Letters   int     `json:"letters"`
	Words     int     `json:"words"`
	Tokens    int     `json:"tokens"`
	Right     int     `json:"tokens_right"`
	Token     float64 `json:"token_accuracy"`
	TokenLow  float64 `json:"token_low"`
	TokenHigh float64 `json:"token_high"`
	Whole     int     `json:"words_right"`
	Word      float64 `json:"word_accuracy"`
	WordLow   float64 `json:"word_low"`
	WordHigh  float64 `json:"word_high"`
	KeptOut   string  `json:"kept_out"` // whether such words were kept out of training
	Chance    float64 `json:"chance"`   // of one label among all
}

// Certificate is a file of claims and what came of judging it.
type Certificate struct {
	File    string        `json:"file"`
	About   string        `json:"about"`
	Format  string        `json:"format"`
	SHA256  string        `json:"sha256"`
	Verdict check.Verdict `json:"verdict"`
	Reason  string        `json:"reason"`
	By      string        `json:"by"` // the verifier
	Claims  []Claim       `json:"claims"`
	Trusted []string      `json:"trusted"`
}

// Claim is a claim of a certificate.
type Claim struct {
	ID       string   `json:"id"`
	Claim    string   `json:"claim"`
	Kind     string   `json:"kind"`
	Evidence string   `json:"evidence"`
	Theorems []string `json:"theorems,omitempty"`
	Outcome  string   `json:"outcome"`
	Checked  string   `json:"checked"` // what was done, or what is wrong
}

// What came of a claim. What rests on theorems or on the record alone is no success of a check.
const (
	Holds    = "holds"
	Fails    = "fails"
	Cited    = "cited"
	Recorded = "as recorded"
	Unjudged = "not judged"
)

// Reference is a theorem.
type Reference struct {
	ID        string `json:"id"`
	Statement string `json:"statement"`
	Source    string `json:"source"`
	Evidence  string `json:"evidence"` // how the statement was checked
}

// Command is something to run.
type Command struct {
	Line string `json:"line"`
	What string `json:"what"`
}

// judged takes the results of a verifier into the claims of a certificate. One that the reason
// of the verdict begins with is the one that fails.
func (c *Certificate) judged(results []kernel.Result) {
	for i := range c.Claims {
		claim := &c.Claims[i]
		claim.Outcome = Unjudged
		for _, r := range results {
			if claim.ID == r.ID {
				claim.Claim, claim.Kind, claim.Checked, claim.Outcome = r.Text, r.Kind, r.Checked, outcomeOf(r.Kind)
			}
		}
		if c.Verdict == check.Fails && strings.HasPrefix(strings.TrimPrefix(c.Reason, "claim "), claim.ID+": ") {
			claim.Checked, claim.Outcome = c.Reason, Fails
		}
	}
}

func outcomeOf(kind string) string {
	switch kind {
	case "cited":
		return Cited
	case "measured":
		return Recorded
	}
	return Holds
}
