package tenantgen

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/cache"
)

// recallProject has two files of queries, and a schema of two.
func recallProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"sqlc.yaml": "version: \"2\"\nsql:\n  - {engine: postgresql, schema: [a.sql, b.sql], queries: queries, gen: {go: {package: db, out: internal/db, sql_package: pgx/v5}}}\n" +
			"options: {tenantgen: {tenant_column: org_id}}\n",
		"a.sql":             "CREATE TABLE notes (id uuid PRIMARY KEY, org_id uuid NOT NULL, body text);\n",
		"b.sql":             "CREATE TABLE tags (id uuid PRIMARY KEY, org_id uuid NOT NULL, note_id uuid);\n",
		"queries/notes.sql": "-- name: Get :one\nSELECT id FROM notes WHERE id = @id AND org_id = @org_id;\n\n-- name: List :many\nSELECT id, body FROM notes WHERE org_id = @org_id;\n",
		"queries/tags.sql":  "-- name: Tags :many\nSELECT id FROM tags WHERE org_id = @org_id;\n",
	} {
		benchWrite(t, filepath.Join(dir, name), text)
	}
	return dir
}

// lab is a cache of its own.
type recallLab struct {
	t            *testing.T
	dir, secrets string
	program      cache.Key
}

// ofCache is a cache as a store.
type ofCache struct{ cache *cache.Store }

func (s ofCache) Get(key [32]byte) ([]byte, bool)     { return s.cache.Get(key) }
func (s ofCache) Put(key [32]byte, data []byte) error { return s.cache.Put(key, data) }

func newRecallLab(t *testing.T) *recallLab {
	return &recallLab{t, filepath.Join(t.TempDir(), "c"), filepath.Join(t.TempDir(), "s"), cache.Key{1}}
}

func (l *recallLab) store() *cache.Store {
	l.t.Helper()
	s, err := cache.OpenAt(l.dir, l.secrets)
	if err != nil {
		l.t.Fatal(err)
	}
	return s
}

// check judges a project with what is remembered.
func (l *recallLab) check(config string, only ...string) *Report {
	l.t.Helper()
	s := l.store()
	defer s.Close()
	in, err := Read(config)
	if err != nil {
		l.t.Fatal(err)
	}
	p, err := in.Load()
	if err == nil {
		err = p.Only(only)
	}
	if err != nil {
		l.t.Fatal(err)
	}
	p.Recall(ofCache{s}, l.program, in)
	return p.Check()
}

// entries are the files of the cache.
func (l *recallLab) entries() []string {
	files, _ := filepath.Glob(filepath.Join(l.dir, "??", strings.Repeat("?", 64)))
	return files
}

// mark has every scoped statement that is kept be global, as only a run that believes the entry says it.
func (l *recallLab) mark() {
	l.t.Helper()
	s := l.store()
	defer s.Close()
	marked := 0
	for _, name := range l.entries() {
		raw, err := hex.DecodeString(filepath.Base(name))
		if err != nil {
			l.t.Fatal(err)
		}
		text, ok := s.Get(cache.Key(raw))
		const scoped, global = "\x0cscoped", "\x0cglobal" // with their lengths
		if !ok || !strings.Contains(string(text), scoped) {
			continue
		}
		marked++
		if err := s.Put(cache.Key(raw), []byte(strings.ReplaceAll(string(text), scoped, global))); err != nil {
			l.t.Fatal(err)
		}
	}
	if marked == 0 {
		l.t.Fatal("no statement is kept")
	}
}

// marked names the queries that were recalled.
func marked(r *Report) string {
	var names []string
	for _, q := range r.Queries {
		if q.Verdict == analyzer.Global {
			names = append(names, q.Name)
		}
	}
	return strings.Join(names, " ")
}

// What a verdict rests on is part of the key: when one thing of it changes, the statements are judged anew; when something else does, they
// are not.
func TestRecallKeys(t *testing.T) {
	edit := func(name, old, new string) func(*recallLab, string) {
		return func(l *recallLab, dir string) {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !strings.Contains(string(text), old) {
				l.t.Fatalf("%s has no %q: %v", name, old, err)
			}
			benchWrite(l.t, filepath.Join(dir, name), strings.Replace(string(text), old, new, 1))
		}
	}
	write := func(name, text string) func(*recallLab, string) {
		return func(l *recallLab, dir string) { benchWrite(l.t, filepath.Join(dir, name), text) }
	}
	const all = "Get List Tags"
	for name, c := range map[string]struct {
		change func(l *recallLab, dir string)
		want   string // what is recalled
	}{
		"nothing":                        {func(*recallLab, string) {}, all},
		"a query":                        {edit("queries/notes.sql", "@id AND", "@id  AND"), "List Tags"},
		"a query's comment":              {edit("queries/notes.sql", "-- name: List", "-- All of them.\n-- name: List"), "Get Tags"},
		"a directive":                    {edit("queries/notes.sql", "-- name: List :many\n", "-- name: List :many\n-- tenantgen:cross-tenant admin they ask\n"), "Get Tags"},
		"a query in front":               {edit("queries/notes.sql", "-- name: Get", "-- name: First :one\nSELECT id FROM notes WHERE org_id = $1 LIMIT 1;\n-- name: Get"), all},
		"one query less":                 {edit("queries/notes.sql", "-- name: Get :one\nSELECT id FROM notes WHERE id = @id AND org_id = @org_id;\n", ""), "List Tags"},
		"the last semicolon":             {edit("queries/tags.sql", "@org_id;\n", "@org_id"), "Get List"},
		"a query file more":              {write("queries/more.sql", "-- name: More :many\nSELECT id FROM notes WHERE org_id = @org_id;\n"), all},
		"a file that does not parse":     {edit("queries/notes.sql", "SELECT id, body", "SELEC id, body"), "Tags"},
		"the schema":                     {edit("a.sql", "body text", "body text NOT NULL"), ""},
		"a comment in the schema":        {edit("b.sql", "CREATE", "-- x\nCREATE"), ""},
		"a schema file of another table": {edit("b.sql", "note_id uuid", "note_id uuid, n int"), ""},
		"the configuration":              {edit("sqlc.yaml", "tenant_column: org_id", "tenant_column: org_id, rules: {error-of-other-rows: {severity: warning}}"), ""},
		"a blank in the configuration":   {edit("sqlc.yaml", "options:", "options: "), ""},
		"a function that is vouched for": {edit("sqlc.yaml", "org_id}", "org_id, functions: {\"f(uuid)\": {safe: it computes}}}"), ""},
		"a set of tenants somewhere":     {write("queries/more.sql", "-- name: More :many\n-- tenantgen:tenants\nSELECT id FROM notes WHERE org_id = ANY (@org_ids::uuid[]);\n"), ""},
		"the program":                    {func(l *recallLab, _ string) { l.program[31]++ }, ""},
		"the secret":                     {func(l *recallLab, _ string) { l.secrets = filepath.Join(l.t.TempDir(), "other") }, ""},
		"the name of a file of queries": {func(l *recallLab, dir string) {
			os.Rename(filepath.Join(dir, "queries/tags.sql"), filepath.Join(dir, "queries/t.sql"))
		}, "Get List"},
		"the working directory":            {func(l *recallLab, dir string) { l.t.Chdir(dir) }, ""},
		"the entries, one bit of each":     {func(l *recallLab, _ string) { l.damage(func(b []byte) []byte { b[len(b)/2] ^= 1; return b }) }, ""},
		"the entries, cut short":           {func(l *recallLab, _ string) { l.damage(func(b []byte) []byte { return b[:len(b)-1] }) }, ""},
		"the entries, under other names":   {func(l *recallLab, _ string) { l.swap() }, ""},
		"the entries, without their codes": {func(l *recallLab, _ string) { l.damage(func(b []byte) []byte { return b[32:] }) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir, l := recallProject(t), newRecallLab(t)
			if got := marked(l.check(filepath.Join(dir, "sqlc.yaml"))); got != "" {
				t.Fatalf("%s are marked", got)
			}
			l.mark()
			c.change(l, dir)
			if got := marked(l.check(filepath.Join(dir, "sqlc.yaml"))); got != c.want {
				t.Errorf("%q are recalled, not %q", got, c.want)
			}
		})
	}
}

// damage changes every file of the cache.
func (l *recallLab) damage(change func([]byte) []byte) {
	for _, name := range l.entries() {
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(name, change(text), 0o600)
		}
		if err != nil {
			l.t.Fatal(err)
		}
	}
}

// swap puts each entry into the place of the next one.
func (l *recallLab) swap() {
	files := l.entries()
	var texts [][]byte
	for _, name := range files {
		text, _ := os.ReadFile(name)
		texts = append(texts, text)
	}
	for i, name := range files {
		os.WriteFile(name, texts[(i+1)%len(texts)], 0o600)
	}
}

// What leaks is refused whatever is remembered: before, after, and when it comes back.
func TestRecallOfLeaks(t *testing.T) {
	dir, l := recallProject(t), newRecallLab(t)
	config, file := filepath.Join(dir, "sqlc.yaml"), filepath.Join(dir, "queries/notes.sql")
	good, _ := os.ReadFile(file)
	bad := strings.Replace(string(good), " AND org_id = @org_id", "", 1)
	for i, text := range []string{string(good), bad, string(good), bad, bad} {
		benchWrite(t, file, text)
		r := l.check(config)
		if leaks := text == bad; r.Clean() == leaks || (r.Queries[0].Verdict == "rejected") != leaks {
			t.Errorf("text %d: %v", i, r.Diagnostics)
		}
		if got, want := diagnostics(r), diagnostics(fresh(t, config)); got != want {
			t.Errorf("text %d: %s\nnot %s", i, got, want)
		}
		if r := l.check(config, file); len(r.Queries) != 2 { // by the name of a file alone
			t.Errorf("%d queries", len(r.Queries))
		}
	}
}

// Two entries that read the same queries against different schemas have verdicts of their own.
func TestRecallOfEntries(t *testing.T) {
	dir, l := recallProject(t), newRecallLab(t)
	config := filepath.Join(dir, "sqlc.yaml")
	entry := "  - {engine: postgresql, schema: %s, queries: queries/notes.sql, gen: {go: {package: db, out: internal/%s, sql_package: pgx/v5}}}\n"
	benchWrite(t, config, "version: \"2\"\nsql:\n"+strings.NewReplacer("%s", "a").Replace(strings.Replace(entry, "%s", "a.sql", 1))+
		strings.NewReplacer("%s", "c").Replace(strings.Replace(entry, "%s", "c.sql", 1))+"options: {tenantgen: {tenant_column: org_id, tables: {plans: {global: true}}}}\n")
	benchWrite(t, filepath.Join(dir, "c.sql"), "CREATE TABLE plans (id uuid, org_id uuid, body text);\nCREATE VIEW notes AS SELECT id, org_id, body FROM plans;\n")
	want := fresh(t, config)
	for range 3 {
		got := l.check(config)
		if diagnostics(got) != diagnostics(want) || len(got.Queries) != 4 || len(want.Queries) != 4 {
			t.Fatalf("%s\nnot %s", diagnostics(got), diagnostics(want))
		}
		for i := range want.Queries {
			if got.Queries[i].Verdict != want.Queries[i].Verdict {
				t.Errorf("%s is %s, not %s", want.Queries[i].Name, got.Queries[i].Verdict, want.Queries[i].Verdict)
			}
		}
	}
	if want.Queries[0].Verdict == want.Queries[2].Verdict {
		t.Errorf("both are %s", want.Queries[0].Verdict)
	}
}

func fresh(t *testing.T, config string) *Report {
	t.Helper()
	p, err := Load(config)
	if err != nil {
		t.Fatal(err)
	}
	return p.Check()
}

// Processes that judge the same project at once, each with queries of its own, say what each says alone.
func TestRecallRaces(t *testing.T) {
	if dir := os.Getenv("TENANTGEN_TEST_RECALL"); dir != "" {
		l := &recallLab{t, filepath.Join(dir, "c"), filepath.Join(dir, "s"), cache.Key{1}}
		config := filepath.Join(dir, "p", "sqlc.yaml")
		for i := range 40 {
			s := l.store()
			in, err := Read(config)
			if err != nil {
				t.Fatal(err)
			}
			p, err := in.Load()
			if err != nil {
				t.Fatal(err)
			}
			p.Recall(ofCache{s}, l.program, in)
			leaks := (i+os.Getpid())%2 == 0
			where := map[bool]string{true: "", false: " AND org_id = @org_id"}[leaks]
			if _, err := p.OnlyText(filepath.Join(dir, "p", "queries", "notes.sql"), "-- name: Get :one\nSELECT id FROM notes WHERE id = @id"+where+";\n-- name: List :many\nSELECT id FROM notes WHERE org_id = @org_id;\n"); err != nil {
				t.Fatal(err)
			}
			if r := p.Check(); r.Clean() == leaks || len(r.Queries) != 2 {
				t.Fatalf("it leaks: %t; %v", leaks, r.Diagnostics)
			}
			s.Close()
		}
		return
	}
	dir := t.TempDir()
	if err := os.Rename(recallProject(t), filepath.Join(dir, "p")); err != nil {
		t.Fatal(err)
	}
	var runs []*exec.Cmd
	for range 3 {
		run := exec.Command(os.Args[0], "-test.run", "^TestRecallRaces$")
		run.Env = append(os.Environ(), "TENANTGEN_TEST_RECALL="+dir)
		run.Stdout, run.Stderr = os.Stderr, os.Stderr
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		runs = append(runs, run)
	}
	for _, run := range runs {
		if err := run.Wait(); err != nil {
			t.Error(err)
		}
	}
}
