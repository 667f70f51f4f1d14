package words

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSONLRoundTrip(t *testing.T) {
	p := named(t, "S3:g2")
	var want []Row
	var b bytes.Buffer
	for length := range 3 {
		seq, err := p.All(length, 1<<64-1)
		want = append(want, collect(rows(t, seq, err))...)
		if err := p.WriteJSONL(&b, seq); err != nil {
			t.Fatal(err)
		}
	}
	const head = `{"problem":"S3:g2","seed":18446744073709551615,"input":[],"target":[]}
{"problem":"S3:g2","seed":18446744073709551615,"input":[2],"target":[2]}
`
	if !strings.HasPrefix(b.String(), head) {
		t.Errorf("written:\n%swant it to begin\n%s", b.String(), head)
	}
	got, err := collectRead(p.ReadJSONL(&b, "f.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-written +read):\n%s", diff)
	}
}

func TestReadJSONLTakesAnyLayout(t *testing.T) {
	text := `  { "target" : [ 1, 2 ], "seed": 4, "input": [1,1], "problem": "Z5" }  `
	got, err := collectRead(named(t, "Z5").ReadJSONL(strings.NewReader(text), "f.jsonl"))
	if diff := cmp.Diff([]Row{{4, []int{1, 1}, []int{1, 2}}}, got); diff != "" || err != nil {
		t.Errorf("%v; rows (-want +got):\n%s", err, diff)
	}
}

func TestReadJSONLErrors(t *testing.T) {
	p := named(t, "Z5")
	const good = `{"problem":"Z5","seed":1,"input":[1,1],"target":[1,2]}` + "\n"
	for _, c := range []struct{ text, want string }{
		{good + "\n", `f.jsonl:2: not an object: expected {"problem":…,"seed":…,"input":[…],"target":[…]}`},
		{good + "[]", `f.jsonl:2: not an object: expected {"problem":…,"seed":…,"input":[…],"target":[…]}`},
		{`{"problem":"Z6","seed":1,"input":[],"target":[]}`, `f.jsonl:1: the row is of problem "Z6": expected Z5`},
		{`{"problem":"Z5","seed":1,"input":[]}`, `f.jsonl:1: key "target" is missing`},
		{`{"problem":"Z5","seed":1,"seed":2,"input":[],"target":[]}`, `f.jsonl:1: key "seed" occurs twice`},
		{`{"problem":"Z5","Seed":1,"input":[],"target":[]}`, `f.jsonl:1: key "Seed": the keys are problem, seed, input, target`},
		{`{"problem":"Z5","seed":-1,"input":[],"target":[]}`, `f.jsonl:1: key "seed" holds a number -1: expected a number from 0 to 2^64−1`},
		{`{"problem":"Z5","seed":null,"input":[],"target":[]}`, `f.jsonl:1: key "seed" is null`},
		{`{"problem":"Z5","seed":1,"input":[1.5],"target":[]}`, `f.jsonl:1: key "input" holds a number 1.5: expected a list of element numbers`},
		{`{"problem":"Z5","seed":1,"input":[1,1],"target":[1,3]}`, "f.jsonl:1: target 3 at position 2: expected 2, which is 1·1 in Z5"},
		{strings.TrimSuffix(good, "\n") + " {}", "f.jsonl:1: text after the object: expected one object a line"},
		{`{"problem":"Z5"`, "f.jsonl:1: the object has no end"},
		{`{"problem":"Z5",`, "f.jsonl:1: not JSON: "},
	} {
		_, err := collectRead(p.ReadJSONL(strings.NewReader(c.text), "f.jsonl"))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}
