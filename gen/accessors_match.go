package gen

import (
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/slice2go/slice2go/slice"
)

// matcher finds the patterns of one class's operations.
type matcher struct {
	g     *generator
	info  *defInfo
	class *slice.Class
	a     *accessors
}

// match returns the accessor for an operation, or nil when it follows no
// pattern.
func (m *matcher) match(o *slice.Operation) *accessor {
	for _, pattern := range []func(*slice.Operation) *accessor{
		m.getter, m.setter, m.ofCollection, m.ofLinks, m.ofEntity, m.ofValue, m.ofPermissions, m.ofPairs,
	} {
		if x := pattern(o); x != nil {
			return x
		}
	}
	return nil
}

type typeFunc = func(e *emitter) *jen.Statement

// fixed is a type that depends on nothing.
func fixed(s string) typeFunc { return func(*emitter) *jen.Statement { return code(s) } }

// of is the Go type of a Slice type.
func of(t slice.Type) typeFunc { return func(e *emitter) *jen.Statement { return e.goType(t) } }

// orError is a type and an error.
func orError(t typeFunc) typeFunc {
	return func(e *emitter) *jen.Statement { return code("($, error)", t(e)) }
}

// param is one parameter of an operation, under a name of ours.
func param(name string, t slice.Type) typeFunc {
	return func(e *emitter) *jen.Statement { return code("$ $", name, e.goType(t)) }
}

// body is a body that does not depend on the class it is for.
func body(s string) func(*emitter, *defInfo) *jen.Statement {
	return func(*emitter, *defInfo) *jen.Statement { return code(s) }
}

// zeroSafe is a body that returns an expression read through v or, if that is
// nil, through a zero value.
func zeroSafe(x string) func(*emitter, *defInfo) *jen.Statement {
	return func(*emitter, *defInfo) *jen.Statement { return code("return @model.OrZero(v)." + x) }
}

// member finds the field that getX or setX is about.
func (m *matcher) member(x string) *fieldInfo {
	lower := strings.ToLower(x[:1]) + x[1:]
	for _, name := range []string{lower, x, lower + "Seq"} {
		if f := m.info.field(name); f != nil {
			return f
		}
	}
	if x == "Value" && m.a.value != nil {
		return m.a.value
	}
	return nil
}

func (m *matcher) getter(o *slice.Operation) *accessor {
	name, ok := strings.CutPrefix(o.Name, "get")
	if !ok {
		name, ok = strings.CutPrefix(o.Name, "is")
	}
	if !ok || name == "" || len(o.Params) > 0 || o.Return == nil {
		return nil
	}
	f := m.member(name)
	if f == nil || f.Type != o.Return.Type {
		return nil
	}
	return &accessor{doc: "returns " + f.name + "; of nil it is zero.", result: of(f.Type), body: zeroSafe(f.name)}
}

func (m *matcher) setter(o *slice.Operation) *accessor {
	name, ok := strings.CutPrefix(o.Name, "set")
	if !ok || name == "" || len(o.Params) != 1 || o.Return != nil {
		return nil
	}
	f := m.member(name)
	if f == nil || f.Type != o.Params[0].Type {
		return nil
	}
	return &accessor{doc: "sets " + f.name + ".", params: param("value", f.Type), body: body("v." + f.name + " = value"), promote: true}
}

// ofCollection matches what is done with a collection.
func (m *matcher) ofCollection(o *slice.Operation) *accessor {
	for _, k := range m.a.collections {
		up, elem, view, what := exported(k.name), k.elem.Name, "v."+k.method+"()", k.seq.name
		one := k.seq.Type.(*slice.Sequence).Elem
		read := func(call string) func(*emitter, *defInfo) *jen.Statement { return zeroSafe(k.method + "()." + call) }
		switch o.Name {
		case "unload" + up:
			return &accessor{doc: "forgets " + what + ", which is not loaded afterwards.", body: body(view + ".Unload()")}
		case "sizeOf" + up:
			return &accessor{doc: "returns the length of " + what + ", -1 when it is not loaded.", result: fixed("int"), body: read("Size()")}
		case "copy" + up:
			return &accessor{doc: "returns the elements of " + what + " in a slice of its own, nil when it is not loaded.",
				result: of(k.seq.Type), body: read("Copy()")}
		case "add" + elem, "add" + up:
			return &accessor{doc: "appends to " + what + ", and makes the element refer to v.", params: param("target", one),
				result: fixed("error"), body: body("return " + view + ".Add(target)")}
		case "addAll" + elem + "Set", "addAll" + up + "Set":
			return &accessor{doc: "appends to " + what + ", and makes the elements refer to v.", params: param("targets", k.seq.Type),
				result: fixed("error"), body: body("return " + view + ".Add(targets...)")}
		case "remove" + elem, "remove" + up:
			return &accessor{doc: "takes an element out of " + what + ".", params: param("target", one),
				result: fixed("error"), body: body("return " + view + ".Remove(target)")}
		case "removeAll" + elem + "Set", "removeAll" + up + "Set":
			return &accessor{doc: "takes elements out of " + what + ".", params: param("targets", k.seq.Type),
				result: fixed("error"), body: body("return " + view + ".Remove(targets...)")}
		case "clear" + up:
			return &accessor{doc: "takes all elements out of " + what + ".", result: fixed("error"), body: body("return " + view + ".Clear()")}
		case "reload" + up:
			return m.reload(o, k)
		case "get" + elem:
			return &accessor{doc: "returns an element of " + what + ", or nothing when there is none with the index.",
				params: fixed("index int"), result: of(one), body: read("At(index)")}
		case "getPrimary" + elem:
			return &accessor{doc: "returns the first element of " + what + ", or nothing when there is none.",
				result: of(one), body: read("At(0)")}
		case "set" + elem:
			if len(o.Params) == 2 {
				return &accessor{doc: "puts an element into " + what + " in the place of another one, which it returns.",
					params: func(e *emitter) *jen.Statement { return code("index int, element $", e.goType(one)) },
					result: orError(of(one)), body: body("return " + view + ".Replace(index, element)")}
			}
		case "setPrimary" + elem:
			return &accessor{doc: "swaps an element of " + what + " with the first one, which it returns.", params: param("element", one),
				result: orError(of(one)), body: body("return " + view + ".SetPrimary(element)")}
		}
	}
	return nil
}

// reload matches taking a collection over from another object of the class.
func (m *matcher) reload(o *slice.Operation, k *collection) *accessor {
	if len(o.Params) != 1 {
		return nil
	}
	from := "toCopy." + k.method + "()"
	if m.info.any {
		from = "toCopy.As" + m.info.name + "()." + k.method + "()"
	}
	to := "v." + k.method + "()"
	if k.other != nil {
		from += ".Set"
	}
	return &accessor{doc: "takes " + k.seq.name + " over from another object, which loses it.", params: param("toCopy", o.Params[0].Type),
		result: fixed("error"), body: body("return " + to + ".Reload(" + from + ")")}
}

// ofLinks matches what is done with a collection of links.
func (m *matcher) ofLinks(o *slice.Operation) *accessor {
	if a := m.linkEnds(o); a != nil {
		return a
	}
	for _, k := range m.a.collections {
		if k.other == nil {
			continue
		}
		link, view, what := k.elem.Name, "v."+k.method+"()", k.seq.name
		one := k.seq.Type.(*slice.Sequence).Elem
		linkParams := func(e *emitter) *jen.Statement { return code("link $, bothSides bool", e.goType(one)) }
		returns := func(t slice.Type) bool { return o.Return != nil && o.Return.Type == t }
		takes := len(o.Params) == 1 && o.Params[0].Type == slice.Type(k.target)
		switch {
		case o.Name == "add"+link+"ToBoth":
			return &accessor{doc: "enters a link as it is, at its other end too if that is asked for.", params: linkParams,
				result: fixed("error"), body: body("return " + view + ".AddToBoth(link, bothSides)")}
		case o.Name == "remove"+link+"FromBoth":
			return &accessor{doc: "takes a link out as it is, at its other end too if that is asked for.", params: linkParams,
				result: fixed("error"), body: body("return " + view + ".RemoveFromBoth(link, bothSides)")}
		case o.Name == "find"+link && takes:
			return &accessor{doc: "returns the links to an object.", params: param("removal", k.target),
				result: of(k.seq.Type), body: zeroSafe(k.method + "().Find(removal)")}
		case strings.HasPrefix(o.Name, "link") && takes && returns(one):
			return &accessor{doc: "makes a link to an object and enters it at both ends.", params: param("addition", k.target),
				result: orError(of(one)), body: body("return " + view + ".Link(addition)")}
		case strings.HasPrefix(o.Name, "unlink") && takes && m.linksOf(o.Name[len("un"):]) == k:
			return &accessor{doc: "takes every link to an object out, at both ends.", params: param("removal", k.target),
				result: fixed("error"), body: body("return " + view + ".Unlink(removal)")}
		case strings.HasPrefix(o.Name, "linked") && strings.HasSuffix(o.Name, "List") && o.Return != nil &&
			m.linksOf("link"+strings.TrimSuffix(o.Name[len("linked"):], "List")) == k:
			return &accessor{doc: "returns what " + what + " lead to, nil when they are not loaded.", result: of(o.Return.Type),
				body: zeroSafe(k.method + "().Linked()")}
		}
	}
	return nil
}

// linksOf finds the collection that an operation called linkX adds to.
func (m *matcher) linksOf(name string) *collection {
	for _, o := range m.class.Operations {
		if o.Name != name || o.Return == nil {
			continue
		}
		for _, k := range m.a.collections {
			if o.Return.Type == k.seq.Type.(*slice.Sequence).Elem {
				return k
			}
		}
	}
	return nil
}

// linkEnds matches the operation of a link that sets both of its ends.
func (m *matcher) linkEnds(o *slice.Operation) *accessor {
	parent, child := m.info.field("parent"), m.info.field("child")
	if o.Name != "link" || parent == nil || child == nil || len(o.Params) != 2 {
		return nil
	}
	return &accessor{doc: "sets both ends.",
		params: func(e *emitter) *jen.Statement {
			return code("theParent $, theChild $", e.goType(parent.Type), e.goType(child.Type))
		},
		body: body("v." + parent.name + ", v." + child.name + " = theParent, theChild")}
}
