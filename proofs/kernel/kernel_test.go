package kernel

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The fixtures are a compiled flip-flop model for words of one letter, written by the test
// of package cert. Forgeries at large are tried there, where circuits can be compiled.
const (
	fixture   = "testdata"
	flipflop4 = "../../theory/ssm/testdata/mamba-flipflop4"
)

func fixtureFile(t testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join(fixture, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// refused runs what may refuse; the reason is empty if it does not.
func refused(f func()) (reason string) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case refusal:
			reason = string(r)
		default:
			panic(r)
		}
	}()
	f()
	return ""
}

func TestVerify(t *testing.T) {
	v, err := Verify(filepath.Join(fixture, "certificate.json"), flipflop4)
	if err != nil || !v.Holds || len(v.Results) != 7 {
		t.Fatal(v, err)
	}
	var out strings.Builder
	if err := v.Print(&out); err != nil || !strings.HasSuffix(out.String(), "verdict: holds\n") {
		t.Error(out.String(), err)
	}
}

// TestRefusedCertificates changes the text of a certificate.
func TestRefusedCertificates(t *testing.T) {
	text := string(fixtureFile(t, "certificate.json"))
	for _, c := range []struct{ old, new, reason string }{
		{`"format": "tc0 certificate 1"`, `"format": "tc0 certificate 2"`, "format"},
		{`"length": 1`, `"length": 2`, "semantics"},
		{`"minimize": "gates"`, `"minimize": "depth"`, "semantics"},
		{`"kind": "proved"`, `"kind": "sampled"`, "claim size: is proved, not sampled"},
		{`"id": "size"`, `"id": "bulk"`, "unknown, twice or out of order"},
		{`"id": "binding"`, `"id": "lowering"`, "unknown, twice or out of order"},
		{`"gates": `, `"gates": 1`, "size: claims"},
		{`"total_weight": `, `"total_weight": 1`, "size: claims"},
		{`"root": 3`, `"root": -3`, "bound"},
		{`"offset": 3`, `"offset": -3`, "weights of"},
		{`"agreeing": `, `"agreeing": 1`, "agreement: claims"},
		{`"words": 4`, `"words": 3`, "agreement: "},
		{"\"words\": 5,\n        \"positions\": 5", "\"words\": 4,\n        \"positions\": 4", "there are 5 words"},
		{"\"positions\": 5,\n        \"agreeing\": ", "\"positions\": 5,\n        \"agreeing\": 1", "all-words: claims"},
		{"{\n  \"format\"", "{\n  \"format\": \"tc0 certificate 1\",\n  \"format\"", "canonical"},
		{`  "files"`, `   "files"`, "canonical"},
		{`"claims": [`, `"claims": [ `, "canonical"},
		{`"sha256": "`, `"sha256": "0`, "is not the file"},
		{`"digest": "`, `"digest": "0`, "checkpoint is not the one"},
	} {
		changed := strings.Replace(text, c.old, c.new, 1)
		if changed == text {
			t.Errorf("%s: not in the certificate", c.old)
			continue
		}
		dir := t.TempDir()
		for _, name := range []string{"quant.json", "model.ac", "circuit.tc"} {
			if err := os.WriteFile(filepath.Join(dir, name), fixtureFile(t, name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, "certificate.json")
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		if v, err := Verify(path, flipflop4); err != nil || v.Holds || !strings.Contains(v.Reason, c.reason) {
			t.Errorf("%s for %s: %v %q %v, expected a reason with %q", c.new, c.old, v.Holds, v.Reason, err, c.reason)
		}
	}
}

// TestNothingToJudge has what is an error and no verdict.
func TestNothingToJudge(t *testing.T) {
	certificate := filepath.Join(fixture, "certificate.json")
	for name, paths := range map[string][2]string{
		"no certificate":     {filepath.Join(fixture, "quant.json"), flipflop4},
		"no such file":       {filepath.Join(fixture, "nothing.json"), flipflop4},
		"a directory":        {fixture, flipflop4},
		"no checkpoint":      {certificate, fixture},
		"no such checkpoint": {certificate, filepath.Join(fixture, "nothing")},
	} {
		if v, err := Verify(paths[0], paths[1]); err == nil {
			t.Errorf("%s: %v", name, v)
		}
	}
}

// reference is a function in float64, to compare codes with where they are not near a border.
var reference = map[string]func(x float64) float64{
	"identity": func(x float64) float64 { return x },
	"silu":     func(x float64) float64 { return x * sigmoid(x) },
	"gelu":     func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) },
	"softplus": softplus,
	"sigmoid":  sigmoid,
	"exp":      math.Exp,
	"rsqrt":    func(x float64) float64 { return 1 / math.Sqrt(x+1e-5) },
}

func TestCurve(t *testing.T) {
	for kind, f := range reference {
		for _, den := range []int64{1, -1, 3} {
			if den == 3 && kind != "identity" && kind != "rsqrt" {
				continue
			}
			c := &curve{kind: kind, exp: -12, den: den, out: -9, lo: -5000, hi: 5000, eps: 1e-5, from: -farthest, to: farthest}
			compared := 0
			for F := int64(-120_000); F <= 120_000; F += 977 {
				x := math.Ldexp(float64(F), c.exp) / float64(den)
				if x < 0 && kind == "rsqrt" {
					continue
				}
				y := math.Ldexp(f(x), -c.out) + 0.5
				want := min(max(int64(math.Floor(y)), c.lo), c.hi)
				if math.Abs(y-math.Round(y)) < 1e-6 {
					continue
				}
				compared++
				if got := c.at(F); got != want || !c.is(F, want) || c.is(F, want+1) || c.is(F, want-1) {
					t.Fatalf("%s/%d at %d: code %d, expected %d", kind, den, F, got, want)
				}
			}
			if compared < 50 {
				t.Errorf("%s: only %d codes compared", kind, compared)
			}
		}
	}
}

// TestCurveTable takes the table of a function, and no other: without a change point, with one that
// is moved, with a value that is another, or without the valley.
func TestCurveTable(t *testing.T) {
	valleys := 0
	for kind := range reference {
		c := &curve{kind: kind, exp: -3, den: 1, out: -2, lo: -20, hi: 20, eps: 1e-5, from: -farthest, to: farthest}
		if kind == "rsqrt" {
			c.from, c.to = 0, 900
		}
		c.attained()
		var thresholds []int64
		values := []int64{c.at(max(c.from, -900))}
		for F := max(c.from, -900) + 1; F <= 900; F++ {
			if code := c.at(F); code != values[len(values)-1] {
				thresholds, values = append(thresholds, F), append(values, code)
			}
		}
		if why := refused(func() { c.check(thresholds, values) }); why != "" || len(thresholds) < 4 {
			t.Errorf("%s: %s, %d change points", kind, why, len(thresholds))
		}
		for i := range thresholds {
			less := slices.Delete(slices.Clone(thresholds), i, i+1)
			moved := slices.Clone(thresholds)
			moved[i]++
			other := slices.Clone(values)
			other[i]++
			if refused(func() { c.check(less, slices.Delete(slices.Clone(values), i, i+1)) }) == "" ||
				refused(func() { c.check(less, slices.Delete(slices.Clone(values), i+1, i+2)) }) == "" ||
				refused(func() { c.check(moved, values) }) == "" || refused(func() { c.check(thresholds, other) }) == "" {
				t.Errorf("%s: taken without or beside the change point %d", kind, thresholds[i])
			}
			if i+2 < len(values) && values[i] == values[i+2] {
				valleys++
				if refused(func() { c.check(slices.Delete(less, i, i+1), slices.Delete(slices.Clone(values), i, i+2)) }) == "" {
					t.Errorf("%s: taken without its valley", kind)
				}
			}
		}
	}
	if valleys != 2 {
		t.Errorf("%d valleys, of SiLU and GELU", valleys)
	}
}

// TestTableDomain has a table that is a function's where sums of Δ >= 0 are, and forms that are
// there and elsewhere.
func TestTableDomain(t *testing.T) {
	for least, right := range map[int64]bool{0: true, -1: false} {
		m := &arithmetic{tables: [][]int64{{1}, {1, 0}}, nodes: []node{
			{kind: nodeForm, lo: least, hi: 5}, {kind: nodeStep, form: 0, th: 0, val: 1, levels: 2},
		}}
		b := &binder{evidence: &evidence{model: m}, steps: map[stepKey]bool{}}
		decay := &stage{curve: b.curve("exp", 0, -1, scale{0, 0, 1})} // exp(-F) >= 1/2 until F = 1
		if why := refused(func() { b.table(1, &m.nodes[1], decay) }); (why == "") != right {
			t.Errorf("forms from %d on: %q", least, why)
		}
	}
}

// TestExactBorders has values that lie on a border, which count as above it.
func TestExactBorders(t *testing.T) {
	identity := &curve{kind: "identity", exp: -3, den: 3, out: 0, lo: -9, hi: 9}
	if !identity.is(12, 1) || !identity.is(11, 0) || !identity.is(-12, 0) || !identity.is(-13, -1) { // ±12/24 = ±1/2
		t.Error("identity at 1/2")
	}
	root := &curve{kind: "rsqrt", exp: 0, den: 9, out: 0, lo: 0, hi: 9} // 1/√(4/9) = 3/2
	if !root.is(4, 2) || !root.is(5, 1) {
		t.Error("1/√ at 3/2")
	}
	for _, kind := range []string{"silu", "gelu"} { // below x, by less than any number of bits shows
		if c := (&curve{kind: kind, exp: 13, den: 1, out: 14, lo: 0, hi: 9}); !c.is(1, 0) || !c.is(2, 1) || !c.is(3, 1) {
			t.Errorf("%s at borders of 2^13", kind)
		}
	}
}

// TestTurns checks the constants of SiLU and GELU: the functions fall on the left of the
// brackets and rise on their right.
func TestTurns(t *testing.T) {
	const p = fixed(1024)
	for _, kind := range []string{"silu", "gelu"} {
		value := func(steps int64) *big.Int { // f + 1/2 at the constant + steps·1e-55
			x, _ := new(big.Rat).SetString(turns[kind])
			step, _ := new(big.Rat).SetString("1e-55")
			x.Add(x, step.Mul(step, big.NewRat(steps, 1)))
			d := p.difference(kind, x, big.NewRat(-1, 2))
			if kind == "silu" { // the difference is that times 1 + exp(-|x|)
				d.Lsh(d, uint(p)).Quo(d, new(big.Int).Add(p.one(), p.exp(p.of(new(big.Rat).Abs(x)))))
			}
			return d
		}
		if value(-1).Cmp(value(0)) <= 0 || value(1).Cmp(value(2)) >= 0 {
			t.Errorf("%s: the minimum is not within 1e-55 of %s", kind, turns[kind])
		}
	}
}

func TestRoundExp(t *testing.T) {
	for _, a := range []float64{-600, -20.25, -1, -1e-9, 0, 1e-9, 0.6931471805599453, 1, 3.5, 12} {
		for _, shift := range []int{0, 16, 30} {
			if a > 20 && shift > 16 {
				continue
			}
			if got, want := roundExp(a, shift), int64(math.Round(math.Ldexp(math.Exp(a), shift))); got != want {
				t.Errorf("exp(%v)·2^%d is %d, expected %d", a, shift, got, want)
			}
		}
	}
	if refused(func() { roundExp(60, 0) }) == "" {
		t.Error("exp(60) in 62 bits")
	}
}

// TestBound evaluates formulas by hand.
func TestBound(t *testing.T) {
	b := &Bound{Position: Polynomial{Exp: 3, Root: 10, Powers: [4]int64{7, -1, 2, 1}}, Pair: Polynomial{Powers: [4]int64{5}}, Slope: 3, Offset: 4, Least: 2}
	// p = 3: 24 + ⌈10·√8⌉ + 7 - 3 + 18 + 27 = 102; n = 4: 4·102 + 6·5
	if got := b.gates(4, 3); got.Cmp(big.NewInt(438)) != 0 {
		t.Error("gates", got)
	}
	if got := b.gates(1, 1); got.Cmp(big.NewInt(12+20+7-2+8+8)) != 0 { // p counts as 2
		t.Error("gates at the least precision", got)
	}
	if got := b.weightBits(5, 3); got != 9+3+4 {
		t.Error("weight bits", got)
	}
}

func TestArithmetic(t *testing.T) {
	for _, f := range []func(){
		func() { times(1<<31, 1<<31) }, func() { plus(limit-1, 1) }, func() { plus(1-limit, -1) }, func() { within(math.MinInt64) },
		func() { times(math.MinInt64, 1) },
	} {
		if refused(f) == "" {
			t.Error("a number of 62 bits was taken")
		}
	}
	if times(-1<<31, 1<<30) != -1<<61 || plus(1<<61, 1<<61-1) != limit-1 {
		t.Error("wrong sums")
	}
}

// TestObject has JSON that two readers could see in two ways.
func TestObject(t *testing.T) {
	for _, text := range []string{``, `[]`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":1}}`, `{} {}`, `{"a":`, "{\"\xff\":1}", strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)} {
		if refused(func() { object([]byte(text), "x") }) == "" {
			t.Errorf("%q was taken", text)
		}
	}
	if o := object(pythonNumbers([]byte(`{"a": NaN, "b": "NaN", "c": -Infinity}`)), "x"); o["a"] != "NaN" || o["b"] != "NaN" || o["c"] != "-Infinity" {
		t.Error(o)
	}
}

// TestOddCheckpoints changes config.json and the head of the weights, after which 160 bytes follow
// that a tensor more may have.
func TestOddCheckpoints(t *testing.T) {
	weights, err := os.ReadFile(filepath.Join(flipflop4, "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(flipflop4, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	size := binary.LittleEndian.Uint64(weights)
	body := weights[8+size:]
	type entries = map[string]any
	more := func(dtype string, shape ...int) entries {
		return entries{"dtype": dtype, "shape": shape, "data_offsets": []int{len(body), len(body) + 160}}
	}
	for _, c := range []struct {
		reason string
		change func(config, tensors entries)
	}{
		{"", func(config, tensors entries) { tensors["backbone.buffer"] = more("I64", 20) }},
		{"", func(config, tensors entries) {
			config["tie_word_embeddings"] = false
			tensors["lm_head.weight"] = more("F32", 5, 8)
		}},
		{"is of no model", func(config, tensors entries) { tensors["backbone.more"] = more("F32", 40) }},
		{"is not the embedding", func(config, tensors entries) { tensors["lm_head.weight"] = more("F32", 5, 8) }},
		{"has shape", func(config, tensors entries) { tensors["lm_head.weight"] = more("F32", 8, 5) }},
		{"holds integers", func(config, tensors entries) { tensors["lm_head.weight"] = more("I32", 5, 8) }},
		{"bias of an RMSNorm", func(config, tensors entries) {
			config["norm"] = "RMSNorm"
			tensors["backbone.norm_f.bias"] = more("F64", 8)
			tensors["backbone.norm_f.bias"].(entries)["data_offsets"] = []int{len(body), len(body) + 64}
			tensors["backbone.buffer"] = entries{"dtype": "U8", "shape": []int{96}, "data_offsets": []int{len(body) + 64, len(body) + 160}}
		}},
		{"overlap or leave holes", func(config, tensors entries) {}},
		{"no tensor", func(config, tensors entries) {
			tensors["x"] = tensors["backbone.norm_f.weight"]
			delete(tensors, "backbone.norm_f.weight")
			tensors["backbone.buffer"] = more("U8", 160)
		}},
		{"no head", func(config, tensors entries) {
			config["tie_word_embeddings"] = false
			tensors["backbone.buffer"] = more("U8", 160)
		}},
		{"hidden_act", func(config, tensors entries) { config["hidden_act"] = "relu" }},
		{"norm_eps", func(config, tensors entries) { config["layer_norm_epsilon"], config["norm_eps"] = 1e-5, 1e-4 }},
		{"model_type", func(config, tensors entries) { config["model_type"] = "s4d" }},
	} {
		var settings, tensors entries
		if json.Unmarshal(config, &settings) != nil || json.Unmarshal(weights[8:8+size], &tensors) != nil {
			t.Fatal("the checkpoint cannot be read")
		}
		if c.change(settings, tensors); c.reason == "hidden_act" || c.reason == "norm_eps" || c.reason == "model_type" {
			tensors["backbone.buffer"] = more("U8", 160)
		}
		dir := t.TempDir()
		head := encode(tensors)
		file := slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(head))), head, body, make([]byte, 160))
		if os.WriteFile(filepath.Join(dir, "config.json"), encode(settings), 0o644) != nil ||
			os.WriteFile(filepath.Join(dir, "model.safetensors"), file, 0o644) != nil {
			t.Fatal("cannot write")
		}
		if why := refused(func() { openCheckpoint(dir) }); !strings.Contains(why, c.reason) || (c.reason == "") != (why == "") {
			t.Errorf("%q, expected %q", why, c.reason)
		}
	}
}

// FuzzModel and FuzzCircuit: whatever is read is taken or refused, and what is taken is the
// only file of its content, so a changed file that is taken has another meaning.
func FuzzModel(f *testing.F) {
	f.Add(fixtureFile(f, "model.ac"))
	f.Add([]byte("tc0arith\x01\x01\x00\x00\x01\x01\x01x\x00\x05\x00\x00\x01\x01\x01\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		refused(func() { readArithmetic(bytes.NewReader(data)) })
	})
}

func FuzzCircuit(f *testing.F) {
	f.Add(fixtureFile(f, "circuit.tc"))
	m := readArithmetic(bytes.NewReader(fixtureFile(f, "model.ac")))
	f.Fuzz(func(t *testing.T, data []byte) {
		refused(func() { checkLowering(m, bytes.NewReader(data)) })
	})
}

func FuzzCertificate(f *testing.F) {
	f.Add(fixtureFile(f, "certificate.json"))
	f.Fuzz(func(t *testing.T, data []byte) {
		refused(func() {
			if c := decode(data); !bytes.Equal(c.Encode(), data) {
				t.Error("taken, but not in its canonical form")
			}
		})
	})
}

func FuzzSafetensors(f *testing.F) {
	data, err := os.ReadFile(filepath.Join(flipflop4, "model.safetensors"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		refused(func() {
			tensors{}.read(data, "x")
		})
	})
}

// TestOpenClaims has the verdict on every claim of a certificate of which one does not hold.
func TestOpenClaims(t *testing.T) {
	text := string(fixtureFile(t, "certificate.json"))
	verify := func(old, new string) Verdict {
		dir := t.TempDir()
		for _, name := range []string{"quant.json", "model.ac", "circuit.tc"} {
			if err := os.WriteFile(filepath.Join(dir, name), fixtureFile(t, name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, "certificate.json")
		if err := os.WriteFile(path, []byte(strings.Replace(text, old, new, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		v, err := Verify(path, flipflop4)
		if err != nil || v.Holds || len(v.Results)+len(v.Open) != len(statements) {
			t.Fatal(v, err)
		}
		return v
	}
	v := verify(`"root": 3`, `"root": -3`)
	if len(v.Results) != 3 || v.Open[0].Checked != "does not hold" || v.Open[1].Checked != "not judged" {
		t.Errorf("%+v", v)
	}
	var out strings.Builder
	if err := v.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if !strings.Contains(out.String(), s.text) {
			t.Errorf("the verdict lacks %q:\n%s", s.text, out.String())
		}
	}
	v = verify(`"sha256": "`, `"sha256": "0`)
	if len(v.Results) != 0 || v.Open[0].Checked != "not judged" {
		t.Errorf("%+v", v)
	}
}

func TestDifferences(t *testing.T) {
	claimed := Size{Depth: 3, Gates: 10, TotalWeight: big.NewInt(7)}
	found := Size{Depth: 4, Gates: 10, TotalWeight: big.NewInt(8)}
	if got := differences(&claimed, &found); got != `"depth": 3, not 4, "total_weight": 7, not 8` {
		t.Error(got)
	}
	if got := differences(&found, &found); got != "" {
		t.Error(got)
	}
}

// TestFloats decodes numbers of every type.
func TestFloats(t *testing.T) {
	for _, c := range []struct {
		dtype string
		bytes []byte
		want  float64
	}{
		{"F64", []byte{0, 0, 0, 0, 0, 0, 0xf8, 0xbf}, -1.5},
		{"F32", []byte{0, 0, 0xc0, 0xbf}, -1.5},
		{"BF16", []byte{0xc0, 0xbf}, -1.5},
		{"F16", []byte{0, 0xbe}, -1.5},
		{"F16", []byte{0xff, 0x7b}, 65504},
		{"F16", []byte{1, 0x80}, math.Ldexp(-1, -24)}, // subnormal
	} {
		if got := floats(c.dtype, c.bytes, 1); got[0] != c.want {
			t.Errorf("%s %x: %v, expected %v", c.dtype, c.bytes, got[0], c.want)
		}
	}
	for _, b := range [][]byte{{0, 0x7c}, {1, 0xfc}} { // infinite, NaN
		if refused(func() { floats("F16", b, 1) }) == "" {
			t.Errorf("F16 %x was taken", b)
		}
	}
	integers := tensors{"x": {shape: []int{1}}}
	if refused(func() { integers.optional("x", 1) }) == "" {
		t.Error("integers were taken for weights")
	}
}

// TestSittings keeps the package as long as it says it is: two sittings.
func TestSittings(t *testing.T) {
	const most, mostOfBoth = 2030, 3990 // lines of one sitting, and of the package
	second := []string{"checkpoint.go", "forward.go", "plan.go", "curve.go", "binding.go", "layers.go"}
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var lines [2]int
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sitting := 0
		if slices.Contains(second, path) {
			sitting = 1
		}
		lines[sitting] += bytes.Count(text, []byte("\n"))
	}
	if lines[0] > most || lines[1] > most || lines[0]+lines[1] > mostOfBoth {
		t.Errorf("sittings of %v lines, expected at most %d each and %d together", lines, most, mostOfBoth)
	}
	t.Log(lines)
}
