package tenantgen

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// What stands in the migrations directory is run by its tool, whatever schema says: where
// sqlc reads something else, lint says so. Each text of a file begins "-- +goose Up".
var schemaReadings = []struct {
	name     string
	schema   string
	settings string
	files    map[string]string
	tables   string   // that the schema has, by name
	want     []string // "file:line: the start of the message"
}{
	{"the tool's order and names", "m", "goose",
		map[string]string{"m/9_a.sql": "CREATE TABLE a (id int);", "m/10_b.sql": "ALTER TABLE a RENAME TO b;"}, "b",
		[]string{"m/10_b.sql:1: goose runs 9_a.sql before this file, and sqlc"}},
	{"a file that goes down by its name only", "m", "goose",
		map[string]string{"m/1_a.sql": "CREATE TABLE a (id int);", "m/2_b.down.sql": "CREATE TABLE b (id int);"}, "a b",
		[]string{"m/2_b.down.sql:1: goose runs this file, and sqlc does not read it"}},
	{"a pattern that leaves one out", "m/1*.sql", "goose",
		map[string]string{"m/1_a.sql": "CREATE TABLE a (id int);", "m/2_b.sql": "CREATE TABLE b (id int);"}, "a b",
		[]string{"m/2_b.sql:1: goose runs this file, and sqlc does not read it"}},
	{"a part that is not run", "m", "goose",
		map[string]string{"m/1_a.sql": "CREATE TABLE a (id int);\n--+goose Down\nCREATE TABLE b (id int);"}, "a",
		[]string{"m/1_a.sql:4: goose does not run what begins here, and sqlc reads it"}},
	{"text that looks like a command", "m", "goose",
		map[string]string{"m/1_a.sql": "CREATE TABLE a (id int);\n-- +goose StatementBegin\nCOMMENT ON TABLE a IS '\n\\a'; CREATE TABLE b (id int); COMMENT ON TABLE a IS '\n';\n-- +goose StatementEnd"}, "a b",
		[]string{"m/1_a.sql:4: sqlc reads this otherwise than goose"}},
	{"files between migrations", "[m/1_a.sql, s/x.sql, m/2_b.sql]", "goose",
		map[string]string{"m/1_a.sql": "CREATE TABLE a (id int);", "m/2_b.sql": "CREATE TABLE b (id int);", "s/x.sql": "~CREATE TABLE x (id int);"}, "a b x",
		[]string{"m/2_b.sql:1: sqlc reads other files between"}},
	{"a migration twice", "[m, m/1_a.sql]", "goose", map[string]string{"m/1_a.sql": "CREATE TABLE a (id int);"}, "a",
		[]string{"m/1_a.sql:1: sqlc reads this file twice"}},
	{"another name of the directory", "link", "goose", map[string]string{"m/1_a.sql": "CREATE TABLE a (id int);\n-- +goose Down\nCREATE TABLE b (id int);"}, "a", nil},
	{"another directory of the same tool", "[n, m]", "goose",
		map[string]string{"n/1_a.sql": "CREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;", "n/2_b.down.sql": "CREATE TABLE b (id int);", "m/1_c.sql": "CREATE TABLE c (id int);"}, "a b c",
		[]string{"n/2_b.down.sql:1: goose runs this file"}},
	{"a schema beside the migrations", "[s.sql, m]", "goose",
		map[string]string{"s.sql": "~\\restrict k\nCREATE TABLE a (id int);\n\\unrestrict k", "m/1_c.sql": "CREATE TABLE c (id int);"}, "a c", nil},
	{"a marker without a tool", "s.sql", "",
		map[string]string{"s.sql": "CREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;"}, "a",
		[]string{"s.sql:1: this is a marker of goose, and no setting says"}},
	{"a marker of another tool", "m", "plain",
		map[string]string{"m/1_a.sql": "CREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;"}, "",
		[]string{"m/1_a.sql:1: this is a marker of goose; to plain it is a comment"}},
}

func TestSchemaIsReadAsItIsRun(t *testing.T) {
	for _, c := range schemaReadings {
		t.Run(c.name, func(t *testing.T) {
			a := newApplication(t)
			for name, text := range c.files {
				if own, ok := strings.CutPrefix(text, "~"); ok {
					text = own
				} else {
					text = "-- +goose Up\n" + text
				}
				a.write(name, text+"\n")
			}
			if c.schema == "link" {
				if err := os.Symlink("m", "link"); err != nil {
					t.Fatal(err)
				}
			}
			var declared []string
			for _, name := range strings.Fields(c.tables) {
				declared = append(declared, name+": {global: true}")
			}
			settings := "    tables: {" + strings.Join(declared, ", ") + "}\n"
			if c.settings != "" {
				settings += "    migrations: {dir: m, format: " + c.settings + "}\n"
			}
			a.configure(settings, c.schema+": SELECT 1;")
			p, err := Load("sqlc.yaml")
			if err != nil {
				t.Fatal(err)
			}
			compareReading(t, p, c.tables, c.want)
		})
	}
}

func compareReading(t *testing.T, p *Project, tables string, want []string) {
	t.Helper()
	var got []string
	for _, table := range p.Units[0].Schema.Tables {
		got = append(got, table.Name.Name)
	}
	slices.Sort(got)
	if strings.Join(got, " ") != tables {
		t.Errorf("tables %q, want %q", got, tables)
	}
	var problems []string
	for _, d := range p.Units[0].findings {
		if d.Rule == "schema" {
			problems = append(problems, d.File+":"+string(rune('0'+d.Line))+": "+d.Message)
		}
	}
	if !slices.EqualFunc(problems, want, strings.HasPrefix) {
		t.Errorf("got  %q\nwant %q", problems, want)
	}
}
