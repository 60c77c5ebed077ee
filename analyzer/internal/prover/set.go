package prover

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// ProveSet looks for a proof that a statement reads rows of a set of tenants only, those in the
// array that is one of its parameters: what it yields is the same in two states that differ in
// rows of tenants outside of the set.
//
// It is the proof for one tenant with another end: each occurrence's owner has to be an element
// of the array. That ends a chain and is no link of one, as two elements need not be equal: what
// makes owners equal on the way are the same equalities, keys and parents, none of which asks
// how many tenants there are.
func ProveSet(db *catalog.Database, own *tenancy.Map, st *query.Statement) *Proof {
	p := newProver(db, own, st)
	p.several, p.forms = true, nil // read_also lets one tenant read more
	tenants := make([]int, len(own.Levels))
	switch {
	case len(own.Levels) != 1:
		return &Proof{Failures: []Failure{{Kind: SetOfLevels}}, Tenants: tenants, p: p}
	case !reads(st):
		return &Proof{Failures: []Failure{{Kind: SetChanges, Pos: changed(st)}}, Tenants: tenants, p: p}
	}
	p.demandQuery(st.Root, env{}, noLink)
	n, more := p.tenant(st, 0)
	tenants[0] = n
	return &Proof{Failures: append(p.fails, more...), Tenants: tenants, p: p}
}

// writes reports whether a write stands anywhere in a statement.
func writes(n query.Node) bool {
	_, found := n.(*query.Write)
	query.Children(n, func(c query.Node) { found = found || writes(c) })
	return found
}

// changed is a place where a statement does more than read, where there is one.
func changed(st *query.Statement) query.Span {
	if w, ok := st.Root.(*query.Write); ok {
		return w.Pos
	}
	if len(st.Draws) > 0 {
		return st.Draws[0].Pos
	}
	return query.Span{}
}

// among is the fact that a column is an element of an array, where e says so and the parameter is
// that one array at all of its places, nil elsewhere.
func (p *prover) among(e *query.Op) *fact {
	if !p.several || e.Among == nil || len(e.Args) != 2 {
		return nil
	}
	col, ok := e.Args[0].(*query.Col)
	if info := p.param(e.Among.Number); !ok || info == nil || !array(info) {
		return nil
	}
	return &fact{a: columnTerm(col.Rel, col.Index), b: certificate.Element(e.Among.Number), kind: certificate.Among, node: e, pos: e.Pos,
		text: col.Text + certificate.SaysAmong(e.Among.Text)}
}

func (p *prover) param(n int) *query.ParamInfo {
	i := slices.IndexFunc(p.params, func(info *query.ParamInfo) bool { return info.Number == n })
	if i < 0 {
		return nil
	}
	return p.params[i]
}

// array reports whether a parameter is an array of one type wherever it stands.
func array(info *query.ParamInfo) bool {
	return len(info.Elements) == 1 && info.Elements[0].Name != ""
}

// arrays lists the parameters of which t is an element, in the order of their numbers.
func (g *graph) arrays(t term) []int {
	var found []int
	for _, f := range g.literals {
		is := f.a
		if is == f.held() {
			is = f.b
		}
		if is.IsElement() && g.same(f.held(), t) {
			found = append(found, is.Number())
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// suggestArray is the array that confines an occurrence already, else one of the plural of the
// tenant column's name, to be asked of a column.
func (p *prover) suggestArray(st *query.Statement, c *catalog.Column) Param {
	name := p.own.Levels[0].Columns[0] + "s"
	param := Param{Name: name, Array: c.Value.Type}
	for _, info := range st.Params {
		pins := slices.ContainsFunc(p.pins, func(at pin) bool { return slices.Contains(at.params, info.Number) })
		if info.Nullable || !pins && info.Name != name {
			continue
		}
		param = Param{Number: info.Number, Name: info.Name, Array: c.Value.Type}
		if param.Mixed = !array(info); !param.Mixed {
			param.Array = info.Elements[0]
			param.Mixed = tenancy.Family(c) != tenancy.Family(p.of(info.Elements[0]))
		}
		if pins {
			break
		}
	}
	return param
}

// of is a column of a type.
func (p *prover) of(t catalog.Name) *catalog.Column {
	c := &catalog.Column{Value: catalog.Value{Type: t}}
	if u := p.db.Type(t); u != nil {
		c.Value.Kind = u.Kind
	}
	return c
}

// reads reports a statement that does nothing but read.
func reads(st *query.Statement) bool {
	return len(st.Targets) == 0 && !st.Locks && len(st.Draws) == 0 && len(st.Fired) == 0 && !writes(st.Root)
}
