package pgserver

import (
	"os"
	"syscall"
)

// memory is a directory in memory with room for a server's databases, "" where there is none: each of them is
// some 300 files, which file systems on disks can take a second to create.
func memory() string {
	const dir, tmpfs, room = "/dev/shm", 0x01021994, 4 << 30
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil || int64(s.Type) != tmpfs || s.Bavail*uint64(s.Bsize) < room {
		return ""
	}
	if info, err := os.Stat(dir); err != nil || info.Mode()&(os.ModeSticky|0o2) != os.ModeSticky|0o2 {
		return "" // not for everybody
	}
	return dir
}
