package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/slice2go/slice2go/slice"
)

// simpleEscapes are the escapes of one letter.
var simpleEscapes = map[byte]byte{
	'\'': '\'', '"': '"', '?': '?', '\\': '\\', 'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

// unquote takes the quotes off a string literal and replaces its escapes:
// those of one letter, octal \377, hex \xFF, and characters \u00E9 and
// \U0001F600. An unknown escape keeps its backslash and is warned of.
func (r *reader) unquote(t *lexer.Token) string {
	text := strings.TrimSuffix(strings.TrimPrefix(t.Value, `"`), `"`)
	r.checkCharacters(text, t)
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		if text[i] != '\\' {
			out.WriteByte(text[i])
			i++
			continue
		}
		if n := continuation(text, i); n > 0 {
			i += n
			continue
		}
		i++
		if i == len(text) {
			out.WriteByte('\\')
			break
		}
		i += r.escape(&out, text[i:], t)
	}
	return out.String()
}

// checkCharacters refuses control characters and warns of what is no UTF-8.
func (r *reader) checkCharacters(text string, t *lexer.Token) {
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' || c == 0x7f {
			if c == '\n' || c == '\r' { // a continued line
				continue
			}
			r.errors.add(r.place(t), "string-character", "a string cannot hold a control character as it is",
				slice.Note{Message: "a tab is written \\t, others as \\x and two digits"})
			break
		}
	}
	if !utf8.ValidString(text) {
		r.errors.warn(r.place(t), "not-utf8", "this string is not UTF-8")
	}
}

// escape writes what the escape at the beginning of text (behind the
// backslash) stands for and returns its length.
func (r *reader) escape(out *strings.Builder, text string, t *lexer.Token) int {
	c := text[0]
	if s, ok := simpleEscapes[c]; ok {
		out.WriteByte(s)
		return 1
	}
	switch {
	case c >= '0' && c <= '7':
		v, n := 0, 0
		for n < 3 && n < len(text) && text[n] >= '0' && text[n] <= '7' {
			v = v*8 + int(text[n]-'0')
			n++
		}
		if v > 255 {
			r.badEscape(t, text[:n], "is larger than a byte")
		}
		out.WriteByte(byte(v))
		return n
	case c == 'x':
		v, n := hexDigits(text[1:], 2)
		if n == 0 {
			r.badEscape(t, "x", "needs a hexadecimal digit")
			return 1
		}
		out.WriteByte(byte(v))
		return 1 + n
	case c == 'u' || c == 'U':
		want := 4
		if c == 'U' {
			want = 8
		}
		v, n := hexDigits(text[1:], want)
		switch {
		case n < want:
			r.badEscape(t, text[:1+n], "needs "+map[int]string{4: "four", 8: "eight"}[want]+" hexadecimal digits")
		case v >= 0xD800 && v <= 0xDFFF || v > utf8.MaxRune:
			r.badEscape(t, text[:1+n], "is no Unicode character")
		default:
			out.WriteRune(rune(v))
		}
		return 1 + n
	}
	size := 1
	for size < len(text) && text[size]&0xC0 == 0x80 {
		size++
	}
	r.errors.warn(r.place(t), "unknown-escape", "`\\"+text[:size]+"` is no escape sequence")
	out.WriteByte('\\')
	out.WriteString(text[:size])
	return size
}

func (r *reader) badEscape(t *lexer.Token, escape, why string) {
	r.errors.add(r.place(t), "bad-escape", "the escape sequence `\\"+escape+"` "+why)
}

func hexDigits(text string, most int) (v, n int) {
	for n < most && n < len(text) && isHex(text[n]) {
		d := int(text[n]) - '0'
		if text[n] > '9' {
			d = int(text[n]|0x20) - 'a' + 10
		}
		v = v*16 + d
		n++
	}
	return v, n
}
