package checker

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// fromSetting finds the tenant column of an INSERT that gives it no value in any row and whose
// default reads the setting that every call sets. PostgreSQL takes the default of the named
// relation: a view's, or a domain's where a view is named, before the table's, and that of the
// named table, not of a partition (src/backend/rewrite/rewriteHandler.c, build_column_default).
func (k *checker) fromSetting(w *query.Write) (column int, ok bool) {
	t := w.Target.Table
	o := k.own.Of(t)
	if len(k.own.Levels) != 1 || o.Kind != tenancy.Column || k.own.SetByCalls == "" || strings.HasPrefix(w.Target.Via, "function ") && slices.ContainsFunc(k.st.Calls, resets) {
		return 0, false
	}
	c := t.Columns[o.Column]
	plain := c.HasDefault && !c.Generated && !c.Identity && stores(c) && c.Type.Name == c.Value.Type
	if !plain || c.DefaultSetting != k.own.SetByCalls || t.Unsure != "" || replaced(w, o.Column) || slices.Contains(w.ViewDefaults, o.Column) {
		return 0, false
	}
	for i, given := range w.Columns {
		if given == o.Column && !leftToDefault(w.Source, i) {
			return 0, false
		}
	}
	return o.Column, true
}

// resets reports whether a function runs under settings of its own by which the tenant may be another within it than
// the one that the call set (PostgreSQL manual, CREATE FUNCTION), and a write in a body may be within it: an application's
// setting has a dot in its name, or it is somebody else who acts.
func resets(f *catalog.Function) bool {
	for _, s := range f.Settings {
		if name, _, _ := strings.Cut(s, "="); strings.Contains(name, ".") || name == "role" || name == "session_authorization" || name == "row_security" {
			return true
		}
	}
	return false
}

// leftToDefault reports whether VALUES says DEFAULT for a column in each of its rows.
func leftToDefault(source query.Query, i int) bool {
	v, ok := source.(*query.Values)
	if !ok || len(v.Rows) == 0 {
		return false
	}
	for _, row := range v.Rows {
		if i >= len(row) {
			return false
		}
		if o, ok := row[i].(*query.Op); !ok || !o.Default {
			return false
		}
	}
	return true
}
