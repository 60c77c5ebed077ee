package rules

// base is the schema that most examples stand on. Their settings declare orgs as
// {tenant_column: id}, comments as the child of notes, plans as global and the
// function slugify as safe.
const base = `CREATE TABLE notes (
    id uuid PRIMARY KEY, org_id uuid NOT NULL, author_id uuid NOT NULL, title text NOT NULL,
    UNIQUE (org_id, title)
);
CREATE TABLE comments (id uuid PRIMARY KEY, note_id uuid NOT NULL REFERENCES notes, body text NOT NULL);`

var unscopedTable = &Rule{
	Name:     "unscoped-table",
	Title:    "a query reads a tenant table without being confined to one tenant",
	Severity: Error,
	Kind:     Query,
	Text: `Every occurrence of a tenant table needs, in its own place in the query, a
condition that cannot be skipped and that makes its tenant column equal the
tenant parameter. A condition does not count under OR, under NOT, in the select
list, in the ON of the preserved side of an outer join, behind a LIMIT or an
aggregate, or on another occurrence of the table that is not equated with this
one. A subquery is a level of its own (PostgreSQL manual, 7.2).

Add the condition of the hint. Where the query has to cross tenants, declare it:
-- tenantgen:cross-tenant <category> <reason>.`,
	Schema: base,
	Bad:    `SELECT title FROM notes WHERE author_id = @author_id;`,
	Good:   `SELECT title FROM notes WHERE author_id = @author_id AND org_id = @org_id;`,
}

var unscopedWrite = &Rule{
	Name:     "unscoped-write",
	Title:    "UPDATE or DELETE can change rows of other tenants",
	Severity: Error,
	Kind:     Query,
	Text: `The target of UPDATE and DELETE is pinned like any other table: an id says which
row is meant, not whose it is, and a caller can send anybody's (PostgreSQL
manual, UPDATE and DELETE).

Compare the tenant column of the target in WHERE.`,
	Schema: base,
	Bad:    `UPDATE notes SET title = @title WHERE id = @id;`,
	Good:   `UPDATE notes SET title = @title WHERE id = @id AND org_id = @org_id;`,
}

var unscopedInsert = &Rule{
	Name:     "unscoped-insert",
	Title:    "INSERT does not put the tenant into every row",
	Severity: Error,
	Kind:     Query,
	Text: `Every row of VALUES and every row of an INSERT … SELECT must carry the tenant
parameter, or a column that is pinned to it, in the tenant column. A child table
without a tenant column must take its parent's key from a parent row that is
pinned: a foreign key accepts the id of any tenant's row (PostgreSQL manual,
INSERT and 5.4.5).`,
	Schema: base,
	Bad:    `INSERT INTO comments (id, note_id, body) VALUES (@id, @note_id, @body);`,
	Good: `INSERT INTO comments (id, note_id, body)
SELECT @id, n.id, @body FROM notes n WHERE n.id = @note_id AND n.org_id = @org_id;`,
}

var unscopedConflict = &Rule{
	Name:     "unscoped-conflict",
	Title:    "ON CONFLICT can meet another tenant's row",
	Severity: Error,
	Kind:     Query,
	Text: `The row that a proposed row conflicts with equals it in the conflict target only.
Unless that includes the tenant column, DO UPDATE reaches another tenant's row, and
DO NOTHING tells whether there is one: so does DO UPDATE with a WHERE that leaves
such a row alone, for the proposed row is dropped then without an error. Without a
target, DO NOTHING yields to every unique index, those of single partitions too,
and to every exclusion constraint (PostgreSQL manual, INSERT, ON CONFLICT).

Name a key, or an exclusion constraint, that has the tenant column WITH =.`,
	Schema: base,
	Bad: `INSERT INTO notes (id, org_id, author_id, title) VALUES (@id, @org_id, @author_id, @title)
ON CONFLICT (id) DO UPDATE SET title = excluded.title;`,
	Good: `INSERT INTO notes (id, org_id, author_id, title) VALUES (@id, @org_id, @author_id, @title)
ON CONFLICT (org_id, title) DO UPDATE SET author_id = excluded.author_id;`,
}

var tenantChange = &Rule{
	Name:     "tenant-change",
	Title:    "SET can move a row to another tenant",
	Severity: Error,
	Kind:     Query,
	Text: `An assignment to the tenant column, or to the column by which a child row belongs
to its parent, gives the row to another tenant unless the new value is the tenant
of the query (PostgreSQL manual, UPDATE).

Leave the column out of SET. To move a row, delete and insert it.`,
	Schema: base,
	Bad:    `UPDATE notes SET org_id = gen_random_uuid(), title = @title WHERE org_id = @org_id AND id = @id;`,
	Good:   `UPDATE notes SET title = @title WHERE org_id = @org_id AND id = @id;`,
}

var mixedTenants = &Rule{
	Name:     "mixed-tenants",
	Title:    "a query uses more than one tenant parameter",
	Severity: Error,
	Kind:     Query,
	Text: `A method of a repository runs for one tenant. When two occurrences are pinned by
different parameters, a caller who passes two ids joins the data of two tenants.

Compare every tenant column with the same parameter, or with each other.`,
	Schema: base,
	Bad:    `SELECT a.title FROM notes a JOIN notes b ON b.title = a.title WHERE a.org_id = @org_id AND b.org_id = @other_org;`,
	Good:   `SELECT a.title FROM notes a JOIN notes b ON b.title = a.title AND b.org_id = a.org_id WHERE a.org_id = @org_id;`,
}

var nullableTenant = &Rule{
	Name:     "nullable-tenant",
	Title:    "the tenant parameter can be left out",
	Severity: Error,
	Kind:     Query,
	Text: `sqlc.narg makes a parameter nullable, so a call without a tenant compiles. It
would find nothing, since NULL equals nothing, but it is a call that nobody
should be able to write (PostgreSQL manual, 9.2).

Use sqlc.arg(org_id) or @org_id.`,
	Schema: base,
	Bad:    `SELECT title FROM notes WHERE org_id = sqlc.narg(org_id);`,
	Good:   `SELECT title FROM notes WHERE org_id = sqlc.arg(org_id);`,
}
