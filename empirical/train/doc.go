// Package train trains the models of empirical/model on word problems, and scores them.
//
//	problem, err := words.Named("A5:g2", 1000) // A5, words of two generators
//	if err != nil {
//		return err
//	}
//	source := train.NewWordProblem(problem)
//	def, err := model.Fresh(model.Config{Arch: "lstm", Vocab: source.Vocab()}, 1)
//	if err != nil {
//		return err
//	}
//	m, err := model.New(def)
//	if err != nil {
//		return err
//	}
//	config := train.Usual("lstm", 8)
//	config.Budget = 40 // seconds of processor time
//	t, err := train.New(m, source, source, config)
//	if err != nil {
//		return err
//	}
//	result, err := t.Run(ctx, func(p train.Point) error {
//		fmt.Printf("step %d: loss %.3f, %.1f %% of the tokens\n", p.Step, p.Loss, 100*p.Token)
//		return nil
//	})
//	if err != nil {
//		return err
//	}
//	score, err := train.Evaluate(m, source, 16, 1000, 7, 1) // twice the length
//	files, err := ssm.Export(m.Export(), source.Task(), "F32") // a checkpoint
//
// # The same bytes
//
// The words of a step depend on the seed and the step's number alone. A batch is cut into
// micro-batches of a fixed size whose gradients are added in a fixed order, so the number
// of workers and the moments at which they run change nothing. A training that was saved,
// killed and restored comes to the same parameters as one that ran through. Two things
// are outside of that: where a training ends that runs out of its budget of seconds, and
// the loops of [tensor.Kernel], which round differently from each other.
//
// The budget counts the processor time of the threads that train (elapsed time on systems
// whose threads the standard library does not measure), evaluations included.
//
// # What it does not do
//
// It opens no files. It does not choose tasks, run grids or keep records. No dropout, no
// mixed precision, no accelerators.
package train
