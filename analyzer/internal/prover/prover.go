// Package prover looks for a proof that a statement is confined to one tenant, and writes it
// down as a certificate. It reads the query IR and whose rows are whose, and nothing of SQL.
// The proof starts in prove.go; why there is none is said in explain.go.
package prover

import (
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/finding"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// prover proves one statement. It works on the IR alone.
//
// The proof has two passes that meet at every relation. Upwards, promises and
// summary tell what holds on the rows that a relation yields. Downwards, pin takes
// what holds on the rows that matter to a place and checks that it forces the
// owner of every table occurrence to be the tenant parameter.
type prover struct {
	db        *catalog.Database
	own       *tenancy.Map
	next      query.RelID
	rowsMemo  map[*query.Select]env
	summaries map[query.Query]summary
	cteMemo   map[*query.CTE]summary
	iterating map[*query.CTE]bool
	// asked collects, for each WITH query, what its references so far need of its
	// columns: only what all of them need may filter it.
	asked map[*query.CTE][]asking
	pins  []pin
	moves []move
	likes []like
	// assumed are the premises of the proof.
	assumed []certificate.Premise
	fails   []finding.Finding
	// placed and subs say what the relations that the prover has made up stand for.
	placed map[query.RelID]placed
	subs   map[query.RelID]*query.Sub
	// equalities and bases hold the fact of an equality and the row of a table.
	equalities map[*query.Eq]*fact
	bases      map[*query.Base][]*witness
	// forms are what conditions say, nil where read_also cannot count.
	forms map[query.Expr]query.Form
}

// asking is a reference to a WITH query with what holds on the rows that it needs.
type asking struct {
	ref   *query.CTERef
	graph *graph
}

func newProver(db *catalog.Database, own *tenancy.Map, st *query.Statement) *prover {
	p := &prover{db: db, own: own, next: query.RelID(st.Rels), rowsMemo: map[*query.Select]env{}, summaries: map[query.Query]summary{},
		cteMemo: map[*query.CTE]summary{}, iterating: map[*query.CTE]bool{}, asked: map[*query.CTE][]asking{},
		placed: map[query.RelID]placed{}, subs: map[query.RelID]*query.Sub{}, equalities: map[*query.Eq]*fact{}, bases: map[*query.Base][]*witness{}}
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
// so that a condition out there filters in here. Rel is -3 for none.
type link struct{ rel query.RelID }

var noLink = link{certificate.NoRel}
