package config

import "go.yaml.in/yaml/v3"

// table reads one entry of tables.
func (t *Tenant) table(p pair) {
	d := Table{Name: p.key.Value, Line: p.key.Line, Column: p.key.Column}
	v := p.val
	if v.null() || v.n.Kind == yaml.MappingNode && len(v.n.Content) == 0 {
		v.errorf("say what it is: {tenant_column: id}, {global: true} or {parent: notes, on: {note_id: id}}", "declares nothing")
		return
	}
	var parents []value
	var link Parent
	v.object(d.keys(&link, &parents))
	d.parents(v, parents, link)
	d.check(v, t)
	t.Tables = append(t.Tables, d)
}

// keys are those of an entry of tables, with those of its parent beside them.
func (d *Table) keys(link *Parent, parents *[]value) fields {
	keys := link.keys()
	keys["tenant_column"] = str(&d.TenantColumn).says("the table's own tenant column, such as the id of the tenants themselves")
	keys["level"] = str(&d.Level).says("the level of tenancy that its tenant column is of")
	keys["global"] = boolean(&d.Global).says("its rows are nobody's, and everybody may read them")
	keys["no_tenant"] = str(&d.NoTenant).says("why a column of a global table names no tenant, though it looks like it")
	keys["read_also"] = str(&d.ReadAlso).says("a condition under which other tenants may read a row")
	keys["restrict"] = str(&d.Restrict).says("a condition without which a row is neither seen nor written")
	keys["parent"] = setting{read: func(v value) { *parents = v.parents() }, takes: parentShape}.
		says("the table to whose rows its rows belong; a list, where one of several")
	return keys
}

func parentShape(strict bool) *Schema {
	s := oneOrMore(new(Parent).listed().shape)(strict)
	s.AnyOf[0] = someText(strict)
	return s
}

// tableShape is an entry of tables. A name of a parent has the way to it beside it, a list of
// them has it in each.
func tableShape(strict bool) *Schema {
	s := new(Table).keys(&Parent{}, nil).shape(strict)
	s.MinProperties = 1
	s.Dependencies = map[string][]string{"no_tenant": {"global"}}
	for _, key := range linkKeys {
		s.Dependencies[key] = []string{"parent"}
	}
	s.AllOf = []*Schema{
		{If: with("parent", &Schema{Type: types{"string"}}), Then: &Schema{Required: []string{"on"}}},
		{If: with("parent", &Schema{Type: types{"array"}}), Then: lacking(linkKeys...)},
		{If: with("global", &Schema{Const: true}), Then: lacking("tenant_column", "level", "parent", "read_also", "restrict")},
		{If: &Schema{Required: []string{"parent"}}, Then: lacking("tenant_column", "level")},
	}
	return s
}

// parents returns the elements of parent, be it a name or a list.
func (v value) parents() []value {
	if !isList(v) {
		return []value{v}
	}
	var out []value
	v.list(func(e value) { out = append(out, e) })
	if len(out) == 0 {
		v.errorf("list {table: …, on: {…}}", "empty list")
	}
	return out
}

// linkKeys are the keys that say how a row refers to its parent.
var linkKeys = []string{"on", "when", "where", "no_foreign_key"}

func (p *Parent) keys() fields {
	return fields{
		"on":             join(&p.On).says("columns of the table, each with the parent's column that it refers to"),
		"when":           matches(&p.When).says("values that columns of the table have where this is its parent"),
		"where":          str(&p.Where).says("a condition on the parent's row, among which alone the columns are a key"),
		"no_foreign_key": str(&p.NoForeignKey).says("why no foreign key has to keep a row with its parent"),
	}
}

// listed are the keys of one parent of several.
func (p *Parent) listed() fields {
	keys := p.keys()
	keys["table"] = need("write {table: notes, on: {note_id: id}}", str(&p.Table)).says("the parent")
	keys["on"] = need("say how: on: {note_id: id}, child column to parent column", keys["on"])
	return keys
}

// parents reads both forms: a name with the link's keys beside it, or a list of parents
// that each have them.
func (d *Table) parents(v value, parents []value, link Parent) {
	parent, given := v.get("parent")
	switch {
	case !given:
		for _, key := range linkKeys {
			if v.has(key) {
				v.errorf("add parent: <table>", "%s without parent", key)
			}
		}
	case !isList(parent):
		name, ok := parent.text()
		if ok && v.need("on", "say how: on: {note_id: id}, child column to parent column") {
			link.Table, link.Line, link.Column = name, parent.n.Line, parent.n.Column
			d.Parents = []Parent{link}
		}
	default:
		for _, key := range linkKeys {
			if o, ok := v.get(key); ok {
				o.errorf("give each parent its own "+key, "%s beside a list of parents", key)
			}
		}
		for _, e := range parents {
			d.Parents = append(d.Parents, e.parent())
		}
	}
}

func (v value) parent() Parent {
	p := Parent{Line: v.n.Line, Column: v.n.Column}
	v.object(p.listed())
	return p
}

// matches reads when: column to value, in the order of the file.
func matches(dst *[]Match) setting {
	return setting{takes: someTexts, read: func(v value) {
		v.entries(func(p pair) {
			if s, ok := p.val.text(); ok {
				*dst = append(*dst, Match{Column: p.key.Value, Value: s})
			}
		})
		if v.n.Kind == yaml.MappingNode && len(v.n.Content) == 0 {
			v.errorf("write {owner_type: note}, column of the child to its value", "tells nothing apart")
		}
	}}
}

// join reads on: child column to parent column, in the order of the file.
func join(dst *[]Pair) setting {
	return setting{takes: someTexts, read: func(v value) {
		v.entries(func(p pair) {
			if s, ok := p.val.text(); ok {
				*dst = append(*dst, Pair{Child: p.key.Value, Parent: s})
			}
		})
		if v.n.Kind == yaml.MappingNode && len(v.n.Content) == 0 {
			v.errorf("write {note_id: id}, child column to parent column", "joins on nothing")
		}
	}}
}

// check refuses declarations that contradict themselves. Whether the table and
// its columns exist is for those who know the schema.
func (d *Table) check(v value, t *Tenant) {
	others := map[string]bool{
		"tenant_column": d.TenantColumn != "", "level": d.Level != "",
		"parent": v.has("parent"), "read_also": d.ReadAlso != "", "restrict": d.Restrict != "",
	}
	for _, key := range []string{"tenant_column", "level", "parent", "read_also", "restrict"} {
		if d.Global && others[key] {
			v.errorf("a global table belongs to nobody and everybody may read it", "global and %s exclude each other", key)
		}
	}
	if v.has("no_tenant") && !d.Global {
		v.errorf("write {global: true, no_tenant: <why>}", "no_tenant says why a column of a global table names no tenant")
	}
	global := true
	if g, ok := v.get("global"); ok && len(v.n.Content) == 2 && g.n.Decode(&global) == nil && !global {
		g.errorf("remove the entry, or declare the table", "declares nothing")
	}
	if others["parent"] && d.TenantColumn != "" {
		v.errorf("a table with a tenant column needs no parent", "parent and tenant_column exclude each other")
	}
	if others["parent"] && d.Level != "" {
		v.errorf("the level is the parent's", "parent and level exclude each other")
	}
	for _, p := range d.Parents {
		if p.Table == d.Name {
			v.r.add(p.Line, p.Column, "name the table its rows belong to", "%sa table cannot be its own parent", v.prefix())
		}
	}
}
