package confirm

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// facts are what a catalog says of one object, by what it says it of: "column org_id",
// "foreign key notes_org_id_fkey". A line that both write differently is a difference.
type facts map[string]string

// said are the facts of a catalog by object: "table notes".
type said map[string]facts

func (s said) add(object, of, format string, args ...any) {
	if s[object] == nil {
		s[object] = facts{}
	}
	s[object][of] = fmt.Sprintf(format, args...)
}

// catalog lays the catalog that the analysis made of the schema files beside the server's.
func (s *server) catalog(ctx context.Context, db *catalog.Database) ([]*Difference, error) {
	theirs, err := s.describe(ctx)
	if err != nil {
		return nil, err
	}
	ours := describe(db)
	var found []*Difference
	for _, object := range slices.Sorted(maps.Keys(both(ours, theirs))) {
		for _, of := range slices.Sorted(maps.Keys(both(ours[object], theirs[object]))) {
			a, b := ours[object][of], theirs[object][of]
			if name, ok := strings.CutPrefix(of, "column "); ok && maybeNull(db, object, name) {
				b = strings.Replace(b, "not null true", "not null false", 1)
			}
			if a == b || a == "" && (unsure(db, object, of) || strings.HasPrefix(of, "claim ")) || b == "" && strings.HasPrefix(of, "runs ") {
				continue
			}
			d := &Difference{What: object + ", " + of, Ours: orNone(a), Server: orNone(b)}
			if name, ok := strings.CutPrefix(object, "table "); ok {
				d.Table = name
				if t := named(db, name); t != nil {
					d.Pos = t.Pos
				}
			}
			found = append(found, d)
		}
	}
	return found, nil
}

// maybeNull reports whether it depends on the server's version that a column is NOT NULL.
func maybeNull(db *catalog.Database, object, column string) bool {
	name, _ := strings.CutPrefix(object, "table ")
	t := named(db, name)
	return t != nil && t.Column(column) != nil && t.Column(column).MaybeNull && !t.Column(column).NotNull
}

// unsure reports what a catalog says that some DDL may have changed which it does not follow: no
// proof rests on that. Objects that it does not know are named by no accepted query.
func unsure(db *catalog.Database, object, of string) bool {
	name, isTable := strings.CutPrefix(object, "table ")
	t := named(db, name)
	if isTable && t != nil {
		return t.Unsure != "" && of != "it" && !strings.HasPrefix(of, "column ") && !strings.HasPrefix(of, "policy ")
	}
	return len(db.Unknown) > 0 || db.Unfollowed != ""
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func both[V any](a, b map[string]V) map[string]V {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]V{}
	}
	maps.Copy(all, b)
	return all
}

func named(db *catalog.Database, name string) *catalog.Table {
	for _, t := range db.Tables {
		if t.Name.String() == name {
			return t
		}
	}
	return nil
}

// describe writes our catalog.
func describe(db *catalog.Database) said {
	out := said{}
	for _, t := range db.Tables {
		if !t.Temporary {
			describeTable(out, db, t)
		}
	}
	for _, v := range db.Views {
		object := "view " + v.Name.String()
		out.add(object, "it", "materialized %v, security_invoker %v", v.Materialized, v.SecurityInvoker)
		for _, tr := range v.Triggers {
			out.add(object, "trigger "+tr.Name, "%s", describeTrigger(tr))
		}
	}
	for _, f := range db.Functions {
		if f.Kind == "aggregate" {
			out.add("function "+catalog.TypeRef{Name: f.Name}.Text(), fmt.Sprintf("of %s", argTypes(f)), "aggregate")
			continue
		}
		out.add("function "+catalog.TypeRef{Name: f.Name}.Text(), fmt.Sprintf("of %s", argTypes(f)), "%s in %s, %s, strict %v, security definer %v, leakproof %v, returns a set %v", f.Kind, f.Language, f.Volatility, f.Strict, f.SecurityDefiner, f.Leakproof, f.ReturnsSet)
	}
	for _, t := range db.Types {
		if t.Kind == "range" || t.Kind == "base" {
			continue
		}
		base := ""
		if t.Kind == "domain" {
			base = " over " + typeText(db, t.Base)
		}
		out.add("type "+t.Name.String(), "it", "%s%s (%s)", t.Kind, base, strings.Join(t.Values, ", "))
	}
	return out
}

// argTypes are the types of what a call gives a function.
func argTypes(f *catalog.Function) string {
	var types []string
	for _, a := range f.Args {
		if a.Mode != "out" && a.Mode != "table" {
			types = append(types, a.Type.Text())
		}
	}
	return "(" + strings.Join(types, ", ") + ")"
}

func typeText(db *catalog.Database, t catalog.TypeRef) string {
	text := t.Text()
	if t.Modified {
		text += " with a modifier"
	}
	if loose(db, t) {
		text += " under a nondeterministic collation"
	}
	return text
}

// runs are the functions that reading or writing a table may run.
func runs(t *catalog.Table) []catalog.Name {
	all := slices.Concat(t.Calls, t.PlanCalls, t.RowCalls, t.PolicyCalls)
	for _, c := range t.Columns {
		all = slices.Concat(all, c.DefaultCalls, c.TypeDefaultCalls)
	}
	for _, tr := range t.Triggers {
		all = append(append(all, tr.Calls...), tr.Function)
	}
	return all
}

// loose reports whether values of a type that differ may be equal by its collation, or a domain's.
func loose(db *catalog.Database, t catalog.TypeRef) bool {
	for range 32 {
		u := db.Type(t.Name)
		if t.Nondeterministic || u == nil || u.Kind != "domain" {
			return t.Nondeterministic
		}
		t = u.Base
	}
	return true
}

func describeTable(out said, db *catalog.Database, t *catalog.Table) {
	object := "table " + t.Name.String()
	var parents []string
	for _, p := range t.Parents {
		parents = append(parents, p.String())
	}
	slices.Sort(parents)
	out.add(object, "it", "inherits from (%s), partition %v, partitioned by %q", strings.Join(parents, ", "), t.IsPartition, t.PartitionBy)
	out.add(object, "row-level security", "%v, forced %v", t.RLS, t.ForceRLS)
	for i, c := range t.Columns {
		out.add(object, "column "+c.Name, "number %d, %s, not null %v, default %v, generated %v, identity %v", i+1, typeText(db, c.Type), c.NotNull, c.HasDefault, c.Generated, c.Identity)
	}
	for _, f := range runs(t) {
		out.add(object, "runs "+catalog.TypeRef{Name: f}.Text(), "yes")
	}
	for _, c := range t.Columns {
		if c.DefaultSetting != "" {
			out.add(object, "claim default of "+c.Name, "the setting %s", c.DefaultSetting)
		}
		if c.Copies != "" {
			out.add(object, "claim value of "+c.Name, "column %s", c.Copies)
		}
	}
	for _, cols := range t.OneOf {
		cols = slices.Clone(cols)
		slices.Sort(cols)
		out.add(object, "claim check of "+strings.Join(cols, ", "), "at most one")
	}
	for _, p := range t.Policies {
		roles := slices.Clone(p.Roles)
		slices.Sort(roles)
		out.add(object, "policy "+p.Name, "for %s to %s, restrictive %v", p.Command, strings.Join(roles, ", "), p.Restrictive)
	}
	if t.Unsure != "" {
		return // no proof rests on its keys and triggers
	}
	out.add(object, "rules", "%v, on SELECT %v", t.Rules, t.Replaced)
	for _, k := range t.Keys {
		out.add(object, "unique key "+k.Name, "over (%s), primary %v, constraint %v, partial %v, expressions %v, deferrable %v, nulls not distinct %v", strings.Join(k.Columns, ", "), k.Primary, k.Constraint, k.Partial, k.Expression, k.Deferrable, k.NullsNotDistinct)
	}
	for _, f := range t.Foreign {
		out.add(object, "foreign key "+f.Name, "(%s) to %s (%s), on delete %q (%s), on update %q, not valid %v, deferrable %v", strings.Join(f.Columns, ", "), f.RefTable, strings.Join(f.RefColumns, ", "), f.OnDelete, strings.Join(f.SetColumns, ", "), f.OnUpdate, f.NotValid && !f.SwitchedOff, f.Deferrable)
	}
	for _, x := range t.Exclusions {
		var cols []string
		for _, e := range x.Elements {
			cols = append(cols, e.Column)
		}
		out.add(object, "exclusion constraint "+x.Name, "over (%s)", strings.Join(cols, ", "))
	}
	for _, tr := range t.Triggers {
		out.add(object, "trigger "+tr.Name, "%s", describeTrigger(tr))
	}
}

func describeTrigger(tr *catalog.Trigger) string {
	events := slices.Clone(tr.Events)
	slices.Sort(events)
	columns := slices.Clone(tr.Columns)
	slices.Sort(columns)
	return fmt.Sprintf("%s %s (%s), for each row %v, when %v, runs %s", tr.Timing, strings.Join(events, ", "), strings.Join(columns, ", "), tr.Row, tr.When != "", catalog.TypeRef{Name: tr.Function}.Text())
}
