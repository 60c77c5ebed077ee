package vet

import "github.com/tenantgen/tenantgen/analyzer/rules"

// Rules are what the analyzers report besides what the proof does of a statement. Their examples are Go.
var Rules = []*rules.Rule{dynamicSQL, unseenSQL, untypedTenant, heldPool, crossingCall, madeID, outsideOfTx, txEscapes, otherContext, unusedPlace}

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
	Text: "A function that runs SQL is handed on as a value, or behind an interface that has it by a name of its own, or a library gets a pool and runs what it likes. Call the function where its text is " +
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

var heldPool = &rules.Rule{
	Name: "held-pool", Title: "a place holds a pool or a transaction that is not declared to", Severity: rules.Error, Kind: rules.Go,
	Text: "On a pool, a connection, a transaction, an interface such as DBTX or sqlc's Queries anybody's rows can be read and written. Few places need " +
		"one: they are declared under options.tenantgen.vet.bypass, each with the reason; everybody else calls the repositories.",
	Bad:  `func New(pool *pgxpool.Pool) *Handler`,
	Good: `func New(repos *repo.Repositories) *Handler`,
}

var crossingCall = &rules.Rule{
	Name: "crossing-call", Title: "a place crosses tenants that is not declared to", Severity: rules.Error, Kind: rules.Go,
	Text: "CrossTenant, OfTenants and Unproved of generated repositories reach rows of other tenants, and WithTx of sqlc's Queries runs them outside of the " +
		"repositories. The places that may call them are declared under options.tenantgen.vet.bypass, each with the reason.",
	Bad:  `repos.CrossTenant("all of them").ListOrganizations(ctx)`,
	Good: `repos.Organizations.GetOrganization(ctx, org)`,
}

var madeID = &rules.Rule{
	Name: "made-tenant-id", Title: "an id of a tenant is made of something that may be anybody's", Severity: rules.Error, Kind: rules.Go,
	Text: "Whoever makes an id of a text of the request chooses whose rows he sees. Ids come from the context (OrgIDFrom), from a row that was read for the " +
		"tenant, and from whoever hands them on. Places that make them of something else, after they have found out that it is right (sign-in, a job's record), " +
		"are declared under options.tenantgen.vet.ids, each with the reason. Decoding into an id, or into a struct that has one, makes one as well.",
	Bad:  `org, err := repo.ParseOrgID(r.PathValue("org"))`,
	Good: `org, err := repo.OrgIDFrom(r.Context())`,
}

var outsideOfTx = &rules.Rule{
	Name: "outside-of-tx", Title: "a call inside of InTx is not part of the transaction", Severity: rules.Error, Kind: rules.Go,
	Text: "The repositories around InTx run on another connection: they do not see what the transaction did, and are not undone with it; the runtime refuses the " +
		"call (tenant.ErrOutsideTx). Call the Tx that the function is given; what is meant to run beside it says so by tenant.OutsideTx.",
	Bad: `repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
	return repos.Notes.DeleteNote(ctx, org, id)
})`,
	Good: `repos.InTx(ctx, org, func(ctx context.Context, tx *repo.Tx) error {
	return tx.Notes.DeleteNote(ctx, org, id)
})`,
}

var txEscapes = &rules.Rule{
	Name: "tx-escapes", Title: "a transaction outlives its function, or goes to another goroutine", Severity: rules.Error, Kind: rules.Go,
	Text: "A Tx is of one connection and ends with the function it was made for; later calls are refused (tenant.ErrClosed), and calls of two goroutines disturb each " +
		"other. Hand it on as an argument; begin another transaction in the goroutine.",
	Bad:  `s.tx = tx`,
	Good: `s.save(ctx, tx)`,
}

var otherContext = &rules.Rule{
	Name: "other-context", Title: "the id that one context names is used with another context", Severity: rules.Error, Kind: rules.Go,
	Text: "A context is for one tenant, and the runtime refuses a call for another one (tenant.ErrTenantMismatch). Use one context, and the id that it names; " +
		"tenant.OutsideTenant makes a context for none.",
	Bad: `org, err := repo.OrgIDFrom(job)
repos.Notes.ListNotes(ctx, org)`,
	Good: `org, err := repo.OrgIDFrom(ctx)
repos.Notes.ListNotes(ctx, org)`,
}

var unusedPlace = &rules.Rule{
	Name: "unused-place", Title: "a declared place needs no declaration any more", Severity: rules.Error, Kind: rules.Go,
	Text: "A place of options.tenantgen.vet that lets nothing pass is left over: what was declared has moved, or was put right. Whatever comes there next " +
		"would pass unnoticed. It is said by tenantgen vet and tenantgen check of all packages, of places from which no build constraint leaves a file out.",
	Bad:  `vet: {bypass: {internal/search: "it builds its queries itself"}} # which it did once`,
	Good: `vet: {}`,
}
