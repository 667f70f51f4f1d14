package language

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestReadFiles(t *testing.T) {
	for _, c := range []struct {
		file     string
		alphabet []string
		language string // an expression
	}{
		{"openfst.att", []string{"a", "b"}, "(b|ab)*"},
		{"phonology.att", []string{"#", "sa"}, `\# "sa"* \#`},
		{"finite_state_machine.dot", []string{`"`, "a", "b", "c d"}, `(a[b"c d"\"])*`},
		{"fstdraw.dot", []string{"a", "b"}, "(ab)*"},
		{"nfa.fado", []string{"a", "b"}, "()|(a|b)*ab"},
		{"dfa.fado", []string{"a", "b"}, "(ab*a)*"},
		{"abstar.grail", []string{"a", "b"}, "ab*"},
		{"nfa.txt", []string{"a", "b", "ε"}, `a*(b|"ε")*`},
	} {
		d := readFile(t, c.file)
		if diff := cmp.Diff(c.alphabet, d.Alphabet()); diff != "" {
			t.Errorf("%s: alphabet %s", c.file, diff)
			continue
		}
		word, equal, err := Equivalent(d, mustRegex(t, c.language, c.alphabet...))
		if err != nil || !equal {
			t.Errorf("%s is not %s: %s, %v", c.file, c.language, d.Format(word), err)
		}
	}
	m := readFile(t, "moore.txt")
	if w, err := m.Parse("x x x"); err != nil || m.Output(m.Run(m.Start(), w)) != -1 || m.Acceptor() {
		t.Errorf("moore.txt: output after x x x, %v", err)
	}
}

func readFile(t *testing.T, name string) *DFA {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, err := Read(f, name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := n.Determinize(1000)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestReadErrors(t *testing.T) {
	text := func(lines ...string) string { return textHeader + "\n" + strings.Join(lines, "\n") }
	graph := func(body string) string { return "digraph {\n start [shape=none];\n" + body + "\n}" }
	for _, c := range []struct{ content, want string }{
		{"", `x: no known format: want the line "tc0 automaton 1", FAdo (@DFA or @NFA), Grail ((START) |- q), AT&T FST text, or a Graphviz digraph`},
		{"hello\n", `x: no known format: want the line "tc0 automaton 1", FAdo (@DFA or @NFA), Grail ((START) |- q), AT&T FST text, or a Graphviz digraph`},
		{"0 1 \xff", "x: not UTF-8 text"},
		{text("start 0", "0 a"), "x:3: 2 words: want an edge, STATE LETTER STATE, or alphabet, start, accept or output"},
		{text("start 0", "", `0 "a 1`), `x:4: the quote before "a 1" is never closed or holds a bad escape`},
		{text("alphabet a", "0 b 1"), `x:3: letter "b" is not in the alphabet`},
		{text("alphabet a a"), `x:2: letter "a" occurs twice in the alphabet, or before it`},
		{text("0 a 0", "alphabet a"), "x:3: the alphabet comes once, before the edges"},
		{text("0 a 0"), "x: automaton: no start state"},
		{text("start 0"), "x: alphabet: no letter: give at least one"},
		{text("start 0", "output 0 x"), `x:3: output "x" is not a whole number`},
		{text("start 0", "output 0 1", "output 0 1"), "x:4: a second output of state 0"},
		{text("start 0", "output 0 1", "0 a 1"), `x: state "1" has no output, though others have`},
		{text("start 0", "output 0 1", "accept 0", "0 a 0"), "x: both accept and output lines: want one kind"},
		{"0 1 a b", `x:1: the labels "a" and "b" differ: a transducer, where an acceptor is wanted`},
		{"0 1 a\n0 1 1 2", "x:2: 2 may be a second label or a weight: drop it, or write the weight with a decimal point"},
		{"0 1 0 0", "x:1: label 0 is ε without a symbol table and a letter with one: write <eps>, or rename the letter"},
		{"0 1 a a 1.x", `x:1: weight "1.x" is not a number`},
		{"0 1 a\nq 1 a", `x:2: state "q" is not a number`},
		{"0 1 a a 1 1", "x:1: 6 words: an arc has at most 5 and a final state at most 2"},
		{"@DFA 1\n0 a", "x:2: 2 words: want an edge, STATE LETTER STATE"},
		{"@DFA 1\n0 a 1\n0 a 0", `x:3: a second edge by "a" from state 0 of a @DFA`},
		{"@DFA 1\n0 @epsilon 1", "x:2: an edge without a letter in a @DFA"},
		{"@NFA 1\n0 a 1\n@NFA 1", "x:3: a second automaton: want one per file"},
		{"@Transducer 1\n", `x:1: "@Transducer" is not a finite automaton: want @DFA or @NFA`},
		{"(START) |- 1\n1 a", "x:2: 2 words: want STATE LETTER STATE, (START) |- STATE or STATE -| (FINAL)"},
		{"(START) a 1", "x:1: want (START) |- STATE or STATE -| (FINAL)"},
		{"graph { a -- b }", "x: want one digraph"},
		{graph("a -> b"), `x: edge from "a" to "b": no label: want letters, or "ε"`},
		{graph(`a -> b [label=""]`), `x: edge from "a" to "b": an empty letter in the label: the empty word is "ε"`},
		{graph(`a -> b [label="x,"]`), `x: edge from "a" to "b": label "x," ends with a comma`},
		{graph(`a -> start [label="x"]`), `x: edge from "a" to "start": leads to a node that is no state`},
		{graph(`a -> b [label=x]`), "x: no start state: want an edge into it from a node of shape none or point"},
		{graph(`start -> a; a -> b [label=x]`), "x: no accepting state: want a node of shape doublecircle"},
	} {
		_, err := Read(strings.NewReader(c.content), "x")
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\n got %v\nwant %s", c.content, err, c.want)
		}
	}
	_, err := Read(strings.NewReader(graph("a -> [")), "x")
	if err == nil || !strings.HasPrefix(err.Error(), "x:3: column 6: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("DOT syntax: %v", err)
	}
	for _, body := range []string{"start 0\noutput 0 1\n0 a 0\n0 b 0\n0 a 0\noutput 1 1", "start 0\noutput 0 1\n0 ε 0\nalphabet"} {
		n, err := Read(strings.NewReader(text(body)), "x")
		if err == nil {
			_, err = n.Determinize(10)
		}
		if err == nil {
			t.Errorf("%q was accepted", body)
		}
	}
}

// Writing and reading back gives the same automaton, whatever the letters' names.
func TestWriteRead(t *testing.T) {
	names := []string{"a", "ε", `"`, `\`, "a b", "#", "λ", "start", ",", "\n", "日", "0", "<eps>", "x\\n", "]"}
	rapid.Check(t, func(t *rapid.T) {
		d := randomDFA(t, rapid.SampledFrom([]int{2, 4}).Draw(t, "outputs"))
		d.alphabet = rapid.SliceOfNDistinct(rapid.SampledFrom(names), d.Letters(), d.Letters(), rapid.ID).Draw(t, "alphabet")
		d = d.Minimize()
		var b bytes.Buffer
		if err := d.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(d, reread(t, &b), cmp.AllowUnexported(DFA{})); diff != "" {
			t.Fatalf("text: %s", diff)
		}
		if err := d.WriteDOT(&b); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		n, err := Read(&b, "x")
		if err != nil {
			if !strings.Contains(text, "doublecircle") {
				return
			}
			t.Fatalf("%v in %s", err, text)
		}
		got, err := n.Determinize(1000)
		if err != nil {
			t.Fatal(err)
		}
		if word, equal, err := Equivalent(d, got); err != nil || !equal {
			t.Fatalf("%s: differs on %v, %v", text, word, err)
		}
	})
}

func reread(t *rapid.T, b *bytes.Buffer) *DFA {
	text := b.String()
	n, err := Read(b, "x")
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	d, err := n.Determinize(1000)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return d.Minimize()
}

// fuzz feeds a reader: any automaton that it returns can be determinized within a limit
// and written, and any error is one line.
func fuzz(f *testing.F, pattern string, read func([]byte) (*NFA, error)) {
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds %s: %v", pattern, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		n, err := read(content)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		d, err := n.Determinize(64)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := d.WriteText(&b); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&b, "x")
		if err != nil {
			t.Fatal(err)
		}
		e, err := again.Determinize(64)
		if err != nil {
			t.Fatal(err)
		}
		if _, equal, err := Equivalent(d, e); !equal || err != nil {
			t.Fatalf("reads back as another automaton: %v", err)
		}
	})
}

func FuzzText(f *testing.F)  { fuzz(f, "*.txt", readText) }
func FuzzATT(f *testing.F)   { fuzz(f, "*.att", readATT) }
func FuzzDOT(f *testing.F)   { fuzz(f, "*.dot", readDOT) }
func FuzzFAdo(f *testing.F)  { fuzz(f, "*.fado", readFAdo) }
func FuzzGrail(f *testing.F) { fuzz(f, "*.grail", readGrail) }

func FuzzRegex(f *testing.F) {
	for _, s := range []string{"(a|b)*abb", `~(a&"w0"){2,3}[^a-c]?`, "a{3}+()[]ε∅.", `\n"x\"y"`, "((", "a{2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Regex(s, nil, 64)
		if err != nil {
			if strings.Contains(err.Error(), "\n") && !strings.Contains(s, "\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		m := d.Minimize()
		if _, equal, err := Equivalent(d, m); !equal || err != nil {
			t.Fatalf("%q: minimal automaton differs: %v", s, err)
		}
	})
}
