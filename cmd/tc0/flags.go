package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// rule adds a condition on a verb's flags, checked before the verb runs.
func rule(cmd *cobra.Command, holds func(f *pflag.FlagSet) error) {
	before := cmd.PreRunE
	cmd.PreRunE = func(c *cobra.Command, args []string) error {
		if before != nil {
			if err := before(c, args); err != nil {
				return err
			}
		}
		if err := holds(c.Flags()); err != nil {
			return fmt.Errorf("%s: %w; see %s --help", c.Name(), err, c.CommandPath())
		}
		return nil
	}
}

// require marks flags that a verb cannot do without.
func require(cmd *cobra.Command, names ...string) {
	rule(cmd, func(f *pflag.FlagSet) error {
		for _, n := range names {
			if !f.Changed(n) {
				return fmt.Errorf("--%s is missing", n)
			}
		}
		return nil
	})
}

// exclude marks flags that have no place beside another.
func exclude(cmd *cobra.Command, name string, others ...string) {
	rule(cmd, func(f *pflag.FlagSet) error {
		for _, o := range others {
			if f.Changed(name) && f.Changed(o) {
				return fmt.Errorf("--%s and --%s do not go together", name, o)
			}
		}
		return nil
	})
}

// exactlyOne marks flags of which a verb wants one and no more.
func exactlyOne(cmd *cobra.Command, names ...string) {
	rule(cmd, func(f *pflag.FlagSet) error {
		switch given := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !f.Changed(n) }); len(given) {
		case 0:
			return fmt.Errorf("one of --%s is missing", strings.Join(names, ", --"))
		case 1:
			return nil
		default:
			return fmt.Errorf("--%s and --%s do not go together", given[0], given[1])
		}
	})
}

// givenOf is the flag that was given, of those for exactlyOne.
func givenOf(cmd *cobra.Command, names ...string) string {
	return names[slices.IndexFunc(names, cmd.Flags().Changed)]
}

// follow marks a flag that only makes sense beside another.
func follow(cmd *cobra.Command, name, leader string) {
	rule(cmd, func(f *pflag.FlagSet) error {
		if f.Changed(name) && !f.Changed(leader) {
			return fmt.Errorf("--%s goes with --%s, which is missing", name, leader)
		}
		return nil
	})
}

// atLeast bounds integer flags from below.
func atLeast(cmd *cobra.Command, least int64, names ...string) {
	for _, n := range names {
		within(cmd, n, func(v int64) bool { return v >= least }, fmt.Sprintf("at least %d", least))
	}
}

// atMost bounds an integer flag from above.
func atMost(cmd *cobra.Command, most int64, name string) {
	within(cmd, name, func(v int64) bool { return v <= most }, fmt.Sprintf("at most %d", most))
}

func within(cmd *cobra.Command, name string, holds func(v int64) bool, expected string) {
	rule(cmd, func(f *pflag.FlagSet) error {
		g := f.Lookup(name)
		if v, err := strconv.ParseInt(g.Value.String(), 10, 64); g.Changed && err == nil && !holds(v) {
			return fmt.Errorf("--%s %d, expected %s", name, v, expected)
		}
		return nil
	})
}

// flagKinds are the values of flags in words.
var flagKinds = map[string]string{
	"int": "an integer", "uint64": "an integer from 0", "float64": "a number", "bool": "true or false",
}

// flagError says what is wrong with a flag as the parser found it.
func flagError(cmd *cobra.Command, err error) error {
	var bad *pflag.InvalidValueError
	if errors.As(err, &bad) && flagKinds[bad.GetFlag().Value.Type()] != "" {
		err = fmt.Errorf("--%s %s, expected %s", bad.GetFlag().Name, bad.GetValue(), flagKinds[bad.GetFlag().Value.Type()])
	}
	return fmt.Errorf("%s: %w; see %s --help", cmd.Name(), err, cmd.CommandPath())
}
