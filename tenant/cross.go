package tenant

import "strings"

// CrossTenant is the separate handle for work that legitimately touches several tenants: billing, maintenance, finding
// the tenant of a token. It runs on a pool of its own whose role row-level security does not restrict.
type CrossTenant struct {
	db      *DB
	reason  string
	refusal error
}

// CrossTenant returns the handle for cross-tenant work. The reason is for people who read the code and for guards, which
// see it in Operation.Reason. Without a reason every call fails with ErrNoReason, and on a DB made without
// WithCrossTenantPool with ErrNoCrossTenantPool; Err tells earlier.
func (db *DB) CrossTenant(reason string) *CrossTenant {
	x := &CrossTenant{db: db, reason: strings.TrimSpace(reason)}
	switch {
	case x.reason == "":
		x.refusal = ErrNoReason
	case db.cross == nil:
		x.refusal = ErrNoCrossTenantPool
	}
	return x
}

// Err is the error that every call would report, or nil.
func (x *CrossTenant) Err() error { return x.refusal }

// Reason is what the handle was made for.
func (x *CrossTenant) Reason() string { return x.reason }

// Conn returns a connection that runs one call across tenants. Its operation carries the reason.
func (x *CrossTenant) Conn(op Operation) *Conn {
	op.Reason = x.reason
	return &Conn{on: x.db.cross, op: op, guards: x.db.guards, refusal: x.refusal}
}
