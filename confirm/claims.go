package confirm

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tenantgen/tenantgen/internal/nodetree"
)

// claims adds what a proof may rest on of expressions of the schema, read from the trees in which the
// server keeps them: a default that is the tenant's setting, and a CHECK that lets one of several columns
// be anything but NULL.
func (s *server) claims(ctx context.Context, out said) error {
	known, err := s.builtins(ctx)
	if err != nil {
		return err
	}
	rows, err := s.rows(ctx, `SELECT 'table ' || c.name, 'claim default of ' || a.attname, d.adbin::text FROM pg_catalog.pg_attrdef d JOIN pg_temp.object c ON c.oid = d.adrelid
		JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated = ''`)
	if err != nil {
		return err
	}
	for _, r := range rows {
		e, err := node(r[2])
		if err != nil {
			return err
		}
		if setting, ok := known.setting(e); ok {
			out.add(r[0], r[1], "the setting %s", setting)
		}
	}
	// PostgreSQL 18 has checks that are not enforced, too.
	rows, err = s.rows(ctx, `SELECT 'table ' || c.name, k.conbin::text, (SELECT pg_catalog.json_object_agg(a.attnum, a.attname) FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey))
		FROM pg_catalog.pg_constraint k JOIN pg_temp.object c ON c.oid = k.conrelid WHERE k.contype = 'c' AND k.convalidated AND pg_catalog.cardinality(k.conkey) BETWEEN 2 AND 8 AND pg_catalog.to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'`)
	if err != nil {
		return err
	}
	for _, r := range rows {
		e, err := node(r[1])
		columns := map[int]string{}
		if err := errors.Join(err, json.Unmarshal([]byte(r[2]), &columns)); err != nil {
			return err
		}
		if known.oneOf(e, slices.Collect(maps.Keys(columns))) {
			out.add(r[0], "claim check of "+strings.Join(slices.Sorted(maps.Values(columns)), ", "), "at most one")
		}
	}
	return nil
}

// node is the tree of an expression.
func node(text string) (*nodetree.Node, error) {
	v, err := nodetree.Parse(text)
	n, _ := v.(*nodetree.Node)
	return n, err
}

// builtins are the functions and operators of pg_catalog that claims are made of, by their OIDs.
type builtins map[uint32]string

func (s *server) builtins(ctx context.Context) (builtins, error) {
	known := builtins{}
	rows, err := s.rows(ctx, `SELECT f, f::pg_catalog.regprocedure::oid FROM pg_catalog.unnest('{pg_catalog.current_setting(text),"pg_catalog.current_setting(text,boolean)","pg_catalog.num_nonnulls(\"any\")","pg_catalog.num_nulls(\"any\")"}'::text[]) f
		UNION ALL SELECT o, o::pg_catalog.regoperator::oid FROM pg_catalog.unnest('{"pg_catalog.=(integer,integer)","pg_catalog.<>(integer,integer)","pg_catalog.<(integer,integer)","pg_catalog.<=(integer,integer)","pg_catalog.>(integer,integer)","pg_catalog.>=(integer,integer)","pg_catalog.=(boolean,boolean)","pg_catalog.<>(boolean,boolean)"}'::text[]) o`)
	for _, r := range rows {
		oid, _ := strconv.ParseUint(r[1], 10, 32)
		name, _, _ := strings.Cut(strings.TrimPrefix(r[0], "pg_catalog."), "(")
		known[uint32(oid)] = name
	}
	return known, err
}

// lengthOfText is what stands before the bytes of a text: how many there are (PostgreSQL manual, 73.2).
const lengthOfText = 4

// How a call was written (primnodes.h, CoercionForm).
const (
	explicitCast = 1
	implicitCast = 2
)

// setting is the name of the setting whose value an expression is, under casts to the column's type; one
// that is set to nothing may be NULL.
func (b builtins) setting(e *nodetree.Node) (string, bool) {
	for e != nil {
		switch e.Name {
		case "COERCEVIAIO", "RELABELTYPE", "COERCETODOMAIN":
			e = e.Node("arg")
		case "NULLIFEXPR":
			args := e.Nodes("args")
			if len(args) != 2 || args[1].Name != "CONST" || len(args[1].Bytes("constvalue")) != lengthOfText {
				return "", false
			}
			e = args[0]
		case "FUNCEXPR":
			args := e.Nodes("args")
			if cast := e.Int("funcformat", 0); (cast == explicitCast || cast == implicitCast) && len(args) > 1 && args[0].OID("resulttype") == e.OID("funcresulttype") {
				e = args[0] // to the length of the column's type
				continue
			}
			if b[e.OID("funcid")] != "current_setting" || len(args) == 0 || args[0].Name != "CONST" {
				return "", false
			}
			text := args[0].Bytes("constvalue")
			if len(text) < lengthOfText {
				return "", false
			}
			return string(text[lengthOfText:]), true
		default:
			return "", false
		}
	}
	return "", false
}

// oneOf reports whether a CHECK is false of every row in which two of the columns have a value, whatever
// else they have: NULL would let the row pass.
func (b builtins) oneOf(e *nodetree.Node, columns []int) bool {
	for set := range 1 << len(columns) {
		if set&(set-1) == 0 {
			continue // it has one column, or none
		}
		filled := map[int]bool{}
		for i, c := range columns {
			filled[c] = set&(1<<i) != 0
		}
		if v := b.value(e, filled); v == nil || *v != 0 {
			return false
		}
	}
	return len(columns) > 1
}

// value is what an expression gives when just the filled columns have a value: a number, of a condition 1
// or 0, and nil for what depends on anything else. Whoever asks for 0 alone need not know of NULL.
func (b builtins) value(e *nodetree.Node, filled map[int]bool) *int {
	if e == nil {
		return nil
	}
	args := e.Nodes("args")
	switch e.Name {
	case "CONST":
		if raw := e.Bytes("constvalue"); e.Bool("constbyval") && !e.Bool("constisnull") && len(raw) >= 4 {
			return number(int(int32(uint32(raw[0]) | uint32(raw[1])<<8 | uint32(raw[2])<<16 | uint32(raw[3])<<24)))
		}
	case "NULLTEST":
		v := e.Node("arg")
		if v == nil || v.Name != "VAR" || e.Bool("argisrow") {
			return nil
		}
		has, here := filled[v.Int("varattno", 0)]
		if !here {
			return nil
		}
		return truthOf(has == (e.Int("nulltesttype", -1) == 1)) // primnodes.h, NullTestType: IS_NULL, IS_NOT_NULL
	case "FUNCEXPR":
		return b.count(b[e.OID("funcid")], args, filled, e.Bool("funcvariadic"))
	case "OPEXPR":
		if len(args) == 2 {
			return compared(b[e.OID("opno")], b.value(args[0], filled), b.value(args[1], filled))
		}
	case "BOOLEXPR":
		return b.junction(e.Text("boolop"), args, filled)
	}
	return nil
}

func number(n int) *int { return &n }

func truthOf(b bool) *int {
	if b {
		return number(1)
	}
	return number(0)
}

// count is what num_nulls or num_nonnulls give (PostgreSQL manual, 9.2).
func (b builtins) count(name string, args []*nodetree.Node, filled map[int]bool, variadic bool) *int {
	if name != "num_nulls" && name != "num_nonnulls" || variadic {
		return nil
	}
	n := 0
	for _, a := range args {
		has, here := filled[a.Int("varattno", 0)]
		if a.Name != "VAR" || !here {
			return nil
		}
		if has == (name == "num_nonnulls") {
			n++
		}
	}
	return number(n)
}

func compared(operator string, a, b *int) *int {
	if a == nil || b == nil {
		return nil
	}
	switch operator {
	case "=":
		return truthOf(*a == *b)
	case "<>":
		return truthOf(*a != *b)
	case "<":
		return truthOf(*a < *b)
	case "<=":
		return truthOf(*a <= *b)
	case ">":
		return truthOf(*a > *b)
	case ">=":
		return truthOf(*a >= *b)
	}
	return nil
}

func (b builtins) junction(operator string, args []*nodetree.Node, filled map[int]bool) *int {
	if operator == "not" && len(args) == 1 {
		v := b.value(args[0], filled)
		return compared("=", v, number(0))
	}
	decides := 0 // one false makes AND false, one true makes OR true
	if operator == "or" {
		decides = 1
	} else if operator != "and" {
		return nil
	}
	all := number(1 - decides)
	for _, a := range args {
		v := b.value(a, filled)
		if v != nil && *v == decides {
			return v
		}
		if v == nil {
			all = nil
		}
	}
	return all
}
