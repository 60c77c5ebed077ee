package rules

var readDifferently = &Rule{
	Name:     "read-differently",
	Title:    "PostgreSQL reads the query or the schema otherwise than the proof did",
	Severity: Error,
	Kind:     Configuration,
	Text: `tenantgen lint --confirm, and prove first of all, have PostgreSQL itself apply the
schema files and analyse every accepted query on a throw-away server, and compare
its catalog and its trees with what the proof rests on: relations, columns, types,
keys, conditions, the level of each subquery and aggregate, parameters, functions.
Where they differ, PostgreSQL is right and the proof is of another statement. The
finding says both readings. Syntax that only the server knows is named as such.

It is a fault of tenantgen: please report it. Until then write the query or the
DDL otherwise, or declare the query.`,
	Bad:  "a query whose n.org_id PostgreSQL finds in another table than the proof did",
	Good: "a query that both read alike, as all that are known",
}
