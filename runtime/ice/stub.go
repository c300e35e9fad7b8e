package ice

import (
	"context"
	"sync/atomic"

	"github.com/slice2go/slice2go/runtime/wire"
)

// GeneratedVersion1 is named by generated code, which so refuses to compile with a runtime that is older than it.
const GeneratedVersion1 = 1

// Op describes an operation; generated code has one for each.
type Op[T any] struct {
	Name    string
	Mode    OperationMode
	Format  wire.Format           // of classes in the parameters, and of exceptions
	Returns bool                  // has results, and so needs a two-way proxy
	Read    func(*wire.Decoder) T // the results, nil for none
	Throws  []string              // type ids of the exceptions that the operation declares

	size atomic.Int64 // of the last request if it was large: the next one starts with a buffer of that size
}

// Call starts an operation. write writes the parameters, nil if there are none. The context ends the call: when it is
// canceled, and when its deadline has passed. See the manual's "Asynchronous Method Invocation (AMI)".
func Call[T any](ctx context.Context, p ObjectPrx, op *Op[T], write func(*wire.Encoder)) *Future[T] {
	f := &Future[T]{read: op.Read}
	v := &f.invocation
	v.operation, v.mode, v.throws = op.Name, op.Mode, op.Throws
	v.call(ctx, p, op.Format, op.Returns, write, &op.size)
	return f
}

// Await waits for a call that was made with the Awaited ctx, and ends it when ctx ends.
func Await[T any](ctx context.Context, f *Future[T]) (T, error) {
	for !f.has(flagDone) {
		if !f.park(ctx) {
			f.cancelFor(ctx)
			f.park(context.Background()) // until the connection has given back what is lent to it
		}
	}
	return f.take()
}

// AwaitVoid is Await for operations without results.
func AwaitVoid(ctx context.Context, f *Future[Void]) error {
	_, err := Await(ctx, f)
	return err
}

// ReadProxy reads a proxy, nil for the null proxy.
func ReadProxy(d *wire.Decoder) ObjectPrx {
	var data wire.ProxyData
	data.IceRead(d)
	if d.Err() != nil || data.IsNull() {
		return nil
	}
	env, _ := d.Env.(*decodeEnv)
	if env == nil || env.comm == nil {
		d.Fail(&MarshalError{Offset: d.Pos(), Reason: "cannot read a proxy: the decoder belongs to no communicator"})
		return nil
	}
	ref, err := env.reference(&data)
	if err != nil {
		d.Fail(err)
		return nil
	}
	return Proxy{ref}
}

// WriteProxy writes a proxy; nil is the null proxy.
func WriteProxy(e *wire.Encoder, p ObjectPrx) {
	var data wire.ProxyData
	if !IsNil(p) {
		if err := p.iceProxy().ref.data(&data); err != nil {
			e.Fail(err)
			return
		}
	}
	data.IceWrite(e)
}

// CheckedCast asks the object whether it has the type, and returns the typed proxy, or nil if it has not, as generated CheckedXxxPrx functions do. A
// nil proxy returns nil. So does a proxy for a facet that the object does not have, as Ice's checkedCast with a facet does:
//
//	admin, err := demo.CheckedAdminPrx(ctx, ice.WithFacet(p, "admin")) // nil, nil without such a facet
//
// An object that does not exist is an error. The manual's section is "Proxy Methods", checkedCast.
func CheckedCast[P ObjectPrx](ctx context.Context, p ObjectPrx, typeID string, typed func(ObjectPrx) P) (P, error) {
	return Await(ctx, CheckedCastAsync(Awaited(ctx), p, typeID, typed))
}

// CheckedCastAsync is the asynchronous form of CheckedCast.
func CheckedCastAsync[P ObjectPrx](ctx context.Context, p ObjectPrx, typeID string, typed func(ObjectPrx) P) *Future[P] {
	var none P
	if IsNil(p) {
		f := Completed(none)
		f.operation = opIsA.Name
		return f
	}
	op := Op[P]{Name: opIsA.Name, Mode: opIsA.Mode, Returns: true, Read: func(d *wire.Decoder) P {
		if d.Bool() {
			return typed(p)
		}
		return none
	}}
	f := &Future[P]{read: op.Read}
	f.operation, f.mode = op.Name, op.Mode
	if p.iceProxy().ref.facet != "" {
		f.set(flagFacetMayMiss)
	}
	f.call(ctx, p, op.Format, op.Returns, func(e *wire.Encoder) { e.String(typeID) }, &op.size)
	return f
}
