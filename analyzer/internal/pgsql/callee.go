package pgsql

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// function decides whether a call of the named function is harmless, whatever its
// arguments are.
func (x *exprs) function(full []string, at int32) (builtin, *query.Opaque) {
	return x.callee(full, anyCount, at)
}

// callee decides whether a call by name with so many arguments is harmless: every
// function that it can mean must be built in and known, or vouched for. It describes
// them all together.
func (x *exprs) callee(full []string, args int, at int32) (builtin, *query.Opaque) {
	if len(full) == 0 || len(full) > 2 {
		return builtin{}, x.l.refuse(at, "undeclared-function", "tenantgen does not know function "+strings.Join(full, "."), "write schema.function")
	}
	name := qualifiedName(full)
	m := resolve(x.l.db.Functions, name, x.l.path, args)
	if len(m.declared) == 0 && named(x.l.db.Functions, name) {
		m = resolve(x.l.db.Functions, name, x.l.path, anyCount) // a call that fails, or that we count wrongly
	}
	var all []builtin
	for _, f := range m.declared {
		if !x.l.vouched(f) {
			return builtin{}, x.l.refuse(at, "undeclared-function", "function "+strings.Join(full, ".")+" may read or change any tenant's rows", x.l.vouchHint(f))
		}
		b := builtin{aggregate: f.Kind == "aggregate", window: f.Kind == "window", effect: f.Volatility == "volatile"}
		if refused := x.defaults(f, &b, at); refused != nil {
			return builtin{}, refused
		}
		all = append(all, b)
	}
	if m.system || len(all) == 0 {
		b, refused := x.undeclared(name, len(all) > 0, at)
		if refused != nil {
			return builtin{}, refused
		}
		all = append(all, b)
	}
	return together(all), nil
}

func qualifiedName(full []string) catalog.Name {
	n := catalog.Name{Name: full[len(full)-1]}
	if len(full) > 1 {
		n.Schema = full[len(full)-2]
	}
	return n
}

// undeclared decides about a function that no schema file creates: built in, of an
// extension, or vouched for by its name. Beside says that declared ones have its name.
func (x *exprs) undeclared(name catalog.Name, beside bool, at int32) (builtin, *query.Opaque) {
	system := name.Schema == "" || name.Schema == ddlSystemSchema
	if name.Schema != ddlSystemSchema && !beside {
		if extensionFunction(x.l.db.Extensions, name.Name) || x.rangeType(name) {
			return builtin{}, nil
		}
		if v, ok := x.l.vouchedUnseen(name); ok {
			return unseen(v, system), nil
		}
	}
	if b, ok := builtins[name.Name]; ok && system {
		b.shared = b.effect
		return b, nil
	}
	label := strings.TrimPrefix(name.Schema+"."+name.Name, ".")
	if why := dangerous[name.Name]; why != "" {
		return builtin{}, x.l.refuse(at, "dangerous-function", "function "+label+" "+why, "leave it out of tenant queries")
	}
	if beside {
		return builtin{}, x.l.refuse(at, "undeclared-function", "pg_catalog has a function "+label+" too, which tenantgen does not know", "write its schema: public."+label)
	}
	return builtin{}, x.l.refuse(at, "undeclared-function", "tenantgen does not know function "+label,
		"if it reads nothing but its arguments, declare it: options.tenantgen.functions: {"+label+": {safe: \"<why>\"}}")
}

// unseen describes a function by what the declaration says of it. All aggregates of
// pg_catalog are among the builtins.
func unseen(v Vouch, system bool) builtin {
	b := builtin{aggregate: v.Kind == "aggregate", window: v.Kind == "window"}
	if system {
		b = builtins[v.Name.Name]
		b.aggregate = b.aggregate || v.Kind == "aggregate"
	}
	b.effect = true
	b.perhaps = v.Kind == "" && !(system && isSystemFunction(v.Name.Name))
	return b
}

// together describes a call that can mean any of several functions.
func together(all []builtin) builtin {
	b := all[0]
	for _, o := range all[1:] {
		b.perhaps = b.perhaps || o.perhaps || b.aggregate != o.aggregate
		b.aggregate = b.aggregate || o.aggregate
		b.window = b.window || o.window
		b.effect = b.effect || o.effect
		b.shared = b.shared || o.shared
	}
	return b
}

func named(all []*catalog.Function, name catalog.Name) bool {
	return slices.ContainsFunc(all, func(f *catalog.Function) bool {
		return f.Name.Name == name.Name && (name.Schema == "" || f.Name.Schema == name.Schema)
	})
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
		return anyCount
	}
	return len(f.GetArgs())
}
