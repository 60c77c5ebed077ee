package ddl

import (
	"cmp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
)

// rights is who the session acts as, who owns what, and what protection was taken away.
type rights struct {
	as, session string       // SET ROLE, SET SESSION AUTHORIZATION; "" for whoever runs the migrations
	before      *identity    // what SET LOCAL ROLE ends with
	seen        map[any]bool // objects that there were before the statement
	// owners has tables, views, functions and types by pointer; named has all else.
	owners   map[any]*catalog.Owner
	named    []*catalog.Owner
	undone   map[any][]*catalog.Undone // by table or view
	settings []*catalog.Setting
}

// identity is who a session acts as.
type identity struct{ as, session string }

func newRights() rights {
	return rights{seen: map[any]bool{schemaKey("public"): true}, owners: map[any]*catalog.Owner{}, undone: map[any][]*catalog.Undone{}}
}

// schemaKey stands for a schema among the objects.
type schemaKey string

// roleNamed is the role that a statement names; CURRENT_USER is whom the session acts as.
func (l *loader) roleNamed(r *pg.RoleSpec) string {
	name := role(r)
	switch r.GetRoletype() {
	case pg.RoleSpecType_ROLESPEC_CURRENT_ROLE, pg.RoleSpecType_ROLESPEC_CURRENT_USER:
		return cmp.Or(l.rights.as, l.rights.session, name)
	case pg.RoleSpecType_ROLESPEC_SESSION_USER:
		return cmp.Or(l.rights.session, name)
	}
	return name
}

func (l *loader) rolesNamed(nodes []*pg.Node) []string {
	var names []string
	for _, n := range nodes {
		names = append(names, l.roleNamed(n.GetRoleSpec()))
	}
	return names
}

// become executes SET ROLE and SET SESSION AUTHORIZATION: who creates an object owns it.
func (l *loader) become(setting string, s *pg.VariableSetStmt) {
	value := ""
	if s.GetKind() == pg.VariableSetKind_VAR_SET_VALUE && len(s.GetArgs()) == 1 {
		value = s.GetArgs()[0].GetAConst().GetSval().GetSval()
	}
	l.identify(setting, value, s.GetIsLocal())
}

func (l *loader) identify(setting, value string, local bool) {
	if r := &l.rights; local && r.before == nil {
		r.before = &identity{r.as, r.session}
	} else if !local {
		r.before = nil
	}
	if setting == "session_authorization" { // which ends SET ROLE
		l.rights.session, l.rights.as = value, ""
		return
	}
	if l.rights.as = value; value == "none" {
		l.rights.as = ""
	}
}

func (l *loader) endLocalRole() {
	if b := l.rights.before; b != nil {
		l.rights.as, l.rights.session, l.rights.before = b.as, b.session, nil
	}
}

// appeared gives the objects that a statement created to whom the session acts as, and
// what ALTER DEFAULT PRIVILEGES says of tables like them.
func (l *loader) appeared() {
	owner := cmp.Or(l.rights.as, l.rights.session)
	for _, t := range unseen(l.tables, l.rights.seen) {
		if !t.Temporary {
			l.ownedBySession(t, "table", owner)
			l.byDefault(t.Name, t.Pos)
		}
	}
	for _, v := range unseen(l.views, l.rights.seen) {
		l.ownedBySession(v, "view", owner)
		l.byDefault(v.Name, v.Pos)
	}
	for _, f := range unseen(l.db.Functions, l.rights.seen) {
		l.ownedBySession(f, f.Kind, owner)
	}
	for _, t := range unseen(l.db.Types, l.rights.seen) {
		l.ownedBySession(t, "type", owner)
	}
	for _, s := range l.db.Schemas {
		key := schemaKey(s)
		if !l.rights.seen[key] && owner != "" {
			l.rights.named = append(l.rights.named, &catalog.Owner{Kind: "schema", On: catalog.Name{Name: s}, Role: owner, Pos: l.at(-1)})
		}
		l.rights.seen[key] = true
	}
}

// unseen returns the objects of a list that were not seen before, and sees them. What is new stands at the end: what is
// put in the place of another was seen when that was done.
func unseen[T comparable](list []T, seen map[any]bool) []T {
	from := len(list)
	for ; from > 0 && !seen[list[from-1]]; from-- {
		seen[list[from-1]] = true
	}
	return list[from:]
}

func (l *loader) ownedBySession(key any, kind, owner string) {
	if owner != "" {
		l.rights.owners[key] = &catalog.Owner{Kind: kind, Role: owner, Pos: l.at(-1)}
	}
}

// byDefault grants what a new table or view has from the start, when it is made by the
// role that the default privileges are for: who that is the files do not say.
func (l *loader) byDefault(on catalog.Name, at catalog.Pos) {
	for _, schema := range []string{"", on.Schema} {
		for _, g := range l.grantsOn("default tables", catalog.Name{Schema: schema}) {
			l.grant(catalog.Grant{Kind: "table", Privilege: g.Privilege, On: on, Role: g.Role, Option: g.Option, Default: true, Pos: at})
		}
	}
}

// alterOwner executes ALTER … OWNER TO of what has no ALTER TABLE.
func (l *loader) alterOwner(s *pg.AlterOwnerStmt) error {
	is := &catalog.Owner{Role: l.roleNamed(s.GetNewowner()), Pos: l.at(-1),
		Kind: strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(s.GetObjectType().String(), "OBJECT_"), "_", " "))}
	o := s.GetObject()
	switch {
	case s.GetRelation() != nil:
		is.On = parsetree.RangeName(s.GetRelation())
	case o.GetObjectWithArgs() != nil:
		is.On = parsetree.Qualified(o.GetObjectWithArgs().GetObjname())
		if f, err := l.functionWithArgs(o.GetObjectWithArgs()); err == nil {
			l.rights.owners[f] = is
			return nil
		}
	case o.GetTypeName() != nil:
		is.On = parsetree.Qualified(o.GetTypeName().GetNames())
	case o.GetList() != nil:
		is.On = parsetree.Qualified(o.GetList().GetItems())
	default:
		is.On = catalog.Name{Name: o.GetString_().GetSval()}
	}
	if t := l.db.Type(is.On); t != nil {
		l.rights.owners[t] = is
		return nil
	}
	l.owns(is)
	return nil
}

// owns notes the owner of what has no pointer of its own, in the place of who was.
func (l *loader) owns(is *catalog.Owner) {
	l.rights.named = slices.DeleteFunc(l.rights.named, func(o *catalog.Owner) bool { return o.Kind == is.Kind && o.On == is.On })
	l.rights.named = append(l.rights.named, is)
}

// changeOwner executes ALTER TABLE … OWNER TO, and the same of views, sequences and the
// like. It does not reach partitions (PostgreSQL manual, ALTER TABLE).
func (a *alter) changeOwner() error {
	is := &catalog.Owner{Kind: "table", On: a.rel.name, Role: a.roleNamed(a.cmd.GetNewowner()), Pos: a.at(-1)}
	switch {
	case a.rel.table != nil:
		a.rights.owners[a.rel.table] = is
	case a.rel.view != nil:
		is.Kind = "view"
		a.rights.owners[a.rel.view] = is
	case a.rel.composite != nil:
		is.Kind = "type"
		a.rights.owners[a.rel.composite] = is
	default:
		if is.Kind = "sequence"; a.rel.index != nil {
			is.Kind = "index"
		}
		a.owns(is)
	}
	return nil
}

// reassignOwned executes REASSIGN OWNED. What the files name no owner of belongs to
// whoever runs them, who may be among the roles that are named.
func (l *loader) reassignOwned(s *pg.ReassignOwnedStmt) error {
	from, to := l.rolesNamed(s.GetRoles()), l.roleNamed(s.GetNewrole())
	give := func(key any, kind string) {
		if o := l.rights.owners[key]; o == nil || slices.Contains(from, o.Role) {
			l.rights.owners[key] = &catalog.Owner{Kind: kind, Role: to, Pos: l.at(-1)}
		}
	}
	for _, t := range l.tables {
		give(t, "table")
	}
	for _, v := range l.views {
		give(v, "view")
	}
	for _, f := range l.db.Functions {
		give(f, f.Kind)
	}
	for _, o := range l.rights.named {
		if slices.Contains(from, o.Role) {
			o.Role, o.Pos = to, l.at(-1)
		}
	}
	for _, schema := range l.db.Schemas {
		if !slices.ContainsFunc(l.rights.named, func(o *catalog.Owner) bool { return o.Kind == "schema" && o.On.Name == schema }) {
			l.owns(&catalog.Owner{Kind: "schema", On: catalog.Name{Name: schema}, Role: to, Pos: l.at(-1)})
		}
	}
	return nil
}

func (l *loader) renameOwner(from, to string) {
	for _, o := range l.rights.owners {
		if o.Role == from {
			o.Role = to
		}
	}
	for _, o := range l.rights.named {
		if o.Role == from {
			o.Role = to
		}
	}
	for _, s := range l.rights.settings {
		if s.Role == from {
			s.Role = to
		}
	}
}

// finishRights writes to the catalog who owns what and what was undone.
func (l *loader) finishRights() {
	owner := func(key any, on catalog.Name) {
		if o := l.rights.owners[key]; o != nil {
			o.On = on
			l.db.Owners = append(l.db.Owners, o)
		}
	}
	undone := func(key any, on catalog.Name) {
		for _, u := range l.rights.undone[key] {
			u.On = on
			l.db.Undone = append(l.db.Undone, u)
		}
	}
	for _, t := range l.tables {
		owner(t, t.Name)
		undone(t, t.Name)
	}
	for _, v := range l.views {
		owner(v, v.Name)
		undone(v, v.Name)
	}
	for _, f := range l.db.Functions {
		owner(f, f.Name)
	}
	for _, t := range l.db.Types {
		owner(t, t.Name)
	}
	l.db.Owners = append(l.db.Owners, l.rights.named...)
	l.db.Settings = l.rights.settings
}
