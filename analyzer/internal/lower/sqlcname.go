package lower

import (
	"regexp"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// sqlc replaces its parameters in the text by length: as many bytes as @name, or
// sqlc.arg(name), would have behind the place where PostgreSQL's parser found them (sqlc's
// internal/sql/rewrite/parameters.go and internal/source/code.go). Where a parameter is
// spelled otherwise, with blanks, a comment or quotes in it, it cuts the statement apart.

// ours reports whether the text being lowered is the query's own: sqlc reads no other.
// In the body of a view or function @x is PostgreSQL's, the absolute value of x.
func (l *lowerer) ours() bool { return l.via == nil }

// sqlcAt reports whether sqlc takes an operator for the @ of a parameter: it looks at the
// operator's name only, prefix or infix, and not at one that has a schema.
func (x *exprs) sqlcAt(a *pg.A_Expr) bool {
	full := parsetree.Strings(a.GetName())
	return x.l.ours() && len(full) == 1 && full[0] == "@"
}

// spelled refuses a parameter that does not stand in the text as sqlc expects it.
func (l *lowerer) spelled(at int32, pattern string) *query.Opaque {
	pos := l.token(at)
	if pos.Known() && l.compiled(pattern).MatchString(l.text[pos.Start:]) {
		return nil
	}
	return l.refuse(at, "mangled-parameter", "sqlc does not find this parameter as it is spelled, and cuts the statement apart",
		"write @name or sqlc.arg(name), without blanks, comments or quotes in it")
}

// compiled is a pattern, compiled once: most statements name the same parameters.
func (w *Lowerer) compiled(pattern string) *regexp.Regexp {
	re := w.spellings[pattern]
	if re == nil {
		if w.spellings == nil {
			w.spellings = map[string]*regexp.Regexp{}
		}
		re = regexp.MustCompile(pattern)
		w.spellings[pattern] = re
	}
	return re
}

// spelledAt wants @name, where name may be in capitals.
func (l *lowerer) spelledAt(at int32, name string) *query.Opaque {
	return l.spelled(at, `^@(?i:`+regexp.QuoteMeta(name)+`)(?:[^\w$\x80-\xff]|$)`)
}

// spelledCall wants sqlc.arg(name) or sqlc.arg('name').
func (l *lowerer) spelledCall(at int32, function, name string) *query.Opaque {
	n := regexp.QuoteMeta(name)
	return l.spelled(at, `^(?i:sqlc\.`+regexp.QuoteMeta(function)+`)\s*\((?:(?i:`+n+`)|'`+n+`')\)`)
}

// gluedAt reports whether an operator has swallowed the @ of a parameter, as =@ in a=@b.
// The built-in operators that end in @ are the search and containment operators.
func gluedAt(name string) bool {
	return len(name) > 1 && strings.HasSuffix(name, "@") && !wholeOperators[name]
}

var wholeOperators = sqltext.Words("<@ @@ @@@ @-@")
