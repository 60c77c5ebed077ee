package rules_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

const levelsRule = "levels-without-foreign-key"

// What the rule reports of a table is what queries of it have to assume, and nothing else;
// but where no key helps, or that of another table is the one to add.
func TestReportedLevelsAreThePremises(t *testing.T) {
	text, err := os.ReadFile("testdata/" + levelsRule + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	more := "\nCREATE TABLE behind_loose (org_id uuid NOT NULL, project_id uuid NOT NULL, n uuid NOT NULL, FOREIGN KEY (org_id, project_id, n) REFERENCES loose (org_id, project_id, id));\n"
	schema := strings.Replace(string(text), "project_id uuid NOT NULL REFERENCES projects, id uuid);", "project_id uuid NOT NULL REFERENCES projects, id uuid, UNIQUE (org_id, project_id, id));", 1) + more
	db, own, errs := load(t, schema, rules.Lookup(levelsRule))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var reported, assumed []string
	for _, f := range rules.Check(db, own, nil) {
		if f.Rule.Name == levelsRule {
			reported = append(reported, f.Table)
		}
	}
	a := analyzer.New(db, own, nil)
	for _, table := range db.Tables {
		query := fmt.Sprintf("-- name: Q :many\nSELECT 1 FROM %s WHERE project_id = @project_id;", table.Name)
		switch o := own.Of(table); {
		case o.Level == 0:
			continue
		case o.Kind == tenancy.Child:
			query = fmt.Sprintf("-- name: Q :many\nSELECT 1 FROM %s c JOIN documents d ON d.id = c.document_id WHERE d.project_id = @project_id;", table.Name)
		case own.Root(1) == table:
			query = "-- name: Q :many\nSELECT 1 FROM projects WHERE id = @project_id;"
		}
		q := a.File("q.sql", query)[0]
		if q.Verdict != analyzer.Scoped {
			t.Errorf("%s: %v", table.Name, q.Diagnostics)
		}
		if slices.ContainsFunc(q.Assumes, func(p analyzer.Premise) bool { return p.Kind == analyzer.LevelsPremise && p.Table == table.Name }) {
			assumed = append(assumed, table.Name.String())
		}
	}
	// What stays assumed though it is not reported, and why.
	for name, why := range map[string]string{"behind_loose": "loose is reported", "texts": "no key compares text with uuid",
		"events_2026": "events is reported", "base": "its heir obeys no key of it", "heir": "it has what base declares"} {
		if !slices.Contains(assumed, name) {
			t.Errorf("%s is not assumed (%s)", name, why)
		}
		assumed = slices.DeleteFunc(assumed, func(n string) bool { return n == name })
	}
	slices.Sort(assumed)
	slices.Sort(reported)
	if !slices.Equal(assumed, reported) {
		t.Errorf("queries assume of %q that their levels agree, reported are %q", assumed, reported)
	}
}

// Of three levels each is kept with the next deeper one that the table has, by the row of its
// tenant or by the one parent; where there is nothing to refer to, nothing is reported.
func TestLevelsOfThree(t *testing.T) {
	const schema = `
CREATE TABLE orgs (id int PRIMARY KEY);
CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL, UNIQUE (org_id, id));
CREATE TABLE teams (id int PRIMARY KEY, project_id int NOT NULL, org_id int NOT NULL, UNIQUE (project_id, id), UNIQUE (org_id, id), FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id));
CREATE TABLE stages (org_id int NOT NULL, project_id int NOT NULL, id int PRIMARY KEY, UNIQUE (org_id, id), FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id));
`
	one := config.Parent{Table: "stages", On: []config.Pair{{Child: "stage_id", Parent: "id"}}}
	for table, want := range map[string]string{
		// Through the project; what skips it says nothing of the project.
		"a (org_id int NOT NULL, project_id int NOT NULL, team_id int NOT NULL, FOREIGN KEY (project_id, team_id) REFERENCES teams (project_id, id), FOREIGN KEY (org_id, team_id) REFERENCES teams (org_id, id))": "(org_id, project_id) REFERENCES projects (org_id, id)",
		"a (project_id int NOT NULL, team_id int NOT NULL)":                                                                          "(project_id, team_id) REFERENCES teams (project_id, id)",
		"a (org_id int NOT NULL, team_id int NOT NULL)":                                                                              "(org_id, team_id) REFERENCES teams (org_id, id)",
		"a (org_id int NOT NULL, team_id int NOT NULL, FOREIGN KEY (org_id, team_id) REFERENCES teams (org_id, id))":                 "",
		"a (org_id int NOT NULL, project_id int NOT NULL, FOREIGN KEY (org_id, project_id) REFERENCES rounded (org_id, project_id))": "(org_id, project_id) REFERENCES projects (org_id, id)",
		"citus (project_id int NOT NULL, team_id int NOT NULL REFERENCES teams)":                                                     "(project_id, team_id) REFERENCES teams (project_id, id)",
		// A row of the outer level alone, whatever else it names.
		"a (org_id int NOT NULL, project_id int)": "",
		// By its parent, if that tells the level and is the only one.
		"one (org_id int NOT NULL, stage_id int NOT NULL REFERENCES stages)":                                                                         "(org_id, stage_id) REFERENCES stages (org_id, id)",
		"one (org_id int NOT NULL, stage_id int NOT NULL REFERENCES stages ON UPDATE CASCADE)":                                                       "(org_id, stage_id) REFERENCES stages (org_id, id) ON UPDATE CASCADE",
		"one (org_id int NOT NULL, stage_id int NOT NULL, FOREIGN KEY (org_id, stage_id) REFERENCES stages (org_id, id))":                            "",
		"one (org_id int NOT NULL, stage_id int NOT NULL, n int NOT NULL REFERENCES stages, FOREIGN KEY (org_id, n) REFERENCES stages (org_id, id))": "(org_id, stage_id) REFERENCES stages (org_id, id)",
		"one (org_id text NOT NULL, stage_id int NOT NULL REFERENCES stages)":                                                                        "",
		"one (stage_id int NOT NULL REFERENCES stages)":                                                                                              "",
		"two (org_id int NOT NULL, stage_id int NOT NULL REFERENCES stages, site_id int NOT NULL REFERENCES sites)":                                  "",
		"kind (org_id int NOT NULL, stage_id int NOT NULL REFERENCES stages, kind text NOT NULL)":                                                    "",
		"bare (org_id int NOT NULL, site_id int NOT NULL)":                                                                                           "",
	} {
		name, _, _ := strings.Cut(table, " ")
		parents := map[string][]config.Parent{"one": {one}, "two": {one, {Table: "sites", On: []config.Pair{{Child: "site_id", Parent: "id"}}}},
			"kind": {{Table: "stages", On: one.On, When: []config.Match{{Column: "kind", Value: "stage"}}}}, "bare": {{Table: "sites", On: []config.Pair{{Child: "site_id", Parent: "id"}}}}}[name]
		cfg := config.Tenant{Scale: map[bool]string{true: "citus"}[name == "citus"], Levels: append(slices.Clip(levels.Levels), config.Level{Name: "team", Column: "team_id"}),
			Tables: append(slices.Clip(levels.Tables[:2]), config.Table{Name: "teams", TenantColumn: "id", Level: "team"})}
		if len(parents) > 0 {
			cfg.Tables = append(cfg.Tables, config.Table{Name: name, Parents: parents})
		}
		text := schema + "CREATE TABLE sites (project_id int NOT NULL, id int PRIMARY KEY);\nCREATE TABLE rounded (org_id numeric NOT NULL, project_id int NOT NULL, UNIQUE (org_id, project_id));\nCREATE TABLE " + table + ";"
		db, errs := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: text}})
		own, problems := tenancy.Classify(db, cfg)
		if len(errs)+len(problems) > 0 {
			t.Fatal(table, errs, problems)
		}
		if got := strings.TrimPrefix(levelsHints(db, own), "ALTER TABLE "+name+" ADD FOREIGN KEY "); got != want && got != want+"; tenantgen advise writes the migration" {
			t.Errorf("%s:\ngot  %s\nwant %s", table, got, want)
		}
	}
}

// A key that holds for some rows, or some of the time, is named with what it lacks.
func TestKeysOfLevelsThatDoNotHold(t *testing.T) {
	const text = `CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL, UNIQUE (org_id, id));
CREATE TABLE documents (org_id int NOT NULL, project_id int NOT NULL, CONSTRAINT both_of FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id));
CREATE TABLE other (id int PRIMARY KEY, org_id int NOT NULL, UNIQUE (org_id, id));`
	const again, add = "drop constraint both_of and add it again, which checks every row", "ALTER TABLE documents ADD FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)"
	for name, c := range map[string]struct {
		spoil func(db *catalog.Database, documents *catalog.Table, f *catalog.ForeignKey)
		want  string
	}{
		"":        {func(*catalog.Database, *catalog.Table, *catalog.ForeignKey) {}, ""},
		"a class": {func(_ *catalog.Database, _ *catalog.Table, f *catalog.ForeignKey) { f.Class = true }, again},
		"unseen":  {func(_ *catalog.Database, _ *catalog.Table, f *catalog.ForeignKey) { f.Unseen = true }, again},
		"switched off": {func(_ *catalog.Database, _ *catalog.Table, f *catalog.ForeignKey) {
			f.NotValid, f.SwitchedOff = true, true
		}, again},
		"elsewhere":  {func(_ *catalog.Database, _ *catalog.Table, f *catalog.ForeignKey) { f.RefTable.Name = "nowhere" }, add},
		"to another": {func(db *catalog.Database, _ *catalog.Table, f *catalog.ForeignKey) { f.RefTable.Name = "other" }, add},
		"another's part": {func(db *catalog.Database, _ *catalog.Table, f *catalog.ForeignKey) {
			f.RefTable.Name, f.Columns, f.RefColumns, f.OnDelete = "other", f.Columns[1:], f.RefColumns[1:], "cascade"
		}, add},
		"another column": {func(_ *catalog.Database, _ *catalog.Table, f *catalog.ForeignKey) {
			f.Columns, f.RefColumns, f.OnDelete = f.Columns[:1], f.RefColumns[1:], "cascade"
		}, add},
		"another's id": {func(_ *catalog.Database, _ *catalog.Table, f *catalog.ForeignKey) {
			f.Columns, f.RefColumns, f.OnDelete = f.Columns[1:], f.RefColumns[:1], "cascade"
		}, add},
		"doubtful": {func(_ *catalog.Database, documents *catalog.Table, _ *catalog.ForeignKey) {
			documents.Unsure, documents.Foreign = "DO", nil
		}, ""},
		"doubtful there": {func(db *catalog.Database, documents *catalog.Table, _ *catalog.ForeignKey) {
			db.Table(catalog.Name{Schema: "public", Name: "projects"}).Unsure, documents.Foreign = "DO", nil
		}, ""},
		"partial": {func(db *catalog.Database, documents *catalog.Table, _ *catalog.ForeignKey) {
			documents.Foreign = nil
			for _, k := range db.Table(catalog.Name{Schema: "public", Name: "projects"}).Keys {
				k.Partial = !k.Primary
			}
		}, "ALTER TABLE projects ADD UNIQUE (org_id, id); " + add},
		"a type whose equal values differ": {func(db *catalog.Database, documents *catalog.Table, _ *catalog.ForeignKey) {
			documents.Foreign = nil
			documents.Columns[0].Value.Type.Name, db.Table(catalog.Name{Schema: "public", Name: "projects"}).Columns[1].Value.Type.Name = "float8", "float8"
		}, ""},
		"no tenants": {func(db *catalog.Database, documents *catalog.Table, _ *catalog.ForeignKey) {
			documents.Foreign = nil
			db.Table(catalog.Name{Schema: "public", Name: "projects"}).Columns[1].Name = "firm"
		}, ""},
	} {
		db, own, errs := load(t, text, rules.Lookup(levelsRule))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		documents := db.Table(catalog.Name{Schema: "public", Name: "documents"})
		c.spoil(db, documents, documents.Foreign[0])
		if got := levelsHints(db, own); got != c.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

// The hint is the SQL that ends the finding, whatever was in the way; what advise can do, it offers.
func TestLevelsHints(t *testing.T) {
	const base = `CREATE TABLE projects (id int PRIMARY KEY, org_id int NOT NULL%s);
CREATE TABLE documents (org_id int%s, project_id int NOT NULL%s);
`
	for name, c := range map[string]struct{ unique, null, more, scale, want string }{
		"one column":  {unique: ", UNIQUE (org_id, id)", null: " NOT NULL", more: " REFERENCES projects ON DELETE CASCADE", want: "ALTER TABLE documents ADD FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id) ON DELETE CASCADE; tenantgen advise writes the migration"},
		"no key":      {unique: ", UNIQUE (id, org_id)", null: " NOT NULL", want: "ALTER TABLE documents ADD FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)"},
		"none there":  {null: " NOT NULL", want: "ALTER TABLE projects ADD UNIQUE (org_id, id); ALTER TABLE documents ADD FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)"},
		"null":        {unique: ", UNIQUE (org_id, id)", want: "ALTER TABLE documents ALTER COLUMN org_id SET NOT NULL; ALTER TABLE documents ADD FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)"},
		"both, null":  {unique: ", UNIQUE (org_id, id)", more: ", CONSTRAINT both_of FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)", want: "ALTER TABLE documents ALTER COLUMN org_id SET NOT NULL"},
		"not valid":   {unique: ", UNIQUE (org_id, id)", null: " NOT NULL", more: "); ALTER TABLE documents ADD CONSTRAINT both_of FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id) NOT VALID; CREATE TABLE other (org_id int", want: "ALTER TABLE documents VALIDATE CONSTRAINT both_of"},
		"later":       {unique: ", UNIQUE (org_id, id)", null: " NOT NULL", more: ", CONSTRAINT both_of FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id) DEFERRABLE", want: "ALTER TABLE documents ALTER CONSTRAINT both_of NOT DEFERRABLE"},
		"unseen":      {unique: ", UNIQUE (org_id, id)", null: " NOT NULL", more: "); ALTER TABLE documents ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; ALTER TABLE documents ADD CONSTRAINT both_of FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id); CREATE TABLE other (org_id int", want: "drop constraint both_of and add it again, which checks every row"},
		"whole":       {unique: ", UNIQUE (org_id, id)", null: " NOT NULL", more: ", FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)"},
		"distributed": {unique: ", UNIQUE (org_id, id)", null: " NOT NULL", more: " REFERENCES projects", scale: "citus"},
		"alone there": {unique: ", UNIQUE (org_id, id)", null: " NOT NULL", scale: "citus", want: "ALTER TABLE documents ADD FOREIGN KEY (org_id, project_id) REFERENCES projects (org_id, id)"},
	} {
		rule := *rules.Lookup(levelsRule)
		rule.Scale = c.scale
		schema := fmt.Sprintf(base, c.unique, c.null, c.more)
		if got := levelsHint(t, schema, &rule); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
		if then, _, _ := strings.Cut(c.want, "; tenantgen"); strings.HasPrefix(then, "ALTER") {
			if got := levelsHint(t, schema+then+";", &rule); got != "" {
				t.Errorf("%s: after\n%s\nit says %s", name, then, got)
			}
		}
	}
}

// Without a table of the projects there is nothing to refer to.
func TestLevelsWithoutTheirTable(t *testing.T) {
	if got := levelsHint(t, "CREATE TABLE documents (org_id int NOT NULL, project_id int NOT NULL);", rules.Lookup(levelsRule)); got != "" {
		t.Error(got)
	}
}

// levelsHint is the hint of the one finding about levels, "" without one.
func levelsHint(t *testing.T, schema string, rule *rules.Rule) string {
	t.Helper()
	db, own, errs := load(t, schema, rule)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return levelsHints(db, own)
}

// levelsHints are the hints of the findings about levels.
func levelsHints(db *catalog.Database, own *tenancy.Map) string {
	var got []string
	for _, f := range rules.Check(db, own, nil) {
		if f.Rule.Name == levelsRule {
			got = append(got, f.Hint)
		}
	}
	return strings.Join(got, "\n")
}
