package task

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tc0/theory/words"
)

// fromFiles writes words of S3 and a spec that draws from them.
func fromFiles(t *testing.T) Spec {
	t.Helper()
	dir := t.TempDir()
	p, err := words.Named("S3", 10)
	if err != nil {
		t.Fatal(err)
	}
	path := func(name string, first uint64, write func(*bytes.Buffer, *words.Problem, uint64) error) string {
		var text bytes.Buffer
		if err := write(&text, p, first); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	csv := func(b *bytes.Buffer, p *words.Problem, first uint64) error {
		rows, err := p.Random(words.Sample{Length: 4, First: first, Count: 20, Seed: 1})
		if err != nil {
			return err
		}
		return words.WriteCSV(b, rows)
	}
	jsonl := func(b *bytes.Buffer, p *words.Problem, first uint64) error {
		rows, err := p.Random(words.Sample{Length: 4, First: first, Count: 20, Seed: 1})
		if err != nil {
			return err
		}
		return p.WriteJSONL(b, rows)
	}
	s := Spec{Name: "S3", Length: 4, Files: &Files{
		Train: File{Path: path("train.csv", 0, csv)}, Valid: File{Path: path("valid.csv", 20, csv)}, Test: File{Path: path("test.jsonl", 40, jsonl)},
	}}
	if err := s.Files.Sum(); err != nil {
		t.Fatal(err)
	}
	return s
}

// Words come from the part's file alone, with labels that are products.
func TestSource_files(t *testing.T) {
	d := mustNew(t, fromFiles(t))
	seen := map[string]Part{}
	for _, p := range []Part{Train, Valid, Test} {
		s, err := d.Source(p)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 1))
		tokens, labels := make([]int32, 4), make([]int32, 4)
		found := map[string]bool{}
		for range 500 {
			s.Draw(r, tokens, labels)
			key := ""
			for i, a := range tokens {
				key += string(rune('0' + a))
				before := int32(0)
				if i > 0 {
					before = labels[i-1]
				}
				if want := d.machine.next[before][a]; labels[i] != want {
					t.Fatalf("%v: labels %v, expected %d at %d", tokens, labels, want, i)
				}
			}
			if other, ok := seen[key]; ok && other != p {
				t.Fatalf("%s is a word of %v and of %v", key, other, p)
			}
			seen[key], found[key] = p, true
		}
		if len(found) != 20 {
			t.Errorf("%d words of %v, expected the file's 20", len(found), p)
		}
	}
	if s := d.Split(4); s.Shared == "" || s.Words != 0 {
		t.Errorf("split %v: expected to hear that files are not compared", s)
	}
}

func TestSource_errors(t *testing.T) {
	for _, c := range []struct {
		about  string
		change func(t *testing.T, s *Spec)
		want   string
	}{
		{"another task", func(_ *testing.T, s *Spec) { s.Name = "parity_check" }, "expected the word problem of a group"},
		{"pairs", func(_ *testing.T, s *Spec) { s.Pairs = true }, "leave them out"},
		{"a first token", func(_ *testing.T, s *Spec) { s.BOS = true }, "leave them out"},
		{"a part kept out", func(_ *testing.T, s *Spec) { s.DivideFrom = 100 }, "leave them out"},
		{"shorter words", func(_ *testing.T, s *Spec) { s.Min = 2 }, "leave them out"},
		{"no sum", func(_ *testing.T, s *Spec) { s.Files.Test.SHA256 = "" }, "test words: expected the path of a file and its SHA-256"},
		{"no path", func(_ *testing.T, s *Spec) { s.Files.Valid.Path = "" }, "validation words: expected the path"},
		{"another group", func(_ *testing.T, s *Spec) { s.Name = "Z6" }, "train.csv:2"},
		{"no file", func(t *testing.T, s *Spec) { os.Remove(s.Files.Train.Path) }, "expected a file of train words"},
		{"another file", func(_ *testing.T, s *Spec) { s.Files.Train.SHA256 = s.Files.Valid.SHA256 }, "is not the file of train words that the spec names"},
		{"a wrong product", func(t *testing.T, s *Spec) {
			text, err := os.ReadFile(s.Files.Train.Path)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(string(text), "\n")
			lines[3] = "1,0 1 2 3,0 1 2 3"
			os.WriteFile(s.Files.Train.Path, []byte(strings.Join(lines, "\n")), 0o644)
		}, "train.csv:4"},
	} {
		s := fromFiles(t)
		c.change(t, &s)
		d, err := New(s)
		if err == nil {
			_, err = d.Source(Train)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, expected one line with %q", c.about, err, c.want)
		}
	}
}
