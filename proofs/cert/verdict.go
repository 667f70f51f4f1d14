package cert

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tc0/circuits/check"
	"tc0/proofs/kernel"
)

// Verdict is what the verification of an experiment or of a family found.
type Verdict struct {
	Verdict check.Verdict
	Reason  string          // why it does not hold
	Results []kernel.Result // of the claims judged
	Trusted []string        // what a verdict that holds takes on trust
}

// Print writes a line for each claim that was judged, what is trusted, and the verdict.
func (v *Verdict) Print(w io.Writer) error {
	for _, r := range v.Results {
		fmt.Fprintf(w, "%-18s %-13s %s\n%33s%s\n", r.ID, r.Kind, r.Text, "", r.Checked)
	}
	if v.Verdict == check.Holds {
		fmt.Fprintf(w, "trusted: %s\n", strings.Join(v.Trusted, "\ntrusted: "))
	} else {
		fmt.Fprintln(w, v.Reason)
	}
	_, err := fmt.Fprintf(w, "verdict: %v\n", v.Verdict)
	return err
}

// A refusal is an error that makes a certificate fail.
type refusal struct{ reason string }

func (r refusal) Error() string { return r.reason }

func refuse(format string, args ...any) error { return refusal{fmt.Sprintf(format, args...)} }

// A question is an error that leaves open whether a certificate holds.
type question struct{ reason string }

func (q question) Error() string { return q.reason }

// conclude turns the error of a verification into a verdict. Other errors say that there was
// nothing to judge.
func (v *Verdict) conclude(err error) (*Verdict, error) {
	var fault refusal
	var open question
	switch {
	case err == nil:
		v.Verdict = check.Holds
	case errors.As(err, &fault):
		v.Verdict, v.Reason = check.Fails, err.Error()
	case errors.As(err, &open):
		v.Verdict, v.Reason = check.Undecided, err.Error()
	default:
		return nil, err
	}
	return v, nil
}

// add notes the verdict on a claim.
func (v *Verdict) add(id, kind, text, format string, args ...any) {
	v.Results = append(v.Results, kernel.Result{ID: id, Kind: kind, Text: text, Checked: fmt.Sprintf(format, args...)})
}

// a statement is a claim that there is in a format.
type statement struct{ id, kind, text string }

// ClaimText says what a claim of an experiment or of a family claims, "" for others.
func ClaimText(id string) string {
	for _, s := range append(slices.Clone(experimentStatements), familyStatements...) {
		if s.id == id {
			return s.text
		}
	}
	return ""
}

// begins reports whether a text begins as the files of a format do.
func begins(text []byte, format string) bool {
	return bytes.HasPrefix(text, []byte("{\n  \"format\": \""+format+"\""))
}

// canonical reads JSON of a known type, of which there is one text.
func canonical(data []byte, into any, name string) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse("%s: is not the JSON of its format: %v", name, err)
	}
	if !bytes.Equal(encode(into), data) {
		return refuse("%s: is not in its canonical form", name)
	}
	return nil
}

// encode is the canonical text of a value: indented by two spaces, a line feed at the end.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // no number of these types is infinite or NaN
	}
	return b.Bytes()
}

// companion reads a file beside a certificate, which must be the one that it names.
func companion(dir string, f kernel.File) ([]byte, error) {
	data, err := readRegular(filepath.Join(dir, f.Name))
	if err == nil && sha256Of(data) != f.SHA256 {
		err = refuse("%s: is not the file that the certificate is about", f.Name)
	}
	return data, err
}

func sha256Of(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// readRegular reads a file, and refuses what would block or never end.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	return data, nil
}
