package analyzer

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// misgenerated reports commands for which sqlc generates something else than the query says.
// Names that clash in the generated code depend on more than the query; generate
// refuses those, from the code itself.
func misgenerated(command string, st *query.Statement) []finding.Finding {
	if command == "execlastid" {
		return []finding.Finding{{Rule: "copyfrom-trap", Message: ":execlastid does not exist in PostgreSQL", Hint: "use :one with RETURNING"}}
	}
	if command != "copyfrom" {
		return nil
	}
	var fails []finding.Finding
	for _, p := range st.Params {
		if len(p.Uses) > 1 {
			fails = append(fails, finding.Finding{Rule: "copyfrom-trap", Pos: p.Uses[1],
				Message: ":copyfrom fills only one column from " + st.ParamText(p.Number) + ", which is used more than once",
				Hint:    "give each column a parameter of its own"})
		}
	}
	return fails
}

// uncopied reports a COPY into a table whose rows would be the tenant's by a default.
func uncopied(command string, r *Result, st *query.Statement) []finding.Finding {
	w, ok := st.Root.(*query.Write)
	if command != "copyfrom" || !ok || !slices.Contains(r.Tenants, query.BySetting) {
		return nil
	}
	return []finding.Finding{{Rule: "copyfrom-trap", Base: w.Target, Pos: w.Target.Pos, Message: ":copyfrom does not set the tenant of " + w.Target.Table.Name.String(),
		Hint: "list its tenant column, and give it a parameter"}}
}

// possibleFor changes a hint that the command does not allow: what a SELECT would prove, no COPY can.
func possibleFor(command string, f finding.Finding) finding.Finding {
	if rest, ok := strings.CutPrefix(f.Hint, "insert a SELECT from "); ok && command == "copyfrom" {
		f.Hint = "as :batchexec, insert a SELECT from " + rest
	}
	return f
}
