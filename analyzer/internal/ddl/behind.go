package ddl

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
	"github.com/tenantgen/tenantgen/analyzer/internal/sqltext"
	"github.com/tenantgen/tenantgen/internal/lazyre"
)

// rightsWords are how a text changes rights: who may do what, who somebody is, and
// which policies apply. CREATE ROLE with attributes that give nothing is not among them.
var rightsWords = lazyre.New(`(?i)\bgrant\b|\breassign\s+owned\b|\bowner\s+to\b|\brow\s+level\s+security\b|\b(?:create|alter|drop)\s+policy\b` +
	`|\b(?:bypassrls|superuser|createrole|createdb|replication|security_invoker|session_replication_role|row_security|session_authorization)\b` +
	`|\bsecurity\s+definer\b|\b(?:alter|drop)\s+(?:role|user|group|database|system)\b|\bset\s+(?:local\s+|session\s+)?role\b|\bauthorization\b` +
	`|\bdefault\s+privileges\b|\b(?:disable|enable)\s+(?:always\s+|replica\s+)?(?:trigger|rule)\b` +
	`|\bcreate\s+(?:role|user|group)\s[^;]*\b(?:role|user|group|admin)\b|\bset_config\s*\(\s*'role'`)

// rightsIn names what of a text, or of the functions that it calls, may change rights.
func (l *loader) rightsIn(text string, seen seen) string {
	if found := rightsWords().FindString(sqltext.Code(text)); found != "" {
		return strings.ToUpper(strings.Join(strings.Fields(found), " "))
	}
	for _, f := range l.db.Functions {
		if !seen[f] && wordIn(text, f.Name.Name) && !l.trusts(f) {
			seen[f] = true
			if found := l.rightsIn(l.code(f), seen); found != "" {
				return found
			}
		}
	}
	return ""
}

// rightsBehind notes statements that start code which may change rights.
func (l *loader) rightsBehind(kind string, m parsetree.Message) {
	found, title := "", parsetree.StatementTitle(kind)
	switch s := m.(type) {
	case *pg.DoStmt:
		title, found = "DO block", l.rightsOfBlock(s)
	case *pg.CreateEventTrigStmt:
		found = l.rightsOf(parsetree.Qualified(s.GetFuncname()))
	case *pg.CreateTrigStmt: // the owner, too, may write the row that runs it
		found = l.rightsOf(parsetree.Qualified(s.GetFuncname()))
	case *pg.RenameStmt:
		l.renameSchemaOwner(s)
	case *pg.FetchStmt:
		if l.late() {
			found = "what the functions of a cursor do by now"
		}
	case *pg.LoadStmt:
		found = "code of the server's own"
	case *pg.RuleStmt: // which runs with the rights of the table's owner
		if len(s.GetActions()) > 0 {
			found = "statements that run as the owner"
		}
	default:
		found = l.rightsCalled(kind, m)
	}
	if found == "" {
		found = l.writesCatalog(m)
	}
	if found == "" {
		return
	}
	if l.stmt.doubted = true; l.stmt.vouch != "" {
		return
	}
	l.db.UnknownRights = append(l.db.UnknownRights, &catalog.Unknown{What: title, Pos: l.at(-1), Rights: found, Text: l.stmt.source()})
}

// rightsOfBlock is rightsIn of a DO block, and whatever a text may do that is built.
func (l *loader) rightsOfBlock(s *pg.DoStmt) string {
	text, language := block(s)
	if found := l.rightsIn(text, seen{}); found != "" {
		return found
	}
	if l.reach(text, language, seen{}).all {
		return "text that is not followed"
	}
	return ""
}

// writesCatalog names the system catalog that a part of a statement writes to, be it by way
// of views: who may do what is what their rows say.
func (l *loader) writesCatalog(m parsetree.Message) string {
	found := ""
	parsetree.Walk(m, func(m parsetree.Message) {
		if c, ok := m.(*pg.CopyStmt); ok && !c.GetIsFrom() {
			return
		}
		w, ok := m.(interface{ GetRelation() *pg.RangeVar })
		if !ok || !writes(m) {
			return
		}
		r := w.GetRelation()
		if pgtype.IsCatalogName(r.GetRelname()) || r.GetSchemaname() == pgtype.SystemSchema {
			found = "a write to " + r.GetRelname()
		} else if rel := l.find(parsetree.RangeName(r)); rel != nil && rel.view != nil && l.readsCatalog(rel.view, nil) {
			found = "a write to a system catalog"
		}
	})
	return found
}

func writes(m parsetree.Message) bool {
	switch m.(type) {
	case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt, *pg.CopyStmt:
		return true
	}
	return false
}

// readsCatalog reports whether a view reads a system catalog, or may.
func (l *loader) readsCatalog(v *view, seen []*view) bool {
	found := v.query == nil
	parsetree.Walk(v.query, func(m parsetree.Message) {
		if r, ok := m.(*pg.RangeVar); ok && (pgtype.IsCatalogName(r.GetRelname()) || r.GetSchemaname() == pgtype.SystemSchema) {
			found = true
		}
	})
	return found || slices.ContainsFunc(v.views, func(w *view) bool {
		return !slices.Contains(seen, w) && l.readsCatalog(w, append(seen, v))
	})
}

// rightsCalled is rightsIn of the functions that a statement calls or starts.
func (l *loader) rightsCalled(kind string, m parsetree.Message) string {
	triggers, starts := starts[kind]
	if !starts {
		return ""
	}
	found := ""
	parsetree.Walk(m, func(m parsetree.Message) {
		switch m := m.(type) {
		case *pg.InsertStmt, *pg.UpdateStmt, *pg.DeleteStmt, *pg.MergeStmt:
			triggers = true
		case *pg.FuncCall:
			if found == "" {
				found = l.rightsOfCall(m)
			}
		}
	})
	for _, f := range l.db.Functions {
		if found != "" {
			break
		}
		trigger := f.Returns.Name.Name == "trigger"
		if f.Returns.Name.Name != "event_trigger" && (triggers || !trigger) && l.mentions(f.Name.Name) && !l.trusts(f) {
			found = l.rightsIn(l.code(f), seen{f: true})
		}
	}
	return found
}

// rightsOfCall reads what a call runs: the functions of that name, and the texts that it
// is given. set_config may make the session act as somebody else.
func (l *loader) rightsOfCall(f *pg.FuncCall) string {
	name := parsetree.Qualified(f.GetFuncname())
	if name.Name == "set_config" {
		return l.identifies(f)
	}
	if found := l.rightsOf(name); found != "" {
		return found
	}
	if harmless(name) && len(l.functions(name)) == 0 {
		return ""
	}
	found := ""
	parsetree.Walk(f, func(m parsetree.Message) {
		if c, ok := m.(*pg.A_Const); ok && found == "" {
			found = l.rightsIn(c.GetSval().GetSval(), seen{})
		}
	})
	return found
}

// identifies executes set_config of who the session acts as.
func (l *loader) identifies(f *pg.FuncCall) string {
	if len(f.GetArgs()) != 3 {
		return ""
	}
	name, value := textConst(f.GetArgs()[0]), textConst(f.GetArgs()[1])
	if name == nil {
		return "SET_CONFIG"
	}
	setting := strings.ToLower(name.GetSval())
	if setting != "role" && setting != "session_authorization" {
		return ""
	}
	local, known := constBool(f.GetArgs()[2])
	if value == nil || !known {
		return "SET_CONFIG"
	}
	l.identify(setting, value.GetSval(), local)
	return ""
}

// rightsOf is rightsIn of the declared functions of a name.
func (l *loader) rightsOf(name catalog.Name) string {
	for _, f := range pgtype.Resolve(l.db.Functions, name, l.path, pgtype.AnyCount).Declared {
		if !l.trusts(f) {
			if found := l.rightsIn(l.code(f), seen{f: true}); found != "" {
				return found
			}
		}
	}
	return ""
}

func (l *loader) renameSchemaOwner(s *pg.RenameStmt) {
	if s.GetRenameType() != pg.ObjectType_OBJECT_SCHEMA {
		return
	}
	for _, o := range l.rights.named {
		if o.Kind == "schema" && o.On.Name == s.GetSubname() {
			o.On.Name = s.GetNewname()
		}
	}
	if l.rights.seen[schemaKey(s.GetSubname())] {
		l.rights.seen[schemaKey(s.GetNewname())] = true
	}
}

// keepSetting executes ALTER ROLE and ALTER DATABASE … SET and RESET.
func (l *loader) keepSetting(is setting, s *pg.VariableSetStmt) {
	all := s.GetKind() == pg.VariableSetKind_VAR_RESET_ALL
	l.rights.settings = slices.DeleteFunc(l.rights.settings, func(was *catalog.Setting) bool {
		return was.Role == is.role && was.Database == is.database && (all || was.Name == is.name)
	})
	if s.GetKind() != pg.VariableSetKind_VAR_SET_VALUE && s.GetKind() != pg.VariableSetKind_VAR_SET_CURRENT {
		return
	}
	set := &catalog.Setting{Role: is.role, Database: is.database, Name: is.name, Pos: l.at(-1), Known: s.GetKind() == pg.VariableSetKind_VAR_SET_VALUE}
	for _, n := range s.GetArgs() {
		c := n.GetAConst()
		set.Known = set.Known && c != nil
		if c.GetSval() != nil {
			set.Values = append(set.Values, c.GetSval().GetSval())
		}
	}
	l.rights.settings = append(l.rights.settings, set)
}
