package tenantgen

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/sqlc"
	"github.com/tenantgen/tenantgen/migrate"
)

// loadedTypes are the schema's types that pgx has to be told of: all enumerations, where a
// query takes or returns an array of one, and the enumerations and composite types that
// sqlc.yaml gives a Go type. Without that, sqlc has texts for composite types, and texts need
// no telling; nor do values of domains.
func loadedTypes(u *Unit, pkg *sqlc.Package) []string {
	arrays := enumArrays(pkg)
	var names []string
	for _, t := range u.Schema.Types {
		own := slices.ContainsFunc(u.Entry.Go.Overrides, func(o config.Override) bool { return overrides(u.Schema, o, t) })
		if t.Kind == "enum" && (arrays || own) || t.Kind == "composite" && own {
			names = append(names, migrate.QuoteName(t.Name))
		}
	}
	slices.Sort(names)
	return names
}

// enumArrays reports whether a value that a query takes or returns is an array of one of the
// package's enumerations.
func enumArrays(pkg *sqlc.Package) bool {
	has := func(t sqlc.Type) bool {
		return slices.ContainsFunc(pkg.Enums, func(e sqlc.Enum) bool {
			return slices.Contains([]string{"[]" + e.Name, "[]" + e.Null}, t.Expr)
		})
	}
	field := func(f sqlc.Field) bool { return has(f.Type) }
	if slices.ContainsFunc(pkg.Models, func(s sqlc.Struct) bool { return slices.ContainsFunc(s.Fields, field) }) {
		return true // a result may be of it, or embed it
	}
	return slices.ContainsFunc(pkg.Queries, func(q sqlc.Query) bool {
		if q.Result != nil && has(sqlc.Type{Expr: row(q)}) || q.Row != nil && slices.ContainsFunc(q.Row.Fields, field) {
			return true
		}
		return slices.ContainsFunc(q.Args, func(a sqlc.Arg) bool { return has(a.Type) })
	})
}

// row is the Go type of one row of a result.
func row(q sqlc.Query) string {
	if q.Cmd == sqlc.Many || q.Cmd == sqlc.BatchMany {
		return strings.TrimPrefix(q.Result.Expr, "[]")
	}
	return q.Result.Expr
}

// overrides reports whether an override gives values of a type of the schema a Go type: by
// the type's name, or by a column of it, table.column with a schema or without, where sqlc
// takes * for any part of a name.
func overrides(db *catalog.Database, o config.Override, t *catalog.Type) bool {
	if strings.TrimPrefix(o.DBType, "public.") == strings.TrimPrefix(t.Name.String(), "public.") {
		return true
	}
	parts := strings.Split(o.Column, ".")
	if len(parts) < 2 {
		return false
	}
	column := parts[len(parts)-1]
	return slices.ContainsFunc(db.Tables, func(table *catalog.Table) bool {
		return slices.ContainsFunc(table.Columns, func(c *catalog.Column) bool {
			return c.Type.Name == t.Name && (c.Name == column || strings.Contains(column, "*"))
		})
	})
}
