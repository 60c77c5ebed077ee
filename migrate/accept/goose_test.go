package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/tenantgen/tenantgen/internal/migrations"
)

// recorder is a database that keeps what goose sends it.
type recorder struct{ sent []string }

func (r *recorder) Connect(context.Context) (driver.Conn, error) { return r, nil }
func (r *recorder) Driver() driver.Driver                        { return nil }
func (r *recorder) Prepare(string) (driver.Stmt, error)          { return nil, errors.New("not used") }
func (r *recorder) Close() error                                 { return nil }
func (r *recorder) Begin() (driver.Tx, error)                    { return r, nil }
func (r *recorder) Commit() error                                { return nil }
func (r *recorder) Rollback() error                              { return nil }

func (r *recorder) ExecContext(_ context.Context, query string, _ []driver.NamedValue) (driver.Result, error) {
	r.sent = append(r.sent, query)
	return driver.RowsAffected(0), nil
}

// versions is goose's table, empty at first.
type versions map[int64]bool

func (versions) Tablename() string                                                  { return "versions" }
func (versions) CreateVersionTable(context.Context, database.DBTxConn) error        { return nil }
func (v versions) Delete(context.Context, database.DBTxConn, int64) error           { return nil }
func (versions) GetLatestVersion(context.Context, database.DBTxConn) (int64, error) { return 0, nil }

func (v versions) Insert(_ context.Context, _ database.DBTxConn, r database.InsertRequest) error {
	v[r.Version] = true
	return nil
}

func (v versions) GetMigration(_ context.Context, _ database.DBTxConn, n int64) (*database.GetMigrationResult, error) {
	if !v[n] {
		return nil, database.ErrVersionNotFound
	}
	return &database.GetMigrationResult{IsApplied: true}, nil
}

func (v versions) ListMigrations(context.Context, database.DBTxConn) ([]*database.ListMigrationsResult, error) {
	var list []*database.ListMigrationsResult
	for n := range v {
		list = append(list, &database.ListMigrationsResult{Version: n, IsApplied: true})
	}
	return list, nil
}

// runGoose returns what goose sends to the server for a directory.
func runGoose(files map[string]string) (string, error) {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	r := &recorder{}
	p, err := goose.NewProvider("", sql.OpenDB(r), fsys, goose.WithStore(versions{0: true}), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if errors.Is(err, goose.ErrNoMigrations) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	_, err = p.Up(context.Background())
	return strings.Join(r.sent, "\n"), err
}

// readAll returns our reading of a directory.
func readAll(t *testing.T, format string, files map[string]string) (string, []migrations.Problem) {
	t.Helper()
	var names []string
	for name := range files {
		names = append(names, name)
	}
	read, problems, err := migrations.Read(format, names, func(name string) (string, error) { return files[name], nil })
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range read {
		all = append(all, f.Text)
	}
	return strings.Join(all, "\n"), problems
}

func tokensOf(text string) string { return strings.Join(migrations.Code(text), "\x00") }

// gooseLines are what random migrations are made of.
var gooseLines = []string{
	"-- +goose Up", "-- +goose Up", "-- +goose Up", "--+goose Up", "-- +goose up ", "--  +goose  Up", "-- Up +goose", "\ufeff-- +goose Up",
	"-- +goose Down", "--+goose Down", "-- +goose  Down", "--  +goose Down", "-- +GOOSE Down", "-- +goose down", " -- +goose Down", "\v-- +goose Down", "\u00a0-- +goose Down", "-- D--own +goose", "---- +goose Down",
	"-- +goose StatementBegin", "-- +goose StatementEnd", "-- +goose statementbegin", "--+goose STATEMENTEND", "-- +goose NO TRANSACTION", "-- +goose ENVSUB ON", "-- +goose ENVSUB OFF", "-- +goose", "-- +goose Sideways", "-- x +goose Down",
	"-- a comment", "-- a\rSELECT 'hidden';", "  -- indented", "", "  ", "\u00a0-- odd", "/* one", "*/", "/* a; */ SELECT 3;", "-- migrate:down", "---- create above / drop below ----",
	"SELECT 1;", "SELECT 1", ";", "SELECT 2; -- why", "SELECT 2 --;", "SELECT '", "';", "SELECT $$", "$$;", "SELECT $x$ a; $x$;", "SELECT 'a;", "b';", "CREATE FUNCTION f() AS $$ BEGIN;", "END $$ LANGUAGE plpgsql;",
	`\restrict k`, "SELECT 'a''b'; SELECT 4;", "SELECT 5;\t--;", "SELECT \"a;\"", "SELECT ${HOME};",
}

var gooseNames = []string{"1_a.sql", "00001_a.sql", "2_b.sql", "0002_b.sql", "9_c.sql", "10_d.sql", "99_e.sql", "100_f.sql", "3_x.down.sql", "20240101000000_t.sql", "+7_plus.sql", "-7_minus.sql", "0_zero.sql", "4.sql", "5-x.sql",
	"rls_policies.sql", "6_.sql", ".8_hidden.sql", "11_g.SQL", "12_h.up.sql", "13_i_test.go", "14_j.txt", "_15.sql", "16 _k.sql", "9223372036854775808_l.sql"}

// drawLines returns the text of a file, mostly one that begins as it should.
func drawLines(r *rand.Rand, lines []string, begin string) string {
	end := []string{"\n", "\n", "\n", "\r\n"}[r.IntN(4)]
	var b strings.Builder
	if r.IntN(4) > 0 {
		b.WriteString(begin + end)
	}
	for range 1 + r.IntN(7) {
		b.WriteString(lines[r.IntN(len(lines))] + end)
	}
	if r.IntN(3) > 0 {
		b.WriteString("SELECT " + strconv.Itoa(r.IntN(1000)) + ";" + end)
	}
	if r.IntN(8) == 0 {
		return strings.TrimSuffix(b.String(), end)
	}
	return b.String()
}

// unrun is a problem that is none to goose's Provider, which is what runs here: the
// command goose refuses the directory.
func unrun(p migrations.Problem) bool { return strings.HasSuffix(p.Msg, "runs no file of this name") }

// On random directories, what we read is what goose v3 sends to the server: the same
// files in the same order with the same statements; and what goose refuses is a problem.
func TestReadsAsGoose(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	same, refused, stricter := 0, 0, map[string]int{}
	for range 15000 {
		files := map[string]string{}
		for range 1 + r.IntN(3) {
			files[gooseNames[r.IntN(len(gooseNames))]] = drawLines(r, gooseLines, "-- +goose Up")
		}
		want, err := runGoose(files)
		got, problems := readAll(t, "goose", files)
		problems = slices.DeleteFunc(problems, unrun)
		switch {
		case err != nil && len(problems) == 0:
			t.Fatalf("goose refuses it: %v\n%q\n%q", err, files, got)
		case err != nil:
			refused++
		case len(problems) > 0:
			stricter[problems[0].Msg]++
		case tokensOf(got) != tokensOf(want):
			t.Fatalf("%q\ngot  %q\nwant %q", files, tokensOf(got), tokensOf(want))
		default:
			same++
		}
	}
	t.Logf("%d directories read the same, %d refused by both", same, refused)
	for why, n := range stricter {
		t.Logf("%d refused by us alone: %s", n, why)
	}
	if same < 2000 {
		t.Errorf("only %d directories", same)
	}
}
