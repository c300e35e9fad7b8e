package parser

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/slice2go/slice2go/slice"
)

// Limits of the syntax.
const (
	maxNesting         = 500
	maxStatementTokens = 1 << 13
)

// frameKind says what may stand between the braces of a frame.
type frameKind int

const (
	inFile frameKind = iota
	inBody
	inEnum
)

// frame is an open brace, or the file itself.
type frame struct {
	kind   frameKind
	what   string // "interface `A`", for messages
	open   place
	nodes  []slice.Node
	body   []slice.BodyNode
	enum   *slice.EnumNode
	close  func(*frame)
	broken bool // a statement in here has a syntax error
	drop   bool // the head was wrong: what is in here is read, but not kept
}

// reader turns the tokens of a file into syntax nodes, statement by statement.
type reader struct {
	lex    *lex
	file   *slice.File
	errors *errorList
	frames []*frame
	tokens []token // of the present statement
	ahead  token
	has    bool // ahead is set
	broken map[string]bool
	feed   tokenFeed
}

// parse reads one variant of a file.
func parse(v *variant, m *macros) *slice.Source {
	errs := &errorList{file: v.src.file, diags: &v.diags}
	r := &reader{file: v.src.file, errors: errs, lex: &lex{v: v, macros: m, errors: errs}}
	r.frames = []*frame{{kind: inFile}}
	for !errs.full() && r.statement() {
	}
	if !errs.full() {
		r.closeAll()
	}
	root := r.frames[0]
	return &slice.Source{File: v.src.file, Nodes: root.nodes, Broken: r.broken, Repeats: v.repeats, Incomplete: v.incomplete}
}

func (r *reader) peek() *token {
	if !r.has {
		r.ahead = r.lex.next()
		r.has = true
	}
	return &r.ahead
}

func (r *reader) take() {
	r.tokens = append(r.tokens, *r.peek())
	r.has = false
}

func (r *reader) top() *frame { return r.frames[len(r.frames)-1] }

func (r *reader) push(f *frame) bool {
	if len(r.frames) > maxNesting {
		r.errors.add(f.open, "limit", "definitions are nested too deeply")
		r.errors.count = maxErrors
		return false
	}
	f.drop = f.drop || r.top().drop
	r.frames = append(r.frames, f)
	return true
}

func (r *reader) pop() {
	f := r.top()
	r.frames = r.frames[:len(r.frames)-1]
	if f.close != nil && !f.drop {
		f.close(f)
	}
}

// closeAll ends the file; a frame that is still open is an error.
func (r *reader) closeAll() {
	end := r.peek().place
	for len(r.frames) > 1 {
		f := r.top()
		if len(r.frames) == 2 || f.what != "" {
			r.missingBrace(end, f, "the end of the file")
		}
		for len(r.frames) > 1 {
			r.pop()
		}
	}
}

func (r *reader) missingBrace(at place, f *frame, before string) {
	var notes []slice.Note
	if f.what != "" {
		notes = []slice.Note{{Pos: r.pos(f.open), Message: f.what + " begins here"}}
	}
	r.errors.add(at, "syntax", "missing `}` before "+before, notes...)
}

func (r *reader) pos(p place) slice.Pos {
	return p.in(r.file)
}

// statement reads one statement; it returns false at the end of the file.
func (r *reader) statement() bool {
	r.tokens = r.tokens[:0]
	switch t := r.peek(); t.kind {
	case tokenEOF:
		return false
	case tokenInclude:
		r.has = false
		r.includeHere(t)
		return true
	}
	if !r.collect() {
		return true
	}
	switch r.top().kind {
	case inBody:
		if r.strayDefinition() {
			return true
		}
		r.bodyStatement()
	case inEnum:
		if r.strayDefinition() {
			return true
		}
		r.enumStatement()
	default:
		r.fileStatement()
	}
	return true
}

func (r *reader) includeHere(t *token) {
	if r.top().kind != inFile {
		r.errors.add(t.place, "syntax", "an #include cannot stand inside a definition")
		return
	}
	r.addNode(&slice.IncludeNode{Pos: r.pos(t.place), Source: t.include.placeholder()})
}

// collect gathers the tokens of the next statement.
func (r *reader) collect() bool {
	first := r.peek()
	if first.text == "}" && first.kind == tokenPunct {
		r.take()
		if t := r.peek(); t.kind == tokenPunct && t.text == ";" {
			r.take()
		}
		return true
	}
	fileMeta := first.kind == tokenPunct && first.text == "[["
	brackets := 0
	for {
		t := r.peek()
		if t.kind == tokenEOF {
			return len(r.tokens) > 0
		}
		if t.kind == tokenInclude {
			r.errors.add(t.place, "syntax", "an #include cannot stand inside a definition")
			r.has = false
			continue
		}
		if t.kind == tokenPunct {
			switch t.text {
			case "}":
				return len(r.tokens) > 0
			case ";", "{":
				r.take()
				return true
			case ",":
				if r.top().kind == inEnum && brackets == 0 {
					r.take()
					return true
				}
			case "[":
				brackets++
			case "]":
				brackets--
			case "]]":
				if fileMeta {
					r.take()
					return true
				}
				// Metadata that ends in a type's own bracket: `["a"]]` is
				// never right, but two brackets that belong apart are.
				brackets--
			}
		}
		if len(r.tokens) == maxStatementTokens {
			r.errors.add(t.place, "limit", "this statement is too long")
			r.errors.count = maxErrors
			return false
		}
		r.take()
	}
}

// definitionWords begin a definition and never anything in a body.
var definitionWords = map[string]bool{
	"module": true, "class": true, "interface": true, "exception": true, "struct": true, "enum": true,
	"sequence": true, "dictionary": true, "const": true, "local": true,
}

// strayDefinition finds a definition where only members may stand: most likely
// a brace is missing before it. The statement is read again outside.
func (r *reader) strayDefinition() bool {
	i := 0
	if r.tokens[0].text == "[" {
		for i < len(r.tokens) && r.tokens[i].text != "]" {
			i++
		}
		i++
	}
	if i+1 >= len(r.tokens) || r.tokens[i].kind != tokenKeyword || !definitionWords[r.tokens[i].text] {
		return false
	}
	if last := r.tokens[len(r.tokens)-1].text; last != "{" && last != ";" {
		return false
	}
	if word := r.tokens[i].text; (word == "sequence" || word == "dictionary") && !r.definitionFollows() {
		r.errors.add(r.tokens[i].place, "syntax", "a "+word+" cannot be defined here",
			slice.Note{Message: "define it in the module, before, and use its name as the type"})
		r.breakNames()
		r.top().broken = true
		return true
	}
	for r.top().kind != inFile {
		r.missingBrace(r.tokens[i].place, r.top(), "`"+r.tokens[i].text+"`")
		r.pop()
	}
	r.fileStatement()
	return true
}

// definitionFollows looks whether the next statement begins like a definition,
// or the file ends.
func (r *reader) definitionFollows() bool {
	t := r.peek()
	return t.kind == tokenEOF || t.kind == tokenKeyword && definitionWords[t.text]
}

// run gives the tokens of the statement to the grammar.
func run[G any](r *reader, p *participle.Parser[G]) (*G, bool) {
	r.feed = tokenFeed{tokens: r.tokens}
	peeking, err := lexer.Upgrade(&r.feed)
	if err == nil {
		var g *G
		if g, err = p.ParseFromLexer(peeking); err == nil {
			return g, true
		}
	}
	r.syntaxError(err)
	return nil, false
}

// syntaxError reports what participle says, remembers the names of the broken
// statement, and opens a frame for its brace.
func (r *reader) syntaxError(err error) {
	at := len(r.tokens)
	var unexpected *participle.UnexpectedTokenError
	var perr participle.Error
	switch {
	case errors.As(err, &unexpected):
		at = unexpected.Unexpected.Pos.Offset
	case errors.As(err, &perr):
		at = perr.Position().Offset
	}
	r.breakNames()
	r.top().broken = true
	last := r.tokens[len(r.tokens)-1]
	if r.reported() {
		if last.text == "{" && last.kind == tokenPunct {
			r.push(&frame{kind: r.guessKind(), open: last.place, drop: true})
		}
		return
	}
	if last.text == "}" || last.kind == tokenPunct && last.text == ";" && len(r.tokens) == 1 {
		r.errors.add(r.tokens[0].place, "syntax", "unexpected `"+r.tokens[0].text+"`")
		return
	}
	found, pos := "", place{}
	if at < len(r.tokens) {
		found, pos = describe(&r.tokens[at]), r.tokens[at].place
	} else {
		next := r.peek()
		found = describe(next)
		pos = last.place // the mistake is behind the last word, whatever line the next is on
		if pos.end > 0 {
			pos.col, pos.end = pos.end, pos.end+1
		}
	}
	message, expected := "unexpected "+found, expectation(err)
	switch {
	case expected == ";":
		message = "missing `;` before " + found
		if at > 0 && at <= len(r.tokens) && r.tokens[at-1].place.line != pos.line {
			pos = r.tokens[at-1].place
			pos.col, pos.end = pos.end, pos.end+1
		}
	case expected != "":
		message += ", expected " + expected
	}
	r.errors.add(pos, "syntax", message, r.hint(at, expected)...)
	if last.text == "{" && last.kind == tokenPunct {
		r.push(&frame{kind: r.guessKind(), open: last.place, drop: true})
	}
}

// reported tells whether the statement is wrong for a reason that was reported
// before: a string without an end in it, or a brace too many behind another.
func (r *reader) reported() bool {
	if r.tokens[0].text == "{" && r.tokens[0].kind == tokenPunct && r.top().drop {
		return true
	}
	for i := range r.tokens {
		if r.tokens[i].openEnd {
			return true
		}
	}
	return false
}

// breakNames remembers the names in a broken statement, so that nobody
// complains that they are not defined.
func (r *reader) breakNames() {
	if r.broken == nil {
		r.broken = map[string]bool{}
	}
	for i := range r.tokens {
		if t := &r.tokens[i]; t.kind == tokenIdent {
			name := t.text
			if k := strings.LastIndexByte(name, ':'); k >= 0 {
				name = name[k+1:]
			}
			r.broken[strings.TrimPrefix(name, `\`)] = true
		}
	}
}

// guessKind tells from the words what the braces behind a broken head hold.
func (r *reader) guessKind() frameKind {
	for i := range r.tokens {
		switch r.tokens[i].text {
		case "module":
			return inFile
		case "enum":
			return inEnum
		case "class", "interface", "struct", "exception":
			return inBody
		}
	}
	if t := r.peek(); t.kind == tokenKeyword && definitionWords[t.text] {
		return inFile
	}
	return inBody
}

// hint explains common mistakes.
func (r *reader) hint(at int, expected string) []slice.Note {
	if at < len(r.tokens) && r.tokens[at].kind == tokenKeyword && expected == "a name" {
		return []slice.Note{{Message: "`" + r.tokens[at].text + "` is a keyword; write `\\" + r.tokens[at].text + "` to use it as a name"}}
	}
	if note := r.typeHint(at, expected); note != "" {
		return []slice.Note{{Message: note}}
	}
	if at < len(r.tokens) && r.tokens[at].kind == tokenIdent {
		word := r.tokens[at].text
		if at > 0 && r.tokens[at-1].kind == tokenIdent {
			word = r.tokens[at-1].text
		}
		var words []string
		for k := range definitionWords {
			words = append(words, k)
		}
		words = append(words, "extends", "implements", "throws", "idempotent", "optional", "string", "double", "void")
		sort.Strings(words)
		if near := slice.Nearest(word, words); near != "" {
			return []slice.Note{{Message: fmt.Sprintf("did you mean `%s`?", near)}}
		}
	}
	return nil
}

// typeHint explains what people write who come from other languages.
func (r *reader) typeHint(at int, expected string) string {
	if at == 0 || at >= len(r.tokens) || expected != "a name" || r.top().kind != inBody {
		return ""
	}
	before := &r.tokens[at-1]
	switch r.tokens[at].text {
	case "(":
		if before.kind == tokenIdent && strings.EqualFold(before.text, "optional") {
			return "did you mean `optional`?"
		}
		if before.kind == tokenIdent {
			return "an operation needs the type of its result before its name, or `void`"
		}
	case ")", ",":
		return "a parameter needs a type and a name"
	case "[", "<":
		if at+1 < len(r.tokens) && r.tokens[at+1].kind == tokenString {
			return "metadata stands in front of what it is about"
		}
		return "sequences and dictionaries are types with a name: `sequence<string> Names;` in the module, then `Names` here"
	}
	return ""
}

// describe names a token for a message.
func describe(t *token) string {
	switch t.kind {
	case tokenEOF:
		return "the end of the file"
	case tokenInclude:
		return "#include"
	case tokenKeyword:
		return "keyword `" + t.text + "`"
	case tokenString:
		return "string " + clip(t.text)
	}
	return "`" + clip(t.text) + "`"
}

// expectations are the beginnings of what participle can expect, in words.
var expectations = []struct{ begin, words string }{
	{"(<ident> | <keyword>)", "a name"},
	{"<ident>", "a name"},
	{"Ref", "a name"},
	{"ModuleHead", "a name"},
	{"ClassHead", "a name"},
	{"InterfaceHead", "a name"},
	{"ExceptionHead", "a name"},
	{"PlainHead", "a name"},
	{"(<int> | <ident>)", "a number"},
	{"<string>", "a string"},
	{"StringLit", "a string"},
	{"StringPart", "a string"},
	{"Metadata", "a string"},
	{"Value", "a value"},
	{"Param", "a parameter"},
	{"TypeRef", "a type"},
	{"ReturnType", "a type"},
	{"((\"class\"", "a definition"},
	{"Definition", "a definition"},
}

// expectation puts participle's idea of what should have come into words, or
// returns "" where it would not help. A lone semicolon comes without quotes.
func expectation(err error) string {
	var unexpected *participle.UnexpectedTokenError
	if !errors.As(err, &unexpected) {
		return ""
	}
	_, text, found := strings.Cut(unexpected.Message(), " (expected ")
	if !found {
		return ""
	}
	text = strings.TrimSuffix(text, ")")
	if text == `";"` {
		return ";"
	}
	if strings.HasPrefix(text, `"`) {
		if end := strings.IndexByte(text[1:], '"'); end > 0 {
			return "`" + text[1:end+1] + "`"
		}
	}
	for _, e := range expectations {
		if strings.HasPrefix(text, e.begin) {
			return e.words
		}
	}
	return ""
}
