package schema

import (
	"reflect"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// Kind says what a property holds.
type Kind int

// The kinds of properties.
const (
	String  Kind = iota // *omero.RString, a TEXT column
	Int                 // *omero.RInt
	Long                // *omero.RLong
	Double              // *omero.RDouble
	Bool                // *omero.RBool, 0 or 1
	Time                // *omero.RTime, milliseconds since 1970
	Bytes               // []byte, a BLOB
	Strings             // []string, a JSON array
	Unit                // a quantity, *omero.Length for instance: a column for the value and one for the unit's symbol
	Ref                 // one object of class Target
	Many                // a collection of objects whose property Inverse leads here; no column
	Counts              // how many elements of the collection Of each user owns; no column
	Map                 // named values in their order, in a table of their own
)

// Class is a persistent class of OMERO's model.
type Class struct {
	Name      string       // "Image"
	JavaName  string       // "ome.model.core.Image", as event logs have it
	Super     *Class       // nil below IObject
	Root      *Class       // the class whose table holds the objects: itself or its topmost super class
	Subs      []*Class     // the classes that extend it directly
	Type      reflect.Type // omero.Image
	Abstract  bool         // has no objects of its own
	Global    bool         // belongs to no user and no group
	Enum      bool         // an enumeration: a value that everyone shares
	Link      bool         // connects parent and child
	Immutable bool         // has no version and no update event
	Props     []*Prop      // its own and the inherited ones, the inherited first
	Columns   []*Prop      // of a root: every property with a column in its table, of sub classes too
	Maps      []*Prop      // of a root: every property of kind Map, of sub classes too
	Referrers []*Prop      // the properties of kind Ref, of any class, whose target is this class or a super class

	props    map[string]*Prop
	concrete []*Class
}

// Prop is a property of a class.
type Prop struct {
	Name     string // as HQL has it: "pixels"
	Kind     Kind
	Class    *Class // that declares it
	Target   *Class // of Ref and Many
	Inverse  *Prop  // of Many: the property of Target that leads back
	Of       *Prop  // of Counts: the collection that is counted
	Many     *Prop  // of Ref: the collection at the other side, nil if there is none
	Ordered  bool   // of Many: the elements keep their order, in the column OrderColumn of Inverse
	Required bool   // must not be null
	Unique   bool
	Column   string       // in the table of Class.Root; for Unit that of the value
	Index    []int        // of the field in Class.Type; nil for collections that Slice does not have
	Loaded   []int        // of Many: the field that says whether it is loaded
	Type     reflect.Type // of the field
	units    *units

	inDetails bool
}

// Table is the name of the table that holds the objects of the class.
func (c *Class) Table() string { return c.Root.Name }

// Prop gives a property by its HQL name, nil if the class has none of it.
func (c *Class) Prop(name string) *Prop { return c.props[name] }

// Is says whether the class is other or extends it.
func (c *Class) Is(other *Class) bool {
	for ; c != nil; c = c.Super {
		if c == other {
			return true
		}
	}
	return false
}

// Concrete gives the class and those that extend it, without the abstract ones.
func (c *Class) Concrete() []*Class { return c.concrete }

// Mixed says whether the class's table holds objects of several classes, told
// apart by the column [KindColumn].
func (c *Class) Mixed() bool { return len(c.Root.Subs) > 0 }

// Annotated says whether objects of the class can have annotations.
func (c *Class) Annotated() bool { return c.props["annotationLinks"] != nil }

// New gives a loaded object whose collections are not loaded.
func (c *Class) New() omero.AnyIObject {
	v := reflect.New(c.Type).Interface().(omero.AnyIObject)
	v.AsIObject().Loaded = true
	return v
}

// Ref gives an unloaded object: only its id.
func (c *Class) Ref(id int64) omero.AnyIObject {
	v := reflect.New(c.Type).Interface().(omero.AnyIObject)
	v.AsIObject().Id = omero.NewRLong(id)
	return v
}

// String gives the name.
func (c *Class) String() string { return c.Name }

// String gives class and name, "Image.pixels".
func (p *Prop) String() string { return p.Class.Name + "." + p.Name }

// HasColumn says whether the property is stored in a column of the class's table.
func (p *Prop) HasColumn() bool { return p.Kind != Many && p.Kind != Counts && p.Kind != Map }

// UnitColumn is the column of a quantity's unit.
func (p *Prop) UnitColumn() string { return p.Column + "_unit" }

// OrderColumn is the column in the inverse property's table with an element's
// place in an ordered collection, counted from 0.
func (p *Prop) OrderColumn() string { return p.Inverse.Column + "_index" }

// MapTable is the table of the values of a property of kind Map: owner, place,
// name, value.
func (p *Prop) MapTable() string { return p.Class.Root.Name + "_" + p.Name }

// The columns that are no properties.
const (
	IDColumn       = "id"
	KindColumn     = "_kind"
	OwnerColumn    = "_owner"
	GroupColumn    = "_group"
	CreationColumn = "_creation"
	UpdateColumn   = "_update"
	ExternalColumn = "_external"
	PermsColumn    = "_perms" // of ExperimenterGroup only
)

var (
	byName  = map[string]*Class{}
	classes []*Class
)

// Classes gives all persistent classes in the order of their names.
func Classes() []*Class { return classes }

// Roots gives the classes that have a table.
func Roots() []*Class {
	var out []*Class
	for _, c := range classes {
		if c.Root == c {
			out = append(out, c)
		}
	}
	return out
}

// Find gives a class by a name as clients write it: "Image", "ImageI",
// "ome.model.core.Image", "omero.model.Image" or "::omero::model::Image". It is
// nil for a name that is none.
func Find(name string) *Class {
	if c := byName[name]; c != nil {
		return c
	}
	short := name
	if s, ok := strings.CutPrefix(name, "::omero::model::"); ok {
		short = s
	} else if s, ok := strings.CutPrefix(name, "omero.model."); ok {
		short = s
	} else if strings.HasPrefix(name, "ome.model.") {
		short = name[strings.LastIndexByte(name, '.')+1:]
		if c := byName[short]; c != nil && c.JavaName == name {
			return c
		}
		return nil
	}
	if c := byName[short]; c != nil {
		return c
	}
	return byName[strings.TrimSuffix(short, "I")]
}

// Of gives the class of an object, nil for nil and for what is not stored.
func Of(v omero.AnyIObject) *Class {
	if IsNil(v) {
		return nil
	}
	return byName[strings.TrimPrefix(v.IceTypeID(), "::omero::model::")]
}

// IsNil says whether there is no object, be the interface or the pointer in it nil.
func IsNil(v omero.AnyIObject) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}
