package words

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func oneLine(t *testing.T, err error) {
	t.Helper()
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Fatalf("more than one line: %q", err)
	}
}

// A text that is read without fault is what the writer writes for its rows.
func FuzzReadCSV(f *testing.F) {
	p := named(f, "A4:g3")
	f.Add([]byte("seed,input,target\n1,4 3,4 1\n"))
	f.Add([]byte("seed,input,target\n1,4 3,4 1\n18446744073709551615,0,0"))
	f.Add([]byte("seed,input,target\n1,,\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := collectRead(p.ReadCSV(bytes.NewReader(data), "f"))
		if err != nil {
			oneLine(t, err)
			return
		}
		if got := csvOf(t, slices.Values(read)); got != string(data) && got != string(data)+"\n" {
			t.Fatalf("read and written again:\n%q\nwas\n%q", got, data)
		}
	})
}

// Rows read are rows of the problem, and survive writing and reading.
func FuzzReadJSONL(f *testing.F) {
	p := named(f, "A4:g3")
	f.Add([]byte(`{"problem":"A4:g3","seed":1,"input":[4,3],"target":[4,1]}`))
	f.Add([]byte(`{"seed":1e3,"problem":"A4:g3","target":[0],"input":[0]}` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := collectRead(p.ReadJSONL(bytes.NewReader(data), "f"))
		if err != nil {
			oneLine(t, err)
			return
		}
		var b bytes.Buffer
		if err := p.WriteJSONL(&b, slices.Values(read)); err != nil {
			t.Fatal(err)
		}
		again, err := collectRead(p.ReadJSONL(&b, "f"))
		if diff := cmp.Diff(read, again); diff != "" || err != nil {
			t.Fatalf("%v; rows (-read +again):\n%s", err, diff)
		}
	})
}

// Four files that are read without fault tell the same words as the writer's files.
func FuzzReadFLaRe(f *testing.F) {
	l := language(f, named(f, "Z2"), 1)
	f.Add([]byte("1\n0\n\n"), []byte("1\n0\n0\n"), []byte(`[{"s":"0 1","e":false},{"s":"0 1","e":true}]`), []byte("\n2\n"))
	f.Add([]byte(""), []byte(""), []byte(""), []byte(""))
	f.Fuzz(func(t *testing.T, tokens, labels, next, edits []byte) {
		split := Split[io.Reader]{bytes.NewReader(tokens), bytes.NewReader(labels), bytes.NewReader(next), bytes.NewReader(edits)}
		read, err := collectRead(l.ReadFLaRe(split, splitNames))
		if err != nil {
			oneLine(t, err)
			return
		}
		var b buffers
		if err := l.WriteFLaRe(b.writers(), slices.Values(read)); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			got  string
			data []byte
		}{{b.tokens.String(), tokens}, {b.labels.String(), labels}} {
			if c.got != string(c.data) && c.got != string(c.data)+"\n" {
				t.Fatalf("read and written again:\n%q\nwas\n%q", c.got, c.data)
			}
		}
	})
}
