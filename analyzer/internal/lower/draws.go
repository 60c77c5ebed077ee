package lower

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// draw notes the sequence that a call of nextval takes a number from: who runs the statement
// needs a right to it, in views and functions, too.
func (l *lowerer) draw(full []string, f *pg.FuncCall) {
	if !parsetree.IsNextval(full) {
		return
	}
	d := query.Draw{Pos: l.token(f.GetLocation())}
	if l.via != nil {
		d.Pos = l.via.at
	}
	if name := parsetree.DrawnName(f.GetArgs()); name.Name != "" {
		d.Name = l.sequence(name)
	}
	if !slices.Contains(l.draws, d) {
		l.draws = append(l.draws, d)
	}
}

// sequence resolves the name of a sequence, to none when no schema file creates it.
func (l *lowerer) sequence(n catalog.Name) catalog.Name {
	path := l.path
	if n.Schema != "" {
		path = []string{n.Schema}
	}
	for _, s := range path {
		if full := (catalog.Name{Schema: s, Name: n.Name}); slices.Contains(l.db.Sequences, full) {
			return full
		}
	}
	return catalog.Name{}
}

// calls notes a function that the statement calls.
func (l *lowerer) calls(f *catalog.Function) {
	if !slices.Contains(l.called, f) {
		l.called = append(l.called, f)
	}
}
