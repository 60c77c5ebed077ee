package tenantgen

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
)

// Exception is something that tenantgen lets pass on somebody's word.
type Exception struct {
	// Kind is cross-tenant or baselined for a query, ddl for a statement of a schema file,
	// or global, read_also, function, rule or except (of the rule Category) for a declaration of the configuration. Of
	// read_also, Reason is the condition.
	// A premise is what proofs of Queries rest on though nothing guarantees it; Reason says it.
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Category string `json:"category,omitempty"`
	Reason   string `json:"reason,omitempty"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	// Method is where the generated method is, as file:line, "" when there is none.
	Method string `json:"method,omitempty"`
	// Queries rest on the premise.
	Queries []string `json:"queries,omitempty"`
	// WrittenBy are the queries that write a global table, which every tenant reads.
	WrittenBy []string `json:"written_by,omitempty"`
}

// Audit lists every exception of a checked project: the queries that cross tenants, are for
// sets of them or are in the baseline, what the configuration vouches for, and the premises of the proofs.
func (p *Project) Audit(r *Report) []Exception {
	list := []Exception{}
	for i, u := range r.units {
		methods := p.methods(i)
		for _, q := range u.results {
			e := Exception{Name: q.Name, File: q.File, Line: q.Line}
			switch reason, excused := r.baselined[q]; {
			case q.Verdict == analyzer.CrossTenant:
				e.Kind, e.Category, e.Reason, e.Method = "cross-tenant", q.Category, q.Reason, methods[q.Name]
			case q.Verdict == analyzer.OfTenants:
				e.Kind, e.Reason, e.Method = "tenants", q.Reason, methods[q.Name]
			case excused:
				e.Kind, e.Reason, e.Method = "baselined", reason, methods[q.Name]
			default:
				continue
			}
			list = append(list, e)
		}
	}
	list = append(list, p.unfollowed()...)
	file, writers := p.Config.Rel(p.Config.Path), p.globals(r)
	for _, t := range p.Config.Tenant.Tables {
		if t.Global {
			list = append(list, Exception{Kind: "global", Name: t.Name, File: file, Line: t.Line, WrittenBy: writers[t.Name]})
		}
		if t.ReadAlso != "" {
			list = append(list, Exception{Kind: "read_also", Name: t.Name, Reason: t.ReadAlso, File: file, Line: t.Line})
		}
	}
	for _, f := range p.Config.Tenant.Functions {
		list = append(list, Exception{Kind: "function", Name: f.Name, Reason: f.Reason, File: file, Line: f.Line})
	}
	for _, rule := range p.Config.Tenant.Rules {
		if rule.Severity == "off" {
			list = append(list, Exception{Kind: "rule", Name: rule.Name, Reason: rule.Reason, File: file, Line: rule.Line})
		}
		for _, e := range rule.Except {
			list = append(list, Exception{Kind: "except", Category: rule.Name, Name: e.Object, Reason: e.Reason, File: file, Line: e.Line})
		}
	}
	return append(list, premises(r)...)
}

// premises lists what the proofs of a project rest on, each premise once.
func premises(r *Report) []Exception {
	var list []Exception
	for _, q := range r.Queries {
		for _, a := range q.Assumes {
			e := Exception{Kind: "premise", Name: strings.TrimSpace(a.Table.String() + " " + a.Constraint), Category: string(a.Kind), Reason: a.Text, File: a.Pos.File, Line: a.Pos.Line}
			i := slices.IndexFunc(list, func(x Exception) bool { return x.Name == e.Name && x.Category == e.Category && x.Reason == e.Reason })
			if i < 0 {
				list = append(list, e)
				i = len(list) - 1
			}
			list[i].Queries = append(list[i].Queries, q.Name)
		}
	}
	return list
}

// unfollowed lists the statements of schema files that are not followed, and for which
// somebody vouches.
func (p *Project) unfollowed() []Exception {
	var list []Exception
	for _, unit := range p.Units {
		for _, u := range unit.Schema.Unknown {
			e := Exception{Kind: "ddl", Name: u.What, Reason: u.Reason, File: u.Pos.File, Line: u.Pos.Line}
			if u.Reason != "" && !slices.ContainsFunc(list, func(o Exception) bool { return o.File == e.File && o.Line == e.Line }) {
				list = append(list, e)
			}
		}
	}
	return list
}

// besides are the types whose methods are not of one tenant's repositories, also where emit_interface makes
// interfaces of them.
var besides = []string{"CrossTenant", "crossTenantQueries", "OfTenants", "ofTenantsQueries", "Unproved", "unprovedQueries"}

var methodLine = regexp.MustCompile(`^func \(\w+ \*(\w+)\) (\w+)\(`)

// methods finds the committed methods of an entry that cross tenants, are for sets of them or are not proved, by query.
func (p *Project) methods(unit int) map[string]string {
	found := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(p.Config.RepoDir(unit), "*.go"))
	if err != nil || p.Config.Tenant.Out == "" {
		return found
	}
	slices.Sort(paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		for i, line := range strings.Split(string(text), "\n") {
			if m := methodLine.FindStringSubmatch(line); m != nil && slices.Contains(besides, m[1]) {
				found[m[2]] = fmt.Sprintf("%s:%d", p.Config.Rel(path), i+1)
			}
		}
	}
	return found
}
