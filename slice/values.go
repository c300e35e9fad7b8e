package slice

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

func (r *resolver) constant(c *container, n *ConstNode) {
	r.needModule(c, n.Word, "a constant")
	r.checkName(c, n.Word, kindConst)
	t := r.typeOf(c, n.Type)
	def := &Const{Common: r.common(c, &n.Header), Type: t}
	if t != nil {
		if !constantType(t) {
			r.error(n.Type.Pos, "constant-type", fmt.Sprintf("constant %s is of type %s, which constants cannot have", quote(n.Text), quote(strings.TrimPrefix(t.TypeName(), "::"))),
				Note{Message: "a constant is of a builtin type or an enumeration"})
			t = nil
		} else if def.Value = r.value(c, n.Value, t, "constant", n.Text); def.Value == nil {
			t = nil
		}
	}
	r.typeMetadata(n.TypeMetadata)
	sym := r.declare(c, n.Word, kindConst)
	if sym != nil {
		if t == nil {
			sym.def, sym.failed = def, true
		} else {
			r.register(c, sym, def)
		}
	}
	r.definitionMetadata(kindConst, &n.Header, false)
}

func constantType(t Type) bool {
	switch t := t.(type) {
	case *Builtin:
		return t.Kind <= String
	case *Enum:
		return true
	}
	return false
}

// ranges are the bounds of the integral types.
var ranges = map[Kind][2]int64{
	Byte: {0, math.MaxUint8}, Short: {math.MinInt16, math.MaxInt16},
	Int: {math.MinInt32, math.MaxInt32}, Long: {math.MinInt64, math.MaxInt64},
}

// value resolves the value of a constant or the default of a member, which
// must be of type t. It returns nil after having reported what is wrong.
func (r *resolver) value(c *container, n *ValueNode, t Type, what, name string) *Value {
	if n.Kind == NameLiteral {
		return r.named(c, n, t, what, name)
	}
	if _, ok := t.(*Enum); ok {
		r.mismatch(n.Pos, "", t, what, name)
		return nil
	}
	b, ok := t.(*Builtin)
	if !ok || b.Kind > String {
		r.errorf(n.Pos, "default", "the %s %s cannot have a value: its type is %s", what, quote(name), quote(t.TypeName()))
		return nil
	}
	switch n.Kind {
	case IntLiteral:
		return r.intValue(n, b, what, name)
	case FloatLiteral:
		if b.Kind != Float && b.Kind != Double {
			r.mismatch(n.Pos, "double", t, what, name)
			return nil
		}
		return r.floatValue(n, b, what, name)
	case StringLiteral:
		if b.Kind != String {
			r.mismatch(n.Pos, "string", t, what, name)
			return nil
		}
		return &Value{Literal: n.Text, Pos: n.Pos}
	}
	if b.Kind != Bool {
		r.mismatch(n.Pos, "bool", t, what, name)
		return nil
	}
	return &Value{Literal: n.Text == "true", Pos: n.Pos}
}

func (r *resolver) mismatch(pos Pos, have string, t Type, what, name string) {
	if have == "" {
		r.errorf(pos, "value-type", "the value of %s %s is of another type", what, quote(name))
		return
	}
	r.errorf(pos, "value-type", "%s %s is of type %s, and its value of type %s", what, quote(name), quote(strings.TrimPrefix(t.TypeName(), "::")), quote(have))
}

// parseInt reads an integer as Slice writes it: decimal, 0x and octal 0.
func parseInt(text string) (int64, bool) {
	negative := strings.HasPrefix(text, "-")
	digits := strings.TrimLeft(text, "+-")
	base := 10
	switch {
	case strings.HasPrefix(digits, "0x"):
		base, digits = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base = 8
		if i := strings.IndexAny(digits, "89"); i > 0 {
			digits = digits[:i] // as ZeroC reads 08 and 019: up to the digit that is none
		}
	}
	if negative {
		digits = "-" + digits
	}
	v, err := strconv.ParseInt(digits, base, 64)
	return v, err == nil
}

func (r *resolver) literalInt(n *ValueNode) (int64, bool) {
	v, ok := parseInt(n.Text)
	if !ok {
		r.errorf(n.Pos, "integer-range", "no integral type holds the number %s", quote(n.Text))
	}
	return v, ok
}

func (r *resolver) intValue(n *ValueNode, b *Builtin, what, name string) *Value {
	v, ok := r.literalInt(n)
	if !ok {
		return nil
	}
	switch b.Kind {
	case Float, Double:
		return &Value{Literal: float64(v), Pos: n.Pos}
	case Bool, String:
		r.mismatch(n.Pos, "long", b, what, name)
		return nil
	}
	if limits := ranges[b.Kind]; v < limits[0] || v > limits[1] {
		r.error(n.Pos, "value-range", fmt.Sprintf("the value %s of %s %s is out of range for %s", quote(n.Text), what, quote(name), b.name),
			Note{Message: fmt.Sprintf("it must be from %d to %d", limits[0], limits[1])})
		return nil
	}
	return &Value{Literal: v, Pos: n.Pos}
}

func (r *resolver) floatValue(n *ValueNode, b *Builtin, what, name string) *Value {
	v, err := strconv.ParseFloat(strings.TrimRight(n.Text, "fF"), 64)
	if err != nil && math.IsInf(v, 0) {
		r.errorf(n.Pos, "value-range", "no floating-point type holds the number %s", quote(n.Text))
		return nil
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(n.Text), "e")
	if v == 0 && strings.ContainsAny(mantissa, "123456789") {
		r.errorf(n.Pos, "value-range", "floating-point constant %s too small (underflow)", quote(n.Text))
		return nil
	}
	return &Value{Literal: v, Pos: n.Pos}
}

// named resolves a value that is given as an enumerator or another constant.
func (r *resolver) named(c *container, n *ValueNode, t Type, what, name string) *Value {
	enum, _ := t.(*Enum)
	if enum != nil {
		if e := r.enumeratorOf(c, enum, n); e != nil {
			return &Value{Literal: e, Pos: n.Pos}
		}
	}
	if len(r.lookup(c.scope, n.Text)) == 0 && enum == nil {
		if loose := r.looseEnumerators(c, n.Text); len(loose) > 0 {
			r.mismatch(n.Pos, "", t, what, name)
			return nil
		}
	}
	sym := r.find(c, n.Text, n.Pos)
	if sym == nil {
		return nil
	}
	r.introduce(c, n.Text, sym, n.Pos)
	if sym.enum != nil {
		r.mismatch(n.Pos, "", t, what, name)
		return nil
	}
	k, ok := sym.def.(*Const)
	if !ok {
		r.errorNote(n.Pos, "not-a-constant", quote(n.Text)+" is not a constant", sym.pos, "it is "+article(sym.kind.String()))
		return nil
	}
	if sym.failed || k.Value == nil {
		return nil
	}
	return r.converted(k, n, t, what, name)
}

// converted gives the value of the constant k as one of type t.
func (r *resolver) converted(k *Const, n *ValueNode, t Type, what, name string) *Value {
	from, fromBuiltin := k.Type.(*Builtin)
	to, toBuiltin := t.(*Builtin)
	if !fromBuiltin || !toBuiltin {
		if k.Type == t {
			return &Value{Literal: k.Value.Literal, Const: k, Pos: n.Pos}
		}
		r.mismatch(n.Pos, "", t, what, name)
		return nil
	}
	integral := func(b *Builtin) bool { return b.Kind >= Byte && b.Kind <= Long }
	floating := func(b *Builtin) bool { return b.Kind == Float || b.Kind == Double }
	switch {
	case from.Kind == to.Kind:
	case integral(from) && integral(to):
		v, _ := k.Value.Literal.(int64)
		if limits := ranges[to.Kind]; v < limits[0] || v > limits[1] {
			r.errorf(n.Pos, "value-range", "the value %s of %s %s is out of range for %s", quote(strconv.FormatInt(v, 10)), what, quote(name), to.name)
			return nil
		}
	case integral(from) && floating(to):
		v, _ := k.Value.Literal.(int64)
		return &Value{Literal: float64(v), Const: k, Pos: n.Pos}
	case floating(from) && floating(to):
	default:
		r.mismatch(n.Pos, from.name, t, what, name)
		return nil
	}
	return &Value{Literal: k.Value.Literal, Const: k, Pos: n.Pos}
}

// enumeratorOf finds an enumerator of enum by its own name, or by one scoped
// from here.
func (r *resolver) enumeratorOf(c *container, enum *Enum, n *ValueNode) *Enumerator {
	last := n.Text
	scoped := false
	if i := strings.LastIndex(last, "::"); i >= 0 {
		last, scoped = last[i+2:], true
	}
	found := r.lookup(c.scope, n.Text)
	for _, sym := range found {
		if sym.enum != nil && sym.enum.Enum == enum && sym.name == last {
			r.introduce(c, n.Text, sym, n.Pos)
			return sym.enum
		}
	}
	if len(found) > 0 {
		return nil
	}
	if scoped {
		// The old way: an enumerator scoped by the module of its enumeration.
		if prefix := strings.TrimSuffix(n.Text, "::"+last); prefix == "" || !r.isModule(c, prefix, enum) {
			return nil
		}
	}
	for _, e := range enum.Enumerators {
		if e.Name == last {
			if scoped {
				r.warn(n.Pos, "enumerator-scope", "reaching enumerator "+quote(last)+" through the scope around its enumeration is deprecated")
			}
			return e
		}
	}
	return nil
}

func (r *resolver) isModule(c *container, name string, enum *Enum) bool {
	for _, sym := range r.lookup(c.scope, name) {
		if sym.inner != nil && sym.inner.module != nil && sym.inner.module == enum.Scope {
			return true
		}
	}
	return false
}

// looseEnumerators finds the enumerators that a name without that of their
// enumeration can mean: those in the innermost scope around c that has any or,
// of a scoped name, those in the scope that it names.
func (r *resolver) looseEnumerators(c *container, name string) []*symbol {
	if i := strings.LastIndex(name, "::"); i >= 0 {
		for _, sym := range r.lookup(c.scope, name[:i]) {
			if sym.inner != nil {
				return r.enumeratorsIn(sym.inner, name[i+2:])
			}
		}
		return nil
	}
	for s := c.scope; s != nil; s = s.parent {
		if found := r.enumeratorsIn(s, name); len(found) > 0 {
			return found
		}
	}
	return nil
}

// enumeratorsIn finds the enumerators called name in the enumerations of s.
func (r *resolver) enumeratorsIn(s *scope, name string) []*symbol {
	if s.module == nil {
		return nil
	}
	var found []*symbol
	for _, d := range s.module.Defs {
		enum, ok := d.(*Enum)
		if !ok {
			continue
		}
		for _, sym := range s.named(enum.Name) {
			if sym.def != d || sym.inner == nil || !r.visible(sym) {
				continue
			}
			for _, e := range r.here(sym.inner, name) {
				if e.name == name {
					found = append(found, e)
				}
			}
		}
	}
	return found
}

// integer resolves a whole number given by a literal or a constant.
func (r *resolver) integer(c *container, n *ValueNode, what string) (int64, bool) {
	if n.Kind == IntLiteral {
		return r.literalInt(n)
	}
	if what != "enumerator" && len(r.lookup(c.scope, n.Text)) == 0 {
		loose := r.looseEnumerators(c, n.Text)
		if len(loose) > 1 {
			r.error(n.Pos, "ambiguous", quote(n.Text)+" can mean enumerators of several enumerations",
				Note{Pos: loose[0].pos, Message: "it can be " + quote(loose[0].scoped())},
				Note{Pos: loose[1].pos, Message: "it can be " + quote(loose[1].scoped())})
			return 0, false
		}
		if len(loose) == 1 {
			r.warn(n.Pos, "enumerator-scope", "reaching enumerator "+quote(loose[0].scoped())+" without the name of its enumeration is deprecated")
			return int64(loose[0].enum.Value), true
		}
	}
	sym := r.find(c, n.Text, n.Pos)
	if sym == nil {
		return 0, false
	}
	r.introduce(c, n.Text, sym, n.Pos)
	if sym.enum != nil {
		return int64(sym.enum.Value), true
	}
	k, ok := sym.def.(*Const)
	if !ok || k.Value == nil {
		if !sym.failed {
			r.errorNote(n.Pos, "not-a-constant", quote(n.Text)+" is not a constant", sym.pos, "it is "+article(sym.kind.String()))
		}
		return 0, false
	}
	switch v := k.Value.Literal.(type) {
	case int64:
		return v, true
	case *Enumerator:
		return int64(v.Value), true
	}
	r.errorNote(n.Pos, "not-an-integer", fmt.Sprintf("the %s needs an integer, and constant %s is of type %s", what, quote(n.Text), quote(k.Type.TypeName())), sym.pos, "the constant is here")
	return 0, false
}

// number32 is integer for tags and compact ids. A number out of range comes
// out negative.
func (r *resolver) number32(c *container, n *ValueNode, what string) (int, bool) {
	v, ok := r.integer(c, n, what)
	if v > math.MaxInt32 || v < 0 {
		v = -1
	}
	return int(v), ok
}
