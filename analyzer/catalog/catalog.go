// Package catalog holds the nouns of a database schema: what the DDL of an
// application declares, before anything decides which of it belongs to a
// tenant. It is plain data with lookups; package ddl fills it from SQL.
package catalog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Name is a schema-qualified SQL name as PostgreSQL stores it: folded to lower
// case unless it was quoted.
type Name struct {
	Schema string
	Name   string
}

// Compare orders names by schema, then by name.
func (n Name) Compare(other Name) int {
	return cmp.Or(strings.Compare(n.Schema, other.Schema), strings.Compare(n.Name, other.Name))
}

// String returns the name as people write it: without the schema when that is public.
func (n Name) String() string {
	if n.Schema == "" || n.Schema == "public" {
		return n.Name
	}
	return n.Schema + "." + n.Name
}

// Pos is a place in a schema file.
type Pos struct {
	File   string // as given to the loader
	Offset int    // bytes from the start of the file
	Line   int    // 1-based; 0 when unknown
	Column int    // 1-based, in bytes
}

// String writes a place as file:line.
func (p Pos) String() string { return p.File + ":" + strconv.Itoa(p.Line) }

// Database is everything that the DDL declares, in order of declaration.
type Database struct {
	Schemas    []string // without pg_catalog and information_schema
	SearchPath []string // after the last statement; public when never set
	// SessionPaths are the search paths that a session of the application may have: SearchPath,
	// which no later session needs to know of, the default, and those that ALTER ROLE and ALTER
	// DATABASE set, "$user" written out for roles that have a schema.
	SessionPaths [][]string
	Tables       []*Table
	Views        []*View
	Sequences    []Name
	Types        []*Type
	Functions    []*Function
	Operators    []*Operator
	Support      []*Support
	Extensions   []string
	Roles        []*Role
	Grants       []*Grant
	Owners       []*Owner
	Settings     []*Setting
	Undone       []*Undone
	Excuses      []*Excuse
	// UnknownRights are statements that start code which may change rights.
	UnknownRights []*Unknown
	// Unknown lists DDL that was understood to be irrelevant to no proof but
	// cannot be modelled (DO blocks, rules, event triggers): each makes what it
	// may have touched less certain, so the schema rules report it.
	Unknown []*Unknown
	// Hidden lists the statements on data that run while policies hide the rows they name.
	Hidden []*Hidden
	// Unfollowed names DDL that is not followed and may have changed anything: what a name
	// stands for and what reading a table gives. "" when there is none.
	Unfollowed string

	tables  map[Name]*Table // by Index
	indexed int             // how many tables there were then
}

// Hidden is a statement on the rows of a table whose policies hold for its owner, too.
type Hidden struct {
	Table     Name
	Statement string // "UPDATE", "SELECT", …
	Pos       Pos
}

// Unknown is a DDL statement whose effect the catalog does not model.
type Unknown struct {
	What string // "DO block", "CREATE RULE", …
	On   Name   // the relation it names, when it names one
	Pos  Pos
	// Reason is why somebody vouches for it; Tables are those that are Unsure for it.
	Reason string
	Tables []Name
	// Rights names what of its text may change rights, "" when nothing does.
	Rights string
	// Text is the statement.
	Text string
}

// Table is an ordinary, partitioned or foreign table, or one partition.
type Table struct {
	Name    Name
	Pos     Pos
	Columns []*Column // in attribute order, dropped columns removed
	Keys    []*Key    // primary key, unique constraints and unique indexes
	// Exclusions are the EXCLUDE constraints.
	Exclusions []*Exclusion
	// OneOf has, for each CHECK that lets at most one of some columns be anything but
	// NULL, those columns: num_nonnulls(a, b) = 1.
	OneOf    [][]string
	Foreign  []*ForeignKey
	Indexes  []*Index // every index, those of keys included
	Parents  []Name   // INHERITS, or the partitioned table it is a partition of
	Children []Name   // tables that inherit from it, partitions included
	// PartitionBy is "", "list", "range" or "hash"; PartitionKey holds its columns ("" for an expression).
	PartitionBy  string
	PartitionKey []string
	IsPartition  bool
	Temporary    bool
	External     bool // a foreign table: another server holds its rows
	Triggers     []*Trigger
	Policies     []*Policy
	RLS          bool // ENABLE ROW LEVEL SECURITY
	ForceRLS     bool // FORCE ROW LEVEL SECURITY
	// Calls names the functions that writing a row runs besides triggers and defaults: in
	// generated columns, checks, index expressions, the partition key and the columns' types.
	Calls []Name
	// PlanCalls names the functions that planning a statement on the table may run, a mere
	// SELECT included: in expressions and predicates of indexes, in statistics and in the
	// partition key, and where they have a call without columns, in checks.
	PlanCalls []Name
	// RowCalls names those that making a value of the table's row type runs, and
	// PolicyCalls those of its policies, which run for whoever is subject to them.
	RowCalls, PolicyCalls []Name
	// DistributedBy is the column given to Citus's create_distributed_table; Reference tells of create_reference_table.
	DistributedBy string
	Reference     bool
	// Unsure names DDL that is not followed and may have dropped keys, constraints, indexes,
	// triggers or NOT NULL of the table, or added some; "" when they are as said here.
	Unsure string
	// Rules is true when a CREATE RULE rewrites statements on the table.
	Rules bool
	// Replaced is true when one of them is ON SELECT, so that the table is a view.
	Replaced bool
}

// Column is one column of a table.
type Column struct {
	Name    string
	Type    TypeRef
	NotNull bool // NOT NULL, a primary key member, or an identity column
	// MaybeNull is true where some versions of PostgreSQL keep a NOT NULL, or make one, and others do
	// not: NotNull is false then.
	MaybeNull  bool `json:"-"`
	HasDefault bool
	Default    string // its text, as it was when it was set; "" for serial types
	// DefaultSetting is the setting whose value the default is, under nothing but a cast to the
	// column's type, "" when it is anything else.
	DefaultSetting string `json:"-"` // a baseline's fingerprint has it in Default
	Generated      bool   // GENERATED ALWAYS AS (expression)
	// Reads lists the columns that a generated column is computed from, and Copies names
	// the one whose value it has unchanged, "" when it computes something.
	Reads  []string
	Copies string
	// Anew is true for a generated column that any change of a row may compute anew, by functions
	// which need not give the value that they gave before: by a row trigger or in another partition.
	Anew     bool `json:",omitempty"`
	Identity bool // GENERATED … AS IDENTITY
	// Draws are the sequences that the default, or that of the type, takes numbers from, for
	// which an INSERT needs a right. An identity column takes them without one.
	Draws []Name
	// DefaultCalls names the functions that the default runs, that of the type included.
	DefaultCalls []Name
	// TypeDefaultCalls names those that the default of the type runs, which goes before that
	// of the column where a view is written to.
	TypeDefaultCalls []Name
	Value            Value // of Type
	Pos              Pos
}

// TypeRef is the use of a type, canonical: int8 for bigint, varchar for
// character varying, bpchar for char(n), timestamptz, …; serial types as their integer type.
type TypeRef struct {
	Name     Name // Schema is pg_catalog for built-in types
	Array    bool // one or more dimensions
	Modified bool // a type modifier is given: varchar(10), numeric(8,2)
	// Nondeterministic is true when COLLATE names a collation under which values that
	// differ may be equal, or one of which nothing is known.
	Nondeterministic bool
}

// Text is the type as people write it: int4[], public types and PostgreSQL's own without a schema.
func (t TypeRef) Text() string {
	text := t.Name.String()
	if t.Name.Schema == "pg_catalog" {
		text = t.Name.Name
	}
	if t.Array {
		text += "[]"
	}
	return text
}

// Value tells what the values of a column are, below all domains of its type.
type Value struct {
	Type  Name   // pg_catalog for built-in types
	Kind  string // "" for those, else that of the Type: "enum", "composite", …; "undeclared" without one
	Array bool
	// Modified and Nondeterministic are true when the column's type or a domain below it is.
	Modified, Nondeterministic bool
}

// Row reports whether a value may be a row, of a composite type or of a table's: one that has some nulls is neither NULL
// nor NOT NULL (PostgreSQL manual, 9.2).
func (v Value) Row() bool {
	return !v.Array && (v.Kind == "composite" || v.Kind == "undeclared" || v.Type == Name{"pg_catalog", "record"})
}

// Key is a uniqueness guarantee.
type Key struct {
	Name       string // constraint or index name
	Columns    []string
	Primary    bool
	Constraint bool // false for a bare CREATE UNIQUE INDEX
	Partial    bool // has a WHERE clause, so it covers a part of the table only
	// Where is what the WHERE clause of a partial one says, nil when that is not known.
	Where      []Test
	Expression bool // has an expression element; Columns then lists the plain columns only
	Deferrable bool // may be violated inside a transaction
	// NullsNotDistinct is true for NULLS NOT DISTINCT.
	NullsNotDistinct bool
	// Coarse is true when an element has a nondeterministic collation of its own: values
	// are one for the key that differ for the column.
	Coarse bool
	// Class is true when an element has an operator class of its own whose equality is not
	// known to be the type's.
	Class   bool
	Special bool // has INCLUDE, an operator class, a collation or an order of its own, or is INITIALLY DEFERRED
	Pos     Pos
}

// ForeignKey is a REFERENCES constraint.
type ForeignKey struct {
	Name       string
	Columns    []string
	RefTable   Name
	RefColumns []string // filled in from the referenced primary key when omitted
	OnDelete   string   // "", "cascade", "set null", "set default", "restrict"
	OnUpdate   string
	// SetColumns are those that ON DELETE SET NULL (…) or SET DEFAULT (…) names; nil for all.
	SetColumns []string
	// Inherited marks the copy that a partition has of its partitioned table's key.
	Inherited bool
	NotValid  bool // added NOT VALID and not validated since, or SwitchedOff
	// SwitchedOff is true when the triggers that enforce it were off at some time: rows may
	// violate it, and VALIDATE CONSTRAINT does not look at a key that counts as valid.
	SwitchedOff bool
	// Unkept says why rows may violate it though its triggers were on, "" when nothing is known to let them.
	Unkept string `json:",omitempty"`
	// Unseen is true when existing rows were checked under FORCE ROW LEVEL SECURITY: the
	// check is a query of the table's owner, who then sees no row that violates the key.
	Unseen     bool
	Deferrable bool // may be violated inside a transaction
	// Class is true when it may compare by the equality of an operator class that is not
	// known to be the types': the key that it refers to has one (see Key).
	Class   bool
	Special bool // MATCH FULL, INITIALLY DEFERRED, or sets some of its columns only
	Pos     Pos
}

// Index is any index.
type Index struct {
	Name    string
	Columns []string // "" for an expression element
	Unique  bool
	Partial bool
	Method  string // btree when not given
	Pos     Pos
}

// Acts reports whether deleting a referenced row, or changing the named columns of it,
// changes the rows that refer to it (PostgreSQL manual, 5.4.5).
func (f *ForeignKey) Acts(deleted bool, changed []string) bool {
	action := f.OnDelete
	if !deleted {
		action = f.OnUpdate
		if !slices.ContainsFunc(f.RefColumns, func(c string) bool { return slices.Contains(changed, c) }) {
			return false
		}
	}
	return action != "" && action != "restrict"
}

// Trigger is a user trigger.
type Trigger struct {
	Name     string
	Function Name
	Timing   string // "before", "after", "instead of"
	Events   []string
	Columns  []string // of UPDATE OF
	Calls    []Name   // the functions that WHEN runs
	Row      bool     // FOR EACH ROW
	When     string   // the condition's text, as it was when the trigger was created
	Args     []string // of the function
	Pos      Pos
}

// Policy is a row-level-security policy; Using and Check are the expressions' source text.
type Policy struct {
	Name        string
	Restrictive bool
	Command     string // "all", "select", "insert", "update", "delete"
	Roles       []string
	Using       string
	Check       string
	Pos         Pos
}

// View is a view or materialized view. Its query is lowered anew at each use.
type View struct {
	Name    Name
	Columns []string // the column list after the name, may be shorter than the query's
	// Query is the SELECT's text, its names as good as qualified and * written out, so that it still means what it meant
	// when the view was created; "" when later DDL made that impossible.
	Query           string
	SearchPath      []string // in force when the view was created, for resolving its names
	Materialized    bool
	SecurityInvoker bool
	Indexes         []*Index
	Triggers        []*Trigger // INSTEAD OF
	Rules           bool       // a CREATE RULE rewrites statements on the view
	Defaults        []Default  // of its columns, which inserts through it use first
	RowCalls        []Name     // the functions that making a value of its row type runs
	PlanCalls       []Name     // those that planning a statement on a materialized view may run
	Pos             Pos
}

// Type is a user-defined type.
type Type struct {
	Name   Name
	Kind   string // "enum", "domain", "composite", "range", "base"
	Base   TypeRef
	Values []string // enum labels
	Fields []*Column
	// Calls names the functions that making a value of the type runs: in checks of the
	// domain, of those it is based on, and of those in its fields.
	Calls []Name
	Pos   Pos
}

// Function is a user-defined function, procedure or aggregate.
type Function struct {
	Name       Name
	Args       []Arg
	Returns    TypeRef
	ReturnsSet bool
	Language   string // lower case
	Body       string // source text for sql and plpgsql; of BEGIN ATOMIC … END what is between, of RETURN x SELECT x
	BodyPos    Pos    // where the string with the body begins
	// SearchPath resolves the names in Body: that of its SET clause, or for BEGIN ATOMIC the one in force when it was
	// created; nil when it is the caller's.
	SearchPath []string
	// OtherPaths are what its SET search_path is besides, where "$user" stands in it: one for each schema that has the
	// name of a role.
	OtherPaths      [][]string `json:"-"`
	Atomic          bool       // written with BEGIN ATOMIC or RETURN, so that the names in Body were resolved when it was created
	Volatility      string     // "volatile", "stable", "immutable"
	Strict          bool
	SecurityDefiner bool
	Leakproof       bool     // it may see rows before policies hide them
	Definer         Pos      // where it became SECURITY DEFINER or LEAKPROOF
	Private         bool     // EXECUTE is revoked from PUBLIC, which has it from the start
	Settings        []string // of its SET clauses, name=value
	Kind            string   // "function", "procedure", "aggregate", "window"
	// Unseen is true when its body may call a function that no schema file creates, that PostgreSQL does not have, and
	// that nobody vouches for.
	Unseen bool `json:"-"` // a baseline's fingerprint has the body
	// DefaultCalls names the functions that the defaults of its parameters run where a call
	// leaves them out.
	DefaultCalls []Name
	Pos          Pos
}

// Arg is one parameter of a function. Mode is "in", "out", "inout", "variadic" or "table".
type Arg struct {
	Name       string
	Type       TypeRef
	Mode       string
	HasDefault bool
}

// Operator is a user-defined operator.
type Operator struct {
	Name     Name
	Function Name
	// Integers is true unless an operand is surely no integer.
	Integers bool `json:"-"`
	Pos      Pos
}
