package cache

import (
	"io/fs"
	"path"
	"time"
)

// What nobody has used for so long goes; it is looked for once a day.
const (
	unused   = 10 * 24 * time.Hour
	interval = 24 * time.Hour
	marker   = "trimmed"
)

// Size is the number of entries and of their bytes.
func (s *Store) Size() (entries int, bytes int64) {
	s.each(func(name string, info fs.FileInfo) {
		entries, bytes = entries+1, bytes+info.Size()
	})
	return entries, bytes
}

// Clean removes every entry, and nothing else that may be in the directory.
func (s *Store) Clean() error {
	var failed error
	s.each(func(name string, _ fs.FileInfo) {
		if err := s.root.Remove(name); err != nil {
			failed = err
		}
	})
	for _, dir := range s.folders() {
		s.root.Remove(dir) // unless something is in it
	}
	s.root.Remove(marker)
	return failed
}

// trim removes what nobody uses.
func (s *Store) trim(now time.Time) {
	if info, err := s.root.Lstat(marker); err == nil && now.Sub(info.ModTime()) < interval && !info.ModTime().After(now) {
		return
	}
	s.root.Remove(marker)
	if f, err := s.root.Create(marker); err == nil {
		f.Close()
	}
	s.each(func(name string, info fs.FileInfo) {
		if now.Sub(info.ModTime()) > unused {
			s.root.Remove(name)
		}
	})
}

// folders are those of entries, by the first two digits of their keys.
func (s *Store) folders() []string {
	all, _ := fs.ReadDir(s.root.FS(), ".")
	var list []string
	for _, e := range all {
		if e.IsDir() && len(e.Name()) == 2 && hexadecimal(e.Name()) {
			list = append(list, e.Name())
		}
	}
	return list
}

// each visits the entries, and files that were to become some.
func (s *Store) each(visit func(name string, info fs.FileInfo)) {
	for _, dir := range s.folders() {
		files, _ := fs.ReadDir(s.root.FS(), dir)
		for _, e := range files {
			ours := len(e.Name()) == 2*len(Key{}) && hexadecimal(e.Name()) || len(e.Name()) > len(tempPrefix) && e.Name()[:len(tempPrefix)] == tempPrefix
			if info, err := e.Info(); err == nil && ours && !e.IsDir() {
				visit(path.Join(dir, e.Name()), info)
			}
		}
	}
}

func hexadecimal(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
