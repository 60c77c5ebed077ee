package checker

import "github.com/tenantgen/tenantgen/analyzer/certificate"

// needs makes sure that the certificate names a premise which the statement needs.
func (k *checker) needs(p certificate.Premise) {
	if !k.cert.Names(p) {
		k.fail("it does not say that %s %s (%s) of %s must hold", p.Kind, p.Constraint, p.Columns, p.Table)
	}
}
