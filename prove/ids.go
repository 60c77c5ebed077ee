package prove

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// tenants invents the tenants of each level, in the types of its columns.
func (w *world) tenants() error {
	for i, l := range w.in.Tenancy.Levels {
		lv := level{Level: l}
		if kinds := w.idKinds(i); kinds.some {
			lv.families = kinds.families(i)
			lv.tenants = lv.families[0]
		} else if i == 0 {
			return fmt.Errorf("no table belongs to a tenant by its own column, so there is nothing to prove")
		}
		w.levels = append(w.levels, lv)
	}
	return nil
}

// adopt makes rows and queries be of another family of tenants.
func (w *world) adopt(family int) error {
	for i := range w.levels {
		if all := w.levels[i].families; all != nil {
			w.levels[i].tenants = all[family%len(all)]
		}
	}
	w.family = family
	return w.conditions()
}

// families is the number of families of tenants that there are.
func (w *world) families() int {
	n := 1
	for _, l := range w.levels {
		n = max(n, len(l.families))
	}
	return n
}

// idKinds is what is known of the types that hold the tenants of a level.
type idKinds struct {
	some, uuid, number, text bool
	fraction, float          bool
	lengths                  []int // of texts that are cut
	defaults                 []string
}

func (w *world) idKinds(l int) idKinds {
	var k idKinds
	for _, t := range w.tables {
		if t.owner.Kind != tenancy.Column || t.owner.Level != l {
			continue
		}
		c := t.columns[t.owner.Column]
		base := w.base(c.typ)
		k.some = true
		switch {
		case base.name == "uuid":
			k.uuid = true
		case base.category == "N":
			k.number = true
			k.fraction = k.fraction || base.name == "numeric"
			k.float = k.float || strings.HasPrefix(base.name, "float")
		default:
			k.text = true
			if n := w.textLength(c); n > 0 && !slices.Contains(k.lengths, n) {
				k.lengths = append(k.lengths, n)
			}
		}
		if c.fallback != "" {
			k.defaults = append(k.defaults, c.fallback)
		}
	}
	slices.Sort(k.lengths)
	return k
}

// textLength is how many characters, or bytes, a column of texts holds; 0 for any.
func (w *world) textLength(c *column) int {
	if w.base(c.typ).name == "name" {
		return 63
	}
	return c.length
}

// families are ids of tenants, the first of each the one that queries run for. In the
// first family they are plainly different, and it stands between the others, so that no
// comparison by order keeps them apart. In all others they are nearly the same: but for
// case, for blanks, for what a length or a scale cuts off.
func (k idKinds) families(level int) [][]string {
	all := [][]string{k.plain(level)}
	if k.uuid {
		return all
	}
	if k.text {
		all = append(all, k.nearTexts(level)...)
	}
	if k.fraction || k.float {
		all = append(all, []string{"1.4", "1", "1.6", "2"})
	}
	if k.float {
		all = append(all, []string{"9007199254740993", "9007199254740992", "16777217", "16777216"})
	}
	return distinct(all, all[0])
}

// distinct takes what is the tenant's own id out of each family, and fills it up.
func distinct(all [][]string, plain []string) [][]string {
	for i, ids := range all {
		others := slices.DeleteFunc(slices.Concat(ids[1:], plain), func(id string) bool { return id == ids[0] })
		all[i] = append(ids[:1:1], others[:3]...)
	}
	return all
}

// plain are ids that differ for every type, with a default of the tenant column among
// them: whom rows fall to that lose their tenant.
func (k idKinds) plain(level int) []string {
	ids := make([]string, 4)
	for i, n := range []int{3, 1, 5, 2} {
		n += 10 * level
		switch {
		case k.uuid:
			ids[i] = fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
		case k.number:
			ids[i] = fmt.Sprint(n)
		default:
			ids[i] = fmt.Sprintf("t%02d", n)
		}
	}
	for _, d := range k.defaults {
		if !slices.Contains(ids, d) {
			ids[3] = d
		}
	}
	return ids
}

// nearTexts are families of texts that one equality or another takes for the same.
func (k idKinds) nearTexts(level int) [][]string {
	word := string(rune('a'+level)) + "cme"
	if k.number {
		word = fmt.Sprint(7 + level) // it has to be a number elsewhere
	}
	all := [][]string{{word, strings.ToUpper(word), word + " ", word + "  "}}
	lengths := k.lengths
	if len(lengths) == 0 {
		lengths = []int{utf8.RuneCountInString(word)}
	}
	for _, n := range lengths[:min(len(lengths), 3)] {
		full := strings.Repeat(word, 1+n/len(word))[:n]
		all = append(all, []string{full + " ", full, strings.ToUpper(full), full + "  "})
		if len(k.lengths) > 0 {
			all = append(all, []string{full + "9", full, full + "8", full + " "})
		}
	}
	return all
}
