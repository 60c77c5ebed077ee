package migrations

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// listByName picks every file that ends in .sql, in the order of the names: Atlas's
// LocalDir.Files, and what a shell gives psql in the locale C.
func listByName(names []string) ([]string, []Problem) {
	var run []string
	for _, name := range names {
		if strings.HasSuffix(name, ".sql") {
			run = append(run, name)
		}
	}
	return run, nil
}

// inOrder reports a file that a tool would run before its neighbour, and that sqlc, which
// goes by the names, reads after it.
func inOrder(names []string) []Problem {
	last := numbered{}
	for _, name := range names {
		n, ok := leadingNumber(name)
		switch {
		case ok && n < last.number:
			return []Problem{{File: name, Msg: fmt.Sprintf("sqlc, which goes by the names, reads this file after %s, and a migration tool would run it before", last.name), Hint: numberHint}}
		case ok:
			last = numbered{name, n}
		}
	}
	return nil
}

// numberHint is how the order of names becomes that of the numbers.
const numberHint = "write the numbers of all files with the same number of digits"

var leading = regexp.MustCompile(`^[0-9]+`)

func leadingNumber(name string) (uint64, bool) {
	n, err := strconv.ParseUint(leading.FindString(name), 10, 64)
	return n, err == nil
}
