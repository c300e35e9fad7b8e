package hql

import (
	"strings"

	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// path resolves names with points between: an alias and its properties, a class, an alias of
// the select clause, or a property of the only class that has it.
func (s *scope) path(e *Path) operand {
	names := e.Names
	if src := s.lookup(names[0]); src != nil {
		return s.walk(e, src, names[1:])
	}
	if o, ok := s.aliases[names[0]]; ok && len(names) == 1 {
		return o
	}
	if c := schema.Find(strings.Join(names, ".")); c != nil {
		name := c.Name
		return operand{sql: s.t.bind(name), typ: ClassName, text: &name, notNull: true}
	}
	for in := s; in != nil; in = in.outer {
		var found *source
		for _, src := range in.roots {
			if src.class.Find(names[0]) != nil || names[0] == "id" || names[0] == "details" || names[0] == "class" {
				if found != nil {
					s.t.fail(e.Pos, "%s is a property of several classes: write it with an alias", names[0])
				}
				found = src
			}
		}
		if found != nil {
			return s.walk(e, found, names)
		}
	}
	s.t.fail(e.Pos, "Invalid path: '%s'", strings.Join(names, "."))
	return operand{}
}

// walk resolves the names behind an alias.
func (s *scope) walk(e *Path, src *source, names []string) operand {
	src.use()
	if len(names) == 0 {
		if src.class == nil {
			return operand{sql: quote(src.alias) + `."value"`, typ: Text, source: src}
		}
		return sourceOperand(src)
	}
	for {
		a := quote(src.alias) + "."
		name, rest := names[0], names[1:]
		if src.class == nil {
			if (name == "name" || name == "value") && len(rest) == 0 {
				return operand{sql: a + quote(name), typ: Text}
			}
			s.t.fail(e.Pos, "could not resolve property: %s of a named value", name)
		}
		if len(rest) == 0 && name == "id" {
			return operand{sql: a + quote(schema.IDColumn), typ: Long, notNull: true}
		}
		if len(rest) == 0 && name == "class" {
			return s.classOf(src)
		}
		p := src.class.Find(name)
		if name == "details" && p == nil {
			if len(rest) == 0 {
				s.t.notOffered(e.Pos, "details as one value")
			}
			name, rest = rest[0], rest[1:]
			if name == "permissions" {
				return s.permissions(e, src, rest)
			}
			p = src.class.Details(name)
		}
		if p == nil {
			s.t.fail(e.Pos, "could not resolve property: %s of: %s", name, src.class.JavaName)
		}
		if p.Kind != schema.Ref || len(rest) == 0 || len(rest) == 1 && rest[0] == "id" {
			return s.property(e, src, p, rest)
		}
		src, names = s.implicit(src, p), rest
	}
}

// property gives the value of a property; rest is what may follow it: id, value, unit, size.
func (s *scope) property(e *Path, src *source, p *schema.Prop, rest []string) operand {
	column := quote(src.alias) + "." + quote(p.Column)
	if p.Kind == schema.Ref {
		if len(rest) == 1 {
			return operand{sql: column, typ: Long, notNull: p.Required}
		}
		return operand{sql: column, typ: Object, class: p.Target, from: src, ref: p, notNull: p.Required}
	}
	if p.Kind == schema.Many || p.Kind == schema.Map {
		if len(rest) == 1 && rest[0] == "size" {
			return operand{sql: "(" + s.elements(src, p, "count(*)") + ")", typ: Int, notNull: true}
		}
		if len(rest) > 0 {
			s.t.fail(e.Pos, "illegal attempt to dereference collection %s of %s with element property reference [%s]", p.Name, src.class.JavaName, rest[0])
		}
		return operand{typ: Rows, source: src, many: p}
	}
	if p.Kind == schema.Unit {
		unit := quote(src.alias) + "." + quote(p.UnitColumn())
		switch {
		case len(rest) == 0:
			return operand{sql: column, typ: Quantity, prop: p, unit: unit}
		case len(rest) == 1 && rest[0] == "value":
			return operand{sql: column, typ: Double}
		case len(rest) == 1 && rest[0] == "unit":
			return operand{sql: unit, typ: Text}
		}
	}
	if len(rest) > 0 {
		s.t.fail(e.Pos, "could not resolve property: %s of %s.%s, which is a value", rest[0], src.class.JavaName, p.Name)
	}
	typ, ok := types[p.Kind]
	if !ok {
		s.t.fail(e.Pos, "%s cannot be used in an expression", p)
	}
	return operand{sql: column, typ: typ, notNull: p.Required}
}

var types = map[schema.Kind]Type{
	schema.String: Text, schema.Int: Int, schema.Long: Long, schema.Double: Double, schema.Bool: Boolean,
	schema.Time: Timestamp, schema.Bytes: Blob, schema.Strings: Text,
}

// classOf gives the class of an alias's object.
func (s *scope) classOf(src *source) operand {
	if src.class.Mixed() {
		return operand{sql: quote(src.alias) + "." + quote(schema.KindColumn), typ: ClassName, notNull: true}
	}
	return operand{sql: "'" + src.class.Name + "'", typ: ClassName, notNull: true}
}

// permissions gives an object's rights as a number: those of its group.
func (s *scope) permissions(e *Path, src *source, rest []string) operand {
	if len(rest) > 1 || len(rest) == 1 && rest[0] != "perm1" {
		s.t.fail(e.Pos, "could not resolve property: %s of permissions", rest[len(rest)-1])
	}
	a := quote(src.alias) + "."
	switch {
	case src.class.Name == "ExperimenterGroup":
		return operand{sql: a + quote(schema.PermsColumn), typ: Long}
	case src.class.Global:
		return operand{sql: "0", typ: Long}
	}
	group := s.t.alias()
	return operand{sql: "(SELECT " + quote(group) + "." + quote(schema.PermsColumn) + ` FROM "ExperimenterGroup" AS ` + quote(group) +
		" WHERE " + quote(group) + ".id = " + a + quote(schema.GroupColumn) + ")", typ: Long}
}

// discriminators are the words that OMERO's tables have for the classes of annotations and shapes.
var discriminators = map[string]string{
	"/list/": "ListAnnotation", "/basic/text/comment/": "CommentAnnotation", "/basic/text/tag/": "TagAnnotation",
	"/basic/text/xml/": "XmlAnnotation", "/basic/num/long/": "LongAnnotation", "/basic/num/double/": "DoubleAnnotation",
	"/basic/bool/": "BooleanAnnotation", "/map/": "MapAnnotation", "/basic/time/": "TimestampAnnotation",
	"/basic/term/": "TermAnnotation", "/type/OriginalFile/": "FileAnnotation",
	"text": "Label", "rect": "Rectangle", "mask": "Mask", "ellipse": "Ellipse", "point": "Point", "path": "Path",
	"polygon": "Polygon", "polyline": "Polyline", "line": "Line",
}

// className gives the name of a class as it is stored.
func className(text string) string {
	if c := schema.Find(text); c != nil {
		return c.Name
	}
	if name, ok := discriminators[text]; ok {
		return name
	}
	return text
}
