package prove

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// world is the schema as the server has it, with who owns what.
type world struct {
	*database
	in     Input
	tables []*table // without partitions, parents first where foreign keys allow
	byOID  map[string]*table
	byName map[catalog.Name]*table
	types  map[string]*typ // by oid
	levels []level
	// leaves are all tables, partitions included, each with the table it is a part of.
	leaves    map[string]*table
	clock     time.Time         // of the server
	sequences string            // statements that set every sequence to where it always begins
	unforced  string            // statements that let the owner of tables see all rows, where it does not anyway
	dumps     map[string]bool   // the statements that read tables, once prepared
	family    int               // which tenants there are, see level
	regular   int               // rounds before the irregular ones
	plan      string            // settings of the planner that runs are under
	words     []string          // texts that the schema itself speaks of
	initial   map[*table]dump   // of the state that is loaded, as far as it was asked for
	counts    map[string]string // of writes so far, by table; nil when not known
	written   string            // their sum
	ambiguous map[*table]bool   // a row may have parents of several tenants
	// deferrable tells that constraints may wait for the end of the transaction.
	deferrable bool
}

// level is one level of tenancy with the tenants that rows are made for. The first is
// the one that queries run for.
type level struct {
	tenancy.Level
	tenants  []string
	families [][]string // to take tenants from
}

// table is a table as rows are made for it.
type table struct {
	oid      string
	name     catalog.Name
	sql      string // quoted
	columns  []*column
	refs     []*ref // to other tables, real foreign keys first
	owner    tenancy.Owner
	declared *catalog.Table // nil for one that the catalog does not know
	partKeys string         // of a partitioned table, as PostgreSQL prints them
	parts    int            // its partitions
	triggers bool
	checks   []string
	keys     []*key
	// readAlso and restrict are the conditions declared of it, as the tenant that queries
	// run for sees them.
	readAlso, restrict string
}

// column is a column that takes values.
type column struct {
	name      string
	typ       *typ
	notNull   bool
	computed  bool // GENERATED ALWAYS AS (…) STORED
	defaulted bool
	fallback  string   // the default, when it is a constant
	expr      string   // that it is computed by
	length    int      // of varchar(n) and char(n), 0 for any
	learned   []string // values that constraints mention
	rare      []string // values that other columns refer to by default
	linked    bool     // it is part of a key, or refers to one
}

// ref says that columns hold the values of a row of another table.
type ref struct {
	table    *table
	columns  []int // of the child
	to       []int // of the table
	name     string
	kind     refKind
	deferred bool
	enforced bool // of a declared parent: a foreign key holds it
	// when holds, of a declared parent, the values of the rows that refer to it, by column.
	when map[int]string
	// where is what is true of the rows of a declared parent that rows refer to.
	where []tenancy.Test
}

// refKind is how sure a ref is.
type refKind int

const (
	foreignKey refKind = iota
	parentRow          // declared: the row's owner
	likely             // by the names of columns
)

// key is a uniqueness guarantee, or an exclusion constraint.
type key struct {
	name    string
	columns []string
}

// typ is a type of the server.
type typ struct {
	oid      string
	schema   string
	name     string
	kind     string // typtype
	calls    bool   // a check of the domain calls functions of the schema's
	category string
	base     string // of a domain
	elem     string // of an array
	sub      string // of a range
	values   []string
	checks   []string
	fields   []string // oids, of a composite type
	notNull  bool
	length   int
}

func newWorld(ctx context.Context, db *database, in Input) (*world, error) {
	w := &world{database: db, in: in, byOID: map[string]*table{}, byName: map[catalog.Name]*table{}, types: map[string]*typ{}, leaves: map[string]*table{}, dumps: map[string]bool{}, ambiguous: map[*table]bool{}}
	for _, step := range []func(context.Context) error{w.readTypes, w.readTables, w.readColumns, w.readConstraints, w.readPartitions, w.readWords} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("read the schema from the server: %w", err)
		}
	}
	w.own()
	w.guess()
	w.sort()
	w.learn()
	w.rarely()
	if err := w.tenants(); err != nil {
		return nil, err
	}
	if err := w.conditions(); err != nil {
		return nil, err
	}
	return w, w.prepare(ctx)
}

// prepare asks the server what the runs need to know.
func (w *world) prepare(ctx context.Context) error {
	var all []*string
	for oid := range w.leaves {
		all = append(all, &oid)
	}
	writes, list := "pg_catalog.pg_stat_get_xact_tuples_inserted(c) + pg_catalog.pg_stat_get_xact_tuples_updated(c) + pg_catalog.pg_stat_get_xact_tuples_deleted(c)", literal(arrayText(all))
	_, err := w.conn.Prepare(ctx, "count", fmt.Sprintf("SELECT c, %s FROM unnest(%s::oid[]) c WHERE %[1]s > 0", writes, list), nil)
	if err != nil {
		return err
	}
	if _, err := w.conn.Prepare(ctx, "total", fmt.Sprintf("SELECT sum(%s) FROM unnest(%s::oid[]) c", writes, list), nil); err != nil {
		return err
	}
	if _, err := w.conn.Prepare(ctx, "try", "SELECT "+own+".try($1)", nil); err != nil {
		return err
	}
	rows, err := w.query(ctx, `SELECT pg_catalog.to_char(pg_catalog.date_trunc('hour', pg_catalog.now()) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		(SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user)::int,
		(SELECT string_agg(pg_catalog.format('SELECT pg_catalog.setval(%s, %s)', seqrelid, least(1000000, seqmax / 2)), '; ') FROM pg_catalog.pg_sequence), current_setting('track_counts')`)
	if err != nil {
		return err
	}
	if w.clock, err = time.Parse(time.RFC3339, *rows[0][0]); err != nil {
		return err
	}
	if *rows[0][3] != "on" {
		return fmt.Errorf("track_counts is off on the server, so it does not tell which tables a query writes to; set it to on")
	}
	if rows[0][2] != nil {
		w.sequences = *rows[0][2]
	}
	if *rows[0][1] == "0" {
		for _, t := range w.tables {
			w.unforced += "ALTER TABLE " + t.sql + " NO FORCE ROW LEVEL SECURITY; "
		}
	}
	return nil
}

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
		if m := constant.FindStringSubmatch(*r[7]); m != nil && !c.computed {
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
var constant = regexp.MustCompile(`^(?:'((?:[^']|'')*)'(?:::[a-z. ]+(?:\(\d+\))?)?|\(?(-?\d+(?:\.\d+)?)\)?)$`)

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
			t.keys = append(t.keys, &key{*r[1], columns})
		}
		w.deferrable = w.deferrable || *r[4] == "1"
	}
	rows, err = w.query(ctx, `
SELECT i.indrelid, c.relname, (SELECT coalesce(array_agg(a.attname::text), '{}') FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey))
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indisunique AND i.indrelid = ANY ($1::oid[]) AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))`, w.oids())
	for _, r := range rows {
		w.byOID[*r[0]].keys = append(w.byOID[*r[0]].keys, &key{*r[1], parseArray(*r[2])})
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

func (t *table) indexes(names []string) []int {
	out := make([]int, len(names))
	for i, n := range names {
		out[i] = t.index(n)
	}
	return out
}

// index is the position of a column, or -1.
func (t *table) index(name string) int {
	return slices.IndexFunc(t.columns, func(c *column) bool { return c.name == name })
}

// parseArray reads PostgreSQL's text of a one-dimensional array without nulls.
func parseArray(s string) []string {
	var out []string
	for _, v := range parseNullable(s) {
		if v != nil {
			out = append(out, *v)
		}
	}
	return out
}

// parseNullable reads PostgreSQL's text of a one-dimensional array (manual, 8.15.6).
func parseNullable(s string) []*string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "{"), "}")
	var out []*string
	for i := 0; i < len(s); i++ {
		var b strings.Builder
		quoted := s[i] == '"'
		if quoted {
			i++
		}
		for i < len(s) && (quoted && s[i] != '"' || !quoted && s[i] != ',') {
			if s[i] == '\\' {
				i++
			}
			b.WriteByte(s[i])
			i++
		}
		if quoted {
			i++
		}
		v := b.String()
		if !quoted && strings.EqualFold(v, "NULL") {
			out = append(out, nil)
		} else {
			out = append(out, &v)
		}
	}
	return out
}
