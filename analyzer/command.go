package analyzer

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// misgenerated reports commands for which sqlc generates something else than the query says.
// Names that clash in the generated code are in gonames.go, as far as they depend on the query
// alone; generate refuses the others, from the code itself.
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
	w, ok := st.Root.(*query.Write)
	if ok && len(st.Params) == 1 && len(w.Columns) == 1 && st.Params[0].Name != "" {
		if column := w.Target.Table.Columns[w.Columns[0]].Name; st.Params[0].Name != column {
			fails = append(fails, finding.Finding{Rule: "copyfrom-trap", Pos: w.Target.Pos,
				Message: "sqlc would copy to a column called " + st.Params[0].Name + ", as the only parameter of a :copyfrom is", Hint: "name the parameter as the column, sqlc.arg(" + column + ")"})
		}
	}
	return fails
}

// forEach reports whether a command takes many elements.
func forEach(command string) bool {
	return strings.HasPrefix(command, "batch") || command == "copyfrom"
}

// sameForEach reports a command for many elements that takes nothing but the tenant, which is one for
// all of them.
func sameForEach(u *sqltext.Unit, r *Result) []finding.Finding {
	others := slices.ContainsFunc(r.Params, func(p Param) bool { return !slices.Contains(r.Tenants, p.Number) })
	if !forEach(u.Command) || r.Verdict != Scoped || len(r.Params) == 0 || others {
		return nil
	}
	return []finding.Finding{{Rule: "copyfrom-trap", Pos: u.Span, Message: ":" + u.Command + " would do the same thing for each element: the query takes nothing but the tenant",
		Hint: "use another command, such as :exec"}}
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
