package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

const startedSchema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, slug text UNIQUE, title text, UNIQUE (org_id, id));
CREATE TABLE files (org_id int NOT NULL, id int PRIMARY KEY);
`

// What one foreign key does: for each kind of action, and each thing that decides on it.
func TestStarted1(t *testing.T) {
	tags := func(rest string) string { return "CREATE TABLE tags (org_id int NOT NULL, note_id int, " + rest + ");" }
	const both = "FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) "
	comments := child("comments", of("notes", "note_id=id"))
	for _, c := range []struct {
		name, table, from, to string
		declared              []config.Table
		change                string // the columns, or "deleted"
		want                  string // the effect, "" for none
		refused               string
	}{
		{"no action", tags(both), "tags", "notes", nil, "deleted", "", ""},
		{"RESTRICT", tags(both + "ON DELETE RESTRICT"), "tags", "notes", nil, "deleted", "", ""},
		{"CASCADE", tags(both + "ON DELETE CASCADE"), "tags", "notes", nil, "deleted", "tags deleted", ""},
		{"CASCADE for UPDATE only", tags(both + "ON UPDATE CASCADE"), "tags", "notes", nil, "deleted", "", ""},
		{"CASCADE for DELETE only", tags(both + "ON DELETE CASCADE"), "tags", "notes", nil, "id", "", ""},
		{"an update of the id", tags(both + "ON UPDATE CASCADE"), "tags", "notes", nil, "id", "tags note_id", ""},
		{"an update of something else", tags(both + "ON UPDATE CASCADE"), "tags", "notes", nil, "title", "", ""},
		{"an update of the tenant", tags(both + "ON UPDATE CASCADE"), "tags", "notes", nil, "org_id", "", "changes org_id of tags, which decides the owner"},
		{"SET NULL", tags(both + "ON DELETE SET NULL"), "tags", "notes", nil, "deleted", "", "changes org_id of tags, which decides the owner"},
		{"SET NULL (note_id)", tags(both + "ON DELETE SET NULL (note_id)"), "tags", "notes", nil, "deleted", "tags note_id", ""},
		{"SET DEFAULT (note_id)", tags(both + "ON DELETE SET DEFAULT (note_id)"), "tags", "notes", nil, "deleted", "tags note_id", ""},
		{"SET NULL (note_id) is for DELETE", tags(both + "ON DELETE SET NULL (note_id) ON UPDATE SET NULL"), "tags", "notes", nil, "id", "", "changes org_id of tags, which decides the owner"},
		{"SET NULL on UPDATE", tags("FOREIGN KEY (note_id) REFERENCES notes ON UPDATE SET NULL"), "tags", "notes", nil, "id", "tags note_id", ""},
		{"what is computed from it", tags("twice int GENERATED ALWAYS AS (note_id * 2) STORED, FOREIGN KEY (note_id) REFERENCES notes ON DELETE SET NULL"), "tags", "notes", nil, "deleted", "tags note_id twice", ""},
		{"a tenant that is computed from it", "CREATE TABLE tags (org_id int GENERATED ALWAYS AS (note_id / 2) STORED, note_id int REFERENCES notes ON DELETE SET NULL);", "tags", "notes", nil, "deleted", "", "changes org_id of tags"},
		{"the link of a child", "CREATE TABLE comments (note_id int REFERENCES notes ON UPDATE CASCADE);", "comments", "notes", []config.Table{comments}, "id", "comments note_id", ""},
		{"the link of a child, NULL", "CREATE TABLE comments (note_id int REFERENCES notes ON UPDATE SET NULL);", "comments", "notes", []config.Table{comments}, "id", "", "changes note_id of comments"},
		{"a key over the link", "CREATE TABLE comments (note_id int REFERENCES files ON UPDATE CASCADE);", "comments", "files", []config.Table{comments}, "id", "", "changes note_id of comments"},
		{"a link that is cut", "CREATE TABLE comments (slug varchar(3) REFERENCES notes (slug) ON UPDATE CASCADE);", "comments", "notes", []config.Table{child("comments", of("notes", "slug=slug"))}, "slug", "", "changes slug of comments"},
	} {
		k := world(t, startedSchema+c.table, c.declared...)
		k.assumeKeys()
		e := effect{table: k.table(c.to), deleted: c.change == "deleted", changed: map[string]bool{}}
		if !e.deleted {
			e.changed[c.change] = true
		}
		var got []effect
		expectRefusal(t, c.name, refused(func() { got = k.started1(e, e.table, k.table(c.from), k.foreign(c.from), 0) }), c.refused)
		if changes(got) != c.want {
			t.Errorf("%s: it starts %q, want %q", c.name, changes(got), c.want)
		}
	}
}

// A child of a project has the organization, too, and a key that changes it is no link.
func TestStarted1OfLevels(t *testing.T) {
	k := worldOf(t, `
CREATE TABLE tasks (org_id int NOT NULL, project_id int NOT NULL, id int PRIMARY KEY, UNIQUE (org_id, id));
CREATE TABLE comments (org_id int NOT NULL, task_id int NOT NULL, FOREIGN KEY (org_id, task_id) REFERENCES tasks (org_id, id) ON UPDATE CASCADE);
`, config.Tenant{Levels: []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}}, Tables: []config.Table{child("comments", of("tasks", "task_id=id"))}})
	k.assumeLevels()
	for column, want := range map[string]string{"id": "", "org_id": "changes org_id of comments"} {
		e := effect{table: k.table("tasks"), changed: map[string]bool{column: true}, depth: 1}
		expectRefusal(t, column, refused(func() { k.started1(e, e.table, k.table("comments"), k.foreign("comments"), 1) }), want)
	}
}

// A key whose columns do not pair is refused, whatever it does.
func TestStarted1OfOddKeys(t *testing.T) {
	k := world(t, startedSchema+"CREATE TABLE tags (org_id int NOT NULL, note_id int REFERENCES notes);")
	k.foreign("tags").RefColumns = nil
	e := effect{table: k.table("notes"), deleted: true}
	expectRefusal(t, "no columns", refused(func() { k.started1(e, e.table, k.table("tags"), k.foreign("tags"), 0) }), "is not understood")
}

// Whose keys are looked at: those of all tables that have the changed rows.
func TestStarted(t *testing.T) {
	const parts = `
CREATE TABLE notes (org_id int NOT NULL, id int NOT NULL, PRIMARY KEY (org_id, id)) PARTITION BY LIST (org_id);
CREATE TABLE part PARTITION OF notes DEFAULT PARTITION BY LIST (org_id);
CREATE TABLE deep PARTITION OF part DEFAULT;
CREATE TABLE plans (id int PRIMARY KEY);
CREATE TABLE tags (org_id int NOT NULL, note_id int, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE) PARTITION BY LIST (org_id);
CREATE TABLE tags1 PARTITION OF tags DEFAULT;
CREATE TABLE deeper (org_id int NOT NULL, note_id int, FOREIGN KEY (org_id, note_id) REFERENCES deep (org_id, id) ON DELETE CASCADE);
CREATE TABLE other (org_id int NOT NULL, plan_id int REFERENCES plans ON DELETE CASCADE);
`
	for _, c := range []struct {
		name, table, column, want string
		deleted                   bool
	}{
		{"the table", "notes", "", "tags deleted, deeper deleted", true},
		{"a partition", "part", "", "tags deleted, deeper deleted", true},
		{"a partition of a partition", "deep", "", "tags deleted, deeper deleted", true},
		{"a row that moves", "part", "org_id", "part deleted", false},
		{"a row of a partition that it cannot leave", "deep", "org_id", "", false},
		{"a row that stays", "deep", "id", "", false},
	} {
		k := world(t, parts, global("plans"))
		e := effect{table: k.table(c.table), deleted: c.deleted, changed: map[string]bool{}}
		if c.column != "" {
			e.changed[c.column] = true
		}
		var got []effect
		expectRefusal(t, c.name, refused(func() { got = k.started(e, 0) }), "")
		if changes(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, changes(got), c.want)
		}
	}
	// A partition of what is not known has itself at least.
	k := world(t, parts, global("plans"))
	k.table("part").Parents = []catalog.Name{{Name: "nowhere"}}
	if got := changes(k.started(effect{table: k.table("part"), deleted: true}, 0)); got != "deeper deleted" {
		t.Error(got)
	}
	k.table("part").Parents = nil
	k.started(effect{table: k.table("part"), deleted: true}, 0)
	k.table("part").Parents, k.table("part").IsPartition = []catalog.Name{k.table("notes").Name}, false
	if got := changes(k.started(effect{table: k.table("part"), deleted: true}, 0)); got != "deeper deleted" {
		t.Error("an heir's rows are referred to by keys of the heir alone:", got)
	}
}

// The heirs of a table, each once, and none that is not known.
func TestFamily(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL); CREATE TABLE a () INHERITS (notes); CREATE TABLE b () INHERITS (notes); CREATE TABLE c () INHERITS (a, b);")
	k.table("c").Children = []catalog.Name{k.table("notes").Name, {Name: "nowhere"}} // a circle
	all := map[catalog.Name]*catalog.Table{}
	k.family(k.table("notes"), all)
	if len(all) != 4 {
		t.Error(all)
	}
}

// An update moves rows when it changes what partitions are told by.
func TestCrosses(t *testing.T) {
	k := world(t, "CREATE TABLE notes (org_id int NOT NULL, id int) PARTITION BY LIST (org_id); CREATE TABLE logs (org_id int NOT NULL, id int) PARTITION BY LIST ((id % 2));")
	for _, c := range []struct {
		table, column string
		want          bool
	}{{"notes", "org_id", true}, {"notes", "id", false}, {"logs", "org_id", true}, {"logs", "", false}} {
		tbl, e := k.table(c.table), effect{changed: map[string]bool{}}
		if c.column != "" {
			e.changed[c.column] = true
		}
		if crosses(map[catalog.Name]*catalog.Table{tbl.Name: tbl}, e) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

// A partition's key is passed over only where that of its partitioned table says the same.
func TestRepeats(t *testing.T) {
	const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE tags (org_id int NOT NULL, note_id int REFERENCES notes) PARTITION BY LIST (org_id);
CREATE TABLE part PARTITION OF tags DEFAULT;
CREATE TABLE plans (id int);
`
	for name, spoil := range map[string]func(*checker, *catalog.Table, *catalog.ForeignKey){
		"":             func(*checker, *catalog.Table, *catalog.ForeignKey) {},
		"its own key":  func(_ *checker, _ *catalog.Table, fk *catalog.ForeignKey) { fk.Inherited = false },
		"two parents":  func(_ *checker, p *catalog.Table, _ *catalog.ForeignKey) { p.Parents = append(p.Parents, p.Parents[0]) },
		"none":         func(_ *checker, p *catalog.Table, _ *catalog.ForeignKey) { p.Parents[0].Name = "nowhere" },
		"others' rows": func(_ *checker, p *catalog.Table, _ *catalog.ForeignKey) { p.Parents[0].Name = "plans" },
	} {
		k := world(t, schema, global("plans"))
		part, fk := k.table("part"), k.foreign("part")
		spoil(k, part, fk)
		if k.repeats(part, fk) != (name == "") {
			t.Errorf("%q", name)
		}
	}
}

// Of a partition of what is not known nothing is passed over, not even if it is nobody's.
func TestRepeatsNothingUnknown(t *testing.T) {
	k := world(t, "CREATE TABLE loose (id int) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF loose DEFAULT;")
	part := k.table("part")
	if fk := (&catalog.ForeignKey{Inherited: true}); !k.repeats(part, fk) {
		t.Error("the key of the partitioned table says the same")
	} else if part.Parents[0].Name = "nowhere"; k.repeats(part, fk) {
		t.Error("no other key says the same")
	}
}

// Which rows belong together by a foreign key.
func TestIsLink(t *testing.T) {
	const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, twin int UNIQUE);
CREATE TABLE files (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE comments (note_id int REFERENCES notes, file_id int, other int, kind text);
CREATE TABLE tags (org_id int NOT NULL, note_id int REFERENCES notes);
`
	for name, spoil := range map[string]func(k *checker, fk *catalog.ForeignKey) (to string){
		"":            func(*checker, *catalog.ForeignKey) string { return "notes" },
		"other table": func(*checker, *catalog.ForeignKey) string { return "files" },
		"no columns": func(k *checker, _ *catalog.ForeignKey) string {
			k.own.Of(k.table("comments")).Parents[0].On = nil
			return "notes"
		},
		"sometimes": func(k *checker, _ *catalog.ForeignKey) string {
			k.own.Of(k.table("comments")).Parents[0].When = append(k.own.Of(k.table("comments")).Parents[0].When, when)
			return "notes"
		},
		"to some rows": func(k *checker, _ *catalog.ForeignKey) string {
			k.own.Of(k.table("comments")).Parents[0].Where = append(k.own.Of(k.table("comments")).Parents[0].Where, where)
			return "notes"
		},
		"other columns": func(_ *checker, fk *catalog.ForeignKey) string { fk.Columns = []string{"other"}; return "notes" },
		"other key":     func(_ *checker, fk *catalog.ForeignKey) string { fk.RefColumns = []string{"twin"}; return "notes" },
	} {
		k := world(t, schema, child("comments", of("notes", "note_id=id")))
		to := k.table(spoil(k, k.foreign("comments")))
		if k.isLink(to, k.table("comments"), k.foreign("comments")) != (name == "") {
			t.Errorf("%q", name)
		}
	}
	k := world(t, schema, child("comments", of("notes", "note_id=id"), of("files", "file_id=id")))
	if k.isLink(k.table("notes"), k.table("comments"), k.foreign("comments")) || k.isLink(k.table("notes"), k.table("tags"), k.foreign("tags")) {
		t.Error("a row with two parents, or with a tenant of its own, is a parent's alone")
	}
}

// What a write starts, through all keys, and the links that no key looks after.
func TestActions(t *testing.T) {
	const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, title text, half int, twice int GENERATED ALWAYS AS (half * 2) STORED UNIQUE);
CREATE TABLE comments (id int PRIMARY KEY, note_id int REFERENCES notes ON DELETE CASCADE);
CREATE TABLE replies (comment_id int REFERENCES comments ON DELETE CASCADE);
CREATE TABLE doubles (org_id int NOT NULL, twice int REFERENCES notes (twice) ON DELETE CASCADE);
CREATE TABLE plans (id int PRIMARY KEY);
CREATE TABLE items (org_id int NOT NULL, plan_id int REFERENCES plans ON DELETE CASCADE);
CREATE TABLE trees (org_id int NOT NULL, id int PRIMARY KEY, up int REFERENCES trees ON DELETE CASCADE);
CREATE TABLE pins (tree_id int);
`
	declared := []config.Table{global("plans"), child("comments", of("notes", "note_id=id")), child("replies", of("comments", "comment_id=id")), child("pins", of("trees", "tree_id=id"))}
	for _, c := range []struct {
		table, set string // no column: a deletion
		want       string
	}{
		{"notes", "", "foreign-key doubles_twice_fkey"},
		{"comments", "", ""},
		{"plans", "", "reaches rows of every tenant in items"},
		{"trees", "", "parent-link trees ([tree_id]) of pins"},
		{"notes", "title", ""},
		{"notes", "half", ""},
		{"notes", "id", ""},
		{"trees", "id", "parent-link trees ([tree_id]) of pins"},
		{"trees", "up", ""},
	} {
		k := world(t, schema, declared...)
		var sets []query.Set
		if c.set != "" {
			sets = []query.Set{{Column: k.table(c.table).ColumnIndex(c.set)}}
		}
		expectRefusal(t, c.table+" "+c.set, refused(func() { k.actions(k.table(c.table), c.set == "", sets) }), c.want)
	}
	k := world(t, schema, declared...)
	k.assumeKeys()
	expectRefusal(t, "a circle", refused(func() { k.actions(k.table("trees"), true, nil) }), "parent-link trees ([tree_id]) of pins")
	k.cert.Assume(certificate.Link(k.table("pins"), k.own.Of(k.table("pins")).Parents[0]))
	expectRefusal(t, "a circle", refused(func() { k.actions(k.table("trees"), true, nil) }), "")
}

// Of a table that nobody declared no row is the tenant's, though those of an heir may be.
func TestActionsOfUndeclared(t *testing.T) {
	k := world(t, `
CREATE TABLE base (id int);
CREATE TABLE notes (org_id int NOT NULL, PRIMARY KEY (org_id, id)) INHERITS (base);
CREATE TABLE tags (org_id int NOT NULL, note_id int, FOREIGN KEY (org_id, note_id) REFERENCES notes ON DELETE CASCADE);
`)
	expectRefusal(t, "notes", refused(func() { k.actions(k.table("notes"), true, nil) }), "")
	expectRefusal(t, "base", refused(func() { k.actions(k.table("base"), true, nil) }), "reaches rows of every tenant in tags")
}

// An update of what a generated key is computed from starts the key's action; one of the
// tenant, of which sets has shown that it stays, starts none.
func TestActionsOfComputedKeys(t *testing.T) {
	const schema = `
CREATE TABLE notes (org_id int NOT NULL, id int PRIMARY KEY, half int, twice int GENERATED ALWAYS AS (half * 2) STORED UNIQUE, UNIQUE (org_id, id));
CREATE TABLE doubles (org_id int NOT NULL, twice int REFERENCES notes (twice) ON UPDATE CASCADE);
CREATE TABLE tags (org_id int NOT NULL, note_id int, FOREIGN KEY (org_id, note_id) REFERENCES notes (org_id, id) ON UPDATE CASCADE);
`
	k := world(t, schema)
	notes := k.table("notes")
	expectRefusal(t, "half", refused(func() { k.actions(notes, false, []query.Set{{Column: 2}}) }), "foreign-key doubles_twice_fkey")
	k.assumeKeys()
	expectRefusal(t, "org_id", refused(func() { k.actions(notes, false, []query.Set{{Column: 0}}) }), "")
	k = world(t, schema)
	expectRefusal(t, "nothing", refused(func() { k.actions(notes, false, nil) }), "")
}
