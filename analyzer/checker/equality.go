package checker

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// family returns the set of types with which a column can be compared so that what is equal
// is the same, "" when its own values may be equal and differ: under a nondeterministic
// collation (PostgreSQL manual, 24.2.2.4), with blanks at the end of char(n) (8.3), or where
// a value is rounded or cut on its way in, as float and name do it (8.1.3 and 8.3).
func family(c *catalog.Column) string {
	v := c.Value
	switch {
	case v.Array || v.Nondeterministic:
		return ""
	case v.Kind == "enum":
		return "enum " + v.Type.Schema + "." + v.Type.Name
	case v.Kind != "" || v.Type.Schema != "pg_catalog":
		return ""
	}
	switch t := v.Type.Name; t {
	case "int2", "int4", "int8":
		return "int"
	case "text", "varchar":
		return "text"
	case "uuid", "numeric", "bool", "date", "timestamp", "timestamptz", "time", "bytea", "oid", "inet", "jsonb":
		return t
	}
	return ""
}

// stores reports whether a value of c's family is what c then holds: a modifier rounds
// numbers and times, and drops blanks behind the length of varchar(n) without an error.
func stores(c *catalog.Column) bool { return family(c) != "" && !c.Value.Modified }

// alike makes sure that a chain with a comparison in it stays in one family.
func (k *checker) alike(c certificate.Chain, s *scope) {
	if !slices.ContainsFunc(c, func(st certificate.Step) bool {
		return st.Kind == certificate.Condition || st.Kind == certificate.Member || st.Kind == certificate.EveryArm || st.Kind == certificate.Among ||
			st.Kind == certificate.Fed || st.Kind == certificate.EitherSide
	}) {
		return
	}
	have := ""
	for _, st := range c {
		for _, t := range []certificate.Term{st.A, st.B} {
			f, known := k.familyOf(t, s)
			if known && (f == "" || have != "" && f != have) {
				k.fail("what equals %v need not be the same", t)
			}
			if known {
				have = f
			}
		}
	}
}

// written is the family whose values a parameter holds as they are written, each in one way (PostgreSQL manual,
// 8.1.1 and 8.12): nothing but their text is compared with it. It is "" for any other parameter.
func (k *checker) written(p *query.ParamInfo) string {
	for _, f := range []query.Type{"uuid", "int"} {
		if len(p.Equals) == 1 && p.Equals[0] == query.AsText(f) && !k.db.OwnCasts() && !slices.ContainsFunc(p.Elsewhere, func(t query.Type) bool { return t != "text" }) {
			return string(f)
		}
	}
	return ""
}

// spelled makes sure that an equality compares the text of a value exactly where its parameter holds that.
func (k *checker) spelled(e *query.Eq) bool {
	holds := func(side query.Expr) bool {
		p, ok := side.(*query.Param)
		info := k.st.Param(numberOf(p))
		return ok && info != nil && k.written(info) != ""
	}
	if !e.AsText {
		return !holds(e.L) && !holds(e.R)
	}
	_, col := e.L.(*query.Col)
	return col && holds(e.R)
}

func numberOf(p *query.Param) int {
	if p == nil {
		return 0
	}
	return p.Number
}

// familyOf returns the family of a term, false where it is neither a column of a table nor a
// parameter, nor one of its elements.
func (k *checker) familyOf(t certificate.Term, s *scope) (string, bool) {
	if t.IsParam() {
		i := slices.IndexFunc(k.st.Params, func(p *query.ParamInfo) bool { return p.Number == t.Number() })
		if i < 0 {
			return "", true
		}
		if f := k.written(k.st.Params[i]); f != "" {
			return f, true
		}
		if k.db.OwnCasts() && !unconverted(k.st.Params[i]) {
			return "", true
		}
		return paramFamily(k.st.Params[i]), true
	}
	if t.IsElement() {
		return k.familyOfElements(t.Number()), true
	}
	r := k.rowOf(t, s)
	if r == nil || r.table == nil || !t.IsColumn() || t.Number() < 0 || t.Number() >= len(r.table.Columns) {
		return "", false
	}
	return family(r.table.Columns[t.Number()]), true
}

// paramFamily is the one family that a parameter has, from the places that compare it, or
// from all others when none does. It has none when it is compared in two, when another place
// may give it a type that changes its value and that PostgreSQL would compare with the
// family, or when nothing is known of it.
func paramFamily(p *query.ParamInfo) string {
	from := p.Equals
	if len(from) == 0 {
		from = p.Elsewhere
	}
	if len(from) != 1 {
		return ""
	}
	f := string(from[0])
	switch f {
	case "uuid", "bool", "bytea", "jsonb":
		return f
	}
	if strings.HasPrefix(f, "enum ") {
		return f
	}
	if slices.ContainsFunc(p.Elsewhere, func(t query.Type) bool { return string(t) != f && t != "text" }) {
		return ""
	}
	return f
}

// unconverted reports whether no place of the parameter gives it another type: a cast that
// the schema declares may make any value of it.
func unconverted(p *query.ParamInfo) bool {
	for _, t := range p.Elsewhere {
		if t == query.Unknown || len(p.Equals) > 0 && t != p.Equals[0] || t != p.Elsewhere[0] {
			return false
		}
	}
	return len(p.Equals) <= 1
}

// sameTenant reports whether a foreign key's equality of the two tenant columns makes them
// one tenant.
func sameTenant(a, b *catalog.Column) bool { return family(a) != "" && family(a) == family(b) }

// arbiter lists the columns in which a row that conflicts has the values of the proposed
// one. PostgreSQL infers every unique index with the columns, whatever its collations are
// (src/backend/optimizer/util/plancat.c, infer_collation_opclass_match).
func arbiter(w *query.Write) []int {
	cols := slices.DeleteFunc(slices.Clone(w.Arbiter()), func(c int) bool { return c < 0 || family(w.Target.Table.Columns[c]) == "" })
	for _, key := range w.Target.Table.Keys {
		if !exactKey(key) && slices.ContainsFunc(cols, func(c int) bool { return slices.Contains(key.Columns, w.Target.Table.Columns[c].Name) }) {
			return nil
		}
	}
	return cols
}

// exactKey reports whether a key takes values for one only when its columns do.
func exactKey(key *catalog.Key) bool { return !key.Coarse && !key.Class }
