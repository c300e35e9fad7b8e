package ice

import (
	"context"
	"sync/atomic"

	"github.com/slice2go/slice2go/runtime/wire"
)

// ObjectPrx is a proxy: the local stand-in for an Ice object, of which only is known that it is one. Generated
// proxies are ObjectPrx too. A nil ObjectPrx is the null proxy. Proxies do not change: what "changes" one, such as
// [WithContext] or [Oneway], gives another. See the manual's "Proxy Methods".
type ObjectPrx interface {
	// IcePing asks whether the object can be reached.
	IcePing(ctx context.Context) error
	IcePingAsync(ctx context.Context) *Future[Void]
	// IceIsA asks the object whether it has the type with the given id, such as "::Glacier2::Router".
	IceIsA(ctx context.Context, typeID string) (bool, error)
	IceIsAAsync(ctx context.Context, typeID string) *Future[bool]
	// IceID asks for the most derived type id.
	IceID(ctx context.Context) (string, error)
	IceIDAsync(ctx context.Context) *Future[string]
	// IceIDs asks for all type ids, in alphabetical order.
	IceIDs(ctx context.Context) ([]string, error)
	IceIDsAsync(ctx context.Context) *Future[[]string]

	// IceInvoke calls an operation by its name with encoded parameters; see [Proxy.IceInvoke].
	IceInvoke(ctx context.Context, operation string, mode OperationMode, params []byte) (ok bool, results []byte, err error)
	IceInvokeAsync(ctx context.Context, operation string, mode OperationMode, params []byte) *Future[InvokeResult]
	// IceFlushBatch sends the requests that batch calls on this proxy have queued.
	IceFlushBatch(ctx context.Context) error
	IceFlushBatchAsync(ctx context.Context) *Future[Void]
	// IceConnection gives the connection that calls on the proxy use, made if it is not there yet.
	IceConnection(ctx context.Context) (*Connection, error)
	IceConnectionAsync(ctx context.Context) *Future[*Connection]

	// IceIdentity gives the object's identity.
	IceIdentity() Identity
	// IceFacet gives the facet, empty for the default facet.
	IceFacet() string
	// IceCommunicator gives the communicator that the proxy belongs to.
	IceCommunicator() *Communicator
	// String gives the proxy's string form, which [Communicator.StringToProxy] understands.
	String() string
	// Equal reports whether two proxies are the same in everything that they hold, not only in the object.
	Equal(other ObjectPrx) bool
	// IceNew makes a proxy of the same Go type from another untyped one.
	IceNew(p Proxy) ObjectPrx

	iceProxy() Proxy
}

// Proxy is the untyped proxy. Generated proxies embed it.
type Proxy struct{ ref *reference }

var _ ObjectPrx = Proxy{}

// ProxyOf gives the untyped proxy of any proxy but the null proxy.
func ProxyOf(p ObjectPrx) Proxy { return p.iceProxy() }

// IsNil reports whether p is the null proxy.
func IsNil(p ObjectPrx) bool { return p == nil || p.iceProxy().ref == nil }

func (p Proxy) iceProxy() Proxy { return p }

// IceNew gives the proxy it is given.
func (p Proxy) IceNew(other Proxy) ObjectPrx { return other }

var (
	opPing = Op[Void]{Name: "ice_ping", Mode: Nonmutating}
	opIsA  = Op[bool]{Name: "ice_isA", Mode: Nonmutating, Returns: true, Read: (*wire.Decoder).Bool}
	opID   = Op[string]{Name: "ice_id", Mode: Nonmutating, Returns: true, Read: (*wire.Decoder).String}
	opIDs  = Op[[]string]{Name: "ice_ids", Mode: Nonmutating, Returns: true, Read: (*wire.Decoder).Strings}
)

// IcePing asks whether the object can be reached.
func (p Proxy) IcePing(ctx context.Context) error {
	return AwaitVoid(ctx, p.IcePingAsync(Awaited(ctx)))
}

// IcePingAsync is the asynchronous form of IcePing.
func (p Proxy) IcePingAsync(ctx context.Context) *Future[Void] { return Call(ctx, p, &opPing, nil) }

// IceIsA asks the object whether it has the type with the given id.
func (p Proxy) IceIsA(ctx context.Context, typeID string) (bool, error) {
	return Await(ctx, p.IceIsAAsync(Awaited(ctx), typeID))
}

// IceIsAAsync is the asynchronous form of IceIsA.
func (p Proxy) IceIsAAsync(ctx context.Context, typeID string) *Future[bool] {
	return Call(ctx, p, &opIsA, func(e *wire.Encoder) { e.String(typeID) })
}

// IceID asks for the most derived type id.
func (p Proxy) IceID(ctx context.Context) (string, error) {
	return Await(ctx, p.IceIDAsync(Awaited(ctx)))
}

// IceIDAsync is the asynchronous form of IceID.
func (p Proxy) IceIDAsync(ctx context.Context) *Future[string] { return Call(ctx, p, &opID, nil) }

// IceIDs asks for all type ids.
func (p Proxy) IceIDs(ctx context.Context) ([]string, error) {
	return Await(ctx, p.IceIDsAsync(Awaited(ctx)))
}

// IceIDsAsync is the asynchronous form of IceIDs.
func (p Proxy) IceIDsAsync(ctx context.Context) *Future[[]string] { return Call(ctx, p, &opIDs, nil) }

// InvokeResult is what [Proxy.IceInvokeAsync] gives.
type InvokeResult struct {
	OK      bool   // false if the operation threw a user exception
	Results []byte // the encapsulation with the results, or with the exception
}

// IceInvoke calls an operation by its name. params is the encapsulation with the parameters, nil if there are none;
// results that with the results or, if ok is false, with the user exception. On oneway and batch proxies there are no results.
// The manual's section is "Dynamic Ice".
func (p Proxy) IceInvoke(ctx context.Context, operation string, mode OperationMode, params []byte) (ok bool, results []byte, err error) {
	r, err := Await(ctx, p.IceInvokeAsync(Awaited(ctx), operation, mode, params))
	return r.OK, r.Results, err
}

// IceInvokeAsync is the asynchronous form of IceInvoke.
func (p Proxy) IceInvokeAsync(ctx context.Context, operation string, mode OperationMode, params []byte) *Future[InvokeResult] {
	f := &Future[InvokeResult]{value: InvokeResult{OK: true}}
	v := &f.invocation
	v.operation, v.mode, v.raw = operation, mode, true
	v.take = func(ok bool, _ *frame, d *wire.Decoder) bool {
		f.value = InvokeResult{ok, rawEncaps(d)}
		return false
	}
	var size atomic.Int64
	size.Store(int64(len(params)))
	v.call(ctx, p, wire.DefaultFormat, false, rawParams(params), &size)
	return f
}

// IceFlushBatch sends the requests that batch calls on this proxy have queued.
func (p Proxy) IceFlushBatch(ctx context.Context) error {
	return AwaitVoid(ctx, p.IceFlushBatchAsync(Awaited(ctx)))
}

// IceFlushBatchAsync is the asynchronous form of IceFlushBatch; the future is done when the requests are sent.
func (p Proxy) IceFlushBatchAsync(ctx context.Context) *Future[Void] { return p.ref.flush(ctx) }

// IceConnection gives the connection that calls on the proxy use, made if it is not there yet.
func (p Proxy) IceConnection(ctx context.Context) (*Connection, error) {
	return Await(ctx, p.IceConnectionAsync(Awaited(ctx)))
}

// IceConnectionAsync is the asynchronous form of IceConnection.
func (p Proxy) IceConnectionAsync(ctx context.Context) *Future[*Connection] {
	return p.ref.connection(ctx)
}

// IceCachedConnection gives the connection that calls on the proxy have used, nil if there is none.
func (p Proxy) IceCachedConnection() *Connection { return p.ref.current() }

// IceIdentity gives the object's identity.
func (p Proxy) IceIdentity() Identity { return p.ref.id }

// IceFacet gives the facet, empty for the default facet.
func (p Proxy) IceFacet() string { return p.ref.facet }

// IceCommunicator gives the communicator that the proxy belongs to.
func (p Proxy) IceCommunicator() *Communicator { return p.ref.comm }

// String gives the proxy's string form.
func (p Proxy) String() string {
	if p.ref == nil {
		return ""
	}
	return p.ref.text()
}

// Equal reports whether two proxies are the same in everything that they hold. To know whether they mean the same object, compare
// identities and facets.
func (p Proxy) Equal(other ObjectPrx) bool {
	if IsNil(other) {
		return p.ref == nil
	}
	return p.ref.equal(other.iceProxy().ref)
}
