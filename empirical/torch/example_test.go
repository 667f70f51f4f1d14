package torch_test

import (
	"context"
	"fmt"
	"log"

	"tc0/empirical/model"
	"tc0/empirical/run"
	"tc0/empirical/task"
	"tc0/empirical/torch"
)

// One run, in the interpreter that a user's shell finds.
func ExampleEngine() {
	spec := run.NewSpec(task.Spec{Name: "A5:g4", Length: 16}, model.Config{Arch: "mamba", Layers: 2}, 1)
	spec.Train.Steps = 2000
	record, err := torch.Engine{Python: "python3", Threads: 2}.Run(context.Background(), spec)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(record.Machine.Kernel, record.TokenAccuracy)
}
