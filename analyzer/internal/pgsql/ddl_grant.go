package pgsql

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// createRole executes CREATE ROLE, USER and GROUP.
func (l *ddlLoader) createRole(s *pg.CreateRoleStmt) error {
	if l.role(s.GetRole()) != nil {
		return ddlErrorf(-1, "role %q already exists", s.GetRole())
	}
	r := &catalog.Role{Name: s.GetRole(), Login: s.GetStmtType() == pg.RoleStmtType_ROLESTMT_USER, Pos: l.at(-1)}
	l.db.Roles = append(l.db.Roles, r)
	l.roleOptions(r, s.GetOptions())
	return nil
}

func (l *ddlLoader) role(name string) *catalog.Role {
	for _, r := range l.db.Roles {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// alterRole executes ALTER ROLE. A role that no schema file creates becomes
// known by it: whether it bypasses row-level security matters.
func (l *ddlLoader) alterRole(s *pg.AlterRoleStmt) error {
	name := ddlRole(s.GetRole())
	r := l.role(name)
	if r == nil {
		r = &catalog.Role{Name: name, Pos: l.at(-1)}
		l.db.Roles = append(l.db.Roles, r)
	}
	l.roleOptions(r, s.GetOptions())
	return nil
}

func (l *ddlLoader) roleOptions(r *catalog.Role, opts []*pg.Node) {
	for _, n := range opts {
		switch d := n.GetDefElem(); d.GetDefname() {
		case "superuser":
			r.Superuser = ddlTrue(d)
		case "bypassrls":
			r.BypassRLS = ddlTrue(d)
		case "canlogin":
			r.Login = ddlTrue(d)
		case "addroleto":
			for _, to := range ddlRoles(d.GetArg().GetList().GetItems()) {
				l.grant("role", "member", catalog.Name{Name: to}, r.Name)
			}
		case "rolemembers", "adminmembers":
			for _, member := range ddlRoles(d.GetArg().GetList().GetItems()) {
				l.grant("role", "member", catalog.Name{Name: r.Name}, member)
			}
		}
	}
}

func (l *ddlLoader) dropRoles(s *pg.DropRoleStmt) error {
	for _, name := range ddlRoles(s.GetRoles()) {
		r := l.role(name)
		if r == nil && !s.GetMissingOk() {
			return ddlErrorf(-1, "role %q does not exist", name)
		}
		l.db.Roles = ddlRemove(l.db.Roles, r)
		l.db.Grants = slices.DeleteFunc(l.db.Grants, func(g *catalog.Grant) bool {
			return g.Role == name || g.Kind == "role" && g.On.Name == name
		})
	}
	return nil
}

func (l *ddlLoader) renameRole(s *pg.RenameStmt) error {
	from, to := s.GetSubname(), s.GetNewname()
	if r := l.role(from); r != nil {
		r.Name = to
	}
	for _, g := range l.db.Grants {
		if g.Role == from {
			g.Role = to
		}
		if g.Kind == "role" && g.On.Name == from {
			g.On.Name = to
		}
	}
	for _, t := range l.tables {
		for _, p := range t.policies {
			ddlReplace(p.Roles, from, to)
		}
	}
	return nil
}

// grantRole executes GRANT and REVOKE of membership in a role.
func (l *ddlLoader) grantRole(s *pg.GrantRoleStmt) error {
	for _, n := range s.GetGrantedRoles() {
		on := catalog.Name{Name: n.GetAccessPriv().GetPrivName()}
		for _, member := range ddlRoles(s.GetGranteeRoles()) {
			switch {
			case s.GetIsGrant():
				l.grant("role", "member", on, member)
			case len(s.GetOpt()) == 0: // not just the admin option
				l.revoke("role", "member", on, member)
			}
		}
	}
	return nil
}

// grantPrivileges executes GRANT and REVOKE on objects.
func (l *ddlLoader) grantPrivileges(s *pg.GrantStmt) error {
	objects, err := l.grantObjects(s)
	if err != nil {
		return err
	}
	for _, o := range objects {
		l.eachPrivilege(s, func(privilege, role string) {
			if s.GetIsGrant() {
				l.grant(o.kind, privilege, o.name, role)
			} else {
				l.revoke(o.kind, privilege, o.name, role)
			}
		})
	}
	return nil
}

// ddlObject is an object of a GRANT.
type ddlObject struct {
	kind string
	name catalog.Name
}

// eachPrivilege visits privileges and roles. Revoking a privilege on columns, or
// only the option to grant it, leaves the privilege on the table.
func (l *ddlLoader) eachPrivilege(s *pg.GrantStmt, f func(privilege, role string)) {
	if !s.GetIsGrant() && s.GetGrantOption() {
		return
	}
	for _, role := range ddlRoles(s.GetGrantees()) {
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

var ddlGrantKinds = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_TABLE: "table", pg.ObjectType_OBJECT_SEQUENCE: "sequence", pg.ObjectType_OBJECT_SCHEMA: "schema",
	pg.ObjectType_OBJECT_FUNCTION: "function", pg.ObjectType_OBJECT_PROCEDURE: "function", pg.ObjectType_OBJECT_ROUTINE: "function",
}

// grantObjects resolves what a GRANT is about. Objects of other kinds
// (databases, languages, types, …) hold no rows and are left out. ALL TABLES
// means the tables there are; it is kept as such too, until it is revoked.
func (l *ddlLoader) grantObjects(s *pg.GrantStmt) ([]ddlObject, error) {
	kind, ok := ddlGrantKinds[s.GetObjtype()]
	if !ok {
		return nil, nil
	}
	var objects []ddlObject
	for _, n := range s.GetObjects() {
		switch {
		case s.GetTargtype() == pg.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA:
			objects = append(objects, l.allInSchema(kind, n.GetString_().GetSval())...)
		case n.GetRangeVar() != nil:
			rel := l.find(ddlRangeName(n.GetRangeVar()))
			if schema := n.GetRangeVar().GetSchemaname(); schema == ddlSystemSchema || schema == "information_schema" {
				continue
			}
			if rel == nil {
				return nil, ddlNoRelation(n.GetRangeVar())
			}
			objects = append(objects, ddlObject{kind, rel.name})
		case n.GetObjectWithArgs() != nil:
			objects = append(objects, ddlObject{kind, l.functionName(ddlQualified(n.GetObjectWithArgs().GetObjname()))})
		default:
			objects = append(objects, ddlObject{kind, catalog.Name{Name: n.GetString_().GetSval()}})
		}
	}
	return objects, nil
}

func (l *ddlLoader) allInSchema(kind, schema string) []ddlObject {
	objects := []ddlObject{{"all " + kind + "s", catalog.Name{Schema: schema}}}
	add := func(n catalog.Name) {
		if n.Schema == schema {
			objects = append(objects, ddlObject{kind, n})
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

func (l *ddlLoader) grant(kind, privilege string, on catalog.Name, role string) {
	for _, g := range l.db.Grants {
		if g.Kind == kind && g.On == on && g.Role == role && (g.Privilege == privilege || g.Privilege == "all") {
			return
		}
	}
	l.db.Grants = append(l.db.Grants, &catalog.Grant{Privilege: privilege, Kind: kind, On: on, Role: role})
}

// ddlAllPrivileges is what ALL stands for (PostgreSQL manual, 5.7), for taking one out of it.
var ddlAllPrivileges = map[string][]string{
	"table":    {"select", "insert", "update", "delete", "truncate", "references", "trigger"},
	"sequence": {"usage", "select", "update"},
	"schema":   {"create", "usage"},
	"function": {"execute"},
}

// revoke takes a privilege back. From a table it also ends a grant on all tables
// of the schema, which does not hold for all of them any more.
func (l *ddlLoader) revoke(kind, privilege string, on catalog.Name, role string) {
	var kept []*catalog.Grant
	for _, g := range l.db.Grants {
		whole := g.Kind == "all "+kind+"s" && g.On.Schema == on.Schema
		same := g.Kind == kind && g.On == on || whole
		switch {
		case !same || g.Role != role || privilege != "all" && g.Privilege != "all" && g.Privilege != privilege:
			kept = append(kept, g)
		case g.Privilege == "all" && privilege != "all":
			for _, p := range ddlAllPrivileges[kind] {
				if p != privilege {
					kept = append(kept, &catalog.Grant{Privilege: p, Kind: g.Kind, On: g.On, Role: role})
				}
			}
		}
	}
	l.db.Grants = kept
}

// dropGrants forgets the grants on an object that is dropped.
func (l *ddlLoader) dropGrants(on catalog.Name, kind string) {
	l.db.Grants = slices.DeleteFunc(l.db.Grants, func(g *catalog.Grant) bool { return g.Kind == kind && g.On == on })
}

// alterDefaultPrivileges executes ALTER DEFAULT PRIVILEGES; for whom (FOR ROLE)
// is not in the catalog.
func (l *ddlLoader) alterDefaultPrivileges(s *pg.AlterDefaultPrivilegesStmt) error {
	kind, ok := ddlGrantKinds[s.GetAction().GetObjtype()]
	if !ok {
		return nil
	}
	schemas := []string{""}
	for _, n := range s.GetOptions() {
		if d := n.GetDefElem(); d.GetDefname() == "schemas" {
			schemas = strings_(d.GetArg().GetList().GetItems())
		}
	}
	for _, schema := range schemas {
		l.eachPrivilege(s.GetAction(), func(privilege, role string) {
			on := catalog.Name{Schema: schema}
			if s.GetAction().GetIsGrant() {
				l.grant("default "+kind+"s", privilege, on, role)
			} else {
				l.revoke("default "+kind+"s", privilege, on, role)
			}
		})
	}
	return nil
}
