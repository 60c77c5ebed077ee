package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tenantgen/tenantgen/internal/pgserver"
)

// lab is a database on which one state stands and statements are tried.
type lab struct {
	conn     *pgconn.PgConn
	enter    string            // what a transaction begins with
	prepared map[string]string // a statement's name on the server, by its own name
	writes   map[string]bool   // statements that a read-only transaction refuses
	own      [][]string        // Acme's and global rows of the state, by table
	foreign  [][]string        // what others have
}

// frozen makes now() and gen_random_uuid() the same in every run, in statements and,
// because the tables are created under this search_path, in column defaults too.
const frozen = `
CREATE SCHEMA frozen;
CREATE FUNCTION frozen.now() RETURNS timestamptz STABLE LANGUAGE sql AS $$ SELECT timestamptz '2026-02-03 10:00:00Z' $$;
CREATE FUNCTION frozen.gen_random_uuid() RETURNS uuid LANGUAGE sql AS $$
	SELECT ('00000000-0000-4000-8000-fe' || lpad(set_config('frozen.n', (coalesce(nullif(current_setting('frozen.n', true), ''), '0')::int + 1)::text, true), 10, '0'))::uuid $$;
GRANT USAGE ON SCHEMA frozen TO PUBLIC;
SET search_path = public, frozen, pg_catalog;
SET timezone = 'UTC'`

// newLab creates a database with the example's schema, with row-level security or without.
func newLab(t *testing.T, rls bool) *lab {
	t.Helper()
	conn, err := pgconn.Connect(t.Context(), pgserver.DatabaseForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	l := &lab{conn: conn, enter: "BEGIN", prepared: map[string]string{}, writes: map[string]bool{}}
	l.exec(t, frozen)
	for _, up := range exampleMigrations(t) {
		if !rls && strings.Contains(up, "CREATE POLICY") { // the tables alone, where it makes some
			up, _, _ = strings.Cut(up, "DROP POLICY")
			if !strings.Contains(up, "CREATE TABLE") {
				continue
			}
		}
		l.exec(t, up)
	}
	return l
}

// exampleMigrations are the Up parts of the example's migrations.
func exampleMigrations(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../example/db/migrations/*.sql")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d migrations: %v", len(files), err)
	}
	var ups []string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		ups = append(ups, up)
	}
	return ups
}

// exec runs statements that cannot fail.
func (l *lab) exec(t *testing.T, sql string) {
	t.Helper()
	if err := l.do(sql); err != nil {
		t.Fatal(err)
	}
}

func (l *lab) do(sql string) error {
	if _, err := l.conn.Exec(context.Background(), sql).ReadAll(); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

// fill replaces everything but the price list.
func (l *lab) fill(t *testing.T, s state) {
	t.Helper()
	l.exec(t, "TRUNCATE organizations, users, tenant_audit CASCADE")
	tables := []string{"users"}
	for _, table := range tenantTables {
		tables = append(tables, table.name)
	}
	for _, table := range tables {
		res := l.conn.ExecParams(t.Context(), insertInto(table), [][]byte{jsonOf(t, s[table])}, nil, nil, nil).Read()
		if got, want := int(res.CommandTag.RowsAffected()), len(s[table]); res.Err != nil || got != want {
			t.Fatalf("fill %s: %d of %d rows: %v", table, got, want, res.Err)
		}
	}
	if err := l.dump(); err != nil {
		t.Fatal(err)
	}
}

// dumped are the tables that are looked at, each with the condition of Acme's rows.
var dumped = func() []struct{ name, acmes string } {
	all := slices.Clone(tenantTables)
	for _, table := range globalTables {
		all = append(all, struct{ name, acmes string }{table, "true"})
	}
	return all
}()

// writesSQL counts by table how often this session has written to it lately, in transactions that were rolled back, too. Only
// that it has changed says something.
var writesSQL = func() string {
	var counts []string
	for _, table := range dumped {
		counts = append(counts, fmt.Sprintf("pg_stat_get_xact_tuples_inserted('%s'::regclass) + pg_stat_get_xact_tuples_updated('%[1]s'::regclass) + pg_stat_get_xact_tuples_deleted('%[1]s'::regclass)", table.name))
	}
	return "ARRAY[" + strings.Join(counts, ", ") + "]"
}()

// beforeSQL notes the counts before a statement.
var beforeSQL = "SELECT set_config('lab.before', (" + writesSQL + ")::text, true)"

// dumpSQL lists the rows of the tables that the transaction has written to since beforeSQL, or of all with $1: each with its
// table's number and whether it is Acme's. The first row says which tables those are. One whose rows are Acme's by another
// table is read whatever was written, and so is every table where something was written that no count tells of.
var dumpSQL = func() string {
	wanted := make([]string, len(dumped))
	parts := []string{"SELECT -1, false, chosen::text FROM w"}
	for i, table := range dumped {
		wanted[i] = fmt.Sprintf("everything OR now[%d] <> before[%[1]d]", i+1)
		if strings.Contains(table.acmes, "EXISTS") {
			wanted[i] = "written"
		}
		parts = append(parts, fmt.Sprintf("SELECT %d, coalesce(%s, false), '%s ' || to_jsonb(t)::text FROM %[3]s t WHERE $1::bool OR (SELECT chosen[%d] FROM w)", i, table.acmes, table.name, i+1))
	}
	return `WITH c AS MATERIALIZED (SELECT ` + writesSQL + ` AS now, nullif(current_setting('lab.before', true), '')::bigint[] AS before, pg_current_xact_id_if_assigned() IS NOT NULL AS written),
		w AS MATERIALIZED (SELECT ARRAY[` + strings.Join(wanted, ", ") + `] AS chosen FROM (SELECT *, written AND now = before AS everything FROM c) c)
		` + strings.Join(parts, " UNION ALL ")
}()

// dump returns the rows that are Acme's or nobody's, and the rows of others.
func (l *lab) dump() error {
	for name, sql := range map[string]string{"dump": dumpSQL, "before": beforeSQL} {
		if err := l.prepare(name, sql); err != nil {
			return err
		}
	}
	res := l.conn.ExecPrepared(context.Background(), l.prepared["dump"], [][]byte{[]byte("t")}, nil, nil).Read()
	if res.Err == nil {
		l.own, l.foreign = split(res.Rows)
	}
	return res.Err
}

// split sorts rows by table, and by whose they are.
func split(rows [][][]byte) (own, foreign [][]string) {
	own, foreign = make([][]string, len(dumped)), make([][]string, len(dumped))
	for _, r := range rows[1:] {
		i, _ := strconv.Atoi(string(r[0]))
		if string(r[1]) == "t" {
			own[i] = append(own[i], string(r[2]))
		} else {
			foreign[i] = append(foreign[i], string(r[2]))
		}
	}
	for i := range dumped {
		slices.Sort(own[i])
		slices.Sort(foreign[i])
	}
	return own, foreign
}

// prepare also learns whether a statement writes.
func (l *lab) prepare(name, sql string) error {
	if l.prepared[name] != "" {
		return nil
	}
	server := fmt.Sprintf("s%d", len(l.prepared)) // names of statements are cut after 63 bytes
	desc, err := l.conn.Prepare(context.Background(), server, sql, nil)
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, sql)
	}
	l.prepared[name] = server
	nulls := make([][]byte, len(desc.ParamOIDs))
	if err := l.do("BEGIN READ ONLY"); err != nil {
		return err
	}
	var refused *pgconn.PgError
	res := l.conn.ExecPrepared(context.Background(), server, nulls, nil, nil).Read()
	l.writes[name] = errors.As(res.Err, &refused) && refused.Code == "25006"
	return l.do("ROLLBACK")
}

// outcome is what one run did.
type outcome struct {
	rows     []string
	affected int64
	failed   *pgconn.PgError
	own      []string // Acme's and global rows afterwards, of a statement that writes
	harm     string   // the change of others' rows
}

// run tries a statement in a transaction that is rolled back. What it left is seen with the eyes of a superuser.
func (l *lab) run(st *statement, values [][]byte) (o outcome, err error) {
	if err := l.prepare(st.name, st.sql); err != nil {
		return o, err
	}
	if err := l.do(l.enter); err != nil {
		return o, err
	}
	batch, at := &pgconn.Batch{}, 0
	if l.writes[st.name] {
		batch.ExecPrepared(l.prepared["before"], nil, nil, nil)
		at++
	}
	batch.ExecPrepared(l.prepared[st.name], values, nil, nil)
	if l.writes[st.name] {
		batch.ExecParams("RESET ROLE", nil, nil, nil, nil)
		batch.ExecPrepared(l.prepared["dump"], [][]byte{[]byte("f")}, nil, nil)
	}
	batch.ExecParams("ROLLBACK", nil, nil, nil, nil)
	res, err := l.conn.ExecBatch(context.Background(), batch).ReadAll()
	if err != nil {
		if !errors.As(err, &o.failed) || !isRefusal(o.failed) {
			return o, fmt.Errorf("%s with %s: %w", st.name, values, err)
		}
		return o, l.do("ROLLBACK")
	}
	o.affected = res[at].CommandTag.RowsAffected()
	for _, r := range res[at].Rows {
		o.rows = append(o.rows, line(r))
	}
	if l.writes[st.name] {
		l.after(&o, res[at+2].Rows)
	}
	return o, nil
}

// after looks at what a run left: in the tables that were read, since the others are as they were.
func (l *lab) after(o *outcome, dump [][][]byte) {
	own, foreign := split(dump)
	for i, read := range strings.Split(strings.Trim(string(dump[0][2]), "{}"), ",") {
		if read != "t" {
			own[i], foreign[i] = l.own[i], l.foreign[i]
		}
	}
	o.own, o.harm = slices.Concat(own...), difference(slices.Concat(l.foreign...), slices.Concat(foreign...))
}

// line writes a result row so that null is not the empty string.
func line(r [][]byte) string {
	cells := make([]string, len(r))
	for i, v := range r {
		cells[i] = "null"
		if v != nil {
			cells[i] = strconv.Quote(string(v))
		}
	}
	return strings.Join(cells, ", ")
}

// isRefusal reports the errors that a correct query may meet: a constraint (class
// 23) or a policy (42501). Any other would be a mistake of this test.
func isRefusal(e *pgconn.PgError) bool { return e.Code[:2] == "23" || e.Code == "42501" }

// oracle names the key by whose error alone two runs can be told apart.
func (o outcome) oracle(b outcome) string {
	if o.harm+b.harm != "" || o.refusal() == b.refusal() {
		return ""
	}
	for _, e := range []*pgconn.PgError{o.failed, b.failed} {
		if e != nil && e.Code == "23505" && oracles[e.ConstraintName] != "" {
			return e.ConstraintName
		}
	}
	return ""
}

// leak describes what tells two runs apart, or what one of them did to others; "" is the wish.
func (o outcome) leak(b outcome, ordered bool) string {
	if o.harm+b.harm != "" {
		return "rows of others change: " + o.harm + b.harm
	}
	if d := difference([]string{o.refusal()}, []string{b.refusal()}); d != "" {
		return "the error differs: " + d
	}
	x, y := slices.Clone(o.rows), slices.Clone(b.rows)
	if !ordered {
		slices.Sort(x)
		slices.Sort(y)
	}
	if d := difference(x, y); d != "" || o.affected != b.affected {
		return fmt.Sprintf("the result of %d or %d rows differs: %s", o.affected, b.affected, d)
	}
	if d := difference(o.own, b.own); d != "" {
		return "Acme's rows differ afterwards: " + d
	}
	return ""
}

func (o outcome) refusal() string {
	if o.failed == nil {
		return ""
	}
	return o.failed.Code + " " + o.failed.Message + " " + o.failed.Detail
}

// difference is the first place where two lists part, "" for equal ones.
func difference(a, b []string) string {
	at := func(list []string, i int) string {
		if i < len(list) {
			return fmt.Sprintf("%q", list[i])
		}
		return "nothing"
	}
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return at(a, i) + " or " + at(b, i)
		}
	}
	return ""
}

// labPair holds both states of a pair.
type labPair [2]*lab

func twoLabs(t *testing.T) labPair { return labPair{newLab(t, false), newLab(t, false)} }

func (p labPair) fill(t *testing.T, s [2]state) {
	t.Helper()
	for i, l := range p {
		l.fill(t, s[i])
	}
}

// run runs a statement on both sides at once.
func (p labPair) run(t *testing.T, st *statement, values [][]byte) (a, b outcome) {
	t.Helper()
	var errs [2]error
	var wg sync.WaitGroup
	wg.Go(func() { b, errs[1] = p[1].run(st, values) })
	a, errs[0] = p[0].run(st, values)
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		t.Fatal(err)
	}
	return a, b
}
