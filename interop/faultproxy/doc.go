// Package faultproxy is a TCP proxy for tests that stands between a client and
// its peer and does what networks do: it delays, splits what passes into single
// bytes, changes bytes, stops passing anything on, and cuts connections.
//
//	proxy := faultproxy.Start(t, serverPort)
//	connectTo(proxy.Port())
//	proxy.Set(faultproxy.ToClient, faultproxy.Fault{Cut: true, After: 100})
//
// Faults are set for a direction, take effect at once on the connections there
// are as well as on later ones, and count bytes for each connection from its
// start.
package faultproxy
