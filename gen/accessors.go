package gen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/slice2go/slice2go/slice"
)

// accessor is a local operation of a class that follows one of the patterns of
// OMERO's model, and so gets a body.
type accessor struct {
	name    string
	doc     string // after the name
	params  func(e *emitter) *jen.Statement
	result  func(e *emitter) *jen.Statement // nil for none
	body    func(e *emitter, self *defInfo) *jen.Statement
	promote bool // a derived class can do with the base's method
}

// accessors are the local operations of one class.
type accessors struct {
	list        []*accessor
	unmatched   []string // operations that follow no pattern
	collections []*collection
	value       *fieldInfo // the only member, val, of a boxed value
	entity      bool       // has an id and may be unloaded
	ref         string     // the function that makes an unloaded instance
}

// collection is a pair of members, xSeq and xLoaded, with the class of its
// elements.
type collection struct {
	name        string // datasetLinks
	method      string // the method that gives a view of it
	seq, loaded *fieldInfo
	elem        *slice.Class
	inverse     *fieldInfo   // the element's reference to the owner
	inverseOf   *slice.Class // the class that declares it
	other       *fieldInfo   // of a link, the far end
	target      *slice.Class // of a link, what the far end refers to
}

// deriveAccessors finds the pattern of every operation of the class. Bases
// come first.
func (g *generator) deriveAccessors(c *slice.Class) *accessors {
	i := g.info[c]
	if i.accessors != nil || i.pkg.Accessors != accessorsOMERO || c.Local {
		return i.accessors
	}
	a := &accessors{}
	i.accessors = a
	if c.Base != nil {
		if b := g.deriveAccessors(c.Base); b != nil {
			a.entity = b.entity
		}
	}
	if g.rootEntity(i) {
		a.entity = true
	}
	if a.entity {
		a.ref = g.also(i, "New"+i.name+"Ref")
	}
	if c.Base != nil && len(i.fields) == 1 && i.fields[0].Name == "val" {
		a.value = i.fields[0]
	}
	g.findCollections(i, c, a)
	m := &matcher{g, i, c, a}
	for _, o := range c.Operations {
		x := m.match(o)
		if x == nil {
			a.unmatched = append(a.unmatched, o.Name)
			continue
		}
		x.name = i.methods.claim(exported(o.Name), o.Name)
		a.list = append(a.list, x)
	}
	return a
}

// rootEntity reports whether the class is what all objects with an id derive
// from: it says whether it is loaded.
func (g *generator) rootEntity(i *defInfo) bool {
	id, loaded := i.field("id"), i.field("loaded")
	if id == nil || loaded == nil || loaded.Type != slice.Builtins[slice.Bool] {
		return false
	}
	class, ok := id.Type.(*slice.Class)
	return ok && g.info[class].field("val") != nil
}

// field returns the field of a member by its Slice name.
func (i *defInfo) field(name string) *fieldInfo {
	for _, f := range i.fields {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// findCollections finds the pairs of xSeq and xLoaded.
func (g *generator) findCollections(i *defInfo, c *slice.Class, a *accessors) {
	for _, f := range i.fields {
		name, ok := strings.CutSuffix(f.Name, "Seq")
		loaded := i.field(name + "Loaded")
		seq, isSeq := f.Type.(*slice.Sequence)
		if !ok || loaded == nil || !isSeq {
			continue
		}
		elem, ok := seq.Elem.(*slice.Class)
		if !ok {
			continue
		}
		k := &collection{name: name, seq: f, loaded: loaded, elem: elem}
		for b := elem; b != nil; b = b.Base {
			for _, m := range g.info[b].fields {
				if t, ok := m.Type.(*slice.Class); ok && derivesFrom(c, t) && (k.inverse == nil || m.Name == "parent") {
					k.inverse, k.inverseOf = m, b
				}
			}
		}
		if k.inverse == nil {
			continue
		}
		if hasOperation(c, "add"+elem.Name+"ToBoth") {
			for _, m := range g.info[elem].fields {
				if t, ok := m.Type.(*slice.Class); ok && m != k.inverse && (m.Name == "parent" || m.Name == "child") {
					k.other, k.target = m, t
				}
			}
		}
		k.method = i.methods.claim(unexported(name), name)
		a.collections = append(a.collections, k)
	}
}

func derivesFrom(c, base *slice.Class) bool {
	for ; c != nil; c = c.Base {
		if c == base {
			return true
		}
	}
	return false
}

func hasOperation(c *slice.Class, name string) bool {
	return slices.ContainsFunc(c.Operations, func(o *slice.Operation) bool { return o.Name == name })
}

// collectionOf finds the collection of a class, or of its bases, whose
// elements are of the class elem.
func (g *generator) collectionOf(c, elem *slice.Class) *collection {
	for ; c != nil; c = c.Base {
		if a := g.info[c].accessors; a != nil {
			for _, k := range a.collections {
				if k.elem == elem {
					return k
				}
			}
		}
	}
	return nil
}

// accessorsOf emits the local operations of a class: its own, and again those
// of its bases that are about the object as a whole. An embedded base does not
// know what it is embedded in, so it could not enter the right object in a
// link, and calling its methods on a nil pointer would fail.
func (e *emitter) accessorsOf(c *slice.Class) {
	self := e.info[c]
	if self.accessors == nil {
		return
	}
	if self.accessors.entity {
		e.unloaded(self, c)
	}
	for b := c; b != nil; b = b.Base {
		a := e.info[b].accessors
		if a == nil {
			break
		}
		for _, k := range a.collections {
			e.view(self, k)
		}
		for _, x := range a.list {
			if b == c || !x.promote {
				e.add(code("// $ $\nfunc (v *$) $ { $ }", x.name, x.doc, self.name, e.signature(x), x.body(e, self)))
			}
		}
	}
}

// signature is an accessor as it stands in an interface.
func (e *emitter) signature(x *accessor) *jen.Statement {
	params, result := code(""), code("")
	if x.params != nil {
		params = x.params(e)
	}
	if x.result != nil {
		result = x.result(e)
	}
	return code("$($) $", x.name, params, result)
}

// unloaded emits the function that makes an unloaded instance by its id.
func (e *emitter) unloaded(self *defInfo, c *slice.Class) {
	var id *fieldInfo
	for b := c; id == nil; b = b.Base {
		id = e.info[b].field("id")
	}
	class := id.Type.(*slice.Class)
	e.add(code("// $ returns an unloaded [$]: a reference by its id.\nfunc $(id $) *$ {\nv := &${}\nv.$ = $(id)\nreturn v\n}",
		self.accessors.ref, self.name, self.accessors.ref, e.goType(e.info[class].field("val").Type), self.name, self.name,
		id.name, e.companion(class, "New", "")))
}

// view emits the method that gives a view of a collection.
func (e *emitter) view(self *defInfo, k *collection) {
	elem := e.goType(k.seq.Type.(*slice.Sequence).Elem)
	field := "x." + k.inverse.name
	if e.info[k.elem].any && k.inverseOf != nil {
		field = "x.As" + e.info[k.inverseOf].name + "()." + k.inverse.name
	}
	set := code("@model.NewSet($, &v.$, &v.$, func(x $, mine bool) { @model.Point[$](&$, v, mine) })",
		quote(self.name+"."+k.name), k.seq.name, k.loaded.name, elem, e.goType(k.inverse.Type), field)
	if k.other == nil {
		e.add(code("func (v *$) $() @model.Set[$] {\nreturn $\n}", self.name, k.method, elem, set))
		return
	}
	other := e.goType(k.other.Type)
	ends := code("o, v")
	if k.inverse.Name == "parent" {
		ends = code("v, o")
	}
	fields := []*jen.Statement{
		code("Set: $,", set),
		code("Other: func(x $) $ { return x.$ },", elem, other, k.other.name),
		code("Join: func(o $) $ { x := $(); x.$($); return x },", other, elem, e.companion(k.elem, "New", ""), e.linkName(k.elem), ends),
	}
	if far := e.collectionOf(k.target, k.elem); far != nil && far.inverse == k.other {
		recv := code("($)", other)
		fields = append(fields, code("FarAdd: $.$, FarRemove: $.$,", recv, e.farName(k, "add", "ToBoth"), recv, e.farName(k, "remove", "FromBoth")))
	}
	e.add(code("func (v *$) $() @model.Links[$, $] {\nreturn @model.Links[$, $]{\n$\n}\n}", self.name, k.method, elem, other, elem, other, lines(fields...)))
}

// linkName is the method of a link's class that sets both ends.
func (e *emitter) linkName(link *slice.Class) string {
	for b := link; b != nil; b = b.Base {
		if a := e.info[b].accessors; a != nil {
			for _, x := range a.list {
				if strings.TrimRight(x.name, "_") == "Link" {
					return x.name
				}
			}
		}
	}
	return "Link"
}

func (e *emitter) farName(k *collection, before, after string) string {
	return exported(before + k.elem.Name + after)
}

// boxed emits the constructor of a boxed value.
func (e *emitter) boxed(i *defInfo, val *fieldInfo, name string) {
	param := code("$", e.goType(val.Type))
	if s, ok := val.Type.(*slice.Sequence); ok {
		param = code("...$", e.goType(s.Elem))
	}
	e.add(code("// $ returns a new [$] that holds val.\nfunc $(val $) *$ {\nv := &${}\nv.$ = val\nreturn v\n}",
		name, i.name, name, param, i.name, i.name, val.name))
}

// loadedFlags are assignments that mark a new object and its collections as
// loaded: there is nothing on the server that it could lack.
func (e *emitter) loadedFlags(i *defInfo) []*jen.Statement {
	var out []*jen.Statement
	if i.accessors == nil {
		return nil
	}
	if e.rootEntity(i) {
		out = append(out, code("v.$ = true", i.field("loaded").name))
	}
	for _, k := range i.accessors.collections {
		out = append(out, code("v.$ = true", k.loaded.name))
	}
	return out
}
