package rules

var undeclaredTable = &Rule{
	Name:     "undeclared-table",
	Title:    "a table has no tenant column and nobody said whom its rows belong to",
	Severity: Error,
	Kind:     Query,
	Text: `A table without the tenant column may be shared by all tenants on purpose, may
belong to a tenant through another table, or may have been forgotten. tenantgen
does not guess.

Declare it under options.tenantgen.tables: {global: true}, {parent: notes, on:
{note_id: id}} or {tenant_column: id}.`,
	Schema: `CREATE TABLE plans (id text PRIMARY KEY, seats int NOT NULL); -- declared as {global: true}
CREATE TABLE audit_log (id bigint PRIMARY KEY, message text NOT NULL);`,
	Bad:  `SELECT message FROM audit_log ORDER BY id;`,
	Good: `SELECT id, seats FROM plans ORDER BY id;`,
}

var unknownTable = &Rule{
	Name:     "unknown-table",
	Title:    "a query names a table that no schema file creates",
	Severity: Error,
	Kind:     Query,
	Text: `tenantgen knows what the schema files of sqlc.yaml create. Of any other relation
it cannot tell whose rows it holds.

Check the spelling, the schema name and the search_path, or add the migration
that creates it to sqlc.yaml (PostgreSQL manual, 5.10.3).`,
	Schema: base,
	Bad:    `SELECT title FROM note WHERE org_id = @org_id;`,
	Good:   `SELECT title FROM notes WHERE org_id = @org_id;`,
}

var unknownColumn = &Rule{
	Name:     "unknown-column",
	Title:    "a query names a column that cannot be resolved",
	Severity: Error,
	Kind:     Query,
	Text: `Names are resolved as PostgreSQL does it. A column that does not exist in the
schema files, or that several tables in scope have, could mean anything.

Qualify it with the alias of its table, or add the migration that creates it to
sqlc.yaml (PostgreSQL manual, 4.2.1).`,
	Schema: base,
	Bad:    `SELECT title FROM notes WHERE organization_id = @org_id;`,
	Good:   `SELECT title FROM notes WHERE org_id = @org_id;`,
}

var systemCatalog = &Rule{
	Name:     "system-catalog",
	Title:    "a query reads a system catalog",
	Severity: Error,
	Kind:     Query,
	Text: `The catalogs and statistics views describe the data of every tenant: row counts,
most common values, running queries (PostgreSQL manual, 53 and 54.27).

Ask the tables themselves, or declare the query as cross-tenant.`,
	Schema: base,
	Bad:    `SELECT reltuples FROM pg_class WHERE relname = 'notes';`,
	Good:   `SELECT count(*) FROM notes WHERE org_id = @org_id;`,
}

var undeclaredFunction = &Rule{
	Name:     "undeclared-function",
	Title:    "a query calls a function, or fires a trigger, that may touch any tenant's rows",
	Severity: Error,
	Kind:     Query,
	Text: `The body of a function of your own can read and write anything, and so can a
trigger on the table that a query writes to (PostgreSQL manual, 38 and 39). One
query in SQL, and PL/pgSQL that only computes, are read and need nobody's word: a
trigger that sets updated_at, a guard, a default that makes an id. The message names
the statement of the body that stands in the way.

Take that statement out of the body, write the SQL out in the query, or declare
functions that touch no tenant's rows: options.tenantgen.functions:
{slugify: {safe: "computes from its argument only"}}.`,
	Schema: base + `
CREATE FUNCTION all_notes() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM notes); END';
CREATE FUNCTION slugify(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower($1); END';`,
	Bad:  `SELECT title, all_notes() FROM notes WHERE org_id = @org_id;`,
	Good: `SELECT title, slugify(title) FROM notes WHERE org_id = @org_id;`,
}

var dangerousFunction = &Rule{
	Name:     "dangerous-function",
	Title:    "a query calls a built-in function that runs SQL or reaches other data",
	Severity: Error,
	Kind:     Query,
	Text: `Some built-in functions run a query given as text, read files, open connections,
change settings such as the tenant of row-level security, or show what other
sessions do (PostgreSQL manual, 9.15.3, 9.27 and appendix F). No condition around
the call confines it.

Write the SQL out in the query.`,
	Schema: base,
	Bad:    `SELECT query_to_xml('SELECT * FROM notes', true, false, '');`,
	Good:   `SELECT json_agg(n.title) FROM notes n WHERE n.org_id = @org_id;`,
}

var effectInCondition = &Rule{
	Name:     "effect-in-condition",
	Title:    "a condition calls a function that changes what tenants share",
	Severity: Error,
	Kind:     Query,
	Text: `PostgreSQL evaluates the parts of a condition in any order (PostgreSQL manual,
4.2.14), so a call in it may run for rows of other tenants before they are
dropped. A function that advances a sequence or takes a lock then does so once
for each of them.

Move the call to the select list, or into a subquery that is confined first.`,
	Schema: base + `
CREATE SEQUENCE tickets;`,
	Bad:  `SELECT title FROM notes WHERE org_id = @org_id AND nextval('tickets') > 0;`,
	Good: `SELECT title, nextval('tickets') FROM notes WHERE org_id = @org_id;`,
}
