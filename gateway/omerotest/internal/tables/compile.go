package tables

import (
	"math"
	"strconv"
	"strings"

	"github.com/slice2go/slice2go/generated/omero"
)

// kind is the type of a part of a condition.
type kind int

const (
	boolKind kind = iota
	intKind
	floatKind
	textKind
)

func (k kind) String() string {
	return [...]string{"a truth value", "an integer", "a number", "a string"}[k]
}

// expr is a part of a condition, ready to be worked out for rows. The function
// of its kind is set.
type expr struct {
	kind  kind
	truth func(row []byte) bool
	int   func(row []byte) int64
	float func(row []byte) float64
	text  func(row []byte) string
}

func truths(f func([]byte) bool) expr    { return expr{kind: boolKind, truth: f} }
func ints(f func([]byte) int64) expr     { return expr{kind: intKind, int: f} }
func floats(f func([]byte) float64) expr { return expr{kind: floatKind, float: f} }
func texts(f func([]byte) string) expr   { return expr{kind: textKind, text: f} }

// compiler knows the names that a condition may use.
type compiler struct {
	columns   []column
	variables omero.RTypeDict
}

func bad(format string, args ...any) error { return usage("Bad condition: "+format, args...) }

// compile makes a condition of its text.
func (c *compiler) compile(text string) (func(row []byte) bool, error) {
	tree, err := parse(text)
	if err != nil {
		return nil, err
	}
	e, err := c.comparison(tree)
	if err != nil {
		return nil, err
	}
	if e.kind != boolKind {
		return nil, bad("%.1000s: it is %v and not a truth value", text, e.kind)
	}
	return e.truth, nil
}

func (c *compiler) comparison(n *comparison) (expr, error) {
	left, err := c.or(n.Left)
	if err != nil || len(n.Right) == 0 {
		return left, err
	}
	if len(n.Right) > 1 {
		return expr{}, bad("comparisons cannot be chained, and & and | bind stronger than they do: use brackets, as in (a < b) & (b < c)")
	}
	right, err := c.or(n.Right[0].Right)
	if err != nil {
		return expr{}, err
	}
	return compare(n.Right[0].Op, left, right)
}

func compare(op string, a, b expr) (expr, error) {
	switch {
	case a.kind == textKind && b.kind == textKind:
		return ordered(op, a.text, b.text), nil
	case a.kind == textKind || b.kind == textKind:
		return expr{}, bad("%v cannot be compared with %v", a.kind, b.kind)
	case a.kind == floatKind || b.kind == floatKind:
		return ordered(op, a.asFloat(), b.asFloat()), nil
	}
	return ordered(op, a.asInt(), b.asInt()), nil
}

func ordered[T int64 | float64 | string](op string, a, b func([]byte) T) expr {
	switch op {
	case "<":
		return truths(func(r []byte) bool { return a(r) < b(r) })
	case "<=":
		return truths(func(r []byte) bool { return a(r) <= b(r) })
	case ">":
		return truths(func(r []byte) bool { return a(r) > b(r) })
	case ">=":
		return truths(func(r []byte) bool { return a(r) >= b(r) })
	case "==":
		return truths(func(r []byte) bool { return a(r) == b(r) })
	}
	return truths(func(r []byte) bool { return a(r) != b(r) })
}

// asInt is a truth value or an integer as an integer.
func (e expr) asInt() func([]byte) int64 {
	if e.kind == boolKind {
		return func(r []byte) int64 {
			if e.truth(r) {
				return 1
			}
			return 0
		}
	}
	return e.int
}

// asFloat is anything but a string as a number.
func (e expr) asFloat() func([]byte) float64 {
	if e.kind == floatKind {
		return e.float
	}
	i := e.asInt()
	return func(r []byte) float64 { return float64(i(r)) }
}

// fold combines terms with an operator that takes truth values and integers.
func fold[T any](terms []T, compile func(T) (expr, error), op string, truth func(a, b bool) bool, number func(a, b int64) int64) (expr, error) {
	e, err := compile(terms[0])
	if err != nil {
		return expr{}, err
	}
	for _, t := range terms[1:] {
		right, err := compile(t)
		if err != nil {
			return expr{}, err
		}
		left := e
		switch {
		case left.kind == boolKind && right.kind == boolKind:
			e = truths(func(r []byte) bool { return truth(left.truth(r), right.truth(r)) })
		case left.kind <= intKind && right.kind <= intKind:
			a, b := left.asInt(), right.asInt()
			e = ints(func(r []byte) int64 { return number(a(r), b(r)) })
		default:
			return expr{}, bad("%v %s %v is not possible (%s binds stronger than comparisons: use brackets)", left.kind, op, right.kind, op)
		}
	}
	return e, nil
}

func (c *compiler) or(n *orExpr) (expr, error) {
	return fold(n.Terms, c.xor, "|", func(a, b bool) bool { return a || b }, func(a, b int64) int64 { return a | b })
}

func (c *compiler) xor(n *xorExpr) (expr, error) {
	return fold(n.Terms, c.and, "^", func(a, b bool) bool { return a != b }, func(a, b int64) int64 { return a ^ b })
}

func (c *compiler) and(n *andExpr) (expr, error) {
	return fold(n.Terms, c.shift, "&", func(a, b bool) bool { return a && b }, func(a, b int64) int64 { return a & b })
}

func (c *compiler) shift(n *shift) (expr, error) {
	e, err := c.sum(n.Left)
	for _, next := range n.Rest {
		if err != nil {
			return expr{}, err
		}
		e, err = c.arithmetic(e, next.Op, func() (expr, error) { return c.sum(next.Right) })
	}
	return e, err
}

func (c *compiler) sum(n *sum) (expr, error) {
	e, err := c.product(n.Left)
	for _, next := range n.Rest {
		if err != nil {
			return expr{}, err
		}
		e, err = c.arithmetic(e, next.Op, func() (expr, error) { return c.product(next.Right) })
	}
	return e, err
}

func (c *compiler) product(n *product) (expr, error) {
	e, err := c.unary(n.Left)
	for _, next := range n.Rest {
		if err != nil {
			return expr{}, err
		}
		e, err = c.arithmetic(e, next.Op, func() (expr, error) { return c.unary(next.Right) })
	}
	return e, err
}

func (c *compiler) arithmetic(a expr, op string, right func() (expr, error)) (expr, error) {
	b, err := right()
	if err != nil {
		return expr{}, err
	}
	if a.kind == textKind || b.kind == textKind {
		return expr{}, bad("%v %s %v is not possible", a.kind, op, b.kind)
	}
	if a.kind != floatKind && b.kind != floatKind && op != "/" && op != "**" {
		return intArithmetic(a.asInt(), op, b.asInt()), nil
	}
	x, y := a.asFloat(), b.asFloat()
	switch op {
	case "+":
		return floats(func(r []byte) float64 { return x(r) + y(r) }), nil
	case "-":
		return floats(func(r []byte) float64 { return x(r) - y(r) }), nil
	case "*":
		return floats(func(r []byte) float64 { return x(r) * y(r) }), nil
	case "/":
		return floats(func(r []byte) float64 { return x(r) / y(r) }), nil
	case "**":
		return floats(func(r []byte) float64 { return math.Pow(x(r), y(r)) }), nil
	case "%":
		return floats(func(r []byte) float64 { return math.Mod(x(r), y(r)) }), nil
	}
	return expr{}, bad("%v %s %v is not possible", a.kind, op, b.kind)
}

func intArithmetic(x func([]byte) int64, op string, y func([]byte) int64) expr {
	switch op {
	case "+":
		return ints(func(r []byte) int64 { return x(r) + y(r) })
	case "-":
		return ints(func(r []byte) int64 { return x(r) - y(r) })
	case "*":
		return ints(func(r []byte) int64 { return x(r) * y(r) })
	case "<<":
		return ints(func(r []byte) int64 { return x(r) << uint64(y(r)&63) })
	case ">>":
		return ints(func(r []byte) int64 { return x(r) >> uint64(y(r)&63) })
	}
	return ints(func(r []byte) int64 { // %
		if d := y(r); d != 0 {
			return x(r) % d
		}
		return 0
	})
}

func (c *compiler) unary(n *unary) (expr, error) {
	if n.Power != nil {
		return c.power(n.Power)
	}
	e, err := c.unary(n.Of)
	if err != nil {
		return expr{}, err
	}
	switch {
	case n.Op == "~" && e.kind == boolKind:
		return truths(func(r []byte) bool { return !e.truth(r) }), nil
	case n.Op == "~" && e.kind == intKind:
		return ints(func(r []byte) int64 { return ^e.int(r) }), nil
	case n.Op == "~" || e.kind == textKind:
		return expr{}, bad("%s%v is not possible (%s binds stronger than comparisons: use brackets)", n.Op, e.kind, n.Op)
	case n.Op == "+":
		return e, nil
	case e.kind == floatKind:
		return floats(func(r []byte) float64 { return -e.float(r) }), nil
	}
	i := e.asInt()
	return ints(func(r []byte) int64 { return -i(r) }), nil
}

func (c *compiler) power(n *power) (expr, error) {
	base, err := c.atom(n.Base)
	if err != nil || n.Exponent == nil {
		return base, err
	}
	return c.arithmetic(base, "**", func() (expr, error) { return c.unary(n.Exponent) })
}

func (c *compiler) atom(n *atom) (expr, error) {
	switch {
	case n.Inner != nil:
		return c.comparison(n.Inner)
	case n.Call != nil:
		return c.call(n.Call)
	case n.Name != nil:
		return c.name(*n.Name)
	case n.Text != nil:
		s := unquote(*n.Text)
		return texts(func([]byte) string { return s }), nil
	case n.Int != nil:
		if i, err := strconv.ParseInt(*n.Int, 0, 64); err == nil {
			return ints(func([]byte) int64 { return i }), nil
		}
		if i, err := strconv.ParseInt(*n.Int, 10, 64); err == nil {
			return ints(func([]byte) int64 { return i }), nil
		}
		return expr{}, bad("the integer %.40s is not a 64-bit one", *n.Int)
	}
	f, err := strconv.ParseFloat(*n.Float, 64)
	if err != nil {
		return expr{}, bad("there is no number %.40s", *n.Float)
	}
	return floats(func([]byte) float64 { return f }), nil
}

// unquote reads a Python string, with the escapes that matter.
func unquote(s string) string {
	s = strings.TrimPrefix(s, "b")
	s = s[1 : len(s)-1]
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`, `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(s)
}

// name is a variable, a column, or a constant; variables go before columns.
func (c *compiler) name(name string) (expr, error) {
	if v, ok := c.variables[name]; ok {
		return c.variable(name, v)
	}
	for i := range c.columns {
		if c.columns[i].Name == name {
			return c.columns[i].expr()
		}
	}
	switch name {
	case "True", "False":
		return truths(func([]byte) bool { return name == "True" }), nil
	case "and", "or", "not":
		return expr{}, bad("%q is not possible: use &, | and ~, with brackets", name)
	}
	return expr{}, bad("name '%.100s' is not defined: it is neither a column nor a variable", name)
}

// variable is a value that was given. A string is the name of a column, as
// OMERO.tables has it.
func (c *compiler) variable(name string, v omero.AnyRType) (expr, error) {
	switch v := v.(type) {
	case *omero.RString:
		if v == nil {
			break
		}
		for i := range c.columns {
			if c.columns[i].Name == v.Val {
				return c.columns[i].expr()
			}
		}
		return expr{}, bad("the variable %.100s is the string %.100q, and there is no column of that name", name, v.Val)
	case *omero.RLong:
		if v != nil {
			return ints(func([]byte) int64 { return v.Val }), nil
		}
	case *omero.RInt:
		if v != nil {
			return ints(func([]byte) int64 { return int64(v.Val) }), nil
		}
	case *omero.RFloat:
		if v != nil {
			return floats(func([]byte) float64 { return float64(v.Val) }), nil
		}
	case *omero.RDouble:
		if v != nil {
			return floats(func([]byte) float64 { return v.Val }), nil
		}
	case *omero.RBool:
		if v != nil {
			return truths(func([]byte) bool { return v.Val }), nil
		}
	case *omero.RTime:
		if v != nil {
			return ints(func([]byte) int64 { return v.Val }), nil
		}
	}
	return expr{}, bad("the variable %.100s has no value that a condition can use", name)
}

func (c *column) expr() (expr, error) {
	switch c.Type {
	case "BoolColumn":
		return truths(func(r []byte) bool { return c.at(r)[0] != 0 }), nil
	case "DoubleColumn":
		return floats(func(r []byte) float64 { return double(c.at(r)) }), nil
	case "StringColumn":
		return texts(c.text), nil
	case "FloatArrayColumn", "DoubleArrayColumn", "LongArrayColumn", "MaskColumn":
		return expr{}, bad("the column %.100s is a %s, which conditions cannot use", c.Name, c.Type)
	}
	return ints(func(r []byte) int64 { return long(c.at(r)) }), nil
}
