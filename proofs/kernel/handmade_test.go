package kernel

import (
	"bytes"
	"encoding/binary"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// A pair of circuits written out by hand from the format pages: a token of eight letters, a
// step that is the letter itself in two digits, and the label "the letter is at least 4".

// u and s write numbers one after the other: u plain, s signed.
func u(xs ...uint64) (b []byte) {
	for _, x := range xs {
		b = binary.AppendUvarint(b, x)
	}
	return b
}

func s(xs ...int64) (b []byte) {
	for _, x := range xs {
		b = binary.AppendVarint(b, x)
	}
	return b
}

func handmadeModel() []byte {
	return slices.Concat([]byte("tc0arith"),
		u(1, 5, 4, 5, 1, 1), u(1), []byte("x"), // version; nodes, terms, tables, stages, positions; the stage
		u(8), s(0, 1, 1, 1, 1, 1, 1, 1), // t0: 0 … 7
		u(7), s(1, 1, 1, 1, 1, 1, 1), // t1: 1 … 7
		u(1), s(4), // t2: 4
		u(2), s(0, 1), // t3: 0 1
		u(1), s(9), // t4: not used
		[]byte{nodeInput}, u(8), s(0, 0, -1, -1, -1), // n0
		[]byte{nodeForm}, s(0), u(1), s(1), u(1, 1), s(0, 0, 0, 0, 0), // n1 = t0[n0]
		[]byte{nodeStep}, u(1, 1, 0, 0, 7), s(0, 0, 0, 0, 0), // n2 = n1 by t1, t0
		[]byte{nodeForm}, s(0), u(1), s(1), u(1, 0), s(0, 0, 0, 0, 0), // n3 = n2
		[]byte{nodeStep}, u(1, 2, 3, 0, 1), s(0, 0, 0, 0, 0), // n4 = [n3 >= 4]
		u(1, 3), u(1, 4), // logits n3, labels n4
	)
}

// handmade is circuit.tc with its numbers open to change: past of the low digit, its
// thresholds' offset, and the coefficient of the higher digit in the value.
func handmadeCircuit(past, offset, coef int64) []byte {
	return slices.Concat([]byte("tc0thres"),
		u(1, 5, 8, 4, 4, 5, 0, 5, 1, 1), u(1), []byte("x"), // gates, inputs, banks, forms, terms, lists, tables, stages, positions
		u(8), s(0, 1, 1, 1, 1, 1, 1, 1), // t0: 0 … 7
		u(8), s(1, 1, 1, 1, 1, 1, 1, 1), // t1: 1 … 8
		u(1), s(4), // t2: 4
		u(1), s(1), // t3: 1
		u(1), s(9), // t4: not used
		[]byte{bankInput}, u(8), s(0, 0, 0), // b0
		[]byte{recordForm}, s(0), u(1), s(1), u(2, 1, 0), // f0 = b0[t0]
		[]byte{bankLevel}, u(1, 1, uint64(offset+1), 2, 3), s(2, 0, 0), // b1: f0 >= 2, 4, 6
		[]byte{bankDigit}, u(1, 1, 1, uint64(offset), 7, 1), s(past), s(0, 1, 0), // b2
		[]byte{recordForm}, s(0), u(2), s(coef), u(4, 0), s(1), u(2, 0), // f1 = 2·b1 + b2
		[]byte{recordForm}, s(0), u(1), s(1), u(3), // f2 = f1
		[]byte{bankLevel}, u(1, 2, 0, 1, 1), s(2, 0, 0), // b3: f2 >= 4
		[]byte{recordForm}, s(0), u(1), s(1), u(2, 4, 0), // f3 = b3[t3]
		[]byte{recordEnd}, u(1, 3, 0), // label b3.0
	)
}

func TestHandmade(t *testing.T) {
	m := readArithmetic(bytes.NewReader(handmadeModel()))
	for letter := range 8 {
		want := -1
		if letter >= 4 {
			want = 0
		}
		if got := m.labelOf([]int{letter}); got[0] != want {
			t.Errorf("letter %d: class %d, expected %d", letter, got[0], want)
		}
	}
	size := checkLowering(m, bytes.NewReader(handmadeCircuit(8, 0, 2)))
	// b1: 3 gates on 7 bits (letter 0 weighs 0); b2: one gate on these and three more; b3: 4 wires.
	if size.Gates != 5 || size.Wires != 3*7+10+4 || size.Depth != 3 || size.MaxFanIn != 10 || size.MaxWeightBits != 3 || size.TotalWeight.Int64() != 3*28+28+3*2+2*3+1 {
		t.Errorf("%+v", *size)
	}
	for name, circuit := range map[string][]byte{
		"a missing border that 7 reaches": handmadeCircuit(7, 0, 2),
		"the borders 2 … 8":               handmadeCircuit(9, 1, 2),
		"a higher digit of weight 3":      handmadeCircuit(8, 0, 3),
	} {
		if refused(func() { checkLowering(m, bytes.NewReader(circuit)) }) == "" {
			t.Errorf("taken: %s", name)
		}
	}
}

// TestCount counts conjunctions by hand: of bits of two tokens, and of two bits of one.
func TestCount(t *testing.T) {
	c := &circuit{
		tables: [][]int64{{1, 2, -3}, {0, -2, 3}},
		banks:  []bank{{kind: bankInput, gates: 3}, {kind: bankInput, gates: 3}},
		forms: []affine{
			{parts: []part{{coef: 2, ref: 0, table: 0}}},
			{parts: []part{{coef: 1, ref: 1, table: 1}}},
			{parts: []part{{coef: 1, ref: 0, table: 1}, {coef: 1, ref: 0, table: ones}}}, // 1 -1 4
		},
		lists: [][]int32{{0}, {1}, {0, 2}},
	}
	k := newCounter(c)
	for _, b := range []bank{
		{kind: bankAnd, lists: []int32{0, 1}, gates: 1, depth: 1}, // 2 4 -6, -2 3
		{kind: bankPairs, lists: []int32{2}, gates: 1, depth: 2},  // 3 3 -2
		{kind: bankAnd, lists: []int32{0, 1}, gates: 0, depth: 3},
	} {
		k.add(&b)
	}
	want := Size{Depth: 2, Gates: 2, Wires: 8, MaxFanIn: 5, MaxWeightBits: 3, TotalWeight: big.NewInt(17 + 8)}
	if wrong := differences(&k.Size, &want); wrong != "" {
		t.Error(wrong)
	}
}

// parityModel and parityCircuit are the pair but for n3, which is the parity of the letter, and for
// f2, which reads it from the lower digit alone; the higher digit begins at border first.
func parityModel() []byte {
	model := handmadeModel()
	model = bytes.Replace(model, slices.Concat(u(1), s(9)), slices.Concat(u(8), s(0, 1, -1, 1, -1, 1, -1, 1)), 1) // t4: 0 1 0 1 …
	model = bytes.Replace(model, slices.Concat(u(1), s(4)), slices.Concat(u(1), s(1)), 1)                         // t2: 1
	return bytes.Replace(model, slices.Concat(u(1), s(1), u(1, 0)), slices.Concat(u(1), s(1), u(1, 5)), 1)        // n3 = t4[n2]
}

func parityCircuit(first uint64) []byte {
	circuit := handmadeCircuit(8, 0, 2)
	circuit = bytes.Replace(circuit, u(1, 1, 1, 2, 3), u(1, 1, first, 2, 3), 1)
	circuit = bytes.Replace(circuit, slices.Concat(u(1), s(4), u(1), s(1)), slices.Concat(u(1), s(1), u(1), s(5)), 1)    // t2: 1, t3: 5
	circuit = bytes.Replace(circuit, slices.Concat(s(0), u(1), s(1), u(3)), slices.Concat(s(0), u(1), s(1), u(2, 0)), 1) // f2 = b2
	return bytes.Replace(circuit, slices.Concat(s(1), u(2, 4, 0)), slices.Concat(s(1), u(2, 0)), 1)                      // f3 = b3
}

// TestDigitAlone lets a lower digit be read alone: its gates are right only beside those of the
// higher one.
func TestDigitAlone(t *testing.T) {
	m := readArithmetic(bytes.NewReader(parityModel()))
	for letter := range 8 {
		if got := m.labelOf([]int{letter}); got[0] != letter%2-1 {
			t.Errorf("letter %d: class %d", letter, got[0])
		}
	}
	if why := refused(func() { checkLowering(m, bytes.NewReader(parityCircuit(1))) }); why != "" {
		t.Error(why)
	}
	why := refused(func() { checkLowering(m, bytes.NewReader(parityCircuit(0))) })
	if !strings.Contains(why, "is not the low digit") {
		t.Errorf("a lower digit beside borders of another higher one: %q", why)
	}
}

// singleCircuit is the pair's circuit with a gate for each of the borders from first to 7. It reads
// the letter as constant + its table + all bits of the token, of which one is 1.
func singleCircuit(first uint64, constant int64) []byte {
	return slices.Concat([]byte("tc0thres"),
		u(1, 9-first, 8, 3, 4, 5, 0, 4, 1, 1), u(1), []byte("x"),
		u(8), s(0, 1, 1, 1, 1, 1, 1, 1), u(1), s(4), u(1), s(1), u(1), s(9), // t0: 0 … 7; t1: 4; t2: 1; t3: 9
		[]byte{bankInput}, u(8), s(0, 0, 0), // b0
		[]byte{recordForm}, s(constant), u(2), s(1), u(2, 1, 0), s(1), u(2, 0), // f0 = constant + b0[t0] + b0
		[]byte{bankLevel}, u(1, 0, first, 1, 8-first), s(2, 0, 0), // b1: f0 >= first … 7
		[]byte{recordForm}, s(0), u(1), s(1), u(2, 0), // f1 = b1
		[]byte{recordForm}, s(0), u(1), s(1), u(3), // f2 = f1
		[]byte{bankLevel}, u(1, 1, 0, 1, 1), s(2, 0, 0), // b2: f2 >= 4
		[]byte{recordForm}, s(0), u(1), s(1), u(2, 3, 0), // f3 = b2[t2]
		[]byte{recordEnd}, u(1, 2, 0),
	)
}

// TestMissingBorder has a gate that no level of its step decides: f0 >= 0, which is always on.
func TestMissingBorder(t *testing.T) {
	m := readArithmetic(bytes.NewReader(handmadeModel()))
	if why := refused(func() { checkLowering(m, bytes.NewReader(singleCircuit(1, -1))) }); why != "" {
		t.Error(why)
	}
	if refused(func() { checkLowering(m, bytes.NewReader(singleCircuit(0, -1))) }) == "" {
		t.Error("taken: a gate at a border that the step has not")
	}
	if refused(func() { checkLowering(m, bytes.NewReader(singleCircuit(1, 0))) }) == "" {
		t.Error("taken: a form that is the letter and 1")
	}
}

// TestNoBit has the square of a letter by a list of one form, which is the letter and no bit, as
// if the letter were its own square.
func TestNoBit(t *testing.T) {
	model := slices.Concat([]byte("tc0arith"),
		u(1, 6, 6, 5, 1, 1), u(1), []byte("x"),
		u(8), s(0, 1, 1, 1, 1, 1, 1, 1), u(7), s(1, 1, 1, 1, 1, 1, 1), u(1), s(4), u(2), s(0, 1), u(1), s(9), // as above
		[]byte{nodeInput}, u(8), s(0, 0, -1, -1, -1), // n0
		[]byte{nodeForm}, s(0), u(1), s(1), u(1, 1), s(0, 0, 0, 0, 0), // n1 = t0[n0]
		[]byte{nodeStep}, u(1, 1, 0, 0, 7), s(0, 0, 0, 0, 0), // n2 = n1
		[]byte{nodeProduct}, u(2, 1, 0, 1, 0), s(0, 0, 0, 0, 0), // n3 = n2·n2
		[]byte{nodeForm}, s(0), u(1), s(1), u(1, 0), s(0, 0, 0, 0, 0), // n4 = n3
		[]byte{nodeStep}, u(1, 2, 3, 0, 1), s(0, 0, 0, 0, 0), // n5 = [n4 >= 4]
		u(1, 4), u(1, 5),
	)
	circuit := slices.Concat([]byte("tc0thres"),
		u(1, 8, 8, 4, 3, 4, 1, 5, 1, 1), u(1), []byte("x"),
		u(8), s(0, 1, 1, 1, 1, 1, 1, 1), u(7), s(1, 1, 1, 1, 1, 1, 1), u(1), s(4), u(1), s(1), u(1), s(9),
		[]byte{bankInput}, u(8), s(0, 0, 0), // b0
		[]byte{recordForm}, s(0), u(1), s(1), u(2, 1, 0), // f0 = b0[t0]
		[]byte{bankLevel}, u(1, 1, 0, 1, 7), s(2, 0, 0), // b1: f0 >= 1 … 7
		[]byte{recordForm}, s(0), u(1), s(1), u(2, 0), // f1 = b1
		[]byte{recordList}, u(1, 1), // l0: f1
		[]byte{bankPairs}, u(1, 1), s(1, 0, 0), // b2: no gates
		[]byte{recordForm}, s(0), u(2), s(1), u(2, 5, 0), s(1), u(3), // f2 = b2 + f1
		[]byte{bankLevel}, u(1, 2, 0, 1, 1), s(2, 0, 0), // b3: f2 >= 4
		[]byte{recordEnd}, u(1, 3, 0),
	)
	m := readArithmetic(bytes.NewReader(model))
	if m.labelOf([]int{2})[0] != 0 {
		t.Error("2·2 < 4")
	}
	why := refused(func() { checkLowering(m, bytes.NewReader(circuit)) })
	if !strings.Contains(why, "is no bit") {
		t.Errorf("%q", why)
	}
}

// TestLabel lets another gate be the label, [n4 >= 1], which is right, or [n4 >= 0], which is of the
// right node alone.
func TestLabel(t *testing.T) {
	m := readArithmetic(bytes.NewReader(handmadeModel()))
	for border, right := range []bool{false, true} {
		circuit := handmadeCircuit(8, 0, 2)
		circuit = bytes.Replace(circuit, u(1, 5, 8, 4), u(1, 6, 8, 5), 1)
		circuit = bytes.Replace(circuit, slices.Concat([]byte{recordEnd}, u(1, 3, 0)), slices.Concat(
			[]byte{bankLevel}, u(1, 0, uint64(border), 1, 1), s(0, 1, 0), // b4: f3 >= border
			[]byte{recordEnd}, u(1, 4, 0)), 1)
		if why := refused(func() { checkLowering(m, bytes.NewReader(circuit)) }); (why == "") != right {
			t.Errorf("[n4 >= %d]: %q", border, why)
		}
	}
}

// TestPairsOfOneFactor has pairs, which make a square, in a product of two: (1 + x)·y for the
// parities x and y of the letter, as if x² were y.
func TestPairsOfOneFactor(t *testing.T) {
	model := slices.Concat([]byte("tc0arith"),
		u(1, 6, 6, 7, 1, 1), u(1), []byte("x"),
		u(8), s(0, 1, 1, 1, 1, 1, 1, 1), u(7), s(1, 1, 1, 1, 1, 1, 1), u(1), s(4), u(2), s(0, 1), u(1), s(9), // as above
		u(8), s(1, 1, -1, 1, -1, 1, -1, 1), u(8), s(0, 1, -1, 1, -1, 1, -1, 1), // t5: 1 2 1 2 …, t6: 0 1 0 1 …
		[]byte{nodeInput}, u(8), s(0, 0, -1, -1, -1), // n0
		[]byte{nodeForm}, s(0), u(1), s(1), u(1, 1), s(0, 0, 0, 0, 0), // n1 = t0[n0]
		[]byte{nodeStep}, u(1, 1, 0, 0, 7), s(0, 0, 0, 0, 0), // n2 = n1
		[]byte{nodeProduct}, u(2, 3, 6, 1, 7), s(0, 0, 0, 0, 0), // n3 = t5[n0]·t6[n2]
		[]byte{nodeForm}, s(0), u(1), s(1), u(1, 0), s(0, 0, 0, 0, 0), // n4 = n3
		[]byte{nodeStep}, u(1, 2, 3, 0, 1), s(0, 0, 0, 0, 0), // n5 = [n4 >= 4]
		u(1, 4), u(1, 5),
	)
	circuit := slices.Concat([]byte("tc0thres"),
		u(1, 8, 8, 4, 3, 4, 1, 4, 1, 1), u(1), []byte("x"),
		u(8), s(0, 1, 1, 1, 1, 1, 1, 1), u(7), s(1, 1, 1, 1, 1, 1, 1), // t0: 0 … 7, t1: 1 … 7
		u(8), s(0, 1, -1, 1, -1, 1, -1, 1), u(7), s(1, -2, 2, -2, 2, -2, 2), // t2: 0 1 0 1 …, t3: 1 -1 1 -1 …
		[]byte{bankInput}, u(8), s(0, 0, 0), // b0
		[]byte{recordForm}, s(0), u(1), s(1), u(2, 1, 0), // f0 = b0[t0]
		[]byte{bankLevel}, u(1, 1, 0, 1, 7), s(2, 0, 0), // b1: f0 >= 1 … 7
		[]byte{recordForm}, s(0), u(1), s(1), u(4, 3, 0), // f1 = b0[t2], x
		[]byte{recordList}, u(1, 1), // l0: f1
		[]byte{bankPairs}, u(1, 1), s(1, 0, 0), // b2: no gates
		[]byte{recordForm}, s(0), u(1), s(1), u(4, 4, 0), // f2 = b1[t3], y
		[]byte{recordList}, u(1, 1), // l1: f2
		[]byte{bankAnd}, u(2, 2, 1), s(0, 0, 0), // b3: f1 + f2 >= 2
		[]byte{recordForm}, s(0), u(3), s(1), u(4, 1, 0), s(1), u(5), s(1), u(2, 2, 0), // f3 = b2 + f1 + b3[t1]
	)
	m := readArithmetic(bytes.NewReader(model))
	if why := refused(func() { checkLowering(m, bytes.NewReader(circuit)) }); !strings.Contains(why, "not conjunctions") {
		t.Errorf("%q", why)
	}
}

// TestSameNode joins a bit with itself, which would be counted as if the bits were of two nodes.
func TestSameNode(t *testing.T) {
	circuit := slices.Concat([]byte("tc0thres"),
		u(1, 1, 8, 2, 1, 1, 1, 1, 1, 1), u(1), []byte("x"), u(8), s(0, 1, -1, 1, -1, 1, -1, 1), // t0: 0 1 0 1 …
		[]byte{bankInput}, u(8), s(0, 0, 0), // b0
		[]byte{recordForm}, s(0), u(1), s(1), u(2, 1, 0), // f0 = b0[t0]
		[]byte{recordList}, u(1, 1), // l0: f0
		[]byte{bankAnd}, u(2, 1, 1), s(2, 0, 0), // b1: f0 + f0 >= 2
	)
	m := readArithmetic(bytes.NewReader(handmadeModel()))
	if why := refused(func() { checkLowering(m, bytes.NewReader(circuit)) }); !strings.Contains(why, "joins bits of one node") {
		t.Errorf("%q", why)
	}
}

// TestUnreadValue has a form that is to be the value of n2, which no other form reads, and is not.
func TestUnreadValue(t *testing.T) {
	m := readArithmetic(bytes.NewReader(parityModel()))
	circuit := bytes.Replace(parityCircuit(1), slices.Concat(s(0), u(2), s(2)), slices.Concat(s(0), u(2), s(1)), 1)
	why := refused(func() { checkLowering(m, bytes.NewReader(circuit)) })
	if !strings.Contains(why, "no form is the value of node 2") {
		t.Errorf("%q", why)
	}
}

// TestOffsets has two steps on parts of one table of values, 0 … 6 and 1 … 7.
func TestOffsets(t *testing.T) {
	model := slices.Concat([]byte("tc0arith"),
		u(1, 6, 5, 5, 1, 1), u(1), []byte("x"),
		u(8), s(0, 1, 1, 1, 1, 1, 1, 1), u(7), s(1, 1, 1, 1, 1, 1, 1), u(1), s(4), u(2), s(0, 1), u(1), s(9), // as above
		[]byte{nodeInput}, u(8), s(0, 0, -1, -1, -1), // n0
		[]byte{nodeForm}, s(0), u(1), s(1), u(1, 1), s(0, 0, 0, 0, 0), // n1 = t0[n0]
		[]byte{nodeStep}, u(1, 1, 0, 0, 6), s(0, 0, 0, 0, 0), // n2 = min(n1, 6)
		[]byte{nodeStep}, u(2, 1, 0, 1, 6), s(0, 0, 0, 0, 0), // n3 = max(n1, 1)
		[]byte{nodeForm}, s(0), u(1), s(1), u(1, 0), s(0, 0, 0, 0, 0), // n4 = n3
		[]byte{nodeStep}, u(1, 2, 3, 0, 1), s(0, 0, 0, 0, 0), // n5 = [n4 >= 4]
		u(1, 4), u(1, 5),
	)
	m := readArithmetic(bytes.NewReader(model))
	for least, right := range []bool{false, true} {
		circuit := slices.Concat([]byte("tc0thres"),
			u(1, 13, 8, 4, 4, 4, 0, 4, 1, 1), u(1), []byte("x"),
			u(8), s(0, 1, 1, 1, 1, 1, 1, 1), u(7), s(1, 1, 1, 1, 1, 1, 1), u(1), s(4), u(1), s(9), // t0: 0 … 7, t1: 1 … 7, t2: 4
			[]byte{bankInput}, u(8), s(0, 0, 0), // b0
			[]byte{recordForm}, s(0), u(1), s(1), u(2, 1, 0), // f0 = b0[t0]
			[]byte{bankLevel}, u(1, 1, 0, 1, 6), s(2, 0, 0), // b1: f0 >= 1 … 6
			[]byte{recordForm}, s(0), u(1), s(1), u(2, 0), // f1 = b1
			[]byte{bankLevel}, u(2, 1, 1, 1, 6), s(1, 0, 0), // b2: f0 >= 2 … 7
			[]byte{recordForm}, s(int64(least)), u(1), s(1), u(2, 0), // f2 = least + b2
			[]byte{bankLevel}, u(1, 2, 0, 1, 1), s(2, 0, 0), // b3: f2 >= 4
			[]byte{recordForm}, s(0), u(1), s(1), u(2, 0), // f3 = b3
			[]byte{recordEnd}, u(1, 3, 0),
		)
		if why := refused(func() { checkLowering(m, bytes.NewReader(circuit)) }); (why == "") != right {
			t.Errorf("with the least value %d: %q", least, why)
		}
	}
}

// TestReasons changes a record of the pair, and has the reason why it is refused.
func TestReasons(t *testing.T) {
	m := readArithmetic(bytes.NewReader(handmadeModel()))
	for _, c := range []struct {
		old, new []byte
		reason   string
	}{
		{slices.Concat([]byte{bankInput}, u(8)), slices.Concat([]byte{bankInput}, u(7)), "another number of bits"},
		{slices.Concat([]byte{bankInput}, u(8), s(0)), slices.Concat([]byte{bankInput}, u(8), s(2)), "not the next token"},
		{slices.Concat([]byte{bankInput}, u(8), s(0, 0, 0)), slices.Concat([]byte{bankInput}, u(8), s(0, 0, -1)), "another stage"},
		{slices.Concat(u(8), s(1, 1, 1)), slices.Concat(u(8), s(1, 1, -1)), "thresholds of a bank fall"}, // t1
		{slices.Concat(u(1, 2, 0, 1, 1), s(2)), slices.Concat(u(3, 2, 0, 1, 1), s(2)), "does not read what its step"},
		{slices.Concat(u(1, 2, 0, 1, 1), s(2)), slices.Concat(u(1, 2, 0, 1, 1), s(1)), "no step"},
	} {
		circuit := bytes.Replace(handmadeCircuit(8, 0, 2), c.old, c.new, 1)
		if why := refused(func() { checkLowering(m, bytes.NewReader(circuit)) }); !strings.Contains(why, c.reason) {
			t.Errorf("%q, expected %q", why, c.reason)
		}
	}
}

// TestOneSpelling tries every byte as the first of a longer number of the same value, and
// every end.
func TestOneSpelling(t *testing.T) {
	model, circuit := handmadeModel(), handmadeCircuit(8, 0, 2)
	m := readArithmetic(bytes.NewReader(model))
	for at := 8; at < len(circuit); at++ {
		if circuit[at] < 0x80 {
			longer := slices.Concat(circuit[:at], []byte{circuit[at] | 0x80, 0}, circuit[at+1:])
			if refused(func() { checkLowering(m, bytes.NewReader(longer)) }) == "" {
				t.Errorf("byte %d in two", at)
			}
		}
		if refused(func() { checkLowering(m, bytes.NewReader(circuit[:at])) }) == "" {
			t.Errorf("cut off at byte %d", at)
		}
	}
	for at := 8; at < len(model); at++ {
		longer := slices.Concat(model[:at], []byte{model[at] | 0x80, 0}, model[at+1:])
		if refused(func() { readArithmetic(bytes.NewReader(longer)) }) == "" || refused(func() { readArithmetic(bytes.NewReader(model[:at])) }) == "" {
			t.Errorf("byte %d of model.ac in two, or cut off there", at)
		}
	}
	if refused(func() { readArithmetic(bytes.NewReader(append(model, 0))) }) == "" {
		t.Error("a byte after the end")
	}
}
