package tenantgen

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// withRights turns queries whose methods would fail into refused ones, because their role does
// not get what they need: PostgreSQL would say 42501 when they are called. Results that others
// may hold, too, stay as they are.
func (p *Project) withRights(u *Unit, results []*analyzer.Result) []*analyzer.Result {
	severity := p.severityOf(missingPrivilege)
	if severity == rules.Off {
		return results
	}
	results = slices.Clone(results)
	views := rules.OwnerViews(u.Schema, u.Tenancy)
	for i, r := range results {
		lacks := p.ungranted(u, views, r)
		if len(lacks) == 0 {
			continue
		}
		lacking := *r
		for j := range lacks {
			lacks[j].Severity = analyzer.Severity(severity)
		}
		lacking.Diagnostics = slices.Concat(r.Diagnostics, lacks)
		if severity == rules.Error {
			lacking.Verdict = analyzer.Rejected
		}
		results[i] = &lacking
	}
	return results
}

var missingPrivilege = rules.Lookup("missing-privilege")

// ungranted says what a query's role does not get of what the query needs. Views are those
// with their owner's rights.
func (p *Project) ungranted(u *Unit, views []*catalog.View, r *analyzer.Result) []analyzer.Diagnostic {
	role := p.Config.Tenant.AppRole
	if r.Verdict == analyzer.CrossTenant {
		role = p.Config.Tenant.CrossTenantRole
	}
	if role == "" || r.Verdict == analyzer.Rejected {
		return nil
	}
	var list []analyzer.Diagnostic
	fail := func(line, column, width int, why, hint string) {
		list = append(list, analyzer.Diagnostic{Rule: "missing-privilege", Query: r.Name, File: r.File, Line: line, Column: column, EndLine: line, EndColumn: column + width,
			Message: fmt.Sprintf("query %s would fail for %s: %s", r.Name, role, why), Hint: hint})
	}
	whole := func(why, hint string) { fail(r.Line, 1, utf8.RuneCountInString("-- name: "+r.Name), why, hint) }
	if r.Verdict != analyzer.CrossTenant {
		ownersViews(u, views, r, role, whole)
	}
	for _, d := range r.Draws {
		if d.Sequence.Name == "" {
			fail(d.Line, d.Column, len("nextval"), "it takes numbers from a sequence that it does not name, or that no schema file creates, so that no right to it is granted", "write nextval('schema.sequence'), and CREATE SEQUENCE in a schema file")
		}
	}
	for _, f := range r.Calls {
		if f.Private && !p.mayExecute(u, role, f) {
			whole("nobody lets it run function "+f.Name.String()+", since EXECUTE is revoked from PUBLIC", "GRANT EXECUTE ON FUNCTION "+f.Name.String()+" TO "+role+" in a schema file")
		}
	}
	return list
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
