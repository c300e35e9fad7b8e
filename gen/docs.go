package gen

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"

	"github.com/slice2go/slice2go/slice"
)

// docWidth is where the lines of doc comments are broken.
const docWidth = 96

// docTag is a block tag of a Slice doc comment: @param, @return, @throws, …
type docTag struct{ name, text string }

var (
	inlineTag = regexp.MustCompile(`\{@(\w+)\s+([^}]*)\}`)
	htmlTag   = regexp.MustCompile(`(?i)</?(p|br|ul|ol|li|dl|dt|dd|pre|code|tt|b|i|em|strong|a|h[1-6]|div|span|table|tr|td|th|hr|blockquote|var|sup|sub)(\s[^<>]*)?/?>`)
	blockTag  = regexp.MustCompile(`^[@\\](\w+)\s*(.*)$`)
)

// splitDoc parts a Slice doc comment into its text and its block tags.
func splitDoc(doc string) (string, []docTag) {
	var text strings.Builder
	var tags []docTag
	pre := false
	doc = strings.TrimRight(doc, "* \t\r\n") // of a comment that ends in **/
	for _, l := range strings.Split(doc, "\n") {
		l = strings.TrimRight(l, " \t\r")
		trimmed := strings.TrimSpace(l)
		pre = (pre || strings.Contains(l, "<pre>")) && !strings.Contains(l, "</pre>")
		if m := blockTag.FindStringSubmatch(trimmed); m != nil && !pre {
			tags = append(tags, docTag{m[1], m[2]})
			continue
		}
		if !pre {
			l = trimmed
		}
		if len(tags) > 0 {
			tags[len(tags)-1].text += "\n" + l
		} else {
			text.WriteString(l + "\n")
		}
	}
	return text.String(), tags
}

// docLines turns Slice doc text into lines of a Go doc comment. link makes a
// Go name of what {@link …} names.
func docLines(text string, link func(string) string) []string {
	text = inlineTag.ReplaceAllStringFunc(text, func(s string) string {
		m := inlineTag.FindStringSubmatch(s)
		target, label, _ := strings.Cut(strings.TrimSpace(m[2]), " ")
		switch m[1] {
		case "link", "linkplain":
			if label != "" {
				return label + " (" + link(target) + ")"
			}
			return link(target)
		}
		return m[2]
	})
	var out []string
	var para strings.Builder
	indent := ""
	flush := func() {
		out = append(out, wrap(strings.Fields(para.String()), indent)...)
		para.Reset()
	}
	blank := func() {
		flush()
		indent = ""
		if len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, "")
		}
	}
	pre := false
	addText := func(s string) {
		s = html.UnescapeString(s)
		for n, l := range strings.Split(s, "\n") {
			switch {
			case pre:
				if n > 0 || l != "" {
					out = append(out, "\t"+l)
				}
			case n > 0 && strings.TrimSpace(l) == "" && indent == "" && n < strings.Count(s, "\n"):
				blank()
			default:
				if n > 0 {
					para.WriteByte(' ')
				}
				para.WriteString(l)
			}
		}
	}
	for text != "" {
		at := htmlTag.FindStringSubmatchIndex(text)
		if at == nil {
			addText(text)
			break
		}
		addText(text[:at[0]])
		name := strings.ToLower(text[at[2]:at[3]])
		closing := text[at[0]+1] == '/'
		text = text[at[1]:]
		switch name {
		case "p", "br", "ul", "ol", "dl", "div", "table", "tr", "hr", "blockquote":
			if !closing || name != "p" {
				blank()
			}
		case "li", "dt":
			flush()
			if !closing {
				indent = "  - "
			}
		case "h1", "h2", "h3", "h4", "h5", "h6":
			blank()
			if !closing {
				para.WriteString("# ")
			}
		case "pre":
			blank()
			pre = !closing
			if closing {
				out = append(out, "")
			}
		}
	}
	flush()
	for len(out) > 0 && strings.TrimSpace(out[len(out)-1]) == "" {
		out = out[:len(out)-1]
	}
	return out
}

// wrap breaks words into lines. The first one starts with the indent, the
// others are as deep.
func wrap(words []string, indent string) []string {
	if len(words) == 0 {
		return nil
	}
	var out []string
	line, rest := indent, strings.Repeat(" ", len(indent))
	for i, w := range words {
		if i > 0 && len(line)+1+len(w) > docWidth && len(line) > len(rest) {
			out = append(out, line)
			line = rest + w
			continue
		}
		if line != "" && line != indent && line != rest || line != "" && indent == "" {
			line += " "
		}
		line += w
	}
	return append(out, line)
}

// comment is a doc comment with its line end, or nothing when there is nothing
// to say. first, if any, is its first paragraph.
func (e *emitter) comment(d slice.Def, first, doc string, meta []string) *jen.Statement {
	return commentOf(e.docComment(d, first, doc, meta, nil))
}

func commentOf(text []string) *jen.Statement {
	if len(text) == 0 {
		return code("")
	}
	return code("$", commentLines(text)+"\n")
}

// commentLines makes a comment of lines of text.
func commentLines(text []string) string {
	out := make([]string, len(text))
	for i, l := range text {
		switch l = commentText(l); {
		case l == "":
			out[i] = "//"
		case l[0] == '\t':
			out[i] = "//" + l
		default:
			out[i] = "// " + l
		}
	}
	return strings.Join(out, "\n")
}

// commentText replaces what cannot stand in one line of a Go comment: line ends,
// which would let text from outside become code, other control characters, and
// bytes that are not UTF-8.
func commentText(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) || r == '\uFEFF' || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// docComment builds the lines of a doc comment: the text, then what the block
// tags say, then the deprecation. names maps Slice parameters to Go ones.
func (e *emitter) docComment(d slice.Def, first, doc string, meta []string, names map[string]string) []string {
	link := func(target string) string { return e.docLink(d, target) }
	text, tags := splitDoc(doc)
	var out []string
	paragraph := func(lines []string) {
		if len(lines) == 0 {
			return
		}
		if len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	if first != "" {
		paragraph([]string{first})
	}
	paragraph(docLines(text, link))
	deprecated, isDeprecated := "", false
	for _, m := range meta {
		if m == "deprecate" || m == "deprecated" || strings.HasPrefix(m, "deprecate:") || strings.HasPrefix(m, "deprecated:") {
			_, deprecated, _ = strings.Cut(m, ":")
			isDeprecated = true
		}
	}
	var params, throws []string
	for _, t := range tags {
		switch t.name {
		case "param":
			name, text, _ := strings.Cut(strings.TrimSpace(t.text), " ")
			if n := names[name]; n != "" {
				name = n
			}
			params = append(params, tagItem(name, docLines(text, link))...)
		case "throws", "throw", "exception", "raise", "raises":
			name, text, _ := strings.Cut(strings.TrimSpace(t.text), " ")
			throws = append(throws, tagItem(link(name), docLines(text, link))...)
		case "deprecated":
			isDeprecated, deprecated = true, t.text
		}
	}
	if len(params) > 0 {
		paragraph(append([]string{"Parameters:"}, params...))
	}
	for _, t := range tags {
		switch t.name {
		case "return", "returns":
			paragraph(docLines("Returns "+lowerFirst(t.text), link))
		case "see":
			paragraph(docLines("See "+link(strings.TrimSpace(t.text)), link))
		}
	}
	if len(throws) > 0 {
		paragraph(append([]string{"Errors:"}, throws...))
	}
	if isDeprecated {
		lines := docLines(deprecated, link)
		if len(lines) == 0 {
			lines = []string{"the definition says so."}
		}
		lines[0] = "Deprecated: " + lines[0]
		paragraph(lines)
	}
	return out
}

// tagItem is a list item for a parameter or an exception.
func tagItem(name string, text []string) []string {
	if len(text) == 0 {
		return []string{"  - " + name}
	}
	text[0] = name + ": " + text[0]
	return wrap(strings.Fields(strings.Join(text, " ")), "  - ")
}

// lowerFirst lowers the first letter unless the first word is written in
// capitals.
func lowerFirst(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && (s[1] < 'A' || s[1] > 'Z') {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// docLink makes a Go doc link of the name of a definition, "Image",
// "api::IQuery#get" or "#get", seen from d. What is not found stays text.
func (e *emitter) docLink(d slice.Def, target string) string {
	name, member, _ := strings.Cut(strings.ReplaceAll(target, ".", "::"), "#")
	member, _, _ = strings.Cut(member, "(")
	found := d
	if name != "" {
		found = e.lookup(d, name)
	}
	if found == nil {
		return strings.TrimPrefix(strings.ReplaceAll(target, "#", "."), ".")
	}
	i := e.info[found]
	if i == nil {
		return name
	}
	text := i.name
	if i.iface != nil {
		text = i.iface.prx
		for _, o := range i.iface.ops {
			if o.Name == member {
				member = o.name
			}
		}
	}
	for _, f := range i.fields {
		if f.Name == member {
			member = f.name
		}
	}
	if i.pkg.goPackage != e.pkg.goPackage {
		text = i.pkg.alias + "." + text
	}
	if _, ok := found.(*slice.Exception); ok && member == "" {
		text = "*" + text
	}
	if member != "" {
		text += "." + exported(member)
	}
	return "[" + text + "]"
}

// lookup finds a definition by name from the scope of d outwards.
func (e *emitter) lookup(d slice.Def, name string) slice.Def {
	if abs, ok := strings.CutPrefix(name, "::"); ok {
		return e.byName["::"+abs]
	}
	for m := d.Decl().Scope; m != nil; m = m.Scope {
		prefix := ""
		if m.Scope != nil {
			prefix = m.ScopedName()
		}
		if found := e.byName[prefix+"::"+name]; found != nil {
			return found
		}
	}
	return nil
}

// operationComment is the doc comment of an operation. Exceptions of which the
// text says nothing are named at least.
func (e *emitter) operationComment(o *opInfo) *jen.Statement {
	names := make(map[string]string)
	for _, p := range o.in {
		names[p.Name] = p.local
	}
	for _, p := range o.results {
		if p.Name != "" {
			names[p.Name] = p.local
		}
	}
	text := e.docComment(o.iface.def, "", o.Doc, o.Metadata, names)
	said := strings.Join(text, "\n")
	var unsaid []string
	for _, x := range o.Throws {
		if link := e.docLink(x, x.ScopedName()); !strings.Contains(said, link) {
			unsaid = append(unsaid, link)
		}
	}
	if len(unsaid) > 0 {
		fails := wrap(strings.Fields(o.name+" may fail with "+either(unsaid)+"."), "")
		text = beforeDeprecation(text, fails)
	}
	return commentOf(text)
}

// either joins alternatives: "a, b or c".
func either(list []string) string {
	last := len(list) - 1
	if last == 0 {
		return list[0]
	}
	return strings.Join(list[:last], ", ") + " or " + list[last]
}

// beforeDeprecation adds a paragraph to a doc comment, in which a deprecation
// comes last.
func beforeDeprecation(text, paragraph []string) []string {
	at := slices.IndexFunc(text, func(l string) bool { return strings.HasPrefix(l, "Deprecated: ") })
	switch {
	case len(text) == 0:
		return paragraph
	case at < 0:
		return append(append(text, ""), paragraph...)
	}
	return slices.Insert(text, at, append(paragraph, "")...)
}

// typeComment is the doc comment of a type or constant: what it is called in
// Slice, and what the definition says.
func (e *emitter) typeComment(d slice.Def, kind string) *jen.Statement {
	c := d.Decl()
	first := e.info[d].name + " is the Slice " + kind + " " + c.ScopedName() + "."
	text := e.docComment(d, first, c.Doc, c.Metadata, nil)
	if a := e.info[d].accessors; a != nil && len(a.unmatched) > 0 {
		text = append(text, "")
		text = append(text, wrap(strings.Fields("Local operations without a Go form: "+strings.Join(a.unmatched, ", ")+"."), "")...)
	}
	return commentOf(text)
}

// packageDoc is a doc.go with the package's doc comment: what the
// configuration says, or else the module's own.
func (g *generator) packageDoc(p *pkg) ([]byte, error) {
	e := &emitter{generator: g, fileInfo: &fileInfo{pkg: p, source: &slice.File{Name: "module " + p.Module}}}
	e.start(e.source.Name)
	text := docLines(p.Doc, func(s string) string { return "[" + s + "]" })
	if len(text) == 0 {
		text = append([]string{"Package " + p.Name + " is the Slice module " + p.Module + " in Go, written by slice2go.", ""},
			e.docComment(p.module, "", p.module.Doc, nil, nil)...)
	}
	e.out.PackageComment(strings.TrimRight(commentLines(text), "\n/ "))
	return e.text()
}
