package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"tc0/proofs/cert"
	"tc0/proofs/kernel"
)

// certifyJSON is the answer of certify.
type certifyJSON struct {
	File       string         `json:"file"`
	Checkpoint string         `json:"checkpoint"`
	Claims     []kernel.Claim `json:"claims"`
}

func (a *app) certifyVerb() *cobra.Command {
	var checkpoint string
	cmd := &cobra.Command{
		Use:   "certify OUT_DIR",
		Short: "Write a certificate of what is claimed of a compiled model",
		Long: `Write OUT_DIR/certificate.json: digests of the checkpoint's files, of quant.json, model.ac and
circuit.tc, the semantics of the circuit, and claims with their kind and evidence.

The certificate is checked by tc0 verify, or by tc0-verify, a program of its own
that takes nothing from tc0. It lies with the three files that it is about; the
checkpoint can lie anywhere.`,
		Example: `  tc0 certify out
  tc0 verify out/certificate.json
  tc0-verify -checkpoint theory/ssm/testdata/mamba-flipflop4 out/certificate.json`,
		Args: oneOf("one OUT_DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.certify(cmd.Context(), args[0], checkpoint)
		},
	}
	cmd.Flags().StringVar(&checkpoint, "checkpoint", "", "the checkpoint is in `DIR`, no longer where report.json says")
	return cmd
}

func (a *app) certify(ctx context.Context, dir, checkpoint string) error {
	a.meter.step("read", 0, 0)
	if !isDir(dir) {
		return fmt.Errorf("%s: is no directory, expected an OUT_DIR of tc0 compile", dir)
	}
	if err := checkOutDir(dir); err != nil {
		return err
	}
	ck, err := (&comparing{checkpoint: checkpoint}).find(dir)
	if err != nil {
		return err
	}
	if ck == nil {
		return fmt.Errorf("%s: the checkpoint is not where report.json says: name it with --checkpoint", dir)
	}
	a.meter.step("certify", 0, 0)
	c, err := cert.Issue(dir, ck)
	if err != nil {
		return err
	}
	r := certifyJSON{File: filepath.Join(dir, cert.FileName), Checkpoint: ck.Dir, Claims: c.Claims}
	if err := writeFiles(ctx, file{r.File, func(w io.Writer) error {
		_, err := w.Write(c.Encode())
		return err
	}}); err != nil {
		return err
	}
	return a.answer(r, r.print)
}

func (r *certifyJSON) print(w io.Writer) error {
	var claims []string
	for _, c := range r.Claims {
		claims = append(claims, c.ID+" ("+c.Kind+")")
	}
	_, err := fmt.Fprintf(w, "wrote %s\nclaims: %s\ncheck it: tc0-verify -checkpoint %s %s\n", r.File, strings.Join(claims, ", "), r.Checkpoint, r.File)
	return err
}
