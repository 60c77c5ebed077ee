package tenantgen

import (
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
)

// Editing judges files of queries of a loaded project again and again while they are edited,
// each time only the statements that have changed. It is not safe for concurrent use.
type Editing struct {
	project *Project
	memory  map[int]*analyzer.Memory // by the entry
}

// Editing begins to judge the project's files as they are edited. Schema and configuration
// are those that were loaded: when they change, Load and begin anew.
func (p *Project) Editing() *Editing {
	return &Editing{project: p, memory: map[int]*analyzer.Memory{}}
}

// Check is Project.Check for one file with a text that may not be saved yet; see OnlyText.
// It returns the name that the findings about it have, too.
func (e *Editing) Check(name, text string) (*Report, string, error) {
	p, file, err := e.of(name, text)
	if err != nil {
		return nil, file, err
	}
	return p.Check(), file, nil
}

// Fix is Project.Fix for the query of the file that stands at a line, nil when there is none
// or nothing to fix about it.
func (e *Editing) Fix(name, text string, line int) (*analyzer.Fix, error) {
	p, file, err := e.of(name, text)
	if err != nil {
		return nil, err
	}
	for _, u := range p.Units {
		if len(u.Entry.QueryFiles) == 0 {
			continue
		}
		a := p.analyzer(u)
		a.SQLC = u.sqlc
		for _, f := range a.FixAt(file, text, line) {
			return &f, nil
		}
	}
	return nil, nil
}

// of is the project with this file alone; the one that was loaded stays as it is.
func (e *Editing) of(name, text string) (*Project, string, error) {
	p := *e.project
	p.Units = nil
	for _, u := range e.project.Units {
		unit := *u
		unit.Entry.QueryFiles = slices.Clone(u.Entry.QueryFiles)
		if e.memory[u.Index] == nil {
			e.memory[u.Index] = &analyzer.Memory{}
		}
		unit.memory = e.memory[u.Index]
		p.Units = append(p.Units, &unit)
	}
	file, err := p.OnlyText(name, text)
	return &p, file, err
}

// Reads reports whether a path is one of the project's: a file of queries, of the schema, or
// the configuration.
func (p *Project) Reads(path string) bool { return p.role(path) != "" }

// Queries reports whether a path is a file of queries of the project.
func (p *Project) Queries(path string) bool { return p.role(path) == "queries" }

// again judges the files of an entry that is edited, one after another.
func (p *Project) again(a *analyzer.Analyzer, u *Unit) [][]*analyzer.Result {
	var results [][]*analyzer.Result
	for _, f := range u.Entry.QueryFiles {
		results = append(results, a.FileAgain(u.memory, p.Config.Rel(f.Path), f.Text))
	}
	return results
}
