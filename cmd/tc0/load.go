package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tc0/circuits/arith"
	"tc0/circuits/compile"
	"tc0/circuits/threshold"
)

// The files of an OUT_DIR.
const (
	quantFile   = "quant.json"
	arithFile   = "model.ac"
	circuitFile = "circuit.tc"
	reportFile  = "report.json"
)

// source says where a compilation's checkpoint is, as given and relative to the
// OUT_DIR, so that both can move together.
type source struct {
	Checkpoint string `json:"checkpoint"`
	Relative   string `json:"checkpoint_from_here"`
	Name       string `json:"name"`
}

// reportJSON is report.json.
type reportJSON struct {
	Source source `json:"source"`
	*compile.Report
}

// magics are the first bytes of circuit files.
var magics = []struct {
	prefix string
	arith  bool
	binary bool
}{
	{"tc0arith", true, true},
	{"tc0thres", false, true},
	{"tc0 arith ", true, false},
	{"tc0 threshold ", false, false},
}

// circuits are what a path holds: either may be nil.
type circuits struct {
	arith     *arith.Circuit
	threshold *threshold.Circuit
}

// loadCircuit reads a circuit file, whichever it is.
func loadCircuit(path string) (circuits, error) {
	f, err := openRegular(path)
	if err != nil {
		return circuits{}, err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<16)
	head, _ := r.Peek(16)
	for _, m := range magics {
		if !strings.HasPrefix(string(head), m.prefix) {
			continue
		}
		var c circuits
		switch {
		case m.arith && m.binary:
			c.arith, err = arith.ReadBinary(r)
		case m.arith:
			c.arith, err = arith.ReadText(r)
		case m.binary:
			c.threshold, err = threshold.ReadBinary(r)
		default:
			c.threshold, err = threshold.ReadText(r)
		}
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
			err = fmt.Errorf("%s: the file is cut off (%w): copy or compile it again", path, err)
		case err != nil:
			err = fmt.Errorf("%s: %w", path, err)
		}
		return c, err
	}
	if len(head) == 0 {
		return circuits{}, fmt.Errorf("%s: the file is empty, expected a circuit written by tc0 compile or tc0 convert", path)
	}
	return circuits{}, fmt.Errorf("%s: begins with %q, expected a circuit file (%s or %s) or an OUT_DIR of tc0 compile",
		path, head[:min(8, len(head))], arithFile, circuitFile)
}

// openRegular opens a circuit file, and refuses what would block or never end.
func openRegular(path string) (*os.File, error) {
	return openKind(path, "a circuit file", " or an OUT_DIR of tc0 compile")
}

// openKind opens a file of some kind; what else the path could have been is for the
// message when there is nothing.
func openKind(path, kind, orElse string) (*os.File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such file: expected %s%s", path, kind, orElse)
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s: is a directory, expected %s", path, kind)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is not a regular file", path)
	}
	return os.Open(path)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isCheckpoint(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "config.json"))
	return err == nil
}

// checkOutDir says what is wrong with a directory that is no OUT_DIR.
func checkOutDir(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, circuitFile)); err == nil {
		return nil
	}
	if isCheckpoint(dir) {
		return fmt.Errorf("%s: is a checkpoint, expected an OUT_DIR: run tc0 compile %s --length N -o OUT_DIR first", dir, dir)
	}
	return fmt.Errorf("%s: holds no %s, expected an OUT_DIR written by tc0 compile", dir, circuitFile)
}

// loadArith reads the arithmetic circuit of an OUT_DIR or a file that is one.
func loadArith(path string) (*arith.Circuit, error) {
	if isDir(path) {
		if err := checkOutDir(path); err != nil {
			return nil, err
		}
		path = filepath.Join(path, arithFile)
	}
	c, err := loadCircuit(path)
	if err == nil && c.arith == nil {
		err = fmt.Errorf("%s: is a threshold circuit, expected an arithmetic circuit (%s)", path, arithFile)
	}
	return c.arith, err
}

// loadThreshold reads the threshold circuit of an OUT_DIR or a file that is one.
func loadThreshold(path string) (*threshold.Circuit, error) {
	if isDir(path) {
		if err := checkOutDir(path); err != nil {
			return nil, err
		}
		path = filepath.Join(path, circuitFile)
	}
	c, err := loadCircuit(path)
	if err == nil && c.threshold == nil {
		err = fmt.Errorf("%s: is an arithmetic circuit, expected a threshold circuit (%s)", path, circuitFile)
	}
	return c.threshold, err
}

// loadPair reads both circuits of an OUT_DIR.
func loadPair(dir string) (*arith.Circuit, *threshold.Circuit, error) {
	ac, err := loadArith(dir)
	if err != nil {
		return nil, nil, err
	}
	tc, err := loadThreshold(dir)
	return ac, tc, err
}

// loadReport reads report.json.
func loadReport(dir string) (reportJSON, error) {
	var r reportJSON
	path := filepath.Join(dir, reportFile)
	err := readJSON(path, &r)
	if err == nil && r.Report == nil {
		err = fmt.Errorf("%s: is not a report of tc0 compile", path)
	}
	return r, err
}

func readJSON(path string, v any) error {
	f, err := openRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := json.NewDecoder(bufio.NewReader(f)).Decode(v); err != nil {
		return fmt.Errorf("%s: not the JSON that tc0 compile writes: %w", path, err)
	}
	return nil
}

// loadAlphabet reads the tokens of quant.json, which must be the circuit's.
func loadAlphabet(dir string, c *arith.Circuit) ([]int, error) {
	path := filepath.Join(dir, quantFile)
	var q struct {
		Alphabet []int `json:"alphabet"`
	}
	if err := readJSON(path, &q); err != nil {
		return nil, err
	}
	vocab := vocabulary(c)
	for _, v := range q.Alphabet {
		if v < 0 || v >= vocab {
			return nil, fmt.Errorf("%s: token %d of the alphabet is outside the circuit's 0..%d: the files are of different models",
				path, v, vocab-1)
		}
	}
	return q.Alphabet, nil
}
