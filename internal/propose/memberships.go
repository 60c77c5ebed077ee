package propose

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// membership finds the table by which rows of t are in several tenants, as people are in organizations:
// a key of it is the tenant's column beside the columns that refer to t. It returns nil where there is none.
func (s *schema) membership(t *catalog.Table) *catalog.Table {
	i := slices.IndexFunc(s.tables, func(o *catalog.Table) bool {
		of, tenants := s.own[o]
		return tenants && of.depth == 0 && o != t && slices.ContainsFunc(o.Foreign, func(f *catalog.ForeignKey) bool {
			return f.RefTable == t.Name && slices.ContainsFunc(o.Keys, func(k *catalog.Key) bool { return s.pairs(of.level, k, f) })
		})
	})
	if i < 0 {
		return nil
	}
	return s.tables[i]
}

// pairs reports whether a key is the column of a level's tenants beside those of a foreign key.
func (s *schema) pairs(level int, k *catalog.Key, f *catalog.ForeignKey) bool {
	if k.Partial || k.Expression || len(k.Columns) != len(f.Columns)+1 {
		return false
	}
	var rest []string
	for _, c := range k.Columns {
		if !slices.Contains(f.Columns, c) {
			rest = append(rest, c)
		}
	}
	return len(rest) == 1 && s.levels[level].columns[rest[0]] > 0
}
