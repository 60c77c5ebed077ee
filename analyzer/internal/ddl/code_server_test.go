package ddl

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// reached lists the schema's functions that the server's own catalogs say can run at a
// place: what the place depends on, through operators, types and the checks of domains.
const reached = `
with recursive edge as (
	select classid, objid, refclassid, refobjid from pg_depend
	where classid in ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass, 'pg_operator'::regclass)
		and refclassid in ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass)
	or classid = 'pg_class'::regclass and refclassid in ('pg_proc'::regclass, 'pg_type'::regclass, 'pg_operator'::regclass)
	or classid = 'pg_type'::regclass and refclassid in ('pg_type'::regclass, 'pg_class'::regclass)
	union all
	select 'pg_type'::regclass, contypid, 'pg_constraint'::regclass, oid from pg_constraint where contypid <> 0
), place(kind, owner, classid, objid) as (
	select case attgenerated when '' then 'default' else 'row' end, adrelid, 'pg_attrdef'::regclass, d.oid
		from pg_attrdef d join pg_attribute on attrelid = adrelid and attnum = adnum
	union all select 'row', conrelid, 'pg_constraint'::regclass, oid from pg_constraint where contype = 'c' and conrelid <> 0
	union all select 'row', indrelid, 'pg_class'::regclass, indexrelid from pg_index
	union all select 'row', oid, 'pg_class'::regclass, oid from pg_class where relkind in ('r', 'p')
	union all select 'trigger', tgrelid, 'pg_trigger'::regclass, oid from pg_trigger where not tgisinternal
	union all select 'policy', polrelid, 'pg_policy'::regclass, oid from pg_policy
	union all select 'type', oid, 'pg_type'::regclass, oid from pg_type where typtype in ('d', 'c', 'r')
), reached(kind, owner, classid, objid) as (
	select * from place
	union
	select r.kind, r.owner, e.refclassid, e.refobjid from reached r join edge e on e.classid = r.classid and e.objid = r.objid
		and (r.kind = 'row' or r.classid <> 'pg_class'::regclass or e.refclassid = 'pg_type'::regclass)
)
select distinct concat_ws(' ', kind, on_.nspname || '.' || coalesce(relname, typname), n.nspname || '.' || proname)
from reached r join pg_proc p on r.classid = 'pg_proc'::regclass and p.oid = r.objid join pg_namespace n on n.oid = pronamespace
	left join pg_class c on c.oid = owner and kind <> 'type' left join pg_type t on t.oid = owner and kind = 'type'
	join pg_namespace on_ on on_.oid = coalesce(relnamespace, typnamespace)
where n.nspname not in ('pg_catalog', 'information_schema') and on_.nspname not like 'pg\_%' and coalesce(relkind, 'r') in ('r', 'p')
	and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')`

// TestEveryFunctionOfServerIsFound applies the schemas of the analyzer's cases to a server:
// each function that it says a place can run is one that the catalog names there.
func TestEveryFunctionOfServerIsFound(t *testing.T) {
	pgserver.Long(t)
	total := 0
	for name, f := range allSchemas(t) {
		if name == "unfollowed" {
			continue // its schema is made by DDL that the loader says it does not follow
		}
		t.Run(name, func(t *testing.T) {
			conn := pgserver.ConnForTest(t)
			execFile(t, conn, f)
			l := newLoader()
			l.loadFile(f)
			l.finish()
			pgserver.ExecForTest(t, conn, "set search_path = public")
			found := found(l.db)
			for _, line := range queryLines(t, conn, reached) {
				total++
				if !slices.Contains(found, line) {
					t.Errorf("the server runs %s", line)
				}
			}
		})
	}
	if total < 40 {
		t.Errorf("the server named only %d functions", total)
	}
}

func allSchemas(t *testing.T) map[string]SchemaFile {
	files := map[string]SchemaFile{}
	cases, err := filepath.Glob("../../testdata/cases/*.txtar")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, path := range cases {
		ar, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range ar.Files {
			if f.Name == "schema.sql" && strings.Contains(strings.ToUpper(string(f.Data)), "CREATE FUNCTION") {
				files[strings.TrimSuffix(filepath.Base(path), ".txtar")] = SchemaFile{Path: path, Text: string(f.Data)}
			}
		}
	}
	return files
}

// found writes what the catalog names as the query writes what the server does.
func found(db *catalog.Database) []string {
	var lines []string
	add := func(kind string, on catalog.Name, calls ...catalog.Name) {
		for _, c := range calls {
			lines = append(lines, kind+" "+full(on)+" "+full(c))
		}
	}
	for _, t := range db.Tables {
		add("row", t.Name, t.Calls...)
		add("policy", t.Name, t.PolicyCalls...)
		add("type", t.Name, t.RowCalls...)
		for _, c := range t.Columns {
			add("default", t.Name, c.DefaultCalls...)
		}
		for _, g := range t.Triggers {
			add("trigger", t.Name, append(g.Calls, g.Function)...)
		}
	}
	for _, v := range db.Views {
		add("type", v.Name, v.RowCalls...)
	}
	for _, t := range db.Types {
		add("type", t.Name, t.Calls...)
	}
	return lines
}
