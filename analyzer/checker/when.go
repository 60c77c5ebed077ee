package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// told makes sure that a row has the values by which it belongs to the parent of a step:
// the premises behind those of its key lead from its columns to literals of those values.
func (k *checker) told(st *certificate.Step, from *row, s *scope) bool {
	n := len(st.Parent.On)
	for i, m := range st.Parent.When {
		chain := st.Premises[n+i]
		if m.Column < 0 || m.Column >= len(from.table.Columns) || !from.knows(m.Column) || family(from.table.Columns[m.Column]) == "" || len(chain) == 0 {
			return false
		}
		end := chain[len(chain)-1].B
		if !end.IsValue() || k.literal(end.Number()) != m.Value || !k.connects(chain, certificate.Column(from.id, m.Column), end, s) {
			return false
		}
	}
	return true
}

// literal is the value of the literal of a number, "" where there is none.
func (k *checker) literal(n int) string {
	if n < 1 || n > len(k.st.Literals) {
		return ""
	}
	return k.st.Literals[n-1]
}

// otherwise reports whether one column says of a row that it belongs by p or by q, not by both.
func otherwise(p, q tenancy.Parent) bool {
	for _, m := range p.When {
		for _, o := range q.When {
			if m.Column == o.Column && m.Value != o.Value {
				return true
			}
		}
	}
	return false
}

// belongsElsewhere reports whether the row that a write inserts is given, in the column
// that says what it belongs to, the value of another parent.
func (k *checker) belongsElsewhere(b *query.Base, action int, parent tenancy.Parent) bool {
	for _, m := range parent.When {
		e, _ := values(k.writes[b], action, m.Column)
		if len(e) == 0 || !k.given(b.Table, m.Column) {
			continue
		}
		if !slices.ContainsFunc(e, func(e query.Expr) bool { return !k.valueOfAnother(b.Table, m, e) }) {
			return true
		}
	}
	return false
}

// valueOfAnother reports whether e is a literal that a parent of t other than that of m
// wants in the column of m. Other literals may be other spellings of one value.
func (k *checker) valueOfAnother(t *catalog.Table, m tenancy.Match, e query.Expr) bool {
	c, ok := e.(*query.Const)
	if !ok || c.Literal == 0 || k.literal(c.Literal) == m.Value {
		return false
	}
	return slices.ContainsFunc(k.own.Of(t).Parents, func(p tenancy.Parent) bool {
		return slices.Contains(p.When, tenancy.Match{Column: m.Column, Value: k.literal(c.Literal)})
	})
}

// arrivesAsText reports whether the literals that an INSERT gives its column of number i
// arrive as they are in a column of text: what is too long for varchar(n) is an error,
// unless it ends in blanks, which no Literal does (PostgreSQL manual, 8.3).
func (k *checker) arrivesAsText(w *query.Write, i int) bool {
	t, all := w.Target.Table, sourced(w.Source, i)
	return k.given(t, w.Columns[i]) && family(t.Columns[w.Columns[i]]) == "text" && len(all) > 0 && !slices.ContainsFunc(all, func(e query.Expr) bool {
		l, ok := e.(*query.Const)
		return !ok || l.Literal == 0
	})
}

// given reports whether wherever a row of t may be put, a column has the value that it is
// given, and not one that it computes or draws itself.
func (k *checker) given(t *catalog.Table, column int) bool {
	return !slices.ContainsFunc(k.receivers(t), func(r *catalog.Table) bool {
		c := r.Column(t.Columns[column].Name)
		return c == nil || c.Generated || c.Identity || family(c) == "" || family(c) != family(t.Columns[column])
	})
}
