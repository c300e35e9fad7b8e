package hql

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
	"github.com/slice2go/slice2go/generated/omero"
)

// function is one that HQL knows.
type function struct {
	least, most int // arguments
	typ         Type
	sql         string // with %1, %2 for the arguments and %* for all
}

// functions are those whose translation is a matter of writing. A type of Unknown is that of the arguments.
var functions = map[string]function{
	"lower":     {1, 1, Text, "hql_lower(%1)"},
	"upper":     {1, 1, Text, "hql_upper(%1)"},
	"length":    {1, 1, Int, "length(%1)"},
	"concat":    {1, 50, Text, "(%|)"},
	"substring": {2, 3, Text, "substr(%*)"},
	"substr":    {2, 3, Text, "substr(%*)"},
	"locate":    {2, 2, Int, "instr(%2, %1)"},
	"abs":       {1, 1, Unknown, "abs(%1)"},
	"sqrt":      {1, 1, Double, "sqrt(%1)"},
	"mod":       {2, 2, Unknown, "(%1 %% %2)"},
	"sign":      {1, 1, Int, "sign(%1)"},
	"round":     {1, 2, Double, "round(%*)"},
	"floor":     {1, 1, Double, "floor(%1)"},
	"ceil":      {1, 1, Double, "ceil(%1)"},
	"ceiling":   {1, 1, Double, "ceil(%1)"},
	"power":     {2, 2, Double, "pow(%1, %2)"},
	"exp":       {1, 1, Double, "exp(%1)"},
	"ln":        {1, 1, Double, "ln(%1)"},
	"coalesce":  {1, 50, Unknown, "coalesce(%*, NULL)"},
	"nullif":    {2, 2, Unknown, "nullif(%1, %2)"},
	"str":       {1, 1, Text, "CAST(%1 AS TEXT)"},
	"replace":   {3, 3, Text, "replace(%1, %2, %3)"},
	"rtrim":     {1, 1, Text, "rtrim(%1)"},
	"ltrim":     {1, 1, Text, "ltrim(%1)"},
}

var aggregates = map[string]string{"count": "count", "sum": "sum", "avg": "avg", "min": "min", "max": "max"}

func (s *scope) call(e *Call) operand {
	name := strings.ToLower(e.Name)
	if agg, ok := aggregates[name]; ok {
		return s.aggregate(e, agg)
	}
	if e.Star || e.Distinct {
		s.t.fail(e.Pos, "%s does not take * or distinct", e.Name)
	}
	switch name {
	case "size":
		src, p := s.collection(s.pathArgument(e))
		return operand{sql: "(" + s.elements(src, p, "count(*)") + ")", typ: Int, notNull: true}
	case "index":
		return s.index(e)
	case "elements", "indices", "minelement", "maxelement", "minindex", "maxindex":
		if name == "elements" {
			src, p := s.collection(s.pathArgument(e))
			return operand{typ: Rows, source: src, many: p}
		}
		s.t.notOffered(e.Pos, "the function %s", name)
	case "current_timestamp", "current_date", "current_time", "now":
		now := time.Now()
		if name == "current_date" {
			now = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
		}
		return operand{sql: s.t.bind(now.UnixMilli()), typ: Timestamp, notNull: true}
	case "year", "month", "day", "hour", "minute", "second":
		s.count(e, 1, 1)
		return s.part(name, s.expr(e.Args[0]), e.Pos)
	}
	f, ok := functions[name]
	if !ok {
		s.t.notOffered(e.Pos, "the function %s", e.Name)
	}
	s.count(e, f.least, f.most)
	args := make([]string, len(e.Args))
	typ := f.typ
	for i, arg := range e.Args {
		o := s.expr(arg)
		args[i] = s.single(o, e.Pos)
		if f.typ == Unknown {
			typ = wider(typ, o.typ)
		}
	}
	return operand{sql: fill(f.sql, args), typ: typ}
}

func (s *scope) count(e *Call, least, most int) {
	if len(e.Args) < least || len(e.Args) > most {
		s.t.fail(e.Pos, "%s does not take %d arguments", e.Name, len(e.Args))
	}
}

func fill(pattern string, args []string) string {
	pattern = strings.ReplaceAll(pattern, "%*", strings.Join(args, ", "))
	pattern = strings.ReplaceAll(pattern, "%|", strings.Join(args, " || "))
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '%' || i+1 == len(pattern) {
			b.WriteByte(pattern[i])
			continue
		}
		i++
		if n := int(pattern[i] - '1'); n >= 0 && n < len(args) {
			b.WriteString(args[n])
		} else {
			b.WriteByte('%')
		}
	}
	return b.String()
}

func (s *scope) aggregate(e *Call, name string) operand {
	if e.Star {
		if name != "count" {
			s.t.fail(e.Pos, "%s does not take *", e.Name)
		}
		return operand{sql: "count(*)", typ: Long, notNull: true}
	}
	s.count(e, 1, 1)
	o := s.expr(e.Args[0])
	if o.typ == Rows && o.many != nil && name == "count" {
		return operand{sql: "(" + s.elements(o.source, o.many, "count(*)") + ")", typ: Long, notNull: true}
	}
	arg := s.single(o, e.Pos)
	if e.Distinct {
		arg = "DISTINCT " + arg
	}
	out := operand{sql: name + "(" + arg + ")", typ: o.typ}
	switch {
	case name == "count":
		out.typ, out.notNull = Long, true
	case name == "avg":
		out.typ = Double
	case name == "sum" && o.typ != Double:
		out.typ = Long
	case o.typ == Object:
		out.typ = Long
	case o.typ == Quantity:
		s.t.notOffered(e.Pos, "%s of a quantity (take that of its .value)", name)
	}
	return out
}

// pathArgument gives the one argument of a function that wants a collection.
func (s *scope) pathArgument(e *Call) *Path {
	s.count(e, 1, 1)
	arg := e.Args[0]
	if len(arg.And) == 1 && len(arg.And[0].Not) == 1 && len(arg.And[0].Not[0].Nots) == 0 {
		r := arg.And[0].Not[0].Test
		if r.Compare == nil && r.Is == nil && r.In == nil && r.Like == nil && r.Member == nil && r.Between == nil && subquery(r.Left) == nil {
			if u := r.Left.Left.Left; len(r.Left.Rest) == 0 && len(r.Left.Left.Rest) == 0 && len(u.Signs) == 0 && u.Value.Path != nil {
				return u.Value.Path
			}
		}
	}
	s.t.fail(e.Pos, "%s wants a collection", e.Name)
	return nil
}

// index gives the place of an alias in the ordered collection that it was joined by.
func (s *scope) index(e *Call) operand {
	p := s.pathArgument(e)
	src := s.lookup(p.Names[0])
	if src == nil || len(p.Names) != 1 || src.prop == nil || !src.prop.Ordered {
		s.t.fail(e.Pos, "index wants the alias of an ordered collection's elements")
	}
	src.use()
	return operand{sql: quote(src.alias) + "." + quote(src.prop.OrderColumn()), typ: Int}
}

func (s *scope) cast(e *Cast, at lexer.Position) operand {
	o := s.expr(e.Value)
	value := s.single(o, at)
	name := strings.ToLower(e.Type.Names[len(e.Type.Names)-1])
	switch name {
	case "string", "text", "varchar", "char", "character":
		if o.typ == Timestamp {
			value = "strftime('%Y-%m-%d %H:%M:%f', " + value + " / 1000.0, 'unixepoch')"
		}
		return operand{sql: "CAST(" + value + " AS TEXT)", typ: Text}
	case "int", "integer", "short":
		return operand{sql: "CAST(" + value + " AS INTEGER)", typ: Int}
	case "long", "bigint", "big_integer":
		return operand{sql: "CAST(" + value + " AS INTEGER)", typ: Long}
	case "double", "float", "real", "numeric", "big_decimal":
		return operand{sql: "CAST(" + value + " AS REAL)", typ: Double}
	case "boolean":
		return operand{sql: "(CAST(" + value + " AS INTEGER) <> 0)", typ: Boolean}
	case "timestamp":
		return operand{sql: s.value(o, operand{typ: Timestamp}, at), typ: Timestamp}
	}
	s.t.fail(at, "Could not resolve requested type for CAST : %s", name)
	return operand{}
}

var parts = map[string]string{"year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "second": "%S"}

// part gives a part of a time, in UTC.
func (s *scope) part(name string, o operand, at lexer.Position) operand {
	format, ok := parts[strings.ToLower(name)]
	if !ok {
		s.t.notOffered(at, "the part %s of a time", name)
	}
	return operand{sql: "CAST(strftime('" + format + "', " + s.value(o, operand{typ: Timestamp}, at) + " / 1000.0, 'unixepoch') AS INTEGER)", typ: Int}
}

func (s *scope) trim(e *Trim, at lexer.Position) operand {
	name := map[string]string{"leading": "ltrim", "trailing": "rtrim"}[strings.ToLower(e.Side)]
	if name == "" {
		name = "trim"
	}
	value := s.single(s.expr(e.Value), at)
	if e.Char != nil {
		value += ", " + s.t.bind(strings.ReplaceAll((*e.Char)[1:len(*e.Char)-1], "''", "'"))
	}
	return operand{sql: name + "(" + value + ")", typ: Text}
}

// param gives the value of a named parameter.
func (s *scope) param(at lexer.Position, word string) operand {
	value, ok := s.t.params[word[1:]]
	if !ok {
		s.t.fail(at, "Not all named parameters have been set: [%s]", word[1:])
	}
	return s.rtype(at, word, value)
}

func (s *scope) rtype(at lexer.Position, word string, value omero.AnyRType) operand {
	if c, ok := value.(omero.AnyRCollection); ok && c != nil {
		return s.collectionParam(at, word, c)
	}
	v, typ, class := s.scalar(at, word, value)
	o := operand{sql: s.t.bind(v), typ: typ, class: class, notNull: v != nil}
	if text, ok := v.(string); ok {
		o.text = &text
	}
	return o
}

// scalar gives the value to bind for a parameter that is no collection.
func (s *scope) scalar(at lexer.Position, word string, value omero.AnyRType) (any, Type, *schema.Class) {
	switch v := value.(type) {
	case nil:
		return nil, Unknown, nil
	case *omero.RString:
		if v != nil {
			return v.Val, Text, nil
		}
	case *omero.RLong:
		if v != nil {
			return v.Val, Long, nil
		}
	case *omero.RInt:
		if v != nil {
			return int64(v.Val), Int, nil
		}
	case *omero.RDouble:
		if v != nil {
			return v.Val, Double, nil
		}
	case *omero.RFloat:
		if v != nil {
			return float64(v.Val), Double, nil
		}
	case *omero.RTime:
		if v != nil {
			return v.Val, Timestamp, nil
		}
	case *omero.RBool:
		if v != nil {
			if v.Val {
				return int64(1), Boolean, nil
			}
			return int64(0), Boolean, nil
		}
	case *omero.RClass:
		if v != nil {
			return v.Val, Text, nil
		}
	case *omero.RObject:
		if v != nil && !schema.IsNil(v.Val) {
			if id := v.Val.GetId(); id != nil {
				return id.Val, Long, schema.Of(v.Val)
			}
			s.t.fail(at, "object references an unsaved transient instance: parameter %s has no id", word)
		}
	default:
		s.t.fail(at, "parameter %s has a type that no query takes: %T", word, value)
	}
	return nil, Unknown, nil
}

func (s *scope) collectionParam(at lexer.Position, word string, c omero.AnyRCollection) operand {
	o := operand{typ: Unknown, list: true}
	for _, element := range c.AsRCollection().Val {
		v, typ, _ := s.scalar(at, word, element)
		o.items, o.typ = append(o.items, v), wider(o.typ, typ)
	}
	values := o.items
	if values == nil {
		values = []any{}
	}
	text, err := json.Marshal(values)
	if err != nil {
		s.t.fail(at, "parameter %s: %v", word, err)
	}
	o.sql = "(SELECT value FROM json_each(" + s.t.bind(string(text)) + "))"
	return o
}

// parseTime reads a time as PostgreSQL would.
func parseTime(text string) (int64, bool) {
	for _, layout := range []string{"2006-01-02", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04", time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01"} {
		if at, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return at.UnixMilli(), true
		}
	}
	return 0, false
}
