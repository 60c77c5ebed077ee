package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenantgen/tenantgen/internal/pgserver"
	"golang.org/x/tools/txtar"
)

// fakeSQLC is a file beside what stands in for sqlc: this test binary, under the name
// sqlc on PATH. It names the recorded output. (sqlc gets no variable of the environment.)
const fakeSQLC = "recorded"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "tenantgen" { // the program itself, as a process of its own
		main()
	}
	if filepath.Base(os.Args[0]) == "sqlc" {
		dir, err := os.ReadFile(filepath.Join(filepath.Dir(os.Args[0]), fakeSQLC))
		if err == nil {
			err = replay(string(dir), os.Args)
		}
		if err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(pgserver.Main(m))
}

// replay copies recorded output to where the configuration wants sqlc's.
func replay(dir string, args []string) error {
	if text, err := os.ReadFile(filepath.Join(filepath.Dir(args[0]), "seconds")); err == nil {
		seconds, _ := time.ParseDuration(string(text) + "s")
		time.Sleep(seconds)
	}
	data, err := os.ReadFile(args[slices.Index(args, "-f")+1])
	if err != nil {
		return err
	}
	var cfg struct {
		SQL []struct {
			Gen struct{ Go struct{ Out string } }
		}
	}
	if err := json.Unmarshal(data, &cfg); err != nil {
		return err
	}
	out := cfg.SQL[0].Gen.Go.Out
	if !filepath.IsAbs(out) {
		out = filepath.Join(filepath.Dir(args[slices.Index(args, "-f")+1]), out)
	}
	return os.CopyFS(out, os.DirFS(dir))
}

// project unpacks a golden as a user's project, makes it the working directory and
// puts the recorded sqlc on PATH.
func project(t *testing.T, golden string) {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("..", "..", "golden", golden+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, recorded, bin := t.TempDir(), t.TempDir(), t.TempDir()
	for _, f := range archive.Files {
		switch {
		case strings.HasPrefix(f.Name, "sqlc/"):
			put(t, filepath.Join(recorded, filepath.Base(f.Name)), string(f.Data))
		case !strings.HasPrefix(f.Name, "want/"):
			put(t, filepath.Join(dir, f.Name), string(f.Data))
		}
	}
	if err := os.Symlink(self, filepath.Join(bin, "sqlc")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	put(t, filepath.Join(bin, fakeSQLC), recorded)
	t.Chdir(dir)
}

// sqlcFails makes what stands in for sqlc fail.
func sqlcFails(t *testing.T) {
	t.Helper()
	bin, _, _ := strings.Cut(os.Getenv("PATH"), string(os.PathListSeparator))
	put(t, filepath.Join(bin, fakeSQLC), "does-not-exist")
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// cli runs the command line in the working directory.
func cli(args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	code = run(args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// snapshot is every file below the working directory.
func snapshot(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
