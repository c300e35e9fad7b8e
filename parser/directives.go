package parser

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/slice2go/slice2go/slice"
)

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
