package verify

import (
	"maps"
	"slices"

	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// live is what the system catalogs of a database say.
type live struct {
	version        int // such as 150018
	serverVersion  string
	user, database string
	databaseOwner  oid
	roles          map[oid]*role
	schemas        map[oid]*schema
	relations      map[oid]*relation
	byName         map[catalog.Name]*relation
	functions      []*function      // SECURITY DEFINER, or in a language that is not trusted
	otherwiseOwned map[oid][]string // what roles own besides schemas and relations
	defaults       []defaultGrant
	settings       []roleSetting
	builtin        map[string]string // what settings are where nobody sets them, of those that are judged so
	started        []string          // settings that hold a tenant in a new session
	privileges     []privilege
	databaseGrants []grant
	definitions    []definition
	builtins       map[string]bool   // functions of PostgreSQL and extensions that have the name of another one
	planted        []string          // functions and operators of pg_catalog that are nobody's
	leakproof      []string          // functions of PostgreSQL that somebody made LEAKPROOF
	outward        []*function       // that reach other databases and hosts
	loginTriggers  [][2]string       // event triggers with their functions
	db             *catalog.Database // the tables as the schema rules know them
	steps          int               // in which all this was read
}

// oid identifies an object of the database.
type oid = uint32

// public stands for everybody in an access control list.
const public oid = 0

// role is a role with what it may do besides its grants.
type role struct {
	oid                                                     oid
	name                                                    string
	superuser, bypassRLS, createRole, createDB, replication bool
	login                                                   bool
	memberOf                                                []membership
}

// membership is a role that another one is a member of.
type membership struct {
	of *role
	// usable tells whether the member has the privileges of the role or can SET ROLE to it,
	// admin whether it can grant the role, itself included (PostgreSQL manual, GRANT).
	usable, admin bool
}

type schema struct {
	name   string
	owner  oid
	grants []grant
}

// relation is a table, view or the like.
type relation struct {
	oid       oid
	name      catalog.Name
	kind      byte // of pg_class.relkind
	owner     oid
	extension bool // a member of memberOf
	memberOf  string
	invoker   bool // a view with security_invoker
	table     *catalog.Table
	grants    []grant
	parents   []*relation // that it inherits from or is a partition of
	children  []*relation
	reads     []*relation // of a view
	peeks     []string    // what else a view gets its rows from: closed catalogs, functions
	triggers  []trigger
	rules     []string
	indexes   []*indexColumn
	// unenforced are its foreign keys that are NOT ENFORCED, by name.
	unenforced []string
	// publications send its rows elsewhere.
	publications []string
	// subscriptions write to it.
	subscriptions []string

	placed   bool     // by Citus, on several machines
	original copied   // the table as shards have to be
	copies   []copied // its shards
	unseen   int      // shards that no machine told of
}

// The kinds of relations.
const (
	ordinary     = 'r'
	partitioned  = 'p'
	view         = 'v'
	materialized = 'm'
	foreign      = 'f'
)

// isTable reports whether the relation holds rows of its own or of its partitions.
func (r *relation) isTable() bool {
	return r.kind == ordinary || r.kind == partitioned || r.kind == foreign
}

func (r *relation) what() string {
	switch r.kind {
	case view:
		return "view"
	case materialized:
		return "materialized view"
	case foreign:
		return "foreign table"
	}
	return "table"
}

// descendants lists everything that inherits from a relation.
func (r *relation) descendants() []*relation {
	var list []*relation
	for _, c := range r.children {
		list = append(append(list, c), c.descendants()...)
	}
	return list
}

// grant is one privilege of one role on an object.
type grant struct {
	grantee   oid
	privilege string // lower case
	column    string // "" for the whole object
	grantable bool
	via       string // what it comes through, "" for the object itself
}

type function struct {
	name      catalog.Name
	args      string // identity arguments
	procedure bool
	owner     oid
	extension bool
	definer   bool   // SECURITY DEFINER
	library   string // of one that reaches out of the database
	grants    []grant
}

type trigger struct {
	name     string
	function catalog.Name
	enabled  byte // of pg_trigger.tgenabled
	copied   bool // from the partitioned table's
}

// fires reports whether the trigger does in ordinary sessions.
func (t trigger) fires() bool { return t.enabled == 'O' || t.enabled == 'A' }

// defaultGrant is a privilege that objects will have once somebody creates them.
type defaultGrant struct {
	creator oid
	schema  string // "" for every schema
	kind    byte   // of pg_default_acl.defaclobjtype
	grant
}

// roleSetting is a setting that sessions start with.
type roleSetting struct {
	role     oid // 0 for every role
	database bool
	server   bool // by the server's configuration
	name     string
	value    string
}

// indexColumn is a column of an index with the operators that are not leakproof.
type indexColumn struct {
	index, column, method, class string
	unique                       bool
	before                       []string // the key columns in front of it
	leaky                        []string // operators, sorted
	bytes                        int64
}

// becomes lists the roles whose privileges a role has or can take on by SET ROLE,
// itself first. A superuser is all of them anyway and stands alone.
func (l *live) becomes(r *role) []*role {
	return l.closure(r, func(m membership) bool { return m.usable })
}

// reaches lists those too that a role can make itself a member of: since PostgreSQL 16
// ADMIN OPTION may come without the privileges, and grants them to its holder.
func (l *live) reaches(r *role) []*role {
	return l.closure(r, func(m membership) bool { return m.usable || m.admin })
}

func (l *live) closure(r *role, goes func(membership) bool) []*role {
	list := []*role{r}
	for i := 0; i < len(list) && !r.superuser; i++ {
		for _, m := range list[i].memberOf {
			if goes(m) && !slices.Contains(list, m.of) {
				list = append(list, m.of)
			}
		}
	}
	return list
}

// sorted lists the relations in the order of their names.
func (l *live) sorted() []*relation {
	return slices.SortedFunc(maps.Values(l.relations), func(a, b *relation) int { return a.name.Compare(b.name) })
}

// roleNamed returns the role, or nil.
func (l *live) roleNamed(name string) *role {
	for _, r := range l.roles {
		if r.name == name {
			return r
		}
	}
	return nil
}

// roleName returns the name for messages.
func (l *live) roleName(id oid) string {
	if id == public {
		return "PUBLIC"
	}
	if r := l.roles[id]; r != nil {
		return r.name
	}
	return "a dropped role"
}

// aboveRLS reports whether row-level security never applies to a role.
func (l *live) aboveRLS(id oid) bool {
	r := l.roles[id]
	return r == nil || r.superuser || r.bypassRLS
}
