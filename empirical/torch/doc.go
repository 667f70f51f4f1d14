// Package torch carries out training runs with PyTorch, on a GPU if there is one.
//
//	engine := torch.Engine{Python: "/usr/bin/python3", Threads: 2}
//	record, err := engine.Run(ctx, spec) // as run.Local{…}.Run does with this project's own engine
//	if err != nil {
//		return err // such as: no PyTorch
//	}
//	fmt.Println(record.Machine.Kernel) // pytorch 1.13.1, cpu
//
// An [Engine] is a [run.Runner]. It runs a program of this package (engine.py and
// architectures.py, which the binary holds) with the user's own Python and PyTorch, and tells it
// step by step what to do. What decides a run is on this side: the weights at the start, which go
// to Python as a checkpoint; the words, which are those that empirical/train draws for the same
// spec and go through a pipe; learning rate, length and the end. Python has the model
// (architectures.py, every architecture of empirical/model once), cross entropy, gradients,
// clipping and AdamW, all in float32. The trained weights come back as a checkpoint and are
// tested by this project's own engine, so that records of both engines can be compared.
//
// From the same spec both engines begin alike. Every step rounds differently, so their curves drift
// apart as those of two machines do.
//
// The budget counts the processor time of Python in steps and evaluations, or on a GPU the time
// that they take.
//
// # What it does not do
//
// A run that was interrupted does not go on: it starts over. A step computes its whole batch
// at once (train.Config.Micro is for this project's engine), so memory grows with batch times
// length. One GPU is used. It does not install PyTorch.
package torch
