package sqlc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Module is the import path of sqlc's command.
const Module = "github.com/sqlc-dev/sqlc/cmd/sqlc"

// ErrNotFound says that there is no sqlc to run, and how to get one.
var ErrNotFound = errors.New("sqlc not found: go.mod has no tool directive for it and there is none on PATH\n" +
	"hint: go get -tool " + Module + "@latest")

// find returns the command line that runs sqlc in dir: the given one, the version pinned by
// go.mod's tool directive if there is one, else the one on PATH.
func find(ctx context.Context, dir string, opts Options) ([]string, error) {
	if len(opts.Command) > 0 {
		return opts.Command, nil
	}
	if name, ok := goTool(ctx, dir, passed(goNames, opts)); ok {
		return []string{"go", "tool", name}, nil
	}
	if p, err := exec.LookPath("sqlc"); err == nil {
		return []string{p}, nil
	}
	return nil, ErrNotFound
}

// sqlcNames are the variables that sqlc, and any program, needs; goNames those with which
// the go command builds a tool besides. No other reaches them: a secret of the environment
// that a pull request could not read has no business in a process that reads its files.
var (
	sqlcNames = regexp.MustCompile(`^(?i:PATH|HOME|USERPROFILE|HOMEDRIVE|HOMEPATH|LOCALAPPDATA|APPDATA|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|TMPDIR|TEMP|TMP|XDG_CACHE_HOME|LANG|LC_[A-Z]+|SQLCCACHE|SQLCDEBUG|SQLCEXPERIMENT)$`)
	goNames   = regexp.MustCompile(sqlcNames.String() + `|^(?i:GO[A-Z0-9]*|CGO_[A-Z_]+|CC|CXX|AR|PKG_CONFIG(_[A-Z]+)*|XDG_CONFIG_HOME|HTTPS?_PROXY|NO_PROXY|SSL_CERT_(FILE|DIR)|GIT_SSL_CAINFO|NETRC)$`)
)

// environment is what a command gets: everything where the user asked for a database.
func environment(command []string, opts Options) []string {
	names := sqlcNames
	if len(command) > 1 && command[0] == "go" {
		names = goNames
	}
	return append(passed(names, opts), opts.Env...)
}

func passed(names *regexp.Regexp, opts Options) []string {
	if opts.Database {
		return os.Environ()
	}
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return !names.MatchString(name)
	})
}

// goTool looks for sqlc in the list that "go tool" prints. The list is read
// rather than the tool tried, because trying would build it: minutes when cold.
func goTool(ctx context.Context, dir string, env []string) (string, bool) {
	cmd := exec.CommandContext(ctx, "go", "tool")
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.Output()
	if err != nil {
		return "", false
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		name := strings.TrimSpace(lines.Text())
		if name == Module || strings.Contains(name, "/sqlc") && path.Base(name) == "sqlc" {
			return name, true
		}
	}
	return "", false
}
