package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// createSchema executes CREATE SCHEMA. Elements within it are created in it.
func (l *loader) createSchema(s *pg.CreateSchemaStmt) error {
	name := s.GetSchemaname()
	if name == "" {
		name = role(s.GetAuthrole())
	}
	if slices.Contains(l.db.Schemas, name) {
		if s.GetIfNotExists() {
			return nil
		}
		return withHint(errorf(-1, "schema %q already exists", name), "use CREATE SCHEMA IF NOT EXISTS")
	}
	l.db.Schemas = append(l.db.Schemas, name)
	path, as := l.path, l.rights.as
	defer func() { l.path, l.rights.as = path, as }()
	defer l.within(name)()
	defer l.appeared()
	if s.GetAuthrole() != nil { // who owns the elements, too
		l.rights.as = l.roleNamed(s.GetAuthrole())
	}
	l.path = append([]string{name}, path...)
	for _, n := range inSchema(s.GetSchemaElts()) {
		if err := l.apply(n); err != nil {
			return err
		}
	}
	return nil
}

// createExtension executes CREATE EXTENSION. What it brings is not known here.
func (l *loader) createExtension(s *pg.CreateExtensionStmt) error {
	if !slices.Contains(l.db.Extensions, s.GetExtname()) {
		l.db.Extensions = append(l.db.Extensions, s.GetExtname())
	}
	schema := l.firstOf(l.path)
	for _, n := range s.GetOptions() {
		if d := n.GetDefElem(); d.GetDefname() == "schema" {
			schema = d.GetArg().GetString_().GetSval()
		}
	}
	l.installed(s.GetExtname(), schema)
	return nil
}

func (l *loader) createSequence(s *pg.CreateSeqStmt) error {
	name, err := l.newRelationName(s.GetSequence())
	if err != nil {
		return err
	}
	if s.GetIfNotExists() && !l.fresh(name) {
		return nil
	}
	if err := l.mustBeFresh(name, s.GetSequence().GetLocation()); err != nil {
		return err
	}
	q := &sequence{name: name}
	l.sequences = append(l.sequences, q)
	l.created(relation{name: name, sequence: q})
	l.ownedBy(q, s.GetOptions())
	return nil
}

func (l *loader) alterSequence(s *pg.AlterSeqStmt) error {
	rel, err := l.target(s.GetSequence(), s.GetMissingOk())
	if rel == nil {
		return err
	}
	if rel.sequence != nil {
		l.ownedBy(rel.sequence, s.GetOptions())
	}
	return nil
}

// ownedBy records OWNED BY: the sequence goes with the column.
func (l *loader) ownedBy(q *sequence, opts []*pg.Node) {
	for _, n := range opts {
		d := n.GetDefElem()
		if d.GetDefname() != "owned_by" {
			continue
		}
		items := d.GetArg().GetList().GetItems()
		q.owner, q.column = nil, ""
		if len(items) < 2 { // OWNED BY NONE
			continue
		}
		if rel := l.find(parsetree.Qualified(items[:len(items)-1])); rel != nil && rel.table != nil {
			q.owner, q.column = rel.table, parsetree.LastString(items)
		}
	}
}

// set executes SET and RESET. Only search_path changes what DDL means.
func (l *loader) set(s *pg.VariableSetStmt) error {
	kind := s.GetKind()
	if kind == pg.VariableSetKind_VAR_RESET_ALL {
		l.setPath([]string{"public"}, false)
		l.laterPaths()
		l.rowSecurityOff, l.tenantSet, l.replica.session, l.replica.local = false, false, false, false
		return nil
	}
	switch name := strings.ToLower(s.GetName()); name { // PostgreSQL folds a quoted name, too
	case "role", "session_authorization":
		l.become(name, s)
	case "session_replication_role":
		l.replica.set(kind == pg.VariableSetKind_VAR_SET_VALUE && replicates(arg(s.GetArgs())), s.GetIsLocal())
	case "row_security": // until the transaction or the file ends, LOCAL or not
		if s.GetIsLocal() && l.session.began == nil && !l.session.around && !l.session.together { // it does nothing
			return nil
		}
		l.rowSecurityOff = kind == pg.VariableSetKind_VAR_SET_VALUE && slices.Contains([]string{"off", "false", "no", "0"}, arg(s.GetArgs()))
	case "search_path":
		path := []string{"public"}
		if kind == pg.VariableSetKind_VAR_SET_VALUE {
			path = searchPath(s.GetArgs())
		}
		l.setPath(path, s.GetIsLocal())
		if kind != pg.VariableSetKind_VAR_SET_VALUE {
			l.laterPaths()
		}
	default:
		if strings.Contains(name, ".") {
			l.tenantSet = kind == pg.VariableSetKind_VAR_SET_VALUE
		}
	}
	return nil
}

func arg(args []*pg.Node) string {
	if len(args) != 1 {
		return ""
	}
	return strings.ToLower(args[0].GetAConst().GetSval().GetSval())
}

// searchPath reads the schemas of SET search_path. "$user" is left out: which user
// runs the application is not known, and a schema of that name is unusual.
func searchPath(args []*pg.Node) []string {
	path := []string{}
	for _, n := range args {
		if s := n.GetAConst().GetSval().GetSval(); s != "" && s != "$user" {
			path = append(path, s)
		}
	}
	return path
}

func (l *loader) setPath(path []string, local bool) {
	if local && !l.pathIsLocal {
		l.sessionPath, l.pathIsLocal, l.session.kept = l.path, true, l.session.others
	}
	l.session.others = nil
	if local {
		l.localPath()
	}
	if !local {
		l.sessionPath, l.pathIsLocal, l.session.kept = nil, false, nil
	}
	l.path = path
}

// endTransaction ends what SET LOCAL did.
func (l *loader) endTransaction() {
	l.rowSecurityOff, l.tenantSet, l.replica.local = false, false, false
	l.endLocalRole()
	if l.pathIsLocal {
		l.path, l.sessionPath, l.pathIsLocal, l.session.others = l.sessionPath, nil, false, l.session.kept
	}
}

// transaction executes BEGIN, COMMIT and savepoints. To undo DDL is not
// supported: nothing in a schema needs it.
func (l *loader) transaction(s *pg.TransactionStmt) error {
	switch s.GetKind() {
	case pg.TransactionStmtKind_TRANS_STMT_COMMIT:
		l.endTransaction()
		l.session.began, l.session.around, l.cursors = nil, false, false
		if s.GetChain() {
			l.begun()
		}
	case pg.TransactionStmtKind_TRANS_STMT_BEGIN, pg.TransactionStmtKind_TRANS_STMT_START:
		l.begun()
	case pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT, pg.TransactionStmtKind_TRANS_STMT_RELEASE:
	default:
		return withHint(errorf(-1, "a schema file must not roll back: what the statements before it did would not be known"), "leave it out, with the statements that it undoes")
	}
	return nil
}

func (l *loader) discard(s *pg.DiscardStmt) error {
	if s.GetTarget() == pg.DiscardMode_DISCARD_ALL {
		l.setPath([]string{"public"}, false)
		l.laterPaths()
		l.replica.session, l.replica.local = false, false
		l.rights.as, l.rights.session = "", ""
	}
	return nil
}

// query executes a SELECT in a schema file: SELECT INTO makes a table,
// set_config sets search_path as in pg_dump's output, other functions may do anything.
func (l *loader) query(s *pg.SelectStmt) error {
	l.hidden(s)
	if s.GetIntoClause() != nil {
		return l.tableFromQuery(s.GetIntoClause(), s)
	}
	if path, local, ok := setConfig(s); ok {
		l.setPath(path, local)
		return nil
	}
	if l.distribute(s) {
		return nil
	}
	return l.data(s)
}

// setConfig recognizes SELECT set_config('search_path', '…', false).
func setConfig(s *pg.SelectStmt) (path []string, local, ok bool) {
	f := onlyCall(s)
	if name := parsetree.Qualified(f.GetFuncname()); name.Name != "set_config" || name.Schema != "" && name.Schema != pgtype.SystemSchema || len(f.GetArgs()) != 3 {
		return nil, false, false
	}
	setting, value := textConst(f.GetArgs()[0]), textConst(f.GetArgs()[1])
	local, known := constBool(f.GetArgs()[2])
	if !strings.EqualFold(setting.GetSval(), "search_path") || value == nil || !known {
		return nil, false, false
	}
	path = []string{}
	for part := range strings.SplitSeq(value.GetSval(), ",") {
		if part = unquote(strings.TrimSpace(part)); part != "" && part != "$user" {
			path = append(path, part)
		}
	}
	return path, local, true
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return strings.ReplaceAll(s[1:len(s)-1], `""`, `"`)
	}
	return strings.ToLower(s)
}

// constBool is the value of a Boolean constant, as PostgreSQL writes it out, too: 't'::bool.
func constBool(n *pg.Node) (value, ok bool) {
	if c := n.GetTypeCast(); c != nil && slices.Contains([]string{"bool", "pg_catalog.bool"}, strings.Join(parsetree.Strings(c.GetTypeName().GetNames()), ".")) && len(c.GetTypeName().GetArrayBounds()) == 0 {
		n = c.GetArg()
	}
	if b := n.GetAConst().GetBoolval(); b != nil {
		return b.GetBoolval(), true
	}
	s := strings.ToLower(n.GetAConst().GetSval().GetSval())
	return s == "t" || s == "true", s == "t" || s == "true" || s == "f" || s == "false"
}

// harmless reports built-in functions that cannot change a schema.
func harmless(n catalog.Name) bool {
	if n.Schema != "" && n.Schema != pgtype.SystemSchema {
		return false
	}
	_, ok := pgtype.Builtins[n.Name]
	return ok || n.Name == "setval" || n.Name == "currval" || n.Name == "set_config" || n.Name == "row_security_active" || strings.HasPrefix(n.Name, "pg_get_")
}
