package sqlcmodel

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// marks are what a text has somewhere. What it has not its tree cannot have, and to look for that in the text is a tenth of the work.
type marks struct {
	sign, dollar, star bool
	sqlc               bool // the word, or escapes that may spell it
}

func written(text string) marks {
	return marks{
		sign: strings.Contains(text, "@"), dollar: strings.Contains(text, "$"),
		star: strings.Contains(text, "*") || mentions(text, "table"), // TABLE t is SELECT * FROM t
		sqlc: mentions(text, "sqlc") || strings.Contains(text, `&"`)}
}

// mentions reports whether a text has a word of ASCII's letters in it, in any case.
func mentions(text, word string) bool {
	for at := 0; at+len(word) <= len(text); at++ {
		if text[at]|0x20 == word[0] && strings.EqualFold(text[at:at+len(word)], word) {
			return true
		}
	}
	return false
}

// embed is a call of sqlc.embed.
type embed struct {
	rel  relation
	name string
	ref  *pg.ColumnRef
}

func isSQLC(call *pg.FuncCall, names ...string) bool {
	f := texts(call.GetFuncname())
	if len(f) != 2 || f[0] != "sqlc" {
		return false
	}
	for _, n := range names {
		if f[1] == n {
			return true
		}
	}
	return false
}

func isSign(e *pg.A_Expr) bool {
	names := texts(e.GetName())
	return len(names) == 1 && names[0] == "@"
}

// numbering gives named parameters their numbers (internal/sql/named.ParamSet).
type numbering struct {
	used  map[int32]bool
	named map[string]int32
	next  int32
}

func (n *numbering) of(name string) int32 {
	if number, ok := n.named[name]; ok {
		return number
	}
	for n.used[n.next] {
		n.next++
	}
	n.used[n.next], n.named[name] = true, n.next
	return n.next
}

// nameParameters puts a parameter in the place of every sqlc.arg(x) and @x, as
// rewrite.NamedParameters does, and returns what that changes in the text. used are the
// numbers that the statement has.
func nameParameters(stmt *pg.Node, used map[int32]bool, has marks) ([]edit, *Error) {
	if !has.sign && !has.sqlc {
		return nil, nil
	}
	n := &numbering{used: used, named: map[string]int32{}, next: 1}
	var edits []edit
	var panics *Error
	put := func(at int32, old string, number int32) {
		edits = append(edits, edit{at: int(at), length: exactly(old), text: "$" + itoa(number)})
	}
	replace(stmt, func(node *pg.Node) bool {
		if call := node.GetFuncCall(); call != nil && isSQLC(call, "arg", "narg", "slice") {
			name := ""
			for _, a := range call.Args {
				name += flatten(a)
			}
			old, ok := spelled(call, name)
			if !ok {
				panics = &Error{Kind: Panics, Message: "panic: strings: negative Repeat count", Name: name, Offset: int(call.Location)}
			}
			number := n.of(name)
			put(call.Location, old, number)
			node.Node = paramRef(number, call.Location)
			return true
		}
		e := node.GetAExpr()
		if e == nil || !isSign(e) {
			return false
		}
		value := e.Rexpr
		cast := e.Rexpr.GetTypeCast()
		if cast != nil {
			value = cast.Arg
		}
		name := flatten(value)
		number := n.of(name)
		put(e.Location, "@"+name, number)
		edits[len(edits)-1].named = name
		if cast != nil {
			cast.Arg = &pg.Node{Node: paramRef(number, e.Location)}
			node.Node = &pg.Node_TypeCast{TypeCast: cast}
		} else {
			node.Node = paramRef(number, e.Location)
		}
		return true
	})
	return edits, panics
}

func paramRef(number, at int32) *pg.Node_ParamRef {
	return &pg.Node_ParamRef{ParamRef: &pg.ParamRef{Number: number, Location: at}}
}

// embeds puts table.* in the place of every sqlc.embed(table), as rewrite.Embeds does.
func embeds(stmt *pg.Node, has marks) []*embed {
	if !has.sqlc {
		return nil
	}
	var list []*embed
	replace(stmt, func(node *pg.Node) bool {
		call := node.GetFuncCall()
		if call == nil || !isSQLC(call, "embed") || len(call.Args) == 0 {
			return false
		}
		name := ""
		for _, a := range call.Args {
			name += flatten(a)
		}
		ref := &pg.ColumnRef{Location: call.Location, Fields: []*pg.Node{pg.MakeStrNode(name), {Node: &pg.Node_AStar{AStar: &pg.A_Star{}}}}}
		node.Node = &pg.Node_ColumnRef{ColumnRef: ref}
		list = append(list, &embed{relation{name: name}, name, ref})
		return true
	})
	return list
}

// replace calls change for every node, parents first; what is below one that it changed
// stays as it is.
func replace(part any, change func(*pg.Node) bool) {
	var step visitor
	step = func(part any) {
		if n, ok := part.(*pg.Node); ok {
			if change(n) {
				return
			}
			part = unwrap(n)
		}
		if part != nil {
			below(part, step)
		}
	}
	step(part)
}

func find(list []*embed, ref *pg.ColumnRef) *embed {
	for _, e := range list {
		if e.ref == ref {
			return e
		}
	}
	return nil
}
