// Package finding has the plain value that all who look at a statement report.
package finding

import "github.com/tenantgen/tenantgen/analyzer/query"

// Finding is what is wrong at a place of a statement, by a rule, and what to write instead.
type Finding struct {
	Rule, Message, Hint string
	Base                *query.Base // the occurrence of a table that it is about, if any
	Pos                 query.Span
}
