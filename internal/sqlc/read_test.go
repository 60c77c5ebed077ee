package sqlc

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var (
	update   = flag.Bool("update", false, "rewrite the expected output in testdata")
	recorder = flag.String("sqlc", "", "record the output of this sqlc binary in testdata")
)

// TestRead reads packages that sqlc generated under various options.
func TestRead(t *testing.T) {
	archives(t, "testdata/*.txtar", func(t *testing.T, files map[string][]byte) string {
		pkg, err := Read(Select(files, "gen/sqlcgen"))
		if err != nil {
			t.Fatal(err)
		}
		return dump(pkg)
	})
}

// TestReadRefuses reads what must not be generated from.
func TestReadRefuses(t *testing.T) {
	archives(t, "testdata/refused/*.txtar", func(t *testing.T, files map[string][]byte) string {
		_, err := Read(Select(files, "gen/sqlcgen"))
		if err == nil {
			t.Fatal("accepted")
		}
		return err.Error() + "\n"
	})
}

// TestReadUnexpected alters generated code. None of it is known to happen; it is
// what a future sqlc might do, and what must not go by unseen.
func TestReadUnexpected(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"dropped argument", "getNote, arg.OrgID, arg.ID)", "getNote, arg.OrgID)", "query GetNote: field ID of GetNoteParams is not passed"},
		{"doubled argument", "getNote, arg.OrgID, arg.ID)", "getNote, arg.OrgID, arg.ID, arg.ID)", "has 2 parameters, but sqlc's code passes 3"},
		{"placeholder out of range", "WHERE org_id = $1 AND id = $2", "WHERE org_id = $1 AND id = $3", "has $3, but"},
		{"unknown field", "getNote, arg.OrgID, arg.ID)", "getNote, arg.OrgID, arg.XX)", "argument $2 is no field of GetNoteParams"},
		{"expression", "listNotes, orgID)", "listNotes, f(orgID))", "query ListNotes: argument $1 is no parameter"},
		{"statement of another query", "q.db.Query(ctx, listNotes,", "q.db.Query(ctx, listTitles,", "executes the statement of query ListTitles"},
		{"no constant", "q.db.Query(ctx, listNotes,", "q.db.Query(ctx, text,", "not a constant"},
		{"another call", "q.db.Query(ctx, listNotes,", "q.db.Exec(ctx, listNotes,", ":many is executed with Exec, expected Query"},
		{"no call", "q.db.Query(ctx, listNotes,", "q.db.Select(ctx, listNotes,", "found 0"},
		{"another database", "q.db.Query(ctx, listNotes,", "q.other.Query(ctx, listNotes,", "it calls Query on q.other, expected q.db"},
		{"other command", "-- name: ListNotes :many", "-- name: ListNotes :stream", ":stream is not supported yet"},
		{"no header", "-- name: ListNotes :many", "-- ListNotes :many", "constant listNotes does not begin with"},
		{"context", "ListNotes(ctx context.Context, ", "ListNotes(c context.Context, ", "first parameter is not ctx"},
		{"results", "ListNotes(ctx context.Context, orgID pgtype.UUID) ([]Note, error)", "ListNotes(ctx context.Context, orgID pgtype.UUID) error", ":many with 1 results"},
		{"unknown import", "orgID pgtype.UUID) ([]Note", "orgID other.UUID) ([]Note", `cannot tell which import is "other"`},
		{"syntax", "func (q *Queries) ListNotes", "func func", "notes.sql.go:"},
		{"package", "package sqlcgen", "package other", "package sqlcgen in db.go, but package other in notes.sql.go"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := readAltered(t, "testdata/plain.txtar", "gen/sqlcgen/notes.sql.go", test.old, test.new)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if _, err := Read(nil); err == nil {
		t.Error("no files were accepted")
	}
}

// TestReadMisused gives a parameter the name of something else that the method uses. sqlc refuses none of them.
func TestReadMisused(t *testing.T) {
	const old = "func (q *Queries) FindPlan(ctx context.Context, iD int64, name string) (int64, error) {\n\trow := q.db.QueryRow(ctx, findPlan, iD, name)\n"
	for _, test := range []struct{ param, result, want string }{
		{"int64", "", "a parameter called int64 hides"}, {"id", "", "a parameter called id hides"}, {"other", "", ""},
		{"id", "\terr := row.Scan(&id)\n\treturn id, err\n", ""},
	} {
		replaced := old
		if test.result != "" { // sqlc before 1.31
			replaced += "\tvar id int64\n\terr := row.Scan(&id)\n\treturn id, err\n"
		}
		altered := strings.ReplaceAll(old, "iD", test.param) + test.result
		err := readAltered(t, "testdata/limit4.txtar", "gen/sqlcgen/plans.sql.go", replaced, altered)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: got %v, want %q", test.param, err, test.want)
		}
	}
}

// readAltered reads what sqlc generated with one change to a file of it.
func readAltered(t *testing.T, archive, name, old, new string) error {
	t.Helper()
	a, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range a.Files {
		files[f.Name] = f.Data
	}
	before := string(files[name])
	files[name] = []byte(strings.Replace(before, old, new, 1))
	if before == string(files[name]) {
		t.Fatalf("%q does not occur", old)
	}
	_, err = Read(Select(files, "gen/sqlcgen"))
	return err
}

// archives runs a test for each archive and compares its result with the
// member "want".
func archives(t *testing.T, pattern string, run func(*testing.T, map[string][]byte) string) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives in %s: %v", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if *recorder != "" {
				record(t, a)
			}
			files := map[string][]byte{}
			want := ""
			for _, f := range a.Files {
				if files[f.Name] = f.Data; f.Name == "want" {
					want = string(f.Data)
				}
			}
			got := run(t, files)
			if *update || *recorder != "" {
				a.Files = append(without(a.Files, "want"), txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// record replaces the members below gen/ by what sqlc generates now.
func record(t *testing.T, a *txtar.Archive) {
	dir := t.TempDir()
	var doc map[string]any
	for _, f := range a.Files {
		if f.Name == "sqlc.json" {
			if err := json.Unmarshal(f.Data, &doc); err != nil {
				t.Fatal(err)
			}
		}
		if strings.HasSuffix(f.Name, ".sql") {
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := Run(context.Background(), Options{Dir: dir, Config: doc, Command: []string{*recorder}})
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	a.Files = without(a.Files, "gen/")
	for _, name := range names {
		a.Files = append(a.Files, txtar.File{Name: name, Data: files[name]})
	}
}

func without(files []txtar.File, prefix string) []txtar.File {
	var kept []txtar.File
	for _, f := range files {
		if !strings.HasPrefix(f.Name, prefix) {
			kept = append(kept, f)
		}
	}
	return kept
}

// dump writes a package in a form that is easy to compare by eye.
func dump(p *Package) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s tags=%q db=%v\n", p.Name, p.BuildTags, p.TakesDB)
	for _, e := range p.Enums {
		fmt.Fprintf(&b, "enum %s %v null=%s all=%s\n", e.Name, e.Consts, e.Null, e.All)
	}
	for _, m := range p.Models {
		fmt.Fprintf(&b, "model %s\n", dumpStruct(&m))
	}
	for _, q := range p.Queries {
		fmt.Fprintf(&b, "\nquery %s %s %s\n", q.Name, q.Cmd, q.File)
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(q.SQL, "\n", "\n  "))
		for _, c := range q.Comments {
			fmt.Fprintf(&b, "  //%s\n", c)
		}
		for _, param := range q.Params {
			fmt.Fprintf(&b, "  param %s %s\n", param.Name, dumpType(param.Type))
		}
		if q.ParamsStruct != nil {
			fmt.Fprintf(&b, "  struct %s pointer=%v\n", dumpStruct(q.ParamsStruct), q.ParamsPointer)
		}
		if q.Slice {
			fmt.Fprintf(&b, "  for each element; results=%q columns=%q\n", q.BatchResults, q.Columns)
		}
		for i, a := range q.Args {
			fmt.Fprintf(&b, "  $%d = %s %s\n", i+1, a, a.Type.Expr)
		}
		if q.Result != nil {
			fmt.Fprintf(&b, "  result %s\n", dumpType(*q.Result))
		}
		if q.Row != nil {
			fmt.Fprintf(&b, "  row %s\n", dumpStruct(q.Row))
		}
	}
	return b.String()
}

func dumpStruct(s *Struct) string {
	fields := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		fields[i] = strings.TrimSpace(f.Name + " " + dumpType(f.Type) + " " + f.Tag)
	}
	return s.Name + "{" + strings.Join(fields, "; ") + "}"
}

func dumpType(t Type) string {
	s := t.Expr
	for _, i := range t.Imports {
		s += fmt.Sprintf(" (%s %s)", i.Name, i.Path)
	}
	return s
}
