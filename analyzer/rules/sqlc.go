package rules

var sqlcRefuses = &Rule{
	Name:     "sqlc-refuses",
	Title:    "sqlc refuses the statement, or leaves it out",
	Severity: Error,
	Kind:     Query,
	Apart:    true,
	Text: `sqlc finds out what parameters and columns are by names alone, without PostgreSQL,
and refuses statements that PostgreSQL takes. It compares a parameter with columns
of every table in the statement, those of sub-selects included, and with none of a
WITH query, a function or a sub-select. It knows no column from outside of LATERAL,
no WITH query inside of a sub-select, no call of unnest with several arrays. It
sends MERGE as it is, with the names of its parameters; it leaves out a statement
without -- name:, and refuses the last one of a file without a semicolon. The
messages are those of sqlc v1.31.1, and nothing is run.

Put a table's name in front of columns, and a type behind the parameter, as in
@x::text. Names of columns and tables sqlc can also ask a database for: database: in
sqlc.yaml, and generate --sqlc-database.`,
	Schema: base,
	Bad:    `WITH mine AS (SELECT title FROM notes WHERE org_id = @org_id) SELECT title FROM mine WHERE mine.title > @after;`,
	Good:   `WITH mine AS (SELECT title FROM notes WHERE org_id = @org_id) SELECT title FROM mine WHERE mine.title > @after::text;`,
}

var nullIntoValue = &Rule{
	Name:     "null-into-value",
	Title:    "a column that may be NULL gets a Go type that cannot hold it",
	Severity: Error,
	Kind:     Query,
	Apart:    true,
	Text: `sqlc takes columns for NOT NULL that may be NULL: those of a sub-select or of
sqlc.embed on the nullable side of an outer join, of casts, of aggregates over no
rows and of sub-selects without a row (PostgreSQL manual, 7.2.1.1, 9.21, 4.2.11).
Their Go type is string or int64 then, and every call that meets such a row fails to
scan. Where a cast says which type is meant, or a CASE may have a branch for all
there is, it is a warning.

Name the table itself in the join, select its columns one by one in place of
sqlc.embed, leave out a cast, or give it a value with coalesce. Nothing is reported
where it is not certain that NULL can come, or that the Go type cannot hold it.`,
	Schema: base,
	Bad: `SELECT a.id, b.title AS other FROM notes a
LEFT JOIN (SELECT n.org_id, n.id, n.title FROM notes n WHERE n.org_id = @org_id) b ON b.org_id = a.org_id AND b.id > a.id
WHERE a.org_id = @org_id;`,
	Good: `SELECT a.id, b.title AS other FROM notes a
LEFT JOIN notes b ON b.org_id = a.org_id AND b.id > a.id
WHERE a.org_id = @org_id;`,
}
