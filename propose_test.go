package tenantgen

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// proposed writes a project of a schema and queries, and proposes for it.
func proposed(t *testing.T, sqlc, schema, queries string, wish Wishes) *Proposal {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"go.mod": "module app\n", "sqlc.yaml": "version: \"2\"\nsql:\n  - {engine: postgresql, schema: s.sql, queries: q.sql" + sqlc + "}\n",
		"s.sql": schema, "q.sql": queries} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Propose("sqlc.yaml", wish)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const noQueries = "-- name: One :one\nSELECT 1;\n"

// What the configuration does not take is left open, with the words that refuse it.
func TestProposeLeavesOpenWhatIsRefused(t *testing.T) {
	p := proposed(t, "", `CREATE TABLE notes (org_id uuid NOT NULL, code text NOT NULL);
CREATE OPERATOR CLASS loose FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text);
CREATE UNIQUE INDEX ON notes (code loose);
CREATE TABLE remarks (id int PRIMARY KEY, note_code text NOT NULL);`, noQueries, Wishes{})
	if want := "# OPEN: remarks: columns code of notes are no key, so a row of remarks could belong to several tenants\n"; !strings.Contains(p.Block, want) || p.Open != 1 || p.Unwritable != nil {
		t.Errorf("%+v", p)
	}
}

// Between parents that the schema has as equals, the queries decide.
func TestProposeAsksQueries(t *testing.T) {
	const schema = `CREATE TABLE notes (org_id uuid NOT NULL, id int PRIMARY KEY);
CREATE TABLE tags (org_id uuid NOT NULL, id int PRIMARY KEY);
CREATE TABLE links (note_id int NOT NULL REFERENCES notes, tag_id int NOT NULL REFERENCES tags);`
	for table, column := range map[string]string{"notes": "note_id", "tags": "tag_id"} {
		p := proposed(t, "", schema, "-- name: A :many\nSELECT l.note_id FROM links l JOIN "+table+" x ON x.id = l."+column+" WHERE x.org_id = @org_id;\n", Wishes{})
		if !strings.Contains(p.Block, "\n      links: {parent: "+table+", on: {"+column+": id}}") || p.Proved != 1 {
			t.Errorf("%s: %s", table, p.Block)
		}
	}
}

// The functions that stand in the way of a query, or of writing to a table, by the names by
// which they can be vouched for.
func TestProposeListsFunctions(t *testing.T) {
	p := proposed(t, "", `CREATE TABLE notes (org_id uuid NOT NULL, id int PRIMARY KEY, n bigint);
CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION two(int) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION two(text) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION computed(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN $1 + 1; END';
CREATE FUNCTION idle() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM notes; RETURN NEW; END';
CREATE FUNCTION made() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE TRIGGER t BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION fired();
ALTER TABLE notes ALTER n SET DEFAULT made();`,
		"-- name: A :many\nSELECT total(), two(1), computed(id) FROM notes WHERE org_id = @org_id;\n", Wishes{})
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^ +# (\S+): \{safe: <why>\}$`).FindAllStringSubmatch(p.Block, -1) {
		got = append(got, m[1])
	}
	if want := []string{"fired", "made", "total", "two(int4)"}; !slices.Equal(got, want) || p.Functions != len(want) {
		t.Errorf("%q, want %q\n%s", got, want, p.Block)
	}
}

// The repositories go where sqlc's package can be imported, and nowhere where it is.
func TestProposeOut(t *testing.T) {
	for sqlc, want := range map[string]string{
		"repo/internal/db":         "    out: repo  # the generated repositories\n",
		"a/internal/b/internal/db": "    out: a/internal/b  # the generated repositories\n",
		"my-repo/internal/db":      "    out: my-repo  # the generated repositories\n    package: repo\n",
		"internal/db":              "    out: internal/repo  # the generated repositories; let sqlc's out (internal/db) be below an internal/ of it, or code can go past them\n",
		"db":                       "    out: internal/repo  # the generated repositories; let sqlc's out (db) be below an internal/ of it, or code can go past them\n",
		"internal/repo":            "    # out: internal/repo  # where generate is to write the repositories: they import the Go that sqlc makes\n",
		"../other/internal/db":     "    # out: internal/repo  # where generate is to write the repositories: they import the Go that sqlc makes\n",
	} {
		p := proposed(t, ", gen: {go: {out: "+sqlc+", sql_package: pgx/v5}}", "CREATE TABLE notes (org_id uuid NOT NULL);", noQueries, Wishes{})
		if !strings.Contains(p.Block, want) || p.Unwritable != nil {
			t.Errorf("%s: %v\n%s", sqlc, p.Unwritable, p.Block)
		}
	}
}

// A link to the file stays one, and what it leads to is changed.
func TestProposeFollowsLinks(t *testing.T) {
	p := proposed(t, "", "CREATE TABLE notes (org_id uuid NOT NULL);", noQueries, Wishes{})
	if err := os.Rename("sqlc.yaml", "real.yaml"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.yaml", "sqlc.yaml"); err != nil {
		t.Fatal(err)
	}
	p, err := Propose("sqlc.yaml", Wishes{})
	if err != nil {
		t.Fatal(err)
	}
	if err := Commit(p.Changes()); err != nil {
		t.Fatal(err)
	}
	to, err := os.Readlink("sqlc.yaml")
	text, _ := os.ReadFile("real.yaml")
	if err != nil || to != "real.yaml" || string(text) != p.Text {
		t.Error(err, to, string(text))
	}
	if left, _ := filepath.Glob(".tenantgen*"); len(left) > 0 {
		t.Error(left)
	}
}
