package prover

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Failure is something that could not be proved of a statement, as data. Package refusal
// puts it into words, and says what to write instead.
type Failure struct {
	Kind FailureKind
	At   Occurrence // what it is about, of no Base when that is no occurrence
	Pos  query.Span
	// Owner tells whose rows the table of the occurrence has.
	Owner tenancy.Owner
	// Unconfined says more of an occurrence that is not pinned.
	Unconfined
	// Column is the column of the table that SET assigns, or INSERT leaves open. By is the
	// column by which that moves a row.
	Column, By int
	// Generated names a column that is generated from Column.
	Generated string
	Against   Against // of ForeignConflict
	// Params are the parameters that compete to be the tenant, Levels those they are of: of
	// Misplaced the outer one and that of the row.
	Params  []int
	Levels  []tenancy.Level
	Action  *KeyAction     // of what reaches further by a foreign key
	Trigger *TriggerEffect // of a trigger whose body was read
	// Suggested is what the table may be declared as, of UndeclaredTable.
	Suggested tenancy.Suggestion
}

// FailureKind tells what could not be proved.
type FailureKind int

// The kinds of a Failure.
const (
	UndeclaredTable    FailureKind = iota + 1 // nobody said whose rows the table has
	UnconfinedRows                            // the rows may be every tenant's
	UnconfinedExisting                        // the row that ON CONFLICT changes may be another tenant's
	UnconfinedInsert                          // an inserted row may be another tenant's
	NullableTenant                            // the tenant may be left out
	ForeignConflict                           // a row of another tenant decides whether a row is inserted
	Misplaced                                 // an inserted row may lie in another tenant of an outer level
	Moved                                     // SET may give a row to another tenant
	MovedByGenerated                          // by a column that is generated from what is set
	MovedAnew                                 // by a column that any change may compute anew
	MovedToParent                             // by another parent
	MovedByLevel                              // of another level
	MovedByKey                                // by a foreign key that sets columns
	ReachesOthers                             // a foreign key changes rows of every tenant
	ReachesStrays                             // a foreign key changes rows that need not refer to the changed ones
	MixedTenants                              // no parameter is the tenant everywhere
	TriggerAssigns                            // a trigger gives a column a value that decides something
	TriggerDrops                              // a trigger may keep a change from happening that must happen
	OneForTwoLevels                           // one parameter is the tenant of two levels
	SetChanges                                // what is to be confined to a set of tenants does not only read
	SetOfLevels                               // tenants lie in others, and sets of them are not known

	lastFailure = SetOfLevels
)

// FailureKinds lists every kind that there is.
func FailureKinds() []FailureKind {
	var all []FailureKind
	for k := UndeclaredTable; k <= lastFailure; k++ {
		all = append(all, k)
	}
	return all
}

// Unconfined is what is known of an occurrence whose rows nothing confines to a tenant.
type Unconfined struct {
	Missing *Condition  // that would confine them
	Place   Place       // where it belongs
	Near    *NearMiss   // a condition that looks sufficient, nil without one
	Inexact Inexact     // why no condition would do
	Behind  Behind      // what stands between the rows and conditions outside
	Other   *query.Base // that is confined by a condition which says nothing of this one
	// Outer is the column of an outer level that INSERT gives no tenant, -1 for none.
	Outer int
}

// Condition is what would make the row of Table that goes by Name the tenant's: Column
// equals Param, or the row is one of a Parent whose own row is the tenant's by Of. With
// neither, nobody knows.
type Condition struct {
	Table  *catalog.Table
	Name   string
	Schema string // of the table, where another one goes by the same name
	Column int    // -1 for none
	Param  Param
	Parent *tenancy.Parent
	Of     *Condition
}

// Param is a parameter that a query has or could have: by number, or by name.
type Param struct {
	Number int
	Name   string // "" for one by number
	// Mixed tells that it is one that the query has, and would have two types with the
	// condition, for which different values may be one.
	Mixed bool
	// Array is the type of whose arrays it is one, of which the column is to be an element; "" for a
	// tenant.
	Array catalog.Name
}

// Inexact says why what a tenant column equals need not be its value.
type Inexact int

// The reasons of Inexact.
const (
	Exact            Inexact = iota
	Nondeterministic         // different values are equal under the column's collation
	NoFamily                 // different values of its type may be equal
	Modified                 // it stores what its type makes of a value
)

// Against is what a row of another tenant may be in the way by.
type Against struct {
	Unseen    bool   // a key that DDL may have made unseen
	Exclusion string // an exclusion constraint, "" for a key
}

// KeyAction is how a write reaches rows of other tables, by foreign keys with actions.
type KeyAction struct {
	Table   *catalog.Table // whose rows the last key changes
	Path    []Reference    // the keys that lead there
	Deleted bool           // the rows that they refer to are deleted, else changed
	// Column is what the key sets, and Free are its columns that it could set instead.
	Column string
	Free   []string
	// Pair are two columns, or lists of them, that are not equal in one way.
	Pair [2]string
}

// TriggerEffect is what the body of a trigger does that it must not.
type TriggerEffect struct {
	Fired    *query.Fired
	Assigned string // the column, of TriggerAssigns
	At       catalog.Pos
	Decides  Decides
	Kept     string // the row that it should return instead, of TriggerDrops: old or new
}

// Decides is what a column decides, of rows of the table Of where it is others' rows.
type Decides struct {
	What DecidesKind
	Of   *catalog.Table
}

// DecidesKind tells what a column may decide.
type DecidesKind int

// What a column may decide.
const (
	DecidesOwner     DecidesKind = iota + 1 // whose row it is
	DecidesMachine                          // on which machine it is
	DecidesPartition                        // in which partition it is
	DecidesReaders                          // who may see it
	DecidesReference                        // which row it refers to
	DecidesReferring                        // which rows refer to it
	DecidesChildren                         // which rows belong to it
)

// Reference is a foreign key of a table.
type Reference struct {
	Key  *catalog.ForeignKey
	From *catalog.Table
}

// Last is the key that reaches Table.
func (a *KeyAction) Last() *catalog.ForeignKey { return a.Path[len(a.Path)-1].Key }
