package ddl

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// createRole executes CREATE ROLE, USER and GROUP.
func (l *loader) createRole(s *pg.CreateRoleStmt) error {
	if l.role(s.GetRole()) != nil {
		return errorf(-1, "role %q already exists", s.GetRole())
	}
	r := &catalog.Role{Name: s.GetRole(), Login: s.GetStmtType() == pg.RoleStmtType_ROLESTMT_USER, Pos: l.at(-1)}
	l.db.Roles = append(l.db.Roles, r)
	l.roleOptions(r, s.GetOptions(), true)
	return nil
}

func (l *loader) role(name string) *catalog.Role {
	for _, r := range l.db.Roles {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// alterRole executes ALTER ROLE. A role that no schema file creates becomes
// known by it: whether it bypasses row-level security matters.
func (l *loader) alterRole(s *pg.AlterRoleStmt) error {
	name := l.roleNamed(s.GetRole())
	r := l.role(name)
	if r == nil {
		r = &catalog.Role{Name: name, Pos: l.at(-1), Partial: true}
		l.db.Roles = append(l.db.Roles, r)
	}
	l.roleOptions(r, s.GetOptions(), s.GetAction() >= 0) // ALTER GROUP … DROP USER
	return nil
}

// roleOptions sets attributes, and adds or takes away members.
func (l *loader) roleOptions(r *catalog.Role, opts []*pg.Node, add bool) {
	for _, n := range opts {
		d := n.GetDefElem()
		if has := attribute(r, d.GetDefname()); has != nil {
			*has, r.Altered = isTrue(d), l.at(-1)
		}
		for _, other := range l.rolesNamed(d.GetArg().GetList().GetItems()) {
			switch name := d.GetDefname(); {
			case name == "addroleto":
				l.grant(catalog.Grant{Kind: "role", Privilege: "member", On: catalog.Name{Name: other}, Role: r.Name})
			case name != "rolemembers" && name != "adminmembers":
			case add:
				l.grant(catalog.Grant{Kind: "role", Privilege: "member", On: catalog.Name{Name: r.Name}, Role: other, Option: name == "adminmembers"})
			default:
				l.revoke("role", "member", catalog.Name{Name: r.Name}, other)
			}
		}
	}
}

// attribute is the attribute that an option of CREATE and ALTER ROLE sets (PostgreSQL
// manual, CREATE ROLE), nil for those that give no right: INHERIT, PASSWORD, limits.
func attribute(r *catalog.Role, option string) *bool {
	return map[string]*bool{
		"superuser": &r.Superuser, "bypassrls": &r.BypassRLS, "canlogin": &r.Login,
		"createrole": &r.CreateRole, "createdb": &r.CreateDB, "isreplication": &r.Replication,
	}[option]
}

func (l *loader) dropRoles(s *pg.DropRoleStmt) error {
	for _, name := range l.rolesNamed(s.GetRoles()) {
		r := l.role(name)
		if r == nil && !s.GetMissingOk() {
			return errorf(-1, "role %q does not exist", name)
		}
		l.db.Roles = remove(l.db.Roles, r)
		l.granted = nil
		l.db.Grants = slices.DeleteFunc(l.db.Grants, func(g *catalog.Grant) bool {
			return g.Role == name || g.Kind == "role" && g.On.Name == name
		})
	}
	return nil
}

func (l *loader) renameRole(s *pg.RenameStmt) error {
	from, to := s.GetSubname(), s.GetNewname()
	if r := l.role(from); r != nil {
		r.Name = to
	}
	l.granted = nil
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
			replace(p.Roles, from, to)
		}
	}
	l.renameOwner(from, to)
	return nil
}

// grantRole executes GRANT and REVOKE of membership in a role.
func (l *loader) grantRole(s *pg.GrantRoleStmt) error {
	for _, n := range s.GetGrantedRoles() {
		on := catalog.Name{Name: n.GetAccessPriv().GetPrivName()}
		for _, member := range l.rolesNamed(s.GetGranteeRoles()) {
			admin := slices.ContainsFunc(s.GetOpt(), func(n *pg.Node) bool { return n.GetDefElem().GetDefname() == "admin" && isTrue(n.GetDefElem()) })
			switch {
			case s.GetIsGrant(): // WITH INHERIT FALSE and SET FALSE leave what ADMIN may take back
				l.grant(catalog.Grant{Kind: "role", Privilege: "member", On: on, Role: member, Option: admin})
			case len(s.GetOpt()) == 0: // not just an option
				l.revoke("role", "member", on, member)
			}
		}
	}
	return nil
}
