package verify_test

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/verify"
)

func TestMain(m *testing.M) { os.Exit(pgserver.Main(m)) }

// reader is an ordinary role that can log in and has been granted nothing.
const reader = "tenantgen_verify_reader"

// example is what the example's sqlc.yaml promises.
var example = sync.OnceValues(func() (verify.Options, error) {
	project, err := tenantgen.Load("../sqlc.yaml")
	if err != nil {
		return verify.Options{}, err
	}
	o, err := project.Promises()
	return remembering(o), err
})

// remembering compares each pair of expressions once: the damages of one database share
// all but one of them.
func remembering(o verify.Options) verify.Options {
	type pair struct {
		table      *catalog.Table
		want, have string
	}
	known, same := map[pair]bool{}, o.Same
	o.Same = func(db *catalog.Database, table *catalog.Table, want, have string) bool {
		k := pair{table, want, have}
		is, ok := known[k]
		if !ok {
			is = same(db, table, want, have)
			known[k] = is
		}
		return is
	}
	return o
}

func options(t *testing.T) verify.Options {
	t.Helper()
	o, err := example()
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// newExample returns a database that the example's migrations have made.
func newExample(t *testing.T) (databaseURL string) {
	t.Helper()
	databaseURL = pgserver.DatabaseForTest(t)
	dblab.Up(t, databaseURL, "", os.DirFS("../example/db/migrations"))
	connection(t, databaseURL, "DO $$ BEGIN CREATE ROLE "+reader+" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT "+reader+" TO CURRENT_USER",
		"REVOKE CREATE ON SCHEMA public FROM PUBLIC") // as it is since PostgreSQL 15
	return databaseURL
}

func connection(t *testing.T, databaseURL string, statements ...string) *pgx.Conn {
	t.Helper()
	conn := dblab.Connect(t, databaseURL, "")
	for _, s := range statements {
		run(t, conn, s)
	}
	return conn
}

// executor is a connection or a transaction.
type executor interface {
	Begin(context.Context) (pgx.Tx, error)
}

// run executes statements in a transaction of their own, or in a savepoint.
func run(t *testing.T, e executor, statements string) {
	t.Helper()
	tx, err := e.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Conn().Exec(t.Context(), statements); err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// damaged runs a test within a transaction that is rolled back: roles, which belong to
// the whole server, are as they were afterwards too.
func damaged(t *testing.T, conn *pgx.Conn, statements string, test func(pgx.Tx)) {
	t.Helper()
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(context.Background())
	run(t, tx, statements)
	test(tx)
}

// inspectAll looks at the database as the reader, and leaves the transaction as it was.
func inspectAll(t *testing.T, e executor, o verify.Options) *verify.Report {
	t.Helper()
	inner, err := e.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Rollback(context.Background())
	if _, err := inner.Exec(t.Context(), "SET LOCAL ROLE "+reader); err != nil {
		t.Fatal(err)
	}
	report, err := verify.Inspect(t.Context(), inner, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// inspect returns what is found besides what the example always has.
func inspect(t *testing.T, tx pgx.Tx, o verify.Options) []verify.Finding {
	t.Helper()
	return slices.DeleteFunc(inspectAll(t, tx, o).Findings, func(f verify.Finding) bool { return brief(f) == oracle })
}

// brief is a finding in one line.
func brief(f verify.Finding) string {
	text := f.Object + ": " + f.Rule.Name + ": " + f.Message
	if f.Severity != f.Rule.Severity {
		text += " (" + string(f.Severity) + ")"
	}
	return text
}

func briefs(list []verify.Finding) string {
	var lines []string
	for _, f := range list {
		lines = append(lines, brief(f)+" [is "+f.Is+"; promised "+f.Promised+"]")
	}
	return strings.Join(lines, "\n")
}

// oracle is what lint says of the example too: a verified domain is unique among all
// organizations on purpose.
const oracle = "table organization_domains: key-without-tenant: unique key (domain) of organization_domains omits the tenant, so a tenant can find out what others have"

// The undamaged example keeps every promise.
func TestExampleIsClean(t *testing.T) {
	conn := connection(t, newExample(t))
	report := inspectAll(t, conn, options(t))
	if !report.Clean() || len(report.Findings) != 1 || brief(report.Findings[0]) != oracle {
		t.Errorf("found:\n%s", briefs(report.Findings))
	}
	if report.User != reader || report.Tables != 27 || report.Policies != 52 || !slices.Equal(report.AppRoles, []string{"app_tenant"}) {
		t.Errorf("looked at %+v", report)
	}
}

// The first example of each rule is reported by this rule alone, its second one takes
// that back, and so do the statements of the finding.
func TestRules(t *testing.T) {
	conn := connection(t, newExample(t))
	for _, r := range verify.All {
		if r.Bad == "" {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			damaged(t, conn, r.Bad, func(tx pgx.Tx) {
				found := inspect(t, tx, options(t))
				if len(found) != 1 || found[0].Rule != r || found[0].Severity != r.Severity {
					t.Fatalf("found:\n%s", briefs(found))
				}
				f := found[0]
				if f.Object == "" || f.Message == "" || f.Is == "" || f.Promised == "" || f.Fix() == "" {
					t.Errorf("incomplete: %+v", f)
				}
				for _, repair := range [][]string{{r.Good}, f.SQL} {
					if strings.Join(repair, "") != "" {
						repaired(t, tx, repair)
					}
				}
			})
		})
	}
}

// repaired runs statements within a savepoint and expects nothing to be found then.
func repaired(t *testing.T, tx pgx.Tx, statements []string) {
	t.Helper()
	inner, err := tx.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Rollback(context.Background())
	for _, s := range statements {
		run(t, inner, s)
	}
	if found := inspect(t, inner, options(t)); len(found) > 0 {
		t.Errorf("after %s\nfound:\n%s", strings.Join(statements, "\n"), briefs(found))
	}
}

// A rule has one name and everything that its documentation prints.
func TestRuleDocs(t *testing.T) {
	var names []string
	for _, r := range verify.Rules() {
		if r == nil || r.Title == "" || r.Text == "" || r.Severity == "" {
			t.Fatalf("incomplete: %+v", r)
		}
		names = append(names, r.Name)
	}
	slices.Sort(names)
	if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
		t.Errorf("a name is used twice: %v", names)
	}
}
