package tenant

import (
	"context"
	"maps"
	"slices"
)

// Tenant is what the directory of tenants says of one: whom a request, a job or an event is for.
type Tenant struct {
	// Scope is the typed id's, as orgID.Scope() returns it, with the levels below it if there are any. Nothing but
	// generated code makes one, so that no text that came with a request is taken for an id.
	Scope Scope
	// Slug is the name in addresses, such as acme in acme.example.com.
	Slug string
	// Plan is what the tenant pays for.
	Plan string
	// Status says whether the tenant may be served.
	Status Status
	// Metadata is whatever else the application wants to have at hand. It is shared by all requests: nobody changes it.
	Metadata map[string]string
}

// ID is the id of the outermost level as text.
func (t Tenant) ID() string { return t.Scope.ID() }

// Status says whether a tenant may be served.
type Status string

// The statuses of tenants. Any other, the empty one too, is as inactive as StatusInactive.
const (
	StatusActive    Status = "active"
	StatusSuspended Status = "suspended" // by whoever runs the service
	StatusUnpaid    Status = "unpaid"
	StatusInactive  Status = "inactive" // not yet, or no more
)

// Err is why a tenant of this status is not served: nil, ErrSuspended, ErrUnpaid or ErrInactive.
func (s Status) Err() error {
	switch s {
	case StatusActive:
		return nil
	case StatusSuspended:
		return ErrSuspended
	case StatusUnpaid:
		return ErrUnpaid
	}
	return ErrInactive
}

// Member is who acts for a tenant: a person, a machine with a token, or a job.
type Member struct {
	// ID is how the application names them; it is empty for nobody.
	ID string
	// Role is theirs in this tenant.
	Role string
	// Permissions are the names of what they may do in it, such as notes:read. There are no wildcards.
	Permissions []string
}

// May returns nil when the member has all of the permissions, and a *PermissionError when one is missing. Nobody has any.
func (m Member) May(permissions ...string) error {
	for _, p := range permissions {
		if m.ID == "" || p == "" || !slices.Contains(m.Permissions, p) {
			return &PermissionError{Permission: p}
		}
	}
	return nil
}

type currentKey struct{}

// current is whom a context is for.
type current struct {
	tenant Tenant
	member Member
}

// NewContext returns a context for a tenant and whoever acts for it. What is done with it is done for this tenant alone:
// a call for another one is refused with a *MismatchError, and so is a second NewContext, unless it is for a part of the
// same tenant. [OutsideTenant] ends that. The zero Member is nobody, who has no permission.
//
// Middleware calls it once it is known that the member belongs to the tenant; so does what takes up a job or an event, with a
// scope that comes from the job's own record. Whether the tenant's status admits the work is the caller's to ask.
func NewContext(ctx context.Context, t Tenant, m Member) (context.Context, error) {
	if err := t.Scope.check(); err != nil {
		return nil, err
	}
	if outer, ok := ctx.Value(currentKey{}).(*current); ok && outer != nil && !t.Scope.contains(outer.tenant.Scope) {
		return nil, &MismatchError{What: "context", Tx: outer.tenant.Scope, Call: t.Scope}
	}
	t.Metadata, m.Permissions = maps.Clone(t.Metadata), slices.Clone(m.Permissions)
	return context.WithValue(ctx, currentKey{}, &current{t, m}), nil
}

// OutsideTenant returns a context for no tenant: for what a request does for another tenant on purpose, such as founding an
// organization, or moving on to the next tenant in a job. It has no member either.
func OutsideTenant(ctx context.Context) context.Context {
	return context.WithValue(ctx, currentKey{}, (*current)(nil))
}

// Current returns the tenant that ctx is for, or ErrNoTenant. Generated code has it as a typed id: repo.OrgIDFrom(ctx).
func Current(ctx context.Context) (Tenant, error) {
	c, _ := ctx.Value(currentKey{}).(*current)
	if c == nil {
		return Tenant{}, ErrNoTenant
	}
	return c.tenant, nil
}

// CurrentMember returns who acts in ctx for its tenant; ErrNoTenant when there is no tenant, ErrNotMember when it is nobody.
func CurrentMember(ctx context.Context) (Member, error) {
	c, _ := ctx.Value(currentKey{}).(*current)
	switch {
	case c == nil:
		return Member{}, ErrNoTenant
	case c.member.ID == "":
		return Member{}, ErrNotMember
	}
	return c.member, nil
}

// currentID returns the id that the context's tenant has for a setting, or for a claim.
func currentID(ctx context.Context, like Scope) (string, error) {
	c, _ := ctx.Value(currentKey{}).(*current)
	if c == nil {
		return "", ErrNoTenant
	}
	id, ok := c.tenant.Scope.lookup(like.setting)
	if !ok || like.setting == c.tenant.Scope.setting && like.claim != c.tenant.Scope.claim {
		return "", ErrNoTenant
	}
	return id, nil
}

// foreign returns why a call for a scope is not made with a context that is for another tenant, as a set of tenants is. Calls
// that name no tenant have their own rules.
func foreign(ctx context.Context, scope Scope, settings []string) error {
	c, _ := ctx.Value(currentKey{}).(*current)
	if c == nil || scope.IsZero() || scope.set == "" && c.tenant.Scope.admits(scope, settings) {
		return nil
	}
	return &MismatchError{What: "context", Tx: c.tenant.Scope, Call: scope}
}
