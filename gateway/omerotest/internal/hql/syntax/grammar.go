package syntax

import (
	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// tokens are the words of the language. Words that can only be keywords are
// told apart from other identifiers, so that they are not taken for aliases.
var tokens = lexer.MustSimple([]lexer.SimpleRule{
	{Name: "Space", Pattern: `\s+`},
	{Name: "Text", Pattern: `'(?:[^']|'')*'`},
	{Name: "Number", Pattern: `(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?[lLfFdD]?`},
	{Name: "Param", Pattern: `:[\p{L}_][\p{L}\p{N}_]*`},
	{Name: "Keyword", Pattern: `(?i:select|from|where|and|or|not|in|is|like|between|join|left|right|inner|outer|full|fetch|order|group|having|` +
		`distinct|as|with|on|case|when|then|else|end|exists|null|true|false|new|asc|desc|escape|member|union)\b`},
	{Name: "Ident", Pattern: `[\p{L}_$][\p{L}\p{N}_$]*`},
	{Name: "Op", Pattern: `<>|!=|\^=|<=|>=|\|\||[-+*/%=<>(),.?\[\]]`},
	{Name: "Other", Pattern: `(?s:.)`},
})

var grammar = participle.MustBuild[query](
	participle.Lexer(tokens),
	participle.Elide("Space"),
	participle.CaseInsensitive("Keyword", "Ident"),
	participle.UseLookahead(2),
)

type (
	query struct {
		Pos    lexer.Position
		Select *selectClause `parser:"@@?"`
		From   []*source     `parser:"'from' @@ (',' @@)*"`
		Where  *expr         `parser:"('where' @@)?"`
		Group  []*expr       `parser:"('group' 'by' @@ (',' @@)*)?"`
		Having *expr         `parser:"('having' @@)?"`
		Order  []*order      `parser:"('order' 'by' @@ (',' @@)*)?"`
	}

	selectClause struct {
		Pos      lexer.Position
		Distinct bool      `parser:"'select' @'distinct'?"`
		New      *newValue `parser:"( @@"`
		Items    []*item   `parser:"| @@ (',' @@)* )"`
	}

	newValue struct {
		Pos   lexer.Position
		Name  *path   `parser:"'new' @@"`
		Items []*item `parser:"'(' @@ (',' @@)* ')'"`
	}

	item struct {
		Pos   lexer.Position
		Expr  *expr  `parser:"@@"`
		Alias string `parser:"('as'? @Ident)?"`
	}

	source struct {
		Pos        lexer.Position
		Collection *path   `parser:"( 'in' '(' @@ ')'"`
		Path       *path   `parser:"| @@ )"`
		Alias      string  `parser:"('as'? @Ident)?"`
		All        bool    `parser:"@('fetch' 'all' 'properties')?"`
		Joins      []*join `parser:"@@*"`
	}

	join struct {
		Pos   lexer.Position
		Kind  string `parser:"@('left' | 'right' | 'full' | 'inner')?"`
		Outer bool   `parser:"@'outer'?"`
		Fetch bool   `parser:"'join' @'fetch'?"`
		Path  *path  `parser:"@@"`
		Alias string `parser:"('as'? @Ident)?"`
		All   bool   `parser:"@('fetch' 'all' 'properties')?"`
		With  *expr  `parser:"(('with' | 'on') @@)?"`
	}

	order struct {
		Expr  *expr  `parser:"@@"`
		Way   string `parser:"@('asc' | 'desc')?"`
		Nulls string `parser:"('nulls' @('first' | 'last'))?"`
	}

	expr struct {
		Ands []*and `parser:"@@ ('or' @@)*"`
	}

	and struct {
		Nots []*not `parser:"@@ ('and' @@)*"`
	}

	not struct {
		Pos       lexer.Position
		Nots      []string   `parser:"@'not'*"`
		Predicate *predicate `parser:"@@"`
	}

	predicate struct {
		Pos     lexer.Position
		Left    *concat    `parser:"@@"`
		Compare *compare   `parser:"( @@"`
		Is      *is        `parser:"| @@"`
		Tail    *negatable `parser:"| @@ )?"`
	}

	compare struct {
		Pos   lexer.Position
		Op    string  `parser:"@('=' | '<>' | '!=' | '^=' | '<=' | '>=' | '<' | '>')"`
		Right *concat `parser:"@@"`
	}

	is struct {
		Not  bool   `parser:"'is' @'not'?"`
		What string `parser:"@('null' | 'empty' | 'true' | 'false')"`
	}

	negatable struct {
		Not     bool     `parser:"@'not'?"`
		In      *primary `parser:"( 'in' @@"`
		Between *between `parser:"| 'between' @@"`
		Like    *like    `parser:"| 'like' @@"`
		Member  *path    `parser:"| 'member' 'of'? @@ )"`
	}

	between struct {
		Low  *concat `parser:"@@"`
		High *concat `parser:"'and' @@"`
	}

	like struct {
		Pattern *concat `parser:"@@"`
		Escape  *concat `parser:"('escape' @@)?"`
	}

	concat struct {
		Left *sum          `parser:"@@"`
		Rest []*concatRest `parser:"@@*"`
	}

	concatRest struct {
		Pos   lexer.Position
		Op    string `parser:"@'||'"`
		Right *sum   `parser:"@@"`
	}

	sum struct {
		Left *product   `parser:"@@"`
		Rest []*sumRest `parser:"@@*"`
	}

	sumRest struct {
		Pos   lexer.Position
		Op    string   `parser:"@('+' | '-')"`
		Right *product `parser:"@@"`
	}

	product struct {
		Left *unary         `parser:"@@"`
		Rest []*productRest `parser:"@@*"`
	}

	productRest struct {
		Pos   lexer.Position
		Op    string `parser:"@('*' | '/' | '%')"`
		Right *unary `parser:"@@"`
	}

	unary struct {
		Pos   lexer.Position
		Signs []string `parser:"@('-' | '+')*"`
		X     *primary `parser:"@@"`
	}

	primary struct {
		Pos        lexer.Position
		Number     string     `parser:"@Number"`
		Text       *string    `parser:"| @Text"`
		Const      string     `parser:"| @('null' | 'true' | 'false')"`
		Param      string     `parser:"| @Param"`
		Positional bool       `parser:"| @'?'"`
		Exists     *primary   `parser:"| 'exists' @@"`
		Case       *caseExpr  `parser:"| @@"`
		Group      *group     `parser:"| '(' @@ ')'"`
		Call       *reference `parser:"| @@"`
	}

	group struct {
		Query *query  `parser:"@@"`
		Items []*expr `parser:"| @@ (',' @@)*"`
	}

	caseExpr struct {
		X     *expr   `parser:"'case' @@?"`
		Whens []*when `parser:"@@+"`
		Else  *expr   `parser:"('else' @@)? 'end'"`
	}

	when struct {
		When *expr `parser:"'when' @@"`
		Then *expr `parser:"'then' @@"`
	}

	// reference is a path, an element of the collection that it leads to, or
	// a call.
	reference struct {
		Pos   lexer.Position
		Path  *path      `parser:"@@"`
		Args  *arguments `parser:"( @@"`
		Index *expr      `parser:"| '[' @@ ']'"`
		Rest  []*name    `parser:"('.' @@)* )?"`
	}

	arguments struct {
		Open     string  `parser:"@'('"`
		Star     bool    `parser:"( @'*'"`
		Query    *query  `parser:"| @@"`
		Distinct bool    `parser:"| @('distinct')?"`
		Spec     string  `parser:"@('leading' | 'trailing' | 'both')?"`
		Args     []*expr `parser:"@@ (',' @@)*"`
		As       string  `parser:"('as' @(Ident | Keyword))?"`
		From     *expr   `parser:"('from' @@)? )?"`
		Close    string  `parser:"@')'"`
	}

	path struct {
		Pos   lexer.Position
		First *name   `parser:"@@"`
		Rest  []*part `parser:"('.' @@)*"`
	}

	name struct {
		Pos  lexer.Position
		Text string `parser:"@Ident"`
	}

	part struct {
		Pos  lexer.Position
		Text string `parser:"@(Ident | Keyword)"`
	}
)
