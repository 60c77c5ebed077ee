package meaning

import (
	"math/rand/v2"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// forgeWrite also forges what a certificate says of new rows, rows that are met, and assignments.
func forgeWrite(r *rand.Rand, w *world, st *query.Statement) *certificate.Certificate {
	f := newForger(r, w, st)
	for _, t := range w.db.Tables {
		for _, fk := range t.Foreign {
			f.cert.Assume(certificate.Refers(t, w.notes, fk))
		}
	}
	f.forge()
	return f.cert
}

// pin writes a chain for each place where a row has to be the tenant's.
func (f *forger) pin() {
	pin := func(b *query.Base, role certificate.Role, row query.RelID) {
		if f.own.Of(b.Table).Kind != tenancy.Global {
			f.cert.Pins = append(f.cert.Pins, certificate.Pin{Base: b, Role: role, Row: row, Chain: f.chain(certificate.Owner(row), f.target, 6)})
		}
	}
	for _, b := range f.bases {
		w := f.writes[b]
		switch {
		case w == nil || w.Kind != query.Insert:
			pin(b, certificate.Read, b.ID)
		default:
			pin(b, certificate.Inserted, f.rows[b])
			if w.Conflict != nil {
				pin(b, certificate.Existing, b.ID)
			}
		}
		if w != nil {
			f.sets(w)
		}
	}
}

// sets forges proofs that assignments leave a row with its tenant.
func (f *forger) sets(w *query.Write) {
	all := w.Sets
	if w.Conflict != nil {
		all = w.Conflict.Sets
	}
	for i := range all {
		from, ok := certificate.ValueOf(all[i].Value)
		to := certificate.Column(w.Target.ID, all[i].Column)
		if f.IntN(2) == 0 {
			to = certificate.Param(1)
		}
		if ok && from != to {
			f.cert.Sets[&all[i]] = f.chain(from, to, 4)
		}
	}
}

// write collects what a write makes equal: a new row stands at an id of its own.
func (f *forger) write(w *query.Write) {
	f.writes[w.Target] = w
	column := func(id query.RelID, c int) *query.Col { return &query.Col{Rel: id, Index: c} }
	if w.Kind == query.Insert {
		row := f.fresh
		f.fresh++
		f.rows[w.Target] = row
		ids := []query.RelID{row}
		if w.Conflict != nil {
			ids = append(ids, w.Conflict.Excluded)
			for _, c := range w.Conflict.Columns {
				f.between(certificate.Arbiter, w.Conflict, 0, column(w.Target.ID, c), column(w.Conflict.Excluded, c))
			}
		}
		for _, id := range ids {
			f.made = append(f.made, &query.Base{ID: id, Table: w.Target.Table})
			f.owned(id, w.Target.Table)
			for i, c := range w.Columns {
				f.between(certificate.Given, w, 0, column(id, c), column(w.SourceID, i))
			}
		}
	}
	for i := range w.Sets {
		f.between(certificate.Assigned, &w.Sets[i], 0, column(w.Target.ID, w.Sets[i].Column), w.Sets[i].Value)
	}
}

func (f *forger) owned(id query.RelID, t *catalog.Table) {
	if o := f.own.Of(t); o.Kind == tenancy.Column {
		f.add(certificate.Step{A: certificate.Owner(id), B: certificate.Column(id, o.Column), Kind: certificate.Tenant})
	}
}
