package verify

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// promised is what all schemas together promise.
type promised struct {
	tables   []*promisedTable // sorted by name
	byName   map[catalog.Name]*promisedTable
	views    map[catalog.Name]*catalog.View
	appRoles []string
	settings []string // that hold the current tenant
	schemas  []string // that the application's roles use
	crossing []*crossRole
	paths    [][]string // that sessions resolve names by
	dbs      []*catalog.Database
}

// crossRole is a role of cross-tenant queries with what these do, by relation.
type crossRole struct {
	name   string
	access map[catalog.Name][]string
}

func (m *promised) crossRoleNames() []string {
	var names []string
	for _, r := range m.crossing {
		names = append(names, r.name)
	}
	return names
}

// promisedTable is one table with everything that is promised of it.
type promisedTable struct {
	*catalog.Table
	db       *catalog.Database
	policies []*catalog.Policy // wanted; none for a table that tenants share
	first    []*catalog.Policy // that protected it before these were wanted
	column   string            // the tenant column, "" when it has none of its own
	access   []string          // privileges of the application's role
}

// protected reports whether the rows belong to tenants.
func (t *promisedTable) protected() bool { return len(t.policies) > 0 }

// merge joins the promises. Entries of sqlc.yaml that share a schema promise the same
// of it; only what their queries write adds up.
func merge(list []Promise) (*promised, error) {
	m := &promised{byName: map[catalog.Name]*promisedTable{}, views: map[catalog.Name]*catalog.View{}}
	for _, p := range list {
		if err := m.add(p); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(m.tables, func(a, b *promisedTable) int { return a.Name.Compare(b.Name) })
	for _, s := range []*[]string{&m.appRoles, &m.settings, &m.schemas} {
		slices.Sort(*s)
		*s = slices.Compact(*s)
	}
	return m, nil
}

func (m *promised) add(p Promise) error {
	promise, err := migrate.Promised(p.Schema, p.Wanted)
	if err != nil {
		return err
	}
	for _, t := range p.Schema.Tables {
		if m.byName[t.Name] == nil && !t.Temporary {
			m.byName[t.Name] = &promisedTable{Table: t, db: p.Schema}
			m.tables = append(m.tables, m.byName[t.Name])
		}
	}
	for _, v := range p.Schema.Views {
		m.views[v.Name] = v
	}
	for _, protection := range promise.Protected {
		if t := m.byName[protection.Table.Name]; t != nil {
			t.policies, t.first = protection.Policies, protection.First
		}
	}
	for _, target := range p.Wanted.Targets {
		if t := m.byName[target.Table.Name]; t != nil {
			t.column = target.Column
		}
		if target.Setting != "" {
			m.settings = append(m.settings, target.Setting)
		}
	}
	m.dbs, m.paths = append(m.dbs, p.Schema), append(m.paths, append(p.Schema.SessionPaths, p.Schema.SearchPath)...)
	m.cross(p.Wanted)
	m.roles(p.Wanted, promise.Access)
	return nil
}

// cross collects what a role of cross-tenant queries may do. Its migration is only written
// where there are such queries.
func (m *promised) cross(w migrate.Wanted) {
	if w.CrossTenantRole == "" || len(w.CrossTenant)+len(w.CrossTenantViews) == 0 {
		return
	}
	i := slices.IndexFunc(m.crossing, func(r *crossRole) bool { return r.name == w.CrossTenantRole })
	if i < 0 {
		i = len(m.crossing)
		m.crossing = append(m.crossing, &crossRole{w.CrossTenantRole, map[catalog.Name][]string{}})
	}
	access := m.crossing[i].access
	for _, a := range w.CrossTenant {
		access[a.Table.Name] = append(access[a.Table.Name], a.Privileges...)
	}
	for _, v := range w.CrossTenantViews {
		access[v.View.Name] = append(access[v.View.Name], v.Privileges...)
	}
}

// roles collects what the application's role may do, and how it says which tenant it
// works for.
func (m *promised) roles(w migrate.Wanted, list []migrate.Access) {
	setting := w.Source.Setting
	if len(w.Source.JWTClaim) > 0 {
		setting = "request.jwt.claims"
	}
	if setting != "" {
		m.settings = append(m.settings, setting)
	}
	if slices.ContainsFunc(w.Targets, func(t migrate.Target) bool { return t.Set }) {
		m.settings = append(m.settings, migrate.SetSetting(setting))
	}
	if w.AppRole == "" {
		return
	}
	m.appRoles = append(m.appRoles, w.AppRole)
	for _, a := range list {
		if t := m.byName[a.Table.Name]; t != nil {
			t.access = append(t.access, a.Privileges...)
			m.schemas = append(m.schemas, a.Table.Name.Schema)
		}
	}
}
