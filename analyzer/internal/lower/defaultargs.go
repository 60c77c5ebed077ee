package lower

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// defaults refuses a call of f when defaults of its parameters run what nobody vouched
// for, given or not: the word for f is about f, not about what its caller runs for it. A
// default's effects are the call's.
func (x *exprs) defaults(f *catalog.Function, b *pgtype.Builtin, at int32) *query.Opaque {
	if slices.Contains(x.l.defaulting, f) {
		return nil // a default may call its own function; it is judged already
	}
	x.l.defaulting = append(x.l.defaulting, f)
	defer func() { x.l.defaulting = x.l.defaulting[:len(x.l.defaulting)-1] }()
	for _, name := range f.DefaultCalls {
		run, refused := x.function(fullName(name), at)
		if refused != nil {
			refused.Reason += "; the default of a parameter of " + f.Name.String() + " runs it"
			return refused
		}
		b.Effect, b.Shared = b.Effect || run.Effect, b.Shared || run.Shared
	}
	return nil
}

// fullName is a name as a call spells it.
func fullName(n catalog.Name) []string {
	if n.Schema == "" {
		return []string{n.Name}
	}
	return []string{n.Schema, n.Name}
}
