package lower

import (
	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// refuse records syntax that cannot be proved and returns the node that stands for it.
func (l *lowerer) refuse(at int32, rule, reason, hint string) *query.Opaque {
	pos := l.token(at)
	if l.via != nil {
		pos = l.via.at
	}
	return l.refuseAt(pos, rule, reason, hint)
}

// refuseAt records what cannot be proved at a place.
func (l *lowerer) refuseAt(pos query.Span, rule, reason, hint string) *query.Opaque {
	if !pos.Known() {
		pos = query.Span{Start: l.start, End: l.start + 1}
	}
	o := &query.Opaque{Rule: rule, Reason: reason, Hint: hint, Pos: pos}
	if len(l.opaque) < maxRefusals {
		l.opaque = append(l.opaque, o)
	}
	return o
}

// unsupported refuses a node in the words of SQL.
func (l *lowerer) unsupported(n *pg.Node) *query.Opaque {
	what := parsetree.SyntaxTitle(n)
	return l.refuse(parsetree.LocationOf(n), "unsupported-syntax", "tenantgen cannot prove anything about "+what, "rewrite the query without it")
}

// refuseDropped refuses a statement of which sqlc would send a part only.
func (l *lowerer) refuseDropped(u *sqltext.Unit) {
	if line := sqltext.DroppedLine(l.text, u.Raw.Start, u.Raw.End); line.Known() {
		l.opaque = append(l.opaque, &query.Opaque{Rule: "mangled-parameter", Pos: line,
			Reason: "sqlc takes this line for a comment and leaves it out of the statement",
			Hint:   "let the line begin with something else than --, # or /*"})
	}
}
