package ssm

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// config is config.json. Keys inside "ssm_cfg" are stored as "ssm_cfg.<key>";
// null counts as absent.
type config struct {
	values map[string]any
}

// The same size has several names: Hugging Face, the original code, taggers.
var (
	keysVocab   = []string{"vocab_size", "n_vocab"}
	keysModel   = []string{"hidden_size", "d_model"}
	keysLayers  = []string{"num_hidden_layers", "n_layer", "n_layers"}
	keysState   = []string{"state_size", "d_state", "ssm_cfg.d_state"}
	keysConv    = []string{"conv_kernel", "d_conv", "ssm_cfg.d_conv"}
	keysRank    = []string{"time_step_rank", "dt_rank", "ssm_cfg.dt_rank"}
	keysInner   = []string{"intermediate_size", "d_inner", "ssm_cfg.d_inner"}
	keysExpand  = []string{"expand", "ssm_cfg.expand"}
	keysBias    = []string{"use_bias", "ssm_cfg.bias"} // and "bias", when there is no cl_head
	keysConvB   = []string{"use_conv_bias", "conv_bias", "ssm_cfg.conv_bias"}
	keysTie     = []string{"tie_word_embeddings", "tie_embeddings"}
	keysEps     = []string{"layer_norm_epsilon", "layer_norm_eps", "norm_epsilon", "norm_eps", "rms_norm_eps", "eps"}
	keysPadding = []string{"pad_vocab_size_multiple"}

	keysEmbedding  = []string{"d_embedding"}
	keysHidden     = []string{"d_hidden"}
	keysHeads      = []string{"n_heads"}
	keysFF         = []string{"d_ff"}
	keysPositions  = []string{"max_len"}
	keysPreNorm    = []string{"prenorm"}
	keysDictionary = []string{"dictionary_size"}
	keysGate       = []string{"d_gate"}
)

// The word-problem experiments log one flat record of a run. When it holds one of
// these, its "eps" is the optimizer's.
var keysOptimizer = []string{"lr", "betas", "weight_decay"}

// defaultEps is what the original code uses; its configuration has no entry for it.
const defaultEps = 1e-5

func newConfig(object map[string]any) (*config, error) {
	c := &config{values: map[string]any{}}
	for key, value := range object {
		if value != nil && key != "ssm_cfg" {
			c.values[key] = value
		}
	}
	if object["ssm_cfg"] == nil {
		return c, nil
	}
	inner, ok := object["ssm_cfg"].(map[string]any)
	if !ok {
		return nil, keyError("ssm_cfg", object["ssm_cfg"], "an object")
	}
	for key, value := range inner {
		if value != nil {
			c.values["ssm_cfg."+key] = value
		}
	}
	return c, nil
}

// keyError is the one shape of every complaint about a configuration entry.
func keyError(key string, found any, expected string) error {
	return fmt.Errorf("%s: key %q is %s, expected %s: correct the entry or use the weights it belongs to",
		configFile, key, quotedConfig(found), expected)
}

func quotedConfig(v any) string {
	switch v.(type) {
	case bool, json.Number:
		return fmt.Sprint(v)
	}
	return quoted(v)
}

// present returns those of the keys that the file has.
func (c *config) present(keys []string) []string {
	var have []string
	for _, key := range keys {
		if _, ok := c.values[key]; ok {
			have = append(have, key)
		}
	}
	return have
}

// checkSize compares a size read from tensor shapes with every key that states it.
func (c *config) checkSize(size int, source string, keys []string) error {
	for _, key := range c.present(keys) {
		if n, ok := asCount(c.values[key]); !ok || n != size {
			return keyError(key, c.values[key], fmt.Sprintf("%d (%s)", size, source))
		}
	}
	return nil
}

// checkRank is checkSize with the value "auto", which stands for ceil(dModel/16).
func (c *config) checkRank(rank, dModel int, source string) error {
	for _, key := range c.present(keysRank) {
		if c.values[key] != "auto" {
			if err := c.checkSize(rank, source, []string{key}); err != nil {
				return err
			}
		} else if auto := (dModel + 15) / 16; auto != rank {
			return keyError(key, "auto", fmt.Sprintf("%d (%s; \"auto\" means %d)", rank, source, auto))
		}
	}
	return nil
}

// checkInner compares the inner size with the keys for it and with expand*dModel.
func (c *config) checkInner(inner, dModel int, source string) error {
	if err := c.checkSize(inner, source, keysInner); err != nil {
		return err
	}
	for _, key := range c.present(keysExpand) {
		factor, ok := asFloat(c.values[key])
		if !ok || math.Trunc(float64(factor*float64(dModel))) != float64(inner) {
			return keyError(key, c.values[key], fmt.Sprintf("%v (inner size %d over model size %d, %s)",
				float64(inner)/float64(dModel), inner, dModel, source))
		}
	}
	return nil
}

// checkVocab allows padding rows: the original code rounds the number of rows up
// to a multiple of pad_vocab_size_multiple, 8 when the configuration is silent.
func (c *config) checkVocab(rows int, source string) error {
	multiple := 1
	if _, typed := c.values["model_type"]; !typed && len(c.present([]string{"n_layer"})) > 0 {
		multiple = 8
	}
	for _, key := range c.present(keysPadding) {
		n, ok := asCount(c.values[key])
		if !ok || n < 1 {
			return keyError(key, c.values[key], "a positive integer")
		}
		multiple = n
	}
	for _, key := range c.present(keysVocab) {
		n, ok := asCount(c.values[key])
		if ok && (n == rows || (n < rows && rows%multiple == 0 && rows-n < multiple)) {
			continue
		}
		return keyError(key, c.values[key], fmt.Sprintf("%d (%s), or a smaller number that gives it when rounded up to a multiple of %d",
			rows, source, multiple))
	}
	return nil
}

// flag returns a boolean entry and the key that states it, "" when there is none.
func (c *config) flag(keys []string) (value bool, key string, err error) {
	for _, k := range c.present(keys) {
		v, ok := c.values[k].(bool)
		if !ok {
			return false, k, keyError(k, c.values[k], "true or false")
		}
		if key != "" && v != value {
			return false, k, keyError(k, v, fmt.Sprintf("%v (as key %q says)", value, key))
		}
		value, key = v, k
	}
	return value, key, nil
}

// checkFlag compares a boolean entry with what the weights have.
func (c *config) checkFlag(found bool, source string, keys []string) error {
	value, key, err := c.flag(keys)
	if err != nil || key == "" || value == found {
		return err
	}
	return keyError(key, value, fmt.Sprintf("%v (%s)", found, source))
}

// eps is the constant of all norms.
func (c *config) eps() (float64, error) {
	eps, from := defaultEps, ""
	run := len(c.present(keysOptimizer)) > 0
	for _, key := range c.present(keysEps) {
		if key == "eps" && run {
			continue
		}
		v, ok := asFloat(c.values[key])
		if !ok || !(v > 0) {
			return 0, keyError(key, c.values[key], "a positive number")
		}
		if from != "" && v != eps {
			return 0, keyError(key, c.values[key], fmt.Sprintf("%v (as key %q says)", eps, from))
		}
		eps, from = v, key
	}
	return eps, nil
}

// layerNorm says which norm the configuration asks for; key is "" when it is silent.
func (c *config) layerNorm() (layer bool, key string, err error) {
	rms, key, err := c.flag([]string{"rms_norm"})
	if err != nil || key != "" {
		return !rms, key, err
	}
	value, ok := c.values["norm"]
	if !ok {
		return false, "", nil
	}
	name, _ := value.(string)
	switch strings.ToLower(name) {
	case "rms", "rmsnorm":
		return false, "norm", nil
	case "layer", "layernorm":
		return true, "norm", nil
	}
	return false, "norm", keyError("norm", value, `"rms" or "layer"`)
}

// checkModelType refuses what is declared to be another kind of model.
func (c *config) checkModelType() error {
	_, err := c.family()
	return err
}

// modelTypes says which family a model_type that starts with a name belongs to. The
// first that fits counts. "ids4" is the layer that the word-problem experiments call
// so; that of the paper has a name of its own.
var modelTypes = []struct{ name, family string }{
	{"mamba", FamilyMamba},
	{"s4d", FamilyS4D},
	{"transformer", FamilyTransformer},
	{"tanh", FamilyRNN},
	{"relu", FamilyRNN},
	{"rnn_ssm", FamilyRNN}, // with the kind "sign"
	{"lstm", FamilyLSTM},
	{"ids4_affine", FamilyIDS4},
	{"ids4", FamilyIDS4Product},
	{"pd_ssm", FamilyPDSSM},
}

// typeOf is the first name of a family in modelTypes.
func typeOf(family string) string {
	for _, t := range modelTypes {
		if t.family == family {
			return t.name
		}
	}
	return family
}

// family returns one of the Family constants or, when model_type is absent, "".
func (c *config) family() (string, error) {
	value, ok := c.values["model_type"]
	if !ok {
		return "", nil
	}
	name, ok := value.(string)
	if !ok {
		return "", keyError("model_type", value, `a name such as "mamba" or "s4d_token_classifier"`)
	}
	for _, t := range modelTypes {
		rest, ok := strings.CutPrefix(name, t.name)
		if ok && (rest == "" || rest[0] == '_' || rest[0] == '-') {
			return t.family, nil
		}
	}
	if strings.Contains(name, "mamba") {
		return "", fmt.Errorf(`%s: key "model_type" is %q, which is not supported, expected "mamba" (the first version): use a Mamba-1 checkpoint`, configFile, name)
	}
	return "", fmt.Errorf(`%s: not a checkpoint of a supported model: key "model_type" is %q, expected "mamba" or one of %s_token_classifier: use a checkpoint of such a model`,
		configFile, name, taggerNames())
}

// taggerNames lists the names that stand before _token_classifier.
func taggerNames() string {
	var all []string
	for _, t := range modelTypes {
		all = append(all, t.name)
	}
	return strings.Join(all, ", ")
}

// activation returns a required entry that names one of the given functions. For
// "kind", the model_type may name it instead.
func (c *config) activation(key string, known ...Activation) (Activation, error) {
	value, ok := c.values[key]
	if kind, _, _ := strings.Cut(fmt.Sprint(c.values["model_type"]), "_"); !ok && key == "kind" {
		value = kind
	}
	for _, a := range known {
		if value == string(a) {
			return a, nil
		}
	}
	return "", keyError(key, c.values[key], fmt.Sprintf("one of %q", known))
}

// heads returns the number of attention heads, which no tensor tells.
func (c *config) heads(dModel int) (int, error) {
	heads := 0
	for _, key := range keysHeads {
		n, ok := asCount(c.values[key])
		if !ok || n < 1 || dModel%n != 0 {
			return 0, keyError(key, c.values[key], fmt.Sprintf("a divisor of the model size %d", dModel))
		}
		heads = n
	}
	return heads, nil
}

// requiredFlag is flag for an entry without a default.
func (c *config) requiredFlag(key string) (bool, error) {
	value, found, err := c.flag([]string{key})
	if err == nil && found == "" {
		err = keyError(key, nil, "true or false")
	}
	return value, err
}

// checkPlainMamba refuses settings that change the function of a Mamba model.
func (c *config) checkPlainMamba() error {
	if v, ok := c.values["ssm_cfg.layer"]; ok && v != "Mamba1" {
		return keyError("ssm_cfg.layer", v, `"Mamba1" (no other layer is supported)`)
	}
	if v, ok := c.values["hidden_act"]; ok && v != "silu" && v != "swish" {
		return keyError("hidden_act", v, `"silu" (no other activation is supported)`)
	}
	if v, ok := c.values["attn_layer_idx"]; ok {
		if list, isList := v.([]any); !isList || len(list) > 0 {
			return keyError("attn_layer_idx", v, "an empty list (attention layers are not supported)")
		}
	}
	if v, ok := c.values["d_intermediate"]; ok {
		if n, isCount := asCount(v); !isCount || n != 0 {
			return keyError("d_intermediate", v, "0 (feed-forward layers are not supported)")
		}
	}
	return nil
}

// checkPlainS4D refuses settings that change the function of an S4D tagger.
func (c *config) checkPlainS4D() error {
	on, key, err := c.flag([]string{"bidirectional"})
	if err != nil {
		return err
	}
	if on {
		return keyError(key, on, "false (only causal layers are supported)")
	}
	if v, ok := c.values["activation"]; ok && v != "gelu" {
		return keyError("activation", v, `"gelu" (no other activation is supported)`)
	}
	if v, ok := c.values["disc"]; ok && v != "zoh" {
		return keyError("disc", v, `"zoh" (no other discretisation is supported)`)
	}
	return nil
}

// taggerState is the state size of every S4D layer in the word-problem taggers of
// github.com/jopetty/sfirah: they record a d_state but never hand it to the layers.
const taggerState = 64

// checkModes compares the complex modes of an S4D layer with the configuration.
// Each stands for a conjugate pair; of an odd d_state the public code drops one.
func (c *config) checkModes(modes int, source string) error {
	for _, key := range c.present(keysState) {
		n, ok := asCount(c.values[key])
		if !ok || n/2 != modes && 2*modes != taggerState {
			return keyError(key, c.values[key], fmt.Sprintf("%d (twice the modes of %s)", 2*modes, source))
		}
	}
	return nil
}

// asFloat reads a finite JSON number.
func asFloat(value any) (float64, bool) {
	number, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := number.Float64()
	return f, err == nil
}

// mark is how the tensors of a family are told: a name holds stem and, after it, part.
// The layers are numbered after stem.
type mark struct{ stem, part string }

var marks = map[string]mark{
	FamilyS4D:         {"s4d_layers.", ".kernel."},
	FamilyTransformer: {"transformer.layers.", ""},
	FamilyRNN:         {"rnn.weight_ih_l", ""},
	FamilyLSTM:        {"lstm.weight_ih_l", ""},
	FamilyIDS4:        {"ids4_layers.", ""},
	FamilyIDS4Product: {"s4_layers.", ".proj."},
	FamilyPDSSM:       {"pd_layers.", ""},
	FamilyMamba:       {"layers.", ".mixer."},
}

// match returns what stands before stem, which starts a part of the name.
func (m mark) match(name string) (before string, ok bool) {
	before, after, ok := strings.Cut(name, m.stem)
	return before, ok && strings.Contains(after, m.part) && (before == "" || strings.HasSuffix(before, "."))
}

// foreign names the tensors of models that are easily mistaken for supported ones.
var foreign = []struct{ part, kind string }{
	{"s4_layers.", "an S4 model"},
	{"gru.", "a GRU"},
	{"attn", "another kind of Transformer"},
}

// detectFamily decides by the tensor names.
func detectFamily(names []string) (string, error) {
	find := func(holds func(name string) bool) (string, bool) {
		at := slices.IndexFunc(names, holds)
		if at < 0 {
			return "", false
		}
		return names[at], true
	}
	part := func(text string) func(string) bool {
		return func(name string) bool { return strings.Contains(name, text) }
	}
	if name, ok := find(part("mixer.dt_bias")); ok {
		return "", fmt.Errorf("tensor %q belongs to Mamba-2 or later, which is not supported, expected the tensors of Mamba-1: use a Mamba-1 checkpoint", name)
	}
	for _, family := range sortedKeys(marks) {
		if _, ok := find(func(name string) bool { _, ok := marks[family].match(name); return ok }); ok {
			return family, nil
		}
	}
	const expected = "expected names such as layers.0.mixer.*, s4d_layers.0.* or rnn.weight_ih_l0"
	for _, f := range foreign {
		if name, ok := find(part(f.part)); ok {
			return "", fmt.Errorf("not a checkpoint of a supported model: tensor %q belongs to %s, %s: use a checkpoint of such a model", name, f.kind, expected)
		}
	}
	return "", fmt.Errorf("not a checkpoint of a supported model: none of the %d tensors has a known name, %s: use a checkpoint of such a model", len(names), expected)
}
