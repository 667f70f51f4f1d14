package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/proofs/cert"
	"tc0/proofs/kernel"
)

// verifyJSON is the answer of verify for the certificate of a compiled model.
type verifyJSON struct {
	Verdict    check.Verdict `json:"verdict"`
	File       string        `json:"file"`
	Checkpoint string        `json:"checkpoint"`
	Claims     []claimJSON   `json:"claims"`            // those judged
	Reason     string        `json:"reason"`            // why it does not hold
	Trusted    []string      `json:"trusted,omitempty"` // of experiments and families
}

type claimJSON struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Claim   string `json:"claim"`
	Checked string `json:"checked"`
}

func (a *app) verifyVerb() *cobra.Command {
	var checkpoint string
	j := &judging{}
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify a certificate, whatever it is about",
		Long: `Verify a certificate. Its first bytes say what it is about:

  tc0 certificate             a compiled model (tc0 certify): the kernel of tc0-verify
                              reads checkpoint, quant.json, model.ac and circuit.tc anew
                              and checks every claim
  tc0 experiment certificate  a training run, its circuit and its task (certify --run): the
                              kernel, the class, and every accuracy scored anew
  tc0 family certificate      circuits of many lengths (certify --family): compiled again,
                              compared, and judged by the kernel where they are small
  tc0 class certificate       the class of a word problem or language (tc0 classify)
  tc0 proof                   labels of a compiled model (tc0 prove run)
  tc0 committed test set      how many labels of a test set are right, from the proofs of
                              its chunks beside it (tc0 prove score)

Files that a certificate names lie beside it; the checkpoint where report.json beside
it says, or in --checkpoint DIR. An accuracy that differs on a machine whose loops round
differently than those of the record is undecided, exit status 3.

The verifying key of a proof is in --keys DIR, or in keys beside it. With a model.ac
beside the proof, its constraint system is made again and compared; for committed weights
with an architecture.json. With --model OUT_DIR and --salt SALT their commitment is opened.`,
		Example: `  tc0 certify out && tc0 verify out/certificate.json
  tc0 certify out --run run && tc0 verify out/experiment.json
  tc0 classify --group A5 --certificate a5.json && tc0 verify a5.json
  tc0 verify out/proof.json`,
		Args: oneOf("one certificate"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if judge := a.proofJudge(args[0]); judge != nil {
				if checkpoint != "" {
					return fmt.Errorf("%s: is a proof; --checkpoint is for certificates of compiled models", args[0])
				}
				if err := j.check(); err != nil {
					return err
				}
				return judge(args[0], j)
			}
			if j.given() {
				return fmt.Errorf("%s: is no proof; --keys, --architecture, --model and --salt are for proofs of tc0 prove", args[0])
			}
			if judge := a.judgeOf(args[0]); judge != nil {
				return judge(cmd.Context(), args[0], checkpoint)
			}
			if isCertificate(args[0]) {
				if checkpoint != "" {
					return fmt.Errorf("%s: is a certificate of a circuit class; --checkpoint is for compiled models", args[0])
				}
				return a.checkCertificate(args[0])
			}
			return a.verify(args[0], checkpoint)
		},
	}
	cmd.Flags().StringVar(&checkpoint, "checkpoint", "", "the checkpoint is in `DIR`")
	cmd.Flags().StringVar(&j.keys, "keys", "", "the verifying key of a proof is in `DIR`")
	cmd.Flags().StringVar(&j.architecture, "architecture", "", "the architecture of a proof about committed weights is in `FILE`")
	cmd.Flags().StringVar(&j.model, "model", "", "see whether a proof is about the weights of the model in `OUT_DIR`; needs --salt")
	cmd.Flags().StringVar(&j.salt, "salt", "", "the `SALT` of the commitment to the weights")
	return cmd
}

func (a *app) verify(path, checkpoint string) error {
	if err := expectCertificate(path); err != nil {
		return err
	}
	checkpoint, err := checkpointOf(path, checkpoint)
	if err != nil {
		return err
	}
	a.meter.step("verify", 0, 0)
	v, err := kernel.Verify(path, checkpoint)
	if err != nil {
		return err
	}
	r := verifyJSON{Verdict: check.Holds, File: path, Checkpoint: checkpoint, Claims: judgedClaims(slices.Concat(v.Results, v.Open)), Reason: v.Reason}
	if !v.Holds {
		r.Verdict = check.Fails
	}
	if err := a.answer(r, v.Print); err != nil || v.Holds {
		return err
	}
	return verdict(exitFails)
}

func judgedClaims(results []kernel.Result) []claimJSON {
	claims := []claimJSON{}
	for _, c := range results {
		claims = append(claims, claimJSON{c.ID, c.Kind, c.Text, c.Checked})
	}
	return claims
}

// checkpointOf is where the checkpoint is that a certificate is about, by its flag or by
// report.json.
func checkpointOf(path, checkpoint string) (string, error) {
	if checkpoint != "" {
		return checkpoint, nil
	}
	ck, err := (&comparing{}).find(filepath.Dir(path))
	if err != nil || ck == nil {
		return "", fmt.Errorf("%s: no report.json beside it says where the checkpoint is: name it with --checkpoint", path)
	}
	return ck.Dir, nil
}

// judgeOf is what verifies a certificate of an experiment or of a family, nil for others.
func (a *app) judgeOf(path string) func(ctx context.Context, path, checkpoint string) error {
	switch text := string(firstBytes(path)); {
	case strings.Contains(text, `"`+cert.ExperimentFormat+`"`):
		return a.verifyExperiment
	case strings.Contains(text, `"`+cert.FamilyFormat+`"`):
		return a.verifyFamily
	}
	return nil
}

func (a *app) verifyExperiment(ctx context.Context, path, checkpoint string) error {
	checkpoint, err := checkpointOf(path, checkpoint)
	if err != nil {
		return err
	}
	a.meter.step("verify the experiment", 0, 0)
	v, err := cert.VerifyExperiment(ctx, path, checkpoint, runtime.GOMAXPROCS(0))
	return a.judged(path, checkpoint, v, err)
}

func (a *app) verifyFamily(ctx context.Context, path, checkpoint string) error {
	checkpoint, err := checkpointOf(path, checkpoint)
	if err != nil {
		return err
	}
	v, err := cert.VerifyFamily(ctx, path, checkpoint, a.meter.step)
	return a.judged(path, checkpoint, v, err)
}

// judged prints a verdict and turns it into the exit status.
func (a *app) judged(path, checkpoint string, v *cert.Verdict, err error) error {
	if err != nil {
		return err
	}
	r := verifyJSON{Verdict: v.Verdict, File: path, Checkpoint: checkpoint, Claims: judgedClaims(v.Results), Reason: v.Reason, Trusted: v.Trusted}
	if err := a.answer(r, v.Print); err != nil {
		return err
	}
	switch v.Verdict {
	case check.Fails:
		return verdict(exitFails)
	case check.Undecided:
		return verdict(exitUndecided)
	}
	return nil
}

// expectCertificate says what a file is that does not begin as a certificate does.
func expectCertificate(path string) error {
	f, err := openKind(path, "a certificate", "")
	if err != nil {
		return err
	}
	defer f.Close()
	start := make([]byte, 64)
	n, _ := io.ReadFull(f, start)
	if strings.Contains(string(start[:n]), `"tc0 certificate `) {
		return nil
	}
	return fmt.Errorf("%s: begins with %q, expected a certificate of tc0 certify or tc0 classify", path, start[:min(n, 16)])
}
