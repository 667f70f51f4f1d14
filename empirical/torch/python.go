package torch

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

//go:embed engine.py architectures.py
var scripts embed.FS

const program = "engine.py"

// python is a running engine.py. Ending the context kills it.
type python struct {
	ctx     context.Context
	name    string // of the interpreter
	command *exec.Cmd
	kill    context.CancelFunc
	in      io.WriteCloser
	out     *bufio.Reader
	errors  *tail
}

// wanted is what an interpreter must be.
const wanted = "expected Python 3 with PyTorch 1.13 or later: name another interpreter"

// usualEnvironment is what makes PyTorch fast on the processor, unless the user says otherwise:
// OpenBLAS has no threads, which get in the way of PyTorch's own, and the C library keeps large
// blocks of memory, which a step asks for again and again.
var usualEnvironment = []string{
	"OPENBLAS_NUM_THREADS=1", "MALLOC_MMAP_THRESHOLD_=1073741824", "MALLOC_TRIM_THRESHOLD_=1073741824",
}

// maxAnswer is the longest line of an answer: a count for each of 2^20 positions fits.
const maxAnswer = 1 << 25

// start starts the program in a directory.
func start(ctx context.Context, name, dir string) (*python, error) {
	if name == "" {
		name = "python3"
	}
	inner, kill := context.WithCancel(ctx)
	c := exec.CommandContext(inner, name, filepath.Join(dir, program))
	c.Env = append(slices.Clone(usualEnvironment), os.Environ()...)
	c.WaitDelay = time.Second
	p := &python{ctx: ctx, name: name, command: c, kill: kill, errors: &tail{}}
	c.Stderr = p.errors
	in, err := c.StdinPipe()
	if err == nil {
		var out io.ReadCloser
		out, err = c.StdoutPipe()
		p.in, p.out = in, bufio.NewReader(out)
	}
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		kill()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("%s: cannot be started (%w): %s", name, cause(err), wanted)
	}
	return p, nil
}

// cause is the part of an error of package exec that does not name the program again.
func cause(err error) error {
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return err
}

// end ends the program, which keeps nothing.
func (p *python) end() {
	p.kill()
	p.command.Wait() // it was killed
}

// ask sends a request and reads the answer.
func (p *python) ask(request any, w *batch, answer any) error {
	err := p.send(request, w)
	if err == nil {
		err = p.receive(answer)
	}
	if p.ctx.Err() != nil {
		return context.Cause(p.ctx)
	}
	return err
}

func (p *python) send(request any, w *batch) error {
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if w != nil {
		for _, part := range [][]int32{w.tokens, w.labels} {
			if text, err = binary.Append(text, binary.LittleEndian, part); err != nil {
				return err
			}
		}
	}
	if _, err = p.in.Write(text); err != nil {
		return p.ended(err)
	}
	return nil
}

func (p *python) receive(answer any) error {
	line, err := p.line()
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(answer); err != nil {
		return fmt.Errorf("%s: answered %.60q, expected an answer of %s", p.name, bytes.TrimSpace(line), program)
	}
	return nil
}

// line reads a line of bounded length.
func (p *python) line() ([]byte, error) {
	var line []byte
	for len(line) < maxAnswer {
		part, err := p.out.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, p.ended(err)
		}
	}
	return nil, fmt.Errorf("%s: an answer of more than %d bytes, expected one of %s", p.name, maxAnswer, program)
}

// ended says why the program ended, in its own words if it has any.
func (p *python) ended(err error) error {
	if exit := p.command.Wait(); exit != nil {
		err = exit
	}
	if last := p.errors.last(); last != "" {
		return fmt.Errorf("%s: %s", p.name, last)
	}
	return fmt.Errorf("%s: ended without an answer (%w)", p.name, err)
}

// A tail keeps the end of what is written to it.
type tail struct{ text []byte }

const tailSize = 1 << 12

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	return len(p), nil
}

// last is the last line that is not blank: of a Python that ends by an error, what it was.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
