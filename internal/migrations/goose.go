package migrations

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// listGoose picks files as goose v3 does: NUMBER_name.sql and NUMBER_name.go
// (NumericComponent in migration.go, collectFilesystemSources).
func listGoose(names []string) ([]string, []Problem) {
	var files []numbered
	for _, name := range names {
		ext := path.Ext(name)
		if ext != ".sql" && ext != ".go" || strings.HasSuffix(name, "_test.go") {
			continue
		}
		number, _, ok := strings.Cut(name, "_")
		if n, err := strconv.ParseInt(number, 10, 64); ok && err == nil && n > 0 {
			files = append(files, numbered{name, uint64(n)})
		}
	}
	return byNumber(files, "goose")
}

// goMigration refuses a migration written in Go, unless somebody says that it leaves the
// schema alone.
func goMigration(name, text string) []Problem {
	const directive = "// tenantgen:ddl "
	for line := range strings.Lines(text) {
		if reason, ok := strings.CutPrefix(line, directive); ok && strings.TrimSpace(reason) != "" {
			return nil
		}
	}
	return []Problem{{File: name, Msg: "goose runs this migration, and tenantgen cannot read what it does",
		Hint: "write it in SQL; when it changes nothing that queries depend on, add the line " + directive + "<why>"}}
}

// gooseLine is the longest line that goose reads.
const gooseLine = 4 << 20

// gooseParser is the state of goose's parser (ParseSQLMigration in internal/sqlparser).
type gooseParser struct {
	way      string // the direction that is read
	section  string // "", "up" or "down"
	block    bool   // within StatementBegin and StatementEnd
	ended    bool   // behind StatementEnd: the next line that counts is left out
	begun    bool   // a statement is not finished
	from     int    // where it begins
	envsub   bool
	kept     []byte
	cuts     []int    // where statements end
	dropped  [][2]int // lines that are left out within a statement
	problems []Problem
}

// upGoose reads the way back, too: goose runs nothing of a file when it refuses a part.
func upGoose(text string) (string, []Problem) {
	up, down := parseGoose(text, "up"), parseGoose(text, "down")
	if len(up.problems) > 0 {
		return string(up.kept), up.problems
	}
	return string(up.kept), down.problems
}

func parseGoose(text, way string) *gooseParser {
	g := &gooseParser{way: way, kept: []byte(blank(text))}
	at := 0
	for line := range strings.Lines(text) {
		if !g.line(text, at, strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")) {
			break
		}
		at += len(line)
	}
	g.end(text)
	return g
}

func (g *gooseParser) refuse(at int, msg, hint string) bool {
	g.problems = append(g.problems, Problem{Offset: at, Msg: msg, Hint: hint})
	return false
}

// line reads one line; false ends the reading.
func (g *gooseParser) line(text string, at int, line string) bool {
	trimmed := strings.TrimSpace(line)
	isComment := strings.HasPrefix(trimmed, "--")
	switch {
	case len(line) >= gooseLine:
		return g.refuse(at, "goose reads no line of this length", "break it")
	case g.section == "" && trimmed == "":
		return true
	case isComment && strings.Contains(line, "+goose"):
		goon, ok := g.annotation(at, line)
		if !ok || !goon {
			return ok
		}
	}
	if !g.begun && (isComment || line == "") {
		g.comment(at, line)
		return true
	}
	return g.keep(at, line)
}

// comment keeps a line that goose leaves out and the server would pass over: what people
// write there for tenantgen counts. A line that the server would end earlier is no such.
func (g *gooseParser) comment(at int, line string) {
	if g.section == g.way && !strings.Contains(line, "\r") && !strings.Contains(line, "+goose") {
		copy(g.kept[at:], line)
	}
}

// keep takes a line of SQL.
func (g *gooseParser) keep(at int, line string) bool {
	switch {
	case g.section == "":
		return g.refuse(at, "goose wants -- +goose Up at the start of a line before any statement, and refuses the file", "write -- +goose Up above it")
	case g.section != g.way:
		g.begun, g.ended = false, false
		return true
	case g.ended:
		g.cuts = append(g.cuts, at)
		g.begun, g.ended = false, false
		return true
	case g.envsub:
		return g.refuse(at, "goose puts environment variables into this text (ENVSUB ON), so tenantgen cannot know it", "write what the variables stand for, without ENVSUB")
	}
	if !g.begun {
		g.from = at
	}
	copy(g.kept[at:], line)
	g.begun = true
	if !g.block && endsStatement(line) {
		g.cuts, g.begun = append(g.cuts, at+len(line)), false
	}
	return true
}

// annotation reads a line with +goose; goon says that goose goes on with the same line.
func (g *gooseParser) annotation(at int, line string) (goon, ok bool) {
	name, err := gooseAnnotation(line)
	if err != "" {
		return false, g.refuse(at, "goose refuses this annotation: "+err, "write -- +goose Up, Down, StatementBegin, StatementEnd or NO TRANSACTION at the start of the line")
	}
	misplaced := func(where string) (bool, bool) {
		return false, g.refuse(at, fmt.Sprintf("goose refuses %s %s", name, where), "see github.com/pressly/goose#sql-migrations")
	}
	switch name {
	case "Up":
		if g.section != "" {
			return misplaced("twice")
		}
		g.section = "up"
	case "Down":
		switch {
		case g.section != "up" || g.block:
			return misplaced("here")
		case g.unfinished():
			return false, g.refuse(at, "goose finds no semicolon at the end of a line that ends the statement above", "end it with a semicolon, and write several statements of one line each on its own")
		}
		g.section, g.ended = "down", false // what is begun stays so: it is blank
	case "StatementBegin":
		if g.section == "" || g.block {
			return misplaced("here")
		}
		g.block, g.ended = true, false
	case "StatementEnd":
		if !g.block {
			return misplaced("without StatementBegin")
		}
		g.block, g.ended = false, true
		return true, true
	case "ENVSUB ON", "ENVSUB OFF":
		g.envsub = name == "ENVSUB ON"
	}
	if g.begun {
		g.dropped = append(g.dropped, [2]int{at, at + len(line)})
	}
	return false, true
}

// gooseAlone is goose's annotation of files that it runs without a transaction.
var gooseAlone = regexp.MustCompile(`(?i)no\s+transaction`)

// gooseAnnotation is goose's extractAnnotation.
func gooseAnnotation(line string) (name, err string) {
	if line[0] == ' ' || line[0] == '\t' {
		return "", "it does not stand at the start of the line"
	}
	cmd := strings.Replace(strings.ReplaceAll(line, "--", ""), "+goose", "", 1)
	if strings.Contains(cmd, "+goose") {
		return "", "there are two in one line"
	}
	cmd = strings.TrimSpace(cmd)
	for _, known := range []string{"Up", "Down", "StatementBegin", "StatementEnd", "NO TRANSACTION", "ENVSUB ON", "ENVSUB OFF"} {
		if strings.EqualFold(known, cmd) {
			return known, ""
		}
	}
	return "", fmt.Sprintf("it knows no %q", cmd)
}

// endsStatement is goose's endsWithSemicolon.
func endsStatement(line string) bool {
	last := ""
	for word := range strings.FieldsSeq(line) {
		if strings.HasPrefix(word, "--") {
			break
		}
		last = word
	}
	return strings.HasSuffix(last, ";")
}

// end checks what goose checks at the end of a file.
func (g *gooseParser) end(text string) {
	if len(g.problems) > 0 {
		return
	}
	switch {
	case g.section == "":
		g.refuse(0, "goose refuses a file without -- +goose Up", "write -- +goose Up above the first statement")
		return
	case g.block:
		g.refuse(len(text), "goose misses -- +goose StatementEnd", "write it below the statement")
		return
	case g.unfinished() && !g.ended:
		g.refuse(len(text), "goose finds no semicolon at the end of a line that ends the last statement, and refuses the file", "end it with a semicolon")
		return
	}
	if g.way == "up" {
		g.checkCuts()
	}
}

// unfinished reports a statement without an end. Blank lines are none.
func (g *gooseParser) unfinished() bool {
	return g.begun && strings.TrimSpace(string(g.kept[g.from:])) != ""
}

// checkCuts holds what goose takes for statements, and the lines that it leaves out within
// one, to what PostgreSQL does.
func (g *gooseParser) checkCuts() {
	tokens := sqllex.Lex(string(g.kept))
	for _, cut := range g.cuts {
		if misplaced(tokens, cut, cut) {
			g.refuse(cut, "goose ends a statement here, within quotes or a comment", "put the statement between -- +goose StatementBegin and -- +goose StatementEnd")
			return
		}
	}
	for _, d := range g.dropped {
		if misplaced(tokens, d[0], d[1]) {
			g.refuse(d[0], "goose takes this line out of the quotes around it", "write the annotation above the statement")
			return
		}
	}
}
