package treejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v5"
	"github.com/pganalyze/pg_query_go/v5/parser"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// same fails unless both parsers say the same of a text: the same tree, field by field, or the same error. It reports whether
// the tree came out of JSON.
func same(t *testing.T, text string) bool {
	t.Helper()
	want, wantErr := pg.Parse(text)
	got, err := Parse(text)
	var a, b *parser.Error
	switch {
	case (err == nil) != (wantErr == nil), errors.As(err, &a) && errors.As(wantErr, &b) && *a != *b, err != nil && err.Error() != wantErr.Error():
		t.Errorf("%.300s: %v, not %v", text, err, wantErr)
	case !proto.Equal(got, want):
		t.Errorf("%.300s: another tree:\n%s\nnot\n%s", text, protojson.Format(got), protojson.Format(want))
	}
	tree, err := pg.ParseToJSON(text)
	if err != nil {
		return true
	}
	_, ok := decode(text, tree)
	return ok
}

// TestSameTrees compares every statement of every file of SQL in this repository, and each of its words left out, with what pg_query reads.
func TestSameTrees(t *testing.T) {
	seen, left, total := map[string]bool{}, 0, 0
	for _, dir := range []string{"../..", "../../../example", "../../../golden", "../../../migrate", "../../../e2e", "../../../verify"} {
		filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(name, ".sql") && !strings.HasSuffix(name, ".txtar") && !strings.HasSuffix(name, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, piece := range pieces(string(text)) {
				if !seen[piece] {
					seen[piece] = true
					total++
					if !same(t, piece) {
						left++
					}
				}
			}
			return nil
		})
	}
	t.Logf("%d texts, of which pg_query reads %d", total, left)
	if total < 10000 || left > total/100 {
		t.Errorf("%d texts, of which %d were left to pg_query", total, left)
	}
}

// pieces are texts of a file that may be statements, and the files of a txtar.
func pieces(text string) []string {
	list := regexp.MustCompile(`(?m)^-- \S+ --$`).Split(text, -1)
	for _, part := range regexp.MustCompile("[;`]|\n\n").Split(text, -1) {
		list = append(list, strings.TrimSpace(part))
	}
	return list
}

// TestNumbers is about what pg_query's JSON leaves out.
func TestNumbers(t *testing.T) {
	for text, ok := range map[string]bool{
		"SELECT 0": true, "SELECT 00": true, "SELECT -0": true, "SELECT -1": true, "SELECT 1": true, "SELECT x FROM t WHERE a = -12 LIMIT 0": true,
		"SELECT -2147483648": true, "SELECT 0::int, -1::int, '0', 0.0, -1.5, - 1.5, -'1'": true, "SELECT -1 ^ 2, 2 ^ -1, a[-1], a[0:-1]": true,
		"SELECT 'é', -7, 'ü'": true, "SELECT -1-1, -1+-1,0-0": true, "SELECT f(-1,0)": true, "SELECT CASE WHEN 0 THEN -1 ELSE -2 END": true,
		"SELECT a::int[], a::pg_catalog.text[][], a::numeric(3,0)[], CAST(a AS timestamp(0) with time zone[])": true, "SELECT a::int[0]": false, "SELECT a::int[][0]": false,
		"SELECT a::int[0][]": false, "SELECT a::int[5], a::int[5][7]": true, "SELECT a::int[ ]": false, "SELECT a::int ARRAY": false, "SELECT a::int ARRAY[0], b::int[]": false,
		`SELECT a::"x[]"[0]`: false, "SELECT a::f(b::int[])[0]": false, "SELECT a::int/*[]*/[0]": false, "SELECT a::int[][5]": false, "SELECT a::int\n[]": false, "SELECT a::f(b[0])[]": false,
		"CREATE FUNCTION f(VARIADIC a int[], SETOF b.c[]) RETURNS SETOF text[] RETURN 1": true,
		"SELECT - 1": false, "SELECT -(1)": false, "SELECT -/**/1": false, "SELECT - -1": true, "SELECT -(-(1))": true, "SELECT - - -1": false,
		"SELECT 0x0": false, "SELECT 0b0, 0o0": false, "SELECT -0x1F": false, "SELECT -1_000": false, "SELECT 0_0": false, "SELECT 0x10": true, "SELECT --x\n0": true, "SELECT -\n1": false,
		"ALTER TABLE t ALTER c SET STATISTICS -1": false, "CREATE SEQUENCE s START 0": false, "CREATE SEQUENCE s MINVALUE -5": false, "CREATE SEQUENCE s START 7": true,
		"FETCH 0 FROM c": true, "MOVE BACKWARD ALL IN c": true, "SELECT a::numeric(5,0), b::numeric(3, -2)": true, "SET x = -1": true, "SET x = 0": true,
		"SELECT INTERVAL '1' YEAR, INTERVAL(0) '1', CAST(x AS bit), CAST(x AS time(0))": true, "SELECT a FROM t FETCH FIRST ROW ONLY": true,
	} {
		if got := same(t, text); got != ok {
			t.Errorf("%s: read from JSON: %t", text, got)
		}
	}
}

// TestStrings is about characters that JSON writes otherwise, and those that are none.
func TestStrings(t *testing.T) {
	for c := 1; c < 0x120; c++ {
		same(t, "SELECT '"+string(rune(c))+"', \"a"+string(rune(c))+"\", $x$"+string(rune(c))+"$x$, E'a"+string(rune(c))+"b'")
	}
	for c := range 256 {
		same(t, "SELECT '"+string([]byte{byte(c)})+"x'")
		same(t, "SELECT E'\\x"+string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])+"'")
	}
	for _, text := range []string{"", ";", " ; ;", "-- x", "SELECT '\\', E'\\u00e9\\U0001F600', U&'\\00e9', '\u2028\U0001F600', '<>&', ''", "SELECT\x00 1", "SELECT '\xff'", "SELECT \xff", "SELECT E'\\xff'", "SELECT 'a\x00b'", "SELEC 1", "SELECT 'x", "SELECT é é é"} {
		same(t, text)
	}
}

// TestLarge leaves a large text to pg_query, and reads one that is nested as deeply as statements may be.
func TestLarge(t *testing.T) {
	same(t, "SELECT 1 /*"+strings.Repeat("x", mostText)+"*/")
	same(t, "SELECT "+strings.Repeat("(", 900)+"1"+strings.Repeat(")", 900)+strings.Repeat("+1", 900))
	same(t, "SELECT "+strings.Repeat("1,", 20000)+"1")
}

// TestEveryField reads each message with each of its fields, one at a time and all at once.
func TestEveryField(t *testing.T) {
	fields := new(pg.Node).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.JSONName() == "Integer" || f.JSONName() == "A_Const" { // TestNumbers
			continue
		}
		whole := new(pg.Node)
		all := whole.ProtoReflect().Mutable(f).Message()
		of := f.Message().Fields()
		for j := range of.Len() {
			if !readable(of.Get(j)) {
				continue
			}
			one := new(pg.Node)
			fill(one.ProtoReflect().Mutable(f).Message(), of.Get(j))
			fill(all, of.Get(j))
			again(t, one)
		}
		again(t, whole)
	}
}

// readable reports whether trees of the parser have a field: no fractions and no sets of bits.
func readable(f protoreflect.FieldDescriptor) bool {
	return f.Kind() != protoreflect.DoubleKind && !(f.IsList() && f.Kind() != protoreflect.MessageKind)
}

func fill(m protoreflect.Message, f protoreflect.FieldDescriptor) {
	name := func() protoreflect.Value {
		v := new(pg.Node)
		v.Node = &pg.Node_String_{String_: &pg.String{Sval: "x \"\\ " + string(f.Name())}}
		return protoreflect.ValueOfMessage(v.ProtoReflect())
	}
	switch f.Kind() {
	case protoreflect.MessageKind:
		value := name()
		if f.Message().Name() != "Node" {
			value = m.NewField(f)
			if f.IsList() {
				value = value.List().NewElement()
			}
			for i := range f.Message().Fields().Len() {
				if sub := f.Message().Fields().Get(i); sub.Kind() == protoreflect.StringKind || sub.Kind() == protoreflect.Int32Kind {
					fill(value.Message(), sub)
				}
			}
		}
		if f.IsList() {
			m.Mutable(f).List().Append(value)
			m.Mutable(f).List().Append(value)
		} else {
			m.Set(f, value)
		}
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		m.Set(f, protoreflect.ValueOfEnum(values.Get(values.Len()-1).Number()))
	case protoreflect.StringKind:
		m.Set(f, protoreflect.ValueOfString("é\n"+string(f.Name())))
	case protoreflect.BoolKind:
		m.Set(f, protoreflect.ValueOfBool(true))
	case protoreflect.Int32Kind:
		m.Set(f, protoreflect.ValueOfInt32(-1<<31))
	case protoreflect.Uint32Kind:
		m.Set(f, protoreflect.ValueOfUint32(1<<32-1))
	case protoreflect.Int64Kind:
		m.Set(f, protoreflect.ValueOfInt64(-1<<63))
	case protoreflect.Uint64Kind:
		m.Set(f, protoreflect.ValueOfUint64(1<<64-1))
	}
}

// quoted are numbers of 64 bits as protojson writes them.
var quoted = regexp.MustCompile(`:"(-?\d{19,20})"`)

func again(t *testing.T, want *pg.Node) {
	t.Helper()
	tree := &pg.ParseResult{Version: 160001, Stmts: []*pg.RawStmt{{Stmt: want, StmtLen: 3}}}
	text, err := protojson.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Compact(&b, text); err != nil {
		t.Fatal(err)
	}
	got, ok := decode("", quoted.ReplaceAllString(b.String(), ":$1"))
	if !ok || !proto.Equal(got, tree) {
		t.Errorf("%t: %s\nnot %s", ok, protojson.Format(got), b.String())
	}
}

// TestUnsure leaves everything that it does not know to pg_query.
func TestUnsure(t *testing.T) {
	good := `{"version":160001,"stmts":[{"stmt":{"SelectStmt":{"targetList":[{"ResTarget":{"val":{"ColumnRef":{"fields":[{"String":{"sval":"a\u003cb"}}],"location":7}},"location":7}}],"limitOption":"LIMIT_OPTION_DEFAULT","op":"SETOP_NONE"}}}]}`
	if _, ok := decode("", good); !ok {
		t.Fatal("it is not sure of a tree")
	}
	in := strings.Index(good, `a\u003cb"`)
	for i := range good {
		if _, ok := decode("", good[:i]); ok {
			t.Errorf("it takes %s", good[:i])
		}
		if _, ok := decode("", good[:i]+" "+good[i:]); ok && (i < in || i > in+len(`a\u003cb`)) {
			t.Errorf("it takes a blank before %s", good[i:])
		}
	}
	for from, to := range map[string]string{
		"SelectStmt": "SelectStmts", `"targetList"`: `"targetlist"`, "SETOP_NONE": "SETOP_SOME", `"version"`: `"Version"`, "160001": "2147483648", ":7}": ":7.5}", `":7`: `":"7"`,
		`"location":7}}`: `"location":null}}`, `\u003c`: `\u013c`, "003c": "00zz", `\u`: `\q`, `"sval":"a\u003cb"`: `"sval":null`, `}}}]}`: `}}}]}}`, "003cb": "008cb", `{"String"`: `{"Integer"`, `a\u003c`: `\u00c3\u00a9`,
	} {
		if changed := strings.Replace(good, from, to, 1); changed == good {
			t.Errorf("%s is not there", from)
		} else if _, ok := decode("", changed); ok {
			t.Errorf("it takes %s", changed)
		}
	}
}

// TestWritten is unsure of an integer whose text says something else than the JSON, which is that it is not more than 0.
func TestWritten(t *testing.T) {
	for sql, sure := range map[string]bool{"SELECT 0": true, "SELECT -5": true, "SELECT 5": false, "SELECT +0": false, "SELECT x": false, "SELECT ": false, "SELECT -": false, "SELECT --5": false, "SELECT -9999999999": false} {
		if _, ok := decode(sql, `{"version":160001,"stmts":[{"stmt":{"A_Const":{"ival":{},"location":7}}}]}`); ok != sure {
			t.Errorf("%q: %t", sql, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("SELECT a, -1, 'x\\' FROM t WHERE 0 < $1")
	f.Add("INSERT INTO t VALUES (-0, E'\\x01', 0x0) ON CONFLICT DO NOTHING")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) < 2000 {
			same(t, text)
		}
	})
}
