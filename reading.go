package tenantgen

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/migrations"
	"github.com/tenantgen/tenantgen/migrate"
)

// read replaces the schema files of an entry, which are those that sqlc reads, by what
// runs: in the migrations directory what its tool runs, in the tool's order. Added are
// files that are to be in the migrations directory.
func (p *Project) read(entry config.SQL, added []migrate.File) ([]config.File, []analyzer.Diagnostic, error) {
	var files []config.File
	var ds []analyzer.Diagnostic
	for _, d := range directories(entry.SchemaFiles) {
		d.format = p.format(d)
		if p.isMigrations(d.path) {
			d.add(added)
		}
		run, problems, err := d.read()
		if err != nil {
			return nil, nil, err
		}
		for _, f := range run {
			files = append(files, config.File{Path: filepath.Join(d.path, f.Name), Text: f.Text, InTransaction: f.InTransaction, Together: f.Together})
		}
		for _, pr := range problems {
			ds = append(ds, p.unreadable(d, pr))
		}
	}
	return files, ds, nil
}

// schemaDir holds neighbours in the list of what sqlc reads.
type schemaDir struct {
	path   string
	format string // of migrations, "" where no tool is known
	listed []config.File
	// Some of its files stand elsewhere in the list: again in a later part of it.
	again     bool
	elsewhere []config.File
	added     map[string]string
}

// directories cuts the list where the directory changes.
func directories(files []config.File) []*schemaDir {
	var ds []*schemaDir
	first := map[string]*schemaDir{}
	for _, f := range files {
		dir := filepath.Dir(f.Path)
		if len(ds) == 0 || ds[len(ds)-1].path != dir {
			ds = append(ds, &schemaDir{path: dir, again: first[dir] != nil})
		}
		last := ds[len(ds)-1]
		last.listed = append(last.listed, f)
		if last.again {
			first[dir].elsewhere = append(first[dir].elsewhere, f)
		} else {
			first[dir] = last
		}
	}
	return ds
}

// format tells which tool runs the files of a directory.
func (p *Project) format(d *schemaDir) string {
	m := p.Config.Tenant.Migrations
	claimed := func(f config.File) bool { return migrations.Claims(m.Format, filepath.Base(f.Path), f.Text) }
	if m.Format != "" && (p.isMigrations(d.path) || slices.ContainsFunc(d.listed, claimed)) {
		return m.Format
	}
	return ""
}

// isMigrations reports whether a directory is that of the migrations, by whatever name.
func (p *Project) isMigrations(dir string) bool {
	m := p.Config.Tenant.Migrations.Dir
	if m == "" {
		return false
	}
	if m = p.Config.Join(m); m == dir {
		return true
	}
	a, errA := os.Stat(m)
	b, errB := os.Stat(dir)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

func (d *schemaDir) add(files []migrate.File) {
	d.added = map[string]string{}
	for _, f := range files {
		d.added[f.Name] = string(f.Text)
		if strings.HasSuffix(f.Name, ".sql") && !strings.HasSuffix(f.Name, ".down.sql") {
			d.listed = append(d.listed, config.File{Path: filepath.Join(d.path, f.Name), Text: string(f.Text)})
		}
	}
	slices.SortStableFunc(d.listed, func(a, b config.File) int {
		if len(files) == 0 {
			return 0
		}
		return strings.Compare(a.Path, b.Path)
	})
}

// read returns what runs of the directory.
func (d *schemaDir) read() ([]migrations.File, []migrations.Problem, error) {
	if d.format == "" {
		files, problems := migrations.Undeclared(d.sources())
		return files, problems, nil
	}
	if d.again {
		return nil, []migrations.Problem{{File: filepath.Base(d.listed[0].Path), Msg: "sqlc reads other files between the migrations",
			Hint: "let schema name the directory of the migrations once, alone or last"}}, nil
	}
	names, err := d.names()
	if err != nil {
		return nil, nil, err
	}
	files, problems, err := migrations.Read(d.format, names, d.text)
	if err != nil {
		return nil, nil, err
	}
	var listed []string
	for _, f := range slices.Concat(d.listed, d.elsewhere) {
		listed = append(listed, filepath.Base(f.Path))
	}
	for _, pr := range migrations.AsSQLC(d.format, files, listed) {
		if !slices.ContainsFunc(problems, func(q migrations.Problem) bool { return q.File == pr.File }) {
			problems = append(problems, pr)
		}
	}
	return files, problems, nil
}

func (d *schemaDir) sources() []migrations.Source {
	var list []migrations.Source
	for _, f := range d.listed {
		list = append(list, migrations.Source{Name: filepath.Base(f.Path), Text: f.Text})
	}
	return list
}

// names lists the files of the directory.
func (d *schemaDir) names() ([]string, error) {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	for name := range d.added {
		names = append(names, name)
	}
	return names, nil
}

func (d *schemaDir) text(name string) (string, error) {
	if text, ok := d.added[name]; ok {
		return text, nil
	}
	text, err := os.ReadFile(filepath.Join(d.path, name))
	return string(text), err
}

// unreadable turns a problem of reading the schema into a finding.
func (p *Project) unreadable(d *schemaDir, pr migrations.Problem) analyzer.Diagnostic {
	text, _ := d.text(pr.File)
	at := text[:min(max(pr.Offset, 0), len(text))]
	line := 1 + strings.Count(at, "\n")
	column := 1 + utf8.RuneCountInString(at[strings.LastIndexByte(at, '\n')+1:])
	return analyzer.Diagnostic{Rule: "schema", Severity: analyzer.Error, Message: pr.Msg, Hint: pr.Hint,
		File: p.Config.Rel(filepath.Join(d.path, pr.File)), Line: line, Column: column, EndLine: line, EndColumn: column + 1}
}
