package rules

import (
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/tenancy"
)

var keyWithoutTenant = &Rule{
	Name:     "key-without-tenant",
	Title:    "a unique key omits the tenant, so it tells one tenant what another has",
	Severity: Warning,
	Kind:     Schema,
	Text: `PostgreSQL enforces a unique key over every row of the table, also over those
that row-level security hides (PostgreSQL manual, 5.9: "referential integrity
checks, such as unique or primary key constraints and foreign key references,
always bypass row security"). A tenant that inserts a value and gets a unique
violation learns that another tenant has it, and cannot use it itself.

Put the tenant column into the key. A value that has to be unique among all
tenants, such as a verified domain, is an oracle by design.

Not reported are keys with a column nobody can guess (uuid, bytea, a name that
ends in token, hash, digest or secret, unless it refers to a table that tenants
share), one that the database fills in (an identity, a serial, a primary key with
defaults), and keys of a table that holds one row per tenant.`,
	Bad:  `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, title text UNIQUE, PRIMARY KEY (org_id, id));`,
	Good: `CREATE TABLE notes (org_id uuid NOT NULL, id uuid, title text, PRIMARY KEY (org_id, id), UNIQUE (org_id, title));`,
	Run: func(p *Pass) {
		if p.Own.Citus {
			return // not-distributable reports every such key
		}
		for _, t := range p.tables() {
			if p.oneRowPerTenant(t) {
				continue
			}
			for _, k := range t.Keys {
				if !p.keyHasOwner(t, k) && !filledIn(t, k) && !slices.ContainsFunc(k.Columns, func(c string) bool { return p.unguessable(t, c) }) {
					p.reportKey(t, k)
				}
			}
		}
	},
}

func (p *Pass) reportKey(t *catalog.Table, k *catalog.Key) {
	what := "unique key"
	if k.Primary {
		what = "primary key"
	}
	columns := strings.Join(k.Columns, ", ")
	if k.Expression {
		columns = strings.TrimPrefix(columns+", an expression", ", ")
	}
	hint := "add " + p.tenantColumn(t) + " to the key"
	if p.tenantColumn(t) == "" {
		hint = "add the columns that refer to the parent to the key"
	}
	p.reportFix(k.Pos, t.Name.String(), hint, what+" ("+columns+") of "+t.Name.String()+" omits the tenant, so a tenant can find out what others have", p.keyFix(t, k))
}

// keyFix is the same key with the columns in front that show the owner. A key that
// the catalog does not know in full takes a person, and so does one by which child
// rows are declared to belong to t.
func (p *Pass) keyFix(t *catalog.Table, k *catalog.Key) Fix {
	var owner []string
	switch o := p.Own.Of(t); {
	case o.Kind == tenancy.Column:
		owner = []string{p.tenantColumn(t)}
	case len(o.Parents) == 1:
		for _, c := range o.Deciding() {
			owner = append(owner, t.Columns[c].Name)
		}
	}
	if len(owner) == 0 || k.Partial || k.Expression || k.Special || k.Deferrable || p.ownsBy(t, k) {
		return nil
	}
	rest := slices.DeleteFunc(slices.Clone(k.Columns), func(c string) bool { return slices.Contains(owner, c) })
	return ReplaceKey{t, k, append(owner, rest...)}
}

// ownsBy reports whether child rows name their row of t by this key alone.
func (p *Pass) ownsBy(t *catalog.Table, k *catalog.Key) bool {
	for _, child := range p.DB.Tables {
		for _, parent := range p.Own.Of(child).Parents {
			if parent.Table == t && slices.ContainsFunc(parent.On, func(on tenancy.Pair) bool { return slices.Contains(k.Columns, t.Columns[on.Parent].Name) }) {
				return true
			}
		}
	}
	return false
}

// keyHasOwner reports whether rows equal in the key have the same owner.
func (p *Pass) keyHasOwner(t *catalog.Table, k *catalog.Key) bool {
	if column := p.tenantColumn(t); column != "" {
		return slices.Contains(k.Columns, column)
	}
	o := p.Own.Of(t)
	return o.Kind == tenancy.Child && o.CoveredBy(t.ColumnIndexes(k.Columns))
}

// oneRowPerTenant reports whether the tenant column alone is a key: the only
// uniqueness that other columns can have is then one among tenants.
func (p *Pass) oneRowPerTenant(t *catalog.Table) bool {
	column := p.tenantColumn(t)
	return slices.ContainsFunc(t.Keys, func(k *catalog.Key) bool {
		return tenancy.Identifies(t, k) && slices.Equal(k.Columns, []string{column})
	})
}

// filledIn reports whether the database makes the key, so that no tenant chooses
// it: one column is an identity, or all are numbers or a primary key with defaults.
func filledIn(t *catalog.Table, k *catalog.Key) bool {
	all := !k.Expression && len(k.Columns) > 0
	for _, name := range k.Columns {
		c := t.Column(name)
		if c == nil {
			return false
		}
		if c.Identity {
			return true
		}
		all = all && c.HasDefault && (k.Primary || slices.Contains([]string{"int2", "int4", "int8"}, c.Type.Name.Name))
	}
	return all
}

// unguessable reports whether nobody can try out values of a column.
func (p *Pass) unguessable(t *catalog.Table, column string) bool {
	c := t.Column(column)
	if c == nil || c.Type.Array {
		return false
	}
	secret := slices.ContainsFunc([]string{"token", "hash", "digest", "secret"}, func(end string) bool { return strings.HasSuffix(strings.ToLower(column), end) })
	if name := c.Type.Name.Name; name != "uuid" && name != "bytea" && !secret {
		return false
	}
	return !slices.ContainsFunc(t.Foreign, func(f *catalog.ForeignKey) bool {
		to := p.DB.Table(f.RefTable)
		return slices.Contains(f.Columns, column) && to != nil && p.Own.Of(to).Kind == tenancy.Global
	})
}
