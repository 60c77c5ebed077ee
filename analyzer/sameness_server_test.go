package analyzer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

const samenessTypes = `
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION exact (provider = icu, locale = 'und');
CREATE DOMAIN nocase_text AS text COLLATE nocase;
CREATE DOMAIN exact_text AS text COLLATE exact;
CREATE DOMAIN short AS varchar(3);
CREATE DOMAIN shorter AS short;
CREATE DOMAIN whole AS numeric(8, 0);
CREATE TYPE color AS ENUM ('red', 'Red');
CREATE TYPE pair AS (a float8, b text);
`

// samples are values by their text, for each type nearly equal ones: those that may be equal
// though they differ, and those that the type may change.
var samples = map[string][]string{
	"text": {"a", "A", "a ", "á"}, "varchar": {"a", "A", "a "}, "varchar(3)": {"abc", "abc ", "abc  ", "ABC"}, "char(3)": {"a", "a ", "A"}, "bpchar": {"a", "a "},
	"name":    {strings.Repeat("n", 63), strings.Repeat("n", 64), "n"},
	`"char"`:  {"a", "ab"},
	"shorter": {"abc", "abc ", "ABC"}, "nocase_text": {"a", "A"}, "exact_text": {"a", "A"}, "text COLLATE nocase": {"a", "A", "á"}, "text COLLATE exact": {"a", "A"}, `text COLLATE "C"`: {"a", "A"},
	"nocase_text COLLATE exact": {"a", "A"},
	"uuid":                      {"00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"},
	"smallint":                  {"1", "2"}, "integer": {"1", "2"}, "bigint": {"9007199254740992", "9007199254740993"},
	"real": {"16777216", "16777217"}, "float8": {"9007199254740992", "9007199254740993", "0", "-0"}, "numeric": {"1", "1.00000000000000000001", "2"},
	"numeric(8,0)": {"1", "1.4"}, "whole": {"1", "1.4"}, "money": {"1.00", "1.004"},
	"boolean": {"t", "f"}, "bytea": {`\x00`, `\x0000`}, "oid": {"1", "2"},
	"date": {"2020-01-01", "2020-01-02"}, "timestamp": {"2020-01-01", "2020-01-01 00:00:00.000001"}, "timestamp(0)": {"2020-01-01", "2020-01-01 00:00:00.1"},
	"timestamptz": {"2020-01-01 00:00+00", "2020-01-01 00:00:00.000001+00"}, "timestamptz(3)": {"2020-01-01 00:00+00", "2020-01-01 00:00:00.0001+00"},
	"time": {"00:00", "24:00"}, "time(0)": {"00:00", "00:00:00.1"}, "timetz": {"00:00+00", "01:00+01"},
	"interval": {"1 day", "24 hours"}, "interval day": {"1 day", "1 day 1 hour"}, "interval(0)": {"1 second", "1.1 seconds"},
	"inet": {"10.0.0.1", "10.0.0.1/24"}, "cidr": {"10.0.0.0/8", "10.0.0.0/9"}, "jsonb": {`{"a": 1}`, `{"a": 2}`}, "json": {`{}`, `{ }`}, "xml": {"<a/>", "<a></a>"},
	"bit(3)": {"101", "100"}, "varbit(3)": {"101", "10"}, "macaddr": {"08:00:2b:01:02:03", "08:00:2b:01:02:04"},
	"int4range": {"[1,2]", "[1,3)"}, "numrange": {"[1,2]", "[1,2)"}, "text[]": {"{a}", "{A}"}, "float8[]": {"{0}", "{-0}"}, "pair": {"(0,a)", "(-0,a)"}, "color": {"red", "Red"},
	"tsvector": {"a", "b"}, "pg_lsn": {"0/1", "0/2"}, "point": {"(0,0)", "(0,0.0000000001)"}, "circle": {"<(0,0),1>", "<(1,0),1>"},
}

// writingChanges lists types that are read as their base type is, once a value is stored.
var writingChanges = []string{"varchar(3)", "shorter", "numeric(8,0)", "whole", "timestamp(0)", "timestamptz(3)", "time(0)"}

// TestSamenessAgainstServer: where a tenant column is compared or written in an accepted
// query, the server finds no two samples equal that differ, and stores each as it is given.
func TestSamenessAgainstServer(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), pgserver.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(t.Context()) })
	if _, err := conn.Exec(t.Context(), samenessTypes); err != nil {
		t.Fatal(err)
	}
	for typ, values := range samples {
		reads, writes := samenessVerdicts(t, typ)
		if reads && !slices.Contains(writingChanges, typ) && !sameOnServer(t, conn, typ, values) {
			t.Errorf("%s: org_id = $1 is accepted, but finds values that differ", typ)
		}
		if writes && !keptOnServer(t, conn, typ, values) {
			t.Errorf("%s: INSERT of $1 is accepted, but stores another value", typ)
		}
	}
}

// samenessVerdicts are whether a tenant column of the type may be compared and written.
func samenessVerdicts(t *testing.T, typ string) (reads, writes bool) {
	t.Helper()
	schema := samenessTypes + "CREATE TABLE notes (org_id " + typ + " NOT NULL, id int);"
	db, ds := analyzer.LoadSchema([]analyzer.SchemaFile{{Path: "schema.sql", Text: schema}})
	own, problems := analyzer.Classify(db, config.Tenant{Columns: []string{"org_id"}})
	if len(ds)+len(problems) > 0 {
		t.Fatal(typ, ds, problems)
	}
	rs := analyzer.New(db, own, nil).File("q.sql", "SELECT id FROM notes WHERE org_id = $1; INSERT INTO notes (org_id) VALUES ($1);")
	return rs[0].Verdict == analyzer.Scoped, rs[1].Verdict == analyzer.Scoped
}

// sameOnServer reports whether each value equals itself only, as a parameter that the server
// types by its comparison with the column.
func sameOnServer(t *testing.T, conn *pgx.Conn, typ string, values []string) bool {
	t.Helper()
	run(t, conn, "CREATE TEMP TABLE s (org_id "+typ+", given text)")
	defer run(t, conn, "DROP TABLE s; DEALLOCATE ALL")
	for _, v := range values {
		run(t, conn, fmt.Sprintf("INSERT INTO s VALUES (%s, %[1]s)", literal(v)))
	}
	run(t, conn, "PREPARE q AS SELECT given FROM s WHERE org_id = $1")
	for _, v := range values {
		rows, err := conn.Query(t.Context(), fmt.Sprintf("EXECUTE q(%s)", literal(v)), pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatal(typ, err)
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(typ, err)
		}
		for _, f := range found {
			if f != v {
				return false
			}
		}
	}
	return true
}

// keptOnServer reports whether each value is what the server has in the column thereafter.
func keptOnServer(t *testing.T, conn *pgx.Conn, typ string, values []string) bool {
	t.Helper()
	base, _, _ := strings.Cut(typ, "(")
	run(t, conn, "CREATE TEMP TABLE s (org_id "+typ+"); ")
	defer run(t, conn, "DROP TABLE s; DEALLOCATE ALL")
	run(t, conn, "PREPARE w AS INSERT INTO s VALUES ($1) RETURNING org_id::text")
	kept := true
	for _, v := range values {
		var stored, given string
		if err := conn.QueryRow(t.Context(), fmt.Sprintf("EXECUTE w(%s)", literal(v)), pgx.QueryExecModeSimpleProtocol).Scan(&stored); err != nil {
			continue // refused, which is as good
		}
		as := strings.Fields(base)[0]
		if err := conn.QueryRow(t.Context(), fmt.Sprintf("SELECT %s::%s::text", literal(v), as), pgx.QueryExecModeSimpleProtocol).Scan(&given); err != nil {
			t.Fatal(typ, err)
		}
		kept = kept && stored == given
	}
	return kept
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatal(sql, err)
	}
}
