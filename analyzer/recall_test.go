package analyzer_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
)

// recalled judges a file with what is known of it, and counts what is not judged anew.
func recalled(t *testing.T, a *analyzer.Analyzer, text string, known []byte, size int) (results []*analyzer.Result, kept []byte, old int) {
	t.Helper()
	c := a.Recall("q.sql", text, known)
	if c == nil {
		return a.File("q.sql", text), nil, 0
	}
	for _, part := range c.Unknown(size) {
		c.Learn(a, part, a.Part("q.sql", text, part))
	}
	results, ok := c.Results()
	if !ok {
		t.Fatal("a result stands nowhere")
	}
	for _, r := range results {
		if r.Reading().Statement == nil && r.Verdict != analyzer.Rejected {
			old++
		}
	}
	if kept = c.Kept(); kept == nil {
		kept = known
	}
	return results, kept, old
}

// What is recalled is what judging says, in every field: of the same file, of one with an edit in front of everything, and of one in which a
// statement has changed.
func TestRecall(t *testing.T) {
	old, accepted := 0, 0
	for i, c := range loadCases(t) {
		a, known := c.analysis(), []byte(nil)
		a.Errors = i%2 == 0
		edited := "/* é */ SELECT 1; " + strings.TrimSuffix(strings.TrimSpace(c.queries), ";")
		for j, text := range []string{c.queries, c.queries, edited, strings.Replace(edited, "org_id", "orgid", 1), "SELECT FROM WHERE;\n" + c.queries, c.queries, ""} {
			before := known
			got, kept, n := recalled(t, a, text, known, []int{0, 1000, 1 << 20}[i%3])
			if known = kept; strings.Contains(string(kept), "\x10rejected") {
				t.Errorf("%s: a refused statement is kept", c.name)
			}
			fresh := c.analysis()
			fresh.Errors = a.Errors
			want := fresh.File("q.sql", text)
			if len(got) != len(want) {
				t.Fatalf("%s, text %d: %d results, not %d", c.name, j, len(got), len(want))
			}
			for k := range want {
				sameResult(t, c.name, got[k], want[k])
			}
			if j == 1 {
				for _, r := range want {
					if r.Verdict != analyzer.Rejected {
						accepted++
					}
				}
				old += n
				if before != nil && string(known) != string(before) {
					t.Errorf("%s: what has not changed is kept anew", c.name)
				}
			}
			if j == 0 && n != 0 {
				t.Errorf("%s: %d results are known from nowhere", c.name, n)
			}
		}
	}
	if t.Logf("%d of %d accepted queries were recalled", old, accepted); old < accepted*9/10 || accepted < 900 {
		t.Errorf("%d of %d accepted queries were recalled", old, accepted)
	}
}

// sameResult compares every field that others see; of relations, the chains in place of the proof.
func sameResult(t *testing.T, name string, got, want *analyzer.Result) {
	t.Helper()
	g, w := reflect.ValueOf(got).Elem(), reflect.ValueOf(want).Elem()
	for i := range w.NumField() {
		field := w.Type().Field(i)
		if !field.IsExported() || field.Name == "Relations" {
			continue
		}
		a, b := g.Field(i), w.Field(i)
		if a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 {
			continue
		}
		if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			t.Errorf("%s: %s.%s is %#v, not %#v", name, want.Name, field.Name, a.Interface(), b.Interface())
		}
	}
	if !reflect.DeepEqual(got.TenantParams(), want.TenantParams()) || got.Digest() != want.Digest() || len(got.Relations) != len(want.Relations) {
		t.Errorf("%s: %s differs", name, want.Name)
		return
	}
	for i, rel := range want.Relations {
		have := got.Relations[i]
		if have.Table != rel.Table || have.Alias != rel.Alias || have.Line != rel.Line || have.Column != rel.Column || !reflect.DeepEqual(have.Proof, rel.Proof) || !reflect.DeepEqual(have.Links(), rel.Links()) {
			t.Errorf("%s: %s: %+v %+v, not %+v %+v", name, want.Name, have, have.Links(), rel, rel.Links())
		}
	}
}

// What is handed in as known and is none, or is of another text or catalog, changes nothing. That a byte is another one is for whoever keeps it to
// see: here it must not do harm.
func TestRecallOfAnother(t *testing.T) {
	c, other := loadCases(t)[0], loadCases(t)[1]
	text := c.queries[:strings.Index(c.queries, ";")+1]
	a := c.analysis()
	_, kept, _ := recalled(t, a, text, nil, 1000)
	want := c.analysis().File("q.sql", text)
	same := func(name string, known []byte) {
		t.Helper()
		got, _, _ := recalled(t, a, text, known, 1000)
		if len(got) != len(want) {
			t.Fatalf("%s: %d results, not %d", name, len(got), len(want))
		}
		for i := range want {
			sameResult(t, name, got[i], want[i])
		}
	}
	_, others, _ := recalled(t, other.analysis(), other.queries, nil, 1000)
	same("another file", others)
	same("more", append(slices.Clone(kept), 0))
	for i := range kept {
		same("less", kept[:i])
		for _, bit := range []byte{1, 0x40, 0x80} {
			broken := slices.Clone(kept)
			broken[i] ^= bit
			recalled(t, a, text, broken, 1000)
		}
	}
	// Of a catalog with fewer tables.
	empty, _ := analyzer.LoadSchema(nil)
	own, _ := analyzer.Classify(empty, config.Tenant{Columns: []string{"org_id"}})
	if got, _, n := recalled(t, analyzer.New(empty, own, nil), text, kept, 1000); n != 0 || got[0].Verdict != analyzer.Rejected {
		t.Errorf("it is %s without its tables", got[0].Verdict)
	}
}

// No part is left out, and none is analysed twice.
func TestUnknown(t *testing.T) {
	c := loadCases(t)[0]
	for _, size := range []int{0, 500, 1 << 20} {
		end := 0
		for _, part := range c.analysis().Recall("q.sql", c.queries, nil).Unknown(size) {
			if part.Start < end || strings.TrimSpace(c.queries[end:part.Start]) != "" {
				t.Errorf("%+v, but the part before ends at %d", part, end)
			}
			end = part.End
		}
		if strings.TrimSpace(c.queries[end:]) != "" {
			t.Errorf("%d of %d bytes", end, len(c.queries))
		}
	}
	var none []query.Span
	_, kept, _ := recalled(t, c.analysis(), "SELECT 1;", nil, 100)
	if left := c.analysis().Recall("q.sql", "SELECT 1;", kept).Unknown(100); !reflect.DeepEqual(left, none) {
		t.Errorf("%+v", left)
	}
}
