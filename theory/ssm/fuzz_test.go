package ssm

import (
	"os"
	"strings"
	"testing"
)

// Any bytes give an error of one line or tensors that tile the data section.
func FuzzReadSafetensors(f *testing.F) {
	data, err := os.ReadFile("testdata/mamba-flipflop4/model.safetensors")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:100])
	f.Add(withHeader(`{"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BOOL","shape":[],"data_offsets":[4,5]}} `, make([]byte, 5)))
	f.Add(withHeader(`{"a":{"dtype":"F64","shape":[0,9],"data_offsets":[0,0]},"__metadata__":{"x":"y"}}`, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		tensors, err := ReadSafetensors(data)
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
		if header, body, err := splitHeader(data); err != nil || total != len(body) || len(header)+len(body)+8 != len(data) {
			t.Fatalf("tensors of %d bytes in a file of %d", total, len(data))
		}
	})
}

// Any three files give an error of one line or a model that runs.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"mamba-flipflop4", "mamba-flipflop4-bf16", "s4d-z5"} {
		files := testdataFiles(f, name)
		f.Add(files[configFile], files[weightsFile], files[taskFile])
	}
	tagger := newSource(2).mamba(mambaSizes{Layers: 1, Vocab: 2, D: 2, E: 3, N: 1, K: 1, R: 1, Kind: LayerNorm, NormBias: true, HeadBias: true})
	f.Add([]byte(`{"ssm_cfg":{"d_state":1},"n_layer":1}`), encode(naming{"", "embedding", "cl_head", "F16"}.export(tagger)), []byte("{}"))
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
		for _, form := range forms {
			logits, err := m.Forward([]int{0, m.Vocab - 1, 0}, form, nil)
			if err != nil || len(logits) != 3*m.Vocab {
				t.Fatalf("%d logits, error %v", len(logits), err)
			}
		}
	})
}
