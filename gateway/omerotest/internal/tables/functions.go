package tables

import (
	"math"
	"strings"
)

// functions are those of numexpr that take a number and give one.
var functions = map[string]func(float64) float64{
	"sin": math.Sin, "cos": math.Cos, "tan": math.Tan,
	"arcsin": math.Asin, "arccos": math.Acos, "arctan": math.Atan,
	"sinh": math.Sinh, "cosh": math.Cosh, "tanh": math.Tanh,
	"arcsinh": math.Asinh, "arccosh": math.Acosh, "arctanh": math.Atanh,
	"log": math.Log, "log10": math.Log10, "log1p": math.Log1p,
	"exp": math.Exp, "expm1": math.Expm1, "sqrt": math.Sqrt,
	"floor": math.Floor, "ceil": math.Ceil,
}

func (c *compiler) call(n *call) (expr, error) {
	var args []expr
	for _, a := range n.Args {
		e, err := c.comparison(a)
		if err != nil {
			return expr{}, err
		}
		args = append(args, e)
	}
	want := 1
	switch n.Function {
	case "where":
		want = 3
	case "arctan2", "contains":
		want = 2
	case "abs":
	default:
		if functions[n.Function] == nil {
			return expr{}, bad("there is no function %.100s", n.Function)
		}
	}
	if len(args) != want {
		return expr{}, bad("%s takes %d values and not %d", n.Function, want, len(args))
	}
	switch n.Function {
	case "where":
		return where(args[0], args[1], args[2])
	case "contains":
		if args[0].kind != textKind || args[1].kind != textKind {
			return expr{}, bad("contains takes strings")
		}
		return truths(func(r []byte) bool { return strings.Contains(args[0].text(r), args[1].text(r)) }), nil
	}
	for _, a := range args {
		if a.kind == textKind {
			return expr{}, bad("%s takes numbers and not a string", n.Function)
		}
	}
	switch {
	case n.Function == "arctan2":
		x, y := args[0].asFloat(), args[1].asFloat()
		return floats(func(r []byte) float64 { return math.Atan2(x(r), y(r)) }), nil
	case n.Function == "abs" && args[0].kind != floatKind:
		i := args[0].asInt()
		return ints(func(r []byte) int64 { return max(i(r), -i(r)) }), nil
	case n.Function == "abs":
		return floats(func(r []byte) float64 { return math.Abs(args[0].float(r)) }), nil
	}
	f, x := functions[n.Function], args[0].asFloat()
	return floats(func(r []byte) float64 { return f(x(r)) }), nil
}

// where is one of two values.
func where(test, yes, no expr) (expr, error) {
	switch {
	case test.kind != boolKind:
		return expr{}, bad("the first value of where is %v and not a truth value", test.kind)
	case yes.kind == textKind && no.kind == textKind:
		return texts(func(r []byte) string { return pick(test.truth(r), yes.text, no.text)(r) }), nil
	case yes.kind == textKind || no.kind == textKind:
		return expr{}, bad("where cannot be %v or %v", yes.kind, no.kind)
	case yes.kind == boolKind && no.kind == boolKind:
		return truths(func(r []byte) bool { return pick(test.truth(r), yes.truth, no.truth)(r) }), nil
	case yes.kind == floatKind || no.kind == floatKind:
		a, b := yes.asFloat(), no.asFloat()
		return floats(func(r []byte) float64 { return pick(test.truth(r), a, b)(r) }), nil
	}
	a, b := yes.asInt(), no.asInt()
	return ints(func(r []byte) int64 { return pick(test.truth(r), a, b)(r) }), nil
}

func pick[T any](first bool, a, b T) T {
	if first {
		return a
	}
	return b
}
