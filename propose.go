package tenantgen

import (
	"errors"
	"fmt"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/migrations"
	"github.com/tenantgen/tenantgen/internal/propose"
)

// Wishes are what somebody says of a proposal.
type Wishes struct {
	// TenantColumn is the column of the tenants, "" to look for one.
	TenantColumn string
	// Levels says whether to propose levels, nil to let the queries decide.
	Levels *bool
}

// Proposal is what Propose proposes.
type Proposal struct {
	// Block is options.tenantgen in YAML, with the reasons in comments.
	Block string
	// Mute tells that the file is in JSON, where there is no place for the reasons.
	Mute bool
	// Text is the whole file with it. Where nothing can be added to the file, or what the
	// schema has can be declared in no way, Unwritable says so.
	Text       string
	Unwritable error
	// Declared and Open count tables; Functions are to be looked at.
	Declared, Open, Functions int
	// Queries are so many, and Proved those that are confined to a tenant or touch nobody's
	// rows, by the proposal as it is.
	Queries, Proved int
	// Unread is what of the schema files cannot be read, so that the schema may be another.
	Unread []analyzer.Diagnostic
	path   string
}

// Changes are what Commit writes to put the proposal into the file.
func (p *Proposal) Changes() Changes {
	return Changes{Write: []File{{Path: p.path, Text: []byte(p.Text)}}, dirs: []string{filepath.Dir(p.path)}}
}

// Propose reads a sqlc.yaml without options.tenantgen and the schema files it names, and
// proposes the block. It writes nothing. What nothing in the schema decides is commented
// out; between what it leaves equal the queries decide: that is proposed by which more of
// them are proved.
func Propose(file string, wish Wishes) (*Proposal, error) {
	cfg, text, err := config.LoadBare(file)
	if err != nil {
		return nil, err
	}
	d := &draft{project: &Project{Config: cfg, partial: true}, path: file, text: string(text)}
	if err := d.read(); err != nil {
		return nil, err
	}
	if err := d.choose(wish); err != nil {
		return nil, err
	}
	d.settle()
	return d.finish()
}

// draft is a proposal in the making.
type draft struct {
	project  *Project
	path     string
	text     string // of the file as it is
	settings propose.Settings
	schemas  []*catalog.Database
	unread   []analyzer.Diagnostic
	made     *propose.Proposal
}

// read finds out which tool runs the schema files, and reads them as it does.
func (d *draft) read() error {
	p := d.project
	for _, e := range p.Config.SQL {
		for _, dir := range directories(e.SchemaFiles) {
			d.migrations(dir, e)
		}
	}
	p.Config.Tenant.Migrations = d.settings.Migrations
	var errs []error
	for i, entry := range p.Config.SQL {
		files, unread, err := p.read(entry, nil)
		if errs = append(errs, err); err != nil {
			continue
		}
		d.unread = append(d.unread, unread...)
		entry.SchemaFiles = files
		u := &Unit{Index: i, Entry: entry}
		u.Schema, _ = analyzer.LoadSchema(p.schemaFiles(u)) // lint reports what cannot be read
		p.Units = append(p.Units, u)
		d.schemas = append(d.schemas, u.Schema)
	}
	d.out()
	return errors.Join(errs...)
}

// migrations takes the first directory of which the files say which tool runs them.
func (d *draft) migrations(dir *schemaDir, e config.SQL) {
	files := dir.sources()
	if _, err := os.Stat(filepath.Join(dir.path, "atlas.sum")); err == nil {
		files = append(files, migrations.Source{Name: "atlas.sum"})
	}
	rel, err := filepath.Rel(d.project.Config.Dir, dir.path)
	if err != nil || filepath.IsAbs(rel) || d.settings.Migrations.Dir != "" {
		return
	}
	rel = filepath.ToSlash(rel)
	if tool := migrations.Tool(files); tool != "" {
		d.settings.Migrations = config.Migrations{Dir: rel, Format: tool}
	} else if d.settings.Unmarked == "" && slices.ContainsFunc(e.Schema, func(s string) bool { return path.Clean(filepath.ToSlash(s)) == rel }) {
		d.settings.Unmarked = rel // it is named as a whole
	}
}

// out chooses where the repositories go: around sqlc's package, where that is in an internal
// folder of theirs, or below internal.
func (d *draft) out() {
	i := slices.IndexFunc(d.project.Config.SQL, func(e config.SQL) bool { return e.Go.Out != "" })
	if i < 0 {
		return
	}
	sqlc := path.Clean(filepath.ToSlash(d.project.Config.SQL[i].Go.Out))
	if at := strings.LastIndex(sqlc+"/", "/internal/"); at > 0 && !strings.HasPrefix(sqlc, "..") && !path.IsAbs(sqlc) {
		d.settings.Out = sqlc[:at]
	} else {
		d.settings.Out, d.settings.Exposed = d.free("internal/repo", "internal/tenantrepo"), sqlc
	}
	if base := path.Base(d.settings.Out); !token.IsIdentifier(base) {
		d.settings.Package = "repo"
	}
}

// free is the first of some directories that does not exist.
func (d *draft) free(dirs ...string) string {
	for _, dir := range dirs {
		if _, err := os.Stat(d.project.Config.Join(dir)); errors.Is(err, os.ErrNotExist) {
			return dir
		}
	}
	return dirs[len(dirs)-1]
}

// choose makes the proposal, with levels or without.
func (d *draft) choose(wish Wishes) error {
	in := propose.Input{Schemas: d.schemas, Column: wish.TenantColumn}
	made, candidates := propose.Make(in)
	switch {
	case made == nil && wish.TenantColumn != "":
		return &config.Error{File: d.path, Msg: "no table has a column " + wish.TenantColumn, Hint: "name the column as the schema files do, without quotes"}
	case made == nil:
		return d.none(candidates)
	case wish.Levels != nil && *wish.Levels && made.Inner == nil:
		return &config.Error{File: d.path, Msg: "the schema has no levels: no table within " + made.Tenants.Noun + "s is referred to by a column of its own",
			Hint: "docs/configuration.md tells how to declare levels by hand"}
	}
	d.take(made)
	if made.Inner == nil || wish.Levels != nil && !*wish.Levels {
		return nil
	}
	proved, _ := d.proved("")
	in.Levels = true
	other, _ := propose.Make(in)
	d.take(other)
	if wish.Levels != nil {
		return nil
	}
	if more, _ := d.proved(""); more <= proved {
		d.take(made)
	}
	return nil
}

func (d *draft) take(made *propose.Proposal) {
	s := made.Settings
	made.Settings = d.settings
	made.Settings.AppRole, made.Settings.CrossTenantRole, made.Settings.Setting, made.Settings.Claim = s.AppRole, s.CrossTenantRole, s.Setting, s.Claim
	d.made = made
}

// none says that nothing tells tenants apart, and what might.
func (d *draft) none(candidates []propose.Tenants) error {
	hint := "tenantgen tells rows of tenants apart by a column; where yours has a name that is not usual for one, say it: tenantgen init --tenant-column <column>"
	for _, c := range candidates {
		if c.Tables() > 1 {
			hint += fmt.Sprintf("\n%s of %d tables refers to %s: tenantgen init --tenant-column %s", c.Columns[0], c.Tables(), c.Root, c.Columns[0])
		}
	}
	errs := []error{}
	for _, u := range once(d.unread) {
		errs = append(errs, &config.Error{File: u.File, Line: u.Line, Column: u.Column, Msg: u.Message, Hint: u.Hint})
	}
	return errors.Join(append(errs, &config.Error{File: d.path, Msg: "no column of the schema has the name of a tenant's, such as tenant_id, org_id, account_id or workspace_id", Hint: hint})...)
}
