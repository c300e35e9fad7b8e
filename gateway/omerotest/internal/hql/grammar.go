package hql

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// Error says what is wrong with a query and where.
type Error struct {
	Query  string
	Line   int // from 1
	Column int // from 1, in characters
	Text   string
}

// Error gives the message with the place and the query's line.
func (e *Error) Error() string {
	line := ""
	if lines := strings.Split(e.Query, "\n"); e.Line >= 1 && e.Line <= len(lines) {
		line = strings.TrimSpace(lines[e.Line-1])
		if len(line) > 300 {
			line = line[:300] + "…"
		}
	}
	return fmt.Sprintf("%s near line %d, column %d [%s]", e.Text, e.Line, e.Column, line)
}

var tokens = lexer.MustSimple([]lexer.SimpleRule{
	{Name: "Space", Pattern: `\s+`},
	{Name: "String", Pattern: `'(?:[^']|'')*'`},
	{Name: "Number", Pattern: `(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?[lLfFdD]?`},
	{Name: "Param", Pattern: `:[A-Za-z_]\w*`},
	// No alias is one of these and no path begins with one; after a point they are names like others.
	{Name: "Keyword", Pattern: `(?i)(?:select|from|where|group|order|having|join|left|right|full|inner|outer|cross|fetch|` +
		`with|on|as|and|or|not|in|is|like|between|escape|case|when|then|else|end|null|true|false|distinct|union|exists)\b`},
	{Name: "Ident", Pattern: `[A-Za-z_$][\w$]*`},
	{Name: "Op", Pattern: `<>|!=|\^=|<=|>=|\|\||[-+*/%=<>(),.\[\]?]`},
})

// The syntax tree. Words in the grammar match in any case.
type (
	// Query is a query or a sub-select.
	Query struct {
		Pos    lexer.Position
		Select *Select      `parser:"( 'select' @@ )?"`
		From   []*FromItem  `parser:"'from' @@ ( ',' @@ )*"`
		Where  *Or          `parser:"( 'where' @@ )?"`
		Group  []*Or        `parser:"( 'group' 'by' @@ ( ',' @@ )* )?"`
		Having *Or          `parser:"( 'having' @@ )?"`
		Order  []*OrderItem `parser:"( 'order' 'by' @@ ( ',' @@ )* )?"`
	}

	// Select is the select clause.
	Select struct {
		Distinct bool          `parser:"@'distinct'?"`
		New      string        `parser:"( 'new' @( 'map' | 'list' )"`
		Inner    []*SelectItem `parser:"'(' @@ ( ',' @@ )* ')'"`
		Items    []*SelectItem `parser:"| @@ ( ',' @@ )* )"`
	}

	// SelectItem is one expression of the select clause.
	SelectItem struct {
		Pos   lexer.Position
		Value *Or    `parser:"@@"`
		Alias string `parser:"( 'as' @( Ident | Keyword ) | @Ident )?"`
	}

	// FromItem is a class, or in a sub-select a collection, with its joins.
	FromItem struct {
		Pos   lexer.Position
		Path  *Path   `parser:"@@"`
		Alias string  `parser:"( 'as' @( Ident | Keyword ) | @Ident )?"`
		All   bool    `parser:"( @'fetch' 'all' 'properties' )?"`
		Joins []*Join `parser:"@@*"`
	}

	// Join is one join.
	Join struct {
		Pos   lexer.Position
		Kind  string `parser:"( @( 'left' | 'right' | 'full' ) 'outer'? | @'inner' | @'cross' )? 'join'"`
		Fetch bool   `parser:"@'fetch'?"`
		Path  *Path  `parser:"@@"`
		Alias string `parser:"( 'as' @( Ident | Keyword ) | @Ident )?"`
		All   bool   `parser:"( @'fetch' 'all' 'properties' )?"`
		With  *Or    `parser:"( ( 'with' | 'on' ) @@ )?"`
	}

	// OrderItem is one expression of the order by clause.
	OrderItem struct {
		Value *Or    `parser:"@@"`
		Desc  bool   `parser:"( @( 'desc' | 'descending' ) | 'asc' | 'ascending' )?"`
		Nulls string `parser:"( 'nulls' @( 'first' | 'last' ) )?"`
	}

	// Or is a condition or any other expression.
	Or struct {
		Pos lexer.Position
		And []*And `parser:"@@ ( 'or' @@ )*"`
	}

	// And is a conjunction.
	And struct {
		Not []*Not `parser:"@@ ( 'and' @@ )*"`
	}

	// Not is a condition that may be negated.
	Not struct {
		Nots []string  `parser:"@'not'*"`
		Test *Relation `parser:"@@"`
	}

	// Relation is a comparison, or an expression alone.
	Relation struct {
		Pos     lexer.Position
		Left    *Sum     `parser:"@@"`
		Compare *Compare `parser:"( @@"`
		Negated bool     `parser:"| @'not'? ("`
		Between []*Sum   `parser:"'between' @@ 'and' @@"`
		In      *In      `parser:"| 'in' @@"`
		Like    *Sum     `parser:"| 'like' @@"`
		Escape  *Sum     `parser:"( 'escape' @@ )?"`
		Member  *Path    `parser:"| 'member' 'of'? @@ )"`
		Is      *Is      `parser:"| 'is' @@ )?"`
	}

	// Compare is the right side of a comparison.
	Compare struct {
		Pos   lexer.Position
		Op    string `parser:"@( '=' | '<>' | '!=' | '^=' | '<=' | '>=' | '<' | '>' )"`
		Each  string `parser:"@( 'all' | 'any' | 'some' )?"`
		Right *Sum   `parser:"@@"`
	}

	// Is is what follows "is".
	Is struct {
		Not  bool   `parser:"@'not'?"`
		What string `parser:"@( 'null' | 'empty' | 'true' | 'false' )"`
	}

	// In is what follows "in".
	In struct {
		Pos   lexer.Position
		Param string `parser:"@Param"`
		Query *Query `parser:"| '(' ( (?= 'select' | 'from' ) @@"`
		List  []*Or  `parser:"| @@ ( ',' @@ )* )? ')'"`
		Path  *Path  `parser:"| 'elements' '(' @@ ')'"`
	}

	// Sum is terms that are added, subtracted or joined as strings.
	Sum struct {
		Pos  lexer.Position
		Left *Product   `parser:"@@"`
		Rest []*SumRest `parser:"@@*"`
	}

	// SumRest is a further term.
	SumRest struct {
		Op    string   `parser:"@( '+' | '-' | '||' )"`
		Right *Product `parser:"@@"`
	}

	// Product is factors.
	Product struct {
		Left *Unary         `parser:"@@"`
		Rest []*ProductRest `parser:"@@*"`
	}

	// ProductRest is a further factor.
	ProductRest struct {
		Op    string `parser:"@( '*' | '/' | '%' )"`
		Right *Unary `parser:"@@"`
	}

	// Unary is an operand with signs.
	Unary struct {
		Signs []string `parser:"@( '-' | '+' )*"`
		Value *Operand `parser:"@@"`
	}

	// Operand is a value.
	Operand struct {
		Pos    lexer.Position
		Number string  `parser:"@Number"`
		Text   *string `parser:"| @String"`
		Param  string  `parser:"| @Param"`
		Query  *Query  `parser:"| '(' ( (?= 'select' | 'from' ) @@"`
		Paren  []*Or   `parser:"| @@ ( ',' @@ )* ) ')'"`
		Word   string  `parser:"| @( 'null' | 'true' | 'false' )"`
		Exists *Exists `parser:"| 'exists' @@"`
		Case   *Case   `parser:"| 'case' @@"`
		Cast   *Cast   `parser:"| 'cast' '(' @@ ')'"`
		Part   *Part   `parser:"| 'extract' '(' @@ ')'"`
		Trim   *Trim   `parser:"| 'trim' '(' @@ ')'"`
		Call   *Call   `parser:"| @@"`
		Path   *Path   `parser:"| @@"`
	}

	// Exists is what follows "exists".
	Exists struct {
		Query *Query `parser:"'(' @@ ')'"`
		Path  *Path  `parser:"| 'elements' '(' @@ ')'"`
	}

	// Case is a case expression.
	Case struct {
		Value *Or     `parser:"( (?! 'when' ) @@ )?"`
		Whens []*When `parser:"@@+"`
		Else  *Or     `parser:"( 'else' @@ )? 'end'"`
	}

	// When is one of its branches.
	When struct {
		If   *Or `parser:"'when' @@"`
		Then *Or `parser:"'then' @@"`
	}

	// Cast is a value and the type that it is turned into.
	Cast struct {
		Value *Or   `parser:"@@"`
		Type  *Path `parser:"'as' @@ ( '(' Number ( ',' Number )? ')' )?"`
	}

	// Part is a part of a time.
	Part struct {
		Name  string `parser:"@Ident 'from'"`
		Value *Or    `parser:"@@"`
	}

	// Trim is a text without the characters around it.
	Trim struct {
		Side  string  `parser:"@( 'leading' | 'trailing' | 'both' )?"`
		Char  *string `parser:"@String? 'from'?"`
		Value *Or     `parser:"@@"`
	}

	// Call is the call of a function.
	Call struct {
		Pos      lexer.Position
		Name     string `parser:"@Ident '('"`
		Star     bool   `parser:"( @'*'"`
		Distinct bool   `parser:"| @'distinct'?"`
		Args     []*Or  `parser:"@@ ( ',' @@ )* )? ')'"`
	}

	// Path is names with points between.
	Path struct {
		Pos   lexer.Position
		Names []string `parser:"@Ident ( '.' @( Ident | Keyword ) )*"`
	}
)

var parser = sync.OnceValue(func() *participle.Parser[Query] {
	return participle.MustBuild[Query](
		participle.Lexer(tokens),
		participle.Elide("Space"),
		participle.CaseInsensitive("Ident", "Keyword"),
		participle.UseLookahead(3),
	)
})

// What a query may be at most.
const (
	longestQuery = 256 << 10 // bytes
	deepest      = 60        // parentheses and cases in each other
	mostTokens   = 20_000
)

// Parse reads a query.
func Parse(text string) (*Query, error) {
	if len(text) > longestQuery {
		return nil, &Error{Line: 1, Column: 1, Text: fmt.Sprintf("the query has %d bytes, more than %d", len(text), longestQuery)}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Line: 1, Column: 1, Text: "the query is not UTF-8"}
	}
	if err := checkDepth(text); err != nil {
		return nil, err
	}
	q, err := parser().ParseString("", text)
	if err == nil {
		return q, nil
	}
	e := &Error{Query: text, Line: 1, Column: 1, Text: err.Error()}
	var at participle.Error
	if errors.As(err, &at) {
		e.Line, e.Column, e.Text = at.Position().Line, at.Position().Column, at.Message()
	}
	return nil, e
}

// checkDepth refuses what would make the parser recurse too deep.
func checkDepth(text string) error {
	lex, err := tokens.LexString("", text)
	if err != nil {
		return &Error{Query: text, Line: 1, Column: 1, Text: err.Error()}
	}
	symbols := tokens.Symbols()
	depth, count := 0, 0
	for {
		t, err := lex.Next()
		if err != nil {
			e := &Error{Query: text, Line: 1, Column: 1, Text: err.Error()}
			var at participle.Error
			if errors.As(err, &at) {
				e.Line, e.Column, e.Text = at.Position().Line, at.Position().Column, at.Message()
			}
			return e
		}
		if t.EOF() {
			return nil
		}
		switch {
		case t.Value == "(", t.Type == symbols["Keyword"] && strings.EqualFold(t.Value, "case"):
			depth++
		case t.Value == ")", t.Type == symbols["Keyword"] && strings.EqualFold(t.Value, "end"):
			depth--
		}
		if count++; depth > deepest || count > mostTokens {
			return &Error{Query: text, Line: t.Pos.Line, Column: t.Pos.Column, Text: "the query is too complex"}
		}
	}
}
