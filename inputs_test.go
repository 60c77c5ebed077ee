package tenantgen_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen"
)

// What is judged has been read when the digest is made: a project whose files are gone by then is judged as before.
func TestJudgedFromInputs(t *testing.T) {
	goldens, err := filepath.Glob("golden/*.txtar")
	if err != nil || len(goldens) < 30 {
		t.Fatal(goldens, err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	digests := map[[32]byte]string{}
	for _, golden := range goldens {
		archive, err := txtar.ParseFile(filepath.Join(root, golden))
		if err != nil {
			t.Fatal(err)
		}
		t.Chdir(t.TempDir())
		archive.Files = append(archive.Files, txtar.File{Name: "db/queries/leak.sql", Data: []byte("-- name: Leak :many\nSELECT id FROM notes;\n")})
		for _, f := range archive.Files {
			if strings.HasPrefix(f.Name, "want/") || strings.HasPrefix(f.Name, "sqlc/") {
				continue
			}
			if err := os.MkdirAll(filepath.Dir(f.Name), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(f.Name, f.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		says := func(gone bool) (string, [32]byte) {
			in, err := tenantgen.Read("sqlc.yaml")
			if err != nil {
				return err.Error(), [32]byte{}
			}
			digest := in.Digest()
			if gone {
				entries, _ := os.ReadDir(".")
				for _, e := range entries {
					os.RemoveAll(e.Name())
				}
			}
			p, err := in.Load()
			if err != nil {
				return err.Error(), digest
			}
			r := p.Check()
			text := fmt.Sprintf("%+v", r.Diagnostics)
			for _, q := range r.Queries {
				text += fmt.Sprintf("\n%s %s %s:%d %v", q.Name, q.Verdict, q.File, q.Line, q.Diagnostics)
			}
			return text, digest
		}
		want, digest := says(false)
		if got, again := says(true); got != want || again != digest {
			t.Errorf("%s without its files:\n%s\nwith them:\n%s", golden, got, want)
		}
		if digest != [32]byte{} {
			if other := digests[digest]; other != "" {
				t.Errorf("%s has the digest of %s", golden, other)
			}
			digests[digest] = golden
		}
	}
}
