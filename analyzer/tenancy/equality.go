package tenancy

import "github.com/tenantgen/tenantgen/analyzer/catalog"

// exact maps the built-in types whose equal values are the same to the name of their
// family: types that PostgreSQL compares exactly.
var exact = map[string]string{
	"uuid": "uuid", "text": "text", "varchar": "text", "int2": "int", "int4": "int", "int8": "int", "numeric": "numeric", "bool": "bool",
	"date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz", "time": "time", "bytea": "bytea", "oid": "oid", "inet": "inet", "jsonb": "jsonb",
}

// Family names the types with which a column can be compared so that equal values are the
// same, "" when its own equal values may differ.
func Family(c *catalog.Column) string {
	switch v := c.Value; {
	case v.Array || v.Nondeterministic:
		return ""
	case v.Kind == "enum":
		return "enum " + v.Type.String()
	case v.Kind == "" && v.Type.Schema == "pg_catalog":
		return exact[v.Type.Name]
	}
	return ""
}

// Exact reports whether values that a key takes for one are the same.
func Exact(k *catalog.Key) bool { return !k.Coarse && !k.Class }
