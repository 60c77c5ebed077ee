package dirlock

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Windows locks no directories. A file that is opened with no sharing, and deleted when it is
// closed, is the same: it has a name for each directory, in the user's temporary files.
func try(dir string) (func(), error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	name := filepath.Join(os.TempDir(), fmt.Sprintf("tenantgen-lock-%x", sha256.Sum256([]byte(abs))))
	path, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	const deleteOnClose, sharingViolation, deletePending = 0x04000000, syscall.Errno(32), syscall.ERROR_ACCESS_DENIED
	h, err := syscall.CreateFile(path, syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL|deleteOnClose, 0)
	if errors.Is(err, sharingViolation) || errors.Is(err, deletePending) {
		return nil, errBusy
	}
	if err != nil {
		return nil, err
	}
	return func() { syscall.CloseHandle(h) }, nil
}
