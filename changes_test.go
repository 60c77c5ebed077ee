package tenantgen

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/tools/txtar"

	"github.com/tenantgen/tenantgen/internal/applied"
	"github.com/tenantgen/tenantgen/internal/dblab"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"github.com/tenantgen/tenantgen/migrate"
)

const (
	tenChanges = "testdata/ten_changes.txtar"
	// The documentation shows the changes between these two lines.
	changesDoc   = "docs/migrations.md"
	changesBegin = "<!-- what follows is written by go test -run TestTenChanges . -update -->\n"
	changesEnd   = "<!-- end -->\n"
)

// step is one change of the schema.
type step struct {
	number, title, text      string
	migrationName, migration string // the application's own, if it has one
	settings                 string // "" when they stay as they are
	data, checks             string
	wantedName, wanted       string // "" when nothing is missing
}

// tenants are those that the checks speak of.
var tenants = map[string]string{"A": "aaaaaaaa-0000-0000-0000-000000000000", "B": "bbbbbbbb-0000-0000-0000-000000000000", "nobody": ""}

// An application's schema changes ten times: what generate writes each time is
// applied to a server and isolates, and all of it can be undone and done again.
func TestTenChanges(t *testing.T) {
	steps := readSteps(t)
	doc, err := os.ReadFile(changesDoc)
	if err != nil {
		t.Fatal(err)
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	l := newLine(t)
	for i := range steps {
		s := &steps[i]
		l.apply(s)
		name, text := l.generate(s)
		if !*update && (name != s.wantedName || text != s.wanted) {
			t.Errorf("%s: got %s\n%s\nwant %s\n%s", s.title, name, text, s.wantedName, s.wanted)
		}
		s.wantedName, s.wanted = name, text
		l.migrate()
		l.exec(s.data)
		l.check(s)
	}
	l.again(steps[len(steps)-1])
	t.Chdir(root)
	page := replaceSection(t, doc, describe(steps))
	if *update {
		write(t, tenChanges, txtar.Format(archive(t, steps)))
		write(t, changesDoc, page)
	} else if !bytes.Equal(page, doc) {
		t.Errorf("%s does not show the changes: run go test -run TestTenChanges . -update", changesDoc)
	}
}

func readSteps(t *testing.T) []step {
	t.Helper()
	a, err := txtar.ParseFile(tenChanges)
	if err != nil {
		t.Fatal(err)
	}
	var steps []step
	for _, f := range a.Files {
		number, name, _ := strings.Cut(f.Name, "/")
		if len(steps) == 0 || steps[len(steps)-1].number != number {
			steps = append(steps, step{number: number})
		}
		s := &steps[len(steps)-1]
		switch {
		case name == "about.md":
			s.title, s.text, _ = strings.Cut(string(f.Data), "\n\n")
		case name == "settings.yaml":
			s.settings = string(f.Data)
		case name == "data.sql":
			s.data = string(f.Data)
		case name == "checks.txt":
			s.checks = string(f.Data)
		case strings.HasPrefix(name, "want/"):
			s.wantedName, s.wanted = strings.TrimPrefix(name, "want/"), string(f.Data)
		case strings.HasSuffix(name, ".sql"):
			s.migrationName, s.migration = name, string(f.Data)
		default:
			t.Fatalf("unexpected member %s", f.Name)
		}
	}
	return steps
}

// line is the application as it goes along, and its database.
type line struct {
	*application
	url      string
	admin    *pgx.Conn
	settings string
	format   migrate.Format
}

func newLine(t *testing.T) *line {
	t.Helper()
	l := &line{application: newApplication(t), format: migrate.Goose}
	l.widening = true
	server := pgserver.ForTest(t).URL("postgres")
	dropRoles := func() {
		dblab.Once(t, server, "DROP ROLE IF EXISTS changes_app; DROP ROLE IF EXISTS changes_app2")
	}
	t.Cleanup(dropRoles) // when the database is gone
	l.url = pgserver.DatabaseForTest(t)
	l.admin = l.connect()
	return l
}

func (l *line) connect() *pgx.Conn {
	l.t.Helper()
	return dblab.Connect(l.t, l.url, "")
}

func (l *line) exec(sql string) {
	l.t.Helper()
	dblab.Exec(l.t, l.admin, sql)
}

// apply takes over a step's own migration and settings.
func (l *line) apply(s *step) {
	l.t.Helper()
	if s.migrationName != "" {
		l.own(s.migrationName, s.migration)
	}
	if s.settings != "" {
		l.settings = s.settings
	}
	l.write("q/q.sql", "-- none, so that the role gets all verbs\n")
	l.write("sqlc.yaml", l.settingsFile())
}

// generate returns the migration that comes next, and makes sure that none comes after it.
func (l *line) generate(s *step) (name, text string) {
	l.t.Helper()
	files, err := l.next()
	if err != nil {
		l.t.Fatalf("%s: %v", s.title, err)
	}
	if len(files) > 2 || len(files) == 2 && l.format == migrate.Goose {
		l.t.Fatalf("%s: %d files", s.title, len(files))
	}
	if again, err := l.next(); err != nil || len(again) > 0 {
		l.t.Fatalf("%s: generated again: %v, %v", s.title, again, err)
	}
	if len(files) == 0 {
		return "", ""
	}
	return path.Base(files[0].Path), string(files[0].Text)
}

// migrations hands the migrations, in a session of their own, to what is to be done with them.
func (l *line) migrations(run func(*applied.Directory) error) {
	l.t.Helper()
	dblab.Migrations(l.t, l.url, "", os.DirFS(filepath.Join(l.dir, "m")), run)
}

func (l *line) migrate() {
	l.t.Helper()
	l.migrations(func(d *applied.Directory) error { return d.Up(l.t.Context()) })
}

// again adds rows for the checks of the last step.
const again = `INSERT INTO organizations VALUES ('aaaaaaaa-0000-0000-0000-000000000000', 'Acme'), ('bbbbbbbb-0000-0000-0000-000000000000', 'Globex');
	INSERT INTO content.pages SELECT id, row_number() OVER (ORDER BY name), '' FROM organizations`

// again undoes everything, does it again and checks that the last step still isolates.
func (l *line) again(last step) {
	l.t.Helper()
	l.migrations(func(d *applied.Directory) error { return d.Reset(l.t.Context()) })
	var left int
	if err := l.admin.QueryRow(l.t.Context(), "SELECT (SELECT count(*) FROM pg_policy) + (SELECT count(*) FROM pg_class WHERE relrowsecurity)").Scan(&left); err != nil || left > 0 {
		l.t.Errorf("undoing everything leaves %d policies and protected tables: %v", left, err)
	}
	l.migrate()
	l.exec(again)
	l.check(&last)
}

// check runs what a step says that the application's role sees: "tenant: query =>
// rows", or refused.
func (l *line) check(s *step) {
	l.t.Helper()
	role, setting := word(l.settings, "app_role: "), word(l.settings, "setting: ")
	n := 0
	for c := range strings.Lines(s.checks) {
		who, rest, _ := strings.Cut(strings.TrimSpace(c), ": ")
		query, want, ok := strings.Cut(rest, " =>")
		tenant, known := tenants[who]
		if !ok || !known {
			l.t.Fatalf("%s: cannot read the check %s", s.title, c)
		}
		conn := l.connect()
		if _, err := conn.Exec(l.t.Context(), fmt.Sprintf("SET ROLE %s; SET %s = '%s'", role, setting, tenant)); err != nil {
			l.t.Fatal(err)
		}
		if got := answer(l.t, conn, query); got != strings.TrimSpace(want) {
			l.t.Errorf("%s: %s: %s: got %q, want %q", s.title, who, query, got, strings.TrimSpace(want))
		}
		n++
	}
	if n == 0 {
		l.t.Errorf("%s: nothing is checked", s.title)
	}
}

// answer returns the rows of one column, or that PostgreSQL refuses.
func answer(t *testing.T, conn *pgx.Conn, query string) string {
	t.Helper()
	rows, err := conn.PgConn().Exec(t.Context(), query).ReadAll()
	if pg, ok := err.(*pgconn.PgError); ok && pg.Code == "42501" {
		return "refused"
	}
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var got []string
	for _, r := range rows[0].Rows {
		got = append(got, string(r[0]))
	}
	return strings.Join(got, " ")
}

// word returns what follows a key of the settings.
func word(settings, key string) string {
	_, rest, _ := strings.Cut(settings, key)
	return rest[:strings.IndexAny(rest, "}\n")]
}

func archive(t *testing.T, steps []step) *txtar.Archive {
	t.Helper()
	a, err := txtar.ParseFile(tenChanges)
	if err != nil {
		t.Fatal(err)
	}
	a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return strings.Contains(f.Name, "/want/") })
	for _, s := range steps {
		if s.wantedName == "" {
			continue
		}
		last := 0
		for i, f := range a.Files {
			if strings.HasPrefix(f.Name, s.number+"/") {
				last = i
			}
		}
		a.Files = slices.Insert(a.Files, last+1, txtar.File{Name: s.number + "/want/" + s.wantedName, Data: []byte(s.wanted)})
	}
	return a
}

// describe shows the steps as Markdown.
func describe(steps []step) string {
	var b strings.Builder
	before := ""
	for _, s := range steps {
		fmt.Fprintf(&b, "\n### %s. %s\n\n%s", strings.TrimPrefix(s.number, "0"), s.title, s.text)
		if s.migrationName != "" {
			up, _, _ := strings.Cut(strings.TrimPrefix(s.migration, "-- +goose Up\n"), "\n-- +goose Down")
			fmt.Fprintf(&b, "\n```sql\n-- %s\n%s\n```\n", s.migrationName, strings.TrimSpace(up))
		}
		if s.settings != "" && s.settings != before {
			fmt.Fprintf(&b, "\n```yaml\n%s```\n", s.settings)
			before = s.settings
		}
		if s.wantedName == "" {
			io.WriteString(&b, "\n`generate` writes no migration.\n")
			continue
		}
		fmt.Fprintf(&b, "\n`generate` writes `%s`:\n\n```sql\n%s```\n", s.wantedName, s.wanted)
	}
	return b.String()
}

func replaceSection(t *testing.T, doc []byte, section string) []byte {
	t.Helper()
	head, rest, ok := strings.Cut(string(doc), changesBegin)
	_, tail, ok2 := strings.Cut(rest, changesEnd)
	if !ok || !ok2 {
		t.Fatalf("%s has no section for the changes", changesDoc)
	}
	return []byte(head + changesBegin + section + "\n" + changesEnd + tail)
}
