package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// TestSameBytesOnARM: a compiler for another processor rounds float64 expressions
// differently where it may, and every file that compile writes is the same. The
// ARM program runs in an emulator.
func TestSameBytesOnARM(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the whole program twice")
	}
	emulator, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		t.Skip("needs qemu-aarch64 (Debian qemu-user): not installed")
	}
	t.Parallel()
	dir := t.TempDir()
	native, arm := buildFor(t, dir, runtime.GOARCH), buildFor(t, dir, "arm64")
	for _, model := range []string{"mamba-flipflop4", "s4d-z5"} {
		args := []string{"compile", filepath.Join("..", "..", "theory", "ssm", "testdata", model), "--length", "6", "--bits", "8", "-o"}
		here, there := filepath.Join(dir, model), filepath.Join(dir, model+"-arm")
		runProgram(t, native, append(args, here)...)
		runProgram(t, emulator, append(append([]string{arm}, args...), there)...)
		sameFiles(t, here, there)
	}
}

func buildFor(t *testing.T, dir, arch string) string {
	t.Helper()
	program := filepath.Join(dir, "tc0-"+arch)
	cmd := exec.Command("go", "build", "-o", program, ".")
	cmd.Env = append(os.Environ(), "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build for %s: %v\n%s", arch, err, out)
	}
	return program
}

func runProgram(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
}

// sameFiles compares all files of two folders.
func sameFiles(t *testing.T, a, b string) {
	t.Helper()
	files := 0
	err := fs.WalkDir(os.DirFS(a), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		x, err := os.ReadFile(filepath.Join(a, name))
		if err != nil {
			return err
		}
		y, err := os.ReadFile(filepath.Join(b, name))
		if err == nil && !bytes.Equal(x, y) {
			t.Errorf("%s: differs", filepath.Join(b, name))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if files == 0 {
		t.Errorf("%s: no files", a)
	}
}
