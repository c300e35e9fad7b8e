package manual_test

import (
	"slices"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
)

func init() {
	const (
		oneway = "Oneway Invocations"
		batch  = "Batched Invocations"
		life   = "Communicator Shutdown and Destruction"
		object = "Object Operations"
	)
	served := func(w *world, settings ...string) (ice.ObjectPrx, *echo) {
		e := &echo{}
		return w.client(w.serve(e, "A.Connection.MaxDispatches=1"), "echo", settings...), e
	}
	const serve = `e = Echo()
		p = client(serve(servant=e))
		`
	subjects["oneways"] = []row{
		{page: oneway, says: "a oneway call of what needs a reply is TwowayOnly", python: serve + "out = [fails(p.ice_oneway().ice_isA, '::Ice::Object'), fails(p.ice_oneway().ice_ids), fails(p.ice_oneway().ice_id)]", ours: func(w *world) any {
			p, _ := served(w)
			q := ice.ProxyOf(ice.Oneway(p))
			_, a := q.IceIsA(w.ctx(), "::Ice::Object")
			_, b := q.IceIDs(w.ctx())
			_, c := q.IceID(w.ctx())
			return []any{name(a), name(b), name(c)}
		}},
		{page: oneway, says: "ice_ping may be oneway", python: serve + "out = fails(p.ice_oneway().ice_ping)", ours: func(w *world) any {
			p, _ := served(w)
			return name(ice.Oneway(p).IcePing(w.ctx()))
		}},
		{page: oneway, says: "an error in the server is not reported", python: serve + "out = [fails(call, p.ice_oneway(), 'unknown'), fails(call, p.ice_oneway().ice_identity(identity('nobody')), 'op')]", ours: func(w *world) any {
			p, _ := served(w)
			return []any{w.call(ice.Oneway(p), "unknown"), w.call(ice.WithIdentity(ice.Oneway(p), id("nobody")), "op")}
		}},
		{page: oneway, says: "an error on the way is", python: "out = fails(call, comm().stringToProxy('x -o:tcp -h 127.0.0.1 -p 1'), 'op')", ours: func(w *world) any {
			return w.call(w.proxy("x -o:tcp -h 127.0.0.1 -p 1"), "op")
		}},
		{page: oneway, says: "oneway calls of one connection arrive in order, where one runs at a time", python: serve + "[call(p.ice_oneway(), 'op%02d' % i) for i in range(20)]; call(p, 'last'); out = e.calls", ours: func(w *world) any {
			p, e := served(w)
			for i := range 20 {
				w.call(ice.Oneway(p), "op"+itoa(i))
			}
			w.call(p, "last")
			return e.called()
		}},
		{page: batch, says: "a batch call does nothing before it is flushed", python: serve + "b = p.ice_batchOneway(); call(b, 'x'); call(b, 'y'); call(p, 'two-way'); out = e.calls", ours: func(w *world) any {
			p, e := served(w)
			b := ice.BatchOneway(p)
			w.call(b, "x")
			w.call(b, "y")
			w.call(p, "two-way")
			return e.called()
		}},
		{page: batch, says: "a flush sends all in order", python: serve + "b = p.ice_batchOneway(); [call(b, 'op%02d' % i) for i in range(5)]; b.ice_flushBatchRequests(); call(p, 'last'); out = e.calls", ours: func(w *world) any {
			p, e := served(w)
			b := ice.BatchOneway(p)
			for i := range 5 {
				w.call(b, "op"+itoa(i))
			}
			_ = ice.ProxyOf(b).IceFlushBatch(w.ctx())
			w.call(p, "last")
			return e.called()
		}},
		{page: batch, says: "a second flush sends nothing", python: serve + "b = p.ice_batchOneway(); call(b, 'x'); b.ice_flushBatchRequests(); out = fails(b.ice_flushBatchRequests); call(p, 'last'); out = [out, e.calls]", ours: func(w *world) any {
			p, e := served(w)
			b := ice.BatchOneway(p)
			w.call(b, "x")
			_ = ice.ProxyOf(b).IceFlushBatch(w.ctx())
			second := name(ice.ProxyOf(b).IceFlushBatch(w.ctx()))
			w.call(p, "last")
			return []any{second, e.called()}
		}},
		{page: batch, says: "a flush of another proxy does not send this one's", python: serve + "b, c = p.ice_batchOneway(), p.ice_batchOneway(); call(b, 'x'); c.ice_flushBatchRequests(); call(p, 'last'); out = e.calls", ours: func(w *world) any {
			p, e := served(w)
			b, c := ice.BatchOneway(p), ice.BatchOneway(p)
			w.call(b, "x")
			_ = ice.ProxyOf(c).IceFlushBatch(w.ctx())
			w.call(p, "last")
			return e.called()
		}},
		{page: batch, says: "a batch call of what needs a reply is TwowayOnly", python: serve + "out = fails(p.ice_batchOneway().ice_ids)", ours: func(w *world) any {
			p, _ := served(w)
			_, err := ice.ProxyOf(ice.BatchOneway(p)).IceIDs(w.ctx())
			return name(err)
		}},
		{page: batch, says: "a batch call needs no server until it is flushed", python: "b = comm().stringToProxy('x -O:tcp -h 127.0.0.1 -p 1'); out = [fails(call, b, 'x'), fails(b.ice_flushBatchRequests)]", ours: func(w *world) any {
			b := w.proxy("x -O:tcp -h 127.0.0.1 -p 1")
			return []any{w.call(b, "x"), name(ice.ProxyOf(b).IceFlushBatch(w.ctx()))}
		}},
		{page: batch, says: "Ice.BatchAutoFlushSize sends a batch before it grows beyond it", python: "e = Echo(); p = client(serve(servant=e), 'echo', 'Ice.BatchAutoFlushSize=1'); p.ice_ping(); b = p.ice_batchOneway(); big = bytes([0xfa, 0, 0, 0, 1, 1]) + bytes(244); [b.ice_invoke('op', Ice.OperationMode.Normal, big) for i in range(10)]; call(p, 'last'); out = [c for c in e.calls if c != 'ice_ping'].index('last') > 0", ours: func(w *world) any {
			p, e := served(w, "Ice.BatchAutoFlushSize=1")
			big := append([]byte{0xfa, 0, 0, 0, 1, 1}, make([]byte, 244)...)
			_ = p.IcePing(w.ctx())
			b := ice.BatchOneway(p)
			for range 10 {
				_, _, _ = ice.ProxyOf(b).IceInvoke(w.ctx(), "op", ice.Normal, big)
			}
			w.call(p, "last")
			return slices.Contains(e.called()[:2], "op")
		}},
		{page: batch, says: "the communicator flushes all", python: serve + "b = p.ice_getConnection().createProxy(identity('echo')).ice_batchOneway(); call(b, 'x'); p.ice_getCommunicator().flushBatchRequests(Ice.CompressBatch.BasedOnProxy); call(p, 'last'); out = e.calls", ours: func(w *world) any {
			p, e := served(w)
			c, _ := ice.ProxyOf(p).IceConnection(w.ctx())
			w.call(ice.BatchOneway(c.Proxy(id("echo"))), "x")
			_ = ice.ProxyOf(p).IceCommunicator().FlushBatch(w.ctx())
			w.call(p, "last")
			return e.called()
		}},

		{page: life, says: "a communicator that is shut down is so once", python: "c = comm(); a = c.isShutdown(); c.shutdown(); c.shutdown(); out = [a, c.isShutdown()]", ours: func(w *world) any {
			c := w.comm()
			before := c.IsShutdown()
			c.Shutdown()
			c.Shutdown()
			return []any{before, c.IsShutdown()}
		}},
		{page: life, says: "shutdown deactivates adapters, and no more can be made", python: "a = serve(); c = a.getCommunicator(); c.shutdown(); c.waitForShutdown(); out = [fails(a.activate), fails(c.createObjectAdapter, '')]", ours: func(w *world) any {
			a := w.serve(&echo{})
			a.Communicator().Shutdown()
			_ = a.Communicator().WaitForShutdown(w.ctx())
			_, err := a.Communicator().NewAdapter("", "")
			return []any{name(a.Activate()), name(err)}
		}},
		{page: life, says: "calls go on after shutdown", python: serve + "p.ice_getCommunicator().shutdown(); out = fails(p.ice_ping)", ours: func(w *world) any {
			p, _ := served(w)
			ice.ProxyOf(p).IceCommunicator().Shutdown()
			return name(p.IcePing(w.ctx()))
		}},
		{page: life, says: "destroy is shutdown too", python: "c = comm(); c.destroy(); out = c.isShutdown()", ours: func(w *world) any {
			c := w.comm()
			_ = c.Close()
			return c.IsShutdown()
		}},
		{page: life, says: "destroy twice is fine", python: "c = comm(); c.destroy(); out = fails(c.destroy)", ours: func(w *world) any {
			c := w.comm()
			_ = c.Close()
			return name(c.Close())
		}},
		{page: life, says: "a destroyed communicator makes no proxies", python: "c = comm(); c.destroy(); out = fails(c.stringToProxy, 'x:tcp')", ours: func(w *world) any {
			c := w.comm()
			_ = c.Close()
			_, err := c.StringToProxy("x:tcp")
			return name(err)
		}},
		{page: object, says: "ice_ping of an object that is not there", python: serve + "out = fails(p.ice_identity(identity('x')).ice_ping)", ours: func(w *world) any {
			p, _ := served(w)
			return name(ice.WithIdentity(p, id("x")).IcePing(w.ctx()))
		}},
		{page: object, says: "a checked cast of an object that is not there is ObjectNotExist", python: serve + "out = fails(Ice.LocatorPrx.checkedCast, p.ice_identity(identity('x')))", ours: func(w *world) any {
			p, _ := served(w)
			_, err := ice.CheckedLocatorPrx(w.ctx(), ice.WithIdentity(p, id("x")))
			return name(err)
		}},
		{page: object, says: "a cast of null is null", python: "out = [Ice.LocatorPrx.checkedCast(None) is None, Ice.LocatorPrx.uncheckedCast(None) is None]", ours: func(w *world) any {
			checked, err := ice.CheckedLocatorPrx(w.ctx(), nil)
			return []any{ice.IsNil(checked) && err == nil, ice.IsNil(ice.NewLocatorPrx(nil))}
		}},
		{page: "Connection Closure", says: "requests that run when a server shuts down are answered", python: serve + "a = serve(servant=e); q = client(a); f = q.ice_invokeAsync('wait', Ice.OperationMode.Normal, b'')\nwhile not e.calls: time.sleep(0.01)\na.getCommunicator().shutdown(); e.gate.set(); out = fails(f.result)", ours: func(w *world) any {
			e := &echo{gate: make(chan struct{})}
			a := w.serve(e)
			f := ice.ProxyOf(w.client(a, "echo")).IceInvokeAsync(w.ctx(), "wait", ice.Normal, nil)
			e.await(w)
			a.Communicator().Shutdown()
			time.AfterFunc(10*time.Millisecond, func() { close(e.gate) })
			return name(f.Err(w.ctx()))
		}},
	}
}

func itoa(i int) string { return string(rune('0'+i/10)) + string(rune('0'+i%10)) }
