package migrate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// customSetting matches the settings that applications may define. One without
// a dot is PostgreSQL's own, and a client sets several of those when it connects.
var customSetting = lazyre.New(`^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)+$`)

// check refuses what cannot become a sound migration.
func (w *Wanted) check() error {
	errs := []error{checkRole("app_role", w.AppRole), checkRole("cross_tenant_role", w.CrossTenantRole), w.checkSource(), w.checkAccess()}
	seen := map[catalog.Name]bool{}
	for i := range w.Targets {
		t := &w.Targets[i]
		if t.Table == nil {
			errs = append(errs, errors.New("a tenant table is not in the catalog"))
			continue
		}
		if seen[t.Table.Name] {
			errs = append(errs, fmt.Errorf("table %s is wanted twice", t.Table.Name))
		}
		seen[t.Table.Name] = true
	}
	for i := range w.Targets {
		if t := &w.Targets[i]; t.Table != nil {
			errs = append(errs, t.check(seen))
			if w.Citus {
				errs = append(errs, t.checkPlaced())
			}
		}
	}
	return errors.Join(append(errs, w.checkGlobals(seen))...)
}

func (w *Wanted) checkGlobals(targets map[catalog.Name]bool) error {
	var errs []error
	for _, g := range w.Globals {
		switch {
		case g.Table == nil:
			errs = append(errs, errors.New("a global table is not in the catalog"))
		case targets[g.Table.Name]:
			errs = append(errs, fmt.Errorf("table %s is both global and a tenant table", g.Table.Name))
		default:
			errs = append(errs, checkNames(g.Table.Name.Schema, g.Table.Name.Name))
		}
	}
	return errors.Join(errs...)
}

func checkRole(key, role string) error {
	switch {
	case role == "":
		return nil
	case role == "public", role == "none", strings.HasPrefix(role, "pg_"):
		return fmt.Errorf("%s %s: PostgreSQL reserves this name", key, role)
	}
	return checkNames(role)
}

// checkAccess knows the privileges that queries need; others are for owners.
func (w *Wanted) checkAccess() error {
	var errs []error
	for _, a := range w.CrossTenant {
		if a.Table == nil {
			errs = append(errs, errors.New("a table of a cross-tenant query is not in the catalog"))
			continue
		}
		for _, privilege := range a.Privileges {
			if !slices.Contains([]string{"select", "insert", "update", "delete"}, privilege) {
				errs = append(errs, fmt.Errorf("table %s: %s is no privilege that queries need", a.Table.Name, privilege))
			}
		}
		errs = append(errs, checkNames(a.Table.Name.Schema, a.Table.Name.Name))
	}
	return errors.Join(errs...)
}

func (w *Wanted) checkSource() error {
	both, none := w.Source.Setting != "" && len(w.Source.JWTClaim) > 0, w.Source.Setting == "" && len(w.Source.JWTClaim) == 0
	lacks := func(t Target) bool { return t.Kind == Column && t.Setting == "" }
	if both || none && slices.ContainsFunc(w.Targets, lacks) {
		return errors.New("the current tenant comes from either a setting or a JWT claim: give exactly one of them")
	}
	errs := []error{checkSetting(w.Source.Setting), checkNames(w.Source.JWTClaim...)}
	for _, t := range w.Targets {
		errs = append(errs, checkSetting(t.Setting))
		for _, o := range t.Outer {
			errs = append(errs, checkSetting(o.Setting))
		}
	}
	return errors.Join(errs...)
}

func checkSetting(name string) error {
	if name != "" && !customSetting().MatchString(name) {
		return fmt.Errorf("setting %q: give a name with a dot, such as app.org_id", name)
	}
	return nil
}

// check takes the names of all tenant tables.
func (t *Target) check(targets map[catalog.Name]bool) error {
	errs := []error{checkNames(t.Table.Name.Schema, t.Table.Name.Name, t.Column, t.Type), t.checkLevels(targets)}
	switch t.Kind {
	case Column:
		errs = append(errs, hasColumn(t.Table, t.Column))
	case Child:
		errs = append(errs, t.checkParents(targets))
	default:
		errs = append(errs, fmt.Errorf("table %s: unknown kind %d", t.Table.Name, t.Kind))
	}
	return errors.Join(errs...)
}

// checkLevels takes the names of all tenant tables.
func (t *Target) checkLevels(targets map[catalog.Name]bool) error {
	var errs []error
	for _, o := range t.Outer {
		if o.Column != "" {
			errs = append(errs, hasColumn(t.Table, o.Column))
		}
	}
	for _, root := range t.Roots {
		if root.Table == nil || !targets[root.Table.Name] {
			errs = append(errs, fmt.Errorf("table %s: the table of the tenants that its %s names is not a tenant table", t.Table.Name, root.Column))
			continue
		}
		errs = append(errs, hasColumn(t.Table, root.Column), hasColumn(root.Table, root.Key))
	}
	return errors.Join(errs...)
}

// checkPlaced refuses, for Citus, rows that do not name the tenants of all levels around
// their own: the policy cannot ask another table in which of them they lie, and would leave
// out the level.
func (t *Target) checkPlaced() error {
	var errs []error
	for _, o := range t.Outer {
		if c := t.Table.Column(o.Column); t.Kind == Column && (c == nil || !c.NotNull) {
			errs = append(errs, fmt.Errorf("table %s: Citus refuses the sub-select by which a policy finds the tenant of %s for its rows; give it that level's column, NOT NULL", t.Table.Name, o.Setting))
		}
	}
	return errors.Join(errs...)
}

func (t *Target) checkParents(targets map[catalog.Name]bool) error {
	var errs []error
	if len(t.Parents) == 0 {
		errs = append(errs, fmt.Errorf("table %s: no parent is given", t.Table.Name))
	}
	for _, p := range t.Parents {
		switch {
		case p.Table == nil:
			errs = append(errs, fmt.Errorf("table %s: a parent is not in the catalog", t.Table.Name))
		case !targets[p.Table.Name]:
			errs = append(errs, fmt.Errorf("table %s: its parent %s is not a tenant table", t.Table.Name, p.Table.Name))
		case len(p.On) == 0:
			errs = append(errs, fmt.Errorf("table %s: no columns are given that refer to %s", t.Table.Name, p.Table.Name))
		default:
			errs = append(errs, p.checkColumns(t.Table))
		}
	}
	return errors.Join(append(errs, t.checkSharedKey())...)
}

func (p *Parent) checkColumns(child *catalog.Table) error {
	var errs []error
	for _, pair := range p.On {
		errs = append(errs, hasColumn(child, pair.Child), hasColumn(p.Table, pair.Parent))
	}
	for _, m := range p.When {
		errs = append(errs, hasColumn(child, m.Column), checkNames(m.Value))
	}
	for _, t := range p.Where {
		errs = append(errs, hasColumn(p.Table, t.Column), checkNames(t.Value))
	}
	return errors.Join(errs...)
}

// checkSharedKey refuses a key that several parents share unless its values
// tell the parents apart: note 5 of one tenant and task 5 of another would both own the row.
func (t *Target) checkSharedKey() error {
	p := sharedKey(t.Parents)
	if p == nil || slices.ContainsFunc(p.On, func(on Pair) bool { return isUUID(t.Table.Column(on.Child)) }) {
		return nil
	}
	return fmt.Errorf("table %s: the columns that refer to %s also refer to another parent, and as none is a uuid, a row may match parents of two tenants",
		t.Table.Name, p.Table.Name)
}

func isUUID(c *catalog.Column) bool {
	return c != nil && !c.Type.Array && c.Type.Name == catalog.Name{Schema: "pg_catalog", Name: "uuid"}
}

func hasColumn(t *catalog.Table, name string) error {
	if t.Column(name) == nil {
		return fmt.Errorf("table %s has no column %s", t.Name, name)
	}
	return checkNames(name)
}

// checkNames refuses names with control characters. Migration tools read their
// own markers line by line, inside quotes too.
func checkNames(names ...string) error {
	for _, n := range names {
		if strings.ContainsFunc(n, unicode.IsControl) {
			return fmt.Errorf("the name %q has a control character, which migration files cannot hold safely", n)
		}
	}
	return nil
}
