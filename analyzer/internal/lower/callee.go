package lower

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// function decides whether a call of the named function is harmless, whatever its
// arguments are.
func (x *exprs) function(full []string, at int32) (pgtype.Builtin, *query.Opaque) {
	return x.callee(full, pgtype.AnyCount, at)
}

// callee decides whether a call by name with so many arguments is harmless: every
// function that it can mean must be built in and known, or vouched for. It describes
// them all together.
func (x *exprs) callee(full []string, args int, at int32) (pgtype.Builtin, *query.Opaque) {
	if len(full) == 0 || len(full) > 2 {
		x.l.unseen = true
		return pgtype.Builtin{}, x.l.refuse(at, "undeclared-function", "tenantgen does not know function "+strings.Join(full, "."), "write schema.function")
	}
	name := parsetree.QualifiedName(full)
	m := pgtype.Resolve(x.l.db.Functions, name, x.l.path, args)
	if len(m.Declared) == 0 && pgtype.HasFunction(x.l.db.Functions, name) {
		m = pgtype.Resolve(x.l.db.Functions, name, x.l.path, pgtype.AnyCount) // a call that fails, or that we count wrongly
	}
	var all []pgtype.Builtin
	for _, f := range m.Declared {
		b := pgtype.Builtin{Aggregate: f.Kind == "aggregate", Window: f.Kind == "window", Effect: f.Volatility == "volatile",
			Mutable: f.Volatility != "immutable", Volatile: volatile(f)}
		if !x.l.Vouches(f) {
			r := x.l.read(f, nil, at)
			if r.unread != nil {
				return pgtype.Builtin{}, x.l.refuse(at, "undeclared-function", "function "+strings.Join(full, ".")+" may read or change any tenant's rows"+r.unread.String(), pgtype.VouchHint(x.l.db, f))
			}
			b.Effect, b.Mutable, b.Shared = b.Effect || r.effect, b.Mutable || r.effect, r.shared
		}
		x.l.calls(f)
		if refused := x.defaults(f, &b, at); refused != nil {
			return pgtype.Builtin{}, refused
		}
		all = append(all, b)
	}
	if m.System || len(all) == 0 {
		b, refused := x.undeclared(name, len(all) > 0, at)
		if refused != nil {
			return pgtype.Builtin{}, refused
		}
		all = append(all, b)
	}
	return pgtype.Together(all), nil
}

// undeclared decides about a function that no schema file creates: built in, of an
// extension, or vouched for by its name. Beside says that declared ones have its name.
func (x *exprs) undeclared(name catalog.Name, beside bool, at int32) (pgtype.Builtin, *query.Opaque) {
	system := name.Schema == "" || name.Schema == pgtype.SystemSchema
	if name.Schema != pgtype.SystemSchema && !beside {
		if pgtype.ExtensionFunction(x.l.db.Extensions, name.Name) || x.rangeType(name) {
			return pgtype.Extension(name.Name), nil
		}
		if v, ok := x.l.Vouched.Unseen(x.l.db, name); ok {
			return pgtype.Described(v, system), nil
		}
	}
	if b, ok := pgtype.Builtins[name.Name]; ok && system {
		b.Shared = b.Effect
		return b, nil
	}
	label := strings.TrimPrefix(name.Schema+"."+name.Name, ".")
	if why := pgtype.Dangerous[name.Name]; why != "" {
		return pgtype.Builtin{}, x.l.refuse(at, "dangerous-function", "function "+label+" "+why, "leave it out of tenant queries")
	}
	x.l.unseen = true
	if beside {
		return pgtype.Builtin{}, x.l.refuse(at, "undeclared-function", "pg_catalog has a function "+label+" too, which tenantgen does not know", "write its schema: public."+label)
	}
	if newer := sqltext.NewerCall(name.Name); newer != "" && name.Schema == "" {
		return pgtype.Builtin{}, x.l.refuse(at, "unsupported-syntax", "tenantgen does not know "+label, newer)
	}
	return pgtype.Builtin{}, x.l.refuse(at, "undeclared-function", "tenantgen does not know function "+label,
		"if it reads nothing but its arguments, declare it: options.tenantgen.functions: {"+label+": {safe: \"<why>\"}}")
}

// rangeType reports whether a name is that of a user's range type, whose constructors
// go by its name (PostgreSQL manual, 8.17.6).
func (x *exprs) rangeType(name catalog.Name) bool {
	return slices.ContainsFunc(x.l.db.Types, func(t *catalog.Type) bool {
		return t.Kind == "range" && t.Name.Name == name.Name && (name.Schema == "" || t.Name.Schema == name.Schema)
	})
}

// argumentCount is the number of arguments of a call, anyCount where it is not plain.
func argumentCount(f *pg.FuncCall) int {
	if f.GetFuncVariadic() || f.GetAggWithinGroup() || f.GetAggStar() {
		return pgtype.AnyCount
	}
	return len(f.GetArgs())
}
