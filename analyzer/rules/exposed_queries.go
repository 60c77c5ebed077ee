package rules

var exposedQueries = &Rule{
	Name:     "exposed-queries",
	Title:    "application code can import sqlc's package and call its queries past the repositories",
	Severity: Warning,
	Kind:     Configuration,
	Text: `The functions that sqlc generates take any tenant id and set none for row-level
security. Go lets nobody import what stands below a folder called internal but the
code around that folder (Go command, Internal Directories): with out below an
internal folder of the repositories, these are the only way to the queries.`,
	Bad:  "gen: {go: {out: internal/db}}",
	Good: "gen: {go: {out: internal/repo/internal/db}}",
}
