package prover

import (
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Proof is what came of looking for a proof of one statement.
type Proof struct {
	// Failures tell what could not be proved; with none of them, the statement is confined
	// to one tenant of each level that it uses.
	Failures []Failure
	// Tenants holds the number of each level's parameter, 0 where a level is unused.
	Tenants []int
	p       *prover
}

// Occurrence is a place where rows of a tenant table are read or written.
type Occurrence struct {
	Base   *query.Base
	Level  int
	Role   certificate.Role
	Action int             // of MERGE, that inserts it
	Parent int             // the number of the parent by which it has to be the tenant's, 0 for any
	Target bool            // it is what the statement writes to
	Write  query.WriteKind // by what, of a Target
	Moved  bool            // it is the value that SET gives the tenant column
}

// Occurrences lists the places that have to be confined to the tenant.
func (pr *Proof) Occurrences() []Occurrence {
	all := make([]Occurrence, len(pr.p.pins))
	for i, at := range pr.p.pins {
		all[i] = at.occurrence()
	}
	return all
}

func (at *pin) occurrence() Occurrence {
	return Occurrence{Base: at.base, Level: at.level, Role: at.role, Action: at.action, Parent: at.parent, Target: at.target, Write: at.write, Moved: at.moved}
}

// Certify writes down why each occurrence is the tenants', with these as their
// parameters. Of what is not proved it says nothing, so that no checker accepts it.
func (pr *Proof) Certify(tenants []int) *certificate.Certificate { return pr.p.certify(tenants) }
