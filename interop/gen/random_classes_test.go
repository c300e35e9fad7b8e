package gen_test

import (
	"fmt"
	"slices"
	"strings"
)

func (m *randomModel) class() {
	name := m.title("C")
	head := "class " + name
	t := randomType{kind: "class", echo: true, hasClass: true}
	if m.chance(15) {
		head += fmt.Sprintf("(%d)", m.number()+int(m.Uint64N(1<<20))*1000)
	}
	bases := m.usable(func(t randomType) bool { return t.kind == "class" && !t.local })
	if len(bases) > 0 && m.chance(50) {
		base := pick(m, bases)
		head += " extends " + base.ref
		t.members, t.ops, t.echo = slices.Clone(base.members), slices.Clone(base.ops), base.echo
	}
	interfaces := m.usable(func(t randomType) bool { return t.kind == "interface" && !t.local && len(t.ops) > 0 })
	if len(interfaces) > 0 && len(t.ops) == 0 && m.chance(15) {
		i := pick(m, interfaces)
		head += " implements " + i.ref
		t.ops = slices.Clone(i.ops)
		t.members = append(t.members, i.ops...)
	}
	var lines []string
	for range m.IntN(6) {
		mt := m.dataType(false)
		t.echo = t.echo && mt.echo
		lines = append(lines, m.member(mt, &t.members, true))
	}
	if m.chance(20) {
		for range 1 + m.IntN(2) {
			before := len(t.members)
			lines = append(lines, m.operation(&t.members, name, false))
			t.ops = append(t.ops, t.members[before:]...)
		}
	}
	m.line("%s\n%s{\n%s\n%s}%s", head, m.indent, strings.Join(lines, "\n"), m.indent, pick(m, []string{"", ";"}))
	m.define(t, name)
}

func (m *randomModel) exception() {
	name := m.title("X")
	head := "exception " + name
	t := randomType{kind: "exception"}
	bases := m.usable(func(t randomType) bool { return t.kind == "exception" && !t.local })
	if len(bases) > 0 && m.chance(50) {
		base := pick(m, bases)
		head += " extends " + base.ref
		t.members = slices.Clone(base.members)
	}
	var lines []string
	for range m.IntN(5) {
		lines = append(lines, m.member(m.dataType(false), &t.members, true))
	}
	m.line("%s\n%s{\n%s\n%s}%s", head, m.indent, strings.Join(lines, "\n"), m.indent, pick(m, []string{"", ";"}))
	m.define(t, name)
}

func (m *randomModel) interfaceDef() {
	name := m.title("I")
	head := "interface " + name
	t := randomType{kind: "interface", echo: true}
	var bases []string
	for _, b := range m.usable(func(t randomType) bool { return t.kind == "interface" && !t.local }) {
		if !m.chance(25) || slices.ContainsFunc(b.ops, func(o string) bool { return slices.Contains(t.ops, o) }) {
			continue // an operation of two bases is ambiguous
		}
		bases = append(bases, b.ref)
		t.ops = append(t.ops, b.ops...)
	}
	if len(bases) > 0 {
		head += " extends " + strings.Join(bases, ", ")
	}
	var lines []string
	for range m.IntN(5) {
		lines = append(lines, m.operation(&t.ops, name, false))
	}
	m.line("%s\n%s{\n%s\n%s}%s", head, m.indent, strings.Join(lines, "\n"), m.indent, pick(m, []string{"", ";"}))
	m.define(t, name)
}

// operation writes an operation of what is called owner.
func (m *randomModel) operation(names *[]string, owner string, local bool) string {
	s := m.indent + "  "
	if m.chance(10) {
		s += pick(m, []string{`["format:sliced"] `, `["format:compact"] `, `["deprecate"] `, `["amd"] `, `["nonmutating"] `, `["marshaled-result"] `})
	}
	if m.chance(10) {
		s += fmt.Sprintf("/** Does.\n%s   * @param name what\n%s   * @return it\n%s   * @throws Error when */ ", m.indent, m.indent, m.indent)
	}
	s += pick(m, []string{"", "", "", "idempotent "})
	optional := func() string {
		if local || !m.chance(25) {
			return ""
		}
		m.tags++
		return fmt.Sprintf("optional(%d) ", m.tags)
	}
	if m.chance(40) {
		s += "void "
	} else {
		s += optional() + m.dataType(local).ref + " "
	}
	fold := []string{strings.ToLower(owner)}
	*names = append(*names, fold...)
	s += m.word(names) + "("
	*names = slices.DeleteFunc(*names, func(n string) bool { return n == fold[0] })
	var params []string
	var taken []string
	for range m.IntN(4) {
		params = append(params, optional()+m.dataType(local).ref+" "+m.word(&taken))
	}
	for range m.IntN(3) {
		params = append(params, "out "+optional()+m.dataType(local).ref+" "+m.word(&taken))
	}
	s += strings.Join(params, ", ") + ")"
	if exceptions := m.usable(func(t randomType) bool { return t.kind == "exception" && (local || !t.local) }); len(exceptions) > 0 && m.chance(30) {
		s += " throws " + pick(m, exceptions).ref
	}
	return s + ";"
}

// local writes a local definition.
func (m *randomModel) local() {
	switch m.IntN(6) {
	case 0:
		m.structure("local ")
	case 1:
		name := m.title("L")
		e := m.dataType(true)
		m.line("local sequence<%s> %s;", e.ref, name)
		m.define(randomType{kind: "sequence", local: true}, name)
	case 2:
		name := m.title("L")
		v := m.dataType(true)
		m.line("local dictionary<string, %s> %s;", v.ref, name)
		m.define(randomType{kind: "dictionary", local: true}, name)
	case 3:
		name := m.title("L")
		t := randomType{kind: "exception", local: true}
		m.line("local exception %s\n%s{\n%s\n%s}", name, m.indent, m.member(m.dataType(true), &t.members, true), m.indent)
		m.define(t, name)
	case 4:
		name := m.title("L")
		t := randomType{kind: "class", local: true}
		m.line("local class %s\n%s{\n%s\n%s\n%s}", name, m.indent, m.member(m.dataType(true), &t.members, true), m.operation(&t.members, name, true), m.indent)
		m.define(t, name)
	default:
		name := m.title("L")
		t := randomType{kind: "interface", local: true}
		head := "local interface " + name
		bases := m.usable(func(t randomType) bool { return t.kind == "interface" && t.local })
		if len(bases) > 0 && m.chance(50) {
			b := pick(m, bases)
			head += " extends " + b.ref
			t.ops = slices.Clone(b.ops)
		}
		m.line("%s\n%s{\n%s\n%s}", head, m.indent, m.operation(&t.ops, name, true), m.indent)
		m.define(t, name)
	}
}

// forward writes a declaration, a use of it, and then its definition.
func (m *randomModel) forward() {
	n := m.number()
	if m.chance(50) {
		m.line("class F%d;\n%ssequence<F%d> FQ%d;\n%sclass F%d { FQ%d next; F%d one; F%d* prx; }", n, m.indent, n, n, m.indent, n, n, n, n)
		m.define(randomType{kind: "class", hasClass: true, members: []string{"next", "one", "prx"}}, fmt.Sprintf("F%d", n))
		return
	}
	m.line("interface F%d;\n%sdictionary<int, F%d*> FD%d;\n%sinterface F%d { F%d* self(FD%d all); }", n, m.indent, n, n, m.indent, n, n, n)
	m.define(randomType{kind: "interface", echo: true, ops: []string{"self"}}, fmt.Sprintf("F%d", n))
}

// echoInterface writes an interface with an operation for each type that Python
// can send back, plain and optional.
func (m *randomModel) echoInterface() {
	if len(m.echoes) == 0 {
		return
	}
	m.line("interface Echo%d\n%s{", m.number(), m.indent)
	for n, t := range m.echoes {
		m.line(`  ["format:sliced"] %s echoT%d(%s v, out %s w);`, t, n, t, t)
		m.line(`  optional(3) %s echoOptional%d(optional(1) %s v, out optional(2) %s w);`, t, n, t, t)
	}
	m.line("}")
	m.echoes = nil
}
