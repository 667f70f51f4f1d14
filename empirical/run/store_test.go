package run

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// startHelper starts a process that appends records to a store.
func startHelper(t *testing.T, path string, first, count int) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), helperFile+"="+path, fmt.Sprintf("%s=%d %d", helperSeeds, first, count))
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewScanner(out)
}

// A process is killed twenty times while it appends. No record that it reported is lost, none
// is there twice, and the next process goes on.
func TestStore_kill(t *testing.T) {
	path := newPath(t)
	r := rand.New(rand.NewPCG(1, 1))
	var safe []string
	for range 20 {
		c, lines := startHelper(t, path, 0, 1<<20)
		for n := r.IntN(4); lines.Scan(); n-- {
			safe = append(safe, lines.Text())
			if n == 0 {
				break
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() { // what it still said before it died
			if len(lines.Text()) == 64 {
				safe = append(safe, lines.Text())
			}
		}
		c.Wait()
	}
	s := mustOpen(t, path)
	found := map[string]int{}
	for _, r := range mustRecords(t, s) {
		found[r.Digest]++
	}
	for _, digest := range safe {
		if found[digest] != 1 {
			t.Errorf("%s is there %d times, expected once", digest, found[digest])
		}
	}
	if len(safe) < 20 || len(found) > len(safe)+20 {
		t.Errorf("%d records were reported and %d found", len(safe), len(found))
	}
}

func TestStore_twoProcesses(t *testing.T) {
	path := newPath(t)
	const count = 25
	var group sync.WaitGroup
	var reported [2]int
	for i := range 2 {
		c, lines := startHelper(t, path, i*count/2, count) // half of the seeds are the same
		group.Go(func() {
			for lines.Scan() {
				reported[i]++
			}
			if err := c.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	records := mustRecords(t, mustOpen(t, path))
	if want := count + count/2; len(records) != want || reported[0]+reported[1] != want {
		t.Errorf("%d records, %v reported, expected %d", len(records), reported, want)
	}
}

// Whatever part of the last line was written, it is not a record, and the next one takes
// its place.
func TestStore_tornLine(t *testing.T) {
	first, second := record(seedSpec(1), 0.5, 0.5), record(seedSpec(2), 0.5, 0.5)
	line := func(r Record) []byte {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return append(text, '\n')
	}
	whole := append(line(first), line(second)...)
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(t.TempDir(), "runs.jsonl")
		cut := rapid.IntRange(0, len(line(second))-1).Draw(rt, "cut")
		if err := os.WriteFile(path, whole[:len(line(first))+cut], 0o644); err != nil {
			rt.Fatal(err)
		}
		s, err := Open(path)
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		if records, err := s.Records(); err != nil || len(records) != 1 {
			rt.Fatalf("%d records, error %v, expected 1", len(records), err)
		}
		if err := s.Append(second); err != nil {
			rt.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, whole) {
			rt.Fatalf("the file has %d bytes, expected the two lines, %d", len(got), len(whole))
		}
	})
}

// Two stores of one file see each other's records, and a digest is added once.
func TestStore_append(t *testing.T) {
	path := newPath(t)
	a, b := mustOpen(t, path), mustOpen(t, path)
	want := []Record{record(seedSpec(1), 0.5, 0.5), record(seedSpec(2), 0.95, 0.2)}
	if err := a.Append(want[0]); err != nil {
		t.Fatal(err)
	}
	if err := b.Append(want[0]); !errors.Is(err, ErrKnown) {
		t.Errorf("the same again: error %v, expected ErrKnown", err)
	}
	if err := b.Append(want[1]); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Store{a, b, mustOpen(t, path)} {
		if diff := cmp.Diff(want, mustRecords(t, s)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestStore_errors(t *testing.T) {
	good, err := json.Marshal(record(seedSpec(1), 0.5, 0.5))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, text, want string }{
		{"not JSON", "hello\n", "runs.jsonl:1: "},
		{"empty line", string(good) + "\n\n", "runs.jsonl:2: "},
		{"twice", string(good) + "\n" + string(good) + "\n", "runs.jsonl:2: the store has this run already"},
		{"other digest", strings.Replace(string(good), `"digest":"`, `"digest":"0`, 1) + "\n", "that of the spec"},
		{"unknown key", strings.Replace(string(good), `{"digest"`, `{"colour":1,"digest"`, 1) + "\n", "colour"},
		{"accuracy", strings.Replace(string(good), `"token_accuracy":0.5`, `"token_accuracy":0.6`, 1) + "\n", "the scores say"},
		{"too many right", strings.Replace(string(good), `"correct":[2`, `"correct":[5`, 1) + "\n", "5 of 4 right"},
		{"two values", string(good) + " {}\n", "more than one value"},
	} {
		path := newPath(t)
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, expected one line with %q", c.name, err, c.want)
		}
	}
	if _, err := Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
	if err := mustOpen(t, newPath(t)).Append(Record{}); err == nil {
		t.Error("an empty record was added")
	}
}

var update = flag.Bool("update", false, "write the golden files")

// A store of an earlier version stays readable. If this fails because a setting was added,
// give its key omitempty: a spec without it must keep its digest.
func TestStore_golden(t *testing.T) {
	path := filepath.Join("testdata", "store.jsonl")
	want := []Record{record(seedSpec(1), 0.5, 0.5), record(seedSpec(2), 0.95, 0.95)}
	want[0].Code, want[0].Machine = "v1", Machine{"linux", "amd64", 2, "go1.26", "avx2"}
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		os.Remove(path)
		s := mustOpen(t, path)
		for _, r := range want {
			if err := s.Append(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(want, mustRecords(t, mustOpen(t, path))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStore_becameShorter(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	if err := s.Append(record(seedSpec(1), 0.5, 0.5)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 3); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Records(); err == nil || !strings.Contains(err.Error(), "became shorter") {
		t.Errorf("error %v", err)
	}
}

func TestStore_readOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("needs a user other than root: permissions do not bind root")
	}
	path := newPath(t)
	if err := mustOpen(t, path).Append(record(seedSpec(1), 0.5, 0.5)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	s := mustOpen(t, path)
	if n := len(mustRecords(t, s)); n != 1 {
		t.Errorf("%d records, expected 1", n)
	}
	if err := s.Append(record(seedSpec(2), 0.5, 0.5)); err == nil || !strings.Contains(err.Error(), "may not be written") {
		t.Errorf("error %v", err)
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, r := range []Record{record(seedSpec(1), 0.5, 0.5), record(seedSpec(2), 0.95, 0.95)} {
		line, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
	}
	f.Add([]byte(`{"spec":{"task":{"name":"A5","length":1048576},"lengths":[1048576]}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := ParseRecord(line)
		if err != nil {
			return
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRecord(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
