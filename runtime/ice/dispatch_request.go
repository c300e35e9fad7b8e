package ice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/slice2go/slice2go/runtime/wire"
)

// IncomingRequest is a request on its way through interceptors to a servant. It is valid until the dispatch is over.
type IncomingRequest struct {
	current Current
	params  []byte // the parameters' encapsulation, header included; a view into the frame
	decoder *wire.Decoder
	encoder *wire.Encoder // the reply so far
	start   int           // of what follows the request's number in the reply
	format  wire.Format
	status  wire.ReplyStatus
	state   resultState
}

type resultState int

const (
	noResults resultState = iota
	openResults
	rawResults
)

// Current returns what is known of the request.
func (r *IncomingRequest) Current() *Current { return &r.current }

// Format writes what Current's does, for every verb.
func (r *IncomingRequest) Format(f fmt.State, verb rune) { r.current.Format(f, verb) }

// LogValue has slog write the same.
func (r *IncomingRequest) LogValue() slog.Value { return r.current.LogValue() }

// Params returns the decoder of the parameters. Call its End after the last one.
func (r *IncomingRequest) Params() *wire.Decoder {
	r.decoder.Reset(r.params, wire.Encoding10)
	r.current.Adapter.comm.prepareDecoder(r.decoder)
	r.decoder.StartEncaps()
	return r.decoder
}

// Results starts the results and returns their encoder. f is the format for classes and exceptions.
func (r *IncomingRequest) Results(f wire.Format) *wire.Encoder {
	r.reset(wire.ReplyOK)
	r.format, r.state = f, openResults
	r.encoder.StartEncaps(r.current.Encoding, f)
	return r.encoder
}

// RawParams returns the encapsulation of the parameters, header included.
func (r *IncomingRequest) RawParams() []byte { return r.params }

// SetRawResults makes an encapsulation, header included, the results, or with !ok the user exception.
func (r *IncomingRequest) SetRawResults(ok bool, encapsulation []byte) error {
	if len(encapsulation) == 0 {
		encapsulation = []byte{wire.EncapsHeaderSize, 0, 0, 0, r.current.Encoding.Major, r.current.Encoding.Minor}
	}
	d := wire.AcquireDecoder(encapsulation)
	defer d.Release()
	d.SkipEncaps()
	if err := d.Err(); err != nil || d.Remaining() > 0 {
		return fmt.Errorf("the results are not one encapsulation: %w", cmp.Or(err, errTrailing))
	}
	status := wire.ReplyOK
	if !ok {
		status = wire.ReplyUserException
	}
	r.reset(status)
	r.state = rawResults
	r.encoder.Blob(encapsulation)
	return nil
}

var errTrailing = errors.New("bytes follow it")

// reset takes back what the reply holds and begins one of a status.
func (r *IncomingRequest) reset(status wire.ReplyStatus) {
	r.encoder.Reset(r.encoder.Data()[:r.start], wire.Encoding10)
	r.encoder.SetDefaultFormat(r.current.Adapter.comm.format)
	r.status, r.state = status, noResults
	if status <= wire.ReplyUserException {
		r.encoder.Byte(byte(status))
	}
}

// run dispatches the request and writes the reply to its end.
func (r *IncomingRequest) run(ctx context.Context, dispatch DispatchFunc) {
	err := r.guarded(ctx, dispatch)
	if err == nil {
		if r.state == noResults {
			r.reset(wire.ReplyOK)
			r.encoder.EmptyEncaps(r.current.Encoding)
		}
		if r.state == openResults {
			r.encoder.EndEncaps()
		}
		if err = r.encoder.Err(); err == nil {
			return
		}
	}
	r.fail(ctx, err)
}

// guarded makes an error of a panic.
func (r *IncomingRequest) guarded(ctx context.Context, dispatch DispatchFunc) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
	}()
	return dispatch(ctx, r)
}

// panicError is what a panicking servant returned. The caller learns the value, the log also the stack.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// fail makes the reply one that tells of err.
func (r *IncomingRequest) fail(ctx context.Context, err error) {
	if user, ok := errors.AsType[wire.UserException](err); ok {
		r.reset(wire.ReplyUserException)
		r.encoder.StartEncaps(r.current.Encoding, r.format)
		wire.WriteException(r.encoder, user)
		r.encoder.EndEncaps()
		if r.encoder.Err() == nil {
			return
		}
		err = fmt.Errorf("the exception %s cannot be sent: %w", user.IceTypeID(), r.encoder.Err())
	}
	reply := r.replyFor(err)
	r.log(ctx, reply, err)
	r.reset(reply.Status)
	r.encoder.Reset(r.encoder.Data()[:r.start-4], wire.Encoding10)
	reply.IceWrite(r.encoder)
}

// replyFor says how an error that is no Slice exception reaches the caller.
func (r *IncomingRequest) replyFor(err error) wire.Reply {
	reply := wire.Reply{RequestID: r.current.RequestID, Status: wire.ReplyUnknownException, Message: err.Error()}
	var (
		failed  *RequestFailedError
		unknown *UnknownError
	)
	switch {
	case errors.As(err, &failed):
		reply.Status = wire.ReplyObjectNotExist
		if errors.Is(failed, ErrFacetNotExist) {
			reply.Status = wire.ReplyFacetNotExist
		} else if errors.Is(failed, ErrOperationNotExist) {
			reply.Status = wire.ReplyOperationNotExist
		}
		reply.Identity, reply.Facet, reply.Operation = failed.ID, failed.Facet, failed.Operation
		if failed.ID.Name == "" {
			reply.Identity, reply.Facet = r.current.ID, r.current.Facet
		}
		if failed.Operation == "" {
			reply.Operation = r.current.Operation
		}
	case errors.As(err, &unknown):
		// Of a call that the servant made in turn: passed on as what it is.
		reply.Message = unknown.Reason
		if errors.Is(unknown, ErrUnknownLocal) {
			reply.Status = wire.ReplyUnknownLocalException
		} else if errors.Is(unknown, ErrUnknownUser) {
			reply.Status = wire.ReplyUnknownUserException
		}
	default:
		reply.Status = r.statusOf(err, &reply)
	}
	return reply
}

// statusOf returns the status for an error of the runtime: a servant may return ErrObjectNotExist and its like bare or wrapped, and what ended
// a call that it made in turn is a local exception to Ice.
func (r *IncomingRequest) statusOf(err error, reply *wire.Reply) wire.ReplyStatus {
	for status, kind := range replyKinds {
		if status <= wire.ReplyOperationNotExist && errors.Is(err, kind) {
			reply.Identity, reply.Facet, reply.Operation = r.current.ID, r.current.Facet, r.current.Operation
			return status
		}
	}
	switch {
	case errors.Is(err, ErrUnknownUser):
		return wire.ReplyUnknownUserException
	case isLocal(err):
		return wire.ReplyUnknownLocalException
	}
	return wire.ReplyUnknownException
}

// log tells the operator what the caller is told in few words, as Ice.Warn.Dispatch has it: 1 is for what
// servants do wrong, 2 for requests that are for nobody as well.
func (r *IncomingRequest) log(ctx context.Context, reply wire.Reply, err error) {
	level := 1
	if reply.Status < wire.ReplyUnknownLocalException {
		level = 2
	}
	comm := r.current.Adapter.comm
	panicked, isPanic := errors.AsType[*panicError](err)
	if !isPanic && comm.properties.Int("Ice.Warn.Dispatch", 1) < level {
		return
	}
	attributes := printable([]slog.Attr{
		slog.String("identity", IdentityToString(r.current.ID)), slog.String("facet", r.current.Facet), slog.String("operation", r.current.Operation),
		slog.String("adapter", r.current.Adapter.name), slog.String("error", err.Error()),
	})
	severity := slog.LevelWarn
	if isPanic {
		severity = slog.LevelError
		attributes = append(attributes, slog.String("stack", string(panicked.stack)))
	}
	comm.log.LogAttrs(ctx, severity, "a dispatch failed", attributes...)
}
