package gentest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

type note struct {
	ID    int64
	Title string
	Tags  []string `json:"tags"`
	Body  *string
}

func TestFacts(t *testing.T) {
	body := "b"
	got := factsOf("returned", []note{{ID: 9007199254740993, Title: "x", Tags: []string{"q", "p"}}, {ID: 1, Title: "a", Body: &body}})
	want := facts{"returned": {"2 of them"}, "returned[].ID": {"1", "9007199254740993"}, "returned[].Title": {`"a"`, `"x"`},
		"returned[].Body": {`"b"`}, "returned[].tags": {"2 of them"}, "returned[].tags[]": {`"p"`, `"q"`}}
	if lines := got.differences(got, want); len(lines) > 0 || len(got) != len(want) {
		t.Errorf("got %v, want %v: %v", got, want, lines)
	}
	for _, nothing := range []any{nil, []note(nil), []note{}} {
		if f := factsOf("returned", nothing); len(f) > 0 {
			t.Errorf("%#v is %v", nothing, f)
		}
	}
	if f := factsOf("returned", pgconn.NewCommandTag("UPDATE 2")); f["returned"][0] != `"UPDATE 2"` {
		t.Errorf("a command tag is %v", f)
	}
	if f := factsOf("returned", func() {}); len(f) != 1 {
		t.Errorf("what has no JSON is %v", f)
	}
}

// TestDifferences has what is the same, what differs, and what differs in any case.
func TestDifferences(t *testing.T) {
	rows := func(titles ...string) outcome {
		var list []note
		for i, title := range titles {
			list = append(list, note{ID: int64(i), Title: title})
		}
		return outcome{result: factsOf("returned", list)}
	}
	failed := func(text string) outcome { return outcome{err: text} }
	tests := []struct {
		name        string
		a, again, b outcome
		want        []string
	}{
		{"same", rows("x", "y"), rows("x", "y"), rows("x", "y"), nil},
		{"other order", rows("x", "y"), rows("x", "y"), rows("y", "x"), nil},
		{"other value", rows("x"), rows("x"), rows("y"), []string{`returned[].Title is ["x"], otherwise ["y"]`}},
		{"generated value", rows("x"), rows("z"), rows("y"), nil},
		{"generated values, fewer", rows("x", "x"), rows("z", "z"), rows("y"), []string{
			`returned is [2 of them], otherwise [1 of them]`, `returned[].ID is [0 1], otherwise [0]`, `returned[].Title has 2 values, otherwise 1`}},
		{"nothing", rows("x"), rows("x"), rows(), []string{
			`returned is [1 of them], otherwise []`, `returned[].ID is [0], otherwise []`, `returned[].Title is ["x"], otherwise []`}},
		{"something", rows(), rows(), rows("x"), []string{
			`returned is [], otherwise [1 of them]`, `returned[].ID is [], otherwise [0]`, `returned[].Title is [], otherwise ["x"]`}},
		{"error", rows(), rows(), failed("e"), []string{`error "", otherwise "e"`}},
		{"same error", failed("e"), failed("e"), failed("e"), nil},
		{"other error", failed("e"), failed("e"), failed("f"), []string{`error "e", otherwise "f"`}},
	}
	for _, test := range tests {
		if got := differences(test.a, test.again, test.b); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestSnapshot(t *testing.T) {
	before := snapshot{"notes": {"1": `{"id": 1, "org": 1}`, "2": `{"id": 2, "org": 2}`}}
	after := snapshot{"notes": {"1": `{"id": 1, "org": 1}`, "3": `{"id": 2, "org": 2}`}} // moved by an update
	got := after.minus(before, "added to ")
	got.merge(before.minus(after, "removed from "))
	want := facts{"added to notes.id": {"2"}, "added to notes.org": {"2"}, "removed from notes.id": {"2"}, "removed from notes.org": {"2"}}
	if lines := got.differences(got, want); len(lines) > 0 || len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDescribe(t *testing.T) {
	taken := &pgconn.PgError{Code: "23505", TableName: "slugs", ConstraintName: "slugs_pkey", Detail: "Key (slug)=(x) already exists."}
	for _, test := range []struct {
		err    error
		want   string
		unique bool
	}{
		{nil, "", false},
		{fmt.Errorf("query Get: %w", pgx.ErrNoRows), "no rows in result set", false},
		{fmt.Errorf("query Add: %w", taken), "SQLSTATE 23505 on slugs, constraint slugs_pkey", true},
		{&pgconn.PgError{Code: "22012"}, "SQLSTATE 22012 on ", false},
		{errors.New("other"), "other", false},
	} {
		if text, unique := describe(test.err); text != test.want || unique != test.unique {
			t.Errorf("%v: got %q, %v", test.err, text, unique)
		}
	}
}

func TestCollect(t *testing.T) {
	read := func(fn func(int, string, error)) {
		fn(0, "a", nil)
		fn(1, "", pgx.ErrNoRows)
	}
	got, err := Batch(read)
	if !errors.Is(err, pgx.ErrNoRows) || len(got.([]element)) != 2 {
		t.Errorf("batch: %v, %v", got, err)
	}
	if _, err := BatchExec(func(fn func(int, error)) { fn(0, nil); fn(1, pgx.ErrNoRows) }); !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("batch: %v", err)
	}
	rows, err := Rows(func(yield func(int, error) bool) {
		_ = yield(1, nil) && yield(2, nil) && yield(0, pgx.ErrTxClosed) && yield(3, nil)
	})
	if !errors.Is(err, pgx.ErrTxClosed) || !slices.Equal(rows.([]int), []int{1, 2}) {
		t.Errorf("rows: %v, %v", rows, err)
	}
	if Pointer("") != nil || *Pointer("x") != "x" || Pointer([]int(nil)) != nil {
		t.Error("pointers")
	}
}
