package ddl

import (
	"slices"
	"strconv"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// session is what a file may leave to the next: some tools run all files in one
// session, some give each its own, and some take whatever connection of a pool is free.
type session struct {
	other []string     // the search path that another session would have, nil when it is this one
	why   string       // that is so
	began *catalog.Pos // of the transaction that is open
}

// startFile notes whether a new session would have another search path.
func (l *loader) startFile() {
	l.session.other = nil
	if !l.live && !slices.Equal(l.path, []string{"public"}) {
		l.session.other, l.session.why = []string{"public"}, "the search path that an earlier file set, and not every tool keeps the session"
	}
}

// localPath notes that SET LOCAL of the search path does nothing where there is no transaction
// (PostgreSQL manual, SET): whether a file that begins none is run in one is up to the tool.
func (l *loader) localPath() {
	if l.session.began == nil && !l.live {
		l.session.other, l.session.why = l.sessionPath, "SET LOCAL of the search path, which does nothing where the tool runs the file without a transaction"
	}
}

// begun notes a transaction that the file begins itself.
func (l *loader) begun() {
	if l.session.began == nil {
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

// depends refuses a name that means something else in a new session, or what a statement
// creates without a schema; once for each file.
func (l *loader) depends(name string) {
	l.session.other = nil
	what := "where this goes"
	if name != "" {
		what = "what " + strconv.Quote(name) + " means"
	}
	l.report(withHint(errorf(-1, "%s depends on %s", what, l.session.why),
		"write the schema in front of the name, or SET search_path in this file, too"))
}
