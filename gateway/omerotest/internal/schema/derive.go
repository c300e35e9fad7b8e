package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
	"github.com/slice2go/slice2go/runtime/wire"
)

func init() {
	for _, id := range wire.ClassIDs() {
		name, ok := strings.CutPrefix(id, "::omero::model::")
		if !ok || name == "IObject" {
			continue
		}
		v, ok := wire.NewInstance(id).(omero.AnyIObject)
		if !ok {
			continue // a value that is part of an object: a quantity, Details, Permissions
		}
		c := &Class{Name: name, Type: reflect.TypeOf(v).Elem(), props: map[string]*Prop{}}
		byName[name] = c
		classes = append(classes, c)
	}
	linkSupers()
	readFacts()
	for _, c := range classes {
		addProps(c)
	}
	addAnnotationLinks()
	for _, c := range classes {
		inherit(c)
	}
	for _, c := range classes {
		joinSides(c)
	}
	markProps()
	collectColumns()
	addDetails()
	nameColumns()
}

var (
	iobjectType = reflect.TypeFor[omero.IObject]()
	anyType     = reflect.TypeFor[omero.AnyIObject]()
	scalars     = map[reflect.Type]Kind{
		reflect.TypeFor[*omero.RString]():      String,
		reflect.TypeFor[*omero.RInt]():         Int,
		reflect.TypeFor[*omero.RLong]():        Long,
		reflect.TypeFor[*omero.RDouble]():      Double,
		reflect.TypeFor[*omero.RBool]():        Bool,
		reflect.TypeFor[*omero.RTime]():        Time,
		reflect.TypeFor[[]byte]():              Bytes,
		reflect.TypeFor[[]string]():            Strings,
		reflect.TypeFor[[]*omero.NamedValue](): Map,
		reflect.TypeFor[omero.SysCountMap]():   Counts,
	}
	byType = map[reflect.Type]*Class{}
)

func linkSupers() {
	for _, c := range classes {
		byType[c.Type] = c
	}
	for _, c := range classes {
		if base := c.Type.Field(0); base.Anonymous && base.Type != iobjectType {
			c.Super = byType[base.Type]
			c.Super.Subs = append(c.Super.Subs, c)
		}
		c.Root = c
		for base := c.Type.Field(0).Type; base != iobjectType; base = base.Field(0).Type {
			c.Root = byType[base]
		}
	}
}

func readFacts() {
	for pkg, names := range parseFacts(packages) {
		for _, name := range names {
			mustFind(name).JavaName = "ome.model." + pkg + "." + name
		}
	}
	for _, name := range strings.Fields(abstract) {
		mustFind(name).Abstract = true
	}
	for _, name := range strings.Fields(global) {
		mustFind(name).Global = true
	}
	for _, c := range classes {
		c.Enum = entries[c.Name] != nil
		c.Global = c.Global || c.Enum
		_, hasVersion := c.Type.FieldByName("Version")
		c.Immutable = !hasVersion
		if c.JavaName == "" && c.Enum {
			c.JavaName = "ome.model.enums." + c.Name
		}
		if c.JavaName == "" {
			c.JavaName = "ome.model.annotations." + c.Name
		}
	}
}

func mustFind(name string) *Class {
	if c := byName[name]; c != nil {
		return c
	}
	panic("schema: the facts name a class that is none: " + name)
}

// addProps adds the properties that the class itself declares.
func addProps(c *Class) {
	for i := 1; i < c.Type.NumField(); i++ {
		f := c.Type.Field(i)
		if strings.HasSuffix(f.Name, "Loaded") && f.Type.Kind() == reflect.Bool {
			continue
		}
		p := &Prop{Name: lowerFirst(f.Name), Class: c, Index: f.Index, Type: f.Type}
		p.Column = p.Name
		if kind, ok := scalars[f.Type]; ok {
			p.Kind = kind
		} else if target := targetOf(f.Type); target != nil {
			p.Kind, p.Target = Ref, target
		} else if f.Type.Kind() == reflect.Slice && targetOf(f.Type.Elem()) != nil {
			p.Kind, p.Target = Many, targetOf(f.Type.Elem())
			p.Name = strings.TrimSuffix(p.Name, "Seq")
			loaded, _ := c.Type.FieldByName(strings.TrimSuffix(f.Name, "Seq") + "Loaded")
			p.Loaded = loaded.Index
		} else if u := unitsOf(f.Type); u != nil {
			p.Kind, p.units = Unit, u
		} else {
			panic(fmt.Sprintf("schema: %s.%s has a type that cannot be stored: %v", c.Name, f.Name, f.Type))
		}
		c.Props = append(c.Props, p)
	}
	for _, p := range c.Props {
		if p.Kind == Counts {
			p.Of = propNamed(c.Props, strings.TrimSuffix(p.Name, "CountPerOwner"))
		}
	}
	c.Link = propNamed(c.Props, "parent") != nil && propNamed(c.Props, "child") != nil
}

// addAnnotationLinks gives Annotation the collections that Slice leaves out, as
// HQL has them: imageLinks and so on.
func addAnnotationLinks() {
	annotation := byName["Annotation"]
	for _, c := range classes {
		target, ok := strings.CutSuffix(c.Name, "AnnotationLink")
		if !ok || !c.Link || target == "Annotation" {
			continue
		}
		annotation.Props = append(annotation.Props, &Prop{Name: lowerFirst(target) + "Links", Kind: Many, Class: annotation, Target: c})
	}
}

func inherit(c *Class) {
	if c.Super != nil {
		if len(c.Super.props) == 0 {
			inherit(c.Super)
		}
		if len(c.props) > 0 {
			return
		}
		own := c.Props
		c.Props = nil
		c.Props = append(slices.Clone(c.Super.Props), own...)
	}
	for _, p := range c.Props {
		c.props[p.Name] = p
	}
	for s := c; s != nil; s = s.Super {
		if !c.Abstract {
			s.concrete = append(s.concrete, c)
		}
	}
}

// joinSides finds for each collection of the class the property that leads back.
func joinSides(c *Class) {
	for _, p := range c.Props {
		if p.Kind != Many || p.Class != c {
			continue
		}
		var found []*Prop
		for _, back := range p.Target.Props {
			if back.Kind == Ref && c.Is(back.Target) {
				found = append(found, back)
			}
		}
		if len(found) == 2 && p.Target.Link {
			found = found[:1] // a link of a class to itself hangs on its parent
		}
		if len(found) != 1 {
			panic(fmt.Sprintf("schema: %v has %d properties of %v that lead back", p, len(found), p.Target))
		}
		p.Inverse = found[0]
		if p.Index != nil {
			p.Inverse.Many = p
		}
	}
}

func markProps() {
	mark := func(text string, do func(*Prop)) {
		for class, names := range parseFacts(text) {
			for _, name := range names {
				p := mustFind(class).Prop(name)
				if p == nil {
					panic("schema: the facts name a property that is none: " + class + "." + name)
				}
				do(p)
			}
		}
	}
	mark(required, func(p *Prop) { p.Required = true })
	mark(ordered, func(p *Prop) { p.Ordered = true })
	mark(unique, func(p *Prop) { p.Unique = true })
	mark(indexed, func(p *Prop) { lookups = append(lookups, p) })
	mark(positive, func(p *Prop) { bounds[p] = Bounds{Min: 1} })
	mark(notNegative, func(p *Prop) { bounds[p] = Bounds{Min: 0} })
	mark(fraction, func(p *Prop) { bounds[p] = Bounds{Min: 0, Max: 1, HasMax: true} })
	for _, c := range classes {
		if c.Link {
			c.Prop("parent").Required, c.Prop("child").Required = true, true
		}
		if c.Enum {
			c.Prop("value").Required, c.Prop("value").Unique = true, true
		}
	}
	slices.SortFunc(lookups, func(a, b *Prop) int { return strings.Compare(a.String(), b.String()) })
}

func collectColumns() {
	for _, c := range classes {
		seen := map[string]bool{}
		for _, p := range c.Root.Columns {
			seen[p.Column] = true
		}
		for _, p := range c.Props {
			if p.Class != c {
				continue
			}
			switch {
			case p.HasColumn() && !seen[p.Column]:
				c.Root.Columns = append(c.Root.Columns, p)
			case p.Kind == Map && propNamed(c.Root.Maps, p.Name) == nil:
				c.Root.Maps = append(c.Root.Maps, p)
			}
			if p.Kind == Ref {
				for _, target := range classes {
					if target.Is(p.Target) {
						target.Referrers = append(target.Referrers, p)
					}
				}
			}
		}
	}
}

// Bounds is the range that a number must be in.
type Bounds struct {
	Min, Max float64
	HasMax   bool
}

var (
	bounds  = map[*Prop]Bounds{}
	lookups []*Prop
)

// Bounds gives the range of a number that OMERO bounds.
func (p *Prop) Bounds() (Bounds, bool) {
	b, ok := bounds[p]
	return b, ok
}

// Lookups gives the properties that clients look objects up by, besides ids and links.
func Lookups() []*Prop { return lookups }

func propNamed(props []*Prop, name string) *Prop {
	for _, p := range props {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// targetOf gives the class that a field's type refers to: *omero.Image, or
// omero.AnyAnnotation where the class has derived ones.
func targetOf(t reflect.Type) *Class {
	switch {
	case t.Kind() == reflect.Pointer:
		return byType[t.Elem()]
	case t.Kind() == reflect.Interface && t.Implements(anyType):
		return byName[strings.TrimPrefix(t.Name(), "Any")]
	}
	return nil
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'A' && s[1] <= 'Z' {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
