// Package migrations reads the files of a migrations directory as the tool reads them
// that applies them: which files it runs, in which order, and which text. What would be
// read otherwise by sqlc, or by the eye, is a [Problem]: every proof rests on this text.
package migrations

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// File is a file that the tool runs.
type File struct {
	Name string
	// Raw is the text of the file, Text what runs of it. The rest is blank, so that lines,
	// and but for tern's escaped braces columns, are those of the file.
	Raw, Text string
	// InTransaction tells that the tool begins a transaction, runs the file in it and commits it.
	InTransaction bool
	// Together tells that the tool sends the text as one, which is a transaction where the text begins none (manual, 55.2.2.1),
	// unless somebody has told it otherwise: golang-migrate by x-multi-statement.
	Together bool
}

// Problem is something that keeps a file from being read with certainty, or by which the
// tool would refuse it.
type Problem struct {
	File      string // "" is the directory
	Offset    int    // in File.Raw
	Msg, Hint string
	marker    string // the tool whose marker it is about
}

// tool is how a migration tool finds files and what it runs of them.
type tool struct {
	// list picks the files that run, in the order in which they do.
	list func(names []string) ([]string, []Problem)
	// down tells of a file that the tool runs to go back only.
	down func(name string) bool
	// up returns what runs of a text; offsets of problems are in it.
	up func(text string) (string, []Problem)
	// own is the marker that the tool looks for, "" when there is none.
	own string
	// alone finds what has the tool run a file without a transaction; nil where nobody knows whether it begins one.
	alone *regexp.Regexp
	// together is true where the tool sends a file without apart as one text.
	together bool
	apart    string
	// part is of each such text, in small letters as a marker's.
	part string
	// psql reads backslash commands and the rows after COPY … FROM stdin.
	psql bool
}

var tools = map[string]tool{
	"goose":          {list: listGoose, down: never, up: upGoose, own: "goose", alone: gooseAlone, part: "tran"},
	"golang-migrate": {list: listGolangMigrate, down: downGolangMigrate, up: whole, together: true},
	"dbmate":         {list: listDbmate, down: never, up: upDbmate, own: "dbmate", alone: dbmateAlone},
	"tern":           {list: listTern, down: never, up: upTern, own: "tern", alone: ternNoTx},
	"atlas":          {list: listByName, down: never, up: upAtlas, together: true, apart: "atlas:txmode"},
	"plain":          {list: listByName, down: never, up: whole, psql: true},
	"":               {up: whole, psql: true},
}

func never(string) bool { return false }

func whole(text string) (string, []Problem) { return text, nil }

// Read reads the files of a directory as the tool of a format does. Names are those of
// the files in it, read gives a file's text.
func Read(format string, names []string, read func(name string) (string, error)) ([]File, []Problem, error) {
	t := tools[format]
	if t.list == nil {
		return nil, nil, fmt.Errorf("unknown migration format %q", format)
	}
	names = slices.Sorted(slices.Values(names))
	run, problems := t.list(names)
	problems = append(problems, t.unrun(format, names, run)...)
	var files []File
	for _, name := range run {
		raw, err := read(name)
		if err != nil {
			return nil, nil, err
		}
		if strings.HasSuffix(name, ".go") {
			problems = append(problems, goMigration(name, raw)...)
			continue
		}
		text, found := Text(format, raw)
		files = append(files, File{Name: name, Raw: raw, Text: text, Together: t.together && (t.apart == "" || !strings.Contains(raw, t.apart)), InTransaction: t.alone != nil && !(strings.Contains(strings.ToLower(raw), t.part) && t.alone.MatchString(raw))})
		for _, p := range found {
			p.File = name
			problems = append(problems, p)
		}
	}
	return files, problems, nil
}

// Source is a file as it stands in the directory.
type Source struct{ Name, Text string }

// Undeclared reads files of which no setting says what runs them, in their order: all of
// their text counts, as psql takes it. Names that come in alphabetical order are a
// directory's, and have to be in that of their numbers, too.
func Undeclared(sources []Source) ([]File, []Problem) {
	var files []File
	var problems []Problem
	var names []string
	for _, s := range sources {
		text, found := Text("", s.Text)
		files, names = append(files, File{Name: s.Name, Raw: s.Text, Text: text}), append(names, s.Name)
		for _, p := range found {
			p.File = s.Name
			if p.marker == "" || !slices.ContainsFunc(problems, func(q Problem) bool { return q.marker == p.marker }) {
				problems = append(problems, p)
			}
		}
		if p := difference("", files[len(files)-1]); p != nil && len(found) == 0 {
			p.File = s.Name
			problems = append(problems, *p)
		}
	}
	if slices.IsSorted(names) {
		problems = append(problems, inOrder(names)...)
	}
	return files, problems
}

// unrun reports SQL files that the tool never runs.
func (t tool) unrun(format string, names, run []string) []Problem {
	var ps []Problem
	for _, name := range names {
		if strings.HasSuffix(name, ".sql") && !slices.Contains(run, name) && !t.down(name) {
			ps = append(ps, Problem{File: name, Msg: fmt.Sprintf("%s runs no file of this name", format),
				Hint: "name it as a migration is named, or move it out of the directory of the migrations"})
		}
	}
	return ps
}

// Text returns what runs of one file's text in a format.
func Text(format, raw string) (string, []Problem) {
	t := tools[format]
	ps := characters(raw)
	if !t.psql && len(ps) == 0 {
		ps = doubtful(raw)
	}
	if len(ps) > 0 {
		return blank(raw), ps
	}
	text, ps := t.up(raw)
	if len(ps) == 0 {
		ps = foreign(format, raw)
		if tool := markedFor(ps); tool != "" && format == "" {
			text, _ = tools[tool].up(raw) // so that other findings make sense
		}
	}
	if t.psql {
		var more []Problem
		text, more = psql(text)
		return text, slices.Concat(ps, more, doubtful(text))
	}
	return text, append(ps, commands(text, sqllex.Lex(text), "only psql knows commands with a backslash: "+format+" sends the line to the server, which refuses it")...)
}

// characters refuses a text that servers, tools and editors read differently.
func characters(raw string) []Problem {
	if strings.HasPrefix(raw, "\ufeff") {
		return []Problem{{Msg: "the file begins with a byte order mark, which PostgreSQL and sqlc take for a part of the first word", Hint: "save it as UTF-8 without one"}}
	}
	for i := 0; i < len(raw); {
		r, n := utf8.DecodeRuneInString(raw[i:])
		if r == utf8.RuneError && n == 1 {
			return []Problem{{Offset: i, Msg: "this is no UTF-8, so what it means depends on the client's encoding", Hint: "save the file as UTF-8"}}
		}
		if r == 0 {
			return []Problem{{Offset: i, Msg: "the file contains a NUL byte", Hint: "save it as UTF-8"}}
		}
		i += n
	}
	return nil
}

// doubtful refuses tokens that not everybody ends at the same place, or reads the same.
func doubtful(raw string) []Problem {
	tokens := sqllex.Lex(raw)
	for _, t := range tokens {
		if t.Resumed {
			return []Problem{{Offset: t.Start, Msg: "to PostgreSQL this string goes on behind the comment that follows", Hint: "write it as one"}}
		}
		if i := strings.IndexByte(t.Text(raw), '\r'); t.Kind == sqllex.Quoted && i >= 0 {
			return []Problem{{Offset: t.Start + i, Msg: "a carriage return within quotes: some tools leave it out", Hint: `end the lines of the file with \n alone, or write E'\r\n'`}}
		}
	}
	return spaces(raw, covered(raw, tokens))
}

// spaces refuses white space that only some take for it, outside of quotes and comments.
func spaces(raw string, by []byte) []Problem {
	for i, r := range raw {
		if by[i] == inCode && unicode.IsSpace(r) && strings.IndexRune(" \t\n\r\f", r) < 0 {
			return []Problem{{Offset: i, Msg: fmt.Sprintf("tools take %U for white space, and PostgreSQL does not, or not in every version", r), Hint: "write a space"}}
		}
	}
	return nil
}

// blank turns every byte but line ends into a space.
func blank(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c != '\n' && c != '\r' {
			b[i] = ' '
		}
	}
	return string(b)
}

// blankPart blanks text[start:end].
func blankPart(text string, start, end int) string {
	return text[:start] + blank(text[start:end]) + text[end:]
}

// misplaced reports a place where a tool cuts a text, or leaves a part of it out, within
// what PostgreSQL takes for one token.
func misplaced(tokens []sqllex.Token, start, end int) bool {
	behind, _ := slices.BinarySearchFunc(tokens, start, func(t sqllex.Token, at int) int { return cmp.Compare(t.Start, at) })
	if behind == 0 {
		return false
	}
	t := tokens[behind-1] // the others end where it begins, or earlier
	return t.End > end || t.Open
}

// numbered is a file with the number that its tool goes by.
type numbered struct {
	name   string
	number uint64
}

// byNumber sorts files, and reports two of one number.
func byNumber(files []numbered, tool string) ([]string, []Problem) {
	slices.SortStableFunc(files, func(a, b numbered) int { return cmp.Compare(a.number, b.number) })
	var names []string
	var ps []Problem
	for i, f := range files {
		if i > 0 && files[i-1].number == f.number {
			ps = append(ps, Problem{File: f.name, Msg: fmt.Sprintf("%s refuses two migrations of one number: %s has it, too", tool, files[i-1].name), Hint: "give one of them the next number"})
		}
		names = append(names, f.name)
	}
	return names, ps
}
