package meaning

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// A universe is every state of some tables with two tenants, tenant and second, and at most two rows to a table: ids are 0 and 1, as
// tenants are, so that one may be taken for the other. Tables that no statement names have a row at most, which refers to one
// that it changes, or none. All keep every constraint and every premise.
type universe struct {
	// alike are the states by what is the tenant's in them: those of one element differ in other tenants' rows alone.
	alike [][]State
}

// universes are made once for the tables that a statement is about.
type universes struct {
	*world
	made map[string]*universe
}

// of is the universe of the tables of a statement, and of those that their rows refer to.
func (u *universes) of(st *query.Statement) *universe {
	in, refers := map[*catalog.Table]bool{}, false
	visit(st.Root, func(n query.Node) {
		switch n := n.(type) {
		case *query.Base:
			in[n.Table] = true
		case *query.Write:
			in[n.Target.Table] = true
			refers = refers || n.Target.Table == u.notes && n.Kind != query.Insert
		}
	})
	ids, key := map[*catalog.Table]Value{}, ""
	for _, t := range u.db.Tables {
		child := t == u.tasks || t == u.comments || t == u.links
		switch {
		case in[t], t == u.notes && (in[u.tasks] || in[u.comments] || in[u.links]):
			ids[t] = 2
		case child && refers:
			ids[t] = 1
		}
		key += fmt.Sprint(ids[t])
	}
	if u.made[key] == nil {
		u.made[key] = u.make(ids)
	}
	return u.made[key]
}

func (u *universes) make(ids map[*catalog.Table]Value) *universe {
	states := []State{{}}
	for _, t := range u.db.Tables {
		var next []State
		for _, s := range states {
			for _, r := range u.tables(t, ids[t], s, len(ids) > 2) {
				with := State{t: r}
				for other, old := range s {
					with[other] = old
				}
				next = append(next, with)
			}
		}
		states = next
	}
	out := &universe{}
	at := map[string]int{}
	for _, s := range states {
		own := u.only(s, func(v Value) bool { return v == tenant })
		var key strings.Builder
		for _, t := range u.db.Tables {
			fmt.Fprint(&key, own[t], ";")
		}
		i, ok := at[key.String()]
		if !ok {
			i, at[key.String()] = len(out.alike), len(out.alike)
			out.alike = append(out.alike, nil)
		}
		out.alike[i] = append(out.alike[i], s)
	}
	return out
}

// tables lists what a table may hold beside others: few values where there are many tables.
func (u *universes) tables(t *catalog.Table, ids Value, in State, few bool) [][]Row {
	all := [][]Row{{}}
	for id := range ids {
		var next [][]Row
		for _, rows := range all {
			next = append(next, rows)
			for _, r := range u.rowsWith(t, id, in, few) {
				next = append(next, append(slices.Clip(rows), r))
			}
		}
		all = next
	}
	return all
}

func (u *universes) rowsWith(t *catalog.Table, id Value, in State, few bool) []Row {
	var all []Row
	switch t {
	case u.notes:
		for _, org := range []Value{tenant, second} {
			all = append(all, Row{org, id, 0})
			if !few {
				all = append(all, Row{org, id, Null})
			}
		}
	case u.plans:
		all = []Row{{tenant, id}, {second, id}}
		if !few {
			all = append(all, Row{Null, id})
		}
	case u.posts:
		for _, org := range []Value{tenant, second} {
			all = append(all, Row{org, id, 0}, Row{org, id, 1})
		}
	default:
		for _, n := range in[u.notes] {
			switch t {
			case u.tasks, u.links:
				all = append(all, Row{n[0], id, n[1]})
			case u.comments:
				all = append(all, Row{n[1], id})
			}
		}
	}
	return all
}
