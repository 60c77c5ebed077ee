package gentest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// facts are the values at each path of a result, sorted: in which order rows come is often
// nobody's choice. The path of the titles of some notes is returned[].Title.
type facts map[string][]string

// factsOf takes a result apart, as JSON.
func factsOf(name string, result any) facts {
	f := facts{}
	if tag, ok := result.(pgconn.CommandTag); ok {
		result = tag.String()
	}
	data, err := json.Marshal(result)
	if err != nil {
		f.add(name, fmt.Sprintf("%+v", result))
		return f
	}
	f.parse(name, data)
	return f
}

func (f facts) parse(path string, data []byte) {
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&v) != nil {
		f.add(path, string(data))
		return
	}
	f.walk(path, v)
}

func (f facts) walk(path string, v any) {
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for key, e := range v {
			f.walk(path+"."+key, e)
		}
	case []any:
		if len(v) > 0 {
			f.add(path, fmt.Sprintf("%d of them", len(v)))
		}
		for _, e := range v {
			f.walk(path+"[]", e)
		}
	case string:
		f.add(path, strconv.Quote(v))
	default:
		f.add(path, fmt.Sprint(v))
	}
}

func (f facts) add(path, value string) {
	values := f[path]
	i, _ := slices.BinarySearch(values, value)
	f[path] = slices.Insert(values, i, value)
}

func (f facts) merge(other facts) {
	for path, values := range other {
		for _, v := range values {
			f.add(path, v)
		}
	}
}

// differences lists the paths at which b has other values than f, except for those at which again has other ones too.
func (f facts) differences(again, b facts) []string {
	var lines []string
	paths := slices.Sorted(maps.Keys(f))
	for path := range b {
		if _, ok := f[path]; !ok {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	for _, path := range paths {
		if slices.Equal(f[path], again[path]) && !slices.Equal(f[path], b[path]) {
			lines = append(lines, fmt.Sprintf("%s is %s, otherwise %s", path, short(f[path]), short(b[path])))
		} else if len(f[path]) == len(again[path]) && len(f[path]) != len(b[path]) {
			lines = append(lines, fmt.Sprintf("%s has %d values, otherwise %d", path, len(f[path]), len(b[path])))
		}
	}
	return lines
}

func short(values []string) string {
	text := "[" + strings.Join(values, " ") + "]"
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200]) + "…"
	}
	return text
}

// snapshot has the rows of each table as JSON, by their place: an update that changes no value moves its row too.
type snapshot map[string]map[string]string

func (r *runner[ID, Tx, Args]) snapshot(t *testing.T, pool *pgxpool.Pool) snapshot {
	t.Helper()
	s, err := take(t.Context(), pool, r.methods.Tables)
	if err != nil {
		t.Fatalf("Unrestricted: %v", err)
	}
	return s
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func take(ctx context.Context, db querier, tables []string) (snapshot, error) {
	s := snapshot{}
	for _, table := range tables {
		rows, err := db.Query(ctx, "SELECT t.tableoid::text || t.ctid::text, to_jsonb(t)::text FROM "+table+" AS t")
		if err != nil {
			return nil, err
		}
		s[table] = map[string]string{}
		var place, row string
		_, err = pgx.ForEachRow(rows, []any{&place, &row}, func() error {
			s[table][place] = row
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// minus is what s has and other has not, as facts.
func (s snapshot) minus(other snapshot, name string) facts {
	f := facts{}
	for table, rows := range s {
		for place, row := range rows {
			if other[table][place] != row {
				f.parse(name+table, []byte(row))
			}
		}
	}
	return f
}
