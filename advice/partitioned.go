package advice

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// partitioned builds an index on a partitioned table: CONCURRENTLY does not work
// there, so each partition gets its own, which is then attached (PostgreSQL manual,
// 5.11.2.2).
func (p *planner) partitioned(unique, name string, t *catalog.Table, columns []string, why string) {
	full := catalog.Name{Schema: t.Name.Schema, Name: name}
	drop := p.dropIndex("", full)
	p.partitions = append(p.partitions, migrate.Step{
		Comment: fmt.Sprintf("%s is partitioned.", t.Name),
		SQL:     []string{p.createIndex(unique, "", "ONLY", name, t.Name, columns, "")},
		Reverse: []string{drop}, Cause: why,
	})
	for _, child := range t.Children {
		part := p.db.Table(child)
		if part == nil {
			continue
		}
		own := p.names.choose(child.Schema, child.Name, columns, "idx")
		if part.PartitionBy != "" {
			p.partitioned(unique, own, part, columns, why)
		} else {
			p.concurrently(unique, own, child, columns, "", why)
		}
		p.add = append(p.add, migrate.Step{
			Comment: fmt.Sprintf("%s: its index is a part of that of %s.", child, t.Name),
			SQL: []string{p.print("attach", map[string]string{
				"Index": migrate.QuoteName(full), "Part": migrate.QuoteName(catalog.Name{Schema: child.Schema, Name: own})})},
			Reverse: []string{drop}, // there is no DETACH: the parts are dropped with it
		})
	}
}
