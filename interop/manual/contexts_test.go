package manual_test

import (
	"github.com/slice2go/slice2go/runtime/ice"
)

func init() {
	const (
		explicit = "Explicit Request Contexts"
		perProxy = "Per-Proxy Request Contexts"
		implicit = "Implicit Request Contexts"
	)
	// last calls an object once more and gives the context that came with it.
	last := func(w *world, e *echo, p ice.ObjectPrx) any {
		w.call(p, "op")
		return e.contexts[len(e.contexts)-1]
	}
	const code = `e = Echo()
		a = serve(servant=e)
		`
	subjects["contexts"] = []row{
		{page: explicit, says: "without a context the request has none", python: code + "call(client(a), 'op'); out = e.contexts[-1] or None", ours: func(w *world) any {
			e := &echo{}
			return last(w, e, w.client(w.serve(e), "echo"))
		}},
		{page: explicit, says: "a context given with the call arrives", python: code + "call(client(a), 'op', context={'k': 'v'}); out = e.contexts[-1]", ours: func(w *world) any {
			e := &echo{}
			p := w.client(w.serve(e), "echo")
			_ = w.invoke(ice.ContextWith(w.ctx(), map[string]string{"k": "v"}), p, "op")
			return e.contexts[0]
		}},
		{page: explicit, says: "an explicit context replaces the proxy's", departs: "explicit-context", python: code + "call(client(a).ice_context({'p': '1'}), 'op', context={'k': 'v'}); out = e.contexts[-1]", ours: func(w *world) any {
			e := &echo{}
			p := ice.WithContext(w.client(w.serve(e), "echo"), map[string]string{"p": "1"})
			_ = w.invoke(ice.ContextWith(w.ctx(), map[string]string{"k": "v"}), p, "op")
			return e.contexts[0]
		}},
		{page: explicit, says: "ContextOnly replaces as Ice does", python: code + "call(client(a).ice_context({'p': '1'}), 'op', context={'k': 'v'}); out = e.contexts[-1]", ours: func(w *world) any {
			e := &echo{}
			p := ice.WithContext(w.client(w.serve(e), "echo"), map[string]string{"p": "1"})
			_ = w.invoke(ice.ContextOnly(w.ctx(), map[string]string{"k": "v"}), p, "op")
			return e.contexts[0]
		}},
		{page: explicit, says: "an explicit empty context is empty", python: code + "call(client(a).ice_context({'p': '1'}), 'op', context={}); out = e.contexts[-1] or None", ours: func(w *world) any {
			e := &echo{}
			p := ice.WithContext(w.client(w.serve(e), "echo"), map[string]string{"p": "1"})
			_ = w.invoke(ice.ContextOnly(w.ctx(), map[string]string{}), p, "op")
			return e.contexts[0]
		}},
		{page: perProxy, says: "a proxy's context goes with each call", python: code + "p = client(a).ice_context({'p': '1'}); call(p, 'op'); call(p, 'op'); out = e.contexts", ours: func(w *world) any {
			e := &echo{}
			p := ice.WithContext(w.client(w.serve(e), "echo"), map[string]string{"p": "1"})
			w.call(p, "op")
			w.call(p, "op")
			return e.contexts
		}},
		{page: perProxy, says: "proxies made of it keep it", python: code + "call(client(a).ice_context({'p': '1'}).ice_timeout(5000), 'op'); out = e.contexts[-1]", ours: func(w *world) any {
			e := &echo{}
			return last(w, e, ice.WithTimeout(ice.WithContext(w.client(w.serve(e), "echo"), map[string]string{"p": "1"}), 5e9))
		}},
		{page: perProxy, says: "a proxy's own context does not change when the map does", python: code + "m = {'p': '1'}; p = client(a).ice_context(m); m['q'] = '2'; call(p, 'op'); out = e.contexts[-1]", ours: func(w *world) any {
			e := &echo{}
			m := map[string]string{"p": "1"}
			p := ice.WithContext(w.client(w.serve(e), "echo"), m)
			m["q"] = "2"
			return last(w, e, p)
		}},
		{page: implicit, says: "there is none by default", python: "out = comm().getImplicitContext() is None", ours: func(w *world) any { return w.comm().ImplicitContext() == nil }},
		{page: implicit, says: "Shared: entries go with every call", python: code + "p = client(a, 'echo', 'Ice.ImplicitContext=Shared'); p.ice_getCommunicator().getImplicitContext().put('i', '1'); call(p, 'op'); out = e.contexts[-1]", ours: func(w *world) any {
			e := &echo{}
			p := w.client(w.serve(e), "echo", "Ice.ImplicitContext=Shared")
			ice.ProxyOf(p).IceCommunicator().ImplicitContext().Put("i", "1")
			return last(w, e, p)
		}},
		{page: implicit, says: "a proxy's context wins over the implicit one", python: code + "p = client(a, 'echo', 'Ice.ImplicitContext=Shared'); p.ice_getCommunicator().getImplicitContext().setContext({'i': '1', 'k': 'implicit'}); call(p.ice_context({'k': 'proxy'}), 'op'); out = e.contexts[-1]", ours: func(w *world) any {
			e := &echo{}
			p := w.client(w.serve(e), "echo", "Ice.ImplicitContext=Shared")
			ice.ProxyOf(p).IceCommunicator().ImplicitContext().SetContext(map[string]string{"i": "1", "k": "implicit"})
			return last(w, e, ice.WithContext(p, map[string]string{"k": "proxy"}))
		}},
		{page: implicit, says: "put gives the former value", python: "i = comm('Ice.ImplicitContext=Shared').getImplicitContext(); i.put('k', '1'); out = [i.put('k', '2'), i.get('k'), i.put('new', 'x')]", ours: func(w *world) any {
			i := w.comm("Ice.ImplicitContext=Shared").ImplicitContext()
			i.Put("k", "1")
			former := i.Put("k", "2")
			now, _ := i.Get("k")
			return []any{former, now, i.Put("new", "x")}
		}},
		{page: implicit, says: "remove gives the value, and it is gone", python: "i = comm('Ice.ImplicitContext=Shared').getImplicitContext(); i.put('k', '1'); out = [i.remove('k'), i.containsKey('k'), i.remove('k')]", ours: func(w *world) any {
			i := w.comm("Ice.ImplicitContext=Shared").ImplicitContext()
			i.Put("k", "1")
			value := i.Remove("k")
			_, there := i.Get("k")
			return []any{value, there, i.Remove("k")}
		}},
		{page: implicit, says: "getContext gives a copy", python: "i = comm('Ice.ImplicitContext=Shared').getImplicitContext(); i.put('k', '1'); i.getContext()['x'] = 'y'; out = i.getContext()", ours: func(w *world) any {
			i := w.comm("Ice.ImplicitContext=Shared").ImplicitContext()
			i.Put("k", "1")
			i.Context()["x"] = "y"
			return i.Context()
		}},
		{page: implicit, says: "a kind that there is not is an error", python: "out = fails(comm, 'Ice.ImplicitContext=Other') != 'ok'", ours: func(w *world) any {
			_, err := w.make("Ice.ImplicitContext=Other")
			return err != nil
		}},
	}
}
