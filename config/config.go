// Package config reads the sqlc.yaml an application already has.
//
// It is strict where sqlc is strict and stricter where sqlc is silent: a
// misspelled key, a glob that matches nothing or a rule switched off without a
// reason would otherwise weaken a proof without anybody noticing. Load reports
// every problem it finds, each with its line, its column and a hint.
package config

import (
	"os"
	"path/filepath"
	"strings"
)

// Config is one sqlc.yaml of version "2" with its options.tenantgen block.
type Config struct {
	// Path is the file as it was given to Load, Dir the directory it is in.
	// Paths in the file are relative to Dir, as in sqlc.
	Path, Dir string
	// SQL holds the entries tenantgen works on. Entries of another engine that
	// generate no Go are nothing tenantgen is asked about and are left out.
	SQL []SQL
	// Tenant is the options.tenantgen block.
	Tenant Tenant
	// Text is the file itself.
	Text string
}

// SQL is one entry of the sql list.
type SQL struct {
	Name, Engine string
	// Schema and Queries are the paths and patterns as written.
	Schema, Queries []string
	// SchemaFiles and QueryFiles are the files sqlc reads for them, in its order.
	SchemaFiles, QueryFiles []File
	// Go is gen.go. Its Out is empty when the entry generates no Go: such an
	// entry can be checked, but there is nothing to build repositories over.
	Go           Go
	Line, Column int
	// Database is where the entry names a database for sqlc to connect to.
	Database Place
	// StrictFunctionChecks has sqlc refuse calls of functions that it does not know, and
	// LooseOrderBy (strict_order_by: false) take ORDER BY by names that it does not.
	StrictFunctionChecks, LooseOrderBy bool
}

// Place is a place in the file; its Line is 0 where there is none.
type Place struct{ Line, Column int }

// File is a file sqlc reads.
type File struct {
	// Path is the file below Config.Dir, so it is relative to the working
	// directory whenever the path given to Load is.
	Path string
	// Text is the content.
	Text string
	// InTransaction tells of a migration that its tool runs in a transaction of its own.
	InTransaction bool
	// Together tells of one that its tool sends as one text.
	Together bool
}

// Go holds the options of gen.go, merged with overrides.go the way sqlc merges
// them. Names left empty in sqlc.yaml stay empty, except Package.
type Go struct {
	Package, Out, SQLPackage, SQLDriver string

	EmitInterface                bool
	EmitJSONTags                 bool
	JSONTagsIDUppercase          bool
	EmitDBTags                   bool
	EmitPreparedQueries          bool
	EmitExactTableNames          bool
	EmitEmptySlices              bool
	EmitExportedQueries          bool
	EmitResultStructPointers     bool
	EmitParamsStructPointers     bool
	EmitMethodsWithDBArgument    bool
	EmitPointersForNullTypes     bool
	EmitPointersForNullEnumTypes *bool // nil: as EmitPointersForNullTypes
	EmitEnumValidMethod          bool
	EmitAllEnumValues            bool
	EmitSQLAsComment             bool
	WrapErrors                   bool
	OmitSQLCVersion              bool
	OmitUnusedStructs            bool

	JSONTagsCaseStyle           string
	OutputBatchFileName         string
	OutputDBFileName            string
	OutputModelsFileName        string
	OutputQuerierFileName       string
	OutputCopyfromFileName      string
	OutputFilesSuffix           string
	BuildTags                   string
	QueryParameterLimit         *int // nil: sqlc's default, 1
	InflectionExcludeTableNames []string
	Initialisms                 []string
	Rename                      map[string]string
	Overrides                   []Override

	Line, Column int
	PackageAt    Place // where SQLPackage is written
}

// Override is one entry of overrides: the Go type of a column or database type.
type Override struct {
	GoType             GoType
	GoStructTag        string
	DBType, Column     string
	Engine             string
	Nullable, Unsigned bool
	Line               int
}

// GoType is go_type: either Spec, the short form, or the other fields.
type GoType struct {
	Spec                  string
	Import, Package, Type string
	Pointer, Slice        bool
}

// Join returns a path of sqlc.yaml as a path that can be opened.
func (c *Config) Join(path string) string {
	return filepath.Join(c.Dir, path)
}

// Rel returns path relative to the working directory, slash-separated. A path
// that has no such form is returned as it is.
func (c *Config) Rel(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(path)
	}
	wd, err := os.Getwd()
	if err != nil {
		return filepath.ToSlash(path)
	}
	rel, err := filepath.Rel(wd, abs)
	if err != nil {
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

// RepoDir returns the directory of the repositories generated for entry i:
// out itself, or out/<package of the entry> when several entries generate Go.
func (c *Config) RepoDir(i int) string {
	if c.goEntries() > 1 {
		return filepath.Join(c.Dir, c.Tenant.Out, c.SQL[i].Go.Package)
	}
	return filepath.Join(c.Dir, c.Tenant.Out)
}

// RepoPackage returns the Go package name of the repositories of entry i.
func (c *Config) RepoPackage(i int) string {
	if c.goEntries() > 1 {
		return c.SQL[i].Go.Package
	}
	return c.Tenant.Package
}

// CheckGenerate reports what only generate needs, so that an application can
// start with lint and two lines of settings. Its error is of type Errors.
func (c *Config) CheckGenerate() error {
	r := &reader{file: c.Path}
	missing := func(key, hint string) {
		r.add(c.Tenant.Line, c.Tenant.Column, hint, "options.tenantgen: %s is missing, and generate needs it", key)
	}
	if c.Tenant.Out == "" {
		missing("out", "add out: <directory of the generated repositories>, e.g. out: internal/repo")
	}
	if c.Tenant.Migrations.Dir == "" {
		missing("migrations", "add migrations: {dir: db/migrations, format: goose}")
	}
	if c.goEntries() == 0 {
		e := c.SQL[0]
		r.add(e.Line, e.Column, "add gen: {go: {out: internal/db, sql_package: pgx/v5}}", "no entry of sql has gen.go, and generate needs one")
	}
	for i := range c.SQL {
		if e := c.SQL[i]; len(e.Queries) == 0 {
			r.add(e.Line, e.Column, "add queries: db/queries; tenantgen vet proves SQL that stands in Go code", "the entry names no queries, and generate needs them")
		}
		r.usesPGX(i, &c.SQL[i].Go)
	}
	return r.err()
}

func (c *Config) goEntries() int {
	n := 0
	for _, s := range c.SQL {
		if s.Go.Out != "" {
			n++
		}
	}
	return n
}

// Load reads the sqlc.yaml at path and every file it names. Its error is of
// type Errors.
func Load(path string) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse is Load for a text that the file at path is to have.
func Parse(path string, text []byte) (*Config, error) { return parse(path, text, false) }

// ParseTenant reads a block with the key tenantgen, as it stands under options.
func ParseTenant(path, block string) (Tenant, error) {
	r := &reader{file: filepath.ToSlash(path), budget: maxValues}
	c := &Config{Path: path, Dir: filepath.Dir(path)}
	if root, ok := r.parse([]byte(block)); ok {
		root.path = "options"
		r.options(root, c)
	}
	return c.Tenant, r.err()
}

// LoadBare reads a sqlc.yaml that has no options.tenantgen yet, and refuses one that has.
func LoadBare(path string) (*Config, []byte, error) {
	text, err := read(path)
	if err != nil {
		return nil, nil, err
	}
	c, err := parse(path, text, true)
	return c, text, err
}

func read(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		r := &reader{file: filepath.ToSlash(path)}
		r.add(0, 0, "run tenantgen where sqlc.yaml is, or name it with -f", "cannot read: %s", reason(err))
		return nil, r.err()
	}
	return data, nil
}

func parse(path string, text []byte, bare bool) (*Config, error) {
	r := &reader{file: filepath.ToSlash(path), budget: maxValues, bare: bare}
	c := &Config{Path: path, Dir: filepath.Dir(path), Text: string(text)}
	if root, ok := r.parse(text); ok && r.version(root) {
		r.document(root, c)
		r.validate(c)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// reason drops the operation and the path of a file error, which the message
// around it already names.
func reason(err error) string {
	s := err.Error()
	if i := strings.LastIndex(s, ": "); i >= 0 {
		return s[i+2:]
	}
	return s
}
