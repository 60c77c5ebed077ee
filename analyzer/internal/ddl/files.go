package ddl

import (
	"slices"
	"strconv"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// session is what a file may leave to the next: some tools run all files in one
// session, some give each its own, and some take whatever connection of a pool is free.
type session struct {
	others   []otherPath  // the search paths that another session may have, none when that is this one's
	kept     []otherPath  // those that count again when SET LOCAL of the path ends
	began    *catalog.Pos // of the transaction that is open
	around   bool         // the tool's own transaction is
	together bool         // it is one without that
}

// otherPath is a search path that another session would have, and why it would.
type otherPath struct {
	path []string
	why  string
}

// startFile notes whether a new session would have another search path.
func (l *loader) startFile() {
	l.session.others = nil
	if l.live {
		return
	}
	if !slices.Equal(l.path, []string{"public"}) {
		l.session.others = append(l.session.others, otherPath{[]string{"public"}, "the search path that an earlier file set, and not every tool keeps the session"})
	}
	l.laterPaths()
}

// laterPaths notes the search paths that the sessions of every role begin with, by ALTER DATABASE or ALTER ROLE ALL. That of
// one role is not taken for that of the role which runs the files.
func (l *loader) laterPaths() {
	for _, s := range l.settings {
		if path := l.pathOf(s.args, ""); s.name == "search_path" && s.role == "" && !l.live && !slices.Equal(l.path, path) {
			l.session.others = append(l.session.others, otherPath{path, "the search path that ALTER DATABASE or ALTER ROLE ALL gives to later sessions"})
		}
	}
}

// localPath notes that SET LOCAL of the search path does nothing where there is no transaction
// (PostgreSQL manual, SET): whether a file that begins none is run in one is up to the tool.
func (l *loader) localPath() {
	if l.session.began == nil && !l.session.around && !l.live {
		l.session.others = append(slices.Clone(l.session.kept), otherPath{l.sessionPath, "SET LOCAL of the search path, which does nothing where the tool runs the file without a transaction"})
	}
}

// within puts a schema in front of the search paths that another session may have, until the function that it returns.
func (l *loader) within(schema string) (end func()) {
	others := l.session.others
	l.session.others = nil
	for _, o := range others {
		l.session.others = append(l.session.others, otherPath{append([]string{schema}, o.path...), o.why})
	}
	return func() {
		if len(l.session.others) > 0 { // nothing depended on them
			l.session.others = others
		}
	}
}

// begun notes a transaction that the file begins itself.
func (l *loader) begun() {
	if l.session.began == nil && !l.session.around { // within one it is a warning, and begins none
		at := l.at(-1)
		l.session.began = &at
	}
}

// endFile refuses a transaction that nobody commits: where the file is a session of its
// own, all of it is undone.
func (l *loader) endFile() {
	if at := l.session.began; at != nil && !l.live {
		l.errs = append(l.errs, SchemaError{Pos: *at, Message: "the file begins a transaction and does not commit it, so what follows may be undone",
			Hint: "write COMMIT at the end of the file"})
	}
	l.session.began = nil
}

// apart refuses a name of which by says something else for a search path that another session may have.
func (l *loader) apart(name, here string, by func(path []string) string) {
	for _, o := range l.session.others {
		if by(o.path) != here {
			l.depends(name, o.why)
			return
		}
	}
}

// depends refuses a name that means something else in a new session, or what a statement
// creates without a schema; once for each file.
func (l *loader) depends(name, why string) {
	l.session.others = nil
	what := "where this goes"
	if name != "" {
		what = "what " + strconv.Quote(name) + " means"
	}
	l.report(withHint(errorf(-1, "%s depends on %s", what, why),
		"write the schema in front of the name, or SET search_path in this file, too"))
}
