package analyzer_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
	"golang.org/x/tools/txtar"
)

// What against-restrict reports never works under the policies that generate writes, for
// a role that is subject to them: the statement fails, or finds no row of the table. What
// is declared cross-tenant instead works for a role with BYPASSRLS.
func TestAgainstRestrictOnServer(t *testing.T) {
	pgserver.Long(t)
	text, err := os.ReadFile(filepath.Join("testdata", "cases", "restrict.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	c := newCase(t, "restrict", txtar.Parse(text))
	id, admin := strings.ToLower(rand.Text()[:8]), pgserver.ForTest(t).URL("postgres")
	bound, free := "bound_"+id, "free_"+id
	t.Cleanup(func() { dblab.Once(t, admin, "DROP ROLE IF EXISTS "+bound+", "+free) }) // after the database
	l := newLab(t, c)
	l.exec(t, c.schema)
	l.exec(t, "CREATE ROLE "+bound+"; CREATE ROLE "+free+" BYPASSRLS")
	l.exec(t, l.policies(t))
	l.exec(t, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+bound+", "+free)
	refused, found := 0, 0
	for seed := range uint64(6) {
		l.fill(t, seed, 0)
		for _, r := range c.analysis().File("queries.sql", c.queries) {
			switch {
			case r.Verdict == analyzer.Rejected:
				if l.asRole(t, bound, r) {
					refused++
				}
			case r.Verdict == analyzer.CrossTenant:
				if n := l.rowsAs(t, free, r); n > 0 {
					found++
				}
			}
		}
	}
	if refused < 20 || found < 4 {
		t.Errorf("%d refused by a policy, %d declared ones with a row: too few to tell anything", refused, found)
	}
}

// policies are those that generate writes for the tables with restrict.
func (l *lab) policies(t *testing.T) string {
	t.Helper()
	want := migrate.Wanted{Source: migrate.Source{Setting: "app.org_id"}}
	for _, table := range l.db.Tables {
		if o := l.own.Of(table); o.Restrict != "" {
			want.Targets = append(want.Targets, migrate.Target{Table: table, Column: "org_id", Restrict: o.Restrict, Names: []string{"org_id"}, Why: "test"})
		}
	}
	steps, err := migrate.Plan(l.db, want)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range steps {
		all = append(all, s.SQL...)
	}
	return strings.Join(all, "\n")
}

// asRole runs a query that cannot work and reports whether a policy said so.
func (l *lab) asRole(t *testing.T, role string, r *analyzer.Result) bool {
	t.Helper()
	results, err := l.runAs(t, role, r)
	if err != nil {
		pg, ok := err.(*pgconn.PgError)
		if !ok || pg.Code != "42501" || !strings.Contains(pg.Message, "row-level security") {
			t.Errorf("%s: %v", r.Name, err)
		}
		return ok
	}
	for _, row := range results.Rows {
		if last := row[len(row)-1]; last != nil && !strings.Contains(r.Text, "LEFT JOIN") || len(row) > 1 && last != nil {
			t.Errorf("%s: finds a row: %q", r.Name, row)
		}
	}
	if len(results.Rows) == 0 && results.CommandTag.RowsAffected() > 0 {
		t.Errorf("%s: %s", r.Name, results.CommandTag)
	}
	return false
}

func (l *lab) rowsAs(t *testing.T, role string, r *analyzer.Result) int64 {
	t.Helper()
	results, err := l.runAs(t, role, r)
	if err != nil {
		t.Errorf("%s: %v", r.Name, err)
		return 0
	}
	return results.CommandTag.RowsAffected()
}

// runAs runs a query for tenant 1 and takes back what it does.
func (l *lab) runAs(t *testing.T, role string, r *analyzer.Result) (*pgconn.Result, error) {
	t.Helper()
	l.exec(t, "BEGIN; SET LOCAL ROLE "+role+"; SET LOCAL app.org_id = '1'")
	defer l.exec(t, "ROLLBACK")
	var values [][]byte
	for i, v := range []string{"1", "2026-01-01", "2027-01-01"} {
		if strings.Contains(r.Text, "$"+strconv.Itoa(i+1)) {
			values = append(values, []byte(v))
		}
	}
	res := l.conn.ExecParams(t.Context(), r.Text, values, nil, nil, nil).Read()
	if strings.Contains(r.Text, "ON CONFLICT") && res.Err == nil { // once more, so that there is a conflict
		res = l.conn.ExecParams(t.Context(), r.Text, values, nil, nil, nil).Read()
	}
	return res, res.Err
}
