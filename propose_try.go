package tenantgen

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/propose"
)

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
			if q.Verdict == analyzer.Scoped || q.Verdict == analyzer.Global || q.Verdict == analyzer.OfTenants {
				n++
			}
		}
	}
	return n, true
}

// finish looks for functions, and puts the block into the file.
func (d *draft) finish() (*Proposal, error) {
	out := &Proposal{path: d.path, Unread: once(d.unread)}
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
				if q.Verdict == analyzer.Scoped || q.Verdict == analyzer.Global || q.Verdict == analyzer.OfTenants {
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
	out.Mute = json.Valid([]byte(d.text))
	return out, d.write(out, err)
}

// write puts the block into the file, as far as it can be read then. Refused is why what the
// schema has cannot be declared, nil when it can.
func (d *draft) write(out *Proposal, refused error) error {
	block, _ := d.made.Block()
	out.Block = "options:\n" + strings.TrimRight(strings.ReplaceAll("  "+block, "\n", "\n  "), " ")
	out.Text, out.Unwritable = config.Add(d.text, block)
	if out.Unwritable = cmp.Or(out.Unwritable, refused); out.Unwritable != nil {
		return nil
	}
	_, err := config.Parse(d.path, []byte(out.Text))
	if s := &d.made.Settings; err != nil && s.Out != "" { // sqlc's package is where no repositories can be
		s.Out, s.Package, s.Exposed = "", "", ""
		return d.write(out, nil)
	}
	if err != nil {
		return fmt.Errorf("what init proposes cannot be read, which is a bug; please report it:\n%s\n%w", out.Block, err)
	}
	return nil
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
