// Package query is the closed intermediate representation of one SQL statement:
// the dozen node kinds on which tenancy is proved. Names are resolved, stars and
// views are expanded, and whatever the lowering does not understand is an Opaque
// node, so that a reader of the proof never needs to know SQL's surface syntax.
package query

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Span is a range of bytes [Start, End) in the query file. The zero Span means
// that the node has no text of its own, as inside an expanded view.
type Span struct{ Start, End int }

// Known reports whether s points at text.
func (s Span) Known() bool { return s.End > s.Start }

// RelID identifies one occurrence of a relation in a statement. Two references
// to one table, or to one view, have different ids.
type RelID int

// Statement is one lowered statement.
type Statement struct {
	Root   Query
	Params []*ParamInfo // in the order of their numbers
	Rels   int          // RelIDs are smaller than this
	// Refreshed numbers the materialized view within which a relation stands: its rows are those of that
	// view's last REFRESH; or the call of a VOLATILE function, whose body sees what is there when it runs. Those
	// that are read as they were when the statement began are not in it.
	Refreshed map[RelID]int
	// Latest has the relations whose rows are waited for, to be changed or locked: what comes of them is their
	// newest version, made since the statement began, maybe (PostgreSQL manual, 13.2.1). Rows of one number
	// are there together.
	Latest map[RelID]int
	// Opaque lists every Opaque node below Root, so that a refused statement is
	// recognised without walking it.
	Opaque []*Opaque
	// Targets are the tables that the statement writes to.
	Targets []*catalog.Table
	// Views are those that it reads with the rights of whoever runs it: the ones it names,
	// and within a view with security_invoker those that it names in turn.
	Views []*catalog.View
	// Draws are the sequences that nextval takes a number from; one of no name cannot be told.
	Draws []Draw
	// Calls are the functions of the schema files that it calls.
	Calls []*catalog.Function
	// Fired are the triggers that it fires.
	Fired []*Fired
	// Unseen is true when it may run a function that no schema file creates and of which nothing is known.
	Unseen bool
	// Unsaid names functions that may be aggregates, for all that anybody said of them.
	Unsaid []string
	// Locks is true when FOR UPDATE or its kin stands anywhere in the statement.
	Locks bool
	// SkipsLocked is true when one of them is SKIP LOCKED. No proof asks for it.
	SkipsLocked bool
	// Forms holds what operands of AND, OR and NOT say, of those that have a form.
	Forms map[Expr]Form
	// Literals are the values that a Const is recognised by.
	Literals []string
}

// Draw is a sequence that nextval takes a number from, and where.
type Draw struct {
	Name catalog.Name // "" when the query does not say it
	Pos  Span
}

// Form is what a condition says, exactly: conditions of equal forms have the same
// value for the same row and the same parameters.
type Form struct {
	// Rel is the one relation that all its columns are of.
	Rel RelID
	// Text is the condition with its columns as numbers, and FormParam for each parameter.
	Text   string
	Params []*Param // in the order of Text
}

// FormParam stands for a parameter in a Form. Strings in it are quoted, so they do not contain it.
const FormParam = "\x01"

// ParamInfo describes one parameter of a statement.
type ParamInfo struct {
	Number   int    // as sqlc numbers it
	Name     string // "" for $n
	Nullable bool   // sqlc.narg
	Slice    bool   // sqlc.slice
	// Equals are the families in which it is compared or written, Elsewhere the types that
	// it may get in other places: Unknown is one that may change its value.
	Equals, Elsewhere []Type
	// Elements are the types of whose arrays it is one, a type once: of no name where a place
	// does something else with it than to ask whether a value is Among it.
	Elements []catalog.Name
	Uses     []Span
}

// Query is a part of a statement that yields rows.
type Query interface {
	Node
	query()
}

// Select is one SELECT level. Its FROM list is joined by inner cross joins.
type Select struct {
	With  []*CTE
	From  []Rel
	Where Expr // nil when absent
	Out   []Output
	Group *Group // nil when not grouped
	// Aggregate is true when aggregates or HAVING make one group of all rows,
	// or when it cannot be excluded that they do.
	Aggregate  bool
	Having     Expr
	Distinct   bool
	DistinctOn []Expr
	Windows    []Window
	// Rest holds the expressions that neither filter nor name output: ORDER BY,
	// LIMIT, OFFSET. They matter for the subqueries inside them.
	Rest     []Expr
	Limited  bool // LIMIT, OFFSET or FETCH FIRST
	Locks    bool // FOR UPDATE and its kin
	Volatile bool // calls a volatile function
	Pos      Span
}

// Group is a GROUP BY clause. Sets is true for ROLLUP, CUBE and GROUPING SETS.
type Group struct {
	By   []Expr
	Sets bool
}

// Window is one window that a window function call uses.
type Window struct{ PartitionBy []Expr }

// Output is one column of a query's result.
type Output struct {
	Name string
	Expr Expr
	Type Type
	// Open stands for any number of columns that are not known, from * over a
	// function in FROM. What follows it has no known position.
	Open bool
}

// SetOp is UNION, INTERSECT or EXCEPT.
type SetOp struct {
	With        []*CTE
	Kind        SetOpKind
	All         bool
	Left, Right Query
	Out         []Output // Expr is nil: the columns have their arms' values
	Rest        []Expr
	Limited     bool
	Pos         Span
}

// SetOpKind is the operation of a SetOp.
type SetOpKind int

// The set operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)

// Values is a VALUES list.
type Values struct {
	With    []*CTE
	Rows    [][]Expr
	Out     []Output // Expr is nil
	Rest    []Expr
	Limited bool
	Pos     Span
}

// CTE is one WITH query. All references to it point to the same CTE.
type CTE struct {
	Name string
	// Query is nil while the CTE is being lowered.
	Query     Query
	Out       []Output // names after the column list; Expr is nil
	Recursive bool     // refers to itself
	// Materialized is true where it is computed by itself, before conditions outside of it
	// are (PostgreSQL manual, 7.8.3). No proof asks for it.
	Materialized bool
	Pos          Span
}

// WriteKind is the kind of a Write.
type WriteKind int

// The kinds of a Write.
const (
	Insert WriteKind = iota
	Update
	Delete
	Merge
)

func (k WriteKind) String() string {
	return [...]string{"INSERT", "UPDATE", "DELETE", "MERGE"}[k]
}

// Write is INSERT, UPDATE, DELETE or MERGE.
type Write struct {
	With   []*CTE
	Kind   WriteKind
	Target *Base
	// Through are the views that it writes through with the rights of who runs it.
	Through []*catalog.View
	// Source is what INSERT inserts; nil for DEFAULT VALUES. SourceID stands for its
	// rows, so that Columns[i] receives Col{SourceID, i}.
	Source   Query
	SourceID RelID
	Columns  []int // INSERT's target columns, as indexes of Target.Table.Columns
	// ViewDefaults are the columns of the table that get a default of a view where INSERT,
	// which names the view, gives them no value.
	ViewDefaults []int
	// Keeps tells for each of Columns whether the value arrives unchanged: an
	// assignment cast may turn different values into one.
	Keeps []bool
	// From holds UPDATE's FROM, DELETE's USING and MERGE's USING.
	From  []Rel
	Where Expr  // MERGE's ON
	Sets  []Set // UPDATE's assignments
	// Conflict is INSERT's ON CONFLICT clause, nil when absent.
	Conflict  *Conflict
	Actions   []Action // MERGE's WHEN clauses
	Returning []Output
	// Reassigned are the columns to which triggers may give another value than the statement does.
	Reassigned []int
	Pos        Span
}

// Set assigns Value to column Column of the target. Value is nil for DEFAULT.
// A value that is part of a row whose source cannot be split is an Op.
type Set struct {
	Column int
	Value  Expr
	Pos    Span
}

// Conflict is ON CONFLICT.
type Conflict struct {
	Update bool // DO UPDATE, else DO NOTHING
	// Columns are the arbiter's plain columns; Any is true when no arbiter is named.
	Columns    []int
	Expression bool // the arbiter has an expression element
	Constraint string
	Any        bool
	// Excluded stands for the row proposed for insertion.
	Excluded RelID
	Sets     []Set
	Where    Expr   // of DO UPDATE
	Rest     []Expr // the arbiter's expressions and predicate
	Pos      Span
}

// Arbiter lists the target's columns in which a row that conflicts equals the
// proposed one.
func (w *Write) Arbiter() []int {
	if w.Conflict.Constraint == "" {
		return w.Conflict.Columns
	}
	var cols []int
	if w.Target.Table.Unsure != "" {
		return nil // the constraint may be over other columns
	}
	for _, k := range w.Target.Table.Keys {
		if k.Name == w.Conflict.Constraint {
			cols = append(cols, w.Target.Table.ColumnIndexes(k.Columns)...)
		}
	}
	return cols
}

// Action is one WHEN clause of MERGE.
type Action struct {
	Matched bool // WHEN MATCHED, else WHEN NOT MATCHED [BY TARGET]
	Kind    WriteKind
	Nothing bool // DO NOTHING
	When    Expr // AND condition
	Sets    []Set
	// INSERT puts Values[i] into column Columns[i]; every other column has its default.
	Columns []int
	Values  []Expr
	Pos     Span
}

// Inserts reports whether MERGE inserts a row for a row of its source that no row of
// its target matches.
func (w *Write) Inserts() bool {
	return slices.ContainsFunc(w.Actions, func(a Action) bool { return a.Kind == Insert && !a.Nothing })
}

// Rel is an item of a FROM clause.
type Rel interface {
	Node
	rel()
}

// Base is one occurrence of a table.
type Base struct {
	ID    RelID
	Table *catalog.Table
	Alias string // the name it goes by in the statement
	Via   string // "view x" or "function x", through which it is reached; "" when it is in the text
	// AsOwner tells that a view on the way uses it with its owner's rights, not with those
	// of who runs the statement (PostgreSQL manual, CREATE VIEW).
	AsOwner bool
	// Renamed tells that its columns do not go by their names behind Alias: a list of columns
	// renames them, or the alias of a join hides them.
	Renamed bool
	Pos     Span
}

// Derived is a subquery in FROM, or an expanded view.
type Derived struct {
	ID    RelID
	Alias string
	Query Query
	Out   []Output // names after the column alias list; Expr is nil
	Pos   Span
}

// CTERef is a reference to a WITH query.
type CTERef struct {
	ID    RelID
	CTE   *CTE
	Alias string
	Pos   Span
}

// Rows are rows computed from expressions alone, such as a function in FROM.
type Rows struct {
	ID    RelID
	Alias string
	Args  []Expr
	Pos   Span
}

// JoinKind is the kind of a Join.
type JoinKind int

// The join kinds. CROSS JOIN is an Inner join without condition.
const (
	Inner JoinKind = iota
	Left
	Right
	Full
)

func (k JoinKind) String() string {
	return [...]string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}[k]
}

// Join joins two relations. USING and NATURAL appear as equalities in On.
type Join struct {
	Kind        JoinKind
	Left, Right Rel
	On          Expr // nil means true
	Using       bool // USING or NATURAL says what On is
	Pos         Span
}

// Opaque is syntax, a relation or a function that must be refused.
type Opaque struct {
	Rule   string // the rule that reports it
	Reason string
	Hint   string
	Pos    Span
}

func (*Select) query() {}
func (*SetOp) query()  {}
func (*Values) query() {}
func (*Write) query()  {}
func (*Opaque) query() {}

func (*Base) rel()    {}
func (*Derived) rel() {}
func (*CTERef) rel()  {}
func (*Rows) rel()    {}
func (*Join) rel()    {}
func (*Opaque) rel()  {}
