package sqlc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// Module is the import path of sqlc's command.
const Module = "github.com/sqlc-dev/sqlc/cmd/sqlc"

// ErrNotFound says that there is no sqlc to run, and how to get one.
var ErrNotFound = errors.New("sqlc not found: neither go.mod nor a module file for tools beside it has a tool directive for it, and there is none on PATH\n" +
	"hint: go mod init -modfile=sqlc.mod sqlc && go get -tool -modfile=sqlc.mod " + Module + "@latest")

// find returns the command line that runs sqlc in dir: the given one, the version pinned by
// a tool directive of go.mod or of a module file for tools, else the one on PATH.
func find(ctx context.Context, dir string, opts Options) ([]string, error) {
	if len(opts.Command) > 0 {
		return opts.Command, nil
	}
	env := passed(goNames, opts)
	if name, ok := goTool(ctx, dir, env); ok {
		return []string{"go", "tool", name}, nil
	}
	for _, file := range toolFiles(dir) {
		flag := modfile + file
		if name, ok := goTool(ctx, dir, append(env, noWorkspace), flag); ok {
			return []string{"go", "tool", flag, name}, nil
		}
	}
	if p, err := exec.LookPath("sqlc"); err == nil {
		return []string{p}, nil
	}
	return nil, ErrNotFound
}

// Places are where a run in dir looks for sqlc: the directories of go.mod and of go.work, the files that may pin it beside
// them, and the environment that decides what is built there.
func Places(dir string) (roots, files, env []string) {
	return moduleRoots(dir), toolFiles(dir), passed(goNames, Options{})
}

// Pins reports whether a tool directive is about sqlc.
func Pins(tool string) bool {
	return tool == Module || strings.Contains(tool, "/sqlc") && path.Base(tool) == "sqlc"
}

// modfile is the flag that puts another file in go.mod's place. The go command refuses it in
// a workspace.
const (
	modfile     = "-modfile="
	noWorkspace = "GOWORK=off"
)

// sqlcNames are the variables that sqlc, and any program, needs; goNames those with which
// the go command builds a tool besides. No other reaches them: a secret of the environment
// that a pull request could not read has no business in a process that reads its files.
const sqlcText = `^(?i:PATH|HOME|USERPROFILE|HOMEDRIVE|HOMEPATH|LOCALAPPDATA|APPDATA|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|TMPDIR|TEMP|TMP|XDG_CACHE_HOME|LANG|LC_[A-Z]+|SQLCCACHE|SQLCDEBUG|SQLCEXPERIMENT)$`

var (
	sqlcNames = lazyre.New(sqlcText)
	goNames   = lazyre.New(sqlcText + `|^(?i:GO[A-Z0-9]*|CGO_[A-Z_]+|CC|CXX|AR|PKG_CONFIG(_[A-Z]+)*|XDG_CONFIG_HOME|HTTPS?_PROXY|NO_PROXY|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO|NETRC)$`)
)

// environment is what a command gets: everything where the user asked for a database.
func environment(command []string, opts Options) []string {
	names := sqlcNames
	if len(command) > 1 && command[0] == "go" {
		names = goNames
	}
	env := append(passed(names, opts), opts.Env...)
	if len(command) > 2 && strings.HasPrefix(command[2], modfile) {
		env = append(env, noWorkspace)
	}
	return env
}

func passed(names func() *regexp.Regexp, opts Options) []string {
	if opts.Database {
		return os.Environ()
	}
	given := names()
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return !given.MatchString(name)
	})
}

// goTool looks for sqlc in the list that "go tool" prints. The list is read
// rather than the tool tried, because trying would build it: minutes when cold.
func goTool(ctx context.Context, dir string, env []string, flags ...string) (string, bool) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"tool"}, flags...)...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.Output()
	if err != nil {
		return "", false
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		name := strings.TrimSpace(lines.Text())
		if Pins(name) {
			return name, true
		}
	}
	return "", false
}

// toolFiles lists the module files that may pin sqlc for a directory: those that are not
// called go.mod, and the modules in tools, beside go.mod and beside go.work. So an
// application keeps what sqlc requires out of its own go.mod.
func toolFiles(dir string) []string {
	var files []string
	for _, root := range moduleRoots(dir) {
		for _, pattern := range []string{"*.mod", "tools/go.mod", "tools/*/go.mod"} {
			found, _ := filepath.Glob(filepath.Join(root, pattern)) // the patterns are well-formed
			for _, file := range found {
				text, err := os.ReadFile(file)
				if err == nil && file != filepath.Join(root, "go.mod") && bytes.Contains(text, []byte("/sqlc")) {
					files = append(files, file)
				}
			}
		}
	}
	return files
}

// moduleRoots are the directories of go.mod and of go.work, at or above dir.
func moduleRoots(dir string) []string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil
	}
	var roots []string
	for _, name := range []string{"go.mod", "go.work"} {
		for at := dir; ; at = filepath.Dir(at) {
			if info, err := os.Stat(filepath.Join(at, name)); err == nil && info.Mode().IsRegular() {
				roots = append(roots, at)
				break
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return slices.Compact(roots)
}
