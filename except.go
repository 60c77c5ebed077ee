package tenantgen

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// excepted finds the exception of the configuration that a finding falls under: of its rule, by
// its table or query, by a column or key of the table that it names (notes.slug), or by the view or function
// that it is about; nil when there is none.
func (p *Project) excepted(rule, table, query, message string) *config.Except {
	for i := range p.Config.Tenant.Rules {
		set := &p.Config.Tenant.Rules[i]
		if set.Name != rule {
			continue
		}
		for j := range set.Except {
			if e := &set.Except[j]; e.Object == table || e.Object == query || slices.ContainsFunc(namesIn(message), func(name string) bool {
				return e.Object == name && table == "" || table != "" && e.Object == table+"."+name
			}) {
				return e
			}
		}
	}
	return nil
}

// namesIn are the words of a message that may be names, with their schemas.
func namesIn(message string) []string {
	words := strings.FieldsFunc(message, func(r rune) bool { return strings.ContainsRune(" ,:;()\"`", r) })
	for i, w := range words {
		words[i] = strings.TrimSuffix(w, ".")
	}
	return words
}

// except leaves out of a report what the configuration makes exceptions of, and reports those
// that nothing falls under. What refuses a query stays.
func (p *Project) except(r *Report) {
	used := map[*config.Except]bool{}
	refused := map[string]bool{}
	for _, q := range r.Queries {
		if q.Verdict == analyzer.Rejected {
			refused[q.File+"|"+q.Name] = true
		}
	}
	drop := func(d analyzer.Diagnostic) bool {
		if d.Query != "" && refused[d.File+"|"+d.Query] {
			return false
		}
		e := p.excepted(d.Rule, d.Table, d.Query, d.Message)
		if e != nil {
			used[e] = true
		}
		return e != nil
	}
	r.Diagnostics = slices.DeleteFunc(r.Diagnostics, drop)
	for _, q := range r.Queries {
		q.Diagnostics = slices.DeleteFunc(q.Diagnostics, drop)
	}
	if p.partial {
		return
	}
	for i := range p.Config.Tenant.Rules {
		set := &p.Config.Tenant.Rules[i]
		for j := range set.Except {
			if e := &set.Except[j]; !used[e] {
				r.Diagnostics = append(r.Diagnostics, analyzer.Diagnostic{Rule: "stale-exception", Severity: analyzer.Error, File: p.Config.Rel(p.Config.Path),
					Line: e.Line, Column: e.Column, EndLine: e.Line, EndColumn: e.Column + len(e.Object),
					Message: "nothing that " + set.Name + " finds is about " + e.Object, Hint: "remove the exception, or name a table, a view, a function, a query, or <table>.<column or key>, as the finding does"})
			}
		}
	}
}
