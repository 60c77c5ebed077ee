package tenantgen

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/advice"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/migrate"
)

// Advice is what Advise returns: migrations to be written, and what takes a person.
type Advice struct {
	Output
	ByHand []ByHand
	// Offers are children that could have the tenant column: Advise plans it for those that
	// it is given by name.
	Offers   []analyzer.Diagnostic
	Switches []Switch
}

// ByHand is a finding that no migration is written for.
type ByHand struct {
	analyzer.Diagnostic
	Why string // "" when nothing can be written for any finding of its kind
}

// Advise plans the migrations that put right what the schema rules report. A rule
// that the configuration switches off is left alone. Nothing is written until
// Commit. It returns an error when a query that is proved now would not be proved
// any more. The children of the names get the tenant column.
func (p *Project) Advise(r *Report, children ...string) (*Advice, error) {
	if p.Config.Tenant.Migrations.Dir == "" {
		return nil, &config.Error{File: p.Config.Path, Line: p.Config.Tenant.Line, Column: p.Config.Tenant.Column, Msg: "options.tenantgen: migrations is missing, and advise needs it",
			Hint: "add migrations: {dir: db/migrations, format: goose}"}
	}
	out := &Advice{}
	var err error
	if out.Switches, err = p.switches(children); err != nil {
		return nil, err
	}
	files, after, err := p.rehearse(out.Switches)
	if err != nil {
		return nil, err
	}
	for i, u := range after {
		if err := p.stillProved(r.units[i].results, u); err != nil {
			return nil, err
		}
	}
	plans, err := p.plans(after, out.Switches)
	if err != nil {
		return nil, err
	}
	for i, plan := range plans {
		out.ByHand = append(out.ByHand, p.byHand(after[i], plan)...)
		out.offer(p.offers(after[i], out.Switches))
	}
	return out, p.addMigrations(&out.Output, files)
}

// rounds is how often advice may make room for more: what Citus refuses goes first,
// then the tables are distributed.
const rounds = 3

// rehearse plans, applies the plan to the schema as tenantgen knows it, and plans
// again, until nothing is left. It returns the new files and the entries as they are
// with them.
func (p *Project) rehearse(switches []Switch) (files []migrate.File, units []*Unit, err error) {
	units = p.Units
	for range rounds {
		plans, err := p.plans(units, switches)
		if err != nil {
			return nil, nil, err
		}
		before := len(files)
		for _, plan := range plans {
			if files, err = p.render(plan.Advice, files); err != nil {
				return nil, nil, err
			}
		}
		if len(files) == before {
			return files, units, nil
		}
		units = nil
		for _, u := range p.Units {
			v, err := p.withMigration(u, files)
			if err != nil {
				return nil, nil, err
			}
			units = append(units, v)
		}
	}
	return nil, nil, fmt.Errorf("internal error: the advice leaves advice: %s", files[len(files)-1].Name)
}

// planned is what to do about the findings on a schema.
type planned struct {
	*advice.Advice
	findings []rules.Finding
}

// plans returns what to do about the schema of each entry. A table that several
// entries have is advised on once.
func (p *Project) plans(units []*Unit, switches []Switch) ([]planned, error) {
	known, views := &catalog.Database{}, map[catalog.Pos]bool{}
	var list []planned
	for _, u := range units {
		if err := p.seesMigrations(u, known); err != nil {
			return nil, err
		}
		fixable := slices.DeleteFunc(taken(p.advised(u), switches), func(f rules.Finding) bool {
			return known.Table(tableName(u, f)) != nil || views[f.Pos]
		})
		plan, err := advice.Plan(u.Schema, fixable)
		if err == nil && len(switches) == 0 && u.Tenancy.Citus && len(plan.Migrations) == 0 && !slices.ContainsFunc(fixable, inTheWay) {
			plan, err = advice.Distribute(u.Schema, u.Tenancy)
		}
		if err != nil {
			return nil, err
		}
		list = append(list, planned{plan, fixable})
		joinCatalog(known, u.Schema)
		for _, v := range u.Schema.Views {
			views[v.Pos] = true
		}
	}
	return list, nil
}

// inTheWay reports whether Citus would refuse to distribute tables while there is a
// finding.
func inTheWay(f rules.Finding) bool {
	return slices.Contains([]string{"not-distributable", "foreign-key-without-tenant", "nullable-tenant-column"}, f.Rule.Name)
}

// tableName returns the full name of the table that a finding is about.
func tableName(u *Unit, f rules.Finding) catalog.Name {
	for _, t := range u.Schema.Tables {
		if t.Name.String() == f.Table {
			return t.Name
		}
	}
	return catalog.Name{}
}

// render adds the files of a plan to those that are new already.
func (p *Project) render(plan *advice.Advice, files []migrate.File) ([]migrate.File, error) {
	existing, err := names(p.Config.Join(p.Config.Tenant.Migrations.Dir))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		existing = append(existing, f.Name)
	}
	for _, m := range plan.Migrations {
		more, err := migrate.Render(m.Steps, migrate.Format(p.Config.Tenant.Migrations.Format), existing, migrate.Options{
			Name: m.Name, Alone: m.Alone, Numbering: migrate.Numbering(p.Config.Tenant.Migrations.Numbering), Now: p.now()})
		if err != nil {
			return nil, err
		}
		for _, f := range more {
			existing = append(existing, f.Name)
		}
		files = append(files, more...)
	}
	return files, nil
}

// byHand lists what the plan leaves to people: what it declined, and what has no fix.
func (p *Project) byHand(u *Unit, plan planned) []ByHand {
	texts := p.schemaTexts(u)
	var list []ByHand
	for _, d := range plan.Declined {
		list = append(list, ByHand{finding(d.Finding, texts[d.Pos.File]), d.Why})
	}
	for _, f := range plan.findings {
		if f.Fix == nil {
			list = append(list, ByHand{Diagnostic: finding(f, texts[f.Pos.File])})
		}
	}
	return list
}

// stillProved checks the queries of an entry against its schema as it would be.
func (p *Project) stillProved(before []*analyzer.Result, after *Unit) error {
	for i, q := range p.checkUnit(after) {
		if q.Verdict == analyzer.Rejected && before[i].Verdict != analyzer.Rejected {
			return &config.Error{File: q.File, Line: q.Line, Column: 1, Msg: "query " + q.Name + " could not be proved any more: " + q.Diagnostics[0].Message,
				Hint: "change the query first, or switch the rule off whose advice takes away what the proof rests on, such as rules: {key-without-tenant: {severity: off, reason: …}}"}
		}
	}
	return nil
}

// configured lists the findings about a schema that the configuration does not
// switch off.
func (p *Project) configured(u *Unit) []rules.Finding {
	files := []rules.File{}
	for _, f := range p.schemaFiles(u) {
		files = append(files, rules.File{Path: f.Path, Text: f.Text})
	}
	return slices.DeleteFunc(rules.CheckApp(u.Schema, u.Tenancy, files, p.app(u)), func(f rules.Finding) bool { return p.severity(f.Rule) == "off" })
}

// advised are those of them that nothing is an exception of.
func (p *Project) advised(u *Unit) []rules.Finding {
	return slices.DeleteFunc(p.configured(u), func(f rules.Finding) bool { return p.excepted(f.Rule.Name, f.Table, "", f.Message) != nil })
}
