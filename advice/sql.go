package advice

import (
	_ "embed"
	"strings"
	"text/template"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/migrate"
)

//go:embed advice.sql.tmpl
var sqlText string

var sqlTemplates = template.Must(template.New("advice").Parse(sqlText))

// printer prints SQL and keeps the first error, so that callers ask once.
type printer struct{ err error }

func (p *printer) print(name string, data any) string {
	var b strings.Builder
	if err := sqlTemplates.ExecuteTemplate(&b, name, data); err != nil && p.err == nil {
		p.err = err
	}
	return b.String()
}

func idents(names []string) string {
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = migrate.QuoteIdent(n)
	}
	return strings.Join(list, ", ")
}

// alter prints ALTER TABLE with one action.
func (p *printer) alter(t catalog.Name, action string, arg map[string]string) string {
	return p.print("alter", map[string]string{"Table": migrate.QuoteName(t), "Action": p.print(action, arg)})
}

func (p *printer) dropConstraint(t catalog.Name, name string) string {
	return p.alter(t, "drop constraint", map[string]string{"Name": migrate.QuoteIdent(name)})
}

// undoConstraint drops a constraint that a later migration may have dropped already.
func (p *printer) undoConstraint(t catalog.Name, name string) string {
	return p.alter(t, "undo constraint", map[string]string{"Name": migrate.QuoteIdent(name)})
}

func (p *printer) validateConstraint(t catalog.Name, name string) string {
	return p.alter(t, "validate", map[string]string{"Name": migrate.QuoteIdent(name)})
}

func (p *printer) addCheck(t catalog.Name, name, column string) string {
	return p.alter(t, "check", map[string]string{"Name": migrate.QuoteIdent(name), "Column": migrate.QuoteIdent(column)})
}

// addKey adds a constraint of a kind, PRIMARY KEY or UNIQUE, over columns.
func (p *printer) addKey(t catalog.Name, kind, name string, columns []string, nulls string) string {
	return p.alter(t, "key", map[string]string{"Name": migrate.QuoteIdent(name), "Kind": kind + nulls, "On": "(" + idents(columns) + ")"})
}

// useIndex makes a constraint of a kind of an index.
func (p *printer) useIndex(t catalog.Name, kind, name, index string) string {
	return p.alter(t, "key", map[string]string{"Name": migrate.QuoteIdent(name), "Kind": kind, "On": "USING INDEX " + migrate.QuoteIdent(index)})
}

func (p *printer) addForeign(t catalog.Name, f *catalog.ForeignKey, notValid bool) string {
	return p.alter(t, "foreign key", map[string]string{
		"Name": migrate.QuoteIdent(f.Name), "Columns": idents(f.Columns), "To": migrate.QuoteName(f.RefTable), "RefColumns": idents(f.RefColumns),
		"Options": foreignOptions(f, notValid),
	})
}

// foreignOptions prints what follows the columns. A key of several columns empties,
// on delete, only those behind the tenant's.
func foreignOptions(f *catalog.ForeignKey, notValid bool) string {
	var b strings.Builder
	if f.OnUpdate != "" {
		b.WriteString(" ON UPDATE " + strings.ToUpper(f.OnUpdate))
	}
	if f.OnDelete != "" {
		b.WriteString(" ON DELETE " + strings.ToUpper(f.OnDelete))
		if strings.HasPrefix(f.OnDelete, "set ") && f.Special {
			b.WriteString(" (" + idents(f.Columns[1:]) + ")")
		}
	}
	if f.Deferrable {
		b.WriteString(" DEFERRABLE")
	}
	if notValid {
		b.WriteString(" NOT VALID")
	}
	return b.String()
}

// createIndex prints CREATE INDEX. unique is UNIQUE, how CONCURRENTLY, only ONLY and
// nulls NULLS NOT DISTINCT, or empty.
func (p *printer) createIndex(unique, how, only, name string, t catalog.Name, columns []string, nulls string) string {
	words := strings.Join(strings.Fields("CREATE "+unique+" INDEX "+how), " ")
	return p.print("create index", map[string]string{
		"Create": words, "Name": migrate.QuoteIdent(name), "On": strings.TrimPrefix(only+" "+migrate.QuoteName(t), " "), "Columns": idents(columns), "Nulls": nulls,
	})
}

func (p *printer) dropIndex(how string, name catalog.Name) string {
	return p.print("drop index", map[string]string{"Drop": strings.TrimSpace("DROP INDEX " + how), "Name": migrate.QuoteName(name)})
}
