package refusal

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/internal/prover"
)

// nears has the words for each reason why a condition does not do: for those of what it says
// behind the condition itself, for those of its place behind a colon.
var nears = map[prover.NearKind]func(*prover.NearMiss) string{
	prover.NoEquality:   noEquality,
	prover.OneTenant:    says(" names one tenant for every caller"),
	prover.OtherColumn:  says(" ties it to a column that is not confined to the tenant either"),
	prover.Computed:     says(" compares with a computed value"),
	prover.MixedParam:   mixedParam,
	prover.InHaving:     stands("HAVING filters groups, after the rows of other tenants went into them"),
	prover.InSelectList: stands("a condition in the select list filters nothing"),
	prover.OnPreserves: func(n *prover.NearMiss) string {
		return stands("the ON of " + n.Join.String() + " does not filter the preserved side")(n)
	},
	prover.UnderOr:      stands("the condition stands under OR, and another arm lets other rows through"),
	prover.Negated:      stands("the condition is negated"),
	prover.OneOfSeveral: stands("IN is true of any of its values"),
	prover.Chosen:       says(" may be any of its values, and lets every row through where that is the row's own"),
	prover.FromSession:  says(" is what the session has: no parameter says whose rows are meant"),
}

// noEquality is about a comparison: one by "=" converts what it compares.
func noEquality(n *prover.NearMiss) string {
	if n.Text == "=" {
		return "what is compared is converted first, so that different values may be equal"
	}
	return `"` + n.Text + `" is not an equality with one tenant`
}

func near(n *prover.NearMiss) string { return nears[n.Why](n) }

func says(what string) func(*prover.NearMiss) string {
	return func(n *prover.NearMiss) string { return n.Text + what }
}

func stands(why string) func(*prover.NearMiss) string {
	return func(n *prover.NearMiss) string {
		if n.Text == "" {
			return why
		}
		return n.Text + ": " + why
	}
}

// mixedParam explains that a parameter is not one value in all places.
func mixedParam(n *prover.NearMiss) string {
	if len(n.Types) > 1 {
		return fmt.Sprintf("%s is compared as %s and as %s, for which different values may be one", n.Param.Text, n.Types[0], n.Types[1])
	}
	return n.Param.Text + " stands elsewhere where PostgreSQL may give it a type that changes its value"
}
