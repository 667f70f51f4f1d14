package snark

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The formats of artefacts; their first bytes are {"format":"tc0 proof 1" and so on.
const (
	proofFormat     = "tc0 proof 1"
	verifyingFormat = "tc0 verifying key 1"
	provingFormat   = "tc0 proving key 1"
)

// maxText bounds the JSON of an artefact.
const maxText = 16 << 20

// SingleParty says how keys were made: by one process, which knew the secret that
// lets its owner prove anything.
const SingleParty = "single-party: whoever ran it could have kept the secret, and with it could forge any proof"

// Shape is the size of a statement.
type Shape struct {
	Length     int `json:"length"`     // tokens of a word
	Vocabulary int `json:"vocabulary"` // tokens are below
	Positions  int `json:"positions"`  // with a label
	Classes    int `json:"classes"`    // labels are below
}

func (s Shape) check() error {
	if s.Length < 0 || s.Positions < 1 || s.Vocabulary < 1 || s.Classes < 1 {
		return fmt.Errorf("shape %v is not possible", s)
	}
	return nil
}

// Header says what an artefact belongs to. Artefacts with different headers do not go
// together.
type Header struct {
	Format       string  `json:"format"`
	Backend      Backend `json:"system"`
	Words        Words   `json:"words"`
	Chunk        int     `json:"chunk,omitempty"`               // words of a chunk
	Model        string  `json:"model_digest"`                  // SHA-256 of model.ac; empty for committed weights
	Checkpoint   string  `json:"checkpoint_digest"`             // as in quant.json; the same
	Architecture string  `json:"architecture_digest,omitempty"` // of committed weights: SHA-256
	System       string  `json:"constraint_system_digest"`      // SHA-256
	Shape        Shape   `json:"shape"`
	Setup        string  `json:"setup"`
}

// VerifyingKey checks proofs of one constraint system.
type VerifyingKey struct {
	Header
	Key []byte `json:"key"` // as gnark writes it
}

// Digest identifies the key.
func (k *VerifyingKey) Digest() string { return digestOf(k.Key) }

// Proof is a proof with its statement.
type Proof struct {
	Header
	KeyDigest string    `json:"verifying_key_digest"`
	Statement Statement `json:"statement"`
	Proof     []byte    `json:"proof"` // as gnark writes it
}

// provingHeader is the first line of a proving key; the key follows.
type provingHeader struct {
	Header
	KeyDigest string `json:"verifying_key_digest"`
	Payload   string `json:"payload_digest"`
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func (h Header) options() Options { return Options{h.Backend, h.Words, h.Chunk, h.Architecture != ""} }

// against says how a header differs from the one that is wanted.
func (h Header) against(want Header) error {
	for _, f := range []struct{ name, got, want string }{
		{"proof system", string(h.Backend), string(want.Backend)},
		{"visibility of words", string(h.Words), string(want.Words)},
		{"number of words of a chunk", fmt.Sprint(h.Chunk), fmt.Sprint(want.Chunk)},
		{"digest of model.ac", h.Model, want.Model},
		{"digest of the checkpoint", h.Checkpoint, want.Checkpoint},
		{"digest of the architecture", h.Architecture, want.Architecture},
		{"digest of the constraint system", h.System, want.System},
		{"shape", fmt.Sprint(h.Shape), fmt.Sprint(want.Shape)},
		{"setup", h.Setup, want.Setup},
	} {
		if f.got != f.want {
			return fmt.Errorf("the %s is %s, expected %s", f.name, f.got, f.want)
		}
	}
	return nil
}

// encode is the one spelling of an artefact.
func encode(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	return append(data, '\n'), err
}

// decode reads an artefact and accepts what encode writes and nothing else.
func decode(r io.Reader, format string, v any, h *Header) error {
	if err := readSpelled(r, v, &h.Format, format); err != nil {
		return err
	}
	if err := h.options().validate(); err != nil {
		return err
	}
	if h.Architecture != "" && h.Model+h.Checkpoint != "" {
		return errors.New("committed weights, and a digest of the model")
	}
	return h.Shape.check()
}

// readSpelled reads JSON of one format in the one spelling that encode gives it.
func readSpelled(r io.Reader, v any, got *string, format string) error {
	data, err := io.ReadAll(io.LimitReader(r, maxText+1))
	if err != nil {
		return err
	}
	if len(data) > maxText {
		return fmt.Errorf("more than %d bytes", maxText)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("not a %s: %w", format, err)
	}
	if *got != format {
		return fmt.Errorf("format %q, expected %q", *got, format)
	}
	if same, err := encode(v); err != nil || !bytes.Equal(same, data) {
		return fmt.Errorf("not spelled as tc0 writes a %s", format)
	}
	return nil
}

// Encode is the text of a verifying key.
func (k *VerifyingKey) Encode() ([]byte, error) { return encode(k) }

// ReadVerifyingKey reads what [VerifyingKey.Encode] gives.
func ReadVerifyingKey(r io.Reader) (*VerifyingKey, error) {
	var k VerifyingKey
	if err := decode(r, verifyingFormat, &k, &k.Header); err != nil {
		return nil, err
	}
	return &k, engineOf(k.Backend).wellFormedKey(k.Key)
}

// Encode is the text of a proof.
func (p *Proof) Encode() ([]byte, error) { return encode(p) }

// ReadProof reads what [Proof.Encode] gives.
func ReadProof(r io.Reader) (*Proof, error) {
	var p Proof
	if err := decode(r, proofFormat, &p, &p.Header); err != nil {
		return nil, err
	}
	return &p, engineOf(p.Backend).wellFormedProof(p.Proof)
}

// IsProof tells from its first bytes whether a file is a proof.
func IsProof(start []byte) bool { return strings.HasPrefix(string(start), `{"format":"tc0 proof `) }

// ProvingKey makes proofs for one constraint system.
type ProvingKey struct {
	header provingHeader
	key    provingKey
}

// Write writes the key. The file is a cache: its points are not checked again when
// it is read, so it is not for exchange.
func (k *ProvingKey) Write(w io.Writer) error {
	sum := sha256.New()
	if _, err := k.key.WriteRawTo(sum); err != nil {
		return err
	}
	h := k.header
	h.Payload = hex.EncodeToString(sum.Sum(nil))
	line, err := encode(h)
	if err != nil {
		return err
	}
	if _, err := w.Write(line); err != nil {
		return err
	}
	_, err = k.key.WriteRawTo(w)
	return err
}

// ReadProvingKey reads a key for a system with a verifying key. The content is compared with
// its digest before any of it is used.
func ReadProvingKey(r io.ReadSeeker, want *VerifyingKey) (*ProvingKey, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	line, err := buffered.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("not a %s: no header", provingFormat)
	}
	k := &ProvingKey{}
	if err := decode(bytes.NewReader(line), provingFormat, &k.header, &k.header.Header); err != nil {
		return nil, err
	}
	if err := k.header.against(want.Header); err != nil {
		return nil, err
	}
	if k.header.KeyDigest != want.Digest() {
		return nil, errors.New("it was made together with another verifying key: run tc0 prove setup again")
	}
	start := int64(len(line))
	sum := sha256.New()
	if _, err := io.Copy(sum, buffered); err != nil {
		return nil, err
	}
	if hex.EncodeToString(sum.Sum(nil)) != k.header.Payload {
		return nil, errors.New("the content does not have the digest in the header: the file is damaged, run tc0 prove setup again")
	}
	if _, err := r.Seek(start, io.SeekStart); err != nil {
		return nil, err
	}
	k.key = engineOf(want.Backend).newProvingKey()
	_, err = k.key.UnsafeReadFrom(bufio.NewReaderSize(r, 1<<20))
	return k, err
}
