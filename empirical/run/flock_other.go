//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd)

package run

import (
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

func lock(*os.File, bool) error {
	return fmt.Errorf("a store needs flock, which %s does not have", runtime.GOOS)
}

func unlock(*os.File) error { return nil }

var errReadOnly = fs.ErrPermission
