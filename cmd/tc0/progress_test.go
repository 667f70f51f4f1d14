package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedBuffer is what a terminal shows, readable while it is written.
type lockedBuffer struct {
	sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.Lock()
	defer b.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) take() string {
	b.Lock()
	defer b.Unlock()
	s := b.String()
	b.Reset()
	return s
}

// drawing runs a meter as on a terminal, with a clock that the test moves.
func drawing(t *testing.T) (m *meter, screen *lockedBuffer, at func(after time.Duration)) {
	screen = &lockedBuffer{}
	m = newMeter(screen)
	ticks := make(chan time.Time)
	start := time.Unix(0, 0)
	m.ended.Go(func() { m.draw(start, ticks) })
	t.Cleanup(m.stop)
	return m, screen, func(after time.Duration) {
		ticks <- start.Add(after)
		ticks <- start // taken up when the first has been drawn; too early to draw
	}
}

func TestMeterIsPatient(t *testing.T) {
	m, screen, at := drawing(t)
	m.step("lower", 3, 10)
	at(patience - time.Millisecond)
	if s := screen.take(); s != "" {
		t.Errorf("drawn before %v: %q", patience, s)
	}
	at(patience)
	if s := screen.take(); !strings.Contains(s, "lower") || !strings.Contains(s, "3/10") {
		t.Errorf("drawn after %v: %q", patience, s)
	}
	m.step("report", 0, 0)
	at(2 * patience)
	if s := screen.take(); !strings.Contains(s, "report") || strings.Contains(s, "/") {
		t.Errorf("work of unknown size: %q", s)
	}
	m.stop()
	if s := screen.take(); s != "\033[2K\r" {
		t.Errorf("the line is not cleared: %q", s)
	}
}

func TestMeterWithoutTerminal(t *testing.T) {
	var screen bytes.Buffer
	m := newMeter(&screen)
	m.step("lower", 3, 10)
	m.stop()
	m.stop() // twice is harmless
	if screen.Len() > 0 {
		t.Errorf("drawn on what is no terminal: %q", screen.String())
	}
}
