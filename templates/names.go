package templates

import (
	"go/token"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// initialisms are the words Go spells in capitals.
var initialisms = map[string]bool{
	"acl": true, "api": true, "cpu": true, "css": true, "csv": true, "dns": true, "gid": true, "html": true,
	"http": true, "https": true, "id": true, "ip": true, "json": true, "jwt": true, "rpc": true, "sla": true,
	"sql": true, "ssh": true, "sso": true, "tls": true, "ttl": true, "udp": true, "ui": true, "uid": true,
	"uri": true, "url": true, "uuid": true, "vm": true, "xml": true,
}

// words splits an identifier of any spelling into lower-case words.
func words(s string) []string {
	var list []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			list = append(list, strings.ToLower(string(word)))
			word = nil
		}
	}
	previous := rune(0)
	for _, r := range s {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
		case unicode.IsUpper(r) && unicode.IsLower(previous):
			flush()
			word = append(word, r)
		default:
			word = append(word, r)
		}
		previous = r
	}
	flush()
	return list
}

// exported joins words in the form of an exported name.
func exported(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(titled(w))
	}
	return b.String()
}

// unexported joins words in the form of a variable's name.
func unexported(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0] + exported(words[1:])
}

func titled(word string) string {
	if initialisms[word] {
		return strings.ToUpper(word)
	}
	if one, plural := strings.CutSuffix(word, "s"); plural && initialisms[one] {
		return strings.ToUpper(one) + "s" // IDs
	}
	return upperFirst(word)
}

func upperFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// idNames returns the names of the id type and of its argument for a tenant
// column: org_id → OrgID, orgID. A column like "tenant" gets its "ID" added, so
// that neither name says more than the type is.
func idNames(column string) (typ, arg string) {
	list := words(column)
	if len(list) == 0 {
		return "", ""
	}
	if last := list[len(list)-1]; last != "id" && last != "uuid" {
		list = append(list, "id")
	}
	return exported(list), unexported(list)
}

// IDType is the name of the id type for a tenant column: org_id → OrgID.
func IDType(column string) string {
	typ, _ := idNames(column)
	return typ
}

// IDNames are the names that are declared for an id type.
func IDNames(typ string) []string { return []string{typ, "New" + typ, "Parse" + typ, typ + "From"} }

// validIDNames reports whether the names can be declared.
func validIDNames(typ, arg string) bool {
	return token.IsIdentifier(typ) && token.IsExported(typ) && token.IsIdentifier(arg)
}

// fixedFiles are the files that every package has, or may have.
var fixedFiles = map[string]bool{"repo": true, "tx": true, "ids": true, "models": true, "cross_tenant": true, "querier": true}

// constrained matches names that the go command leaves out of some builds. The
// list is go/build's, which does not export it.
var constrained = regexp.MustCompile(`_(test|aix|android|darwin|dragonfly|freebsd|hurd|illumos|ios|js|linux|nacl|netbsd|` +
	`openbsd|plan9|solaris|wasip1|windows|zos|386|amd64|amd64p32|arm|armbe|arm64|arm64be|loong64|mips|mipsle|` +
	`mips64|mips64le|mips64p32|mips64p32le|ppc|ppc64|ppc64le|riscv|riscv64|s390|s390x|sparc|sparc64|wasm)$`)

// sourceNames returns the stem of a repository's names for an SQL file, and the
// name of the emitted file: user-notes.sql → UserNotes, user_notes.go. A leading
// number, as of ordered files, is dropped. The stem is "" when nothing is left.
func sourceNames(source string) (stem, file string) {
	list := words(strings.TrimSuffix(path.Base(source), ".sql"))
	for len(list) > 0 && strings.Trim(list[0], "0123456789") == "" {
		list = list[1:]
	}
	if len(list) == 0 {
		return "", ""
	}
	stem, file = exported(list), strings.Join(list, "_")
	if !token.IsIdentifier(stem) || !token.IsExported(stem) {
		return "", ""
	}
	if fixedFiles[file] || constrained.MatchString(file) {
		file += "_repository"
	}
	return stem, file + ".go"
}

// RepositoryName is the name of the repository for an SQL file, without the word Repository: user-notes.sql →
// UserNotes. It is "" where the file's name gives none.
func RepositoryName(source string) string {
	stem, _ := sourceNames(source)
	return stem
}

// freeName returns name, or a variant of it that is not taken.
func freeName(name string, taken map[string]bool) string {
	for taken[name] {
		name += "Value"
	}
	return name
}
