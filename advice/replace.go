package advice

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

// replaceKey makes a key that includes the tenant.
func (p *planner) replaceKey(f rules.Finding) {
	fix, ok := f.Fix.(rules.ReplaceKey)
	if !ok {
		return
	}
	if why := p.whyNotKey(fix); why != "" {
		p.decline(f, why)
		return
	}
	t := fix.Table
	k := p.newKey(t, p.names.choose(t.Name.Schema, t.Name.Name, fix.Columns, "key"), fix.Columns)
	p.successors[fix.Key] = k
	p.concurrently("UNIQUE", k.name, t.Name, fix.Columns, nullsOf(fix.Key), cause(f))
	if fix.Key.Constraint && !fix.Key.Primary {
		p.addUnique(t, k, cause(f))
	}
}

func nullsOf(k *catalog.Key) string {
	if k.NullsNotDistinct {
		return " NULLS NOT DISTINCT"
	}
	return ""
}

// whyNotKey tells what still needs a key.
func (p *planner) whyNotKey(fix rules.ReplaceKey) string {
	if fix.Table.PartitionBy != "" {
		return "a key of a partitioned table cannot be replaced without stopping writes"
	}
	for _, t := range p.db.Tables {
		for _, f := range t.Foreign {
			if f.RefTable == fix.Table.Name && sameColumns(f.RefColumns, fix.Key.Columns) && !p.goes(t, f) && !otherKey(fix) {
				return "foreign key " + f.Name + " of " + t.Name.String() + " refers to it"
			}
		}
	}
	return ""
}

// goes reports whether a foreign key is replaced, by itself or with that of the
// partitioned table.
func (p *planner) goes(t *catalog.Table, f *catalog.ForeignKey) bool {
	if p.replaced[f] != nil {
		return true
	}
	if !t.IsPartition {
		return false
	}
	return slices.ContainsFunc(t.Parents, func(name catalog.Name) bool {
		parent := p.db.Table(name)
		return parent != nil && slices.ContainsFunc(parent.Foreign, func(g *catalog.ForeignKey) bool {
			return slices.Equal(f.Columns, g.Columns) && slices.Equal(f.RefColumns, g.RefColumns) && f.RefTable == g.RefTable && p.goes(parent, g)
		})
	})
}

// otherKey reports whether foreign keys can do with another key on the same columns.
func otherKey(fix rules.ReplaceKey) bool {
	return slices.ContainsFunc(fix.Table.Keys, func(k *catalog.Key) bool {
		return k != fix.Key && usable(k) && sameColumns(k.Columns, fix.Key.Columns)
	})
}

// dropKey drops the key that has a successor, once nothing refers to it.
func (p *planner) dropKey(f rules.Finding) {
	fix, ok := f.Fix.(rules.ReplaceKey)
	if !ok || p.successors[fix.Key] == nil {
		return
	}
	t, old, k := fix.Table.Name, fix.Key, p.successors[fix.Key]
	step := migrate.Step{Cause: cause(f)}
	what := "the unique index without the tenant goes."
	switch {
	case old.Primary:
		what = "the primary key starts with the tenant."
		step.SQL = []string{p.dropConstraint(t, old.Name), p.useIndex(t, "PRIMARY KEY", old.Name, k.name)}
		// What refers to the new key would keep it from going.
		step.Reverse = append(slices.Clone(k.dropped), p.undoConstraint(t, old.Name), p.addKey(t, "PRIMARY KEY", old.Name, old.Columns, ""))
	case old.Constraint:
		what = "the unique key without the tenant goes."
		step.SQL = []string{p.dropConstraint(t, old.Name)}
		step.Reverse = []string{p.addKey(t, "UNIQUE", old.Name, old.Columns, nullsOf(old))}
	default:
		step.SQL = []string{p.dropIndex("", catalog.Name{Schema: t.Schema, Name: old.Name})}
		step.Reverse = []string{p.createIndex("UNIQUE", "", "", old.Name, t, old.Columns, nullsOf(old))}
	}
	step.Comment = fmt.Sprintf("%s: %s A value may then occur once in each tenant: where it has to be unique among all of them, do not apply this.", t, what)
	p.finish = append(p.finish, step)
}
