package propose

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// tenants writes the tenant column or the levels, and the other of the two as a choice.
func (p *Proposal) tenants(b *block) {
	one := listed(p.Tenants.Columns)
	if !p.Levels {
		b.setting(1, "tenant_column", one, p.whyColumn())
		for _, o := range p.Others {
			b.choice(1, "tenant_column", listed(o.Columns), "if that is the tenant: in "+tables(o))
		}
		if p.Inner != nil {
			b.comment(1, "Or levels in its place, where "+p.Inner.Noun+"s are to be kept apart as well ("+p.Inner.Columns[0]+" is in "+tables(*p.Inner)+"): tenantgen init --levels")
		}
		return
	}
	b.comment(1, "Levels, outermost first: a table belongs to the innermost whose column it has NOT NULL.")
	b.line(1, "levels:")
	for _, t := range []Tenants{p.Tenants, *p.Inner} {
		b.line(2, "- "+flow(mapping("name", t.Noun, "column", t.Columns[0], "setting", settingOf(t.Columns[0])))+"  # in "+tables(t))
	}
	b.comment(1, "Or without levels, where "+p.Inner.Noun+"s need not be kept apart: tenantgen init --levels=false")
}

func (p *Proposal) whyColumn() string {
	why := "in " + tables(p.Tenants) + ", which need no entry"
	if p.Tenants.Root == "" {
		why += "; no table of the tenants themselves was found"
	}
	if len(p.Tenants.Unlike) > 0 {
		why += "; of another type in " + few(p.Tenants.Unlike)
	}
	return why
}

func tables(t Tenants) string {
	if t.Tables() == 1 {
		return "1 table"
	}
	return fmt.Sprintf("%d tables", t.Tables())
}

// flow is a node on one line.
func flow(n *yaml.Node) string {
	text, err := yaml.Marshal(n)
	if err != nil {
		panic(err) // nodes of ours
	}
	return strings.TrimRight(string(text), "\n")
}

// settingOf is the setting that a policy finds the tenant in: one that PostgreSQL accepts.
func settingOf(column string) string {
	return "app." + strings.Join(words(column), "_")
}

// plainSetting reports whether the setting that a column has by default needs no word.
func plainSetting(column string) bool {
	for i, r := range column {
		if !(r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9') {
			return false
		}
	}
	return column != ""
}

// settings writes what is not about tables.
func (p *Proposal) settings(b *block) {
	s := p.Settings
	p.source(b)
	if s.Out != "" {
		why := "the generated repositories"
		if s.Exposed != "" {
			why += "; let sqlc's out (" + s.Exposed + ") be below an internal/ of it, or code can go past them"
		}
		b.setting(1, "out", scalar(s.Out), why)
		if s.Package != "" {
			b.setting(1, "package", scalar(s.Package), "")
		}
	} else {
		b.choice(1, "out", scalar("internal/repo"), "where generate is to write the repositories: they import the Go that sqlc makes")
	}
	m := s.Migrations
	switch {
	case m.Dir != "":
		b.setting(1, "migrations", mapping("dir", m.Dir, "format", m.Format), "where generate adds row-level security, as the files there are written")
	case s.Unmarked != "":
		b.choice(1, "migrations", mapping("dir", s.Unmarked, "format", "plain"), "which tool runs these files? goose, golang-migrate, dbmate, tern, plain, atlas")
	default:
		b.choice(1, "migrations", mapping("dir", "db/migrations", "format", "goose"), "where is generate to add row-level security? goose, golang-migrate, dbmate, tern, plain, atlas")
	}
	p.roles(b)
}

// source writes where policies find the tenant, where it is not the default.
func (p *Proposal) source(b *block) {
	s, first := p.Settings, p.Tenants.Columns[0]
	switch {
	case p.Levels:
	case len(s.Claim) > 0 && !strings.Contains(s.Claim[0], "."):
		b.setting(1, "tenant_source", mapping("jwt_claim", listed(s.Claim)), "as policies of the schema have it")
	case s.Setting != "":
		b.setting(1, "tenant_source", mapping("setting", s.Setting), "as policies of the schema have it")
	case !plainSetting(first):
		b.setting(1, "tenant_source", mapping("setting", settingOf(first)), "")
	}
}

func (p *Proposal) roles(b *block) {
	s := p.Settings
	if s.AppRole != "" {
		b.setting(1, "app_role", scalar(s.AppRole), "the role that the application runs as, by the rights that it has in the schema files")
	} else {
		b.setting(1, "app_role", scalar("app_tenant"), "the role that the application is to run as: write its name")
	}
	if s.CrossTenantRole != "" && s.CrossTenantRole != s.AppRole {
		b.setting(1, "cross_tenant_role", scalar(s.CrossTenantRole), "it has BYPASSRLS: for queries that are declared cross-tenant, on a pool of their own")
	} else {
		b.choice(1, "cross_tenant_role", scalar("app_cross_tenant"), "for queries that are declared cross-tenant, on a pool of their own")
	}
}

// tables writes the entries of tables, and what is open as comments.
func (p *Proposal) tables(b *block) {
	declares, open := false, false
	for _, t := range p.Tables {
		declares, open = declares || !t.Open, open || t.Open
	}
	switch {
	case declares:
		b.line(1, "tables:")
	case open:
		b.comment(1, "tables:")
	}
	for _, t := range p.Tables {
		if !t.Open {
			b.at[len(b.lines)] = t
			b.setting(2, t.Name, declaration(t.Choices[0].Declared), t.Choices[0].Why.String())
			for _, c := range t.Choices[1:] {
				b.choice(2, t.Name, declaration(c.Declared), "or "+c.Why.String())
			}
			continue
		}
		b.comment(2, "OPEN: "+t.Name+": "+t.Why.String())
		for _, c := range t.Choices {
			b.choice(2, t.Name, declaration(c.Declared), c.Why.String())
		}
	}
}

// functions writes the functions that somebody has to look at. Nothing is vouched for here.
func (p *Proposal) functions(b *block) {
	if len(p.Functions) == 0 {
		return
	}
	b.comment(1, "Functions that queries, triggers or defaults run, and that do more than tenantgen can read. Look at each, and say")
	b.comment(1, "why it touches no other tenant's rows, or leave it out and the queries that run it stay refused:")
	b.comment(1, "functions:")
	for _, f := range p.Functions {
		b.choice(2, f, mapping("safe", "<why>"), "")
	}
}
