package main

import (
	"fmt"
	"strings"
)

const (
	// header is one line, so that it cannot pass for the doc comment of
	// what follows.
	header = "// OMERO's interface, written from the facts in testdata/omero. See slice/definitions/doc.go.\n"
	// width is where a line of Slice is wrapped.
	width = 110
)

// render writes the Slice source of one file: its includes, then its
// definitions in the order of defs, each in its module. Neighbours share the
// modules that they have in common.
func render(f sourceFile, defs []definition) string {
	p := printer{}
	p.b.WriteString(header + "\n#pragma once\n")
	if len(f.Includes) > 0 {
		p.b.WriteByte('\n')
	}
	for _, inc := range f.Includes {
		fmt.Fprintf(&p.b, "#include <%s>\n", inc)
	}
	for i := range defs {
		if d := &defs[i]; d.File == f.File {
			p.enter(strings.Split(d.Module, "::"))
			p.definition(d)
		}
	}
	p.enter(nil)
	return p.b.String()
}

// printer writes definitions with an indent of four spaces a level.
type printer struct {
	b       strings.Builder
	modules []string // that are open
	last    string   // kind of the definition before this one in the same block, or ""
}

// enter closes and opens modules until exactly path is open.
func (p *printer) enter(path []string) {
	same := 0
	for same < len(path) && same < len(p.modules) && path[same] == p.modules[same] {
		same++
	}
	for len(p.modules) > same {
		p.modules = p.modules[:len(p.modules)-1]
		p.line("}")
		p.last = "module"
	}
	for ; same < len(path); same++ {
		if p.last != "" || same == 0 {
			p.b.WriteByte('\n')
		}
		p.line("module " + path[same])
		p.line("{")
		p.modules = append(p.modules, path[same])
		p.last = ""
	}
}

// line writes one line at the indent of the open modules.
func (p *printer) line(text string) {
	if text != "" {
		p.b.WriteString(strings.Repeat("    ", len(p.modules)))
	}
	p.b.WriteString(text + "\n")
}

// definition writes d, with an empty line before it unless d and its
// neighbour are lines of the same kind.
func (p *printer) definition(d *definition) {
	if p.last != "" && (p.last != d.Kind || isBlock(d.Kind)) {
		p.line("")
	}
	p.last = d.Kind
	if len(d.Meta) > 0 {
		p.line(metadata(d.Meta))
	}
	switch d.Kind {
	case "forward class":
		p.line("class " + d.Name + ";")
	case "forward interface":
		p.line("interface " + d.Name + ";")
	case "sequence":
		p.line(fmt.Sprintf("sequence<%s> %s;", d.Of, d.Name))
	case "dictionary":
		p.line(fmt.Sprintf("dictionary<%s, %s> %s;", d.Key, d.Value, d.Name))
	case "const":
		p.line(fmt.Sprintf("const %s %s = %s;", d.Type, d.Name, d.Value))
	default:
		p.block(d)
	}
}

func isBlock(kind string) bool {
	switch kind {
	case "class", "interface", "exception", "struct", "enum":
		return true
	}
	return false
}

// block writes a definition that has a body in braces.
func (p *printer) block(d *definition) {
	head := d.Kind + " " + d.Name
	if len(d.Extends) > 0 {
		head += " extends " + strings.Join(d.Extends, ", ")
	}
	p.line(head)
	p.line("{")
	for i, e := range d.Items {
		text := "    " + e.Name
		if e.Value != nil {
			text += fmt.Sprintf(" = %d", *e.Value)
		}
		if i < len(d.Items)-1 {
			text += ","
		}
		p.line(text)
	}
	for _, m := range d.Members {
		p.line("    " + withMetadata(m.Meta, m.Type+" "+m.Name+";"))
	}
	for i, o := range d.Ops {
		if i == 0 && len(d.Members) > 0 {
			p.line("")
		}
		p.operation(o)
	}
	p.line("}")
}

// operation writes o on one line, or where that gets too long with the
// throws clause, and then each parameter, on lines of their own.
func (p *printer) operation(o op) {
	head := o.Returns + " " + o.Name
	if o.Mode != "" {
		head = o.Mode + " " + head
	}
	head = "    " + withMetadata(o.Meta, head)
	params := make([]string, len(o.Params))
	for i, a := range o.Params {
		params[i] = withMetadata(a.Meta, a.Type+" "+a.Name)
	}
	throws := ""
	if len(o.Throws) > 0 {
		throws = "throws " + strings.Join(o.Throws, ", ")
	}

	room := width - 4*len(p.modules)
	call := head + "(" + strings.Join(params, ", ") + ")"
	switch one := strings.TrimSuffix(call+" "+throws, " ") + ";"; {
	case len(one) <= room:
		p.line(one)
	case len(call)+1 <= room:
		p.line(call)
		p.line("        " + throws + ";")
	default:
		p.line(head + "(")
		end := ")"
		if throws != "" {
			end = ")\n" + strings.Repeat("    ", len(p.modules)+2) + throws
		}
		p.line("        " + strings.Join(params, ",\n"+strings.Repeat("    ", len(p.modules)+2)) + end + ";")
	}
}

func withMetadata(meta []string, text string) string {
	if len(meta) == 0 {
		return text
	}
	return metadata(meta) + " " + text
}

func metadata(meta []string) string {
	return `["` + strings.Join(meta, `", "`) + `"]`
}
