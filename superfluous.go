package tenantgen

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
)

// superfluous finds functions that somebody vouches for though their bodies are read, and
// nothing else would be said without that. What a body does counts then: an entry that lets
// it do more is needed.
func (p *Project) superfluous(r *Report) []analyzer.Diagnostic {
	severity := p.severityOf(rules.Lookup("superfluous-vouch"))
	if severity == rules.Off || p.partial {
		return nil
	}
	all := p.Config.Tenant.Functions
	read := slices.DeleteFunc(slices.Clone(all), func(f config.Function) bool { return !p.readsItself(f) })
	if len(read) > 0 && !p.saysTheSame(r, read) {
		read = slices.DeleteFunc(read, func(f config.Function) bool { return !p.saysTheSame(r, []config.Function{f}) })
	}
	var ds []analyzer.Diagnostic
	for _, f := range read {
		ds = append(ds, analyzer.Diagnostic{Rule: "superfluous-vouch", Severity: analyzer.Severity(severity), File: p.Config.Path,
			Message: "functions: the body of " + f.Name + " is read, so that nobody has to vouch for it",
			Hint:    "remove the entry, which would be believed whatever the body becomes",
			Line:    f.Line, Column: f.Column, EndLine: f.Line, EndColumn: f.Column + len(f.Name)})
	}
	return ds
}

// readsItself reports whether an entry is about functions of some schema that are all read.
func (p *Project) readsItself(f config.Function) bool {
	others := without(p.Config.Tenant.Functions, []config.Function{f})
	return slices.ContainsFunc(p.Units, func(u *Unit) bool { return analyzer.ReadsItself(u.Schema, f, others) })
}

func without(all, some []config.Function) []config.Function {
	return slices.DeleteFunc(slices.Clone(all), func(f config.Function) bool { return slices.Contains(some, f) })
}

// saysTheSame reports whether Check says the same of the project without some entries.
func (p *Project) saysTheSame(r *Report, some []config.Function) bool {
	cfg := *p.Config
	cfg.Tenant.Functions = without(cfg.Tenant.Functions, some)
	q := &Project{Config: &cfg, now: p.now, schemas: p.schemas}
	for i, entry := range cfg.SQL {
		u, err := q.unit(i, entry)
		if err != nil {
			return false
		}
		q.Units = append(q.Units, u)
	}
	again := q.check()
	return slices.Equal(r.Diagnostics, again.Diagnostics) && slices.EqualFunc(r.Queries, again.Queries, func(a, b *analyzer.Result) bool {
		return a.Verdict == b.Verdict
	})
}
