package analyzer

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// cascade refuses a change of a global row that a foreign key carries on into tables
// of tenants: it would reach every tenant's rows (PostgreSQL manual, 5.4.5). From one
// tenant table to another the keys themselves must keep tenants apart, which is for
// the rules about the schema to say.
func (p *prover) cascade(w *query.Write) {
	if p.own.Of(w.Target.Table).Kind != tenancy.Global {
		return
	}
	var changed []string
	for _, s := range w.Sets {
		changed = append(changed, w.Target.Table.Columns[s.Column].Name)
	}
	to, fk := p.reached(w.Target.Table, w.Kind, changed, map[carried]bool{})
	if to == nil {
		return
	}
	verb := map[query.WriteKind]string{query.Update: "updating", query.Delete: "deleting"}[w.Kind]
	p.fails = append(p.fails, failure{rule: "unscoped-write", base: w.Target, pos: w.Target.Pos,
		msg:  verb + " rows of " + w.Target.Table.Name.String() + " changes rows of every tenant in " + to.Name.String() + " by foreign key " + fk.Name,
		hint: "declare the query with -- tenantgen:cross-tenant <category> <reason>, or drop the key's ON " + w.Kind.String() + " action"})
}

// carried is a change that a foreign key passes on.
type carried struct {
	table   *catalog.Table
	kind    query.WriteKind
	columns string
}

// reached finds a tenant table that a change of rows of t is carried on to.
func (p *prover) reached(t *catalog.Table, kind query.WriteKind, changed []string, seen map[carried]bool) (*catalog.Table, *catalog.ForeignKey) {
	at := carried{t, kind, strings.Join(changed, " ")}
	if seen[at] {
		return nil, nil
	}
	seen[at] = true
	for _, from := range p.db.Tables {
		for _, fk := range from.Foreign {
			if fk.RefTable != t.Name || !fk.Acts(kind == query.Delete, changed) {
				continue
			}
			if o := p.own.Of(from).Kind; o == tenancy.Column || o == tenancy.Child {
				return from, fk
			}
			next, columns := query.Update, fk.Columns
			if kind == query.Delete && fk.OnDelete == "cascade" {
				next, columns = query.Delete, nil
			}
			if to, by := p.reached(from, next, columns, seen); to != nil {
				return to, by
			}
		}
	}
	return nil, nil
}
