package rules

var errorOfOtherRows = &Rule{
	Name:     "error-of-other-rows",
	Title:    "an expression may fail for a row of another tenant",
	Severity: Off,
	Kind:     Query,
	Text: `PostgreSQL evaluates the parts of a condition in any order (PostgreSQL manual,
4.2.14), and what a subquery outputs before a condition outside of it. A cast, a
division or a function that fails for some value then fails for a row of another
tenant, before it is dropped: the query of this tenant fails, and tells that there
is such a row. What scoped means leaves errors out: row-level security closes
them, since its conditions come first, but for functions that are leakproof
(PostgreSQL manual, 41.5). Switch this rule on where queries run without it.

Read the tenant's rows in a WITH query that is MATERIALIZED, or in a subquery with
OFFSET 0, and evaluate the expression outside of it. CASE is no cure-all:
constants and aggregates in it are computed early (PostgreSQL manual, 4.2.14). A
subquery that yields one value, and fails when it has two rows, is not reported.`,
	Schema: base,
	Bad:    `SELECT title FROM notes WHERE org_id = @org_id AND title::numeric > 5;`,
	Good:   `WITH mine AS MATERIALIZED (SELECT title FROM notes WHERE org_id = @org_id) SELECT title FROM mine WHERE title::numeric > 5;`,
}
