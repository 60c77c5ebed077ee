package tenantgen

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/parameters"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/prove"
)

// proveRole is whom row-level security confines where no app_role is configured.
const proveRole = "tenantgen_prove_app"

// ProveQueries says which queries Prove runs.
type ProveQueries struct {
	Names   []string // these only, refused or not; all that are accepted when empty
	Refused bool     // those that lint refuses, too, to see them leak; premises cover nothing then
}

// Prove runs the queries that Check judged on a throw-away database: on pairs of
// states that differ in other tenants' rows only, with row-level security and without.
// There is one report for each `sql:` entry, and another for its queries that are confined to
// a tenant of an outer level alone.
func (p *Project) Prove(ctx context.Context, r *Report, which ProveQueries, o prove.Options) ([]*prove.Report, error) {
	names := which.Names
	var inputs []prove.Input
	unknown := slices.Clone(names)
	for _, u := range r.units {
		in, err := p.proveInput(u, r)
		if err != nil {
			return nil, err
		}
		if which.Refused {
			for _, q := range in.Queries {
				q.Assumes = nil
			}
		}
		in.Queries = slices.DeleteFunc(in.Queries, func(q *prove.Query) bool {
			// What is for a set of tenants is tried by nobody here: the policies are asked for one.
			return q.Verdict == analyzer.OfTenants || q.Verdict == analyzer.Rejected && !which.Refused && !slices.Contains(names, q.Name)
		})
		if len(names) > 0 {
			in.OnlyQueries = true
			in.Queries = slices.DeleteFunc(in.Queries, func(q *prove.Query) bool { return !slices.Contains(names, q.Name) })
			unknown = slices.DeleteFunc(unknown, func(n string) bool {
				return slices.ContainsFunc(in.Queries, func(q *prove.Query) bool { return q.Name == n })
			})
		}
		inputs = append(inputs, apart(in)...)
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("there is no query %s", unknown[0])
	}
	var reports []*prove.Report
	for _, in := range inputs {
		report, err := prove.Run(ctx, in, o)
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

func (p *Project) proveInput(u *judged, r *Report) (prove.Input, error) {
	w := p.wanted(u)
	w.AppRole = cmp.Or(w.AppRole, proveRole)
	in := prove.Input{Schema: u.Schema, Tenancy: u.Tenancy, AppRole: w.AppRole, JWTClaim: w.Source.JWTClaim}
	for _, f := range u.Entry.SchemaFiles {
		in.Files = append(in.Files, analyzer.SchemaFile{Path: p.Config.Rel(f.Path), Text: f.Text, InTransaction: f.InTransaction, Together: f.Together})
	}
	steps, err := migrate.Plan(u.Schema, w)
	if err != nil {
		return in, err
	}
	for _, s := range steps {
		in.Policies = append(in.Policies, s.SQL...)
	}
	a := analyzer.New(u.Schema, u.Tenancy, p.Config.Tenant.Functions)
	for _, res := range u.results {
		_, excused := r.baselined[res]
		q := &prove.Query{Name: cmp.Or(res.Name, fmt.Sprintf("line %d", res.Line)), File: res.File, Line: res.Line, Verdict: res.Verdict,
			Excused: excused, Tenants: res.Tenants, Apart: res.Apart, Targets: res.Targets}
		if sent, err := a.Prepared(res); err != nil {
			q.Problem = err.Error()
		} else {
			q.SQL, q.Params = sent.SQL, sent.Params
		}
		if res.Verdict == analyzer.Rejected {
			q.Tenants = guessTenants(u.Tenancy, q.Params)
		}
		for _, a := range res.Assumes {
			q.Assumes = append(q.Assumes, &prove.Premise{Kind: a.Kind, Table: a.Table, Constraint: a.Constraint, Columns: a.Columns, Text: a.Text})
		}
		in.Queries = append(in.Queries, q)
	}
	return in, nil
}

// apart separates the queries by the levels that their proofs tell apart: whose a row is
// depends on that.
func apart(in prove.Input) []prove.Input {
	var list []prove.Input
	for levels := range len(in.Tenancy.Levels) {
		part := in
		part.Queries = slices.DeleteFunc(slices.Clone(in.Queries), func(q *prove.Query) bool { return q.Apart != levels })
		if levels > 0 {
			part.Tenancy, part.OnlyQueries = in.Tenancy.Outward(levels-1), true
		}
		if len(part.Queries) > 0 {
			list = append(list, part)
		}
	}
	return list
}

// guessTenants finds the parameters that may be meant to be the tenant, in a query that
// was refused: by name, else by the column that they meet.
func guessTenants(own *tenancy.Map, params []parameters.Param) []int {
	tenants := make([]int, len(own.Levels))
	for level, l := range own.Levels {
		i := slices.IndexFunc(params, func(p parameters.Param) bool { return slices.Contains(l.Columns, p.Name) })
		if i < 0 {
			i = slices.IndexFunc(params, func(p parameters.Param) bool {
				return slices.ContainsFunc(p.Columns, func(c parameters.Column) bool {
					o := own.Of(c.Table)
					return o.Kind == tenancy.Column && o.Column == c.Column && o.Level == level
				})
			})
		}
		tenants[level] = i + 1
	}
	return tenants
}
