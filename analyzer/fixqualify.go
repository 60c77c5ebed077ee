package analyzer

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// qualify writes the name of its table in front of a column that sqlc takes for one of several,
// though PostgreSQL does not: to sqlc all tables of a statement are in reach of it
// (rule sqlc-refuses). It is not ok when that is not what stands against a query.
func (a *Analyzer) qualify(text string, r *Result) (string, bool) {
	i := slices.IndexFunc(r.Diagnostics, func(d Diagnostic) bool { return d.Severity == Error })
	if r.Verdict != Scoped || i < 0 || r.Diagnostics[i].Rule != "sqlc-refuses" || !strings.HasSuffix(r.Diagnostics[i].Message, "is ambiguous") {
		return "", false
	}
	_, st, _ := a.failures(text)
	if st == nil {
		return "", false
	}
	src, names, mended := newSource("", text), tableNames(st.Root), ""
	eachNode(st.Root, func(n query.Node) {
		c, ok := n.(*query.Col)
		if !ok || !c.Pos.Known() || names[c.Rel] == "" || strings.Contains(text[c.Pos.Start:c.Pos.End], ".") {
			return
		}
		if line, column := src.lineColumn(c.Pos.Start); line == r.Diagnostics[i].Line && column == r.Diagnostics[i].Column {
			mended = text[:c.Pos.Start] + catalog.QuoteIdent(names[c.Rel]) + "." + text[c.Pos.Start:]
		}
	})
	return mended, mended != ""
}

// tableNames are the names that the tables of a statement go by in its text. Those of subqueries are no
// help: sqlc knows none of their columns.
func tableNames(root query.Query) map[query.RelID]string {
	names := map[query.RelID]string{}
	eachNode(root, func(n query.Node) {
		if b, ok := n.(*query.Base); ok && b.Via == "" && !b.Renamed {
			names[b.ID] = b.Alias
		}
	})
	return names
}

// eachNode calls f with a node and everything below it.
func eachNode(n query.Node, f func(query.Node)) {
	f(n)
	query.Children(n, func(c query.Node) { eachNode(c, f) })
}
