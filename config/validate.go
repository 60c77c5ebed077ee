package config

import (
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// settingName is what PostgreSQL accepts as a custom parameter: identifiers, at
// least two, joined by dots. Bytes of other alphabets count as letters.
var settingName = regexp.MustCompile(`^[A-Za-z_\x{80}-\x{10FFFF}][A-Za-z0-9_$\x{80}-\x{10FFFF}]*(\.[A-Za-z_\x{80}-\x{10FFFF}][A-Za-z0-9_$\x{80}-\x{10FFFF}]*)+$`)

// check looks at what the keys of options.tenantgen say together.
func (t *Tenant) check(v value) {
	column, hasColumn := v.get("tenant_column")
	levels, hasLevels := v.get("levels")
	source, hasSource := v.get("tenant_source")
	switch {
	case hasColumn && hasLevels:
		column.errorf("keep one of them", "tenant_column and levels exclude each other")
	case hasLevels && hasSource:
		source.errorf("give each level its setting", "tenant_source and levels exclude each other")
	case !hasColumn && !hasLevels:
		v.need("tenant_column", "name the column that holds the tenant, e.g. tenant_column: org_id")
	}
	if hasLevels {
		t.checkLevels(levels)
	} else {
		t.checkSource(column, source, hasSource)
	}
	t.checkTableLevels(v, hasLevels)
	if a, ok := v.get("cross_tenant_role"); ok && t.CrossTenantRole == t.AppRole && t.AppRole != "" {
		a.errorf("cross-tenant queries need a role that the policies do not bind", "must differ from app_role")
	}
}

func (t *Tenant) checkLevels(v value) {
	if isList(v) && len(v.n.Content) == 0 {
		v.errorf("", "empty list")
	}
	seen := map[[2]string]bool{}
	folded := func(w [2]string) [2]string {
		if w[0] == "setting" { // PostgreSQL takes settings for one whose names differ in case only
			w[1] = strings.ToLower(w[1])
		}
		return w
	}
	for i, l := range t.Levels {
		e := v.element(i, v.n.Content[i])
		for _, w := range [][2]string{{"name", l.Name}, {"column", l.Column}, {"setting", l.Setting}} {
			if w[1] != "" && seen[folded(w)] {
				e.errorf("levels need different names, columns and settings", "%s %q is another level's", w[0], w[1])
			}
			seen[folded(w)] = true
		}
		if l.Setting != "" {
			e.checkSetting(l.Setting, "")
		}
	}
}

// claimPath is what looks like the way to a claim within another. Names of claims are URLs sometimes, which have dots, too
// (RFC 7519, 4.2).
var claimPath = regexp.MustCompile(`^[A-Za-z_]\w*(\.[A-Za-z_]\w*)+$`)

// checkSource fills in the default setting, app.<tenant column>.
func (t *Tenant) checkSource(column, source value, given bool) {
	s := &t.Source
	switch {
	case s.Setting != "" && len(s.JWTClaim) > 0:
		source.errorf("keep one of them", "setting and jwt_claim exclude each other")
	case s.Setting != "":
		setting, _ := source.get("setting")
		setting.checkSetting(s.Setting, "")
	case len(s.JWTClaim) > 0:
		claim, _ := source.get("jwt_claim")
		claim.checkClaim(s.JWTClaim)
	case given && source.n.Kind == yaml.MappingNode && len(source.n.Content) == 0:
		source.errorf("write {setting: app.org_id} or {jwt_claim: org_id}", "names neither setting nor jwt_claim")
	case !given && len(t.Columns) > 0:
		s.Setting = "app." + t.Columns[0]
		column.checkSetting(s.Setting, "add tenant_source: {setting: …}, ")
	}
}

// checkClaim refuses a way that is written as one name, and claims that anybody changes for
// himself: in Supabase a user writes his own user_metadata (splinter,
// rls_references_user_metadata).
func (v value) checkClaim(way []string) {
	switch {
	case len(way) == 1 && claimPath.MatchString(way[0]):
		v.errorf("write jwt_claim: ["+strings.ReplaceAll(way[0], ".", ", ")+"]", "%q would be one claim with a dot in its name, not one within another", way[0])
	case len(way) > 1 && (way[0] == "user_metadata" || way[0] == "raw_user_meta_data"):
		v.errorf("put the tenant into app_metadata, which the server alone writes", "users write their own %s, and with it the tenant", way[0])
	}
}

func (v value) checkSetting(name, fix string) {
	if !settingName.MatchString(name) {
		v.errorf(fix+"two or more identifiers joined by dots, e.g. app.org_id", "%q cannot be the name of a PostgreSQL setting", name)
	}
}

func (t *Tenant) checkTableLevels(v value, hasLevels bool) {
	var names []string
	for _, l := range t.Levels {
		names = append(names, l.Name)
	}
	for _, d := range t.Tables {
		path := under(v.path+".tables", d.Name)
		switch {
		case d.Level != "" && !hasLevels:
			v.r.add(d.Line, d.Column, "declare options.tenantgen.levels", "%s: level %q without levels", path, d.Level)
		case d.Level != "" && !slices.Contains(names, d.Level):
			v.r.add(d.Line, d.Column, suggest(d.Level, slices.Clone(names)), "%s: unknown level %q", path, d.Level)
		case d.Level == "" && d.TenantColumn != "" && hasLevels:
			v.r.add(d.Line, d.Column, "add level: <name of the level>", "%s: tenant_column without level", path)
		}
	}
}

// validate looks at the paths, once everything is known.
func (r *reader) validate(c *Config) {
	t := &c.Tenant
	if m, ok := r.place("options.tenantgen.migrations.dir"); ok {
		m.checkRelative(t.Migrations.Dir)
		if info, err := os.Stat(c.Join(t.Migrations.Dir)); err == nil && !info.IsDir() {
			m.errorf("", "%q is a file, not a directory", t.Migrations.Dir)
		}
	}
	out, ok := r.place("options.tenantgen.out")
	if !ok || t.Out == "" {
		return
	}
	r.checkPackage(c, out)
	if out.checkRelative(t.Out) {
		r.checkOut(c, out)
	}
}

// place returns the value at a path, if it was given.
func (r *reader) place(path string) (value, bool) {
	n := r.at[path]
	v := value{r: r, n: n, path: path, strict: true}
	return v, n != nil && !v.null()
}

func (v value) checkRelative(path string) bool {
	if filepath.IsAbs(path) {
		v.errorf("paths are relative to the directory of sqlc.yaml", "%q is absolute", path)
		return false
	}
	return true
}

func (r *reader) checkPackage(c *Config, out value) {
	t := &c.Tenant
	p, given := r.place("options.tenantgen.package")
	switch {
	case given && c.goEntries() > 1:
		p.errorf("repositories go to "+filepath.ToSlash(filepath.Join(t.Out, "<package of the entry>")), "several sql entries generate Go, each has its own package")
	case given && !isPackageName(t.Package) && t.Package != "":
		p.errorf("", "%q cannot be the name of a Go package", t.Package)
	case !given:
		t.Package = filepath.Base(c.Join(t.Out))
		if !isPackageName(t.Package) && c.goEntries() <= 1 {
			out.errorf("add package: <name>", "%q cannot be the name of a Go package", t.Package)
		}
	}
}

func isPackageName(s string) bool {
	return token.IsIdentifier(s) && s != "_"
}

// checkOut looks at where the repositories of every entry go: nowhere near
// sqlc's own files, and where they can import sqlc's package.
func (r *reader) checkOut(c *Config, out value) {
	taken := map[string]bool{}
	for _, s := range c.SQL {
		if s.Go.Out != "" {
			taken[c.Join(s.Go.Out)] = true
		}
	}
	seen := map[string]bool{}
	for i, s := range c.SQL {
		if s.Go.Out == "" {
			continue
		}
		dir, sqlcDir := c.RepoDir(i), c.Join(s.Go.Out)
		switch {
		case taken[dir]:
			out.errorf("choose a directory of its own", "%s is sqlc's out as well", c.inside(dir))
		case seen[dir]:
			r.add(s.Line, s.Column, "give the entries different packages", "two entries of sql generate repositories into %s", c.inside(dir))
		case moduleOf(dir) != moduleOf(sqlcDir):
			out.errorf("both must be below the same go.mod", "%s is not in the Go module of sqlc's %s", c.inside(dir), c.inside(sqlcDir))
		case !mayImport(dir, sqlcDir):
			out.errorf("put both below the parent of internal", "Go does not let %s import %s", c.inside(dir), c.inside(sqlcDir))
		}
		seen[dir] = true
	}
}

// inside returns a joined path the way sqlc.yaml would name it.
func (c *Config) inside(path string) string {
	if rel, err := filepath.Rel(c.Dir, path); err == nil {
		path = rel
	}
	return filepath.ToSlash(path)
}

// moduleOf returns the directory of the go.mod that rules dir, "" if none does.
// The directory itself need not exist yet.
func moduleOf(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// importers returns the folder whose packages alone may import the one in dir; false where there is no such limit (Go
// command, Internal Directories).
func importers(dir string) (string, bool) {
	dir, err := filepath.Abs(dir)
	sep := string(filepath.Separator)
	i := strings.LastIndex(dir+sep, sep+"internal"+sep)
	if err != nil || i < 0 {
		return "", false
	}
	return dir[:i], true
}

// below reports whether dir is a folder or stands in it.
func below(dir, folder string) bool {
	sep := string(filepath.Separator)
	return strings.HasPrefix(dir+sep, folder+sep)
}

func mayImport(from, to string) bool {
	folder, limited := importers(to)
	from, err := filepath.Abs(from)
	return !limited || err != nil || below(from, folder)
}

// Exposed reports whether code outside of the repositories can import sqlc's package.
func (c *Config) Exposed(g Go) bool {
	folder, limited := importers(c.Join(g.Out))
	repos, err := filepath.Abs(c.Join(c.Tenant.Out))
	return !limited || err != nil || !below(folder, repos)
}
