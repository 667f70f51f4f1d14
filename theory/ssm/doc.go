// Package ssm holds the float64 definitions of sequence layers (Mamba, S4D, a causal
// transformer, RNN and RNN-SSM, LSTM, IDS4, PD-SSM) and reads and writes checkpoints of
// models made of them.
//
// It is a specification: slow, written to be compared with the papers line by
// line, and the thing faster or integer versions are tested against. The state-space
// layers can be computed in two forms, Convolution and Recurrent, that agree over the
// real numbers; an RNN or LSTM has the recurrence only. A Probe sees every inner value
// on the way:
//
//	ck, err := ssm.Load("testdata/mamba-flipflop4")
//	if err != nil {
//		return err
//	}
//	logits, err := ck.Model.Forward([]int{2, 0, 4}, ssm.Recurrent, nil)
//	if err != nil {
//		return err
//	}
//	vocab := ck.Model.Vocab
//	fmt.Println(ssm.Argmax(logits[2*vocab:])) // the label at the last position
//
// A Stepper reads token by token, for words of any length.
//
// The sums are the same on every machine (no fused multiply-add); exp, log1p, erf,
// tanh, sin and cos are those of Go's math package, whose last bit may depend on the
// processor architecture.
//
// # Checkpoints
//
// Load reads config.json and safetensors weights (F64, F32, F16, BF16; one file or
// shards) under the tensor names of Hugging Face transformers and of the original code
// for Mamba, and of the taggers of the word-problem experiments for the others.
// The scalar types F32, F16 and BF16 are widened to float64 without rounding.
// A model is accepted only when every tensor is accounted for. Of the keys that
// config.json may have, those that state a size or a choice must agree with the
// tensors; in the records of the word-problem experiments "eps" is the optimizer's,
// "bias" the head's, and "d_state" of no effect on S4D layers of the default size.
//
// Export is the inverse: Load of what it gives returns the same model to the last bit.
// The families by model_type, with the tensors of layer I:
//
//	mamba                          backbone.layers.I.mixer.*, .norm; backbone.norm_f; lm_head
//	s4d_token_classifier           s4d_layers.I.*, norms.I; embedding and cl_head here and below
//	transformer_token_classifier   transformer.layers.I.* of torch.nn.TransformerEncoder; embedding.1.pe
//	tanh_, relu_token_classifier   rnn.*_lI of torch.nn.RNN; "kind" says which
//	rnn_ssm_token_classifier       the same with kind "sign" and as a rule no biases
//	lstm_token_classifier          lstm.*_lI of torch.nn.LSTM
//	ids4_affine_token_classifier   ids4_layers.I.{A0, A, B, C, D}, norms.I or no norms: IDS4 of the paper
//	ids4_token_classifier          s4_layers.I.{A, proj, C, D}, norms.I: IDS4Product, of the experiments
//	pd_ssm_token_classifier        pd_layers.I.{select, matrices, magnitude, phase, B_re, B_im, readout, skip}
//
// The safetensors parser is our own. The Go module found for the purpose,
// github.com/nlpodyssey/safetensors, has no tagged release and decodes the header
// with encoding/json, which accepts a tensor name that occurs twice and keeps the
// last; the tagged release v0.3.1 of github.com/gomlx/go-huggingface downloads
// files but does not parse tensors. A header is input from strangers, and the format is
// small, so ReadSafetensors checks it in full instead. WriteSafetensors writes one
// canonical form of it.
//
// # What it does not do
//
// No training, no batches, no text tokenizer, no generation, no speed. No Mamba-2
// or later, S4 with low-rank terms, or GRU. No pickled files, and no files written:
// Export returns bytes. It does not imitate float32: results of a float32 program
// differ from these by that program's rounding.
package ssm
