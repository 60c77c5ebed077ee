package analyzer_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// lab is a database on which states are set up and queries are run.
type lab struct {
	*testCase
	conn *pgconn.PgConn
	// breaking asks for rows that break a premise that every state must keep.
	breaking []string
	// rest and others are the rows of the state, once they have been looked at: the tenant's and
	// shared ones, and other tenants'. Every statement is rolled back.
	rest, others string
	looked       bool
	// kept made the rows which both states of a seed have.
	kept []labRow
	seed uint64
	// ending ends the last savepoint: it goes with the next statement.
	ending []string
	// dumps are names of prepared statements, of which there are so many more.
	dumps      map[dumpOf]string
	statements map[string]string // by their texts
	prepared   int
}

func labConnect(t *testing.T) *pgconn.PgConn {
	t.Helper()
	return pgserver.ConnForTest(t).PgConn()
}

// dumpOf is what a dump depends on besides the schema.
type dumpOf struct {
	own  *tenancy.Map
	sets bool
}

func newLab(t *testing.T, c *testCase) *lab {
	t.Helper()
	return &lab{testCase: c, conn: labConnect(t), dumps: map[dumpOf]string{}, statements: map[string]string{}}
}

func (l *lab) exec(t *testing.T, statements ...string) { l.text(t, statements...) }

// text is the result of the last statement.
func (l *lab) text(t *testing.T, statements ...string) string {
	t.Helper()
	sql := strings.Join(append(l.ending, statements...), ";")
	l.ending = nil
	res, err := l.conn.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(res) == 0 {
		return ""
	}
	return dblab.Rows(res[len(res)-1].Rows)
}

// The tenant of a level and the others, as values of the type of the tenant column. A
// level's own tenant is another level's other, so that the two are told apart.
func tenants(typ string, level int) (string, []string) {
	all := []string{"1", "2", "3"}
	switch typ {
	case "uuid":
		all = []string{labUUID(1), labUUID(2), labUUID(3)}
	case "text", "varchar", "bpchar":
		all = []string{"a", "b", "c"}
	}
	mine := all[level]
	return mine, slices.Delete(all, level, level+1)
}

func labUUID(n int) string { return fmt.Sprintf("00000000-0000-0000-0000-%012d", n) }

// mine are the values of the tenants whose rows a query may see: one, or all but the last of the
// three where queries are for sets of them.
func (l *lab) mine(typ string, level int) (mine, others []string) {
	one, others := tenants(typ, level)
	if !l.sets {
		return []string{one}, others
	}
	return append([]string{one}, others[:1]...), others[1:]
}

// whose says whose rows are meant.
type whose int

const (
	ownRows    whose = iota // the tenant's and global rows
	shownRows               // others' rows that read_also lets the tenant read
	hiddenRows              // all other rows
)

// discriminating lists the values that tell in a column to which parent a row belongs.
func discriminating(o tenancy.Owner, column int) []string {
	var all []string
	for _, p := range o.Parents {
		for _, m := range p.When {
			if m.Column == column {
				all = append(all, m.Value)
			}
		}
	}
	return all
}

// agreeing is that all parents of a row are on one side, which proofs by one of several
// parents rest on.
func (l *lab) agreeing(tbl *catalog.Table, rows whose) string {
	if len(l.own.Of(tbl).Parents) < 2 {
		return ""
	}
	return " AND NOT " + l.owner(tbl, "t0", rows != ownRows)
}

// halves ask for rows that have a parent on either side. A row that a parent makes so which comes later was the tenant's
// in one of both states only, so that the states would differ in the tenant's rows, too.
func (l *lab) halves() []string {
	var all []string
	for _, tbl := range l.db.Tables {
		if len(l.own.Of(tbl).Parents) > 1 && !tbl.IsPartition {
			all = append(all, fmt.Sprintf("SELECT 1 FROM %s AS t0 WHERE %s AND %s LIMIT 1", labTable(tbl), l.owner(tbl, "t0", true), l.owner(tbl, "t0", false)))
		}
	}
	return all
}

// readable is what read_also says of a row, to be added to a condition.
func (l *lab) readable(tbl *catalog.Table, rows whose) string {
	o := l.own.Of(tbl)
	if o.ReadAlso == "" || rows == ownRows {
		return ""
	}
	column := l.own.TenantColumn(tbl)
	tenant, _ := tenants(l.typeOf(column), o.Level)
	text := strings.ReplaceAll(o.ReadAlso, "@"+l.own.Levels[o.Level].Columns[0], "'"+tenant+"'")
	return map[whose]string{shownRows: " AND (" + text + ") IS TRUE", hiddenRows: " AND (" + text + ") IS NOT TRUE"}[rows]
}

// typeOf is a column's built-in type.
func (l *lab) typeOf(c *catalog.Column) string {
	ref := c.Type
	for {
		u := l.db.Type(ref.Name)
		if u == nil || u.Kind != "domain" {
			return ref.Name.Name
		}
		ref = u.Base
	}
}

// value is a random one of a small domain, so that values meet, nil for NULL; of some types only the default is known.
func (l *lab) value(rng *rand.Rand, c *catalog.Column) (value []byte, known bool) {
	n := 1 + rng.IntN(3)
	if c.Name == "id" {
		n = 1 + rng.IntN(8)
	}
	if !c.NotNull && rng.IntN(6) == 0 {
		return nil, true
	}
	typ := l.typeOf(c)
	if c.Type.Array {
		return []byte("{" + fmt.Sprint(n) + ",2}"), true
	}
	if u := l.db.Type(c.Type.Name); u != nil && u.Kind == "enum" {
		return []byte(u.Values[rng.IntN(len(u.Values))]), true
	}
	v, known := labValues(typ, n)
	return []byte(v), known
}

func labValues(typ string, n int) (string, bool) {
	switch typ {
	case "int2", "int4", "int8", "numeric", "float8", "oid":
		return fmt.Sprint(n), true
	case "text", "varchar", "bpchar", "name":
		return string(rune('a' + n - 1)), true
	case "uuid":
		return labUUID(n), true
	case "bool":
		return fmt.Sprint(n == 1), true
	case "timestamptz", "timestamp", "date":
		return fmt.Sprintf("2024-01-%02d", n), true
	case "jsonb", "json":
		return fmt.Sprintf(`{"a": %d}`, n), true
	}
	return "", false
}

// owner is a condition: the row that alias stands for is the tenant's or, when own
// is false, another's. The row of a parent that does not exist is nobody's.
func (l *lab) owner(tbl *catalog.Table, alias string, own bool) string {
	o := l.own.Of(tbl)
	switch o.Kind {
	case tenancy.Column:
		mine, _ := l.mine(l.typeOf(tbl.Columns[o.Column]), o.Level)
		is := map[bool]string{true: "IS NOT DISTINCT FROM", false: "IS DISTINCT FROM"}[own]
		if l.sets {
			is = map[bool]string{true: "IS TRUE", false: "IS NOT TRUE"}[own]
			return fmt.Sprintf("(%s.%q = ANY ('{%s}')) %s", alias, tbl.Columns[o.Column].Name, strings.Join(mine, ","), is)
		}
		return fmt.Sprintf("%s.%q %s '%s'", alias, tbl.Columns[o.Column].Name, is, mine[0])
	case tenancy.Child:
		var any []string
		for i, p := range o.Parents {
			name := fmt.Sprintf("%s_%d", alias, i)
			conds := []string{l.owner(p.Table, name, own)}
			for _, on := range p.On {
				conds = append(conds, fmt.Sprintf("%s.%q = %s.%q", name, p.Table.Columns[on.Parent].Name, alias, tbl.Columns[on.Child].Name))
			}
			for _, m := range p.When {
				conds = append(conds, fmt.Sprintf("%s.%q = '%s'", alias, tbl.Columns[m.Column].Name, m.Value))
			}
			conds = append(conds, whereOf(p, name)...)
			any = append(any, fmt.Sprintf("EXISTS (SELECT 1 FROM %s AS %s WHERE %s)", labTable(p.Table), name, strings.Join(conds, " AND ")))
		}
		return "(" + strings.Join(any, " OR ") + ")"
	}
	return fmt.Sprint(own)
}

// whereOf is what is true of a row of a parent to which a row belongs.
func whereOf(p tenancy.Parent, alias string) []string {
	var all []string
	for _, w := range p.Where {
		is := map[catalog.TestKind]string{catalog.IsNull: "IS NULL", catalog.IsNotNull: "IS NOT NULL", catalog.HasValue: "= '" + w.Value + "'"}[w.Kind]
		all = append(all, fmt.Sprintf("%s.%q %s", alias, p.Table.Columns[w.Column].Name, is))
	}
	return all
}

// dump prepares what lists the rows of every table, each with its table and whether it is
// another tenant's. The first row says whether the transaction has written anything: when it
// has not, and $1 is false, no table is read.
func (l *lab) dump(t *testing.T) string {
	t.Helper()
	of := dumpOf{l.own, l.sets}
	if name := l.dumps[of]; name != "" {
		return name
	}
	sql := []string{"SELECT -1, pg_current_xact_id_if_assigned() IS NOT NULL, NULL"}
	for i, tbl := range l.db.Tables {
		if !tbl.IsPartition {
			sql = append(sql, fmt.Sprintf("SELECT %d, (%s) IS TRUE, (t0.*)::text FROM %s AS t0 WHERE $1::bool OR pg_current_xact_id_if_assigned() IS NOT NULL", i, l.owner(tbl, "t0", false), labTable(tbl)))
		}
	}
	name := fmt.Sprintf("dump%d", len(l.dumps))
	if _, err := l.conn.Prepare(t.Context(), name, strings.Join(sql, " UNION ALL "), nil); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	l.dumps[of] = name
	return name
}

// dumped separates other tenants' rows from all the rest.
func (l *lab) dumped(rows [][][]byte) (others, rest string) {
	var list [2][][][]byte
	for _, r := range rows[1:] {
		n := 0
		if string(r[1]) == "t" {
			n = 1
		}
		list[n] = append(list[n], [][]byte{r[0], r[2]})
	}
	return l.named(list[1]), l.named(list[0])
}

// named writes the rows below the names of their tables.
func (l *lab) named(rows [][][]byte) string {
	of := map[string][][][]byte{}
	for _, r := range rows {
		of[string(r[0])] = append(of[string(r[0])], r[1:])
	}
	var b strings.Builder
	for i, tbl := range l.db.Tables {
		if rows := of[fmt.Sprint(i)]; len(rows) > 0 {
			fmt.Fprintf(&b, "%s:\n%s", tbl.Name, dblab.Rows(rows))
		}
	}
	return b.String()
}

// look sees what the state holds.
func (l *lab) look(t *testing.T) {
	t.Helper()
	if l.looked {
		return
	}
	res := l.conn.ExecPrepared(t.Context(), l.dump(t), [][]byte{[]byte("t")}, nil, nil).Read()
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	l.others, l.rest = l.dumped(res.Rows)
	l.looked = true
}

var namedParam = regexp.MustCompile(`sqlc\.n?arg\(\s*'?"?(\w+)'?"?\s*\)|@(\w+)`)
