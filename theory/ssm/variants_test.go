package ssm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A model written under any naming scheme, in any of the types, must come back
// with the same numbers everywhere.
func TestLoadVariants(t *testing.T) {
	odd := mambaSizes{Layers: 2, Vocab: 7, D: 5, E: 7, N: 3, K: 3, R: 2, ConvBias: true}
	with := func(change func(*mambaSizes)) *Model {
		s := odd
		change(&s)
		return newSource(7).mamba(s)
	}
	untied := func(*mambaSizes) {}
	tied := func(s *mambaSizes) { s.Tied = true }
	tagger := naming{"", "embedding", "cl_head", "F64"}
	headBias := func(s *mambaSizes) { s.HeadBias = true }
	unbiased := func(kind NormKind) *Model {
		m := newSource(9).s4d(2, 4, 5, 3, false)
		for _, block := range m.Blocks {
			norm := &block.(*S4D).Norm
			norm.Kind, norm.Bias = kind, nil
		}
		return m
	}
	layerNorm := func(s *mambaSizes) { s.Kind, s.NormBias, s.HeadBias = LayerNorm, true, true }
	const hf = `"model_type":"mamba","hidden_size":5,"num_hidden_layers":2,"state_size":3,"conv_kernel":3,"layer_norm_epsilon":1e-5`
	equal := with(tied)
	equal.Tied = false
	for _, tc := range []struct {
		name   string
		model  *Model
		names  naming
		config string
	}{
		{"untied", with(untied), huggingFace, hf + `,"tie_word_embeddings":false,"vocab_size":7,"time_step_rank":2,"intermediate_size":7,"expand":1.4`},
		{"untied, configuration silent", with(untied), huggingFace, hf},
		{"untied, yet equal", equal, huggingFace, hf + `,"tie_word_embeddings":false`},
		{"tied", with(tied), naming{"backbone.", "embeddings", "", "F32"}, hf + `,"tie_word_embeddings":true`},
		{"tied, configuration silent", with(tied), naming{"backbone.", "embeddings", "", "F32"}, hf},
		{"tied and duplicated", with(tied), huggingFace, hf + `,"tie_word_embeddings":true`},
		{"without prefix", with(tied), naming{"", "embeddings", "", "F32"}, hf},
		{"original", with(tied), naming{"backbone.", "embedding", "", "F32"}, `"d_model":5,"n_layer":2,"vocab_size":7,"ssm_cfg":{"d_state":3,"d_conv":3,"dt_rank":2},"rms_norm":true,"pad_vocab_size_multiple":1,"tie_embeddings":true`},
		{"padded by the default of 8", with(func(s *mambaSizes) { s.Tied, s.Vocab = true, 8 }), naming{"backbone.", "embedding", "", "F32"}, `"d_model":5,"n_layer":2,"vocab_size":6,"ssm_cfg":{}`},
		{"padded", with(func(s *mambaSizes) { s.Vocab = 12 }), huggingFace, hf + `,"vocab_size":9,"pad_vocab_size_multiple":4`},
		{"minimal", with(untied), naming{"", "embedding", "lm_head", "F32"}, hf},
		{"no convolution bias", with(func(s *mambaSizes) { s.ConvBias = false }), huggingFace, hf + `,"use_conv_bias":false`},
		{"projection bias", with(func(s *mambaSizes) { s.Bias = true }), huggingFace, hf + `,"use_bias":true`},
		{"LayerNorm by its bias", with(func(s *mambaSizes) { s.Kind, s.NormBias = LayerNorm, true }), huggingFace, hf},
		{"LayerNorm without bias", with(func(s *mambaSizes) { s.Kind = LayerNorm }), huggingFace, hf + `,"rms_norm":false`},
		{"tagger", with(layerNorm), tagger, `"model_type":"mamba_token_classifier","d_model":5,"n_layers":2,"n_vocab":7,"d_state":3,"norm":"layer"`},
		{"tagger, configuration silent", with(layerNorm), tagger, ``},
		{"automatic rank", with(func(s *mambaSizes) { s.R = 1 }), huggingFace, hf + `,"time_step_rank":"auto"`},
		{"compiled by PyTorch", with(untied), naming{"_orig_mod.backbone.", "embeddings", "_orig_mod.lm_head", "F32"}, hf},
		{"wrapped, tied", with(tied), naming{"model.backbone.", "embeddings", "", "F32"}, hf},
		{"tagger, wrapped", with(layerNorm), naming{"module.", "embedding", "module.cl_head", "F32"}, ``},
		{"tagger with RMSNorm, the head's bias declared", with(headBias), tagger, `"rms_norm":true,"bias":true,"lr":1e-4,"eps":1e-8`},
		{"minimal, the mixers' bias declared", with(func(s *mambaSizes) { s.Bias = true }), naming{"", "embedding", "lm_head", "F32"}, `"bias":true`},
		{"numbers that only Python writes", with(untied), huggingFace, hf + `,"time_step_limit":[0.0, Infinity, -Infinity, NaN],"about":"NaN \" Infinity"`},
		{"F16", with(untied), naming{"backbone.", "embeddings", "lm_head", "F16"}, hf},
		{"BF16", with(untied), naming{"backbone.", "embeddings", "lm_head", "BF16"}, hf},
		{"F64", with(untied), naming{"backbone.", "embeddings", "lm_head", "F64"}, hf},
		{"S4D", newSource(9).s4d(2, 4, 5, 3, false), tagger, `"model_type":"s4d_token_classifier","d_model":5,"d_state":6,"n_layers":2,"n_vocab":4,"prenorm":false`},
		{"S4D norm first, F16", newSource(9).s4d(2, 4, 5, 3, true), naming{"", "embedding", "cl_head", "F16"}, `"model_type":"s4d","prenorm":true`},
		{"S4D, LayerNorm without bias", unbiased(LayerNorm), tagger, ``},
		{"S4D with RMSNorm", unbiased(RMSNorm), tagger, `"norm":"rms","bidirectional":false,"activation":"gelu","disc":"zoh"`},
		{"S4D, odd state size", newSource(9).s4d(1, 4, 5, 3, false), tagger, `"d_state":7,"bias":true`},
		{"S4D of the default size", newSource(9).s4d(1, 4, 2, 32, false), tagger, `"d_state":8`},
		{"S4D, the optimizer's eps", newSource(9).s4d(1, 4, 5, 3, true), tagger, `"prenorm":true,"eps":1e-8,"betas":[0.9,0.999]`},
		{"S4D, wrapped", newSource(9).s4d(2, 4, 5, 3, false), naming{"module.", "embedding", "module.cl_head", "F32"}, ``},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := map[string][]byte{configFile: []byte("{" + tc.config + "}"), weightsFile: encode(tc.names.export(tc.model))}
			sameModel(t, tc.model, files)
		})
	}
}

// sameModel loads the files and compares all fields and the logits of both forms.
func sameModel(t *testing.T, want *Model, files map[string][]byte) {
	t.Helper()
	ck, err := Load(writeDir(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, ck.Model); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for _, form := range forms {
		a, err := want.Forward([]int{0, 3, 1, 1, 2}, form, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ck.Model.Forward([]int{0, 3, 1, 1, 2}, form, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("%v: %s", form, diff)
		}
	}
}

// Integer tensors are buffers; scalars and empty tensors are legal in the format.
func TestLoadIgnoresBuffers(t *testing.T) {
	model := newSource(3).mamba(mambaSizes{Layers: 1, Vocab: 4, D: 3, E: 4, N: 2, K: 2, R: 1})
	arrays := huggingFace.export(model)
	arrays["steps"] = array{"I64", nil, make([]byte, 8)}
	arrays["mask"] = array{"BOOL", []int{2, 3}, make([]byte, 6)}
	arrays["bytes"] = array{"U8", []int{0, 3}, nil}
	arrays["counts"] = array{"I32", []int{1}, make([]byte, 4)}
	sameModel(t, model, map[string][]byte{configFile: []byte("{}"), weightsFile: encode(arrays)})
}

// The pointwise map of S4D may be stored without the axis of width 1.
func TestLoadS4DPointwise(t *testing.T) {
	want := mustLoad(t, "s4d-z5").Model
	files := testdataFiles(t, "s4d-z5")
	arrays := decodeArrays(t, files[weightsFile])
	for name, a := range arrays {
		if strings.HasSuffix(name, "output_linear.0.weight") {
			arrays[name] = array{a.dtype, a.shape[:2], a.data}
		}
	}
	files[weightsFile] = encode(arrays)
	sameModel(t, want, files)
}

// shard splits the weights over two files by alternating names.
func shard(t testing.TB, files map[string][]byte) (index map[string]string) {
	t.Helper()
	arrays := decodeArrays(t, files[weightsFile])
	parts := []map[string]array{{}, {}}
	index = map[string]string{}
	for i, name := range sortedKeys(arrays) {
		parts[i%2][name] = arrays[name]
		index[name] = fmt.Sprintf("model-%05d-of-00002.safetensors", i%2+1)
	}
	delete(files, weightsFile)
	for i, part := range parts {
		files[fmt.Sprintf("model-%05d-of-00002.safetensors", i+1)] = encode(part)
	}
	files[indexFile] = indexJSON(index)
	return index
}

func indexJSON(index map[string]string) []byte {
	lines := []string{}
	for _, name := range sortedKeys(index) {
		lines = append(lines, fmt.Sprintf("%q: %q", name, index[name]))
	}
	return []byte(`{"metadata": {"total_size": 1}, "weight_map": {` + strings.Join(lines, ",") + "}}")
}

func TestLoadSharded(t *testing.T) {
	whole := mustLoad(t, "mamba-a4-g3")
	files := testdataFiles(t, "mamba-a4-g3")
	shard(t, files)
	sameModel(t, whole.Model, files)
	ck, err := Load(writeDir(t, files))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sortedKeys(files), ck.Files); diff != "" {
		t.Error(diff)
	}
	if ck.Digest == whole.Digest {
		t.Error("the digest does not tell other files apart")
	}
}

// Every change of a file that takes part changes the digest, task.json does not.
func TestDigest(t *testing.T) {
	base := mustLoad(t, "mamba-flipflop4").Digest
	for _, tc := range []struct {
		file string
		same bool
	}{{configFile, false}, {taskFile, true}} {
		files := testdataFiles(t, "mamba-flipflop4")
		files[tc.file] = append(files[tc.file], ' ')
		ck, err := Load(writeDir(t, files))
		if err != nil {
			t.Fatal(err)
		}
		if (ck.Digest == base) != tc.same {
			t.Errorf("after a change of %s: digest %s, before %s", tc.file, ck.Digest, base)
		}
	}
}
