package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// A Store is a file of records, one a line, that grows only. It may be used by many
// goroutines, and the file by many processes.
type Store struct {
	mutex    sync.Mutex
	file     *os.File
	writable bool
	read     int64 // bytes of the lines read so far
	lines    int
	records  []Record
	known    map[string]bool // by digest
}

// ErrKnown says that the store has a record of the same digest.
var ErrKnown = errors.New("the store has this run already")

// Open opens a store, which is made if there is none. A file that may not be written can be
// read.
func Open(path string) (*Store, error) {
	s := &Store{known: map[string]bool{}, writable: true}
	_, err := os.Stat(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	s.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnly) {
		s.writable = false
		s.file, err = os.Open(path)
	}
	if err != nil {
		return nil, err
	}
	if isNew {
		err = syncFolder(filepath.Dir(path))
	}
	if err == nil {
		_, err = s.Records()
	}
	if err != nil {
		s.file.Close()
		return nil, err
	}
	return s, nil
}

// Writable reports whether records can be added.
func (s *Store) Writable() bool { return s.writable }

// syncFolder makes the entry of a new file last.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// Close closes the file.
func (s *Store) Close() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.file.Close()
}

// Records returns all records, those that other processes added included, in the order
// in which they were added.
func (s *Store) Records() ([]Record, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.locked(false, s.refresh); err != nil {
		return nil, err
	}
	return slices.Clone(s.records), nil
}

// Append adds a record and returns when it is on disk. The error is [ErrKnown] if its
// digest is there already. After another error the store is as it was.
func (s *Store) Append(r Record) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.writable {
		return fmt.Errorf("%s may not be written: make it writable or copy it", s.file.Name())
	}
	return s.locked(true, func() error {
		if err := s.refresh(); err != nil {
			return err
		}
		if s.known[r.Digest] {
			return ErrKnown
		}
		if err := s.write(append(line, '\n')); err != nil {
			return err
		}
		s.read += int64(len(line)) + 1
		s.keep(r)
		return nil
	})
}

// locked does something under the lock of the file.
func (s *Store) locked(alone bool, do func() error) error {
	if err := lock(s.file, alone); err != nil {
		return fmt.Errorf("%s: lock: %w", s.file.Name(), err)
	}
	return errors.Join(do(), unlock(s.file))
}

// refresh reads the lines that were added since. What follows the last line's end was left
// by a process that died: nobody else writes while the lock is held.
func (s *Store) refresh() error {
	info, err := s.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < s.read {
		return fmt.Errorf("%s became shorter: something else than a store wrote to it", s.file.Name())
	}
	data, err := io.ReadAll(io.NewSectionReader(s.file, s.read, info.Size()-s.read))
	if err != nil {
		return err
	}
	for {
		line, rest, ended := bytes.Cut(data, []byte("\n"))
		if !ended {
			return nil
		}
		r, err := ParseRecord(line)
		if err == nil && s.known[r.Digest] {
			err = ErrKnown
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", s.file.Name(), s.lines+1, err)
		}
		s.read += int64(len(line)) + 1
		s.keep(r)
		data = rest
	}
}

func (s *Store) keep(r Record) {
	s.lines++
	s.known[r.Digest] = true
	s.records = append(s.records, r)
}

// write adds a line where the last whole line ends. If that fails, the file ends there.
func (s *Store) write(line []byte) error {
	if err := s.file.Truncate(s.read); err != nil {
		return err
	}
	_, err := s.file.WriteAt(line, s.read)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return errors.Join(err, s.file.Truncate(s.read))
	}
	return nil
}
