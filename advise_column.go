package tenantgen

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
)

// Switch is a child table that gets the tenant column. Once its migrations are applied,
// its declaration as a child goes from the configuration.
type Switch struct {
	Table, Column string
	Line          int // of the declaration
	name          catalog.Name
}

// switches finds the children that are to get the tenant column.
func (p *Project) switches(children []string) ([]Switch, error) {
	var list []Switch
	for _, name := range children {
		s, err := p.child(name)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// child finds a child table by the name that the command line has for it.
func (p *Project) child(name string) (Switch, error) {
	n := catalog.ParseName(name)
	for _, u := range p.Units {
		t := u.Schema.LookupTable(n.Schema, n.Name, []string{"public"})
		for _, f := range p.advised(u) {
			if fix, ok := f.Offer.(rules.AddTenantColumn); ok && fix.Table == t {
				return Switch{Table: t.Name.String(), Column: fix.Column, Line: p.declaredAt(t.Name), name: t.Name}, nil
			}
		}
	}
	return Switch{}, &config.Error{File: p.Config.Path, Line: p.Config.Tenant.Line, Column: p.Config.Tenant.Column,
		Msg:  fmt.Sprintf("%s is no child of a tenant table, or has the tenant column already", name),
		Hint: "name a table that is declared with parent: where the parent has the tenant column itself; of a chain, the first child comes first"}
}

// declaredAt is the line of a table's declaration.
func (p *Project) declaredAt(name catalog.Name) int {
	for _, d := range p.Config.Tenant.Tables {
		if n := catalog.ParseName(d.Name); n.Name == name.Name && (n.Schema == "" || n.Schema == name.Schema) {
			return d.Line
		}
	}
	return p.Config.Tenant.Line
}

// taken leaves of the findings what advise acts on: those that offer nothing; or, while
// offers are taken, these alone. A key that is put right for a child would be put right
// again for the tenant table.
func taken(list []rules.Finding, switches []Switch) (out []rules.Finding) {
	for _, f := range list {
		if f.Offer != nil && isTaken(f, switches) {
			f.Fix = f.Offer
		}
		if (f.Offer != nil) == (len(switches) > 0) && (f.Offer == nil || f.Fix != nil) {
			out = append(out, f)
		}
	}
	return out
}

func isTaken(f rules.Finding, switches []Switch) bool {
	fix, ok := f.Offer.(rules.AddTenantColumn)
	return ok && slices.ContainsFunc(switches, func(s Switch) bool { return s.name == fix.Table.Name })
}

// offer adds offers that no other entry has made.
func (a *Advice) offer(list []analyzer.Diagnostic) {
	for _, d := range list {
		if !slices.ContainsFunc(a.Offers, func(o analyzer.Diagnostic) bool { return o.File == d.File && o.Line == d.Line && o.Column == d.Column }) {
			a.Offers = append(a.Offers, d)
		}
	}
}

// offers lists what advise would do if it were told to.
func (p *Project) offers(u *Unit, switches []Switch) []analyzer.Diagnostic {
	texts := p.schemaTexts(u)
	var list []analyzer.Diagnostic
	for _, f := range p.advised(u) {
		if f.Offer != nil && !isTaken(f, switches) {
			list = append(list, finding(f, texts[f.Pos.File]))
		}
	}
	return list
}
