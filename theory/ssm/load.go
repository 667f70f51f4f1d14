package ssm

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// File names of a checkpoint directory.
const (
	configFile  = "config.json"
	weightsFile = "model.safetensors"
	indexFile   = "model.safetensors.index.json"
	taskFile    = "task.json"
)

// Checkpoint is a model read from a directory.
type Checkpoint struct {
	Dir   string
	Model *Model
	Task  *Task    // nil when the directory has no task.json
	Files []string // base names of the files read, sorted

	// Digest identifies config.json and the weight files (the index and its
	// shards when the weights are sharded), not task.json. It is the SHA-256 in
	// hex of the text that has, for each of these files in the byte order of the
	// names, one line "<SHA-256 of the file in hex>  <base name>\n". In a shell:
	//
	//	sha256sum config.json model.safetensors | sha256sum
	Digest string
}

// Load reads a checkpoint directory: config.json, the weights as
// model.safetensors or as model.safetensors.index.json with its shards (the single
// file wins when both exist), and task.json when there is one. Sizes come from the
// tensor shapes, and every entry of config.json that states a size is checked
// against them. Each error is one line that names the file, the tensor or key, and
// what was expected.
func Load(dir string) (*Checkpoint, error) {
	ck, err := load(dir)
	if err != nil {
		if dir == "" || strings.ContainsFunc(dir, notPrintable) {
			dir = strconv.Quote(dir)
		}
		return nil, fmt.Errorf("checkpoint %s: %w", dir, &shortError{err})
	}
	return ck, nil
}

// shortError cuts the middle out of a message that quotes too much of the files.
type shortError struct{ error }

// maxMessage is the number of bytes of the longest message.
const maxMessage = 800

func (e *shortError) Error() string {
	text := e.error.Error()
	if len(text) <= maxMessage {
		return text
	}
	head, tail := text[:maxMessage/2], text[len(text)-maxMessage/2:]
	return strings.ToValidUTF8(head, "") + " ... " + strings.ToValidUTF8(tail, "")
}

func (e *shortError) Unwrap() error { return e.error }

func load(dir string) (*Checkpoint, error) {
	const expected = "expected a directory with config.json and model.safetensors"
	if info, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("no such directory: " + expected)
	} else if err != nil {
		return nil, fmt.Errorf("%w: %s", cause(err), expected)
	} else if !info.IsDir() {
		return nil, errors.New("not a directory: " + expected)
	}
	files := &fileSet{dir: dir, sums: map[string]string{}}
	cfg, err := files.config()
	if err != nil {
		return nil, err
	}
	if err := cfg.checkModelType(); err != nil {
		return nil, err
	}
	weights, err := files.weights()
	if err != nil {
		return nil, err
	}
	model, err := buildModel(cfg, weights)
	if err != nil {
		return nil, err
	}
	digest := files.digest() // before task.json, which is no part of it
	task, err := files.task(model)
	if err != nil {
		return nil, err
	}
	return &Checkpoint{Dir: dir, Model: model, Task: task, Files: sortedKeys(files.sums), Digest: digest}, nil
}

// fileSet reads files of one directory and remembers their SHA-256.
type fileSet struct {
	dir  string
	sums map[string]string
}

// with calls use on the file's contents and size. The only error it leaves as it
// is says that there is no such file.
func (f *fileSet) with(name string, use func(r io.Reader, size int64) error) error {
	path := filepath.Join(f.dir, name)
	// A named pipe or a device would block or never end.
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("not a regular file")
	}
	if err != nil {
		return fmt.Errorf("%s: %w: put a readable file there", name, cause(err))
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s: %w: put a readable file there", name, cause(err))
	}
	defer file.Close()
	sum := sha256.New()
	if err := use(io.TeeReader(file, sum), info.Size()); err != nil {
		return err
	}
	f.sums[name] = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// cause strips the path from a system error; the messages here name the file.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// maxText limits the files of JSON text; an index of 100,000 tensors has 10 MB.
const maxText = 64 << 20

// text reads a whole file of JSON text.
func (f *fileSet) text(name string) (data []byte, err error) {
	err = f.with(name, func(r io.Reader, size int64) error {
		if size > maxText {
			return fmt.Errorf("%s: the file has %d bytes, expected at most %d: write the file anew", name, size, maxText)
		}
		if data, err = io.ReadAll(io.LimitReader(r, maxText)); err != nil {
			return fmt.Errorf("%s: %w: put a readable file there", name, cause(err))
		}
		return nil
	})
	return data, err
}

func (f *fileSet) digest() string { return digestOf(f.sums) }

// digestOf is a Checkpoint's Digest, given the SHA-256 of its files by name.
func digestOf(sums map[string]string) string {
	var text strings.Builder
	for _, name := range sortedKeys(sums) {
		fmt.Fprintf(&text, "%s  %s\n", sums[name], name)
	}
	sum := sha256.Sum256([]byte(text.String()))
	return hex.EncodeToString(sum[:])
}

func (f *fileSet) config() (*config, error) {
	data, err := f.text(configFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf(`%s: the file is missing: put the model's configuration there, for example `+
			`{"model_type": "mamba", "hidden_size": 16, "state_size": 4, "num_hidden_layers": 2, "layer_norm_epsilon": 1e-5, "vocab_size": 5} `+
			`or {"model_type": "s4d_token_classifier", "d_model": 32, "d_state": 8, "n_layers": 2, "n_vocab": 5, "prenorm": false}`, configFile)
	}
	if err != nil {
		return nil, err
	}
	object, err := parseObject(pythonNumbers(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: expected one JSON object, correct the file", configFile, err)
	}
	return newConfig(object)
}

func (f *fileSet) task(model *Model) (*Task, error) {
	data, err := f.text(taskFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	task, err := readTask(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: correct the file or remove it", taskFile, err)
	}
	if err := task.fits(model); err != nil {
		return nil, fmt.Errorf("%s: %w: use the task the model was trained on, or remove the file", taskFile, err)
	}
	return task, nil
}

// weights reads the tensors of the single file or of all shards.
func (f *fileSet) weights() (map[string]located, error) {
	all := map[string]located{}
	err := f.addShard(weightsFile, all)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return all, err
	}
	data, err := f.text(indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: the file is missing, and so is %s: save the weights in the safetensors format (a pickled pytorch_model.bin is not read)",
			weightsFile, indexFile)
	}
	if err != nil {
		return nil, err
	}
	wanted, err := readIndex(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: write the index anew", indexFile, err)
	}
	return all, f.shards(wanted, all)
}

// shards reads every file the index names and compares its contents with the index.
func (f *fileSet) shards(wanted map[string]string, all map[string]located) error {
	names := map[string]bool{}
	for _, file := range wanted {
		names[file] = true
	}
	for _, file := range sortedKeys(names) {
		if err := f.addShard(file, all); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: the file is missing, but %s names it: add the shard", file, indexFile)
		} else if err != nil {
			return err
		}
	}
	for _, tensor := range sortedKeys(wanted) {
		if found, ok := all[tensor]; !ok || found.file != wanted[tensor] {
			return fmt.Errorf("%s: tensor %q is missing, expected because %s places it here: write the shards anew", wanted[tensor], tensor, indexFile)
		}
	}
	for _, tensor := range sortedKeys(all) {
		if _, ok := wanted[tensor]; !ok {
			return fmt.Errorf("%s: tensor %q is not in %s, expected every tensor there: write the index anew", all[tensor].file, tensor, indexFile)
		}
	}
	return nil
}

func (f *fileSet) addShard(file string, all map[string]located) error {
	var tensors map[string]Tensor
	err := f.with(file, func(r io.Reader, size int64) (err error) {
		if tensors, err = ReadSafetensors(r, size); err != nil {
			return fmt.Errorf("%s: %w: write the file anew or copy it again", file, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(tensors) {
		if other, twice := all[name]; twice {
			return fmt.Errorf("%s: tensor %q is also in %s, expected it once: write the shards anew", file, name, other.file)
		}
		all[name] = located{tensors[name], file}
	}
	return nil
}

// readIndex returns the weight_map. Its file names must lie in the directory.
func readIndex(data []byte) (map[string]string, error) {
	object, err := parseObject(data)
	if err != nil {
		return nil, err
	}
	entries, ok := object["weight_map"].(map[string]any)
	if !ok || len(entries) == 0 {
		return nil, errors.New(`"weight_map": expected an object from tensor names to file names`)
	}
	wanted := map[string]string{}
	for _, tensor := range sortedKeys(entries) {
		file, _ := entries[tensor].(string)
		// Without separators only names of devices on Windows are left for IsLocal.
		if !strings.HasSuffix(file, ".safetensors") || strings.ContainsAny(file, `/\:`) || strings.ContainsFunc(file, notPrintable) || !filepath.IsLocal(file) {
			return nil, fmt.Errorf("tensor %q is in file %s, expected the name of a .safetensors file in the same directory", tensor, quoted(entries[tensor]))
		}
		wanted[tensor] = file
	}
	return wanted, nil
}

// notPrintable finds runes that would garble an error message.
func notPrintable(r rune) bool { return !unicode.IsPrint(r) }

// located is a tensor with the file it came from.
type located struct {
	Tensor
	file string
}
