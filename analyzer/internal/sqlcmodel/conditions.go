package sqlcmodel

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
)

// truth is the set of values that a condition may have.
type truth int

const (
	isTrue truth = 1 << iota
	isFalse
	isNull
	unsure // it hangs on a NULL in a way that is not understood
	any3   = isTrue | isFalse | isNull
)

// nulls tells of a column whether it is NULL in the row that is looked at.
type nulls func(*table, *Column) bool

// passes reports whether a condition surely lets a row through in which some columns are NULL.
func (s *scope) passes(cond *pg.Node, null nulls) bool {
	v := s.eval(cond, null)
	return v&isTrue != 0 && v&unsure == 0
}

func (s *scope) eval(n *pg.Node, null nulls) truth {
	switch e := unwrap(n).(type) {
	case *pg.BoolExpr:
		return s.boolean(e, null)
	case *pg.NullTest:
		is := e.Nulltesttype == pg.NullTestType_IS_NULL
		switch s.value(e.Arg, null) {
		case isNull:
			return pick(is, isTrue, isFalse)
		case unsure:
			return unsure
		}
		return isTrue | isFalse
	case *pg.A_Expr:
		return s.operator(e, null)
	case *pg.ColumnRef:
		if s.value(n, null) == isNull {
			return isNull
		}
		return any3
	}
	if s.mentions(n, null) {
		return unsure
	}
	return any3
}

func pick(first bool, a, b truth) truth {
	if first {
		return a
	}
	return b
}

func (s *scope) boolean(e *pg.BoolExpr, null nulls) truth {
	if e.Boolop == pg.BoolExprType_NOT_EXPR {
		v := s.eval(e.Args[0], null)
		return pick(v&isTrue != 0, isFalse, 0) | pick(v&isFalse != 0, isTrue, 0) | v&(isNull|unsure)
	}
	deciding, neutral := isFalse, isTrue
	if e.Boolop == pg.BoolExprType_OR_EXPR {
		deciding, neutral = isTrue, isFalse
	}
	all := neutral
	for _, a := range e.Args {
		all = combine(all, s.eval(a, null), deciding, neutral)
	}
	return all
}

// combine joins two by AND, for which FALSE decides, or by OR, for which TRUE does.
func combine(a, b, deciding, neutral truth) truth {
	both := (a | b) & (deciding | unsure)
	if a&neutral != 0 && b&neutral != 0 {
		both |= neutral
	}
	if a&isNull != 0 && b&(isNull|neutral) != 0 || b&isNull != 0 && a&(isNull|neutral) != 0 {
		both |= isNull
	}
	return both
}

// operator evaluates a comparison: all of PostgreSQL's own but IS DISTINCT FROM are strict.
func (s *scope) operator(e *pg.A_Expr, null nulls) truth {
	switch e.Kind {
	case pg.A_Expr_Kind_AEXPR_OP, pg.A_Expr_Kind_AEXPR_OP_ANY, pg.A_Expr_Kind_AEXPR_OP_ALL, pg.A_Expr_Kind_AEXPR_LIKE, pg.A_Expr_Kind_AEXPR_ILIKE,
		pg.A_Expr_Kind_AEXPR_SIMILAR, pg.A_Expr_Kind_AEXPR_IN, pg.A_Expr_Kind_AEXPR_BETWEEN, pg.A_Expr_Kind_AEXPR_NOT_BETWEEN:
	default:
		return pick(s.mentions(e.Lexpr, null) || s.mentions(e.Rexpr, null), unsure, any3)
	}
	l, r := s.value(e.Lexpr, null), s.value(e.Rexpr, null)
	switch {
	case l == isNull, r == isNull:
		return isNull
	case l == unsure, r == unsure:
		return unsure
	}
	return any3
}

// value tells of an expression whether it is NULL (isNull), may be (any3), or hangs on a
// column that is in a way that is not understood (unsure).
func (s *scope) value(n *pg.Node, null nulls) truth {
	switch e := unwrap(n).(type) {
	case *pg.ColumnRef:
		if t, c := s.lookup(e); c != nil && null(t, c) {
			return isNull
		}
		return any3
	case *pg.TypeCast:
		return s.value(e.Arg, null)
	case *pg.A_Expr:
		if e.Kind == pg.A_Expr_Kind_AEXPR_OP && strictOperator(e) {
			return s.strictest(null, e.Lexpr, e.Rexpr)
		}
	case *pg.FuncCall:
		if strictCall(e) {
			return s.strictest(null, e.Args...)
		}
	}
	return pick(s.mentions(n, null), unsure, any3)
}

func (s *scope) strictest(null nulls, operands ...*pg.Node) truth {
	all := any3
	for _, o := range operands {
		switch s.value(o, null) {
		case isNull:
			return isNull
		case unsure:
			all = unsure
		}
	}
	return all
}

func (s *scope) mentions(n *pg.Node, null nulls) bool {
	return slices.ContainsFunc(search[*pg.ColumnRef](n), func(ref *pg.ColumnRef) bool {
		t, c := s.lookup(ref)
		return c != nil && null(t, c)
	})
}

// strictOperator reports whether an operator gives NULL for a NULL, whatever its operands
// are of: || does not for arrays.
func strictOperator(e *pg.A_Expr) bool {
	op := texts(e.Name)
	if len(op) != 1 {
		return false
	}
	switch op[0] {
	case "=", "<>", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "^", "~~", "!~~", "~~*", "!~~*", "~", "!~", "~*", "!~*":
		return true
	case "||":
		return isText(e.Lexpr) || isText(e.Rexpr)
	}
	return false
}

// isText reports whether an expression is a text for sure.
func isText(n *pg.Node) bool {
	switch e := unwrap(n).(type) {
	case *pg.TypeCast:
		names := texts(e.TypeName.GetNames())
		return len(names) > 0 && slices.Contains([]string{"text", "varchar"}, names[len(names)-1]) && len(e.TypeName.ArrayBounds) == 0
	case *pg.A_Expr:
		return strings.Join(texts(e.Name), "") == "||" && (isText(e.Lexpr) || isText(e.Rexpr))
	}
	return false
}

// strictFunctions are functions of PostgreSQL's that give NULL when an argument is.
var strictFunctions = words(`abs array_to_string ascii btrim ceil ceiling char_length character_length chr date_part date_trunc decode encode
exp extract floor initcap left length lower lpad ltrim md5 mod octet_length overlay position power regexp_replace repeat replace reverse right
round rpad rtrim sha256 sign split_part sqrt strpos substr substring timezone to_char to_date to_number to_timestamp translate trunc upper
age date to_hex justify_days justify_hours justify_interval`)

func strictCall(n *pg.FuncCall) bool {
	schema, name := lastTwo(n.Funcname)
	return (schema == "" || schema == "pg_catalog") && n.Over == nil && strictFunctions[name]
}

func words(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}
