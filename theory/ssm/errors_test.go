package ssm

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// oneLine checks that an error holds all the parts and no line break.
func oneLine(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, expected one with %q", parts)
	}
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("more than one line: %q", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

func TestReadSafetensorsErrors(t *testing.T) {
	one := `"dtype":"F32","shape":[1],`
	length := func(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
	for _, tc := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "0 bytes"},
		{"short", []byte("abc"), "3 bytes"},
		{"header longer than the file", append(length(100), `{"a":1}`...), "only 7 bytes follow"},
		{"header of enormous length", append(length(math.MaxUint64), '{', '}'), "at most 100000000"},
		{"header above the limit", append(length(maxHeader+1), '{', '}'), "at most 100000000"},
		{"no header", length(0), "not safetensors"},
		{"zip archive", append(length(4), "PK\x03\x04"...), "not safetensors"},
		{"broken JSON", withHeader(`{"a":`, nil), "ends too early"},
		{"text after the header", withHeader(`{} {}`, nil), "text after"},
		{"bad UTF-8", withHeader("{\"a\xff\":1}", nil), "UTF-8"},
		{"deep", withHeader(strings.Repeat(`{"a":`, 100)+"1"+strings.Repeat("}", 100), nil), "nested deeper"},
		{"tensor twice", withHeader(`{"a":{`+one+`"data_offsets":[0,4]},"a":{`+one+`"data_offsets":[0,4]}}`, make([]byte, 4)), `"a" occurs twice`},
		{"tensor twice by an escape", withHeader(`{"a":{`+one+`"data_offsets":[0,4]},"\u0061":{`+one+`"data_offsets":[0,4]}}`, make([]byte, 4)), `"a" occurs twice`},
		{"key twice", withHeader(`{"a":{`+one+`"shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4)), `"shape" occurs twice`},
		{"unknown key", withHeader(`{"a":{`+one+`"data_offsets":[0,4],"x":1}}`, make([]byte, 4)), `unknown header key "x"`},
		{"no object", withHeader(`{"a":3}`, nil), "expected an object"},
		{"no dtype", withHeader(`{"a":{"shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4)), "dtype (absent)"},
		{"unknown dtype", withHeader(`{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4)), `dtype "F31"`},
		{"no shape", withHeader(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, make([]byte, 4)), "shape"},
		{"negative dimension", withHeader(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, make([]byte, 4)), "shape"},
		{"fractional dimension", withHeader(`{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}`, make([]byte, 4)), "shape"},
		{"dimension above int", withHeader(`{"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}}`, make([]byte, 4)), "shape"},
		{"product overflows to zero", withHeader(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, nil), "does not take the 0 bytes"},
		{"product overflows to the right size", withHeader(`{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}`, make([]byte, 4)), "does not take the 4 bytes"},
		{"wrong size for the dtype", withHeader(`{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,4]}}`, make([]byte, 4)), "does not take the 4 bytes"},
		{"one offset", withHeader(`{"a":{`+one+`"data_offsets":[0]}}`, make([]byte, 4)), "data_offsets"},
		{"offsets reversed", withHeader(`{"a":{`+one+`"data_offsets":[4,0]}}`, make([]byte, 4)), "not inside"},
		{"offset outside", withHeader(`{"a":{`+one+`"data_offsets":[0,8]}}`, make([]byte, 4)), "not inside the 4 data bytes"},
		{"overlap", withHeader(`{"a":{`+one+`"data_offsets":[0,4]},"b":{`+one+`"data_offsets":[2,6]}}`, make([]byte, 6)), "overlaps"},
		{"same bytes twice", withHeader(`{"a":{`+one+`"data_offsets":[0,4]},"b":{`+one+`"data_offsets":[0,4]}}`, make([]byte, 4)), "overlaps"},
		{"hole", withHeader(`{"a":{`+one+`"data_offsets":[0,4]},"b":{`+one+`"data_offsets":[8,12]}}`, make([]byte, 12)), "hole"},
		{"hole at the start", withHeader(`{"a":{`+one+`"data_offsets":[4,8]}}`, make([]byte, 8)), "hole"},
		{"rest", withHeader(`{"a":{`+one+`"data_offsets":[0,4]}}`, make([]byte, 5)), "take 4 bytes"},
		{"metadata is no object", withHeader(`{"__metadata__":[]}`, nil), "__metadata__"},
		{"metadata value is no string", withHeader(`{"__metadata__":{"a":1}}`, nil), "__metadata__"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := readBytes(tc.data)
			oneLine(t, err, tc.want)
		})
	}
}

// change edits the files of a sound checkpoint.
type change func(t *testing.T, files map[string][]byte)

func edit(f func(arrays map[string]array)) change {
	return func(t *testing.T, files map[string][]byte) {
		arrays := decodeArrays(t, files[weightsFile])
		f(arrays)
		files[weightsFile] = encode(arrays)
	}
}

func drop(name string) change { return edit(func(a map[string]array) { delete(a, name) }) }

// spoil overwrites the second value of an F32 tensor.
func spoil(name string, v float64) change {
	return edit(func(a map[string]array) {
		binary.LittleEndian.PutUint32(a[name].data[4:], math.Float32bits(float32(v)))
	})
}

func replace(file, old, with string) change {
	return func(t *testing.T, files map[string][]byte) {
		if !bytes.Contains(files[file], []byte(old)) {
			t.Fatalf("%s has no %q", file, old)
		}
		files[file] = bytes.Replace(files[file], []byte(old), []byte(with), 1)
	}
}

func write(file, text string) change {
	return func(_ *testing.T, files map[string][]byte) { files[file] = []byte(text) }
}

func remove(file string) change {
	return func(_ *testing.T, files map[string][]byte) { delete(files, file) }
}

// onlyTensor leaves a single tensor, the mark of another kind of model.
func onlyTensor(name string) change {
	return edit(func(a map[string]array) {
		clear(a)
		a[name] = tensorOf("F32", []float64{1}, 1)
	})
}

func both(changes ...change) change {
	return func(t *testing.T, files map[string][]byte) {
		for _, c := range changes {
			c(t, files)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	const mixer = "backbone.layers.0.mixer."
	silent := write(configFile, "{}")
	for _, tc := range []struct {
		name, base string
		change     change
		want       []string
	}{
		{"no config", "", remove(configFile), []string{"config.json", "missing", "model_type"}},
		{"config broken", "", write(configFile, "{"), []string{"config.json", "ends too early"}},
		{"config is a list", "", write(configFile, "[]"), []string{"config.json", "JSON object"}},
		{"config key twice", "", write(configFile, `{"a":1,"a":2}`), []string{"config.json", `"a" occurs twice`}},
		{"ssm_cfg is a number", "", write(configFile, `{"ssm_cfg":1}`), []string{"config.json", `"ssm_cfg"`, "an object"}},
		{"model_type is a number", "", write(configFile, `{"model_type":1}`), []string{"config.json", `"model_type"`}},
		{"flags disagree", "", write(configFile, `{"use_bias":false,"bias":true}`), []string{"config.json", `"bias" is true`, "expected false"}},
		{"eps disagree", "", write(configFile, `{"layer_norm_epsilon":1e-5,"norm_eps":1e-6}`), []string{"config.json", `"norm_eps" is 1e-6`, "expected 1e-05"}},
		{"eps is infinite", "", write(configFile, `{"eps":1e999}`), []string{"config.json", `"eps" is 1e999`, "positive"}},
		{"eps is a string", "", write(configFile, `{"eps":"small"}`), []string{"config.json", `"eps" is "small"`, "positive"}},
		{"norm unknown", "", write(configFile, `{"norm":"batch"}`), []string{"config.json", `"norm" is "batch"`, `"layer"`}},
		{"norm contradicts", "", both(write(configFile, `{"norm":"RMSNorm"}`), edit(func(a map[string]array) {
			a["backbone.norm_f.bias"] = tensorOf("F32", make([]float64, 8), 8)
		})), []string{`"norm" is "RMSNorm"`, "expected LayerNorm"}},
		{"padding is zero", "", write(configFile, `{"pad_vocab_size_multiple":0}`), []string{"config.json", `"pad_vocab_size_multiple" is 0`, "positive"}},
		{"padding does not fit", "", write(configFile, `{"vocab_size":3,"pad_vocab_size_multiple":4}`), []string{`"vocab_size" is 3`, "expected 5", "multiple of 4"}},
		{"S4D needs its type", "", replace(configFile, `"model_type": "mamba"`, `"model_type": "s4d"`), []string{`"model_type" is "s4d"`, `"mamba"`}},
		{"tagger head lost", "", both(silent, edit(func(a map[string]array) {
			for _, name := range sortedKeys(a) {
				short := strings.Replace(strings.TrimPrefix(name, "backbone."), "embeddings", "embedding", 1)
				a[short] = a[name]
				delete(a, name)
			}
		})), []string{"cl_head.weight", "missing"}},
		{"task types", "", write(taskFile, `{"states":"4"}`), []string{"task.json", `"states" holds a string, expected int`}},
		{"task lists", "", replace(taskFile, `[3, 0, 1, 2, 3]`, `"3"`), []string{"task.json", `"trans" holds a string, expected list of int`}},
		{"task token again", "", replace(taskFile, `"input_tokens": [0, 1`, `"input_tokens": [0, 0`), []string{"task.json", `"input_tokens"[1] is 0 again`}},
		{"task with more states than classes", "", write(taskFile, `{"states":6,"vocab":1,"trans":[[0],[0],[0],[0],[0],[0]]}`), []string{"task.json", `"states" is 6`, "at most 5"}},
		{"task empty", "", write(taskFile, `{}`), []string{"task.json", `"states" is 0`}},
		{"task elements", "", replace(taskFile, `"kind": "automaton"`, `"elements": [[0]]`), []string{"task.json", `"elements" has 1 rows`}},
		{"no weights", "", remove(weightsFile), []string{"model.safetensors", "missing", "pytorch_model.bin"}},
		{"weights cut off", "", func(_ *testing.T, f map[string][]byte) { f[weightsFile] = f[weightsFile][:2000] }, []string{"model.safetensors", "data_offsets"}},
		{"missing tensor", "", drop(mixer + "x_proj.weight"), []string{"model.safetensors", mixer + "x_proj.weight", "missing", "[9 16]"}},
		{"missing A_log", "", drop(mixer + "A_log"), []string{mixer + "A_log", "missing", "[inner size, state size]"}},
		{"missing norm", "", drop("backbone.norm_f.weight"), []string{"backbone.norm_f.weight", "missing", "[8]"}},
		{"missing embedding", "", drop("backbone.embeddings.weight"), []string{"backbone.embeddings.weight", "missing"}},
		{"missing head", "mamba-a4-g3", drop("lm_head.weight"), []string{"lm_head.weight", "missing", "[12 24]"}},
		{"missing layer", "mamba-a4-g3", edit(func(a map[string]array) {
			for _, name := range sortedKeys(a) {
				if strings.HasPrefix(name, "backbone.layers.0.") {
					a[strings.Replace(name, "layers.0.", "layers.999999999.", 1)] = a[name]
					delete(a, name)
				}
			}
		}), []string{"backbone.layers.0.*", "missing"}},
		{"too few layers", "", replace(configFile, `"num_hidden_layers": 1`, `"num_hidden_layers": 2`), []string{"config.json", `"num_hidden_layers" is 2`, "expected 1"}},
		{"unknown tensor", "", edit(func(a map[string]array) { a["extra"] = tensorOf("F32", []float64{1}, 1) }), []string{"model.safetensors", `"extra"`, "not known"}},
		{"x_proj bias", "", edit(func(a map[string]array) { a[mixer+"x_proj.bias"] = tensorOf("F32", make([]float64, 9), 9) }), []string{mixer + "x_proj.bias", "not known"}},
		{"wrong shape", "", edit(func(a map[string]array) {
			a[mixer+"out_proj.weight"] = array{"F32", []int{16, 8}, a[mixer+"out_proj.weight"].data}
		}), []string{"model.safetensors", mixer + "out_proj.weight", "[16 8]", "expected [8 16]"}},
		{"wrong rank", "", edit(func(a map[string]array) {
			a[mixer+"A_log"] = array{"F32", []int{64}, a[mixer+"A_log"].data}
		}), []string{mixer + "A_log", "[64]", "[inner size, state size]"}},
		{"empty dimension", "", edit(func(a map[string]array) { a[mixer+"A_log"] = array{"F32", []int{0, 4}, nil} }), []string{mixer + "A_log", "positive sizes"}},
		{"integer weights", "", edit(func(a map[string]array) { a[mixer+"D"] = array{"I32", []int{16}, make([]byte, 64)} }), []string{mixer + "D", "I32"}},
		{"NaN", "", spoil(mixer+"dt_proj.bias", math.NaN()), []string{"model.safetensors", mixer + "dt_proj.bias", "NaN", "index 1"}},
		{"infinity", "", spoil("backbone.embeddings.weight", math.Inf(-1)), []string{"backbone.embeddings.weight", "-Inf", "index 1"}},
		{"A_log too large", "", spoil(mixer+"A_log", 1000), []string{mixer + "A_log", "1000", "exponential is finite"}},
		{"hidden size", "", replace(configFile, `"hidden_size": 8`, `"hidden_size": 9`), []string{"config.json", `"hidden_size" is 9`, "expected 8"}},
		{"size is a string", "", replace(configFile, `"state_size": 4`, `"state_size": "4"`), []string{"config.json", `"state_size" is "4"`, "expected 4"}},
		{"kernel", "", replace(configFile, `"conv_kernel": 4`, `"conv_kernel": 3`), []string{`"conv_kernel" is 3`, "expected 4"}},
		{"rank", "", replace(configFile, `"time_step_rank": 1`, `"time_step_rank": 2`), []string{`"time_step_rank" is 2`, "expected 1"}},
		{"automatic rank", "mamba-s3-g2", both(replace(configFile, `"dt_rank": 2`, `"dt_rank": "auto"`), edit(func(a map[string]array) {
			for name, v := range a {
				if strings.HasSuffix(name, "dt_proj.weight") {
					a[name] = array{"F32", []int{48, 1}, v.data[:48*4]}
				}
				if strings.HasSuffix(name, "x_proj.weight") {
					a[name] = array{"F32", []int{9, 48}, v.data[:9*48*4]}
				}
			}
		})), []string{`"ssm_cfg.dt_rank" is "auto"`, `expected 1`, `means 2`}},
		{"inner size", "", replace(configFile, `"intermediate_size": 16`, `"intermediate_size": 15`), []string{`"intermediate_size" is 15`, "expected 16"}},
		{"expand", "", replace(configFile, `"expand": 2`, `"expand": 3`), []string{`"expand" is 3`, "expected 2"}},
		{"vocabulary", "", replace(configFile, `"vocab_size": 5`, `"vocab_size": 4`), []string{`"vocab_size" is 4`, "expected 5"}},
		{"eps", "", replace(configFile, `1e-05`, `0`), []string{`"layer_norm_epsilon" is 0`, "positive"}},
		{"use_bias", "", replace(configFile, `"use_bias": false`, `"use_bias": true`), []string{`"use_bias" is true`, "expected false"}},
		{"use_conv_bias", "", replace(configFile, `"use_conv_bias": true`, `"use_conv_bias": false`), []string{`"use_conv_bias" is false`, "expected true"}},
		{"tied but different", "mamba-a4-g3", replace(configFile, `"tie_word_embeddings": false`, `"tie_word_embeddings": true`), []string{`"tie_word_embeddings" is true`, "lm_head.weight differs"}},
		{"flag is a number", "", replace(configFile, `"use_bias": false`, `"use_bias": 0`), []string{`"use_bias" is 0`, "true or false"}},
		{"eps as Python writes it", "", replace(configFile, `1e-05`, `NaN`), []string{`"layer_norm_epsilon" is "NaN"`, "positive"}},
		{"activation", "", replace(configFile, `"silu"`, `"gelu"`), []string{`"hidden_act" is "gelu"`}},
		{"RMSNorm declared, bias found", "", both(write(configFile, `{"rms_norm":true}`), edit(func(a map[string]array) {
			a["backbone.norm_f.bias"] = tensorOf("F32", make([]float64, 8), 8)
		})), []string{`"rms_norm" is true`, "expected LayerNorm", "backbone.norm_f.bias"}},
		{"one norm bias missing", "", both(silent, edit(func(a map[string]array) {
			a["backbone.norm_f.bias"] = tensorOf("F32", make([]float64, 8), 8)
		})), []string{"backbone.layers.0.norm.bias", "missing"}},
		{"mamba2 by type", "", replace(configFile, `"model_type": "mamba"`, `"model_type": "mamba2"`), []string{`"mamba2"`, "not supported"}},
		{"mamba2 by layer", "mamba-s3-g2", replace(configFile, `"Mamba1"`, `"Mamba2"`), []string{`"ssm_cfg.layer" is "Mamba2"`}},
		{"mamba2 by tensors", "", both(silent, edit(func(a map[string]array) { a[mixer+"dt_bias"] = a[mixer+"D"] })), []string{"dt_bias", "Mamba-2"}},
		{"attention", "mamba-s3-g2", replace(configFile, `"attn_layer_idx": []`, `"attn_layer_idx": [1]`), []string{"attn_layer_idx"}},
		{"attention is a number", "mamba-s3-g2", replace(configFile, `"attn_layer_idx": []`, `"attn_layer_idx": 1`), []string{"attn_layer_idx", "empty list"}},
		{"mamba2 as transformers writes it", "", write(configFile, `{"model_type":"mamba2","time_step_limit":[0.0,Infinity]}`), []string{`"mamba2"`, "not supported"}},
		{"feed-forward", "mamba-s3-g2", replace(configFile, `"d_intermediate": 0`, `"d_intermediate": 7`), []string{"d_intermediate"}},
		{"GRU by type", "", write(configFile, `{"model_type":"gru_token_classifier"}`), []string{"config.json", "not a checkpoint of a supported model", "gru_token_classifier", "lstm"}},
		{"GRU by tensors", "", both(silent, onlyTensor("gru.weight_ih_l0")), []string{"not a checkpoint of a supported model", "a GRU"}},
		{"S4 by tensors", "", both(silent, onlyTensor("s4_layers.0.layer.kernel.A_real")), []string{"not a checkpoint of a supported model", "an S4 model"}},
		{"Transformer by tensors", "", both(silent, onlyTensor("h.0.attn.c_attn.weight")), []string{"not a checkpoint of a supported model", "Transformer"}},
		{"unknown tensors", "", both(silent, onlyTensor("w")), []string{"not a checkpoint of a supported model", "none of the 1 tensors"}},
		{"S4D declared as Mamba", "s4d-z5", replace(configFile, "s4d_token_classifier", "mamba"), []string{`"model_type" is "mamba"`, `"s4d"`}},
		{"S4D state size", "s4d-z5", replace(configFile, `"d_state": 8`, `"d_state": 4`), []string{`"d_state" is 4`, "expected 8"}},
		{"S4D state size is a list", "s4d-z5", replace(configFile, `"d_state": 8`, `"d_state": [8]`), []string{`"d_state" is "[8]"`, "expected 8"}},
		{"S4D bidirectional", "s4d-z5", replace(configFile, `"n_layers"`, `"bidirectional": true, "n_layers"`), []string{`"bidirectional" is true`, "causal"}},
		{"S4D activation", "s4d-z5", replace(configFile, `"n_layers"`, `"activation": "relu", "n_layers"`), []string{`"activation" is "relu"`, "gelu"}},
		{"S4D bilinear", "s4d-z5", replace(configFile, `"n_layers"`, `"disc": "bilinear", "n_layers"`), []string{`"disc" is "bilinear"`, "zoh"}},
		{"S4D batch norm", "s4d-z5", replace(configFile, `"n_layers"`, `"norm": "batch", "n_layers"`), []string{`"norm" is "batch"`, `"layer"`}},
		{"S4D batch norm by tensors", "s4d-z5", edit(func(a map[string]array) { a["norms.0.running_mean"] = tensorOf("F32", make([]float64, 32), 32) }), []string{`"norms.0.running_mean"`, "not known"}},
		{"S4D RMSNorm declared, bias found", "s4d-z5", replace(configFile, `"n_layers"`, `"rms_norm": true, "n_layers"`), []string{`"rms_norm" is true`, "norms.1.bias is in the file"}},
		{"S4D head bias", "s4d-z5", replace(configFile, `"n_layers"`, `"bias": false, "n_layers"`), []string{`"bias" is false`, "expected true", "cl_head.bias is in the file"}},
		{"S4D prenorm is a number", "s4d-z5", replace(configFile, `"prenorm": false`, `"prenorm": 0`), []string{`"prenorm" is 0`, "true or false"}},
		{"S4D head lost", "s4d-z5", drop("cl_head.weight"), []string{"cl_head.weight", "missing"}},
		{"S4D norm lost", "s4d-z5", drop("norms.1.weight"), []string{"norms.1.weight", "missing"}},
		{"S4D kernel lost", "s4d-z5", drop("s4d_layers.1.kernel.C"), []string{"s4d_layers.1.kernel.C", "missing", "[32 4 2]"}},
		{"S4D log_dt too large", "s4d-z5", spoil("s4d_layers.0.kernel.log_dt", 800), []string{"s4d_layers.0.kernel.log_dt", "exponential is finite"}},
		{"S4D pole at zero", "s4d-z5", both(spoil("s4d_layers.0.kernel.log_A_real", -800), spoil("s4d_layers.0.kernel.A_imag", 0)), []string{"model.safetensors", "Blocks[0]", "pole"}},
		{"task broken", "", write(taskFile, "{"), []string{"task.json", "ends too early"}},
		{"task start", "", replace(taskFile, `"start": 0`, `"start": 4`), []string{"task.json", `"start" is 4`, "0..3"}},
		{"task target", "", replace(taskFile, `[3, 0, 1, 2, 3]`, `[3, 0, 1, 2, 9]`), []string{"task.json", `"trans"[3][4] is 9`}},
		{"task row", "", replace(taskFile, `[3, 0, 1, 2, 3]`, `[3, 0]`), []string{"task.json", `"trans"[3] has 2 entries`}},
		{"task rows", "", replace(taskFile, `"states": 4`, `"states": 5`), []string{"task.json", `"trans" has 4 rows`}},
		{"task token", "", replace(taskFile, `"input_tokens": [0`, `"input_tokens": [-1`), []string{"task.json", `"input_tokens"[0] is -1`}},
		{"task too wide", "mamba-parity", func(t *testing.T, f map[string][]byte) { f[taskFile] = testdataFiles(t, "s4d-z5")[taskFile] }, []string{"task.json", `"vocab" is 5`, "at most 2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			base := tc.base
			if base == "" {
				base = "mamba-flipflop4"
			}
			files := testdataFiles(t, base)
			tc.change(t, files)
			_, err := Load(writeDir(t, files))
			oneLine(t, err, tc.want...)
		})
	}
}

func TestLoadIndexErrors(t *testing.T) {
	const first, second = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
	for _, tc := range []struct {
		name   string
		change func(files map[string][]byte, index map[string]string)
		want   []string
	}{
		{"shard missing", func(f map[string][]byte, _ map[string]string) { delete(f, second) }, []string{second, "missing"}},
		{"tensor elsewhere", func(_ map[string][]byte, i map[string]string) { i["lm_head.weight"] = second }, []string{"lm_head.weight"}},
		{"tensor not in its shard", func(_ map[string][]byte, i map[string]string) { i["more"] = first }, []string{first, `"more" is missing`}},
		{"tensor not in the index", func(_ map[string][]byte, i map[string]string) { delete(i, "lm_head.weight") }, []string{"lm_head.weight", "not in model.safetensors.index.json"}},
		{"tensor in two shards", func(f map[string][]byte, _ map[string]string) { f[second] = f[first] }, []string{second, "also in " + first}},
		{"outside the directory", func(_ map[string][]byte, i map[string]string) { i["lm_head.weight"] = "../x.safetensors" }, []string{"same directory"}},
		{"other suffix", func(_ map[string][]byte, i map[string]string) { i["lm_head.weight"] = "/dev/zero" }, []string{"same directory"}},
		{"line break in a name", func(_ map[string][]byte, i map[string]string) { i["lm_head.weight"] = "a\n.safetensors" }, []string{"same directory"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := testdataFiles(t, "mamba-a4-g3")
			index := shard(t, files)
			tc.change(files, index)
			files[indexFile] = indexJSON(index)
			_, err := Load(writeDir(t, files))
			oneLine(t, err, tc.want...)
		})
	}
	for _, text := range []string{"", "{}", `{"weight_map": []}`, `{"weight_map": {"a": 1}}`} {
		_, err := Load(writeDir(t, map[string][]byte{configFile: []byte("{}"), indexFile: []byte(text)}))
		oneLine(t, err, indexFile, "write the index anew")
	}
}

// Whatever stands in the place of a file, the file is named and nothing is read
// that the header does not account for: the sparse files here have a terabyte.
func TestLoadNotAFile(t *testing.T) {
	in := func(dir string, names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	loop := func(file string) func(dir string) {
		return func(dir string) {
			must(os.Remove(in(dir, file)))
			must(os.Symlink(file, in(dir, file)))
		}
	}
	folder := func(file string) func(dir string) {
		return func(dir string) {
			must(os.Remove(in(dir, file)))
			must(os.Mkdir(in(dir, file), 0o700))
		}
	}
	size := func(file string, n int64) func(dir string) {
		return func(dir string) { must(os.Truncate(in(dir, file), n)) }
	}
	for _, tc := range []struct {
		name   string
		change func(dir string)
		want   []string
	}{
		{"config is a directory", folder(configFile), []string{"config.json: not a regular file", "readable file"}},
		{"weights are a directory", folder(weightsFile), []string{"model.safetensors: not a regular file"}},
		{"task is a directory", folder(taskFile), []string{"task.json: not a regular file"}},
		{"config links to itself", loop(configFile), []string{"config.json: too many", "links"}},
		{"weights link to themselves", loop(weightsFile), []string{"model.safetensors: too many", "links"}},
		{"weights link to nothing", func(dir string) {
			must(os.Remove(in(dir, weightsFile)))
			must(os.Symlink("nothing", in(dir, weightsFile)))
		}, []string{"model.safetensors", "missing"}},
		{"weights are a pickle", func(dir string) { must(os.WriteFile(in(dir, weightsFile), []byte("PK\x03\x04 and more"), 0o600)) },
			[]string{"model.safetensors", "not safetensors"}},
		{"config is empty", size(configFile, 0), []string{"config.json", "ends too early"}},
		{"weights are empty", size(weightsFile, 0), []string{"model.safetensors", "0 bytes"}},
		{"config is enormous", size(configFile, 1<<40), []string{"config.json", "1099511627776 bytes", "at most"}},
		{"weights are enormous", size(weightsFile, 1<<40), []string{"model.safetensors", "but it has 10995"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := writeDir(t, testdataFiles(t, "mamba-flipflop4"))
			tc.change(dir)
			_, err := Load(dir)
			oneLine(t, err, tc.want...)
		})
	}
}

func TestLoadNotADirectory(t *testing.T) {
	dir := writeDir(t, testdataFiles(t, "mamba-flipflop4"))
	if err := os.Symlink("loop", filepath.Join(dir, "loop")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"":                              `"": no such directory`,
		"no\nwhere":                     `"no\nwhere": no such directory`,
		filepath.Join(dir, "none"):      "no such directory: expected a directory with config.json",
		filepath.Join(dir, weightsFile): "not a directory: expected a directory with config.json",
		filepath.Join(dir, "loop"):      "too many",
	} {
		_, err := Load(path)
		oneLine(t, err, want)
	}
}

// A message quotes the files, but never at length.
func TestLoadShortMessage(t *testing.T) {
	files := testdataFiles(t, "mamba-flipflop4")
	edit(func(a map[string]array) { a[strings.Repeat("é", 1<<16)] = tensorOf("F32", []float64{1}, 1) })(t, files)
	_, err := Load(writeDir(t, files))
	oneLine(t, err, "model.safetensors", "é ... é", "not known", "remove it")
	if n := len(err.Error()); n > 1000 || !utf8.ValidString(err.Error()) {
		t.Errorf("a message of %d bytes: %q", n, err)
	}
}

// The file may shrink between the look at its size and the reading.
func TestReadSafetensorsShrinks(t *testing.T) {
	data := encode(map[string]array{"a": tensorOf("F32", []float64{1, 2}, 2)})
	for n := range data {
		_, err := ReadSafetensors(bytes.NewReader(data[:n]), int64(len(data)))
		oneLine(t, err, "ended while it was read")
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}
