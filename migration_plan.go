package tenantgen

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/migrate"
)

// plan returns what the next migration has to do for all entries together: they
// share the migrations directory, so they share the database.
func (p *Project) plan(units []*judged) ([]migrate.Step, error) {
	db, wanted, err := p.together(units)
	if err != nil {
		return nil, err
	}
	return migrate.Plan(db, wanted)
}

// together joins the entries' schemas, and what is wanted of them. A table that
// several entries have counts once, as the first entry has it that reads the
// migrations; what any of them writes is written.
func (p *Project) together(units []*judged) (*catalog.Database, migrate.Wanted, error) {
	units = slices.Clone(units)
	slices.SortStableFunc(units, func(u, v *judged) int { return p.blind(u.Unit) - p.blind(v.Unit) })
	db, all := &catalog.Database{}, migrate.Wanted{}
	targets := map[catalog.Name]int{} // in all
	for i, u := range units {
		if err := p.seesMigrations(u.Unit, db); err != nil {
			return nil, all, err
		}
		w := p.wanted(u)
		if i == 0 {
			all = w
			all.Targets, all.Globals, all.CrossTenant = nil, nil, nil
		}
		if i > 0 {
			all.OwnerViews = append(all.OwnerViews, w.OwnerViews...)
			all.Views, all.CrossTenantViews = joinViews(all.Views, w.Views), joinViews(all.CrossTenantViews, w.CrossTenantViews)
			all.Sequences, all.CrossTenantSequences = append(all.Sequences, w.Sequences...), append(all.CrossTenantSequences, w.CrossTenantSequences...)
		}
		all.CrossTenant = joinAccess(all.CrossTenant, w.CrossTenant)
		for _, t := range w.Targets {
			if have, ok := targets[t.Table.Name]; ok {
				all.Targets[have].Privileges = joined(all.Targets[have].Privileges, t.Privileges)
				all.Targets[have].Set = all.Targets[have].Set || t.Set
			} else if db.Table(t.Table.Name) == nil {
				targets[t.Table.Name] = len(all.Targets)
				all.Targets = append(all.Targets, t)
			}
		}
		all.Globals = joinGlobals(all.Globals, w.Globals, db)
		joinCatalog(db, u.Schema)
	}
	return db, all, nil
}

func joinGlobals(all, more []migrate.Global, known *catalog.Database) []migrate.Global {
	at := map[catalog.Name]int{}
	for i, g := range all {
		at[g.Table.Name] = i
	}
	for _, g := range more {
		if i, ok := at[g.Table.Name]; ok {
			all[i].Privileges = joined(all[i].Privileges, g.Privileges)
		} else if known.Table(g.Table.Name) == nil {
			at[g.Table.Name] = len(all)
			all = append(all, g)
		}
	}
	return all
}

func joinAccess(all, more []migrate.Access) []migrate.Access {
	return joinRights(all, more, func(a *migrate.Access) (catalog.Name, *[]string) { return a.Table.Name, &a.Privileges })
}

func joinViews(all, more []migrate.ViewAccess) []migrate.ViewAccess {
	return joinRights(all, more, func(a *migrate.ViewAccess) (catalog.Name, *[]string) { return a.View.Name, &a.Privileges })
}

// joinRights adds rights to others, those to one object to the ones that are there.
func joinRights[T any](all, more []T, of func(*T) (catalog.Name, *[]string)) []T {
	at := map[catalog.Name]int{}
	for i := range all {
		name, _ := of(&all[i])
		at[name] = i
	}
	for _, a := range more {
		name, privileges := of(&a)
		i, ok := at[name]
		if !ok {
			at[name] = len(all)
			all = append(all, a)
			continue
		}
		_, have := of(&all[i])
		*have = joined(*have, *privileges)
	}
	return all
}

// joined are the privileges of two lists, sorted: nil, for what is not known, adds nothing
// to what is.
func joined(a, b []string) []string {
	if a == nil && b == nil {
		return nil
	}
	return append([]string{}, slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))...)
}

// joinCatalog adds what a plan reads of a schema: tables, roles and grants.
func joinCatalog(db, more *catalog.Database) {
	db.Index()
	for _, t := range unknownTables(db, more) {
		db.Tables = append(db.Tables, t)
	}
	db.Index()
	for _, r := range more.Roles {
		if !slices.ContainsFunc(db.Roles, func(s *catalog.Role) bool { return s.Name == r.Name }) {
			db.Roles = append(db.Roles, r)
		}
	}
	db.Excuses = append(db.Excuses, more.Excuses...)
	type on struct {
		kind, role string
		name       catalog.Name
	}
	have := map[on][]*catalog.Grant{}
	for _, g := range db.Grants {
		have[on{g.Kind, g.Role, g.On}] = append(have[on{g.Kind, g.Role, g.On}], g)
	}
	for _, g := range more.Grants {
		key := on{g.Kind, g.Role, g.On}
		if !slices.ContainsFunc(have[key], func(h *catalog.Grant) bool { return h.Same(g) }) {
			db.Grants, have[key] = append(db.Grants, g), append(have[key], g)
		}
	}
}

// unknownTables are those of a schema that another has none of the names of.
func unknownTables(db, more *catalog.Database) []*catalog.Table {
	var list []*catalog.Table
	for _, t := range more.Tables {
		if db.Table(t.Name) == nil {
			list = append(list, t)
		}
	}
	return list
}

// seesMigrations refuses an entry with tables of its own whose schema does not read
// the migrations: what they establish would be planned again and again.
func (p *Project) seesMigrations(u *Unit, known *catalog.Database) error {
	if p.blind(u) == 0 {
		return nil
	}
	i := slices.IndexFunc(u.Schema.Tables, func(t *catalog.Table) bool { return known.Table(t.Name) == nil })
	if i < 0 {
		return nil
	}
	return &config.Error{File: p.Config.Path, Line: u.Entry.Line, Column: u.Entry.Column,
		Msg:  fmt.Sprintf("schema does not read the migrations of %s, so what they establish for table %s could not be seen", p.Config.Tenant.Migrations.Dir, u.Schema.Tables[i].Name),
		Hint: "let schema name the migrations directory, alone or last"}
}

// blind is 1 for an entry whose schema does not read the next migration, 0 for others.
func (p *Project) blind(u *Unit) int {
	name := "99999999999999_" + migrate.PolicyName + ".sql"
	if p.Config.Tenant.Migrations.Format == string(migrate.GolangMigrate) {
		name = strings.TrimSuffix(name, ".sql") + ".up.sql"
	}
	dir := p.Config.Join(p.Config.Tenant.Migrations.Dir)
	for _, written := range u.Entry.Schema {
		pattern := p.Config.Join(written)
		if pattern == dir {
			return 0
		}
		if ok, err := filepath.Match(pattern, filepath.Join(dir, name)); ok && err == nil {
			return 0
		}
	}
	return 1
}

// confirm plans again with the new files among the schema files. Nothing may be
// left: otherwise every run would write the same migration again.
func (p *Project) confirm(r *Report, files []migrate.File) error {
	if len(files) == 0 {
		return nil
	}
	var after []*judged
	for _, u := range r.units {
		v, err := p.withMigration(u.Unit, files)
		if err != nil {
			return err
		}
		after = append(after, &judged{Unit: v, app: u.app, crossing: u.crossing})
	}
	left, err := p.plan(after)
	if err == nil && len(left) > 0 {
		err = &config.Error{File: p.Config.Path, Line: p.Config.Tenant.Migrations.Line,
			Msg:  fmt.Sprintf("%s would be written again and again: after it there is still to do: %s", files[0].Name, left[0].Comment),
			Hint: "let no schema file that is read after the migrations change row-level security or rights"}
	}
	return err
}

// withMigration returns an entry as it is when the files are in the migrations directory.
func (p *Project) withMigration(u *Unit, files []migrate.File) (*Unit, error) {
	var added []migrate.File
	if p.blind(u) == 0 {
		added = files
	}
	read, unreadable, err := p.read(p.Config.SQL[u.Index], added)
	if err != nil {
		return nil, err
	}
	after := &Unit{Entry: config.SQL{SchemaFiles: read}}
	db, problems := analyzer.LoadSchema(p.schemaFiles(after), p.Config.Tenant.Functions...)
	problems = append(unreadable, problems...)
	for _, d := range problems {
		if slices.ContainsFunc(files, func(f migrate.File) bool { return path.Base(d.File) == f.Name }) {
			return nil, fmt.Errorf("%s does not apply to the schema: %s", d.File, d.Message)
		}
	}
	own, _ := analyzer.Classify(db, p.Config.Tenant)
	return &Unit{Index: u.Index, Entry: u.Entry, Schema: db, Tenancy: own}, nil
}
