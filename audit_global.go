package tenantgen

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// globals lists the tables of an entry that are declared global, each with the queries that
// write it, by their statement or by what that runs: what one tenant writes, all of them read.
func (p *Project) globals(r *Report) map[string][]string {
	writers := map[string][]string{}
	for i, u := range r.units {
		unit := p.Units[i]
		declared := unit.globals(p)
		for _, q := range u.results {
			n := unit.needs([]*analyzer.Result{q}, q.Verdict == analyzer.CrossTenant)
			for _, use := range q.Uses { // also of a query that is refused, and may run all the same
				n.add(use.Name(), use.Privileges...)
			}
			for name, t := range declared {
				if n.writes(unit.Schema, t, nil) && !slices.Contains(writers[name], q.Name) {
					writers[name] = append(writers[name], q.Name)
				}
			}
		}
	}
	return writers
}

// globals are the tables that the configuration declares global, by the name that it has for them.
func (u *Unit) globals(p *Project) map[string]*catalog.Table {
	path := u.Schema.SearchPath
	if len(path) == 0 {
		path = []string{"public"}
	}
	list := map[string]*catalog.Table{}
	for _, d := range p.Config.Tenant.Tables {
		if name := catalog.ParseName(d.Name); d.Global {
			if t := u.Schema.LookupTable(name.Schema, name.Name, path); t != nil {
				list[d.Name] = t
			}
		}
	}
	return list
}

// writes reports whether rows of a table are written: its own, those of a table that it is a part
// of, or those to which they refer by a key that carries the change on.
func (n *needs) writes(db *catalog.Database, t *catalog.Table, seen []*catalog.Table) bool {
	if t == nil || slices.Contains(seen, t) {
		return false
	}
	have, seen := n.privileges[t.Name], append(seen, t)
	if slices.ContainsFunc(have, func(p string) bool { return p != "select" }) {
		return true
	}
	return slices.ContainsFunc(t.Parents, func(p catalog.Name) bool { return n.writes(db, db.Table(p), seen) }) ||
		slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool { return n.carries(db, f, seen) })
}

// carries reports whether a foreign key changes the rows that refer by it.
func (n *needs) carries(db *catalog.Database, f *catalog.ForeignKey, seen []*catalog.Table) bool {
	acts := func(action string) bool { return action != "" && action != "no action" && action != "restrict" }
	have := n.privileges[f.RefTable]
	further := len(have) == 0 || slices.Equal(have, []string{"select"}) // it may be changed by a key itself
	return acts(f.OnDelete) && slices.Contains(have, "delete") || acts(f.OnUpdate) && slices.Contains(have, "update") ||
		(acts(f.OnDelete) || acts(f.OnUpdate)) && further && n.writes(db, db.Table(f.RefTable), seen)
}
