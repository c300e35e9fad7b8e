package parser

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxConditionDepth bounds the nesting of parentheses and unary operators in
// the condition of an #if.
const maxConditionDepth = 200

// condition evaluates the integer expression of an #if or #elif, in which
// macros were expanded and "defined" was replaced. Names that are left are 0.
func condition(text string) (bool, error) {
	c := &cond{text: text}
	v, err := c.ternary(true)
	if err != nil {
		return false, err
	}
	if c.skip(); c.at < len(c.text) {
		return false, fmt.Errorf("unexpected `%s` in the condition", clip(c.text[c.at:]))
	}
	return v != 0, nil
}

// cond is a recursive-descent evaluator. Operands that do not count (the right
// of `0 &&`) are parsed with live false, so that a division by zero there is
// no error.
type cond struct {
	text  string
	at    int
	depth int
}

var errConditionEnd = errors.New("the condition ends too early")

func (c *cond) skip() {
	for c.at < len(c.text) && (isBlank(c.text[c.at]) || c.text[c.at] == '\n') {
		c.at++
	}
}

func (c *cond) accept(op string) bool {
	c.skip()
	if !strings.HasPrefix(c.text[c.at:], op) {
		return false
	}
	c.at += len(op)
	return true
}

func (c *cond) ternary(live bool) (int64, error) {
	if c.depth++; c.depth > maxConditionDepth {
		return 0, errors.New("the condition is nested too deeply")
	}
	defer func() { c.depth-- }()
	v, err := c.binary(0, live)
	if err != nil || !c.accept("?") {
		return v, err
	}
	a, err := c.ternary(live && v != 0)
	if err != nil {
		return 0, err
	}
	if !c.accept(":") {
		return 0, errors.New("`?` without `:` in the condition")
	}
	b, err := c.ternary(live && v == 0)
	if v != 0 {
		return a, err
	}
	return b, err
}

// conditionOps lists the binary operators by precedence, the loosest first;
// within a level longer spellings come first.
var conditionOps = [][]string{
	{"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<=", ">=", "<", ">"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"},
}

// operator reads an operator of the given level, but not the beginning of a
// longer one of another level.
func (c *cond) operator(level int) string {
	c.skip()
	rest := c.text[c.at:]
	for _, op := range conditionOps[level] {
		if !strings.HasPrefix(rest, op) {
			continue
		}
		if len(op) == 1 && len(rest) > 1 {
			two := rest[:2]
			if two == "||" || two == "&&" || two == "<<" || two == ">>" || two == "!=" {
				continue
			}
		}
		c.at += len(op)
		return op
	}
	return ""
}

func (c *cond) binary(level int, live bool) (int64, error) {
	if level == len(conditionOps) {
		return c.unary(live)
	}
	v, err := c.binary(level+1, live)
	for err == nil {
		op := c.operator(level)
		if op == "" {
			return v, nil
		}
		right := live
		switch op {
		case "||":
			right = live && v == 0
		case "&&":
			right = live && v != 0
		}
		var w int64
		if w, err = c.binary(level+1, right); err == nil {
			v, err = apply(op, v, w, live)
		}
	}
	return v, err
}

func apply(op string, v, w int64, live bool) (int64, error) {
	truth := func(b bool) int64 {
		if b {
			return 1
		}
		return 0
	}
	switch op {
	case "||":
		return truth(v != 0 || w != 0), nil
	case "&&":
		return truth(v != 0 && w != 0), nil
	case "|":
		return v | w, nil
	case "^":
		return v ^ w, nil
	case "&":
		return v & w, nil
	case "==":
		return truth(v == w), nil
	case "!=":
		return truth(v != w), nil
	case "<":
		return truth(v < w), nil
	case ">":
		return truth(v > w), nil
	case "<=":
		return truth(v <= w), nil
	case ">=":
		return truth(v >= w), nil
	case "<<":
		return v << (uint64(w) & 63), nil
	case ">>":
		return v >> (uint64(w) & 63), nil
	case "+":
		return v + w, nil
	case "-":
		return v - w, nil
	case "*":
		return v * w, nil
	}
	if w == 0 {
		if live {
			return 0, errors.New("division by zero in the condition")
		}
		return 0, nil
	}
	if op == "/" {
		return v / w, nil
	}
	return v % w, nil
}

func (c *cond) unary(live bool) (int64, error) {
	if c.depth++; c.depth > maxConditionDepth {
		return 0, errors.New("the condition is nested too deeply")
	}
	defer func() { c.depth-- }()
	c.skip()
	if c.at == len(c.text) {
		return 0, errConditionEnd
	}
	switch ch := c.text[c.at]; {
	case ch == '!' || ch == '-' || ch == '+' || ch == '~':
		c.at++
		v, err := c.unary(live)
		switch {
		case ch == '-':
			v = -v
		case ch == '~':
			v = ^v
		case ch == '!' && v == 0:
			v = 1
		case ch == '!':
			v = 0
		}
		return v, err
	case ch == '(':
		c.at++
		v, err := c.ternary(live)
		if err == nil && !c.accept(")") {
			err = errors.New("`(` without `)` in the condition")
		}
		return v, err
	case ch == '\'':
		return c.character()
	case isDigit(ch):
		word := wordAt(c.text, c.at)
		c.at += len(word)
		digits := strings.TrimRight(word, "uUlL")
		n, err := strconv.ParseUint(digits, 0, 64)
		if err != nil || strings.Contains(digits, "_") {
			return 0, fmt.Errorf("`%s` is no integer", clip(word))
		}
		return int64(n), nil
	case isLetter(ch):
		c.at += len(wordAt(c.text, c.at))
		return 0, nil
	}
	return 0, fmt.Errorf("unexpected `%s` in the condition", clip(c.text[c.at:]))
}

func (c *cond) character() (int64, error) {
	end := skipQuoted(c.text, c.at)
	r, _, tail, err := strconv.UnquoteChar(c.text[c.at+1:end], '\'')
	if err != nil || tail != "'" {
		return 0, fmt.Errorf("`%s` is no character", clip(c.text[c.at:end]))
	}
	c.at = end
	return int64(r), nil
}

// clip shortens text that goes into a message.
func clip(s string) string {
	const most = 40
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[:i]
	}
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
