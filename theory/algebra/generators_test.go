package algebra

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadGenerators(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"permutations\n(1 2)\n(1 2 3)\n", "permutations on 3 points\ng1 = (1 2)\ng2 = (1 2 3)\n"},
		{"# S3\npermutations # of three\r\n\r\n a = (1 2)\n\tb=[2 3 1]", "permutations on 3 points\na = (1 2)\nb = (1 2 3)\n"},
		{"permutations on 5 points\na = (1,2)", "permutations on 5 points\na = (1 2)\n"},
		{"transformations\nreset = [1 1]\nset = [2, 2]\nkeep = ()",
			"transformations on 2 points\nreset = [1 1]\nset = [2 2]\nkeep = ()\n"},
		{"matrices mod 2\n1 1; 0 1\n0 1; 1 0", "permutations on 3 points\ng1 = (2 3)\ng2 = (1 2)\n"},
		{"matrices mod 2\nz = 0", "transformations on 2 points\nz = [1 1]\n"},
		{"table\n0 1 2\n1 2 0\n2 0 1", "permutations on 3 points\n1 = (1 2 3)\n"},
		{"table\n0", "permutations on 1 points\n0 = ()\n"},
	} {
		g, err := ReadGenerators(strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if diff := cmp.Diff(c.want, g.String()); diff != "" {
			t.Errorf("%q: %s", c.text, diff)
		}
	}
}

func TestReadGeneratorsErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "line 1: nothing here"},
		{"# only\n\n", "line 1: nothing here"},
		{"(1 2)\n(1 2 3)", `line 1: "(1 2)": expected permutations, transformations`},
		{"\npermutations\n# none", "line 2: no generators follow"},
		{"permutations\n(1 2)\na = (1 3)(3 2)", `line 3: "(1 3)(3 2)" has point 3 twice`},
		{"permutations\n(1 2)\n\n[1 1]", `line 4: "[1 1]" is not a permutation: points 1 and 2 both go to 1`},
		{"permutations\n(1 2 3)\n[2 1]", `line 3: "[2 1]" has 2 images: expected 3`},
		{"transformations\n[1 3]", `line 2: "[1 3]" sends point 2 to 3`},
		{"transformations\nx", `line 2: "x" is not a map`},
		{"permutations on 2 points\n(1 3)", "line 2: \"(1 3)\" moves point 3: the points are 1 to 2"},
		{"permutations of 2\n(1 2)", "line 1: \"permutations of 2\": expected permutations, or permutations on N points"},
		{"permutations on 99999 points\n()", "N from 1 to 65536"},
		{"permutations\na = (1 2)\na = (1 3)", `line 3: the name "a" is already that of line 2`},
		{"permutations\na b = (1 2)", `line 2: "a b" is not a name`},
		{"permutations\n= (1 2)", `line 2: "" is not a name`},
		{"permutations\n" + strings.Repeat("(65536)\n", 300), "line 258: more than 16777216 points"},
		{"matrices mod 6\n1", "line 1: matrices mod 6: expected a prime"},
		{"matrices mod p\n1", `line 1: matrices mod "p"`},
		{"matrices 5\n1", `line 1: "matrices 5": expected`},
		{"matrices mod 5\n1 2; 3", "line 2: row 2 has 1 entries: expected 2"},
		{"matrices mod 5\n1 2; 3 4\na = 1", "line 3: 1 rows: expected as many as the first matrix has, at least 1 (here 2)"},
		{"matrices mod 5\n1 x; 3 4", `line 2: "x" is not a number`},
		{"matrices mod 65521\n" + strings.Repeat("1\n", 300), "line 258: more than 16777216 points"},
		{"table\n0 1\n1", "line 3: row 1 of the table has 1 entries: expected 2"},
		{"table\n0 1\n1 ?", `line 3: "?" is not a number`},
		{"table\n0 1 2\n1 2 2\n2 1 0", "line 1: the table is not associative: (1·1)·1 = 1 but 1·(1·1) = 2"},
		{"table\n0 0\n0 0", "line 1: the table of 2 elements has no identity"},
		{"permutations\n" + strings.Repeat("()", maxLine), "line 2: longer than 16777216 bytes"},
	} {
		_, err := ReadGenerators(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: error %v does not say %q", c.text, err, c.want)
		}
	}
}

// TestGeneratorsRoundTrip: what String writes is read back.
func TestGeneratorsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &Generators{Maps: drawMaps(t, 9)}
		names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,3}`), len(g.Maps), len(g.Maps), rapid.ID)
		g.Names = names.Draw(t, "names")
		back, err := ReadGenerators(strings.NewReader(g.String()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(g, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzReadGenerators(f *testing.F) {
	for _, seed := range []string{
		"permutations\n(1 2)\nb = [2 3 1]", "permutations on 5 points\n(1 2)", "transformations\n[1 1]\n[2 2]",
		"matrices mod 3\n1 1; 0 1\n0 0; 0 1", "table\n0 1\n1 0", "# c\n\ntable\n0 1 2\n1 2 2\n2 1 0",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		g, err := ReadGenerators(strings.NewReader(text))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") || !strings.HasPrefix(err.Error(), "line ") {
				t.Fatalf("not one line with its number: %q", err)
			}
			return
		}
		back, err := ReadGenerators(strings.NewReader(g.String()))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(g, back); diff != "" {
			t.Fatal(diff)
		}
	})
}
