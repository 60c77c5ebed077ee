package sqlcmodel

import (
	"errors"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// Query is what sqlc makes of one statement of a query file.
type Query struct {
	Name, Command string
	Start         int // of the statement in the text, comments included
	Error         *Error
	// Unread is true of a statement that sqlc takes without reading it: MERGE. Parameters is
	// true when it has some, which sqlc then does not find.
	Unread, Parameters bool
	Columns            []*Column
	Params             []*Parameter // by number; those whose type is known
	// Unknown is true where nothing is said: of tables of pg_catalog, and after a refusal in
	// the schema.
	Unknown bool
	// Fault is a fault of this package: nothing is said of the statement. Tests want none.
	Fault any
}

// Predict says what sqlc makes of a statement that sqltext.Split cut out of text. It changes
// the statement's tree.
func (m *Model) Predict(text string, u *sqltext.Unit) (q *Query) {
	q = &Query{Start: u.Raw.Start}
	defer func() {
		if p := recover(); p != nil {
			*q = Query{Start: q.Start, Name: q.Name, Command: q.Command, Unknown: true, Fault: p}
		}
	}()
	err := m.read(q, text, u)
	if q.Unknown = errors.Is(err, errUnfit); !q.Unknown {
		errors.As(err, &q.Error)
	}
	return q
}

// read follows compiler.parseQuery.
func (m *Model) read(q *Query, text string, u *sqltext.Unit) error {
	raw := text[u.Raw.Start:u.Raw.End]
	if err := checkSQLC(u.Stmt, written(raw)); err != nil {
		return err
	}
	if u.Raw.End == len(text) {
		return &Error{Kind: NoSemicolon, Message: "missing semicolon at end of file", Offset: -1}
	}
	name, command, nameErr := nameAndCommand(raw)
	if nameErr != nil {
		nameErr.Offset += u.Raw.Start
		return nameErr
	}
	if q.Name, q.Command = name, command; name == "" {
		return nil
	}
	if err := checkCommand(u.Stmt, name, command); err != nil {
		return err
	}
	if u.Stmt.GetMergeStmt() != nil {
		q.Unread, q.Parameters = true, namesParameters(u.Stmt)
		return nil
	}
	columns, params, err := m.analyze(u.Stmt, raw, u.Raw.Start)
	q.Columns, q.Params = columns, params
	return err
}
