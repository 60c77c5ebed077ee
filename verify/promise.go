package verify

import (
	"cmp"
	"slices"
	"strings"

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
}

// promisedTable is one table with everything that is promised of it.
type promisedTable struct {
	*catalog.Table
	db       *catalog.Database
	policies []*catalog.Policy // wanted; none for a table that tenants share
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
	slices.SortFunc(m.tables, func(a, b *promisedTable) int { return compareNames(a.Name, b.Name) })
	for _, s := range []*[]string{&m.appRoles, &m.settings, &m.schemas} {
		slices.Sort(*s)
		*s = slices.Compact(*s)
	}
	return m, nil
}

func compareNames(a, b catalog.Name) int {
	return cmp.Or(strings.Compare(a.Schema, b.Schema), strings.Compare(a.Name, b.Name))
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
			t.policies = protection.Policies
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
	m.roles(p.Wanted, promise.Access)
	return nil
}

// roles collects what the application's role may do, and how it says which tenant it
// works for.
func (m *promised) roles(w migrate.Wanted, list []migrate.Access) {
	setting := w.Source.Setting
	if w.Source.JWTClaim != "" {
		setting = "request.jwt.claims"
	}
	if setting != "" {
		m.settings = append(m.settings, setting)
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
