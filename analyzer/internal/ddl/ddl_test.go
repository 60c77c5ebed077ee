package ddl

import (
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

func load(t *testing.T, text string) *catalog.Database {
	t.Helper()
	db, errs := Load([]SchemaFile{{Path: "schema.sql", Text: text}})
	for _, e := range errs {
		t.Error(e)
	}
	return db
}

// TestRefusals holds what must not pass silently, with a part of the message.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"create table t (id int", "syntax error"},
		{"alter table nope add column a int", `relation "nope" does not exist`},
		{"alter table t add column a int", `column "a" of relation "t" already exists`},
		{"alter table t drop column nope", `column "nope" of relation "t" does not exist`},
		{"alter table t drop constraint nope", "does not exist"},
		{"create table t (a int)", `relation "t" already exists`},
		{"create table x () inherits (x)", "does not exist"},
		{"alter table t inherit t", "circle"},
		{"create table x (a int primary key, b text) inherits (t); alter table t inherit x", "circle"},
		{"create table x (like t) partition by list (a); alter table x attach partition x default", "cannot become"},
		{"create table x (a int, a text)", "specified more than once"},
		{"create table x (like nope)", `relation "nope" does not exist`},
		{"create table x partition of t for values in (1)", "is not partitioned"},
		{"create table x (a int, check (b > 1))", `column "b" does not exist`},
		{"create table x (a int primary key, b int primary key)", "multiple primary keys"},
		{"create table x (a int references nope)", "which no schema file creates"},
		{"create table x (a int references t (b))", "no unique constraint"},
		{"create table nope.x (a int)", `schema "nope" does not exist`},
		{"create index on t (nope)", `column "nope"`},
		{"create index on v (a)", "cannot create an index"},
		{"create view v as select 1", "already exists"},
		{"drop table t", "depends on it"},
		{"drop table nope", "does not exist"},
		{"drop view t", "not of the kind"},
		{"drop index t_pkey", "requires it"},
		{"drop function f", "trigger"},
		{"drop type e", "depends on it"},
		{"drop schema s", "not empty"},
		{"drop owned by someone", "is not supported"},
		{"alter table t drop constraint t_pkey", "foreign key"},
		{"create function f() returns trigger language plpgsql as ''", "already exists"},
		{"create type e as enum ('a')", "already exists"},
		{"alter type e add value 'b'", "already exists"},
		{"create policy p on nope using (true)", "does not exist"},
		{"alter policy nope on t using (true)", "does not exist"},
		{"create policy p on t using (b = ''); alter table t drop column b", `column "b" of table "t" because policy "p" on table "t"`},
		{"create policy p on w using (exists (select from s.x)); drop table s.x", `table "s.x" because policy "p" on table "w"`},
		{"create policy p on w using (exists (select from u where t_id = 1)); alter table u drop t_id", `column "t_id" of table "u" because policy "p" on table "w"`},
		{"rollback", "must not roll back"},
		{"prepare q as select 1", "is not supported"},
		{"import foreign schema x from server y into public", "is not supported"},
		{"set standard_conforming_strings = off", "must be on"},
		{"\\i other.sql\n", "syntax error"},
		{"grant select on nope to public", "does not exist"},
		{"set search_path = nowhere; create table x (a int)", "no schema to create in"},
	} {
		base := `create table t (a int primary key, b text); create view v as select a from t;
			create table u (t_id int references t); create type e as enum ('a', 'b'); create table w (k e);
			create function f() returns trigger language plpgsql as ''; create trigger g before insert on u for each row execute function f();
			create schema s; create table s.x ();` + "\n"
		_, errs := Load([]SchemaFile{{Path: "schema.sql", Text: base + c.text}})
		if len(errs) != 1 || !strings.Contains(errs[0].Message, c.want) {
			t.Errorf("%s: got %v, want one error with %q", c.text, errs, c.want)
			continue
		}
		if line := strings.Count(base, "\n") + 1; errs[0].Pos.Line != line && !strings.Contains(c.text, "id int") {
			t.Errorf("%s: error at %v, want line %d", c.text, errs[0], line)
		}
	}
}

func TestErrorsAreCollectedWithPositions(t *testing.T) {
	db, errs := Load([]SchemaFile{
		{Path: "a.sql", Text: "-- é\ncreate table a (id int);\ncreate tabel é b (id int);\n/* ; */ create table c (id int);\n"},
		{Path: "b.sql", Text: "alter table a\n  add column id int;\nalter table \"é\" add x int; drop table nope;"},
	})
	var got []string
	for _, e := range errs {
		got = append(got, e.Error())
	}
	want := []string{
		`a.sql:3:8: syntax error at or near "tabel"`,
		`b.sql:2:14: column "id" of relation "a" already exists`,
		`b.sql:3:13: relation "é" does not exist`,
		`b.sql:3:29: "nope" does not exist`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if db.LookupTable("", "c", db.SearchPath) == nil {
		t.Error("the statement after a syntax error is lost")
	}
	if p := db.Tables[1].Pos; p.Line != 4 || p.Column != 22 {
		t.Errorf("table c at %+v", p)
	}
}

func TestNULIsRefused(t *testing.T) {
	_, errs := Load([]SchemaFile{{Path: "a.sql", Text: "create table a (id int);\x00 alter table a drop column id;"}})
	if len(errs) != 1 || errs[0].Pos.Column != 25 {
		t.Errorf("got %v", errs)
	}
}

// TestDump loads what pg_dump and psql put into a file besides SQL.
func TestDump(t *testing.T) {
	db := load(t, "\ufeff"+`\restrict abc'def
--
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.a (id bigint NOT NULL, body text DEFAULT E'it\'s; \\' NOT NULL);
COPY public.a (id, body) FROM stdin;
1	it's ; a
2	"
\.

CREATE FUNCTION public.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;
CREATE FUNCTION public.g() RETURNS int LANGUAGE sql AS $_$
\connect ; $1 '
$_$;
ALTER TABLE ONLY public.a ADD CONSTRAINT a_pkey PRIMARY KEY (id);
\unrestrict abc
`)
	if len(db.Tables) != 1 || db.Tables[0].PrimaryKey() == nil || len(db.Functions) != 2 {
		t.Fatalf("got %d tables, %d functions", len(db.Tables), len(db.Functions))
	}
	if b := db.Functions[1].Body; b != "\n\\connect ; $1 '\n" {
		t.Errorf("body %q", b)
	}
	if b := db.Functions[0].Body; b != "SELECT CASE WHEN true THEN 1 END; SELECT 2;" {
		t.Errorf("body %q", b)
	}
	if !slices.Equal(db.SearchPath, []string{"public"}) {
		t.Errorf("search path %q", db.SearchPath)
	}
}

func TestPolicyText(t *testing.T) {
	db := load(t, `create table t (org_id uuid);
		create policy p on t for update using ( org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) /* ) */ ) with check (org_id is not null);
		alter policy p on t with check ((true));`)
	p := db.Tables[0].Policies[0]
	if want := "org_id = (select nullif(current_setting('app.org_id', true), '')::uuid) /* ) */"; p.Using != want {
		t.Errorf("using %q", p.Using)
	}
	if p.Check != "(true)" {
		t.Errorf("check %q", p.Check)
	}
}

func TestStaleViews(t *testing.T) {
	for _, c := range []struct{ what, ddl string }{
		{"a rename of a column", "alter table a rename x to y"},
		{"a column that could capture a name", "alter table b add column x int"},
		{"a rename behind a WITH query's name", "create view w as with b as (select * from b) select * from b; drop view v; alter table b rename to c"},
		{"a rename of a function", "alter function f rename to g"},
		{"a rename of a label", "drop view v; create type e as enum ('n', 'm'); create view v as select 1 from b where 'n'::e is null; alter type e rename value 'n' to 'o'"},
		{"a rename of a label that a literal may have within", "drop view v; create type e as enum ('n', 'm'); create view v as select 1 from b where '{m,n}'::e[] is null; alter type e rename value 'n' to 'o'"},
	} {
		db := load(t, `create table a (id int, x int); create table b (id int);
			create function f(int) returns int language sql as 'select 1';
			create view v as select a.id, f(x) from a where exists (select from b where x = b.id);`+c.ddl)
		if db.Views[0].Query != "" || len(db.Unknown) != 1 {
			t.Errorf("after %s the view is still %q", c.what, db.Views[0].Query)
		}
	}
}

func TestUnknown(t *testing.T) {
	db := load(t, `create table t (a int);
		create function mine() returns int language sql as 'select 1';
		do $$ begin execute 'drop table t'; end $$;
		call mine();
		select create_hypertable('t', 'a');
		select setval('s', 1), now();
		insert into t select mine();
		update t set a = length('x');
		create rule r as on delete to t do instead nothing;
		create cast (t as int) with function mine();
		alter role app set search_path = x;
		create event trigger e on ddl_command_start execute function mine();`)
	var got []string
	for _, u := range db.Unknown {
		got = append(got, u.What)
	}
	want := []string{"DO block", "CALL", "call of a function in a data statement", "call of a function in a data statement",
		"CREATE RULE", "CREATE CAST", "ALTER ROLE … SET search_path", "CREATE EVENT TRIGGER"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if !db.Tables[0].Rules {
		t.Error("the table's rule is not known")
	}
}

// TestForwardReference loads a schema that is kept in one file per table.
func TestForwardReference(t *testing.T) {
	db, errs := Load([]SchemaFile{
		{Path: "a.sql", Text: "create table child (p int references parent);"},
		{Path: "b.sql", Text: "create table parent (id int primary key);"},
	})
	if len(errs) > 0 || !slices.Equal(db.Tables[0].Foreign[0].RefColumns, []string{"id"}) {
		t.Errorf("got %v, %+v", errs, db.Tables[0].Foreign[0])
	}
}

func TestRolesAndGrants(t *testing.T) {
	db := load(t, `create table t (id int); create role app nologin; create user boss superuser bypassrls;
		grant all on t to app; revoke truncate on t from app;
		grant select on all tables in schema public to app; revoke select on t from app;
		grant boss to app; alter default privileges in schema public grant insert on tables to app;`)
	if r := db.Roles[1]; !r.Superuser || !r.BypassRLS || !r.Login || db.Roles[0].Login {
		t.Errorf("roles %+v %+v", db.Roles[0], r)
	}
	var got []string
	for _, g := range db.Grants {
		got = append(got, g.Kind+" "+g.Privilege+" "+full(g.On)+" "+g.Role)
	}
	want := []string{"table insert public.t app", "table update public.t app", "table delete public.t app",
		"table references public.t app", "table trigger public.t app", "role member .boss app", "default tables insert public. app"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// FuzzLoadSchema looks for panics; apply turns them into errors that say so.
func FuzzLoadSchema(f *testing.F) {
	f.Add("create table t (a int primary key, b int references t); alter table t drop column a cascade; create view v as select * from t")
	f.Add("create table p (a int) partition by list (a); create table q partition of p default; drop table p")
	f.Fuzz(func(t *testing.T, text string) {
		_, errs := Load([]SchemaFile{{Path: "f.sql", Text: text}})
		for _, e := range errs {
			if strings.Contains(e.Message, "internal error") {
				t.Error(e)
			}
		}
	})
}
