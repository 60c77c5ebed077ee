package sqlc

import (
	"errors"
	"fmt"
	"go/build/constraint"
	"slices"
)

// Expected is what configuration and schema let sqlc write.
type Expected struct {
	// Package is the name of the package, BuildTags the constraint of its files.
	Package, BuildTags string
	// Imports are the paths that overrides name.
	Imports []string
	// Labels are those of each enumeration of the schema.
	Labels [][]string
}

// ownImports are what sqlc's templates and types for pgx v5 import.
var ownImports = []string{
	"context", "database/sql", "database/sql/driver", "encoding/json", "errors", "fmt", "net", "net/netip", "time",
	pgxPath, pgxPath + "/pgconn", pgxPath + "/pgtype", "github.com/google/uuid", "github.com/pgvector/pgvector-go",
}

// Check compares a package with what is expected of it.
func (p *Package) Check(want Expected) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf("sqlc output: "+format, args...)) }
	if p.Name != want.Package {
		fail("package %s, expected %s", p.Name, want.Package)
	}
	if constraintOf(p.BuildTags) != constraintOf(want.BuildTags) {
		fail("files are built with %q, but build_tags is %q", p.BuildTags, want.BuildTags)
	}
	for _, i := range p.Imports {
		if !slices.Contains(ownImports, i.Path) && !slices.Contains(want.Imports, i.Path) {
			fail("an import that no override names: %q", i.Path)
		}
	}
	for _, e := range p.Enums {
		if !slices.ContainsFunc(want.Labels, func(labels []string) bool { return slices.Equal(labels, e.Labels) }) {
			fail("%s has the labels %q, as no enumeration of the schema has", e.Name, e.Labels)
		}
	}
	return errors.Join(errs...)
}

// constraintOf returns build tags as gofmt writes them.
func constraintOf(tags string) string {
	if x, err := constraint.Parse("//go:build " + tags); err == nil {
		return x.String()
	}
	return tags
}
