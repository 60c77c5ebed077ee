package lower

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/plpgsql"
)

// Reads reports whether the body of a function is read, so that nobody has to vouch for it; that
// of a trigger for every table that it is a trigger of.
func (w *Lowerer) Reads(fn *catalog.Function) bool {
	l := &lowerer{Lowerer: w, db: w.DB, path: searchPath(w.DB.SearchPath), running: searchPath(w.DB.SearchPath)}
	if !plpgsql.IsTrigger(fn) {
		return l.read(fn, nil, -1).unread == nil
	}
	fires := false
	for _, t := range w.DB.Tables {
		for _, tr := range t.Triggers {
			if tr.Function != fn.Name {
				continue
			}
			if fires = true; l.readTrigger(tr, fn, t, -1).unread != nil {
				return false
			}
		}
	}
	return fires
}
