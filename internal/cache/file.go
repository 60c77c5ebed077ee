package cache

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

// Program is the hash of the running program: another build of the same version is another program.
func (s *Store) Program() (Key, error) {
	if runtime.GOOS == "linux" { // what runs, whatever has come into its place
		if k, err := s.File("/proc/self/exe"); err == nil {
			return k, nil
		}
	}
	name, err := os.Executable()
	if err != nil {
		return Key{}, err
	}
	return s.File(name)
}

// settled is how old the last change of a file must be for its time to tell the next one apart: file systems count time
// in steps.
const settled = 2 * time.Second

// File is the hash of a large file. What it was is remembered for as long as the system says that the file is the same one
// and unchanged: by device, inode, size and the time of its last change, which no program sets at will (POSIX.1-2017, 4.9,
// File Times Update).
func (s *Store) File(name string) (k Key, err error) {
	f, err := os.Open(name)
	if err != nil {
		return k, err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return k, err
	}
	if !before.Mode().IsRegular() {
		return k, fmt.Errorf("%s is no regular file", name)
	}
	id, changed, known := identity(before)
	facts := NewFacts("hash of a file")
	facts.Add(id)
	if known {
		if was, ok := s.Get(facts.Key()); ok && len(was) == len(k) {
			return Key(was), nil
		}
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return k, err
	}
	h.Sum(k[:0])
	after, err := f.Stat()
	if now, _, _ := identity(after); err == nil && known && now == id && time.Since(changed) > settled {
		s.Put(facts.Key(), k[:])
	}
	return k, err
}
