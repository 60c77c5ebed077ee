package analyzer

import (
	"reflect"
	"slices"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/checker"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// Certify returns the proof of a query file's only statement with what it is about,
// for tests that tamper with it.
func (a *Analyzer) Certify(t *testing.T, text string) (*query.Statement, *certificate.Certificate) {
	t.Helper()
	u := sqltext.Split(text)[0]
	st := a.lowerer.Lower(u, text)
	if slices.ContainsFunc(u.Directives, isSet) {
		proof := prover.ProveSet(a.db, a.own, st)
		return st, proof.Certify(proof.Tenants)
	}
	proof := prover.Prove(a.db, a.own, st)
	if len(proof.Failures) > 0 {
		proof = prover.Search(a.db, a.own, st)
	}
	return st, proof.Certify(proof.Tenants)
}

// Forge returns certificates of a statement that is refused: whatever is not proved
// of an occurrence rests on read_also, by every disjunction of the statement in turn.
func (a *Analyzer) Forge(t *testing.T, text string) (*query.Statement, []*certificate.Certificate) {
	t.Helper()
	st := a.lowerer.Lower(sqltext.Split(text)[0], text)
	if len(st.Opaque) > 0 {
		return st, nil // which the prover is never asked about
	}
	var ors []*query.Or
	disjunctions(reflect.ValueOf(st.Root), map[any]bool{}, &ors)
	var all []*certificate.Certificate
	for tenant := range 2 {
		for shift := range ors {
			c := prover.Search(a.db, a.own, st).Certify([]int{tenant + 1})
			for i := range c.Pins {
				if pin := &c.Pins[i]; len(pin.Chain) == 0 || pin.Chain[0].Kind == certificate.MayRead {
					pin.Chain = certificate.Chain{forged(a.own, pin, ors[(i+shift)%len(ors)], tenant+1)}
				}
			}
			all = append(all, c)
		}
	}
	return st, all
}

// forged says that or confines a row to the tenant: arms that compare its tenant column
// with the parameter by that, the others by read_also.
func forged(own *tenancy.Map, pin *certificate.Pin, or *query.Or, tenant int) certificate.Step {
	owner, param := certificate.Owner(pin.Base.ID), certificate.Param(tenant)
	column := certificate.Column(pin.Base.ID, own.Of(pin.Base.Table).Column)
	s := certificate.Step{A: owner, B: param, Kind: certificate.MayRead, Node: or}
	for _, arm := range or.Args {
		var chain certificate.Chain
		if eq, ok := arm.(*query.Eq); ok {
			if l, ok := certificate.TermOf(eq.L); ok && l == column {
				chain = certificate.Chain{{A: owner, B: column, Kind: certificate.Tenant}, {A: column, B: param, Kind: certificate.Condition, Node: eq}}
			}
		}
		s.Premises = append(s.Premises, chain)
	}
	return s
}

// disjunctions collects every OR of a statement.
func disjunctions(v reflect.Value, seen map[any]bool, ors *[]*query.Or) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Interface()] {
			return
		}
		seen[v.Interface()] = true
		if or, ok := v.Interface().(*query.Or); ok {
			*ors = append(*ors, or)
		}
		if _, table := v.Interface().(*catalog.Table); !table {
			disjunctions(v.Elem(), seen, ors)
		}
	case reflect.Interface:
		disjunctions(v.Elem(), seen, ors)
	case reflect.Slice:
		for i := range v.Len() {
			disjunctions(v.Index(i), seen, ors)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			disjunctions(v.Field(i), seen, ors)
		}
	}
}

// Timeless is Certify of a statement whose every row counts as one of one time: the statement itself is as it was again.
func (a *Analyzer) Timeless(t *testing.T, text string) (*query.Statement, *certificate.Certificate) {
	t.Helper()
	st := a.lowerer.Lower(sqltext.Split(text)[0], text)
	latest, refreshed := st.Latest, st.Refreshed
	st.Latest, st.Refreshed = nil, nil
	proof := prover.Prove(a.db, a.own, st)
	cert := proof.Certify(proof.Tenants)
	if err := a.Check(st, cert); err != nil {
		t.Errorf("%s\nis refused where nothing changes meanwhile: %v", text, err)
	}
	st.Latest, st.Refreshed = latest, refreshed
	return st, cert
}

// Tamper lets f change every certificate before the checker sees it.
func (a *Analyzer) Tamper(f func(*certificate.Certificate)) { a.tamper = f }

// Check replays a certificate with the analyzer's own declarations.
func (a *Analyzer) Check(st *query.Statement, c *certificate.Certificate) error {
	return checker.Check(a.db, st, a.own, c)
}

// Unfolded is Certify of a statement whose every SELECT counts as one without aggregates.
func (a *Analyzer) Unfolded(t *testing.T, text string) (*query.Statement, *certificate.Certificate) {
	t.Helper()
	st := a.lowerer.Lower(sqltext.Split(text)[0], text)
	unfold(reflect.ValueOf(st.Root), map[any]bool{})
	proof := prover.Search(a.db, a.own, st)
	return st, proof.Certify(proof.Tenants)
}

func unfold(v reflect.Value, seen map[any]bool) {
	switch v.Kind() {
	case reflect.Interface:
		unfold(v.Elem(), seen)
	case reflect.Pointer:
		if v.IsNil() || seen[v.Interface()] {
			return
		}
		seen[v.Interface()] = true
		if sel, ok := v.Interface().(*query.Select); ok {
			sel.Aggregate = false
		}
		if _, ok := v.Interface().(*catalog.Table); !ok {
			unfold(v.Elem(), seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			unfold(v.Field(i), seen)
		}
	case reflect.Slice:
		for i := range v.Len() {
			unfold(v.Index(i), seen)
		}
	}
}
