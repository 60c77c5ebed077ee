package prove

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/parameters"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// drawer draws parameters for the queries of a pair of states: most from rows that
// belong together, since values drawn one by one would hardly ever meet.
type drawer struct {
	values
	rows  map[*table][]*row // of both sides
	mine  map[*table][]*row // of the tenant, and shared
	alien map[*table][]*row // of others, and shared
	lost  map[*column][]*string
}

func newDrawer(w *world, p *pair, rng *rand.Rand) *drawer {
	d := &drawer{values: values{world: w, rng: rng, clock: w.clock}, rows: map[*table][]*row{}, mine: map[*table][]*row{}, alien: map[*table][]*row{}, lost: map[*column][]*string{}}
	add := func(m map[*table][]*row, r *row) { m[r.table] = append(m[r.table], r) }
	for _, r := range p.shared {
		add(d.mine, r)
		add(d.rows, r)
		if r.who == nil {
			add(d.alien, r)
		}
	}
	for _, side := range p.others {
		for _, r := range side {
			add(d.alien, r)
			add(d.rows, r)
		}
		maps.Copy(d.lost, dangling(side))
	}
	d.irregular = p.irregular
	return d
}

// focus is a set of rows that refer to each other, one for each table.
type focus struct {
	*drawer
	pool map[*table][]*row
	at   map[*table]*row
}

func (d *drawer) focus(pool map[*table][]*row) *focus {
	return &focus{d, pool, map[*table]*row{}}
}

// row is the row of a table in the focus. It fits the rows that are there already, as
// far as one does.
func (f *focus) row(t *table) *row {
	if r, ok := f.at[t]; ok {
		return r
	}
	all := f.pool[t]
	if len(all) == 0 {
		return nil
	}
	var best []*row
	most := math.MinInt
	for _, r := range all {
		n := 0
		for _, o := range f.at {
			n += related(r, o) + related(o, r)
		}
		if n > most {
			best, most = nil, n
		}
		if n == most {
			best = append(best, r)
		}
	}
	r := best[f.rng.IntN(len(best))]
	f.at[t] = r
	return r
}

// related counts the refs of a that b is the row of.
func related(a, b *row) int {
	if a == nil || b == nil {
		return 0
	}
	n := 0
	for _, r := range a.table.refs {
		if r.table != b.table {
			continue
		}
		if refersTo(a, r, b) {
			n += 2
		} else {
			n--
		}
	}
	return 2*n + alike(a, b)
}

// alike counts the columns of one name in which rows of two tables agree.
func alike(a, b *row) int {
	n := 0
	for i, c := range a.table.columns {
		if j := b.table.index(c.name); j >= 0 && a.table != b.table && a.values[i] != nil && b.values[j] != nil && *a.values[i] == *b.values[j] {
			n++
		}
	}
	return n
}

// draw draws a value for each parameter of a query.
func (d *drawer) draw(q *query) []*string {
	pool := d.mine
	if d.rng.IntN(4) == 0 {
		pool = d.alien
	}
	// Arrays have several elements; those at one position belong together.
	foci := []*focus{d.focus(pool)}
	for range d.rng.IntN(3) {
		foci = append(foci, d.focus([]map[*table][]*row{pool, d.alien}[d.rng.IntN(4)/3]))
	}
	values := make([]*string, len(q.oids))
	for i := range values {
		values[i] = d.param(q, i, foci)
	}
	return values
}

// mutate changes one parameter of values that touched rows.
func (d *drawer) mutate(q *query, good []*string) []*string {
	values := slices.Clone(good)
	i := d.rng.IntN(len(values))
	values[i] = d.param(q, i, []*focus{d.focus(d.rows)})
	return values
}

func (d *drawer) param(q *query, i int, foci []*focus) *string {
	for level, n := range q.Tenants {
		if n == i+1 && d.levels[level].tenants != nil {
			if q.Verdict == analyzer.Rejected && q.Params[i].Nullable && d.rng.IntN(3) == 0 {
				return nil // a refused query may be called without its tenant
			}
			id := d.levels[level].tenants[0]
			return &id
		}
	}
	p := parameters.Param{}
	if i < len(q.Params) {
		p = q.Params[i]
	}
	if p.Nullable && d.rng.IntN(3) == 0 {
		return nil
	}
	t := d.types[q.oids[i]]
	if t == nil {
		return d.of(&typ{kind: "b", category: "S", name: "text"}, p, q, foci[0])
	}
	if elem := d.types[t.elem]; d.base(t).category == "A" && elem != nil {
		var items []*string
		for _, f := range foci {
			if v := d.of(elem, p, q, f); v != nil {
				items = append(items, v)
			}
		}
		return arrayText(items)
	}
	return d.of(t, p, q, foci[0])
}

// of draws one value: from a column that the parameter meets, from a column of its
// name, or at random.
func (d *drawer) of(t *typ, p parameters.Param, q *query, f *focus) *string {
	if d.rng.IntN(12) == 0 {
		f = d.focus(d.rows)
	}
	// What is written has to be new where a key wants it.
	fresh := len(q.Targets) > 0 && d.rng.IntN(3) == 0
	if v := d.odd(t, p, q); v != nil {
		return v
	}
	if !fresh && d.rng.IntN(12) > 0 {
		if v := d.fromColumns(t, p, q, f); v != nil {
			return v
		}
	}
	name := plain(p.Name)
	if t.category == "N" && slices.ContainsFunc([]string{"limit", "offset", "size", "count", "page"}, func(s string) bool { return strings.Contains(name, s) }) {
		n := []string{"0", "1", "2", "10", "100"}[d.rng.IntN(5)]
		if !strings.Contains(name, "offset") && n == "0" {
			n = "50"
		}
		return &n
	}
	if fresh {
		return d.value(t, p.Name, 12)
	}
	return d.value(t, p.Name, 0)
}

// odd is a value that only irregular states have a use for: the key of a parent that is
// gone, or a row as a document; nil for an ordinary one.
func (d *drawer) odd(t *typ, p parameters.Param, q *query) *string {
	if (t.name == "json" || t.name == "jsonb") && d.rng.IntN(3) == 0 {
		return anyRow(d.rows, d.tables, d.rng)
	}
	for _, ref := range p.Columns {
		top := d.byName[ref.Table.Name]
		if top == nil {
			continue
		}
		if i := top.index(ref.Table.Columns[ref.Column].Name); i >= 0 {
			if lost := d.lost[top.columns[i]]; len(lost) > 0 && d.rng.IntN(3) == 0 {
				return lost[d.rng.IntN(len(lost))]
			}
		}
	}
	return nil
}

// fromColumns takes the value of a column of the focus.
func (d *drawer) fromColumns(t *typ, p parameters.Param, q *query, f *focus) *string {
	var values []*string
	for _, ref := range p.Columns {
		if v := d.cell(t, d.byName[ref.Table.Name], ref.Table.Columns[ref.Column].Name, f); v != nil {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		for _, at := range d.named(p.Name, q) {
			if v := d.cell(t, at.table, at.column, f); v != nil {
				values = append(values, v)
				break
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	if d.rng.IntN(3) > 0 {
		return values[0]
	}
	return values[d.rng.IntN(len(values))]
}

// cell is a column of the focus' row, when its type is like the parameter's.
func (d *drawer) cell(t *typ, table *table, column string, f *focus) *string {
	if table == nil {
		return nil
	}
	if top := d.leaves[table.oid]; top != nil {
		table = top
	}
	i := table.index(column)
	if i < 0 {
		return nil
	}
	have, want := d.base(table.columns[i].typ), d.base(t)
	r := f.row(table)
	if r == nil || r.values[i] == nil {
		return nil
	}
	if have.category == "A" && have.elem == want.oid {
		if items := parseArray(*r.values[i]); len(items) > 0 {
			return &items[d.rng.IntN(len(items))]
		}
		return nil
	}
	if have.oid != want.oid && have.category != want.category && want.category != "S" {
		return nil
	}
	return r.values[i]
}

// place is a column that a name may speak of.
type place struct {
	table  *table
	column string
}

// named finds the columns that the name of a parameter speaks of: of the tables that
// the query uses first.
func (d *drawer) named(name string, q *query) []place {
	if places, ok := q.places[name]; ok {
		return places
	}
	want := plain(name)
	var sure, maybe []place
	for _, t := range d.tables {
		if t.owner.Kind == tenancy.Undeclared {
			continue
		}
		used := q.tables[t]
		for _, c := range t.columns {
			col, stem := plain(c.name), singular(plain(t.name.Name))
			switch {
			case used && (want == col || want == col+"s" || strings.HasSuffix(want, col) && len(col) > 3):
				sure = append(sure, place{t, c.name})
			case (want == stem+col || want == stem+col+"s") || strings.HasSuffix(stem, strings.TrimSuffix(strings.TrimSuffix(want, "s"), col)) && strings.TrimSuffix(want, "s") != col && strings.HasSuffix(strings.TrimSuffix(want, "s"), col) && len(col) > 1:
				maybe = append(maybe, place{t, c.name})
			}
		}
	}
	if q.places == nil {
		q.places = map[string][]place{}
	}
	q.places[name] = append(sure, maybe...)
	return q.places[name]
}
