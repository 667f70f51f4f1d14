package cert

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/check"
	"tc0/circuits/compile"
	"tc0/proofs/kernel"
	"tc0/theory/ssm"
)

func silent(string, int, int) {}

// familyOf issues the certificate of the family of a shipped checkpoint.
func familyOf(t testing.TB, name string, form compile.Form, p compile.Precision, lengths ...int) (*ssm.Checkpoint, *Family) {
	t.Helper()
	ck, err := ssm.Load(filepath.Join(models, name))
	if err != nil {
		t.Fatal(err)
	}
	q, err := compile.Quantise(t.Context(), ck, compile.Request{
		Length: lengths[len(lengths)-1], Precision: &p, Digits: 1, Minimize: compile.Gates, Form: form, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := IssueFamily(t.Context(), ck, q, lengths, Spots{Gates: 32, Seed: 3}, silent)
	if err != nil {
		t.Fatal(err)
	}
	return ck, f
}

func verifyFamily(t testing.TB, f *Family, checkpoint string) *Verdict {
	t.Helper()
	path := filepath.Join(t.TempDir(), "family.json")
	if err := os.WriteFile(path, f.Encode(), 0o644); err != nil {
		t.Fatal(err)
	}
	v, err := VerifyFamily(t.Context(), path, checkpoint, silent)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFamily(t *testing.T) {
	all := []string{"members proved", "depth proved", "bound proved", "uniformity sampled 64", "all-lengths cited"}
	for _, c := range []struct {
		name      string
		form      compile.Form
		precision compile.Precision
		claims    []string
	}{
		{"mamba-flipflop4", compile.Convolution, compile.Precision{Base: 3}, all},
		{"mamba-flipflop4", compile.Convolution, compile.Precision{Base: 3, PerLog: 0.5}, all},
		{"s4d-z5", compile.Convolution, compile.Precision{Base: 4}, all},
		{"mamba-flipflop4", compile.Recurrent, compile.Precision{Base: 3}, []string{"members proved", "bound proved", "uniformity sampled 64"}},
	} {
		t.Run(c.name+"/"+string(c.form)+"/"+c.precision.String(), func(t *testing.T) {
			t.Parallel()
			ck, f := familyOf(t, c.name, c.form, c.precision, 2, 3)
			v := verifyFamily(t, f, ck.Dir)
			if v.Verdict != check.Holds {
				t.Fatal(v.Verdict, v.Reason)
			}
			var got []string
			for _, r := range v.Results {
				got = append(got, r.ID+" "+r.Kind)
			}
			if d := cmp.Diff(c.claims, got); d != "" {
				t.Errorf("claims (-want +got):\n%s", d)
			}
			read, err := DecodeFamily(f.Encode())
			if err != nil || !bytes.Equal(read.Encode(), f.Encode()) {
				t.Errorf("not read back: %v", err)
			}
		})
	}
}

// TestForgedFamilies changes one thing of a certificate, or the checkpoint.
func TestForgedFamilies(t *testing.T) {
	ck, f := familyOf(t, "mamba-flipflop4", compile.Convolution, compile.Precision{Base: 3}, 2, 3)
	members := func(f *Family) []Member { return f.claim(ClaimMembers).Members }
	for _, c := range []struct {
		name   string
		forge  func(f *Family)
		reason string
	}{
		{"a gate less", func(f *Family) { members(f)[1].Size.Gates-- }, "members: at length 3"},
		{"a wire more", func(f *Family) { members(f)[0].Size.Wires++ }, "members: at length 2"},
		{"another circuit", func(f *Family) { members(f)[0].Circuit = members(f)[1].Circuit }, "members: at length 2"},
		{"another length", func(f *Family) { members(f)[1].Length = 4 }, "members: at length 4"},
		{"lengths out of order", func(f *Family) { slices.Reverse(members(f)) }, "expected ascending lengths"},
		{"another depth", func(f *Family) { f.claim(ClaimDepth).Depth-- }, "depth: 1"},
		{"a smaller bound", func(f *Family) { f.claim(kernel.ClaimBound).Bound.Position.Exp-- }, "not those that follow from the layers"},
		{"a larger bound", func(f *Family) { f.claim(kernel.ClaimBound).Bound.Offset++ }, "not those that follow from the layers"},
		{"no gates compared", func(f *Family) { f.claim(ClaimUniformity).Uniformity.Gates = 0 }, "uniformity: 0 gates"},
		{"another theorem", func(f *Family) { f.claim(ClaimAllLengths).Theorems = []string{"T4.2"} }, "all-lengths: cites"},
		{"another theorem of Coq", func(f *Family) { f.claim(ClaimAllLengths).Coq[0] = "scan_for_all" }, "all-lengths: cites"},
		{"a claim less", func(f *Family) { f.Claims = f.Claims[1:] }, "makes 4 claims, expected 5"},
		{"another kind", func(f *Family) { f.claim(ClaimUniformity).Kind = "proved" }, "expected uniformity, sampled"},
		{"another rounding", func(f *Family) { f.Semantics.Rounding = "towards zero" }, "semantics:"},
		{"another scale", func(f *Family) { f.Quantisation.Tensors[0].Max *= 4 }, "members: at length 2"},
		{"another precision", func(f *Family) { f.Quantisation.Precision.Base++ }, "members: at length 2"},
		{"a precision that does not compile", func(f *Family) { f.Quantisation.Precision.Base = 2 }, "members: length 2 cannot be compiled"},
		{"another form", func(f *Family) { f.Quantisation.Form = compile.Recurrent }, "makes 5 claims, expected 3"},
		{"another checkpoint", func(f *Family) {
			other, _ := familyOf(t, "s4d-z5", compile.Convolution, compile.Precision{Base: 3}, 1)
			f.Checkpoint.Digest = other.Digest
		}, "checkpoint: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			var forged Family
			if err := json.Unmarshal(f.Encode(), &forged); err != nil {
				t.Fatal(err)
			}
			c.forge(&forged)
			v := verifyFamily(t, &forged, ck.Dir)
			if v.Verdict != check.Fails || !strings.Contains(v.Reason, c.reason) {
				t.Errorf("%v: %q, expected a reason with %q", v.Verdict, v.Reason, c.reason)
			}
		})
	}
	t.Run("swapped checkpoint", func(t *testing.T) {
		if v := verifyFamily(t, f, filepath.Join(models, "mamba-flipflop4-bf16")); v.Verdict != check.Fails {
			t.Error(v.Verdict)
		}
	})
	t.Run("too many gates", func(t *testing.T) {
		var forged Family
		if err := json.Unmarshal(f.Encode(), &forged); err != nil {
			t.Fatal(err)
		}
		members(&forged)[1].Length = 1 << 16
		if v := verifyFamily(t, &forged, ck.Dir); v.Verdict != check.Undecided || !strings.Contains(v.Reason, "gates, which are not built") {
			t.Error(v.Verdict, v.Reason)
		}
	})
}

// TestMutantFamilies changes a number at random: the certificate is refused, or it is the one
// that is issued for what it says.
func TestMutantFamilies(t *testing.T) {
	ck, f := familyOf(t, "mamba-flipflop4", compile.Convolution, compile.Precision{Base: 3}, 2, 3)
	count, r := 100, rand.New(rand.NewPCG(6, 1))
	if long {
		count = 2000
	}
	refused, honest := 0, 0
	for n := 0; n < count; {
		text, what := changeNumber("\n\n"+string(f.Encode()), r)
		var forged Family
		if json.Unmarshal([]byte(text), &forged) != nil || forged.Format != FamilyFormat || bytes.Equal(forged.Encode(), f.Encode()) {
			continue
		}
		if m := forged.claim(ClaimMembers).Members; m[len(m)-1].Length > 8 {
			continue // would take long to compile
		}
		n++
		if v := verifyFamily(t, &forged, ck.Dir); v.Verdict != check.Holds {
			refused++
			continue
		}
		honest++
		var lengths []int
		for _, m := range forged.claim(ClaimMembers).Members {
			lengths = append(lengths, m.Length)
		}
		again, err := IssueFamily(t.Context(), ck, &forged.Quantisation, lengths, *forged.claim(ClaimUniformity).Uniformity, silent)
		if err != nil || !bytes.Equal(again.Encode(), forged.Encode()) {
			t.Errorf("accepted: %s: %v", what, err)
		}
	}
	t.Logf("%d mutants, seed 6: refused %d, accepted as true %d", count, refused, honest)
	if refused == 0 || honest == count {
		t.Error("no mutant was refused")
	}
}

// TestCoqTheorems: what certificates cite is there, under a name that Coq has proved.
func TestCoqTheorems(t *testing.T) {
	files, err := filepath.Glob("../coq/theories/*.v")
	if err != nil || len(files) == 0 {
		t.Fatal("no theories", err)
	}
	var all strings.Builder
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for _, family := range []string{ssm.FamilyMamba, ssm.FamilyS4D} {
		for digits := range 2 {
			for _, name := range coqTheorems(&compile.Quant{Family: family, Digits: digits + 1, Minimize: compile.Gates}) {
				if !regexp.MustCompile(`(?m)^\s*(Theorem|Lemma|Corollary) ` + name + `\b`).MatchString(all.String()) {
					t.Errorf("proofs/coq has no theorem %s", name)
				}
			}
		}
	}
}

func FuzzDecodeFamily(f *testing.F) {
	_, c := familyOf(f, "mamba-flipflop4", compile.Convolution, compile.Precision{Base: 3}, 2)
	f.Add(c.Encode())
	f.Add([]byte("{\n  \"format\": \"tc0 family certificate 1\"\n}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := DecodeFamily(data)
		if err == nil && !bytes.Equal(c.Encode(), data) {
			t.Error("accepts another text than it writes")
		}
	})
}

// TestMember: each comparison of a circuit finds another circuit.
func TestMember(t *testing.T) {
	ck, f := familyOf(t, "mamba-flipflop4", compile.Convolution, compile.Precision{Base: 3}, 2)
	finer := f.Quantisation
	finer.Precision.Base++
	made := func() *member {
		c, err := newMember(t.Context(), ck, &f.Quantisation, 2)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	other, err := newMember(t.Context(), ck, &finer, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		judge  func(c *member) error
		reason string
	}{
		{"gates of another model", func(c *member) error {
			c.model = other.model
			return c.compareSpots(Spots{Gates: 64, Seed: 1})
		}, "uniformity: gate"},
		{"gates that are not there", func(c *member) error {
			c.Size.Gates *= 2
			return c.compareSpots(Spots{Gates: 64, Seed: 1})
		}, "there is no gate"},
		{"bounds of another model", func(c *member) error {
			c.Size.Gates = c.model.Bound().Gates(2) + 1
			return c.within()
		}, "bound: at length 2"},
		{"another circuit for the kernel", func(c *member) error {
			c.write[circuitFile] = other.write[circuitFile]
			return c.judge(ck, &f.Quantisation)
		}, "the kernel refuses length 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.judge(made()); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("%v, expected %q", err, c.reason)
			}
		})
	}
}
