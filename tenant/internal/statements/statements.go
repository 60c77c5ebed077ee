// Package statements reads the SQL that a package of this module sends on tables of its own. It lies in a file as an
// application's queries do, so that tenantgen proves it like these: the text that is sent is the text that was proved, but
// for the name of the tenant column, which is the application's.
package statements

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
)

// column is how the files spell the tenant column.
var column = regexp.MustCompile(`\borg_id\b`)

// name begins a statement, as sqlc has it.
var name = regexp.MustCompile(`(?m)^-- name: (\w+) :\w+$`)

// Set holds the statements of one file.
type Set struct {
	text string
	list map[string]string
}

// Read returns the statements of a file for an application's tenant column. It panics when the file is not one: it is part of
// the program.
func Read(text, tenantColumn string) Set {
	s := Set{text: column.ReplaceAllLiteralString(text, pgx.Identifier{tenantColumn}.Sanitize()), list: map[string]string{}}
	starts := name.FindAllStringSubmatchIndex(s.text, -1)
	for i, at := range starts {
		end := len(s.text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		key, body := s.text[at[2]:at[3]], s.text[at[0]:end]
		body, _, _ = strings.Cut(body, ";")
		if s.list[key] != "" {
			panic(fmt.Sprintf("statements: two are called %s", key))
		}
		s.list[key] = strings.TrimSpace(body)
	}
	return s
}

// SQL returns a statement. It panics when there is none of that name.
func (s Set) SQL(name string) string {
	sql, ok := s.list[name]
	if !ok {
		panic(fmt.Sprintf("statements: none is called %s", name))
	}
	return sql
}

// Text is the whole file, with the application's column.
func (s Set) Text() string { return s.text }

// Len is how many statements there are.
func (s Set) Len() int { return len(s.list) }
