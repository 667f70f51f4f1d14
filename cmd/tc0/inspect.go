package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tc0/circuits/arith"
	"tc0/circuits/view"
)

// inspectJSON is the answer of inspect: stages, with their nodes when a stage or
// time is chosen; or one node; or the cone of one node.
type inspectJSON struct {
	Stages []view.Stage `json:"stages,omitempty"`
	Nodes  []chosen     `json:"nodes,omitempty"`
	Node   *view.Node   `json:"node,omitempty"`
	Cone   *view.Cone   `json:"cone,omitempty"`
}

// chosen are the first nodes of a stage.
type chosen struct {
	Stage string     `json:"stage"`
	Total int        `json:"total"`
	Nodes []view.Row `json:"nodes"`
}

// inspecting says what is looked at.
type inspecting struct {
	filter view.Filter
	node   string
	cone   bool
	limit  int
}

func (a *app) inspectVerb() *cobra.Command {
	var i inspecting
	cmd := &cobra.Command{
		Use:   "inspect OUT_DIR",
		Short: "Show the circuit as a person reads it: stages, nodes, equations, cones",
		Long: fmt.Sprintf(`Show a compiled circuit as a person reads it. Without flags: the stages that the
model goes through, with their gates. With --stage or --time: the nodes that they
choose. With --node: its equation and the gates that implement it; with --cone
also what it depends on.

A stage is named as in the table, without its layer (decay), or by a group: %s.`, strings.Join(view.Groups(), ", ")),
		Example: `  tc0 inspect out
  tc0 inspect out --layer 0 --stage scan --time 2
  tc0 inspect out --node 1234
  tc0 inspect out --node 1234 --cone`,
		Args: oneOf("one OUT_DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.inspect(args[0], &i)
		},
	}
	f := cmd.Flags()
	f.IntVar(&i.filter.Layer, "layer", view.All.Layer, "only this layer, from 0; -1 is all")
	f.StringVar(&i.filter.Stage, "stage", view.All.Stage, "only this stage or group of stages")
	f.IntVar(&i.filter.Time, "time", view.All.Time, "only this position of the word, from 0; -1 is all")
	f.StringVar(&i.node, "node", "", "the node with this `ID`, such as 1234 or n1234")
	f.BoolVar(&i.cone, "cone", false, "with --node: what it depends on, as a tree")
	f.IntVar(&i.limit, "limit", 40, "list at most this many nodes, or terms of an equation")
	exclude(cmd, "node", "layer", "stage", "time")
	follow(cmd, "cone", "node")
	atLeast(cmd, -1, "layer", "time")
	atLeast(cmd, 1, "limit")
	return cmd
}

func (a *app) inspect(dir string, i *inspecting) error {
	a.meter.step("read", 0, 0)
	ac, tc, err := loadPair(dir)
	if err != nil {
		return err
	}
	v, err := view.New(ac, tc)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	a.meter.step("look", 0, 0)
	if i.node != "" {
		return a.inspectNode(v, ac, i)
	}
	if err := v.Check(i.filter); err != nil {
		return err
	}
	r := inspectJSON{Stages: v.Stages(i.filter)}
	if i.filter.Stage != "" || i.filter.Time >= 0 {
		r.list(v, i)
	}
	return a.answer(r, r.print)
}

// list adds the nodes of the chosen stages, the same number of each.
func (r *inspectJSON) list(v *view.View, i *inspecting) {
	each := max(1, i.limit/len(r.Stages))
	for _, s := range r.Stages {
		nodes, total := v.List(view.Filter{Layer: -1, Stage: s.Name, Time: i.filter.Time}, each)
		r.Nodes = append(r.Nodes, chosen{s.Name, total, nodes})
	}
	if i.filter.Time >= 0 {
		r.Stages = nil // they count the gates of all positions
	}
}

func (a *app) inspectNode(v *view.View, ac *arith.Circuit, i *inspecting) error {
	id, err := strconv.Atoi(strings.TrimPrefix(i.node, "n"))
	if err != nil || id < 0 || id >= ac.Len() {
		return fmt.Errorf("--node %s: expected a number from 0 to %d", i.node, ac.Len()-1)
	}
	node := v.Node(arith.Node(id), i.limit)
	r := inspectJSON{Node: &node}
	if i.cone {
		cone := v.Cone(arith.Node(id), view.DefaultCone)
		r.Cone = &cone
	}
	return a.answer(r, func(w io.Writer) error {
		err := r.Node.Write(w)
		if err == nil && r.Cone != nil {
			fmt.Fprintln(w)
			err = r.Cone.Write(w)
		}
		return err
	})
}

func (r *inspectJSON) print(w io.Writer) error {
	t := view.RowTable(nil)
	hidden := false
	for _, c := range r.Nodes {
		t.Rows = append(t.Rows, view.RowTable(c.Nodes).Rows...)
		if more := c.Total - len(c.Nodes); more > 0 {
			hidden = true
			t.Add("…", view.Count(more)+" more", "", "", "", "", "")
		}
	}
	if err := printTables(w, view.StageTable(r.Stages), t); err != nil || !hidden {
		return err
	}
	_, err := fmt.Fprintln(w, "\n--limit N shows more nodes; --layer, --stage and --time choose among them.")
	return err
}
