package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/compile"
)

// content writes a text, and then calls then.
func content(text string, then func() error) func(io.Writer) error {
	return func(w io.Writer) error {
		if _, err := io.WriteString(w, text); err != nil || then == nil {
			return err
		}
		return then()
	}
}

// folder is what is in a directory: names, also hidden ones, and contents.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[e.Name()] = string(data)
	}
	return found
}

// TestWriteFiles checks that files are replaced all or none, and that nothing else
// is left in their folder.
func TestWriteFiles(t *testing.T) {
	fault := errors.New("fault")
	for _, tc := range []struct {
		name string
		then func(cancel func()) error
		err  error
		text string
	}{
		{"complete", func(func()) error { return nil }, nil, "new"},
		{"fails while writing", func(func()) error { return fault }, fault, "old"},
		{"interrupted while writing", func(cancel func()) error { cancel(); return nil }, context.Canceled, "old"},
		{"disk full", func(func()) error { return &fs.PathError{Path: ".tc0-1", Err: syscall.ENOSPC} }, syscall.ENOSPC, "old"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
			if err := os.WriteFile(a, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(b, []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := writeFiles(ctx, file{a, content("new", nil)}, file{b, content("new", func() error { return tc.then(cancel) })})
			if !errors.Is(err, tc.err) {
				t.Errorf("error %v, expected %v", err, tc.err)
			}
			if err != nil && strings.Contains(err.Error(), ".tc0-") {
				t.Errorf("error names a temporary file: %v", err)
			}
			if diff := cmp.Diff(map[string]string{"a": tc.text, "b": tc.text}, folder(t, dir)); diff != "" {
				t.Errorf("folder (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInterrupted checks that a compilation that is interrupted writes nothing.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(t.TempDir(), "out")
	var stdout, stderr bytes.Buffer
	args := []string{"compile", "../../theory/ssm/testdata/mamba-parity", "--length", "2", "--bits", "4", "-o", out}
	err := execute(ctx, args, &stdout, &stderr, newMeter(&stderr))
	if got := status(err, &stderr); got != exitInterrupted {
		t.Errorf("exit status %d, expected %d: %v", got, exitInterrupted, err)
	}
	if stdout.Len() > 0 || stderr.String() != "tc0: interrupted; no file is half written\n" {
		t.Errorf("stdout %q, stderr %q", &stdout, &stderr)
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v, expected that it does not exist", out, err)
	}
}

// TestNoPrecision checks the answer when no precision reaches the agreement.
func TestNoPrecision(t *testing.T) {
	none := fmt.Errorf("search: %w", &compile.ErrNoPrecision{Best: 20, Agreement: 0.5, Word: []int{2, 0}})
	var stdout, stderr bytes.Buffer
	a := &app{out: &stdout, meter: newMeter(&stderr), json: true}
	if got := status(a.noPrecision("ck", none), &stderr); got != exitFails {
		t.Errorf("exit status %d, expected %d", got, exitFails)
	}
	want := `{
  "agreement": 0.5,
  "best_bits": 20,
  "first_disagreeing_word": [
    2,
    0
  ],
  "verdict": "fails"
}
`
	if diff := cmp.Diff(want, stdout.String()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	line := stderr.String()
	for _, part := range []string{"tc0: ck: ", "20 bits", "0.5", "[2 0]", "--agreement"} {
		if !strings.Contains(line, part) {
			t.Errorf("%q lacks %q", line, part)
		}
	}
	if strings.Count(line, "\n") != 1 {
		t.Errorf("not one line: %q", line)
	}
}

func TestPercent(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0 %", 1: "100 %", 0.5: "50.0 %", 0.123: "12.3 %", 1e-9: "<0.1 %", 0.99999: ">99.9 %", 0.9994: "99.9 %", 1.5: "150.0 %",
	} {
		if got := percent(f); got != want {
			t.Errorf("percent(%v) = %q, expected %q", f, got, want)
		}
	}
}
