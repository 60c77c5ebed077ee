package tenantgen

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/sqllex"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/verify"
)

// checkRules holds options.tenantgen.rules to what exists and may be configured: no
// setting may weaken a rule that a proof rests on.
func checkRules(cfg *config.Config) error {
	var errs []error
	for _, set := range cfg.Tenant.Rules {
		fail := func(msg, hint string) {
			errs = append(errs, &config.Error{File: cfg.Path, Line: set.Line, Column: set.Column, Msg: msg, Hint: hint})
		}
		switch r := lookupRule(set.Name); {
		case r == nil:
			fail("options.tenantgen.rules: there is no rule "+set.Name, config.Suggest(set.Name, ruleNames()))
		case len(set.Except) > 0 && !r.Advisory():
			fail("options.tenantgen.rules: "+set.Name+" has no exceptions: nothing else keeps tenants apart where it is broken", "put right what it reports")
		case r.Advisory() || set.Severity == string(r.Severity):
		case r.Kind == rules.Query:
			fail("options.tenantgen.rules: "+set.Name+" refuses queries, so it is always an error",
				"declare the query instead: -- tenantgen:cross-tenant <category> <reason>")
		case r.Kind == rules.Database:
			fail("options.tenantgen.rules: without "+set.Name+" the database does not keep tenants apart, so it is always an error", "put the database right, or the schema files")
		default:
			fail("options.tenantgen.rules: every proof rests on "+set.Name+", so it is always an error", "correct the schema files, or list the missing ones in sqlc.yaml")
		}
	}
	return errors.Join(errs...)
}

// lookupRule returns the named rule of lint or of verify, or nil.
func lookupRule(name string) *rules.Rule {
	if r := rules.Lookup(name); r != nil {
		return r
	}
	return verify.Lookup(name)
}

func ruleNames() []string {
	names := rules.Names()
	for _, r := range verify.All {
		names = append(names, r.Name)
	}
	return names
}

// advice runs the schema rules with the severities of the configuration.
func (p *Project) advice(u *Unit) []analyzer.Diagnostic {
	return p.diagnosed(u, p.configured(u))
}

// shared judges what app_role may write of global tables, when all queries are known.
func (p *Project) shared(r *Report, u *Unit) []analyzer.Diagnostic {
	if p.partial {
		return nil
	}
	return p.diagnosed(u, rules.SharedWrites(u.Schema, u.Tenancy, p.app(u), r.written(u)))
}

// diagnosed turns findings about a schema into diagnostics, with the severities of the
// configuration.
func (p *Project) diagnosed(u *Unit, list []rules.Finding) []analyzer.Diagnostic {
	texts := p.schemaTexts(u)
	var ds []analyzer.Diagnostic
	for _, f := range list {
		d := finding(f, texts[f.Pos.File])
		if s := p.severity(f.Rule); s != "" {
			d.Severity = analyzer.Severity(s)
		}
		if d.Severity != analyzer.Severity(rules.Off) {
			ds = append(ds, d)
		}
	}
	return ds
}

// app is what the settings say of the application's roles.
func (p *Project) app(u *Unit) rules.App {
	t := p.Config.Tenant
	app := rules.App{Role: t.AppRole, CrossTenantRole: t.CrossTenantRole, Migrations: t.Migrations.Dir != "",
		Policies: p.policyNames, OwnPolicy: migrate.OwnPolicy,
		Own:     func(statement string) bool { return migrate.Own(statement, t.AppRole, t.CrossTenantRole) },
		Vouched: func(f *catalog.Function) bool { return analyzer.Vouched(u.Schema, t.Functions, f) }}
	for _, l := range u.Tenancy.Levels {
		app.Settings = append(app.Settings, l.Setting)
	}
	app.Settings = append(app.Settings, t.Source.Setting)
	if p.sets() && t.Source.Setting != "" {
		app.Settings = append(app.Settings, migrate.SetSetting(t.Source.Setting))
	}
	if len(t.Source.JWTClaim) > 0 {
		app.Settings = append(app.Settings, "request.jwt.claims")
	}
	app.Settings = slices.DeleteFunc(app.Settings, func(s string) bool { return s == "" })
	return app
}

// analyzer is for the queries of an entry. What is an error of the schema is one of the
// queries, too, whose proofs rest on its not doing harm.
func (p *Project) analyzer(u *Unit) *analyzer.Analyzer {
	a := analyzer.New(u.Schema, u.Tenancy, p.Config.Tenant.Functions)
	for kind, name := range map[analyzer.PremiseKind]string{analyzer.ForeignKeyPremise: "foreign-key-without-tenant", analyzer.LevelsPremise: "levels-without-foreign-key"} {
		if p.severity(rules.Lookup(name)) == "error" {
			a.Insist(kind, name)
		}
	}
	return a
}

// configure gives the warnings about a query the severities of the configuration.
func (p *Project) configure(q *analyzer.Result) { q.Diagnostics = p.severities(q.Diagnostics) }

func (p *Project) severities(ds []analyzer.Diagnostic) []analyzer.Diagnostic {
	configured := func(d analyzer.Diagnostic) string {
		if rule := rules.Lookup(d.Rule); rule != nil && rule.Kind == rules.Query && rule.Advisory() {
			return p.severity(rule)
		}
		return ""
	}
	ds = slices.DeleteFunc(ds, func(d analyzer.Diagnostic) bool { return configured(d) == "off" })
	for i := range ds {
		if s := configured(ds[i]); s != "" {
			ds[i].Severity = analyzer.Severity(s)
		}
	}
	return ds
}

// switchedOn reports whether the configuration asks for a rule that is off by itself.
func (p *Project) switchedOn(rule string) bool {
	s := p.severity(rules.Lookup(rule))
	return s != "" && s != string(rules.Off)
}

// severityOf returns the severity of an advisory rule.
func (p *Project) severityOf(r *rules.Rule) rules.Severity {
	return cmp.Or(rules.Severity(p.severity(r)), r.Severity)
}

// severity returns the severity that the configuration gives a rule, "" for its own.
func (p *Project) severity(r *rules.Rule) string {
	for _, set := range p.Config.Tenant.Rules {
		if set.Name == r.Name {
			return set.Severity
		}
	}
	return ""
}

// schemaFiles returns the schema files of an entry under the names that diagnostics have.
func (p *Project) schemaFiles(u *Unit) []analyzer.SchemaFile {
	return p.named(u.Entry.SchemaFiles)
}

func (p *Project) named(list []config.File) []analyzer.SchemaFile {
	files := make([]analyzer.SchemaFile, len(list))
	for i, f := range list {
		files[i] = analyzer.SchemaFile{Path: p.Config.Rel(f.Path), Text: f.Text, InTransaction: f.InTransaction, Together: f.Together}
	}
	return files
}

// schemaTexts returns the texts of the schema files by name.
func (p *Project) schemaTexts(u *Unit) map[string]string {
	texts := map[string]string{}
	for _, f := range p.schemaFiles(u) {
		texts[f.Path] = f.Text
	}
	return texts
}

// finding turns what a schema rule reports into a diagnostic that covers what it is about
// on its line.
func finding(f rules.Finding, text string) analyzer.Diagnostic {
	line, column, width := extent(f.Pos, text)
	return analyzer.Diagnostic{Rule: f.Rule.Name, Severity: analyzer.Severity(f.Rule.Severity), Message: f.Message, Hint: f.Hint, Table: f.Table, Mended: f.Mended,
		File: f.Pos.File, Line: line, Column: column, EndLine: line, EndColumn: column + width}
}

// extent converts a position to characters and measures what follows on its line: the
// element of a list that begins there, without a comment.
func extent(at catalog.Pos, text string) (line, column, width int) {
	line, column, width = max(at.Line, 1), max(at.Column, 1), 1
	if at.Line < 1 || at.Offset < 0 || at.Offset > len(text) {
		return line, column, width
	}
	start := strings.LastIndexByte(text[:at.Offset], '\n') + 1
	rest, _, _ := strings.Cut(text[at.Offset:], "\n")
	return line, 1 + utf8.RuneCountInString(text[start:at.Offset]), max(1, utf8.RuneCountInString(rest[:element(rest)]))
}

// widest is how much of a line is marked that has parentheses in it, in bytes.
const widest = 100

// element is where the element of a list ends that a line begins with. Parentheses that go on
// behind the line, or make the element longer than anybody reads, are no part of it.
func element(line string) (end int) {
	depth, before := 0, -1
	tokens := sqllex.Lex(line)
	for i, t := range tokens {
		text := t.Text(line)
		query := strings.EqualFold(text, "AS") && i > 0 && (i+1 == len(tokens) || tokens[i+1].Text(line) != "(") // of a view
		if depth == 0 && (query || text == "," || text == ";" || text == ")") || t.Kind == sqllex.Comment {
			break
		}
		switch text {
		case "(":
			if before < 0 {
				before = end
			}
			depth++
		case ")":
			depth--
		}
		end = t.End
	}
	if before > 0 && (depth > 0 || end > widest) {
		return before
	}
	return end
}
