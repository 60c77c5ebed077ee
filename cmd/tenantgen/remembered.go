package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/internal/cache"
	"github.com/tenantgen/tenantgen/internal/inert"
)

// noCache is the flag by which everything is found out anew.
func noCache(flags *pflag.FlagSet, fresh *bool) {
	flags.BoolVar(fresh, "no-cache", false, "judge everything anew, and remember nothing")
}

// said is what a run printed, and how it ended: clean, or with findings.
type said struct {
	Out, Err []byte
	Findings bool
}

// repeated is a run that may be remembered.
type repeated struct {
	facts  []string // that its output depends on, beside the program, the way of printing and the digest
	digest func(hash func(name string) ([32]byte, error)) [32]byte
	do     func(*earlier) error
	// keep tells of a run that could work whether another one would do the same.
	keep func(hash func(name string) ([32]byte, error)) bool
}

// earlier is where earlier runs of this program have put what they found; nil where nothing is remembered.
type earlier struct {
	store   *cache.Store
	program cache.Key
}

// recalled lets a project take from there what was said of its statements.
func (e *earlier) recalled(p *tenantgen.Project, in *tenantgen.Inputs) {
	if e != nil {
		p.Recall(statements{e.store}, e.program, in)
	}
}

// statements is the cache as the store of verdicts on statements.
type statements struct{ cache *cache.Store }

func (s statements) Get(key [32]byte) ([]byte, bool)     { return s.cache.Get(key) }
func (s statements) Put(key [32]byte, data []byte) error { return s.cache.Put(key, data) }

// remembered runs what prints the same whenever its inputs are the same, or prints what it printed then: byte for byte. The
// key is all that the output depends on: the program itself, every text that is read, the flags and the way of printing.
// Only whole runs are remembered, and only those that could work: what failed may not fail again. Where there is no cache
// to be trusted, nothing is remembered and nothing is said about it; tenantgen cache says why.
func (inv *invocation) remembered(in *tenantgen.Inputs, r repeated) error {
	store, err := cache.Open()
	if err != nil {
		return r.do(nil)
	}
	defer store.Close()
	program, err := store.Program()
	if err != nil {
		return r.do(nil)
	}
	hash := func(name string) ([32]byte, error) { return store.File(name) }
	digest := r.digest(hash)
	all := cache.NewFacts("what a run printed")
	all.Add(string(program[:]), string(digest[:]), fmt.Sprint(inv.quiet, inv.out.colours, inv.errOut.colours))
	all.Add(r.facts...)
	if kept, ok := store.Get(all.Key()); ok {
		var s said
		if json.Unmarshal(kept, &s) == nil {
			return inv.repeat(s)
		}
	}
	for name, text := range in.Texts() { // frames show what was judged
		inv.sources[name] = text
	}
	s, whole, err := inv.recorded(func() error { return r.do(&earlier{store, program}) })
	if whole && r.keep(hash) {
		if kept, err := json.Marshal(s); err == nil {
			store.Put(all.Key(), kept) // without it, the next run finds out for itself
		}
	}
	return err
}

// repeat prints what a run printed, and ends as it did.
func (inv *invocation) repeat(s said) error {
	_, err := inv.out.to.Write(s.Out)
	if _, failed := inv.errOut.to.Write(s.Err); err == nil {
		err = failed
	}
	if err == nil && s.Findings {
		err = errFindings
	}
	return err
}

// recorded runs something and keeps what it prints; whole is false when that is not all there is to be known of the run.
func (inv *invocation) recorded(run func() error) (s said, whole bool, err error) {
	out, errOut, workflow := inv.out, inv.errOut, inv.workflow
	defer func() { inv.out, inv.errOut, inv.workflow = out, errOut, workflow }()
	first, second := &tee{to: out.to}, &tee{to: errOut.to}
	inv.out, inv.errOut = out.through(first), errOut.through(second)
	inv.workflow = inv.out.safe.Commands()
	err = run()
	s = said{Out: first.kept.Bytes(), Err: second.kept.Bytes(), Findings: errors.Is(err, errFindings)}
	return s, (err == nil || err == errFindings) && !first.failed && !second.failed, err
}

// through is a printer on the same device by way of another writer.
func (p *printer) through(to io.Writer) *printer {
	return &printer{safe: inert.NewWriter(to), to: to, raw: p.raw, colours: p.colours}
}

// tee keeps what it hands on.
type tee struct {
	to     io.Writer
	kept   bytes.Buffer
	failed bool
}

func (t *tee) Write(p []byte) (int, error) {
	n, err := t.to.Write(p)
	t.failed = t.failed || err != nil
	t.kept.Write(p[:n])
	return n, err
}
