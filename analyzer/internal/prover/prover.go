// Package prover looks for a proof that a statement is confined to one tenant, and writes it
// down as a certificate. It reads the query IR and whose rows are whose, and nothing of SQL.
// The proof starts in prove.go. What cannot be proved comes out as data (failure.go), which
// package refusal puts into words.
package prover

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// prover proves one statement. It works on the IR alone.
//
// The proof has two passes that meet at every relation. Upwards goes what a relation
// guarantees of the rows that it yields (guaranteed, guarantee). Downwards goes what is
// demanded of the rows that matter to a place (demandQuery and its kin), down to every table
// occurrence, where it has to force the owner to be the tenant parameter (occurrence).
type prover struct {
	db         *catalog.Database
	own        *tenancy.Map
	next       query.RelID
	rowsMemo   map[*query.Select]env
	guarantees map[query.Query]guarantee
	cteMemo    map[*query.CTE]guarantee
	iterating  map[*query.CTE]bool
	// asked collects, for each WITH query, what its references so far need of its
	// columns: only what all of them need may filter it.
	asked map[*query.CTE][]asking
	// settled are the WITH queries that are proved: nothing may ask of them any more.
	settled map[*query.CTE]bool
	pins    []pin
	moves   []move
	likes   []like
	// assumed are the premises of the proof.
	assumed []certificate.Premise
	fails   []Failure
	// placed and subs say what the relations that the prover has made up stand for.
	placed map[query.RelID]placed
	subs   map[query.RelID]*query.Sub
	// equalities and bases hold the fact of an equality and the row of a table.
	equalities map[*query.Eq]*fact
	bases      map[*query.Base][]*witness
	// forms are what conditions say, nil where read_also cannot count.
	forms map[query.Expr]query.Form
	// several tells that the parameter is an array of tenants, to which the statement is to be confined.
	several bool
	params  []*query.ParamInfo
	// refreshed and latest are those of the statement.
	refreshed, latest map[query.RelID]int
	// meant are parameters that can only be the tenant, where there is one.
	meant map[int]bool
}

// asking is a reference to a WITH query with what holds on the rows that it needs.
type asking struct {
	ref   *query.CTERef
	graph *graph
}

func newProver(db *catalog.Database, own *tenancy.Map, st *query.Statement) *prover {
	p := &prover{db: db, own: own, params: st.Params, refreshed: st.Refreshed, latest: st.Latest, next: query.RelID(st.Rels), rowsMemo: map[*query.Select]env{}, guarantees: map[query.Query]guarantee{},
		cteMemo: map[*query.CTE]guarantee{}, iterating: map[*query.CTE]bool{}, asked: map[*query.CTE][]asking{}, settled: map[*query.CTE]bool{},
		placed: map[query.RelID]placed{}, subs: map[query.RelID]*query.Sub{}, equalities: map[*query.Eq]*fact{}, bases: map[*query.Base][]*witness{}}
	p.meant = meant(own, st)
	if !st.Locks { // a lock is a write of sorts, and policies let nobody lock what he may only read
		p.forms = st.Forms
	}
	return p
}

func (p *prover) fresh() query.RelID {
	p.next++
	return p.next - 1
}

// link ties a query's output columns to the relation that stands for it outside,
// so that a condition out there filters in here. noLink is none.
type link struct{ rel query.RelID }

var noLink = link{certificate.NoRel}
