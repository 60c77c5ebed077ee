package pgtype

import (
	"slices"

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

// Vouches are the words that are given about the functions of a database.
type Vouches []Vouch

// For reports whether somebody vouches for f. Without a signature that is said of
// the only function of the name.
func (w Vouches) For(db *catalog.Database, f *catalog.Function) bool {
	return slices.ContainsFunc(w, func(v Vouch) bool {
		return v.Name == f.Name && (v.Signed && slices.Equal(v.Types, InputTypes(f)) || !v.Signed && overloads(db, f.Name) == 1)
	})
}

// overloads counts the functions of a name.
func overloads(db *catalog.Database, n catalog.Name) int {
	count := 0
	for _, f := range db.Functions {
		if f.Name == n {
			count++
		}
	}
	return count
}

// Unseen returns what is said of a function that no schema file declares.
func (w Vouches) Unseen(db *catalog.Database, n catalog.Name) (Vouch, bool) {
	if n.Schema == "" {
		n.Schema = "public"
	}
	i := slices.IndexFunc(w, func(v Vouch) bool { return v.Name == n && !v.Signed })
	if i < 0 || overloads(db, n) > 0 {
		return Vouch{}, false
	}
	return w[i], true
}

// ForTrigger reports whether somebody vouches for a trigger's function, which takes
// no arguments (PostgreSQL manual, 39.1).
func (w Vouches) ForTrigger(db *catalog.Database, n catalog.Name) bool {
	i := slices.IndexFunc(db.Functions, func(f *catalog.Function) bool { return f.Name == n && len(Inputs(f)) == 0 })
	if i >= 0 {
		return w.For(db, db.Functions[i])
	}
	_, ok := w.Unseen(db, n)
	return ok
}

// VouchHint shows how to vouch for f.
func VouchHint(db *catalog.Database, f *catalog.Function) string {
	key := f.Name.String()
	if overloads(db, f.Name) > 1 {
		key = "\"" + Signature(f) + "\""
	}
	return "if it touches none, declare it: options.tenantgen.functions: {" + key + ": {safe: \"<why>\"}}"
}
