package certificate

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// What the Text of a step says that is no condition of the query.
const (
	SaysEveryArm = "every arm of OR"
	SaysFed      = "the filter of every aggregate"
	SaysArbiter  = "ON CONFLICT target"
	SaysAssigned = "SET"
)

// SaysEither is the text of a step by an OR that says of one or the other of two columns, which a FULL JOIN makes one, what it is.
func SaysEither(a, b string) string { return a + " or " + b + ", whichever is there" }

// SaysDemanded is the text of a step by what all references to a WITH query ask of a column.
func SaysDemanded(c *query.CTE, column string) string {
	return "every reference to " + c.Name + " asks for its " + column
}

// SaysSameRow is the text of a step between two rows of t that agree in a key.
func SaysSameRow(t *catalog.Table, k *catalog.Key) string {
	return "same row of " + t.Name.String() + " by key " + k.Name
}

// SaysParentRow is the text of a step from a child row to its parent row.
func SaysParentRow(child, parent *catalog.Table) string {
	return "row of " + child.Name.String() + " belongs to its " + parent.Name.String()
}

// SaysForeignKey is the text of a step by a foreign key of t that includes the tenant.
func SaysForeignKey(t *catalog.Table, fk *catalog.ForeignKey) string {
	return "foreign key " + fk.Name + " of " + t.Name.String() + " includes the tenant"
}

// SaysMayRead is the text of a step by what read_also says of the rows that go by a name.
func SaysMayRead(alias, condition string) string { return alias + " by read_also: " + condition }

// SaysAmong is the text of a step by = ANY, behind what is compared.
func SaysAmong(array string) string { return " = ANY (" + array + ")" }

// SaysDefault is the text of a step by the default of a column that is the tenant's setting.
func SaysDefault(column, setting string) string {
	return column + " = its default, which is the tenant's setting " + setting
}
