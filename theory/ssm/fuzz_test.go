package ssm

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Any bytes give an error of one line or tensors that tile the data section.
func FuzzReadSafetensors(f *testing.F) {
	data := encode(huggingFace.export(tinyMamba()))
	f.Add(data)
	f.Add(data[:100])
	f.Add(withHeader(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[4,5]}} `, make([]byte, 5)))
	f.Add(withHeader(`{"a":{"dtype":"F64","shape":[0,9],"data_offsets":[0,0]},"__metadata__":{"x":"y"}}`, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, err := readBytes(data)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("more than one line: %q", err)
			}
			return
		}
		total := 0
		for name, tensor := range tensors {
			entries := 1
			for _, d := range tensor.Shape {
				entries *= d
			}
			if entries != tensor.Len() {
				t.Fatalf("%q: shape %v, %d entries", name, tensor.Shape, tensor.Len())
			}
			total += entries * dtypeSize[tensor.DType]
			for _, get := range []func() (int, error){
				func() (int, error) { v, err := tensor.Float64s(); return len(v), err },
				func() (int, error) { v, err := tensor.Int64s(); return len(v), err },
			} {
				if n, err := get(); err == nil && n != entries {
					t.Fatalf("%q: %d values, expected %d", name, n, entries)
				}
			}
		}
		header, rest, err := readHeader(bytes.NewReader(data), int64(len(data)))
		if err != nil || total != rest || len(header)+rest+8 != len(data) {
			t.Fatalf("tensors of %d bytes in a file of %d", total, len(data))
		}
		rewrite(t, tensors)
	})
}

// rewrite makes sure that tensors can be written and read again.
func rewrite(t *testing.T, tensors map[string]Tensor) {
	t.Helper()
	var out bytes.Buffer
	if err := WriteSafetensors(&out, tensors); err != nil {
		t.Fatal(err)
	}
	again, err := readBytes(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(tensors, again, cmp.AllowUnexported(Tensor{}), cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

// tinyMamba keeps the fuzzers' seeds small, so that most changes hit the header.
func tinyMamba() *Model {
	return newSource(2).mamba(mambaSizes{Layers: 1, Vocab: 2, D: 2, E: 3, N: 1, K: 1, R: 1, Kind: LayerNorm, NormBias: true, HeadBias: true})
}

// Any three files give an error of one line or a model that runs.
func FuzzLoad(f *testing.F) {
	task := []byte(`{"states":2,"vocab":2,"trans":[[0,1],[1,0]],"input_tokens":[0,1]}`)
	language := naming{"backbone.", "embeddings", "", "F32"}.export(tinyMamba())
	f.Add([]byte(`{"model_type":"mamba","hidden_size":2,"expand":1.5}`), encode(language), task)
	tagger := naming{"", "embedding", "cl_head", "F16"}
	f.Add([]byte(`{"ssm_cfg":{"d_state":1},"n_layer":1}`), encode(tagger.export(tinyMamba())), []byte("{}"))
	f.Add([]byte(`{"model_type":"s4d","prenorm":true,"d_state":2}`), encode(tagger.export(newSource(2).s4d(1, 2, 2, 1, true))), task)
	for _, family := range families[2:] {
		m := newSource(3).tagger(family, taggerSizes{Layers: 1, Vocab: 2, D: 1, H: 2, N: 2, F: 1, W: 1, Normed: true, Positions: true})
		files, err := Export(m, nil, "F32")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(files[configFile], files[weightsFile], task)
	}
	f.Fuzz(func(t *testing.T, cfg, weights, task []byte) {
		ck, err := Load(writeDir(t, map[string][]byte{configFile: cfg, weightsFile: weights, taskFile: task}))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("more than one line: %q", err)
			}
			return
		}
		m := ck.Model
		if m.DModel > 1000 || m.Vocab > 1000 {
			return
		}
		if m.Positions != nil && len(m.Positions) < 3*m.DModel {
			return
		}
		for _, form := range formsOf(m) {
			logits, err := m.Forward([]int{0, m.Vocab - 1, 0}, form, nil)
			if err != nil || len(logits) != 3*m.Vocab {
				t.Fatalf("%d logits, error %v", len(logits), err)
			}
		}
		files, err := Export(m, ck.Task, "F64")
		if err != nil {
			return // a model whose layers differ in what config.json states once
		}
		again, err := Load(writeDir(t, files))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, again.Model); diff != "" {
			t.Fatalf("exported and loaded (-want +got):\n%s", diff)
		}
	})
}

// Any index gives an error of one line or names of files in its own directory.
func FuzzReadIndex(f *testing.F) {
	f.Add(indexJSON(map[string]string{"a": "model-1.safetensors", "b": "model-2.safetensors"}))
	f.Add([]byte(`{"weight_map": {"a": "../x.safetensors"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		wanted, err := readIndex(data)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("more than one line: %q", err)
			}
			return
		}
		for tensor, file := range wanted {
			if filepath.Base(file) != file || filepath.Ext(file) != ".safetensors" {
				t.Fatalf("tensor %q in file %q", tensor, file)
			}
		}
	})
}

// Any task gives an error of one line or an automaton whose every word has a state.
func FuzzReadTask(f *testing.F) {
	for _, name := range []string{"mamba-flipflop4", "s4d-z5"} {
		f.Add(testdataFiles(f, name)[taskFile])
	}
	f.Add([]byte(`{"states":1,"vocab":1,"trans":[[0]],"Trans":[[]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		task, err := readTask(data)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("more than one line: %q", err)
			}
			return
		}
		state := task.Start
		for range 3 {
			for token := range min(task.Vocab, 10) {
				state = task.Trans[state][token]
			}
		}
	})
}
