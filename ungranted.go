package tenantgen

import (
	"errors"
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
)

// Refused is what generate does not do although it could: each error is a *config.Error with
// what to write instead. It counts as findings.
type Refused struct{ errs []error }

func (r *Refused) Error() string { return errors.Join(r.errs...).Error() }

// Unwrap returns the errors.
func (r *Refused) Unwrap() []error { return r.errs }

// refusal returns the errors as one, nil when there are none.
func refusal(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return &Refused{errs}
}

// ungranted finds the queries whose methods would fail, because their role does not get what
// they need: PostgreSQL would say 42501 when they are called.
func (p *Project) ungranted(u *Unit, results []*analyzer.Result) []error {
	var errs []error
	views := rules.OwnerViews(u.Schema, u.Tenancy)
	for _, r := range results {
		role := p.Config.Tenant.AppRole
		if r.Verdict == analyzer.CrossTenant {
			role = p.Config.Tenant.CrossTenantRole
		}
		if role == "" || r.Verdict == analyzer.Rejected {
			continue
		}
		fail := func(line int, why, hint string) {
			errs = append(errs, &config.Error{File: r.File, Line: line, Column: 1, Msg: fmt.Sprintf("query %s would fail for %s: %s", r.Name, role, why), Hint: hint})
		}
		if r.Verdict != analyzer.CrossTenant {
			ownersViews(u, views, r, role, func(why, hint string) { fail(r.Line, why, hint) })
		}
		for _, d := range r.Draws {
			if d.Sequence.Name == "" {
				fail(d.Line, "it takes numbers from a sequence that it does not name, or that no schema file creates, so that no right to it is granted", "write nextval('schema.sequence'), and CREATE SEQUENCE in a schema file")
			}
		}
		for _, f := range r.Calls {
			if f.Private && !p.mayExecute(u, role, f) {
				fail(r.Line, "nobody lets it run function "+f.Name.String()+", since EXECUTE is revoked from PUBLIC", "GRANT EXECUTE ON FUNCTION "+f.Name.String()+" TO "+role+" in a schema file")
			}
		}
	}
	return errs
}

// ownersViews finds the views among those with their owner's rights that a query uses and the
// role gets no right to.
func ownersViews(u *Unit, views []*catalog.View, r *analyzer.Result, role string, fail func(why, hint string)) {
	for _, v := range views {
		for _, use := range r.Uses {
			if use.View != v || !slices.ContainsFunc(use.Privileges, func(privilege string) bool { return !granted(u.Schema, role, "table", privilege, v.Name) }) {
				continue
			}
			if v.Materialized {
				fail("view "+v.Name.String()+" is materialized and holds rows of every tenant, so that no right to it is granted", "query its tables")
				continue
			}
			fail("view "+v.Name.String()+" reads tenant tables with the rights of its owner, so that no right to it is granted",
				"create it WITH (security_invoker = true), which takes PostgreSQL 15, or query its tables, or answer for it: -- tenantgen:rights <why> above CREATE VIEW")
		}
	}
}

func (p *Project) mayExecute(u *Unit, role string, f *catalog.Function) bool {
	return granted(u.Schema, role, "function", "execute", f.Name) ||
		slices.ContainsFunc(u.Schema.Grants, func(g *catalog.Grant) bool {
			return g.Kind == "all functions" && g.Role == role && g.On.Schema == f.Name.Schema
		})
}

// granted reports whether a schema file grants a privilege to a role, or to PUBLIC.
func granted(db *catalog.Database, role, kind, privilege string, on catalog.Name) bool {
	return slices.ContainsFunc(db.Grants, func(g *catalog.Grant) bool {
		return g.Kind == kind && g.On == on && (g.Role == role || g.Role == "public") && (g.Privilege == privilege || g.Privilege == "all")
	})
}
