package check_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tc0/circuits/check"
	"tc0/circuits/threshold"
)

// damaged is a circuit that no builder or reader would let through.
type damaged struct {
	*spec
	ranges        [][2]int64
	gates, inputs uint64
	stats         threshold.Stats
}

func (d *damaged) Gates() uint64                   { return d.gates }
func (d *damaged) Inputs() uint64                  { return d.inputs }
func (d *damaged) Banks() int                      { return len(d.banks) }
func (d *damaged) Bank(b int) threshold.Bank       { return d.banks[b] }
func (d *damaged) Forms() int                      { return len(d.forms) }
func (d *damaged) FormRange(f int) (lo, hi int64)  { return d.ranges[f][0], d.ranges[f][1] }
func (d *damaged) Tables() int                     { return len(d.tables) }
func (d *damaged) Table(t threshold.Table) []int64 { return d.tables[t] }
func (d *damaged) Stages() []string                { return d.stages }
func (d *damaged) Outputs() [][]threshold.Output   { return d.outputs }
func (d *damaged) Stats() threshold.Stats          { return d.stats }
func (d *damaged) FormParts(f int) (int64, []threshold.Term) {
	return d.forms[f].constant, d.forms[f].terms
}

// Banks and tables of the circuit that tests damage.
const (
	tokenBank = iota
	otherBank
	highBank
	lowBank
	andBank
	pairsBank
	lastBank
)

const (
	tokenTable threshold.Table = iota
	borderTable
	bitTable
	topTable
	powerTable
	lastTable
)

// everyKind is a circuit with a bank of every kind.
func everyKind(tb testing.TB) *threshold.Circuit {
	tb.Helper()
	b := threshold.NewBuilder()
	tag := threshold.Tag{Node: -1, Stage: b.Stage("s")}
	for _, t := range [][]int64{{0, 5, 9}, {1, 2, 3, 4, 5, 6, 7}, {1, -1, 1}, {0, 1, 0}, {1, 2}, {1, 3}} {
		b.Table(t)
	}
	b.Input(3, tag)
	b.Input(2, tag)
	value := b.Form(0, []threshold.Term{{Coef: 1, Ref: threshold.BankRef(tokenBank), Table: tokenTable}})
	high := b.Level(value, borderTable, 3, 4, 1, tag)
	low := b.Digit(value, high, borderTable, 0, 7, 2, 10, tag)
	top := b.Form(0, []threshold.Term{{Coef: 1, Ref: threshold.BankRef(high), Table: threshold.Ones}})
	bit0 := b.Form(0, []threshold.Term{{Coef: 1, Ref: threshold.BankRef(low), Table: bitTable}})
	bit1 := b.Form(0, []threshold.Term{{Coef: 1, Ref: threshold.BankRef(low), Table: topTable}})
	bits := b.List([]int32{int32(bit0), int32(bit1)})
	and := b.And(tag, bits, b.List([]int32{int32(top)}))
	pairs := b.Pairs(tag, bits)
	sum := b.Form(-1, []threshold.Term{
		{Coef: 1, Ref: threshold.BankRef(and), Table: powerTable},
		{Coef: -2, Ref: threshold.BankRef(pairs), Table: threshold.Ones},
		{Coef: 3, Ref: threshold.FormRef(top)},
	})
	last := b.Level(sum, lastTable, 0, 1, 2, tag)
	b.Output([]threshold.Output{{Bank: int32(last), Gate: 1}})
	c, err := b.Finish()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func damage(c *threshold.Circuit) *damaged {
	d := &damaged{spec: specOf(c), gates: c.Gates(), inputs: c.Inputs(), stats: c.Stats()}
	for f := range d.forms {
		lo, hi := c.FormRange(f)
		d.ranges = append(d.ranges, [2]int64{lo, hi})
		d.forms[f].terms = append([]threshold.Term(nil), d.forms[f].terms...)
	}
	for t := range d.tables {
		d.tables[t] = append([]int64(nil), d.tables[t]...)
	}
	for b := range d.banks {
		lists := d.banks[b].Lists
		d.banks[b].Lists = nil
		for _, l := range lists {
			d.banks[b].Lists = append(d.banks[b].Lists, append([]int32(nil), l...))
		}
	}
	d.outputs = [][]threshold.Output{append([]threshold.Output(nil), d.outputs[0]...)}
	return d
}

// places are findings without their texts.
func places(fs []check.Finding) (all []string) {
	for _, f := range fs {
		all = append(all, f.ID+" "+f.Place.String())
	}
	return all
}

func TestCircuitLists(t *testing.T) {
	const sum = 4 // the last form
	var none check.Limits
	tests := []struct {
		name   string
		damage func(d *damaged)
		limits check.Limits
		want   []string
	}{
		{name: "sound", damage: func(*damaged) {}, limits: check.Limits{MaxDepth: 4, MaxGates: 10, MaxWeightBits: 4}},
		{"form reads itself", func(d *damaged) { d.forms[sum].terms[2].Ref = threshold.FormRef(sum) }, none, []string{"TC001 form 4, term 2"}},
		{"form reads a missing bank", func(d *damaged) { d.forms[sum].terms[1].Ref = 7 }, none, []string{"TC001 form 4, term 1"}},
		{"form reads a later bank", func(d *damaged) { d.forms[0].terms[0] = threshold.Term{Coef: 9, Ref: andBank, Table: bitTable} }, none,
			[]string{"TC009 form 0", "TC001 bank 2", "TC001 bank 3"}},
		{"bank reads a missing form", func(d *damaged) { d.banks[highBank].Form = 5 }, none, []string{"TC001 bank 2", "TC010 bank 3"}},
		{"list reads a missing form", func(d *damaged) { d.banks[andBank].Lists[0][0] = -1 }, none, []string{"TC001 bank 4"}},
		{"digit above its high digit", func(d *damaged) { d.banks[lowBank].High = lowBank }, none, []string{"TC001 bank 3"}},
		{"weights past their table", func(d *damaged) { d.forms[0].terms[0].Off = 1 }, none, []string{"TC002 form 0, term 0"}},
		{"thresholds past their table", func(d *damaged) { d.banks[lastBank].Off = 1 }, none, []string{"TC002 bank 6"}},
		{"thresholds of no table", func(d *damaged) { d.banks[lastBank].Table = 6 }, none, []string{"TC002 bank 6"}},
		{"stride too far", func(d *damaged) { d.banks[lastBank].Stride = 1 << 62 }, none, []string{"TC002 bank 6"}},
		{"stride 0", func(d *damaged) { d.banks[lastBank].Stride = 0 }, none, []string{"TC002 bank 6"}},
		{"gates below 0", func(d *damaged) { d.banks[lastBank].Gates = -1 }, none, []string{"TC002 bank 6", "TC007 circuit", "TC008 output 0, class 0"}},
		{"digit past its table", func(d *damaged) { d.banks[lowBank].Off = 1 }, none, []string{"TC002 bank 3"}},
		{"thresholds fall", func(d *damaged) { d.tables[lastTable] = []int64{2, 1} }, none, []string{"TC003 bank 6, gate 1"}},
		{"digit thresholds fall", func(d *damaged) { d.tables[borderTable][4] = 3 }, none, []string{"TC003 bank 3"}},
		{"bit of two", func(d *damaged) { d.tables[topTable][1], d.ranges[3] = 2, [2]int64{0, 2} }, none, []string{"TC004 bank 4", "TC004 bank 5"}},
		{"depth", func(d *damaged) { d.banks[andBank].Depth = 2 }, none, []string{"TC005 bank 4"}},
		{"no input bits", func(d *damaged) { d.banks[otherBank].Gates, d.inputs = 0, 3 }, none, []string{"TC006 bank 1"}},
		{"gates of a digit", func(d *damaged) { d.banks[lowBank].Width = 3 }, none, []string{"TC006 bank 3"}},
		{"digit of a short code", func(d *damaged) { d.banks[lowBank].Count = 0 }, none, []string{"TC006 bank 3"}},
		{"gates of conjunctions", func(d *damaged) { d.banks[pairsBank].Lists[0] = d.banks[pairsBank].Lists[0][:1] }, none, []string{"TC006 bank 5"}},
		{"numbers", func(d *damaged) { d.banks[pairsBank].First++ }, none, []string{"TC006 bank 5"}},
		{"count of gates", func(d *damaged) { d.gates++ }, none, []string{"TC007 circuit"}},
		{"count of inputs", func(d *damaged) { d.inputs-- }, none, []string{"TC007 circuit"}},
		{"output of no gate", func(d *damaged) { d.outputs[0][0].Gate = 2 }, none, []string{"TC008 output 0, class 0"}},
		{"output of no bank", func(d *damaged) { d.outputs[0][0].Bank = 7 }, none, []string{"TC008 output 0, class 0"}},
		{"output of an input", func(d *damaged) { d.outputs[0][0] = threshold.Output{} }, none, []string{"TC008 output 0, class 0"}},
		{"range", func(d *damaged) { d.ranges[sum][1]++ }, none, []string{"TC009 form 4"}},
		{"range too large", func(d *damaged) { d.forms[sum].terms[2].Coef = 1 << 62 }, none, []string{"TC009 form 4"}},
		{"weights too large", func(d *damaged) { d.tables[bitTable] = []int64{1 << 62, -1 << 62, 0} }, none,
			[]string{"TC009 form 2, term 0"}},
		{"weights that cancel", func(d *damaged) {
			d.forms[2].terms = append(d.forms[2].terms, threshold.Term{Coef: 1 << 61, Ref: threshold.FormRef(1)}, threshold.Term{Coef: -1 << 61, Ref: threshold.FormRef(1)})
			d.ranges[2] = [2]int64{-1 << 61, 1<<61 + 1}
		}, none, []string{"TC009 form 2"}},
		{"bits that are too heavy", func(d *damaged) {
			d.forms[2].terms = append(d.forms[2].terms, threshold.Term{Coef: 1 << 59, Ref: threshold.FormRef(1)}, threshold.Term{Coef: -1 << 59, Ref: threshold.FormRef(1)})
			d.ranges[2] = [2]int64{-1 << 59, 1<<59 + 1}
		}, none, []string{"TC012 bank 4", "TC012 bank 5"}},
		{"high digit of another form", func(d *damaged) {
			d.forms, d.ranges = append(d.forms, d.forms[0]), append(d.ranges, d.ranges[0])
			d.banks[lowBank].Form = sum + 1
		}, none, []string{"TC010 bank 3"}},
		{"high digit's threshold", func(d *damaged) { d.banks[highBank].Off = 2 }, none, []string{"TC010 bank 3"}},
		{"past within reach", func(d *damaged) { d.banks[lowBank].Past = 9 }, none, []string{"TC010 bank 3"}},
		{"stage", func(d *damaged) { d.banks[andBank].Tag.Stage = 1 }, none, []string{"TC011 bank 4"}},
		{"kind", func(d *damaged) { d.banks[pairsBank].Kind = 9 }, none, []string{"TC012 bank 5"}},
		{"one operand", func(d *damaged) { d.banks[andBank].Lists = d.banks[andBank].Lists[:1] }, none, []string{"TC012 bank 4"}},
		{"many bits", func(d *damaged) {
			d.banks[pairsBank].Lists[0] = slices.Repeat([]int32{2}, 63)
			const more = 63*62/2 - 1
			d.banks[pairsBank].Gates, d.banks[lastBank].First, d.gates = more+1, d.banks[lastBank].First+more, d.gates+more
			d.ranges[sum][0] -= 2 * more
		}, none, []string{"TC012 bank 5"}},
		{"threshold of 62 bits", func(d *damaged) { d.tables[lastTable][1] = 1 << 62 }, none, []string{"TC012 bank 6, gate 1"}},
		{"past of 62 bits", func(d *damaged) { d.banks[lowBank].Past = 1<<61 + 1 }, none, []string{"TC012 bank 3"}},
		{"too deep", func(*damaged) {}, check.Limits{MaxDepth: 2}, []string{"TC020 bank 4"}},
		{"too many gates", func(*damaged) {}, check.Limits{MaxGates: 8}, []string{"TC021 circuit"}},
		{"too heavy", func(*damaged) {}, check.Limits{MaxWeightBits: 2}, []string{"TC022 circuit"}},
		{"several faults", func(d *damaged) { d.gates, d.banks[lowBank].Past, d.outputs[0][0].Gate = 0, 9, -1 }, check.Limits{MaxDepth: 1},
			[]string{"TC010 bank 3", "TC007 circuit", "TC008 output 0, class 0", "TC020 bank 3"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := damage(everyKind(t))
			tt.damage(d)
			fs := check.CircuitView(d, tt.limits)
			if diff := cmp.Diff(tt.want, places(fs)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\n%v", diff, fs)
			}
		})
	}
}

func TestCircuitNamesHeavyGate(t *testing.T) {
	want := []string{"TC022 bank 2, gate 0"}
	if diff := cmp.Diff(want, places(check.Circuit(everyKind(t), check.Limits{MaxWeightBits: 3}))); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestFindingsAreExplained(t *testing.T) {
	for id, text := range check.Explained {
		if check.Explain(id) != text || len(text) < 20 {
			t.Errorf("%s: %q", id, text)
		}
	}
	if text := check.Explain("TC999"); text != "" {
		t.Errorf("an unknown fault is explained: %q", text)
	}
}
