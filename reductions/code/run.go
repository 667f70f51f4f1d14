package code

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// MaxSteps is how many steps of the Starlark interpreter [Run] takes. An exchange
// takes 18, a conditional assignment about 4 for each of the points followed.
const MaxSteps = 1 << 26

// Run runs a program in the default dialect of Starlark, without any predeclared
// names, and returns what it prints. The error says on which line it fails, or that
// MaxSteps were not enough.
func Run(program string) (output string, err error) {
	var out strings.Builder
	thread := &starlark.Thread{
		Name:  "program",
		Print: func(_ *starlark.Thread, line string) { fmt.Fprintln(&out, line) },
	}
	thread.SetMaxExecutionSteps(MaxSteps)
	_, err = starlark.ExecFileOptions(&syntax.FileOptions{}, thread, "program", program, nil)
	if thread.ExecutionSteps() >= MaxSteps {
		return "", fmt.Errorf("program: not finished after %d steps", MaxSteps)
	}
	if err != nil {
		return "", located(err)
	}
	return out.String(), nil
}

// located is an error of the interpreter with the line of the program, in one line.
func located(err error) error {
	var failed *starlark.EvalError
	if errors.As(err, &failed) && len(failed.CallStack) > 0 {
		err = fmt.Errorf("%v: %s", failed.CallStack.At(0).Pos, failed.Msg)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return errors.New(first)
}
