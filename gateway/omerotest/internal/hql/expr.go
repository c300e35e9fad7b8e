package hql

import (
	"strconv"
	"strings"

	"github.com/alecthomas/participle/v2/lexer"
	"github.com/slice2go/slice2go/gateway/omerotest/internal/schema"
)

// operand is a translated expression.
type operand struct {
	sql     string
	typ     Type
	notNull bool
	class   *schema.Class // of Object
	source  *source       // of Object: the alias that it is; of Rows: whose collection it is
	from    *source       // of Object: the source whose property ref it is
	ref     *schema.Prop
	many    *schema.Prop // of Rows: the collection
	prop    *schema.Prop // of Quantity
	unit    string       // of Quantity: the column of its unit
	text    *string      // the value, if it is a literal or a parameter that is text
	list    bool         // a parameter that is a list: sql is a sub-select
	items   []any        // its values
}

// condition translates an expression that is true or false.
func (s *scope) condition(e *Or) string { return s.expr(e).sql }

func (s *scope) expr(e *Or) operand {
	if len(e.And) == 1 {
		return s.and(e.And[0])
	}
	parts := make([]string, len(e.And))
	for i, a := range e.And {
		parts[i] = s.and(a).sql
	}
	return operand{sql: "(" + strings.Join(parts, " OR ") + ")", typ: Boolean}
}

func (s *scope) and(e *And) operand {
	if len(e.Not) == 1 {
		return s.not(e.Not[0])
	}
	parts := make([]string, len(e.Not))
	for i, n := range e.Not {
		parts[i] = s.not(n).sql
	}
	return operand{sql: "(" + strings.Join(parts, " AND ") + ")", typ: Boolean}
}

func (s *scope) not(e *Not) operand {
	o := s.relation(e.Test)
	if len(e.Nots)%2 == 1 {
		return operand{sql: "(NOT " + o.sql + ")", typ: Boolean}
	}
	return o
}

func (s *scope) relation(e *Relation) operand {
	test := func(text string) operand {
		if e.Negated {
			text = "(NOT " + text + ")"
		}
		return operand{sql: text, typ: Boolean}
	}
	switch {
	case e.Compare != nil:
		return s.compare(e)
	case e.Between != nil:
		left := s.sum(e.Left)
		low, high := s.value(s.sum(e.Between[0]), left, e.Pos), s.value(s.sum(e.Between[1]), left, e.Pos)
		return test("(" + s.single(left, e.Pos) + " BETWEEN " + low + " AND " + high + ")")
	case e.In != nil:
		return test(s.in(e))
	case e.Like != nil:
		left, pattern := s.sum(e.Left), s.sum(e.Like)
		escape := `'\'`
		if e.Escape != nil {
			escape = s.single(s.sum(e.Escape), e.Pos)
		}
		return test("(" + s.single(left, e.Pos) + " LIKE " + s.single(pattern, e.Pos) + " ESCAPE " + escape + ")")
	case e.Member != nil:
		src, p := s.collection(e.Member)
		return test("(" + s.single(s.sum(e.Left), e.Pos) + " IN (" + s.elements(src, p, schema.IDColumn) + "))")
	case e.Is != nil:
		return s.is(e)
	}
	return s.sum(e.Left)
}

// single gives the text of an operand that must be one value.
func (s *scope) single(o operand, at lexer.Position) string {
	switch {
	case o.list:
		s.t.fail(at, "a list of values where one is expected")
	case o.typ == Rows:
		s.t.fail(at, "a collection or several columns where one value is expected")
	}
	return o.sql
}

// value is like single, for what is compared with another operand: a text that is
// compared with a time or a class is read as one.
func (s *scope) value(o, with operand, at lexer.Position) string {
	if o.text == nil {
		return s.single(o, at)
	}
	switch with.typ {
	case Timestamp:
		ms, ok := parseTime(*o.text)
		if !ok {
			s.t.fail(at, "invalid input syntax for type timestamp: %q", *o.text)
		}
		return s.t.bind(ms)
	case ClassName:
		return s.t.bind(className(*o.text))
	}
	return o.sql
}

func (s *scope) compare(e *Relation) operand {
	left, c := s.sum(e.Left), e.Compare
	right := s.sum(c.Right)
	op := c.Op
	if op == "!=" || op == "^=" {
		op = "<>"
	}
	if c.Each != "" {
		return operand{sql: s.each(left, op, strings.ToLower(c.Each), c), typ: Boolean}
	}
	if left.typ == Quantity || right.typ == Quantity {
		s.t.notOffered(e.Pos, "comparing quantities with their units (compare .value and .unit)")
	}
	return operand{sql: "(" + s.value(left, right, e.Pos) + " " + op + " " + s.value(right, left, c.Pos) + ")", typ: Boolean}
}

// each translates a comparison with all or any values of a sub-select.
func (s *scope) each(left operand, op, each string, c *Compare) string {
	q := subquery(c.Right)
	if q == nil {
		s.t.fail(c.Pos, "%s wants a sub-select", each)
	}
	text, items := s.subselect(q)
	if len(items) != 1 {
		s.t.fail(c.Pos, "the sub-select of %s must select one value", each)
	}
	row := s.t.alias()
	value := s.single(left, c.Pos)
	sub := "(SELECT 1 FROM (SELECT \"each\" FROM (SELECT NULL AS \"each\" WHERE 0 UNION ALL SELECT * FROM (" + text + "))) AS " + quote(row) + " WHERE "
	column := quote(row) + `."each"`
	if each == "all" {
		return "(NOT EXISTS " + sub + "NOT coalesce(" + value + " " + op + " " + column + ", 0)))"
	}
	return "(EXISTS " + sub + value + " " + op + " " + column + "))"
}

// subquery gives the sub-select that a sum consists of, nil if it is something else.
func subquery(e *Sum) *Query {
	if len(e.Rest) > 0 || len(e.Left.Rest) > 0 || len(e.Left.Left.Signs) > 0 {
		return nil
	}
	return e.Left.Left.Value.Query
}

func (s *scope) in(e *Relation) string {
	left := s.sum(e.Left)
	value := s.single(left, e.Pos)
	in := e.In
	switch {
	case in.Param != "":
		return "(" + value + " IN " + s.list(s.param(in.Pos, in.Param), left, in.Pos) + ")"
	case in.Path != nil:
		src, p := s.collection(in.Path)
		return "(" + value + " IN (" + s.elements(src, p, schema.IDColumn) + "))"
	case in.Query != nil:
		text, items := s.subselect(in.Query)
		if len(items) != 1 {
			s.t.fail(in.Pos, "the sub-select must select one value")
		}
		return "(" + value + " IN (" + text + "))"
	case len(in.List) == 1:
		if o := s.expr(in.List[0]); o.list {
			return "(" + value + " IN " + s.list(o, left, in.Pos) + ")"
		} else if o.typ == Rows && o.many != nil {
			return "(" + value + " IN (" + s.elements(o.source, o.many, schema.IDColumn) + "))"
		}
	case len(in.List) == 0:
		return "0"
	}
	values := make([]string, len(in.List))
	for i, item := range in.List {
		values[i] = s.value(s.expr(item), left, in.Pos)
	}
	return "(" + value + " IN (" + strings.Join(values, ", ") + "))"
}

// list gives the right side of an "in" with a parameter.
func (s *scope) list(o, left operand, at lexer.Position) string {
	if !o.list {
		return "(" + s.value(o, left, at) + ")"
	}
	if left.typ != Timestamp && left.typ != ClassName {
		return o.sql
	}
	values := make([]string, len(o.items))
	for i, item := range o.items {
		one := operand{sql: s.t.bind(item)}
		if text, ok := item.(string); ok {
			one.text = &text
		}
		values[i] = s.value(one, left, at)
	}
	return "(" + strings.Join(values, ", ") + ")"
}

func (s *scope) is(e *Relation) operand {
	left := s.sum(e.Left)
	not := ""
	if e.Is.Not {
		not = "NOT "
	}
	var text string
	switch strings.ToLower(e.Is.What) {
	case "null":
		text = "(" + s.single(left, e.Pos) + " IS " + not + "NULL)"
	case "true":
		text = "(" + s.single(left, e.Pos) + " IS " + not + "1)"
	case "false":
		text = "(" + s.single(left, e.Pos) + " IS " + not + "0)"
	case "empty":
		if left.typ != Rows || left.many == nil {
			s.t.fail(e.Pos, "is empty wants a collection")
		}
		text = "(EXISTS (" + s.elements(left.source, left.many, "1") + "))"
		if not == "" {
			text = "(NOT " + text + ")"
		}
	}
	return operand{sql: text, typ: Boolean}
}

// elements gives a sub-select over a collection: a column of its elements, or "1" or "count(*)".
func (s *scope) elements(src *source, p *schema.Prop, what string) string {
	src.use()
	alias := s.t.alias()
	a := quote(alias) + "."
	if p.Kind == schema.Map {
		if what == schema.IDColumn {
			what = a + `"value"`
		}
		return "SELECT " + what + " FROM " + quote(p.MapTable()) + " AS " + quote(alias) + " WHERE " + a + `"owner" = ` + quote(src.alias) + ".id"
	}
	if what == schema.IDColumn {
		what = a + quote(what)
	}
	where := append([]string{a + quote(p.Inverse.Column) + " = " + quote(src.alias) + "." + quote(schema.IDColumn)}, s.t.guards(p.Target, alias)...)
	return "SELECT " + what + " FROM " + quote(p.Target.Table()) + " AS " + quote(alias) + " WHERE " + strings.Join(where, " AND ")
}

func (s *scope) sum(e *Sum) operand {
	o := s.product(e.Left)
	for _, rest := range e.Rest {
		r := s.product(rest.Right)
		typ := arithmetic(o.typ, r.typ)
		if rest.Op == "||" {
			typ = Text
		}
		o = operand{sql: "(" + s.single(o, e.Pos) + " " + rest.Op + " " + s.single(r, e.Pos) + ")", typ: typ}
	}
	return o
}

func (s *scope) product(e *Product) operand {
	o := s.unary(e.Left)
	for _, rest := range e.Rest {
		r := s.unary(rest.Right)
		at := rest.Right.Value.Pos
		o = operand{sql: "(" + s.single(o, at) + " " + rest.Op + " " + s.single(r, at) + ")", typ: arithmetic(o.typ, r.typ)}
	}
	return o
}

// arithmetic gives the type of a sum or product: the wider of the two.
func arithmetic(a, b Type) Type {
	switch {
	case a == Double || b == Double:
		return Double
	case a == Int && b == Int:
		return Int
	case a == Timestamp && b != Timestamp || b == Timestamp && a != Timestamp:
		return Timestamp
	}
	return Long
}

func (s *scope) unary(e *Unary) operand {
	o := s.operand(e.Value)
	minus := false
	for _, sign := range e.Signs {
		minus = minus != (sign == "-")
	}
	if minus {
		return operand{sql: "(- " + s.single(o, e.Value.Pos) + ")", typ: o.typ}
	}
	return o
}

func (s *scope) operand(e *Operand) operand {
	t := s.t
	switch {
	case e.Number != "":
		return s.number(e)
	case e.Text != nil:
		text := strings.ReplaceAll((*e.Text)[1:len(*e.Text)-1], "''", "'")
		return operand{sql: t.bind(text), typ: Text, text: &text, notNull: true}
	case e.Param != "":
		return s.param(e.Pos, e.Param)
	case e.Query != nil:
		text, items := s.subselect(e.Query)
		o := operand{sql: "(" + text + ")", typ: Rows}
		if len(items) == 1 {
			o.typ = items[0].typ
			if o.typ == Object {
				o.typ = Long
			}
		}
		return o
	case len(e.Paren) == 1:
		return s.expr(e.Paren[0])
	case len(e.Paren) > 1:
		t.notOffered(e.Pos, "a list of values as one value")
	case e.Word != "":
		switch strings.ToLower(e.Word) {
		case "true":
			return operand{sql: "1", typ: Boolean, notNull: true}
		case "false":
			return operand{sql: "0", typ: Boolean, notNull: true}
		}
		return operand{sql: "NULL", typ: Unknown}
	case e.Exists != nil:
		return s.exists(e.Exists)
	case e.Case != nil:
		return s.cases(e.Case, e.Pos)
	case e.Cast != nil:
		return s.cast(e.Cast, e.Pos)
	case e.Part != nil:
		return s.part(e.Part.Name, s.expr(e.Part.Value), e.Pos)
	case e.Trim != nil:
		return s.trim(e.Trim, e.Pos)
	case e.Call != nil:
		return s.call(e.Call)
	case e.Path != nil:
		return s.path(e.Path)
	}
	t.fail(e.Pos, "an expression is missing")
	return operand{}
}

func (s *scope) number(e *Operand) operand {
	text := e.Number
	switch last := text[len(text)-1]; last {
	case 'l', 'L', 'f', 'F', 'd', 'D':
		text = text[:len(text)-1]
		if last != 'l' && last != 'L' {
			f, err := strconv.ParseFloat(text, 64)
			if err != nil {
				s.t.fail(e.Pos, "%s is no number", e.Number)
			}
			return operand{sql: s.t.bind(f), typ: Double, notNull: true}
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		typ := Int
		if n != int64(int32(n)) || len(text) < len(e.Number) {
			typ = Long
		}
		return operand{sql: s.t.bind(n), typ: typ, notNull: true}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		s.t.fail(e.Pos, "%s is no number", e.Number)
	}
	return operand{sql: s.t.bind(f), typ: Double, notNull: true}
}

func (s *scope) exists(e *Exists) operand {
	if e.Path != nil {
		src, p := s.collection(e.Path)
		return operand{sql: "(EXISTS (" + s.elements(src, p, "1") + "))", typ: Boolean}
	}
	text, _ := s.subselect(e.Query)
	return operand{sql: "(EXISTS (" + text + "))", typ: Boolean}
}

func (s *scope) cases(e *Case, at lexer.Position) operand {
	var b strings.Builder
	b.WriteString("(CASE")
	var value operand
	if e.Value != nil {
		value = s.expr(e.Value)
		b.WriteString(" " + s.single(value, at))
	}
	typ := Unknown
	for _, w := range e.Whens {
		then := s.expr(w.Then)
		typ = wider(typ, then.typ)
		b.WriteString(" WHEN " + s.value(s.expr(w.If), value, at) + " THEN " + s.single(then, at))
	}
	if e.Else != nil {
		o := s.expr(e.Else)
		typ = wider(typ, o.typ)
		b.WriteString(" ELSE " + s.single(o, at))
	}
	b.WriteString(" END)")
	return operand{sql: b.String(), typ: typ}
}

// wider gives the type of a choice between two.
func wider(a, b Type) Type {
	switch {
	case a == Object || b == Object:
		return Long
	case a == Unknown || a == b:
		return b
	case b == Unknown:
		return a
	case a == Double || b == Double:
		return Double
	case a == Long || b == Long:
		return Long
	}
	return a
}
