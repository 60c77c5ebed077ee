package refusal

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// change says that SET can give rows to somebody else.
func (s said) change(whose, hint string) finding.Finding {
	return finding.Finding{Rule: "tenant-change", Message: "SET of " + s.column(s.Column) + " can move rows of " + s.table() + " to " + whose, Hint: "leave the column out of SET" + hint}
}

func moved(s said) finding.Finding { return s.change("another tenant", "") }

func movedByGenerated(s said) finding.Finding {
	return s.change("another tenant: "+s.Generated+" is generated from it", ", or make "+s.Generated+" a column of its own")
}

func movedAnew(s said) finding.Finding {
	return finding.Finding{Rule: "tenant-change", Message: "any change of a row of " + s.table() + " computes " + s.Generated + " anew, which need not be the same tenant: a function may do something else by now",
		Hint: "make " + s.Generated + " a column of its own, or compute it without functions of the schema"}
}

func movedToParent(s said) finding.Finding {
	return s.change("a parent of another tenant", "; delete the row and insert it under its new parent")
}

func movedByLevel(s said) finding.Finding {
	return s.change("another tenant by their "+s.column(s.By), ", or compare it with the same value in WHERE")
}

// writes says what a write does with its rows.
func (s said) writes() string {
	verb := map[query.WriteKind]string{query.Insert: "updating", query.Update: "updating", query.Delete: "deleting", query.Merge: "merging into"}[s.At.Write]
	return verb + " rows of " + s.table()
}

// path names the keys that lead to the rows.
func (s said) path() string {
	var keys []string
	for _, r := range s.Action.Path {
		keys = append(keys, r.Key.Name+" of "+r.From.Name.String())
	}
	return strings.Join(keys, ", then ")
}

func movedByKey(s said) finding.Finding {
	a := s.Action
	return finding.Finding{Rule: "tenant-change", Message: fmt.Sprintf("%s changes %s of %s by foreign key %s, which can give its rows to another tenant", s.writes(), a.Column, a.Table.Name, s.path()),
		Hint: keep(a)}
}

// keep says how a key leaves the columns alone that decide the owner.
func keep(a *prover.KeyAction) string {
	fk := a.Last()
	if len(a.Free) == 0 || !strings.HasPrefix(fk.OnDelete, "set ") {
		return "let " + fk.Name + " use CASCADE or NO ACTION"
	}
	return "let " + fk.Name + " name the columns to set, ON DELETE " + strings.ToUpper(fk.OnDelete) + " (" + strings.Join(a.Free, ", ") + "), or use CASCADE or NO ACTION"
}

func reachesOthers(s said) finding.Finding {
	return finding.Finding{Rule: "unscoped-write", Message: fmt.Sprintf("%s changes rows of every tenant in %s by foreign key %s", s.writes(), s.Action.Table.Name, s.path()),
		Hint: "declare the query with -- tenantgen:cross-tenant <category> <reason>, or drop the key's action: " + event(s.Action) + " NO ACTION refuses instead"}
}

func reachesStrays(s said) finding.Finding {
	a, fk := s.Action, s.Action.Last()
	x, y := a.Pair[0], a.Pair[1]
	drop := "or drop the key's action: " + event(a) + " NO ACTION refuses instead"
	hint := func() string {
		return fmt.Sprintf("give %s and %s the same type, with a deterministic collation, %s", x, y, drop)
	}
	switch {
	case len(fk.Columns) != len(fk.RefColumns):
		x, y = fk.Name, "what it refers to"
	case fk.Class:
		x, y = strings.Join(fk.Columns, ", "), strings.Join(fk.RefColumns, ", ")+" (by the operator class of its index)"
	}
	f := finding.Finding{Rule: "unscoped-write", Hint: hint(),
		Message: fmt.Sprintf("%s changes rows of %s that need not refer to them, by foreign key %s: %s and %s are not equal in the same way", s.writes(), a.Table.Name, fk.Name, x, y)}
	if fk.Class {
		f.Hint = "let it refer to a unique index without an operator class, " + drop
	}
	return f
}

// event is the clause of a foreign key that says what a change of referenced rows does.
func event(a *prover.KeyAction) string {
	if a.Deleted {
		return "ON DELETE"
	}
	return "ON UPDATE"
}
