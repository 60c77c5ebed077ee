package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var presetTenant = &rules.Rule{
	Name: "preset-tenant", Kind: rules.Database, Severity: rules.Error,
	Title: "sessions of the application begin with a tenant",
	Text: `ALTER ROLE … SET and ALTER DATABASE … SET give the setting that policies read a value
from the start (PostgreSQL manual, 20.1.3). A connection that nobody has told the
tenant must see no row; this one sees somebody's.`,
	Bad:  `ALTER ROLE app_tenant SET app.org_id = 'aaaaaaaa-0000-4000-8000-000000000001';`,
	Good: `ALTER ROLE app_tenant RESET app.org_id;`,
}

var presetSetting = &rules.Rule{
	Name: "preset-setting", Kind: rules.Database, Severity: rules.Error,
	Title: "sessions of the application begin with a setting that changes what its queries mean",
	Text: `By ALTER ROLE … SET, ALTER DATABASE … SET or the server's configuration: a search_path that no
schema file sets makes names mean other objects, and so does a schema that is called as the
application's role, which "$user" finds first; session_replication_role = replica switches foreign keys and triggers
off; role begins as another role; standard_conforming_strings, transform_null_equals and plpgsql.variable_conflict
change how the text of queries and functions is read; lo_compat_privileges opens large objects
(PostgreSQL manual, chapter 20). Settings that are not named here change no tenant's rows: row_security = off,
for instance, makes queries fail that a policy would filter.`,
	Bad:  `ALTER ROLE app_tenant SET search_path = public, pg_catalog;`,
	Good: `ALTER ROLE app_tenant RESET search_path;`,
}

// misleading are settings, with the values that are harmless and what others do.
var misleading = []struct{ name, harmless, does string }{
	{"session_replication_role", "origin local", "switches foreign keys and triggers off"},
	{"standard_conforming_strings", "on true yes 1 t y", "changes where strings end"},
	{"transform_null_equals", "off false no 0 f n", "changes what = NULL means"},
	{"plpgsql.variable_conflict", "error", "changes what names in functions mean"},
	{"lo_compat_privileges", "off false no 0 f n", "opens every large object"},
}

// presets looks for a tenant that sessions start with.
func (p *pass) presets() {
	for _, s := range p.live.settings {
		if !slices.ContainsFunc(p.promised.settings, func(name string) bool { return strings.EqualFold(name, s.name) }) || !p.concerns(s.role) {
			continue
		}
		object, reset := p.startsFrom(s)
		p.found(presetTenant, Finding{Object: object, Message: "starts its sessions with a value of " + s.name, Is: s.name + " is set", Promised: "no tenant until the application sets one",
			SQL: []string{reset}})
	}
	for _, name := range p.live.started {
		p.found(presetTenant, Finding{Object: "server", Message: "starts sessions with a value of " + name, Is: name + " is set", Promised: "no tenant until the application sets one",
			Hint: "remove it from the server's configuration, or drop the event trigger that sets it"})
	}
}

// concerns reports whether a role's settings reach the application: of everybody's, of
// its own role, and of those that log in as it.
func (p *pass) concerns(id oid) bool {
	if id == 0 {
		return true
	}
	r := p.live.roles[id]
	return r != nil && slices.ContainsFunc(slices.Concat(p.apps, p.crossing), func(app *role) bool { return r == app || slices.Contains(p.live.becomes(r), app) })
}

// settings judges the other settings that sessions start with.
func (p *pass) settings() {
	for _, s := range p.live.settings {
		if does := p.misleads(s); does != "" && p.concerns(s.role) {
			object, reset := p.startsFrom(s)
			p.found(presetSetting, Finding{Object: object, Message: "starts its sessions with " + s.name + " = " + s.value + ", which " + does, Is: s.name + " is set",
				Promised: "the setting of the schema files, or none", SQL: []string{reset}})
		}
	}
	for _, s := range p.live.sortedSchemas() {
		r := p.live.roleNamed(s.name)
		if r != nil && p.concerns(r.oid) && !p.promised.anySchema(s.name) {
			p.found(presetSetting, Finding{Object: "schema " + s.name, Message: `is called as a role of the application, so that "$user" in its search_path finds it before every other schema`,
				Is: "a schema", Promised: "no such schema", Hint: "rename or drop it, or create it in the schema files"})
		}
	}
}

// misleads says what a setting does, "" when that is harmless.
func (p *pass) misleads(s roleSetting) string {
	switch name := strings.ToLower(s.name); name {
	case "search_path":
		if !p.promised.knowsPath(p.path(s)) {
			return "makes names mean other objects than the schema files say"
		}
	case "role", "session_authorization":
		value := strings.ToLower(s.value)
		crossing := slices.Contains(p.promised.crossRoleNames(), s.value) && p.live.roles[s.role] != nil && !p.isApp(p.live.roles[s.role])
		if value != "none" && !slices.Contains(p.promised.appRoles, s.value) && !crossing {
			return "makes them begin as another role"
		}
	default:
		for _, m := range misleading {
			if m.name == name && !slices.Contains(strings.Fields(m.harmless), strings.ToLower(s.value)) {
				return m.does
			}
		}
	}
	return ""
}

// isApp reports whether a role is the application's or becomes it.
func (p *pass) isApp(r *role) bool {
	return slices.ContainsFunc(p.apps, func(app *role) bool { return slices.Contains(p.live.becomes(r), app) })
}

// startsFrom names where a setting comes from, and the statement that takes it away.
func (p *pass) startsFrom(s roleSetting) (object, reset string) {
	if s.server {
		return "server", "ALTER SYSTEM RESET " + s.name + ";"
	}
	object, sql := "role "+p.live.roleName(s.role), "ALTER ROLE "+migrate.QuoteIdent(p.live.roleName(s.role))
	switch {
	case s.role == 0 && !s.database:
		object, sql = "every role", "ALTER ROLE ALL"
	case s.role == 0:
		object, sql = "database "+p.live.database, "ALTER DATABASE "+migrate.QuoteIdent(p.live.database)
	case s.database:
		sql += " IN DATABASE " + migrate.QuoteIdent(p.live.database)
	}
	return object, fmt.Sprintf("%s RESET %s;", sql, s.name)
}

// path is the search path that a value stands for, without schemas that do not exist and
// without pg_catalog where it comes first anyway (PostgreSQL manual, 5.10.5).
func (p *pass) path(s roleSetting) []string {
	var path []string
	for _, name := range splitPath(s.value) {
		if name == "$user" {
			name = p.live.roleName(s.role)
		}
		if name == "pg_catalog" && len(path) > 0 || slices.ContainsFunc(p.live.sortedSchemas(), func(have *schema) bool { return have.name == name }) {
			path = append(path, name)
		}
	}
	return path
}

// splitPath splits a list of identifiers as PostgreSQL stores it.
func splitPath(value string) []string {
	var list []string
	for value != "" {
		value = strings.TrimLeft(value, " ,")
		name, quoted := "", strings.HasPrefix(value, `"`)
		if quoted {
			value = value[1:]
		}
		for value != "" && (quoted || !strings.ContainsRune(", ", rune(value[0]))) {
			if quoted && strings.HasPrefix(value, `""`) {
				name, value = name+`"`, value[2:]
				continue
			}
			if quoted && value[0] == '"' {
				value = value[1:]
				break
			}
			name, value = name+value[:1], value[1:]
		}
		if name != "" {
			list = append(list, name)
		}
	}
	return list
}

// knowsPath reports whether the schema files make sessions resolve names so, or whether
// it is the default.
func (m *promised) knowsPath(path []string) bool {
	known := append([][]string{{"public"}}, m.paths...)
	return slices.ContainsFunc(known, func(k []string) bool {
		k = slices.DeleteFunc(slices.Clone(k), func(s string) bool { return s == "$user" })
		return slices.Equal(k, path)
	})
}

// anySchema reports whether a schema file creates the schema.
func (m *promised) anySchema(name string) bool {
	return slices.ContainsFunc(m.dbs, func(db *catalog.Database) bool { return slices.Contains(db.Schemas, name) })
}
