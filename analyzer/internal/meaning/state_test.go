package meaning

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// Every way in which a row can have an owner that a read asks about: a column, a foreign key with the tenant,
// a parent, and nobody.
const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, x int, UNIQUE (org_id, id));
CREATE TABLE tasks (org_id int NOT NULL, id int PRIMARY KEY, note_id int NOT NULL, FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE);
CREATE TABLE comments (note_id int NOT NULL REFERENCES notes (id) ON DELETE CASCADE, id int PRIMARY KEY);
CREATE TABLE plans (org int, id int PRIMARY KEY);
CREATE TABLE links (org_id int NOT NULL, id int PRIMARY KEY, note_id int REFERENCES notes (id) ON DELETE SET NULL ON UPDATE CASCADE, UNIQUE (org_id, id));
`

type world struct {
	db                                   *catalog.Database
	own                                  *tenancy.Map
	notes, tasks, comments, plans, links *catalog.Table
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, errs := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: schema}})
	for _, err := range errs {
		t.Fatal(err)
	}
	own, problems := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}, Tables: []config.Table{
		{Name: "plans", Global: true},
		{Name: "comments", Parents: []config.Parent{{Table: "notes", On: []config.Pair{{Child: "note_id", Parent: "id"}}}}},
	}})
	for _, p := range problems {
		t.Fatal(p.Msg)
	}
	w := &world{db: db, own: own}
	for name, to := range map[string]**catalog.Table{"notes": &w.notes, "tasks": &w.tasks, "comments": &w.comments, "plans": &w.plans, "links": &w.links} {
		*to = db.Table(catalog.Name{Schema: "public", Name: name})
	}
	return w
}

// The tenants: one that asks, a second one of a set, and one that is never asked for.
const (
	tenant Value = iota
	second
	other
)

// pair draws two states that have the same rows but of those tenants that mine is not true of. Both
// keep every constraint.
func (w *world) pair(r *rand.Rand, mine func(Value) bool) (a, b State) {
	shared := w.rows(r, State{}, func(Value) bool { return true })
	a = w.only(shared, mine)
	b = w.only(shared, mine)
	theirs := func(v Value) bool { return !mine(v) }
	return w.rows(r, a, theirs), w.rows(r, b, theirs)
}

// only is what a state has of some tenants, and of nobody.
func (w *world) only(s State, mine func(Value) bool) State {
	owner := map[Value]Value{}
	for _, n := range s[w.notes] {
		owner[n[1]] = n[0]
	}
	keep := func(rows []Row, of func(Row) Value) []Row {
		return slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return !mine(of(r)) })
	}
	first := func(r Row) Value { return r[0] }
	return State{w.plans: s[w.plans], w.notes: keep(s[w.notes], first), w.tasks: keep(s[w.tasks], first), w.links: keep(s[w.links], first),
		w.comments: keep(s[w.comments], func(r Row) Value { return owner[r[0]] })}
}

// rows adds rows of some tenants to a state, at most three to a table.
func (w *world) rows(r *rand.Rand, to State, of func(Value) bool) State {
	value := func() Value {
		if r.IntN(5) == 0 {
			return Null
		}
		return Value(r.IntN(3))
	}
	owner := func() Value {
		for {
			if v := Value(r.IntN(3)); of(v) {
				return v
			}
		}
	}
	out := State{w.plans: to[w.plans], w.notes: slices.Clone(to[w.notes]), w.tasks: slices.Clone(to[w.tasks]), w.comments: slices.Clone(to[w.comments]), w.links: slices.Clone(to[w.links])}
	has := func(t *catalog.Table, id Value) bool {
		return slices.ContainsFunc(out[t], func(r Row) bool { return r[1] == id })
	}
	add := func(t *catalog.Table, row Row) {
		if !has(t, row[1]) {
			out[t] = append(out[t], row)
		}
	}
	if out[w.plans] == nil {
		out[w.plans] = []Row{}
		for range r.IntN(3) {
			add(w.plans, Row{value(), Value(r.IntN(3))})
		}
	}
	for range r.IntN(3) {
		add(w.notes, Row{owner(), Value(r.IntN(4)), value()})
	}
	for range r.IntN(3) {
		i := 0
		if len(out[w.notes]) > 0 {
			i = r.IntN(len(out[w.notes]))
		}
		if len(out[w.notes]) > 0 && of(out[w.notes][i][0]) {
			n := out[w.notes][i]
			add(w.tasks, Row{n[0], Value(r.IntN(4)), n[1]})
			add(w.comments, Row{n[1], Value(r.IntN(4))})
			add(w.links, Row{n[0], Value(r.IntN(4)), n[1]}) // the premise: of the own tenant
		}
	}
	return out
}
