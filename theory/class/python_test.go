package class

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// A second checker, in Python and written from the documentation of the format, agrees with
// Check on certificates and on mutants of them.
func TestPythonAgrees(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("needs python3 (Debian python3): not installed")
	}
	var input bytes.Buffer
	var want []error
	add := func(text []byte) {
		if c, err := Decode(text); err == nil {
			input.Write(text)
			want = append(want, Check(c))
		}
	}
	random := &source{state: 7}
	all := certificates(t)
	for _, name := range sorted(all) {
		add(all[name])
		for range 40 {
			add(mutate(random, all[name]))
		}
	}
	command := exec.Command(python, "testdata/check.py")
	command.Stdin = &input
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d answers to %d certificates", len(got), len(want))
	}
	accepted := 0
	for i, line := range got {
		if (line == "ok") != (want[i] == nil) {
			t.Errorf("certificate %d: Check says %v, Python %q", i, want[i], line)
		}
		if want[i] == nil {
			accepted++
		}
	}
	t.Logf("%d certificates and mutants: both accept %d and reject the rest", len(want), accepted)
}
