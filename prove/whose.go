package prove

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// ownerCondition says in SQL that a row of t belongs to the tenant that queries run
// for, or, without mine, to another one. A row with parents of two tenants belongs to
// both, and so does one of the tenant's project that says it is of another
// organization; a row whose parent is gone is nobody's.
func (w *world) ownerCondition(t *table, alias string, mine bool) string {
	switch t.owner.Kind {
	case tenancy.Column:
		own := w.sameTenant(alias, t.columns[t.owner.Column], t.owner.Level)
		if mine {
			return own
		}
		return strings.Join(append([]string{"(" + own + ") IS NOT TRUE"}, w.strayLevels(t, alias)...), " OR ")
	case tenancy.Child:
		var any []string
		n := 0
		for _, r := range t.refs {
			if r.kind != parentRow {
				continue
			}
			n++
			name := fmt.Sprintf("%s_%d", alias, n)
			conds := []string{"(" + w.ownerCondition(r.table, name, mine) + ")"}
			for i := range r.columns {
				conds = append(conds, fmt.Sprintf("%s.%s = %s.%s", name, ident(r.table.columns[r.to[i]].name), alias, ident(t.columns[r.columns[i]].name)))
			}
			conds = append(append(conds, r.matches(t, alias)...), r.living(name)...)
			any = append(any, fmt.Sprintf("EXISTS (SELECT 1 FROM %s AS %s WHERE %s)", r.table.sql, name, strings.Join(conds, " AND ")))
		}
		return "(" + strings.Join(any, " OR ") + ")"
	}
	return fmt.Sprint(mine)
}

// strayLevels say that a row of an inner level names another tenant of an outer one.
func (w *world) strayLevels(t *table, alias string) []string {
	var any []string
	for l := range t.owner.Level {
		if i := w.levelColumn(t, l); i >= 0 && w.levels[l].tenants != nil {
			c := t.columns[i]
			any = append(any, fmt.Sprintf("%s.%s IS NOT NULL AND (%s) IS NOT TRUE", alias, ident(c.name), w.sameTenant(alias, c, l)))
		}
	}
	return any
}

// levelColumn is the column of t that names the tenant of a level, or -1.
func (w *world) levelColumn(t *table, l int) int {
	for _, name := range w.levels[l].Columns {
		if i := t.index(name); i >= 0 {
			return i
		}
	}
	return -1
}

// sameTenant says that a column holds exactly the id of the tenant that queries run
// for. The type's own equality would not do: a collation, or blanks that do not count,
// make one of several tenants.
func (w *world) sameTenant(alias string, c *column, l int) string {
	return identical(alias+"."+ident(c.name), w.base(c.typ), w.levels[l].tenants[0])
}

// misplaced says that a new row is not whose it is meant to be: an id may be cut to
// another's on its way into a column.
func (w *world) misplaced(t *table, who []int, orphan bool) []string {
	switch {
	case t.owner.Kind == tenancy.Column:
		c, l := t.columns[t.owner.Column], t.owner.Level
		return []string{"(" + identical("t0."+ident(c.name), w.base(c.typ), w.levels[l].tenants[who[l]]) + ") IS NOT TRUE"}
	case orphan:
		return []string{w.ownerCondition(t, "t0", true), w.ownerCondition(t, "t0", false)}
	case who[t.owner.Level] != 0:
		return []string{w.ownerCondition(t, "t0", true)}
	}
	return nil
}

func identical(value string, t *typ, id string) string {
	is := func(as string) string { return fmt.Sprintf("%s::pg_catalog.%s = %s", value, as, literal(&id)) }
	switch {
	case t.category == "S" || t.name == "citext":
		return is(`text COLLATE "C"`)
	case t.category == "N" && !numberText().MatchString(id):
		return "false"
	case t.name == "float4" || t.name == "float8":
		return fmt.Sprintf("%s::text::pg_catalog.numeric = %s", value, literal(&id)) // the shortest text that is this number
	case t.category == "N" && t.name != "oid" && t.name != "money":
		return is("numeric")
	}
	return fmt.Sprintf("%s = %s", value, literal(&id))
}
