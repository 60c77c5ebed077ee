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
	// others are other tenants' rows of the state, once they have been looked at. Every
	// statement is rolled back.
	others *string
}

func labConnect(t *testing.T) *pgconn.PgConn {
	t.Helper()
	return pgserver.ConnForTest(t).PgConn()
}

func (l *lab) exec(t *testing.T, sql string) {
	t.Helper()
	if _, err := l.conn.Exec(t.Context(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (l *lab) text(t *testing.T, sql string) string {
	t.Helper()
	res, err := l.conn.Exec(t.Context(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
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

// fill replaces all rows: only hidden ones differ between both states.
func (l *lab) fill(t *testing.T, seed, state uint64) {
	t.Helper()
	l.others = nil
	begin := []string{"BEGIN", "SET CONSTRAINTS ALL IMMEDIATE"}
	for _, tbl := range slices.Backward(l.db.Tables) {
		begin = append(begin, "DELETE FROM "+labTable(tbl))
	}
	l.exec(t, strings.Join(begin, ";"))
	l.rows(t, rand.New(rand.NewPCG(seed, 7)), ownRows)
	l.rows(t, rand.New(rand.NewPCG(seed, 8)), shownRows)
	l.rows(t, rand.New(rand.NewPCG(seed, 100+state)), hiddenRows)
	l.exec(t, "COMMIT")
}

func labTable(t *catalog.Table) string {
	return `"` + t.Name.Schema + `"."` + t.Name.Name + `"`
}

func (l *lab) rows(t *testing.T, rng *rand.Rand, rows whose) {
	for _, tbl := range l.db.Tables {
		o := l.own.Of(tbl)
		global := o.Kind == tenancy.Global || o.Kind == tenancy.Undeclared
		if tbl.IsPartition || global && rows != ownRows || o.ReadAlso == "" && rows == shownRows {
			continue
		}
		n := 3 + rng.IntN(8)
		if rng.IntN(4) == 0 {
			n = rng.IntN(2) // what happens without rows matters too: aggregates, ORDER BY … LIMIT
		}
		count := ""
		for range n {
			count = l.row(t, rng, tbl, rows, count)
		}
	}
}

// row inserts one random row and takes it back when it is not as it should be. It takes and
// returns how many are as they should be, "" when that is not known yet.
func (l *lab) row(t *testing.T, rng *rand.Rand, tbl *catalog.Table, rows whose, before string) string {
	var cols, vals []string
	owner := l.own.Of(tbl)
	for i, c := range tbl.Columns {
		if c.Generated {
			continue
		}
		v := l.value(rng, c)
		if values := discriminating(owner, i); len(values) > 0 && rng.IntN(6) > 0 {
			v = "'" + values[rng.IntN(len(values))] + "'"
		}
		if owner.Kind == tenancy.Column && owner.Column == i {
			mine, others := l.mine(l.typeOf(c), owner.Level)
			v = "'" + mine[0] + "'"
			if l.sets {
				v = "'" + mine[rng.IntN(len(mine))] + "'"
			}
			if rows != ownRows {
				v = "'" + others[rng.IntN(len(others))] + "'"
			}
		}
		cols, vals = append(cols, `"`+c.Name+`"`), append(vals, v)
	}
	count := "SELECT count(*) FROM " + labTable(tbl) + " AS t0 WHERE " + l.owner(tbl, "t0", rows == ownRows) + l.agreeing(tbl, rows) + l.readable(tbl, rows)
	insert := fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES (%s)", labTable(tbl), strings.Join(cols, ", "), strings.Join(vals, ", "))
	if before == "" {
		before = l.text(t, count)
	}
	after := l.try(t, insert, count)
	if after == "" || before == after && owner.Kind != tenancy.Global && owner.Kind != tenancy.Undeclared {
		l.exec(t, "ROLLBACK TO s; RELEASE s")
		return before
	}
	l.exec(t, "RELEASE s")
	return after
}

// try inserts a row behind a savepoint and returns what is counted then, "" when the row is
// refused or breaks a premise that the state must keep: in one round trip, since there are
// some hundred thousand rows in a run of the tests.
func (l *lab) try(t *testing.T, insert, count string) string {
	t.Helper()
	res, err := l.conn.Exec(t.Context(), strings.Join(append([]string{"SAVEPOINT s", insert, count}, l.breaking...), ";")).ReadAll()
	if err != nil && len(res) == 1 {
		return ""
	}
	if err != nil {
		t.Fatalf("%s: %v", count, err)
	}
	for _, r := range res[3:] {
		if len(r.Rows) > 0 {
			return ""
		}
	}
	return dblab.Rows(res[2].Rows)
}

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

// value is a random literal of a small domain, so that values meet.
func (l *lab) value(rng *rand.Rand, c *catalog.Column) string {
	n := 1 + rng.IntN(3)
	if c.Name == "id" {
		n = 1 + rng.IntN(8)
	}
	if !c.NotNull && rng.IntN(6) == 0 {
		return "NULL"
	}
	typ := l.typeOf(c)
	if c.Type.Array {
		return "'{" + fmt.Sprint(n) + ",2}'"
	}
	if u := l.db.Type(c.Type.Name); u != nil && u.Kind == "enum" {
		return "'" + u.Values[rng.IntN(len(u.Values))] + "'"
	}
	if v, ok := labValues(typ, n); ok {
		return "'" + v + "'"
	}
	return "DEFAULT"
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

// dump lists the rows of every table: those that are other tenants', and all the rest. It
// runs the last statement behind, in the same round trip.
func (l *lab) dump(t *testing.T, last string) (others, rest string) {
	t.Helper()
	var tables []*catalog.Table
	var sql []string
	for _, tbl := range l.db.Tables {
		if !tbl.IsPartition {
			tables = append(tables, tbl)
			sql = append(sql, fmt.Sprintf("SELECT (%s) IS TRUE, * FROM %s AS t0", l.owner(tbl, "t0", false), labTable(tbl)))
		}
	}
	res, err := l.conn.Exec(t.Context(), strings.Join(append(sql, last), ";")).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var list [2]strings.Builder
	for i, tbl := range tables {
		var rows [2][][][]byte
		for _, r := range res[i].Rows {
			n := 0
			if string(r[0]) == "t" {
				n = 1
			}
			rows[n] = append(rows[n], r[1:])
		}
		for n := range list {
			fmt.Fprintf(&list[n], "%s:\n%s", tbl.Name, dblab.Rows(rows[n]))
		}
	}
	return list[1].String(), list[0].String()
}

// before is what others have in this state.
func (l *lab) before(t *testing.T) string {
	t.Helper()
	if l.others == nil {
		others, _ := l.dump(t, "")
		l.others = &others
	}
	return *l.others
}

var namedParam = regexp.MustCompile(`sqlc\.n?arg\(\s*'?"?(\w+)'?"?\s*\)|@(\w+)`)
