package tenant

import "context"

// Scoper is what names a tenant: generated ids do, and so does any command, event or row with a method for it:
//
//	func (c RenameNote) Scope() tenant.Scope { return c.OrgID.Scope() }
type Scoper interface{ Scope() Scope }

// Scope is s: a scope names its tenant itself.
func (s Scope) Scope() Scope { return s }

// Match returns nil when all that is named is the tenant that ctx is for: commands, events, messages, rows. It is asked
// before anything is done with them: what names another tenant is refused with a *MismatchError, and what names none with
// ErrNoTenant, for it would be taken for anybody's. It sends nothing.
func Match(ctx context.Context, named ...Scoper) error {
	t, err := Current(ctx)
	if err != nil {
		return err
	}
	return t.Scope.Match(named...)
}

// Match is the function Match for a scope instead of a context's. Of nothing that is named it says whether s names a tenant.
func (s Scope) Match(named ...Scoper) error {
	if err := s.check(); err != nil {
		return err
	}
	for _, n := range named {
		if n == nil {
			return ErrNoTenant
		}
		other := n.Scope()
		if err := other.check(); err != nil {
			return err
		}
		if !s.contains(other) {
			return &MismatchError{What: "payload", Tx: s, Call: other}
		}
	}
	return nil
}

// contains reports whether every level of other is one of s with the same id, told to PostgreSQL in the same way.
func (s Scope) contains(other Scope) bool {
	for i, l := range other.levels() {
		own, ok := s.lookup(l.setting)
		if !ok || own != l.id || i == 0 && l.setting == s.setting && other.claim != s.claim {
			return false
		}
	}
	return true
}
