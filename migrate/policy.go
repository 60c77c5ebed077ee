package migrate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/sqllex"
)

// The names of the policies that this package creates, and takes for its own
// when it finds them.
const (
	PolicyName = "tenant_isolation"
	FloorName  = "tenant_isolation_floor"

	readName = "tenant_isolation_read" // for tables with [Target.ReadAlso], as are the floors of one command
	setName  = "tenant_isolation_set"  // for tables with [Target.Set]; they have these floors as well
)

// floorOf names the floor of one command.
func floorOf(command string) string { return FloorName + "_" + command }

// PolicyNames are those of the policies that a table of tenants has, with [Target.ReadAlso]
// or without, and with [Target.Set] or without.
func PolicyNames(readAlso, set bool) []string {
	if !readAlso && !set {
		return []string{PolicyName, FloorName}
	}
	names := []string{PolicyName}
	if readAlso {
		names = append(names, readName)
	}
	if set {
		names = append(names, setName)
	}
	return append(names, floorOf("select"), floorOf("insert"), floorOf("update"), floorOf("delete"))
}

// ours reports whether this package made the policy.
func ours(pol *catalog.Policy) bool {
	return slices.Contains(PolicyNames(true, true), pol.Name) || slices.Contains(PolicyNames(false, false), pol.Name)
}

// OwnPolicy reports whether a policy of that name is one that this package makes.
func OwnPolicy(name string) bool { return ours(&catalog.Policy{Name: name}) }

// policy is a policy as it has to be.
type policy struct {
	name         string
	restrictive  bool
	command      string
	using, check string
	purpose      string
}

func (p policy) catalog() *catalog.Policy {
	return &catalog.Policy{Name: p.name, Restrictive: p.restrictive, Command: p.command, Using: p.using, Check: p.check}
}

// policiesFor returns the policies that a table needs.
func (c *conditions) policiesFor(t *Target) ([]policy, error) {
	using, check, err := c.tenantRows(t)
	if err != nil {
		return nil, err
	}
	also, err := c.declared(t, "read_also", t.ReadAlso)
	if err != nil {
		return nil, err
	}
	restrict, err := c.declared(t, "restrict", t.Restrict)
	if err != nil {
		return nil, err
	}
	// The restriction comes last, so that a row of another tenant does not get that far.
	only := func(condition string) string {
		if restrict == "" {
			return condition
		}
		return "(" + condition + ") AND (" + restrict + ")"
	}
	lets, keeps := "lets the current tenant's rows through"+restsOn(t), "keeps other policies from letting more through"
	list := []policy{{PolicyName, false, "all", only(using), only(check), lets}}
	set, err := c.setRows(t)
	if err != nil {
		return nil, err
	}
	if also == "" && set == "" {
		return append(list, policy{FloorName, true, "all", only(using), only(check), keeps}), nil
	}
	if c.first {
		return append(list,
			policy{readName, false, "select", only(also), "", ""},
			policy{FloorName, true, "all", only("(" + using + ") OR (" + also + ")"), only(check), ""},
			policy{floorOf("update"), true, "update", only(using), only(check), ""},
			policy{floorOf("delete"), true, "delete", only(using), "", ""}), nil
	}
	// What else may be read may not be written, so every command has a floor of its own.
	// One floor for all would admit what may be read to DELETE as well where AS RESTRICTIVE
	// gets lost, as on the shards of Citus.
	readable := "(" + using + ")"
	if also != "" {
		readable += " OR (" + also + ")"
		list = append(list, policy{readName, false, "select", only(also), "", "lets the current tenant read what read_also says"})
	}
	if set != "" {
		readable += " OR (" + set + ")"
		list = append(list, policy{setName, false, "select", only(set), "", "lets the rows of a set of tenants be read where the call is for one, and for no tenant alone"})
	}
	return append(list,
		policy{floorOf("select"), true, "select", only(readable), "", keeps},
		policy{floorOf("insert"), true, "insert", "", only(check), "keeps new rows the current tenant's"},
		policy{floorOf("update"), true, "update", only(using), only(check), "keeps updates to the current tenant's rows"},
		policy{floorOf("delete"), true, "delete", only(using), "", "keeps deletes to the current tenant's rows"},
	), nil
}

// restsOn says whose policies decide about a child's rows.
func restsOn(t *Target) string {
	var parents []string
	for _, p := range t.Parents {
		parents = append(parents, p.Table.Name.String())
	}
	for _, root := range t.Roots {
		parents = append(parents, root.Table.Name.String())
	}
	switch {
	case len(parents) == 0:
		return ""
	case t.Kind == Column:
		return ", of each tenant that is set; what an outer one's are the policies of " + strings.Join(parents, " and ") + " say, so row-level security must stay forced there"
	}
	return ": those that belong to a row which the policies of " + strings.Join(parents, " or ") + " let through, so row-level security must stay forced there"
}

// declared returns a condition of the configuration in a form that stays within the
// parentheses put around it, with the current tenant for @ and its name.
func (c *conditions) declared(t *Target, key, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	ts := tokens(text)
	if len(ts) == 0 || closing(slices.Concat([]string{"("}, ts, []string{")"})) != len(ts)+1 || slices.ContainsFunc(ts, incomplete) {
		return "", fmt.Errorf("table %s: %s is not one complete condition: %s", t.Table.Name, key, text)
	}
	named, err := NameTenant(text, t.Names, func() (string, error) { return c.currentOf(t) })
	if err != nil {
		return "", fmt.Errorf("table %s: %s %w", t.Table.Name, key, err)
	}
	return named, checkNames(ts...)
}

// NameTenant writes a condition of the configuration with the tenant in the place of
// @name, where names are those of the tenant.
func NameTenant(text string, names []string, tenant func() (string, error)) (string, error) {
	ts := tokens(text)
	var out []string
	for i := 0; i < len(ts); i++ {
		if ts[i] != "@" {
			out = append(out, ts[i])
			continue
		}
		if i++; i == len(ts) || !slices.ContainsFunc(names, func(name string) bool { return QuoteIdent(name) == ts[i] }) {
			return "", fmt.Errorf("mentions @ without the name of the tenant: %s", text)
		}
		current, err := tenant()
		if err != nil {
			return "", err
		}
		out = append(out, current)
	}
	return spaced(out), nil
}

// currentOf prints the current tenant as the rows of t have it: children as a parent of their
// level does.
func (c *conditions) currentOf(t *Target) (string, error) {
	level := len(t.Outer)
	for range len(c.targets) + 1 {
		if t.Kind == Column {
			typ, err := c.castType(t)
			return c.current(t, typ), err
		}
		i := slices.IndexFunc(t.Parents, func(p Parent) bool { return len(c.targets[p.Table.Name].Outer) == level })
		if i < 0 {
			break
		}
		t = c.targets[t.Parents[i].Table.Name]
	}
	return "", fmt.Errorf("table %s: its parents lead to no tenant column", t.Table.Name)
}

// incomplete reports whether a token cannot stand in an expression, or ends in the middle of a quotation.
func incomplete(token string) bool {
	switch token[0] {
	case ';', '$':
		return true
	case '"', '\'':
		return len(token) < 2 || token[len(token)-1] != token[0]
	}
	return sqllex.StartsWord(token[0]) && strings.Contains(token, "'") && !strings.HasSuffix(token, "'")
}

// spaced joins tokens as people would, near enough.
func spaced(ts []string) string {
	var b strings.Builder
	for i, t := range ts {
		if i > 0 && !adjoins(ts[i-1], t) {
			b.WriteByte(' ')
		}
		b.WriteString(t)
	}
	return b.String()
}

// adjoins reports whether a token stands right behind another.
func adjoins(before, t string) bool {
	name := nameStart(before[0])
	switch {
	case before == "(", before == "::", before == "." && nameStart(t[0]), t == ")", t == ",", t == "::":
		return true
	case t == ".":
		return name
	case t == "(":
		return name && !reserved[before]
	}
	return false
}

func nameStart(c byte) bool { return c == '"' || sqllex.StartsWord(c) }
