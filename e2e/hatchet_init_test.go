package e2e

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
	"github.com/tenantgen/tenantgen/config"
)

// TestHatchetsProposal compares what init proposes for a large application with what was
// written for it by hand: in 95 of 100 entries at least they agree. An entry agrees when it
// says the same of the same table, or names a function that init says to look at. Functions
// that need nobody's word are counted as neither, when all verdicts stay without them.
func TestHatchetsProposal(t *testing.T) {
	file := hatchetFile(t)
	hand, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	byHand := verdicts(t, file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), "options:\n")
	write(t, file, before)
	p, err := tenantgen.Propose(file, tenantgen.Wishes{})
	if err != nil || p.Unwritable != nil {
		t.Fatal(err, p)
	}
	write(t, file, p.Text)
	proposed, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	agree, all := agreement(t, hand.Tenant, proposed.Tenant)
	listed, idle := 0, []string{}
	for _, f := range hand.Tenant.Functions {
		if strings.Contains(p.Block, "# "+f.Name+": {safe: <why>}") {
			listed++
		} else {
			idle = append(idle, f.Name)
		}
	}
	write(t, file, withoutFunctions(string(text), idle))
	if without := verdicts(t, file); !maps.Equal(without, byHand) {
		t.Errorf("functions %v need somebody's word: %v without, %v with it", idle, without, byHand)
	}
	agree, all = agree+listed, all+listed
	t.Logf("%d of %d entries agree (%.1f in a hundred); %d functions need no word; %d of %d queries are proved by the proposal alone", agree, all, 100*float64(agree)/float64(all), len(idle), p.Proved, p.Queries)
	if agree*100 < 95*all {
		t.Errorf("only %d of %d entries agree", agree, all)
	}
	write(t, file, p.Text)
	if n := verdicts(t, file); n[analyzer.Scoped]+n[analyzer.Global] != p.Proved || p.Proved < 200 {
		t.Errorf("%v, and %d are said to be proved", n, p.Proved)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// agreement counts the entries by hand that are proposed as well: the tenant column, and tables.
func agreement(t *testing.T, hand, proposed config.Tenant) (agree, all int) {
	if all++; slices.Equal(slices.Sorted(slices.Values(hand.Columns)), slices.Sorted(slices.Values(proposed.Columns))) {
		agree++
	}
	said := map[string]string{}
	for _, d := range proposed.Tables {
		said[d.Name] = declared(d)
	}
	for _, d := range hand.Tables {
		if all++; said[d.Name] == declared(d) {
			agree++
		} else {
			t.Logf("%s: %s by hand, %q proposed", d.Name, declared(d), said[d.Name])
		}
	}
	return agree, all
}

// declared is what an entry says of whose rows a table has.
func declared(d config.Table) string {
	text := fmt.Sprint(d.TenantColumn, d.Level, d.Global)
	for _, p := range d.Parents {
		on := slices.Clone(p.On)
		slices.SortFunc(on, func(a, b config.Pair) int { return strings.Compare(a.Child, b.Child) })
		text += fmt.Sprint(" ", p.Table, on, p.When, p.Where)
	}
	return text
}

// withoutFunctions leaves out entries of functions.
func withoutFunctions(text string, names []string) string {
	for _, n := range names {
		text = regexp.MustCompile(`(?m)^ *"`+regexp.QuoteMeta(n)+`": \{safe: .*\n`).ReplaceAllString(text, "")
	}
	return text
}
