package prove

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// An irregular pair of states has all that the schema allows and an application may
// not expect: tenants whose ids are nearly the same, references to rows of another
// tenant, rows whose parent is gone, hidden rows, values that differ by case or a blank,
// and tables of any size. A state is one that the constraints allow, no more; where a
// proof rests on more, its certificate says so.

// irregularShapes are tried one after another, after all others.
var irregularShapes = []shape{
	{4, [2]int{0, 4}, false, true},
	{1, [2]int{0, 3}, true, true},
	{2, [2]int{2, 4}, false, true},
}

// rounds is how many pairs there are, the irregular ones included: each family of
// tenants has one at least.
func (w *world) rounds(wanted int) int {
	return wanted + max(wanted, w.families())
}

// shape chooses what the tenants of a round have, and which tenants there are.
func (w *world) shape(round int) (shape, error) {
	clear(w.ambiguous)
	n := round - w.regular
	if n < 0 {
		w.plan = ""
		return shapes[round%len(shapes)], w.adopt(0)
	}
	// Other plans look at rows in other places, before it is known whose they are.
	w.plan = []string{"", plans[0] + "; " + plans[3] + "; ", plans[0] + "; " + plans[2] + "; "}[n%3]
	return irregularShapes[n%len(irregularShapes)], w.adopt(n)
}

// across reports which rows a reference may lead to that are another tenant's: any, if
// a foreign key without the tenant is all that holds it. A declared parent is whose a
// row is, so that it cannot be another's.
func (f *filler) across(r *ref) func(*row) bool {
	if !f.irregular || r.kind == parentRow || !f.foreign && !f.late || f.rng.IntN(3) == 0 {
		return func(*row) bool { return false }
	}
	return func(o *row) bool { return o.who[o.table.owner.Level] == 0 }
}

// orphans decides that a row of t is to have no parent.
func (f *filler) orphans(t *table) bool {
	if !f.irregular || !f.foreign || f.rng.IntN(3) > 0 {
		return false
	}
	parents := 0
	for _, r := range t.refs {
		if r.kind != parentRow {
			continue
		}
		parents++
		if r.enforced && !slices.ContainsFunc(r.columns, func(c int) bool { return !t.columns[c].notNull }) {
			return false
		}
	}
	return parents > 0
}

// orphan fills the links to parents: with nulls, or, where no foreign key is in the
// way, with what a parent might have been called.
func (f *filler) orphan(t *table, values []*string, set []bool) {
	for _, r := range t.refs {
		if r.kind != parentRow || !r.applies(values) {
			continue
		}
		nothing := r.enforced || f.rng.IntN(3) == 0
		for i, c := range r.columns {
			switch key := r.table.columns[r.to[i]]; {
			case set[c]:
			case nothing && !t.columns[c].notNull:
				values[c], set[c] = nil, true
			default:
				values[c], set[c] = f.column(key, f.rng.IntN(12)), true
			}
		}
	}
}

// refused is the condition under which a new row of t is not wanted, "" for none: it is
// not whose it is meant to be, every tenant may read it, or nobody may see it.
func (f *filler) refused(t *table, who []int, values []*string, set []bool, orphan bool) string {
	var any []string
	if t.restrict != "" && !(f.irregular && f.rng.IntN(3) == 0) {
		any = append(any, fmt.Sprintf("(%s) IS NOT TRUE", t.restrict))
	}
	if t.readAlso != "" && f.foreign {
		any = append(any, fmt.Sprintf("(%s) IS TRUE", t.readAlso))
	}
	for i, c := range t.columns {
		if c.computed && set[i] && values[i] != nil {
			any = append(any, fmt.Sprintf("t0.%s::text IS DISTINCT FROM %s", ident(c.name), literal(values[i])))
		}
	}
	if f.irregular && who != nil {
		any = append(any, f.misplaced(t, who, orphan)...)
	}
	return strings.Join(any, " OR ")
}

// nearText is a text, or one that is nearly the same, or one that the schema speaks of.
func (v *values) nearText(s string) string {
	if !v.irregular {
		return s
	}
	switch v.rng.IntN(6) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return s + " "
	case 2:
		if len(v.words) > 0 {
			return v.words[v.rng.IntN(len(v.words))]
		}
	}
	return s
}

// nearNumber is a number, or one that some types take for it.
func (v *values) nearNumber(t *typ, n int) string {
	if v.irregular && (t.name == "numeric" || strings.HasPrefix(t.name, "float")) {
		switch v.rng.IntN(6) {
		case 0:
			return fmt.Sprintf("%d.4", n)
		case 1:
			return fmt.Sprint(16777216 + n)
		}
	}
	return fmt.Sprint(n)
}

// vary gives some columns of texts what another row has there, or nearly that: two rows
// that meet under one equality and not under another.
func (f *filler) vary(t *table, values []*string, set []bool) {
	for i, c := range t.columns {
		rows := f.of[t]
		if !f.irregular || set[i] || c.computed || len(rows) == 0 || f.base(c.typ).category != "S" && c.typ.name != "citext" || f.rng.IntN(2) == 0 {
			continue
		}
		if v := rows[f.rng.IntN(len(rows))].values[i]; v != nil {
			near := []string{strings.ToUpper(*v), strings.ToLower(*v), *v + " ", *v}[f.rng.IntN(4)]
			values[i], set[i] = &near, true
		}
	}
}

// readWords learns the texts that the schema itself speaks of: in defaults, functions,
// triggers and the expressions of indexes, and what columns refer to by default.
func (w *world) readWords(ctx context.Context) error {
	rows, err := w.query(ctx, `
SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef WHERE adrelid >= 16384
UNION ALL SELECT prosrc FROM pg_catalog.pg_proc p WHERE oid >= 16384 AND pronamespace <> '`+own+`'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT pg_catalog.pg_get_triggerdef(oid) FROM pg_catalog.pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index WHERE indexrelid >= 16384 AND (indexprs IS NOT NULL OR indpred IS NOT NULL)
UNION ALL SELECT pg_catalog.pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE oid >= 16384 AND contype = 'c'`)
	for _, r := range rows {
		if r[0] == nil {
			continue
		}
		for _, m := range stringLiteral().FindAllStringSubmatch(*r[0], -1) {
			if s := strings.ReplaceAll(m[2], "''", "'"); s != "" && len(s) <= 20 && m[1] == "" {
				w.words = append(w.words, s)
			}
		}
	}
	slices.Sort(w.words)
	w.words = slices.Compact(w.words)
	return err
}

// rarely lets columns hold what others refer to by default, and notes which stand in keys:
// a null there is equal to no other, or to all.
func (w *world) rarely() {
	for _, t := range w.tables {
		for _, k := range t.keys {
			for _, c := range t.indexes(k.columns) {
				t.columns[c].linked = true
			}
		}
		for _, r := range t.refs {
			for i, c := range r.columns {
				t.columns[c].linked = true
				if d := t.columns[c].fallback; d != "" {
					key := r.table.columns[r.to[i]]
					key.rare = append(key.rare, d)
				}
			}
		}
	}
}

// dangling are the values of keys that rows without a parent refer to: who makes a row
// with such a key becomes their parent.
func dangling(rows []*row) map[*column][]*string {
	found := map[*column][]*string{}
	for _, r := range rows {
		for _, ref := range r.table.refs {
			if !r.orphan || ref.kind != parentRow {
				continue
			}
			for i, c := range ref.columns {
				if v := r.values[c]; v != nil {
					key := ref.table.columns[ref.to[i]]
					found[key] = append(found[key], v)
				}
			}
		}
	}
	return found
}

// anyRow is a random row as a JSON object: what a parameter may hold that is read as a
// row, or that has keys of the names of columns.
func anyRow(rows map[*table][]*row, tables []*table, rng *rand.Rand) *string {
	var all []*row
	for _, t := range tables {
		all = append(all, rows[t]...)
	}
	if len(all) == 0 {
		return nil
	}
	s := all[rng.IntN(len(all))].json()
	return &s
}
