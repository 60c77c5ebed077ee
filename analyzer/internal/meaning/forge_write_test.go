package meaning

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// pin writes a chain for each place where a row has to be the tenant's.
func (f *forger) pin() {
	for _, b := range f.bases {
		w := f.writes[b]
		if w == nil || w.Kind != query.Insert {
			f.pinOne(certificate.Pin{Base: b, Role: certificate.Read, Row: b.ID})
		} else if w.Conflict != nil {
			f.pinOne(certificate.Pin{Base: b, Role: certificate.Existing, Row: b.ID})
		}
		if w == nil {
			continue
		}
		for action := range max(len(w.Actions), 1) {
			if row, ok := f.rows[inserts{b, action}]; ok {
				f.pinNew(certificate.Pin{Base: b, Role: certificate.Inserted, Action: action, Row: row})
			}
		}
		f.sets(w)
	}
}

func (f *forger) pinOne(p certificate.Pin) {
	if f.own.Of(p.Base.Table).Kind == tenancy.Global {
		return
	}
	p.Chain = f.chain(certificate.Owner(p.Row), f.target, 6)
	if f.own.Of(p.Base.Table).Readable != nil && len(f.ors) > 0 && (p.Chain == nil || f.IntN(4) == 0) {
		p.Chain = f.mayRead(p.Row, f.ors[f.IntN(len(f.ors))])
	}
	f.cert.Pins = append(f.cert.Pins, p)
}

// mayRead is the step of an OR that may be what read_also says.
func (f *forger) mayRead(row query.RelID, or *query.Or) certificate.Chain {
	s := certificate.Step{A: certificate.Owner(row), B: f.target, Kind: certificate.MayRead, Node: or}
	for range or.Args {
		var chain certificate.Chain
		if f.IntN(2) == 0 {
			chain = f.chain(s.A, s.B, 3)
		}
		s.Premises = append(s.Premises, chain)
	}
	return certificate.Chain{s}
}

// pinNew pins a new row: one that may have several parents by each of them.
func (f *forger) pinNew(p certificate.Pin) {
	parents := f.own.Of(p.Base.Table).Parents
	if len(parents) < 2 {
		f.pinOne(p)
		return
	}
	for i := range parents {
		p.Parent = i + 1
		for range 3 {
			if p.Chain = f.chain(certificate.Owner(p.Row), f.target, 6); len(p.Chain) > 0 && p.Chain[0].Parent == &parents[i] {
				break
			}
		}
		if p.Chain != nil && f.IntN(4) > 0 {
			f.cert.Pins = append(f.cert.Pins, p)
		}
	}
}

// sets forges proofs that assignments leave a row with its tenant.
func (f *forger) sets(w *query.Write) {
	f.assignments(w, w.Sets)
	if w.Conflict != nil {
		f.assignments(w, w.Conflict.Sets)
	}
	for _, a := range w.Actions {
		f.assignments(w, a.Sets)
	}
}

func (f *forger) assignments(w *query.Write, all []query.Set) {
	for i := range all {
		from, ok := certificate.ValueOf(all[i].Value)
		to := certificate.Column(w.Target.ID, all[i].Column)
		if f.IntN(2) == 0 {
			to = f.param
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
		ids := []query.RelID{f.newRow(w, 0)}
		if w.Conflict != nil {
			ids = append(ids, w.Conflict.Excluded)
			f.made = append(f.made, &query.Base{ID: w.Conflict.Excluded, Table: w.Target.Table})
			f.owned(w.Conflict.Excluded, w.Target.Table)
			for _, c := range w.Conflict.Columns {
				f.between(certificate.Arbiter, w.Conflict, 0, column(w.Target.ID, c), column(w.Conflict.Excluded, c))
			}
		}
		if len(w.Returning) > 0 {
			ids = append(ids, w.Target.ID)
		}
		for _, id := range ids {
			for i, c := range w.Columns {
				f.between(certificate.Given, w, 0, column(id, c), column(w.SourceID, i))
				if f.IntN(6) == 0 { // of another column
					f.between(certificate.Given, w, 0, column(id, c), column(w.SourceID, f.IntN(len(w.Columns))))
				}
			}
			for i, c := range w.Target.Table.Columns {
				if c.DefaultSetting != "" {
					f.between(certificate.ByDefault, w, 0, column(id, i), &query.Param{Number: query.BySetting})
				}
			}
		}
	}
	for i := range w.Actions {
		if a := &w.Actions[i]; a.Kind == query.Insert && !a.Nothing {
			id := f.newRow(w, i)
			for j, c := range a.Columns {
				f.between(certificate.Given, a, 0, column(id, c), a.Values[j])
			}
		}
	}
	for i := range w.Sets {
		f.between(certificate.Assigned, &w.Sets[i], 0, column(w.Target.ID, w.Sets[i].Column), w.Sets[i].Value)
		if f.IntN(6) == 0 {
			f.between(certificate.Assigned, &w.Sets[i], 0, column(w.Target.ID, w.Sets[i].Column), &query.Param{Number: 1})
		}
	}
}

// newRow gives a row that is made an id.
func (f *forger) newRow(w *query.Write, action int) query.RelID {
	row := f.fresh
	f.fresh++
	f.rows[inserts{w.Target, action}] = row
	f.made = append(f.made, &query.Base{ID: row, Table: w.Target.Table})
	f.owned(row, w.Target.Table)
	return row
}

func (f *forger) owned(id query.RelID, t *catalog.Table) {
	if o := f.own.Of(t); o.Kind == tenancy.Column {
		f.add(certificate.Step{A: certificate.Owner(id), B: certificate.Column(id, o.Column), Kind: certificate.Tenant})
	}
}
