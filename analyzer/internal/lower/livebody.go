package lower

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// liveBody is a call of a VOLATILE function. Its body sees what the calling statement has
// written so far (PostgreSQL manual, 38.7), before the foreign keys of those rows are
// checked, and that check never comes for a row that is deleted by then: neither keys nor
// premises say anything of such rows.
type liveBody struct {
	body  *body
	reads []*catalog.Table
	at    query.Span
}

// wrote is a table that a statement writes to: that of a function's body, or of the query.
type wrote struct {
	table *catalog.Table
	in    *body // nil for the query itself
}

// volatile reports whether a function is, as it is without another word.
func volatile(fn *catalog.Function) bool { return fn.Volatility == "" || fn.Volatility == "volatile" }

// refuseLive refuses volatile bodies that read or write what a statement writes which has
// not ended when they run. Of a call that has returned, all is checked.
func (l *lowerer) refuseLive() {
	for _, b := range l.live {
		i := slices.IndexFunc(l.wrote, func(w wrote) bool {
			return w.in.calls(b.body) && slices.ContainsFunc(b.reads, func(t *catalog.Table) bool { return l.shareRows(t, w.table) })
		})
		if i < 0 {
			continue
		}
		name := b.body.fn.Name.String()
		l.refuseAt(b.at, "unsupported-statement", "function "+name+" is VOLATILE and sees what this statement has written to "+l.wrote[i].table.Name.String()+" before PostgreSQL checks its foreign keys",
			"declare "+name+" STABLE if it only reads, or call it in a statement of its own")
	}
}

// calls reports whether inner runs while the statement of b does.
func (b *body) calls(inner *body) bool {
	for up := inner.parent; up != nil; up = up.parent {
		if up == b {
			return true
		}
	}
	return b == nil
}

// shareRows reports whether rows of one table may be rows of the other: they have a table
// in common that both are, inherit from, or are partitions of.
func (l *lowerer) shareRows(a, b *catalog.Table) bool {
	up := l.ancestors(a, nil)
	return slices.ContainsFunc(l.ancestors(b, nil), func(t *catalog.Table) bool { return slices.Contains(up, t) })
}

func (l *lowerer) ancestors(t *catalog.Table, known []*catalog.Table) []*catalog.Table {
	if t == nil || slices.Contains(known, t) {
		return known
	}
	known = append(known, t)
	for _, n := range t.Parents {
		known = l.ancestors(l.db.Table(n), known)
	}
	return known
}
