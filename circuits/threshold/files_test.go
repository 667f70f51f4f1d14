package threshold

import (
	"bytes"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// tiny has every kind of bank.
func tiny(t testing.TB) *Circuit {
	t.Helper()
	b := NewBuilder()
	tag := Tag{Node: 3, Part: 1, Stage: b.Stage("tiny \"s\"")}
	x := b.Input(3, tag)
	y := b.Input(2, Tag{-1, 0, -1})
	f := b.Form(-1, []Term{{2, BankRef(x), b.Table([]int64{0, 1, -3}), 0}, {1, BankRef(y), Ones, 0}})
	th := b.Table([]int64{-4, 0, 2})
	high := b.Level(f, th, 1, 2, 1, tag)
	low := b.Digit(f, high, th, 0, 3, 1, 9, tag)
	g := b.Form(0, []Term{{1, BankRef(high), Ones, 0}})
	h := b.Form(1, []Term{{-1, FormRef(g), 0, 0}})
	l := b.List([]int32{int32(g), int32(h)})
	and := b.And(tag, l, l)
	b.Pairs(tag, l)
	b.Output([]Output{{int32(and), 3}, {int32(low), 0}})
	b.Output(nil)
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTextGolden(t *testing.T) {
	roundTrip(t, tiny(t))
	got := written(t, tiny(t), ownForms[0])
	file := filepath.Join("testdata", "tiny.txt")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestLongStageName(t *testing.T) {
	b := NewBuilder()
	b.Stage(strings.Repeat("long ", 2000))
	c, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, c)
}

func TestReadTextErrors(t *testing.T) {
	text := string(written(t, tiny(t), ownForms[0]))
	for _, test := range []struct{ name, from, to, want string }{
		{"header", "tc0 threshold 1", "tc0 arith 1", "line 1: expected"},
		{"counts", "banks=6", "banks=7", "line 2: "},
		{"stage twice", "stage s0", "stage s1", `line 3: stage "s1" out of order`},
		{"stage quote", `stage s0 "tiny`, `stage s0 tiny`, "line 3: stage name"},
		{"table number", "table t0 0 1 -3", "table t0 0 x -3", `line 4: "x" is not an integer`},
		{"table repeats", "table t1 -4 0 2", "table t1 0 1 -3", "line 5: table repeats an earlier one"},
		{"levels", "bits=3", "bits=0", "line 6: bank 0, form 0: input with 0 bits"},
		{"huge input", "bits=3", "bits=9223372036854775807", "line 6: bank 0, form 0: input with"},
		{"tag", "bits=2 @ -1", "bits=2 @ 4294967295", "line 7: "},
		{"future form", "-1*f1", "-1*f2", "form 2 does not exist yet"},
		{"future bank", "1*b1", "1*b9", "line 8: bank 2, form 0: bank 9 does not exist yet"},
		{"weights", "b0[t0:0]", "b0[t0:1]", "weights [1,+3) of table 0 do not exist"},
		{"wrapped offset", "b0[t0:0]", "b0[t0:4294967296]", `line 8: "4294967296" is not a 32-bit integer`},
		{"open bracket", "b0[t0:0]", "b0[t0:0", `line 8: expected "]"`},
		{"range", "= -1 + 2*b0", "= -1 + 4611686018427387904*b0", "not fit in 62 bits"},
		{"constant", "f0 = -1", "f0 = -9223372036854775808", "constant -9223372036854775808 does not fit in 62 bits"},
		{"stride", "stride=2 gates=1", "stride=0 gates=1", "level bank reads outside"},
		{"wrapped stride", "stride=2 gates=1", "stride=4611686018427387904 gates=3", "level bank reads outside"},
		{"thresholds", "table t1 -4 0 2", "table t1 -4 0 -9", "digit thresholds fall"},
		{"gates", "gates=1", "gates=2", "level bank reads outside"},
		{"width", "width=1", "width=30", "digit"},
		{"past", "past=9", "past=1", "digit bank does not match"},
		{"operands", "and b4 l0 l0", "and b4 l0", "and bank of 1 lists"},
		{"list", "pairs b5 l0", "pairs b5 l1", "list 1 does not exist yet"},
		{"lists", "pairs b5 l0", "pairs b5 l0 l0", "pairs of 2 lists"},
		{"kind", "pairs b5", "trios b5", `unknown word "trios"`},
		{"output gate", "b4.3", "b4.4", "output reads gate 4 of bank 4"},
		{"position", "output 1", "output 2", "expected position 1"},
		{"end", "output 1\n", "output 1", "the file ends within a line"},
		{"stage of a tag", "bits=2 @ -1 0 -1", "bits=2 @ -1 0 -2", "unknown stage -2"},
		{"plus sign", "f0 = -1 + 2*", "f0 = -1 + +2*", "not as this program writes it"},
		{"two spaces", "off=1 stride", "off=1  stride", "not as this program writes it"},
		{"carriage return", "output 1\n", "output 1\r\n", "not as this program writes it"},
		{"leading zero", "table t0 0 1", "table t0 0 01", "not as this program writes it"},
		{"late form", "and b4", "form f3 = 0\nand b4", "out of order: stages come first"},
		{"late table", "output 1\n", "output 1\ntable t2 77\n", "out of order: stages come first"},
		{"rest", "past=9 @ 3 1 0", "past=9 @ 3 1 0 7", `unexpected "7"`},
	} {
		changed := strings.Replace(text, test.from, test.to, 1)
		if changed == text {
			t.Errorf("%s: %q is not in the text", test.name, test.from)
			continue
		}
		_, err := ReadText(strings.NewReader(changed))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%s: error %v, want a line and %q", test.name, err, test.want)
		}
	}
}

// header is a compact file's beginning with the given counts.
func header(counts ...uint64) []byte {
	b := append([]byte(binaryMagic), binaryVersion)
	for _, v := range counts {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

func TestReadBinaryErrors(t *testing.T) {
	good := written(t, tiny(t), ownForms[1])
	const huge = 1<<31 - 1
	empty := make([]uint64, 9)
	for _, test := range []struct {
		name, want string
		data       []byte
	}{
		{"empty", "bad magic", nil},
		{"magic", "bad magic", []byte("tc0arithxxxx")},
		{"version", "format version 9", append([]byte(binaryMagic), 9)},
		{"trailing", "bytes follow", append(good[:len(good):len(good)], 0)},
		{"counts", "header's counts", append(header(1, 0, 0, 0, 0, 0, 0, 0, 0), recordEnd)},
		{"record", "unknown record 0x77", append(header(empty...), 0x77)},
		{"hostile stages", "unexpected EOF", header(0, 0, 0, 0, 0, 0, 0, 1<<60, 0)},
		{"hostile name", "unexpected EOF", binary.AppendUvarint(header(0, 0, 0, 0, 0, 0, 0, 1, 0), huge)},
		{"hostile table", "unexpected EOF", binary.AppendUvarint(header(0, 0, 0, 0, 0, 0, 1<<60, 0, 0), huge)},
		{"hostile form", "unexpected EOF", binary.AppendUvarint(append(header(empty...), recordForm, 0), huge)},
		{"hostile list", "unexpected EOF", binary.AppendUvarint(append(header(empty...), recordList), huge)},
		{"overlong", "shortest form", append(header(), 0x80, 0)},
		{"overflow", "shortest form", append(header(), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2)},
		{"late form", "a form follows a list", append(header(empty...), recordList, 0, recordForm)},
		{"tag", "does not fit in 32 bits", binary.AppendVarint(append(header(empty...), byte(Input), 1), 1<<31)},
		{"count", "out of range", binary.AppendUvarint(append(header(empty...), recordForm, 0), 1<<40)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadBinary(bytes.NewReader(test.data))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: %d bytes allocated for %d read", test.name, n, len(test.data))
		}
	}
}

// TestWrittenOutWeights: a form whose range stays small because weights cancel
// out is refused all the same when those weights do not fit.
func TestWrittenOutWeights(t *testing.T) {
	b := NewBuilder()
	x := b.Input(2, Tag{-1, 0, -1})
	f := b.Form(-1<<60, []Term{{1, BankRef(x), b.Table([]int64{1 << 60, 1 << 60}), 0}})
	if lo, hi := b.FormRange(f); lo != 0 || hi != 0 {
		t.Fatalf("range %d..%d, want 0", lo, hi)
	}
	b.Form(0, []Term{{8, FormRef(f), 0, 0}})
	if _, err := b.Finish(); err == nil || !strings.Contains(err.Error(), "written out, do not fit") {
		t.Errorf("error %v", err)
	}
}

func FuzzReadText(f *testing.F)   { fuzz(f, ownForms[0]) }
func FuzzReadBinary(f *testing.F) { fuzz(f, ownForms[1]) }

// fuzz: what is read without an error is written as the same bytes, and round
// trips through the other form; reading never panics.
func fuzz(f *testing.F, own ownForm) {
	f.Add(written(f, tiny(f), own))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		canonical(t, own, data)
		if c, err := own.read(bytes.NewReader(data)); err == nil {
			roundTrip(t, c)
		}
	})
}
