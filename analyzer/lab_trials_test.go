package analyzer_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/internal/dblab"
)

// trials prepares every query and chooses the parameter values.
func (l *lab) trials(t *testing.T, results []*analyzer.Result) []*trial {
	var out []*trial
	for i, r := range results {
		if marked(r, "norun") {
			continue
		}
		sql, names := positional(statementText(l.queries, results, i))
		levels := map[int]int{} // by parameter
		set := l.array(r, names)
		for level, l := range l.own.Levels {
			n := slices.Index(names, l.Columns[0])
			switch {
			case set != 0:
			case n >= 0:
				levels[n+1] = level
			case (len(names) == 0 || r.Verdict != analyzer.Rejected) && level < len(r.Tenants) && r.Tenants[level] > 0:
				levels[r.Tenants[level]] = level
			}
		}
		if len(levels) == 0 && set == 0 && !slices.Contains(r.Tenants, query.BySetting) {
			levels[1] = 0
		}
		name := fmt.Sprintf("q%d", l.prepared)
		l.prepared++
		desc, err := l.conn.Prepare(t.Context(), name, sql, nil)
		if err != nil {
			if !marked(r, "fails") {
				t.Errorf("line %d: %s: %v", r.Line, r.Name, err)
			}
			continue
		}
		tr := &trial{r: r, sql: sql, name: name, oracle: marked(r, "oracle")}
		tr.params = combinations(desc.ParamOIDs, levels, set)
		out = append(out, tr)
	}
	return out
}

func statementText(queries string, results []*analyzer.Result, i int) string {
	lines := strings.Split(queries, "\n")
	end := len(lines)
	if i+1 < len(results) {
		end = results[i+1].Line - 1
	}
	return strings.TrimSpace(strings.Join(lines[results[i].Line-1:end], "\n"))
}

// positional replaces sqlc's parameters by $n and returns their names in order.
func positional(sql string) (string, []string) {
	var names []string
	if strings.Contains(sql, "$1") {
		return sql, nil
	}
	sql = namedParam.ReplaceAllStringFunc(sql, func(m string) string {
		found := namedParam.FindStringSubmatch(m)
		name := found[1] + found[2]
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		return fmt.Sprintf("$%d", slices.Index(names, name)+1)
	})
	return sql, names
}

// array is the parameter that is a set of tenants, by its proof or its name, 0 for none.
func (l *lab) array(r *analyzer.Result, names []string) int {
	switch {
	case !l.sets:
		return 0
	case r.Verdict == analyzer.OfTenants:
		return r.Tenants[0]
	}
	return 1 + slices.Index(names, l.own.Levels[0].Columns[0]+"s")
}

// combinations lists parameter values: the tenant of a level in its place, a set of tenants in
// theirs, a few small values in the others, NULL among them.
func combinations(oids []uint32, levels map[int]int, set int) [][][]byte {
	all := [][][]byte{nil}
	for i, oid := range oids {
		var next [][][]byte
		for _, row := range all {
			level, ok := levels[i+1]
			if !ok {
				level = -1
			}
			values := paramValues(oid, level)
			if i+1 == set {
				values = values[:1] // of two of the three tenants
			}
			for _, v := range values {
				next = append(next, append(slices.Clip(row), v))
			}
		}
		all = next
	}
	if len(all) > 60 {
		rng := rand.New(rand.NewPCG(1, 1))
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:60]
	}
	return all
}

func paramValues(oid uint32, level int) [][]byte {
	typ := map[uint32]string{16: "bool", 20: "int8", 21: "int2", 23: "int4", 25: "text", 1043: "varchar", 1042: "bpchar",
		2950: "uuid", 1700: "numeric", 114: "json", 3802: "jsonb", 1184: "timestamptz", 1082: "date", 1007: "ints", 1016: "ints", 1009: "texts", 1014: "texts", 1015: "texts", 2951: "uuids"}[oid]
	if level >= 0 {
		mine, _ := tenants(typ, level)
		return [][]byte{[]byte(mine)}
	}
	switch typ {
	case "ints":
		return [][]byte{[]byte("{1,2}"), []byte("{1,2,3,4,5,6}")}
	case "texts":
		return [][]byte{[]byte("{a,b}"), []byte("{a,b,c}")}
	case "uuids":
		return [][]byte{[]byte("{" + labUUID(1) + "," + labUUID(2) + "}")}
	case "":
		typ = "text"
	}
	var out [][]byte
	for n := 1; n <= 4; n++ {
		if v, ok := labValues(typ, n); ok {
			out = append(out, []byte(v))
		}
	}
	return append(out, nil)
}

// run executes one statement in a transaction that is rolled back, with the setting that the method of a query sets.
func (l *lab) run(t *testing.T, tr *trial, values [][]byte) outcome {
	t.Helper()
	writes := len(tr.r.Targets) > 0 || tr.r.Verdict == analyzer.Rejected
	o := outcome{values: fmt.Sprintf("%s", values)}
	batch := &pgconn.Batch{}
	batch.ExecParams("BEGIN", nil, nil, nil, nil)
	at := 1
	if tenant := l.bySetting(tr.r); tenant != "" {
		batch.ExecParams("SELECT set_config($1, $2, true)", [][]byte{[]byte(l.tenant.Source.Setting), []byte(tenant)}, nil, nil, nil)
		at++
	}
	batch.ExecPrepared(tr.name, values, nil, nil)
	if writes {
		l.look(t)
		batch.ExecPrepared(l.dump(t), [][]byte{[]byte("f")}, nil, nil)
	}
	batch.ExecParams("ROLLBACK", nil, nil, nil, nil)
	res, err := l.conn.ExecBatch(t.Context(), batch).ReadAll()
	if err != nil {
		var pe *pgconn.PgError
		if !errors.As(err, &pe) {
			t.Fatal(err)
		}
		l.exec(t, "ROLLBACK")
		o.rows, o.code = "error "+pe.Code+": "+pe.Message+"\n", pe.Code
		return o
	}
	o.rows = dblab.Rows(res[at].Rows)
	if writes {
		o.own = l.rest
		if dump := res[at+1].Rows; string(dump[0][1]) == "t" {
			var after string
			if after, o.own = l.dumped(dump); after != l.others {
				o.harm = fmt.Sprintf("from\n%sto\n%s", l.others, after)
			}
		}
	}
	return o
}

// bySetting is the tenant as the text of the setting, "" where the case's methods set none. It has the type of the table
// that is written to.
func (l *lab) bySetting(r *analyzer.Result) string {
	if l.tenant.Source.Setting == "" {
		return ""
	}
	for _, t := range r.Targets {
		if o := l.own.Of(t); o.Kind == tenancy.Column {
			mine, _ := l.mine(l.typeOf(t.Columns[o.Column]), o.Level)
			return mine[0]
		}
	}
	return ""
}
