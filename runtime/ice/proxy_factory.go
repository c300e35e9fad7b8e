package ice

import (
	"maps"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// The functions in this file are the proxy factory methods of the manual's "Proxy Methods", where their names begin with ice_. Each returns a
// changed copy of a proxy, of the same Go type. The null proxy stays the null proxy. The getters of [Proxy] tell what a proxy has.

// change returns a copy of p whose reference is changed. rebind says whether the copy may need another connection.
func change[P ObjectPrx](p P, rebind bool, change func(*reference)) P {
	if IsNil(p) {
		return p
	}
	return p.IceNew(Proxy{p.iceProxy().ref.changed(rebind, change)}).(P)
}

// changeRoute is change for what says how to find a connection. A fixed proxy has its connection: calls on the result fail with
// ErrFixedProxy.
func changeRoute[P ObjectPrx](p P, factory string, set func(*reference)) P {
	return change(p, true, func(r *reference) {
		if r.fixed != nil && r.fault == "" {
			r.fault = factory
		}
		set(r)
	})
}

func withMode[P ObjectPrx](p P, mode byte) P {
	if IsNil(p) {
		return p
	}
	// Datagrams and the other modes use different endpoints.
	rebind := mode >= wire.ModeDatagram || p.iceProxy().ref.mode >= wire.ModeDatagram
	return change(p, rebind, func(r *reference) { r.mode = mode })
}

// Twoway returns a proxy whose calls wait for a reply.
func Twoway[P ObjectPrx](p P) P { return withMode(p, wire.ModeTwoway) }

// Oneway returns a proxy whose calls are complete when the request is handed to the transport. Operations with results fail with ErrTwowayOnly.
func Oneway[P ObjectPrx](p P) P { return withMode(p, wire.ModeOneway) }

// BatchOneway returns a proxy whose calls are queued until IceFlushBatch, or until Ice.BatchAutoFlushSize is reached.
func BatchOneway[P ObjectPrx](p P) P { return withMode(p, wire.ModeBatchOneway) }

// Datagram returns a proxy in datagram mode. It can be printed and passed on; calls need udp, which this runtime does not speak, and fail
// with a [NoEndpointError].
func Datagram[P ObjectPrx](p P) P { return withMode(p, wire.ModeDatagram) }

// BatchDatagram is to Datagram what BatchOneway is to Oneway.
func BatchDatagram[P ObjectPrx](p P) P { return withMode(p, wire.ModeBatchDatagram) }

// Secure returns a proxy that uses secure endpoints only, or with false any endpoint. A call whose connection is already chosen, by
// [FixedTo] or a router, and is not secure fails with a [NoEndpointError] before anything is sent.
func Secure[P ObjectPrx](p P, only ...bool) P {
	secure := len(only) == 0 || only[0]
	return change(p, true, func(r *reference) { r.secure = secure })
}

// PreferSecure returns a proxy that tries secure endpoints before others.
func PreferSecure[P ObjectPrx](p P, prefer bool) P {
	return changeRoute(p, "PreferSecure", func(r *reference) { r.preferSecure = prefer })
}

// WithFacet returns a proxy for another facet of the object; "" is the default facet.
func WithFacet[P ObjectPrx](p P, facet string) P {
	return change(p, false, func(r *reference) { r.facet = facet })
}

// WithIdentity returns a proxy for another object at the same place.
func WithIdentity[P ObjectPrx](p P, id Identity) P {
	// A router has to hear of the new object, and a locator may place it elsewhere.
	return change(p, true, func(r *reference) { r.id = id })
}

// WithTimeout returns a proxy whose endpoints have another timeout, for connecting and for messages that are stuck half way. Zero or less is
// none; anything else is at least a millisecond. The proxy gets a connection of its own with that timeout.
func WithTimeout[P ObjectPrx](p P, timeout time.Duration) P {
	ms := -1
	if timeout > 0 {
		ms = max(int(timeout/time.Millisecond), 1)
	}
	return changeRoute(p, "WithTimeout", func(r *reference) {
		r.timeout = ms
		r.endpoints = changedEndpoints(r.endpoints, func(e *endpoint) {
			if !e.datagram() {
				e.timeout = ms
			}
		})
	})
}

func changedEndpoints(list []*endpoint, change func(*endpoint)) []*endpoint {
	changed := make([]*endpoint, len(list))
	for i, e := range list {
		c := *e
		if !c.opaque() {
			change(&c)
		}
		changed[i] = &c
	}
	return changed
}

// UseConnectionTimeout as invocation timeout takes the timeout of the connection that a call is sent on. Ice writes it -2, as number of milliseconds.
const UseConnectionTimeout = -2 * time.Millisecond

// WithInvocationTimeout returns a proxy whose calls fail with ErrTimeout if there is no reply in time. Zero is no limit but the context's, and
// so is any negative duration but [UseConnectionTimeout].
func WithInvocationTimeout[P ObjectPrx](p P, timeout time.Duration) P {
	if timeout != UseConnectionTimeout {
		timeout = max(timeout, 0)
	}
	return change(p, false, func(r *reference) { r.invocationTimeout = timeout })
}

// WithContext returns a proxy whose calls carry the entries in their request context.
func WithContext[P ObjectPrx](p P, entries map[string]string) P {
	entries = maps.Clone(entries)
	return change(p, false, func(r *reference) { r.context = hide(entries) })
}

// WithEncoding returns a proxy whose parameters are written in the given encoding. Calls fail with ErrUnsupportedEncoding if it is not
// known here.
func WithEncoding[P ObjectPrx](p P, v EncodingVersion) P {
	return change(p, false, func(r *reference) { r.encoding = v })
}

// WithCompress returns a proxy whose requests are compressed, or are not, whatever its endpoints say.
func WithCompress[P ObjectPrx](p P, compress bool) P {
	return change(p, true, func(r *reference) {
		r.compress = overrideOf(compress)
		r.endpoints = changedEndpoints(r.endpoints, func(e *endpoint) { e.compress = compress })
	})
}

// WithEndpoints returns a proxy with the endpoints of another one, which must belong to the same communicator; nil is none. The proxy is direct
// then, unless these were its endpoints before. See [WithEndpointList] for single endpoints.
func WithEndpoints[P ObjectPrx](p P, other ObjectPrx) P {
	var endpoints []*endpoint
	if !IsNil(other) {
		endpoints = other.iceProxy().ref.endpoints
	}
	return withEndpoints(p, endpoints)
}

// WithEndpointList returns a direct proxy with the given endpoints, in this order, such as some of those that [Proxy.IceEndpoints] returns:
//
//	endpoints := slices.DeleteFunc(ice.ProxyOf(p).IceEndpoints(), func(e ice.Endpoint) bool { return !e.Info().Secure })
//	p = ice.WithEndpointList(p, endpoints...)
func WithEndpointList[P ObjectPrx](p P, endpoints ...Endpoint) P {
	var list []*endpoint
	for _, e := range endpoints {
		if e.e != nil {
			list = append(list, e.e)
		}
	}
	return withEndpoints(p, list)
}

func withEndpoints[P ObjectPrx](p P, endpoints []*endpoint) P {
	return change(p, true, func(r *reference) {
		if r.fixed != nil || !sameEndpoints(r.endpoints, endpoints) {
			r.endpoints, r.adapterID, r.fixed, r.fault = endpoints, "", nil, ""
		}
	})
}

// WithAdapterID returns an indirect proxy for the object in the adapter or replica group that a locator knows by the id. The proxy stays as it
// is if that was its id before; a direct proxy's is empty.
func WithAdapterID[P ObjectPrx](p P, id string) P {
	return change(p, true, func(r *reference) {
		if r.fixed != nil || r.adapterID != id {
			r.adapterID, r.endpoints, r.fixed, r.fault = id, nil, nil, ""
		}
	})
}

// WithLocator returns a proxy that asks the given locator; nil asks none.
func WithLocator[P ObjectPrx](p P, locator ObjectPrx) P {
	return changeRoute(p, "WithLocator", func(r *reference) { r.locator = r.comm.locatorInfo(locator) })
}

// WithLocatorCacheTimeout returns a proxy for which a locator's answers hold so long: zero asks each time, less is for ever.
func WithLocatorCacheTimeout[P ObjectPrx](p P, timeout time.Duration) P {
	return changeRoute(p, "WithLocatorCacheTimeout", func(r *reference) { r.locatorTimeout = timeout })
}

// WithRouter returns a proxy whose calls go through the given router; nil goes straight.
func WithRouter[P ObjectPrx](p P, router ObjectPrx) P {
	return changeRoute(p, "WithRouter", func(r *reference) { r.router = r.comm.routerInfo(router) })
}

// WithConnectionID returns a proxy that shares a connection only with proxies of the same connection id.
func WithConnectionID[P ObjectPrx](p P, id string) P {
	return changeRoute(p, "WithConnectionID", func(r *reference) { r.connectionID = id })
}

// WithConnectionCached returns a proxy that keeps its connection, as all do, or one that chooses anew for each call.
func WithConnectionCached[P ObjectPrx](p P, cached bool) P {
	return changeRoute(p, "WithConnectionCached", func(r *reference) { r.uncached = !cached })
}

// WithEndpointSelection returns a proxy that tries its endpoints in random order or in their own.
func WithEndpointSelection[P ObjectPrx](p P, s EndpointSelection) P {
	return changeRoute(p, "WithEndpointSelection", func(r *reference) { r.selection = s })
}

// WithCollocationOptimized returns a proxy that says whether calls to objects of its own communicator may bypass the network. This runtime always
// uses a connection, so it changes no call; it is kept for [Communicator.ProxyToProperty], whose properties other languages may read.
func WithCollocationOptimized[P ObjectPrx](p P, optimized bool) P {
	return change(p, false, func(r *reference) { r.notCollocated = !optimized })
}

// FixedTo returns a proxy whose calls go over the given connection only, and fail when that is closed. It cannot be passed on. Of p it keeps
// identity, facet, mode, Secure, versions, compression, invocation timeout and context; what says how to find a connection is dropped, and
// setting such a thing afterwards makes calls fail with ErrFixedProxy, as does a nil connection. A call that the connection cannot carry as the
// proxy asks (Secure, Datagram) fails with a [NoEndpointError]. [WithEndpoints] and [WithAdapterID] undo it. See the manual's "Using
// Connections", ice_fixed.
func FixedTo[P ObjectPrx](p P, c *Connection) P {
	if IsNil(p) {
		return p
	}
	old := p.iceProxy().ref
	s := old.comm.newReference(old.id).proxySettings
	s.facet, s.mode, s.secure, s.protocol, s.encoding = old.facet, old.mode, old.secure, old.protocol, old.encoding
	s.compress, s.invocationTimeout, s.context = old.compress, old.invocationTimeout, old.context
	s.fixed = c
	if c == nil {
		s.fault = "FixedTo without a connection"
	}
	return p.IceNew(Proxy{old.comm.referenceWith(s)}).(P)
}
