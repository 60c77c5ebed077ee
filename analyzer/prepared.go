package analyzer

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/certificate"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/parameters"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// Prepared is what a server takes of the statement that r is about.
func (a *Analyzer) Prepared(r *Result) (*parameters.Statement, error) {
	units := sqltext.Split(r.Text)
	if len(units) != 1 || units[0].Err != nil {
		return nil, fmt.Errorf("%s:%d: the statement does not parse", r.File, r.Line)
	}
	return parameters.Of(a.lowerer.Lower(units[0], r.Text), r.Text), nil
}

// Reading is what the verdict of a query rests on: the statement as it was read and, where it was
// proved, the proof. The statement is at Start of what was analysed, and the positions in both are of that: of
// the part of the file that begins at Origin.
type Reading struct {
	Statement     *query.Statement
	Certificate   *certificate.Certificate
	Start, Origin int
}

// Reading returns what the verdict rests on. It is empty for a statement that does not parse.
func (r *Result) Reading() Reading { return r.reading }
