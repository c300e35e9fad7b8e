package ice

import (
	"context"
	"fmt"
	"io"
	"log/slog"
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
	// Context is the request's context; nil if it is empty. It must not be changed. Sessions' keys come in it, so it is not printed with the rest.
	Context map[string]string `json:"-"`
	// RequestID is the request's number on its connection, or 0 if no reply is wanted.
	RequestID int32
	// Encoding is the encoding of the parameters, and so of the results.
	Encoding EncodingVersion
}

// Oneway reports whether the caller wants no reply.
func (c *Current) Oneway() bool { return c.RequestID == 0 }

// String names the object and the operation.
func (c *Current) String() string { return c.Operation + " on " + IdentityToString(c.ID) }

// Format writes String for every verb.
func (c *Current) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue has slog write String.
func (c *Current) LogValue() slog.Value { return slog.StringValue(c.String()) }

type currentKey struct{}

// CurrentFrom returns what a servant may know of its request, from the ctx that it was called with. It is nil in
// any other ctx.
func CurrentFrom(ctx context.Context) *Current {
	c, _ := ctx.Value(currentKey{}).(*Current)
	return c
}

// dispatchContext is the ctx of one dispatch: it has the request in it, and ends when the connection does, because
// the caller can no longer be reached then. That of a request without a reply goes on when the caller has closed the connection gracefully.
type dispatchContext struct {
	request *IncomingRequest
	done    <-chan struct{}
}

func (c *dispatchContext) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

func (c *dispatchContext) Done() <-chan struct{} { return c.done }

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
