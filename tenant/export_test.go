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

// Known is of how many pools db remembers how statements are sent on them.
func Known(db *DB) int {
	n := 0
	db.family.known.Range(func(any, any) bool { n++; return true })
	return n
}
