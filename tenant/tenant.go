// Package tenant runs SQL for one tenant. It is what generated repositories stand on; an application makes a [DB] from
// its pool and hands it to them. What these call themselves is in package gen, which is theirs alone.
//
// Every statement runs in a transaction in which the tenant's id is the value of a PostgreSQL setting (app.org_id, say),
// which the row-level-security policies compare the tenant column with. Setting and statement travel as one batch, and
// a batch is one implicit transaction: that costs no round trip of its own, it works behind a transaction pooler, and
// nothing is left on the connection afterwards, whether the statement succeeds or not.
//
// What is refused is refused before any I/O: a call without a tenant ([ErrNoTenant]), a call for one tenant inside
// another's transaction or with another's context ([ErrTenantMismatch], [NewContext]), a call a [Guard] objects to.
//
// Deferred constraints and serialization failures are reported when a transaction ends, after the statement's own
// result. A repository's methods therefore report success only once the implicit transaction has ended well.
package tenant

import (
	"context"
	"errors"
)

// Errors to test for with errors.Is.
var (
	// ErrNoTenant refuses a call whose tenant id is the zero value.
	ErrNoTenant = errors.New("tenant: no tenant")
	// ErrTenantMismatch refuses a call for one tenant inside another tenant's transaction, with another tenant's context, or
	// with what another tenant is named in. The error is a *MismatchError.
	ErrTenantMismatch = errors.New("tenant: the transaction runs for another tenant")
	// ErrNoCrossTenantPool refuses cross-tenant work on a DB made without WithCrossTenantPool.
	ErrNoCrossTenantPool = errors.New("tenant: no pool for cross-tenant work")
	// ErrNoSetting refuses a global call on a DB that was not told which settings tell the tenant, as generated code does.
	ErrNoSetting = errors.New("tenant: global calls need to know the tenant's setting: use gen.WithSetting")
	// ErrNoReason refuses cross-tenant work that does not say why.
	ErrNoReason = errors.New("tenant: cross-tenant work needs a reason")
	// ErrUnprovedReason refuses a query of the baseline, which nobody has proved, when the caller does not say why.
	ErrUnprovedReason = errors.New("tenant: a query that is not proved needs a reason")
	// ErrClosed refuses a transaction that outlived the function it was made for.
	ErrClosed = errors.New("tenant: the transaction has ended")
)

// MismatchError tells which tenants were confused, for a log or an alert. Its text names neither, because error texts
// tend to reach the client.
type MismatchError struct {
	Tx   Scope // what the transaction runs for, or else the context, or whatever a payload came with
	Call Scope // what the call asked for, or what the payload names
	// What was for another tenant than it should: "" is the transaction, and there are "context", "payload" and "request".
	What string
}

// Error is the text of ErrTenantMismatch, or says what else was confused.
func (e *MismatchError) Error() string {
	if e.What == "" {
		return ErrTenantMismatch.Error()
	}
	return "tenant: the " + e.What + " is for another tenant"
}

// Is makes errors.Is(err, ErrTenantMismatch) true.
func (e *MismatchError) Is(target error) bool { return target == ErrTenantMismatch }

// Operation describes a generated method to guards.
type Operation struct {
	Name       string // the query's name, such as GetNote
	Write      bool   // it changes rows
	Repository string // such as NotesRepository
	Command    Command
	// Category is the kind of reason that a query which is not for one tenant declares where it is written, and empty on every
	// other call.
	Category Category
	// Reason is why the call crosses tenants, as CrossTenant was told, why it reads rows of several, as OfTenants was, or why a
	// query of the baseline is called that is not proved, as Unproved was; it is empty on every other call.
	Reason string
}

// Command is what a call is: sqlc's command, or one of the runtime's own.
type Command string

// Commands: sqlc's as in -- name: GetNote :one, then the runtime's.
const (
	CommandOne        Command = "one"
	CommandMany       Command = "many"
	CommandExec       Command = "exec"
	CommandExecRows   Command = "execrows"
	CommandExecResult Command = "execresult"
	CommandCopyFrom   Command = "copyfrom"
	CommandBatchOne   Command = "batchone"
	CommandBatchMany  Command = "batchmany"
	CommandBatchExec  Command = "batchexec"

	CommandTx     Command = "tx"     // a transaction, around its calls
	CommandNotify Command = "notify" // Notify
	CommandListen Command = "listen" // a session of Listen
)

// Category is the kind of reason that a cross-tenant query has, as in -- tenantgen:cross-tenant billing <reason>.
type Category string

// Categories of cross-tenant queries.
const (
	TenantRoot  Category = "tenant-root"
	TokenLookup Category = "token-lookup"
	Public      Category = "public"
	Background  Category = "background"
	Admin       Category = "admin"
	Billing     Category = "billing"
	Migration   Category = "migration"
)

// OfTenants is the category of the queries for a set of tenants: -- tenantgen:tenants. The scope of such a call has them, as
// Scope.Set.
const OfTenants Category = "tenants"

// Guard decides whether a call may run. It is asked before any I/O and its error is returned to the caller as it is.
// The scope is zero for global and for cross-tenant calls; the latter carry op.Reason. Guards run concurrently.
type Guard func(ctx context.Context, scope Scope, op Operation) error

// Executor is what generated repositories run on, and what Notify takes: a *DB, or a *Tx for several calls in one
// transaction. The generated Tx has it as tx.Executor().
type Executor interface {
	scoped(scope Scope, op Operation) *call
	global(op Operation) *call
}

var (
	_ Executor = (*DB)(nil)
	_ Executor = (*Tx)(nil)
)
