package ddl

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// bodyMeanings says what the names in a body mean now.
func (l *loader) bodyMeanings(f *catalog.Function) string {
	tree, err := pg.Parse(f.Body)
	if err != nil {
		return ""
	}
	saved := l.path
	l.path = f.SearchPath
	defer func() { l.path = saved }()
	var b strings.Builder
	parsetree.Walk(tree, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.RangeVar:
			if rel := l.find(parsetree.RangeName(m)); rel != nil {
				fmt.Fprintln(&b, rel.name.Schema, rel.name.Name)
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
