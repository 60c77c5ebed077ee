package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// unpinned tells why an occurrence is not confined to a tenant, and what would confine it.
func (p *prover) unpinned(st *query.Statement, at pin) Failure {
	owner := p.own.Of(at.base.Table)
	f := Failure{Kind: at.unconfined(), At: at.occurrence(), Pos: at.base.Pos, Owner: owner}
	f.Missing, f.Inexact, f.Outer = p.missing(st, at), inexact(at, owner), -1
	if at.outer != nil {
		f.Outer = at.outer.Number()
	}
	if f.Kind == UnconfinedInsert {
		return f
	}
	f.Place = placeOf(st, at.base, owner)
	for _, n := range at.params {
		if info := st.Param(n); info != nil && info.Nullable {
			f.Kind = NullableTenant
		}
	}
	if !at.set { // where one tenant is compared with is another question
		if f.Near = nearMiss(st, at.base, owner); f.Near != nil {
			f.Near.Among = f.Near.Among && len(p.own.Levels) == 1 && reads(st)
		}
	}
	if at.role == certificate.Read {
		f.Behind, f.Other = p.elsewhere(st, at)
	}
	return f
}

// unconfined is the kind of a failure to pin.
func (at *pin) unconfined() FailureKind {
	switch {
	case !at.target:
		return UnconfinedRows
	case at.write == query.Insert:
		return UnconfinedInsert
	case at.role == certificate.Existing:
		return UnconfinedExisting
	}
	return UnconfinedRows
}

// elsewhere finds why a condition that stands somewhere else does not do.
func (p *prover) elsewhere(st *query.Statement, at pin) (Behind, *query.Base) {
	var pl location
	pl.find(st.Root, at.base, 0)
	if pl.behind != 0 {
		return pl.behind, nil
	}
	for _, other := range p.pins {
		if other.base != at.base && other.level == at.level && len(other.params) > 0 && other.role == certificate.Read {
			return 0, other.base
		}
	}
	return 0, nil
}

// missing is the condition that would pin the occurrence.
func (p *prover) missing(st *query.Statement, at pin) *Condition {
	param := p.suggestParam(st, at.level)
	c := p.belongs(at.base.Table, at.base.Alias, param, len(p.db.Tables))
	if alike := func(o pin) bool { return o.base.Alias == at.base.Alias && o.base.Table != at.base.Table }; slices.ContainsFunc(p.pins, alike) && at.base.Alias == at.base.Table.Name.Name {
		c.Schema = at.base.Table.Name.Schema
	}
	last := c
	for last.Of != nil {
		last = last.Of
	}
	switch {
	case last.Column < 0:
	case p.several:
		last.Param = p.suggestArray(st, last.Table.Columns[last.Column])
	default:
		last.Param.Mixed = p.mixes(st, param, last.Table.Columns[last.Column])
	}
	return c
}

// belongs is the condition under which the row of t that goes by a name is the tenant's:
// of a child it asks its first parent, and so on up to a table with the tenant's column.
func (p *prover) belongs(t *catalog.Table, name string, param Param, depth int) *Condition {
	owner := p.own.Of(t)
	c := &Condition{Table: t, Name: name, Param: param, Column: -1}
	switch {
	case owner.Kind == tenancy.Column:
		c.Column = owner.Column
	case len(owner.Parents) > 0 && depth > 0:
		c.Parent = &owner.Parents[0]
		c.Of = p.belongs(c.Parent.Table, c.Parent.Table.Name.Name, param, depth-1)
	}
	return c
}

// mixes reports whether a parameter of the query that is compared with a column, too, is not one value
// in all places.
func (p *prover) mixes(st *query.Statement, param Param, c *catalog.Column) bool {
	i := slices.IndexFunc(st.Params, func(info *query.ParamInfo) bool {
		return param.Name == "" && info.Number == param.Number || param.Name != "" && info.Name == param.Name
	})
	if i < 0 {
		return false
	}
	would := *st.Params[i]
	if f := query.Type(tenancy.Family(c)); f != "" && !slices.Contains(would.Equals, f) {
		would.Equals = append(slices.Clone(would.Equals), f)
	}
	return !would.OneValue() || p.db.OwnCasts() && !would.OneType()
}

// suggestParam is the tenant parameter that the query uses already, else a new one
// in the query's own style.
func (p *prover) suggestParam(st *query.Statement, level int) Param {
	for _, at := range p.pins {
		if at.level != level {
			continue
		}
		for _, n := range at.params {
			if info := st.Param(n); info != nil && !info.Nullable {
				return Param{Number: n}
			}
		}
	}
	column := p.own.Levels[level].Columns[0]
	positional, next := false, 1
	for _, info := range st.Params {
		if info.Name == column {
			return Param{Name: column}
		}
		positional = positional || info.Name == ""
		next = max(next, info.Number+1)
	}
	if positional {
		return Param{Number: next}
	}
	return Param{Name: column}
}

// mixed reports occurrences that different parameters pin.
func (p *prover) mixed(level int, candidates map[int]int) Failure {
	f := Failure{Kind: MixedTenants}
	for n := range candidates {
		f.Params = append(f.Params, n)
	}
	slices.Sort(f.Params)
	for _, at := range slices.Backward(p.pins) {
		if at.level == level {
			f.At, f.Pos = at.occurrence(), at.base.Pos
			break
		}
	}
	return f
}

// inexact tells whether what an occurrence's tenant column equals need not be its value.
func inexact(at pin, owner tenancy.Owner) Inexact {
	if owner.Kind != tenancy.Column {
		return Exact
	}
	c := at.base.Table.Columns[owner.Column]
	switch {
	case c.Value.Nondeterministic:
		return Nondeterministic
	case tenancy.Family(c) == "":
		return NoFamily
	case c.Value.Modified && at.target && at.write == query.Insert:
		return Modified
	}
	return Exact
}
