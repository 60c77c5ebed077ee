package corpora

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDir(t *testing.T) {
	t.Setenv(Env, "")
	t.Run("unset", func(t *testing.T) {
		Dir(t, Hatchet)
		t.Error("it is not passed over")
	})
	if _, err := find(Hatchet); !errors.Is(err, errUnset) {
		t.Error(err)
	}
	root := t.TempDir()
	t.Setenv(Env, root)
	if _, err := find(Hatchet); err == nil || errors.Is(err, errUnset) || !strings.Contains(err.Error(), root) {
		t.Errorf("what is said to be there and is not: %v", err)
	}
	want := filepath.Join(root, "corpora", "hatchet")
	if err := os.MkdirAll(want, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := Dir(t, Hatchet); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	dir := t.TempDir()
	file, err := HatchetProject(dir)
	if err != nil || file != filepath.Join(dir, "sqlc.yaml") {
		t.Fatal(file, err)
	}
	if to, err := os.Readlink(filepath.Join(dir, "hatchet")); err != nil || to != want {
		t.Error(to, err)
	}
}
