package rules

var copyfromTrap = &Rule{
	Name:     "copyfrom-trap",
	Title:    "sqlc generates something else for this command than it says",
	Severity: Error,
	Kind:     Query,
	Text: `For :copyfrom, sqlc makes a row type with one field for each parameter and copies
these fields into the columns. A parameter that stands for two columns is one
field, so one of the columns silently gets none. One that is the only one names the
column. A tenant column that is left to its default is refused for :copyfrom, too,
and so are batches that take nothing but the tenant, which is one for all elements.
:execlastid is for databases that have a last insert id; PostgreSQL has RETURNING.`,
	Schema: base,
	Bad: `-- name: CopyNotes :copyfrom
INSERT INTO notes (id, org_id, author_id, title) VALUES (@id, @org_id, @id, @title);`,
	Good: `-- name: CopyNotes :copyfrom
INSERT INTO notes (id, org_id, author_id, title) VALUES (@id, @org_id, @author_id, @title);`,
}
