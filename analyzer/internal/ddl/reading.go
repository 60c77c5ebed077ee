package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// What a schema file must not do by any way: change how the text behind it is read, or
// write to the catalogs past DDL. Nothing that is read afterwards would be certain.

// readAs are the settings that decide how a text is read (PostgreSQL manual, 20.11.2,
// 20.13 and 20.17), with the values that leave it as it is read here.
var readAs = map[string][]string{
	"standard_conforming_strings": {"on", "true", "yes", "1"},
	"escape_string_warning":       {"on", "true", "yes", "1"},
	"backslash_quote":             {"safe_encoding"},
	"client_encoding":             {"utf8", "utf-8", "unicode"},
	"transform_null_equals":       {"off", "false", "no", "0"},
	"allow_system_table_mods":     {"off", "false", "no", "0"},
}

var (
	readAsWord = lazyre.New(`(?i)\b(standard_conforming_strings|escape_string_warning|backslash_quote|client_encoding|transform_null_equals|allow_system_table_mods)\b`)
	setNames   = lazyre.New(`(?i)\bset\s+(local\s+|session\s+)?names\b`)
	setsConfig = lazyre.New(`(?i)\bset_config"?\s*\(`)
	// knownConfig is a call whose setting stands in the text, all of it.
	knownConfig = lazyre.New(`(?i)\bset_config"?\s*\(\s*'[\w.]*'\s*,`)
)

// certain reports what makes the reading uncertain in a statement.
func (l *loader) certain(stmt parsetree.Message) {
	parsetree.Walk(stmt, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.VariableSetStmt:
			if role, ok := stmt.(*pg.AlterRoleSetStmt); ok && role.GetRole() != nil && strings.EqualFold(m.GetName(), "transform_null_equals") {
				return // what one role's sessions read is a matter of its rights
			}
			l.readsAs(m)
		case *pg.FuncCall:
			l.configures(m, onlyCall(stmt) == m)
		case *pg.DoStmt:
			l.codeReadsAs(m.GetArgs(), true)
		case *pg.CreateFunctionStmt:
			l.codeReadsAs(m.GetOptions(), false)
		}
		l.catalogWrite(m)
	})
}

// readsAs refuses SET of how a text is read, be it the session's, a role's, a database's
// or a function's.
func (l *loader) readsAs(s *pg.VariableSetStmt) {
	name := strings.ToLower(s.GetName()) // PostgreSQL folds a quoted name, too
	values, ok := readAs[name]
	set := s.GetKind() == pg.VariableSetKind_VAR_SET_VALUE || s.GetKind() == pg.VariableSetKind_VAR_SET_CURRENT
	if ok && set && !slices.Contains(values, arg(s.GetArgs())) {
		l.reportReadAs(name)
	}
}

func (l *loader) reportReadAs(name string) {
	value := readAs[name][0]
	l.report(withHint(errorf(-1, "%s must be %s: the text could not be read otherwise", name, value), "leave it out, or set it to "+value))
}

// configures refuses set_config whose setting is not a constant, and of settings that SET
// could change: of these, only search_path by itself is followed.
func (l *loader) configures(f *pg.FuncCall, alone bool) {
	if parsetree.LastString(f.GetFuncname()) != "set_config" || len(f.GetArgs()) == 0 {
		return
	}
	const hint = "write SET name = value"
	setting := textConst(f.GetArgs()[0])
	if setting == nil {
		l.report(withHint(errorf(f.GetLocation(), "set_config of a setting that is not a constant could change how the rest is read"), hint))
		return
	}
	name := strings.ToLower(setting.GetSval())
	var value *pg.String
	if len(f.GetArgs()) > 1 {
		value = textConst(f.GetArgs()[1])
	}
	values, reads := readAs[name]
	switch {
	case reads && (value == nil || !slices.Contains(values, strings.ToLower(value.GetSval()))):
		l.reportReadAs(name)
	case name == "search_path" && (value == nil || !alone || !followed(f)):
		l.report(withHint(errorf(f.GetLocation(), "set_config of search_path is followed only as SELECT set_config('search_path', '…', false) by itself"), "write SET search_path = …"))
	case value == nil && !strings.Contains(name, "."):
		l.report(withHint(errorf(f.GetLocation(), "set_config with a value that is not a constant could change how the rest is read"), hint))
	}
}

// followed reports whether a call of set_config says by a constant how long it lasts.
func followed(f *pg.FuncCall) bool {
	if len(f.GetArgs()) != 3 {
		return false
	}
	_, known := constBool(f.GetArgs()[2])
	return known
}

// textConst is a string constant, as PostgreSQL writes it out, too: 'x'::text.
func textConst(n *pg.Node) *pg.String {
	if c := n.GetTypeCast(); c != nil && slices.Contains([]string{"text", "pg_catalog.text"}, strings.Join(parsetree.Strings(c.GetTypeName().GetNames()), ".")) && len(c.GetTypeName().GetArrayBounds()) == 0 {
		n = c.GetArg()
	}
	return n.GetAConst().GetSval()
}

// codeReadsAs refuses code in a string that may change how a text is read: a DO block's,
// and a function's, which any statement may call.
func (l *loader) codeReadsAs(options []*pg.Node, runs bool) {
	for _, n := range options {
		d := n.GetDefElem()
		if d.GetDefname() != "as" {
			continue
		}
		texts := []string{d.GetArg().GetString_().GetSval()}
		for _, item := range d.GetArg().GetList().GetItems() {
			texts = append(texts, item.GetString_().GetSval())
		}
		text := sqltext.Code(strings.Join(texts, " "))
		if name := strings.ToLower(readAsWord().FindString(text)); name != "" {
			l.reportReadAs(name)
		}
		if setNames().MatchString(text) {
			l.reportReadAs("client_encoding")
		}
		if runs && setsUnread(text) {
			l.report(withHint(errorf(-1, "set_config of a setting that is not a constant could change how the rest is read"), "write SET name = value"))
		}
		if catalogs().MatchString(text) {
			l.reportCatalogWrite("pg_catalog")
		}
	}
}

// setsUnread reports whether a text calls set_config of a setting that cannot be read in
// it: a variable, a name by which the argument is given, an escape, 'a' || 'b'.
func setsUnread(text string) bool {
	return len(setsConfig().FindAllString(text, -1)) != len(knownConfig().FindAllString(text, -1))
}

// catalogWrite refuses rows of system catalogs that a statement writes, or one within it.
func (l *loader) catalogWrite(m parsetree.Message) {
	var to *pg.RangeVar
	switch m := m.(type) {
	case *pg.InsertStmt:
		to = m.GetRelation()
	case *pg.UpdateStmt:
		to = m.GetRelation()
	case *pg.DeleteStmt:
		to = m.GetRelation()
	case *pg.MergeStmt:
		to = m.GetRelation()
	case *pg.CopyStmt:
		if m.GetIsFrom() {
			to = m.GetRelation()
		}
	case *pg.AlterTableStmt:
		if m.GetRelation().GetSchemaname() == pgtype.SystemSchema {
			to = m.GetRelation()
		}
	}
	if to != nil && l.ofCatalogs(to) {
		l.reportCatalogWrite(to.GetRelname())
	}
}

// reportCatalogWrite reports a write for which nobody vouches.
func (l *loader) reportCatalogWrite(name string) {
	if l.stmt.vouch == "" {
		l.report(withHint(errorf(-1, "a write to %s changes what a schema is without saying so", name), "write it as DDL, or "+directive))
	}
}

// ofCatalogs reports whether a write goes to a system catalog, through views as well.
func (l *loader) ofCatalogs(to *pg.RangeVar) bool {
	schema := to.GetSchemaname()
	if schema == pgtype.SystemSchema || schema == "information_schema" || schema == "" && pgtype.IsCatalogName(to.GetRelname()) {
		return true
	}
	rel := l.find(parsetree.RangeName(to))
	return rel != nil && rel.view != nil && rel.view.readsCatalogs()
}

func (v *view) readsCatalogs() bool {
	found := slices.ContainsFunc(v.views, (*view).readsCatalogs)
	parsetree.Walk(v.query, func(m parsetree.Message) {
		rv, ok := m.(*pg.RangeVar)
		found = found || ok && (rv.GetSchemaname() == pgtype.SystemSchema || rv.GetSchemaname() == "information_schema" ||
			rv.GetSchemaname() == "" && pgtype.IsCatalogName(rv.GetRelname()))
	})
	return found
}
