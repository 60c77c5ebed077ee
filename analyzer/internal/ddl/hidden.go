package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// hidden notes the tables of a statement whose rows forced policies hide from the owner
// who runs it (PostgreSQL manual, 5.8): it finds none, and its INSERT fails. Whoever
// sets a setting of the application's before has a tenant, and means its rows.
func (l *loader) hidden(m parsetree.Message) {
	verb, ctes, seen := hiddenFrom(m), map[string]bool{}, []catalog.Name{}
	parsetree.Walk(m, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.CommonTableExpr:
			ctes[m.GetCtename()] = true
		case *pg.FuncCall:
			set := parsetree.LastString(m.GetFuncname()) == "set_config" && len(m.GetArgs()) > 0
			l.tenantSet = l.tenantSet || set && strings.Contains(m.GetArgs()[0].GetAConst().GetSval().GetSval(), ".")
		}
	})
	if l.tenantSet {
		return
	}
	parsetree.Walk(m, func(m parsetree.Message) {
		rv, ok := m.(*pg.RangeVar)
		if !ok || rv.GetSchemaname() == "" && ctes[rv.GetRelname()] {
			return
		}
		rel := l.find(catalog.Name{Schema: rv.GetSchemaname(), Name: rv.GetRelname()})
		if rel == nil || rel.table == nil || !l.hides(rel.table) || slices.Contains(seen, rel.table.Name) {
			return
		}
		seen = append(seen, rel.table.Name)
		l.db.Hidden = append(l.db.Hidden, &catalog.Hidden{Table: rel.table.Name, Statement: verb, Pos: l.at(rv.GetLocation())})
	})
}

// hiddenFrom is how a statement on data starts.
func hiddenFrom(m parsetree.Message) string {
	switch m.(type) {
	case *pg.InsertStmt:
		return "INSERT"
	case *pg.UpdateStmt:
		return "UPDATE"
	case *pg.DeleteStmt:
		return "DELETE"
	case *pg.MergeStmt:
		return "MERGE"
	}
	return "SELECT"
}
