package parser

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/slice2go/slice2go/slice"
)

// The kinds of tokens, by the names that the grammar uses.
const (
	tokenEOF = lexer.EOF - iota
	tokenIdent
	tokenKeyword
	tokenInt
	tokenFloat
	tokenString
	tokenPunct
	tokenInclude // never reaches the grammar
)

// tokenNames maps the names in the grammar to the kinds.
var tokenNames = map[string]lexer.TokenType{
	"EOF": tokenEOF, "Ident": tokenIdent, "Keyword": tokenKeyword, "Int": tokenInt,
	"Float": tokenFloat, "String": tokenString, "Punct": tokenPunct,
}

// token is a token of the text or of a macro's expansion.
type token struct {
	kind    lexer.TokenType
	text    string // as written; a scoped identifier without blanks
	place   place
	include *variant
	doc     string // the doc comment just before
	openEnd bool   // a string without an end, which was reported
}

// lex reads the tokens of a variant one after the other.
type lex struct {
	v      *variant
	macros *macros
	seg    int // the next segment
	when   moment
	text   string // up to the end of the segment
	at     int
	line   int
	start  int // offset of the line's first byte
	doc    string

	spent    int  // bytes that macros expanded to
	expanded *lex // reads the expansion of a macro, before the text goes on
	fixed    bool // this reads an expansion: every token is at pos
	pos      place
	errors   *errorList
}

// errorList collects the diagnostics of one file up to a limit, so that
// garbage does not drown in reports.
type errorList struct {
	file  *slice.File
	diags *slice.Diagnostics
	count int
}

// maxErrors bounds the errors that are reported of one file's syntax.
const maxErrors = 100

func (e *errorList) add(p place, id, message string, notes ...slice.Note) {
	e.count++
	pos := p.in(e.file)
	if e.count == maxErrors {
		e.diags.Add(slice.Diagnostic{ID: "too-many-errors", Pos: pos, Message: "too many errors; the rest of the file is not looked at"})
	}
	if e.count >= maxErrors {
		return
	}
	e.diags.Add(slice.Diagnostic{ID: id, Pos: pos, Message: message, Notes: notes})
}

func (e *errorList) warn(p place, id, message string) {
	pos := p.in(e.file)
	e.diags.Add(slice.Diagnostic{Severity: slice.Warning, ID: id, Pos: pos, Message: message})
}

func (e *errorList) full() bool { return e.count >= maxErrors }

// nextSegment goes on to the next stretch of text; an include comes out as a
// token of its own.
func (l *lex) nextSegment() (token, bool) {
	if l.fixed || l.seg == len(l.v.segments) {
		return token{}, false
	}
	s := &l.v.segments[l.seg]
	l.seg++
	if s.include != nil {
		return token{kind: tokenInclude, include: s.include, place: s.pos}, true
	}
	l.text, l.at, l.line, l.when = l.v.src.text[:s.end], s.start, s.line, s.when
	l.start = strings.LastIndexByte(l.text[:l.at], '\n') + 1
	if l.start == 0 {
		l.start = bodyStart(l.text)
	}
	return token{}, true
}

// next returns the next token; at the end its kind is tokenEOF.
func (l *lex) next() token {
	for {
		if l.expanded != nil {
			if t := l.expanded.next(); t.kind != tokenEOF {
				t.doc = l.takeDoc()
				return t
			}
			l.expanded = nil
		}
		l.blanks()
		if l.at >= len(l.text) {
			t, more := l.nextSegment()
			if !more {
				return token{kind: tokenEOF, place: l.here(0)}
			}
			if t.kind == tokenInclude {
				return t
			}
			continue
		}
		if t, ok := l.one(); ok {
			return t
		}
	}
}

func (l *lex) takeDoc() string {
	d := l.doc
	l.doc = ""
	return d
}

// here is the place of the next n bytes.
func (l *lex) here(n int) place {
	if l.fixed {
		return l.pos
	}
	col := l.at - l.start + 1
	return place{l.line, col, col + n}
}

func (l *lex) newline() {
	l.line++
	l.start = l.at
}

// blanks skips blanks and comments, and keeps the last doc comment.
func (l *lex) blanks() {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; c {
		case ' ', '\t', '\r', '\f', '\v', 0:
			l.at++
		case '\n':
			l.at++
			l.newline()
		case '\\':
			n := continuation(l.text, l.at)
			if n == 0 {
				return
			}
			l.at += n
			l.newline()
		case '/':
			if !l.comment() {
				return
			}
		default:
			return
		}
	}
}

func (l *lex) comment() bool {
	rest := l.text[l.at:]
	switch {
	case strings.HasPrefix(rest, "//"):
		from := l.at
		for l.at < len(l.text) && l.text[l.at] != '\n' {
			if n := continuation(l.text, l.at); n > 0 {
				l.at += n
				l.newline()
				continue
			}
			l.at++
		}
		if text := l.text[from:l.at]; strings.HasPrefix(text, "///") && !strings.HasPrefix(text, "////") {
			line := strings.TrimRight(strings.TrimPrefix(text[3:], " "), " \t\r")
			if l.doc != "" {
				line = l.doc + "\n" + line
			}
			l.doc = line
		}
		return true
	case strings.HasPrefix(rest, "/*"):
		end := strings.Index(rest[2:], "*/")
		if end < 0 {
			l.errors.warn(l.here(2), "unterminated-comment", "this comment has no end")
			l.at = len(l.text)
			return true
		}
		end += 4
		if i := strings.Index(rest[2:end-2], "/*"); i >= 0 {
			l.errors.warn(l.here(2), "nested-comment", "there is a `/*` in this comment, which ends at the first `*/`")
		}
		if strings.HasPrefix(rest, "/**") && end > 4 {
			l.doc = cleanDoc(rest[3 : end-2])
		}
		for {
			i := strings.IndexByte(l.text[l.at:l.at+end], '\n')
			if i < 0 {
				break
			}
			l.at += i + 1
			end -= i + 1
			l.newline()
		}
		l.at += end
		return true
	}
	return false
}

// cleanDoc takes the stars off the lines of a doc comment, and what indent
// they share.
func cleanDoc(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = strings.TrimRight(line, " \t\r")
		trimmed := strings.TrimLeft(line, " \t")
		if i > 0 && strings.HasPrefix(trimmed, "*") {
			trimmed = strings.TrimLeft(trimmed, "*")
			trimmed = strings.TrimPrefix(trimmed, " ")
		}
		lines[i] = trimmed
	}
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.Trim(lines[len(lines)-1], " *\t") == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) > 0 {
		lines[0] = strings.TrimLeft(lines[0], " \t*")
	}
	return strings.Join(lines, "\n")
}

// one reads one token, or expands a macro, or skips a byte that no token
// begins with; in the last two cases there is no token yet.
func (l *lex) one() (token, bool) {
	c := l.text[l.at]
	switch {
	case isLetter(c), c == '\\' && l.at+1 < len(l.text) && isLetter(l.text[l.at+1]),
		c == ':' && l.at+2 < len(l.text) && l.text[l.at+1] == ':' && (isLetter(l.text[l.at+2]) || l.text[l.at+2] == '\\'):
		return l.word()
	case isDigit(c), (c == '+' || c == '-' || c == '.') && l.at+1 < len(l.text) && (isDigit(l.text[l.at+1]) || l.text[l.at+1] == '.'):
		return l.number(), true
	case c == '"':
		return l.quoted(), true
	}
	if n := foreignLetters(l.text[l.at:]); n > 0 {
		return l.foreignWord(n), true
	}
	n := 1
	switch c {
	case '[', ']':
		if l.at+1 < len(l.text) && l.text[l.at+1] == c {
			n = 2
		}
	case '{', '}', '(', ')', '<', '>', ',', ';', '=', '*', ':', '+', '-', '.':
	default:
		l.badCharacters()
		return token{}, false
	}
	t := token{kind: tokenPunct, text: l.text[l.at : l.at+n], place: l.here(n), doc: l.takeDoc()}
	l.at += n
	return t, true
}

// badCharacters reports characters that no token can begin with, all those
// that stand together as one.
func (l *lex) badCharacters() {
	n := 0
	for l.at+n < len(l.text) {
		c := l.text[l.at+n]
		if n > 0 && c < utf8.RuneSelf && (c > ' ' && strings.IndexByte("@#$%&~^|!?`'\\", c) < 0 || isBlank(c) || c == '\n' || c == 0) {
			break
		}
		n++
	}
	shown := clip(l.text[l.at : l.at+n])
	what := "unexpected character "
	if utf8.RuneCountInString(shown) > 1 {
		what = "unexpected characters "
	}
	if quoted := strconv.QuoteToGraphic(shown); quoted != `"`+shown+`"` && !strings.Contains(shown, "\\") {
		shown = strings.Trim(quoted, `"`)
	}
	l.errors.add(l.here(n), "bad-character", what+"`"+shown+"`")
	l.at += n
}

// word reads an identifier, a scoped one, a keyword or a macro.
func (l *lex) word() (token, bool) {
	from := l.at
	i := l.at
	scoped := false
	for {
		if strings.HasPrefix(l.text[i:], "::") {
			scoped = true
			i += 2
		}
		if i < len(l.text) && l.text[i] == '\\' {
			i++
		}
		if i == len(l.text) || !isLetter(l.text[i]) {
			break
		}
		for i < len(l.text) && isWord(l.text[i]) {
			i++
		}
		if !strings.HasPrefix(l.text[i:], "::") || i+2 >= len(l.text) || !isLetter(l.text[i+2]) && l.text[i+2] != '\\' {
			break
		}
	}
	if n := foreignLetters(l.text[i:]); n > 0 {
		return l.foreignWord(i - from + n), true
	}
	word := l.text[from:i]
	if i < len(l.text) && l.text[i] == '\\' && continuation(l.text, i) > 0 && !l.fixed {
		if joined, ok := l.joinWord(word, i); ok {
			return joined, true
		}
	}
	if strings.HasPrefix(word, "__") {
		if t, ok := l.builtin(word); ok {
			return t, true
		}
	}
	if !scoped && !l.fixed {
		if m := l.macros.at(word, l.when); m != nil {
			return l.expand(m, word)
		}
	}
	if scoped && !l.fixed && l.macros.bodies {
		x := expansion{table: l.macros, when: l.when, budget: maxExpansion}
		if out := x.text(word, nil); out != word {
			if !l.mayExpand(len(out), l.here(len(word))) {
				out = ""
			}
			l.replay(strings.ReplaceAll(out, " ", ""), l.here(len(word)))
			l.at = i
			return token{}, false
		}
	}
	t := token{kind: tokenIdent, text: word, place: l.here(len(word)), doc: l.takeDoc()}
	if slice.IsKeyword(word) {
		t.kind = tokenKeyword
	}
	l.at = i
	return t, true
}

// foreignLetters is the length of the letters at the beginning of text, if the
// first is one that no name in Slice can have.
func foreignLetters(text string) int {
	if text == "" || text[0] < utf8.RuneSelf {
		return 0
	}
	n := 0
	for n < len(text) {
		r, size := utf8.DecodeRuneInString(text[n:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '_' {
			break
		}
		n += size
	}
	return n
}

// foreignWord reports a name of n bytes with letters that are not Slice's, and
// gives it as if it were right.
func (l *lex) foreignWord(n int) token {
	t := token{kind: tokenIdent, text: l.text[l.at : l.at+n], place: l.here(n), doc: l.takeDoc()}
	l.errors.add(t.place, "bad-character", "the name `"+clip(t.text)+"` has letters other than those of ASCII")
	l.at += n
	return t
}

// joinWord reads a word that goes on in the next line behind a backslash.
func (l *lex) joinWord(word string, i int) (token, bool) {
	pos := l.here(len(word))
	lines, start := 0, l.start
	for i < len(l.text) && continuation(l.text, i) > 0 {
		i += continuation(l.text, i)
		lines++
		start = i
		part := wordAt(l.text, i)
		word += part
		i += len(part)
		if part == "" {
			return token{}, false
		}
	}
	l.at, l.line, l.start = i, l.line+lines, start
	t := token{kind: tokenIdent, text: word, place: pos, doc: l.takeDoc()}
	if slice.IsKeyword(word) {
		t.kind = tokenKeyword
	}
	return t, true
}

// builtin reads the macros that stand for where they are.
func (l *lex) builtin(word string) (token, bool) {
	t := token{text: word, place: l.here(len(word))}
	switch word {
	case "__LINE__":
		t.kind, t.text = tokenInt, strconv.Itoa(t.place.line)
	case "__FILE__":
		t.kind, t.text = tokenString, `"`+strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(l.v.src.file.Path)+`"`
	default:
		return token{}, false
	}
	t.doc = l.takeDoc()
	l.at += len(word)
	return t, true
}

// mayExpand charges n bytes of a macro's expansion: all of them together must
// not be much larger than the file.
func (l *lex) mayExpand(n int, pos place) bool {
	if l.spent += n; l.spent <= len(l.v.src.text)+maxExpansion {
		return true
	}
	l.errors.add(pos, "limit", "the macros of this file expand to too much text")
	l.errors.count = maxErrors
	return false
}

// expand puts the expansion of a macro in front of the text.
func (l *lex) expand(m *macro, word string) (token, bool) {
	x := expansion{table: l.macros, when: l.when, budget: maxExpansion}
	pos := l.here(len(word))
	rest := l.text[l.at+len(word):]
	out, took, ok := x.use(m, rest, nil)
	if x.tooMuch {
		l.errors.add(pos, "limit", "the macro `"+clip(word)+"` expands to too much text")
		out = ""
	}
	l.at += len(word)
	if !ok && !x.tooMuch { // a function-like macro without arguments is a plain name
		return token{kind: tokenIdent, text: word, place: pos, doc: l.takeDoc()}, true
	}
	for i := range took {
		if rest[i] == '\n' {
			l.line++
			l.start = l.at + i + 1
		}
	}
	l.at += took
	if !l.mayExpand(len(out), pos) {
		out = ""
	}
	l.replay(out, pos)
	return token{}, false
}

func (l *lex) replay(text string, pos place) {
	l.expanded = &lex{v: l.v, macros: l.macros, when: l.when, text: text, fixed: true, pos: pos, errors: l.errors}
}

// number reads an integer or a floating-point number with its sign.
func (l *lex) number() token {
	i := l.at
	if l.text[i] == '+' || l.text[i] == '-' {
		i++
	}
	kind := lexer.TokenType(tokenInt)
	rest := l.text[i:]
	if strings.HasPrefix(rest, "0x") && len(rest) > 2 && isHex(rest[2]) {
		i += 2
		for i < len(l.text) && isHex(l.text[i]) {
			i++
		}
	} else {
		for i < len(l.text) && isDigit(l.text[i]) {
			i++
		}
		if i < len(l.text) && l.text[i] == '.' {
			kind = tokenFloat
			for i++; i < len(l.text) && isDigit(l.text[i]); i++ {
			}
		}
		if i < len(l.text) && (l.text[i] == 'e' || l.text[i] == 'E') {
			j := i + 1
			if j < len(l.text) && (l.text[j] == '+' || l.text[j] == '-') {
				j++
			}
			if j < len(l.text) && isDigit(l.text[j]) {
				kind = tokenFloat
				for i = j; i < len(l.text) && isDigit(l.text[i]); i++ {
				}
			}
		}
		if kind == tokenFloat && i < len(l.text) && (l.text[i] == 'f' || l.text[i] == 'F') {
			i++
		}
	}
	t := token{kind: kind, text: l.text[l.at:i], place: l.here(i - l.at), doc: l.takeDoc()}
	l.at = i
	return t
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

// quoted reads a string literal; its text keeps the quotes and escapes.
func (l *lex) quoted() token {
	from := l.at
	pos := l.here(1)
	line, start := l.line, l.start
	for i := l.at + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			if n := continuation(l.text, i); n > 0 {
				i += n - 1
				line++
				start = i + 1
			} else {
				i++
				if i < len(l.text) && l.text[i] == '\n' {
					i--
				}
			}
		case '"':
			l.at = i + 1
			l.line, l.start = line, start
			if line == pos.line && !l.fixed {
				pos.end = pos.col + l.at - from
			}
			return token{kind: tokenString, text: l.text[from:l.at], place: pos, doc: l.takeDoc()}
		case '\n':
			return l.openQuote(from, i, pos)
		}
	}
	return l.openQuote(from, len(l.text), pos)
}

// openQuote reports a string without an end and gives what there is of it.
func (l *lex) openQuote(from, end int, pos place) token {
	text := strings.TrimRight(l.text[from:end], "\r\\")
	if !l.fixed {
		pos.end = pos.col + len(text)
	}
	l.errors.add(pos, "unterminated-string", "this string has no end on its line")
	l.at = end
	return token{kind: tokenString, text: text + `"`, place: pos, doc: l.takeDoc(), openEnd: true}
}
