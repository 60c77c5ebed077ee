package tenantgen

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/migrate"
)

// migration adds the next migration of row-level security, when something that the
// tenancy wants is not in the schema files yet.
func (p *Project) migration(out *Output, r *Report) error {
	dir := p.Config.Join(p.Config.Tenant.Migrations.Dir)
	existing, err := names(dir)
	if err != nil {
		return err
	}
	steps, err := p.plan(r.units)
	if err != nil {
		return err
	}
	if err := p.widens(steps); err != nil {
		return err
	}
	out.Notes = p.notes(steps)
	files, err := migrate.Render(steps, migrate.Format(p.Config.Tenant.Migrations.Format), existing,
		migrate.Options{Numbering: migrate.Numbering(p.Config.Tenant.Migrations.Numbering), Now: p.now()})
	if err != nil {
		return err
	}
	if err := p.confirm(r, files); err != nil {
		return err
	}
	return p.addMigrations(out, files)
}

// addMigrations adds files to the migrations directory, and its checksums anew when
// it has some.
func (p *Project) addMigrations(out *Output, files []migrate.File) error {
	dir := p.Config.Join(p.Config.Tenant.Migrations.Dir)
	out.migrations = filepath.FromSlash(p.Config.Rel(dir))
	if len(files) == 0 {
		return nil
	}
	sum, old, err := migrate.Sum(os.DirFS(dir), migrate.Format(p.Config.Tenant.Migrations.Format), files)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Config.Rel(dir), err)
	}
	if sum != nil {
		files = append(files, *sum)
		out.signed = map[string][]byte{path.Join(p.Config.Rel(dir), sum.Name): old}
	}
	for _, f := range files {
		out.Files = append(out.Files, File{Path: path.Join(p.Config.Rel(dir), f.Name), Text: f.Text})
	}
	return nil
}

func names(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out, err
}

// wanted turns the tenancy of a schema, and what queries do with it, into the policies it needs.
func (p *Project) wanted(u *judged) migrate.Wanted {
	t := p.Config.Tenant
	w := migrate.Wanted{AppRole: t.AppRole, Source: migrate.Source{Setting: t.Source.Setting, JWTClaim: t.Source.JWTClaim},
		CrossTenantRole: t.CrossTenantRole}
	for _, table := range u.Schema.Tables {
		if p := u.crossing.of(table.Name); len(p) > 0 {
			w.CrossTenant = append(w.CrossTenant, migrate.Access{Table: table, Privileges: p})
		}
	}
	w.Views, w.CrossTenantViews = viewAccess(u.Schema, u.app), viewAccess(u.Schema, u.crossing)
	w.Sequences, w.CrossTenantSequences = u.app.sequences, u.crossing.sequences
	for _, table := range u.Schema.Tables {
		o := u.Tenancy.Of(table)
		target := migrate.Target{Table: table, Privileges: u.app.of(table.Name), ReadAlso: o.ReadAlso, Restrict: o.Restrict, Names: u.Tenancy.Levels[o.Level].Columns,
			Outer: outer(u.Tenancy, table, o), Roots: roots(u.Tenancy, table)}
		switch o.Kind {
		case tenancy.Column:
			target.Kind, target.Column = migrate.Column, table.Columns[o.Column].Name
			target.Setting, target.Why = p.levelSetting(u.Unit, o), "tenant column "+target.Column
			w.Targets = append(w.Targets, target)
		case tenancy.Child:
			target.Kind, target.Parents, target.Why = migrate.Child, parents(table, o), "child of a tenant table"
			w.Targets = append(w.Targets, target)
		case tenancy.Global:
			w.Globals = append(w.Globals, migrate.Global{Table: table, Privileges: u.app.of(table.Name)})
		}
	}
	u.readBySets(w.Targets)
	w.OwnerViews = rules.OwnerViews(u.Schema, u.Tenancy)
	w.Citus = u.Tenancy.Citus
	return w
}

func viewAccess(db *catalog.Database, n *needs) []migrate.ViewAccess {
	var list []migrate.ViewAccess
	for _, v := range db.Views {
		if p := n.of(v.Name); len(p) > 0 {
			list = append(list, migrate.ViewAccess{View: v, Privileges: p})
		}
	}
	return list
}

// levelSetting is set only where there are several settings to choose from.
func (p *Project) levelSetting(u *Unit, o tenancy.Owner) string {
	if len(p.Config.Tenant.Levels) == 0 {
		return ""
	}
	return u.Tenancy.Levels[o.Level].Setting
}

func parents(child *catalog.Table, o tenancy.Owner) []migrate.Parent {
	var out []migrate.Parent
	for _, p := range o.Parents {
		mp := migrate.Parent{Table: p.Table}
		for _, on := range p.On {
			mp.On = append(mp.On, migrate.Pair{Child: child.Columns[on.Child].Name, Parent: p.Table.Columns[on.Parent].Name})
		}
		for _, m := range p.When {
			mp.When = append(mp.When, migrate.Match{Column: child.Columns[m.Column].Name, Value: m.Value})
		}
		for _, t := range p.Where {
			mp.Where = append(mp.Where, catalog.Test{Column: p.Table.Columns[t.Column].Name, Kind: t.Kind, Value: t.Value})
		}
		out = append(out, mp)
	}
	return out
}
