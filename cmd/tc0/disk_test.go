package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// onSmallDisk runs a shell script in a folder of its own that holds 64 KiB, with the grid at
// $GRID, and returns what it printed.
func onSmallDisk(t *testing.T, script string) string {
	t.Helper()
	if err := exec.Command("unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", t.TempDir()).Run(); err != nil {
		t.Skip("needs unshare and the right to mount a file system in memory: ", err)
	}
	disk := t.TempDir()
	grid := filepath.Join(t.TempDir(), "grid.json")
	if err := os.WriteFile(grid, []byte(sixteen), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unshare", "--map-root-user", "--mount", "sh", "-c",
		`mount -t tmpfs -o size=64k tmpfs "$DISK" && cd "$DISK" && `+script)
	cmd.Env = append(os.Environ(), "DISK="+disk, "GRID="+grid)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	return out.String()
}

func TestFullDisk(t *testing.T) {
	for _, c := range []struct{ about, script, want string }{
		{"train", `tc0 train --task A5:g4 --arch rnn --length 4 --budget 20s -o run; echo $?; ls run`,
			`^tc0: run/state.bin: cannot be written: no space left on device\n2\nspec.json\n$`},
		{"sweep", `dd if=/dev/zero of=filler bs=1k count=32 2>/dev/null; tc0 sweep "$GRID" -o s >/dev/null; echo $?; rm filler; tc0 runs s >/dev/null && echo readable`,
			`^tc0: .*no space left on device\n2\nreadable\n$`},
	} {
		if got := onSmallDisk(t, c.script); !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("%s: %q does not match %q", c.about, got, c.want)
		}
	}
}

func TestReadOnlyDisk(t *testing.T) {
	got := onSmallDisk(t, `printf '' > s; mount -o remount,ro . && tc0 sweep "$GRID" -o s; echo $?;
		tc0 train --task Z2 --arch rnn -o run; echo $?`)
	want := "tc0: s: may not be written: make it writable or copy it\n2\ntc0: run: cannot be made: read-only file system\n2\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", strings.TrimSpace(got), want)
	}
}
