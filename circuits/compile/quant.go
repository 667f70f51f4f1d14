package compile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"

	"tc0/theory/ssm"
)

// Version of the quantisation's file format.
const quantVersion = 1

// Form is how a layer's scan is unrolled.
type Form string

// The two forms. They are different functions: rounding once per sum is not
// rounding at every step.
const (
	Convolution Form = "convolution" // constant depth, one rounding per sum
	Recurrent   Form = "recurrent"   // what deployment runs, depth grows with n
)

// Goal is what the compiler makes small.
type Goal string

// The goals.
const (
	Gates Goal = "gates"
	Depth Goal = "depth"
	Wires Goal = "wires"
)

// Precision is the number of bits as a function of the length n,
// p(n) = ⌈PerLog·log2 n⌉ + Base.
type Precision struct {
	Base   int     `json:"base"`
	PerLog float64 `json:"per_log2n"`
}

var precisionPattern = regexp.MustCompile(`^(\d+)(?:\+(\d+(?:\.\d+)?)\*?log2n)?$`)

// ParsePrecision reads "8" or "6+2*log2n".
func ParsePrecision(s string) (Precision, error) {
	m := precisionPattern.FindStringSubmatch(strings.ReplaceAll(s, " ", ""))
	if m == nil {
		return Precision{}, fmt.Errorf("precision %q: expected a number such as 8, or a formula such as 6+2*log2n", s)
	}
	base, err := strconv.Atoi(m[1])
	if err != nil || base < MinBits && m[2] == "" || base > MaxBits {
		return Precision{}, fmt.Errorf("precision %q: expected %d to %d bits", s, MinBits, MaxBits)
	}
	p := Precision{Base: base}
	if m[2] != "" {
		p.PerLog, _ = strconv.ParseFloat(m[2], 64)
	}
	return p, nil
}

// The precisions that the compiler accepts.
const (
	MinBits = 3
	MaxBits = 24
)

// At is the number of bits at length n.
func (p Precision) At(n int) int {
	return p.Base + int(math.Ceil(p.PerLog*math.Log2(float64(max(n, 1)))))
}

// String is the formula in n.
func (p Precision) String() string {
	if p.PerLog == 0 {
		return strconv.Itoa(p.Base)
	}
	return fmt.Sprintf("%d + ⌈%g·log2 n⌉", p.Base, p.PerLog)
}

// Tensor is the calibration of one tensor: the largest absolute value seen, how
// many bits it has more or fewer than the precision and, for some tensors, the
// power of two by which the range of each element differs: element i is stored
// times 2^-Shifts[i].
type Tensor struct {
	Name   string  `json:"name"`
	Max    float64 `json:"max"`
	Extra  int     `json:"extra_bits"`
	Shifts []int   `json:"shifts,omitempty"`
}

// Quant is a quantisation: with a checkpoint it fixes the quantised function for
// every length. Scales depend on n only through Precision: a tensor has
// b = p(n) + Extra bits, its scale is the least power of two at which Max,
// widened by 1/4, fits in b bits; an element with a shift k is stored times 2^-k.
type Quant struct {
	Version     int       `json:"version"`
	Checkpoint  string    `json:"checkpoint_digest"`
	Family      string    `json:"family"`
	Form        Form      `json:"form"`
	Precision   Precision `json:"precision"`
	Digits      int       `json:"digits"`
	Minimize    Goal      `json:"minimize"`
	Alphabet    []int     `json:"alphabet"`
	Calibration Sample    `json:"calibration"`
	Tensors     []Tensor  `json:"tensors"`
}

// Sample says which words were drawn.
type Sample struct {
	Source string `json:"source"` // "uniform" or "file"
	Words  int    `json:"words"`
	Length int    `json:"length"`
	Seed   uint64 `json:"seed"`
}

// tensor finds a calibration by name.
func (q *Quant) tensor(name string) (*Tensor, error) {
	for i := range q.Tensors {
		if q.Tensors[i].Name == name {
			return &q.Tensors[i], nil
		}
	}
	return nil, fmt.Errorf("quantisation has no tensor %q: it belongs to another checkpoint or form", name)
}

// Validate reports the first field that is out of range.
func (q *Quant) Validate() error {
	switch {
	case q.Version != quantVersion:
		return fmt.Errorf("version %d, this program reads %d", q.Version, quantVersion)
	case q.Form != Convolution && q.Form != Recurrent:
		return fmt.Errorf("form %q, expected %q or %q", q.Form, Convolution, Recurrent)
	case q.Minimize != Gates && q.Minimize != Depth && q.Minimize != Wires:
		return fmt.Errorf("minimize %q, expected gates, depth or wires", q.Minimize)
	case q.Digits < 1 || q.Digits > 2:
		return fmt.Errorf("digits %d, expected 1 or 2", q.Digits)
	case q.Precision.Base < 0 || q.Precision.Base > MaxBits || !(q.Precision.PerLog >= 0 && q.Precision.PerLog <= 8):
		return fmt.Errorf("precision %v is out of range", q.Precision)
	case len(q.Alphabet) == 0:
		return fmt.Errorf("empty alphabet")
	}
	for _, t := range q.Tensors {
		if !(t.Max >= 0) || math.IsInf(t.Max, 0) || t.Extra < -MaxBits || t.Extra > MaxBits {
			return fmt.Errorf("tensor %s: max %v or extra bits %d out of range", t.Name, t.Max, t.Extra)
		}
		for _, k := range t.Shifts {
			if k > 0 || k < -mostShift {
				return fmt.Errorf("tensor %s: shift %d, expected %d to 0", t.Name, k, -mostShift)
			}
		}
	}
	return nil
}

// MarshalIndent is the canonical text of quant.json.
func (q *Quant) MarshalIndent() ([]byte, error) {
	b, err := json.MarshalIndent(q, "", "  ")
	return append(b, '\n'), err
}

// LoadQuant reads a quantisation and checks that it belongs to the checkpoint.
func LoadQuant(path string, ck *ssm.Checkpoint) (*Quant, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var q Quant
	if err := d.Decode(&q); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := q.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if q.Checkpoint != ck.Digest {
		return nil, fmt.Errorf("%s: made for a checkpoint with digest %.12s…, %s has %.12s…: use the checkpoint it was made for, or calibrate anew", path, q.Checkpoint, ck.Dir, ck.Digest)
	}
	return &q, nil
}
