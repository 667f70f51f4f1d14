package cert

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/compile"
	"tc0/proofs/kernel"
)

// long runs the full counts of forgeries, at full length.
var long = os.Getenv("TC0_LONG") != ""

// trained are the shipped checkpoints that were trained.
var trained = []string{
	"mamba-flipflop4", "mamba-flipflop4-bf16", "mamba-parity", "mamba-s3-g2", "mamba-a4-g3", "mamba-a5-g2", "s4d-z5",
}

func TestAccepted(t *testing.T) {
	length := 2
	if long {
		length = 8
	}
	for i, name := range trained {
		for digits := 1; digits <= 2; digits++ {
			if !long && (digits != 1+i%2 || name == "mamba-a5-g2") {
				continue // 60 classes take long to compile
			}
			t.Run(fmt.Sprintf("%s/digits=%d", name, digits), func(t *testing.T) {
				b := compiled(t, name, shape{length, 6, digits, compile.Convolution, compile.Gates, 8})
				accept(t, b.verify(t, t.TempDir()), len(b.cert.Claims))
			})
		}
	}
}

func accept(t *testing.T, v kernel.Verdict, claims int) {
	t.Helper()
	if !v.Holds || len(v.Results) != claims {
		t.Fatalf("%d claims: holds %v: %s", len(v.Results), v.Holds, v.Reason)
	}
}

// TestShapes has every form and goal, and checkpoints off the beaten track.
func TestShapes(t *testing.T) {
	odd, err := filepath.Glob(filepath.Join(models, "odd", "*", "config.json"))
	if err != nil || len(odd) == 0 {
		t.Fatal("no odd checkpoints", err)
	}
	names := []string{"mamba-flipflop4", "s4d-z5"}
	for _, path := range odd {
		names = append(names, filepath.Join("odd", filepath.Base(filepath.Dir(path))))
	}
	for i, name := range names {
		for j, form := range []compile.Form{compile.Convolution, compile.Recurrent} {
			for k, goal := range []compile.Goal{compile.Gates, compile.Depth, compile.Wires} {
				if !long && (i+j+k)%6 != 1 && i > 1 {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", name, form, goal), func(t *testing.T) {
					t.Parallel()
					b := compiled(t, name, shape{3, 4 + (i+j+k)%3, 1 + (i+j+k)%2, form, goal, 4})
					accept(t, b.verify(t, t.TempDir()), len(b.cert.Claims))
				})
			}
		}
	}
}

// TestIssue is about what a certificate states; that it is true is the kernel's to say.
func TestIssue(t *testing.T) {
	b := compiled(t, "mamba-flipflop4", shape{2, 4, 2, compile.Convolution, compile.Gates, 4})
	want := kernel.Semantics{
		Family: "mamba", Form: "convolution", Discretisation: "A by zero-order hold, B by Euler's rule", Numbers: kernel.Numbers, Rounding: kernel.Rounding,
		Precision: kernel.Precision{Base: 4}, Bits: 4, Digits: 2, Minimize: "gates", Length: 2, Vocabulary: 5, Alphabet: []int{0, 1, 2, 3, 4},
	}
	if d := cmp.Diff(want, b.cert.Semantics); d != "" {
		t.Errorf("semantics (-want +got):\n%s", d)
	}
	var kinds []string
	for _, c := range b.cert.Claims {
		kinds = append(kinds, c.ID+" "+c.Kind)
	}
	if d := cmp.Diff([]string{"size proved", "lowering proved", "binding proved", "bound proved", "agreement sampled", "all-words exhaustive", "class assumed"}, kinds); d != "" {
		t.Errorf("claims (-want +got):\n%s", d)
	}
}

var update = flag.Bool("update", false, "write golden files anew")

// TestGolden keeps the files that the kernel's own tests read, which cannot compile any.
func TestGolden(t *testing.T) {
	const dir = "../kernel/testdata"
	b := compiled(t, "mamba-flipflop4", shape{1, 3, 2, compile.Convolution, compile.Gates, 4})
	files := map[string][]byte{FileName: b.cert.Encode()}
	for _, name := range []string{quantFile, arithFile, circuitFile} {
		files[name] = b.files[name]
	}
	if *update {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, dir, files)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v: differs from what is compiled and certified now; run with -update", name, err)
		}
	}
}
