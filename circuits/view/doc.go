// Package view shows a compiled circuit as a person reads it: the stages it has
// gone through, the nodes of one layer or one position, one node as an equation
// with the gates that implement it, and the cone of nodes that it depends on.
//
//	v, err := view.New(ac, tc)
//	view.StageTable(v.Stages(view.All)).Write(os.Stdout)
//	rows, total := v.List(view.Filter{Layer: 0, Stage: "scan", Time: 2}, 50)
//	node := v.Node(1234, 40)
//	node.Write(os.Stdout)
//
// Everything is computed as values first, with stable order and JSON names, and
// printed second. Texts are cut to stated limits and say how much was left out: a
// circuit has millions of gates and is never laid out whole.
//
// The package draws no pictures (package export writes DOT) and changes nothing.
package view
