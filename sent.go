package tenantgen

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/sqlc"
	"github.com/tenantgen/tenantgen/templates"
)

// sent is a query with the statement that sqlc makes of it: the query file was proved as its author wrote it, and sqlc
// rewrites parameters and stars.
type sent struct {
	query *analyzer.Result
	text  string
	again []*analyzer.Result // what is said of the statement: of one, unless something is wrong
}

// facts proves the statements that sqlc will really send.
func (p *Project) facts(u *Unit, pkg *sqlc.Package, results []*analyzer.Result) ([]templates.QueryFacts, error) {
	statements := map[string]sqlc.Query{}
	for _, q := range pkg.Queries {
		statements[q.Name] = q
	}
	var facts []templates.QueryFacts
	var list []*sent
	var errs []error
	for _, r := range results {
		if r.Name == "" {
			continue
		}
		q, ok := statements[r.Name]
		if ok && q.Cmd == sqlc.CopyFrom {
			if err := q.CheckCopy(r.Text); err != nil {
				errs = append(errs, fmt.Errorf("%s:%d: query %s: %w", r.File, r.Line, r.Name, err))
				continue
			}
		}
		s := &sent{query: r}
		if ok {
			s.text = declared(r, q.SQL)
		}
		list = append(list, s)
	}
	p.judgeSent(u, slices.DeleteFunc(slices.Clone(list), func(s *sent) bool { return s.text == "" }))
	for _, s := range list {
		r := s.query
		f := templates.QueryFacts{Name: r.Name, File: r.File, Line: r.Line, Verdict: templates.Verdict(r.Verdict), Comments: r.Comments,
			Write: len(r.Targets) > 0, Category: r.Category, Reason: r.Reason}
		if s.text == "" {
			facts = append(facts, f)
			continue
		}
		again, err := s.same()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if r.Verdict == analyzer.Rejected {
			f.Verdict = templates.Unproved
		}
		if r.Verdict == analyzer.Scoped || r.Verdict == analyzer.OfTenants {
			f.TenantParams, f.Certificate, f.Assumes = again.Tenants, certificate(r), assumes(r)
		}
		facts = append(facts, f)
	}
	return facts, errors.Join(errs...)
}

// declared is a statement with what its author declares of the query.
func declared(r *analyzer.Result, text string) string {
	switch r.Verdict {
	case analyzer.CrossTenant:
		return "-- tenantgen:cross-tenant " + r.Category + " " + r.Reason + "\n" + text
	case analyzer.OfTenants:
		return "-- tenantgen:tenants\n" + text
	}
	return text
}

// judgeSent judges statements, those of one file of queries together.
func (p *Project) judgeSent(u *Unit, list []*sent) {
	a := analyzer.New(u.Schema, u.Tenancy, p.Config.Tenant.Functions)
	var files []*judging
	of := map[string][]*sent{}
	for _, s := range list {
		if of[s.query.File] == nil {
			files = append(files, &judging{name: s.query.File})
		}
		of[s.query.File] = append(of[s.query.File], s)
	}
	for _, f := range files {
		for _, s := range of[f.name] {
			f.text += s.text + "\n;\n"
		}
	}
	for i, results := range p.judge(a, u, sentBySQLC, files) {
		if assign(of[files[i].name], results) {
			continue
		}
		for _, s := range of[files[i].name] {
			s.again = a.File(s.query.File, s.text)
		}
	}
}

// assign hands each statement the one result that is of it; false where they are not as many, or one is of something else.
func assign(list []*sent, results []*analyzer.Result) bool {
	for i, s := range list {
		if len(results) != len(list) || !strings.Contains(s.text, results[i].Text) {
			return false
		}
		s.again = results[i : i+1]
	}
	return true
}

// same is what is said of the statement. It has to be what the query is: for the
// same tenant, or for none, or across tenants with the same rights.
func (s *sent) same() (*analyzer.Result, error) {
	r := s.query
	// Of a refused query nothing is claimed that sqlc's form of it, without sqlc.narg, could lack.
	if len(s.again) == 1 && (s.again[0].Verdict == r.Verdict || r.Verdict == analyzer.Rejected) && sameUses(s.again[0].Uses, r.Uses) {
		return s.again[0], nil
	}
	why := ""
	for _, again := range s.again {
		for _, d := range again.Diagnostics {
			why += "; " + d.Message
		}
	}
	return nil, fmt.Errorf("%s:%d: query %s is %s, but the statement that sqlc makes of it is not%s", r.File, r.Line, r.Name, r.Verdict, why)
}

func sameUses(a, b []analyzer.Use) bool {
	return slices.EqualFunc(a, b, func(x, y analyzer.Use) bool { return x.Name() == y.Name() && slices.Equal(x.Privileges, y.Privileges) })
}

// certificate is the proof in one line.
func certificate(r *analyzer.Result) string {
	var parts []string
	for _, rel := range r.Relations {
		for _, line := range rel.Proof {
			if !slices.Contains(parts, line) {
				parts = append(parts, line)
			}
		}
	}
	return "Scoped by " + strings.Join(parts, ", ") + "."
}

// assumes says in one line what the proof rests on, "" when it is nothing.
func assumes(r *analyzer.Result) string {
	var parts []string
	for _, a := range r.Assumes {
		parts = append(parts, a.Text)
	}
	if len(parts) == 0 {
		return ""
	}
	return "It assumes that " + strings.Join(parts, ", and that ") + "."
}
