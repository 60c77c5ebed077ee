package sqlcmodel

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/internal/querygen"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/internal/corpora"
	"github.com/tenantgen/tenantgen/internal/pgserver"
	"golang.org/x/tools/txtar"
)

// sample is a schema with queries in one file.
type sample struct {
	name, schema, queries string
	model                 *Model
	schemaErrors          []string
	predicted             []*Query
	panics                bool // at the schema: sqlc says nothing of any sample then
}

// TestAsSQLC asks sqlc itself: what it refuses is what is predicted, with the same message
// in the same line, and the columns of the rest have the same names, types and NOT NULL.
func TestAsSQLC(t *testing.T) {
	pgserver.Long(t)
	bin := pinned(t)
	root := t.TempDir()
	samples := samples(t)
	for _, s := range samples {
		if s.predict(); !s.panics {
			s.write(t, root)
		}
	}
	samples = slices.DeleteFunc(samples, func(s *sample) bool { return s.panics })
	messages := run(t, bin, root, samples, 1)
	refused, kinds := 0, map[ErrorKind]int{}
	for _, s := range samples {
		want := s.errors(kinds)
		refused += len(want)
		if got := messages[s.name]; !slices.Equal(got, want) {
			t.Errorf("%s: sqlc and the model differ:%s", s.name, difference(got, want))
		}
	}
	taken := slices.DeleteFunc(slices.Clone(samples), func(s *sample) bool { return len(s.schemaErrors) > 0 })
	for _, s := range taken {
		s.keepTaken()
		s.write(t, root)
	}
	if left := run(t, bin, root, taken, 2); len(left) > 0 {
		t.Fatal("sqlc refuses what it took before", left)
	}
	columns := 0
	for _, s := range taken {
		columns += s.compareColumns(t, root)
	}
	t.Logf("%d statements refused, %d columns compared; by kind %v", refused, columns, kinds)
	for kind := Other; kind < Panics; kind++ {
		if kinds[kind] == 0 {
			t.Errorf("no sample is refused for the kind %d", kind)
		}
	}
}

// pinned builds the sqlc that this repository pins.
func pinned(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("go", "tool", "-modfile=../../../tools/sqlc/go.mod", "-n", "sqlc")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal("no sqlc: ", err)
	}
	return strings.TrimSpace(string(out))
}

func samples(t *testing.T) []*sample {
	var list []*sample
	add := func(name, schema, queries string) {
		list = append(list, &sample{name: name, schema: schema, queries: statements(queries)})
	}
	files, err := filepath.Glob("../../testdata/cases/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range append(files, "testdata/refused.txtar", "testdata/nulls.txtar") {
		if filepath.Base(file) == "newer-calls.txtar" {
			continue // sqlc's parser is PostgreSQL 17's, and refuses what the one here takes for a call
		}
		parts := members(t, file)
		add(strings.ReplaceAll(strings.Trim(strings.TrimSuffix(file, ".txtar"), "./"), "/", "-"), parts["schema.sql"], parts["queries.sql"])
	}
	var drawn strings.Builder
	for i := range 150 {
		fmt.Fprintf(&drawn, "-- name: Q%d :many\n%s;\n", i, generated(uint64(i)))
	}
	add("generated", querygen.Schema, drawn.String())
	if os.Getenv(corpora.Env) != "" {
		dir := corpora.Dir(t, corpora.Hatchet)
		add("hatchet", joined(t, dir, "schema/sql__schema__pg-stubs.sql", "schema/sql__schema__v0.sql", "schema/sql__schema__v1-core.sql",
			"schema/sql__schema__v1-olap.sql", "schema/pkg__repository__sqlcv1__concurrency-additional-tables.sql"), joined(t, dir, "queries/*.sql"))
	}
	return list
}

// joined is the text of files in the order of sqlc.
func joined(t *testing.T, dir string, patterns ...string) string {
	t.Helper()
	var b strings.Builder
	for _, p := range patterns {
		names, err := filepath.Glob(filepath.Join(dir, p))
		if err != nil || len(names) == 0 {
			t.Fatal(p, err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(append(text, '\n'))
		}
	}
	return b.String()
}

func generated(seed uint64) *querygen.Statement {
	r := rand.New(rand.NewPCG(seed, 1))
	return querygen.Generate(func(n int) int { return r.IntN(n) })
}

func members(t *testing.T, file string) map[string]string {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range a.Files {
		parts[f.Name] = string(f.Data)
	}
	return parts
}

// statements leaves out what does not parse, what makes sqlc panic is left out later. sqlc
// counts characters where it means bytes, so statements of ASCII alone are compared.
func statements(text string) string {
	var b strings.Builder
	seen := map[string]bool{}
	units := sqltext.Split(text)
	for i, u := range units {
		raw := text[u.Raw.Start:u.Raw.End]
		if u.Err != nil || strings.ContainsFunc(raw, func(r rune) bool { return r > 126 }) || u.Name != "" && seen[u.Name] {
			continue
		}
		seen[u.Name] = true
		b.WriteString(raw)
		if i < len(units)-1 || u.Raw.End < len(text) {
			b.WriteString(";")
		}
	}
	return b.String()
}

// file predicts for each statement of a file.
func file(m *Model, text string) []*Query {
	var list []*Query
	for _, u := range sqltext.Split(text) {
		list = append(list, m.Predict(text, u))
	}
	return list
}

func (s *sample) predict() {
	s.model = New(Options{}, nil)
	for _, e := range s.model.Apply(s.schema) {
		s.panics = s.panics || e.Kind == Panics
		at := 0 // sqlc names no place but that of a column
		if e.Kind == NoColumn || e.Kind == NoOutput || e.Kind == Ambiguous {
			at = e.Offset
		}
		s.schemaErrors = append(s.schemaErrors, fmt.Sprintf("schema:%d: %s", line(s.schema, at), e.Message))
	}
	s.predicted = file(s.model, s.queries)
	if f := s.model.faults; f != nil {
		panic(f)
	}
	for _, q := range s.predicted {
		if q.Fault != nil {
			panic(q.Fault)
		}
	}
	if slices.ContainsFunc(s.predicted, panics) {
		s.keep(func(q *Query) bool { return !panics(q) })
		s.predicted = file(s.model, s.queries)
	}
}

func panics(q *Query) bool { return q.Error != nil && q.Error.Kind == Panics }

// keep leaves only some statements in the file.
func (s *sample) keep(which func(*Query) bool) {
	var b strings.Builder
	for i, u := range sqltext.Split(s.queries) {
		if which(s.predicted[i]) {
			b.WriteString(s.queries[u.Raw.Start:u.Raw.End])
			if u.Raw.End < len(s.queries) {
				b.WriteString(";")
			}
		}
	}
	s.queries = b.String()
}

func (s *sample) keepTaken() {
	s.keep(func(q *Query) bool { return q.Error == nil })
	s.predicted = file(s.model, s.queries)
}

// errors are the messages that are predicted, as sqlc prints them.
func (s *sample) errors(kinds map[ErrorKind]int) []string {
	if len(s.schemaErrors) > 0 {
		return s.schemaErrors
	}
	units := sqltext.Split(s.queries)
	var list []string
	for i, q := range s.predicted {
		if q.Error == nil {
			continue
		}
		kinds[q.Error.Kind]++
		at := q.Error.Offset
		if at < 0 || q.Error.Kind == Metadata { // sqlc names the statement
			if at = 0; i > 0 {
				at = statementStart(s.queries, units[i].Raw.Start)
			}
		}
		list = append(list, fmt.Sprintf("queries:%d: %s", line(s.queries, at), q.Error.Message))
	}
	return list
}

// statementStart skips blanks and the comments that source.LineNumber knows.
func statementStart(text string, at int) int {
	for {
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], " \t\r\n;"))
		if !strings.HasPrefix(text[at:], "--") {
			return at
		}
		at += strings.IndexByte(text[at:]+"\n", '\n')
	}
}

func line(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }

func (s *sample) write(t *testing.T, root string) {
	t.Helper()
	dir := filepath.Join(root, s.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"schema.sql": s.schema, "queries.sql": s.queries} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var printed = regexp.MustCompile(`^([^/]+)/(schema|queries)\.sql:(\d+):\d+: (.*)$`)

// run runs sqlc on the samples, all at once, and returns its messages by sample.
func run(t *testing.T, bin, root string, samples []*sample, round int) map[string][]string {
	t.Helper()
	var entries []any
	for _, s := range samples {
		if !slices.ContainsFunc(s.predicted, func(q *Query) bool { return q.Name != "" }) && len(s.schemaErrors) == 0 {
			continue // sqlc refuses an entry without a query
		}
		entries = append(entries, map[string]any{"engine": "postgresql", "schema": s.name + "/schema.sql", "queries": s.name + "/queries.sql",
			"gen": map[string]any{"json": map[string]any{"out": s.name + "/out"}}})
	}
	config, err := json.Marshal(map[string]any{"version": "2", "sql": entries})
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "sqlc.json"), config, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, "generate", "-f", "sqlc.json")
	cmd.Dir = root
	out, _ := cmd.CombinedOutput()
	messages := map[string][]string{}
	for l := range strings.Lines(string(out)) {
		l = strings.TrimRight(l, "\n")
		m := printed.FindStringSubmatch(l)
		switch {
		case m != nil:
			messages[m[1]] = append(messages[m[1]], m[2]+":"+m[3]+": "+m[4])
		case l != "" && !strings.HasPrefix(l, "# package"):
			t.Errorf("round %d: sqlc prints %q", round, l)
		}
	}
	return messages
}

func difference(got, want []string) string {
	var b strings.Builder
	for _, g := range got {
		if !slices.Contains(want, g) {
			fmt.Fprintf(&b, "\n  sqlc alone:  %s", g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			fmt.Fprintf(&b, "\n  model alone: %s", w)
		}
	}
	return b.String()
}

// compareColumns compares the columns of a sample with those of sqlc's request to generators.
func (s *sample) compareColumns(t *testing.T, root string) int {
	t.Helper()
	var request struct {
		Queries []struct {
			Name    string
			Columns []struct {
				Name    string
				NotNull bool `json:"not_null"`
				IsArray bool `json:"is_array"`
				Type    struct{ Schema, Name string }
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(root, s.name, "out", "codegen_request.json"))
	if os.IsNotExist(err) {
		return 0 // an entry without a query that sqlc takes
	}
	if err == nil {
		err = json.Unmarshal(text, &request)
	}
	if err != nil {
		t.Fatal(s.name, err)
	}
	want := map[string][]string{}
	columns := 0
	for _, q := range request.Queries {
		for _, c := range q.Columns {
			want[q.Name] = append(want[q.Name], describe(c.Name, typeName{c.Type.Schema, c.Type.Name}.String(), c.NotNull, c.IsArray))
			columns++
		}
	}
	for _, q := range s.predicted {
		var got []string
		for _, c := range q.Columns {
			got = append(got, describe(c.Name, c.Type, c.NotNull, c.Array))
		}
		if q.Name != "" && !q.Unknown && !slices.Equal(got, want[q.Name]) {
			t.Errorf("%s: %s: sqlc has columns %q, the model %q", s.name, q.Name, want[q.Name], got)
		}
	}
	return columns
}

func describe(name, typ string, notNull, array bool) string {
	return name + " " + typ + " " + strconv.FormatBool(notNull) + " " + strconv.FormatBool(array)
}
