package propose

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
)

// No table is taken for nobody's that anything ties to a tenant, what is proposed fits the
// schema, and what is not proposed lint asks for: in any schema.
func TestRandomSchemas(t *testing.T) {
	open, global, child := 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		sql := schemaOf(t)
		db, problems := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "s.sql", Text: sql}})
		if len(problems) > 0 {
			t.Fatalf("%s\n%v", sql, problems)
		}
		p, _ := Make(Input{Schemas: []*catalog.Database{db}, Levels: rapid.Bool().Draw(t, "levels")})
		if p == nil {
			return
		}
		block, at := p.Block()
		tenant, err := config.ParseTenant("sqlc.yaml", block)
		if err != nil {
			t.Fatalf("%s\n%s\n%v", sql, block, err)
		}
		own, undecided := analyzer.Classify(db, tenant)
		for _, pr := range undecided {
			if pr.Table == nil && at[pr.Line-1] == nil {
				t.Fatalf("%s\n%s\n%s", sql, block, pr.Msg)
			}
		}
		for _, d := range p.Tables {
			table := db.LookupTable("public", d.Name, nil)
			switch {
			case d.Open:
				open++
				if k := own.Of(table).Kind; k != tenancy.Undeclared && k != tenancy.Column {
					t.Fatalf("%s\n%s\n%s is open, and %v", sql, block, d.Name, own.Of(table))
				}
			case d.Choices[0].Declared.Global:
				global++
				if why := tied(db, own, table); why != "" {
					t.Fatalf("%s\n%s\n%s is said to be nobody's: %s", sql, block, d.Name, why)
				}
			case len(d.Choices[0].Declared.Parents) > 0:
				child++
			}
		}
	})
	if t.Failed() {
		return
	}
	t.Logf("%d open, %d global, %d children", open, global, child)
	if open == 0 || global == 0 || child == 0 {
		t.Error("some kind was never proposed")
	}
}

// tied says by rules of its own what ties a table to a tenant, "" for nothing.
func tied(db *catalog.Database, own *tenancy.Map, t *catalog.Table) string {
	for _, c := range t.Columns {
		for word, of := range map[string]string{"org": "anchors", "project": "projects", "note": "notes"} {
			if strings.Contains(strings.ToLower(c.Name), word) && t.Name.Name != of && own.Of(db.LookupTable("public", of, nil)).Kind != tenancy.Global {
				return "column " + c.Name
			}
		}
	}
	for _, f := range t.Foreign {
		if to := db.Table(f.RefTable); to != t && own.Of(to).Kind != tenancy.Global {
			return "foreign key to " + f.RefTable.Name
		}
	}
	for _, n := range t.Children {
		if why := tied(db, own, db.Table(n)); why != "" {
			return "heir " + n.Name + " with " + why
		}
	}
	if t.RLS {
		return "row-level security"
	}
	return ""
}

// schemaOf draws a schema around organizations, whose rows are told apart by org_id.
func schemaOf(t *rapid.T) string {
	names := []string{"orgs", "projects", "notes", "tags", "kinds", "logs", "note_tags", "old_orgs"}
	columns := []string{"org_id int NOT NULL", "org_id int", "org_id text", "project_id int NOT NULL", "note_id int NOT NULL", "note_id int", "note_id uuid", "parent_note_id int",
		"actor_org int", "orgId int NOT NULL", "x text", "owner_type text, owner_id int"}
	var b strings.Builder
	b.WriteString("CREATE TABLE anchors (org_id int NOT NULL, id int PRIMARY KEY);\n") // so that there are tenants
	for _, n := range names {
		var parts []string
		seen := map[string]bool{}
		for range rapid.IntRange(0, 3).Draw(t, n) {
			c := rapid.SampledFrom(columns).Draw(t, n+" column")
			if name, _, _ := strings.Cut(strings.ToLower(c), " "); !seen[name] {
				seen[name] = true
				parts = append(parts, ", "+c)
			}
		}
		fmt.Fprintf(&b, "CREATE TABLE %s (id int PRIMARY KEY%s);\n", n, strings.Join(parts, ""))
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "keys") {
		from, to := rapid.SampledFrom(names).Draw(t, "from"), rapid.SampledFrom(names).Draw(t, "to")
		null := rapid.SampledFrom([]string{"", " NOT NULL", " UNIQUE"}).Draw(t, "null")
		fmt.Fprintf(&b, "ALTER TABLE %s ADD COLUMN ref%d int%s REFERENCES %s;\n", from, i, null, to)
	}
	if rapid.Bool().Draw(t, "root") {
		b.WriteString("ALTER TABLE anchors ADD FOREIGN KEY (org_id) REFERENCES orgs;\n")
	}
	if rapid.IntRange(0, 3).Draw(t, "heir") == 0 {
		fmt.Fprintf(&b, "CREATE TABLE heir (org_id int) INHERITS (%s);\n", rapid.SampledFrom([]string{"kinds", "logs"}).Draw(t, "of"))
	}
	if rapid.IntRange(0, 3).Draw(t, "rls") == 0 {
		fmt.Fprintf(&b, "ALTER TABLE %s ENABLE ROW LEVEL SECURITY;\n", rapid.SampledFrom(names).Draw(t, "of"))
	}
	return b.String()
}
