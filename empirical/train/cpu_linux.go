package train

import (
	"time"

	"golang.org/x/sys/unix"
)

// threadTime is the processor time that the current thread has used. (Getrusage tells it
// only as of the last tick of the scheduler.)
func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
