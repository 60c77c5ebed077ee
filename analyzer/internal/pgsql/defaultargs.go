package pgsql

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// defaultArguments keeps what the defaults of a function's parameters run. PostgreSQL
// resolves their names when the function is created and evaluates them wherever a call
// leaves the argument out (PostgreSQL manual, CREATE FUNCTION, default_expr).
func (l *ddlLoader) defaultArguments(f *catalog.Function, defaults []*pg.Node) {
	if len(defaults) > 0 {
		e := l.expr(defaults...)
		l.arguments[f] = &e
	}
}

// defaults refuses a call of f when defaults of its parameters run what nobody vouched
// for, given or not: the word for f is about f, not about what its caller runs for it. A
// default's effects are the call's.
func (x *exprs) defaults(f *catalog.Function, b *builtin, at int32) *query.Opaque {
	if slices.Contains(x.l.defaulting, f) {
		return nil // a default may call its own function; it is judged already
	}
	x.l.defaulting = append(x.l.defaulting, f)
	defer func() { x.l.defaulting = x.l.defaulting[:len(x.l.defaulting)-1] }()
	for _, name := range f.DefaultCalls {
		run, refused := x.function(fullName(name), at)
		if refused != nil {
			refused.Reason += "; the default of a parameter of " + f.Name.String() + " runs it"
			return refused
		}
		b.effect, b.shared = b.effect || run.effect, b.shared || run.shared
	}
	return nil
}

// fullName is a name as a call spells it.
func fullName(n catalog.Name) []string {
	if n.Schema == "" {
		return []string{n.Name}
	}
	return []string{n.Schema, n.Name}
}
