package analyzer

import "github.com/tenantgen/tenantgen/analyzer/query"

// traps reports commands for which sqlc generates something else than the query says.
// Names that clash in the generated code depend on more than the query; generate
// refuses those, from the code itself.
func traps(command string, st *query.Statement) []failure {
	if command == "execlastid" {
		return []failure{{rule: "copyfrom-trap", msg: ":execlastid does not exist in PostgreSQL", hint: "use :one with RETURNING"}}
	}
	if command != "copyfrom" {
		return nil
	}
	var fails []failure
	for _, p := range st.Params {
		if len(p.Uses) > 1 {
			fails = append(fails, failure{rule: "copyfrom-trap", pos: p.Uses[1],
				msg:  ":copyfrom fills only one column from " + paramText(st, p.Number) + ", which is used more than once",
				hint: "give each column a parameter of its own"})
		}
	}
	return fails
}
