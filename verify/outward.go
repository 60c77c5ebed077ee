package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

var outwardFunction = &rules.Rule{
	Name: "outward-function", Kind: rules.Database, Severity: rules.Warning,
	Title: "the application's role may call functions that reach other databases or hosts",
	Text: `dblink connects to any database, this one included, as whoever its argument says, and what it
runs there knows neither the tenant nor the role (PostgreSQL manual, F.11); http and pg_net send
rows to any host. Extensions let everybody call them. A foreign server takes USAGE, and a foreign table a grant:
system-grant and stray-table report those.`,
}

var publishedTable = &rules.Rule{
	Name: "published-table", Kind: rules.Database, Severity: rules.Warning,
	Title: "a publication sends the rows of every tenant to whoever subscribes",
	Text: `Logical replication is no query: no policy applies to what a publication sends (PostgreSQL manual,
31.7), and a row filter of a publication is one for all who subscribe. It takes a role with
REPLICATION to subscribe, which the application's must not be; where the rows go to, nobody has verified.`,
	Bad:  `CREATE PUBLICATION feed FOR TABLE tags;`,
	Good: `ALTER PUBLICATION feed DROP TABLE tags;`,
}

// outward reports functions that reach out of the database.
func (p *pass) outward() {
	byLibrary := map[string][]*function{}
	for _, fn := range p.live.outward {
		if slices.ContainsFunc(fn.grants, func(g grant) bool { return p.holders[g.grantee] }) && !p.options.Vouched(fn.name, fn.args) {
			byLibrary[fn.library] = append(byLibrary[fn.library], fn)
		}
	}
	for _, library := range sortedKeys(byLibrary) {
		list := byLibrary[library]
		p.found(outwardFunction, Finding{Object: "extension " + library, Message: fmt.Sprintf("the application's role may call %s, which reach other databases or hosts", shortened(names(list))), Is: joined(p.callers(list)),
			Promised: "no EXECUTE", SQL: p.uncalled(list), Hint: "or declare them under options.tenantgen.functions with a reason"})
	}
}

func sortedKeys(m map[string][]*function) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

func names(list []*function) []string {
	var all []string
	for _, fn := range list {
		all = append(all, fn.name.String())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// callers are the roles of the application that may call some functions.
func (p *pass) callers(list []*function) []string {
	var all []string
	for _, fn := range list {
		for _, g := range fn.grants {
			if p.holders[g.grantee] {
				all = append(all, "EXECUTE of "+p.live.roleName(g.grantee))
			}
		}
	}
	return all
}

// uncalled takes EXECUTE of functions away, by one statement for each role.
func (p *pass) uncalled(list []*function) []string {
	from := map[string][]string{}
	for _, fn := range list {
		for _, g := range fn.grants {
			if p.holders[g.grantee] {
				from[p.grantee(g.grantee)] = append(from[p.grantee(g.grantee)], quote(fn.name)+"("+fn.args+")")
			}
		}
	}
	var sql []string
	for grantee, functions := range from {
		sql = append(sql, "REVOKE EXECUTE ON FUNCTION "+strings.Join(functions, ", ")+" FROM "+grantee+";")
	}
	slices.Sort(sql)
	return sql
}

// outwards reads the functions of libraries that connect elsewhere, by the library or the extension.
func (r *reader) outwards() {
	fn := function{}
	var g grant
	byID := map[oid]*function{}
	var id oid
	r.each("pg_proc", `SELECT p.oid, n.nspname::text, p.proname::text, pg_get_function_identity_arguments(p.oid), coalesce(e.extname, substring(p.probin FROM '[^/]*$'))::text, a.grantee, lower(a.privilege_type)
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' LEFT JOIN pg_extension e ON e.oid = d.refobjid
		CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
		WHERE p.prokind = 'f' AND a.grantee <> p.proowner AND (e.extname IN ('dblink', 'http', 'pg_net', 'plproxy') OR p.probin ~ '(^|/)(dblink|http|pg_net|plproxy)$') ORDER BY 2, 3, 4, 6`,
		[]any{&id, &fn.name.Schema, &fn.name.Name, &fn.args, &fn.library, &g.grantee, &g.privilege}, func() {
			if byID[id] == nil {
				one := fn
				one.grants = nil
				byID[id] = &one
				r.live.outward = append(r.live.outward, &one)
			}
			byID[id].grants = append(byID[id].grants, g)
		})
}

// publications reads which tables are sent elsewhere.
func (r *reader) publications() {
	var schema, table, name string
	r.each("pg_publication_tables", `SELECT schemaname::text, tablename::text, pubname::text FROM pg_publication_tables ORDER BY 1, 2, 3`, []any{&schema, &table, &name}, func() {
		for _, rel := range r.live.relations {
			if rel.name.Schema == schema && rel.name.Name == table {
				rel.publications = append(rel.publications, name)
			}
		}
	})
}

// published reports publications of tenant tables, each once.
func (p *pass) published() {
	sent := map[string][]string{}
	p.sorted(func(rel *relation) {
		if p.owned[rel] {
			for _, name := range rel.publications {
				sent[name] = append(sent[name], rel.name.String())
			}
		}
	})
	var all []string
	for name := range sent {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, name := range all {
		p.found(publishedTable, Finding{Object: "publication " + name, Message: "sends rows of every tenant of " + shortened(sent[name]) + " to whoever subscribes", Is: joined(sent[name]), Promised: "no tenant table",
			Hint: "leave the tables out of it, or see to it that what subscribes keeps tenants apart"})
	}
}
