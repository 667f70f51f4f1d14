package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/check"
	"tc0/proofs/kernel"
)

// verifyJSON is the answer of verify for the certificate of a compiled model.
type verifyJSON struct {
	Verdict    check.Verdict `json:"verdict"`
	File       string        `json:"file"`
	Checkpoint string        `json:"checkpoint"`
	Claims     []claimJSON   `json:"claims"` // those judged
	Reason     string        `json:"reason"` // why it fails
}

type claimJSON struct {
	ID      string `json:"id"`
	Kind    string `json:"kind"`
	Claim   string `json:"claim"`
	Checked string `json:"checked"`
}

func (a *app) verifyVerb() *cobra.Command {
	var checkpoint string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify a certificate, whatever it is about",
		Long: `Verify a certificate. Its first bytes say what it is about:

  tc0 certificate        a compiled model (tc0 certify): the kernel of tc0-verify reads
                         checkpoint, quant.json, model.ac and circuit.tc anew and checks
                         every claim
  tc0 class certificate  the class of a word problem or language (tc0 classify)

The three files lie beside the certificate; the checkpoint where report.json beside
it says, or in --checkpoint DIR.`,
		Example: `  tc0 certify out && tc0 verify out/certificate.json
  tc0 classify --group A5 --certificate a5.json && tc0 verify a5.json`,
		Args: oneOf("one certificate"),
		RunE: func(_ *cobra.Command, args []string) error {
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
	return cmd
}

func (a *app) verify(path, checkpoint string) error {
	if err := expectCertificate(path); err != nil {
		return err
	}
	if checkpoint == "" {
		ck, err := (&comparing{}).find(filepath.Dir(path))
		if err != nil || ck == nil {
			return fmt.Errorf("%s: no report.json beside it says where the checkpoint is: name it with --checkpoint", path)
		}
		checkpoint = ck.Dir
	}
	a.meter.step("verify", 0, 0)
	v, err := kernel.Verify(path, checkpoint)
	if err != nil {
		return err
	}
	r := verifyJSON{Verdict: check.Holds, File: path, Checkpoint: checkpoint, Claims: []claimJSON{}, Reason: v.Reason}
	for _, c := range v.Results {
		r.Claims = append(r.Claims, claimJSON{c.ID, c.Kind, c.Text, c.Checked})
	}
	if !v.Holds {
		r.Verdict = check.Fails
	}
	if err := a.answer(r, v.Print); err != nil || v.Holds {
		return err
	}
	return verdict(exitFails)
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
