package tenantgen

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
	"github.com/tenantgen/tenantgen/migrate"
)

// Refused is what generate does not do although it could: each error is a *config.Error with
// what to write instead. It counts as findings.
type Refused struct{ errs []error }

func (r *Refused) Error() string { return errors.Join(r.errs...).Error() }

// Unwrap returns the errors.
func (r *Refused) Unwrap() []error { return r.errs }

// refusal returns the errors as one, nil when there are none.
func refusal(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return &Refused{errs}
}

// widens refuses steps by which tenants may see or change more than by the migrations so far,
// unless somebody said that they shall.
func (p *Project) widens(steps []migrate.Step) error {
	var errs []error
	for _, s := range steps {
		if s.Widens == nil || p.AllowWidening {
			continue
		}
		errs = append(errs, &config.Error{File: p.Config.Path, Line: p.declaredAt(s.Widens.Table), Column: 1, Msg: fmt.Sprintf("the next migration widens table %s: %s", s.Widens.Table, s.Widens.What),
			Hint: "if that is meant, generate --allow-widening writes it; otherwise declare the table as it was"})
	}
	return refusal(errs)
}

// notes say aloud what a migration opens: what widens tables, and what roles are granted that
// have been granted something before.
func (p *Project) notes(steps []migrate.Step) []string {
	known := func(role string) bool {
		return role != "" && slices.ContainsFunc(p.Units, func(u *Unit) bool {
			return slices.ContainsFunc(u.Schema.Grants, func(g *catalog.Grant) bool { return g.Role == role })
		})
	}
	var list []string
	for _, s := range steps {
		if s.Widens != nil {
			list = append(list, fmt.Sprintf("widens  table %s: %s", s.Widens.Table, s.Widens.What))
		}
		for _, role := range []string{p.Config.Tenant.AppRole, p.Config.Tenant.CrossTenantRole} {
			if known(role) && len(s.SQL) == 1 && strings.HasPrefix(s.SQL[0], "GRANT ") && strings.HasSuffix(s.SQL[0], " TO "+migrate.QuoteIdent(role)+";") {
				list = append(list, "grants  "+strings.TrimSuffix(strings.TrimPrefix(s.SQL[0], "GRANT "), ";"))
			}
		}
	}
	return list
}
