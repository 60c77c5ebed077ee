// Package migrate turns the wanted row-level security into the next migration:
// what must hold, minus what the migrations already establish. It decides in
// [Plan], prints in [Render], and writes nothing.
//
// Every tenant table gets row-level security, enabled and forced, and two
// policies with the same condition. PostgreSQL joins permissive policies by OR
// and restrictive ones by AND, and without a permissive one nothing is visible;
// so the permissive tenant_isolation lets the tenant's rows through and the
// restrictive tenant_isolation_floor keeps any policy that somebody adds later
// from letting through more. The planner folds equal conditions into one, so a
// read pays for one of them only.
//
// Both apply to PUBLIC, not to the application's role: a floor that names a role
// is no floor for the next role that is created, nor for the owner.
package migrate

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// Kind says how a row shows which tenant it belongs to.
type Kind int

// The kinds of targets.
const (
	Column Kind = iota // by its own tenant column
	Child              // by the row of a parent table that it refers to
)

// Target is a table whose rows belong to tenants.
type Target struct {
	Table  *catalog.Table
	Kind   Kind
	Column string // the tenant column of a [Column] target
	// Setting is the setting that holds this table's tenant, for tables of
	// another level than Source speaks of; empty means as Source says.
	Setting string
	// Type is the SQL type that the tenant is cast to; empty means the column's own.
	Type string
	// Outer are the levels around that of the table, outermost first.
	Outer []Outer
	// Roots lead to the rows of the tenants of deeper levels that a row names, by their level.
	Roots []Root
	// Parents of a [Child] target, each a target itself. Of several, any one
	// makes the row visible; a written row must agree with every one it refers to.
	Parents []Parent
	// ReadAlso is an SQL condition under which a row of another tenant may be read; nobody may write by it.
	ReadAlso string
	// Restrict is an SQL condition without which no row is seen, and none may be written.
	Restrict string
	// Set tells that queries for a set of tenants read it: of all these its rows may be read, and
	// nothing written.
	Set bool
	// Names are what stands for the current tenant behind @ in these two conditions.
	Names []string
	Why   string // what made it a tenant table, for the migration's comments
	// Privileges are what the application's queries do with it, select, insert, update and
	// delete; nil, not empty, where that is not known, and stands for all four.
	Privileges []string
}

// Parent is a table that a child row refers to.
type Parent struct {
	Table *catalog.Table
	On    []Pair
	// When tells which rows refer to it: those with all these values, every row when empty.
	When []Match
	// Where is what is true of the row that it refers to.
	Where []catalog.Test
}

// Match is a column of the child and the value that it has.
type Match struct{ Column, Value string }

// Pair is one column equality between a child and its parent.
type Pair struct {
	Child, Parent string // column names
}

// Source says where the current tenant is found. Exactly one field is set.
type Source struct {
	Setting string // a custom setting, such as app.org_id
	// JWTClaim is the way to a claim of the JSON in request.jwt.claims, as PostgREST sets it: one
	// at its top, or one within another.
	JWTClaim []string
}

// Global is a table that every tenant shares. The application's role may do with it
// what queries do and nothing else, because a shared row that one tenant's request
// changes is seen by all of them.
type Global struct {
	Table *catalog.Table
	// Privileges are what the application's queries do with it; nil, not empty, where that is
	// not known, and stands for reading it.
	Privileges []string
}

// ViewAccess is a view with what queries do with it.
type ViewAccess struct {
	View       *catalog.View
	Privileges []string
}

// Wanted is the row-level security that must hold.
type Wanted struct {
	// Citus tells that the tables are to be distributed: a policy must then have no
	// sub-select (Citus, policy.c: "Subqueries are not supported in policies on
	// distributed tables"), so the setting is read for each row.
	Citus   bool
	Targets []Target
	Globals []Global
	// Views are those that the application's queries use. The role gets no right to those of
	// OwnerViews.
	Views []ViewAccess
	// Sequences are those that the application's queries take numbers from, but for those
	// that the defaults of columns use.
	Sequences []catalog.Name
	// OwnerViews are views that read tenants' rows with the rights of their owner: the
	// application's role must have no right to them.
	OwnerViews []*catalog.View
	// CrossTenantViews are those that cross-tenant queries use.
	CrossTenantViews []ViewAccess
	AppRole          string // the role that the application's queries run as; no role and no grants when empty
	Source           Source
	// CrossTenantRole is the role that cross-tenant queries run as, and CrossTenant what
	// they do; no role and no grants when either is empty.
	CrossTenantRole string
	CrossTenant     []Access
	// CrossTenantSequences are those that cross-tenant queries take numbers from.
	CrossTenantSequences []catalog.Name
}

// Step is one change of a migration: what it does and why, how, how to undo it,
// and what caused it.
type Step struct {
	Comment string
	SQL     []string // statements, each with its semicolon
	Reverse []string // statements that undo SQL, in the order to run them; empty when it is kept
	Cause   string
	// Widens is what tenants may see or change by it and could not before; nil for nothing.
	Widens *Widening
}
