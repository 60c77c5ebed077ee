package catalog

// Role is a role that the DDL creates or alters.
type Role struct {
	Name      string
	Superuser bool
	BypassRLS bool
	Login     bool
	Partial   bool // no schema file creates it, so that it may have what they do not say
	// CreateRole, CreateDB and Replication are the attributes of these names.
	CreateRole, CreateDB, Replication bool
	Pos                               Pos
	Altered                           Pos // where it got its attributes last
}

// Grant is one privilege on one object to one role, after the REVOKEs that followed it.
type Grant struct {
	Privilege string // "select", "insert", …, "all"
	// Kind is "table", "sequence", "schema", "function", or "all tables", "all sequences" for a whole schema (On.Schema),
	// or "default tables", "default sequences" for ALTER DEFAULT PRIVILEGES, or "role" for membership in the role On.Name,
	// or another kind of object, such as "database" or "parameter".
	Kind string
	On   Name
	Role string
	// Option is true when the role may pass it on: WITH GRANT OPTION, ADMIN OPTION.
	Option bool
	// System marks an object that no schema file makes: PostgreSQL's own, or an extension's.
	System bool
	// Default marks what ALTER DEFAULT PRIVILEGES gave to a new table, if the role that made
	// the table is one that they are for.
	Default bool
	Pos     Pos
}

// Same reports whether two grants say the same, wherever they stand.
func (g *Grant) Same(h *Grant) bool {
	a, b := *g, *h
	a.Pos, b.Pos = Pos{}, Pos{}
	return a == b
}

// Owner is who owns an object: an owner may do with it whatever it likes (PostgreSQL
// manual, 5.7). Role is "" for the one that runs the migrations, and then nothing is said.
type Owner struct {
	Kind string // "table", "view", "schema", "function", …
	On   Name
	Role string
	Pos  Pos
}

// Setting is what ALTER ROLE and ALTER DATABASE … SET make later sessions begin with.
type Setting struct {
	Role     string // "" for all roles
	Database string // "" for all databases
	Name     string // in lower case
	Values   []string
	Known    bool // false for FROM CURRENT and what is no constant
	Pos      Pos
}

// Undone is protection of a table or view that a migration brought and a later statement
// took away again.
type Undone struct {
	On   Name
	What string // "row-level security", "policy tenant_isolation", …
	How  string // the statement, in short
	Pos  Pos
}

// Answered reports whether somebody answers for the statement at a position.
func (d *Database) Answered(at Pos) bool {
	for _, e := range d.Excuses {
		if e.Covers(at) {
			return true
		}
	}
	return false
}

// Covers reports whether a position is within the statement.
func (e *Excuse) Covers(at Pos) bool {
	return at.File == e.Pos.File && at.Offset >= e.Pos.Offset && at.Offset < e.End
}

// Excuse is a statement whose effect on rights somebody answers for.
type Excuse struct {
	Pos    Pos
	End    int // offset behind the statement
	Reason string
}
