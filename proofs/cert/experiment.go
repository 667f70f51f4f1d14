package cert

import (
	"bytes"
	"encoding/json"
	"fmt"

	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
	"tc0/proofs/kernel"
	"tc0/theory/bound"
	"tc0/theory/class"
	"tc0/theory/language"
)

// ExperimentFormat is the first entry of every certificate of an experiment.
const ExperimentFormat = "tc0 experiment certificate 1"

// The files of a certificate of an experiment: its own name, and its companions beside
// certificate.json.
const (
	ExperimentFile = "experiment.json"
	RecordFile     = "record.json"
	ClassFile      = "class.json"
)

// An Experiment binds three things to each other: the record of a training run, the circuit
// that was compiled from the checkpoint which that run left, and the circuit class of the
// run's task. All of it follows from the files that it names: a verifier derives it anew
// and compares. docs/formats/certificate-experiment.md says what each entry means.
type Experiment struct {
	Format     string            `json:"format"`
	Files      []kernel.File     `json:"files"`      // record.json, certificate.json, class.json
	Checkpoint string            `json:"checkpoint"` // digest
	Run        Trained           `json:"run"`
	Claims     []ExperimentClaim `json:"claims"`
}

// Trained says which run it was.
type Trained struct {
	Digest       string `json:"digest"` // of its spec
	Task         string `json:"task"`
	Architecture string `json:"architecture"`
	Layers       int    `json:"layers"`
	Length       int    `json:"length"` // letters of a training word
	Seed         uint64 `json:"seed"`
}

// ExperimentClaim is one claim, with the evidence of its name or none.
type ExperimentClaim struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind"` // proved, sampled, measured, assumed
	Class       *TaskClass `json:"class,omitempty"`
	Assumptions []string   `json:"assumptions,omitempty"`
	Accuracy    []Accuracy `json:"accuracy,omitempty"`
	Training    *Training  `json:"training,omitempty"`
}

// TaskClass is the circuit class of a task, and the theorem by which the witness shows it.
type TaskClass struct {
	Class         class.Class `json:"class"`
	DerivedLength int         `json:"derived_length,omitempty"` // of a solvable group
	Theorem       string      `json:"theorem"`
}

// Accuracy counts what the model got right on test words of one length, which the run's seed
// decides.
type Accuracy struct {
	Letters     int `json:"letters"`
	Words       int `json:"words"`
	Tokens      int `json:"tokens"` // positions that have a label, over all words
	TokensRight int `json:"tokens_right"`
	WordsRight  int `json:"words_right"`
}

// Training is how the run went.
type Training struct {
	Ended   string `json:"ended"`
	Steps   int    `json:"steps"`
	Reached bool   `json:"reached"`
}

// IDs of the claims of an experiment.
const (
	ClaimPairing  = "pairing"
	ClaimTask     = "task-class"
	ClaimOutside  = "outside-tc0"
	ClaimAccuracy = "accuracy"
	ClaimTraining = "training"
)

// experimentStatements are the claims that there are, in the order of a certificate. All are
// made, but for outside-tc0, which is made where the class is NC1-complete.
var experimentStatements = []statement{
	{ClaimPairing, "proved", "certificate.json is about the checkpoint that the run of record.json left, a model of the record's shape"},
	{ClaimTask, "proved", "the task of the record is in this class, by the witness in class.json"},
	{ClaimOutside, "assumed", "no circuit family in TC0 does the task at all lengths"},
	{ClaimAccuracy, "sampled", "of test words drawn from the run's seed, the checkpoint has so many labels and words right, by length"},
	{ClaimTraining, "measured", "training took this course"},
}

// IssueExperiment states how a record.json, the certificate.json of a circuit and the class of
// the record's task belong together. It also returns class.json, the witness of the class.
func IssueExperiment(record, certificate []byte) (e *Experiment, witness []byte, err error) {
	r, err := decodeRecord(record)
	if err != nil {
		return nil, nil, err
	}
	c, err := taskCertificate(r.Spec.Task)
	if err != nil {
		return nil, nil, err
	}
	if witness, err = c.Encode(); err != nil {
		return nil, nil, err
	}
	circuit, err := circuitCheckpoint(certificate)
	if err == nil && circuit != r.Checkpoint {
		err = fmt.Errorf("the run left checkpoint %.12s…, the circuit was compiled from %.12s…: "+
			"compile the run's directory", r.Checkpoint, circuit)
	}
	if err != nil {
		return nil, nil, err
	}
	return newExperiment(record, certificate, witness, r, c), witness, nil
}

// Encode is the canonical text of a certificate.
func (e *Experiment) Encode() []byte { return encode(e) }

// DecodeExperiment reads a certificate of an experiment, in its canonical form. What it says is
// not judged.
func DecodeExperiment(data []byte) (*Experiment, error) {
	var e Experiment
	if err := canonical(data, &e, "the certificate"); err != nil {
		return nil, err
	}
	if e.Format != ExperimentFormat {
		return nil, refuse("the certificate: format %q, expected %q", e.Format, ExperimentFormat)
	}
	return &e, nil
}

// newExperiment is what follows from the files.
func newExperiment(record, certificate, witness []byte, r run.Record, c *class.Certificate) *Experiment {
	e := &Experiment{
		Format: ExperimentFormat,
		Files: []kernel.File{
			{Name: RecordFile, SHA256: sha256Of(record)},
			{Name: FileName, SHA256: sha256Of(certificate)},
			{Name: ClassFile, SHA256: sha256Of(witness)},
		},
		Checkpoint: r.Checkpoint,
		Run: Trained{
			Digest: r.Digest, Task: r.Spec.Task.Name, Architecture: r.Spec.Model.Arch, Layers: r.Spec.Model.Layers,
			Length: r.Spec.Task.Length, Seed: r.Seed,
		},
	}
	for _, s := range experimentStatements {
		claim := ExperimentClaim{ID: s.id, Kind: s.kind}
		switch s.id {
		case ClaimTask:
			claim.Class = &TaskClass{Class: c.Class, DerivedLength: c.DerivedLength, Theorem: classTheorem(c)}
		case ClaimOutside:
			if c.Class != class.NC1 {
				continue
			}
			claim.Assumptions = []string{bound.TC0NotNC1}
		case ClaimAccuracy:
			claim.Accuracy = accuracies(r)
		case ClaimTraining:
			claim.Training = &Training{Ended: r.Ended, Steps: r.Steps, Reached: r.Reached}
		}
		e.Claims = append(e.Claims, claim)
	}
	return e
}

// classTheorem is the ID of the theorem by which the evidence shows the class.
func classTheorem(c *class.Certificate) string {
	switch {
	case c.Class == class.NC1:
		return "T-Barrington"
	case c.Class == class.ACC0:
		return "T-ACC0"
	case c.Aperiodic.Modulus > 1:
		return "T-AC0-regular"
	}
	return "T-star-free"
}

func accuracies(r run.Record) []Accuracy {
	var all []Accuracy
	for i, s := range r.Scores {
		a := Accuracy{Letters: r.Spec.Lengths[i], Words: s.Words, WordsRight: s.Sequences}
		a.Tokens, a.TokensRight = tokens(s)
		all = append(all, a)
	}
	return all
}

// tokens counts the labels of a score, and those that are right.
func tokens(s train.Score) (all, right int) {
	for t := range s.Scored {
		all += s.Scored[t]
		right += s.Correct[t]
	}
	return all, right
}

// decodeRecord reads a record.json in the form that tc0 train writes, of a run that left a
// checkpoint.
func decodeRecord(data []byte) (run.Record, error) {
	var r run.Record
	if err := canonical(data, &r, RecordFile); err != nil {
		return r, err
	}
	if err := r.Check(); err != nil {
		return r, refuse("%s: %v", RecordFile, err)
	}
	if r.Ended == run.Failed {
		return r, refuse("%s: is of a run that failed, which left no checkpoint", RecordFile)
	}
	return r, nil
}

// circuitCheckpoint is the digest of the checkpoint that a certificate.json is about.
func circuitCheckpoint(data []byte) (string, error) {
	var c kernel.Certificate
	if err := json.Unmarshal(data, &c); err != nil || !bytes.Equal(c.Encode(), data) {
		return "", refuse("%s: is no certificate of tc0 certify in its canonical form", FileName)
	}
	return c.Checkpoint.Digest, nil
}

// machine is the smallest automaton of a task.
func machine(s task.Spec) (*language.DFA, error) {
	d, err := task.New(s)
	if err != nil {
		return nil, err
	}
	a, err := d.Automaton()
	if err != nil {
		return nil, err
	}
	return a.Minimize(), nil
}

// taskCertificate finds the class of a task, with a witness.
func taskCertificate(s task.Spec) (*class.Certificate, error) {
	d, err := machine(s)
	if err != nil {
		return nil, fmt.Errorf("task %s: %w", s.Name, err)
	}
	v, err := class.Classify(class.Language(s.Name, d), class.DefaultBudget())
	if err != nil {
		return nil, err
	}
	if v.Certificate == nil {
		return nil, fmt.Errorf("task %s: no certificate of its class: %s", s.Name, v.NoCertificate)
	}
	return v.Certificate, nil
}
