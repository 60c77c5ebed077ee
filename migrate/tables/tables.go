// Package tables has the tables that packages of the runtime keep rows in: tenantquota, tenantusage and tenantaudit. They are
// created by a migration of the application's, with its own tenant column, and are tables of tenants like any other.
package tables

import (
	"embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

//go:embed *.sql
var files embed.FS

// Names returns what there are tables for.
func Names() []string { return []string{"quota", "usage", "audit"} }

// Crossings is the table that no tenant's rows are in. An application has to declare it as global.
const Crossings = "tenant_audit_crossings"

// Options are what an application's schema says of its tenants.
type Options struct {
	Column, Type string // of the tenant: its name, and its type as SQL
	// Root is the table of the tenants and Key its key, where a foreign key can refer to it.
	Root catalog.Name
	Key  string
	// AppRole and CrossTenantRole get the rights that the packages need; "" is no role.
	AppRole, CrossTenantRole string
}

// rights are what a role may do with each table.
var rights = map[string]string{
	"tenant_quota_counters":  "SELECT, INSERT, UPDATE",
	"tenant_quota_overrides": "SELECT, INSERT, UPDATE, DELETE",
	"tenant_quota_addons":    "SELECT, INSERT, UPDATE, DELETE",
	"tenant_usage":           "SELECT, INSERT, UPDATE",
	"tenant_usage_members":   "SELECT, INSERT",
	"tenant_usage_flushes":   "SELECT, INSERT, UPDATE, DELETE",
	"tenant_audit":           "SELECT, INSERT", // nobody changes what has been
	Crossings:                "SELECT, INSERT",
}

// created is the table that a statement creates.
var created = regexp.MustCompile(`^CREATE (TABLE|INDEX) (\w+)`)

// Tables returns the names of the tables that a package keeps rows in.
func Tables(name string) []string {
	var list []string
	for _, s := range statements(name) {
		if m := created.FindStringSubmatch(s.sql); m[1] == "TABLE" {
			list = append(list, m[2])
		}
	}
	return list
}

// Create returns the steps that create a package's tables. They have no rights and no policies then.
func Create(name string, o Options) []migrate.Step {
	var steps []migrate.Step
	for _, s := range statements(name) {
		m := created.FindStringSubmatch(s.sql)
		steps = append(steps, migrate.Step{
			Comment: s.comment, Cause: "tenantgen tables " + name,
			SQL: []string{o.fill(s.sql)}, Reverse: []string{"DROP " + m[1] + " " + m[2] + ";"},
		})
	}
	return steps
}

// Grant returns the steps that give the roles the rights that a package needs, once the tables have their policies.
func Grant(name string, o Options) []migrate.Step {
	var steps []migrate.Step
	for _, table := range Tables(name) {
		role := o.AppRole
		if table == Crossings {
			role = o.CrossTenantRole
		}
		if role == "" {
			continue
		}
		steps = append(steps, migrate.Step{
			Comment: "tenantgen:rights package tenant" + name + " runs statements of its own on it, proved as yours are",
			SQL:     []string{fmt.Sprintf("GRANT %s ON %s TO %s;", rights[table], table, migrate.QuoteIdent(role))},
			Reverse: []string{fmt.Sprintf("REVOKE %s ON %s FROM %s;", rights[table], table, migrate.QuoteIdent(role))},
		})
	}
	return steps
}

// fill writes a statement for the application's tenants.
func (o Options) fill(sql string) string {
	column := migrate.QuoteIdent(o.Column)
	alone := column + " " + o.Type + " NOT NULL"
	tenant := alone
	if o.Key != "" {
		tenant += " REFERENCES " + migrate.QuoteName(o.Root) + " (" + migrate.QuoteIdent(o.Key) + ") ON DELETE CASCADE"
	}
	return strings.NewReplacer("{{tenant}}", tenant, "{{tenant alone}}", alone, "{{column}}", column).Replace(sql)
}

// statement is one of a file, with the comment above it.
type statement struct{ comment, sql string }

func statements(name string) []statement {
	if !slices.Contains(Names(), name) {
		return nil
	}
	text, err := files.ReadFile(name + ".sql")
	if err != nil {
		panic(err) // it is part of the program
	}
	var list []statement
	for part := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		comment, sql, _ := strings.Cut(part, "\n")
		list = append(list, statement{strings.TrimPrefix(comment, "-- "), sql})
	}
	return list
}
