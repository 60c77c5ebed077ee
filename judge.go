package tenantgen

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/config"
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
	sideBySide(len(files), func() func(int) {
		return func(i int) { files[i] = p.begin(a, u, u.Entry.QueryFiles[i]) }
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
	all := slices.Concat(results...)
	if !p.partial {
		u.sqlc.Duplicates(all)
	}
	return all
}

// begin finds out what there is to analyse of a file.
func (p *Project) begin(a *analyzer.Analyzer, u *Unit, file config.File) *judging {
	f := &judging{name: p.Config.Rel(file.Path), text: file.Text}
	if f.known = p.recall.of(a, u, f); f.known != nil {
		f.parts = f.known.Unknown(partSize)
	} else {
		f.parts = p.parts(u, f.text)
	}
	f.results = make([][]*analyzer.Result, len(f.parts))
	return f
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

// parts are those of a file that is so large beside the others that processors would wait for it.
func (p *Project) parts(u *Unit, text string) []query.Span {
	most := 0
	for _, f := range u.Entry.QueryFiles {
		most += len(f.Text)
	}
	if n := runtime.GOMAXPROCS(0); n > 1 && len(text)*n > most/4 {
		return analyzer.Parts(text, partSize)
	}
	return []query.Span{{End: len(text)}}
}
