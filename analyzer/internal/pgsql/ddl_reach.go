package pgsql

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// ddlReach is what DDL may change that stands in a text which is not followed: the body
// of a DO block or of a function.
type ddlReach struct {
	all  bool     // any table: it executes text that it builds, or cannot be read
	text []string // the texts that name what it changes
	code bool     // it may put a trigger or a rule on a table
	body bool     // it may change a function that it names
}

var (
	ddlVerbs   = regexp.MustCompile(`(?i)\b(alter|drop|rename|session_replication_role)\b`)
	ddlCode    = regexp.MustCompile(`(?i)\bcreate\s+(or\s+replace\s+)?(constraint\s+)?(trigger|rule)\b`)
	ddlBodies  = regexp.MustCompile(`(?i)\b(create\s+or\s+replace|alter|drop)\s+(function|procedure|routine)\b`)
	ddlExecute = regexp.MustCompile(`(?i)\bexecute\b\s*`)
	// ddlKnownText is what EXECUTE may be followed by when it is no text that is built: a
	// trigger's function, a grant of the right to execute, a constant, and a grant to a
	// name that is put in.
	ddlKnownText = regexp.MustCompile(`(?i)^(?:(function|procedure|on)\b|'[^']*'\s*(;|into\b|using\b)|(pg_catalog\.)?format\s*\(\s*'(grant|revoke|comment) [^';]*')`)
	ddlCatalogs  = regexp.MustCompile(`(?i)\b(update|insert\s+into|delete\s+from)\s+(only\s+)?("?pg_catalog"?\s*\.\s*)?"?pg_`)
	ddlOthers    = regexp.MustCompile(`(?i)\bdrop\s+(schema|type|domain|extension|function|routine|procedure|aggregate|collation|operator|server|cast|foreign)\b`)
	ddlCascade   = regexp.MustCompile(`(?i)\bcascade\b`)
	ddlOwned     = regexp.MustCompile(`(?i)\bdrop\s+owned\b`)
)

// reach reads what a text in a language may change, the functions that it calls included,
// but for those that somebody vouches for.
func (l *ddlLoader) reach(text, language string, seen []*catalog.Function) ddlReach {
	var r ddlReach
	switch {
	case language != "plpgsql" && language != "sql":
		r.all = true
	case builds(text), ddlCatalogs.MatchString(text), ddlOwned.MatchString(text), ddlOthers.MatchString(text) && ddlCascade.MatchString(text):
		r.all = true
	case ddlVerbs.MatchString(text):
		r.text = append(r.text, text)
	}
	if ddlCode.MatchString(text) {
		r.code, r.text = true, append(r.text, text)
	}
	if ddlBodies.MatchString(text) {
		r.body, r.text = true, append(r.text, text)
	}
	for _, f := range l.db.Functions {
		if !slices.Contains(seen, f) && wordIn(text, f.Name.Name) && !l.trusts(f) {
			seen = append(seen, f)
			r.add(l.reach(f.Body, f.Language, seen))
		}
	}
	return r
}

func (r *ddlReach) add(other ddlReach) {
	r.all, r.code, r.body = r.all || other.all, r.code || other.code, r.body || other.body
	r.text = append(r.text, other.text...)
}

// builds reports whether PL/pgSQL executes text that is not a constant (manual, 43.5.4).
func builds(text string) bool {
	return slices.ContainsFunc(ddlExecute.FindAllStringIndex(text, -1), func(at []int) bool { return !ddlKnownText.MatchString(text[at[1]:]) })
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
func (r ddlReach) names(t *ddlTable) bool {
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

func (r ddlReach) namesAny(name string) bool {
	return slices.ContainsFunc(r.text, func(text string) bool { return wordIn(text, name) })
}

// unsure notes that the tables which r reaches, and what inherits from them, may not have
// the keys and constraints that the schema files say.
// The bodies of functions that it may change are given up.
func (l *ddlLoader) unsure(r ddlReach, u *catalog.Unknown) {
	for _, f := range l.db.Functions {
		if r.body && r.namesAny(f.Name.Name) {
			f.Body = ""
		}
	}
	for _, t := range l.tables {
		if !r.all && !r.names(t) {
			continue
		}
		for _, d := range t.descendants(false) {
			if d.Unsure == "" {
				d.Unsure = u.What + " at " + u.Pos.String()
			}
			d.UnseenCode = d.UnseenCode || r.code
		}
		u.Tables = append(u.Tables, t.Name)
	}
}
