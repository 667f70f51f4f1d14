package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocumentedOutput runs the commands of docs/algebra.md, in order and in one folder,
// and compares what they print with the page. A line […] stands for any lines.
func TestDocumentedOutput(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs a POSIX shell (sh): not installed")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/algebra.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "tc0")); err != nil { // TestMain knows the name
		t.Fatal(err)
	}
	shown := documentedCommands(string(page))
	if len(shown) == 0 {
		t.Fatal("no commands on the page")
	}
	for _, c := range shown {
		cmd := exec.Command(shell, "-c", c.command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", c.command, err, out)
			continue
		}
		if got := strings.Split(strings.TrimRight(string(out), "\n"), "\n"); !elides(c.output, got) {
			t.Errorf("%s: the page shows other text than is printed:\n%s", c.command, out)
		}
	}
}

type documented struct {
	command string
	output  []string
}

// documentedCommands are the indented lines that begin with "$ ", each with the indented
// lines after it.
func documentedCommands(page string) []documented {
	const indent = "    "
	var all []documented
	open := false
	blanks := 0
	for line := range strings.Lines(page) {
		line = strings.TrimRight(line, "\n")
		text, indented := strings.CutPrefix(line, indent)
		command, isCommand := strings.CutPrefix(text, "$ ")
		switch {
		case indented && isCommand:
			all = append(all, documented{command: command})
			open, blanks = true, 0
		case indented && open:
			c := &all[len(all)-1]
			for ; blanks > 0; blanks-- {
				c.output = append(c.output, "")
			}
			c.output = append(c.output, text)
		case line == "":
			blanks++
		default:
			open = false
		}
	}
	return all
}

// elides tells whether lines are those shown, […] standing for any.
func elides(shown, lines []string) bool {
	switch {
	case len(shown) == 0:
		return len(lines) == 0
	case strings.TrimSpace(shown[0]) != "[…]":
		return len(lines) > 0 && lines[0] == shown[0] && elides(shown[1:], lines[1:])
	}
	for i := range len(lines) + 1 {
		if elides(shown[1:], lines[i:]) {
			return true
		}
	}
	return false
}

func TestElides(t *testing.T) {
	for _, c := range []struct {
		shown, lines string
		want         bool
	}{
		{"a,b", "a,b", true},
		{"a,b", "a", false},
		{"a", "a,b", false},
		{"a,[…],d", "a,b,c,d", true},
		{"a,[…]", "a", true},
		{"[…],c,[…]", "a,b,c", true},
		{"[…],x", "a,b", false},
	} {
		if got := elides(strings.Split(c.shown, ","), strings.Split(c.lines, ",")); got != c.want {
			t.Errorf("%s of %s: %v", c.shown, c.lines, got)
		}
	}
}

// TestFigure3 makes the figure and the table of docs/figures from the store that is kept there.
func TestFigure3(t *testing.T) {
	const figures = "../../docs/figures/"
	drawn := filepath.Join(t.TempDir(), "figure3.svg")
	for _, c := range []struct {
		args  []string
		shown string
	}{
		{[]string{"plot", "figure3", figures + "figure3.jsonl", "--grid", figures + "figure3.json", "-o", drawn}, ""},
		{[]string{"compare", figures + "figure3.jsonl"}, "figure3-theory.txt"},
	} {
		out, err := exec.Command("tc0", c.args...).Output()
		if err != nil {
			t.Fatalf("%v: %v", c.args, err)
		}
		if c.shown != "" {
			sameAsKept(t, out, figures+c.shown)
		}
	}
	svg, err := os.ReadFile(drawn)
	if err != nil {
		t.Fatal(err)
	}
	sameAsKept(t, svg, figures+"figure3.svg")
}

func sameAsKept(t *testing.T, got []byte, path string) {
	t.Helper()
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the store gives now: make it again, see the Makefile", path)
	}
}
