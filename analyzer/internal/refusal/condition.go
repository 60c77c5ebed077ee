package refusal

import (
	"github.com/tenantgen/tenantgen/analyzer/internal/condition"
	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
)

// parameter writes a parameter as its query does, or would.
func (s said) parameter(p prover.Param) string {
	if p.Name != "" {
		return "@" + p.Name
	}
	return s.param(p.Number)
}

func (s said) writer() condition.Writer {
	return condition.Writer{Parameter: s.parameter, Keyword: condition.Upper}
}

// condition writes what would make a row the tenant's.
func (s said) condition(c *prover.Condition) string {
	if text, ok := s.writer().SQL(c); ok {
		return text
	}
	return "its parent is the tenant's"
}
