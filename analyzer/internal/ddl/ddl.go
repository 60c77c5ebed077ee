// Package ddl reads schema files: it applies their statements one after the other, as a
// session of PostgreSQL would, and returns what the server's catalogs would hold
// afterwards as a [catalog.Database]. A statement that it does not understand is an
// error; DDL that it cannot follow leaves its doubt in the catalog.
package ddl

import (
	"errors"
	"fmt"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// SchemaFile is one schema or migration file. Its down parts are already
// blanked out, with offsets preserved.
type SchemaFile struct {
	Path, Text string
	// InTransaction tells that the tool begins a transaction for the file and commits it.
	InTransaction bool
	// Together tells that the tool sends the file as one text.
	Together bool
}

// SchemaError is a DDL statement that cannot be parsed, understood or applied.
type SchemaError struct {
	catalog.Pos
	Message string
	Hint    string
}

// Error formats the error as file:line:column: message.
func (e SchemaError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// Load applies the DDL of files in order and returns what PostgreSQL's
// catalogs would hold afterwards. A statement that cannot be understood is an
// error, never ignored: what it does could be what a proof depends on. All
// errors are collected; the database is complete except for the statements
// they name.
// Declared are the functions that somebody vouches for.
func Load(files []SchemaFile, declared ...Declaration) (*catalog.Database, []SchemaError) {
	l := newLoader()
	l.declared = declared
	for _, f := range files {
		l.loadFile(f)
	}
	l.finish()
	return l.db, l.errs
}

// LoadLive reads DDL that describes a database as it is. Nobody has run it, so that no
// statement of it starts code.
func LoadLive(f SchemaFile, declared ...Declaration) (*catalog.Database, []SchemaError) {
	l := newLoader()
	l.declared, l.live = declared, true
	l.loadFile(f)
	l.finish()
	return l.db, l.errs
}

// loader is the state of a session that executes DDL: the database so far,
// and the settings that decide how the next statement is read.
type loader struct {
	db                 *catalog.Database
	tables             []*table
	views              []*view
	sequences          []*sequence
	relations          relations
	granted            granted
	awaited            bool // a foreign key was read before the table that it refers to
	domains            map[*catalog.Type]*domain
	collations         collations
	unheld             map[string]bool   // schemas with objects that the catalog does not hold
	extensions         map[string]string // the schema of each
	given              map[string]bool   // those that objects go with
	support            []*support
	arguments          map[*catalog.Function]*expr          // the defaults of parameters
	parts              map[*catalog.Function]aggregateParts // of aggregates
	notNulls           map[string]bool                      // names that NOT NULL was given
	constraintTriggers map[string]bool                      // names of those that there ever were
	cursors            bool                                 // one was declared
	elapsed            bool                                 // behind it stands another statement
	atomic             []*catalog.Function                  // functions whose bodies' names are resolved
	meanings           map[*catalog.Function]string
	userPaths          map[*catalog.Function][]string // those that functions set with "$user" in them
	errs               []SchemaError
	declared           []Declaration
	live               bool // what is read is a description: nothing runs
	events             []event
	readings           map[string]reach // of texts by themselves
	conditions         map[string]*condition
	mentioned          map[string]bool // names by which functions may be run
	texts              []string        // code that may hold such names
	hooks              []hook

	path        []string // search_path in force
	sessionPath []string // what path returns to after SET LOCAL
	pathIsLocal bool
	session     session
	// rowSecurityOff is true after SET row_security = off: what policies hide is an error then.
	rowSecurityOff bool
	// tenantSet is true after SET of a setting of the application's.
	tenantSet bool

	settings []setting // that later sessions begin with
	replica  replica
	rights   rights

	dropping map[*table]bool                   // what the DROP TABLE names that is executed
	gone     map[catalog.Name]*catalog.Unknown // views that a CASCADE may have taken away

	file *file
	stmt statement
}

func newLoader() *loader {
	return &loader{
		db:         &catalog.Database{Schemas: []string{"public"}},
		domains:    map[*catalog.Type]*domain{},
		arguments:  map[*catalog.Function]*expr{},
		parts:      map[*catalog.Function]aggregateParts{},
		collations: collations{},
		readings:   map[string]reach{},
		mentioned:  map[string]bool{},
		notNulls:   map[string]bool{},

		constraintTriggers: map[string]bool{},
		path:               []string{"public"},
		rights:             newRights(),
	}
}

// loadFile applies one file. Files run one after the other in one session, as
// migration tools run them; only a transaction's SET LOCAL ends with the file.
func (l *loader) loadFile(f SchemaFile) {
	l.file = newFile(f)
	l.startFile()
	l.session.around, l.session.together = f.InTransaction, f.Together
	stmts, errs := l.file.parse()
	l.errs = append(l.errs, errs...)
	for _, s := range stmts {
		l.stmt = s
		l.directive()
		if err := l.apply(s.node); err != nil {
			l.report(err)
		}
		l.appeared()
		l.needless()
	}
	l.endFile()
	l.endTransaction()
}

// apply executes one statement. A panic is a bug of this package; it is
// reported as an error of the statement so that it cannot pass for success.
func (l *loader) apply(n *pg.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errorf(-1, "cannot understand this statement (internal error: %v)", r)
		}
	}()
	name, msg := parsetree.Unwrap(n)
	l.mention(name, msg)
	l.elapsed = l.elapsed || !besideCursors[name]
	if !l.live {
		l.starts(name, msg)
	}
	l.replicates(name, msg)
	l.showsAgain(name, msg)
	if endings[name] {
		l.unkept()
	}
	l.certain(msg)
	l.rightsBehind(name, msg)
	if h, ok := statements[name]; ok {
		return h(l, msg)
	}
	if _, ok := ignoredStatements[name]; ok {
		return nil
	}
	what := parsetree.StatementTitle(name)
	if why, ok := refusedStatements[name]; ok {
		return withHint(errorf(-1, "%s is not supported in a schema file", what), why)
	}
	return errorf(-1, "%s is not supported in a schema file", what)
}

// statementError is an error at a byte offset of the statement's text; a negative
// offset stands for the statement itself.
type statementError struct {
	loc  int
	msg  string
	hint string
}

func (e *statementError) Error() string { return e.msg }

func errorf(loc int32, format string, args ...any) error {
	return &statementError{loc: int(loc), msg: fmt.Sprintf(format, args...)}
}

// withHint adds advice to an error made by errorf.
func withHint(err error, hint string) error {
	if e, ok := errors.AsType[*statementError](err); ok {
		e.hint = hint
	}
	return err
}

// report turns an error of the current statement into a SchemaError with a position.
func (l *loader) report(err error) {
	e, ok := errors.AsType[*statementError](err)
	if !ok {
		e = &statementError{loc: -1, msg: err.Error()}
	}
	l.errs = append(l.errs, SchemaError{Pos: l.at(int32(e.loc)), Message: e.msg, Hint: e.hint})
}

// at returns the position of a parse tree location; without one (-1, or 0 in a
// node that has no location field set) it is the start of the statement.
func (l *loader) at(loc int32) catalog.Pos {
	if int(loc) < l.stmt.start {
		loc = int32(l.stmt.start)
	}
	return l.file.pos(l.stmt.base + int(loc))
}

// unknown records a statement whose effect the catalog does not model.
func (l *loader) unknown(what string, on catalog.Name) *catalog.Unknown {
	u := &catalog.Unknown{What: what, On: on, Pos: l.at(-1)}
	l.db.Unknown = append(l.db.Unknown, u)
	return u
}
