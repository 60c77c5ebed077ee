package migrate_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tenantgen/tenantgen/migrate"
)

// The checksums in these tests are those that Atlas itself computed (Checksum of
// migrate.LocalDir and sqltool.GolangMigrateDir, ariga.io/atlas v0.32.1).

func directory(files ...string) fstest.MapFS {
	dir := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		dir[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return dir
}

const (
	atlasNotes   = "CREATE TABLE notes (id int);\n"
	atlasIgnored = "-- atlas:sum ignore\n\nCREATE TABLE a (id int);\n"
	atlasSums    = `h1:fANOGaUe5MgBvvL58aMVHbGm7VjLsiHcV9Mj6j6Tf6g=
20260101000000_notes.sql h1:EsJdNdiFTrJe21Z2V+F+l18RQcjJ/3Q5eSx2sHnZD4M=
20260103000000_b.sql h1:Gx9LKyNH7Rgz08KonSHc2jWbnHjS86/LwMgZ/zGPt9c=
`
	pairSums = `h1:5YBy282waplV3VA8CbJuB8BOy7hpxHZus1av1seAIVs=
1_b.down.sql h1:dauHIF0Ho9Oe5XtG+Ep9gWeB++aDlWGbXfnz/H1d/Nw=
1_b.up.sql h1:0MHU40TZhO6HA9yCBTVu+iL98rYf5e+fXTeWfZd1Mog=
`
	upSums = `h1:1gMg6aVukFQ4Rr7/4RnypkWF6irtfeuL76zlpwhh3AM=
1_b.up.sql h1:m5MS9hcfgJBu6U4TF2JqAgKn+rWzSQaoWN2iFfjFNPY=
`
)

// What Atlas has signed is recognised, and nothing changes when nothing is added.
func TestSumIsThatOfAtlas(t *testing.T) {
	pair := []string{"1_b.up.sql", "CREATE TABLE b (id int);\n", "1_b.down.sql", "DROP TABLE b;\n", "atlas.sum"}
	for _, c := range []struct {
		dir fstest.MapFS
		sum string
	}{
		{directory("20260101000000_notes.sql", atlasNotes, "20260102000000_a.sql", atlasIgnored,
			"20260103000000_b.sql", "CREATE TABLE b (id int);\r\n", "README.md", "x", "atlas.sum", atlasSums), atlasSums},
		{directory(append(pair, pairSums)...), pairSums},
		{directory(append(pair, upSums)...), upSums},
	} {
		sum, old, err := migrate.Sum(c.dir, migrate.GolangMigrate, nil)
		if err != nil {
			t.Fatal(err)
		}
		if string(sum.Text) != c.sum || string(old) != c.sum || sum.Name != "atlas.sum" {
			t.Errorf("got %s\n%s\nwant\n%s", sum.Name, sum.Text, c.sum)
		}
	}
}

func TestSumOfAddedFiles(t *testing.T) {
	first := []string{"20260101000000_notes.sql", atlasNotes, "20260102000000_a.sql", atlasIgnored}
	added := []migrate.File{{Name: "20260103000000_b.sql", Text: []byte("CREATE TABLE b (id int);\r\n")}}
	before, _, err := migrate.Sum(fstest.MapFS{}, migrate.Atlas, []migrate.File{
		{Name: first[0], Text: []byte(first[1])}, {Name: first[2], Text: []byte(first[3])}})
	if err != nil {
		t.Fatal(err)
	}
	dir := directory(append(first, "atlas.sum", string(before.Text))...)
	sum, old, err := migrate.Sum(dir, migrate.Atlas, added)
	if err != nil || string(sum.Text) != atlasSums || string(old) != string(before.Text) {
		t.Errorf("got %v\n%s", err, sum.Text)
	}
}

// Nobody signs what somebody else changed.
func TestSumThatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		name, want string
		change     func(fstest.MapFS)
	}{
		{"edited", "20260103000000_b.sql, or a file before it, is not what it was",
			func(d fstest.MapFS) { d["20260103000000_b.sql"].Data = []byte("CREATE TABLE b (id int);\n") }},
		{"added", "20260104000000_c.sql is not in it",
			func(d fstest.MapFS) { d["20260104000000_c.sql"] = &fstest.MapFile{} }},
		{"removed", "files that are not there",
			func(d fstest.MapFS) { delete(d, "20260103000000_b.sql") }},
		{"empty", "is not in it", func(d fstest.MapFS) { d["atlas.sum"].Data = nil }},
		{"conflict", "does not fit", func(d fstest.MapFS) { d["atlas.sum"].Data = []byte("<<<<<<< HEAD\n" + atlasSums) }},
		{"total", "does not fit", func(d fstest.MapFS) { d["atlas.sum"].Data = []byte(strings.Replace(atlasSums, "h1:f", "h1:g", 1)) }},
	} {
		dir := directory("20260101000000_notes.sql", atlasNotes, "20260102000000_a.sql", atlasIgnored,
			"20260103000000_b.sql", "CREATE TABLE b (id int);\r\n", "atlas.sum", atlasSums)
		c.change(dir)
		sum, _, err := migrate.Sum(dir, migrate.Atlas, nil)
		if err == nil || sum != nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "atlas migrate hash") {
			t.Errorf("%s: got %v, %v, want %q", c.name, sum, err, c.want)
		}
	}
}

func TestNoSum(t *testing.T) {
	for _, c := range []struct {
		format migrate.Format
		dir    fs.FS
		want   bool
	}{
		{migrate.Goose, fstest.MapFS{}, false},
		{migrate.Goose, directory("00001_a.sql", "x"), false},
		{migrate.Atlas, directory("00001_a.sql", "x"), false}, // never hashed: not for us to begin with
		{migrate.Atlas, fstest.MapFS{}, true},
		{migrate.Atlas, os.DirFS(t.TempDir() + "/none"), true},
	} {
		sum, old, err := migrate.Sum(c.dir, c.format, []migrate.File{{Name: "1_x.sql"}})
		if err != nil || old != nil || (sum != nil) != c.want {
			t.Errorf("%s: got %v, %v", c.format, sum, err)
		}
	}
	if _, _, err := migrate.Sum(unreadable{}, migrate.Atlas, nil); err == nil {
		t.Error("a directory that cannot be read has no checksums")
	}
}

type unreadable struct{}

func (unreadable) Open(string) (fs.File, error) { return nil, errors.New("no") }
