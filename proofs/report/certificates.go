package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"tc0/circuits/check"
	"tc0/circuits/view"
	"tc0/proofs/cert"
	"tc0/proofs/kernel"
)

// FamilyFile is the name under which a certificate of the family is looked for in an OUT_DIR.
const FamilyFile = "family.json"

// certificates verifies those that lie beside the circuit.
func (g *gathering) certificates(ctx context.Context) error {
	g.r.Certificates = []Certificate{}
	for _, c := range []struct {
		file   string
		verify func(ctx context.Context, path string, text []byte) (*Certificate, error)
	}{
		{cert.FileName, g.circuitCertificate},
		{cert.ExperimentFile, g.experimentCertificate},
		{FamilyFile, g.familyCertificate},
	} {
		path := filepath.Join(g.Dir, c.file)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		g.Progress("verify "+c.file, 0, 0)
		done, err := c.verify(ctx, path, text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		sum := sha256.Sum256(text)
		done.File, done.SHA256 = c.file, hex.EncodeToString(sum[:])
		g.r.Certificates = append(g.r.Certificates, *done)
	}
	return nil
}

// circuitCertificate lets the kernel judge certificate.json.
func (g *gathering) circuitCertificate(_ context.Context, path string, text []byte) (*Certificate, error) {
	c := &Certificate{
		About: "the circuit: its size, that it is this checkpoint's layers, and how it agrees with the float64 model", Format: kernel.Format,
		By: "proofs/kernel", Trusted: []string{
			"the kernel: some 4,000 lines of Go on the standard library alone",
			"the calibration of quant.json's ranges: any ranges define a quantised function",
			"the theorems cited",
		},
	}
	var k kernel.Certificate
	if err := json.Unmarshal(text, &k); err == nil {
		for _, claim := range k.Claims {
			c.Claims = append(c.Claims, Claim{ID: claim.ID, Kind: claim.Kind, Evidence: circuitEvidence(&claim), Theorems: claim.Theorems})
		}
	}
	v, err := kernel.Verify(path, g.Checkpoint)
	if err != nil {
		return nil, err
	}
	c.Verdict, c.Reason = check.Fails, v.Reason
	if v.Holds {
		c.Verdict = check.Holds
		g.certified = &k
	}
	c.judged(v.Results)
	for _, r := range v.Open {
		for i := range c.Claims {
			if c.Claims[i].ID == r.ID {
				c.Claims[i].Claim = r.Text
			}
		}
	}
	return c, nil
}

// agree says where report.json, which nobody certifies, contradicts a certificate that holds.
func (g *gathering) agree() error {
	if g.certified == nil {
		return nil
	}
	path := filepath.Join(g.Dir, "report.json")
	if s, c := g.certified.Semantics, g.r.Circuit; s.Length != c.Length || s.Bits != c.Bits || s.Digits != c.Digits || s.Form != c.Form || s.Minimize != c.Minimize {
		return fmt.Errorf("%s: is of another compilation than %s: compile again", path, cert.FileName)
	}
	for _, claim := range g.certified.Claims {
		a, f := claim.Agreement, g.r.Fidelity
		if a != nil && (a.Words != f.Words || a.Seed != f.Seed || a.Positions != f.Positions ||
			math.Abs(f.Agreement*float64(f.Positions)-float64(a.Agreeing)) > 0.5) {
			return fmt.Errorf("%s: says of the agreement with the float64 model what %s does not: compile again", path, cert.FileName)
		}
	}
	return nil
}

// circuitEvidence is what a certificate.json states for a claim.
func circuitEvidence(c *kernel.Claim) string {
	switch {
	case c.Size != nil:
		return sizeText(c.Size)
	case c.Bound != nil:
		return boundText(c.Bound)
	case c.Agreement != nil:
		a := c.Agreement
		return fmt.Sprintf("%s of %s positions of %s words, seed %d", view.Count(a.Agreeing), view.Count(a.Positions), view.Count(a.Words), a.Seed)
	case c.AllWords != nil:
		a := c.AllWords
		return fmt.Sprintf("%s of %s positions of all %s words", view.Count(a.Agreeing), view.Count(a.Positions), view.Count(a.Words))
	case c.Theorems != nil:
		return strings.Join(c.Theorems, ", ")
	case c.ID == kernel.ClaimLowering:
		return "circuit.tc and model.ac"
	}
	return "model.ac, quant.json and the checkpoint"
}

func sizeText(s *kernel.Size) string {
	return fmt.Sprintf("depth %d; %s gates, %s wires; fan-in at most %s; weights of at most %d bits",
		s.Depth, view.Count(s.Gates), view.Count(s.Wires), view.Count(s.MaxFanIn), s.MaxWeightBits)
}

// experimentCertificate judges experiment.json. The kernel's verdicts are in it as well; they
// are shown with certificate.json.
func (g *gathering) experimentCertificate(ctx context.Context, path string, text []byte) (*Certificate, error) {
	c := &Certificate{
		About: "the experiment: which run left the checkpoint, how accurate it is at every length, and how hard its task is", Format: cert.ExperimentFormat,
		By: "proofs/cert",
	}
	if e, err := cert.DecodeExperiment(text); err == nil {
		for _, claim := range e.Claims {
			c.Claims = append(c.Claims, experimentClaim(e, &claim))
		}
	}
	v, err := cert.VerifyExperiment(ctx, path, g.Checkpoint, g.Workers)
	if err != nil {
		return nil, err
	}
	c.Verdict, c.Reason, c.Trusted = v.Verdict, v.Reason, v.Trusted
	c.judged(v.Results)
	return c, nil
}

func experimentClaim(e *cert.Experiment, c *cert.ExperimentClaim) Claim {
	claim := Claim{ID: c.ID, Claim: cert.ClaimText(c.ID), Kind: c.Kind}
	switch {
	case c.Class != nil:
		claim.Theorems = []string{c.Class.Theorem}
		claim.Evidence = fmt.Sprintf("%s by %s; witness in %s", c.Class.Class, c.Class.Theorem, cert.ClassFile)
		if c.Class.DerivedLength > 0 {
			claim.Evidence = fmt.Sprintf("%s by %s, derived length %d; witness in %s", c.Class.Class, c.Class.Theorem, c.Class.DerivedLength, cert.ClassFile)
		}
	case c.Assumptions != nil:
		claim.Evidence = strings.Join(c.Assumptions, ", ")
	case c.Accuracy != nil:
		var list []string
		for _, a := range c.Accuracy {
			list = append(list, fmt.Sprintf("n = %d: %s of %s tokens, %s of %s words", a.Letters,
				view.Count(a.TokensRight), view.Count(a.Tokens), view.Count(a.WordsRight), view.Count(a.Words)))
		}
		claim.Evidence = strings.Join(list, "; ")
	case c.Training != nil:
		claim.Evidence = fmt.Sprintf("%s steps, ended by “%s”", view.Count(c.Training.Steps), c.Training.Ended)
	default:
		claim.Evidence = fmt.Sprintf("checkpoint %.16s…, run %.16s…", e.Checkpoint, e.Run.Digest)
	}
	return claim
}

// boundText writes the formulas that a certificate states.
func boundText(b *kernel.Bound) string {
	var gates []string
	for _, p := range []struct {
		times string
		of    kernel.Polynomial
	}{{"n·", b.Position}, {"n(n−1)/2·", b.Pair}, {"(n−1)·", b.Later}} {
		if p.of != (kernel.Polynomial{}) {
			gates = append(gates, p.times+"("+polynomialText(p.of)+")")
		}
	}
	return fmt.Sprintf("gates ≤ %s; weight bits ≤ min(62, %d·p + ⌈log2 n⌉ + %d); p counted as %d where it is less", strings.Join(gates, " + "), b.Slope, b.Offset, b.Least)
}

func polynomialText(p kernel.Polynomial) string {
	var terms []string
	for _, t := range []struct {
		c  int64
		of string
	}{{p.Exp, "·2^p"}, {p.Root, "·2^(p/2)"}, {p.Powers[3], "·p³"}, {p.Powers[2], "·p²"}, {p.Powers[1], "·p"}, {p.Powers[0], ""}} {
		if t.c != 0 {
			terms = append(terms, fmt.Sprintf("%d%s", t.c, t.of))
		}
	}
	return strings.ReplaceAll(strings.Join(terms, " + "), "+ -", "− ")
}

// familyCertificate judges family.json, and takes the circuits that it counts in.
func (g *gathering) familyCertificate(ctx context.Context, path string, text []byte) (*Certificate, error) {
	c := &Certificate{
		About: "the family: circuits of other lengths, constant depth, bounds as formulas, uniformity", Format: cert.FamilyFormat, By: "proofs/cert, with the compiler",
	}
	f, err := cert.DecodeFamily(text)
	if err == nil {
		for _, claim := range f.Claims {
			c.Claims = append(c.Claims, Claim{ID: claim.ID, Claim: cert.ClaimText(claim.ID), Kind: claim.Kind, Evidence: familyEvidence(&claim), Theorems: claim.Theorems})
		}
	}
	v, err := cert.VerifyFamily(ctx, path, g.Checkpoint, g.Progress)
	if err != nil {
		return nil, err
	}
	c.Verdict, c.Reason, c.Trusted = v.Verdict, v.Reason, v.Trusted
	c.judged(v.Results)
	if v.Verdict == check.Holds {
		g.members(f)
	}
	return c, nil
}

// members shows the circuits of a family's certificate that have as many gates as those of the
// circuit's own quantisation.
func (g *gathering) members(f *cert.Family) {
	for _, claim := range f.Claims {
		for _, m := range claim.Members {
			for _, o := range g.r.Circuit.Family {
				if o.Length == m.Length && o.Gates == m.Size.Gates && !o.Built {
					o.Built, o.Depth, o.Wires, o.WeightBits = true, m.Size.Depth, m.Size.Wires, m.Size.MaxWeightBits
					g.member(o)
				}
			}
		}
	}
}

func familyEvidence(c *cert.FamilyClaim) string {
	switch {
	case c.Members != nil:
		var list []string
		for _, m := range c.Members {
			list = append(list, fmt.Sprintf("n = %d: %s gates, circuit.tc %.12s…", m.Length, view.Count(m.Size.Gates), m.Circuit))
		}
		return strings.Join(list, "; ")
	case c.Depth > 0:
		return fmt.Sprintf("depth %d", c.Depth)
	case c.Bound != nil:
		return boundText(c.Bound)
	case c.Uniformity != nil:
		return fmt.Sprintf("%s gates of each length, seed %d", view.Count(c.Uniformity.Gates), c.Uniformity.Seed)
	}
	return strings.Join(c.Theorems, ", ") + "; in Coq " + strings.Join(c.Coq, ", ")
}

// cited are the theorems that certificates name.
func (g *gathering) cited() []string {
	var ids []string
	for _, c := range g.r.Certificates {
		for _, claim := range c.Claims {
			ids = append(ids, claim.Theorems...)
		}
	}
	return ids
}
