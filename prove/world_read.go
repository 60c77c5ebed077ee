package prove

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

func (w *world) readTypes(ctx context.Context) error {
	rows, err := w.query(ctx, `
SELECT t.oid, t.typname, t.typtype, t.typcategory, t.typbasetype, CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE 0 END, t.typnotnull::int, t.typtypmod,
	(SELECT rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid OR r.rngmultitypid = t.oid),
	(SELECT coalesce(array_agg(enumlabel::text ORDER BY enumsortorder), '{}') FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid),
	(SELECT coalesce(array_agg(pg_catalog.pg_get_constraintdef(c.oid)), '{}') FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid),
	(SELECT coalesce(array_agg(a.atttypid::text ORDER BY a.attnum), '{}') FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped AND t.typtype = 'c'),
	(SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = t.typnamespace), EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = c.oid
		WHERE c.contypid = t.oid AND d.refclassid IN ('pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass) AND d.refobjid >= 16384)::int
FROM pg_catalog.pg_type t WHERE t.typtype <> 'p' AND NOT (t.typtype = 'c' AND t.oid < 16384)`)
	for _, r := range rows {
		t := &typ{oid: *r[0], schema: *r[12], calls: *r[13] == "1", name: *r[1], kind: *r[2], category: *r[3], base: *r[4], elem: *r[5], notNull: *r[6] == "1"}
		if mod, _ := strconv.Atoi(*r[7]); mod > 4 {
			t.length = mod - 4
		}
		if r[8] != nil {
			t.sub = *r[8]
		}
		t.values, t.checks, t.fields = parseArray(*r[9]), parseArray(*r[10]), parseArray(*r[11])
		w.types[t.oid] = t
	}
	return err
}

func (w *world) readTables(ctx context.Context) error {
	rows, err := w.query(ctx, `
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition::int,
	coalesce((SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1), 0),
	EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)::int,
	CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', '`+own+`') AND n.nspname !~ '^pg_(toast|temp)'
	AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname`)
	parent := map[string]string{}
	for _, r := range rows {
		t := &table{oid: *r[0], name: catalog.Name{Schema: *r[1], Name: *r[2]}, triggers: *r[6] == "1"}
		t.sql = ident(t.name.Schema) + "." + ident(t.name.Name)
		if r[7] != nil {
			t.partKeys = *r[7]
		}
		w.byOID[t.oid], w.byName[t.name], parent[t.oid] = t, t, *r[5]
		if *r[4] == "0" {
			w.tables = append(w.tables, t)
		}
	}
	for oid := range w.byOID {
		root := oid
		for parent[root] != "0" {
			if w.byOID[parent[root]] == nil {
				break
			}
			w.byOID[parent[root]].parts++
			root = parent[root]
		}
		w.leaves[oid] = w.byOID[root]
	}
	return err
}

func (w *world) readColumns(ctx context.Context) error {
	rows, err := w.query(ctx, `
SELECT a.attrelid, a.attname, a.atttypid, (a.attnotnull OR a.attidentity <> '')::int, (a.attgenerated <> '')::int, (a.atthasdef OR a.attidentity <> '')::int, a.atttypmod, coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid = ANY ($1::oid[]) ORDER BY a.attrelid, a.attnum`, w.oids())
	for _, r := range rows {
		c := &column{name: *r[1], typ: w.types[*r[2]], notNull: *r[3] == "1", computed: *r[4] == "1", defaulted: *r[5] == "1"}
		if c.typ == nil {
			c.typ = &typ{oid: *r[2], name: "unknown", kind: "b"}
		}
		if m := constant().FindStringSubmatch(*r[7]); m != nil && !c.computed {
			c.fallback = strings.ReplaceAll(m[1]+m[2], "''", "'")
		} else if c.computed {
			c.expr = *r[7]
		}
		c.notNull = c.notNull || c.typ.notNull
		if mod, _ := strconv.Atoi(*r[6]); mod > 4 && (c.typ.name == "varchar" || c.typ.name == "bpchar") {
			c.length = mod - 4
		}
		t := w.byOID[*r[0]]
		t.columns = append(t.columns, c)
	}
	return err
}

// constant matches a default that is one, as PostgreSQL prints it.
var constant = lazyre.New(`^(?:'((?:[^']|'')*)'(?:::[a-z. ]+(?:\(\d+\))?)?|\(?(-?\d+(?:\.\d+)?)\)?)$`)

// oids are those of all tables, partitions too.
func (w *world) oids() *string {
	var all []*string
	for oid := range w.byOID {
		all = append(all, &oid)
	}
	return arrayText(all)
}

func (w *world) readConstraints(ctx context.Context) error {
	rows, err := w.query(ctx, `
SELECT c.conrelid, c.conname, c.contype, c.confrelid, c.condeferrable::int, pg_catalog.pg_get_constraintdef(c.oid),
	(SELECT coalesce(array_agg(a.attname::text ORDER BY k.n), '{}') FROM unnest(c.conkey) WITH ORDINALITY k(num, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),
	(SELECT coalesce(array_agg(a.attname::text ORDER BY k.n), '{}') FROM unnest(c.confkey) WITH ORDINALITY k(num, n) JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num)
FROM pg_catalog.pg_constraint c WHERE c.conrelid = ANY ($1::oid[]) AND c.contype IN ('f', 'c', 'p', 'u', 'x') ORDER BY c.conrelid, c.conname`, w.oids())
	if err != nil {
		return err
	}
	for _, r := range rows {
		t, columns := w.byOID[*r[0]], parseArray(*r[6])
		switch *r[2] {
		case "f":
			if to := w.byOID[*r[3]]; to != nil {
				t.refs = append(t.refs, &ref{table: w.leaves[to.oid], columns: t.indexes(columns), to: to.indexes(parseArray(*r[7])), name: *r[1], deferred: *r[4] == "1"})
			}
		case "c":
			t.checks = append(t.checks, *r[5])
		default:
			t.keys = append(t.keys, &key{name: *r[1], columns: columns, strict: *r[2] != "x" && *r[4] == "0"})
		}
		w.deferrable = w.deferrable || *r[4] == "1"
	}
	rows, err = w.query(ctx, `
SELECT i.indrelid, c.relname, (SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)),
	(i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)::int
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indisunique AND i.indrelid = ANY ($1::oid[]) AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))`, w.oids())
	for _, r := range rows {
		w.byOID[*r[0]].keys = append(w.byOID[*r[0]].keys, &key{name: *r[1], columns: parseArray(*r[2]), strict: *r[3] == "1"})
	}
	return err
}

// readPartitions learns the bounds of partitions, and gives a partitioned table that
// has none a default one, out of sight of the queries.
func (w *world) readPartitions(ctx context.Context) error {
	for _, t := range w.tables {
		if t.partKeys == "" {
			continue
		}
		if t.parts == 0 {
			bound := "DEFAULT"
			if strings.HasPrefix(t.partKeys, "HASH") {
				bound = "FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
			}
			if err := w.do(ctx, fmt.Sprintf("CREATE TABLE %s.part_%s PARTITION OF %s %s", own, t.oid, t.sql, bound)); err != nil {
				return err
			}
		}
		rows, err := w.query(ctx, `SELECT pg_catalog.pg_get_expr(c.relpartbound, c.oid), c.oid FROM pg_catalog.pg_partition_tree($1::oid::regclass) p JOIN pg_catalog.pg_class c ON c.oid = p.relid WHERE p.relid <> $1::oid`, &t.oid)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r[0] != nil {
				t.checks = append(t.checks, *r[0]) // its literals are values to try
			}
			w.leaves[*r[1]] = t
		}
	}
	return nil
}
