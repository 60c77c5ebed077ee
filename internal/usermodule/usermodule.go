// Package usermodule makes modules as an application's would be, on this checkout's runtime,
// for tests that compile what was generated.
package usermodule

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// checkout is where a replaced module is, as the example's go.mod says it.
var checkout = regexp.MustCompile(`=> \.\.\S*`)

// Write writes go.mod and go.sum of a module into dir. It requires what the example does, in
// the same versions, so that nothing has to be downloaded; root is this checkout.
func Write(dir, root, module string) error {
	root, err := filepath.Abs(root)
	mod, err2 := os.ReadFile(filepath.Join(root, "example", "go.mod"))
	sum, err3 := os.ReadFile(filepath.Join(root, "example", "go.sum"))
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	text := strings.Replace(string(mod), "module github.com/tenantgen/tenantgen/example\n", "module "+module+"\n", 1)
	text = checkout.ReplaceAllStringFunc(text, func(to string) string {
		return "=> " + strconv.Quote(filepath.Join(root, "example", strings.TrimPrefix(to, "=> ")))
	})
	return errors.Join(os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o600), os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
}

// Go is the go command in a module's directory. Packages are told apart by what is in them and not by where
// they are, so that what was compiled and vetted once is not again in another directory.
func Go(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS="+os.Getenv("GOFLAGS")+" -trimpath -mod=mod")
	return cmd
}
