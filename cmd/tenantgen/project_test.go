package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/internal/cache"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// fakeSQLC is a file beside what stands in for sqlc: this test binary, under the name
// sqlc on PATH. It names the recorded output. (sqlc gets no variable of the environment.)
const fakeSQLC = "recorded"

func TestMain(m *testing.M) {
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
	if filepath.Base(os.Args[0]) != "tenantgen" {
		os.Setenv(cache.Variable, "off") // but for tests of the cache
	}
	os.Exit(testscript.RunMain(servers{m}, map[string]func() int{
		"tenantgen": func() int { return run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr) }, // as a process of its own
	}))
}

// servers are tests that may start a PostgreSQL.
type servers struct{ m *testing.M }

func (s servers) Run() int { return pgserver.Main(s.m) }

// replay copies recorded output to where the configuration wants sqlc's.
func replay(dir string, args []string) error {
	bin := filepath.Dir(args[0])
	if text, err := os.ReadFile(filepath.Join(bin, "seconds")); err == nil {
		seconds, _ := time.ParseDuration(string(text) + "s")
		if err := os.WriteFile(filepath.Join(bin, "sleeps"), nil, 0o644); err != nil {
			return err
		}
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
	dir, bin := t.TempDir(), t.TempDir()
	if err := unpack(filepath.Join("..", "..", "golden", golden+".txtar"), dir, bin); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Chdir(dir)
}

// unpack writes a golden's project into dir, and what stands in for sqlc into bin.
func unpack(golden, dir, bin string) error {
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	recorded := filepath.Join(bin, "recorded-files")
	for _, f := range archive.Files {
		switch {
		case strings.HasPrefix(f.Name, "sqlc/"):
			err = write(filepath.Join(recorded, filepath.Base(f.Name)), f.Data)
		case !strings.HasPrefix(f.Name, "want/"):
			err = write(filepath.Join(dir, f.Name), f.Data)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(os.Symlink(self, filepath.Join(bin, "sqlc")), write(filepath.Join(bin, fakeSQLC), []byte(recorded)))
}

// sqlcFails makes what stands in for sqlc fail.
func sqlcFails(t *testing.T) {
	t.Helper()
	bin, _, _ := strings.Cut(os.Getenv("PATH"), string(os.PathListSeparator))
	put(t, filepath.Join(bin, fakeSQLC), "does-not-exist")
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := write(name, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
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
