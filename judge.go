package tenantgen

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
)

// partSize is about how much of a file of queries is analysed at once, in bytes: some 50 queries.
const partSize = 16 << 10

// judging is a file of queries on its way: the parts of it that are to be analysed, and what has been said of each.
type judging struct {
	name, text string
	parts      []query.Span
	results    [][]*analyzer.Result
	known      *known // nil where nothing is remembered
}

// checkUnit analyses the files of one entry side by side, large ones in parts, and keeps their order.
func (p *Project) checkUnit(u *Unit) []*analyzer.Result {
	a := p.analyzer(u)
	a.Errors, a.SQLC = p.switchedOn("error-of-other-rows"), u.sqlc
	if u.memory != nil {
		return slices.Concat(p.again(a, u)...)
	}
	files := make([]*judging, len(u.Entry.QueryFiles))
	for i, f := range u.Entry.QueryFiles {
		files[i] = &judging{name: p.Config.Rel(f.Path), text: f.Text}
	}
	all := slices.Concat(p.judge(a, u, written, files)...)
	if !p.partial {
		u.sqlc.Duplicates(all)
	}
	return all
}

// What is judged of files: it is remembered apart.
const (
	written    = "file of queries"
	sentBySQLC = "what sqlc sends for a file of queries"
)

// judge says of each file what is to be said of its statements.
func (p *Project) judge(a *analyzer.Analyzer, u *Unit, what string, files []*judging) [][]*analyzer.Result {
	size := 0
	for _, f := range files {
		size += len(f.text)
	}
	sideBySide(len(files), func() func(int) {
		return func(i int) { p.begin(a, u, what, files[i], size) }
	})
	type job struct {
		file *judging
		part int
	}
	var jobs []job
	for _, f := range files {
		for i := range f.parts {
			jobs = append(jobs, job{f, i})
		}
	}
	sideBySide(len(jobs), func() func(int) {
		worker := a.Clone()
		return func(i int) {
			f, part := jobs[i].file, jobs[i].part
			f.results[part] = worker.Part(f.name, f.text, f.parts[part])
		}
	})
	results := make([][]*analyzer.Result, len(files))
	sideBySide(len(files), func() func(int) {
		worker := a.Clone()
		return func(i int) { results[i] = files[i].end(worker) }
	})
	return results
}

// begin finds out what there is to analyse of a file, one of several that are as large together.
func (p *Project) begin(a *analyzer.Analyzer, u *Unit, what string, f *judging, size int) {
	recall := p.recall
	if !slices.Contains(p.Units, u) {
		recall = nil // which knows of the schema as the files have it
	}
	if f.known = recall.of(a, u, what, f); f.known != nil {
		f.parts = f.known.Unknown(partSize)
	} else {
		f.parts = cut(f.text, size)
	}
	f.results = make([][]*analyzer.Result, len(f.parts))
}

// end is what is said of a file.
func (f *judging) end(a *analyzer.Analyzer) []*analyzer.Result {
	if f.known == nil {
		return slices.Concat(f.results...)
	}
	for i, part := range f.parts {
		f.known.Learn(a, part, f.results[i])
	}
	all, ok := f.known.Results()
	if !ok {
		return a.File(f.name, f.text)
	}
	f.known.keep()
	return all
}

// sideBySide does a number of things on all processors. Each of these makes a worker of its own.
func sideBySide(n int, worker func() func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		do := worker()
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// cut are the parts of a file, several where it is so large beside the others that processors would wait for it.
func cut(text string, size int) []query.Span {
	if n := runtime.GOMAXPROCS(0); n > 1 && len(text)*n > size/4 {
		return analyzer.Parts(text, partSize)
	}
	return []query.Span{{End: len(text)}}
}
