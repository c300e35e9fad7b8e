package gen

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/slice2go/slice2go/slice"
)

// builtin is what the generator knows of a builtin type.
type builtin struct {
	goType string
	method string // of Encoder and Decoder; with an s, that of a sequence
	size   int    // on the wire; at least that much when not fixed
	fixed  bool
	format string // as an optional
}

var builtins = map[slice.Kind]builtin{
	slice.Bool:   {"bool", "Bool", 1, true, "F1"},
	slice.Byte:   {"byte", "Byte", 1, true, "F1"},
	slice.Short:  {"int16", "Short", 2, true, "F2"},
	slice.Int:    {"int32", "Int", 4, true, "F4"},
	slice.Long:   {"int64", "Long", 8, true, "F8"},
	slice.Float:  {"float32", "Float", 4, true, "F4"},
	slice.Double: {"float64", "Double", 8, true, "F8"},
	slice.String: {"string", "String", 1, false, "OptVSize"},
}

// asValue gives Object for an interface by value: that is an instance of a class
// that nothing is known of. A local interface is a type of its own, but for those
// of ZeroC's modules, which have no form in Go.
func (g *generator) asValue(t slice.Type) slice.Type {
	if i, ok := t.(*slice.Interface); ok && !i.Local {
		return slice.Builtins[slice.Object]
	}
	if d, ok := t.(slice.Def); ok && g.absent(d) {
		return slice.Builtins[slice.LocalObject]
	}
	return t
}

// absent reports whether a definition has no form in Go: what is local in the
// modules that Ice brings describes the API of other languages.
func (g *generator) absent(d slice.Def) bool {
	if d == nil || !d.Decl().Local {
		return false
	}
	p := g.packages[topModule(d)]
	home, ok := homes()[p.Module]
	return ok && home.Path == p.Path && !slices.Contains(p.Handwritten, unscoped(d))
}

// typeFacts is what is known of a struct on the wire, once known is set.
type typeFacts struct {
	known   bool
	minSize int
	fixed   bool // minSize is the size
	classes bool
	plain   bool // the memory layout on a little-endian machine is the wire's
	align   int
}

// structFacts computes and keeps the facts of a struct. Slice structs cannot
// contain themselves, so this ends.
func (g *generator) structFacts(s *slice.Struct) *typeFacts {
	i := g.info[s]
	f := &i.typeFacts
	if f.known {
		return f
	}
	out := typeFacts{known: true, fixed: true, plain: true, align: 1}
	for _, m := range s.Members {
		size, fixed := g.wireSize(m.Type)
		plain, align := g.plainType(m.Type)
		if !plain || out.minSize%align != 0 {
			out.plain = false
		}
		out.align = max(out.align, align)
		out.minSize += size
		out.fixed = out.fixed && fixed
		out.classes = out.classes || g.usesClasses(m.Type)
	}
	out.plain = out.plain && out.minSize%out.align == 0 && out.fixed
	*f = out
	return f
}

// plainType reports whether values of the type lie in memory as they do on the
// wire, and how they are aligned there.
func (g *generator) plainType(t slice.Type) (bool, int) {
	switch t := t.(type) {
	case *slice.Builtin:
		b := builtins[t.Kind]
		return b.fixed && t.Kind != slice.Bool, max(b.size, 1)
	case *slice.Struct:
		f := g.structFacts(t)
		return f.plain, f.align
	}
	return false, 1
}

// wireSize returns the least number of bytes that a value takes on the wire,
// and whether it always takes so many.
func (g *generator) wireSize(t slice.Type) (int, bool) {
	switch t := g.asValue(t).(type) {
	case *slice.Builtin:
		if b, ok := builtins[t.Kind]; ok {
			return b.size, b.fixed
		}
		if t.Kind == slice.ObjectProxy {
			return 2, false
		}
	case *slice.Proxy:
		return 2, false
	case *slice.Struct:
		f := g.structFacts(t)
		return f.minSize, f.fixed
	}
	return 1, false
}

// usesClasses reports whether a value of the type may hold class instances.
func (g *generator) usesClasses(t slice.Type) bool {
	switch t := g.asValue(t).(type) {
	case *slice.Builtin:
		return t.Kind == slice.Object
	case *slice.Class:
		return true
	case *slice.Struct:
		return g.structFacts(t).classes
	case *slice.Sequence:
		return g.usesClasses(t.Elem)
	case *slice.Dictionary:
		return g.usesClasses(t.Value)
	}
	return false
}

// ref is the qualified Go name of a definition.
func (g *generator) ref(d slice.Def) *jen.Statement {
	i := g.info[d]
	return jen.Qual(i.pkg.Path, i.name)
}

// companion is the qualified name of something that belongs to a definition:
// "New" and "" around the name give its constructor.
func (g *generator) companion(d slice.Def, before, after string) *jen.Statement {
	i := g.info[d]
	return jen.Qual(i.pkg.Path, g.called(i, before+i.name+after))
}

// goType is the Go type of values of a Slice type.
func (g *generator) goType(t slice.Type) *jen.Statement {
	switch t := g.asValue(t).(type) {
	case *slice.Builtin:
		switch t.Kind {
		case slice.Object:
			return code("@ice.Value")
		case slice.ObjectProxy:
			return code("@ice.ObjectPrx")
		case slice.LocalObject:
			return code("any")
		}
		return code(builtins[t.Kind].goType)
	case *slice.Class:
		if g.info[t].any {
			return g.companion(t, "Any", "")
		}
		return code("*$", g.ref(t))
	case *slice.Proxy:
		if g.isPlainProxy(t) {
			return code("@ice.ObjectPrx")
		}
		return g.companion(proxyTarget(t), "", "Prx")
	case slice.Def:
		return g.ref(t)
	}
	panic("gen: a type of an unknown kind: " + t.TypeName())
}

// isPlainProxy reports whether a proxy type has no Go type of its own: another
// run wrote the class, and had no use for its proxies.
func (g *generator) isPlainProxy(p *slice.Proxy) bool { return g.info[proxyTarget(p)].iface == nil }

// proxyTarget is the interface or class that the proxy type points to.
func proxyTarget(p *slice.Proxy) slice.Def {
	if p.Interface != nil {
		return p.Interface
	}
	return p.Class
}

// goTypeOf is the Go type of a member, parameter or return value.
func (g *generator) goTypeOf(t slice.Type, optional bool) *jen.Statement {
	if optional {
		return code("@ice.Optional[$]", g.goType(t))
	}
	return g.goType(t)
}

// write is the statement that writes the addressable expression x.
func (g *generator) write(t slice.Type, x string) *jen.Statement {
	switch t := g.asValue(t).(type) {
	case *slice.Builtin:
		switch t.Kind {
		case slice.Object:
			return code("e.Value($)", x)
		case slice.ObjectProxy:
			return code("@ice.WriteProxy(e, $)", x)
		}
		return code("e.$($)", builtins[t.Kind].method, x)
	case *slice.Enum, *slice.Struct:
		return code("$.IceWrite(e)", x)
	case *slice.Class:
		return code("e.Value($)", x)
	case *slice.Proxy:
		return code("@ice.WriteProxy(e, $)", x)
	case *slice.Sequence:
		switch elem := g.asValue(t.Elem).(type) {
		case *slice.Builtin:
			if b, ok := builtins[elem.Kind]; ok {
				return code("e.$s($)", b.method, x)
			}
			if elem.Kind == slice.Object {
				return code("@wire.WriteValues(e, $)", x)
			}
		case *slice.Struct:
			if f := g.structFacts(elem); f.plain && f.minSize > 0 {
				return code("@wire.WritePlain(e, $, $)", x, f.minSize)
			}
			return code("@wire.WriteStructs(e, $)", x)
		case *slice.Enum:
			return code("@wire.WriteStructs(e, $)", x)
		case *slice.Class:
			return code("@wire.WriteValues(e, $)", x)
		}
		return code("@wire.WriteSeq(e, $, $)", x, g.elemWriter(t.Elem))
	case *slice.Dictionary:
		return code("@wire.WriteDict(e, $, $, $)", x, g.elemWriter(t.Key), g.elemWriter(t.Value))
	}
	panic("gen: cannot write a " + t.TypeName())
}

// elemWriter is a func(*wire.Encoder, T) for the type.
func (g *generator) elemWriter(t slice.Type) *jen.Statement {
	switch t := g.asValue(t).(type) {
	case *slice.Builtin:
		if b, ok := builtins[t.Kind]; ok {
			return code("(*@wire.Encoder).$", b.method)
		}
		if t.Kind == slice.ObjectProxy {
			return code("@ice.WriteProxy")
		}
		return code("@wire.WriteValue[@ice.Value]")
	case *slice.Class:
		return code("@wire.WriteValue[$]", g.goType(t))
	case *slice.Sequence:
		if b, ok := t.Elem.(*slice.Builtin); ok {
			if b, ok := builtins[b.Kind]; ok {
				return code("(*@wire.Encoder).$s", b.method)
			}
		}
	}
	return code("func(e *@wire.Encoder, v $) { $ }", g.goType(t), g.write(t, "v"))
}

// place is somewhere to read into, as an expression, as a pointer, and as
// what methods with pointer receivers are called on.
type place struct{ value, pointer, receiver string }

func variable(x string) place { return place{x, "&" + x, x} }
func pointer(x string) place  { return place{"*" + x, x, x} }

// read is the statement that reads a value into the place.
func (g *generator) read(t slice.Type, to place) *jen.Statement {
	switch t := g.asValue(t).(type) {
	case *slice.Enum, *slice.Struct:
		return code("$.IceRead(d)", to.receiver)
	case *slice.Class:
		return code("@wire.ReadValue(d, $)", to.pointer)
	case *slice.Builtin:
		if t.Kind == slice.Object {
			return code("@wire.ReadValue(d, $)", to.pointer)
		}
	}
	return code("$ = $", to.value, g.readExpr(t))
}

// readExpr is an expression that reads a value of a type that needs no place.
func (g *generator) readExpr(t slice.Type) *jen.Statement {
	switch t := g.asValue(t).(type) {
	case *slice.Builtin:
		if b, ok := builtins[t.Kind]; ok {
			return code("d.$()", b.method)
		}
		if t.Kind == slice.ObjectProxy {
			return code("@ice.ReadProxy(d)")
		}
	case *slice.Proxy:
		if g.isPlainProxy(t) {
			return code("@ice.ReadProxy(d)")
		}
		return code("$(@ice.ReadProxy(d))", g.companion(proxyTarget(t), "New", "Prx"))
	case *slice.Sequence:
		size, _ := g.wireSize(t.Elem)
		switch elem := g.asValue(t.Elem).(type) {
		case *slice.Builtin:
			if b, ok := builtins[elem.Kind]; ok {
				return code("d.$s()", b.method)
			}
			if elem.Kind == slice.Object {
				return code("@wire.ReadValues[@ice.Value](d)")
			}
		case *slice.Struct:
			if f := g.structFacts(elem); f.plain && f.minSize > 0 {
				return code("@wire.ReadPlain[$](d, $)", g.ref(elem), f.minSize)
			}
			return code("@wire.ReadStructs[$](d, $)", g.ref(elem), size)
		case *slice.Enum:
			return code("@wire.ReadStructs[$](d, $)", g.ref(elem), size)
		case *slice.Class:
			return code("@wire.ReadValues[$](d)", g.goType(elem))
		}
		return code("@wire.ReadSeq(d, $, $)", size, g.elemReader(t.Elem))
	case *slice.Dictionary:
		k, _ := g.wireSize(t.Key)
		v, _ := g.wireSize(t.Value)
		return code("@wire.ReadDict(d, $, $, $)", k+v, g.elemReader(t.Key), g.elemReader(t.Value))
	}
	panic("gen: cannot read a " + t.TypeName())
}

// elemReader is a func(*wire.Decoder, *T) for the type.
func (g *generator) elemReader(t slice.Type) *jen.Statement {
	switch t := g.asValue(t).(type) {
	case *slice.Builtin:
		if b, ok := builtins[t.Kind]; ok {
			return code("@wire.Read$", b.method)
		}
		if t.Kind == slice.Object {
			return code("@wire.ReadValue[@ice.Value]")
		}
	case *slice.Class:
		return code("@wire.ReadValue[$]", g.goType(t))
	}
	return code("func(d *@wire.Decoder, v *$) { $ }", g.goType(t), g.read(t, pointer("v")))
}

// optionalFormat is how an optional of the type announces its size. sizing
// is, for OptVSize, an expression for the number of bytes of x, or nil when
// the data begin with their size anyway.
func (g *generator) optionalFormat(t slice.Type, x string) (format string, sizing *jen.Statement) {
	switch t := g.asValue(t).(type) {
	case *slice.Builtin:
		if b, ok := builtins[t.Kind]; ok {
			return b.format, nil
		}
		if t.Kind == slice.Object {
			return "OptClass", nil
		}
	case *slice.Class:
		return "OptClass", nil
	case *slice.Enum:
		return "OptSize", nil
	case *slice.Struct:
		if size, fixed := g.wireSize(t); fixed {
			return "OptVSize", code("$", size)
		}
	case *slice.Sequence:
		size, fixed := g.wireSize(t.Elem)
		if fixed && size == 1 {
			return "OptVSize", nil // the number of elements is that of bytes
		}
		if fixed {
			return "OptVSize", code("@wire.SeqSize(len($), $)", x, size)
		}
	case *slice.Dictionary:
		k, kf := g.wireSize(t.Key)
		v, vf := g.wireSize(t.Value)
		if kf && vf {
			return "OptVSize", code("@wire.SeqSize(len($), $)", x, k+v)
		}
	}
	return "OptFSize", nil
}

// writeOptional writes the optional x if it is set.
func (g *generator) writeOptional(t slice.Type, tag int, x string) *jen.Statement {
	format, sizing := g.optionalFormat(t, "x")
	var body *jen.Statement
	switch {
	case format == "OptFSize":
		body = lines(code("e.StartSize()"), g.write(t, "x"), code("e.EndSize()"))
	case sizing != nil:
		body = lines(code("e.Size($)", sizing), g.write(t, "x"))
	default:
		body = g.write(t, "x")
	}
	return code("if x, ok := $.Get(); ok && e.Optional($, @wire.$) {\n$\n}", x, tag, format, body)
}

// readOptional reads an optional into x, which stays unset if there is none.
func (g *generator) readOptional(t slice.Type, tag int, x string) *jen.Statement {
	format, sizing := g.optionalFormat(t, "x")
	to := pointer(x + ".Ptr()")
	body := g.read(t, to)
	switch {
	case format == "OptFSize":
		body = lines(code("d.SkipSize4()"), body)
	case sizing != nil:
		body = lines(code("d.SkipSize()"), body)
	}
	return code("if d.Optional($, @wire.$) {\n$\n}", tag, format, body)
}

// needsPlace reports whether values of the type are read into a variable
// rather than returned.
func (g *generator) needsPlace(t slice.Type) bool {
	switch t := g.asValue(t).(type) {
	case *slice.Enum, *slice.Struct, *slice.Class:
		return true
	case *slice.Builtin:
		return t.Kind == slice.Object
	}
	return false
}
