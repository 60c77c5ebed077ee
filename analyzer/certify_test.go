package analyzer

import (
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgsql"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Certify returns the proof of a query file's only statement with what it is about,
// for tests that tamper with it.
func (a *Analyzer) Certify(t *testing.T, text string) (*query.Statement, *certificate.Certificate) {
	t.Helper()
	st := a.lowerer.Lower(pgsql.Split(text)[0], text)
	p := newProver(a.db, a.own, st)
	p.query(st.Root, env{}, noLink)
	tenants := make([]int, len(a.own.Levels))
	for level := range tenants {
		tenants[level], _ = p.tenant(st, level)
	}
	return st, p.certify(tenants)
}

// Check replays a certificate with the analyzer's own declarations.
func (a *Analyzer) Check(st *query.Statement, c *certificate.Certificate) error {
	return certificate.Check(st, a.own, c)
}
