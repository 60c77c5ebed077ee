package prover

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// fired asks of each trigger whose body was read that what it leaves of a row says nothing
// of whose the row is, nor of whose other rows are.
func (p *prover) fired(st *query.Statement) []Failure {
	var fails []Failure
	for _, f := range st.Fired {
		if !f.Read || !f.Before() {
			continue
		}
		for _, a := range f.Assigns {
			if what := p.decided(f, a.Column); what != nil {
				fails = append(fails, Failure{Kind: TriggerAssigns, Pos: f.Pos, Trigger: &TriggerEffect{Fired: f, Assigned: a.Column, At: a.At, Decides: *what}})
			}
		}
		if p.drops(f) {
			fails = append(fails, Failure{Kind: TriggerDrops, Pos: f.Pos, Trigger: &TriggerEffect{Fired: f, Kept: kept(f.Kind)}})
		}
	}
	return fails
}

// kept is the row that a BEFORE trigger returns to let a change happen as it is.
func kept(k query.WriteKind) string {
	if k == query.Delete {
		return "old"
	}
	return "new"
}

// drops reports whether f may drop a change that must not be dropped: one by a foreign key's
// action leaves a row that refers to none, for whoever next makes that key (PostgreSQL
// manual, 39.1), and a row that moves to another partition is deleted and inserted.
func (p *prover) drops(f *query.Fired) bool {
	if !slices.ContainsFunc(f.Rows, func(row string) bool { return row != kept(f.Kind) }) {
		return false
	}
	return f.Carried || f.Table.IsPartition || f.Table.PartitionBy != ""
}

// decided says what a column of the new row decides, by itself or by a column generated from
// it, nil when nothing that matters to a proof.
func (p *prover) decided(f *query.Fired, column string) *Decides {
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
			if what := p.decidedOfRow(t, n); what != nil {
				return what
			}
		}
	}
	return p.decidedOfOthers(kin, names, f.Kind)
}

// decidedOfRow says what a column decides of the row itself.
func (p *prover) decidedOfRow(t *catalog.Table, name string) *Decides {
	own := p.own.Native()
	owner := own.Of(t)
	switch i := t.ColumnIndex(name); {
	case i >= 0 && own.Decides(t, i):
		return &Decides{What: DecidesOwner}
	case t.DistributedBy == name:
		return &Decides{What: DecidesMachine}
	case t.PartitionBy != "" && (slices.Contains(t.PartitionKey, name) || slices.Contains(t.PartitionKey, "")):
		return &Decides{What: DecidesPartition}
	case names(owner.ReadAlso, name) || names(owner.Restrict, name):
		return &Decides{What: DecidesReaders}
	case slices.ContainsFunc(t.Foreign, func(fk *catalog.ForeignKey) bool { return slices.Contains(fk.Columns, name) }):
		return &Decides{What: DecidesReference}
	}
	return nil
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
func (p *prover) decidedOfOthers(kin []*catalog.Table, names []string, kind query.WriteKind) *Decides {
	for _, t := range p.db.Tables {
		for _, fk := range t.Foreign {
			refers := slices.ContainsFunc(kin, func(k *catalog.Table) bool { return k.Name == fk.RefTable })
			if kind != query.Insert && refers && slices.ContainsFunc(fk.RefColumns, func(c string) bool { return slices.Contains(names, c) }) {
				return &Decides{What: DecidesReferring, Of: t}
			}
		}
		for _, link := range p.own.Native().Of(t).Parents {
			if slices.Contains(kin, link.Table) && linksBy(link, names, kind) {
				return &Decides{What: DecidesChildren, Of: t}
			}
		}
	}
	return nil
}

func linksBy(link tenancy.Parent, names []string, kind query.WriteKind) bool {
	named := func(column int) bool { return slices.Contains(names, link.Table.Columns[column].Name) }
	return kind != query.Insert && slices.ContainsFunc(link.On, func(on tenancy.Pair) bool { return named(on.Parent) }) ||
		slices.ContainsFunc(link.Where, func(t tenancy.Test) bool { return named(t.Column) })
}
