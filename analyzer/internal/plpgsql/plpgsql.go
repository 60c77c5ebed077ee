// Package plpgsql reads the bodies of PL/pgSQL functions that compute: that assign, compare,
// loop, raise and return. It is a closed world: a statement, a variable or a field of the
// parse tree that is not known here makes the body one that is not read, and the statement
// that stands in the way is named.
package plpgsql

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// Body is what a function does, in the order of its text. What is behind a condition or in
// a loop counts as done.
type Body struct {
	Trigger bool
	// Names are those of the variables, the function's parameters and those that PL/pgSQL
	// makes by itself included.
	Names []string
	// Variables are the declared ones.
	Variables []Variable
	Steps     []Step
}

// Variable is a declared one. Its type is a cast of NULL to it, or that of the column or
// variable that it is Like.
type Variable struct {
	Line int
	Text string
	Type *pg.Node
	Like []string
}

// Step is one statement, as far as it computes something.
type Step struct {
	Kind Kind
	Line int    // in the body, counted from 1
	Text string // as it stands there, in short
	// Queries are what it computes, as SELECT statements.
	Queries []*pg.Node
	// Field is the column of the new row that it assigns, "" when it assigns none.
	Field string
	// Row is what a trigger returns: "new", "old" or "null".
	Row string
}

// Kind is the kind of a Step.
type Kind int

// The kinds of steps.
const (
	Evaluates Kind = iota
	Assigns        // the new row's column Field
	Returns
	Raises // an error, which ends the statement
	Tells  // a message, which the client gets
)

// Unread is the statement of a body that is not read, and why.
type Unread struct {
	Line int
	Text string
	Why  string
}

// maxBody bounds what is given to the parser, and maxSteps what is made of it.
const (
	maxBody  = 1 << 16
	maxSteps = 2000
)

// Read reads the body of f.
func Read(f *catalog.Function) (*Body, *Unread) {
	if why := unreadable(f); why != "" {
		return nil, &Unread{Line: 1, Why: why}
	}
	body := f.Body
	if IsTrigger(f) {
		body = withoutCopy(body)
	}
	text, err := pg.ParsePlPgSqlToJSON(create(f, body))
	if err != nil {
		return nil, &Unread{Line: 1, Why: "PostgreSQL's parser refuses the body: " + err.Error()}
	}
	r := &reader{body: &Body{Trigger: IsTrigger(f)}, newNo: -1, oldNo: -1}
	r.function(text)
	if r.unread != nil {
		return nil, r.unread
	}
	return r.body, nil
}

// IsTrigger reports whether f is a function for triggers (PostgreSQL manual, 43.10.1).
func IsTrigger(f *catalog.Function) bool {
	return len(f.Args) == 0 && !f.ReturnsSet && f.Returns == catalog.TypeRef{Name: catalog.Name{Schema: "pg_catalog", Name: "trigger"}}
}

// unreadable says why the body is not given to the parser at all.
func unreadable(f *catalog.Function) string {
	switch at := sqllex.Blank(f.Body); {
	case f.Language != "plpgsql":
		return "its language is " + f.Language
	case len(f.Body) > maxBody:
		return "the body is too large"
	case strings.HasPrefix(f.Body[at:], "#"):
		return "a line with # changes what the body means"
	case renames(f.Body):
		return "ALIAS gives a variable another name"
	}
	for _, p := range sqltext.Measure(f.Body) {
		if why := p.Excess(maxBody); why != "" {
			return why
		}
	}
	return ""
}

// renames reports ALIAS FOR, which the parser's tree does not show.
func renames(body string) bool {
	words := tokens(body)
	for i := 1; i < len(words); i++ {
		if strings.EqualFold(words[i-1].Text(body), "alias") && strings.EqualFold(words[i].Text(body), "for") {
			return true
		}
	}
	return false
}

// tokens are those of a body, without comments.
func tokens(body string) []sqllex.Token {
	return slices.DeleteFunc(sqllex.Lex(body), func(t sqllex.Token) bool { return t.Kind == sqllex.Comment })
}

// create writes the statement that the parser wants. Types of parameters do not matter to it.
func create(f *catalog.Function, body string) string {
	var args []string
	returns := "RETURNS text"
	for _, a := range f.Args {
		name := ""
		if a.Name != "" {
			name = `"` + strings.ReplaceAll(a.Name, `"`, `""`) + `" `
		}
		if a.Mode != "in" { // then what is returned follows from these
			name, returns = a.Mode+" "+name, ""
		}
		args = append(args, name+"text")
	}
	if IsTrigger(f) {
		returns = "RETURNS trigger"
	}
	return fmt.Sprintf("CREATE FUNCTION f(%s) %s LANGUAGE plpgsql AS '%s'", strings.Join(args, ", "), returns, strings.ReplaceAll(body, "'", "''"))
}

// short is a statement's text on one line, as a message shows it.
func short(text string) string {
	const most = 60
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most-1]) + "…"
	}
	return text
}
