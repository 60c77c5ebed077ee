package meaning

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// Every way in which a row can have an owner that a statement asks about: a column, also one whose default is the setting; a foreign key with
// the tenant, a parent, one of two by a discriminator, a parent among the rows that a partial index keeps apart, and nobody. Others may read some posts.
const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, x int, UNIQUE (org_id, id));
CREATE TABLE tasks (org_id int NOT NULL, id int PRIMARY KEY, note_id int NOT NULL, FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON DELETE CASCADE);
CREATE TABLE comments (note_id int NOT NULL REFERENCES notes (id) ON DELETE CASCADE, id int PRIMARY KEY);
CREATE TABLE plans (org int, id int PRIMARY KEY);
CREATE TABLE links (org_id int NOT NULL, id int PRIMARY KEY, note_id int REFERENCES notes (id) ON DELETE SET NULL ON UPDATE CASCADE, UNIQUE (org_id, id));
CREATE TABLE posts (org_id int NOT NULL, id int PRIMARY KEY, public int);
CREATE TABLE items (org_id int NOT NULL DEFAULT current_setting('app.org_id')::int, id int PRIMARY KEY);
CREATE TABLE marks (kind int NOT NULL, id int PRIMARY KEY, ref int NOT NULL);
CREATE TABLE rooms (org_id int NOT NULL, id int PRIMARY KEY, name int, gone int);
CREATE UNIQUE INDEX rooms_name ON rooms (name) WHERE gone IS NULL;
CREATE TABLE drafts (room int NOT NULL, id int PRIMARY KEY);
`

type world struct {
	db                                                               *catalog.Database
	own                                                              *tenancy.Map
	notes, tasks, comments, plans, links, posts, items, marks, rooms *catalog.Table
	drafts                                                           *catalog.Table
	premises                                                         []certificate.Premise // all that there are: every state keeps them
}

// publicPost is the form of what read_also of posts says: column 2 is 1.
const publicPost = "2 = 1"

func newWorld(t testing.TB) *world {
	t.Helper()
	db, errs := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: schema}})
	for _, err := range errs {
		t.Fatal(err)
	}
	parent := func(table, child, key string) config.Parent {
		return config.Parent{Table: table, On: []config.Pair{{Child: child, Parent: key}}, NoForeignKey: "tests keep them together"}
	}
	note, byNote, byTask, room := parent("notes", "note_id", "id"), parent("notes", "ref", "id"), parent("tasks", "ref", "id"), parent("rooms", "room", "name")
	note.NoForeignKey = ""
	byNote.When, byTask.When = []config.Match{{Column: "kind", Value: "1"}}, []config.Match{{Column: "kind", Value: "2"}}
	room.Where = "gone IS NULL"
	own, problems := tenancy.Classify(db, config.Tenant{Columns: []string{"org_id"}, Out: "tenant", Source: config.Source{Setting: "app.org_id"}, Tables: []config.Table{
		{Name: "plans", Global: true},
		{Name: "comments", Parents: []config.Parent{note}},
		{Name: "marks", Parents: []config.Parent{byNote, byTask}},
		{Name: "drafts", Parents: []config.Parent{room}},
	}})
	for _, p := range problems {
		t.Fatal(p.Msg)
	}
	w := &world{db: db, own: own}
	for name, to := range map[string]**catalog.Table{"notes": &w.notes, "tasks": &w.tasks, "comments": &w.comments, "plans": &w.plans, "links": &w.links,
		"posts": &w.posts, "items": &w.items, "marks": &w.marks, "rooms": &w.rooms, "drafts": &w.drafts} {
		*to = db.Table(catalog.Name{Schema: "public", Name: name})
	}
	own.Allow(w.posts, [][]string{{publicPost}})
	for _, t := range db.Tables {
		for _, fk := range t.Foreign {
			w.premises = append(w.premises, certificate.Refers(t, w.notes, fk))
		}
		for _, p := range own.Of(t).Parents {
			w.premises = append(w.premises, certificate.Link(t, p))
		}
		w.premises = append(w.premises, certificate.Agreement(t, own.Of(t).Parents))
	}
	return w
}

// The tenants: one that asks, a second one of a set, and one that is never asked for.
const (
	tenant Value = iota
	second
	other
)

// pair draws two states that have the same rows but of those tenants that mine is not true of, and of these the posts
// that anybody may read if that is so. Both keep every constraint and every premise.
func (w *world) pair(r *rand.Rand, mine func(Value) bool, readAlso bool) (a, b State) {
	shared := w.rows(r, State{}, func(Value) bool { return true }, false)
	a, b = w.only(shared, mine), w.only(shared, mine)
	if readAlso {
		for _, s := range []State{a, b} {
			s[w.posts] = slices.DeleteFunc(slices.Clone(shared[w.posts]), func(r Row) bool { return !mine(r[0]) && r[2] != 1 })
		}
	}
	theirs := func(v Value) bool { return !mine(v) }
	return w.rows(r, a, theirs, readAlso), w.rows(r, b, theirs, readAlso)
}

// nobody owns a row that says whose it is by nothing.
const nobody = Null

// owner is whose a row is.
func (w *world) owner(s State, t *catalog.Table, r Row) Value {
	of := func(parent *catalog.Table, is func(Row) bool) Value {
		if i := slices.IndexFunc(s[parent], is); i >= 0 {
			return w.owner(s, parent, s[parent][i])
		}
		return nobody
	}
	switch {
	case t == w.comments:
		return of(w.notes, func(p Row) bool { return p[1] == r[0] })
	case t == w.marks && r[0] == 1:
		return of(w.notes, func(p Row) bool { return p[1] == r[2] })
	case t == w.marks && r[0] == 2:
		return of(w.tasks, func(p Row) bool { return p[1] == r[2] })
	case t == w.marks:
		return nobody
	case t == w.drafts:
		return of(w.rooms, func(p Row) bool { return p[2] == r[0] && p[3] == Null })
	}
	return r[0]
}

// only is what a state has of some tenants, and of nobody.
func (w *world) only(s State, mine func(Value) bool) State {
	out := State{}
	for t, rows := range s {
		if t == w.plans {
			out[t] = rows
			continue
		}
		kept := make([]Row, 0, len(rows))
		for _, r := range rows {
			if v := w.owner(s, t, r); v != nobody && mine(v) {
				kept = append(kept, r)
			}
		}
		out[t] = kept
	}
	return out
}

// filler adds rows to a state.
type filler struct {
	*world
	*rand.Rand
	in     State
	of     func(Value) bool
	hidden bool // adds no post that anybody may read
}

func (w *world) rows(r *rand.Rand, to State, of func(Value) bool, hidden bool) State {
	f := &filler{w, r, State{}, of, hidden}
	for _, t := range w.db.Tables {
		f.in[t] = append(make([]Row, 0, len(to[t])+3), to[t]...)
	}
	f.fill(to[w.plans] == nil)
	return f.in
}

func (f *filler) value() Value {
	if f.IntN(5) == 0 {
		return Null
	}
	return Value(f.IntN(3))
}

func (f *filler) anybody() Value {
	for {
		if v := Value(f.IntN(3)); f.of(v) {
			return v
		}
	}
}

// add adds a row unless a key is in its way: all have their id in the second column.
func (f *filler) add(t *catalog.Table, row Row) {
	for _, k := range t.Keys {
		if slices.ContainsFunc(f.in[t], func(o Row) bool { return clash(t, k, o, row) }) {
			return
		}
	}
	f.in[t] = append(f.in[t], row)
}

// some is a row of a table that belongs to one of the tenants, nil without one.
func (f *filler) some(t *catalog.Table) Row {
	if len(f.in[t]) > 0 {
		if r := f.in[t][f.IntN(len(f.in[t]))]; f.of(f.owner(f.in, t, r)) {
			return r
		}
	}
	return nil
}

// fill adds rows of some tenants, at most three to a table.
func (f *filler) fill(plans bool) {
	id := func() Value { return Value(f.IntN(4)) }
	for range f.IntN(3) {
		if plans {
			f.add(f.plans, Row{f.value(), Value(f.IntN(3))})
		}
	}
	for range f.IntN(3) {
		f.add(f.notes, Row{f.anybody(), id(), f.value()})
		public := f.value()
		if f.hidden && public == 1 {
			public = 0
		}
		f.add(f.posts, Row{f.anybody(), id(), public})
		f.add(f.items, Row{f.anybody(), id()})
		gone := Null
		if f.IntN(3) == 0 {
			gone = 1
		}
		f.add(f.rooms, Row{f.anybody(), id(), Value(f.IntN(3)), gone})
	}
	for range f.IntN(3) {
		if n := f.some(f.notes); n != nil {
			f.add(f.tasks, Row{n[0], id(), n[1]})
			f.add(f.comments, Row{n[1], id()})
			f.add(f.links, Row{n[0], id(), n[1]}) // the premise: of the own tenant
			f.add(f.marks, Row{1, id(), n[1]})
		}
		if t := f.some(f.tasks); t != nil {
			f.add(f.marks, Row{2, id(), t[1]})
		}
		if r := f.some(f.rooms); r != nil && r[3] == Null {
			f.add(f.drafts, Row{r[2], id()})
		}
	}
}
