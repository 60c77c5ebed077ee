package confirm

import (
	"context"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// world is the server's catalog, as far as trees of statements refer to it.
type world struct {
	rels  map[uint32]*rel
	types map[uint32]*typ
	ops   map[uint32]*op
	// bounds are the operators <= and >=.
	bounds map[uint32]limit
	// passOver are the aggregates of one argument that pass over nulls (PostgreSQL manual, 9.21).
	passOver map[uint32]bool
	procs    map[uint32]*proc
	// loose are the collations under which values that differ may be equal.
	loose map[uint32]bool
	// vouched are the functions that somebody vouches for, onWrite those that writing a table may run,
	// onMake those that making a value of a type runs.
	vouched map[uint32]bool
	onWrite map[uint32][]onWriting
	onMake  map[uint32][]uint32
	// views are their queries, which nobody has rewritten.
	views map[uint32]*nodetree.Node
}

// rel is a table or view, with the names of its columns by their numbers.
type rel struct {
	name    catalog.Name
	kind    string // r, p, f, v, m
	columns map[int]string
}

// column is the number of a column, 0 without one of the name.
func (r *rel) column(name string) int {
	for n, c := range r.columns {
		if c == name {
			return n
		}
	}
	return 0
}

// typ is a type. Its base is what a domain is over.
type typ struct {
	name      catalog.Name
	kind      string // b, c, d, e, r, m, p
	base      uint32
	modified  bool // the domain has a modifier
	loose     bool // or a collation under which values that differ may be equal
	integer   bool
	character bool
}

// op is an operator. Same are the families of B-tree in which it is equality.
type op struct {
	name   catalog.Name
	negate uint32
	same   bool
	code   uint32
	exact  bool // values that it calls equal are the same, to the bit
}

// limit is <=, or >= when greater is set, of values of which equal is the equality.
type limit struct {
	equal   uint32
	greater bool
}

// proc is a function. Built-in ones that are immutable are not listed: they read nothing but what
// they are given (PostgreSQL manual, 38.7).
type proc struct {
	name     catalog.Name
	language string
	volatile string // i, s, v
	kind     string // f, a, w, p
	definer  bool
	builtin  bool
	// brought tells that an extension, or a type of ranges, brought it.
	brought   bool
	extension string // that brought it
	source    string // its text
}

// base is what a type is below its domains, and whether one of these changes values or what equals.
func (w *world) base(oid uint32) (t *typ, id uint32, strict bool) {
	strict = true
	for range 32 {
		t = w.types[oid]
		if t == nil || t.kind != "d" {
			return t, oid, strict
		}
		strict = strict && !t.modified && !t.loose
		oid = t.base
	}
	return nil, 0, false
}

func oid(s string) uint32 {
	n, _ := strconv.ParseUint(s, 10, 32)
	return uint32(n)
}

func (s *server) snapshot(ctx context.Context) (*world, error) {
	w := &world{rels: map[uint32]*rel{}, types: map[uint32]*typ{}, ops: map[uint32]*op{}, bounds: map[uint32]limit{}, passOver: map[uint32]bool{}, procs: map[uint32]*proc{}, loose: map[uint32]bool{}, views: map[uint32]*nodetree.Node{},
		vouched: map[uint32]bool{}, onWrite: map[uint32][]onWriting{}, onMake: map[uint32][]uint32{}}
	for _, part := range []struct {
		sql string
		put func(r []string)
	}{
		{`SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')`,
			func(r []string) {
				w.rels[oid(r[0])] = &rel{name: catalog.Name{Schema: r[1], Name: r[2]}, kind: r[3], columns: map[int]string{}}
			}},
		{`SELECT attrelid, attnum, attname FROM pg_catalog.pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid >= 16384`,
			func(r []string) {
				if t := w.rels[oid(r[0])]; t != nil {
					n, _ := strconv.Atoi(r[1])
					t.columns[n] = r[2]
				}
			}},
		{`SELECT t.oid, n.nspname, t.typname, t.typtype, t.typbasetype, t.typtypmod >= 0, coalesce(NOT c.collisdeterministic, false)
			FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_catalog.pg_collation c ON c.oid = t.typcollation`,
			func(r []string) {
				w.types[oid(r[0])] = &typ{name: catalog.Name{Schema: r[1], Name: r[2]}, kind: r[3], base: oid(r[4]), modified: r[5] == "t", loose: r[6] == "t"}
			}},
		{`SELECT p.oid FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.prokind = 'a' AND p.pronargs = 1
			AND p.proname IN ('count', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'every')`, func(r []string) { w.passOver[oid(r[0])] = true }},
		{bounds, func(r []string) { w.bounds[oid(r[0])] = limit{equal: oid(r[2]), greater: r[1] == "t"} }},
		{equalities, func(r []string) {
			w.ops[oid(r[0])] = &op{name: catalog.Name{Schema: r[1], Name: r[2]}, negate: oid(r[3]), same: r[4] == "t", exact: r[5] == "t", code: oid(r[6])}
		}},
		{`SELECT p.oid, n.nspname, p.proname, l.lanname, p.provolatile, p.prokind, p.prosecdef,
			EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i')), p.prosrc,
			coalesce((SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
				AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'), '') FROM pg_catalog.pg_proc p
			JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.oid >= 16384 OR p.provolatile <> 'i'`,
			func(r []string) {
				w.procs[oid(r[0])] = &proc{name: catalog.Name{Schema: r[1], Name: r[2]}, language: r[3], volatile: r[4], kind: r[5], definer: r[6] == "t", brought: r[7] == "t", source: r[8], extension: r[9], builtin: oid(r[0]) < 16384}
			}},
		{`SELECT ev_class, ev_action::text FROM pg_catalog.pg_rewrite WHERE ev_type = '1' AND ev_class >= 16384`, func(r []string) {
			if v, err := nodetree.Parse(r[1]); err == nil {
				w.views[oid(r[0])] = onlyNode(v)
			}
		}},
		{onWrite, func(r []string) {
			w.onWrite[oid(r[0])] = append(w.onWrite[oid(r[0])], onWriting{oid(r[1]), oid(r[2]), r[3]})
		}},
		{onMake, func(r []string) { w.onMake[oid(r[0])] = append(w.onMake[oid(r[0])], oid(r[1])) }},
		{`SELECT oid FROM pg_catalog.pg_collation WHERE NOT collisdeterministic`, func(r []string) { w.loose[oid(r[0])] = true }},
	} {
		rows, err := s.rows(ctx, strings.TrimSpace(part.sql))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			part.put(r)
		}
	}
	return w, nil
}

// equalities asks which operators are the equality of a B-tree family, and whether support function
// 4 of the family says that equal values are the same image (PostgreSQL manual, 67.3). That of
// bpchar says so of values of one length; that of numeric does not, as one number is written with
// more zeros or fewer.
const equalities = `
SELECT o.oid, n.nspname, o.oprname, o.oprnegate, coalesce(e.same, false), coalesce(e.exact, false), o.oprcode::pg_catalog.oid
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
LEFT JOIN (
	SELECT a.amopopr, true AS same, pg_catalog.bool_and(EXISTS (SELECT 1 FROM pg_catalog.pg_amproc p
		WHERE p.amprocfamily = a.amopfamily AND p.amproclefttype = a.amoplefttype AND p.amprocnum = 4)
		AND a.amoplefttype <> 'pg_catalog.bpchar'::pg_catalog.regtype
		OR a.amoplefttype = 'pg_catalog.numeric'::pg_catalog.regtype) AS exact
	FROM pg_catalog.pg_amop a JOIN pg_catalog.pg_am m ON m.oid = a.amopmethod AND m.amname = 'btree'
	WHERE a.amopstrategy = 3 AND a.amoppurpose = 's' GROUP BY a.amopopr
) e ON e.amopopr = o.oid`

// bounds asks which operators are <= and >= of a B-tree family, and what is its equality.
const bounds = `
SELECT a.amopopr, a.amopstrategy = 4, e.amopopr
FROM pg_catalog.pg_amop a JOIN pg_catalog.pg_am m ON m.oid = a.amopmethod AND m.amname = 'btree'
JOIN pg_catalog.pg_amop e ON e.amopfamily = a.amopfamily AND e.amoplefttype = a.amoplefttype AND e.amoprighttype = a.amoprighttype AND e.amopstrategy = 3
WHERE a.amopstrategy IN (2, 4) AND a.amoppurpose = 's'`

// depended are the functions behind what pg_depend says of x, operators' included.
const depended = ` JOIN pg_catalog.pg_depend d ON d.classid = x.classid AND d.objid = x.oid
LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
JOIN pg_catalog.pg_proc p ON p.oid = CASE WHEN d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid ELSE o.oprcode END WHERE p.oid >= 16384`

// onWriting is a function that writing a table runs, or a type of which it makes a value; when tells
// by which commands: "INSERT UPDATE".
type onWriting struct {
	fn, typ uint32
	when    string
}

// onWrite asks for what writing a table runs by pg_depend: of generated columns, checks and
// indexes (defaults stand in the tree of INSERT), and of WHEN of triggers of whole rows. The functions of triggers are ours to
// read: most are PL/pgSQL.
const onWrite = `
SELECT DISTINCT x.relid, coalesce(CASE d.refclassid WHEN 'pg_catalog.pg_proc'::pg_catalog.regclass THEN d.refobjid WHEN 'pg_catalog.pg_operator'::pg_catalog.regclass THEN o.oprcode END, 0),
	CASE d.refclassid WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN d.refobjid ELSE 0 END, x.events
FROM (
	SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass AS classid, d.oid, d.adrelid AS relid, 'INSERT UPDATE MERGE' AS events, 0::pg_catalog.oid AS own
		FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''
	UNION ALL SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, oid, conrelid, 'INSERT UPDATE MERGE', 0 FROM pg_catalog.pg_constraint WHERE conrelid <> 0
	UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, indexrelid, indrelid, 'INSERT UPDATE MERGE', 0 FROM pg_catalog.pg_index
	UNION ALL SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, partrelid, partrelid, 'INSERT UPDATE MERGE', 0 FROM pg_catalog.pg_partitioned_table
	UNION ALL SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, oid, tgrelid, pg_catalog.concat_ws(' ', CASE WHEN tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN tgtype & 16 <> 0 THEN 'UPDATE' END), tgfoid
		FROM pg_catalog.pg_trigger WHERE NOT tgisinternal AND tgattr::text = '') x
JOIN pg_catalog.pg_depend d ON d.classid = x.classid AND d.objid = x.oid LEFT JOIN pg_catalog.pg_operator o ON d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid = d.refobjid
WHERE d.refobjid >= 16384 AND d.refobjid <> x.own AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass)`

// onMake asks for the functions that making a value of a type runs: those of the checks of a domain,
// of domains below it and of those in fields and elements.
const onMake = `
WITH RECURSIVE part (whole, typ) AS (
	SELECT oid, oid FROM pg_catalog.pg_type WHERE oid >= 16384
	UNION SELECT p.whole, q.typ FROM part p JOIN (
		SELECT oid AS of, typbasetype AS typ FROM pg_catalog.pg_type WHERE typtype = 'd'
		UNION ALL SELECT oid, typelem FROM pg_catalog.pg_type WHERE typelem >= 16384
		UNION ALL SELECT t.oid, a.atttypid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid WHERE t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped) q ON q.of = p.typ)
SELECT DISTINCT x.relid, p.oid FROM (SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass AS classid, k.oid, part.whole AS relid FROM part JOIN pg_catalog.pg_constraint k ON k.contypid = part.typ) x` + depended + `
`
