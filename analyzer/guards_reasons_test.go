package analyzer_test

import "strings"

// guardReasons says of mutants of our own code that no test notices why they change no
// verdict for the worse, one a line: name | reason.
var guardReasons = func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(`
checker checker.filter: where == nil = false | hasSub says of nothing that it has no sub-select
checker checker.filter: !hasSub(where) = false | saves time: every conjunct is asked again
checker checker.levelsAgree: m.Of(t).Level == 0 = false | saves time: the outermost level has no outer one to agree with
checker checker.keptIn: level < 0 = false | anchors finds no key over the column of a level that there is not
checker checker.relates: from.table.Unsure != "" && st.Kind != certificate.ParentRow = false | tenancy's Identifies and Carries ask it of the table with the key
checker checker.relates: st.Key.Class = false | tenancy's Identifies asks it, too
checker checker.justified: !ok = false | holds says of no OR that it is not true
checker checker.isMember: sub.Test[i] == nil = false | ValueOf and TermOf know no value of nothing
checker checker.isOwner: r.table == nil = false | tenancy says of no table that it has a tenant column
checker checker.relates: !sameTenant(from.table.Columns[k.own.Of(from.table).Column], to.table.Columns[k.own.Of(to.table).Column]) = false | tenancy's Carries compares the families, too
checker checker.relates: st.Foreign.Class = false | tenancy's Carries asks it, too
checker checker.fed: !sel.Aggregate = false | a level whose aggregates it does not tell of is refused by belongs, and one without aggregates feeds none
checker checker.fed: o.Filter == nil = false | assume takes nothing from no filter: what follows then is true of every row
checker checker.eitherSide: len(or.Args) == 0 = false | saysOf asks for an arm
checker checker.eitherSide: !a.IsColumn() = false | across knows no side of what is no column
checker checker.eitherSide: !b.IsParam() = false | what is equal to a column on either side is the same value as well
checker scope.fromLevel: q.Having == nil = false | ofGroups says of no condition that it is not about groups
checker scope.fromLevel: q.Group == nil = false | without groups HAVING is of one row, which perRow asks; what has neither ends in a panic, which refuses
checker checker.justified: len(or.Args) == 0 = false | everyArm asks for an arm that can be true
checker checker.isElement: !k.cert.Set = false | no step leads on from an element, and a chain ends with one in the proof for a set alone
checker scope.reconsider: known == query.Inner = false | saves time: an inner join stays one
`) {
		if name, reason, ok := strings.Cut(line, " | "); ok {
			m[name] = strings.TrimSpace(reason)
		}
	}
	return m
}()
