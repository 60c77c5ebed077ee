package analyzer

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/lower"
	"github.com/tenantgen/tenantgen/analyzer/internal/restrict"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// restrictions reads the restrict conditions of the tables. One that cannot be used is
// reported by Classify.
func restrictions(db *catalog.Database, own *tenancy.Map) restrict.Conditions {
	all := restrict.Conditions{}
	w := &lower.Lowerer{DB: db}
	for _, t := range db.Tables {
		text := own.Of(t).Restrict
		if text == "" {
			continue
		}
		if p, err := w.Predicate(t, text); err == nil {
			all[t] = &restrict.Condition{Text: text, Expr: p.Condition, Row: p.Row}
		}
	}
	return all
}

// restricted reports what row-level security never lets a statement do, whoever's rows it
// is about.
func (a *Analyzer) restricted(st *query.Statement) []finding.Finding {
	var fails []finding.Finding
	for _, c := range a.restricts.Conflicts(st) {
		table := c.Base.Table
		f := finding.Finding{Rule: "against-restrict", Base: c.Base, Pos: c.Pos,
			Message: "no row of " + table.Name.String() + " that is asked for here is ever found: its restrict, " + c.Condition.Text + ", hides them all",
			Hint:    "declare it with -- tenantgen:cross-tenant admin <reason>, and keep the tenant in its WHERE: it runs as the cross-tenant role, which policies do not bind"}
		if !f.Pos.Known() { // a value of MERGE's INSERT
			f.Pos = c.Base.Pos
		}
		if c.Written {
			f.Message = "row-level security always refuses the new row: restrict of " + table.Name.String() + ", " + c.Condition.Text + ", is not true of it"
		}
		if c.Column >= 0 {
			f.Message += " with that " + table.Columns[c.Column].Name
		}
		fails = append(fails, f)
	}
	return fails
}
