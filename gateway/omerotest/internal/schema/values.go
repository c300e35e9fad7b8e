package schema

import (
	"reflect"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/model"
)

// units are the units of one quantity: the enumeration of its field Unit.
type units struct {
	symbols map[int64]string
	values  map[string]int64
}

var knownUnits = map[reflect.Type]*units{}

// unitsOf gives the units of a quantity's type, *omero.Length for instance.
func unitsOf(t reflect.Type) *units {
	if t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct || t.Elem().NumField() != 2 {
		return nil
	}
	if u := knownUnits[t]; u != nil {
		return u
	}
	unit, ok := t.Elem().FieldByName("Unit")
	if !ok {
		return nil
	}
	u := &units{symbols: map[int64]string{}, values: map[string]int64{}}
	for n := int64(0); ; n++ {
		v := reflect.New(unit.Type).Elem()
		v.SetInt(n)
		e := v.Interface().(interface {
			Valid() bool
			String() string
		})
		if !e.Valid() {
			break
		}
		symbol := model.UnitSymbol(e.String())
		u.symbols[n], u.values[symbol], u.values[e.String()] = symbol, n, n
	}
	knownUnits[t] = u
	return u
}

// Field gives the field of an object that holds the property. The object must
// be of the property's class or of one that extends it.
func (p *Prop) Field(v omero.AnyIObject) reflect.Value {
	return p.up(v).FieldByIndex(p.Index)
}

func (p *Prop) up(v omero.AnyIObject) reflect.Value {
	r := reflect.ValueOf(v).Elem()
	for r.Type() != p.Class.Type {
		r = r.Field(0)
	}
	return r
}

// Object gives the object that a property of kind Ref refers to, nil for none.
func (p *Prop) Object(v omero.AnyIObject) omero.AnyIObject {
	if p.inDetails {
		return p.detail(v)
	}
	f := p.Field(v)
	if f.IsNil() {
		return nil
	}
	o, _ := f.Interface().(omero.AnyIObject)
	if IsNil(o) {
		return nil
	}
	return o
}

// SetObject makes a property of kind Ref refer to an object of its class, or to none.
func (p *Prop) SetObject(v, to omero.AnyIObject) {
	if p.inDetails {
		p.setDetail(v, to)
		return
	}
	if IsNil(to) {
		p.Field(v).SetZero()
		return
	}
	p.Field(v).Set(reflect.ValueOf(to))
}

// IsLoaded says whether a collection of the object is loaded.
func (p *Prop) IsLoaded(v omero.AnyIObject) bool {
	return p.Loaded != nil && p.up(v).FieldByIndex(p.Loaded).Bool()
}

// Elements gives the elements of a loaded collection, without nil ones.
func (p *Prop) Elements(v omero.AnyIObject) []omero.AnyIObject {
	if p.Index == nil {
		return nil
	}
	f := p.Field(v)
	var out []omero.AnyIObject
	for i := range f.Len() {
		if o, ok := f.Index(i).Interface().(omero.AnyIObject); ok && !IsNil(o) {
			out = append(out, o)
		}
	}
	return out
}

// Load makes a collection a loaded one without elements.
func (p *Prop) Load(v omero.AnyIObject) {
	if p.Index == nil {
		return
	}
	f := p.Field(v)
	f.Set(reflect.MakeSlice(f.Type(), 0, 0))
	p.up(v).FieldByIndex(p.Loaded).SetBool(true)
}

// Append adds an element to a collection.
func (p *Prop) Append(v, element omero.AnyIObject) {
	if p.Index == nil {
		return
	}
	f := p.Field(v)
	f.Set(reflect.Append(f, reflect.ValueOf(element)))
}

// Symbol gives the symbol of a unit of the property's quantity.
func (p *Prop) Symbol(unit int64) string { return p.units.symbols[unit] }

// UnitNamed gives the unit with a symbol or a name, "µm" or "MICROMETER".
func (p *Prop) UnitNamed(name string) (int64, bool) {
	n, ok := p.units.values[name]
	return n, ok
}
