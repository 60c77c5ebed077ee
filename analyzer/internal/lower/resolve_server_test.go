package lower

import (
	"os"
	"slices"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/ddl"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

const resolveSchema = `
	CREATE SCHEMA a;
	CREATE SCHEMA b;
	CREATE FUNCTION a.f(int) RETURNS text LANGUAGE sql AS $$ SELECT 'a.f(int4)' $$;
	CREATE FUNCTION b.f(int) RETURNS text LANGUAGE sql AS $$ SELECT 'b.f(int4)' $$;
	CREATE FUNCTION b.f(text) RETURNS text LANGUAGE sql AS $$ SELECT 'b.f(text)' $$;
	CREATE FUNCTION b.f(text, int DEFAULT 1) RETURNS text LANGUAGE sql AS $$ SELECT 'b.f(text, int4)' $$;
	CREATE FUNCTION a.g(int, VARIADIC int[]) RETURNS text LANGUAGE sql AS $$ SELECT 'a.g(int4, int4[])' $$;
	CREATE FUNCTION b.g(int) RETURNS text LANGUAGE sql AS $$ SELECT 'b.g(int4)' $$;
	CREATE FUNCTION a.lower(int) RETURNS text LANGUAGE sql AS $$ SELECT 'a.lower(int4)' $$;
	CREATE FUNCTION a.upper(text) RETURNS text LANGUAGE sql AS $$ SELECT 'a.upper(text)' $$;
	CREATE FUNCTION h(anyelement) RETURNS text LANGUAGE sql AS $$ SELECT 'h(anyelement)' $$;
	CREATE FUNCTION h(int, OUT r text) LANGUAGE sql AS $$ SELECT 'h(int4)' $$;
	CREATE FUNCTION pg_catalog.k(int) RETURNS text LANGUAGE sql AS $$ SELECT 'pg_catalog.k(int4)' $$;
	CREATE FUNCTION a.k(int) RETURNS text LANGUAGE sql AS $$ SELECT 'a.k(int4)' $$;
	CREATE TYPE pair AS (x int, y int);
	CREATE FUNCTION sum_x(pair) RETURNS text LANGUAGE sql AS $$ SELECT 'sum_x(pair)' $$;
`

// TestResolveAgainstServer calls functions that tell who they are, by names that can mean
// several: the one that the server takes must be among those that resolve finds, or in
// pg_catalog where resolve says so.
func TestResolveAgainstServer(t *testing.T) {
	db, errs := ddl.Load([]ddl.SchemaFile{{Path: "schema.sql", Text: resolveSchema}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	conn := pgserver.ConnForTest(t)
	pgserver.ExecForTest(t, conn, "SET allow_system_table_mods = on;"+resolveSchema)
	called := 0
	for _, path := range [][]string{{"public"}, {"a", "b"}, {"b", "a"}, {"b"}, {"a", "pg_catalog"}, {"public", "a"}} {
		for _, call := range []string{"f(1)", "f('x')", "f('x'::text)", "f('x', 2)", "f(1::int8)", "b.f(1)", "a.f(1)", "g(1)", "g(1, 2, 3)", "g(1, VARIADIC '{}')",
			"lower(1)", "lower('X')", "upper('x')", "upper('x'::text)", "h(1)", "h('x'::text)", "k(1)", "pg_catalog.k(1)", "a.k(1)", "f(1, 2, 3)", "sum_x(ROW(1, 2)::pair)"} {
			pgserver.ExecForTest(t, conn, "SET search_path = "+joined(path))
			var who string
			if err := conn.QueryRow(t.Context(), "SELECT "+call).Scan(&who); err != nil {
				continue // the path has no such function, or too many
			}
			called++
			tree, err := pg.Parse("SELECT " + call)
			if err != nil {
				t.Fatal(err)
			}
			f := tree.Stmts[0].Stmt.GetSelectStmt().GetTargetList()[0].GetResTarget().GetVal().GetFuncCall()
			m := pgtype.Resolve(db.Functions, parsetree.QualifiedName(parsetree.Strings(f.GetFuncname())), path, argumentCount(f))
			var signatures []string
			for _, g := range m.Declared {
				signatures = append(signatures, pgtype.Signature(g))
			}
			if system := who == "x" || who == "X"; system && !m.System || !system && !slices.Contains(signatures, who) {
				t.Errorf("by %v %s is %s; resolve finds %v, pg_catalog %v", path, call, who, signatures, m.System)
			}
		}
	}
	if called < 50 {
		t.Errorf("%d calls", called)
	}
}

func joined(path []string) string {
	out := ""
	for i, s := range path {
		if i > 0 {
			out += ", "
		}
		out += catalog.QuoteIdent(s)
	}
	return out
}
