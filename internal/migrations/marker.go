package migrations

import (
	"fmt"
	"regexp"
	"strings"
)

// marker is a comment by which a tool finds the parts of a file.
type marker struct {
	tool string
	form *regexp.Regexp
	part string // of each that there may be, in small letters that no other character is taken for, as ſ is for s; "" for none
}

// markers match what anybody would take for a marker of the tool. What the tool itself
// takes for one is in its own file.
var markers = []marker{
	{"goose", regexp.MustCompile(`(?im)^\s*--[ \t]*\+goose[ \t]*(up|down)\b`), "+goo"},
	{"dbmate", regexp.MustCompile(`(?im)^\s*--\s*migrate:(up|down)\b`), "migrate:"},
	{"tern", regexp.MustCompile(regexp.QuoteMeta(ternMarker)), ""},
	{"sql-migrate", regexp.MustCompile(`(?im)^\s*--\s*\+migrate\s+(up|down)\b`), "+migrate"},
}

// foreign reports the first marker of a tool that does not run the file: there, it is a
// comment, and hides nothing.
func foreign(format, text string) []Problem {
	var ps []Problem
	small := strings.ToLower(text)
	for _, m := range markers {
		if m.tool == tools[format].own || !strings.Contains(small, m.part) {
			continue
		}
		at := m.form.FindStringIndex(text)
		if at == nil {
			continue
		}
		p := Problem{Offset: at[0], marker: m.tool, Msg: fmt.Sprintf("this is a marker of %s; to %s it is a comment, and what stands below it runs", m.tool, format),
			Hint: "leave the comment out, or name the tool that runs the file as options.tenantgen.migrations.format"}
		switch {
		case format == "" && tools[m.tool].list == nil:
			p.Msg, p.Hint = "this is a marker of sql-migrate, which tenantgen does not know", "leave the comment out, and keep statements that undo the migration in another file"
		case format == "":
			p.Msg, p.Hint = fmt.Sprintf("this is a marker of %s, and no setting says that %[1]s runs the file", m.tool), fmt.Sprintf("add options.tenantgen.migrations: {dir: <directory of the file>, format: %s}, or leave the comment out", m.tool)
		}
		ps = append(ps, p)
	}
	return ps
}

// markedFor is the tool by whose markers a file is to be read for want of a better word, ""
// for none.
func markedFor(ps []Problem) string {
	if len(ps) != 1 || tools[ps[0].marker].list == nil {
		return ""
	}
	return ps[0].marker
}

// Claims reports whether a file outside of the migrations directory is one for the tool of
// a format, too: it has its marker, or a name that only the tool gives.
func Claims(format, name, text string) bool {
	if format == "golang-migrate" {
		_, _, ok := parseGolangMigrate(name)
		return ok
	}
	for _, m := range markers {
		if m.tool == format {
			return m.form.MatchString(text)
		}
	}
	return false
}
