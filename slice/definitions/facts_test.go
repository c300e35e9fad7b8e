package definitions_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/slice2go/slice2go/slice"
)

// fact is a line of testdata/omero/definitions.jsonl.
type fact struct {
	File, Module, Kind, Name string
	Meta, Extends            []string
	Members                  []factMember
	Ops                      []struct {
		Name, Returns, Mode string
		Params              []factMember
		Meta, Throws        []string
	}
	Items                []any
	Of, Key, Type, Value string
}

type factMember struct {
	Type, Name string
	Meta       []string
}

func readJSONLines[T any](t *testing.T, path string) (all []T) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		var v T
		require.NoError(t, json.Unmarshal(lines.Bytes(), &v))
		all = append(all, v)
	}
	return all
}

// OMERO's definitions as our compiler understands them are the facts: every
// definition, member, parameter, order, type, mode and exception, in the same
// files with the same includes.
func TestOmeroIsWhatTheFactsSay(t *testing.T) {
	model := compile(t, "omero")
	files := map[string]*slice.File{}
	for _, f := range model.Files {
		files[f.Name] = f
	}

	facts := readJSONLines[fact](t, "../../testdata/omero/definitions.jsonl")
	names := map[string]bool{
		"Ice::Context": true, "Ice::Identity": true, "Glacier2::Session": true, "Glacier2::CannotCreateSessionException": true,
		"Ice::StringSeq": true, "Ice::ByteSeq": true, "Ice::IntSeq": true, "Ice::LongSeq": true, "Ice::DoubleSeq": true, "Ice::BoolSeq": true,
	}
	for _, f := range facts {
		names[f.Module+"::"+f.Name] = true
	}
	want := map[string][]string{}
	for _, f := range facts {
		if !strings.HasPrefix(f.Kind, "forward") {
			want[f.File] = append(want[f.File], f.lines(names)...)
		}
	}

	listed := readJSONLines[struct {
		File     string
		Includes []string
	}](t, "../../testdata/omero/files.jsonl")
	require.Len(t, listed, 232)
	definitions := 0
	for _, l := range listed {
		f := files[l.File]
		require.NotNil(t, f, "%s is missing", l.File)
		includes := []string{}
		for _, inc := range f.Includes {
			includes = append(includes, inc.Name)
		}
		assert.Equal(t, l.Includes, includes, l.File)
		var got []string
		for _, d := range f.Defs {
			if _, module := d.(*slice.Module); !module {
				got = append(got, describe(d)...)
				definitions++
			}
		}
		assert.Equal(t, want[l.File], got, l.File)
	}
	assert.Equal(t, 302+50+32+205+38+16+365+4, definitions)
}

// resolver spells types absolutely, as seen from a module.
type resolver struct {
	names  map[string]bool
	module []string
}

func (r resolver) absolute(typ string) string {
	typ = strings.TrimPrefix(typ, "::")
	name, star := strings.CutSuffix(typ, "*")
	suffix := ""
	if star {
		suffix = "*"
	}
	for n := len(r.module); n >= 0; n-- {
		full := strings.Join(append(append([]string{}, r.module[:n]...), name), "::")
		if r.names[full] {
			return "::" + full + suffix
		}
	}
	return typ
}

func (r resolver) all(types []string) []string {
	out := make([]string, len(types))
	for i, typ := range types {
		out[i] = r.absolute(typ)
	}
	return out
}

func (f fact) lines(names map[string]bool) []string {
	r := resolver{names, strings.Split(f.Module, "::")}
	head := fmt.Sprintf("%s ::%s::%s", f.Kind, f.Module, f.Name)
	switch f.Kind {
	case "sequence":
		head += " of " + r.absolute(f.Of)
	case "dictionary":
		head += " of " + r.absolute(f.Key) + " " + r.absolute(f.Value)
	case "const":
		head += " " + r.absolute(f.Type) + " " + f.Value
	}
	lines := []string{head + list("extends", r.all(f.Extends)) + list("meta", f.Meta)}
	for _, m := range f.Members {
		name := strings.TrimPrefix(m.Name, `\`) // an escaped keyword
		lines = append(lines, "  member "+r.absolute(m.Type)+" "+name+list("meta", m.Meta))
	}
	for _, item := range f.Items {
		lines = append(lines, fmt.Sprint("  item ", item.([]any)[0]))
	}
	for _, o := range f.Ops {
		lines = append(lines, "  operation "+o.Mode+" "+r.absolute(o.Returns)+" "+o.Name+list("throws", r.all(o.Throws))+list("meta", o.Meta))
		for _, p := range o.Params {
			lines = append(lines, "    "+r.absolute(p.Type)+" "+p.Name)
		}
	}
	return lines
}

func list(what string, items []string) string {
	if len(items) == 0 {
		return ""
	}
	return " " + what + " " + strings.Join(items, ", ")
}

// describe gives the lines of a definition of the model.
func describe(d slice.Def) []string {
	c := d.Decl()
	head := func(kind string, rest string) []string {
		return []string{kind + " " + c.ScopedName() + rest + list("meta", c.Metadata)}
	}
	switch d := d.(type) {
	case *slice.Class:
		var bases []string
		if d.Base != nil {
			bases = append(bases, d.Base.ScopedName())
		}
		for _, i := range d.Implements {
			bases = append(bases, i.ScopedName())
		}
		compact := ""
		if d.CompactID >= 0 {
			compact = fmt.Sprintf("(%d)", d.CompactID)
		}
		return append(append(head("class", compact+list("extends", bases)), members(d.Members)...), operations(d.Operations)...)
	case *slice.Interface:
		var bases []string
		for _, b := range d.Bases {
			bases = append(bases, b.ScopedName())
		}
		return append(head("interface", list("extends", bases)), operations(d.Operations)...)
	case *slice.Exception:
		var bases []string
		if d.Base != nil {
			bases = []string{d.Base.ScopedName()}
		}
		return append(head("exception", list("extends", bases)), members(d.Members)...)
	case *slice.Struct:
		return append(head("struct", ""), members(d.Members)...)
	case *slice.Enum:
		lines := head("enum", "")
		for _, e := range d.Enumerators {
			line := "  item " + e.Name
			if e.Explicit {
				line += fmt.Sprintf(" = %d", e.Value)
			}
			lines = append(lines, line)
		}
		return lines
	case *slice.Sequence:
		return head("sequence", " of "+d.Elem.TypeName())
	case *slice.Dictionary:
		return head("dictionary", " of "+d.Key.TypeName()+" "+d.Value.TypeName())
	case *slice.Const:
		return head("const", " "+d.Type.TypeName()+" "+literal(d.Value))
	}
	return []string{fmt.Sprintf("%T", d)}
}

func literal(v *slice.Value) string {
	switch l := v.Literal.(type) {
	case string:
		return strconv.Quote(l)
	case *slice.Enumerator:
		return l.Name
	default:
		return fmt.Sprint(l)
	}
}

func members(all []*slice.Member) (lines []string) {
	for _, m := range all {
		line := "  member " + m.Type.TypeName() + " " + m.Name
		if m.Optional {
			line += fmt.Sprintf(" optional %d", m.Tag)
		}
		if m.Default != nil {
			line += " = " + literal(m.Default)
		}
		lines = append(lines, line+list("meta", m.Metadata))
	}
	return lines
}

func operations(all []*slice.Operation) (lines []string) {
	for _, o := range all {
		mode := [...]string{slice.Normal: "", slice.Nonmutating: "nonmutating", slice.Idempotent: "idempotent"}[o.Mode]
		returns := "void"
		if o.Return != nil {
			returns = typeOf(o.Return)
		}
		var throws []string
		for _, x := range o.Throws {
			throws = append(throws, x.ScopedName())
		}
		lines = append(lines, "  operation "+mode+" "+returns+" "+o.Name+list("throws", throws)+list("meta", o.Metadata))
		for _, p := range o.Params {
			direction := ""
			if p.Out {
				direction = "out "
			}
			lines = append(lines, "    "+direction+typeOf(p)+" "+p.Name)
		}
	}
	return lines
}

func typeOf(p *slice.Param) string {
	if p.Optional {
		return fmt.Sprintf("optional(%d) %s", p.Tag, p.Type.TypeName())
	}
	return p.Type.TypeName()
}
