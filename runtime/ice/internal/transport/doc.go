// Package transport makes the byte streams that the Ice protocol runs on: tcp,
// ssl, ws and wss, on both sides, over IPv4 and IPv6, and on the client's side
// through HTTP CONNECT and SOCKS4 proxies.
//
// A [Dialer] and a [ListenConfig] hold what a communicator's properties say
// about transports; a [Target] is one endpoint. What comes out is a [net.Conn]
// that carries Ice messages back to back, whatever lies below: a *net.TCPConn for
// tcp, so that gathered writes reach the kernel as one call, a *tls.Conn for ssl,
// and a connection that puts what is written into binary WebSocket messages for
// ws and wss.
//
// The package knows nothing of Ice messages. It does know what goes wrong in
// front of them, and every [Error] says at which step, against which target, and
// what to do about it.
package transport
