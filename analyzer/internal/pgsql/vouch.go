package pgsql

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Vouch is somebody's word that a function touches no tenant's data.
type Vouch struct {
	// Name is the function's; without a schema it is the one in public.
	Name catalog.Name
	// Types are its argument types when Signed: then no other overload is meant.
	Types  []catalog.TypeRef
	Signed bool
	// Kind is what a function is that no schema file declares: "function", "aggregate",
	// "window" or "set"; "" when nobody said.
	Kind string
}

// ParseVouch reads name, schema.name or schema.name(types), the types as in SQL.
func ParseVouch(db *catalog.Database, key, kind string) (Vouch, error) {
	name, types, signed := strings.Cut(key, "(")
	v := Vouch{Name: catalog.ParseName(strings.TrimSpace(name)), Signed: signed, Kind: kind}
	if v.Name.Schema == "" {
		v.Name.Schema = "public"
	}
	if !signed {
		return v, nil
	}
	tree, err := pg.Parse("COMMENT ON FUNCTION f(" + types + " IS NULL")
	if err != nil || len(tree.Stmts) != 1 {
		return v, ddlErrorf(-1, "%s is no signature: write schema.name(type, type)", key)
	}
	l := newDDLLoader()
	l.db = db
	for _, n := range tree.Stmts[0].Stmt.GetCommentStmt().GetObject().GetObjectWithArgs().GetObjargs() {
		v.Types = append(v.Types, ddlPlain(vouchedType(l, n.GetTypeName())))
	}
	return v, nil
}

// vouchedType resolves a type of a signature; one that is not found in public is the
// only one of its name.
func vouchedType(l *ddlLoader, t *pg.TypeName) catalog.TypeRef {
	ref := l.typeRef(t)
	if ref.Name.Schema != "" {
		return ref
	}
	var found []catalog.Name
	for _, u := range l.db.Types {
		found = append(found, u.Name)
	}
	for _, u := range l.db.Tables {
		found = append(found, u.Name)
	}
	found = slices.DeleteFunc(found, func(n catalog.Name) bool { return n.Name != ref.Name.Name })
	if len(found) == 1 {
		ref.Name = found[0]
	}
	return ref
}

// vouched reports whether somebody vouches for f. Without a signature that is said of
// the only function of the name.
func (w *Lowerer) vouched(f *catalog.Function) bool {
	return slices.ContainsFunc(w.Vouched, func(v Vouch) bool {
		return v.Name == f.Name && (v.Signed && slices.Equal(v.Types, ddlInputTypes(f)) || !v.Signed && w.named(f.Name) == 1)
	})
}

// Vouches reports whether somebody vouches for f.
func (w *Lowerer) Vouches(f *catalog.Function) bool { return w.vouched(f) }

// About reports whether v is about a function of a live database, args being its arguments
// as PostgreSQL shows them. Without a signature it is about the one that the schema files
// declare, or about any where they declare none.
func (v Vouch) About(db *catalog.Database, name catalog.Name, args string) bool {
	live, err := ParseVouch(db, "f("+args+")", "")
	if err != nil || v.Name != name {
		return false
	}
	types, count := v.Types, 0
	for _, f := range db.Functions {
		if f.Name == name && !v.Signed {
			types, count = ddlInputTypes(f), count+1
		}
	}
	return !v.Signed && count == 0 || count < 2 && slices.Equal(types, live.Types)
}

// named counts the functions of a name.
func (w *Lowerer) named(n catalog.Name) int {
	count := 0
	for _, f := range w.DB.Functions {
		if f.Name == n {
			count++
		}
	}
	return count
}

// vouchedUnseen returns what is said of a function that no schema file declares.
func (w *Lowerer) vouchedUnseen(n catalog.Name) (Vouch, bool) {
	if n.Schema == "" {
		n.Schema = "public"
	}
	i := slices.IndexFunc(w.Vouched, func(v Vouch) bool { return v.Name == n && !v.Signed })
	if i < 0 || w.named(n) > 0 {
		return Vouch{}, false
	}
	return w.Vouched[i], true
}

// vouchedTrigger reports whether somebody vouches for a trigger's function, which takes
// no arguments (PostgreSQL manual, 39.1).
func (w *Lowerer) vouchedTrigger(n catalog.Name) bool {
	i := slices.IndexFunc(w.DB.Functions, func(f *catalog.Function) bool { return f.Name == n && len(inputs(f)) == 0 })
	if i >= 0 {
		return w.vouched(w.DB.Functions[i])
	}
	_, ok := w.vouchedUnseen(n)
	return ok
}

// vouchHint shows how to vouch for f.
func (w *Lowerer) vouchHint(f *catalog.Function) string {
	key := f.Name.String()
	if w.named(f.Name) > 1 {
		key = "\"" + signature(f) + "\""
	}
	return "if it touches none, declare it: options.tenantgen.functions: {" + key + ": {safe: \"<why>\"}}"
}

// signature writes a function as DROP FUNCTION would name it.
func signature(f *catalog.Function) string {
	var types []string
	for _, t := range ddlInputTypes(f) {
		name := t.Name.String()
		if t.Name.Schema == ddlSystemSchema {
			name = t.Name.Name
		}
		if t.Array {
			name += "[]"
		}
		types = append(types, name)
	}
	return f.Name.String() + "(" + strings.Join(types, ", ") + ")"
}
