package refusal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/condition"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// unconfined is about rows that are read, updated, deleted or merged into.
func unconfined(s said) finding.Finding {
	rule, verb := "unscoped-table", "reads"
	if s.At.Target {
		rule, verb = "unscoped-write", map[query.WriteKind]string{query.Update: "updates", query.Delete: "deletes", query.Merge: "changes"}[s.At.Write]
	}
	f := finding.Finding{Rule: rule, Message: fmt.Sprintf("%s rows of every tenant in %s", verb, occurrence(s.At.Base)), Hint: s.advice(s.condition(s.Missing))}
	if at := innermost(s.Missing); at.Param.Mixed {
		f.Hint = s.oneType(at)
	}
	if shown := s.Place.Shown; shown != nil {
		f.Hint = fmt.Sprintf("add the condition %s.%s%s, which confines what %s shows", catalog.QuoteIdent(shown.Alias), catalog.QuoteIdent(shown.Name), s.writer().Is(innermost(s.Missing).Param), s.At.Base.Via)
	}
	if s.Near != nil && s.Near.Among {
		f.Hint += "; or, where it is for several tenants at once, declare the query: -- tenantgen:tenants"
	}
	return s.because(f)
}

// existing is about the row that ON CONFLICT DO UPDATE changes.
func existing(s said) finding.Finding {
	return s.because(finding.Finding{Rule: "unscoped-conflict", Message: "ON CONFLICT DO UPDATE can update another tenant's row of " + occurrence(s.At.Base),
		Hint: s.conflictTarget()})
}

func nullable(s said) finding.Finding {
	return s.because(finding.Finding{Rule: "nullable-tenant", Message: "the tenant of " + occurrence(s.At.Base) + " is a nullable parameter, so a caller can leave it out",
		Hint: "use sqlc.arg instead of sqlc.narg"})
}

func inserted(s said) finding.Finding {
	name := occurrence(s.At.Base)
	f := finding.Finding{Rule: "unscoped-insert", Message: "INSERT into " + name + " does not set the tenant", Hint: s.insertHint()}
	if s.At.Parent > 0 {
		f.Message = "INSERT into " + name + " may refer to another tenant's row of " + s.Owner.Parents[s.At.Parent-1].Table.Name.String() + ", whose row it then is as well"
	}
	if why, hint := s.inexact(); why != "" {
		f.Message, f.Hint = f.Message+": "+why, hint
	}
	return f
}

// because adds why what the query says does not do.
func (s said) because(f finding.Finding) finding.Finding {
	exact, hint := s.inexact()
	switch {
	case exact != "":
		f.Message, f.Hint = f.Message+": "+exact, hint
	case s.Near != nil:
		f.Message += ": " + near(s.Near)
	case s.Behind != 0:
		f.Message += ": " + behinds[s.Behind]
	case s.Other != nil:
		f.Message += fmt.Sprintf(": what confines %s says nothing of %s", s.Other.Alias, s.At.Base.Alias)
	}
	return f
}

var behinds = map[prover.Behind]string{
	prover.BehindLimit:     "behind LIMIT it is too late to choose rows",
	prover.BehindWindow:    "behind a window function it is too late to choose rows, unless every PARTITION BY has the tenant",
	prover.BehindAggregate: "behind an aggregate it is too late to choose rows",
}

// occurrence names an occurrence of a table.
func occurrence(b *query.Base) string {
	name := b.Table.Name.String()
	if b.Via != "" {
		return name + " (through " + b.Via + ")"
	}
	if b.Alias != b.Table.Name.Name {
		return name + " " + b.Alias
	}
	return name
}

// ownerNames are the columns of a table that decide whose a row is.
func ownerNames(b *query.Base, owner tenancy.Owner) string {
	if owner.Kind == tenancy.Column {
		return b.Table.Columns[owner.Column].Name
	}
	return "the columns that refer to the parent"
}

// advice says where to write a condition for an occurrence.
func (s said) advice(condition string) string {
	b := s.At.Base
	switch s.Place.Kind {
	case prover.InFunction:
		return fmt.Sprintf("give %s the tenant as an argument, and compare it in its body", b.Via)
	case prover.InView:
		return fmt.Sprintf("no condition on what %s shows confines %s below it: read the table, or give the view the tenant's column, not from behind LIMIT or a recursion, and add the condition", b.Via, b.Table.Name)
	case prover.InDerived:
		return fmt.Sprintf("FULL JOIN keeps both sides whole: join (SELECT * FROM %s WHERE …) with the condition inside it", b.Table.Name)
	case prover.InUsing:
		return fmt.Sprintf("USING leaves no ON to write into: join (SELECT * FROM %s WHERE …) with the condition inside it", b.Table.Name)
	case prover.InRenamed:
		return fmt.Sprintf("its columns go by other names here: read from (SELECT * FROM %s WHERE …) with the condition inside it", b.Table.Name)
	case prover.InSource:
		return fmt.Sprintf("WHEN NOT MATCHED has the rows that ON leaves out, too: merge from (SELECT * FROM %s WHERE …) with the condition inside it", b.Table.Name)
	case prover.InOnOfMerge:
		return "add AND " + condition + " to the ON of MERGE" + s.behindOr("ON", condition)
	case prover.InOn:
		return "add AND " + condition + " to the ON of its " + s.Place.Join.String() + s.behindOr("ON", condition)
	case prover.InWhere:
		return "add AND " + condition + " to its WHERE" + s.behindOr("WHERE", condition)
	}
	return "add WHERE " + condition
}

// behindOr says how AND comes to be about all of a condition with OR.
func (s said) behindOr(clause, condition string) string {
	if !s.Place.Or {
		return ""
	}
	return ", and put what stands there in parentheses: " + clause + " (… OR …) AND " + condition
}

// innermost is the condition on a tenant column that a condition ends in.
func innermost(c *prover.Condition) *prover.Condition {
	for c.Of != nil {
		c = c.Of
	}
	return c
}

// oneType is the hint where a parameter is not one value in all places, so that no comparison with it does.
func (s said) oneType(c *prover.Condition) string {
	p := s.parameter(c.Param)
	return fmt.Sprintf("compare the tenant with a parameter that nothing else gives another type: cast %s to one type in every place, or take another one there", p)
}

func (s said) insertHint() string {
	t := s.At.Base.Table
	if s.Outer >= 0 {
		return "put the parameter of the outer level into column " + t.Columns[s.Outer].Name
	}
	if s.Owner.Kind != tenancy.Child || len(s.Owner.Parents) == 0 {
		return fmt.Sprintf("put %s into column %s in every row", s.parameter(s.Missing.Param), t.Columns[s.Owner.Column].Name)
	}
	parent := s.Owner.Parents[max(0, s.At.Parent-1)]
	hint := "insert a SELECT from " + parent.Table.Name.String() + " that is confined to the tenant"
	if tests := condition.Tests(&parent); len(tests) > 0 {
		hint += " and asks for " + strings.Join(tests, " AND ")
	}
	hint += ", and take the key from it"
	for _, m := range parent.When {
		hint += fmt.Sprintf(", with '%s' for %s", m.Value, t.Columns[m.Column].Name)
	}
	if s.At.Parent > 0 {
		hint += "; or leave " + t.Columns[parent.On[0].Child].Name + " NULL"
	}
	return hint
}

// inexact says that what an occurrence's tenant column equals need not be its value, and what
// to do about that; "" when the column's type is not the reason.
func (s said) inexact() (why, hint string) {
	if s.Inexact == prover.Exact {
		return "", ""
	}
	c := s.At.Base.Table.Columns[s.Owner.Column]
	switch s.Inexact {
	case prover.Nondeterministic:
		return fmt.Sprintf("values of %s that differ are equal under its collation, which is nondeterministic, or created by no schema file", c.Name),
			"give the column a deterministic collation, as CREATE COLLATION makes it"
	case prover.NoFamily:
		return fmt.Sprintf("values of %s that differ can be equal, or change on their way into it, since its type is %s", c.Name, c.Value.Type.Name),
			"give the column a type whose equal values are the same, such as uuid, bigint or text"
	}
	return fmt.Sprintf("%s stores what its type makes of a value, without an error: %s", c.Name, loses(c)),
		fmt.Sprintf("let the type of %s have no modifier, and limit it with a CHECK", c.Name)
}

// loses tells what the modifier of a type changes.
func loses(c *catalog.Column) string {
	if c.Value.Type.Name == "varchar" {
		return "varchar(n) drops blanks behind n characters"
	}
	return "a modifier of " + c.Value.Type.Name + " rounds"
}

func foreignConflict(s said) finding.Finding {
	verb, against := "ON CONFLICT DO NOTHING", "the key"
	if s.At.Role == certificate.Existing {
		verb = "ON CONFLICT DO UPDATE changes nothing and"
	}
	switch {
	case s.Against.Unseen:
		against = "a key that tenantgen does not see"
	case s.Against.Exclusion != "":
		against = "a row that " + s.Against.Exclusion + " excludes"
	}
	return finding.Finding{Rule: "unscoped-conflict", Message: verb + " drops the row when another tenant already has " + against + ", so the outcome depends on that tenant's rows",
		Hint: s.conflictTarget()}
}

// conflictTarget names the columns of a key by which no other tenant's row is in the way. A
// condition in DO UPDATE would not do: the row that meets another tenant's vanishes.
func (s said) conflictTarget() string {
	t, deciding := s.At.Base.Table, s.Owner.Deciding()
	hint := "name a conflict target that includes " + ownerNames(s.At.Base, s.Owner)
	for _, k := range t.Keys {
		if tenancy.Identifies(t, k) && !coarse(t, k) && !slices.ContainsFunc(deciding, func(c int) bool { return !slices.Contains(k.Columns, t.Columns[c].Name) }) {
			return hint + ": ON CONFLICT (" + quotedList(k.Columns) + ")"
		}
	}
	return "add a unique key that includes " + ownerNames(s.At.Base, s.Owner) + ", and name its columns as the conflict target"
}

// coarse reports whether a key, or another one that the same columns name, takes values for one that differ.
func coarse(t *catalog.Table, k *catalog.Key) bool {
	return slices.ContainsFunc(t.Keys, func(o *catalog.Key) bool {
		return !tenancy.Exact(o) && len(o.Columns) == len(k.Columns) && !slices.ContainsFunc(o.Columns, func(c string) bool { return !slices.Contains(k.Columns, c) })
	})
}

func quotedList(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = catalog.QuoteIdent(n)
	}
	return strings.Join(list, ", ")
}

func misplaced(s said) finding.Finding {
	name := s.column(s.Column)
	return finding.Finding{Rule: "unscoped-insert",
		Message: fmt.Sprintf("INSERT into %s puts rows into any %s: nothing proves column %s", occurrence(s.At.Base), s.level(0), name),
		Hint: fmt.Sprintf("put @%s into %s, or take it from a row of the same %s: SELECT x.%s … FROM … x WHERE …; or let a foreign key include it",
			s.Levels[0].Columns[0], name, s.level(1), name)}
}
