package analyzer

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Use is what a statement does with a table or view, as the privileges that who runs it
// needs for that (PostgreSQL manual, 5.7): select, insert, update, delete. What a view
// uses with its owner's rights is left out.
type Use struct {
	Table      *catalog.Table
	View       *catalog.View // in place of Table
	Privileges []string      // sorted
}

// Name is that of the table or view.
func (u Use) Name() catalog.Name {
	if u.View != nil {
		return u.View.Name
	}
	return u.Table.Name
}

// Draw is a sequence that nextval takes a number from, without a name where the query does
// not say which, and where it says so.
type Draw struct {
	Sequence     catalog.Name
	Line, Column int
}

func drawsOf(st *query.Statement, src *source) []Draw {
	var list []Draw
	for _, d := range st.Draws {
		line, column := src.lineColumn(d.Pos.Start)
		list = append(list, Draw{d.Name, line, column})
	}
	return list
}

// used is a table or a view.
type used struct {
	table *catalog.Table
	view  *catalog.View
}

// privileges collects the privileges that a statement needs.
type privileges map[used]map[string]bool

// privilegesOf lists what a statement does with its tables and views, by their names. Of a
// statement that is not understood as a whole, the list may be incomplete.
func privilegesOf(st *query.Statement) []Use {
	u := privileges{}
	u.node(st.Root, false)
	for _, v := range st.Views {
		u.add(used{view: v}, "select")
	}
	var list []Use
	for of, privileges := range u {
		list = append(list, Use{of.table, of.view, slices.Sorted(maps.Keys(privileges))})
	}
	slices.SortFunc(list, func(a, b Use) int { return a.Name().Compare(b.Name()) })
	return list
}

func (u privileges) add(of used, privileges ...string) {
	if u[of] == nil {
		u[of] = map[string]bool{}
	}
	for _, p := range privileges {
		u[of][p] = true
	}
}

// base adds what is done with an occurrence of a table.
func (u privileges) base(b *query.Base, privileges ...string) {
	if !b.AsOwner {
		u.add(used{table: b.Table}, privileges...)
	}
}

// node: FOR UPDATE and its kin need UPDATE on what they lock.
func (u privileges) node(n query.Node, locks bool) {
	if b, ok := n.(*query.Base); ok {
		u.base(b, "select")
		if locks {
			u.base(b, "update")
		}
	}
	if w, ok := n.(*query.Write); ok {
		u.write(w)
		return
	}
	s, ok := n.(*query.Select)
	_, join := n.(*query.Join)
	locks = ok && s.Locks || join && locks
	query.Children(n, func(c query.Node) {
		_, rel := c.(query.Rel)
		u.node(c, rel && locks)
	})
}

// write: what reads the target's columns, in WHERE, RETURNING or ON CONFLICT, needs
// SELECT on it too.
func (u privileges) write(w *query.Write) {
	verb := map[query.WriteKind]string{query.Insert: "insert", query.Update: "update", query.Delete: "delete"}
	target := func(privilege string) {
		u.base(w.Target, privilege)
		for _, v := range w.Through {
			u.add(used{view: v}, privilege)
		}
	}
	if w.Kind != query.Merge {
		target(verb[w.Kind])
	}
	if w.Kind != query.Insert || len(w.Returning) > 0 || w.Conflict != nil {
		target("select")
	}
	if w.Conflict != nil && w.Conflict.Update {
		target("update")
	}
	for _, a := range w.Actions {
		if !a.Nothing {
			target(verb[a.Kind])
		}
	}
	query.Children(w, func(c query.Node) {
		if c != query.Node(w.Target) {
			u.node(c, false)
		}
	})
}
