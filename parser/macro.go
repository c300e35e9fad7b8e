package parser

import (
	"slices"
	"sort"
	"strings"
)

// Limits of one use of a macro: the bytes that it may expand to, and the
// macros within it that may be replaced, some of which may leave nothing.
const (
	maxExpansion = 1 << 16
	maxReplaced  = 1 << 12
)

// macro is what a #define says. Params is nil for an object-like macro.
type macro struct {
	name     string
	params   []string
	variadic bool // the last parameter takes all arguments that are left
	body     string
	pos      place
}

// same reports whether two macros stand for the same.
func (m *macro) same(n *macro) bool {
	return m.body == n.body && (m.params == nil) == (n.params == nil) && slices.Equal(m.params, n.params)
}

// macroEvent is a definition (or, with a nil macro, its removal) at a time.
type macroEvent struct {
	time  int
	macro *macro
}

// macros knows every macro at every time of a run. The preprocessor goes
// through all files first and the lexer comes later, on several goroutines, so
// the table keeps the history: what a name meant where a line stood.
type macros struct {
	now     int
	history map[string][]macroEvent
	command map[string]*macro // by -D and -U
	bodies  bool              // a macro that stands for something was defined in a file
}

func newMacros() *macros {
	return &macros{history: map[string][]macroEvent{}, command: map[string]*macro{}}
}

// define makes name stand for m from now on; a nil m removes it.
func (t *macros) define(name string, m *macro) {
	t.now++
	if m != nil && m.body != "" {
		t.bodies = true
	}
	t.history[name] = append(t.history[name], macroEvent{t.now, m})
}

// changed reports whether name was defined or removed after the given time.
func (t *macros) changed(name string, since int) bool {
	events := t.history[name]
	return len(events) > 0 && events[len(events)-1].time > since
}

// stands reports whether name was last made to stand for m after the given time.
func (t *macros) stands(name string, m *macro, since int) bool {
	events := t.history[name]
	return t.changed(name, since) && events[len(events)-1].macro == m
}

// moment is a point in the life of a translation unit, at which every macro
// has one meaning.
type moment struct{ start, time int }

// at returns what name stood for at m, or nil.
func (t *macros) at(name string, m moment) *macro {
	if events, ok := t.history[name]; ok {
		i := sort.Search(len(events), func(i int) bool { return events[i].time > m.time }) - 1
		if i >= 0 && events[i].time > m.start {
			return events[i].macro
		}
	}
	return t.command[name]
}

// expansion replaces macros in text. It fails when the result grows beyond
// maxExpansion.
type expansion struct {
	table   *macros
	when    moment
	keep    func(name string) bool // names that must stay, may be nil
	budget  int
	steps   int
	tooMuch bool
}

// use expands one use of m, whose name was just read; rest is the text behind
// the name. It returns the expansion and how much of rest it took (the
// arguments), or ok false where a function-like macro has no arguments.
func (x *expansion) use(m *macro, rest string, hidden []string) (out string, took int, ok bool) {
	if x.steps++; x.steps > maxReplaced {
		x.tooMuch = true
		return "", 0, true
	}
	body := m.body
	if m.params != nil {
		most := 0
		if m.variadic {
			most = len(m.params)
		}
		args, n, found := macroArgs(rest, most)
		if m.variadic && len(args) == len(m.params)-1 {
			args = append(args, "")
		}
		if !found || len(args) != len(m.params) && !(len(m.params) == 0 && len(args) == 1 && args[0] == "") {
			return "", 0, false
		}
		took = n
		body = x.substitute(m, args, hidden)
	}
	if x.budget -= len(body); x.budget < 0 {
		x.tooMuch = true
		return "", took, true
	}
	return x.text(body, append(hidden[:len(hidden):len(hidden)], m.name)), took, true
}

// text expands all macros in text but the hidden ones.
func (x *expansion) text(text string, hidden []string) string {
	if x.tooMuch {
		return ""
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\'':
			end := skipQuoted(text, i)
			out.WriteString(text[i:end])
			i = end
		case isLetter(c):
			end := i + 1
			for end < len(text) && isWord(text[end]) {
				end++
			}
			word := text[i:end]
			i = end
			m := x.table.at(word, x.when)
			if m == nil || slices.Contains(hidden, word) || x.keep != nil && x.keep(word) || len(hidden) > 64 {
				out.WriteString(word)
				break
			}
			expanded, took, ok := x.use(m, text[end:], hidden)
			if !ok {
				out.WriteString(word)
				break
			}
			i += took
			out.WriteByte(' ')
			out.WriteString(expanded)
			out.WriteByte(' ')
		case isDigit(c): // a number may hold letters that are no macro
			end := i + 1
			for end < len(text) && (isWord(text[end]) || text[end] == '.') {
				end++
			}
			out.WriteString(text[i:end])
			i = end
		default:
			out.WriteByte(c)
			i++
		}
		if out.Len() > x.budget+len(text) {
			x.tooMuch = true
			return ""
		}
	}
	x.budget -= max(0, out.Len()-len(text))
	return out.String()
}

// substitute puts the arguments into the body of m: as written beside # and
// ##, expanded elsewhere.
func (x *expansion) substitute(m *macro, args []string, hidden []string) string {
	var out strings.Builder
	body := m.body
	for i := 0; i < len(body) && out.Len() <= x.budget; {
		switch c := body[i]; {
		case c == '"' || c == '\'':
			end := skipQuoted(body, i)
			out.WriteString(body[i:end])
			i = end
		case strings.HasPrefix(body[i:], "##"):
			s := strings.TrimRight(out.String(), " \t")
			out.Reset()
			out.WriteString(s)
			i += 2
			for i < len(body) && isBlank(body[i]) {
				i++
			}
		case c == '#':
			j := i + 1
			for j < len(body) && isBlank(body[j]) {
				j++
			}
			word := wordAt(body, j)
			if k := slices.Index(m.params, word); k >= 0 {
				out.WriteString(stringify(args[k]))
				i = j + len(word)
				break
			}
			out.WriteByte(c)
			i++
		case isLetter(c):
			word := wordAt(body, i)
			i += len(word)
			k := slices.Index(m.params, word)
			switch {
			case k < 0:
				out.WriteString(word)
			case strings.HasPrefix(strings.TrimLeft(body[i:], " \t"), "##") || strings.HasSuffix(strings.TrimRight(body[:i-len(word)], " \t"), "##"):
				out.WriteString(args[k])
			default:
				out.WriteString(x.text(args[k], hidden))
			}
		default:
			out.WriteByte(c)
			i++
		}
	}
	if out.Len() > x.budget {
		x.tooMuch = true
		return ""
	}
	return out.String()
}

// stringify makes a string literal of an argument, as a C preprocessor does:
// blanks and comments become one space, and quotes and backslashes within quoted
// text are escaped.
func stringify(arg string) string {
	var out strings.Builder
	out.WriteByte('"')
	space := false
	for i := 0; i < len(arg); {
		end := i + 1
		switch c := arg[i]; {
		case isBlank(c) || c == '\n':
			space = true
			i++
			continue
		case c == '/' && commentEnd(arg, i) > 0:
			space = true
			i = commentEnd(arg, i)
			continue
		case c == '"' || c == '\'':
			end = skipQuoted(arg, i)
		}
		if space && out.Len() > 1 {
			out.WriteByte(' ')
		}
		space = false
		if text := arg[i:end]; len(text) > 1 {
			out.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text))
		} else {
			out.WriteString(text)
		}
		i = end
	}
	out.WriteByte('"')
	return out.String()
}

// commentEnd returns the end of the comment that begins at i, or 0 if none does.
func commentEnd(text string, i int) int {
	switch {
	case strings.HasPrefix(text[i:], "/*"):
		if end := strings.Index(text[i+2:], "*/"); end >= 0 {
			return i + end + 4
		}
	case strings.HasPrefix(text[i:], "//"):
		if end := strings.IndexByte(text[i:], '\n'); end >= 0 {
			return i + end
		}
		return len(text)
	}
	return 0
}

// macroArgs reads "(a, b)" at the beginning of text and returns the arguments
// and the length of it all. With most, the last of so many arguments holds all
// that are left, commas and all.
func macroArgs(text string, most int) (args []string, n int, ok bool) {
	i := 0
	for i < len(text) && (isBlank(text[i]) || text[i] == '\n' || text[i] == '\r') {
		i++
	}
	if i == len(text) || text[i] != '(' {
		return nil, 0, false
	}
	i++
	start, depth := i, 0
	for i < len(text) && i < maxExpansion {
		switch c := text[i]; c {
		case '"', '\'':
			i = skipQuoted(text, i)
			continue
		case '/':
			if end := commentEnd(text, i); end > 0 {
				i = end
				continue
			}
		case '(':
			depth++
		case ',':
			if depth == 0 && (most == 0 || len(args) < most-1) {
				args = append(args, strings.TrimSpace(text[start:i]))
				start = i + 1
			}
		case ')':
			if depth == 0 {
				return append(args, strings.TrimSpace(text[start:i])), i + 1, true
			}
			depth--
		}
		i++
	}
	return nil, 0, false
}

// skipQuoted returns the end of the quoted text that begins at i.
func skipQuoted(text string, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case quote:
			return i + 1
		case '\n':
			return i
		}
	}
	return len(text)
}

// wordAt returns the identifier at i, or "".
func wordAt(text string, i int) string {
	end := i
	for end < len(text) && isWord(text[end]) {
		end++
	}
	return text[i:end]
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }
func isBlank(c byte) bool  { return c == ' ' || c == '\t' || c == '\f' || c == '\v' || c == '\r' }
