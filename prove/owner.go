package prove

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// own tells every table who owns its rows, and declared parents become refs.
func (w *world) own() {
	for _, d := range w.in.Schema.Tables {
		t := w.byName[d.Name]
		if t == nil {
			continue
		}
		t.declared, t.owner = d, w.in.Tenancy.Of(d)
		if t.owner.Kind == tenancy.Column {
			t.owner.Column = t.index(d.Columns[t.owner.Column].Name)
		}
		for _, p := range t.owner.Parents {
			r := &ref{table: w.byName[p.Table.Name], kind: parentRow, name: "the declared parent " + p.Table.Name.String()}
			if r.table == nil {
				continue
			}
			for _, on := range p.On {
				r.columns = append(r.columns, t.index(d.Columns[on.Child].Name))
				r.to = append(r.to, r.table.index(p.Table.Columns[on.Parent].Name))
			}
			r.when = map[int]string{}
			for _, m := range p.When {
				r.when[t.index(d.Columns[m.Column].Name)] = m.Value
			}
			for _, w := range p.Where {
				w.Column = r.table.index(p.Table.Columns[w.Column].Name)
				r.where = append(r.where, w)
			}
			t.refs = slices.DeleteFunc(t.refs, func(f *ref) bool {
				same := f.kind == foreignKey && len(r.when)+len(r.where) == 0 && f.table == r.table && slices.Equal(f.columns, r.columns)
				r.enforced = r.enforced || same
				return same
			})
			t.refs = append(t.refs, r)
		}
	}
}

// tenantOwned reports whether rows of t belong to tenants.
func (t *table) tenantOwned() bool {
	return t.owner.Kind == tenancy.Column || t.owner.Kind == tenancy.Child
}

// base is the type behind domains.
func (w *world) base(t *typ) *typ {
	for t.kind == "d" && w.types[t.base] != nil {
		t = w.types[t.base]
	}
	return t
}

// guess adds refs that nobody declared: a column task_id, or taskId, holds the id of a
// row of a table called task or v1_tasks, and task_inserted_at its inserted_at. They
// make rows meet in joins, as the application's would.
func (w *world) guess() {
	for _, t := range w.tables {
		found := map[string]*ref{} // by stem
		for i, c := range t.columns {
			if c.computed || t.owner.Kind == tenancy.Column && t.owner.Column == i || w.tenantColumn(c.name) || slices.ContainsFunc(t.refs, func(r *ref) bool { return slices.Contains(r.columns, i) }) {
				continue
			}
			stem, to, column := w.namesake(t, c)
			if to == nil {
				continue
			}
			r := found[stem]
			if r == nil {
				r = &ref{table: to, kind: likely, name: "column names"}
				found[stem] = r
				t.refs = append(t.refs, r)
			}
			if r.table == to {
				r.columns, r.to = append(r.columns, i), append(r.to, column)
			}
		}
	}
}

func (w *world) tenantColumn(name string) bool {
	return slices.ContainsFunc(w.in.Tenancy.Levels, func(l tenancy.Level) bool { return slices.Contains(l.Columns, name) })
}

// namesake finds the table and column that the name of a column speaks of.
func (w *world) namesake(t *table, c *column) (stem string, to *table, column int) {
	name := plain(c.name)
	best := 0
	for _, o := range w.tables {
		if o.owner.Kind == tenancy.Undeclared && o.declared == nil {
			continue
		}
		words := singular(plain(o.name.Name))
		for i, oc := range o.columns {
			s, ok := strings.CutSuffix(name, plain(oc.name))
			if !ok || s == "" || len(s) < 3 || oc.typ.oid != c.typ.oid || o == t && oc == c || !strings.HasSuffix(words, s) {
				continue
			}
			// The longest stem wins, then the table with the shortest name; one of a like family before others.
			score := 1000*len(s) - 10*len(words) + prefixLen(plain(o.name.Name), plain(t.name.Name)) + map[bool]int{true: 5}[plain(oc.name) == "id"]
			if best == 0 || score > best {
				best, stem, to, column = score, s, o, i
			}
		}
	}
	return stem, to, column
}

func prefixLen(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return min(n, 4)
}

// plain is a name without what styles of naming add.
func plain(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

func singular(s string) string {
	switch {
	case strings.HasSuffix(s, "ies"):
		return strings.TrimSuffix(s, "ies") + "y"
	case strings.HasSuffix(s, "ss"):
		return s
	}
	return strings.TrimSuffix(s, "s")
}

// sort puts tables behind those that they refer to, as far as there is such an order.
func (w *world) sort() {
	state := map[*table]int{}
	var sorted []*table
	var visit func(t *table)
	visit = func(t *table) {
		if state[t] != 0 {
			return
		}
		state[t] = 1
		for _, kind := range []refKind{foreignKey, parentRow, likely} {
			for _, r := range t.refs {
				if r.kind == kind {
					visit(r.table)
				}
			}
		}
		sorted = append(sorted, t)
	}
	for _, t := range w.tables {
		visit(t)
	}
	w.tables = sorted
}
