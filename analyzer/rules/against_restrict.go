package rules

var againstRestrict = &Rule{
	Name:     "against-restrict",
	Title:    "restrict of a table never lets a query find or leave the rows that it is about",
	Severity: Error,
	Kind:     Query,
	Text: `Every policy of a table has its restrict: a row for which that is not true is not
seen, and a statement that would leave such a row fails. An UPDATE with a WHERE
needs its new row to be visible, too, so that no other policy could let it pass
(PostgreSQL manual, CREATE POLICY). A soft delete of a table with restrict:
deleted_at IS NULL therefore always fails for the application's role, and what asks
for deleted rows, or restores them, never finds any.

Declare such a query as cross-tenant and keep the tenant in its WHERE: it becomes a
method of CrossTenant, on the pool of cross_tenant_role, which has BYPASSRLS. A
query on such a table that is confined to one tenant may be declared so when it
names a column of restrict.

Reported is what is certain whatever the parameters are: by IS NULL, =, <>, IN and
conditions of type boolean, joined by AND, OR and NOT, on null, literals, defaults,
columns that are NOT NULL, and what tells the time. Silent: values of parameters,
CASE, functions of your own, generated columns and what a trigger assigns; children
whose parent is hidden; an upsert that meets a hidden row, which fails.`,
	Schema: `CREATE TABLE drafts (id uuid PRIMARY KEY, org_id uuid NOT NULL, title text NOT NULL, deleted_at timestamptz);`,
	Bad:    `UPDATE drafts SET deleted_at = now() WHERE org_id = @org_id AND id = @id;`,
	Good: `-- name: Example :exec
-- tenantgen:cross-tenant admin a deleted draft is one that its organization does not see any more
UPDATE drafts SET deleted_at = now() WHERE org_id = @org_id AND id = @id;`,
}
