package sqlc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// Options say what Run runs.
type Options struct {
	// Dir is the directory of the user's configuration. Paths in Config are
	// relative to it, and sqlc runs in it.
	Dir string
	// Config is the user's configuration (version "2"), as decoded from YAML or
	// JSON. It is handed over decoded because this package has no YAML reader.
	Config map[string]any
	// Command runs sqlc when set, e.g. {"/usr/bin/sqlc"}. Otherwise Run looks
	// for a tool directive in go.mod and then for sqlc on PATH.
	Command []string
	// Database lets sqlc connect to the databases that Config names, and gives it the
	// whole environment, which their addresses may refer to.
	Database bool
	// Env is added to the environment of the process.
	Env []string
	// Found is told the command line that runs sqlc, before it runs.
	Found func(command []string)
}

// Run runs "sqlc generate" and returns what it generates, by path relative to
// Options.Dir, with slashes. Nothing is written outside of a temporary directory:
// sqlc gets a copy of the configuration whose outputs are redirected there.
func Run(ctx context.Context, opts Options) (map[string][]byte, error) {
	dir, err := realPath(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("sqlc: %w", err)
	}
	temp, err := workspace(dir)
	if err != nil {
		return nil, fmt.Errorf("sqlc: %w", err)
	}
	defer os.RemoveAll(temp)
	root, err := realPath(temp)
	if err != nil {
		return nil, fmt.Errorf("sqlc: %w", err)
	}
	r := &redirect{root: root, dir: dir, database: opts.Database, outs: map[string]string{}}
	data, err := r.apply(opts.Config)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(root, "sqlc.json")
	if err := os.WriteFile(config, data, 0o600); err != nil {
		return nil, fmt.Errorf("sqlc: %w", err)
	}
	if err := generate(ctx, dir, config, opts); err != nil {
		return nil, r.explain(err)
	}
	return r.collect()
}

// workspace makes a temporary directory for a run in dir. One that a killed run left is
// removed: no two runs in the same directory overlap (tenantgen.Lock).
func workspace(dir string) (string, error) {
	prefix := fmt.Sprintf("tenantgen-sqlc-%x-", sha256.Sum256([]byte(dir)))[:len("tenantgen-sqlc-")+17]
	left, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, old := range left {
		os.RemoveAll(old)
	}
	return os.MkdirTemp("", prefix)
}

// realPath makes p absolute and resolves links: a relative path from one real
// directory to another means the same to the kernel as it does lexically.
func realPath(p string) (string, error) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// generate runs the process in dir.
func generate(ctx context.Context, dir, config string, opts Options) error {
	command, err := find(ctx, dir, opts)
	if err != nil {
		return err
	}
	if opts.Found != nil {
		opts.Found(command)
	}
	env := environment(command, opts)
	// Remote generation would send files by paths that mean nothing elsewhere.
	args := append(command[1:len(command):len(command)], "generate", "--no-remote", "-f", config)
	cmd := exec.CommandContext(ctx, command[0], args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.WaitDelay = 2 * time.Second // "go tool" has a child that holds the pipe
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err = cmd.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("sqlc generate: %w", ctx.Err())
	}
	return &processError{command: strings.Join(command, " "), stderr: stderr.String(), err: err}
}

// processError is a failed run of sqlc.
type processError struct {
	command, stderr string
	err             error
}

func (e *processError) Error() string {
	msg := strings.TrimSpace(e.stderr)
	if msg == "" {
		return fmt.Sprintf("%s generate: %v", e.command, e.err)
	}
	return fmt.Sprintf("%s generate: %v\n%s", e.command, e.err, msg)
}

func (e *processError) Unwrap() error { return e.err }

var position = lazyre.New(`^(.+?)(:\d+:\d+: )`)

// explain turns the paths in sqlc's messages, which are relative to the
// temporary directory, back into paths relative to the user's.
func (r *redirect) explain(err error) error {
	var pe *processError
	if !errors.As(err, &pe) {
		return err
	}
	lines := strings.Split(pe.stderr, "\n")
	kept := lines[:0]
	for _, line := range lines {
		if strings.TrimSpace(line) == "# package" {
			continue // a heading without a name says nothing
		}
		if m := position().FindStringSubmatch(line); m != nil && !filepath.IsAbs(m[1]) {
			if rel, err := filepath.Rel(r.dir, filepath.Join(r.root, m[1])); err == nil {
				line = filepath.ToSlash(rel) + line[len(m[1]):]
			}
		}
		kept = append(kept, line)
	}
	return &processError{command: pe.command, stderr: strings.Join(kept, "\n"), err: pe.err}
}

// collect reads the outputs back, under the names the user gave them.
func (r *redirect) collect() (map[string][]byte, error) {
	files := map[string][]byte{}
	for moved, out := range r.outs {
		base := filepath.Join(r.root, filepath.FromSlash(moved))
		err := filepath.WalkDir(base, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(base, p)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(p)
			files[path.Join(out, filepath.ToSlash(rel))] = data
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("sqlc wrote nothing for %s: %w", out, err)
		}
	}
	return files, nil
}

// Select returns the files directly in dir, by base name.
func Select(files map[string][]byte, dir string) map[string][]byte {
	dir = path.Clean(filepath.ToSlash(dir))
	selected := map[string][]byte{}
	for name, data := range files {
		if path.Dir(name) == dir {
			selected[path.Base(name)] = data
		}
	}
	return selected
}
