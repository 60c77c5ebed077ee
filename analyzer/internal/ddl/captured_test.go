package ddl

import (
	"slices"
	"strings"
	"testing"
)

// TestCapturedNames holds which texts are given up when something comes between their names and what those meant.
func TestCapturedNames(t *testing.T) {
	const before = `create type c as (a int); create table k (id int, x c); create table other (id int);
		create view u as select id from k;
		create function n(c) returns int language sql as 'select 1';
		create function q(u) returns int language sql as 'select 1';
		create function rows() returns setof k language sql as 'select * from k';
		create function p(k) returns int language sql as 'select 1';
		`
	for _, c := range []struct{ stored, later, want string }{
		{"create view v as select (x).a from k", "alter type c rename attribute a to b", "v"},
		{"create view v as select (x).n from k", "alter type c add attribute n int", "v"},
		{"create view v as select (x).n from k", "alter type c rename attribute a to n", "v"},
		{"create view w as select id, later.* from k, later(1); create view v as select w.id from w", "create or replace view w as select id, later.* from k, later(2)", "v"},
		{"create view v as select (x).n from k", "alter type c add attribute m int", ""},
		{"create view v as select u.q from u", "create or replace view u as select id, 1 as q from k", "v"},
		{"create view v as select u.id from u", "create or replace view u as select id, 1 as q from k", ""},
		{"create view v as select u.q from u", "create or replace view u as select id, 1 as r from k", ""},
		{"create view v as select (select q from other limit 1) from u, (select 1 as q) s", "create or replace view u as select id, 1 as q from k", "v"},
		{"create view v as select k.p from k", "alter table k add p int", "v"},
		{"create view v as select k.p from k", "alter table other add p int", ""},
		{"create view v as select r.p from rows() r", "alter table k add p int", "v"},
		{"create view v as select rows.p from rows()", "alter table k add p int", "v"},
		{"create view v as select k.p from k", "alter table k rename id to p", "v"},
		{"create view v as select k.id from k", "alter table k add p int", ""},
		{"create function f() returns int language sql begin atomic select (x).n from k; end", "alter type c add attribute n int", "f"},
		{"create function f() returns int language sql begin atomic select (x).a from k; end", "alter type c rename attribute a to b", "f"},
		{"create function f() returns int language sql begin atomic select (x).n from k; end", "alter type c add attribute m int", ""},
		{"create function f() returns int language sql begin atomic select k.p from k; end", "alter table k add p int", "f"},
		{"create function f() returns int language sql begin atomic select r.p from rows() r; end", "alter table k add p int", "f"},
		{"create function f() returns int language sql begin atomic select u.q from u; end", "create or replace view u as select id, 1 as q from k", "f"},
		{"create function f() returns bigint language sql begin atomic select count(*) from k natural join other; end", "alter table other add x int", "f"},
		{"create function f() returns bigint language sql begin atomic select count(*) from k, other; end", "alter table other add x int", ""},
		{"create function f() returns setof record language sql begin atomic select * from k, other; end", "alter table other add z int", "f"},
		{"create function f() returns int language sql begin atomic select k.id from k; end", "alter table k add p int; alter table other add id2 int", ""},
	} {
		db := load(t, before+c.stored+";"+c.later)
		var lost []string
		for _, v := range db.Views {
			if v.Query == "" {
				lost = append(lost, v.Name.Name)
			}
		}
		for _, f := range db.Functions {
			if f.Body == "" {
				lost = append(lost, f.Name.Name)
			}
		}
		if slices.Sort(lost); strings.Join(lost, " ") != c.want {
			t.Errorf("%s; %s: lost %q, want %q", c.stored, c.later, lost, c.want)
		}
	}
}

// TestTypesOfViews holds that a view's types are those that were found when it was created.
func TestTypesOfViews(t *testing.T) {
	for ddl, want := range map[string]string{
		"create domain d as int; create view v as select 1::d, 2::text, 3::int":                                                                   `SELECT 1::public.d, 2::text, 3::int`,
		"create schema s; create domain d as int; set search_path = s, public; create view v as select 1::d; create domain s.d as int":            `SELECT 1::public.d`,
		"create schema s; set search_path = s, pg_catalog, public; create view v as select 'a'::text; create domain s.text as varchar; reset all": `SELECT 'a'::pg_catalog.text`,
	} {
		if db := load(t, ddl); db.Views[0].Query != want {
			t.Errorf("%s: the view is %q, want %q", ddl, db.Views[0].Query, want)
		}
	}
}
