package migrations

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// dir is a directory: names, each with its text.
type dir [][2]string

// readings are directories with what runs of them, blanks squeezed, and what is wrong.
var readings = []struct {
	name, format string
	dir          dir
	want         string   // "name: text" of each file that runs
	problems     []string // "name:offset: the start of the message"
}{
	{"goose's markers as goose spells them", "goose",
		dir{{"1_a.sql", "--+goose up\nA;\n--  +goose  Down\nB;\n"}}, "1_a.sql: A;", nil},
	{"goose runs a file that is named to go down", "goose",
		dir{{"1_a.sql", "-- +goose Up\nA;\n"}, {"2_b.down.sql", "-- +goose Up\nB;\n"}}, "1_a.sql: A; 2_b.down.sql: B;", nil},
	{"goose goes by numbers", "goose",
		dir{{"10_b.sql", "-- +goose Up\nB;\n"}, {"9_a.sql", "-- +goose Up\nA;\n"}}, "9_a.sql: A; 10_b.sql: B;", nil},
	{"goose loses the line below an empty block", "goose",
		dir{{"1_a.sql", "-- +goose Up\n-- +goose StatementBegin\n-- +goose StatementEnd\nA;\nB;\n"}}, "1_a.sql: B;", nil},
	{"goose runs nothing without a number", "goose",
		dir{{"rls.sql", "-- +goose Up\nA;\n"}}, "", []string{"rls.sql:0: goose runs no file of this name"}},
	{"goose and environment variables", "goose",
		dir{{"1_a.sql", "-- +goose Up\n-- +goose ENVSUB ON\nDROP TABLE ${T};\n"}}, "1_a.sql:", []string{"1_a.sql:33: goose puts environment variables into this text"}},
	{"goose and Go", "goose",
		dir{{"1_a.go", "package m\n"}, {"2_b.go", "package m\n\n// tenantgen:ddl it fills a column\n"}, {"3_c_test.go", "package m\n"}, {"doc.go", ""}}, "",
		[]string{"1_a.go:0: goose runs this migration, and tenantgen cannot read"}},
	{"goose cuts within a string", "goose",
		dir{{"1_a.sql", "-- +goose Up\nSELECT 'a;\nb';\n"}}, "1_a.sql: SELECT 'a; b';", []string{"1_a.sql:23: goose ends a statement here"}},
	{"goose takes an annotation out of a string", "goose",
		dir{{"1_a.sql", "-- +goose Up\nSELECT '\n-- +goose NO TRANSACTION\nb';\n"}}, "1_a.sql: SELECT ' b';", []string{"1_a.sql:22: goose takes this line out"}},
	{"goose without Up", "goose", dir{{"1_a.sql", "A;\n"}}, "1_a.sql:", []string{"1_a.sql:0: goose wants -- +goose Up"}},
	{"two of one number", "goose",
		dir{{"1_a.sql", "-- +goose Up\n"}, {"01_b.sql", "-- +goose Up\n"}}, "01_b.sql: 1_a.sql:", []string{"1_a.sql:0: goose refuses two migrations of one number: 01_b.sql"}},
	{"the marker of another tool", "golang-migrate",
		dir{{"1_a.up.sql", "-- migrate:down is in another file\nA;\n"}}, "1_a.up.sql: -- migrate:down is in another file A;", []string{"1_a.up.sql:0: this is a marker of dbmate; to golang-migrate it is a comment"}},
	{"golang-migrate takes any extension", "golang-migrate",
		dir{{"2_b.up.psql", "B;\n"}, {"1_a.up.sql", "A;\n"}, {"1_a.down.sql", "C;\n"}, {"x.sql", "D;\n"}}, "1_a.up.sql: A; 2_b.up.psql: B;",
		[]string{"x.sql:0: golang-migrate runs no file of this name"}},
	{"dbmate", "dbmate",
		dir{{"1_a.sql", "-- old\n--migrate:up transaction:false\nA;\n--\n\tmigrate:down x\nB;\n-- migrate:down\nC;\n"}}, "1_a.sql: --migrate:up transaction:false A;", nil},
	{"dbmate wants a way back", "dbmate", dir{{"1_a.sql", "-- migrate:up\nA;\n"}}, "1_a.sql:", []string{"1_a.sql:17: dbmate refuses the file: it has no -- migrate:down"}},
	{"tern's marker stands anywhere", "tern",
		dir{{"001_a.sql", "A; ---- create above / drop below ----\nB;\n"}}, "001_a.sql: A;", nil},
	{"tern has no gaps", "tern",
		dir{{"1_a.sql", "A;\n"}, {"3_c.sql", "C;\n"}}, "1_a.sql: A; 3_c.sql: C;", []string{"3_c.sql:0: tern misses migration 2"}},
	{"tern's templates", "tern",
		dir{{"1_a.sql", "SELECT '{{\"{{\"}}';\n"}, {"2_b.sql", "A;\n{{template \"x\"}}\n"}}, "1_a.sql: SELECT '{{'; 2_b.sql:", []string{"2_b.sql:3: tern takes this for an action"}},
	{"tern without a transaction", "tern",
		dir{{"1_a.sql", "---- tern: disable-tx ----\nCREATE INDEX \"a;\" ON b (c);\nSELECT $$ ; $$;\n"}}, "1_a.sql: ---- tern: disable-tx ---- CREATE INDEX \"a;\" ON b (c); SELECT $$ ; $$;",
		[]string{"1_a.sql:62: tern cuts a file"}},
	{"Atlas and comments that nest", "atlas",
		dir{{"1_a.sql", "/* /* */ DROP TABLE a; -- */\n"}}, "1_a.sql: /* /* */ DROP TABLE a; -- */", []string{"1_a.sql:9: Atlas takes this for a part of something else"}},
	{"Atlas and a comment without a line end", "atlas",
		dir{{"1_a.sql", "SELECT 1; -- x; DROP TABLE a"}}, "1_a.sql: SELECT 1; -- x; DROP TABLE a", []string{"1_a.sql:10: Atlas takes this"}},
	{"Atlas's directives", "atlas",
		dir{{"1_a.sql", "-- atlas:txmode none\n\nA;\n"}, {"2_b.sql", "-- atlas:checkpoint\n\nB;\n"}}, "1_a.sql: -- atlas:txmode none A; 2_b.sql: -- atlas:checkpoint B;",
		[]string{"2_b.sql:0: tenantgen does not follow Atlas's directive checkpoint"}},
	{"what pg_dump writes", "plain",
		dir{{"a.sql", "\\restrict k1\nCOPY a (b) FROM stdin;\n1;'\n\\.\nB;\n\\unrestrict k1\n"}}, "a.sql: COPY a (b) FROM stdin; B;", nil},
	{"a table that is called stdin", "plain",
		dir{{"a.sql", "COPY (SELECT 1 FROM stdin) TO stdout;\nDROP TABLE a;\n"}}, "a.sql: COPY (SELECT 1 FROM stdin) TO stdout; DROP TABLE a;", nil},
	{"what follows COPY on its line", "plain",
		dir{{"a.sql", "COPY a FROM stdin; DROP TABLE a;\n\\.\n"}}, "a.sql: COPY a FROM stdin; DROP TABLE a; \\.", []string{"a.sql:18: psql runs the rest of this line"}},
	{"a backslash within a string is text", "plain",
		dir{{"a.sql", "SELECT '\n\\a b'; SELECT $$\n\\ir x\n$$; /*\n\\q */ -- \\q\n"}}, "a.sql: SELECT ' \\a b'; SELECT $$ \\ir x $$; /* \\q */ -- \\q", nil},
	{"psql's variables", "plain", dir{{"a.sql", "SELECT x::\"t\", :'v';\n"}}, "a.sql: SELECT x::\"t\", :'v';", []string{"a.sql:15: psql puts a variable here"}},
	{"a byte order mark", "goose", dir{{"1_a.sql", "\ufeff-- +goose Up\nA;\n"}}, "1_a.sql:", []string{"1_a.sql:0: the file begins with a byte order mark"}},
	{"no UTF-8", "atlas", dir{{"1_a.sql", "SELECT '\xe4';\n"}}, "1_a.sql:", []string{"1_a.sql:8: this is no UTF-8"}},
	{"UTF-16", "atlas", dir{{"1_a.sql", "A\x00;\n"}}, "1_a.sql:", []string{"1_a.sql:1: the file contains a NUL byte"}},
	{"carriage returns", "dbmate",
		dir{{"1_a.sql", "-- migrate:up\r\nA;\r\n-- migrate:down\r\n"}, {"2_b.sql", "-- migrate:up\r\nSELECT 'a\r\nb';\r\n-- migrate:down\r\n"}}, "1_a.sql: -- migrate:up A; 2_b.sql:",
		[]string{"2_b.sql:24: a carriage return within quotes"}},
	{"rows hold anything", "plain", dir{{"a.sql", "COPY \"a;\" FROM STDIN (DELIMITER ';');\n'\r\u00a0\\ir x\n\\.\nCOPY b FROM stdin;\n$$\n\\.\nA;\n"}}, "a.sql: COPY \"a;\" FROM STDIN (DELIMITER ';'); COPY b FROM stdin; A;", nil},
	{"rows that psql runs when COPY fails", "plain", dir{{"a.sql", "COPY a (nowhere) FROM stdin;\n1\n\\! ls\n"}}, "a.sql: COPY a (nowhere) FROM stdin; 1 \\! ls", []string{"a.sql:31: psql runs this row as a command"}},
	{"rows that are too long for sqlc", "plain", dir{{"a.sql", "COPY a FROM stdin;\n" + strings.Repeat(" ", 64<<10) + "\n;DROP TABLE a;\n"}}, "a.sql: COPY a FROM stdin; ;DROP TABLE a;", []string{"a.sql:19: psql runs this row as a command"}},
	{"psql's variables in the bounds of a slice", "plain", dir{{"a.sql", "SELECT a[1:PORT], a[1:2], a[b : c], f(d := 1), e::int;\n"}}, "a.sql: SELECT a[1:PORT], a[1:2], a[b : c], f(d := 1), e::int;", []string{"a.sql:10: psql puts a variable here"}},
	{"white space of others", "plain", dir{{"a.sql", "SELECT\u00a01;\n"}}, "a.sql: SELECT 1;", []string{"a.sql:6: tools take U+00A0"}},
	{"a string that goes on", "plain", dir{{"a.sql", "SELECT E'a' -- b\n'\\'';\n"}}, "a.sql: SELECT E'a' -- b '\\'';", []string{"a.sql:7: to PostgreSQL this string goes on"}},
}

// meta lists psql's commands, none of which is followed.
var meta = []string{`\if :x`, `\ir other.sql`, `\i other.sql`, `\gset`, `\gexec`, `\connect other`, `\c other`, `\q`, `\set x 1`, `\o out`, `\encoding LATIN1`, `\echo a`, `\!ls`, `\restrict`, `\restrict k \q`, `\restrict 'k'`, ` \restrict k`, `\;`, `\.`}

func TestMetaCommands(t *testing.T) {
	for format := range tools {
		for _, line := range meta {
			text := map[string]string{"goose": "-- +goose Up\n%s\nSELECT 1;\n", "dbmate": "-- migrate:up\n%s\nSELECT 1;\n-- migrate:down\n"}[format]
			if text == "" {
				text = "%s\nSELECT 1;\n"
			}
			if _, ps := Text(format, fmt.Sprintf(text, line)); len(ps) == 0 {
				t.Errorf("%s: %s passes", format, line)
			}
		}
	}
	if _, ps := Text("plain", "SELECT 1\n\\restrict k\n;\n"); len(ps) == 0 {
		t.Error("within a statement it passes")
	}
}

func TestReadings(t *testing.T) {
	for _, c := range readings {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{}
			var names []string
			for _, f := range c.dir {
				files[f[0]] = f[1]
				names = append(names, f[0])
			}
			read, problems, err := Read(c.format, names, func(name string) (string, error) { return files[name], nil })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range read {
				got = append(got, f.Name+":")
				got = append(got, strings.Fields(f.Text)...)
				if strings.Count(f.Text, "\n") != strings.Count(f.Raw, "\n") {
					t.Errorf("%s: %d lines became %d", f.Name, strings.Count(f.Raw, "\n"), strings.Count(f.Text, "\n"))
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got  %q\nwant %q", strings.Join(got, " "), c.want)
			}
			same := slices.EqualFunc(problems, c.problems, func(p Problem, want string) bool {
				return strings.HasPrefix(fmt.Sprintf("%s:%d: %s", p.File, p.Offset, p.Msg), want) && p.Hint != ""
			})
			if !same {
				t.Errorf("got  %+v\nwant %q", problems, c.problems)
			}
		})
	}
}

// An unknown format is an error, the tool of none included.
func TestUnknownFormat(t *testing.T) {
	for _, format := range []string{"", "liquibase"} {
		if _, _, err := Read(format, nil, nil); err == nil {
			t.Errorf("%q is read", format)
		}
	}
}

var undeclared = []struct {
	name     string
	dir      dir
	want     string
	problems []string
}{
	{"a schema", dir{{"schema.sql", "A;\n"}}, "A;", nil},
	{"a tool's marker", dir{{"1_a.sql", "-- +goose Up\nA;\n-- +goose Down\nB;\n"}, {"2_b.sql", "-- +goose Up\nC;\n-- +goose Down\nD;\n"}}, "A; C;",
		[]string{"1_a.sql:0: this is a marker of goose, and no setting says that goose runs the file"}},
	{"sql-migrate", dir{{"1_a.sql", "-- +migrate Up\nA;\n-- +migrate Down\nB;\n"}}, "-- +migrate Up A; -- +migrate Down B;",
		[]string{"1_a.sql:0: this is a marker of sql-migrate, which tenantgen does not know"}},
	{"numbers in the order of names", dir{{"10_b.sql", "B;\n"}, {"9_a.sql", "A;\n"}}, "B; A;", []string{"9_a.sql:0: sqlc, which goes by the names, reads this file after 10_b.sql"}},
	{"an order that somebody wrote", dir{{"9_a.sql", "A;\n"}, {"10_b.sql", "B;\n"}}, "A; B;", nil},
	{"a line that sqlc does not read", dir{{"a.sql", "A;\n-- " + strings.Repeat("x", 64<<10) + "\nB;\n"}}, "A; -- " + strings.Repeat("x", 64<<10) + " B;", []string{"a.sql:65543: a server runs what begins here, and sqlc does not"}},
	{"rows that sqlc reads", dir{{"a.sql", "COPY a FROM stdin;\n1\n\\.\n"}}, "COPY a FROM stdin;", []string{"a.sql:19: a server does not run what begins here, and sqlc reads it"}},
}

func TestUndeclared(t *testing.T) {
	for _, c := range undeclared {
		t.Run(c.name, func(t *testing.T) {
			var sources []Source
			for _, f := range c.dir {
				sources = append(sources, Source{f[0], f[1]})
			}
			read, problems := Undeclared(sources)
			var got []string
			for _, f := range read {
				got = append(got, strings.Fields(f.Text)...)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got  %.200q\nwant %.200q", strings.Join(got, " "), c.want)
			}
			if !slices.EqualFunc(problems, c.problems, func(p Problem, want string) bool {
				return strings.HasPrefix(fmt.Sprintf("%s:%d: %s", p.File, p.Offset, p.Msg), want)
			}) {
				t.Errorf("got  %+v\nwant %q", problems, c.problems)
			}
		})
	}
}

// Which files a tool runs in a transaction of its own.
func TestInTransaction(t *testing.T) {
	for _, c := range []struct {
		format, text string
		want         bool
	}{
		{"goose", "-- +goose Up\nA;\n", true},
		{"goose", "-- +goose NO TRANSACTION\n-- +goose Up\nA;\n", false},
		{"goose", "-- +goose no  transaction\n-- +goose Up\nA;\n", false},
		{"dbmate", "-- migrate:up\nA;\n-- migrate:down\n", true},
		{"dbmate", "-- migrate:up transaction:false\nA;\n-- migrate:down\n", false},
		{"tern", "A;\n", true},
		{"tern", "---- tern: disable-tx ----\nA;\n", false},
		{"golang-migrate", "A;\n", false},
		{"atlas", "A;\n", false},
		{"atlas", "-- atlas:txmode none\n\nA;\n", false},
		{"plain", "A;\n", false},
	} {
		name := "1_a.sql"
		if c.format == "golang-migrate" {
			name = "1_a.up.sql"
		}
		files, _, err := Read(c.format, []string{name}, func(string) (string, error) { return c.text, nil })
		if err != nil || len(files) != 1 || files[0].InTransaction != c.want || files[0].Together != (c.format == "golang-migrate" || c.format == "atlas" && !strings.Contains(c.text, "txmode")) {
			t.Errorf("%s: %q: %v, %v, not %v", c.format, c.text, files, err, c.want)
		}
	}
}
