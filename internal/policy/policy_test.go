package policy

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

func readPolicy(t *testing.T) *Policy {
	t.Helper()
	f, err := os.Open("policy.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTree holds this module to its policy.
func TestTree(t *testing.T) {
	found, err := readPolicy(t).Check(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// sound is a small tree without violations, under the real policy.
func sound() map[string]string {
	return map[string]string{
		"go.mod":                        "module tc0\n",
		"README.md":                     "",
		"cpu.prof":                      "",
		"bin/tc0":                       "",
		"build/demo/main.go":            "package broken {",
		".git/pkg/x.go":                 "package broken {",
		".ci/run":                       "",
		"theory/ssm/doc.go":             "// Package ssm is a layer.\npackage ssm\n",
		"theory/ssm/mamba.go":           "package ssm\n\nimport (\n\t\"math\"\n\n\t\"gonum.org/v1/gonum/mat\"\n)\n",
		"theory/ssm/testdata/src/a.go":  "package broken {",
		"theory/ssm/mamba_test.go":      "package ssm_test\n\nimport (\n\t\"tc0/theory/ssm\"\n\n\t\"pgregory.net/rapid\"\n)\n",
		"circuits/arith/doc.go":         "// Package arith is a\n// circuit.\npackage arith\n",
		"circuits/arith/a_test.go":      "package arith_test\n\nimport \"tc0/circuits/arith\"\n",
		"circuits/lower/doc.go":         "// Package lower lowers.\npackage lower\n\nimport \"tc0/circuits/arith\"\n",
		"proofs/kernel/doc.go":          "// Package kernel checks.\npackage kernel\n\nimport \"crypto/sha256\"\n",
		"proofs/kernel/kernel_test.go":  "package kernel_test\n\nimport \"tc0/proofs/kernel\"\n",
		"proofs/cert/doc.go":            "// Package cert certifies.\npackage cert\n\nimport (\n\t\"tc0/circuits/arith\"\n\t\"tc0/proofs/kernel\"\n)\n",
		"proofs/snark/doc.go":           "// Package snark proves.\npackage snark\n\nimport \"github.com/consensys/gnark/frontend\"\n",
		"cmd/tc0/main.go":               "// Command tc0 compiles.\npackage main\n\nimport \"tc0/proofs/cert\"\n",
		"cmd/tc0-verify/doc.go":         "// Command tc0-verify checks.\npackage main\n",
		"cmd/tc0-verify/main.go":        "package main\n\nimport \"tc0/proofs/kernel\"\n",
		"reductions/barrington/doc.go":  "// Package barrington reduces.\npackage barrington\n\nimport \"tc0/circuits/lower\"\n",
		"empirical/train/doc.go":        "// Package train trains.\npackage train\n\nimport \"tc0/theory/ssm\"\n",
		"internal/policy/doc.go":        "// Package policy is here.\npackage policy\n",
		"docs/bench/mamba_torch.py":     "",
		"theory/words/doc.go":           "// Package words counts.\npackage words\n",
		"theory/words/only_arm64.go":    "//go:build arm64\n\npackage words\n\nimport \"fmt\"\n",
		"theory/words/testdata/go.mod":  "module x\n",
		"proofs/node_modules/src/x.go":  "package x\n\nimport \"C\"\n",
		"circuits/threshold/doc.go":     "// Package threshold is a circuit.\npackage threshold\n",
		"circuits/threshold/doc_txt.md": "",
	}
}

func check(t *testing.T, p *Policy, tree map[string]string) []string {
	t.Helper()
	m := fstest.MapFS{}
	for name, text := range tree {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	found, err := p.Check(m)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, v := range found {
		lines = append(lines, v.String())
	}
	return lines
}

// TestCaught puts one fault at a time into a sound tree: each must be found, at
// its place, and nothing else.
func TestCaught(t *testing.T) {
	p := readPolicy(t)
	if got := check(t, p, sound()); got != nil {
		t.Fatalf("the sound tree has violations: %q", got)
	}
	imports := func(pkg string, paths ...string) string {
		text := "package " + pkg + "\n\nimport (\n"
		for _, path := range paths {
			text += "\t\"" + path + "\"\n"
		}
		return text + ")\n"
	}
	tests := []struct {
		name, path, text string
		want             []string
	}{
		{"circuits from theory", "theory/ssm/x.go", imports("ssm", "fmt", "tc0/circuits/arith"),
			[]string{`theory/ssm/x.go:5: theory/ssm may not import "tc0/circuits/arith"`}},
		{"circuits from empirical", "empirical/train/x.go", imports("train", "tc0/circuits/arith"),
			[]string{`empirical/train/x.go:4: empirical/train may not import "tc0/circuits/arith"`}},
		{"circuits from a test of empirical", "empirical/train/x_test.go", imports("train", "tc0/circuits/arith"),
			[]string{`empirical/train/x_test.go:4: empirical/train may not import "tc0/circuits/arith"`}},
		{"proofs from circuits", "circuits/lower/x.go", imports("lower", "tc0/proofs/kernel"),
			[]string{`circuits/lower/x.go:4: circuits/lower may not import "tc0/proofs/kernel"`}},
		{"ours from the kernel", "proofs/kernel/x.go", imports("kernel", "tc0/theory/ssm"),
			[]string{`proofs/kernel/x.go:4: proofs/kernel may not import "tc0/theory/ssm"`}},
		{"kernel's neighbour from the kernel's test", "proofs/kernel/x_test.go", imports("kernel", "tc0/proofs/cert"),
			[]string{`proofs/kernel/x_test.go:4: proofs/kernel may not import "tc0/proofs/cert"`}},
		{"a module from the kernel's test", "proofs/kernel/x_test.go", imports("kernel", "github.com/google/go-cmp/cmp"),
			[]string{`proofs/kernel/x_test.go:4: proofs/kernel may not import "github.com/google/go-cmp/cmp"`}},
		{"below the kernel", "proofs/kernel/doc.go", "// Package kernel checks.\npackage kernel\n\nimport \"tc0/proofs/kernel/inner\"\n",
			[]string{`proofs/kernel/doc.go:4: proofs/kernel may not import "tc0/proofs/kernel/inner"`}},
		{"cert from tc0-verify", "cmd/tc0-verify/x.go", imports("main", "tc0/proofs/kernel", "tc0/proofs/cert"),
			[]string{`cmd/tc0-verify/x.go:5: cmd/tc0-verify may not import "tc0/proofs/cert"`}},
		{"beginning of a name is not a tree", "proofs/cert/x.go", imports("cert", "tc0/theorys"),
			[]string{`proofs/cert/x.go:4: proofs/cert may not import "tc0/theorys"`}},
		{"a test's module in code", "theory/ssm/x.go", imports("ssm", "pgregory.net/rapid"),
			[]string{`theory/ssm/x.go:4: theory/ssm may not import "pgregory.net/rapid"`}},
		{"an unknown module", "circuits/lower/x.go", imports("lower", "example.com/a"),
			[]string{`circuits/lower/x.go:4: circuits/lower may not import "example.com/a"`}},
		{"the module's root", "circuits/lower/x.go", imports("lower", "tc0"),
			[]string{`circuits/lower/x.go:4: circuits/lower may not import "tc0"`}},
		{"behind a build constraint", "theory/ssm/x.go", "//go:build ignore\n\n" + imports("ssm", "tc0/circuits/arith"),
			[]string{`theory/ssm/x.go:6: theory/ssm may not import "tc0/circuits/arith"`}},
		{"a renamed import", "theory/ssm/x.go", "package ssm\n\nimport math \"tc0/circuits/arith\"\n",
			[]string{`theory/ssm/x.go:3: theory/ssm may not import "tc0/circuits/arith"`}},
		{"unsafe", "circuits/lower/x.go", imports("lower", "unsafe"),
			[]string{`circuits/lower/x.go:4: nobody may import "unsafe"`}},
		{"cgo", "circuits/lower/x.go", imports("lower", "C"),
			[]string{`circuits/lower/x.go:4: nobody may import "C"`}},
		{"a relative import", "circuits/lower/x.go", imports("lower", "../arith"),
			[]string{`circuits/lower/x.go:4: relative import "../arith"`}},
		{"two at once", "theory/ssm/x.go", imports("ssm", "tc0/cmd/tc0", "tc0/circuits/arith"),
			[]string{
				`theory/ssm/x.go:4: theory/ssm may not import "tc0/cmd/tc0"`,
				`theory/ssm/x.go:5: theory/ssm may not import "tc0/circuits/arith"`,
			}},
		{"an unknown package", "internal/extra/doc.go", "// Package extra is new.\npackage extra\n",
			[]string{`internal/extra/doc.go:2: no import line of the policy holds package internal/extra`}},
		{"an unknown command", "cmd/extra/main.go", "// Command extra is new.\npackage main\n",
			[]string{`cmd/extra/main.go:2: no import line of the policy holds package cmd/extra`}},
		{"a file that does not parse", "theory/ssm/x.go", "pakage ssm\n",
			[]string{`theory/ssm/x.go:1: does not parse: theory/ssm/x.go:1:1: expected 'package', found pakage`}},
		{"a name at the root", "scripts/run.sh", "",
			[]string{`scripts: "scripts" is not a name for the root of the repository`}},
		{"a file at the root", "main.go", "package main\n",
			[]string{`main.go: "main.go" is not a name for the root of the repository`}},
		{"pkg in a folder", "circuits/pkg/doc.go", "// Package pkg is bad.\npackage pkg\n",
			[]string{`circuits/pkg: no folder may be called "pkg"`}},
		{"utils without Go files", "docs/utils/a.md", "",
			[]string{`docs/utils: no folder may be called "utils"`}},
		{"a second module", "circuits/lower/go.mod", "module other\n",
			[]string{`circuits/lower/go.mod: a second module inside this one`}},
		{"no doc.go", "theory/bound/bound.go", "// Package bound bounds.\npackage bound\n",
			[]string{`theory/bound: no comment "// Package bound ..." above the package clause of doc.go`}},
		{"no comment in doc.go", "theory/bound/doc.go", "package bound\n",
			[]string{`theory/bound: no comment "// Package bound ..." above the package clause of doc.go`}},
		{"another package's comment", "theory/bound/doc.go", "// Package bounds bounds.\npackage bound\n",
			[]string{`theory/bound: no comment "// Package bound ..." above the package clause of doc.go`}},
		{"a comment apart from its clause", "theory/bound/doc.go", "// Package bound bounds.\n\npackage bound\n",
			[]string{`theory/bound: no comment "// Package bound ..." above the package clause of doc.go`}},
		{"a command without a comment", "cmd/tc0/main.go", "package main\n",
			[]string{`cmd/tc0: no comment "// Command tc0 ..." above the package clause of doc.go or main.go`}},
		{"tests alone", "theory/bound/a_test.go", "package bound\n",
			[]string{`theory/bound: a package of tests alone: add doc.go with a comment that says what it is`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := sound()
			tree[test.path] = test.text
			if diff := cmp.Diff(test.want, check(t, p, tree)); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCheckNeedsModule(t *testing.T) {
	p := readPolicy(t)
	for name, tree := range map[string]fstest.MapFS{
		"no go.mod":      {"README.md": {}},
		"no module line": {"go.mod": {Data: []byte("go 1.26\n")}},
	} {
		if _, err := p.Check(tree); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReadFaults(t *testing.T) {
	_, err := Read(strings.NewReader("top a\nallow b\nimport theory\nimport a b: c\nimport x:\nimport x: y\nignore [\ntest z: a\n"))
	if err == nil {
		t.Fatal("no error")
	}
	want := `policy line 2: unknown verb "allow"
policy line 3: want TREE: PATH..., got "theory"
policy line 4: want TREE: PATH..., got "a b: c"
policy line 6: second line for x
policy line 7: pattern "[": syntax error in pattern
policy: a test line for z, but no import line`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}
