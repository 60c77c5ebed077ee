// Package usermodule makes modules as an application's would be, on this checkout's runtime,
// for tests that compile what was generated.
package usermodule

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Write writes go.mod and go.sum of a module into dir. It requires what the example does, in
// the same versions, so that nothing has to be downloaded; root is this checkout.
func Write(dir, root, module string) error {
	root, err := filepath.Abs(root)
	mod, err2 := os.ReadFile(filepath.Join(root, "example", "go.mod"))
	sum, err3 := os.ReadFile(filepath.Join(root, "example", "go.sum"))
	if err := errors.Join(err, err2, err3); err != nil {
		return err
	}
	text := strings.NewReplacer(
		"module github.com/tenantgen/tenantgen/example\n", "module "+module+"\n",
		"=> ../tenant\n", "=> "+strconv.Quote(filepath.Join(root, "tenant"))+"\n",
		"=> ..\n", "=> "+strconv.Quote(root)+"\n",
	).Replace(string(mod))
	return errors.Join(os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o600), os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o600))
}
