package ddl

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// reach is what DDL may change that stands in a text which is not followed: the body
// of a DO block or of a function.
type reach struct {
	all  bool     // anything: what names stand for, too
	text []string // the texts that name the tables of which it changes keys, constraints and triggers
}

// seen are the functions that are read already.
type seen map[*catalog.Function]bool

func (r reach) none() bool { return !r.all && len(r.text) == 0 }

// reach reads what a text in a language may change, the functions that it calls included,
// but for those that somebody vouches for.
func (l *loader) reach(text, language string, seen seen) reach {
	r := l.reading(text, language)
	r.all = r.all || l.unknownCall(text)
	for _, f := range l.db.Functions {
		if !seen[f] && wordIn(text, f.Name.Name) && !l.trusts(f) {
			seen[f] = true
			r.add(l.reachOf(f, seen))
		}
	}
	if runs().MatchString(text) {
		r.add(l.started(changesRows().MatchString(text), seen))
	}
	return r
}

// reading is reach without the functions that the text calls.
func (l *loader) reading(text, language string) reach {
	key := language + " " + text
	r, ok := l.readings[key]
	if !ok {
		switch strength(text, language) {
		case onTables:
			r.text = []string{text}
		case onAnything:
			r.all = true
		}
		l.readings[key] = r
	}
	return r
}

func (r *reach) add(other reach) {
	r.all = r.all || other.all
	r.text = append(r.text, other.text...)
}

// wordIn reports whether a name stands in a text as a word, in code or in a string.
func wordIn(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	for from := 0; name != ""; {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		i += from
		if !wordByte(text, i-1) && !wordByte(text, i+len(name)) {
			return true
		}
		from = i + 1
	}
	return false
}

func wordByte(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i] == '_' || s[i] == '$' || s[i] >= 0x80 || s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'z')
}

// names reports whether the texts name the table, or a key, constraint or index of it.
func (r reach) names(t *table) bool {
	names := []string{t.Name.Name}
	for _, x := range t.indexes {
		names = append(names, x.Name)
	}
	for _, f := range t.foreign {
		names = append(names, f.Name)
	}
	for _, c := range t.checks {
		names = append(names, c.name)
	}
	return slices.ContainsFunc(names, r.namesAny)
}

func (r reach) namesAny(name string) bool {
	return slices.ContainsFunc(r.text, func(text string) bool { return wordIn(text, name) })
}

// unsure notes that the tables which r reaches, and what inherits from them, may not have
// the keys and constraints that the schema files say, or have others. Tables that get a
// name of the text later are no more certain: finish asks again.
func (l *loader) unsure(r reach, u *catalog.Unknown) {
	if r.none() {
		return
	}
	l.events = append(l.events, event{r, u})
	l.replica.later = l.replica.later || r.namesAny("session_replication_role")
	if r.all && l.db.Unfollowed == "" {
		l.db.Unfollowed = u.What + " at " + u.Pos.String()
	}
	l.doubt(r, u)
}

// partitioned lists the tables that t is a partition of: rows of t, of which a foreign key may be switched off, are theirs.
func (t *table) partitioned() []*table {
	var all []*table
	for _, p := range t.parents {
		if t.IsPartition {
			all = append(append(all, p), p.partitioned()...)
		}
	}
	return all
}

func (l *loader) doubt(r reach, u *catalog.Unknown) {
	for _, t := range l.tables {
		if !r.all && !r.names(t) {
			continue
		}
		for _, d := range slices.Concat(t.descendants(false), t.partitioned()) {
			if d.Unsure == "" {
				d.Unsure = u.What + " at " + u.Pos.String()
			}
		}
		u.Tables = addName(u.Tables, t.Name)
	}
}
