package calls

import (
	"context"
	"database/sql"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// parameters are the names of all methods' parameters, which reflection does not know, by Repository.Method.
func parameters(t *testing.T, dir string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal(dir, err)
	}
	names := map[string][]string{}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil {
				if recv, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok {
					key := strings.TrimSuffix(recv.X.(*ast.Ident).Name, "Repository") + "." + fn.Name.Name
					for _, p := range fn.Type.Params.List {
						for _, n := range p.Names {
							names[key] = append(names[key], n.Name)
						}
					}
				}
			}
		}
	}
	return names
}

// arguments are those of a method for a tenant, with the ids of somebody's rows.
func (c *caller) arguments(name string, method reflect.Value, w, whose workshop) []reflect.Value {
	args := []reflect.Value{reflect.ValueOf(context.Background())}
	m := maker{whose: whose, isNew: strings.Contains(name, ".Add") || strings.Contains(name, ".Copy")}
	for i, p := range c.names[name][1:] {
		typ := method.Type().In(i + 1)
		if c.parser(typ).IsValid() {
			args = append(args, c.id(typ, w))
		} else {
			args = append(args, m.value(typ, p))
		}
	}
	return args
}

// parser is the function that parses ids of a type, or is not valid.
func (c *caller) parser(typ reflect.Type) reflect.Value {
	for _, parse := range c.ids {
		if v := reflect.ValueOf(parse); v.Type().Out(0) == typ {
			return v
		}
	}
	return reflect.Value{}
}

// id is the id of a tenant, or of its first part; of nobody it is zero.
func (c *caller) id(typ reflect.Type, w workshop) reflect.Value {
	if w.id == "" {
		return reflect.Zero(typ)
	}
	return c.parser(typ).Call([]reflect.Value{reflect.ValueOf(w.id + "1")})[0]
}

// maker makes values by their types and names: each id is that of the first row of its table.
type maker struct {
	whose workshop
	isNew bool // a plain id is that of a row which is to be
}

const (
	newID = "c0000000-0000-4000-8000-000000000009"
	// Users are everybody's.
	userID      = "00000000-0000-4000-8000-000000000001"
	otherUserID = "00000000-0000-4000-8000-000000000002"
)

// texts are what is scanned into types that can be; the first that fits is taken.
var texts = []string{"2026-01-02 03:04:05Z", "2026-01-02", "idle", "open", "word", "1000 days", "1"}

// named are values of texts that have to be certain ones.
var named = map[string]string{"words": "word", "labels": "word", "id": "small", "MemberRole": "mechanic", "MachineState": "idle", "JobStatus": "open"}

// numbers are values of numbers that have to be certain ones.
var numbers = map[string]int64{"rowlimit": 100, "rowoffset": 0}

func (m maker) value(typ reflect.Type, name string) reflect.Value {
	v := reflect.New(typ).Elem()
	lower := strings.ToLower(name)
	switch typ.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(m.value(typ.Elem(), name))
	case reflect.Array:
		v.Set(reflect.ValueOf(uuid.MustParse(m.uuid(lower))).Convert(typ))
	case reflect.Slice:
		if typ.Elem().Kind() == reflect.Uint8 {
			v.SetBytes(m.bytes(lower))
		} else {
			v.Set(reflect.Append(v, m.value(typ.Elem(), strings.TrimSuffix(name, "s"))))
		}
	case reflect.String:
		v.SetString(m.text(typ, lower))
	case reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(m.number(lower))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Struct:
		m.fill(v, lower)
	}
	return v
}

func (m maker) uuid(name string) string {
	switch {
	case name == "id" && m.isNew:
		return newID
	case name == "touserid":
		return otherUserID
	case strings.HasSuffix(name, "userid") || name == "assigneeid":
		return userID
	}
	return m.whose.id + "1"
}

func (m maker) number(name string) int64 {
	n, ok := numbers[name]
	switch {
	case ok:
		return n
	case m.isNew:
		return 9
	}
	return 1
}

// bytes are a hash, or a document.
func (m maker) bytes(name string) []byte {
	switch {
	case name != "hash":
		return []byte(`{"dark": true}`)
	case m.isNew:
		return []byte("new")
	}
	return []byte(m.whose.word)
}

func (m maker) text(typ reflect.Type, name string) string {
	for _, key := range []string{typ.Name(), name, name + "s"} {
		if s, ok := named[key]; ok {
			return s
		}
	}
	return "new " + name
}

// fill fills the parameters of a query, a time, or what can be scanned.
func (m maker) fill(v reflect.Value, name string) {
	if at, ok := v.Addr().Interface().(*time.Time); ok {
		*at = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		return
	}
	if scanner, ok := v.Addr().Interface().(sql.Scanner); ok {
		for _, text := range texts {
			switch enum, ok := named[strings.TrimPrefix(v.Type().Name(), "Null")]; {
			case ok:
				text = enum
			case name == "until", m.isNew:
				text = strings.Replace(text, "2026", "2027", 1)
			}
			if scanner.Scan(text) == nil {
				return
			}
		}
		return
	}
	for field, f := range v.Fields() {
		f.Set(m.value(f.Type(), field.Name))
	}
}
