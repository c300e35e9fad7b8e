package manual_test

import (
	"context"
	"errors"
	"sort"
	"sync"

	"github.com/slice2go/slice2go/runtime/ice"
)

// finder is a servant locator that keeps what it is called for.
type finder struct {
	servant ice.Servant
	fail    error
	ends    error

	mu   sync.Mutex
	told []string
}

func (f *finder) note(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, what)
}

func (f *finder) Locate(_ context.Context, c *ice.Current) (ice.Servant, any, error) {
	f.note("locate " + c.ID.Name)
	return f.servant, "cookie", f.fail
}

func (f *finder) Finished(_ context.Context, _ *ice.Current, _ ice.Servant, cookie any) error {
	f.note("finished " + cookie.(string))
	return f.ends
}

func (f *finder) Deactivate(category string) { f.note("deactivate " + category) }

func (f *finder) seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.told...)
}

const locatorClass = `
		class Finder(Ice.ServantLocator):
		    def __init__(self, servant=None, fail=None, ends=None):
		        self.servant, self.fail, self.ends, self.told = servant, fail, ends, []
		    def locate(self, current):
		        self.told.append("locate " + current.id.name)
		        if self.fail: raise self.fail
		        return self.servant and (self.servant, "cookie")
		    def finished(self, current, servant, cookie):
		        self.told.append("finished " + cookie)
		        if self.ends: raise self.ends
		    def deactivate(self, category):
		        self.told.append("deactivate " + category)
		def label(proxy):
		    try:
		        call(proxy, "label")
		        return "ok"
		    except Ice.ObjectNotExistException as x:
		        return "ObjectNotExist" if x.operation == "label" else x.operation
		    except Exception as x:
		        return name(x)
		def adapter(*settings):
		    return comm("A.Endpoints=tcp -h 127.0.0.1", *settings).createObjectAdapter("A")
		`

func init() {
	const (
		activation = "Servant Activation and Deactivation"
		dispatch   = "Request Dispatch"
		defaults   = "Default Servants"
		locators   = "Servant Locators"
		states     = "Object Adapter States"
		creating   = "Creating an Object Adapter"
		endpoints  = "Object Adapter Endpoints"
		facets     = "Facets and Versioning"
	)
	code := func(s string) string { return locatorClass + s }
	served := func(w *world, e *echo, settings ...string) (*ice.Adapter, *echo) { return w.serve(e, settings...), e }
	subjects["adapters"] = []row{
		{page: activation, says: "add makes a proxy for the object", python: code("a = adapter('A.Endpoints=tcp -h 127.0.0.1 -p 0', 'A.PublishedEndpoints=tcp -h h -p 1'); out = a.add(Echo(), identity('c/n')).ice_toString()"), ours: func(w *world) any {
			p, err := w.adapter("A.PublishedEndpoints=tcp -h h -p 1").Add(&echo{}, id("c/n"))
			return [...]any{p.String(), err}[0]
		}},
		{page: activation, says: "an identity is registered once", python: code("a = adapter(); a.add(Echo(), identity('x')); out = fails(a.add, Echo(), identity('x'))"), ours: func(w *world) any {
			a := w.adapter()
			_, _ = a.Add(&echo{}, id("x"))
			_, err := a.Add(&echo{}, id("x"))
			return name(err)
		}},
		{page: activation, says: "a servant may have several identities", python: code("a = adapter(); e = Echo(); a.add(e, identity('x')); out = fails(a.add, e, identity('y'))"), ours: func(w *world) any {
			a, e := w.adapter(), &echo{}
			_, _ = a.Add(e, id("x"))
			_, err := a.Add(e, id("y"))
			return name(err)
		}},
		{page: activation, says: "an identity without a name is refused", python: code("out = fails(adapter().add, Echo(), Ice.Identity('', 'c'))"), ours: func(w *world) any {
			_, err := w.adapter().Add(&echo{}, ice.Identity{Category: "c"})
			if err != nil {
				return "Parse"
			}
			return "ok"
		}},
		{page: activation, says: "addWithUUID gives a new identity each time", python: code("a = adapter(); e = Echo(); x, y = a.addWithUUID(e), a.addWithUUID(e); out = [x.ice_getIdentity() != y.ice_getIdentity(), len(x.ice_getIdentity().name), x.ice_getIdentity().category]"), ours: func(w *world) any {
			a := w.adapter()
			x, _ := a.AddWithUUID(&echo{})
			y, _ := a.AddWithUUID(&echo{})
			return []any{x.IceIdentity() != y.IceIdentity(), len(x.IceIdentity().Name), x.IceIdentity().Category}
		}},
		{page: activation, says: "remove gives the servant, and the object is gone", python: code("a = adapter(); e = Echo(); a.add(e, identity('x')); out = [a.remove(identity('x')) is e, a.find(identity('x')) is None]"), ours: func(w *world) any {
			a, e := w.adapter(), &echo{}
			_, _ = a.Add(e, id("x"))
			return []any{a.Remove(id("x")) == ice.Servant(e), a.Find(id("x")) == nil}
		}},
		{page: activation, says: "remove of what is not there is NotRegistered", departs: "adapter-remove", python: code("out = fails(adapter().remove, identity('x'))"), ours: func(w *world) any {
			return w.adapter().Remove(id("x")) == nil
		}},
		{page: activation, says: "find gives the servant, or null", python: code("a = adapter(); e = Echo(); a.add(e, identity('x')); out = [a.find(identity('x')) is e, a.find(identity('y')) is None]"), ours: func(w *world) any {
			a, e := w.adapter(), &echo{}
			_, _ = a.Add(e, id("x"))
			return []any{a.Find(id("x")) == ice.Servant(e), a.Find(id("y")) == nil}
		}},
		{page: activation, says: "findByProxy goes by identity and facet", python: code("a = adapter(); e = Echo(); p = a.addFacet(e, identity('x'), 'f'); out = [a.findByProxy(p) is e, a.findByProxy(p.ice_facet('')) is None]"), ours: func(w *world) any {
			a, e := w.adapter(), &echo{}
			p, _ := a.AddFacet(e, id("x"), "f")
			return []any{a.FindByProxy(p) == ice.Servant(e), a.FindByProxy(ice.WithFacet(p, "")) == nil}
		}},
		{page: activation, says: "a call to an object that is not there is ObjectNotExist", python: code("a = serve(); out = fails(call, client(a, 'other'), 'op')"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			return w.call(w.client(a, "other"), "op")
		}},
		{page: activation, says: "an object can be added while the adapter is active", python: code("a = serve(); p = client(a, 'later'); x = fails(call, p, 'op'); a.add(Echo(), identity('later')); out = [x, fails(call, p, 'op')]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			p := w.client(a, "later")
			before := w.call(p, "op")
			_, _ = a.Add(&echo{}, id("later"))
			return []any{before, w.call(p, "op")}
		}},

		{page: facets, says: "a facet is an object of its own", python: code("a = adapter(); a.add(Echo(), identity('x')); out = [fails(a.addFacet, Echo(), identity('x'), 'f'), fails(a.addFacet, Echo(), identity('x'), 'f')]"), ours: func(w *world) any {
			a := w.adapter()
			_, _ = a.Add(&echo{}, id("x"))
			_, first := a.AddFacet(&echo{}, id("x"), "f")
			_, second := a.AddFacet(&echo{}, id("x"), "f")
			return []any{name(first), name(second)}
		}},
		{page: facets, says: "findAllFacets gives the facets by name", python: code("a = adapter(); a.addFacet(Echo(), identity('x'), 'f'); a.add(Echo(), identity('x')); out = sorted(a.findAllFacets(identity('x')))"), ours: func(w *world) any {
			a := w.adapter()
			_, _ = a.AddFacet(&echo{}, id("x"), "f")
			_, _ = a.Add(&echo{}, id("x"))
			return sortedKeys(a.FindAllFacets(id("x")))
		}},
		{page: facets, says: "removeAllFacets takes all out", python: code("a = adapter(); a.addFacet(Echo(), identity('x'), 'f'); a.add(Echo(), identity('x')); out = [sorted(a.removeAllFacets(identity('x'))), len(a.findAllFacets(identity('x')))]"), ours: func(w *world) any {
			a := w.adapter()
			_, _ = a.AddFacet(&echo{}, id("x"), "f")
			_, _ = a.Add(&echo{}, id("x"))
			return []any{sortedKeys(a.RemoveAllFacets(id("x"))), len(a.FindAllFacets(id("x")))}
		}},
		{page: facets, says: "a facet that is not there is FacetNotExist if the object is", python: code("a = serve(); out = fails(call, client(a).ice_facet('f'), 'op')"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			return w.call(ice.WithFacet(w.client(a, "echo"), "f"), "op")
		}},
		{page: facets, says: "and ObjectNotExist if the object is not", python: code("a = serve(); out = fails(call, client(a, 'x').ice_facet('f'), 'op')"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			return w.call(ice.WithFacet(w.client(a, "x"), "f"), "op")
		}},
		{page: facets, says: "remove takes out the default facet alone", python: code("a = adapter(); a.addFacet(Echo(), identity('x'), 'f'); a.add(Echo(), identity('x')); a.remove(identity('x')); out = sorted(a.findAllFacets(identity('x')))"), ours: func(w *world) any {
			a := w.adapter()
			_, _ = a.AddFacet(&echo{}, id("x"), "f")
			_, _ = a.Add(&echo{}, id("x"))
			a.Remove(id("x"))
			return sortedKeys(a.FindAllFacets(id("x")))
		}},

		{page: dispatch, says: "ObjectNotExist of a servant names the object that was called", python: code("a = serve()\ntry:\n    call(client(a), 'objectNotExist')\nexcept Ice.ObjectNotExistException as x:\n    out = [x.id.name, x.operation]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			var failed *ice.RequestFailedError
			errors.As(w.invoke(w.ctx(), w.client(a, "echo"), "objectNotExist"), &failed)
			return []any{failed.ID.Name, failed.Operation}
		}},
		{page: dispatch, says: "an object that is not there is named", python: code("a = serve()\ntry:\n    call(client(a, 'c/x').ice_facet('f'), 'op')\nexcept Ice.ObjectNotExistException as x:\n    out = [x.id.category, x.id.name, x.facet, x.operation]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			var failed *ice.RequestFailedError
			errors.As(w.invoke(w.ctx(), ice.WithFacet(w.client(a, "c/x"), "f"), "op"), &failed)
			return []any{failed.ID.Category, failed.ID.Name, failed.Facet, failed.Operation}
		}},

		{page: defaults, says: "a default servant of a category gets its objects", python: code("a = serve(); a.addDefaultServant(Echo('d'), 'c'); out = [label(client(a, 'c/x')), label(client(a, 'other/x')), label(client(a, 'x'))]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			_ = a.AddDefault(&echo{label: "d"}, "c")
			return []any{w.label(w.client(a, "c/x")), w.label(w.client(a, "other/x")), w.label(w.client(a, "x"))}
		}},
		{page: defaults, says: "the default servant of the empty category gets all others", python: code("a = serve(); a.addDefaultServant(Echo('d'), ''); a.addDefaultServant(Echo('c'), 'c'); out = [label(client(a, 'c/x')), label(client(a, 'o/x')), label(client(a, 'x'))]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			_ = a.AddDefault(&echo{label: "d"}, "")
			_ = a.AddDefault(&echo{label: "c"}, "c")
			return []any{w.label(w.client(a, "c/x")), w.label(w.client(a, "o/x")), w.label(w.client(a, "x"))}
		}},
		{page: defaults, says: "the servant map comes first", python: code("a = serve(); a.addDefaultServant(Echo('d'), ''); a.add(Echo('own'), identity('x')); out = [label(client(a, 'x')), label(client(a, 'y'))]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			_ = a.AddDefault(&echo{label: "d"}, "")
			_, _ = a.Add(&echo{label: "own"}, id("x"))
			return []any{w.label(w.client(a, "x")), w.label(w.client(a, "y"))}
		}},
		{page: defaults, says: "a default servant gets all facets", python: code("a = serve(); a.addDefaultServant(Echo('d'), ''); out = label(client(a, 'y').ice_facet('f'))"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			_ = a.AddDefault(&echo{label: "d"}, "")
			return w.label(ice.WithFacet(w.client(a, "y"), "f"))
		}},
		{page: defaults, says: "a category has one default servant", python: code("a = adapter(); a.addDefaultServant(Echo(), 'c'); out = fails(a.addDefaultServant, Echo(), 'c')"), ours: func(w *world) any {
			a := w.adapter()
			_ = a.AddDefault(&echo{}, "c")
			return name(a.AddDefault(&echo{}, "c"))
		}},
		{page: defaults, says: "findDefaultServant gives that of the category alone", python: code("a = adapter(); e = Echo(); a.addDefaultServant(e, ''); out = [a.findDefaultServant('') is e, a.findDefaultServant('c') is None]"), ours: func(w *world) any {
			a, e := w.adapter(), &echo{}
			_ = a.AddDefault(e, "")
			return []any{a.FindDefault("") == ice.Servant(e), a.FindDefault("c") == nil}
		}},
		{page: defaults, says: "removeDefaultServant gives it back", python: code("a = adapter(); e = Echo(); a.addDefaultServant(e, ''); out = [a.removeDefaultServant('') is e, a.findDefaultServant('') is None]"), ours: func(w *world) any {
			a, e := w.adapter(), &echo{}
			_ = a.AddDefault(e, "")
			return []any{a.RemoveDefault("") == ice.Servant(e), a.FindDefault("") == nil}
		}},
		{page: defaults, says: "ice_ping of an object of a default servant succeeds", python: code("a = serve(); a.addDefaultServant(Echo(), ''); out = fails(client(a, 'y').ice_ping)"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			_ = a.AddDefault(&echo{}, "")
			return name(w.client(a, "y").IcePing(w.ctx()))
		}},

		{page: locators, says: "locate and finished are called for each request", python: code("a = serve(); f = Finder(Echo('l')); a.addServantLocator(f, 'c'); p = client(a, 'c/x'); l = label(p); call(p, 'op'); out = [l, f.told]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			f := &finder{servant: &echo{label: "l"}}
			_ = a.AddLocator(f, "c")
			p := w.client(a, "c/x")
			l := w.label(p)
			w.call(p, "op")
			return []any{l, f.seen()}
		}},
		{page: locators, says: "locate of null is ObjectNotExist, without finished", python: code("a = serve(); f = Finder(); a.addServantLocator(f, ''); out = [fails(call, client(a, 'x'), 'op'), f.told]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			f := &finder{}
			_ = a.AddLocator(f, "")
			return []any{w.call(w.client(a, "x"), "op"), f.seen()}
		}},
		{page: locators, says: "an exception of locate is the request's, without finished", python: code("a = serve(); f = Finder(fail=Ice.FacetNotExistException()); a.addServantLocator(f, ''); out = [fails(call, client(a, 'x'), 'op'), f.told]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			f := &finder{fail: ice.ErrFacetNotExist}
			_ = a.AddLocator(f, "")
			return []any{w.call(w.client(a, "x"), "op"), f.seen()}
		}},
		{page: locators, says: "an exception of finished is the request's", python: code("a = serve(); f = Finder(Echo(), ends=Ice.FacetNotExistException()); a.addServantLocator(f, ''); out = [fails(call, client(a, 'x'), 'op'), f.told]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			f := &finder{servant: &echo{}, ends: ice.ErrFacetNotExist}
			_ = a.AddLocator(f, "")
			return []any{w.call(w.client(a, "x"), "op"), f.seen()}
		}},
		{page: locators, says: "the servant map comes before locators", python: code("a = serve(); f = Finder(Echo('l')); a.addServantLocator(f, ''); out = [fails(call, client(a), 'op'), f.told]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			f := &finder{servant: &echo{}}
			_ = a.AddLocator(f, "")
			return []any{w.call(w.client(a, "echo"), "op"), f.seen()}
		}},
		{page: locators, says: "default servants come before locators", python: code("a = serve(); f = Finder(Echo('l')); a.addServantLocator(f, 'c'); a.addDefaultServant(Echo('d'), ''); out = [label(client(a, 'c/x')), f.told]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			f := &finder{servant: &echo{label: "l"}}
			_ = a.AddLocator(f, "c")
			_ = a.AddDefault(&echo{label: "d"}, "")
			return []any{w.label(w.client(a, "c/x")), f.seen()}
		}},
		{page: locators, says: "the locator of the category comes before that of the empty one", python: code("a = serve(); f, g = Finder(Echo('c')), Finder(Echo('')); a.addServantLocator(f, 'c'); a.addServantLocator(g, ''); out = [label(client(a, 'c/x')), g.told]"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			f, g := &finder{servant: &echo{label: "c"}}, &finder{servant: &echo{}}
			_ = a.AddLocator(f, "c")
			_ = a.AddLocator(g, "")
			return []any{w.label(w.client(a, "c/x")), g.seen()}
		}},
		{page: locators, says: "a category has one locator", python: code("a = adapter(); a.addServantLocator(Finder(), 'c'); out = [fails(a.addServantLocator, Finder(), 'c'), fails(a.addServantLocator, Finder(), 'd')]"), ours: func(w *world) any {
			a := w.adapter()
			_ = a.AddLocator(&finder{}, "c")
			return []any{name(a.AddLocator(&finder{}, "c")), name(a.AddLocator(&finder{}, "d"))}
		}},
		{page: locators, says: "removeServantLocator gives it back without deactivating it", python: code("a = adapter(); f = Finder(); a.addServantLocator(f, 'c'); out = [a.removeServantLocator('c') is f, f.told, a.findServantLocator('c') is None]"), ours: func(w *world) any {
			a, f := w.adapter(), &finder{}
			_ = a.AddLocator(f, "c")
			return []any{a.RemoveLocator("c") == ice.ServantLocator(f), f.seen(), a.FindLocator("c") == nil}
		}},
		{page: locators, says: "deactivate is called when the adapter is destroyed", python: code("a = adapter(); f = Finder(); a.addServantLocator(f, 'c'); a.destroy(); out = f.told"), ours: func(w *world) any {
			a, f := w.adapter(), &finder{}
			_ = a.AddLocator(f, "c")
			_ = a.Destroy(w.ctx())
			return f.seen()
		}},
		{page: locators, says: "a locator may stand for a facet", python: code("a = serve(); f = Finder(Echo('l')); a.addServantLocator(f, ''); out = label(client(a, 'x').ice_facet('f'))"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			_ = a.AddLocator(&finder{servant: &echo{label: "l"}}, "")
			return w.label(ice.WithFacet(w.client(a, "x"), "f"))
		}},

		{page: states, says: "a new adapter is held: requests wait", python: code("a = adapter(); a.add(Echo(), identity('echo')); out = fails(call, client(a).ice_invocationTimeout(200), 'op')"), ours: func(w *world) any {
			a := w.adapter()
			_, _ = a.Add(&echo{}, id("echo"))
			return w.call(ice.WithInvocationTimeout(w.client(a, "echo"), 200_000_000), "op")
		}},
		{page: states, says: "a held adapter that is activated serves what waited", python: code("a = adapter(); a.add(Echo(), identity('echo')); f = client(a).ice_invokeAsync('op', Ice.OperationMode.Normal, b''); a.activate(); out = f.result()[0]"), ours: func(w *world) any {
			a := w.adapter()
			_, _ = a.Add(&echo{}, id("echo"))
			f := ice.ProxyOf(w.client(a, "echo")).IceInvokeAsync(w.ctx(), "op", ice.Normal, nil)
			_ = a.Activate()
			_, err := f.Result(w.ctx())
			return err == nil
		}},
		{page: states, says: "activate of an active adapter does nothing", python: code("a = serve(); out = fails(a.activate)"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			return name(a.Activate())
		}},
		{page: states, says: "a deactivated adapter cannot be activated", python: code("a = serve(); a.deactivate(); out = fails(a.activate)"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			a.Deactivate()
			return name(a.Activate())
		}},
		{page: states, says: "a deactivated adapter takes no servants", python: code("a = serve(); a.deactivate(); out = fails(a.add, Echo(), identity('x'))"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			a.Deactivate()
			_, err := a.Add(&echo{}, id("x"))
			return name(err)
		}},
		{page: states, says: "a deactivated adapter does not listen", python: code("a = serve(); p = client(a); a.deactivate(); a.waitForDeactivate(); out = fails(p.ice_ping)"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			p := w.client(a, "echo")
			a.Deactivate()
			_ = a.WaitForDeactivate(w.ctx())
			return name(p.IcePing(w.ctx()))
		}},
		{page: states, says: "deactivate twice is fine", python: code("a = serve(); a.deactivate(); out = fails(a.deactivate)"), ours: func(w *world) any {
			a, _ := served(w, &echo{})
			a.Deactivate()
			a.Deactivate()
			return map[bool]string{true: "ok"}[a.IsDeactivated()]
		}},
		{page: states, says: "a destroyed adapter's name can be used again", python: code("a = adapter(); c = a.getCommunicator(); a.destroy(); out = fails(c.createObjectAdapter, 'A')"), ours: func(w *world) any {
			a := w.adapter()
			_ = a.Destroy(w.ctx())
			_, err := a.Communicator().NewAdapter("A", "")
			return name(err)
		}},

		{page: creating, says: "a name is given once", python: code("a = adapter(); out = fails(a.getCommunicator().createObjectAdapter, 'A')"), ours: func(w *world) any {
			_, err := w.adapter().Communicator().NewAdapter("A", "")
			return name(err)
		}},
		{page: creating, says: "the empty name may be given often", python: code("c = comm(); c.createObjectAdapter(''); out = fails(c.createObjectAdapter, '')"), ours: func(w *world) any {
			c := w.comm()
			_, _ = c.NewAdapter("", "")
			_, err := c.NewAdapter("", "")
			return name(err)
		}},
		{page: creating, says: "a name without properties is an error", departs: "adapter-unconfigured", python: code("out = fails(comm().createObjectAdapter, 'A')"), ours: func(w *world) any {
			_, err := w.comm().NewAdapter("A", "")
			return name(err)
		}},
		{page: creating, says: "createObjectAdapterWithEndpoints needs no properties", python: code("out = fails(comm().createObjectAdapterWithEndpoints, 'A', 'tcp -h 127.0.0.1')"), ours: func(w *world) any {
			_, err := w.comm().NewAdapter("A", "tcp -h 127.0.0.1")
			return name(err)
		}},
		{page: creating, says: "a malformed endpoint is an error", python: code("out = fails(comm().createObjectAdapterWithEndpoints, 'A', 'tcp -q')"), ours: func(w *world) any {
			_, err := w.comm().NewAdapter("A", "tcp -q")
			return name(err)
		}},
		{page: creating, says: "after the communicator is destroyed it is an error", python: code("c = comm(); c.destroy(); out = fails(c.createObjectAdapterWithEndpoints, 'A', 'tcp -h 127.0.0.1')"), ours: func(w *world) any {
			c := w.comm()
			_ = c.Close()
			_, err := c.NewAdapter("A", "tcp -h 127.0.0.1")
			return name(err)
		}},
		{page: creating, says: "getName gives the name", python: code("out = adapter().getName()"), ours: func(w *world) any { return w.adapter().Name() }},

		{page: endpoints, says: "PublishedEndpoints replace those that it listens at in proxies", python: code("a = adapter('A.PublishedEndpoints=tcp -h h -p 1:ws -h h -p 2'); out = a.createProxy(identity('x')).ice_toString()"), ours: func(w *world) any {
			p, _ := w.adapter("A.PublishedEndpoints=tcp -h h -p 1:ws -h h -p 2").Proxy(id("x"))
			return p.String()
		}},
		{page: endpoints, says: "setPublishedEndpoints changes proxies made later", python: code("a = adapter(); a.setPublishedEndpoints(C.stringToProxy('x:tcp -h h -p 1').ice_getEndpoints()); out = a.createProxy(identity('x')).ice_toString()"), ours: func(w *world) any {
			a := w.adapter()
			_ = a.SetPublishedEndpoints("tcp -h h -p 1")
			p, _ := a.Proxy(id("x"))
			return p.String()
		}},
		{page: endpoints, says: "refreshPublishedEndpoints goes back to the property", python: code("a = adapter('A.PublishedEndpoints=tcp -h h -p 1'); a.setPublishedEndpoints(()); a.refreshPublishedEndpoints(); out = a.createProxy(identity('x')).ice_toString()"), ours: func(w *world) any {
			a := w.adapter("A.PublishedEndpoints=tcp -h h -p 1")
			_ = a.SetPublishedEndpoints("")
			_ = a.RefreshPublishedEndpoints()
			p, _ := a.Proxy(id("x"))
			return p.String()
		}},
		{page: endpoints, says: "AdapterId makes proxies indirect", python: code("a = adapter('A.AdapterId=Id'); out = [a.createProxy(identity('x')).ice_toString(), a.createIndirectProxy(identity('x')).ice_toString(), len(a.createDirectProxy(identity('x')).ice_getEndpoints())]"), ours: func(w *world) any {
			a := w.adapter("A.AdapterId=Id")
			p, _ := a.Proxy(id("x"))
			i, _ := a.IndirectProxy(id("x"))
			d, _ := a.DirectProxy(id("x"))
			return []any{p.String(), i.String(), len(ice.ProxyOf(d).IceEndpoints())}
		}},
		{page: endpoints, says: "ReplicaGroupId names proxies", python: code("a = adapter('A.AdapterId=Id', 'A.ReplicaGroupId=Group'); out = [a.createProxy(identity('x')).ice_toString(), a.createIndirectProxy(identity('x')).ice_toString()]"), ours: func(w *world) any {
			a := w.adapter("A.AdapterId=Id", "A.ReplicaGroupId=Group")
			p, _ := a.Proxy(id("x"))
			i, _ := a.IndirectProxy(id("x"))
			return []any{p.String(), i.String()}
		}},
		{page: endpoints, says: "ProxyOptions are the options of proxies", python: code("a = adapter('A.PublishedEndpoints=tcp -h h -p 1', 'A.ProxyOptions=-o -e 1.0'); out = a.createProxy(identity('x')).ice_toString()"), ours: func(w *world) any {
			p, _ := w.adapter("A.PublishedEndpoints=tcp -h h -p 1", "A.ProxyOptions=-o -e 1.0").Proxy(id("x"))
			return p.String()
		}},
		{page: endpoints, says: "an adapter without endpoints has proxies without", python: code("a = comm().createObjectAdapter(''); out = [a.createProxy(identity('x')).ice_toString(), len(a.getEndpoints())]"), ours: func(w *world) any {
			a, _ := w.comm().NewAdapter("", "")
			p, _ := a.Proxy(id("x"))
			return []any{p.String(), len(a.Endpoints())}
		}},
		{page: endpoints, says: "MessageSizeMax of the adapter bounds requests", python: code("a = serve(None, 'A.MessageSizeMax=1', 'Ice.Warn.Connections=0'); out = fails(client(a).ice_invoke, 'op', Ice.OperationMode.Normal, bytes([0xd6, 7, 0, 0, 1, 1]) + bytes(2000))"), ours: func(w *world) any {
			a, _ := served(w, &echo{}, "A.MessageSizeMax=1")
			_, _, err := ice.ProxyOf(w.client(a, "echo")).IceInvoke(w.ctx(), "op", ice.Normal, append([]byte{0xd6, 7, 0, 0, 1, 1}, make([]byte, 2000)...))
			return name(err)
		}},
	}
}

func sortedKeys[V any](m map[string]V) []string {
	names := []string{}
	for k := range m {
		names = append(names, k)
	}
	sort.Strings(names)
	return names
}
