//go:build unix

package cache

import (
	"os"
	"syscall"
)

// modes tells that the permissions of files say who has them.
const modes = true

// ours reports whether a file belongs to this user.
func ours(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}
