package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// supplied tells what an INSERT says of a column.
type supplied int

const (
	absent supplied = iota // nothing, so it gets its default
	null                   // NULL in every row
	some                   // anything else
)

// inserted asks that a row to be inserted is the tenant's. One of a table with several
// parents has to be so by each of them that it refers to: by any other it would be
// another tenant's row as well.
func (p *prover) inserted(at pin, owner tenancy.Owner, gives func(column int) supplied) {
	at.role, at.level, at.target, at.write = certificate.Inserted, owner.Level, true, query.Insert
	before := len(p.pins)
	if p.within(at, owner); owner.Kind == tenancy.Column && len(owner.Parents) > 0 {
		return
	}
	for i := range owner.Parents {
		if len(owner.Parents) > 1 && !p.refersToNone(at.base.Table, owner.Parents[i], gives) && !p.belongsElsewhere(at, owner, owner.Parents[i]) {
			each := at
			each.parent, each.env = i+1, at.env.restrict(at.row, &owner.Parents[i])
			each.close(p, ownerTerm(at.row))
			p.pins = append(p.pins, each)
		}
	}
	if len(p.pins) == before {
		at.close(p, ownerTerm(at.row))
		p.pins = append(p.pins, at)
	}
}

// restrict is e with one parent only for the row of r, or, without one, its own column.
func (e env) restrict(r query.RelID, only *tenancy.Parent) env {
	e.witnesses = slices.Clone(e.witnesses)
	for i, w := range e.witnesses {
		if w.rel == r {
			of := *w
			of.only, of.byColumn = only, only == nil
			e.witnesses[i] = &of
		}
	}
	return e
}

// refersToNone reports whether an inserted row refers to no row by way of the parent: a
// column of the link is NULL in it.
func (p *prover) refersToNone(t *catalog.Table, parent tenancy.Parent, gives func(column int) supplied) bool {
	return slices.ContainsFunc(parent.On, func(on tenancy.Pair) bool {
		c := t.Columns[on.Child]
		typ := p.db.Type(c.Type.Name) // a domain may have a default of its own
		plain := !c.HasDefault && !c.Generated && !c.Identity && (typ == nil || typ.Kind != "domain")
		return gives(on.Child) == null && !c.Generated || gives(on.Child) == absent && plain
	})
}

// givenBy tells what INSERT says of a column of its target.
func givenBy(w *query.Write, column int) supplied {
	i := slices.Index(w.Columns, column)
	switch {
	case i < 0 && slices.Contains(w.ViewDefaults, column):
		return some
	case i < 0 || w.Source == nil:
		return absent
	case nullOutput(w.Source, i):
		return null
	}
	return some
}

func givenAs(e query.Expr) supplied {
	if c, ok := e.(*query.Const); ok && c.Null {
		return null
	}
	return some
}

// nullOutput reports whether an output column of q is NULL in every row.
func nullOutput(q query.Query, column int) bool {
	switch q := q.(type) {
	case *query.Select:
		return column < len(q.Out) && !slices.ContainsFunc(q.Out[:column+1], func(o query.Output) bool { return o.Open }) && givenAs(q.Out[column].Expr) == null
	case *query.Values:
		return !slices.ContainsFunc(q.Rows, func(row []query.Expr) bool { return column >= len(row) || givenAs(row[column]) != null })
	case *query.SetOp:
		return nullOutput(q.Left, column) && nullOutput(q.Right, column)
	case *query.Write:
	default:
		panic(query.Unexpected(q))
	}
	return false
}
