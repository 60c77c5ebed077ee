package attack

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// example is the example's schema with its migrations.
var example = &ground{
	name:       "example",
	migrations: func(*testing.T) string { return "../../example/db/migrations" },
	project:    func(*testing.T) string { return exampleProject },
	query:      "SELECT id FROM plans",
	seed:       seed, empty: empty, tools: tools,
	theirs: rowsOf,
}

// seed gives both organizations the same, in number and in shape but for $MANY. Acme's texts are numbers.
const seed = `
insert into organizations (id, slug, name) values ('$A', 'acme', 'Acme'), ('$B', '$S', '$S');
insert into users (id, email, name) values ('a0000000-0000-0000-0000-00000000000a', 'alice@acme.example', 'Alice'),
	('b0000000-0000-0000-0000-00000000000b', 'bob@$S.example', '$S');
insert into memberships (org_id, user_id) values ('$A', 'a0000000-0000-0000-0000-00000000000a'), ('$B', 'b0000000-0000-0000-0000-00000000000b');
insert into organization_domains values ('$A', 'acme.example', '2030-01-01'), ('$B', '$S.example', '2030-01-01');
insert into departments (org_id, id, name) values ('$A', '$A', '17'), ('$B', '$SOME', '$S');
insert into projects (org_id, id, name) values ('$A', '$A', '17'), ('$B', '$SOME', '$S');
insert into notes (org_id, id, author_id, title, body) values
	('$A', '$MINE', 'a0000000-0000-0000-0000-00000000000a', '17', '1'),
	('$A', 'a0000000-0000-0000-0000-0000000000a2', 'a0000000-0000-0000-0000-00000000000a', '18', '2'),
	('$B', '$THEIRS', 'b0000000-0000-0000-0000-00000000000b', '$S', '$S'), ('$B', '$SOME', 'b0000000-0000-0000-0000-00000000000b', '$S', '$S');
insert into notes (org_id, id, author_id, title) select '$B', md5('$S' || n)::uuid, 'b0000000-0000-0000-0000-00000000000b', '$S' from generate_series(1, $MANY) n;
insert into note_comments (id, note_id, author_id, body) values ('$A', '$MINE', 'a0000000-0000-0000-0000-00000000000a', '17'),
	('$B', '$THEIRS', 'b0000000-0000-0000-0000-00000000000b', '$S');
insert into tags (org_id, id, name) values ('$A', '$A', '17'), ('$B', '$SOME', '$S');
insert into note_tags values ('$A', '$MINE', '$A'), ('$B', '$THEIRS', '$SOME');
insert into api_tokens (org_id, id, user_id, name, token_hash, expires_at) values
	('$A', '$A', 'a0000000-0000-0000-0000-00000000000a', '17', '17', '2030-01-01'), ('$B', '$B', 'b0000000-0000-0000-0000-00000000000b', '$S', '$S', '2030-01-01');
insert into invitations (org_id, email, invited_by, token_hash, expires_at) values
	('$A', '17', 'a0000000-0000-0000-0000-00000000000a', '17', '2030-01-01'), ('$B', '$S', 'b0000000-0000-0000-0000-00000000000b', '$S', '2030-01-01');
insert into usage_counters values ('$A', 'notes', '2030-01-01', 2), ('$B', 'notes', '2030-01-01', $MANY);
do $$ declare c record; begin
	for c in select table_name, column_name from information_schema.columns where table_schema = 'public' and column_default = 'now()' loop
		execute format('update %I set %I = ''2030-01-01''', c.table_name, c.column_name);
	end loop;
end $$;`

// empty is what is done before the seed is sown again.
const empty = "truncate notes, organizations, users, memberships, organization_domains, departments, projects, note_comments, tags, note_tags, api_tokens, invitations, usage_counters cascade;"

// tools has what an attack's own tables are protected with: the policies that were generated for the table tags.
const tools = `
create schema lab;
grant usage on schema lab to attack_owner;
create function lab.protect(tab text) returns void language plpgsql as $$ declare p record; begin
	for p in select * from pg_policies where schemaname = 'public' and tablename = 'tags' loop
		execute format('create policy %I on %s as %s using (%s) with check (%s)', p.policyname, tab, p.permissive, p.qual, p.with_check);
	end loop;
	execute format('alter table %s enable row level security, force row level security', tab);
	execute format('grant select, insert, update, delete on %s to app_tenant', tab);
end $$;`

// rowsOf returns all that Globex has, in every table that says whose its rows are, and in note_comments.
func rowsOf(t *testing.T, super *pgx.Conn) string {
	t.Helper()
	var tables []string
	if err := super.QueryRow(t.Context(), `select array_agg(format('%s where %I = %L', a.attrelid::regclass, a.attname, $1::text) order by a.attrelid::regclass::text)
		from pg_attribute a join pg_class c on c.oid = a.attrelid
		where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
		  and (a.attname = 'org_id' or a.attrelid = 'organizations'::regclass and a.attname = 'id')`, words["$B"]).Scan(&tables); err != nil {
		t.Fatal(err)
	}
	tables = append(tables, "note_comments where note_id in (select id from notes where org_id = '"+words["$B"]+"')")
	var all strings.Builder
	for _, table := range tables {
		name, _, _ := strings.Cut(table, " ")
		var rows string
		if err := super.QueryRow(t.Context(), "select coalesce(string_agg("+name+"::text, E'\n' order by "+name+"::text), '') from "+table).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s:\n%s\n", name, rows)
	}
	return all.String()
}

// exampleProject is the example with an attack's schema and statements added.
const exampleProject = `version: "2"
sql:
  - engine: postgresql
    schema: [migrations, schema.sql]
    queries: queries.sql
    gen: {go: {package: sqlcgen, out: repo/internal/sqlcgen, sql_package: pgx/v5}}
options:
  tenantgen:
    tenant_column: org_id
    out: repo
    tables:
      organizations: {tenant_column: id}
      users: {global: true}
      plans: {global: true}
      note_comments: {parent: notes, on: {note_id: id}}
`
