package pgsql

import (
	"regexp"
	"slices"
	"strings"
)

// What the DDL in a text can change that is read word by word.
const (
	ddlOnNothing  = iota // roles, enums, privileges and rows
	ddlOnTables          // keys, constraints, indexes and triggers of tables that it names
	ddlOnAnything        // all else: what a name stands for, what reading a table gives
)

var (
	ddlExecute = regexp.MustCompile(`(?i)\bexecute\b\s*`)
	// ddlKnownText is what EXECUTE may be followed by when it is no text that is built: a
	// trigger's function, a grant of the right to execute, a constant, and a grant to a
	// name that is put in.
	ddlKnownText = regexp.MustCompile(`(?i)^(?:(?:function|procedure)\s+["\w.$]+\s*\(|on\s+["\w]|'[^'\\]*'\s*(?:;|into\b|using\b)|(?:pg_catalog\.)?format\s*\(\s*'(?:grant|revoke|comment) [^';]*')`)
	ddlNoName    = regexp.MustCompile(`(?i)^(?:function|procedure)\s+(?:using|into)\b`)
	ddlCatalogs  = regexp.MustCompile(`(?i)\b(update|insert\s+into|delete\s+from|merge\s+into|copy)\s+(only\s+)?("?pg_catalog"?\s*\.\s*)?"?pg_`)
	ddlOwned     = regexp.MustCompile(`(?i)\b(drop\s+owned|security\s+label|import\s+foreign)|\bload\s+'`)
	// ddlUnreadable are spellings of names that a search for a name does not find.
	ddlUnreadable  = regexp.MustCompile(`(?i)\bu&["']|""|\w{64}`)
	ddlChangesRows = regexp.MustCompile(`(?i)\b(insert|update|delete|merge|copy|truncate)\b`)
	ddlRuns        = regexp.MustCompile(`(?i)\b(insert|update|delete|merge|copy|truncate|refresh|select|perform|call)\b`)
	ddlEnum        = regexp.MustCompile(`(?i)\bcreate\s+type\s+["\w.]+\s+as\s+enum\b`)
	ddlEnumValue   = regexp.MustCompile(`(?i)\balter\s+type\s+["\w.]+\s+add\s+value\b`)
	ddlWord        = regexp.MustCompile(`[\w\x80-\x{10FFFF}]+`)
)

var (
	ddlSkipped = wordSet(`or replace unlogged unique constraint`)
	// ddlNoTable are objects that say nothing about tables and their rows.
	ddlNoTable = wordSet(`role user group statistics`)
	// ddlNew are harmless to create; dropping or moving them takes other things along.
	ddlNew       = wordSet(`extension sequence`)
	ddlCreatable = wordSet(`index trigger table`)
	ddlDroppable = wordSet(`constraint index not default trigger`)
	ddlAddable   = wordSet(`constraint primary unique check foreign exclude`)
	// ddlPrivileged follow CREATE where it is a privilege.
	ddlPrivileged = wordSet(`on usage connect`)
	// ddlAltered are what ALTER names by kind; another word is a column's name.
	ddlAltered = wordSet(`aggregate collation conversion database domain event extension foreign function language
		large materialized operator policy procedure publication routine rule schema server subscription system
		tablespace text type view`)
	// ddlFar change what names mean or what reading a table gives, whatever verb they stand by.
	ddlFar = wordSet(`view procedure routine aggregate cast operator domain rule policy schema inherit inherits
		partition attach detach security collate instead temp temporary type function foreign generated expression`)
	ddlAnywhere = wordSet(`rename search_path standard_conforming_strings`)
)

// ddlStrength reads a text word by word and takes what it does not know for the worst.
func ddlStrength(text, language string) int {
	if language != "plpgsql" && language != "sql" {
		return ddlOnAnything
	}
	text = ddlCode(text)
	if builds(text) || ddlCatalogs.MatchString(text) || ddlOwned.MatchString(text) || setsUnread(text) {
		return ddlOnAnything
	}
	text = ddlEnumValue.ReplaceAllString(ddlEnum.ReplaceAllString(text, " "), " ")
	words := ddlWord.FindAllString(strings.ToLower(text), -1)
	strength := ddlOnNothing
	for i := range words {
		strength = max(strength, ddlVerb(words, i))
	}
	if strength == ddlOnTables && (ddlUnreadable.MatchString(text) || ddlReachesFar(words)) {
		return ddlOnAnything
	}
	return strength
}

// ddlVerb is what the statement can change that begins with a word.
func ddlVerb(words []string, i int) int {
	word, next := words[i], ""
	for j := i + 1; j < len(words) && next == ""; j++ {
		if word != "create" || !ddlSkipped[words[j]] {
			next = words[j]
		}
	}
	switch {
	case ddlAnywhere[word]:
		return ddlOnAnything
	case word == "session_replication_role":
		return ddlOnTables
	case word != "create" && word != "alter" && word != "drop":
		return ddlOnNothing
	case ddlNoTable[next], word == "create" && (ddlNew[next] || ddlPrivileged[next]), word == "alter" && next == "default":
		return ddlOnNothing
	case word == "create" && ddlCreatable[next], word == "drop" && ddlDroppable[next], word == "alter" && !ddlAltered[next]:
		return ddlOnTables
	}
	return ddlOnAnything
}

// ddlReachesFar reports whether DDL on tables has words by which it does more.
func ddlReachesFar(words []string) bool {
	for i, word := range words {
		before, next := "", ""
		if i > 0 {
			before = words[i-1]
		}
		if i+1 < len(words) {
			next = words[i+1]
		}
		switch {
		case word == "add" && !ddlAddable[next]:
			return true
		case word == "foreign" && next == "key", (word == "function" || word == "procedure") && before == "execute":
		case ddlFar[word]:
			return true
		}
	}
	return false
}

// ddlCode returns a text without its comments and without the strings of RAISE. In the
// strings that are left, comments would hide what follows.
func ddlCode(text string) string {
	var code strings.Builder
	raise := false
	for x := (ddlLexer{text: text}); x.i < len(text); {
		start := x.i
		if x.skipComment() {
			code.WriteByte(' ')
			continue
		}
		x.next()
		token := text[start:x.i]
		raise = token != ";" && (raise || strings.EqualFold(token, "raise"))
		if !raise || token[0] != '\'' {
			code.WriteString(token)
		}
	}
	return code.String()
}

// builds reports whether PL/pgSQL executes text that is not a constant (manual, 43.5.4),
// or a constant with comments between its words.
func builds(text string) bool {
	return slices.ContainsFunc(ddlExecute.FindAllStringIndex(text, -1), func(at []int) bool {
		known := ddlKnownText.FindString(text[at[1]:])
		return known == "" || ddlNoName.MatchString(known) || strings.Contains(known, "--") || strings.Contains(known, "/*")
	})
}
