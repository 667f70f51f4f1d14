package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	fixture   = "../../proofs/kernel/testdata"
	flipflop4 = "../../theory/ssm/testdata/mamba-flipflop4"
	parity    = "../../theory/ssm/testdata/mamba-parity"
)

// beside is a directory that holds the certificate, its companions and the checkpoint.
func beside(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, pattern := range []string{fixture + "/*.*", flipflop4 + "/config.json", flipflop4 + "/model.safetensors"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, filepath.Base(path)), data, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestRun(t *testing.T) {
	certificate := filepath.Join(fixture, "certificate.json")
	for _, c := range []struct {
		args   string
		status int
		out    string // within stdout for 0 and 1, stderr for 2
	}{
		{"-checkpoint " + flipflop4 + " " + certificate, 0, "verdict: holds"},
		{filepath.Join(beside(t), "certificate.json"), 0, "sampled 4"},
		{"-checkpoint " + parity + " " + certificate, 1, "the checkpoint is not the one"},
		{certificate, 2, "config.json: no such file"},
		{filepath.Join(fixture, "quant.json"), 2, "does not begin as a certificate"},
		{"nowhere.json", 2, "nowhere.json: no such file"},
		{fixture, 2, "not a regular file"},
		{"", 2, "0 arguments, expected one certificate"},
		{"a b", 2, "2 arguments"},
		{"-depth 3 a", 2, "usage: tc0-verify"},
	} {
		var stdout, stderr bytes.Buffer
		status := run(strings.Fields(c.args), &stdout, &stderr)
		out := &stdout
		if c.status == 2 {
			out = &stderr
		}
		if status != c.status || !strings.Contains(out.String(), c.out) {
			t.Errorf("%q: status %d, expected %d with %q\n%s%s", c.args, status, c.status, c.out, &stdout, &stderr)
		}
	}
}
