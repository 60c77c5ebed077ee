package tenantgen

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
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
	path            string
}

// Changes are what Commit writes to put the proposal into the file.
func (p *Proposal) Changes() Changes {
	return Changes{Write: []File{{Path: p.path, Text: []byte(p.Text)}}, dirs: []string{filepath.Dir(p.path)}}
}

// Propose reads a sqlc.yaml without options.tenantgen and the schema files it names, and
// proposes the block. It writes nothing. What nothing in the schema decides is commented
// out; between what it leaves equal the queries decide: that is proposed by which more of
// them are proved.
func Propose(path string, wish Wishes) (*Proposal, error) {
	cfg, text, err := config.LoadBare(path)
	if err != nil {
		return nil, err
	}
	d := &draft{project: &Project{Config: cfg, partial: true}, path: path, text: string(text)}
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
	made     *propose.Proposal
}

// read finds out which tool runs the schema files, and reads them as it does.
func (d *draft) read() error {
	p := d.project
	for _, e := range p.Config.SQL {
		for _, dir := range directories(e.SchemaFiles) {
			d.migrations(dir)
		}
	}
	p.Config.Tenant.Migrations = d.settings.Migrations
	var errs []error
	for i, entry := range p.Config.SQL {
		files, _, err := p.read(entry, nil)
		if errs = append(errs, err); err != nil {
			continue
		}
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
func (d *draft) migrations(dir *schemaDir) {
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
	} else if len(dir.listed) > 1 && d.settings.Unmarked == "" {
		d.settings.Unmarked = rel
	}
}

// out chooses where the repositories go: around sqlc's package, where that is in an internal
// folder of theirs, or below internal.
func (d *draft) out() {
	c := d.project.Config
	for _, e := range c.SQL {
		if e.Go.Out == "" {
			continue
		}
		around, _, inside := strings.Cut(filepath.ToSlash(filepath.Clean(e.Go.Out))+"/", "/internal/")
		if inside && around != "" && around != ".." && !strings.HasSuffix(around, "/..") && !strings.HasPrefix(around, "/") {
			d.settings.Out = around
			return
		}
		d.settings.Out, d.settings.Exposed = d.free("internal/repo", "internal/tenantrepo"), e.Go.Out
		return
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
	return &config.Error{File: d.path, Msg: "no column of the schema has the name of a tenant's, such as tenant_id, org_id, account_id or workspace_id", Hint: hint}
}

// settle decides between choices that the schema leaves equal by the queries, and leaves open
// what the configuration does not take.
func (d *draft) settle() {
	d.refused()
	for _, t := range d.made.Tables {
		if !t.Tied || t.Open {
			continue
		}
		best, most := 0, -1
		for i := range t.Choices {
			t.Choices[0], t.Choices[i] = t.Choices[i], t.Choices[0]
			if n, ok := d.proved(catalog.ParseName(t.Name).Name, t.Name); ok && n > most {
				best, most = i, n
			}
			t.Choices[0], t.Choices[i] = t.Choices[i], t.Choices[0]
		}
		first := t.Choices[best]
		t.Choices = slices.Insert(slices.Delete(t.Choices, best, best+1), 0, first)
	}
	d.refused()
}

// refused leaves open what the configuration, or the schema, does not take.
func (d *draft) refused() {
	for range d.made.Tables {
		_, at, err := d.load()
		if err == nil {
			return
		}
		again := false
		for _, e := range problems(err) {
			if t := at[e.Line]; t != nil && !t.Open {
				t.Open, t.Why, again = true, propose.Reason{Kind: propose.Refused, Names: []string{e.Msg}}, true
			}
		}
		if !again {
			return
		}
	}
}

func problems(err error) []*config.Error {
	var list config.Errors
	var one *config.Error
	if joined, ok := err.(interface{ Unwrap() []error }); ok && !errors.As(err, &list) {
		var all []*config.Error
		for _, e := range joined.Unwrap() {
			all = append(all, problems(e)...)
		}
		return all
	}
	if errors.As(err, &list) {
		return list
	}
	if errors.As(err, &one) {
		return []*config.Error{one}
	}
	return nil
}

// load makes a project of the proposal with the schemas that were read. At says which line
// declares which table.
func (d *draft) load() (*Project, map[int]*propose.Table, error) {
	block, lines := d.made.Block()
	tenant, err := config.ParseTenant(d.path, block)
	at := map[int]*propose.Table{}
	for i, t := range lines {
		at[i+1] = t
	}
	if err != nil {
		return nil, at, err
	}
	p := *d.project
	cfg := *p.Config
	cfg.Tenant = tenant
	p.Config, p.Units = &cfg, nil
	var errs []error
	for _, u := range d.project.Units {
		v := *u
		var undecided []tenancy.Problem
		v.Tenancy, undecided = analyzer.Classify(v.Schema, tenant)
		for _, pr := range undecided {
			if pr.Table == nil && pr.Absent == "" {
				errs = append(errs, p.misdeclared(pr))
			}
		}
		p.Units = append(p.Units, &v)
	}
	return &p, at, errors.Join(errs...)
}

// proved counts the queries that are proved in files that have one of the words, "" for all,
// and reports whether the proposal can be read at all.
func (d *draft) proved(words ...string) (int, bool) {
	p, _, err := d.load()
	if err != nil {
		return 0, false
	}
	n := 0
	for _, u := range p.Units {
		u.Entry.QueryFiles = slices.DeleteFunc(slices.Clone(u.Entry.QueryFiles), func(f config.File) bool {
			return !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(f.Text, w) })
		})
		for _, q := range p.checkUnit(u) {
			if q.Verdict == analyzer.Scoped || q.Verdict == analyzer.Global {
				n++
			}
		}
	}
	return n, true
}

// finish looks for functions, and puts the block into the file.
func (d *draft) finish() (*Proposal, error) {
	out := &Proposal{path: d.path}
	if to, err := filepath.EvalSymlinks(d.path); err == nil {
		out.path = to
	}
	p, _, err := d.load()
	if err == nil {
		for _, u := range p.Units {
			d.functions(p.analyzer(u).File("", writes(u.Schema))...)
			for _, q := range p.checkUnit(u) {
				d.functions(q)
				out.Queries++
				if q.Verdict == analyzer.Scoped || q.Verdict == analyzer.Global {
					out.Proved++
				}
			}
		}
		slices.Sort(d.made.Functions)
		d.made.Functions = slices.Compact(d.made.Functions)
	}
	for _, t := range d.made.Tables {
		if t.Open {
			out.Open++
		} else {
			out.Declared++
		}
	}
	out.Functions = len(d.made.Functions)
	block, _ := d.made.Block()
	out.Block, out.Mute = "options:\n"+strings.TrimRight(strings.ReplaceAll("  "+block, "\n", "\n  "), " "), json.Valid([]byte(d.text))
	out.Text, out.Unwritable = config.Add(d.text, block)
	if out.Unwritable = cmp.Or(out.Unwritable, err); out.Unwritable == nil {
		if _, bad := config.Parse(d.path, []byte(out.Text)); bad != nil {
			return nil, fmt.Errorf("what init proposes cannot be read, which is a bug; please report it:\n%s\n%w", out.Block, bad)
		}
	}
	return out, nil
}

// vouched is the name in the hint of what is refused for want of somebody's word.
var vouched = regexp.MustCompile(`options\.tenantgen\.functions: \{(?:"([^"]+)"|(.+?)): \{safe:`)

func (d *draft) functions(results ...*analyzer.Result) {
	for _, q := range results {
		for _, f := range q.Diagnostics {
			if m := vouched.FindStringSubmatch(f.Hint); f.Rule == "undeclared-function" && m != nil {
				d.made.Functions = append(d.made.Functions, cmp.Or(m[1], m[2]))
			}
		}
	}
}

// writes are statements that run whatever writing to a table runs.
func writes(db *catalog.Database) string {
	var b strings.Builder
	for _, t := range db.Tables {
		name, sets := catalog.QuoteIdent(t.Name.Schema)+"."+catalog.QuoteIdent(t.Name.Name), []string{}
		for _, c := range t.Columns {
			if !c.Generated {
				sets = append(sets, catalog.QuoteIdent(c.Name)+" = "+catalog.QuoteIdent(c.Name))
			}
		}
		fmt.Fprintf(&b, "INSERT INTO %[1]s DEFAULT VALUES;\nDELETE FROM %[1]s;\n", name)
		if len(sets) > 0 {
			fmt.Fprintf(&b, "UPDATE %s SET %s;\n", name, strings.Join(sets, ", "))
		}
	}
	return b.String()
}
