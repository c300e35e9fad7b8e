package parser

import (
	"errors"
	"io"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar is split where a statement of Slice ends: at a semicolon, and at
// the braces that open and close a module, a body or an enumeration (there, at
// the comma too). So a file is a sequence of statements; package reads one
// after the other, which bounds the memory of a run and lets it go on behind a
// syntax error.

// fileStatement is what may stand in a file or in a module.
type fileStatement struct {
	FileMeta *metadata    `parser:"'[[' @@ ']]'"`
	End      *lexer.Token `parser:"| @'}' ';'?"`
	Def      *definition  `parser:"| @@"`
}

type metadata struct {
	Items []*stringLit `parser:"@@ ( ',' @@ )*"`
}

type stringLit struct {
	Parts []*stringPart `parser:"@@+"`
}

type stringPart struct {
	Token lexer.Token `parser:"@String"`
}

type definition struct {
	Meta       *metadata      `parser:"( '[' @@ ']' )?"`
	Module     *moduleHead    `parser:"( 'module' @@"`
	Const      *constDef      `parser:"| 'const' @@"`
	Local      *lexer.Token   `parser:"| @'local'? ("`
	Class      *classHead     `parser:"'class' @@"`
	Interface  *interfaceHead `parser:"| 'interface' @@"`
	Exception  *exceptionHead `parser:"| 'exception' @@"`
	Struct     *plainHead     `parser:"| 'struct' @@"`
	Enum       *plainHead     `parser:"| 'enum' @@"`
	Sequence   *sequenceDef   `parser:"| 'sequence' @@"`
	Dictionary *dictionaryDef `parser:"| 'dictionary' @@ ) )"`
}

type moduleHead struct {
	Name lexer.Token `parser:"@( Ident | Keyword ) '{'"`
}

type constDef struct {
	Meta  *metadata   `parser:"( '[' @@ ']' )?"`
	Type  *typeRef    `parser:"@@"`
	Name  lexer.Token `parser:"@( Ident | Keyword ) '='"`
	Value *value      `parser:"@@ ';'"`
}

type classHead struct {
	Name       lexer.Token  `parser:"@( Ident | Keyword )"`
	CompactID  *lexer.Token `parser:"( '(' @( Int | Ident ) ')' )?"`
	Extends    *lexer.Token `parser:"( 'extends' @Ident )?"`
	Implements []*ref       `parser:"( 'implements' @@ ( ',' @@ )* )?"`
	Last       lexer.Token  `parser:"@( '{' | ';' )"`
}

type interfaceHead struct {
	Name    lexer.Token `parser:"@( Ident | Keyword )"`
	Extends []*ref      `parser:"( 'extends' @@ ( ',' @@ )* )?"`
	Last    lexer.Token `parser:"@( '{' | ';' )"`
}

// ref is a name in a list. (Participle keeps only the last of tokens that are
// captured one by one.)
type ref struct {
	Name lexer.Token `parser:"@Ident"`
}

type exceptionHead struct {
	Name    lexer.Token  `parser:"@( Ident | Keyword )"`
	Extends *lexer.Token `parser:"( 'extends' @Ident )? '{'"`
}

type plainHead struct {
	Name lexer.Token `parser:"@( Ident | Keyword ) '{'"`
}

type sequenceDef struct {
	Meta *metadata   `parser:"'<' ( '[' @@ ']' )?"`
	Elem *typeRef    `parser:"@@ '>'"`
	Name lexer.Token `parser:"@( Ident | Keyword ) ';'"`
}

type dictionaryDef struct {
	KeyMeta   *metadata   `parser:"'<' ( '[' @@ ']' )?"`
	Key       *typeRef    `parser:"@@ ','"`
	ValueMeta *metadata   `parser:"( '[' @@ ']' )?"`
	Value     *typeRef    `parser:"@@ '>'"`
	Name      lexer.Token `parser:"@( Ident | Keyword ) ';'"`
}

// bodyStatement is what may stand in a class, interface, struct or exception.
// Which of it may stand where is not the grammar's business, so that the
// message about it can say more.
type bodyStatement struct {
	End *lexer.Token `parser:"@'}' ';'?"`
	Def *bodyDef     `parser:"| @@"`
}

type bodyDef struct {
	Meta    *metadata    `parser:"( '[' @@ ']' )?"`
	Mode    *lexer.Token `parser:"@( 'idempotent' | 'nonmutating':Keyword )?"`
	Tag     *tag         `parser:"@@?"`
	Type    *returnType  `parser:"@@"`
	Name    lexer.Token  `parser:"@( Ident | Keyword )"`
	Op      *signature   `parser:"( @@"`
	Default *value       `parser:"| '=' @@ )? ';'"`
}

type tag struct {
	Value lexer.Token `parser:"'optional' '(' @( Int | Ident ) ')'"`
}

type returnType struct {
	Void bool     `parser:"@'void'"`
	Type *typeRef `parser:"| @@"`
}

type typeRef struct {
	Name lexer.Token  `parser:"@( 'bool' | 'byte' | 'short' | 'int' | 'long' | 'float' | 'double' | 'string' | 'Object' | 'Value' | 'LocalObject' | Ident )"`
	Star *lexer.Token `parser:"@'*'?"`
}

type signature struct {
	Params []*param `parser:"'(' ( @@ ( ',' @@ )* )? ')'"`
	Throws []*ref   `parser:"( 'throws' @@ ( ',' @@ )* )?"`
}

type param struct {
	Out  bool        `parser:"@'out'?"`
	Meta *metadata   `parser:"( '[' @@ ']' )?"`
	Tag  *tag        `parser:"@@?"`
	Type *typeRef    `parser:"@@"`
	Name lexer.Token `parser:"@( Ident | Keyword )"`
}

type value struct {
	Simple *lexer.Token  `parser:"@( Int | Float | Ident | 'true' | 'false' )"`
	String []*stringPart `parser:"| @@+"`
}

// enumStatement is what may stand in an enumeration. Slice takes commas without
// enumerators.
type enumStatement struct {
	Empty      bool         `parser:"  @',' |"`
	End        *lexer.Token `parser:"@'}' ';'?"`
	Enumerator *enumerator  `parser:"| @@"`
}

type enumerator struct {
	Name  lexer.Token  `parser:"@( Ident | Keyword )"`
	Value *lexer.Token `parser:"( '=' @( Int | Ident ) )? ','?"`
}

// symbols is the lexer as the grammar needs to know it. The tokens themselves
// come from a lex, which reads statement by statement.
type symbols struct{ names map[string]lexer.TokenType }

// Symbols implements lexer.Definition.
func (s symbols) Symbols() map[string]lexer.TokenType { return s.names }

// Lex implements lexer.Definition; the grammar is never run over a reader.
func (symbols) Lex(string, io.Reader) (lexer.Lexer, error) {
	return nil, errors.New("the Slice grammar reads statements, not files")
}

var (
	fileParser = participle.MustBuild[fileStatement](participle.Lexer(symbols{tokenNames}), participle.UseLookahead(0))
	bodyParser = participle.MustBuild[bodyStatement](participle.Lexer(symbols{tokenNames}), participle.UseLookahead(0))
	enumParser = participle.MustBuild[enumStatement](participle.Lexer(symbols{tokenNames}), participle.UseLookahead(0))
)

// tokenFeed gives the tokens of one statement to participle. The offset in
// each position is the index of the token, by which the place and the doc
// comment are found again.
type tokenFeed struct {
	tokens []token
	next   int
}

// Next implements lexer.Lexer.
func (f *tokenFeed) Next() (lexer.Token, error) {
	if f.next == len(f.tokens) {
		return lexer.Token{Type: tokenEOF, Pos: lexer.Position{Offset: f.next}}, nil
	}
	t := &f.tokens[f.next]
	f.next++
	return lexer.Token{Type: t.kind, Value: t.text, Pos: lexer.Position{Offset: f.next - 1}}, nil
}
