package ice

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/slice2go/slice2go/runtime/ice/internal/transport"
)

// ConnectionInfo describes a connection's transport, in one flat struct. Ice's other languages have a class for each transport, which refer to
// each other as "underlying":
//
//	Ice                            here
//	ConnectionInfo                 Incoming, AdapterName, ConnectionID
//	IPConnectionInfo               LocalAddr, RemoteAddr; LocalAddrPort, RemoteAddrPort
//	TCPConnectionInfo              RcvSize, SndSize
//	WSConnectionInfo               Header, Resource
//	IceSSL::ConnectionInfo         TLS, Cipher, Certificates, Verified
type ConnectionInfo struct {
	Protocol     string // tcp, ssl, ws or wss
	Incoming     bool   // accepted by an adapter, not made by a proxy
	AdapterName  string // of the adapter that dispatches the peer's requests, empty if there is none
	ConnectionID string // see WithConnectionID
	LocalAddr    net.Addr
	RemoteAddr   net.Addr
	RcvSize      int           // size of the socket's receive buffer in bytes, 0 where the system does not say
	SndSize      int           // of its send buffer
	Timeout      time.Duration // how long a message may be stuck half way, 0 for ever
	Compress     bool          // whether the endpoint asks for compression (-z)

	// Header is what the peer sent when the WebSocket was opened, Resource the path. They are empty for tcp and ssl.
	Header   http.Header
	Resource string

	// TLS is nil for tcp and ws; the three after it are from there.
	TLS          *tls.ConnectionState
	Cipher       string              // name of the cipher suite, such as TLS_AES_128_GCM_SHA256
	Certificates []*x509.Certificate // of the peer, its own first, as it sent them
	Verified     bool                // whether they were verified against the trusted authorities
}

// LocalAddrPort returns the local address and port; it is not valid if the connection is not one of IP.
func (i ConnectionInfo) LocalAddrPort() netip.AddrPort { return addrPort(i.LocalAddr) }

// RemoteAddrPort returns the peer's address and port; it is not valid if the connection is not one of IP.
func (i ConnectionInfo) RemoteAddrPort() netip.AddrPort { return addrPort(i.RemoteAddr) }

func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}

// Info describes the connection's transport. Of it only AdapterName and the sizes of the buffers can change, by [Connection.SetAdapter] and
// [Connection.SetBufferSize].
func (c *Connection) Info() ConnectionInfo {
	i := c.info
	info := ConnectionInfo{
		Protocol: i.Protocol, Incoming: c.accepted, ConnectionID: c.key.id, LocalAddr: i.LocalAddr, RemoteAddr: i.RemoteAddr,
		RcvSize: i.RcvSize, SndSize: i.SndSize, Timeout: c.timeout, Header: i.Header, Resource: i.Resource, TLS: i.TLS,
	}
	if rcv, snd := transport.BufferSizes(c.conn); rcv > 0 {
		info.RcvSize, info.SndSize = rcv, snd
	}
	if c.endpoint != nil {
		info.Compress = c.endpoint.compress
	}
	if a := c.adapter.Load(); a != nil {
		info.AdapterName = a.name
	}
	if i.TLS != nil {
		info.Cipher = tls.CipherSuiteName(i.TLS.CipherSuite)
		info.Certificates = i.TLS.PeerCertificates
		info.Verified = len(i.TLS.VerifiedChains) > 0
	}
	return info
}

// Endpoint returns the endpoint that the connection was made to; of an incoming connection it is the adapter's.
func (c *Connection) Endpoint() Endpoint { return Endpoint{c.endpoint} }

// Type returns the transport: tcp, ssl, ws or wss.
func (c *Connection) Type() string { return c.info.Protocol }

// Timeout returns how long a message may be stuck half read or half written before the connection is given up, 0 for ever. It is the -t
// of the endpoint.
func (c *Connection) Timeout() time.Duration { return c.timeout }

// String returns the transport and the two addresses.
func (c *Connection) String() string {
	return fmt.Sprintf("%s %v -> %v", c.info.Protocol, c.info.LocalAddr, c.info.RemoteAddr)
}

func (c *Connection) secure() bool {
	return c.info.Protocol == transport.SSL || c.info.Protocol == transport.WSS
}

// SetBufferSize asks for sizes in bytes of the socket's buffers, received and sent; zero leaves one as it is. The system may choose others;
// Info tells which. It fails on a closed connection, and on one that has no socket, such as that of a [WithDialer] function.
func (c *Connection) SetBufferSize(rcv, snd int) error {
	if rcv < 0 || snd < 0 {
		return fmt.Errorf("ice: buffer sizes of %d and %d bytes: they must not be negative", rcv, snd)
	}
	if err := c.Err(); err != nil {
		return err
	}
	err := transport.SetBufferSizes(c.conn, rcv, snd)
	if errors.Is(err, net.ErrClosed) {
		return &ConnectionError{Kind: ErrConnectionClosed, Peer: c.peer(), Err: err}
	}
	if err != nil {
		return fmt.Errorf("ice: cannot set the buffer sizes of the connection to %s: %w", c.peer(), err)
	}
	return nil
}

// Proxy returns a proxy for an object of the peer that is reached over this connection only; see [FixedTo].
func (c *Connection) Proxy(id Identity) ObjectPrx {
	ref := c.comm.newReference(id)
	ref.fixed = c
	return Proxy{ref}
}
