package vet

import "github.com/tenantgen/tenantgen/analyzer/rules"

// Rules are what the analyzers report besides what the proof does of a statement. Their examples are Go.
var Rules = []*rules.Rule{dynamicSQL, unseenSQL, untypedTenant}

// Lookup returns the named rule, or nil.
func Lookup(name string) *rules.Rule {
	for _, r := range Rules {
		if r.Name == name {
			return r
		}
	}
	return nil
}

var dynamicSQL = &rules.Rule{
	Name: "dynamic-sql", Title: "SQL in Go code is no constant", Severity: rules.Error, Kind: rules.Go,
	Text: "What is put together at run time says something that nobody has proved, and may say what a user typed. Write the statements out as " +
		"constants, one for each, with parameters for what varies: an optional filter is `($2::text IS NULL OR title = $2)`. What has to be built " +
		"(a search with any columns) stands in a package of its own, declared under options.tenantgen.vet.sql with the reason.",
	Bad: `pool.Query(ctx, fmt.Sprintf("SELECT title FROM notes WHERE org_id = $1 ORDER BY %s", by), org)`,
	Good: `const byTitle = "SELECT title FROM notes WHERE org_id = $1 ORDER BY title"
pool.Query(ctx, byTitle, org)`,
}

var unseenSQL = &rules.Rule{
	Name: "unseen-sql", Title: "SQL goes where nobody sees it", Severity: rules.Error, Kind: rules.Go,
	Text: "A function that runs SQL is handed on as a value, or a library gets a pool and runs what it likes. Call the function where its text is " +
		"written; declare what a library does (migrations, a queue of jobs) under options.tenantgen.vet.sql with the reason.",
	Bad:  `run := pool.Exec`,
	Good: `pool.Exec(ctx, "UPDATE notes SET title = $2 WHERE org_id = $1", org, title)`,
}

var untypedTenant = &rules.Rule{
	Name: "untyped-tenant", Title: "the tenant's parameter gets something that is no tenant's id", Severity: rules.Error, Kind: rules.Go,
	Text: "The statement is confined to the tenant of its parameter, and what that gets may be anybody's: a text of the request, say. Hand it " +
		"an id of the type that generated code or options.tenantgen.vet.id_types has for tenants, or what a method or conversion makes of one.",
	Bad:  `pool.Exec(ctx, "DELETE FROM notes WHERE org_id = $1", r.FormValue("org"))`,
	Good: `pool.Exec(ctx, "DELETE FROM notes WHERE org_id = $1", org)`,
}
