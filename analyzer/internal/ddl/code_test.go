package ddl

import (
	"slices"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// calls writes names as schema.name, sorted.
func calls(names []catalog.Name) []string {
	var out []string
	for _, n := range names {
		out = append(out, full(n))
	}
	slices.Sort(out)
	return out
}

func wantCalls(t *testing.T, what string, got []catalog.Name, want ...string) {
	t.Helper()
	if !slices.Equal(calls(got), want) {
		t.Errorf("%s: got %q, want %q", what, calls(got), want)
	}
}

// TestCallsOfTable holds which functions each place of a table runs.
func TestCallsOfTable(t *testing.T) {
	db := load(t, `
		create schema app; set search_path = app;
		create function f1() returns int language sql as 'select 1';
		create function f2(int) returns int language sql immutable as 'select 1';
		create function f3(int) returns bool language sql immutable as 'select true';
		create function f4(int) returns bool language sql immutable as 'select true';
		create function f5(text, text) returns bool language sql immutable as 'select true';
		create function f6(int) returns bool language sql immutable as 'select true';
		create function f7(int) returns bool language sql immutable as 'select true';
		create function f8() returns int language sql immutable as 'select 2';
		create function gone() returns int language sql as 'select 1';
		create function tf() returns trigger language plpgsql as 'begin return new; end';
		create operator ~~~~ (leftarg = text, rightarg = text, function = f5);
		create domain d as int check (app.f4(value)) default f8();
		create domain d6 as int check (f6(value));
		create table t (a int default f1() + gone(), b int generated always as (f2(c)) stored, c int check (f3(c)), e d, g text check (g ~~~~ 'x'), h uuid default ext.uuid_generate_v4(),
			i int check (i::d6[] is null), j d default 3, k int);
		create index on t (lower(g)) where f3(c);
		create trigger tr before update of k, a on t for each row when (f7(new.c)) execute function tf();
		alter table t enable row level security;
		create policy p on t using (exists (select f2(c) between 1 and 2));
		alter function f1 rename to f1b;
		alter domain d6 rename to d7;
		alter table t rename k to kk;
		alter table t alter a set default f1b();`)
	table := db.Tables[0]
	wantCalls(t, "row", table.RowCalls, "app.f4")
	wantCalls(t, "write", table.Calls, ".lower", "app.f2", "app.f3", "app.f4", "app.f5", "app.f6")
	wantCalls(t, "policies", table.PolicyCalls, "app.f2")
	wantCalls(t, "WHEN", table.Triggers[0].Calls, "app.f7")
	if got := table.Triggers[0].Columns; !slices.Equal(got, []string{"kk", "a"}) {
		t.Errorf("UPDATE OF %q", got)
	}
	wantCalls(t, "default", table.Column("a").DefaultCalls, "app.f1b")
	wantCalls(t, "default of an extension", table.Column("h").DefaultCalls, "ext.uuid_generate_v4")
	wantCalls(t, "default of a domain", table.Column("e").DefaultCalls, "app.f8")
	wantCalls(t, "default before that of the domain", table.Column("j").DefaultCalls)
	wantCalls(t, "no default", table.Column("kk").DefaultCalls)
}

// TestCallsBehindSyntax holds what constructs run that name no function.
func TestCallsBehindSyntax(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"a = 1", "public.eq"},
		{"a between 0 and 1", "public.le"},
		{"a not between symmetric 0 and 1", "public.le"},
		{"a in (1, 2)", "public.eq"},
		{"a not in (1, 2)", "public.ne"},
		{"nullif(a, 1) is null", "public.eq"},
		{"a is distinct from 1", "public.eq"},
		{"case a when 1 then true end", "public.eq"},
		{"case when true then true end", ""},
		{"a = any (array[1])", "public.eq"},
		{"a operator(public.=) 1", "public.eq"},
		{"a operator(pg_catalog.=) 1", ""},
		{"b like 'x'", "public.lk"},
		{"t.peek", "public.peek"},
		{"(t).peek", "public.peek"},
		{"peek(t)", "public.peek"},
		{"peek is null", ""},
		{"a::d is null", "public.chk"},
		{"cast(a as public.d) is null", "public.chk"},
		{"'{1}'::_d is null", "public.chk"},
		{"array[a]::d[] is null", "public.chk"},
		{"row(1)::holder is null", "public.chk"},
		{"row(1)::comp is null", "public.chk"},
		{"(xmlserialize(content 'x' as d))::text is null", "public.chk"},
		{"b::conv is null", "public.toconv"},
	} {
		db := load(t, `
			create function eq(int, int) returns bool language sql as 'select true';
			create function ne(int, int) returns bool language sql as 'select true';
			create function le(int, int) returns bool language sql as 'select true';
			create function lk(text, text) returns bool language sql as 'select true';
			create function chk(int) returns bool language sql as 'select true';
			create operator = (leftarg = int, rightarg = int, function = eq);
			create operator <> (leftarg = int, rightarg = int, function = ne);
			create operator <= (leftarg = int, rightarg = int, function = le);
			create operator ~~ (leftarg = text, rightarg = text, function = lk);
			create domain d as int check (chk(value));
			create table holder (x d);
			create type comp as (x d);
			create type conv as (x int);
			create function toconv(text) returns conv language sql as 'select null::conv';
			create cast (text as conv) with function toconv(text);
			create table t (a int, b text, peek bool);
			create function peek(t) returns bool language sql as 'select true';
			create function peek(int) returns bool language sql as 'select true';
			alter table t add check (`+c.expr+`);`)
		var want []string
		if c.want != "" {
			want = []string{c.want}
		}
		wantCalls(t, c.expr, db.Table(catalog.Name{Schema: "public", Name: "t"}).Calls, want...)
	}
}

// TestUnknownExpressionIsACall plants every node of the grammar into an expression: what
// is not known to run nothing counts as a function that nobody knows.
func TestUnknownExpressionIsACall(t *testing.T) {
	fields := (&pg.Node{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	known := 0
	for i := range fields.Len() {
		f := fields.Get(i)
		n := &pg.Node{}
		n.ProtoReflect().Set(f, n.ProtoReflect().NewField(f))
		e := newLoader().expr(n)
		if len(e.calls) == 0 {
			known++
		}
		if name := string(f.Message().Name()); len(e.calls) > 0 == (exprNodes[name] || slices.Contains([]string{"ColumnRef", "A_Indirection", "TypeName"}, name)) {
			t.Errorf("%s: calls %q", name, calls(e.calls))
		}
	}
	if known < 30 {
		t.Errorf("only %d nodes are known", known)
	}
}
