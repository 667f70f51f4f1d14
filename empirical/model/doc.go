// Package model makes the models of theory/ssm trainable: it computes what they define in
// float32, for many sequences at once, with gradients.
//
//	def, err := model.Fresh(model.Config{Arch: "mamba", Vocab: 60, Layers: 2}, 1) // random weights
//	if err != nil {
//		return err
//	}
//	m, err := model.New(def) // or of a model that ssm.Load read
//	if err != nil {
//		return err
//	}
//	tape, grads := &tensor.Tape{}, make([]float32, m.Params().Len())
//	tape.Reset(grads)
//	logits := m.Logits(tape, tokens, 16) // of words of 16 tokens
//	loss := tape.CrossEntropy(logits, labels, 1)
//	tape.Backward()
//	... change m.Params() ...
//	files, err := ssm.Export(m.Export(), task, "F32") // a checkpoint, for PyTorch too
//
// A model has the parameters of its definition, under the names that they have in a
// checkpoint, and nothing else, so a checkpoint read, exported and read again is the same
// to the last bit. Tests compare logits with the definition and with those that PyTorch
// gave for trained checkpoints, and gradients with the slope of the definition's loss.
//
// # Architectures
//
// mamba, s4d, transformer, rnn, rnn-relu, lstm and ids4 are what the types of theory/ssm
// say. ids4 is the layer of Merrill, Petty, Sabharwal 2024 (arXiv 2404.08819),
// h = π(x)h + Bx with an affine π that starts near the identity; ids4-product is what the
// word-problem experiments run under that name. Positions of a transformer are a table of
// sines and cosines, along time, which is not trained.
//
// # What it does not do
//
// A PD-SSM has no float32 form. A recurrent network with the activation sign is computed,
// but its gradient is 0. It neither trains nor reads files.
package model
