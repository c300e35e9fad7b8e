package gen_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// randomModel writes Slice definitions that are valid, over the whole language:
// it refers only to what it defined before. The top-level modules of a model have
// names of their own, so that many models make one program.
type randomModel struct {
	*rand.Rand
	name    string
	out     *strings.Builder
	files   map[string]string
	order   []string // of the files
	module  *randomModule
	modules []*randomModule // in the order in which they may refer to those before
	serial  int
	types   []randomType
	keys    []randomType // of dictionaries
	consts  []randomConst
	echoes  []string // types that go over the wire to Python and back
	tags    int
	indent  string
	taken   map[string]bool // folded names of definitions
}

type randomModule struct {
	name, path string // path is the scoped name
	rank       int
}

// randomType is a type that may be referred to.
type randomType struct {
	ref      string // from anywhere
	kind     string
	rank     int
	echo     bool     // Python can take it and give it back
	local    bool     // for local definitions only
	members  []string // folded names, with those of bases
	ops      []string // likewise
	enums    []string // enumerators
	hasClass bool
}

type randomConst struct {
	ref, kind string
	rank      int
	value     int64 // of an integral one
}

// words are names that mean something to Go, to its generated code, or nothing.
var words = strings.Fields("func var type range go chan select defer map package import fallthrough switch case default if else for return break continue goto " +
	"any append cap clear close comparable complex copy delete error imag len make max min new nil panic print println real recover rune iota uint uint8 int32 float64 " +
	"ctx d e err impl init p r v x i context main model slices strconv wire string2 name value2 get set ok ret returnValue this get_ id url urlName " +
	"Name2 equal unwrap preserved typeId nameAsync result read write op methods")

// titles are names of definitions that are close to what Go or its generated code
// has.
var titles = strings.Fields("Error String2 Context Proxy Optional Servant Type Func Any Ok Nil Init Main Len Future Void Current Op Methods Encoder Decoder " +
	"Preserved Communicator Identity Result Wire Model Strconv Slices Bool Int32 Map Chan Range New Checked Async")

func newRandomModel(seed uint64) *randomModel {
	m := &randomModel{
		Rand: rand.New(rand.NewPCG(seed, 42)), name: fmt.Sprintf("Rnd%d", seed), files: map[string]string{}, taken: map[string]bool{},
	}
	for rank := range 1 + m.IntN(3) {
		m.modules = append(m.modules, &randomModule{name: m.name + string('A'+rune(rank)), rank: rank})
		m.modules[rank].path = m.modules[rank].name
	}
	for n := range 1 + m.IntN(3) {
		m.file(n)
	}
	return m
}

// pick takes one of a list.
func pick[T any](m *randomModel, list []T) T { return list[m.IntN(len(list))] }

func (m *randomModel) chance(percent int) bool { return m.IntN(100) < percent }

func (m *randomModel) line(format string, args ...any) {
	fmt.Fprintf(m.out, m.indent+format+"\n", args...)
}

// file writes one file, which includes all those before.
func (m *randomModel) file(n int) {
	m.out, m.indent = &strings.Builder{}, ""
	name := fmt.Sprintf("%s_%d.ice", m.name, n)
	guard := strings.ToUpper(m.name) + fmt.Sprintf("_%d_ICE", n)
	closing := ""
	switch m.IntN(4) {
	case 0:
		m.line("#pragma once")
	case 1:
		m.line("// a comment\n#ifndef %s\n#define %s", guard, guard)
		closing = "#endif\n"
	case 2:
		m.line("#if !defined(%s)\n#  define %s 1", guard, guard)
		closing = "#endif // " + guard + "\n// and another\n"
	default:
		m.line("#ifndef %s\n#define %s", guard, guard)
		closing = "#endif\n"
	}
	m.line(`[["suppress-warning:all", "underscore"]]`)
	for _, before := range m.order {
		m.line("#include <%s>", before)
	}
	m.line("#include <Ice/BuiltinSequences.ice>\n#include <Ice/Identity.ice>")
	for _, mod := range m.modules {
		if m.chance(20) && n > 0 {
			continue
		}
		m.openModule(mod)
		for range 6 + m.IntN(14) {
			m.definition()
		}
		if m.chance(30) {
			inner := &randomModule{name: fmt.Sprintf("In%d", m.number()), rank: mod.rank}
			inner.path = mod.path + "::" + inner.name
			m.openModule(inner)
			for range 3 + m.IntN(6) {
				m.definition()
			}
			m.closeModule()
			m.module = mod
		}
		if mod == m.modules[len(m.modules)-1] {
			m.echoInterface()
		}
		m.closeModule()
	}
	m.out.WriteString(closing)
	m.files[name] = m.out.String()
	m.order = append(m.order, name)
}

func (m *randomModel) openModule(mod *randomModule) {
	m.module = mod
	if m.chance(10) {
		m.line("/** Module %s. */", mod.name)
	}
	m.line("module %s\n%s{", mod.name, m.indent)
	m.indent += "  "
}

func (m *randomModel) closeModule() {
	m.indent = m.indent[2:]
	m.line("}%s", pick(m, []string{"", ";"}))
}

func (m *randomModel) number() int { m.serial++; return m.serial }

// title names a definition: the letter of its kind and a number, or a word that is
// close to something.
func (m *randomModel) title(letter string) string {
	for range 5 {
		t := pick(m, titles)
		if !m.chance(15) || m.taken[strings.ToLower(t)] {
			continue
		}
		m.taken[strings.ToLower(t)] = true
		return t
	}
	return fmt.Sprintf("%s%d", letter, m.number())
}

func (m *randomModel) path(name string) string { return "::" + m.module.path + "::" + name }

// word is a name that is not in taken, to which it is added.
func (m *randomModel) word(taken *[]string) string {
	for {
		w := pick(m, words)
		if m.chance(20) {
			w += fmt.Sprint(m.IntN(100))
		}
		w = strings.TrimRight(w, "_")
		if !slices.Contains(*taken, strings.ToLower(w)) {
			*taken = append(*taken, strings.ToLower(w))
			return w
		}
	}
}

// metadata writes a doc comment or a list of metadata, with that given.
func (m *randomModel) metadata(list ...string) {
	switch m.IntN(12) {
	case 0:
		list = append(list, `"deprecate:use something else"`)
	case 1:
		m.line("/** Something {@link Error} about <b>it</b>.\n%s * @see #name\n%s * @deprecated since */", m.indent, m.indent)
	case 2:
		m.line("/// A line\n%s/// and another.", m.indent)
	case 3:
		list = append(list, fmt.Sprintf(`"go:identifier:Own%d"`, m.number()))
	}
	if len(list) > 0 {
		m.line("[%s]", strings.Join(list, ", "))
	}
}

func (m *randomModel) definition() {
	kinds := []func(){
		m.constant, m.constant, m.enum, func() { m.structure("") }, func() { m.structure("") }, m.interfaceDef, m.sequence, m.dictionary, m.local, m.forward,
		m.class, m.class, m.exception,
	}
	n := m.IntN(len(kinds))
	var list []string
	if n >= 10 && m.chance(15) {
		list = append(list, `"preserve-slice"`)
	}
	m.metadata(list...)
	kinds[n]()
}

var numeric = []string{"byte", "short", "int", "long", "float", "double"}

// builtin is a builtin type of a data member.
func (m *randomModel) builtin() string {
	return pick(m, []string{"bool", "byte", "short", "int", "long", "float", "double", "string", "string", "int"})
}

// dataType is any type that a member may have.
func (m *randomModel) dataType(local bool) randomType {
	usable := m.usable(func(t randomType) bool {
		return t.kind != "exception" && t.kind != "implementable" && (local || !t.local)
	})
	switch n := m.IntN(20); {
	case n == 0:
		return randomType{ref: "Object", kind: "object", echo: true, hasClass: true}
	case n == 1:
		return randomType{ref: "Object*", kind: "proxy", echo: true}
	case n == 2:
		return pick(m, []randomType{{ref: "::Ice::Identity", kind: "struct", echo: true}, {ref: "::Ice::StringSeq", kind: "sequence", echo: true}, {ref: "Value", kind: "object", echo: true, hasClass: true}})
	case n < 9 || len(usable) == 0:
		return randomType{ref: m.builtin(), kind: "builtin", echo: true}
	}
	t := pick(m, usable)
	switch {
	case t.kind == "interface" && !t.local && m.chance(85):
		return randomType{ref: t.ref + "*", kind: "proxy", echo: true}
	case t.kind == "interface" && !t.local:
		return randomType{ref: t.ref, kind: "value", hasClass: true}
	case t.kind == "class" && !t.local && m.chance(10):
		return randomType{ref: t.ref + "*", kind: "proxy", echo: len(t.ops) > 0}
	}
	return t
}

// usable are the types that the present module may refer to.
func (m *randomModel) usable(fits func(randomType) bool) []randomType {
	var out []randomType
	for _, t := range m.types {
		if t.rank <= m.module.rank && fits(t) {
			out = append(out, t)
		}
	}
	return out
}

func (m *randomModel) define(t randomType, name string) *randomType {
	t.ref, t.rank = m.path(name), m.module.rank
	m.types = append(m.types, t)
	if t.echo && !t.local && t.kind != "exception" && t.kind != "interface" {
		m.echoes = append(m.echoes, t.ref)
	}
	return &m.types[len(m.types)-1]
}

func (m *randomModel) enum() {
	name := m.title("E")
	t := randomType{kind: "enum", echo: true}
	var list []string
	next := 0
	var names []string
	for range 1 + m.IntN(6) {
		w := m.word(&names)
		t.enums = append(t.enums, w)
		switch m.IntN(4) {
		case 0:
			next += m.IntN(300)
			w += fmt.Sprintf(" = %d", next)
		case 1:
			next += m.IntN(100000)
			w += fmt.Sprintf(" = 0x%x", next)
		}
		next++
		list = append(list, w)
	}
	m.line("enum %s { %s }%s", name, strings.Join(list, ", "), pick(m, []string{"", ";"}))
	m.keys = append(m.keys, *m.define(t, name))
}

// structure writes a struct; prefix is "local " or nothing.
func (m *randomModel) structure(prefix string) {
	name := m.title("S")
	t := randomType{kind: "struct", echo: true, local: prefix != ""}
	key := true
	var lines []string
	var names []string
	for range 1 + m.IntN(6) {
		mt := m.dataType(prefix != "")
		key = key && m.isKey(mt)
		t.echo = t.echo && mt.echo
		t.hasClass = t.hasClass || mt.hasClass
		lines = append(lines, m.member(mt, &names, false))
	}
	m.line("%sstruct %s\n%s{\n%s\n%s}%s", prefix, name, m.indent, strings.Join(lines, "\n"), m.indent, pick(m, []string{"", ";"}))
	def := m.define(t, name)
	if key && prefix == "" {
		m.keys = append(m.keys, *def)
	}
}

// isKey reports whether a type may be in the key of a dictionary, for Python too.
func (m *randomModel) isKey(t randomType) bool {
	return t.kind == "builtin" && t.ref != "float" && t.ref != "double" || slices.ContainsFunc(m.keys, func(k randomType) bool { return k.ref == t.ref })
}

// member writes a data member, with a default where it can have one.
func (m *randomModel) member(t randomType, names *[]string, mayBeOptional bool) string {
	s := m.indent + "  "
	if m.chance(5) {
		s += fmt.Sprintf(`["go:identifier:Own%d"] `, m.number())
	}
	if mayBeOptional && m.chance(30) {
		m.tags++
		s += fmt.Sprintf("optional(%d) ", m.tags*7%100000)
	}
	s += t.ref + " " + m.word(names)
	if m.chance(40) {
		if v := m.valueOf(t); v != "" {
			s += " = " + v
		}
	}
	return s + ";"
}

// valueOf writes a value of a type, or nothing.
func (m *randomModel) valueOf(t randomType) string {
	if t.kind == "enum" {
		return t.ref + "::" + pick(m, t.enums)
	}
	if t.kind != "builtin" {
		return ""
	}
	v, _ := m.literal(t.ref)
	return v
}

var stringLiterals = []string{`""`, `"plain"`, `"\t\n\\\""`, `"é日本"`, `"\u00e9\U0001F600"`, `"a\x41\101b"`, "\"`\"", `"$@%s"`, `"\0end"`}

// literal writes a value of a builtin type; integral ones come as a number, too.
func (m *randomModel) literal(kind string) (string, int64) {
	var fits []randomConst
	for _, c := range m.consts {
		if c.rank <= m.module.rank && m.converts(c, kind) {
			fits = append(fits, c)
		}
	}
	if len(fits) > 0 && m.chance(40) {
		c := pick(m, fits)
		return c.ref, c.value
	}
	switch kind {
	case "bool":
		return pick(m, []string{"true", "false"}), 0
	case "string":
		return pick(m, stringLiterals), 0
	case "float":
		return pick(m, []string{"0", "1.5", "-1.5f", "1e10", ".5", "3.", "-0.0", "+2.5e-3F", "3.4e38", "1e300", "-1e39", "1e-40", "7", "0x10"}), 0
	case "double":
		return pick(m, []string{"0", "1.5", "-1.5f", "1e300", ".5", "3.", "-0.0", "+2.5e-3F", "1.7976931348623157e308", "5e-324", "-9", "010", "123456789012345678"}), 0
	}
	low, high := limits(kind)
	v := pick(m, []int64{0, 1, low, high, 7, 100, m.Int64N(high)})
	switch {
	case v < 0 || m.chance(60):
		return fmt.Sprint(v), v
	case m.chance(50):
		return fmt.Sprintf("0x%x", v), v
	}
	return fmt.Sprintf("0%o", v), v
}

func limits(kind string) (low, high int64) {
	switch kind {
	case "byte":
		return 0, 255
	case "short":
		return -32768, 32767
	case "int":
		return -1 << 31, 1<<31 - 1
	}
	return -1 << 63, 1<<63 - 1
}

// converts reports whether a constant may give a value of another type.
func (m *randomModel) converts(c randomConst, kind string) bool {
	from, to := slices.Index(numeric, c.kind), slices.Index(numeric, kind)
	if from < 0 || to < 0 || from == to {
		return c.kind == kind
	}
	low, high := limits(kind)
	switch {
	case to < 4:
		return from < 4 && c.value >= low && c.value <= high
	}
	return true
}

func (m *randomModel) constant() {
	name := m.title("K")
	enums := m.usable(func(t randomType) bool { return t.kind == "enum" })
	if len(enums) > 0 && m.chance(20) {
		t := pick(m, enums)
		m.line("const %s %s = %s;", t.ref, name, m.valueOf(t))
		return
	}
	kind := m.builtin()
	text, value := m.literal(kind)
	m.line("const %s %s = %s;", kind, name, text)
	m.consts = append(m.consts, randomConst{m.path(name), kind, m.module.rank, value})
}

func (m *randomModel) sequence() {
	name := m.title("Q")
	e := m.dataType(false)
	m.line("sequence<%s> %s;", e.ref, name)
	m.define(randomType{kind: "sequence", echo: e.echo, hasClass: e.hasClass}, name)
}

func (m *randomModel) dictionary() {
	name := m.title("D")
	key := randomType{ref: pick(m, []string{"bool", "byte", "short", "int", "long", "string", "string"})}
	var keys []randomType
	for _, k := range m.keys {
		if k.rank <= m.module.rank {
			keys = append(keys, k)
		}
	}
	if len(keys) > 0 && m.chance(50) {
		key = pick(m, keys)
	}
	v := m.dataType(false)
	m.line("dictionary<%s, %s> %s;", key.ref, v.ref, name)
	m.define(randomType{kind: "dictionary", echo: v.echo, hasClass: v.hasClass}, name)
}
