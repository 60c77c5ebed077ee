package ddl

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// load is what the loader makes of the history.
func (h *history) load() (*catalog.Database, []SchemaError) {
	text := historySchema
	for _, e := range h.log {
		if !e.rows {
			text += e.sql + ";\n"
		}
	}
	return Load([]SchemaFile{{Path: "s.sql", Text: text}})
}

// is asks the server whether something is true.
func (h *history) is(format string, args ...any) bool {
	h.t.Helper()
	return h.list("SELECT coalesce((" + fmt.Sprintf(format, args...) + ")::text, 'false')")[0] == "true"
}

// wrong says which rows are otherwise than the loader says, and what of that the server does not know. The rows of a table
// with heirs are no subject of its constraints.
func (h *history) wrong() []string {
	h.t.Helper()
	db, errs := h.load()
	if len(errs) > 0 {
		h.t.Fatal(errs)
	}
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, t := range db.Tables {
		if t.Unsure != "" || t.Name.Schema != "public" {
			continue
		}
		name := "public." + quoted(t.Name.Name)
		if !h.is("SELECT to_regclass('%s') IS NOT NULL", name) {
			say("missing: table %s", name)
			continue
		}
		for _, c := range t.Columns {
			if !h.is("SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = '%s'::regclass AND attname = '%s' AND NOT attisdropped)", name, c.Name) {
				say("missing: column %s of %s", c.Name, name)
			}
		}
		if len(out) > 0 || len(t.Children) > 0 && t.PartitionBy == "" {
			continue
		}
		h.columns(t, name, say)
		h.keys(t, name, say)
		h.references(db, t, name, say)
	}
	return out
}

// columns asks of NOT NULL, generated columns that copy another, and of which one at most has a value.
func (h *history) columns(t *catalog.Table, name string, say func(string, ...any)) {
	for _, c := range t.Columns {
		q := quoted(c.Name)
		if c.NotNull && h.is("SELECT EXISTS (SELECT FROM %s WHERE %s IS NULL)", name, q) {
			say("null in %s.%s", name, q)
		}
		if c.NotNull && !h.is("SELECT attnotnull FROM pg_attribute WHERE attrelid = '%s'::regclass AND attname = '%s'", name, c.Name) {
			say("nullable: %s.%s", name, q)
		}
		if c.Copies != "" && h.is("SELECT EXISTS (SELECT FROM %s WHERE %s IS DISTINCT FROM %s)", name, q, quoted(c.Copies)) {
			say("copy: %s.%s", name, q)
		}
	}
	for _, columns := range t.OneOf {
		if h.is("SELECT EXISTS (SELECT FROM %s WHERE num_nonnulls(%s) > 1)", name, listed("", columns)) {
			say("several of %s of %s", columns, name)
		}
	}
}

// keys asks whether one row at most has a value of a key.
func (h *history) keys(t *catalog.Table, name string, say func(string, ...any)) {
	for _, k := range t.Keys {
		if k.Partial || k.Expression || k.Deferrable || k.Class || len(k.Columns) == 0 {
			continue
		}
		list := listed("", k.Columns)
		if h.is("SELECT EXISTS (SELECT FROM %s WHERE num_nulls(%s) = 0 GROUP BY %s HAVING count(*) > 1)", name, list, list) {
			say("duplicates of (%s) in %s", list, name)
		}
		if !h.is(`SELECT EXISTS (SELECT FROM pg_index x WHERE indrelid = '%s'::regclass AND indisunique AND indimmediate AND indpred IS NULL
			AND (SELECT array_agg(attname::text ORDER BY attname) FROM unnest((indkey::int2[])[0:indnkeyatts - 1]) q JOIN pg_attribute ON attrelid = indrelid AND attnum = q) = ARRAY(SELECT unnest('{%s}'::text[]) ORDER BY 1))`, name, list) {
			say("no index of %s for (%s)", name, list)
		}
	}
}

// references asks whether the rows are there that rows refer to.
func (h *history) references(db *catalog.Database, t *catalog.Table, name string, say func(string, ...any)) {
	for _, f := range t.Foreign {
		if f.NotValid || f.Unseen || f.Class {
			continue
		}
		var on []string
		for i, c := range f.Columns {
			on = append(on, "p."+quoted(f.RefColumns[i])+" = c."+quoted(c))
		}
		to := "ONLY public." + quoted(f.RefTable.Name)
		if r := db.Table(f.RefTable); r != nil && r.PartitionBy != "" {
			to = strings.TrimPrefix(to, "ONLY ")
		}
		if h.is("SELECT EXISTS (SELECT FROM %s c WHERE num_nulls(%s) = 0 AND NOT EXISTS (SELECT FROM %s p WHERE %s))", name, listed("c.", f.Columns), to, strings.Join(on, " AND ")) {
			say("dangling: %s (%s)", name, listed("", f.Columns))
		}
		if !h.is(`SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid = '%s'::regclass AND confrelid = 'public.%s'::regclass
			AND (SELECT array_agg(attname::text ORDER BY o) FROM unnest(conkey) WITH ORDINALITY q (n, o) JOIN pg_attribute ON attrelid = conrelid AND attnum = n) = '{%s}'::text[])`, name, quoted(f.RefTable.Name), listed("", f.Columns)) {
			say("no foreign key of %s (%s)", name, listed("", f.Columns))
		}
	}
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// listed are names with commas between them.
func listed(of string, names []string) string {
	var all []string
	for _, n := range names {
		all = append(all, of+quoted(n))
	}
	return strings.Join(all, ", ")
}
