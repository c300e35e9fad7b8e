package ice

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
)

type contextKey struct{}

// callContext is the request context in a Go context.
type callContext struct {
	entries hidden[map[string]string]
	alone   bool
}

// ContextWith gives a ctx whose calls carry the entries in their request context, beside those of the proxy and the implicit context;
// an entry of the call wins over one of the proxy, that over an implicit one. In Ice's other languages an explicit context replaces both;
// [ContextOnly] does that.
func ContextWith(ctx context.Context, entries map[string]string) context.Context {
	if outer, ok := ctx.Value(contextKey{}).(*callContext); ok {
		all := maps.Clone(outer.entries.get())
		maps.Copy(all, entries)
		return context.WithValue(ctx, contextKey{}, &callContext{hide(all), outer.alone})
	}
	return context.WithValue(ctx, contextKey{}, &callContext{hide(maps.Clone(entries)), false})
}

// ContextOnly gives a ctx whose calls carry exactly the given entries as request context.
func ContextOnly(ctx context.Context, entries map[string]string) context.Context {
	return context.WithValue(ctx, contextKey{}, &callContext{hide(maps.Clone(entries)), true})
}

// RequestContext gives the entries that ContextWith put into ctx; they must not be changed.
func RequestContext(ctx context.Context) map[string]string {
	if c, ok := ctx.Value(contextKey{}).(*callContext); ok {
		return c.entries.get()
	}
	return nil
}

// requestContext gives what a request carries.
func (r *reference) requestContext(ctx context.Context) map[string]string {
	call, _ := ctx.Value(contextKey{}).(*callContext)
	if call != nil && call.alone {
		return call.entries.get()
	}
	var own map[string]string
	if call != nil {
		own = call.entries.get()
	}
	implicit := r.comm.implicit.snapshot()
	// In most cases there is at most one of the three.
	sources := 0
	var last map[string]string
	for _, m := range []map[string]string{implicit, r.context.get(), own} {
		if len(m) > 0 {
			sources++
			last = m
		}
	}
	if sources <= 1 {
		return last
	}
	all := maps.Clone(implicit)
	if all == nil {
		all = make(map[string]string, len(r.context.get())+len(own))
	}
	maps.Copy(all, r.context.get())
	maps.Copy(all, own)
	return all
}

// ImplicitContext is a request context that all calls of a communicator carry. It can be changed at any time, by any goroutine.
// The manual's section is "Implicit Request Contexts". Its entries may be session keys: fmt and slog do not show them.
type ImplicitContext struct{ state hidden[*implicitState] }

type implicitState struct {
	mu      sync.Mutex
	entries map[string]string // replaced, never changed
}

// newImplicitContext reads the property Ice.ImplicitContext.
func newImplicitContext(kind string) (*ImplicitContext, error) {
	switch kind {
	case "", "None":
		return nil, nil
	case "Shared":
		return &ImplicitContext{hide(&implicitState{})}, nil
	case "PerThread":
		return nil, errors.New("ice: Ice.ImplicitContext is PerThread, and goroutines have no contexts of their own as threads have; " +
			"use Shared for entries of the whole program, and ContextWith for those of some calls")
	}
	return nil, fmt.Errorf("ice: Ice.ImplicitContext is %q; it must be None or Shared", kind)
}

func (c *ImplicitContext) snapshot() map[string]string {
	if c == nil {
		return nil
	}
	s := c.state.get()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries
}

// Context gives a copy of all entries.
func (c *ImplicitContext) Context() map[string]string { return maps.Clone(c.snapshot()) }

// SetContext replaces all entries.
func (c *ImplicitContext) SetContext(entries map[string]string) {
	s := c.state.get()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = maps.Clone(entries)
}

// Get gives an entry's value, and whether there is one.
func (c *ImplicitContext) Get(key string) (string, bool) {
	v, ok := c.snapshot()[key]
	return v, ok
}

// Put sets an entry, and gives the value that it had.
func (c *ImplicitContext) Put(key, value string) string {
	s := c.state.get()
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.entries[key]
	entries := maps.Clone(s.entries)
	if entries == nil {
		entries = map[string]string{}
	}
	entries[key] = value
	s.entries = entries
	return old
}

// Remove removes an entry, and gives the value that it had.
func (c *ImplicitContext) Remove(key string) string {
	s := c.state.get()
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.entries[key]
	s.entries = maps.Clone(s.entries)
	delete(s.entries, key)
	return old
}
