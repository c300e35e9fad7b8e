package gen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/slice2go/slice2go/slice"
)

// servant emits what a server has of an interface: the Go interface to
// implement, and the table that requests are dispatched by.
func (e *emitter) servant(i *ifaceInfo) {
	var members, parents, methods []*jen.Statement
	for _, b := range i.bases {
		members = append(members, jen.Qual(b.pkg.Path, b.servant))
		parents = append(parents, code("$(impl)", jen.Qual(b.pkg.Path, e.called(b.defInfo, "New"+b.name+"Servant"))))
	}
	for _, o := range i.ops {
		members = append(members, code("$$($) $", e.operationComment(o), o.name, e.params(o), e.plainResults(o)))
	}
	for _, o := range slices.SortedFunc(slices.Values(i.ops), func(a, b *opInfo) int { return strings.Compare(a.Name, b.Name) }) {
		methods = append(methods, e.method(i, o))
	}
	e.add(code("$type $ interface {\n$\n}", e.comment(i.def, i.servant+" is what a servant of "+i.typeID+" implements.", i.doc, nil), i.servant, lines(members...)))
	var ids []string
	for _, id := range i.ids {
		ids = append(ids, quote(id))
	}
	name := e.called(i.defInfo, "New"+i.name+"Servant")
	table := "methods" + i.name
	args := append([]*jen.Statement{code("impl"), code("[]string{$}", strings.Join(ids, ", ")), code(table)}, parents...)
	e.add(code("// $ makes impl ready to be added to an adapter.\nfunc $(impl $) @ice.Servant {\nreturn @ice.NewServant($)\n}",
		name, name, i.servant, list(args...)))
	if len(methods) == 0 {
		e.add(code("var $ = @ice.Methods{}", table))
		return
	}
	e.add(code("var $ = @ice.Methods{\n$\n}", table, lines(methods...)))
}

// method is the entry of one operation in the table.
func (e *emitter) method(i *ifaceInfo, o *opInfo) *jen.Statement {
	head := code("Name: $,", quote(o.Name))
	switch o.mode {
	case slice.Nonmutating:
		head = code("$ Mode: @ice.Nonmutating,", head)
	case slice.Idempotent:
		head = code("$ Mode: @ice.Idempotent,", head)
	}
	if o.format != "" {
		head = code("$ Format: @wire.$,", head, o.format)
	}
	var body []*jen.Statement
	args := []*jen.Statement{code("ctx")}
	for _, p := range onWire(o.in) {
		body = append(body, e.readParam(p))
	}
	for _, p := range o.in {
		args = append(args, code(p.local))
	}
	if o.inUsesClasses {
		body = append(body, code("d.PendingValues()"))
	}
	body = append(body, code("if err := d.End(); err != nil {\nreturn err\n}"))
	call := code("impl.($).$($)", i.servant, o.name, list(args...))
	if len(o.results) == 0 {
		body = append(body, code("return $", call))
	} else {
		var names []*jen.Statement
		for _, r := range o.results {
			names = append(names, code(r.local))
		}
		body = append(body, code("$, err := $\nif err != nil {\nreturn err\n}", list(names...), call))
		for _, r := range replyOrder(o) {
			if r.Optional {
				body = append(body, e.writeOptional(r.Type, r.Tag, r.local))
			} else {
				body = append(body, e.write(r.Type, r.local))
			}
		}
		if o.outUsesClasses {
			body = append(body, code("e.PendingValues()"))
		}
		body = append(body, code("return nil"))
	}
	return code("{$ Call: func(ctx @context.Context, impl any, d *@wire.Decoder, e *@wire.Encoder) error {\n$\n}},",
		head, lines(body...))
}

// readParam declares a parameter and reads it.
func (e *emitter) readParam(p *paramInfo) *jen.Statement {
	if p.Optional {
		return lines(code("var $ $", p.local, e.goTypeOf(p.Type, true)), e.readOptional(p.Type, p.Tag, p.local))
	}
	if e.needsPlace(p.Type) {
		return lines(code("var $ $", p.local, e.goType(p.Type)), e.read(p.Type, variable(p.local)))
	}
	return code("$ := $", p.local, e.readExpr(p.Type))
}
