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

// privileges collects the privileges that a statement needs, by table.
type privileges map[*catalog.Table]map[string]bool

// privilegesOf lists what a statement does with its tables, by their names. Of a statement
// that is not understood as a whole, the list may be incomplete.
func privilegesOf(st *query.Statement) []Use {
	u := privileges{}
	u.node(st.Root, false)
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

func (u privileges) add(t *catalog.Table, privileges ...string) {
	if u[t] == nil {
		u[t] = map[string]bool{}
	}
	for _, p := range privileges {
		u[t][p] = true
	}
}

// node: FOR UPDATE and its kin need UPDATE on what they lock.
func (u privileges) node(n query.Node, locks bool) {
	switch n := n.(type) {
	case *query.Base:
		u.add(n.Table, "select")
		if locks {
			u.add(n.Table, "update")
		}
	case *query.Write:
		u.write(n)
		return
	}
	for _, c := range query.Children(n) {
		switch c := c.(type) {
		case query.Rel:
			s, ok := n.(*query.Select)
			_, join := n.(*query.Join)
			u.node(c, ok && s.Locks || join && locks)
		default:
			u.node(c, false)
		}
	}
}

// write: what reads the target's columns, in WHERE, RETURNING or ON CONFLICT, needs
// SELECT on it too.
func (u privileges) write(w *query.Write) {
	verb := map[query.WriteKind]string{query.Insert: "insert", query.Update: "update", query.Delete: "delete"}
	if w.Kind != query.Merge {
		u.add(w.Target.Table, verb[w.Kind])
	}
	if w.Kind != query.Insert || len(w.Returning) > 0 || w.Conflict != nil {
		u.add(w.Target.Table, "select")
	}
	if w.Conflict != nil && w.Conflict.Update {
		u.add(w.Target.Table, "update")
	}
	for _, a := range w.Actions {
		if !a.Nothing {
			u.add(w.Target.Table, verb[a.Kind])
		}
	}
	for _, c := range query.Children(w) {
		if c != query.Node(w.Target) {
			u.node(c, false)
		}
	}
}
