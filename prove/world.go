package prove

import (
	"context"
	"fmt"
	"slices"
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
	sequences bool              // there are some; a prepared statement sets each to where it always begins
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
	strict  bool // of any two rows with the same values here the second is refused, at once
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
	for _, p := range [][2]string{
		{"count", fmt.Sprintf("SELECT c, %s FROM unnest(%s::oid[]) c WHERE %[1]s > 0", writes, list)},
		{"total", fmt.Sprintf("SELECT coalesce(sum(%s), 0) FROM unnest(%s::oid[]) c", writes, list)},
		{"try", "SELECT " + own + ".try($1)"},
		{"enter", "SAVEPOINT q"}, {"again", "ROLLBACK TO q"}, {"immediate", "SET CONSTRAINTS ALL IMMEDIATE"}, {"reset", "RESET ROLE"},
	} {
		if _, err := w.conn.Prepare(ctx, p[0], p[1], nil); err != nil {
			return err
		}
	}
	rows, err := w.query(ctx, `SELECT pg_catalog.to_char(pg_catalog.date_trunc('hour', pg_catalog.now()) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		(SELECT rolsuper OR rolbypassrls FROM pg_catalog.pg_roles WHERE rolname = current_user)::int,
		(SELECT 'SELECT ' || string_agg(pg_catalog.format('pg_catalog.setval(%s, %s)', seqrelid, least(1000000, seqmax / 2)), ', ') FROM pg_catalog.pg_sequence), current_setting('track_counts')`)
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
		w.sequences = true
		if _, err := w.conn.Prepare(ctx, "sequences", *rows[0][2], nil); err != nil {
			return err
		}
	}
	if *rows[0][1] == "0" {
		for _, t := range w.tables {
			w.unforced += "ALTER TABLE " + t.sql + " NO FORCE ROW LEVEL SECURITY; "
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
