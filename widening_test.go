package tenantgen

import (
	"errors"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/config"
)

const wideningSchema = `-- +goose Up
CREATE TABLE orgs (id uuid PRIMARY KEY);
CREATE TABLE notes (org_id uuid NOT NULL, id int, shown boolean, live boolean, PRIMARY KEY (org_id, id));
CREATE TABLE comments (id int PRIMARY KEY, note_id int NOT NULL, org_id uuid NOT NULL, FOREIGN KEY (org_id, note_id) REFERENCES notes);
`

// What lets tenants see or change more than the migrations before is refused, with the place of
// the declaration, until somebody says that it is meant; what lets them less is not.
func TestWidening(t *testing.T) {
	declare := func(notes string) string {
		return "    migrations: {dir: m, format: goose}\n    cross_tenant_role: app_cross\n    tables:\n      orgs: {tenant_column: id}\n" + notes
	}
	for _, c := range []struct{ name, before, after, widens string }{
		{"global", "", "      notes: {global: true, no_tenant: says who made it}\n", "every tenant may see every row"},
		{"read_also", "", "      notes: {read_also: shown}\n", "tenants may see rows"},
		{"more read_also", "      notes: {read_also: shown}\n", "      notes: {read_also: shown OR live}\n", "tenants may see rows"},
		{"without restrict", "      notes: {restrict: live}\n", "", "tenants may see, insert, update, update to, delete rows"},
		{"another restrict", "      notes: {restrict: live}\n", "      notes: {restrict: shown}\n", "tenants may see, insert, update, update to, delete rows"},
		{"restrict", "", "      notes: {restrict: live}\n", ""},
		{"less read_also", "      notes: {read_also: shown}\n", "      notes: {read_also: shown AND live}\n", ""},
		{"without read_also", "      notes: {read_also: shown}\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newApplication(t)
			a.write("m/00001_schema.sql", wideningSchema)
			a.configure(declare(c.before), "m: -- name: List :many\nSELECT id FROM orgs WHERE id = @org_id;\n")
			a.contains("CREATE POLICY")
			a.configure(declare(c.after), "m: -- name: List :many\nSELECT id FROM orgs WHERE id = @org_id;\n")
			if c.widens == "" {
				a.contains("POLICY")
				return
			}
			files, err := a.next()
			var refused *Refused
			var at *config.Error
			if !errors.As(err, &refused) || len(files) > 0 || !errors.As(err, &at) || at.Line == 0 || !strings.Contains(at.Msg, "table notes: "+c.widens) || !strings.Contains(at.Hint, "--allow-widening") {
				t.Fatalf("wrote %v, %v", files, err)
			}
			if c.after != "" && !strings.HasPrefix(strings.Split(a.read("sqlc.yaml"), "\n")[at.Line-1], "      notes:") {
				t.Errorf("line %d is not that of the table", at.Line)
			}
			a.widening = true
			a.contains("POLICY", c.widens)
		})
	}
}

// What roles get that had something before is said, and what they get at first is not.
func TestNotes(t *testing.T) {
	a := newApplication(t)
	a.write("m/00001_schema.sql", rightsSchema)
	notes := func() string {
		p, err := Load("sqlc.yaml")
		if err != nil {
			t.Fatal(err)
		}
		steps, err := p.plan(p.Check().units)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(p.notes(steps), "|")
	}
	a.configure(rightsSettings, "m: "+readMine)
	if got := notes(); got != "" {
		t.Errorf("at first: %q", got)
	}
	a.contains("GRANT SELECT")
	a.configure(rightsSettings, "m: "+readMine+"-- name: Drop :exec\nDELETE FROM notes WHERE org_id = @org_id AND id = @id;\n-- name: AddPlan :exec\nINSERT INTO plans VALUES (@id);\n")
	if got := notes(); got != "grants  DELETE ON public.notes TO app|grants  INSERT ON public.plans TO app" {
		t.Errorf("then: %q", got)
	}
	a.configure(strings.Replace(rightsSettings, "orgs:", "notes: {global: true, no_tenant: why not}, orgs:", 1), "m: "+readMine)
	if got := notes(); !strings.Contains(got, "widens  table notes: every tenant may see every row from now on") {
		t.Errorf("at last: %q", got)
	}
}
