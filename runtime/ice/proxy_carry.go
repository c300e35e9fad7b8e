package ice

import (
	"fmt"

	"github.com/slice2go/slice2go/runtime/wire"
)

// This file has the checks that a connection can carry what a proxy asks for. They come before anything is sent: a proxy that asks
// for a secure connection must not send its first request in the clear.

// checkCall reports why no call can be made on the reference, whatever the connection. raw says that the parameters are an
// encapsulation that the caller encoded, in whatever encoding.
func (r *reference) checkCall(operation string, raw bool) error {
	refuse := func(kind error, format string, args ...any) error {
		return &InvocationError{Kind: kind, Operation: operation, ID: r.id, Err: &kindText{fmt.Sprintf(format, args...)}}
	}
	switch {
	case r.fault != "" && r.fixed == nil:
		return refuse(ErrFixedProxy, "%s", r.fault)
	case r.fault != "":
		return refuse(ErrFixedProxy, "%s says how to find a connection, and the proxy has one", r.fault)
	case r.protocol.Major != wire.Protocol10.Major:
		return refuse(ErrUnsupportedProtocol, "the proxy asks for %v; only 1.0 is supported", r.protocol)
	case r.encoding.Major != wire.Encoding10.Major && !raw:
		return refuse(ErrUnsupportedEncoding, "the proxy asks for %v; only 1.0 and 1.1 are supported", r.encoding)
	case r.fixed != nil:
		return r.checkCarried(r.fixed)
	}
	return nil
}

// checkCarried reports why the connection cannot carry calls on the reference. It is for connections that were not chosen by the reference's own
// endpoints: that of a fixed proxy and that of a router.
func (r *reference) checkCarried(c *Connection) error {
	switch {
	case r.mode >= wire.ModeDatagram:
		return &NoEndpointError{r.text(), "datagrams need udp, and the connection is " + c.Type()}
	case r.secureOnly() && !c.secure():
		return &NoEndpointError{r.text(), "the proxy asks for a secure connection, and the one that it has to use is " + c.Type()}
	}
	return nil
}

// secureOnly reports whether calls need a secure connection: the property Ice.Override.Secure wins over the proxy.
func (r *reference) secureOnly() bool {
	if o := r.comm.overrides.secure; o != unset {
		return o == yes
	}
	return r.secure
}

// kindText is the detail of an error; the runtime's own errors cost no stack of wrappers.
type kindText struct{ text string }

func (e *kindText) Error() string { return e.text }
