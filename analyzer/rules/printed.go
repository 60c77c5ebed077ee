package rules

var printedText = &Rule{
	Name:     "printed-text",
	Title:    "text of a query would be more than text in the Go that sqlc prints",
	Severity: Error,
	Kind:     Query,
	Text: `sqlc prints the comments of a query behind //, without a blank, and its text into
a raw string, as they are. A comment --go:generate COMMAND becomes a directive that
the next go generate runs, and so does a line //go:generate inside of a string: go
generate does not parse (go help generate). The names of columns become struct
tags, which a backquote ends. Characters that cannot be seen, or that turn the
direction of writing, make a text look like another one. No declaration answers
this rule.

Put a blank behind --, and rename what has such a name.`,
	Schema: base,
	Bad: `-- name: GetNote :one
--go:generate touch x
SELECT title FROM notes WHERE org_id = @org_id;`,
	Good: `-- name: GetNote :one
-- go:generate is not run from here
SELECT title FROM notes WHERE org_id = @org_id;`,
}

var unprintableName = &Rule{
	Name:     "unprintable-name",
	Title:    "a name, a label or a comment of the schema would be more than text in Go",
	Severity: Error,
	Kind:     Schema,
	Text: `sqlc prints the labels of enumerations between quotes as they are, the names of
columns into struct tags, and what COMMENT ON says into comments. A quote in a
label ends the string, and what follows is code; so does a backquote in a name. A
quote in a name is not doubled where sqlc writes * out, so that it ends the name.
A line +build in a comment becomes a build constraint of the whole file: gofmt moves
it to the top.
Line ends and other control characters, characters without width and those that
turn the direction of writing make a name look like another one, in migrations and
in the output of every tool.

Rename it.`,
	Schema: base,
	Bad:    "CREATE TYPE state AS ENUM ('open', 'x\"; func init() {}');",
	Good:   "CREATE TYPE state AS ENUM ('open', 'x y');",
}
