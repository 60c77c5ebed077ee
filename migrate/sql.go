package migrate

import (
	_ "embed"
	"slices"
	"strings"
	"text/template"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

//go:embed rls.sql.tmpl
var rlsText string

// rlsTemplates holds one template for each statement and expression.
var rlsTemplates = template.Must(template.New("rls").Parse(rlsText))

// printer prints SQL and keeps the first error, so that callers ask once.
type printer struct {
	err error
}

func (p *printer) print(name string, data any) string {
	var b strings.Builder
	if err := rlsTemplates.ExecuteTemplate(&b, name, data); err != nil && p.err == nil {
		p.err = err
	}
	return b.String()
}

// alterTable takes the actions in the order in which to apply them.
func (p *printer) alterTable(t catalog.Name, actions ...string) string {
	return p.print("alter table", map[string]string{"Table": QuoteName(t), "Actions": strings.Join(actions, ", ")})
}

func (p *printer) createPolicy(t catalog.Name, pol *catalog.Policy) string {
	as := "PERMISSIVE"
	if pol.Restrictive {
		as = "RESTRICTIVE"
	}
	return p.print("policy", map[string]any{
		"Name": QuoteIdent(pol.Name), "Table": QuoteName(t), "As": as,
		"For": strings.ToUpper(pol.Command), "To": roleList(pol.Roles), "Clauses": policyClauses(pol),
	})
}

func policyClauses(pol *catalog.Policy) []string {
	var clauses []string
	if pol.Using != "" {
		clauses = append(clauses, "USING ("+pol.Using+")")
	}
	if pol.Check != "" {
		clauses = append(clauses, "WITH CHECK ("+pol.Check+")")
	}
	return clauses
}

// roleList prints the roles of a policy. The four special ones are keywords
// there, and nobody names a role like them.
func roleList(roles []string) string {
	if len(roles) == 0 {
		return "PUBLIC"
	}
	var list []string
	for _, r := range roles {
		switch r {
		case "public", "current_user", "current_role", "session_user":
			list = append(list, strings.ToUpper(r))
		default:
			list = append(list, QuoteIdent(r))
		}
	}
	return strings.Join(list, ", ")
}

func (p *printer) dropPolicy(t catalog.Name, name string) string {
	return p.print("drop policy", map[string]string{"Name": QuoteIdent(name), "Table": QuoteName(t)})
}

func (p *printer) grant(privileges []string, on, role string) string {
	return p.print("grant", map[string]string{"Privileges": privilegeList(privileges), "On": on, "Role": QuoteIdent(role)})
}

func (p *printer) revoke(privileges []string, on, role string) string {
	return p.print("revoke", map[string]string{"Privileges": privilegeList(privileges), "On": on, "Role": QuoteIdent(role)})
}

// privilegeList prints privileges in the order in which PostgreSQL's manual names them.
func privilegeList(privileges []string) string {
	place := func(p string) int { return slices.Index(tablePrivileges, p) }
	list := slices.SortedFunc(slices.Values(privileges), func(a, b string) int { return place(a) - place(b) })
	return strings.ToUpper(strings.Join(list, ", "))
}

// createRole creates the role where it is missing. It has to ask the server: a
// role belongs to the whole cluster, and CREATE ROLE has no IF NOT EXISTS.
func (p *printer) createRole(role string) string {
	return p.print("role", map[string]string{
		"Quote": dollarQuote(role), "Role": QuoteIdent(role), "Literal": QuoteLiteral(role),
	})
}

// createCrossTenantRole creates the role where it is missing and this may be done, and
// makes sure that it is what it has to be. The application's role must not become it.
func (p *printer) createCrossTenantRole(role, app string) string {
	return p.print("cross-tenant role", map[string]string{
		"Quote": dollarQuote(role + app), "Role": QuoteIdent(role), "Literal": QuoteLiteral(role), "App": QuoteLiteral(app),
	})
}

// sequencesOf is how migrations gave sequences before they were granted by their names.
func (p *printer) sequencesOf(verb, toward, list, role string) string {
	return p.print("sequences", map[string]string{
		"Quote": dollarQuote(list + role), "Verb": verb, "Toward": toward,
		"Tables": list, "Literal": QuoteLiteral(role),
	})
}
