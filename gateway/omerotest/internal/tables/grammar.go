package tables

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar of conditions is that of Python expressions, as far as numexpr
// takes it: comparisons bind weakest, and &, | and ~ stronger than those.

type comparison struct {
	Left  *orExpr       `parser:"@@"`
	Right []*compareEnd `parser:"@@*"`
}

type compareEnd struct {
	Op    string  `parser:"@( '<=' | '>=' | '==' | '!=' | '<' | '>' )"`
	Right *orExpr `parser:"@@"`
}

type orExpr struct {
	Terms []*xorExpr `parser:"@@ ( '|' @@ )*"`
}

type xorExpr struct {
	Terms []*andExpr `parser:"@@ ( '^' @@ )*"`
}

type andExpr struct {
	Terms []*shift `parser:"@@ ( '&' @@ )*"`
}

type shift struct {
	Left *sum        `parser:"@@"`
	Rest []*shiftEnd `parser:"@@*"`
}

type shiftEnd struct {
	Op    string `parser:"@( '<<' | '>>' )"`
	Right *sum   `parser:"@@"`
}

type sum struct {
	Left *product  `parser:"@@"`
	Rest []*sumEnd `parser:"@@*"`
}

type sumEnd struct {
	Op    string   `parser:"@( '+' | '-' )"`
	Right *product `parser:"@@"`
}

type product struct {
	Left *unary        `parser:"@@"`
	Rest []*productEnd `parser:"@@*"`
}

type productEnd struct {
	Op    string `parser:"@( '*' | '/' | '%' )"`
	Right *unary `parser:"@@"`
}

type unary struct {
	Op    string `parser:"(   @( '-' | '+' | '~' )"`
	Of    *unary `parser:"    @@"`
	Power *power `parser:"  | @@ )"`
}

type power struct {
	Base     *atom  `parser:"@@"`
	Exponent *unary `parser:"( '**' @@ )?"`
}

type atom struct {
	Pos   lexer.Position
	Float *string     `parser:"  @Float"`
	Int   *string     `parser:"| @Int"`
	Text  *string     `parser:"| @String"`
	Call  *call       `parser:"| @@"`
	Name  *string     `parser:"| @Name"`
	Inner *comparison `parser:"| '(' @@ ')'"`
}

type call struct {
	Function string        `parser:"@Name '('"`
	Args     []*comparison `parser:"( @@ ( ',' @@ )* )? ')'"`
}

var conditions = participle.MustBuild[comparison](
	participle.Lexer(lexer.MustSimple([]lexer.SimpleRule{
		{Name: "Float", Pattern: `(\d+\.\d*|\.\d+)([eE][+-]?\d+)?|\d+[eE][+-]?\d+`},
		{Name: "Int", Pattern: `0[xX][0-9a-fA-F]+|\d+`},
		{Name: "String", Pattern: `b?'(\\.|[^'\\])*'|b?"(\\.|[^"\\])*"`},
		{Name: "Name", Pattern: `[\pL_][\pL\pN_]*`},
		{Name: "Operator", Pattern: `\*\*|<<|>>|<=|>=|==|!=|[-+*/%<>&|^~(),]`},
		{Name: "space", Pattern: `[ \t\r\n]+`},
	})),
	participle.UseLookahead(2),
)

// The bounds of a condition's text.
const (
	mostCondition = 16 << 10
	mostNesting   = 100
)

// parse reads a condition.
func parse(text string) (*comparison, error) {
	if len(text) > mostCondition {
		return nil, usage("Bad condition: it has %d characters, more than %d", len(text), mostCondition)
	}
	depth, run := 0, 0
	for _, c := range text {
		switch c {
		case '(':
			depth++
		case ')':
			depth--
		}
		if strings.ContainsRune("-+~*", c) {
			run++
		} else if c != ' ' {
			run = 0
		}
		if depth > mostNesting || run > mostNesting {
			return nil, usage("Bad condition: it is nested more than %d deep", mostNesting)
		}
	}
	c, err := conditions.ParseString("", text)
	if err != nil {
		return nil, usage("Bad condition: %.1000s: %.1000v", text, err)
	}
	return c, nil
}
