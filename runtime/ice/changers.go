package ice

import (
	"maps"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// The functions in this file give a changed copy of a proxy, of the same Go type. The null proxy stays the null proxy. Their counterparts in
// the manual's "Proxy Methods" begin with ice_.

// change gives a copy of p whose reference is changed. rebind says whether the change can lead to another connection.
func change[P ObjectPrx](p P, rebind bool, change func(*reference)) P {
	if IsNil(p) {
		return p
	}
	return p.IceNew(Proxy{p.iceProxy().ref.changed(rebind, change)}).(P)
}

func withMode[P ObjectPrx](p P, mode byte) P {
	return change(p, mode >= wire.ModeDatagram, func(r *reference) { r.mode = mode })
}

// Twoway gives a proxy whose calls wait for a reply.
func Twoway[P ObjectPrx](p P) P { return withMode(p, wire.ModeTwoway) }

// Oneway gives a proxy whose calls are complete when the request is handed to the transport. Operations with results fail with ErrTwowayOnly.
func Oneway[P ObjectPrx](p P) P { return withMode(p, wire.ModeOneway) }

// BatchOneway gives a proxy whose calls are queued until IceFlushBatch, or until Ice.BatchAutoFlushSize is reached.
func BatchOneway[P ObjectPrx](p P) P { return withMode(p, wire.ModeBatchOneway) }

// Datagram gives a proxy in datagram mode. It can be printed and passed on; calls need udp, which this runtime does not speak.
func Datagram[P ObjectPrx](p P) P { return withMode(p, wire.ModeDatagram) }

// BatchDatagram is to Datagram what BatchOneway is to Oneway.
func BatchDatagram[P ObjectPrx](p P) P { return withMode(p, wire.ModeBatchDatagram) }

// Secure gives a proxy that uses secure endpoints only, or any again.
func Secure[P ObjectPrx](p P, only ...bool) P {
	secure := len(only) == 0 || only[0]
	return change(p, true, func(r *reference) { r.secure = secure })
}

// PreferSecure gives a proxy that tries secure endpoints before others.
func PreferSecure[P ObjectPrx](p P, prefer bool) P {
	return change(p, true, func(r *reference) { r.preferSecure = prefer })
}

// WithFacet gives a proxy for another facet of the object; "" is the default facet.
func WithFacet[P ObjectPrx](p P, facet string) P {
	return change(p, false, func(r *reference) { r.facet = facet })
}

// WithIdentity gives a proxy for another object at the same place.
func WithIdentity[P ObjectPrx](p P, id Identity) P {
	// A router has to hear of the new object, and a locator may place it elsewhere.
	return change(p, true, func(r *reference) { r.id = id })
}

// WithTimeout gives a proxy whose endpoints have another timeout, for connecting and for messages that are stuck half way. Zero or less is none.
func WithTimeout[P ObjectPrx](p P, timeout time.Duration) P {
	ms := -1
	if timeout > 0 {
		ms = max(int(timeout/time.Millisecond), 1)
	}
	return change(p, true, func(r *reference) {
		r.timeout = ms
		r.endpoints = changedEndpoints(r.endpoints, func(e *endpoint) { e.timeout = ms })
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

// WithInvocationTimeout gives a proxy whose calls fail with ErrTimeout if there is no reply in time. Zero is no limit but the context's.
func WithInvocationTimeout[P ObjectPrx](p P, timeout time.Duration) P {
	return change(p, false, func(r *reference) { r.invocationTimeout = max(timeout, 0) })
}

// WithContext gives a proxy whose calls carry the entries in their request context.
func WithContext[P ObjectPrx](p P, entries map[string]string) P {
	entries = maps.Clone(entries)
	return change(p, false, func(r *reference) { r.context = hide(entries) })
}

// WithEncoding gives a proxy whose parameters are written in the given encoding.
func WithEncoding[P ObjectPrx](p P, v EncodingVersion) P {
	return change(p, false, func(r *reference) { r.encoding = v })
}

// WithCompress gives a proxy whose requests are compressed, or are not, whatever its endpoints say.
func WithCompress[P ObjectPrx](p P, compress bool) P {
	return change(p, true, func(r *reference) {
		r.compress = overrideOf(compress)
		r.endpoints = changedEndpoints(r.endpoints, func(e *endpoint) { e.compress = compress })
	})
}

// WithEndpoints gives a proxy with the endpoints of another one, which must belong to the same communicator; nil is none. The proxy is direct
// then, unless these were its endpoints before.
func WithEndpoints[P ObjectPrx](p P, other ObjectPrx) P {
	var endpoints []*endpoint
	if !IsNil(other) {
		endpoints = other.iceProxy().ref.endpoints
	}
	return change(p, true, func(r *reference) {
		if r.fixed != nil || !sameEndpoints(r.endpoints, endpoints) {
			r.endpoints, r.adapterID, r.fixed = endpoints, "", nil
		}
	})
}

// WithAdapterID gives an indirect proxy for the object in the adapter or replica group that a locator knows by the id. The proxy stays as it
// is if that was its id before; a direct proxy's is empty.
func WithAdapterID[P ObjectPrx](p P, id string) P {
	return change(p, true, func(r *reference) {
		if r.fixed != nil || r.adapterID != id {
			r.adapterID, r.endpoints, r.fixed = id, nil, nil
		}
	})
}

// WithLocator gives a proxy that asks the given locator; nil asks none.
func WithLocator[P ObjectPrx](p P, locator ObjectPrx) P {
	return change(p, true, func(r *reference) { r.locator = r.comm.locatorInfo(locator) })
}

// WithLocatorCacheTimeout gives a proxy for which a locator's answers hold so long: zero asks each time, less is for ever.
func WithLocatorCacheTimeout[P ObjectPrx](p P, timeout time.Duration) P {
	return change(p, true, func(r *reference) { r.locatorTimeout = timeout })
}

// WithRouter gives a proxy whose calls go through the given router; nil goes straight.
func WithRouter[P ObjectPrx](p P, router ObjectPrx) P {
	return change(p, true, func(r *reference) { r.router = r.comm.routerInfo(router) })
}

// WithConnectionID gives a proxy that shares a connection only with proxies of the same connection id.
func WithConnectionID[P ObjectPrx](p P, id string) P {
	return change(p, true, func(r *reference) { r.connectionID = id })
}

// WithConnectionCached gives a proxy that keeps its connection, as all do, or one that chooses anew for each call.
func WithConnectionCached[P ObjectPrx](p P, cached bool) P {
	return change(p, true, func(r *reference) { r.uncached = !cached })
}

// WithEndpointSelection gives a proxy that tries its endpoints in random order or in their own.
func WithEndpointSelection[P ObjectPrx](p P, s EndpointSelection) P {
	return change(p, true, func(r *reference) { r.selection = s })
}

// FixedTo gives a proxy whose calls go over the given connection only, and fail when that is closed. It cannot be passed on.
// See the manual's "Using Connections", ice_fixed.
func FixedTo[P ObjectPrx](p P, c *Connection) P {
	return change(p, true, func(r *reference) { r.fixed = c })
}

// SameObject reports whether two proxies mean the same object and facet, however it is reached. Two nil proxies are the same.
func SameObject(a, b ObjectPrx) bool {
	if IsNil(a) || IsNil(b) {
		return IsNil(a) && IsNil(b)
	}
	ra, rb := a.iceProxy().ref, b.iceProxy().ref
	return ra.id == rb.id && ra.facet == rb.facet
}

// SameIdentity reports whether two proxies have the same identity.
func SameIdentity(a, b ObjectPrx) bool {
	if IsNil(a) || IsNil(b) {
		return IsNil(a) && IsNil(b)
	}
	return a.iceProxy().ref.id == b.iceProxy().ref.id
}
