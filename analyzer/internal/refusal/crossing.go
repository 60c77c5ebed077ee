package refusal

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// crossing tells of the declaration, beside the condition, where a query looks as if it crossed
// tenants by its nature: it finds a row by what somebody shows before a tenant is known, or it is
// a job's, which takes rows of all. A query that knows its tenant is not told, nor one by ids.
func crossing(st *query.Statement, failures []prover.Failure, all []finding.Finding) []finding.Finding {
	i := slices.IndexFunc(failures, func(f prover.Failure) bool { return f.Kind == prover.UnconfinedRows })
	if i < 0 || slices.ContainsFunc(failures, func(f prover.Failure) bool { return knowsTenant(st, f) }) {
		return all
	}
	levels := levelsOf(st)
	switch shown := shown(levels); {
	case shown != nil && slices.ContainsFunc(failures, func(f prover.Failure) bool { return f.At.Base == shown && hasTenants(f) }):
		all[i].Hint += beforeTenant + "tenant-root <reason>"
	case shown != nil:
		all[i].Hint += beforeTenant + "token-lookup <reason>"
	case job(st, levels):
		all[i].Hint += "; or, where it is a job for all tenants, declare the query: -- tenantgen:cross-tenant background <reason>"
	}
	return all
}

const beforeTenant = "; or, where no tenant is known before it, as at a sign-in or in a webhook, declare the query: -- tenantgen:cross-tenant "

// knowsTenant reports whether a failure is one of a query that names a tenant, in whatever way.
func knowsTenant(st *query.Statement, f prover.Failure) bool {
	switch {
	case f.Kind == prover.NullableTenant || f.Near != nil && f.Near.Why != prover.OtherColumn:
		return true
	case f.Missing == nil:
		return false
	}
	param := innermost(f.Missing).Param
	return slices.ContainsFunc(st.Params, func(info *query.ParamInfo) bool {
		return param.Name == "" && info.Number == param.Number || param.Name != "" && info.Name == param.Name
	})
}

// hasTenants reports whether the table of a failure has the tenants themselves: its tenant column alone is a key.
func hasTenants(f prover.Failure) bool {
	t := f.At.Base.Table
	return f.Owner.Kind == tenancy.Column && slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool {
		return !k.Partial && !k.Expression && len(k.Columns) == 1 && k.Columns[0] == t.Columns[f.Owner.Column].Name
	})
}

// shown is a table of which a level finds a row, among those of all tenants, by a unique key that
// somebody outside shows: a token, an address, the name of a host. It is nil without one.
func shown(levels []level) *query.Base {
	for _, l := range levels {
		for _, t := range l.tests {
			if t.op == "=" && t.shows() && slices.ContainsFunc(t.base.Table.Keys, func(k *catalog.Key) bool { return l.finds(k, t) }) {
				return t.base
			}
		}
	}
	return nil
}

// finds reports whether a level gives all columns of a key a value, that of a test among them.
// Of an expression in a key, such as lower(email), it is not known what it is of.
func (l level) finds(k *catalog.Key, by test) bool {
	if k.Expression && by.plain || !k.Expression && !slices.Contains(k.Columns, by.column()) {
		return false
	}
	return !slices.ContainsFunc(k.Columns, func(c string) bool {
		return !slices.ContainsFunc(l.tests, func(t test) bool { return t.base == by.base && t.op == "=" && t.column() == c })
	})
}

// job reports whether a statement takes rows as a job does: it passes over those that another one
// works on, takes the first ones that wait, or changes what a time has passed for. One that is
// about given rows does not.
func job(st *query.Statement, levels []level) bool {
	for _, l := range levels {
		if slices.ContainsFunc(l.tests, test.given) {
			return false
		}
	}
	if st.SkipsLocked {
		return true
	}
	w, writes := st.Root.(*query.Write)
	return slices.ContainsFunc(levels, func(l level) bool {
		return l.limited && slices.ContainsFunc(l.tests, test.waits) ||
			writes && (w.Kind == query.Delete || w.Kind == query.Update) && slices.ContainsFunc(l.tests, test.passed)
	})
}
