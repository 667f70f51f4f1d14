package words

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The three files of all words of length 2 that the word-problem repository ships
// (commit 8f910f9, as Git LFS pointers with these digests and sizes).
func TestCSVIsThePublishedOne(t *testing.T) {
	for _, c := range []struct {
		group string
		seed  uint64
		sum   string
	}{
		{"A5", 946607, "5fa1b247ecf078d027a71fff7c486d6e4f12df4d0f8ff4526bc91cf759bbf307"},
		{"Z60", 842871, "4ce5b6d98939be4c559fddd5172db8a0bf99a1da17b7ef61ea9c65133b2bbf05"},
		{"A4_x_Z5", 814239, "8938e809eed273317847668dca40b01571d9ebc96a4151c12de9ae9b063c1259"},
	} {
		seq, err := named(t, c.group).All(2, c.seed)
		text := csvOf(t, rows(t, seq, err))
		if got := fmt.Sprintf("%x", sha256.Sum256([]byte(text))); got != c.sum || len(text) != 66018 {
			t.Errorf("%s=2.csv: %d bytes, SHA-256 %s; want 66018, %s", c.group, len(text), got, c.sum)
		}
	}
}

func TestCSVRoundTrip(t *testing.T) {
	p := named(t, "A5:g2")
	seq, err := p.Random(Sample{Length: 33, Count: 500, Seed: 1<<64 - 1})
	want := collect(rows(t, seq, err))
	text := csvOf(t, seq)
	for _, text := range []string{text, strings.TrimSuffix(text, "\n")} {
		got, err := collectRead(p.ReadCSV(strings.NewReader(text), "f.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows (-written +read):\n%s", diff)
		}
	}
}

func TestReadCSVErrors(t *testing.T) {
	p := named(t, "Z5")
	const head = "seed,input,target\n"
	for _, c := range []struct{ text, want string }{
		{"", `f.csv:1: header "": expected seed,input,target`},
		{"length,input,target\n2,1 1,1 2\n", `f.csv:1: header "length,input,target": expected seed,input,target`},
		{"seed,input,target\r\n", `f.csv:1: header "seed,input,target\r": expected seed,input,target`},
		{head + "1,1 1,1 2\n\n", "f.csv:3: 1 fields: expected 3, seed,input,target"},
		{head + "1,1 1\n", "f.csv:2: 2 fields: expected 3, seed,input,target"},
		{head + "01,1,1\n", `f.csv:2: seed "01": expected a number from 0 to 2^64−1`},
		{head + "1,1 01,1 2\n", `f.csv:2: letter 2 is "01": expected a number, one space between two`},
		{head + "1,1  1,1 2\n", `f.csv:2: letter 2 is "": expected a number, one space between two`},
		{head + "1,1 1 ,1 2\n", "f.csv:2: a space after letter 2: expected the end"},
		{head + "1,1 1,1 2\r\n", `f.csv:2: target 2 is "2\r": expected a number, one space between two`},
		{head + "1,,\n", "f.csv:2: input is empty: expected the numbers of elements"},
		{head + "1,1 1,1 3\n", "f.csv:2: target 3 at position 2: expected 2, which is 1·1 in Z5"},
		{head + "1,5,5\n", "f.csv:2: letter 5 at position 1 is not an element of Z5: they are 0 to 4"},
		{head + "1,99999999999999999999,5\n", `f.csv:2: letter 1 is "99999999999999999999": expected a number, one space between two`},
		{head + strings.Repeat("1", maxLine+1), "f.csv:2: the line is longer than 16777216 bytes"},
	} {
		_, err := collectRead(p.ReadCSV(strings.NewReader(c.text), "f.csv"))
		if err == nil || err.Error() != c.want {
			t.Errorf("%.60q: %v, want %s", c.text, err, c.want)
		}
	}
	torn := io.MultiReader(strings.NewReader(head), errReader{})
	if _, err := collectRead(p.ReadCSV(torn, "f.csv")); !errors.Is(err, errTorn) {
		t.Errorf("a reader that fails: %v", err)
	}
}

var errTorn = errors.New("torn")

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errTorn }

func TestWriteErrors(t *testing.T) {
	p := named(t, "A5")
	many, err := p.Random(Sample{Length: 20, Count: 10_000, Seed: 1})
	many = rows(t, many, err)
	for _, room := range []failing{0, 100_000} {
		if err := WriteCSV(&room, many); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("CSV to a full disk: %v", err)
		}
	}
	empty, err := p.All(0, 1)
	if err := WriteCSV(io.Discard, rows(t, empty, err)); err == nil ||
		err.Error() != "the empty word cannot be written as CSV: choose a length from 1 on" {
		t.Errorf("the empty word as CSV: %v", err)
	}
	room := failing(100_000)
	if err := p.WriteJSONL(&room, many); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("JSONL to a full disk: %v", err)
	}
	l, err := p.Language()
	if err != nil {
		t.Fatal(err)
	}
	room = 100
	full := Split[io.Writer]{io.Discard, io.Discard, io.Discard, &room}
	if err := l.WriteFLaRe(full, many); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("FLaRe to a full disk: %v", err)
	}
}
