package tenantgen

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/internal/cache"
)

// Store keeps what was said of statements, by keys. Whoever reads from it has to be sure that only this user wrote it, and under that key:
// package internal/cache is.
type Store interface {
	Get(key [32]byte) ([]byte, bool)
	Put(key [32]byte, data []byte) error
}

// recall has what earlier runs have said of the statements of query files.
type recall struct {
	store Store
	given cache.Key // all that a verdict rests on, but for the statement
}

// Recall lets Check and Generate take from a store what was said of statements that are accepted, instead of judging them again, and put there
// what it says of others. What is taken is what judging would say: it is found by the program, the working directory, the configuration, all
// texts of all schemas, the file's name and the text of the statement with its comments. Queries that are taken so have no Reading, so
// that only who needs none calls this.
func (p *Project) Recall(store Store, program [32]byte, in *Inputs) {
	facts := cache.NewFacts("statements of a file of queries")
	facts.Add(string(program[:]), fmt.Sprint(p.sets()))
	in.given(facts)
	p.recall = &recall{store, facts.Key()}
}

// known is what is known of the statements of one file.
type known struct {
	*analyzer.Recall
	store Store
	key   [32]byte
}

// of is what is known of a file; nil where nothing is remembered.
func (r *recall) of(a *analyzer.Analyzer, u *Unit, what string, f *judging) *known {
	if r == nil {
		return nil
	}
	facts := cache.NewFacts(what)
	facts.Add(string(r.given[:]), fmt.Sprint(u.Index), f.name)
	k := &known{store: r.store, key: facts.Key()}
	before, _ := r.store.Get(k.key)
	if k.Recall = a.Recall(f.name, f.text, before); k.Recall == nil {
		return nil
	}
	return k
}

// keep puts away what is known now, for the next run; without it, that judges anew.
func (k *known) keep() {
	if now := k.Kept(); now != nil {
		k.store.Put(k.key, now)
	}
}
