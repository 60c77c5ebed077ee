package meaning

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/query"
)

// SQL writes a part of a statement that reads as SQL, for people and, without functions that nobody
// declares, for a server. Column i of a relation or of a query is c<i>.
func SQL(n any) string {
	switch n := n.(type) {
	case query.Query:
		return ofQuery(n)
	case query.Rel:
		return ofRel(n)
	case *query.CTE:
		return n.Name + names(len(n.Out)) + " AS (" + SQL(n.Query) + ")"
	case query.Expr:
		return ofExpr(n)
	case nil:
		return "true"
	}
	panic(query.Unexpected(n))
}

func ofQuery(q query.Query) string {
	switch q := q.(type) {
	case *query.Select:
		return with(q.With) + "SELECT " + distinctOf(q) + outputs(q.Out) + from(q.From) + flag(q.Where != nil, " WHERE "+SQL(expr(q.Where))) + rest(q)
	case *query.SetOp:
		return with(q.With) + "(" + SQL(q.Left) + ") " + [...]string{"UNION", "INTERSECT", "EXCEPT"}[q.Kind] + flag(q.All, " ALL") + " (" + SQL(q.Right) + ")" + flag(q.Limited, " LIMIT 1")
	case *query.Values:
		var rows []string
		for _, r := range q.Rows {
			rows = append(rows, "("+list(r, ", ")+")")
		}
		return with(q.With) + "VALUES " + strings.Join(rows, ", ") + flag(q.Limited, " LIMIT 1")
	case *query.Write:
		return with(q.With) + ofWrite(q) + flag(len(q.Returning) > 0, " RETURNING "+outputs(q.Returning))
	}
	panic(query.Unexpected(q))
}

func ofWrite(w *query.Write) string {
	where := flag(w.Where != nil, " WHERE "+SQL(expr(w.Where)))
	target := fmt.Sprintf("%s AS r%d", w.Target.Table.Name, w.Target.ID) // takes no names for columns: they are c<i>
	switch w.Kind {
	case query.Update:
		return "UPDATE " + target + " SET " + assignments(w.Sets) + from(w.From) + where
	case query.Delete:
		return "DELETE FROM " + target + flag(w.From != nil, " USING "+list(w.From, ", ")) + where
	case query.Insert:
		text := "INSERT INTO " + target + " " + columns(w.Columns) + " " + SQL(w.Source)
		if w.Conflict != nil {
			text += ofConflict(w.Conflict)
		}
		return text
	case query.Merge:
		return "MERGE INTO " + target + " USING " + list(w.From, ", ") + " ON " + SQL(expr(w.Where)) + ofActions(w.Actions)
	}
	panic(query.Unexpected(w))
}

func ofActions(actions []query.Action) string {
	text := ""
	for _, a := range actions {
		text += " WHEN " + flag(!a.Matched, "NOT ") + "MATCHED" + flag(a.When != nil, " AND "+SQL(expr(a.When))) + " THEN "
		switch {
		case a.Nothing:
			text += "DO NOTHING"
		case a.Kind == query.Insert:
			text += "INSERT " + columns(a.Columns) + " VALUES (" + list(a.Values, ", ") + ")"
		case a.Kind == query.Delete:
			text += "DELETE"
		default:
			text += "UPDATE SET " + assignments(a.Sets)
		}
	}
	return text
}

func ofConflict(c *query.Conflict) string {
	text := " ON CONFLICT" + flag(!c.Any, " "+columns(c.Columns))
	if !c.Update {
		return text + " DO NOTHING"
	}
	text += " DO UPDATE SET " + assignments(c.Sets) + flag(c.Where != nil, " WHERE "+SQL(expr(c.Where)))
	return strings.ReplaceAll(text, fmt.Sprintf("r%d.", c.Excluded), "excluded.")
}

func columns(list []int) string {
	var all []string
	for _, c := range list {
		all = append(all, fmt.Sprint("c", c))
	}
	return "(" + strings.Join(all, ", ") + ")"
}

func assignments(sets []query.Set) string {
	var all []string
	for _, s := range sets {
		all = append(all, fmt.Sprintf("c%d = %s", s.Column, flag(s.Value == nil, "DEFAULT")+flag(s.Value != nil, SQL(expr(s.Value)))))
	}
	return strings.Join(all, ", ")
}

// expr is an expression as SQL takes it, also where there is none.
func expr(e query.Expr) any {
	if e == nil {
		return nil
	}
	return e
}

func ofRel(r query.Rel) string {
	switch r := r.(type) {
	case *query.Base:
		return fmt.Sprintf("%s AS r%d%s", r.Table.Name, r.ID, names(len(r.Table.Columns)))
	case *query.Derived:
		return fmt.Sprintf("(%s) AS r%d%s", SQL(r.Query), r.ID, names(len(r.Out)))
	case *query.CTERef:
		return fmt.Sprintf("%s AS r%d%s", r.CTE.Name, r.ID, names(len(r.CTE.Out)))
	case *query.Join:
		return "(" + SQL(r.Left) + " " + r.Kind.String() + " " + SQL(r.Right) + " ON " + SQL(expr(r.On)) + ")"
	}
	panic(query.Unexpected(r))
}

func ofExpr(e query.Expr) string {
	switch e := e.(type) {
	case *query.Col:
		return fmt.Sprintf("r%d.c%d", e.Rel, e.Index)
	case *query.Param:
		return fmt.Sprintf("$%d", e.Number)
	case *query.Const:
		return e.Text + flag(e.Null, "::int")
	case *query.Eq:
		return "(" + SQL(e.L) + " = " + SQL(e.R) + ")"
	case *query.And:
		return "(" + list(e.Args, " AND ") + ")"
	case *query.Or:
		return "(" + list(e.Args, " OR ") + ")"
	case *query.Not:
		return "(NOT " + SQL(e.Arg) + ")"
	case *query.IsNotNull:
		return "(" + SQL(e.Arg) + " IS NOT NULL)"
	case *query.Sub:
		return "(" + flag(len(e.Test) > 0, "("+list(e.Test, ", ")+")") + [...]string{" EXISTS", " IN", "", " ANY"}[e.Kind] + " (" + SQL(e.Query) + "))"
	case *query.Op:
		if e.Default {
			return "DEFAULT"
		}
		if not, ok := e.Negation.(*query.IsNotNull); ok {
			return "(" + SQL(not.Arg) + " IS NULL)"
		}
		return e.Text + "(" + list(e.Args, ", ") + ")" + flag(e.Filter != nil, " FILTER (WHERE "+SQL(expr(e.Filter))+")")
	}
	panic(query.Unexpected(e))
}

func flag(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

func list[T any](all []T, sep string) string {
	var parts []string
	for _, x := range all {
		parts = append(parts, SQL(x))
	}
	return strings.Join(parts, sep)
}

// names is a list of so many columns.
func names(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprint("c", i))
	}
	return "(" + strings.Join(all, ", ") + ")"
}

func with(ctes []*query.CTE) string {
	if len(ctes) == 0 {
		return ""
	}
	return "WITH RECURSIVE " + list(ctes, ", ") + " "
}

func from(rels []query.Rel) string {
	if len(rels) == 0 {
		return ""
	}
	return " FROM " + list(rels, ", ")
}

func outputs(outs []query.Output) string {
	var all []string
	for i, o := range outs {
		all = append(all, fmt.Sprintf("%s AS c%d", SQL(expr(o.Expr)), i))
	}
	return strings.Join(all, ", ")
}

func distinctOf(q *query.Select) string {
	if q.DistinctOn != nil {
		return "DISTINCT ON (" + list(q.DistinctOn, ", ") + ") "
	}
	return flag(q.Distinct, "DISTINCT ")
}

func rest(q *query.Select) string {
	text := ""
	if q.Group != nil {
		text += " GROUP BY " + list(q.Group.By, ", ")
	}
	if q.Having != nil {
		text += " HAVING " + SQL(q.Having)
	} else if q.Aggregate {
		text += " HAVING true"
	}
	for i, w := range q.Windows {
		text += fmt.Sprintf(" WINDOW w%d AS (PARTITION BY %s)", i, list(w.PartitionBy, ", "))
	}
	return text + flag(q.Limited, " LIMIT 1")
}
