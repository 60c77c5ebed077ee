package ddl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/corpora"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// TestLoadSchemaAgainstServer applies each script to a real server and to the
// loader: what the server's catalogs say afterwards is what the loader must say.
func TestLoadSchemaAgainstServer(t *testing.T) {
	scripts, err := filepath.Glob("testdata/ddl/*.sql")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".sql"), func(t *testing.T) {
			compareWithServer(t, readFile(t, path))
		})
	}
}

// TestLoadSchemaOfCorpus does the same with the schema of a real application.
func TestLoadSchemaOfCorpus(t *testing.T) {
	dir := corpora.Dir(t, corpora.Hatchet+"/schema")
	var files []SchemaFile
	for _, name := range []string{
		"sql__schema__pg-stubs", "sql__schema__v0", "sql__schema__v1-core", "sql__schema__v1-olap",
		"pkg__repository__sqlcv1__concurrency-additional-tables",
	} {
		files = append(files, readFile(t, filepath.Join(dir, name+".sql")))
	}
	compareWithServer(t, files...)
}

func readFile(t *testing.T, path string) SchemaFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return SchemaFile{Path: path, Text: string(text)}
}

func compareWithServer(t *testing.T, files ...SchemaFile) {
	t.Helper()
	conn := pgserver.ConnForTest(t)
	l := newLoader()
	for _, f := range files {
		execFile(t, conn, f)
		l.loadFile(f)
	}
	l.finish()
	for _, e := range l.errs {
		t.Error(e)
	}
	// Names must not depend on the path that the script has left.
	pgserver.ExecForTest(t, conn, "set search_path = public")
	for _, d := range facts {
		compareLines(t, d.name, d.loaded(l), queryLines(t, conn, d.sql))
	}
	for _, v := range l.db.Views {
		compareView(t, conn, v)
	}
	for _, table := range l.db.Tables {
		for _, p := range table.Policies {
			comparePolicy(t, conn, table.Name, p)
		}
	}
}

// comparePolicy lets the server read the expressions that the catalog keeps
// of a policy: they must be those that the server has stored for the policy.
func comparePolicy(t *testing.T, conn *pgx.Conn, on catalog.Name, p *catalog.Policy) {
	t.Helper()
	table, clauses := pgx.Identifier{on.Schema, on.Name}.Sanitize(), ""
	if p.Using != "" {
		clauses += " using (" + p.Using + "\n)"
	}
	if p.Check != "" {
		clauses += " with check (" + p.Check + "\n)"
	}
	pgserver.ExecForTest(t, conn, "create policy ddl_check on "+table+" for "+p.Command+clauses)
	defs := queryLines(t, conn, `select concat_ws(' / ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
		from pg_policy where polrelid = '`+table+`'::regclass and polname in ('ddl_check', '`+p.Name+`')`)
	if len(defs) != 2 || defs[0] != defs[1] {
		t.Errorf("policy %s on %s: the catalog's text means something else than the server's policy:\n%s", p.Name, on, strings.Join(defs, "\n"))
	}
	pgserver.ExecForTest(t, conn, "drop policy ddl_check on "+table)
}

// execFile runs one statement at a time: some refuse to run with others.
func execFile(t *testing.T, conn *pgx.Conn, f SchemaFile) {
	t.Helper()
	stmts, errs := newFile(f).parse()
	for _, e := range errs {
		t.Fatal(e)
	}
	for _, s := range stmts {
		pgserver.ExecForTest(t, conn, s.source())
	}
}

func queryLines(t *testing.T, conn *pgx.Conn, sql string) []string {
	t.Helper()
	sql = strings.ReplaceAll(sql, "IS_USER_SCHEMA", "nspname !~ '^(pg_catalog|pg_toast|information_schema)'")
	sql = strings.ReplaceAll(sql, "NSP", "regexp_replace(nspname, '^pg_temp_.*', 'pg_temp')")
	rows, err := conn.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	return lines
}

func compareLines(t *testing.T, what string, loaded, server []string) {
	t.Helper()
	for _, s := range loaded {
		if !slices.Contains(server, s) {
			t.Errorf("%s: not on the server: %s", what, s)
		}
	}
	for _, s := range server {
		if !slices.Contains(loaded, s) {
			t.Errorf("%s: not loaded: %s", what, s)
		}
	}
}

// compareView lets the server read the text that the catalog keeps of a view:
// but for aliases and positions it must become the tree that the server has
// stored for the view itself.
func compareView(t *testing.T, conn *pgx.Conn, v *catalog.View) {
	t.Helper()
	if v.Query == "" {
		t.Logf("view %s has no text", v.Name)
		return
	}
	name := pgx.Identifier{v.Name.Schema, v.Name.Name}.Sanitize()
	cols := ""
	if len(v.Columns) > 0 {
		cols = "(" + quoteAll(v.Columns) + ")"
	}
	pgserver.ExecForTest(t, conn, "create temp view ddl_check "+cols+" as "+v.Query)
	defs := queryLines(t, conn, `
		select regexp_replace(replace(ev_action::text, ':relid ' || u.oid::oid, ''), ':(alias|eref) (<>|{ALIAS [^}]*})|:(location|stmt_location|stmt_len|resname|isNatural|relkind) [^ )}]*', '', 'g')
			|| (select string_agg(attname, ',' order by attnum) from pg_attribute where attrelid = u.oid and attnum > 0)
		from unnest(array['pg_temp.ddl_check'::regclass, '`+name+`'::regclass]) with ordinality u(oid, o)
		join pg_rewrite on ev_class = u.oid and rulename = '_RETURN' order by o`)
	for i, d := range defs {
		defs[i] = withoutNodeLists(d, ":joinaliasvars ", ":joinleftcols ", ":joinrightcols ", ":selectedCols ")
	}
	if defs[0] != defs[1] {
		text := queryLines(t, conn, "select pg_get_viewdef('"+name+"'::regclass)")
		i := 0
		for i < min(len(defs[0]), len(defs[1])) && defs[0][i] == defs[1][i] {
			i++
		}
		t.Errorf("view %s:\n%s\nserver:\n%s\ntrees differ at %.80q and %.80q", v.Name, v.Query, text[0], defs[0][max(i-40, 0):], defs[1][max(i-40, 0):])
	}
	pgserver.ExecForTest(t, conn, "drop view ddl_check")
}

// withoutNodeLists drops lists that also have the columns that a table has got
// since the view was created.
func withoutNodeLists(tree string, fields ...string) string {
	for _, f := range fields {
		for i := strings.Index(tree, f+"("); i >= 0; i = strings.Index(tree, f+"(") {
			end, depth := i+len(f), 0
			for {
				depth += strings.Count("(", tree[end:end+1]) - strings.Count(")", tree[end:end+1])
				if end++; depth == 0 {
					break
				}
			}
			tree = tree[:i] + tree[end:]
		}
	}
	return tree
}

func quoteAll(names []string) string {
	var quoted []string
	for _, n := range names {
		quoted = append(quoted, pgx.Identifier{n}.Sanitize())
	}
	return strings.Join(quoted, ", ")
}
