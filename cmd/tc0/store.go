package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// temporaries are files under way, for removal when the program ends early.
var temporaries struct {
	sync.Mutex
	names map[string]bool
}

func noteTemporary(name string, present bool) {
	temporaries.Lock()
	defer temporaries.Unlock()
	if temporaries.names == nil {
		temporaries.names = map[string]bool{}
	}
	if present {
		temporaries.names[name] = true
	} else {
		delete(temporaries.names, name)
	}
}

// removeTemporaries holds the lock for good: nothing is written afterwards.
func removeTemporaries() {
	temporaries.Lock()
	for name := range temporaries.names {
		os.Remove(name)
	}
}

// file is a file to be written and how.
type file struct {
	path  string
	write func(w io.Writer) error
}

// writeFiles writes all files beside their final places, and gives them their
// names only when every one of them is complete and on disk.
func writeFiles(ctx context.Context, files ...file) error {
	staged := make([]string, 0, len(files))
	defer func() {
		for _, name := range staged {
			os.Remove(name)
			noteTemporary(name, false)
		}
	}()
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := stage(f)
		if name != "" {
			staged = append(staged, name)
		}
		if err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, f := range files {
		if err := os.Rename(staged[i], f.path); err != nil {
			return err
		}
	}
	return syncFolder(filepath.Dir(files[0].path))
}

// stage writes one file under a temporary name in its folder.
func stage(f file) (name string, err error) {
	t, err := os.CreateTemp(filepath.Dir(f.path), ".tc0-*")
	if err != nil {
		return "", underName(f.path, err)
	}
	noteTemporary(t.Name(), true)
	w := bufio.NewWriterSize(t, 1<<16)
	err = f.write(w)
	for _, next := range []func() error{w.Flush, func() error { return t.Chmod(0o644) }, t.Sync, t.Close} {
		if e := next(); err == nil {
			err = e
		}
	}
	return t.Name(), underName(f.path, err)
}

// underName gives an error of the file system the file's final name in place of the
// temporary one.
func underName(path string, err error) error {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		return fmt.Errorf("%s: cannot be written: %w", path, fault.Err)
	}
	return err
}

// syncFolder makes renames survive a power cut.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
