// Package ssm holds the float64 definition of two sequence layers, Mamba and S4D,
// and a reader for trained checkpoints of models made of them.
//
// It is a specification: slow, written to be compared with the papers line by
// line, and the thing faster or integer versions are tested against. Each layer
// can be computed in two forms, Convolution and Recurrent, that agree over the
// real numbers, and a Probe sees every inner value on the way:
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
// The sums are the same on every machine (no fused multiply-add); exp, log1p, erf,
// sin and cos are those of Go's math package, whose last bit may depend on the
// processor architecture.
//
// # Checkpoints
//
// Load reads config.json and safetensors weights (F64, F32, F16, BF16; one file or
// shards) under the tensor names of Hugging Face transformers, of the original
// Mamba code, and of the Mamba and S4D taggers of the word-problem experiments.
// The scalar types F32, F16 and BF16 are widened to float64 without rounding.
// A model is accepted only when every tensor is accounted for. Of the keys that
// config.json may have, those that state a size or a choice must agree with the
// tensors; in the records of the word-problem experiments "eps" is the optimizer's,
// "bias" the head's, and "d_state" of no effect on layers of the default size.
//
// The safetensors parser is our own. The Go module found for the purpose,
// github.com/nlpodyssey/safetensors, has no tagged release and decodes the header
// with encoding/json, which accepts a tensor name that occurs twice and keeps the
// last; the tagged release v0.3.1 of github.com/gomlx/go-huggingface downloads
// files but does not parse tensors. A header is input from strangers, and the format is
// small, so ReadSafetensors checks it in full instead.
//
// # What it does not do
//
// No training, no batches, no text tokenizer, no generation, no speed. No Mamba-2
// or later, S4 with low-rank terms, IDS4, recurrent networks or attention. No
// pickled files. It does not imitate float32: results of a float32 program differ
// from these by that program's rounding.
package ssm
