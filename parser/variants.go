package parser

import (
	"slices"
)

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
