package verify

import (
	"fmt"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/migrate"
)

var unprotectedPartition = &rules.Rule{
	Name: "unprotected-partition", Kind: rules.Database, Severity: rules.Warning,
	Title: "a partition or heir of a tenant table lacks the policies of its parent",
	Text: `A statement that names a partition is subject to the policies of that partition, not to
those of its parent (PostgreSQL manual, 5.9 and 5.11). It is an error when the
application's role has a privilege on the partition itself; without one it can
only go through the parent.

Keys do not cover heirs, so that proofs may fail too. It is about those that are in no schema file, such as what a maintenance job makes;
the others are tables like any other.`,
	Bad: `CREATE TABLE invitations_2026 () INHERITS (invitations);`,
	Good: `ALTER TABLE invitations_2026 ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON invitations_2026
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);
CREATE POLICY tenant_isolation_floor ON invitations_2026 AS RESTRICTIVE
    USING (org_id = NULLIF((SELECT pg_catalog.current_setting('app.org_id', true)), '')::uuid);`,
}

// partitions judges what inherits from a promised tenant table and is in no schema
// file itself.
func (p *pass) partitions() {
	seen := map[*relation]bool{}
	p.tables(func(t *promisedTable, rel *relation) {
		if !t.protected() {
			return
		}
		for _, child := range rel.descendants() {
			if p.promised.byName[child.name] != nil || seen[child] {
				continue
			}
			seen[child] = true
			if child.kind == foreign {
				p.foreign(t.Name, child)
				continue
			}
			p.partition(t, child)
		}
	})
}

func (p *pass) partition(parent *promisedTable, child *relation) {
	t := heirOf(parent, child)
	var lacks []string
	sql := []string{}
	if !child.table.RLS || !child.table.ForceRLS {
		lacks = append(lacks, "row-level security is not enabled and forced")
		sql = append(sql, fmt.Sprintf("ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;", quote(child.name)))
	}
	for _, want := range t.policies {
		have := named(child.table.Policies, want.Name)
		if have == nil || len(p.differences(t, want, have)) > 0 {
			lacks = append(lacks, "policy "+want.Name+" is missing or altered")
			sql = append(sql, migrate.PolicySQL(child.name, want)...)
		}
	}
	if len(lacks) == 0 {
		return
	}
	f := Finding{Object: "table " + child.name.String(), Table: parent.Name, Message: "is part of " + parent.Name.String() + " and lacks its protection",
		Is: strings.Join(lacks, ", ") + "; no grant to the application's role", Promised: "the policies of " + parent.Name.String(), SQL: sql,
		Hint: "run the statements in one transaction, so that no policy is ever missing"}
	if reach := p.reach(child); reach != "" {
		f.Severity, f.Is = rules.Error, strings.Join(lacks, ", ")+"; "+reach
	}
	p.found(unprotectedPartition, f)
}

// heirOf is a partition as the migrations would have it: the policies of a child table
// name the table, so they name the partition instead.
func heirOf(parent *promisedTable, child *relation) *promisedTable {
	table := *parent.Table
	table.Name = child.name
	heir := &promisedTable{Table: &table, db: parent.db}
	from, to := migrate.QuoteIdent(parent.Name.Name)+".", migrate.QuoteIdent(child.name.Name)+"."
	for _, pol := range parent.policies {
		one := *pol
		if parent.column == "" {
			one.Using, one.Check = replaceWord(pol.Using, from, to), replaceWord(pol.Check, from, to)
		}
		heir.policies = append(heir.policies, &one)
	}
	return heir
}

// replaceWord replaces a qualifier where it is not the end of a longer name or the
// schema's part of one.
func replaceWord(text, from, to string) string {
	var b strings.Builder
	for {
		i := strings.Index(text, from)
		if i < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:i])
		if i > 0 && strings.ContainsRune(`."_`, rune(text[i-1])) || i > 0 && isWord(text[i-1]) {
			b.WriteString(from)
		} else {
			b.WriteString(to)
		}
		text = text[i+len(from):]
	}
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80
}
