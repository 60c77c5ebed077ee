package cache

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// identity names a file in a state: what differs for another file, or after a change.
func identity(info os.FileInfo) (id string, changed time.Time, known bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", time.Time{}, false
	}
	return fmt.Sprint(st.Dev, st.Ino, st.Size, st.Mtim.Sec, st.Mtim.Nsec, st.Ctim.Sec, st.Ctim.Nsec), time.Unix(st.Ctim.Unix()), true
}
