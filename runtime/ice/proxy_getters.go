package ice

import (
	"maps"
	"time"
)

// The getters in this file tell what the functions of proxy_factory.go set. They are methods of Proxy and not of ObjectPrx, so that generated
// proxies show their operations first; [ProxyOf] leads to them from any proxy:
//
//	ice.ProxyOf(session).IceConnectionID()
//
// Those of the null proxy return zeros.

// settings returns what the proxy holds, of the null proxy nothing.
func (p Proxy) settings() *proxySettings {
	if p.ref == nil {
		return &proxySettings{}
	}
	return &p.ref.proxySettings
}

// IceMode returns how requests are sent; see [Twoway], [Oneway], [BatchOneway].
func (p Proxy) IceMode() InvocationMode { return InvocationMode(p.settings().mode) }

// IceContext returns a copy of the entries of [WithContext], nil if there are none.
func (p Proxy) IceContext() map[string]string { return maps.Clone(p.settings().context.get()) }

// IceEncoding returns the encoding that parameters are written in; see [WithEncoding].
func (p Proxy) IceEncoding() EncodingVersion { return p.settings().encoding }

// IceProtocol returns the version of the protocol, the -p of the string form.
func (p Proxy) IceProtocol() ProtocolVersion { return p.settings().protocol }

// IceSecure reports whether only secure endpoints are used; see [Secure].
func (p Proxy) IceSecure() bool { return p.settings().secure }

// IcePreferSecure reports whether secure endpoints are tried first; see [PreferSecure].
func (p Proxy) IcePreferSecure() bool { return p.settings().preferSecure }

// IceTimeout returns the timeout that [WithTimeout] set for all endpoints, 0 for none; ok is false if the endpoints keep their own.
func (p Proxy) IceTimeout() (timeout time.Duration, ok bool) {
	ms := p.settings().timeout
	return time.Duration(max(ms, 0)) * time.Millisecond, ms != 0
}

// IceInvocationTimeout returns the timeout of [WithInvocationTimeout]: 0 for none, [UseConnectionTimeout] for the connection's.
func (p Proxy) IceInvocationTimeout() time.Duration { return p.settings().invocationTimeout }

// IceCompress returns what [WithCompress] set; ok is false if that is left to the endpoints.
func (p Proxy) IceCompress() (compress, ok bool) {
	c := p.settings().compress
	return c == yes, c != unset
}

// IceConnectionID returns the id of [WithConnectionID], empty by default.
func (p Proxy) IceConnectionID() string { return p.settings().connectionID }

// IceConnectionCached reports whether the proxy keeps its connection; see [WithConnectionCached].
func (p Proxy) IceConnectionCached() bool { return !p.settings().uncached }

// IceCollocationOptimized returns what [WithCollocationOptimized] set, true by default.
func (p Proxy) IceCollocationOptimized() bool { return !p.settings().notCollocated }

// IceEndpoints returns the endpoints, none if the proxy is indirect or fixed.
func (p Proxy) IceEndpoints() []Endpoint {
	list := p.settings().endpoints
	endpoints := make([]Endpoint, len(list))
	for i, e := range list {
		endpoints[i] = Endpoint{e}
	}
	return endpoints
}

// IceEndpointSelection returns the order in which endpoints are tried; see [WithEndpointSelection].
func (p Proxy) IceEndpointSelection() EndpointSelection { return p.settings().selection }

// IceAdapterID returns the id of the adapter or replica group that a locator knows, empty for direct and well-known proxies.
func (p Proxy) IceAdapterID() string { return p.settings().adapterID }

// IceLocator returns the locator that is asked for endpoints, nil if there is none.
func (p Proxy) IceLocator() LocatorPrx {
	if l := p.settings().locator; l != nil {
		return NewLocatorPrx(l.locator)
	}
	return nil
}

// IceLocatorCacheTimeout returns how long the locator's answers hold, less than 0 for ever; see [WithLocatorCacheTimeout].
func (p Proxy) IceLocatorCacheTimeout() time.Duration { return p.settings().locatorTimeout }

// IceRouter returns the router that calls go through, nil if there is none.
func (p Proxy) IceRouter() RouterPrx {
	if r := p.settings().router; r != nil {
		return NewRouterPrx(r.router)
	}
	return nil
}

// IceFixedConnection returns the connection of [FixedTo] or [Connection.Proxy], nil for any other proxy.
func (p Proxy) IceFixedConnection() *Connection { return p.settings().fixed }
