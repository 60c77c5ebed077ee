// Package corpora finds what tests read and the repository does not hold: the schema and
// the queries of a large application, and what leaked once. It is for tests only.
package corpora

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Env names the directory of the corpora. CI sets it where they are.
const Env = "TENANTGEN_CORPORA"

// Hatchet is where hatchet (https://github.com/hatchet-dev/hatchet) stands in it.
const Hatchet = "corpora/hatchet"

// hatchet is a configuration for its queries, beside a link to it.
//
//go:embed hatchet.yaml
var hatchet []byte

// Dir is a directory of the corpora. Without the corpora the test is passed over; corpora
// that are said to be somewhere, and are not, fail it.
func Dir(t testing.TB, name string) string {
	t.Helper()
	dir, err := find(name)
	if errors.Is(err, errUnset) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var errUnset = errors.New("the repository does not hold the corpora: " + Env + " names their directory")

func find(name string) (string, error) {
	if os.Getenv(Env) == "" {
		return "", errUnset
	}
	root, err := filepath.Abs(os.Getenv(Env))
	dir := filepath.Join(root, filepath.FromSlash(name))
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", Env, err)
	}
	return dir, nil
}

// HatchetProject writes a project of hatchet's queries to a directory, and returns the
// project's file.
func HatchetProject(dir string) (string, error) {
	corpus, err := find(Hatchet)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "sqlc.yaml")
	return file, errors.Join(os.Symlink(corpus, filepath.Join(dir, "hatchet")), os.WriteFile(file, hatchet, 0o644))
}
