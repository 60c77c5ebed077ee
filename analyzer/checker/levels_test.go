package checker

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

const siteSchema = `
CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL, UNIQUE (org_id, id));
CREATE TABLE tied (org_id int NOT NULL, project_id int NOT NULL, id int NOT NULL, FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id), UNIQUE (org_id, project_id, id), UNIQUE (project_id, id));
CREATE TABLE further (org_id int NOT NULL, project_id int NOT NULL, tied_id int NOT NULL, FOREIGN KEY (org_id, project_id, tied_id) REFERENCES tied (org_id, project_id, id));
CREATE TABLE loose (org_id int NOT NULL, project_id int NOT NULL REFERENCES projects, id int NOT NULL UNIQUE, UNIQUE (org_id, project_id, id), UNIQUE (org_id, id));
CREATE TABLE near_loose (org_id int NOT NULL, project_id int NOT NULL, loose_id int NOT NULL, FOREIGN KEY (org_id, project_id, loose_id) REFERENCES loose (org_id, project_id, id));
CREATE TABLE bare (project_id int NOT NULL REFERENCES projects);
CREATE TABLE maybe (org_id int, project_id int NOT NULL REFERENCES projects);
CREATE TABLE kids (org_id int NOT NULL, tied_id int NOT NULL, project_no int NOT NULL, FOREIGN KEY (org_id, project_no, tied_id) REFERENCES tied (org_id, project_id, id));
CREATE TABLE settings (org_id int NOT NULL, id int PRIMARY KEY);
`

// sites are organizations with projects; outward, the organizations alone are told apart.
func sites(t *testing.T, schema string, outward bool, more ...config.Table) *checker {
	k := worldOf(t, siteSchema+schema, config.Tenant{Levels: orgsAndProjects, Tables: append(more, config.Table{Name: "projects", TenantColumn: "id", Level: "project"},
		child("kids", of("tied", "tied_id=id", "project_no=project_id")))})
	k.cert.Tenants = []int{1, 0}
	k.st.Params = []*query.ParamInfo{{Number: 1}, {Number: 2}}
	if outward {
		k.own = k.own.Outward(0)
	}
	return k
}

// Which tables name two levels that agree for sure.
func TestLevelsAgree(t *testing.T) {
	for _, outward := range []bool{false, true} {
		k := sites(t, "", outward)
		for table, want := range map[string]string{"projects": "", "tied": "", "further": "", "bare": "", "settings": "", "kids": "",
			"loose": "levels-agree", "near_loose": "levels-agree", "maybe": "levels-agree"} {
			expectRefusal(t, table, refused(func() { k.levelsAgree(k.table(table)) }), want)
		}
		k.assumeLevels()
		k.cert.Assume(certificate.LevelsAgree(k.own.Native(), k.table("loose"), 0))
		expectRefusal(t, "assumed", refused(func() { k.levelsAgree(k.table("loose")) }), "")
	}
}

// What of a foreign key makes two levels agree in all rows, each thing alone.
func TestCertain(t *testing.T) {
	type key = *catalog.ForeignKey
	for name, spoil := range map[string]func(k *checker, tied *catalog.Table, fk key){
		"no table":     func(_ *checker, _ *catalog.Table, fk key) { fk.RefTable.Name = "nowhere" },
		"not checked":  func(_ *checker, _ *catalog.Table, fk key) { fk.NotValid = true },
		"not seen":     func(_ *checker, _ *catalog.Table, fk key) { fk.Unseen = true },
		"later":        func(_ *checker, _ *catalog.Table, fk key) { fk.Deferrable = true },
		"a class":      func(_ *checker, _ *catalog.Table, fk key) { fk.Class = true },
		"odd":          func(_ *checker, _ *catalog.Table, fk key) { fk.RefColumns = nil },
		"unsure":       func(_ *checker, tied *catalog.Table, _ key) { tied.Unsure = "DO" },
		"unsure there": func(k *checker, _ *catalog.Table, _ key) { k.table("projects").Unsure = "DO" },
		"heirs":        func(_ *checker, tied *catalog.Table, _ key) { tied.Children = []catalog.Name{{Name: "heir"}} },
		"null":         func(_ *checker, tied *catalog.Table, _ key) { tied.Columns[0].NotNull = false },
		"no column":    func(_ *checker, _ *catalog.Table, fk key) { fk.Columns[0] = "nothing" },
		"another type": func(_ *checker, tied *catalog.Table, _ key) { tied.Columns[0].Value.Type.Name = "numeric" },
		"another id":   func(_ *checker, tied *catalog.Table, _ key) { tied.Columns[1].Value.Type.Name = "numeric" },
		"project only": func(_ *checker, _ *catalog.Table, fk key) {
			fk.Columns, fk.RefColumns = fk.Columns[1:], fk.RefColumns[1:]
		},
		"organization only": func(_ *checker, _ *catalog.Table, fk key) {
			fk.Columns, fk.RefColumns = fk.Columns[:1], fk.RefColumns[:1]
		},
		"crossed": func(_ *checker, _ *catalog.Table, fk key) { fk.RefColumns[0], fk.RefColumns[1] = "id", "org_id" },
	} {
		k := sites(t, "", false)
		spoil(k, k.table("tied"), k.foreign("tied"))
		expectRefusal(t, name, refused(func() { k.levelsAgree(k.table("tied")) }), "levels-agree")
	}
	k := sites(t, "", false)
	parts := k.table("tied")
	parts.Children, parts.PartitionBy = []catalog.Name{{Name: "part"}}, "list"
	expectRefusal(t, "partitions", refused(func() { k.levelsAgree(parts) }), "")
	// Two that refer to each other show nothing.
	k = sites(t, "", false)
	fk := *k.foreign("near_loose")
	fk.RefTable, fk.Columns, fk.RefColumns = k.table("near_loose").Name, []string{"org_id", "project_id", "id"}, []string{"org_id", "project_id", "loose_id"}
	k.table("loose").Foreign = []*catalog.ForeignKey{&fk}
	expectRefusal(t, "a circle", refused(func() { k.levelsAgree(k.table("loose")) }), "levels-agree")
}

// With three levels each agrees with the next; a key that leaves the middle one out shows nothing.
func TestThreeLevelsAgree(t *testing.T) {
	k := worldOf(t, `
CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL, UNIQUE (org_id, id));
CREATE TABLE teams (id int PRIMARY KEY, project_id int NOT NULL, org_id int NOT NULL, UNIQUE (project_id, id), UNIQUE (org_id, id), FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id));
CREATE TABLE straight (org_id int NOT NULL, project_id int NOT NULL, team_id int NOT NULL, FOREIGN KEY (project_id, team_id) REFERENCES teams (project_id, id), FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id));
CREATE TABLE skipping (org_id int NOT NULL, project_id int NOT NULL, team_id int NOT NULL, FOREIGN KEY (project_id, team_id) REFERENCES teams (project_id, id), FOREIGN KEY (org_id, team_id) REFERENCES teams (org_id, id));
CREATE TABLE around (org_id int NOT NULL, team_id int NOT NULL, FOREIGN KEY (org_id, team_id) REFERENCES teams (org_id, id));
`, config.Tenant{Levels: append(orgsAndProjects[:2:2], config.Level{Name: "team", Column: "team_id"}),
		Tables: []config.Table{{Name: "projects", TenantColumn: "id", Level: "project"}, {Name: "teams", TenantColumn: "id", Level: "team"}}})
	for table, want := range map[string]string{"projects": "", "teams": "", "straight": "", "skipping": "([org_id]) of skipping", "around": ""} {
		expectRefusal(t, table, refused(func() { k.levelsAgree(k.table(table)) }), want)
	}
}

const newLoose, behindIt query.RelID = 10, 20

// outwardRow is a proof that a new row of loose is an organization's: by its own column, and by its project.
type outwardRow struct {
	k         *checker
	b         *query.Base
	own, link *certificate.Pin
	s         *scope
}

func newOutwardRow(t *testing.T) *outwardRow {
	x := &outwardRow{k: sites(t, "", true)}
	x.b = x.k.base(0, "loose")
	x.k.writes[x.b] = &query.Write{Target: x.b}
	org, project, key := certificate.Column(newLoose, 0), certificate.Column(newLoose, 1), certificate.Column(behindIt, 0)
	tenant := certificate.Chain{{A: certificate.Owner(behindIt), B: certificate.Column(behindIt, 1), Kind: certificate.Tenant}, {A: certificate.Column(behindIt, 1), B: certificate.Param(1), Kind: certificate.Given}}
	x.k.cert.Pins = []certificate.Pin{
		{Base: x.b, Role: certificate.Inserted, Row: newLoose, Chain: certificate.Chain{{A: certificate.Owner(newLoose), B: org, Kind: certificate.Tenant}, {A: org, B: certificate.Param(1), Kind: certificate.Given}}},
		{Base: x.b, Role: certificate.Inserted, Row: newLoose, Parent: 1, Chain: append(certificate.Chain{{A: certificate.Owner(newLoose), B: certificate.Owner(behindIt), Kind: certificate.ParentRow,
			Parent: &x.k.own.Of(x.b.Table).Parents[0], Premises: []certificate.Chain{{{A: project, B: key, Kind: certificate.Given}}}}}, tenant...)},
	}
	x.own, x.link = &x.k.cert.Pins[0], &x.k.cert.Pins[1]
	x.s = &scope{seen: x.k.seen, rows: []row{{id: newLoose, table: x.b.Table, written: true}, {id: behindIt, table: x.k.table("projects")}},
		made: equal([][2]certificate.Term{{org, certificate.Param(1)}, {project, key}, {certificate.Column(behindIt, 1), certificate.Param(1)}})}
	return x
}

// A new row is the organization's by all that it names; each thing alone.
func TestThroughout(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(x *outwardRow)
		want  string
	}{
		"":                      {func(*outwardRow) {}, ""},
		"no own column":         {func(x *outwardRow) { x.own.Parent = 2 }, "nothing shows in which tenants"},
		"no link":               {func(x *outwardRow) { x.link.Parent = 2 }, "nothing shows in which tenants"},
		"read":                  {func(x *outwardRow) { x.own.Role = certificate.Read }, "nothing shows in which tenants"},
		"another action":        {func(x *outwardRow) { x.link.Action = 1 }, "nothing shows in which tenants"},
		"another table":         {func(x *outwardRow) { x.link.Base = x.k.base(5, "loose") }, "nothing shows in which tenants"},
		"own column by link":    {func(x *outwardRow) { x.own.Chain = x.link.Chain }, "does not hold at its place"},
		"link by own column":    {func(x *outwardRow) { x.link.Chain = x.own.Chain }, "is about another row"},
		"and back":              {func(x *outwardRow) { x.link.Chain = append(x.link.Chain[:1:1], back(x.link.Chain[0], x.own.Chain)...) }, "does not hold at its place"},
		"another organization":  {func(x *outwardRow) { x.s.made = x.s.made[1:] }, "does not hold at its place"},
		"another's project":     {func(x *outwardRow) { x.s.made = x.s.made[:2] }, "does not hold at its place"},
		"another project":       {func(x *outwardRow) { x.s.made = append(x.s.made[:1:1], x.s.made[2]) }, "does not hold at its place"},
		"a proposed project":    {func(x *outwardRow) { x.s.rows[1].written = true }, ""},
		"kept by a foreign key": {func(x *outwardRow) { x.tie(); x.link.Parent = 2 }, ""},
	} {
		x := newOutwardRow(t)
		c.spoil(x)
		expectRefusal(t, name, refused(func() { x.k.pinnedBy(x.b, certificate.Inserted, 0, x.s) }), c.want)
	}
}

// tie gives loose the key of tied.
func (x *outwardRow) tie() { x.b.Table.Foreign = x.k.table("tied").Foreign }

// back goes from a parent row back to the row, and on by its own column.
func back(link certificate.Step, own certificate.Chain) certificate.Chain {
	link.A, link.B = link.B, link.A
	return append(certificate.Chain{link}, own...)
}

// Without a table of projects nothing tells whose a project is.
func TestUnlinked(t *testing.T) {
	k := worldOf(t, "CREATE TABLE docs (org_id int NOT NULL, project_id int NOT NULL); CREATE TABLE boxes (org_id int NOT NULL, project_id int NOT NULL, UNIQUE (org_id, project_id));",
		config.Tenant{Levels: orgsAndProjects})
	k.own = k.own.Outward(0)
	docs := k.table("docs")
	expectRefusal(t, "none", refused(func() { k.unlinked(docs) }), "nothing tells whose the project of a new row")
	docs.Foreign = []*catalog.ForeignKey{{RefTable: k.table("boxes").Name, Columns: []string{"org_id", "project_id"}, RefColumns: []string{"org_id", "project_id"}}}
	expectRefusal(t, "a key to another table", refused(func() { k.unlinked(docs) }), "")
	k = sites(t, "", true)
	for _, table := range []string{"projects", "loose", "bare", "settings"} {
		expectRefusal(t, table, refused(func() { k.unlinked(k.table(table)) }), "")
	}
}

// Columns of levels that follow from others are left alone, and so is the tenant's own in an outward proof.
func TestComputedLevels(t *testing.T) {
	const schema = `CREATE TABLE outer_computed (org_id int GENERATED ALWAYS AS (n) STORED, project_id int NOT NULL, n int);
CREATE TABLE inner_computed (org_id int NOT NULL, project_id int NOT NULL GENERATED ALWAYS AS (n) STORED, n int);`
	for _, outward := range []bool{false, true} {
		k := sites(t, schema, outward)
		expectRefusal(t, "outer", refused(func() { k.computed(k.table("outer_computed")) }), "is computed")
		expectRefusal(t, "inner", refused(func() { k.computed(k.table("inner_computed")) }), map[bool]string{true: "is computed"}[outward])
		expectRefusal(t, "none", refused(func() { k.computed(k.table("loose")) }), "")
	}
}

// A row in the way of a new one is the tenant's where its levels agree, whatever ON CONFLICT does.
func TestConflictRestsOnLevels(t *testing.T) {
	for table, want := range map[string]string{"loose": "levels-agree", "tied": ""} {
		k := sites(t, "", false)
		w := k.lower(t, "INSERT INTO "+table+" (org_id, project_id, id) VALUES ($1, $2, 3) ON CONFLICT (org_id, project_id, id) DO NOTHING").Root.(*query.Write)
		expectRefusal(t, table, refused(func() { k.conflict(w) }), want)
	}
}
