package cache

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// secretName is the file of the secret, secretSize its length.
const (
	secretName = "cache-secret"
	secretSize = 32
)

// secretIn reads the secret by which this user's entries are known, and makes one where there is none.
func secretIn(root *os.Root) ([]byte, error) {
	secret, err := readSecret(root)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	temp, err := writeTemp(root, ".", random(secretSize))
	if err != nil {
		return nil, err
	}
	defer root.Remove(temp)
	// A link, not a rename: of two first runs, one gives the other its secret.
	if err := root.Link(temp, secretName); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return readSecret(root)
}

func readSecret(root *os.Root) ([]byte, error) {
	data, info, err := readRegular(root, secretName, secretSize)
	if err != nil {
		return nil, err
	}
	if err := only(secretName, info, 0o077); err != nil {
		return nil, err
	}
	if len(data) != secretSize {
		return nil, fmt.Errorf("%s is damaged: remove it", secretName)
	}
	return data, nil
}

func random(size int) []byte {
	b := make([]byte, size)
	rand.Read(b) // which never fails (crypto/rand)
	return b
}

// readRegular reads a file of at most so many bytes that is no link, pipe or device.
func readRegular(root *os.Root, name string, most int64) ([]byte, os.FileInfo, error) {
	named, err := root.Lstat(name)
	if err == nil && !named.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", name)
	}
	if err != nil {
		return nil, nil, err
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > most {
		return nil, nil, fmt.Errorf("%s is larger than anything that is written there", name)
	}
	data, err := io.ReadAll(io.LimitReader(f, most))
	return data, info, err
}
