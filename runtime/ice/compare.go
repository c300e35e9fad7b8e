package ice

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Compare orders proxies: it returns -1, 0 or +1, and 0 exactly if the two are Equal. The null proxy comes first; then proxies are
// ordered by identity, facet, and everything else that they hold. It is for slices.SortFunc and the like, as Ice's comparison operators
// are. See [CompareIdentity] and [CompareIdentityAndFacet] for an order of objects.
func Compare(a, b ObjectPrx) int {
	if IsNil(a) || IsNil(b) {
		return compareBool(!IsNil(a), !IsNil(b))
	}
	return a.iceProxy().ref.compare(b.iceProxy().ref)
}

// CompareIdentity orders proxies by the identity alone; it returns 0 exactly if [SameIdentity] reports true. The null proxy comes first. In
// Ice it is proxyIdentityLess and proxyIdentityEqual.
func CompareIdentity(a, b ObjectPrx) int {
	if IsNil(a) || IsNil(b) {
		return compareBool(!IsNil(a), !IsNil(b))
	}
	return a.iceProxy().ref.id.Compare(b.iceProxy().ref.id)
}

// CompareIdentityAndFacet orders proxies by the object that they denote; it returns 0 exactly if [SameObject] reports true. The null proxy
// comes first. In Ice it is proxyIdentityAndFacetLess and proxyIdentityAndFacetEqual.
func CompareIdentityAndFacet(a, b ObjectPrx) int {
	if c := CompareIdentity(a, b); c != 0 || IsNil(a) {
		return c
	}
	return cmp.Compare(a.iceProxy().ref.facet, b.iceProxy().ref.facet)
}

// SameObject reports whether two proxies denote the same object and facet, however it is reached. Two null proxies are the same.
func SameObject(a, b ObjectPrx) bool { return CompareIdentityAndFacet(a, b) == 0 }

// SameIdentity reports whether two proxies have the same identity. Two null proxies are the same.
func SameIdentity(a, b ObjectPrx) bool { return CompareIdentity(a, b) == 0 }

func (r *reference) equal(o *reference) bool {
	if r == nil || o == nil {
		return r == o
	}
	return r.compare(o) == 0
}

// compare orders references by all that makes a proxy.
func (r *reference) compare(o *reference) int {
	if r == o {
		return 0
	}
	if c := cmp.Compare(r.comm.serial, o.comm.serial); c != 0 {
		return c
	}
	return r.proxySettings.compare(&o.proxySettings)
}

func (s *proxySettings) compare(o *proxySettings) int {
	return cmp.Or(
		s.id.Compare(o.id),
		cmp.Compare(s.facet, o.facet),
		cmp.Compare(s.mode, o.mode),
		compareBool(s.secure, o.secure),
		compareBool(s.preferSecure, o.preferSecure),
		compareVersions(s.protocol, o.protocol),
		compareVersions(s.encoding, o.encoding),
		cmp.Compare(s.adapterID, o.adapterID),
		slices.CompareFunc(s.endpoints, o.endpoints, (*endpoint).compare),
		compareEntries(s.context.get(), o.context.get()),
		cmp.Compare(s.invocationTimeout, o.invocationTimeout),
		cmp.Compare(s.timeout, o.timeout),
		cmp.Compare(s.compress, o.compress),
		cmp.Compare(s.connectionID, o.connectionID),
		compareBool(s.uncached, o.uncached),
		compareBool(s.notCollocated, o.notCollocated),
		cmp.Compare(s.selection, o.selection),
		s.locator.compare(o.locator),
		cmp.Compare(s.locatorTimeout, o.locatorTimeout),
		s.router.compare(o.router),
		s.fixed.compare(o.fixed),
		cmp.Compare(s.fault, o.fault),
	)
}

// serials numbers communicators and connections, so that proxies that differ in them have an order.
var serials atomic.Uint64

// compareBool has false come before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func compareVersions(a, b wire.Version) int {
	return cmp.Or(cmp.Compare(a.Major, b.Major), cmp.Compare(a.Minor, b.Minor))
}

// compareEntries orders request contexts as lists of their entries in the order of keys; nil and empty are the same.
func compareEntries(a, b map[string]string) int {
	if len(a) == 0 || len(b) == 0 {
		return cmp.Compare(len(a), len(b))
	}
	keys := slices.Sorted(maps.Keys(a))
	if c := slices.Compare(keys, slices.Sorted(maps.Keys(b))); c != 0 {
		return c
	}
	for _, k := range keys {
		if c := cmp.Compare(a[k], b[k]); c != 0 {
			return c
		}
	}
	return 0
}

// compare orders locators; there is one locatorInfo for each proxy's string form.
func (l *locatorInfo) compare(o *locatorInfo) int {
	if l == nil || o == nil || l == o {
		return compareBool(l != nil, o != nil)
	}
	return l.locator.ref.compare(o.locator.ref)
}

func (i *routerInfo) compare(o *routerInfo) int {
	if i == nil || o == nil || i == o {
		return compareBool(i != nil, o != nil)
	}
	return i.router.ref.compare(o.router.ref)
}

// compare orders connections by when they were made.
func (c *Connection) compare(o *Connection) int {
	if c == nil || o == nil {
		return compareBool(c != nil, o != nil)
	}
	return cmp.Compare(c.serial, o.serial)
}

func (e *endpoint) compare(o *endpoint) int {
	return cmp.Or(
		cmp.Compare(e.typ, o.typ),
		cmp.Compare(e.host, o.host),
		cmp.Compare(e.port, o.port),
		cmp.Compare(e.timeout, o.timeout),
		compareBool(e.compress, o.compress),
		cmp.Compare(e.source, o.source),
		cmp.Compare(e.resource, o.resource),
		cmp.Compare(e.mcastInterface, o.mcastInterface),
		cmp.Compare(e.mcastTTL, o.mcastTTL),
		compareBool(e.connect, o.connect),
		compareVersions(e.encoding, o.encoding),
		bytes.Compare([]byte(e.data), []byte(o.data)),
	)
}
