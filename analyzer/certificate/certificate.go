// Package certificate says what a proof is that a statement is confined to one tenant:
// for each occurrence of a tenant table the steps that pin it, and the premises that
// nothing guarantees. The prover writes it, package checker replays it, and people read it.
package certificate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Kind tells why a Step holds.
type Kind int

// The kinds of a Step, each a reason of its own. At is what the step's Node must be. The
// zero Kind is no reason.
const (
	Condition  Kind = iota + 1 // At *query.Eq: a condition that is true here
	Member                     // At *query.Sub, an IN that is true here: Test[Index] is column Index of a row of it
	EveryArm                   // At *query.Or, true here: Premises[i] proves it in arm i
	Output                     // At *query.Select: output column Index stands outside for its expression, and may be filtered inside
	Demanded                   // At *query.CTE: every reference to it asks so of a column, as Demands proves
	Given                      // At *query.Write or, of MERGE, *query.Action: the row that it inserts gets the value in a column
	Arbiter                    // At *query.Conflict: the row that is there has the proposed row's value in a column of the conflict target
	Assigned                   // At *query.Set: the changed row has the value that SET gives the column
	Guaranteed                 // Claim says it of every row of the relation A.Rel
	Tenant                     // a row belongs to the tenant in its tenant column
	SameRow                    // two rows agree on Key, by Premises, so they are one row
	ParentRow                  // a child row belongs to whom its parent row belongs to; Premises are those of On, of When, of Where
	ForeignKey                 // Foreign includes the tenant, and its other columns are a key
	Behind                     // what Rows says of a row behind an output row
	// Tested is a test that is true here, At it: A is a column, B the literal that it has, or
	// stands for NULL or for any value.
	Tested
	// ByDefault: at *query.Write, the row that it inserts gets the default of a column, which is
	// the setting that the call sets to the tenant.
	ByDefault
	// Among is no equality, and ends a chain: at *query.Op, true here, A is an element of the array
	// in a parameter.
	Among
	// MayRead is no equality, and stands alone: the row is the tenant's or one that
	// read_also names. At *query.Or, true here: Premises[i] leads in arm i from the row's
	// owner to the tenant, or is empty where arm i says what read_also does.
	MayRead
	// Fed: at *query.Select, which makes one row of all: every aggregate of it takes only rows of which its
	// Filter is true. Premises[i] proves it of those that the i-th takes, in the order of Feeds.
	Fed
	// EitherSide: at *query.Or, true here, each of whose arms says of one or the other of two columns that
	// it is a parameter. A FULL JOIN makes the two equal where it has both: A is the one of this side.
	EitherSide
)

// kindNames are the kinds as a refusal names them.
var kindNames = [...]string{"no reason", "condition", "member", "every arm", "output column", "demanded by every reference", "given value", "conflict target", "assigned value",
	"guaranteed", "tenant column", "same row", "parent row", "foreign key", "row behind", "test", "default", "element", "read_also", "aggregates' filters", "either side"}

func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("reason %d", int(k))
	}
	return kindNames[k]
}

// Kinds lists every kind that there is.
func Kinds() []Kind {
	all := make([]Kind, 0, len(kindNames)-1)
	for k := Condition; int(k) < len(kindNames); k++ {
		all = append(all, k)
	}
	return all
}

// Step is one equality of a chain.
type Step struct {
	A, B     Term
	Kind     Kind
	Node     any
	Index    int
	Claim    *Claim
	Key      *catalog.Key
	Foreign  *catalog.ForeignKey
	Parent   *tenancy.Parent
	Premises []Chain
	// Text and Pos show the step to people: n.org_id = $1.
	Text string
	Pos  query.Span
}

// Chain is a path of equalities: each step's B is the next one's A.
type Chain []Step

// Claim says of every row that Of yields that output column Col equals Is, which is
// another output column or a parameter.
type Claim struct {
	Of  any // query.Query or *query.CTE
	Col int
	Is  Term
	// Proof has one chain for a Select or Write and one for each row of Values.
	Proof []Chain
	// Arms proves it of the arms of a SetOp, or of the query of a WITH query.
	Arms []*Claim
}

// RowClaim is a row of Table behind every row that Of yields: Cols maps columns of the
// table to output columns that have their values.
type RowClaim struct {
	Of      any // query.Query or *query.CTE
	Table   *catalog.Table
	Cols    map[int]int
	Owner   int // the parameter that owns it, 0 when that is not said
	Written bool
	Tests   []tenancy.Test // that are true of it
	// For a Select or Write: the row, why its columns are the output columns, and why
	// the parameter owns it.
	Row       query.RelID
	ColsProof map[int]Chain
	OwnProof  Chain
	Passes    map[tenancy.Test]Chain
	Arms      []*RowClaim
}

// Row places a RowClaim: ID stands for the row behind the row of relation In.
type Row struct {
	ID, In query.RelID
	Claim  *RowClaim
}

// Demand is a condition on column Col of a WITH query, Col = Param, that every
// reference to it asks for, each with its reason in By. Body stands for the WITH
// query's rows in its own proof.
type Demand struct {
	CTE   *query.CTE
	Body  query.RelID
	Col   int
	Param int
	By    map[query.RelID]Chain
}

// Role is what a Pin's occurrence does.
type Role int

// The roles of an occurrence.
const (
	Read     Role = iota // its rows are read, updated or deleted
	Inserted             // a row is inserted
	Existing             // ON CONFLICT DO UPDATE changes the row that is there
)

// Pin proves of one occurrence of a tenant table that its rows belong to the tenant:
// Chain leads from the owner of Row to the parameter of its level.
type Pin struct {
	Base   *query.Base
	Role   Role
	Action int         // the number of the action of MERGE that inserts, else 0
	Parent int         // the number of the parent of an inserted row that has several, else 0
	Row    query.RelID // the occurrence, or the row proposed for insertion
	Chain  Chain
}

// Certificate is the proof of a statement.
type Certificate struct {
	// Tenants holds the number of the tenant parameter of each level, 0 where unused.
	Tenants []int
	// Set tells that the parameter is an array of tenants, and the statement, which only reads, is
	// confined to these: what it yields does not change with rows of any other tenant.
	Set bool
	// Levels is how many levels, the outermost, the proof tells apart, 0 for all: a row of a
	// deeper one is its outer tenant's.
	Levels  int
	Pins    []Pin
	Demands []*Demand
	Rows    map[query.RelID]Row
	// Subs are ids for the rows of IN subqueries that are not a plain SELECT.
	Subs map[query.RelID]*query.Sub
	// Sets proves assignments to columns that decide the owner.
	Sets map[*query.Set]Chain
	// Outer proves of inserted rows that they lie in the right tenant of outer levels.
	Outer []Outer
	// Assumes are the premises of the proof.
	Assumes []Premise
}

// Chain is what pins an occurrence in a role, nil when nothing does.
func (c *Certificate) Chain(b *query.Base, role Role, action int) Chain {
	if p := c.Pinned(b, role, action); p != nil {
		return p.Chain
	}
	return nil
}

// Pinned returns what is said of an occurrence, nil when that is nothing.
func (c *Certificate) Pinned(b *query.Base, role Role, action int) *Pin {
	for i, p := range c.Pins {
		if p.Base == b && p.Role == role && p.Action == action {
			return &c.Pins[i]
		}
	}
	return nil
}

// And stands between the texts of a step that rests on several conditions.
const And = "\x00"

// Texts lists what the steps of a chain say, each once.
func (c Chain) Texts() []string {
	var out []string
	for _, s := range c {
		for text := range strings.SplitSeq(s.Text, And) {
			if text != "" && !slices.Contains(out, text) {
				out = append(out, text)
			}
		}
	}
	return out
}

// NoRel is no relation.
const NoRel query.RelID = -1

// Outer proves of column Col of an inserted row, which holds the tenant of a level
// outside of the row's own, that it is the right one. Chain leads to that level's
// parameter, or to that level's column of row Like, which Same shows to belong to the
// same tenant as the inserted row.
type Outer struct {
	Base   *query.Base
	Action int
	Col    int
	Chain  Chain
	Like   query.RelID // NoRel for the parameter
	Same   Chain
}
