package slice

import (
	"fmt"
	"strings"
)

// reservedSuffixes are the endings that the generated code of some language
// mapping adds to names.
var reservedSuffixes = []string{"Helper", "Holder", "Prx", "Ptr"}

// checkIdentifier checks a new name by itself.
func (r *resolver) checkIdentifier(w Word) {
	name := w.Text
	switch {
	case strings.HasPrefix(name, "_"):
		r.error(w.Pos, "underscore", "the name "+quote(name)+" must not begin with an underscore")
	case strings.HasSuffix(name, "_"):
		r.error(w.Pos, "underscore", "the name "+quote(name)+" must not end in an underscore")
	case strings.Contains(name, "__"):
		r.error(w.Pos, "underscore", "the name "+quote(name)+" must not have two underscores in a row")
	case strings.Contains(name, "_") && !r.underscore:
		r.error(w.Pos, "underscore", "the name "+quote(name)+" has an underscore",
			Note{Message: `file metadata [["underscore"]], or --underscore, allows it`})
	}
	if !r.ice && len(name) > 2 && fold(name[:3]) == "ice" {
		r.error(w.Pos, "reserved", fmt.Sprintf("the name %s begins with %s, which is reserved", quote(name), quote(name[:3])),
			Note{Message: `file metadata [["ice-prefix"]] allows it`})
		return
	}
	for _, s := range reservedSuffixes {
		if strings.HasSuffix(name, s) {
			r.error(w.Pos, "reserved", fmt.Sprintf("the name %s ends in %s, which is reserved", quote(name), quote(s)))
			return
		}
	}
}

// checkName checks the name of a definition, by itself and against the module
// that it is in.
func (r *resolver) checkName(c *container, w Word, k kind) {
	r.checkIdentifier(w)
	for m, depth := c.scope.module, 0; m != nil && m.Scope != nil; m, depth = m.Scope, depth+1 {
		if fold(m.Name) != fold(w.Text) {
			continue
		}
		which := "its immediately enclosing module"
		if depth > 0 {
			which = "the enclosing module"
		}
		message := fmt.Sprintf("%s %s has the name of %s", k, quote(w.Text), which)
		if m.Name != w.Text {
			message = fmt.Sprintf("%s %s differs from %s, %s, only in capitalization", k, quote(w.Text), which, quote(m.Name))
		}
		r.errorNote(w.Pos, "enclosing-name", message, m.Pos, "the module is here")
		return
	}
}

// keywords are the words that no name may be unless it is escaped.
var keywords = map[string]bool{
	"bool": true, "byte": true, "class": true, "const": true, "dictionary": true, "double": true, "enum": true,
	"exception": true, "extends": true, "false": true, "float": true, "idempotent": true, "implements": true,
	"int": true, "interface": true, "local": true, "LocalObject": true, "long": true, "module": true,
	"Object": true, "optional": true, "out": true, "sequence": true, "short": true, "string": true,
	"struct": true, "throws": true, "true": true, "Value": true, "void": true,
}

// IsKeyword reports whether s is a keyword of Slice. "nonmutating" is none: it
// has a meaning only where an operation begins.
func IsKeyword(s string) bool { return keywords[s] }

// IsIdentifier reports whether s is written like an identifier of Slice: letters,
// digits and underscores of ASCII, and no digit first.
func IsIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
