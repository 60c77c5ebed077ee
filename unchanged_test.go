package tenantgen

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tenantgen/tenantgen/config"
)

// Where sqlc is built from source that somebody may edit here, or as flags say, its version says nothing.
func TestLocalSQLC(t *testing.T) {
	const pin = "\ntool github.com/sqlc-dev/sqlc/cmd/sqlc\n\nrequire github.com/sqlc-dev/sqlc v1.31.1\n"
	mod := func(module, more string) string { return "module " + module + "\n\ngo 1.26\n" + more }
	t.Setenv("GOENV", "off")
	t.Setenv("GOWORK", "off")
	t.Setenv("GOFLAGS", "")
	for name, c := range map[string]struct {
		files         map[string]string
		env           [2]string
		pinned, local bool
	}{
		"no pin":                   {files: map[string]string{"go.mod": mod("a", "")}},
		"go.mod":                   {files: map[string]string{"go.mod": mod("a", pin)}, pinned: true},
		"a module for tools":       {files: map[string]string{"go.mod": mod("a", ""), "tools/sqlc/go.mod": mod("b", pin)}, pinned: true},
		"a file beside go.mod":     {files: map[string]string{"go.mod": mod("a", ""), "sqlc.mod": mod("b", pin)}, pinned: true},
		"a replaced dependency":    {files: map[string]string{"go.mod": mod("a", ""), "sqlc.mod": mod("b", pin+"replace x.y/z => ../z\n")}, pinned: true, local: true},
		"another's replacement":    {files: map[string]string{"go.mod": mod("a", "replace x.y/z => ../z\n"), "sqlc.mod": mod("b", pin)}, pinned: true},
		"a replacing version":      {files: map[string]string{"go.mod": mod("a", ""), "sqlc.mod": mod("b", pin+"replace x.y/z => x.y/w v1.0.0\n")}, pinned: true},
		"sqlc itself":              {files: map[string]string{"go.mod": mod("github.com/sqlc-dev/sqlc", "\ntool github.com/sqlc-dev/sqlc/cmd/sqlc\n")}, pinned: true, local: true},
		"a fork of it":             {files: map[string]string{"go.mod": mod("a.b/sqlc", "\ntool a.b/sqlc/cmd/sqlc\n")}, pinned: true, local: true},
		"vendor":                   {files: map[string]string{"go.mod": mod("a", pin), "vendor/modules.txt": "# x\n"}, pinned: true, local: true},
		"a workspace":              {files: map[string]string{"go.mod": mod("a", pin), "go.work": "go 1.26\n\nuse .\n"}, pinned: true, local: true},
		"a workspace beside tools": {files: map[string]string{"go.mod": mod("a", ""), "go.work": "go 1.26\n\nuse .\n", "tools/sqlc/go.mod": mod("b", pin)}, pinned: true},
		"an overlay":               {files: map[string]string{"go.mod": mod("a", pin)}, env: [2]string{"GOFLAGS", "-overlay=o.json"}, pinned: true, local: true},
		"another module file":      {files: map[string]string{"go.mod": mod("a", pin)}, env: [2]string{"GOFLAGS", "-modfile=x.mod"}, pinned: true, local: true},
		"a wrapped compiler":       {files: map[string]string{"go.mod": mod("a", pin)}, env: [2]string{"GOFLAGS", "-toolexec=x"}, pinned: true, local: true},
		"a toolchain on PATH":      {files: map[string]string{"go.mod": mod("a", pin)}, env: [2]string{"GOTOOLCHAIN", "go1.99+path"}, pinned: true, local: true},
		"a workspace elsewhere":    {files: map[string]string{"go.mod": mod("a", pin)}, env: [2]string{"GOWORK", "/x/go.work"}, pinned: true, local: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range c.files {
				path := filepath.Join(dir, file)
				os.MkdirAll(filepath.Dir(path), 0o755)
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if c.env[0] != "" {
				t.Setenv(c.env[0], c.env[1])
			}
			tools := (&Inputs{config: &config.Config{Dir: dir}}).toolchain()
			if tools.pinned() != c.pinned || tools.local() != c.local {
				t.Errorf("pinned %v, local %v", tools.pinned(), tools.local())
			}
		})
	}
}

// What the go command keeps of versions is as it was; everything else may be edited.
func TestUnchanging(t *testing.T) {
	t.Setenv("GOMODCACHE", "/m/mod")
	for dir, want := range map[string]bool{"/m/mod/a.b/c@v1.0.0": true, "/m/mod": false, "/m/model/x": false, "/home/me/c": false, "": false} {
		if unchanging(dir) != want {
			t.Errorf("%q: %v", dir, !want)
		}
	}
}
