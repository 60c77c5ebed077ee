package query

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// Fired is a trigger that a statement fires by a change that it makes, or that a foreign
// key's action makes for it.
type Fired struct {
	Table   *catalog.Table
	Trigger *catalog.Trigger
	// Function is what it runs, nil when no schema file declares it.
	Function *catalog.Function
	Kind     WriteKind // of the change: Insert, Update or Delete
	Carried  bool      // by a foreign key's action
	// Read tells that the function's body was read. Otherwise somebody vouches for it.
	Read bool
	// Assigns are the columns of the new row that the body assigns, in some case, and Rows
	// what it returns: "new", "old" or "null".
	Assigns []Assigned
	Rows    []string
	Pos     Span
}

// Assigned is an assignment to a column of the new row, and where it stands.
type Assigned struct {
	Column string
	At     catalog.Pos
}

// Before reports whether what the trigger leaves of the row is what is written.
func (f *Fired) Before() bool { return f.Trigger.Timing == "before" && f.Trigger.Row }
