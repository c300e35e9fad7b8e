package gen

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/slice2go/slice2go/slice"
)

// optionalByTag returns the optional ones of the fields in the order of their
// tags, which is the order on the wire.
func optionalByTag(fields []*fieldInfo) []*fieldInfo {
	var out []*fieldInfo
	for _, f := range fields {
		if f.Optional {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b *fieldInfo) int { return a.Tag - b.Tag })
	return out
}

// class emits a class: the struct, its constructor, the interface that stands
// for it and its derived classes, and how it lies on the wire.
func (e *emitter) class(c *slice.Class) {
	i := e.info[c]
	fields := e.fieldsOf(c, i.fields)
	if i.preserve {
		fields = slices.Insert(fields, 0, code("@wire.Preserved"))
	}
	fields = append(e.embedded(i), fields...)
	e.add(code("$type $ struct$", e.typeComment(c, "class"), i.name, block(fields)))
	if c.Local {
		return
	}
	if i.any {
		anyName := e.called(i, "Any"+i.name)
		parent := code("@ice.Value")
		if c.Base != nil && e.info[c.Base].any {
			parent = e.companion(c.Base, "Any", "")
		}
		methods := []*jen.Statement{parent, code("// As$ returns what every [$] has.\nAs$() *$", i.name, i.name, i.name, i.name)}
		if i.accessors != nil {
			for _, x := range i.accessors.list {
				methods = append(methods, e.signature(x))
			}
		}
		e.add(code("// $ is [$] and every class derived from it; nil is null.\ntype $ interface {\n$\n}",
			anyName, i.name, anyName, lines(methods...)))
		e.add(code("// As$ returns the part of the instance that every $ has.\nfunc (v *$) As$() *$ { return v }",
			i.name, i.name, i.name, i.name, i.name))
	}
	e.constructor(i, c)
	e.sliced(i, c.ScopedName(), c.CompactID)
	e.accessorsOf(c)
	fresh := code("new($)", i.name)
	if e.isEmpty(c) {
		fresh = code("@wire.NewDistinct[$]()", i.name)
	}
	e.init = append(e.init, code("@wire.RegisterClass($, $, func() @wire.Value { return $ })", quote(c.ScopedName()), c.CompactID, fresh))
	if i.iface != nil {
		e.proxy(i.iface)
		e.servant(i.iface)
	}
}

// constructor emits NewC, which sets the defaults of all members.
func (e *emitter) constructor(i *defInfo, c *slice.Class) {
	name := e.called(i, "New"+i.name)
	if a := i.accessors; a != nil {
		for b := c; b != nil; b = b.Base {
			if x := e.info[b].accessors; x != nil && x.value != nil {
				e.boxed(i, x.value, name)
				return
			}
		}
	}
	var sets []*jen.Statement
	part := "v"
	for b := c; b != nil; b = b.Base {
		info := e.info[b]
		if info.pkg.goPackage != i.pkg.goPackage {
			// Its package knows more than is to be seen from here, where its members' classes may be declared only.
			sets = append([]*jen.Statement{code("$ = *$()", part, e.companion(b, "New", ""))}, sets...)
			break
		}
		sets = append(sets, e.defaults(info.fields)...)
		sets = append(sets, e.loadedFlags(info)...)
		part += "." + info.baseField
	}
	doc := fmt.Sprintf("// %s returns a new [%s] with the defaults of its definition.\n", name, i.name)
	switch {
	case e.isEmpty(c):
		e.add(code("$func $() *$ { return @wire.NewDistinct[$]() }", doc, name, i.name, i.name))
	case len(sets) == 0:
		e.add(code("$func $() *$ { return &${} }", doc, name, i.name, i.name))
	default:
		e.add(code("$func $() *$ {\nv := &${}\n$\nreturn v\n}", doc, name, i.name, i.name, lines(sets...)))
	}
}

// isEmpty reports whether the Go struct of a class has no size, and so needs
// care to have an address of its own.
func (e *emitter) isEmpty(c *slice.Class) bool {
	for b := c; b != nil; b = b.Base {
		if info := e.info[b]; len(info.fields) > 0 || info.preserve {
			return false
		}
	}
	return true
}

// defaults are assignments to the fields of v that begin with something else
// than Go's zero value: those that have a default, and structs with such fields.
func (e *emitter) defaults(fields []*fieldInfo) []*jen.Statement {
	var out []*jen.Statement
	for _, f := range fields {
		if s, ok := f.Type.(*slice.Struct); ok && !f.Optional && hasDefaults(s) {
			out = append(out, code("v.$ = $()", f.name, e.companion(s, "New", "")))
		}
		if f.Default == nil || !f.Optional && isZero(f.Default.Literal) || e.asValue(f.Type) == slice.Builtins[slice.LocalObject] {
			continue
		}
		x := e.literal(f.Default, f.Type)
		if f.Optional {
			x = code("@ice.Some[$]($)", e.goType(f.Type), x)
		}
		out = append(out, code("v.$ = $", f.name, x))
	}
	return out
}

// hasDefaults reports whether a struct begins with something else than Go's
// zero value.
func hasDefaults(s *slice.Struct) bool {
	return slices.ContainsFunc(s.Members, func(m *slice.Member) bool {
		inner, ok := m.Type.(*slice.Struct)
		return m.Default != nil && !isZero(m.Default.Literal) || ok && hasDefaults(inner)
	})
}

func isZero(literal any) bool {
	switch v := literal.(type) {
	case bool:
		return !v
	case int64:
		return v == 0
	case float64:
		return v == 0 && !math.Signbit(v)
	case string:
		return v == ""
	case *slice.Enumerator:
		return v.Value == 0
	}
	return false
}

// literal is the Go expression of a value of type t. A constant of another type is
// converted, since constants have types in Go.
func (e *emitter) literal(v *slice.Value, t slice.Type) *jen.Statement {
	switch {
	case v.Const != nil && v.Const.Type == t:
		return e.ref(v.Const)
	case v.Const != nil && !isVariable(v.Const) && !isOdd(v.Literal, t):
		return code("$($)", e.goType(t), e.ref(v.Const))
	}
	switch l := v.Literal.(type) {
	case bool:
		return code(strconv.FormatBool(l))
	case int64:
		return code(strconv.FormatInt(l, 10))
	case float64:
		switch {
		case isNegativeZero(l):
			return code("$(@math.Copysign(0, -1))", e.goType(t))
		case isTooLarge(l, t) && l > 0:
			return code("float32(@math.Inf(1))")
		case isTooLarge(l, t):
			return code("float32(@math.Inf(-1))")
		}
		return code(strconv.FormatFloat(l, 'g', -1, 64))
	case string:
		return code("$", quote(l))
	case *slice.Enumerator:
		i := e.info[l.Enum]
		return jen.Qual(i.pkg.Path, i.enumerators[l])
	}
	panic(fmt.Sprintf("gen: a value of type %T", v.Literal))
}

func isNegativeZero(v float64) bool { return v == 0 && math.Signbit(v) }

// isTooLarge reports whether a number is infinite as a value of type t.
func isTooLarge(v float64, t slice.Type) bool {
	return t == slice.Builtins[slice.Float] && math.IsInf(float64(float32(v)), 0)
}

// isOdd reports whether no constant of Go can hold a value as one of type t: that is
// so of negative zero, and of what is infinite as a float.
func isOdd(literal any, t slice.Type) bool {
	v, ok := literal.(float64)
	return ok && (isNegativeZero(v) || isTooLarge(v, t))
}

// isVariable reports whether a constant has to be a variable in Go.
func isVariable(c *slice.Const) bool { return isOdd(c.Value.Literal, c.Type) }

// exception emits an exception.
func (e *emitter) exception(x *slice.Exception) {
	i := e.info[x]
	fields := e.fieldsOf(x, i.fields)
	if i.preserve {
		fields = slices.Insert(fields, 0, code("@wire.Preserved"))
	}
	fields = append(e.embedded(i), fields...)
	e.add(code("$type $ struct$", e.typeComment(x, "exception"), i.name, block(fields)))
	if x.Local {
		e.add(code("// Error returns the name of the exception.\nfunc (v *$) Error() string { return $ }", i.name, quote(x.ScopedName())))
		return
	}
	var sets []*jen.Statement
	for b := x; b != nil; b = b.Base {
		sets = append(sets, e.defaults(e.info[b].fields)...)
	}
	if len(sets) > 0 {
		name := e.called(i, "New"+i.name)
		e.add(code("// $ returns a new [$] with the defaults of its definition.\nfunc $() *$ {\nv := &${}\n$\nreturn v\n}",
			name, i.name, name, i.name, i.name, lines(sets...)))
	}
	e.add(code("// Error returns the type id and the members.\nfunc (v *$) Error() string { return @wire.Describe(v) }", i.name))
	if i.base != nil {
		e.add(code("// Unwrap returns the part that the exception has from its base.\nfunc (v *$) Unwrap() error { return &v.$ }", i.name, i.baseField))
	}
	classes := false
	for b := x; b != nil; b = b.Base {
		for _, m := range b.Members {
			classes = classes || !m.Optional && e.usesClasses(m.Type)
		}
	}
	e.add(code("// IceUsesClasses reports whether a member may hold a class instance.\nfunc (*$) IceUsesClasses() bool { return $ }",
		i.name, strconv.FormatBool(classes)))
	e.sliced(i, x.ScopedName(), -1)
	e.init = append(e.init, code("@wire.RegisterException($, func() @wire.UserException { return new($) })", quote(x.ScopedName()), i.name))
}

// embedded is the base of a class or an exception as a field.
func (e *emitter) embedded(i *defInfo) []*jen.Statement {
	if i.base == nil {
		return nil
	}
	if i.baseField == i.base.name {
		return []*jen.Statement{e.ref(i.base.def)}
	}
	e.add(code("// $ is [$] under a name that no method of $ has.\ntype $ = $",
		i.baseField, i.base.name, i.name, i.baseField, e.ref(i.base.def)))
	return []*jen.Statement{code(i.baseField)}
}

// sliced emits how a class or an exception lies on the wire: a slice for its
// own members, and then those of its base.
func (e *emitter) sliced(i *defInfo, typeID string, compact int) {
	write := []*jen.Statement{code("e.StartSlice($, $, $)", quote(typeID), compact, strconv.FormatBool(i.base == nil))}
	write = append(append(write, e.writeFields(i.fields)...), code("e.EndSlice()"))
	read := append(append([]*jen.Statement{code("d.StartSlice()")}, e.readFields(i.fields)...), code("d.EndSlice()"))
	if i.base != nil {
		write = append(write, code("v.$.IceWrite(e)", i.baseField))
		read = append(read, code("v.$.IceRead(d)", i.baseField))
	}
	e.add(code("// IceTypeID returns the Slice type id.\nfunc (*$) IceTypeID() string { return $ }", i.name, quote(typeID)))
	e.add(code("// IceWrite encodes the members.\nfunc (v *$) IceWrite(e *@wire.Encoder) {\n$\n}", i.name, lines(write...)))
	e.add(code("// IceRead decodes the members.\nfunc (v *$) IceRead(d *@wire.Decoder) {\n$\n}", i.name, lines(read...)))
}

// structDef emits a struct.
func (e *emitter) structDef(s *slice.Struct) {
	i := e.info[s]
	e.add(code("$type $ struct$", e.typeComment(s, "struct"), i.name, block(e.fieldsOf(s, i.fields))))
	if sets := e.defaults(i.fields); len(sets) > 0 {
		name := e.called(i, "New"+i.name)
		e.add(code("// $ returns a new [$] with the defaults of its definition.\nfunc $() $ {\nvar v $\n$\nreturn v\n}",
			name, i.name, name, i.name, i.name, lines(sets...)))
	}
	if s.Local {
		return
	}
	e.add(code("// IceWrite encodes the members.\nfunc (v *$) IceWrite(e *@wire.Encoder) {\n$\n}", i.name, lines(e.writeFields(i.fields)...)))
	e.add(code("// IceRead decodes the members.\nfunc (v *$) IceRead(d *@wire.Decoder) {\n$\n}", i.name, lines(e.readFields(i.fields)...)))
}

// enum emits an enumeration.
func (e *emitter) enum(d *slice.Enum) {
	i := e.info[d]
	e.add(code("$type $ int32", e.typeComment(d, "enum"), i.name))
	var consts, cases, values []*jen.Statement
	top, dense := int32(0), true
	for n, v := range d.Enumerators {
		name := i.enumerators[v]
		consts = append(consts, code("$$ $ = $", e.comment(d, "", v.Doc, nil), name, i.name, strconv.Itoa(int(v.Value))))
		cases = append(cases, code("case $: return $", name, quote(v.Name)))
		values = append(values, code(name))
		top, dense = max(top, v.Value), dense && v.Value == int32(n)
	}
	e.add(code("// The values of [$].\nconst (\n$\n)", i.name, lines(consts...)))
	e.add(code("// String returns the Slice name of the value.\nfunc (v $) String() string {\nswitch v {\n$\n}\nreturn $ + @strconv.Itoa(int(v)) + \")\"\n}",
		i.name, lines(cases...), quote(i.name+"(")))
	last := strconv.Itoa(int(top))
	valid := code("return v >= 0 && v <= $", last)
	if !dense {
		valid = code("switch v {\ncase $:\nreturn true\n}\nreturn false", list(values...))
	}
	e.add(code("// Valid reports whether the value is one of the enumeration.\nfunc (v $) Valid() bool {\n$\n}", i.name, valid))
	e.add(code("// IceWrite encodes the value.\nfunc (v *$) IceWrite(e *@wire.Encoder) { @wire.WriteEnum(e, *v, $, $.Valid) }", i.name, last, i.name))
	e.add(code("// IceRead decodes a value.\nfunc (v *$) IceRead(d *@wire.Decoder) { *v = @wire.ReadEnum(d, $, $.Valid) }", i.name, last, i.name))
}

// sequence emits an alias for the slice type.
func (e *emitter) sequence(s *slice.Sequence) {
	i := e.info[s]
	e.add(code("$type $ = []$", e.typeComment(s, "sequence"), i.name, e.goType(s.Elem)))
}

// dictionary emits an alias for the map type.
func (e *emitter) dictionary(d *slice.Dictionary) {
	i := e.info[d]
	e.add(code("$type $ = map[$]$", e.typeComment(d, "dictionary"), i.name, e.goType(d.Key), e.goType(d.Value)))
}

// constants emits a constant together with those of its module that follow it
// at once, so that the documentation lists them as one. before says whether
// that was done already.
func (e *emitter) constants(before []slice.Def, c *slice.Const, behind []slice.Def) {
	if isVariable(c) {
		e.add(code("$var $ = $", e.typeComment(c, "constant"), e.info[c].name, e.literal(c.Value, c.Type)))
		return
	}
	if len(before) > 0 && joins(before[len(before)-1], c) {
		return
	}
	all := []*jen.Statement{e.constant(c)}
	for _, d := range behind {
		if !joins(d, c) {
			break
		}
		all = append(all, e.constant(d.(*slice.Const)))
	}
	if len(all) > 1 {
		e.add(code("// The constants of $.\nconst (\n$\n)", c.Scope.ScopedName(), lines(all...)))
		return
	}
	e.add(code("$const $ $ = $", e.typeComment(c, "constant"), e.info[c].name, e.goType(c.Type), e.literal(c.Value, c.Type)))
}

// joins reports whether d is a constant, too, and stands in one list with c.
func joins(d slice.Def, c *slice.Const) bool {
	other, ok := d.(*slice.Const)
	return ok && other.Scope == c.Scope && !isVariable(other)
}

// constant is the line of a constant in a list.
func (e *emitter) constant(c *slice.Const) *jen.Statement {
	return code("$$ $ = $", e.comment(c, "", c.Doc, c.Metadata), e.info[c].name, e.goType(c.Type), e.literal(c.Value, c.Type))
}
