package slice

import (
	"bufio"
	"encoding/json"
	"io"
	"sort"
	"strconv"
	"strings"
)

// dumped is a definition as Dump writes it; what does not apply is left out.
type dumped struct {
	File       string         `json:"file"`
	Module     string         `json:"module"`
	Kind       string         `json:"kind"`
	Name       string         `json:"name"`
	Meta       []string       `json:"meta,omitempty"`
	Local      bool           `json:"local,omitempty"`
	Compact    *int           `json:"compact,omitempty"`
	Extends    []string       `json:"extends,omitempty"`
	Implements []string       `json:"implements,omitempty"`
	Members    []dumpedMember `json:"members,omitempty"`
	Ops        []dumpedOp     `json:"ops,omitempty"`
	Items      [][2]any       `json:"items,omitempty"`
	Of         string         `json:"of,omitempty"`
	Key        string         `json:"key,omitempty"`
	ValueType  string         `json:"value,omitempty"`
	Type       string         `json:"type,omitempty"`
}

type dumpedMember struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Out     bool     `json:"out,omitempty"`
	Tag     *int     `json:"tag,omitempty"`
	Default *string  `json:"default,omitempty"`
	Meta    []string `json:"meta,omitempty"`
}

type dumpedOp struct {
	Name    string         `json:"name"`
	Returns string         `json:"returns"`
	Params  []dumpedMember `json:"params"`
	Mode    string         `json:"mode,omitempty"`
	Throws  []string       `json:"throws,omitempty"`
	Tag     *int           `json:"tag,omitempty"`
	Meta    []string       `json:"meta,omitempty"`
}

// Dump writes one JSON object a line for every definition of the model's
// inputs, in source order, with forward declarations. Types are absolute.
func Dump(out io.Writer, m *Model) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, f := range m.Files {
		if !f.Input {
			continue
		}
		for _, d := range inSourceOrder(f) {
			if err := enc.Encode(dumpDef(f, d)); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}

// inSourceOrder merges the definitions and the forward declarations of f.
func inSourceOrder(f *File) []Def {
	all := append([]Def{}, f.Defs...)
	for _, fwd := range f.Forwards {
		all = append(all, fwd)
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i].Decl().Pos, all[j].Decl().Pos
		return a.Line < b.Line || a.Line == b.Line && a.Col < b.Col
	})
	return all
}

func dumpDef(f *File, def Def) dumped {
	c := def.Decl()
	d := dumped{File: f.Name, Name: escaped(c.Name), Meta: c.Metadata, Local: c.Local}
	if c.Scope != nil && c.Scope.Scope != nil {
		d.Module = strings.TrimPrefix(c.Scope.ScopedName(), "::")
	}
	switch def := def.(type) {
	case *Forward:
		d.Kind = "forward class"
		if _, ok := def.Of.(*Interface); ok {
			d.Kind = "forward interface"
		}
	case *Class:
		d.Kind = "class"
		if def.Base != nil {
			d.Extends = []string{def.Base.ScopedName()}
		}
		for _, i := range def.Implements {
			d.Implements = append(d.Implements, i.ScopedName())
		}
		if def.CompactID >= 0 {
			d.Compact = &def.CompactID
		}
		d.Members, d.Ops = dumpMembers(def.Members), dumpOps(def.Operations)
	case *Interface:
		d.Kind = "interface"
		for _, i := range def.Bases {
			d.Extends = append(d.Extends, i.ScopedName())
		}
		d.Ops = dumpOps(def.Operations)
	case *Exception:
		d.Kind = "exception"
		if def.Base != nil {
			d.Extends = []string{def.Base.ScopedName()}
		}
		d.Members = dumpMembers(def.Members)
	case *Struct:
		d.Kind, d.Members = "struct", dumpMembers(def.Members)
	case *Enum:
		d.Kind = "enum"
		for _, e := range def.Enumerators {
			item := [2]any{escaped(e.Name), nil}
			if e.Explicit {
				item[1] = strconv.Itoa(int(e.Value))
			}
			d.Items = append(d.Items, item)
		}
	case *Sequence:
		d.Kind, d.Of = "sequence", def.Elem.TypeName()
	case *Dictionary:
		d.Kind, d.Key, d.ValueType = "dictionary", def.Key.TypeName(), def.Value.TypeName()
	case *Const:
		d.Kind, d.Type, d.ValueType = "const", def.Type.TypeName(), def.Value.String()
	}
	return d
}

func dumpMembers(members []*Member) []dumpedMember {
	var out []dumpedMember
	for _, m := range members {
		d := dumpedMember{Type: m.Type.TypeName(), Name: escaped(m.Name), Meta: m.Metadata}
		if m.Optional {
			d.Tag = &m.Tag
		}
		if m.Default != nil {
			text := m.Default.String()
			d.Default = &text
		}
		out = append(out, d)
	}
	return out
}

func dumpOps(ops []*Operation) []dumpedOp {
	var out []dumpedOp
	for _, op := range ops {
		d := dumpedOp{Name: escaped(op.Name), Returns: "void", Params: []dumpedMember{}, Meta: op.Metadata}
		switch op.Mode {
		case Nonmutating:
			d.Mode = "nonmutating"
		case Idempotent:
			d.Mode = "idempotent"
		}
		if op.Return != nil {
			d.Returns = op.Return.Type.TypeName()
			if op.Return.Optional {
				d.Tag = &op.Return.Tag
			}
		}
		for _, p := range op.Params {
			param := dumpedMember{Type: p.Type.TypeName(), Name: escaped(p.Name), Out: p.Out, Meta: p.Metadata}
			if p.Optional {
				param.Tag = &p.Tag
			}
			d.Params = append(d.Params, param)
		}
		for _, e := range op.Throws {
			d.Throws = append(d.Throws, e.ScopedName())
		}
		out = append(out, d)
	}
	return out
}

// escaped writes a name so that it could stand in a Slice file.
func escaped(name string) string {
	if keywords[name] {
		return `\` + name
	}
	return name
}

// String writes the value as Slice does: digits, true or false, a quoted
// string, or the absolute name of an enumerator.
func (v *Value) String() string {
	switch l := v.Literal.(type) {
	case bool:
		return strconv.FormatBool(l)
	case int64:
		return strconv.FormatInt(l, 10)
	case float64:
		return strconv.FormatFloat(l, 'g', -1, 64)
	case string:
		return quoteSlice(l)
	case *Enumerator:
		return l.Enum.ScopedName() + "::" + l.Name
	}
	return ""
}

// quoteSlice puts s into quotes and escapes what Slice would not take there.
func quoteSlice(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c == '\n':
			out.WriteString(`\n`)
		case c == '\t':
			out.WriteString(`\t`)
		case c < ' ' || c == 0x7f:
			out.WriteString(`\` + string([]byte{'0' + c>>6, '0' + c>>3&7, '0' + c&7}))
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}
