package equiv

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

func cadical(ctx context.Context, question []byte, inputs int) (*solution, error) {
	return external(ctx, question, inputs, "cadical", "-q", "--no-binary", "question", "proof")
}

func clasp(ctx context.Context, question []byte, inputs int) (*solution, error) {
	return external(ctx, question, inputs, "clasp", "--verbose=0", "question.opb")
}

// external runs a solver in a folder of its own. Of its arguments, one that begins with
// "question" names the file it reads, and "proof" the one that it writes.
func external(ctx context.Context, question []byte, inputs int, program string, args ...string) (*solution, error) {
	dir, err := os.MkdirTemp("", "tc0-solver-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	proof := ""
	for _, a := range args {
		switch {
		case strings.HasPrefix(a, "question"):
			err = os.WriteFile(filepath.Join(dir, a), question, 0o600)
		case a == "proof":
			proof = filepath.Join(dir, a)
		}
	}
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.WaitDelay = dir, time.Second // what it has started may hold its output open
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	failed := cmd.Run() // solvers tell their answer in the exit status, too
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s, err := readAnswer(out.String(), inputs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (%v) %.200s", program, err, failed, strings.TrimSpace(complaint.String()))
	}
	if !s.sat && proof != "" {
		if s.proof, err = readProof(proof); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// readProof reads a proof that is not too large.
func readProof(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxProof {
		return nil, &limitError{fmt.Sprintf("the proof takes more than %d MB", maxProof>>20)}
	}
	return os.ReadFile(path)
}

// readAnswer reads the lines that solvers print: s for the status and v for the
// values, 12 or x12 for true and -12 or -x12 for false.
func readAnswer(out string, inputs int) (*solution, error) {
	s := &solution{}
	status := ""
	known := 0
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "s "):
			status = line[2:]
		case strings.HasPrefix(line, "v "):
			if s.values == nil {
				s.values = make([]bool, inputs)
			}
			for _, f := range strings.Fields(line[2:]) {
				text := strings.Replace(f, "x", "", 1)
				v, err := strconv.Atoi(text)
				if err != nil {
					return nil, fmt.Errorf("value %.20q, expected a variable's number", f)
				}
				if n := max(v, -v); n >= 1 && n <= inputs {
					s.values[n-1] = v > 0
					known++
				}
			}
		}
	}
	switch {
	case status == "UNSATISFIABLE":
		return &solution{}, nil
	case status != "SATISFIABLE" && status != "OPTIMUM FOUND":
		return nil, fmt.Errorf("no answer: status %q", status)
	case known != inputs:
		return nil, fmt.Errorf("values of %d of the %d input bits", known, inputs)
	}
	s.sat = true
	return s, nil
}
