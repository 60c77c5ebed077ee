package migrate

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"
	"unicode"
)

//go:embed files.sql.tmpl
var filesText string

// fileTemplates holds one template for each kind of migration file.
var fileTemplates = template.Must(template.New("files").Parse(filesText))

// Format is the migration tool whose files are written.
type Format string

// The formats.
const (
	Goose         Format = "goose"
	GolangMigrate Format = "golang-migrate"
	Dbmate        Format = "dbmate"
	Tern          Format = "tern"
	Plain         Format = "plain" // one file, a transaction, that only goes up; the way back stands in comments
	Atlas         Format = "atlas" // as plain, with checksums: see [Sum]
)

// layout is how a migration tool wants its files.
type layout struct {
	files      []fileKind
	width      int  // digits of a sequential number in an empty directory
	timestamps bool // numbers by time in an empty directory
	gapless    bool // knows no numbers but 1, 2, 3, …
	// markers match what the tool takes for its own in a file.
	markers *regexp.Regexp
	// transaction tells that nothing but the file itself begins one: psql -f runs each statement by itself, so that
	// between DROP POLICY and CREATE POLICY, or where the file stops, a table would be open.
	transaction bool
	// alone is what makes the tool run a file outside of a transaction; it stands first in both directions. For
	// golang-migrate nothing is needed: it begins none (its FAQ; PostgreSQL manual, 55.2.2.1).
	alone string
	// begin and end stand around a statement that the tool would not recognise as one.
	begin, end string
	// escape makes text mean itself to the tool.
	escape func(string) string
}

type fileKind struct {
	suffix, template string
}

var layouts = map[Format]layout{
	Goose: {
		files: []fileKind{{".sql", "goose"}}, width: 5, escape: asIs, alone: "-- +goose NO TRANSACTION\n",
		begin: "-- +goose StatementBegin\n", end: "-- +goose StatementEnd\n",
		markers: regexp.MustCompile(`(?m)^\s*--.*\+goose\s+(Up|Down)`),
	},
	GolangMigrate: {files: []fileKind{{".up.sql", "up"}, {".down.sql", "down"}}, width: 6, escape: asIs},
	Dbmate: {files: []fileKind{{".sql", "dbmate"}}, width: 4, timestamps: true, escape: asIs, alone: " transaction:false",
		markers: regexp.MustCompile(`(?m)^--\s*migrate:(up|down)`)},
	Tern: {files: []fileKind{{".sql", "tern"}}, width: 3, gapless: true, escape: escapeGoTemplate, alone: "---- tern: disable-tx ----\n",
		markers: regexp.MustCompile(`---- create above / drop below ----`)},
	Plain: {files: []fileKind{{".sql", "plain"}}, width: 4, escape: asIs, transaction: true},
	Atlas: {files: []fileKind{{".sql", "plain"}}, width: 4, timestamps: true, escape: asIs, alone: "-- atlas:txmode none\n\n"},
}

// Formats returns the names of all formats.
func Formats() []Format { return []Format{Goose, GolangMigrate, Dbmate, Tern, Plain, Atlas} }

func asIs(s string) string { return s }

// escapeGoTemplate keeps tern, which reads its files as Go templates, from
// taking two braces for an action.
func escapeGoTemplate(s string) string { return strings.ReplaceAll(s, "{{", `{{"{{"}}`) }

// Options are the choices that the steps leave open.
type Options struct {
	Name      string // of the migration; tenant_isolation when empty
	Numbering Numbering
	Now       time.Time // for numbers by time; a file's text never depends on it
	// Alone is for one statement that PostgreSQL refuses within a transaction, such as CREATE INDEX CONCURRENTLY. No
	// tool but goose runs several in one file: sent together, they are a transaction (PostgreSQL manual, 55.2.2.1).
	Alone bool
}

// File is one file of a migration, to be put next to the existing ones.
type File struct {
	Name string
	Text []byte
}

// Render prints the steps as the files that the migration tool wants, named to
// follow the existing ones of the directory. Without steps there is no file.
func Render(steps []Step, f Format, existing []string, o Options) ([]File, error) {
	lay, ok := layouts[f]
	if !ok {
		return nil, fmt.Errorf("unknown migration format %q: use one of %v", f, Formats())
	}
	if len(steps) == 0 {
		return nil, nil
	}
	prefix, err := nextPrefix(existing, lay, o)
	if err != nil {
		return nil, err
	}
	name := o.Name
	if name == "" {
		name = PolicyName
	}
	page := newPage(steps, lay)
	if o.Alone {
		if err := page.alone(lay); err != nil {
			return nil, err
		}
	}
	var files []File
	for _, kind := range lay.files {
		var b strings.Builder
		if err := fileTemplates.ExecuteTemplate(&b, kind.template, page); err != nil {
			return nil, err
		}
		f := File{prefix + "_" + name + kind.suffix, []byte(b.String())}
		if err := errors.Join(checkOrder(f.Name, existing), lay.checkMarkers(kind, b.String())); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// page is what the templates print.
type page struct {
	Alone string // the line that makes the tool begin no transaction
	// Transaction tells that the file has to begin and end its own.
	Transaction bool
	Up, Down    []section
	DownLines   []string // Down as lines to put into comments
}

// section is one step in one direction.
type section struct {
	Comments   []string
	Statements []statement
}

type statement struct {
	Before, SQL, After string
}

func newPage(steps []Step, lay layout) page {
	p := page{Transaction: lay.transaction}
	for _, s := range steps {
		if len(s.SQL) == 0 {
			continue // it is for the way back
		}
		comments := []string{lay.comment(s.Comment)}
		if s.Cause != "" {
			comments = append(comments, lay.comment("Cause: "+s.Cause))
		}
		p.Up = append(p.Up, section{comments, lay.statements(s.SQL)})
	}
	for _, s := range slices.Backward(steps) {
		if len(s.Reverse) == 0 {
			continue
		}
		p.Down = append(p.Down, section{Statements: lay.statements(s.Reverse)})
		for _, sql := range s.Reverse {
			p.DownLines = append(p.DownLines, strings.Split(sql, "\n")...)
		}
	}
	return p
}

// alone makes the tool run the page's statement outside of a transaction.
func (p *page) alone(lay layout) error {
	count := func(sections []section) (n int) {
		for _, s := range sections {
			n += len(s.Statements)
		}
		return n
	}
	if count(p.Up) != 1 || count(p.Down) > 1 {
		return fmt.Errorf("%d statements up and %d down cannot share a file that runs outside of a transaction", count(p.Up), count(p.Down))
	}
	p.Alone, p.Transaction = lay.alone, false
	return nil
}

// unmarked takes out of a comment what a tool, or whoever reads the schema, could
// take for a marker.
var unmarked = strings.NewReplacer("+goose", "goose", "+migrate", "migrate", "migrate:", "migrate ", "atlas:", "atlas ", "tern:", "tern ", "create above / drop below", "create above, drop below")

// checkMarkers refuses a text in which the tool would find more markers than the
// template has: a name or a constant of a hand-written policy could hold one.
func (lay layout) checkMarkers(kind fileKind, text string) error {
	var b strings.Builder
	if err := fileTemplates.ExecuteTemplate(&b, kind.template, page{}); err != nil {
		return err
	}
	if lay.markers == nil {
		return nil
	}
	own, all := lay.markers.FindAllString(b.String(), -1), lay.markers.FindAllString(text, -1)
	if len(all) != len(own) {
		return fmt.Errorf("a name or a constant looks like a marker of the migration tool: one of %q", all)
	}
	return nil
}

// comment keeps text within its line and its line free of markers.
func (lay layout) comment(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return lay.escape(unmarked.Replace(s))
}

func (lay layout) statements(sql []string) []statement {
	var list []statement
	for _, s := range sql {
		st := statement{SQL: lay.escape(s)}
		if severalInside(s) {
			st.Before, st.After = lay.begin, lay.end
		}
		list = append(list, st)
	}
	return list
}

// severalInside reports whether a tool that splits at semicolons, or cuts off
// what looks like a comment, would misread the statement.
func severalInside(sql string) bool {
	return strings.Contains(strings.TrimSuffix(sql, ";"), ";") || strings.Contains(sql, "--")
}
