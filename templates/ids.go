package templates

import (
	"github.com/dave/jennifer/jen"
)

// idsFile prints ids.go. An id is a struct with one unexported field: of any
// other form Go would take something else for it, a [16]byte of another id or a
// constant, without a conversion that a reader could see.
func idsFile(m Model) *jen.File {
	f := newFile(m)
	for i, id := range m.IDs {
		if i > 0 {
			f.Line()
		}
		printID(f, id)
	}
	return f
}

func printID(f *jen.File, id ID) {
	comment(f,
		id.Type+" says whose rows a method touches: it is a value of "+id.Column+". Nothing else can",
		"be passed in its place. The zero value is no tenant, and is refused by every method.")
	f.Type().Id(id.Type).Struct(jen.Id("value").Id(string(id.Kind)))
	f.Line()
	idNew(f, id)
	f.Line()
	idParse(f, id)
	f.Line()
	idFrom(f, id)
	f.Line()
	comment(f, "IsZero reports whether id is no tenant.")
	idMethod(f, id).Id("IsZero").Params().Bool().Block(jen.Return(jen.Id("id").Op("==").Parens(jen.Id(id.Type).Values())))
	f.Line()
	idString(f, id)
	f.Line()
	idValue(f, id)
	idText(f, id)
	f.Line()
	idScope(f, id)
	idConversions(f, id)
}

func idMethod(f *jen.File, id ID) *jen.Statement { return f.Func().Params(jen.Id("id").Id(id.Type)) }

func idNew(f *jen.File, id ID) {
	comment(f, "New"+id.Type+" makes an id of a value, as it is in the models.")
	value := jen.Id("value")
	fn := f.Func().Id("New" + id.Type).Params(jen.Id("value").Add(typeCode(f, id.Native))).Id(id.Type)
	fn.BlockFunc(func(g *jen.Group) {
		if id.Native.Expr == "pgtype.UUID" {
			g.If(jen.Op("!").Id("value").Dot("Valid")).Block(jen.Return(jen.Id(id.Type).Values()))
			value = jen.Id("value").Dot("Bytes")
		} else if id.Kind != UUID && id.Native.Expr != string(id.Kind) {
			value = jen.Id(string(id.Kind)).Call(value)
		}
		g.Return(jen.Id(id.Type).Values(jen.Id("value").Op(":").Add(value)))
	})
}

func idParse(f *jen.File, id ID) {
	comment(f, "Parse"+id.Type+" reads an id as String writes it. There is no text for the zero value.")
	f.Func().Id("Parse"+id.Type).Params(jen.Id("s").String()).Params(jen.Id(id.Type), jen.Error()).BlockFunc(func(g *jen.Group) {
		value, invalid := parse(g, id.Kind)
		g.If(invalid).Block(jen.Return(jen.Id(id.Type).Values(), jen.Qual("fmt", "Errorf").Call(jen.Lit("%q is not a valid "+id.Type), jen.Id("s"))))
		g.Return(jen.Id(id.Type).Values(jen.Id("value").Op(":").Add(value)), jen.Nil())
	})
}

// idFrom prints the function that takes the id from where requests and jobs carry it.
func idFrom(f *jen.File, id ID) {
	name := id.Type + "From"
	comment(f,
		name+" returns the id of the tenant that ctx is for: a request's behind the middleware of",
		"package tenanthttp, or whatever tenant.NewContext was called for. The error is tenant.ErrNoTenant when",
		"there is none.")
	text := jen.List(jen.Id("text"), jen.Err()).Op(":=").Qual(Gen, "CurrentID").Call(jen.Id("ctx"), jen.Id(id.Type).Values().Dot("Scope").Call())
	f.Func().Id(name).Params(jen.Id("ctx").Qual("context", "Context")).Params(jen.Id(id.Type), jen.Error()).Block(
		text,
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Id(id.Type).Values(), jen.Err())),
		jen.Return(jen.Id("Parse"+id.Type).Call(jen.Id("text"))),
	)
}

// parse prints how s is read, and returns the value that it holds and the
// condition on which it holds none.
func parse(g *jen.Group, kind Kind) (value, invalid *jen.Statement) {
	failed := jen.Err().Op("!=").Nil()
	switch kind {
	case UUID:
		// pgtype takes any byte for a dash; hence the comparison.
		g.Var().Id("u").Qual(pgtype, "UUID")
		g.Err().Op(":=").Id("u").Dot("Scan").Call(jen.Id("s"))
		same := jen.Qual("strings", "EqualFold").Call(jen.Id("u").Dot("String").Call(), jen.Id("s"))
		zero := jen.Id("u").Dot("Bytes").Op("==").Parens(jen.Index(jen.Lit(16)).Byte().Values())
		return jen.Id("u").Dot("Bytes"), failed.Op("||").Op("!").Add(same).Op("||").Add(zero)
	case Text:
		return jen.Id("s"), jen.Id("s").Op("==").Lit("")
	}
	g.List(jen.Id("n"), jen.Err()).Op(":=").Qual("strconv", "ParseInt").Call(jen.Id("s"), jen.Lit(10), jen.Lit(bits[kind]))
	return convert(kind, Int64, jen.Id("n")), failed.Op("||").Id("n").Op("==").Lit(0)
}

var bits = map[Kind]int{Int64: 64, Int32: 32, Int16: 16}

// convert prints the conversion of x between two integer kinds.
func convert(to, from Kind, x *jen.Statement) *jen.Statement {
	if to == from {
		return x
	}
	return jen.Id(string(to)).Call(x)
}

func idString(f *jen.File, id ID) {
	value := jen.Id("id").Dot("value")
	comment(f, "String returns the id as the database writes it, and nothing for the zero value.")
	idMethod(f, id).Id("String").Params().String().BlockFunc(func(g *jen.Group) {
		if id.Kind == Text {
			g.Return(value)
			return
		}
		g.If(jen.Id("id").Dot("IsZero").Call()).Block(jen.Return(jen.Lit("")))
		if id.Kind == UUID {
			g.Return(jen.Qual(pgtype, "UUID").Values(jen.Id("Bytes").Op(":").Add(value), jen.Id("Valid").Op(":").True()).Dot("String").Call())
			return
		}
		g.Return(jen.Qual("strconv", "FormatInt").Call(convert(Int64, id.Kind, value), jen.Lit(10)))
	})
}

// accessors are the names of the methods that return an id as it is in the models; a text is its String.
var accessors = map[Kind]string{UUID: "UUID", Int64: "Int64", Int32: "Int32", Int16: "Int16"}

// idValue prints the typed accessor, the inverse of the constructor.
func idValue(f *jen.File, id ID) {
	name, ok := accessors[id.Kind]
	if f, _, _, _ := id.level.formOf(id.Native); f.own {
		name, ok = "Value", true
	}
	if !ok {
		return
	}
	comment(f, name+" returns the value, as New"+id.Type+" takes it.")
	typ, value := typeCode(f, id.Native), jen.Id("id").Dot("value")
	switch id.Native.Expr {
	case "pgtype.UUID":
		value = jen.Add(typ).Values(jen.Id("Bytes").Op(":").Add(value), jen.Id("Valid").Op(":").Op("!").Id("id").Dot("IsZero").Call())
	case string(id.Kind):
	default:
		value = jen.Add(typ).Call(value)
	}
	idMethod(f, id).Id(name).Params().Add(typ).Block(jen.Return(value))
	f.Line()
}

func idText(f *jen.File, id ID) {
	comment(f, "MarshalText returns the id as String does.")
	idMethod(f, id).Id("MarshalText").Params().Params(jen.Index().Byte(), jen.Error()).Block(
		jen.Return(jen.Index().Byte().Call(jen.Id("id").Dot("String").Call()), jen.Nil()),
	)
	f.Line()
	comment(f, "UnmarshalText reads what MarshalText returns.")
	f.Func().Params(jen.Id("id").Op("*").Id(id.Type)).Id("UnmarshalText").Params(jen.Id("text").Index().Byte()).Error().Block(
		jen.If(jen.Len(jen.Id("text")).Op("==").Lit(0)).Block(
			jen.Op("*").Id("id").Op("=").Id(id.Type).Values(),
			jen.Return(jen.Nil()),
		),
		jen.List(jen.Id("parsed"), jen.Err()).Op(":=").Id("Parse"+id.Type).Call(jen.String().Call(jen.Id("text"))),
		jen.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err())),
		jen.Op("*").Id("id").Op("=").Id("parsed"),
		jen.Return(jen.Nil()),
	)
}

// idConversions prints what the methods of repositories hand to sqlc's.
func idConversions(f *jen.File, id ID) {
	for _, c := range id.Conversions {
		f.Line()
		typ := typeCode(f, c.Type)
		value := conversionValue(id, c, typ)
		if c.Pointer {
			idMethod(f, id).Id(c.Method).Params().Op("*").Add(typ).Block(
				jen.Id("value").Op(":=").Add(value),
				jen.Return(jen.Op("&").Id("value")),
			)
			continue
		}
		idMethod(f, id).Id(c.Method).Params().Add(typ).Block(jen.Return(value))
	}
}

func conversionValue(id ID, c Conversion, typ jen.Code) *jen.Statement {
	value := jen.Id("id").Dot("value")
	switch {
	case c.AsText:
		value = jen.Id("id").Dot("String").Call()
		if c.Field == "" && c.Type.Expr != string(Text) {
			value = jen.Add(typ).Call(value)
		}
	case c.Field == "" && c.Type.Expr != string(id.Kind):
		value = jen.Add(typ).Call(value)
	}
	if c.Field != "" {
		return jen.Add(typ).Values(jen.Id(c.Field).Op(":").Add(value), jen.Id("Valid").Op(":").True())
	}
	return value
}
