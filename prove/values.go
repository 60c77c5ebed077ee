package prove

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// values draws random values. Their domains are small, so that rows meet in joins and
// other tenants have the same values; they grow with every attempt that failed.
type values struct {
	*world
	rng       *rand.Rand
	clock     time.Time // about the database's
	irregular bool      // also values that are nearly the same
}

// spread is the size of the domain at an attempt.
func spread(attempt int) int { return 4 << min(attempt/3, 10) }

// column draws a value for a column; nil is NULL.
func (v *values) column(c *column, attempt int) *string {
	if !c.notNull && (v.rng.IntN(4) == 0 || v.irregular && c.linked && v.rng.IntN(4) == 0) {
		return nil
	}
	if len(c.learned) > 0 && v.rng.IntN(4) > 0 {
		s := c.learned[v.rng.IntN(len(c.learned))]
		if v.fits(c.typ, s) {
			return &s
		}
	}
	if v.irregular && len(c.rare) > 0 && v.rng.IntN(6) == 0 {
		return &c.rare[v.rng.IntN(len(c.rare))]
	}
	s := v.value(c.typ, c.name, attempt)
	if s == nil {
		return nil
	}
	if c.length > 0 && c.typ.category == "S" {
		if r := []rune(*s); len(r) > c.length {
			*s = string(r[len(r)-c.length:]) // what differs stands at the end
		}
	}
	return s
}

// fits keeps what was learned from one column of a check out of a column of another type.
func (v *values) fits(t *typ, s string) bool {
	switch t = v.base(t); {
	case t.category == "N":
		return numberText().MatchString(s)
	case t.kind == "e":
		return strings.Contains(","+strings.Join(t.values, ",")+",", ","+s+",")
	case t.category == "D":
		return len(s) >= 8 && s[0] >= '0' && s[0] <= '9' && strings.ContainsAny(s, "-:")
	case t.name == "uuid":
		return len(s) == 36
	case t.category == "B":
		return s == "t" || s == "f" || s == "true" || s == "false"
	}
	return t.category == "S" || t.category == "U"
}

// value draws a value of a type, in the text form of its input function; nil when
// nothing is known about the type.
func (v *values) value(t *typ, name string, attempt int) *string {
	n := v.rng.IntN(spread(attempt))
	text := func(format string, args ...any) *string { s := fmt.Sprintf(format, args...); return &s }
	switch t = v.base(t); {
	case t.kind == "e" && len(t.values) > 0:
		return text("%s", t.values[v.rng.IntN(len(t.values))])
	case t.kind == "c":
		return v.composite(t, attempt)
	case t.kind == "r":
		return v.span(t, attempt)
	case t.kind == "m":
		return text("{}")
	case t.elem != "" && t.elem != "0" && t.category == "A" && v.types[t.elem] != nil:
		var items []*string
		for range v.rng.IntN(3) {
			if item := v.value(v.types[t.elem], name, attempt); item != nil {
				items = append(items, item)
			}
		}
		return arrayText(items)
	case t.category == "D" || t.category == "T":
		return v.time(t, attempt)
	case t.name == "bool":
		return text("%t", n%2 == 0)
	case t.name == "oid" || t.category == "N" && t.kind == "b" && !strings.HasPrefix(t.name, "reg"):
		return text("%s", v.nearNumber(t, n))
	}
	switch t.name {
	case "uuid":
		return text("00000000-0000-4000-8000-%012x", 0x100+n)
	case "json", "jsonb":
		return text(`{"a": %d, "name": "%s"}`, n, word(name, n))
	case "bytea":
		return text(`\x%02x%02x`, n/256, n%256)
	case "inet", "cidr":
		return text("10.0.%d.%d/32", n/256, n%256)
	case "macaddr":
		return text("08:00:2b:01:%02x:%02x", n/256, n%256)
	case "macaddr8":
		return text("08:00:2b:01:02:03:%02x:%02x", n/256, n%256)
	case "point":
		return text("(%d,%d)", n, n+1)
	case "line":
		return text("{1,%d,3}", n)
	case "lseg", "box", "path":
		return text("((%d,0),(%d,1))", n, n+1)
	case "polygon":
		return text("((0,0),(%d,0),(0,%d))", n+1, n+1)
	case "circle":
		return text("<(0,0),%d>", n+1)
	case "tsvector", "xml":
		return text("%s", word(name, n))
	case "tsquery", "ltree":
		return text("%s", word("w", n))
	case "hstore":
		return text("a=>%d", n)
	case "bit":
		return text("%d", n%2)
	case "varbit":
		return text("%b", n)
	case "pg_lsn":
		return text("0/%X", n)
	case "char":
		return text("%c", 'a'+n%26)
	}
	if t.category == "S" || t.name == "citext" {
		return text("%s", v.nearText(word(name, n)))
	}
	return nil
}

// word is a text that tells where it comes from.
func word(name string, n int) string { return fmt.Sprintf("%s%d", plain(name), n) }

// offsets are distances from now, for queries that compare with it.
var offsets = []time.Duration{-40 * 24 * time.Hour, -25 * time.Hour, -2 * time.Hour, -time.Minute, 2 * time.Hour, 26 * time.Hour, 40 * 24 * time.Hour}

func (v *values) time(t *typ, attempt int) *string {
	at := v.clock.Add(offsets[v.rng.IntN(len(offsets))])
	if attempt > 6 {
		at = at.Add(time.Duration(v.rng.IntN(spread(attempt))) * time.Second)
	}
	s := at.Format("2006-01-02 15:04:05Z07:00")
	switch t.name {
	case "date":
		s = at.Format("2006-01-02")
	case "timestamp":
		s = at.Format("2006-01-02 15:04:05")
	case "time":
		s = at.Format("15:04:05")
	case "timetz":
		s = at.Format("15:04:05Z07:00")
	case "interval":
		s = fmt.Sprintf("%d minutes", 1+v.rng.IntN(spread(attempt)))
	}
	return &s
}

// span draws a range: [a,b) of two values of its subtype.
func (v *values) span(t *typ, attempt int) *string {
	sub := v.types[t.sub]
	if sub == nil {
		return nil
	}
	a, b := v.value(sub, "", attempt), v.value(sub, "", attempt)
	if a == nil || b == nil {
		return nil
	}
	if sub.category == "D" && *a > *b || sub.category == "N" && (len(*a) > len(*b) || len(*a) == len(*b) && *a > *b) {
		a, b = b, a
	}
	s := fmt.Sprintf(`["%s","%s"]`, *a, *b)
	return &s
}

func (v *values) composite(t *typ, attempt int) *string {
	parts := make([]string, len(t.fields))
	for i, oid := range t.fields {
		if f := v.types[oid]; f != nil {
			if s := v.value(f, "f", attempt); s != nil {
				parts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(*s) + `"`
			}
		}
	}
	s := "(" + strings.Join(parts, ",") + ")"
	return &s
}
