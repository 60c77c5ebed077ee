package tenantgen

import (
	"fmt"
	"os"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/internal/cache"
)

// Inputs are all the texts that the queries of a project are judged by. They are read once: what is judged is what
// the digest is of.
type Inputs struct {
	config      *config.Config
	schemas     []readSchema
	baseline    *baseline
	baselineErr error
}

// readSchema has the schema files of an entry as they run, and what cannot be read of them.
type readSchema struct {
	files      []config.File
	unreadable []analyzer.Diagnostic
	err        error
}

// Read reads the texts of a project. The error is about the configuration alone; Inputs.Load has every other.
func Read(path string) (*Inputs, error) {
	cfg, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	in, p := &Inputs{config: cfg}, &Project{Config: cfg}
	for _, entry := range cfg.SQL {
		var s readSchema
		s.files, s.unreadable, s.err = p.read(entry, nil)
		in.schemas = append(in.schemas, s)
	}
	in.baseline, in.baselineErr = p.readBaseline()
	return in, nil
}

// Digest is a hash of everything that Load and Check make their findings of, but for the program itself: equal digests
// have equal findings. Names and places are relative to the working directory, so it counts, too.
func (in *Inputs) Digest() [32]byte {
	facts := cache.NewFacts("inputs")
	in.given(facts)
	for _, entry := range in.config.SQL {
		facts.Add(texts(entry.QueryFiles)...)
	}
	facts.Add(fmt.Sprint(in.baselineErr), fmt.Sprint(in.baseline != nil && in.baseline.text != nil))
	if in.baseline != nil {
		facts.Add(in.baseline.path, string(in.baseline.text))
	}
	return facts.Key()
}

// given adds what all queries are judged by: the working directory, the configuration and the schemas.
func (in *Inputs) given(facts *cache.Facts) {
	wd, err := os.Getwd()
	facts.Add(wd, fmt.Sprint(err), in.config.Path, in.config.Text)
	for i, entry := range in.config.SQL {
		facts.Add(texts(entry.SchemaFiles)...)   // as sqlc reads them
		facts.Add(texts(in.schemas[i].files)...) // as they run
		facts.Add(fmt.Sprintf("%#v", in.schemas[i].unreadable), fmt.Sprint(in.schemas[i].err))
	}
}

func texts(files []config.File) []string {
	var list []string
	for _, f := range files {
		list = append(list, f.Path, f.Text)
	}
	return list
}

// Texts are the texts of files that findings are about, by the names that they have there. Of migrations that sqlc does
// not read there is none: what runs of them is not what stands in them.
func (in *Inputs) Texts() map[string]string {
	all := map[string]string{in.config.Path: in.config.Text, in.config.Rel(in.config.Path): in.config.Text}
	for _, entry := range in.config.SQL {
		for _, f := range slices.Concat(entry.SchemaFiles, entry.QueryFiles) {
			all[in.config.Rel(f.Path)] = f.Text
		}
	}
	if in.baseline != nil && in.baseline.text != nil {
		all[in.config.Rel(in.baseline.path)] = string(in.baseline.text)
	}
	return all
}
