package ddl

import (
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// directive is how somebody vouches for a statement whose DDL is not followed.
const directive = "write -- tenantgen:ddl <why it changes nothing that queries depend on>"

// rightsDirective is how somebody answers for what a statement does to rights.
const rightsDirective = "write -- tenantgen:rights <why nobody sees more by it than is meant>"

// directive reads the `-- tenantgen:` comments directly above a statement.
func (l *loader) directive() {
	s := &l.stmt
	for line := range strings.Lines(s.text[s.begin:s.start]) {
		verb, ok := strings.CutPrefix(strings.TrimSpace(line), "-- tenantgen:")
		if !ok {
			continue
		}
		verb, reason, _ := strings.Cut(verb, " ")
		reason = strings.TrimSpace(reason)
		kind, _ := parsetree.Unwrap(s.node)
		switch {
		case verb == "rights" && reason == "":
			l.report(withHint(errorf(-1, "no reason is given"), rightsDirective))
		case verb == "rights":
			l.db.Excuses = append(l.db.Excuses, &catalog.Excuse{Pos: l.at(-1), End: s.base + s.end, Reason: reason})
		case verb != "ddl":
			l.report(withHint(errorf(-1, "tenantgen knows no directive %s in a schema file", verb), directive))
		case reason == "":
			l.report(withHint(errorf(-1, "no reason is given"), directive))
		case !unfollowed[kind] && !mayStart(kind):
			l.reportNeedless()
		default:
			s.vouch = reason
		}
	}
}

// unfollowed are the statements that can be vouched for.
var unfollowed = map[string]bool{
	"do_stmt": true, "call_stmt": true, "select_stmt": true, "insert_stmt": true, "update_stmt": true,
	"delete_stmt": true, "merge_stmt": true, "create_event_trig_stmt": true, "explain_stmt": true, "declare_cursor_stmt": true, "fetch_stmt": true,
}

// mayStart reports statements that may start code, and DROP, whose CASCADE may reach what is not followed.
func mayStart(kind string) bool {
	_, ok := starts[kind]
	return ok || kind == "drop_stmt"
}

// needless reports a directive above a statement that starts no code worth a word.
func (l *loader) needless() {
	if kind, _ := parsetree.Unwrap(l.stmt.node); l.stmt.vouch != "" && !l.stmt.doubted && !unfollowed[kind] {
		l.reportNeedless()
	}
}

func (l *loader) reportNeedless() {
	l.report(withHint(errorf(-1, "tenantgen follows this statement, so nobody need vouch for it"), "remove the directive"))
}
