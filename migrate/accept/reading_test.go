package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	atlas "ariga.io/atlas/sql/migrate"
	"ariga.io/atlas/sql/postgres"
	"github.com/golang-migrate/migrate/v4/source"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	tern "github.com/jackc/tern/v2/migrate"
	"github.com/tenantgen/tenantgen/internal/migrations"
)

// ran is a file as a tool runs it.
type ran struct{ name, text string }

// library reads a directory as the tool's own code does. split says that what it returns
// is cut into statements, without the comments between them.
type library struct {
	format string
	names  []string
	begin  string
	read   func(t *testing.T, files map[string]string) ([]ran, error)
	split  bool
}

var libraries = []library{
	{"golang-migrate", []string{"1_a.up.sql", "1_a.down.sql", "0001_a.up.sql", "2_b.up.sql", "9_c.up.sql", "10_d.up.sql", "000010_d.up.sql", "3_x.up.psql", "3_x.down.psql", "4_y.up.sql.bak", "5_z.up.",
		"6_up.sql", "7.up.sql", "8_x.UP.sql", "+9_a.up.sql", "1_a.up.down.sql", "1_a.down.up.sql", "notes.sql", "20240102030405_t.up.sql", "18446744073709551616_big.up.sql", ".1_a.up.sql", "00_zero.up.sql", "_1_a.up.sql"}, "", readGolangMigrate, false},
	{"dbmate", []string{"1_a.sql", "2_b.sql", "9_c.sql", "10_d.sql", "20240101_x.sql", "3.sql", "4-y.sql", "5_x.down.sql", "5x.sql", "notes.sql", "_6.sql", ".7_x.sql", "8_x.SQL", "8_x.sql.bak"}, "-- migrate:up", readDbmate, false},
	{"tern", []string{"1_a.sql", "1_a.sql", "001_a.sql", "2_b.sql", "2_b.sql", "002_b.down.sql", "3_c.sql", "4_d.sql", "0_zero.sql", "1_.sql", "notes.sql", "2b.sql", "10_x.sql", "+3_x.sql", "99999999999_x.sql"}, "", readTern, false},
	{"atlas", []string{"1_a.sql", "2_b.sql", "9_c.sql", "10_d.sql", "notes.sql", "x.down.sql", ".hidden.sql", "4_x.txt", "5_x.SQL", "A.sql", "a.sql"}, "", readAtlas, true},
}

// lines are what random files are made of.
var lines = []string{
	"-- migrate:up", "--migrate:up transaction:false", "-- migrate:down", "--migrate:down", "--  migrate:down x", "-- migrate:downhill", "--\nmigrate:down", "-- MIGRATE:DOWN", " -- migrate:down", "-- migrate:up",
	"---- create above / drop below ----", "---- create above / drop below ----x", "SELECT 1; ---- create above / drop below ----", "---- CREATE above / drop below ----", "---- tern: disable-tx ----",
	"-- +goose Up", "-- +goose Down", "--+goose Down", "-- atlas:txmode none", "-- atlas:delimiter \\n\\n", "-- atlas:checkpoint", "-- atlas:nolint destructive", "-- atlas:import x.sql",
	"SELECT 1;", "SELECT 2; SELECT 3;", "SELECT 4", ";", "SELECT 'a;", "b';", "SELECT '", "\"a;\"", "\"", "SELECT $$ a;", "$$;", "SELECT $x$ a; $x$;", "SELECT E'\\'';", "SELECT E'\\\\';", "SELECT '\\';", "a$b$c", "SELECT `", "`;",
	"/* one */", "/* /* two */ SELECT 5; -- */", "/*", "*/", "-- a; b", "-- it's", "-- \"", "-- a\rSELECT 6;", "-- c \\", "", "  ", "\ufeff", "\u00a0", "{{", "}}", "{{\"{{\"}}", "{{ `x` }}", "{{ .x }}", "{{- \"y\" -}}", "{{/* c */}}",
	"BEGIN;", "COMMIT;", "BEGIN ATOMIC SELECT 1; END;", "CASE WHEN true THEN 1 END;", "(", ")", "DELIMITER //", "delimiter text;", "//", "\\restrict k", "date'a\\';", "\ufffd", "SELECT 7;", "U&\"a\"", "# x",
}

func draw(r *rand.Rand, begin string) string {
	end := []string{"\n", "\n", "\n", "\r\n"}[r.IntN(4)]
	var b strings.Builder
	if begin != "" && r.IntN(5) > 0 {
		b.WriteString(begin + end)
	}
	for range r.IntN(6) {
		b.WriteString(lines[r.IntN(len(lines))] + end)
	}
	fmt.Fprintf(&b, "SELECT %d;%s", 100+r.IntN(900), end)
	if begin != "" && r.IntN(3) > 0 {
		b.WriteString("-- migrate:down" + end)
	}
	if r.IntN(3) == 0 {
		b.WriteString(lines[r.IntN(len(lines))])
	}
	return b.String()
}

// On random directories, what tenantgen reads is what each tool's own code reads: the same
// files in the same order with the same text; and what the tool refuses is a problem.
func TestReadsAsTheTools(t *testing.T) {
	for i, l := range libraries {
		t.Run(l.format, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, uint64(i)))
			same, files, refused, stricter := 0, 0, 0, map[string]int{}
			for range 10000 {
				dir := map[string]string{}
				for range 1 + r.IntN(3) {
					dir[l.names[r.IntN(len(l.names))]] = draw(r, l.begin)
				}
				want, err := l.read(t, dir)
				got, problems := ours(t, l.format, dir)
				switch {
				case err != nil && len(problems) == 0:
					t.Fatalf("it refuses this: %v\n%q", err, dir)
				case err != nil:
					refused++
				case len(problems) > 0:
					stricter[problems[0].Msg]++
				default:
					compare(t, l, dir, got, want)
					same++
					files += len(want)
				}
			}
			t.Logf("%d directories with %d files read the same, %d refused by both", same, files, refused)
			for why, n := range stricter {
				t.Logf("%d refused by us alone: %s", n, why)
			}
			if same < 1000 {
				t.Errorf("only %d directories", same)
			}
		})
	}
}

func compare(t *testing.T, l library, dir map[string]string, got, want []ran) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%q\ngot  %q\nwant %q", dir, got, want)
	}
	for i := range got {
		g, w := strings.Fields(got[i].text), strings.Fields(want[i].text)
		if l.split {
			g, w = migrations.Code(got[i].text), migrations.Code(want[i].text)
		}
		if got[i].name != want[i].name || !slices.Equal(g, w) {
			t.Fatalf("%q\ngot  %q %q\nwant %q %q", dir, got[i].name, g, want[i].name, w)
		}
	}
}

func ours(t *testing.T, format string, dir map[string]string) ([]ran, []migrations.Problem) {
	t.Helper()
	var names []string
	for name := range dir {
		names = append(names, name)
	}
	files, problems, err := migrations.Read(format, names, func(name string) (string, error) { return dir[name], nil })
	if err != nil {
		t.Fatal(err)
	}
	var list []ran
	for _, f := range files {
		list = append(list, ran{f.Name, f.Text})
	}
	// That a file is run by nobody is no concern of the tool's.
	problems = slices.DeleteFunc(problems, func(p migrations.Problem) bool { return strings.HasSuffix(p.Msg, "runs no file of this name") })
	return list, problems
}

func fileSystem(dir map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range dir {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func readGolangMigrate(_ *testing.T, dir map[string]string) ([]ran, error) {
	d, err := iofs.New(fileSystem(dir), ".")
	if err != nil {
		return nil, err
	}
	var list []ran
	for v, err := d.First(); ; v, err = d.Next(v) {
		if errors.Is(err, fs.ErrNotExist) {
			return list, nil
		}
		body, id, err := d.ReadUp(v)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it goes down only: nothing is run
		}
		if err != nil {
			return nil, err
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		list = append(list, ran{nameOf(dir, v, id), string(text)})
	}
}

// nameOf finds the file by what golang-migrate tells of it.
func nameOf(dir map[string]string, version uint, id string) string {
	for name := range dir {
		m, err := source.Parse(name)
		if err == nil && m.Version == version && m.Identifier == id && m.Direction == source.Up {
			return name
		}
	}
	return ""
}

func readTern(t *testing.T, dir map[string]string) (list []ran, err error) {
	defer func() {
		if r := recover(); r != nil { // by a migration with the number 0
			err = fmt.Errorf("tern: %v", r)
		}
	}()
	m, err := tern.NewMigrator(t.Context(), nil, "v")
	if err != nil {
		return nil, err
	}
	err = m.LoadMigrations(fileSystem(dir))
	if _, none := errors.AsType[tern.NoMigrationsFoundError](err); none {
		return nil, nil
	}
	for _, f := range m.Migrations {
		list = append(list, ran{f.Name, f.UpSQL})
	}
	return list, err
}

func readAtlas(_ *testing.T, dir map[string]string) ([]ran, error) {
	d := &atlas.MemDir{} // which finds files as LocalDir does
	for name, text := range dir {
		if err := d.WriteFile(name, []byte(text)); err != nil {
			return nil, err
		}
	}
	found, err := d.Files()
	if err != nil {
		return nil, err
	}
	var list []ran
	for _, f := range found {
		statements, err := new(postgres.Driver).ScanStmts(string(f.Bytes()))
		if err != nil {
			return nil, err
		}
		var texts []string
		for _, s := range statements {
			texts = append(texts, s.Text)
		}
		list = append(list, ran{f.Name(), strings.Join(texts, "\n")})
	}
	return list, nil
}
