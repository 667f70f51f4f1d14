package coq

import (
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed ocaml/validator.mli ocaml/validator.ml ocaml/main.ml
var sources embed.FS

// BuildValidator compiles the validator in a folder with ocamlopt, which comes with
// Debian's coq, and returns the program's path. The program takes pairs of files, model.ac
// and circuit.tc, and ends with status 0 if it accepts all of them.
func BuildValidator(ctx context.Context, dir string) (string, error) {
	args := []string{"-w", "-a", "-o", "validate"}
	for _, name := range []string{"validator.mli", "validator.ml", "main.ml"} {
		text, err := sources.ReadFile("ocaml/" + name)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return "", err
		}
		args = append(args, name)
	}
	cmd := exec.CommandContext(ctx, "ocamlopt", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("ocamlopt: %w: %s", err, out)
	}
	return filepath.Join(dir, "validate"), nil
}
