package migrate

import (
	"cmp"
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// ClaimsSetting holds the JSON of a verified token where PostgREST runs the statement.
const ClaimsSetting = "request.jwt.claims"

// own compares a tenant column with the current tenant.
//
// Equal has to be the same. An explicit cast to a type with a length cuts the value
// without an error (PostgreSQL manual, 4.2.9), so it is to the type below the domains of
// the column, without a modifier. Where the type itself takes values for equal that
// differ (citext, char(n), a nondeterministic collation), or its cast drops something (a
// time of day), the two are compared as text as well; an index on the column serves all the same.
func (c *conditions) own(t *Target, column string) (string, error) {
	typ, err := c.castType(t)
	if err != nil {
		return "", err
	}
	if c.set {
		return c.among(t, column, typ)
	}
	same := column + " = " + c.current(t, typ)
	if c.first || t.Type != "" || exactCast(t.Table.Column(t.Column)) {
		return same, nil
	}
	return same + " AND " + column + `::text = ` + c.currentText(t) + ` COLLATE "C"`, nil
}

// exactCast reports whether a text that is cast to the type of the column equals the
// column's value only when it stands for that value.
func exactCast(col *catalog.Column) bool {
	v := below(col)
	switch {
	case v.Nondeterministic || v.Array:
		return false
	case v.Kind == "enum":
		return true
	case v.Kind != "" || v.Type.Schema != "pg_catalog":
		return false
	}
	switch v.Type.Name {
	case "uuid", "text", "varchar", "name", "int2", "int4", "int8", "numeric", "bool", "bytea", "oid", "inet", "jsonb":
		return true
	}
	return false
}

// below returns what the values of a column are below the domains of its type.
func below(col *catalog.Column) catalog.Value {
	if col.Value.Type.Name != "" {
		return col.Value
	}
	return catalog.Value{Type: col.Type.Name, Array: col.Type.Array, Modified: col.Type.Modified, Nondeterministic: col.Type.Nondeterministic}
}

// current prints the current tenant as a type, NULL when there is none. A setting that
// was used once is empty afterwards, not NULL, and the empty string is no uuid.
func (c *conditions) current(t *Target, typ string) string {
	if c.first {
		return c.firstCurrent(t, typ)
	}
	return c.currentText(t) + "::" + typ
}

// currentText prints the current tenant as it is in the setting or claim, NULL when there
// is none. The sub-select makes PostgreSQL read it once for the statement, not for every row.
func (c *conditions) currentText(t *Target) string {
	if setting := c.setting(t); setting != "" {
		return c.print("set", c.once(c.read(setting)))
	}
	claims := c.print("set", c.once(c.read(ClaimsSetting)))
	return c.print("set", c.once(c.claim(claims)))
}

// claim prints the way to the claim as text, NULL where the token has none. By names alone: an
// index into an array, which #>> would take for a part of the way, is none.
func (c *conditions) claim(claims string) string {
	way := make([]string, len(c.source.JWTClaim))
	for i, name := range c.source.JWTClaim {
		way[i] = QuoteLiteral(name)
	}
	last := len(way) - 1
	return c.print("claim", map[string]any{"Claims": claims, "Within": way[:last], "Claim": way[last]})
}

// setting is the name of the setting that holds the tenant of a table, "" for a claim.
func (c *conditions) setting(t *Target) string { return cmp.Or(t.Setting, c.source.Setting) }

func (c *conditions) read(setting string) string { return c.print("setting", QuoteLiteral(setting)) }

// once has an expression that is the same for all rows read once, which Citus does of itself.
func (c *conditions) once(expression string) string {
	if c.flat {
		return expression
	}
	return c.print("once", expression)
}

// castType returns the SQL type that a target's tenant is cast to.
func (c *conditions) castType(t *Target) (string, error) {
	if t.Type != "" {
		return t.Type, nil
	}
	v := below(t.Table.Column(t.Column))
	if c.first {
		v = catalog.Value{Type: t.Table.Column(t.Column).Type.Name, Array: v.Array}
	}
	if v.Array || v.Type.Name == "" {
		return "", fmt.Errorf("table %s: a tenant column cannot have the type of %s", t.Table.Name, t.Column)
	}
	if v.Type.Schema != "pg_catalog" {
		return QuoteName(v.Type), nil
	}
	switch v.Type.Name {
	case "int2":
		return "smallint", nil
	case "int4":
		return "integer", nil
	case "int8":
		return "bigint", nil
	case "name":
		if !c.first { // its cast cuts at 63 bytes, and it can be compared with text
			return "text", nil
		}
	case "varchar", "numeric": // quote_ident would quote these
		return v.Type.Name, nil
	}
	return QuoteIdent(v.Type.Name), nil
}
