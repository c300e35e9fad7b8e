package parser

import (
	"errors"
	"io/fs"
	"slices"
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

// unit goes through one translation unit: an input with all its includes.
func (p *preprocessor) unit(s *source) *variant {
	p.start = p.macros.now
	p.inUnit = map[*source]*variant{}
	p.enter(s, p.start)
	v := p.inUnit[s]
	v.shown = true
	return v
}

// enter preprocesses s, or takes the variant that an earlier run through it
// gave under the same conditions. It returns nil for a file that includes
// itself without end. What the unit shows of the file is then in inUnit.
//
// since is when the file that includes it began.
func (p *preprocessor) enter(s *source, since int) *variant {
	_, seen := p.inUnit[s]
	if !seen {
		p.inUnit[s] = nil
	}
	for _, v := range s.variants {
		if !p.sameAnswers(v) || v.done && !p.sameWords(v) {
			continue
		}
		if !v.done {
			return nil
		}
		p.replay(v, since)
		p.inUnit[s] = p.represents(v, !seen)
		p.markIncludes(v)
		return v
	}
	p.scanned += len(s.text)
	v := &variant{src: s, first: !seen, began: moment{p.start, p.macros.now}}
	s.variants = append(s.variants, v)
	p.stack = append(p.stack, v)
	(&fileScan{preprocessor: p, v: v, text: s.text, line: 1, began: p.macros.now, asked: map[string]bool{}}).run()
	p.stack = p.stack[:len(p.stack)-1]
	v.done = true
	v.repeats = !s.once && p.sameAnswers(v)
	p.inUnit[s] = p.represents(v, !seen)
	p.variants = append(p.variants, v)
	return v
}

// exhausted reports that includes cost more than the size of all files warrants.
func (p *preprocessor) exhausted() bool { return p.scanned > maxRescans*p.size+1<<20 }

// withText gives v or, where an include guard left no definitions of it, the
// variant that the translation unit came by before: what that holds is in scope.
// Outside of the guard there may be comments, and includes that were seen before.
func (p *preprocessor) withText(v *variant) *variant {
	switch before := p.inUnit[v.src]; {
	case v.text:
		return v
	case before != nil:
		return before
	case len(v.segments) > 0:
		return v
	}
	return v.src.variants[0]
}

// represents gives the variant that stands for v in the present unit: one with
// the same text that an earlier unit came by, if there is one. The two differ in
// what their includes asked and defined only, and each file is parsed once.
func (p *preprocessor) represents(v *variant, first bool) *variant {
	v = p.withText(v)
	if !first {
		return v
	}
	for _, w := range v.src.variants {
		if w == v {
			break
		}
		if w.first && w.done && w.repeats == v.repeats && len(w.segments) > 0 && p.sameText(v, w) {
			return w
		}
	}
	return v
}

// sameText reports whether two variants of a file have the same segments, in
// which macros stand for the same.
func (p *preprocessor) sameText(v, w *variant) bool {
	if len(v.segments) != len(w.segments) || v.incomplete != w.incomplete {
		return false
	}
	for i := range v.segments {
		s, t := &v.segments[i], &w.segments[i]
		if !s.same(t) || p.macros.bodies && s.include == nil && !p.sameMacros(v.src.text[s.start:s.end], s.when, t.when) {
			return false
		}
	}
	return true
}

// sameMacros reports whether the words in text stand for the same at two moments.
func (p *preprocessor) sameMacros(text string, a, b moment) bool {
	for i := 0; i < len(text); {
		word := wordAt(text, i)
		if word == "" {
			i++
			continue
		}
		i += len(word)
		m, n := p.macros.at(word, a), p.macros.at(word, b)
		if m != n && (m == nil || n == nil || !m.same(n)) {
			return false
		}
	}
	p.scanned += len(text)
	return true
}

// sameWords reports whether the macros that come from outside stand for the same
// in the text of v as when it was gone through.
func (p *preprocessor) sameWords(v *variant) bool {
	if !p.macros.bodies {
		return true
	}
	if v.words == nil {
		v.words = []string{}
		met := map[string]bool{}
		for i := range v.segments {
			s := &v.segments[i]
			for at := s.start; at < s.end; {
				word := wordAt(v.src.text[:s.end], at)
				at += max(len(word), 1)
				if word != "" && !met[word] {
					met[word] = true
					v.words = append(v.words, word)
				}
			}
		}
	}
	p.scanned += len(v.words) / 4
	now := moment{p.start, p.macros.now}
	for _, word := range v.words {
		if len(p.macros.history[word]) == 0 {
			continue
		}
		m, n := p.macros.at(word, v.began), p.macros.at(word, now)
		if m != n && (m == nil || n == nil || !m.same(n)) && !v.defines(word) {
			return false
		}
	}
	return true
}

// defines reports whether v itself defines or removes a macro, so that its text
// does not depend on what the macro stood for outside.
func (v *variant) defines(name string) bool {
	return slices.ContainsFunc(v.effects, func(e effect) bool { return e.from == nil && e.name == name })
}

// The price of going through an include again, in bytes of text that are gone
// through: of each question and effect, of each macro that it defines anew, and
// of each question that its includer takes over.
const (
	stepPrice   = 1
	definePrice = 8
	askPrice    = 32
)

// replay has the effects of v again. What the includer defined so already, since
// it began, needs no second time.
func (p *preprocessor) replay(v *variant, since int) {
	for _, e := range v.effects {
		p.scanned += stepPrice
		if e.from != nil {
			p.replay(e.from, since)
		} else if !p.macros.stands(e.name, e.macro, since) {
			p.scanned += definePrice
			p.macros.define(e.name, e.macro)
		}
	}
}

// markIncludes notes that the files below v are part of the translation unit.
func (p *preprocessor) markIncludes(v *variant) {
	for i := range v.segments {
		if inc := v.segments[i].include; inc != nil && p.inUnit[inc.src] == nil {
			p.inUnit[inc.src] = inc
			p.markIncludes(inc)
		}
	}
}

func (p *preprocessor) sameAnswers(v *variant) bool {
	now := moment{p.start, p.macros.now}
	for _, q := range v.asked {
		p.scanned += stepPrice
		m := p.macros.at(q.name, now)
		if m != q.answer && (m == nil || q.answer == nil || m.body != q.answer.body) {
			return false
		}
	}
	return true
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

func (f *fileScan) handle(d directive) {
	switch d.word {
	case "if", "ifdef", "ifndef":
		f.openGroup(d)
		return
	case "elif", "else":
		f.nextBranch(d)
		return
	case "endif":
		f.closeGroup(d)
		return
	}
	if !f.live() {
		return
	}
	switch d.word {
	case "include":
		f.include(d)
	case "define":
		f.define(d)
	case "undef":
		name := wordAt(d.arg, 0)
		if name == "" || !isLetter(name[0]) {
			f.errorAt(d.argPos, "bad-directive", "#undef needs the name of a macro")
			return
		}
		f.noExtra(d, d.arg[len(name):])
		f.effect(name, nil)
	case "pragma":
		if strings.TrimSpace(d.arg) == "once" {
			f.v.src.once = true
			return
		}
		if word := wordAt(d.arg, 0); word == "" || !isLetter(word[0]) {
			f.warnAt(d.argPos, "bad-directive", "ignoring a #pragma that names nothing")
			return
		}
		f.errorAt(d.argPos, "bad-directive", "unknown pragma `"+clip(d.arg)+"`; Slice knows `#pragma once` only")
	case "error":
		f.errorAt(d.pos, "error-directive", strings.TrimSpace("#error "+d.arg))
	case "line":
		// It changes the lines that ZeroC reports; ours are those of the file.
		if digits := wordAt(d.arg, 0); digits == "" || !isDigit(digits[0]) {
			f.errorAt(d.argPos, "bad-directive", "#line needs a number")
		}
	case "":
		if d.arg != "" {
			f.errorAt(d.argPos, "bad-directive", "`"+clip(d.arg)+"` is no preprocessor directive")
		}
	default:
		f.errorAt(d.pos, "bad-directive", "unknown preprocessor directive #"+clip(d.word), nearDirective(d.word)...)
	}
}

func nearDirective(word string) []slice.Note {
	known := []string{"include", "define", "undef", "if", "ifdef", "ifndef", "elif", "else", "endif", "pragma", "error"}
	if near := slice.Nearest(word, known); near != "" {
		return []slice.Note{{Message: "did you mean `#" + near + "`?"}}
	}
	return nil
}

func (f *fileScan) noExtra(d directive, rest string) {
	if rest = strings.TrimSpace(rest); rest != "" {
		f.errorAt(d.argPos, "bad-directive", "unexpected `"+clip(rest)+"` at the end of #"+d.word)
	}
}

// effect defines or removes a macro and notes that the file did so.
func (f *fileScan) effect(name string, m *macro) {
	f.macros.define(name, m)
	f.v.effects = append(f.v.effects, effect{name: name, macro: m})
}

func (f *fileScan) define(d directive) {
	name := wordAt(d.arg, 0)
	if name == "" || !isLetter(name[0]) || name == "defined" {
		f.errorAt(d.argPos, "bad-directive", "#define needs a name that can be a macro")
		return
	}
	m := &macro{name: name, pos: d.argPos}
	rest := d.arg[len(name):]
	if strings.HasPrefix(rest, "(") {
		args, n, ok := macroArgs(rest, 0)
		if !ok {
			f.errorAt(d.argPos, "bad-directive", "the parameters of the macro `"+clip(name)+"` have no `)`")
			return
		}
		m.params = []string{}
		for i, a := range args {
			if len(args) == 1 && a == "" {
				break
			}
			if a == "..." && i == len(args)-1 {
				m.variadic = true
				a = "__VA_ARGS__"
			}
			if a == "" || !isLetter(a[0]) || wordAt(a, 0) != a || slices.Contains(m.params, a) {
				f.errorAt(d.argPos, "bad-directive", "`"+clip(a)+"` cannot be a parameter of the macro `"+clip(name)+"`")
				return
			}
			m.params = append(m.params, a)
		}
		rest = rest[n:]
	}
	if rest != "" && !isBlank(rest[0]) && m.params == nil {
		f.warnAt(d.argPos, "macro-space", "there is no space between the macro's name `"+clip(name)+"` and what it stands for")
	}
	m.body = strings.TrimSpace(rest)
	if old := f.macros.at(name, moment{f.start, f.macros.now}); old != nil && old.body != m.body {
		f.warnAt(d.argPos, "macro-redefined", "the macro `"+clip(name)+"` is redefined")
	}
	f.effect(name, m)
}

func (f *fileScan) include(d directive) {
	arg := d.arg
	if arg != "" && arg[0] != '"' && arg[0] != '<' {
		x := &expansion{table: f.macros, when: moment{f.start, f.macros.now}, budget: maxExpansion}
		arg = strings.TrimSpace(x.text(arg, nil))
	}
	name, quoted, ok := headerName(arg)
	if !ok {
		f.errorAt(d.argPos, "bad-directive", "#include needs a file name in quotes or angle brackets")
		return
	}
	if len(f.stack) >= maxIncludeDepth {
		f.errorAt(d.argPos, "include-depth", "includes are nested too deeply; does a file include itself without an include guard?")
		return
	}
	src, err := f.loader.include(f.v.src, name, quoted)
	if err != nil {
		f.includeFailed(d, name, err)
		return
	}
	if v, seen := f.inUnit[src]; src.once && seen {
		if v == nil {
			v = src.variants[len(src.variants)-1]
		}
		f.noteInclude(src.file)
		f.askFor(v)
		f.addInclude(v, v, d)
		return
	}
	if !src.file.IncludedAt.IsValid() {
		src.file.IncludedAt = f.pos(d.argPos)
	}
	f.noteInclude(src.file)
	if f.includes++; f.includes > maxIncludes || len(src.variants) > maxVariants || f.exhausted() {
		f.tooOften(d, name)
		return
	}
	before := f.inUnit[src]
	v := f.enter(src, f.began)
	if v == nil {
		f.errorAt(d.argPos, "include-cycle", "`"+clip(name)+"` includes itself without end",
			slice.Note{Message: "an include guard or #pragma once ends the circle"})
		return
	}
	if len(v.effects) > 0 {
		f.v.effects = append(f.v.effects, effect{from: v})
	}
	shown := f.inUnit[src]
	switch {
	case before != nil: // the file was asked for these the first time
		f.askFor(before)
	case v.text:
		f.askFor(v)
	default:
		f.askFor(shown)
	}
	if before == nil {
		before = shown
	}
	f.addInclude(shown, before, d)
	if f.exhausted() {
		f.tooOften(d, name)
	}
}

// tooOften says, once, that the includes cost more than their size warrants.
func (f *fileScan) tooOften(d directive, name string) {
	if !f.limited {
		f.errorAt(d.argPos, "limit", "`"+clip(name)+"` is included too often, or each time with other macros")
	}
	f.limited = true
}

func (f *fileScan) addInclude(v, base *variant, d directive) {
	v.shown = true
	f.v.segments = append(f.v.segments, segment{include: v, base: base, pos: d.argPos, line: d.pos.line})
}

// noteInclude lists a file among those that this one includes.
func (f *fileScan) noteInclude(file *slice.File) {
	own := f.v.src.file
	for _, have := range own.Includes {
		if have == file {
			return
		}
	}
	own.Includes = append(own.Includes, file)
}

func (f *fileScan) includeFailed(d directive, name string, err error) {
	f.v.incomplete = true
	var missing *includeError
	if errors.As(err, &missing) {
		notes := []slice.Note{{Message: missing.hint()}}
		if near := f.nearInclude(missing); near != "" {
			notes = append(notes, slice.Note{Message: "did you mean `" + clip(near) + "`?"})
		}
		f.errorAt(d.argPos, "missing-include", missing.Error(), notes...)
		return
	}
	message := "cannot read the include file `" + clip(name) + "`: " + err.Error()
	if errors.Is(err, fs.ErrPermission) {
		message = "cannot read the include file `" + clip(name) + "`: permission denied"
	}
	f.errorAt(d.argPos, "missing-include", message)
}

// headerName takes the quotes or brackets off an include's argument.
func headerName(arg string) (name string, quoted, ok bool) {
	if len(arg) < 3 {
		return "", false, false
	}
	closing := byte('>')
	if arg[0] == '"' {
		closing, quoted = '"', true
	} else if arg[0] != '<' {
		return "", false, false
	}
	end := strings.IndexByte(arg[1:], closing) + 1
	if end < 2 || strings.TrimSpace(arg[end+1:]) != "" {
		return "", false, false
	}
	return arg[1:end], quoted, true
}
