package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	runs "tc0/empirical/run"
)

// sixteen is a grid of 16 runs of some 50 ms each.
const sixteen = `{
	"tasks": ["Z2"], "archs": ["rnn"], "lengths": [3, 4], "layers": [1, 2], "seeds": [1, 2, 3, 4], "goals": [{"token": 1}],
	"model": {"rnn": {"width": 4, "hidden": 8}}, "test_words": 32,
	"train": {"*": {"batch": 16, "eval_every": 20, "eval_words": 16, "rate": 1e-5, "steps": 400}}
}`

func writeGrid(t *testing.T, text string) (grid, store string) {
	t.Helper()
	dir := t.TempDir()
	grid = filepath.Join(dir, "grid.json")
	if err := os.WriteFile(grid, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return grid, filepath.Join(dir, "store.jsonl")
}

// sweepProcess is tc0 sweep --json as a process of its own.
func sweepProcess(grid, store string) (*exec.Cmd, *bytes.Buffer) {
	var out bytes.Buffer
	cmd := exec.Command("tc0", "sweep", grid, "-o", store, "--json")
	cmd.Stdout = &out
	return cmd, &out
}

func sweepAnswer(t *testing.T, out *bytes.Buffer) sweepJSON {
	t.Helper()
	var r sweepJSON
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return r
}

// finished is the text of a store's whole lines.
func finished(t *testing.T, store string) []byte {
	t.Helper()
	text, err := os.ReadFile(store)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return text[:bytes.LastIndexByte(text, '\n')+1]
}

// TestSweepKilled kills a sweep twenty times, at random moments. What was finished stays as it
// is, byte for byte, is not done again, and what was under way goes on.
func TestSweepKilled(t *testing.T) {
	grid, store := writeGrid(t, sixteen)
	random := rand.New(rand.NewPCG(1, 20))
	resumed := false
	longest := 60 // ms until a sweep is killed; more on a machine on which nothing comes of that
	for range 20 {
		before := finished(t, store)
		cmd, _ := sweepProcess(grid, store)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(longest)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		cmd.Wait()
		if after := finished(t, store); !bytes.HasPrefix(after, before) {
			t.Fatalf("finished runs were lost or changed:\n%s\n%s", before, after)
		}
		states, err := filepath.Glob(filepath.Join(store+".running", "*"))
		if err != nil {
			t.Fatal(err)
		}
		resumed = resumed || len(states) > 0
		if len(states) == 0 && len(before) == len(finished(t, store)) {
			longest = min(2000, longest+longest/2)
		}
	}
	if !resumed {
		t.Error("no run was under way when its sweep was killed")
	}
	before := bytes.Count(finished(t, store), []byte("\n"))
	cmd, out := sweepProcess(grid, store)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	if r := sweepAnswer(t, out); r.Runs != 16 || r.Added != 16-before {
		t.Errorf("%d runs, %d of them added to %d: expected 16 in all, once each", r.Runs, r.Added, before)
	}
	checkSixteen(t, store)
	if left, err := os.ReadDir(store + ".running"); err == nil {
		t.Errorf("states were left behind: %v", left)
	}
}

// checkSixteen wants every run of the grid in the store, once.
func checkSixteen(t *testing.T, store string) {
	t.Helper()
	s, err := runs.Open(store)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	records, err := s.Records()
	if err != nil {
		t.Fatal(err)
	}
	digests := map[string]bool{}
	for _, r := range records {
		digests[r.Digest] = true
		if r.Steps != 400 {
			t.Errorf("run %.12s ended after %d steps, expected 400", r.Digest, r.Steps)
		}
	}
	if len(records) != 16 || len(digests) != 16 {
		t.Errorf("%d records of %d runs, expected 16 of 16", len(records), len(digests))
	}
}

// TestSweepTwice has two processes on one store at once.
func TestSweepTwice(t *testing.T) {
	grid, store := writeGrid(t, sixteen)
	first, one := sweepProcess(grid, store)
	second, two := sweepProcess(grid, store)
	for _, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, cmd := range []*exec.Cmd{first, second} {
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := sweepAnswer(t, one), sweepAnswer(t, two); a.Added+b.Added != 16 || a.Runs != 16 || b.Runs != 16 {
		t.Errorf("%d and %d runs were added, expected 16 together", a.Added, b.Added)
	}
	checkSixteen(t, store)
}
