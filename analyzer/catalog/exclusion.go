package catalog

// Exclusion is an EXCLUDE constraint: of no two rows are all its comparisons true, and
// ON CONFLICT DO NOTHING yields to it as to a unique key (PostgreSQL manual, CREATE
// TABLE, EXCLUDE, and INSERT, ON CONFLICT).
type Exclusion struct {
	Name     string
	Elements []ExclusionElement
	Pos      Pos
}

// ExclusionElement compares one column or expression of two rows.
type ExclusionElement struct {
	Column   string // "" for an expression
	Operator string // "=" for pg_catalog's; another schema's is qualified
	Special  bool   // has a collation or an operator class of its own
}
