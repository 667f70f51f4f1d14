package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// app is what every verb works with.
type app struct {
	out   io.Writer
	meter *meter
	json  bool
}

func execute(ctx context.Context, args []string, stdout, stderr io.Writer, bar *meter) error {
	a := &app{out: stdout, meter: bar}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return root.ExecuteContext(ctx)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tc0",
		Short: "Turn trained state-space models into checked threshold circuits",
		Long: `tc0 turns a trained state-space model into an explicit constant-depth threshold
circuit that equals the quantised model, and checks it. It also tells which groups,
automata and languages lie outside such circuits, and makes instances of them.

Exit status: 0 holds, 1 fails (with a witness), 2 bad usage or input, 3 undecided.`,
		Example: `  tc0 compile theory/ssm/testdata/mamba-flipflop4 --length 8 -o out
  tc0 check out && tc0 equiv out --samples 1000 --seed 1
  tc0 inspect out --stage scan --time 2
  tc0 classify --group A5`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unknown verb %q: expected one of %s; see tc0 --help", args[0], verbs(cmd))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().BoolVar(&a.json, "json", false, "print the answer as JSON")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(a.compileVerb(), a.statsVerb(), a.checkVerb(), a.evalVerb(), a.equivVerb(),
		a.familyVerb(), a.paretoVerb(), a.inspectVerb(), a.convertVerb(), a.classifyVerb(), a.reduceVerb(),
		a.wordsVerb(), a.explainVerb(), a.constructVerb(), a.predictVerb(), a.trainVerb(),
		a.horizonVerb(), a.sweepVerb(), a.runsVerb(), a.plotVerb(), a.compareVerb(),
		a.certifyVerb(), a.proveVerb(), a.verifyVerb(), a.reportVerb())
	return root
}

func verbs(root *cobra.Command) string {
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden && c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	return strings.Join(names, ", ")
}

// oneOf wants one argument and says what it is.
func oneOf(what string) cobra.PositionalArgs { return between(1, 1, what) }

func between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("%s: %d arguments, expected %s; see %s --help", cmd.Name(), len(args), what, cmd.CommandPath())
		}
		return nil
	}
}

// printJSON writes the answer as indented JSON; fields keep the order of their
// types, so the text is stable.
func (a *app) printJSON(v any) error {
	data, err := marshal(v)
	if err != nil {
		return err
	}
	_, err = a.out.Write(data)
	return err
}

func marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return []byte(b.String()), err
}
