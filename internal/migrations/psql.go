package migrations

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// restrict is the command that pg_dump writes (psql manual, \restrict).
var restrict = regexp.MustCompile(`^\\(un)?restrict [A-Za-z0-9]+[ \t\r]*$`)

// psql blanks what psql keeps from the server: the commands that pg_dump writes, where a
// statement may begin, and the rows after COPY … FROM stdin. Other commands are refused:
// \ir reads another file, \if leaves statements out, \gexec runs what comes out.
func psql(text string) (string, []Problem) {
	for done := 0; ; {
		var end int
		text, end = firstCopy(text, done)
		if end < 0 {
			break
		}
		rest, _, more := strings.Cut(text[end:], "\n")
		if strings.TrimSpace(rest) != "" {
			return text, []Problem{{Offset: end, Msg: "psql runs the rest of this line after the rows that it reads", Hint: "begin the next statement on a line of its own"}}
		}
		done = end + len(rest)
		if more {
			stop := done + 1 + endOfRows(text[done+1:])
			if p := unreadRow(text[done+1:stop], done+1); p != nil {
				return text, []Problem{*p}
			}
			text, done = blankPart(text, done+1, stop), stop
		}
	}
	tokens := sqllex.Lex(text)
	return text, append(variables(text, tokens), commands(text, tokens,
		`psql takes this for a command, and tenantgen follows none but \restrict and \unrestrict at the start of a line between statements`)...)
}

// firstCopy finds the end of the first COPY table FROM STDIN at or behind an offset where a
// statement may begin, -1 when there is none. What pg_dump wrote before it is blanked.
func firstCopy(text string, from int) (string, int) {
	var parts []string
	depth, skip := 0, from
	for _, t := range sqllex.Lex(text) {
		part := strings.ToLower(t.Text(text))
		switch {
		case t.Start < skip || t.Kind == sqllex.Comment:
		case part == `\` && len(parts) == 0 && (t.Start == 0 || text[t.Start-1] == '\n'):
			line, _, _ := strings.Cut(text[t.Start:], "\n")
			if restrict.MatchString(line) {
				text = blankPart(text, t.Start, t.Start+len(line))
			}
			skip = t.Start + len(line)
		case part == ";":
			if len(parts) > 2 && parts[0] == "copy" && parts[1] != "(" && slices.Contains(parts, "from stdin") {
				return text, t.End
			}
			parts, depth = nil, 0
		default:
			depth += strings.Count("(", part) - strings.Count(")", part)
			if depth == 0 && part == "stdin" && len(parts) > 0 && parts[len(parts)-1] == "from" {
				part = "from stdin"
			}
			parts = append(parts, part)
		}
	}
	return text, -1
}

// endOfRows is where the rows end that psql reads: behind the line \.
func endOfRows(text string) int {
	at := 0
	for line := range strings.Lines(text) {
		at += len(line)
		if strings.TrimRight(line, "\r\n") == `\.` {
			break
		}
	}
	return at
}

// unreadRow refuses a row that nobody else sees: psql takes rows for statements and
// commands when the server refuses the COPY before them. All others sqlc takes for
// statements, too, so that [difference] finds them.
func unreadRow(rows string, offset int) *Problem {
	for line := range strings.Lines(rows) {
		if sqlcCommand.MatchString(line) || len(line) > sqlcLine {
			return &Problem{Offset: offset, Msg: "psql runs this row as a command when COPY fails", Hint: "write the rows as an INSERT"}
		}
		offset += len(line)
	}
	return nil
}

// variables refuses :name, :'name', :"name" and :{?name}. Only in the bounds of a slice
// would the parser take the first.
func variables(text string, tokens []sqllex.Token) []Problem {
	for i, t := range tokens[:max(0, len(tokens)-1)] {
		next := tokens[i+1].Start
		if t.Text(text) == ":" && next == t.End && (strings.IndexByte(`'"{`, text[next]) >= 0 || sqllex.StartsWord(text[next])) && (t.Start == 0 || text[t.Start-1] != ':') {
			return []Problem{{Offset: t.Start, Msg: "psql puts a variable here, so tenantgen cannot know what runs", Hint: "write its value, or a space behind the colon of a slice"}}
		}
	}
	return nil
}

// commands refuses a backslash outside of quotes and comments.
func commands(text string, tokens []sqllex.Token, msg string) []Problem {
	for _, t := range tokens {
		if t.Kind == sqllex.Punctuation && t.Text(text) == `\` {
			return []Problem{{Offset: t.Start, Msg: msg, Hint: "write the statements themselves, without it"}}
		}
	}
	return nil
}
