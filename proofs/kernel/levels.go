package kernel

import "encoding/binary"

// vectors numbers lists of integers, equal ones alike, so that they are compared once.
type vectors struct {
	all    [][]int64
	byText map[string]int32
	text   []byte
}

func (v *vectors) number(list []int64) int32 {
	v.text = v.text[:0]
	for _, x := range list {
		v.text = binary.LittleEndian.AppendUint64(v.text, uint64(x))
	}
	n, ok := v.byText[string(v.text)]
	if !ok {
		if v.byText == nil {
			v.byText = map[string]int32{}
		}
		n = int32(len(v.all))
		v.all, v.byText[string(v.text)] = append(v.all, list), n
	}
	return n
}

// meaning is what a form, or the sum of a bank's gates, stands for: a function of one node of
// model.ac. For a variable it is constant + Σ_k rises[k]·[level > k]; for a form or a product,
// whose values are too many to list, constant + rises[0]·value. Rises have a number, 0 for
// none, and end in no zeros, so each function has one meaning and sums are sums of rises.
type meaning struct {
	constant int64
	node     int32 // or nothing, or several
	rises    int32
}

const (
	nothing = -1 // it reads no node at all: a constant
	several = -2 // it reads several nodes, or conjunctions, and its rises say nothing
)

// same tells whether two functions are the same.
func (a meaning) same(b meaning) bool { return a.constant == b.constant && a.parallel(b) }

// parallel tells whether they differ by a constant.
func (a meaning) parallel(b meaning) bool {
	return a.rises == b.rises && (a.node == b.node || a.rises == 0) && a.node != several && b.node != several
}

// functions does arithmetic with meanings, each sum once.
type functions struct {
	rises vectors
	sums  map[sumKey]int32
	held  int
}

type sumKey struct {
	a, b int32
	coef int64
}

// mostHeld bounds the entries of all functions: a hostile file is refused, not followed.
const mostHeld = 1 << 27

func newFunctions() *functions {
	f := &functions{sums: map[sumKey]int32{}}
	f.rises.number(nil)
	return f
}

// number is that of rises.
func (f *functions) number(rises []int64) int32 {
	for len(rises) > 0 && rises[len(rises)-1] == 0 {
		rises = rises[:len(rises)-1]
	}
	before := len(f.rises.all)
	n := f.rises.number(rises)
	if len(f.rises.all) > before {
		f.held += len(rises)
		require(f.held < mostHeld, "circuit.tc: its forms are too many different functions")
	}
	return n
}

// of is the function with these values by level of a node.
func (f *functions) of(node int32, values []int64) meaning {
	rises := make([]int64, len(values)-1)
	for i := range rises {
		rises[i] = plus(values[i+1], -values[i])
	}
	return meaning{within(values[0]), node, f.number(rises)}
}

// values are a function's values by level, up to the last at which it changes.
func (f *functions) values(m meaning) []int64 {
	values := []int64{m.constant}
	for i, rise := range f.rises.all[m.rises] {
		values = append(values, plus(values[i], rise))
	}
	return values
}

// add adds coef times b to a function.
func (f *functions) add(a *meaning, coef int64, b meaning) {
	a.constant = plus(a.constant, times(coef, b.constant))
	switch {
	case b.node == nothing || a.node == several:
	case b.node == several || a.node != nothing && a.node != b.node:
		a.node = several
	default:
		a.node, a.rises = b.node, f.sum(a.rises, coef, b.rises)
	}
}

// sum numbers the rises a + coef·b.
func (f *functions) sum(a int32, coef int64, b int32) int32 {
	if a == 0 && coef == 1 {
		return b
	}
	key := sumKey{a, b, coef}
	n, ok := f.sums[key]
	if !ok {
		as, bs := f.rises.all[a], f.rises.all[b]
		sum := make([]int64, max(len(as), len(bs)))
		copy(sum, as)
		for i, x := range bs {
			sum[i] = plus(sum[i], times(coef, x))
		}
		n = f.number(sum)
		f.sums[key] = n
	}
	return n
}
