package checker

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// levelsAgree makes sure that a proof about rows of t names what it rests on where their
// columns of two levels need not say one thing.
func (k *checker) levelsAgree(t *catalog.Table) {
	m := k.own.Native()
	if m.Of(t).Level == 0 {
		return
	}
	sure := k.consistent()
	for level := m.Of(t).Level - 1; level >= 0; level-- {
		if m.Holder(t, level) >= 0 && !sure[at{t, level}] {
			k.needs(certificate.LevelsAgree(m, t, level))
		}
	}
}

// at is a column of a table, by the level whose tenant it holds.
type at struct {
	table *catalog.Table
	level int
}

// consistent lists the columns of outer levels that are sure to hold the tenant in which the
// row's tenant of the next deeper level lies: first those of the tables of these tenants,
// then, over and over, those of tables that refer by a key over both to such a table.
func (k *checker) consistent() map[at]bool {
	m, sure := k.own.Native(), map[at]bool{}
	for again := true; again; {
		again = false
		for _, t := range k.db.Tables {
			for level := range m.Of(t).Level {
				if x := (at{t, level}); m.Holder(t, level) >= 0 && !sure[x] && k.certain(t, level, sure) {
					sure[x], again = true, true
				}
			}
		}
	}
	return sure
}

// certain reports whether what is sure so far makes a column of t so.
func (k *checker) certain(t *catalog.Table, level int, sure map[at]bool) bool {
	m := k.own.Native()
	own, inner := m.Of(t), k.below(t, level)
	if own.Level == inner && own.Kind == tenancy.Column && m.Root(inner) == t {
		return true
	}
	if t.Unsure != "" || t.PartitionBy == "" && len(t.Children) > 0 {
		return false
	}
	for _, fk := range t.Foreign {
		to := k.db.Table(fk.RefTable)
		if to == nil || !k.chained(to, level, inner, sure) || !enforced(fk, t, to) {
			continue
		}
		column := func(t *catalog.Table, level int) string {
			if i := m.Holder(t, level); i >= 0 {
				return t.Columns[i].Name
			}
			return ""
		}
		native := *k
		native.own = m
		both := column(t, inner) != "" && k.bindsColumn(fk, t, column(t, inner), to, column(to, inner)) ||
			own.Level == inner && m.Of(to).Level == inner && own.Kind == tenancy.Child && native.bindsLink(fk, t, to)
		if both && k.bindsColumn(fk, t, column(t, level), to, column(to, level)) {
			return true
		}
	}
	return false
}

// chained reports whether the columns of t from one level down to another are sure to agree.
func (k *checker) chained(t *catalog.Table, level, inner int, sure map[at]bool) bool {
	for next := level; next < inner; next = k.below(t, next) {
		if !sure[at{t, next}] {
			return false
		}
	}
	return true
}

// below is the next level inside of one whose tenant a row of t tells.
func (k *checker) below(t *catalog.Table, level int) int {
	m := k.own.Native()
	for next := level + 1; next < m.Of(t).Level; next++ {
		if m.Holder(t, next) >= 0 {
			return next
		}
	}
	return m.Of(t).Level
}

// enforced reports whether every row of t, at any time, refers by fk to a row of to.
func enforced(fk *catalog.ForeignKey, t, to *catalog.Table) bool {
	if to.Unsure != "" || fk.NotValid || fk.Unseen || fk.Deferrable || fk.Class || len(fk.Columns) != len(fk.RefColumns) {
		return false
	}
	return !slices.ContainsFunc(fk.Columns, func(c string) bool { return t.Column(c) == nil || !t.Column(c).NotNull })
}

// way is the one way by which a new row is to be shown to be its tenant's: by a parent, or
// without one by its own column. Others that it has may say something else of the row.
type way struct {
	row    query.RelID
	parent *tenancy.Parent
}

// goes runs f while a new row counts as its tenant's in one way only.
func (k *checker) goes(w way, f func()) {
	k.way = &w
	f()
	k.way = nil
}

// closed reports whether a row is not to be proved by its own column.
func (k *checker) closed(r *row) bool {
	return k.way != nil && k.way.row == r.id && k.way.parent != nil
}

// closedTo reports whether a row is not to be proved by a parent.
func (k *checker) closedTo(r *row, p tenancy.Parent) bool {
	return k.way != nil && k.way.row == r.id && (k.way.parent == nil || !oneLink(*k.way.parent, p))
}

func oneLink(p, q tenancy.Parent) bool {
	return p.Table == q.Table && slices.Equal(p.On, q.On) && slices.Equal(p.When, q.When) && slices.Equal(p.Where, q.Where)
}

// throughout makes sure that a row which is inserted for a tenant of an outer level is all
// that tenant's: by its own column, and by each deeper tenant that it names.
func (k *checker) throughout(b *query.Base, action, tenant int, s *scope) {
	pin := func(parent int) *certificate.Pin {
		i := slices.IndexFunc(k.cert.Pins, func(p certificate.Pin) bool {
			return p.Base == b && p.Role == certificate.Inserted && p.Action == action && p.Parent == parent
		})
		if i < 0 {
			k.fail("nothing shows in which tenants a new row of %s is", b.Table.Name)
		}
		return &k.cert.Pins[i]
	}
	own := pin(0)
	k.goes(way{row: own.Row}, func() { k.follows(own.Chain, certificate.Owner(own.Row), certificate.Param(tenant), s) })
	for i, parent := range k.own.Of(b.Table).Parents {
		if !k.keptIn(b.Table, k.names(b.Table, parent)) {
			k.byParent(pin(i+1), parent, tenant, s)
		}
	}
}

// unlinked makes sure that a new row names no tenant of a deeper level of which nothing can
// tell in which outer tenant it lies.
func (k *checker) unlinked(t *catalog.Table) {
	for _, in := range k.own.Inner(t) {
		if in.Link == nil && k.own.Native().Root(in.Level) != t && !k.keptIn(t, in.Level) {
			k.fail("nothing tells whose the %s of a new row of %s is", k.own.Levels[in.Level].Name, t.Name)
		}
	}
}

// names is the level whose tenant a row of t names by a link, -1 for a link of its own.
func (k *checker) names(t *catalog.Table, p tenancy.Parent) int {
	for _, in := range k.own.Inner(t) {
		if in.Link != nil && oneLink(*in.Link, p) {
			return in.Level
		}
	}
	return -1
}

// keptIn reports whether PostgreSQL refuses a new row of t that names, on a deeper level, a
// tenant of another outer one than its own column.
func (k *checker) keptIn(t *catalog.Table, level int) bool {
	m, o := k.own.Native(), k.own.Of(t)
	if level < 0 || o.Kind != tenancy.Column || !k.refusesOthers(t, o.Level) {
		return false
	}
	return level == m.Of(t).Level || k.refusesOthers(t, level)
}
