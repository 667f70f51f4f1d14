package main

import (
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Work is shown when it takes longer than patience, and redrawn every tick.
const (
	patience = 2 * time.Second
	tick     = 100 * time.Millisecond
)

// meter shows how far a job has come on a terminal, and nothing elsewhere. A
// goroutine draws, so that work which reports rarely still shows signs of life.
type meter struct {
	w     io.Writer
	quit  chan struct{}
	once  sync.Once
	ended sync.WaitGroup

	mu          sync.Mutex
	job         string
	done, total int64
}

func newMeter(w io.Writer) *meter {
	m := &meter{w: w, quit: make(chan struct{})}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return m
	}
	m.ended.Go(func() {
		ticks := time.NewTicker(tick)
		defer ticks.Stop()
		m.draw(time.Now(), ticks.C)
	})
	return m
}

// step notes the state of the job; it is cheap and safe for concurrent use.
func (m *meter) step(job string, done, total int) { m.set(job, int64(done), int64(total)) }

// counter is step for one job that counts words.
func (m *meter) counter(job string, total uint64) func(done, total uint64) {
	m.set(job, 0, int64(total))
	return func(done, total uint64) { m.set(job, int64(done), int64(total)) }
}

func (m *meter) set(job string, done, total int64) {
	m.mu.Lock()
	m.job, m.done, m.total = job, done, total
	m.mu.Unlock()
}

// stop clears the bar, so that the answer starts on a clean line.
func (m *meter) stop() {
	m.once.Do(func() { close(m.quit) })
	m.ended.Wait()
}

// draw redraws at every tick until the meter is stopped.
func (m *meter) draw(start time.Time, ticks <-chan time.Time) {
	var bar *progressbar.ProgressBar
	job, max := "", int64(-2)
	for {
		var at time.Time
		select {
		case <-m.quit:
			if bar != nil {
				bar.Clear()
			}
			return
		case at = <-ticks:
		}
		m.mu.Lock()
		now, done, total := m.job, m.done, m.total
		m.mu.Unlock()
		if now == "" || at.Sub(start) < patience {
			continue
		}
		if total <= 0 {
			total = -1
		}
		if bar == nil || now != job || total != max {
			if bar != nil {
				bar.Clear()
			}
			bar, job, max = m.bar(now, total), now, total
		}
		if max > 0 {
			bar.Set64(min(done, max))
		} else {
			bar.Add(1)
		}
	}
}

// bar is a new bar, or a spinner for work of unknown size.
func (m *meter) bar(job string, total int64) *progressbar.ProgressBar {
	options := []progressbar.Option{
		progressbar.OptionSetWriter(m.w),
		progressbar.OptionSetDescription(job),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionSetElapsedTime(true),
		progressbar.OptionSetPredictTime(total > 0),
		progressbar.OptionSpinnerType(14),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionUseANSICodes(true),
	}
	if total > 0 {
		options = append(options, progressbar.OptionShowCount())
	}
	return progressbar.NewOptions64(total, options...)
}
