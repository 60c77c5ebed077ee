package tenantgen

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/sqlc"
)

// SQLCRefused is an error of Generate: sqlc refused statements that lint took.
type SQLCRefused struct {
	Diagnostics []analyzer.Diagnostic // what sqlc says, where it says it
	Rest        string                // what it printed besides
}

func (e *SQLCRefused) Error() string {
	d := e.Diagnostics[0]
	return fmt.Sprintf("sqlc refuses %d statements: %s:%d:%d: %s", len(e.Diagnostics), d.File, d.Line, d.Column, d.Message)
}

// saidBySQLC turns what sqlc says of places in files into findings; any other error stays.
func (p *Project) saidBySQLC(err error) error {
	messages, rest := sqlc.Messages(err)
	if len(messages) == 0 {
		return err
	}
	refused := &SQLCRefused{Rest: rest}
	for _, m := range messages {
		refused.Diagnostics = append(refused.Diagnostics, analyzer.Diagnostic{Rule: "sqlc-refuses", Severity: analyzer.Error,
			Message: "sqlc refuses it: " + m.Text, File: p.Config.Rel(p.Config.Join(m.File)), Line: m.Line, Column: m.Column, EndLine: m.Line, EndColumn: m.Column + 1,
			Hint: "lint foresees what sqlc v1.31.1 refuses: write the statement otherwise, and please report it where it is that version"})
	}
	return refused
}
