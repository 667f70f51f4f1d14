package class

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"testing"

	"pgregory.net/rapid"

	"tc0/theory/algebra"
	"tc0/theory/bound"
	"tc0/theory/language"
)

// brute holds what the definitions say of a small monoid, computed from them.
type brute struct {
	maps     []algebra.Map
	elements map[string]algebra.Map
}

func text(x algebra.Map) string { return fmt.Sprint([]uint16(x)) }

func newBrute(maps []algebra.Map) *brute {
	one := algebra.Identity(len(maps[0]))
	b := &brute{maps: maps, elements: map[string]algebra.Map{text(one): one}}
	for queue := []algebra.Map{one}; len(queue) > 0; queue = queue[1:] {
		for _, a := range maps {
			if x := queue[0].Then(a); b.elements[text(x)] == nil {
				b.elements[text(x)] = x
				queue = append(queue, x)
			}
		}
	}
	return b
}

// groups lists the maximal subgroups: for each idempotent e, the x with ex = xe = x of
// which some power is e.
func (b *brute) groups() []map[string]algebra.Map {
	var list []map[string]algebra.Map
	for _, e := range b.elements {
		if !e.Then(e).Equal(e) {
			continue
		}
		group := map[string]algebra.Map{}
		for _, x := range b.elements {
			if !e.Then(x).Equal(x) || !x.Then(e).Equal(x) {
				continue
			}
			y := x
			for range len(b.elements) {
				if y.Equal(e) {
					group[text(x)] = x
					break
				}
				y = y.Then(x)
			}
		}
		list = append(list, group)
	}
	return list
}

// solvable iterates the set of all products of commutators. In a group with identity e,
// the inverse of x is its last power before e.
func solvable(group map[string]algebra.Map) bool {
	for len(group) > 1 {
		next := map[string]algebra.Map{}
		var queue []algebra.Map
		add := func(x algebra.Map) {
			if next[text(x)] == nil {
				next[text(x)] = x
				queue = append(queue, x)
			}
		}
		var commutators []algebra.Map
		for _, x := range group {
			for _, y := range group {
				commutators = append(commutators, x.Then(y).Then(invertIn(x)).Then(invertIn(y)))
			}
		}
		for _, x := range commutators {
			add(x)
		}
		distinct := append([]algebra.Map{}, queue...)
		for i := 0; i < len(queue); i++ {
			for _, y := range distinct {
				add(queue[i].Then(y))
			}
		}
		if len(next) == len(group) {
			return false
		}
		group = next
	}
	return true
}

func invertIn(x algebra.Map) algebra.Map {
	last := x
	for y := x; ; y = y.Then(x) {
		if y.Then(x).Equal(x) { // y is the identity of x's group
			if y.Equal(x) {
				return x
			}
			return last
		}
		last = y
	}
}

// quasiAperiodic looks for a nontrivial group inside the values of the words of one length,
// up to a length at which these sets repeat.
func (b *brute) quasiAperiodic() bool {
	layer := map[string]algebra.Map{}
	for _, a := range b.maps {
		layer[text(a)] = a
	}
	seen := map[string]bool{}
	for !seen[fmt.Sprint(layer)] {
		seen[fmt.Sprint(layer)] = true
		for _, x := range layer {
			// Does the cyclic group of x lie in the layer?
			inside, y, cyclic := true, x, false
			for range len(b.elements) + 1 {
				inside = inside && layer[text(y)] != nil
				if y = y.Then(x); y.Equal(x) {
					cyclic = true
					break
				}
			}
			if inside && cyclic && !x.Then(x).Equal(x) {
				return false
			}
		}
		next := map[string]algebra.Map{}
		for _, x := range layer {
			for _, a := range b.maps {
				y := x.Then(a)
				next[text(y)] = y
			}
		}
		layer = next
	}
	return true
}

func drawMaps(t *rapid.T) []algebra.Map {
	n := rapid.IntRange(1, 5).Draw(t, "points")
	permutations := rapid.Bool().Draw(t, "permutations")
	maps := make([]algebra.Map, rapid.IntRange(1, 2).Draw(t, "letters"))
	for i := range maps {
		if permutations || n == 5 {
			maps[i] = algebra.Identity(n)
			for j, k := range rapid.SliceOfN(rapid.IntRange(0, n-1), n, n).Draw(t, "swaps") {
				maps[i][j], maps[i][k] = maps[i][k], maps[i][j]
			}
			continue
		}
		maps[i] = algebra.Map(rapid.SliceOfN(rapid.Uint16Range(0, uint16(n-1)), n, n).Draw(t, "map"))
	}
	return maps
}

// Verdicts agree with the definitions, and every one has a certificate that stands.
func TestVerdictsByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		maps := drawMaps(t)
		v, err := Classify(WordProblem("random", maps), DefaultBudget())
		if err != nil {
			t.Fatal(err)
		}
		compare(t, v, newBrute(maps), false)
	})
}

func TestLanguagesByDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		maps := drawMaps(t)
		next := make([][]int, len(maps[0]))
		output := make([]int, len(next))
		for q := range next {
			output[q] = rapid.IntRange(0, 1).Draw(t, "output")
			for _, x := range maps {
				next[q] = append(next[q], int(x[q]))
			}
		}
		d, err := language.NewDFA([]string{"a", "b"}[:len(maps)], 0, next, output)
		if err != nil {
			t.Fatal(err)
		}
		v, err := Classify(Language("random", d), DefaultBudget())
		if err != nil {
			t.Fatal(err)
		}
		minimal, err := d.Minimize().Maps()
		if err != nil {
			t.Fatal(err)
		}
		compare(t, v, newBrute(minimal), true)
	})
}

func compare(t *rapid.T, v *Verdict, b *brute, isLanguage bool) {
	want := AC0
	for _, group := range b.groups() {
		switch {
		case !solvable(group):
			want = NC1
		case len(group) > 1 && want == AC0 && !isLanguage:
			want = ACC0
		}
	}
	if want == AC0 && isLanguage && !b.quasiAperiodic() {
		want = ACC0
	}
	if v.Class != want || v.Order.Int64() != int64(len(b.elements)) {
		t.Fatalf("%v\nby the definitions: %s of order %d", v, want, len(b.elements))
	}
	if v.Certificate == nil {
		t.Fatalf("no certificate: %s", v.NoCertificate)
	}
	if err := Check(v.Certificate); err != nil {
		t.Fatalf("%v\n%v", v, err)
	}
	f := v.Facts()
	if err := f.Check(); err != nil || f.Class() != string(v.Class) {
		t.Fatalf("facts for the architectures: %v, class %s", err, f.Class())
	}
	if _, ok := bound.TheoremByID(v.Theorem); !ok {
		t.Fatalf("theorem %s is not registered", v.Theorem)
	}
}

// check.go uses nothing that finds evidence: no other file of the package but the form of
// certificates, and of algebra only maps and their products.
func TestCheckStandsAlone(t *testing.T) {
	set := token.NewFileSet()
	declared := map[string]bool{}
	for _, name := range []string{"classify.go", "evidence.go", "program.go", "verdict.go", "theorem.go"} {
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				declared[f.Name.Name] = true
			}
		}
	}
	file, err := parser.ParseFile(set, "check.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		switch spec.Path.Value {
		case `"encoding/binary"`, `"fmt"`, `"unicode/utf8"`, `"tc0/theory/algebra"`:
		default:
			t.Errorf("check.go imports %s", spec.Path.Value)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.SelectorExpr:
			if p, ok := x.X.(*ast.Ident); ok && p.Name == "algebra" && x.Sel.Name != "Map" && x.Sel.Name != "Identity" {
				t.Errorf("check.go uses algebra.%s", x.Sel.Name)
			}
		case *ast.CallExpr:
			if f, ok := x.Fun.(*ast.Ident); ok && declared[f.Name] {
				t.Errorf("check.go calls %s", f.Name)
			}
		}
		return true
	})
}
