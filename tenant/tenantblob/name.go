package tenantblob

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxName is how long a name may be, in bytes: with the prefix it stays below S3's 1024.
const maxName = 768

// maxSegment is how long a part of it may be: file systems take 255 bytes.
const maxSegment = 240

// CheckName returns an error, which is ErrName, unless name is one of a file: one or more segments with a slash between each two.
// A segment is not empty, does not consist of dots and blanks alone, and neither begins nor ends with a blank. A name has at most 768 bytes of
// UTF-8, without control and invisible characters. What means a slash, a backslash or dots alone once somebody has
// decoded it is refused as well: percent escapes (of any depth), the look-alikes that Unicode's compatibility forms make the same (NFKC), and
// what gocloud.dev writes for such characters in a directory (__0x2f__).
func CheckName(name string) error {
	if err := check(name); err != nil {
		return err
	}
	return decoded(name, check)
}

// checkPrefix is CheckName for the beginning of a name.
func checkPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	begun := func(s string) error { return check(strings.TrimSuffix(s, "/")) }
	if err := begun(prefix); err != nil {
		return err
	}
	return decoded(prefix, begun)
}

// decoded checks what others may make of a name.
func decoded(name string, check func(string) error) error {
	if strings.Contains(strings.ToLower(name), "__0x") {
		return refuse("it has an escape of gocloud.dev in it")
	}
	slashes := strings.Count(name, "/")
	for before := ""; before != name; {
		before = name
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		} else {
			name = escapes(name)
		}
		name = norm.NFKC.String(name)
		if err := check(name); err != nil {
			return err
		}
		if strings.Count(name, "/") != slashes {
			return refuse("it has what others take for a slash")
		}
	}
	return nil
}

// escapes undoes the percent escapes of a text that has others, too, which are none.
func escapes(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+3 <= len(s) {
			if plain, err := url.PathUnescape(s[i : i+3]); err == nil {
				b.WriteString(plain)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func check(name string) error {
	switch {
	case name == "":
		return refuse("it is empty")
	case len(name) > maxName:
		return refuse("it is longer than %d bytes", maxName)
	case strings.Contains(name, `\`):
		return refuse("it has a backslash in it")
	case strings.ContainsFunc(name, hidden):
		return refuse("it is not UTF-8, or has a character in it that nobody sees")
	case strings.ContainsFunc(name, slashLike):
		return refuse("it has a character in it that looks like a slash")
	}
	for segment := range strings.SplitSeq(name, "/") {
		switch {
		case len(segment) > maxSegment:
			return refuse("a segment is longer than %d bytes", maxSegment)
		case strings.Trim(segment, ". ") == "":
			return refuse("a segment is empty, or nothing but dots")
		case strings.TrimFunc(segment, unicode.IsSpace) != segment:
			return refuse("a segment begins or ends with a blank")
		}
	}
	return nil
}

func refuse(why string, args ...any) error {
	return fmt.Errorf("%w: "+why, append([]any{ErrName}, args...)...)
}

// hidden are control characters, those that change the direction, joiners, private and unassigned ones, and what is not UTF-8.
func hidden(r rune) bool { return r == utf8.RuneError || !unicode.IsGraphic(r) }

// slashLike are the slashes that NFKC leaves alone.
func slashLike(r rune) bool { return strings.ContainsRune("\u2044\u2215\u29f8\u29f5\u2216", r) }
