package propose

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/config"
)

// Settings are the keys besides the tables.
type Settings struct {
	Out, Package string
	Exposed      string // sqlc's directory, where code outside of the repositories can import it
	Migrations   config.Migrations
	Unmarked     string // a directory of migrations of which nothing tells the tool
	// AppRole and CrossTenantRole are roles that the schema files know.
	AppRole, CrossTenantRole string
	// Setting or Claim is where policies that are there find the tenant; claims within others
	// come after those.
	Setting string
	Claim   []string
}

var (
	currentSetting = regexp.MustCompile(`(?i)\bcurrent_setting\s*\(\s*'([^']+)'`)
	jwtClaim       = regexp.MustCompile(`(?i)(?:request\.jwt\.claims'|auth\.jwt\s*\(\s*\))[^->]*((?:->\s*'[^']+'[^->]*)*)->>\s*'([^']+)'`)
	outerClaim     = regexp.MustCompile(`->\s*'([^']+)'`)
)

// settings are what the schema files say about roles, and what their policies say about the
// tenant.
func settings(schemas []*catalog.Database) Settings {
	s := Settings{AppRole: appRole(schemas), CrossTenantRole: crossTenantRole(schemas)}
	var names, claims []string
	for _, db := range schemas {
		for _, t := range db.Tables {
			for _, p := range t.Policies {
				text := p.Using + "\n" + p.Check
				for _, m := range jwtClaim.FindAllStringSubmatch(text, -1) {
					claims = append(claims, claimOf(m[1], m[2]))
				}
				for _, m := range currentSetting.FindAllStringSubmatch(text, -1) {
					if !strings.HasPrefix(m[1], "request.") {
						names = append(names, m[1])
					}
				}
			}
		}
	}
	setting, claim := only(names), only(claims)
	if outer, _, _ := strings.Cut(claim, "\x00"); setting == "" && claim != "" && outer != "user_metadata" { // which users write
		s.Claim = strings.Split(claim, "\x00")
	} else if claim == "" {
		s.Setting = setting
	}
	return s
}

// claimOf is the way to a claim: its name behind those of the claims that it is in.
func claimOf(outer, name string) string {
	var way []string
	for _, m := range outerClaim.FindAllStringSubmatch(outer, -1) {
		way = append(way, m[1])
	}
	return strings.Join(append(way, name), "\x00")
}

// only is what all of a list are, "" where they differ.
func only(list []string) string {
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 1 {
		return list[0]
	}
	return ""
}

// appRole is the only role that policies bind and that may use tables.
func appRole(schemas []*catalog.Database) string {
	var found []string
	for _, db := range schemas {
		for _, g := range db.Grants {
			table := g.Kind == "table" || g.Kind == "all tables" || g.Kind == "default tables"
			if r := roleNamed(db, g.Role); table && r != nil && !r.Superuser && !r.BypassRLS {
				found = append(found, g.Role)
			}
		}
	}
	return only(found)
}

// crossTenantRole is the only role that row-level security does not bind, and that is no
// superuser's.
func crossTenantRole(schemas []*catalog.Database) string {
	var found []string
	for _, db := range schemas {
		for _, r := range db.Roles {
			if r.BypassRLS && !r.Superuser {
				found = append(found, r.Name)
			}
		}
	}
	return only(found)
}

func roleNamed(db *catalog.Database, name string) *catalog.Role {
	i := slices.IndexFunc(db.Roles, func(r *catalog.Role) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return db.Roles[i]
}
