package prove

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// lives reports whether a row of the table referred to is one that rows can belong to.
func (r *ref) lives(values []*string) bool {
	for _, t := range r.where {
		v := values[t.Column]
		switch {
		case t.Kind == catalog.IsNull && v != nil, t.Kind == catalog.IsNotNull && v == nil:
			return false
		case t.Kind == catalog.HasValue && (v == nil || *v != t.Value):
			return false
		}
	}
	return true
}

// enliven gives a row that is to be referred to what it needs for that, where its values
// are still free.
func (r *ref) enliven(fixed map[int]*string) map[int]*string {
	for _, t := range r.where {
		if _, set := fixed[t.Column]; set {
			continue
		}
		switch v := t.Value; t.Kind {
		case catalog.IsNull:
			fixed[t.Column] = nil
		case catalog.HasValue:
			fixed[t.Column] = &v
		}
	}
	return fixed
}

// living are the conditions under which the row that has a name can be referred to.
func (r *ref) living(name string) []string {
	var all []string
	for _, t := range r.where {
		is := map[catalog.TestKind]string{catalog.IsNull: "IS NULL", catalog.IsNotNull: "IS NOT NULL", catalog.HasValue: "= " + literal(&t.Value)}[t.Kind]
		all = append(all, fmt.Sprintf("%s.%s %s", name, ident(r.table.columns[t.Column].name), is))
	}
	return all
}
