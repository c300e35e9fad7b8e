package slice

import (
	"fmt"
	"go/token"
	"strings"
)

// CheckGoIdentifier returns an error that says why name cannot be the Go name of
// a definition, as ["go:identifier:NAME"] and the configuration set it: such a
// name is exported and has letters, digits and underscores of ASCII only.
func CheckGoIdentifier(name string) error {
	if !IsIdentifier(name) {
		return fmt.Errorf("%s is not a Go identifier of ASCII letters", visible(name))
	}
	if c := name[0]; c < 'A' || c > 'Z' {
		return fmt.Errorf("%s does not begin with a capital letter, so no other package could use it", visible(name))
	}
	return nil
}

// CheckPackageName returns an error that says why name cannot be that of a Go
// package which other packages import: small letters, digits and underscores,
// and no keyword.
func CheckPackageName(name string) error {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return fmt.Errorf("%s is not a Go package name: use small letters, digits and underscores, and begin with a letter", visible(name))
		}
	}
	switch {
	case name == "":
		return fmt.Errorf("the package name is empty")
	case token.IsKeyword(name):
		return fmt.Errorf("%s is a keyword of Go", visible(name))
	case name == "main" || name == "init":
		return fmt.Errorf("a package with the name %s cannot be imported", visible(name))
	}
	return nil
}

// CheckImportPath returns an error that says why path cannot be the import path
// of a package that is written to a folder: it consists of elements with a slash
// between them, each of letters, digits and the characters - . _ ~ + of ASCII,
// and none of them leads out of its folder or has a meaning to the go command.
func CheckImportPath(path string) error {
	if path == "" {
		return fmt.Errorf("the import path is empty")
	}
	for elem := range strings.SplitSeq(path, "/") {
		switch {
		case elem == "":
			return fmt.Errorf("the import path %s has an empty element", visible(path))
		case elem[len(elem)-1] == '.':
			return fmt.Errorf("the element %s of the import path %s ends in a dot", visible(elem), visible(path))
		case elem == "vendor":
			return fmt.Errorf("the import path %s has the element vendor, which Go reserves", visible(path))
		}
		for _, c := range []byte(elem) {
			letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
			if !letter && strings.IndexByte("-._~+", c) < 0 {
				return fmt.Errorf("the import path %s has a character that Go does not allow there", visible(path))
			}
		}
	}
	return nil
}

// visible quotes text from outside for a message that may be printed as it is.
func visible(s string) string { return printable(quote(s)) }

// goMetadata checks the metadata that slice2go itself understands. fits says
// whether metadata of the given key means anything here.
func (r *resolver) goMetadata(m *MetaNode, rest string, k kind) {
	key, arg, _ := strings.Cut(rest, ":")
	arg = strings.TrimSpace(arg)
	switch {
	case key == "package" && k == kindModule:
		r.goValue(m, arg, CheckImportPath)
	case key == "identifier" && k != kindModule && k != kindNone:
		r.goValue(m, arg, CheckGoIdentifier)
	default:
		r.invalid(m, "ignoring metadata that means nothing here: "+quote(m.Text)+": there are go:package:PATH for modules and go:identifier:NAME for definitions, members, operations and parameters")
	}
}

func (r *resolver) goValue(m *MetaNode, arg string, check func(string) error) {
	if arg == "" {
		r.invalid(m, "ignoring metadata that means nothing here: "+quote(m.Text)+": something is missing behind the colon")
	} else if err := check(arg); err != nil {
		r.error(m.Pos, "go-metadata", err.Error())
	}
}

// goPackage checks the go:package metadata of one opening of m against where it
// stands and against the openings before.
func (r *resolver) goPackage(m *Module, nodes []MetaNode) {
	for i := range nodes {
		text := nodes[i].Text
		if !strings.HasPrefix(text, "go:package:") {
			continue
		}
		if m.Scope != r.model.Root {
			r.invalid(&nodes[i], "ignoring "+quote(text)+": it belongs to a top-level module, with which its inner modules share a package")
			continue
		}
		for _, have := range m.Metadata {
			if strings.HasPrefix(have, "go:package:") && have != text {
				r.error(nodes[i].Pos, "go-metadata", fmt.Sprintf("module %s has %s already: all its parts go to one package", quote(m.Name), quote(have)))
			}
		}
	}
}
