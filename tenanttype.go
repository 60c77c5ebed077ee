package tenantgen

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
)

// integers that ids are made of, by width: a wider parameter takes every value of a narrower column (PostgreSQL manual, 8.1.1).
var integers = []string{"smallint", "integer", "bigint"}

// tenantTypes finds queries whose tenant parameter gives no id type, or another one than that of an earlier query: the
// repositories have one type for the tenant, from which the parameter of each query is made without loss.
func (p *Project) tenantTypes(u *Unit, results []*analyzer.Result) []analyzer.Diagnostic {
	severity := p.severityOf(rules.Lookup("tenant-type"))
	if u.Entry.Go.Out == "" || p.Config.Tenant.Out == "" || severity == rules.Off {
		return nil
	}
	var ds []analyzer.Diagnostic
	say := func(r *analyzer.Result, message, hint string) {
		ds = append(ds, analyzer.Diagnostic{Rule: "tenant-type", Severity: analyzer.Severity(severity), Query: r.Name, File: r.File,
			Line: r.Line, Column: 1, EndLine: r.Line, EndColumn: 2, Message: message, Hint: hint})
	}
	settled := make([]*analyzer.Result, len(u.Tenancy.Levels))
	for _, r := range results {
		if r.Verdict == analyzer.Rejected || r.Verdict == analyzer.OfTenants || r.Name == "" {
			continue
		}
		for level, typ := range r.TenantTypes {
			column, first := u.Tenancy.Levels[level].Columns[0], settled[level]
			switch {
			case typ == "":
			case typ == "any":
				say(r, "sqlc cannot tell the type of the tenant parameter, and would take any value",
					fmt.Sprintf("cast it, as in @%s::uuid, or give its domain a Go type in sqlc.yaml: overrides: [{db_type: <domain>, go_type: …}]", column))
			case typ != "uuid" && typ != "text" && !slices.Contains(integers, typ):
				say(r, "the tenant parameter is "+typ+", of which no id type can be made", "make the tenant column uuid, bigint, integer, smallint or text")
			case first == nil || first.TenantTypes[level] == "text":
				settled[level] = r
			case typ != first.TenantTypes[level] && typ != "text":
				at, wide, hint := r, first, "give the tenant one type in all tables"
				if old, new := slices.Index(integers, first.TenantTypes[level]), slices.Index(integers, typ); old >= 0 && new >= 0 {
					if old < new {
						at, wide = first, r
					}
					hint = fmt.Sprintf("write @%s::%s here, or give the columns of both one type", column, wide.TenantTypes[level])
				}
				say(at, fmt.Sprintf("the tenant parameter is %s, but %s in query %s, and the repositories have one type for the tenant", at.TenantTypes[level], wide.TenantTypes[level], wide.Name), hint)
				settled[level] = wide
			}
		}
	}
	return ds
}
