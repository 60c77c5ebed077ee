package confirm_test

import (
	"os"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/confirm"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

const lawn = `
CREATE TYPE colour AS ENUM ('red', 'blue');
CREATE DOMAIN short AS varchar(4);
CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE orgs (id int PRIMARY KEY);
CREATE TABLE notes (org_id int NOT NULL REFERENCES orgs ON DELETE CASCADE, id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	code text COLLATE loose, kind colour DEFAULT 'red', twice int GENERATED ALWAYS AS (org_id) STORED, tags short[], UNIQUE (org_id, id) DEFERRABLE);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamped BEFORE UPDATE OF code ON notes FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE POLICY mine ON notes AS RESTRICTIVE FOR SELECT USING (true);
CREATE POLICY yours ON notes FOR UPDATE USING (org_id = current_setting('app.org_id')::int) WITH CHECK (id > 0);
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE VIEW titled AS SELECT id FROM notes;
CREATE TABLE files (org_id int DEFAULT current_setting('app.org_id', true)::int, note_id int, folder_id int, gone timestamptz, kept bool, kind colour, slug text, level int DEFAULT 1 + current_setting('app.org_id')::int,
	CHECK (num_nonnulls(note_id, folder_id) = 1), CHECK ((gone IS NULL OR kept IS NOT NULL) AND num_nulls(gone, kept) > 0), CHECK (gone IS NULL OR slug IS NOT NULL));
ALTER TABLE files ADD CHECK (num_nonnulls(slug, kept) <= 1) NOT VALID;
CREATE UNIQUE INDEX files_slug ON files (org_id, slug) WHERE gone IS NULL AND kept IS TRUE AND kind = 'red';
`

// read is the catalog that the text makes, as it should be read.
func read() *catalog.Database {
	builtin := func(name string) catalog.TypeRef {
		return catalog.TypeRef{Name: catalog.Name{Schema: "pg_catalog", Name: name}}
	}
	public := func(name string) catalog.Name { return catalog.Name{Schema: "public", Name: name} }
	code := builtin("text")
	code.Nondeterministic = true
	short := builtin("varchar")
	short.Modified = true
	stamp := &catalog.Function{Name: public("stamp"), Kind: "function", Language: "plpgsql", Volatility: "volatile"}
	return &catalog.Database{
		Types: []*catalog.Type{{Name: public("colour"), Kind: "enum", Values: []string{"red", "blue"}}, {Name: public("short"), Kind: "domain", Base: short}},
		Tables: []*catalog.Table{
			{Name: public("orgs"), Columns: []*catalog.Column{{Name: "id", Type: builtin("int4"), NotNull: true}}, Keys: []*catalog.Key{{Name: "orgs_pkey", Columns: []string{"id"}, Primary: true, Constraint: true}}},
			{Name: public("notes"), RLS: true, Columns: []*catalog.Column{
				{Name: "org_id", Type: builtin("int4"), NotNull: true}, {Name: "id", Type: builtin("int4"), NotNull: true, Identity: true}, {Name: "code", Type: code},
				{Name: "kind", Type: catalog.TypeRef{Name: public("colour")}, HasDefault: true}, {Name: "twice", Type: builtin("int4"), Generated: true, Copies: "org_id"}, {Name: "tags", Type: catalog.TypeRef{Name: public("short"), Array: true}}},
				Keys:     []*catalog.Key{{Name: "notes_pkey", Columns: []string{"id"}, Primary: true, Constraint: true}, {Name: "notes_org_id_id_key", Columns: []string{"org_id", "id"}, Constraint: true, Deferrable: true}},
				Foreign:  []*catalog.ForeignKey{{Name: "notes_org_id_fkey", Columns: []string{"org_id"}, RefTable: public("orgs"), RefColumns: []string{"id"}, OnDelete: "cascade"}},
				Triggers: []*catalog.Trigger{{Name: "stamped", Function: stamp.Name, Timing: "before", Events: []string{"update"}, Columns: []string{"code"}, Row: true}},
				Policies: []*catalog.Policy{{Name: "mine", Restrictive: true, Command: "select", Roles: []string{"public"}, Using: "true"},
					{Name: "yours", Command: "update", Roles: []string{"public"}, Using: "notes.org_id = current_setting('app.org_id')::integer", Check: "(notes.id) > (0)"}}},
			{Name: public("files"), Columns: []*catalog.Column{{Name: "org_id", Type: builtin("int4"), HasDefault: true, DefaultSetting: "app.org_id"}, {Name: "note_id", Type: builtin("int4")}, {Name: "folder_id", Type: builtin("int4")},
				{Name: "gone", Type: builtin("timestamptz")}, {Name: "kept", Type: builtin("bool"), Value: catalog.Value{Type: builtin("bool").Name}}, {Name: "kind", Type: catalog.TypeRef{Name: public("colour")}}, {Name: "slug", Type: builtin("text")},
				{Name: "level", Type: builtin("int4"), HasDefault: true}},
				OneOf: [][]string{{"note_id", "folder_id"}, {"kept", "gone"}},
				Keys: []*catalog.Key{{Name: "files_slug", Columns: []string{"org_id", "slug"}, Partial: true, Where: []catalog.Test{
					{Column: "gone", Kind: catalog.IsNull}, {Column: "kept", Kind: catalog.HasValue, Value: "true"}, {Column: "kind", Kind: catalog.HasValue, Value: "red"}}}}},
		},
		Functions: []*catalog.Function{stamp},
		Views:     []*catalog.View{{Name: public("titled")}},
	}
}

func differences(t *testing.T, db *catalog.Database) []*confirm.Difference {
	t.Helper()
	report, err := confirm.Run(t.Context(), confirm.Input{Files: []confirm.File{{Path: "schema.sql", Text: lawn}}, Schema: db}, confirm.Options{DatabaseURL: pgserver.DatabaseForTest(t)})
	if err != nil {
		t.Fatal(err)
	}
	return report.Differences
}

// A catalog that is read as PostgreSQL reads it differs in nothing.
func TestCatalog(t *testing.T) {
	for _, d := range differences(t, read()) {
		t.Error(d)
	}
}

// misread are ways to read the schema wrongly, and where PostgreSQL must differ.
var misread = map[string]func(orgs, notes *catalog.Table, db *catalog.Database){
	"column org_id: number 1, int4, not null true":     func(_, n *catalog.Table, _ *catalog.Database) { n.Columns[0].NotNull = false },
	"column code: number 3, text under":                func(_, n *catalog.Table, _ *catalog.Database) { n.Columns[2].Type.Nondeterministic = false },
	"column kind: number 4, colour":                    func(_, n *catalog.Table, _ *catalog.Database) { n.Columns[3].Type = n.Columns[0].Type },
	"column kind: number 4, colour, not null false, d": func(_, n *catalog.Table, _ *catalog.Database) { n.Columns[3].HasDefault = false },
	"column twice: number 5":                           func(_, n *catalog.Table, _ *catalog.Database) { n.Columns[4].Generated = false },
	"claim value of twice: column org_id":              func(_, n *catalog.Table, _ *catalog.Database) { n.Columns[4].Copies = "id" },
	"column tags: number 6, short[]":                   func(_, n *catalog.Table, _ *catalog.Database) { n.Columns = n.Columns[:5] },
	"column id: number 2": func(_, n *catalog.Table, _ *catalog.Database) {
		n.Columns[0], n.Columns[1] = n.Columns[1], n.Columns[0]
	},
	"unique key notes_pkey: over (id)":        func(_, n *catalog.Table, _ *catalog.Database) { n.Keys[0].Columns = []string{"org_id", "id"} },
	"unique key notes_org_id_id_key: over":    func(_, n *catalog.Table, _ *catalog.Database) { n.Keys[1].Deferrable = false },
	"unique key orgs_pkey: over":              func(o, _ *catalog.Table, _ *catalog.Database) { o.Keys = nil },
	"foreign key notes_org_id_fkey: (org_id)": func(_, n *catalog.Table, _ *catalog.Database) { n.Foreign[0].OnDelete = "" },
	"foreign key also: none": func(_, n *catalog.Table, _ *catalog.Database) {
		n.Foreign = append(n.Foreign, &catalog.ForeignKey{Name: "also"})
	},
	"trigger stamped: before update":                  func(_, n *catalog.Table, _ *catalog.Database) { n.Triggers[0].Columns = nil },
	"trigger stamped: before update (code), for each": func(_, n *catalog.Table, _ *catalog.Database) { n.Triggers[0].Events = []string{"insert"} },
	"policy mine: for select":                         func(_, n *catalog.Table, _ *catalog.Database) { n.Policies[0].Restrictive = false },
	"policy yours, USING: (org_id = ": func(_, n *catalog.Table, _ *catalog.Database) {
		n.Policies[1].Using = "id = current_setting('app.org_id')::integer"
	},
	"policy yours, WITH CHECK: (id > 0)": func(_, n *catalog.Table, _ *catalog.Database) { n.Policies[1].Check = "" },
	"row-level security: true":           func(_, n *catalog.Table, _ *catalog.Database) { n.RLS = false },
	"rules: false":                       func(_, n *catalog.Table, _ *catalog.Database) { n.Rules = true },
	"it: inherits from ()": func(_, n *catalog.Table, _ *catalog.Database) {
		n.Parents = []catalog.Name{{Schema: "public", Name: "orgs"}}
	},
	"type short, it: domain over varchar with": func(_, _ *catalog.Table, db *catalog.Database) { db.Types[1].Base.Modified = false },
	"type colour, it: enum (red, blue)":        func(_, _ *catalog.Table, db *catalog.Database) { db.Types[0].Values = []string{"blue"} },
	"of (): function in plpgsql, volatile":     func(_, _ *catalog.Table, db *catalog.Database) { db.Functions[0].Volatility = "immutable" },
	"view titled, it: materialized false":      func(_, _ *catalog.Table, db *catalog.Database) { db.Views[0].SecurityInvoker = true },
	"exclusion constraint x: none":             func(_, n *catalog.Table, _ *catalog.Database) { n.Exclusions = []*catalog.Exclusion{{Name: "x"}} },
	"claim default of level: none":             func(_, _ *catalog.Table, db *catalog.Database) { db.Tables[2].Columns[7].DefaultSetting = "app.org_id" },
	"claim default of org_id: the setting app.org_id": func(_, _ *catalog.Table, db *catalog.Database) {
		db.Tables[2].Columns[0].DefaultSetting = "app.user_id"
	},
	"claim check of kept, slug: none":                                        func(_, _ *catalog.Table, db *catalog.Database) { db.Tables[2].OneOf = [][]string{{"kept", "slug"}} },
	"claim check of gone, slug: none":                                        func(_, _ *catalog.Table, db *catalog.Database) { db.Tables[2].OneOf = [][]string{{"gone", "slug"}} },
	"predicate of unique key files_slug: ((gone IS NULL) AND (kept IS TRUE)": func(_, _ *catalog.Table, db *catalog.Database) { k := db.Tables[2].Keys[0]; k.Where = k.Where[:2] },
	"predicate of unique key files_slug: ((gone IS NULL)": func(_, _ *catalog.Table, db *catalog.Database) {
		db.Tables[2].Keys[0].Where[0].Kind = catalog.IsNotNull
	},
	"claim check of id, org_id: none": func(_, n *catalog.Table, _ *catalog.Database) { n.OneOf = [][]string{{"id", "org_id"}} },
}

// Each misreading is a difference that says what PostgreSQL reads.
func TestMisreadCatalog(t *testing.T) {
	for want, change := range misread {
		t.Run(want, func(t *testing.T) {
			db := read()
			change(db.Tables[0], db.Tables[1], db)
			found := differences(t, db)
			of, server, _ := strings.Cut(want, ": ")
			for _, d := range found {
				if strings.HasSuffix(d.What, of) && strings.HasPrefix(d.Server, server) && d.Ours != d.Server {
					return
				}
			}
			t.Errorf("PostgreSQL differs in %v", found)
		})
	}
}

// What DDL that is not followed may have changed is no reading of ours.
func TestUnsure(t *testing.T) {
	db := read()
	db.Tables[1].Unsure, db.Tables[1].Keys = "DO", nil
	if found := differences(t, db); len(found) > 0 {
		t.Errorf("differences %v", found)
	}
}
