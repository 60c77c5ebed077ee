package tenantgen_test

import (
	"bytes"
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What lies beside the repository is found by a variable (package corpora), which these set.
func TestNothingOutsideIsNamed(t *testing.T) {
	outside := []byte("../" + "shared")
	may := []string{".ci/run", ".ci/nightly"}
	named := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".git" {
			return cmp.Or(err, fs.SkipDir)
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(name)
		named[filepath.ToSlash(name)] = bytes.Contains(text, outside)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, found := range named {
		if found != slices.Contains(may, name) {
			t.Errorf("%s: names %s: %t", name, outside, found)
		}
	}
}
