package manual_test

import (
	"context"
	"fmt"
	"sync"

	"github.com/slice2go/slice2go/runtime/ice"
)

// finderService is a locator that answers from two tables, and keeps what it was asked.
type finderService struct {
	mu                sync.Mutex
	objects, adapters map[string]string
	asked             []string
	comm              *ice.Communicator
}

func (l *finderService) answer(ctx context.Context, what, key string, table map[string]string) (ice.ObjectPrx, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := ice.CurrentFrom(ctx).Encoding
	l.asked = append(l.asked, fmt.Sprintf("%s %s %d.%d", what, key, v.Major, v.Minor))
	text, ok := table[key]
	if !ok {
		return nil, false, nil
	}
	p, err := l.comm.StringToProxy(text)
	return p, true, err
}

func (l *finderService) FindObjectById(ctx context.Context, id ice.Identity) (ice.ObjectPrx, error) {
	p, ok, err := l.answer(ctx, "object", id.Name, l.objects)
	if !ok {
		return nil, &ice.ObjectNotFoundException{}
	}
	return p, err
}

func (l *finderService) FindAdapterById(ctx context.Context, id string) (ice.ObjectPrx, error) {
	p, ok, err := l.answer(ctx, "adapter", id, l.adapters)
	if !ok {
		return nil, &ice.AdapterNotFoundException{}
	}
	return p, err
}

func (l *finderService) GetRegistry(context.Context) (ice.LocatorRegistryPrx, error) { return nil, nil }

func init() {
	const (
		semantics = "Locator Semantics for Clients"
		config    = "Locator Configuration for Clients"
		code      = `
		class Finder(Ice.Locator):
		    def __init__(self):
		        self.objects, self.adapters, self.asked = {}, {}, []
		    def answer(self, what, key, table, error, current):
		        self.asked.append("%s %s %d.%d" % (what, key, current.encoding.major, current.encoding.minor))
		        if key not in table: raise error
		        return C.stringToProxy(table[key])
		    def findObjectById(self, id, current):
		        return self.answer("object", id.name, self.objects, Ice.ObjectNotFoundException(), current)
		    def findAdapterById(self, id, current):
		        return self.answer("adapter", id, self.adapters, Ice.AdapterNotFoundException(), current)
		    def getRegistry(self, current):
		        return None
		f = Finder()
		made = serve(servant=f, object="locator")
		here = serve()
		f.adapters["A"] = here.createDirectProxy(identity("dummy")).ice_toString()
		f.objects["echo"] = "echo @ A"
		def locating(*settings):
		    return comm("Ice.Default.Locator=" + made.createProxy(identity("locator")).ice_toString(), *settings)
		def fresh(c, text):
		    return c.stringToProxy(text).ice_connectionCached(False)
		c = locating()
		`
	)
	// locating gives a locator that knows the adapter A and the object echo, and a communicator that asks it.
	locating := func(w *world, settings ...string) (*finderService, *ice.Communicator) {
		here := w.serve(&echo{})
		dummy, _ := here.DirectProxy(id("dummy"))
		f := &finderService{objects: map[string]string{"echo": "echo @ A"}, adapters: map[string]string{"A": dummy.String()}, comm: w.comm()}
		a := w.adapter()
		p, _ := a.Add(ice.NewLocatorServant(f), id("locator"))
		_ = a.Activate()
		return f, w.comm(append([]string{"Ice.Default.Locator=" + p.String()}, settings...)...)
	}
	ping := func(w *world, c *ice.Communicator, text string) string {
		p, err := c.StringToProxy(text)
		if err != nil {
			return name(err)
		}
		return name(ice.WithConnectionCached(p, false).IcePing(w.ctx()))
	}
	asks := func(says, python string, settings []string, try func(w *world, f *finderService, c *ice.Communicator) any) row {
		return row{page: semantics, says: says, python: code + python, ours: func(w *world) any {
			f, c := locating(w, settings...)
			outcome := try(w, f, c)
			f.mu.Lock()
			defer f.mu.Unlock()
			return []any{outcome, append([]string{}, f.asked...)}
		}}
	}
	subjects["locators"] = []row{
		asks("an indirect proxy asks for its adapter, once", `out = [[fails(fresh(c, "echo @ A").ice_ping) for i in range(3)], f.asked]`, nil, func(w *world, _ *finderService, c *ice.Communicator) any {
			return []string{ping(w, c, "echo @ A"), ping(w, c, "echo @ A"), ping(w, c, "echo @ A")}
		}),
		asks("a well-known proxy asks for the object, and then for its adapter", `out = [[fails(fresh(c, "echo").ice_ping) for i in range(2)], f.asked]`, nil, func(w *world, _ *finderService, c *ice.Communicator) any {
			return []string{ping(w, c, "echo"), ping(w, c, "echo")}
		}),
		asks("a server that does not know the object is asked again without asking the locator", `out = [[fails(fresh(c, "echo @ A").ice_ping), fails(fresh(c, "other @ A").ice_ping)], f.asked]`, nil, func(w *world, _ *finderService, c *ice.Communicator) any {
			return []string{ping(w, c, "echo @ A"), ping(w, c, "other @ A")}
		}).departing("unknown-object"),
		asks("an unknown adapter is NotRegistered, and asked for again", `out = [[fails(fresh(c, "echo @ B").ice_ping) for i in range(2)], sorted(set(f.asked))]`, []string{"Ice.RetryIntervals=-1"}, func(w *world, f *finderService, c *ice.Communicator) any {
			answers := []string{ping(w, c, "echo @ B"), ping(w, c, "echo @ B")}
			f.asked = f.asked[:1]
			return answers
		}),
		asks("an unknown object is NotRegistered", `out = [fails(fresh(c, "nobody").ice_ping), sorted(set(f.asked))]`, nil, func(w *world, f *finderService, c *ice.Communicator) any {
			answer := ping(w, c, "nobody")
			f.asked = f.asked[:1]
			return answer
		}),
		asks("a cache time-out of 0 asks each time", `c = locating("Ice.Default.LocatorCacheTimeout=0"); out = [[fails(fresh(c, "echo @ A").ice_ping) for i in range(2)], f.asked]`, []string{"Ice.Default.LocatorCacheTimeout=0"}, func(w *world, _ *finderService, c *ice.Communicator) any {
			return []string{ping(w, c, "echo @ A"), ping(w, c, "echo @ A")}
		}),
		asks("the locator is asked in the proxy's encoding", `out = [fails(fresh(c, "echo -e 1.0 @ A").ice_ping), f.asked]`, nil, func(w *world, _ *finderService, c *ice.Communicator) any {
			return ping(w, c, "echo -e 1.0 @ A")
		}),
		asks("an endpoint that refuses has the locator asked again", `f.adapters["A"] = "dummy:tcp -h 127.0.0.1 -p 1"; a = fails(fresh(c, "echo @ A").ice_ping); n = len(f.asked); f.adapters["A"] = here.createDirectProxy(identity("dummy")).ice_toString(); out = [[a, fails(fresh(c, "echo @ A").ice_ping)], f.asked[:1]]`, nil, func(w *world, f *finderService, c *ice.Communicator) any {
			right := f.adapters["A"]
			f.adapters["A"] = "dummy:tcp -h 127.0.0.1 -p 1"
			first := ping(w, c, "echo @ A")
			f.adapters["A"] = right
			second := ping(w, c, "echo @ A")
			f.asked = f.asked[:1]
			return []string{first, second}
		}),
		asks("a direct proxy asks nothing", `out = [fails(fresh(c, here.createProxy(identity("echo")).ice_toString()).ice_ping), f.asked]`, nil, func(w *world, f *finderService, c *ice.Communicator) any {
			p, _ := f.comm.StringToProxy(f.adapters["A"])
			return ping(w, c, ice.WithIdentity(p, id("echo")).String())
		}),
		{page: config, says: "a proxy without a locator is NoEndpoint", python: code + `out = fails(c.stringToProxy("echo @ A").ice_locator(None).ice_ping)`, ours: func(w *world) any {
			_, c := locating(w)
			p, _ := c.StringToProxy("echo @ A")
			return name(ice.WithLocator(p, nil).IcePing(w.ctx()))
		}},
		{page: config, says: "a proxy has the default locator", python: code + `out = c.stringToProxy("echo @ A").ice_getLocator().ice_getIdentity().name`, ours: func(w *world) any {
			_, c := locating(w)
			p, _ := c.StringToProxy("echo @ A")
			return ice.ProxyOf(p).IceLocator().IceIdentity().Name
		}},
		{page: config, says: "setDefaultLocator is for proxies made later", python: code + `p = c.stringToProxy("echo @ A"); c.setDefaultLocator(None); q = c.stringToProxy("echo @ A"); out = [p.ice_getLocator() is None, q.ice_getLocator() is None]`, ours: func(w *world) any {
			_, c := locating(w)
			p, _ := c.StringToProxy("echo @ A")
			c.SetDefaultLocator(nil)
			q, _ := c.StringToProxy("echo @ A")
			return []any{ice.ProxyOf(p).IceLocator() == nil, ice.ProxyOf(q).IceLocator() == nil}
		}},
	}
}

// departing gives the row as one in which the two runtimes differ.
func (r row) departing(id string) row { r.departs = id; return r }
