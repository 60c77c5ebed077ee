package rules_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen/analyzer/rules"
)

var update = flag.Bool("update", false, "rewrite docs/rules.md")

const docsFile = "../../docs/rules.md"

// docs/rules.md is what rules.All says.
func TestDocsAreFresh(t *testing.T) {
	want := page()
	if *update {
		if err := os.WriteFile(docsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(docsFile)
	if err != nil || string(got) != want {
		t.Errorf("docs/rules.md is stale (%v); run go test ./analyzer/rules -update", err)
	}
}

const introduction = `<!-- Generated from analyzer/rules by go test ./analyzer/rules -update. DO NOT EDIT. -->

# Rules

What tenantgen reports. ` + "`tenantgen explain <rule>`" + ` prints the same. Tests run every example: the first one of a
rule is reported, the second one is not.

A finding of a **query** rule refuses the query. Where the query crosses tenants on purpose, declare it with
` + "`-- tenantgen:cross-tenant <category> <reason>`" + `. A **schema** or **configuration** rule that is a warning is advice; its severity can be set in
sqlc.yaml, and it can be switched off with a reason, altogether or for a table, a view, a function, a query, or a column or key of a table:

` + "```yaml" + `
options:
  tenantgen:
    rules:
      foreign-key-without-tenant: {severity: error}
      no-tenant-index: {severity: off, reason: "every table fits into memory"}
      key-without-tenant: {except: {orgs.slug: "a slug is part of a URL, so there is one of each"}}
` + "```" + `

The rules about **rights** (` + "`app-role-…`, `session-settings`, `undone-protection`, `wider-policy`, `unmodelled-rights`" + `) judge what the
schema files leave behind in the end, and are errors. Where something is meant, say why directly above the statement:
` + "`-- tenantgen:rights <why>`" + `. A directive that nothing needs is a finding. They judge what ` + "`tenantgen verify`" + ` judges in a live
database, where ` + "[role-attributes](verify.md), role-membership, role-owns, excess-grant" + ` and the like have the same words.

In the examples the tenant column is ` + "`org_id`" + `; orgs are declared as ` + "`{tenant_column: id}`" + `, comments as
` + "`{parent: notes, on: {note_id: id}}`" + `, plans and users as ` + "`{global: true}`" + `, drafts as
` + "`{restrict: deleted_at IS NULL}`" + `. Those of
levels-without-foreign-key have the levels org, by ` + "`org_id`" + `, and project, by ` + "`project_id`" + `.

`

func page() string {
	var b strings.Builder
	b.WriteString(introduction)
	b.WriteString("| rule | judges | severity | what is wrong |\n|---|---|---|---|\n")
	for _, r := range rules.All {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", r.Name, r.Name, r.Kind, r.Severity, r.Title)
	}
	for _, r := range rules.All {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n%s\n", r.Name, strings.ToUpper(r.Title[:1])+r.Title[1:], r.Text)
		for _, e := range r.Examples() {
			fmt.Fprintf(&b, "\n%s:\n\n```sql\n%s\n```\n", strings.ToUpper(e.Head[:1])+e.Head[1:], e.SQL)
		}
	}
	return b.String()
}
