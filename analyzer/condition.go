package analyzer

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/config"
)

// Declares reports whether a declaration is about the function of the name with the arguments
// that PostgreSQL shows of it.
func Declares(db *catalog.Database, f config.Function, name catalog.Name, args string) bool {
	declared, err := ddl.ParseVouch(db, f.Name, "")
	return err == nil && ddl.About(declared, db, name, args)
}

// Vouched reports whether one of the declarations is about a function of the schema.
func Vouched(db *catalog.Database, declared []config.Function, f *catalog.Function) bool {
	w := lower.Lowerer{DB: db, Vouched: vouches(db, declared)}
	return w.Vouches(f)
}

// Mention is a name in a text of SQL or PL/pgSQL, and the privileges that whoever runs it needs
// of it where it is one of a table or view; none where it does not stand as such.
type Mention struct {
	Name       catalog.Name
	Privileges []string
}

// Mentions lists the names in a text that is not parsed. It says more than the text may do,
// but for names that are put together when it runs.
func Mentions(text string) []Mention {
	var all []Mention
	for _, m := range ddl.Mentions(text) {
		all = append(all, Mention(m))
	}
	return all
}

// SameCondition reports whether have is what PostgreSQL shows of the condition want
// in a policy on a table: have comes from pg_get_expr while search_path is pg_catalog.
// It says no when it cannot tell.
func SameCondition(db *catalog.Database, table *catalog.Table, want, have string) bool {
	return lower.SameCondition(db, table, want, have)
}
