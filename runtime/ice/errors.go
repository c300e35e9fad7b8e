package ice

import (
	"errors"
	"fmt"
	"strings"

	"github.com/slice2go/slice2go/runtime/wire"
)

// shownIdentity gives an identity for errors and logs.
func shownIdentity(id Identity) string { return wire.Printable(IdentityToString(id)) }

// kind is a kind of failure for errors.Is; one kind can be a special case of another.
type kind struct {
	text string
	base error
}

func (k *kind) Error() string { return k.text }
func (k *kind) Unwrap() error { return k.base }

// Kinds of failure, for errors.Is. What a call returns wraps one of them and says more: which object, which
// operation, which peer, and the cause. See the manual's sections "Run-Time Exceptions" and "Connection Timeouts".
var (
	// ErrTimeout: the invocation timeout, or the deadline of the context, passed without a reply. The request may
	// have run on the server. Use a longer deadline, or see why the server is slow.
	ErrTimeout error = &kind{text: "ice: timed out"}
	// ErrConnectTimeout: no connection came about in time (see Ice.Override.ConnectTimeout and an endpoint's -t).
	// It is also an ErrTimeout. The request was not sent.
	ErrConnectTimeout error = &kind{"ice: no connection within the timeout", ErrTimeout}
	// ErrCloseTimeout: a graceful close was not answered in time. It is also an ErrTimeout.
	ErrCloseTimeout error = &kind{"ice: the peer did not close the connection within the timeout", ErrTimeout}
	// ErrConnectFailed: no connection could be made to any endpoint. The request was not sent.
	ErrConnectFailed error = &kind{text: "ice: cannot connect"}
	// ErrConnectionRefused: nothing listens at the endpoint. It is also an ErrConnectFailed.
	ErrConnectionRefused error = &kind{"ice: connection refused", ErrConnectFailed}
	// ErrConnectionLost: the connection broke. Whether a request may have run is told by [MayHaveRun].
	ErrConnectionLost error = &kind{text: "ice: connection lost"}
	// ErrConnectionClosed: the connection was closed, by the peer gracefully or by Close.
	ErrConnectionClosed error = &kind{text: "ice: connection closed"}
	// ErrCanceled: the call was canceled, by Cancel or through its context. The request may have run if it was sent.
	ErrCanceled error = &kind{text: "ice: canceled"}
	// ErrTwowayOnly: an operation that returns something was called on a oneway, batch or datagram proxy.
	ErrTwowayOnly error = &kind{text: "ice: the operation has results and needs a two-way proxy"}
	// ErrCommunicatorDestroyed: the Communicator is closed.
	ErrCommunicatorDestroyed error = &kind{text: "ice: the communicator is closed"}
	// ErrNotExist: the server has no such object, facet or operation; every [RequestFailedError] is one.
	ErrNotExist error = &kind{text: "ice: does not exist"}
	// ErrObjectNotExist: the server has no such object. It may have had one.
	ErrObjectNotExist error = &kind{"ice: object does not exist", ErrNotExist}
	// ErrFacetNotExist: the server has the object, but not this facet of it.
	ErrFacetNotExist error = &kind{"ice: facet does not exist", ErrNotExist}
	// ErrOperationNotExist: the object has no such operation: client and server were built from different definitions.
	ErrOperationNotExist error = &kind{"ice: operation does not exist", ErrNotExist}
	// ErrFixedProxy: a proxy that is bound to a connection was asked for what needs endpoints.
	ErrFixedProxy error = &kind{text: "ice: not possible with a fixed proxy"}
	// ErrUnsupportedProtocol: the proxy asks for a version of the protocol (-p) that is not spoken here. The request was not sent.
	ErrUnsupportedProtocol error = &kind{text: "ice: unsupported protocol version"}
	// ErrUnsupportedEncoding: the proxy asks for a version of the encoding (-e) that is not known here. The request was not sent.
	ErrUnsupportedEncoding error = &kind{text: "ice: unsupported encoding version"}
	// ErrNotRegistered: the locator does not know the adapter or the object.
	ErrNotRegistered error = &kind{text: "ice: not registered with the locator"}
)

// MarshalError says why data could not be written or read, and where.
type MarshalError = wire.MarshalError

// executed is what errors that know about it implement.
type executed interface {
	error
	MayHaveRun() bool
}

// answered is what errors implement that know whether the peer said them.
type answered interface {
	error
	FromPeer() bool
}

// MayHaveRun reports whether the request that ended in err can have run on the server, wholly or in part. If not,
// it is safe to send it again. An error that says nothing about it counts as one that can.
func MayHaveRun(err error) bool {
	if err == nil {
		return true
	}
	if e, ok := errors.AsType[executed](err); ok {
		return e.MayHaveRun()
	}
	return !errors.Is(err, ErrTwowayOnly) && !errors.Is(err, ErrFixedProxy)
}

// FromPeer reports whether err is what the peer answered, and not something that happened on the way.
func FromPeer(err error) bool {
	var user wire.UserException
	e, ok := errors.AsType[answered](err)
	return ok && e.FromPeer() || errors.As(err, &user)
}

// isLocal reports whether an error comes from the runtime of this side: Ice calls that a local exception.
func isLocal(err error) bool {
	if k, ok := errors.AsType[*kind](err); ok {
		return k != ErrUnknown
	}
	return isType[*MarshalError](err) || isType[*ProtocolError](err) || isType[*NoEndpointError](err) || isType[*ParseError](err) ||
		isType[*AlreadyRegisteredError](err)
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// RequestFailedError is the server's answer that it has no such object, facet or operation.
// errors.Is knows it as ErrObjectNotExist, ErrFacetNotExist or ErrOperationNotExist, and as ErrNotExist.
type RequestFailedError struct {
	Kind      error // one of the three
	ID        Identity
	Facet     string
	Operation string
}

// Error names object, facet and operation.
func (e *RequestFailedError) Error() string {
	s := fmt.Sprintf("%v: %s", e.Kind, shownIdentity(e.ID))
	if e.Facet != "" {
		s += " -f " + wire.Printable(e.Facet)
	}
	return s + ", operation " + wire.Printable(e.Operation)
}

// Unwrap gives the kind.
func (e *RequestFailedError) Unwrap() error { return e.Kind }

// FromPeer is true: the server said it.
func (e *RequestFailedError) FromPeer() bool { return true }

// MayHaveRun is false: nothing was there that could run.
func (e *RequestFailedError) MayHaveRun() bool { return false }

// The unknown errors of [UnknownError], for errors.Is.
var (
	// ErrUnknown: the servant failed with something that Ice has no words for.
	ErrUnknown error = &kind{text: "ice: unknown exception in the server"}
	// ErrUnknownLocal: the server's own runtime failed while the request ran.
	ErrUnknownLocal error = &kind{"ice: local exception in the server", ErrUnknown}
	// ErrUnknownUser: the servant threw an exception that the operation does not declare, or that is not known here.
	ErrUnknownUser error = &kind{"ice: undeclared user exception in the server", ErrUnknown}
)

// UnknownError is the server's answer that the request failed with something that it cannot send as it is.
// Reason is the server's text; look into its log for more.
type UnknownError struct {
	Kind   error // ErrUnknown, ErrUnknownLocal or ErrUnknownUser
	Reason string
	Status byte  // the reply status, for those that have no kind of their own
	Err    error // the exception that the operation does not declare, if it is known here
}

// Error gives kind and reason.
func (e *UnknownError) Error() string {
	reason, _, _ := strings.Cut(strings.TrimSpace(e.Reason), "\n")
	if reason == "" {
		return e.Kind.Error()
	}
	return e.Kind.Error() + ": " + wire.Printable(reason)
}

// Unwrap gives the kind and the exception.
func (e *UnknownError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// FromPeer is true: the server said it.
func (e *UnknownError) FromPeer() bool { return true }

// MayHaveRun is true: the servant was at work.
func (e *UnknownError) MayHaveRun() bool { return true }

// ProtocolError is a peer that does not keep to the protocol; the connection is given up.
type ProtocolError struct {
	Peer   string // its address
	Reason string
	Err    error // a cause, may be nil
}

// Error says who and what.
func (e *ProtocolError) Error() string {
	s := "ice: protocol error"
	if e.Peer != "" {
		s += " from " + wire.Printable(e.Peer)
	}
	s += ": " + wire.Printable(e.Reason)
	if e.Err != nil {
		s += ": " + strings.TrimPrefix(wire.PrintableError(e.Err), "ice: ")
	}
	return s
}

// Unwrap gives the cause.
func (e *ProtocolError) Unwrap() error { return e.Err }

// NoEndpointError is a proxy that has no endpoint to connect to: none at all, or none that is left by its
// settings (secure only, one-way only, transports that are not spoken here).
type NoEndpointError struct {
	Proxy  string // in its string form
	Reason string
}

// Error gives proxy and reason.
func (e *NoEndpointError) Error() string {
	return fmt.Sprintf("ice: no endpoint for %q: %s", e.Proxy, wire.Printable(e.Reason))
}

// MayHaveRun is false: nothing was sent.
func (e *NoEndpointError) MayHaveRun() bool { return false }

// ParseError is a string that is not a proxy, endpoint or identity.
type ParseError struct {
	What   string // "proxy", "endpoint", "identity"
	Text   string
	Reason string
}

// Error gives the string and what is wrong with it.
func (e *ParseError) Error() string {
	return fmt.Sprintf("ice: %s %q: %s", e.What, e.Text, wire.Printable(e.Reason))
}

// MayHaveRun is false: nothing was sent.
func (e *ParseError) MayHaveRun() bool { return false }

// ConnectionError is a connection that could not be made, was lost, or was closed. errors.Is knows it by its Kind.
type ConnectionError struct {
	Kind error  // ErrConnectFailed, ErrConnectionRefused, ErrConnectTimeout, ErrConnectionLost, ErrConnectionClosed, ...
	Peer string // the endpoint or address
	// Sent tells whether bytes of the request went out, so that the server may have run it.
	Sent bool
	Err  error // the cause, may be nil
	Hint string
	// Graceful: the peer took leave in the protocol's way, which means that no request without a reply has run.
	Graceful bool
}

// Error says what happened, with whom, and why.
func (e *ConnectionError) Error() string {
	s := e.Kind.Error()
	if e.Peer != "" {
		s += " (" + wire.Printable(e.Peer) + ")"
	}
	if e.Err != nil {
		s += ": " + strings.TrimPrefix(wire.PrintableError(e.Err), "ice: ")
	}
	if e.Hint != "" {
		s += "; " + wire.Printable(e.Hint)
	}
	return s
}

// Unwrap gives kind and cause.
func (e *ConnectionError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// MayHaveRun tells whether the request was sent and not given back.
func (e *ConnectionError) MayHaveRun() bool { return e.Sent && !e.Graceful }

// InvocationError is an invocation that ended on this side: timed out, canceled, or refused.
type InvocationError struct {
	Kind      error // ErrTimeout, ErrCanceled, ErrTwowayOnly, ErrCommunicatorDestroyed, ...
	Operation string
	ID        Identity
	Sent      bool  // whether the request, or a part of it, was handed to the transport
	Err       error // the cause, such as context.DeadlineExceeded; may be nil
}

// Error says which call ended and why.
func (e *InvocationError) Error() string {
	s := e.Kind.Error()
	if e.Operation != "" {
		s += fmt.Sprintf(": operation %s of %s", wire.Printable(e.Operation), shownIdentity(e.ID))
	}
	if e.Err != nil {
		s += ": " + strings.TrimPrefix(wire.PrintableError(e.Err), "ice: ")
	}
	return s
}

// Unwrap gives kind and cause.
func (e *InvocationError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// MayHaveRun tells whether the request was sent.
func (e *InvocationError) MayHaveRun() bool { return e.Sent }
