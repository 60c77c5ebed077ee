package sqlcmodel

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// Commands are those that sqlc knows for a query.
var Commands = []string{":one", ":many", ":exec", ":execresult", ":execrows", ":execlastid", ":copyfrom", ":batchexec", ":batchmany", ":batchone"}

// nameAndCommand reads the comment of a query (metadata.ParseQueryNameAndType). at is where
// its line starts. A statement without one has no name, and sqlc leaves it out.
func nameAndCommand(raw string) (name, command string, err *Error) {
	at := 0
	for _, line := range strings.Split(raw, "\n") {
		start := at
		at += len(line) + 1
		prefix := ""
		for _, p := range []string{"--", "/*"} {
			if strings.HasPrefix(line, p) {
				prefix = p
			}
		}
		if prefix == "" {
			continue
		}
		rest := line[len(prefix):]
		if !strings.HasPrefix(strings.TrimSpace(rest), "name") || !strings.Contains(rest, ":") {
			continue
		}
		name, command, why := readName(line, prefix, rest)
		if why != "" {
			return "", "", &Error{Kind: Metadata, Message: why, Name: strings.TrimSpace(line), Offset: start}
		}
		return name, command, nil
	}
	return "", "", nil
}

func readName(line, prefix, rest string) (name, command, why string) {
	if !strings.HasPrefix(rest, " name: ") {
		return "", "", "invalid metadata: " + line
	}
	part := strings.Split(strings.TrimSpace(line), " ")
	if prefix == "/*" {
		part = part[:len(part)-1]
	}
	switch {
	case len(part) == 3:
		return "", "", "missing query type [':one', ':many', ':exec', ':execrows', ':execlastid', ':execresult', ':copyfrom', 'batchexec', 'batchmany', 'batchone']: " + line
	case len(part) != 4:
		return "", "", "invalid query comment: " + line
	case !slices.Contains(Commands, strings.TrimSpace(part[3])):
		return "", "", "invalid query type: " + strings.TrimSpace(part[3])
	}
	if part[2] == "" {
		return "", "", `invalid query name: ""`
	}
	for i, c := range part[2] {
		letter := unicode.IsLetter(c) || c == '_'
		if i == 0 && !letter || !letter && !unicode.IsDigit(c) {
			return "", "", fmt.Sprintf("invalid query name %q", part[2])
		}
	}
	return part[2], strings.TrimSpace(part[3]), ""
}

// checkCommand follows validate.Cmd.
func checkCommand(stmt *pg.Node, name, command string) *Error {
	refuse := func(why string) *Error { return &Error{Kind: Command, Message: why, Name: command, Offset: -1} }
	if command == ":copyfrom" {
		if why := copyable(stmt); why != "" {
			return refuse(why)
		}
		return nil
	}
	batch := strings.HasPrefix(command, ":batch")
	if batch && !hasParameters(stmt) {
		return refuse(":batch* commands require parameters")
	}
	if !strings.HasSuffix(command, "one") && !strings.HasSuffix(command, "many") {
		return nil
	}
	if list, write := returning(unwrap(stmt)); write && len(list) == 0 {
		return refuse(fmt.Sprintf("query %q specifies parameter %q without containing a RETURNING clause", name, command))
	}
	return nil
}

func hasParameters(stmt *pg.Node) bool {
	found := false
	walk(stmt, func(part any) bool {
		found = found || isParameter(part)
		return !found
	})
	return found
}

func isParameter(part any) bool {
	switch n := part.(type) {
	case *pg.ParamRef:
		return true
	case *pg.FuncCall:
		return isSQLC(n, "arg", "narg", "slice")
	case *pg.A_Expr:
		return isSign(n)
	}
	return false
}

// copyable follows validate.validateCopyfrom.
func copyable(stmt *pg.Node) string {
	n := stmt.GetInsertStmt()
	s := n.GetSelectStmt().GetSelectStmt()
	switch {
	case n == nil:
		return ":copyfrom requires an INSERT INTO statement"
	case n.OnConflictClause != nil:
		return ":copyfrom is not compatible with ON CONFLICT"
	case n.WithClause != nil:
		return ":copyfrom is not compatible with WITH clauses"
	case len(n.ReturningList) > 0:
		return ":copyfrom is not compatible with RETURNING"
	case s == nil:
		return ""
	case len(s.FromClause) > 0:
		return ":copyfrom is not compatible with INSERT INTO ... SELECT"
	case len(s.ValuesLists) != 1:
		return ":copyfrom requires exactly one example row to be inserted"
	}
	for _, v := range s.ValuesLists[0].GetList().GetItems() {
		if !isParameter(unwrap(v)) {
			return ":copyfrom doesn't support non-parameter values"
		}
	}
	return ""
}
