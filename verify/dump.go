package verify

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

// definition is a statement of DDL that makes an object of the database again, as far as
// proofs look at it. All of them in order are the database as schema files would give it.
type definition struct{ object, sql string }

// ours keeps out what the system has, and members what extensions made, which tenantgen knows
// by the extension, and what belongs to another object, such as the casts of ranges.
const ours = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`

func members(class, id string) string {
	return fmt.Sprintf("AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = '%s'::regclass AND e.objid = %s AND e.deptype IN ('e', 'i'))", class, id)
}

// definitions reads the database as DDL: first what others name, then what names it.
// Names are written with their schemas, as search_path is pg_catalog.
func (r *reader) definitions() {
	for _, q := range []struct{ what, sql string }{
		{"pg_extension", `SELECT 'extension ' || extname, format('CREATE EXTENSION %I', extname) FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1`},
		{"pg_namespace", `SELECT 'schema ' || nspname, format('CREATE SCHEMA %I', nspname) FROM pg_namespace n WHERE ` + ours + ` AND nspname <> 'public' ORDER BY 1`},
		{"pg_collation", `SELECT 'collation ' || collname, format('CREATE COLLATION %I.%I (PROVIDER = icu, LOCALE = ''und'', DETERMINISTIC = %s)', n.nspname, c.collname, c.collisdeterministic)
			FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE ` + ours + ` ORDER BY c.oid`},
		{"pg_type", typeDefinitions},
		{"pg_attribute", tableDefinitions},
		{"pg_inherits", `SELECT 'table ' || c.relname, CASE WHEN c.relispartition THEN format('ALTER TABLE %I.%I ATTACH PARTITION %I.%I %s', pn.nspname, p.relname, n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid))
			  ELSE format('ALTER TABLE %I.%I INHERIT %I.%I', n.nspname, c.relname, pn.nspname, p.relname) END
			FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
			WHERE c.relkind IN ('r', 'p', 'f') AND ` + ours + ` ORDER BY i.inhparent, i.inhrelid, i.inhseqno`},
	} {
		r.define(q.what, q.sql)
	}
	r.codeDefinitions()
	r.constraintDefinitions()
	r.viewDefinitions()
	r.triggerDefinitions()
	r.policyDefinitions()
}

func (r *reader) define(what, sql string) {
	var d definition
	r.each("the definitions of "+what, sql, []any{&d.object, &d.sql}, func() { r.live.definitions = append(r.live.definitions, d) })
}

// typeDefinitions makes types; the checks of domains follow once there are functions.
var typeDefinitions = `SELECT 'type ' || t.typname, CASE t.typtype
	WHEN 'e' THEN format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname, (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
	WHEN 'c' THEN format('CREATE TYPE %I.%I AS (%s)', n.nspname, t.typname, (SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped))
	WHEN 'd' THEN format('CREATE DOMAIN %I.%I AS %s%s%s%s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod),
	  CASE WHEN t.typcollation NOT IN (0, 100) THEN (SELECT format(' COLLATE %I.%I', cn.nspname, c.collname) FROM pg_collation c JOIN pg_namespace cn ON cn.oid = c.collnamespace WHERE c.oid = t.typcollation) END,
	  ' DEFAULT ' || pg_get_expr(t.typdefaultbin, 0), CASE WHEN t.typnotnull THEN ' NOT NULL' END)
	WHEN 'r' THEN format('CREATE TYPE %I.%I AS RANGE (SUBTYPE = %s)', n.nspname, t.typname, (SELECT format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid))
	ELSE format('CREATE TYPE %I.%I', n.nspname, t.typname) END
	FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ` + ours + ` AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'b' AND t.typelem = 0
	  OR t.typtype = 'c' AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c') ` + members("pg_type", "t.oid") + ` ORDER BY t.oid`

// tableDefinitions makes tables with bare columns. A NOT NULL that is not validated, of
// PostgreSQL 18 and later, holds for some rows only.
var tableDefinitions = `SELECT 'table ' || c.relname, format('CREATE %sTABLE %I.%I (%s)%s%s', CASE c.relkind WHEN 'f' THEN 'FOREIGN ' END, n.nspname, c.relname,
	(SELECT string_agg(format('%I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
	  CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN (SELECT format(' COLLATE %I.%I', cn.nspname, l.collname) FROM pg_collation l JOIN pg_namespace cn ON cn.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
	  CASE WHEN a.attgenerated <> '' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid)) WHEN a.attidentity = 'a' THEN ' GENERATED ALWAYS AS IDENTITY' WHEN a.attidentity = 'd' THEN ' GENERATED BY DEFAULT AS IDENTITY' END,
	  CASE WHEN a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND NOT k.convalidated AND k.conkey = ARRAY[a.attnum]) THEN ' NOT NULL' END), ', ' ORDER BY a.attnum)
	  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
	CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) END, CASE c.relkind WHEN 'f' THEN ' SERVER elsewhere' END)
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f') AND ` + ours + ` ORDER BY c.oid`

// policyDefinitions repeats the policies, whose functions run for who is subject to them.
func (r *reader) policyDefinitions() {
	for _, t := range r.live.db.Tables {
		for _, p := range t.Policies {
			text := fmt.Sprintf("CREATE POLICY %s ON %s FOR %s", migrate.QuoteIdent(p.Name), quote(t.Name), strings.ToUpper(p.Command))
			for _, e := range [][2]string{{" USING (", p.Using}, {" WITH CHECK (", p.Check}} {
				if e[1] != "" {
					text += e[0] + e[1] + ")"
				}
			}
			r.live.definitions = append(r.live.definitions, definition{"policy " + p.Name, text})
		}
	}
}

// viewDefinitions makes views, each behind those that it reads.
func (r *reader) viewDefinitions() {
	texts := map[*relation]string{}
	var id oid
	var text string
	r.each("the definitions of views", `SELECT c.oid, format('CREATE %sVIEW %I.%I %sAS %s', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED ' END, n.nspname, c.relname,
		  CASE WHEN c.relkind = 'v' THEN format('WITH (%s) ', array_to_string(c.reloptions, ', ')) END, rtrim(pg_get_viewdef(c.oid), '; '))
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND `+ours+` `+members("pg_class", "c.oid")+` ORDER BY c.oid`,
		[]any{&id, &text}, func() {
			if rel := r.live.relations[id]; rel != nil {
				texts[rel] = strings.Replace(text, "WITH () AS", "AS", 1)
			}
		})
	done := map[*relation]bool{}
	var visit func(*relation)
	visit = func(rel *relation) {
		if texts[rel] == "" || done[rel] {
			return
		}
		done[rel] = true
		for _, below := range rel.reads {
			visit(below)
		}
		r.live.definitions = append(r.live.definitions, definition{"view " + rel.name.String(), texts[rel]})
	}
	for _, rel := range r.live.sorted() {
		visit(rel)
	}
	r.define("the defaults of views", fmt.Sprintf(columnDefaults, "VIEW", "c.relkind = 'v'"))
}

// columnDefaults sets the defaults of columns.
const columnDefaults = `SELECT 'column ' || a.attname || ' of ' || c.relname, format('ALTER %s %%I.%%I ALTER COLUMN %%I SET DEFAULT %%s', n.nspname, c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid))
	FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
	WHERE a.attgenerated = '' AND %s AND ` + ours + ` ORDER BY d.adrelid, d.adnum`

// Definitions joins the statements into one text, each on lines of its own, and tells of
// a line whose object it is about.
func (l *live) text() (ddl string, objectAt func(line int) string) {
	var b strings.Builder
	var starts []int
	line := 1
	for _, d := range l.definitions {
		starts = append(starts, line)
		b.WriteString(d.sql + ";\n")
		line += strings.Count(d.sql, "\n") + 1
	}
	return b.String(), func(at int) string {
		object := "the database"
		for i, s := range starts {
			if s <= at {
				object = l.definitions[i].object
			}
		}
		return object
	}
}

// find returns what the live catalog has under a name.
func functionsNamed(db *catalog.Database, n catalog.Name) []*catalog.Function {
	var list []*catalog.Function
	for _, f := range db.Functions {
		if f.Name == n {
			list = append(list, f)
		}
	}
	return list
}
