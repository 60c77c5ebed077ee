package analyzer

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/config"
)

// ReadsItself reports whether all functions of a schema that a declaration is about, and there
// are some, are read by their bodies, whoever vouches for the others.
func ReadsItself(db *catalog.Database, f config.Function, others []config.Function) bool {
	w := &lower.Lowerer{DB: db, Vouched: vouches(db, others)}
	about := slices.DeleteFunc(slices.Clone(db.Functions), func(fn *catalog.Function) bool { return !Vouched(db, []config.Function{f}, fn) })
	return len(about) > 0 && !slices.ContainsFunc(about, func(fn *catalog.Function) bool { return !w.Reads(fn) })
}
