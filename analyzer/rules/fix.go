package rules

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// Fix is what puts a finding about the schema right. The rule says what; package
// advice plans how, in migrations that do not stop the application.
type Fix interface{ fix() }

// SetNotNull declares a tenant column NOT NULL.
type SetNotNull struct {
	Table  *catalog.Table
	Column string
}

// ReplaceKey puts a unique key on Columns, which include the tenant, in Key's place.
type ReplaceKey struct {
	Table   *catalog.Table
	Key     *catalog.Key
	Columns []string
}

// ReplaceForeign puts a foreign key that includes the tenant in Key's place.
type ReplaceForeign struct {
	Table, To           *catalog.Table
	Key                 *catalog.ForeignKey
	Columns, RefColumns []string
}

// AddIndex adds an index on Columns, the first of which is the tenant column.
type AddIndex struct {
	Table   *catalog.Table
	Columns []string
}

// InvokeView makes a view read its tables with the rights of whoever reads the view.
type InvokeView struct{ View *catalog.View }

// KeepTenant makes an UPDATE that changes a tenant column fail.
type KeepTenant struct {
	Table  *catalog.Table
	Column string
}

// AddTenantColumn gives a child of a tenant table the tenant column, with what keeps it in
// step. Where Plain is false, the parent row does not say the tenant alone.
type AddTenantColumn struct {
	Table, Parent *catalog.Table
	Column        string
	Key           *catalog.ForeignKey // to the parent, nil when there is none
	Follow        catalog.Follow
	Plain, Levels bool
}

// DropTrigger drops a trigger, and the function that it alone runs.
type DropTrigger struct {
	Table   *catalog.Table
	Trigger *catalog.Trigger
}

func (AddTenantColumn) fix() {}
func (DropTrigger) fix()     {}
func (SetNotNull) fix()      {}
func (ReplaceKey) fix()      {}
func (ReplaceForeign) fix()  {}
func (AddIndex) fix()        {}
func (InvokeView) fix()      {}
func (KeepTenant) fix()      {}

// advised is what the hint of a finding with a Fix ends in.
const advised = "; tenantgen advise writes the migration"

// reportFix reports a finding with what puts it right, which is nil where that
// takes a person.
func (p *Pass) reportFix(at catalog.Pos, table, hint, message string, fix Fix) {
	if fix != nil {
		hint += advised
	}
	p.report(at, table, hint, message)
	p.findings[len(p.findings)-1].Fix = fix
}
