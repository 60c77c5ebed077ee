package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/tenantgen/tenantgen/vet"
)

// configVariable names the configuration to go vet -vettool, which hands a tool no flags that it may need twice.
const configVariable = "TENANTGEN_CONFIG"

// asVetTool reports whether the go command calls the program as go vet -vettool (cmd/go, buildid.go and
// golang.org/x/tools/go/analysis/unitchecker): -V=full for its version, -flags for its flags, and a file for each package.
func asVetTool(args []string) bool {
	if len(args) == 0 || args[0] == "-V=full" || args[0] == "-flags" {
		return len(args) == 1
	}
	last := len(args) - 1
	return strings.HasSuffix(args[last], ".cfg") && !slices.ContainsFunc(args[:last], func(a string) bool { return !strings.HasPrefix(a, "-") })
}

// vetTool is the program as the go command calls it.
func (inv *invocation) vetTool(args []string) error {
	path := os.Getenv(configVariable)
	if args[0] == "-flags" { // whose errors the go command does not show
		path = ""
	}
	if path != "" && !filepath.IsAbs(path) {
		return withHint("go vet runs in the folder of each package", "%s is %s, and has to be an absolute path", configVariable, path)
	}
	if args[0] == "-V=full" {
		return inv.vetVersion(path)
	}
	unitchecker.Main(vet.Analyzers(path)...) // which ends the process
	return nil
}

// vetVersion prints what the go command takes for the identity of the tool: what it has said of a package counts until that
// changes. The configuration and the schema belong to it, or a changed schema would leave old verdicts standing.
func (inv *invocation) vetVersion(path string) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	file := cmp.Or(path, vet.Find(dir))
	if file == "" {
		return withHint("run go vet below it, or name it with "+configVariable, "there is no sqlc.yaml in %s or above it", dir)
	}
	beside, err := vet.Fingerprint(file)
	if err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	program, err := os.Open(exe)
	if err != nil {
		return err
	}
	defer program.Close()
	sum := sha256.New()
	fmt.Fprintln(sum, beside)
	if _, err := io.Copy(sum, program); err != nil {
		return err
	}
	_, err = fmt.Fprintf(inv.out, "tenantgen version devel buildID=%x\n", sum.Sum(nil))
	return err
}
