//go:build !linux

package cache

import (
	"os"
	"time"
)

// identity is not known: large files are hashed each time.
func identity(os.FileInfo) (id string, changed time.Time, known bool) {
	return "", time.Time{}, false
}
