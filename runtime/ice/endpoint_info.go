package ice

import (
	"time"
)

// Endpoint is an address of a server as a proxy holds it. It does not change. [Proxy.IceEndpoints] returns a proxy's endpoints,
// [WithEndpointList] makes a proxy of endpoints. The zero Endpoint is none.
type Endpoint struct{ e *endpoint }

// String returns the endpoint as Ice prints it, such as "tcp -h host -p 4061 -t 60000".
func (e Endpoint) String() string {
	if e.e == nil {
		return ""
	}
	return e.e.String()
}

// Equal reports whether two endpoints are the same in everything that they hold.
func (e Endpoint) Equal(other Endpoint) bool { return e.Compare(other) == 0 }

// Compare orders endpoints by transport, host, port and the rest: it returns -1, 0 or +1.
func (e Endpoint) Compare(other Endpoint) int {
	if e.e == nil || other.e == nil {
		return compareBool(e.e != nil, other.e != nil)
	}
	return e.e.compare(other.e)
}

// EndpointInfo is what an endpoint holds, in one flat struct. Ice's other languages have a class for each transport, which refer to
// each other as "underlying":
//
//	Ice                            here
//	EndpointInfo                   Type, Timeout, Compress, Secure, Datagram
//	IPEndpointInfo                 Host, Port, SourceAddress
//	TCPEndpointInfo                with Protocol tcp
//	IceSSL::EndpointInfo           with Protocol ssl or wss
//	WSEndpointInfo                 with Protocol ws or wss: Resource
//	UDPEndpointInfo                with Protocol udp: McastInterface, McastTTL, Connect
//	OpaqueEndpointInfo             with Protocol opaque: RawEncoding, RawBytes
type EndpointInfo struct {
	Protocol string // tcp, ssl, ws, wss, udp, or opaque for a transport that is not known here
	Type     int16  // the transport's number on the wire
	Secure   bool   // ssl and wss
	Datagram bool   // udp
	Compress bool   // -z
	Timeout  time.Duration
	// Host is a name or an address, empty for all interfaces of an adapter.
	Host          string
	Port          int
	SourceAddress string

	Resource string // path of a WebSocket

	McastInterface string
	McastTTL       int // -1 where the system decides
	Connect        bool

	RawEncoding EncodingVersion
	RawBytes    []byte
}

// Info returns what the endpoint holds. A Timeout of 0 is none.
func (e Endpoint) Info() EndpointInfo {
	i := e.e
	if i == nil {
		return EndpointInfo{}
	}
	info := EndpointInfo{
		Protocol: protocolOf(i.typ), Type: i.typ, Secure: i.secure(), Datagram: i.datagram(), Compress: i.compress,
		Host: i.host, Port: i.port, SourceAddress: i.source, Resource: i.resource, McastInterface: i.mcastInterface, McastTTL: i.mcastTTL, Connect: i.connect,
	}
	if i.timeout > 0 {
		info.Timeout = time.Duration(i.timeout) * time.Millisecond
	}
	if i.opaque() {
		info.RawEncoding, info.RawBytes = i.encoding, []byte(i.data)
	}
	return info
}
