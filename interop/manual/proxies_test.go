package manual_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
)

// text has both sides parse a proxy and write it again.
func text(page, says, proxy string) row {
	return row{page: page, says: says, python: fmt.Sprintf("out = result(lambda: C.stringToProxy(%q).ice_toString())", proxy), ours: func(w *world) any {
		p, err := w.comm().StringToProxy(proxy)
		if err != nil {
			return name(err)
		}
		return p.String()
	}}
}

// method has both sides change or look at a proxy: python is an expression with p.
func method(page, says, proxy, python string, ours func(p ice.Proxy) any) row {
	return row{page: page, says: says, python: fmt.Sprintf("p = C.stringToProxy(%q)\nout = result(lambda: %s)", proxy, python), ours: func(w *world) any {
		return ours(ice.ProxyOf(w.proxy(proxy)))
	}}
}

// identity has both sides parse an identity and write it again.
func identityRow(says, written string) row {
	return row{page: "Object Identity", says: says, python: fmt.Sprintf("i = result(lambda: identity(%q))\nout = i if isinstance(i, str) else [i.category, i.name, C.identityToString(i)]", written), ours: func(w *world) any {
		i, err := ice.StringToIdentity(written)
		if err != nil {
			return name(err)
		}
		return []string{i.Category, i.Name, w.comm().IdentityToString(i)}
	}}
}

const (
	syntax  = "Proxy and Endpoint Syntax"
	methods = "Proxy Methods"
	simple  = "echo:tcp -h 127.0.0.1 -p 4061"
)

func init() {
	subjects["proxies"] = []row{
		text(syntax, "a proxy without options is two-way", "echo:tcp -h h -p 1"),
		text(syntax, "-t is two-way", "echo -t:tcp -h h -p 1"),
		text(syntax, "-o is oneway", "echo -o:tcp -h h -p 1"),
		text(syntax, "-O is batch oneway", "echo -O:tcp -h h -p 1"),
		text(syntax, "-d is datagram", "echo -d:udp -h h -p 1"),
		text(syntax, "-D is batch datagram", "echo -D:udp -h h -p 1"),
		text(syntax, "-s uses secure endpoints only", "echo -s:ssl -h h -p 1"),
		text(syntax, "-f names a facet", "echo -f side:tcp -h h -p 1"),
		text(syntax, "a facet with blanks is in quotes", `echo -f "a b":tcp -h h -p 1`),
		text(syntax, "-e is the encoding", "echo -e 1.0:tcp -h h -p 1"),
		text(syntax, "-p is the protocol", "echo -p 1.0:tcp -h h -p 1"),
		text(syntax, "without endpoints and adapter it is well-known", "echo"),
		text(syntax, "@ names an adapter", "echo @ Adapter"),
		text(syntax, "blanks around @ do not count", "echo@Adapter"),
		text(syntax, "an adapter id with blanks is in quotes", `echo @ "My Adapter"`),
		text(syntax, "an identity has a category", "cat/name:tcp -h h -p 1"),
		text(syntax, "a slash in a name is escaped", `cat/a\/b:tcp -h h -p 1`),
		text(syntax, "a colon in an identity needs quotes", `"a:b":tcp -h h -p 1`),
		text(syntax, "an @ in an identity needs quotes", `"a@b":tcp -h h -p 1`),
		text(syntax, "several endpoints keep their order", "echo:tcp -h a -p 1:ws -h b -p 2:tcp -h c -p 3"),
		text(syntax, "the default time-out of tcp is a minute", "echo:tcp -h h -p 1"),
		text(syntax, "-t infinite is no time-out", "echo:tcp -h h -p 1 -t infinite"),
		text(syntax, "-z allows compression", "echo:tcp -h h -p 1 -z"),
		text(syntax, "--sourceAddress is the address to connect from", "echo:tcp -h h -p 1 --sourceAddress 127.0.0.1"),
		text(syntax, "ws has a resource", "echo:ws -h h -p 1 -r /x"),
		text(syntax, "the resource of ws is / by default", "echo:ws -h h -p 1"),
		text(syntax, "an IPv6 address is in quotes", `echo:tcp -h "::1" -p 1`),
		text(syntax, "an opaque endpoint stays as it is", "echo:opaque -t 99 -e 1.1 -v abcd"),
		text(syntax, "default stands for Ice.Default.Protocol", "echo:default -h h -p 1"),
		text(syntax, "an unknown option is an error", "echo -q:tcp -h h -p 1"),
		text(syntax, "an unknown option of an endpoint is an error", "echo:tcp -h h -p 1 -q"),
		text(syntax, "an option without its argument is an error", "echo:tcp -h"),
		text(syntax, "an unknown transport is an error", "echo:smoke -h h -p 1"),
		text(syntax, "a port must be a number", "echo:tcp -h h -p x"),
		text(syntax, "a port must not be too large", "echo:tcp -h h -p 65536"),
		text(syntax, "a time-out must be positive", "echo:tcp -h h -p 1 -t 0"),
		text(syntax, "an endpoint must follow a colon", "echo:"),
		text(syntax, "an adapter must follow an @", "echo @"),
		text(syntax, "endpoints and an adapter exclude each other", "echo @ A:tcp -h h"),
		text(syntax, "an identity must have a name", "cat/:tcp -h h"),
		text(syntax, "a quote must be closed", `"echo:tcp -h h`),
		text(syntax, "a facet must follow -f", "echo -f"),
		text(syntax, "two slashes are too many", "a/b/c:tcp -h h"),
		text(syntax, "white space is ignored around it all", "  echo  :  tcp -h h -p 1  "),
		{page: syntax, says: "the empty string is the null proxy", python: "out = C.stringToProxy('') is None", ours: func(w *world) any {
			p, err := w.comm().StringToProxy("")
			return err == nil && p == nil
		}},
		{page: syntax, says: "the null proxy is the empty string", python: "out = C.proxyToString(None)", ours: func(w *world) any { return w.comm().ProxyToString(nil) }},

		identityRow("a name alone", "name"), identityRow("a category and a name", "cat/name"), identityRow("an empty category", "/name"),
		identityRow("an escaped slash", `a\/b`), identityRow("escaped slashes in both", `a\/b/c\/d`), identityRow("no name", "cat/"), identityRow("two slashes", "a/b/c"),
		identityRow("a letter beyond ASCII", "café"), identityRow("an escaped letter", `caf\u00e9`), identityRow("an octal escape", `\101`), identityRow("the empty string", ""),
		identityRow("a tab as an escape", `a\tb`), identityRow("a control character as an escape", `a\001b`),
		{page: "Object Identity", says: "ToStringMode ASCII escapes letters beyond ASCII", python: "out = comm('Ice.ToStringMode=ASCII').identityToString(Ice.Identity('é', 'c'))", ours: func(w *world) any {
			return w.comm("Ice.ToStringMode=ASCII").IdentityToString(ice.Identity{Name: "é", Category: "c"})
		}},
		{page: "Object Identity", says: "ToStringMode Compat writes bytes in octal", python: "out = comm('Ice.ToStringMode=Compat').identityToString(Ice.Identity('é', 'c'))", ours: func(w *world) any {
			return w.comm("Ice.ToStringMode=Compat").IdentityToString(ice.Identity{Name: "é", Category: "c"})
		}},

		method(methods, "ice_identity changes the identity and nothing else", simple, "p.ice_identity(identity('c/n')).ice_toString()", func(p ice.Proxy) any { return ice.WithIdentity(p, id("c/n")).String() }),
		method(methods, "ice_getIdentity", "c/n:tcp -h h", "[p.ice_getIdentity().category, p.ice_getIdentity().name]", func(p ice.Proxy) any {
			return []string{p.IceIdentity().Category, p.IceIdentity().Name}
		}),
		method(methods, "ice_facet changes the facet", simple, "p.ice_facet('x').ice_toString()", func(p ice.Proxy) any { return ice.WithFacet(p, "x").String() }),
		method(methods, "ice_facet of the empty string is the default facet", "echo -f x:tcp -h h -p 1", "p.ice_facet('').ice_toString()", func(p ice.Proxy) any { return ice.WithFacet(p, "").String() }),
		method(methods, "ice_getFacet", "echo -f x:tcp -h h -p 1", "p.ice_getFacet()", func(p ice.Proxy) any { return p.IceFacet() }),
		method(methods, "ice_adapterId replaces endpoints", simple, "p.ice_adapterId('A').ice_toString()", func(p ice.Proxy) any { return ice.WithAdapterID(p, "A").String() }),
		method(methods, "ice_getAdapterId", "echo @ A", "p.ice_getAdapterId()", func(p ice.Proxy) any { return p.IceAdapterID() }),
		method(methods, "ice_getAdapterId of a direct proxy is empty", simple, "p.ice_getAdapterId()", func(p ice.Proxy) any { return p.IceAdapterID() }),
		method(methods, "ice_endpoints replaces the adapter id", "echo @ A", "p.ice_endpoints(C.stringToProxy('x:tcp -h h -p 1').ice_getEndpoints()).ice_toString()", func(p ice.Proxy) any {
			other, _ := p.IceCommunicator().StringToProxy("x:tcp -h h -p 1")
			return ice.WithEndpoints(p, other).String()
		}),
		method(methods, "ice_getEndpoints keeps their order", "echo:tcp -h a -p 1:ws -h b -p 2", "[e.toString() for e in p.ice_getEndpoints()]", func(p ice.Proxy) any {
			var list []string
			for _, e := range p.IceEndpoints() {
				list = append(list, e.String())
			}
			return list
		}),
		method(methods, "ice_getEndpoints of an indirect proxy is empty", "echo @ A", "len(p.ice_getEndpoints())", func(p ice.Proxy) any { return len(p.IceEndpoints()) }),
		method(methods, "ice_oneway", simple, "[p.ice_oneway().ice_toString(), p.ice_oneway().ice_isOneway()]", func(p ice.Proxy) any {
			return []any{ice.Oneway(p).String(), ice.Oneway(p).IceMode() == ice.ModeOneway}
		}),
		method(methods, "ice_batchOneway", simple, "p.ice_batchOneway().ice_toString()", func(p ice.Proxy) any { return ice.BatchOneway(p).String() }),
		method(methods, "ice_datagram", simple, "p.ice_datagram().ice_toString()", func(p ice.Proxy) any { return ice.Datagram(p).String() }),
		method(methods, "ice_batchDatagram", simple, "p.ice_batchDatagram().ice_toString()", func(p ice.Proxy) any { return ice.BatchDatagram(p).String() }),
		method(methods, "ice_twoway makes a oneway proxy two-way again", "echo -o:tcp -h h -p 1", "p.ice_twoway().ice_toString()", func(p ice.Proxy) any { return ice.Twoway(p).String() }),
		method(methods, "ice_secure", simple, "[p.ice_secure(True).ice_toString(), p.ice_secure(True).ice_isSecure(), p.ice_isSecure()]", func(p ice.Proxy) any {
			return []any{ice.Secure(p).String(), ice.Secure(p).IceSecure(), p.IceSecure()}
		}),
		method(methods, "ice_preferSecure does not show in the string", simple, "[p.ice_preferSecure(True).ice_toString(), p.ice_preferSecure(True).ice_isPreferSecure()]", func(p ice.Proxy) any {
			return []any{ice.PreferSecure(p, true).String(), ice.PreferSecure(p, true).IcePreferSecure()}
		}),
		method(methods, "ice_encodingVersion", simple, "p.ice_encodingVersion(Ice.Encoding_1_0).ice_toString()", func(p ice.Proxy) any {
			return ice.WithEncoding(p, ice.EncodingVersion{Major: 1}).String()
		}),
		method(methods, "ice_timeout shows in the endpoints", simple, "p.ice_timeout(1234).ice_toString()", func(p ice.Proxy) any {
			return ice.WithTimeout(p, 1234*time.Millisecond).String()
		}),
		method(methods, "ice_timeout -1 is infinite", simple, "p.ice_timeout(-1).ice_toString()", func(p ice.Proxy) any { return ice.WithTimeout(p, -1).String() }),
		method(methods, "ice_invocationTimeout does not show in the string", simple, "p.ice_invocationTimeout(1234).ice_toString()", func(p ice.Proxy) any {
			return ice.WithInvocationTimeout(p, time.Second).String()
		}),
		method(methods, "there is no invocation time-out by default", simple, "p.ice_getInvocationTimeout() == -1", func(p ice.Proxy) any { return p.IceInvocationTimeout() <= 0 }),
		method(methods, "ice_connectionId does not show in the string", simple, "[p.ice_connectionId('x').ice_toString(), p.ice_connectionId('x').ice_getConnectionId(), p.ice_getConnectionId()]", func(p ice.Proxy) any {
			q := ice.WithConnectionID(p, "x")
			return []any{q.String(), q.IceConnectionID(), p.IceConnectionID()}
		}),
		method(methods, "connections are cached by default", simple, "[p.ice_isConnectionCached(), p.ice_connectionCached(False).ice_isConnectionCached()]", func(p ice.Proxy) any {
			return []any{p.IceConnectionCached(), ice.WithConnectionCached(p, false).IceConnectionCached()}
		}),
		method(methods, "endpoint selection is random by default", simple, "[p.ice_getEndpointSelection() == Ice.EndpointSelectionType.Random, p.ice_endpointSelection(Ice.EndpointSelectionType.Ordered).ice_getEndpointSelection() == Ice.EndpointSelectionType.Ordered]", func(p ice.Proxy) any {
			return []any{p.IceEndpointSelection() == ice.Random, ice.WithEndpointSelection(p, ice.Ordered).IceEndpointSelection() == ice.Ordered}
		}),
		method(methods, "locators' answers hold for ever by default", simple, "p.ice_getLocatorCacheTimeout()", func(p ice.Proxy) any {
			if d := p.IceLocatorCacheTimeout(); d >= 0 {
				return d
			}
			return -1
		}),
		method(methods, "there is no router and no locator by default", simple, "[p.ice_getRouter() is None, p.ice_getLocator() is None]", func(p ice.Proxy) any {
			return []any{p.IceRouter() == nil, p.IceLocator() == nil}
		}),
		method(methods, "ice_compress is not set by default", simple, "p.ice_getCompress() == Ice.Unset", func(p ice.Proxy) any { _, set := p.IceCompress(); return !set }),
		method(methods, "ice_context replaces the context", simple, "[p.ice_context({'a': 'b'}).ice_getContext(), p.ice_context({'a': 'b'}).ice_context({'c': 'd'}).ice_getContext()]", func(p ice.Proxy) any {
			q := ice.WithContext(p, map[string]string{"a": "b"})
			return []any{q.IceContext(), ice.WithContext(q, map[string]string{"c": "d"}).IceContext()}
		}),
		method(methods, "a proxy does not change", simple, "[p.ice_oneway() is not None, p.ice_toString()]", func(p ice.Proxy) any { return []any{!ice.IsNil(ice.Oneway(p)), p.String()} }),
		method(methods, "a new proxy has no connection", simple, "p.ice_getCachedConnection() is None", func(p ice.Proxy) any { return p.IceCachedConnection() == nil }),

		method("Proxy Comparison", "proxies of the same string are equal", simple, "p == C.stringToProxy('"+simple+"')", func(p ice.Proxy) any {
			q, _ := p.IceCommunicator().StringToProxy(simple)
			return p.Equal(q)
		}),
		method("Proxy Comparison", "the mode counts", simple, "p == p.ice_oneway()", func(p ice.Proxy) any { return p.Equal(ice.Oneway(p)) }),
		method("Proxy Comparison", "the facet counts", simple, "p == p.ice_facet('x')", func(p ice.Proxy) any { return p.Equal(ice.WithFacet(p, "x")) }),
		method("Proxy Comparison", "the context counts", simple, "p == p.ice_context({'a': 'b'})", func(p ice.Proxy) any { return p.Equal(ice.WithContext(p, map[string]string{"a": "b"})) }),
		method("Proxy Comparison", "the time-out counts", simple, "p == p.ice_timeout(1)", func(p ice.Proxy) any { return p.Equal(ice.WithTimeout(p, time.Millisecond)) }),
		method("Proxy Comparison", "the order of endpoints counts", "echo:tcp -h a -p 1:tcp -h b -p 1", "p == C.stringToProxy('echo:tcp -h b -p 1:tcp -h a -p 1')", func(p ice.Proxy) any {
			q, _ := p.IceCommunicator().StringToProxy("echo:tcp -h b -p 1:tcp -h a -p 1")
			return p.Equal(q)
		}),
		method("Proxy Comparison", "an invocation time-out counts", simple, "p == p.ice_invocationTimeout(7)", func(p ice.Proxy) any { return p.Equal(ice.WithInvocationTimeout(p, 7*time.Millisecond)) }),

		{page: "Proxy Properties", says: "a property makes a proxy", python: "out = comm('P=echo:tcp -h h -p 1').propertyToProxy('P').ice_toString()", ours: func(w *world) any {
			p, _ := w.comm("P=echo:tcp -h h -p 1").PropertyToProxy("P")
			return p.String()
		}},
		{page: "Proxy Properties", says: "a property that is not set is the null proxy", python: "out = comm().propertyToProxy('P') is None", ours: func(w *world) any {
			p, err := w.comm().PropertyToProxy("P")
			return p == nil && err == nil
		}},
		{page: "Proxy Properties", says: "InvocationTimeout is in milliseconds", python: "out = comm('P=echo:tcp -h h', 'P.InvocationTimeout=1500').propertyToProxy('P').ice_getInvocationTimeout()", ours: func(w *world) any {
			p, _ := w.comm("P=echo:tcp -h h", "P.InvocationTimeout=1500").PropertyToProxy("P")
			return ice.ProxyOf(p).IceInvocationTimeout().Milliseconds()
		}},
		{page: "Proxy Properties", says: "proxyToProperty gives the properties back", python: "out = sorted(k for k in C.proxyToProperty(C.stringToProxy('echo:tcp -h h'), 'P'))", ours: func(w *world) any {
			c := w.comm()
			p, _ := c.StringToProxy("echo:tcp -h h")
			var names []string
			for k := range c.ProxyToProperty(p, "P") {
				names = append(names, k)
			}
			slices.Sort(names)
			return names
		}},
	}
}
