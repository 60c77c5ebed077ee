package pgsql

import (
	pg "github.com/pganalyze/pg_query_go/v5"
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
	what := syntaxTitle(n)
	return l.refuse(locationOf(n), "unsupported-syntax", "tenantgen cannot prove anything about "+what, "rewrite the query without it")
}
