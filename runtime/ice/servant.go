package ice

import (
	"context"
	"fmt"
	"slices"

	"github.com/slice2go/slice2go/runtime/wire"
)

// Servant does the work of one or more Ice objects. Generated code makes servants of implementations of Slice
// interfaces with [NewServant]; [NewBlobject] makes one that takes whatever comes.
type Servant interface {
	// IceDispatch runs one request. It reads the parameters from r and writes the results to it. A Slice exception
	// that it returns goes to the caller as itself; a [*RequestFailedError], or what wraps ErrObjectNotExist, ErrFacetNotExist or
	// ErrOperationNotExist, as that; an error of the runtime, as a call to another server returns it, as an unknown local exception;
	// and any other error as an unknown exception.
	IceDispatch(ctx context.Context, r *IncomingRequest) error
	// IceIDs are the type ids of the interfaces that the servant implements, in alphabetical order, with
	// "::Ice::Object" among them.
	IceIDs() []string
}

// Methods are the operations of one Slice interface, without those of its bases, sorted by name. Generated code fills
// it. It is no map because a map is filled when the program starts, and so keeps every interface's servant in it.
type Methods []Method

// find returns the operation with the name, or nil.
func (m Methods) find(name string) *Method {
	low, high := 0, len(m)
	for low < high {
		if mid := (low + high) / 2; m[mid].Name < name {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(m) && m[low].Name == name {
		return &m[low]
	}
	return nil
}

// Method is an operation as a server sees it.
type Method struct {
	Name   string // in Slice
	Mode   OperationMode
	Format wire.Format // how classes and exceptions in the reply are written
	// Call reads the parameters, calls impl, and writes the results.
	Call func(ctx context.Context, impl any, d *wire.Decoder, e *wire.Encoder) error
}

// MethodsOf returns the operations of the interface that a servant of [NewServant] was made for, without those of the
// interface's bases, sorted by name. It is nil for other servants. The implementation may be nil: what is asked for is
// what the definitions say.
func MethodsOf(s Servant) Methods {
	if own, ok := s.(interface{ IceMethods() Methods }); ok {
		return own.IceMethods()
	}
	return nil
}

// NewServant makes a servant of an implementation. Generated functions (NewXxxServant) call it: ids are the type
// ids of the interface and all its bases, methods its own operations, and parents are servants of the same
// implementation for the bases.
func NewServant(impl any, ids []string, methods Methods, parents ...Servant) Servant {
	s := &servant{impl: impl, ids: ids, methods: methods, parents: parents}
	s.id = s.mostDerived()
	return s
}

type servant struct {
	impl    any
	id      string
	ids     []string
	methods Methods
	parents []Servant
}

const objectID = "::Ice::Object"

// mostDerived is the id that is not one of a parent's.
func (s *servant) mostDerived() string {
	for _, id := range s.ids {
		inherited := id == objectID || slices.ContainsFunc(s.parents, func(p Servant) bool { return slices.Contains(p.IceIDs(), id) })
		if !inherited {
			return id
		}
	}
	return objectID
}

func (s *servant) IceIDs() []string { return s.ids }

// IceMethods are the operations of the servant's own interface, without those of its bases.
func (s *servant) IceMethods() Methods { return s.methods }

func (s *servant) method(operation string) *Method {
	if m := s.methods.find(operation); m != nil {
		return m
	}
	for _, p := range s.parents {
		if parent, ok := p.(*servant); ok {
			if m := parent.method(operation); m != nil {
				return m
			}
		}
	}
	return nil
}

func (s *servant) IceDispatch(ctx context.Context, r *IncomingRequest) error {
	m := s.method(r.current.Operation)
	if m == nil {
		return s.builtin(r)
	}
	if err := checkMode(m.Mode, r.current.Mode); err != nil {
		return err
	}
	return m.Call(ctx, s.impl, r.Params(), r.Results(m.Format))
}

// checkMode refuses a caller whose definition of an operation is another one. A caller that takes a normal
// operation for idempotent would repeat it after a lost connection. Nonmutating is what idempotent was called once.
func checkMode(have, asked OperationMode) error {
	if have == asked || have != Normal && asked != Normal {
		return nil
	}
	return &MarshalError{Offset: -1, Reason: fmt.Sprintf("the operation mode is %v here and %v in the request", have, asked)}
}

// builtin dispatches the operations that every object has.
func (s *servant) builtin(r *IncomingRequest) error {
	switch r.current.Operation {
	case "ice_ping":
		return r.Params().End()
	case "ice_isA":
		d := r.Params()
		id := d.String()
		if err := d.End(); err != nil {
			return err
		}
		r.Results(wire.DefaultFormat).Bool(slices.Contains(s.ids, id))
	case "ice_id":
		if err := r.Params().End(); err != nil {
			return err
		}
		r.Results(wire.DefaultFormat).String(s.id)
	case "ice_ids":
		if err := r.Params().End(); err != nil {
			return err
		}
		r.Results(wire.DefaultFormat).Strings(s.ids)
	default:
		return &RequestFailedError{Kind: ErrOperationNotExist}
	}
	return nil
}

// Blobject is dynamic dispatch (Ice manual, "Dynamic Invocation and Dispatch"): it gets the parameters of any
// operation as an encapsulation, header included, which is valid only until it returns, and returns the results, or
// with !ok a user exception, as another one. Everything comes to it, ice_ping and ice_isA included. The operation and
// the object are in CurrentFrom(ctx).
type Blobject interface {
	IceInvoke(ctx context.Context, params []byte) (ok bool, results []byte, err error)
}

// BlobjectFunc is a function as a [Blobject].
type BlobjectFunc func(ctx context.Context, params []byte) (ok bool, results []byte, err error)

// IceInvoke calls f.
func (f BlobjectFunc) IceInvoke(ctx context.Context, params []byte) (ok bool, results []byte, err error) {
	return f(ctx, params)
}

// NewBlobject makes a servant of b.
func NewBlobject(b Blobject) Servant { return blobject{b} }

type blobject struct{ b Blobject }

func (b blobject) IceIDs() []string { return []string{objectID} }

func (b blobject) IceDispatch(ctx context.Context, r *IncomingRequest) error {
	ok, results, err := b.b.IceInvoke(ctx, r.RawParams())
	if err != nil {
		return err
	}
	return r.SetRawResults(ok, results)
}

// DispatchFunc runs a request.
type DispatchFunc func(ctx context.Context, r *IncomingRequest) error

// DispatchInterceptor stands around the dispatch of a request: it does something, calls next, and does something
// more, or returns an error instead of calling next. It may call next again after an error; what counts is the last
// call. It runs in the goroutine of the dispatch.
type DispatchInterceptor func(ctx context.Context, r *IncomingRequest, next DispatchFunc) error

// WithDispatchInterceptor has interceptors called around every dispatch of every adapter, outside of those that adapters
// have of their own ([Adapter.Use]). The first is the outermost.
func WithDispatchInterceptor(i ...DispatchInterceptor) Option {
	return func(s *settings) { s.dispatchInterceptors = append(s.dispatchInterceptors, i...) }
}

// Intercept returns a servant that dispatches through an interceptor.
func Intercept(s Servant, interceptor DispatchInterceptor) Servant {
	return intercepted{s, interceptor}
}

type intercepted struct {
	Servant
	interceptor DispatchInterceptor
}

func (i intercepted) IceDispatch(ctx context.Context, r *IncomingRequest) error {
	return i.interceptor(ctx, r, i.Servant.IceDispatch)
}

// ServantLocator finds servants for requests that no registered servant is for (Ice manual, "Servant Locators").
// Its methods may be called from many goroutines at once.
type ServantLocator interface {
	// Locate returns the servant for a request, or nil if there is no such object. The cookie goes to Finished.
	// An error goes to the caller as a servant's would.
	Locate(ctx context.Context, c *Current) (s Servant, cookie any, err error)
	// Finished is called after each request for which Locate returned a servant. Its error takes the place of the
	// request's outcome.
	Finished(ctx context.Context, c *Current, s Servant, cookie any) error
	// Deactivate is called once when the adapter is destroyed.
	Deactivate(category string)
}
