package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one problem in sqlc.yaml.
type Error struct {
	File         string
	Line, Column int // 0 when the problem has no place in the file
	Msg, Hint    string
}

// Error returns file:line:col: msg. The hint is left to the caller to show.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
}

// Errors is every problem of one sqlc.yaml, in the order of the file.
type Errors []*Error

// Error returns one line per problem.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap makes each problem reachable by errors.As.
func (e Errors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, err := range e {
		errs[i] = err
	}
	return errs
}

func (r *reader) add(line, column int, hint, format string, args ...any) {
	r.errs = append(r.errs, &Error{
		File: r.file, Line: line, Column: column,
		Msg: fmt.Sprintf(format, args...), Hint: hint,
	})
}

// err returns what was collected, sorted, nil when there is nothing. An alias
// makes the same text be read twice, so the same problem is kept once.
func (r *reader) err() error {
	if len(r.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(r.errs, func(a, b *Error) bool { return *a == *b })
}
