package tenantgen

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer"
)

// GoFinding is a finding about Go code as the baseline has it. An entry excuses one finding of the same rule in the
// same function, about the same text, on what the schema says of that; where it stands in the file does not matter.
type GoFinding struct {
	File   string `json:"file"` // relative to sqlc.yaml, with slashes
	Func   string `json:"func,omitempty"`
	Rule   string `json:"rule"`
	Table  string `json:"table,omitempty"`
	Hash   string `json:"hash"`             // of the statement, or of the Go expression
	Schema string `json:"schema,omitempty"` // the fingerprint of what the statement touches
	Reason string `json:"reason,omitempty"`
}

// same reports whether an entry is about a finding.
func (e GoFinding) same(is GoFinding) bool {
	e.Reason, is.Reason = "", ""
	return e == is
}

// GoFinding is what the baseline would say of a finding about Go code. text is the statement, or the expression
// that runs one; file a path as findings have it.
func (s *Statements) GoFinding(d analyzer.Diagnostic, text string, statement bool) GoFinding {
	e := GoFinding{File: s.project.fromConfig(d.File), Func: d.Query, Rule: d.Rule, Table: d.Table,
		Hash: fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(strings.Join(strings.Fields(text), " "))))}
	if statement {
		e.Schema = s.Fingerprint(text)
	}
	return e
}

// ExcuseGo tells which findings about Go code the baseline excuses, by their index, and which entries excuse nothing any more: of
// those, the ones whose file was judged.
func (p *Project) ExcuseGo(found []GoFinding, judged func(file string) bool) (excused []bool, stale []analyzer.Diagnostic) {
	excused = make([]bool, len(found))
	for _, e := range p.baseline.Go {
		i := slices.IndexFunc(found, e.same)
		for i >= 0 && excused[i] {
			next := slices.IndexFunc(found[i+1:], e.same)
			if next < 0 {
				i = -1
				break
			}
			i += 1 + next
		}
		switch {
		case i >= 0:
			excused[i] = true
		case judged(e.File):
			stale = append(stale, p.stale(p.baseline, baselineEntry{Query: e.Func, line: e.line(p)},
				"the baseline excuses "+e.Rule+" in "+strings.TrimSpace(e.Func+" of "+e.File)+" as it was; it or the schema that it touches has changed, or it is gone",
				"put it right and remove the entry, or accept what is found now with tenantgen vet --write-baseline"))
		}
	}
	return excused, stale
}

// line is where an entry is in the baseline.
func (e GoFinding) line(p *Project) int {
	text, err := os.ReadFile(p.baseline.path)
	at := bytes.Index(text, []byte(e.Hash))
	if err != nil || at < 0 {
		return 1
	}
	return 1 + bytes.Count(text[:at], []byte("\n"))
}

// WriteGoBaseline excuses what is found in Go code now, keeps the reasons of what was excused before, and leaves alone
// what the baseline says of queries. It returns where.
func (p *Project) WriteGoBaseline(found []GoFinding) (string, error) {
	b, err := p.readBaseline()
	if err != nil {
		return "", err
	}
	old := b.Go
	b.Go = nil
	for _, e := range found {
		if i := slices.IndexFunc(old, e.same); i >= 0 {
			e.Reason = old[i].Reason
			old = slices.Delete(slices.Clone(old), i, i+1)
		}
		b.Go = append(b.Go, e)
	}
	slices.SortStableFunc(b.Go, func(x, y GoFinding) int {
		return slices.Compare([]string{x.File, x.Func, x.Rule, x.Hash}, []string{y.File, y.Func, y.Rule, y.Hash})
	})
	if b.Version == 0 {
		b.Version = baselineVersion
	}
	return p.commitBaseline(b)
}

// commitBaseline writes a baseline where the project's is.
func (p *Project) commitBaseline(b *baseline) (string, error) {
	if b.Entries == nil {
		b.Entries = []baselineEntry{}
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return "", err
	}
	path := p.Config.Rel(b.path)
	return path, Commit(Changes{Write: []File{{Path: path, Text: append(text, '\n')}}})
}
