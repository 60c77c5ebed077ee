package migrations

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// sqlc reads a schema by rules of its own (internal/migrations and internal/sql/sqlpath):
// files that end in .sql by name, without hidden ones and *.down.sql, up to the first
// marker of any tool, without lines that look like psql's commands. What it generates
// rests on that, so it has to be what runs.

// rollbacks end what sqlc reads of a file. It compares the start of the line, in lower case.
var rollbacks = []string{"-- +goose down", "-- +migrate down", ternMarker, "-- migrate:down"}

// sqlcCommand matches what sqlc takes for a command of psql.
var sqlcCommand = regexp.MustCompile(`^\\[A-Za-z!?;]`)

// sqlcLine is the length of a line at which sqlc stops reading, without a word.
const sqlcLine = 64 << 10

// sqlcText is what sqlc reads of a text; the rest is blank.
func sqlcText(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	down := false
	for line := range strings.Lines(text) {
		down = down || startsRollback(line) || len(strings.TrimSuffix(line, "\n")) >= sqlcLine
		if down || sqlcCommand.MatchString(line) {
			line = blank(line)
		}
		b.WriteString(line)
	}
	return b.String()
}

func startsRollback(line string) bool {
	line = strings.ToLower(line)
	return slices.ContainsFunc(rollbacks, func(marker string) bool { return strings.HasPrefix(line, marker) })
}

// AsSQLC compares what runs with what sqlc reads: read names the files of the directory
// that it reads, in its order.
func AsSQLC(format string, files []File, read []string) []Problem {
	var ps []Problem
	var both []string
	for _, f := range files {
		if !slices.Contains(read, f.Name) {
			ps = append(ps, Problem{File: f.Name, Msg: fmt.Sprintf("%s runs this file, and sqlc does not read it", format),
				Hint: "let schema name the whole directory, and give the file a name that ends in .sql, not in .down.sql, and does not begin with a dot"})
			continue
		}
		both = append(both, f.Name)
		if p := difference(format, f); p != nil {
			ps = append(ps, *p)
		}
	}
	return append(ps, order(format, both, read)...)
}

// order reports the first file that sqlc reads at another place than the tool.
func order(format string, run, read []string) []Problem {
	read = slices.DeleteFunc(slices.Clone(read), func(name string) bool { return !slices.Contains(run, name) })
	for i, name := range read {
		switch {
		case slices.Contains(read[:i], name):
			return []Problem{{File: name, Msg: "sqlc reads this file twice", Hint: "let schema name the directory once"}}
		case run[i] != name:
			return []Problem{{File: name, Msg: fmt.Sprintf("%s runs %s before this file, and sqlc, which goes by the names, reads it after", format, run[i]), Hint: numberHint}}
		}
	}
	return nil
}

// difference finds the first token that only one of the two reads.
func difference(format string, f File) *Problem {
	format = cmp.Or(format, "a server")
	theirs := sqlcText(f.Raw)
	run, read := code(f.Text), code(theirs)
	for i := 0; i < len(run) || i < len(read); i++ {
		a, b := sqllex.Token{Start: len(f.Text)}, sqllex.Token{Start: len(theirs)}
		if i < len(run) {
			a = run[i]
		}
		if i < len(read) {
			b = read[i]
		}
		as, bs := lineFeeds(f.Text[a.Start:max(a.Start, a.End)]), lineFeeds(theirs[b.Start:max(b.Start, b.End)])
		if as == bs {
			continue
		}
		const hint = "write it so that both read the same: no marker of a tool but at its place, no line that begins with a backslash, no line of 64 KiB"
		switch {
		case a.Start < b.Start:
			return &Problem{File: f.Name, Offset: a.Start, Msg: fmt.Sprintf("%s runs what begins here, and sqlc does not read it", format), Hint: hint}
		case a.Start > b.Start:
			return &Problem{File: f.Name, Offset: b.Start, Msg: fmt.Sprintf("%s does not run what begins here, and sqlc reads it", format), Hint: hint}
		}
		return &Problem{File: f.Name, Offset: a.Start, Msg: fmt.Sprintf("sqlc reads this otherwise than %s", format), Hint: hint}
	}
	return nil
}

// code lists the tokens of a text that are no comments.
func code(text string) []sqllex.Token {
	return slices.DeleteFunc(sqllex.Lex(text), func(t sqllex.Token) bool { return t.Kind == sqllex.Comment })
}

func lineFeeds(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// Code lists the tokens of a text that are no comments, with line feeds alone.
func Code(text string) []string {
	var list []string
	for _, t := range code(text) {
		list = append(list, lineFeeds(t.Text(text)))
	}
	return list
}
