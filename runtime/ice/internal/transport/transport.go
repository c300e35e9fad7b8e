package transport

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/slice2go/slice2go/runtime/wire"
)

// The transports, as endpoints name them.
const (
	TCP = "tcp"
	SSL = "ssl"
	WS  = "ws"
	WSS = "wss"
)

// Target is where to connect to, or where to listen: one endpoint, and after
// [Dialer.Resolve] one address of it. Targets can be compared and are fit as map
// keys.
type Target struct {
	Protocol string // TCP, SSL, WS or WSS
	Host     string // a name or an address; on the listening side "" and "*" are every interface
	Port     int
	Resource string // the path of a WebSocket, "" is "/"
	// SourceAddress is the local address to connect from; "" leaves it to the
	// Dialer, and then to the system.
	SourceAddress string
	// Timeout bounds each step of its own: the TCP connection, the proxy's
	// answer, the TLS handshake, the WebSocket handshake. With 0 only the context
	// bounds them.
	Timeout time.Duration
	// Addr is the address of Host that Resolve chose.
	Addr netip.Addr
}

// Secure reports whether the target's transport is encrypted.
func (t Target) Secure() bool { return t.Protocol == SSL || t.Protocol == WSS }

// WebSocket reports whether messages travel in WebSocket frames.
func (t Target) WebSocket() bool { return t.Protocol == WS || t.Protocol == WSS }

// String returns the target for messages: ssl://host:4064 (192.0.2.7).
func (t Target) String() string {
	s := t.Protocol + "://" + t.hostPort()
	if t.WebSocket() {
		s += t.path()
	}
	if t.Addr.IsValid() && t.Addr.String() != t.Host {
		s += " (" + t.Addr.String() + ")"
	}
	return s
}

func (t Target) hostPort() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.Port)) }

// address is what is dialled: the resolved address if there is one.
func (t Target) address() string {
	if t.Addr.IsValid() {
		return netip.AddrPortFrom(t.Addr, uint16(t.Port)).String()
	}
	return t.hostPort()
}

func (t Target) path() string {
	if t.Resource == "" {
		return "/"
	}
	if t.Resource[0] != '/' {
		return "/" + t.Resource
	}
	return t.Resource
}

// Info tells users about a connection.
type Info struct {
	Protocol   string // TCP, SSL, WS or WSS
	Incoming   bool
	LocalAddr  net.Addr
	RemoteAddr net.Addr
	// TLS is the state after the handshake: version, cipher suite, and the peer's
	// certificates. It is nil for tcp and ws.
	TLS *tls.ConnectionState
	// Header is what the peer sent in the WebSocket handshake: a server's
	// response, or a client's request. It is nil for tcp and ssl.
	Header http.Header
	// Resource is the path of the WebSocket handshake.
	Resource string
	// RcvSize and SndSize are the socket's buffers in bytes, 0 where the system
	// does not say.
	RcvSize, SndSize int
}

// Step is what a connection was doing when it failed.
type Step string

// The steps of making a connection, in order.
const (
	StepResolve   Step = "resolve the host name"
	StepConnect   Step = "connect"
	StepProxy     Step = "pass the proxy"
	StepTLS       Step = "agree on TLS"
	StepWebSocket Step = "open the WebSocket"
	StepListen    Step = "listen"
)

// Error is a connection that did not come about.
type Error struct {
	Step   Step
	Target Target
	Err    error
	Hint   string // what it likely means and what to do, or ""
}

// Error says what failed, where, why, and what to do.
func (e *Error) Error() string {
	s := fmt.Sprintf("cannot %s: %s: %s", e.Step, wire.Printable(e.Target.String()), wire.PrintableError(e.Err))
	if e.Hint != "" {
		s += " (" + wire.Printable(e.Hint) + ")"
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether a step took longer than its bound.
func (e *Error) Timeout() bool { return isTimeout(e.Err) }
