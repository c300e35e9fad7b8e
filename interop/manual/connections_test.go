package manual_test

import (
	"context"
	"errors"
	"time"

	"github.com/slice2go/slice2go/runtime/ice"
)

func init() {
	const (
		establishment = "Connection Establishment"
		using         = "Using Connections"
		acm           = "Active Connection Management"
		closure       = "Connection Closure"
		bidir         = "Bidirectional Connections"
		timeouts      = "Connection Timeouts"
		invocation    = "Invocation Timeouts"
		retries       = "Automatic Retries"
	)
	con := func(w *world, p ice.ObjectPrx) *ice.Connection {
		w.t.Helper()
		c, err := ice.ProxyOf(p).IceConnection(w.ctx())
		if err != nil {
			w.t.Fatal(err)
		}
		return c
	}
	// served gives a client's proxy for an object.
	served := func(w *world, settings ...string) (ice.ObjectPrx, *echo) {
		e := &echo{gate: make(chan struct{})}
		return w.client(w.serve(e), "echo", settings...), e
	}
	const serve = `e = Echo()
		p = client(serve(servant=e))
		`
	subjects["connections"] = []row{
		{page: establishment, says: "proxies with the same endpoints share a connection", python: serve + "out = p.ice_getConnection() == p.ice_identity(identity('x')).ice_facet('f').ice_getConnection()", ours: func(w *world) any {
			p, _ := served(w)
			return con(w, p) == con(w, ice.WithFacet(ice.WithIdentity(p, id("x")), "f"))
		}},
		{page: establishment, says: "oneway and two-way proxies share one", python: serve + "out = p.ice_getConnection() == p.ice_oneway().ice_getConnection()", ours: func(w *world) any {
			p, _ := served(w)
			return con(w, p) == con(w, ice.Oneway(p))
		}},
		{page: establishment, says: "another connection id has another one", python: serve + "out = [p.ice_getConnection() == p.ice_connectionId('x').ice_getConnection(), p.ice_connectionId('x').ice_getConnection() == p.ice_connectionId('x').ice_getConnection()]", ours: func(w *world) any {
			p, _ := served(w)
			first, again := con(w, ice.WithConnectionID(p, "x")), con(w, ice.WithConnectionID(p, "x"))
			return []any{con(w, p) == first, first == again}
		}},
		{page: establishment, says: "another time-out has another one", python: serve + "out = p.ice_getConnection() == p.ice_timeout(5000).ice_getConnection()", ours: func(w *world) any {
			p, _ := served(w)
			return con(w, p) == con(w, ice.WithTimeout(p, 5*time.Second))
		}},
		{page: establishment, says: "another compression shares it", departs: "compress-connection", python: serve + "out = p.ice_getConnection() == p.ice_compress(True).ice_getConnection()", ours: func(w *world) any {
			p, _ := served(w)
			return con(w, p) == con(w, ice.WithCompress(p, true))
		}},
		{page: establishment, says: "an endpoint that refuses is passed over", python: serve + "q = p.ice_getCommunicator().stringToProxy('echo:tcp -h 127.0.0.1 -p 1:' + p.ice_getEndpoints()[0].toString()); out = [fails(q.ice_ping) for i in range(5)]", ours: func(w *world) any {
			p, _ := served(w)
			c := ice.ProxyOf(p).IceCommunicator()
			q, _ := c.StringToProxy("echo:tcp -h 127.0.0.1 -p 1:" + ice.ProxyOf(p).IceEndpoints()[0].String())
			var list []string
			for range 5 {
				list = append(list, name(q.IcePing(w.ctx())))
			}
			return list
		}},
		{page: establishment, says: "no endpoint that answers is ConnectionRefused", python: "out = fails(comm().stringToProxy('x:tcp -h 127.0.0.1 -p 1').ice_ping)", ours: func(w *world) any {
			return name(w.proxy("x:tcp -h 127.0.0.1 -p 1").IcePing(w.ctx()))
		}},
		{page: establishment, says: "secure only without a secure endpoint is NoEndpoint", python: "out = fails(comm().stringToProxy('x -s:tcp -h 127.0.0.1 -p 1').ice_ping)", ours: func(w *world) any {
			return name(w.proxy("x -s:tcp -h 127.0.0.1 -p 1").IcePing(w.ctx()))
		}},
		{page: establishment, says: "a two-way proxy with udp alone is NoEndpoint", python: "out = fails(comm().stringToProxy('x:udp -h 127.0.0.1 -p 1').ice_ping)", ours: func(w *world) any {
			return name(w.proxy("x:udp -h 127.0.0.1 -p 1").IcePing(w.ctx()))
		}},
		{page: establishment, says: "a datagram proxy without udp is NoEndpoint", python: "out = fails(comm().stringToProxy('x -d:tcp -h 127.0.0.1 -p 1').ice_ping)", ours: func(w *world) any {
			return name(w.proxy("x -d:tcp -h 127.0.0.1 -p 1").IcePing(w.ctx()))
		}},
		{page: establishment, says: "an unknown transport alone is NoEndpoint", python: "out = fails(comm().stringToProxy('x:opaque -t 99 -e 1.1 -v AA==').ice_ping)", ours: func(w *world) any {
			return name(w.proxy("x:opaque -t 99 -e 1.1 -v AA==").IcePing(w.ctx()))
		}},
		{page: establishment, says: "an indirect proxy without a locator is NoEndpoint", python: "out = [fails(comm().stringToProxy('x').ice_ping), fails(comm().stringToProxy('x @ A').ice_ping)]", ours: func(w *world) any {
			return []any{name(w.proxy("x").IcePing(w.ctx())), name(w.proxy("x @ A").IcePing(w.ctx()))}
		}},
		{page: establishment, says: "a first call caches the connection", python: serve + "a = p.ice_getCachedConnection() is None; p.ice_ping(); out = [a, p.ice_getCachedConnection() is None]", ours: func(w *world) any {
			p, _ := served(w)
			before := ice.ProxyOf(p).IceCachedConnection() == nil
			_ = p.IcePing(w.ctx())
			return []any{before, ice.ProxyOf(p).IceCachedConnection() == nil}
		}},
		{page: establishment, says: "a proxy that caches none has none cached", python: serve + "q = p.ice_connectionCached(False); q.ice_ping(); out = q.ice_getCachedConnection() is None", ours: func(w *world) any {
			p, _ := served(w)
			q := ice.WithConnectionCached(p, false)
			_ = q.IcePing(w.ctx())
			return ice.ProxyOf(q).IceCachedConnection() == nil
		}},

		{page: using, says: "a connection's type", python: serve + "out = p.ice_getConnection().type()", ours: func(w *world) any { p, _ := served(w); return con(w, p).Type() }},
		{page: using, says: "a connection's time-out", python: serve + "out = p.ice_timeout(7000).ice_getConnection().timeout()", ours: func(w *world) any {
			p, _ := served(w)
			return con(w, ice.WithTimeout(p, 7*time.Second)).Timeout().Milliseconds()
		}},
		{page: using, says: "getInfo: an outgoing connection is not incoming", python: serve + "out = p.ice_getConnection().getInfo().incoming", ours: func(w *world) any {
			p, _ := served(w)
			return con(w, p).Info().Incoming
		}},
		{page: using, says: "createProxy makes a fixed proxy", python: serve + "q = p.ice_getConnection().createProxy(identity('echo')); q.ice_ping(); out = [q.ice_getConnection() == p.ice_getConnection(), q.ice_isFixed()]", ours: func(w *world) any {
			p, _ := served(w)
			q := con(w, p).Proxy(id("echo"))
			if err := q.IcePing(w.ctx()); err != nil {
				return name(err)
			}
			return []any{con(w, q) == con(w, p), ice.ProxyOf(q).IceFixedConnection() != nil}
		}},
		{page: using, says: "setACM takes no negative time-out", python: serve + "out = fails(p.ice_getConnection().setACM, -19, Ice.Unset, Ice.Unset) != 'ok'", ours: func(w *world) any {
			p, _ := served(w)
			return con(w, p).SetACM(ice.ACM{Timeout: -19}) != nil
		}},
		{page: using, says: "getACM gives what setACM has set", python: serve + "c = p.ice_getConnection(); c.setACM(5, Ice.ACMClose.CloseOff, Ice.ACMHeartbeat.HeartbeatAlways); a = c.getACM(); out = [a.timeout, a.close.value, a.heartbeat.value]", ours: func(w *world) any {
			p, _ := served(w)
			c := con(w, p)
			_ = c.SetACM(ice.ACM{Timeout: 5 * time.Second, Close: ice.CloseOff, Heartbeat: ice.HeartbeatAlways})
			a := c.ACM()
			return []any{a.Timeout.Seconds(), a.Close, a.Heartbeat}
		}},
		{page: acm, says: "the time-out of a client's connection is a minute, and it closes on invocation and idle", python: serve + "a = p.ice_getConnection().getACM(); out = [a.timeout, a.close.value]", ours: func(w *world) any {
			p, _ := served(w)
			a := con(w, p).ACM()
			return []any{a.Timeout.Seconds(), a.Close}
		}},
		{page: acm, says: "heartbeats go out while a request is dispatched, by default", departs: "heartbeats", python: serve + "out = p.ice_getConnection().getACM().heartbeat.value", ours: func(w *world) any {
			p, _ := served(w)
			return con(w, p).ACM().Heartbeat
		}},
		{page: acm, says: "Ice.ACM.Client wins over Ice.ACM", python: "p = client(serve(), 'echo', 'Ice.ACM.Timeout=7', 'Ice.ACM.Client.Timeout=8', 'Ice.ACM.Close=1', 'Ice.ACM.Heartbeat=2'); a = p.ice_getConnection().getACM(); out = [a.timeout, a.close.value, a.heartbeat.value]", ours: func(w *world) any {
			p, _ := served(w, "Ice.ACM.Timeout=7", "Ice.ACM.Client.Timeout=8", "Ice.ACM.Close=1", "Ice.ACM.Heartbeat=2")
			a := con(w, p).ACM()
			return []any{a.Timeout.Seconds(), a.Close, a.Heartbeat}
		}},

		{page: closure, says: "a connection that was closed is made anew by the next call", python: serve + "c = p.ice_getConnection(); c.close(Ice.ConnectionClose.Gracefully); p.ice_ping(); out = p.ice_getConnection() == c", ours: func(w *world) any {
			p, _ := served(w)
			c := con(w, p)
			_ = c.CloseNow(w.ctx())
			if err := p.IcePing(w.ctx()); err != nil {
				return name(err)
			}
			return con(w, p) == c
		}},
		{page: closure, says: "Forcefully ends what is outstanding with ConnectionManuallyClosed", python: serve + "f = p.ice_invokeAsync('wait', Ice.OperationMode.Normal, b'')\nwhile not e.calls: time.sleep(0.01)\np.ice_getConnection().close(Ice.ConnectionClose.Forcefully); out = fails(f.result); e.gate.set()", ours: func(w *world) any {
			p, e := served(w)
			defer close(e.gate)
			f := ice.ProxyOf(p).IceInvokeAsync(w.ctx(), "wait", ice.Normal, nil)
			e.await(w)
			con(w, p).Abort()
			return name(f.Err(w.ctx()))
		}},
		{page: closure, says: "GracefullyWithWait lets what is outstanding end", python: serve + "f = p.ice_invokeAsync('wait', Ice.OperationMode.Normal, b'')\nwhile not e.calls: time.sleep(0.01)\nt = threading.Thread(target=lambda: (time.sleep(0.05), e.gate.set())); t.start()\np.ice_getConnection().close(Ice.ConnectionClose.GracefullyWithWait); out = fails(f.result)", ours: func(w *world) any {
			p, e := served(w)
			f := ice.ProxyOf(p).IceInvokeAsync(w.ctx(), "wait", ice.Normal, nil)
			e.await(w)
			time.AfterFunc(50*time.Millisecond, func() { close(e.gate) })
			_ = con(w, p).Close(w.ctx())
			return name(f.Err(w.ctx()))
		}},
		{page: closure, says: "a fixed proxy of a closed connection fails", python: serve + "c = p.ice_getConnection(); q = c.createProxy(identity('echo')); c.close(Ice.ConnectionClose.Forcefully); out = fails(q.ice_ping)", ours: func(w *world) any {
			p, _ := served(w)
			c := con(w, p)
			q := c.Proxy(id("echo"))
			c.Abort()
			return name(q.IcePing(w.ctx()))
		}},
		{page: closure, says: "the close callback is called", python: serve + "c = p.ice_getConnection(); s = threading.Event(); c.setCloseCallback(lambda c: s.set()); c.close(Ice.ConnectionClose.Forcefully); out = s.wait(10)", ours: func(w *world) any {
			p, _ := served(w)
			c := con(w, p)
			told := make(chan struct{})
			c.OnClose(func(*ice.Connection, error) { close(told) })
			c.Abort()
			<-told
			return true
		}},
		{page: closure, says: "destroying the communicator closes its connections", python: serve + "c = p.ice_getConnection(); p.ice_getCommunicator().destroy(); out = fails(c.throwException) != 'ok'", ours: func(w *world) any {
			p, _ := served(w)
			c := con(w, p)
			_ = ice.ProxyOf(p).IceCommunicator().Close()
			return c.Err() != nil
		}},
		{page: closure, says: "after that, calls are CommunicatorDestroyed", python: serve + "p.ice_getCommunicator().destroy(); out = fails(p.ice_ping)", ours: func(w *world) any {
			p, _ := served(w)
			_ = ice.ProxyOf(p).IceCommunicator().Close()
			return name(p.IcePing(w.ctx()))
		}},

		{page: bidir, says: "an outgoing connection has no adapter", python: serve + "out = p.ice_getConnection().getAdapter() is None", ours: func(w *world) any { p, _ := served(w); return con(w, p).Adapter() == nil }},
		{page: bidir, says: "setAdapter sets it, and null takes it away", python: serve + "c = p.ice_getConnection(); a = p.ice_getCommunicator().createObjectAdapter(''); c.setAdapter(a); x = c.getAdapter() is not None; c.setAdapter(None); out = [x, c.getAdapter() is None]", ours: func(w *world) any {
			p, _ := served(w)
			c := con(w, p)
			a, _ := ice.ProxyOf(p).IceCommunicator().NewAdapter("", "")
			_ = c.SetAdapter(a)
			x := c.Adapter() == a
			_ = c.SetAdapter(nil)
			return []any{x, c.Adapter() == nil}
		}},
		{page: bidir, says: "setAdapter refuses a deactivated adapter", python: serve + "a = p.ice_getCommunicator().createObjectAdapter(''); a.deactivate(); out = fails(p.ice_getConnection().setAdapter, a)", ours: func(w *world) any {
			p, _ := served(w)
			a, _ := ice.ProxyOf(p).IceCommunicator().NewAdapter("", "")
			a.Deactivate()
			return name(con(w, p).SetAdapter(a))
		}},

		{page: invocation, says: "a call that takes longer is InvocationTimeout", python: serve + "out = fails(call, p.ice_invocationTimeout(100), 'wait'); e.gate.set()", ours: func(w *world) any {
			p, e := served(w)
			defer close(e.gate)
			return w.call(ice.WithInvocationTimeout(p, 100*time.Millisecond), "wait")
		}},
		{page: invocation, says: "the connection stays", python: serve + "c = p.ice_getConnection(); fails(call, p.ice_invocationTimeout(100), 'wait'); e.gate.set(); out = [fails(p.ice_ping), p.ice_getConnection() == c]", ours: func(w *world) any {
			p, e := served(w)
			c := con(w, p)
			w.call(ice.WithInvocationTimeout(p, 100*time.Millisecond), "wait")
			close(e.gate)
			return []any{name(p.IcePing(w.ctx())), con(w, p) == c}
		}},
		{page: invocation, says: "Ice.Default.InvocationTimeout is that of all proxies", python: "e = Echo(); p = client(serve(servant=e), 'echo', 'Ice.Default.InvocationTimeout=100'); out = [p.ice_getInvocationTimeout(), fails(call, p, 'wait')]; e.gate.set()", ours: func(w *world) any {
			p, e := served(w, "Ice.Default.InvocationTimeout=100")
			defer close(e.gate)
			return []any{ice.ProxyOf(p).IceInvocationTimeout().Milliseconds(), w.call(p, "wait")}
		}},
		{page: invocation, says: "a call can be canceled", python: serve + "f = p.ice_invokeAsync('wait', Ice.OperationMode.Normal, b''); f.cancel(); out = fails(f.result); e.gate.set()", ours: func(w *world) any {
			p, e := served(w)
			defer close(e.gate)
			f := ice.ProxyOf(p).IceInvokeAsync(w.ctx(), "wait", ice.Normal, nil)
			f.Cancel()
			return name(f.Err(w.ctx()))
		}},
		{page: timeouts, says: "Ice.Default.Timeout is that of endpoints without one", python: "out = comm('Ice.Default.Timeout=1234').stringToProxy('x:tcp -h h -p 1').ice_toString()", ours: func(w *world) any {
			return w.proxy("x:tcp -h h -p 1", "Ice.Default.Timeout=1234").String()
		}},
		{page: timeouts, says: "Ice.Override.Timeout does not show in the proxy, and is the connection's", python: "p = client(serve(), 'echo', 'Ice.Override.Timeout=4321'); out = p.ice_getConnection().timeout()", ours: func(w *world) any {
			p, _ := served(w, "Ice.Override.Timeout=4321")
			return con(w, p).Timeout().Milliseconds()
		}},
	}
	for _, r := range []struct {
		says, operation, intervals string
		mode                       ice.OperationMode
		python                     string
	}{
		{"an idempotent operation that ends in an unknown exception is tried again", "unknown", "0", ice.Idempotent, "Idempotent"},
		{"and so is one that ends in an unknown local exception", "unknownLocal", "0", ice.Idempotent, "Idempotent"},
		{"and one that ends in an unknown user exception", "unknownUser", "0", ice.Idempotent, "Idempotent"},
		{"a nonmutating operation is idempotent", "unknown", "0", ice.Nonmutating, "Nonmutating"},
		{"an operation that is not idempotent is not", "unknown", "0", ice.Normal, "Normal"},
		{"Ice.RetryIntervals says how often", "unknown", "0 1 2", ice.Idempotent, "Idempotent"},
		{"Ice.RetryIntervals=-1 is never", "unknown", "-1", ice.Idempotent, "Idempotent"},
		{"what is not there is not asked for again", "objectNotExist", "0 0", ice.Idempotent, "Idempotent"},
		{"nor is a facet that is not there", "facetNotExist", "0 0", ice.Idempotent, "Idempotent"},
		{"nor an operation that is not there", "operationNotExist", "0 0", ice.Idempotent, "Idempotent"},
		{"an idempotent operation that a lost connection cuts off is tried again", "close", "0", ice.Idempotent, "Idempotent"},
		{"another operation is not", "close", "0", ice.Normal, "Normal"},
	} {
		subjects["connections"] = append(subjects["connections"], row{page: retries, says: r.says,
			python: "e = Echo(); p = client(serve(servant=e), 'echo', 'Ice.RetryIntervals=" + r.intervals + "'); x = fails(call, p, '" + r.operation + "', Ice.OperationMode." + r.python + "); out = [x, e.calls]",
			ours: func(w *world) any {
				p, e := served(w, "Ice.RetryIntervals="+r.intervals)
				x := w.call(p, r.operation, r.mode)
				return []any{x, e.called()}
			}})
	}
}

// await waits until the object was called.
func (e *echo) await(w *world) {
	for ctx := w.ctx(); len(e.called()) == 0; time.Sleep(time.Millisecond) {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			w.t.Fatal("the call does not arrive")
		}
	}
}
