package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// A foreign key counts as valid though rows may violate it where PostgreSQL did not look at rows that got a value, or where
// something undid what the key's own action did, which nobody looks at again (manual, 39.1 and 41.4).

// violable notes that rows may violate a key, and why: those of the tables that it is a part for, and of the partitions that have a part of it.
func (l *loader) violable(f *foreign, why string) {
	for up := f; up != nil; up = up.parent {
		up.violable(why)
	}
	for _, t := range l.tables {
		for _, g := range t.foreign {
			for up := g.parent; up != nil; up = up.parent {
				if up == f {
					g.violable(why)
				}
			}
		}
	}
}

func (f *foreign) violable(why string) {
	f.switchOff()
	if f.Unkept == "" {
		f.Unkept = why
	}
}

// leftAlone notes the foreign keys that a partition keeps when it goes: of one to a partitioned table it had no trigger any
// longer that looks after deleted rows, and later minor versions make none (release notes of 17.1, 16.5, 15.9 and 14.14).
func (l *loader) leftAlone(p *table) {
	for _, d := range p.descendants(false) {
		for _, f := range d.foreign {
			if f.parent != nil && f.ref != nil && f.ref.PartitionBy != "" {
				f.violable("up to PostgreSQL 17.0, 16.4, 15.8 and 14.13, DETACH PARTITION leaves it without triggers")
			}
		}
	}
}

// endings are the statements by which a rule, a trigger or the body of one may end or become another: what was until then
// may have left rows behind.
var endings = map[string]bool{
	"drop_stmt": true, "create_function_stmt": true, "alter_function_stmt": true, "create_trig_stmt": true, "rule_stmt": true, "alter_table_stmt": true,
	"rename_stmt": true, "do_stmt": true,
}

// unkept notes the foreign keys whose action a rule or a trigger may undo as things are.
func (l *loader) unkept() {
	l.crashes()
	for _, t := range l.tables {
		if len(t.rules) == 0 && !slices.ContainsFunc(t.triggers, func(g *trigger) bool { return g.Row && g.Timing == "before" }) {
			continue
		}
		for _, f := range t.foreign {
			if f.Unkept != "" {
				continue
			}
			if why := l.undoes(t, f); why != "" {
				l.violable(f, why)
			}
		}
	}
}

// crashes notes the foreign keys to a partitioned table of which a crash empties a partition: PostgreSQL refuses that of
// other tables alone (manual, CREATE TABLE, UNLOGGED).
func (l *loader) crashes() {
	for _, t := range l.tables {
		for _, f := range t.foreign {
			if f.ref == nil || f.ref.PartitionBy == "" || t.unlogged && t.PartitionBy == "" {
				continue
			}
			for _, d := range f.ref.descendants(false) {
				if d.unlogged && f.Unkept == "" {
					l.violable(f, "a crash empties "+d.Name.String()+", which is unlogged")
				}
			}
		}
	}
}

// undoes says what on t may undo what an action of f does to rows of t, "" for nothing.
func (l *loader) undoes(t *table, f *foreign) string {
	var events []string
	if f.OnDelete == "cascade" {
		events = append(events, "delete")
	}
	if f.Acts(true, nil) && f.OnDelete != "cascade" || f.Acts(false, f.RefColumns) {
		events = append(events, "update")
		if moves(t, f.Columns) { // to another partition a row goes by DELETE and INSERT
			events = append(events, "delete")
		}
	}
	if len(events) > 0 && len(t.rules) > 0 {
		return "a rule on " + t.Name.String() + " may rewrite what its action does"
	}
	for _, g := range t.triggers {
		for _, e := range events {
			of := len(g.Columns) == 0 || e != "update" || slices.ContainsFunc(g.Columns, func(c string) bool { return slices.Contains(f.Columns, c) })
			if g.Row && g.Timing == "before" && slices.Contains(g.Events, e) && of && !l.leaves(g, e, f.Columns) {
				return "trigger " + g.Name + " on " + t.Name.String() + " may undo what its action does"
			}
		}
	}
	return ""
}

// moves reports whether new values of columns may put a row of t into another partition, of whichever table it is a row.
func moves(t *table, columns []string) bool {
	for len(t.parents) > 0 && t.IsPartition {
		t = t.parents[0]
	}
	return slices.ContainsFunc(t.descendants(false), func(d *table) bool {
		return slices.ContainsFunc(d.PartitionKey, func(c string) bool { return c == "" || slices.Contains(columns, c) })
	})
}

// leaves reports whether a trigger lets a change be and keeps the columns, or somebody vouches for it.
func (l *loader) leaves(g *trigger, event string, columns []string) bool {
	if f := g.function; f != nil {
		return l.trusts(f) || f.Language == "plpgsql" && passesOn(f.Body, event, columns)
	}
	switch n := g.Function; {
	case n.Name == "moddatetime" && slices.Contains(l.db.Extensions, "moddatetime"),
		n.Name == "tsvector_update_trigger" && (n.Schema == "" || n.Schema == pgtype.SystemSchema):
		return len(g.Args) > 0 && !slices.Contains(columns, g.Args[0])
	}
	return l.trustsUnseen(g.Function)
}

// passesOn reports whether the words of a body return the row that it got, and nothing but plain fields of it, none of them of the
// columns, is assigned.
func passesOn(body, event string, columns []string) bool {
	var words []string
	for _, t := range sqllex.Lex(body) {
		if t.Kind == sqllex.Comment {
			continue
		}
		words = append(words, strings.Trim(strings.ToLower(t.Text(body)), `"`))
	}
	at := func(i int) string {
		if i < 0 || i >= len(words) {
			return ""
		}
		return words[i]
	}
	whole := map[string]string{"delete": "old", "update": "new"}[event]
	for i, word := range words {
		before, next := at(i-1), at(i+1)
		switch {
		case word == "execute", word == "alias", word == "call", strings.HasPrefix(word, "u&"): // CALL assigns to INOUT parameters
			return false
		case word == "return":
			if next != whole || at(i+2) != ";" {
				return false
			}
		case word != whole || before == "return" || before == "from" || next == "is":
		case next == ".":
			if event != "delete" && slices.Contains(columns, at(i+2)) {
				return false
			}
		case before != "(" && before != "," || next != ")" && next != ",":
			return false
		}
	}
	return true
}

// createSubscription notes that rows come from another server, for which no trigger of a foreign key runs (manual, 31.8).
func (l *loader) createSubscription(*pg.CreateSubscriptionStmt) error {
	l.replica.subscribed = true
	return nil
}

// keepsValues reports whether a column's values stay what they are when it gets another type, or the statement fails.
func (l *loader) keepsValues(from, to catalog.TypeRef) bool {
	integer := func(r catalog.TypeRef) bool {
		return slices.Contains([]string{"int2", "int4", "int8"}, r.Name.Name)
	}
	text := func(r catalog.TypeRef) bool { return r.Name.Name == "text" || r.Name.Name == "varchar" }
	plain := func(r catalog.TypeRef) bool { return r.Name.Schema == pgtype.SystemSchema && !r.Array }
	return plain(from) && plain(to) && !to.Modified && !l.db.OwnCasts() && (from.Name == to.Name || integer(from) && integer(to) || text(from) && text(to))
}

// unchecked reports whether the rows that are there get values in a new column of which PostgreSQL does not see whether they
// violate a foreign key that is written with it: it looks only where the column itself has a default.
func (l *loader) unchecked(def *pg.ColumnDef) bool {
	if _, ok := serial(def.GetTypeName()); ok {
		return false
	}
	identity := false
	for _, n := range def.GetConstraints() {
		switch n.GetConstraint().GetContype() {
		case pg.ConstrType_CONSTR_DEFAULT, pg.ConstrType_CONSTR_GENERATED:
			return false
		case pg.ConstrType_CONSTR_IDENTITY:
			identity = true
		}
	}
	return identity || l.typeRef(def.GetTypeName()).Name.Schema != pgtype.SystemSchema
}
