package migrate

import (
	"strings"

	"github.com/tenantgen/tenantgen/internal/lazyre"
)

var (
	ownRole   = lazyre.New(`\brolname = ('(?:[^']|'')*')`)
	ownTables = lazyre.New(`ARRAY\[('(?:[^']|'')*'(?:, '(?:[^']|'')*')*)\]::`)
	ownDraw   = lazyre.New(`, used, ('(?:[^']|'')*')\);`)
)

// Own reports whether a statement is exactly a DO block that this package writes: one that
// creates a role without attributes, or the one of cross-tenant queries, or lets a role draw
// from sequences.
func Own(statement, app, crossTenant string) bool {
	text := strings.TrimSuffix(strings.TrimSpace(strings.ReplaceAll(statement, "\r\n", "\n")), ";") + ";"
	p := &printer{}
	if m := ownRole().FindStringSubmatch(text); m != nil {
		role := unquote(m[1])
		if text == p.createRole(role) {
			return true
		}
		return role == crossTenant && text == p.createCrossTenantRole(role, app)
	}
	list, draw := ownTables().FindStringSubmatch(text), ownDraw().FindStringSubmatch(text)
	if list == nil || draw == nil {
		return false
	}
	role := unquote(draw[1])
	return text == p.sequencesOf("GRANT", "TO", list[1], role) || text == p.sequencesOf("REVOKE", "FROM", list[1], role)
}

// unquote is the inverse of QuoteLiteral for names without backslashes.
func unquote(literal string) string {
	return strings.ReplaceAll(literal[1:len(literal)-1], "''", "'")
}
