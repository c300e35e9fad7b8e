package syntax

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// Bounds of a query. Nesting counts parentheses, brackets and cases.
const (
	MaxBytes   = 1 << 20
	MaxNesting = 100
)

// Error says where a text is not HQL.
type Error struct {
	Pos     Pos
	Message string
}

// Error gives the place and what is wrong.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Pos.Line, e.Pos.Column, e.Message)
}

// Parse reads a select statement. Its errors are *Error.
func Parse(text string) (*Query, error) {
	if err := bounded(text); err != nil {
		return nil, err
	}
	tree, err := grammar.ParseString("", text)
	if err != nil {
		return nil, explain(text, err)
	}
	l := lowering{}
	return l.query(tree), l.err
}

// bounded keeps texts from the parser that would make it recurse deeply.
func bounded(text string) error {
	if len(text) > MaxBytes {
		return &Error{Pos{0, 1, 1}, fmt.Sprintf("the query has %d bytes, more than %d", len(text), MaxBytes)}
	}
	if !utf8.ValidString(text) {
		return &Error{Pos{0, 1, 1}, "the query is not valid UTF-8"}
	}
	stream, err := tokens.LexString("", text)
	if err != nil {
		return explain(text, err)
	}
	names := tokens.Symbols()
	depth, behindDot := 0, false
	for {
		token, err := stream.Next()
		if err != nil {
			return explain(text, err)
		}
		word := strings.ToLower(token.Value)
		switch {
		case token.EOF():
			return nil
		case token.Type == names["Space"]:
			continue
		case token.Type == names["Other"]:
			return &Error{at(token.Pos), fmt.Sprintf("unexpected character %q", token.Value)}
		case word == "(" || word == "[" || word == "case" && !behindDot && token.Type == names["Keyword"]:
			depth++
		case (word == ")" || word == "]" || word == "end" && !behindDot && token.Type == names["Keyword"]) && depth > 0:
			depth--
		case word == "exists" && !behindDot:
			depth++ // which ends nowhere in particular
		}
		behindDot = word == "."
		if depth > MaxNesting {
			return &Error{at(token.Pos), fmt.Sprintf("the query is nested more than %d deep", MaxNesting)}
		}
	}
}

// explain turns an error of participle's into one of ours.
func explain(text string, err error) error {
	var unexpected *participle.UnexpectedTokenError
	var place participle.Error
	switch {
	case errors.As(err, &unexpected):
		token := unexpected.Unexpected
		pos := at(token.Pos)
		switch first := strings.ToLower(strings.TrimSpace(text)); {
		case first == "":
			return &Error{pos, "the query is empty"}
		case strings.HasPrefix(first, "update ") || strings.HasPrefix(first, "delete ") || strings.HasPrefix(first, "insert "):
			return &Error{pos, "only select statements are queries; changes go through IUpdate or a command"}
		case token.EOF():
			return &Error{pos, "unexpected end of the query"}
		case strings.EqualFold(token.Value, "select"):
			return &Error{pos, "the select clause is not complete"}
		}
		return &Error{pos, fmt.Sprintf("unexpected token: %s", token.Value)}
	case errors.As(err, &place):
		return &Error{at(place.Position()), place.Message()}
	}
	return &Error{Pos{0, 1, 1}, err.Error()}
}

func at(p lexer.Position) Pos { return Pos{p.Offset, p.Line, p.Column} }
