package gen

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/slice2go/slice2go/slice"
)

// interfaceDef emits an interface: the client's side and the server's.
func (e *emitter) interfaceDef(d *slice.Interface) {
	i := e.info[d]
	if d.Local {
		e.localInterface(d)
		return
	}
	e.proxy(i.iface)
	e.servant(i.iface)
}

// proxy emits what a client has of an interface.
func (e *emitter) proxy(i *ifaceInfo) {
	var members []*jen.Statement
	for _, b := range i.bases {
		members = append(members, jen.Qual(b.pkg.Path, b.prx))
	}
	if len(i.bases) == 0 {
		members = append(members, code("@ice.ObjectPrx"))
	}
	for _, o := range i.ops {
		doc := e.operationComment(o)
		members = append(members,
			code("$$($) $", doc, o.name, e.params(o), e.plainResults(o)),
			code("$$($) *@ice.Future[$]", code("// $ starts [$.$].\n", o.async, i.prx, o.name), o.async, e.params(o), e.resultType(o)))
	}
	e.add(code("$type $ interface {\n$\n}", e.comment(i.def, i.prx+" is the proxy of "+i.typeID+".", i.doc, i.def.Decl().Metadata), i.prx, lines(members...)))
	embedded := code("@ice.Proxy")
	if i.embedded != nil {
		embedded = code(i.embedded.private)
	}
	e.add(code("type $ struct{ $ }", i.private, embedded))
	makeName := e.called(i.defInfo, "New"+i.name+"Prx")
	checked := e.called(i.defInfo, "Checked"+i.name+"Prx")
	checkedAsync := e.called(i.defInfo, "Checked"+i.name+"PrxAsync")
	e.add(code("// $ takes p as [$] without asking its server; nil stays nil.\nfunc $(p @ice.ObjectPrx) $ {\nif @ice.IsNil(p) {\nreturn nil\n}\nreturn $\n}",
		makeName, i.prx, makeName, i.prx, i.wrap(code("@ice.ProxyOf(p)"))))
	e.add(code("// $ asks the server whether p is [$], and returns nil if it is not.\nfunc $(ctx @context.Context, p @ice.ObjectPrx) ($, error) {\nreturn @ice.CheckedCast(ctx, p, $, $)\n}",
		checked, i.prx, checked, i.prx, quote(i.typeID), makeName))
	e.add(code("// $ starts [$].\nfunc $(ctx @context.Context, p @ice.ObjectPrx) *@ice.Future[$] {\nreturn @ice.CheckedCastAsync(ctx, p, $, $)\n}",
		checkedAsync, checked, checkedAsync, i.prx, quote(i.typeID), makeName))
	e.add(code("func ($) IceNew(p @ice.Proxy) @ice.ObjectPrx { return $ }", i.private, i.wrap(code("p"))))
	for _, o := range i.ops {
		e.operation(o)
	}
	for _, o := range i.inherits {
		if !i.embeds(o) {
			e.forward(i, o)
		}
	}
}

// wrap is a literal of the proxy's struct around an ice.Proxy.
func (i *ifaceInfo) wrap(p *jen.Statement) *jen.Statement {
	if i.embedded != nil {
		return code("${$}", i.private, i.embedded.wrap(p))
	}
	return code("${$}", i.private, p)
}

// embeds reports whether the proxy's struct has the inherited operation from
// the struct that it embeds.
func (i *ifaceInfo) embeds(o *opInfo) bool {
	return i.embedded != nil && (slices.Contains(i.embedded.ops, o) || slices.Contains(i.embedded.inherits, o))
}

// operation emits one operation: what the runtime needs to know of it, and the
// two methods.
func (e *emitter) operation(o *opInfo) {
	i := o.iface
	fields := []*jen.Statement{code("Name: $", quote(o.Name))}
	switch o.mode {
	case slice.Nonmutating:
		fields = append(fields, code("Mode: @ice.Nonmutating"))
	case slice.Idempotent:
		fields = append(fields, code("Mode: @ice.Idempotent"))
	}
	if o.format != "" {
		fields = append(fields, code("Format: @wire.$", o.format))
	}
	if len(o.results) > 0 {
		fields = append(fields, code("Returns: true"))
	}
	if len(o.Throws) > 0 {
		var ids []string
		for _, x := range o.Throws {
			ids = append(ids, quote(x.ScopedName()))
		}
		fields = append(fields, code("Throws: []string{$}", strings.Join(ids, ", ")))
	}
	head := list(fields...)
	if len(o.results) > 0 {
		e.add(code("var $ = @ice.Op[$]{\n$,\nRead: $,\n}", o.variable, e.resultType(o), head, e.reader(o)))
	} else {
		e.add(code("var $ = @ice.Op[@ice.Void]{$}", o.variable, head))
	}
	if o.result != "" {
		e.resultStruct(o)
	}
	write := code("nil")
	if len(o.in) > 0 {
		write = code("func(e *@wire.Encoder) {\n$\n}", e.writeParams(o))
	}
	e.add(code("func (p $) $($) *@ice.Future[$] {\nreturn @ice.Call(ctx, p, &$, $)\n}",
		i.private, o.async, e.params(o), e.resultType(o), o.variable, write))
	call := code("p.$($)", o.async, e.args(o, code("@ice.Awaited(ctx)")))
	switch {
	case len(o.results) == 0:
		e.add(code("func (p $) $($) error {\nreturn @ice.AwaitVoid(ctx, $)\n}", i.private, o.name, e.params(o), call))
	case o.result == "":
		e.add(code("func (p $) $($) $ {\nreturn @ice.Await(ctx, $)\n}", i.private, o.name, e.params(o), e.plainResults(o), call))
	default:
		var out []*jen.Statement
		for _, r := range o.results {
			out = append(out, code("r.$", r.field))
		}
		e.add(code("func (p $) $($) $ {\nr, err := @ice.Await(ctx, $)\nreturn $, err\n}",
			i.private, o.name, e.params(o), e.plainResults(o), call, list(out...)))
	}
}

// reader is the function that reads an operation's results.
func (e *emitter) reader(o *opInfo) *jen.Statement {
	r := o.results[0]
	if o.result != "" || r.Optional || o.outUsesClasses || e.needsPlace(r.Type) {
		return code("func(d *@wire.Decoder) (r $) {\n$\nreturn\n}", e.resultType(o), e.readResults(o))
	}
	if b, ok := r.Type.(*slice.Builtin); ok && b.Kind <= slice.String {
		return code("(*@wire.Decoder).$", builtins[b.Kind].method)
	}
	return code("func(d *@wire.Decoder) $ { return $ }", e.resultType(o), e.readExpr(r.Type))
}

// forward emits the two methods of an operation that the proxy's struct does
// not embed: it comes from a second base, or from another package.
func (e *emitter) forward(i *ifaceInfo, o *opInfo) {
	b := o.iface
	target := code("$(p)", jen.Qual(b.pkg.Path, e.called(b.defInfo, "New"+b.name+"Prx")))
	for _, async := range []bool{false, true} {
		name, results := o.name, e.plainResults(o)
		if async {
			name, results = o.async, code("*@ice.Future[$]", e.resultType(o))
		}
		e.add(code("func (p $) $($) $ {\nreturn $.$($)\n}", i.private, name, e.params(o), results, target, name, e.args(o, code("ctx"))))
	}
}

// params are the parameters of both methods.
func (e *emitter) params(o *opInfo) *jen.Statement {
	out := []*jen.Statement{code("ctx @context.Context")}
	for _, p := range o.in {
		out = append(out, code("$ $", p.local, e.goTypeOf(p.Type, p.Optional)))
	}
	return list(out...)
}

// args passes the parameters on, after ctx.
func (e *emitter) args(o *opInfo, ctx *jen.Statement) *jen.Statement {
	out := []*jen.Statement{ctx}
	for _, p := range o.in {
		out = append(out, code(p.local))
	}
	return list(out...)
}

// resultType is what the operation's future holds.
func (e *emitter) resultType(o *opInfo) *jen.Statement {
	switch {
	case len(o.results) == 0:
		return code("@ice.Void")
	case o.result != "":
		return jen.Qual(o.iface.pkg.Path, o.result)
	}
	r := o.results[0]
	return e.goTypeOf(r.Type, r.Optional)
}

// plainResults is what the plain method returns.
func (e *emitter) plainResults(o *opInfo) *jen.Statement {
	switch len(o.results) {
	case 0:
		return code("error")
	case 1:
		r := o.results[0]
		return code("($, error)", e.goTypeOf(r.Type, r.Optional))
	}
	var out []*jen.Statement
	for _, r := range o.results {
		name := r.local
		out = append(out, code("$ $", name, e.goTypeOf(r.Type, r.Optional)))
	}
	return code("($, err error)", list(out...))
}

// resultStruct emits the type that the future of an operation with out
// parameters holds.
func (e *emitter) resultStruct(o *opInfo) {
	var fields []*jen.Statement
	for _, r := range o.results {
		fields = append(fields, code("$ $", r.field, e.goTypeOf(r.Type, r.Optional)))
	}
	e.add(code("// $ is what [$.$] gives.\ntype $ struct {\n$\n}", o.result, o.iface.prx, o.async, o.result, lines(fields...)))
}

// onWire sorts parameters as they lie on the wire: the required ones in the
// order given, then the optional ones by tag.
func onWire(params []*paramInfo) []*paramInfo {
	out := slices.Clone(params)
	slices.SortStableFunc(out, func(a, b *paramInfo) int {
		switch {
		case a.Optional != b.Optional && a.Optional:
			return 1
		case a.Optional != b.Optional:
			return -1
		case a.Optional:
			return a.Tag - b.Tag
		}
		return 0
	})
	return out
}

// replyOrder puts the return value behind the out parameters, as it is on the
// wire.
func replyOrder(o *opInfo) []*paramInfo {
	if o.Return == nil {
		return onWire(o.results)
	}
	return onWire(append(slices.Clone(o.results[1:]), o.results[0]))
}

// writeParams is the body that writes the in parameters.
func (e *emitter) writeParams(o *opInfo) *jen.Statement {
	var out []*jen.Statement
	for _, p := range onWire(o.in) {
		if p.Optional {
			out = append(out, e.writeOptional(p.Type, p.Tag, p.local))
		} else {
			out = append(out, e.write(p.Type, p.local))
		}
	}
	if o.inUsesClasses {
		out = append(out, code("e.PendingValues()"))
	}
	return lines(out...)
}

// readResults is the body that reads a reply into r.
func (e *emitter) readResults(o *opInfo) *jen.Statement {
	var out []*jen.Statement
	for _, p := range replyOrder(o) {
		x := "r"
		if o.result != "" {
			x = "r." + p.field
		}
		if p.Optional {
			out = append(out, e.readOptional(p.Type, p.Tag, x))
		} else {
			out = append(out, e.read(p.Type, variable(x)))
		}
	}
	if o.outUsesClasses {
		out = append(out, code("d.PendingValues()"))
	}
	return lines(out...)
}

// localInterface emits a local interface: a plain Go interface.
func (e *emitter) localInterface(d *slice.Interface) {
	var members []*jen.Statement
	for _, b := range d.Bases {
		if !e.absent(b) {
			members = append(members, e.ref(b))
		}
	}
	taken := newScope(nil)
	for _, o := range d.Operations {
		names := newScope(e.pkg.private)
		var in, out []*jen.Statement
		if o.Return != nil {
			out = append(out, e.goTypeOf(o.Return.Type, o.Return.Optional))
		}
		for _, p := range o.Params {
			if p.Out {
				out = append(out, e.goTypeOf(p.Type, p.Optional))
				continue
			}
			in = append(in, code("$ $", names.claim(unexported(p.Name), p.Name), e.goTypeOf(p.Type, p.Optional)))
		}
		out = append(out, code("error"))
		members = append(members, code("$$($) ($)", e.comment(d, "", o.Doc, o.Metadata), taken.claim(exported(o.Name), o.Name), list(in...), list(out...)))
	}
	name := e.info[d].name
	e.add(code("$type $ interface {\n$\n}", e.typeComment(d, "local interface"), name, lines(members...)))
}
