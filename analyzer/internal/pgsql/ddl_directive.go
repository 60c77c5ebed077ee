package pgsql

import "strings"

// ddlDirective is how somebody vouches for a statement whose DDL is not followed.
const ddlDirective = "write -- tenantgen:ddl <why it drops no key and no constraint>"

// directive reads the `-- tenantgen:` comments directly above a statement.
func (l *ddlLoader) directive() {
	s := &l.stmt
	for line := range strings.Lines(s.text[s.begin:s.start]) {
		verb, ok := strings.CutPrefix(strings.TrimSpace(line), "-- tenantgen:")
		if !ok {
			continue
		}
		verb, reason, _ := strings.Cut(verb, " ")
		reason = strings.TrimSpace(reason)
		kind, _ := ddlUnwrap(s.node)
		switch {
		case verb != "ddl":
			l.report(ddlHint(ddlErrorf(-1, "tenantgen knows no directive %s in a schema file", verb), ddlDirective))
		case reason == "":
			l.report(ddlHint(ddlErrorf(-1, "no reason is given"), ddlDirective))
		case !ddlUnfollowed[kind]:
			l.report(ddlHint(ddlErrorf(-1, "tenantgen follows this statement, so nobody need vouch for it"), "remove the directive"))
		default:
			s.vouch = reason
		}
	}
}

// ddlUnfollowed are the statements that can be vouched for.
var ddlUnfollowed = map[string]bool{
	"do_stmt": true, "call_stmt": true, "select_stmt": true, "insert_stmt": true, "update_stmt": true,
	"delete_stmt": true, "merge_stmt": true, "create_event_trig_stmt": true,
}
