package plot_test

import (
	"bytes"
	"fmt"
	"strings"

	"tc0/empirical/model"
	"tc0/empirical/plot"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/train"
)

func ExampleFigure3() {
	spec := run.NewSpec(task.Spec{Name: "A5:g4", Length: 8}, model.Config{Arch: "lstm"}, 1)
	spec.Train.Budget = 60
	spec, err := spec.Complete()
	if err != nil {
		fmt.Println(err)
		return
	}
	records := []run.Record{{ // from a store, or from run.Local
		Digest: spec.Digest(), Spec: spec, Seed: 1, Reached: true, Ended: train.Reached,
		Curve: []train.Point{{Step: 100, Token: 0.95, Sequence: 0.8}},
	}}
	cells, err := run.Cells(records)
	if err != nil {
		fmt.Println(err)
		return
	}
	figure, err := plot.Figure3(cells, records)
	if err != nil {
		fmt.Println(err)
		return
	}
	var svg bytes.Buffer
	if err := figure.Write(&svg, plot.SVG); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cells[0])
	fmt.Println(strings.Contains(svg.String(), "layers for 90 % of the tokens"))
	// Output:
	// A5:g4 length 8, lstm: 90 % of the tokens: 1 layer
	// true
}
