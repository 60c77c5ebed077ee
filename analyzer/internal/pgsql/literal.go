package pgsql

import (
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// literal is the value of a string, an integer or a boolean as PostgreSQL prints it, or
// takes it for text: true.
func literal(c *pg.A_Const) (string, bool) {
	if c.GetIsnull() {
		return "", false
	}
	switch v := c.GetVal().(type) {
	case *pg.A_Const_Ival:
		return strconv.Itoa(int(v.Ival.GetIval())), true
	case *pg.A_Const_Boolval:
		return strconv.FormatBool(v.Boolval.GetBoolval()), true
	case *pg.A_Const_Sval:
		return v.Sval.GetSval(), true
	}
	return "", false
}

// keepsLiteral reports whether a cast to t leaves a literal what it is, or fails.
func (l *lowerer) keepsLiteral(t catalog.TypeRef) bool {
	u := l.db.Type(t.Name)
	return l.keepsValue(t) || !t.Array && u != nil && u.Kind == "enum"
}

// keepsText reports whether the literal that a SELECT gives a column of text arrives as it
// is, whatever the length of the type: one that is too long is an error unless it ends in
// blanks, which no Literal does (PostgreSQL manual, 8.3).
func (l *lowerer) keepsText(q query.Query, i int, c *catalog.Column) bool {
	s, ok := q.(*query.Select)
	if !ok || l.family(c.Type) != "text" || i >= len(s.Out) {
		return false
	}
	e, ok := s.Out[i].Expr.(*query.Const)
	return ok && e.Literal > 0
}
