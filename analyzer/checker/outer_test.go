package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

var orgsAndProjects = []config.Level{{Name: "org", Column: "org_id"}, {Name: "project", Column: "project_id"}}

const levelSchema = `
CREATE TABLE projects (org_id int NOT NULL, project_id int NOT NULL, id int NOT NULL UNIQUE, UNIQUE (org_id, project_id, id));
CREATE TABLE tasks (org_id int NOT NULL, project_id int NOT NULL, up int NOT NULL, FOREIGN KEY (org_id, project_id, up) REFERENCES projects (org_id, project_id, id));
CREATE TABLE steps (org_id int NOT NULL, project_id int NOT NULL, id int);
CREATE TABLE bare (project_id int NOT NULL);
CREATE TABLE settings (org_id int NOT NULL, id int PRIMARY KEY);
CREATE TABLE plans (id int PRIMARY KEY);
`

func levels(t *testing.T, tables ...config.Table) *checker {
	k := worldOf(t, levelSchema, config.Tenant{Levels: orgsAndProjects, Tables: append(tables, global("plans"))})
	k.cert.Tenants = []int{1, 2}
	k.st.Params = []*query.ParamInfo{{Number: 1}, {Number: 2}}
	return k
}

// What of a foreign key keeps a row in the organization of its project, each thing alone.
func TestRefusesOthers(t *testing.T) {
	type key = *catalog.ForeignKey
	for name, spoil := range map[string]func(k *checker, tasks *catalog.Table, fk key){
		"":                  func(*checker, *catalog.Table, key) {},
		"no table":          func(_ *checker, _ *catalog.Table, fk key) { fk.RefTable.Name = "nowhere" },
		"deferrable":        func(_ *checker, _ *catalog.Table, fk key) { fk.Deferrable = true },
		"a class":           func(_ *checker, _ *catalog.Table, fk key) { fk.Class = true },
		"no columns there":  func(_ *checker, _ *catalog.Table, fk key) { fk.RefColumns = nil },
		"another level":     func(k *checker, _ *catalog.Table, fk key) { fk.RefTable = k.table("settings").Name },
		"switched off":      func(_ *checker, _ *catalog.Table, fk key) { fk.SwitchedOff = true },
		"perhaps gone":      func(_ *checker, tasks *catalog.Table, _ key) { tasks.Unsure = "DO block" },
		"without its key":   func(k *checker, _ *catalog.Table, fk key) { k.db.Table(fk.RefTable).Unsure = "DO block" },
		"nobody's":          func(k *checker, _ *catalog.Table, fk key) { fk.RefTable = k.table("plans").Name },
		"sometimes":         func(_ *checker, tasks *catalog.Table, _ key) { tasks.Columns[2].NotNull = false },
		"sometimes nowhere": func(_ *checker, tasks *catalog.Table, _ key) { tasks.Columns[0].NotNull = false },
		"a column not had":  func(_ *checker, _ *catalog.Table, fk key) { fk.Columns[2] = "nothing" },
		"no organization": func(_ *checker, _ *catalog.Table, fk key) {
			fk.Columns, fk.RefColumns = fk.Columns[1:], fk.RefColumns[1:]
		},
		"no project": func(_ *checker, _ *catalog.Table, fk key) {
			fk.Columns, fk.RefColumns = []string{"org_id", "up"}, []string{"org_id", "id"}
		},
		"another type":       func(_ *checker, tasks *catalog.Table, _ key) { tasks.Columns[0].Value.Type.Name = "numeric" },
		"another type of it": func(_ *checker, tasks *catalog.Table, _ key) { tasks.Columns[1].Value.Type.Name = "numeric" },
		"a circle": func(k *checker, tasks *catalog.Table, fk key) {
			back := *fk
			back.RefTable = tasks.Name
			back.Columns = back.RefColumns
			k.table("projects").Foreign = []*catalog.ForeignKey{{RefTable: tasks.Name, Columns: []string{"org_id", "project_id", "id"}, RefColumns: []string{"org_id", "project_id", "up"}}}
		},
	} {
		k := levels(t)
		spoil(k, k.table("tasks"), k.foreign("tasks"))
		if k.refusesOthers(k.table("tasks"), 0) != (name == "") {
			t.Errorf("%q: %v", name, name != "")
		}
	}
	// A link of a child does as well as the project's column.
	k := worldOf(t, levelSchema,
		config.Tenant{Levels: orgsAndProjects, Tables: []config.Table{global("plans"), child("steps", of("projects", "id=id"))}})
	steps := k.table("steps")
	steps.Columns[2].NotNull = true
	steps.Foreign = []*catalog.ForeignKey{{RefTable: k.table("projects").Name, Columns: []string{"org_id", "id"}, RefColumns: []string{"org_id", "id"}}}
	if !k.refusesOthers(steps, 0) {
		t.Error("a child is in the organization of its parent")
	}
	if steps.Columns[2].Value.Type.Name = "numeric"; k.refusesOthers(steps, 0) {
		t.Error("its link compares numbers that are rounded")
	}
}

const newStep, likeIt query.RelID = 10, 20

// outerWorld is a new row of steps with a proof o of its organization.
type outerWorld struct {
	k     *checker
	b     *query.Base
	o     *certificate.Outer
	s     *scope
	given []int
}

// pin adds an occurrence of a table that is proved.
func (x *outerWorld) pin(table string) {
	x.k.cert.Pins = append(x.k.cert.Pins, certificate.Pin{Base: x.k.base(7, table)})
}

// like makes it a proof by a row of projects.
func (x *outerWorld) like() {
	org, project := certificate.Column(newStep, 0), certificate.Column(newStep, 1)
	x.o.Like, x.o.Chain = likeIt, certificate.Chain{{A: org, B: certificate.Column(likeIt, 0), Kind: certificate.Given}}
	x.o.Same = certificate.Chain{{A: certificate.Owner(newStep), B: project, Kind: certificate.Tenant}, {A: project, B: certificate.Column(likeIt, 1), Kind: certificate.Given}, {A: certificate.Column(likeIt, 1), B: certificate.Owner(likeIt), Kind: certificate.Tenant}}
}

// What shows that an inserted row is in the right organization; each thing alone.
func TestOuter(t *testing.T) {
	val := certificate.Column(newStep, 0)
	for name, c := range map[string]struct {
		spoil func(x *outerWorld)
		want  string
	}{
		"by the parameter":  {func(*outerWorld) {}, ""},
		"nothing":           {func(x *outerWorld) { x.k.cert.Outer = nil }, "nothing says whose org_id of table steps is"},
		"of another":        {func(x *outerWorld) { x.o.Base = x.k.base(3, "steps") }, "nothing says whose org_id"},
		"of another action": {func(x *outerWorld) { x.o.Action = 1 }, "nothing says whose org_id"},
		"of another column": {func(x *outerWorld) { x.o.Col = 2 }, "nothing says whose org_id"},
		"left out":          {func(x *outerWorld) { x.k.cert.Outer, x.given = nil, nil }, ""},
		"with a default":    {func(x *outerWorld) { x.k.cert.Outer, x.given = nil, nil; x.b.Table.Columns[0].HasDefault = true }, "nothing says whose org_id"},
		"computed":          {func(x *outerWorld) { x.k.cert.Outer, x.given = nil, nil; x.b.Table.Columns[0].Generated = true }, "nothing says whose org_id"},
		"drawn":             {func(x *outerWorld) { x.k.cert.Outer, x.given = nil, nil; x.b.Table.Columns[0].Identity = true }, "nothing says whose org_id"},
		"of a type": {func(x *outerWorld) {
			x.k.cert.Outer, x.given = nil, nil
			x.b.Table.Columns[0].Type.Name.Schema = "public"
		}, "nothing says whose org_id"},
		"a view's default":    {func(x *outerWorld) { x.k.cert.Outer, x.given = nil, nil; x.k.writes[x.b].ViewDefaults = []int{0} }, "nothing says whose org_id"},
		"no chain":            {func(x *outerWorld) { x.o.Chain = nil }, "a chain ends at"},
		"a wrong parameter":   {func(x *outerWorld) { x.k.cert.Tenants[0] = 2 }, "a chain ends at"},
		"a chosen name":       {func(x *outerWorld) { x.k.st.Params[0].Name = "org_id" }, ""},
		"another name":        {func(x *outerWorld) { x.k.st.Params[0].Name = "other" }, "nothing says that parameter 1 is the tenant of level 0"},
		"a name of the other": {func(x *outerWorld) { x.k.st.Params[0].Name = "other"; x.k.st.Params[1].Name = "org_id" }, "nothing says that parameter 1"},
		"no parameter":        {func(x *outerWorld) { x.k.cert.Tenants[0] = 0; x.pin("settings") }, "nothing says that parameter 0"},
		"an occurrence":       {func(x *outerWorld) { x.k.st.Params[0].Name = "other"; x.pin("settings") }, ""},
		"one of the project":  {func(x *outerWorld) { x.k.st.Params[0].Name = "other"; x.pin("projects") }, "nothing says that parameter 1"},
		"one of nobody":       {func(x *outerWorld) { x.k.st.Params[0].Name = "other"; x.pin("plans") }, "nothing says that parameter 1"},
		"like a project":      {func(x *outerWorld) { x.like() }, ""},
		"like no row":         {func(x *outerWorld) { x.like(); x.s.rows = x.s.rows[:1] }, "there is no other row of the tenant"},
		"like no table":       {func(x *outerWorld) { x.like(); x.s.rows[1].table = nil }, "there is no other row of the tenant"},
		"like itself":         {func(x *outerWorld) { x.like(); x.o.Like, x.o.Chain, x.o.Same = newStep, nil, nil }, "there is no other row of the tenant"},
		"like an outer row":   {func(x *outerWorld) { x.like(); x.s.rows[1].table = x.k.table("settings") }, "there is no other row of the tenant"},
		"like one without":    {func(x *outerWorld) { x.like(); x.s.rows[1].table.Columns[0].Name = "renamed" }, "does not show the tenant of level 0"},
		"like one not known":  {func(x *outerWorld) { x.like(); x.s.rows[1].has = func(c int) bool { return c == 1 } }, "does not show the tenant of level 0"},
		"like by no chain":    {func(x *outerWorld) { x.like(); x.o.Chain = nil }, "a chain ends at"},
		"like by no owner":    {func(x *outerWorld) { x.like(); x.o.Same = nil }, "a chain ends at"},
	} {
		x := &outerWorld{k: levels(t), given: []int{0, 1}}
		x.b = x.k.base(0, "steps")
		x.k.writes[x.b] = &query.Write{Target: x.b}
		x.k.cert.Outer = []certificate.Outer{{Base: x.b, Like: certificate.NoRel, Chain: certificate.Chain{{A: val, B: certificate.Param(1), Kind: certificate.Given}}}}
		x.o = &x.k.cert.Outer[0]
		x.s = &scope{seen: x.k.seen, rows: []row{{id: newStep, table: x.b.Table, written: true}, {id: likeIt, table: x.k.table("projects")}}, made: equal([][2]certificate.Term{{val, certificate.Param(1)}, {val, certificate.Column(likeIt, 0)}, {certificate.Column(newStep, 1), certificate.Column(likeIt, 1)}})}
		c.spoil(x)
		expectRefusal(t, name, refused(func() { x.k.outer(x.b, 0, newStep, x.given, x.s) }), c.want)
	}
	// Nothing is asked where a foreign key refuses others, or no column is there.
	k := levels(t)
	for _, table := range []string{"tasks", "bare"} {
		b := k.base(0, table)
		k.writes[b] = &query.Write{Target: b}
		expectRefusal(t, table, refused(func() { k.outer(b, 0, newStep, []int{0, 1, 2}, k.root()) }), "")
	}
}
