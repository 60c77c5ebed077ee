package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// decides tells how an assignment to a column can give rows of t another owner: "" when
// it cannot, "=" when the column itself says whose they are, or the name of a generated
// column that does and is computed from it, in t or in a table that inherits from it
// (PostgreSQL manual, 5.3).
func (p *prover) decides(t *catalog.Table, owner tenancy.Owner, column int) string {
	if owner.DecidedBy(column) {
		return "="
	}
	name := t.Columns[column].Name
	for _, heir := range p.heirs(t) {
		for _, c := range owner.Deciding() {
			g := heir.Column(t.Columns[c].Name)
			if g != nil && g.Generated && slices.Contains(g.Reads, name) {
				return g.Name
			}
		}
	}
	return ""
}

// anew is a generated column that says whose rows of t are and that any change of one may compute anew, "" without one.
func (p *prover) anew(t *catalog.Table, owner tenancy.Owner) string {
	for _, heir := range p.heirs(t) {
		for _, c := range owner.Deciding() {
			if g := heir.Column(t.Columns[c].Name); g != nil && g.Anew {
				return g.Name
			}
		}
	}
	return ""
}

// heirs lists t and all that inherits from it.
func (p *prover) heirs(t *catalog.Table) []*catalog.Table {
	all := []*catalog.Table{t}
	for i := 0; i < len(all); i++ {
		for _, n := range all[i].Children {
			if heir := p.db.Table(n); heir != nil && !slices.Contains(all, heir) {
				all = append(all, heir)
			}
		}
	}
	return all
}

// copied lists the generated columns of t that have the value of another column, by
// that column: wherever an INSERT into t puts its row.
func (p *prover) copied(t *catalog.Table) map[int][]int {
	out := map[int][]int{}
	for i, c := range t.Columns {
		everywhere := !slices.ContainsFunc(p.parts(t), func(part *catalog.Table) bool {
			g := part.Column(c.Name)
			return g == nil || !g.Generated || g.Copies == "" || g.Copies != c.Copies
		})
		if from := t.ColumnIndex(c.Copies); everywhere && from >= 0 {
			out[from] = append(out[from], i)
		}
	}
	return out
}
