package tenantgen

import (
	"path"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/rules"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/sqlc"
	"github.com/tenantgen/tenantgen/templates"
)

// unusable finds names for which generate would refuse what sqlc writes, and which no query has by itself: those
// of tables, of enumerations and of files.
func (p *Project) unusable(u *Unit, results []*analyzer.Result) []analyzer.Diagnostic {
	rule := rules.Lookup("unusable-name")
	severity := p.severityOf(rule)
	if u.Entry.Go.Out == "" || severity == rules.Off {
		return nil
	}
	used := func(name catalog.Name) bool {
		return slices.ContainsFunc(results, func(r *analyzer.Result) bool {
			return slices.ContainsFunc(r.Uses, func(x analyzer.Use) bool { return x.Name() == name })
		})
	}
	var list []rules.Finding
	taken := map[string]string{}
	if p.Config.Tenant.Out != "" {
		taken["Repositories"], taken["Tx"] = "the Repositories that tenantgen emits", "the Tx that tenantgen emits"
		for _, l := range u.Tenancy.Levels {
			for _, name := range templates.IDNames(templates.IDType(l.Columns[0])) {
				taken[name] = "the id of tenant column " + l.Columns[0]
			}
		}
	}
	for _, c := range u.sqlc.Clashes(u.Schema, taken, used) {
		f := rules.Finding{Rule: rule, Message: c.Message, Hint: c.Hint}
		if t := u.Schema.Table(c.Table); t != nil {
			f.Table, f.Pos = t.Name.String(), t.Pos
			if column := t.Column(c.Column); column != nil {
				f.Pos = column.Pos
			}
		} else if v := u.Schema.View(c.Table); v != nil {
			f.Pos = v.Pos
		} else if t := u.Schema.Type(c.Type); t != nil {
			f.Pos = t.Pos
		}
		list = append(list, f)
	}
	return append(p.diagnosed(u, list), p.unusableFiles(u, results, analyzer.Severity(severity))...)
}

// unusableFiles looks at the names of query files: Go leaves some files out of builds, and a repository is called after its file.
func (p *Project) unusableFiles(u *Unit, results []*analyzer.Result, severity analyzer.Severity) []analyzer.Diagnostic {
	var ds []analyzer.Diagnostic
	batches := slices.ContainsFunc(results, func(r *analyzer.Result) bool { return strings.HasPrefix(r.Command, "batch") })
	repositories, byFile := map[string]string{}, map[string][]*analyzer.Result{}
	for _, r := range results {
		byFile[r.File] = append(byFile[r.File], r)
	}
	for _, f := range u.Entry.QueryFiles {
		name := p.Config.Rel(f.Path)
		say := func(message, hint string) {
			ds = append(ds, analyzer.Diagnostic{Rule: "unusable-name", Severity: severity, Message: message, Hint: hint, File: name, Line: 1, Column: 1, EndLine: 1, EndColumn: 2})
		}
		own := byFile[name]
		for _, r := range own {
			if batches && !u.Entry.Go.EmitExportedQueries && r.Name == "Errors" && !strings.HasPrefix(r.Command, "batch") {
				ds = append(ds, analyzer.Diagnostic{Rule: "unusable-name", Severity: severity, Query: r.Name, File: name, Line: r.Line, Column: 1, EndLine: r.Line, EndColumn: 2,
					Message: "sqlc's code would not compile: the constant errors of query Errors would hide the package errors, which batches use", Hint: "give the query another name"})
			}
		}
		if p.Config.Tenant.Out == "" {
			continue
		}
		if file := sqlcFile(f, u.Entry.Go); len(own) > 0 && !sqlc.Built(file) {
			say("Go leaves "+file+", which sqlc would write, out of some builds", "rename "+path.Base(name))
		}
		if !slices.ContainsFunc(own, func(r *analyzer.Result) bool { return r.Verdict == analyzer.Scoped || r.Verdict == analyzer.Global }) {
			continue
		}
		switch stem := templates.RepositoryName(f.Path); {
		case stem == "":
			say("the name of this file gives its repository none", "begin it with a letter, as in notes.sql")
		case repositories[stem] != "" && path.Base(repositories[stem]) != path.Base(name): // of one name sqlc makes one file
			say("the repository of this file and that of "+repositories[stem]+" would both be "+stem+"Repository", "rename one of the files")
		default:
			repositories[stem] = name
		}
	}
	return ds
}

// sqlcFile is the name of the file that sqlc writes for a file of queries.
func sqlcFile(f config.File, g config.Go) string {
	name := path.Base(f.Path) + g.OutputFilesSuffix
	if !strings.HasSuffix(name, ".go") {
		name += ".go"
	}
	return name
}
