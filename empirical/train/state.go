package train

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// A saved state is a line that names the format, a line of JSON, the parameters and the
// two means of the optimiser as little-endian float32, and the SHA-256 of all before.
const stateFormat = "tc0 training state 1\n"

// maxHeader is the number of bytes of the longest line of JSON that is read.
const maxHeader = 1 << 24

// stateHeader is the line of JSON.
type stateHeader struct {
	Config     Config `json:"config"`
	Parameters int    `json:"parameters"`
	State      state  `json:"state"`
}

// Save writes everything that later steps depend on. The words of a step depend on the
// seed and the step's number alone, so there is no state of a random generator.
func (t *Trainer) Save(w io.Writer) error {
	sum := sha256.New()
	out := bufio.NewWriter(io.MultiWriter(w, sum))
	header, err := json.Marshal(stateHeader{t.config, t.model.Params().Len(), t.progress})
	if err != nil {
		return err
	}
	out.WriteString(stateFormat)
	out.Write(header)
	out.WriteByte('\n')
	for _, values := range t.arrays() {
		for _, v := range values {
			var b [4]byte
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(v))
			out.Write(b[:])
		}
	}
	if err := out.Flush(); err != nil { // also the first error of the writes before
		return err
	}
	_, err = w.Write(sum.Sum(nil))
	return err
}

// arrays are the numbers that a saved state holds.
func (t *Trainer) arrays() [][]float32 {
	return [][]float32{t.model.Params().Values(), t.optimiser.Mean, t.optimiser.Square}
}

// Restore continues from a state that Save wrote for a model of the same shape and the
// same configuration; only Steps, Budget, Until and Workers may differ, Steps not where
// the rate depends on it. After an error the trainer is as it was.
func (t *Trainer) Restore(r io.Reader) error {
	sum := sha256.New()
	in := bufio.NewReader(r)
	read := io.TeeReader(in, sum)
	var header stateHeader
	if err := readHeader(read, &header); err != nil {
		return err
	}
	if err := t.accepts(header); err != nil {
		return err
	}
	n := t.model.Params().Len()
	data := make([]byte, 4*n*len(t.arrays()))
	if _, err := io.ReadFull(read, data); err != nil {
		return fmt.Errorf("the state ends early: expected %d numbers: %w", n*len(t.arrays()), noEOF(err))
	}
	want := sum.Sum(nil)
	got := make([]byte, len(want)+1)
	if k, err := io.ReadFull(in, got); k != len(want) || !bytes.Equal(got[:k], want) {
		return fmt.Errorf("the checksum of the state is wrong, or something follows it: the file is damaged (%w)", noEOF(err))
	}
	for _, values := range t.arrays() {
		for i := range values {
			values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data))
			data = data[4:]
		}
	}
	t.progress = header.State
	if curve := t.progress.Curve; t.progress.Reached && header.Config.Until != t.config.Until {
		t.progress.Reached = len(curve) > 0 && t.config.Until.met(curve[len(curve)-1])
	}
	t.optimiser.Steps = header.State.Step
	t.shape()
	return nil
}

var errNoState = errors.New("not a training state: expected a file that a training saved")

func readHeader(r io.Reader, header *stateHeader) error {
	format := make([]byte, len(stateFormat))
	if _, err := io.ReadFull(r, format); err != nil || string(format) != stateFormat {
		return errNoState
	}
	var line []byte
	for b := make([]byte, 1); ; {
		if _, err := io.ReadFull(r, b); err != nil {
			return fmt.Errorf("the state ends in its header: %w", noEOF(err))
		}
		if b[0] == '\n' {
			break
		}
		if line = append(line, b[0]); len(line) > maxHeader {
			return fmt.Errorf("the header of the state has more than %d bytes", maxHeader)
		}
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(header); err != nil {
		return fmt.Errorf("the header of the state: %w", err)
	}
	return nil
}

// noEOF says of the end of a file what it means here.
func noEOF(err error) error {
	if err == nil {
		return errors.New("more follows")
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// accepts says how a saved state does not fit this trainer.
func (t *Trainer) accepts(h stateHeader) error {
	if n := t.model.Params().Len(); h.Parameters != n {
		return fmt.Errorf("the state is of a model with %d parameters, expected %d", h.Parameters, n)
	}
	saved, mine := fixed(h.Config), fixed(t.config)
	if saved != mine {
		return fmt.Errorf("the state is of a training with other settings, %+v, expected %+v", saved, mine)
	}
	p := h.State
	if p.Step < 0 || p.Step > maxCount || p.Length < 1 || p.Length > t.config.Length || !finite(p.CPU) || p.CPU < 0 || !finite(p.Accuracy) {
		return fmt.Errorf("the state has step %d, length %d and %v seconds: the file is damaged", p.Step, p.Length, p.CPU)
	}
	if t.config.Steps > 0 && p.Step > t.config.Steps {
		return fmt.Errorf("the state has taken %d steps, and the training is to end after %d: give it more", p.Step, t.config.Steps)
	}
	return nil
}

// fixed is the part of a configuration that every step depends on.
func fixed(c Config) Config {
	c.Budget, c.Until, c.Workers = 0, Until{}, 0
	if c.FinalRate == 0 {
		c.Steps = 0
	}
	return c
}
