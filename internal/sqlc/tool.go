package sqlc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path"
	"strings"
)

// Module is the import path of sqlc's command.
const Module = "github.com/sqlc-dev/sqlc/cmd/sqlc"

// ErrNotFound says that there is no sqlc to run, and how to get one.
var ErrNotFound = errors.New("sqlc not found: go.mod has no tool directive for it and there is none on PATH\n" +
	"hint: go get -tool " + Module + "@latest")

// find returns the command line that runs sqlc in dir: the version pinned by
// go.mod's tool directive if there is one, else the one on PATH.
func find(ctx context.Context, dir string, env []string) ([]string, error) {
	if name, ok := goTool(ctx, dir, env); ok {
		return []string{"go", "tool", name}, nil
	}
	if p, err := exec.LookPath("sqlc"); err == nil {
		return []string{p}, nil
	}
	return nil, ErrNotFound
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
