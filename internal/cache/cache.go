// Package cache keeps on disk what a run has found out, for later runs of the same user on
// the same inputs. What is in it is believed, so an entry counts only if this user wrote it:
// it carries a message authentication code (RFC 2104) under a secret that lies elsewhere. An entry that is damaged,
// copied from another machine, put there by somebody else or under another key is none. Whoever asks
// puts into the key all that the answer depends on.
package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Variable names the environment variable that says where the cache is: an absolute path, or off.
const Variable = "TENANTGEN_CACHE"

// ErrOff says that the user wants no cache.
var ErrOff = errors.New("switched off by " + Variable + "=off")

// Store is the cache of one user.
type Store struct {
	Dir    string
	root   *os.Root
	secret []byte
}

// Open opens the cache of this user, and makes it where there is none. The error says why there is none to be used:
// everything is found out anew then.
func Open() (*Store, error) {
	dir, err := directory()
	if err != nil {
		return nil, err
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	return OpenAt(dir, filepath.Join(config, "tenantgen"))
}

// directory is where the cache is.
func directory() (string, error) {
	switch dir := os.Getenv(Variable); {
	case dir == "off":
		return "", ErrOff
	case dir != "" && !filepath.IsAbs(dir):
		return "", fmt.Errorf("%s is %q: neither off nor an absolute path", Variable, dir)
	case dir != "":
		return filepath.Clean(dir), nil
	}
	dir, err := os.UserCacheDir()
	if err == nil {
		_, err = os.Stat(filepath.Dir(dir)) // nobody's home is made for a cache
	}
	return filepath.Join(dir, "tenantgen"), err
}

// OpenAt opens a cache in a directory, whose entries are known by a secret in another.
func OpenAt(dir, secrets string) (*Store, error) {
	if inside(dir, secrets) || inside(secrets, dir) {
		return nil, fmt.Errorf("the cache must not lie in %s, nor around it: who restores the one must not restore the secret by which its entries are known", secrets)
	}
	root, err := private(secrets)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	secret, err := secretIn(root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", secrets, err)
	}
	if root, err = private(dir); err != nil {
		return nil, err
	}
	return &Store{Dir: dir, root: root, secret: secret}, nil
}

// inside reports whether a path is a folder or lies in it.
func inside(path, folder string) bool {
	rel, err := filepath.Rel(folder, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// Close lets go of the directory.
func (s *Store) Close() error { return s.root.Close() }

// private opens a directory in which nobody but this user writes. It looks at what it has opened, so that nobody puts
// another one there in between.
func private(dir string) (*os.Root, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	named, err := os.Lstat(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	opened, err := root.Stat(".")
	switch {
	case err != nil:
	case !os.SameFile(named, opened):
		err = fmt.Errorf("%s is a link, and not the directory itself", dir)
	default:
		err = only(dir, opened, 0o022)
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// only reports a file or directory that is somebody else's, or of which others have a permission.
func only(name string, info os.FileInfo, others os.FileMode) error {
	if !ours(info) {
		return fmt.Errorf("%s belongs to another user", name)
	}
	if perm := info.Mode().Perm(); modes && perm&others != 0 {
		return fmt.Errorf("%s is open to others (mode %04o): chmod 700 it", name, perm)
	}
	return nil
}
