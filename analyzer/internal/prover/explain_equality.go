package prover

import (
	"fmt"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/query"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

// inexact explains that what an occurrence's tenant column equals need not be its value,
// and what to do about that; "" when the column's type is not the reason.
func inexact(at pin, owner tenancy.Owner) (why, hint string) {
	if owner.Kind != tenancy.Column {
		return "", ""
	}
	c := at.base.Table.Columns[owner.Column]
	switch name := c.Name; {
	case c.Value.Nondeterministic:
		return fmt.Sprintf("values of %s that differ are equal under its collation, which is nondeterministic, or created by no schema file", name),
			"give the column a deterministic collation, as CREATE COLLATION makes it"
	case tenancy.Family(c) == "":
		return fmt.Sprintf("values of %s that differ can be equal, or change on their way into it, since its type is %s", name, c.Value.Type.Name),
			"give the column a type whose equal values are the same, such as uuid, bigint or text"
	case c.Value.Modified && at.target && at.write == query.Insert:
		return fmt.Sprintf("%s stores what its type makes of a value, without an error: %s", name, loses(c)),
			fmt.Sprintf("let the type of %s have no modifier, and limit it with a CHECK", name)
	}
	return "", ""
}

// loses tells what the modifier of a type changes.
func loses(c *catalog.Column) string {
	if c.Value.Type.Name == "varchar" {
		return "varchar(n) drops blanks behind n characters"
	}
	return "a modifier of " + c.Value.Type.Name + " rounds"
}

// mixedParam explains that a parameter is not one value in all places, "" when it is.
func mixedParam(st *query.Statement, param *query.Param) string {
	if !param.Mixed {
		return ""
	}
	info := st.Param(param.Number)
	if len(info.Equals) > 1 {
		return fmt.Sprintf("%s is compared as %s and as %s, for which different values may be one", param.Text, info.Equals[0], info.Equals[1])
	}
	return param.Text + " stands elsewhere where PostgreSQL may give it a type that changes its value; cast it to one type in every place"
}
