package prove

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// pair is two states of the database that differ in other tenants' rows only.
type pair struct {
	shared    []*row // rows of the tenant that queries run for, and of nobody
	others    [2][]*row
	first     bool // the others' rows lie before the tenant's own in the tables
	irregular bool
}

// shape says what the tenants of a pair have.
type shape struct {
	mine      int    // rows of each table that the tenant has
	others    [2]int // rows of each table that each other tenant has; 0 is no other tenant
	first     bool
	irregular bool // see irregular.go
}

// shapes are tried one after another. A tenant that has one row leaves PostgreSQL no
// choice among rows; one that has none is about to begin.
var shapes = []shape{
	{4, [2]int{0, 4}, false, false},
	{1, [2]int{0, 3}, true, false},
	{4, [2]int{2, 4}, true, false},
	{1, [2]int{2, 4}, false, false},
	{4, [2]int{4, 4}, true, false},
	{0, [2]int{0, 3}, true, false},
}

// begin opens the transaction of a pair of states and makes its rows.
func (w *world) begin(ctx context.Context, round int, seed uint64, problems map[*table]string) (*pair, error) {
	if err := w.do(ctx, "BEGIN; "+w.triggers("DISABLE")+w.unforced+"SET CONSTRAINTS ALL DEFERRED; SAVEPOINT base"); err != nil {
		return nil, err
	}
	s, err := w.shape(round)
	if err != nil {
		return nil, err
	}
	p := &pair{first: s.first, irregular: s.irregular}
	f := newFiller(ctx, w, rand.New(rand.NewPCG(seed, uint64(round))))
	f.problems = problems
	f.irregular = s.irregular
	err = f.shared()
	if err == nil && s.mine > 0 {
		err = f.tenant(make([]int, len(w.levels)), s.mine, false)
	}
	if err == nil && s.irregular {
		f.late = true
		err = f.shared() // once more, for what refers to the tenant's rows
		f.late = false
	}
	if err != nil {
		return nil, err
	}
	p.shared = f.rows
	if err := w.do(ctx, "SAVEPOINT shared"); err != nil {
		return nil, err
	}
	for side, n := range s.others {
		// A twin draws as the tenant itself did, so that it has the same values.
		o := f.clone(rand.New(rand.NewPCG(seed+uint64(side), uint64(round))))
		for _, who := range w.strangers() {
			if n == 0 {
				break
			}
			if err := o.tenant(who, n, true); err != nil {
				return nil, err
			}
		}
		p.others[side] = o.rows
		if err := w.do(ctx, "ROLLBACK TO shared"); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// strangers are tenants that queries do not run for. With several levels, one of them
// shares the outer levels.
func (w *world) strangers() [][]int {
	var all [][]int
	for n := 1; n <= 3; n++ {
		who := make([]int, len(w.levels))
		for l := range who {
			if len(who) == 1 || l == len(who)-1 || n > 1 {
				who[l] = n
			}
		}
		all = append(all, who)
	}
	return all
}

// triggers enables or disables the schema's own triggers: rows are made without them,
// and statements run with them.
func (w *world) triggers(verb string) string {
	var b strings.Builder
	for _, t := range w.tables {
		if t.triggers {
			fmt.Fprintf(&b, "ALTER TABLE %s %s TRIGGER USER; ", t.sql, verb)
		}
	}
	return b.String()
}

// load puts one side of a pair into the tables.
func (w *world) load(ctx context.Context, p *pair, side int) error {
	err := w.put(ctx, p.rows(side))
	if err != nil && p.first && ctx.Err() == nil { // a foreign key wants the tenant's own rows before
		p.first = false
		err = w.put(ctx, p.rows(side))
	}
	return err
}

// rows are those of one side, in the order to insert them.
func (p *pair) rows(side int) []*row {
	var before, mine []*row
	for _, r := range p.shared {
		if r.who == nil && !r.late {
			before = append(before, r) // they refer to each other only
		} else {
			mine = append(mine, r)
		}
	}
	if p.first {
		return slices.Concat(before, p.others[side], mine)
	}
	return slices.Concat(before, mine, p.others[side])
}

// reversed are the same rows, in another order within each table.
func (p *pair) reversed(side int) []*row {
	rows := p.rows(side)
	var out []*row
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && rows[j].table == rows[i].table {
			j++
		}
		part := slices.Clone(rows[i:j])
		slices.Reverse(part)
		out, i = append(out, part...), j
	}
	return out
}

// put replaces everything by the given rows.
func (w *world) put(ctx context.Context, rows []*row) error {
	w.initial, w.counts = map[*table]dump{}, nil
	script := "ROLLBACK TO base; " + inserts(rows) + "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED; "
	if !w.deferrable {
		script = "ROLLBACK TO base; " + inserts(rows)
	}
	if err := w.do(ctx, script+w.triggers("ENABLE")+w.plan+"SAVEPOINT ready"); err != nil {
		var pe *pgconn.PgError
		if errors.As(err, &pe) && pe.Detail != "" {
			err = fmt.Errorf("%w: %s", err, pe.Detail)
		}
		return fmt.Errorf("put rows into the tables: %w", err)
	}
	return nil
}

// complete reports whether every row that belongs to its parent's tenant has a parent,
// but for those that were made without one: one that loses it is not the row it was.
func complete(rows []*row) bool {
	of := map[*table][]*row{}
	for _, r := range rows {
		of[r.table] = append(of[r.table], r)
	}
	for _, r := range rows {
		children, found := false, false
		for _, ref := range r.table.refs {
			if ref.kind == parentRow {
				children = true
				found = found || slices.ContainsFunc(of[ref.table], func(o *row) bool { return refersTo(r, ref, o) })
			}
		}
		if children && !found && !r.orphan {
			return false
		}
	}
	return true
}

// refersTo reports whether a row's columns of a ref are those of another row.
func refersTo(r *row, ref *ref, o *row) bool {
	if !ref.applies(r.values) || !ref.lives(o.values) {
		return false
	}
	for i, c := range ref.columns {
		v, w := r.values[c], o.values[ref.to[i]]
		if v == nil || w == nil || *v != *w {
			return false
		}
	}
	return true
}

// inserts joins rows that follow each other in one table into one statement.
func inserts(rows []*row) string {
	var b strings.Builder
	for i := 0; i < len(rows); {
		t := rows[i].table
		var columns, lines []string
		for _, c := range t.columns {
			if !c.computed {
				columns = append(columns, ident(c.name))
			}
		}
		for i < len(rows) && rows[i].table == t && len(lines) < 100 {
			lines = append(lines, "("+rows[i].literals()+")")
			i++
		}
		if len(columns) == 0 {
			b.WriteString(strings.Repeat("INSERT INTO "+t.sql+" DEFAULT VALUES;\n", len(lines)))
			continue
		}
		fmt.Fprintf(&b, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE VALUES\n  %s;\n", t.sql, strings.Join(columns, ", "), strings.Join(lines, ",\n  "))
	}
	return b.String()
}

func (r *row) literals() string {
	if r.text != "" {
		return r.text
	}
	var parts []string
	for i, c := range r.table.columns {
		if !c.computed {
			parts = append(parts, literal(r.values[i]))
		}
	}
	r.text = strings.Join(parts, ", ")
	return r.text
}

// json is a row as a JSON object of texts.
func (r *row) json() string {
	doc := map[string]*string{}
	for i, c := range r.table.columns {
		doc[c.name] = r.values[i]
	}
	text, _ := json.Marshal(doc) // of texts, which cannot fail
	return string(text)
}
