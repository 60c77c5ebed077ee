package tenantgen

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/migrate/tables"
)

// NewTables is what Tables returns: the migration, and the configuration where it has to declare a table.
type NewTables struct {
	Output
	// Declare is a table that is left to be declared as global by hand, "" for none.
	Declare string
	// Ungranted is a table that the role of cross-tenant work has to be given SELECT and INSERT on by hand, because no
	// migration knows that role; "" for none.
	Ungranted string
	config    *File
}

// Changes are the differences to the disk. The migration replaces nothing.
func (t *NewTables) Changes() (Changes, error) {
	c, err := t.Output.Changes()
	if err == nil && t.config != nil {
		c.Write = append(c.Write, *t.config)
	}
	return c, err
}

// Tables plans the migration that creates the tables of packages of the runtime, by the names that tables.Names lists, with
// their policies and rights; what generate would write next is part of it. Tables that are there are refused.
func (p *Project) Tables(names ...string) (*NewTables, error) {
	if p.Config.Tenant.Migrations.Dir == "" {
		return nil, p.noTables("migrations is missing, and tables needs it", "add migrations: {dir: db/migrations, format: goose}")
	}
	r := p.Check()
	if r.Blocks() {
		return nil, p.noTables("there are findings, by which rights would be planned wrongly", "run tenantgen lint, and settle them first")
	}
	if err := p.unused(names); err != nil {
		return nil, err
	}
	o, err := p.tableOptions()
	if err != nil {
		return nil, err
	}
	out := &NewTables{}
	with, err := p.declaring(out, names)
	if err != nil {
		return nil, err
	}
	steps, err := with.tableSteps(r, names, o, out)
	if err != nil {
		return nil, err
	}
	files, err := p.tableFiles(names, steps)
	if err == nil {
		err = with.confirm(r, files)
	}
	if err != nil {
		return nil, err
	}
	return out, p.addMigrations(&out.Output, files)
}

func (p *Project) noTables(msg, hint string) error {
	return &config.Error{File: p.Config.Path, Line: p.Config.Tenant.Line, Column: p.Config.Tenant.Column, Msg: "options.tenantgen: " + msg, Hint: hint}
}

// unused refuses names that nothing has, and tables that are there.
func (p *Project) unused(names []string) error {
	var errs []error
	for i, name := range names {
		if !slices.Contains(tables.Names(), name) || slices.Contains(names[:i], name) {
			errs = append(errs, fmt.Errorf("no tables for %q, or named twice: there are those for %s", name, strings.Join(tables.Names(), ", ")))
		}
		for _, table := range tables.Tables(name) {
			for _, u := range p.Units {
				if i := slices.IndexFunc(u.Schema.Tables, func(t *catalog.Table) bool { return t.Name.Name == table }); i >= 0 {
					at := u.Schema.Tables[i].Pos
					errs = append(errs, &config.Error{File: at.File, Line: at.Line, Column: at.Column, Msg: fmt.Sprintf("there is a table %s already", table)})
				}
			}
		}
	}
	if len(names) == 0 {
		errs = append(errs, fmt.Errorf("name what to create tables for: %s", strings.Join(tables.Names(), ", ")))
	}
	return errors.Join(errs...)
}

// tableOptions finds out how the schema has its tenants: those of the outermost level.
func (p *Project) tableOptions() (tables.Options, error) {
	o := tables.Options{AppRole: p.Config.Tenant.AppRole, CrossTenantRole: p.Config.Tenant.CrossTenantRole}
	for _, u := range p.Units {
		if p.blind(u) > 0 {
			continue
		}
		root := u.Tenancy.Root(0)
		for _, t := range u.Schema.Tables {
			owner := u.Tenancy.Of(t)
			if owner.Kind != tenancy.Column || owner.Level != 0 || t.Columns[owner.Column].Type.Array {
				continue
			}
			o.Column, o.Type = u.Tenancy.Levels[0].Columns[0], typeSQL(t.Columns[owner.Column].Type)
			if root != nil && keyed(root, u.Tenancy.Of(root).Column) {
				o.Root, o.Key = root.Name, root.Columns[u.Tenancy.Of(root).Column].Name
				o.Type = typeSQL(root.Columns[u.Tenancy.Of(root).Column].Type)
			}
			return o, nil
		}
	}
	for _, u := range p.Units {
		if p.blind(u) == 0 {
			continue
		}
		return o, &config.Error{File: p.Config.Path, Line: u.Entry.Line, Column: u.Entry.Column,
			Msg: fmt.Sprintf("schema does not read the migrations of %s, so the tenants' tables are not seen there", p.Config.Tenant.Migrations.Dir), Hint: "let schema name the migrations directory, alone or last"}
	}
	return o, p.noTables("no table has the tenant column, so its type is not known", "create the tables of the tenants first")
}

// keyed reports whether a foreign key can refer to one column.
func keyed(t *catalog.Table, column int) bool {
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool {
		return slices.Equal(k.Columns, []string{t.Columns[column].Name}) && !k.Partial && !k.Expression && !k.Deferrable
	})
}

func typeSQL(t catalog.TypeRef) string {
	if t.Name.Schema == "pg_catalog" {
		return migrate.QuoteIdent(t.Name.Name)
	}
	return migrate.QuoteName(t.Name)
}

// declaring is the project as it is with what the tables need declared. The file is changed where that can be done.
func (p *Project) declaring(out *NewTables, names []string) (*Project, error) {
	if !slices.Contains(names, "audit") {
		return p, nil
	}
	text, err := os.ReadFile(p.Config.Path)
	if err != nil {
		return nil, err
	}
	if changed, err := config.DeclareGlobal(string(text), tables.Crossings); err == nil {
		out.config = &File{Path: p.Config.Rel(p.Config.Path), Text: []byte(changed)}
	} else {
		out.Declare = tables.Crossings
	}
	with, cfg := *p, *p.Config
	cfg.Tenant.Tables = append(slices.Clone(cfg.Tenant.Tables), config.Table{Name: tables.Crossings, Global: true, Line: cfg.Tenant.Line})
	with.Config = &cfg
	return &with, nil
}

// tableSteps are the tables, what generate would do about them and about whatever else there is, and the rights.
func (p *Project) tableSteps(r *Report, names []string, o tables.Options, out *NewTables) ([]migrate.Step, error) {
	var steps []migrate.Step
	for _, name := range names {
		steps = append(steps, tables.Create(name, o)...)
	}
	after, err := p.afterTables(r, names, steps)
	if err != nil {
		return nil, err
	}
	policies, err := p.plan(after)
	if err == nil {
		err = p.widens(policies)
	}
	if err != nil {
		return nil, err
	}
	out.Notes = p.notes(policies)
	steps = append(steps, policies...)
	if after, err = p.afterTables(r, names, steps); err != nil {
		return nil, err
	}
	if slices.Contains(names, "audit") && !established(after, o.CrossTenantRole) {
		o.CrossTenantRole, out.Ungranted = "", tables.Crossings
	}
	for _, name := range names {
		steps = append(steps, tables.Grant(name, o)...)
	}
	return steps, nil
}

// established reports whether the migrations know a role, so that it is there when they run.
func established(units []*judged, role string) bool {
	return slices.ContainsFunc(units, func(u *judged) bool {
		return slices.ContainsFunc(u.Schema.Roles, func(r *catalog.Role) bool { return r.Name == role }) ||
			slices.ContainsFunc(u.Schema.Grants, func(g *catalog.Grant) bool { return g.Role == role })
	})
}

// afterTables are the entries as they are with a migration of steps.
func (p *Project) afterTables(r *Report, names []string, steps []migrate.Step) ([]*judged, error) {
	files, err := p.tableFiles(names, steps)
	if err != nil {
		return nil, err
	}
	var after []*judged
	for _, u := range r.units {
		v, err := p.withMigration(u.Unit, files)
		if err != nil {
			return nil, err
		}
		after = append(after, &judged{Unit: v, app: u.app, crossing: u.crossing})
	}
	return after, nil
}

// tableFiles prints the migration.
func (p *Project) tableFiles(packages []string, steps []migrate.Step) ([]migrate.File, error) {
	existing, err := names(p.Config.Join(p.Config.Tenant.Migrations.Dir))
	if err != nil {
		return nil, err
	}
	m := p.Config.Tenant.Migrations
	return migrate.Render(steps, migrate.Format(m.Format), existing,
		migrate.Options{Name: "tenant_" + strings.Join(packages, "_"), Numbering: migrate.Numbering(m.Numbering), Now: p.now()})
}
