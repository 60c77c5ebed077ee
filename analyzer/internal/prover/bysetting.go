package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// defaulting is what holds besides of the row that INSERT proposes at id where its tenant
// column gets a default which is the tenant's setting. The statement runs in a transaction
// with that setting, and nothing that is not refused changes it: the default is the tenant.
func (p *prover) defaulting(w *query.Write, id query.RelID, proposed env) env {
	owner, t := p.own.Of(w.Target.Table), w.Target.Table
	if p.own.SetByCalls == "" || owner.Kind != tenancy.Column || !getsDefault(w, owner.Column) {
		return proposed
	}
	c := t.Columns[owner.Column]
	// A view's default, or that of a domain, would go before that of the column.
	if c.DefaultSetting != p.own.SetByCalls || slices.Contains(w.ViewDefaults, owner.Column) || c.Value.Type != c.Type.Name || tenancy.Family(c) == "" || c.Value.Modified {
		return proposed
	}
	f := &fact{a: columnTerm(id, owner.Column), b: paramTerm(query.BySetting), kind: certificate.ByDefault, node: w, pos: w.Target.Pos,
		text: certificate.SaysDefault(c.Name, c.DefaultSetting)}
	row := &witness{rel: id, table: t, cols: map[int]term{}, written: true}
	for _, v := range proposed.witnesses {
		if v.rel == id {
			for i, known := range v.cols {
				row.cols[i] = known
			}
		}
	}
	row.cols[owner.Column] = f.a
	out := env{facts: append(slices.Clip(proposed.facts), f), real: proposed.real, ors: proposed.ors}
	out.witnesses = append(slices.DeleteFunc(slices.Clone(proposed.witnesses), func(v *witness) bool { return v.rel == id }), row)
	return out
}

// getsDefault reports whether every row that INSERT proposes has the default of a column: it
// leaves the column out, or says DEFAULT in all rows of VALUES.
func getsDefault(w *query.Write, column int) bool {
	i := slices.Index(w.Columns, column)
	values, ok := w.Source.(*query.Values)
	if i < 0 || !ok {
		return i < 0
	}
	return len(values.Rows) > 0 && !slices.ContainsFunc(values.Rows, func(row []query.Expr) bool {
		o, ok := row[min(i, len(row)-1)].(*query.Op)
		return !ok || i >= len(row) || !o.Default
	})
}
