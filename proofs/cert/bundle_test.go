package cert

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tc0/circuits/compile"
	"tc0/proofs/kernel"
	"tc0/theory/ssm"
)

const models = "../../theory/ssm/testdata"

// bundle is everything that a certificate is about, in memory.
type bundle struct {
	files      map[string][]byte // of the OUT_DIR
	checkpoint map[string][]byte
	cert       kernel.Certificate
}

// shape is how a model is compiled for a test.
type shape struct {
	length, bits, digits int
	form                 compile.Form
	goal                 compile.Goal
	words                int
}

// compiled compiles a checkpoint and issues its certificate.
func compiled(t testing.TB, name string, s shape) *bundle {
	t.Helper()
	ck, err := ssm.Load(filepath.Join(models, name))
	if err != nil {
		t.Fatal(err)
	}
	c, err := compile.Compile(context.Background(), ck, compile.Request{
		Length: s.length, Precision: &compile.Precision{Base: s.bits}, Digits: s.digits, Minimize: s.goal, Form: s.form,
		Seed: 1, EvalWords: s.words,
	})
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{files: map[string][]byte{}, checkpoint: map[string][]byte{}}
	var ac, tc bytes.Buffer
	quant, err := c.Quant.MarshalIndent()
	report, err2 := json.Marshal(c.Report)
	for _, err := range []error{err, err2, c.Arith.WriteBinary(&ac), c.Threshold.WriteBinary(&tc)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	b.files[quantFile], b.files[arithFile], b.files[circuitFile], b.files[reportFile] = quant, ac.Bytes(), tc.Bytes(), report
	for _, file := range ck.Files {
		if file == "task.json" {
			continue
		}
		if b.checkpoint[file], err = os.ReadFile(filepath.Join(ck.Dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write(t, dir, b.files)
	issued, err := Issue(dir, ck)
	if err != nil {
		t.Fatal(err)
	}
	b.cert = *issued
	return b
}

func write(t testing.TB, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// clone is a copy whose files can be replaced and whose claims can be changed.
func (b *bundle) clone() *bundle {
	c := &bundle{files: maps.Clone(b.files), checkpoint: maps.Clone(b.checkpoint)}
	text, _ := json.Marshal(b.cert)
	_ = json.Unmarshal(text, &c.cert)
	return c
}

// sign renews every digest, as a forger would: the checkpoint's in quant.json, and all in
// the certificate.
func (b *bundle) sign() {
	names := slices.Sorted(maps.Keys(b.checkpoint))
	text := ""
	b.cert.Checkpoint.Files = nil
	for _, name := range names {
		text += fmt.Sprintf("%s  %s\n", digest(b.checkpoint[name]), name)
		b.cert.Checkpoint.Files = append(b.cert.Checkpoint.Files, kernel.File{Name: name, SHA256: digest(b.checkpoint[name])})
	}
	old := b.cert.Checkpoint.Digest
	b.cert.Checkpoint.Digest = digest([]byte(text))
	b.files[quantFile] = []byte(strings.ReplaceAll(string(b.files[quantFile]), old, b.cert.Checkpoint.Digest))
	for i := range b.cert.Files {
		b.cert.Files[i].SHA256 = digest(b.files[b.cert.Files[i].Name])
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// verify writes the bundle to dir and lets the kernel judge it.
func (b *bundle) verify(t testing.TB, dir string) kernel.Verdict {
	t.Helper()
	source := filepath.Join(dir, "checkpoint")
	if err := os.RemoveAll(source); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(source, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, b.files)
	write(t, source, b.checkpoint)
	write(t, dir, map[string][]byte{FileName: b.cert.Encode()})
	v, err := kernel.Verify(filepath.Join(dir, FileName), source)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
