package propose

import (
	"slices"
	"strings"
	"unicode"
)

// words cuts a name as people write them: note_id, noteId, NoteID, "note id", and noteid, which
// noteId is where nobody quotes it.
func words(name string) []string {
	var all []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			all, word = append(all, strings.ToLower(string(word))), nil
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			end()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])):
			end()
		}
		word = append(word, r)
	}
	end()
	if n := len(all); n > 0 && !slices.Contains(keyWords, all[n-1]) {
		for _, key := range []string{"uuid", "guid", "id"} {
			if stem, ok := strings.CutSuffix(all[n-1], key); ok && len(stem) > 1 {
				return append(all[:n-1], stem, key)
			}
		}
	}
	return all
}

// singular is a word of a table's name as it stands in the names of columns.
func singular(w string) string {
	for _, s := range [][2]string{{"ies", "y"}, {"sses", "ss"}, {"shes", "sh"}, {"ches", "ch"}, {"xes", "x"}, {"people", "person"}, {"children", "child"}} {
		if stem, ok := strings.CutSuffix(w, s[0]); ok && (stem != "" || len(s[1]) > 2) {
			return stem + s[1]
		}
	}
	if len(w) > 3 && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is") {
		return w[:len(w)-1]
	}
	return w
}

// nouns are the words of a table's name, in the singular.
func nouns(table string) []string {
	return referredBy(words(table))
}

// referredBy are words in the singular, each in one spelling.
func referredBy(all []string) []string {
	out := make([]string, len(all))
	for i, w := range all {
		out[i] = synonym(singular(w))
	}
	return out
}

// keyWords end the name of a column that refers to something.
var keyWords = []string{"id", "uuid", "uid", "guid", "key", "code", "slug", "ref", "no", "nr", "number"}

// referred are the words by which a column names what it refers to: note_id is note, in the
// singular, none for a mere id.
func referred(column string) []string {
	all := words(column)
	if n := len(all); n > 0 && slices.Contains(keyWords, all[n-1]) {
		all = all[:n-1]
	}
	return referredBy(all)
}

// synonym writes one word for several spellings of it, as org for organization.
func synonym(w string) string {
	for noun, spelled := range abbreviations {
		if slices.Contains(spelled, w) {
			return noun
		}
	}
	return w
}

// abbreviations are other spellings of words that tenants are called by.
var abbreviations = map[string][]string{
	"organization": {"org", "organisation"},
	"account":      {"acct"}, "workspace": {"ws", "wksp"}, "company": {"comp"}, "customer": {"cust"}, "tenant": {"tnt", "mandant", "mandator"},
}

// spellings are the words that a noun may be written as.
func spellings(noun string) []string {
	var all []string
	for _, w := range abbreviations[noun] {
		if len(w) > 2 {
			all = append(all, w)
		}
	}
	return append(all, noun)
}

// within is where part stands in all, -1 when it does not.
func within(all, part []string) int {
	for i := 0; i+len(part) <= len(all); i++ {
		if len(part) > 0 && slices.Equal(all[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}
