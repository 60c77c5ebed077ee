package tenantgen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/modfile"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/inert"
	"github.com/tenantgen/tenantgen/internal/sqlc"
	"github.com/tenantgen/tenantgen/migrate"
	"github.com/tenantgen/tenantgen/templates"
)

// Output is everything that generate writes. Nothing of it is on disk yet.
type Output struct {
	Files []File
	// owned are the directories that generated files go to.
	owned      []directory
	migrations string
	// signed are files that we did not generate and may still replace, by path, as
	// long as they hold this text: the checksums of the migrations directory.
	signed map[string][]byte
	// Notes say what the migration lets tenants, and roles that there were before, do in addition.
	Notes []string
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
	if err := p.checkDatabases(); err != nil {
		return nil, err
	}
	generated, err := p.sqlc(ctx)
	if err != nil {
		return nil, p.saidBySQLC(err)
	}
	out := &Output{}
	var errs []error
	for _, u := range r.units {
		if u.Entry.Go.Out == "" {
			continue
		}
		errs = append(errs, p.repositories(out, r, u.Unit, generated, u.results))
	}
	errs = append(errs, p.migration(out, r))
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(out.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return out, nil
}

// checkDatabases refuses entries for which sqlc would open a connection, to wherever
// sqlc.yaml says, unless the user asked for it.
func (p *Project) checkDatabases() error {
	var errs []error
	for _, u := range p.Units {
		if at := u.Entry.Database; at.Line > 0 && u.Entry.Go.Out != "" && !p.SQLCDatabase {
			errs = append(errs, &config.Error{File: p.Config.Path, Line: at.Line, Column: at.Column, Msg: "sql.database: sqlc would connect to this database, with what the environment holds put into its uri",
				Hint: "remove it, or let sqlc do so with generate --sqlc-database (and generate --check --sqlc-database)"})
		}
	}
	return errors.Join(errs...)
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
	return sqlc.Run(ctx, sqlc.Options{Dir: p.Config.Dir, Config: raw, Command: command, Database: p.SQLCDatabase,
		Found: func(c []string) { p.command = c }})
}

// repositories adds sqlc's package of one entry and the repositories over it.
func (p *Project) repositories(out *Output, report *Report, u *Unit, generated map[string][]byte, results []*analyzer.Result) error {
	files := sqlc.Select(generated, u.Entry.Go.Out)
	pkg, err := sqlc.Read(files)
	if err == nil {
		err = pkg.Check(expected(u))
	}
	if err != nil {
		return err
	}
	// What the baseline excuses is still not proved: no repository calls it.
	left := func(r *analyzer.Result) bool { return r.Verdict == analyzer.Rejected && !p.unproved(report, u, r) }
	refused := slices.DeleteFunc(slices.Clone(results), func(r *analyzer.Result) bool { return !left(r) })
	results = slices.DeleteFunc(slices.Clone(results), left)
	pkg.Queries = slices.DeleteFunc(pkg.Queries, func(q sqlc.Query) bool {
		return slices.ContainsFunc(refused, func(r *analyzer.Result) bool { return r.Name == q.Name })
	})
	facts, err := p.facts(u, pkg, results)
	if err != nil {
		return err
	}
	sqlcDir, repoDir := p.Config.Join(u.Entry.Go.Out), p.Config.RepoDir(u.Index)
	opts := templates.Options{Package: p.Config.RepoPackage(u.Index), Levels: p.levels(u), Tables: protectedTables(u), Citus: u.Tenancy.Citus, Types: loadedTypes(u, pkg), Parts: parts(u.Tenancy),
		ParameterLimit: p.Config.Tenant.QueryParameterLimit, Interfaces: p.Config.Tenant.EmitInterface, Iterators: p.Config.Tenant.EmitIterators}
	if opts.SQLCImportPath, err = importPath(sqlcDir); err != nil {
		return err
	}
	if opts.Config, err = p.configName(sqlcDir); err != nil {
		return err
	}
	if p.Config.Tenant.EmitIsolationTest {
		if opts.TestImportPath, err = importPath(repoDir); err != nil {
			return err
		}
		opts.InnerTables = innerTables(u)
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
	names := slices.Collect(maps.Keys(files))
	beside := iterators
	if beside == nil {
		beside = map[string][]byte{}
	}
	beside[manifest] = manifestOf(pkg, opts.Config, names)
	for name, text := range beside {
		if files[name] != nil {
			return fmt.Errorf("%s is both sqlc's and tenantgen's; switch emit_iterators off, or name sqlc's file otherwise", path.Join(u.Entry.Go.Out, name))
		}
		files[name] = text
	}
	return errors.Join(out.add(p, directory{path: sqlcDir, config: opts.Config, sqlc: names}, files, pkg.BuildTags),
		out.add(p, directory{path: repoDir, config: opts.Config}, repos, pkg.BuildTags))
}

// expected is what sqlc may write for an entry.
func expected(u *Unit) sqlc.Expected {
	want := sqlc.Expected{Package: u.Entry.Go.Package, BuildTags: u.Entry.Go.BuildTags}
	for _, o := range u.Entry.Go.Overrides {
		if imported := o.GoType.ImportPath(); imported != "" {
			want.Imports = append(want.Imports, imported)
		}
	}
	for _, t := range u.Schema.Types {
		if t.Kind == "enum" {
			want.Labels = append(want.Labels, t.Values)
		}
	}
	return want
}

// levels are the levels of tenancy as the templates know them. With a JWT claim as
// the source, the policies read the claims, so the runtime sets these.
func (p *Project) levels(u *Unit) []templates.Level {
	var list []templates.Level
	own := p.ownKinds(u)
	for i, l := range u.Tenancy.Levels {
		level := templates.Level{Name: l.Name, Column: l.Columns[0], Type: tenantType(u, i), Own: own, Setting: l.Setting}
		if len(u.Tenancy.Levels) == 1 && l.Setting != "" {
			level.Set = migrate.SetSetting(l.Setting)
		}
		if claim := p.Config.Tenant.Source.JWTClaim; len(claim) > 0 {
			level.Setting, level.Claim = migrate.ClaimsSetting, claim
		}
		list = append(list, level)
	}
	return list
}

// tenantType is the SQL type of the tenant column of a level, below its domains.
func tenantType(u *Unit, level int) string {
	for _, t := range u.Schema.Tables {
		if o := u.Tenancy.Of(t); o.Kind == tenancy.Column && o.Level == level {
			return t.Columns[o.Column].Value.Type.Name
		}
	}
	return ""
}

// protectedTables are those that row-level security protects, as in SQL.
func protectedTables(u *Unit) []string { return tablesWithin(u, 0) }

// innerTables are those of each level within the outermost.
func innerTables(u *Unit) [][]string {
	var all [][]string
	for level := 1; level < len(u.Tenancy.Levels); level++ {
		all = append(all, tablesWithin(u, level))
	}
	return all
}

// tablesWithin are the tables of a level, and of those within it.
func tablesWithin(u *Unit, level int) []string {
	var names []string
	for _, t := range u.Schema.Tables {
		o := u.Tenancy.Of(t)
		if (o.Kind == tenancy.Column || o.Kind == tenancy.Child) && o.Level >= level {
			names = append(names, migrate.QuoteName(t.Name))
		}
	}
	slices.Sort(names)
	return names
}

// add adds the files of a directory, once it is sure that no comment in them does anything.
func (o *Output) add(p *Project, d directory, files map[string][]byte, tags string) error {
	d.path = p.Config.Rel(d.path)
	o.owned = append(o.owned, d)
	var errs []error
	for name, text := range files {
		name = path.Join(d.path, name)
		if filepath.Ext(name) == ".go" {
			errs = append(errs, withoutDirectives(name, text, tags))
		}
		o.Files = append(o.Files, File{Path: name, Text: text})
	}
	return errors.Join(errs...)
}

// withoutDirectives refuses a file with a line that Go's tools would follow, but for the
// constraint in its first line.
func withoutDirectives(name string, text []byte, tags string) error {
	number := 0
	for line := range bytes.Lines(text) {
		number++
		l := strings.TrimRight(string(line), "\r\n")
		if inert.DirectiveLine(l) && !(number == 1 && tags != "" && l == "//go:build "+tags) {
			return fmt.Errorf("%s:%d would have a line that Go's tools follow: %.60q; change the text in the queries, the schema or sqlc.yaml that it comes from", name, number, l)
		}
	}
	return nil
}

// importPath finds the import path of a directory by the go.mod above it.
func importPath(dir string) (string, error) {
	root, module, err := moduleOf(dir)
	if err != nil {
		return "", err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, abs)
	return path.Join(module, filepath.ToSlash(rel)), err
}

func modulePath(mod []byte) string { return modfile.ModulePath(mod) }
