package threshold

import (
	"fmt"
	"slices"
)

// Ref names what a term reads: a bank when >= 0, the form ^Ref otherwise.
type Ref int32

// BankRef refers to a bank.
func BankRef(bank int) Ref { return Ref(bank) }

// FormRef refers to a form.
func FormRef(form int) Ref { return ^Ref(form) }

// Form is the form's number, if the reference is to a form.
func (r Ref) Form() (form int, ok bool) { return int(^r), r < 0 }

// Table is the number of an interned table of integers.
type Table int32

// Ones, in place of a table, gives every gate of a bank weight 1.
const Ones Table = -1

// Term is part of a form: Coef times a form, or Coef·Σ_k Table[Off+k]·gate_k
// over a bank's gates.
type Term struct {
	Coef  int64
	Ref   Ref
	Table Table
	Off   int32
}

// Kind is a bank's kind.
type Kind uint8

// The kinds of banks.
const (
	Input Kind = iota
	Level
	Digit
	And
	Pairs // And of i < j within one list
)

var kindNames = [...]string{"input", "level", "digit", "and", "pairs"}

// String is the kind's name in the text form.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Tag says what a bank implements: the number of a node of the arithmetic
// circuit (-1 for none), the part of it, and a stage name for statistics.
type Tag struct {
	Node  int32
	Part  int32
	Stage int32
}

type form struct {
	constant     int64
	lo, hi       int64
	first, count int32  // terms
	weight       uint64 // bound of |weight| and |constant| when written out over gates
	depth        int32
}

type bank struct {
	kind   Kind
	lists  uint8 // and, pairs: number of bit lists
	width  uint8 // digit: bits of the low digit
	tag    Tag
	form   int32    // level, digit
	table  Table    // level, digit: thresholds
	off    int32    // first threshold
	stride int32    // level: distance between thresholds used
	count  int32    // digit: thresholds available from off
	high   int32    // digit: bank of the higher digit
	past   int64    // digit: stands for thresholds beyond count
	ops    [4]int32 // and, pairs: lists
	gates  int64
	depth  int32
	gate   uint64 // number of its first gate, or of its first input bit
	forms  int32  // forms that precede it
	lists0 int32  // lists that precede it
}

// Output names the gate of one label bit.
type Output struct {
	Bank int32
	Gate int64 // within the bank
}

// Circuit is an immutable threshold circuit.
type Circuit struct {
	forms   []form
	terms   []Term
	banks   []bank
	lists   [][]int32 // bit lists: form numbers
	tables  [][]int64
	stages  []string
	outputs [][]Output // by position and class
	inputs  uint64
	gates   uint64
}

// Gates is the number of gates; inputs are not gates.
func (c *Circuit) Gates() uint64 { return c.gates }

// Inputs is the number of input bits.
func (c *Circuit) Inputs() uint64 { return c.inputs }

// Banks is the number of banks.
func (c *Circuit) Banks() int { return len(c.banks) }

// Forms is the number of forms.
func (c *Circuit) Forms() int { return len(c.forms) }

// Outputs are the label gates by position and class. The caller must not modify them.
func (c *Circuit) Outputs() [][]Output { return c.outputs }

// Stages are the stage names by number. The caller must not modify them.
func (c *Circuit) Stages() []string { return c.stages }

// Tables is the number of interned tables; Table reads one. The caller must not
// modify it.
func (c *Circuit) Tables() int { return len(c.tables) }

// Table is an interned table.
func (c *Circuit) Table(t Table) []int64 { return c.tables[t] }

// FormParts is a form's constant and terms. The caller must not modify them.
func (c *Circuit) FormParts(f int) (constant int64, terms []Term) {
	d := &c.forms[f]
	return d.constant, c.terms[d.first : d.first+d.count]
}

// FormRange is the proved range of a form.
func (c *Circuit) FormRange(f int) (lo, hi int64) { return c.forms[f].lo, c.forms[f].hi }

// Bank describes a bank. Only the fields of its kind are meaningful.
type Bank struct {
	Kind  Kind
	Tag   Tag
	Gates int64
	First uint64 // number of its first gate (or input bit)
	Depth int

	Form   int   // Level, Digit: the form read
	Table  Table // Level, Digit: thresholds Table[Off], Table[Off+Stride], …
	Off    int
	Stride int

	High  int   // Digit: bank of the higher digit
	Width int   // Digit: bits of the low digit
	Count int   // Digit: thresholds available from Off
	Past  int64 // Digit: stands for those beyond

	Lists [][]int32 // And, Pairs: bit forms
}

// Bank describes bank b.
func (c *Circuit) Bank(b int) Bank {
	d := &c.banks[b]
	v := Bank{
		Kind: d.kind, Tag: d.tag, Gates: d.gates, First: d.gate, Depth: int(d.depth), Form: int(d.form),
		Table: d.table, Off: int(d.off), Stride: int(d.stride), High: int(d.high), Width: int(d.width),
		Count: int(d.count), Past: d.past,
	}
	for i := range d.lists {
		v.Lists = append(v.Lists, c.lists[d.ops[i]])
	}
	return v
}

// thresholds are the thresholds of gate k of a level bank.
func (c *Circuit) levelThreshold(d *bank, k int64) int64 {
	return c.tables[d.table][int64(d.off)+k*int64(d.stride)]
}

// border is c_{h,k} of a digit bank: the least F whose code reaches h·2^width+k.
func (c *Circuit) border(d *bank, h, k int64) int64 {
	code := h<<d.width + k // thresholds are those of codes 1, 2, …
	if code > int64(d.count) {
		return d.past
	}
	return c.tables[d.table][int64(d.off)+code-1]
}

// choice is the bit forms that gate k of an and or pairs bank reads.
func (c *Circuit) choice(d *bank, k int64, out []int32) []int32 {
	if d.kind == Pairs {
		list := c.lists[d.ops[0]]
		i, row := int64(0), int64(len(list)-1)
		for k >= row {
			k -= row
			i, row = i+1, row-1
		}
		return append(out, list[i], list[i+1+k])
	}
	at := len(out)
	for i := int(d.lists) - 1; i >= 0; i-- {
		list := c.lists[d.ops[i]]
		n := int64(len(list))
		out = append(out, list[k%n])
		k /= n
	}
	slices.Reverse(out[at:])
	return out
}

// BankOf is the bank that holds gate number g, by bisection.
func (c *Circuit) BankOf(g uint64) (b int, k int64, ok bool) {
	if g >= c.gates {
		return 0, 0, false
	}
	lo, hi := 0, len(c.banks)
	for hi-lo > 1 {
		mid := (lo + hi) / 2
		if c.firstGate(mid) <= g {
			lo = mid
		} else {
			hi = mid
		}
	}
	for c.banks[lo].kind == Input || c.banks[lo].gates == 0 {
		lo--
	}
	return lo, int64(g - c.banks[lo].gate), true
}

// firstGate is the number of gates before bank b.
func (c *Circuit) firstGate(b int) uint64 {
	for ; b < len(c.banks); b++ {
		if c.banks[b].kind != Input {
			return c.banks[b].gate
		}
	}
	return c.gates
}
