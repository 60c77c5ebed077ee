package prover

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// fired asks of each trigger whose body was read that what it leaves of a row says nothing
// of whose the row is, nor of whose other rows are.
func (p *prover) fired(st *query.Statement) []finding.Finding {
	var fails []finding.Finding
	for _, f := range st.Fired {
		if !f.Read || !f.Before() {
			continue
		}
		for _, a := range f.Assigns {
			if why := p.decided(f, a.Column); why != "" {
				fails = append(fails, unreadTrigger(f, "assigns "+a.Column+" at "+a.At.String()+", "+why, "assign it in the query, where it is seen"))
			}
		}
		if why := p.drops(f); why != "" {
			fails = append(fails, unreadTrigger(f, why, "return "+strings.ToUpper(kept(f.Kind))))
		}
	}
	return fails
}

// unreadTrigger refuses a trigger for what its body does.
func unreadTrigger(f *query.Fired, what, instead string) finding.Finding {
	name := f.Trigger.Function.String()
	return finding.Finding{Rule: "undeclared-function", Pos: f.Pos,
		Message: "trigger " + f.Trigger.Name + " on " + f.Table.Name.String() + " runs function " + name + ", which " + what,
		Hint:    instead + "; or, if it touches only rows of the same tenant, declare it: options.tenantgen.functions: {" + name + ": {safe: \"<why>\"}}"}
}

// kept is the row that a BEFORE trigger returns to let a change happen as it is.
func kept(k query.WriteKind) string {
	if k == query.Delete {
		return "old"
	}
	return "new"
}

// drops says why the change must not be dropped that f may drop: one by a foreign key's
// action leaves a row that refers to none, for whoever next makes that key (PostgreSQL
// manual, 39.1), and a row that moves to another partition is deleted and inserted.
func (p *prover) drops(f *query.Fired) string {
	if !slices.ContainsFunc(f.Rows, func(row string) bool { return row != kept(f.Kind) }) {
		return ""
	}
	switch {
	case f.Carried:
		return "may keep a foreign key's action from happening"
	case f.Table.IsPartition || f.Table.PartitionBy != "":
		return "may keep a row from moving to another partition"
	}
	return ""
}

// decided says what a column of the new row decides, by itself or by a column generated from
// it, "" when nothing that matters to a proof.
func (p *prover) decided(f *query.Fired, column string) string {
	names := []string{column}
	for _, t := range p.heirs(f.Table) {
		for _, c := range t.Columns {
			if c.Generated && slices.Contains(c.Reads, column) {
				names = append(names, c.Name)
			}
		}
	}
	kin := p.kin(f.Table)
	for _, t := range kin {
		for _, n := range names {
			if why := p.decidedOfRow(t, n); why != "" {
				return why
			}
		}
	}
	return p.decidedOfOthers(kin, names, f.Kind)
}

// decidedOfRow says what a column decides of the row itself.
func (p *prover) decidedOfRow(t *catalog.Table, name string) string {
	own := p.own.Native()
	owner := own.Of(t)
	switch i := t.ColumnIndex(name); {
	case i >= 0 && own.Decides(t, i):
		return "which says whose row it is"
	case t.DistributedBy == name:
		return "which says on which machine the row is"
	case t.PartitionBy != "" && (slices.Contains(t.PartitionKey, name) || slices.Contains(t.PartitionKey, "")):
		return "which may say in which partition the row is"
	case names(owner.ReadAlso, name) || names(owner.Restrict, name):
		return "which says who may see the row"
	case slices.ContainsFunc(t.Foreign, func(fk *catalog.ForeignKey) bool { return slices.Contains(fk.Columns, name) }):
		return "by which the row refers to another"
	}
	return ""
}

// names reports whether a condition may name a column: as a word, or anywhere when the name
// is none.
func names(condition, column string) bool {
	words := strings.FieldsFunc(strings.ToLower(condition), func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	column = strings.ToLower(column)
	odd := strings.ContainsFunc(column, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.Contains(words, column) || odd && strings.Contains(strings.ToLower(condition), column)
}

// decidedOfOthers says what columns decide of rows that refer to the row.
func (p *prover) decidedOfOthers(kin []*catalog.Table, names []string, kind query.WriteKind) string {
	for _, t := range p.db.Tables {
		for _, fk := range t.Foreign {
			refers := slices.ContainsFunc(kin, func(k *catalog.Table) bool { return k.Name == fk.RefTable })
			if kind != query.Insert && refers && slices.ContainsFunc(fk.RefColumns, func(c string) bool { return slices.Contains(names, c) }) {
				return "by which rows of " + t.Name.String() + " refer to it"
			}
		}
		for _, link := range p.own.Native().Of(t).Parents {
			if slices.Contains(kin, link.Table) && linksBy(link, names, kind) {
				return "by which rows of " + t.Name.String() + " belong to it"
			}
		}
	}
	return ""
}

func linksBy(link tenancy.Parent, names []string, kind query.WriteKind) bool {
	named := func(column int) bool { return slices.Contains(names, link.Table.Columns[column].Name) }
	return kind != query.Insert && slices.ContainsFunc(link.On, func(on tenancy.Pair) bool { return named(on.Parent) }) ||
		slices.ContainsFunc(link.Where, func(t tenancy.Test) bool { return named(t.Column) })
}
