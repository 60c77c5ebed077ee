package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen"
	"github.com/tenantgen/tenantgen/analyzer"
)

// count is how many findings there are of one rule, or about one table.
type count struct {
	name             string
	errors, warnings int
}

// counts prints how many findings there are by rule and by table, in place of them.
func (inv *invocation) counts(r *tenantgen.Report) error {
	inv.tally("rule", r.Diagnostics, func(d analyzer.Diagnostic) string { return d.Rule })
	inv.tally("table", r.Diagnostics, func(d analyzer.Diagnostic) string { return cmp.Or(d.Table, "(no table)") })
	_, err := fmt.Fprintln(inv.note(), summarize(r))
	return err
}

func (inv *invocation) tally(head string, ds []analyzer.Diagnostic, name func(analyzer.Diagnostic) string) {
	list := tallied(ds, name)
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(inv.out, "errors  warnings  %s\n", head)
	for _, c := range list {
		fmt.Fprintf(inv.out, "%6d  %8d  ", c.errors, c.warnings)
		style := bad
		if c.errors == 0 {
			style = doubt
		}
		inv.out.paint(style, "%s", unbroken(c.name))
		fmt.Fprintln(inv.out)
	}
	fmt.Fprintln(inv.out)
}

// tallied counts findings by a name of each, the most errors first.
func tallied(ds []analyzer.Diagnostic, name func(analyzer.Diagnostic) string) []*count {
	var list []*count
	by := map[string]*count{}
	for _, d := range ds {
		c := by[name(d)]
		if c == nil {
			c = &count{name: name(d)}
			by[c.name], list = c, append(list, c)
		}
		if d.Severity == analyzer.Warning {
			c.warnings++
		} else {
			c.errors++
		}
	}
	slices.SortFunc(list, func(a, b *count) int {
		return cmp.Or(cmp.Compare(b.errors, a.errors), cmp.Compare(b.warnings, a.warnings), strings.Compare(a.name, b.name))
	})
	return list
}
