// Package dirlock lets one process at a time work in a directory. The lock is the system's,
// so it goes with the process however that ends, and leaves no file in the directory.
package dirlock

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errBusy says that another process has the lock.
var errBusy = errors.New("another process has the lock")

// pause is how long to wait before the next attempt.
const pause = 50 * time.Millisecond

// Acquire locks a directory for this process and returns what unlocks it. While another
// process has the lock it calls waiting, once, and waits until ctx ends.
func Acquire(ctx context.Context, dir string, waiting func()) (release func(), err error) {
	for first := true; ; first = false {
		release, err = try(dir)
		if err == nil {
			return release, nil
		}
		if !errors.Is(err, errBusy) {
			return nil, fmt.Errorf("%s cannot be locked: %w", dir, err)
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s is locked: another run has not ended: %w", dir, ctx.Err())
		case <-time.After(pause):
		}
	}
}
