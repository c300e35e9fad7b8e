package gen

import (
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"
)

// importPaths are the packages that code templates may name.
var importPaths = map[string]string{
	"context": "context",
	"ice":     icePath,
	"math":    "math",
	"model":   modelPath,
	"slices":  "slices",
	"strconv": "strconv",
	"wire":    wirePath,
}

// code builds a piece of Go from a template: $ stands for the next argument,
// a string, an int or a jen.Code, and @wire.Encoder for a name of another
// package, which jennifer imports; @wire.Read$ ends in the next argument. White space around code does not matter,
// since the file is formatted; line ends do.
func code(template string, args ...any) *jen.Statement {
	s := &jen.Statement{}
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			s.Op(text.String())
			text.Reset()
		}
	}
	for {
		i := strings.IndexAny(template, "$@")
		if i < 0 {
			text.WriteString(template)
			flush()
			if len(args) > 0 {
				panic("gen: a template has too many arguments")
			}
			return s
		}
		text.WriteString(template[:i])
		mark := template[i]
		template = template[i+1:]
		if mark == '@' {
			dot := strings.IndexByte(template, '.')
			end := dot + 1
			for end < len(template) && isIdentByte(template[end]) {
				end++
			}
			name := template[dot+1 : end]
			path := importPaths[template[:dot]]
			template = template[end:]
			if strings.HasPrefix(template, "$") {
				name += args[0].(string)
				template, args = template[1:], args[1:]
			}
			flush()
			s.Qual(path, name)
			continue
		}
		switch a := args[0].(type) {
		case string:
			text.WriteString(a)
		case int:
			text.WriteString(strconv.Itoa(a))
		case jen.Code:
			flush()
			s.Add(a)
		}
		args = args[1:]
	}
}

func isIdentByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// lines joins pieces of code, one to a line.
func lines(parts ...*jen.Statement) *jen.Statement {
	s := &jen.Statement{}
	for i, p := range parts {
		if i > 0 {
			s.Line()
		}
		s.Add(p)
	}
	return s
}

// block puts lines in braces.
func block(parts []*jen.Statement) *jen.Statement {
	if len(parts) == 0 {
		return code("{}")
	}
	return code("{\n$\n}", lines(parts...))
}

// list joins pieces of code with commas.
func list(parts ...*jen.Statement) *jen.Statement {
	s := &jen.Statement{}
	for i, p := range parts {
		if i > 0 {
			s.Op(",")
		}
		s.Add(p)
	}
	return s
}

func quote(s string) string { return strconv.Quote(s) }
