package parser

import (
	"errors"
	"strings"
)

// group is one #if … #endif.
type group struct {
	line   int
	live   bool // the lines of the present branch count
	taken  bool // a branch was taken
	outer  bool // the lines around the group count
	inElse bool
}

func (f *fileScan) openGroup(d directive) {
	g := group{line: d.pos.line, outer: f.live()}
	if len(f.groups) >= maxConditionalDepth {
		f.errorAt(d.pos, "limit", "conditionals are nested too deeply")
		f.at = len(f.text)
		f.groups = nil
		return
	}
	if g.outer {
		g.live = f.test(d)
		g.taken = g.live
	}
	f.groups = append(f.groups, g)
}

func (f *fileScan) nextBranch(d directive) {
	if len(f.groups) == 0 {
		f.errorAt(d.pos, "bad-directive", "#"+d.word+" without #if")
		return
	}
	g := &f.groups[len(f.groups)-1]
	if g.inElse {
		f.errorAt(d.pos, "bad-directive", "#"+d.word+" after #else")
		return
	}
	switch {
	case d.word == "else":
		f.noExtra(d, d.arg)
		g.inElse = true
		g.live = g.outer && !g.taken
	case !g.outer || g.taken:
		g.live = false
	default:
		g.live = f.test(d)
	}
	g.taken = g.taken || g.live
}

func (f *fileScan) closeGroup(d directive) {
	if len(f.groups) == 0 {
		f.errorAt(d.pos, "bad-directive", "#endif without #if")
		return
	}
	f.noExtra(d, d.arg)
	f.groups = f.groups[:len(f.groups)-1]
}

// test decides an #if, #elif, #ifdef or #ifndef.
func (f *fileScan) test(d directive) bool {
	if d.arg == "" {
		f.errorAt(d.pos, "bad-directive", "#"+d.word+" needs something to test")
		return false
	}
	if d.word == "ifdef" || d.word == "ifndef" {
		name := wordAt(d.arg, 0)
		if name == "" || !isLetter(name[0]) {
			f.errorAt(d.argPos, "bad-directive", "#"+d.word+" needs the name of a macro")
			return false
		}
		f.noExtra(d, d.arg[len(name):])
		return f.ask(name) != nil == (d.word == "ifdef")
	}
	text, err := f.replaceDefined(d.arg)
	if err == nil {
		x := &expansion{table: f.macros, when: moment{f.start, f.macros.now}, budget: maxExpansion,
			keep: func(name string) bool { f.ask(name); return false }}
		f.askAll(text)
		if text = x.text(text, nil); x.tooMuch {
			err = errors.New("the macros in the condition expand to too much text")
		}
	}
	var truth bool
	if err == nil {
		truth, err = condition(text)
	}
	if err != nil {
		f.errorAt(d.argPos, "bad-condition", err.Error())
	}
	return truth
}

// askAll notes every name of a condition as asked for.
func (f *fileScan) askAll(text string) {
	for i := 0; i < len(text); {
		if !isWord(text[i]) {
			i++
			continue
		}
		word := wordAt(text, i)
		if isLetter(word[0]) {
			f.ask(word)
		}
		i += len(word)
	}
}

// ask looks a macro up for a condition, and remembers the answer if it came
// from outside the file.
func (f *fileScan) ask(name string) *macro {
	m := f.macros.at(name, moment{f.start, f.macros.now})
	if f.macros.changed(name, f.began) || f.asked[name] {
		return m
	}
	f.asked[name] = true
	f.v.asked = append(f.v.asked, question{name, m})
	return m
}

// askFor takes over what an included file asked of macros that come from
// further out: this file is another, too, where the answers are others. What
// the include asked and then defined is its guard.
func (f *fileScan) askFor(v *variant) {
	now := moment{f.start, f.macros.now}
	for _, q := range v.asked {
		if f.exhausted() {
			return // include reports it
		}
		f.scanned += stepPrice
		if f.macros.at(q.name, now) == q.answer && !f.macros.changed(q.name, f.began) && !f.asked[q.name] {
			f.scanned += askPrice
			f.asked[q.name] = true
			f.v.asked = append(f.v.asked, q)
		}
	}
}

// replaceDefined puts 1 or 0 for "defined X" and "defined(X)".
func (f *fileScan) replaceDefined(text string) (string, error) {
	var out strings.Builder
	for i := 0; i < len(text); {
		c := text[i]
		if !isWord(c) {
			out.WriteByte(c)
			i++
			continue
		}
		word := wordAt(text, i)
		i += len(word)
		if word != "defined" {
			out.WriteString(word)
			continue
		}
		rest := strings.TrimLeft(text[i:], " \t")
		closing := strings.HasPrefix(rest, "(")
		if closing {
			rest = strings.TrimLeft(rest[1:], " \t")
		}
		name := wordAt(rest, 0)
		if name == "" || !isLetter(name[0]) {
			return "", errors.New("`defined` needs the name of a macro")
		}
		rest = rest[len(name):]
		if closing {
			rest = strings.TrimLeft(rest, " \t")
			if !strings.HasPrefix(rest, ")") {
				return "", errors.New("`defined(` without `)`")
			}
			rest = rest[1:]
		}
		if f.ask(name) != nil {
			out.WriteString(" 1 ")
		} else {
			out.WriteString(" 0 ")
		}
		i = len(text) - len(rest)
	}
	return out.String(), nil
}
