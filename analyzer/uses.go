package analyzer

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Use is what a statement does with a table, as the privileges that it needs for that
// (PostgreSQL manual, 5.7): select, insert, update, delete.
type Use struct {
	Table      *catalog.Table
	Privileges []string // sorted
}

// uses collects the privileges that a statement needs, by table.
type uses map[*catalog.Table]map[string]bool

// usesOf lists what a statement does with its tables, by their names. Of a statement
// that is not understood as a whole, the list may be incomplete.
func usesOf(st *query.Statement) []Use {
	u := uses{}
	u.query(st.Root)
	var list []Use
	for t, privileges := range u {
		list = append(list, Use{t, slices.Sorted(maps.Keys(privileges))})
	}
	slices.SortFunc(list, func(a, b Use) int { return compareTables(a.Table, b.Table) })
	return list
}

func compareTables(a, b *catalog.Table) int {
	return slices.Compare([]string{a.Name.Schema, a.Name.Name}, []string{b.Name.Schema, b.Name.Name})
}

func (u uses) add(t *catalog.Table, privileges ...string) {
	if u[t] == nil {
		u[t] = map[string]bool{}
	}
	for _, p := range privileges {
		u[t][p] = true
	}
}

func (u uses) query(q query.Query) {
	switch q := q.(type) {
	case *query.Select:
		u.with(q.With)
		for _, r := range q.From {
			u.rel(r, q.Locks)
		}
		u.exprs(q.Where, q.Having)
		u.exprs(q.DistinctOn...)
		u.exprs(q.Rest...)
		u.exprs(outputs(q.Out)...)
		if q.Group != nil {
			u.exprs(q.Group.By...)
		}
		for _, w := range q.Windows {
			u.exprs(w.PartitionBy...)
		}
	case *query.SetOp:
		u.with(q.With)
		u.query(q.Left)
		u.query(q.Right)
		u.exprs(q.Rest...)
	case *query.Values:
		u.with(q.With)
		for _, row := range q.Rows {
			u.exprs(row...)
		}
		u.exprs(q.Rest...)
	case *query.Write:
		u.write(q)
	}
}

func (u uses) with(ctes []*query.CTE) {
	for _, c := range ctes {
		u.query(c.Query)
	}
}

// rel: FOR UPDATE and its kin need UPDATE on what they lock.
func (u uses) rel(r query.Rel, locks bool) {
	switch r := r.(type) {
	case *query.Base:
		u.add(r.Table, "select")
		if locks {
			u.add(r.Table, "update")
		}
	case *query.Derived:
		u.query(r.Query)
	case *query.Rows:
		u.exprs(r.Args...)
	case *query.Join:
		u.rel(r.Left, locks)
		u.rel(r.Right, locks)
		u.exprs(r.On)
	}
}

// write: what reads the target's columns, in WHERE, RETURNING or ON CONFLICT, needs
// SELECT on it too.
func (u uses) write(w *query.Write) {
	u.with(w.With)
	verb := map[query.WriteKind]string{query.Insert: "insert", query.Update: "update", query.Delete: "delete"}
	if w.Kind != query.Merge {
		u.add(w.Target.Table, verb[w.Kind])
	}
	if w.Kind != query.Insert || len(w.Returning) > 0 || w.Conflict != nil {
		u.add(w.Target.Table, "select")
	}
	if w.Source != nil {
		u.query(w.Source)
	}
	for _, r := range w.From {
		u.rel(r, false)
	}
	u.exprs(w.Where)
	u.exprs(outputs(w.Returning)...)
	u.sets(w.Sets)
	if c := w.Conflict; c != nil {
		if c.Update {
			u.add(w.Target.Table, "update")
		}
		u.exprs(c.Where)
		u.exprs(c.Rest...)
		u.sets(c.Sets)
	}
	for _, a := range w.Actions {
		if !a.Nothing {
			u.add(w.Target.Table, verb[a.Kind])
		}
		u.exprs(a.When)
		u.exprs(a.Values...)
		u.sets(a.Sets)
	}
}

func (u uses) sets(sets []query.Set) {
	for _, s := range sets {
		u.exprs(s.Value)
	}
}

func (u uses) exprs(es ...query.Expr) {
	for _, e := range es {
		if sub, ok := e.(*query.Sub); ok {
			u.query(sub.Query)
		}
		u.exprs(parts(e)...)
	}
}
