package rules

var unsupportedStatement = &Rule{
	Name:     "unsupported-statement",
	Title:    "a statement of this kind is never confined to one tenant",
	Severity: Error,
	Kind:     Query,
	Text: `TRUNCATE, COPY, DDL, DO, SET, LOCK, PREPARE, cursors and EXPLAIN have no place for
a condition on the tenant, and row-level security does not stop TRUNCATE
(PostgreSQL manual, 5.9). So is a write that a rule rewrites or that goes through
a view whose target cannot be told.

Use SELECT, INSERT, UPDATE or DELETE with the tenant, or run it as a migration.`,
	Schema: base,
	Bad:    `TRUNCATE notes CASCADE;`,
	Good:   `DELETE FROM notes WHERE org_id = @org_id;`,
}

var unsupportedSyntax = &Rule{
	Name:     "unsupported-syntax",
	Title:    "a query uses syntax that tenantgen cannot prove anything about",
	Severity: Error,
	Kind:     Query,
	Text: `What the proof does not understand it refuses, also where it would be harmless:
a wrong "scoped" is worse than a query that has to be rewritten. An operator that
the schema defines, for instance, can mean anything (PostgreSQL manual, 38.14).

Write the query without it, or declare it as cross-tenant.`,
	Schema: base + `
CREATE FUNCTION same(uuid, uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR === (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = same);`,
	Bad:  `SELECT title FROM notes WHERE org_id === @org_id;`,
	Good: `SELECT title FROM notes WHERE org_id = @org_id;`,
}

var mangledParameter = &Rule{
	Name:     "mangled-parameter",
	Title:    "sqlc reads a parameter differently from what it says",
	Severity: Error,
	Kind:     Query,
	Text: `sqlc replaces parameters in the text of a query, and some spellings come out as
something else: id=@id is PostgreSQL's operator =@ (PostgreSQL manual, 4.1.3), and
sqlc.slice generates code that fails at run time with pgx. sqlc cuts as many bytes
out of the text as @name or sqlc.arg(name) has, so blanks, comments and quotes in a
parameter leave a part of it behind; and it leaves out every line that begins with
-- or #, or begins with /* and ends with */, also where that is no comment. The
query that runs would not be the one that was proved, so no declaration answers this
rule.

Put a space in front of the @, or write sqlc.arg(name).`,
	Schema: base,
	Bad:    `SELECT title FROM notes WHERE org_id=@org_id;`,
	Good:   `SELECT title FROM notes WHERE org_id = @org_id;`,
}

var syntax = &Rule{
	Name:     "syntax",
	Title:    "PostgreSQL's parser refuses the statement",
	Severity: Error,
	Kind:     Query,
	Text: `Queries are read by the parser of PostgreSQL 16 itself, after sqlc's spellings of
parameters. A statement that does not parse cannot be declared cross-tenant
either.`,
	Schema: base,
	Bad:    `SELECT title FORM notes WHERE org_id = @org_id;`,
	Good:   `SELECT title FROM notes WHERE org_id = @org_id;`,
}

var invalidDirective = &Rule{
	Name:     "invalid-directive",
	Title:    "a tenantgen comment is misspelled or lacks its category or reason",
	Severity: Error,
	Kind:     Query,
	Text: `-- tenantgen:cross-tenant <category> <reason> takes a category (tenant-root,
token-lookup, public, background, admin, billing or migration) and says why the
query must cross tenants, so that whoever audits it can judge that.

-- tenantgen:tenants declares a query that reads rows of a set of tenants, those of
one person for instance: every table is confined to it by
org_id = ANY (@org_ids::uuid[]), the cast written at each place, or by a key. What
it yields is then the same whatever rows any other tenant has. It only reads, and is
called on OfTenants. There are none with levels of tenancy, on Citus or where the
tenant is a claim.`,
	Schema: base,
	Bad: `-- tenantgen:cross-tenant billing
SELECT count(*) FROM notes;`,
	Good: `-- tenantgen:cross-tenant billing the monthly invoice run counts every tenant's notes
SELECT count(*) FROM notes;`,
}

var unneededDirective = &Rule{
	Name:     "unneeded-directive",
	Title:    "a cross-tenant declaration stands on a query that needs none",
	Severity: Error,
	Kind:     Query,
	Text: `The query is proved without it. A declaration that nothing needs would hide the
day on which the query starts to leak.

Remove the declaration.`,
	Schema: base,
	Bad: `-- tenantgen:cross-tenant billing the monthly invoice run
SELECT count(*) FROM notes WHERE org_id = @org_id;`,
	Good: `SELECT count(*) FROM notes WHERE org_id = @org_id;`,
}

var schema = &Rule{
	Name:     "schema",
	Title:    "a schema statement cannot be understood or applied",
	Severity: Error,
	Kind:     Schema,
	Text: `The schema is what every proof rests on, so a statement that does not parse, or
that names what earlier files do not create, stands in the way of all of them.
Files are applied in the order in which sqlc reads them, without their rollback
parts.`,
	Schema: base,
	Bad:    `ALTER TABLE note ADD COLUMN pinned boolean;`,
	Good:   `ALTER TABLE notes ADD COLUMN pinned boolean;`,
}
