package pgsql

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// bodyMeanings says what the names in a body mean now.
func (l *ddlLoader) bodyMeanings(f *catalog.Function) string {
	tree, err := pg.Parse(f.Body)
	if err != nil {
		return ""
	}
	saved := l.path
	l.path = f.SearchPath
	defer func() { l.path = saved }()
	var b strings.Builder
	ddlWalk(tree, func(m ddlMessage) {
		switch m := m.(type) {
		case *pg.RangeVar:
			if rel := l.find(ddlRangeName(m)); rel != nil {
				fmt.Fprintln(&b, rel.name.Schema, rel.name.Name)
			}
		case *pg.TypeName:
			fmt.Fprintln(&b, l.typeNamed(ddlQualified(m.GetNames())).Name)
		case *pg.FuncCall:
			for _, g := range resolve(l.db.Functions, ddlQualified(m.GetFuncname()), l.path, anyCount).declared {
				fmt.Fprintln(&b, g.Name.Schema, signature(g))
			}
		}
	})
	return b.String()
}

// shadowedBodies gives up the bodies with resolved names in which a name would now be
// resolved otherwise: something of the name came before what it means.
func (l *ddlLoader) shadowedBodies() {
	for _, f := range l.atomic {
		if f.Body != "" && l.bodyMeanings(f) != l.meanings[f] {
			f.Body = ""
		}
	}
}
