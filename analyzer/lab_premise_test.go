package analyzer_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// byPremise separates the queries that rest on premises from those that hold in any
// state, where rows refer across tenants, too, and those that are confined to a tenant of
// an outer level alone.
func byPremise(trials []*trial) [][]*trial {
	groups := map[[2]int][]*trial{}
	for _, tr := range trials {
		key := [2]int{min(len(tr.r.Assumes), 1), apart(tr.r)}
		groups[key] = append(groups[key], tr)
	}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	var out [][]*trial
	for _, key := range keys {
		out = append(out, groups[key])
	}
	return out
}

// apart is how many levels, the outermost, tell whose the rows of a statement are, 0 for all. A write for a tenant of an
// outer level alone may reach that tenant's rows of deeper ones: by what it sets off.
func apart(r *analyzer.Result) int {
	used := slices.DeleteFunc(slices.Clone(r.Tenants), func(n int) bool { return n == 0 })
	if r.Apart > 0 || len(r.Targets) == 0 || len(used) != 1 || r.Tenants[0] == 0 || len(r.Tenants) < 2 {
		return r.Apart
	}
	return 1
}

// inPremises runs queries in states that keep the premises of those that are run together.
func (l *lab) inPremises(trials []*trial, run func([]*trial) tally) tally {
	var n tally
	own := l.own
	defer func() { l.own = own }()
	for _, group := range byPremise(trials) {
		l.breaking, l.own = nil, own
		if level := apart(group[0].r) - 1; level >= 0 {
			l.own = own.Outward(level)
		}
		for _, tr := range group {
			for _, a := range tr.r.Assumes {
				if q := l.breaks(a); q != "" && !slices.Contains(l.breaking, q) {
					l.breaking = append(l.breaking, q)
				}
			}
		}
		n.add(run(group))
	}
	return n
}

// breaks asks for rows that refer by a foreign key from the tenant to others, or back.
func (l *lab) breaks(a analyzer.Premise) string {
	from := l.db.Table(a.Table)
	if a.Kind == certificate.LinkPremise {
		return l.orphans(from, a.Columns)
	}
	if a.Kind == certificate.LevelsPremise {
		return l.contradictions(from, a.Columns[0])
	}
	i := slices.IndexFunc(from.Foreign, func(f *catalog.ForeignKey) bool { return f.Name == a.Constraint })
	if a.Kind != certificate.ForeignKeyPremise || i < 0 {
		return ""
	}
	fk := from.Foreign[i]
	to := l.db.Table(fk.RefTable)
	var on []string
	for j, c := range fk.Columns {
		on = append(on, fmt.Sprintf("t0.%q = t1.%q", c, fk.RefColumns[j]))
	}
	return fmt.Sprintf("SELECT 1 FROM %s AS t0, %s AS t1 WHERE %s AND (%s) IS DISTINCT FROM (%s) LIMIT 1",
		labTable(from), labTable(to), strings.Join(on, " AND "), l.owner(from, "t0", true), l.owner(to, "t1", true))
}

// contradictions asks for rows of t whose column of an outer level is not that of their
// tenant of the next deeper one, by the rows of the tenants between the two.
func (l *lab) contradictions(t *catalog.Table, column string) string {
	m := l.own.Native()
	level := slices.IndexFunc(m.Levels, func(v tenancy.Level) bool { return v.Columns[0] == column })
	from, conds := []string{labTable(t) + " AS t0"}, []string(nil)
	for at, n := t, 0; ; n++ {
		next := level + 1
		for next <= m.Of(at).Level && (m.Holder(at, next) < 0 || m.Root(next) == at) {
			next++
		}
		root := m.Root(next)
		if next > m.Of(at).Level || root == nil {
			return ""
		}
		from = append(from, fmt.Sprintf("%s AS t%d", labTable(root), n+1))
		conds = append(conds, fmt.Sprintf("t%d.%q = t%d.%q", n, at.Columns[m.Holder(at, next)].Name, n+1, root.Columns[m.Of(root).Column].Name))
		if h := m.Holder(root, level); h >= 0 {
			return fmt.Sprintf("SELECT 1 FROM %s WHERE %s AND t0.%q <> t%d.%q LIMIT 1", strings.Join(from, ", "), strings.Join(conds, " AND "), column, n+1, root.Columns[h].Name)
		}
		at = root
	}
}

// orphans asks for rows of a child table whose parent row, by the link of these columns,
// does not exist.
func (l *lab) orphans(t *catalog.Table, columns []string) string {
	for _, p := range l.own.Of(t).Parents {
		var here, on []string
		for _, pair := range p.On {
			c := t.Columns[pair.Child].Name
			if !slices.Contains(columns, c) {
				break
			}
			here = append(here, fmt.Sprintf("t0.%q IS NOT NULL", c))
			on = append(on, fmt.Sprintf("t0.%q = t1.%q", c, p.Table.Columns[pair.Parent].Name))
		}
		on = append(on, whereOf(p, "t1")...)
		if len(on) == len(p.On)+len(p.Where) {
			return fmt.Sprintf("SELECT 1 FROM %s AS t0 WHERE %s AND NOT EXISTS (SELECT 1 FROM %s AS t1 WHERE %s) LIMIT 1",
				labTable(t), strings.Join(here, " AND "), labTable(p.Table), strings.Join(on, " AND "))
		}
	}
	return ""
}
