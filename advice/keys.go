package advice

import (
	"fmt"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

// foreign is a foreign key that is replaced.
type foreign struct {
	fix  rules.ReplaceForeign
	next *catalog.ForeignKey
}

// decideForeign decides which foreign keys are replaced, before the keys that the
// old ones need are.
func (p *planner) decideForeign(findings []rules.Finding) {
	for _, f := range findings {
		fix, ok := f.Fix.(rules.ReplaceForeign)
		if !ok {
			continue
		}
		if why := whyNotForeign(fix); why != "" {
			p.decline(f, why)
			continue
		}
		next := *fix.Key
		next.Columns, next.RefColumns = fix.Columns, fix.RefColumns
		next.Special = len(fix.Columns) > 1 // empties the columns behind the tenant's only
		next.Name = p.names.choose(fix.Table.Name.Schema, fix.Table.Name.Name, fix.Columns, "fkey")
		p.replaced[fix.Key] = &foreign{fix, &next}
	}
}

func whyNotForeign(fix rules.ReplaceForeign) string {
	for i, c := range fix.Columns {
		from, into := fix.Table.Column(c), fix.To.Column(fix.RefColumns[i])
		if from == nil || into == nil || from.Type.Name != into.Type.Name {
			return "the tenant columns have different types"
		}
	}
	if fix.To.PartitionBy != "" && slices.ContainsFunc(fix.To.PartitionKey, func(c string) bool { return !slices.Contains(fix.RefColumns, c) }) {
		return "a unique key of " + fix.To.Name.String() + " has to include what the table is partitioned by (PostgreSQL manual, 5.11.2.3)"
	}
	return ""
}

// replaceForeign adds the new key beside the old one and then drops that.
func (p *planner) replaceForeign(f rules.Finding) {
	fix, ok := f.Fix.(rules.ReplaceForeign)
	if !ok || p.replaced[fix.Key] == nil {
		return
	}
	t, next := fix.Table, p.replaced[fix.Key].next
	k := p.ensureKey(fix.To, fix.RefColumns, cause(f))
	k.dropped = append(k.dropped, p.undoConstraint(t.Name, next.Name))
	undo := []string{p.undoConstraint(t.Name, next.Name)}
	p.looks(t, fix.To)
	if t.PartitionBy == "" {
		p.add = append(p.add, migrate.Step{
			Comment: fmt.Sprintf("%s: new references stay within their tenant.", t.Name),
			SQL:     []string{p.addForeign(t.Name, next, true)}, Reverse: undo, Cause: cause(f),
		})
		p.validate = append(p.validate, migrate.Step{
			Comment: fmt.Sprintf("%s: every reference does. This fails while a row refers to another tenant's row of %s: look into those first.", t.Name, fix.To.Name),
			SQL:     []string{p.validateConstraint(t.Name, next.Name)},
		})
	} else {
		p.validate = append(p.validate, migrate.Step{
			Comment: fmt.Sprintf("%s: references stay within their tenant. Writes wait while this looks at every row: PostgreSQL has no NOT VALID for foreign keys of a partitioned table.", t.Name),
			SQL:     []string{p.addForeign(t.Name, next, false)}, Reverse: undo, Cause: cause(f),
		})
	}
	p.finish = append(p.finish, migrate.Step{
		Comment: fmt.Sprintf("%s: the foreign key without the tenant goes.", t.Name),
		SQL:     []string{p.dropConstraint(t.Name, fix.Key.Name)}, Reverse: []string{p.addForeign(t.Name, fix.Key, false)}, Cause: cause(f),
	})
}

// ensureKey returns the unique key that a foreign key to these columns needs, and
// makes it when there is none.
func (p *planner) ensureKey(t *catalog.Table, columns []string, why string) *key {
	for _, k := range p.keys[t] {
		if sameColumns(k.columns, columns) {
			return k
		}
	}
	for _, k := range t.Keys {
		if usable(k) && sameColumns(k.Columns, columns) {
			return p.newKey(t, k.Name, k.Columns)
		}
	}
	k := p.newKey(t, p.names.choose(t.Name.Schema, t.Name.Name, columns, "key"), columns)
	if t.PartitionBy != "" {
		p.partitioned("UNIQUE", k.name, t, columns, why)
		return k
	}
	p.concurrently("UNIQUE", k.name, t.Name, columns, "", why)
	p.addUnique(t, k, why)
	return k
}

func (p *planner) newKey(t *catalog.Table, name string, columns []string) *key {
	k := &key{name: name, columns: columns}
	p.keys[t] = append(p.keys[t], k)
	return k
}

// usable reports whether a foreign key can refer to a key (PostgreSQL manual, 5.4.5).
func usable(k *catalog.Key) bool { return !k.Partial && !k.Expression && !k.Deferrable }

func (p *planner) addUnique(t *catalog.Table, k *key, why string) {
	p.add = append(p.add, migrate.Step{
		Comment: fmt.Sprintf("%s: the index becomes a constraint.", t.Name),
		SQL:     []string{p.useIndex(t.Name, "UNIQUE", k.name, k.name)}, Reverse: []string{p.undoConstraint(t.Name, k.name)}, Cause: why,
	})
}
