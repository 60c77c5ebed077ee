package rules

import (
	"strings"
	"unicode"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

var viewWithoutSecurityInvoker = &Rule{
	Name:     "view-without-security-invoker",
	Title:    "a view reads tenant tables with the rights of its owner",
	Severity: Warning,
	Kind:     Schema,
	Text: `A view reads its tables as its owner unless it is created WITH
(security_invoker), and so do the policies that apply (PostgreSQL manual, CREATE
VIEW, notes): an owner that is a superuser or has BYPASSRLS shows every tenant's
rows to whoever may select from the view. tenantgen proves the queries that read
a view through its text; this rule is about row-level security, the second line
of defence. Views need PostgreSQL 15 for it.

The rule goes by the names in the view's text, so a column that has the name of a
tenant table counts too.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, title text, PRIMARY KEY (org_id, id));`,
	Bad:    `CREATE VIEW titles AS SELECT org_id, title FROM notes;`,
	Good:   `CREATE VIEW titles WITH (security_invoker) AS SELECT org_id, title FROM notes;`,
	Run: func(p *Pass) {
		for _, v := range p.DB.Views {
			if !v.Materialized && !v.SecurityInvoker && p.readsTenants(v, nil) {
				p.reportFix(v.Pos, "", "ALTER VIEW "+v.Name.SQL()+" SET (security_invoker = true)",
					"view "+v.Name.String()+" reads tenant tables with the rights of its owner, whom row-level security may not stop", InvokeView{v})
			}
		}
	},
}

var materializedView = &Rule{
	Name:     "materialized-view",
	Title:    "a materialized view copies tenant rows to where row-level security does not reach",
	Severity: Warning,
	Kind:     Schema,
	Text: `A materialized view holds the rows its owner saw at the last REFRESH, and
row-level security cannot be enabled on it (PostgreSQL manual, 5.9 and CREATE
MATERIALIZED VIEW): whoever may select from it can read every tenant's rows.
tenantgen proves the queries that read it through its text; nothing stops the
others.

Use a view WITH (security_invoker), or a table with the tenant column that a job
fills, or grant no role of the application access to it.`,
	Schema: viewWithoutSecurityInvoker.Schema,
	Bad:    `CREATE MATERIALIZED VIEW titles AS SELECT org_id, title FROM notes;`,
	Good:   `CREATE VIEW titles WITH (security_invoker) AS SELECT org_id, title FROM notes;`,
	Run: func(p *Pass) {
		for _, v := range p.DB.Views {
			if v.Materialized && p.readsTenants(v, nil) {
				p.report(v.Pos, "", "use a view WITH (security_invoker), or a table that row-level security protects",
					"materialized view "+v.Name.String()+" copies tenant rows to where row-level security does not reach")
			}
		}
	},
}

// readsTenants reports whether a view names a tenant table, or a view that does. A
// view whose text is lost may read anything.
func (p *Pass) readsTenants(v *catalog.View, seen []*catalog.View) bool {
	for _, s := range seen {
		if s == v {
			return false
		}
	}
	if v.Query == "" {
		return true
	}
	names := identifiers(v.Query)
	for _, t := range p.DB.Tables {
		if names[t.Name.Name] && p.owned(t) {
			return true
		}
	}
	for _, other := range p.DB.Views {
		if names[other.Name.Name] && p.readsTenants(other, append(seen, v)) {
			return true
		}
	}
	return false
}

// identifiers collects the words of an SQL text as PostgreSQL stores them: folded
// to lower case unless quoted. String literals are left out.
func identifiers(text string) map[string]bool {
	names := map[string]bool{}
	for text != "" {
		if quote := text[0]; quote == '"' || quote == '\'' {
			var word string
			word, text = quoted(text[1:], quote)
			names[word] = names[word] || quote == '"'
			continue
		}
		end := strings.IndexFunc(text, func(r rune) bool { return !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '$') })
		if end < 0 {
			end = len(text)
		}
		names[strings.ToLower(text[:end])] = true
		text = text[end:]
		if text != "" && text[0] != '"' && text[0] != '\'' {
			text = text[1:]
		}
	}
	return names
}

// quoted reads up to the closing quote; a doubled one stands for itself.
func quoted(text string, quote byte) (word, rest string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == quote {
			if i+1 == len(text) || text[i+1] != quote {
				return b.String(), text[i+1:]
			}
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String(), ""
}
