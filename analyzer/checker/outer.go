package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// outer makes sure that a row which INSERT or an action of MERGE inserts lies in the
// right tenant of every outer level. It stands at id, and given are the columns with a value.
func (k *checker) outer(b *query.Base, action int, id query.RelID, given []int, s *scope) {
	inner := k.own.Of(b.Table).Level
	for level := inner; level >= 0; level-- {
		col := k.own.Holder(b.Table, level)
		if col < 0 || k.own.Of(b.Table).Kind == tenancy.Column && col == k.own.Of(b.Table).Column || k.refusesOthers(b.Table, level) {
			continue
		}
		c := b.Table.Columns[col]
		if empty := !c.HasDefault && !c.Generated && !c.Identity && c.Type.Name.Schema == "pg_catalog"; empty && !slices.Contains(given, col) && !slices.Contains(k.writes[b].ViewDefaults, col) {
			continue // NULL is no tenant
		}
		i := slices.IndexFunc(k.cert.Outer, func(o certificate.Outer) bool { return o.Base == b && o.Action == action && o.Col == col })
		if i < 0 {
			k.fail("nothing says whose %s of table %s is", c.Name, b.Table.Name)
		}
		k.inside(&k.cert.Outer[i], id, level, inner, s)
	}
}

func (k *checker) inside(o *certificate.Outer, id query.RelID, level, inner int, s *scope) {
	value := certificate.Column(id, o.Col)
	if o.Like == certificate.NoRel {
		if !k.chosen(level) {
			k.fail("nothing says that parameter %d is the tenant of level %d", k.cert.Tenants[level], level)
		}
		k.follows(o.Chain, value, certificate.Param(k.cert.Tenants[level]), s)
		return
	}
	r := k.find(o.Like, s)
	if r == nil || r.id == id || k.own.Of(r.table).Level != inner {
		k.fail("there is no other row of the tenant")
	}
	h := k.own.Holder(r.table, level)
	if h < 0 || !r.knows(h) {
		k.fail("table %s does not show the tenant of level %d", r.table.Name, level)
	}
	k.follows(o.Chain, value, certificate.Column(o.Like, h), s)
	k.follows(o.Same, certificate.Owner(id), certificate.Owner(o.Like), s)
}

// chosen reports whether the parameter of a level is its tenant not only because it is
// inserted as such: by its name, which positional parameters lack, or by an occurrence.
func (k *checker) chosen(level int) bool {
	for _, p := range k.st.Params {
		if p.Number == k.cert.Tenants[level] && (p.Name == "" || slices.Contains(k.own.Levels[level].Columns, p.Name)) {
			return true
		}
	}
	return k.cert.Tenants[level] > 0 && slices.ContainsFunc(k.cert.Pins, func(p certificate.Pin) bool {
		return k.own.Of(p.Base.Table).Level == level && k.own.Of(p.Base.Table).Kind != tenancy.Global
	})
}

// refusesOthers reports whether PostgreSQL refuses a row of t by a foreign key when its
// column of the level is another tenant's than that of the row of the same tenant which it
// refers to. Tables that refer to each other in a circle can be filled by one statement.
func (k *checker) refusesOthers(t *catalog.Table, level int) bool {
	for _, first := range k.anchors(t, level) {
		seen := []*catalog.Table{first}
		for i := 0; i < len(seen); i++ {
			for _, next := range k.anchors(seen[i], level) {
				if !slices.Contains(seen, next) {
					seen = append(seen, next)
				}
			}
		}
		if !slices.Contains(seen, t) {
			return true
		}
	}
	return false
}

// anchors lists the tables that hold the tenant of the level for rows of t: those to
// which t refers at once, always, by the level's column and by what owns the row.
func (k *checker) anchors(t *catalog.Table, level int) []*catalog.Table {
	var out []*catalog.Table
	native := *k
	native.own = k.own.Native()
	k = &native
	own := k.own.Of(t)
	for _, fk := range t.Foreign {
		to := k.db.Table(fk.RefTable)
		if t.Unsure != "" || to == nil || to.Unsure != "" || fk.SwitchedOff { // it may be gone, and triggers that were off may still be
			continue
		}
		if fk.Deferrable || fk.Class || len(fk.RefColumns) != len(fk.Columns) || k.own.Of(to).Level != own.Level {
			continue // what is nobody's has no level within another
		}
		always := true
		for _, c := range fk.Columns {
			always = always && t.Column(c) != nil && t.Column(c).NotNull
		}
		x, y := k.columnOf(t, own.Level), k.columnOf(to, own.Level)
		owned := k.bindsColumn(fk, t, x, to, y) || k.bindsLink(fk, t, to)
		x, y = k.columnOf(t, level), k.columnOf(to, level)
		if always && owned && k.bindsColumn(fk, t, x, to, y) {
			out = append(out, to)
		}
	}
	return out
}
