package ice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// infos keeps what the runtime knows of each locator or router, by its proxy's string form.
type infos[T any] struct {
	mu  sync.Mutex
	all map[string]*T
}

func (i *infos[T]) get(key string, make func() *T) *T {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.all == nil {
		i.all = map[string]*T{}
	}
	if i.all[key] == nil {
		i.all[key] = make()
	}
	return i.all[key]
}

// locatorInfo is a locator and what it has said. See the manual's "Locators".
type locatorInfo struct {
	comm    *Communicator
	locator Proxy

	mu       sync.Mutex
	adapters map[question[string]]*lookup
	objects  map[question[Identity]]*lookup
}

// question is what a locator is asked for. It is asked in the encoding of the proxy that is resolved, as its answers may depend on that: a server
// that knows no newer encoding than 1.0 gets proxies that say so.
type question[T comparable] struct {
	what     T
	encoding wire.Version
}

// lookup is an answer of a locator, or a question that is under way.
type lookup struct {
	asked chan struct{} // closed when the answer is there; nil if nobody asks
	at    time.Time     // of the answer, zero without one
	ref   *reference    // nil if the locator does not know
}

var (
	opFindObject  = Op[ObjectPrx]{Name: "findObjectById", Mode: Nonmutating, Returns: true, Read: ReadProxy, Throws: []string{"::Ice::ObjectNotFoundException"}}
	opFindAdapter = Op[ObjectPrx]{Name: "findAdapterById", Mode: Nonmutating, Returns: true, Read: ReadProxy, Throws: []string{"::Ice::AdapterNotFoundException"}}
)

// SetDefaultLocator has indirect proxies that are made from now on ask the given locator; nil has them ask none.
func (comm *Communicator) SetDefaultLocator(locator ObjectPrx) {
	comm.locator.Store(comm.locatorInfo(locator))
}

// DefaultLocator gives the locator that new proxies ask, nil if there is none.
func (comm *Communicator) DefaultLocator() ObjectPrx {
	if l := comm.locator.Load(); l != nil {
		return l.locator
	}
	return nil
}

func (comm *Communicator) locatorInfo(locator ObjectPrx) *locatorInfo {
	if IsNil(locator) {
		return nil
	}
	// A locator cannot be found by a locator.
	plain := Proxy{locator.iceProxy().ref.changed(true, func(r *reference) { r.locator = nil })}
	return comm.locators.get(plain.String(), func() *locatorInfo {
		return &locatorInfo{comm: comm, locator: plain, adapters: map[question[string]]*lookup{}, objects: map[question[Identity]]*lookup{}}
	})
}

// endpoints gives where an indirect reference leads to, and whether some of that is what the locator said earlier.
func (l *locatorInfo) endpoints(ctx context.Context, r *reference) ([]*endpoint, bool, error) {
	if r.adapterID != "" {
		return l.ofAdapter(ctx, r, r.adapterID)
	}
	key := question[Identity]{r.id, r.encodingUsed()}
	for try := 0; ; try++ {
		object, cached, err := l.ask(ctx, r, "object "+IdentityToString(r.id), func() *lookup { return entry(l.objects, key) }, func() *Future[ObjectPrx] {
			return Call(ctx, l.in(key.encoding), &opFindObject, func(e *wire.Encoder) { r.id.IceWrite(e) })
		})
		switch {
		case err != nil:
			return nil, false, err
		case !object.isIndirect():
			return object.endpoints, cached, nil
		case object.adapterID == "":
			forget(l, l.objects, key, object)
			return nil, false, &NoEndpointError{r.text(), "the locator answers with a proxy that is well-known too"}
		}
		endpoints, adapterCached, err := l.ofAdapter(ctx, r, object.adapterID)
		if err == nil {
			return endpoints, cached || adapterCached, nil
		}
		// The object may have moved to another adapter.
		forget(l, l.objects, key, object)
		if !cached || try > 0 || !errors.Is(err, ErrNotRegistered) {
			return nil, false, err
		}
	}
}

// ofAdapter is endpoints for an adapter.
func (l *locatorInfo) ofAdapter(ctx context.Context, r *reference, id string) ([]*endpoint, bool, error) {
	key := question[string]{id, r.encodingUsed()}
	found, cached, err := l.ask(ctx, r, "adapter "+id, func() *lookup { return entry(l.adapters, key) }, func() *Future[ObjectPrx] {
		return Call(ctx, l.in(key.encoding), &opFindAdapter, func(e *wire.Encoder) { e.String(id) })
	})
	if err != nil {
		return nil, false, err
	}
	if found.isIndirect() {
		forget(l, l.adapters, key, found)
		return nil, false, &NoEndpointError{r.text(), fmt.Sprintf("the locator gives no endpoints for adapter %q", id)}
	}
	return found.endpoints, cached, nil
}

// in gives the locator's proxy for questions in an encoding.
func (l *locatorInfo) in(encoding wire.Version) Proxy {
	if l.locator.ref.encoding == encoding {
		return l.locator
	}
	return Proxy{l.locator.ref.changed(false, func(r *reference) { r.encoding = encoding })}
}

// forget drops an answer that turned out to be of no use, unless there is another one meanwhile.
func forget[T comparable](l *locatorInfo, answers map[question[T]]*lookup, key question[T], ref *reference) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := answers[key]; e != nil && e.ref == ref {
		e.ref = nil
	}
}

func entry[K comparable](m map[K]*lookup, key K) *lookup {
	if m[key] == nil {
		m[key] = &lookup{}
	}
	return m[key]
}

// ask gives the locator's answer: a former one if it is young enough, else a new one, asked for once however many want it.
func (l *locatorInfo) ask(ctx context.Context, r *reference, what string, find func() *lookup, call func() *Future[ObjectPrx]) (*reference, bool, error) {
	for {
		l.mu.Lock()
		e := find()
		if ref := e.ref; ref != nil && (r.locatorTimeout < 0 || time.Since(e.at) <= r.locatorTimeout && r.locatorTimeout > 0) {
			l.mu.Unlock()
			return ref, true, nil
		}
		if ref := e.ref; ref != nil && r.locatorTimeout > 0 && l.comm.backgroundLookup {
			if e.asked == nil && l.comm.begin() {
				e.asked = make(chan struct{})
				go func() {
					defer l.comm.end()
					_, _ = l.answer(ctx, r, what, e, call)
				}()
			}
			l.mu.Unlock()
			return ref, true, nil
		}
		if asked := e.asked; asked != nil {
			l.mu.Unlock()
			<-asked
			if l.mu.Lock(); e.ref != nil {
				ref := e.ref
				l.mu.Unlock()
				return ref, false, nil
			}
			l.mu.Unlock()
			if ctx.Err() != nil {
				return nil, false, ErrCommunicatorDestroyed
			}
			continue
		}
		e.asked = make(chan struct{})
		l.mu.Unlock()
		ref, err := l.answer(ctx, r, what, e, call)
		return ref, false, err
	}
}

// answer asks the locator and notes what it says.
func (l *locatorInfo) answer(ctx context.Context, r *reference, what string, e *lookup, call func() *Future[ObjectPrx]) (*reference, error) {
	prx, err := call().Result(ctx)
	if l.comm.trace.locator > 0 {
		l.comm.trace.located(1, "asked for the "+what, slog.Any("answer", prx), slog.Any("error", err))
	}
	var unknown *UnknownError
	switch {
	case errors.Is(err, ErrUnknownUser) && errors.As(err, &unknown), isNotFound(err):
		err = &NoEndpointError{r.text(), "the locator does not know the " + what}
		err = &notRegistered{err}
	case err == nil && IsNil(prx):
		err = &notRegistered{&NoEndpointError{r.text(), "the locator has no endpoints for the " + what + ": is its server running?"}}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ref = nil
	if err == nil {
		e.ref, e.at = prx.iceProxy().ref, time.Now()
	}
	close(e.asked)
	e.asked = nil
	return e.ref, err
}

// isNotFound recognizes the exceptions by which a locator says that it does not know, known here or not.
func isNotFound(err error) bool {
	x, ok := errors.AsType[wire.UserException](err)
	return ok && (x.IceTypeID() == "::Ice::ObjectNotFoundException" || x.IceTypeID() == "::Ice::AdapterNotFoundException")
}

// notRegistered is a NoEndpointError for which errors.Is knows ErrNotRegistered too.
type notRegistered struct{ err error }

func (e *notRegistered) Error() string    { return e.err.Error() }
func (e *notRegistered) Unwrap() []error  { return []error{ErrNotRegistered, e.err} }
func (e *notRegistered) MayHaveRun() bool { return false }

// clearCache forgets what the locator said about the reference, and reports whether there was anything.
func (l *locatorInfo) clearCache(r *reference) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	adapterID, known := r.adapterID, false
	if adapterID == "" {
		e := l.objects[question[Identity]{r.id, r.encodingUsed()}]
		if e == nil || e.ref == nil {
			return false
		}
		adapterID, e.ref, known = e.ref.adapterID, nil, true
	}
	if e := l.adapters[question[string]{adapterID, r.encodingUsed()}]; e != nil && e.ref != nil {
		e.ref, known = nil, true
	}
	return known
}
