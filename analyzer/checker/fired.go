package checker

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// replaced reports whether a trigger may put another value into a column than the write does.
func replaced(w *query.Write, column int) bool { return slices.Contains(w.Reassigned, column) }

// fires makes sure that the statement names the triggers that a change of rows of t fires.
// changed has a key for each column that an update gives a value (PostgreSQL manual, CREATE
// TRIGGER).
func (k *checker) fires(t *catalog.Table, kind query.WriteKind, changed map[string]bool) {
	of := map[catalog.Name]*catalog.Table{}
	k.family(t, of)
	for _, member := range of {
		for _, tr := range member.Triggers {
			if !slices.Contains(tr.Events, strings.ToLower(kind.String())) {
				continue
			}
			touched := kind != query.Update || len(tr.Columns) == 0 || slices.ContainsFunc(tr.Columns, func(c string) bool { _, ok := changed[c]; return ok })
			if touched && !slices.ContainsFunc(k.st.Fired, func(f *query.Fired) bool { return f.Trigger == tr && f.Kind == kind }) {
				k.fail("trigger %s of %s is not accounted for", tr.Name, member.Name)
			}
		}
	}
}

// triggers makes sure that what the read bodies of triggers do to a row leaves it, and the
// rows that refer to it, with their owner.
func (k *checker) triggers() {
	for _, f := range k.st.Fired {
		if !f.Read {
			continue
		}
		if f.Function != nil && (f.Function.Name != f.Trigger.Function || f.Function.SecurityDefiner) {
			k.fail("the body of trigger %s was not read", f.Trigger.Name)
		}
		told := k.scanned(f)
		if f.Trigger.Timing == "after" || !f.Trigger.Row {
			continue
		}
		k.leaves(f)
		fixed := k.fixed(f.Table, f.Kind == query.Insert)
		for _, column := range told {
			if fixed[column] {
				k.fail("trigger %s assigns %s of %s", f.Trigger.Name, column, f.Table.Name)
			}
		}
	}
}

// leaves makes sure that a change is made as it is where the rows of others rest on it.
func (k *checker) leaves(f *query.Fired) {
	whole := "new"
	if f.Kind == query.Delete {
		whole = "old"
	}
	rests := f.Carried || f.Table.IsPartition || f.Table.PartitionBy != ""
	for _, row := range f.Rows {
		if rests && row != whole {
			k.fail("trigger %s returns %s for a change of %s that must happen", f.Trigger.Name, row, f.Table.Name)
		}
	}
}

// fixed names the columns of t that nothing but the statement may change: those that say
// whose a row is, who may see it and where it is, and those by which rows refer to others.
// To a new row none refers yet, or the certificate says so.
func (k *checker) fixed(t *catalog.Table, isNew bool) map[string]bool {
	of, out := map[catalog.Name]*catalog.Table{}, map[string]bool{}
	k.family(t, of)
	for _, member := range of {
		k.above(member, of)
	}
	for _, member := range of {
		k.fixedOf(member, out)
	}
	for _, other := range k.db.Tables {
		for _, fk := range other.Foreign {
			if of[fk.RefTable] != nil && !isNew {
				mark(out, fk.RefColumns...)
			}
		}
		for _, p := range k.own.Native().Of(other).Parents {
			if of[p.Table.Name] == nil {
				continue
			}
			for _, test := range p.Where {
				mark(out, p.Table.Columns[test.Column].Name)
			}
			for _, on := range p.On {
				if !isNew {
					mark(out, p.Table.Columns[on.Parent].Name)
				}
			}
		}
	}
	for _, member := range of {
		for _, c := range member.Columns {
			if c.Generated && out[c.Name] {
				mark(out, c.Reads...)
			}
		}
	}
	return out
}

func mark(set map[string]bool, names ...string) {
	for _, n := range names {
		set[n] = true
	}
}

// fixedOf adds what is said of the rows of t itself.
func (k *checker) fixedOf(t *catalog.Table, out map[string]bool) {
	m := k.own.Native()
	owner := m.Of(t)
	mark(out, namesOf(t, saying(owner))...)
	for level := range owner.Level {
		if i := m.Holder(t, level); i >= 0 {
			out[t.Columns[i].Name] = true
		}
	}
	mark(out, t.DistributedBy)
	for _, fk := range t.Foreign {
		mark(out, fk.Columns...)
	}
	mark(out, t.PartitionKey...)
	computed := t.PartitionBy != "" && slices.Contains(t.PartitionKey, "")
	for _, c := range t.Columns {
		if computed || mentions(owner, c.Name) {
			out[c.Name] = true
		}
	}
}

// mentions reports whether a condition on who may see the row may be about a column, by
// the name where no other name goes on around it.
func mentions(o tenancy.Owner, column string) bool {
	text, column := " "+strings.ToLower(o.ReadAlso)+" "+strings.ToLower(o.Restrict)+" ", strings.ToLower(column)
	for from := 0; ; {
		i := strings.Index(text[from:], column)
		if i < 0 {
			return false
		}
		from += i + 1
		if !letter(text[from-2]) && !letter(text[from-1+len(column)]) {
			return true
		}
	}
}
