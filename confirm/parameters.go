package confirm

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// parameters compares the numbers of the parameters, and the types of those that are one value
// wherever they stand.
func (m *matcher) parameters(l *level, types []uint32) {
	used := map[int]bool{}
	nodetree.Walk(l.query, func(n *nodetree.Node) bool {
		if n.Name == "PARAM" && n.Int("paramkind", -1) == paramExtern {
			used[n.Int("paramid", 0)] = true
		}
		return true
	})
	for _, p := range m.q.Statement.Params {
		if !used[p.Number] && p.Number > len(types) {
			m.differ(query.Span{}, "a parameter", m.q.Statement.ParamText(p.Number), "none of that number")
			continue
		}
		m.parameterType(p, types[p.Number-1])
		delete(used, p.Number)
	}
	for n := range used {
		m.differ(query.Span{}, "a parameter", fmt.Sprintf("no $%d", n), "one")
	}
}

// families are the types whose values are compared as one type.
var families = map[string]string{"varchar": "text", "name": "text", "int2": "int", "int4": "int", "int8": "int"}

func (m *matcher) parameterType(p *query.ParamInfo, id uint32) {
	if !p.OneValue() {
		return
	}
	t, _, strict := m.w.base(id)
	if t == nil || !strict {
		m.differ(query.Span{}, "the type of "+m.q.Statement.ParamText(p.Number), fmt.Sprint(p.Equals, p.Elsewhere), "a domain that changes values")
		return
	}
	name := t.name.Name
	if f := families[name]; f != "" && t.name.Schema == "pg_catalog" {
		name = f
	} else if t.kind == "e" {
		name = "enum " + t.name.Schema + "." + t.name.Name
	}
	for _, want := range append(append([]query.Type{"text"}, p.Equals...), p.Elsewhere...) {
		if string(want) == name {
			return
		}
	}
	m.differ(query.Span{}, "the type of "+m.q.Statement.ParamText(p.Number), fmt.Sprint(p.Equals, p.Elsewhere), t.name.String())
}
