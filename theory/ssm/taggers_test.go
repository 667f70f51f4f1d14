package ssm

import (
	"math"
	"strings"
	"testing"
)

// rename moves a tensor.
func rename(old, with string) change {
	return edit(func(a map[string]array) {
		a[with] = a[old]
		delete(a, old)
	})
}

// reshape gives a tensor another shape and as many zeros as it asks for.
func reshape(name string, shape ...int) change {
	return edit(func(a map[string]array) {
		size := 1
		for _, d := range shape {
			size *= d
		}
		a[name] = tensorOf("F32", make([]float64, size), shape...)
	})
}

func TestLoadTaggerErrors(t *testing.T) {
	const (
		tr, rnn, lstm, ids = "transformer-a4-g3", "rnn-s3", "lstm-s5-g2", "ids4-a5-g2"
		layer              = "transformer.layers.1."
	)
	for _, tc := range []struct {
		name, base string
		change     change
		want       []string
	}{
		{"Transformer: another type", tr, replace(configFile, "transformer_token", "lstm_token"), []string{`"model_type" is "lstm_token_classifier"`, `"transformer"`}},
		{"Transformer: heads missing", tr, replace(configFile, `"n_heads": 4,`, ``), []string{`"n_heads" is (absent)`, "a divisor of the model size 32"}},
		{"Transformer: heads do not divide", tr, replace(configFile, `"n_heads": 4`, `"n_heads": 5`), []string{`"n_heads" is 5`, "a divisor of the model size 32"}},
		{"Transformer: no heads", tr, replace(configFile, `"n_heads": 4`, `"n_heads": 0`), []string{`"n_heads" is 0`, "a divisor"}},
		{"Transformer: activation", tr, replace(configFile, `"gelu"`, `"gelu_new"`), []string{`"activation" is "gelu_new"`, `"gelu" "relu"`}},
		{"Transformer: activation missing", tr, replace(configFile, `"activation": "gelu",`, ``), []string{`"activation" is (absent)`}},
		{"Transformer: norm_first missing", tr, replace(configFile, `"norm_first": true,`, ``), []string{`"norm_first" is (absent)`, "true or false"}},
		{"Transformer: feed-forward size", tr, replace(configFile, `"d_ff": 64`, `"d_ff": 65`), []string{`"d_ff" is 65`, "expected 64"}},
		{"Transformer: positions", tr, replace(configFile, `"max_len": 64`, `"max_len": 65`), []string{`"max_len" is 65`, "expected 64", "embedding.1.pe"}},
		{"Transformer: positions lost", tr, drop("embedding.1.pe"), []string{`"max_len" is 64`, "no positions in the file"}},
		{"Transformer: positions of another size", tr, reshape("embedding.1.pe", 64, 1, 31), []string{"embedding.1.pe", "[64 1 31]", "expected [64 1 32]"}},
		{"Transformer: projection lost", tr, drop(layer + "self_attn.in_proj_weight"), []string{layer + "self_attn.in_proj_weight", "missing", "[96 32]"}},
		{"Transformer: bias lost", tr, drop(layer + "self_attn.out_proj.bias"), []string{layer + "self_attn.out_proj.bias", "missing", "[32]"}},
		{"Transformer: norm lost", tr, drop(layer + "norm2.weight"), []string{layer + "norm2.weight", "missing"}},
		{"Transformer: norm bias lost", tr, drop(layer + "norm2.bias"), []string{layer + "norm2.bias", "missing"}},
		{"Transformer: layer lost", tr, edit(func(a map[string]array) {
			for name := range a {
				if strings.HasPrefix(name, "transformer.layers.0.") {
					delete(a, name)
				}
			}
		}), []string{"transformer.layers.0.*", "missing"}},
		{"Transformer: separate projections", tr, rename(layer+"self_attn.in_proj_weight", layer+"self_attn.q_proj_weight"), []string{"self_attn.in_proj_weight", "missing"}},
		{"Transformer: NaN", tr, spoil(layer+"linear2.weight", math.NaN()), []string{layer + "linear2.weight", "NaN", "index 1"}},
		{"Transformer: embedding lost", tr, drop("embedding.0.weight"), []string{"embedding.weight", "missing"}},
		{"Transformer: key and value biases of attention", tr, edit(func(a map[string]array) { a[layer+"self_attn.bias_k"] = tensorOf("F32", []float64{1}, 1) }), []string{"bias_k", "not known"}},

		{"RNN: kind missing", rnn, write(configFile, `{"d_hidden":32}`), []string{`"kind" is (absent)`, `"tanh" "relu" "sign"`}},
		{"RNN: kind of another model", rnn, replace(configFile, `"kind": "tanh"`, `"kind": "lstm"`), []string{`"kind" is "lstm"`}},
		{"RNN: hidden size", rnn, replace(configFile, `"d_hidden": 32`, `"d_hidden": 31`), []string{`"d_hidden" is 31`, "expected 32"}},
		{"RNN: embedding size", rnn, replace(configFile, `"d_embedding": 16`, `"d_embedding": 32`), []string{`"d_embedding" is 32`, "expected 16"}},
		{"RNN: layers", rnn, replace(configFile, `"n_layers": 1`, `"n_layers": 2`), []string{`"n_layers" is 2`, "expected 1"}},
		{"RNN: one bias", rnn, drop("rnn.bias_hh_l0"), []string{"rnn.bias_hh_l0", "missing", "because", "rnn.bias_ih_l0"}},
		{"RNN: the other bias", rnn, drop("rnn.bias_ih_l0"), []string{"rnn.bias_ih_l0", "missing", "because", "rnn.bias_hh_l0"}},
		{"RNN: recurrence lost", rnn, drop("rnn.weight_hh_l0"), []string{"rnn.weight_hh_l0", "missing"}},
		{"RNN: recurrence not square", rnn, reshape("rnn.weight_hh_l0", 32, 31), []string{`"d_hidden" is 32`, "expected 31"}},
		{"RNN: both directions", rnn, edit(func(a map[string]array) { a["rnn.weight_ih_l0_reverse"] = tensorOf("F32", []float64{1}, 1) }), []string{"rnn.weight_ih_l0_reverse", "not known"}},
		{"RNN: infinity", rnn, spoil("rnn.weight_hh_l0", math.Inf(1)), []string{"rnn.weight_hh_l0", "+Inf", "index 1"}},
		{"RNN: head of another width", rnn, reshape("cl_head.weight", 6, 16), []string{"cl_head.weight", "[6 16]", "expected [6 32]"}},
		{"RNN: head lost", rnn, drop("cl_head.weight"), []string{"cl_head.weight", "missing", "[6 32]"}},
		{"RNN: head cannot be tied", rnn, both(drop("cl_head.weight"), replace(configFile, `"n_layers"`, `"tie_word_embeddings": true, "n_layers"`)), []string{"cl_head.weight", "missing", "[6 32]"}},

		{"LSTM: kind", lstm, replace(configFile, `"kind": "lstm"`, `"kind": "gru"`), []string{`"kind" is "gru"`, `"lstm"`}},
		{"LSTM: gates lost", lstm, reshape("lstm.weight_ih_l0", 192, 16), []string{"lstm.weight_ih_l0", "[192 16]", "expected [256 16]"}},
		{"LSTM: bias of another size", lstm, reshape("lstm.bias_hh_l0", 64), []string{"lstm.bias_hh_l0", "[64]", "expected [256]"}},
		{"LSTM: projections", lstm, edit(func(a map[string]array) { a["lstm.weight_hr_l0"] = tensorOf("F32", []float64{1}, 1) }), []string{"lstm.weight_hr_l0", "not known"}},

		{"IDS4: state size", ids, replace(configFile, `"d_state": 12`, `"d_state": 11`), []string{`"d_state" is 11`, "expected 12"}},
		{"IDS4: A not square", ids, reshape("s4_layers.0.A", 32, 12, 11), []string{"s4_layers.0.A", "[32 12 11]", "expected [32 12 12]"}},
		{"IDS4: A flat", ids, reshape("s4_layers.0.A", 32, 144), []string{"s4_layers.0.A", "[model size, state size, state size]"}},
		{"IDS4: projection bias lost", ids, drop("s4_layers.0.proj.bias"), []string{"s4_layers.0.proj.bias", "missing"}},
		{"IDS4: skip lost", ids, drop("s4_layers.0.D.weight"), []string{"s4_layers.0.D.weight", "missing", "[32 32]"}},
		{"IDS4: norm first without a norm", ids, both(drop("norms.0.weight"), drop("norms.0.bias"), replace(configFile, `"prenorm": false`, `"prenorm": true`)), []string{`"prenorm" is true`, "expected false", "norms.0.weight is not in the file"}},
		{"IDS4: norm weight lost", ids, drop("norms.0.weight"), []string{"norms.0.bias", "not known"}},
		{"IDS4: of the paper", ids, replace(configFile, "ids4_token", "ids4_affine_token"), []string{`"model_type" is "ids4_affine_token_classifier"`, `"ids4"`}},
		{"S4 in the place of IDS4", ids, both(drop("s4_layers.0.proj.bias"), drop("s4_layers.0.proj.weight")), []string{"an S4 model"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := testdataFiles(t, tc.base)
			tc.change(t, files)
			_, err := Load(writeDir(t, files))
			oneLine(t, err, tc.want...)
		})
	}
}

// What our own exports can lose.
func TestLoadExportedErrors(t *testing.T) {
	for _, tc := range []struct {
		family string
		change change
		want   []string
	}{
		{FamilyIDS4, drop("ids4_layers.0.A0"), []string{"ids4_layers.0.A0", "missing", "[2 2]"}},
		{FamilyIDS4, drop("ids4_layers.0.B.weight"), []string{"ids4_layers.0.B.weight", "missing"}},
		{FamilyIDS4, reshape("ids4_layers.0.A", 3, 3, 3), []string{`"d_state" is 2`, "expected 3"}},
		{FamilyPDSSM, drop("pd_layers.0.matrices"), []string{"pd_layers.0.matrices", "missing", "[dictionary size, state size, state size]"}},
		{FamilyPDSSM, replace(configFile, `"dictionary_size": 1`, `"dictionary_size": 2`), []string{`"dictionary_size" is 2`, "expected 1"}},
		{FamilyPDSSM, replace(configFile, `"d_gate": 2`, `"d_gate": 1`), []string{`"d_gate" is 1`, "expected 2"}},
		{FamilyPDSSM, drop("pd_layers.0.phase.2.bias"), []string{"pd_layers.0.phase.2.bias", "missing"}},
		{FamilyPDSSM, replace(configFile, "pd_ssm", "pd_ssm2"), []string{`"pd_ssm2_token_classifier"`, "not a checkpoint of a supported model", "pd_ssm"}},
	} {
		m := newSource(1).tagger(tc.family, taggerSizes{Layers: 1, Vocab: 3, D: 3, N: 2, F: 2, W: 1, Normed: true})
		files, err := Export(m, nil, "F32")
		if err != nil {
			t.Fatal(err)
		}
		tc.change(t, files)
		_, err = Load(writeDir(t, files))
		oneLine(t, err, tc.want...)
	}
}

func TestForwardTaggerErrors(t *testing.T) {
	sizes := taggerSizes{Layers: 1, Vocab: 3, D: 2, H: 2, N: 2, F: 2, W: 1, Positions: true}
	for _, tc := range []struct {
		name, family string
		form         Form
		tokens       int
		change       func(*Model)
		want         string
	}{
		{"RNN as a convolution", FamilyRNN, Convolution, 1, nil, "Blocks[0] (rnn) has no convolution form"},
		{"LSTM as a convolution", FamilyLSTM, Convolution, 1, nil, "Blocks[0] (lstm) has no convolution form"},
		{"too long", FamilyTransformer, Recurrent, 17, nil, "position 16 has no row in Positions"},
		{"positions", FamilyTransformer, Recurrent, 1, func(m *Model) { m.Positions = m.Positions[1:] }, "Positions has 63 values, expected rows of 4"},
		{"no positions", FamilyTransformer, Recurrent, 1, func(m *Model) { m.Positions = []float64{} }, "Positions has 0 values"},
		{"heads", FamilyTransformer, Recurrent, 1, func(m *Model) { m.Blocks[0].(*Transformer).Heads = 3 }, "Blocks[0].Heads is 3"},
		{"activation of attention", FamilyTransformer, Recurrent, 1, func(m *Model) { m.Blocks[0].(*Transformer).Activation = Tanh }, `Activation is "tanh"`},
		{"activation", FamilyRNN, Recurrent, 1, func(m *Model) { m.Blocks[0].(*RNN).Activation = GELU }, `Activation is "gelu"`},
		{"one bias", FamilyLSTM, Recurrent, 1, func(m *Model) { m.Blocks[0].(*LSTM).Input.Bias = make([]float64, 8) }, "one bias"},
		{"hidden", FamilyLSTM, Recurrent, 1, func(m *Model) { m.Blocks[0].(*LSTM).DHidden = 0 }, "DHidden 0"},
		{"input", FamilyRNN, Recurrent, 1, func(m *Model) { m.Blocks[0].(*RNN).DIn = 3 }, "DIn 3"},
		{"head", FamilyRNN, Recurrent, 1, func(m *Model) { m.Head.In = 3 }, "Head is 3 x 3, expected 3 x 2"},
		{"A", FamilyIDS4, Recurrent, 1, func(m *Model) { m.Blocks[0].(*IDS4).A = nil }, "Blocks[0].A has 0 values, expected 2 x 2 x 2"},
		{"B", FamilyIDS4, Recurrent, 1, func(m *Model) { m.Blocks[0].(*IDS4).B.Bias = make([]float64, 2) }, "B has a bias"},
		{"norm first", FamilyIDS4, Recurrent, 1, func(m *Model) { m.Blocks[0].(*IDS4).PreNorm = true }, "PreNorm is true without a Norm"},
		{"projection", FamilyIDS4Product, Recurrent, 1, func(m *Model) { m.Blocks[0].(*IDS4Product).Proj.Bias = nil }, "Blocks[0].Proj.Bias has 0 values"},
		{"width", FamilyIDS4Product, Recurrent, 1, func(m *Model) { m.Blocks[0].(*IDS4Product).DModel = 4 }, "sizes 4 and 2, expected 2"},
		{"dictionary", FamilyPDSSM, Recurrent, 1, func(m *Model) { m.Blocks[0].(*PDSSM).Dictionary = 0 }, "Dictionary 0"},
		{"selection", FamilyPDSSM, Recurrent, 1, func(m *Model) { m.Blocks[0].(*PDSSM).Select.Bias = make([]float64, 1) }, "Select has a bias"},
	} {
		m := newSource(1).tagger(tc.family, sizes)
		if tc.change != nil {
			tc.change(m)
		}
		if _, err := m.Forward(make([]int, tc.tokens), tc.form, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, expected one with %q", tc.name, err, tc.want)
		}
		if _, err := m.Start(); tc.change != nil && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: Start gives error %v, expected one with %q", tc.name, err, tc.want)
		}
	}
}
