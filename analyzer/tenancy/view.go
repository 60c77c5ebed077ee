package tenancy

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// DeclaredView is a view or materialized view that the configuration declares as belonging to nobody, or as showing
// the tenant in a column. Proofs read every view through to its tables, so that the word changes nothing: it is held
// to what the tables say.
type DeclaredView struct {
	View   *catalog.View
	Global bool
	Column string // of the tenant
	// Line and Column of the declaration in the configuration file.
	Place struct{ Line, Column int }
}

// declaredView takes the declaration of a view, and reports whether it is one.
func (c *classifier) declaredView(d config.Table) bool {
	plain := d.Global && d.NoTenant == "" || d.TenantColumn != "" && d.Level == ""
	v := c.view(catalog.ParseName(d.Name))
	if v == nil || !plain || len(d.Parents) > 0 || d.ReadAlso != "" || d.Restrict != "" {
		return false
	}
	declared := DeclaredView{View: v, Global: d.Global, Column: d.TenantColumn}
	declared.Place.Line, declared.Place.Column = d.Line, d.Column
	c.m.Views = append(c.m.Views, declared)
	return true
}

// view is the view of that name, nil where there is none or a table comes first.
func (c *classifier) view(n catalog.Name) *catalog.View {
	if c.db.LookupTable(n.Schema, n.Name, c.path()) != nil {
		return nil
	}
	path := c.path()
	if n.Schema != "" {
		path = []string{n.Schema}
	}
	for _, s := range path {
		if v := c.db.View(catalog.Name{Schema: s, Name: n.Name}); v != nil {
			return v
		}
	}
	return nil
}
