package ice

import (
	"context"
	"time"
)

// Current tells a servant about the request that it is dispatching (Ice manual, "The Current Object").
type Current struct {
	Adapter    *Adapter
	Connection *Connection
	ID         Identity
	Facet      string
	Operation  string
	Mode       OperationMode
	// Context is the request's context; nil if it is empty. It must not be changed.
	Context map[string]string
	// RequestID is the request's number on its connection, or 0 if no reply is wanted.
	RequestID int32
	// Encoding is the encoding of the parameters, and so of the results.
	Encoding EncodingVersion
}

// Oneway reports whether the caller wants no reply.
func (c *Current) Oneway() bool { return c.RequestID == 0 }

type currentKey struct{}

// CurrentFrom returns what a servant may know of its request, from the ctx that it was called with. It is nil in
// any other ctx.
func CurrentFrom(ctx context.Context) *Current {
	c, _ := ctx.Value(currentKey{}).(*Current)
	return c
}

// dispatchContext is the ctx of one dispatch: it has the request in it, and ends when the connection does, because
// the caller can no longer be reached then.
type dispatchContext struct{ request *IncomingRequest }

func (c *dispatchContext) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

func (c *dispatchContext) Done() <-chan struct{} { return c.request.current.Connection.done }

func (c *dispatchContext) Err() error {
	select {
	case <-c.Done():
		return context.Canceled
	default:
		return nil
	}
}

func (c *dispatchContext) Value(key any) any {
	if key == (currentKey{}) {
		return &c.request.current
	}
	return nil
}
