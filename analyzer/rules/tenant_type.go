package rules

var tenantType = &Rule{
	Name:     "tenant-type",
	Title:    "no id type can be made of what sqlc takes for the type of the tenant parameter",
	Severity: Error,
	Kind:     Query,
	Apart:    true,
	Text: `The repositories have one type for the tenant, OrgID, and make the parameter of each
query of it without loss. sqlc takes the parameter's type from the column that it is
compared with or written to, or from a cast: that has to be uuid, bigint, integer,
smallint or text, and one of them in all queries; text may stand beside another one,
since the database checks it. An integer that is cut short is another tenant's id.
Of a domain sqlc knows no type, and writes interface{}.

Give the tenant column one type in all tables. Where integers differ, cast the
parameter of the narrower column, as in @org_id::bigint; a domain wants a Go type:
overrides: [{db_type: org, go_type: …}] in sqlc.yaml. A Go type of yours that an
override names is looked at by generate.`,
	Schema: `CREATE DOMAIN org AS uuid;
CREATE TABLE notes (org_id org NOT NULL, id uuid PRIMARY KEY, title text);`,
	Bad:  "-- name: Titles :many\nSELECT title FROM notes WHERE org_id = @org_id;",
	Good: "-- name: Titles :many\nSELECT title FROM notes WHERE org_id = @org_id::uuid;",
}
