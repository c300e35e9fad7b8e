package parser

import (
	"strings"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/slice2go/slice2go/slice"
)

// addNode adds a definition to the file or module that is open.
func (r *reader) addNode(n slice.Node) {
	f := r.top()
	f.nodes = append(f.nodes, n)
}

func (r *reader) fileStatement() {
	s, ok := run(r, fileParser)
	if !ok {
		return
	}
	switch {
	case s.FileMeta != nil:
		r.addNode(&slice.FileMetaNode{Metadata: r.metadata(s.FileMeta)})
	case s.End != nil:
		if len(r.frames) == 1 {
			r.errors.add(r.place(s.End), "syntax", "unexpected `}`: nothing is open here")
			return
		}
		r.pop()
	default:
		r.definition(s.Def)
	}
}

// keep drops a definition inside a broken one, but remembers its name.
func (r *reader) keep(name string) bool {
	if r.top().drop {
		if r.broken == nil {
			r.broken = map[string]bool{}
		}
		r.broken[name] = true
		return false
	}
	return true
}

func (r *reader) definition(d *definition) {
	h := slice.Header{Metadata: r.metadata(d.Meta), Local: d.Local != nil, Doc: r.doc()}
	switch {
	case d.Module != nil:
		r.module(h, d.Module)
	case d.Const != nil:
		h.Word = r.name(&d.Const.Name, "a constant")
		r.addDef(h, &slice.ConstNode{Header: h, TypeMetadata: r.metadata(d.Const.Meta), Type: r.typeOf(d.Const.Type), Value: r.value(d.Const.Value)})
	case d.Class != nil:
		r.class(h, d.Class)
	case d.Interface != nil:
		r.interfaceDef(h, d.Interface)
	case d.Exception != nil:
		h.Word = r.name(&d.Exception.Name, "an exception")
		n := &slice.ExceptionNode{Header: h, Extends: r.ref(d.Exception.Extends)}
		r.addDef(h, n)
		r.open("exception", h, inBody, func(f *frame) { n.Body = f.body })
	case d.Struct != nil:
		h.Word = r.name(&d.Struct.Name, "a struct")
		n := &slice.StructNode{Header: h}
		r.addDef(h, n)
		r.open("struct", h, inBody, func(f *frame) { n.Body, n.Broken = f.body, f.broken })
	case d.Enum != nil:
		h.Word = r.name(&d.Enum.Name, "an enumeration")
		n := &slice.EnumNode{Header: h}
		r.addDef(h, n)
		if r.open("enum", h, inEnum, func(f *frame) { n.Broken = f.broken }) {
			r.top().enum = n
		}
	case d.Sequence != nil:
		h.Word = r.name(&d.Sequence.Name, "a sequence")
		r.addDef(h, &slice.SequenceNode{Header: h, ElemMetadata: r.metadata(d.Sequence.Meta), Elem: r.typeOf(d.Sequence.Elem)})
	case d.Dictionary != nil:
		h.Word = r.name(&d.Dictionary.Name, "a dictionary")
		r.addDef(h, &slice.DictionaryNode{
			Header:      h,
			KeyMetadata: r.metadata(d.Dictionary.KeyMeta), Key: r.typeOf(d.Dictionary.Key),
			ValueMetadata: r.metadata(d.Dictionary.ValueMeta), Value: r.typeOf(d.Dictionary.Value),
		})
	}
}

func (r *reader) addDef(h slice.Header, n slice.Node) {
	if r.keep(h.Text) {
		r.addNode(n)
	}
}

// open begins the braces of a definition.
func (r *reader) open(kind string, h slice.Header, k frameKind, done func(*frame)) bool {
	return r.push(&frame{kind: k, what: kind + " `" + h.Text + "`", open: r.placeOf(h.Word), close: done})
}

func (r *reader) placeOf(w slice.Word) place {
	return place{int(w.Pos.Line), int(w.Pos.Col), int(w.Pos.EndCol)}
}

// module opens a module, or several for `module A::B`, which close together.
func (r *reader) module(h slice.Header, m *moduleHead) {
	if m.Name.Type == tokenKeyword || !strings.Contains(m.Name.Value, "::") {
		h.Word = r.name(&m.Name, "a module")
		n := &slice.ModuleNode{Header: h}
		r.addDef(h, n)
		r.open("module", h, inFile, func(f *frame) { n.Nodes = f.nodes })
		return
	}
	pos := r.place(&m.Name)
	if strings.HasPrefix(m.Name.Value, "::") {
		r.errors.add(pos, "syntax", "the name of a module cannot begin with `::`")
	}
	var outer, inner *slice.ModuleNode
	col := pos.col
	for i, part := range strings.Split(strings.TrimPrefix(m.Name.Value, "::"), "::") {
		h.Word = r.word(part, place{pos.line, col, col + len(part)})
		col += len(part) + 2
		n := &slice.ModuleNode{Header: h}
		if i == 0 {
			outer = n
			h.Metadata, h.Doc = nil, "" // they belong to the outermost
		} else {
			inner.Nodes = []slice.Node{n}
		}
		inner = n
		if i > maxNesting {
			r.errors.add(pos, "limit", "modules are nested too deeply")
			return
		}
	}
	r.addDef(outer.Header, outer)
	r.open("module", inner.Header, inFile, func(f *frame) { inner.Nodes = f.nodes })
}

func (r *reader) class(h slice.Header, c *classHead) {
	h.Word = r.name(&c.Name, "a class")
	n := &slice.ClassNode{Header: h, Forward: c.Last.Value == ";", Extends: r.ref(c.Extends), Implements: r.refs(c.Implements)}
	if c.CompactID != nil {
		n.CompactID = r.tagValue(c.CompactID)
	}
	if n.Forward {
		if c.CompactID != nil || c.Extends != nil || c.Implements != nil {
			r.errors.add(r.place(&c.Last), "syntax", "a forward declaration has a name only; expected `{`")
		}
		r.addDef(h, n)
		return
	}
	r.addDef(h, n)
	r.open("class", h, inBody, func(f *frame) { n.Body = f.body })
}

func (r *reader) interfaceDef(h slice.Header, i *interfaceHead) {
	h.Word = r.name(&i.Name, "an interface")
	n := &slice.InterfaceNode{Header: h, Forward: i.Last.Value == ";", Extends: r.refs(i.Extends)}
	r.addDef(h, n)
	if n.Forward {
		if i.Extends != nil {
			r.errors.add(r.place(&i.Last), "syntax", "a forward declaration has a name only; expected `{`")
		}
		return
	}
	r.open("interface", h, inBody, func(f *frame) { n.Body = f.body })
}

func (r *reader) bodyStatement() {
	r.markNonmutating()
	s, ok := run(r, bodyParser)
	if !ok {
		return
	}
	if s.End != nil {
		r.pop()
		return
	}
	d := s.Def
	h := slice.Header{Metadata: r.metadata(d.Meta), Doc: r.doc()}
	f := r.top()
	if d.Op != nil {
		h.Word = r.name(&d.Name, "an operation")
		f.body = append(f.body, r.operation(h, d))
		return
	}
	h.Word = r.name(&d.Name, "a data member")
	if d.Type.Void {
		f.broken = true
		r.errors.add(r.placeOf(h.Word), "void-member", "the data member `"+h.Text+"` cannot be void")
		return
	}
	if d.Mode != nil {
		f.broken = true
		r.errors.add(r.place(d.Mode), "syntax", "`"+d.Mode.Value+"` belongs before an operation, not before a data member")
		return
	}
	m := &slice.MemberNode{Header: h, Type: r.typeOf(d.Type.Type)}
	if d.Tag != nil {
		m.Tag = r.tagValue(&d.Tag.Value)
	}
	if d.Default != nil {
		m.Default = r.value(d.Default)
	}
	f.body = append(f.body, m)
}

// markNonmutating makes "nonmutating" a keyword where a type, a name and a
// parenthesis follow; elsewhere Slice lets it be a name.
func (r *reader) markNonmutating() {
	i := 0
	if r.tokens[0].text == "[" {
		for i < len(r.tokens) && r.tokens[i].text != "]" {
			i++
		}
		i++
	}
	if i+2 >= len(r.tokens) || r.tokens[i].text != "nonmutating" || r.tokens[i].kind != tokenIdent {
		return
	}
	switch behind := r.tokens[i+2].text; {
	case r.tokens[i+1].kind == tokenKeyword:
		r.tokens[i].kind = tokenKeyword
	case r.tokens[i+1].kind == tokenIdent && behind != "(" && behind != "=" && behind != ";":
		r.tokens[i].kind = tokenKeyword
	}
}

func (r *reader) operation(h slice.Header, d *bodyDef) *slice.OperationNode {
	op := &slice.OperationNode{Header: h, Throws: r.refs(d.Op.Throws)}
	if d.Mode != nil {
		op.Mode = slice.Idempotent
		if d.Mode.Value == "nonmutating" {
			op.Mode = slice.Nonmutating
		}
	}
	if !d.Type.Void {
		op.Return = r.typeOf(d.Type.Type)
	}
	if d.Tag != nil {
		op.ReturnTag = r.tagValue(&d.Tag.Value)
	}
	for _, p := range d.Op.Params {
		n := &slice.ParamNode{Word: r.name(&p.Name, "a parameter"), Metadata: r.metadata(p.Meta), Out: p.Out, Type: r.typeOf(p.Type)}
		if p.Tag != nil {
			n.Tag = r.tagValue(&p.Tag.Value)
		}
		op.Params = append(op.Params, n)
	}
	return op
}

func (r *reader) enumStatement() {
	s, ok := run(r, enumParser)
	if !ok {
		return
	}
	if s.End != nil {
		r.pop()
		return
	}
	if s.Empty {
		return
	}
	e := s.Enumerator
	n := &slice.EnumeratorNode{Word: r.name(&e.Name, "an enumerator"), Doc: r.doc()}
	if e.Value != nil {
		n.Value = r.tagValue(e.Value)
	}
	if last := r.tokens[len(r.tokens)-1]; last.text != "," && r.peek().text != "}" && r.peek().kind != tokenEOF {
		r.errors.add(last.place, "syntax", "unexpected "+describe(&last))
	}
	if enum := r.top().enum; enum != nil {
		enum.Enumerators = append(enum.Enumerators, n)
	}
}

// token finds the token that participle handed back.
func (r *reader) token(t *lexer.Token) *token { return &r.tokens[t.Pos.Offset] }

func (r *reader) place(t *lexer.Token) place { return r.token(t).place }

// doc is the last doc comment in the statement before its first word, or
// between its metadata and its keyword.
func (r *reader) doc() string {
	for i := range r.tokens {
		if d := r.tokens[i].doc; d != "" {
			return d
		}
		if k := r.tokens[i].kind; k == tokenKeyword || k == tokenIdent {
			break
		}
	}
	return ""
}

// word makes an identifier without scopes.
func (r *reader) word(text string, p place) slice.Word {
	plain := strings.TrimPrefix(text, `\`)
	return slice.Word{Text: plain, Pos: r.pos(p)}
}

// name makes the name of a definition and refuses keywords and scopes.
func (r *reader) name(t *lexer.Token, what string) slice.Word {
	p := r.place(t)
	w := r.word(t.Value, p)
	if t.Type == tokenKeyword {
		r.errors.add(p, "keyword", "the keyword `"+w.Text+"` cannot be the name of "+what,
			slice.Note{Message: "write `\\" + w.Text + "` to use it as a name"})
	} else if strings.Contains(t.Value, "::") {
		r.errors.add(p, "syntax", "the name of "+what+" cannot be scoped: `"+clip(t.Value)+"`")
		w.Text = w.Text[strings.LastIndexByte(w.Text, ':')+1:]
	}
	return w
}

// plainRef takes the backslashes out of a scoped name.
func plainRef(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	return strings.ReplaceAll(text, `\`, "")
}

func (r *reader) ref(t *lexer.Token) *slice.ScopedRef {
	if t == nil {
		return nil
	}
	return &slice.ScopedRef{Text: plainRef(t.Value), Pos: r.pos(r.place(t))}
}

func (r *reader) refs(list []*ref) []slice.ScopedRef {
	if len(list) == 0 {
		return nil
	}
	out := make([]slice.ScopedRef, len(list))
	for i := range list {
		out[i] = *r.ref(&list[i].Name)
	}
	return out
}

var builtinKinds = map[string]slice.Kind{
	"bool": slice.Bool, "byte": slice.Byte, "short": slice.Short, "int": slice.Int, "long": slice.Long,
	"float": slice.Float, "double": slice.Double, "string": slice.String,
	"Object": slice.Object, "Value": slice.Object, "LocalObject": slice.LocalObject,
}

func (r *reader) typeOf(t *typeRef) slice.TypeNode {
	n := slice.TypeNode{Proxy: t.Star != nil, Pos: r.pos(r.place(&t.Name))}
	if t.Name.Type != tokenKeyword {
		n.Name = plainRef(t.Name.Value)
		return n
	}
	n.Builtin = slice.Builtins[builtinKinds[t.Name.Value]]
	if n.Proxy {
		n.Proxy = false
		if t.Name.Value == "Object" {
			n.Builtin = slice.Builtins[slice.ObjectProxy]
		} else {
			r.errors.add(r.place(t.Star), "not-a-proxy", "there are no proxies for the type `"+t.Name.Value+"`")
		}
	}
	return n
}

func (r *reader) metadata(m *metadata) []slice.MetaNode {
	if m == nil {
		return nil
	}
	out := make([]slice.MetaNode, len(m.Items))
	for i, item := range m.Items {
		text, pos := r.stringValue(item.Parts)
		out[i] = slice.MetaNode{Text: text, Pos: pos}
	}
	return out
}

func (r *reader) tagValue(t *lexer.Token) *slice.ValueNode {
	if t.Type == tokenInt {
		return &slice.ValueNode{Kind: slice.IntLiteral, Text: t.Value, Pos: r.pos(r.place(t))}
	}
	return &slice.ValueNode{Kind: slice.NameLiteral, Text: plainRef(t.Value), Pos: r.pos(r.place(t))}
}

func (r *reader) value(v *value) *slice.ValueNode {
	if v.Simple == nil {
		if len(v.String) > 1 {
			r.errors.add(r.place(&v.String[1].Token), "syntax", "a value is one string: unexpected "+describe(r.token(&v.String[1].Token)))
		}
		text, pos := r.stringValue(v.String)
		return &slice.ValueNode{Kind: slice.StringLiteral, Text: text, Pos: pos}
	}
	switch v.Simple.Type {
	case tokenFloat:
		return &slice.ValueNode{Kind: slice.FloatLiteral, Text: v.Simple.Value, Pos: r.pos(r.place(v.Simple))}
	case tokenKeyword:
		return &slice.ValueNode{Kind: slice.BoolLiteral, Text: v.Simple.Value, Pos: r.pos(r.place(v.Simple))}
	}
	return r.tagValue(v.Simple)
}

// stringValue joins adjacent string literals and replaces their escapes.
func (r *reader) stringValue(parts []*stringPart) (string, slice.Pos) {
	first := r.place(&parts[0].Token)
	if last := r.place(&parts[len(parts)-1].Token); last.line == first.line {
		first.end = last.end
	}
	if len(parts) == 1 {
		return r.unquote(&parts[0].Token), r.pos(first)
	}
	var out strings.Builder
	for i := range parts {
		out.WriteString(r.unquote(&parts[i].Token))
	}
	return out.String(), r.pos(first)
}
