package lower

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// keepsLiteral reports whether a cast to t leaves a literal or a parameter what it is, or fails: an enumeration has one value for each text.
func (l *lowerer) keepsLiteral(t catalog.TypeRef) bool {
	u := l.db.Type(t.Name)
	return pgtype.KeepsValue(l.db, t) || !t.Array && u != nil && u.Kind == "enum"
}

// keepsText reports whether the literal that a SELECT gives a column of text arrives as it
// is, whatever the length of the type: one that is too long is an error unless it ends in
// blanks, which no Literal does (PostgreSQL manual, 8.3).
func (l *lowerer) keepsText(q query.Query, i int, c *catalog.Column) bool {
	s, ok := q.(*query.Select)
	if !ok || pgtype.Family(l.db, c.Type) != "text" || i >= len(s.Out) {
		return false
	}
	e, ok := s.Out[i].Expr.(*query.Const)
	return ok && e.Literal > 0
}
