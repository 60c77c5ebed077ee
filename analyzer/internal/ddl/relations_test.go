package ddl

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Names are looked up behind every statement, so that they are kept while they change: what is found is what the
// lists hold, what was renamed or dropped is found no longer, and a constraint's name is taken while one has it.
func TestRelations(t *testing.T) {
	scripts, err := filepath.Glob("testdata/ddl/*.sql")
	if err != nil || len(scripts) == 0 {
		t.Fatal(scripts, err)
	}
	files := []SchemaFile{{Path: "materialized.sql", Text: `create table t (id int); create materialized view v as select id from t;
		create index v_id on v (id); drop index v_id; create index v_id2 on v (id); alter index v_id2 rename to v_id; drop materialized view v;`}}
	files = append(files, SchemaFile{Path: "renamed.sql", Text: `create role a; create role b; create schema s; create sequence s.q; create table s.t (id serial, x int);
		grant select on s.t to a; grant usage on s.q to a; alter schema s rename to s2; grant insert on s2.t to b; alter table s2.t rename to t2;
		alter sequence s2.q rename to q2; alter role b rename to c; grant delete on s2.t2 to c; create table s2.u (id int); grant select on s2.u to c;
		drop table s2.u; drop owned by c; drop schema s2 cascade; create schema s2; create table s2.t2 (id int);`})
	for _, script := range scripts {
		files = append(files, readFile(t, script))
	}
	for _, f := range files {
		script, l, before := f.Path, newLoader(), map[catalog.Name]bool{}
		stmts, errs := newFile(f).parse()
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, s := range stmts {
			l.loadFile(SchemaFile{Path: script, Text: s.source() + ";"})
			l.relation(catalog.Name{}) // so that there is something to keep
			now := searched(l)
			for n := range before {
				if now[n] == nil && l.db.Type(n) == nil && l.relation(n) != nil {
					t.Fatalf("%s: behind %s\n%s is still found", script, s.source(), n)
				}
			}
			for n, want := range now {
				before[n] = true
				if got := l.relation(n); got == nil || *got != *want {
					t.Fatalf("%s: behind %s\n%s is %+v, not %+v", script, s.source(), n, got, want)
				}
			}
			takenConstraints(t, l, s.source())
			sameGrants(t, l, s.source())
		}
	}
}

// sameGrants holds the grants by what they are on to the list of them.
func sameGrants(t *testing.T, l *loader, behind string) {
	t.Helper()
	l.grantsOn("", catalog.Name{}) // so that there is something to keep
	found := 0
	for _, grants := range l.granted {
		found += len(grants)
	}
	if found != len(l.db.Grants) {
		t.Fatalf("behind %s\n%d grants are found of %d", behind, found, len(l.db.Grants))
	}
	for _, g := range l.db.Grants {
		if !slices.Contains(l.grantsOn(g.Kind, g.On), g) {
			t.Fatalf("behind %s\n%+v is not among the grants on %s %s", behind, g, g.Kind, g.On)
		}
	}
}

// searched is every relation by its name; of two with one name the first counts.
func searched(l *loader) map[catalog.Name]*relation {
	all := map[catalog.Name]*relation{}
	l.eachRelation(func(r relation) {
		if all[r.name] == nil {
			all[r.name] = &r
		}
	})
	return all
}

func takenConstraints(t *testing.T, l *loader, behind string) {
	t.Helper()
	for _, table := range l.tables {
		var names []string
		for _, c := range table.checks {
			names = append(names, c.name)
		}
		for _, f := range table.foreign {
			names = append(names, f.Name)
		}
		for _, x := range table.indexes {
			if x.isConstraint() {
				names = append(names, x.Name)
			}
		}
		for _, n := range names {
			if !l.constraintNameTaken(table.Name.Schema)(n) {
				t.Fatalf("behind %s\n%s of %s is not taken", behind, n, table.Name)
			}
		}
	}
}

// A file's objects are given to their owners once, and later ones to later owners.
func TestOwnersOfMany(t *testing.T) {
	db, errs := Load([]SchemaFile{{Path: "x.sql", Text: `create role a; create role b; set role a;
		create table t1 (id int); create table t2 (id int); create view v as select 1 as x; create schema s;
		create function f() returns int language sql as 'select 1';
		set role b; create or replace function f() returns int language sql as 'select 2';
		create table t3 (id int); create type e as enum ('x'); create schema s2;`}})
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	got := map[string]string{}
	for _, o := range db.Owners {
		got[o.Kind+" "+o.On.String()] = o.Role
	}
	for object, want := range map[string]string{"table t1": "a", "table t2": "a", "view v": "a", "schema s": "a", "function f": "a",
		"table t3": "b", "type e": "b", "schema s2": "b"} {
		if got[object] != want {
			t.Errorf("%s belongs to %q, not %q", object, got[object], want)
		}
	}
}
