package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tc0/reductions/barrington"
	"tc0/reductions/formula"
	"tc0/theory/algebra"
	"tc0/theory/language"
)

// wordProblem is what formulas are reduced to.
type wordProblem struct {
	name     string
	language *barrington.Language
	letters  []string
	numbered bool   // letters are element numbers
	about    string // what the answer is
	witness  string // what programs are built on
}

// letter is a letter in JSON.
func (p *wordProblem) letter(i int) string {
	if p.numbered {
		return strconv.Itoa(i)
	}
	text, _ := json.Marshal(p.letters[i]) // a string always has a form
	return string(text)
}

// loadFormula reads a formula as text or from a file, and says what it is.
func loadFormula(source, output string) (f *formula.Formula, name string, err error) {
	if !isFile(source) {
		if ext := filepath.Ext(source); ext == ".blif" || ext == ".aig" || ext == ".aag" {
			return nil, "", fmt.Errorf("%s: no such file: expected a circuit in BLIF or AIGER", source)
		}
		if output != "" {
			return nil, "", errors.New("--circuit-output: goes with a BLIF or AIGER file")
		}
		f, err = formula.Parse(source)
		if err != nil {
			return nil, "", fmt.Errorf("formula: %w", err)
		}
		return f, clipped(f.String()), nil
	}
	file, err := openKind(source, "a formula or circuit", "")
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	if !isNetlist(source) {
		text, err := io.ReadAll(file)
		if err != nil {
			return nil, "", err
		}
		if f, err = formula.Parse(string(text)); err != nil {
			return nil, "", fmt.Errorf("%s: %w", source, err)
		}
		return f, source, nil
	}
	n, err := formula.ReadNetlist(bufio.NewReader(file))
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", source, err)
	}
	i, err := n.Output(output)
	if err != nil {
		return nil, "", fmt.Errorf("%s: --circuit-output: %w", source, err)
	}
	return n.Formula(i), source + ", output " + n.Outputs()[i], nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// isNetlist tells a circuit from a formula by its first characters: BLIF has commands
// and comments, AIGER its header, and no formula begins so.
func isNetlist(path string) bool {
	f, err := openKind(path, "", "")
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 256)
	n, _ := io.ReadFull(f, head)
	text := strings.TrimSpace(string(head[:n]))
	for _, start := range []string{"aag ", "aig ", ".", "#"} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// clipped is the beginning of a long text.
func clipped(text string) string {
	const most = 200
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// loadWordProblem finds the word problem of a group, or of a file.
func loadWordProblem(to string) (p wordProblem, err error) {
	switch {
	case !isFile(to) && strings.ContainsAny(to, "./"):
		return p, fmt.Errorf("--to %s: no such file: expected generators or an automaton, or the name of a group", to)
	case !isFile(to):
		p, err = groupProblem(to)
	case holdsGenerators(to):
		p, err = generatedProblem(to)
	default:
		p, err = automatonProblem(to)
	}
	var limit *algebra.LimitError
	var states *language.StatesError
	if errors.As(err, &limit) || errors.As(err, &states) {
		err = undecided{err}
	}
	if err != nil {
		return p, fmt.Errorf("--to: %w", err)
	}
	return p, nil
}

// holdsGenerators tells a file of generators by the word that it begins with.
func holdsGenerators(path string) bool {
	f, err := openKind(path, "", "")
	if err != nil {
		return false
	}
	defer f.Close()
	return beginsWith(f, "permutations", "transformations", "matrices", "table")
}

func groupProblem(name string) (wordProblem, error) {
	l, err := barrington.Named(name)
	if err != nil {
		return wordProblem{}, err
	}
	p := wordProblem{name: name, language: l, letters: l.Letters()}
	g, err := algebra.Named(name)
	if err != nil {
		return p, err
	}
	one := l.Witness().Element()
	if order := g.Order(); !order.IsInt64() || order.Int64() > barrington.MaxLetters {
		p.about = fmt.Sprintf("1 if the product is %v, 0 if it is the identity", one)
		p.witness = describeWitness(l.Witness(), algebra.Map.String)
		return p, nil
	}
	table, err := g.Table(barrington.MaxLetters)
	if err != nil {
		return p, err
	}
	number := func(x algebra.Map) string {
		i, _ := table.Index(x) // the witness's group is in the group
		return strconv.Itoa(i)
	}
	i, _ := table.Index(one)
	p.numbered = true
	p.about = fmt.Sprintf("1 if the product is %d = %s, 0 if it is 0, the identity", i, table.Label(i))
	p.witness = describeWitness(l.Witness(), number)
	return p, nil
}

func generatedProblem(path string) (wordProblem, error) {
	g, err := loadGenerators(path)
	if err != nil {
		return wordProblem{}, err
	}
	l, err := barrington.Generated(g.Maps, maxImages)
	if err != nil {
		return wordProblem{}, fmt.Errorf("%s: %w", path, err)
	}
	return wordProblem{name: baseName(path), language: l, letters: g.Names,
		about:   "1 if the product is that of true formulas, 0 if it is that of false ones",
		witness: describeWitness(l.Witness(), algebra.Map.String)}, nil
}

func automatonProblem(path string) (wordProblem, error) {
	n, err := loadAutomaton(path)
	if err != nil {
		return wordProblem{}, err
	}
	d, err := n.Determinize(language.MaxStates)
	if err != nil {
		return wordProblem{}, fmt.Errorf("%s: %w", path, err)
	}
	l, err := barrington.Automaton(d, maxImages)
	if err != nil {
		return wordProblem{}, fmt.Errorf("%s: %w", path, err)
	}
	return wordProblem{name: baseName(path), language: l, letters: l.Letters(),
		about:   "1 if the automaton accepts the word",
		witness: describeWitness(l.Witness(), algebra.Map.String)}, nil
}
