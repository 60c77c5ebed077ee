package prove

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// row is a row of a state; values stand by column, nil is NULL.
type row struct {
	table  *table
	who    []int // the tenant of each level, as an index of its tenants; nil for a shared row
	values []*string
	text   string // the values as SQL, once they were asked for
	late   bool   // a shared row that refers to the tenant's
	orphan bool   // its parent is gone
	astray bool   // it names a tenant of one level that does not lie in that of another
}

// filler makes rows that satisfy the schema's constraints: it draws, tries on the
// server, and draws again.
type filler struct {
	values
	ctx      context.Context
	rows     []*row
	of       map[*table][]*row
	problems map[*table]string
	depth    int
	foreign  bool // the rows are for one of the two states only
	late     bool // shared rows may refer to the tenant's
	astray   bool // the row that is drawn is one
}

func newFiller(ctx context.Context, w *world, rng *rand.Rand) *filler {
	f := &filler{ctx: ctx, of: map[*table][]*row{}, problems: map[*table]string{}}
	f.values = values{world: w, rng: rng, clock: w.clock}
	return f
}

// clone continues from the same rows with other random numbers; what it adds is its own.
func (f *filler) clone(rng *rand.Rand) *filler {
	c := *f
	c.rng, c.rows = rng, nil
	c.of = maps.Clone(f.of)
	for t := range c.of {
		c.of[t] = slices.Clip(c.of[t])
	}
	return &c
}

// attempts is how often a row is drawn before its table is given up.
const attempts = 30

// shared makes the rows that belong to nobody.
func (f *filler) shared() error {
	for _, t := range f.tables {
		if t.tenantOwned() {
			continue
		}
		if err := f.existing(t); err != nil {
			return err
		}
		for range 6 {
			if _, err := f.make(t, nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// existing reads the rows that the schema files themselves insert.
func (f *filler) existing(t *table) error {
	rows, err := f.query(f.ctx, fmt.Sprintf("SELECT %s FROM %s AS t0 LIMIT 50", t.returning("t0"), t.sql))
	for _, r := range rows {
		f.of[t] = append(f.of[t], &row{table: t, values: t.parse(*r[0])})
	}
	return err
}

// tenant makes up to n rows of each table for one tenant. With foreign only those
// that are not of the tenant that queries run for.
func (f *filler) tenant(who []int, n int, foreign bool) error {
	f.foreign = foreign
	for _, t := range f.tables {
		if !t.tenantOwned() || foreign && who[t.owner.Level] == 0 {
			continue
		}
		count := n
		if n > 1 {
			count += f.rng.IntN(3)
		}
		if f.irregular {
			count = []int{0, 1, n, n + 1}[f.rng.IntN(4)]
		}
		for range count {
			if _, err := f.make(t, who, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// make makes one row, and the rows that it needs; nil when it does not succeed.
func (f *filler) make(t *table, who []int, fixed map[int]*string) (*row, error) {
	if f.depth > 5 {
		return nil, nil
	}
	f.depth++
	defer func() { f.depth-- }()
	if !t.tenantOwned() {
		who = nil
	}
	if f.foreign && (who == nil || who[t.owner.Level] == 0) {
		return nil, nil // it would be a row of the tenant, or of nobody, that one state lacks
	}
	last, limit := "", attempts
	if f.problems[t] != "" && len(f.of[t]) == 0 {
		limit = 3 // it did not succeed before
	}
	for attempt := range limit {
		orphan := f.orphans(t)
		values, set, err := f.draw(t, who, fixed, attempt, orphan)
		if errors.Is(err, errNoRow) {
			if last = err.Error(); attempt >= 4 {
				break
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		f.compute(t, values, set)
		refused := f.refused(t, who, values, set, orphan)
		if k := f.taken(t, values, set); k != nil {
			if last = fmt.Sprintf("23505 duplicate key value violates unique constraint %q", k.name); len(fixed) > 0 && attempt > 8 {
				break
			}
			continue
		}
		sql := t.insert(values, set, refused)
		got, err := f.prepared(f.ctx, "try", &sql)
		if err != nil {
			return nil, err
		}
		if got[0][0] == nil {
			last = "a trigger or a rule drops the row"
			continue
		}
		if s := *got[0][0]; strings.HasPrefix(s, "!") {
			if last = s[1:]; refused != "" && last == "22012 division by zero" {
				last = "read_also, restrict, or whose it would be"
			}
			if len(fixed) > 0 && attempt > 8 {
				break // what is fixed does not fit
			}
			continue
		}
		r := &row{table: t, who: who, values: t.parse(*got[0][0]), late: f.late, orphan: orphan, astray: f.astray}
		f.rows, f.of[t] = append(f.rows, r), append(f.of[t], r)
		delete(f.problems, t)
		return r, nil
	}
	if len(f.of[t]) == 0 {
		f.problems[t] = last
	}
	return nil, nil
}

// draw chooses the values of a row: what is fixed, the tenant, rows referred to, and
// the rest at random.
func (f *filler) draw(t *table, who []int, fixed map[int]*string, attempt int, orphan bool) ([]*string, []bool, error) {
	values, set := make([]*string, len(t.columns)), make([]bool, len(t.columns))
	for i, v := range fixed {
		values[i], set[i] = v, true
	}
	f.tenantColumns(t, who, values, set)
	must := f.owningParent(t)
	if must != nil {
		must.told(values, set)
	}
	if orphan {
		f.orphan(t, values, set)
	}
	for _, kind := range []refKind{parentRow, foreignKey, likely} {
		for _, r := range t.refs {
			if r.kind == kind && !(orphan && kind == parentRow) && r.applies(values) {
				ok, err := f.refer(t, r, who, values, set, r == must)
				if err != nil || !ok {
					return nil, nil, cmp.Or(err, fmt.Errorf("%w of %s to refer to by %s", errNoRow, r.table.name, r.name))
				}
			}
		}
	}
	if attempt < 3 {
		f.vary(t, values, set)
	}
	for i, c := range t.columns {
		if set[i] || c.computed {
			continue
		}
		if values[i] = f.column(c, attempt); values[i] != nil || !c.notNull {
			set[i] = true
		}
	}
	return values, set, nil
}

func (f *filler) tenantColumns(t *table, who []int, values []*string, set []bool) {
	if f.astray = false; who == nil {
		return
	}
	for l, lv := range f.levels {
		if lv.tenants == nil {
			continue
		}
		for _, name := range lv.Columns {
			if i := t.index(name); i >= 0 && (l <= t.owner.Level || t.columns[i].notNull) {
				values[i], set[i] = &lv.tenants[f.stray(t, l, who[l])], true
			}
		}
	}
	if t.owner.Kind == tenancy.Column {
		values[t.owner.Column], set[t.owner.Column] = &f.levels[t.owner.Level].tenants[who[t.owner.Level]], true
	}
}

// stray is now and then another tenant of a level than a row is meant for: one in which its
// own tenant of another level does not lie.
func (f *filler) stray(t *table, level, who int) int {
	if !f.irregular || level == t.owner.Level || t.declared == nil || f.rng.IntN(6) > 0 || f.in.Tenancy.Native().Of(t.declared).Level == 0 {
		return who
	}
	if m := f.in.Tenancy.Native(); m.Root(m.Of(t.declared).Level) == t.declared {
		return who // its row says in which outer tenant it lies
	}
	f.astray = true
	return 2 + (who+f.rng.IntN(2))%2
}

// owningParent chooses the parent that the row shall have: one is enough.
func (f *filler) owningParent(t *table) *ref {
	var parents []*ref
	for _, r := range t.refs {
		if r.kind == parentRow {
			parents = append(parents, r)
		}
	}
	if len(parents) == 0 {
		return nil
	}
	return parents[f.rng.IntN(len(parents))]
}

// errNoRow is why a row cannot be made: any value that the server takes would refer to
// another tenant's row.
var errNoRow = errors.New("the tenant has no row")

// refer fills the columns of a ref from a row that the tenant has, or makes one. It
// reports false when there is none and has to be one.
func (f *filler) refer(t *table, r *ref, who []int, values []*string, set []bool, must bool) (bool, error) {
	var open []int // columns that are still free
	for i, c := range r.columns {
		if !set[c] {
			open = append(open, i)
		} else if values[c] == nil {
			return true, nil // a null refers to nothing
		}
	}
	nullable := slices.ContainsFunc(open, func(i int) bool { return !t.columns[r.columns[i]].notNull })
	if !must && len(open) > 0 && f.rng.IntN(4) == 0 {
		if r.kind == likely {
			return true, nil // any value
		}
		if nullable {
			f.nulls(t, r, open, values, set)
			return true, nil
		}
	}
	candidates := f.candidates(r, who, values, set)
	reachable := who != nil || !r.table.tenantOwned() // a shared row refers to no tenant's
	if len(candidates) == 0 && r.kind != likely && r.table != t && reachable {
		made, err := f.make(r.table, who, f.fixedFor(r, values, set))
		if err != nil {
			return false, err
		}
		if made != nil {
			candidates = []*row{made}
		}
	}
	switch {
	case len(candidates) > 0:
		chosen := candidates[f.rng.IntN(len(candidates))]
		for _, i := range open {
			values[r.columns[i]], set[r.columns[i]] = chosen.values[r.to[i]], true
		}
	case r.kind != likely && nullable:
		f.nulls(t, r, open, values, set)
	default:
		return r.kind == likely || r.table == t, nil // the first row of a tree may refer to itself
	}
	return true, nil
}

func (f *filler) nulls(t *table, r *ref, open []int, values []*string, set []bool) {
	for _, i := range open {
		if c := r.columns[i]; !t.columns[c].notNull {
			values[c], set[c] = nil, true
		}
	}
}

// candidates are the rows that a tenant's row may refer to: its own, and shared ones.
func (f *filler) candidates(r *ref, who []int, values []*string, set []bool) []*row {
	var found []*row
	across := f.across(r)
	for _, o := range f.of[r.table] {
		if o.who != nil && !across(o) && (who == nil || o.who[o.table.owner.Level] != who[o.table.owner.Level]) || o.orphan {
			continue
		}
		fits := r.lives(o.values)
		for i, c := range r.columns {
			v := o.values[r.to[i]]
			fits = fits && (v != nil && (!set[c] || values[c] != nil && *values[c] == *v))
		}
		if fits {
			found = append(found, o)
		}
	}
	return found
}

// fixedFor are the values that the row referred to must have.
func (f *filler) fixedFor(r *ref, values []*string, set []bool) map[int]*string {
	fixed := map[int]*string{}
	for i, c := range r.columns {
		if set[c] {
			fixed[r.to[i]] = values[c]
		}
	}
	return r.enliven(fixed)
}

// taken is a key that a row with these values would break, nil for none that is known: most rows that the server would
// refuse are such, and to ask it takes longer than all else about them.
func (f *filler) taken(t *table, values []*string, set []bool) *key {
	for _, k := range t.keys {
		columns := t.indexes(k.columns)
		if !k.strict || slices.ContainsFunc(columns, func(c int) bool { return c < 0 || !set[c] || values[c] == nil }) {
			continue
		}
		for _, o := range f.of[t] {
			if !slices.ContainsFunc(columns, func(c int) bool { return o.values[c] == nil || *o.values[c] != *values[c] }) {
				return k
			}
		}
	}
	return nil
}

// insert is the statement that makes a row and returns it as an array. It fails when
// the row turns out to be a refused one.
func (t *table) insert(values []*string, set []bool, refused string) string {
	returning := t.returning("t0")
	if refused != "" {
		returning = fmt.Sprintf("CASE WHEN %s THEN (1 / (0 * length(t0::text)))::text ELSE %s END", refused, returning)
	}
	var columns, texts []string
	for i, c := range t.columns {
		if !c.computed && set[i] {
			columns, texts = append(columns, ident(c.name)), append(texts, literal(values[i]))
		}
	}
	if len(columns) == 0 {
		return fmt.Sprintf("INSERT INTO %s AS t0 DEFAULT VALUES RETURNING %s", t.sql, returning)
	}
	return fmt.Sprintf("INSERT INTO %s AS t0 (%s) OVERRIDING SYSTEM VALUE VALUES (%s) RETURNING %s", t.sql,
		strings.Join(columns, ", "), strings.Join(texts, ", "), returning)
}

// returning is a row as one text: an array of its columns.
func (t *table) returning(alias string) string {
	parts := make([]string, len(t.columns))
	for i, c := range t.columns {
		parts[i] = alias + "." + ident(c.name) + "::text"
	}
	return "ARRAY[" + strings.Join(parts, ", ") + "]::text[]::text"
}

func (t *table) parse(text string) []*string { return parseNullable(text) }
