package migrations

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// tern's patterns (migrate/migrate.go).
var (
	ternName    = regexp.MustCompile(`\A(\d+)_.+\.sql\z`)
	ternNoTx    = regexp.MustCompile(`disable-tx`) // whatever stands around it
	ternAlone   = regexp.MustCompile(`(?m)^---- tern: disable-tx ----$`)
	ternLiteral = regexp.MustCompile("^\\{\\{[ \t]*(\"(?:[^\"\\\\\n]|\\\\.)*\"|`[^`\n]*`)[ \t]*\\}\\}")
)

const ternMarker = "---- create above / drop below ----"

// listTern picks files by number; tern knows 1, 2, 3, … only (FindMigrations).
func listTern(names []string) ([]string, []Problem) {
	var files []numbered
	var ps []Problem
	for _, name := range names {
		m := ternName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		n, err := strconv.ParseInt(m[1], 10, 32)
		if err != nil || n < 1 {
			ps = append(ps, Problem{File: name, Msg: "tern cannot count to this number", Hint: "number migrations 1, 2, 3, …"})
			continue
		}
		files = append(files, numbered{name, uint64(n)})
	}
	run, more := byNumber(files, "tern")
	for i := range files {
		before := uint64(0)
		if i > 0 {
			before = files[i-1].number
		}
		if files[i].number > before+1 {
			more = append(more, Problem{File: files[i].name, Msg: fmt.Sprintf("tern misses migration %d and refuses the directory", before+1), Hint: "number migrations 1, 2, 3, … without gaps"})
		}
	}
	return run, append(ps, more...)
}

// upTern keeps what stands above the marker, which tern finds wherever it stands, and
// evaluates the template that it is (LoadMigrations).
func upTern(text string) (string, []Problem) {
	above, below, _ := strings.Cut(text, ternMarker)
	kept, ps := ternTemplate(above, 0)
	_, more := ternTemplate(below, len(text)-len(below)) // which tern evaluates as well
	if ps = append(ps, more...); len(ps) > 0 {
		return blank(text), ps
	}
	if !hasStatement(kept) {
		ps = append(ps, Problem{Msg: "tern refuses a migration without a statement", Hint: "write SELECT 1;"})
	}
	if ternAlone.MatchString(strings.TrimSpace(kept)) {
		ps = append(ps, ternSplit(kept)...)
	}
	return kept + blank(text[len(above):len(text)-len(below)]) + blank(below), ps
}

// ternTemplate replaces the one action that is read, a constant. The text begins at an
// offset of the file.
func ternTemplate(text string, offset int) (string, []Problem) {
	var b strings.Builder
	for at := 0; ; {
		n := strings.Index(text[at:], "{{")
		if n < 0 {
			return b.String() + text[at:], nil
		}
		b.WriteString(text[at : at+n])
		at += n
		action := ternLiteral.FindStringSubmatch(text[at:])
		value := ""
		var err error
		if action != nil {
			value, err = strconv.Unquote(action[1])
		}
		if action == nil || err != nil || strings.ContainsAny(value, "\r\n") {
			return "", []Problem{{Offset: offset + at, Msg: "tern takes this for an action of a template, so tenantgen cannot know what runs", Hint: `write what it stands for; two braces are {{"{{"}}`}}
		}
		b.WriteString(value)
		at += len(action[0])
	}
}

// hasStatement is what tern checks before it runs a file.
func hasStatement(text string) bool {
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			return true
		}
	}
	return false
}

// ternSplit refuses what tern, which cuts a file without a transaction into statements,
// may take for something else than PostgreSQL does (migrate/internal/sqlsplit): there, a
// backslash goes on in a comment and behind any word that ends in e, a word does not hide
// a dollar, and U+FFFD ends the file.
func ternSplit(text string) []Problem {
	for _, t := range sqllex.Lex(text) {
		part := t.Text(text)
		if t.Kind == sqllex.Dollar || t.Kind == sqllex.Word && strings.Contains(part, "$") || strings.ContainsRune(part, '\uFFFD') ||
			(t.Kind == sqllex.Comment || t.Kind == sqllex.Quoted) && strings.Contains(part, "\\") {
			return []Problem{{Offset: t.Start, Msg: "tern cuts a file with ---- tern: disable-tx ---- into statements by rules of its own, and may cut here",
				Hint: "write it without dollars and backslashes, or in a file that runs in a transaction"}}
		}
	}
	return nil
}
