package tenant

import "time"

// SetQuiet changes how long a listener waits before it asks whether the server is still there.
func SetQuiet(d time.Duration) (restore func()) {
	old := quiet
	quiet = d
	return func() { quiet = old }
}

// MaxQueued is how many notifications wait for a slow listener.
const MaxQueued = maxQueued
