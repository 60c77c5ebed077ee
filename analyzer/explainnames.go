package analyzer

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// name finds what the relations of a statement go by, and their columns.
func (w *wording) name(n query.Node) {
	switch n := n.(type) {
	case *query.Base:
		w.table(n.ID, n.Alias, n.Table)
	case *query.Derived:
		w.outputs(n.ID, n.Alias, n.Out)
	case *query.CTERef:
		w.outputs(n.ID, n.Alias, n.CTE.Out)
	case *query.Write:
		w.write(n)
	case query.Query, query.Rel, query.Expr, *query.CTE:
	default:
		panic(query.Unexpected(n))
	}
	query.Children(n, w.name)
}

// proofs names the rows that a proof speaks of and the statement does not: new ones, those of IN,
// and those of a WITH query in its own proof.
func (w *wording) proofs() {
	for _, p := range w.cert.Pins {
		if w.names[p.Row] == "" {
			w.table(p.Row, "new row of "+p.Base.Table.Name.String(), p.Base.Table)
		}
	}
	for id, sub := range w.cert.Subs {
		w.outputs(id, "rows of IN (…)", query.Outputs(sub.Query))
	}
	for _, d := range w.cert.Demands {
		w.outputs(d.Body, d.CTE.Name, d.CTE.Out)
	}
}

func (w *wording) write(n *query.Write) {
	if n.Target == nil {
		return
	}
	if n.Source != nil {
		w.outputs(n.SourceID, "source", query.Outputs(n.Source))
	}
	if n.Conflict != nil {
		w.table(n.Conflict.Excluded, "excluded", n.Target.Table)
	}
}

func (w *wording) table(id query.RelID, alias string, t *catalog.Table) {
	w.names[id] = alias
	w.columns[id] = func(i int) string {
		if i >= len(t.Columns) {
			return ""
		}
		return t.Columns[i].Name
	}
}

func (w *wording) outputs(id query.RelID, alias string, outs []query.Output) {
	if alias == "" {
		alias = "rows of a subquery"
	}
	w.names[id] = alias
	w.columns[id] = func(i int) string {
		if i >= len(outs) {
			return ""
		}
		return outs[i].Name
	}
}
