package rules

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var appRolePrivileges = &Rule{
	Name:      "app-role-privileges",
	Title:     "the application's role gets a privilege that no policy limits",
	Severity:  Error,
	Kind:      Schema,
	Excusable: true,
	Text: `TRUNCATE looks at no row, REFERENCES tells by a foreign key whether a row exists,
TRIGGER sees what others write, MAINTAIN locks the table (PostgreSQL manual, 5.7 and
5.8). Privileges count whether they are the role's own, PUBLIC's or those of a role
that it can become. Reported as well are

- what PUBLIC may do with a tenant table, and its writes to tables that tenants
  share;
- views that read tenant tables without security_invoker, and materialized views;
- CREATE on a schema or the database, and whatever is granted on PostgreSQL's own
  tables and functions, on languages, foreign servers, parameters and large objects;
- ALTER DEFAULT PRIVILEGES for tables, which are then usable before their policies
  are there, and with more than the migrations grant;
- WITH GRANT OPTION, by which the role decides who else may;
- functions that the role may run and nobody vouches for, when they are SECURITY
  DEFINER, in a language that is not trusted, such as C, or LEAKPROOF, by which they
  see rows before policies hide them (PostgreSQL manual, 41.5);
- triggers whose function is SECURITY DEFINER: who writes the row runs it without
  any right to, and may see in the row what it put there;
- EXECUTE ON ALL FUNCTIONS where there is an extension that only superusers install:
  it keeps functions for them, such as dblink_connect_u.

Harmless are privileges on sequences, which hold no rows, USAGE of schemas and
types, and CONNECT and TEMPORARY on the database. What app_role itself has too much
of a table the next migration of tenantgen generate takes back.`,
	Schema: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, PRIMARY KEY (org_id, id));`,
	Bad:    `GRANT ALL ON notes TO app_tenant;`,
	Good:   `GRANT SELECT, INSERT, UPDATE, DELETE ON notes TO app_tenant;`,
	Run: func(p *Pass) {
		for _, g := range p.DB.Grants {
			if why := p.excess(g); why != "" && p.reached(g.Role) {
				p.report(p.lost(g), "", excuse(revoke(g)), strings.ToUpper(g.Privilege)+" on "+object(strings.TrimPrefix(g.Kind, "default "), g.On)+" for "+grantee(g.Role)+": "+why)
				p.findings[len(p.findings)-1].Mended = p.mends(g)
			}
		}
		p.definers()
	},
}

func grantee(role string) string {
	if role == "public" {
		return "PUBLIC"
	}
	return role
}

// revoke is the statement that takes a grant back.
func revoke(g *catalog.Grant) string {
	on := g.On.SQL()
	to := " FROM " + ident(g.Role)
	if g.Role == "public" {
		to = " FROM PUBLIC"
	}
	switch {
	case strings.HasPrefix(g.Kind, "default "):
		in := ""
		if g.On.Schema != "" {
			in = " IN SCHEMA " + ident(g.On.Schema)
		}
		return "ALTER DEFAULT PRIVILEGES" + in + " REVOKE ALL ON " + strings.ToUpper(strings.TrimPrefix(g.Kind, "default ")) + to
	case g.Kind == "table":
		return "REVOKE " + strings.ToUpper(g.Privilege) + " ON " + on + to
	case strings.HasPrefix(g.Kind, "all "):
		return "REVOKE " + strings.ToUpper(g.Privilege) + " ON " + strings.ToUpper(g.Kind) + " IN SCHEMA " + ident(g.On.Schema) + to
	}
	return "REVOKE " + strings.ToUpper(g.Privilege) + " ON " + strings.ToUpper(g.Kind) + " " + on + to
}

// mends reports whether the next migration takes it back: it looks at what the role itself
// may do with tables and views.
func (p *Pass) mends(g *catalog.Grant) bool {
	if !p.App.Migrations || g.Kind != "table" || g.Role != p.App.Role || g.System || g.Option {
		return false
	}
	t := p.DB.Table(g.On)
	return t != nil && p.Own.Of(t).Kind != tenancy.Undeclared || slices.Contains(OwnerViews(p.DB, p.Own), p.DB.View(g.On))
}

// lost is where a view lost security_invoker, or else where a right was granted.
func (p *Pass) lost(g *catalog.Grant) catalog.Pos {
	for _, u := range p.DB.Undone {
		if p.DB.View(g.On) != nil && u.On == g.On && u.What == "security_invoker" {
			return u.Pos
		}
	}
	return g.Pos
}

// OwnerViews lists the views that read tenants' rows with the rights of their owner, and
// materialized views of them, but for those that somebody answers for.
func OwnerViews(db *catalog.Database, own *tenancy.Map) []*catalog.View {
	p := &Pass{DB: db, Own: own}
	var list []*catalog.View
	for _, v := range db.Views {
		if (v.Materialized || !v.SecurityInvoker) && p.readsTenants(v, nil) && !db.Answered(p.lost(&catalog.Grant{On: v.Name, Pos: v.Pos})) {
			list = append(list, v)
		}
	}
	return list
}

// excess says why a grant to a role of the application is too much, "" when it is not.
func (p *Pass) excess(g *catalog.Grant) string {
	privilege := g.Privilege
	switch {
	case g.Kind == "role", g.Default && p.byDefault(g):
		return "" // judged where the membership and the default privileges are
	case g.Option:
		return "with GRANT OPTION, so that it decides who else may"
	case g.System:
		return "it is PostgreSQL's own, or an extension's, and no policy stands before it"
	}
	switch g.Kind {
	case "table":
		return p.excessOnTable(g)
	case "default tables":
		return "tables are usable before their policies are there"
	case "schema", "default schemas":
		if privilege != "usage" {
			return "objects of its own can stand in for those that others mean, and have no policies"
		}
	case "database":
		if !slices.Contains([]string{"connect", "temporary", "temp"}, privilege) {
			return "schemas of its own have no policies"
		}
	case "language", "foreign server", "foreign-data wrapper", "parameter", "large object", "tablespace":
		return "no policy stands before it"
	case "all functions", "default functions":
		return p.excessOnFunctions()
	case "sequence", "all sequences", "default sequences", "function", "type", "default types", "all tables":
		// They hold no rows; SECURITY DEFINER functions and each table are judged one by one.
	default:
		return "tenantgen does not know what it allows"
	}
	return ""
}

// byDefault reports whether default privileges that are still in force are what gave it.
func (p *Pass) byDefault(g *catalog.Grant) bool {
	return slices.ContainsFunc(p.DB.Grants, func(d *catalog.Grant) bool {
		return d.Kind == "default tables" && d.Role == g.Role && (d.On.Schema == "" || d.On.Schema == g.On.Schema)
	})
}

var ordinary = []string{"select", "insert", "update", "delete"}

func (p *Pass) excessOnTable(g *catalog.Grant) string {
	t, v := p.DB.Table(g.On), p.DB.View(g.On)
	reads := p.owned(t) || v != nil && p.readsTenants(v, nil)
	switch {
	case !slices.Contains(ordinary, g.Privilege):
		return "no policy limits that"
	case v != nil && reads && v.Materialized:
		return "the materialized view holds rows of every tenant, and no policy"
	case v != nil && reads && !v.SecurityInvoker:
		return "the view reads tenant tables with the rights of its owner"
	case v != nil && (v.Materialized || !v.SecurityInvoker) && readsCatalogs(v):
		return "the view reads PostgreSQL's own tables with the rights of its owner"
	case g.Role == "public" && reads:
		return "every role that can connect may then name any tenant"
	case g.Role != p.App.Role && g.Privilege != "select" && !reads:
		return "every tenant shares the table"
	}
	return ""
}

// readsCatalogs reports whether a view names tables of PostgreSQL's own, which show what
// others do, and in statistics some of their values.
func readsCatalogs(v *catalog.View) bool {
	for name := range identifiers(v.Query) {
		if strings.HasPrefix(name, "pg_") || name == "information_schema" {
			return true
		}
	}
	return false
}

// trusted are languages in which a function can do no more than its caller (PostgreSQL
// manual, CREATE LANGUAGE, TRUSTED).
var trusted = []string{"sql", "plpgsql", "plperl", "pltcl", "plv8"}

// definers reports functions that run as their owner for whoever may call them.
func (p *Pass) definers() {
	if p.App.Role == "" {
		return
	}
	for _, f := range p.DB.Functions {
		callable := !f.Private || slices.ContainsFunc(p.DB.Grants, func(g *catalog.Grant) bool {
			return (g.Kind == "function" && g.On == f.Name || g.Kind == "all functions" && g.On.Schema == f.Name.Schema) && p.reached(g.Role)
		})
		if slices.Contains([]string{"trigger", "event_trigger"}, f.Returns.Name.Name) {
			p.fires(f)
			continue
		}
		if !callable || p.App.Vouched != nil && p.App.Vouched(f) {
			continue
		}
		if !slices.Contains(trusted, f.Language) && f.Kind != "aggregate" {
			p.report(f.Pos, "", excuse("write it in SQL or PL/pgSQL, or REVOKE EXECUTE ON FUNCTION "+f.Name.SQL()+" FROM PUBLIC"),
				"EXECUTE on function "+f.Name.String()+" for "+p.App.Role+": in the language "+f.Language+" it can do whatever the server can")
		}
		if f.Leakproof {
			p.report(f.Definer, "", excuse("leave LEAKPROOF away"), "EXECUTE on function "+f.Name.String()+" for "+p.App.Role+": a LEAKPROOF function sees rows before policies hide them")
		}
		if f.SecurityDefiner {
			p.report(f.Definer, "", excuse("use SECURITY INVOKER, or REVOKE EXECUTE ON FUNCTION "+f.Name.SQL()+" FROM PUBLIC"),
				"EXECUTE on function "+f.Name.String()+" for "+p.App.Role+": it runs with the rights of its owner, whom row-level security may not stop")
		}
	}
}
