package pgsql

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// ddlMentionless are statements that name functions without making anything run them later.
// Those on data run what they call at once, which calls reads; DO blocks speak for themselves.
var ddlMentionless = wordSet(`create_function_stmt alter_function_stmt drop_stmt comment_stmt grant_stmt
	alter_default_privileges_stmt alter_owner_stmt create_event_trig_stmt rename_stmt alter_object_schema_stmt
	do_stmt call_stmt select_stmt insert_stmt update_stmt delete_stmt merge_stmt`)

// ddlStarts are statements that run code which stands elsewhere: the functions of
// triggers when true, and in any case those of defaults, checks, indexes, generated
// columns, views, operators, casts and domains (PostgreSQL manual, ALTER TABLE, "Notes").
var ddlStarts = map[string]bool{
	"insert_stmt": true, "update_stmt": true, "delete_stmt": true, "merge_stmt": true, "copy_stmt": true, "truncate_stmt": true,
	"select_stmt": false, "create_table_as_stmt": false, "refresh_mat_view_stmt": false, "alter_table_stmt": false,
	"index_stmt": false, "alter_domain_stmt": false, "cluster_stmt": false, "reindex_stmt": false, "vacuum_stmt": false, "call_stmt": false,
}

// mention notes the names that a statement mentions, by which a function may be run.
func (l *ddlLoader) mention(kind string, m ddlMessage) {
	if f, ok := m.(*pg.CreateFunctionStmt); ok {
		for _, n := range f.GetParameters() {
			l.mention("", n.GetFunctionParameter().GetDefexpr())
		}
	}
	if s, ok := m.(*pg.SelectStmt); ddlMentionless[kind] && (!ok || s.GetIntoClause() == nil) || m == nil {
		return
	}
	ddlWalk(m, func(m ddlMessage) {
		s, ok := m.(*pg.String)
		if text := s.GetSval(); ok && strings.ContainsAny(text, " \t\n(;") {
			l.texts = append(l.texts, text)
		} else if ok {
			l.mentioned[text] = true
		}
	})
}

// starts notes what the statement may change by the code that it starts.
func (l *ddlLoader) starts(kind string, m ddlMessage) {
	triggers, ok := ddlStarts[kind]
	if !ok {
		return
	}
	ddlWalk(m, func(m ddlMessage) {
		switch m.(type) {
		case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
			triggers = true
		}
	})
	r := l.started(triggers, ddlSeen{})
	if r.none() {
		return
	}
	u := l.unknown("code that a "+statementTitle(kind)+" statement starts", catalog.Name{})
	l.stmt.doubted = true
	if u.Reason = l.stmt.vouch; u.Reason == "" {
		l.unsure(r, u)
	}
}

// started is what functions may change that schema files mention outside the bodies of
// functions, the functions of triggers included when they run.
func (l *ddlLoader) started(triggers bool, seen ddlSeen) ddlReach {
	var r ddlReach
	for _, f := range l.db.Functions {
		if seen[f] || !triggers && f.Returns.Name.Name == "trigger" || f.Returns.Name.Name == "event_trigger" || !l.mentions(f.Name.Name) || l.trusts(f) {
			continue
		}
		seen[f] = true
		r.add(l.reach(f.Body, f.Language, seen))
	}
	return r
}

func (l *ddlLoader) mentions(name string) bool {
	return l.mentioned[name] || slices.ContainsFunc(l.texts, func(text string) bool { return wordIn(text, name) })
}
