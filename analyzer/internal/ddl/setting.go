package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// setting is what ALTER ROLE and ALTER DATABASE make later sessions begin with.
type setting struct {
	role, database, name string
	args                 []string
}

// alterRoleSet executes ALTER ROLE … SET, which changes later sessions: some
// settings change what the proofs are about.
func (l *loader) alterRoleSet(s *pg.AlterRoleSetStmt) error {
	role := "" // ALL
	if s.GetRole() != nil {
		role = l.roleNamed(s.GetRole())
	}
	l.laterSetting("ALTER ROLE", setting{role: role, database: s.GetDatabase()}, s.GetSetstmt())
	return nil
}

func (l *loader) alterDatabaseSet(s *pg.AlterDatabaseSetStmt) error {
	l.laterSetting("ALTER DATABASE", setting{database: s.GetDbname()}, s.GetSetstmt())
	return nil
}

func (l *loader) laterSetting(what string, is setting, s *pg.VariableSetStmt) {
	is.name = strings.ToLower(s.GetName()) // PostgreSQL folds a quoted name, too
	all := s.GetKind() == pg.VariableSetKind_VAR_RESET_ALL
	l.keepSetting(is, s)
	l.settings = slices.DeleteFunc(l.settings, func(was setting) bool {
		gone := was.role == is.role && was.database == is.database && (all || was.name == is.name)
		if gone && was.name == "session_replication_role" {
			l.switchOffAll() // sessions may have begun with it
		}
		return gone
	})
	if s.GetKind() != pg.VariableSetKind_VAR_SET_VALUE && s.GetKind() != pg.VariableSetKind_VAR_SET_CURRENT {
		return
	}
	switch is.name {
	case "search_path":
		is.args = pathNames(s.GetArgs())
		if s.GetKind() == pg.VariableSetKind_VAR_SET_CURRENT {
			is.args = slices.Clone(l.path)
		}
		l.settings = append(l.settings, is)
	case "session_replication_role":
		if l.replicaValue(s) {
			l.settings = append(l.settings, is)
		}
	case "row_security", "role", "session_authorization":
	default:
		return
	}
	l.unknown(what+" … SET "+is.name, catalog.Name{})
}

// pathNames reads the schemas of SET search_path, "$user" as it stands.
func pathNames(args []*pg.Node) []string {
	path := []string{}
	for _, n := range args {
		path = append(path, n.GetAConst().GetSval().GetSval())
	}
	return path
}

// sessionPaths lists the search paths that a session may have, each once: without the
// schemas that do not exist, which PostgreSQL skips (manual, 20.11.1).
func (l *loader) sessionPaths() [][]string {
	var paths [][]string
	raw := [][]string{l.db.SearchPath, {"$user", "public"}}
	for _, s := range l.settings {
		if s.name == "search_path" {
			raw = append(raw, s.args)
		}
	}
	for _, p := range raw {
		for _, user := range append([]string{""}, l.schemasOfRoles()...) {
			path := l.pathOf(p, user)
			if !slices.ContainsFunc(paths, func(q []string) bool { return slices.Equal(path, q) }) {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// userPath keeps a search path that a function sets, where the user who runs it is a part of it.
func (l *loader) userPath(f *catalog.Function, name string, s *pg.VariableSetStmt) {
	if name != "search_path" && s.GetKind() != pg.VariableSetKind_VAR_RESET_ALL {
		return
	}
	delete(l.userPaths, f)
	if path := pathNames(s.GetArgs()); s.GetKind() == pg.VariableSetKind_VAR_SET_VALUE && slices.Contains(path, "$user") {
		if l.userPaths == nil {
			l.userPaths = map[*catalog.Function][]string{}
		}
		l.userPaths[f] = path
	}
}

// finishUserPaths lists what the search paths of functions are for users that have a schema.
func (l *loader) finishUserPaths() {
	for f, path := range l.userPaths {
		f.OtherPaths = nil
		for _, user := range l.schemasOfRoles() {
			f.OtherPaths = append(f.OtherPaths, l.pathOf(path, user))
		}
	}
}

// pathOf is a search path as a role has it, "" for one that has no schema.
func (l *loader) pathOf(names []string, user string) []string {
	path := []string{}
	for _, s := range names {
		if s == "$user" {
			s = user
		}
		if (s == pgtype.SystemSchema || slices.Contains(l.db.Schemas, s)) && !slices.Contains(path, s) {
			path = append(path, s)
		}
	}
	return path
}

// schemasOfRoles lists the schemas that are named like a role that the files name.
func (l *loader) schemasOfRoles() []string {
	var out []string
	for _, s := range l.db.Schemas {
		if l.role(s) != nil || slices.ContainsFunc(l.db.Grants, func(g *catalog.Grant) bool { return g.Role == s }) ||
			slices.ContainsFunc(l.settings, func(is setting) bool { return is.role == s }) {
			out = append(out, s)
		}
	}
	return out
}
