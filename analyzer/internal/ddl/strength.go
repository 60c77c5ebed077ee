package ddl

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// What the DDL in a text can change that is read word by word.
const (
	onNothing  = iota // roles, enums, privileges and rows
	onTables          // keys, constraints, indexes and triggers of tables that it names
	onAnything        // all else: what a name stands for, what reading a table gives
)

var (
	execute = lazyre.New(`(?i)\bexecute\b\s*`)
	// knownText is what EXECUTE may be followed by when it is no text that is built: a
	// trigger's function, a grant of the right to execute, a constant, and a grant to a
	// name that is put in.
	knownText = lazyre.New(`(?i)^(?:(?:function|procedure)\s+["\w.$]+\s*\(|on\s+["\w]|'[^'\\]*'\s*(?:;|into\b|using\b)|(?:pg_catalog\.)?format\s*\(\s*'(?:grant|revoke|comment) [^';]*')`)
	noName    = lazyre.New(`(?i)^(?:function|procedure)\s+(?:using|into)\b`)
	catalogs  = lazyre.New(`(?i)\b(update|insert\s+into|delete\s+from|merge\s+into|copy)\s+(only\s+)?("?pg_catalog"?\s*\.\s*)?"?pg_`)
	owned     = lazyre.New(`(?i)\b(drop\s+owned|security\s+label|import\s+foreign)|\bload\s+'`)
	// unreadable are spellings of names that a search for a name does not find.
	unreadable  = lazyre.New(`(?i)\bu&["']|""|\w{64}`)
	changesRows = lazyre.New(`(?i)\b(insert|update|delete|merge|copy|truncate)\b`)
	runs        = lazyre.New(`(?i)\b(insert|update|delete|merge|copy|truncate|refresh|select|perform|call)\b`)
	enum        = lazyre.New(`(?i)\bcreate\s+type\s+["\w.]+\s+as\s+enum\b`)
	enumValue   = lazyre.New(`(?i)\balter\s+type\s+["\w.]+\s+add\s+value\b`)
	word        = lazyre.New(`[\w\x80-\x{10FFFF}]+`)
)

var (
	skipped = sqltext.Words(`or replace unlogged unique constraint`)
	// noTable are objects that say nothing about tables and their rows.
	noTable = sqltext.Words(`role user group statistics`)
	// harmlessNew are harmless to create; dropping or moving them takes other things along.
	harmlessNew = sqltext.Words(`extension sequence`)
	creatable   = sqltext.Words(`index trigger table`)
	droppable   = sqltext.Words(`constraint index not default trigger`)
	addable     = sqltext.Words(`constraint primary unique check foreign exclude`)
	// privileged follow CREATE where it is a privilege.
	privileged = sqltext.Words(`on usage connect`)
	// altered are what ALTER names by kind; another word is a column's name.
	altered = sqltext.Words(`aggregate collation conversion database domain event extension foreign function language
		large materialized operator policy procedure publication routine rule schema server subscription system
		tablespace text type view`)
	// far change what names mean or what reading a table gives, whatever verb they stand by.
	far = sqltext.Words(`view procedure routine aggregate cast operator domain rule policy schema inherit inherits
		partition attach detach security collate instead temp temporary type function foreign generated expression`)
	anywhere = sqltext.Words(`rename search_path standard_conforming_strings`)
)

// strength reads a text word by word and takes what it does not know for the worst.
func strength(text, language string) int {
	if language != "plpgsql" && language != "sql" {
		return onAnything
	}
	text = sqltext.Code(text)
	if builds(text) || catalogs().MatchString(text) || owned().MatchString(text) || setsUnread(text) {
		return onAnything
	}
	text = enumValue().ReplaceAllString(enum().ReplaceAllString(text, " "), " ")
	words := word().FindAllString(strings.ToLower(text), -1)
	strength := onNothing
	for i := range words {
		strength = max(strength, verb(words, i))
	}
	if strength == onTables && (unreadable().MatchString(text) || reachesFar(words)) {
		return onAnything
	}
	return strength
}

// verb is what the statement can change that begins with a word.
func verb(words []string, i int) int {
	word, next := words[i], ""
	for j := i + 1; j < len(words) && next == ""; j++ {
		if word != "create" || !skipped[words[j]] {
			next = words[j]
		}
	}
	switch {
	case anywhere[word]:
		return onAnything
	case word == "session_replication_role":
		return onTables
	case word != "create" && word != "alter" && word != "drop":
		return onNothing
	case noTable[next], word == "create" && (harmlessNew[next] || privileged[next]), word == "alter" && next == "default":
		return onNothing
	case word == "create" && creatable[next], word == "drop" && droppable[next], word == "alter" && !altered[next]:
		return onTables
	}
	return onAnything
}

// reachesFar reports whether DDL on tables has words by which it does more.
func reachesFar(words []string) bool {
	for i, word := range words {
		before, next := "", ""
		if i > 0 {
			before = words[i-1]
		}
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case word == "add" && !addable[next]:
			return true
		case word == "foreign" && next == "key", (word == "function" || word == "procedure") && before == "execute":
		case far[word]:
			return true
		}
	}
	return false
}

// builds reports whether PL/pgSQL executes text that is not a constant (manual, 43.5.4),
// or a constant with comments between its words.
func builds(text string) bool {
	return slices.ContainsFunc(execute().FindAllStringIndex(text, -1), func(at []int) bool {
		known := knownText().FindString(text[at[1]:])
		return known == "" || noName().MatchString(known) || strings.Contains(known, "--") || strings.Contains(known, "/*")
	})
}
