package slice

import (
	"fmt"
	"slices"
)

// ambiguous reports an operation that a definition has from two bases which
// do not have it from one another.
func (r *resolver) ambiguous(w Word, bases []*symbol, class *Class) {
	if len(bases) == 0 || len(bases) == 1 && class == nil {
		return // a single base was looked at when it was defined
	}
	type origin struct {
		name  string
		owner Def
	}
	from := map[string]origin{}
	met := map[Def]bool{}
	var visit func(i *Interface)
	add := func(ops []*Operation, owner Def) {
		for _, op := range ops {
			key := fold(op.Name)
			old, ok := from[key]
			switch {
			case !ok:
				from[key] = origin{op.Name, owner}
			case old.owner == owner:
			case old.name == op.Name:
				r.errorNote(w.Pos, "ambiguous", fmt.Sprintf("%s has the operation %s from bases that have nothing to do with each other", quote(w.Text), quote(op.Name)),
					op.Pos, "one of them is here")
			default:
				r.errorNote(w.Pos, "ambiguous", fmt.Sprintf("%s has the operations %s and %s from its bases, which are told apart by capital letters only", quote(w.Text), quote(op.Name), quote(old.name)),
					op.Pos, "one of them is here")
			}
		}
	}
	visit = func(i *Interface) {
		if met[i] {
			return
		}
		met[i] = true
		add(i.Operations, i)
		for _, b := range i.Bases {
			visit(b)
		}
	}
	for _, b := range bases {
		visit(b.def.(*Interface))
	}
	for ; class != nil; class = class.Base {
		add(class.Operations, class)
		for _, i := range class.Implements {
			visit(i)
		}
	}
}

// member resolves a data member of a definition of kind k.
func (r *resolver) member(c *container, n *MemberNode, k kind, owner *Header, inherited nameSet, tags map[int]string) *Member {
	r.checkIdentifier(n.Word)
	m := &Member{Name: n.Text, Doc: n.Doc, Metadata: metaStrings(n.Metadata), Pos: n.Pos}
	if n.Type.Name != "" && c.owner != nil && k == kindStruct {
		if found := r.lookup(c.scope, n.Type.Name); len(found) > 0 && found[0] == c.owner {
			r.error(n.Type.Pos, "recursive-struct", "the struct "+quote(owner.Text)+" would contain itself")
			r.declare(c, n.Word, kindMember)
			return nil
		}
	}
	m.Type = r.typeOf(c, n.Type)
	if m.Type != nil && isLocalType(m.Type) && !owner.Local {
		r.error(n.Type.Pos, "local", fmt.Sprintf("the type of member %s is local, and the %s %s is not", quote(n.Text), k, quote(owner.Text)))
	}
	if n.Tag != nil {
		m.Optional = true
		if id, ok := r.tag(c, n.Tag); ok {
			m.Tag = id
			if other, used := tags[id]; used {
				r.error(n.Tag.Pos, "duplicate-tag", fmt.Sprintf("the tag of data member %s is taken", quote(n.Text)), Note{Message: "data member " + quote(other) + " has it"})
			} else {
				tags[id] = n.Text
			}
		}
	}
	if n.Default != nil && m.Type != nil {
		m.Default = r.value(c, n.Default, m.Type, "data member", n.Text)
	}
	r.memberMetadata(n, m.Type)
	if old, ok := inherited.find(fold(n.Text)); ok {
		r.inheritedClash(n.Word, kindMember, old)
		return nil
	}
	sym := r.declare(c, n.Word, kindMember)
	if sym == nil {
		return nil
	}
	r.introduce(c, n.Text, sym, n.Pos)
	if m.Type == nil {
		return nil
	}
	return m
}

func (r *resolver) inheritedClash(w Word, k kind, old inheritedName) {
	if old.name == w.Text {
		r.errorNote(w.Pos, "inherited", fmt.Sprintf("%s %s is there already, as %s of a base", k, quote(w.Text), article(old.kind.String())),
			old.pos, "the "+old.kind.String()+" is here")
		return
	}
	r.errorNote(w.Pos, "capitalization", fmt.Sprintf("%s %s differs from %s %s of a base only in capitalization", k, quote(w.Text), old.kind, quote(old.name)),
		old.pos, "the "+old.kind.String()+" is here")
}

// tag resolves the number of an optional.
func (r *resolver) tag(c *container, v *ValueNode) (int, bool) {
	id, ok := r.number32(c, v, "tag")
	if !ok {
		return 0, false
	}
	if id < 0 {
		r.error(v.Pos, "tag-range", "this tag is out of range", Note{Message: "it must be from 0 to 2147483647"})
		return 0, false
	}
	return id, true
}

// operation resolves an operation of an interface or class.
func (r *resolver) operation(c *container, n *OperationNode, parent Def, owner Header, inherited nameSet) *Operation {
	r.checkIdentifier(n.Word)
	op := &Operation{Name: n.Text, Mode: n.Mode, Parent: parent, Doc: n.Doc, Metadata: metaStrings(n.Metadata), Pos: n.Pos}
	if n.Mode == Idempotent && slices.Contains(op.Metadata, "nonmutating") {
		op.Mode = Nonmutating
	}
	isVoid := n.Return.Builtin == nil && n.Return.Name == ""
	tags := map[int]string{}
	if !isVoid {
		op.Return = &Param{Type: r.typeOf(c, n.Return), Pos: n.Return.Pos, Out: true}
		r.localUse(op.Return.Type, n.Return.Pos, &owner, n.Text)
		if n.ReturnTag != nil {
			op.Return.Optional = true
			if id, ok := r.tag(c, n.ReturnTag); ok {
				op.Return.Tag = id
				tags[id] = "the return value"
			}
		}
	} else if n.ReturnTag != nil {
		r.error(n.Pos, "optional", "the operation "+quote(n.Text)+" returns nothing that could be optional")
	}
	ok := true
	if fold(n.Text) == fold(owner.Text) {
		ok = false
		if n.Text == owner.Text {
			r.error(n.Pos, "enclosing-name", "operation "+quote(n.Text)+" has the name of its "+parentWord(parent))
		} else {
			r.error(n.Pos, "enclosing-name", fmt.Sprintf("operation %s differs from its %s %s only in capitalization", quote(n.Text), parentWord(parent), quote(owner.Text)))
		}
	} else if old, clash := inherited.find(fold(n.Text)); clash {
		ok = false
		r.inheritedClash(n.Word, kindOperation, old)
	}
	var sym *symbol
	if ok {
		if sym = r.declare(c, n.Word, kindOperation); sym != nil {
			r.introduce(c, n.Text, sym, n.Pos)
		}
	}
	if sym == nil {
		ok = false
		sym = &symbol{name: n.Text, kind: kindOperation, pos: n.Pos, parent: c.scope}
	}
	sym.inner = newScope(c.scope.name+"::"+n.Text, c.scope, sym)
	inner := &container{scope: sym.inner, outer: c, module: c.module, file: r.file}
	seenOut := false
	for _, p := range n.Params {
		if param := r.param(inner, p, &owner, n.Text, tags); param != nil {
			if !p.Out && seenOut {
				r.error(p.Pos, "parameter-order", "in parameter "+quote(p.Text)+" stands behind an out parameter")
			}
			op.Params = append(op.Params, param)
		}
		seenOut = seenOut || p.Out
	}
	sym.inner = nil // nothing looks for parameters from outside
	for i := range n.Throws {
		r.throws(c, &n.Throws[i], op, &owner)
	}
	r.operationMetadata(n, op, owner.Local)
	if !ok || op.Return != nil && op.Return.Type == nil {
		return nil
	}
	return op
}

func parentWord(d Def) string {
	if _, ok := d.(*Class); ok {
		return "class"
	}
	return "interface"
}

// localUse reports a local type in the signature of a non-local operation.
func (r *resolver) localUse(t Type, pos Pos, owner *Header, op string) {
	if t != nil && isLocalType(t) && !owner.Local {
		r.error(pos, "local", fmt.Sprintf("this type is local, and operation %s is not", quote(owner.Text+"::"+op)))
	}
}

func (r *resolver) param(c *container, p *ParamNode, owner *Header, op string, tags map[int]string) *Param {
	r.checkIdentifier(p.Word)
	out := &Param{Name: p.Text, Out: p.Out, Metadata: metaStrings(p.Metadata), Pos: p.Pos, Type: r.typeOf(c, p.Type)}
	r.localUse(out.Type, p.Type.Pos, owner, op)
	if p.Tag != nil {
		out.Optional = true
		if id, ok := r.tag(c, p.Tag); ok {
			out.Tag = id
			if other, used := tags[id]; used {
				r.error(p.Tag.Pos, "duplicate-tag", fmt.Sprintf("the tag of parameter %s is taken", quote(p.Text)), Note{Message: other + " has it"})
			} else {
				tags[id] = quote(p.Text)
			}
		}
	}
	sym := r.declare(c, p.Word, kindParam)
	if sym != nil {
		r.introduce(c, p.Text, sym, p.Pos)
	}
	r.paramMetadata(p, out.Type)
	if sym == nil || out.Type == nil {
		return nil
	}
	return out
}

func (r *resolver) throws(c *container, ref *ScopedRef, op *Operation, owner *Header) {
	sym := r.find(c, ref.Text, ref.Pos)
	if sym == nil {
		return
	}
	r.introduce(c, ref.Text, sym, ref.Pos)
	ex, ok := sym.def.(*Exception)
	if !ok {
		r.errorNote(ref.Pos, "not-an-exception", quote(ref.Text)+" is not an exception", sym.pos, "it is "+article(sym.kind.String()))
		return
	}
	for _, have := range op.Throws {
		if have == ex {
			r.error(ref.Pos, "duplicate-throws", fmt.Sprintf("operation %s throws %s already", quote(op.Name), quote(ref.Text)))
			return
		}
	}
	if ex.Local && !owner.Local {
		r.error(ref.Pos, "local", fmt.Sprintf("exception %s is local, and operation %s is not", quote(ex.Name), quote(op.Name)))
	}
	op.Throws = append(op.Throws, ex)
}

func (r *resolver) enum(c *container, n *EnumNode) {
	r.needModule(c, n.Word, "an enumeration")
	r.checkName(c, n.Word, kindEnum)
	sym := r.declare(c, n.Word, kindEnum)
	def := &Enum{Common: r.common(c, &n.Header)}
	if sym == nil {
		sym = r.scratch(c, &n.Header, kindEnum)
		sym.def = def
	} else {
		r.introduce(c, n.Text, sym, n.Pos)
		r.register(c, sym, def)
	}
	sym.inner = newScope(sym.scoped(), c.scope, sym)
	r.definitionMetadata(kindEnum, &n.Header, false)
	inner := &container{scope: sym.inner, outer: c, module: c.module, file: r.file}
	values := enumValues{enum: def, most: -1}
	for _, e := range n.Enumerators {
		r.enumerator(inner, e, &values)
	}
	if len(n.Enumerators) == 0 && !n.Broken {
		r.error(n.Pos, "empty", "the enumeration "+quote(n.Text)+" has no enumerators")
	}
}

// enumValues are the values of an enumeration while it is read.
type enumValues struct {
	enum *Enum
	next int64                 // the value of an enumerator without one
	most int64                 // the greatest so far
	used map[int64]*Enumerator // nil as long as each value was greater than those before
}

// take gives v to e, unless another enumerator has it, which comes back.
func (u *enumValues) take(v int64, e *Enumerator) *Enumerator {
	if u.used == nil && v <= u.most {
		u.used = map[int64]*Enumerator{}
		for _, e := range u.enum.Enumerators {
			u.used[int64(e.Value)] = e
		}
	}
	u.most = max(u.most, v)
	if u.used == nil {
		return nil
	}
	if other := u.used[v]; other != nil {
		return other
	}
	u.used[v] = e
	return nil
}

func (r *resolver) enumerator(c *container, n *EnumeratorNode, values *enumValues) {
	r.checkIdentifier(n.Word)
	e := &Enumerator{Name: n.Text, Enum: values.enum, Doc: n.Doc, Pos: n.Pos}
	value := values.next
	if n.Value != nil {
		v, ok := r.integer(c, n.Value, "enumerator")
		if !ok {
			return
		}
		value, e.Explicit = v, true
	}
	values.next = value + 1
	if value < 0 || value > 1<<31-1 {
		r.error(n.Pos, "enumerator-range", "the value of enumerator "+quote(n.Text)+" is out of range", Note{Message: "it must be from 0 to 2147483647"})
		values.next = 0
		return
	}
	if other := values.take(value, e); other != nil {
		r.errorNote(n.Pos, "enumerator-value", fmt.Sprintf("the value of enumerator %s is that of %s too", quote(n.Text), quote(other.Name)), other.Pos, "the other enumerator is here")
	}
	e.Value = int32(value)
	if sym := r.declare(c, n.Word, kindEnumerator); sym != nil {
		sym.enum = e
		r.introduce(c, n.Text, sym, n.Pos)
		values.enum.Enumerators = append(values.enum.Enumerators, e)
	}
}
