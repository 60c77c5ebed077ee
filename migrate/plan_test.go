package migrate_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// protection describes what a migration may leave behind, for comparing before and after.
const protection = `
	SELECT format('%s %s %s', c.oid::regclass, relrowsecurity, relforcerowsecurity) FROM pg_class c WHERE NOT relnamespace::regnamespace::text = ANY ('{pg_catalog,information_schema,pg_toast}') AND relkind IN ('r', 'p') AND relname NOT LIKE 'goose%'
	UNION ALL SELECT format('%s.%s %s %s %s %s %s %s', schemaname, tablename, policyname, permissive, cmd, roles, qual, with_check) FROM pg_policies
	UNION ALL SELECT format('%s %s %s', c.oid::regclass, grantee::regrole, privilege_type) FROM pg_class c, aclexplode(relacl) WHERE NOT relnamespace::regnamespace::text = ANY ('{pg_catalog,information_schema,pg_toast}') AND grantee <> relowner
	UNION ALL SELECT format('%s %s %s', nspname, grantee::regrole, privilege_type) FROM pg_namespace, aclexplode(nspacl) WHERE grantee NOT IN (0, nspowner)
	ORDER BY 1`

func (w *world) protection() string {
	w.t.Helper()
	r, err := w.connect("").Query(w.t.Context(), protection)
	w.check(err)
	lines, err := pgx.CollectRows(r, pgx.RowTo[string])
	w.check(err)
	return strings.Join(lines, "\n")
}

func TestUpDownUp(t *testing.T) {
	w := newWorld(t, threads+"CREATE TABLE counters (id serial, org_id uuid NOT NULL);", wants(bySetting, column("notes", "org_id"),
		column("counters", "org_id"), child("comments", "notes", "note_id=id"), child("reactions", "comments", "comment_id=id")))
	up := w.protection()
	w.down()
	want := "comments f f\ncounters f f\nnotes f f\nreactions f f"
	if down := w.protection(); down != want {
		t.Errorf("the way back leaves something behind:\n%s", down)
	}
	w.up()
	if again := w.protection(); again != up {
		t.Errorf("the second time differs:\n%s\nfrom the first:\n%s", again, up)
	}
}

// A policy that somebody edited is replaced, and the way back restores the edited one.
func TestEditedPolicy(t *testing.T) {
	const right = "(org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid)"
	for _, edit := range []string{
		"DROP POLICY tenant_isolation_floor ON notes; CREATE POLICY tenant_isolation_floor ON notes USING " + right,
		"DROP POLICY tenant_isolation_floor ON notes; CREATE POLICY tenant_isolation_floor ON notes AS RESTRICTIVE FOR UPDATE USING " + right,
		"ALTER POLICY tenant_isolation ON notes USING (true /* ; */ -- ;\n)",
		"ALTER POLICY tenant_isolation ON notes TO current_user",
		"ALTER POLICY tenant_isolation_floor ON notes WITH CHECK (body <> 'a;\nb' OR 'x' = $$y$$)",
		"DROP POLICY tenant_isolation_floor ON notes; CREATE POLICY tenant_isolation_floor ON notes USING (true)",
		"DROP POLICY tenant_isolation_floor ON notes; CREATE POLICY tenant_isolation_floor ON notes AS RESTRICTIVE FOR SELECT USING (true)",
		"DROP POLICY tenant_isolation_floor ON notes",
		"ALTER TABLE notes NO FORCE ROW LEVEL SECURITY",
		"ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
		"CREATE POLICY tenant_isolation_read ON notes FOR SELECT USING (true)",
	} {
		w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
		sound := w.protection()
		w.write("00003_edit.sql", "-- +goose Up\n-- +goose StatementBegin\n"+edit+";\n-- +goose StatementEnd\n-- +goose Down\n")
		w.up()
		edited := w.protection()
		if edited == sound {
			t.Fatalf("%s changes nothing", edit)
		}
		text := w.generate()
		if n := len(w.plan()); n != 0 {
			t.Errorf("after %s the repair is not recognised:\n%s", edit, text)
		}
		w.up()
		if got := w.protection(); got != sound {
			t.Errorf("after %s the repair leads to\n%s", edit, got)
		}
		w.down()
		if got := w.protection(); got != edited {
			t.Errorf("after %s the way back leads to\n%s\nnot to\n%s", edit, got, edited)
		}
	}
}

// What is written differently and means the same is left alone.
func TestSamePolicyWrittenDifferently(t *testing.T) {
	w := newWorld(t, notes, wants(bySetting, column("notes", "org_id")))
	w.write("00003_edit.sql", `-- +goose Up
		DROP POLICY tenant_isolation ON notes;
		CREATE POLICY "tenant_isolation" ON notes USING ((
			"org_id" = nullif((select PG_CATALOG.current_setting('app.org_id',TRUE)) , '') :: uuid -- the same
		));
`)
	w.up()
	if steps := w.plan(); len(steps) != 0 {
		t.Errorf("%+v", steps)
	}
}

func TestExistingGrants(t *testing.T) {
	w := emptyWorld(t, wants(bySetting, column("notes", "org_id")))
	w.exec(w.connect(""), "CREATE ROLE "+migrate.QuoteIdent(w.app), "GRANT ALL ON SCHEMA public TO "+w.owner)
	w.write("00001_schema.sql", "-- +goose Up\n"+strings.ReplaceAll(notes, ";", ";\n")+`
		GRANT SELECT ON notes TO `+migrate.QuoteIdent(w.app)+";\n GRANT ALL ON SCHEMA public TO "+migrate.QuoteIdent(w.app)+";\n-- +goose Down\n")
	text := w.generate()
	for _, absent := range []string{"CREATE ROLE", "SCHEMA public", "GRANT SELECT"} {
		if strings.Contains(text, absent) {
			t.Errorf("%s is repeated:\n%s", absent, text)
		}
	}
	if !strings.Contains(text, "GRANT INSERT, UPDATE, DELETE ON public.notes") {
		t.Errorf("the missing privileges are not granted:\n%s", text)
	}
	w.up()
}

// RLS does not stop TRUNCATE: a GRANT ALL by hand opens the table to being emptied.
func TestGrantOfAllIsCutBack(t *testing.T) {
	for _, grant := range []string{"GRANT ALL ON notes TO ", "GRANT ALL ON ALL TABLES IN SCHEMA public TO ", "GRANT TRUNCATE ON notes TO "} {
		w := emptyWorld(t, wants(bySetting, column("notes", "org_id")))
		w.exec(w.connect(""), "CREATE ROLE "+migrate.QuoteIdent(w.app))
		w.write("00001_schema.sql", "-- +goose Up\n"+strings.ReplaceAll(notes, ";", ";\n")+grant+migrate.QuoteIdent(w.app)+";\n-- +goose Down\n")
		w.generate()
		w.up()
		app := w.as(w.connect(w.app), orgA)
		w.refused(app, "TRUNCATE notes", denied)
		w.affects(app, "UPDATE notes SET body = ''", 2)
		if steps := w.plan(); len(steps) != 0 {
			t.Errorf("%s: not recognised: %+v", grant, steps)
		}
	}
}

func TestSequences(t *testing.T) {
	w := newWorld(t, `CREATE SEQUENCE tickets; CREATE SEQUENCE other;
		CREATE TABLE notes (id bigserial, ticket int NOT NULL DEFAULT nextval('tickets'), org_id uuid NOT NULL);
		ALTER TABLE notes RENAME TO "Notes";
		CREATE TABLE plain (id int GENERATED ALWAYS AS IDENTITY, n int DEFAULT 0, org_id uuid NOT NULL);`,
		wants(bySetting, column("Notes", "org_id"), column("plain", "org_id")))
	app := w.as(w.connect(w.app), orgA)
	w.affects(app, `INSERT INTO "Notes" (org_id) VALUES ('`+orgA+`')`, 1)
	w.affects(app, `INSERT INTO plain (org_id) VALUES ('`+orgA+`')`, 1)
	w.refused(app, "SELECT nextval('other')", denied)
	w.refused(app, "SELECT setval('tickets', 1)", denied)
}

// written are the privileges of a table that queries write, or only read.
func written(is bool) []string {
	if is {
		return []string{"delete", "insert", "select", "update"}
	}
	return nil
}

func TestGlobals(t *testing.T) {
	write := false
	w := newWorld(t, "CREATE TABLE plans (id serial, name text);", func(db *catalog.Database) migrate.Wanted {
		return migrate.Wanted{Globals: []migrate.Global{{Table: find(db, "plans"), Privileges: written(write)}}}
	})
	app := w.connect(w.app)
	w.rows(app, "SELECT name FROM plans")
	w.refused(app, "INSERT INTO plans (name) VALUES ('free')", denied)
	write = true
	w.generate()
	w.up()
	w.affects(app, "INSERT INTO plans (name) VALUES ('free')", 1)
	w.refused(app, "TRUNCATE plans", denied)
}

// A table that is declared global after it was a tenant table must not keep policies that hide it.
func TestTenantTableBecomesGlobal(t *testing.T) {
	global := false
	tenant := wants(bySetting, column("notes", "org_id"))
	w := newWorld(t, notes, func(db *catalog.Database) migrate.Wanted {
		if global {
			return migrate.Wanted{Globals: []migrate.Global{{Table: find(db, "notes")}}}
		}
		return tenant(db)
	})
	before := w.protection()
	global = true
	w.generate()
	w.up()
	w.rows(w.connect(w.app), "SELECT id FROM notes ORDER BY id", "a1", "a2", "b1")
	if steps := w.plan(); len(steps) != 0 {
		t.Errorf("%+v", steps)
	}
	w.down()
	if after := w.protection(); after != before {
		t.Errorf("the way back leads to\n%s", after)
	}
}

// A tenant column that needs quotes is named with them.
func TestReadAlsoOfAQuotedTenant(t *testing.T) {
	w := newWorld(t, `CREATE TABLE documents (id text PRIMARY KEY, "tenantId" uuid NOT NULL, shared uuid);
		INSERT INTO documents VALUES ('a', '`+orgA+`', NULL), ('b', '`+orgB+`', NULL), ('s', '`+orgB+`', '`+orgA+`');`,
		func(db *catalog.Database) migrate.Wanted {
			target := column("documents", "tenantId")(db)
			target.ReadAlso, target.Names = `shared = @"tenantId"`, []string{"tenantId"}
			return migrate.Wanted{Source: bySetting, Targets: []migrate.Target{target}}
		})
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "s")
	w.affects(app, "DELETE FROM documents WHERE id = 's'", 0)
}

func TestReadAlso(t *testing.T) {
	also := "visibility = 'public' -- everybody's"
	w := newWorld(t, `CREATE TABLE documents (id text PRIMARY KEY, org_id uuid NOT NULL, visibility text NOT NULL);
		INSERT INTO documents VALUES ('a', '`+orgA+`', 'private'), ('ap', '`+orgA+`', 'public'), ('b', '`+orgB+`', 'private'), ('bp', '`+orgB+`', 'public');`,
		func(db *catalog.Database) migrate.Wanted {
			target := column("documents", "org_id")(db)
			target.ReadAlso = also
			return migrate.Wanted{Source: bySetting, Targets: []migrate.Target{target}}
		})
	w.exec(w.connect(w.owner), "CREATE POLICY everything ON documents USING (true) WITH CHECK (true)")
	app := w.as(w.connect(w.app), orgA)
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "ap", "bp")
	w.affects(app, "UPDATE documents SET visibility = visibility", 2)
	w.affects(app, "DELETE FROM documents WHERE id = 'bp'", 0)
	w.refused(app, "INSERT INTO documents VALUES ('x', '"+orgB+"', 'public')", violates)
	w.rows(w.connect(w.app), "SELECT id FROM documents ORDER BY id", "ap", "bp")

	also = ""
	w.generate()
	w.up()
	w.rows(app, "SELECT id FROM documents ORDER BY id", "a", "ap")
	if steps := w.plan(); len(steps) != 0 {
		t.Errorf("%+v", steps)
	}
	for _, bad := range []string{"true) OR (true", "a; b", "'", `"a`, "()) (", "e'a", "-- nothing", "'a\nb'"} {
		also = bad
		db := w.catalog()
		if _, err := migrate.Plan(db, w.want(db)); err == nil {
			t.Errorf("read_also %q is accepted", bad)
		}
	}
}

func TestRoleThatBypassesIsRefused(t *testing.T) {
	for _, attribute := range []string{"BYPASSRLS", "SUPERUSER"} {
		w := emptyWorld(t, wants(bySetting, column("notes", "org_id")))
		create := "CREATE ROLE " + migrate.QuoteIdent(w.app) + " " + attribute
		w.exec(w.connect(""), create)
		w.exec(w.connect(w.owner), notes)
		w.write("00001_schema.sql", notes)
		for _, step := range w.plan() {
			for _, sql := range step.SQL {
				if strings.Contains(sql, "CREATE ROLE") {
					w.refusedWith(sql, "is not subject to row-level security")
				}
			}
		}
		w.write("00002_role.sql", create)
		db := w.catalog()
		want := w.want(db)
		want.AppRole = w.app
		if _, err := migrate.Plan(db, want); err == nil || !strings.Contains(err.Error(), "no policy applies") {
			t.Errorf("a role that the migrations create with %s is accepted: %v", attribute, err)
		}
	}
}

func (w *world) refusedWith(statement, message string) {
	w.t.Helper()
	if _, err := w.connect(w.owner).Exec(w.t.Context(), statement); err == nil || !strings.Contains(err.Error(), message) {
		w.t.Errorf("%s: got %v, want %q", statement, err, message)
	}
}

func TestNothingWanted(t *testing.T) {
	steps, err := migrate.Plan(nil, migrate.Wanted{AppRole: "app"})
	if err != nil || len(steps) != 0 {
		t.Errorf("got %v, %v", steps, err)
	}
}

func TestRefusedWants(t *testing.T) {
	table := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "notes"}, Columns: []*catalog.Column{
		{Name: "org_id", Type: catalog.TypeRef{Name: catalog.Name{Schema: "pg_catalog", Name: "uuid"}}},
		{Name: "orgs", Type: catalog.TypeRef{Name: catalog.Name{Schema: "pg_catalog", Name: "uuid"}, Array: true}},
	}}
	other := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "other"}, Columns: table.Columns}
	strange := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "a\nb"}, Columns: table.Columns}
	ok := migrate.Target{Table: table, Column: "org_id"}
	to := func(parent *catalog.Table, pairs ...migrate.Pair) migrate.Target {
		return migrate.Target{Table: other, Kind: migrate.Child, Parents: []migrate.Parent{{Table: parent, On: pairs}}}
	}
	byID := migrate.Pair{Child: "org_id", Parent: "org_id"}
	loop := to(table, byID)
	loop.Table, loop.Parents = table, []migrate.Parent{{Table: other, On: []migrate.Pair{byID}}}
	for _, c := range []struct {
		want  string
		value migrate.Wanted
	}{
		{"exactly one", migrate.Wanted{Targets: []migrate.Target{ok}}},
		{"exactly one", migrate.Wanted{Targets: []migrate.Target{ok}, Source: migrate.Source{Setting: "app.x", JWTClaim: []string{"x"}}}},
		{"with a dot", migrate.Wanted{Source: migrate.Source{Setting: "application_name"}}},
		{"with a dot", migrate.Wanted{Source: migrate.Source{Setting: "app.org id"}}},
		{"with a dot", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{{Table: table, Column: "org_id", Setting: "role"}}}},
		{"reserves", migrate.Wanted{AppRole: "public"}},
		{"reserves", migrate.Wanted{AppRole: "pg_app"}},
		{"control character", migrate.Wanted{AppRole: "a\nb"}},
		{"control character", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{{Table: strange, Column: "org_id"}}}},
		{"control character", migrate.Wanted{Globals: []migrate.Global{{Table: strange}}}},
		{"not in the catalog", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{{Column: "org_id"}}}},
		{"not in the catalog", migrate.Wanted{Globals: []migrate.Global{{}}}},
		{"not in the catalog", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{to(nil)}}},
		{"wanted twice", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{ok, ok}}},
		{"both global and", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{ok}, Globals: []migrate.Global{{Table: table}}}},
		{"has no column x", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{{Table: table, Column: "x"}}}},
		{"has no column y", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{ok, to(table, migrate.Pair{Child: "org_id", Parent: "y"})}}},
		{"cannot have the type", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{{Table: table, Column: "orgs"}}}},
		{"unknown kind", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{{Table: table, Kind: 7}}}},
		{"no parent is given", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{{Table: other, Kind: migrate.Child}}}},
		{"no columns are given", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{ok, to(table)}}},
		{"not a tenant table", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{to(table, byID)}}},
		{"no tenant column is ever reached", migrate.Wanted{Source: bySetting, Targets: []migrate.Target{to(table, byID), loop}}},
	} {
		_, err := migrate.Plan(&catalog.Database{}, c.value)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// Other tools than goose send a file as it is, up to their own marker.
func TestFormatsApply(t *testing.T) {
	w := newWorld(t, threads+"CREATE TABLE counters (id serial, org_id uuid NOT NULL);",
		wants(bySetting, column("notes", "org_id"), column("counters", "org_id"), child("comments", "notes", "note_id=id")))
	up := w.protection()
	w.down()
	down := w.protection()
	delete(w.files, "00002_tenant_isolation.sql")
	steps, owner := w.plan(), w.connect(w.owner)
	for _, c := range []struct {
		format migrate.Format
		marker string
	}{
		{migrate.GolangMigrate, ""},
		{migrate.Dbmate, "-- migrate:down\n"},
		{migrate.Tern, "---- create above / drop below ----\n"},
		{migrate.Plain, "-- To undo this migration:\n"},
	} {
		files, err := migrate.Render(steps, c.format, nil, migrate.Options{Numbering: migrate.Sequential})
		w.check(err)
		forth, back, _ := strings.Cut(string(files[0].Text), c.marker)
		if len(files) == 2 {
			forth, back = string(files[0].Text), string(files[1].Text)
		}
		if c.format == migrate.Plain {
			back = strings.ReplaceAll(back, "-- ", "")
		}
		w.exec(owner, forth)
		if got := w.protection(); got != up {
			t.Errorf("%s leads to\n%s", c.format, got)
		}
		w.exec(owner, back)
		if got := w.protection(); got != down {
			t.Errorf("%s leads back to\n%s", c.format, got)
		}
	}
}
