package tenant

import (
	"errors"
	"slices"
	"strings"
)

// A call for a set of tenants has a scope of its own kind. It reads, in a transaction that is READ ONLY: what it sees is
// what the policies of row-level security show to a set, which are for SELECT alone.

// errSet refuses a set where one tenant is wanted.
var errSet = errors.New("tenant: a set of tenants is for the queries of OfTenants alone")

// ErrSetOfPools refuses a call for a set of tenants on a DB with WithPools or WithRoutes: their rows may be in different
// databases, or schemas.
var ErrSetOfPools = errors.New("tenant: a set of tenants may be in several databases: call a query of one tenant for each of them")

// setMark stands between ids. PostgreSQL has no text with it.
const setMark = "\x00"

// newSet is the scope of several tenants.
func newSet(setting string, ids []string) Scope {
	s := Scope{setting: setting, text: array(ids), set: setMark + strings.Join(ids, setMark)}
	for _, id := range ids {
		if err := (level{setting, id}).check(); err != nil {
			s.problem = "an id of the set is none: " + err.Error()
		}
	}
	return s
}

// array is a PostgreSQL array of texts, as text (PostgreSQL manual, 8.15.2).
func array(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(id) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}

// Set lists the ids of a set of tenants, as OfTenants was given them; it is nil for any other scope.
func (s Scope) Set() []string {
	if s.set == "" || s.set == setMark {
		return nil
	}
	return strings.Split(s.set[len(setMark):], setMark)
}

// checkSet returns why no statement may run for a set of tenants.
func (s Scope) checkSet() error {
	ids := s.Set()
	if s.set == "" || len(ids) == 0 || slices.ContainsFunc(ids, func(id string) bool { return id == "" || id == nilUUID }) {
		return ErrNoTenant
	}
	if s.problem != "" {
		return errors.New("tenant: unusable scope: " + s.problem)
	}
	return (level{s.setting, s.text}).check()
}

// ofTenants is for one call that reads rows of a set of tenants.
func (db *DB) ofTenants(scope Scope, op Operation) *call {
	op.Reason = strings.TrimSpace(op.Reason)
	c := &call{from: db, home: db.home(), scope: scope, settings: db.settings, op: op, hooks: db.hooks, underRLS: true, refusal: scope.checkSet()}
	switch {
	case c.refusal != nil:
	case op.Reason == "":
		c.refusal = ErrNoReason
	case db.routes != nil:
		c.refusal = ErrSetOfPools
	case db.blocks != nil || !slices.Contains(db.settings, scope.setting):
		c.refusal = errNoSets
	default:
		c.before = append(db.assignments(nil, scope), assignment{"transaction_read_only", "on"})
	}
	return c
}

// errNoSets refuses a call for a set of tenants where the policies know of none, and where one tenant's calls would not
// take back what a connection came with.
var errNoSets = errors.New("tenant: the repositories are not made for sets of tenants")
