package task

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"strings"

	"tc0/theory/words"
)

// Files are words of a group's word problem to draw from instead of random ones: CSV, or
// JSONL where the name ends so, as theory/words reads them. Nothing is kept out of
// training but by who divided the files.
type Files struct {
	Train File `json:"train"`
	Valid File `json:"valid"`
	Test  File `json:"test"`
}

// A File is named by its contents; where it lies is for whoever opens it.
type File struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"` // of the bytes, in hexadecimal
}

// maxRows is the largest number of words of a file.
const maxRows = 1 << 20

// A Source draws words; a [Stream] or a [List].
type Source interface {
	Draw(r *rand.Rand, tokens, labels []int32)
	Vocab() int
}

// Source is where the words of a part come from: a stream, or the part's file.
func (d *Data) Source(p Part) (Source, error) {
	if d.spec.Files == nil {
		return d.Stream(p), nil
	}
	file := d.spec.Files.of(p)
	problem, _, err := problem(d.spec.Name)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file.Path)
	if err != nil {
		return nil, unreadable(file.Path, p, err)
	}
	defer f.Close()
	sum := sha256.New()
	in := io.TeeReader(f, sum)
	rows := problem.ReadCSV
	if strings.HasSuffix(file.Path, ".jsonl") {
		rows = problem.ReadJSONL
	}
	list, err := readAll(rows, in, file.Path, d.Vocab())
	if err != nil {
		return nil, err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != file.SHA256 {
		return nil, fmt.Errorf("%s: is not the file of %s words that the spec names: its SHA-256 is %.12s…, expected %.12s…", file.Path, p, got, file.SHA256)
	}
	return list, nil
}

func readAll(rows func(io.Reader, string) iter.Seq2[words.Row, error], in io.Reader, name string, vocab int) (*List, error) {
	list, err := Read(rows(in, name), vocab, maxRows)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(io.Discard, in) // so that the sum is of the whole file
	return list, err
}

func unreadable(path string, p Part, err error) error {
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err
	}
	return fmt.Errorf("%s: %w: expected a file of %s words", path, err, p)
}

func (f *Files) of(p Part) *File { return []*File{&f.Train, &f.Valid, &f.Test}[p] }

// Sum fills in what is missing of the SHA-256s.
func (f *Files) Sum() error {
	for _, p := range []Part{Train, Valid, Test} {
		file := f.of(p)
		if file.SHA256 != "" {
			continue
		}
		in, err := os.Open(file.Path)
		if err != nil {
			return unreadable(file.Path, p, err)
		}
		sum := sha256.New()
		_, err = io.Copy(sum, in)
		in.Close()
		if err != nil {
			return unreadable(file.Path, p, err)
		}
		file.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// check says what in the spec of words from files does not go.
func (s Spec) checkFiles() error {
	if s.Files == nil {
		return nil
	}
	if s.Min != 0 || s.Pairs || s.BOS || s.DivideFrom != 0 {
		return errors.New("files: min, pairs, bos or divide_from is set: the files say which words there are: leave them out")
	}
	if _, _, err := problem(s.Name); err != nil {
		return fmt.Errorf("files: expected the word problem of a group, such as A5: %w", err)
	}
	for _, p := range []Part{Train, Valid, Test} {
		f := s.Files.of(p)
		if sum, err := hex.DecodeString(f.SHA256); f.Path == "" || err != nil || len(sum) != sha256.Size || hex.EncodeToString(sum) != f.SHA256 {
			return fmt.Errorf("files: %s words: expected the path of a file and its SHA-256", p)
		}
	}
	return nil
}
