package vet

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// piece is a part of a text: what it says, or the parameter of the function around it that says it.
type piece struct {
	text string
	// lit is where it is written, at an offset of the literal's value; nil where that is in another package.
	lit *ast.BasicLit
	at  int
	// hole is the parameter of a function, -1 for none.
	hole int
	of   types.Object
}

// sql is a text with the places where it is written.
type sql []piece

func (t sql) String() string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.text)
	}
	return b.String()
}

// holes reports whether a parameter says a part of it.
func (t sql) holes() bool {
	for _, p := range t {
		if p.hole >= 0 {
			return true
		}
	}
	return false
}

// pos is where a byte of the text is written; NoPos where that is in no literal of this package.
func (t sql) pos(offset int) token.Pos {
	for i, p := range t {
		if offset < len(p.text) || i == len(t)-1 && offset == len(p.text) {
			if p.lit == nil {
				return token.NoPos
			}
			return p.lit.Pos() + token.Pos(inLiteral(p.lit.Value, p.at+offset))
		}
		offset -= len(p.text)
	}
	return token.NoPos
}

// inLiteral is the offset in the source of a byte of a string literal's value.
func inLiteral(source string, value int) int {
	if strings.HasPrefix(source, "`") {
		at := 1
		for ; at < len(source) && (value > 0 || source[at] == '\r'); at++ {
			if source[at] != '\r' { // which is no part of the value (Go specification, String literals)
				value--
			}
		}
		return at
	}
	rest, at := strings.Trim(source, `"`), 1
	if len(source) >= 2 {
		rest = source[1 : len(source)-1]
	}
	for value > 0 && rest != "" {
		size, width := escape(rest)
		value -= width
		rest, at = rest[size:], at+size
	}
	return at
}

// escape is how many bytes the first character of an interpreted literal takes, in the source and in the value.
func escape(s string) (source, value int) {
	if s[0] != '\\' || len(s) < 2 {
		return 1, 1
	}
	switch s[1] {
	case 'x':
		return min(4, len(s)), 1
	case 'u', 'U':
		source = min(6, len(s))
		if s[1] == 'U' {
			source = min(10, len(s))
		}
		var r rune
		fmt.Sscanf(s[2:source], "%x", &r)
		return source, len(string(r))
	case '0', '1', '2', '3', '4', '5', '6', '7':
		return min(4, len(s)), 1
	}
	return 2, 1
}

// dynamic says why a text is not constant, and where.
type dynamic struct {
	at  ast.Node
	why string
}

// The most texts that an expression may have, and how deep variables may hold each other.
const (
	maxTexts = 128
	maxDepth = 40
)

// fold finds all texts that an expression may have, or why that cannot be told.
func (x *index) fold(e ast.Expr) ([]sql, *dynamic) { return x.foldIn(e, 0) }

func (x *index) foldIn(e ast.Expr, depth int) ([]sql, *dynamic) {
	if depth > maxDepth {
		return nil, &dynamic{e, "it is made of itself"}
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.BasicLit:
		if text, ok := x.constant(e); ok {
			return []sql{{{text: text, lit: e, hole: -1}}}, nil
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return x.concatenated(e, depth)
		}
	case *ast.Ident:
		return x.named(e, depth)
	case *ast.CallExpr:
		if tv := x.info.Types[e.Fun]; tv.IsType() && len(e.Args) == 1 && isText(x.info.TypeOf(e.Args[0])) && isText(tv.Type) {
			return x.foldIn(e.Args[0], depth+1)
		}
		return nil, &dynamic{e, "it is what " + callee(x.info, e) + " makes"}
	}
	if text, ok := x.constant(e); ok {
		return []sql{{{text: text, hole: -1}}}, nil
	}
	return nil, &dynamic{e, "nobody knows what " + written(e) + " holds"}
}

// isText reports whether a type's values are strings.
func isText(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// callee is the name of what a call calls.
func callee(info *types.Info, call *ast.CallExpr) string {
	if tv := info.Types[call.Fun]; tv.IsType() {
		return "a conversion"
	}
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		text := written(fun)
		if len(text) > 60 {
			text = "…" + text[strings.LastIndex(text, "."):] // a chain of calls, as builders have
		}
		return text
	}
	return "a call"
}

func (x *index) concatenated(e *ast.BinaryExpr, depth int) ([]sql, *dynamic) {
	left, why := x.foldIn(e.X, depth+1)
	if why != nil {
		return nil, why
	}
	right, why := x.foldIn(e.Y, depth+1)
	if why != nil {
		return nil, why
	}
	if len(left)*len(right) > maxTexts {
		return nil, &dynamic{e, "there are too many texts that it may be"}
	}
	var all []sql
	for _, l := range left {
		for _, r := range right {
			all = append(all, append(l[:len(l):len(l)], r...))
		}
	}
	return all, nil
}

// named is what a constant, a variable or a parameter may hold.
func (x *index) named(e *ast.Ident, depth int) ([]sql, *dynamic) {
	o := x.info.ObjectOf(e)
	if c, ok := o.(*types.Const); ok {
		if init := x.consts[c]; init != nil {
			if found, why := x.foldIn(init, depth+1); why == nil {
				return found, nil
			}
		}
		if text, ok := x.constant(e); ok {
			return []sql{{{text: text, hole: -1}}}, nil
		}
	}
	v, ok := o.(*types.Var)
	if !ok {
		return nil, &dynamic{e, "nobody knows what " + e.Name + " holds"}
	}
	if n := x.changed[v]; n != nil && !x.onlyAppended(v) {
		return nil, &dynamic{n, e.Name + " is put together at run time"}
	}
	if p, ok := x.params[v]; ok && isText(v.Type()) {
		if len(x.values[v]) > 0 {
			return nil, &dynamic{x.values[v][0], "parameter " + e.Name + " is changed"}
		}
		if more := x.appended[v]; len(more) > 0 {
			return nil, &dynamic{more[0].at, "parameter " + e.Name + " is changed"}
		}
		return []sql{{{hole: p.index, of: p.of}}}, nil
	}
	if v.Parent() == v.Pkg().Scope() && v.Exported() {
		return nil, &dynamic{e, "any package may change the variable " + e.Name}
	}
	if len(x.values[v]) == 0 {
		return nil, &dynamic{e, "nobody knows what " + e.Name + " holds"}
	}
	var all []sql
	for _, value := range x.values[v] {
		if value == nil {
			all = append(all, sql{{hole: -1}})
			continue
		}
		found, why := x.foldIn(value, depth+1)
		if why != nil {
			return nil, why
		}
		if all = append(all, found...); len(all) > maxTexts {
			return nil, &dynamic{e, "there are too many texts that it may be"}
		}
	}
	return x.longer(e, v, all, depth)
}

// onlyAppended reports whether a local variable is given values and made longer, and nothing else, each statement at most once for
// a variable that it is: then its text is one of the values with some of what is appended behind it, in the order of the statements.
func (x *index) onlyAppended(v *types.Var) bool {
	more := x.appended[v]
	if len(more) == 0 || x.jumps || x.changed[v] != more[0].at || v.Parent() == v.Pkg().Scope() {
		return false
	}
	for _, a := range more {
		for _, again := range x.repeats {
			body := again
			if loop, ok := again.(*ast.ForStmt); ok {
				body = loop.Body // what its first clause declares is copied from one round to the next
			}
			if within(a.at, again) && (v.Pos() < body.Pos() || v.Pos() >= body.End()) {
				return false
			}
		}
	}
	return true
}

func within(n, around ast.Node) bool { return around.Pos() <= n.Pos() && n.End() <= around.End() }

// longer are texts with and without each of what a variable is made longer by.
func (x *index) longer(e *ast.Ident, v *types.Var, all []sql, depth int) ([]sql, *dynamic) {
	for _, a := range x.appended[v] {
		more, why := x.foldIn(a.by, depth+1)
		if why != nil {
			return nil, why
		}
		if len(all)*(1+len(more)) > maxTexts {
			return nil, &dynamic{e, "there are too many texts that it may be"}
		}
		for _, before := range all[:len(all):len(all)] {
			for _, m := range more {
				all = append(all, append(before[:len(before):len(before)], m...))
			}
		}
	}
	return all, nil
}
