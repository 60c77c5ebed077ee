package pgsql

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/tenantgen/tenantgen/analyzer/catalog"
)

// Declaration is the configuration's word for a function, by the key that it stands under.
type Declaration struct{ Key, Kind string }

// trusts reports whether somebody vouches for f.
func (l *ddlLoader) trusts(f *catalog.Function) bool {
	w := Lowerer{DB: l.db}
	for _, d := range l.declared {
		if v, err := ParseVouch(l.db, d.Key, d.Kind); err == nil && v.Name == f.Name {
			w.Vouched = append(w.Vouched, v)
		}
	}
	return w.vouched(f)
}

// doBlock notes what a DO block may do.
func (l *ddlLoader) doBlock(s *pg.DoStmt) error {
	if l.stmt.vouch == "" {
		if read, err := l.constraints(s); read || err != nil {
			return err
		}
	}
	text, language := ddlBlock(s)
	u := l.unknown("DO block", catalog.Name{})
	if u.Reason = l.stmt.vouch; u.Reason == "" {
		r := l.reach(text, language, ddlSeen{})
		if !r.none() {
			l.texts = append(l.texts, text) // it may put a function into a default or a trigger
		}
		l.unsure(r, u)
	}
	return nil
}

// ddlBlock is the text of a DO block and its language.
func ddlBlock(s *pg.DoStmt) (text, language string) {
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

func (l *ddlLoader) call(s *pg.CallStmt) error {
	return l.calls("CALL", s.GetFunccall())
}

// data executes a statement on data, which leaves the schema alone unless it calls a
// function that does not, or writes to the catalogs.
func (l *ddlLoader) data(m ddlMessage) error {
	if w, ok := m.(interface{ GetRelation() *pg.RangeVar }); ok && isCatalogName(w.GetRelation().GetRelname()) {
		u := l.unknown("write to "+w.GetRelation().GetRelname(), catalog.Name{})
		if u.Reason = l.stmt.vouch; u.Reason == "" {
			l.unsure(ddlReach{all: true}, u)
		}
	}
	if _, selects := m.(*pg.SelectStmt); !selects {
		l.hidden(m)
	}
	return l.calls("call of a function in a data statement", m)
}

// calls notes what the functions may do that a statement calls.
func (l *ddlLoader) calls(what string, m ddlMessage) error {
	noted := map[catalog.Name]*catalog.Unknown{}
	ddlWalk(m, func(m ddlMessage) {
		f, ok := m.(*pg.FuncCall)
		if !ok {
			return
		}
		name := ddlQualified(f.GetFuncname())
		declared := resolve(l.db.Functions, name, l.path, anyCount).declared
		if len(declared) == 0 && ddlHarmless(name) {
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
func (l *ddlLoader) called(f *pg.FuncCall, name catalog.Name, declared []*catalog.Function) ddlReach {
	var r ddlReach
	for _, fn := range declared {
		if !l.trusts(fn) {
			r.add(l.reach(fn.Body, fn.Language, ddlSeen{fn: true}))
		}
	}
	if len(declared) > 0 || extensionFunction(l.db.Extensions, name.Name) || l.trustsUnseen(name) {
		return r
	}
	r.all = !strings.HasPrefix(name.Name, "pg_")
	ddlWalk(f, func(m ddlMessage) {
		c, ok := m.(*pg.A_Const)
		if text := c.GetSval().GetSval(); ok && (!strings.ContainsAny(text, " \t\n") || ddlStrength(text, "sql") != ddlOnNothing) {
			r.text = append(r.text, text)
		}
	})
	return r
}

func (l *ddlLoader) trustsUnseen(name catalog.Name) bool {
	w := Lowerer{DB: l.db}
	for _, d := range l.declared {
		if v, err := ParseVouch(l.db, d.Key, d.Kind); err == nil {
			w.Vouched = append(w.Vouched, v)
		}
	}
	_, ok := w.vouchedUnseen(name)
	return ok
}

// createEventTrigger notes what its function may do at any later DDL (PostgreSQL manual,
// 40), also to tables that do not exist yet.
func (l *ddlLoader) createEventTrigger(s *pg.CreateEventTrigStmt) error {
	name := ddlQualified(s.GetFuncname())
	u := l.unknown(statementTitle("create_event_trig_stmt"), l.functionName(name))
	if u.Reason = l.stmt.vouch; u.Reason != "" {
		return nil
	}
	l.hooks = append(l.hooks, ddlHook{l.functionName(name), u})
	l.unsure(l.hooked(name), u)
	return nil
}

// ddlHook is an event trigger's function, by the name that finds it now.
type ddlHook struct {
	function catalog.Name
	from     *catalog.Unknown
}

// hooked is what an event trigger may change.
func (l *ddlLoader) hooked(name catalog.Name) ddlReach {
	var r ddlReach
	declared := resolve(l.db.Functions, name, l.path, 0).declared
	for _, fn := range declared {
		if !l.trusts(fn) {
			r.add(l.reach(fn.Body, fn.Language, ddlSeen{fn: true}))
		}
	}
	r.all = r.all || len(declared) == 0 && !l.trustsUnseen(name)
	return r
}

// ddlEvent is what a statement may do, also to tables that come after it.
type ddlEvent struct {
	reach ddlReach
	from  *catalog.Unknown
}
