package rules

var missingPrivilege = &Rule{
	Name:     "missing-privilege",
	Title:    "the query's role does not get a right that the query needs",
	Severity: Error,
	Kind:     Query,
	Apart:    true,
	Text: `The migrations grant app_role what its queries do, and cross_tenant_role what its
own do (PostgreSQL manual, 5.7). Some rights they never grant: to a view that reads
tenant tables with the rights of its owner, whom row-level security may not stop; to
a materialized view, which holds rows of every tenant; to a sequence that the query
computes, or that no schema file creates; to a function that REVOKE has taken from
PUBLIC. Without the right PostgreSQL refuses each call with 42501.

Create the view WITH (security_invoker = true), name the sequence, or write the
GRANT into a schema file; the owner's rights of a view you answer for by a line
-- tenantgen:rights <why> above CREATE VIEW. Reported when app_role or
cross_tenant_role is set. Where rights are granted elsewhere, make it a warning.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid PRIMARY KEY, title text);
CREATE VIEW titles AS SELECT org_id, title FROM notes;`,
	Bad:  `SELECT title FROM titles WHERE org_id = @org_id;`,
	Good: `SELECT title FROM notes WHERE org_id = @org_id;`,
}
