package search

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tenantgen/tenantgen/analyzer/internal/schemagen"
)

// shrinker makes a leak smaller: it takes pieces of the schema, of the statement and of
// the states away while the statement is still accepted and still differs.
type shrinker struct {
	w     *worker
	leak  *Leak
	until time.Time
}

// shrink returns a leak whose schema, statement and states have no piece too many.
func (w *worker) shrink(ctx context.Context, l *Leak, limit time.Duration) {
	s := &shrinker{w, l, time.Now().Add(limit)}
	for s.round(ctx) && time.Now().Before(s.until) {
	}
	_ = w.try(ctx, l)
}

func (s *shrinker) round(ctx context.Context) bool {
	changed := s.words(ctx)
	for _, op := range schemagen.Reductions(s.leak.Schema, s.leak.Pair) {
		if time.Now().After(s.until) {
			return false
		}
		undo := op()
		if s.still(ctx, s.leak.Text, s.leak.Values) {
			changed = true
		} else {
			undo()
		}
	}
	return changed
}

// still reports whether a smaller candidate leaks in the same way.
func (s *shrinker) still(ctx context.Context, text string, values [][]byte) bool {
	l := *s.leak
	l.Text, l.Values, l.Crossing = text, values, nil
	if !s.w.try(ctx, &l) || l.Kind != s.leak.Kind {
		return false
	}
	for _, x := range l.Crossing {
		if !slices.Contains(s.leak.Crossing, x) {
			return false
		}
	}
	*s.leak = l
	return true
}

var word = regexp.MustCompile(`'(?:[^']|'')*'|\$\d+|[\w.]+|::|[<>=]+|\s+|.`)

// words takes words out of the statement.
func (s *shrinker) words(ctx context.Context) bool {
	changed := false
	for size := 24; size > 0; size /= 2 {
		list := slices.DeleteFunc(word.FindAllString(s.leak.Text, -1), func(x string) bool { return strings.TrimSpace(x) == "" })
		for i := 0; i+size <= len(list); i++ {
			if time.Now().After(s.until) {
				return false
			}
			less := slices.Concat(list[:i], list[i+size:])
			text, values := renumber(less, s.leak.Values)
			if balanced(list[i:i+size]) && s.still(ctx, text, values) {
				list, changed = word.FindAllString(text, -1), true
				list = slices.DeleteFunc(list, func(x string) bool { return strings.TrimSpace(x) == "" })
				i--
			}
		}
	}
	return changed
}

func balanced(list []string) bool {
	n := 0
	for _, x := range list {
		switch x {
		case "(", "[":
			n++
		case ")", "]":
			n--
		}
		if n < 0 {
			return false
		}
	}
	return n == 0
}

// renumber joins words and leaves no parameter out.
func renumber(list []string, values [][]byte) (string, [][]byte) {
	var b strings.Builder
	var kept [][]byte
	numbers := map[string]string{}
	last := ""
	for _, x := range list {
		if strings.HasPrefix(x, "$") {
			if numbers[x] == "" {
				n := 0
				for _, d := range x[1:] {
					n = n*10 + int(d-'0')
				}
				kept = append(kept, values[n-1])
				numbers[x] = "$" + itoa(len(kept))
			}
			x = numbers[x]
		}
		if last != "" && !strings.Contains("([.", last) && !strings.Contains(")].,", x) && x != "::" && last != "::" && (x != "(" || !name(last)) {
			b.WriteString(" ")
		}
		b.WriteString(x)
		last = x
	}
	return b.String(), kept
}

func name(x string) bool {
	return len(x) > 0 && x[0] >= 'a' && x[0] <= 'z'
}

func itoa(n int) string {
	if n >= 10 {
		return itoa(n/10) + itoa(n%10)
	}
	return string(rune('0' + n))
}

// try runs a leak from the beginning and fills in what differs.
func (w *worker) try(ctx context.Context, l *Leak) bool {
	s, _ := load(l.Schema)
	if s == nil {
		return false
	}
	x := s.judge(&schemagen.Statement{Text: l.Text, Set: l.Set}, w.opts.IgnoreVerdict)
	if x == nil || !w.fits(x, l) {
		return false
	}
	defer w.exec(ctx, "ROLLBACK; DEALLOCATE ALL")
	if w.begin(ctx, s.Schema) != nil {
		return false
	}
	d, err := w.conn.Prepare(ctx, "q", x.Text, nil)
	if err != nil || len(d.ParamOIDs) != len(l.Values) {
		return false
	}
	if _, err := w.conn.Prepare(ctx, "dump", s.Dump(), nil); err != nil {
		return false
	}
	x.name = "q"
	deep := s.deep(x)
	l.Crossing = nil
	stable, err := w.again(ctx, s, l, &trial{x, l.Values, deep || l.Pair.Inner})
	return err == nil && stable && covered(x.result.Assumes, l.Crossing) == ""
}

// fits reports whether the tenant still stands where the analyzer finds it.
func (w *worker) fits(x *candidate, l *Leak) bool {
	for level, n := range x.result.Tenants {
		want := []string{l.Pair.Tenant, l.Pair.Project}[level]
		if l.Set {
			want = l.Pair.Array()
		}
		if n > 0 && (n > len(l.Values) || string(l.Values[n-1]) != want) {
			return false
		}
	}
	return !l.Pair.Inner || len(x.result.Tenants) > 1 && x.result.Tenants[1] > 0 || x.result.Verdict == "global" || w.opts.IgnoreVerdict
}
