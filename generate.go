package tenantgen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/modfile"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/internal/sqlc"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/templates"
)

// Output is everything that generate writes. Nothing of it is on disk yet.
type Output struct {
	Files []File
	// owned are the directories whose generated files all come from here, so that a
	// generated file which is not in Files is surplus.
	owned      []string
	migrations string
	// signed are files that we did not generate and may still replace, by path, as
	// long as they hold this text: the checksums of the migrations directory.
	signed map[string][]byte
}

// IsMigration reports whether a file is a migration.
func (o *Output) IsMigration(file string) bool {
	_, sum := o.signed[filepath.ToSlash(file)]
	return filepath.Dir(file) == o.migrations && !sum
}

// Generate runs sqlc, joins its output with what was proved, and plans the next
// migration. It returns an error, and no output at all, when anything fails.
func (p *Project) Generate(ctx context.Context, r *Report) (*Output, error) {
	if err := p.Config.CheckGenerate(); err != nil {
		return nil, err
	}
	generated, err := p.sqlc(ctx)
	if err != nil {
		return nil, err
	}
	out := &Output{}
	var errs []error
	for i, u := range p.Units {
		if u.Entry.Go.Out == "" {
			continue
		}
		errs = append(errs, p.repositories(out, u, generated, r.byUnit[i]))
	}
	errs = append(errs, p.migration(out))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(out.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// runSQLC runs the user's sqlc on the user's configuration.
func (p *Project) runSQLC(ctx context.Context) (map[string][]byte, error) {
	return p.runSQLCWith(ctx, nil)
}

// runSQLCWith runs a given sqlc; without a command, the one that the user has.
func (p *Project) runSQLCWith(ctx context.Context, command []string) (map[string][]byte, error) {
	data, err := os.ReadFile(p.Config.Path)
	if err != nil {
		return nil, err
	}
	var raw map[string]any
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return nil, err
	}
	return sqlc.Run(ctx, sqlc.Options{Dir: p.Config.Dir, Config: raw, Command: command})
}

// repositories adds sqlc's package of one entry and the repositories over it.
func (p *Project) repositories(out *Output, u *Unit, generated map[string][]byte, results []*analyzer.Result) error {
	files := sqlc.Select(generated, u.Entry.Go.Out)
	pkg, err := sqlc.Read(files)
	if err != nil {
		return err
	}
	refused := slices.DeleteFunc(slices.Clone(results), func(r *analyzer.Result) bool { return r.Verdict != analyzer.Rejected })
	// What the baseline excuses is still not proved: no repository calls it.
	results = slices.DeleteFunc(slices.Clone(results), func(r *analyzer.Result) bool { return r.Verdict == analyzer.Rejected })
	pkg.Queries = slices.DeleteFunc(pkg.Queries, func(q sqlc.Query) bool {
		return slices.ContainsFunc(refused, func(r *analyzer.Result) bool { return r.Name == q.Name })
	})
	facts, err := p.facts(u, pkg, results)
	if err != nil {
		return err
	}
	sqlcDir, repoDir := p.Config.Join(u.Entry.Go.Out), p.Config.RepoDir(u.Index)
	opts := templates.Options{Package: p.Config.RepoPackage(u.Index), Levels: p.levels(u), Tables: tables(u),
		ParameterLimit: p.Config.Tenant.QueryParameterLimit, Interfaces: p.Config.Tenant.EmitInterface, Iterators: p.Config.Tenant.EmitIterators}
	if opts.SQLCImportPath, err = importPath(sqlcDir); err != nil {
		return err
	}
	if p.Config.Tenant.EmitIsolationTest {
		if opts.TestImportPath, err = importPath(repoDir); err != nil {
			return err
		}
	}
	model, err := templates.Build(pkg, facts, opts)
	if err != nil {
		return err
	}
	repos, err := templates.Repositories(model)
	if err != nil {
		return err
	}
	iterators, err := templates.Iterators(model)
	if err != nil {
		return err
	}
	for name, text := range iterators {
		if files[name] != nil {
			return fmt.Errorf("%s is both sqlc's and tenantgen's; switch emit_iterators off, or name sqlc's file otherwise", path.Join(u.Entry.Go.Out, name))
		}
		files[name] = text
	}
	out.add(p, sqlcDir, files)
	out.add(p, repoDir, repos)
	return nil
}

// levels are the levels of tenancy as the templates know them. With a JWT claim as
// the source, the policies read the claims, so the runtime sets these.
func (p *Project) levels(u *Unit) []templates.Level {
	var list []templates.Level
	for i, l := range u.Tenancy.Levels {
		level := templates.Level{Name: l.Name, Column: l.Columns[0], Type: tenantType(u, i), Setting: l.Setting}
		if claim := p.Config.Tenant.Source.JWTClaim; claim != "" {
			level.Setting, level.Claim = migrate.ClaimsSetting, claim
		}
		list = append(list, level)
	}
	return list
}

// tenantType is the SQL type of the tenant column of a level.
func tenantType(u *Unit, level int) string {
	for _, t := range u.Schema.Tables {
		if o := u.Tenancy.Of(t); o.Kind == tenancy.Column && o.Level == level {
			return t.Columns[o.Column].Type.Name.Name
		}
	}
	return ""
}

// tables are those that row-level security protects, as in SQL.
func tables(u *Unit) []string {
	var names []string
	for _, t := range u.Schema.Tables {
		switch u.Tenancy.Of(t).Kind {
		case tenancy.Column, tenancy.Child:
			names = append(names, migrate.QuoteName(t.Name))
		}
	}
	slices.Sort(names)
	return names
}

func (o *Output) add(p *Project, dir string, files map[string][]byte) {
	dir = p.Config.Rel(dir)
	o.owned = append(o.owned, dir)
	for name, text := range files {
		o.Files = append(o.Files, File{path.Join(dir, name), text})
	}
}

// facts proves the statements that sqlc will really send: the query file was
// proved as its author wrote it, and sqlc rewrites parameters and stars.
func (p *Project) facts(u *Unit, pkg *sqlc.Package, results []*analyzer.Result) ([]templates.QueryFacts, error) {
	a := analyzer.New(u.Schema, u.Tenancy, p.Config.Tenant.Functions)
	sent := map[string]sqlc.Query{}
	for _, q := range pkg.Queries {
		sent[q.Name] = q
	}
	var facts []templates.QueryFacts
	var errs []error
	for _, r := range results {
		if r.Name == "" {
			continue
		}
		f := templates.QueryFacts{Name: r.Name, File: r.File, Verdict: templates.Verdict(r.Verdict), Comments: r.Comments,
			Write: len(r.Targets) > 0, Category: r.Category, Reason: r.Reason}
		q, ok := sent[r.Name]
		if ok && q.Cmd == sqlc.CopyFrom {
			if err := q.CheckCopy(r.Text); err != nil {
				errs = append(errs, fmt.Errorf("%s:%d: query %s: %w", r.File, r.Line, r.Name, err))
				continue
			}
		}
		if ok && r.Verdict == analyzer.Scoped {
			again, err := reprove(a, r, q)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			f.TenantParams, f.Certificate, f.Assumes = again.Tenants, certificate(r), assumes(r)
		}
		facts = append(facts, f)
	}
	return facts, errors.Join(errs...)
}

func reprove(a *analyzer.Analyzer, r *analyzer.Result, q sqlc.Query) (*analyzer.Result, error) {
	again := a.File(r.File, q.SQL)
	if len(again) != 1 || again[0].Verdict != analyzer.Scoped {
		why := ""
		for _, d := range again {
			for _, d := range d.Diagnostics {
				why += "; " + d.Message
			}
		}
		return nil, fmt.Errorf("%s:%d: query %s is scoped, but the statement that sqlc makes of it is not%s", r.File, r.Line, r.Name, why)
	}
	return again[0], nil
}

// certificate is the proof in one line.
func certificate(r *analyzer.Result) string {
	var parts []string
	for _, rel := range r.Relations {
		for _, line := range rel.Proof {
			if !slices.Contains(parts, line) {
				parts = append(parts, line)
			}
		}
	}
	return "Scoped by " + strings.Join(parts, ", ") + "."
}

// assumes says in one line what the proof rests on, "" when it is nothing.
func assumes(r *analyzer.Result) string {
	var parts []string
	for _, a := range r.Assumes {
		parts = append(parts, a.Text)
	}
	if len(parts) == 0 {
		return ""
	}
	return "It assumes that " + strings.Join(parts, ", and that ") + "."
}

// importPath finds the import path of a directory by the go.mod above it.
func importPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := abs; ; at = filepath.Dir(at) {
		data, err := os.ReadFile(filepath.Join(at, "go.mod"))
		if err == nil {
			rel, err := filepath.Rel(at, abs)
			if err != nil {
				return "", err
			}
			return path.Join(modfile.ModulePath(data), filepath.ToSlash(rel)), nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is in no Go module: run go mod init first", dir)
		}
	}
}

// Changes are the differences between an Output and the disk.
type Changes struct {
	Write  []File
	Remove []string
}

// Changes compares the output with the disk. It refuses to touch a file that
// carries no marker of generated code.
func (o *Output) Changes() (Changes, error) {
	var c Changes
	var errs []error
	keep := map[string]bool{}
	for _, f := range o.Files {
		keep[f.Path] = true
		old, err := os.ReadFile(f.Path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			c.Write = append(c.Write, f)
		case err != nil:
			errs = append(errs, err)
		case bytes.Equal(old, f.Text):
		case o.signed[f.Path] != nil && bytes.Equal(old, o.signed[f.Path]):
			c.Write = append(c.Write, f)
		case o.IsMigration(f.Path) || !isGenerated(old):
			errs = append(errs, fmt.Errorf("%s exists and was not generated; move it away", f.Path))
		default:
			c.Write = append(c.Write, f)
		}
	}
	for _, dir := range o.owned {
		stale, err := surplus(dir, keep)
		c.Remove, errs = append(c.Remove, stale...), append(errs, err)
	}
	return c, errors.Join(errs...)
}

// surplus lists the generated files of a directory that are no longer generated.
func surplus(dir string, keep map[string]bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var stale []string
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() || keep[name] || filepath.Ext(name) != ".go" {
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if isGenerated(data) {
			stale = append(stale, name)
		}
	}
	return stale, nil
}

// isGenerated recognises the header of sqlc and tenantgen (go help generate). Code
// of other generators stays untouched.
func isGenerated(text []byte) bool {
	for line := range bytes.Lines(text) {
		l := strings.TrimSpace(string(line))
		if l == "// Code generated by tenantgen. DO NOT EDIT." || l == "// Code generated by sqlc. DO NOT EDIT." {
			return true
		}
		if strings.HasPrefix(l, "package ") {
			return false
		}
	}
	return false
}
