//go:build !linux

package train

import "time"

var start = time.Now()

// threadTime stands in for the processor time of the current thread where the standard
// library does not tell it: the time that has passed.
func threadTime() time.Duration { return time.Since(start) }
