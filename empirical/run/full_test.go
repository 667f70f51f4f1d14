//go:build linux || darwin

package run

import (
	"errors"
	"math"
	"os"
	"os/signal"
	"syscall"
	"testing"
)

// A write that ends in the middle, here at the largest size a file may have, is an error and
// leaves the store as it was: this and every other process can go on.
func TestStore_full(t *testing.T) {
	path := newPath(t)
	s := mustOpen(t, path)
	if err := s.Append(record(seedSpec(1), 0.5, 0.5)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	signal.Ignore(syscall.SIGXFSZ) // else the write ends the process
	defer signal.Reset(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit := old
	limit.Cur = uint64(len(before)) + 100 // a part of the second line
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip("needs to limit the size of files: ", err)
	}
	err = s.Append(record(seedSpec(2), 0.5, 0.5))
	old.Cur = min(old.Cur, math.MaxInt64)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(err, syscall.EFBIG) {
		t.Errorf("error %v, expected that the file is too large", err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(after) != string(before) {
		t.Errorf("the file has %d bytes, expected the %d from before", len(after), len(before))
	}
	if err := s.Append(record(seedSpec(2), 0.5, 0.5)); err != nil {
		t.Error(err)
	}
	if n := len(mustRecords(t, mustOpen(t, path))); n != 2 {
		t.Errorf("%d records, expected 2", n)
	}
}
