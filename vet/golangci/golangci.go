// Package golangci is tenantgen vet as a linter of golangci-lint 2, by its module plugins
// (https://golangci-lint.run/docs/plugins/module-plugins/): importing it registers the linter tenantgen. docs/vet.md says how one is built and set up.
package golangci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	"github.com/tenantgen/tenantgen/vet"
)

// Name is that of the linter in .golangci.yml and in //nolint.
const Name = "tenantgen"

func init() { register.Plugin(Name, New) }

// Settings are linters.settings.custom.tenantgen.settings of .golangci.yml.
type Settings struct {
	// Config is the sqlc.yaml, relative to the directory that golangci-lint is called in; without it, it is the one there or above.
	Config string `json:"config"`
}

// New makes the linter. The error tells which setting is unknown, or that there is no sqlc.yaml.
func New(conf any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[Settings](conf)
	if err != nil {
		return nil, fmt.Errorf("linters.settings.custom.%s: %w", Name, err)
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if s.Config == "" {
		s.Config = vet.Find(dir)
	}
	if s.Config == "" {
		return nil, errors.New("no sqlc.yaml is in " + dir + " or above it: name it as linters.settings.custom." + Name + ".settings.config")
	}
	file, err := filepath.Abs(s.Config)
	return linter(file), err
}

// linter judges by one sqlc.yaml.
type linter string

// BuildAnalyzers returns what golangci-lint runs: the names carry the schema, because it keeps what a linter has said of a package
// until the package changes.
func (file linter) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	return vet.Cached(Name, string(file))
}

// GetLoadMode tells that types are needed.
func (linter) GetLoadMode() string { return register.LoadModeTypesInfo }
