// Package dblab is what the worlds of several packages' tests do alike with a database: sessions
// of roles, statements that have to succeed, migrations applied as their tool does, and rows
// as a text to compare. It is for tests only.
package dblab

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tenantgen/tenantgen/internal/applied"
)

// Connect opens a session in which a role is in force, or for "" who the URL names. It ends
// with the test.
func Connect(t testing.TB, databaseURL, role string) *pgx.Conn {
	t.Helper()
	conn, err := session(t.Context(), databaseURL, role)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func session(ctx context.Context, databaseURL, role string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return nil, err
	}
	if role != "" {
		cfg.RuntimeParams["role"] = role
	}
	return pgx.ConnectConfig(ctx, cfg)
}

// Exec runs texts of statements that have to succeed, each text as one transaction.
func Exec(t testing.TB, conn *pgx.Conn, texts ...string) {
	t.Helper()
	for _, sql := range texts {
		if _, err := conn.PgConn().Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// Once runs texts in a session of their own, also when the test is over.
func Once(t testing.TB, databaseURL string, texts ...string) {
	t.Helper()
	conn, err := session(context.Background(), databaseURL, "")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range texts {
		if _, err := conn.Exec(context.Background(), sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// Migrations hands a directory of migrations, in a session of a role's, to what is to be done
// with them.
func Migrations(t testing.TB, databaseURL, role string, files fs.FS, run func(*applied.Directory) error) {
	t.Helper()
	conn, err := session(t.Context(), databaseURL, role)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	dir, err := applied.Open(conn, files)
	if err == nil {
		err = run(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Up brings a database up to a directory of migrations, as a role.
func Up(t testing.TB, databaseURL, role string, files fs.FS) {
	t.Helper()
	Migrations(t, databaseURL, role, files, func(d *applied.Directory) error { return d.Up(t.Context()) })
}

// Rows are the lines of a result, as text and sorted.
func Rows(rows [][][]byte) string {
	var lines []string
	for _, row := range rows {
		var cells []string
		for _, v := range row {
			if v == nil {
				v = []byte("NULL")
			}
			cells = append(cells, string(v))
		}
		lines = append(lines, strings.Join(cells, ", ")+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
