package analyzer

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/analyzer/parameters"
)

// Prepared is what a server takes of the statement that r is about.
func (a *Analyzer) Prepared(r *Result) (*parameters.Statement, error) {
	units := sqltext.Split(r.Text)
	if len(units) != 1 || units[0].Err != nil {
		return nil, fmt.Errorf("%s:%d: the statement does not parse", r.File, r.Line)
	}
	return parameters.Of(a.lowerer.Lower(units[0], r.Text), r.Text), nil
}
