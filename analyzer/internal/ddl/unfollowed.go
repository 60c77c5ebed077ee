package ddl

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
	"github.com/tenantgen/tenantgen/analyzer/internal/parsetree"
	"github.com/tenantgen/tenantgen/analyzer/internal/pgtype"
)

// Declaration is the configuration's word for a function, by the key that it stands under.
type Declaration struct{ Key, Kind string }

// trusts reports whether somebody vouches for f.
func (l *loader) trusts(f *catalog.Function) bool {
	var given pgtype.Vouches
	for _, d := range l.declared {
		if v, err := ParseVouch(l.db, d.Key, d.Kind); err == nil && v.Name == f.Name {
			given = append(given, v)
		}
	}
	return given.For(l.db, f)
}

// doBlock notes what a DO block may do.
func (l *loader) doBlock(s *pg.DoStmt) error {
	if l.stmt.vouch == "" {
		if read, err := l.constraints(s); read || err != nil {
			return err
		}
	}
	text, language := block(s)
	u := l.unknown("DO block", catalog.Name{})
	if u.Reason = l.stmt.vouch; u.Reason == "" {
		r := l.reach(text, language, seen{})
		if !r.none() {
			l.texts = append(l.texts, text) // it may put a function into a default or a trigger
		}
		l.unsure(r, u)
	}
	return nil
}

// block is the text of a DO block and its language.
func block(s *pg.DoStmt) (text, language string) {
	language = "plpgsql"
	for _, n := range s.GetArgs() {
		switch d := n.GetDefElem(); d.GetDefname() {
		case "as":
			text = d.GetArg().GetString_().GetSval()
		case "language":
			language = strings.ToLower(d.GetArg().GetString_().GetSval())
		}
	}
	return text, language
}

func (l *loader) call(s *pg.CallStmt) error {
	return l.calls("CALL", s.GetFunccall())
}

// data executes a statement on data, which leaves the schema alone unless it calls a
// function that does not, or writes to the catalogs.
func (l *loader) data(m parsetree.Message) error {
	if w, ok := m.(interface{ GetRelation() *pg.RangeVar }); ok && pgtype.IsCatalogName(w.GetRelation().GetRelname()) {
		u := l.unknown("write to "+w.GetRelation().GetRelname(), catalog.Name{})
		if u.Reason = l.stmt.vouch; u.Reason == "" {
			l.unsure(reach{all: true}, u)
		}
	}
	if _, selects := m.(*pg.SelectStmt); !selects {
		l.hidden(m)
	}
	return l.calls("call of a function in a data statement", m)
}

// calls notes what the functions may do that a statement calls.
func (l *loader) calls(what string, m parsetree.Message) error {
	noted := map[catalog.Name]*catalog.Unknown{}
	parsetree.Walk(m, func(m parsetree.Message) {
		f, ok := m.(*pg.FuncCall)
		if !ok {
			return
		}
		name := parsetree.Qualified(f.GetFuncname())
		declared := pgtype.Resolve(l.db.Functions, name, l.path, pgtype.AnyCount).Declared
		if len(declared) == 0 && harmless(name) {
			return
		}
		on := l.functionName(name)
		if noted[on] == nil {
			noted[on] = l.unknown(what, on)
			noted[on].Reason = l.stmt.vouch
		}
		if noted[on].Reason == "" {
			l.unsure(l.called(f, name, declared), noted[on])
		}
	})
	return nil
}

// called is what a call may change: what the functions' bodies say. A function that no
// schema file declares may change anything, one of PostgreSQL's own what it is told.
func (l *loader) called(f *pg.FuncCall, name catalog.Name, declared []*catalog.Function) reach {
	var r reach
	for _, fn := range declared {
		if !l.trusts(fn) {
			r.add(l.reachOf(fn, seen{fn: true}))
		}
	}
	if len(declared) > 0 || pgtype.ExtensionFunction(l.db.Extensions, name.Name) || l.trustsUnseen(name) {
		return r
	}
	r.all = !strings.HasPrefix(name.Name, "pg_")
	parsetree.Walk(f, func(m parsetree.Message) {
		c, ok := m.(*pg.A_Const)
		if text := c.GetSval().GetSval(); ok && (!strings.ContainsAny(text, " \t\n") || strength(text, "sql") != onNothing) {
			r.text = append(r.text, text)
		}
	})
	return r
}

func (l *loader) trustsUnseen(name catalog.Name) bool {
	var given pgtype.Vouches
	for _, d := range l.declared {
		if v, err := ParseVouch(l.db, d.Key, d.Kind); err == nil {
			given = append(given, v)
		}
	}
	_, ok := given.Unseen(l.db, name)
	return ok
}

// createEventTrigger notes what its function may do at any later DDL (PostgreSQL manual,
// 40), also to tables that do not exist yet.
func (l *loader) createEventTrigger(s *pg.CreateEventTrigStmt) error {
	name := parsetree.Qualified(s.GetFuncname())
	u := l.unknown(parsetree.StatementTitle("create_event_trig_stmt"), l.functionName(name))
	if u.Reason = l.stmt.vouch; u.Reason != "" {
		return nil
	}
	l.hooks = append(l.hooks, hook{l.functionName(name), u})
	l.unsure(l.hooked(name), u)
	return nil
}

// hook is an event trigger's function, by the name that finds it now.
type hook struct {
	function catalog.Name
	from     *catalog.Unknown
}

// hooked is what an event trigger may change.
func (l *loader) hooked(name catalog.Name) reach {
	var r reach
	declared := pgtype.Resolve(l.db.Functions, name, l.path, 0).Declared
	for _, fn := range declared {
		if !l.trusts(fn) {
			r.add(l.reachOf(fn, seen{fn: true}))
		}
	}
	r.all = r.all || len(declared) == 0 && !l.trustsUnseen(name)
	return r
}

// event is what a statement may do, also to tables that come after it.
type event struct {
	reach reach
	from  *catalog.Unknown
}
