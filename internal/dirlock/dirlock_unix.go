//go:build unix && !aix && !solaris

package dirlock

import (
	"errors"
	"os"
	"syscall"
)

// try locks the directory itself: flock takes any open file (Linux and macOS, flock(2)).
// Go opens files so that no child inherits them.
func try(dir string) (func(), error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		switch err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return func() { f.Close() }, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			err = errBusy
		}
		f.Close()
		return nil, err
	}
}
