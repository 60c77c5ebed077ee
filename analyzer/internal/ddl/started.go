package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
)

// mentionless are statements that name functions without making anything run them later.
// Those on data run what they call at once, which calls reads; DO blocks speak for themselves.
var mentionless = sqltext.Words(`create_function_stmt alter_function_stmt drop_stmt comment_stmt grant_stmt
	alter_default_privileges_stmt alter_owner_stmt create_event_trig_stmt rename_stmt alter_object_schema_stmt
	do_stmt call_stmt select_stmt insert_stmt update_stmt delete_stmt merge_stmt`)

// starts are statements that run code which stands elsewhere: the functions of
// triggers when true, and in any case those of defaults, checks, indexes, generated
// columns, views, operators, casts and domains (PostgreSQL manual, ALTER TABLE, "Notes").
var starts = map[string]bool{
	"insert_stmt": true, "update_stmt": true, "delete_stmt": true, "merge_stmt": true, "copy_stmt": true, "truncate_stmt": true,
	"select_stmt": false, "create_table_as_stmt": false, "refresh_mat_view_stmt": false, "alter_table_stmt": false,
	"index_stmt": false, "alter_domain_stmt": false, "cluster_stmt": false, "reindex_stmt": false, "vacuum_stmt": false, "call_stmt": false,
}

// mention notes the names that a statement mentions, by which a function may be run.
func (l *loader) mention(kind string, m parsetree.Message) {
	if f, ok := m.(*pg.CreateFunctionStmt); ok {
		for _, n := range f.GetParameters() {
			l.mention("", n.GetFunctionParameter().GetDefexpr())
		}
	}
	if s, ok := m.(*pg.SelectStmt); mentionless[kind] && (!ok || s.GetIntoClause() == nil) || m == nil {
		return
	}
	parsetree.Walk(m, func(m parsetree.Message) {
		s, ok := m.(*pg.String)
		if text := s.GetSval(); ok && strings.ContainsAny(text, " \t\n(;") {
			l.texts = append(l.texts, text)
		} else if ok {
			l.mentioned[text] = true
		}
	})
}

// starts notes what the statement may change by the code that it starts.
func (l *loader) starts(kind string, m parsetree.Message) {
	triggers, ok := starts[kind]
	if !ok {
		return
	}
	parsetree.Walk(m, func(m parsetree.Message) {
		switch m.(type) {
		case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
			triggers = true
		}
	})
	r := l.started(triggers, seen{})
	if r.none() {
		return
	}
	u := l.unknown("code that a "+parsetree.StatementTitle(kind)+" statement starts", catalog.Name{})
	l.stmt.doubted = true
	if u.Reason = l.stmt.vouch; u.Reason == "" {
		l.unsure(r, u)
	}
}

// started is what functions may change that schema files mention outside the bodies of
// functions, the functions of triggers included when they run.
func (l *loader) started(triggers bool, seen seen) reach {
	var r reach
	for _, f := range l.db.Functions {
		if seen[f] || !triggers && f.Returns.Name.Name == "trigger" || f.Returns.Name.Name == "event_trigger" || !l.mentions(f.Name.Name) || l.trusts(f) {
			continue
		}
		seen[f] = true
		r.add(l.reachOf(f, seen))
	}
	return r
}

func (l *loader) mentions(name string) bool {
	return l.mentioned[name] || slices.ContainsFunc(l.texts, func(text string) bool { return wordIn(text, name) })
}
