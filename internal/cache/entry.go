package cache

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"
	"time"
)

// form is that of entries: another one is another purpose.
const form = "tenantgen cache 1"

// maxEntry bounds an entry.
const maxEntry = 64 << 20

// Get is what was put under a key, if it is there and whole.
func (s *Store) Get(k Key) ([]byte, bool) {
	data, info, err := readRegular(s.root, place(k), maxEntry)
	if err != nil || len(data) < sha256.Size || !hmac.Equal(data[:sha256.Size], s.code(k, data[sha256.Size:])) {
		return nil, false
	}
	if now := time.Now(); now.Sub(info.ModTime()) > time.Hour { // what is used stays
		s.root.Chtimes(place(k), now, now)
	}
	return data[sha256.Size:], true
}

// Put keeps data under a key. Others see it whole or not at all.
func (s *Store) Put(k Key, data []byte) error {
	if len(data) > maxEntry-sha256.Size {
		return errors.New("too large to be kept")
	}
	dir := path.Dir(place(k))
	if err := s.root.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	temp, err := writeTemp(s.root, dir, s.code(k, data), data)
	if err != nil {
		return err
	}
	if err := s.root.Rename(temp, place(k)); err != nil {
		s.root.Remove(temp)
		return err
	}
	s.trim(time.Now())
	return nil
}

// code says that this user put data under a key.
func (s *Store) code(k Key, data []byte) []byte {
	mac := hmac.New(sha256.New, s.secret)
	io.WriteString(mac, form)
	mac.Write(k[:]) // of a fixed length, and so is form
	mac.Write(data)
	return mac.Sum(nil)
}

func place(k Key) string {
	name := hex.EncodeToString(k[:])
	return path.Join(name[:2], name)
}

// tempPrefix begins the names of files that are being written.
const tempPrefix = "tmp-"

// writeTemp writes a new file under a name of its own.
func writeTemp(root *os.Root, dir string, parts ...[]byte) (name string, err error) {
	name = path.Join(dir, tempPrefix+hex.EncodeToString(random(16)))
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	for _, p := range parts {
		if err == nil {
			_, err = f.Write(p)
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		root.Remove(name)
	}
	return name, err
}
