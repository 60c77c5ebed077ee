package verify

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// keys reads the indexes, and what they keep unique. An index that is not valid keeps
// nothing unique and finds nothing.
func (r *reader) keys() {
	nulls := "false"
	if r.live.version >= 150000 {
		nulls = "i.indnullsnotdistinct"
	}
	var id oid
	var k catalog.Key
	var method string
	var unique bool
	var columns []string
	r.each("pg_index", `SELECT i.indrelid, c.relname::text, am.amname::text, i.indisunique, i.indisprimary,
		  EXISTS (SELECT FROM pg_constraint n WHERE n.conindid = i.indexrelid AND n.contype IN ('p', 'u')),
		  i.indpred IS NOT NULL, i.indexprs IS NOT NULL, NOT i.indimmediate, `+nulls+`,
		  ARRAY(SELECT coalesce(a.attname::text, '') FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key (num, pos)
		    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.num AND key.num <> 0
		    WHERE key.pos <= i.indnkeyatts ORDER BY key.pos)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am am ON am.oid = c.relam
		WHERE `+madeHere("i.indrelid")+` AND i.indisvalid AND i.indislive ORDER BY i.indrelid, i.indisprimary DESC, c.relname`,
		[]any{&id, &k.Name, &method, &unique, &k.Primary, &k.Constraint, &k.Partial, &k.Expression, &k.Deferrable, &k.NullsNotDistinct, &columns}, func() {
			rel := r.live.relations[id]
			if rel == nil {
				return
			}
			rel.table.Indexes = append(rel.table.Indexes, &catalog.Index{Name: k.Name, Columns: slices.Clone(columns), Unique: unique, Partial: k.Partial, Method: method})
			if unique {
				one := k
				one.Columns = withoutEmpty(columns)
				one.Expression = len(one.Columns) < len(columns)
				rel.table.Keys = append(rel.table.Keys, &one)
			}
		})
}

func withoutEmpty(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

var foreignActions = map[string]string{"a": "", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}

// foreignKeys reads which hold for every row: a key whose triggers are disabled, or fire
// in replicas only, counts as not valid, be it for one partition, and so does one that is not enforced.
func (r *reader) foreignKeys() {
	enforced := "true"
	if r.live.version >= 180000 {
		enforced = "n.conenforced"
	}
	var id oid
	var f catalog.ForeignKey
	var onDelete, onUpdate string
	var valid, holds bool
	sets := "'{}'"
	if r.live.version >= 150000 {
		sets = "n.confdelsetcols"
	}
	r.each("pg_constraint", `SELECT n.conrelid, n.conname::text, fn.nspname::text, fc.relname::text,
		  ARRAY(SELECT a.attname::text FROM unnest(n.conkey) WITH ORDINALITY AS key (num, pos) JOIN pg_attribute a ON a.attrelid = n.conrelid AND a.attnum = key.num ORDER BY key.pos),
		  ARRAY(SELECT a.attname::text FROM unnest(n.confkey) WITH ORDINALITY AS key (num, pos) JOIN pg_attribute a ON a.attrelid = n.confrelid AND a.attnum = key.num ORDER BY key.pos),
		  ARRAY(SELECT a.attname::text FROM unnest(`+sets+`::int2[]) WITH ORDINALITY AS key (num, pos) JOIN pg_attribute a ON a.attrelid = n.conrelid AND a.attnum = key.num ORDER BY key.pos),
		  n.confdeltype::text, n.confupdtype::text, n.condeferrable,
		  n.convalidated, `+enforced+`, EXISTS (WITH RECURSIVE part AS (SELECT n.oid UNION ALL SELECT c.oid FROM pg_constraint c JOIN part ON c.conparentid = part.oid)
		    SELECT FROM part JOIN pg_trigger t ON t.tgconstraint = part.oid AND t.tgenabled IN ('D', 'R'))
		FROM pg_constraint n JOIN pg_class fc ON fc.oid = n.confrelid JOIN pg_namespace fn ON fn.oid = fc.relnamespace
		WHERE n.contype = 'f' AND n.conparentid = 0 ORDER BY n.conrelid, n.conname`,
		[]any{&id, &f.Name, &f.RefTable.Schema, &f.RefTable.Name, &f.Columns, &f.RefColumns, &f.SetColumns, &onDelete, &onUpdate, &f.Deferrable, &valid, &holds, &f.SwitchedOff}, func() {
			if rel := r.live.relations[id]; rel != nil {
				one := f
				one.NotValid = !valid || !holds || f.SwitchedOff
				if !holds {
					rel.unenforced = append(rel.unenforced, f.Name)
				}
				one.OnDelete, one.OnUpdate = foreignActions[onDelete], foreignActions[onUpdate]
				rel.table.Foreign = append(rel.table.Foreign, &one)
			}
		})
}

// indexColumns reads the key columns of indexes on tables with row-level security
// that have a search operator which is not leakproof. Operators that compare with
// another type count only where there is none for the column's own.
func (r *reader) indexColumns() {
	var id oid
	var c indexColumn
	r.each("pg_amop", `SELECT i.indrelid, ic.relname::text, coalesce(a.attname::text, pg_get_indexdef(i.indexrelid, key.pos::int4, true)), am.amname::text, oc.opcname::text,
		  i.indisunique, pg_relation_size(ic.oid), ops.leaky,
		  ARRAY(SELECT pg_get_indexdef(i.indexrelid, n, true) FROM generate_series(1, key.pos::int4 - 1) n)
		FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid AND t.relrowsecurity JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
		CROSS JOIN LATERAL unnest(i.indkey::int2[], i.indclass::oid[]) WITH ORDINALITY AS key (num, class, pos)
		JOIN pg_opclass oc ON oc.oid = key.class LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = key.num AND key.num <> 0
		CROSS JOIN LATERAL (SELECT array_agg(DISTINCT o.oprname::text ORDER BY o.oprname::text) FILTER (WHERE NOT p.proleakproof) AS leaky
		  FROM pg_amop m JOIN pg_operator o ON o.oid = m.amopopr JOIN pg_proc p ON p.oid = o.oprcode
		  WHERE m.amopfamily = oc.opcfamily AND m.amoppurpose = 's' AND m.amoplefttype = oc.opcintype AND (m.amoprighttype = oc.opcintype
		    OR NOT EXISTS (SELECT FROM pg_amop s WHERE s.amopfamily = oc.opcfamily AND s.amoppurpose = 's' AND s.amoplefttype = oc.opcintype AND s.amoprighttype = oc.opcintype))) ops
		WHERE key.pos <= i.indnkeyatts AND ops.leaky IS NOT NULL ORDER BY 1, 2, key.pos`,
		[]any{&id, &c.index, &c.column, &c.method, &c.class, &c.unique, &c.bytes, &c.leaky, &c.before}, func() {
			if rel := r.live.relations[id]; rel != nil {
				one := c
				rel.indexes = append(rel.indexes, &one)
			}
		})
}
