package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"tc0": main})
}

// TestScript runs the command line as a user does. Scripts find the shipped
// checkpoints in $MODELS and have these commands beside testscript's own:
//
//	status N tc0 …          the command ends with exit status N
//	refuse REGEXP tc0 …     it ends with status 2, prints nothing, and complains in one line
//	fields PATH:KIND …      its output is JSON with these fields, a.b and a.0 reach inside
//	equal PATH VALUE        the field of its output is the value
//	keep PATH NAME          $NAME is the field's value from now on
//	damage KIND FILE        spoils a file, see damages
//	shift STAGE N FILE      adds N to the first threshold of a stage's first bank in a circuit
//	                        as text; $bank is then the bank's number
//
// and the condition torch: $PYTHON is an interpreter that has PyTorch.
func TestScript(t *testing.T) {
	models, err := filepath.Abs("../../theory/ssm/testdata")
	if err != nil {
		t.Fatal(err)
	}
	python := pythonWithTorch()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("MODELS", models)
			e.Setenv("PYTHON", python)
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name != "torch" {
				return false, fmt.Errorf("no condition %s", name)
			}
			return python != "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": scriptStatus, "refuse": scriptRefuse, "fields": scriptFields, "equal": scriptEqual, "keep": scriptKeep,
			"damage": scriptDamage, "shift": scriptShift,
		},
	})
}

// pythonWithTorch is an interpreter that has PyTorch, empty if there is none.
func pythonWithTorch() string {
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		const find = "import importlib.util, sys; sys.exit(not importlib.util.find_spec('torch'))"
		if exec.Command(name, "-c", find).Run() == nil {
			return name
		}
	}
	return ""
}

// scriptRun runs a command and returns its exit status.
func scriptRun(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	ts.Fatalf("%v: %v", args, err)
	return -1
}

func scriptStatus(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := scriptRun(ts, args[1:]); got != want {
		ts.Fatalf("exit status %d, expected %d\nstdout: %s\nstderr: %s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

func scriptRefuse(ts *testscript.TestScript, _ bool, args []string) {
	scriptStatus(ts, false, append([]string{"2"}, args[1:]...))
	line, rest, ended := strings.Cut(ts.ReadFile("stderr"), "\n")
	switch {
	case ts.ReadFile("stdout") != "":
		ts.Fatalf("an answer beside the error: %s", ts.ReadFile("stdout"))
	case !ended || rest != "" || !strings.HasPrefix(line, "tc0: "):
		ts.Fatalf("not one line that begins with tc0: %q", ts.ReadFile("stderr"))
	case !regexp.MustCompile(args[0]).MatchString(line):
		ts.Fatalf("the line %q does not match %q", line, args[0])
	}
}

// scriptValue is the value at a path of the JSON printed last.
func scriptValue(ts *testscript.TestScript, path string) any {
	var v any
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	d.UseNumber()
	ts.Check(d.Decode(&v))
	if d.More() {
		ts.Fatalf("more than one JSON value")
	}
	for _, key := range strings.Split(path, ".") {
		found := false
		switch at := v.(type) {
		case map[string]any:
			v, found = at[key]
		case []any:
			if i, err := strconv.Atoi(key); err == nil && i < len(at) {
				v, found = at[i], true
			}
		}
		if !found {
			ts.Fatalf("no %s in %s", path, ts.ReadFile("stdout"))
		}
	}
	return v
}

func scriptFields(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args {
		path, want, _ := strings.Cut(arg, ":")
		kind := "null"
		switch v := scriptValue(ts, path).(type) {
		case json.Number:
			kind = "number"
		case string:
			kind = "string"
		case bool:
			kind = "bool"
		case []any:
			kind = "array"
		case map[string]any:
			kind = "object"
		case nil:
		default:
			ts.Fatalf("%s: unexpected %T", path, v)
		}
		if kind != want {
			ts.Fatalf("%s is of kind %s, expected %s", path, kind, want)
		}
	}
}

// scriptText is a field as scripts write it: JSON, strings without quotes.
func scriptText(ts *testscript.TestScript, path string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	ts.Check(e.Encode(scriptValue(ts, path)))
	return strings.Trim(strings.TrimSpace(b.String()), `"`)
}

func scriptEqual(ts *testscript.TestScript, neg bool, args []string) {
	if got := scriptText(ts, args[0]); (got == args[1]) == neg {
		ts.Fatalf("%s is %s, expected it to be %s: %v", args[0], got, args[1], !neg)
	}
}

func scriptKeep(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[1], scriptText(ts, args[0]))
}
