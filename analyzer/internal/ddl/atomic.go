package ddl

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/treejson"
)

// bodyMeanings says what the names in a body mean now: its relations with those of their columns that it may mention, its
// types and functions.
func (l *loader) bodyMeanings(f *catalog.Function) string {
	tree, err := treejson.Parse(f.Body)
	if err != nil {
		return ""
	}
	saved, others := l.path, l.session.others
	l.path, l.session.others = f.SearchPath, nil
	defer func() { l.path, l.session.others = saved, others }()
	var b strings.Builder
	names := mentioned(tree)
	parsetree.Walk(tree, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.RangeVar:
			if rel := l.find(parsetree.RangeName(m)); rel != nil {
				fmt.Fprintln(&b, rel.name.Schema, rel.name.Name, names.of(rel))
			}
		case *pg.TypeName:
			fmt.Fprintln(&b, l.typeNamed(parsetree.Qualified(m.GetNames())).Name)
		case *pg.FuncCall:
			for _, g := range pgtype.Resolve(l.db.Functions, parsetree.Qualified(m.GetFuncname()), l.path, pgtype.AnyCount).Declared {
				fmt.Fprintln(&b, g.Name.Schema, pgtype.Signature(g))
			}
		}
	})
	return b.String()
}

// shadowedBodies gives up the bodies with resolved names in which a name would now be
// resolved otherwise: something of the name came before what it means.
func (l *loader) shadowedBodies() {
	for _, f := range l.atomic {
		if f.Body != "" && l.bodyMeanings(f) != l.meanings[f] {
			f.Body = ""
		}
	}
}

// mentions are the names in a text that may be columns.
type mentions struct {
	all   bool            // by * or NATURAL
	names map[string]bool // with a table and without
}

func mentioned(tree *pg.ParseResult) *mentions {
	out := &mentions{names: map[string]bool{}}
	parsetree.Walk(tree, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.A_Star:
			out.all = true
		case *pg.JoinExpr:
			out.all = out.all || m.GetIsNatural()
		case *pg.ColumnRef:
			for _, name := range parsetree.Strings(m.GetFields()) {
				out.names[name] = true
			}
		}
	})
	return out
}

// of are those of a relation's columns that the text may mention.
func (m *mentions) of(r *relation) []string {
	var columns []*column
	switch {
	case r.table != nil:
		columns = r.table.cols
	case r.view != nil:
		columns = r.view.columns()
	}
	var out []string
	for _, c := range columns {
		if m.all || m.names[c.Name] {
			out = append(out, c.Name)
		}
	}
	return out
}
