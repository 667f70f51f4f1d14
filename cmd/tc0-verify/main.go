// Command tc0-verify judges a certificate that tc0 certify wrote:
//
//	tc0-verify [-checkpoint DIR] CERTIFICATE
//
// quant.json, model.ac and circuit.tc lie beside the certificate; the checkpoint's files in
// DIR or, without the flag, beside the certificate as well. The verdict on each claim is
// printed. Exit status: 0 the certificate holds, 1 it does not, 2 there was nothing to
// judge: bad usage, or a file that is missing or is no certificate.
//
// The program is package tc0/proofs/kernel and nothing else of this module, built on
// the standard library.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"tc0/proofs/kernel"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("tc0-verify", flag.ContinueOnError)
	flags.SetOutput(stderr)
	checkpoint := flags.String("checkpoint", "", "the checkpoint is in `DIR` (default: beside the certificate)")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: tc0-verify [-checkpoint DIR] CERTIFICATE")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() != 1 {
		fmt.Fprintf(stderr, "tc0-verify: %d arguments, expected one certificate\n", flags.NArg())
		return 2
	}
	certificate := flags.Arg(0)
	if *checkpoint == "" {
		*checkpoint = filepath.Dir(certificate)
	}
	v, err := kernel.Verify(certificate, *checkpoint)
	if err != nil {
		fmt.Fprintf(stderr, "tc0-verify: %v\n", err)
		return 2
	}
	if err := v.Print(stdout); err != nil {
		fmt.Fprintf(stderr, "tc0-verify: %v\n", err)
		return 2
	}
	if !v.Holds {
		return 1
	}
	return 0
}
