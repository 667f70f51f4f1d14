package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/empirical/train"
)

// A fuse is a context that is cancelled when it has been asked so many times.
type fuse struct {
	context.Context
	left int
}

func (f *fuse) Err() error {
	if f.left--; f.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestTrainInterrupted interrupts a run again and again, wherever it may be, until it ends,
// and compares its files with those of a run that was let alone.
func TestTrainInterrupted(t *testing.T) {
	dir := t.TempDir()
	spec := filepath.Join(dir, "spec.json")
	text := `{"task": {"name": "Z2", "length": 4}, "model": {"arch": "rnn", "width": 4, "hidden": 8}, "words": 32,
		"train": {"batch": 8, "eval_every": 5, "eval_words": 64, "rate": 0.02, "steps": 400, "until": {"token": 0.9}}}`
	if err := os.WriteFile(spec, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(ctx context.Context, out string) error {
		var stderr bytes.Buffer
		err := execute(ctx, []string{"train", spec, "-o", out}, io.Discard, &stderr, newMeter(io.Discard))
		if complained := strings.HasPrefix(stderr.String(), "tc0: interrupted; the same command goes on"); complained != (err != nil) {
			t.Fatalf("%v, and on standard error %q", err, stderr.String())
		}
		return err
	}
	whole, parts := filepath.Join(dir, "whole"), filepath.Join(dir, "parts")
	const enough = 1 << 20
	unhurt := &fuse{context.Background(), enough}
	if err := run(unhurt, whole); err != nil {
		t.Fatal(err)
	}
	interruptions, asked := 0, 12
	for ; ; asked += 9 {
		err := run(&fuse{context.Background(), asked}, parts)
		if err == nil {
			break
		}
		if v := verdict(0); !errors.As(err, &v) || v != exitInterrupted {
			t.Fatal(err)
		}
		interruptions++
	}
	if interruptions < 3 || asked >= enough-unhurt.left {
		t.Errorf("%d interruptions, and the last part did %d of %d: it did not go on from the others",
			interruptions, asked, enough-unhurt.left)
	}
	for _, name := range append([]string{specFile, recordFile}, checkpointFiles...) {
		if diff := cmp.Diff(withoutTimes(t, whole, name), withoutTimes(t, parts, name)); diff != "" {
			t.Errorf("%s of an interrupted run (-whole +parts):\n%s", name, diff)
		}
	}
}

// withoutTimes is a file without its lines of processor times.
func withoutTimes(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, `"cpu_seconds"`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func TestParseUntil(t *testing.T) {
	for text, want := range map[string]train.Until{
		"none": {}, "token=0.9": {Token: 0.9}, "sequence=1": {Sequence: 1}, "token=0.9,sequence=0.5": {Token: 0.9, Sequence: 0.5},
	} {
		if got, err := parseUntil(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "token", "token=0", "token=NaN", "token=1.01", "token=0.9,", "steps=0.5"} {
		if got, err := parseUntil(text); err == nil {
			t.Errorf("%q: %v, expected an error", text, got)
		}
	}
}
