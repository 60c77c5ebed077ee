package catalog

// Test is a condition on one column of a row.
type Test struct {
	Column string
	Kind   TestKind
	Value  string // of HasValue, as PostgreSQL prints it; true or false of a column of type boolean
}

// TestKind tells what a Test asks of its column.
type TestKind int

// The kinds of a Test.
const (
	IsNull TestKind = iota
	IsNotNull
	HasValue
)
