package rules

var unusableName = &Rule{
	Name:     "unusable-name",
	Title:    "sqlc's code would not compile, or do something else, because of a name",
	Severity: Error,
	Kind:     Query,
	Apart:    true,
	Text: `sqlc makes a constant of a query's name, with a small first letter, and parameters
of its method of the statement's, up to query_parameter_limit. What already means
something there is hidden by them: a query called Context or String, a parameter
called rows. Such code does not compile; where a parameter is called as the
constant, what the caller gives is sent as the statement. A query whose name begins
with a small letter has no method that a repository could call.

Tables, columns and enumerations whose Go names are one (the tables note and notes),
or no names, do not compile either. A file of queries gives its repository its name;
Go leaves notes_linux.sql.go out of some builds.

Give the query another name, or the parameter, with sqlc.arg(name); what the schema
names, with "rename" in sqlc.yaml. The names are those of sqlc v1.31.1; generate
looks at the code itself, and refuses what depends on more, as a table get_params
beside a query Get.`,
	Schema: base,
	Bad:    "-- name: Error :many\nSELECT title FROM notes WHERE org_id = @org_id;",
	Good:   "-- name: Errors :many\nSELECT title FROM notes WHERE org_id = @org_id;",
}
