package pgtype

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// InputTypes returns the types that, with its name, identify a function.
func InputTypes(f *catalog.Function) []catalog.TypeRef {
	var in []catalog.TypeRef
	for _, a := range f.Args {
		if a.Mode != "out" && a.Mode != "table" {
			in = append(in, Plain(a.Type))
		}
	}
	return in
}

// Plain drops the modifier, which is no part of a signature.
func Plain(t catalog.TypeRef) catalog.TypeRef {
	t.Modified = false
	return t
}

// Signature writes a function as DROP FUNCTION would name it.
func Signature(f *catalog.Function) string {
	var types []string
	for _, t := range InputTypes(f) {
		types = append(types, t.Text())
	}
	return f.Name.String() + "(" + strings.Join(types, ", ") + ")"
}
