package parser

import (
	"strings"
	"sync"

	"github.com/slice2go/slice2go/slice"
)

// Limits of the preprocessor.
const (
	maxIncludeDepth     = 200
	maxConditionalDepth = 1000
	maxIncludes         = 100_000
	maxVariants         = 100
	maxRescans          = 20 // how often, on average, a byte is gone through
)

// place is a position in a file, without the file.
type place struct{ line, col, end int }

// in is p as a position in f. The numbers fit: see maxFileSize.
func (p place) in(f *slice.File) slice.Pos {
	return slice.Pos{File: f, Line: int32(p.line), Col: int32(p.col), EndCol: int32(p.end)}
}

// segment is a stretch of text that the conditions leave in, or an include.
type segment struct {
	start, end int    // offsets into the text
	line       int    // of start
	when       moment // for the macros in it
	include    *variant
	base       *variant // of an include, what the unit shows of the file where it came by it first
	pos        place    // of the include
}

// same reports whether two segments of a file say the same, but for macros in
// their text.
func (s *segment) same(t *segment) bool {
	return s.start == t.start && s.end == t.end && s.base == t.base && (s.base != nil || s.include == t.include)
}

// variant is a file as one set of macros makes it. Nearly always there is one
// for a file; a file whose conditions ask for macros of its includers can have
// more.
type variant struct {
	src      *source
	segments []segment
	asked    []question // what the conditions asked of macros that the file did not define itself
	effects  []effect
	done     bool
	// incomplete reports that an include was not found.
	incomplete bool
	repeats    bool // including it again in one translation unit defines everything again
	first      bool // it is what a translation unit came by first of the file
	text       bool // there is more in it than includes, comments and blanks
	shown      bool // it is part of a unit, and so to be parsed
	began      moment
	words      []string // the different words in its text, once they were asked for
	diags      slice.Diagnostics
	once       sync.Once
	syntax     *slice.Source
}

// question is a macro that a condition asked for, and the answer.
type question struct {
	name   string
	answer *macro
}

// effect is something that a file leaves behind: a #define or #undef, or all
// that an included variant does. So what an include does is written down once,
// however many files it is below.
type effect struct {
	name  string
	macro *macro
	from  *variant
}

// preprocessor goes through translation units and finds what is to be parsed.
type preprocessor struct {
	*loader
	macros   *macros
	start    int // of the translation unit, as a time of macros
	stack    []*variant
	includes int
	scanned  int // bytes gone through
	// inUnit has the files that this translation unit came by, each with the
	// variant that its definitions are in; nil while the file is gone through
	// for the first time.
	inUnit   map[*source]*variant
	variants []*variant // in the order of their completion
	limited  bool       // it was said that there are too many includes
}

// fileScan goes through the lines of one file.
type fileScan struct {
	*preprocessor
	v       *variant
	text    string
	at      int
	line    int
	groups  []group
	began   int             // as a time of macros
	asked   map[string]bool // the names in v.asked
	segFrom int
	segLine int
}

func (f *fileScan) live() bool {
	return len(f.groups) == 0 || f.groups[len(f.groups)-1].live
}

func (f *fileScan) errorAt(pos place, id, message string, notes ...slice.Note) {
	f.v.diags.Add(slice.Diagnostic{ID: id, Pos: f.pos(pos), Message: message, Notes: notes})
}

func (f *fileScan) warnAt(pos place, id, message string) {
	f.v.diags.Add(slice.Diagnostic{Severity: slice.Warning, ID: id, Pos: f.pos(pos), Message: message})
}

func (f *fileScan) pos(p place) slice.Pos {
	return p.in(f.v.src.file)
}

func (f *fileScan) run() {
	if strings.HasPrefix(f.text, "\xff\xfe") || strings.HasPrefix(f.text, "\xfe\xff") {
		f.errorAt(place{line: 1, col: 1, end: 3}, "encoding", "this file is in UTF-16; Slice files are in UTF-8")
		return
	}
	f.at = bodyStart(f.text)
	f.segFrom, f.segLine = f.at, 1
	for f.at < len(f.text) {
		if i, lines := skipBlanks(f.text, f.at); i < len(f.text) && f.text[i] == '#' {
			f.flush(f.at)
			f.line += lines
			f.directive(i)
			f.segFrom, f.segLine = f.at, f.line
			continue
		}
		f.skipLine()
	}
	f.flush(len(f.text))
	for _, g := range f.groups {
		f.errorAt(place{line: g.line, col: 1}, "unterminated-if", "this conditional has no #endif")
	}
}

// skipBlanks returns the first place from i on where there is neither a blank nor a
// comment that ends, and how many lines the comments before it go over.
func skipBlanks(text string, i int) (at, lines int) {
	for {
		for i < len(text) && isBlank(text[i]) {
			i++
		}
		if !strings.HasPrefix(text[i:], "/*") {
			return i, lines
		}
		end := strings.Index(text[i+2:], "*/")
		if end < 0 {
			return i, lines
		}
		end += i + 4
		lines += strings.Count(text[i:end], "\n")
		i = end
	}
}

// flush ends the segment of live text that began at segFrom.
func (f *fileScan) flush(end int) {
	if f.live() && end > f.segFrom {
		f.v.text = f.v.text || !onlyComments(f.text[f.segFrom:end])
		f.v.segments = append(f.v.segments, segment{
			start: f.segFrom, end: end, line: f.segLine, when: moment{f.start, f.macros.now},
		})
	}
}

// skipLine goes behind the end of the line, or of the line in which a comment
// that begins here ends. Quoted text hides comments.
func (f *fileScan) skipLine() {
	for f.at < len(f.text) {
		switch f.text[f.at] {
		case '\n':
			f.at++
			f.line++
			return
		case '"':
			f.skipString()
			continue
		case '\\':
			if n := continuation(f.text, f.at); n > 0 {
				f.at += n
				f.line++
				continue
			}
		case '/':
			if f.skipComment() {
				continue
			}
		}
		f.at++
	}
}

func (f *fileScan) skipString() {
	for f.at++; f.at < len(f.text); f.at++ {
		switch f.text[f.at] {
		case '\\':
			if n := continuation(f.text, f.at); n > 0 {
				f.at += n - 1
				f.line++
			} else {
				f.at++
				if f.at < len(f.text) && f.text[f.at] == '\n' {
					return
				}
			}
		case '"':
			f.at++
			return
		case '\n':
			return
		}
	}
	f.at = min(f.at, len(f.text))
}

// skipComment goes behind the comment that begins at f.at, if one does.
func (f *fileScan) skipComment() bool {
	if f.at+1 >= len(f.text) {
		return false
	}
	switch f.text[f.at+1] {
	case '/':
		for f.at < len(f.text) && f.text[f.at] != '\n' {
			if n := continuation(f.text, f.at); n > 0 {
				f.at += n
				f.line++
				continue
			}
			f.at++
		}
		return true
	case '*':
		end := strings.Index(f.text[f.at+2:], "*/")
		if end < 0 { // the lexer reports it
			f.line += strings.Count(f.text[f.at:], "\n")
			f.at = len(f.text)
			return true
		}
		end += f.at + 4
		f.line += strings.Count(f.text[f.at:end], "\n")
		f.at = end
		return true
	}
	return false
}

// onlyComments reports whether there is nothing in text but blanks and comments.
func onlyComments(text string) bool {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case isBlank(c), c == '\n', c == 0, c == '\\' && continuation(text, i) > 0:
		case strings.HasPrefix(text[i:], "//"):
			end := strings.IndexByte(text[i:], '\n')
			if end < 0 {
				return true
			}
			i += end - 1
			if c := strings.TrimRight(text[i-1:i+1], "\r"); strings.HasSuffix(c, `\`) {
				return false // the comment goes on; rare enough not to care
			}
		case strings.HasPrefix(text[i:], "/*"):
			end := strings.Index(text[i+2:], "*/")
			if end < 0 {
				return true
			}
			i += end + 3
		default:
			return false
		}
	}
	return true
}

// continuation returns the length of a backslash and line end at i, or 0.
func continuation(text string, i int) int {
	if text[i] != '\\' {
		return 0
	}
	if strings.HasPrefix(text[i+1:], "\n") {
		return 2
	}
	if strings.HasPrefix(text[i+1:], "\r\n") {
		return 3
	}
	return 0
}

// directive handles the directive whose # stands at hash.
func (f *fileScan) directive(hash int) {
	line := f.line
	lineStart := strings.LastIndexByte(f.text[:hash], '\n') + 1
	begin, lines := skipBlanks(f.text, hash+1)
	f.line += lines
	word := wordAt(f.text, begin)
	f.at = begin + len(word)
	argStart := f.at
	for argStart < len(f.text) && isBlank(f.text[argStart]) {
		argStart++
	}
	arg := f.logicalLine()
	d := directive{
		word: word,
		arg:  strings.TrimSpace(arg),
		raw:  arg,
		pos:  place{line, hash - lineStart + 1, begin + len(word) - lineStart + 1},
	}
	d.argPos = place{line, argStart - lineStart + 1, argStart - lineStart + 1 + len(d.arg)}
	if d.arg == "" {
		d.argPos = d.pos
	}
	f.handle(d)
}

// directive is one preprocessor line.
type directive struct {
	word, arg   string
	raw         string // arg with the blanks before it
	pos, argPos place
}

// logicalLine reads up to the end of the line, with continuations joined, in quoted
// text too, and comments taken out.
func (f *fileScan) logicalLine() string {
	return splices.Replace(f.physicalLines())
}

var splices = strings.NewReplacer("\\\n", "", "\\\r\n", "")

func (f *fileScan) physicalLines() string {
	var out strings.Builder
	from := f.at
	for f.at < len(f.text) {
		switch f.text[f.at] {
		case '\n':
			out.WriteString(f.text[from:f.at])
			f.at++
			f.line++
			return out.String()
		case '"':
			f.skipString()
			continue
		case '\\':
			if n := continuation(f.text, f.at); n > 0 {
				out.WriteString(f.text[from:f.at])
				f.at += n
				f.line++
				from = f.at
				continue
			}
		case '/':
			here := f.at
			if f.skipComment() {
				out.WriteString(f.text[from:here])
				out.WriteByte(' ')
				from = f.at
				continue
			}
		}
		f.at++
	}
	out.WriteString(f.text[from:min(f.at, len(f.text))])
	return out.String()
}
