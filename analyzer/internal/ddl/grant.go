package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// grantPrivileges executes GRANT and REVOKE on objects.
func (l *loader) grantPrivileges(s *pg.GrantStmt) error {
	objects, err := l.grantObjects(s)
	if err != nil {
		return err
	}
	if !s.GetIsGrant() && s.GetGrantOption() {
		l.revokeOption(s, objects)
	}
	l.private(s, objects)
	for _, o := range objects {
		l.eachPrivilege(s, func(privilege, role string) {
			if s.GetIsGrant() {
				l.grant(catalog.Grant{Kind: o.kind, Privilege: privilege, On: o.name, Role: role, Option: s.GetGrantOption(), System: o.system})
			} else {
				l.revoke(o.kind, privilege, o.name, role)
			}
		})
	}
	return nil
}

// object is an object of a GRANT.
type object struct {
	kind   string
	name   catalog.Name
	system bool // no schema file makes it
}

// eachPrivilege visits privileges and roles. Revoking a privilege on columns, or
// only the option to grant it, leaves the privilege on the table.
func (l *loader) eachPrivilege(s *pg.GrantStmt, f func(privilege, role string)) {
	if !s.GetIsGrant() && s.GetGrantOption() {
		return
	}
	for _, role := range l.rolesNamed(s.GetGrantees()) {
		if len(s.GetPrivileges()) == 0 {
			f("all", role)
		}
		for _, n := range s.GetPrivileges() {
			p := n.GetAccessPriv()
			if len(p.GetCols()) > 0 && !s.GetIsGrant() {
				continue
			}
			if p.GetPrivName() == "" {
				f("all", role)
			} else {
				f(p.GetPrivName(), role)
			}
		}
	}
}

// private notes of which functions PUBLIC may run. Of several with one name none counts
// as revoked.
func (l *loader) private(s *pg.GrantStmt, objects []object) {
	if s.GetGrantOption() || !slices.Contains(l.rolesNamed(s.GetGrantees()), "public") {
		return
	}
	named := map[catalog.Name][]*catalog.Function{}
	for _, f := range l.db.Functions {
		named[f.Name] = append(named[f.Name], f)
	}
	whole := s.GetTargtype() == pg.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA
	for _, o := range objects {
		for _, f := range named[o.name] {
			if o.kind == "function" && (s.GetIsGrant() || whole || len(named[o.name]) == 1) {
				f.Private = !s.GetIsGrant()
			}
		}
	}
}

// revokeOption executes REVOKE GRANT OPTION FOR.
func (l *loader) revokeOption(s *pg.GrantStmt, objects []object) {
	roles := l.rolesNamed(s.GetGrantees())
	for _, g := range l.db.Grants {
		of := len(s.GetPrivileges()) == 0 || slices.ContainsFunc(s.GetPrivileges(), func(n *pg.Node) bool {
			return n.GetAccessPriv().GetPrivName() == g.Privilege && len(n.GetAccessPriv().GetCols()) == 0
		})
		if of && slices.Contains(roles, g.Role) && slices.ContainsFunc(objects, func(o object) bool { return o.kind == g.Kind && o.name == g.On }) {
			g.Option = false
		}
	}
}

var grantKinds = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_TABLE: "table", pg.ObjectType_OBJECT_SEQUENCE: "sequence", pg.ObjectType_OBJECT_SCHEMA: "schema",
	pg.ObjectType_OBJECT_FUNCTION: "function", pg.ObjectType_OBJECT_PROCEDURE: "function", pg.ObjectType_OBJECT_ROUTINE: "function",
	pg.ObjectType_OBJECT_DATABASE: "database", pg.ObjectType_OBJECT_LANGUAGE: "language", pg.ObjectType_OBJECT_FOREIGN_SERVER: "foreign server",
	pg.ObjectType_OBJECT_FDW: "foreign-data wrapper", pg.ObjectType_OBJECT_PARAMETER_ACL: "parameter", pg.ObjectType_OBJECT_LARGEOBJECT: "large object",
	pg.ObjectType_OBJECT_TABLESPACE: "tablespace", pg.ObjectType_OBJECT_TYPE: "type", pg.ObjectType_OBJECT_DOMAIN: "type",
}

// grantObjects resolves what a GRANT is about. ALL TABLES means the tables there
// are; it is kept as such too, until it is revoked.
func (l *loader) grantObjects(s *pg.GrantStmt) ([]object, error) {
	kind, ok := grantKinds[s.GetObjtype()]
	if !ok {
		return nil, errorf(-1, "privileges on %s are not supported in a schema file", s.GetObjtype())
	}
	var objects []object
	for _, n := range s.GetObjects() {
		switch {
		case s.GetTargtype() == pg.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA:
			objects = append(objects, l.allInSchema(kind, n.GetString_().GetSval())...)
		case n.GetRangeVar() != nil:
			rel := l.find(parsetree.RangeName(n.GetRangeVar()))
			if schema := n.GetRangeVar().GetSchemaname(); schema == pgtype.SystemSchema || schema == "information_schema" {
				objects = append(objects, object{kind, parsetree.RangeName(n.GetRangeVar()), true})
				continue
			}
			if rel == nil {
				return nil, noRelation(n.GetRangeVar())
			}
			unqualified := n.GetRangeVar().GetSchemaname() == "" && strings.HasPrefix(rel.name.Name, "pg_") // pg_catalog goes first
			objects = append(objects, object{kind, rel.name, unqualified})
		case n.GetObjectWithArgs() != nil:
			name := parsetree.Qualified(n.GetObjectWithArgs().GetObjname())
			objects = append(objects, object{kind, l.functionName(name), len(l.functions(name)) == 0 || name.Schema == "" && pgtype.IsSystemFunction(name.Name)})
		case n.GetTypeName() != nil:
			objects = append(objects, object{kind, parsetree.Qualified(n.GetTypeName().GetNames()), false})
		case n.GetInteger() != nil || n.GetFloat() != nil:
			objects = append(objects, object{kind, catalog.Name{Name: "of a number"}, true})
		case n.GetString_() != nil:
			objects = append(objects, object{kind, catalog.Name{Name: n.GetString_().GetSval()}, false})
		default:
			objects = append(objects, object{kind, parsetree.Qualified(n.GetList().GetItems()), false})
		}
	}
	return objects, nil
}

func (l *loader) allInSchema(kind, schema string) []object {
	objects := []object{{"all " + kind + "s", catalog.Name{Schema: schema}, schema == pgtype.SystemSchema || schema == "information_schema"}}
	add := func(n catalog.Name) {
		if n.Schema == schema {
			objects = append(objects, object{kind, n, false})
		}
	}
	switch kind {
	case "table":
		for _, t := range l.tables {
			add(t.Name)
		}
		for _, v := range l.views {
			add(v.Name)
		}
	case "sequence":
		for _, q := range l.sequences {
			add(q.name)
		}
	case "function":
		for _, f := range l.db.Functions {
			add(f.Name)
		}
	}
	return objects
}

func (l *loader) grant(is catalog.Grant) {
	if is.Pos.File == "" {
		is.Pos = l.at(-1)
	}
	for _, g := range l.grantsOn(is.Kind, is.On) {
		if g.Role != is.Role || g.Privilege != is.Privilege && g.Privilege != "all" {
			continue
		}
		if (g.Option || !is.Option) && (is.Default || !g.Default) {
			return
		}
	}
	l.db.Grants = append(l.db.Grants, &is)
	l.granted.add(&is)
}

// allPrivileges is what ALL stands for (PostgreSQL manual, 5.7), for taking one out of it.
var allPrivileges = map[string][]string{
	"table":     {"select", "insert", "update", "delete", "truncate", "references", "trigger"}, // 17 has maintain, too
	"sequence":  {"usage", "select", "update"},
	"schema":    {"create", "usage"},
	"function":  {"execute"},
	"database":  {"create", "connect", "temporary"},
	"parameter": {"set", "alter system"},
}

// revoke takes a privilege back. From a table it also ends a grant on all tables
// of the schema, which does not hold for all of them any more.
func (l *loader) revoke(kind, privilege string, on catalog.Name, role string) {
	if len(l.grantsOn(kind, on)) == 0 && len(l.grantsOn("all "+kind+"s", catalog.Name{Schema: on.Schema})) == 0 {
		return
	}
	var kept []*catalog.Grant
	for _, g := range l.db.Grants {
		whole := g.Kind == "all "+kind+"s" && g.On.Schema == on.Schema
		same := g.Kind == kind && g.On == on || whole
		switch {
		case !same || g.Role != role || privilege != "all" && g.Privilege != "all" && g.Privilege != privilege:
			kept = append(kept, g)
		case g.Privilege == "all" && privilege != "all":
			all, known := allPrivileges[strings.TrimSuffix(strings.TrimPrefix(g.Kind, "default "), "s")]
			if !known {
				kept = append(kept, g)
			}
			for _, p := range all {
				if p != privilege {
					left := *g
					left.Privilege = p
					kept = append(kept, &left)
				}
			}
		}
	}
	l.db.Grants, l.granted = kept, nil
}

// dropGrants forgets the grants on an object that is dropped.
func (l *loader) dropGrants(on catalog.Name, kind string) {
	if len(l.grantsOn(kind, on)) == 0 {
		return
	}
	l.granted = nil
	l.db.Grants = slices.DeleteFunc(l.db.Grants, func(g *catalog.Grant) bool { return g.Kind == kind && g.On == on })
}

// alterDefaultPrivileges executes ALTER DEFAULT PRIVILEGES; for whom (FOR ROLE)
// is not in the catalog.
func (l *loader) alterDefaultPrivileges(s *pg.AlterDefaultPrivilegesStmt) error {
	kind, ok := grantKinds[s.GetAction().GetObjtype()]
	if !ok {
		return nil
	}
	schemas := []string{""}
	for _, n := range s.GetOptions() {
		if d := n.GetDefElem(); d.GetDefname() == "schemas" {
			schemas = parsetree.Strings(d.GetArg().GetList().GetItems())
		}
	}
	for _, schema := range schemas {
		l.eachPrivilege(s.GetAction(), func(privilege, role string) {
			on := catalog.Name{Schema: schema}
			if s.GetAction().GetIsGrant() {
				l.grant(catalog.Grant{Kind: "default " + kind + "s", Privilege: privilege, On: on, Role: role, Option: s.GetAction().GetGrantOption()})
			} else {
				l.revoke("default "+kind+"s", privilege, on, role)
			}
		})
	}
	return nil
}
