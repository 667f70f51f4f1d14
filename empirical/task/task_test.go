package task

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tc0/theory/algebra"
	"tc0/theory/language"
	"tc0/theory/ssm"
	"tc0/theory/words"
)

func mustNew(t testing.TB, s Spec) *Data {
	t.Helper()
	d, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The checkpoints of theory/ssm were trained by other code, which wrote their task.json.
func TestFile_checkpoints(t *testing.T) {
	compared := 0
	dirs, _ := filepath.Glob(filepath.Join("..", "..", "theory", "ssm", "testdata", "*", "task.json"))
	for _, file := range dirs {
		ck, err := ssm.Load(filepath.Dir(file))
		if err != nil {
			t.Fatal(err)
		}
		if ck.Task.Kind != "group" {
			continue // flipflop4 is no task here
		}
		compared++
		got, err := mustNew(t, Spec{Name: ck.Task.Name, Length: 8}).File()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ck.Task, got, cmpopts.IgnoreFields(ssm.Task{}, "About")); diff != "" {
			t.Errorf("%s (-theirs +ours):\n%s", file, diff)
		}
	}
	if compared < 7 {
		t.Errorf("%d checkpoints were compared, expected at least 7", compared)
	}
}

// The list in the package comment is what the rule gives, and the letters generate.
func TestFourLetters_list(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(doc), "//	G       letters\n")
	list, _, _ = strings.Cut(list, "//\n")
	lines := strings.Split(strings.TrimSpace(list), "\n")
	if len(lines) < 9 {
		t.Fatalf("%d lines in the list of the package comment, expected 9", len(lines))
	}
	for _, line := range lines {
		fields := strings.Fields(strings.TrimPrefix(line, "//"))
		name := fields[0]
		d := mustNew(t, Spec{Name: name + ":g4", Length: 4})
		if want, got := strings.Join(fields[1:], " "), strings.Trim(fmt.Sprint(d.Letters()), "[]"); got != want {
			t.Errorf("%s: the comment lists %s, the rule gives %s", name, want, got)
		}
		checkGenerate(t, name, d.Letters())
	}
	checkGenerate(t, "S4", mustNew(t, Spec{Name: "S4:g4", Length: 4}).Letters())
	checkGenerate(t, "Q8", mustNew(t, Spec{Name: "Q8:g4", Length: 4}).Letters())
}

// checkGenerate compares the order of the group of the letters, by Schreier and Sims, with
// that of the whole.
func checkGenerate(t *testing.T, name string, letters []int) {
	t.Helper()
	g, err := algebra.Named(name)
	if err != nil {
		t.Fatal(err)
	}
	table, err := g.Table(MaxOrder)
	if err != nil {
		t.Fatal(err)
	}
	var maps []algebra.Map
	for _, i := range letters {
		maps = append(maps, table.Element(i))
	}
	h, err := algebra.NewGroup(maps)
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) != 4 || h.Order().Cmp(g.Order()) != 0 {
		t.Errorf("%s: %v generate a group of order %v, expected 4 letters and %v", name, letters, h.Order(), g.Order())
	}
}

func TestFills(t *testing.T) {
	table := func(name string) *algebra.Table {
		g, _ := algebra.Named(name)
		tab, err := g.Table(MaxOrder)
		if err != nil {
			t.Fatal(err)
		}
		return tab
	}
	for _, c := range []struct {
		group   string
		letters []int
		want    bool
	}{
		{"Z6", []int{0, 1}, true},
		{"Z6", []int{1, 5}, false}, // generates, but the position's parity is the sum's
		{"Z6", []int{2, 4}, false},
		{"S3", []int{1, 2}, false}, // odd permutations
		{"S3", []int{1, 3}, true},  // an odd permutation and a 3-cycle
	} {
		if got := fills(table(c.group), c.letters); got != c.want {
			t.Errorf("fills(%s, %v) = %v, expected %v", c.group, c.letters, got, c.want)
		}
	}
}

func TestNew_tasks(t *testing.T) {
	for _, c := range []struct {
		name    string
		letters int
		vocab   int
		classes int
	}{
		{"A5", 60, 60, 60}, {"A5:g2", 2, 60, 60}, {"A5:g3", 3, 60, 60}, {"A5:g4", 4, 60, 60}, {"A4xZ5:g4", 4, 60, 60},
		{"S5:g5", 5, 120, 120}, {"S5:swaps", 10, 120, 120}, {"mod_7", 2, 7, 7}, {"parity_check", 2, 2, 2},
		{"even_pairs", 2, 2, 2}, {"cycle_navigation", 3, 5, 5}, {"modular_arithmetic", 8, 8, 5}, {"flip_flop", 4, 4, 3},
		{"flip_flop+undo3", 5, 5, 3}, {"A5:g4+undo2", 5, 60, 60}, {"A5:g4+hidden", 65, 65, 60}, {"Z3+hidden", 7, 7, 3},
	} {
		d := mustNew(t, Spec{Name: c.name, Length: 4})
		if got := [3]int{len(d.Letters()), d.Vocab(), d.Classes()}; got != [3]int{c.letters, c.vocab, c.classes} {
			t.Errorf("%s: letters, vocabulary and classes %v, expected %v", c.name, got, [3]int{c.letters, c.vocab, c.classes})
		}
	}
}

func TestNew_errors(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{Name: "A5"}, "length 0: expected 1 to"},
		{Spec{Name: "A5", Length: 4, Min: 5}, "min 5"},
		{Spec{Name: "A5", Length: 4, DivideFrom: 9}, "divide_from 9: expected 10 to 65536"},
		{Spec{Name: "A5", Length: 4, DivideFrom: 65537}, "divide_from 65537"},
		{Spec{Name: "Foo", Length: 4}, `task "Foo"`},
		{Spec{Name: "", Length: 4}, `task ""`},
		{Spec{Name: "A9", Length: 4}, "1024"},
		{Spec{Name: "Z4:g4", Length: 4}, "at least 5"},
		{Spec{Name: "A5:swaps", Length: 4}, "S5:swaps"},
		{Spec{Name: "SL(2,3):swaps", Length: 4}, "S5:swaps"},
		{Spec{Name: "A5:g9", Length: 4}, "g9"},
		{Spec{Name: "mod_1", Length: 4}, "2 to 1024"},
		{Spec{Name: "mod_07", Length: 4}, "2 to 1024"},
		{Spec{Name: "parity_check+hidden", Length: 4}, "no group"},
		{Spec{Name: "A5+undo9", Length: 4}, "+undo1 to +undo8"},
		{Spec{Name: "A5+undo+3", Length: 4}, "+undo1 to +undo8"},
		{Spec{Name: "A5+undo2", Length: 4}, "more than 16384 states"},
	} {
		_, err := New(c.spec)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: error %v, expected one line with %q", c.spec, err, c.want)
		}
	}
}

func TestFile_labelsAreNotStates(t *testing.T) {
	for _, name := range []string{"even_pairs", "modular_arithmetic", "flip_flop+undo1", "Z3+hidden"} {
		if _, err := mustNew(t, Spec{Name: name, Length: 4}).File(); err == nil {
			t.Errorf("%s: no error, but its states are not its labels", name)
		}
	}
}

// Labels against a second computation: words of a group with theory/words, other tasks
// with the automaton of theory/language.
func TestDraw_labels(t *testing.T) {
	problem, err := words.Named("S5:g2", MaxOrder)
	if err != nil {
		t.Fatal(err)
	}
	for row := range mustNew(t, Spec{Name: "S5:g2", Length: 20}).Stream(Train).Rows(20, 50, 1) {
		if err := problem.Check(row); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"parity_check", "even_pairs", "cycle_navigation", "modular_arithmetic", "flip_flop"} {
		lt, err := language.NamedTask(name)
		if err != nil {
			t.Fatal(err)
		}
		for row := range mustNew(t, Spec{Name: name, Length: 20}).Stream(Valid).Rows(20, 50, 1) {
			for i, label := range row.Target {
				if want := lt.Machine.Output(lt.Machine.Run(lt.Machine.Start(), row.Input[:i+1])); label != want {
					t.Fatalf("%s %v: label %d at %d, expected %d", name, row.Input, label, i, want)
				}
				if name == "modular_arithmetic" && (label < 0) != (i%2 == 1) {
					t.Fatalf("%v: malformed at %d", row.Input, i)
				}
			}
		}
	}
}

// A stack of states is what +undo means.
func TestDraw_undo(t *testing.T) {
	problem, err := words.Named("S3", MaxOrder)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		depth := rapid.IntRange(1, 3).Draw(t, "depth")
		d := mustNew2(t, Spec{Name: fmt.Sprintf("S3+undo%d", depth), Length: 30})
		for row := range d.Stream(Train).Rows(30, 5, rapid.Uint64().Draw(t, "seed")) {
			stack := []int{0}
			for i, a := range row.Input {
				if a < 6 {
					stack = append(stack, problem.Monoid().Product(stack[len(stack)-1], a))
					stack = stack[max(0, len(stack)-depth-1):]
				} else if len(stack) > 1 {
					stack = stack[:len(stack)-1]
				}
				if want := stack[len(stack)-1]; row.Target[i] != want {
					t.Fatalf("%v: label %d at %d, expected %d", row.Input, row.Target[i], i, want)
				}
			}
		}
	})
}

func mustNew2(t *rapid.T, s Spec) *Data {
	d, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDraw_hidden(t *testing.T) {
	d := mustNew(t, Spec{Name: "Z3+hidden", Length: 40}) // 3 is the hidden action, 4 + g reveals g
	unknown := 0
	for row := range d.Stream(Train).Rows(40, 100, 1) {
		state := 0 // −1: not known
		for i, a := range row.Input {
			switch {
			case a >= 4 && state >= 0 && a-4 != state:
				t.Fatalf("%v: token %d at %d lies", row.Input, a, i)
			case a >= 4:
				state = a - 4
			case a == 3:
				state = -1
			case state >= 0:
				state = (state + a) % 3
			}
			if state < 0 {
				unknown++
			}
			if row.Target[i] != state {
				t.Fatalf("%v: label %d at %d, expected %d", row.Input, row.Target[i], i, state)
			}
		}
	}
	if unknown == 0 {
		t.Error("no action was hidden")
	}
}

var specs = rapid.Custom(func(t *rapid.T) Spec {
	length := rapid.IntRange(1, 12).Draw(t, "length")
	return Spec{
		Name:   rapid.SampledFrom([]string{"A5:g4", "Z60", "S3:g2", "flip_flop", "modular_arithmetic", "mod_3", "Z2+hidden", "(aa)*"}).Draw(t, "name"),
		Length: length, Min: rapid.IntRange(0, length).Draw(t, "min"), Pairs: rapid.Bool().Draw(t, "pairs"),
		BOS: rapid.Bool().Draw(t, "bos"), DivideFrom: rapid.SampledFrom([]uint64{0, 10, 500, 65536}).Draw(t, "divide"), Seed: rapid.Uint64().Draw(t, "seed"),
	}
})

// No word of validation or test is one of training, and none of one is one of the other,
// unless the split says that they are shared.
func TestSplit_disjoint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := specs.Draw(t, "spec")
		d := mustNew2(t, spec)
		seen := map[string]Part{}
		for _, part := range []Part{Train, Valid, Test} {
			for row := range d.Stream(part).Rows(spec.Length, 60, 7) {
				letters := row.Input[d.prefix():]
				if part == Train {
					letters = letters[:trueLength(row.Target[d.prefix():], row.Input[d.prefix():])]
				}
				key := fmt.Sprint(letters)
				before, ok := seen[key]
				if ok && before != part && d.Split(len(letters)).Shared == "" {
					t.Fatalf("%s is a word of %v and of %v; %v", key, before, part, d.Split(len(letters)))
				}
				seen[key] = part
			}
		}
	})
}

// trueLength is the length of a padded word, or a longer one if that cannot be told.
func trueLength(labels, tokens []int) int {
	n := len(labels)
	for n > 0 && labels[n-1] < 0 && tokens[n-1] == 0 {
		n--
	}
	return n
}

// Where words can be counted, the parts together are all words, and of the stated sizes.
func TestSplit_exact(t *testing.T) {
	for _, name := range []string{"S3:g2", "mod_2", "modular_arithmetic"} {
		length := 4
		if name == "modular_arithmetic" {
			length = 3
		}
		d := mustNew(t, Spec{Name: name, Length: length, Seed: 3})
		split := d.Split(length)
		all := map[string]bool{}
		for _, part := range []Part{Train, Valid, Test} {
			words := map[string]bool{}
			for row := range d.Stream(part).Rows(length, 5000, 1) {
				words[fmt.Sprint(row.Input)] = true
				all[fmt.Sprint(row.Input)] = true
			}
			want := split.Kept
			if part == Train {
				want = split.Words - 2*split.Kept
			}
			if uint64(len(words)) != want {
				t.Errorf("%s: %d words of %v, expected %d", name, len(words), part, want)
			}
		}
		if uint64(len(all)) != split.Words {
			t.Errorf("%s: %d words in all, expected %d", name, len(all), split.Words)
		}
	}
}

func TestSplit_reports(t *testing.T) {
	for _, c := range []struct {
		spec   Spec
		length int
		want   string
	}{
		{Spec{Name: "A5:g4", Length: 16}, 16, "length 16: more than 65536 words; train, validation and test share none"},
		{Spec{Name: "A5:g4", Length: 8}, 8, "length 8: 65536 words, 6553 each for validation and test; train, validation and test share none"},
		{Spec{Name: "mod_2", Length: 3}, 3, "length 3: 8 words, 8 each for validation and test; not kept out of training: there are fewer than 10"},
		{Spec{Name: "A5:g4", Length: 4, DivideFrom: 1000}, 4, "length 4: 256 words, 256 each for validation and test; not kept out of training: there are fewer than 1000"},
		{Spec{Name: "A5", Length: 3, Pairs: true}, 2, "length 2: 3600 words, 360 each for validation and test; not kept out of training: all words of length 2 are in training"},
	} {
		if got := mustNew(t, c.spec).Split(c.length).String(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestDraw_choices(t *testing.T) {
	d := mustNew(t, Spec{Name: "A5:g4", Length: 12, Min: 9, Pairs: true, BOS: true})
	count := map[int]int{}
	for row := range d.Stream(Train).Rows(12, 2000, 1) {
		if len(row.Input) != 13 || row.Input[0] != 60 || row.Target[0] != -1 {
			t.Fatalf("%v: expected BOS, token 60, without a label, and 12 more", row)
		}
		count[slices.Index(append(row.Target[1:], -1), -1)]++
	}
	if len(count) != 5 || count[2] < 150 || count[2] > 400 || count[9] < 300 || count[12] < 300 {
		t.Errorf("words by length: %v, expected 2 and 9 to 12", count)
	}
	for row := range d.Stream(Test).Rows(12, 100, 1) {
		if slices.Contains(row.Target[1:], -1) {
			t.Fatalf("%v: a test word is shorter", row)
		}
	}
	if name := d.Token(60); name != "BOS" || d.Vocab() != 61 {
		t.Errorf("token 60 is %s of %d", name, d.Vocab())
	}
	file, err := d.File()
	if err != nil {
		t.Fatal(err)
	}
	if file.Vocab != 61 || file.Trans[7][60] != 7 {
		t.Errorf("task.json: vocabulary %d, BOS leads from 7 to %d", file.Vocab, file.Trans[7][60])
	}
}

// A word depends on the random numbers alone, not on what the stream drew before.
func TestDraw_determined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec, seed := specs.Draw(t, "spec"), rapid.Uint64().Draw(t, "draw")
		d := mustNew2(t, spec)
		n := d.Positions(spec.Length)
		draw := func(s *Stream) []int32 {
			tokens, labels := make([]int32, n), make([]int32, n)
			s.Draw(rand.New(rand.NewPCG(seed, 0)), tokens, labels)
			return append(tokens, labels...)
		}
		used := d.Stream(Train)
		for range used.Rows(spec.Length, 3, seed+1) {
		}
		if diff := cmp.Diff(draw(d.Stream(Train)), draw(used)); diff != "" {
			t.Fatalf("a used stream gives another word:\n%s", diff)
		}
	})
}

func TestRead(t *testing.T) {
	problem, err := words.Named("S3", MaxOrder)
	if err != nil {
		t.Fatal(err)
	}
	const csv = "seed,input,target\n1,3 4,3 0\n1,1,1\n"
	list, err := Read(problem.ReadCSV(strings.NewReader(csv), "s3.csv"), 6, 10)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	r := rand.New(rand.NewPCG(1, 1))
	tokens, labels := make([]int32, 3), make([]int32, 3)
	for range 50 {
		list.Draw(r, tokens, labels)
		got[fmt.Sprint(tokens, labels)] = true
	}
	want := map[string]bool{"[3 4 0] [3 0 -1]": true, "[1 0 0] [1 -1 -1]": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		csv          string
		vocab, limit int
		want         string
	}{
		{csv, 4, 10, "row 1, position 2: token 4"},
		{csv, 6, 1, "more than 1 rows"},
		{"seed,input,target\n", 6, 10, "no rows"},
		{"seed,input,target\n1,3 4,3 1\n", 6, 10, "s3.csv:2"},
	} {
		_, err := Read(problem.ReadCSV(strings.NewReader(c.csv), "s3.csv"), c.vocab, c.limit)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, expected %q", c.csv, err, c.want)
		}
	}
}

func ExampleNew() {
	d, err := New(Spec{Name: "A5:g4", Length: 16, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	for row := range d.Stream(Test).Rows(6, 1, 1) {
		fmt.Println(row.Input, row.Target)
	}
	fmt.Println(d.Split(16))
	// Output:
	// [29 51 51 29 25 51] [29 0 51 0 25 12]
	// length 16: more than 65536 words; train, validation and test share none
}

func FuzzNew(f *testing.F) {
	for _, name := range []string{"A5:g4", "Z60", "S5:swaps", "mod_3", "flip_flop+undo2", "Z3+hidden", "A4xZ5:g4", ":g4", "+undo1"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		d, err := New(Spec{Name: name, Length: 3})
		if err != nil {
			return
		}
		for row := range d.Stream(Test).Rows(3, 3, 1) {
			for i := range row.Input {
				if row.Input[i] >= d.Vocab() || row.Target[i] >= d.Classes() {
					t.Fatalf("%q: %v", name, row)
				}
			}
		}
	})
}

// mod_n counts the tokens 1.
func TestCounter(t *testing.T) {
	for _, n := range []int{2, 3, 5} {
		d := mustNew(t, Spec{Name: fmt.Sprintf("mod_%d", n), Length: 12})
		for row := range d.Stream(Train).Rows(12, 50, 1) {
			ones := 0
			for i, a := range row.Input {
				ones += a
				if row.Target[i] != ones%n {
					t.Fatalf("mod_%d: %v has labels %v", n, row.Input, row.Target)
				}
			}
		}
	}
}
